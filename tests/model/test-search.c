/* test-search.c - what stands in a notebook is found, soon after it was written
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>
#include <time.h>

#include "crdt/weft-type.h"
#include "model/model-support.h"
#include "store/weft-store.h"

/* An edit is found a second after it; what machine there is may be busy with other tests. */
#define SOON_US (10 * G_TIME_SPAN_SECOND)

/* "title: snippet" of each result, the matches in brackets. */
static char *
find (WeftNotebook *notebook,
      const char   *query)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GListModel) results = NULL;
  g_autoptr(GError) error = NULL;
  GString *line = g_string_new (NULL);

  weft_notebook_find_async (notebook, query, NULL, keep_result_cb, &result);
  results = weft_notebook_find_finish (notebook, wait_for (&result), &error);
  g_assert_no_error (error);

  for (guint i = 0; i < g_list_model_get_n_items (results); i++)
    {
      g_autoptr(WeftSearchResult) item = g_list_model_get_item (results, i);
      const char *snippet = weft_search_result_get_snippet (item);
      GArray *matches = weft_search_result_get_matches (item);
      guint done = 0;

      g_string_append_printf (line, "%s%s:", i > 0 ? "; " : "",
                              weft_page_get_title (weft_search_result_get_page (item)));
      if (*snippet != '\0')
        g_string_append_c (line, ' ');
      for (guint m = 0; m < matches->len; m++)
        {
          const WeftSearchMatch *match = &g_array_index (matches, WeftSearchMatch, m);

          g_string_append_printf (line, "%.*s[%.*s]", (int) (match->start - done), snippet + done,
                                  (int) (match->end - match->start), snippet + match->start);
          done = match->end;
        }
      g_string_append (line, snippet + done);
    }

  return g_string_free (line, FALSE);
}

static void
assert_finds_soon (WeftNotebook *notebook,
                   const char   *query,
                   const char   *expected)
{
  gint64 end = g_get_monotonic_time () + SOON_US;

  for (;;)
    {
      g_autofree char *found = find (notebook, query);

      if (g_str_equal (found, expected))
        return;
      if (g_get_monotonic_time () > end)
        g_assert_cmpstr (found, ==, expected);
      for (guint i = 0; i < 20; i++)
        {
          g_main_context_iteration (NULL, FALSE);
          g_usleep (1000);
        }
    }
}

static void
write_note (WeftNotebook *notebook,
            WeftPage     *page,
            const char   *text)
{
  g_autoptr(WeftDocument) document = open_document (notebook, page);

  weft_text_insert (weft_document_get_text (document), 0, text, -1, NULL);
}

static WeftPage *
new_note (WeftNotebook *notebook,
          const char   *title,
          const char   *text)
{
  WeftPage *page = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, title, NULL, NULL);

  write_note (notebook, page, text);
  return page;
}

static void
test_edits (Fixture      *fixture,
            gconstpointer data)
{
  WeftNotebook *notebook = open_notebook (fixture);
  WeftPage *trip = new_note (notebook, "Trip", "We take the night train.\n");
  WeftPage *train = new_note (notebook, "Train times", "06:12\n");

  /* Titles at once, texts soon. */
  assert_finds_soon (notebook, "train", "Train times:; Trip: We take the night [train].");
  assert_finds_soon (notebook, "nig", "Trip: We take the [night] train.");

  write_note (notebook, train, "Nachtzüge ab 京都駅\n");
  assert_finds_soon (notebook, "nachtzuge", "Train times: [Nachtzüge] ab 京都駅");
  assert_finds_soon (notebook, "都駅", "Train times: Nachtzüge ab 京[都駅]");

  weft_notebook_rename_page (notebook, trip, "Journey");
  assert_finds_soon (notebook, "trip", "");
  assert_finds_soon (notebook, "journ", "Journey:");

  weft_notebook_trash_page (notebook, trip);
  assert_finds_soon (notebook, "night", "");
  weft_notebook_restore_page (notebook, trip);
  assert_finds_soon (notebook, "night", "Journey: We take the [night] train.");

  close_notebook (notebook);
}

/* However much of what has the word is in the trash. */
static void
test_trash (Fixture      *fixture,
            gconstpointer data)
{
  WeftNotebook *notebook = open_notebook (fixture);
  WeftPage *page = NULL;

  for (guint i = 0; i < WEFT_MAX_FOUND + 50; i++)
    {
      g_autofree char *title = g_strdup_printf ("Old %u", i);

      weft_notebook_trash_page (notebook, new_note (notebook, title, "A fox, a fox, a fox.\n"));
    }
  page = new_note (notebook, "New", "Many animals, and one fox.\n");
  assert_finds_soon (notebook, "animals", "New: Many [animals], and one fox.");
  assert_finds_soon (notebook, "fox", "New: Many animals, and one [fox].");
  weft_notebook_trash_page (notebook, page);
  assert_finds_soon (notebook, "fox", "");

  close_notebook (notebook);
}

