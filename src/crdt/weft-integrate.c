/* weft-integrate.c - linking, splitting, deleting, collecting and joining items
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The rules of Yjs' Item.js, followed exactly, since full encodings must equal those of Yjs: when
 * runs are split and joined decides how many structs there are.
 */

#include "config.h"

#include "crdt/weft-crowd-private.h"
#include "crdt/weft-doc-private.h"
#include "crdt/weft-format-spans-private.h"
#include "crdt/weft-map-chain-private.h"

WeftType *
weft_item_get_parent (WeftDoc        *doc,
                      const WeftItem *item)
{
  if (item->place == WEFT_NONE)
    return NULL;

  return item->in_map ? weft_entry_type (doc, item->place) : weft_leaf (doc, item->place)->type;
}

guint32
weft_item_get_sub (WeftDoc        *doc,
                   const WeftItem *item)
{
  return item->in_map ? weft_entry (doc, item->place)->key : 0;
}

WeftHandle
weft_item_left (WeftDoc   *doc,
                WeftHandle handle)
{
  return weft_item (doc, handle)->in_map ? weft_item_map_left (doc, handle)
                                         : weft_order_prev (doc, handle);
}

WeftHandle
weft_item_right (WeftDoc   *doc,
                 WeftHandle handle)
{
  WeftItem *item = weft_item (doc, handle);

  if (!item->in_map)
    return weft_order_next (doc, handle);
  if (weft_entry (doc, item->place)->head == handle)
    return WEFT_NONE;

  return weft_map_chain_find_right (doc, weft_entry (doc, item->place)->head, handle);
}

WeftHandle
weft_find_item (WeftDoc *doc,
                guint32  client,
                guint32  clock)
{
  return weft_index_find (weft_client (doc, client), clock, NULL);
}

/* Splits the item at @spot after @diff units; @spot then stands at the right part. */
static WeftHandle
split_item (WeftTransaction *tx,
            WeftIndexSpot   *spot,
            guint32          diff)
{
  WeftDoc *doc = tx->doc;
  WeftHandle left_handle = weft_index_get (spot), right_handle = weft_pool_new_item (doc);
  WeftItem *left = weft_item (doc, left_handle), *right = weft_item (doc, right_handle);

  *right = *left;
  right->clock = left->clock + diff;
  right->len = left->len - diff;
  right->o_client = left->client;
  right->o_clock = right->clock - 1;
  weft_content_split (doc, left, right, diff);
  left->len = diff;

  if (left->redone)
    {
      WeftId *id = g_memdup2 (g_hash_table_lookup (doc->redone, GUINT_TO_POINTER (left_handle)),
                              sizeof (WeftId));

      id->clock += diff;
      g_hash_table_insert (doc->redone, GUINT_TO_POINTER (right_handle), id);
    }

  if (left->in_map)
    {
      WeftMapEntry *entry = weft_entry (doc, left->place);

      weft_siblings_forget (doc, left->place);
      if (entry->head == left_handle)
        entry->head = right_handle;
      else
        weft_map_chain_link (doc, right_handle, weft_map_chain_find_right (doc, entry->head, left_handle));
      weft_map_chain_link (doc, left_handle, right_handle);
    }
  else
    {
      weft_order_update (doc, left_handle);
      weft_order_insert (doc, weft_leaf (doc, left->place)->type, left_handle, right_handle);
    }

  weft_index_insert_after (spot, right->clock, right_handle);
  weft_transaction_add_merge (tx, right->client, right->clock);

  return right_handle;
}

WeftHandle
weft_clean_start (WeftTransaction *tx,
                  guint32          client,
                  guint32          clock)
{
  WeftIndexSpot spot;
  WeftHandle handle = weft_index_find (weft_client (tx->doc, client), clock, &spot);
  WeftItem *item = weft_item (tx->doc, handle);

  if (item->clock == clock || item->kind == WEFT_CONTENT_GC)
    return handle;

  return split_item (tx, &spot, clock - item->clock);
}

WeftHandle
weft_clean_end (WeftTransaction *tx,
                guint32          client,
                guint32          clock)
{
  WeftIndexSpot spot;
  WeftHandle handle = weft_index_find (weft_client (tx->doc, client), clock, &spot);
  WeftItem *item = weft_item (tx->doc, handle);

  if (item->clock + item->len - 1 != clock && item->kind != WEFT_CONTENT_GC)
    split_item (tx, &spot, clock - item->clock + 1);

  return handle;
}

