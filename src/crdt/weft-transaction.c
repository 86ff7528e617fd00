/* weft-transaction.c - what belongs together: one clean-up, one event, one update
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Follows Transaction.js of Yjs: after the body come the observers, then collection, then joining
 * of runs (only at the places that changed), then the update. A transaction begun by an observer
 * runs its body at once and waits in a queue for its clean-up.
 */

#include "config.h"

#include "crdt/weft-doc-private.h"
#include "crdt/weft-subdoc.h"

/* Range sets */

/* From so many clients on, they are looked up in a table. */
#define MANY_LISTS 16

/* As clear, but keeps the memory that the next small transaction needs. */
static void
reset_range_set (WeftRangeSet *set)
{
  for (guint i = 0; set->lists != NULL && i < set->lists->len; i++)
    {
      GArray *ranges = g_array_index (set->lists, WeftRangeList, i).ranges;

      if (set->spare == NULL)
        set->spare = g_array_set_size (ranges, 0);
      else
        g_array_unref (ranges);
    }
  if (set->lists != NULL)
    g_array_set_size (set->lists, 0);
  g_clear_pointer (&set->index, g_hash_table_unref);
}

void
weft_range_set_clear (WeftRangeSet *set)
{
  g_clear_pointer (&set->spare, g_array_unref);
  g_clear_pointer (&set->index, g_hash_table_unref);
  if (set->lists == NULL)
    return;
  for (guint i = 0; i < set->lists->len; i++)
    g_array_unref (g_array_index (set->lists, WeftRangeList, i).ranges);
  g_clear_pointer (&set->lists, g_array_unref);
}

/* Where there are few, from the last one on: that is the one most often asked for. */
static WeftRangeList *
find_list (const WeftRangeSet *set,
           guint32             client)
{
  guint n = set->lists != NULL ? set->lists->len : 0;

  if (set->index != NULL)
    {
      gpointer at;
      guint i;

      if (!g_hash_table_lookup_extended (set->index, GUINT_TO_POINTER (client), NULL, &at))
        return NULL;
      i = GPOINTER_TO_UINT (at);
      if (i < n && g_array_index (set->lists, WeftRangeList, i).client == client)
        return &g_array_index (set->lists, WeftRangeList, i);
    }
  for (guint i = n; i > 0; i--)
    if (g_array_index (set->lists, WeftRangeList, i - 1).client == client)
      return &g_array_index (set->lists, WeftRangeList, i - 1);

  return NULL;
}

static WeftRangeList *
add_list (WeftRangeSet *set,
          guint32       client)
{
  WeftRangeList fresh = { client, g_steal_pointer (&set->spare) };

  if (fresh.ranges == NULL)
    fresh.ranges = g_array_new (FALSE, FALSE, sizeof (WeftRange));
  g_array_append_val (set->lists, fresh);
  if (set->index == NULL && set->lists->len == MANY_LISTS)
    {
      set->index = g_hash_table_new (NULL, NULL);
      for (guint i = 0; i < set->lists->len; i++)
        g_hash_table_insert (set->index,
                             GUINT_TO_POINTER (g_array_index (set->lists, WeftRangeList, i).client),
                             GUINT_TO_POINTER (i));
    }
  else if (set->index != NULL)
    {
      g_hash_table_insert (set->index, GUINT_TO_POINTER (client), GUINT_TO_POINTER (set->lists->len - 1));
    }

  return &g_array_index (set->lists, WeftRangeList, set->lists->len - 1);
}

/* @n ranges of one client */
static void
add_ranges (WeftRangeSet    *set,
            const WeftRange *ranges,
            guint            n)
{
  guint32 client = ranges->client;
  WeftRangeList *list;

  if (set->lists == NULL)
    set->lists = g_array_new (FALSE, FALSE, sizeof (WeftRangeList));
  list = find_list (set, client);
  if (list == NULL)
    list = add_list (set, client);
  g_array_append_vals (list->ranges, ranges, n);
}

