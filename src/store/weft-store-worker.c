/* weft-store-worker.c - the thread of a store: its only connection, and what waits for the disk
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "store/weft-store-worker.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "store/weft-doc-builder.h"
#include "store/weft-store-lookup.h"
#include "store/weft-store-opening.h"
#include "store/weft-store-pending.h"
#include "store/weft-store-private.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

/* After the compaction of more than this, the memory that it took goes back to the system. */
#define TRIM_BYTES (16 * 1024 * 1024)

typedef struct
{
  guint64 n_bytes;
  guint64 n_snapshot_bytes;
  guint n_rows;
  gboolean stubborn; /* could not be compacted; left alone for this session */
} LogSize;

struct _WeftStoreWorker
{
  gatomicrefcount ref_count;
  GAsyncQueue *jobs;
  GMainContext *context;
  GWeakRef store;
  GThread *thread;
  gboolean ended; /* under the lock of @jobs */

  /* The thread's own */
  WeftDatabase *database;
  WeftStorePending *pending;
  gint64 due; /* monotonic µs of the next commit; 0: nothing to do */
  gboolean gone; /* the file was not in its place when it was looked for last */
  guint retry_ms;
  gboolean quit;

  /* char * -> LogSize */
  GHashTable *log_sizes;

  /* (element-type Compaction): one is under way at a time */
  GQueue compactions;
  gboolean compacting;
};

typedef void (*JobFunc) (WeftStoreWorker *self, gpointer data);

typedef struct
{
  JobFunc func;
  gpointer data;
  GDestroyNotify destroy;
} Job;

/* What somebody asked; answering steals the task. */
typedef struct
{
  char *name;
  gboolean flag;
  GTask *task;
} Question;

typedef enum
{
  WRITE_UPDATE,
  WRITE_SETTING,
  WRITE_JOURNAL,
  WRITE_SYNC_STATE,
  WRITE_ASSET,
  WRITE_SEEN,
} WriteKind;

typedef struct
{
  WriteKind kind;
  guint64 generation;
  WeftLogRow *row;
  char *key;
  char *text;
  GBytes *bytes;
  WeftStoreSyncState *sync_state;
  guint64 n_bytes;
} Write;

typedef struct
{
  WeftStoreWorker *worker;
  char *doc_id;
  GTask *task; /* (nullable): nobody asked */
  GPtrArray *rows;
  LogSize size; /* of @rows */
  WeftLogRow *snapshot;
  GArray *history;
  GError *error;
} Compaction;

/* What a load works on, away from the thread. */
typedef struct
{
  GPtrArray *rows;
  guint n_damaged;
} Loading;

typedef struct
{
  WeftStoreWorker *worker;
  WeftStoreReport report;
} Report;

static void
job_free (Job *job)
{
  if (job->destroy != NULL)
    job->destroy (job->data);
  g_free (job);
}

static void
push_job (WeftStoreWorker *self,
          JobFunc          func,
          gpointer         data,
          GDestroyNotify   destroy)
{
  Job *job = g_new (Job, 1);

  *job = (Job){ func, data, destroy };

  g_async_queue_lock (self->jobs);
  if (!self->ended)
    g_async_queue_push_unlocked (self->jobs, g_steal_pointer (&job));
  g_async_queue_unlock (self->jobs);

  if (job != NULL)
    job_free (job);
}

static void
question_free (Question *question)
{
  if (question->task != NULL)
    {
      g_task_return_new_error (question->task, WEFT_STORE_ERROR, WEFT_STORE_ERROR_CLOSED,
                               _ ("The notebook was closed"));
      g_object_unref (question->task);
    }

  g_free (question->name);
  g_free (question);
}

static void
ask (WeftStoreWorker *self,
     JobFunc          func,
     const char      *name,
     gboolean         flag,
     GTask           *task)
{
  Question *question = g_new (Question, 1);

  *question = (Question){ g_strdup (name), flag, task };
  push_job (self, func, question, (GDestroyNotify) question_free);
}

static void
compaction_free (Compaction *self)
{
  if (self->task != NULL)
    {
      g_task_return_new_error (self->task, WEFT_STORE_ERROR, WEFT_STORE_ERROR_CLOSED,
                               _ ("The notebook was closed"));
      g_object_unref (self->task);
    }

  weft_store_worker_unref (self->worker);
  g_free (self->doc_id);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_pointer (&self->snapshot, weft_log_row_free);
  g_clear_pointer (&self->history, g_array_unref);
  g_clear_error (&self->error);
  g_free (self);
}

static void
loading_free (Loading *self)
{
  g_ptr_array_unref (self->rows);
  g_free (self);
}

