/* weft-search.c - the search of a notebook, on a thread of its own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "store/weft-search.h"

#include <glib/gstdio.h>

/* What was put in is on the disk after so long; until then it is found all the same. */
#define COMMIT_US (2 * G_TIME_SPAN_SECOND)

struct _WeftSearch
{
  GObject parent_instance;

  char *path;
  GAsyncQueue *jobs;
  GMainContext *context;
  GThread *thread;

  /* The thread's own */
  WeftSearchIndex *index;
  gint64 due; /* monotonic µs of the next commit; 0: nothing to write */
};

G_DEFINE_FINAL_TYPE (WeftSearch, weft_search, G_TYPE_OBJECT)

enum
{
  MADE_AGAIN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

typedef enum
{
  JOB_LIST,
  JOB_PUT,
  JOB_TITLE,
  JOB_FIND,
  JOB_STOP,
} JobKind;

typedef struct
{
  JobKind kind;
  char *name; /* the page, or the question */
  char *title;
  WeftDoc *doc;
  WeftSearchTextFunc text_func;
  WeftSearchState state;
  guint max;
  GTask *task; /* nullable */
} Job;

static void
job_free (Job *job)
{
  g_free (job->name);
  g_free (job->title);
  g_clear_pointer (&job->doc, weft_doc_free);
  g_clear_object (&job->task);
  g_free (job);
}

/* --- The thread ------------------------------------------------------------------------------------- */

typedef struct
{
  GWeakRef search;
} Notice;

static void
notice_free (Notice *notice)
{
  g_weak_ref_clear (&notice->search);
  g_free (notice);
}

static gboolean
tell_made_again_cb (gpointer user_data)
{
  Notice *notice = user_data;
  g_autoptr(WeftSearch) self = g_weak_ref_get (&notice->search);

  if (self != NULL)
    g_signal_emit (self, signals[MADE_AGAIN], 0);

  return G_SOURCE_REMOVE;
}

static void
make_again (WeftSearch *self)
{
  Notice *notice = g_new0 (Notice, 1);

  g_message ("%s is damaged; it is made again", self->path);
  self->due = 0;
  g_clear_pointer (&self->index, weft_search_index_close);
  g_unlink (self->path);

  g_weak_ref_init (&notice->search, self);
  g_main_context_invoke_full (self->context, G_PRIORITY_DEFAULT, tell_made_again_cb, notice,
                              (GDestroyNotify) notice_free);
}

/* SQLite tells damage of an FTS5 table as it tells that of a file. */
static void
look_for_damage (WeftSearch   *self,
                 const GError *error)
{
  if (g_error_matches (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_DAMAGED))
    make_again (self);
}

static gboolean
put (WeftSearch *self,
     Job        *job,
     GError    **error)
{
  g_auto(WeftSearchText) text = { 0 };

  job->text_func (job->doc, &text);
  if (text.text == NULL)
    text.text = g_strdup ("");
  if (self->due == 0)
    self->due = g_get_monotonic_time () + COMMIT_US;

  return weft_search_index_put (self->index, job->name, job->title, &text, &job->state, error);
}

static gboolean
set_title (WeftSearch *self,
           Job        *job,
           GError    **error)
{
  if (self->due == 0)
    self->due = g_get_monotonic_time () + COMMIT_US;

  return weft_search_index_set_title (self->index, job->name, job->title, error);
}

static void
do_job (WeftSearch *self,
        Job        *job)
{
  g_autoptr(GError) error = NULL;
  gpointer answer = NULL;

  if (job->task != NULL && g_task_return_error_if_cancelled (job->task))
    return;

  if (self->index == NULL)
    self->index = weft_search_index_open (self->path, &error);

  if (self->index != NULL)
    switch (job->kind)
      {
      case JOB_LIST:
        answer = weft_search_index_list (self->index, &error);
        break;
      case JOB_FIND:
        answer = weft_search_index_find (self->index, job->name, job->max, &error);
        break;
      case JOB_PUT:
        answer = GINT_TO_POINTER (put (self, job, &error));
        break;
      case JOB_TITLE:
        set_title (self, job, &error);
        break;
      case JOB_STOP:
      default:
        g_assert_not_reached ();
      }

  if (error != NULL)
    look_for_damage (self, error);

  if (job->task == NULL)
    return;
  if (error != NULL)
    g_task_return_error (job->task, g_steal_pointer (&error));
  else if (job->kind == JOB_PUT)
    g_task_return_boolean (job->task, TRUE);
  else
    g_task_return_pointer (job->task, answer,
                           job->kind == JOB_LIST ? (GDestroyNotify) g_hash_table_unref
                                                 : (GDestroyNotify) g_ptr_array_unref);
}

static Job *
wait_for_job (WeftSearch *self)
{
  gint64 now;

  if (self->due == 0)
    return g_async_queue_pop (self->jobs);

  now = g_get_monotonic_time ();
  return self->due <= now ? g_async_queue_try_pop (self->jobs)
                          : g_async_queue_timeout_pop (self->jobs, (guint64) (self->due - now));
}

static void
commit_when_due (WeftSearch *self)
{
  g_autoptr(GError) error = NULL;

  if (self->due == 0 || self->due > g_get_monotonic_time ())
    return;

  /* What a full disk does not take is put in again at the next start. */
  self->due = 0;
  if (self->index != NULL && !weft_search_index_commit (self->index, &error))
    {
      g_message ("%s: %s", self->path, error->message);
      look_for_damage (self, error);
    }
}

static gpointer
run_thread (gpointer data)
{
  WeftSearch *self = data;
  gboolean running = TRUE;

  while (running)
    {
      Job *job = wait_for_job (self);

      if (job != NULL && job->kind == JOB_STOP)
        running = FALSE;
      else if (job != NULL)
        do_job (self, job);

      g_clear_pointer (&job, job_free);
      commit_when_due (self);
    }

  g_clear_pointer (&self->index, weft_search_index_close);
  return NULL;
}

/* --- The owner's thread ----------------------------------------------------------------------------- */

static void
push (WeftSearch *self,
      const Job  *job)
{
  g_async_queue_push (self->jobs, g_memdup2 (job, sizeof *job));
}

/* A task does not hold the search: the last reference would end on the thread that it joins. The owner keeps it until
 * its answers are there, or does not want them. */
static GTask *
new_task (WeftSearch         *self,
          gpointer            tag,
          GCancellable       *cancellable,
          GAsyncReadyCallback callback,
          gpointer            user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  return task;
}

static void
weft_search_finalize (GObject *object)
{
  WeftSearch *self = WEFT_SEARCH (object);

  push (self, &(Job){ .kind = JOB_STOP });
  g_thread_join (self->thread);
  g_async_queue_unref (self->jobs);
  g_main_context_unref (self->context);
  g_free (self->path);

  G_OBJECT_CLASS (weft_search_parent_class)->finalize (object);
}

static void
weft_search_class_init (WeftSearchClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_search_finalize;

  /**
   * WeftSearch::made-again:
   * @self: the search
   *
   * The index was damaged and is empty now: everything is to be put in again.
   */
  signals[MADE_AGAIN] = g_signal_new ("made-again", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                      NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
weft_search_init (WeftSearch *self)
{
  self->jobs = g_async_queue_new_full ((GDestroyNotify) job_free);
  self->context = g_main_context_ref_thread_default ();
}

/**
 * weft_search_new:
 * @path: of the index
 *
 * Returns: (transfer full): the search
 */
WeftSearch *
weft_search_new (const char *path)
{
  WeftSearch *self = g_object_new (WEFT_TYPE_SEARCH, NULL);

  self->path = g_strdup (path);
  self->thread = g_thread_new ("weft-search", run_thread, self);
  return self;
}

/**
 * weft_search_list_async:
 * @self: a search
 * @cancellable: (nullable): a cancellable
 * @callback: called with the answer
 * @user_data: for @callback
 */
void
weft_search_list_async (WeftSearch         *self,
                        GCancellable       *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer            user_data)
{
  g_return_if_fail (WEFT_IS_SEARCH (self));

  push (self, &(Job){ .kind = JOB_LIST,
                      .task = new_task (self, weft_search_list_async, cancellable, callback, user_data) });
}

/**
 * weft_search_list_finish:
 * @self: a search
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: (transfer full): page -> WeftSearchState
 */
GHashTable *
weft_search_list_finish (WeftSearch   *self,
                         GAsyncResult *result,
                         GError      **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * weft_search_put_async:
 * @self: a search
 * @page: the page
 * @title: its title
 * @doc: (transfer full): its document
 * @text_func: what makes text of it
 * @state: which update of the notebook @doc has
 * @callback: (nullable): called when it can be found
 * @user_data: for @callback
 */
void
weft_search_put_async (WeftSearch            *self,
                       const char            *page,
                       const char            *title,
                       WeftDoc               *doc,
                       WeftSearchTextFunc     text_func,
                       const WeftSearchState *state,
                       GAsyncReadyCallback    callback,
                       gpointer               user_data)
{
  g_return_if_fail (WEFT_IS_SEARCH (self));

  push (self, &(Job){ .kind = JOB_PUT,
                      .name = g_strdup (page),
                      .title = g_strdup (title),
                      .doc = doc,
                      .text_func = text_func,
                      .state = *state,
                      .task = new_task (self, weft_search_put_async, NULL, callback, user_data) });
}

/**
 * weft_search_put_finish:
 * @self: a search
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: whether it can be found
 */
gboolean
weft_search_put_finish (WeftSearch   *self,
                        GAsyncResult *result,
                        GError      **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * weft_search_set_title:
 * @self: a search
 * @page: a page
 * @title: its title from now on
 *
 * A page that is not in the index yet gets its title when it comes there.
 */
void
weft_search_set_title (WeftSearch *self,
                       const char *page,
                       const char *title)
{
  g_return_if_fail (WEFT_IS_SEARCH (self));

  push (self, &(Job){ .kind = JOB_TITLE, .name = g_strdup (page), .title = g_strdup (title) });
}

/**
 * weft_search_find_async:
 * @self: a search
 * @query: what somebody typed
 * @max: as many hits at most
 * @cancellable: (nullable): a cancellable
 * @callback: called with the hits
 * @user_data: for @callback
 */
void
weft_search_find_async (WeftSearch         *self,
                        const char         *query,
                        guint               max,
                        GCancellable       *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer            user_data)
{
  g_return_if_fail (WEFT_IS_SEARCH (self));

  push (self, &(Job){ .kind = JOB_FIND,
                      .name = g_strdup (query),
                      .max = max,
                      .task = new_task (self, weft_search_find_async, cancellable, callback, user_data) });
}

/**
 * weft_search_find_finish:
 * @self: a search
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: (transfer full) (element-type WeftSearchHit): the hits, best first
 */
GPtrArray *
weft_search_find_finish (WeftSearch   *self,
                         GAsyncResult *result,
                         GError      **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
