/* weft-integrate.c - linking, splitting, deleting, collecting and joining items
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The rules of Yjs' Item.js, followed exactly, since full encodings must equal those of Yjs: when
 * runs are split and joined decides how many structs there are.
 */

#include "config.h"

#include "crdt/weft-doc-private.h"
#include "crdt/weft-format-spans-private.h"

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

/* The map item whose left neighbour is @left; WEFT_NONE: the oldest. */
static WeftHandle
find_right_in_map (WeftDoc   *doc,
                   WeftHandle head,
                   WeftHandle left)
{
  WeftHandle at = head, right = WEFT_NONE;

  while (at != left)
    {
      right = at;
      at = weft_item_map_left (doc, at);
    }

  return right;
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

  return find_right_in_map (doc, weft_entry (doc, item->place)->head, handle);
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
        weft_item_set_map_left (doc, find_right_in_map (doc, entry->head, left_handle), right_handle);
      weft_item_set_map_left (doc, right_handle, left_handle);
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
same_id (guint32 client_a,
         guint32 clock_a,
         guint32 client_b,
         guint32 clock_b)
{
  return client_a == client_b && (client_a == WEFT_NO_CLIENT || clock_a == clock_b);
}

/* Marks tell which items the walk in find_left() has seen: each walk numbers its visits upwards
 * from where the last one ended, so that nothing has to be cleared. */
static guint32
begin_marks (WeftDoc *doc)
{
  if (doc->n_marks <= doc->n_items)
    {
      guint32 n = MAX (doc->n_items + 1, doc->n_marks * 2);

      doc->marks = g_renew (guint32, doc->marks, n);
      memset (doc->marks + doc->n_marks, 0, (n - doc->n_marks) * sizeof (guint32));
      doc->n_marks = n;
    }
  if (doc->mark_clock > G_MAXUINT32 - doc->n_items - 2)
    {
      memset (doc->marks, 0, doc->n_marks * sizeof (guint32));
      doc->mark_clock = 0;
    }

  return doc->mark_clock + 1;
}

/* Where an item comes to: @chain is NULL unless the sequence was taken apart. */
typedef struct
{
  WeftType        *parent;
  WeftHandle       entry; /* WEFT_NONE: in the sequence */
  const WeftChain *chain;
} Target;

/* The items to compare with, from left to right. A map's chain only links to the left, so it is
 * laid out first. */
typedef struct
{
  WeftDoc         *doc;
  WeftSpot         spot;
  gboolean         in_map;
  guint            next;
  const WeftChain *chain;
  WeftHandle       at; /* in @chain */
} Walk;

static WeftHandle
walk_begin (Walk         *walk,
            WeftDoc      *doc,
            const Target *target,
            WeftHandle    left)
{
  const WeftType *parent = target->parent;
  WeftHandle entry = target->entry;

  *walk = (Walk) { .doc = doc, .chain = target->chain };
  if (target->chain != NULL)
    return walk->at = left != WEFT_NONE ? target->chain->next[left] : target->chain->first;
  if (entry != WEFT_NONE)
    {
      walk->in_map = TRUE;
      for (WeftHandle at = weft_entry (doc, entry)->head; at != left && at != WEFT_NONE;
           at = weft_item_map_left (doc, at))
        {
          if (walk->next == doc->chain_allocated)
            {
              doc->chain_allocated = MAX (64, doc->chain_allocated * 2);
              doc->chain = g_renew (WeftHandle, doc->chain, doc->chain_allocated);
            }
          doc->chain[walk->next++] = at;
        }
      return walk->next == 0 ? WEFT_NONE : doc->chain[--walk->next];
    }

  if (left == WEFT_NONE)
    {
      if (parent->first == WEFT_NONE)
        return WEFT_NONE;
      walk->spot = (WeftSpot) { weft_leaf (doc, parent->first), 0 };
    }
  else
    {
      walk->spot = weft_order_spot (doc, left);
      if (!weft_order_step (doc, &walk->spot))
        return WEFT_NONE;
    }

  return walk->spot.leaf->item[walk->spot.slot];
}

static inline WeftHandle
walk_next (Walk *walk)
{
  if (walk->in_map)
    return walk->next == 0 ? WEFT_NONE : walk->doc->chain[--walk->next];
  if (walk->chain != NULL)
    return walk->at = walk->chain->next[walk->at];
  if (walk->spot.slot + 1 < walk->spot.leaf->n)
    return walk->spot.leaf->item[++walk->spot.slot];

  return weft_order_step (walk->doc, &walk->spot) ? walk->spot.leaf->item[walk->spot.slot] : WEFT_NONE;
}

/* The place of a value by client @own: after those with a greater id, and where ids are equal, after these. */
static guint
find_place (const WeftSiblings *siblings,
            WeftClientId        own)
{
  guint low = 0, high = siblings->items->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (g_array_index (siblings->items, WeftSibling, middle).client >= own)
        low = middle + 1;
      else
        high = middle;
    }

  return low;
}

