/* test-notebook-doc.c - the notebook doc between peers
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-notebook-doc.h"

#include <string.h>

#include "crdt/weft-type.h"
#include "support/test-seed.h"

typedef struct
{
  WeftDoc *doc;
  WeftNotebookDoc *notebook;
  WeftPageTree *tree;
  guint n_edited;
  guint n_info;
  guint n_undo;
} Peer;

static void
edited_cb (WeftNotebookDoc  *notebook,
           const WeftPageId *page,
           gpointer          user_data)
{
  ((Peer *) user_data)->n_edited++;
}

static void
info_cb (WeftNotebookDoc *notebook,
         gpointer         user_data)
{
  ((Peer *) user_data)->n_info++;
}

static void
undo_cb (WeftNotebookDoc *notebook,
         gpointer         user_data)
{
  ((Peer *) user_data)->n_undo++;
}

static void
peer_init (Peer *peer)
{
  static const WeftNotebookDocObserver observer = {
    .edited = edited_cb,
    .info_changed = info_cb,
    .undo_changed = undo_cb,
  };

  memset (peer, 0, sizeof *peer);
  peer->doc = weft_doc_new ();
  peer->notebook = weft_notebook_doc_new (peer->doc);
  peer->tree = weft_notebook_doc_get_tree (peer->notebook);
  weft_notebook_doc_set_observer (peer->notebook, &observer, peer);
}

static void
peer_clear (Peer *peer)
{
  weft_notebook_doc_free (peer->notebook);
  weft_doc_free (peer->doc);
}

static void
send_all (Peer *from,
          Peer *to)
{
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (to->doc);
  g_autoptr(GBytes) update = weft_doc_encode_diff (from->doc, state);
  g_autoptr(GError) error = NULL;

  g_assert_true (weft_doc_apply_update (to->doc, update, NULL, &error));
  g_assert_no_error (error);
}

static void
meet (Peer *a,
      Peer *b)
{
  send_all (a, b);
  send_all (b, a);
}

static void
print_below (Peer             *peer,
             const WeftPageId *parent,
             GString          *out)
{
  WeftPageId child;

  for (guint i = 0; weft_page_tree_get_child (peer->tree, parent, i, &child); i++)
    {
      const char *title = weft_page_tree_get_string (peer->tree, &child, WEFT_PAGE_TITLE);

      g_string_append_printf (out, "%s%s", i > 0 ? " " : "", title != NULL ? title : "-");
      if (weft_page_tree_get_n_children (peer->tree, &child) > 0)
        {
          g_string_append (out, "(");
          print_below (peer, &child, out);
          g_string_append (out, ")");
        }
    }
}

/* The titles, children in brackets: "a(b c) d" */
static void
assert_pages (Peer             *peer,
              const WeftPageId *parent,
              const char       *expected)
{
  g_autoptr(GString) out = g_string_new (NULL);

  weft_page_tree_validate (peer->tree);
  print_below (peer, parent, out);
  g_assert_cmpstr (out->str, ==, expected);
}

static WeftPageId
add (Peer             *peer,
     const WeftPageId *parent,
     const WeftPageId *after,
     const char       *title)
{
  WeftPageId page;

  weft_notebook_doc_create_page (peer->notebook, parent, after, NULL, title, 1000, &page);
  return page;
}

#define root (&weft_page_id_root)
#define trash (&weft_page_id_trash)

static void
test_empty (void)
{
  Peer peer;
  g_autoptr(GBytes) state = NULL;

  /* Opening writes nothing: others may be making the same notebook. */
  peer_init (&peer);
  state = weft_doc_encode_state (peer.doc);
  g_assert_cmpmem (g_bytes_get_data (state, NULL), g_bytes_get_size (state), "\0\0", 2);
  g_assert_null (weft_notebook_doc_dup_title (peer.notebook));
  g_assert_cmpuint (weft_notebook_doc_get_format (peer.notebook), ==, 0);
  g_assert_false (weft_notebook_doc_undo (peer.notebook));
  peer_clear (&peer);
}

