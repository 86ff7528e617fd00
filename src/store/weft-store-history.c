/* weft-store-history.c - how a document came about, and what of it was seen here
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "store/weft-doc-builder.h"
#include "store/weft-store-private.h"

/**
 * weft_store_set_seen:
 * @self: a store
 * @doc_id: a page's document
 * @snapshot: what it is now
 */
void
weft_store_set_seen (WeftStore  *self,
                     const char *doc_id,
                     GBytes     *snapshot)
{
  guint64 generation;

  g_return_if_fail (WEFT_IS_STORE (self));
  g_return_if_fail (doc_id != NULL && snapshot != NULL);

  generation = weft_store_begin_write (self);
  if (generation != 0)
    weft_store_worker_set_seen (weft_store_get_worker (self), doc_id, snapshot, generation);
}

/**
 * weft_store_lookup_seen_async:
 * @self: a store
 * @doc_id: a page's document
 * @cancellable: (nullable): a cancellable
 * @callback: called with the answer
 * @user_data: for @callback
 */
void
weft_store_lookup_seen_async (WeftStore          *self,
                              const char         *doc_id,
                              GCancellable       *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer            user_data)
{
  GTask *task;

  g_return_if_fail (WEFT_IS_STORE (self));
  g_return_if_fail (doc_id != NULL);

  task = weft_store_begin_task (self, weft_store_lookup_seen_async, cancellable, callback, user_data);
  if (task != NULL)
    weft_store_worker_lookup_seen (weft_store_get_worker (self), doc_id, task);
}

/**
 * weft_store_lookup_seen_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Returns: (transfer full) (nullable): what was given last
 */
GBytes *
weft_store_lookup_seen_finish (WeftStore    *self,
                               GAsyncResult *result,
                               GError      **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Reading a history: the rows on the store's thread, the document away from it */

typedef struct
{
  WeftStoreWorker *worker;
  GTask *task;
  char *doc_id;
  GPtrArray *rows; /* WeftLogRow */
  GArray *history; /* WeftLogHistory */
} Reading;

typedef struct
{
  WeftDoc *doc;
  GArray *entries;
} History;

static void
reading_free (gpointer data)
{
  Reading *self = data;

  g_clear_object (&self->task);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_pointer (&self->history, g_array_unref);
  weft_store_worker_unref (self->worker);
  g_free (self->doc_id);
  g_free (self);
}

static void
history_free (gpointer data)
{
  History *self = data;

  g_clear_pointer (&self->doc, weft_doc_free);
  g_clear_pointer (&self->entries, g_array_unref);
  g_free (self);
}

static int
compare_entries (gconstpointer a,
                 gconstpointer b)
{
  const WeftStoreHistoryEntry *one = a, *other = b;

  return one->time < other->time ? -1 : one->time > other->time;
}

static void
build_thread (GTask        *thread,
              gpointer      source_object,
              gpointer      task_data,
              GCancellable *cancellable)
{
  Reading *self = task_data;
  History *history;

  if (g_task_return_error_if_cancelled (self->task))
    return;

  history = g_new0 (History, 1);
  history->doc = weft_doc_build_recorded (self->rows, self->history);
  history->entries = g_array_sized_new (FALSE, FALSE, sizeof (WeftStoreHistoryEntry),
                                        self->history->len);
  for (guint i = 0; i < self->history->len; i++)
    {
      const WeftLogHistory *known = &g_array_index (self->history, WeftLogHistory, i);
      WeftStoreHistoryEntry entry = {
        known->client, known->clock, known->length, known->deleted,
        known->kind == WEFT_ROW_LOCAL, known->time,
      };

      g_array_append_val (history->entries, entry);
    }
  /* Stable: what came first of what has one time stays first. */
  g_array_sort (history->entries, compare_entries);
  g_task_return_pointer (self->task, history, history_free);
}

static void
read_cb (WeftStoreWorker *worker,
         WeftDatabase    *database,
         gpointer         user_data)
{
  Reading *self = *(Reading **) user_data;
  g_autoptr(GTask) thread = NULL;
  g_autoptr(GError) error = NULL;
  guint n_damaged;

  self->history = g_array_new (FALSE, FALSE, sizeof (WeftLogHistory));
  self->rows = weft_log_read (database, self->doc_id, &n_damaged, &error);
  if (self->rows == NULL || !weft_log_read_history (database, self->doc_id, self->history, &error))
    {
      g_task_return_error (self->task, g_steal_pointer (&error));
      return;
    }

  *(Reading **) user_data = NULL;
  thread = g_task_new (NULL, NULL, NULL, NULL);
  g_task_set_task_data (thread, self, reading_free);
  g_task_run_in_thread (thread, build_thread);
}

/* Unused where the store was closed meanwhile. */
static void
reading_holder_free (gpointer data)
{
  Reading *self = *(Reading **) data;

  if (self != NULL)
    {
      if (!g_task_get_completed (self->task) && self->rows == NULL && self->history == NULL)
        g_task_return_new_error (self->task, WEFT_STORE_ERROR, WEFT_STORE_ERROR_CLOSED,
                                 "The notebook was closed");
      reading_free (self);
    }
  g_free (data);
}

static void
flushed_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Reading *self = user_data;
  Reading **holder = g_new (Reading *, 1);

  /* Of what the disk refuses the history is told as far as it is saved. */
  weft_store_flush_finish (WEFT_STORE (source), result, NULL);
  *holder = self;
  weft_store_worker_with_database (self->worker, read_cb, holder, reading_holder_free);
}

/**
 * weft_store_load_history_async:
 * @self: a store
 * @doc_id: a document
 * @cancellable: (nullable): a cancellable
 * @callback: called with the answer
 * @user_data: for @callback
 */
void
weft_store_load_history_async (WeftStore          *self,
                               const char         *doc_id,
                               GCancellable       *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer            user_data)
{
  Reading *reading;
  GTask *task;

  g_return_if_fail (WEFT_IS_STORE (self));
  g_return_if_fail (doc_id != NULL);

  task = weft_store_begin_task (self, weft_store_load_history_async, cancellable, callback, user_data);
  if (task == NULL)
    return;

  reading = g_new0 (Reading, 1);
  reading->worker = weft_store_worker_ref (weft_store_get_worker (self));
  reading->task = task;
  reading->doc_id = g_strdup (doc_id);
  weft_store_flush_async (self, NULL, flushed_cb, reading);
}

/**
 * weft_store_load_history_finish:
 * @self: a store
 * @result: what the callback got
 * @entries: (out) (transfer full) (element-type WeftStoreHistoryEntry): oldest first
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Returns: (transfer full): the document, which belongs to the caller alone
 */
WeftDoc *
weft_store_load_history_finish (WeftStore    *self,
                                GAsyncResult *result,
                                GArray      **entries,
                                GError      **error)
{
  History *history;
  WeftDoc *doc;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  history = g_task_propagate_pointer (G_TASK (result), error);
  if (history == NULL)
    return NULL;

  doc = g_steal_pointer (&history->doc);
  *entries = g_steal_pointer (&history->entries);
  history_free (history);

  return doc;
}
