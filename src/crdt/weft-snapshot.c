/* weft-snapshot.c - a moment of a document's history
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Snapshot.js of Yjs: a delete set and a state vector. Nothing is cut in the document to look at it:
 * who walks over a run asks how far one answer holds.
 */

#include "config.h"

#include "crdt/weft-snapshot.h"

#include "crdt/weft-doc-private.h"
#include "crdt/weft-update-private.h"

struct _WeftSnapshot
{
  gatomicrefcount  refs;
  WeftStateVector *state_vector;
  WeftDeleteSet   *deletes; /* in order */
};

/**
 * weft_snapshot_new_take:
 * @state_vector: (transfer full): how far each client is known
 * @deletes: (transfer full): what is deleted
 *
 * Returns: (transfer full): a snapshot of these
 */
WeftSnapshot *
weft_snapshot_new_take (WeftStateVector *state_vector,
                        WeftDeleteSet   *deletes)
{
  WeftSnapshot *self = g_new0 (WeftSnapshot, 1);

  g_atomic_ref_count_init (&self->refs);
  self->state_vector = state_vector;
  self->deletes = deletes;
  weft_delete_set_normalize (deletes);

  return self;
}

/**
 * weft_snapshot_new:
 * @doc: a document
 *
 * Returns: (transfer full): how far each client is known now and what is deleted; what is pending
 *   does not count
 */
WeftSnapshot *
weft_snapshot_new (WeftDoc *doc)
{
  g_return_val_if_fail (doc != NULL, NULL);

  return weft_snapshot_new_take (weft_doc_get_state_vector (doc), weft_doc_get_delete_set (doc));
}

WeftSnapshot *
weft_snapshot_new_empty (void)
{
  return weft_snapshot_new_take (weft_state_vector_new (), weft_delete_set_new ());
}

WeftSnapshot *
weft_snapshot_ref (WeftSnapshot *self)
{
  g_atomic_ref_count_inc (&self->refs);

  return self;
}

void
weft_snapshot_unref (WeftSnapshot *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  weft_state_vector_free (self->state_vector);
  weft_delete_set_free (self->deletes);
  g_free (self);
}

const WeftStateVector *
weft_snapshot_get_state_vector (const WeftSnapshot *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->state_vector;
}

WeftDeleteSet *
weft_snapshot_get_delete_set (const WeftSnapshot *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->deletes;
}

gboolean
weft_snapshot_equal (const WeftSnapshot *a,
                     const WeftSnapshot *b)
{
  g_return_val_if_fail (a != NULL && b != NULL, FALSE);

  return weft_state_vector_equal (a->state_vector, b->state_vector)
         && weft_delete_set_equal (a->deletes, b->deletes);
}

/* In the second format a range begins where the one before it ended, and none is empty. */
static WeftDeleteSet *
read_deletes (WeftReader      *reader,
              WeftUpdateFormat format)
{
  WeftDeleteSet *deletes;
  gsize n_clients;

  if (format == WEFT_UPDATE_V1)
    return weft_delete_set_read (reader);

  deletes = weft_delete_set_new ();
  n_clients = weft_reader_get_count (reader, 2);
  for (gsize i = 0; i < n_clients && !reader->failed; i++)
    {
      WeftClientId client = weft_reader_get_varuint (reader);
      gsize n_ranges = weft_reader_get_count (reader, 2);
      guint64 at = 0;

      for (gsize j = 0; j < n_ranges && !reader->failed; j++)
        {
          guint64 clock = at + weft_reader_get_varuint (reader);
          guint64 length = weft_reader_get_varuint (reader) + 1;

          at = clock + length;
          if (at > WEFT_MAX_SAFE_INTEGER)
            weft_reader_fail (reader, WEFT_CRDT_ERROR_MALFORMED, "deleted range beyond 53 bits");
          else
            weft_delete_set_add (deletes, client, clock, length);
        }
    }

  return deletes;
}

static void
write_deletes (WeftDeleteSet *deletes,
               WeftWriter    *writer)
{
  gsize n = weft_delete_set_get_n_ranges (deletes), n_clients = 0;

  for (gsize i = 0; i < n; i++)
    n_clients += i == 0
                 || weft_delete_set_get_range (deletes, i - 1)->client
                        != weft_delete_set_get_range (deletes, i)->client;
  weft_writer_put_varuint (writer, n_clients);
  for (gsize i = 0; i < n;)
    {
      WeftClientId client = weft_delete_set_get_range (deletes, i)->client;
      gsize end = i + 1;
      guint64 at = 0;

      while (end < n && weft_delete_set_get_range (deletes, end)->client == client)
        end++;
      weft_writer_put_varuint (writer, client);
      weft_writer_put_varuint (writer, end - i);
      for (; i < end; i++)
        {
          const WeftIdRange *range = weft_delete_set_get_range (deletes, i);

          weft_writer_put_varuint (writer, range->clock - at);
          weft_writer_put_varuint (writer, range->length - 1);
          at = range->clock + range->length;
        }
    }
}

