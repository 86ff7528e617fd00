/* test-many-pages.c - a large notebook is looked at before it is loaded
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "crdt/weft-type.h"

#include "model/model-support.h"
#include "model/relay-support.h"
#include "model/weft-conflict-item.h"
#include "model/weft-notebook-private.h"

/* More than the notebook that is simply loaded. */
#define N_PAGES 12000
#define N_TOP 100

static WeftPage *
get_page (GListModel *list,
          guint       position)
{
  g_autoptr(WeftPage) page = g_list_model_get_item (list, position);

  g_assert_nonnull (page);
  return page; /* the notebook holds it */
}

static guint
count_tops (WeftNotebook *notebook)
{
  return g_list_model_get_n_items (weft_notebook_get_pages (notebook));
}

static void
wait_until_loaded (WeftNotebook *notebook)
{
  while (notebook->tree_doc == NULL || notebook->deferred != NULL)
    g_main_context_iteration (NULL, TRUE);
}

/* N_TOP pages at the top, the others evenly below them. */
static void
make_notebook (Fixture *fixture)
{
  WeftNotebook *notebook = open_notebook (fixture);
  g_autofree WeftPageId *tops = g_new (WeftPageId, N_TOP);

  g_assert_nonnull (notebook->tree_doc);
  weft_notebook_set_title (notebook, "Everything");
  for (guint i = 0; i < N_PAGES; i++)
    {
      g_autofree char *title = g_strdup_printf ("Page %u", i);
      WeftPageId page;

      /* An element each, in few updates; the first ones in their order. */
      if (i >= N_TOP && i % 500 == N_TOP)
        weft_doc_begin (weft_live_doc_get_doc (notebook->live), NULL);
      weft_notebook_doc_create_page (notebook->tree_doc, i < N_TOP ? &weft_page_id_root : &tops[i % N_TOP],
                                     WEFT_PAGE_LAST, NULL, title, 0, &page);
      if (i < N_TOP)
        tops[i] = page;
      if (i >= N_TOP && (i % 500 == N_TOP - 1 || i == N_PAGES - 1))
        weft_doc_commit (weft_live_doc_get_doc (notebook->live));
    }
  close_notebook (notebook);
}

static void
test_look (Fixture      *fixture,
           gconstpointer data)
{
  WeftNotebook *notebook;
  g_autoptr(GListModel) children = NULL;
  g_autoptr(GListModel) found = NULL;
  WeftPage *page;

  make_notebook (fixture);
  notebook = open_notebook (fixture);

  g_assert_null (notebook->tree_doc);
  g_assert_cmpstr (weft_notebook_get_title (notebook), ==, "Everything");
  g_assert_cmpuint (g_list_model_get_n_items (weft_notebook_get_pages (notebook)), ==, N_TOP);
  page = get_page (weft_notebook_get_pages (notebook), 7);
  g_assert_cmpstr (weft_page_get_title (page), ==, "Page 7");
  g_assert_true (weft_page_has_children (page));
  children = weft_page_list_children (page);
  g_assert_cmpuint (g_list_model_get_n_items (children), ==, N_PAGES / N_TOP - 1);
  g_assert_true (weft_page_get_parent (get_page (children, 3)) == page);
  g_assert_cmpuint (weft_notebook_get_index (notebook, get_page (children, 3)), ==, 3);
  g_assert_false (weft_notebook_can_move (notebook, page, get_page (children, 3)));
  g_assert_true (weft_notebook_can_move (notebook, get_page (children, 3), NULL));
  found = weft_notebook_search (notebook, "11999");
  g_assert_cmpuint (g_list_model_get_n_items (found), ==, 1);

  /* Looking needs no loading. */
  g_assert_null (notebook->tree_doc);
  g_assert_false (notebook->loading);
  g_clear_object (&children);
  close_notebook (notebook);
}

static void
count_changes_cb (GListModel *list,
                  guint       position,
                  guint       n_removed,
                  guint       n_added,
                  gpointer    user_data)
{
  ++*(guint *) user_data;
}