void
weft_range_set_add (WeftRangeSet *set,
                    guint32       client,
                    guint32       clock,
                    guint32       len)
{
  WeftRange range = { client, clock, len };

  add_ranges (set, &range, 1);
}

/* So many ranges and more are sorted by the bits of their clocks, so many of them at once. */
#define MANY_RANGES 128
#define SORTED_BITS 11

/* Sorts by the lowest bits of the clocks, then by the next ones, and so on: each time what was in order stays so. */
static void
sort_by_bits (GArray *ranges)
{
  g_autofree WeftRange *spare = g_new (WeftRange, ranges->len);
  WeftRange *from = (WeftRange *) ranges->data, *to = spare;
  guint32 all = 0;

  for (guint i = 0; i < ranges->len; i++)
    all |= from[i].clock;
  for (guint shift = 0; shift < 32 && all >> shift != 0; shift += SORTED_BITS)
    {
      guint32 starts[1 << SORTED_BITS] = { 0 }, start = 0;
      const guint32 mask = (1 << SORTED_BITS) - 1;
      WeftRange *other = from;

      for (guint i = 0; i < ranges->len; i++)
        starts[from[i].clock >> shift & mask]++;
      for (guint i = 0; i <= mask; i++)
        {
          guint32 n = starts[i];

          starts[i] = start;
          start += n;
        }
      for (guint i = 0; i < ranges->len; i++)
        to[starts[from[i].clock >> shift & mask]++] = from[i];
      from = to;
      to = other;
    }
  if (from == spare)
    memcpy (ranges->data, spare, ranges->len * sizeof (WeftRange));
}

static int
compare_ranges (gconstpointer a,
                gconstpointer b)
{
  const WeftRange *x = a, *y = b;

  return x->clock < y->clock ? -1 : x->clock > y->clock;
}

/* What came from somebody else is in order already. */
static gboolean
are_sorted (const GArray *ranges)
{
  for (guint i = 1; i < ranges->len; i++)
    if (g_array_index (ranges, WeftRange, i).clock < g_array_index (ranges, WeftRange, i - 1).clock)
      return FALSE;

  return TRUE;
}

void
weft_range_set_normalize (WeftRangeSet *set)
{
  for (guint i = 0; set->lists != NULL && i < set->lists->len; i++)
    {
      GArray *ranges = g_array_index (set->lists, WeftRangeList, i).ranges;
      guint kept = 0;

      if (!are_sorted (ranges))
        {
          if (ranges->len < MANY_RANGES)
            g_array_sort (ranges, compare_ranges);
          else
            sort_by_bits (ranges);
        }
      for (guint j = 1; j < ranges->len; j++)
        {
          WeftRange *left = &g_array_index (ranges, WeftRange, kept);
          WeftRange right = g_array_index (ranges, WeftRange, j);

          if ((guint64) left->clock + left->len >= right.clock)
            left->len = MAX (left->len, right.clock + right.len - left->clock);
          else
            g_array_index (ranges, WeftRange, ++kept) = right;
        }
      g_array_set_size (ranges, kept + 1);
    }
}

gboolean
weft_range_set_contains (const WeftRangeSet *set,
                         guint32             client,
                         guint32             clock)
{
  const WeftRangeList *list = find_list (set, client);
  guint low = 0, high = list != NULL ? list->ranges->len : 0;

  while (low < high)
    {
      guint middle = (low + high) / 2;
      const WeftRange *range = &g_array_index (list->ranges, WeftRange, middle);

      if (range->clock > clock)
        high = middle;
      else if (clock - range->clock < range->len)
        return TRUE;
      else
        low = middle + 1;
    }

  return FALSE;
}

/* Recording */

