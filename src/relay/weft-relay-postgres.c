/* weft-relay-postgres.c - a PostgreSQL server as the relay's database
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The tables are those of weft-relay-sqlite.c, and several relays may share them. Three things see to that:
 *
 * - Who writes holds an advisory lock from begin() to commit(). So versions of a room grow by one, and two groups of
 *   commits that touch the same rooms in another order cannot wait for each other.
 * - A room is loaded by one statement: what another relay compacts meanwhile is seen wholly or not at all.
 * - A snapshot takes the place of rows only where it contains each of them: a relay may not have heard of what
 *   another one has stored.
 *
 * When the server is away, calls fail at once and connecting is tried again, at most once a second.
 */

#include "config.h"

#include "relay/weft-relay-postgres.h"

#include "crdt/weft-doc.h"
#include "relay/weft-relay-accounts.h"
#include "relay/weft-relay-notes-state.h"
#include "store/weft-store-error.h"

#include <libpq-fe.h>
#include <string.h>

/* Between two attempts to reach the server. */
#define RETRY_US G_USEC_PER_SEC

/* "weft" */
#define LOCK "SELECT pg_advisory_xact_lock(2003133044)"

#define OID_BYTEA 17
#define OID_INT8  20
#define OID_TEXT  25

static const char *const migrations[] = {
  "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);"
  "CREATE TABLE rooms (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name TEXT COLLATE \"C\" NOT NULL UNIQUE,"
  " version BIGINT NOT NULL);"
  "CREATE TABLE updates (room BIGINT NOT NULL REFERENCES rooms (id), version BIGINT NOT NULL, time BIGINT NOT NULL,"
  " checksum BYTEA NOT NULL, data BYTEA NOT NULL, PRIMARY KEY (room, version));"
  "CREATE TABLE snapshots (room BIGINT PRIMARY KEY REFERENCES rooms (id), version BIGINT NOT NULL,"
  " time BIGINT NOT NULL, checksum BYTEA NOT NULL, data BYTEA NOT NULL);"
  /* Updates hardly compress, and are read whole. */
  "ALTER TABLE updates ALTER COLUMN data SET STORAGE EXTERNAL;"
  "ALTER TABLE snapshots ALTER COLUMN data SET STORAGE EXTERNAL;",
  WEFT_RELAY_ACCOUNTS_SCHEMA,
  WEFT_RELAY_NOTES_SCHEMA,
};

#define APPEND       "WITH room AS (INSERT INTO rooms (name, version) VALUES ($1, 1)" \
                     " ON CONFLICT (name) DO UPDATE SET version = rooms.version + 1 RETURNING id, version)" \
                     " INSERT INTO updates (room, version, time, checksum, data)" \
                     " SELECT id, version, $2, $3, $4 FROM room RETURNING version"
#define LOAD         "SELECT 0::bigint, version, NULL::bytea, NULL::bytea FROM rooms WHERE name = $1" \
                     " UNION ALL SELECT 1, s.version, s.checksum, s.data FROM snapshots s JOIN rooms r ON r.id = s.room" \
                     " WHERE r.name = $1" \
                     " UNION ALL SELECT 2, u.version, u.checksum, u.data FROM updates u JOIN rooms r ON r.id = u.room" \
                     " LEFT JOIN snapshots s ON s.room = r.id WHERE r.name = $1 AND u.version > coalesce (s.version, 0)" \
                     " ORDER BY 1, 2"
#define LOAD_SINCE   "SELECT 0::bigint, version, NULL::bytea, NULL::bytea FROM rooms WHERE name = $1" \
                     " UNION ALL SELECT 1, s.version, s.checksum, s.data FROM snapshots s JOIN rooms r ON r.id = s.room" \
                     " WHERE r.name = $1 AND s.version > $2" \
                     " UNION ALL SELECT 2, u.version, u.checksum, u.data FROM updates u JOIN rooms r ON r.id = u.room" \
                     " WHERE r.name = $1 AND u.version > $2 ORDER BY 1, 2"