static void
test_info (void)
{
  Peer a, b;
  g_autofree char *title = NULL;

  peer_init (&a);
  peer_init (&b);
  weft_notebook_doc_set_title (a.notebook, "Garden");
  weft_notebook_doc_set_title (a.notebook, "Garden");
  g_assert_cmpuint (a.n_info, ==, 1);
  meet (&a, &b);
  title = weft_notebook_doc_dup_title (b.notebook);
  g_assert_cmpstr (title, ==, "Garden");
  g_assert_cmpuint (weft_notebook_doc_get_format (b.notebook), ==, WEFT_NOTEBOOK_FORMAT);
  g_assert_cmpuint (b.n_info, ==, 1);
  peer_clear (&a);
  peer_clear (&b);
}

static void
test_places (void)
{
  Peer a, b;
  WeftPageId one, two, three, four, inner;

  peer_init (&a);
  peer_init (&b);
  one = add (&a, root, WEFT_PAGE_LAST, "1");
  two = add (&a, root, WEFT_PAGE_LAST, "2");
  three = add (&a, root, &one, "3");
  four = add (&a, root, WEFT_PAGE_FIRST, "4");
  assert_pages (&a, root, "4 1 3 2");
  inner = add (&a, &three, WEFT_PAGE_FIRST, "x");
  assert_pages (&a, root, "4 1 3(x) 2");

  g_assert_true (weft_notebook_doc_move (a.notebook, &four, root, &two));
  assert_pages (&a, root, "1 3(x) 2 4");
  g_assert_true (weft_notebook_doc_move (a.notebook, &one, root, &three));
  assert_pages (&a, root, "3(x) 1 2 4");
  g_assert_true (weft_notebook_doc_move (a.notebook, &two, &three, &inner));
  assert_pages (&a, root, "3(x 2) 1 4");
  g_assert_true (weft_notebook_doc_move (a.notebook, &two, &three, WEFT_PAGE_FIRST));
  assert_pages (&a, root, "3(2 x) 1 4");
  g_assert_true (weft_notebook_doc_move (a.notebook, &three, root, WEFT_PAGE_LAST));
  assert_pages (&a, root, "1 4 3(2 x)");

  /* Not below itself, nor what is not there */
  g_assert_false (weft_notebook_doc_move (a.notebook, &three, &two, WEFT_PAGE_FIRST));
  g_assert_false (weft_notebook_doc_move (a.notebook, &three, &three, WEFT_PAGE_FIRST));
  g_assert_false (weft_notebook_doc_move (a.notebook, root, &three, WEFT_PAGE_FIRST));
  weft_page_id_init_random (&four);
  g_assert_false (weft_notebook_doc_move (a.notebook, &four, root, WEFT_PAGE_FIRST));
  g_assert_false (weft_notebook_doc_move (a.notebook, &one, &four, WEFT_PAGE_FIRST));

  meet (&a, &b);
  assert_pages (&b, root, "1 4 3(2 x)");
  g_assert_cmpstr (weft_page_tree_get_string (b.tree, &one, WEFT_PAGE_KIND), ==, WEFT_PROFILE_NOTE);
  peer_clear (&a);
  peer_clear (&b);
}

/* A random walk of one list: it is always where it was put. */
static void
test_random_places (void)
{
  Peer peer;
  g_autoptr(GArray) pages = g_array_new (FALSE, FALSE, sizeof (WeftPageId));

  peer_init (&peer);
  for (guint i = 0; i < 400; i++)
    {
      guint at = g_test_rand_int_range (0, pages->len + 1);
      WeftPageId page;

      if (pages->len > 0 && g_test_rand_bit ())
        {
          guint from = g_test_rand_int_range (0, pages->len);

          page = g_array_index (pages, WeftPageId, from);
          g_array_remove_index (pages, from);
          at = MIN (at, pages->len);
          g_assert_true (weft_notebook_doc_move (peer.notebook, &page, root,
                                                 at > 0 ? &g_array_index (pages, WeftPageId, at - 1)
                                                        : WEFT_PAGE_FIRST));
        }
      else
        page = add (&peer, root,
                    at > 0 ? &g_array_index (pages, WeftPageId, at - 1) : WEFT_PAGE_FIRST, NULL);
      g_array_insert_val (pages, at, page);

      for (guint j = 0; j < pages->len; j++)
        {
          WeftPageId child;

          g_assert_true (weft_page_tree_get_child (peer.tree, root, j, &child));
          g_assert_true (weft_page_id_equal (&child, &g_array_index (pages, WeftPageId, j)));
        }
    }
  peer_clear (&peer);
}

