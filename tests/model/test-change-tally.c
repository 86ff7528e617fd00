/* test-change-tally.c - changes that wait are counted as a person counts them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/weft-change-tally.h"

#include "crdt/weft-type.h"
#include "notebook/weft-op.h"

typedef struct
{
  WeftDoc         *doc;
  WeftDoc         *other;
  WeftChangeTally *tally;
  guint            observer;
} Scene;

static void
transaction_cb (WeftDoc         *doc,
                WeftTransaction *transaction,
                gpointer         user_data)
{
  weft_change_tally_note (((Scene *) user_data)->tally, transaction);
}

static void
send_all (WeftDoc *from,
          WeftDoc *to)
{
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (to);
  g_autoptr(GBytes) update = weft_doc_encode_diff (from, state);
  g_autoptr(GError) error = NULL;

  g_assert_true (weft_doc_apply_update (to, update, NULL, &error));
  g_assert_no_error (error);
}

static WeftType *
get_note (WeftDoc *doc)
{
  return weft_doc_get_text (doc, "quill");
}

/* A note of some lines that both have, and nothing waits. */
static void
set_up (Scene        *scene,
        gconstpointer data)
{
  static const WeftDocObserver observer = { .transaction = transaction_cb };

  scene->doc = weft_doc_new ();
  scene->other = weft_doc_new ();
  weft_text_insert (get_note (scene->doc), 0, "We meet on Monday\nBring tea\nLast line\n", -1, NULL);
  send_all (scene->doc, scene->other);
  scene->tally = weft_change_tally_new (scene->doc);
  scene->observer = weft_doc_add_observer (scene->doc, &observer, scene);
}

static void
tear_down (Scene        *scene,
           gconstpointer data)
{
  weft_doc_remove_observer (scene->doc, scene->observer);
  weft_change_tally_free (scene->tally);
  weft_doc_free (scene->other);
  weft_doc_free (scene->doc);
}

static void
type_letters (Scene      *scene,
              guint64     place,
              const char *letters)
{
  for (guint i = 0; letters[i] != '\0'; i++)
    weft_text_insert (get_note (scene->doc), place + i, letters + i, 1, NULL);
}

static void
assert_n (Scene *scene,
          guint  n)
{
  g_assert_cmpuint (weft_change_tally_get_n (scene->tally), ==, n);
}

static void
test_letters (Scene        *scene,
              gconstpointer data)
{
  type_letters (scene, 18, "ten letters");
  assert_n (scene, 1);
  for (guint i = 0; i < 8; i++)
    weft_text_delete (get_note (scene->doc), 28 - i, 1);
  assert_n (scene, 1);
  weft_change_tally_clear (scene->tally);
  assert_n (scene, 0);
}

/* A line is one place; lines that nobody touched part two of them, unless what is between is filled. */
static void
test_lines (Scene        *scene,
            gconstpointer data)
{
  type_letters (scene, 0, "So ");
  type_letters (scene, 20, "!");
  assert_n (scene, 1);
  type_letters (scene, 34, "!");
  assert_n (scene, 2);
  weft_text_delete (get_note (scene->doc), 21, 5);
  assert_n (scene, 2);
  weft_text_delete (get_note (scene->doc), 21, 8);
  assert_n (scene, 1);
}

static void
test_marks (Scene        *scene,
            gconstpointer data)
{
  g_autoptr(WeftAny) bold = weft_any_from_json ("{\"bold\":true}", -1, NULL);

  weft_text_format (get_note (scene->doc), 3, 4, bold);
  assert_n (scene, 1);
  type_letters (scene, 7, "s");
  assert_n (scene, 1);
}

/* What others do moves the passages, and is none. */
static void
test_others (Scene        *scene,
             gconstpointer data)
{
  type_letters (scene, 27, ", cake");
  assert_n (scene, 1);
  weft_text_insert (get_note (scene->other), 0, "Somebody else adds a long line here\n", -1, NULL);
  weft_text_delete (get_note (scene->other), 36, 8);
  send_all (scene->other, scene->doc);
  assert_n (scene, 1);
  type_letters (scene, 61, " and milk");
  assert_n (scene, 1);
  type_letters (scene, 0, "!");
  assert_n (scene, 2);
}

/* All of it taken away by somebody else leaves one place, not many. */
static void
test_all_removed (Scene        *scene,
                  gconstpointer data)
{
  type_letters (scene, 0, "a");
  type_letters (scene, 19, "b");
  send_all (scene->doc, scene->other);
  weft_text_delete (get_note (scene->other), 0, weft_type_get_length (get_note (scene->other)));
  send_all (scene->other, scene->doc);
  type_letters (scene, 0, "c");
  assert_n (scene, 1);
}

