/* weft-relay-sqlite.c - the relay's file
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A row carries the first bytes of its SHA-256; one that does not match is left out and said so in the log, since
 * the clients bring back what is missing.
 */

#include "config.h"

#include "relay/weft-relay-sqlite.h"

#include "relay/weft-relay-accounts.h"
#include "relay/weft-relay-mark.h"
#include "relay/weft-relay-notes-state.h"
#include "relay/weft-relay-sql-sqlite.h"
#include "relay/weft-relay-salvage.h"
#include "store/weft-blob.h"
#include "store/weft-statement.h"

#include <errno.h>
#include <glib/gstdio.h>

/* The log of SQLite is written back into the file beyond this many pages (of 4 KiB). */
#define CHECKPOINT_PAGES 2000

/* It is noted this often how far the file is, and at the end. */
#define MARK_US (30 * G_USEC_PER_SEC)

static const char *const migrations[] = {
  "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
  "CREATE TABLE rooms (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, version INTEGER NOT NULL);"
  "CREATE TABLE updates (id INTEGER PRIMARY KEY, room INTEGER NOT NULL REFERENCES rooms (id),"
  " version INTEGER NOT NULL, time INTEGER NOT NULL, checksum BLOB NOT NULL, data BLOB NOT NULL,"
  " UNIQUE (room, version));"
  "CREATE TABLE snapshots (room INTEGER PRIMARY KEY REFERENCES rooms (id), version INTEGER NOT NULL,"
  " time INTEGER NOT NULL, checksum BLOB NOT NULL, data BLOB NOT NULL);",
  WEFT_RELAY_ACCOUNTS_SCHEMA,
  WEFT_RELAY_NOTES_SCHEMA,
};

static const WeftDatabaseSchema schema = {
  .application_id = WEFT_DATABASE_RELAY_ID,
  .migrations = migrations,
  .n_migrations = G_N_ELEMENTS (migrations),
};

#define GET_SETTING     "SELECT value FROM settings WHERE name = ?"
#define PUT_SETTING     "INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)"
#define LIST_ROOMS      "SELECT name, version, (SELECT coalesce (sum (length (data)), 0) FROM updates WHERE room = rooms.id)"\
                        " + (SELECT coalesce (sum (length (data)), 0) FROM snapshots WHERE room = rooms.id)"\
                        " FROM rooms ORDER BY id"
#define FIND_ROOM       "SELECT id, version FROM rooms WHERE name = ?"
#define ADD_ROOM        "INSERT INTO rooms (name, version) VALUES (?, 0) RETURNING id"
#define SET_VERSION     "UPDATE rooms SET version = ?2 WHERE id = ?1"
#define ADD_UPDATE      "INSERT INTO updates (room, version, time, checksum, data) VALUES (?, ?, ?, ?, ?)"
/* Large data is read by itself, by the number of its row. */
#define ROW(id)         "version, checksum, CASE WHEN length (data) < " G_STRINGIFY (WEFT_BLOB_LARGE_BYTES) " THEN data END, " id
#define GET_SNAPSHOT    "SELECT " ROW ("room") " FROM snapshots WHERE room = ?"
#define LIST_UPDATES    "SELECT " ROW ("id") " FROM updates WHERE room = ? AND version > ? ORDER BY version"
#define PUT_SNAPSHOT    "INSERT OR REPLACE INTO snapshots (room, version, time, checksum, data) VALUES (?, ?, ?, ?, ?)"
#define GET_PROGRESS    "SELECT coalesce (max (version / 4294967296), 0), coalesce (sum (version % 4294967296), 0) FROM rooms"
#define GO_AHEAD        "UPDATE rooms SET version = version + ?"
#define DELETE_UPDATES  "DELETE FROM updates WHERE room = ? AND version <= ?"

typedef struct
{
  WeftRelayBackend backend; /* first */
  WeftDatabase    *database;
  gboolean         frozen;   /* no checkpoints */

  /* Only of the file that a relay serves */
  char            *mark_path;  /* %NULL: another one */
  WeftRelayMark    mark;       /* how far it is */
  guint64          n_appended; /* in the transaction that is open */
  gboolean         mark_is_old;
  gint64           marked_us;
} Sqlite;

