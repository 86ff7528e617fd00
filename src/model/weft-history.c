/* weft-history.c - how an open page came about: its versions, one of them to be looked at
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The reader belongs to one job at a time, and jobs wait for one another; so nothing is locked. A wish to
 * see another version takes the place of one that waits.
 */

#include "config.h"

#include "model/weft-history-private.h"

#include "model/weft-document-private.h"
#include "model/weft-notebook.h"

/* One reads again when the page was left alone for a moment: sooner after one's own edits. */
#define RELOAD_MS       800
#define RELOAD_LOCAL_MS 120
/* How long updates may take between two frames. */
#define APPLY_US 4000
/* Edits that come while a restoration is worked out begin it anew; then it is done as it is. */
#define MAX_TRIES 3

struct _WeftHistory
{
  GObject            parent_instance;

  /* Owned */
  WeftDocument      *document;
  WeftDocument      *shown;
  WeftHistoryReader *reader;  /* nullable: a job has it */
  GQueue             jobs;    /* WeftHistoryJob */
  GCancellable      *cancellable;
  WeftTimeline      *timeline; /* nullable */
  GError            *error;

  WeftHistoryState   state;
  guint              n_edits; /* of the document, since we look */
  guint              n_edits_reading;
  guint              n_edits_read;
  gboolean           reading;
  guint              reload_source;

  /* What is shown */
  gboolean           has_wish;
  guint              index;
  gboolean           with_changes;
  WeftSnapshot      *since;   /* nullable */
  guint              n_shows; /* jobs that wait, or are worked on */
  GQueue             updates; /* GBytes */
  guint              apply_source;
  GPtrArray         *marks;   /* nullable */
  GArray            *places;  /* nullable */
  gboolean           is_shown;
};

G_DEFINE_FINAL_TYPE (WeftHistory, weft_history, G_TYPE_OBJECT)

enum
{
  CHANGED,
  SHOWN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void run_next (WeftHistory *self);
static void read_again (WeftHistory *self);

/* Jobs */

typedef struct
{
  WeftHistoryReader *reader;
  WeftHistoryJob    *job;
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  g_clear_pointer (&work->reader, weft_history_reader_free);
  g_clear_pointer (&work->job, weft_history_job_free);
  g_free (work);
}

static void
work_thread (GTask        *task,
             gpointer      source,
             gpointer      task_data,
             GCancellable *cancellable)
{
  Work *work = task_data;

  weft_history_reader_run (work->reader, work->job);
  g_task_return_boolean (task, TRUE);
}

static GHashTable *
list_colors (WeftHistory *self)
{
  WeftNotebook *notebook = weft_document_get_notebook (self->document);
  GListModel *people = notebook != NULL ? weft_notebook_get_people (notebook) : NULL;
  GHashTable *colors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 0; people != NULL && i < g_list_model_get_n_items (people); i++)
    {
      g_autoptr(WeftPerson) person = g_list_model_get_item (people, i);

      if (!weft_person_get_is_self (person))
        g_hash_table_insert (colors, g_strdup (weft_person_get_name (person)),
                             g_strdup (weft_person_get_color (person)));
    }

  return colors;
}

static void
drop_shows (WeftHistory *self)
{
  for (GList *l = self->jobs.head, *next; l != NULL; l = next)
    {
      WeftHistoryJob *job = l->data;

      next = l->next;
      if (job->kind != WEFT_HISTORY_JOB_SHOW)
        continue;
      self->n_shows--;
      weft_history_job_free (job);
      g_queue_delete_link (&self->jobs, l);
    }
}

static void
wish (WeftHistory *self)
{
  WeftHistoryJob *job;

  if (!self->has_wish || self->state != WEFT_HISTORY_READY)
    return;

  drop_shows (self);
  job = g_new0 (WeftHistoryJob, 1);
  job->kind = WEFT_HISTORY_JOB_SHOW;
  job->index = self->index;
  job->with_changes = self->with_changes;
  job->since = self->since != NULL ? weft_snapshot_ref (self->since) : NULL;
  job->colors = list_colors (self);
  self->n_shows++;
  self->is_shown = FALSE;
  g_queue_push_tail (&self->jobs, job);
  run_next (self);
}

/* What is shown */

