/* weft-update-queue-private.h - whose struct comes next where updates are joined
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-update-lazy-private.h"

/* A heap of the readers that still have a struct, or a line of them. */
typedef struct
{
  GArray    *heap;
  gint64     first_order, last_order;
  GPtrArray *line;
  gboolean   may_form_line;
  gboolean   wants_line; /* what came of the heap is of no use */
} WeftUpdateQueue;

void            weft_update_queue_init      (WeftUpdateQueue *self,
                                             guint            n,
                                             guint64          n_bytes);
void            weft_update_queue_clear     (WeftUpdateQueue *self);
void            weft_update_queue_form_line (WeftUpdateQueue *self);
void            weft_update_queue_add       (WeftUpdateQueue *self,
                                             WeftLazyReader  *reader);
WeftLazyReader *weft_update_queue_get_first (WeftUpdateQueue *self);
void            weft_update_queue_put_back  (WeftUpdateQueue *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeftUpdateQueue, weft_update_queue_clear)