WeftHandle
weft_new_local_item (WeftTransaction *tx,
                     WeftContentKind  kind,
                     guint32          len,
                     WeftHandle       left,
                     WeftHandle       right)
{
  WeftDoc *doc = tx->doc;
  guint32 client = weft_clients_ensure_own (doc);
  WeftHandle handle = weft_pool_take_item (doc);
  WeftItemBits bits = { .client = client, .o_client = WEFT_NO_CLIENT, .r_client = WEFT_NO_CLIENT, .kind = kind };
  WeftItem item = { .clock = weft_client (doc, client)->state, .len = len };

  if (left != WEFT_NONE)
    {
      bits.o_client = weft_item (doc, left)->client;
      item.o_clock = weft_item (doc, left)->clock + weft_item (doc, left)->len - 1;
    }
  if (right != WEFT_NONE)
    {
      bits.r_client = weft_item (doc, right)->client;
      item.r_clock = weft_item (doc, right)->clock;
    }
  item.bits = bits;
  *weft_item (doc, handle) = item;

  return handle;
}

static void
append_struct (WeftTransaction *tx,
               WeftHandle       handle)
{
  WeftItem *item = weft_item (tx->doc, handle);
  WeftClient *client = weft_client (tx->doc, item->client);

  g_assert (client->state == item->clock);
  weft_transaction_touch (tx, item->client);
  if (client->ordinal == 0)
    client->ordinal = ++tx->doc->next_ordinal;
  weft_index_append (client, item->clock, handle);
  client->state = item->clock + item->len;
}

void
weft_integrate_gc (WeftTransaction *tx,
                   guint32          client,
                   guint32          clock,
                   guint32          len)
{
  WeftHandle handle = weft_pool_new_item (tx->doc);
  WeftItem *item = weft_item (tx->doc, handle);

  item->client = client;
  item->clock = clock;
  item->len = len;
  item->kind = WEFT_CONTENT_GC;
  item->deleted = TRUE;
  item->o_client = item->r_client = WEFT_NO_CLIENT;
  append_struct (tx, handle);
}

static gboolean
has_conflict (WeftDoc   *doc,
              WeftHandle left,
              WeftHandle right,
              WeftHandle entry)
{
  if (left == WEFT_NONE)
    return right == WEFT_NONE || weft_item_left (doc, right) != WEFT_NONE;

  /* The right neighbour of a map item is only looked for where there is one. */
  if (entry != WEFT_NONE && right == WEFT_NONE)
    return weft_entry (doc, entry)->head != left;

  return weft_item_right (doc, left) != right;
}

static void
link_in_map (WeftTransaction *tx,
             WeftHandle       handle,
             WeftHandle       left,
             WeftHandle       entry_handle)
{
  WeftDoc *doc = tx->doc;
  WeftItem *item = weft_item (doc, handle);
  WeftMapEntry *entry = weft_entry (doc, entry_handle);
  WeftHandle right = WEFT_NONE;

  if (doc->siblings.finds)
    right = weft_siblings_add (doc, handle);
  else
    weft_siblings_forget (doc, entry_handle);
  if (right == WEFT_NONE && entry->head != left)
    right = weft_map_chain_find_right (doc, entry->head, left);
  /* Not before: the chain still goes round the item. */
  item->in_map = TRUE;
  item->place = entry_handle;
  weft_map_chain_link (doc, left, handle);
  if (entry->head == left)
    {
      entry->head = handle;
      if (left != WEFT_NONE)
        weft_delete_item (tx, left);
      return;
    }
  weft_map_chain_link (doc, handle, right);
}

static void
link_in_sequence (WeftDoc   *doc,
                  WeftHandle handle,
                  WeftHandle left,
                  WeftHandle right,
                  WeftType  *parent)
{
  weft_crowds_check_origin (doc, weft_item (doc, handle), left, parent);
  if (left != WEFT_NONE)
    {
      WeftSpot spot = weft_order_spot (doc, left), next = spot;

      if ((weft_order_step (doc, &next) ? next.leaf->item[next.slot] : WEFT_NONE) == right)
        {
          weft_order_insert_at (doc, spot, handle);
          return;
        }
    }
  else if (!has_conflict (doc, left, right, WEFT_NONE))
    {
      weft_order_insert (doc, parent, left, handle);
      return;
    }
  left = weft_find_left (doc, weft_item (doc, handle), left, right, parent, WEFT_NONE);
  weft_order_insert (doc, parent, left, handle);
}