static void
test_board (Scene        *scene,
            gconstpointer data)
{
  WeftType *board = weft_doc_get_map (scene->doc, "board");
  WeftType *box = weft_map_set_type (board, "box", WEFT_KIND_MAP);
  WeftType *text = weft_map_set_type (box, "text", WEFT_KIND_TEXT);

  for (guint i = 0; i < 10; i++)
    {
      g_autoptr(WeftAny) x = weft_any_new_number (i);

      weft_map_set (box, "x", x);
      weft_text_insert (text, 0, "x", -1, NULL);
    }
  assert_n (scene, 1);
  weft_map_set_type (board, "circle", WEFT_KIND_MAP);
  assert_n (scene, 2);
  weft_map_remove (board, "box");
  assert_n (scene, 2);
  {
    g_autoptr(WeftAny) grid = weft_any_new_boolean (TRUE);

    weft_map_set (weft_doc_get_map (scene->doc, "meta"), "grid", grid);
  }
  assert_n (scene, 3);
}

static void
add_op (Scene  *scene,
        WeftOp *op)
{
  g_autoptr(GPtrArray) ops = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_op_free);
  g_autoptr(WeftAny) values = weft_any_new_array ();
  g_autoptr(GBytes) packed = NULL;

  g_ptr_array_add (ops, op);
  packed = weft_op_pack (ops);
  weft_any_array_take (values, weft_any_new_bytes (packed));
  weft_array_insert (weft_doc_get_array (scene->doc, "ops"), 0, values);
}

static void
test_pages (Scene        *scene,
            gconstpointer data)
{
  WeftPageId one = { { 1 } }, two = { { 2 } }, root = { { 0 } };

  add_op (scene, weft_op_new_move (1, &one, &root, "a"));
  add_op (scene, weft_op_new_set (2, &one, "title", weft_any_new_string ("Plan")));
  assert_n (scene, 1);
  add_op (scene, weft_op_new_move (3, &two, &root, "b"));
  assert_n (scene, 2);
}

/* What Weft notes by itself, and what is no op at all, counts nothing. */
static void
test_own_notes (Scene        *scene,
                gconstpointer data)
{
  g_autoptr(WeftAny) nonce = weft_any_new_number (5);
  g_autoptr(WeftAny) values = weft_any_from_json ("[1, \"x\", [2]]", -1, NULL);

  weft_map_set (weft_doc_get_map (scene->doc, "edited"), "page", nonce);
  weft_map_set_type (weft_doc_get_map (scene->doc, "users"), "Ana", WEFT_KIND_MAP);
  weft_array_insert (weft_doc_get_array (scene->doc, "stretches"), 0, values);
  weft_array_insert (weft_doc_get_array (scene->doc, "ops"), 0, values);
  assert_n (scene, 0);
}

/* Random edits of both: passages stay within the text, in order and apart; a naive count agrees. */
static void
test_random (Scene        *scene,
             gconstpointer data)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (11);
  guint most = 0;

  for (guint round = 0; round < 400; round++)
    {
      WeftDoc *doc = g_rand_boolean (random) ? scene->doc : scene->other;
      guint64 length = weft_type_get_length (get_note (doc));
      guint64 place = (guint64) g_rand_int_range (random, 0, (gint32) length + 1);
      guint64 n = MIN (length - place, (guint64) g_rand_int_range (random, 0, 6));

      if (n > 0 && g_rand_int_range (random, 0, 3) == 0)
        weft_text_delete (get_note (doc), place, n);
      else
        weft_text_insert (get_note (doc), place, g_rand_boolean (random) ? "ab" : "😀\n", -1, NULL);
      if (g_rand_int_range (random, 0, 5) == 0)
        {
          send_all (scene->doc, scene->other);
          send_all (scene->other, scene->doc);
        }
      if (g_rand_int_range (random, 0, 60) == 0)
        weft_change_tally_clear (scene->tally);
      {
        g_autofree char *text = weft_text_to_string (get_note (scene->doc));
        guint n_lines = 1;

        for (const char *p = text; *p != '\0'; p++)
          n_lines += *p == '\n';
        most = MAX (most, weft_change_tally_get_n (scene->tally));
        /* No line has two passages: all are shorter than what parts them. */
        g_assert_cmpuint (weft_change_tally_get_n (scene->tally), <=, n_lines);
      }
    }
  g_assert_cmpuint (most, >, 3);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Scene, NULL, set_up, func, tear_down)
  ADD ("/model/change-tally/letters", test_letters);
  ADD ("/model/change-tally/lines", test_lines);
  ADD ("/model/change-tally/marks", test_marks);
  ADD ("/model/change-tally/others", test_others);
  ADD ("/model/change-tally/all-removed", test_all_removed);
  ADD ("/model/change-tally/board", test_board);
  ADD ("/model/change-tally/pages", test_pages);
  ADD ("/model/change-tally/own-notes", test_own_notes);
  ADD ("/model/change-tally/random", test_random);
#undef ADD

  return g_test_run ();
}
