/* peers-apart.c - people who edit the same document, at times without each other
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "peers-apart.h"

#include <string.h>

#include "crdt/weft-type.h"

static gint64
now_cb (gpointer user_data)
{
  return ((Peer *) user_data)->now_ms;
}

/* @name: (nullable): %NULL for a program that notes no people and stretches */
void
peer_init (Peer       *peer,
           const char *name)
{
  memset (peer, 0, sizeof *peer);
  peer->now_ms = 1000;
  peer->doc = weft_doc_new ();
  peer->notebook = weft_notebook_doc_new (peer->doc);
  peer->tree = weft_notebook_doc_get_tree (peer->notebook);
  peer->text = weft_doc_get_text (peer->doc, "quill");
  peer->users = weft_users_new (peer->doc);
  if (name == NULL)
    return;
  weft_users_set_user (peer->users, name);
  peer->recorder = weft_stretch_recorder_new (peer->doc, now_cb, peer);
  weft_stretch_recorder_set_user (peer->recorder, name);
}

void
peer_clear (Peer *peer)
{
  weft_stretch_recorder_free (peer->recorder);
  weft_users_free (peer->users);
  weft_notebook_doc_free (peer->notebook);
  weft_doc_free (peer->doc);
}

/* Ends the run of the program and starts it again on the same doc. */
void
peer_restart (Peer       *peer,
              const char *name)
{
  g_autoptr(GBytes) state = NULL;
  g_autoptr(GError) error = NULL;
  gint64 now_ms = peer->now_ms;

  weft_stretch_recorder_flush (peer->recorder);
  state = weft_doc_encode_state (peer->doc);
  peer_clear (peer);
  peer_init (peer, name);
  peer->now_ms = now_ms + 1000;
  g_assert_true (weft_doc_apply_update (peer->doc, state, NULL, &error));
  g_assert_no_error (error);
}

void
peer_part (Peer *peer)
{
  if (peer->recorder != NULL)
    weft_stretch_recorder_part (peer->recorder);
}

/* Records what is done from now on to a note or a board. (transfer full) */
WeftUndoManager *
peer_begin_undo (Peer *peer)
{
  WeftType *scope[] = { peer->text, weft_doc_get_map (peer->doc, "board"), weft_doc_get_map (peer->doc, "meta"),
                        weft_doc_get_map (peer->doc, "resolved") };

  return weft_undo_manager_new (peer->doc, scope, G_N_ELEMENTS (scope), 0, now_cb, peer);
}

WeftPageId
peer_add_page (Peer             *peer,
               const WeftPageId *parent,
               const char       *title)
{
  WeftPageId page;

  weft_notebook_doc_create_page (peer->notebook, parent, WEFT_PAGE_LAST, NULL, title, 1000, &page);

  return page;
}

/* Sets a number of a shape, which is made if need be. */
void
peer_set_number (Peer       *peer,
                 const char *element,
                 const char *key,
                 double      number)
{
  WeftType *board = weft_doc_get_map (peer->doc, "board");
  WeftType *map = weft_map_get_type (board, element);
  g_autoptr(WeftAny) value = weft_any_new_number (number);

  if (map == NULL)
    map = weft_map_set_type (board, element, WEFT_KIND_MAP);
  weft_map_set (map, key, value);
}

void
peers_send (Peer *from,
            Peer *to)
{
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (to->doc);
  g_autoptr(GBytes) update = weft_doc_encode_diff (from->doc, state);
  g_autoptr(GError) error = NULL;

  g_assert_true (weft_doc_apply_update (to->doc, update, NULL, &error));
  g_assert_no_error (error);
}

/* Both exchange all, and who was apart says so. */
void
peers_meet (Peer *a,
            Peer *b)
{
  peers_send (a, b);
  peers_send (b, a);
  if (a->recorder != NULL)
    weft_stretch_recorder_meet (a->recorder);
  if (b->recorder != NULL)
    weft_stretch_recorder_meet (b->recorder);
  peers_send (a, b);
  peers_send (b, a);
}

void
peers_clear (Peer *a,
             Peer *b)
{
  peer_clear (a);
  peer_clear (b);
}

/* Both know a page; then Otto goes. */
WeftPageId
peers_begin_apart (Peer *a,
                   Peer *b)
{
  WeftPageId page;

  peer_init (a, LINA);
  peer_init (b, OTTO);
  page = peer_add_page (a, root, "x");
  peers_meet (a, b);
  peer_part (b);
  b->now_ms = 7000;

  return page;
}

