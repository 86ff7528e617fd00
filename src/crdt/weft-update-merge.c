/* weft-update-merge.c - joins, cuts and measures updates without a document
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * mergeUpdates(), diffUpdate(), encodeStateVectorFromUpdate() and parseUpdateMeta() of Yjs' updates.js,
 * of both formats and to the byte. Structs go by descending client and ascending clock, overlaps are
 * cut, gaps filled by Skip. Costs O(n log k) for n structs of k updates, O(n k) for a few.
 */

#include "config.h"

#include "crdt/weft-update-queue-private.h"

/* What will be written next. */
typedef struct
{
  WeftLazyStruct item;
  gboolean       some;
  WeftLazyWriter writer;
} Merge;

static guint64
end_of (const WeftLazyStruct *item)
{
  return item->clock + item->len;
}

/* Takes the reader's struct in place of what is written. */
static void
take (Merge          *merge,
      WeftLazyReader *reader)
{
  WeftLazyStruct old = merge->item;

  if (merge->some)
    weft_lazy_writer_put (&merge->writer, &merge->item, 0);
  merge->item = reader->curr;
  reader->curr = old;
  merge->some = TRUE;
  weft_lazy_reader_next (reader);
}

/* Passes what was written already, then takes one struct, or fills the gap before it; %FALSE: another
 * reader may have to come first. */
static gboolean
go_on (Merge          *merge,
       WeftLazyReader *reader)
{
  WeftLazyStruct *item = &merge->item, *curr = &reader->curr;
  WeftClientId client = curr->client;
  gboolean passed = FALSE;
  guint64 overlap;

  while (!reader->done && end_of (curr) <= end_of (item) && curr->client >= item->client)
    {
      weft_lazy_reader_next (reader);
      passed = TRUE;
    }
  if (reader->done || curr->client != client || (passed && curr->clock > end_of (item)))
    return FALSE;

  if (client != item->client)
    {
      take (merge, reader);
      return TRUE;
    }
  if (end_of (item) < curr->clock)
    {
      weft_lazy_writer_put (&merge->writer, item, 0);
      item->clock = end_of (item);
      item->len = curr->clock - item->clock;
      item->kind = WEFT_CONTENT_SKIP;
      item->info = 0;
      return TRUE;
    }
  overlap = end_of (item) - curr->clock;
  if (item->kind == WEFT_CONTENT_GC && curr->kind == WEFT_CONTENT_GC)
    {
      item->len += curr->len - overlap;
      return TRUE;
    }
  weft_lazy_struct_slice (curr, overlap);
  take (merge, reader);

  return TRUE;
}

static void
merge_structs (Merge           *merge,
               WeftUpdateQueue *queue)
{
  WeftLazyReader *reader;

  while ((reader = weft_update_queue_get_first (queue)) != NULL)
    {
      WeftClientId client = reader->curr.client;

      if (!merge->some)
        take (merge, reader);
      else if (!go_on (merge, reader))
        {
          weft_update_queue_put_back (queue);
          continue;
        }
      while (!reader->done && reader->curr.client == client
             && reader->curr.clock == end_of (&merge->item))
        take (merge, reader);
      weft_update_queue_put_back (queue);
    }
  if (merge->some)
    weft_lazy_writer_put (&merge->writer, &merge->item, 0);
}

/* The deletions of all readers; FALSE where one of the updates is malformed. */
static gboolean
merge_deletes (WeftLazyReader *readers,
               guint           n,
               GArray         *deletes,
               GError        **error)
{
  for (guint i = 0; i < n; i++)
    {
      g_autoptr(GArray) ranges = weft_lazy_reader_get_deletes (&readers[i]);

      if (!weft_reader_finish (&readers[i].source.rest, TRUE, error))
        return FALSE;
      g_array_append_vals (deletes, ranges->data, ranges->len);
    }
  weft_update_deletes_normalize (deletes);

  return TRUE;
}

static void
write_run (const WeftUpdate    *update,
           const WeftStructRun *run,
           WeftWriter          *writer)
{
  const WeftStruct *structs = &g_array_index (update->structs, WeftStruct, run->first);

  weft_writer_put_varuint (writer, run->n);
  weft_writer_put_varuint (writer, run->client);
  weft_writer_put_varuint (writer, structs[0].clock);
  for (guint i = 0; i < run->n; i++)
    weft_update_write_struct (&structs[i], TRUE, writer);
}

/* No peer writes clients in another order than the descending one, but it is no harm: such an update is
 * put in order first. */
