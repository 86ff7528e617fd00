/* test-changes.c - what became of a page, by person and place, and the way back
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `test-changes --authors` prints random documents and who did what in them, for users.mjs.
 */

#include "config.h"

#include "notebook/weft-shown-page.h"

#include <stdio.h>
#include <string.h>

#include "crdt/weft-type.h"
#include "crdt/weft-undo.h"
#include "support/test-seed.h"

#define ANA "Ana · laptop"
#define BEN "Ben · phone"

typedef struct
{
  WeftDoc *doc;
  WeftUsers *users;
} Peer;

static void
peer_init (Peer       *peer,
           const char *name)
{
  peer->doc = weft_doc_new ();
  peer->users = weft_users_new (peer->doc);
  weft_users_set_user (peer->users, name);
}

static void
peer_clear (Peer *peer)
{
  weft_users_free (peer->users);
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
meet (Peer *peers,
      guint n)
{
  for (guint i = 0; i < n; i++)
    weft_users_flush (peers[i].users);
  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < n; i++)
      for (guint j = 0; j < n; j++)
        if (i != j)
          send_all (&peers[i], &peers[j]);
}

static WeftType *
get_text (Peer *peer)
{
  return weft_doc_get_text (peer->doc, "quill");
}

static WeftType *
get_board (Peer *peer)
{
  return weft_doc_get_map (peer->doc, "board");
}

static WeftAny *
json (const char *text)
{
  g_autoptr(GError) error = NULL;
  WeftAny *value = weft_any_from_json (text, -1, &error);

  g_assert_no_error (error);
  return value;
}

static int
compare_keys (gconstpointer a,
              gconstpointer b)
{
  return strcmp (*(const char **) a, *(const char **) b);
}

/* With sorted keys. */
static void
print_sorted (GString       *out,
              const WeftAny *value)
{
  g_autofree char *text = NULL;

  if (weft_any_get_kind (value) == WEFT_ANY_OBJECT)
    {
      g_autoptr(GPtrArray) keys = g_ptr_array_new ();

      for (gsize i = 0; i < weft_any_get_n_items (value); i++)
        g_ptr_array_add (keys, (gpointer) weft_any_get_key (value, i));
      g_ptr_array_sort (keys, compare_keys);
      g_string_append_c (out, '{');
      for (guint i = 0; i < keys->len; i++)
        {
          g_string_append_printf (out, "%s:", (const char *) keys->pdata[i]);
          print_sorted (out, weft_any_lookup (value, keys->pdata[i]));
          g_string_append_c (out, ',');
        }
      g_string_append_c (out, '}');
      return;
    }

  text = weft_any_to_json (value);
  g_string_append (out, text);
}

/* All that a page shows, in one string. Attributes are sorted, so that their order means nothing. */
static char *
print_page (WeftDoc *doc)
{
  g_autoptr(WeftDelta) delta = weft_text_to_delta (weft_doc_get_text (doc, "quill"));
  g_autofree char *delta_json = weft_delta_to_json (delta);
  g_autoptr(WeftAny) ops = json (delta_json);
  g_autoptr(WeftAny) board = weft_type_to_any (weft_doc_get_map (doc, "board"));
  g_autoptr(WeftAny) meta = weft_type_to_any (weft_doc_get_map (doc, "meta"));
  GString *out = g_string_new (NULL);

  for (gsize i = 0; i < weft_any_get_n_items (ops); i++)
    {
      print_sorted (out, weft_any_get_item (ops, i));
      g_string_append_c (out, '\n');
    }
  print_sorted (out, board);
  print_sorted (out, meta);

  return g_string_free (out, FALSE);
}

static void
assert_change (const WeftChange *change,
               const char       *person,
               const char       *before,
               const char       *after)
{
  g_assert_cmpstr (change->person, ==, person);
  g_assert_cmpstr (weft_any_get_string (change->before), ==, before);
  g_assert_cmpstr (weft_any_get_string (change->after), ==, after);
}

