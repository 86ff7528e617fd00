/* test-conflicts-lines.c - one line of a note, rewritten by two people who were apart
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "peers-apart.h"

#include <string.h>

#include "crdt/weft-type.h"
#include "support/test-seed.h"

static char *
dup_text (Peer *peer)
{
  return weft_text_to_string (peer->text);
}

static guint64
find (Peer       *peer,
      const char *word)
{
  g_autofree char *text = dup_text (peer);
  const char *at = strstr (text, word);

  g_assert_nonnull (at);
  return weft_utf16_length (text, at - text);
}

/* Types @text before, after, or in place of a word. */
static void
type_before (Peer       *peer,
             const char *word,
             const char *text)
{
  weft_text_insert (peer->text, find (peer, word), text, -1, NULL);
}

static void
type_after (Peer       *peer,
            const char *word,
            const char *text)
{
  weft_text_insert (peer->text, find (peer, word) + weft_utf16_length (word, strlen (word)), text,
                    -1, NULL);
}

static void
replace (Peer       *peer,
         const char *word,
         const char *text)
{
  guint64 pos = find (peer, word);

  weft_text_delete (peer->text, pos, weft_utf16_length (word, strlen (word)));
  if (*text != '\0')
    weft_text_insert (peer->text, pos, text, -1, NULL);
}

/* All of the note, with its looks, and all cards about it. */
static char *
print_all (Peer *a,
           Peer *b)
{
  g_autoptr(GPtrArray) cards = peers_list_lines (a, b);
  g_autoptr(WeftDelta) delta = weft_text_to_delta (a->text);
  g_autofree char *json = weft_delta_to_json (delta);
  g_autofree char *text = print_cards (cards, FALSE);

  return g_strconcat (json, "\n", text, NULL);
}

static void
check_undo (Peer *decider,
            Peer *other)
{
  peers_check_undo (decider, other, peers_list_lines, print_all, 3);
}

static guint
count (Peer *a,
       Peer *b)
{
  g_autoptr(GPtrArray) cards = peers_list_lines (a, b);

  return cards->len;
}

static const WeftConflictSide *
side_of (const WeftConflict *card,
         const char         *person)
{
  guint i = g_strcmp0 (card->sides[0].person, person) == 0 ? 0 : 1;

  g_assert_cmpstr (card->sides[i].person, ==, person);
  return &card->sides[i];
}

static void
assert_sides (const WeftConflict *card,
              const char         *lina,
              const char         *otto)
{
  g_assert_cmpint (card->kind, ==, WEFT_CONFLICT_LINE);
  g_assert_cmpstr (weft_any_get_string (side_of (card, LINA)->value), ==, lina);
  g_assert_cmpstr (weft_any_get_string (side_of (card, OTTO)->value), ==, otto);
}

static void
begin (Peer       *a,
       Peer       *b,
       const char *text)
{
  peer_init (a, LINA);
  peer_init (b, OTTO);
  weft_text_insert (a->text, 0, text, -1, NULL);
  peers_meet (a, b);
}

#define BASE "Shopping\nWe meet on Monday at noon in the old mill.\nBring bread.\n"

typedef enum
{
  BEFORE,
  AFTER,
  INSTEAD,
} How;

typedef struct
{
  How how;
  const char *word;
  const char *text;
} Edit;

typedef struct
{
  const char *path;
  Edit lina;
  Edit otto;
  const char *line_of_lina; /* NULL: no card */
  const char *line_of_otto;
} Rule;

static const Rule rules[] = {
  { "/notebook/conflicts/lines/same-word",
    { INSTEAD, "Monday", "Tuesday" },
    { INSTEAD, "Monday", "Friday" },
    "We meet on Tuesday at noon in the old mill.",
    "We meet on Friday at noon in the old mill." },
  { "/notebook/conflicts/lines/neighbouring-words",
    { INSTEAD, "Monday", "Tuesday" },
    { INSTEAD, "on", "every" },
    "We meet on Tuesday at noon in the old mill.",
    "We meet every Monday at noon in the old mill." },
  { "/notebook/conflicts/lines/deleted-and-changed",
    { INSTEAD, " at noon in the old mill", "" },
    { INSTEAD, "old", "new" },
    "We meet on Monday.",
    "We meet on Monday at noon in the new mill." },
  { "/notebook/conflicts/lines/line-deleted-and-changed",
    { INSTEAD, "We meet on Monday at noon in the old mill.\n", "" },
    { INSTEAD, "old", "new" },
    "",
    "We meet on Monday at noon in the new mill." },
  { "/notebook/conflicts/lines/same-insertion",
    { AFTER, "bread", "s" },
    { AFTER, "bread", "s" },
    "Bring breads.",
    "Bring breads." },
  { "/notebook/conflicts/lines/both-at-the-end",
    { AFTER, "Shopping", " list" },
    { AFTER, "Shopping", " tour" },
    "Shopping list",
    "Shopping tour" },
  { "/notebook/conflicts/lines/beyond-the-first-plane",
    { INSTEAD, "bread", "\xf0\x9f\x8d\x9e" },
    { INSTEAD, "bread", "caf\xc3\xa9 \xf0\x9f\x98\x80" },
    "Bring \xf0\x9f\x8d\x9e.",
    "Bring caf\xc3\xa9 \xf0\x9f\x98\x80." },
  { "/notebook/conflicts/lines/same-word-and-break",
    { INSTEAD, "bread.\n", "cake" },
    { INSTEAD, "bread.\n", "buns" },
    "Bring cake",
    "Bring buns" },
  { "/notebook/conflicts/lines/all-of-it",
    { INSTEAD, BASE, "Sleep" },
    { INSTEAD, BASE, "Wake up" },
    "Sleep",
    "Wake up" },
  { "/notebook/conflicts/lines/last-break-of-one",
    { INSTEAD, "bread.\n", "cake" },
    { INSTEAD, "bread", "buns" },
    "Bring cake",
    "Bring buns." },
  { "/notebook/conflicts/lines/no-card/other-line",
    { INSTEAD, "Monday", "Tuesday" },
    { INSTEAD, "bread", "cake" } },
  { "/notebook/conflicts/lines/no-card/far-words",
    { INSTEAD, "Monday", "Tuesday" },
    { INSTEAD, "old", "new" } },
  { "/notebook/conflicts/lines/no-card/both-ends",
    { BEFORE, "We", "So " },
    { AFTER, "mill.", " Hurry!" } },
  { "/notebook/conflicts/lines/no-card/new-lines",
    { AFTER, "noon in the old mill.", "\nLater we eat." },
    { AFTER, "noon in the old mill.", "\nLater we sing." } },
  { "/notebook/conflicts/lines/no-card/new-line-behind-a-changed-word",
    { AFTER, "mill.", "\nLater we eat." },
    { INSTEAD, "mill", "barn" } },
  { "/notebook/conflicts/lines/no-card/one-contains-the-other",
    { INSTEAD, " on Monday at noon", "" },
    { INSTEAD, "Monday ", "" } },
  { "/notebook/conflicts/lines/no-card/joined-and-changed",
    { INSTEAD, "\nBring", " Bring" },
    { INSTEAD, "meet", "sit" } },
};