void
weft_integrate (WeftTransaction *tx,
                WeftHandle       handle,
                WeftHandle       left,
                WeftHandle       right,
                WeftType        *parent,
                guint32          key)
{
  WeftDoc *doc = tx->doc;
  WeftItem *item = weft_item (doc, handle);
  WeftHandle entry = key != 0 ? weft_type_ensure_entry (parent, key) : WEFT_NONE;
  gboolean newest = TRUE;

  item->deleted = item->kind == WEFT_CONTENT_DELETED;
  if (entry != WEFT_NONE)
    {
      if (has_conflict (doc, left, right, entry))
        left = weft_find_left (doc, item, left, right, parent, entry);
      link_in_map (tx, handle, left, entry);
      newest = weft_entry (doc, entry)->head == handle;
    }
  else
    {
      link_in_sequence (doc, handle, left, right, parent);
    }
  append_struct (tx, handle);

  switch (item->kind)
    {
    case WEFT_CONTENT_DELETED:
      weft_transaction_add_delete (tx, item->client, item->clock, item->len);
      break;
    case WEFT_CONTENT_STRING:
      parent->has_wide |= !item->ascii;
      break;
    case WEFT_CONTENT_FORMAT:
      parent->has_formats = TRUE;
      break;
    case WEFT_CONTENT_TYPE:
      {
        WeftType *type = weft_content_get_type (doc, item);

        type->parent = parent;
        type->parent_key = key;
        type->item = handle;
        type->id = weft_item_id (doc, item);
        break;
      }
    default:
      break;
    }

  weft_transaction_add_changed (tx, parent, key);
  if ((parent->item != WEFT_NONE && weft_item (doc, parent->item)->deleted) || parent->collected
      || !newest)
    weft_delete_item (tx, handle);
}

static void
delete_one (WeftTransaction *tx,
            WeftHandle       handle,
            GPtrArray      **types)
{
  WeftDoc *doc = tx->doc;
  WeftItem *item = weft_item (doc, handle);

  if (item->deleted)
    return;

  weft_item_set_deleted (item);
  if (!item->in_map)
    weft_order_update (doc, handle);
  if (item->kind == WEFT_CONTENT_FORMAT && !item->in_map)
    {
      WeftLeaf *leaf = weft_leaf (doc, item->place);

      weft_order_touch_marks (doc, leaf);
      weft_format_spans_remove (doc, leaf->type, handle);
    }
  weft_transaction_add_delete (tx, item->client, item->clock, item->len);
  weft_transaction_add_changed (tx, weft_item_get_parent (doc, item), weft_item_get_sub (doc, item));

  if (item->kind == WEFT_CONTENT_TYPE)
    {
      WeftType *type = weft_content_get_type (doc, item);

      weft_transaction_drop_changed (tx, type);
      if (type->root != WEFT_NONE || type->first_entry != WEFT_NONE)
        {
          if (*types == NULL)
            *types = g_ptr_array_new ();
          g_ptr_array_add (*types, type);
        }
    }
}

/* A deleted child may be joined with others now: see ContentType.delete of Yjs. */
static void
delete_child (WeftTransaction *tx,
              WeftHandle       handle,
              GPtrArray      **types)
{
  WeftItem *item = weft_item (tx->doc, handle);

  if (!item->deleted)
    delete_one (tx, handle, types);
  else if (item->clock < weft_transaction_get_before (tx, item->client))
    weft_transaction_add_merge (tx, item->client, item->clock);
}

void
weft_delete_item (WeftTransaction *tx,
                  WeftHandle       handle)
{
  WeftDoc *doc = tx->doc;
  GPtrArray *types = NULL;

  delete_one (tx, handle, &types);
  while (types != NULL && types->len > 0)
    {
      WeftType *type = g_ptr_array_steal_index (types, types->len - 1);

      for (WeftHandle at = type->first; at != WEFT_NONE; at = weft_leaf (doc, at)->next)
        for (guint i = 0; i < weft_leaf (doc, at)->n; i++)
          delete_child (tx, weft_leaf (doc, at)->item[i], &types);
      for (WeftHandle at = type->first_entry; at != WEFT_NONE; at = weft_entry (doc, at)->next)
        delete_child (tx, weft_entry (doc, at)->head, &types);
    }
  g_clear_pointer (&types, g_ptr_array_unref);
}

void
weft_delete_range (WeftTransaction *tx,
                   guint32          client_index,
                   guint32          clock,
                   guint32          end)
{
  WeftDoc *doc = tx->doc;
  WeftIndexSpot spot;
  WeftHandle handle = weft_index_find (weft_client (doc, client_index), clock, &spot);
  WeftItem *item = weft_item (doc, handle);

  if (!item->deleted && item->clock < clock)
    handle = split_item (tx, &spot, clock - item->clock);

  for (; handle != WEFT_NONE; handle = weft_index_next (&spot))
    {
      item = weft_item (doc, handle);
      if (item->clock >= end)
        break;
      if (item->deleted)
        continue;
      if (end < item->clock + item->len)
        {
          split_item (tx, &spot, end - item->clock);
          weft_index_prev (&spot);
        }
      weft_delete_item (tx, handle);
    }
}

static void
forget_redone (WeftDoc   *doc,
               WeftHandle handle)
{
  WeftItem *item = weft_item (doc, handle);

  if (item->redone)
    g_hash_table_remove (doc->redone, GUINT_TO_POINTER (handle));
  item->redone = FALSE;
}