static gboolean
apply_cb (gpointer user_data)
{
  WeftHistory *self = user_data;
  gint64 end = g_get_monotonic_time () + APPLY_US;
  WeftDoc *doc = weft_document_get_doc (self->shown);

  do
    {
      g_autoptr(GBytes) update = g_queue_pop_head (&self->updates);
      g_autoptr(GError) error = NULL;

      if (update != NULL && !weft_doc_apply_update (doc, update, NULL, &error))
        g_warning ("A version is not shown whole: %s", error->message);
    }
  while (!g_queue_is_empty (&self->updates) && g_get_monotonic_time () < end);

  if (!g_queue_is_empty (&self->updates))
    return G_SOURCE_CONTINUE;

  self->apply_source = 0;
  self->is_shown = self->n_shows == 0;
  if (self->is_shown)
    g_signal_emit (self, signals[SHOWN], 0);

  return G_SOURCE_REMOVE;
}

static void
take_step (WeftHistory   *self,
           WeftShownStep *step)
{
  for (guint i = 0; i < step->updates->len; i++)
    g_queue_push_tail (&self->updates, g_bytes_ref (step->updates->pdata[i]));
  g_clear_pointer (&self->marks, g_ptr_array_unref);
  g_clear_pointer (&self->places, g_array_unref);
  self->marks = g_ptr_array_ref (step->marks);
  self->places = g_array_ref (step->places);

  /* Behind drawing: frames come first. */
  if (self->apply_source == 0 && self->has_wish)
    self->apply_source = g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, apply_cb, self, NULL);
}

/* What jobs bring */

static void
finish_restore (WeftHistory    *self,
                WeftHistoryJob *job)
{
  if (job->changes == NULL)
    {
      g_task_return_boolean (job->task, FALSE);
      return;
    }

  /* Somebody wrote meanwhile: the list is of another page. */
  if (self->n_edits != self->n_edits_read && ++job->n_tries < MAX_TRIES)
    {
      WeftHistoryJob *again = g_new0 (WeftHistoryJob, 1);

      again->kind = job->kind;
      again->index = job->index;
      again->n_tries = job->n_tries;
      again->task = g_steal_pointer (&job->task);
      g_queue_push_tail (&self->jobs, again);
      read_again (self);
      return;
    }

  if (self->n_edits != self->n_edits_read)
    {
      weft_document_restore_version (self->document, weft_changes_get_before (job->changes));
      g_task_return_boolean (job->task, !weft_document_get_read_only (self->document));
      return;
    }

  g_task_return_boolean (job->task, weft_document_restore (self->document, job->changes));
}

static void
copy_opened_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  WeftHistoryJob *job = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftDocument) document
    = weft_notebook_open_document_finish (WEFT_NOTEBOOK (source), result, &error);

  if (document == NULL)
    g_task_return_error (job->task, g_steal_pointer (&error));
  else
    {
      weft_history_content_write (job->content, weft_document_get_doc (document));
      g_task_return_pointer (job->task, g_object_ref (weft_document_get_page (document)), g_object_unref);
    }
  weft_history_job_free (job);
}

/* Takes @job. */
static void
finish_copy (WeftHistory    *self,
             WeftHistoryJob *job)
{
  WeftNotebook *notebook = weft_document_get_notebook (self->document);
  WeftPage *page = weft_document_get_page (self->document), *copy = NULL;

  if (notebook != NULL && job->content != NULL)
    {
      gboolean trashed = weft_page_get_trashed (page);

      copy = weft_notebook_create_page (notebook, weft_page_get_kind (page), job->title,
                                        trashed ? NULL : weft_page_get_parent (page), trashed ? NULL : page);
    }
  if (copy == NULL)
    {
      g_task_return_new_error (job->task, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "%s",
                               "no page can be made in this notebook");
      weft_history_job_free (job);
      return;
    }

  weft_notebook_open_document_async (notebook, copy, NULL, copy_opened_cb, job);
}