static void
test_edit (Fixture      *fixture,
           gconstpointer data)
{
  WeftNotebook *notebook;
  g_autofree char *id = NULL;
  g_autoptr(GListModel) children = NULL;
  WeftPage *first, *second, *page;
  guint n_changes = 0;

  make_notebook (fixture);

  /* Closed while it is still being loaded: what was done is done. */
  notebook = open_notebook (fixture);
  first = get_page (weft_notebook_get_pages (notebook), 0);
  second = get_page (weft_notebook_get_pages (notebook), 1);
  page = weft_notebook_create_page (notebook, WEFT_PAGE_BOARD, "New", first, NULL);
  g_assert_cmpstr (weft_page_get_title (page), ==, "New");
  g_assert_cmpint (weft_page_get_kind (page), ==, WEFT_PAGE_BOARD);
  id = g_strdup (weft_page_get_id (page));
  weft_notebook_rename_page (notebook, page, "Newer");
  weft_notebook_move_page (notebook, second, NULL, 0);
  weft_notebook_trash_page (notebook, get_page (weft_notebook_get_pages (notebook), 5));
  weft_notebook_set_title (notebook, "Something");
  g_assert_null (notebook->tree_doc);
  close_notebook (notebook);

  /* The outline follows. */
  notebook = open_notebook (fixture);
  g_assert_null (notebook->tree_doc);
  g_assert_cmpstr (weft_notebook_get_title (notebook), ==, "Something");
  g_assert_cmpuint (g_list_model_get_n_items (weft_notebook_get_pages (notebook)), ==, N_TOP - 1);
  g_assert_cmpuint (g_list_model_get_n_items (weft_notebook_get_trash (notebook)), ==, 1);
  g_assert_true (weft_page_get_trashed (get_page (weft_notebook_get_trash (notebook), 0)));
  g_assert_cmpstr (weft_page_get_title (get_page (weft_notebook_get_pages (notebook), 0)), ==, "Page 1");
  page = weft_notebook_lookup_page (notebook, id);
  g_assert_cmpstr (weft_page_get_title (page), ==, "Newer");
  g_assert_cmpint (weft_page_get_kind (page), ==, WEFT_PAGE_BOARD);
  g_assert_cmpstr (weft_page_get_title (weft_page_get_parent (page)), ==, "Page 0");

  /* Loading itself changes no list. */
  children = weft_page_list_children (weft_page_get_parent (page));
  g_signal_connect (children, "items-changed", G_CALLBACK (count_changes_cb), &n_changes);
  g_signal_connect (weft_notebook_get_pages (notebook), "items-changed", G_CALLBACK (count_changes_cb), &n_changes);
  weft_notebook_set_page_icon (notebook, page, "🌲");
  wait_until_loaded (notebook);
  g_assert_cmpuint (n_changes, ==, 0);
  g_assert_cmpstr (weft_page_get_icon (page), ==, "🌲");
  weft_notebook_trash_page (notebook, page);
  g_assert_cmpuint (n_changes, ==, 1);
  g_signal_handlers_disconnect_by_data (weft_notebook_get_pages (notebook), &n_changes);
  g_clear_object (&children);
  close_notebook (notebook);
}

static void
wait_until_scanned (WeftNotebook *notebook)
{
  while (notebook->scan != NULL)
    g_main_context_iteration (NULL, TRUE);
}

