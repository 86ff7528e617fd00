/* weft-undo-redo.c - writing again what an undo manager's step has deleted
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * redoItem() of Yjs. What comes back is a new item, between what stands now for the neighbours of the old one; of a
 * type that was deleted and came back as another one, these are items that were redone, too.
 */

#include "config.h"

#include "crdt/weft-undo-private.h"

/* So many neighbours of what comes back are looked at one by one. */
#define FEW_STEPS 32

typedef struct
{
  WeftUndoManager *self;
  WeftTransaction *tx;
  GHashTable      *items; /* handles that are to be redone */
  WeftUndoStep    *step;
  GHashTable      *neighbours; /* of types that were deleted: GTree of their items that were redone, in their order */
} Redo;

static int
compare_places (gconstpointer a,
                gconstpointer b,
                gpointer      doc)
{
  WeftHandle x = GPOINTER_TO_UINT (a), y = GPOINTER_TO_UINT (b);

  if (x == y)
    return 0;

  return weft_order_is_before (doc, x, y) ? -1 : 1;
}

/* An item was redone, or cut from one that was. */
static void
note_redone (Redo      *redo,
             WeftHandle handle)
{
  WeftDoc *doc = redo->tx->doc;
  const WeftItem *item = weft_item (doc, handle);
  GTree *tree = NULL;

  if (item->redone && !item->in_map && item->kind != WEFT_CONTENT_GC)
    tree = g_hash_table_lookup (redo->neighbours, weft_item_get_parent (doc, item));
  if (tree != NULL)
    g_tree_insert (tree, GUINT_TO_POINTER (handle), NULL);
}

/* The items of a deleted type that were redone. To look at all between two such, for each item that comes back with
 * the type, would take the square of their number. */
static GTree *
ensure_neighbours (Redo     *redo,
                   WeftType *type)
{
  WeftDoc *doc = redo->tx->doc;
  GTree *tree = g_hash_table_lookup (redo->neighbours, type);

  if (tree != NULL)
    return tree;
  tree = g_tree_new_full (compare_places, doc, NULL, NULL);
  g_hash_table_insert (redo->neighbours, type, tree);
  for (WeftHandle at = type->first; at != WEFT_NONE; at = weft_leaf (doc, at)->next)
    for (guint i = 0; i < weft_leaf (doc, at)->n; i++)
      note_redone (redo, weft_leaf (doc, at)->item[i]);

  return tree;
}

static WeftHandle
get_redone (Redo      *redo,
            WeftHandle handle)
{
  const WeftId *id;
  WeftHandle found;

  if (!weft_item (redo->tx->doc, handle)->redone)
    return WEFT_NONE;
  id = g_hash_table_lookup (redo->tx->doc->redone, GUINT_TO_POINTER (handle));
  found = weft_clean_start (redo->tx, weft_clients_lookup (redo->tx->doc, id->client), id->clock);
  note_redone (redo, found);

  return found;
}

static WeftHandle
parent_item (WeftDoc   *doc,
             WeftHandle handle)
{
  return weft_item_get_parent (doc, weft_item (doc, handle))->item;
}

/* @handle, or what redid it, where that is in @parent. */
static WeftHandle
trace_to_parent (Redo      *redo,
                 WeftHandle handle,
                 WeftHandle parent)
{
  while (handle != WEFT_NONE && weft_item (redo->tx->doc, handle)->kind != WEFT_CONTENT_GC
         && parent_item (redo->tx->doc, handle) != parent)
    handle = get_redone (redo, handle);

  return handle;
}

/* The left neighbour of a map entry that is redone; %FALSE where another client has set the key. */
static gboolean
find_left_in_map (Redo       *redo,
                  WeftHandle  handle,
                  WeftHandle *left)
{
  WeftDoc *doc = redo->tx->doc;
  WeftHandle at = handle, right;

  while ((right = weft_item_right (doc, at)) != WEFT_NONE)
    {
      const WeftItem *item = weft_item (doc, right);

      if (!item->redone
          && !weft_range_set_contains (&redo->step->insertions, item->client, item->clock)
          && !weft_undo_manager_has_deleted (redo->self, item->client, item->clock))
        return FALSE;
      at = right;
      while (weft_item (doc, at)->redone)
        at = get_redone (redo, at);
    }
  *left = at;

  return TRUE;
}

/* What stands in @parent now of the items at the left of @handle, or of it and those at the right. Where its type was
 * deleted, and @parent holds another one in its place, that is one that was redone. */
