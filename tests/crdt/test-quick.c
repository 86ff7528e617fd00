/* test-quick.c - the short ways against the general one, on long texts and arrays
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The same edits of a text or an array are made in a document that nobody watches, which takes the short
 * ways; in one whose transactions are watched, which takes those within transactions; and in one that takes
 * the general way (WEFT_DEBUG=general). Their updates, and what listeners make of these, are equal to the
 * byte. Texts grow until leaves and chunks are split, and shrink until the text of a client is compacted.
 */

#include "config.h"

#include "crdt/weft-doc-private.h"
#include "support/test-seed.h"

#define N_WRITERS 2
#define N_EDITS 60
#define N_AT_ONCE 700

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

static void
collect_theirs_cb (WeftDoc      *doc,
                   const guint8 *data,
                   gsize         size,
                   gconstpointer origin,
                   gboolean      local,
                   gpointer      user_data)
{
  g_assert_false (local);
  g_ptr_array_add (user_data, g_bytes_new (data, size));
}

/* The ways */
enum
{
  QUICK,
  WATCHED,
  GENERAL,
  N_WAYS
};

typedef struct
{
  WeftDoc   *docs[N_WAYS];
  GPtrArray *updates[N_WAYS]; /* the first is NULL where nobody is told of what QUICK does */
  guint64    caret;
} Writer;

static const WeftDocObserver watcher = { .transaction = watch_cb };
static const WeftDocObserver collector = { .update_data = collect_cb };
static const WeftDocObserver listener = { .update_data = collect_theirs_cb };

static void
make_docs (WeftDoc    **docs,
           WeftClientId client,
           gboolean     gc)
{
  const WeftDocOptions options = { .gc = gc };

  for (guint i = 0; i < N_WAYS; i++)
    docs[i] = weft_doc_new_with_options (client, &options);
  docs[QUICK]->general = docs[WATCHED]->general = FALSE;
  docs[GENERAL]->general = TRUE;
  weft_doc_add_observer (docs[WATCHED], &watcher, NULL);
}

enum
{
  COLLECTED = 1,
  WIDE = 2,
  SILENT = 4,
  ARRAY = 8,
  SELECTED = 16, /* what is deleted was selected: it reaches over many runs */
  AT_ONCE = 32, /* hundreds of edits in one transaction */
};

static void
begin_writer (Writer  *writer,
              guint    i,
              gboolean gc,
              gboolean told)
{
  make_docs (writer->docs, 1000000007 + i, gc);
  for (guint way = 0; way < N_WAYS; way++)
    {
      writer->updates[way] = NULL;
      if (way == QUICK && !told)
        continue;
      writer->updates[way] = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
      weft_doc_add_observer (writer->docs[way], &collector, writer->updates[way]);
    }
  writer->caret = 0;
}

static void
end_writer (Writer *writer)
{
  for (guint way = 0; way < N_WAYS; way++)
    {
      weft_doc_free (writer->docs[way]);
      g_clear_pointer (&writer->updates[way], g_ptr_array_unref);
    }
}