void
weft_store_loaded_free (WeftStoreLoaded *self)
{
  g_clear_pointer (&self->doc, weft_doc_free);
  g_free (self);
}

/* Reports */

static void
report_free (Report *self)
{
  weft_store_worker_unref (self->worker);
  g_clear_pointer (&self->report.last_seqs, g_hash_table_unref);
  g_clear_error (&self->report.error);
  g_free (self);
}

static gboolean
deliver_report_cb (gpointer user_data)
{
  Report *self = user_data;
  g_autoptr(WeftStore) store = g_weak_ref_get (&self->worker->store);

  if (store != NULL)
    weft_store_take_report (store, &self->report);

  return G_SOURCE_REMOVE;
}

static void
send_report (WeftStoreWorker *self,
             const GError    *error)
{
  g_autoptr(GSource) source = g_idle_source_new ();
  Report *report = g_new0 (Report, 1);
  GPtrArray *updates = self->pending->updates;

  report->worker = weft_store_worker_ref (self);
  if (error != NULL)
    report->report.error = g_error_copy (error);
  else
    {
      report->report.generation = self->pending->generation;
      report->report.last_seqs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

      for (guint i = 0; i < updates->len; i++)
        {
          const WeftLogRow *row = g_ptr_array_index (updates, i);

          report->report.last_seq = row->seq;
          g_hash_table_replace (report->report.last_seqs, g_strdup (row->doc_id),
                                g_memdup2 (&row->seq, sizeof row->seq));
        }
    }

  /* Not at idle priority: sending to the others waits for it. */
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, deliver_report_cb, report, (GDestroyNotify) report_free);
  g_source_attach (source, self->context);
}

/* Sizes of logs, to know when one has grown long */

static LogSize *
get_log_size (WeftStoreWorker *self,
              const char      *doc_id)
{
  LogSize *size = g_hash_table_lookup (self->log_sizes, doc_id);

  if (size == NULL)
    {
      size = g_new0 (LogSize, 1);
      g_hash_table_insert (self->log_sizes, g_strdup (doc_id), size);
    }

  return size;
}

static void
count_row (LogSize          *size,
           const WeftLogRow *row)
{
  if (row->kind == WEFT_ROW_SNAPSHOT || g_bytes_get_size (row->data) > WEFT_STORE_WHOLE_BYTES)
    size->n_snapshot_bytes += g_bytes_get_size (row->data);
  else
    {
      size->n_rows++;
      size->n_bytes += g_bytes_get_size (row->data);
    }
}

static gboolean
is_long (const LogSize *size)
{
  if (size->stubborn)
    return FALSE;

  return size->n_rows >= MAX (WEFT_STORE_COMPACT_ROWS, size->n_snapshot_bytes / WEFT_STORE_BYTES_PER_ROW)
         || (size->n_rows > 1
             && size->n_bytes >= MAX (WEFT_STORE_COMPACT_BYTES, size->n_snapshot_bytes));
}

static void
queue_compaction (WeftStoreWorker *self,
                  const char      *doc_id,
                  GTask           *task)
{
  Compaction *compaction = g_new0 (Compaction, 1);

  compaction->worker = weft_store_worker_ref (self);
  compaction->doc_id = g_strdup (doc_id);
  compaction->task = task;
  g_queue_push_tail (&self->compactions, compaction);
}

static void
compact_when_long (WeftStoreWorker *self,
                   const char      *doc_id)
{
  const LogSize *size = get_log_size (self, doc_id);

  if (!is_long (size))
    return;

  for (GList *l = self->compactions.head; l != NULL; l = l->next)
    if (g_str_equal (((Compaction *) l->data)->doc_id, doc_id))
      return;

  queue_compaction (self, doc_id, NULL);
}

/* Committing */

static void
checkpoint_when_long (WeftStoreWorker *self)
{
  g_autoptr(GError) error = NULL;

  /* What is committed is safe in the log; a full disk only makes it wait there. */
  if (weft_database_get_wal_size (self->database) >= WEFT_STORE_CHECKPOINT_PAGES
      && !weft_database_checkpoint (self->database, &error))
    g_message ("The log is not brought into the file yet: %s", error->message);
}

/* What is written next must not make the log longer than it may be. */
static void
make_room_in_log (WeftStoreWorker *self)
{
  GPtrArray *updates = self->pending->updates;
  gsize n_bytes = 0;

  for (guint i = 0; i < updates->len; i++)
    n_bytes += g_bytes_get_size (((WeftLogRow *) g_ptr_array_index (updates, i))->data);

  if (n_bytes > WEFT_STORE_TRANSACTION_BYTES && weft_database_get_wal_size (self->database) > 0)
    weft_database_checkpoint (self->database, NULL);
}

