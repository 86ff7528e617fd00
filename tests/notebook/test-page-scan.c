/* test-page-scan.c - a scan of updates finds what the doc of them shows
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "crdt/weft-type.h"
#include "crdt/weft-update.h"
#include "notebook/weft-notebook-doc.h"
#include "notebook/weft-page-scan.h"
#include "support/test-seed.h"

#define N_NOTEBOOKS 150
#define N_REPLICAS 3
#define N_BROKEN 1000
#define N_BROKEN_LONG 100000
#define KEY "key"

typedef struct
{
  WeftDoc         *doc;
  WeftNotebookDoc *notebook;
  GPtrArray       *log; /* of GBytes: what a store would have */
} Replica;

static void
update_cb (WeftDoc      *doc,
           GBytes       *update,
           gconstpointer origin,
           gboolean      is_local,
           gpointer      user_data)
{
  g_ptr_array_add (user_data, g_bytes_ref (update));
}

static GPtrArray *
new_log (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
}

static void
replica_init (Replica *self)
{
  static const WeftDocObserver observer = { .update = update_cb };

  self->doc = weft_doc_new_with_options ((guint32) g_test_rand_int (), NULL);
  self->notebook = weft_notebook_doc_new (self->doc);
  self->log = new_log ();
  weft_doc_add_observer (self->doc, &observer, self->log);
}

static void
replica_clear (Replica *self)
{
  weft_notebook_doc_free (self->notebook);
  weft_doc_free (self->doc);
  g_ptr_array_unref (self->log);
}

static void
edit (Replica *self,
      GArray  *ids)
{
  WeftPageId page = weft_page_id_root, other = weft_page_id_root;
  int what = ids->len > 0 ? g_test_rand_int_range (0, 12) : 0;

  if (ids->len > 0)
    {
      page = g_array_index (ids, WeftPageId, g_test_rand_int_range (0, (int) ids->len));
      other = g_array_index (ids, WeftPageId, g_test_rand_int_range (0, (int) ids->len));
    }

  if (what <= 3)
    {
      for (guint i = 0; i < sizeof page; i++)
        page.bytes[i] = (guint8) g_test_rand_int ();
      weft_notebook_doc_add_page (self->notebook, &page, g_test_rand_bit () ? &other : &weft_page_id_root,
                                  WEFT_PAGE_LAST, g_test_rand_bit () ? "board" : NULL,
                                  g_test_rand_bit () ? "京都 – plan" : NULL, 0);
      g_array_append_val (ids, page);
    }
  else if (what <= 5)
    weft_notebook_doc_move (self->notebook, &page, g_test_rand_bit () ? &other : &weft_page_id_root, WEFT_PAGE_FIRST);
  else if (what == 6)
    weft_notebook_doc_trash (self->notebook, &page);
  else if (what == 7)
    weft_notebook_doc_restore (self->notebook, &page);
  else if (what <= 9)
    weft_notebook_doc_mark_edited (self->notebook, &page);
  else if (what == 10)
    weft_notebook_doc_set_string (self->notebook, &page, WEFT_PAGE_ICON, "🌳");
  else
    weft_notebook_doc_set_title (self->notebook, g_test_rand_bit () ? "Küche" : "Keller");
  if (g_test_rand_int_range (0, 4) == 0)
    weft_notebook_doc_end_interval (self->notebook);
}

/* One of the others' state, or what is new in it. */
static void
hear (Replica *self,
      Replica *other)
{
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (self->doc);
  g_autoptr(GBytes) update = g_test_rand_bit () ? weft_doc_encode_state (other->doc)
                                                : weft_doc_encode_diff (other->doc, state);

  g_assert_true (weft_doc_apply_update (self->doc, update, NULL, NULL));
}

/* The log becomes shorter, as by compaction, or longer, as where things come twice. */
static void
change_log (Replica *self)
{
  if (g_test_rand_bit ())
    {
      g_ptr_array_set_size (self->log, 0);
      g_ptr_array_add (self->log, weft_doc_encode_state (self->doc));
    }
  else if (self->log->len > 0)
    g_ptr_array_add (self->log, g_bytes_ref (self->log->pdata[g_test_rand_int_range (0, (int) self->log->len)]));
}

