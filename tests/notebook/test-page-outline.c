/* test-page-outline.c - what may be relied on of the outline of a page tree
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "notebook/weft-notebook-doc.h"
#include "support/test-seed.h"

#define N_TREES 40
#define N_BROKEN 4000

/* A tree out of random pages, moves (into the trash too), and names. */
static WeftNotebookDoc *
make_tree (WeftDoc *doc,
           GArray  *ids)
{
  WeftNotebookDoc *notebook = weft_notebook_doc_new (doc);
  guint n_edits = (guint) g_test_rand_int_range (0, 200);

  weft_notebook_doc_set_title (notebook, "Küche");
  for (guint i = 0; i < n_edits; i++)
    {
      guint n = ids->len;
      WeftPageId page = weft_page_id_root, other = weft_page_id_root;

      if (n > 0)
        {
          page = g_array_index (ids, WeftPageId, g_test_rand_int_range (0, (int) n));
          other = g_array_index (ids, WeftPageId, g_test_rand_int_range (0, (int) n));
        }

      switch (n > 0 ? g_test_rand_int_range (0, 6) : 0)
        {
        case 0:
        case 1:
        case 2:
          weft_notebook_doc_create_page (notebook, g_test_rand_bit () ? &other : &weft_page_id_root, WEFT_PAGE_LAST,
                                         g_test_rand_bit () ? "board" : NULL, g_test_rand_bit () ? "京都 – plan" : NULL,
                                         0, &page);
          g_array_append_val (ids, page);
          break;
        case 3:
          weft_notebook_doc_move (notebook, &page, &other, WEFT_PAGE_FIRST);
          break;
        case 4:
          weft_notebook_doc_trash (notebook, &page);
          break;
        default:
          weft_notebook_doc_set_string (notebook, &page, WEFT_PAGE_ICON, "🌳");
          break;
        }
    }

  return notebook;
}

static void
assert_same (WeftPageTree     *a,
             WeftPageTree     *b,
             const WeftPageId *page)
{
  static const char *const keys[] = { WEFT_PAGE_TITLE, WEFT_PAGE_ICON, WEFT_PAGE_KIND, WEFT_PAGE_ROOM, "nothing" };
  guint n = weft_page_tree_get_n_children (a, page);
  WeftPageId parent_a, parent_b;

  g_assert_cmpuint (weft_page_tree_get_n_children (b, page), ==, n);
  for (guint i = 0; i <= n; i++)
    {
      WeftPageId child_a, child_b;
      gboolean is_there = weft_page_tree_get_child (a, page, i, &child_a);

      g_assert_cmpint (weft_page_tree_get_child (b, page, i, &child_b), ==, is_there);
      if (is_there)
        g_assert_true (weft_page_id_equal (&child_a, &child_b));
    }

  g_assert_cmpint (weft_page_tree_contains (a, page), ==, weft_page_tree_contains (b, page));
  g_assert_cmpint (weft_page_tree_is_living (a, page), ==, weft_page_tree_is_living (b, page));
  g_assert_cmpint (weft_page_tree_is_trashed (a, page), ==, weft_page_tree_is_trashed (b, page));
  g_assert_cmpint (weft_page_tree_get_index (a, page), ==, weft_page_tree_get_index (b, page));
  g_assert_cmpint (weft_page_tree_get_parent (a, page, &parent_a), ==, weft_page_tree_get_parent (b, page, &parent_b));
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    g_assert_cmpstr (weft_page_tree_get_string (a, page, keys[i]), ==, weft_page_tree_get_string (b, page, keys[i]));
}

