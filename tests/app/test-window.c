/* test-window.c - the window: first start, pages, dialogs
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All in one process with one application, as a person has it; the data folder is empty at the start.
 */

#include "config.h"

#include <adwaita.h>
#include <glib/gstdio.h>

#include "app/share/weft-share-dialog.h"
#include "app/weft-application.h"
#include "app/weft-library.h"
#include "app/weft-preferences-dialog.h"
#include "app/weft-shortcuts-dialog.h"
#include "app/weft-window.h"
#include "crdt/weft-type.h"
#include "model/weft-tree-list.h"

/* A machine may be many times as slow as ours. */
#define TIMEOUT_S 120

static WeftApplication *application;

static gboolean
time_out_cb (gpointer user_data)
{
  g_error ("This takes too long: %s", (const char *) user_data);

  return G_SOURCE_REMOVE;
}

/* Runs the main loop until @condition holds. */
#define wait_until(condition)                                                    \
  G_STMT_START                                                                   \
    {                                                                            \
      guint _timeout = g_timeout_add_seconds (TIMEOUT_S, time_out_cb, #condition); \
      while (!(condition))                                                       \
        g_main_context_iteration (NULL, TRUE);                                   \
      g_source_remove (_timeout);                                                \
    }                                                                            \
  G_STMT_END

static WeftWindow *
get_window (void)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (application));

  return WEFT_IS_WINDOW (window) ? WEFT_WINDOW (window) : NULL;
}

static gboolean
title_is (const char *title)
{
  WeftWindow *window = get_window ();

  return window != NULL && g_strcmp0 (gtk_window_get_title (GTK_WINDOW (window)), title) == 0;
}

static gboolean
try_action (const char *action)
{
  g_autoptr(GtkShortcutAction) named = gtk_named_action_new (action);

  return gtk_shortcut_action_activate (named, 0, GTK_WIDGET (get_window ()), NULL);
}

static guint
count_pages (void)
{
  return g_list_model_get_n_items (weft_notebook_get_pages (weft_window_get_notebook (get_window ())));
}

/* No account, no dialog: a note to write in and a board to draw on. */
static void
test_first_start (void)
{
  g_autoptr(WeftPage) board = NULL;

  g_application_activate (G_APPLICATION (application));
  wait_until (title_is ("First note – Weft"));

  g_assert_cmpuint (count_pages (), ==, 2);
  board = g_list_model_get_item (weft_notebook_get_pages (weft_window_get_notebook (get_window ())), 1);
  g_assert_cmpint (weft_page_get_kind (board), ==, WEFT_PAGE_BOARD);
  g_assert_cmpstr (weft_notebook_get_relay_url (weft_window_get_notebook (get_window ())), ==, "");
  g_assert_null (adw_application_window_get_visible_dialog (ADW_APPLICATION_WINDOW (get_window ())));
}

static void
test_new_rename_trash (void)
{
  WeftWindow *window = get_window ();
  WeftNotebook *notebook = weft_window_get_notebook (window);
  WeftPage *page;

  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (window), "win.new-board", NULL));
  page = weft_window_get_page (window);
  g_assert_cmpint (weft_page_get_kind (page), ==, WEFT_PAGE_BOARD);
  g_assert_cmpuint (count_pages (), ==, 3);

  weft_notebook_rename_page (notebook, page, "A < B & C");
  wait_until (title_is ("A < B & C – Weft"));

  weft_notebook_trash_page (notebook, page);
  g_assert_cmpuint (count_pages (), ==, 2);
  g_assert_true (weft_page_get_trashed (page));

  weft_notebook_restore_page (notebook, page);
  g_assert_cmpuint (count_pages (), ==, 3);
}

static void
test_second_window (void)
{
  WeftWindow *first = get_window ();
  WeftWindow *second;

  g_action_group_activate_action (G_ACTION_GROUP (application), "new-window", NULL);
  wait_until (get_window () != first && weft_window_get_notebook (get_window ()) != NULL);
  second = get_window ();

  /* One file, one notebook: what is done in one window is seen in the other. */
  g_assert_true (weft_window_get_notebook (second) == weft_window_get_notebook (first));

  gtk_window_destroy (GTK_WINDOW (second));
  wait_until (get_window () == first);
}

