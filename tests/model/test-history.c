/* test-history.c - the versions of a page: looked at, restored, copied
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model-support.h"

#include "model/weft-history.h"
#include "notebook/weft-element.h"

/* A person comes, and writes at the end of the page. */
static void
write_as (Fixture *fixture, const char *name, WeftPageKind kind, void (*write) (WeftDocument *document, gpointer data),
          gpointer data)
{
  WeftNotebook *notebook = open_notebook (fixture);
  GListModel *pages = weft_notebook_get_pages (notebook);
  g_autoptr(WeftPage) page = g_list_model_get_item (pages, 0);
  WeftDocument *document;

  weft_notebook_set_user (notebook, name, name, "#112233");
  if (page == NULL)
    page = g_object_ref (weft_notebook_create_page (notebook, kind, "Page", NULL, NULL));
  document = open_document (notebook, page);
  write (document, data);
  g_object_unref (document);
  close_notebook (notebook);
}

static void
append_cb (WeftDocument *document,
           gpointer      data)
{
  WeftType *text = weft_document_get_text (document);

  weft_text_insert (text, weft_type_get_length (text), data, -1, NULL);
}

static void
wait_until_shown (WeftHistory *history)
{
  while (!weft_history_get_is_shown (history))
    g_main_context_iteration (NULL, TRUE);
}

static WeftHistory *
read_history (WeftDocument *document)
{
  WeftHistory *history = weft_history_new (document);

  while (weft_history_get_state (history) == WEFT_HISTORY_LOADING)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (weft_history_get_state (history), ==, WEFT_HISTORY_READY);

  return history;
}

static void
close_history (WeftHistory *history)
{
  weft_history_close (history);
  /* A thread may still have it. */
  while (G_OBJECT (history)->ref_count > 1)
    g_main_context_iteration (NULL, TRUE);
  g_assert_finalize_object (history);
}

static char *
dup_text (WeftDocument *document)
{
  return weft_text_to_string (weft_document_get_text (document));
}

static WeftDocument *
open_first (WeftNotebook *notebook)
{
  GListModel *pages = weft_notebook_get_pages (notebook);
  g_autoptr(WeftPage) page = g_list_model_get_item (pages, 0);

  return open_document (notebook, page);
}

static void
test_note (Fixture      *fixture,
           gconstpointer data)
{
  WeftNotebook *notebook;
  WeftDocument *document;
  WeftHistory *history;
  const WeftVersion *version;
  g_autofree char *first = NULL, *second = NULL, *restored = NULL, *undone = NULL;

  write_as (fixture, "Ana", WEFT_PAGE_NOTE, append_cb, "Milk and bread\n");
  write_as (fixture, "Ben", WEFT_PAGE_NOTE, append_cb, "and tea\n");

  notebook = open_notebook (fixture);
  document = open_first (notebook);
  history = read_history (document);
  g_assert_cmpuint (weft_history_get_n_versions (history), ==, 2);
  version = weft_history_get_version (history, 0);
  g_assert_cmpuint (version->people->len, ==, 1);
  g_assert_true (g_str_has_prefix (version->people->pdata[0], "Ana"));
  version = weft_history_get_version (history, 1);
  g_assert_true (g_str_has_prefix (version->people->pdata[0], "Ben"));

  weft_history_show (history, 0, FALSE);
  wait_until_shown (history);
  first = dup_text (weft_history_get_shown (history));
  g_assert_cmpstr (first, ==, "Milk and bread\n");
  g_assert_true (weft_document_get_read_only (weft_history_get_shown (history)));

  /* Many wishes at once: the last one counts. */
  for (guint i = 0; i < 20; i++)
    weft_history_show (history, i % 2, TRUE);
  wait_until_shown (history);
  second = dup_text (weft_history_get_shown (history));
  g_assert_cmpstr (second, ==, "Milk and bread\nand tea\n");
  /* Line breaks are stretches of their own. */
  g_assert_cmpuint (weft_history_get_places (history)->len, ==, 2);
  g_assert_cmpuint (g_array_index (weft_history_get_places (history), WeftShownPlace, 0).at, ==, 15);

  {
    g_autoptr(GAsyncResult) result = NULL;
    g_autoptr(GError) error = NULL;

    weft_history_restore_async (history, 0, keep_result_cb, &result);
    g_assert_true (weft_history_restore_finish (history, wait_for (&result), &error));
    g_assert_no_error (error);
  }
  restored = dup_text (document);
  g_assert_cmpstr (restored, ==, "Milk and bread\n");
  g_assert_true (weft_document_undo (document));
  undone = dup_text (document);
  g_assert_cmpstr (undone, ==, "Milk and bread\nand tea\n");

  close_history (history);
  g_object_unref (document);
  close_notebook (notebook);
}

