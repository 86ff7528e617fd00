/* weft-slots-private.h - where a handle stands in a node of the order index
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
