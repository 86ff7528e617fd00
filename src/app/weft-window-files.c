/* weft-window-files.c - bringing files in, and pages out
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-window-private.h"

#include <glib/gi18n.h>

/* --- Import ------------------------------------------------------------------------------------------------- */

void
weft_window_show_problems (WeftWindow *self,
                           const char *heading,
                           GStrv       problems)
{
  AdwDialog *dialog = adw_alert_dialog_new (heading, NULL);
  GtkWidget *scroller = gtk_scrolled_window_new ();
  g_autofree char *text = g_strjoinv ("\n", problems);
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), label);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), 240);

  adw_alert_dialog_set_extra_child (ADW_ALERT_DIALOG (dialog), scroller);
  adw_alert_dialog_add_response (ADW_ALERT_DIALOG (dialog), "close", _ ("_Close"));
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "close");
  adw_dialog_present (dialog, GTK_WIDGET (self));

  /* The text takes the focus and shows all of itself as selected otherwise. */
  gtk_widget_grab_focus (adw_dialog_get_default_widget (dialog));
}

static void
imported_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(WeftWindow) self = user_data;
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) problems = NULL;
  g_autofree char *message = NULL;
  WeftPage *first;
  guint n_pages = 0;

  first = weft_notebook_import_finish (WEFT_NOTEBOOK (object), result, &n_pages, &problems, &error);

  if (self->stack == NULL || self->notebook != WEFT_NOTEBOOK (object))
    return;

  if (error != NULL)
    {
      char *lines[] = { error->message, NULL };

      weft_window_show_problems (self, _ ("Nothing Imported"), lines);
      return;
    }

  if (first != NULL)
    {
      weft_window_open_page (self, first, TRUE);
      weft_sidebar_expand_page (self->sidebar, first);
    }

  /* Translators: %u is the number of pages that were made from files */
  message = g_strdup_printf (ngettext ("Imported %u page", "Imported %u pages", n_pages), n_pages);

  if (problems != NULL && problems[0] != NULL)
    weft_window_show_problems (self, message, problems);
  else
    weft_window_show_message (self, message);
}

/**
 * weft_window_import:
 * @self: a window
 * @files: (element-type GFile): files and folders
 * @parent: (nullable): below which page; %NULL is the top
 *
 * Makes pages of files. While the notebook is being opened it waits for that.
 */
void
weft_window_import (WeftWindow *self,
                    GListModel *files,
                    WeftPage   *parent)
{
  g_return_if_fail (WEFT_IS_WINDOW (self));

  if (self->notebook == NULL)
    g_set_object (&self->new_files, files);
  else if (g_list_model_get_n_items (files) > 0)
    weft_notebook_import_async (self->notebook, files, parent, NULL, imported_cb, g_object_ref (self));
}

static void
files_chosen_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr(WeftWindow) self = user_data;
  g_autoptr(GListModel) files = NULL;
  g_autoptr(GError) error = NULL;

  files = gtk_file_dialog_open_multiple_finish (GTK_FILE_DIALOG (object), result, &error);

  if (files != NULL)
    weft_window_import (self, files, NULL);
  else if (!g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED) && self->stack != NULL)
    weft_window_show_message (self, error->message);
}

static void
folder_chosen_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr(WeftWindow) self = user_data;
  g_autoptr(GListStore) files = NULL;
  g_autoptr(GFile) folder = NULL;
  g_autoptr(GError) error = NULL;

  folder = gtk_file_dialog_select_folder_finish (GTK_FILE_DIALOG (object), result, &error);

  if (folder != NULL)
    {
      files = g_list_store_new (G_TYPE_FILE);
      g_list_store_append (files, folder);
      weft_window_import (self, G_LIST_MODEL (files), NULL);
    }
  else if (!g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED) && self->stack != NULL)
    {
      weft_window_show_message (self, error->message);
    }
}

static void
add_filter (GListStore *filters,
            const char *name,
            const char *first_suffix,
            const char *second_suffix)
{
  g_autoptr(GtkFileFilter) filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, name);
  gtk_file_filter_add_suffix (filter, first_suffix);
  if (second_suffix != NULL)
    gtk_file_filter_add_suffix (filter, second_suffix);
  g_list_store_append (filters, filter);
}

