/* test-conflicts-replicas.c - the same cards on every replica, in whatever order it got what was written
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * People (some with a name and stretches, one without) write in one doc that is notebook, board and note at once, apart
 * or not, and come back one after the other or at the same moment. Their updates then go, in random orders, to fresh
 * replicas, and to stock yjs documents, one of which collects. WEFT_TEST_LONG=1 makes more histories.
 */

#include "config.h"

#include <gio/gio.h>
#include <string.h>

#include "crdt/weft-type.h"
#include "notebook/weft-conflicts.h"
#include "notebook/weft-stretches.h"
#include "notebook/weft-users.h"
#include "support/test-seed.h"

#define N_PEERS 4
#define N_PAGES 6
#define N_ORDERS 3

typedef struct
{
  const char          *name; /* NULL: a program that knows nothing of stretches and users */
  WeftDoc             *doc;
  WeftNotebookDoc     *notebook;
  WeftUsers           *users;
  WeftStretchRecorder *recorder;
  WeftType            *text;
  gint64               now_ms;
  GPtrArray           *written; /* GBytes: all that anybody wrote, borrowed from the history */
} Peer;

static gint64
now_cb (gpointer user_data)
{
  return ((Peer *) user_data)->now_ms;
}

static void
update_cb (WeftDoc      *doc,
           GBytes       *update,
           gconstpointer origin,
           gboolean      local,
           gpointer      user_data)
{
  if (local)
    g_ptr_array_add (((Peer *) user_data)->written, g_bytes_ref (update));
}

static const WeftDocObserver observer = { .update = update_cb };

static void
peer_init (Peer       *peer,
           const char *name,
           GPtrArray  *written)
{
  static const WeftDocOptions options = { .gc = FALSE };

  *peer = (Peer){ .name = name, .written = written, .now_ms = 1000 };
  /* Of the seed, too: it decides who wins. */
  peer->doc = weft_doc_new_with_options ((WeftClientId) g_test_rand_int_range (1, G_MAXINT32), &options);
  weft_doc_add_observer (peer->doc, &observer, peer);
  peer->notebook = weft_notebook_doc_new (peer->doc);
  peer->text = weft_doc_get_text (peer->doc, "quill");
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
  g_clear_pointer (&peer->recorder, weft_stretch_recorder_free);
  g_clear_pointer (&peer->users, weft_users_free);
  weft_notebook_doc_free (peer->notebook);
  weft_doc_free (peer->doc);
}

static void
send_all (Peer *from,
          Peer *to)
{
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (to->doc);
  g_autoptr(GBytes) update = weft_doc_encode_diff (from->doc, state);

  g_assert_true (weft_doc_apply_update (to->doc, update, NULL, NULL));
}

static void
note_meeting (Peer *peer)
{
  if (peer->recorder != NULL)
    weft_stretch_recorder_meet (peer->recorder);
}

/* Both had met the relay, but not each other, where it was at the same moment. */
static void
meet (Peer    *a,
      Peer    *b,
      gboolean at_once)
{
  if (at_once)
    {
      note_meeting (a);
      note_meeting (b);
    }
  send_all (a, b);
  send_all (b, a);
  note_meeting (a);
  note_meeting (b);
  send_all (a, b);
  send_all (b, a);
}

/* --- What people do -------------------------------------------------------------------------------- */

static void
edit_board (Peer *peer,
            guint i)
{
  static const char *const keys[] = { "x", "y", "opacity", "angle", "strokeColor" };
  const char *element = i % 3 == 0 ? "f" : "e";
  WeftType *board = weft_doc_get_map (peer->doc, "board");
  WeftType *map = weft_map_get_type (board, element);
  g_autoptr(WeftAny) value = weft_any_new_number (i);

  if (map != NULL && g_test_rand_int_range (0, 5) == 0)
    {
      weft_map_remove (board, element);
      if (peer->users != NULL)
        weft_users_flush (peer->users);
      return;
    }

  if (map == NULL)
    map = weft_map_set_type (board, element, WEFT_KIND_MAP);
  weft_map_set (map, keys[g_test_rand_int_range (0, G_N_ELEMENTS (keys))], value);
}

