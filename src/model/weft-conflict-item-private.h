/* weft-conflict-item-private.h - how the notebook makes conflict cards
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-id.h"
#include "model/weft-conflict-item.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_CONFLICT_TEXT_ID,
  WEFT_CONFLICT_TEXT_TITLE,
  WEFT_CONFLICT_TEXT_PLACE,
  WEFT_CONFLICT_TEXT_PAGE_ID,
  WEFT_CONFLICT_TEXT_ELEMENT_ID,
  WEFT_CONFLICT_TEXT_THIS_VALUE,
  WEFT_CONFLICT_TEXT_OTHER_VALUE,
  WEFT_CONFLICT_TEXT_BOTH_VALUE, /* NULL: they cannot both be kept */
  WEFT_CONFLICT_TEXT_THIS_PERSON,
  WEFT_CONFLICT_TEXT_OTHER_PERSON,
  WEFT_CONFLICT_N_TEXTS,
} WeftConflictText;

/* @texts: (array length=WEFT_CONFLICT_N_TEXTS): copied; %NULL stands for ""
 * @anchor: (nullable): a character of the note, where it is about one
 * @this_shape, @other_shape: (nullable) (transfer full) */
WeftConflictItem *weft_conflict_item_new (const char *const *texts,
                                          const WeftId      *anchor,
                                          WeftAny           *this_shape,
                                          WeftAny           *other_shape,
                                          gint64             this_time_ms,
                                          gint64             other_time_ms) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
