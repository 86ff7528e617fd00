/* weft-window-copies.c - backups and their return, everything as files, a new notebook made of this one
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each may take a while: a dialog shows how far it is and offers to cancel. What is long over before anybody could
 * read that shows none.
 */

#include "config.h"

#include "app/weft-window-private.h"

#include <glib/gi18n.h>

#include "app/weft-library.h"

/* Work shorter than this has no dialog. */
#define DIALOG_DELAY_MS 400
#define FILE_KEY        "weft-file"

typedef struct
{
  WeftWindow     *window;
  WeftNotebook   *notebook;
  GFile          *file;
  GCancellable   *cancellable;
  char           *heading;
  AdwDialog      *dialog; /* nullable */
  GtkProgressBar *bar;    /* borrowed from the dialog */
  double          share;
  guint           dialog_source;
} Work;

static void
work_free (Work *self)
{
  g_clear_handle_id (&self->dialog_source, g_source_remove);
  if (self->dialog != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->dialog, self);
      adw_dialog_force_close (self->dialog);
    }
  g_clear_object (&self->dialog);
  g_clear_object (&self->notebook);
  g_clear_object (&self->file);
  g_clear_object (&self->cancellable);
  g_object_unref (self->window);
  g_free (self->heading);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Work, work_free)

static Work *
work_new (WeftWindow *window,
          const char *heading)
{
  Work *self = g_new0 (Work, 1);

  self->window = g_object_ref (window);
  self->notebook = window->notebook != NULL ? g_object_ref (window->notebook) : NULL;
  self->heading = g_strdup (heading);
  return self;
}

/* --- Progress ----------------------------------------------------------------------------------------------- */

static gboolean
show_dialog_cb (gpointer user_data)
{
  Work *self = user_data;
  GtkWidget *bar;

  self->dialog_source = 0;
  if (self->window->stack == NULL)
    return G_SOURCE_REMOVE;

  self->dialog = g_object_ref_sink (ADW_DIALOG (adw_alert_dialog_new (self->heading, NULL)));
  bar = gtk_progress_bar_new ();
  gtk_accessible_update_property (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_PROPERTY_LABEL, self->heading, -1);
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (bar), self->share);
  self->bar = GTK_PROGRESS_BAR (bar);
  adw_alert_dialog_set_extra_child (ADW_ALERT_DIALOG (self->dialog), bar);
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (self->dialog), "cancel", _ ("_Cancel"), NULL);
  g_signal_connect_swapped (self->dialog, "response", G_CALLBACK (g_cancellable_cancel), self->cancellable);
  adw_dialog_present (self->dialog, GTK_WIDGET (self->window));

  return G_SOURCE_REMOVE;
}

static void
begin_work (Work *self)
{
  self->cancellable = g_cancellable_new ();
  self->dialog_source = g_timeout_add (DIALOG_DELAY_MS, show_dialog_cb, self);
}

static void
progress_cb (double   share,
             gpointer user_data)
{
  Work *self = user_data;

  self->share = share;
  if (self->bar != NULL && self->dialog != NULL)
    gtk_progress_bar_set_fraction (self->bar, share);
}

/* @done: (transfer full): what is said when it worked */
static void
tell_end (Work         *self,
          char         *done,
          const GError *error)
{
  g_autofree char *sentence = done;
  g_autofree char *name = self->file != NULL ? g_file_get_basename (self->file) : NULL;

  if (self->window->stack == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  if (error != NULL)
    {
      g_free (sentence);
      /* Translators: %1$s is a file name, %2$s says why */
      sentence = g_strdup_printf (_ ("“%1$s” could not be written: %2$s"), name, error->message);
    }

  weft_window_show_message (self->window, sentence);
}

/* --- Back up ------------------------------------------------------------------------------------------------ */

/* Titles are no file names. */
static char *
suggest_name (WeftNotebook *notebook,
              const char   *suffix)
{
  const char *title = weft_notebook_get_title (notebook);
  g_autoptr(GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *date = g_date_time_format (now, "%Y-%m-%d");
  g_autofree char *stem
    = g_strdelimit (g_strdup (title != NULL && *title != '\0' ? title : _ ("Notebook")), "/\\:*?\"<>|\n\t", '-');

  if (*stem == '.')
    *stem = '-';

  return g_strdup_printf ("%s %s%s", stem, date, suffix);
}

static void
backed_up_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(Work) work = user_data;
  g_autoptr(GError) error = NULL;
  g_autofree char *name = g_file_get_basename (work->file);

  weft_notebook_backup_finish (WEFT_NOTEBOOK (object), result, &error);
  /* Translators: %s is a file name */
  tell_end (work, g_strdup_printf (_ ("Backed up to “%s”"), name), error);
}

/* Whether a file was chosen; otherwise all that is to be said was said. */
static gboolean
take_file (Work   *self,
           GFile  *file,
           GError *error)
{
  self->file = file;
  if (self->window->stack == NULL)
    return FALSE;

  if (file == NULL && !g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED))
    weft_window_show_message (self->window, error->message);

  return file != NULL;
}

