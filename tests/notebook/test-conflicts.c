/* test-conflicts.c - people, stretches, and the cards that come of them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-conflicts.h"
#include "notebook/weft-stretches.h"
#include "notebook/weft-users.h"

#include <string.h>

#include "crdt/weft-type.h"
#include "crdt/weft-undo.h"

/* One person at one device, with a notebook or a board. */
typedef struct
{
  WeftDoc *doc;
  WeftNotebookDoc *notebook;
  WeftPageTree *tree;
  WeftUsers *users;
  WeftStretchRecorder *recorder;
  gint64 now_ms;
} Peer;

static gint64
now_cb (gpointer user_data)
{
  return ((Peer *) user_data)->now_ms;
}

static void
peer_init (Peer *peer, const char *name)
{
  memset (peer, 0, sizeof *peer);
  peer->now_ms = 1000;
  peer->doc = weft_doc_new ();
  peer->notebook = weft_notebook_doc_new (peer->doc);
  peer->tree = weft_notebook_doc_get_tree (peer->notebook);
  if (name == NULL)
    return;
  peer->users = weft_users_new (peer->doc);
  weft_users_set_user (peer->users, name);
  peer->recorder = weft_stretch_recorder_new (peer->doc, now_cb, peer);
  weft_stretch_recorder_set_user (peer->recorder, name);
}

static void
peer_clear (Peer *peer)
{
  weft_stretch_recorder_free (peer->recorder);
  weft_users_free (peer->users);
  weft_notebook_doc_free (peer->notebook);
  weft_doc_free (peer->doc);
}

/* Ends the run of the program and starts it again on the same doc. */
static void
peer_restart (Peer *peer, const char *name)
{
  g_autoptr(GBytes) state = weft_doc_encode_state (peer->doc);
  g_autoptr(GError) error = NULL;
  gint64 now_ms = peer->now_ms;

  peer_clear (peer);
  peer_init (peer, name);
  peer->now_ms = now_ms;
  g_assert_true (weft_doc_apply_update (peer->doc, state, NULL, &error));
  g_assert_no_error (error);
}

static void
send_all (Peer *from, Peer *to)
{
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (to->doc);
  g_autoptr(GBytes) update = weft_doc_encode_diff (from->doc, state);
  g_autoptr(GError) error = NULL;

  g_assert_true (weft_doc_apply_update (to->doc, update, NULL, &error));
  g_assert_no_error (error);
}

static void
part (Peer *peer)
{
  if (peer->recorder != NULL)
    weft_stretch_recorder_part (peer->recorder);
}

/* Both exchange all, and who was apart says so. */
static void
meet (Peer *a, Peer *b)
{
  send_all (a, b);
  send_all (b, a);
  if (a->recorder != NULL)
    weft_stretch_recorder_meet (a->recorder);
  if (b->recorder != NULL)
    weft_stretch_recorder_meet (b->recorder);
  send_all (a, b);
  send_all (b, a);
}

/* Both come back to the relay before it has anything of the other. */
static void
meet_at_once (Peer *a, Peer *b)
{
  weft_stretch_recorder_meet (a->recorder);
  weft_stretch_recorder_meet (b->recorder);
  send_all (a, b);
  send_all (b, a);
}

static WeftPageId
add (Peer *peer, const WeftPageId *parent, const char *title)
{
  WeftPageId page;

  weft_notebook_doc_create_page (peer->notebook, parent, WEFT_PAGE_LAST, NULL, title, 1000, &page);
  return page;
}

#define root (&weft_page_id_root)
#define LINA "Lina · laptop"
#define OTTO "Otto · phone"

/* All that can be said of a list of cards, in one string. */
static char *
print_cards (GPtrArray *cards)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < cards->len; i++)
    {
      const WeftConflict *card = cards->pdata[i];
      WeftPageIdText page;

      g_string_append_printf (out, "%s %d %s %s %s", card->id, card->kind,
                              weft_page_id_format (&card->page, page), card->element, card->key);
      for (guint side = 0; side < 2; side++)
        {
          const WeftConflictSide *s = &card->sides[side];
          g_autofree char *json = s->value != NULL ? weft_any_to_json (s->value) : NULL;

          g_string_append_printf (out, " [%s %" G_GINT64_FORMAT " %s]", s->person, s->time_ms,
                                  json);
        }
      g_string_append (out, "\n");
    }

  return g_string_free (out, FALSE);
}

/* Both see the same cards. (transfer full): these */
static GPtrArray *
list_pages (Peer *a, Peer *b)
{
  GPtrArray *cards = weft_conflicts_list_pages (a->notebook, a->users);
  g_autoptr(GPtrArray) others = weft_conflicts_list_pages (b->notebook, b->users);
  g_autofree char *text = print_cards (cards);
  g_autofree char *other_text = print_cards (others);

  g_assert_cmpstr (text, ==, other_text);
  return cards;
}

static GPtrArray *
list_elements (Peer *a, Peer *b)
{
  GPtrArray *cards = weft_conflicts_list_elements (a->doc, a->users);
  g_autoptr(GPtrArray) others = weft_conflicts_list_elements (b->doc, b->users);
  g_autofree char *text = print_cards (cards);
  g_autofree char *other_text = print_cards (others);

  g_assert_cmpstr (text, ==, other_text);
  return cards;
}