static void
test_note_two_people (void)
{
  Peer peers[2];
  g_autoptr(WeftSnapshot) before = NULL;
  g_autoptr(WeftChanges) changes = NULL;
  g_autofree char *text = NULL;

  peer_init (&peers[0], ANA);
  peer_init (&peers[1], BEN);
  weft_text_insert (get_text (&peers[0]), 0, "The cat sat.\nSecond line\nThird\n", -1, NULL);
  meet (peers, 2);
  before = weft_snapshot_new (peers[0].doc);

  weft_text_insert (get_text (&peers[0]), 4, "black ", -1, NULL);
  weft_text_delete (get_text (&peers[1]), 13, 7);
  weft_text_insert (get_text (&peers[1]), 0, "Oh. ", -1, NULL);
  meet (peers, 2);

  changes = weft_changes_new (peers[0].doc, before, NULL, peers[0].users);
  g_assert_cmpuint (weft_changes_get_n (changes), ==, 3);
  assert_change (weft_changes_get (changes, 0), ANA, "Oh. The cat sat.", "Oh. The black cat sat.");
  g_assert_cmpuint (weft_changes_get (changes, 0)->pos_utf16, ==, 8);
  g_assert_cmpuint (weft_changes_get (changes, 0)->n_utf16, ==, 6);
  assert_change (weft_changes_get (changes, 1), BEN, "The black cat sat.", "Oh. The black cat sat.");
  assert_change (weft_changes_get (changes, 2), BEN, "Second line", "line");
  g_assert_cmpuint (weft_changes_get (changes, 2)->block, ==, 1);
  g_assert_cmpuint (weft_changes_get (changes, 2)->n_utf16, ==, 0);

  g_assert_true (weft_changes_take_back (changes, 2, peers[0].doc, NULL));
  g_assert_false (weft_changes_take_back (changes, 2, peers[0].doc, NULL));
  text = weft_text_to_string (get_text (&peers[0]));
  g_assert_cmpstr (text, ==, "Oh. The black cat sat.\nSecond line\nThird\n");

  peer_clear (&peers[0]);
  peer_clear (&peers[1]);
}

/* Ben's deletion is not noted yet, and a web editor notes none: who wrote in its place replaced it. What was only taken
 * away stays nobody's. */
static void
test_note_replaced (void)
{
  Peer ana, ben, web;
  g_autoptr(WeftSnapshot) before = NULL;
  g_autoptr(WeftChanges) changes = NULL;

  peer_init (&ana, ANA);
  peer_init (&ben, BEN);
  peer_init (&web, NULL);
  weft_text_insert (get_text (&ana), 0, "We meet on Monday.\nBring tea.\nSecond to last\n", -1, NULL);
  weft_users_flush (ana.users);
  send_all (&ana, &ben);
  send_all (&ana, &web);
  before = weft_snapshot_new (ana.doc);

  weft_text_delete (get_text (&ben), 11, 6);
  for (guint i = 0; i < 6; i++)
    weft_text_insert (get_text (&ben), 11 + i, "Friday" + i, 1, NULL);
  weft_text_delete (get_text (&web), 25, 3);
  weft_text_insert (get_text (&web), 25, "milk", -1, NULL);
  weft_text_delete (get_text (&ben), 30, 7);
  send_all (&ben, &ana);
  send_all (&web, &ana);

  changes = weft_changes_new (ana.doc, before, NULL, ana.users);
  g_assert_cmpuint (weft_changes_get_n (changes), ==, 3);
  assert_change (weft_changes_get (changes, 0), BEN, "We meet on Monday.", "We meet on Friday.");
  assert_change (weft_changes_get (changes, 1), NULL, "Second to last", "to last");
  g_assert_cmpuint (weft_changes_get (changes, 1)->client, ==, 0);
  assert_change (weft_changes_get (changes, 2), NULL, "Bring tea.", "Bring milk.");
  g_assert_cmpuint (weft_changes_get (changes, 2)->client, ==, weft_doc_get_client_id (web.doc));
  peer_clear (&web);
  peer_clear (&ben);
  peer_clear (&ana);
}

/* Whole paragraphs of one person are one change. */
static void
test_note_paragraphs (void)
{
  Peer ana;
  g_autoptr(WeftSnapshot) before = NULL;
  g_autoptr(WeftChanges) changes = NULL;

  peer_init (&ana, ANA);
  weft_text_insert (get_text (&ana), 0, "One\nTwo\n", -1, NULL);
  before = weft_snapshot_new (ana.doc);
  weft_text_insert (get_text (&ana), 4, "New\nNewer\nNewest\n", -1, NULL);

  changes = weft_changes_new (ana.doc, before, NULL, ana.users);
  g_assert_cmpuint (weft_changes_get_n (changes), ==, 1);
  assert_change (weft_changes_get (changes, 0), ANA, "Two", "New\nNewer\nNewest\nTwo");
  peer_clear (&ana);
}