static void
import_files_cb (GtkWidget  *widget,
                 const char *action_name,
                 GVariant   *parameter)
{
  g_autoptr(GtkFileDialog) dialog = gtk_file_dialog_new ();
  g_autoptr(GListStore) filters = g_list_store_new (GTK_TYPE_FILE_FILTER);
  g_autoptr(GtkFileFilter) both = gtk_file_filter_new ();

  gtk_file_filter_set_name (both, _ ("Notes and Boards"));
  gtk_file_filter_add_suffix (both, "md");
  gtk_file_filter_add_suffix (both, "markdown");
  gtk_file_filter_add_suffix (both, "excalidraw");
  g_list_store_append (filters, both);
  add_filter (filters, _ ("Markdown"), "md", "markdown");
  add_filter (filters, _ ("Excalidraw Drawings"), "excalidraw", NULL);

  gtk_file_dialog_set_title (dialog, _ ("Import Files"));
  gtk_file_dialog_set_accept_label (dialog, _ ("_Import"));
  gtk_file_dialog_set_filters (dialog, G_LIST_MODEL (filters));
  gtk_file_dialog_open_multiple (dialog, GTK_WINDOW (widget), NULL, files_chosen_cb, g_object_ref (widget));
}

static void
import_folder_cb (GtkWidget  *widget,
                  const char *action_name,
                  GVariant   *parameter)
{
  g_autoptr(GtkFileDialog) dialog = gtk_file_dialog_new ();

  gtk_file_dialog_set_title (dialog, _ ("Import Folder"));
  gtk_file_dialog_set_accept_label (dialog, _ ("_Import"));
  gtk_file_dialog_select_folder (dialog, GTK_WINDOW (widget), NULL, folder_chosen_cb, g_object_ref (widget));
}

/* A small real sample: what it imports is what anybody could import. */
static void
tour_cb (GtkWidget  *widget,
         const char *action_name,
         GVariant   *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);
  static const char *const places[] = { WEFT_PKGDATADIR "/tour", WEFT_SOURCE_DIR "/data/tour" };
  g_autoptr(GListStore) files = g_list_store_new (G_TYPE_FILE);

  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      if (g_file_test (places[i], G_FILE_TEST_IS_DIR))
        {
          g_autoptr(GFile) folder = g_file_new_for_path (places[i]);

          g_list_store_append (files, folder);
          break;
        }
    }

  if (g_list_model_get_n_items (G_LIST_MODEL (files)) > 0)
    weft_window_import (self, G_LIST_MODEL (files), NULL);
  else
    weft_window_show_message (self, _ ("The tour is not installed"));
}

/* --- Export ------------------------------------------------------------------------------------------------- */

typedef struct
{
  WeftWindow *window;
  WeftPage   *page;
  GFile      *file;
  gboolean    as_picture;
} Export;

static void
export_free (Export *self)
{
  g_object_unref (self->window);
  g_object_unref (self->page);
  g_clear_object (&self->file);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Export, export_free)

static void
tell_exported (Export       *self,
               const GError *error)
{
  g_autofree char *name = g_file_get_basename (self->file);
  g_autofree char *message = NULL;

  if (self->window->stack == NULL)
    return;

  if (error != NULL)
    /* Translators: %1$s is a file name, %2$s says why */
    message = g_strdup_printf (_ ("“%1$s” could not be written: %2$s"), name, error->message);
  else
    /* Translators: %s is a file name */
    message = g_strdup_printf (_ ("Exported to “%s”"), name);

  weft_window_show_message (self->window, message);
}

static void
exported_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(Export) export = user_data;
  g_autoptr(GError) error = NULL;

  weft_notebook_export_page_finish (WEFT_NOTEBOOK (object), result, &error);
  tell_exported (export, error);
}