/* --- rooms --- */

/* Returns: the id of @room, or 0 where it is not there or cannot be read */
static gint64
find_room (Sqlite         *self,
           const char     *room,
           guint64        *version,
           GError        **error)
{
  WeftStatement *query = weft_database_get (self->database, FIND_ROOM);
  gint64 id = 0;

  *version = 0;
  weft_statement_bind_text (query, 1, room);
  if (weft_statement_step (query))
    {
      id = weft_statement_get_int64 (query, 0);
      *version = (guint64) weft_statement_get_int64 (query, 1);
    }

  return weft_statement_finish (query, error) ? id : 0;
}

static gint64
find_or_add_room (Sqlite         *self,
                  const char     *room,
                  guint64        *version,
                  GError        **error)
{
  g_autoptr(GError) failure = NULL;
  gint64 id = find_room (self, room, version, &failure);
  WeftStatement *insert;

  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return 0;
    }
  if (id != 0)
    return id;

  insert = weft_database_get (self->database, ADD_ROOM);
  weft_statement_bind_text (insert, 1, room);
  if (weft_statement_step (insert))
    id = weft_statement_get_int64 (insert, 0);

  return weft_statement_finish (insert, error) ? id : 0;
}

/* Adds the row that @query stands at, or counts it as damaged. Returns: %FALSE where it cannot be read now */
static gboolean
collect_row (Sqlite        *self,
             const char    *table,
             WeftStatement *query,
             const char    *room,
             GPtrArray     *updates,
             guint         *n_damaged,
             GError       **error)
{
  g_autoptr(GBytes) expected = weft_statement_dup_bytes (query, 1);
  g_autoptr(GError) failure = NULL;
  g_autoptr(GBytes) data = weft_statement_is_null (query, 2)
                             ? weft_blob_read (self->database, table, "data", weft_statement_get_int64 (query, 3),
                                               &failure)
                             : weft_statement_dup_bytes (query, 2);

  if (data == NULL && !g_error_matches (failure, WEFT_STORE_ERROR, WEFT_STORE_ERROR_DAMAGED))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (data == NULL)
    data = g_bytes_new (NULL, 0);
  if (!weft_relay_backend_check_row (data, expected, room, weft_statement_get_int64 (query, 0)))
    (*n_damaged)++;
  else
    g_ptr_array_add (updates, g_steal_pointer (&data));
  return TRUE;
}

/* @failure: why not @readable */
static gboolean
finish_load (WeftStatement *query,
             gboolean       readable,
             GError       **failure,
             GError       **error)
{
  if (readable)
    return weft_statement_finish (query, error);

  weft_statement_finish (query, NULL);
  g_propagate_error (error, g_steal_pointer (failure));
  return FALSE;
}

static gboolean
sqlite_load (WeftRelayBackend *backend,
             const char       *name,
             GPtrArray        *updates,
             guint64          *version,
             guint            *n_log,
             guint            *n_damaged,
             GError          **error)
{
  Sqlite *self = (Sqlite *) backend;
  g_autoptr(GError) failure = NULL;
  gint64 room = find_room (self, name, version, &failure);
  gint64 snapshot_version = 0;
  gboolean readable = TRUE;
  WeftStatement *query;
  guint n_before;

  *n_log = *n_damaged = 0;
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (room == 0)
    return TRUE;

  query = weft_database_get (self->database, GET_SNAPSHOT);
  weft_statement_bind_int64 (query, 1, room);
  if (weft_statement_step (query))
    {
      snapshot_version = weft_statement_get_int64 (query, 0);
      readable = collect_row (self, "snapshots", query, name, updates, n_damaged, &failure);
    }
  if (!finish_load (query, readable, &failure, error))
    return FALSE;

  query = weft_database_get (self->database, LIST_UPDATES);
  weft_statement_bind_int64 (query, 1, room);
  weft_statement_bind_int64 (query, 2, snapshot_version);
  n_before = updates->len;
  while (readable && weft_statement_step (query))
    readable = collect_row (self, "updates", query, name, updates, n_damaged, &failure);
  *n_log = updates->len - n_before;
  return finish_load (query, readable, &failure, error);
}