static void
test_note_marks (void)
{
  Peer peers[2];
  g_autoptr(WeftSnapshot) before = NULL;
  g_autoptr(WeftChanges) changes = NULL;
  g_autoptr(WeftAny) bold = json ("{\"bold\":true}");
  g_autoptr(WeftAny) header = json ("{\"header\":1}");
  g_autofree char *was = NULL, *is = NULL;

  peer_init (&peers[0], ANA);
  peer_init (&peers[1], BEN);
  weft_text_insert (get_text (&peers[0]), 0, "Title\nA word here\n", -1, NULL);
  meet (peers, 2);
  before = weft_snapshot_new (peers[0].doc);
  was = print_page (peers[0].doc);
  weft_text_format (get_text (&peers[0]), 8, 4, bold);
  weft_text_format (get_text (&peers[1]), 5, 1, header);
  meet (peers, 2);

  changes = weft_changes_new (peers[1].doc, before, NULL, peers[1].users);
  g_assert_cmpuint (weft_changes_get_n (changes), ==, 2);
  assert_change (weft_changes_get (changes, 0), ANA, "A word here", "A word here");
  assert_change (weft_changes_get (changes, 1), BEN, "Title", "Title");
  g_assert_true (weft_changes_get (changes, 0)->marks_only);
  g_assert_true (weft_changes_take_back (changes, 0, peers[1].doc, NULL));
  g_assert_true (weft_changes_take_back (changes, 1, peers[1].doc, NULL));
  is = print_page (peers[1].doc);
  g_assert_cmpstr (is, ==, was);

  peer_clear (&peers[0]);
  peer_clear (&peers[1]);
}

/* Neighbours that two people deleted come back in their order, whoever's comes back first. */
static void
test_note_order (void)
{
  for (guint first = 0; first < 2; first++)
    {
      Peer peers[2];
      g_autoptr(WeftSnapshot) before = NULL;
      g_autoptr(WeftChanges) changes = NULL;
      g_autofree char *text = NULL;

      peer_init (&peers[0], ANA);
      peer_init (&peers[1], BEN);
      weft_text_insert (get_text (&peers[0]), 0, "<abcdef>", -1, NULL);
      meet (peers, 2);
      before = weft_snapshot_new (peers[0].doc);
      weft_text_delete (get_text (&peers[0]), 1, 3);
      weft_text_delete (get_text (&peers[1]), 4, 3);
      meet (peers, 2);

      changes = weft_changes_new (peers[0].doc, before, NULL, peers[0].users);
      g_assert_cmpuint (weft_changes_get_n (changes), ==, 2);
      g_assert_true (weft_changes_take_back (changes, first, peers[0].doc, NULL));
      g_assert_true (weft_changes_take_back (changes, 1 - first, peers[0].doc, NULL));
      text = weft_text_to_string (get_text (&peers[0]));
      g_assert_cmpstr (text, ==, "<abcdef>");
      peer_clear (&peers[0]);
      peer_clear (&peers[1]);
    }
}

static gint64
now_cb (gpointer user_data)
{
  return 0;
}

/* What was put back is no change any more; taking back is one step of undo. */
static void
test_note_undo (void)
{
  Peer ana;
  g_autoptr(WeftSnapshot) before = NULL;
  g_autoptr(WeftChanges) changes = NULL;
  g_autoptr(WeftChanges) again = NULL;
  WeftUndoManager *undo;
  WeftType *scope[1];
  g_autofree char *text = NULL, *undone = NULL;

  peer_init (&ana, ANA);
  weft_text_insert (get_text (&ana), 0, "Hello world\n", -1, NULL);
  before = weft_snapshot_new (ana.doc);
  weft_text_delete (get_text (&ana), 5, 6);
  scope[0] = get_text (&ana);
  undo = weft_undo_manager_new (ana.doc, scope, 1, 0, now_cb, NULL);

  changes = weft_changes_new (ana.doc, before, NULL, ana.users);
  g_assert_cmpuint (weft_changes_get_n (changes), ==, 1);
  g_assert_true (weft_changes_take_back (changes, 0, ana.doc, NULL));
  text = weft_text_to_string (get_text (&ana));
  g_assert_cmpstr (text, ==, "Hello world\n");
  again = weft_changes_new (ana.doc, before, NULL, ana.users);
  g_assert_cmpuint (weft_changes_get_n (again), ==, 0);

  g_assert_true (weft_undo_manager_undo (undo));
  undone = weft_text_to_string (get_text (&ana));
  g_assert_cmpstr (undone, ==, "Hello\n");
  weft_undo_manager_free (undo);
  peer_clear (&ana);
}

