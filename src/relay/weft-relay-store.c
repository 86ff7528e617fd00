/* weft-relay-store.c - what the relay keeps: an update log and a snapshot for each room
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The thread takes whatever jobs are queued, runs the writing ones in one transaction, commits, and
 * only then posts the answers. A row carries the first bytes of its SHA-256; one that does not match is
 * left out and said so in the log, since the clients bring back what is missing.
 */

#include "config.h"

#include "relay/weft-relay-store.h"

#include "notebook/weft-page-id.h"
#include "store/weft-database.h"
#include "store/weft-statement.h"

#include <errno.h>
#include <glib/gstdio.h>

#define FILE_NAME "relay.db"

/* A group of commits ends here, so that the first in it does not wait for ever. */
#define MAX_GROUP_JOBS  2000
#define MAX_GROUP_BYTES (64 * 1024 * 1024)

/* The log of SQLite is written back into the file beyond this many pages (of 4 KiB). */
#define CHECKPOINT_PAGES 2000

#define CHECKSUM_SIZE 8

static const char *const migrations[] = {
  "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
  "CREATE TABLE rooms (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, version INTEGER NOT NULL);"
  "CREATE TABLE updates (id INTEGER PRIMARY KEY, room INTEGER NOT NULL REFERENCES rooms (id),"
  " version INTEGER NOT NULL, time INTEGER NOT NULL, checksum BLOB NOT NULL, data BLOB NOT NULL,"
  " UNIQUE (room, version));"
  "CREATE TABLE snapshots (room INTEGER PRIMARY KEY REFERENCES rooms (id), version INTEGER NOT NULL,"
  " time INTEGER NOT NULL, checksum BLOB NOT NULL, data BLOB NOT NULL);",
};

static const WeftDatabaseSchema schema = {
  .application_id = WEFT_DATABASE_RELAY_ID,
  .migrations = migrations,
  .n_migrations = G_N_ELEMENTS (migrations),
};

#define GET_SETTING     "SELECT value FROM settings WHERE name = ?"
#define PUT_SETTING     "INSERT INTO settings (name, value) VALUES (?, ?)"
#define FIND_ROOM       "SELECT id, version FROM rooms WHERE name = ?"
#define ADD_ROOM        "INSERT INTO rooms (name, version) VALUES (?, 0) RETURNING id"
#define SET_VERSION     "UPDATE rooms SET version = ?2 WHERE id = ?1"
#define ADD_UPDATE      "INSERT INTO updates (room, version, time, checksum, data) VALUES (?, ?, ?, ?, ?)"
#define GET_SNAPSHOT    "SELECT version, checksum, data FROM snapshots WHERE room = ?"
#define LIST_UPDATES    "SELECT version, checksum, data FROM updates WHERE room = ? AND version > ? ORDER BY version"
#define PUT_SNAPSHOT    "INSERT OR REPLACE INTO snapshots (room, version, time, checksum, data) VALUES (?, ?, ?, ?, ?)"
#define DELETE_UPDATES  "DELETE FROM updates WHERE room = ? AND version <= ?"

typedef enum
{
  JOB_LOAD,
  JOB_APPEND,
  JOB_COMPACT,
  JOB_STOP,
} JobKind;

typedef struct
{
  JobKind  kind;
  char    *room;
  GBytes  *data;
  guint64  version; /* COMPACT: asked for; else the answer */
  union
  {
    WeftRelayLoadFunc   load;
    WeftRelayAppendFunc append;
  } func;
  gpointer user_data;

  /* The answer */
  GPtrArray *updates;
  guint      n_log;
  GError    *error;
} Job;

struct _WeftRelayStore
{
  /* The owner's thread */
  GMainContext *context;
  GThread      *thread;
  char         *notebook_id;
  char         *trouble;

  /* Shared */
  GAsyncQueue  *jobs;
  GMutex        mutex;
  GQueue        answers; /* guarded by @mutex */
  GSource      *answer_source;

  /* The store's thread, once it runs */
  WeftDatabase *database;
};

static void
job_free (Job *job)
{
  g_free (job->room);
  g_clear_pointer (&job->data, g_bytes_unref);
  g_clear_pointer (&job->updates, g_ptr_array_unref);
  g_clear_error (&job->error);
  g_free (job);
}