#define LOAD_UP_TO   "SELECT 1::bigint, s.version, s.checksum, s.data FROM snapshots s JOIN rooms r ON r.id = s.room" \
                     " WHERE r.name = $1" \
                     " UNION ALL SELECT 2, u.version, u.checksum, u.data FROM updates u JOIN rooms r ON r.id = u.room" \
                     " WHERE r.name = $1 AND u.version <= $2 ORDER BY 1, 2"
#define PUT_SNAPSHOT "INSERT INTO snapshots (room, version, time, checksum, data)" \
                     " SELECT id, $2, $3, $4, $5 FROM rooms WHERE name = $1" \
                     " ON CONFLICT (room) DO UPDATE SET version = excluded.version, time = excluded.time," \
                     " checksum = excluded.checksum, data = excluded.data"
#define DELETE       "DELETE FROM updates WHERE room = (SELECT id FROM rooms WHERE name = $1) AND version <= $2"
#define LIST_ROOMS   "SELECT name, version, (SELECT coalesce (sum (length (data)), 0) FROM updates WHERE room = rooms.id)" \
                     " + (SELECT coalesce (sum (length (data)), 0) FROM snapshots WHERE room = rooms.id)" \
                     " FROM rooms ORDER BY id"
#define GET_SETTING  "SELECT value FROM settings WHERE name = $1"
#define PUT_SETTING  "INSERT INTO settings (name, value) VALUES ($1, $2)" \
                     " ON CONFLICT (name) DO UPDATE SET value = excluded.value"

typedef struct
{
  WeftRelayBackend backend; /* first */
  PGconn          *connection;
  gboolean         sync_normal;
  gint64           tried_us;
  GHashTable      *names;      /* statement -> its name at the server */
} Postgres;

typedef struct
{
  const char *values[8];
  int         lengths[8];
  int         formats[8];
  Oid         types[8];
  char        numbers[8][24];
  int         n;
} Values;

static void
add_text (Values     *self,
          const char *text)
{
  self->values[self->n] = text;
  self->types[self->n] = OID_TEXT;
  self->formats[self->n++] = 0;
}

static void
add_number (Values *self,
            gint64  number)
{
  g_snprintf (self->numbers[self->n], sizeof self->numbers[self->n], "%" G_GINT64_FORMAT, number);
  self->values[self->n] = self->numbers[self->n];
  self->types[self->n] = OID_INT8;
  self->formats[self->n++] = 0;
}

static void
add_bytes (Values *self,
           GBytes *bytes)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  self->values[self->n] = data != NULL ? data : "";
  self->lengths[self->n] = (int) size;
  self->types[self->n] = OID_BYTEA;
  self->formats[self->n++] = 1;
}

/* --- the connection --- */

static void
set_error (Postgres *self,
           GError  **error)
{
  g_autofree char *message = g_strdup (PQerrorMessage (self->connection));
  gboolean away = PQstatus (self->connection) != CONNECTION_OK;

  g_strdelimit (g_strchomp (message), "\n", ' ');
  g_set_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED, away ? "The PostgreSQL server cannot be reached: %s"
                                                                      : "PostgreSQL refuses: %s", message);
}

static gboolean
run_plain (Postgres   *self,
           const char *sql,
           GError    **error)
{
  PGresult *result = PQexec (self->connection, sql);
  ExecStatusType status = PQresultStatus (result);
  gboolean done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;

  if (!done)
    set_error (self, error);
  PQclear (result);
  return done;
}

static void
ignore_notice_cb (void           *data,
                  const PGresult *result)
{
}

static gboolean
set_up (Postgres *self,
        GError  **error)
{
  g_hash_table_remove_all (self->names);
  PQsetNoticeReceiver (self->connection, ignore_notice_cb, NULL);

  return run_plain (self, "SET client_min_messages = warning", error) &&
         run_plain (self, "SET standard_conforming_strings = on", error) &&
         (!self->sync_normal || run_plain (self, "SET synchronous_commit = off", error));
}

