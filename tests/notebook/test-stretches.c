/* test-stretches.c - who wrote what, and who was apart from whom
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "peers-apart.h"

#include <string.h>

#include "crdt/weft-type.h"

static void
test_users (void)
{
  Peer a, b;
  WeftPageId page;
  WeftType *map;
  g_autoptr(GPtrArray) names = NULL;
  g_autoptr(GBytes) before = NULL, after = NULL;
  WeftClientId first;

  peer_init (&a, LINA);
  peer_init (&b, OTTO);
  before = weft_doc_encode_state (a.doc);
  g_assert_cmpuint (g_bytes_get_size (before), ==, 2);

  page = peer_add_page (&a, root, "x");
  peers_meet (&a, &b);
  g_assert_cmpstr (weft_users_lookup_client (b.users, weft_doc_get_client_id (a.doc)), ==, LINA);
  g_assert_null (weft_users_lookup_client (b.users, weft_doc_get_client_id (b.doc)));
  weft_notebook_doc_trash (b.notebook, &page);
  peers_meet (&a, &b);
  g_assert_cmpstr (weft_users_lookup_client (a.users, weft_doc_get_client_id (b.doc)), ==, OTTO);
  names = weft_users_list (a.users);
  g_assert_cmpuint (names->len, ==, 2);

  /* As PermanentUserData has it */
  map = weft_map_get_type (weft_doc_get_map (a.doc, "users"), LINA);
  g_assert_cmpint (weft_type_get_kind (map), ==, WEFT_KIND_MAP);
  g_assert_cmpuint (weft_type_get_length (weft_map_get_type (map, "ids")), ==, 1);
  g_assert_cmpuint (weft_type_get_length (weft_map_get_type (map, "ds")), ==, 0);

  /* Another run has another id, under the same name. */
  first = weft_doc_get_client_id (a.doc);
  peer_restart (&a, LINA);
  weft_notebook_doc_set_title (a.notebook, "y");
  g_assert_cmpstr (weft_users_lookup_client (a.users, first), ==, LINA);
  g_assert_cmpstr (weft_users_lookup_client (a.users, weft_doc_get_client_id (a.doc)), ==, LINA);
  peers_clear (&a, &b);
}

static void
test_user_deletions (void)
{
  Peer a, b;
  WeftType *text;

  peer_init (&a, LINA);
  peer_init (&b, OTTO);
  text = weft_doc_get_text (a.doc, "quill");
  weft_text_insert (text, 0, "hello", -1, NULL);
  peers_meet (&a, &b);
  g_assert_false (weft_users_has_pending (b.users));
  weft_text_delete (weft_doc_get_text (b.doc, "quill"), 1, 3);
  g_assert_true (weft_users_has_pending (b.users));
  weft_users_flush (b.users);
  g_assert_false (weft_users_has_pending (b.users));
  weft_users_flush (b.users);
  peers_meet (&a, &b);
  g_assert_cmpstr (
      weft_users_lookup_deletion (a.users, (WeftId){ weft_doc_get_client_id (a.doc), 2 }), ==,
      OTTO);
  g_assert_null (
      weft_users_lookup_deletion (a.users, (WeftId){ weft_doc_get_client_id (a.doc), 0 }));
  peers_clear (&a, &b);
}

static void
test_same_name_twice (void)
{
  Peer a, b;
  WeftClientId id_a, id_b;

  /* Two devices of one name make the same map at the same time: one map wins, both ids are in it.
   */
  peer_init (&a, LINA);
  peer_init (&b, LINA);
  weft_notebook_doc_set_title (a.notebook, "a");
  weft_notebook_doc_set_title (b.notebook, "b");
  id_a = weft_doc_get_client_id (a.doc);
  id_b = weft_doc_get_client_id (b.doc);
  peers_meet (&a, &b);
  peers_meet (&a, &b);
  g_assert_cmpstr (weft_users_lookup_client (a.users, id_a), ==, LINA);
  g_assert_cmpstr (weft_users_lookup_client (a.users, id_b), ==, LINA);
  g_assert_cmpstr (weft_users_lookup_client (b.users, id_a), ==, LINA);
  peers_clear (&a, &b);
}