static void
do_edit (Peer       *peer,
         const Edit *edit)
{
  switch (edit->how)
    {
    case BEFORE:
      type_before (peer, edit->word, edit->text);
      break;
    case AFTER:
      type_after (peer, edit->word, edit->text);
      break;
    case INSTEAD:
    default:
      replace (peer, edit->word, edit->text);
    }
}

/* Who is apart: the one, the other, both. It makes no difference, and each way to settle does what
 * it says on both devices. */
static void
test_rule (gconstpointer data)
{
  const Rule *rule = data;

  for (guint round = 0; round < 9; round++)
    {
      Peer a, b;
      g_autoptr(GPtrArray) cards = NULL;
      g_autofree char *before = NULL, *after = NULL, *after_b = NULL;
      const WeftConflict *card;

      begin (&a, &b, BASE);
      peers_meet (&a, &b);
      if (round % 3 != 0)
        peer_part (&a);
      if (round % 3 != 1)
        peer_part (&b);
      do_edit (&a, &rule->lina);
      do_edit (&b, &rule->otto);
      if (round % 3 == 0)
        weft_users_flush (a.users);
      if (round % 3 == 1)
        weft_users_flush (b.users);
      peers_meet (&a, &b);

      cards = peers_list_lines (&a, &b);
      g_assert_cmpuint (cards->len, ==, rule->line_of_otto != NULL);
      if (cards->len == 0)
        {
          peers_clear (&a, &b);
          continue;
        }

      card = cards->pdata[0];
      assert_sides (card, rule->line_of_lina, rule->line_of_otto);
      g_assert_cmpuint (card->sides[0].client, <, card->sides[1].client);
      before = dup_text (&a);
      g_assert_nonnull (strstr (before, weft_any_get_string (card->merged)));

      /* What is noted late changes nothing. */
      weft_users_flush (a.users);
      weft_users_flush (b.users);
      peers_meet (&a, &b);
      g_assert_cmpuint (count (&a, &b), ==, 1);

      check_undo (&a, &b);
      check_undo (&b, &a);

      if (round / 3 == 2)
        weft_conflict_settle_as_is (card, b.doc, NULL, OTTO);
      else
        weft_conflict_settle_content (card, b.doc, NULL, round / 3 == 1, OTTO);
      peers_meet (&a, &b);
      assert_no_cards (peers_list_lines, &a, &b);
      after = dup_text (&a);
      after_b = dup_text (&b);
      g_assert_cmpstr (after, ==, after_b);
      if (round / 3 == 2)
        g_assert_cmpstr (after, ==, before);
      else
        {
          const char *kept = weft_any_get_string (card->sides[round / 3].value);
          Peer alone;
          g_autofree char *expected = NULL;

          /* As if only the one had written. */
          peer_init (&alone, MEI);
          weft_text_insert (alone.text, 0, BASE, -1, NULL);
          do_edit (&alone,
                   strcmp (card->sides[round / 3].person, LINA) == 0 ? &rule->lina : &rule->otto);
          expected = dup_text (&alone);
          g_assert_cmpstr (after, ==, expected);
          g_assert_nonnull (strstr (after, kept));
          peer_clear (&alone);
        }
      peers_clear (&a, &b);
    }
}