/* Each choice about each card, taken back, leaves all as it was for everyone: the cards, and what they are
 * about. */
static void
check_undo_page (Peer *decider, Peer *other)
{
  g_autoptr(GPtrArray) cards = list_pages (decider, other);
  g_autofree char *before = print_cards (cards);

  for (guint i = 0; i < 2 * cards->len; i++)
    {
      const WeftConflict *card = cards->pdata[i / 2];
      g_autoptr(GPtrArray) settled = NULL, again = NULL;
      g_autofree char *left = NULL, *after = NULL;

      weft_conflict_settle_page (card, decider->notebook, i % 2, OTTO);
      meet (decider, other);
      settled = list_pages (decider, other);
      left = print_cards (settled);
      g_assert_null (strstr (left, card->id));

      g_assert_true (weft_notebook_doc_undo_choice (decider->notebook, card->id));
      g_assert_false (weft_notebook_doc_undo_choice (decider->notebook, card->id));
      meet (decider, other);
      again = list_pages (decider, other);
      after = print_cards (again);
      g_assert_cmpstr (after, ==, before);

      /* And once more, by the steps. */
      g_assert_true (weft_notebook_doc_redo (decider->notebook));
      g_clear_pointer (&settled, g_ptr_array_unref);
      g_clear_pointer (&left, g_free);
      settled = list_pages (decider, decider);
      left = print_cards (settled);
      g_assert_null (strstr (left, card->id));
      g_assert_true (weft_notebook_doc_undo (decider->notebook));
      meet (decider, other);
      g_clear_pointer (&again, g_ptr_array_unref);
      g_clear_pointer (&after, g_free);
      again = list_pages (decider, other);
      after = print_cards (again);
      g_assert_cmpstr (after, ==, before);
    }
}

static void
check_undo_element (Peer *decider, Peer *other)
{
  g_autoptr(GPtrArray) cards = list_elements (decider, other);
  g_autofree char *before = print_cards (cards);
  WeftType *scope[] = { weft_doc_get_map (decider->doc, "board"), weft_doc_get_map (decider->doc, "meta"),
                        weft_doc_get_map (decider->doc, "resolved") };
  WeftUndoManager *undo = weft_undo_manager_new (decider->doc, scope, G_N_ELEMENTS (scope), 0, now_cb, decider);

  for (guint i = 0; i < 2 * cards->len; i++)
    {
      const WeftConflict *card = cards->pdata[i / 2];

      weft_conflict_settle_content (card, decider->doc, NULL, i % 2, OTTO);
      for (guint round = 0; round < 3; round++)
        {
          g_autoptr(GPtrArray) settled = NULL, again = NULL;
          g_autofree char *left = NULL, *after = NULL;

          meet (decider, other);
          settled = list_elements (decider, other);
          left = print_cards (settled);
          g_assert_null (strstr (left, card->id));
          g_assert_true (weft_undo_manager_undo (undo));
          meet (decider, other);
          again = list_elements (decider, other);
          after = print_cards (again);
          g_assert_cmpstr (after, ==, before);
          if (round < 2)
            g_assert_true (weft_undo_manager_redo (undo));
        }
    }
  weft_undo_manager_free (undo);
}

static const char *
title_of (Peer *peer, const WeftPageId *page)
{
  return weft_page_tree_get_string (peer->tree, page, WEFT_PAGE_TITLE);
}

/* People */

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

  page = add (&a, root, "x");
  meet (&a, &b);
  g_assert_cmpstr (weft_users_lookup_client (b.users, weft_doc_get_client_id (a.doc)), ==, LINA);
  g_assert_null (weft_users_lookup_client (b.users, weft_doc_get_client_id (b.doc)));
  weft_notebook_doc_trash (b.notebook, &page);
  meet (&a, &b);
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
  peer_clear (&a);
  peer_clear (&b);
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
  meet (&a, &b);
  g_assert_false (weft_users_has_pending (b.users));
  weft_text_delete (weft_doc_get_text (b.doc, "quill"), 1, 3);
  g_assert_true (weft_users_has_pending (b.users));
  weft_users_flush (b.users);
  g_assert_false (weft_users_has_pending (b.users));
  weft_users_flush (b.users);
  meet (&a, &b);
  g_assert_cmpstr (
      weft_users_lookup_deletion (a.users, (WeftId){ weft_doc_get_client_id (a.doc), 2 }), ==,
      OTTO);
  g_assert_null (
      weft_users_lookup_deletion (a.users, (WeftId){ weft_doc_get_client_id (a.doc), 0 }));
  peer_clear (&a);
  peer_clear (&b);
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
  meet (&a, &b);
  meet (&a, &b);
  g_assert_cmpstr (weft_users_lookup_client (a.users, id_a), ==, LINA);
  g_assert_cmpstr (weft_users_lookup_client (a.users, id_b), ==, LINA);
  g_assert_cmpstr (weft_users_lookup_client (b.users, id_a), ==, LINA);
  peer_clear (&a);
  peer_clear (&b);
}

/* Stretches */

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
  page = add (&a, root, "x");
  meet (&a, &b);
  stretches = weft_stretches_read (a.doc);
  g_assert_cmpuint (stretches->len, ==, 0);
  g_clear_pointer (&stretches, g_ptr_array_unref);

  part (&b);
  part (&b);
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
  meet (&a, &b);
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
  part (&a);
  part (&b);
  meet (&a, &b);
  g_clear_pointer (&stretches, g_ptr_array_unref);
  stretches = weft_stretches_read (b.doc);
  g_assert_cmpuint (stretches->len, ==, 1);
  peer_clear (&a);
  peer_clear (&b);
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

