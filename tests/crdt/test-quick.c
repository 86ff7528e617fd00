/* test-quick.c - the short ways against the general one, on long texts and arrays
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The same edits of a text or an array are made in a document that nobody watches, which takes the short
 * ways, and in one whose transactions are watched, which takes the general one. Their updates, and what two
 * listeners make of these, are equal to the byte. Texts grow until leaves and chunks are split, and shrink
 * until the text of a client is compacted.
 */

#include "config.h"

#include "crdt/weft-doc.h"
#include "crdt/weft-type.h"

#define N_WRITERS 2

static const char value_bytes[] = "some bytes of a value that is no text";

static void
watch_cb (WeftDoc         *doc,
          WeftTransaction *transaction,
          gpointer         user_data)
{
}

static void
collect_cb (WeftDoc      *doc,
            const guint8 *data,
            gsize         size,
            gconstpointer origin,
            gboolean      local,
            gpointer      user_data)
{
  if (local)
    g_ptr_array_add (user_data, g_bytes_new (data, size));
}

typedef struct
{
  WeftDoc   *quick, *general;
  GPtrArray *updates, *expected; /* the first is NULL where nobody is told of what @quick does */
  guint64    caret;
} Writer;

static const WeftDocObserver watcher = { .transaction = watch_cb };
static const WeftDocObserver collector = { .update_data = collect_cb };

static void
begin_writer (Writer  *writer,
              guint    i,
              gboolean gc,
              gboolean told)
{
  const WeftDocOptions options = { .gc = gc };

  writer->quick = weft_doc_new_with_options (1000000007 + i, &options);
  writer->general = weft_doc_new_with_options (1000000007 + i, &options);
  writer->updates = told ? g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref) : NULL;
  writer->expected = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  writer->caret = 0;
  if (told)
    weft_doc_add_observer (writer->quick, &collector, writer->updates);
  weft_doc_add_observer (writer->general, &watcher, NULL);
  weft_doc_add_observer (writer->general, &collector, writer->expected);
}

static void
end_writer (Writer *writer)
{
  weft_doc_free (writer->quick);
  weft_doc_free (writer->general);
  g_clear_pointer (&writer->updates, g_ptr_array_unref);
  g_ptr_array_unref (writer->expected);
}

static void
edit (Writer  *writer,
      GRand   *rand,
      gboolean wide,
      guint    deletions)
{
  WeftType *texts[] = { weft_doc_get_text (writer->quick, "t"), weft_doc_get_text (writer->general, "t") };
  guint64 length = weft_type_get_length (texts[0]);
  gboolean removes = length > 0 && (guint) g_rand_int_range (rand, 0, 100) < deletions;
  guint n = g_rand_int_range (rand, 0, 10) > 0 ? 1 : 1 + g_rand_int_range (rand, 0, 30);
  g_autoptr(GString) string = g_string_new (NULL);

  if (g_rand_int_range (rand, 0, 3) == 0 || writer->caret > length)
    writer->caret = g_rand_int_range (rand, 0, length + 1);
  for (guint i = 0; i < n && !removes; i++)
    g_string_append (string, wide && g_rand_int_range (rand, 0, 4) == 0 ? (i % 2 == 0 ? "ü" : "字😀") : "x");
  if (removes && g_rand_boolean (rand))
    writer->caret -= MIN (writer->caret, n);

  for (guint i = 0; i < 2; i++)
    {
      if (removes)
        weft_text_delete (texts[i], writer->caret, n);
      else
        weft_text_insert (texts[i], writer->caret, string->str, string->len, NULL);
    }
  writer->caret += removes ? 0 : weft_type_get_length (texts[0]) - length;
}

static WeftAny *
make_value (GRand *rand)
{
  g_autoptr(GBytes) bytes = NULL;
  WeftAny *value;

  switch (g_rand_int_range (rand, 0, 9))
    {
    case 0:
      return weft_any_new_string ("of more than one unit: ü字😀");
    case 1:
      bytes = g_bytes_new (value_bytes, g_rand_int_range (rand, 0, sizeof value_bytes));
      return weft_any_new_bytes (bytes);
    case 2:
      value = weft_any_new_object ();
      weft_any_object_take (value, "b", weft_any_new_boolean (TRUE));
      weft_any_object_take (value, "a", weft_any_new_null ());
      return value;
    case 3:
      value = weft_any_new_array ();
      for (int n = g_rand_int_range (rand, 0, 40); n > 0; n--)
        weft_any_array_take (value, weft_any_new_number (n / 4.0));
      return value;
    default:
      return weft_any_new_number (g_rand_int (rand));
    }
}

