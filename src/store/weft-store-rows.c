/* weft-store-rows.c - the updates of one document as they lie in the file
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "store/weft-store-rows.h"

#include "store/weft-store-private.h"
#include "store/weft-update-log.h"

struct _WeftStoreRows
{
  GPtrArray *rows; /* of WeftLogRow */
  guint64    last_seq;
  gint64     last_time;
};

typedef struct
{
  WeftStoreWorker *worker;
  GTask           *task; /* NULL once it is answered */
  char            *doc_id;
} Reading;

void
weft_store_rows_free (WeftStoreRows *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_free (self);
}

static void
reading_free (gpointer data)
{
  Reading *self = data;

  if (self->task != NULL)
    g_task_return_new_error (self->task, WEFT_STORE_ERROR, WEFT_STORE_ERROR_CLOSED, "The notebook was closed");
  g_clear_object (&self->task);
  weft_store_worker_unref (self->worker);
  g_free (self->doc_id);
  g_free (self);
}

static void
read_cb (WeftStoreWorker *worker,
         WeftDatabase    *database,
         gpointer         user_data)
{
  Reading *self = user_data;
  g_autoptr(GTask) task = g_steal_pointer (&self->task);
  g_autoptr(WeftStoreRows) found = g_new0 (WeftStoreRows, 1);
  GError *error = NULL;

  found->rows = weft_log_read_unchecked (database, self->doc_id, &error);
  if (found->rows == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  for (guint i = 0; i < found->rows->len; i++)
    {
      const WeftLogRow *row = g_ptr_array_index (found->rows, i);

      found->last_seq = row->seq;
      found->last_time = MAX (found->last_time, row->time);
    }
  g_task_return_pointer (task, g_steal_pointer (&found), (GDestroyNotify) weft_store_rows_free);
}

static void
flushed_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Reading *self = user_data;
  GError *error = NULL;

  if (weft_store_flush_finish (WEFT_STORE (source), result, &error))
    {
      weft_store_worker_with_database (self->worker, read_cb, self, reading_free);
      return;
    }

  g_task_return_error (self->task, error);
  g_clear_object (&self->task);
  reading_free (self);
}

/**
 * weft_store_read_rows_async:
 * @store: a store
 * @doc_id: a document
 * @cancellable: (nullable): a cancellable
 * @callback: called with the answer
 * @user_data: for @callback
 */
void
weft_store_read_rows_async (WeftStore           *store,
                            const char          *doc_id,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  Reading *reading;
  GTask *task;

  g_return_if_fail (WEFT_IS_STORE (store));
  g_return_if_fail (doc_id != NULL);

  task = weft_store_begin_task (store, weft_store_read_rows_async, cancellable, callback, user_data);
  if (task == NULL)
    return;

  reading = g_new0 (Reading, 1);
  reading->worker = weft_store_worker_ref (weft_store_get_worker (store));
  reading->task = task;
  reading->doc_id = g_strdup (doc_id);
  weft_store_flush_async (store, NULL, flushed_cb, reading);
}

/**
 * weft_store_read_rows_finish:
 * @store: a store
 * @result: what the callback got
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Returns: (transfer full): the rows, none for an unknown document
 */
WeftStoreRows *
weft_store_read_rows_finish (WeftStore    *store,
                             GAsyncResult *result,
                             GError      **error)
{
  g_return_val_if_fail (g_task_is_valid (result, store), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
weft_store_rows_check (const WeftStoreRows *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    if (!weft_log_row_is_sound (g_ptr_array_index (self->rows, i)))
      return FALSE;

  return TRUE;
}

GPtrArray *
weft_store_rows_dup_updates (const WeftStoreRows *self)
{
  GPtrArray *updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  for (guint i = 0; i < self->rows->len; i++)
    g_ptr_array_add (updates, g_bytes_ref (((const WeftLogRow *) g_ptr_array_index (self->rows, i))->data));

  return updates;
}

guint64
weft_store_rows_get_last_seq (const WeftStoreRows *self)
{
  return self->last_seq;
}

gint64
weft_store_rows_get_last_time (const WeftStoreRows *self)
{
  return self->last_time;
}