/**
 * weft_snapshot_decode:
 * @bytes: a snapshot as Yjs writes it
 * @format: of Y.encodeSnapshot() or Y.encodeSnapshotV2()
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * Returns: (transfer full): the snapshot, or %NULL with @error set
 */
WeftSnapshot *
weft_snapshot_decode (GBytes          *bytes,
                      WeftUpdateFormat format,
                      GError         **error)
{
  g_autoptr(WeftDeleteSet) deletes = NULL;
  g_autoptr(WeftStateVector) state_vector = NULL;
  WeftReader reader;

  g_return_val_if_fail (bytes != NULL, NULL);

  weft_reader_init_bytes (&reader, bytes);
  deletes = read_deletes (&reader, format);
  state_vector = weft_state_vector_read (&reader);
  if (!weft_reader_finish (&reader, TRUE, error))
    return NULL;

  return weft_snapshot_new_take (g_steal_pointer (&state_vector), g_steal_pointer (&deletes));
}

GBytes *
weft_snapshot_encode (const WeftSnapshot *self,
                      WeftUpdateFormat    format)
{
  WeftWriter writer;

  g_return_val_if_fail (self != NULL, NULL);

  weft_writer_init (&writer);
  if (format == WEFT_UPDATE_V1)
    weft_delete_set_write (self->deletes, &writer);
  else
    write_deletes (self->deletes, &writer);
  weft_state_vector_write (self->state_vector, &writer);

  return weft_writer_steal_bytes (&writer);
}

/**
 * weft_doc_encode_snapshot:
 * @self: a document
 * @format: that of Y.encodeSnapshot() or Y.encodeSnapshotV2()
 *
 * Returns: (transfer full): what is deleted now and how far each client is known
 */
GBytes *
weft_doc_encode_snapshot (WeftDoc         *self,
                          WeftUpdateFormat format)
{
  g_autoptr(WeftSnapshot) snapshot = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  snapshot = weft_snapshot_new (self);

  return weft_snapshot_encode (snapshot, format);
}

/* The first range of @client that ends behind @clock, or the number of ranges. */
static gsize
find_range (WeftDeleteSet *deletes,
            WeftId         id)
{
  gsize low = 0, high = weft_delete_set_get_n_ranges (deletes);

  while (low < high)
    {
      gsize middle = low + (high - low) / 2;
      const WeftIdRange *range = weft_delete_set_get_range (deletes, middle);

      if (range->client > id.client
          || (range->client == id.client && range->clock + range->length <= id.clock))
        low = middle + 1;
      else
        high = middle;
    }

  return low;
}

/**
 * weft_snapshot_shows_until:
 * @self: a snapshot
 * @id: of a unit
 * @end: (out): the first clock of this client, above that of @id, where the answer may be another;
 *   %G_MAXUINT64: none
 *
 * Returns: whether the unit was there and not deleted
 */
gboolean
weft_snapshot_shows_until (const WeftSnapshot *self,
                           WeftId              id,
                           WeftClock          *end)
{
  WeftClock state = weft_state_vector_get (self->state_vector, id.client);
  gsize index;

  if (id.clock >= state)
    {
      *end = G_MAXUINT64;
      return FALSE;
    }

  *end = state;
  index = find_range (self->deletes, id);
  if (index < weft_delete_set_get_n_ranges (self->deletes))
    {
      const WeftIdRange *range = weft_delete_set_get_range (self->deletes, index);

      if (range->client != id.client)
        return TRUE;
      if (range->clock <= id.clock)
        {
          *end = range->clock + range->length;
          return FALSE;
        }
      *end = MIN (state, range->clock);
    }

  return TRUE;
}

gboolean
weft_snapshot_shows (const WeftSnapshot *self,
                     WeftId              id)
{
  WeftClock end;

  g_return_val_if_fail (self != NULL, FALSE);

  return weft_snapshot_shows_until (self, id, &end);
}

/* Whether all of @other is deleted in @self too. */
static gboolean
deletes_all (const WeftSnapshot *self,
             WeftDeleteSet      *other)
{
  for (gsize i = 0; i < weft_delete_set_get_n_ranges (other); i++)
    {
      const WeftIdRange *range = weft_delete_set_get_range (other, i);
      gsize index = find_range (self->deletes, (WeftId) { range->client, range->clock });
      const WeftIdRange *ours;

      if (index == weft_delete_set_get_n_ranges (self->deletes))
        return FALSE;
      ours = weft_delete_set_get_range (self->deletes, index);
      if (ours->client != range->client || ours->clock > range->clock
          || ours->clock + ours->length < range->clock + range->length)
        return FALSE;
    }

  return TRUE;
}

/**
 * weft_snapshot_contains_update:
 * @self: a snapshot
 * @update: an update
 * @format: its format
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * Returns: whether the snapshot has all structs and deletions of @update; %FALSE with @error set
 *   where that is malformed
 */