WeftTransaction *
weft_transaction_begin (WeftDoc      *doc,
                        gconstpointer origin,
                        gboolean      local)
{
  WeftTransaction *tx = g_steal_pointer (&doc->spare);

  weft_cursor_forget (doc);
  if (tx == NULL)
    {
      tx = g_new0 (WeftTransaction, 1);
      tx->doc = doc;
      tx->touched = g_array_new (FALSE, FALSE, sizeof (WeftTouched));
      tx->deletes = g_array_new (FALSE, FALSE, sizeof (WeftRange));
      tx->changed = g_array_new (FALSE, FALSE, sizeof (WeftChanged));
      tx->merge = g_array_new (FALSE, FALSE, sizeof (WeftRange));
    }
  tx->origin = origin;
  tx->local = local;
  tx->serial = ++doc->next_serial;
  doc->transaction = tx;

  return tx;
}

static void
reset (WeftTransaction *tx)
{
  for (guint i = 0; i < tx->changed->len; i++)
    g_clear_pointer (&g_array_index (tx->changed, WeftChanged, i).keys, g_array_unref);
  reset_range_set (&tx->delete_set);
  g_clear_pointer (&tx->events, g_ptr_array_unref);
  g_clear_pointer (&tx->loads, g_array_unref);
  g_clear_pointer (&tx->public_deletes, weft_delete_set_free);
  g_clear_pointer (&tx->before, weft_state_vector_free);
  g_clear_pointer (&tx->after, weft_state_vector_free);
  g_array_set_size (tx->touched, 0);
  g_array_set_size (tx->deletes, 0);
  g_array_set_size (tx->changed, 0);
  g_array_set_size (tx->merge, 0);
}

void
weft_transaction_free (WeftTransaction *tx)
{
  if (tx == NULL)
    return;
  reset (tx);
  weft_range_set_clear (&tx->delete_set);
  g_array_unref (tx->touched);
  g_array_unref (tx->deletes);
  g_array_unref (tx->changed);
  g_array_unref (tx->merge);
  g_free (tx);
}

/* An ordinary transaction is used again; one that grew large gives its memory back. */
static void
put_away (WeftTransaction *tx)
{
  WeftDoc *doc = tx->doc;

  if (doc->spare != NULL || tx->touched->len + tx->deletes->len + tx->changed->len + tx->merge->len > 256)
    {
      weft_transaction_free (tx);
      return;
    }
  reset (tx);
  doc->spare = tx;
}

void
weft_transaction_touch (WeftTransaction *tx,
                        guint32          index)
{
  WeftClient *client = weft_client (tx->doc, index);
  WeftTouched touched = { index, client->state };

  if (client->tx_serial == tx->serial)
    return;
  client->tx_serial = tx->serial;
  client->tx_slot = tx->touched->len;
  g_array_append_val (tx->touched, touched);
}

void
weft_transaction_add_delete (WeftTransaction *tx,
                             guint32          client,
                             guint32          clock,
                             guint32          len)
{
  WeftRange range = { client, clock, len };

  if (tx->deletes->len > 0)
    {
      WeftRange *last = &g_array_index (tx->deletes, WeftRange, tx->deletes->len - 1);

      if (last->client == client && last->clock + last->len == clock)
        {
          last->len += len;
          return;
        }
    }
  g_array_append_val (tx->deletes, range);
}

void
weft_transaction_add_merge (WeftTransaction *tx,
                            guint32          client,
                            guint32          clock)
{
  const WeftClient *writer = weft_client (tx->doc, client);
  WeftRange range = { client, clock, 0 };

  /* What was written in this transaction is tried in the end as it is; see is_among_new(). */
  if (!tx->doc->general && writer->tx_serial == tx->serial
      && clock > g_array_index (tx->touched, WeftTouched, writer->tx_slot).before)
    return;
  g_array_append_val (tx->merge, range);
}

guint32
weft_transaction_get_before (WeftTransaction *tx,
                             guint32          index)
{
  WeftClient *client = weft_client (tx->doc, index);

  if (client->tx_serial == tx->serial)
    return g_array_index (tx->touched, WeftTouched, client->tx_slot).before;

  /* Another transaction came since: look it up among ours. */
  for (guint i = 0; tx->doc->transaction != tx && i < tx->touched->len; i++)
    if (g_array_index (tx->touched, WeftTouched, i).client == index)
      return g_array_index (tx->touched, WeftTouched, i).before;

  return client->state;
}