static void
test_same (void)
{
  for (guint t = 0; t < N_TREES; t++)
    {
      g_autoptr(WeftDoc) doc = weft_doc_new ();
      g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (WeftPageId));
      g_autoptr(WeftNotebookDoc) notebook = make_tree (doc, ids);
      WeftPageTree *tree = weft_notebook_doc_get_tree (notebook);
      g_autoptr(GBytes) state = weft_page_outline_encode_state (doc);
      g_autoptr(GBytes) bytes = weft_page_outline_make (tree, "Küche", state, "key 1 2");
      WeftPageOutline *outline = weft_page_outline_new (bytes, "key 1 2");
      g_autoptr(WeftPageTree) shown = NULL;
      g_autoptr(WeftStateVector) vector = weft_doc_get_state_vector (doc), told = NULL;
      g_autoptr(WeftDeleteSet) deletes = weft_doc_get_delete_set (doc), told_deletes = NULL;
      WeftPageId stranger;

      g_assert_null (weft_page_outline_new (bytes, "key 1 3"));
      g_assert_nonnull (outline);
      g_assert_cmpstr (weft_page_outline_get_title (outline), ==, "Küche");
      g_assert_true (weft_page_outline_get_state (outline, &told, &told_deletes));
      g_assert_true (weft_state_vector_equal (vector, told));
      g_assert_true (weft_delete_set_equal (deletes, told_deletes));
      shown = weft_page_tree_new_from_outline (outline);

      g_assert_cmpuint (weft_page_tree_get_n_pages (shown), ==, weft_page_tree_get_n_pages (tree));
      weft_page_id_init_random (&stranger);
      assert_same (tree, shown, &stranger);
      assert_same (tree, shown, &weft_page_id_root);
      assert_same (tree, shown, &weft_page_id_trash);
      for (guint i = 0; i < ids->len; i++)
        {
          const WeftPageId *page = &g_array_index (ids, WeftPageId, i);

          assert_same (tree, shown, page);
          for (guint j = 0; j < ids->len; j += 7)
            {
              const WeftPageId *other = &g_array_index (ids, WeftPageId, j);

              g_assert_cmpint (weft_page_tree_is_below (tree, page, other), ==,
                               weft_page_tree_is_below (shown, page, other));
            }
        }
    }
}

/* Everything is asked; nothing may be read outside of the bytes, or go on for ever. */
static void
read_all (WeftPageTree *tree,
          GArray       *ids)
{
  for (guint i = 0; i < ids->len; i++)
    {
      const WeftPageId *page = &g_array_index (ids, WeftPageId, i);
      const char *title = weft_page_tree_get_string (tree, page, WEFT_PAGE_TITLE);
      WeftPageId other;

      g_assert_true (title == NULL || g_utf8_validate (title, -1, NULL));
      weft_page_tree_get_string (tree, page, WEFT_PAGE_ROOM);
      weft_page_tree_is_living (tree, page);
      weft_page_tree_get_index (tree, page);
      weft_page_tree_get_parent (tree, page, &other);
      weft_page_tree_get_child (tree, page, weft_page_tree_get_n_children (tree, page) / 2, &other);
      weft_page_tree_get_child (tree, page, weft_page_tree_get_n_children (tree, page) - 1, &other);
    }
}

static void
test_broken (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (WeftPageId));
  g_autoptr(WeftNotebookDoc) notebook = NULL;
  g_autoptr(GBytes) bytes = NULL, state = NULL;
  gsize size;
  const guint8 *data;
  guint n_opened = 0;

  do
    {
      g_clear_pointer (&notebook, weft_notebook_doc_free);
      notebook = make_tree (doc, ids);
    }
  while (ids->len < 30);
  state = weft_page_outline_encode_state (doc);
  bytes = weft_page_outline_make (weft_notebook_doc_get_tree (notebook), NULL, state, "key");
  data = g_bytes_get_data (bytes, &size);
  g_array_append_val (ids, weft_page_id_root);
  g_array_append_val (ids, weft_page_id_trash);

  for (guint i = 0; i < N_BROKEN; i++)
    {
      /* A copy of just that size, so that a sanitizer sees the end. */
      gsize n = g_test_rand_int_range (0, 8) == 0 ? (gsize) g_test_rand_int_range (0, (int) size) : size;
      guint8 *copy = g_memdup2 (data, n);
      g_autoptr(GBytes) broken = NULL;
      WeftPageOutline *outline;

      for (int flips = g_test_rand_int_range (0, 6); flips >= 0 && n > 0; flips--)
        {
          gsize at = (gsize) g_test_rand_int_range (0, (int) n);

          copy[at] = g_test_rand_bit () ? 0xff : (guint8) g_test_rand_int ();
        }

      broken = g_bytes_new_take (copy, n);
      outline = weft_page_outline_new (broken, "key");
      if (outline != NULL)
        {
          g_autoptr(WeftPageTree) tree = weft_page_tree_new_from_outline (outline);

          read_all (tree, ids);
          n_opened++;
        }
      if (n < size)
        g_assert_null (outline);
    }

  g_assert_cmpuint (n_opened, >, 100);
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/notebook/page-outline/shows-the-tree", test_same);
  g_test_add_func ("/notebook/page-outline/broken-bytes", test_broken);

  return g_test_run ();
}