/* Cards of pages */

/* Both know a page; both go apart. */
static WeftPageId
begin_apart (Peer *a, Peer *b)
{
  WeftPageId page;

  peer_init (a, LINA);
  peer_init (b, OTTO);
  page = add (a, root, "x");
  meet (a, b);
  part (b);
  b->now_ms = 7000;

  return page;
}

static void
test_title (void)
{
  for (guint keep_other = 0; keep_other < 2; keep_other++)
    {
      Peer a, b;
      WeftPageId page = begin_apart (&a, &b);
      g_autoptr(GPtrArray) cards = NULL, settled = NULL;
      const WeftConflict *card;
      const char *expected;

      weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_TITLE, "first");
      weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_TITLE, "from Lina");
      weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_TITLE, "from Otto");
      meet (&a, &b);
      cards = list_pages (&a, &b);
      g_assert_cmpuint (cards->len, ==, 1);
      card = cards->pdata[0];
      g_assert_cmpint (card->kind, ==, WEFT_CONFLICT_PROPERTY);
      g_assert_true (weft_page_id_equal (&card->page, &page));
      g_assert_cmpstr (card->key, ==, WEFT_PAGE_TITLE);
      /* Lina wrote twice, so that hers is the later one. */
      g_assert_cmpstr (card->sides[0].person, ==, LINA);
      g_assert_cmpstr (weft_any_get_string (card->sides[0].value), ==, "from Lina");
      g_assert_cmpstr (card->sides[1].person, ==, OTTO);
      g_assert_cmpstr (weft_any_get_string (card->sides[1].value), ==, "from Otto");
      g_assert_cmpint (card->sides[1].time_ms, ==, 7000);

      check_undo_page (keep_other ? &a : &b, keep_other ? &b : &a);
      weft_conflict_settle_page (card, b.notebook, keep_other, OTTO);
      meet (&a, &b);
      expected = keep_other ? "from Otto" : "from Lina";
      g_assert_cmpstr (title_of (&a, &page), ==, expected);
      g_assert_cmpstr (title_of (&b, &page), ==, expected);
      settled = list_pages (&a, &b);
      g_assert_cmpuint (settled->len, ==, 0);
      peer_clear (&a);
      peer_clear (&b);
    }
}

static void
test_notebook_title (void)
{
  Peer a, b;
  g_autoptr(GPtrArray) cards = NULL, settled = NULL;
  const WeftConflict *card;
  g_autofree char *title = NULL, *kept = NULL;

  begin_apart (&a, &b);
  weft_notebook_doc_set_title (a.notebook, "Garden");
  weft_notebook_doc_set_title (b.notebook, "House");
  meet (&a, &b);
  cards = list_pages (&a, &b);
  g_assert_cmpuint (cards->len, ==, 1);
  card = cards->pdata[0];
  g_assert_cmpint (card->kind, ==, WEFT_CONFLICT_PROPERTY);
  g_assert_true (weft_page_id_is_root (&card->page));
  g_assert_cmpstr (card->key, ==, "title");
  check_undo_page (&a, &b);
  check_undo_page (&b, &a);
  title = weft_notebook_doc_dup_title (a.notebook);
  g_assert_cmpstr (weft_any_get_string (card->sides[0].value), ==, title);
  weft_conflict_settle_page (card, a.notebook, TRUE, LINA);
  meet (&a, &b);
  kept = weft_notebook_doc_dup_title (b.notebook);
  g_assert_cmpstr (weft_any_get_string (card->sides[1].value), ==, kept);
  settled = list_pages (&a, &b);
  g_assert_cmpuint (settled->len, ==, 0);
  peer_clear (&a);
  peer_clear (&b);
}

static void
test_no_card (void)
{
  Peer a, b;
  WeftPageId page = begin_apart (&a, &b), other;
  g_autoptr(GPtrArray) cards = NULL, later = NULL;

  /* The same from both; different things of one page; one thing by one of them only */
  other = add (&a, root, "other");
  weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_TITLE, "same");
  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_TITLE, "same");
  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_ICON, "i");
  weft_notebook_doc_move (a.notebook, &page, &other, WEFT_PAGE_LAST);
  meet (&a, &b);
  cards = list_pages (&a, &b);
  g_assert_cmpuint (cards->len, ==, 0);

  /* Online both write after each other: no conflict, though there are stretches. */
  weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_ICON, "j");
  meet (&a, &b);
  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_ICON, "k");
  meet (&a, &b);
  later = list_pages (&a, &b);
  g_assert_cmpuint (later->len, ==, 0);
  peer_clear (&a);
  peer_clear (&b);
}

static void
test_later_write_settles (void)
{
  Peer a, b;
  WeftPageId page = begin_apart (&a, &b);
  g_autoptr(GPtrArray) cards = NULL;

  weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_TITLE, "a");
  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_TITLE, "b");
  meet (&a, &b);
  weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_TITLE, "both");
  meet (&a, &b);
  cards = list_pages (&a, &b);
  g_assert_cmpuint (cards->len, ==, 0);
  peer_clear (&a);
  peer_clear (&b);
}

