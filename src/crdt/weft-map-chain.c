/* weft-map-chain.c - the items of one key of a map, looked at from the older ones to the newer
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A map item knows its left neighbour, the older one. Who wants to know the right one walks from the newest:
 *
 *   head ──▶ v5 ──▶ v4 ──▶ v3 ──▶ v2 ──▶ v1        right of v2: five steps back, to v3
 *
 * That is short nearly always. Undoing value after value of a key that was set ten thousand times is not: so what a
 * long walk has seen is written down (doc->rights), and as much again of what lies before it, which is asked for next.
 * Nothing has to be told to these notes when a chain changes: one that is still right says so itself, as the left
 * neighbour of the right neighbour is the item.
 */

#include "config.h"

#include "crdt/weft-map-chain-private.h"

/* Walks of so many steps are not written down. */
#define SHORT_WALK 16

static gboolean
is_right (WeftDoc   *doc,
          WeftHandle left,
          WeftHandle right)
{
  const WeftItem *item = weft_item (doc, right);

  return item->kind != WEFT_FREE_ITEM && item->in_map && item->place == weft_item (doc, left)->place
         && weft_item_map_left (doc, right) == left;
}

/* Writes down the right neighbours of @n items, those older than @right. */
static void
note_walk (WeftDoc   *doc,
           WeftHandle right,
           guint      n)
{
  if (doc->n_rights <= doc->n_items)
    {
      guint32 n_rights = doc->n_items + doc->n_items / 2 + 1;

      doc->rights = g_renew (WeftHandle, doc->rights, n_rights);
      for (guint32 i = doc->n_rights; i < n_rights; i++)
        doc->rights[i] = WEFT_NONE;
      doc->n_rights = n_rights;
    }
  for (guint i = 0; i < n; i++)
    {
      WeftHandle left = weft_item_map_left (doc, right);

      if (left == WEFT_NONE)
        return;
      doc->rights[left] = right;
      right = left;
    }
}

WeftHandle
weft_map_chain_find_right (WeftDoc   *doc,
                           WeftHandle head,
                           WeftHandle left)
{
  WeftHandle right = WEFT_NONE;
  guint n = 0;

  if (left != WEFT_NONE && left < doc->n_rights && doc->rights[left] != WEFT_NONE
      && is_right (doc, left, doc->rights[left]))
    return doc->rights[left];

  for (WeftHandle at = head; at != left; at = weft_item_map_left (doc, at))
    {
      right = at;
      n++;
    }
  if (n > SHORT_WALK && left != WEFT_NONE)
    note_walk (doc, head, 2 * n);

  return right;
}

void
weft_map_chain_link (WeftDoc   *doc,
                     WeftHandle left,
                     WeftHandle right)
{
  weft_item_set_map_left (doc, right, left);
  if (left != WEFT_NONE && left < doc->n_rights)
    doc->rights[left] = right;
}
