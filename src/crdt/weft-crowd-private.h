/* weft-crowd-private.h - many who wrote at one place of a sequence
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Items of one sequence that have the same origin are siblings. Where hundreds of them were written at once, whoever
 * comes next would have to pass them one by one, and all that hangs on them. A crowd knows them as a tree instead, in
 * their order, and finds in it what the walk of weft-conflict.c would find.
 *
 *   origin ─┬─ s1 ── what hangs on s1 ──┬─ s2 ──┬─ s3 ── what hangs on s3 ──┬─ what comes after the crowd
 *           └─ first                    └───────┘                     tail ─┘
 *
 * It names items by the id of their first unit, and is never told of cuts, joins, deletions or what others write
 * between them: what came to its front or its end meanwhile is looked at when it is asked. That is enough as long as
 * each item stands within what hangs on its origin. Where an item has a right origin that nobody who edits could give
 * it, that may not be so; then all crowds of the sequence are given up.
 */

#pragma once

#include "crdt/weft-doc-private.h"

G_BEGIN_DECLS

/* After a walk of so many items a place has a crowd. What that is asked costs about as much as so many steps. */
#define WEFT_CROWD_FROM 512

/* Where a whole document or a long update is linked at once, walks may make half as many steps for each of its items,
 * and of some besides; what has longer ones goes one by one, with crowds. */
#define WEFT_CROWD_SPARE_ITEMS 256

static inline gboolean
weft_crowd_are_steps_many (const WeftDoc *doc,
                           guint64        n_steps,
                           guint64        n_items)
{
  return n_steps > (n_items + WEFT_CROWD_SPARE_ITEMS) / 2 * doc->crowd_from;
}

/* The place where @item goes was walked over for long: from now on it has a crowd. */
void     weft_crowd_begin       (WeftDoc        *doc,
                                 const WeftType *type,
                                 const WeftItem *item);
/* Finds the neighbour at whose right @item goes, and takes it for one of the crowd. *@left is the item that its origin
 * ends. FALSE: there is no crowd, or none that can tell. */
gboolean weft_crowd_find_left   (WeftDoc        *doc,
                                 const WeftItem *item,
                                 WeftHandle     *left,
                                 WeftHandle      right,
                                 const WeftType *type);
/* An item is about to come to the right of @left: gives up the crowds of @type where its origin is not the end of that,
 * as where its right origin is within the same run, and before it. */
void     weft_crowds_check_origin (WeftDoc        *doc,
                                   const WeftItem *item,
                                   WeftHandle      left,
                                   const WeftType *type);
/* An item that names @left and @right, with others between them, goes where a walk says: gives up the crowds of @type
 * where that might be within what hangs on another item than its origin. */
void     weft_crowds_check_walk (WeftDoc        *doc,
                                 const WeftItem *item,
                                 WeftHandle      left,
                                 WeftHandle      right,
                                 const WeftType *type);
/* All of a sequence was linked anew. */
void     weft_crowds_forget     (WeftDoc        *doc,
                                 const WeftType *type);

G_END_DECLS