static void
set_element (Peer       *peer,
             const char *id,
             const char *properties)
{
  WeftType *map = weft_map_get_type (get_board (peer), id);
  g_autoptr(WeftAny) values = json (properties);

  if (map == NULL)
    map = weft_map_set_type (get_board (peer), id, WEFT_KIND_MAP);
  for (gsize i = 0; i < weft_any_get_n_items (values); i++)
    weft_map_set (map, weft_any_get_key (values, i), (WeftAny *) weft_any_get_item (values, i));
}

static void
test_board (void)
{
  Peer peers[2];
  g_autoptr(WeftSnapshot) before = NULL;
  g_autoptr(WeftChanges) changes = NULL;
  g_autofree char *was = NULL, *is = NULL, *set = NULL;

  peer_init (&peers[0], ANA);
  peer_init (&peers[1], BEN);
  set_element (&peers[0], "box", "{\"type\":\"rectangle\",\"x\":1,\"y\":2}");
  set_element (&peers[0], "old", "{\"type\":\"ellipse\",\"x\":5}");
  weft_text_insert (weft_map_set_type (weft_map_get_type (get_board (&peers[0]), "old"), "text",
                                       WEFT_KIND_TEXT), 0, "words", -1, NULL);
  meet (peers, 2);
  before = weft_snapshot_new (peers[0].doc);
  was = print_page (peers[0].doc);

  set_element (&peers[0], "box", "{\"x\":10,\"y\":20,\"strokeColor\":\"red\"}");
  set_element (&peers[0], "box", "{\"x\":11}");
  weft_map_remove (get_board (&peers[1]), "old");
  set_element (&peers[1], "new", "{\"type\":\"diamond\"}");
  weft_map_set (weft_doc_get_map (peers[1].doc, "meta"), "grid", json ("true"));
  meet (peers, 2);

  changes = weft_changes_new (peers[0].doc, before, NULL, peers[0].users);
  g_assert_cmpuint (weft_changes_get_n (changes), ==, 4);
  g_assert_cmpint (weft_changes_get (changes, 0)->kind, ==, WEFT_CHANGE_SET);
  g_assert_cmpstr (weft_changes_get (changes, 0)->person, ==, ANA);
  set = weft_any_to_json (weft_changes_get (changes, 0)->before);
  g_assert_nonnull (strstr (set, "\"x\":1"));
  g_assert_null (strstr (set, "strokeColor"));
  g_assert_cmpint (weft_changes_get (changes, 1)->kind, ==, WEFT_CHANGE_ADDED);
  g_assert_cmpstr (weft_changes_get (changes, 1)->element, ==, "new");
  g_assert_cmpint (weft_changes_get (changes, 2)->kind, ==, WEFT_CHANGE_REMOVED);
  g_assert_cmpstr (weft_changes_get (changes, 2)->person, ==, BEN);
  g_assert_null (weft_changes_get (changes, 3)->element);

  for (guint i = 0; i < 4; i++)
    g_assert_true (weft_changes_take_back (changes, i, peers[0].doc, NULL));
  is = print_page (peers[0].doc);
  g_assert_cmpstr (is, ==, was);
  peer_clear (&peers[0]);
  peer_clear (&peers[1]);
}

/* What somebody wrote since the list was made stays. */
static void
test_board_newer (void)
{
  Peer ana;
  g_autoptr(WeftSnapshot) before = NULL;
  g_autoptr(WeftChanges) changes = NULL;
  g_autoptr(WeftAny) x = NULL;

  peer_init (&ana, ANA);
  set_element (&ana, "box", "{\"x\":1}");
  before = weft_snapshot_new (ana.doc);
  set_element (&ana, "box", "{\"x\":2}");
  changes = weft_changes_new (ana.doc, before, NULL, ana.users);
  set_element (&ana, "box", "{\"x\":3}");
  g_assert_false (weft_changes_take_back (changes, 0, ana.doc, NULL));
  x = weft_map_get (weft_map_get_type (get_board (&ana), "box"), "x");
  g_assert_cmpfloat (weft_any_get_number (x), ==, 3);
  peer_clear (&ana);
}

/* Random pages */