static void
note_committed (WeftStoreWorker *self)
{
  GPtrArray *updates = self->pending->updates;

  send_report (self, NULL);

  for (guint i = 0; i < updates->len; i++)
    {
      const WeftLogRow *row = g_ptr_array_index (updates, i);

      count_row (get_log_size (self, row->doc_id), row);
    }

  for (guint i = 0; i < updates->len; i++)
    compact_when_long (self, ((WeftLogRow *) g_ptr_array_index (updates, i))->doc_id);

  weft_store_pending_clear (self->pending);
}

/* Moves from @updates on what one transaction takes to @rest. */
static void
split_updates (GPtrArray *updates,
               GPtrArray *rest)
{
  gsize n_bytes = 0;
  guint n = 0;

  for (; n < updates->len; n++)
    {
      n_bytes += g_bytes_get_size (((WeftLogRow *) g_ptr_array_index (updates, n))->data);
      if (n > 0 && n_bytes > WEFT_STORE_TRANSACTION_BYTES)
        break;
    }

  for (guint i = n; i < updates->len; i++)
    g_ptr_array_add (rest, g_ptr_array_index (updates, i));
  while (updates->len > n)
    g_ptr_array_steal_index (updates, updates->len - 1);
}

/* Much that waits is written in several transactions, in order; what is no update goes with the last. */
static gboolean
commit_surplus (WeftStoreWorker *self,
                GError         **error)
{
  gboolean written = TRUE;

  while (written)
    {
      g_autoptr(GPtrArray) rest = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_log_row_free);
      WeftStorePending *all = self->pending;
      g_autoptr(WeftStorePending) first = NULL;

      split_updates (all->updates, rest);
      if (rest->len == 0)
        return TRUE;

      first = weft_store_pending_new ();
      g_clear_pointer (&first->updates, g_ptr_array_unref);
      first->updates = g_steal_pointer (&all->updates);

      self->pending = first;
      make_room_in_log (self);
      written = weft_store_pending_write (first, self->database, error);
      if (written)
        note_committed (self);
      self->pending = all;

      /* Refused, it is again before the rest. */
      for (guint i = 0; i < rest->len; i++)
        g_ptr_array_add (first->updates, g_ptr_array_index (rest, i));
      g_ptr_array_set_free_func (rest, NULL);
      all->updates = g_steal_pointer (&first->updates);
      first->updates = g_ptr_array_new ();
      checkpoint_when_long (self);
    }

  return FALSE;
}

/* What is written into a file that has its name no more is lost with it, though the system takes it. */
static gboolean
is_in_place (WeftStoreWorker *self,
             GError         **error)
{
  gboolean was_gone = self->gone;

  if (weft_database_is_overwritten (self->database))
    {
      g_set_error_literal (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_OVERWRITTEN,
                           _ ("Another program wrote over the file"));
      return FALSE;
    }

  self->gone = weft_database_has_moved (self->database);
  if (!self->gone)
    return TRUE;

  /* Then the file is whole without its log, which stayed behind if it was moved, and which would be taken for the
   * log of whatever has the name now. */
  if (!was_gone)
    weft_database_checkpoint (self->database, NULL);

  g_set_error_literal (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_GONE,
                       _ ("The file was moved, deleted or replaced"));
  return FALSE;
}