/* Somebody who saw both changes the line: nobody needs to be asked any more. */
static void
test_later_edit (void)
{
  static const Edit edits[] = {
    { AFTER, "mill.", " Yes." },
    { INSTEAD, "Tuesday", "" },
    { INSTEAD, " the old mill", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (edits) * 2; i++)
    {
      Peer a, b;

      begin (&a, &b, BASE);
      peer_part (&a);
      peer_part (&b);
      replace (&a, "Monday", "Tuesday");
      replace (&b, "Monday", "Friday");
      peers_meet (&a, &b);
      weft_users_flush (a.users);
      weft_users_flush (b.users);
      peers_meet (&a, &b);
      g_assert_cmpuint (count (&a, &b), ==, 1);

      /* In another line, or as a line of its own, is not in this one. */
      replace (&a, "bread", "cake");
      type_after (&b, "mill.", "\nWear boots.");
      peers_meet (&a, &b);
      g_assert_cmpuint (count (&a, &b), ==, 1);

      do_edit (i % 2 ? &a : &b, &edits[i / 2]);
      weft_users_flush (a.users);
      weft_users_flush (b.users);
      peers_meet (&a, &b);
      assert_no_cards (peers_list_lines, &a, &b);
      peers_clear (&a, &b);
    }
}

/* Edits by people who know each other, and marks, are nothing to ask about. */
static void
test_no_card (void)
{
  g_autoptr(WeftAny) bold = weft_any_new_object ();
  Peer a, b;

  weft_any_object_take (bold, "bold", weft_any_new_boolean (TRUE));
  begin (&a, &b, BASE);
  replace (&a, "Monday", "Tuesday");
  peers_meet (&a, &b);
  replace (&b, "Tuesday", "Friday");
  peers_meet (&a, &b);
  assert_no_cards (peers_list_lines, &a, &b);

  /* One after the other was apart. */
  peer_part (&a);
  replace (&a, "Friday", "Sunday");
  peers_meet (&a, &b);
  peer_part (&b);
  replace (&b, "Sunday", "Monday");
  peers_meet (&a, &b);
  assert_no_cards (peers_list_lines, &a, &b);

  peer_part (&a);
  peer_part (&b);
  weft_text_format (a.text, find (&a, "Monday"), 6, bold);
  replace (&b, "Monday", "Friday");
  peers_meet (&a, &b);
  assert_no_cards (peers_list_lines, &a, &b);

  /* Into an empty line. */
  weft_text_insert (a.text, find (&a, "Bring"), "\n", -1, NULL);
  peers_meet (&a, &b);
  peer_part (&a);
  peer_part (&b);
  weft_text_insert (a.text, find (&a, "Bring") - 1, "Ah", -1, NULL);
  weft_text_insert (b.text, find (&b, "Bring") - 1, "Oh", -1, NULL);
  peers_meet (&a, &b);
  assert_no_cards (peers_list_lines, &a, &b);
  peers_clear (&a, &b);
}

/* All that somebody did between two meetings is one side, whatever client ids they had. */
static void
test_restarted (void)
{
  Peer a, b;
  g_autoptr(GPtrArray) cards = NULL;
  const WeftConflict *card;

  begin (&a, &b, BASE);
  peers_meet (&a, &b);
  peer_part (&b);
  replace (&b, "Monday", "Friday");
  peer_restart (&b, OTTO);
  peer_part (&b);
  replace (&b, "noon", "night");
  peer_part (&a);
  replace (&a, "Monday", "Tuesday");
  peers_meet (&a, &b);

  cards = peers_list_lines (&a, &b);
  g_assert_cmpuint (cards->len, ==, 1);
  card = cards->pdata[0];
  assert_sides (card, "We meet on Tuesday at noon in the old mill.",
                "We meet on Friday at night in the old mill.");
  weft_conflict_settle_as_is (card, a.doc, NULL, LINA);
  peers_meet (&a, &b);
  assert_no_cards (peers_list_lines, &a, &b);

  /* The next time is another matter. */
  peer_part (&a);
  peer_part (&b);
  replace (&a, "meet", "dance");
  replace (&b, "meet", "sing");
  peers_meet (&a, &b);
  g_assert_cmpuint (count (&a, &b), ==, 1);
  peers_clear (&a, &b);
}

/* A peer comes to the relay, where the other is not: with a recorder, or as a page that is not open. */
static void
visit (Peer       *peer,
       Peer       *relay,
       const char *name,
       gboolean    is_open)
{
  g_autoptr(WeftStateVector) before = weft_doc_get_state_vector (peer->doc);
  g_autoptr(WeftDeleteSet) deletes = weft_doc_get_delete_set (peer->doc);
  g_autoptr(WeftDeleteSet) taken = NULL;

  peers_send (peer, relay);
  peers_send (relay, peer);
  taken = weft_doc_get_delete_set (peer->doc);
  weft_delete_set_subtract (taken, deletes);
  if (is_open)
    weft_stretch_recorder_meet (peer->recorder);
  else
    weft_stretches_complete (peer->doc, name, before, taken);
  peers_send (peer, relay);
}

/* They come back one after the other: the first meets nothing, the second meets both. */
static void
test_one_by_one (gconstpointer data)
{
  gboolean is_open = GPOINTER_TO_INT (data);

  for (guint first = 0; first < 2; first++)
    for (guint known = 0; known < 2; known++)
      {
        Peer a, b, relay;
        g_autoptr(GPtrArray) cards = NULL;

        begin (&a, &b, BASE);
        peer_init (&relay, NULL);
        if (known)
          type_after (&b, "bread", " and salt");
        peers_meet (&a, &b);
        peers_send (&a, &relay);
        peer_part (&a);
        peer_part (&b);
        replace (&a, "Monday", "Tuesday");
        replace (&b, "Monday", "Friday");
        if (!is_open)
          {
            peer_restart (&a, LINA);
            peer_restart (&b, OTTO);
          }

        visit (first == 0 ? &a : &b, &relay, first == 0 ? LINA : OTTO, is_open);
        visit (first == 0 ? &b : &a, &relay, first == 0 ? OTTO : LINA, is_open);
        visit (first == 0 ? &a : &b, &relay, first == 0 ? LINA : OTTO, is_open);
        /* Whoever comes to a page that is not open has nothing more to tell. */
        g_assert_cmpuint (weft_stretches_complete (a.doc, LINA, NULL, NULL), ==, 0);

        cards = peers_list_lines (&a, &b);
        g_assert_cmpuint (cards->len, ==, 1);
        assert_sides (cards->pdata[0], "We meet on Tuesday at noon in the old mill.",
                      "We meet on Friday at noon in the old mill.");
        peer_clear (&relay);
        peers_clear (&a, &b);
      }
}

/* What comes back looks as it did, and one step of undo takes it away again. */
static void
test_settle_keeps_looks (void)
{
  g_autoptr(WeftAny) bold = weft_any_new_object ();
  g_autoptr(WeftAny) header = weft_any_new_object ();
  g_autoptr(WeftAny) embed = weft_any_new_object ();

  weft_any_object_take (bold, "bold", weft_any_new_boolean (TRUE));
  weft_any_object_take (header, "header", weft_any_new_number (2));
  weft_any_object_take (embed, "image", weft_any_new_string ("x.png"));

  for (guint round = 0; round < 2; round++)
    {
      Peer a, b;
      g_autoptr(WeftDelta) looks = NULL, now = NULL;
      g_autofree char *json = NULL, *json_now = NULL, *undone = NULL, *merged = NULL;
      g_autoptr(GPtrArray) cards = NULL;
      const WeftConflict *card;
      WeftUndoManager *undo;

      begin (&a, &b, BASE);
      weft_text_format (a.text, find (&a, "Monday at"), 9, bold);
      weft_text_format (a.text, find (&a, "\nBring"), 1, header);
      weft_text_insert_embed (a.text, find (&a, "mill"), embed, NULL);
      peers_meet (&a, &b);
      peer_part (&a);
      peer_part (&b);
      /* With the picture, which is not in the string; with the end of the line, or without. */
      weft_text_delete (a.text, find (&a, "We"),
                        find (&a, "Bring") + 1 - find (&a, "We") - (round == 0 ? 0 : 1));
      replace (&b, "old", "new");
      looks = weft_text_to_delta (b.text);
      json = weft_delta_to_json (looks);
      peers_meet (&a, &b);

      cards = peers_list_lines (&a, &b);
      g_assert_cmpuint (cards->len, ==, 1);
      card = cards->pdata[0];
      assert_sides (card, "", "We meet on Monday at noon in the new \xef\xbf\xbcmill.");
      check_undo (&b, &a);
      merged = dup_text (&a);
      undo = peer_begin_undo (&a);
      weft_conflict_settle_content (card, a.doc, NULL, strcmp (card->sides[1].person, OTTO) == 0,
                                    LINA);
      now = weft_text_to_delta (a.text);
      json_now = weft_delta_to_json (now);
      g_assert_cmpstr (json_now, ==, json);
      g_assert_true (weft_undo_manager_undo (undo));
      undone = dup_text (&a);
      g_assert_cmpstr (undone, ==, merged);
      weft_undo_manager_free (undo);
      peers_clear (&a, &b);
    }
}

/* Three who were apart: a card for each two of them. */
static void
test_three (void)
{
  Peer peers[3];
  g_autoptr(GPtrArray) cards = NULL;
  guint n_seen[3] = { 0 };

  begin (&peers[0], &peers[1], BASE);
  peer_init (&peers[2], MEI);
  peers_meet (&peers[0], &peers[2]);
  for (guint i = 0; i < 3; i++)
    {
      peer_part (&peers[i]);
      replace (&peers[i], "Monday", i == 0 ? "Tuesday" : i == 1 ? "Friday" : "Sunday");
    }
  for (guint i = 0; i < 6; i++)
    peers_meet (&peers[i % 3], &peers[(i + 1) % 3]);

  cards = peers_list_lines (&peers[0], &peers[1]);
  g_assert_cmpuint (cards->len, ==, 3);
  g_assert_cmpuint (count (&peers[1], &peers[2]), ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      const WeftConflict *card = cards->pdata[i];

      for (guint side = 0; side < 2; side++)
        {
          const char *person = card->sides[side].person;
          const char *value = weft_any_get_string (card->sides[side].value);
          guint who = strcmp (person, LINA) == 0 ? 0 : strcmp (person, OTTO) == 0 ? 1 : 2;

          n_seen[who]++;
          g_assert_cmpstr (value, ==,
                           who == 0   ? "We meet on Tuesday at noon in the old mill."
                           : who == 1 ? "We meet on Friday at noon in the old mill."
                                      : "We meet on Sunday at noon in the old mill.");
        }
    }
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (n_seen[i], ==, 2);

  check_undo (&peers[0], &peers[1]);
  peers_meet (&peers[0], &peers[2]);
  check_undo (&peers[2], &peers[0]);
  for (guint i = 0; i < 3; i++)
    peers_meet (&peers[i], &peers[(i + 1) % 3]);

  /* Leaving it as it is settles one card; a choice is an edit by somebody who knew all. */
  weft_conflict_settle_as_is (cards->pdata[0], peers[2].doc, NULL, MEI);
  for (guint i = 0; i < 3; i++)
    peers_meet (&peers[i], &peers[(i + 1) % 3]);
  g_assert_cmpuint (count (&peers[0], &peers[1]), ==, 2);
  weft_conflict_settle_content (cards->pdata[1], peers[0].doc, NULL, TRUE, LINA);
  for (guint i = 0; i < 3; i++)
    peers_meet (&peers[i], &peers[(i + 1) % 3]);
  g_assert_cmpuint (count (&peers[1], &peers[2]), <=, 1);
  for (guint i = 0; i < 3; i++)
    peer_clear (&peers[i]);
}

/* Both come back to the relay before it has anything of the other. */
static void
test_same_moment (void)
{
  for (guint round = 0; round < 2; round++)
    {
      Peer a, b;
      g_autoptr(GPtrArray) cards = NULL;

      begin (&a, &b, BASE);
      peer_part (&a);
      peer_part (&b);
      replace (&a, "Monday", "Tuesday");
      replace (&b, "Monday", round == 0 ? "Friday" : "");
      weft_stretch_recorder_meet (a.recorder);
      weft_stretch_recorder_meet (b.recorder);
      peers_send (&a, &b);
      peers_send (&b, &a);
      cards = peers_list_lines (&a, &b);
      /* What both together made is what Lina had, where Otto only deleted. */
      g_assert_cmpuint (cards->len, ==, round == 0 ? 1 : 0);
      peers_clear (&a, &b);
    }
}

static WeftAny *
random_bytes (WeftDoc *doc,
              gboolean is_state)
{
  g_autoptr(GBytes) bytes = NULL;

  if (g_test_rand_int_range (0, 4) == 0)
    {
      guint8 data[6];

      for (guint i = 0; i < sizeof data; i++)
        data[i] = g_test_rand_int_range (0, 256);
      bytes = g_bytes_new (data, sizeof data);
    }
  else if (is_state)
    {
      g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (doc);

      weft_state_vector_set (state, weft_doc_get_client_id (doc), g_test_rand_int_range (0, 80));
      bytes = weft_state_vector_encode (state);
    }
  else
    {
      g_autoptr(WeftDeleteSet) set = weft_delete_set_new ();

      for (guint i = 0; i < 3; i++)
        weft_delete_set_add (set, weft_doc_get_client_id (doc), g_test_rand_int_range (0, 60),
                             i == 2 ? WEFT_MAX_SAFE_INTEGER - 100 : 5);
      weft_delete_set_normalize (set);
      bytes = weft_delete_set_encode (set);
    }

  return weft_any_new_bytes (bytes);
}

/* Whatever somebody writes into `stretches`: two readers agree, and nothing breaks. */
static void
test_garbage (void)
{
  for (guint round = 0; round < 200; round++)
    {
      Peer a, b;
      g_autoptr(GPtrArray) cards = NULL;

      begin (&a, &b, BASE);
      replace (&a, "Monday", "Tuesday");
      replace (&b, "on Monday", "at \xf0\x9f\x98\x80");
      peers_meet (&a, &b);
      for (guint i = 0; i < 6; i++)
        {
          WeftType *stretches = weft_doc_get_array (a.doc, "stretches");
          g_autoptr(WeftAny) values = weft_any_new_array ();
          WeftAny *entry = weft_any_new_array ();
          Peer *peer = g_test_rand_bit () ? &a : &b;

          weft_any_array_take (entry, weft_any_new_number (weft_doc_get_client_id (peer->doc)));
          weft_any_array_take (entry, weft_any_new_number (g_test_rand_int_range (0, 70)));
          weft_any_array_take (entry,
                               weft_any_new_number (g_test_rand_bit ()
                                                        ? (double) g_test_rand_int_range (0, 90)
                                                        : (double) WEFT_MAX_SAFE_INTEGER));
          weft_any_array_take (entry, random_bytes (b.doc, TRUE));
          weft_any_array_take (entry, random_bytes (a.doc, FALSE));
          weft_any_array_take (entry, g_test_rand_bit () ? weft_any_new_string ("x")
                                                         : weft_any_new_null ());
          weft_any_array_take (entry, weft_any_new_number (i));
          weft_any_array_take (entry, weft_any_new_number (i));
          weft_any_array_take (entry, random_bytes (a.doc, TRUE));
          for (guint j = 0; j < 2 && i % 3 != 0; j++)
            weft_any_array_take (entry, random_bytes (peer->doc, FALSE));
          weft_any_array_take (values, entry);
          weft_array_insert (stretches, 0, values);
        }
      peers_meet (&a, &b);
      cards = peers_list_lines (&a, &b);
      for (guint i = 0; i < cards->len; i++)
        weft_conflict_settle_content (cards->pdata[i], a.doc, NULL, g_test_rand_bit (), NULL);
      peers_clear (&a, &b);
    }
}

/* A relay that collects: cards stay what they are, a value that is gone says so. */
static void
test_collected (void)
{
  WeftDocOptions options = { .gc = TRUE };
  g_autoptr(WeftDoc) collector = weft_doc_new_with_options (1, &options);
  g_autoptr(WeftDoc) reader = weft_doc_new ();
  g_autoptr(GBytes) state = NULL, collected = NULL;
  g_autoptr(GPtrArray) cards = NULL, kept = NULL;
  Peer a, b;

  begin (&a, &b, BASE);
  peer_part (&a);
  peer_part (&b);
  replace (&a, "at noon in the old mill", "");
  replace (&b, "noon", "night");
  peers_meet (&a, &b);
  kept = peers_list_lines (&a, &b);
  g_assert_cmpuint (kept->len, ==, 1);

  weft_doc_get_text (collector, "quill");
  state = weft_doc_encode_state (a.doc);
  g_assert_true (weft_doc_apply_update (collector, state, NULL, NULL));
  collected = weft_doc_encode_state (collector);
  g_assert_true (weft_doc_apply_update (reader, collected, NULL, NULL));
  cards = weft_conflicts_list_lines (reader, NULL);
  g_assert_cmpuint (cards->len, ==, 1);
  for (guint i = 0; i < cards->len; i++)
    {
      const WeftConflict *card = cards->pdata[i];

      g_assert_cmpstr (card->id, ==, ((WeftConflict *) kept->pdata[0])->id);
      g_assert_null (side_of (card, OTTO)->value);
      weft_conflict_settle_content (card, reader, NULL, strcmp (card->sides[1].person, OTTO) == 0,
                                    NULL);
    }
  peers_clear (&a, &b);
}

static void
random_edit (Peer *peer,
             guint i)
{
  static const char *const texts[] = { "x", " ", "\n", "word ", "\xf0\x9f\x98\x80", "long words" };
  guint64 length = weft_type_get_length (peer->text);
  guint64 pos = g_test_rand_int_range (0, (gint32) length + 1);

  if (g_test_rand_int_range (0, 3) == 0 && length > 0)
    weft_text_delete (peer->text, pos, g_test_rand_int_range (1, 8));
  else
    weft_text_insert (peer->text, pos, texts[i % G_N_ELEMENTS (texts)], -1, NULL);
}

/* Whatever three people do, apart or not: all replicas name the same conflicts; settling works. */
static void
test_random (void)
{
  static const char *const names[] = { LINA, OTTO, MEI };
  guint n_cards = 0, n_rewritten = 0;

  for (guint round = 0; round < 80; round++)
    {
      Peer peers[3];
      g_autoptr(GPtrArray) cards = NULL, others = NULL, now = NULL;

      for (guint i = 0; i < 3; i++)
        peer_init (&peers[i], names[i]);
      weft_text_insert (peers[0].text, 0, "one two three\nfour five six\nseven eight\n", -1, NULL);
      peers_meet (&peers[0], &peers[1]);
      peers_meet (&peers[0], &peers[2]);

      for (guint i = 0; i < 40; i++)
        {
          guint who = g_test_rand_int_range (0, 3);
          Peer *peer = &peers[who];

          peer->now_ms += 1000;
          switch (g_test_rand_int_range (0, 10))
            {
            case 0:
            case 1:
              peer_part (peer);
              break;
            case 2:
              peers_meet (peer, &peers[g_test_rand_int_range (0, 3)]);
              break;
            case 3:
              weft_users_flush (peer->users);
              break;
            case 4:
              if (g_test_rand_int_range (0, 4) == 0)
                {
                  peer_restart (peer, names[who]);
                  peer_part (peer);
                }
              break;
            default:
              random_edit (peer, i);
            }
        }

      for (guint i = 0; i < 9; i++)
        peers_meet (&peers[i % 3], &peers[(i + 1) % 3]);
      cards = peers_list_lines (&peers[0], &peers[1]);
      others = peers_list_lines (&peers[1], &peers[2]);
      n_cards += cards->len;

      for (guint i = 0; i < cards->len; i++)
        {
          const WeftConflict *card = cards->pdata[i];
          Peer *peer = &peers[i % 3];
          gboolean keep_other = g_test_rand_bit ();
          g_autofree char *before = dup_text (peer), *after = NULL;

          weft_conflict_settle_content (card, peer->doc, NULL, keep_other, NULL);
          after = dup_text (peer);
          n_rewritten += strcmp (before, after) != 0;
          g_assert_true (weft_doc_validate (peer->doc, NULL));
        }
      for (guint i = 0; i < 9; i++)
        peers_meet (&peers[i % 3], &peers[(i + 1) % 3]);
      now = peers_list_lines (&peers[0], &peers[2]);
      for (guint i = 0; i < cards->len; i++)
        for (guint j = 0; j < now->len; j++)
          g_assert_cmpstr (((WeftConflict *) cards->pdata[i])->id, !=,
                           ((WeftConflict *) now->pdata[j])->id);
      for (guint i = 0; i < 3; i++)
        peer_clear (&peers[i]);
    }

  g_test_message ("%u cards, %u rewritten", n_cards, n_rewritten);
  g_assert_cmpuint (n_cards, >, 20);
  g_assert_cmpuint (n_rewritten, >, 10);
}

/* --- Whether anybody ever had what a card shows ------------------------------------------------------ */

/* Somebody at a relay, who may be apart once. */
typedef struct
{
  Peer peer;
  gboolean is_stock; /* a program that knows nothing of stretches and users */
  gboolean is_apart;
  gboolean was_apart;
  gboolean wrote_apart;
  char *had; /* the line when they came back, before anything else came in; NULL: they wrote nothing while apart */
} Person;

static void
stay_in_step (Person *person,
              Peer   *relay)
{
  if (person->is_apart)
    return;

  peers_send (&person->peer, relay);
  peers_send (relay, &person->peer);
}

static void
all_in_step (Person *persons,
             guint   n,
             Peer   *relay)
{
  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < n; i++)
      stay_in_step (&persons[i], relay);
}

