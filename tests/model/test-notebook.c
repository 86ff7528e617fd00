/* test-notebook.c - a notebook as the application uses it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/model-support.h"

/* The titles in a list, as "a, b, c" */
static char *
list_titles (GListModel *model)
{
  GString *titles = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr(WeftPage) page = g_list_model_get_item (model, i);

      g_string_append_printf (titles, "%s%s", i > 0 ? ", " : "", weft_page_get_title (page));
    }

  return g_string_free (titles, FALSE);
}

#define assert_titles(model, expected)                                                             \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *titles_ = list_titles (model);                                                \
    g_assert_cmpstr (titles_, ==, expected);                                                       \
  }                                                                                                \
  G_STMT_END

static void
count_cb (GListModel *model,
          guint       position,
          guint       removed,
          guint       added,
          gpointer    user_data)
{
  *(int *) user_data += (int) added - (int) removed;
}

static void
test_tree (Fixture      *fixture,
           gconstpointer data)
{
  WeftNotebook *notebook = open_notebook (fixture);
  GListModel *pages = weft_notebook_get_pages (notebook);
  g_autoptr(GListModel) below = NULL;
  int n_seen = 0;
  WeftPage *a = NULL;
  WeftPage *b = NULL;
  WeftPage *c = NULL;

  g_signal_connect (pages, "items-changed", G_CALLBACK (count_cb), &n_seen);
  a = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "a", NULL, NULL);
  b = weft_notebook_create_page (notebook, WEFT_PAGE_BOARD, "b", NULL, NULL);
  c = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "c", NULL, a);
  assert_titles (pages, "a, c, b");
  g_assert_cmpint (n_seen, ==, 3);
  g_assert_cmpint (weft_page_get_kind (b), ==, WEFT_PAGE_BOARD);

  weft_notebook_move_page (notebook, b, NULL, 0);
  assert_titles (pages, "b, a, c");
  weft_notebook_move_page (notebook, b, NULL, 1);
  assert_titles (pages, "a, b, c");
  weft_notebook_move_page (notebook, a, NULL, G_MAXUINT);
  assert_titles (pages, "b, c, a");

  weft_notebook_move_page (notebook, c, b, 0);
  below = weft_page_list_children (b);
  assert_titles (pages, "b, a");
  assert_titles (below, "c");
  g_assert_true (weft_page_has_children (b));
  g_assert_true (weft_page_get_parent (c) == b);
  g_assert_false (weft_notebook_can_move (notebook, b, c));
  g_assert_true (weft_notebook_can_move (notebook, b, a));

  weft_notebook_trash_page (notebook, b);
  assert_titles (pages, "a");
  assert_titles (weft_notebook_get_trash (notebook), "b");
  g_assert_true (weft_page_get_trashed (c));

  weft_notebook_restore_page (notebook, b);
  assert_titles (pages, "b, a");
  assert_titles (below, "c");
  g_assert_false (weft_page_get_trashed (c));
  g_assert_cmpint (n_seen, ==, 2);

  {
    g_autoptr(GListModel) found = weft_notebook_search (notebook, " C ");

    assert_titles (found, "c");
  }

  g_clear_object (&below);
  close_notebook (notebook);
}

static void
test_durable (Fixture      *fixture,
              gconstpointer data)
{
  WeftNotebook *notebook = open_notebook (fixture);
  WeftPage *page = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "kept", NULL, NULL);
  g_autofree char *page_id = g_strdup (weft_page_get_id (page));
  g_autofree char *notebook_id = g_strdup (weft_notebook_get_id (notebook));
  WeftDocument *document = open_document (notebook, page);
  g_autofree char *text = NULL;

  g_assert_false (weft_document_get_can_undo (document));
  weft_text_insert (weft_document_get_text (document), 0, "words", -1, NULL);
  g_assert_true (weft_document_get_can_undo (document));
  weft_notebook_set_title (notebook, "My own");
  g_object_unref (document);
  close_notebook (notebook);

  notebook = open_notebook (fixture);
  g_assert_cmpstr (weft_notebook_get_id (notebook), ==, notebook_id);
  g_assert_cmpstr (weft_notebook_get_title (notebook), ==, "My own");
  assert_titles (weft_notebook_get_pages (notebook), "kept");
  document = open_document (notebook, weft_notebook_lookup_page (notebook, page_id));
  text = weft_text_to_string (weft_document_get_text (document));
  g_assert_cmpstr (text, ==, "words");
  g_object_unref (document);
  close_notebook (notebook);
}

