/* test-snapshot.c - what a document looked like, and what changed since
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Views are compared with a copy of the document that was made at the time. That the bytes and deltas
 * are those of Yjs is shown with real Yjs by tests/node/crdt/history.mjs and weft-doc.mjs.
 */

#include "config.h"

#include "crdt/weft-snapshot-view.h"
#include "support/test-seed.h"

#include <string.h>

static void
assert_same_delta (WeftDelta *a,
                   WeftDelta *b)
{
  g_autofree char *x = weft_delta_to_json (a);
  g_autofree char *y = weft_delta_to_json (b);

  g_assert_cmpstr (x, ==, y);
}

static void
collect_item_cb (guint64        index,
                 WeftId         id,
                 const WeftAny *value,
                 WeftType      *type,
                 gpointer       user_data)
{
  weft_any_array_take (user_data, type != NULL ? weft_type_to_any (type) : weft_any_ref ((WeftAny *) value));
}

static char *
print_array_at (WeftType           *array,
                const WeftSnapshot *at)
{
  g_autoptr(WeftAny) all = weft_any_new_array ();

  weft_array_foreach_at (array, at, collect_item_cb, all);

  return weft_any_to_json (all);
}

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static char *
print_map_at (WeftType           *map,
              const WeftSnapshot *at)
{
  g_autoptr(WeftAny) all = weft_any_new_object ();
  g_autoptr(GPtrArray) keys = weft_map_list_keys_at (map, at);

  g_ptr_array_sort (keys, compare_strings);
  for (guint i = 0; i < keys->len; i++)
    {
      const char *key = g_ptr_array_index (keys, i);
      WeftType *type;
      WeftAny *value = weft_map_get_at (map, key, at, &type);

      weft_any_object_take (all, key, type != NULL ? weft_any_new_string ("(type)") : value);
    }

  return weft_any_to_json (all);
}

typedef struct
{
  WeftSnapshot *snapshot;
  WeftDoc      *copy;
} Moment;

static void
clear_moment (gpointer data)
{
  Moment *moment = data;

  weft_snapshot_unref (moment->snapshot);
  weft_doc_free (moment->copy);
}

static void
note_moment (GArray  *moments,
             WeftDoc *doc)
{
  g_autoptr(GBytes) state = weft_doc_encode_state (doc);
  Moment moment = { weft_snapshot_new (doc), weft_doc_new () };

  g_assert_true (weft_doc_apply_update (moment.copy, state, NULL, NULL));
  weft_doc_get_text (moment.copy, "t");
  weft_doc_get_array (moment.copy, "a");
  weft_doc_get_map (moment.copy, "m");
  g_array_append_val (moments, moment);
}

static void
check_moment (WeftDoc      *doc,
              const Moment *moment)
{
  WeftType *text = weft_doc_get_text (doc, "t"), *old_text = weft_doc_get_text (moment->copy, "t");
  g_autoptr(WeftDelta) seen = weft_text_to_delta_at (text, moment->snapshot, NULL);
  g_autoptr(WeftDelta) expected = weft_text_to_delta (old_text);
  g_autofree char *string = weft_text_to_string_at (text, moment->snapshot);
  g_autofree char *expected_string = weft_text_to_string (old_text);
  g_autofree char *array = print_array_at (weft_doc_get_array (doc, "a"), moment->snapshot);
  g_autofree char *expected_array = print_array_at (weft_doc_get_array (moment->copy, "a"), NULL);
  g_autofree char *map = print_map_at (weft_doc_get_map (doc, "m"), moment->snapshot);
  g_autofree char *expected_map = print_map_at (weft_doc_get_map (moment->copy, "m"), NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftDoc) restored = weft_doc_new_from_snapshot (doc, moment->snapshot, 1, NULL, &error);
  g_autoptr(GBytes) restored_state = NULL, copy_state = NULL;

  assert_same_delta (seen, expected);
  g_assert_cmpstr (string, ==, expected_string);
  g_assert_cmpstr (array, ==, expected_array);
  g_assert_cmpstr (map, ==, expected_map);

  g_assert_no_error (error);
  g_assert_true (weft_doc_validate (restored, &error));
  restored_state = weft_doc_encode_snapshot (restored, WEFT_UPDATE_V2);
  copy_state = weft_snapshot_encode (moment->snapshot, WEFT_UPDATE_V2);
  g_assert_true (g_bytes_equal (restored_state, copy_state));
}

typedef struct
{
  const WeftSnapshot *at, *before;
  guint64             n_units;
} Tally;

static gboolean
tally_cb (const WeftPiece *piece,
          gpointer         user_data)
{
  Tally *tally = user_data;

  g_assert_true (piece->change != WEFT_PIECE_KEPT);
  for (guint64 i = 0; i < piece->length; i++)
    {
      WeftId id = { piece->id.client, piece->id.clock + i };

      g_assert_cmpint (weft_snapshot_shows (tally->at, id), ==, piece->change == WEFT_PIECE_ADDED);
      g_assert_cmpint (weft_snapshot_shows (tally->before, id), ==, piece->change == WEFT_PIECE_REMOVED);
      tally->n_units++;
    }

  return TRUE;
}