static void
test_moves (void)
{
  Peer a, b;
  WeftPageId page, one, two;
  g_autoptr(GPtrArray) cards = NULL, settled = NULL;
  const WeftConflict *card;
  WeftPageId parent;

  peer_init (&a, LINA);
  peer_init (&b, OTTO);
  page = add (&a, root, "x");
  one = add (&a, root, "1");
  two = add (&a, root, "2");
  meet (&a, &b);
  part (&a);
  part (&b);
  weft_notebook_doc_move (a.notebook, &page, &one, WEFT_PAGE_LAST);
  weft_notebook_doc_move (b.notebook, &page, root, WEFT_PAGE_LAST);
  weft_notebook_doc_move (b.notebook, &page, &two, WEFT_PAGE_LAST);
  meet (&a, &b);
  cards = list_pages (&a, &b);
  g_assert_cmpuint (cards->len, ==, 1);
  card = cards->pdata[0];
  g_assert_cmpint (card->kind, ==, WEFT_CONFLICT_MOVE);
  g_assert_cmpstr (card->sides[0].person, ==, OTTO);
  weft_page_tree_get_parent (a.tree, &page, &parent);
  g_assert_true (weft_page_id_equal (&parent, &two));

  check_undo_page (&a, &b);
  check_undo_page (&b, &a);
  weft_conflict_settle_page (card, a.notebook, TRUE, LINA);
  meet (&a, &b);
  weft_page_tree_get_parent (b.tree, &page, &parent);
  g_assert_true (weft_page_id_equal (&parent, &one));
  settled = list_pages (&a, &b);
  g_assert_cmpuint (settled->len, ==, 0);
  peer_clear (&a);
  peer_clear (&b);
}

static void
test_cycle (void)
{
  Peer a, b;
  WeftPageId one, two, parent;
  g_autoptr(GPtrArray) cards = NULL, settled = NULL;
  const WeftConflict *card;

  peer_init (&a, LINA);
  peer_init (&b, OTTO);
  one = add (&a, root, "1");
  two = add (&a, root, "2");
  meet (&a, &b);
  part (&b);
  weft_notebook_doc_move (a.notebook, &one, &two, WEFT_PAGE_LAST);
  /* Later in the order, so that it is the one that is skipped */
  weft_notebook_doc_set_string (b.notebook, &one, WEFT_PAGE_ICON, "i");
  weft_notebook_doc_move (b.notebook, &two, &one, WEFT_PAGE_LAST);
  meet (&a, &b);
  cards = list_pages (&a, &b);
  g_assert_cmpuint (cards->len, ==, 1);
  card = cards->pdata[0];
  g_assert_cmpint (card->kind, ==, WEFT_CONFLICT_CYCLE);
  g_assert_true (weft_page_id_equal (&card->page, &two));
  g_assert_true (weft_page_id_equal (&card->other_page, &one));
  g_assert_cmpstr (card->sides[1].person, ==, OTTO);

  check_undo_page (&a, &b);
  check_undo_page (&b, &a);
  weft_conflict_settle_page (card, a.notebook, TRUE, LINA);
  meet (&a, &b);
  weft_page_tree_get_parent (b.tree, &one, &parent);
  g_assert_true (weft_page_id_is_root (&parent));
  weft_page_tree_get_parent (b.tree, &two, &parent);
  g_assert_true (weft_page_id_equal (&parent, &one));
  settled = list_pages (&a, &b);
  g_assert_cmpuint (settled->len, ==, 0);
  peer_clear (&a);
  peer_clear (&b);
}

static void
test_returned (void)
{
  /* Who was apart: the one who changed, or the one who deleted */
  for (guint round = 0; round < 2; round++)
    {
      Peer a, b;
      WeftPageId page;
      g_autoptr(GPtrArray) cards = NULL, settled = NULL;
      const WeftConflict *card;

      peer_init (&a, LINA);
      peer_init (&b, OTTO);
      page = add (&a, root, "x");
      meet (&a, &b);
      part (round == 0 ? &b : &a);
      weft_notebook_doc_trash (a.notebook, &page);
      weft_notebook_doc_mark_edited (b.notebook, &page);
      meet (&a, &b);
      g_assert_true (weft_page_tree_is_living (a.tree, &page));
      cards = list_pages (&a, &b);
      g_assert_cmpuint (cards->len, ==, 1);
      card = cards->pdata[0];
      g_assert_cmpint (card->kind, ==, WEFT_CONFLICT_RETURNED);
      g_assert_cmpstr (card->sides[0].person, ==, OTTO);
      g_assert_cmpstr (card->sides[1].person, ==, LINA);
      check_undo_page (&a, &b);
      check_undo_page (&b, &a);
      weft_conflict_settle_page (card, b.notebook, round == 0, OTTO);
      meet (&a, &b);
      g_assert_true (weft_page_tree_is_trashed (a.tree, &page) == (round == 0));
      settled = list_pages (&a, &b);
      g_assert_cmpuint (settled->len, ==, 0);
      peer_clear (&a);
      peer_clear (&b);
    }
}

