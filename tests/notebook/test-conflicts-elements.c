/* test-conflicts-elements.c - cards about shapes on a board
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "peers-apart.h"

#include <string.h>

#include "crdt/weft-type.h"

static char *
print_elements (Peer *a,
                Peer *b)
{
  g_autoptr(GPtrArray) cards = peers_list_elements (a, b);

  return print_cards (cards, TRUE);
}

static void
check_undo (Peer *decider,
            Peer *other)
{
  peers_check_undo (decider, other, peers_list_elements, print_elements, 2);
}

static double
get_number (Peer       *peer,
            const char *element,
            const char *key)
{
  g_autoptr(WeftAny) value = weft_map_get (
      weft_map_get_type (weft_doc_get_map (peer->doc, "board"), element), key);

  return weft_any_get_number (value);
}

static void
test_element (void)
{
  for (guint keep_other = 0; keep_other < 2; keep_other++)
    {
      Peer a, b;
      g_autoptr(GPtrArray) cards = NULL;
      const WeftConflict *card;
      const WeftConflictSide *kept;

      peers_begin_board (&a, &b, LINA, OTTO);
      peer_set_number (&a, "e", "x", 5);
      peer_set_number (&a, "e", "x", 6);
      peer_set_number (&a, "e", "y", 7);
      peer_set_number (&b, "e", "x", 20);
      peer_set_number (&b, "e", "width", 30);
      peer_set_number (&a, "f", "x", 1);
      peers_meet (&a, &b);
      cards = peers_list_elements (&a, &b);
      card = only_card (cards, WEFT_CONFLICT_ELEMENT);
      g_assert_cmpstr (card->element, ==, "e");
      g_assert_cmpstr (card->key, ==, "place");
      g_assert_cmpstr (card->sides[0].person, !=, card->sides[1].person);
      g_assert_nonnull (card->sides[0].person);
      g_assert_nonnull (card->sides[1].person);
      g_assert_cmpfloat (weft_any_get_number (weft_any_lookup (card->sides[0].value, "x")), ==,
                         get_number (&a, "e", "x"));

      check_undo (&a, &b);
      check_undo (&b, &a);
      kept = &card->sides[keep_other];
      weft_conflict_settle_content (card, a.doc, NULL, keep_other, LINA);
      peers_meet (&a, &b);
      g_assert_cmpfloat (weft_any_get_number (weft_any_lookup (kept->value, "x")), ==,
                         get_number (&b, "e", "x"));
      assert_no_cards (peers_list_elements, &a, &b);
      peers_clear (&a, &b);
    }
}

static void
test_element_one_card (void)
{
  Peer a, b;
  g_autoptr(GPtrArray) cards = NULL;
  const WeftConflict *card;

  /* A place and an opacity by the same two people */
  peers_begin_board (&a, &b, LINA, OTTO);
  peer_set_number (&a, "e", "x", 5);
  peer_set_number (&a, "e", "opacity", 50);
  peer_set_number (&b, "e", "opacity", 60);
  peer_set_number (&b, "e", "x", 20);
  peer_set_number (&b, "e", "version", 2);
  peer_set_number (&a, "e", "version", 3);
  peers_meet (&a, &b);
  cards = peers_list_elements (&a, &b);
  g_assert_cmpuint (cards->len, ==, 1);
  card = cards->pdata[0];
  g_assert_null (card->key);
  g_assert_cmpuint (weft_any_get_n_items (card->sides[0].value), ==, 2);

  check_undo (&a, &b);
  /* Both write on */
  peer_set_number (&a, "e", "x", 1);
  peer_set_number (&a, "e", "opacity", 1);
  peers_meet (&a, &b);
  assert_no_cards (peers_list_elements, &a, &b);
  peers_clear (&a, &b);
}

static void
test_element_moved_aside (void)
{
  for (guint keep_other = 0; keep_other < 2; keep_other++)
    {
      Peer a, b;
      g_autoptr(GPtrArray) cards = NULL;
      const WeftConflict *card;
      gboolean is_linas;

      peers_begin_board (&a, &b, LINA, OTTO);
      peer_set_number (&a, "e", "x", 5);
      peer_set_number (&a, "e", "x", 10);
      peer_set_number (&b, "e", "y", 20);
      peer_set_number (&b, "e", "y", 40);
      peers_meet (&a, &b);
      cards = peers_list_elements (&a, &b);
      g_assert_cmpuint (cards->len, ==, 1);
      card = cards->pdata[0];
      check_undo (&a, &b);
      check_undo (&b, &a);
      weft_conflict_settle_content (card, b.doc, NULL, keep_other, OTTO);
      peers_meet (&a, &b);
      is_linas = strcmp (card->sides[keep_other].person, LINA) == 0;
      g_assert_cmpfloat (get_number (&a, "e", "x"), ==, is_linas ? 10 : 0);
      g_assert_cmpfloat (get_number (&a, "e", "y"), ==, is_linas ? 0 : 40);
      assert_no_cards (peers_list_elements, &a, &b);
      peers_clear (&a, &b);
    }
}

static void
test_element_no_card (void)
{
  Peer a, b;

  peers_begin_board (&a, &b, LINA, OTTO);
  peer_set_number (&a, "e", "x", 5);
  peer_set_number (&b, "e", "opacity", 60);
  peer_set_number (&a, "f", "x", 5);
  peer_set_number (&b, "f", "x", 5);
  peers_meet (&a, &b);
  assert_no_cards (peers_list_elements, &a, &b);
  peers_clear (&a, &b);
}

