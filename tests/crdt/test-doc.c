/* test-doc.c - editing, transactions, updates, events of one or two documents
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-doc.h"
#include "crdt/weft-type.h"

static void
assert_valid (WeftDoc *doc)
{
  g_autoptr(GError) error = NULL;

  weft_doc_validate (doc, &error);
  g_assert_no_error (error);
}

static void
assert_text (WeftType   *text,
             const char *expected)
{
  g_autofree char *string = weft_text_to_string (text);

  g_assert_cmpstr (string, ==, expected);
  assert_valid (weft_type_get_doc (text));
}

static void
apply (WeftDoc *doc,
       GBytes  *update)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (weft_doc_apply_update (doc, update, NULL, &error));
  g_assert_no_error (error);
  assert_valid (doc);
}

static void
collect_update_cb (WeftDoc      *doc,
                   GBytes       *update,
                   gconstpointer origin,
                   gboolean      local,
                   gpointer      user_data)
{
  g_ptr_array_add (user_data, g_bytes_ref (update));
}

static const WeftDocObserver collect_updates = { .update = collect_update_cb };

static GPtrArray *
new_updates (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
}

static void
test_text (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  WeftType *text = weft_doc_get_text (doc, "text");

  weft_text_insert (text, 0, "hello", -1, NULL);
  weft_text_insert (text, 5, " world", -1, NULL);
  assert_text (text, "hello world");
  weft_text_delete (text, 2, 3);
  assert_text (text, "he world");
  weft_text_insert (text, 2, "ar", -1, NULL);
  assert_text (text, "hear world");
  g_assert_cmpuint (weft_type_get_length (text), ==, 10);
}

/* A position inside a pair moves to its edge. */
static void
test_text_surrogates (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  WeftType *text = weft_doc_get_text (doc, "text");

  weft_text_insert (text, 0, "a😀b", -1, NULL);
  g_assert_cmpuint (weft_type_get_length (text), ==, 4);
  weft_text_insert (text, 2, "x", -1, NULL);
  assert_text (text, "ax😀b");
  weft_text_delete (text, 3, 1);
  assert_text (text, "axb");
}

static void
test_marks (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  WeftType *text = weft_doc_get_text (doc, "text");
  g_autoptr(WeftAny) bold = weft_any_from_json ("{\"bold\":true}", -1, NULL);
  g_autoptr(WeftAny) plain = weft_any_from_json ("{\"bold\":null}", -1, NULL);
  g_autoptr(WeftDelta) delta = NULL;
  g_autofree char *json = NULL;

  weft_text_insert (text, 0, "hello world", -1, NULL);
  weft_text_format (text, 0, 5, bold);
  weft_text_format (text, 3, 2, plain);
  weft_text_insert (text, 3, "!", -1, NULL);
  delta = weft_text_to_delta (text);
  json = weft_delta_to_json (delta);
  g_assert_cmpstr (json, ==,
                   "[{\"insert\":\"hel!\",\"attributes\":{\"bold\":true}},{\"insert\":\"lo world\"}]");
  assert_valid (doc);
}

static void
test_map_and_array (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  WeftType *map = weft_doc_get_map (doc, "map");
  WeftType *array = weft_map_set_type (map, "list", WEFT_KIND_ARRAY);
  g_autoptr(WeftAny) values = weft_any_from_json ("[1,\"two\",{\"three\":[3]}]", -1, NULL);
  g_autoptr(WeftAny) number = weft_any_new_number (7);
  g_autoptr(WeftAny) all = NULL;
  g_autofree char *json = NULL;

  weft_array_insert (array, 0, values);
  weft_array_insert (array, 1, values);
  weft_array_delete (array, 2, 3);
  weft_map_set (map, "a", number);
  weft_map_set (map, "b", number);
  weft_map_set (map, "a", values);
  weft_map_remove (map, "b");
  all = weft_type_to_any (map);
  json = weft_any_to_json (all);
  g_assert_cmpstr (json, ==,
                   "{\"list\":[1,1,{\"three\":[3]}],\"a\":[1,\"two\",{\"three\":[3]}]}");
  g_assert_cmpuint (weft_map_get_n_keys (map), ==, 2);
  assert_valid (doc);
}