/* Both know two shapes; then the second goes. */
void
peers_begin_board (Peer       *a,
                   Peer       *b,
                   const char *name_a,
                   const char *name_b)
{
  peer_init (a, name_a);
  peer_init (b, name_b);
  peer_set_number (a, "e", "x", 0);
  peer_set_number (a, "e", "y", 0);
  peer_set_number (a, "e", "width", 10);
  peer_set_number (a, "e", "opacity", 100);
  peer_set_number (a, "f", "x", 0);
  peers_meet (a, b);
  peer_part (b);
}

/* All that can be said of a list of cards, in one string. @with_place: where to scroll to, too */
char *
print_cards (GPtrArray *cards,
             gboolean   with_place)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < cards->len; i++)
    {
      const WeftConflict *card = cards->pdata[i];
      g_autofree char *merged = card->merged != NULL ? weft_any_to_json (card->merged) : NULL;
      WeftPageIdText page;

      g_string_append_printf (out, "%s %d %s %s %s %s", card->id, card->kind,
                              weft_page_id_format (&card->page, page), card->element, card->key, merged);
      if (with_place)
        g_string_append_printf (out, " %" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT,
                                (guint64) card->anchor.client, (guint64) card->anchor.clock);
      for (guint side = 0; side < 2; side++)
        {
          const WeftConflictSide *s = &card->sides[side];
          g_autofree char *json = s->value != NULL ? weft_any_to_json (s->value) : NULL;

          g_string_append_printf (out, " [%s %" G_GINT64_FORMAT " %s]", s->person, s->time_ms, json);
        }
      g_string_append (out, "\n");
    }

  return g_string_free (out, FALSE);
}

static GPtrArray *
assert_same (GPtrArray *cards,
             GPtrArray *others)
{
  g_autofree char *text = print_cards (cards, TRUE);
  g_autofree char *other_text = print_cards (others, TRUE);

  g_assert_cmpstr (text, ==, other_text);

  return cards;
}

GPtrArray *
peers_list_pages (Peer *a,
                  Peer *b)
{
  g_autoptr(GPtrArray) others = weft_conflicts_list_pages (b->notebook, b->users);

  return assert_same (weft_conflicts_list_pages (a->notebook, a->users), others);
}

GPtrArray *
peers_list_elements (Peer *a,
                     Peer *b)
{
  g_autoptr(GPtrArray) others = weft_conflicts_list_elements (b->doc, b->users);

  return assert_same (weft_conflicts_list_elements (a->doc, a->users), others);
}

GPtrArray *
peers_list_lines (Peer *a,
                  Peer *b)
{
  g_autoptr(GPtrArray) others = weft_conflicts_list_lines (b->doc, b->users);

  return assert_same (weft_conflicts_list_lines (a->doc, a->users), others);
}

void
assert_no_cards (PeersListFunc  list,
                 Peer          *a,
                 Peer          *b)
{
  g_autoptr(GPtrArray) cards = list (a, b);
  g_autofree char *text = print_cards (cards, TRUE);

  g_assert_cmpstr (text, ==, "");
}

const WeftConflict *
only_card (GPtrArray        *cards,
           WeftConflictKind  kind)
{
  const WeftConflict *card;

  g_assert_cmpuint (cards->len, ==, 1);
  card = cards->pdata[0];
  g_assert_cmpint (card->kind, ==, kind);

  return card;
}

/* Each choice about each card in a note or on a board, taken back, leaves all as it was for everyone: what @print
 * tells. A third choice is to leave it as it is. */
void
peers_check_undo (Peer           *decider,
                  Peer           *other,
                  PeersListFunc   list,
                  PeersPrintFunc  print,
                  guint           n_choices)
{
  g_autoptr(GPtrArray) cards = list (decider, other);
  g_autofree char *before = print (decider, other);
  WeftUndoManager *undo = peer_begin_undo (decider);

  for (guint i = 0; i < n_choices * cards->len; i++)
    {
      const WeftConflict *card = cards->pdata[i / n_choices];
      guint choice = i % n_choices;

      if (choice == 2)
        weft_conflict_settle_as_is (card, decider->doc, NULL, OTTO);
      else
        weft_conflict_settle_content (card, decider->doc, NULL, choice == 1, OTTO);
      for (guint round = 0; round < 3; round++)
        {
          g_autofree char *left = NULL, *after = NULL;

          peers_meet (decider, other);
          left = print (decider, other);
          g_assert_null (strstr (left, card->id));
          g_assert_true (weft_undo_manager_undo (undo));
          if (round == 1)
            weft_users_flush (decider->users);
          peers_meet (decider, other);
          after = print (decider, other);
          g_assert_cmpstr (after, ==, before);
          if (round < 2)
            g_assert_true (weft_undo_manager_redo (undo));
        }
    }
  weft_undo_manager_free (undo);
}