static void
backup_chosen_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr(Work) work = user_data;
  g_autoptr(GError) error = NULL;

  if (!take_file (work, gtk_file_dialog_save_finish (GTK_FILE_DIALOG (object), result, &error), error))
    return;

  begin_work (work);
  weft_notebook_backup_async (work->notebook, work->file, progress_cb, work, work->cancellable, backed_up_cb, work);
  g_steal_pointer (&work);
}

static void
set_notebook_filter (GtkFileDialog *dialog)
{
  g_autoptr(GtkFileFilter) filter = gtk_file_filter_new ();
  g_autoptr(GListStore) filters = g_list_store_new (GTK_TYPE_FILE_FILTER);

  gtk_file_filter_set_name (filter, _ ("Weft Notebooks"));
  gtk_file_filter_add_suffix (filter, "weft");
  g_list_store_append (filters, filter);
  gtk_file_dialog_set_filters (dialog, G_LIST_MODEL (filters));
}

static void
back_up_cb (GtkWidget  *widget,
            const char *action_name,
            GVariant   *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);
  g_autoptr(GtkFileDialog) dialog = gtk_file_dialog_new ();
  g_autofree char *name = suggest_name (self->notebook, ".weft");

  gtk_file_dialog_set_title (dialog, _ ("Back Up Notebook"));
  gtk_file_dialog_set_accept_label (dialog, _ ("_Back Up"));
  gtk_file_dialog_set_initial_name (dialog, name);
  set_notebook_filter (dialog);
  gtk_file_dialog_save (dialog, GTK_WINDOW (widget), NULL, backup_chosen_cb,
                        work_new (self, _ ("Backing Up")));
}

/* --- Restore ------------------------------------------------------------------------------------------------ */

/* Whether the window still shows the notebook that was restored, which the dialog knows. */
static gboolean
shows_restored (WeftWindow *self,
                gpointer    dialog)
{
  GFile *file = g_object_get_data (G_OBJECT (dialog), FILE_KEY);

  return self->notebook != NULL && g_file_equal (weft_notebook_get_file (self->notebook), file);
}

static void
restored_response_cb (AdwAlertDialog *dialog,
                      const char     *response,
                      WeftWindow     *self)
{
  if (!shows_restored (self, dialog))
    return;

  if (g_str_equal (response, "sync"))
    weft_notebook_set_work_offline (self->notebook, FALSE);
  else if (g_str_equal (response, "fork"))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.fork-notebook", NULL);
}

/* What came later is for somebody to let in; the notebook shows behind the question. */
static void
ask_about_sharing (Work *work)
{
  AdwDialog *dialog = adw_alert_dialog_new (_ ("The Backup Is Open as It Was"), NULL);

  adw_alert_dialog_set_body (ADW_ALERT_DIALOG (dialog),
                             _ ("This notebook is shared, and works offline for now. Once it synchronizes, all that "
                                "was written and deleted since the backup comes in, too."));
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "look", _ ("_Look at It First"), "fork",
                                  _ ("Start a _New Notebook…"), "sync", _ ("_Synchronize"), NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "look", ADW_RESPONSE_SUGGESTED);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "look");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "look");
  g_object_set_data_full (G_OBJECT (dialog), FILE_KEY, g_object_ref (work->file), g_object_unref);
  g_signal_connect_object (dialog, "response", G_CALLBACK (restored_response_cb), work->window, 0);
  adw_dialog_present (dialog, GTK_WIDGET (work->window));
}

static void
restored_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(Work) work = user_data;
  g_autoptr(GError) error = NULL;
  g_autofree char *notice = NULL;
  gboolean is_shared = FALSE;

  if (!weft_notebook_restore_finish (result, &is_shared, &notice, &error))
    {
      if (work->window->stack != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        {
          /* Translators: %s says why */
          g_autofree char *sentence = g_strdup_printf (_ ("The backup could not be opened: %s"), error->message);

          weft_window_show_message (work->window, sentence);
        }
      return;
    }
  if (work->window->stack == NULL)
    return;

  weft_window_open_notebook (work->window, work->file, NULL);
  if (is_shared)
    ask_about_sharing (work);
  if (notice != NULL)
    weft_window_show_message (work->window, notice);
  else if (!is_shared)
    tell_end (work, g_strdup (_ ("The backup is open as a notebook of its own")), NULL);
}

/* The backup itself stays as it is: it may be needed again. */
static void
restore_chosen_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr(Work) work = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GFile) backup = gtk_file_dialog_open_finish (GTK_FILE_DIALOG (object), result, &error);

  if (!take_file (work, backup != NULL ? weft_library_new_file () : NULL, error))
    return;

  begin_work (work);
  weft_notebook_restore_async (backup, work->file, progress_cb, work, work->cancellable, restored_cb, work);
  g_steal_pointer (&work);
}