/* Updates bring another document to the same state, in whatever order they come. */
static void
test_updates (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(WeftDoc) other = weft_doc_new ();
  g_autoptr(GPtrArray) updates = new_updates ();
  WeftType *text = weft_doc_get_text (doc, "text");
  g_autoptr(GBytes) state = NULL;
  g_autoptr(GBytes) other_state = NULL;

  weft_doc_add_observer (doc, &collect_updates, updates);
  weft_text_insert (text, 0, "abc", -1, NULL);
  weft_text_insert (text, 1, "xyz", -1, NULL);
  weft_text_delete (text, 0, 2);
  g_assert_cmpuint (updates->len, ==, 3);

  for (guint i = updates->len; i > 0; i--)
    {
      apply (other, g_ptr_array_index (updates, i - 1));
      g_assert_true (weft_doc_has_pending (other) == (i > 1));
    }
  assert_text (weft_doc_get_text (other, "text"), "yzbc");
  state = weft_doc_encode_state (doc);
  other_state = weft_doc_encode_state (other);
  g_assert_cmpmem (g_bytes_get_data (state, NULL), g_bytes_get_size (state),
                   g_bytes_get_data (other_state, NULL), g_bytes_get_size (other_state));
  g_assert_true (weft_doc_knows_update (other, g_ptr_array_index (updates, 0)));
}

/* A document that waits passes on what it waits with. */
static void
test_pending_is_encoded (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(WeftDoc) middle = weft_doc_new ();
  g_autoptr(WeftDoc) last = weft_doc_new ();
  g_autoptr(GPtrArray) updates = new_updates ();
  WeftType *text = weft_doc_get_text (doc, "text");
  g_autoptr(GBytes) state = NULL;

  weft_doc_add_observer (doc, &collect_updates, updates);
  weft_text_insert (text, 0, "abc", -1, NULL);
  weft_text_insert (text, 1, "xyz", -1, NULL);
  weft_text_delete (text, 0, 2);

  apply (middle, g_ptr_array_index (updates, 1));
  apply (middle, g_ptr_array_index (updates, 2));
  state = weft_doc_encode_state (middle);
  apply (last, state);
  apply (last, g_ptr_array_index (updates, 0));
  assert_text (weft_doc_get_text (last, "text"), "yzbc");
  g_assert_false (weft_doc_has_pending (last));
}

typedef struct
{
  char *delta;
  char *keys;
} Seen;

static void
see_transaction_cb (WeftDoc         *doc,
                    WeftTransaction *transaction,
                    gpointer         user_data)
{
  Seen *seen = user_data;

  g_clear_pointer (&seen->delta, g_free);
  g_clear_pointer (&seen->keys, g_free);
  for (gsize i = 0; i < weft_transaction_get_n_events (transaction); i++)
    {
      WeftEvent *event = weft_transaction_get_event (transaction, i);
      GString *keys = g_string_new (NULL);

      g_free (seen->delta);
      seen->delta = weft_delta_to_json (weft_event_get_delta (event));
      for (gsize j = 0; j < weft_event_get_n_keys (event); j++)
        {
          g_autoptr(WeftAny) old = weft_event_dup_old_value (event, j);
          g_autofree char *json = old != NULL ? weft_any_to_json (old) : g_strdup ("-");

          g_string_append_printf (keys, "%s:%s ", weft_event_get_key (event, j), json);
        }
      g_free (seen->keys);
      seen->keys = g_string_free (keys, FALSE);
    }
}