static void
test_staying_writes_nothing (void)
{
  Peer peer;
  WeftPageId one, two;
  WeftType *ops;

  peer_init (&peer);
  ops = weft_doc_get_array (peer.doc, "ops");
  one = add (&peer, root, WEFT_PAGE_LAST, "1");
  two = add (&peer, root, WEFT_PAGE_LAST, "2");
  g_assert_cmpuint (weft_type_get_length (ops), ==, 2);
  g_assert_true (weft_notebook_doc_move (peer.notebook, &one, root, WEFT_PAGE_FIRST));
  g_assert_true (weft_notebook_doc_move (peer.notebook, &two, root, &one));
  g_assert_true (weft_notebook_doc_move (peer.notebook, &two, root, WEFT_PAGE_LAST));
  weft_notebook_doc_set_string (peer.notebook, &one, WEFT_PAGE_TITLE, "1");
  weft_notebook_doc_set_string (peer.notebook, &one, WEFT_PAGE_ICON, NULL);
  g_assert_false (weft_notebook_doc_restore (peer.notebook, &one));
  g_assert_cmpuint (weft_type_get_length (ops), ==, 2);
  peer_clear (&peer);
}

static void
test_batch (void)
{
  Peer peer;
  WeftPageId folder, last, page;
  WeftType *ops;

  /* An import: pages below pages made in the same batch, in order, one element, one step of undo.
   */
  peer_init (&peer);
  ops = weft_doc_get_array (peer.doc, "ops");
  add (&peer, root, WEFT_PAGE_LAST, "old");
  weft_notebook_doc_begin (peer.notebook);
  folder = add (&peer, root, WEFT_PAGE_FIRST, "folder");
  last = add (&peer, &folder, WEFT_PAGE_LAST, "1");
  page = add (&peer, &folder, WEFT_PAGE_LAST, "3");
  last = add (&peer, &folder, &last, "2");
  add (&peer, &folder, WEFT_PAGE_FIRST, "0");
  add (&peer, root, &folder, "next");
  g_assert_true (weft_notebook_doc_move (peer.notebook, &last, &page, WEFT_PAGE_LAST));
  assert_pages (&peer, root, "old");
  weft_notebook_doc_commit (peer.notebook);
  assert_pages (&peer, root, "folder(0 1 3(2)) next old");
  g_assert_cmpuint (weft_type_get_length (ops), ==, 2);

  g_assert_true (weft_notebook_doc_undo (peer.notebook));
  assert_pages (&peer, root, "old");
  g_assert_true (weft_notebook_doc_redo (peer.notebook));
  assert_pages (&peer, root, "folder(0 1 3(2)) next old");
  peer_clear (&peer);
}

static void
test_big_batch (void)
{
  Peer a, b;
  WeftPageId folder;

  peer_init (&a);
  peer_init (&b);
  weft_notebook_doc_begin (a.notebook);
  folder = add (&a, root, WEFT_PAGE_LAST, "folder");
  for (guint i = 0; i < 5000; i++)
    add (&a, i % 100 == 0 ? root : &folder, WEFT_PAGE_LAST, "page");
  weft_notebook_doc_commit (a.notebook);
  g_assert_cmpuint (weft_page_tree_get_n_children (a.tree, &folder), ==, 4950);
  meet (&a, &b);
  g_assert_cmpuint (weft_page_tree_get_n_children (b.tree, &folder), ==, 4950);
  weft_page_tree_validate (b.tree);
  peer_clear (&a);
  peer_clear (&b);
}