/* Before a page is there, what is typed presses no button. */
static void
test_focus_of_opening (void)
{
  WeftWindow *first = get_window ();
  WeftWindow *window = weft_window_new (application);
  g_autofree char *path = g_build_filename (g_get_user_data_dir (), "opening.weft", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  GtkWidget *focus;

  weft_window_open_notebook (window, file, NULL);
  gtk_window_present (GTK_WINDOW (window));

  do
    {
      focus = gtk_window_get_focus (GTK_WINDOW (window));
      g_assert_false (focus != NULL && GTK_IS_BUTTON (focus));
      g_assert_false (gtk_widget_get_mapped (GTK_WIDGET (window)) && focus == NULL);
      g_main_context_iteration (NULL, TRUE);
    }
  while (!GTK_IS_TEXT_VIEW (focus));

  gtk_window_destroy (GTK_WINDOW (window));
  wait_until (get_window () == first);
}

static void
test_dialogs (void)
{
  WeftWindow *window = get_window ();
  AdwDialog *dialogs[] = {
    ADW_DIALOG (weft_share_dialog_new (weft_window_get_notebook (window), weft_window_get_page (window))),
    weft_preferences_dialog_new (),
    weft_shortcuts_dialog_new (),
    weft_insecure_question_new ("ws://relay.example"),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (dialogs); i++)
    {
      adw_dialog_present (dialogs[i], GTK_WIDGET (window));
      wait_until (gtk_widget_get_mapped (GTK_WIDGET (dialogs[i])));
      adw_dialog_force_close (dialogs[i]);
    }
}

/* A link that is none is told, and changes nothing. */
static void
test_bad_link (void)
{
  WeftWindow *window = get_window ();
  WeftNotebook *notebook = weft_window_get_notebook (window);

  weft_window_open_link (window, "weft:join?relay=gopher://x&notebook=y");
  g_assert_true (weft_window_get_notebook (window) == notebook);
  g_assert_cmpstr (weft_notebook_get_relay_url (notebook), ==, "");
}

static void
test_library (void)
{
  g_autoptr(GPtrArray) entries = NULL;
  gboolean is_missing = TRUE;
  g_autoptr(GFile) last = weft_library_dup_last (&is_missing);
  const WeftLibraryEntry *entry;
  WeftNotebook *notebook = weft_window_get_notebook (get_window ());

  g_assert_true (g_file_equal (last, weft_notebook_get_file (notebook)));
  g_assert_false (is_missing);

  weft_notebook_set_title (notebook, "Loom");
  entries = weft_library_list ();
  g_assert_cmpuint (entries->len, ==, 1);
  entry = g_ptr_array_index (entries, 0);
  g_assert_cmpstr (entry->title, ==, "Loom");
}

/* The widget of @type below @widget that somebody can see, in the order of the tree. */
static GtkWidget *
find_widget (GtkWidget *widget,
             GType      type)
{
  if (g_type_is_a (G_OBJECT_TYPE (widget), type) && gtk_widget_get_mapped (widget))
    return widget;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_widget (child, type);

      if (found != NULL)
        return found;
    }

  return NULL;
}

/* With WEFT_TEST_PICTURES=FOLDER: what the window shows, to be looked at. */
static void
take_picture (const char *name)
{
  const char *folder = g_getenv ("WEFT_TEST_PICTURES");
  GtkWidget *window = GTK_WIDGET (get_window ());
  g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new (window);
  g_autoptr(GskRenderNode) node = NULL;
  g_autoptr(GdkTexture) texture = NULL;
  g_autofree char *path = NULL;
  GtkSnapshot *snapshot;

  if (folder == NULL)
    return;

  for (gint64 end = g_get_monotonic_time () + G_TIME_SPAN_SECOND; g_get_monotonic_time () < end;)
    g_main_context_iteration (NULL, FALSE);
  snapshot = gtk_snapshot_new ();
  gdk_paintable_snapshot (paintable, GDK_SNAPSHOT (snapshot), gtk_widget_get_width (window),
                          gtk_widget_get_height (window));
  node = gtk_snapshot_free_to_node (snapshot);
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (window)), node, NULL);
  path = g_strdup_printf ("%s/%s.png", folder, name);
  gdk_texture_save_to_png (texture, path);
}

static guint
count_results (GtkWidget *list)
{
  GtkSelectionModel *model = gtk_list_view_get_model (GTK_LIST_VIEW (list));

  return model != NULL ? g_list_model_get_n_items (G_LIST_MODEL (model)) : 0;
}

static gboolean
selection_is (const char *expected)
{
  GtkWidget *view = find_widget (GTK_WIDGET (get_window ()), GTK_TYPE_TEXT_VIEW);
  GtkTextBuffer *buffer = view != NULL ? gtk_text_view_get_buffer (GTK_TEXT_VIEW (view)) : NULL;
  GtkTextIter start, end;
  g_autofree char *text = NULL;

  if (buffer == NULL || !gtk_text_buffer_get_selection_bounds (buffer, &start, &end))
    return FALSE;

  text = gtk_text_buffer_get_text (buffer, &start, &end, TRUE);
  return g_str_equal (text, expected);
}

