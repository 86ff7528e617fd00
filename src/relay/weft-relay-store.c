/* weft-relay-store.c - what the relay keeps: an update log and a snapshot for each room
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The thread takes whatever jobs are queued, runs the writing ones in one transaction, commits, and
 * only then posts the answers.
 */

#include "config.h"

#include "relay/weft-relay-store.h"

#include "notebook/weft-page-id.h"
#include "relay/weft-relay-postgres.h"
#include "relay/weft-relay-sqlite.h"

#include <errno.h>
#include <gio/gio.h>

/* Where a group had this many updates, the next may take longer to fill: what a commit costs hardly grows with it. */
#define BUSY_GROUP_UPDATES 3

/* A group of commits ends here, so that the first in it does not wait for ever. */
#define MAX_GROUP_JOBS  2000
#define MAX_GROUP_BYTES (64 * 1024 * 1024)

/* While nothing can be stored, it is tried this often whether that is still so. */
#define TROUBLE_PROBE_US G_USEC_PER_SEC

#define SETTING_PROBE    "probe"

const double weft_relay_store_buckets[] = { 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5 };

typedef enum
{
  JOB_LOAD,
  JOB_LOAD_SINCE,
  JOB_APPEND,
  JOB_COMPACT,
  JOB_PROBE,
  JOB_RUN,
  JOB_FREEZE,
  JOB_STOP,
} JobKind;

typedef struct
{
  JobKind             kind;
  WeftRelayStorePort *port;    /* %NULL: nobody waits for the answer */
  char               *room;
  GBytes             *data;
  guint64             version; /* COMPACT, LOAD_SINCE: asked for; else, and then, the answer */
  union
  {
    WeftRelayLoadFunc   load;
    WeftRelayAppendFunc append;
    WeftRelayDoneFunc   done;
    WeftRelayFreezeFunc freeze;
  } func;
  gpointer            user_data;

  /* RUN */
  WeftRelayWorkFunc   work;
  GDestroyNotify      destroy; /* nullable: of @user_data */

  /* The answer */
  GPtrArray          *updates;
  guint               n_log;
  GError             *error;
} Job;

struct _WeftRelayStorePort
{
  gatomicrefcount  ref_count; /* one for the owner, one for each job under way */
  WeftRelayStore  *store;
  GMainContext    *context;
  GMutex           mutex;
  GQueue           answers;   /* of Job; guarded by @mutex */
  GSource         *source;    /* guarded by @mutex; %NULL: closed */
};

struct _WeftRelayStore
{
  /* Set once */
  WeftRelayBackend      *backend;
  GThread               *thread;
  char                  *notebook_id;
  gint64                 group_us;
  gint64                 busy_group_us;

  /* Shared */
  GAsyncQueue           *jobs;
  GMutex                 mutex;
  char                  *trouble;  /* guarded by @mutex */
  WeftRelayStoreCounters counters; /* guarded by @mutex */

  /* The store's thread */
  gint64                 committed_us; /* when the last group was */
  guint                  n_committed;  /* jobs in it */
  gboolean               troubled;
  guint64                n_probes;
};

static void port_unref (WeftRelayStorePort *port);

static void
job_free (Job *job)
{
  g_clear_pointer (&job->port, port_unref);
  g_free (job->room);
  g_clear_pointer (&job->data, g_bytes_unref);
  g_clear_pointer (&job->updates, g_ptr_array_unref);
  g_clear_error (&job->error);
  if (job->destroy != NULL)
    job->destroy (job->user_data);
  g_free (job);
}

/* --- on the store's thread --- */

static void
answer_job (Job *job)
{
  WeftRelayStorePort *port = job->port;
  gboolean taken = FALSE;

  if (port != NULL)
    {
      g_mutex_lock (&port->mutex);
      if (port->source != NULL)
        {
          g_queue_push_tail (&port->answers, job);
          if (port->answers.length == 1)
            g_source_set_ready_time (port->source, 0);
          taken = TRUE;
        }
      g_mutex_unlock (&port->mutex);
    }

  if (!taken)
    job_free (job);
}

static void
note_trouble (WeftRelayStore *self,
              const GError   *error)
{
  gboolean was_troubled = self->troubled;

  self->troubled = error != NULL;
  if (!was_troubled && error == NULL)
    return;

  if (!was_troubled)
    g_warning ("cannot store: %s", error->message);
  else if (error == NULL)
    g_message ("can store again");

  g_mutex_lock (&self->mutex);
  g_free (self->trouble);
  self->trouble = error != NULL ? g_strdup (error->message) : NULL;
  g_mutex_unlock (&self->mutex);
}

