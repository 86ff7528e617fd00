/* weft-bulk-link-private.h - what linking the items of a loaded document is made of
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-bulk-private.h"

G_BEGIN_DECLS

/* The item is deleted, if it was not. */
static inline void
weft_bulk_bury (WeftBulk  *bulk,
                WeftHandle handle)
{
  WeftItem *item = weft_item (bulk->doc, handle);

  if (item->deleted)
    return;
  item->deleted = TRUE;
  bulk->changed = TRUE;
  if (item->kind == WEFT_CONTENT_TYPE)
    g_ptr_array_add (bulk->dead, weft_content_get_type (bulk->doc, item));
}

/* The entry of @key in @parent, a new one where there is none: mostly it is new, and known to be. */
static inline WeftHandle
weft_bulk_ensure_entry (WeftBulk *bulk,
                        WeftType *parent,
                        guint32   key)
{
  WeftBulkShape *shape = &bulk->shape;
  guint32 n = parent->n_entries;
  WeftHandle entry;

  if (n == 0)
    {
      shape->type = parent->index;
      shape->n = 0;
    }
  if (shape->type != parent->index || shape->n != n || n == WEFT_FEW_ENTRIES)
    return weft_type_ensure_entry (parent, key);
  if (n < shape->n_keys && shape->keys[n] == key)
    {
      shape->n++;
      return weft_type_add_entry (parent, key);
    }
  entry = weft_type_ensure_entry (parent, key);
  if (parent->n_entries > n)
    {
      shape->keys[n] = key;
      shape->n = shape->n_keys = n + 1;
    }

  return entry;
}

/* The parent of a struct without origins. FALSE: it is no type. */
static inline gboolean
weft_bulk_find_parent (WeftBulk *bulk,
                       WeftItem *item)
{
  WeftDoc *doc = bulk->doc;
  guint32 key = item->in_map ? item->place : 0;
  WeftType *parent;

  if (item->r_clock == WEFT_PARENT_IS_ROOT)
    parent = weft_doc_ensure_root_key (doc, item->o_clock);
  else
    parent = weft_content_get_type (doc, weft_item (doc, item->o_clock));
  item->o_clock = item->r_clock = 0;
  if (parent == NULL)
    return FALSE;

  if (key == 0)
    {
      item->place = parent->index;
      return TRUE;
    }
  item->place = weft_bulk_ensure_entry (bulk, parent, key);
  if (G_UNLIKELY (item->place >= bulk->entries_allocated))
    {
      guint32 n = bulk->entries_allocated;

      bulk->entries_allocated = MAX (16, item->place + 1 + n);
      bulk->entries = g_renew (WeftHandle, bulk->entries, bulk->entries_allocated);
      memset (bulk->entries + n, 0, (bulk->entries_allocated - n) * sizeof (WeftHandle));
    }

  return TRUE;
}

static inline void
weft_bulk_set_type_parent (WeftBulk  *bulk,
                           WeftHandle handle)
{
  WeftDoc *doc = bulk->doc;
  const WeftItem *item = weft_item (doc, handle);
  WeftType *type = weft_content_get_type (doc, item);

  if (item->in_map)
    {
      type->parent = weft_entry_type (doc, item->place);
      type->parent_key = weft_entry (doc, item->place)->key;
    }
  else
    {
      type->parent = weft_type_at (doc, item->place);
    }
  type->item = handle;
  type->id = weft_item_id (doc, item);
}

/* What a map keeps of the order: each item knows the one at its left, the entry the last one. */
static inline void
weft_bulk_set_newer (WeftBulk  *bulk,
                     WeftHandle handle,
                     WeftHandle entry)
{
  WeftDoc *doc = bulk->doc;
  WeftHandle right = bulk->next[handle];

  if (right != WEFT_NONE)
    weft_item_set_map_left (doc, right, handle);
  else
    weft_entry (doc, entry)->head = handle;
}

G_END_DECLS