/* An outline of other updates is shown until there is a better one. */
static void
test_stale (Fixture      *fixture,
            gconstpointer data)
{
  WeftNotebook *notebook;
  g_autofree char *path = g_strconcat (g_file_peek_path (fixture->file), "-pages", NULL);
  g_autofree char *old = NULL;
  guint n_changes = 0, n_before;
  gsize size;

  make_notebook (fixture);
  g_assert_true (g_file_get_contents (path, &old, &size, NULL));

  notebook = open_notebook (fixture);
  weft_notebook_trash_page (notebook, get_page (weft_notebook_get_pages (notebook), 0));
  close_notebook (notebook);
  g_assert_true (g_file_set_contents (path, old, (gssize) size, NULL));

  notebook = open_notebook (fixture);
  n_before = g_list_model_get_n_items (weft_notebook_get_pages (notebook));
  g_assert_cmpstr (weft_notebook_get_title (notebook), ==, "Everything");
  g_assert_cmpuint (n_before, ==, notebook->scan != NULL ? N_TOP : N_TOP - 1);
  g_signal_connect (weft_notebook_get_pages (notebook), "items-changed", G_CALLBACK (count_changes_cb), &n_changes);
  wait_until_scanned (notebook);
  g_assert_cmpuint (n_changes, ==, n_before == N_TOP ? 1 : 0);
  g_assert_null (notebook->tree_doc);
  g_assert_cmpuint (g_list_model_get_n_items (weft_notebook_get_pages (notebook)), ==, N_TOP - 1);
  g_signal_handlers_disconnect_by_data (weft_notebook_get_pages (notebook), &n_changes);
  close_notebook (notebook);

  /* That made it anew. */
  notebook = open_notebook (fixture);
  g_assert_null (notebook->tree_doc);
  g_assert_null (notebook->scan);
  close_notebook (notebook);
}

/* Without an outline the top is shown at once; what is done waits for the rest. */
static void
test_scan (Fixture      *fixture,
           gconstpointer data)
{
  g_autofree char *path = g_strconcat (g_file_peek_path (fixture->file), "-pages", NULL);
  WeftNotebook *notebook;
  WeftPage *page;
  gboolean is_first_look;
  g_autoptr(GListModel) children = NULL;

  make_notebook (fixture);
  g_assert_true (g_file_set_contents (path, "weft-pg2 and nothing else", -1, NULL));
  notebook = open_notebook (fixture);
  /* On a busy machine it may have come that far at once. */
  is_first_look = notebook->scan != NULL;
  g_assert_true (is_first_look == (weft_notebook_get_loading_progress (notebook) < 1));
  g_assert_cmpuint (g_list_model_get_n_items (weft_notebook_get_pages (notebook)), ==, N_TOP);
  page = get_page (weft_notebook_get_pages (notebook), 7);
  g_assert_cmpstr (weft_page_get_title (page), ==, "Page 7");
  g_assert_true (weft_page_has_children (page) != is_first_look);
  children = weft_page_list_children (page);
  g_assert_true ((g_list_model_get_n_items (children) == 0) == is_first_look);
  wait_until_scanned (notebook);
  g_assert_cmpfloat (weft_notebook_get_loading_progress (notebook), ==, 1);
  g_assert_null (notebook->tree_doc);
  g_assert_cmpstr (weft_notebook_get_title (notebook), ==, "Everything");
  g_assert_true (get_page (weft_notebook_get_pages (notebook), 7) == page);
  g_assert_true (weft_page_has_children (page));
  g_assert_cmpuint (g_list_model_get_n_items (children), ==, N_PAGES / N_TOP - 1);
  g_clear_object (&children);
  close_notebook (notebook);

  /* Closed before that. */
  g_remove (path);
  notebook = open_notebook (fixture);
  close_notebook (notebook);

  /* And with something that was done. */
  g_remove (path);
  notebook = open_notebook (fixture);
  page = get_page (weft_notebook_get_pages (notebook), 3);
  weft_notebook_trash_page (notebook, page);
  wait_until_loaded (notebook);
  g_assert_true (weft_page_get_trashed (page));
  g_assert_cmpuint (g_list_model_get_n_items (weft_notebook_get_pages (notebook)), ==, N_TOP - 1);
  close_notebook (notebook);
  notebook = open_notebook (fixture);
  g_assert_null (notebook->scan);
  g_assert_cmpuint (g_list_model_get_n_items (weft_notebook_get_pages (notebook)), ==, N_TOP - 1);
  close_notebook (notebook);
}