static GBytes *
put_in_order (GBytes          *update,
              WeftUpdateFormat format,
              gboolean         own,
              GError         **error)
{
  g_auto(WeftUpdate) decoded = { 0 };
  g_autoptr(GBytes) ordered = NULL;
  guint64 n_runs = 0;
  WeftWriter writer;

  if (!(own ? weft_update_decode_own (&decoded, update, format, error)
            : weft_update_decode_any (&decoded, update, format, error)))
    return NULL;
  for (guint i = 0; i < decoded.runs->len; i++)
    n_runs += g_array_index (decoded.runs, WeftStructRun, i).n > 0;
  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, n_runs);
  for (guint i = 0; i < decoded.runs->len; i++)
    if (g_array_index (decoded.runs, WeftStructRun, i).n > 0)
      write_run (&decoded, &g_array_index (decoded.runs, WeftStructRun, i), &writer);
  weft_delete_set_write (decoded.deletes, &writer);
  ordered = weft_writer_steal_bytes (&writer);

  return format == WEFT_UPDATE_EXACT ? g_steal_pointer (&ordered)
                                     : weft_update_reformat (ordered, WEFT_UPDATE_EXACT, format);
}

static GBytes *merge (GPtrArray       *updates,
                      WeftUpdateFormat format,
                      gboolean         own,
                      GError         **error);

static GBytes *
merge_unordered (GPtrArray       *updates,
                 WeftUpdateFormat format,
                 gboolean         own,
                 GError         **error)
{
  g_autoptr(GPtrArray) ordered = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  for (guint i = 0; i < updates->len; i++)
    {
      GBytes *update = put_in_order (g_ptr_array_index (updates, i), format, own, error);

      if (update == NULL)
        return NULL;
      g_ptr_array_add (ordered, update);
    }

  /* Whatever they were, these are our own. */
  return merge (ordered, format, TRUE, error);
}

/* %NULL without @error: @queue wants a line, and all are to be joined again. */
static GBytes *
merge_in_order (GPtrArray       *updates,
                WeftUpdateFormat format,
                gboolean         own,
                WeftUpdateQueue *queue,
                gboolean        *unordered,
                GError         **error)
{
  g_autofree WeftLazyReader *readers = g_new0 (WeftLazyReader, updates->len);
  g_autoptr(GArray) deletes = g_array_new (FALSE, FALSE, sizeof (WeftIdRange));
  Merge into = { 0 };
  GBytes *merged = NULL;

  weft_lazy_struct_init (&into.item);
  weft_lazy_writer_init (&into.writer, format);
  for (guint i = 0; i < updates->len; i++)
    {
      weft_lazy_reader_init (&readers[i], g_ptr_array_index (updates, i), format, TRUE, own);
      weft_update_queue_add (queue, &readers[i]);
    }
  merge_structs (&into, queue);
  if (!queue->wants_line && merge_deletes (readers, updates->len, deletes, error))
    merged = updates->len == 1 ? g_bytes_ref (g_ptr_array_index (updates, 0))
                               : weft_lazy_writer_finish (&into.writer, deletes);
  *unordered = FALSE;

  for (guint i = 0; i < updates->len; i++)
    {
      *unordered |= readers[i].unordered;
      weft_lazy_reader_clear (&readers[i]);
    }
  weft_lazy_struct_clear (&into.item);
  weft_lazy_writer_clear (&into.writer);

  return merged;
}

/* @own: they are of our own making. */
static GBytes *
merge (GPtrArray       *updates,
       WeftUpdateFormat format,
       gboolean         own,
       GError         **error)
{
  g_auto(WeftUpdateQueue) queue = { 0 };
  guint64 n_bytes = 0;
  gboolean unordered;
  GBytes *merged;

  for (guint i = 0; i < updates->len; i++)
    n_bytes += g_bytes_get_size (g_ptr_array_index (updates, i));
  weft_update_queue_init (&queue, updates->len, n_bytes);
  merged = merge_in_order (updates, format, own, &queue, &unordered, error);
  if (queue.wants_line)
    {
      weft_update_queue_form_line (&queue);
      merged = merge_in_order (updates, format, own, &queue, &unordered, error);
    }
  if (merged != NULL && unordered && updates->len > 1)
    {
      g_bytes_unref (merged);
      merged = merge_unordered (updates, format, own, error);
    }

  return merged;
}

/**
 * weft_updates_merge:
 * @updates: (element-type GBytes): updates of one format
 * @format: their format, and that of the result
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * As Y.mergeUpdates() and Y.mergeUpdatesV2(), to the byte: one update alone is given back as it is.
 *
 * Returns: (transfer full): one update that does what all of them do, or %NULL where one is malformed
 */
GBytes *
weft_updates_merge (GPtrArray       *updates,
                    WeftUpdateFormat format,
                    GError         **error)
{
  g_return_val_if_fail (updates != NULL, NULL);

  return merge (updates, format, FALSE, error);
}

