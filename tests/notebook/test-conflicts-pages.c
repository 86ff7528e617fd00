/* test-conflicts-pages.c - cards about pages: titles, moves, cycles, what was deleted
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "peers-apart.h"

#include <string.h>

#include "crdt/weft-type.h"

static const char *
title_of (Peer             *peer,
          const WeftPageId *page)
{
  return weft_page_tree_get_string (peer->tree, page, WEFT_PAGE_TITLE);
}

static char *
print_pages (Peer *a,
             Peer *b)
{
  g_autoptr(GPtrArray) cards = peers_list_pages (a, b);

  return print_cards (cards, TRUE);
}

/* Each choice about each card, taken back, leaves all as it was for everyone: the cards, and what they are
 * about. */
static void
check_undo (Peer *decider,
            Peer *other)
{
  g_autoptr(GPtrArray) cards = peers_list_pages (decider, other);
  g_autofree char *before = print_pages (decider, other);

  for (guint i = 0; i < 2 * cards->len; i++)
    {
      const WeftConflict *card = cards->pdata[i / 2];
      g_autofree char *left = NULL, *undone = NULL, *left_again = NULL, *undone_again = NULL;

      weft_conflict_settle_page (card, decider->notebook, i % 2, OTTO);
      peers_meet (decider, other);
      left = print_pages (decider, other);
      g_assert_null (strstr (left, card->id));

      g_assert_true (weft_notebook_doc_undo_choice (decider->notebook, card->id));
      g_assert_false (weft_notebook_doc_undo_choice (decider->notebook, card->id));
      peers_meet (decider, other);
      undone = print_pages (decider, other);
      g_assert_cmpstr (undone, ==, before);

      /* And once more, by the steps. */
      g_assert_true (weft_notebook_doc_redo (decider->notebook));
      left_again = print_pages (decider, decider);
      g_assert_null (strstr (left_again, card->id));
      g_assert_true (weft_notebook_doc_undo (decider->notebook));
      peers_meet (decider, other);
      undone_again = print_pages (decider, other);
      g_assert_cmpstr (undone_again, ==, before);
    }
}

static void
test_title (void)
{
  for (guint keep_other = 0; keep_other < 2; keep_other++)
    {
      Peer a, b;
      WeftPageId page = peers_begin_apart (&a, &b);
      g_autoptr(GPtrArray) cards = NULL;
      const WeftConflict *card;
      const char *expected;

      weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_TITLE, "first");
      weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_TITLE, "from Lina");
      weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_TITLE, "from Otto");
      peers_meet (&a, &b);
      cards = peers_list_pages (&a, &b);
      card = only_card (cards, WEFT_CONFLICT_PROPERTY);
      g_assert_true (weft_page_id_equal (&card->page, &page));
      g_assert_cmpstr (card->key, ==, WEFT_PAGE_TITLE);
      /* Lina wrote twice, so that hers is the later one. */
      g_assert_cmpstr (card->sides[0].person, ==, LINA);
      g_assert_cmpstr (weft_any_get_string (card->sides[0].value), ==, "from Lina");
      g_assert_cmpstr (card->sides[1].person, ==, OTTO);
      g_assert_cmpstr (weft_any_get_string (card->sides[1].value), ==, "from Otto");
      g_assert_cmpint (card->sides[1].time_ms, ==, 7000);

      check_undo (keep_other ? &a : &b, keep_other ? &b : &a);
      weft_conflict_settle_page (card, b.notebook, keep_other, OTTO);
      peers_meet (&a, &b);
      expected = keep_other ? "from Otto" : "from Lina";
      g_assert_cmpstr (title_of (&a, &page), ==, expected);
      g_assert_cmpstr (title_of (&b, &page), ==, expected);
      assert_no_cards (peers_list_pages, &a, &b);
      peers_clear (&a, &b);
    }
}

static void
test_notebook_title (void)
{
  Peer a, b;
  g_autoptr(GPtrArray) cards = NULL;
  const WeftConflict *card;
  g_autofree char *title = NULL, *kept = NULL;

  peers_begin_apart (&a, &b);
  weft_notebook_doc_set_title (a.notebook, "Garden");
  weft_notebook_doc_set_title (b.notebook, "House");
  peers_meet (&a, &b);
  cards = peers_list_pages (&a, &b);
  card = only_card (cards, WEFT_CONFLICT_PROPERTY);
  g_assert_true (weft_page_id_is_root (&card->page));
  g_assert_cmpstr (card->key, ==, "title");
  check_undo (&a, &b);
  check_undo (&b, &a);
  title = weft_notebook_doc_dup_title (a.notebook);
  g_assert_cmpstr (weft_any_get_string (card->sides[0].value), ==, title);
  weft_conflict_settle_page (card, a.notebook, TRUE, LINA);
  peers_meet (&a, &b);
  kept = weft_notebook_doc_dup_title (b.notebook);
  g_assert_cmpstr (weft_any_get_string (card->sides[1].value), ==, kept);
  assert_no_cards (peers_list_pages, &a, &b);
  peers_clear (&a, &b);
}

