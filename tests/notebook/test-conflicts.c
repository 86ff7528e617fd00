/* test-conflicts.c - cards of all kinds together
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "peers-apart.h"

#include <string.h>

#include "crdt/weft-type.h"
#include "support/test-seed.h"

static void
meet_at_once (Peer *a,
              Peer *b)
{
  weft_stretch_recorder_meet (a->recorder);
  weft_stretch_recorder_meet (b->recorder);
  peers_send (a, b);
  peers_send (b, a);
}

static void
test_same_moment (void)
{
  Peer a, b;
  WeftPageId page, one, two;
  g_autoptr(GPtrArray) titles = NULL, moves = NULL, elements = NULL, inside = NULL;

  page = peers_begin_apart (&a, &b);
  peer_part (&a);
  weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_TITLE, "from Lina");
  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_TITLE, "from Otto");
  meet_at_once (&a, &b);
  titles = peers_list_pages (&a, &b);
  only_card (titles, WEFT_CONFLICT_PROPERTY);
  /* Whoever knew both has settled it. */
  weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_TITLE, "agreed");
  one = peer_add_page (&a, root, "one");
  two = peer_add_page (&a, root, "two");
  peers_meet (&a, &b);
  peer_part (&a);
  peer_part (&b);
  weft_notebook_doc_move (a.notebook, &page, &one, WEFT_PAGE_LAST);
  weft_notebook_doc_move (b.notebook, &page, &two, WEFT_PAGE_LAST);
  meet_at_once (&a, &b);
  moves = peers_list_pages (&a, &b);
  only_card (moves, WEFT_CONFLICT_MOVE);
  peers_clear (&a, &b);

  peers_begin_board (&a, &b, LINA, OTTO);
  peer_part (&a);
  peer_set_number (&a, "e", "x", 5);
  peer_set_number (&b, "e", "x", 6);
  meet_at_once (&a, &b);
  elements = peers_list_elements (&a, &b);
  only_card (elements, WEFT_CONFLICT_ELEMENT);
  peer_set_number (&a, "e", "x", 7);
  peers_meet (&a, &b);
  peer_part (&a);
  peer_part (&b);
  weft_map_remove (weft_doc_get_map (a.doc, "board"), "f");
  peer_set_number (&b, "f", "x", 8);
  meet_at_once (&a, &b);
  inside = peers_list_elements (&a, &b);
  only_card (inside, WEFT_CONFLICT_INSIDE);
  peers_clear (&a, &b);
}

static void
test_random (void)
{
  static const char *const names[] = { LINA, OTTO, "Mei · desk" };
  static const char *const keys[] = { "x", "y", "opacity", "angle" };
  guint n_cards = 0;

  for (guint round = 0; round < 60; round++)
    {
      Peer peers[3];
      WeftPageId pages[5];
      g_autoptr(GPtrArray) cards = NULL, others = NULL, elements = NULL, third = NULL;
      guint n_left;

      for (guint i = 0; i < 3; i++)
        peer_init (&peers[i], names[i]);
      for (guint i = 0; i < 5; i++)
        pages[i] = peer_add_page (&peers[0], i > 2 ? &pages[0] : root, "p");
      for (guint i = 0; i < 4; i++)
        peer_set_number (&peers[0], "e", keys[i], 0);
      peers_meet (&peers[0], &peers[1]);
      peers_meet (&peers[0], &peers[2]);

      for (guint i = 0; i < 40; i++)
        {
          Peer *peer = &peers[g_test_rand_int_range (0, 3)];
          const WeftPageId *page = &pages[g_test_rand_int_range (0, 5)];
          g_autofree char *text = g_strdup_printf ("%u", i);

          peer->now_ms += 1000;
          switch (g_test_rand_int_range (0, 8))
            {
            case 0:
              peer_part (peer);
              break;
            case 1:
              peers_meet (peer, &peers[g_test_rand_int_range (0, 3)]);
              break;
            case 2:
              weft_notebook_doc_trash (peer->notebook, page);
              break;
            case 3:
              weft_notebook_doc_mark_edited (peer->notebook, page);
              weft_notebook_doc_end_interval (peer->notebook);
              break;
            case 4:
              weft_notebook_doc_move (peer->notebook, page, &pages[g_test_rand_int_range (0, 5)],
                                      WEFT_PAGE_LAST);
              break;
            case 5:
              peer_set_number (peer, i % 3 == 0 ? "f" : "e", keys[g_test_rand_int_range (0, 4)], i);
              if (g_test_rand_int_range (0, 4) == 0)
                {
                  weft_map_remove (weft_doc_get_map (peer->doc, "board"), "f");
                  weft_users_flush (peer->users);
                }
              break;
            default:
              weft_notebook_doc_set_string (peer->notebook, page, WEFT_PAGE_TITLE, text);
              break;
            }
        }

      for (guint i = 0; i < 9; i++)
        peers_meet (&peers[i % 3], &peers[(i + 1) % 3]);
      cards = peers_list_pages (&peers[0], &peers[1]);
      others = peers_list_pages (&peers[1], &peers[2]);
      elements = peers_list_elements (&peers[0], &peers[1]);
      third = peers_list_elements (&peers[1], &peers[2]);
      n_cards += cards->len + elements->len;

      for (guint i = 0; i < cards->len; i++)
        weft_conflict_settle_page (cards->pdata[i], peers[i % 3].notebook, g_test_rand_bit (),
                                   NULL);
      for (guint i = 0; i < elements->len; i++)
        weft_conflict_settle_content (elements->pdata[i], peers[i % 3].doc, NULL,
                                      g_test_rand_bit (), NULL);
      for (guint i = 0; i < 9; i++)
        peers_meet (&peers[i % 3], &peers[(i + 1) % 3]);
      n_left = 0;
      for (guint i = 0; i < cards->len; i++)
        {
          g_autoptr(GPtrArray) now = peers_list_pages (&peers[0], &peers[2]);

          for (guint j = 0; j < now->len; j++)
            if (strcmp (((WeftConflict *) now->pdata[j])->id,
                        ((WeftConflict *) cards->pdata[i])->id)
                == 0)
              n_left++;
        }
      g_assert_cmpuint (n_left, ==, 0);
      for (guint i = 0; i < 3; i++)
        peer_clear (&peers[i]);
    }
  /* It was about something. */
  g_assert_cmpuint (n_cards, >, 20);
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notebook/conflicts/same-moment", test_same_moment);
  g_test_add_func ("/notebook/conflicts/random", test_random);

  return g_test_run ();
}