/* What a collected type held becomes GC structs, also the rest of several values that somebody wrote at once under one
 * key: a deletion may have cut them, and deleting the type deletes only the newest part. (Yjs throws there.) */
static void
collect_child (WeftDoc   *doc,
               WeftHandle handle,
               GPtrArray *types)
{
  WeftItem *item = weft_item (doc, handle);

  if (item->kind == WEFT_CONTENT_TYPE)
    g_ptr_array_add (types, weft_content_get_type (doc, item));
  forget_redone (doc, handle);
  item->kind = WEFT_CONTENT_GC;
  item->deleted = TRUE;
  item->in_map = FALSE;
  item->keep = FALSE;
  item->place = WEFT_NONE;
  item->o_client = item->r_client = WEFT_NO_CLIENT;
}

static void
collect_type (WeftDoc  *doc,
              WeftType *first)
{
  g_autoptr(GPtrArray) types = g_ptr_array_new ();

  g_ptr_array_add (types, first);
  while (types->len > 0)
    {
      WeftType *type = g_ptr_array_steal_index (types, types->len - 1);

      type->item = WEFT_NONE;
      type->collected = TRUE;
      for (WeftHandle at = type->first; at != WEFT_NONE; at = weft_leaf (doc, at)->next)
        for (guint i = 0; i < weft_leaf (doc, at)->n; i++)
          collect_child (doc, weft_leaf (doc, at)->item[i], types);
      weft_order_drop (doc, type);
      for (WeftHandle entry = type->first_entry; entry != WEFT_NONE; entry = weft_entry (doc, entry)->next)
        for (WeftHandle at = weft_entry (doc, entry)->head; at != WEFT_NONE;)
          {
            WeftHandle left = weft_item_map_left (doc, at);

            collect_child (doc, at, types);
            at = left;
          }
      weft_type_drop_map (type);
    }
}

void
weft_collect_item (WeftDoc   *doc,
                   WeftHandle handle)
{
  WeftItem *item = weft_item (doc, handle);

  if (item->kind == WEFT_CONTENT_TYPE)
    collect_type (doc, weft_content_get_type (doc, item));
  weft_content_waste (doc, item);
  weft_item_set_kind (item, WEFT_CONTENT_DELETED);
}

/* Joins @right into @left where Yjs would (Item.mergeWith); both are neighbours in the index. */
static gboolean
merge_items (WeftDoc   *doc,
             WeftHandle left_handle,
             WeftHandle right_handle)
{
  WeftItem *left = weft_item (doc, left_handle), *right = weft_item (doc, right_handle);

  if (!weft_items_are_alike (left, right))
    return FALSE;

  if (left->kind == WEFT_CONTENT_GC)
    {
      left->len += right->len;
      return TRUE;
    }

  if (left->redone || right->redone || left->in_map != right->in_map)
    return FALSE;

  if (left->in_map)
    {
      if (weft_item_map_left (doc, right_handle) != left_handle)
        return FALSE;
    }
  else if (weft_order_next (doc, left_handle) != right_handle)
    {
      return FALSE;
    }

  if (!weft_content_merge (doc, left, right))
    return FALSE;

  left->keep |= right->keep;
  left->len += right->len;
  if (left->in_map)
    {
      WeftMapEntry *entry = weft_entry (doc, left->place);

      weft_siblings_forget (doc, left->place);
      if (entry->head == right_handle)
        entry->head = left_handle;
      else
        weft_map_chain_link (doc, left_handle, weft_map_chain_find_right (doc, entry->head, right_handle));
    }
  else
    {
      weft_order_remove (doc, right_handle);
      weft_order_update (doc, left_handle);
    }

  return TRUE;
}

guint
weft_merge_with_lefts (WeftDoc       *doc,
                       WeftIndexSpot *spot)
{
  WeftHandle right = weft_index_get (spot);
  guint merged = 0;

  for (;;)
    {
      WeftIndexSpot left_spot = *spot;
      WeftHandle left = weft_index_prev (&left_spot);

      if (left == WEFT_NONE || !merge_items (doc, left, right))
        return merged;
      weft_index_remove (spot);
      weft_pool_free_item (doc, right);
      right = left;
      merged++;
    }
}

void
weft_keep_item (WeftDoc   *doc,
                WeftHandle handle,
                gboolean   keep)
{
  while (handle != WEFT_NONE && weft_item (doc, handle)->keep != (guint) !!keep)
    {
      WeftType *parent = weft_item_get_parent (doc, weft_item (doc, handle));

      weft_item (doc, handle)->keep = !!keep;
      handle = parent != NULL ? parent->item : WEFT_NONE;
    }
}