static void
make_history (Replica *replicas)
{
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (WeftPageId));

  for (guint i = 0; i < N_REPLICAS; i++)
    replica_init (&replicas[i]);
  for (int n = g_test_rand_int_range (0, 120); n > 0; n--)
    {
      Replica *replica = &replicas[g_test_rand_int_range (0, N_REPLICAS)];

      switch (g_test_rand_int_range (0, 8))
        {
        case 0:
          hear (replica, &replicas[g_test_rand_int_range (0, N_REPLICAS)]);
          break;
        case 1:
          change_log (replica);
          break;
        default:
          edit (replica, ids);
        }
    }
}

/* (nullable): as the scan must find it; %NULL: something of @log is refused, or waits */
static GBytes *
make_outline (GPtrArray *log)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(WeftNotebookDoc) notebook = NULL;
  g_autofree char *title = NULL;
  g_autoptr(GBytes) state = NULL;

  for (guint i = 0; i < log->len; i++)
    if (!weft_doc_apply_update (doc, log->pdata[i], NULL, NULL))
      return NULL;
  if (weft_doc_has_pending (doc))
    return NULL;

  notebook = weft_notebook_doc_new (doc);
  title = weft_notebook_doc_dup_title (notebook);
  state = weft_page_outline_encode_state (doc);

  return weft_page_outline_make (weft_notebook_doc_get_tree (notebook), title, state, KEY);
}

/* (nullable): the outline; @look: (out) (nullable): what was shown first */
static GBytes *
scan (GPtrArray *log,
      GBytes   **look)
{
  GPtrArray *copies = new_log ();
  g_autoptr(WeftPageScan) self = NULL;

  /* Copies of just that size, so that a sanitizer sees the end. */
  for (guint i = 0; i < log->len; i++)
    g_ptr_array_add (copies, g_bytes_new (g_bytes_get_data (log->pdata[i], NULL), g_bytes_get_size (log->pdata[i])));
  self = weft_page_scan_new (copies);
  *look = weft_page_scan_look (self, KEY);

  return *look != NULL ? weft_page_scan_read (self, KEY, NULL, NULL) : NULL;
}

static void
test_same (void)
{
  for (guint n = 0; n < N_NOTEBOOKS; n++)
    {
      Replica replicas[N_REPLICAS];

      make_history (replicas);
      for (guint i = 0; i < N_REPLICAS; i++)
        {
          g_autoptr(GBytes) expected = make_outline (replicas[i].log);
          g_autoptr(GBytes) look = NULL;
          g_autoptr(GBytes) found = scan (replicas[i].log, &look);

          g_assert_nonnull (expected);
          g_assert_nonnull (found);
          g_assert_true (g_bytes_equal (expected, found));
        }
      for (guint i = 0; i < N_REPLICAS; i++)
        replica_clear (&replicas[i]);
    }
}

/* A notebook that one person made: what is at the top is shown at once, with titles. */
static void
test_look (void)
{
  Replica replica;
  WeftPageId first, second, below, page;
  g_autoptr(GBytes) look = NULL, all = NULL;
  g_autoptr(WeftPageTree) tree = NULL;

  replica_init (&replica);
  weft_notebook_doc_create_page (replica.notebook, &weft_page_id_root, WEFT_PAGE_LAST, NULL, "First", 0, &first);
  weft_notebook_doc_create_page (replica.notebook, &weft_page_id_root, WEFT_PAGE_LAST, NULL, NULL, 0, &second);
  weft_notebook_doc_create_page (replica.notebook, &first, WEFT_PAGE_LAST, NULL, "Below", 0, &below);
  weft_notebook_doc_set_string (replica.notebook, &second, WEFT_PAGE_TITLE, "Second");
  weft_notebook_doc_move (replica.notebook, &second, &weft_page_id_root, WEFT_PAGE_FIRST);
  weft_notebook_doc_create_page (replica.notebook, &weft_page_id_root, WEFT_PAGE_LAST, NULL, "Third", 0, &page);
  weft_notebook_doc_trash (replica.notebook, &page);

  all = scan (replica.log, &look);
  g_assert_nonnull (all);
  tree = weft_page_tree_new_from_outline (weft_page_outline_new (look, KEY));
  g_assert_cmpuint (weft_page_tree_get_n_children (tree, &weft_page_id_root), ==, 2);
  g_assert_true (weft_page_tree_get_child (tree, &weft_page_id_root, 0, &page));
  g_assert_true (weft_page_id_equal (&page, &second));
  g_assert_cmpstr (weft_page_tree_get_string (tree, &page, WEFT_PAGE_TITLE), ==, "Second");
  g_assert_true (weft_page_tree_get_child (tree, &weft_page_id_root, 1, &page));
  g_assert_true (weft_page_id_equal (&page, &first));
  replica_clear (&replica);
}