static void
test_stretch (void)
{
  Peer a, b;
  g_autoptr(GPtrArray) stretches = NULL;
  const WeftStretch *stretch;
  WeftPageId page;
  WeftClientId id_a, id_b;
  WeftClock from;

  peer_init (&a, LINA);
  peer_init (&b, OTTO);
  page = peer_add_page (&a, root, "x");
  peers_meet (&a, &b);
  stretches = weft_stretches_read (a.doc);
  g_assert_cmpuint (stretches->len, ==, 0);
  g_clear_pointer (&stretches, g_ptr_array_unref);

  peer_part (&b);
  peer_part (&b);
  g_assert_true (weft_stretch_recorder_is_apart (b.recorder));
  b.now_ms = 5000;
  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_TITLE, "b");
  b.now_ms = 9000;
  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_ICON, "i");
  id_a = weft_doc_get_client_id (a.doc);
  id_b = weft_doc_get_client_id (b.doc);
  {
    g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (a.doc);

    from = weft_state_vector_get (state, id_a);
  }
  weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_TITLE, "a");
  peers_meet (&a, &b);
  weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_TITLE, "later");

  stretches = weft_stretches_read (a.doc);
  g_assert_cmpuint (stretches->len, ==, 1);
  stretch = stretches->pdata[0];
  g_assert_cmpuint (stretch->client, ==, id_b);
  g_assert_cmpstr (stretch->user, ==, OTTO);
  g_assert_cmpint (stretch->from_ms, ==, 5000);
  g_assert_cmpint (stretch->to_ms, ==, 9000);
  g_assert_true (weft_stretch_contains (stretch, (WeftId){ id_b, stretch->from }));
  g_assert_false (weft_stretch_contains (stretch, (WeftId){ id_b, stretch->to }));
  g_assert_false (weft_stretch_missed (stretch, (WeftId){ id_a, from - 1 }));
  g_assert_true (weft_stretch_missed (stretch, (WeftId){ id_a, from }));
  g_assert_false (weft_stretch_missed (stretch, (WeftId){ id_a, from + 1 }));
  g_assert_false (weft_stretch_missed (stretch, (WeftId){ id_b, stretch->from }));
  /* What he replaced she could not delete any more. */
  g_assert_cmpuint (weft_delete_set_get_n_ranges (stretch->taken), ==, 0);
  g_assert_cmpuint (weft_delete_set_get_n_ranges (stretch->gone), ==, 0);

  /* Nothing was edited in between: nothing to tell. */
  peer_part (&a);
  peer_part (&b);
  peers_meet (&a, &b);
  g_clear_pointer (&stretches, g_ptr_array_unref);
  stretches = weft_stretches_read (b.doc);
  g_assert_cmpuint (stretches->len, ==, 1);
  peers_clear (&a, &b);
}

static void
test_bad_stretches (void)
{
  static const char *const bad[] = {
    "1", "[]", "[1,2,3]", "[1,0,5,\"x\",\"y\",\"z\",0,0]", "[-1,0,5,null,null,null,0,0]",
  };
  Peer a;
  g_autoptr(WeftAny) values = weft_any_new_array ();
  g_autoptr(GPtrArray) stretches = NULL;

  peer_init (&a, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    weft_any_array_take (values, weft_any_from_json (bad[i], -1, NULL));
  weft_array_insert (weft_doc_get_array (a.doc, "stretches"), 0, values);
  stretches = weft_stretches_read (a.doc);
  g_assert_cmpuint (stretches->len, ==, 0);
  peer_clear (&a);
}

static void
test_notice_of_an_earlier_run (void)
{
  Peer a, b;
  WeftPageId page = peers_begin_apart (&a, &b);
  g_autoptr(GPtrArray) notices = NULL, cards = NULL;

  /* Otto writes without a connection, closes the program, opens it again, writes, and connects. */
  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_TITLE, "from Otto");
  weft_stretch_recorder_flush (b.recorder);
  weft_stretch_recorder_flush (b.recorder);
  notices = weft_stretches_read (b.doc);
  g_assert_cmpuint (notices->len, ==, 1);
  peer_restart (&b, OTTO);
  peer_part (&b);
  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_ICON, "from Otto");
  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_TITLE, "again from Otto");
  weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_ICON, "from Lina");
  weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_TITLE, "from Lina");
  peers_meet (&a, &b);
  /* The icon, and the title as Otto left it: his first title is no other side to his second. */
  cards = peers_list_pages (&a, &b);
  g_assert_cmpuint (cards->len, ==, 2);
  for (guint i = 0; i < cards->len; i++)
    {
      const WeftConflict *card = cards->pdata[i];

      g_assert_cmpstr (card->sides[0].person, !=, card->sides[1].person);
    }
  peers_clear (&a, &b);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notebook/users/clients", test_users);
  g_test_add_func ("/notebook/users/deletions", test_user_deletions);
  g_test_add_func ("/notebook/users/same-name-twice", test_same_name_twice);
  g_test_add_func ("/notebook/stretches/apart-and-met", test_stretch);
  g_test_add_func ("/notebook/stretches/bad-entries", test_bad_stretches);
  g_test_add_func ("/notebook/stretches/notice-of-an-earlier-run", test_notice_of_an_earlier_run);

  return g_test_run ();
}