static void
test_board (Fixture      *fixture,
            gconstpointer data)
{
  WeftNotebook *notebook = open_notebook (fixture);
  WeftPage *page = weft_notebook_create_page (notebook, WEFT_PAGE_BOARD, "Plan", NULL, NULL);
  WeftDocument *document = open_document (notebook, page);
  WeftType *board = weft_document_get_board (document);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GListModel) results = NULL;
  g_autoptr(WeftSearchResult) first = NULL;

  for (guint i = 0; i < 3; i++)
    {
      static const char *const texts[] = { "roof", "cellar", "garden" };
      g_autofree char *id = g_strdup_printf ("e%u", i);
      WeftType *element = weft_map_set_type (board, id, WEFT_KIND_MAP);
      g_autoptr(WeftAny) y = weft_any_new_number (i * 100);

      weft_map_set (element, "y", y);
      weft_text_insert (weft_map_set_type (element, "text", WEFT_KIND_TEXT), 0, texts[i], -1, NULL);
    }
  g_object_unref (document);

  assert_finds_soon (notebook, "cell", "Plan: [cellar]");
  weft_notebook_find_async (notebook, "cell", NULL, keep_result_cb, &result);
  results = weft_notebook_find_finish (notebook, wait_for (&result), NULL);
  first = g_list_model_get_item (results, 0);
  g_assert_cmpstr (weft_search_result_get_element (first), ==, "e1");
  g_clear_object (&first);
  g_clear_object (&results);
  g_clear_object (&result);

  close_notebook (notebook);
}

/* What a relay sends to a page that is not open. */
static void
test_while_away (Fixture      *fixture,
                 gconstpointer data)
{
  g_autofree char *index_path = g_strconcat (g_file_peek_path (fixture->file), "-search", NULL);
  g_autofree char *room = NULL;
  WeftNotebook *notebook = open_notebook (fixture);
  WeftPage *page = new_note (notebook, "Note", "first\n");

  assert_finds_soon (notebook, "first", "Note: [first]");
  room = g_strdup_printf ("%s/%s", weft_notebook_get_id (notebook), weft_page_get_id (page));
  close_notebook (notebook);

  /* Behind the back of the index. */
  {
    g_autoptr(GAsyncResult) opened = NULL;
    g_autoptr(GAsyncResult) closed = NULL;
    g_autoptr(WeftDoc) doc = weft_doc_new ();
    g_autoptr(GBytes) update = NULL;
    g_autoptr(WeftStore) store = NULL;

    weft_text_insert (weft_doc_get_text (doc, "quill"), 0, "from elsewhere\n", -1, NULL);
    update = weft_doc_encode_state (doc);
    weft_store_open_async (fixture->file, NULL, keep_result_cb, &opened);
    store = weft_store_open_finish (wait_for (&opened), NULL);
    weft_store_append_update (store, room, update, WEFT_UPDATE_REMOTE);
    weft_store_close_async (store, NULL, keep_result_cb, &closed);
    g_assert_true (weft_store_close_finish (store, wait_for (&closed), NULL));
  }

  notebook = open_notebook (fixture);
  assert_finds_soon (notebook, "elsewhere", "Note: from [elsewhere]");
  close_notebook (notebook);

  /* Deleted, it comes back; harmed, it is made again. */
  g_assert_cmpint (g_unlink (index_path), ==, 0);
  notebook = open_notebook (fixture);
  assert_finds_soon (notebook, "elsewhere", "Note: from [elsewhere]");
  close_notebook (notebook);

  g_assert_true (g_file_set_contents (index_path, "rubbish", -1, NULL));
  notebook = open_notebook (fixture);
  assert_finds_soon (notebook, "elsewhere", "Note: from [elsewhere]");
  close_notebook (notebook);
}

static gint64
get_thread_time_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_TIME_SPAN_SECOND + now.tv_nsec / 1000;
}

/* The first look at a large notebook is not felt: no turn of the main loop takes long. */
static void
test_first_look (Fixture      *fixture,
                 gconstpointer data)
{
  const guint n_pages = g_getenv ("WEFT_TEST_LONG") != NULL ? 4000 : 600;
  WeftNotebook *notebook = open_notebook (fixture);
  g_autofree char *index_path = g_strconcat (g_file_peek_path (fixture->file), "-search", NULL);
  g_autofree char *last = NULL;
  gint64 longest = 0;
  gboolean was_partial = FALSE;

  for (guint i = 0; i < n_pages; i++)
    {
      g_autofree char *text = g_strdup_printf ("Page %u has the word w%u and some more text to read.\n", i, i);
      WeftPage *page = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "Page", NULL, NULL);

      write_note (notebook, page, text);
    }
  close_notebook (notebook);
  g_unlink (index_path);

  notebook = open_notebook (fixture);
  last = g_strdup_printf ("w%u", n_pages - 1);
  for (gint64 end = g_get_monotonic_time () + 120 * G_TIME_SPAN_SECOND;;)
    {
      gint64 start = get_thread_time_us ();

      g_main_context_iteration (NULL, TRUE);
      longest = MAX (longest, get_thread_time_us () - start);
      if (weft_notebook_get_search_progress (notebook) < 1)
        was_partial = TRUE;
      else if (was_partial)
        break;
      g_assert_cmpint (g_get_monotonic_time (), <, end);
    }

  g_test_message ("%u pages, longest turn of the main loop %.1f ms", n_pages, (double) longest / 1000);
  /* Sanitizers and Valgrind are slow. */
  if (g_getenv ("WEFT_TEST_SLOW") == NULL)
    g_assert_cmpint (longest, <, 8000);
  {
    g_autofree char *found = find (notebook, last);

    g_assert_nonnull (strstr (found, "has the word [w"));
  }
  close_notebook (notebook);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/model/search/edits", test_edits);
  ADD ("/model/search/trash", test_trash);
  ADD ("/model/search/board", test_board);
  ADD ("/model/search/while-away", test_while_away);
  ADD ("/model/search/first-look", test_first_look);
#undef ADD

  return g_test_run ();
}