static GBytes *
checksum_of (GBytes *data)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize n_digest = sizeof digest;
  gsize size;
  const guchar *raw = g_bytes_get_data (data, &size);

  if (size > 0)
    g_checksum_update (checksum, raw, (gssize) size);
  g_checksum_get_digest (checksum, digest, &n_digest);
  return g_bytes_new (digest, CHECKSUM_SIZE);
}

/* --- on the store's thread --- */

/* Returns: the id of @room, or 0 where it is not there or cannot be read */
static gint64
find_room (WeftRelayStore *self,
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
find_or_add_room (WeftRelayStore *self,
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

/* Adds the row that @query stands at, unless it is damaged. */
static void
collect_row (WeftStatement *query,
             const char    *room,
             GPtrArray     *updates)
{
  g_autoptr(GBytes) expected = weft_statement_dup_bytes (query, 1);
  g_autoptr(GBytes) data = weft_statement_dup_bytes (query, 2);
  g_autoptr(GBytes) actual = checksum_of (data);

  if (g_bytes_equal (expected, actual))
    g_ptr_array_add (updates, g_steal_pointer (&data));
  else
    g_warning ("room \"%s\": what was stored as version %" G_GINT64_FORMAT " is damaged and left out", room,
               weft_statement_get_int64 (query, 0));
}

static void
run_load (WeftRelayStore *self,
          Job            *job)
{
  gint64 room = find_room (self, job->room, &job->version, &job->error);
  gint64 snapshot_version = 0;
  WeftStatement *query;

  job->updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  if (room == 0)
    return;

  query = weft_database_get (self->database, GET_SNAPSHOT);
  weft_statement_bind_int64 (query, 1, room);
  if (weft_statement_step (query))
    {
      snapshot_version = weft_statement_get_int64 (query, 0);
      collect_row (query, job->room, job->updates);
    }
  if (!weft_statement_finish (query, &job->error))
    return;

  query = weft_database_get (self->database, LIST_UPDATES);
  weft_statement_bind_int64 (query, 1, room);
  weft_statement_bind_int64 (query, 2, snapshot_version);
  while (weft_statement_step (query))
    {
      collect_row (query, job->room, job->updates);
      job->n_log++;
    }
  weft_statement_finish (query, &job->error);
}

static gboolean
put_row (WeftRelayStore *self,
         const char     *sql,
         gint64          room,
         guint64         version,
         GBytes         *data,
         GError        **error)
{
  WeftStatement *insert = weft_database_get (self->database, sql);
  g_autoptr(GBytes) checksum = checksum_of (data);

  weft_statement_bind_int64 (insert, 1, room);
  weft_statement_bind_int64 (insert, 2, (gint64) version);
  weft_statement_bind_int64 (insert, 3, g_get_real_time () / 1000);
  weft_statement_bind_bytes (insert, 4, checksum);
  weft_statement_bind_bytes (insert, 5, data);
  return weft_statement_finish (insert, error);
}

static gboolean
run_two_numbers (WeftRelayStore *self,
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
run_append (WeftRelayStore *self,
            Job            *job,
            GError        **error)
{
  guint64 version;
  gint64 room = find_or_add_room (self, job->room, &version, error);

  if (room == 0)
    return FALSE;

  job->version = version + 1;
  return put_row (self, ADD_UPDATE, room, job->version, job->data, error) &&
         run_two_numbers (self, SET_VERSION, room, job->version, error);
}

static gboolean
run_compact (WeftRelayStore *self,
             Job            *job,
             GError        **error)
{
  guint64 version;
  gint64 room = find_or_add_room (self, job->room, &version, error);

  return room != 0 && put_row (self, PUT_SNAPSHOT, room, job->version, job->data, error) &&
         run_two_numbers (self, DELETE_UPDATES, room, job->version, error);
}

/* Runs @group in one transaction. When anything fails, nothing of it is kept and all get the error. */
static void
run_group (WeftRelayStore *self,
           GPtrArray      *group)
{
  g_autoptr(GError) error = NULL;
  gboolean done = weft_database_begin (self->database, &error);

  for (guint i = 0; done && i < group->len; i++)
    {
      Job *job = group->pdata[i];

      done = job->kind == JOB_APPEND ? run_append (self, job, &error) : run_compact (self, job, &error);
    }

  done = done && weft_database_commit (self->database, &error);
  if (done)
    return;

  weft_database_rollback (self->database);
  for (guint i = 0; i < group->len; i++)
    {
      Job *job = group->pdata[i];

      job->version = 0;
      job->error = g_error_copy (error);
    }
}

static void
answer_job (WeftRelayStore *self,
            Job            *job)
{
  g_mutex_lock (&self->mutex);
  g_queue_push_tail (&self->answers, job);
  g_source_set_ready_time (self->answer_source, 0);
  g_mutex_unlock (&self->mutex);
}

static void
finish_group (WeftRelayStore *self,
              GPtrArray      *group)
{
  if (group->len == 0)
    return;

  run_group (self, group);

  for (guint i = 0; i < group->len; i++)
    answer_job (self, group->pdata[i]);
  g_ptr_array_set_size (group, 0);

  if (weft_database_get_wal_size (self->database) > CHECKPOINT_PAGES)
    {
      g_autoptr(GError) error = NULL;

      if (!weft_database_checkpoint (self->database, &error))
        g_warning ("checkpoint: %s", error->message);
    }
}

static gpointer
store_thread (gpointer data)
{
  WeftRelayStore *self = data;
  g_autoptr(GPtrArray) group = g_ptr_array_new ();
  gsize group_bytes = 0;
  gboolean stopping = FALSE;

  while (!stopping)
    {
      Job *job = group->len > 0 ? g_async_queue_try_pop (self->jobs) : g_async_queue_pop (self->jobs);

      if (job != NULL && (job->kind == JOB_APPEND || job->kind == JOB_COMPACT))
        {
          g_ptr_array_add (group, job);
          group_bytes += g_bytes_get_size (job->data);
          if (group->len < MAX_GROUP_JOBS && group_bytes < MAX_GROUP_BYTES)
            continue;
          job = NULL;
        }

      /* Nothing more waits, the group is full, or a job must see what is in it. */
      finish_group (self, group);
      group_bytes = 0;

      if (job != NULL && job->kind == JOB_LOAD)
        {
          run_load (self, job);
          answer_job (self, job);
        }
      else if (job != NULL)
        {
          stopping = TRUE;
          job_free (job);
        }
    }

  return NULL;
}

/* --- on the owner's thread --- */

static void
note_trouble (WeftRelayStore *self,
              const GError   *error)
{
  if (error != NULL && self->trouble == NULL)
    g_warning ("cannot store: %s", error->message);

  g_free (self->trouble);
  self->trouble = error != NULL ? g_strdup (error->message) : NULL;
}

static gboolean
deliver_answers_cb (gpointer user_data)
{
  WeftRelayStore *self = user_data;
  GQueue answers;
  Job *job;

  g_mutex_lock (&self->mutex);
  answers = self->answers;
  g_queue_init (&self->answers);
  g_source_set_ready_time (self->answer_source, -1);
  g_mutex_unlock (&self->mutex);

  while ((job = g_queue_pop_head (&answers)) != NULL)
    {
      note_trouble (self, job->error);

      if (job->kind == JOB_LOAD)
        job->func.load (job->updates, job->version, job->n_log, job->error, job->user_data);
      else
        job->func.append (job->version, job->error, job->user_data);
      job_free (job);
    }

  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_answers (GSource    *source,
                  GSourceFunc callback,
                  gpointer    user_data)
{
  return callback (user_data);
}

static GSourceFuncs answer_source_funcs = { .dispatch = dispatch_answers };

static char *
get_setting (WeftDatabase *database,
             const char   *name,
             GError      **error)
{
  WeftStatement *query = weft_database_get (database, GET_SETTING);
  g_autofree char *value = NULL;

  weft_statement_bind_text (query, 1, name);
  if (weft_statement_step (query))
    value = g_strdup (weft_statement_get_text (query, 0));

  return weft_statement_finish (query, error) ? g_steal_pointer (&value) : NULL;
}

static gboolean
prepare_notebook_id (WeftRelayStore *self,
                     GError        **error)
{
  g_autoptr(GError) failure = NULL;
  WeftStatement *insert;
  WeftPageId id;

  self->notebook_id = get_setting (self->database, "notebook-id", &failure);
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (self->notebook_id != NULL)
    return TRUE;

  weft_page_id_init_random (&id);
  self->notebook_id = weft_page_id_to_string (&id);
  insert = weft_database_get (self->database, PUT_SETTING);
  weft_statement_bind_text (insert, 1, "notebook-id");
  weft_statement_bind_text (insert, 2, self->notebook_id);
  return weft_statement_finish (insert, error);
}

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

static void
store_free (WeftRelayStore *self)
{
  Job *job;

  while ((job = g_queue_pop_head (&self->answers)) != NULL)
    job_free (job);

  if (self->answer_source != NULL)
    {
      g_source_destroy (self->answer_source);
      g_source_unref (self->answer_source);
    }
  g_clear_pointer (&self->database, weft_database_close);
  g_async_queue_unref (self->jobs);
  g_mutex_clear (&self->mutex);
  g_main_context_unref (self->context);
  g_free (self->notebook_id);
  g_free (self->trouble);
  g_free (self);
}

WeftRelayStore *
weft_relay_store_open (const char *folder,
                       GError    **error)
{
  WeftRelayStore *self;
  g_autofree char *path = g_build_filename (folder, FILE_NAME, NULL);

  if (!make_folder (folder, error))
    return NULL;

  self = g_new0 (WeftRelayStore, 1);
  self->context = g_main_context_ref_thread_default ();
  self->jobs = g_async_queue_new ();
  g_mutex_init (&self->mutex);
  g_queue_init (&self->answers);

  self->database = weft_database_open (path, &schema, error);
  if (self->database != NULL && weft_database_is_read_only (self->database))
    {
      g_set_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_READ_ONLY, "%s cannot be written", path);
      store_free (self);
      return NULL;
    }
  if (self->database == NULL || !prepare_notebook_id (self, error))
    {
      store_free (self);
      return NULL;
    }

  self->answer_source = g_source_new (&answer_source_funcs, sizeof (GSource));
  g_source_set_callback (self->answer_source, deliver_answers_cb, self, NULL);
  g_source_attach (self->answer_source, self->context);
  self->thread = g_thread_new ("relay-store", store_thread, self);
  return self;
}

static Job *
job_new (JobKind     kind,
         const char *room,
         GBytes     *data,
         gpointer    user_data)
{
  Job *job = g_new0 (Job, 1);

  job->kind = kind;
  job->room = g_strdup (room);
  job->data = data != NULL ? g_bytes_ref (data) : NULL;
  job->user_data = user_data;
  return job;
}

void
weft_relay_store_close (WeftRelayStore *self)
{
  g_async_queue_push (self->jobs, job_new (JOB_STOP, NULL, NULL, NULL));
  g_thread_join (self->thread);
  store_free (self);
}

const char *
weft_relay_store_get_notebook_id (WeftRelayStore *self)
{
  return self->notebook_id;
}

const char *
weft_relay_store_get_trouble (WeftRelayStore *self)
{
  return self->trouble;
}

void
weft_relay_store_load (WeftRelayStore   *self,
                       const char       *room,
                       WeftRelayLoadFunc func,
                       gpointer          user_data)
{
  Job *job = job_new (JOB_LOAD, room, NULL, user_data);

  job->func.load = func;
  g_async_queue_push (self->jobs, job);
}

void
weft_relay_store_append (WeftRelayStore     *self,
                         const char         *room,
                         GBytes             *update,
                         WeftRelayAppendFunc func,
                         gpointer            user_data)
{
  Job *job = job_new (JOB_APPEND, room, update, user_data);

  job->func.append = func;
  g_async_queue_push (self->jobs, job);
}

void
weft_relay_store_compact (WeftRelayStore     *self,
                          const char         *room,
                          GBytes             *snapshot,
                          guint64             version,
                          WeftRelayAppendFunc func,
                          gpointer            user_data)
{
  Job *job = job_new (JOB_COMPACT, room, snapshot, user_data);

  job->version = version;
  job->func.append = func;
  g_async_queue_push (self->jobs, job);
}
