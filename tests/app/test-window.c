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

#define TIMEOUT_S 20

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
  g_autoptr(GFile) last = weft_library_dup_last ();
  const WeftLibraryEntry *entry;
  WeftNotebook *notebook = weft_window_get_notebook (get_window ());

  g_assert_true (g_file_equal (last, weft_notebook_get_file (notebook)));

  weft_notebook_set_title (notebook, "Loom");
  entries = weft_library_list ();
  g_assert_cmpuint (entries->len, ==, 1);
  entry = g_ptr_array_index (entries, 0);
  g_assert_cmpstr (entry->title, ==, "Loom");
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
  { "no document, no undo", test_no_document_no_undo },
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