/* The first struct is no Skip; all that follow of the same client go with it. */
static void
cut (WeftLazyReader        *reader,
     const WeftStateVector *state_vector,
     WeftLazyWriter        *writer)
{
  while (!reader->done)
    {
      const WeftLazyStruct *curr = &reader->curr;
      WeftClientId client = curr->client;
      WeftClock known = state_vector != NULL ? weft_state_vector_get (state_vector, client) : 0;

      if (curr->kind == WEFT_CONTENT_SKIP || end_of (curr) <= known)
        {
          weft_lazy_reader_next (reader);
          continue;
        }
      weft_lazy_writer_put (writer, curr, known > curr->clock ? known - curr->clock : 0);
      weft_lazy_reader_next (reader);
      for (; !reader->done && curr->client == client; weft_lazy_reader_next (reader))
        weft_lazy_writer_put (writer, curr, 0);
    }
}

/**
 * weft_update_subtract:
 * @update: an update
 * @format: its format, and that of the result
 * @state_vector: (nullable): what the other side has
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * As Y.diffUpdate() and Y.diffUpdateV2(), to the byte.
 *
 * Returns: (transfer full): what the other side lacks of @update, and all its deletions, or %NULL where
 *   @update is malformed
 */
GBytes *
weft_update_subtract (GBytes                *update,
                      WeftUpdateFormat       format,
                      const WeftStateVector *state_vector,
                      GError               **error)
{
  g_autoptr(GArray) deletes = NULL;
  WeftLazyReader reader;
  WeftLazyWriter writer;
  GBytes *rest = NULL;

  g_return_val_if_fail (update != NULL, NULL);

  weft_lazy_reader_init (&reader, update, format, FALSE, FALSE);
  weft_lazy_writer_init (&writer, format);
  cut (&reader, state_vector, &writer);
  deletes = weft_lazy_reader_get_deletes (&reader);
  if (weft_reader_finish (&reader.source.rest, TRUE, error))
    rest = weft_lazy_writer_finish (&writer, deletes);
  weft_lazy_reader_clear (&reader);
  weft_lazy_writer_clear (&writer);

  return rest;
}

/* After all structs: whether the rest is well-formed too. */
static gboolean
finish_reader (WeftLazyReader *reader,
               GError        **error)
{
  g_autoptr(GArray) deletes = weft_lazy_reader_get_deletes (reader);
  gboolean good = weft_reader_finish (&reader->source.rest, TRUE, error);

  weft_lazy_reader_clear (reader);

  return good;
}

static void
put_entry (WeftWriter  *entries,
           WeftClientId client,
           WeftClock    clock)
{
  weft_writer_put_varuint (entries, client);
  weft_writer_put_varuint (entries, clock);
}

static GBytes *
count_entries (guint64           n,
               const WeftWriter *entries)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, n);
  weft_writer_put_raw (&writer, entries->data, entries->size);

  return weft_writer_steal_bytes (&writer);
}

/* In order whatever the order of the entries. */
static WeftStateVector *
make_state_vector (guint64           n,
                   const WeftWriter *entries)
{
  g_autoptr(GBytes) bytes = count_entries (n, entries);

  return weft_state_vector_decode (bytes, NULL);
}

/**
 * weft_update_encode_state_vector:
 * @update: an update
 * @format: its format
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * As Y.encodeStateVectorFromUpdate(), to the byte: the clients whose structs begin at clock 0, each up
 * to its first gap, in the order of @update.
 *
 * Returns: (transfer full): an encoded state vector, or %NULL where @update is malformed
 */
GBytes *
weft_update_encode_state_vector (GBytes          *update,
                                 WeftUpdateFormat format,
                                 GError         **error)
{
  WeftLazyReader reader;
  WeftWriter entries;
  guint64 n = 0;
  GBytes *bytes = NULL;

  g_return_val_if_fail (update != NULL, NULL);

  weft_writer_init (&entries);
  weft_lazy_reader_init (&reader, update, format, FALSE, FALSE);
  while (!reader.done)
    {
      WeftClientId client = reader.curr.client;
      gboolean stopped = reader.curr.clock != 0;
      WeftClock clock = 0;

      for (; !reader.done && reader.curr.client == client; weft_lazy_reader_next (&reader))
        {
          stopped |= reader.curr.kind == WEFT_CONTENT_SKIP;
          if (!stopped)
            clock = end_of (&reader.curr);
        }
      if (clock == 0)
        continue;
      n++;
      put_entry (&entries, client, clock);
    }
  if (finish_reader (&reader, error))
    bytes = count_entries (n, &entries);
  weft_writer_clear (&entries);

  return bytes;
}

/**
 * weft_update_get_range:
 * @update: an update
 * @format: its format
 * @from: (out) (transfer full): the clock where each client's structs begin
 * @to: (out) (transfer full): the clock where they end; all clients are in it
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * As Y.parseUpdateMeta().
 *
 * Returns: whether @update is well-formed; nothing is given otherwise
 */