/* A file name that every file system takes. */
static char *
suggest_name (WeftPage   *page,
              const char *suffix)
{
  g_autofree char *stem = g_strdelimit (g_strdup (weft_page_get_display_title (page)), "/\\:*?\"<>|\n\t", '-');

  /* A leading dot would hide the file. */
  if (*stem == '.')
    *stem = '-';

  return g_strdup_printf ("%s.%s", stem, suffix);
}

static void
export_file_chosen_cb (GObject      *object,
                       GAsyncResult *result,
                       gpointer      user_data)
{
  g_autoptr(Export) export = user_data;
  g_autoptr(GError) error = NULL;
  g_autofree char *name = NULL;
  WeftWindow *window = export->window;

  export->file = gtk_file_dialog_save_finish (GTK_FILE_DIALOG (object), result, &error);

  if (window->stack == NULL || window->notebook == NULL)
    return;

  if (export->file == NULL)
    {
      if (!g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED))
        weft_window_show_message (window, error->message);
      return;
    }

  name = g_file_get_basename (export->file);

  /* The name counts for more than the menu: what ends in ".svg" is a picture. */
  if (weft_page_get_kind (export->page) == WEFT_PAGE_BOARD &&
      (g_str_has_suffix (name, ".svg") || (export->as_picture && !g_str_has_suffix (name, ".excalidraw"))))
    {
      weft_board_view_export_svg (window->board_view, export->file, &error);
      tell_exported (export, error);
    }
  else
    {
      weft_notebook_export_page_async (window->notebook, export->page, export->file, NULL, exported_cb, export);
      g_steal_pointer (&export);
    }
}

/**
 * weft_window_export:
 * @self: a window
 * @page: a page of its notebook
 * @as_picture: for a board: an SVG picture, and not an Excalidraw drawing
 *
 * Asks for a file: a note becomes Markdown, a board a drawing or a picture. The picture is drawn by
 * the view, so the page is opened.
 */
void
weft_window_export (WeftWindow *self,
                    WeftPage   *page,
                    gboolean    as_picture)
{
  g_autoptr(GtkFileDialog) dialog = gtk_file_dialog_new ();
  g_autoptr(GListStore) filters = g_list_store_new (GTK_TYPE_FILE_FILTER);
  g_autofree char *name = NULL;
  Export *export;

  g_return_if_fail (WEFT_IS_WINDOW (self));
  g_return_if_fail (WEFT_IS_PAGE (page));

  weft_window_open_page (self, page, TRUE);

  if (weft_page_get_kind (page) != WEFT_PAGE_BOARD)
    {
      name = suggest_name (page, "md");
      add_filter (filters, _ ("Markdown"), "md", "markdown");
    }
  else if (as_picture)
    {
      name = suggest_name (page, "svg");
      add_filter (filters, _ ("SVG Picture"), "svg", NULL);
    }
  else
    {
      name = suggest_name (page, "excalidraw");
      add_filter (filters, _ ("Excalidraw Drawing"), "excalidraw", NULL);
    }

  export = g_new0 (Export, 1);
  export->window = g_object_ref (self);
  export->page = g_object_ref (page);
  export->as_picture = as_picture;

  gtk_file_dialog_set_title (dialog, as_picture ? _ ("Export as Picture") : _ ("Export Page"));
  gtk_file_dialog_set_accept_label (dialog, _ ("_Export"));
  gtk_file_dialog_set_initial_name (dialog, name);
  gtk_file_dialog_set_filters (dialog, G_LIST_MODEL (filters));
  gtk_file_dialog_save (dialog, GTK_WINDOW (self), NULL, export_file_chosen_cb, export);
}

static void
export_page_cb (GtkWidget  *widget,
                const char *action_name,
                GVariant   *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);

  weft_window_export (self, self->page, g_str_equal (action_name, "win.export-picture"));
}

void
weft_window_install_file_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.import-files", NULL, import_files_cb);
  gtk_widget_class_install_action (widget_class, "win.import-folder", NULL, import_folder_cb);
  gtk_widget_class_install_action (widget_class, "win.export-page", NULL, export_page_cb);
  gtk_widget_class_install_action (widget_class, "win.export-picture", NULL, export_page_cb);
  gtk_widget_class_install_action (widget_class, "win.tour", NULL, tour_cb);
}
