/* weft-item-pool.c - slabs of items, leaves, inner nodes and map entries
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Slabs never move, so a pointer to one of them stays good while others are made.
 */

#include "config.h"

#include "crdt/weft-doc-private.h"

static gpointer
grow_slabs (gpointer slabs,
            guint32  n_slabs)
{
  /* Room for slabs comes in powers of two. */
  if ((n_slabs & (n_slabs - 1)) == 0)
    return g_realloc_n (slabs, MAX (n_slabs * 2, 4), sizeof (gpointer));

  return slabs;
}

void
weft_pool_clear (WeftDoc *doc)
{
  for (guint32 i = 0; i < doc->n_slabs; i++)
    {
      g_free (doc->slabs[i]);
      g_free (doc->aux[i]);
    }
  for (guint32 i = 0; i < doc->n_leaf_slabs; i++)
    g_free (doc->leaf_slabs[i]);
  for (WeftHandle i = 1; i <= doc->n_inners; i++)
    g_free (weft_inner (doc, i)->marks);
  for (guint32 i = 0; i < doc->n_inner_slabs; i++)
    g_free (doc->inner_slabs[i]);
  for (guint32 i = 0; i < doc->n_entry_slabs; i++)
    g_free (doc->entry_slabs[i]);
  g_free (doc->entry_slabs);
  g_free (doc->entry_buckets);
  g_free (doc->recent);
  g_free (doc->slabs);
  g_free (doc->aux);
  g_free (doc->leaf_slabs);
  g_free (doc->inner_slabs);
}

void
weft_pool_reset (WeftDoc *doc)
{
  weft_pool_clear (doc);
  doc->path.leaf = NULL;
  doc->entry_buckets = NULL;
  doc->recent = NULL;
  doc->n_entry_buckets = doc->n_hashed = 0;
  doc->entry_slabs = NULL;
  doc->n_entry_slabs = doc->n_entries = 0;
  doc->slabs = NULL;
  doc->aux = NULL;
  doc->leaf_slabs = NULL;
  doc->inner_slabs = NULL;
  doc->n_slabs = doc->n_items = doc->n_leaf_slabs = doc->n_leaves = doc->n_inner_slabs = doc->n_inners = 0;
  doc->free_item = doc->free_leaf = doc->free_inner = doc->free_entry = WEFT_NONE;
  doc->items_live = 0;
  doc->siblings.entry = WEFT_NONE;
  g_clear_pointer (&doc->rights, g_free);
  doc->n_rights = 0;
}

void
weft_pool_add_slab (WeftDoc *doc)
{
  doc->slabs = grow_slabs (doc->slabs, doc->n_slabs);
  doc->aux = grow_slabs (doc->aux, doc->n_slabs);
  doc->slabs[doc->n_slabs] = g_new (WeftItem, WEFT_ITEM_SLAB_SIZE);
  doc->aux[doc->n_slabs] = NULL;
  doc->n_slabs++;
}

WeftHandle
weft_pool_new_items (WeftDoc *doc,
                     guint32  n)
{
  WeftHandle first = doc->n_items + 1;

  doc->n_items += n;
  doc->items_live += n;
  while ((doc->n_items >> WEFT_ITEM_SLAB_BITS) >= doc->n_slabs)
    weft_pool_add_slab (doc);

  return first;
}

WeftHandle
weft_pool_new_item (WeftDoc *doc)
{
  WeftHandle handle = weft_pool_take_item (doc);

  memset (weft_item (doc, handle), 0, sizeof (WeftItem));

  return handle;
}

void
weft_pool_free_item (WeftDoc   *doc,
                     WeftHandle handle)
{
  WeftItem *item = weft_item (doc, handle);

  item->kind = WEFT_FREE_ITEM;
  item->content = doc->free_item;
  doc->free_item = handle;
  doc->items_live--;
}