/* Finds the neighbour at the left where the values of the key are known to be siblings and @item is one, too. */
static gboolean
find_left_of_siblings (WeftDoc    *doc,
                       WeftItem   *item,
                       WeftHandle *left,
                       WeftHandle  right,
                       WeftHandle  entry)
{
  WeftSiblings *siblings = &doc->siblings;

  /* All have the origin that ends at @left: a place within it would have cut it. */
  if (siblings->entry != entry || siblings->left != *left || right != WEFT_NONE || item->r_client != WEFT_NO_CLIENT
      || (item->o_client == WEFT_NO_CLIENT) != (*left == WEFT_NONE))
    return FALSE;
  siblings->place = find_place (siblings, doc->client_ids[item->client]);
  siblings->finds = TRUE;
  if (siblings->place < siblings->items->len)
    *left = g_array_index (siblings->items, WeftSibling, siblings->place).item;

  return TRUE;
}

/* Puts the item that has just been linked among its siblings. Returns the one at its right; WEFT_NONE: none. */
static WeftHandle
add_sibling (WeftDoc   *doc,
             WeftHandle handle)
{
  WeftSiblings *siblings = &doc->siblings;
  WeftSibling sibling = { doc->client_ids[weft_item (doc, handle)->client], handle };

  siblings->finds = FALSE;
  g_array_insert_val (siblings->items, siblings->place, sibling);

  return siblings->place > 0 ? g_array_index (siblings->items, WeftSibling, siblings->place - 1).item : WEFT_NONE;
}

/* find_left_of_same() for a map, whose chain only links to the left: so it is gone through once, from the
 * newest item on. Where the walk to the right would end, all that came so far lies beyond. */
static gboolean
find_left_in_map (WeftDoc    *doc,
                  WeftItem   *item,
                  WeftHandle *left,
                  WeftHandle  right,
                  WeftHandle  entry)
{
  WeftClientId own = doc->client_ids[item->client];
  WeftHandle found = WEFT_NONE;
  WeftSibling sibling = { G_MAXUINT64, WEFT_NONE };
  gboolean are_siblings = right == WEFT_NONE && item->r_client == WEFT_NO_CLIENT;

  if (find_left_of_siblings (doc, item, left, right, entry))
    return TRUE;
  doc->siblings.entry = WEFT_NONE;
  if (doc->siblings.items == NULL)
    doc->siblings.items = g_array_new (FALSE, FALSE, sizeof (WeftSibling));
  g_array_set_size (doc->siblings.items, 0);

  for (WeftHandle o = weft_entry (doc, entry)->head; o != *left && o != WEFT_NONE;
       o = weft_item_map_left (doc, o))
    {
      const WeftItem *other = weft_item (doc, o);
      WeftClientId client = doc->client_ids[other->client];

      are_siblings = are_siblings && other->r_client == WEFT_NO_CLIENT && client <= sibling.client
                     && same_id (item->o_client, item->o_clock, other->o_client, other->o_clock);
      if (are_siblings)
        {
          sibling = (WeftSibling) { client, o };
          g_array_append_val (doc->siblings.items, sibling);
        }
      if (o == right)
        found = WEFT_NONE;
      else if (!same_id (item->o_client, item->o_clock, other->o_client, other->o_clock))
        {
          if (other->o_client != WEFT_NO_CLIENT)
            return FALSE;
          found = WEFT_NONE;
        }
      else if (doc->client_ids[other->client] < own)
        found = found != WEFT_NONE ? found : o;
      else if (same_id (item->r_client, item->r_clock, other->r_client, other->r_clock))
        found = WEFT_NONE;
    }
  if (are_siblings)
    {
      doc->siblings.entry = entry;
      doc->siblings.left = *left;
      find_left_of_siblings (doc, item, left, right, entry);
    }
  else if (found != WEFT_NONE)
    {
      *left = found;
    }

  return TRUE;
}

/* The same as find_left(), where all that were written at the same place have the same origin, as when
 * many begin at once: then who comes first is a matter of client ids alone. %FALSE: there is one with
 * another origin. */