/* Typing as people type: a word, a word instead of another, the last letters taken back. */
static void
retype (Person *person,
        guint   i)
{
  static const char *const words[] = { "x", "yes ", "no", " perhaps", "\xf0\x9f\x98\x80", "京都" };
  WeftType *text = person->peer.text;
  guint64 length = weft_type_get_length (text) - 1;
  guint64 pos = (guint64) g_test_rand_int_range (0, (gint32) length + 1);

  person->wrote_apart |= person->is_apart;
  if (length > 4 && (person->is_stock || g_test_rand_bit ()))
    weft_text_delete (text, MIN (pos, length - 3), (guint64) g_test_rand_int_range (1, 4));
  else if (!person->is_stock)
    weft_text_insert (text, pos, words[i % G_N_ELEMENTS (words)], -1, NULL);
}

static void
flush_some (Person *persons,
            guint   n)
{
  for (guint i = 0; i < n; i++)
    if (!persons[i].is_stock && g_test_rand_int_range (0, 4) == 0)
      weft_users_flush (persons[i].peer.users);
}

/* Gets what the relay has; it has nothing of theirs yet. */
static void
begin_return (Person *person,
              Peer   *relay)
{
  g_autofree char *text = dup_text (&person->peer);

  g_assert_null (person->had);
  if (person->wrote_apart)
    person->had = g_strndup (text, strlen (text) - 1);
  peers_send (relay, &person->peer);
}

