/* test-fractional-index.c - keys between keys
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-fractional-index.h"
#include "support/test-seed.h"

#include <string.h>

/* As npm's fractional-indexing 3.2 gives them. */
static void
test_known (void)
{
  static const struct
  {
    const char *lower, *upper, *key;
  } rows[] = {
    { NULL, NULL, "a0" },
    { NULL, "a0", "Zz" },
    { NULL, "Zz", "Zy" },
    { "a0", NULL, "a1" },
    { "a1", NULL, "a2" },
    { "a0", "a1", "a0V" },
    { "a1", "a2", "a1V" },
    { "a0V", "a1", "a0l" },
    { "Zz", "a0", "ZzV" },
    { "Zz", "a1", "a0" },
    { NULL, "Y00", "Xzzz" },
    { "bzz", NULL, "c000" },
    { "a0", "a0V", "a0G" },
    { "a0", "a0G", "a08" },
    { "b125", "b129", "b127" },
    { "a0", "a1V", "a1" },
    { "Zz", "a01", "a0" },
    { NULL, "a0V", "a0" },
    { NULL, "b999", "b99" },
    { "aV", "aV0V", "aV0G" },
    { NULL, "A000000000000000000000000001", "A000000000000000000000000000V" },
    { "zzzzzzzzzzzzzzzzzzzzzzzzzzy", NULL, "zzzzzzzzzzzzzzzzzzzzzzzzzzz" },
    { "zzzzzzzzzzzzzzzzzzzzzzzzzzz", NULL, "zzzzzzzzzzzzzzzzzzzzzzzzzzzV" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *key = weft_fractional_index_between (rows[i].lower, rows[i].upper);

      g_assert_cmpstr (key, ==, rows[i].key);
      g_assert_true (weft_fractional_index_is_valid (key));
    }
}

static void
test_valid (void)
{
  static const char *const bad[] = {
    "", "a", "b0", "0", "a00", "a0V0", "a0-", "\xc3\xa4", "A00000000000000000000000000", " a0",
  };

  g_assert_false (weft_fractional_index_is_valid (NULL));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (weft_fractional_index_is_valid (bad[i]));
}

/* Inserts at random places of a growing list, which has to stay sorted. */
static void
test_random (void)
{
  g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < 5000; i++)
    {
      guint at = g_test_rand_bit () ? keys->len : (guint) g_test_rand_int_range (0, keys->len + 1);
      const char *lower = at > 0 ? g_ptr_array_index (keys, at - 1) : NULL;
      const char *upper = at < keys->len ? g_ptr_array_index (keys, at) : NULL;
      char *key = g_test_rand_bit ()
                      ? weft_fractional_index_between (lower, upper)
                      : weft_fractional_index_jittered (lower, upper, g_test_rand_int ());

      g_assert_true (weft_fractional_index_is_valid (key));
      g_assert_true (lower == NULL || strcmp (lower, key) < 0);
      g_assert_true (upper == NULL || strcmp (key, upper) < 0);
      g_ptr_array_insert (keys, at, key);
    }
}

static void
test_one_place (void)
{
  g_autofree char *lower = g_strdup ("a0");
  g_autofree char *upper = g_strdup ("a1");

  for (guint i = 0; i < 2000; i++)
    {
      char *key = weft_fractional_index_between (lower, upper);

      g_assert_cmpint (strcmp (lower, key), <, 0);
      g_assert_cmpint (strcmp (key, upper), <, 0);
      g_free (i % 2 != 0 ? lower : upper);
      *(i % 2 != 0 ? &lower : &upper) = key;
    }
  /* Halving costs a digit for about every six steps. */
  g_assert_cmpuint (strlen (lower), <, 700);
}

static void
test_n_between (void)
{
  static const char *const bounds[][2] = {
    { NULL, NULL }, { "a5", NULL },   { NULL, "a5" },
    { "a1", "a2" }, { "a1", "c000" }, { "a2", "a1" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bounds); i++)
    for (guint n = 0; n < 300; n += 13)
      {
        g_auto(GStrv) keys = weft_fractional_index_n_between (bounds[i][0], bounds[i][1], n);
        const char *before = bounds[i][0];

        g_assert_cmpuint (g_strv_length (keys), ==, n);
        for (guint j = 0; j < n; j++)
          {
            g_assert_true (weft_fractional_index_is_valid (keys[j]));
            g_assert_true (before == NULL || strcmp (before, keys[j]) < 0);
            before = keys[j];
          }
        if (n > 0 && bounds[i][1] != NULL && g_strcmp0 (bounds[i][0], bounds[i][1]) < 0)
          g_assert_cmpint (strcmp (before, bounds[i][1]), <, 0);
      }
}

static void
test_wrong_neighbours (void)
{
  g_autofree char *equal = weft_fractional_index_between ("a3", "a3");
  g_autofree char *swapped = weft_fractional_index_between ("a3", "a1");

  g_assert_cmpstr (equal, ==, "a4");
  g_assert_cmpstr (swapped, ==, "a4");
}

/* Neighbours that no program of the scheme makes. */
static void
test_any_neighbours (void)
{
  static const char alphabet[] = "0019AVZaz!~_\x01";

  for (guint i = 0; i < 20000; i++)
    {
      char texts[2][6] = { 0 };
      const char *lower, *upper;
      g_autofree char *key = NULL;
      gboolean has_room = FALSE;

      for (guint j = 0; j < 2; j++)
        for (guint k = g_test_rand_int_range (0, 6); k > 0; k--)
          texts[j][k - 1] = alphabet[g_test_rand_int_range (0, sizeof alphabet - 1)];
      lower = strcmp (texts[0], texts[1]) < 0 ? texts[0] : texts[1];
      upper = lower == texts[0] ? texts[1] : texts[0];

      key = weft_fractional_index_between (lower, upper);
      g_assert_cmpint (strcmp (key, lower), >, 0);

      /* There is room unless upper is lower and then something not above zeros. */
      has_room = strcmp (lower, upper) < 0;
      if (has_room && g_str_has_prefix (upper, lower))
        {
          const char *rest = upper + strlen (lower);

          has_room = (guchar) rest[strspn (rest, "0")] > '0';
        }
      if (has_room)
        g_assert_cmpint (strcmp (key, upper), <, 0);
    }
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notebook/fractional-index/as-fractional-indexing", test_known);
  g_test_add_func ("/notebook/fractional-index/invalid", test_valid);
  g_test_add_func ("/notebook/fractional-index/random-list-stays-sorted", test_random);
  g_test_add_func ("/notebook/fractional-index/always-at-one-place", test_one_place);
  g_test_add_func ("/notebook/fractional-index/n-between", test_n_between);
  g_test_add_func ("/notebook/fractional-index/equal-or-swapped-neighbours", test_wrong_neighbours);
  g_test_add_func ("/notebook/fractional-index/any-neighbours", test_any_neighbours);

  return g_test_run ();
}