/* What cannot be scanned is loaded: here, because a peer deleted something of the log. */
static void
test_no_scan (Fixture      *fixture,
              gconstpointer data)
{
  g_autofree char *path = g_strconcat (g_file_peek_path (fixture->file), "-pages", NULL);
  WeftNotebook *notebook;

  make_notebook (fixture);
  notebook = open_notebook (fixture);
  weft_notebook_need_tree (notebook);
  wait_until_loaded (notebook);
  weft_array_delete (weft_doc_get_array (weft_live_doc_get_doc (notebook->live), "ops"), 0, 1);
  close_notebook (notebook);
  g_remove (path);

  notebook = open_notebook (fixture);
  wait_until_scanned (notebook);
  while (notebook->loading)
    g_main_context_iteration (NULL, TRUE);
  g_assert_nonnull (notebook->tree_doc);
  g_assert_cmpfloat (weft_notebook_get_loading_progress (notebook), ==, 1);
  g_assert_cmpuint (g_list_model_get_n_items (weft_notebook_get_pages (notebook)), ==, N_TOP - 1);
  close_notebook (notebook);
}

#define N_MOVES 6000

/* What somebody else did meanwhile: random moves, and a page in the trash. @tree_doc: on a copy of @notebook's doc */
static GBytes *
move_elsewhere (WeftNotebook    *notebook,
                WeftNotebookDoc *tree_doc,
                guint32          seed)
{
  g_autoptr(GRand) dice = g_rand_new_with_seed (seed);
  g_autoptr(WeftStateVector) before = weft_doc_get_state_vector (weft_notebook_doc_get_doc (tree_doc));
  WeftPageTree *tree = weft_notebook_doc_get_tree (tree_doc);

  weft_notebook_doc_begin (tree_doc);
  for (guint i = 0; i < N_MOVES; i++)
    {
      WeftPageId from, to, page;

      /* The first ten of the top stay where they are. */
      weft_page_tree_get_child (tree, &weft_page_id_root, (guint) g_rand_int_range (dice, 10, N_TOP / 2), &from);
      weft_page_tree_get_child (tree, &weft_page_id_root, (guint) g_rand_int_range (dice, 0, N_TOP / 2), &to);
      if (weft_page_tree_get_child (tree, &from, (guint) g_rand_int_range (dice, 0, 60), &page))
        weft_notebook_doc_move (tree_doc, &page, &to, i % 2 == 0 ? WEFT_PAGE_FIRST : WEFT_PAGE_LAST);
    }
  weft_notebook_doc_commit (tree_doc);

  return weft_doc_encode_diff (weft_notebook_doc_get_doc (tree_doc), before);
}

/* Every page is where @tree_doc has it. */
static void
assert_same_tree (WeftNotebook    *notebook,
                  WeftNotebookDoc *tree_doc)
{
  WeftPageTree *tree = weft_notebook_get_tree (notebook);
  WeftPageTree *other = weft_notebook_doc_get_tree (tree_doc);

  for (guint i = 0; i < N_TOP; i++)
    {
      WeftPageId top, a, b;
      guint n;

      g_assert_true (weft_page_tree_get_child (other, &weft_page_id_root, i, &top));
      n = weft_page_tree_get_n_children (other, &top);
      g_assert_cmpuint (weft_page_tree_get_n_children (tree, &top), ==, n);
      for (guint child = 0; child < n; child++)
        g_assert_true (weft_page_tree_get_child (other, &top, child, &a)
                       && weft_page_tree_get_child (tree, &top, child, &b) && weft_page_id_equal (&a, &b));
    }
}

/* Thousands of moves arrive in a loaded notebook: the main loop goes on, edits wait for the tree, and nothing of either
 * is missing; also where the notebook is closed before that. */