gboolean
weft_transaction_deletes (WeftTransaction *tx,
                          guint32          client,
                          guint32          clock)
{
  return weft_range_set_contains (&tx->delete_set, client, clock);
}

void
weft_transaction_add_changed (WeftTransaction *tx,
                              WeftType        *type,
                              guint32          key)
{
  WeftChanged *changed;

  if (type->collected)
    return;
  if (type->item != WEFT_NONE)
    {
      WeftItem *item = weft_item (tx->doc, type->item);

      if (item->deleted || item->clock >= weft_transaction_get_before (tx, item->client))
        return;
    }

  if (type->tx_serial != tx->serial)
    {
      WeftChanged fresh = { .type = type };

      type->tx_serial = tx->serial;
      type->tx_slot = tx->changed->len;
      g_array_append_val (tx->changed, fresh);
    }
  changed = &g_array_index (tx->changed, WeftChanged, type->tx_slot);
  if (key == 0)
    {
      changed->sequence = TRUE;
      return;
    }
  if (changed->keys == NULL)
    changed->keys = g_array_new (FALSE, FALSE, sizeof (guint32));
  /* Sorted out at the end: a key may be there more than once. */
  if (changed->keys->len == 0
      || g_array_index (changed->keys, guint32, changed->keys->len - 1) != key)
    g_array_append_val (changed->keys, key);
}

void
weft_transaction_drop_changed (WeftTransaction *tx,
                               WeftType        *type)
{
  if (type->tx_serial != tx->serial)
    return;
  g_array_index (tx->changed, WeftChanged, type->tx_slot).type = NULL;
  type->tx_serial = 0;
}

/* Clean-up */

static void
collect_deleted (WeftTransaction *tx)
{
  WeftDoc *doc = tx->doc;

  for (guint i = 0; tx->delete_set.lists != NULL && i < tx->delete_set.lists->len; i++)
    {
      WeftRangeList *list = &g_array_index (tx->delete_set.lists, WeftRangeList, i);

      for (guint j = list->ranges->len; j > 0; j--)
        {
          WeftRange *range = &g_array_index (list->ranges, WeftRange, j - 1);
          WeftIndexSpot spot;
          WeftHandle handle
              = weft_index_find (weft_client (doc, list->client), range->clock, &spot);

          for (; handle != WEFT_NONE; handle = weft_index_next (&spot))
            {
              WeftItem *item = weft_item (doc, handle);

              if (item->clock >= range->clock + range->len)
                break;
              if (item->kind != WEFT_CONTENT_GC && item->deleted && !item->keep)
                weft_collect_item (doc, handle);
            }
        }
      weft_arena_tidy (doc, weft_client (doc, list->client));
    }
}

/* Tries to join all structs from @spot down to the clock @from with those at their left. */
static void
merge_down_to (WeftDoc       *doc,
               WeftIndexSpot *spot,
               guint32        from)
{
  const WeftItem *right = weft_item (doc, weft_index_get (spot));

  while (right->clock >= from)
    {
      const WeftChunk *chunk = spot->client->chunks[spot->chunk];
      const WeftItem *left = NULL;
      guint32 slot = spot->slot;

      /* Down to the next pair of the chunk that may be one */
      for (; slot > 0 && right->clock >= from; right = left, slot--)
        {
          left = weft_item (doc, weft_chunk_handle (chunk, slot - 1));
          if (weft_items_are_alike (left, right))
            break;
        }
      spot->slot = slot;
      if (right->clock < from)
        return;
      if (slot == 0)
        {
          WeftIndexSpot before = *spot;
          WeftHandle handle = weft_index_prev (&before);

          if (handle == WEFT_NONE)
            return;
          left = weft_item (doc, handle);
          if (!weft_items_are_alike (left, right))
            {
              *spot = before;
              right = left;
              continue;
            }
        }
      weft_merge_with_lefts (doc, spot);
      if (weft_index_prev (spot) == WEFT_NONE)
        return;
      right = weft_item (doc, weft_index_get (spot));
    }
}

