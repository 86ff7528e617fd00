/* test-marks.c - marks at a place of a long text, found by the index and by reading everything
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * weft_doc_validate() compares the two at the start of every leaf.
 */

#include "config.h"

#include "crdt/weft-doc-private.h"
#include "crdt/weft-type.h"
#include "support/test-seed.h"

#include <time.h>

#define N_STEPS (g_getenv ("WEFT_TEST_LONG") != NULL ? 6000 : 1500)

static WeftAny *
random_marks (GRand *rand,
              guint  n_keys)
{
  WeftAny *marks = weft_any_new_object ();

  for (gint n = g_rand_int_range (rand, 1, 3); n > 0; n--)
    {
      guint which = g_rand_int_range (rand, 0, n_keys);
      /* JavaScript puts those that are numbers before the others. */
      g_autofree char *key = g_strdup_printf (which % 8 == 7 ? "%u" : "key%u", which);

      weft_any_object_take (marks, key,
                            g_rand_int_range (rand, 0, 3) == 0
                                ? weft_any_new_null ()
                                : weft_any_new_number (g_rand_int_range (rand, 0, 3)));
    }

  return marks;
}

static void
edit (WeftType *text,
      GRand    *rand,
      guint     n_keys,
      guint     growth)
{
  guint64 length = weft_type_get_length (text);
  guint64 at = length > 0 ? g_rand_int_range (rand, 0, length) : 0;
  guint64 n = 1 + g_rand_int_range (rand, 0, g_rand_int_range (rand, 0, 20) == 0 ? length / 4 + 1 : 12);
  gint what = g_rand_int_range (rand, 0, 100);
  g_autoptr(WeftAny) marks = random_marks (rand, n_keys);

  if (what < 40)
    weft_text_format (text, at, n, marks);
  else if (what < 50)
    weft_text_insert (text, at, "marked", -1, marks);
  else if (what < 50 + (gint) growth)
    weft_text_insert (text, at, "some text", -1, NULL);
  else
    weft_text_delete (text, at, n);
}

static void
check (WeftDoc *doc)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (weft_doc_validate (doc, &error));
  g_assert_no_error (error);
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

/* Two peers edit at once; the text grows, then shrinks. */
static void
edit_and_compare (guint n_keys,
                  guint seed)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (seed);
  const guint n_steps = N_STEPS;
  const WeftDocOptions options = { .gc = TRUE };
  const WeftDocObserver observer = { .update_data = collect_cb };
  g_autoptr(WeftDoc) a = weft_doc_new_with_options (1, &options);
  g_autoptr(WeftDoc) b = weft_doc_new_with_options (2, &options);
  g_autoptr(GPtrArray) from_a = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(GPtrArray) from_b = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(WeftDelta) delta_a = NULL, delta_b = NULL;
  g_autofree char *json_a = NULL, *json_b = NULL;

  weft_doc_add_observer (a, &observer, from_a);
  weft_doc_add_observer (b, &observer, from_b);
  for (guint i = 0; i < n_steps; i++)
    {
      edit (weft_doc_get_text (a, "t"), rand, n_keys, i < n_steps * 2 / 3 ? 40 : 10);
      edit (weft_doc_get_text (b, "t"), rand, n_keys, i < n_steps * 2 / 3 ? 40 : 10);
      if (i % 10 == 9)
        {
          for (guint j = 0; j < from_a->len; j++)
            g_assert_true (weft_doc_apply_update (b, g_ptr_array_index (from_a, j), NULL, NULL));
          for (guint j = 0; j < from_b->len; j++)
            g_assert_true (weft_doc_apply_update (a, g_ptr_array_index (from_b, j), NULL, NULL));
          g_ptr_array_set_size (from_a, 0);
          g_ptr_array_set_size (from_b, 0);
        }
      if (i % 20 == 19 || i < 200)
        {
          check (a);
          check (b);
        }
    }

  delta_a = weft_text_to_delta (weft_doc_get_text (a, "t"));
  delta_b = weft_text_to_delta (weft_doc_get_text (b, "t"));
  json_a = weft_delta_to_json (delta_a);
  json_b = weft_delta_to_json (delta_b);
  g_assert_cmpstr (json_a, ==, json_b);
}

static void
test_few_keys (void)
{
  edit_and_compare (5, g_test_rand_int ());
}

/* More keys than have a bit of their own */
static void
test_many_keys (void)
{
  edit_and_compare (80, g_test_rand_int ());
  edit_and_compare (400, g_test_rand_int ());
}

/* Of the processor, in ms */
static double
read_clock (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);

  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