static gboolean
commit (WeftStoreWorker *self,
        GError         **error)
{
  g_autoptr(GError) failure = NULL;
  gboolean was_gone = self->gone;
  gboolean read_only = weft_database_is_read_only (self->database);
  gboolean in_place = read_only || is_in_place (self, &failure);

  if (in_place && !was_gone && weft_store_pending_is_empty (self->pending))
    return TRUE;

  if (read_only)
    g_set_error_literal (&failure, WEFT_STORE_ERROR, WEFT_STORE_ERROR_READ_ONLY,
                         _ ("The file cannot be written"));
  else if (in_place && commit_surplus (self, &failure))
    {
      make_room_in_log (self);
      weft_store_pending_write (self->pending, self->database, &failure);
    }

  if (failure == NULL)
    {
      note_committed (self);
      self->due = 0;
      self->retry_ms = 0;
      checkpoint_when_long (self);
      return TRUE;
    }

  self->retry_ms = CLAMP (self->retry_ms * 2, WEFT_STORE_RETRY_MIN_MS, WEFT_STORE_RETRY_MAX_MS);
  self->due = g_get_monotonic_time () + self->retry_ms * G_TIME_SPAN_MILLISECOND;
  send_report (self, failure);
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

/* The first write since the last commit starts the clock; while the disk refuses, the retry does.
 */
static void
note_write (WeftStoreWorker *self,
            guint64          generation)
{
  self->pending->generation = generation;
  if (self->due == 0)
    self->due = g_get_monotonic_time () + WEFT_STORE_COMMIT_MS * G_TIME_SPAN_MILLISECOND;
}

#define COUNT_PAGES "SELECT freelist_count, page_count FROM pragma_freelist_count, pragma_page_count"

/* What a compaction freed is mostly used again soon; a lot of it is given back. */
static void
shrink (WeftStoreWorker *self)
{
  g_autoptr(GError) error = NULL;
  WeftStatement *query = weft_database_get (self->database, COUNT_PAGES);
  gint64 n_free = 0;
  gint64 n_all = 0;

  if (weft_statement_step (query))
    {
      n_free = weft_statement_get_int64 (query, 0);
      n_all = weft_statement_get_int64 (query, 1);
    }
  if (!weft_statement_finish (query, NULL) || n_free < WEFT_STORE_FREE_PAGES || n_free < n_all / 4)
    return;

  if (!weft_database_run (self->database, "PRAGMA incremental_vacuum (1024)", &error))
    g_message ("Free pages stay in the file: %s", error->message);
}

/* Compaction: the rows are read here, the snapshot is made elsewhere, and put in their place here
 */

static void
end_compaction (WeftStoreWorker *self,
                Compaction      *compaction)
{
  g_autoptr(GTask) task = g_steal_pointer (&compaction->task);
  LogSize *size = get_log_size (self, compaction->doc_id);

  if (compaction->error != NULL)
    {
      g_message ("“%s” is not compacted: %s", compaction->doc_id, compaction->error->message);

      /* A full disk passes, and a file comes back; what the rows hold does not. */
      size->stubborn = compaction->error->code != WEFT_STORE_ERROR_FULL
                       && compaction->error->code != WEFT_STORE_ERROR_GONE
                       && compaction->error->code != WEFT_STORE_ERROR_OVERWRITTEN;
      if (task != NULL)
        g_task_return_error (task, g_steal_pointer (&compaction->error));
    }
  else if (task != NULL)
    g_task_return_boolean (task, TRUE);

  self->compacting = FALSE;
}

static void
finish_compaction_job (WeftStoreWorker *self,
                       gpointer         data)
{
  Compaction *compaction = data;

  if (compaction->error == NULL && is_in_place (self, &compaction->error)
      && weft_log_replace (self->database, compaction->rows, compaction->snapshot,
                           compaction->history, &compaction->error))
    {
      LogSize *size = get_log_size (self, compaction->doc_id);

      /* What was committed meanwhile stays counted. */
      size->n_rows -= MIN (size->n_rows, compaction->size.n_rows);
      size->n_bytes -= MIN (size->n_bytes, compaction->size.n_bytes);
      size->n_snapshot_bytes = g_bytes_get_size (compaction->snapshot->data);
      shrink (self);
      checkpoint_when_long (self);
    }

  end_compaction (self, compaction);
}

static void
build_snapshot_cb (GTask        *task,
                   gpointer      source_object,
                   gpointer      task_data,
                   GCancellable *cancellable)
{
  Compaction *compaction = task_data;
  WeftStoreWorker *worker = compaction->worker;

  compaction->snapshot = weft_snapshot_build (compaction->rows, &compaction->history,
                                              &compaction->error);
#ifdef __GLIBC__
  if (compaction->size.n_bytes + compaction->size.n_snapshot_bytes > TRIM_BYTES)
    malloc_trim (0);
#endif
  push_job (worker, finish_compaction_job, compaction, (GDestroyNotify) compaction_free);
  g_task_return_boolean (task, TRUE);
}

static gboolean
needs_compaction (GPtrArray *rows)
{
  return rows->len > 1
         || (rows->len == 1
             && ((WeftLogRow *) g_ptr_array_index (rows, 0))->kind != WEFT_ROW_SNAPSHOT);
}

static void
start_compaction (WeftStoreWorker *self)
{
  Compaction *compaction = g_queue_pop_head (&self->compactions);
  guint n_damaged = 0;

  self->compacting = TRUE;
  if (weft_database_is_read_only (self->database))
    g_set_error_literal (&compaction->error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_READ_ONLY,
                         _ ("The file cannot be written"));
  else
    compaction->rows = weft_log_read (self->database, compaction->doc_id, &n_damaged,
                                      &compaction->error);

  if (compaction->rows == NULL || !needs_compaction (compaction->rows))
    {
      end_compaction (self, compaction);
      compaction_free (compaction);
    }
  else
    {
      g_autoptr(GTask) task = g_task_new (NULL, NULL, NULL, NULL);

      for (guint i = 0; i < compaction->rows->len; i++)
        count_row (&compaction->size, g_ptr_array_index (compaction->rows, i));
      g_task_set_task_data (task, compaction, NULL);
      g_task_run_in_thread (task, build_snapshot_cb);
    }
}

/* Jobs: writes */

static void
write_free (Write *write)
{
  g_clear_pointer (&write->row, weft_log_row_free);
  g_clear_pointer (&write->sync_state, weft_store_sync_state_free);
  g_clear_pointer (&write->bytes, g_bytes_unref);
  g_free (write->key);
  g_free (write->text);
  g_free (write);
}

static void
write_job (WeftStoreWorker *self,
           gpointer         data)
{
  Write *write = data;

  switch (write->kind)
    {
    case WRITE_UPDATE:
      g_ptr_array_add (self->pending->updates, g_steal_pointer (&write->row));
      break;

    case WRITE_SETTING:
      g_hash_table_replace (self->pending->settings, g_steal_pointer (&write->key),
                            g_steal_pointer (&write->text));
      break;

    case WRITE_JOURNAL:
      g_hash_table_replace (self->pending->journal, g_steal_pointer (&write->key),
                            g_steal_pointer (&write->bytes));
      break;

    case WRITE_SYNC_STATE:
      weft_store_pending_set_sync_state (self->pending, g_steal_pointer (&write->sync_state));
      break;

    case WRITE_ASSET:
      weft_store_pending_set_asset (self->pending, write->key, write->text, write->n_bytes);
      break;

    case WRITE_SEEN:
      g_hash_table_replace (self->pending->seen, g_steal_pointer (&write->key),
                            g_steal_pointer (&write->bytes));
      break;

    default:
      g_assert_not_reached ();
    }

  note_write (self, write->generation);
}

static void
push_write (WeftStoreWorker *self,
            const Write     *write)
{
  push_job (self, write_job, g_memdup2 (write, sizeof *write), (GDestroyNotify) write_free);
}

/* Jobs: questions */

static void
flush_job (WeftStoreWorker *self,
           gpointer         data)
{
  Question *question = data;
  g_autoptr(GTask) task = g_steal_pointer (&question->task);
  g_autoptr(GError) error = NULL;

  if (commit (self, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
check_place_job (WeftStoreWorker *self,
                 gpointer         data)
{
  if (weft_database_has_moved (self->database) != self->gone || weft_database_is_overwritten (self->database))
    commit (self, NULL);
}

/* Work of others on the database */

typedef struct
{
  WeftStoreDatabaseFunc func;
  gpointer data;
  GDestroyNotify destroy;
} Guest;

static void
guest_free (Guest *guest)
{
  guest->destroy (guest->data);
  g_free (guest);
}

static void
guest_job (WeftStoreWorker *self,
           gpointer         data)
{
  Guest *guest = data;

  guest->func (self, self->database, guest->data);
}

/* A connection cannot be closed while a backup is made of it. */
static void
end_guests (WeftStoreWorker *self)
{
  g_autoptr(GPtrArray) guests = g_ptr_array_new_with_free_func ((GDestroyNotify) job_free);
  GQueue others = G_QUEUE_INIT;
  Job *job;

  g_async_queue_lock (self->jobs);
  while ((job = g_async_queue_try_pop_unlocked (self->jobs)) != NULL)
    if (job->func == guest_job)
      g_ptr_array_add (guests, job);
    else
      g_queue_push_tail (&others, job);
  while ((job = g_queue_pop_head (&others)) != NULL)
    g_async_queue_push_unlocked (self->jobs, job);
  g_async_queue_unlock (self->jobs);
}

static void
close_job (WeftStoreWorker *self,
           gpointer         data)
{
  Question *question = data;
  g_autoptr(GTask) task = g_steal_pointer (&question->task);
  g_autoptr(GError) error = NULL;

  if (!commit (self, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  end_guests (self);
  g_clear_pointer (&self->database, weft_database_close);
  self->quit = TRUE;
  g_task_return_boolean (task, TRUE);
}

static void
stop_job (WeftStoreWorker *self,
          gpointer         data)
{
  g_autoptr(GError) error = NULL;

  if (!commit (self, &error))
    g_message ("%u updates are lost, the notebook could not be saved: %s",
               self->pending->updates->len, error->message);
  self->quit = TRUE;
}

static void
build_doc_cb (GTask        *task,
              gpointer      source_object,
              gpointer      task_data,
              GCancellable *cancellable)
{
  Loading *loading = task_data;
  GPtrArray *rows = loading->rows;
  WeftStoreLoaded *loaded;
  guint n_refused = 0;

  if (g_task_return_error_if_cancelled (task))
    return;

  loaded = g_new0 (WeftStoreLoaded, 1);
  loaded->doc = weft_doc_build (rows, &n_refused);
  loaded->info.n_updates = rows->len - n_refused;
  loaded->info.n_damaged = loading->n_damaged + n_refused;
  for (guint i = 0; i < rows->len; i++)
    {
      const WeftLogRow *row = g_ptr_array_index (rows, i);

      loaded->info.last_seq = row->seq;
      loaded->info.last_time = MAX (loaded->info.last_time, row->time);
    }

  g_task_return_pointer (task, loaded, (GDestroyNotify) weft_store_loaded_free);
}

static void
measure_log (WeftStoreWorker *self,
             const char      *doc_id,
             GPtrArray       *rows)
{
  LogSize *size = get_log_size (self, doc_id);

  *size = (LogSize){ .stubborn = size->stubborn };
  for (guint i = 0; i < rows->len; i++)
    count_row (size, g_ptr_array_index (rows, i));

  if (!weft_database_is_read_only (self->database))
    compact_when_long (self, doc_id);
}

static void
load_job (WeftStoreWorker *self,
          gpointer         data)
{
  Question *question = data;
  g_autoptr(GTask) task = g_steal_pointer (&question->task);
  g_autoptr(GError) error = NULL;
  Loading *loading = g_new0 (Loading, 1);

  loading->rows = weft_log_read (self->database, question->name, &loading->n_damaged, &error);
  if (loading->rows == NULL)
    {
      g_free (loading);
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  measure_log (self, question->name, loading->rows);

  /* What is not on the disk yet is part of the document nonetheless. */
  for (guint i = 0; i < self->pending->updates->len; i++)
    {
      const WeftLogRow *row = g_ptr_array_index (self->pending->updates, i);

      if (g_str_equal (row->doc_id, question->name))
        g_ptr_array_add (loading->rows, weft_log_row_new (row->doc_id, row->seq, row->kind,
                                                          row->time, g_bytes_ref (row->data)));
    }

  g_task_set_task_data (task, loading, (GDestroyNotify) loading_free);
  g_task_run_in_thread (task, build_doc_cb);
}

static void
compact_job (WeftStoreWorker *self,
             gpointer         data)
{
  Question *question = data;

  commit (self, NULL);
  queue_compaction (self, question->name, g_steal_pointer (&question->task));
}

static void
describe_doc_job (WeftStoreWorker *self,
                  gpointer         data)
{
  Question *question = data;
  g_autoptr(GTask) task = g_steal_pointer (&question->task);
  WeftStoreDocInfo *info = NULL;
  GError *error = NULL;

  if (weft_store_find_doc (self->database, self->pending, question->name, &info, &error))
    g_task_return_pointer (task, info, (GDestroyNotify) weft_store_doc_info_free);
  else
    g_task_return_error (task, error);
}

/* Answers with @list, or with @error where it is %NULL. */
static void
answer_list (GTask     *task,
             GPtrArray *list,
             GError    *error)
{
  if (list != NULL)
    g_task_return_pointer (task, list, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

static void
list_docs_job (WeftStoreWorker *self,
               gpointer         data)
{
  Question *question = data;
  g_autoptr(GTask) task = g_steal_pointer (&question->task);
  GError *error = NULL;
  GPtrArray *docs = weft_store_find_docs (self->database, self->pending, &error);

  answer_list (task, docs, error);
}

static void
list_sync_states_job (WeftStoreWorker *self,
                      gpointer         data)
{
  Question *question = data;
  g_autoptr(GTask) task = g_steal_pointer (&question->task);
  GError *error = NULL;
  GPtrArray *states = weft_store_find_sync_states (self->database, self->pending, question->name, question->flag,
                                                   &error);

  answer_list (task, states, error);
}

static void
lookup_asset_job (WeftStoreWorker *self,
                  gpointer         data)
{
  Question *question = data;
  g_autoptr(GTask) task = g_steal_pointer (&question->task);
  char *doc_id = NULL;
  GError *error = NULL;

  if (weft_store_find_asset (self->database, self->pending, question->name, &doc_id, &error))
    g_task_return_pointer (task, doc_id, g_free);
  else
    g_task_return_error (task, error);
}

/* A task calls its free function for %NULL too. */
static void
bytes_free (gpointer bytes)
{
  if (bytes != NULL)
    g_bytes_unref (bytes);
}

static void
lookup_seen_job (WeftStoreWorker *self,
                 gpointer         data)
{
  Question *question = data;
  g_autoptr(GTask) task = g_steal_pointer (&question->task);
  GBytes *snapshot = NULL;
  GError *error = NULL;

  if (weft_store_find_seen (self->database, self->pending, question->name, &snapshot, &error))
    g_task_return_pointer (task, snapshot, bytes_free);
  else
    g_task_return_error (task, error);
}

/* The thread */

static Job *
wait_for_job (WeftStoreWorker *self)
{
  gint64 now;

  if (self->due == 0)
    return g_async_queue_pop (self->jobs);

  now = g_get_monotonic_time ();
  if (self->due <= now)
    return g_async_queue_try_pop (self->jobs);

  return g_async_queue_timeout_pop (self->jobs, (guint64) (self->due - now));
}

static void
work (WeftStoreWorker *self)
{
  while (!self->quit)
    {
      Job *job = wait_for_job (self);

      if (job != NULL)
        {
          job->func (self, job->data);
          job_free (job);
        }

      if (!self->quit && self->due != 0 && self->due <= g_get_monotonic_time ())
        commit (self, NULL);

      if (!self->quit && !self->compacting && self->compactions.length > 0)
        start_compaction (self);
    }
}

/* Answers everybody who still waits. */
static void
end_work (WeftStoreWorker *self)
{
  g_autoptr(GPtrArray) left = g_ptr_array_new_with_free_func ((GDestroyNotify) job_free);
  Job *job;

  end_guests (self);
  g_async_queue_lock (self->jobs);
  self->ended = TRUE;
  while ((job = g_async_queue_try_pop_unlocked (self->jobs)) != NULL)
    g_ptr_array_add (left, job);
  g_async_queue_unlock (self->jobs);

  g_queue_clear_full (&self->compactions, (GDestroyNotify) compaction_free);
  g_clear_pointer (&self->database, weft_database_close);
}

typedef struct
{
  WeftStoreWorker *worker;
  GTask *task;
  GFile *file;
} Start;

static void
hand_over (WeftStoreWorker *self,
           WeftStoreOpened *opened,
           GTask           *task)
{
  WeftStore *store = weft_store_new_opened (self, opened);

  g_weak_ref_set (&self->store, store);
  g_task_return_pointer (task, store, g_object_unref);
  g_object_unref (task);
}

static gpointer
run_thread (gpointer data)
{
  g_autofree Start *start = data;
  WeftStoreWorker *self = start->worker;
  g_autoptr(GTask) task = g_steal_pointer (&start->task);
  g_autoptr(GFile) file = g_steal_pointer (&start->file);
  g_autoptr(GError) error = NULL;
  WeftStoreOpened opened = { 0 };

  self->database = weft_store_open_database (file, &opened, &error);
  if (self->database == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      end_work (self);
      weft_store_worker_unref (self);
      return NULL;
    }

  hand_over (self, &opened, g_steal_pointer (&task));
  work (self);
  end_work (self);
  weft_store_worker_unref (self);
  return NULL;
}

void
weft_store_worker_start (GTask *task,
                         GFile *file)
{
  WeftStoreWorker *self = g_new0 (WeftStoreWorker, 1);
  Start *start = g_new (Start, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->jobs = g_async_queue_new_full ((GDestroyNotify) job_free);
  self->context = g_main_context_ref (g_task_get_context (task));
  g_weak_ref_init (&self->store, NULL);
  self->pending = weft_store_pending_new ();
  self->log_sizes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  *start = (Start){ weft_store_worker_ref (self), task, g_object_ref (file) };
  self->thread = g_thread_new ("weft-store", run_thread, start);
  weft_store_worker_unref (self);
}

WeftStoreWorker *
weft_store_worker_ref (WeftStoreWorker *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
weft_store_worker_unref (WeftStoreWorker *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_pointer (&self->thread, g_thread_unref);
  g_async_queue_unref (self->jobs);
  g_main_context_unref (self->context);
  g_weak_ref_clear (&self->store);
  weft_store_pending_free (self->pending);
  g_hash_table_unref (self->log_sizes);
  g_free (self);
}

void
weft_store_worker_stop (WeftStoreWorker *self)
{
  push_job (self, stop_job, NULL, NULL);

  /* The last reference to the store may end on the thread itself. */
  if (g_thread_self () != self->thread)
    g_thread_join (g_steal_pointer (&self->thread));
}

void
weft_store_worker_check_place (WeftStoreWorker *self)
{
  push_job (self, check_place_job, NULL, NULL);
}

gboolean
weft_store_worker_write_waiting (WeftStoreWorker *self,
                                 WeftDatabase    *copy,
                                 GError         **error)
{
  return weft_store_pending_is_empty (self->pending) || weft_store_pending_write (self->pending, copy, error);
}

void
weft_store_worker_append (WeftStoreWorker *self,
                          WeftLogRow      *row,
                          guint64          generation)
{
  push_write (self, &(Write){ .kind = WRITE_UPDATE, .generation = generation, .row = row });
}

void
weft_store_worker_set_value (WeftStoreWorker *self,
                             const char      *name,
                             const char      *value,
                             guint64          generation)
{
  push_write (self, &(Write){ .kind = WRITE_SETTING,
                              .generation = generation,
                              .key = g_strdup (name),
                              .text = g_strdup (value) });
}

void
weft_store_worker_set_journal (WeftStoreWorker *self,
                               const char      *key,
                               GBytes          *value,
                               guint64          generation)
{
  push_write (self, &(Write){ .kind = WRITE_JOURNAL,
                              .generation = generation,
                              .key = g_strdup (key),
                              .bytes = value != NULL ? g_bytes_ref (value) : NULL });
}

void
weft_store_worker_set_sync_state (WeftStoreWorker    *self,
                                  WeftStoreSyncState *state,
                                  guint64             generation)
{
  push_write (self,
              &(Write){ .kind = WRITE_SYNC_STATE, .generation = generation, .sync_state = state });
}

void
weft_store_worker_set_asset (WeftStoreWorker *self,
                             const char      *sha256,
                             const char      *doc_id,
                             guint64          n_bytes,
                             guint64          generation)
{
  push_write (self, &(Write){ .kind = WRITE_ASSET,
                              .generation = generation,
                              .key = g_strdup (sha256),
                              .text = g_strdup (doc_id),
                              .n_bytes = n_bytes });
}

void
weft_store_worker_set_seen (WeftStoreWorker *self,
                            const char      *doc_id,
                            GBytes          *snapshot,
                            guint64          generation)
{
  push_write (self, &(Write){ .kind = WRITE_SEEN,
                              .generation = generation,
                              .key = g_strdup (doc_id),
                              .bytes = g_bytes_ref (snapshot) });
}

void
weft_store_worker_flush (WeftStoreWorker *self,
                         GTask           *task)
{
  ask (self, flush_job, NULL, FALSE, task);
}

void
weft_store_worker_close (WeftStoreWorker *self,
                         GTask           *task)
{
  ask (self, close_job, NULL, FALSE, task);
}

void
weft_store_worker_load (WeftStoreWorker *self,
                        const char      *doc_id,
                        GTask           *task)
{
  ask (self, load_job, doc_id, FALSE, task);
}

void
weft_store_worker_compact (WeftStoreWorker *self,
                           const char      *doc_id,
                           GTask           *task)
{
  ask (self, compact_job, doc_id, FALSE, task);
}

void
weft_store_worker_list_docs (WeftStoreWorker *self,
                             GTask           *task)
{
  ask (self, list_docs_job, NULL, FALSE, task);
}

void
weft_store_worker_list_sync_states (WeftStoreWorker *self,
                                    const char      *relay,
                                    gboolean         only_unsynced,
                                    GTask           *task)
{
  ask (self, list_sync_states_job, relay, only_unsynced, task);
}

void
weft_store_worker_describe_doc (WeftStoreWorker *self,
                                const char      *doc_id,
                                GTask           *task)
{
  ask (self, describe_doc_job, doc_id, FALSE, task);
}

void
weft_store_worker_lookup_asset (WeftStoreWorker *self,
                                const char      *sha256,
                                GTask           *task)
{
  ask (self, lookup_asset_job, sha256, FALSE, task);
}

void
weft_store_worker_lookup_seen (WeftStoreWorker *self,
                               const char      *doc_id,
                               GTask           *task)
{
  ask (self, lookup_seen_job, doc_id, FALSE, task);
}

void
weft_store_worker_with_database (WeftStoreWorker      *self,
                                 WeftStoreDatabaseFunc func,
                                 gpointer              data,
                                 GDestroyNotify        destroy)
{
  Guest *guest = g_new (Guest, 1);

  *guest = (Guest){ func, data, destroy };
  push_job (self, guest_job, guest, (GDestroyNotify) guest_free);
}
