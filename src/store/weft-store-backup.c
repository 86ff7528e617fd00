/* weft-store-backup.c - a backup of a store that is in use
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The copying is done in small steps on the store's thread, each a job of its own, so that commits go on between
 * them; reading the copy back, which may take long, on a thread of GTask.
 */

#include "config.h"

#include "store/weft-backup.h"
#include "store/weft-store-opening.h"
#include "store/weft-store-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

/* Pages of 4 KiB: some milliseconds. */
#define STEP_PAGES 256
/* How often progress is told, in µs. */
#define TELL_US 50000

typedef struct
{
  gatomicrefcount ref_count;

  WeftStoreWorker *worker;
  GTask *task;
  char *target;
  WeftStoreProgressFunc progress;
  gpointer progress_data;

  /* The store's thread */
  WeftBackup *backup;
  gint64 told;

  double share; /* written there, read on the owner's thread: of no consequence when torn */
} Backup;

static Backup *
backup_ref (Backup *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
backup_unref (Backup *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_pointer (&self->backup, weft_backup_free);
  /* The store was closed in the middle of it. */
  if (self->task != NULL)
    {
      g_task_return_new_error (self->task, WEFT_STORE_ERROR, WEFT_STORE_ERROR_CLOSED,
                               _ ("The notebook was closed"));
      g_object_unref (self->task);
    }
  weft_store_worker_unref (self->worker);
  g_free (self->target);
  g_free (self);
}

static void
answer (Backup *self,
        GError *error)
{
  g_autoptr(GTask) task = g_steal_pointer (&self->task);

  g_clear_pointer (&self->backup, weft_backup_free);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

typedef struct
{
  Backup *backup;
  GTask *task;
  double share;
} Tell;

static void
tell_free (gpointer data)
{
  Tell *tell = data;

  backup_unref (tell->backup);
  g_object_unref (tell->task);
  g_free (tell);
}

static gboolean
tell_cb (gpointer user_data)
{
  Tell *tell = user_data;

  if (!g_task_get_completed (tell->task))
    tell->backup->progress (tell->share, tell->backup->progress_data);

  return G_SOURCE_REMOVE;
}

static void
tell_progress (Backup *self)
{
  gint64 now = g_get_monotonic_time ();
  Tell *tell;

  if (self->progress == NULL || now - self->told < TELL_US)
    return;

  self->told = now;
  tell = g_new (Tell, 1);
  *tell = (Tell){ backup_ref (self), g_object_ref (self->task), weft_backup_get_progress (self->backup) };
  g_main_context_invoke_full (g_task_get_context (self->task), G_PRIORITY_DEFAULT, tell_cb, tell, tell_free);
}

static void
finish_thread (GTask        *task,
               gpointer      source_object,
               gpointer      task_data,
               GCancellable *cancellable)
{
  Backup *self = task_data;
  GError *error = NULL;

  if (!g_cancellable_set_error_if_cancelled (g_task_get_cancellable (self->task), &error))
    weft_backup_finish (self->backup, &error);
  answer (self, error);
  g_task_return_boolean (task, TRUE);
}

/* A file of its own from what waits: of what is in a file that somebody wrote over, nothing is known. */
static gboolean
save_waiting (Backup          *self,
              WeftStoreWorker *worker,
              GError         **error)
{
  static const char *const suffixes[] = { "", "-wal", "-lock" };
  g_autofree char *part = g_strconcat (self->target, ".part", NULL);
  gboolean written = FALSE;
  WeftDatabase *copy;

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *path = g_strconcat (part, suffixes[i], NULL);

      g_unlink (path);
    }

  copy = weft_store_make_database (part, error);
  if (copy == NULL)
    return FALSE;

  written = weft_store_worker_write_waiting (worker, copy, error) && weft_database_checkpoint (copy, error);
  weft_database_close (copy);
  if (written && g_rename (part, self->target) != 0)
    {
      int code = errno;

      written = FALSE;
      /* Translators: a file name, and why */
      g_set_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED, _ ("“%s” cannot be made: %s"), self->target,
                   g_strerror (code));
    }

  /* What was renamed is not there any more, its companions are. */
  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *path = g_strconcat (part, suffixes[i], NULL);

      g_unlink (path);
    }

  return written;
}