/* Values, and now and then a type, are put into an array or taken out of it. */
static void
edit_array (Writer *writer,
            GRand  *rand,
            guint   deletions)
{
  WeftType *arrays[] = { weft_doc_get_array (writer->quick, "a"), weft_doc_get_array (writer->general, "a") };
  guint64 length = weft_type_get_length (arrays[0]);
  gboolean removes = length > 0 && (guint) g_rand_int_range (rand, 0, 100) < deletions;
  gboolean holds_type = g_rand_int_range (rand, 0, 30) == 0;
  guint n = g_rand_int_range (rand, 0, 6) > 0 ? 1 : 1 + g_rand_int_range (rand, 0, 9);
  g_autoptr(WeftAny) values = weft_any_new_array ();

  if (g_rand_boolean (rand) || writer->caret > length)
    writer->caret = g_rand_int_range (rand, 0, length + 1);
  if (removes && g_rand_boolean (rand))
    writer->caret -= MIN (writer->caret, n);
  for (guint i = 0; i < n && !removes; i++)
    weft_any_array_take (values, make_value (rand));

  for (guint i = 0; i < 2; i++)
    {
      if (removes)
        weft_array_delete (arrays[i], writer->caret, n);
      else if (holds_type)
        weft_array_insert_type (arrays[i], writer->caret, WEFT_KIND_MAP);
      else
        weft_array_insert (arrays[i], writer->caret, values);
    }
  writer->caret += removes ? 0 : weft_type_get_length (arrays[0]) - length;
}

static void
assert_equal (WeftDoc *a,
              WeftDoc *b)
{
  g_autoptr(GBytes) state_a = weft_doc_encode_state (a), state_b = weft_doc_encode_state (b);
  g_autoptr(GError) error = NULL;

  g_assert_true (g_bytes_equal (state_a, state_b));
  weft_doc_validate (a, &error);
  g_assert_no_error (error);
  weft_doc_validate (b, &error);
  g_assert_no_error (error);
}

static void
apply (WeftDoc *doc,
       GBytes  *update)
{
  g_autoptr(GError) error = NULL;
  gboolean applied = weft_doc_apply_update (doc, update, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (applied);
}

/* What each writer did reaches the other and the listeners. */
static void
exchange (Writer  *writers,
          WeftDoc *quick,
          WeftDoc *general)
{
  for (guint i = 0; i < N_WRITERS; i++)
    {
      Writer *writer = &writers[i];
      Writer *other = &writers[1 - i];

      if (writer->updates != NULL)
        g_assert_cmpuint (writer->updates->len, ==, writer->expected->len);
      for (guint j = 0; j < writer->expected->len; j++)
        {
          GBytes *update = g_ptr_array_index (writer->expected, j);

          if (writer->updates != NULL)
            g_assert_true (g_bytes_equal (update, g_ptr_array_index (writer->updates, j)));
          apply (quick, update);
          apply (general, update);
        }
      for (guint j = 0; j < writer->expected->len; j++)
        {
          apply (other->quick, g_ptr_array_index (writer->expected, j));
          apply (other->general, g_ptr_array_index (writer->expected, j));
        }
    }
  for (guint i = 0; i < N_WRITERS; i++)
    {
      if (writers[i].updates != NULL)
        g_ptr_array_set_size (writers[i].updates, 0);
      g_ptr_array_set_size (writers[i].expected, 0);
      assert_equal (writers[i].quick, writers[i].general);
    }
  assert_equal (quick, general);
  assert_equal (quick, writers[0].quick);
}

enum
{
  COLLECTED = 1,
  WIDE = 2,
  SILENT = 4,
  ARRAY = 8,
};

static void
run (guint what,
     guint n_rounds)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (g_test_rand_int ());
  const WeftDocOptions options = { .gc = (what & COLLECTED) != 0 };
  g_autoptr(WeftDoc) quick = weft_doc_new_with_options (3, &options);
  g_autoptr(WeftDoc) general = weft_doc_new_with_options (3, &options);
  Writer writers[N_WRITERS];

  weft_doc_add_observer (general, &watcher, NULL);
  for (guint i = 0; i < N_WRITERS; i++)
    begin_writer (&writers[i], i, options.gc, !(what & SILENT));
  for (guint round = 0; round < n_rounds; round++)
    {
      /* Grows, shrinks, grows. */
      guint deletions = round < n_rounds / 2 ? 35 : round < n_rounds * 3 / 4 ? 75 : 40;

      for (guint i = 0; i < 60; i++)
        {
          Writer *writer = &writers[g_rand_int_range (rand, 0, N_WRITERS)];

          if (what & ARRAY)
            edit_array (writer, rand, deletions);
          else
            edit (writer, rand, what & WIDE, deletions);
        }
      exchange (writers, quick, general);
    }
  for (guint i = 0; i < N_WRITERS; i++)
    end_writer (&writers[i]);
}