/* Each from a stretch of their own; there is one thing to decide. */
static void
test_returned_by_two (void)
{
  Peer a, b, c;
  WeftPageId page;
  g_autoptr(GPtrArray) cards = NULL, settled = NULL;

  peer_init (&a, LINA);
  peer_init (&b, OTTO);
  peer_init (&c, "Mia · tablet");
  page = add (&a, root, "x");
  meet (&a, &b);
  meet (&a, &c);
  part (&a);
  part (&b);
  part (&c);
  weft_notebook_doc_trash (a.notebook, &page);
  weft_notebook_doc_mark_edited (b.notebook, &page);
  weft_notebook_doc_mark_edited (c.notebook, &page);
  meet (&a, &b);
  meet (&a, &c);
  meet (&a, &b);
  cards = list_pages (&a, &c);
  g_assert_cmpuint (cards->len, ==, 1);
  g_assert_cmpint (((const WeftConflict *) cards->pdata[0])->kind, ==, WEFT_CONFLICT_RETURNED);
  weft_conflict_settle_page (cards->pdata[0], b.notebook, TRUE, OTTO);
  meet (&a, &b);
  meet (&a, &c);
  g_assert_true (weft_page_tree_is_trashed (c.tree, &page));
  settled = list_pages (&a, &c);
  g_assert_cmpuint (settled->len, ==, 0);
  peer_clear (&a);
  peer_clear (&b);
  peer_clear (&c);
}

static void
test_renamed_and_deleted (void)
{
  Peer a, b;
  WeftPageId page = begin_apart (&a, &b);
  g_autoptr(GPtrArray) cards = NULL;
  const WeftConflict *card;

  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_TITLE, "still useful");
  weft_notebook_doc_trash (a.notebook, &page);
  meet (&a, &b);
  cards = list_pages (&a, &b);
  g_assert_cmpuint (cards->len, ==, 1);
  card = cards->pdata[0];
  g_assert_cmpint (card->kind, ==, WEFT_CONFLICT_DELETED);
  g_assert_cmpstr (card->sides[0].person, ==, LINA);
  g_assert_cmpstr (card->sides[1].person, ==, OTTO);
  check_undo_page (&a, &b);
  check_undo_page (&b, &a);
  weft_conflict_settle_page (card, a.notebook, TRUE, LINA);
  g_assert_true (weft_page_tree_is_living (a.tree, &page));
  peer_clear (&a);
  peer_clear (&b);
}

static void
test_notice_of_an_earlier_run (void)
{
  Peer a, b;
  WeftPageId page = begin_apart (&a, &b);
  g_autoptr(GPtrArray) notices = NULL, cards = NULL;

  /* Otto writes without a connection, closes the program, opens it again, writes, and connects. */
  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_TITLE, "from Otto");
  weft_stretch_recorder_flush (b.recorder);
  weft_stretch_recorder_flush (b.recorder);
  notices = weft_stretches_read (b.doc);
  g_assert_cmpuint (notices->len, ==, 1);
  peer_restart (&b, OTTO);
  part (&b);
  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_ICON, "from Otto");
  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_TITLE, "again from Otto");
  weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_ICON, "from Lina");
  weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_TITLE, "from Lina");
  meet (&a, &b);
  /* The icon, and the title as Otto left it: his first title is no other side to his second. */
  cards = list_pages (&a, &b);
  g_assert_cmpuint (cards->len, ==, 2);
  for (guint i = 0; i < cards->len; i++)
    {
      const WeftConflict *card = cards->pdata[i];

      g_assert_cmpstr (card->sides[0].person, !=, card->sides[1].person);
    }
  peer_clear (&a);
  peer_clear (&b);
}

/* Cards of elements */

static void
set_number (Peer *peer, const char *element, const char *key, double number)
{
  WeftType *board = weft_doc_get_map (peer->doc, "board");
  WeftType *map = weft_map_get_type (board, element);
  g_autoptr(WeftAny) value = weft_any_new_number (number);

  if (map == NULL)
    map = weft_map_set_type (board, element, WEFT_KIND_MAP);
  weft_map_set (map, key, value);
}

static double
get_number (Peer *peer, const char *element, const char *key)
{
  g_autoptr(WeftAny) value = weft_map_get (
      weft_map_get_type (weft_doc_get_map (peer->doc, "board"), element), key);

  return weft_any_get_number (value);
}

static void
begin_board (Peer *a, Peer *b, const char *name_a, const char *name_b)
{
  peer_init (a, name_a);
  peer_init (b, name_b);
  set_number (a, "e", "x", 0);
  set_number (a, "e", "y", 0);
  set_number (a, "e", "width", 10);
  set_number (a, "e", "opacity", 100);
  set_number (a, "f", "x", 0);
  meet (a, b);
  part (b);
}