static void
finish_load (WeftHistory    *self,
             WeftHistoryJob *job)
{
  g_clear_pointer (&self->timeline, weft_timeline_unref);
  self->timeline = g_steal_pointer (&job->timeline);
  self->n_edits_read = job->n_edits;
  self->state = WEFT_HISTORY_READY;
  wish (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
worked_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(WeftHistory) self = WEFT_HISTORY (g_object_ref (source));
  Work *work = g_task_get_task_data (G_TASK (result));
  WeftHistoryJob *job = g_steal_pointer (&work->job);

  self->reader = g_steal_pointer (&work->reader);
  switch (job->kind)
    {
    case WEFT_HISTORY_JOB_LOAD:
      finish_load (self, job);
      break;

    case WEFT_HISTORY_JOB_SHOW:
      self->n_shows--;
      if (job->step != NULL)
        take_step (self, job->step);
      break;

    case WEFT_HISTORY_JOB_RESTORE:
      finish_restore (self, job);
      break;

    case WEFT_HISTORY_JOB_COPY:
    default:
      finish_copy (self, g_steal_pointer (&job));
    }
  g_clear_pointer (&job, weft_history_job_free);
  run_next (self);
}

static void
run_next (WeftHistory *self)
{
  g_autoptr(GTask) task = NULL;
  Work *work;

  /* What was read last is what is to be worked with. */
  if (self->reader == NULL || g_queue_is_empty (&self->jobs)
      || (self->reading && ((WeftHistoryJob *) g_queue_peek_head (&self->jobs))->kind == WEFT_HISTORY_JOB_RESTORE))
    return;

  work = g_new (Work, 1);
  *work = (Work) { g_steal_pointer (&self->reader), g_queue_pop_head (&self->jobs) };
  task = g_task_new (self, NULL, worked_cb, NULL);
  g_task_set_source_tag (task, run_next);
  g_task_set_task_data (task, work, work_free);
  g_task_run_in_thread (task, work_thread);
}

/* Reading */

static gboolean reload_cb (gpointer user_data);

/* What came while it was being read is read next. */
static void
catch_up (WeftHistory *self)
{
  if (self->n_edits != self->n_edits_reading && self->reload_source == 0
      && !g_cancellable_is_cancelled (self->cancellable))
    self->reload_source = g_timeout_add (RELOAD_MS, reload_cb, self);
}

static void
read_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(WeftHistory) self = user_data;
  g_autoptr(GArray) entries = NULL;
  g_autoptr(GError) error = NULL;
  WeftDoc *doc = weft_store_load_history_finish (WEFT_STORE (source), result, &entries, &error);
  WeftHistoryJob *job;

  self->reading = FALSE;
  catch_up (self);
  if (doc == NULL)
    {
      /* What was read before is still good. */
      if (self->state == WEFT_HISTORY_LOADING && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        {
          self->state = WEFT_HISTORY_FAILED;
          g_set_error_literal (&self->error, error->domain, error->code, error->message);
          g_signal_emit (self, signals[CHANGED], 0);
        }
      run_next (self);
      return;
    }

  job = g_new0 (WeftHistoryJob, 1);
  job->kind = WEFT_HISTORY_JOB_LOAD;
  job->doc = doc;
  job->n_edits = self->n_edits_reading;
  job->edits = g_array_sized_new (FALSE, FALSE, sizeof (WeftTimelineEdit), entries->len);
  for (guint i = 0; i < entries->len; i++)
    {
      const WeftStoreHistoryEntry *entry = &g_array_index (entries, WeftStoreHistoryEntry, i);
      const WeftTimelineEdit edit
        = { entry->client, entry->clock, entry->length, entry->deleted, entry->time };

      g_array_append_val (job->edits, edit);
    }

  /* Before what waits: that is about what is there now. */
  g_queue_push_head (&self->jobs, job);
  run_next (self);
}

static void
read_again (WeftHistory *self)
{
  WeftLiveDoc *live = weft_document_get_live (self->document);

  g_clear_handle_id (&self->reload_source, g_source_remove);
  if (self->reading || g_cancellable_is_cancelled (self->cancellable))
    return;

  self->reading = TRUE;
  self->n_edits_reading = self->n_edits;
  weft_store_load_history_async (weft_live_doc_get_store (live), weft_live_doc_get_room (live),
                                 self->cancellable, read_cb, g_object_ref (self));
}

static gboolean
reload_cb (gpointer user_data)
{
  WeftHistory *self = user_data;

  self->reload_source = 0;
  read_again (self);

  return G_SOURCE_REMOVE;
}

static void
transaction_cb (WeftDocument    *document,
                WeftTransaction *transaction,
                WeftHistory     *self)
{
  self->n_edits++;
  if (self->state != WEFT_HISTORY_READY || self->reload_source != 0)
    return;

  self->reload_source = g_timeout_add (weft_transaction_is_local (transaction) ? RELOAD_LOCAL_MS : RELOAD_MS,
                                       reload_cb, self);
}

/* The class */

/**
 * weft_history_close:
 * @self: a history
 *
 * Gives up whatever is still to be done.
 */
void
weft_history_close (WeftHistory *self)
{
  WeftHistoryJob *job;

  g_return_if_fail (WEFT_IS_HISTORY (self));

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->reload_source, g_source_remove);
  g_clear_handle_id (&self->apply_source, g_source_remove);
  while ((job = g_queue_pop_head (&self->jobs)) != NULL)
    {
      if (job->task != NULL)
        g_task_return_new_error (job->task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s", "the history was closed");
      weft_history_job_free (job);
    }
  self->has_wish = FALSE;
  if (self->document != NULL)
    g_signal_handlers_disconnect_by_data (self->document, self);
}

static void
weft_history_dispose (GObject *object)
{
  weft_history_close (WEFT_HISTORY (object));

  G_OBJECT_CLASS (weft_history_parent_class)->dispose (object);
}

static void
weft_history_finalize (GObject *object)
{
  WeftHistory *self = WEFT_HISTORY (object);

  g_clear_object (&self->shown);
  g_clear_object (&self->document);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->reader, weft_history_reader_free);
  g_clear_pointer (&self->timeline, weft_timeline_unref);
  g_clear_pointer (&self->since, weft_snapshot_unref);
  g_clear_pointer (&self->marks, g_ptr_array_unref);
  g_clear_pointer (&self->places, g_array_unref);
  g_clear_error (&self->error);
  g_queue_clear_full (&self->updates, (GDestroyNotify) g_bytes_unref);

  G_OBJECT_CLASS (weft_history_parent_class)->finalize (object);
}