/* Makes sure that there is a connection. */
static gboolean
reach (Postgres *self,
       GError  **error)
{
  gint64 now_us = g_get_monotonic_time ();

  if (PQstatus (self->connection) == CONNECTION_OK)
    return TRUE;

  if (self->tried_us == 0 || now_us - self->tried_us >= RETRY_US)
    {
      PQreset (self->connection);
      self->tried_us = g_get_monotonic_time ();
      if (PQstatus (self->connection) == CONNECTION_OK)
        return set_up (self, error);
    }

  set_error (self, error);
  return FALSE;
}

/* Runs @statement, a constant, prepared at its first use. (transfer full) (nullable) */
static PGresult *
run (Postgres     *self,
     const char   *statement,
     const Values *values,
     gboolean      binary,
     GError      **error)
{
  const char *name;
  PGresult *result;
  ExecStatusType status;

  if (!reach (self, error))
    return NULL;

  /* Reaching the server anew forgets the names. */
  name = g_hash_table_lookup (self->names, statement);
  if (name == NULL)
    {
      g_autofree char *fresh = g_strdup_printf ("weft%u", g_hash_table_size (self->names));

      result = PQprepare (self->connection, fresh, statement, values->n, values->types);
      status = PQresultStatus (result);
      PQclear (result);
      if (status != PGRES_COMMAND_OK)
        {
          set_error (self, error);
          return NULL;
        }
      name = fresh;
      g_hash_table_insert (self->names, (gpointer) statement, g_steal_pointer (&fresh));
    }

  result = PQexecPrepared (self->connection, name, values->n, values->values, values->lengths, values->formats, binary);
  status = PQresultStatus (result);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
    return result;

  set_error (self, error);
  PQclear (result);
  return NULL;
}

static gboolean
run_only (Postgres     *self,
          const char   *statement,
          const Values *values,
          GError      **error)
{
  PGresult *result = run (self, statement, values, FALSE, error);

  PQclear (result);
  return result != NULL;
}

static gboolean
postgres_begin (WeftRelayBackend *backend,
                GError          **error)
{
  Postgres *self = (Postgres *) backend;

  if (!reach (self, error) || !run_plain (self, "BEGIN", error))
    return FALSE;
  if (run_plain (self, LOCK, error))
    return TRUE;

  run_plain (self, "ROLLBACK", NULL);
  return FALSE;
}

static gboolean
postgres_commit (WeftRelayBackend *backend,
                 GError          **error)
{
  Postgres *self = (Postgres *) backend;
  PGresult *result = PQexec (self->connection, "COMMIT");
  /* A transaction in which something failed is rolled back by COMMIT, which says so by its tag alone. */
  gboolean done = PQresultStatus (result) == PGRES_COMMAND_OK && strcmp (PQcmdStatus (result), "COMMIT") == 0;

  if (!done && PQresultStatus (result) == PGRES_COMMAND_OK)
    g_set_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED, "PostgreSQL rolled the transaction back");
  else if (!done)
    set_error (self, error);
  PQclear (result);
  return done;
}

static void
postgres_rollback (WeftRelayBackend *backend)
{
  run_plain ((Postgres *) backend, "ROLLBACK", NULL);
}

/* --- rooms --- */

static gint64
get_number (PGresult *result,
            int       row,
            int       column)
{
  guint64 raw;

  memcpy (&raw, PQgetvalue (result, row, column), sizeof raw);
  return (gint64) GUINT64_FROM_BE (raw);
}

static GBytes *
dup_bytes (PGresult *result,
           int       row,
           int       column)
{
  return g_bytes_new (PQgetvalue (result, row, column), (gsize) PQgetlength (result, row, column));
}

