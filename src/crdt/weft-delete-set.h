/* weft-delete-set.h - what has been deleted, as ranges of clocks by client
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-reader.h"
#include "crdt/weft-writer.h"

G_BEGIN_DECLS

typedef struct
{
  WeftClientId client;
  WeftClock    clock;
  guint64      length;
} WeftIdRange;

typedef struct _WeftDeleteSet WeftDeleteSet;

WeftDeleteSet     *weft_delete_set_new          (void);
WeftDeleteSet     *weft_delete_set_copy         (const WeftDeleteSet *self);
void               weft_delete_set_free         (WeftDeleteSet       *self);
void               weft_delete_set_add          (WeftDeleteSet       *self,
                                                 WeftClientId         client,
                                                 WeftClock            clock,
                                                 guint64              length);
void               weft_delete_set_merge        (WeftDeleteSet       *self,
                                                 const WeftDeleteSet *other);
/* Sorts and joins ranges; called by the readers below where it is needed. */
void               weft_delete_set_normalize    (WeftDeleteSet       *self);
gboolean           weft_delete_set_contains     (WeftDeleteSet       *self,
                                                 WeftId               id);
gboolean           weft_delete_set_intersects   (WeftDeleteSet       *a,
                                                 WeftDeleteSet       *b);
/* Takes out what is in @other too. */
void               weft_delete_set_subtract     (WeftDeleteSet       *self,
                                                 WeftDeleteSet       *other);
gboolean           weft_delete_set_equal        (WeftDeleteSet       *a,
                                                 WeftDeleteSet       *b);
gsize              weft_delete_set_get_n_ranges (WeftDeleteSet       *self);
/* Clients in descending order, clocks ascending. */
const WeftIdRange *weft_delete_set_get_range    (WeftDeleteSet       *self,
                                                 gsize                index);
WeftDeleteSet     *weft_delete_set_read         (WeftReader          *reader);
void               weft_delete_set_write        (WeftDeleteSet       *self,
                                                 WeftWriter          *writer);
WeftDeleteSet     *weft_delete_set_decode       (GBytes              *bytes,
                                                 GError             **error) G_GNUC_WARN_UNUSED_RESULT;
GBytes            *weft_delete_set_encode       (WeftDeleteSet       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftDeleteSet, weft_delete_set_free)

G_END_DECLS