static gboolean
find_left_of_same (WeftDoc      *doc,
                   WeftItem     *item,
                   WeftHandle   *left,
                   WeftHandle    right,
                   const Target *target)
{
  WeftClientId own = doc->client_ids[item->client];
  WeftHandle found = *left;
  Walk walk;

  if (target->entry != WEFT_NONE)
    return find_left_in_map (doc, item, left, right, target->entry);

  for (WeftHandle o = walk_begin (&walk, doc, target, *left); o != WEFT_NONE && o != right; o = walk_next (&walk))
    {
      const WeftItem *other = weft_item (doc, o);

      if (!same_id (item->o_client, item->o_clock, other->o_client, other->o_clock))
        {
          if (other->o_client != WEFT_NO_CLIENT)
            return FALSE;
          break;
        }
      if (doc->client_ids[other->client] < own)
        found = o;
      else if (same_id (item->r_client, item->r_clock, other->r_client, other->r_clock))
        break;
    }
  *left = found;

  return TRUE;
}

/* The item that holds the origin of @item, which stands right of @before: mostly that one. */
static inline WeftHandle
find_origin (const Walk *walk,
             WeftHandle  handle,
             WeftHandle  before)
{
  const WeftItem *item = weft_item (walk->doc, handle);

  if (walk->chain != NULL && handle - walk->chain->base < walk->chain->n_new)
    return walk->chain->origins[handle - walk->chain->base];
  if (before != WEFT_NONE)
    {
      const WeftItem *guess = weft_item (walk->doc, before);

      if (guess->client == item->o_client && item->o_clock - guess->clock < guess->len)
        return before;
    }

  return weft_find_item (walk->doc, item->o_client, item->o_clock);
}

/* The neighbour at whose right @item goes, where others have written at the same place: YATA, as in
 * Item.integrate of Yjs. There, two sets are kept: the items before the origin of the one looked at,
 * and those of them that conflict. Visits are numbered here; an item is in the first set where its
 * number is of this walk, and in the second where it came after the last time that was cleared. */
static WeftHandle
find_left (WeftDoc      *doc,
           WeftItem     *item,
           WeftHandle    left,
           WeftHandle    right,
           const Target *target)
{
  guint32 begin, conflicts;
  WeftClientId own = doc->client_ids[item->client];
  WeftHandle before = left;
  Walk walk;

  if (find_left_of_same (doc, item, &left, right, target))
    return left;
  begin = conflicts = begin_marks (doc);

  for (WeftHandle o = walk_begin (&walk, doc, target, left); o != WEFT_NONE && o != right;
       before = o, o = walk_next (&walk))
    {
      WeftItem *other = weft_item (doc, o);

      doc->marks[o] = ++doc->mark_clock;
      if (same_id (item->o_client, item->o_clock, other->o_client, other->o_clock))
        {
          if (doc->client_ids[other->client] < own)
            {
              left = o;
              conflicts = doc->mark_clock + 1;
            }
          else if (same_id (item->r_client, item->r_clock, other->r_client, other->r_clock))
            {
              break;
            }
        }
      else if (other->o_client != WEFT_NO_CLIENT)
        {
          guint32 mark = doc->marks[find_origin (&walk, o, before)];

          if (mark < begin)
            break;
          if (mark < conflicts)
            {
              left = o;
              conflicts = doc->mark_clock + 1;
            }
        }
      else
        {
          break;
        }
    }

  return left;
}

WeftHandle
weft_find_left_in_chain (WeftDoc         *doc,
                         WeftItem        *item,
                         WeftHandle       left,
                         WeftHandle       right,
                         const WeftChain *chain)
{
  const Target target = { .chain = chain };

  return find_left (doc, item, left, right, &target);
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

  item->in_map = TRUE;
  item->place = entry_handle;
  weft_item_set_map_left (doc, handle, left);
  if (doc->siblings.finds)
    right = add_sibling (doc, handle);
  else
    weft_siblings_forget (doc, entry_handle);
  if (entry->head == left)
    {
      entry->head = handle;
      if (left != WEFT_NONE)
        weft_delete_item (tx, left);
      return;
    }
  if (right == WEFT_NONE)
    right = find_right_in_map (doc, entry->head, left);
  weft_item_set_map_left (doc, right, handle);
}

static void
link_in_sequence (WeftDoc   *doc,
                  WeftHandle handle,
                  WeftHandle left,
                  WeftHandle right,
                  WeftType  *parent)
{
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
  left = find_left (doc, weft_item (doc, handle), left, right, &(Target) { .parent = parent });
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
        left = find_left (doc, item, left, right, &(Target) { parent, entry, NULL });
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
        weft_item_set_map_left (doc, find_right_in_map (doc, entry->head, right_handle), left_handle);
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