/* The data of a row; %NULL where it is damaged, which is logged. (transfer full) */
static GBytes *
dup_row (PGresult   *result,
         int         row,
         const char *room)
{
  g_autoptr(GBytes) expected = dup_bytes (result, row, 2);
  g_autoptr(GBytes) data = dup_bytes (result, row, 3);

  if (!weft_relay_backend_check_row (data, expected, room, get_number (result, row, 1)))
    return NULL;

  return g_steal_pointer (&data);
}

static gboolean
postgres_append (WeftRelayBackend *backend,
                 const char       *room,
                 GBytes           *update,
                 guint64          *version,
                 GError          **error)
{
  Postgres *self = (Postgres *) backend;
  g_autoptr(GBytes) checksum = weft_relay_backend_make_checksum (update);
  Values values = { 0 };
  PGresult *result;

  add_text (&values, room);
  add_number (&values, g_get_real_time () / 1000);
  add_bytes (&values, checksum);
  add_bytes (&values, update);
  result = run (self, APPEND, &values, TRUE, error);
  if (result == NULL)
    return FALSE;

  *version = (guint64) get_number (result, 0, 0);
  PQclear (result);
  return TRUE;
}

/* Whether @snapshot contains all rows up to @version, and none stands for more already. */
static gboolean
may_replace (Postgres   *self,
             const char *room,
             GBytes     *snapshot,
             guint64     version,
             gboolean   *may,
             GError    **error)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  Values values = { 0 };
  PGresult *result;

  *may = FALSE;
  if (!weft_doc_apply_update (doc, snapshot, NULL, error))
    return FALSE;

  add_text (&values, room);
  add_number (&values, (gint64) version);
  result = run (self, LOAD_UP_TO, &values, TRUE, error);
  if (result == NULL)
    return FALSE;

  *may = TRUE;
  for (int row = 0; row < PQntuples (result) && *may; row++)
    {
      g_autoptr(GBytes) data = dup_row (result, row, room);

      if (get_number (result, row, 0) == 1 && get_number (result, row, 1) >= (gint64) version)
        *may = FALSE;
      else if (data != NULL)
        *may = weft_doc_knows_update (doc, data);
    }

  PQclear (result);
  return TRUE;
}

static gboolean
postgres_compact (WeftRelayBackend *backend,
                  const char       *room,
                  GBytes           *snapshot,
                  guint64           version,
                  GError          **error)
{
  Postgres *self = (Postgres *) backend;
  g_autoptr(GBytes) checksum = weft_relay_backend_make_checksum (snapshot);
  Values values = { 0 };
  Values upto = { 0 };
  gboolean may;

  if (!may_replace (self, room, snapshot, version, &may, error))
    return FALSE;
  if (!may)
    return TRUE; /* another relay knows more: it will do it */

  add_text (&values, room);
  add_number (&values, (gint64) version);
  add_number (&values, g_get_real_time () / 1000);
  add_bytes (&values, checksum);
  add_bytes (&values, snapshot);
  add_text (&upto, room);
  add_number (&upto, (gint64) version);
  return run_only (self, PUT_SNAPSHOT, &values, error) && run_only (self, DELETE, &upto, error);
}

static gboolean
collect (Postgres     *self,
         const char   *statement,
         const Values *values,
         const char   *room,
         GPtrArray    *updates,
         guint64      *version,
         guint        *n_log,
         guint        *n_damaged,
         GError      **error)
{
  PGresult *result = run (self, statement, values, TRUE, error);

  *version = 0;
  *n_log = *n_damaged = 0;
  if (result == NULL)
    return FALSE;

  for (int row = 0; row < PQntuples (result); row++)
    {
      gint64 kind = get_number (result, row, 0);
      GBytes *data;

      if (kind == 0)
        {
          *version = (guint64) get_number (result, row, 1);
          continue;
        }

      data = dup_row (result, row, room);
      if (data == NULL)
        (*n_damaged)++;
      else
        g_ptr_array_add (updates, data);
      *n_log += data != NULL && kind == 2;
    }

  PQclear (result);
  return TRUE;
}