static void
test_no_card (void)
{
  Peer a, b;
  WeftPageId page = peers_begin_apart (&a, &b), other;

  /* The same from both; different things of one page; one thing by one of them only */
  other = peer_add_page (&a, root, "other");
  weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_TITLE, "same");
  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_TITLE, "same");
  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_ICON, "i");
  weft_notebook_doc_move (a.notebook, &page, &other, WEFT_PAGE_LAST);
  peers_meet (&a, &b);
  assert_no_cards (peers_list_pages, &a, &b);

  /* Online both write after each other: no conflict, though there are stretches. */
  weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_ICON, "j");
  peers_meet (&a, &b);
  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_ICON, "k");
  peers_meet (&a, &b);
  assert_no_cards (peers_list_pages, &a, &b);
  peers_clear (&a, &b);
}

static void
test_later_write_settles (void)
{
  Peer a, b;
  WeftPageId page = peers_begin_apart (&a, &b);

  weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_TITLE, "a");
  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_TITLE, "b");
  peers_meet (&a, &b);
  weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_TITLE, "both");
  peers_meet (&a, &b);
  assert_no_cards (peers_list_pages, &a, &b);
  peers_clear (&a, &b);
}

static void
test_moves (void)
{
  Peer a, b;
  WeftPageId page, one, two;
  g_autoptr(GPtrArray) cards = NULL;
  const WeftConflict *card;
  WeftPageId parent;

  peer_init (&a, LINA);
  peer_init (&b, OTTO);
  page = peer_add_page (&a, root, "x");
  one = peer_add_page (&a, root, "1");
  two = peer_add_page (&a, root, "2");
  peers_meet (&a, &b);
  peer_part (&a);
  peer_part (&b);
  weft_notebook_doc_move (a.notebook, &page, &one, WEFT_PAGE_LAST);
  weft_notebook_doc_move (b.notebook, &page, root, WEFT_PAGE_LAST);
  weft_notebook_doc_move (b.notebook, &page, &two, WEFT_PAGE_LAST);
  peers_meet (&a, &b);
  cards = peers_list_pages (&a, &b);
  card = only_card (cards, WEFT_CONFLICT_MOVE);
  g_assert_cmpstr (card->sides[0].person, ==, OTTO);
  weft_page_tree_get_parent (a.tree, &page, &parent);
  g_assert_true (weft_page_id_equal (&parent, &two));

  check_undo (&a, &b);
  check_undo (&b, &a);
  weft_conflict_settle_page (card, a.notebook, TRUE, LINA);
  peers_meet (&a, &b);
  weft_page_tree_get_parent (b.tree, &page, &parent);
  g_assert_true (weft_page_id_equal (&parent, &one));
  assert_no_cards (peers_list_pages, &a, &b);
  peers_clear (&a, &b);
}

static void
test_cycle (void)
{
  Peer a, b;
  WeftPageId one, two, parent;
  g_autoptr(GPtrArray) cards = NULL;
  const WeftConflict *card;

  peer_init (&a, LINA);
  peer_init (&b, OTTO);
  one = peer_add_page (&a, root, "1");
  two = peer_add_page (&a, root, "2");
  peers_meet (&a, &b);
  peer_part (&b);
  weft_notebook_doc_move (a.notebook, &one, &two, WEFT_PAGE_LAST);
  /* Later in the order, so that it is the one that is skipped */
  weft_notebook_doc_set_string (b.notebook, &one, WEFT_PAGE_ICON, "i");
  weft_notebook_doc_move (b.notebook, &two, &one, WEFT_PAGE_LAST);
  peers_meet (&a, &b);
  cards = peers_list_pages (&a, &b);
  card = only_card (cards, WEFT_CONFLICT_CYCLE);
  g_assert_true (weft_page_id_equal (&card->page, &two));
  g_assert_true (weft_page_id_equal (&card->other_page, &one));
  g_assert_cmpstr (card->sides[1].person, ==, OTTO);

  check_undo (&a, &b);
  check_undo (&b, &a);
  weft_conflict_settle_page (card, a.notebook, TRUE, LINA);
  peers_meet (&a, &b);
  weft_page_tree_get_parent (b.tree, &one, &parent);
  g_assert_true (weft_page_id_is_root (&parent));
  weft_page_tree_get_parent (b.tree, &two, &parent);
  g_assert_true (weft_page_id_equal (&parent, &one));
  assert_no_cards (peers_list_pages, &a, &b);
  peers_clear (&a, &b);
}

