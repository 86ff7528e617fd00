/* weft-search-private.h - the last of sorted numbers that is not beyond another one
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where a number stands among others nobody can foresee, so there is no branch that depends on it: three places are
 * compared at once until some sixteen numbers are left, which are then compared together.
 */

#pragma once

#include <glib.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* So many numbers are compared together; as many must be there to be read behind the last one, whatever they are. */
#define WEFT_SEARCH_SPAN 16

/* The index of the last of @n @sorted numbers that is not greater than @value; the first one is none that is. */
static inline guint32
weft_search_last (const guint32 *sorted,
                  guint32        n,
                  guint32        value)
{
  guint32 low = 0;

  while (n > WEFT_SEARCH_SPAN)
    {
      const guint32 *from = sorted + low;
      guint32 quarter = n / 4;

      low += quarter * ((guint32) (from[quarter] <= value) + (from[2 * quarter] <= value)
                        + (from[3 * quarter] <= value));
      n -= 3 * quarter;
    }

#ifdef __SSE2__
  {
    /* Numbers without a sign, in the order of those that have one */
    const __m128i sign = _mm_set1_epi32 (G_MININT32);
    const __m128i wanted = _mm_xor_si128 (_mm_set1_epi32 ((int) value), sign);
    __m128i beyond[4];
    guint mask;

    for (guint i = 0; i < 4; i++)
      beyond[i] = _mm_cmpgt_epi32 (
          _mm_xor_si128 (_mm_loadu_si128 ((const void *) (sorted + low + 4 * i)), sign), wanted);
    mask = _mm_movemask_epi8 (_mm_packs_epi16 (_mm_packs_epi32 (beyond[0], beyond[1]),
                                               _mm_packs_epi32 (beyond[2], beyond[3])));

    return low + __builtin_ctz (mask | G_MAXUINT32 << n) - 1;
  }
#else
  while (n > 1)
    {
      guint32 half = n / 2;

      low += sorted[low + half] <= value ? half : 0;
      n -= half;
    }

  return low;
#endif
}

/* So many numbers weft_search_near() looks at; as many must be there, whatever they are. */
#define WEFT_SEARCH_NEAR 4

/* How many of the @sorted numbers are not greater than @value, up to WEFT_SEARCH_NEAR. What comes behind the first
 * that is greater need not be sorted. */
static inline guint32
weft_search_near (const guint32 *sorted,
                  guint32        value)
{
#ifdef __SSE2__
  const __m128i sign = _mm_set1_epi32 (G_MININT32);
  const __m128i there = _mm_xor_si128 (_mm_loadu_si128 ((const void *) sorted), sign);
  const __m128i wanted = _mm_xor_si128 (_mm_set1_epi32 ((int) value), sign);

  return (guint32) __builtin_ctz ((guint) _mm_movemask_ps (_mm_castsi128_ps (_mm_cmpgt_epi32 (there, wanted)))
                                  | 1u << WEFT_SEARCH_NEAR);
#else
  guint32 near = 0;

  while (near < WEFT_SEARCH_NEAR && sorted[near] <= value)
    near++;

  return near;
#endif
}