static void
count_commit (WeftRelayStore *self,
              GPtrArray      *group,
              gint64          commit_us,
              gboolean        done)
{
  guint bucket = 0;

  while (bucket < WEFT_RELAY_STORE_N_BUCKETS - 1 &&
         (double) commit_us > weft_relay_store_buckets[bucket] * G_USEC_PER_SEC)
    bucket++;

  g_mutex_lock (&self->mutex);
  self->counters.n_commits += done;
  self->counters.n_failed += !done;
  self->counters.commit_us += (guint64) commit_us;
  self->counters.commits[bucket]++;
  for (guint i = 0; done && i < group->len; i++)
    {
      const Job *job = group->pdata[i];

      if (job->kind == JOB_APPEND)
        {
          self->counters.n_updates++;
          self->counters.n_bytes += g_bytes_get_size (job->data);
        }
    }
  g_mutex_unlock (&self->mutex);
}

static gboolean
run_writing (WeftRelayStore *self,
             Job            *job,
             GError        **error)
{
  const WeftRelayBackendFuncs *funcs = self->backend->funcs;
  g_autofree char *number = NULL;

  switch (job->kind)
    {
    case JOB_APPEND:
      return funcs->append (self->backend, job->room, job->data, &job->version, error);
    case JOB_COMPACT:
      return funcs->compact (self->backend, job->room, job->data, job->version, error);
    case JOB_PROBE:
      number = g_strdup_printf ("%" G_GUINT64_FORMAT, ++self->n_probes);
      return funcs->put_setting (self->backend, SETTING_PROBE, number, error);
    case JOB_LOAD:
    case JOB_LOAD_SINCE:
    case JOB_RUN:
    case JOB_FREEZE:
    case JOB_STOP:
      break;
    }

  g_assert_not_reached ();
}

/* Runs @group in one transaction. When anything fails, nothing of it is kept and all get the error. */
static void
run_group (WeftRelayStore *self,
           GPtrArray      *group)
{
  const WeftRelayBackendFuncs *funcs = self->backend->funcs;
  g_autoptr(GError) error = NULL;
  gboolean done = funcs->begin (self->backend, &error);

  for (guint i = 0; done && i < group->len; i++)
    done = run_writing (self, group->pdata[i], &error);

  done = done && funcs->commit (self->backend, &error);
  if (!done)
    {
      funcs->rollback (self->backend);
      for (guint i = 0; i < group->len; i++)
        {
          Job *job = group->pdata[i];

          job->version = 0;
          job->error = g_error_copy (error);
        }
    }

  note_trouble (self, error);
}

static void
finish_group (WeftRelayStore *self,
              GPtrArray      *group)
{
  gint64 start_us = g_get_monotonic_time ();

  if (group->len == 0)
    return;

  run_group (self, group);
  self->committed_us = g_get_monotonic_time ();
  self->n_committed = group->len;
  count_commit (self, group, self->committed_us - start_us, !self->troubled);

  for (guint i = 0; i < group->len; i++)
    answer_job (group->pdata[i]);
  g_ptr_array_set_size (group, 0);

  if (self->backend->funcs->upkeep != NULL)
    self->backend->funcs->upkeep (self->backend);
}

static void
run_load (WeftRelayStore *self,
          Job            *job)
{
  guint n_damaged;

  job->updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  if (job->kind == JOB_LOAD_SINCE && self->backend->funcs->load_since == NULL)
    g_set_error_literal (&job->error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "nobody else writes to this database");
  else if (job->kind == JOB_LOAD_SINCE)
    self->backend->funcs->load_since (self->backend, job->room, job->version, job->updates, &job->version, &job->error);
  else
    self->backend->funcs->load (self->backend, job->room, job->updates, &job->version, &job->n_log, &n_damaged,
                                &job->error);
  answer_job (job);
}

static void
run_work (WeftRelayStore *self,
          Job            *job)
{
  const WeftRelayBackendFuncs *funcs = self->backend->funcs;
  g_auto(WeftRelaySql) sql = { NULL };
  gboolean begun = funcs->begin (self->backend, &job->error);
  gboolean commit = FALSE;

  weft_relay_sql_init (&sql, funcs->query, self->backend);
  if (begun)
    commit = job->work (&sql, job->user_data) && sql.error == NULL;
  if (sql.error != NULL)
    job->error = g_error_copy (sql.error);

  if (commit)
    commit = funcs->commit (self->backend, &job->error);
  if (begun && !commit)
    funcs->rollback (self->backend);
  if (job->error != NULL)
    g_warning ("an account could not be looked up or changed: %s", job->error->message);

  answer_job (job);
}