gboolean
weft_update_get_range (GBytes           *update,
                       WeftUpdateFormat  format,
                       WeftStateVector **from,
                       WeftStateVector **to,
                       GError          **error)
{
  WeftLazyReader reader;
  WeftWriter begins, ends;
  guint64 n = 0;
  gboolean good;

  g_return_val_if_fail (update != NULL && from != NULL && to != NULL, FALSE);

  weft_writer_init (&begins);
  weft_writer_init (&ends);
  weft_lazy_reader_init (&reader, update, format, FALSE, FALSE);
  for (; !reader.done; n++)
    {
      WeftClientId client = reader.curr.client;
      WeftClock clock = 0;

      put_entry (&begins, client, reader.curr.clock);
      for (; !reader.done && reader.curr.client == client; weft_lazy_reader_next (&reader))
        clock = end_of (&reader.curr);
      put_entry (&ends, client, clock);
    }
  good = finish_reader (&reader, error);
  if (good)
    {
      *from = make_state_vector (n, &begins);
      *to = make_state_vector (n, &ends);
    }
  weft_writer_clear (&begins);
  weft_writer_clear (&ends);

  return good;
}

/* Whether all of @range is in @deletes, which is in order. */
static gboolean
is_deleted (WeftDeleteSet     *deletes,
            const WeftIdRange *range)
{
  gsize low = 0, high = weft_delete_set_get_n_ranges (deletes);

  /* The first range that ends behind the beginning of this one; they do not touch each other. */
  while (low < high)
    {
      gsize middle = low + (high - low) / 2;
      const WeftIdRange *other = weft_delete_set_get_range (deletes, middle);

      /* Greater clients come first. */
      if (other->client > range->client ||
          (other->client == range->client && other->clock + other->length <= range->clock))
        low = middle + 1;
      else
        high = middle;
    }

  if (low == weft_delete_set_get_n_ranges (deletes))
    return FALSE;
  {
    const WeftIdRange *found = weft_delete_set_get_range (deletes, low);

    return found->client == range->client && found->clock <= range->clock &&
           found->clock + found->length >= range->clock + range->length;
  }
}

/**
 * weft_update_is_known:
 * @update: an update
 * @format: its format
 * @state_vector: what somebody has
 * @deletes: what is deleted there
 * @known: (out): whether @update would change nothing there
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * Asks without a document, in time that is linear in the bytes.
 *
 * Returns: whether @update is well-formed
 */
gboolean
weft_update_is_known (GBytes                *update,
                      WeftUpdateFormat       format,
                      const WeftStateVector *state_vector,
                      WeftDeleteSet         *deletes,
                      gboolean              *known,
                      GError               **error)
{
  g_autoptr(WeftDeleteSet) told = NULL;
  g_autoptr(GArray) ranges = NULL;
  WeftLazyReader reader;
  gboolean good;

  g_return_val_if_fail (update != NULL && state_vector != NULL && deletes != NULL && known != NULL, FALSE);

  *known = TRUE;
  weft_lazy_reader_init (&reader, update, format, TRUE, FALSE);
  for (; !reader.done; weft_lazy_reader_next (&reader))
    *known = *known && end_of (&reader.curr) <= weft_state_vector_get (state_vector, reader.curr.client);

  ranges = weft_lazy_reader_get_deletes (&reader);
  good = weft_reader_finish (&reader.source.rest, TRUE, error);
  weft_lazy_reader_clear (&reader);
  if (!good)
    return FALSE;

  /* As documents have them: joined, so that one range lies in one. */
  told = weft_delete_set_new ();
  for (guint i = 0; i < ranges->len; i++)
    {
      const WeftIdRange *range = &g_array_index (ranges, WeftIdRange, i);

      weft_delete_set_add (told, range->client, range->clock, range->length);
    }
  weft_delete_set_normalize (told);
  weft_delete_set_normalize (deletes);
  for (gsize i = 0; i < weft_delete_set_get_n_ranges (told) && *known; i++)
    *known = is_deleted (deletes, weft_delete_set_get_range (told, i));

  return TRUE;
}

/* For what waits in documents: bytes that were checked, or that we made, and that no peer could read (of the second
 * format there is a limit of structs for a number of bytes, and one of differences of clocks). */

GBytes *
weft_update_merge (GPtrArray       *updates,
                   WeftUpdateFormat format)
{
  GBytes *merged = merge (updates, format, TRUE, NULL);

  g_assert (merged != NULL);

  return merged;
}

GBytes *
weft_update_diff (GBytes                *update,
                  WeftUpdateFormat       format,
                  const WeftStateVector *state_vector)
{
  GBytes *rest = weft_update_subtract (update, format, state_vector, NULL);

  g_assert (rest != NULL);

  return rest;
}