static WeftHandle
find_neighbour (Redo      *redo,
                WeftHandle handle,
                WeftHandle parent,
                gboolean   at_left)
{
  WeftDoc *doc = redo->tx->doc;
  WeftHandle at = at_left ? weft_item_left (doc, handle) : handle, found = WEFT_NONE;
  GTreeNode *node;
  GTree *tree;

  for (guint i = 0; at != WEFT_NONE && (i < FEW_STEPS || doc->general); i++)
    {
      found = trace_to_parent (redo, at, parent);
      if (found != WEFT_NONE)
        return found;
      at = at_left ? weft_item_left (doc, at) : weft_item_right (doc, at);
    }
  if (at == WEFT_NONE)
    return WEFT_NONE;

  tree = ensure_neighbours (redo, weft_item_get_parent (doc, weft_item (doc, handle)));
  node = g_tree_lower_bound (tree, GUINT_TO_POINTER (handle));
  if (at_left)
    node = node != NULL ? g_tree_node_previous (node) : g_tree_node_last (tree);
  for (; node != NULL && found == WEFT_NONE; node = at_left ? g_tree_node_previous (node) : g_tree_node_next (node))
    found = trace_to_parent (redo, GPOINTER_TO_UINT (g_tree_node_key (node)), parent);

  return found;
}

/* Writes @handle again; its parent is there, or was redone already. */
static WeftHandle
redo_one (Redo      *redo,
          WeftHandle handle)
{
  WeftTransaction *tx = redo->tx;
  WeftDoc *doc = tx->doc;
  WeftItem *item = weft_item (doc, handle), *fresh;
  WeftType *type = weft_item_get_parent (doc, item);
  WeftHandle parent = type->item, left = WEFT_NONE, right = WEFT_NONE, result;
  guint32 key = weft_item_get_sub (doc, item);
  WeftId *id;

  if (item->redone)
    return get_redone (redo, handle);

  if (parent != WEFT_NONE && weft_item (doc, parent)->deleted)
    {
      if (!weft_item (doc, parent)->redone)
        return WEFT_NONE;
      while (weft_item (doc, parent)->redone)
        parent = get_redone (redo, parent);
      type = weft_content_get_type (doc, weft_item (doc, parent));
      if (type == NULL)
        return WEFT_NONE;
    }

  if (key == 0)
    {
      left = find_neighbour (redo, handle, parent, TRUE);
      right = find_neighbour (redo, handle, parent, FALSE);
    }
  else
    {
      WeftMapEntry *entry = weft_type_find_entry (type, key, NULL);

      if (weft_item_right (doc, handle) != WEFT_NONE && !redo->self->ignore_remote_map_changes)
        {
          if (!find_left_in_map (redo, handle, &left))
            return WEFT_NONE;
          if (parent_item (doc, left) != parent)
            left = entry != NULL ? entry->head : WEFT_NONE;
        }
      else
        {
          left = entry != NULL ? entry->head : WEFT_NONE;
        }
    }

  result = weft_new_local_item (tx, item->kind, item->len, left, right);
  fresh = weft_item (doc, result);
  weft_content_copy (doc, item, fresh);
  id = g_new (WeftId, 1);
  *id = weft_item_id (doc, fresh);
  g_hash_table_insert (doc->redone, GUINT_TO_POINTER (handle), id);
  item->redone = TRUE;
  note_redone (redo, handle);
  fresh->keep = TRUE;
  weft_keep_item (doc, type->item, TRUE);
  weft_integrate (tx, result, left, right, type, key);

  return result;
}

/* Redoes @first, and before it those deleted parents that are to be redone too. */
static gboolean
redo_item (Redo      *redo,
           WeftHandle first)
{
  g_autoptr(GArray) chain = g_array_new (FALSE, FALSE, sizeof (WeftHandle));
  WeftDoc *doc = redo->tx->doc;
  WeftHandle at = first;

  for (;;)
    {
      WeftHandle parent;

      g_array_append_val (chain, at);
      if (weft_item (doc, at)->redone)
        break;
      parent = parent_item (doc, at);
      if (parent == WEFT_NONE || !weft_item (doc, parent)->deleted || weft_item (doc, parent)->redone)
        break;
      if (!g_hash_table_contains (redo->items, GUINT_TO_POINTER (parent)))
        return FALSE;
      at = parent;
    }

  for (guint i = chain->len; i > 0; i--)
    if (redo_one (redo, g_array_index (chain, WeftHandle, i - 1)) == WEFT_NONE)
      return FALSE;

  return TRUE;
}

gboolean
weft_undo_manager_redo_items (WeftUndoManager *self,
                              WeftTransaction *tx,
                              WeftUndoStep    *step,
                              const GArray    *handles,
                              GHashTable      *items)
{
  g_autoptr(GHashTable) neighbours = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_tree_unref);
  Redo redo = { self, tx, items, step, neighbours };
  gboolean performed = FALSE;

  for (guint i = 0; i < handles->len; i++)
    performed |= redo_item (&redo, g_array_index (handles, WeftHandle, i));

  return performed;
}