static void
edit_text (Writer  *writer,
           GRand   *rand,
           guint    what,
           guint    deletions)
{
  guint64 length = weft_type_get_length (weft_doc_get_text (writer->docs[0], "t"));
  gboolean removes = length > 0 && (guint) g_rand_int_range (rand, 0, 100) < deletions;
  guint n = g_rand_int_range (rand, 0, 10) > 0 ? 1 : 1 + g_rand_int_range (rand, 0, 30);
  gboolean wide = (what & WIDE) != 0;
  g_autoptr(GString) string = g_string_new (NULL);

  if (removes && (what & SELECTED))
    n = g_rand_int_range (rand, 1, g_rand_int_range (rand, 0, 8) > 0 ? 12 : 200);
  if (g_rand_int_range (rand, 0, 3) == 0 || (what & SELECTED) || writer->caret > length)
    writer->caret = g_rand_int_range (rand, 0, length + 1);
  for (guint i = 0; i < n && !removes; i++)
    g_string_append (string, wide && g_rand_int_range (rand, 0, 4) == 0 ? (i % 2 == 0 ? "ü" : "字😀") : "x");
  if (removes && g_rand_boolean (rand))
    writer->caret -= MIN (writer->caret, n);

  for (guint i = 0; i < N_WAYS; i++)
    {
      WeftType *text = weft_doc_get_text (writer->docs[i], "t");

      if (removes)
        weft_text_delete (text, writer->caret, n);
      else
        weft_text_insert (text, writer->caret, string->str, string->len, NULL);
    }
  writer->caret += removes ? 0 : weft_type_get_length (weft_doc_get_text (writer->docs[0], "t")) - length;
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
            guint   what,
            guint   deletions)
{
  guint64 length = weft_type_get_length (weft_doc_get_array (writer->docs[0], "a"));
  gboolean removes = length > 0 && (guint) g_rand_int_range (rand, 0, 100) < deletions;
  gboolean holds_type = g_rand_int_range (rand, 0, 30) == 0;
  guint n = g_rand_int_range (rand, 0, 6) > 0 ? 1 : 1 + g_rand_int_range (rand, 0, 9);
  g_autoptr(WeftAny) values = weft_any_new_array ();

  if (removes && (what & SELECTED))
    n = g_rand_int_range (rand, 1, 12);
  if (g_rand_boolean (rand) || writer->caret > length)
    writer->caret = g_rand_int_range (rand, 0, length + 1);
  if (removes && g_rand_boolean (rand))
    writer->caret -= MIN (writer->caret, n);
  for (guint i = 0; i < n && !removes; i++)
    weft_any_array_take (values, make_value (rand));

  for (guint i = 0; i < N_WAYS; i++)
    {
      WeftType *array = weft_doc_get_array (writer->docs[i], "a");

      if (removes)
        weft_array_delete (array, writer->caret, n);
      else if (holds_type)
        weft_array_insert_type (array, writer->caret, WEFT_KIND_MAP);
      else
        weft_array_insert (array, writer->caret, values);
    }
  writer->caret += removes ? 0 : weft_type_get_length (weft_doc_get_array (writer->docs[0], "a")) - length;
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
exchange (Writer   *writers,
          WeftDoc **listeners)
{
  for (guint i = 0; i < N_WRITERS; i++)
    {
      Writer *writer = &writers[i];
      Writer *other = &writers[1 - i];
      GPtrArray *expected = writer->updates[GENERAL];

      for (guint way = 0; way < GENERAL; way++)
        {
          if (writer->updates[way] == NULL)
            continue;
          g_assert_cmpuint (writer->updates[way]->len, ==, expected->len);
          for (guint j = 0; j < expected->len; j++)
            g_assert_true (g_bytes_equal (g_ptr_array_index (expected, j),
                                          g_ptr_array_index (writer->updates[way], j)));
        }
      for (guint j = 0; j < expected->len; j++)
        for (guint way = 0; way < N_WAYS; way++)
          {
            apply (listeners[way], g_ptr_array_index (expected, j));
            apply (other->docs[way], g_ptr_array_index (expected, j));
          }
    }
  for (guint i = 0; i < N_WRITERS; i++)
    for (guint way = 0; way < N_WAYS; way++)
      {
        if (writers[i].updates[way] != NULL)
          g_ptr_array_set_size (writers[i].updates[way], 0);
        if (way != GENERAL)
          assert_equal (writers[i].docs[way], writers[i].docs[GENERAL]);
      }
  for (guint way = 0; way < GENERAL; way++)
    assert_equal (listeners[way], listeners[GENERAL]);
  assert_equal (listeners[GENERAL], writers[0].docs[GENERAL]);
}

static void
edit (Writer *writer,
      GRand  *rand,
      guint   what,
      guint   deletions)
{
  if (what & ARRAY)
    edit_array (writer, rand, what, deletions);
  else
    edit_text (writer, rand, what, deletions);
}

static void
run (guint what,
     guint n_rounds)
{
  /* The short run is the same each time. */
  guint32 seed = g_getenv ("WEFT_TEST_LONG") != NULL ? (guint32) g_test_rand_int () : 20 + what;
  g_autoptr(GRand) rand = g_rand_new_with_seed (seed);
  gboolean gc = (what & COLLECTED) != 0;
  WeftDoc *listeners[N_WAYS];
  Writer writers[N_WRITERS];

  make_docs (listeners, 3, gc);
  for (guint i = 0; i < N_WRITERS; i++)
    begin_writer (&writers[i], i, gc, !(what & SILENT));
  for (guint round = 0; round < n_rounds; round++)
    {
      /* Grows, shrinks, grows. */
      guint deletions = round < n_rounds / 2 ? 35 : round < n_rounds * 3 / 4 ? 75 : 40;

      if (what & SELECTED)
        deletions /= 4;

      for (guint i = 0; i < N_EDITS; i++)
        {
          Writer *writer = &writers[g_rand_int_range (rand, 0, N_WRITERS)];
          guint n = g_rand_int_range (rand, 0, 8) == 0 ? g_rand_int_range (rand, 2, 12) : 0;

          if (what & AT_ONCE)
            n = i == 0 ? N_AT_ONCE : 0;
          edit (writer, rand, what, deletions);
          if (n == 0)
            continue;
          /* Some go into one transaction. */
          for (guint way = 0; way < N_WAYS; way++)
            weft_doc_begin (writer->docs[way], NULL);
          for (guint j = 0; j < n; j++)
            edit (writer, rand, what, deletions);
          for (guint way = 0; way < N_WAYS; way++)
            weft_doc_commit (writer->docs[way]);
        }
      exchange (writers, listeners);
    }
  for (guint i = 0; i < N_WRITERS; i++)
    end_writer (&writers[i]);
  for (guint way = 0; way < N_WAYS; way++)
    weft_doc_free (listeners[way]);
}

static void
test_quick (gconstpointer data)
{
  guint what = GPOINTER_TO_UINT (data);
  gboolean is_long = g_getenv ("WEFT_TEST_LONG") != NULL;

  if (what & AT_ONCE)
    run (what, is_long ? 60 : 6);
  else
    run (what, is_long ? 700 : what & SELECTED ? 40 : what & ARRAY ? 60 : 90);
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

/* A peer of @doc that has all of it. */
static WeftDoc *
copy (WeftDoc     *doc,
      WeftClientId client)
{
  g_autoptr(GBytes) state = weft_doc_encode_state (doc);
  const WeftDocOptions options = { .gc = TRUE };
  WeftDoc *peer = weft_doc_new_with_options (client, &options);

  apply (peer, state);

  return peer;
}

/* Units of several runs, of two writers, go without a transaction, there and where it is applied. */
static void
test_several_runs (void)
{
  const WeftDocOptions options = { .gc = TRUE };
  g_autoptr(WeftDoc) doc = weft_doc_new_with_options (1, &options);
  g_autoptr(GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(GPtrArray) passed_on = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  WeftType *text = weft_doc_get_text (doc, "t"), *array = weft_doc_get_array (doc, "a");
  g_autoptr(WeftAny) values = weft_any_from_json ("[1,2,3]", -1, NULL);
  g_autoptr(WeftDoc) peer = NULL;
  g_autofree char *string = NULL;
  guint32 serial;

  weft_text_insert (text, 0, "abcdef", -1, NULL);
  weft_array_insert (array, 0, values);
  peer = copy (doc, 2);
  weft_text_insert (weft_doc_get_text (peer, "t"), 3, "XYZ", -1, NULL);
  weft_array_insert (weft_doc_get_array (peer, "a"), 1, values);
  {
    g_autoptr(GBytes) state = weft_doc_encode_state (peer);

    apply (doc, state);
  }
  weft_text_insert (text, 4, "-", 1, NULL);
  weft_doc_free (peer);
  peer = copy (doc, 3);

  weft_doc_add_observer (doc, &collector, updates);
  serial = doc->next_serial;
  weft_text_delete (text, 2, 6);
  weft_array_delete (array, 0, 5);
  /* More than there is */
  weft_array_delete (array, 0, 5);
  g_assert_cmpuint (doc->next_serial, ==, serial);
  g_assert_cmpuint (updates->len, ==, 3);
  string = weft_text_to_string (text);
  g_assert_cmpstr (string, ==, "abef");
  g_assert_cmpuint (weft_type_get_length (array), ==, 0);

  weft_doc_add_observer (peer, &listener, passed_on);
  serial = peer->next_serial;
  for (guint i = 0; i < updates->len; i++)
    {
      apply (peer, g_ptr_array_index (updates, i));
      g_assert_true (g_bytes_equal (g_ptr_array_index (updates, i), g_ptr_array_index (passed_on, i)));
    }
  g_assert_cmpuint (peer->next_serial, ==, serial);
  assert_equal (peer, doc);

  /* What is deleted already, and what holds a type, goes the general way. */
  apply (peer, g_ptr_array_index (updates, 0));
  g_assert_cmpuint (peer->next_serial, ==, serial + 1);
  assert_equal (peer, doc);
  weft_array_insert (array, 0, values);
  weft_array_insert_type (array, 1, WEFT_KIND_MAP);
  serial = doc->next_serial;
  weft_array_delete (array, 0, 3);
  g_assert_cmpuint (doc->next_serial, ==, serial + 1);
  g_assert_cmpuint (weft_type_get_length (array), ==, 1);
}

/* Bytes and embeds that nobody can see any more take no memory where the document collects. */
static void
test_bytes_given_back (void)
{
  const WeftDocOptions options = { .gc = TRUE };
  g_autofree guint8 *data = g_malloc0 (1000);
  g_autoptr(GBytes) bytes = g_bytes_new (data, 1000);
  g_autoptr(WeftAny) value = weft_any_new_bytes (bytes);
  g_autoptr(WeftAny) values = weft_any_new_array ();
  g_autoptr(WeftAny) embed = weft_any_from_json ("{\"image\":\"somewhere, with a long name\"}", -1, NULL);

  weft_any_array_take (values, weft_any_new_bytes (bytes));
  for (guint way = 0; way < 2; way++)
    {
      g_autoptr(WeftDoc) doc = weft_doc_new_with_options (1, &options);
      WeftType *map = weft_doc_get_map (doc, "m"), *array = weft_doc_get_array (doc, "a");
      WeftType *text = weft_doc_get_text (doc, "t");

      doc->general = way == 1;
      weft_text_insert (text, 0, "ab", 2, NULL);
      for (guint i = 0; i < 500; i++)
        {
          weft_map_set (map, "k", value);
          weft_array_insert (array, 0, values);
          weft_array_delete (array, 0, 1);
          weft_text_insert_embed (text, 1, embed, NULL);
          weft_text_delete (text, 1, 1);
        }
      g_assert_cmpuint (doc->clients[doc->own_client]->arena_used, <, 50 * 1000);
    }
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
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
  g_test_add_data_func ("/crdt/quick/selected-kept", GUINT_TO_POINTER (SELECTED | WIDE), test_quick);
  g_test_add_data_func ("/crdt/quick/selected-collected", GUINT_TO_POINTER (SELECTED | COLLECTED), test_quick);
  g_test_add_data_func ("/crdt/quick/selected-array", GUINT_TO_POINTER (SELECTED | ARRAY | COLLECTED), test_quick);
  g_test_add_data_func ("/crdt/quick/at-once-kept", GUINT_TO_POINTER (AT_ONCE | SELECTED), test_quick);
  g_test_add_data_func ("/crdt/quick/at-once-collected", GUINT_TO_POINTER (AT_ONCE | WIDE | COLLECTED), test_quick);
  g_test_add_data_func ("/crdt/quick/at-once-array", GUINT_TO_POINTER (AT_ONCE | ARRAY | COLLECTED), test_quick);
  g_test_add_func ("/crdt/quick/several-runs", test_several_runs);
  g_test_add_func ("/crdt/quick/bytes-given-back", test_bytes_given_back);
  g_test_add_func ("/crdt/quick/watch-later", test_watch_later);
  g_test_add_func ("/crdt/quick/inside-pair", test_inside_pair);

  return g_test_run ();
}