static void
edit_text (WeftType *text)
{
  static const char *const words[] = { "a", "bc", "\n", "def ", "x\ny", "😀", "木曜", "\n\n" };
  static const char *const marks[] = { "{\"bold\":true}", "{\"bold\":null}", "{\"italic\":true}",
                                       "{\"color\":\"red\"}", "{\"header\":2}", "{\"color\":null,\"bold\":true}" };
  guint64 length = weft_type_get_length (text);
  guint64 at = (guint64) g_test_rand_int_range (0, (gint32) length + 1);
  guint64 n = MIN (length - at, (guint64) g_test_rand_int_range (1, 9));
  g_autoptr(WeftAny) mark = json (marks[g_test_rand_int_range (0, G_N_ELEMENTS (marks))]);
  g_autoptr(WeftAny) embed = json ("{\"divider\":true}");

  switch (g_test_rand_int_range (0, 8))
    {
    case 0:
    case 1:
    case 2:
      weft_text_insert (text, at, words[g_test_rand_int_range (0, G_N_ELEMENTS (words))], -1, NULL);
      break;
    case 3:
      weft_text_insert_embed (text, at, embed, NULL);
      break;
    case 4:
    case 5:
      if (n > 0)
        weft_text_format (text, at, n, mark);
      break;
    default:
      if (n > 0)
        weft_text_delete (text, at, n);
    }
}

static void
edit_board (Peer *peer)
{
  static const char *const ids[] = { "e1", "e2", "e3", "e4" };
  static const char *const values[] = { "{\"x\":1}", "{\"x\":2,\"y\":7}", "{\"points\":[[1,2],[3,4]]}",
                                        "{\"strokeColor\":\"red\"}", "{\"locked\":true}" };
  const char *id = ids[g_test_rand_int_range (0, G_N_ELEMENTS (ids))];
  WeftType *map = weft_map_get_type (get_board (peer), id);
  WeftType *text;

  switch (g_test_rand_int_range (0, 7))
    {
    case 0:
      weft_map_remove (get_board (peer), id);
      break;
    case 1:
      {
        g_autoptr(WeftAny) value = weft_any_new_number (g_test_rand_int_range (0, 3));

        weft_map_set (weft_doc_get_map (peer->doc, "meta"), g_test_rand_bit () ? "grid" : "background", value);
      }
      break;
    case 2:
      if (map != NULL)
        weft_map_remove (map, g_test_rand_bit () ? "x" : "text");
      break;
    case 3:
    case 4:
      if (map == NULL)
        break;
      text = weft_map_get_type (map, "text");
      edit_text (text != NULL ? text : weft_map_set_type (map, "text", WEFT_KIND_TEXT));
      break;
    default:
      set_element (peer, id, values[g_test_rand_int_range (0, G_N_ELEMENTS (values))]);
    }
}

static void
edit (Peer *peers,
      guint n,
      guint n_edits)
{
  for (guint i = 0; i < n_edits; i++)
    {
      Peer *peer = &peers[g_test_rand_int_range (0, (gint32) n)];

      if (g_test_rand_int_range (0, 3) == 0)
        edit_board (peer);
      else
        edit_text (get_text (peer));
      if (g_test_rand_int_range (0, 6) == 0)
        send_all (peer, &peers[g_test_rand_int_range (0, (gint32) n)]);
    }
}

static void
take_back_all (WeftChanges *changes,
               WeftDoc     *doc)
{
  guint n = weft_changes_get_n (changes);
  g_autofree guint *order = g_new (guint, n + 1);

  for (guint i = 0; i < n; i++)
    {
      guint j = (guint) g_test_rand_int_range (0, (gint32) i + 1);

      order[i] = order[j];
      order[j] = i;
    }
  for (guint i = 0; i < n; i++)
    weft_changes_take_back (changes, order[i], doc, NULL);
}

/* The runs are the note of either moment. */
static void
check_runs (WeftChanges *changes,
            WeftDoc     *doc)
{
  g_autoptr(GString) was = g_string_new (NULL), is = g_string_new (NULL);
  g_autofree char *then = weft_text_to_string_at (weft_doc_get_text (doc, "quill"),
                                                  weft_changes_get_before (changes));
  g_autofree char *now = weft_text_to_string (weft_doc_get_text (doc, "quill"));

  for (guint i = 0; i < weft_changes_get_n_runs (changes); i++)
    {
      WeftDiffRun run = weft_changes_get_run (changes, i);

      if (run.text == NULL)
        continue;
      if (run.kind != WEFT_DIFF_ADDED)
        g_string_append_len (was, run.text, run.n_bytes);
      if (run.kind != WEFT_DIFF_REMOVED)
        g_string_append_len (is, run.text, run.n_bytes);
    }
  g_assert_cmpstr (was->str, ==, then);
  g_assert_cmpstr (is->str, ==, now);
}

