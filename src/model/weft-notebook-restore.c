/* weft-notebook-restore.c - a backup comes back as a notebook that does not synchronize by itself
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * In step with its relay, the backup of a shared notebook would take in within a second all that came later, the
 * deletions too for which one may have wanted the backup. So its copy works offline until somebody decides: no
 * connection is made before that, be it for an instant.
 */

#include "config.h"

#include "model/weft-notebook-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What every SQLite file begins with; its zero byte included. */
#define MAGIC "SQLite format 3"

typedef struct
{
  GFile                   *file;
  WeftNotebookProgressFunc progress; /* nullable */
  gpointer                 progress_data;
  gboolean                 is_shared;
  char                    *notice; /* nullable */
} Restore;

static void
restore_free (gpointer data)
{
  Restore *self = data;

  g_object_unref (self->file);
  g_free (self->notice);
  g_free (self);
}

/* A copy that is no notebook is of no use. */
static void
fail (GTask  *task,
      GError *error)
{
  g_file_delete (((Restore *) g_task_get_task_data (task))->file, NULL, NULL);
  g_task_return_error (task, error);
}

static void
closed_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;

  if (weft_store_close_finish (WEFT_STORE (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    fail (task, g_steal_pointer (&error));
}

static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Restore *self = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftStore) store = weft_store_open_finish (result, &error);

  if (store == NULL)
    {
      fail (task, g_steal_pointer (&error));
      return;
    }

  /* The next opening has nothing more to tell. */
  self->notice = g_strdup (weft_store_get_notice (store));
  self->is_shared = weft_store_get_setting (store, WEFT_STORE_RELAY) != NULL;
  if (self->is_shared)
    weft_store_set_setting (store, WEFT_STORE_WORK_OFFLINE, "1");
  weft_store_close_async (store, NULL, closed_cb, g_steal_pointer (&task));
}

/* The store takes a file of another kind for a notebook that was damaged from its first byte on. */
static gboolean
is_database (GFile *file)
{
  g_autoptr(GFileInputStream) stream = g_file_read (file, NULL, NULL);
  char first[sizeof MAGIC];
  gsize n_read = 0;

  return stream != NULL
         && g_input_stream_read_all (G_INPUT_STREAM (stream), first, sizeof first, &n_read, NULL, NULL)
         && n_read == sizeof first && memcmp (first, MAGIC, sizeof first) == 0;
}

static void
copied_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Restore *self = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  g_autoptr(GError) error = NULL;

  if (!g_file_copy_finish (G_FILE (source), result, &error))
    {
      /* Where there was a file before, it is not ours. */
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_EXISTS))
        g_task_return_error (task, g_steal_pointer (&error));
      else
        fail (task, g_steal_pointer (&error));
      return;
    }

  if (!is_database (self->file))
    {
      fail (task, g_error_new_literal (WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED, _("The file was not made by Weft")));
      return;
    }

  weft_store_open_async (self->file, cancellable, opened_cb, g_steal_pointer (&task));
}

static void
copy_progress_cb (goffset  n_done,
                  goffset  n_all,
                  gpointer user_data)
{
  Restore *self = g_task_get_task_data (G_TASK (user_data));

  if (self->progress != NULL)
    self->progress (n_all > 0 ? (double) n_done / (double) n_all : 0, self->progress_data);
}

/**
 * weft_notebook_restore_async:
 * @backup: what weft_notebook_backup_async() made; it stays as it is
 * @file: a file that does not exist yet
 * @progress: (nullable): told now and then, with a share from 0 to 1
 * @progress_data: for @progress
 * @cancellable: (nullable): a #GCancellable
 * @callback: called when the notebook can be opened
 * @user_data: for @callback
 *
 * Makes a notebook of a backup, to be opened by weft_notebook_open_async(). If it is shared it works offline, as by
 * weft_notebook_set_work_offline(), so that it is what it was.
 */
void
weft_notebook_restore_async (GFile                   *backup,
                             GFile                   *file,
                             WeftNotebookProgressFunc progress,
                             gpointer                 progress_data,
                             GCancellable            *cancellable,
                             GAsyncReadyCallback      callback,
                             gpointer                 user_data)
{
  GTask *task;
  Restore *self;

  g_return_if_fail (G_IS_FILE (backup));
  g_return_if_fail (G_IS_FILE (file));

  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, weft_notebook_restore_async);
  self = g_new0 (Restore, 1);
  self->file = g_object_ref (file);
  self->progress = progress;
  self->progress_data = progress_data;
  g_task_set_task_data (task, self, restore_free);
  g_file_copy_async (backup, file, G_FILE_COPY_NONE, G_PRIORITY_DEFAULT, cancellable, copy_progress_cb, task,
                     copied_cb, task);
}

/**
 * weft_notebook_restore_finish:
 * @result: what the callback got
 * @is_shared: (out) (optional): whether the notebook has a relay, and works offline now
 * @notice: (out) (optional) (nullable) (transfer full): what people should know of the backup: that it is damaged, say
 * @error: return location for an error: of files, or of the %WEFT_STORE_ERROR domain where the backup is no notebook
 *
 * Returns: whether the notebook is there
 */
gboolean
weft_notebook_restore_finish (GAsyncResult *result,
                              gboolean     *is_shared,
                              char        **notice,
                              GError      **error)
{
  Restore *self;

  g_return_val_if_fail (g_async_result_is_tagged (result, weft_notebook_restore_async), FALSE);

  self = g_task_get_task_data (G_TASK (result));
  if (is_shared != NULL)
    *is_shared = self->is_shared;
  if (notice != NULL)
    *notice = g_strdup (self->notice);

  return g_task_propagate_boolean (G_TASK (result), error);
}
