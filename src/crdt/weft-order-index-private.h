/* weft-order-index-private.h - the items of a type in their order, counted
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-item-pool-private.h"

G_BEGIN_DECLS

WeftSpot   weft_order_spot      (WeftDoc    *doc,
                                 WeftHandle  item);
WeftHandle weft_order_next      (WeftDoc    *doc,
                                 WeftHandle  item);
WeftHandle weft_order_prev      (WeftDoc    *doc,
                                 WeftHandle  item);
WeftHandle weft_order_first     (WeftDoc    *doc,
                                 WeftType   *type);
WeftHandle weft_order_last      (WeftDoc    *doc,
                                 WeftType   *type);
/* Moves @spot to the next item. */
static inline gboolean
weft_order_step (const WeftDoc *doc,
                 WeftSpot      *spot)
{
  if (G_LIKELY (++spot->slot < spot->leaf->n))
    return TRUE;
  if (spot->leaf->next == WEFT_NONE)
    return FALSE;
  spot->leaf = weft_leaf (doc, spot->leaf->next);
  spot->slot = 0;

  return TRUE;
}

/* Splits @leaf, where there is no room for what shall come to *@slot. Returns the leaf where it comes to then, with
 * *@slot there. What is before it may stay behind, unless @with_left. */
WeftLeaf  *weft_order_make_room (WeftDoc    *doc,
                                 WeftLeaf   *leaf,
                                 guint      *slot,
                                 gboolean    with_left);
/* Inserts right of @spot. */
void       weft_order_insert_at (WeftDoc    *doc,
                                 WeftSpot    spot,
                                 WeftHandle  item);
/* @left WEFT_NONE: at the start. */
void       weft_order_insert    (WeftDoc    *doc,
                                 WeftType   *type,
                                 WeftHandle  left,
                                 WeftHandle  item);
void       weft_order_remove    (WeftDoc    *doc,
                                 WeftHandle  item);
/* The visible length of @item may have changed. */
void       weft_order_update    (WeftDoc    *doc,
                                 WeftHandle  item);
/* The item that holds the visible unit @index, which must be below the type's length. */
WeftHandle weft_order_find      (WeftDoc    *doc,
                                 WeftType   *type,
                                 guint64     index,
                                 guint32    *offset);
/* The same, but tells where the item is; returns the offset in it. */
guint32    weft_order_find_spot (WeftDoc    *doc,
                                 WeftType   *type,
                                 guint64     index,
                                 WeftSpot   *spot);
/* Visible units before @item. */
guint64    weft_order_index_of  (WeftDoc    *doc,
                                 WeftHandle  item);
/* Whether @a stands before @b in one sequence. */
gboolean   weft_order_is_before (WeftDoc    *doc,
                                 WeftHandle  a,
                                 WeftHandle  b);
/* Builds the index of a type that has none yet, from its first item on; @next tells of each item
 * which one comes after it. */
void       weft_order_build     (WeftDoc          *doc,
                                 WeftType         *type,
                                 WeftHandle        first,
                                 const WeftHandle *next);
/* Frees all nodes; the items stay. */
void       weft_order_drop      (WeftDoc    *doc,
                                 WeftType   *type);

/* weft-order-marks.c */
/* So many keys of a document have a bit of their own. */
#define WEFT_ORDER_MARK_KEYS 63
/* A format of @leaf came, went or moved. */
void       weft_order_touch_marks (WeftDoc    *doc,
                                   WeftLeaf   *leaf);
/* Moves @spot to the first item from there on that is not deleted. FALSE: there is none, and @spot stands anywhere. The
 * sums have to be up to date, as they are within a transaction. */
gboolean   weft_order_skip_deleted (WeftDoc  *doc,
                                    WeftSpot *spot);
/* A child of @inner is about to come to @slot, or to go from there. */
void       weft_order_insert_marks (WeftInner *inner,
                                    guint      slot);
void       weft_order_remove_marks (WeftInner *inner,
                                    guint      slot);

G_END_DECLS