static void
test_element (void)
{
  for (guint keep_other = 0; keep_other < 2; keep_other++)
    {
      Peer a, b;
      g_autoptr(GPtrArray) cards = NULL, settled = NULL;
      const WeftConflict *card;
      const WeftConflictSide *kept;

      begin_board (&a, &b, LINA, OTTO);
      set_number (&a, "e", "x", 5);
      set_number (&a, "e", "x", 6);
      set_number (&a, "e", "y", 7);
      set_number (&b, "e", "x", 20);
      set_number (&b, "e", "width", 30);
      set_number (&a, "f", "x", 1);
      meet (&a, &b);
      cards = list_elements (&a, &b);
      g_assert_cmpuint (cards->len, ==, 1);
      card = cards->pdata[0];
      g_assert_cmpint (card->kind, ==, WEFT_CONFLICT_ELEMENT);
      g_assert_cmpstr (card->element, ==, "e");
      g_assert_cmpstr (card->key, ==, "place");
      g_assert_cmpstr (card->sides[0].person, !=, card->sides[1].person);
      g_assert_nonnull (card->sides[0].person);
      g_assert_nonnull (card->sides[1].person);
      g_assert_cmpfloat (weft_any_get_number (weft_any_lookup (card->sides[0].value, "x")), ==,
                         get_number (&a, "e", "x"));

      check_undo_element (&a, &b);
      check_undo_element (&b, &a);
      kept = &card->sides[keep_other];
      weft_conflict_settle_content (card, a.doc, NULL, keep_other, LINA);
      meet (&a, &b);
      g_assert_cmpfloat (weft_any_get_number (weft_any_lookup (kept->value, "x")), ==,
                         get_number (&b, "e", "x"));
      settled = list_elements (&a, &b);
      g_assert_cmpuint (settled->len, ==, 0);
      peer_clear (&a);
      peer_clear (&b);
    }
}

static void
test_element_one_card (void)
{
  Peer a, b;
  g_autoptr(GPtrArray) cards = NULL, settled = NULL;
  const WeftConflict *card;

  /* A place and an opacity by the same two people */
  begin_board (&a, &b, LINA, OTTO);
  set_number (&a, "e", "x", 5);
  set_number (&a, "e", "opacity", 50);
  set_number (&b, "e", "opacity", 60);
  set_number (&b, "e", "x", 20);
  set_number (&b, "e", "version", 2);
  set_number (&a, "e", "version", 3);
  meet (&a, &b);
  cards = list_elements (&a, &b);
  g_assert_cmpuint (cards->len, ==, 1);
  card = cards->pdata[0];
  g_assert_null (card->key);
  g_assert_cmpuint (weft_any_get_n_items (card->sides[0].value), ==, 2);

  check_undo_element (&a, &b);
  /* Both write on */
  set_number (&a, "e", "x", 1);
  set_number (&a, "e", "opacity", 1);
  meet (&a, &b);
  settled = list_elements (&a, &b);
  g_assert_cmpuint (settled->len, ==, 0);
  peer_clear (&a);
  peer_clear (&b);
}

/* One moved it to the right, the other one down: each choice is where that one had it. */
static void
test_element_moved_aside (void)
{
  for (guint keep_other = 0; keep_other < 2; keep_other++)
    {
      Peer a, b;
      g_autoptr(GPtrArray) cards = NULL;
      const WeftConflict *card;
      gboolean is_linas;

      begin_board (&a, &b, LINA, OTTO);
      set_number (&a, "e", "x", 5);
      set_number (&a, "e", "x", 10);
      set_number (&b, "e", "y", 20);
      set_number (&b, "e", "y", 40);
      meet (&a, &b);
      cards = list_elements (&a, &b);
      g_assert_cmpuint (cards->len, ==, 1);
      card = cards->pdata[0];
      check_undo_element (&a, &b);
      check_undo_element (&b, &a);
      weft_conflict_settle_content (card, b.doc, NULL, keep_other, OTTO);
      meet (&a, &b);
      is_linas = strcmp (card->sides[keep_other].person, LINA) == 0;
      g_assert_cmpfloat (get_number (&a, "e", "x"), ==, is_linas ? 10 : 0);
      g_assert_cmpfloat (get_number (&a, "e", "y"), ==, is_linas ? 0 : 40);
      g_clear_pointer (&cards, g_ptr_array_unref);
      cards = list_elements (&a, &b);
      g_assert_cmpuint (cards->len, ==, 0);
      peer_clear (&a);
      peer_clear (&b);
    }
}

static void
test_element_no_card (void)
{
  Peer a, b;
  g_autoptr(GPtrArray) cards = NULL;

  begin_board (&a, &b, LINA, OTTO);
  set_number (&a, "e", "x", 5);
  set_number (&b, "e", "opacity", 60);
  set_number (&a, "f", "x", 5);
  set_number (&b, "f", "x", 5);
  meet (&a, &b);
  cards = list_elements (&a, &b);
  g_assert_cmpuint (cards->len, ==, 0);
  peer_clear (&a);
  peer_clear (&b);
}

static void
test_element_of_strangers (void)
{
  Peer a, b;
  g_autoptr(GPtrArray) cards = NULL, settled = NULL;
  const WeftConflict *card;

  /* Web programs that know nothing of stretches and users */
  begin_board (&a, &b, NULL, NULL);
  set_number (&a, "e", "x", 5);
  set_number (&b, "e", "x", 6);
  set_number (&b, "e", "opacity", 6);
  meet (&a, &b);
  cards = list_elements (&a, &b);
  g_assert_cmpuint (cards->len, ==, 1);
  card = cards->pdata[0];
  g_assert_null (card->sides[0].person);
  g_assert_cmpstr (card->key, ==, "place");
  g_assert_cmpfloat (weft_any_get_number (weft_any_lookup (card->sides[0].value, "x")), ==,
                     get_number (&a, "e", "x"));

  /* One of them writes on: there may be nothing that tells whether they knew. It is the same card.
   */
  set_number (&a, "e", "x", 8);
  meet (&a, &b);
  settled = list_elements (&a, &b);
  if (settled->len > 0)
    g_assert_cmpstr (((WeftConflict *) settled->pdata[0])->id, ==, card->id);
  g_clear_pointer (&settled, g_ptr_array_unref);

  /* The other one builds on that. */
  set_number (&b, "e", "x", 9);
  meet (&a, &b);
  settled = list_elements (&a, &b);
  g_assert_cmpuint (settled->len, ==, 0);
  peer_clear (&a);
  peer_clear (&b);
}

