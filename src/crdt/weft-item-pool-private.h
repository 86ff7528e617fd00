/* weft-item-pool-private.h - where items, leaves, nodes and map entries live, and how they are reached by handle
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-doc-structs-private.h"

G_BEGIN_DECLS

void       weft_pool_clear      (WeftDoc   *doc);
/* Forgets all items, nodes and map entries. */
void       weft_pool_reset      (WeftDoc   *doc);
/* Room for @n more items one after the other, not set to anything; returns the first one's handle. */
WeftHandle weft_pool_new_items  (WeftDoc   *doc,
                                 guint32    n);
WeftHandle weft_pool_new_item   (WeftDoc   *doc);
void       weft_pool_free_item  (WeftDoc   *doc,
                                 WeftHandle handle);
WeftHandle weft_pool_new_leaf   (WeftDoc   *doc);
void       weft_pool_free_leaf  (WeftDoc   *doc,
                                 WeftHandle handle);
WeftHandle weft_pool_new_inner  (WeftDoc   *doc);
void       weft_pool_free_inner (WeftDoc   *doc,
                                 WeftHandle handle);
WeftHandle weft_pool_new_entry  (WeftDoc   *doc,
                                 guint32    type,
                                 guint32    key);
void       weft_pool_free_entry (WeftDoc   *doc,
                                 WeftHandle handle);
/* The older neighbour of a map item that has a right origin. */
void       weft_pool_set_aside  (WeftDoc   *doc,
                                 WeftHandle handle,
                                 WeftHandle left);

/* More room for items. */
void       weft_pool_add_slab   (WeftDoc   *doc);

static inline WeftItem *
weft_item (const WeftDoc *doc,
           WeftHandle     handle)
{
  return &doc->slabs[handle >> WEFT_ITEM_SLAB_BITS][handle & (WEFT_ITEM_SLAB_SIZE - 1)];
}

/* As weft_pool_new_item(), not set to anything. */
static inline WeftHandle
weft_pool_take_item (WeftDoc *doc)
{
  WeftHandle handle = doc->free_item;

  doc->items_live++;
  if (handle != WEFT_NONE)
    {
      doc->free_item = weft_item (doc, handle)->content;
      return handle;
    }

  /* Handle 0 is no item. */
  handle = ++doc->n_items;
  if (G_UNLIKELY ((handle >> WEFT_ITEM_SLAB_BITS) >= doc->n_slabs))
    weft_pool_add_slab (doc);

  return handle;
}

/* The older neighbour of a map item. */
static inline WeftHandle
weft_item_map_left (const WeftDoc *doc,
                    WeftHandle     handle)
{
  const WeftItem *item = weft_item (doc, handle);

  if (G_LIKELY (item->r_client == WEFT_NO_CLIENT))
    return item->r_clock;

  return doc->aux[handle >> WEFT_ITEM_SLAB_BITS][handle & (WEFT_ITEM_SLAB_SIZE - 1)];
}

static inline void
weft_item_set_map_left (WeftDoc   *doc,
                        WeftHandle handle,
                        WeftHandle left)
{
  WeftItem *item = weft_item (doc, handle);

  if (G_LIKELY (item->r_client == WEFT_NO_CLIENT))
    item->r_clock = left;
  else
    weft_pool_set_aside (doc, handle, left);
}

static inline WeftLeaf *
weft_leaf (const WeftDoc *doc,
           WeftHandle     handle)
{
  return &doc->leaf_slabs[handle >> WEFT_NODE_SLAB_BITS][handle & (WEFT_NODE_SLAB_SIZE - 1)];
}

static inline WeftInner *
weft_inner (const WeftDoc *doc,
            WeftHandle     handle)
{
  return &doc->inner_slabs[handle >> WEFT_NODE_SLAB_BITS][handle & (WEFT_NODE_SLAB_SIZE - 1)];
}

static inline WeftMapEntry *
weft_entry (const WeftDoc *doc,
            WeftHandle     handle)
{
  return &doc->entry_slabs[handle >> WEFT_ENTRY_SLAB_BITS][handle & (WEFT_ENTRY_SLAB_SIZE - 1)];
}

static inline WeftType *
weft_type_at (const WeftDoc *doc,
              guint32        index)
{
  return &doc->type_slabs[index >> WEFT_TYPE_SLAB_BITS][index & (WEFT_TYPE_SLAB_SIZE - 1)];
}

static inline WeftType *
weft_entry_type (const WeftDoc *doc,
                 WeftHandle     handle)
{
  return weft_type_at (doc, weft_entry (doc, handle)->type);
}

/* weft_type_is_deleted() */
static inline gboolean
weft_type_is_gone (const WeftType *type)
{
  return type->root_key == 0 && (type->item == WEFT_NONE || weft_item (type->doc, type->item)->deleted);
}

static inline void
weft_item_set_deleted (WeftItem *item)
{
  WeftItemBits bits = item->bits;

  bits.deleted = TRUE;
  item->bits = bits;
}

static inline void
weft_item_set_kind (WeftItem *item,
                    guint     kind)
{
  WeftItemBits bits = item->bits;

  bits.kind = kind;
  item->bits = bits;
}

static inline gboolean
weft_kind_is_countable (guint kind)
{
  return kind != WEFT_CONTENT_FORMAT && kind != WEFT_CONTENT_DELETED && kind != WEFT_CONTENT_GC;
}

static inline guint32
weft_item_visible (const WeftItem *item)
{
  WeftItemBits bits = item->bits;

  /* Nobody can foresee which are deleted: no branch */
  return item->len & -((guint32) (bits.deleted ^ 1) & (guint32) weft_kind_is_countable (bits.kind));
}

/* Whether the eight bytes at @data begin with the client's id. */
static inline gboolean
weft_client_is_named (const WeftClient *client,
                      const guint8     *data)
{
  guint64 there, id, mask;

  memcpy (&there, data, sizeof there);
  memcpy (&id, client->id_bytes, sizeof id);
  memcpy (&mask, client->id_mask, sizeof mask);

  return ((there ^ id) & mask) == 0;
}

G_END_DECLS