static void
test_quick (gconstpointer data)
{
  guint what = GPOINTER_TO_UINT (data);

  run (what, g_getenv ("WEFT_TEST_LONG") != NULL ? 700 : what & ARRAY ? 90 : 170);
}

static void
count_event_cb (WeftType        *type,
                GPtrArray       *events,
                WeftTransaction *transaction,
                gpointer         user_data)
{
  ++*(guint *) user_data;
}

/* Whoever begins to watch while somebody types hears of the next key. */
static void
test_watch_later (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  WeftType *text = weft_doc_get_text (doc, "t");
  guint n_events = 0, id;

  weft_text_insert (text, 0, "ab", 2, NULL);
  weft_text_insert (text, 2, "c", 1, NULL);
  id = weft_type_observe (text, FALSE, count_event_cb, &n_events);
  weft_text_insert (text, 3, "d", 1, NULL);
  g_assert_cmpuint (n_events, ==, 1);
  weft_type_unobserve (text, id);
  weft_text_insert (text, 4, "e", 1, NULL);
  weft_text_delete (text, 4, 1);
  id = weft_type_observe (text, TRUE, count_event_cb, &n_events);
  weft_text_delete (text, 3, 1);
  g_assert_cmpuint (n_events, ==, 2);
  weft_type_unobserve (text, id);
}

/* Typing goes on where the last key went: before a pair that the position was within. */
static void
test_inside_pair (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  WeftType *text = weft_doc_get_text (doc, "t");
  g_autofree char *string = NULL;

  weft_text_insert (text, 0, "a😀b", -1, NULL);
  weft_text_insert (text, 2, "x", 1, NULL);
  weft_text_delete (text, 2, 1);
  string = weft_text_to_string (text);
  g_assert_cmpstr (string, ==, "axb");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/crdt/quick/kept", GUINT_TO_POINTER (0), test_quick);
  g_test_add_data_func ("/crdt/quick/collected", GUINT_TO_POINTER (COLLECTED), test_quick);
  g_test_add_data_func ("/crdt/quick/wide-kept", GUINT_TO_POINTER (WIDE), test_quick);
  g_test_add_data_func ("/crdt/quick/wide-collected", GUINT_TO_POINTER (WIDE | COLLECTED), test_quick);

  g_test_add_data_func ("/crdt/quick/silent-kept", GUINT_TO_POINTER (SILENT), test_quick);
  g_test_add_data_func ("/crdt/quick/silent-collected", GUINT_TO_POINTER (SILENT | COLLECTED), test_quick);
  g_test_add_data_func ("/crdt/quick/silent-wide", GUINT_TO_POINTER (SILENT | WIDE | COLLECTED), test_quick);
  g_test_add_data_func ("/crdt/quick/array-kept", GUINT_TO_POINTER (ARRAY), test_quick);
  g_test_add_data_func ("/crdt/quick/array-collected", GUINT_TO_POINTER (ARRAY | COLLECTED), test_quick);
  g_test_add_data_func ("/crdt/quick/array-silent", GUINT_TO_POINTER (ARRAY | SILENT | COLLECTED), test_quick);
  g_test_add_func ("/crdt/quick/watch-later", test_watch_later);
  g_test_add_func ("/crdt/quick/inside-pair", test_inside_pair);

  return g_test_run ();
}