static void
test_trash (void)
{
  Peer a, b;
  WeftPageId one, two, three;

  peer_init (&a);
  peer_init (&b);
  one = add (&a, root, WEFT_PAGE_LAST, "1");
  two = add (&a, &one, WEFT_PAGE_LAST, "2");
  three = add (&a, root, WEFT_PAGE_LAST, "3");
  meet (&a, &b);

  g_assert_true (weft_notebook_doc_trash (b.notebook, &two));
  g_assert_true (weft_notebook_doc_trash (b.notebook, &one));
  g_assert_false (weft_notebook_doc_trash (b.notebook, &one));
  g_assert_true (weft_notebook_doc_trash (b.notebook, &three));
  meet (&a, &b);
  assert_pages (&a, root, "");
  assert_pages (&a, trash, "3 1 2");

  /* 2 was in 1, which is still in the trash: it comes to the root. Then 1 comes, without it. */
  g_assert_true (weft_notebook_doc_restore (a.notebook, &two));
  assert_pages (&a, root, "2");
  g_assert_true (weft_notebook_doc_restore (a.notebook, &one));
  g_assert_true (weft_notebook_doc_restore (a.notebook, &three));
  g_assert_cmpuint (weft_page_tree_get_n_children (a.tree, root), ==, 3);
  meet (&a, &b);
  assert_pages (&b, trash, "");

  /* One page out of a deleted subtree */
  g_assert_true (weft_notebook_doc_move (b.notebook, &two, &one, WEFT_PAGE_LAST));
  g_assert_true (weft_notebook_doc_trash (b.notebook, &one));
  g_assert_true (weft_notebook_doc_restore (b.notebook, &two));
  assert_pages (&b, trash, "1");
  assert_pages (&b, root, "3 2");
  peer_clear (&a);
  peer_clear (&b);
}

static void
test_unseen_addition (void)
{
  Peer a, b;
  WeftPageId one;

  peer_init (&a);
  peer_init (&b);
  one = add (&a, root, WEFT_PAGE_LAST, "1");
  meet (&a, &b);
  weft_notebook_doc_trash (a.notebook, &one);
  add (&b, &one, WEFT_PAGE_LAST, "new");
  meet (&a, &b);
  assert_pages (&a, root, "1(new)");
  assert_pages (&b, root, "1(new)");

  /* A knows it now */
  weft_notebook_doc_trash (a.notebook, &one);
  meet (&a, &b);
  assert_pages (&b, root, "");
  peer_clear (&a);
  peer_clear (&b);
}

static void
test_edited (void)
{
  Peer a, b;
  WeftPageId one;
  g_autoptr(GArray) edited = NULL;
  guint64 nonce;

  peer_init (&a);
  peer_init (&b);
  one = add (&a, root, WEFT_PAGE_LAST, "1");
  meet (&a, &b);
  g_assert_cmpuint (weft_notebook_doc_get_edited (a.notebook, &one), ==, 0);
  weft_notebook_doc_mark_edited (b.notebook, &one);
  nonce = weft_notebook_doc_get_edited (b.notebook, &one);
  g_assert_cmpuint (nonce, !=, 0);
  weft_notebook_doc_mark_edited (b.notebook, &one);
  g_assert_cmpuint (weft_notebook_doc_get_edited (b.notebook, &one), ==, nonce);
  g_assert_cmpuint (b.n_edited, ==, 0);

  /* Deleted by one, changed by the other: it comes back. */
  weft_notebook_doc_trash (a.notebook, &one);
  assert_pages (&a, root, "");
  meet (&a, &b);
  g_assert_cmpuint (a.n_edited, ==, 1);
  g_assert_cmpuint (weft_notebook_doc_get_edited (a.notebook, &one), ==, nonce);
  edited = weft_notebook_doc_list_edited (a.notebook);
  g_assert_cmpuint (edited->len, ==, 1);
  assert_pages (&a, root, "1");
  assert_pages (&b, root, "1");

  weft_notebook_doc_end_interval (b.notebook);
  weft_notebook_doc_mark_edited (b.notebook, &one);
  g_assert_cmpuint (weft_notebook_doc_get_edited (b.notebook, &one), !=, nonce);
  meet (&a, &b);
  g_assert_cmpuint (a.n_edited, ==, 2);
  peer_clear (&a);
  peer_clear (&b);
}

