/* weft-backup-main.c - `weft backup`
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "store/weft-backup-main.h"

#include <glib/gi18n-lib.h>
#include <signal.h>
#include <unistd.h>

#include <glib-unix.h>

#include "store/weft-store.h"

/* From sysexits.h */
#define EXIT_USAGE 64
#define EXIT_NO_INPUT 66
#define EXIT_CANNOT_CREATE 73

typedef struct
{
  GMainLoop *loop;
  GCancellable *cancellable;
  GFile *target;
  WeftStore *store;
  gboolean shows_progress;
  int status;
} Command;

static void
closed_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Command *self = user_data;

  weft_store_close_finish (WEFT_STORE (source), result, NULL);
  g_main_loop_quit (self->loop);
}

static void
progress_cb (double   share,
             gpointer user_data)
{
  Command *self = user_data;

  if (self->shows_progress)
    g_printerr ("\r%3d %%", (int) (share * 100));
}

static void
backed_up_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  Command *self = user_data;
  g_autoptr(GError) error = NULL;

  if (self->shows_progress)
    g_printerr ("\r      \r");
  if (weft_store_backup_finish (self->store, result, &error))
    g_print ("%s\n", g_file_peek_path (self->target));
  else
    {
      g_printerr ("weft backup: %s: %s\n", g_file_peek_path (self->target), error->message);
      self->status = EXIT_CANNOT_CREATE;
    }

  weft_store_close_async (self->store, NULL, closed_cb, self);
}

static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Command *self = user_data;
  g_autoptr(GError) error = NULL;

  self->store = weft_store_open_finish (result, &error);
  if (self->store == NULL)
    {
      g_printerr ("weft backup: %s\n", error->message);
      if (g_error_matches (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_IN_USE))
        g_printerr ("It is open in Weft: choose “Back Up…” in its menu, or close it there.\n");
      self->status = EXIT_NO_INPUT;
      g_main_loop_quit (self->loop);
      return;
    }

  if (weft_store_get_notice (self->store) != NULL)
    g_printerr ("weft backup: %s\n", weft_store_get_notice (self->store));
  weft_store_backup_async (self->store, self->target, progress_cb, self, self->cancellable, backed_up_cb, self);
}

static gboolean
interrupted_cb (gpointer user_data)
{
  g_cancellable_cancel (((Command *) user_data)->cancellable);
  return G_SOURCE_CONTINUE;
}

/**
 * weft_backup_main:
 * @argc: of main ()
 * @argv: of main ()
 *
 * Returns: the exit status
 */
int
weft_backup_main (int    argc,
                  char **argv)
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GFile) notebook = NULL;
  g_autoptr(GFile) target = NULL;
  Command self = { .loop = loop, .cancellable = cancellable, .shows_progress = isatty (STDERR_FILENO) };

  if (argc != 4)
    {
      g_printerr ("Usage: weft backup NOTEBOOK.weft BACKUP.weft\n");
      return EXIT_USAGE;
    }

  notebook = g_file_new_for_commandline_arg (argv[2]);
  target = g_file_new_for_commandline_arg (argv[3]);
  if (!g_file_query_exists (notebook, NULL))
    {
      g_printerr ("weft backup: %s: there is no such file\n", argv[2]);
      return EXIT_NO_INPUT;
    }

  /* A whole backup into its folder. */
  if (g_file_query_file_type (target, G_FILE_QUERY_INFO_NONE, NULL) == G_FILE_TYPE_DIRECTORY)
    {
      g_autofree char *name = g_file_get_basename (notebook);
      GFile *inside = g_file_get_child (target, name);

      g_object_unref (target);
      target = inside;
    }

  self.target = target;
  g_unix_signal_add (SIGINT, interrupted_cb, &self);
  weft_store_open_async (notebook, NULL, opened_cb, &self);
  g_main_loop_run (loop);
  g_clear_object (&self.store);

  return self.status;
}