static void
run_random (gboolean restore)
{
  Peer peers[3];
  g_autoptr(WeftSnapshot) before = NULL;
  g_autoptr(WeftChanges) changes = NULL;
  g_autofree char *was = NULL, *is = NULL;
  g_autoptr(GError) error = NULL;

  peer_init (&peers[0], ANA);
  peer_init (&peers[1], BEN);
  peer_init (&peers[2], "Cho · desk");
  edit (peers, 3, (guint) g_test_rand_int_range (0, 40));
  meet (peers, 3);
  before = weft_snapshot_new (peers[0].doc);
  was = print_page (peers[0].doc);
  edit (peers, 3, (guint) g_test_rand_int_range (1, 40));
  meet (peers, 3);

  changes = weft_changes_new (peers[1].doc, before, NULL,
                              g_test_rand_bit () ? peers[1].users : NULL);
  check_runs (changes, peers[1].doc);
  /* The list may be of a copy. */
  if (restore && g_test_rand_bit ())
    weft_doc_restore_version (peers[0].doc, before, NULL);
  else if (restore)
    weft_changes_restore (changes, peers[0].doc, NULL);
  else
    take_back_all (changes, peers[0].doc);
  is = print_page (peers[0].doc);
  g_assert_cmpstr (is, ==, was);
  g_assert_true (weft_doc_validate (peers[0].doc, &error));
  g_assert_no_error (error);

  for (guint i = 0; i < 3; i++)
    peer_clear (&peers[i]);
}

static void
test_random_take_back (void)
{
  guint n = g_getenv ("WEFT_TEST_LONG") != NULL ? 20000 : 400;

  for (guint i = 0; i < n; i++)
    run_random (FALSE);
}

static void
test_random_restore (void)
{
  guint n = g_getenv ("WEFT_TEST_LONG") != NULL ? 20000 : 400;

  for (guint i = 0; i < n; i++)
    run_random (TRUE);
}

/* What is shown of a page */

static char *
color_cb (const char *person,
          gpointer    user_data)
{
  return g_strdup (person != NULL ? "#ff0000" : "#888888");
}

static void
apply_step (WeftDoc             *copy,
            const WeftShownStep *step)
{
  for (guint i = 0; i < step->updates->len; i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_true (weft_doc_apply_update (copy, step->updates->pdata[i], NULL, &error));
      g_assert_no_error (error);
    }
}

/* Sorted, without what tells the two moments apart; the text of one of them alone. */
static char *
print_moment (const WeftDelta *delta,
              const char      *left_out)
{
  GString *out = g_string_new (NULL);
  g_autoptr(GString) last = g_string_new (NULL);

  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (delta, i);
      const WeftAny *mark = op->attributes != NULL ? weft_any_lookup (op->attributes, WEFT_SHOWN_CHANGE) : NULL;
      const char *type = mark != NULL ? weft_any_get_string (weft_any_lookup (mark, "type")) : NULL;
      g_autoptr(WeftAny) marks = weft_any_new_object ();
      g_autoptr(GString) part = g_string_new (NULL);

      if (g_strcmp0 (type, left_out) == 0 && type != NULL)
        continue;
      for (gsize k = 0; op->attributes != NULL && k < weft_any_get_n_items (op->attributes); k++)
        if (!g_str_equal (weft_any_get_key (op->attributes, k), WEFT_SHOWN_CHANGE))
          weft_any_object_take (marks, weft_any_get_key (op->attributes, k),
                                weft_any_ref ((WeftAny *) weft_any_get_item (op->attributes, k)));
      print_sorted (part, marks);
      /* What has the same marks is one piece. */
      if (!g_string_equal (part, last) || op->embed != NULL)
        g_string_append_printf (out, "\n%s ", part->str);
      g_string_assign (last, op->embed != NULL ? "" : part->str);
      if (op->embed != NULL)
        print_sorted (out, op->embed);
      else
        g_string_append (out, op->text);
    }

  return g_string_free (out, FALSE);
}