static void
test_events (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  WeftType *text = weft_doc_get_text (doc, "text");
  WeftType *map = weft_doc_get_map (doc, "map");
  g_autoptr(WeftAny) bold = weft_any_from_json ("{\"bold\":true}", -1, NULL);
  g_autoptr(WeftAny) one = weft_any_new_number (1);
  g_autoptr(WeftAny) two = weft_any_new_number (2);
  WeftDocObserver observer = { .transaction = see_transaction_cb };
  Seen seen = { NULL, NULL };

  weft_doc_add_observer (doc, &observer, &seen);
  weft_text_insert (text, 0, "hello", -1, NULL);
  g_assert_cmpstr (seen.delta, ==, "[{\"insert\":\"hello\"}]");
  weft_text_delete (text, 1, 2);
  g_assert_cmpstr (seen.delta, ==, "[{\"retain\":1},{\"delete\":2}]");
  weft_text_format (text, 1, 1, bold);
  g_assert_cmpstr (seen.delta, ==, "[{\"retain\":1},{\"retain\":1,\"attributes\":{\"bold\":true}}]");
  weft_text_insert (text, 2, "X", -1, NULL);
  g_assert_cmpstr (seen.delta, ==, "[{\"retain\":2},{\"insert\":\"X\",\"attributes\":{\"bold\":true}}]");

  weft_map_set (map, "k", one);
  g_assert_cmpstr (seen.keys, ==, "k:- ");
  weft_map_set (map, "k", two);
  g_assert_cmpstr (seen.keys, ==, "k:1 ");
  weft_map_remove (map, "k");
  g_assert_cmpstr (seen.keys, ==, "k:2 ");
  weft_doc_begin (doc, NULL);
  weft_map_set (map, "gone", two);
  weft_map_remove (map, "gone");
  weft_doc_commit (doc);
  g_assert_cmpstr (seen.keys, ==, "");
  g_free (seen.delta);
  g_free (seen.keys);
}

static void
edit_once_cb (WeftDoc         *doc,
              WeftTransaction *transaction,
              gpointer         user_data)
{
  gboolean *done = user_data;

  if (*done)
    return;
  *done = TRUE;
  weft_doc_begin (doc, NULL);
  weft_text_insert (weft_doc_get_text (doc, "text"), 0, ">", -1, NULL);
  weft_doc_commit (doc);
}

/* An observer may edit: that is a transaction of its own, with an update of its own. */
static void
test_edit_in_observer (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(WeftDoc) other = weft_doc_new ();
  g_autoptr(GPtrArray) updates = new_updates ();
  WeftDocObserver observer = { .transaction = edit_once_cb };
  gboolean done = FALSE;

  weft_doc_add_observer (doc, &observer, &done);
  weft_doc_add_observer (doc, &collect_updates, updates);
  weft_text_insert (weft_doc_get_text (doc, "text"), 0, "abc", -1, NULL);
  assert_text (weft_doc_get_text (doc, "text"), ">abc");
  g_assert_cmpuint (updates->len, ==, 2);
  for (guint i = 0; i < updates->len; i++)
    apply (other, g_ptr_array_index (updates, i));
  assert_text (weft_doc_get_text (other, "text"), ">abc");
}

/* Our own id in somebody else's hands: take another one. */
static void
test_stolen_client_id (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new_with_options (7, NULL);
  g_autoptr(WeftDoc) thief = weft_doc_new_with_options (7, NULL);
  g_autoptr(GBytes) state = NULL;

  weft_text_insert (weft_doc_get_text (thief, "text"), 0, "x", -1, NULL);
  state = weft_doc_encode_state (thief);
  apply (doc, state);
  g_assert_cmpuint (weft_doc_get_client_id (doc), !=, 7);
  weft_text_insert (weft_doc_get_text (doc, "text"), 1, "y", -1, NULL);
  assert_text (weft_doc_get_text (doc, "text"), "xy");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/crdt/doc/text", test_text);
  g_test_add_func ("/crdt/doc/text/surrogates", test_text_surrogates);
  g_test_add_func ("/crdt/doc/marks", test_marks);
  g_test_add_func ("/crdt/doc/map-and-array", test_map_and_array);
  g_test_add_func ("/crdt/doc/updates", test_updates);
  g_test_add_func ("/crdt/doc/pending-is-encoded", test_pending_is_encoded);
  g_test_add_func ("/crdt/doc/events", test_events);
  g_test_add_func ("/crdt/doc/edit-in-observer", test_edit_in_observer);
  g_test_add_func ("/crdt/doc/stolen-client-id", test_stolen_client_id);

  return g_test_run ();
}