static void
weft_history_class_init (WeftHistoryClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_history_dispose;
  G_OBJECT_CLASS (klass)->finalize = weft_history_finalize;

  signals[CHANGED] = g_signal_new ("changed", WEFT_TYPE_HISTORY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
  signals[SHOWN] = g_signal_new ("shown", WEFT_TYPE_HISTORY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);
}

static void
weft_history_init (WeftHistory *self)
{
  self->cancellable = g_cancellable_new ();
  self->reader = weft_history_reader_new ();
}

WeftHistory *
weft_history_new (WeftDocument *document)
{
  WeftHistory *self;

  g_return_val_if_fail (WEFT_IS_DOCUMENT (document), NULL);
  g_return_val_if_fail (weft_document_get_live (document) != NULL, NULL);

  self = g_object_new (WEFT_TYPE_HISTORY, NULL);
  self->document = g_object_ref (document);
  self->shown = weft_document_new_shown (document, weft_shown_page_new_copy ());
  g_signal_connect (document, "transaction", G_CALLBACK (transaction_cb), self);
  read_again (self);

  return self;
}

WeftHistoryState
weft_history_get_state (WeftHistory *self)
{
  g_return_val_if_fail (WEFT_IS_HISTORY (self), WEFT_HISTORY_FAILED);

  return self->state;
}

const char *
weft_history_get_error (WeftHistory *self)
{
  g_return_val_if_fail (WEFT_IS_HISTORY (self), NULL);

  return self->error != NULL ? self->error->message : NULL;
}

WeftDocument *
weft_history_get_document (WeftHistory *self)
{
  g_return_val_if_fail (WEFT_IS_HISTORY (self), NULL);

  return self->document;
}

guint
weft_history_get_n_versions (WeftHistory *self)
{
  g_return_val_if_fail (WEFT_IS_HISTORY (self), 0);

  return self->timeline != NULL ? weft_timeline_get_n (self->timeline) : 0;
}

const WeftVersion *
weft_history_get_version (WeftHistory *self,
                          guint        index)
{
  g_return_val_if_fail (WEFT_IS_HISTORY (self) && self->timeline != NULL, NULL);

  return weft_timeline_get (self->timeline, index);
}

char *
weft_history_dup_color (WeftHistory *self,
                        const char  *author)
{
  WeftNotebook *notebook;
  GListModel *people;
  g_autofree char *name = NULL;

  g_return_val_if_fail (WEFT_IS_HISTORY (self), NULL);

  /* A list asks for each of its rows: nothing is collected for it. */
  notebook = weft_document_get_notebook (self->document);
  people = notebook != NULL ? weft_notebook_get_people (notebook) : NULL;
  name = weft_person_dup_author_name (author);
  for (guint i = 0; name != NULL && people != NULL && i < g_list_model_get_n_items (people); i++)
    {
      g_autoptr(WeftPerson) person = g_list_model_get_item (people, i);

      if (!weft_person_get_is_self (person) && g_str_equal (weft_person_get_name (person), name))
        return g_strdup (weft_person_get_color (person));
    }

  return weft_history_make_color (author, NULL);
}

WeftDocument *
weft_history_get_shown (WeftHistory *self)
{
  g_return_val_if_fail (WEFT_IS_HISTORY (self), NULL);

  return self->shown;
}

void
weft_history_show (WeftHistory *self,
                   guint        index,
                   gboolean     with_changes)
{
  g_return_if_fail (WEFT_IS_HISTORY (self));

  g_clear_pointer (&self->since, weft_snapshot_unref);
  self->index = index;
  self->with_changes = with_changes;
  self->has_wish = TRUE;
  self->is_shown = FALSE;
  wish (self);
}

void
weft_history_show_since (WeftHistory  *self,
                         WeftSnapshot *before)
{
  g_return_if_fail (WEFT_IS_HISTORY (self));
  g_return_if_fail (before != NULL);

  weft_snapshot_ref (before);
  g_clear_pointer (&self->since, weft_snapshot_unref);
  self->since = before;
  self->has_wish = TRUE;
  self->is_shown = FALSE;
  wish (self);
}

gboolean
weft_history_get_is_shown (WeftHistory *self)
{
  g_return_val_if_fail (WEFT_IS_HISTORY (self), FALSE);

  return self->is_shown;
}

const GPtrArray *
weft_history_get_marks (WeftHistory *self)
{
  g_return_val_if_fail (WEFT_IS_HISTORY (self), NULL);

  return self->marks;
}

const GArray *
weft_history_get_places (WeftHistory *self)
{
  g_return_val_if_fail (WEFT_IS_HISTORY (self), NULL);

  return self->places;
}

static WeftHistoryJob *
create_job (WeftHistory        *self,
            WeftHistoryJobKind  kind,
            guint               index,
            GAsyncReadyCallback callback,
            gpointer            user_data)
{
  WeftHistoryJob *job = g_new0 (WeftHistoryJob, 1);

  job->kind = kind;
  job->index = index;
  job->task = g_task_new (self, NULL, callback, user_data);

  return job;
}

/**
 * weft_history_restore_async:
 * @self: a history that was read
 * @index: a version of it
 * @callback: called when the page is what it was then
 * @user_data: for @callback
 */
void
weft_history_restore_async (WeftHistory        *self,
                            guint               index,
                            GAsyncReadyCallback callback,
                            gpointer            user_data)
{
  g_return_if_fail (WEFT_IS_HISTORY (self));

  g_queue_push_tail (&self->jobs, create_job (self, WEFT_HISTORY_JOB_RESTORE, index, callback, user_data));
  if (self->n_edits != self->n_edits_read)
    read_again (self);
  run_next (self);
}

gboolean
weft_history_restore_finish (WeftHistory  *self,
                             GAsyncResult *result,
                             GError      **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * weft_history_copy_async:
 * @self: a history that was read
 * @index: a version of it
 * @title: of the new page
 * @callback: called when it is there
 * @user_data: for @callback
 */
void
weft_history_copy_async (WeftHistory        *self,
                         guint               index,
                         const char         *title,
                         GAsyncReadyCallback callback,
                         gpointer            user_data)
{
  WeftHistoryJob *job;

  g_return_if_fail (WEFT_IS_HISTORY (self));
  g_return_if_fail (title != NULL);

  job = create_job (self, WEFT_HISTORY_JOB_COPY, index, callback, user_data);
  job->title = g_strdup (title);
  g_queue_push_tail (&self->jobs, job);
  run_next (self);
}

WeftPage *
weft_history_copy_finish (WeftHistory  *self,
                          GAsyncResult *result,
                          GError      **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