static void
end_return (Person *person,
            Peer   *relay)
{
  /* As the application does, so that it is known whose deletions are older than that. */
  weft_users_flush (person->peer.users);
  weft_stretch_recorder_meet (person->peer.recorder);
  person->is_apart = FALSE;
  stay_in_step (person, relay);
}

/* One after the other, in some order, or all at the same moment. */
static void
come_back (Person *persons,
           guint   n,
           Peer   *relay)
{
  gboolean at_once = g_test_rand_bit ();
  guint first = (guint) g_test_rand_int_range (0, (gint32) n);

  for (guint i = 0; i < n; i++)
    {
      Person *person = &persons[(first + i) % n];

      if (!person->is_apart)
        continue;
      begin_return (person, relay);
      if (at_once)
        continue;
      end_return (person, relay);
      if (g_test_rand_bit ())
        all_in_step (persons, n, relay);
      flush_some (persons, n);
    }

  for (guint i = 0; i < n; i++)
    if (persons[i].is_apart)
      end_return (&persons[i], relay);
}

/* Parting right after a deletion, which is noted later, or never: whoever was apart is shown with the very line they
 * had. */
static void
check_versions (GPtrArray *cards,
                Person    *persons,
                guint      n)
{
  for (guint i = 0; i < cards->len; i++)
    {
      const WeftConflict *card = cards->pdata[i];

      for (guint side = 0; side < 2; side++)
        for (guint j = 0; j < n; j++)
          {
            const Person *person = &persons[j];

            if (person->had != NULL
                && g_strcmp0 (card->sides[side].person, weft_users_get_user (person->peer.users)) == 0)
              g_assert_cmpstr (weft_any_get_string (card->sides[side].value), ==, person->had);
          }
    }
}