static void
restore_cb (GtkWidget  *widget,
            const char *action_name,
            GVariant   *parameter)
{
  g_autoptr(GtkFileDialog) dialog = gtk_file_dialog_new ();

  gtk_file_dialog_set_title (dialog, _ ("Restore Backup"));
  gtk_file_dialog_set_accept_label (dialog, _ ("_Restore"));
  set_notebook_filter (dialog);
  gtk_file_dialog_open (dialog, GTK_WINDOW (widget), NULL, restore_chosen_cb,
                        work_new (WEFT_WINDOW (widget), _ ("Restoring the Backup")));
}

/* --- Everything as files ------------------------------------------------------------------------------------ */

static void
all_exported_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr(Work) work = user_data;
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) problems = NULL;
  g_autofree char *message = NULL;
  guint n_pages = 0;

  if (!weft_notebook_export_all_finish (WEFT_NOTEBOOK (object), result, &n_pages, &problems, &error))
    {
      tell_end (work, NULL, error);
      return;
    }

  /* Translators: %u is the number of pages that were written as files */
  message = g_strdup_printf (ngettext ("Exported %u page", "Exported %u pages", n_pages), n_pages);
  if (problems[0] != NULL && work->window->stack != NULL)
    weft_window_show_problems (work->window, message, problems);
  else
    tell_end (work, g_steal_pointer (&message), NULL);
}

static void
folder_chosen_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr(Work) work = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GFile) folder = gtk_file_dialog_select_folder_finish (GTK_FILE_DIALOG (object), result, &error);
  GFile *inside = NULL;

  /* In a folder of its own: nothing that is there is written over. */
  for (guint i = 1; folder != NULL && inside == NULL; i++)
    {
      g_autofree char *stem = suggest_name (work->notebook, "");
      g_autofree char *name = i == 1 ? g_strdup (stem) : g_strdup_printf ("%s %u", stem, i);

      inside = g_file_get_child (folder, name);
      if (g_file_query_exists (inside, NULL))
        g_clear_object (&inside);
    }

  if (!take_file (work, inside, error))
    return;

  begin_work (work);
  weft_notebook_export_all_async (work->notebook, work->file, progress_cb, work, work->cancellable, all_exported_cb,
                                  work);
  g_steal_pointer (&work);
}

static void
export_all_cb (GtkWidget  *widget,
               const char *action_name,
               GVariant   *parameter)
{
  g_autoptr(GtkFileDialog) dialog = gtk_file_dialog_new ();

  gtk_file_dialog_set_title (dialog, _ ("Export Everything"));
  gtk_file_dialog_set_accept_label (dialog, _ ("_Export"));
  gtk_file_dialog_select_folder (dialog, GTK_WINDOW (widget), NULL, folder_chosen_cb,
                                 work_new (WEFT_WINDOW (widget), _ ("Exporting Everything")));
}

/* --- A new notebook ----------------------------------------------------------------------------------------- */

static void
forked_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(Work) work = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GFile) file = weft_notebook_fork_finish (WEFT_NOTEBOOK (object), result, &error);

  if (file != NULL && work->window->stack != NULL)
    weft_window_open_notebook (work->window, file, NULL);
  tell_end (work, g_strdup (_ ("This is the new notebook")), error);
}

static void
fork_response_cb (AdwAlertDialog *dialog,
                  const char     *response,
                  WeftWindow     *self)
{
  g_autofree char *title = NULL;
  const char *old_title;
  Work *work;

  if (!g_str_equal (response, "start") || self->notebook == NULL)
    return;

  old_title = weft_notebook_get_title (self->notebook);
  /* Translators: the title of a notebook that was made of another; %s is that one’s */
  title = g_strdup_printf (_ ("Copy of %s"), *old_title != '\0' ? old_title : _ ("Notebook"));
  work = work_new (self, _ ("Copying the Pages"));
  work->file = weft_library_new_file ();
  begin_work (work);
  weft_notebook_fork_async (work->notebook, work->file, title, progress_cb, work, work->cancellable, forked_cb,
                            work);
}

static void
fork_cb (GtkWidget  *widget,
         const char *action_name,
         GVariant   *parameter)
{
  AdwDialog *dialog = adw_alert_dialog_new (_ ("Start a New Notebook?"), NULL);

  adw_alert_dialog_set_body (ADW_ALERT_DIALOG (dialog),
                             _ ("All pages are copied, with their history. The new notebook is not shared with anybody, "
                                "and changes in one of the two never come to the other."));
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "start", _ ("_Start"), NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "start", ADW_RESPONSE_SUGGESTED);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "start");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (fork_response_cb), widget, 0);
  adw_dialog_present (dialog, widget);
}

void
weft_window_install_copy_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.back-up", NULL, back_up_cb);
  gtk_widget_class_install_action (widget_class, "win.restore-backup", NULL, restore_cb);
  gtk_widget_class_install_action (widget_class, "win.export-all", NULL, export_all_cb);
  gtk_widget_class_install_action (widget_class, "win.fork-notebook", NULL, fork_cb);
}