/* A page that was made just now is there at once, is the same for whoever opens it, and what is written in it stays. */
static void
test_new_page (Fixture      *fixture,
               gconstpointer data)
{
  WeftNotebook *notebook = open_notebook (fixture);
  WeftPage *page = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "new", NULL, NULL);
  g_autofree char *page_id = g_strdup (weft_page_get_id (page)), *text = NULL;
  WeftDocument *document, *found;

  g_assert_null (weft_notebook_lookup_document (notebook, page));
  document = weft_notebook_open_new_page (notebook, page);
  weft_text_insert (weft_document_get_text (document), 0, "typed on", -1, NULL);
  found = weft_notebook_lookup_document (notebook, page);
  g_assert_true (found == document);
  g_object_unref (found);
  found = open_document (notebook, page);
  g_assert_true (found == document);
  g_object_unref (found);
  g_object_unref (document);
  close_notebook (notebook);

  notebook = open_notebook (fixture);
  document = open_document (notebook, weft_notebook_lookup_page (notebook, page_id));
  text = weft_text_to_string (weft_document_get_text (document));
  g_assert_cmpstr (text, ==, "typed on");
  g_assert_true (weft_document_undo (document));
  g_object_unref (document);
  close_notebook (notebook);
}

/* A title half typed when it crashed is there at the next start; one that was given up is not. */
static void
test_title (Fixture      *fixture,
            gconstpointer data)
{
  WeftNotebook *notebook = open_notebook (fixture);
  WeftPage *crashed = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "old", NULL, NULL);
  WeftPage *done = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "old too", NULL, crashed);

  weft_notebook_journal_title (notebook, crashed, "half ty");
  weft_notebook_journal_title (notebook, done, "fin");
  weft_notebook_rename_page (notebook, done, "final");
  close_notebook (notebook);

  notebook = open_notebook (fixture);
  assert_titles (weft_notebook_get_pages (notebook), "half ty, final");
  close_notebook (notebook);

  notebook = open_notebook (fixture);
  assert_titles (weft_notebook_get_pages (notebook), "half ty, final");
  close_notebook (notebook);
}

static void
test_undo (Fixture      *fixture,
           gconstpointer data)
{
  WeftNotebook *notebook = open_notebook (fixture);
  WeftPage *page = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "n", NULL, NULL);
  WeftDocument *document = open_document (notebook, page);
  WeftDocument *same = open_document (notebook, page);
  WeftType *text = weft_document_get_text (document);
  g_autofree char *once = NULL;
  g_autofree char *twice = NULL;

  g_assert_true (document == same);
  g_object_unref (same);

  /* Somebody else writes between two edits of ours. */
  weft_text_insert (text, 0, "one", -1, NULL);
  weft_document_end_undo_step (document);
  weft_doc_begin (weft_document_get_doc (document), GINT_TO_POINTER (1));
  weft_text_insert (text, 3, " other", -1, NULL);
  weft_doc_commit (weft_document_get_doc (document));
  weft_text_insert (text, 0, "two ", -1, NULL);

  g_assert_true (weft_document_undo (document));
  once = weft_text_to_string (text);
  g_assert_cmpstr (once, ==, "one other");
  g_assert_true (weft_document_undo (document));
  twice = weft_text_to_string (text);
  g_assert_cmpstr (twice, ==, " other");
  g_assert_false (weft_document_undo (document));
  g_assert_true (weft_document_get_can_redo (document));

  g_object_unref (document);
  close_notebook (notebook);
}

/* What was done to pages, one step after the other, back and forth */
static void
test_undo_pages (Fixture      *fixture,
                 gconstpointer data)
{
  WeftNotebook *notebook = open_notebook (fixture);
  GListModel *pages = weft_notebook_get_pages (notebook);
  WeftPage *a, *b, *about = NULL;

  g_assert_false (weft_notebook_undo_pages (notebook, &about));
  a = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "a", NULL, NULL);
  b = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "b", NULL, NULL);
  weft_notebook_move_page (notebook, a, b, 0);
  weft_notebook_rename_page (notebook, b, "c");
  weft_notebook_trash_page (notebook, b);
  assert_titles (pages, "");

  g_assert_true (weft_notebook_undo_pages (notebook, &about));
  g_assert_true (about == b);
  assert_titles (pages, "c");
  g_assert_true (weft_notebook_undo_pages (notebook, &about));
  assert_titles (pages, "b");
  g_assert_true (weft_notebook_undo_pages (notebook, &about));
  g_assert_true (about == a);
  assert_titles (pages, "a, b");
  g_assert_true (weft_notebook_redo_pages (notebook, &about));
  g_assert_true (about == a && weft_page_get_parent (a) == b);
  g_assert_true (weft_notebook_redo_pages (notebook, &about));
  g_assert_true (weft_notebook_redo_pages (notebook, &about));
  assert_titles (pages, "");
  g_assert_false (weft_notebook_redo_pages (notebook, &about));
  g_assert_null (about);

  /* A page that was made goes to the trash, and comes back. */
  for (guint i = 0; i < 5; i++)
    g_assert_true (weft_notebook_undo_pages (notebook, &about));
  assert_titles (pages, "");
  g_assert_true (weft_page_get_trashed (about));
  g_assert_false (weft_notebook_undo_pages (notebook, &about));
  for (guint i = 0; i < 2; i++)
    g_assert_true (weft_notebook_redo_pages (notebook, &about));
  assert_titles (pages, "a, b");

  close_notebook (notebook);
}

