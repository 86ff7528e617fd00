/* test-line-sort.c - what V8's way of sorting leaves as it is, whatever it is told
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * That the order is V8's own where entries contradict each other is shown by updates that are merged: the histories
 * called "gathered" of tests/node/crdt/shapes.mjs.
 */

#include "config.h"

#include "crdt/weft-line-sort-private.h"
#include "support/test-seed.h"

#define MAX_ENTRIES 3000
#define MAX_KEY     40

typedef struct
{
  guint key;
  guint index; /* where it stood */
} Entry;

static guint n_asked;

static gboolean
has_smaller_key (gconstpointer one,
                 gconstpointer other)
{
  n_asked++;

  return ((const Entry *) one)->key < ((const Entry *) other)->key;
}

/* As of a collected run and another struct: each before the other, but only where keys are equal. */
static gboolean
contradicts_itself (gconstpointer one,
                    gconstpointer other)
{
  const Entry *a = one, *b = other;

  return a->key != b->key ? a->key < b->key : a->index % 2 != b->index % 2;
}

static gboolean
is_any (gconstpointer one,
        gconstpointer other)
{
  return g_test_rand_bit ();
}

static const WeftLineBefore orders[] = { has_smaller_key, contradicts_itself, is_any };

/* Runs up and down, swapped at a few places, or anything. */
static void
fill (Entry *entries,
      guint  n)
{
  guint kind = g_test_rand_int_range (0, 4), key = g_test_rand_int_range (0, MAX_KEY);

  for (guint i = 0; i < n; i++)
    {
      if (kind == 0 || g_test_rand_int_range (0, 60) == 0)
        key = g_test_rand_int_range (0, MAX_KEY);
      else if (kind == 1)
        key = MIN (key + g_test_rand_int_range (0, 2), MAX_KEY);
      else if (kind == 2)
        key -= key > 0 && g_test_rand_bit ();
      entries[i] = (Entry) { key, i };
    }
}

static void
test_line_sort (gconstpointer data)
{
  WeftLineBefore before = *(const WeftLineBefore *) data;
  g_autofree Entry *entries = g_new (Entry, MAX_ENTRIES);
  g_autofree gpointer *line = g_new (gpointer, MAX_ENTRIES);
  g_autofree gboolean *seen = g_new (gboolean, MAX_ENTRIES);

  for (guint round = 0; round < 300; round++)
    {
      guint n = g_test_rand_int_range (0, round % 10 == 0 ? MAX_ENTRIES : 200);

      fill (entries, n);
      for (guint i = 0; i < n; i++)
        {
          line[i] = &entries[i];
          seen[i] = FALSE;
        }
      n_asked = 0;
      weft_line_sort (line, n, before);
      g_assert_cmpuint (n_asked, <=, n * (2 * g_bit_storage (n) + 8));

      for (guint i = 0; i < n; i++)
        {
          const Entry *entry = line[i], *last = i > 0 ? line[i - 1] : entry;

          g_assert_false (seen[entry->index]);
          seen[entry->index] = TRUE;
          if (before == has_smaller_key)
            g_assert_true (last->key < entry->key || (last->key == entry->key && last->index <= entry->index));
        }
    }
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/crdt/line-sort/is-stable", &orders[0], test_line_sort);
  g_test_add_data_func ("/crdt/line-sort/a-contradicting-order-loses-nothing", &orders[1], test_line_sort);
  g_test_add_data_func ("/crdt/line-sort/no-order-at-all-loses-nothing", &orders[2], test_line_sort);

  return g_test_run ();
}