static gboolean
selection_is_seen (void)
{
  GtkTextView *view = GTK_TEXT_VIEW (find_widget (GTK_WIDGET (get_window ()), GTK_TYPE_TEXT_VIEW));
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (view);
  GtkTextIter iter;
  GdkRectangle seen, place;

  gtk_text_buffer_get_iter_at_mark (buffer, &iter, gtk_text_buffer_get_insert (buffer));
  gtk_text_view_get_iter_location (view, &iter, &place);
  gtk_text_view_get_visible_rect (view, &seen);

  return place.y >= seen.y && place.y + place.height <= seen.y + seen.height;
}

typedef struct
{
  WeftDocument *document;
} Opened;

static void
opened_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  ((Opened *) user_data)->document
    = weft_notebook_open_document_finish (WEFT_NOTEBOOK (object), result, NULL);
}

static void
write_note (WeftPage   *page,
            const char *text)
{
  Opened opened = { NULL };

  weft_notebook_open_document_async (weft_page_get_notebook (page), page, NULL, opened_cb, &opened);
  wait_until (opened.document != NULL);
  weft_text_insert (weft_document_get_text (opened.document), 0, text, -1, NULL);
  g_object_unref (opened.document);
}

/* Words of a text lead to its page, and to their place in it. */
static void
test_search (void)
{
  GtkWidget *window = GTK_WIDGET (get_window ());
  WeftNotebook *notebook = weft_window_get_notebook (get_window ());
  g_autoptr(GString) text = g_string_new (NULL);
  WeftPage *page = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "Journey", NULL, NULL);
  WeftPage *other = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "Night trains", NULL, NULL);
  GtkWidget *entry, *list;

  for (guint i = 0; i < 100; i++)
    g_string_append_printf (text, "Line %u of the plan.\n", i);
  g_string_append (text, "The Nachtzug to 京都駅 leaves at night.\n");
  write_note (page, text->str);
  write_note (other, "None so far.\n");

  g_assert_true (try_action ("win.search"));
  entry = find_widget (window, GTK_TYPE_SEARCH_ENTRY);
  gtk_editable_set_text (GTK_EDITABLE (entry), "nachtz");

  /* Soon after it was written, without asking again. */
  wait_until ((list = find_widget (window, GTK_TYPE_LIST_VIEW)) != NULL && count_results (list) == 1);
  take_picture ("search-words");
  g_signal_emit_by_name (entry, "activate");
  wait_until (title_is ("Journey – Weft"));
  wait_until (selection_is ("Nachtzug"));
  wait_until (selection_is_seen ());
  take_picture ("search-place");

  /* The title comes first. */
  gtk_editable_set_text (GTK_EDITABLE (entry), "night");
  wait_until (count_results (list) == 2);
  take_picture ("search-results");
  g_signal_emit_by_name (list, "activate", 0);
  wait_until (title_is ("Night trains – Weft"));

  gtk_editable_set_text (GTK_EDITABLE (entry), "都駅");
  wait_until (count_results (list) == 1);
  gtk_editable_set_text (GTK_EDITABLE (entry), "xyzzy");
  wait_until (find_widget (window, GTK_TYPE_LIST_VIEW) == NULL);
  take_picture ("search-nothing");
  gtk_editable_set_text (GTK_EDITABLE (entry), "");
  wait_until (find_widget (window, GTK_TYPE_LIST_VIEW) != NULL);
}

static void
press_key (GtkWidget *widget,
           guint      keyval)
{
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers (widget);
  gboolean is_handled = FALSE;

  for (guint i = 0; !is_handled && i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr(GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_EVENT_CONTROLLER_KEY (controller))
        g_signal_emit_by_name (controller, "key-pressed", keyval, 0, 0, &is_handled);
    }
}

static gboolean
is_selected (GtkWidget  *list,
             const char *title,
             guint       n_rows)
{
  GtkSelectionModel *model = gtk_list_view_get_model (GTK_LIST_VIEW (list));
  WeftTreeRow *row = gtk_single_selection_get_selected_item (GTK_SINGLE_SELECTION (model));
  WeftPage *page = row != NULL ? weft_tree_row_get_item (row) : NULL;

  return page != NULL && g_str_equal (weft_page_get_title (page), title)
         && g_list_model_get_n_items (G_LIST_MODEL (model)) == n_rows;
}