static void
test_follow (Fixture      *fixture,
             gconstpointer data)
{
  WeftNotebook *notebook;
  WeftDoc *doc;
  g_autoptr(WeftDoc) copy = weft_doc_new ();
  g_autoptr(WeftNotebookDoc) other = NULL;
  g_autoptr(GBytes) state = NULL;
  g_autoptr(GBytes) moves = NULL;
  g_autoptr(GBytes) more = NULL;
  g_autofree char *id = NULL;
  WeftPage *page, *made;

  make_notebook (fixture);
  notebook = open_notebook (fixture);
  weft_notebook_need_tree (notebook);
  wait_until_loaded (notebook);
  doc = weft_live_doc_get_doc (notebook->live);
  state = weft_doc_encode_state (doc);
  g_assert_true (weft_doc_apply_update (copy, state, NULL, NULL));
  other = weft_notebook_doc_new (copy);
  moves = move_elsewhere (notebook, other, 1);
  more = move_elsewhere (notebook, other, 2);

  page = get_page (weft_notebook_get_pages (notebook), 0);
  g_assert_true (weft_doc_apply_update (doc, moves, NULL, NULL));
  g_assert_true (weft_notebook_is_behind (notebook));
  weft_notebook_rename_page (notebook, page, "Meanwhile");
  g_assert_cmpstr (weft_page_get_title (page), ==, "Page 0");
  made = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "Made meanwhile", page, NULL);
  /* In the middle of it comes more. */
  g_assert_false (weft_notebook_doc_settle (notebook->tree_doc, N_MOVES / 2));
  g_assert_true (weft_doc_apply_update (doc, more, NULL, NULL));
  while (weft_notebook_is_behind (notebook))
    {
      g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (count_tops (notebook), ==, N_TOP);
    }
  g_assert_cmpstr (weft_page_get_title (page), ==, "Meanwhile");
  g_assert_true (weft_page_get_parent (made) == page);
  weft_notebook_trash_page (notebook, made);
  assert_same_tree (notebook, other);
  weft_page_tree_validate (weft_notebook_get_tree (notebook));

  /* Closed before the tree has followed. */
  g_clear_pointer (&moves, g_bytes_unref);
  moves = move_elsewhere (notebook, other, 3);
  g_assert_true (weft_doc_apply_update (doc, moves, NULL, NULL));
  g_assert_true (weft_notebook_is_behind (notebook));
  weft_notebook_rename_page (notebook, page, "At last");
  id = g_strdup (weft_page_get_id (page));
  close_notebook (notebook);

  notebook = open_notebook (fixture);
  g_assert_null (notebook->tree_doc);
  g_assert_cmpstr (weft_page_get_title (weft_notebook_lookup_page (notebook, id)), ==, "At last");
  assert_same_tree (notebook, other);
  close_notebook (notebook);
  g_clear_pointer (&other, weft_notebook_doc_free);
}

static WeftNotebook *
open_joined (GFile      *file,
             const char *notebook_id)
{
  g_autoptr(GAsyncResult) result = NULL;

  weft_notebook_open_async (file, notebook_id, NULL, keep_result_cb, &result);
  return weft_notebook_open_finish (wait_for (&result), NULL);
}

static void
wait_until_let_go (WeftNotebook *notebook)
{
  while (notebook->tree_doc != NULL || notebook->loading)
    {
      /* A commit may be under way at the first time. */
      weft_notebook_let_go (notebook);
      g_main_context_iteration (NULL, TRUE);
    }
}