/* Somebody with Weft decides. */
static void
test_undo_of_strangers (void)
{
  Peer a, b, c;

  begin_board (&a, &b, NULL, NULL);
  set_number (&a, "e", "x", 5);
  set_number (&b, "e", "x", 6);
  meet (&a, &b);
  peer_init (&c, LINA);
  meet (&a, &c);
  check_undo_element (&c, &b);
  peer_clear (&a);
  peer_clear (&b);
  peer_clear (&c);
}

/* Who was apart: the one who changed (the other says what she deleted), or the one who deleted; or the one who
 * changed, and a program deleted that says nothing */
static void
test_element_deleted (void)
{
  for (guint round = 0; round < 6; round++)
    {
      gboolean keep_other = round % 2, is_stock = round >= 4;
      Peer a, b;
      g_autoptr(GPtrArray) cards = NULL, settled = NULL;
      const WeftConflict *card;
      WeftType *board, *text;

      begin_board (&a, &b, is_stock ? NULL : LINA, OTTO);
      meet (&a, &b);
      text = weft_map_set_type (weft_map_get_type (weft_doc_get_map (a.doc, "board"), "e"), "text",
                                WEFT_KIND_TEXT);
      weft_text_insert (text, 0, "old label", -1, NULL);
      weft_text_delete (text, 0, 4);
      if (!is_stock)
        weft_users_flush (a.users);
      meet (&a, &b);
      part (round < 2 || is_stock ? &b : &a);
      weft_map_remove (weft_doc_get_map (a.doc, "board"), "e");
      weft_map_remove (weft_doc_get_map (a.doc, "board"), "f");
      if (!is_stock)
        weft_users_flush (a.users);
      set_number (&b, "e", "opacity", 60);
      weft_text_insert (
          weft_map_get_type (weft_map_get_type (weft_doc_get_map (b.doc, "board"), "e"), "text"), 5,
          "!", -1, NULL);
      meet (&a, &b);
      board = weft_doc_get_map (a.doc, "board");
      g_assert_false (weft_map_has (board, "e"));
      cards = list_elements (&a, &b);
      g_assert_cmpuint (cards->len, ==, 1);
      card = cards->pdata[0];
      g_assert_cmpint (card->kind, ==, WEFT_CONFLICT_INSIDE);
      g_assert_cmpstr (card->element, ==, "e");
      g_assert_cmpstr (card->sides[0].person, ==, is_stock ? NULL : LINA);
      g_assert_cmpstr (card->sides[1].person, ==, OTTO);
      g_assert_cmpfloat (weft_any_get_number (weft_any_lookup (card->sides[1].value, "opacity")),
                         ==, 60);

      check_undo_element (&a, &b);
      check_undo_element (&b, &a);
      weft_conflict_settle_content (card, a.doc, NULL, keep_other, LINA);
      meet (&a, &b);
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
      settled = list_elements (&a, &b);
      g_assert_cmpuint (settled->len, ==, 0);
      peer_clear (&a);
      peer_clear (&b);
    }
}

static void
assert_card (GPtrArray *cards, WeftConflictKind kind)
{
  g_assert_cmpuint (cards->len, ==, 1);
  g_assert_cmpint (((const WeftConflict *) cards->pdata[0])->kind, ==, kind);
}

/* A relay that was restarted: everybody comes back within the same second. */
static void
test_same_moment (void)
{
  Peer a, b;
  WeftPageId page, one, two;
  g_autoptr(GPtrArray) titles = NULL, moves = NULL, elements = NULL, inside = NULL;

  page = begin_apart (&a, &b);
  part (&a);
  weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_TITLE, "from Lina");
  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_TITLE, "from Otto");
  meet_at_once (&a, &b);
  titles = list_pages (&a, &b);
  assert_card (titles, WEFT_CONFLICT_PROPERTY);
  /* Whoever knew both has settled it. */
  weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_TITLE, "agreed");
  one = add (&a, root, "one");
  two = add (&a, root, "two");
  meet (&a, &b);
  part (&a);
  part (&b);
  weft_notebook_doc_move (a.notebook, &page, &one, WEFT_PAGE_LAST);
  weft_notebook_doc_move (b.notebook, &page, &two, WEFT_PAGE_LAST);
  meet_at_once (&a, &b);
  moves = list_pages (&a, &b);
  assert_card (moves, WEFT_CONFLICT_MOVE);
  peer_clear (&a);
  peer_clear (&b);

  begin_board (&a, &b, LINA, OTTO);
  part (&a);
  set_number (&a, "e", "x", 5);
  set_number (&b, "e", "x", 6);
  meet_at_once (&a, &b);
  elements = list_elements (&a, &b);
  assert_card (elements, WEFT_CONFLICT_ELEMENT);
  set_number (&a, "e", "x", 7);
  meet (&a, &b);
  part (&a);
  part (&b);
  weft_map_remove (weft_doc_get_map (a.doc, "board"), "f");
  set_number (&b, "f", "x", 8);
  meet_at_once (&a, &b);
  inside = list_elements (&a, &b);
  assert_card (inside, WEFT_CONFLICT_INSIDE);
  peer_clear (&a);
  peer_clear (&b);
}