static gboolean
postgres_load (WeftRelayBackend *backend,
               const char       *room,
               GPtrArray        *updates,
               guint64          *version,
               guint            *n_log,
               guint            *n_damaged,
               GError          **error)
{
  Values values = { 0 };

  add_text (&values, room);
  return collect ((Postgres *) backend, LOAD, &values, room, updates, version, n_log, n_damaged, error);
}

static gboolean
postgres_load_since (WeftRelayBackend *backend,
                     const char       *room,
                     guint64           since,
                     GPtrArray        *updates,
                     guint64          *version,
                     GError          **error)
{
  Values values = { 0 };
  guint n_log, n_damaged;

  add_text (&values, room);
  add_number (&values, (gint64) since);
  return collect ((Postgres *) backend, LOAD_SINCE, &values, room, updates, version, &n_log, &n_damaged, error);
}

static gboolean
postgres_list_rooms (WeftRelayBackend *backend,
                     WeftRelayRoomFunc func,
                     gpointer          user_data,
                     GError          **error)
{
  Values none = { 0 };
  PGresult *result = run ((Postgres *) backend, LIST_ROOMS, &none, FALSE, error);

  if (result == NULL)
    return FALSE;

  for (int row = 0; row < PQntuples (result); row++)
    if (!func (PQgetvalue (result, row, 0), g_ascii_strtoull (PQgetvalue (result, row, 1), NULL, 10),
               g_ascii_strtoull (PQgetvalue (result, row, 2), NULL, 10), user_data))
      break;

  PQclear (result);
  return TRUE;
}

/* --- settings and accounts --- */

static char *
postgres_get_setting (WeftRelayBackend *backend,
                      const char       *name,
                      GError          **error)
{
  Values values = { 0 };
  PGresult *result;
  char *value;

  add_text (&values, name);
  result = run ((Postgres *) backend, GET_SETTING, &values, FALSE, error);
  if (result == NULL)
    return NULL;

  value = PQntuples (result) > 0 ? g_strdup (PQgetvalue (result, 0, 0)) : NULL;
  PQclear (result);
  return value;
}

static gboolean
postgres_put_setting (WeftRelayBackend *backend,
                      const char       *name,
                      const char       *value,
                      GError          **error)
{
  Values values = { 0 };

  add_text (&values, name);
  add_text (&values, value);
  return run_only ((Postgres *) backend, PUT_SETTING, &values, error);
}

/* The statement with `$1` for `?1`; a copy that lives as long as the process, since its address is its name. */
static const char *
translate (const char *statement)
{
  g_autofree char *copy = g_strdup (statement);

  for (char *c = copy; (c = strchr (c, '?')) != NULL;)
    *c = '$';
  return g_intern_string (copy);
}

static gboolean
postgres_query (gpointer                 backend,
                const char              *statement,
                const WeftRelaySqlValue *given,
                guint                    n_given,
                WeftRelayRows           *rows,
                GError                 **error)
{
  const char *texts[WEFT_RELAY_SQL_MAX_VALUES];
  char numbers[WEFT_RELAY_SQL_MAX_VALUES][24];
  Oid types[WEFT_RELAY_SQL_MAX_VALUES];
  Postgres *self = backend;
  PGresult *result;

  if (!reach (self, error))
    return FALSE;

  for (guint i = 0; i < n_given; i++)
    {
      g_snprintf (numbers[i], sizeof numbers[i], "%" G_GINT64_FORMAT, given[i].number);
      texts[i] = given[i].is_text ? given[i].text : numbers[i];
      types[i] = given[i].is_text ? OID_TEXT : OID_INT8;
    }

  result = PQexecParams (self->connection, translate (statement), (int) n_given, types, texts, NULL, NULL, 0);
  if (PQresultStatus (result) != PGRES_TUPLES_OK && PQresultStatus (result) != PGRES_COMMAND_OK)
    {
      set_error (self, error);
      PQclear (result);
      return FALSE;
    }

  for (int row = 0; row < PQntuples (result); row++)
    {
      for (int column = 0; column < PQnfields (result); column++)
        weft_relay_rows_add (rows, PQgetisnull (result, row, column) ? NULL : PQgetvalue (result, row, column));
      weft_relay_rows_end_row (rows);
    }

  PQclear (result);
  return TRUE;
}