void
weft_merge_around_deletion (WeftDoc *doc,
                            guint32  client,
                            guint32  clock,
                            guint32  len)
{
  WeftIndexSpot spot;

  weft_index_find (weft_client (doc, client), clock + len - 1, &spot);
  weft_index_next (&spot);
  merge_down_to (doc, &spot, clock);
}

/* Notes from where on each touched client has all its structs tried: the one that holds the clock where the transaction
 * began. */
static void
find_new (WeftTransaction *tx)
{
  for (guint i = 0; i < tx->touched->len; i++)
    {
      WeftTouched *touched = &g_array_index (tx->touched, WeftTouched, i);
      WeftHandle handle = weft_index_find (weft_client (tx->doc, touched->client), touched->before, NULL);

      touched->from = weft_item (tx->doc, handle)->clock;
    }
}

/* Whether merge_new() tries all that is to be tried at @clock and above. Whether two neighbours become one does not
 * depend on what else is joined, so they need not be tried before, nor again. The general way tries them as Yjs
 * does. */
static inline gboolean
is_among_new (WeftTransaction *tx,
              guint32          index,
              guint32          clock)
{
  const WeftClient *client = weft_client (tx->doc, index);

  /* Where an observer wrote in the meantime, the client has forgotten where it is among the touched ones. */
  return !tx->doc->general && client->tx_serial == tx->serial
         && clock >= g_array_index (tx->touched, WeftTouched, client->tx_slot).from;
}

static void
merge_deleted (WeftTransaction *tx)
{
  WeftDoc *doc = tx->doc;

  for (guint i = 0; tx->delete_set.lists != NULL && i < tx->delete_set.lists->len; i++)
    {
      WeftRangeList *list = &g_array_index (tx->delete_set.lists, WeftRangeList, i);

      for (guint j = list->ranges->len; j > 0; j--)
        {
          WeftRange *range = &g_array_index (list->ranges, WeftRange, j - 1);

          if (!is_among_new (tx, list->client, range->clock))
            weft_merge_around_deletion (doc, list->client, range->clock, range->len);
        }
    }
}

static void
merge_new (WeftTransaction *tx)
{
  WeftDoc *doc = tx->doc;

  for (guint i = 0; i < tx->touched->len; i++)
    {
      const WeftTouched *touched = &g_array_index (tx->touched, WeftTouched, i);
      WeftIndexSpot spot;

      weft_index_last (weft_client (doc, touched->client), &spot);
      merge_down_to (doc, &spot, touched->from);
    }
}

void
weft_merge_at_cut (WeftDoc *doc,
                   guint32  client,
                   guint32  clock)
{
  WeftIndexSpot spot, right;

  /* Where the right one is joined, this one is tried as well. */
  weft_index_find (weft_client (doc, client), clock, &spot);
  right = spot;
  if (weft_index_next (&right) == WEFT_NONE || weft_merge_with_lefts (doc, &right) == 0)
    weft_merge_with_lefts (doc, &spot);
}

static void
merge_split (WeftTransaction *tx)
{
  for (guint i = tx->merge->len; i > 0; i--)
    {
      WeftRange *place = &g_array_index (tx->merge, WeftRange, i - 1);

      if (!is_among_new (tx, place->client, place->clock))
        weft_merge_at_cut (tx->doc, place->client, place->clock);
    }
}

static void
call_observers (WeftTransaction *tx)
{
  WeftDoc *doc = tx->doc;

  /* Found now: an observer may edit before the next one asks. */
  if (doc->n_watchers > 0)
    weft_transaction_get_n_events (tx);

  if (doc->type_observers != NULL)
    weft_type_observers_call (tx);

  /* Observers may come and go during the calls. */
  for (guint i = 0; i < doc->observers->len; i++)
    {
      WeftObserverEntry entry = g_array_index (doc->observers, WeftObserverEntry, i);

      if (entry.vtable.transaction != NULL)
        entry.vtable.transaction (doc, tx, entry.user_data);
    }
  for (guint i = 0; i < doc->undo_managers->len; i++)
    weft_undo_manager_handle (g_ptr_array_index (doc->undo_managers, i), tx);
}