static void
edit_note (Peer *peer,
           guint i)
{
  static const char *const texts[] = { "x", " ", "\n", "word ", "\xf0\x9f\x98\x80", "京都" };
  guint64 length = weft_type_get_length (peer->text);

  if (g_test_rand_int_range (0, 3) == 0 && length > 0)
    weft_text_delete (peer->text, (guint64) g_test_rand_int_range (0, (gint32) length),
                      (guint64) g_test_rand_int_range (1, 8));
  else
    weft_text_insert (peer->text, (guint64) g_test_rand_int_range (0, (gint32) length + 1),
                      texts[i % G_N_ELEMENTS (texts)], -1, NULL);
}

/* As the relay writes it for those who push notes as keys and values. */
static void
push_value (Peer *peer,
            guint i)
{
  g_autofree char *device = g_strdup_printf ("device-%d", g_test_rand_int_range (0, 4));
  g_autofree char *key = g_strdup_printf ("%u/%s", i / 10, device);
  g_autoptr(WeftAny) value = weft_any_new_object ();

  weft_any_object_take (value, "timestamp", weft_any_new_number (i / 10));
  weft_any_object_take (value, "device_id", weft_any_new_string (device));
  weft_any_object_take (value, "value", weft_any_new_string (device));
  weft_any_object_take (value, "time", weft_any_new_number ((double) peer->now_ms));
  weft_map_set (weft_doc_get_map (peer->doc, "collisions"), key, value);
}

static void
edit_tree (Peer             *peer,
           const WeftPageId *pages,
           guint             i)
{
  const WeftPageId *page = &pages[g_test_rand_int_range (0, N_PAGES)];
  g_autofree char *text = g_strdup_printf ("%u", i);

  switch (g_test_rand_int_range (0, 5))
    {
    case 0:
      weft_notebook_doc_trash (peer->notebook, page);
      break;
    case 1:
      weft_notebook_doc_mark_edited (peer->notebook, page);
      weft_notebook_doc_end_interval (peer->notebook);
      break;
    case 2:
      weft_notebook_doc_set_title (peer->notebook, text);
      break;
    case 3:
      weft_notebook_doc_set_string (peer->notebook, page, WEFT_PAGE_TITLE, text);
      break;
    default:
      weft_notebook_doc_move (peer->notebook, page, &pages[g_test_rand_int_range (0, N_PAGES)], WEFT_PAGE_LAST);
    }
}

static void
do_something (Peer             *peers,
              const WeftPageId *pages,
              guint             i)
{
  Peer *peer = &peers[g_test_rand_int_range (0, N_PEERS)];

  peer->now_ms += 1000;
  switch (g_test_rand_int_range (0, 12))
    {
    case 0:
    case 1:
      if (peer->recorder != NULL)
        weft_stretch_recorder_part (peer->recorder);
      break;
    case 2:
      meet (peer, &peers[g_test_rand_int_range (0, N_PEERS)], g_test_rand_int_range (0, 3) == 0);
      break;
    case 3:
      if (peer->users != NULL)
        weft_users_flush (peer->users);
      break;
    case 4:
    case 5:
      edit_board (peer, i);
      break;
    case 6:
    case 7:
    case 8:
      edit_note (peer, i);
      break;
    case 9:
      push_value (peer, i);
      break;
    default:
      edit_tree (peer, pages, i);
    }
}

/* --- Comparing ------------------------------------------------------------------------------------- */

static void
print_cards (GString   *out,
             GPtrArray *cards,
             guint     *n_kinds)
{
  for (guint i = 0; i < cards->len; i++)
    {
      const WeftConflict *card = cards->pdata[i];
      WeftPageIdText page;

      n_kinds[card->kind]++;
      g_string_append_printf (out, "%s %d %s %s %s", card->id, card->kind, weft_page_id_format (&card->page, page),
                              card->element, card->key);
      for (guint side = 0; side < 2; side++)
        {
          const WeftConflictSide *s = &card->sides[side];
          g_autofree char *json = s->value != NULL ? weft_any_to_json (s->value) : NULL;

          g_string_append_printf (out, " [%s %" G_GINT64_FORMAT " %s]", s->person, s->time_ms, json);
        }
      g_string_append_c (out, '\n');
    }
}