/* @n_lost: counts the rounds in which a late note took a card away. Returns: how many cards there were */
static guint
part_and_check (guint *n_lost)
{
  static const char *const names[] = { LINA, OTTO, MEI, "a stock program" };
  Person persons[G_N_ELEMENTS (names)] = { 0 };
  g_autoptr(GPtrArray) cards = NULL;
  Peer relay;
  guint n_cards;

  peer_init (&relay, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      persons[i].is_stock = i == 3;
      peer_init (&persons[i].peer, persons[i].is_stock ? NULL : names[i]);
    }
  weft_text_insert (persons[0].peer.text, 0, "one two three four five six\n", -1, NULL);
  all_in_step (persons, G_N_ELEMENTS (names), &relay);

  for (guint i = 0; i < 24; i++)
    {
      Person *person = &persons[g_test_rand_int_range (0, G_N_ELEMENTS (names))];

      for (guint j = 0; j < G_N_ELEMENTS (names); j++)
        persons[j].peer.now_ms += 1000;
      if (!person->is_stock && !person->was_apart && g_test_rand_int_range (0, 6) == 0)
        {
          person->is_apart = person->was_apart = TRUE;
          peer_part (&person->peer);
        }
      else if (person->is_apart || i < 14)
        retype (person, i);
      flush_some (persons, G_N_ELEMENTS (names));
      all_in_step (persons, G_N_ELEMENTS (names), &relay);
    }

  come_back (persons, G_N_ELEMENTS (names), &relay);
  all_in_step (persons, G_N_ELEMENTS (names), &relay);
  cards = peers_list_lines (&persons[0].peer, &persons[1].peer);
  check_versions (cards, persons, G_N_ELEMENTS (names));
  n_cards = cards->len;
  g_clear_pointer (&cards, g_ptr_array_unref);

  /* Nor is there another version once everything was noted. */
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    weft_users_flush (persons[i].peer.users);
  all_in_step (persons, G_N_ELEMENTS (names), &relay);
  cards = peers_list_lines (&persons[2].peer, &relay);
  check_versions (cards, persons, G_N_ELEMENTS (names));
  *n_lost += cards->len < n_cards;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_free (persons[i].had);
      peer_clear (&persons[i].peer);
    }
  peer_clear (&relay);

  return cards->len;
}