static void
run_freeze (WeftRelayStore *self,
            Job            *job)
{
  const WeftRelayBackendFuncs *funcs = self->backend->funcs;

  if (funcs->freeze != NULL)
    job->room = funcs->freeze (self->backend, job->version != 0, &job->error);
  else
    g_set_error (&job->error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "%s is backed up by its own tools", funcs->name);
  answer_job (job);
}

/* The next job; while a group is open, only as long as it may wait; %NULL: the group must be closed. */
static Job *
next_job (WeftRelayStore *self,
          gboolean        group_is_open)
{
  gint64 wait_us;
  Job *job;

  if (!group_is_open && !self->troubled)
    return g_async_queue_pop (self->jobs);

  if (!group_is_open)
    {
      job = g_async_queue_timeout_pop (self->jobs, TROUBLE_PROBE_US);
      if (job == NULL)
        {
          job = g_new0 (Job, 1);
          job->kind = JOB_PROBE;
        }
      return job;
    }

  /* Asleep, not waiting for a job: each that came meanwhile would wake this thread for nothing. */
  job = g_async_queue_try_pop (self->jobs);
  wait_us = self->committed_us - g_get_monotonic_time () +
            (self->n_committed < BUSY_GROUP_UPDATES ? self->group_us : MAX (self->group_us, self->busy_group_us));
  if (job != NULL || wait_us <= 0)
    return job;
  g_usleep ((gulong) wait_us);
  return g_async_queue_try_pop (self->jobs);
}

static gboolean
is_writing (const Job *job)
{
  return job->kind == JOB_APPEND || job->kind == JOB_COMPACT || job->kind == JOB_PROBE;
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
      Job *job = next_job (self, group->len > 0);

      if (job != NULL && is_writing (job))
        {
          g_ptr_array_add (group, job);
          group_bytes += job->data != NULL ? g_bytes_get_size (job->data) : 0;
          if (group->len < MAX_GROUP_JOBS && group_bytes < MAX_GROUP_BYTES)
            continue;
          job = NULL;
        }

      /* Nothing more waits, the group is full, or a job must see what is in it. */
      finish_group (self, group);
      group_bytes = 0;

      if (job != NULL && (job->kind == JOB_LOAD || job->kind == JOB_LOAD_SINCE))
        {
          run_load (self, job);
        }
      else if (job != NULL && job->kind == JOB_RUN)
        {
          run_work (self, job);
        }
      else if (job != NULL && job->kind == JOB_FREEZE)
        {
          run_freeze (self, job);
        }
      else if (job != NULL)
        {
          stopping = TRUE;
          job_free (job);
        }
    }

  return NULL;
}

/* --- ports --- */

static void
port_unref (WeftRelayStorePort *port)
{
  if (!g_atomic_ref_count_dec (&port->ref_count))
    return;

  g_main_context_unref (port->context);
  g_mutex_clear (&port->mutex);
  g_free (port);
}