static void
send_update (WeftTransaction *tx)
{
  WeftDoc *doc = tx->doc;
  g_autoptr(GBytes) update = NULL;
  WeftWriter writer;

  for (guint i = 0; i < doc->observers->len; i++)
    {
      WeftObserverEntry entry = g_array_index (doc->observers, WeftObserverEntry, i);

      if (entry.vtable.update == NULL && entry.vtable.update_data == NULL)
        continue;
      if (update == NULL)
        {
          weft_writer_init (&writer);
          weft_write_transaction (tx, &writer);
          update = weft_writer_steal_bytes (&writer);
        }
      if (entry.vtable.update_data != NULL)
        {
          gsize size;
          const guint8 *data = g_bytes_get_data (update, &size);

          entry.vtable.update_data (doc, data, size, tx->origin, tx->local, entry.user_data);
        }
      if (entry.vtable.update != NULL)
        entry.vtable.update (doc, update, tx->origin, tx->local, entry.user_data);
    }
}

static void
take_new_client_id (WeftTransaction *tx)
{
  WeftDoc *doc = tx->doc;
  guint32 own = weft_clients_lookup (doc, doc->client_id);

  if (tx->local || own == WEFT_NO_CLIENT)
    return;
  for (guint i = 0; i < tx->touched->len; i++)
    if (g_array_index (tx->touched, WeftTouched, i).client == own)
      {
        while (weft_clients_get_state (doc, doc->client_id) > 0)
          doc->client_id = doc->random (doc->random_data);
        return;
      }
}

static void
end_body (WeftTransaction *tx)
{
  for (guint i = 0; i < tx->touched->len; i++)
    {
      WeftTouched *touched = &g_array_index (tx->touched, WeftTouched, i);

      touched->after = weft_client (tx->doc, touched->client)->state;
    }
  for (guint i = 0, n; i < tx->deletes->len; i += n)
    {
      const WeftRange *ranges = &g_array_index (tx->deletes, WeftRange, i);

      for (n = 1; i + n < tx->deletes->len && ranges[n].client == ranges->client;)
        n++;
      add_ranges (&tx->delete_set, ranges, n);
    }
  weft_range_set_normalize (&tx->delete_set);
}

void
weft_doc_check_now (WeftDoc *doc)
{
  g_autoptr(GError) error = NULL;

  if (!weft_doc_validate (doc, &error))
    g_error ("The document is broken: %s", error->message);
}

/* Yjs lets go of each subdocument that was removed in a transaction of its own, which has no origin: an undo manager
 * of the whole document takes it for a change. Nobody else sees it. */
static guint
count_farewells (WeftTransaction *tx)
{
  g_autoptr(GArray) removed = NULL;

  if (!weft_undo_managers_see_all (tx->doc))
    return 0;
  removed = weft_transaction_list_subdocs (tx, WEFT_SUBDOCS_REMOVED);

  return removed->len;
}

static void
clean_up (WeftTransaction *tx)
{
  WeftDoc *doc = tx->doc;
  guint n_farewells;

  call_observers (tx);
  n_farewells = count_farewells (tx);
  if (doc->gc)
    collect_deleted (tx);
  find_new (tx);
  merge_deleted (tx);
  merge_new (tx);
  merge_split (tx);
  take_new_client_id (tx);

  weft_doc_check (doc);
  if (weft_transaction_has_update (tx))
    send_update (tx);
  for (; n_farewells > 0; n_farewells--)
    {
      weft_doc_begin (doc, NULL);
      weft_doc_commit (doc);
    }
}