gboolean
weft_snapshot_contains_update (const WeftSnapshot *self,
                               GBytes             *update,
                               WeftUpdateFormat    format,
                               GError            **error)
{
  g_autoptr(GBytes) first_format = NULL;
  g_auto(WeftUpdate) decoded = { 0 };

  g_return_val_if_fail (self != NULL && update != NULL, FALSE);

  first_format = format == WEFT_UPDATE_V1 ? g_bytes_ref (update)
                                          : weft_update_convert (update, WEFT_UPDATE_V1, error);
  if (first_format == NULL || !weft_update_decode (&decoded, first_format, error))
    return FALSE;

  for (guint i = 0; i < decoded.runs->len; i++)
    {
      const WeftStructRun *run = &g_array_index (decoded.runs, WeftStructRun, i);
      const WeftStruct *last;

      if (run->n == 0)
        continue;
      last = &g_array_index (decoded.structs, WeftStruct, run->first + run->n - 1);
      if (weft_state_vector_get (self->state_vector, run->client) < last->clock + last->len)
        return FALSE;
    }

  return deletes_all (self, decoded.deletes);
}

gboolean
weft_snapshot_is_of (const WeftSnapshot *self,
                     WeftDoc            *doc)
{
  g_autoptr(WeftStateVector) known = NULL;

  g_return_val_if_fail (self != NULL && doc != NULL, FALSE);

  known = weft_doc_get_state_vector (doc);

  return weft_state_vector_covers (known, self->state_vector);
}

/* The runs of a client up to @end. */
static void
write_client_until (WeftDoc     *doc,
                    WeftClientId id,
                    WeftClock    end,
                    WeftWriter  *writer)
{
  WeftClient *client = weft_client (doc, weft_clients_lookup (doc, id));
  WeftIndexSpot spot;
  WeftHandle handle;
  guint64 n = 0;

  for (handle = weft_index_find (client, 0, &spot);
       handle != WEFT_NONE && weft_item (doc, handle)->clock < end; handle = weft_index_next (&spot))
    n++;
  weft_writer_put_varuint (writer, n);
  weft_writer_put_varuint (writer, id);
  weft_writer_put_varuint (writer, 0);
  for (handle = weft_index_find (client, 0, &spot);
       handle != WEFT_NONE && weft_item (doc, handle)->clock < end; handle = weft_index_next (&spot))
    {
      const WeftItem *item = weft_item (doc, handle);

      weft_write_struct (doc, item, 0, MIN (item->len, end - item->clock), writer);
    }
}

/**
 * weft_doc_encode_at_snapshot:
 * @doc: a document that keeps deleted content
 * @snapshot: a snapshot of it
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * Returns: (transfer full): what @doc held at @snapshot as an update of the first format, or %NULL with
 *   @error set where @doc does not know all that @snapshot names
 */
GBytes *
weft_doc_encode_at_snapshot (WeftDoc            *doc,
                             const WeftSnapshot *snapshot,
                             GError            **error)
{
  gsize n_clients;
  WeftWriter writer;

  g_return_val_if_fail (doc != NULL && snapshot != NULL, NULL);
  g_return_val_if_fail (!doc->gc, NULL);

  if (!weft_snapshot_is_of (snapshot, doc))
    {
      g_set_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_MALFORMED,
                   "snapshot names changes that the document does not hold");
      return NULL;
    }

  n_clients = weft_state_vector_get_n_clients (snapshot->state_vector);
  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, n_clients);
  for (gsize i = 0; i < n_clients; i++)
    {
      WeftClientId client;
      WeftClock clock;

      weft_state_vector_get_entry (snapshot->state_vector, i, &client, &clock);
      write_client_until (doc, client, clock, &writer);
    }
  weft_delete_set_write (snapshot->deletes, &writer);

  return weft_writer_steal_bytes (&writer);
}

/**
 * weft_doc_new_from_snapshot:
 * @doc: a document that keeps deleted content
 * @snapshot: a snapshot of it
 * @client_id: who writes in the new document
 * @options: (nullable): of the new document
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * The new document has no typed roots yet; get them as in @doc.
 *
 * Returns: (transfer full): a document that holds what @doc held at @snapshot, or %NULL with @error
 *   set where @doc does not know all that @snapshot names
 */
WeftDoc *
weft_doc_new_from_snapshot (WeftDoc              *doc,
                            const WeftSnapshot   *snapshot,
                            WeftClientId          client_id,
                            const WeftDocOptions *options,
                            GError              **error)
{
  g_autoptr(WeftDoc) restored = NULL;
  g_autoptr(GBytes) update = NULL;

  g_return_val_if_fail (doc != NULL && snapshot != NULL, NULL);

  update = weft_doc_encode_at_snapshot (doc, snapshot, error);
  if (update == NULL)
    return NULL;
  restored = weft_doc_new_with_options (client_id, options);
  if (!weft_doc_apply_update (restored, update, NULL, error))
    return NULL;

  return g_steal_pointer (&restored);
}