/* (transfer full): all cards of a doc, in words. @n_kinds: of each kind, added up */
static char *
list_cards (WeftDoc         *doc,
            WeftNotebookDoc *notebook,
            guint           *n_kinds)
{
  g_autoptr(WeftUsers) users = weft_users_new (doc);
  g_autoptr(GPtrArray) pages = weft_conflicts_list_pages (notebook, users);
  g_autoptr(GPtrArray) elements = weft_conflicts_list_elements (doc, users);
  g_autoptr(GPtrArray) lines = weft_conflicts_list_lines (doc, users);
  GString *out = g_string_new (NULL);

  print_cards (out, pages, n_kinds);
  print_cards (out, elements, n_kinds);
  print_cards (out, lines, n_kinds);
  /* A quick look may say that there could be some; never that there are none where there are. */
  g_assert_true (elements->len == 0 || weft_conflicts_may_be_in_elements (doc, users));
  g_assert_true (lines->len == 0 || weft_conflicts_may_be_in_lines (doc));

  return g_string_free (out, FALSE);
}

/* (transfer full): the cards of a fresh replica */
static char *
list_cards_of (GPtrArray *updates)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  WeftNotebookDoc *notebook = weft_notebook_doc_new (doc);
  guint n_kinds[WEFT_CONFLICT_TIE + 1] = { 0 };
  char *cards;

  for (guint i = 0; i < updates->len; i++)
    g_assert_true (weft_doc_apply_update (doc, updates->pdata[i], NULL, NULL));
  cards = list_cards (doc, notebook, n_kinds);
  weft_notebook_doc_free (notebook);

  return cards;
}

static void
shuffle (GPtrArray *updates)
{
  for (guint i = updates->len; i > 1; i--)
    {
      guint j = (guint) g_test_rand_int_range (0, (gint32) i);
      gpointer other = updates->pdata[j];

      updates->pdata[j] = updates->pdata[i - 1];
      updates->pdata[i - 1] = other;
    }
}

static void
append_line (GString   *input,
             GPtrArray *updates)
{
  for (guint i = 0; i < updates->len; i++)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (updates->pdata[i], &size);
      g_autofree char *text = g_base64_encode (data, size);

      g_string_append_printf (input, "%s%s", i > 0 ? " " : "", text);
    }
  g_string_append_c (input, '\n');
}

static char *
list_cards_of_state (const char *base64)
{
  g_autoptr(GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  gsize size;
  guint8 *data = g_base64_decode (base64, &size);

  g_ptr_array_add (updates, g_bytes_new_take (data, size));
  return list_cards_of (updates);
}

typedef struct
{
  char    *text;
  WeftAny *board;
} Shown;

/* The document as everybody sees it. */
static Shown
show_state (const char *base64)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  gsize size;
  g_autofree guint8 *data = g_base64_decode (base64, &size);
  g_autoptr(GBytes) state = g_bytes_new (data, size);

  g_assert_true (weft_doc_apply_update (doc, state, NULL, NULL));
  return (Shown){ weft_text_to_string (weft_doc_get_text (doc, "quill")),
                  weft_type_to_any (weft_doc_get_map (doc, "board")) };
}

static void
shown_clear (Shown *shown)
{
  g_free (shown->text);
  weft_any_unref (shown->board);
}

