/* weft-bulk-early.c - values of maps are linked as they are read
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A board is maps and values under their keys, most of it by one client. Such an item has its place as soon as it is
 * read: it is the newest of its key, and what it overwrote was read before. That spares a second walk over all items,
 * which in a large document lie in no cache any more. What an item names is asked for when it is read, and looked at
 * some items later.
 *
 * Only the items of the first client of an update are linked so, from the first on without a gap, so that all is in the
 * order of the general way; the first that is anything else ends it, and weft-bulk-load.c links the rest. Documents
 * that begin with a sequence have nothing of it. Where items have to be cut, all is read once more without it.
 */

#include "config.h"

#include "crdt/weft-bulk-link-private.h"

/* How many items before its turn what an item names is asked for, and how many before its turn what that names. */
#define AHEAD      8
#define NEXT_AHEAD 4

/* Links the item, if it is the newest of a key of a map that is known. FALSE, with nothing changed, where it is not. */
static inline gboolean
link_early (WeftBulk  *bulk,
            WeftHandle handle)
{
  WeftDoc *doc = bulk->doc;
  WeftItem *item = weft_item (doc, handle);
  WeftHandle left = bulk->origin[handle];
  const WeftItem unlinked = *item;
  guint kind = unlinked.kind;

  if (kind == WEFT_CONTENT_GC)
    {
      bulk->next[handle] = WEFT_NONE;
      return TRUE;
    }
  if (left == WEFT_UNRESOLVED || bulk->right_origin[handle] != WEFT_NONE
      || (unlinked.len > 1 && kind != WEFT_CONTENT_DELETED))
    return FALSE;
  if (left != WEFT_NONE)
    {
      const WeftItem *before = weft_item (doc, left);

      /* Something else may have overwritten it already. */
      if (!before->in_map || bulk->next[left] != WEFT_NONE)
        return FALSE;
      item->place = before->place;
      item->in_map = TRUE;
      bulk->next[left] = handle;
      if (!before->deleted)
        weft_bulk_bury (bulk, left);
    }
  else
    {
      if (!unlinked.in_map
          || (unlinked.r_clock != WEFT_PARENT_IS_ROOT
              && (unlinked.r_clock != WEFT_PARENT_IS_ITEM
                  || weft_content_get_type (doc, weft_item (doc, unlinked.o_clock)) == NULL)))
        return FALSE;
      weft_bulk_find_parent (bulk, item);
      /* Written by somebody who did not know that the key was there */
      if (bulk->entries[item->place] != WEFT_NONE)
        {
          *item = unlinked;
          return FALSE;
        }
      bulk->entries[item->place] = handle;
    }
  bulk->next[handle] = WEFT_NONE;
  item->r_clock = left;
  weft_entry (doc, item->place)->head = handle;
  if (kind == WEFT_CONTENT_TYPE)
    weft_bulk_set_type_parent (bulk, handle);

  return TRUE;
}

static void
link_next (WeftBulk *bulk)
{
  if (G_LIKELY (link_early (bulk, bulk->n_linked + 1)))
    bulk->n_linked++;
  else
    bulk->links_early = FALSE;
}

void
weft_bulk_link_behind (WeftBulk  *bulk,
                       WeftHandle read)
{
  const WeftDoc *doc = bulk->doc;
  WeftHandle origin = bulk->origin[read];

  /* Not a board */
  if (read == 1 && !weft_item (doc, read)->in_map)
    {
      bulk->links_early = FALSE;
      return;
    }
  if (origin != WEFT_NONE && origin != WEFT_UNRESOLVED)
    {
      __builtin_prefetch (weft_item (doc, origin));
      __builtin_prefetch (&bulk->next[origin]);
    }
  if (read > NEXT_AHEAD)
    {
      origin = bulk->origin[read - NEXT_AHEAD];
      if (origin != WEFT_NONE && origin <= bulk->n_linked)
        __builtin_prefetch (weft_entry (doc, weft_item (doc, origin)->place));
    }
  if (read > AHEAD)
    link_next (bulk);
}

void
weft_bulk_link_last (WeftBulk *bulk)
{
  while (bulk->links_early && bulk->n_linked < bulk->n)
    link_next (bulk);
  bulk->links_early = FALSE;
}