static gboolean
put_row (Sqlite         *self,
         const char     *sql,
         const char     *table,
         gint64          room,
         guint64         version,
         GBytes         *data,
         GError        **error)
{
  WeftStatement *insert = weft_database_get (self->database, sql);
  g_autoptr(GBytes) checksum = weft_relay_backend_make_checksum (data);

  weft_statement_bind_int64 (insert, 1, room);
  weft_statement_bind_int64 (insert, 2, (gint64) version);
  weft_statement_bind_int64 (insert, 3, g_get_real_time () / 1000);
  weft_statement_bind_bytes (insert, 4, checksum);
  if (g_bytes_get_size (data) < WEFT_BLOB_LARGE_BYTES)
    {
      weft_statement_bind_bytes (insert, 5, data);
      return weft_statement_finish (insert, error);
    }

  weft_statement_bind_zeros (insert, 5, g_bytes_get_size (data));
  return weft_statement_finish (insert, error) &&
         weft_blob_write (self->database, table, "data", weft_blob_get_last_row (self->database), data, error);
}

static gboolean
run_two_numbers (Sqlite         *self,
                 const char     *sql,
                 gint64          first,
                 guint64         second,
                 GError        **error)
{
  WeftStatement *statement = weft_database_get (self->database, sql);

  weft_statement_bind_int64 (statement, 1, first);
  weft_statement_bind_int64 (statement, 2, (gint64) second);
  return weft_statement_finish (statement, error);
}

static gboolean
sqlite_append (WeftRelayBackend *backend,
               const char       *name,
               GBytes           *update,
               guint64          *version,
               GError          **error)
{
  Sqlite *self = (Sqlite *) backend;
  gint64 room = find_or_add_room (self, name, version, error);

  if (room == 0)
    return FALSE;

  (*version)++;
  self->n_appended++;
  return put_row (self, ADD_UPDATE, "updates", room, *version, update, error) &&
         run_two_numbers (self, SET_VERSION, room, *version, error);
}

static gboolean
sqlite_compact (WeftRelayBackend *backend,
                const char       *name,
                GBytes           *snapshot,
                guint64           version,
                GError          **error)
{
  Sqlite *self = (Sqlite *) backend;
  guint64 newest;
  gint64 room = find_or_add_room (self, name, &newest, error);

  return room != 0 && put_row (self, PUT_SNAPSHOT, "snapshots", room, version, snapshot, error) &&
         run_two_numbers (self, DELETE_UPDATES, room, version, error);
}

static gboolean
sqlite_list_rooms (WeftRelayBackend *backend,
                   WeftRelayRoomFunc func,
                   gpointer          user_data,
                   GError          **error)
{
  Sqlite *self = (Sqlite *) backend;
  WeftStatement *query = weft_database_get (self->database, LIST_ROOMS);
  gboolean more = TRUE;

  while (more && weft_statement_step (query))
    more = func (weft_statement_get_text (query, 0), (guint64) weft_statement_get_int64 (query, 1),
                 (guint64) weft_statement_get_int64 (query, 2), user_data);

  return weft_statement_finish (query, error);
}

/* --- the file --- */

static gboolean
sqlite_begin (WeftRelayBackend *backend,
              GError          **error)
{
  return weft_database_begin (((Sqlite *) backend)->database, error);
}

static gboolean
sqlite_commit (WeftRelayBackend *backend,
               GError          **error)
{
  Sqlite *self = (Sqlite *) backend;

  if (!weft_database_commit (self->database, error))
    return FALSE;

  self->mark_is_old = self->mark_is_old || self->n_appended > 0;
  self->mark.n_updates += self->n_appended;
  self->n_appended = 0;
  return TRUE;
}

static void
sqlite_rollback (WeftRelayBackend *backend)
{
  ((Sqlite *) backend)->n_appended = 0;
  weft_database_rollback (((Sqlite *) backend)->database);
}