/* Whoever keeps all has the same cards; whoever collects has the same document. */
static void
check_yjs (const char *input,
           GPtrArray  *expected)
{
  const char *modules = g_getenv ("WEFT_TEST_NODE_MODULES");
  const char *script = g_getenv ("WEFT_TEST_REPLICAS");
  g_autofree char *node = g_find_program_in_path ("node");
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *output = NULL;
  g_auto(GStrv) lines = NULL;

  if (node == NULL || modules == NULL || !g_file_test (modules, G_FILE_TEST_IS_DIR))
    {
      g_test_message ("without yjs: node or the npm packages are missing");
      return;
    }

  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, node, script,
                              modules, NULL);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (process, input, NULL, &output, NULL, &error));
  g_assert_true (g_subprocess_get_successful (process));

  lines = g_strsplit (output, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, expected->len + 1);
  for (guint i = 0; i < expected->len; i++)
    {
      g_auto(GStrv) states = g_strsplit (lines[i], " ", 2);
      g_autofree char *cards = list_cards_of_state (states[0]);
      Shown kept = show_state (states[0]);
      Shown collected = show_state (states[1]);

      g_assert_cmpstr (cards, ==, expected->pdata[i]);
      g_assert_cmpstr (collected.text, ==, kept.text);
      g_assert_true (weft_any_equal (collected.board, kept.board));
      shown_clear (&kept);
      shown_clear (&collected);
      /* What is gone makes no card wrong enough to fall over it. */
      g_free (list_cards_of_state (states[1]));
    }
}

static void
test_replicas (void)
{
  static const char *const names[N_PEERS] = { "Lina · laptop", "Otto · phone", "Mei · desk", NULL };
  guint n_rounds = g_getenv ("WEFT_TEST_LONG") != NULL ? 2000 : 40;
  g_autoptr(GString) input = g_string_new (NULL);
  g_autoptr(GPtrArray) expected = g_ptr_array_new_with_free_func (g_free);
  guint n_kinds[WEFT_CONFLICT_TIE + 1] = { 0 };
  guint n_cards = 0;

  for (guint round = 0; round < n_rounds; round++)
    {
      g_autoptr(GPtrArray) written = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
      Peer peers[N_PEERS];
      WeftPageId pages[N_PAGES];
      char *cards;

      for (guint i = 0; i < N_PEERS; i++)
        peer_init (&peers[i], names[i], written);
      for (guint i = 0; i < N_PAGES; i++)
        weft_notebook_doc_create_page (peers[0].notebook, i > 2 ? &pages[i - 2] : &weft_page_id_root, WEFT_PAGE_LAST,
                                       NULL, "p", 1000, &pages[i]);
      weft_text_insert (peers[0].text, 0, "one two three\nfour five six\n", -1, NULL);
      edit_board (&peers[0], 0);
      edit_board (&peers[0], 1);
      for (guint i = 1; i < N_PEERS; i++)
        meet (&peers[0], &peers[i], FALSE);

      for (guint i = 0; i < 70; i++)
        {
          do_something (peers, pages, i);
          /* What one replica found before, and keeps, changes nothing about what it finds later. */
          if (i % 7 == 0)
            {
              guint ignored[WEFT_CONFLICT_TIE + 1] = { 0 };

              g_free (list_cards (peers[0].doc, peers[0].notebook, ignored));
            }
        }
      for (guint i = 0; i < N_PEERS * 3; i++)
        meet (&peers[i % N_PEERS], &peers[(i + 1) % N_PEERS], FALSE);

      cards = list_cards (peers[0].doc, peers[0].notebook, n_kinds);
      g_ptr_array_add (expected, cards);
      for (guint i = 1; i < N_PEERS; i++)
        {
          guint ignored[WEFT_CONFLICT_TIE + 1] = { 0 };
          g_autofree char *theirs = list_cards (peers[i].doc, peers[i].notebook, ignored);

          g_assert_cmpstr (theirs, ==, cards);
        }
      for (guint i = 0; i < N_ORDERS; i++)
        {
          g_autofree char *theirs = NULL;

          shuffle (written);
          theirs = list_cards_of (written);
          g_assert_cmpstr (theirs, ==, cards);
        }
      append_line (input, written);

      for (guint i = 0; i < N_PEERS; i++)
        peer_clear (&peers[i]);
    }

  check_yjs (input->str, expected);
  for (guint i = 0; i < G_N_ELEMENTS (n_kinds); i++)
    {
      g_test_message ("kind %u: %u cards", i, n_kinds[i]);
      n_cards += n_kinds[i];
      /* The short run has too few for the rare ones. */
      g_assert_true (n_kinds[i] > 0 || n_rounds < 1000);
    }
  g_assert_cmpuint (n_cards, >, n_rounds);
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notebook/conflicts/replicas", test_replicas);

  return g_test_run ();
}