static gboolean
deliver_answers_cb (gpointer user_data)
{
  WeftRelayStorePort *self = user_data;
  GQueue answers;
  Job *job;

  g_mutex_lock (&self->mutex);
  answers = self->answers;
  g_queue_init (&self->answers);
  g_source_set_ready_time (self->source, -1);
  g_mutex_unlock (&self->mutex);

  while ((job = g_queue_pop_head (&answers)) != NULL)
    {
      if (job->kind == JOB_LOAD || job->kind == JOB_LOAD_SINCE)
        job->func.load (job->updates, job->version, job->n_log, job->error, job->user_data);
      else if (job->kind == JOB_RUN)
        job->func.done (job->error, job->user_data);
      else if (job->kind == JOB_FREEZE)
        job->func.freeze (job->room, job->error, job->user_data);
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

WeftRelayStorePort *
weft_relay_store_open_port (WeftRelayStore *self)
{
  WeftRelayStorePort *port = g_new0 (WeftRelayStorePort, 1);

  g_atomic_ref_count_init (&port->ref_count);
  port->store = self;
  port->context = g_main_context_ref_thread_default ();
  g_mutex_init (&port->mutex);
  g_queue_init (&port->answers);
  port->source = g_source_new (&answer_source_funcs, sizeof (GSource));
  g_source_set_callback (port->source, deliver_answers_cb, port, NULL);
  g_source_attach (port->source, port->context);
  return port;
}

void
weft_relay_store_port_close (WeftRelayStorePort *self)
{
  GQueue answers;
  Job *job;

  g_mutex_lock (&self->mutex);
  answers = self->answers;
  g_queue_init (&self->answers);
  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  g_mutex_unlock (&self->mutex);

  while ((job = g_queue_pop_head (&answers)) != NULL)
    job_free (job);
  port_unref (self);
}

static Job *
job_new (JobKind             kind,
         WeftRelayStorePort *port,
         const char         *room,
         GBytes             *data,
         gpointer            user_data)
{
  Job *job = g_new0 (Job, 1);

  job->kind = kind;
  job->port = port;
  if (port != NULL)
    g_atomic_ref_count_inc (&port->ref_count);
  job->room = g_strdup (room);
  job->data = data != NULL ? g_bytes_ref (data) : NULL;
  job->user_data = user_data;
  return job;
}

void
weft_relay_store_load (WeftRelayStorePort *self,
                       const char         *room,
                       WeftRelayLoadFunc   func,
                       gpointer            user_data)
{
  Job *job = job_new (JOB_LOAD, self, room, NULL, user_data);

  job->func.load = func;
  g_async_queue_push (self->store->jobs, job);
}

void
weft_relay_store_load_since (WeftRelayStorePort *self,
                             const char         *room,
                             guint64             since,
                             WeftRelayLoadFunc   func,
                             gpointer            user_data)
{
  Job *job = job_new (JOB_LOAD_SINCE, self, room, NULL, user_data);

  job->version = since;
  job->func.load = func;
  g_async_queue_push (self->store->jobs, job);
}

void
weft_relay_store_append (WeftRelayStorePort *self,
                         const char         *room,
                         GBytes             *update,
                         WeftRelayAppendFunc func,
                         gpointer            user_data)
{
  Job *job = job_new (JOB_APPEND, self, room, update, user_data);

  job->func.append = func;
  g_async_queue_push (self->store->jobs, job);
}

void
weft_relay_store_compact (WeftRelayStorePort *self,
                          const char         *room,
                          GBytes             *snapshot,
                          guint64             version,
                          WeftRelayAppendFunc func,
                          gpointer            user_data)
{
  Job *job = job_new (JOB_COMPACT, self, room, snapshot, user_data);

  job->version = version;
  job->func.append = func;
  g_async_queue_push (self->store->jobs, job);
}

void
weft_relay_store_run (WeftRelayStorePort *self,
                      WeftRelayWorkFunc   func,
                      WeftRelayDoneFunc   done,
                      gpointer            data,
                      GDestroyNotify      destroy)
{
  Job *job = job_new (JOB_RUN, self, NULL, NULL, data);

  job->work = func;
  job->func.done = done;
  job->destroy = destroy;
  g_async_queue_push (self->store->jobs, job);
}

typedef struct
{
  WeftRelayWorkFunc func;
  gpointer          data;
  gboolean          done;
  GError           *error;
} WorkNow;

static gboolean
work_now (WeftRelaySql *sql,
          gpointer      data)
{
  WorkNow *now = data;

  return now->func (sql, now->data);
}

static void
done_now (const GError *error,
          gpointer      data)
{
  WorkNow *now = data;

  now->done = TRUE;
  now->error = error != NULL ? g_error_copy (error) : NULL;
}

gboolean
weft_relay_store_run_now (WeftRelayStore   *self,
                          WeftRelayWorkFunc func,
                          gpointer          data,
                          GError          **error)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  WeftRelayStorePort *port;
  WorkNow now = { func, data };

  g_main_context_push_thread_default (context);
  port = weft_relay_store_open_port (self);
  weft_relay_store_run (port, work_now, done_now, &now, NULL);
  while (!now.done)
    g_main_context_iteration (context, TRUE);
  weft_relay_store_port_close (port);
  g_main_context_pop_thread_default (context);

  if (now.error != NULL)
    g_propagate_error (error, now.error);
  return now.error == NULL;
}

void
weft_relay_store_probe (WeftRelayStorePort *self,
                        WeftRelayAppendFunc func,
                        gpointer            user_data)
{
  Job *job = job_new (JOB_PROBE, self, NULL, NULL, user_data);

  job->func.append = func;
  g_async_queue_push (self->store->jobs, job);
}

void
weft_relay_store_freeze (WeftRelayStorePort *self,
                         gboolean            frozen,
                         WeftRelayFreezeFunc func,
                         gpointer            user_data)
{
  Job *job = job_new (JOB_FREEZE, self, NULL, NULL, user_data);

  job->version = frozen;
  job->func.freeze = func;
  g_async_queue_push (self->store->jobs, job);
}

/* --- opening and closing --- */

static gboolean
find_notebook_id (WeftRelayStore *self,
                  GError        **error)
{
  const WeftRelayBackendFuncs *funcs = self->backend->funcs;
  g_autoptr(GError) failure = NULL;
  WeftPageId id;

  self->notebook_id = funcs->get_setting (self->backend, WEFT_RELAY_SETTING_NOTEBOOK, &failure);
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (self->notebook_id != NULL)
    return TRUE;

  weft_page_id_init_random (&id);
  self->notebook_id = weft_page_id_to_string (&id);
  return funcs->put_setting (self->backend, WEFT_RELAY_SETTING_NOTEBOOK, self->notebook_id, error);
}

/* In one transaction: another relay may start with the same database, at the same time. */
static gboolean
prepare_notebook_id (WeftRelayStore *self,
                     GError        **error)
{
  const WeftRelayBackendFuncs *funcs = self->backend->funcs;

  if (!funcs->begin (self->backend, error))
    return FALSE;
  if (find_notebook_id (self, error) && funcs->commit (self->backend, error))
    return TRUE;

  funcs->rollback (self->backend);
  return FALSE;
}

static void
store_free (WeftRelayStore *self)
{
  self->backend->funcs->close (self->backend);
  g_async_queue_unref (self->jobs);
  g_mutex_clear (&self->mutex);
  g_free (self->notebook_id);
  g_free (self->trouble);
  g_free (self);
}

static WeftRelayBackend *
open_backend (const WeftRelayConfig *config,
              GError               **error)
{
  if (config->database == NULL)
    return weft_relay_sqlite_open (config->data, config->sync_normal, error);

  if (!g_str_has_prefix (config->database, "postgresql://") && !g_str_has_prefix (config->database, "postgres://"))
    {
      g_set_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED,
                   "--database: it must begin with postgresql://; without the option the relay keeps a file");
      return NULL;
    }

#ifdef WEFT_HAVE_POSTGRES
  /* For the signing keys, and for the socket of weft-relay-control.c. */
  if (g_mkdir_with_parents (config->data, 0700) != 0)
    {
      g_set_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED, "The data folder %s cannot be used: %s",
                   config->data, g_strerror (errno));
      return NULL;
    }
  return weft_relay_postgres_open (config->database, config->sync_normal, error);