static char *
sqlite_get_setting (WeftRelayBackend *backend,
                    const char       *name,
                    GError          **error)
{
  WeftStatement *query = weft_database_get (((Sqlite *) backend)->database, GET_SETTING);
  g_autofree char *value = NULL;

  weft_statement_bind_text (query, 1, name);
  if (weft_statement_step (query))
    value = g_strdup (weft_statement_get_text (query, 0));

  return weft_statement_finish (query, error) ? g_steal_pointer (&value) : NULL;
}

/* Notes beside the file how far it is: an older copy in its place is known by that. */
static void
note_mark (Sqlite *self)
{
  g_autofree char *notebook = NULL;
  g_autoptr(GError) error = NULL;

  if (self->mark_path == NULL || !self->mark_is_old)
    return;

  notebook = sqlite_get_setting (&self->backend, WEFT_RELAY_SETTING_NOTEBOOK, NULL);
  g_strlcpy (self->mark.notebook, notebook != NULL ? notebook : "", sizeof self->mark.notebook);
  self->mark_is_old = !weft_relay_mark_write (self->mark_path, &self->mark, &error);
  self->marked_us = g_get_monotonic_time ();
  if (self->mark_is_old)
    g_debug ("%s", error->message);
}

static void
sqlite_upkeep (WeftRelayBackend *backend)
{
  Sqlite *self = (Sqlite *) backend;
  g_autoptr(GError) error = NULL;

  if (g_get_monotonic_time () - self->marked_us >= MARK_US)
    note_mark (self);

  if (!self->frozen && weft_database_get_wal_size (self->database) > CHECKPOINT_PAGES &&
      !weft_database_checkpoint_keep (self->database, &error))
    g_warning ("checkpoint: %s", error->message);
}

/* Only checkpoints write the file itself, and only we make them: without any, it holds still beside its log. */
static char *
sqlite_freeze (WeftRelayBackend *backend,
               gboolean          frozen,
               GError          **error)
{
  Sqlite *self = (Sqlite *) backend;

  if (!frozen || !weft_database_checkpoint (self->database, error))
    {
      self->frozen = FALSE;
      return NULL;
    }

  self->frozen = TRUE;
  return g_strdup (weft_database_get_path (self->database));
}

static gboolean
sqlite_put_setting (WeftRelayBackend *backend,
                    const char       *name,
                    const char       *value,
                    GError          **error)
{
  WeftStatement *insert = weft_database_get (((Sqlite *) backend)->database, PUT_SETTING);

  weft_statement_bind_text (insert, 1, name);
  weft_statement_bind_text (insert, 2, value);
  return weft_statement_finish (insert, error);
}

static gboolean
sqlite_query (gpointer                 backend,
              const char              *statement,
              const WeftRelaySqlValue *values,
              guint                    n_values,
              WeftRelayRows           *rows,
              GError                 **error)
{
  return weft_relay_sql_sqlite_query (((Sqlite *) backend)->database, statement, values, n_values, rows, error);
}

static void
sqlite_close (WeftRelayBackend *backend)
{
  Sqlite *self = (Sqlite *) backend;

  note_mark (self);
  g_clear_pointer (&self->database, weft_database_close);
  g_free (self->mark_path);
  g_free (self);
}

static const WeftRelayBackendFuncs sqlite_funcs = {
  .name = "sqlite",
  .close = sqlite_close,
  .begin = sqlite_begin,
  .commit = sqlite_commit,
  .rollback = sqlite_rollback,
  .append = sqlite_append,
  .compact = sqlite_compact,
  .load = sqlite_load,
  .list_rooms = sqlite_list_rooms,
  .get_setting = sqlite_get_setting,
  .put_setting = sqlite_put_setting,
  .query = sqlite_query,
  .upkeep = sqlite_upkeep,
  .freeze = sqlite_freeze,
};

static gboolean
make_folder (const char *folder,
             GError    **error)
{
  int saved;

  if (g_mkdir_with_parents (folder, 0700) == 0)
    return TRUE;

  saved = errno;
  g_set_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED, "The data folder %s cannot be made: %s", folder,
               g_strerror (saved));
  return FALSE;
}