static void
test_versions (void)
{
  guint n_rounds = g_getenv ("WEFT_TEST_LONG") != NULL ? 20000 : 300;
  guint n_cards = 0, n_lost = 0;

  for (guint i = 0; i < n_rounds; i++)
    n_cards += part_and_check (&n_lost);
  g_test_message ("%u cards, %u lost", n_cards, n_lost);
  g_assert_cmpuint (n_cards, >, n_rounds / 2);
  /* Who takes away what another one has just typed, and notes it after all had met, seems to have known all. */
  g_assert_cmpuint (n_lost, <=, n_rounds / 100);
}

/* A note of 100,000 items, and a conflict in it. */
static void
test_large (void)
{
  Peer a, b;
  g_autoptr(GPtrArray) cards = NULL;
  gint64 start;

  begin (&a, &b, "");
  weft_doc_begin (a.doc, NULL);
  for (guint i = 0; i < 100000; i++)
    {
      /* Never where the last one ended, so that each stays an item. */
      guint64 length = weft_type_get_length (a.text);

      weft_text_insert (a.text, i % 2 ? length : length / 2, i % 21 ? "abc " : "line\n", -1, NULL);
    }
  weft_doc_commit (a.doc);
  type_before (&a, "abc", BASE);
  peers_meet (&a, &b);
  peer_part (&a);
  peer_part (&b);
  replace (&a, "Monday", "Tuesday");
  replace (&b, "Monday", "Friday");
  for (guint i = 0; i < 300; i++)
    {
      weft_text_insert (a.text, g_test_rand_int_range (0, 300000), "a", -1, NULL);
      weft_text_insert (b.text, g_test_rand_int_range (0, 300000), "b", -1, NULL);
    }
  peers_meet (&a, &b);

  start = g_get_monotonic_time ();
  cards = weft_conflicts_list_lines (a.doc, a.users);
  g_test_message ("%u cards in %.1f ms", cards->len, (g_get_monotonic_time () - start) / 1000.0);
  g_assert_cmpuint (cards->len, >=, 1);
  /* Time that grows with the square of the items is far beyond this. */
  g_assert_cmpint (g_get_monotonic_time () - start, <, 20 * G_USEC_PER_SEC);
  peers_clear (&a, &b);
}