static void
assert_shows (WeftDoc      *copy,
              WeftDoc      *doc,
              WeftSnapshot *before,
              WeftSnapshot *at)
{
  g_autoptr(WeftDelta) shown = weft_text_to_delta (weft_doc_get_text (copy, "quill"));
  g_autoptr(WeftDelta) expected = weft_text_to_delta_at (weft_doc_get_text (doc, "quill"), at, NULL);
  g_autofree char *is = print_moment (shown, "removed");
  g_autofree char *should_be = print_moment (expected, "removed");
  g_autoptr(GPtrArray) keys = weft_map_list_keys_at (weft_doc_get_map (doc, "board"), at);

  g_assert_cmpstr (is, ==, should_be);
  for (guint i = 0; i < keys->len; i++)
    g_assert_true (weft_map_has (weft_doc_get_map (copy, "board"), keys->pdata[i]));

  /* Without a comparison nothing else is there. */
  if (before == NULL)
    {
      g_autoptr(WeftDoc) there = weft_doc_new_from_snapshot (doc, at, 1, NULL, NULL);
      g_autoptr(WeftAny) board = weft_type_to_any (weft_doc_get_map (copy, "board"));
      g_autoptr(WeftAny) board_then = weft_type_to_any (weft_doc_get_map (there, "board"));
      g_autoptr(WeftAny) meta = weft_type_to_any (weft_doc_get_map (copy, "meta"));
      g_autoptr(WeftAny) meta_then = weft_type_to_any (weft_doc_get_map (there, "meta"));
      g_autoptr(GString) a = g_string_new (NULL);
      g_autoptr(GString) b = g_string_new (NULL);

      print_sorted (a, board);
      print_sorted (a, meta);
      print_sorted (b, board_then);
      print_sorted (b, meta_then);
      g_assert_cmpstr (a->str, ==, b->str);
    }
}

/* Any walk through the versions shows each of them as it was, while the page goes on. */
static void
test_random_shown (void)
{
  for (guint round = 0; round < (g_getenv ("WEFT_TEST_LONG") != NULL ? 2000 : 100); round++)
    {
      Peer peers[3];
      g_autoptr(GPtrArray) moments = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_snapshot_unref);
      g_autoptr(WeftShownPage) page = weft_shown_page_new ();
      g_autoptr(WeftDoc) copy = weft_shown_page_new_copy ();

      peer_init (&peers[0], ANA);
      peer_init (&peers[1], BEN);
      peer_init (&peers[2], "Cleo · desk");
      for (guint i = 0; i < 12; i++)
        {
          WeftSnapshot *at, *before;
          g_autoptr(WeftShownStep) step = NULL;

          edit (peers, 3, (guint) g_test_rand_int_range (0, 20));
          meet (peers, 3);
          g_ptr_array_add (moments, weft_snapshot_new (peers[0].doc));
          at = moments->pdata[g_test_rand_int_range (0, (gint32) moments->len)];
          before = g_test_rand_bit () ? moments->pdata[g_test_rand_int_range (0, (gint32) moments->len)] : NULL;

          step = weft_shown_page_show (page, peers[0].doc, before, at, peers[0].users, color_cb, NULL);
          apply_step (copy, step);
          assert_shows (copy, peers[0].doc, before, at);
          if (before == NULL)
            g_assert_cmpuint (step->places->len + step->marks->len, ==, 0);
        }
      for (guint i = 0; i < 3; i++)
        peer_clear (&peers[i]);
    }
}

/* A change costs what changed, and comes in small parts. */
static void
test_shown_parts (void)
{
  Peer ana;
  g_autoptr(GString) lines = g_string_new (NULL);
  g_autoptr(WeftSnapshot) first = NULL;
  g_autoptr(WeftSnapshot) second = NULL;
  g_autoptr(WeftShownPage) page = weft_shown_page_new ();
  g_autoptr(WeftDoc) copy = weft_shown_page_new_copy ();
  g_autoptr(WeftShownStep) whole = NULL;
  g_autoptr(WeftShownStep) step = NULL;
  const WeftShownPlace *place;

  for (guint i = 0; i < 5000; i++)
    g_string_append_printf (lines, "Line number %u\n", i);
  peer_init (&ana, ANA);
  weft_text_insert (get_text (&ana), 0, lines->str, -1, NULL);
  first = weft_snapshot_new (ana.doc);
  weft_text_delete (get_text (&ana), 0, 4);
  weft_text_insert (get_text (&ana), 20000, "new ", -1, NULL);
  weft_users_flush (ana.users);
  second = weft_snapshot_new (ana.doc);

  whole = weft_shown_page_show (page, ana.doc, NULL, first, ana.users, color_cb, NULL);
  g_assert_cmpuint (whole->updates->len, >, 10);
  apply_step (copy, whole);
  step = weft_shown_page_show (page, ana.doc, first, second, ana.users, color_cb, NULL);
  g_assert_cmpuint (step->updates->len, ==, 1);
  g_assert_cmpuint (g_bytes_get_size (step->updates->pdata[0]), <, 500);
  apply_step (copy, step);
  assert_shows (copy, ana.doc, first, second);

  g_assert_cmpuint (step->places->len, ==, 2);
  place = &g_array_index (step->places, WeftShownPlace, 0);
  g_assert_cmpuint (place->at, ==, 0);
  g_assert_cmpuint (place->n_chars, ==, 4);
  place = &g_array_index (step->places, WeftShownPlace, 1);
  g_assert_cmpuint (place->at, ==, 20004);
  g_assert_cmpuint (place->n_chars, ==, 4);
  peer_clear (&ana);
}