static WeftRelayBackend *
open_file (const char               *path,
           const WeftDatabaseSchema *wanted,
           GError                  **error)
{
  g_autoptr(WeftDatabase) database = weft_database_open (path, wanted, error);
  Sqlite *self;

  if (database == NULL)
    return NULL;
  if (weft_database_is_read_only (database))
    {
      g_set_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_READ_ONLY,
                   "%s cannot be written; make it and its folder writable for the user that runs the relay", path);
      return NULL;
    }

  self = g_new0 (Sqlite, 1);
  self->backend.funcs = &sqlite_funcs;
  self->database = g_steal_pointer (&database);
  return &self->backend;
}

WeftRelayBackend *
weft_relay_sqlite_open_file (const char *path,
                             gboolean    salvage,
                             char      **damaged,
                             GError    **error)
{
  WeftDatabaseSchema wanted = schema;
  WeftRelayBackend *backend;

  if (damaged != NULL)
    *damaged = NULL;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED, "There is no file %s", path);
      return NULL;
    }

  wanted.salvage = salvage ? weft_relay_salvage : NULL;
  backend = open_file (path, &wanted, error);
  if (backend != NULL && damaged != NULL)
    *damaged = g_strdup (weft_database_get_damaged_path (((Sqlite *) backend)->database));
  return backend;
}

static gboolean
go_ahead (Sqlite  *self,
          guint64  n_epochs,
          GError **error)
{
  WeftStatement *update;

  g_warning ("%s is not the file that was here before, but an older one: a copy that was put in its place? Versions of rooms "
             "go ahead, so that those who know later ones bring what it lacks.", weft_database_get_path (self->database));
  self->mark.epoch += n_epochs;
  update = weft_database_get (self->database, GO_AHEAD);
  weft_statement_bind_int64 (update, 1, (gint64) (n_epochs * WEFT_RELAY_MARK_VERSIONS_OF_EPOCH));
  return weft_statement_finish (update, error);
}

/* Finds out whether the file is the one that was here last. */
static gboolean
check_mark (Sqlite     *self,
            const char *path,
            GError    **error)
{
  g_autofree char *notebook = sqlite_get_setting (&self->backend, WEFT_RELAY_SETTING_NOTEBOOK, error);
  WeftStatement *query = weft_database_get (self->database, GET_PROGRESS);
  WeftRelayMark noted;
  guint64 n_epochs = 0;

  g_strlcpy (self->mark.notebook, notebook != NULL ? notebook : "", sizeof self->mark.notebook);
  if (weft_statement_step (query))
    {
      self->mark.epoch = (guint64) weft_statement_get_int64 (query, 0);
      self->mark.n_updates = (guint64) weft_statement_get_int64 (query, 1);
    }
  if (!weft_statement_finish (query, error))
    return FALSE;

  if (weft_relay_mark_read (path, &noted))
    n_epochs = weft_relay_mark_get_ahead (&noted, &self->mark);
  if (n_epochs > 0 && !go_ahead (self, n_epochs, error))
    return FALSE;

  self->mark_path = g_strdup (path);
  self->mark_is_old = TRUE;
  note_mark (self);
  return TRUE;
}

WeftRelayBackend *
weft_relay_sqlite_open (const char *folder,
                        gboolean    sync_normal,
                        GError    **error)
{
  g_autofree char *path = g_build_filename (folder, WEFT_RELAY_SQLITE_FILE, NULL);
  g_autofree char *mark = g_strconcat (path, WEFT_RELAY_SQLITE_MARK, NULL);
  g_autoptr(GError) failure = NULL;
  WeftRelayBackend *backend;

  if (!make_folder (folder, error))
    return NULL;

  backend = open_file (path, &schema, &failure);
  if (backend == NULL)
    {
      if (g_error_matches (failure, WEFT_STORE_ERROR, WEFT_STORE_ERROR_DAMAGED))
        g_prefix_error (&failure, "run weft --relay --doctor --data %s: ", folder);
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }

  if (!check_mark ((Sqlite *) backend, mark, error) ||
      (sync_normal && !weft_database_run (((Sqlite *) backend)->database, "PRAGMA synchronous = NORMAL", error)))
    {
      sqlite_close (backend);
      return NULL;
    }
  return backend;
}