/* Each unit that only one of two moments shows is told, and told once. */
static void
check_changes (WeftDoc      *doc,
               const Moment *before,
               const Moment *at)
{
  const WeftStateVector *a = weft_snapshot_get_state_vector (before->snapshot);
  const WeftStateVector *b = weft_snapshot_get_state_vector (at->snapshot);
  Tally tally = { at->snapshot, before->snapshot, 0 };
  guint64 expected = 0;

  weft_doc_foreach_change (doc, at->snapshot, before->snapshot, tally_cb, &tally);
  for (WeftClientId client = 1; client <= 2; client++)
    {
      WeftClock end = MAX (weft_state_vector_get (a, client), weft_state_vector_get (b, client));

      for (WeftClock clock = 0; clock < end; clock++)
        {
          WeftId id = { client, clock };

          expected += weft_snapshot_shows (at->snapshot, id) != weft_snapshot_shows (before->snapshot, id);
        }
    }
  g_assert_cmpuint (tally.n_units, ==, expected);
}

static void
edit (WeftDoc *doc)
{
  static const char *const words[] = { "Hello ", "w\303\266rld", "\360\237\230\200", "x" };
  static const char *const keys[] = { "a", "b", "c" };
  WeftType *text = weft_doc_get_text (doc, "t"), *array = weft_doc_get_array (doc, "a"),
           *map = weft_doc_get_map (doc, "m");
  guint64 length = weft_type_get_length (text), n = weft_type_get_length (array);
  guint64 at = g_test_rand_int_range (0, length + 1), index = g_test_rand_int_range (0, n + 1);
  g_autoptr(WeftAny) marks = weft_any_new_object (), values = weft_any_new_array (),
                     value = weft_any_new_number (g_test_rand_int_range (0, 100));

  weft_any_object_take (marks, "bold", g_test_rand_bit () ? weft_any_new_boolean (TRUE) : weft_any_new_null ());
  for (int i = g_test_rand_int_range (1, 4); i > 0; i--)
    weft_any_array_take (values, weft_any_new_number (g_test_rand_int_range (0, 100)));
  switch (g_test_rand_int_range (0, 9))
    {
    case 0:
    case 1:
      weft_text_insert (text, at, words[g_test_rand_int_range (0, G_N_ELEMENTS (words))], -1, NULL);
      break;
    case 2:
      weft_text_delete (text, at, g_test_rand_int_range (1, 6));
      break;
    case 3:
      weft_text_format (text, at, g_test_rand_int_range (1, 6), marks);
      break;
    case 4:
      weft_text_insert_embed (text, at, value, NULL);
      break;
    case 5:
      weft_array_insert (array, index, values);
      break;
    case 6:
      weft_array_delete (array, index, g_test_rand_int_range (1, 4));
      break;
    case 7:
      weft_map_set (map, keys[g_test_rand_int_range (0, 3)], value);
      break;
    default:
      weft_map_remove (map, keys[g_test_rand_int_range (0, 3)]);
    }
}

static void
test_random (void)
{
  for (guint round = 0; round < 60; round++)
    {
      g_autoptr(WeftDoc) a = weft_doc_new_with_options (1, NULL), b = weft_doc_new_with_options (2, NULL);
      g_autoptr(GArray) moments = g_array_new (FALSE, FALSE, sizeof (Moment));

      g_array_set_clear_func (moments, clear_moment);
      note_moment (moments, a);
      for (guint step = 0; step < 60; step++)
        {
          edit (g_test_rand_bit () ? a : b);
          if (g_test_rand_int_range (0, 4) == 0)
            {
              WeftDoc *from = g_test_rand_bit () ? a : b;
              g_autoptr(GBytes) state = weft_doc_encode_state (from);

              g_assert_true (weft_doc_apply_update (from == a ? b : a, state, NULL, NULL));
            }
          if (g_test_rand_int_range (0, 8) == 0)
            note_moment (moments, a);
        }
      note_moment (moments, a);
      for (guint i = 0; i < moments->len; i++)
        {
          const Moment *one = &g_array_index (moments, Moment, i);
          const Moment *other = &g_array_index (moments, Moment, g_test_rand_int_range (0, moments->len));

          check_moment (a, one);
          check_changes (a, one, other);
        }
    }
}