static void
test_undo (void)
{
  Peer a, b;
  WeftPageId one, two;

  peer_init (&a);
  peer_init (&b);
  one = add (&a, root, WEFT_PAGE_LAST, "1");
  two = add (&a, root, WEFT_PAGE_LAST, "2");
  weft_notebook_doc_set_string (a.notebook, &two, WEFT_PAGE_TITLE, "II");
  weft_notebook_doc_move (a.notebook, &two, &one, WEFT_PAGE_LAST);
  weft_notebook_doc_trash (a.notebook, &two);
  assert_pages (&a, root, "1");
  g_assert_true (weft_notebook_doc_undo (a.notebook));
  assert_pages (&a, root, "1(II)");
  g_assert_true (weft_notebook_doc_undo (a.notebook));
  assert_pages (&a, root, "1 II");
  g_assert_true (weft_notebook_doc_undo (a.notebook));
  assert_pages (&a, root, "1 2");
  g_assert_true (weft_notebook_doc_undo (a.notebook));
  assert_pages (&a, root, "1");
  assert_pages (&a, trash, "2");
  for (guint i = 0; i < 4; i++)
    g_assert_true (weft_notebook_doc_redo (a.notebook));
  g_assert_false (weft_notebook_doc_can_redo (a.notebook));
  assert_pages (&a, root, "1");
  assert_pages (&a, trash, "II");
  g_assert_true (weft_notebook_doc_undo (a.notebook));
  assert_pages (&a, root, "1(II)");

  /* What the other did afterwards stays */
  meet (&a, &b);
  g_assert_false (weft_notebook_doc_can_undo (b.notebook));
  weft_notebook_doc_move (b.notebook, &two, root, WEFT_PAGE_FIRST);
  weft_notebook_doc_set_string (b.notebook, &two, WEFT_PAGE_TITLE, "deux");
  meet (&a, &b);
  assert_pages (&a, root, "deux 1");
  /* ... so that the move and the title are passed over, and the making of the pages is left. */
  g_assert_true (weft_notebook_doc_undo (a.notebook));
  assert_pages (&a, root, "deux");
  g_assert_cmpuint (a.n_undo, >, 0);
  peer_clear (&a);
  peer_clear (&b);
}

static void
test_bad_elements (void)
{
  Peer a, b;
  WeftType *ops;
  g_autoptr(WeftAny) values = weft_any_new_array ();
  g_autoptr(GBytes) junk = g_bytes_new_static ("\x01\x02\x03", 3);
  g_autoptr(GBytes) empty = g_bytes_new_static ("", 0);

  /* Junk, and what is no bytes at all, is passed over and kept. */
  peer_init (&a);
  peer_init (&b);
  add (&a, root, WEFT_PAGE_LAST, "1");
  ops = weft_doc_get_array (a.doc, "ops");
  weft_any_array_take (values, weft_any_new_bytes (junk));
  weft_any_array_take (values, weft_any_new_bytes (empty));
  weft_any_array_take (values, weft_any_new_string ("hello"));
  weft_array_insert (ops, 0, values);
  weft_array_insert_type (ops, 1, WEFT_KIND_MAP);
  add (&a, root, WEFT_PAGE_LAST, "2");
  meet (&a, &b);
  assert_pages (&b, root, "1 2");
  g_assert_cmpuint (weft_type_get_length (weft_doc_get_array (b.doc, "ops")), ==, 6);
  peer_clear (&a);
  peer_clear (&b);
}

static void
test_deleted_elements (void)
{
  Peer a, b;
  WeftPageId one;

  /* A peer that takes ops out of the log: all see the same still, and whoever opens it anew. */
  peer_init (&a);
  peer_init (&b);
  one = add (&a, root, WEFT_PAGE_LAST, "1");
  weft_notebook_doc_set_string (a.notebook, &one, WEFT_PAGE_TITLE, "uno");
  add (&a, root, WEFT_PAGE_LAST, "2");
  meet (&a, &b);
  assert_pages (&b, root, "uno 2");
  weft_array_delete (weft_doc_get_array (b.doc, "ops"), 1, 1);
  assert_pages (&b, root, "1 2");
  meet (&a, &b);
  assert_pages (&a, root, "1 2");

  weft_notebook_doc_free (a.notebook);
  a.notebook = weft_notebook_doc_new (a.doc);
  a.tree = weft_notebook_doc_get_tree (a.notebook);
  assert_pages (&a, root, "1 2");
  peer_clear (&a);
  peer_clear (&b);
}

static void
test_opened_later (void)
{
  Peer a, b;
  WeftPageId one, two;

  /* What is followed and what is read at once is the same. */
  peer_init (&a);
  peer_init (&b);
  one = add (&a, root, WEFT_PAGE_LAST, "1");
  meet (&a, &b);
  two = add (&a, &one, WEFT_PAGE_LAST, "2");
  weft_notebook_doc_trash (b.notebook, &one);
  weft_notebook_doc_mark_edited (a.notebook, &two);
  meet (&a, &b);
  for (guint i = 0; i < 2; i++)
    {
      Peer *peer = i == 0 ? &a : &b;

      assert_pages (peer, root, "1(2)");
      weft_notebook_doc_free (peer->notebook);
      peer->notebook = weft_notebook_doc_new (peer->doc);
      peer->tree = weft_notebook_doc_get_tree (peer->notebook);
      assert_pages (peer, root, "1(2)");
    }
  peer_clear (&a);
  peer_clear (&b);
}

