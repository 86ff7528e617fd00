/* test-undo.c - what an undo manager takes back, and what it leaves
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * That undoing writes what Yjs writes is shown by test-history.c.
 */

#include "config.h"

#include "crdt/weft-type.h"
#include "crdt/weft-undo.h"

static const char other_origin[] = "other";

typedef struct
{
  WeftDoc         *doc;
  WeftType        *text;
  WeftType        *map;
  WeftUndoManager *undo;
  gint64           now;
  guint            n_changed;
} Fixture;

static gint64
now_cb (gpointer user_data)
{
  return ((Fixture *) user_data)->now;
}

static void
changed_cb (gpointer user_data)
{
  ((Fixture *) user_data)->n_changed++;
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  fixture->doc = weft_doc_new ();
  fixture->text = weft_doc_get_text (fixture->doc, "text");
  fixture->map = weft_doc_get_map (fixture->doc, "map");
  fixture->now = 1000;
  fixture->undo = weft_undo_manager_new (fixture->doc, &fixture->text, 1, 500, now_cb, fixture);
  weft_undo_manager_set_changed (fixture->undo, changed_cb, fixture);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  g_autoptr(GError) error = NULL;

  weft_doc_validate (fixture->doc, &error);
  g_assert_no_error (error);
  weft_undo_manager_free (fixture->undo);
  weft_doc_free (fixture->doc);
}

static void
assert_text (Fixture    *fixture,
             const char *expected)
{
  g_autofree char *text = weft_text_to_string (fixture->text);

  g_assert_cmpstr (text, ==, expected);
}

static void
type_at_end (Fixture    *fixture,
             const char *text)
{
  weft_text_insert (fixture->text, weft_type_get_length (fixture->text), text, -1, NULL);
}

/* Edits within the time-out are one step. */
static void
test_capture (Fixture      *fixture,
              gconstpointer data)
{
  type_at_end (fixture, "a");
  fixture->now += 499;
  type_at_end (fixture, "b");
  fixture->now += 500;
  type_at_end (fixture, "c");
  weft_undo_manager_stop_capturing (fixture->undo);
  type_at_end (fixture, "d");

  g_assert_true (weft_undo_manager_undo (fixture->undo));
  assert_text (fixture, "abc");
  g_assert_true (weft_undo_manager_undo (fixture->undo));
  assert_text (fixture, "ab");
  g_assert_true (weft_undo_manager_redo (fixture->undo));
  assert_text (fixture, "abc");
  g_assert_true (weft_undo_manager_undo (fixture->undo));
  g_assert_true (weft_undo_manager_undo (fixture->undo));
  assert_text (fixture, "");
  g_assert_false (weft_undo_manager_can_undo (fixture->undo));
  g_assert_true (weft_undo_manager_can_redo (fixture->undo));
  g_assert_false (weft_undo_manager_undo (fixture->undo));
  g_assert_cmpuint (fixture->n_changed, >, 0);
}

/* What others write stays, and is not taken back. */
static void
test_others_stay (Fixture      *fixture,
                  gconstpointer data)
{
  type_at_end (fixture, "mine ");
  weft_doc_begin (fixture->doc, other_origin);
  type_at_end (fixture, "theirs");
  weft_doc_commit (fixture->doc);

  g_assert_true (weft_undo_manager_undo (fixture->undo));
  assert_text (fixture, "theirs");
  g_assert_false (weft_undo_manager_can_undo (fixture->undo));
  g_assert_true (weft_undo_manager_redo (fixture->undo));
  assert_text (fixture, "mine theirs");
}

static void
test_tracked_origin (Fixture      *fixture,
                     gconstpointer data)
{
  weft_undo_manager_track (fixture->undo, other_origin);
  weft_doc_begin (fixture->doc, other_origin);
  type_at_end (fixture, "x");
  weft_doc_commit (fixture->doc);
  g_assert_true (weft_undo_manager_undo (fixture->undo));
  assert_text (fixture, "");
}

static void
test_scope (Fixture      *fixture,
            gconstpointer data)
{
  g_autoptr(WeftAny) value = weft_any_new_number (1);

  weft_map_set (fixture->map, "k", value);
  g_assert_false (weft_undo_manager_can_undo (fixture->undo));
  weft_undo_manager_add_scope (fixture->undo, fixture->map);
  weft_map_remove (fixture->map, "k");
  g_assert_true (weft_undo_manager_undo (fixture->undo));
  g_assert_true (weft_map_has (fixture->map, "k"));
}

/* A new edit makes what was undone unreachable. */
static void
test_edit_ends_redo (Fixture      *fixture,
                     gconstpointer data)
{
  type_at_end (fixture, "a");
  weft_undo_manager_undo (fixture->undo);
  g_assert_true (weft_undo_manager_can_redo (fixture->undo));
  type_at_end (fixture, "b");
  g_assert_false (weft_undo_manager_can_redo (fixture->undo));
  weft_undo_manager_clear (fixture->undo);
  g_assert_false (weft_undo_manager_can_undo (fixture->undo));
  assert_text (fixture, "b");
}

/* Deleting a type and undoing that brings its content back. */
static void
test_nested (Fixture      *fixture,
             gconstpointer data)
{
  g_autoptr(WeftAny) value = weft_any_new_number (7);
  g_autoptr(WeftAny) all = NULL;
  g_autofree char *json = NULL;
  WeftType *inner;

  weft_undo_manager_add_scope (fixture->undo, fixture->map);
  inner = weft_map_set_type (fixture->map, "inner", WEFT_KIND_MAP);
  weft_map_set (inner, "n", value);
  weft_text_insert (weft_map_set_type (inner, "t", WEFT_KIND_TEXT), 0, "text", -1, NULL);
  weft_undo_manager_stop_capturing (fixture->undo);
  weft_map_remove (fixture->map, "inner");
  g_assert_true (weft_type_is_deleted (inner));
  g_assert_true (weft_undo_manager_undo (fixture->undo));
  all = weft_type_to_any (fixture->map);
  json = weft_any_to_json (all);
  g_assert_cmpstr (json, ==, "{\"inner\":{\"n\":7,\"t\":\"text\"}}");
}

/* The manager outlives its document harmlessly. */
static void
test_document_goes_first (void)
{
  Fixture fixture = { 0 };

  set_up (&fixture, NULL);
  type_at_end (&fixture, "x");
  weft_doc_free (fixture.doc);
  g_assert_false (weft_undo_manager_undo (fixture.undo));
  weft_undo_manager_free (fixture.undo);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add ("/crdt/undo/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("capture", test_capture);
  ADD ("others-stay", test_others_stay);
  ADD ("tracked-origin", test_tracked_origin);
  ADD ("scope", test_scope);
  ADD ("edit-ends-redo", test_edit_ends_redo);
  ADD ("nested", test_nested);
#undef ADD
  g_test_add_func ("/crdt/undo/document-goes-first", test_document_goes_first);

  return g_test_run ();
}