void
weft_pool_set_aside (WeftDoc   *doc,
                     WeftHandle handle,
                     WeftHandle left)
{
  WeftHandle **aux = &doc->aux[handle >> WEFT_ITEM_SLAB_BITS];

  if (*aux == NULL)
    *aux = g_new0 (WeftHandle, WEFT_ITEM_SLAB_SIZE);
  (*aux)[handle & (WEFT_ITEM_SLAB_SIZE - 1)] = left;
}

WeftHandle
weft_pool_new_leaf (WeftDoc *doc)
{
  WeftHandle handle = doc->free_leaf;
  WeftLeaf *leaf;

  if (handle != WEFT_NONE)
    {
      doc->free_leaf = weft_leaf (doc, handle)->next;
    }
  else
    {
      handle = ++doc->n_leaves;
      if ((handle >> WEFT_NODE_SLAB_BITS) >= doc->n_leaf_slabs)
        {
          doc->leaf_slabs = grow_slabs (doc->leaf_slabs, doc->n_leaf_slabs);
          doc->leaf_slabs[doc->n_leaf_slabs++] = g_new0 (WeftLeaf, WEFT_NODE_SLAB_SIZE);
        }
    }

  leaf = weft_leaf (doc, handle);
  leaf->self = handle;
  leaf->parent = leaf->next = leaf->prev = WEFT_NONE;
  leaf->n = 0;
  leaf->type = NULL;

  return handle;
}

void
weft_pool_free_leaf (WeftDoc   *doc,
                     WeftHandle handle)
{
  WeftLeaf *leaf = weft_leaf (doc, handle);

  leaf->type = NULL;
  leaf->next = doc->free_leaf;
  doc->free_leaf = handle;
}

WeftHandle
weft_pool_new_inner (WeftDoc *doc)
{
  WeftHandle handle = doc->free_inner;
  WeftInner *inner;

  if (handle != WEFT_NONE)
    {
      doc->free_inner = weft_inner (doc, handle)->parent;
    }
  else
    {
      handle = ++doc->n_inners;
      if ((handle >> WEFT_NODE_SLAB_BITS) >= doc->n_inner_slabs)
        {
          doc->inner_slabs = grow_slabs (doc->inner_slabs, doc->n_inner_slabs);
          doc->inner_slabs[doc->n_inner_slabs++] = g_new0 (WeftInner, WEFT_NODE_SLAB_SIZE);
        }
    }

  inner = weft_inner (doc, handle);
  inner->self = handle;
  inner->parent = WEFT_NONE;
  inner->n = 0;
  inner->level = 0;
  inner->stale = G_MAXUINT32;

  return handle;
}

void
weft_pool_free_inner (WeftDoc   *doc,
                      WeftHandle handle)
{
  g_clear_pointer (&weft_inner (doc, handle)->marks, g_free);
  weft_inner (doc, handle)->parent = doc->free_inner;
  doc->free_inner = handle;
}

WeftHandle
weft_pool_new_entry (WeftDoc  *doc,
                     guint32   type,
                     guint32   key)
{
  WeftMapEntry entry = { type, key, WEFT_NONE, WEFT_NONE };
  WeftHandle handle = doc->free_entry;

  if (handle != WEFT_NONE)
    {
      doc->free_entry = weft_entry (doc, handle)->head;
      *weft_entry (doc, handle) = entry;
      return handle;
    }

  handle = ++doc->n_entries;
  if ((handle >> WEFT_ENTRY_SLAB_BITS) >= doc->n_entry_slabs)
    {
      doc->entry_slabs = grow_slabs (doc->entry_slabs, doc->n_entry_slabs);
      doc->entry_slabs[doc->n_entry_slabs++] = g_new (WeftMapEntry, WEFT_ENTRY_SLAB_SIZE);
    }
  *weft_entry (doc, handle) = entry;

  return handle;
}

void
weft_pool_free_entry (WeftDoc   *doc,
                      WeftHandle handle)
{
  WeftMapEntry *entry = weft_entry (doc, handle);

  weft_siblings_forget (doc, handle);
  entry->type = 0;
  entry->head = doc->free_entry;
  doc->free_entry = handle;
}
