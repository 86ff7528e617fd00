/* weft-integrate-private.h - items found, cut, linked, deleted and joined
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-client-table-private.h"

G_BEGIN_DECLS

static inline WeftId
weft_item_id (const WeftDoc  *doc,
              const WeftItem *item)
{
  return (WeftId) { weft_client (doc, item->client)->id, item->clock };
}

WeftType   *weft_item_get_parent  (WeftDoc         *doc,
                                   const WeftItem  *item);
/* Interned key, 0: none */
guint32     weft_item_get_sub     (WeftDoc         *doc,
                                   const WeftItem  *item);
/* Neighbours now; the right one of a map item costs a walk. */
WeftHandle  weft_item_left        (WeftDoc         *doc,
                                   WeftHandle       handle);
WeftHandle  weft_item_right       (WeftDoc         *doc,
                                   WeftHandle       handle);
WeftHandle  weft_find_item        (WeftDoc         *doc,
                                   guint32          client,
                                   guint32          clock);
/* The items of @entry are about to change. */
static inline void
weft_siblings_forget (WeftDoc   *doc,
                      WeftHandle entry)
{
  if (doc->siblings.entry == entry)
    doc->siblings.entry = WEFT_NONE;
}

/* Splits so that a run begins, or ends, at @clock. */
WeftHandle  weft_clean_start      (WeftTransaction *tx,
                                   guint32          client,
                                   guint32          clock);
WeftHandle  weft_clean_end        (WeftTransaction *tx,
                                   guint32          client,
                                   guint32          clock);
/* A new item of the own client with the next clock; content is set by the caller before integrating. */
WeftHandle  weft_new_local_item   (WeftTransaction *tx,
                                   WeftContentKind  kind,
                                   guint32          len,
                                   WeftHandle       left,
                                   WeftHandle       right);
/* Links an item whose id, origins and content are set, as Item.integrate of Yjs. */
void        weft_integrate        (WeftTransaction *tx,
                                   WeftHandle       handle,
                                   WeftHandle       left,
                                   WeftHandle       right,
                                   WeftType        *parent,
                                   guint32          key);
/* A sequence that was taken apart into a list, while many items are linked at once */
typedef struct
{
  WeftHandle        first;
  const WeftHandle *next;    /* by handle: which item comes after it */
  WeftHandle        base;    /* @n_new items from here on are new, */
  guint32           n_new;
  const WeftHandle *origins; /* and have these origins */
} WeftChain;

/* weft-conflict.c: the neighbour at whose right @item goes, where others have written between @left and @right: in the
 * sequence of @parent, in @entry where that is one, or in @chain; there *@n_steps grows by the items passed. */
WeftHandle  weft_find_left        (WeftDoc         *doc,
                                   WeftItem        *item,
                                   WeftHandle       left,
                                   WeftHandle       right,
                                   WeftType        *parent,
                                   WeftHandle       entry);
WeftHandle  weft_find_left_in_chain (WeftDoc         *doc,
                                     WeftItem        *item,
                                     WeftHandle       left,
                                     WeftHandle       right,
                                     const WeftChain *chain,
                                     guint64         *n_steps);
/* Puts the item that has just been linked among its siblings. Returns the one at its right; WEFT_NONE: none. */
WeftHandle  weft_siblings_add     (WeftDoc         *doc,
                                   WeftHandle       handle);
void        weft_integrate_gc     (WeftTransaction *tx,
                                   guint32          client,
                                   guint32          clock,
                                   guint32          len);
void        weft_delete_item      (WeftTransaction *tx,
                                   WeftHandle       handle);
/* Deletes what is there of a range, as readAndApplyDeleteSet of Yjs. @clock must be below the state. */
void        weft_delete_range     (WeftTransaction *tx,
                                   guint32          client,
                                   guint32          clock,
                                   guint32          end);
void        weft_collect_item     (WeftDoc         *doc,
                                   WeftHandle       handle);
/* Whether @right, which follows @left in the clocks of a client, might be joined to it, as far as the two say. Nobody can
 * foresee what they differ in, so all is looked at without a branch. */
static inline gboolean
weft_items_are_alike (const WeftItem *left,
                      const WeftItem *right)
{
  WeftItemBits a = left->bits, b = right->bits;
  guint32 kinds = (guint32) (a.deleted ^ b.deleted) | (guint32) (a.kind ^ b.kind);
  guint32 r_mask = a.r_client == WEFT_NO_CLIENT ? 0 : G_MAXUINT32;
  guint32 origins = (guint32) (b.o_client ^ a.client) | (right->o_clock ^ (right->clock - 1))
                    | (guint32) (a.r_client ^ b.r_client) | ((left->r_clock ^ right->r_clock) & r_mask);

  return kinds == 0 && (origins == 0 || a.kind == WEFT_CONTENT_GC);
}

/* Merges the struct at @spot into those at its left; returns how many. */
guint       weft_merge_with_lefts (WeftDoc         *doc,
                                   WeftIndexSpot   *spot);
/* Sets or clears `keep` on an item and the items that hold it. */
void        weft_keep_item        (WeftDoc         *doc,
                                   WeftHandle       handle,
                                   gboolean         keep);

G_END_DECLS
