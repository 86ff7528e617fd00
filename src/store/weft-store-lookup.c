/* weft-store-lookup.c - what the file has, and what waits to be in it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "store/weft-store-lookup.h"

#include <string.h>

#define LIST_DOCS                                                                                  \
  "SELECT doc, sum (length (data)), count (*), max (seq), max (time), sum (kind = 2)"              \
  " FROM updates GROUP BY doc"
#define DESCRIBE_DOC                                                                               \
  "SELECT doc, sum (length (data)), count (*), max (seq), max (time), sum (kind = 2)"              \
  " FROM updates WHERE doc = ?1 GROUP BY doc"

static int
compare_docs (gconstpointer a,
              gconstpointer b)
{
  return strcmp ((*(WeftStoreDocInfo *const *) a)->id, (*(WeftStoreDocInfo *const *) b)->id);
}

static void
add_pending_docs (WeftStorePending *pending,
                  GPtrArray        *docs)
{
  g_autoptr(GHashTable) by_id = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < docs->len; i++)
    {
      WeftStoreDocInfo *info = g_ptr_array_index (docs, i);

      g_hash_table_insert (by_id, info->id, info);
    }

  for (guint i = 0; i < pending->updates->len; i++)
    {
      const WeftLogRow *row = g_ptr_array_index (pending->updates, i);
      WeftStoreDocInfo *info = g_hash_table_lookup (by_id, row->doc_id);

      if (info == NULL)
        {
          info = g_new0 (WeftStoreDocInfo, 1);
          info->id = g_strdup (row->doc_id);
          g_ptr_array_add (docs, info);
          g_hash_table_insert (by_id, info->id, info);
        }

      info->n_bytes += g_bytes_get_size (row->data);
      info->n_updates++;
      info->last_seq = row->seq;
      info->last_time = MAX (info->last_time, row->time);
    }

  g_ptr_array_sort (docs, compare_docs);
}

static WeftStoreDocInfo *
read_doc_info (WeftStatement *query)
{
  WeftStoreDocInfo *info = g_new0 (WeftStoreDocInfo, 1);

  info->id = g_strdup (weft_statement_get_text (query, 0));
  info->n_bytes = (guint64) weft_statement_get_int64 (query, 1);
  info->n_updates = (guint) (weft_statement_get_int64 (query, 2)
                             - weft_statement_get_int64 (query, 5));
  info->last_seq = (guint64) weft_statement_get_int64 (query, 3);
  info->last_time = weft_statement_get_int64 (query, 4);

  return info;
}

/* The rows of @query, and what waits. @query is finished. Returns: (transfer full): NULL with @error */
static GPtrArray *
collect_docs (WeftStatement    *query,
              WeftStorePending *pending,
              GError          **error)
{
  g_autoptr(GPtrArray) docs = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_store_doc_info_free);

  while (weft_statement_step (query))
    g_ptr_array_add (docs, read_doc_info (query));

  if (!weft_statement_finish (query, error))
    return NULL;

  add_pending_docs (pending, docs);

  return g_steal_pointer (&docs);
}

gboolean
weft_store_find_doc (WeftDatabase      *database,
                     WeftStorePending  *pending,
                     const char        *doc_id,
                     WeftStoreDocInfo **found,
                     GError           **error)
{
  WeftStatement *query = weft_database_get (database, DESCRIBE_DOC);
  g_autoptr(GPtrArray) docs = NULL;

  *found = NULL;
  weft_statement_bind_text (query, 1, doc_id);
  docs = collect_docs (query, pending, error);

  for (guint i = 0; docs != NULL && i < docs->len; i++)
    if (g_str_equal (((WeftStoreDocInfo *) g_ptr_array_index (docs, i))->id, doc_id))
      {
        *found = g_ptr_array_steal_index_fast (docs, i);
        break;
      }

  return docs != NULL;
}

GPtrArray *
weft_store_find_docs (WeftDatabase     *database,
                      WeftStorePending *pending,
                      GError          **error)
{
  return collect_docs (weft_database_get (database, LIST_DOCS), pending, error);
}

#define LIST_SYNC_STATES                                                                           \
  "SELECT doc, acknowledged, unsynced, time,"                                                      \
  " checksum IS NULL"                                                                              \
  " OR checksum = weft_sum ('sync_states', doc, relay, acknowledged, unsynced, time)"              \
  " FROM sync_states WHERE relay = ?1 ORDER BY doc"