/* What arrived after the connection was lost, before anything was written, was known to who wrote. */
static void
test_seen_before_writing (void)
{
  Peer a, b;
  WeftPageId page = begin_apart (&a, &b);
  g_autoptr(GPtrArray) cards = NULL;

  part (&a);
  weft_notebook_doc_set_string (a.notebook, &page, WEFT_PAGE_TITLE, "from Lina");
  send_all (&a, &b);
  weft_notebook_doc_set_string (b.notebook, &page, WEFT_PAGE_TITLE, "from Otto, who read it");
  meet (&a, &b);
  cards = list_pages (&a, &b);
  g_assert_cmpuint (cards->len, ==, 0);
  peer_clear (&a);
  peer_clear (&b);
}

/* Whatever three people do, apart or not: all replicas name the same conflicts, and settling works.
 */
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
        pages[i] = add (&peers[0], i > 2 ? &pages[0] : root, "p");
      for (guint i = 0; i < 4; i++)
        set_number (&peers[0], "e", keys[i], 0);
      meet (&peers[0], &peers[1]);
      meet (&peers[0], &peers[2]);

      for (guint i = 0; i < 40; i++)
        {
          Peer *peer = &peers[g_test_rand_int_range (0, 3)];
          const WeftPageId *page = &pages[g_test_rand_int_range (0, 5)];
          g_autofree char *text = g_strdup_printf ("%u", i);

          peer->now_ms += 1000;
          switch (g_test_rand_int_range (0, 8))
            {
            case 0:
              part (peer);
              break;
            case 1:
              meet (peer, &peers[g_test_rand_int_range (0, 3)]);
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
              set_number (peer, i % 3 == 0 ? "f" : "e", keys[g_test_rand_int_range (0, 4)], i);
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
        meet (&peers[i % 3], &peers[(i + 1) % 3]);
      cards = list_pages (&peers[0], &peers[1]);
      others = list_pages (&peers[1], &peers[2]);
      elements = list_elements (&peers[0], &peers[1]);
      third = list_elements (&peers[1], &peers[2]);
      n_cards += cards->len + elements->len;

      for (guint i = 0; i < cards->len; i++)
        weft_conflict_settle_page (cards->pdata[i], peers[i % 3].notebook, g_test_rand_bit (),
                                   NULL);
      for (guint i = 0; i < elements->len; i++)
        weft_conflict_settle_content (elements->pdata[i], peers[i % 3].doc, NULL,
                                      g_test_rand_bit (), NULL);
      for (guint i = 0; i < 9; i++)
        meet (&peers[i % 3], &peers[(i + 1) % 3]);
      n_left = 0;
      for (guint i = 0; i < cards->len; i++)
        {
          g_autoptr(GPtrArray) now = list_pages (&peers[0], &peers[2]);

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
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notebook/users/clients", test_users);
  g_test_add_func ("/notebook/users/deletions", test_user_deletions);
  g_test_add_func ("/notebook/users/same-name-twice", test_same_name_twice);
  g_test_add_func ("/notebook/stretches/apart-and-met", test_stretch);
  g_test_add_func ("/notebook/stretches/bad-entries", test_bad_stretches);
  g_test_add_func ("/notebook/stretches/notice-of-an-earlier-run", test_notice_of_an_earlier_run);
  g_test_add_func ("/notebook/conflicts/title", test_title);
  g_test_add_func ("/notebook/conflicts/notebook-title", test_notebook_title);
  g_test_add_func ("/notebook/conflicts/no-card", test_no_card);
  g_test_add_func ("/notebook/conflicts/later-write-settles", test_later_write_settles);
  g_test_add_func ("/notebook/conflicts/two-moves", test_moves);
  g_test_add_func ("/notebook/conflicts/skipped-cycle", test_cycle);
  g_test_add_func ("/notebook/conflicts/returned", test_returned);
  g_test_add_func ("/notebook/conflicts/returned-by-two", test_returned_by_two);
  g_test_add_func ("/notebook/conflicts/renamed-and-deleted", test_renamed_and_deleted);
  g_test_add_func ("/notebook/conflicts/element-place", test_element);
  g_test_add_func ("/notebook/conflicts/element-one-card", test_element_one_card);
  g_test_add_func ("/notebook/conflicts/element-no-card", test_element_no_card);
  g_test_add_func ("/notebook/conflicts/element-moved-aside", test_element_moved_aside);
  g_test_add_func ("/notebook/conflicts/element-of-strangers", test_element_of_strangers);
  g_test_add_func ("/notebook/conflicts/undo-of-strangers", test_undo_of_strangers);
  g_test_add_func ("/notebook/conflicts/element-deleted", test_element_deleted);
  g_test_add_func ("/notebook/conflicts/same-moment", test_same_moment);
  g_test_add_func ("/notebook/conflicts/seen-before-writing", test_seen_before_writing);
  g_test_add_func ("/notebook/conflicts/random", test_random);

  return g_test_run ();
}