/* Three peers do anything; they meet now and then; then all is one, also for one that comes late.
 */
static void
test_random (void)
{
  for (guint round = 0; round < 40; round++)
    {
      Peer peers[4];
      g_autoptr(GArray) pages = g_array_new (FALSE, FALSE, sizeof (WeftPageId));
      g_autoptr(GString) first = g_string_new (NULL);

      for (guint i = 0; i < 4; i++)
        peer_init (&peers[i]);

      for (guint i = 0; i < 60; i++)
        {
          Peer *peer = &peers[g_test_rand_int_range (0, 3)];
          WeftPageId page, parent;

          if (pages->len < 3)
            {
              page = add (peer, root, WEFT_PAGE_LAST, "p");
              g_array_append_val (pages, page);
              continue;
            }
          page = g_array_index (pages, WeftPageId, g_test_rand_int_range (0, pages->len));
          parent = g_test_rand_bit ()
                       ? *root
                       : g_array_index (pages, WeftPageId, g_test_rand_int_range (0, pages->len));
          switch (g_test_rand_int_range (0, 9))
            {
            case 0:
              page = add (peer, &parent, WEFT_PAGE_FIRST, "q");
              g_array_append_val (pages, page);
              break;
            case 1:
            case 2:
              weft_notebook_doc_trash (peer->notebook, &page);
              break;
            case 3:
              weft_notebook_doc_restore (peer->notebook, &page);
              break;
            case 4:
              weft_notebook_doc_mark_edited (peer->notebook, &page);
              break;
            case 5:
              weft_notebook_doc_undo (peer->notebook);
              break;
            case 6:
              send_all (&peers[g_test_rand_int_range (0, 3)], peer);
              weft_notebook_doc_end_interval (peer->notebook);
              break;
            default:
              weft_notebook_doc_move (peer->notebook, &page, &parent, WEFT_PAGE_LAST);
              break;
            }
          weft_page_tree_validate (peer->tree);
        }

      for (guint i = 0; i < 9; i++)
        send_all (&peers[i % 3], &peers[(i + 1) % 3]);
      send_all (&peers[0], &peers[3]);
      send_all (&peers[1], &peers[3]);
      print_below (&peers[0], root, first);
      g_string_append (first, " / ");
      print_below (&peers[0], trash, first);
      for (guint i = 1; i < 4; i++)
        {
          g_autoptr(GString) other = g_string_new (NULL);

          weft_page_tree_validate (peers[i].tree);
          print_below (&peers[i], root, other);
          g_string_append (other, " / ");
          print_below (&peers[i], trash, other);
          g_assert_cmpstr (other->str, ==, first->str);
        }

      for (guint i = 0; i < 4; i++)
        peer_clear (&peers[i]);
    }
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notebook/doc/opening-writes-nothing", test_empty);
  g_test_add_func ("/notebook/doc/title-and-format", test_info);
  g_test_add_func ("/notebook/doc/places", test_places);
  g_test_add_func ("/notebook/doc/random-places", test_random_places);
  g_test_add_func ("/notebook/doc/staying-writes-nothing", test_staying_writes_nothing);
  g_test_add_func ("/notebook/doc/batch", test_batch);
  g_test_add_func ("/notebook/doc/big-batch", test_big_batch);
  g_test_add_func ("/notebook/doc/trash-and-restore", test_trash);
  g_test_add_func ("/notebook/doc/unseen-addition-brings-back", test_unseen_addition);
  g_test_add_func ("/notebook/doc/edited-marks", test_edited);
  g_test_add_func ("/notebook/doc/undo", test_undo);
  g_test_add_func ("/notebook/doc/bad-elements", test_bad_elements);
  g_test_add_func ("/notebook/doc/deleted-elements", test_deleted_elements);
  g_test_add_func ("/notebook/doc/opened-later-is-the-same", test_opened_later);
  g_test_add_func ("/notebook/doc/random", test_random);

  return g_test_run ();
}