/* Each comment has a key of its own, as some editors have it. What @n of them and as many letters between them take */
static double
comment (guint n)
{
  g_autoptr(WeftDoc) doc = weft_doc_new (), copy = weft_doc_new ();
  WeftType *text = weft_doc_get_text (doc, "t");
  g_autofree char *letters = g_strnfill (n * 10, 'a');
  g_autoptr(GRand) rand = g_rand_new_with_seed (n);
  g_autoptr(GBytes) state = NULL;
  g_autoptr(WeftDelta) delta = NULL, delta_of_copy = NULL;
  g_autofree char *json = NULL, *json_of_copy = NULL;
  double start = read_clock (), took;

  weft_text_insert (text, 0, letters, -1, NULL);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *key = g_strdup_printf ("comment-%u", i);
      g_autoptr(WeftAny) marks = weft_any_new_object ();

      weft_any_object_take (marks, key, weft_any_new_boolean (TRUE));
      weft_text_format (text, g_rand_int_range (rand, 0, n * 10 - 40), g_rand_int_range (rand, 1, 40), marks);
      weft_text_insert (text, g_rand_int_range (rand, 0, n * 10), "x", 1, NULL);
    }
  took = read_clock () - start;

  state = weft_doc_encode_state (doc);
  g_assert_true (weft_doc_apply_update (copy, state, NULL, NULL));
  for (guint i = 0; i < 20; i++)
    {
      guint at = g_rand_int_range (rand, 0, n * 10);

      weft_text_insert (text, at, "y", 1, NULL);
      weft_text_insert (weft_doc_get_text (copy, "t"), at, "y", 1, NULL);
    }
  delta = weft_text_to_delta (text);
  delta_of_copy = weft_text_to_delta (weft_doc_get_text (copy, "t"));
  json = weft_delta_to_json (delta);
  json_of_copy = weft_delta_to_json (delta_of_copy);
  g_assert_cmpstr (json, ==, json_of_copy);
  check (doc);

  return took;
}

static void
test_comments (void)
{
  double few = comment (1000), many = comment (16000);

  g_test_message ("1,000 comments: %.1f ms, 16,000: %.1f ms", few, many);
  /* It is 30 times as much, and 200 times where all before a place is read. */
  g_assert_cmpfloat (many, <, 100 * MAX (few, 1));
}

/* A key in the middle of a long text with many marks does not read all before it: 20,000 keys take about
 * 0.1 s, and minutes where they do. */
static void
test_long_text (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  WeftType *text = weft_doc_get_text (doc, "t");
  g_autoptr(WeftDelta) delta = weft_delta_new ();
  g_autoptr(WeftAny) bold = weft_any_new_object ();
  g_autoptr(GRand) rand = g_rand_new_with_seed (1);
  gint64 start;

  weft_any_object_take (bold, "bold", weft_any_new_boolean (TRUE));
  for (guint i = 0; i < 50000; i++)
    weft_delta_insert_text (delta, "ten chars.", 10, i % 2 == 0 ? bold : NULL);
  weft_text_apply_delta (text, delta);

  start = g_get_monotonic_time ();
  for (guint i = 0; i < 20000; i++)
    weft_text_insert (text, g_rand_int_range (rand, 0, weft_type_get_length (text)), "x", 1, NULL);
  g_test_message ("20,000 keys: %" G_GINT64_FORMAT " µs", g_get_monotonic_time () - start);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 20 * G_USEC_PER_SEC);
  check (doc);
}

/* From every item on, what is not deleted is found by the index and by reading on. Returns: how many items the longest
 * deleted stretch has */
static guint
check_skipping (WeftDoc  *doc,
                WeftType *text)
{
  WeftHandle alive = WEFT_NONE;
  guint n = 0, longest = 0;

  for (WeftHandle at = weft_order_last (doc, text); at != WEFT_NONE; at = weft_order_prev (doc, at))
    {
      WeftSpot spot = weft_order_spot (doc, at);

      if (!weft_item (doc, at)->deleted)
        alive = at;
      n = alive == at ? 0 : n + 1;
      longest = MAX (longest, n);
      if (weft_order_skip_deleted (doc, &spot))
        g_assert_cmpuint (spot.leaf->item[spot.slot], ==, alive);
      else
        g_assert_cmpuint (alive, ==, WEFT_NONE);
    }

  return longest;
}

/* Returns: what became of a text that was marked again and again, and of which much was deleted. */
static GBytes *
make_stretches (guint    n_keys,
                gboolean general)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (3);
  const WeftDocOptions options = { .gc = TRUE };
  g_autoptr(WeftDoc) doc = weft_doc_new_with_options (1, &options);
  WeftType *text = weft_doc_get_text (doc, "t");

  doc->general = general;
  for (guint step = 0; step < N_STEPS / 2; step++)
    {
      guint64 length = weft_type_get_length (text);
      g_autoptr(WeftAny) marks = random_marks (rand, n_keys);

      if (step % 8 > 0 && length > 40)
        weft_text_format (text, 3 + step % 3 * 7, 1 + step % 5, marks);
      else if (step % 400 == 80)
        weft_text_delete (text, 10, length - 20);
      else
        for (guint i = 0; i < 4; i++)
          edit (text, rand, n_keys, 50);
      if (step % 150 == 0)
        check_skipping (doc, text);
    }
  g_assert_cmpuint (check_skipping (doc, text), >, 4 * WEFT_NODE_SIZE);
  check (doc);
  weft_text_delete (text, 5, weft_type_get_length (text) - 5);
  edit (text, rand, n_keys, 50);
  check_skipping (doc, text);

  return weft_doc_encode_state (doc);
}

/* Over stretches of hundreds of deleted items, most of them formats, edits end as they do item by item. */
static void
test_deleted_stretches (void)
{
  for (guint n_keys = 1; n_keys < 100; n_keys += 40)
    {
      g_autoptr(GBytes) skipped = make_stretches (n_keys, FALSE), stepped = make_stretches (n_keys, TRUE);

      g_assert_true (g_bytes_equal (skipped, stepped));
    }
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/crdt/marks/few-keys", test_few_keys);
  g_test_add_func ("/crdt/marks/many-keys", test_many_keys);
  g_test_add_func ("/crdt/marks/comments", test_comments);
  g_test_add_func ("/crdt/marks/deleted-stretches", test_deleted_stretches);
  g_test_add_func ("/crdt/marks/long-text", test_long_text);

  return g_test_run ();
}
