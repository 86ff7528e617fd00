/* weft-store-pending.c - what waits for the next commit
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "store/weft-store-pending.h"

typedef struct
{
  char *doc_id;
  guint64 n_bytes;
} Asset;

static void
asset_free (Asset *asset)
{
  g_free (asset->doc_id);
  g_free (asset);
}

/* A hash table calls its free function for NULL values too. */
static void
bytes_free (gpointer bytes)
{
  if (bytes != NULL)
    g_bytes_unref (bytes);
}

WeftStorePending *
weft_store_pending_new (void)
{
  WeftStorePending *self = g_new0 (WeftStorePending, 1);

  self->updates = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_log_row_free);
  self->settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->journal = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, bytes_free);
  self->sync_states = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                             (GDestroyNotify) weft_store_sync_state_free);
  self->assets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                        (GDestroyNotify) asset_free);
  self->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, bytes_free);

  return self;
}

void
weft_store_pending_free (WeftStorePending *self)
{
  g_ptr_array_unref (self->updates);
  g_hash_table_unref (self->settings);
  g_hash_table_unref (self->journal);
  g_hash_table_unref (self->sync_states);
  g_hash_table_unref (self->assets);
  g_hash_table_unref (self->seen);
  g_free (self);
}

gboolean
weft_store_pending_is_empty (WeftStorePending *self)
{
  return self->updates->len == 0 && g_hash_table_size (self->settings) == 0
         && g_hash_table_size (self->journal) == 0 && g_hash_table_size (self->sync_states) == 0
         && g_hash_table_size (self->assets) == 0 && g_hash_table_size (self->seen) == 0;
}

void
weft_store_pending_clear (WeftStorePending *self)
{
  g_ptr_array_set_size (self->updates, 0);
  g_hash_table_remove_all (self->settings);
  g_hash_table_remove_all (self->journal);
  g_hash_table_remove_all (self->sync_states);
  g_hash_table_remove_all (self->assets);
  g_hash_table_remove_all (self->seen);
}

#define SET_SETTING                                                                                \
  "INSERT OR REPLACE INTO settings (name, value, checksum)"                                        \
  " VALUES (?1, ?2, weft_sum ('settings', ?1, ?2))"
#define FORGET_SETTING "DELETE FROM settings WHERE name = ?1"

static gboolean
write_settings (WeftStorePending *self,
                WeftDatabase     *database,
                GError          **error)
{
  WeftStatement *set = weft_database_get (database, SET_SETTING);
  WeftStatement *forget = weft_database_get (database, FORGET_SETTING);
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, self->settings);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      WeftStatement *statement = value != NULL ? set : forget;

      weft_statement_bind_text (statement, 1, name);
      if (value != NULL)
        weft_statement_bind_text (statement, 2, value);
      if (!weft_statement_finish (statement, error))
        return FALSE;
    }

  return TRUE;
}

#define SET_JOURNAL                                                                                \
  "INSERT OR REPLACE INTO journal (key, value, time, checksum)"                                    \
  " VALUES (?1, ?2, ?3, weft_sum ('journal', ?1, ?2, ?3))"
#define FORGET_JOURNAL "DELETE FROM journal WHERE key = ?1"

static gboolean
write_journal (WeftStorePending *self,
               WeftDatabase     *database,
               GError          **error)
{
  WeftStatement *set = weft_database_get (database, SET_JOURNAL);
  WeftStatement *forget = weft_database_get (database, FORGET_JOURNAL);
  gint64 now = g_get_real_time () / 1000;
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, self->journal);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      WeftStatement *statement = value != NULL ? set : forget;

      weft_statement_bind_text (statement, 1, key);
      if (value != NULL)
        {
          weft_statement_bind_bytes (statement, 2, value);
          weft_statement_bind_int64 (statement, 3, now);
        }
      if (!weft_statement_finish (statement, error))
        return FALSE;
    }

  return TRUE;
}

/* That there is something to send does not change what the relay had. */
#define SET_SYNC_STATE                                                                             \
  "INSERT OR REPLACE INTO sync_states (doc, relay, acknowledged, unsynced, time, checksum)"        \
  " SELECT ?1, ?2, had, ?4, ?5, weft_sum ('sync_states', ?1, ?2, had, ?4, ?5) FROM (SELECT"        \
  " CASE WHEN ?3 IS NOT NULL OR NOT ?4 THEN ?3"                                                    \
  " ELSE (SELECT acknowledged FROM sync_states WHERE doc = ?1 AND relay = ?2) END AS had)"