/* Years of train rides: many stretches, all of them long settled. */
static void
test_many_stretches (void)
{
  Peer a, b;
  gint64 start;
  guint n_cards;

  begin (&a, &b, BASE);
  for (guint i = 0; i < 150; i++)
    {
      peer_part (&a);
      peer_part (&b);
      replace (&a, "meet", "meet");
      replace (&b, i % 2 ? "mill" : "meet", "meet mill");
      peers_meet (&a, &b);
      replace (&a, "mill", "mill");
      weft_users_flush (a.users);
      weft_users_flush (b.users);
      peers_meet (&a, &b);
      a.now_ms = b.now_ms += 1000;
    }

  start = g_get_monotonic_time ();
  n_cards = count (&a, &b);
  g_test_message ("%u cards in %.1f ms", n_cards, (g_get_monotonic_time () - start) / 2000.0);
  g_assert_cmpuint (n_cards, <=, 1);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 20 * G_USEC_PER_SEC);
  peers_clear (&a, &b);
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    g_test_add_data_func (rules[i].path, &rules[i], test_rule);
  g_test_add_func ("/notebook/conflicts/lines/later-edit-settles", test_later_edit);
  g_test_add_func ("/notebook/conflicts/lines/no-card/known-or-marks", test_no_card);
  g_test_add_func ("/notebook/conflicts/lines/restarted-while-apart", test_restarted);
  g_test_add_data_func ("/notebook/conflicts/lines/one-by-one", GINT_TO_POINTER (TRUE),
                        test_one_by_one);
  g_test_add_data_func ("/notebook/conflicts/lines/one-by-one/not-open", GINT_TO_POINTER (FALSE),
                        test_one_by_one);
  g_test_add_func ("/notebook/conflicts/lines/settling-keeps-looks", test_settle_keeps_looks);
  g_test_add_func ("/notebook/conflicts/lines/same-moment", test_same_moment);
  g_test_add_func ("/notebook/conflicts/lines/three", test_three);
  g_test_add_func ("/notebook/conflicts/lines/bad-stretches", test_garbage);
  g_test_add_func ("/notebook/conflicts/lines/collected", test_collected);
  g_test_add_func ("/notebook/conflicts/lines/random", test_random);
  g_test_add_func ("/notebook/conflicts/lines/versions-were-there", test_versions);
  g_test_add_func ("/notebook/conflicts/lines/large", test_large);

  g_test_add_func ("/notebook/conflicts/lines/many-stretches", test_many_stretches);

  return g_test_run ();
}
