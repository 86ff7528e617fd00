/* weft-slots-private.h - finding and moving what stands in nodes of the order index and chunks of the id index
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-doc-private.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Where @wanted is among 32 handles. What lies beyond those in use may hold it too, but later. */
static inline guint
weft_find_slot (const WeftHandle *handles,
                WeftHandle        wanted)
{
#ifdef __SSE2__
  const __m128i pattern = _mm_set1_epi32 ((int) wanted);

  for (guint i = 0; i < WEFT_NODE_SIZE; i += 16)
    {
      __m128i a = _mm_cmpeq_epi32 (_mm_loadu_si128 ((const void *) (handles + i)), pattern);
      __m128i b = _mm_cmpeq_epi32 (_mm_loadu_si128 ((const void *) (handles + i + 4)), pattern);
      __m128i c = _mm_cmpeq_epi32 (_mm_loadu_si128 ((const void *) (handles + i + 8)), pattern);
      __m128i d = _mm_cmpeq_epi32 (_mm_loadu_si128 ((const void *) (handles + i + 12)), pattern);
      guint found = _mm_movemask_epi8 (_mm_packs_epi16 (_mm_packs_epi32 (a, b), _mm_packs_epi32 (c, d)));

      if (found != 0)
        return i + __builtin_ctz (found);
    }
  g_assert_not_reached ();
#else
  guint slot = 0;

  while (handles[slot] != wanted)
    slot++;

  return slot;
#endif
}

/* Moves @n entries of two arrays on by @by places: nobody can foresee how many there are, so it is asked once for
 * both. */
static inline void
weft_shift_slots (guint32 *a,
                  guint32 *b,
                  guint    n,
                  guint    by)
{
#ifdef __SSE2__
  if (n >= 4)
    {
      __m128i first_a = _mm_loadu_si128 ((const void *) a), first_b = _mm_loadu_si128 ((const void *) b);

      for (guint i = n - 4; i > 0; i -= MIN (i, 4))
        {
          __m128i four_a = _mm_loadu_si128 ((const void *) (a + i));
          __m128i four_b = _mm_loadu_si128 ((const void *) (b + i));

          _mm_storeu_si128 ((void *) (a + i + by), four_a);
          _mm_storeu_si128 ((void *) (b + i + by), four_b);
        }
      _mm_storeu_si128 ((void *) (a + by), first_a);
      _mm_storeu_si128 ((void *) (b + by), first_b);
      return;
    }
#endif
  while (n > 0)
    {
      n--;
      a[n + by] = a[n];
      b[n + by] = b[n];
    }
}