/* The log is append-only, but a peer may not know that: then there is the doc. */
static void
test_deleted (void)
{
  Replica replica;
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (WeftPageId));
  g_autoptr(GBytes) look = NULL, all = NULL;

  replica_init (&replica);
  for (guint i = 0; i < 5; i++)
    edit (&replica, ids);
  weft_array_delete (weft_doc_get_array (replica.doc, "ops"), 0, 1);
  all = scan (replica.log, &look);
  g_assert_null (all);
  replica_clear (&replica);
}

static GBytes *
break_update (GBytes *update)
{
  gsize n;
  gconstpointer data = g_bytes_get_data (update, &n);
  guint8 *copy;

  if (g_test_rand_int_range (0, 8) == 0)
    n = (gsize) g_test_rand_int_range (0, (int) n);
  copy = g_memdup2 (data, n);
  for (int flips = g_test_rand_int_range (0, 3); flips >= 0 && n > 0; flips--)
    {
      gsize at = (gsize) g_test_rand_int_range (0, (int) n);

      copy[at] = g_test_rand_bit () ? (guint8) (copy[at] + 1) : (guint8) g_test_rand_int ();
    }

  return g_bytes_new_take (copy, n);
}

/* Whatever the bytes: what a scan finds is what the doc shows, or it finds nothing. */
static void
test_broken (void)
{
  guint n_wanted = g_getenv ("WEFT_TEST_LONG") != NULL ? N_BROKEN_LONG : N_BROKEN;
  guint n_found = 0;

  for (guint n = 0; n < n_wanted;)
    {
      Replica replicas[N_REPLICAS];

      make_history (replicas);
      for (guint i = 0; i < N_REPLICAS; i++)
        for (guint round = 0; round < 20 && replicas[i].log->len > 0; round++, n++)
          {
            guint at = (guint) g_test_rand_int_range (0, (int) replicas[i].log->len);
            g_autoptr(GBytes) whole = g_bytes_ref (replicas[i].log->pdata[at]);
            g_autoptr(GBytes) look = NULL, found = NULL;

            g_bytes_unref (replicas[i].log->pdata[at]);
            replicas[i].log->pdata[at] = break_update (whole);
            found = scan (replicas[i].log, &look);
            if (found != NULL)
              {
                g_autoptr(GBytes) expected = make_outline (replicas[i].log);

                g_assert_nonnull (expected);
                g_assert_true (g_bytes_equal (expected, found));
                n_found++;
              }
            g_bytes_unref (replicas[i].log->pdata[at]);
            replicas[i].log->pdata[at] = g_steal_pointer (&whole);
          }
      for (guint i = 0; i < N_REPLICAS; i++)
        replica_clear (&replicas[i]);
    }

  g_assert_cmpuint (n_found, >, 20);
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  /* The marks of what was edited are numbers of this generator. */
  g_random_set_seed ((guint32) g_test_rand_int ());

  g_test_add_func ("/notebook/page-scan/finds-what-the-doc-shows", test_same);
  g_test_add_func ("/notebook/page-scan/first-look", test_look);
  g_test_add_func ("/notebook/page-scan/deleted-ops", test_deleted);
  g_test_add_func ("/notebook/page-scan/broken-bytes", test_broken);

  return g_test_run ();
}