/* What is written while one looks is there a moment later, and a restoration knows of it. */
static void
test_follows (Fixture      *fixture,
              gconstpointer data)
{
  WeftNotebook *notebook;
  WeftDocument *document;
  WeftHistory *history;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *now = NULL;

  write_as (fixture, "Ana", WEFT_PAGE_NOTE, append_cb, "One\n");
  notebook = open_notebook (fixture);
  weft_notebook_set_user (notebook, "Ben", "Ben", "#112233");
  document = open_first (notebook);
  history = read_history (document);
  g_assert_cmpuint (weft_history_get_n_versions (history), ==, 1);

  append_cb (document, "Two\n");
  while (weft_history_get_n_versions (history) < 2)
    g_main_context_iteration (NULL, TRUE);
  append_cb (document, "Three\n");
  weft_history_restore_async (history, 0, keep_result_cb, &result);
  append_cb (document, "Four\n");
  g_assert_true (weft_history_restore_finish (history, wait_for (&result), &error));
  g_assert_no_error (error);
  g_clear_object (&result);
  now = dup_text (document);
  g_assert_cmpstr (now, ==, "One\n");

  close_history (history);
  g_object_unref (document);
  close_notebook (notebook);
}

static void
draw_cb (WeftDocument *document,
         gpointer      data)
{
  g_autoptr(WeftAny) properties = weft_any_from_json (data, -1, NULL);
  const char *id = weft_any_get_string (weft_any_lookup (properties, "id"));

  if (weft_map_has (weft_document_get_board (document), id))
    weft_element_update (weft_document_get_board (document), id, properties);
  else
    weft_element_create (weft_document_get_board (document), id, properties);
}

static void
test_board (Fixture      *fixture,
            gconstpointer data)
{
  WeftNotebook *notebook;
  WeftDocument *document, *copied;
  WeftHistory *history;
  g_autoptr(WeftPage) copy = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GAsyncResult) restored = NULL;
  g_autoptr(GError) error = NULL;
  const WeftShownMark *mark;
  WeftType *map;
  g_autoptr(WeftAny) x = NULL;

  write_as (fixture, "Ana", WEFT_PAGE_BOARD, draw_cb,
            "{\"id\":\"a\",\"type\":\"rectangle\",\"x\":1,\"y\":2,\"width\":10,\"height\":10,\"text\":\"Hello\"}");
  write_as (fixture, "Ben", WEFT_PAGE_BOARD, draw_cb, "{\"id\":\"a\",\"x\":50}");

  notebook = open_notebook (fixture);
  document = open_first (notebook);
  history = read_history (document);
  g_assert_cmpuint (weft_history_get_n_versions (history), ==, 2);
  weft_history_show (history, 1, TRUE);
  wait_until_shown (history);
  g_assert_cmpuint (weft_history_get_marks (history)->len, ==, 1);
  mark = weft_history_get_marks (history)->pdata[0];
  g_assert_cmpstr (mark->element, ==, "a");
  g_assert_cmpint (mark->kind, ==, WEFT_CHANGE_SET);

  weft_history_copy_async (history, 0, "Copy", keep_result_cb, &result);
  copy = weft_history_copy_finish (history, wait_for (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (weft_page_get_title (copy), ==, "Copy");
  g_assert_cmpint (weft_page_get_kind (copy), ==, WEFT_PAGE_BOARD);
  copied = open_document (notebook, copy);
  map = weft_map_get_type (weft_document_get_board (copied), "a");
  g_assert_nonnull (map);
  x = weft_map_get (map, "x");
  g_assert_cmpfloat (weft_any_get_number (x), ==, 1);
  g_assert_nonnull (weft_map_get_type (map, "text"));

  weft_history_restore_async (history, 0, keep_result_cb, &restored);
  g_assert_true (weft_history_restore_finish (history, wait_for (&restored), &error));
  g_clear_pointer (&x, weft_any_unref);
  x = weft_map_get (weft_map_get_type (weft_document_get_board (document), "a"), "x");
  g_assert_cmpfloat (weft_any_get_number (x), ==, 1);

  g_clear_object (&result);
  g_clear_object (&restored);
  close_history (history);
  g_object_unref (copied);
  g_object_unref (document);
  close_notebook (notebook);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/model/history/note", Fixture, NULL, set_up, test_note, tear_down);
  g_test_add ("/model/history/follows", Fixture, NULL, set_up, test_follows, tear_down);
  g_test_add ("/model/history/board", Fixture, NULL, set_up, test_board, tear_down);

  return g_test_run ();
}