static gboolean
read_sync_states (WeftDatabase *database,
                  const char   *relay,
                  GHashTable   *by_doc,
                  GError      **error)
{
  WeftStatement *query = weft_database_get (database, LIST_SYNC_STATES);

  weft_statement_bind_text (query, 1, relay);
  while (weft_statement_step (query))
    {
      WeftStoreSyncState *state;

      /* A room without a state is looked at anew. */
      if (weft_statement_get_int64 (query, 4) == 0)
        continue;

      state = g_new0 (WeftStoreSyncState, 1);
      state->doc_id = g_strdup (weft_statement_get_text (query, 0));
      state->relay = g_strdup (relay);
      if (!weft_statement_is_null (query, 1))
        state->acknowledged = weft_statement_dup_bytes (query, 1);
      state->unsynced = weft_statement_get_int64 (query, 2) != 0;
      state->time = weft_statement_get_int64 (query, 3);
      g_hash_table_replace (by_doc, state->doc_id, state);
    }

  return weft_statement_finish (query, error);
}

static void
add_pending_sync_states (WeftStorePending *pending,
                         const char       *relay,
                         GHashTable       *by_doc)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, pending->sync_states);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const WeftStoreSyncState *state = value;
      WeftStoreSyncState *copy;

      if (!g_str_equal (state->relay, relay))
        continue;

      copy = g_memdup2 (state, sizeof *state);
      copy->doc_id = g_strdup (state->doc_id);
      copy->relay = g_strdup (state->relay);
      if (state->acknowledged != NULL)
        g_bytes_ref (copy->acknowledged);
      weft_store_sync_state_keep_acknowledged (copy, g_hash_table_lookup (by_doc, copy->doc_id));
      g_hash_table_replace (by_doc, copy->doc_id, copy);
    }
}

static int
compare_sync_states (gconstpointer a,
                     gconstpointer b)
{
  return strcmp ((*(WeftStoreSyncState *const *) a)->doc_id,
                 (*(WeftStoreSyncState *const *) b)->doc_id);
}

GPtrArray *
weft_store_find_sync_states (WeftDatabase     *database,
                             WeftStorePending *pending,
                             const char       *relay,
                             gboolean          only_unsynced,
                             GError          **error)
{
  g_autoptr(GHashTable) by_doc = g_hash_table_new_full (
      g_str_hash, g_str_equal, NULL, (GDestroyNotify) weft_store_sync_state_free);
  GPtrArray *states;
  GHashTableIter iter;
  gpointer value;

  if (!read_sync_states (database, relay, by_doc, error))
    return NULL;

  add_pending_sync_states (pending, relay, by_doc);
  states = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_store_sync_state_free);

  g_hash_table_iter_init (&iter, by_doc);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (!only_unsynced || ((WeftStoreSyncState *) value)->unsynced)
      {
        g_ptr_array_add (states, value);
        g_hash_table_iter_steal (&iter);
      }

  g_ptr_array_sort (states, compare_sync_states);

  return states;
}

#define LOOKUP_ASSET                                                                               \
  "SELECT doc FROM assets WHERE sha256 = ?1"                                                       \
  " AND (checksum IS NULL OR checksum = weft_sum ('assets', sha256, doc, n_bytes))"

gboolean
weft_store_find_asset (WeftDatabase     *database,
                       WeftStorePending *pending,
                       const char       *sha256,
                       char            **doc_id,
                       GError          **error)
{
  WeftStatement *query;

  *doc_id = g_strdup (weft_store_pending_lookup_asset (pending, sha256));
  if (*doc_id != NULL)
    return TRUE;

  query = weft_database_get (database, LOOKUP_ASSET);
  weft_statement_bind_text (query, 1, sha256);
  if (weft_statement_step (query))
    *doc_id = g_strdup (weft_statement_get_text (query, 0));

  if (weft_statement_finish (query, error))
    return TRUE;

  g_clear_pointer (doc_id, g_free);

  return FALSE;
}

#define LOOKUP_SEEN                                                                                \
  "SELECT snapshot FROM seen WHERE doc = ?1"                                                       \
  " AND checksum = weft_sum ('seen', doc, snapshot, time)"

gboolean
weft_store_find_seen (WeftDatabase     *database,
                      WeftStorePending *pending,
                      const char       *doc_id,
                      GBytes          **snapshot,
                      GError          **error)
{
  WeftStatement *query;

  *snapshot = g_hash_table_lookup (pending->seen, doc_id);
  if (*snapshot != NULL)
    {
      g_bytes_ref (*snapshot);
      return TRUE;
    }

  query = weft_database_get (database, LOOKUP_SEEN);
  weft_statement_bind_text (query, 1, doc_id);
  if (weft_statement_step (query))
    *snapshot = weft_statement_dup_bytes (query, 0);

  if (weft_statement_finish (query, error))
    return TRUE;

  g_clear_pointer (snapshot, g_bytes_unref);

  return FALSE;
}