/* In its room without its doc; what the others do brings that; and it is let go of again. */
static void
test_watch (Fixture      *fixture,
            gconstpointer data)
{
  g_autofree char *relay_folder = g_dir_make_tmp ("weft-relay-XXXXXX", NULL);
  g_autofree char *other_path = g_build_filename (fixture->folder, "other.weft", NULL);
  g_autofree char *download = g_strconcat (other_path, "-download", NULL);
  g_autoptr(GFile) other_file = g_file_new_for_path (other_path);
  g_autofree char *id = NULL;
  WeftNotebook *notebook, *other;
  Relay relay = { NULL };
  WeftPage *page;

  start_relay (&relay, relay_folder);
  make_notebook (fixture);
  notebook = open_notebook (fixture);
  id = g_strdup (weft_notebook_get_id (notebook));
  g_assert_true (weft_notebook_set_relay (notebook, relay.address, NULL, NULL));
  wait_until_safe (notebook);
  /* All of it went up as it lies in the store. */
  g_assert_null (notebook->tree_doc);
  close_notebook (notebook);

  /* Nothing is new: it is in step as it is. */
  notebook = open_notebook (fixture);
  wait_until_safe (notebook);
  g_assert_null (notebook->tree_doc);
  g_assert_false (notebook->loading);

  /* Somebody else does something. */
  other = open_joined (other_file, id);
  g_assert_true (weft_notebook_set_relay (other, relay.address, NULL, NULL));
  while (count_tops (other) != N_TOP)
    g_main_context_iteration (NULL, TRUE);
  wait_until_safe (other);
  g_assert_null (notebook->tree_doc);
  /* It came as one snapshot, of which nothing stays beside the notebook. */
  g_assert_cmpuint (other->n_fetched, >, N_PAGES * 32);
  g_assert_cmpuint (other->n_fetched, ==, other->n_to_fetch);
  g_assert_false (g_file_test (download, G_FILE_TEST_EXISTS));
  weft_notebook_trash_page (other, get_page (weft_notebook_get_pages (other), 0));
  while (count_tops (notebook) != N_TOP - 1)
    g_main_context_iteration (NULL, TRUE);
  g_assert_nonnull (notebook->tree_doc);
  wait_until_safe (notebook);

  /* An hour later. */
  wait_until_let_go (notebook);
  g_assert_cmpuint (count_tops (notebook), ==, N_TOP - 1);
  wait_until_safe (notebook);
  g_assert_null (notebook->tree_doc);

  /* What is done then goes on to the others. */
  page = get_page (weft_notebook_get_pages (notebook), 0);
  weft_notebook_rename_page (notebook, page, "Renamed");
  while (g_strcmp0 (weft_page_get_title (get_page (weft_notebook_get_pages (other), 0)), "Renamed") != 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_nonnull (notebook->tree_doc);
  wait_until_safe (notebook);
  wait_until_let_go (notebook);
  close_notebook (notebook);

  /* The outline that was made then is as good as one that is made at the end. */
  notebook = open_notebook (fixture);
  g_assert_null (notebook->tree_doc);
  g_assert_cmpuint (count_tops (notebook), ==, N_TOP - 1);
  wait_until_safe (notebook);
  g_assert_null (notebook->tree_doc);
  close_notebook (notebook);
  close_notebook (other);
  stop_relay (&relay);
  remove_relay_folder (relay_folder);
}

static void
wait_for_first_title (WeftNotebook *notebook,
                      const char   *title)
{
  while (count_tops (notebook) == 0
         || g_strcmp0 (weft_page_get_title (get_page (weft_notebook_get_pages (notebook), 0)), title) != 0)
    g_main_context_iteration (NULL, TRUE);
}

/* What the relay lacks comes out of the store: also beside a doc in which somebody goes on writing; and of a notebook
 * in which was written without a connection, only that. */
static void
test_give (Fixture      *fixture,
           gconstpointer data)
{
  g_autofree char *relay_folder = g_dir_make_tmp ("weft-relay-XXXXXX", NULL);
  g_autofree char *other_path = g_build_filename (fixture->folder, "other.weft", NULL);
  g_autoptr(GFile) other_file = g_file_new_for_path (other_path);
  g_autofree char *id = NULL;
  WeftNotebook *notebook, *other;
  Relay relay = { NULL };

  start_relay (&relay, relay_folder);
  make_notebook (fixture);
  notebook = open_notebook (fixture);
  id = g_strdup (weft_notebook_get_id (notebook));
  weft_notebook_rename_page (notebook, get_page (weft_notebook_get_pages (notebook), 0), "Before");
  while (notebook->tree_doc == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (weft_notebook_set_relay (notebook, relay.address, NULL, NULL));
  while (weft_live_doc_get_state (notebook->live) != WEFT_SYNC_CLIENT_SYNCING)
    g_main_context_iteration (NULL, TRUE);
  weft_notebook_rename_page (notebook, get_page (weft_notebook_get_pages (notebook), 0), "Meanwhile");
  wait_until_safe (notebook);

  other = open_joined (other_file, id);
  g_assert_true (weft_notebook_set_relay (other, relay.address, NULL, NULL));
  wait_for_first_title (other, "Meanwhile");
  wait_until_safe (other);

  weft_notebook_set_work_offline (notebook, TRUE);
  weft_notebook_rename_page (notebook, get_page (weft_notebook_get_pages (notebook), 0), "Apart");
  close_notebook (notebook);
  notebook = open_notebook (fixture);
  g_assert_null (notebook->tree_doc);
  weft_notebook_set_work_offline (notebook, FALSE);
  wait_for_first_title (other, "Apart");
  wait_until_safe (notebook);
  close_notebook (notebook);
  close_notebook (other);
  stop_relay (&relay);
  remove_relay_folder (relay_folder);
}

static guint
count_cards (WeftNotebook *notebook)
{
  return g_list_model_get_n_items (weft_notebook_get_conflicts (notebook));
}

/* Two people named a page while apart. The card is there in the next run too, though only the outline is looked at;
 * once it is settled, that is enough again. */
static void
test_cards (Fixture      *fixture,
            gconstpointer data)
{
  g_autofree char *relay_folder = g_dir_make_tmp ("weft-relay-XXXXXX", NULL);
  g_autofree char *other_path = g_build_filename (fixture->folder, "other.weft", NULL);
  g_autoptr(GFile) other_file = g_file_new_for_path (other_path);
  WeftNotebook *notebook, *other;
  Relay relay = { NULL };

  start_relay (&relay, relay_folder);
  make_notebook (fixture);
  notebook = open_notebook (fixture);
  weft_notebook_set_user (notebook, "ana", "Ana", "#3584e4");
  g_assert_true (weft_notebook_set_relay (notebook, relay.address, NULL, NULL));
  wait_until_safe (notebook);
  other = open_joined (other_file, weft_notebook_get_id (notebook));
  weft_notebook_set_user (other, "bo", "Bo", "#e01b24");
  g_assert_true (weft_notebook_set_relay (other, relay.address, NULL, NULL));
  wait_for_first_title (other, "Page 0");
  wait_until_safe (other);

  weft_notebook_set_work_offline (notebook, TRUE);
  weft_notebook_set_work_offline (other, TRUE);
  weft_notebook_rename_page (notebook, get_page (weft_notebook_get_pages (notebook), 0), "Sketch");
  weft_notebook_rename_page (other, get_page (weft_notebook_get_pages (other), 0), "Figure");
  wait_until_loaded (notebook);
  wait_until_loaded (other);
  weft_notebook_set_work_offline (notebook, FALSE);
  wait_until_safe (notebook);
  weft_notebook_set_work_offline (other, FALSE);
  while (count_cards (notebook) != 1)
    g_main_context_iteration (NULL, TRUE);
  close_notebook (notebook);
  close_notebook (other);
  stop_relay (&relay);

  notebook = open_notebook (fixture);
  g_assert_null (notebook->tree_doc);
  while (count_cards (notebook) != 1)
    g_main_context_iteration (NULL, TRUE);
  {
    g_autoptr(WeftConflictItem) card = g_list_model_get_item (weft_notebook_get_conflicts (notebook), 0);

    weft_notebook_resolve_conflict (notebook, card, WEFT_KEEP_THIS);
  }
  close_notebook (notebook);

  notebook = open_notebook (fixture);
  while (notebook->conflicts_source != 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (count_cards (notebook), ==, 0);
  g_assert_null (notebook->tree_doc);
  g_assert_false (notebook->loading);
  close_notebook (notebook);
  remove_relay_folder (relay_folder);
}

static void
wait_for_bulk (WeftNotebook *notebook)
{
  while (notebook->n_bulk == 0)
    g_main_context_iteration (NULL, TRUE);
  while (notebook->n_bulk > 0 || notebook->bulk_source != 0)
    g_main_context_iteration (NULL, TRUE);
}

/* What comes in bulk goes to the store: at first all of it, where a relay has no snapshots; then much at once, while
 * the notebook is only looked at. */
static void
test_bulk (Fixture      *fixture,
           gconstpointer data)
{
  g_autofree char *relay_folder = g_dir_make_tmp ("weft-relay-XXXXXX", NULL);
  g_autofree char *other_path = g_build_filename (fixture->folder, "other.weft", NULL);
  g_autoptr(GFile) other_file = g_file_new_for_path (other_path);
  g_autofree char *id = NULL;
  WeftNotebook *notebook, *other;
  Relay relay = { NULL };

  start_relay (&relay, relay_folder);
  make_notebook (fixture);
  notebook = open_notebook (fixture);
  id = g_strdup (weft_notebook_get_id (notebook));
  g_assert_true (weft_notebook_set_relay (notebook, relay.address, NULL, NULL));
  wait_until_safe (notebook);
  g_assert_null (notebook->tree_doc);

  other = open_joined (other_file, id);
  g_assert_true (weft_notebook_set_relay (other, relay.address, NULL, NULL));
  weft_notebook_stop_first_sync (other);
  other->first_sync_done = TRUE;
  weft_notebook_connect_all (other);
  wait_for_bulk (other);
  while (count_tops (other) != N_TOP || other->loading)
    g_main_context_iteration (NULL, TRUE);
  wait_until_safe (other);
  g_assert_cmpuint (weft_page_tree_get_n_pages (weft_notebook_get_tree (other)), ==, N_PAGES);

  weft_notebook_rename_page (other, get_page (weft_notebook_get_pages (other), 0), "Loads it");
  wait_for_first_title (notebook, "Loads it");
  wait_until_safe (other);
  wait_until_safe (notebook);
  wait_until_let_go (notebook);
  wait_until_safe (notebook);

  weft_doc_begin (weft_live_doc_get_doc (other->live), NULL);
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *title = g_strdup_printf ("%u %0500u", i, i);

      weft_notebook_rename_page (other, get_page (weft_notebook_get_pages (other), 2), i < 999 ? title : "Many times");
    }
  weft_notebook_rename_page (other, get_page (weft_notebook_get_pages (other), 0), "At last");
  weft_doc_commit (weft_live_doc_get_doc (other->live));
  wait_for_bulk (notebook);
  wait_for_first_title (notebook, "At last");
  wait_until_safe (notebook);
  g_assert_nonnull (notebook->tree_doc);
  g_assert_cmpstr (weft_page_get_title (get_page (weft_notebook_get_pages (notebook), 2)), ==, "Many times");
  g_assert_false (notebook->bulk_failed);
  close_notebook (notebook);
  close_notebook (other);
  stop_relay (&relay);
  remove_relay_folder (relay_folder);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/model/many-pages/looked-at-before-loaded", Fixture, NULL, set_up, test_look, tear_down);
  g_test_add ("/model/many-pages/edits-wait", Fixture, NULL, set_up, test_edit, tear_down);
  g_test_add ("/model/many-pages/stale", Fixture, NULL, set_up, test_stale, tear_down);
  g_test_add ("/model/many-pages/without-outline", Fixture, NULL, set_up, test_scan, tear_down);
  g_test_add ("/model/many-pages/not-to-be-scanned", Fixture, NULL, set_up, test_no_scan, tear_down);

  g_test_add ("/model/many-pages/follows-in-parts", Fixture, NULL, set_up, test_follow, tear_down);
  g_test_add ("/model/many-pages/watched-with-a-relay", Fixture, NULL, set_up, test_watch, tear_down);
  g_test_add ("/model/many-pages/given-out-of-the-store", Fixture, NULL, set_up, test_give, tear_down);
  g_test_add ("/model/many-pages/cards", Fixture, NULL, set_up, test_cards, tear_down);
  g_test_add ("/model/many-pages/bulk", Fixture, NULL, set_up, test_bulk, tear_down);

  return g_test_run ();
}