static gboolean
write_sync_states (WeftStorePending *self,
                   WeftDatabase     *database,
                   GError          **error)
{
  WeftStatement *set = weft_database_get (database, SET_SYNC_STATE);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->sync_states);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const WeftStoreSyncState *state = value;

      weft_statement_bind_text (set, 1, state->doc_id);
      weft_statement_bind_text (set, 2, state->relay);
      weft_statement_bind_bytes (set, 3, state->acknowledged);
      weft_statement_bind_int64 (set, 4, state->unsynced);
      weft_statement_bind_int64 (set, 5, state->time);
      if (!weft_statement_finish (set, error))
        return FALSE;
    }

  return TRUE;
}

#define SET_ASSET                                                                                  \
  "INSERT OR REPLACE INTO assets (sha256, doc, n_bytes, checksum)"                                 \
  " VALUES (?1, ?2, ?3, weft_sum ('assets', ?1, ?2, ?3))"

static gboolean
write_assets (WeftStorePending *self,
              WeftDatabase     *database,
              GError          **error)
{
  WeftStatement *set = weft_database_get (database, SET_ASSET);
  GHashTableIter iter;
  gpointer sha256, value;

  g_hash_table_iter_init (&iter, self->assets);
  while (g_hash_table_iter_next (&iter, &sha256, &value))
    {
      const Asset *asset = value;

      weft_statement_bind_text (set, 1, sha256);
      weft_statement_bind_text (set, 2, asset->doc_id);
      weft_statement_bind_int64 (set, 3, (gint64) asset->n_bytes);
      if (!weft_statement_finish (set, error))
        return FALSE;
    }

  return TRUE;
}

#define SET_SEEN                                                                                   \
  "INSERT OR REPLACE INTO seen (doc, snapshot, time, checksum)"                                    \
  " VALUES (?1, ?2, ?3, weft_sum ('seen', ?1, ?2, ?3))"

static gboolean
write_seen (WeftStorePending *self,
            WeftDatabase     *database,
            GError          **error)
{
  WeftStatement *set = weft_database_get (database, SET_SEEN);
  gint64 now = g_get_real_time () / 1000;
  GHashTableIter iter;
  gpointer doc_id, snapshot;

  g_hash_table_iter_init (&iter, self->seen);
  while (g_hash_table_iter_next (&iter, &doc_id, &snapshot))
    {
      weft_statement_bind_text (set, 1, doc_id);
      weft_statement_bind_bytes (set, 2, snapshot);
      weft_statement_bind_int64 (set, 3, now);
      if (!weft_statement_finish (set, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
write_updates (WeftStorePending *self,
               WeftDatabase     *database,
               GError          **error)
{
  for (guint i = 0; i < self->updates->len; i++)
    if (!weft_log_append (database, g_ptr_array_index (self->updates, i), error))
      return FALSE;

  return TRUE;
}

gboolean
weft_store_pending_write (WeftStorePending *self,
                          WeftDatabase     *database,
                          GError          **error)
{
  if (!weft_database_begin (database, error))
    return FALSE;

  if (!write_updates (self, database, error) || !write_settings (self, database, error)
      || !write_journal (self, database, error) || !write_sync_states (self, database, error)
      || !write_assets (self, database, error) || !write_seen (self, database, error))
    {
      weft_database_rollback (database);
      return FALSE;
    }

  return weft_database_commit (database, error);
}

/* Where @state only says that there is something to send, the relay still has what it had. */
void
weft_store_sync_state_keep_acknowledged (WeftStoreSyncState       *state,
                                         const WeftStoreSyncState *before)
{
  if (state->unsynced && state->acknowledged == NULL && before != NULL && before->acknowledged != NULL)
    state->acknowledged = g_bytes_ref (before->acknowledged);
}

void
weft_store_pending_set_sync_state (WeftStorePending   *self,
                                   WeftStoreSyncState *state)
{
  g_autofree char *key = g_strconcat (state->relay, "\n", state->doc_id, NULL);

  weft_store_sync_state_keep_acknowledged (state, g_hash_table_lookup (self->sync_states, key));
  g_hash_table_replace (self->sync_states, g_steal_pointer (&key), state);
}

void
weft_store_pending_set_asset (WeftStorePending *self,
                              const char       *sha256,
                              const char       *doc_id,
                              guint64           n_bytes)
{
  Asset *asset = g_new (Asset, 1);

  *asset = (Asset){ g_strdup (doc_id), n_bytes };
  g_hash_table_replace (self->assets, g_strdup (sha256), asset);
}

const char *
weft_store_pending_lookup_asset (WeftStorePending *self,
                                 const char       *sha256)
{
  const Asset *asset = g_hash_table_lookup (self->assets, sha256);

  return asset != NULL ? asset->doc_id : NULL;
}
