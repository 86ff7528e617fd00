/* weft-conflict-item.h - one conflict card
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 */

#pragma once

#include <gio/gio.h>

#include "crdt/weft-any.h"

G_BEGIN_DECLS

#define WEFT_TYPE_CONFLICT_ITEM (weft_conflict_item_get_type ())
G_DECLARE_FINAL_TYPE (WeftConflictItem, weft_conflict_item, WEFT, CONFLICT_ITEM, GObject)

typedef enum
{
  WEFT_KEEP_THIS,  /* what is in force now */
  WEFT_KEEP_OTHER, /* the value that lost */
  WEFT_KEEP_BOTH,  /* what both together made; where the item can */
} WeftConflictChoice;

const char *weft_conflict_item_get_id            (WeftConflictItem *self);
const char *weft_conflict_item_get_title         (WeftConflictItem *self);
const char *weft_conflict_item_get_place         (WeftConflictItem *self);
const char *weft_conflict_item_get_page_id       (WeftConflictItem *self);
/* The element or "" */
const char *weft_conflict_item_get_element_id    (WeftConflictItem *self);
/* (transfer full) (nullable): where in a note, as a relative position; see weft_position_from_any() */
WeftAny    *weft_conflict_item_dup_position      (WeftConflictItem *self) G_GNUC_WARN_UNUSED_RESULT;
/* The value in force, and the one that lost, as people read them */
const char *weft_conflict_item_get_this_value    (WeftConflictItem *self);
const char *weft_conflict_item_get_other_value   (WeftConflictItem *self);
/* What both together made, or "" */
const char *weft_conflict_item_get_both_value    (WeftConflictItem *self);
/* (nullable) (transfer none): the properties of a shape as either has it; none where it is deleted, or not about one */
const WeftAny *weft_conflict_item_get_this_shape (WeftConflictItem *self);
const WeftAny *weft_conflict_item_get_other_shape (WeftConflictItem *self);
/* Whether the shapes tell all, so that nobody needs the values in words who sees them */
gboolean    weft_conflict_item_is_seen           (WeftConflictItem *self);
gboolean    weft_conflict_item_get_can_keep_both (WeftConflictItem *self);
const char *weft_conflict_item_get_this_person   (WeftConflictItem *self);
const char *weft_conflict_item_get_other_person  (WeftConflictItem *self);
gint64      weft_conflict_item_get_this_time_ms  (WeftConflictItem *self);
gint64      weft_conflict_item_get_other_time_ms (WeftConflictItem *self);

G_END_DECLS