static void
test_element_of_strangers (void)
{
  Peer a, b;
  g_autoptr(GPtrArray) cards = NULL, settled = NULL;
  const WeftConflict *card;

  /* Web programs that know nothing of stretches and users */
  peers_begin_board (&a, &b, NULL, NULL);
  peer_set_number (&a, "e", "x", 5);
  peer_set_number (&b, "e", "x", 6);
  peer_set_number (&b, "e", "opacity", 6);
  peers_meet (&a, &b);
  cards = peers_list_elements (&a, &b);
  g_assert_cmpuint (cards->len, ==, 1);
  card = cards->pdata[0];
  g_assert_null (card->sides[0].person);
  g_assert_cmpstr (card->key, ==, "place");
  g_assert_cmpfloat (weft_any_get_number (weft_any_lookup (card->sides[0].value, "x")), ==,
                     get_number (&a, "e", "x"));

  /* One of them writes on: there may be nothing that tells whether they knew. It is the same card.
   */
  peer_set_number (&a, "e", "x", 8);
  peers_meet (&a, &b);
  settled = peers_list_elements (&a, &b);
  if (settled->len > 0)
    g_assert_cmpstr (((WeftConflict *) settled->pdata[0])->id, ==, card->id);
  g_clear_pointer (&settled, g_ptr_array_unref);

  /* The other one builds on that. */
  peer_set_number (&b, "e", "x", 9);
  peers_meet (&a, &b);
  assert_no_cards (peers_list_elements, &a, &b);
  peers_clear (&a, &b);
}

static void
test_undo_of_strangers (void)
{
  Peer a, b, c;

  peers_begin_board (&a, &b, NULL, NULL);
  peer_set_number (&a, "e", "x", 5);
  peer_set_number (&b, "e", "x", 6);
  peers_meet (&a, &b);
  peer_init (&c, LINA);
  peers_meet (&a, &c);
  check_undo (&c, &b);
  peers_clear (&a, &b);
  peer_clear (&c);
}

static void
test_element_deleted (void)
{
  for (guint round = 0; round < 6; round++)
    {
      gboolean keep_other = round % 2, is_stock = round >= 4;
      Peer a, b;
      g_autoptr(GPtrArray) cards = NULL;
      const WeftConflict *card;
      WeftType *board, *text;

      peers_begin_board (&a, &b, is_stock ? NULL : LINA, OTTO);
      peers_meet (&a, &b);
      text = weft_map_set_type (weft_map_get_type (weft_doc_get_map (a.doc, "board"), "e"), "text",
                                WEFT_KIND_TEXT);
      weft_text_insert (text, 0, "old label", -1, NULL);
      weft_text_delete (text, 0, 4);
      if (!is_stock)
        weft_users_flush (a.users);
      peers_meet (&a, &b);
      peer_part (round < 2 || is_stock ? &b : &a);
      weft_map_remove (weft_doc_get_map (a.doc, "board"), "e");
      weft_map_remove (weft_doc_get_map (a.doc, "board"), "f");
      if (!is_stock)
        weft_users_flush (a.users);
      peer_set_number (&b, "e", "opacity", 60);
      weft_text_insert (
          weft_map_get_type (weft_map_get_type (weft_doc_get_map (b.doc, "board"), "e"), "text"), 5,
          "!", -1, NULL);
      peers_meet (&a, &b);
      board = weft_doc_get_map (a.doc, "board");
      g_assert_false (weft_map_has (board, "e"));
      cards = peers_list_elements (&a, &b);
      card = only_card (cards, WEFT_CONFLICT_INSIDE);
      g_assert_cmpstr (card->element, ==, "e");
      g_assert_cmpstr (card->sides[0].person, ==, is_stock ? NULL : LINA);
      g_assert_cmpstr (card->sides[1].person, ==, OTTO);
      g_assert_cmpfloat (weft_any_get_number (weft_any_lookup (card->sides[1].value, "opacity")),
                         ==, 60);
      /* Its picture shows what would come back. */
      g_assert_cmpfloat (weft_any_get_number (weft_any_lookup (card->shape, "width")), ==, 10);
      g_assert_cmpstr (weft_any_get_string (weft_any_lookup (card->shape, "text")), ==, "label!");

      check_undo (&a, &b);
      check_undo (&b, &a);
      weft_conflict_settle_content (card, a.doc, NULL, keep_other, LINA);
      peers_meet (&a, &b);
      g_assert_true (weft_map_has (weft_doc_get_map (b.doc, "board"), "e") == keep_other);
      if (keep_other)
        {
          g_autofree char *label = NULL;

          g_assert_cmpfloat (get_number (&b, "e", "opacity"), ==, 60);
          g_assert_cmpfloat (get_number (&b, "e", "width"), ==, 10);
          text = weft_map_get_type (weft_map_get_type (weft_doc_get_map (b.doc, "board"), "e"),
                                    "text");
          label = weft_text_to_string (text);
          g_assert_cmpstr (label, ==, "label!");
        }
      assert_no_cards (peers_list_elements, &a, &b);
      peers_clear (&a, &b);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notebook/conflicts/element-place", test_element);
  g_test_add_func ("/notebook/conflicts/element-one-card", test_element_one_card);
  g_test_add_func ("/notebook/conflicts/element-moved-aside", test_element_moved_aside);
  g_test_add_func ("/notebook/conflicts/element-no-card", test_element_no_card);
  g_test_add_func ("/notebook/conflicts/element-of-strangers", test_element_of_strangers);
  g_test_add_func ("/notebook/conflicts/undo-of-strangers", test_undo_of_strangers);
  g_test_add_func ("/notebook/conflicts/element-deleted", test_element_deleted);

  return g_test_run ();
}