static void
test_difference (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new_with_options (1, NULL), other = weft_doc_new_with_options (2, NULL);
  WeftType *text = weft_doc_get_text (doc, "t");
  g_autoptr(WeftSnapshot) before = NULL, at = NULL;
  g_autoptr(GBytes) state = NULL, back = NULL;
  g_autoptr(WeftDelta) delta = NULL, now = NULL;
  g_autofree char *json = NULL, *now_json = NULL;

  weft_text_insert (text, 0, "Hello world", -1, NULL);
  before = weft_snapshot_new (doc);
  state = weft_doc_encode_state (doc);
  g_assert_true (weft_doc_apply_update (other, state, NULL, NULL));
  weft_text_insert (weft_doc_get_text (other, "t"), 5, ",", -1, NULL);
  back = weft_doc_encode_state (other);
  g_assert_true (weft_doc_apply_update (doc, back, NULL, NULL));
  weft_text_delete (text, 9, 3);
  at = weft_snapshot_new (doc);
  weft_text_insert (text, 0, "Later: ", -1, NULL);

  delta = weft_text_to_delta_at (text, at, before);
  json = weft_delta_to_json (delta);
  g_assert_cmpstr (json, ==,
                   "[{\"insert\":\"Hello\"},"
                   "{\"insert\":\",\",\"attributes\":{\"ychange\":{\"user\":2,\"type\":\"added\"}}},"
                   "{\"insert\":\" wo\"},"
                   "{\"insert\":\"rld\",\"attributes\":{\"ychange\":{\"user\":1,\"type\":\"removed\"}}}]");
  now = weft_text_to_delta_at (text, NULL, at);
  now_json = weft_delta_to_json (now);
  g_assert_cmpstr (now_json, ==,
                   "[{\"insert\":\"Later: \",\"attributes\":{\"ychange\":{\"user\":1,\"type\":\"added\"}}},"
                   "{\"insert\":\"Hello, wo\"}]");
}

static gboolean
count_piece_cb (const WeftPiece *piece,
                gpointer         user_data)
{
  guint *counts = user_data;

  counts[piece->change]++;
  g_assert_cmpstr (piece->key, ==, "k");
  if (piece->change == WEFT_PIECE_REMOVED)
    {
      g_autoptr(WeftAny) value = weft_piece_dup_value (piece, 0);

      g_assert_cmpstr (weft_any_get_string (value), ==, "old");
    }

  return TRUE;
}

static void
test_map_difference (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new_with_options (1, NULL);
  WeftType *map = weft_doc_get_map (doc, "m");
  g_autoptr(WeftAny) old = weft_any_new_string ("old"), new = weft_any_new_string ("new");
  g_autoptr(WeftSnapshot) before = NULL;
  guint counts[3] = { 0 };

  weft_map_set (map, "k", old);
  before = weft_snapshot_new (doc);
  weft_map_set (map, "k", new);
  weft_map_foreach_piece (map, NULL, before, count_piece_cb, counts);
  g_assert_cmpuint (counts[WEFT_PIECE_KEPT], ==, 0);
  g_assert_cmpuint (counts[WEFT_PIECE_ADDED], ==, 1);
  g_assert_cmpuint (counts[WEFT_PIECE_REMOVED], ==, 1);
}

static void
test_codec (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(WeftSnapshot) snapshot = NULL, empty = weft_snapshot_new_empty ();
  g_autoptr(GBytes) update = NULL;

  for (guint i = 0; i < 200; i++)
    edit (doc);
  snapshot = weft_snapshot_new (doc);
  update = weft_doc_encode_state (doc);
  g_assert_true (weft_snapshot_contains_update (snapshot, update, WEFT_UPDATE_V1, NULL));
  g_assert_false (weft_snapshot_contains_update (empty, update, WEFT_UPDATE_V1, NULL));
  g_assert_false (weft_snapshot_equal (snapshot, empty));
  for (WeftUpdateFormat format = WEFT_UPDATE_V1; format <= WEFT_UPDATE_V2; format++)
    {
      g_autoptr(GBytes) bytes = weft_snapshot_encode (snapshot, format);
      g_autoptr(GError) error = NULL;
      g_autoptr(WeftSnapshot) again = weft_snapshot_decode (bytes, format, &error);

      g_assert_no_error (error);
      g_assert_true (weft_snapshot_equal (snapshot, again));
      for (gsize n = 0; n < g_bytes_get_size (bytes); n++)
        {
          g_autoptr(GBytes) part = g_bytes_new_from_bytes (bytes, 0, n);
          g_autoptr(GError) cut = NULL;

          g_assert_null (weft_snapshot_decode (part, format, &cut));
          g_assert_nonnull (strstr (cut->message, " at byte "));
        }
    }
}

/* A snapshot of another document. */
static void
test_foreign (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new_with_options (1, NULL), other = weft_doc_new_with_options (2, NULL);
  g_autoptr(WeftSnapshot) snapshot = NULL;
  g_autoptr(GError) error = NULL;

  weft_text_insert (weft_doc_get_text (other, "t"), 0, "x", -1, NULL);
  snapshot = weft_snapshot_new (other);
  g_assert_false (weft_snapshot_is_of (snapshot, doc));
  g_assert_null (weft_doc_new_from_snapshot (doc, snapshot, 3, NULL, &error));
  g_assert_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_MALFORMED);
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/crdt/snapshot/every-moment-is-seen-as-it-was", test_random);
  g_test_add_func ("/crdt/snapshot/difference-tells-who-added-and-whose-was-removed", test_difference);
  g_test_add_func ("/crdt/snapshot/difference-of-a-map", test_map_difference);
  g_test_add_func ("/crdt/snapshot/bytes-there-and-back", test_codec);
  g_test_add_func ("/crdt/snapshot/of-another-document", test_foreign);

  return g_test_run ();
}