#else
  g_set_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED,
               "--database: this Weft was built without PostgreSQL (meson option “postgres”)");
  return NULL;
#endif
}

WeftRelayStore *
weft_relay_store_open (const WeftRelayConfig *config,
                       GError               **error)
{
  WeftRelayBackend *backend = open_backend (config, error);
  WeftRelayStore *self;

  if (backend == NULL)
    return NULL;

  self = g_new0 (WeftRelayStore, 1);
  self->backend = backend;
  self->jobs = g_async_queue_new ();
  self->group_us = (gint64) config->limits.group_ms * 1000;
  self->busy_group_us = (gint64) config->limits.busy_group_ms * 1000;
  g_mutex_init (&self->mutex);

  if (!prepare_notebook_id (self, error))
    {
      store_free (self);
      return NULL;
    }

  self->thread = g_thread_new ("relay-store", store_thread, self);
  return self;
}

void
weft_relay_store_close (WeftRelayStore *self)
{
  g_async_queue_push (self->jobs, job_new (JOB_STOP, NULL, NULL, NULL, NULL));
  g_thread_join (self->thread);
  store_free (self);
}

const char *
weft_relay_store_get_notebook_id (WeftRelayStore *self)
{
  return self->notebook_id;
}

const char *
weft_relay_store_get_backend (WeftRelayStore *self)
{
  return self->backend->funcs->name;
}

char *
weft_relay_store_dup_trouble (WeftRelayStore *self)
{
  char *trouble;

  g_mutex_lock (&self->mutex);
  trouble = g_strdup (self->trouble);
  g_mutex_unlock (&self->mutex);
  return trouble;
}

void
weft_relay_store_get_counters (WeftRelayStore         *self,
                               WeftRelayStoreCounters *counters)
{
  g_mutex_lock (&self->mutex);
  *counters = self->counters;
  g_mutex_unlock (&self->mutex);
}