/* The arrows lead into a page, and out of it. */
static void
test_walk (void)
{
  WeftNotebook *notebook = weft_window_get_notebook (get_window ());
  WeftPage *parent = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "Outside", NULL, NULL);
  GtkWidget *list = find_widget (GTK_WIDGET (get_window ()), GTK_TYPE_LIST_VIEW);
  GListModel *rows = G_LIST_MODEL (gtk_list_view_get_model (GTK_LIST_VIEW (list)));
  guint n_rows;

  weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "Inside", parent, NULL);
  n_rows = g_list_model_get_n_items (rows);
  for (guint i = 0; i < n_rows && !is_selected (list, "Outside", n_rows); i++)
    gtk_single_selection_set_selected (GTK_SINGLE_SELECTION (rows), i);

  g_assert_true (is_selected (list, "Outside", n_rows));
  press_key (list, GDK_KEY_Right);
  g_assert_true (is_selected (list, "Outside", n_rows + 1));
  press_key (list, GDK_KEY_Right);
  g_assert_true (is_selected (list, "Inside", n_rows + 1));
  press_key (list, GDK_KEY_Right);
  g_assert_true (is_selected (list, "Inside", n_rows + 1));
  press_key (list, GDK_KEY_Left);
  g_assert_true (is_selected (list, "Outside", n_rows + 1));
  press_key (list, GDK_KEY_Left);
  g_assert_true (is_selected (list, "Outside", n_rows));
  press_key (list, GDK_KEY_Left);
  g_assert_true (is_selected (list, "Outside", n_rows));
}

/* A new notebook of this one opens when it is made, and is another. */
static void
test_fork (void)
{
  WeftNotebook *notebook = weft_window_get_notebook (get_window ());
  g_autofree char *id = g_strdup (weft_notebook_get_id (notebook));
  g_autofree char *title = g_strdup_printf ("Copy of %s", weft_notebook_get_title (notebook));
  g_autoptr(GFile) file = g_object_ref (weft_notebook_get_file (notebook));
  guint n_pages = count_pages ();
  AdwDialog *dialog;

  g_assert_true (try_action ("win.fork-notebook"));
  dialog = adw_application_window_get_visible_dialog (ADW_APPLICATION_WINDOW (get_window ()));
  g_assert_true (ADW_IS_ALERT_DIALOG (dialog));
  take_picture ("fork-question");
  g_signal_emit_by_name (dialog, "response", "start");
  adw_dialog_force_close (dialog);

  wait_until (weft_window_get_notebook (get_window ()) != NULL
              && g_strcmp0 (weft_notebook_get_id (weft_window_get_notebook (get_window ())), id) != 0);
  wait_until (g_strcmp0 (weft_notebook_get_title (weft_window_get_notebook (get_window ())), title) == 0);
  g_assert_cmpuint (count_pages (), ==, n_pages);
  g_assert_false (g_file_equal (weft_notebook_get_file (weft_window_get_notebook (get_window ())), file));
  take_picture ("fork-made");

  weft_window_open_notebook (get_window (), file, NULL);
  wait_until (weft_window_get_notebook (get_window ()) != NULL
              && g_strcmp0 (weft_notebook_get_id (weft_window_get_notebook (get_window ())), id) == 0);
}

static void
test_no_document_no_undo (void)
{
  weft_window_open_page (get_window (), NULL, FALSE);
  g_assert_false (try_action ("win.undo"));
  g_assert_false (try_action ("win.export-page"));
}

static void
test_quit (void)
{
  g_action_group_activate_action (G_ACTION_GROUP (application), "quit", NULL);
  g_assert_null (get_window ());
}

typedef struct
{
  const char *name;
  GTestFunc   func;
} Case;

static const Case cases[] = {
  { "first start", test_first_start },
  { "new, rename, trash, restore", test_new_rename_trash },
  { "second window", test_second_window },
  { "dialogs", test_dialogs },
  { "bad link", test_bad_link },
  { "library", test_library },
  { "search", test_search },
  { "walk", test_walk },
  { "fork", test_fork },
  { "no document, no undo", test_no_document_no_undo },
  { "focus of a window that opens", test_focus_of_opening },
  { "quit", test_quit },
};

/* The application runs its main loop around the cases. */
static gboolean
run_cases_cb (gpointer user_data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].name);
      cases[i].func ();
    }

  return G_SOURCE_REMOVE;
}

static void
test_all (void)
{
  g_autofree char *folder = g_dir_make_tmp ("weft-window-XXXXXX", NULL);
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", folder);
  char *args[] = { "weft", NULL };

  g_setenv ("WEFT_DATA_DIR", folder, TRUE);
  application = weft_application_new ();
  g_application_hold (G_APPLICATION (application));
  g_idle_add (run_cases_cb, NULL);
  g_assert_cmpint (g_application_run (G_APPLICATION (application), 1, args), ==, 0);
  g_clear_object (&application);

  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
}

int
main (int    argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  g_setenv ("LANGUAGE", "C", TRUE);

  g_test_add_func ("/app/window", test_all);

  return g_test_run ();
}
