/* test-slots.c - what searches sorted numbers and moves entries does so as it is done one by one
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-plain-private.h"
#include "crdt/weft-search-private.h"
#include "crdt/weft-slots-private.h"

#define MAX_NUMBERS 1200

static guint32
search_slowly (const guint32 *sorted,
               guint32        n,
               guint32        value)
{
  guint32 at = n - 1;

  while (sorted[at] > value)
    at--;

  return at;
}

/* From one number to many, near zero and on both sides of 2^31; behind the last one stands whatever there is. */
static void
test_search (void)
{
  g_autoptr(GRand) dice = g_rand_new_with_seed (31);
  g_autofree guint32 *sorted = g_new (guint32, MAX_NUMBERS + WEFT_SEARCH_SPAN);

  for (guint round = 0; round < 600; round++)
    {
      guint32 n = round < 100 ? round + 1 : (guint32) g_rand_int_range (dice, 1, MAX_NUMBERS);
      guint32 step = 1u << g_rand_int_range (dice, 0, 21);

      sorted[0] = round % 2 == 0 ? 0 : (guint32) G_MAXINT32 - n;
      for (guint32 i = 1; i < n; i++)
        sorted[i] = sorted[i - 1] + 1 + g_rand_int (dice) % step;
      for (guint32 i = n; i < n + WEFT_SEARCH_SPAN; i++)
        sorted[i] = g_rand_int (dice);
      for (guint i = 0; i < 200; i++)
        {
          guint32 at = g_rand_int_range (dice, 0, n);
          guint32 value = sorted[at] + (guint32) g_rand_int_range (dice, -1, 2);

          if (value < sorted[0] || value - sorted[0] > G_MAXUINT32 / 2)
            value = sorted[0];
          g_assert_cmpuint (weft_search_last (sorted, n, value), ==, search_slowly (sorted, n, value));
        }
      g_assert_cmpuint (weft_search_last (sorted, n, G_MAXUINT32), ==, n - 1);
    }
}

/* The next few of sorted numbers; what is behind the first that is greater is anything. */
static void
test_near (void)
{
  g_autoptr(GRand) dice = g_rand_new_with_seed (32);

  for (guint round = 0; round < 20000; round++)
    {
      guint32 base = g_rand_int_range (dice, 0, 3) == 0 ? 0x7ffffff0 : (guint32) g_rand_int_range (dice, 0, 1000);
      guint32 value = base + (guint32) g_rand_int_range (dice, 0, 40), sorted[WEFT_SEARCH_NEAR], at = base, n = 0;

      for (guint i = 0; i < WEFT_SEARCH_NEAR; i++)
        sorted[i] = at += (guint32) g_rand_int_range (dice, 0, 16);
      while (n < WEFT_SEARCH_NEAR && sorted[n] <= value)
        n++;
      for (guint i = n + 1; i < WEFT_SEARCH_NEAR; i++)
        sorted[i] = g_rand_int (dice);
      g_assert_cmpuint (weft_search_near (sorted, value), ==, n);
    }
}

/* Of text that is copied as one piece only what is meant is looked at. */
static void
test_ascii (void)
{
  g_autoptr(GRand) dice = g_rand_new_with_seed (33);
  guint8 from[WEFT_PLAIN_SPAN], to[WEFT_PLAIN_SPAN];

  for (guint n = 0; n <= WEFT_PLAIN_SPAN; n++)
    for (guint wide = 0; wide <= WEFT_PLAIN_SPAN; wide++)
      {
        for (guint i = 0; i < WEFT_PLAIN_SPAN; i++)
          from[i] = (guint8) (i == wide ? 0x80 + g_rand_int_range (dice, 0, 0x80) : g_rand_int_range (dice, 0, 0x80));
        g_assert_cmpint (weft_plain_copy_ascii (to, from, n), ==, wide >= n);
        g_assert_cmpmem (to, n, from, n);
      }
}

/* Clocks of any length, three bytes foremost */
static void
test_clocks (void)
{
  g_autoptr(GRand) dice = g_rand_new_with_seed (34);

  for (guint round = 0; round < 20000; round++)
    {
      guint8 bytes[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
      guint32 clock = (guint32) g_rand_int (dice) >> g_rand_int_range (dice, 0, 32), got = 0;
      const guint8 *end;
      gsize n = 0;

      for (guint32 rest = clock; n == 0 || rest > 0; rest >>= 7)
        bytes[n++] = (guint8) ((rest & 0x7f) | (rest >= 0x80 ? 0x80 : 0));
      end = weft_plain_get_clock (bytes, &got);
      if (clock >= 1 << 28)
        {
          g_assert_null (end);
          continue;
        }
      g_assert_cmpuint (end - bytes, ==, n);
      g_assert_cmpuint (got, ==, clock);
    }
}

/* All that a node has room for, by one and by two. What is not moved stays. */
static void
test_shift (void)
{
  guint32 a[WEFT_NODE_SIZE], b[WEFT_NODE_SIZE];

  for (guint by = 1; by <= 2; by++)
    for (guint n = 0; n + by <= WEFT_NODE_SIZE; n++)
      for (guint at = 0; at + n + by <= WEFT_NODE_SIZE; at++)
        {
          for (guint i = 0; i < WEFT_NODE_SIZE; i++)
            {
              a[i] = i;
              b[i] = 1000 + i;
            }
          weft_shift_slots (a + at, b + at, n, by);
          for (guint i = 0; i < WEFT_NODE_SIZE; i++)
            {
              gboolean is_moved = i >= at + by && i < at + by + n;

              /* What the moved entries left behind may hold anything. */
              if (!is_moved && i >= at && i < at + by)
                continue;
              g_assert_cmpuint (a[i], ==, is_moved ? i - by : i);
              g_assert_cmpuint (b[i], ==, 1000 + (is_moved ? i - by : i));
            }
        }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/crdt/slots/search", test_search);
  g_test_add_func ("/crdt/slots/near", test_near);
  g_test_add_func ("/crdt/slots/ascii", test_ascii);
  g_test_add_func ("/crdt/slots/clocks", test_clocks);
  g_test_add_func ("/crdt/slots/shift", test_shift);

  return g_test_run ();
}