/* --- the beginning and the end --- */

static void
postgres_close (WeftRelayBackend *backend)
{
  Postgres *self = (Postgres *) backend;

  g_clear_pointer (&self->connection, PQfinish);
  g_hash_table_unref (self->names);
  g_free (self);
}

static const WeftRelayBackendFuncs postgres_funcs = {
  .name = "postgresql",
  .close = postgres_close,
  .begin = postgres_begin,
  .commit = postgres_commit,
  .rollback = postgres_rollback,
  .append = postgres_append,
  .compact = postgres_compact,
  .load = postgres_load,
  .load_since = postgres_load_since,
  .list_rooms = postgres_list_rooms,
  .get_setting = postgres_get_setting,
  .put_setting = postgres_put_setting,
  .query = postgres_query,
};

/* How many migrations were done; -1 with @error. */
static gint64
get_schema_version (Postgres *self,
                    GError  **error)
{
  PGresult *result;
  gint64 version;

  if (!run_plain (self, "CREATE TABLE IF NOT EXISTS weft_schema (version BIGINT NOT NULL)", error))
    return -1;

  result = PQexec (self->connection, "SELECT coalesce (max (version), 0) FROM weft_schema");
  if (PQresultStatus (result) != PGRES_TUPLES_OK)
    {
      set_error (self, error);
      PQclear (result);
      return -1;
    }

  version = g_ascii_strtoll (PQgetvalue (result, 0, 0), NULL, 10);
  PQclear (result);
  return version;
}

/* In one transaction, and under the lock: another relay may start at the same time. */
static gboolean
migrate (Postgres *self,
         GError  **error)
{
  gint64 version;

  if (!postgres_begin (&self->backend, error))
    return FALSE;

  version = get_schema_version (self, error);
  if (version > (gint64) G_N_ELEMENTS (migrations))
    {
      g_set_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_NEWER,
                   "The PostgreSQL database was made by a newer Weft (schema %" G_GINT64_FORMAT "); start that one", version);
      version = -1;
    }

  for (guint i = version >= 0 ? (guint) version : G_MAXUINT; i < G_N_ELEMENTS (migrations); i++)
    {
      g_autofree char *note = g_strdup_printf ("INSERT INTO weft_schema (version) VALUES (%u)", i + 1);

      if (!run_plain (self, migrations[i], error) || !run_plain (self, note, error))
        {
          version = -1;
          break;
        }
    }

  if (version >= 0)
    return postgres_commit (&self->backend, error);

  postgres_rollback (&self->backend);
  return FALSE;
}

WeftRelayBackend *
weft_relay_postgres_open (const char *url,
                          gboolean    sync_normal,
                          GError    **error)
{
  static const char *const keywords[] = { "dbname", "client_encoding", "fallback_application_name", "connect_timeout",
                                          "keepalives_idle", NULL };
  const char *values[] = { url, "UTF8", "weft-relay", "5", "20", NULL };
  Postgres *self = g_new0 (Postgres, 1);

  self->backend.funcs = &postgres_funcs;
  self->sync_normal = sync_normal;
  self->names = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->connection = PQconnectdbParams (keywords, values, TRUE);

  if (PQstatus (self->connection) != CONNECTION_OK)
    {
      set_error (self, error);
      g_prefix_error (error, "--database: ");
    }
  else if (set_up (self, error) && migrate (self, error))
    {
      return &self->backend;
    }

  postgres_close (&self->backend);
  return NULL;
}