static void
step_cb (WeftStoreWorker *worker,
         WeftDatabase    *database,
         gpointer         user_data)
{
  Backup *self = user_data;
  GCancellable *cancellable = g_task_get_cancellable (self->task);
  g_autoptr(GError) error = NULL;
  g_autoptr(GTask) task = NULL;

  if (g_cancellable_set_error_if_cancelled (cancellable, &error))
    {
      answer (self, g_steal_pointer (&error));
      return;
    }

  if (weft_database_is_overwritten (database))
    {
      save_waiting (self, worker, &error);
      answer (self, g_steal_pointer (&error));
      return;
    }

  if (self->backup == NULL)
    self->backup = weft_backup_new (database, self->target, &error);
  if (self->backup != NULL && weft_backup_step (self->backup, STEP_PAGES, &error))
    {
      tell_progress (self);
      weft_store_worker_with_database (worker, step_cb, backup_ref (self), (GDestroyNotify) backup_unref);
      return;
    }

  /* What the disk has not taken is in the copy all the same. */
  if (error != NULL || !weft_backup_end (self->backup, &error)
      || !weft_store_worker_write_waiting (worker, weft_backup_get_copy (self->backup), &error))
    {
      answer (self, g_steal_pointer (&error));
      return;
    }

  task = g_task_new (NULL, NULL, NULL, NULL);
  g_task_set_task_data (task, backup_ref (self), (GDestroyNotify) backup_unref);
  g_task_run_in_thread (task, finish_thread);
}

static void
flushed_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Backup *self = user_data;
  g_autoptr(GError) error = NULL;

  /* Where the file takes nothing, a copy elsewhere is the way out. */
  if (weft_store_flush_finish (WEFT_STORE (source), result, &error)
      || !g_error_matches (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_CLOSED))
    weft_store_worker_with_database (self->worker, step_cb, self, (GDestroyNotify) backup_unref);
  else
    {
      answer (self, g_steal_pointer (&error));
      backup_unref (self);
    }
}

/**
 * weft_store_backup_async:
 * @self: a store
 * @target: a local file
 * @progress: (nullable): told now and then
 * @progress_data: for @progress
 * @cancellable: (nullable): a #GCancellable
 * @callback: called when the backup is whole and has its name
 * @user_data: for @callback
 *
 * Copies the notebook's file while it is in use, and what waits for the disk with it, so that nothing is lost where
 * the file itself takes nothing any more.
 */
void
weft_store_backup_async (WeftStore            *self,
                         GFile                *target,
                         WeftStoreProgressFunc progress,
                         gpointer              progress_data,
                         GCancellable         *cancellable,
                         GAsyncReadyCallback   callback,
                         gpointer              user_data)
{
  g_autofree char *path = NULL;
  g_autoptr(GTask) task = NULL;
  Backup *backup;

  g_return_if_fail (WEFT_IS_STORE (self));
  g_return_if_fail (G_IS_FILE (target));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, weft_store_backup_async);
  path = g_file_get_path (target);
  if (path == NULL || g_file_equal (target, weft_store_get_file (self)))
    {
      g_task_return_new_error (task, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED,
                               path == NULL ? _ ("A notebook must be a file on this computer")
                                            : _ ("A notebook cannot be its own backup"));
      return;
    }

  backup = g_new0 (Backup, 1);
  g_atomic_ref_count_init (&backup->ref_count);
  backup->worker = weft_store_worker_ref (weft_store_get_worker (self));
  backup->task = g_steal_pointer (&task);
  backup->target = g_steal_pointer (&path);
  backup->progress = progress;
  backup->progress_data = progress_data;
  weft_store_flush_async (self, NULL, flushed_cb, backup);
}

/**
 * weft_store_backup_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Returns: whether the backup is there
 */
gboolean
weft_store_backup_finish (WeftStore    *self,
                          GAsyncResult *result,
                          GError      **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