/* One that comes back to a page can still undo there. */
static void
test_recent (Fixture      *fixture,
             gconstpointer data)
{
  WeftNotebook *notebook = open_notebook (fixture);
  WeftPage *page = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "n", NULL, NULL);
  WeftDocument *document = open_document (notebook, page);
  g_autofree char *page_id = g_strdup (weft_page_get_id (page));
  g_autofree char *text = NULL;

  weft_text_insert (weft_document_get_text (document), 0, "one", -1, NULL);
  g_object_unref (document);

  document = open_document (notebook, page);
  g_assert_true (weft_document_undo (document));
  g_object_unref (document);

  /* Also after so many others that it is opened anew. */
  for (guint i = 0; i < 20; i++)
    g_object_unref (open_document (
        notebook, weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "x", NULL, NULL)));

  document = open_document (notebook, page);
  g_assert_false (weft_document_get_can_undo (document));
  g_assert_true (weft_document_redo (document));
  g_object_unref (document);
  close_notebook (notebook);

  /* And after a restart. */
  notebook = open_notebook (fixture);
  document = open_document (notebook, weft_notebook_lookup_page (notebook, page_id));
  g_assert_true (weft_document_undo (document));
  text = weft_text_to_string (weft_document_get_text (document));
  g_assert_cmpstr (text, ==, "");
  g_object_unref (document);
  close_notebook (notebook);
}

static void
test_asset (Fixture      *fixture,
            gconstpointer data)
{
  WeftNotebook *notebook = open_notebook (fixture);
  WeftPage *page = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "n", NULL, NULL);
  WeftDocument *document = open_document (notebook, page);
  g_autoptr(GBytes) bytes = g_bytes_new_static ("picture", 7);
  g_autoptr(GBytes) loaded = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *uri = weft_document_add_asset (document, bytes, &error);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GAsyncResult) missing = NULL;

  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (uri, "weft:asset/"));

  weft_document_load_asset_async (document, uri, NULL, keep_result_cb, &result);
  loaded = weft_document_load_asset_finish (document, wait_for (&result), &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (loaded, bytes));

  uri[strlen (uri) - 1] = uri[strlen (uri) - 1] == '0' ? '1' : '0';
  weft_document_load_asset_async (document, uri, NULL, keep_result_cb, &missing);
  g_assert_null (weft_document_load_asset_finish (document, wait_for (&missing), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);

  /* The tasks hold the notebook. */
  g_clear_object (&result);
  g_clear_object (&missing);
  g_object_unref (document);
  close_notebook (notebook);
}

static void
test_status (Fixture      *fixture,
             gconstpointer data)
{
  WeftNotebook *notebook = open_notebook (fixture);
  g_autoptr(GError) error = NULL;
  g_autofree char *link = NULL;

  g_assert_cmpint (weft_notebook_get_sync_state (notebook), ==, WEFT_SYNC_LOCAL);
  g_assert_null (weft_notebook_dup_link (notebook, NULL));
  g_assert_false (weft_notebook_set_relay (notebook, "ftp://nowhere", NULL, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);

  /* A port where nobody listens. */
  g_assert_true (weft_notebook_set_relay (notebook, "ws://127.0.0.1:1", NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (weft_notebook_get_relay_host (notebook), ==, "127.0.0.1:1");
  link = weft_notebook_dup_link (notebook, NULL);
  g_assert_true (g_str_has_prefix (link, "weft:join?relay="));

  weft_notebook_set_work_offline (notebook, TRUE);
  weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "n", NULL, NULL);

  while (weft_notebook_get_sync_state (notebook) != WEFT_SYNC_OFFLINE
         || weft_notebook_get_n_waiting (notebook) == 0)
    g_main_context_iteration (NULL, TRUE);

  g_assert_nonnull (strstr (weft_notebook_get_status_text (notebook), "waiting"));
  close_notebook (notebook);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/model/notebook/tree", Fixture, NULL, set_up, test_tree, tear_down);
  g_test_add ("/model/notebook/durable", Fixture, NULL, set_up, test_durable, tear_down);
  g_test_add ("/model/notebook/new-page", Fixture, NULL, set_up, test_new_page, tear_down);
  g_test_add ("/model/notebook/title", Fixture, NULL, set_up, test_title, tear_down);
  g_test_add ("/model/notebook/undo", Fixture, NULL, set_up, test_undo, tear_down);
  g_test_add ("/model/notebook/undo-pages", Fixture, NULL, set_up, test_undo_pages, tear_down);
  g_test_add ("/model/notebook/recent", Fixture, NULL, set_up, test_recent, tear_down);
  g_test_add ("/model/notebook/asset", Fixture, NULL, set_up, test_asset, tear_down);
  g_test_add ("/model/notebook/status", Fixture, NULL, set_up, test_status, tear_down);

  return g_test_run ();
}