static void
test_returned (void)
{
  /* Who was apart: the one who changed, or the one who deleted */
  for (guint round = 0; round < 2; round++)
    {
      Peer a, b;
      WeftPageId page;
      g_autoptr(GPtrArray) cards = NULL;
      const WeftConflict *card;

      peer_init (&a, LINA);
      peer_init (&b, OTTO);
      page = peer_add_page (&a, root, "x");
      peers_meet (&a, &b);
      peer_part (round == 0 ? &b : &a);
      weft_notebook_doc_trash (a.notebook, &page);
      weft_notebook_doc_mark_edited (b.notebook, &page);
      peers_meet (&a, &b);
      g_assert_true (weft_page_tree_is_living (a.tree, &page));
      cards = peers_list_pages (&a, &b);
      card = only_card (cards, WEFT_CONFLICT_RETURNED);
      g_assert_cmpstr (card->sides[0].person, ==, OTTO);
      g_assert_cmpstr (card->sides[1].person, ==, LINA);
      check_undo (&a, &b);
      check_undo (&b, &a);
      weft_conflict_settle_page (card, b.notebook, round == 0, OTTO);
      peers_meet (&a, &b);
      g_assert_true (weft_page_tree_is_trashed (a.tree, &page) == (round == 0));
      assert_no_cards (peers_list_pages, &a, &b);
      peers_clear (&a, &b);
    }
}

static void
test_returned_by_two (void)
{
  Peer a, b, c;
  WeftPageId page;
  g_autoptr(GPtrArray) cards = NULL;

  peer_init (&a, LINA);
  peer_init (&b, OTTO);
  peer_init (&c, "Mia · tablet");
  page = peer_add_page (&a, root, "x");
  peers_meet (&a, &b);
  peers_meet (&a, &c);
  peer_part (&a);
  peer_part (&b);
  peer_part (&c);
  weft_notebook_doc_trash (a.notebook, &page);
  weft_notebook_doc_mark_edited (b.notebook, &page);
  weft_notebook_doc_mark_edited (c.notebook, &page);
  peers_meet (&a, &b);
  peers_meet (&a, &c);
  peers_meet (&a, &b);
  cards = peers_list_pages (&a, &c);
  g_assert_cmpuint (cards->len, ==, 1);
  g_assert_cmpint (((const WeftConflict *) cards->pdata[0])->kind, ==, WEFT_CONFLICT_RETURNED);
  weft_conflict_settle_page (cards->pdata[0], b.notebook, TRUE, OTTO);
  peers_meet (&a, &b);
  peers_meet (&a, &c);
  g_assert_true (weft_page_tree_is_trashed (c.tree, &page));
  assert_no_cards (peers_list_pages, &a, &c);
  peers_clear (&a, &b);
  peer_clear (&c);
}

static void
test_renamed_and_deleted (void)
{
  Peer a, b;
  WeftPageId page = peers_begin_apart (&a, &b);
  g_autoptr(GPtrArray) cards = NULL;
  const WeftConflict *card;

  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_TITLE, "still useful");
  weft_notebook_doc_trash (a.notebook, &page);
  peers_meet (&a, &b);
  cards = peers_list_pages (&a, &b);
  card = only_card (cards, WEFT_CONFLICT_DELETED);
  g_assert_cmpstr (card->sides[0].person, ==, LINA);
  g_assert_cmpstr (card->sides[1].person, ==, OTTO);
  check_undo (&a, &b);
  check_undo (&b, &a);
  weft_conflict_settle_page (card, a.notebook, TRUE, LINA);
  g_assert_true (weft_page_tree_is_living (a.tree, &page));
  peers_clear (&a, &b);
}

static void
test_seen_before_writing (void)
{
  Peer a, b;
  WeftPageId page = peers_begin_apart (&a, &b);

  peer_part (&a);
  weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_TITLE, "from Lina");
  peers_send (&a, &b);
  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_TITLE, "from Otto, who read it");
  peers_meet (&a, &b);
  assert_no_cards (peers_list_pages, &a, &b);
  peers_clear (&a, &b);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notebook/conflicts/title", test_title);
  g_test_add_func ("/notebook/conflicts/notebook-title", test_notebook_title);
  g_test_add_func ("/notebook/conflicts/no-card", test_no_card);
  g_test_add_func ("/notebook/conflicts/later-write-settles", test_later_write_settles);
  g_test_add_func ("/notebook/conflicts/two-moves", test_moves);
  g_test_add_func ("/notebook/conflicts/skipped-cycle", test_cycle);
  g_test_add_func ("/notebook/conflicts/returned", test_returned);
  g_test_add_func ("/notebook/conflicts/returned-by-two", test_returned_by_two);
  g_test_add_func ("/notebook/conflicts/renamed-and-deleted", test_renamed_and_deleted);
  g_test_add_func ("/notebook/conflicts/seen-before-writing", test_seen_before_writing);

  return g_test_run ();
}