void
weft_doc_run_cleanups (WeftDoc *doc)
{
  WeftTransaction *tx;

  if (doc->cleaning || doc->cleanups.head == NULL)
    return;

  doc->cleaning = TRUE;
  while ((tx = g_queue_peek_head (&doc->cleanups)) != NULL)
    {
      clean_up (tx);
      g_queue_pop_head (&doc->cleanups);
      put_away (tx);
    }
  doc->cleaning = FALSE;
}

static void
end_transaction (WeftDoc *doc)
{
  WeftTransaction *tx = doc->transaction;

  end_body (tx);
  doc->transaction = NULL;
  if (doc->cleaning || doc->cleanups.head != NULL)
    {
      g_queue_push_tail (&doc->cleanups, tx);
      weft_doc_run_cleanups (doc);
      return;
    }

  doc->cleaning = TRUE;
  clean_up (tx);
  put_away (tx);
  doc->cleaning = FALSE;
  weft_doc_run_cleanups (doc);
}

/* Public */

/**
 * weft_doc_begin:
 * @self: a document
 * @origin: (nullable): who does it, compared by identity
 *
 * Begins a transaction, or goes one deeper into the one that runs; then @origin is not looked at.
 */
void
weft_doc_begin (WeftDoc      *self,
                gconstpointer origin)
{
  g_return_if_fail (self != NULL);

  if (self->depth++ == 0)
    weft_transaction_begin (self, origin, TRUE);
}

/**
 * weft_doc_commit:
 * @self: a document
 *
 * Ends what weft_doc_begin() began. With the outermost one the observers are called.
 */
void
weft_doc_commit (WeftDoc *self)
{
  g_return_if_fail (self != NULL && self->depth > 0);

  if (--self->depth == 0)
    end_transaction (self);
}

gboolean
weft_doc_in_transaction (WeftDoc *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->depth > 0;
}

gconstpointer
weft_transaction_get_origin (WeftTransaction *self)
{
  return self->origin;
}

gboolean
weft_transaction_is_local (WeftTransaction *self)
{
  return self->local;
}

gsize
weft_transaction_get_n_events (WeftTransaction *self)
{
  if (self->events == NULL)
    self->events = weft_events_collect (self);

  return self->events->len;
}

WeftEvent *
weft_transaction_get_event (WeftTransaction *self,
                            gsize            index)
{
  g_return_val_if_fail (index < weft_transaction_get_n_events (self), NULL);

  return g_ptr_array_index (self->events, index);
}

WeftDeleteSet *
weft_transaction_get_delete_set (WeftTransaction *self)
{
  if (self->public_deletes != NULL)
    return self->public_deletes;

  self->public_deletes = weft_delete_set_new ();
  for (guint i = 0; self->delete_set.lists != NULL && i < self->delete_set.lists->len; i++)
    {
      WeftRangeList *list = &g_array_index (self->delete_set.lists, WeftRangeList, i);

      for (guint j = 0; j < list->ranges->len; j++)
        {
          WeftRange *range = &g_array_index (list->ranges, WeftRange, j);

          weft_delete_set_add (self->public_deletes, weft_client (self->doc, range->client)->id,
                               range->clock, range->len);
        }
    }
  weft_delete_set_normalize (self->public_deletes);

  return self->public_deletes;
}

static WeftStateVector *
make_state_vector (WeftTransaction *self,
                   gboolean         before)
{
  WeftStateVector *vector = weft_doc_get_state_vector (self->doc);

  for (guint i = 0; i < self->touched->len; i++)
    {
      WeftTouched *touched = &g_array_index (self->touched, WeftTouched, i);

      weft_state_vector_set (vector, weft_client (self->doc, touched->client)->id,
                             before ? touched->before : touched->after);
    }

  return vector;
}

WeftStateVector *
weft_transaction_get_before_state (WeftTransaction *self)
{
  if (self->before == NULL)
    self->before = make_state_vector (self, TRUE);

  return self->before;
}

WeftStateVector *
weft_transaction_get_after_state (WeftTransaction *self)
{
  if (self->after == NULL)
    self->after = make_state_vector (self, FALSE);

  return self->after;
}