/* Authors, for users.mjs: a line of JSON for each document. */

static gboolean
print_author_cb (const WeftPiece *piece,
                 gpointer         user_data)
{
  Peer *peer = user_data;
  gboolean removed = piece->change == WEFT_PIECE_REMOVED;
  const char *name = removed ? weft_users_lookup_deletion (peer->users, piece->id)
                             : weft_users_lookup_client (peer->users, piece->id.client);
  g_autoptr(WeftAny) value = name != NULL ? weft_any_new_string (name) : weft_any_new_null ();
  g_autofree char *text = weft_any_to_json (value);

  printf (",[%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",%s,%s]", (guint64) piece->id.client,
           (guint64) piece->id.clock, removed ? "true" : "false", text);
  return TRUE;
}

static int
print_authors (GRand *rand)
{
  for (guint i = 0; i < 40; i++)
    {
      Peer peers[3];
      g_autoptr(WeftSnapshot) middle = NULL;
      g_autoptr(WeftSnapshot) before = weft_snapshot_new_empty ();
      g_autoptr(GBytes) state = NULL;
      g_autofree char *base64 = NULL;
      gsize size;
      const guint8 *data;

      peer_init (&peers[0], ANA);
      peer_init (&peers[1], BEN);
      peer_init (&peers[2], "Cho · 机");
      /* Edits that the seed of the caller decides: no test runs here. */
      for (guint j = 0; j < 60; j++)
        {
          Peer *peer = &peers[g_rand_int_range (rand, 0, 3)];
          WeftType *text = get_text (peer);
          guint64 length = weft_type_get_length (text);

          if (g_rand_int_range (rand, 0, 3) == 0 && length > 2)
            weft_text_delete (text, (guint64) g_rand_int_range (rand, 0, (gint32) length - 1), 2);
          else
            weft_text_insert (text, (guint64) g_rand_int_range (rand, 0, (gint32) length + 1), "word ", -1, NULL);
          if (j % 7 == 0)
            meet (peers, 3);
          if (j == 30)
            {
              meet (peers, 3);
              middle = weft_snapshot_new (peers[0].doc);
            }
        }
      meet (peers, 3);
      state = weft_doc_encode_state (peers[0].doc);
      data = g_bytes_get_data (state, &size);
      base64 = g_base64_encode (data, size);
      printf ("[\"%s\"", base64);
      weft_doc_foreach_change (peers[0].doc, NULL, before, print_author_cb, &peers[0]);
      weft_doc_foreach_change (peers[0].doc, NULL, middle, print_author_cb, &peers[0]);
      printf ("]\n");
      for (guint j = 0; j < 3; j++)
        peer_clear (&peers[j]);
    }

  return 0;
}

int
main (int   argc,
      char *argv[])
{
  if (argc > 2 && strcmp (argv[1], "--authors") == 0)
    {
      g_autoptr(GRand) rand = g_rand_new_with_seed ((guint32) g_ascii_strtoull (argv[2], NULL, 10));

      return print_authors (rand);
    }

  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notebook/changes/note/two-people", test_note_two_people);
  g_test_add_func ("/notebook/changes/note/replaced", test_note_replaced);
  g_test_add_func ("/notebook/changes/note/paragraphs", test_note_paragraphs);
  g_test_add_func ("/notebook/changes/note/marks", test_note_marks);
  g_test_add_func ("/notebook/changes/note/order-of-what-comes-back", test_note_order);
  g_test_add_func ("/notebook/changes/note/undo", test_note_undo);
  g_test_add_func ("/notebook/changes/board", test_board);
  g_test_add_func ("/notebook/changes/board/newer-value-stays", test_board_newer);
  g_test_add_func ("/notebook/changes/random/take-back-all", test_random_take_back);
  g_test_add_func ("/notebook/changes/random/restore", test_random_restore);
  g_test_add_func ("/notebook/changes/random/shown", test_random_shown);
  g_test_add_func ("/notebook/changes/shown-in-parts", test_shown_parts);

  return g_test_run ();
}
