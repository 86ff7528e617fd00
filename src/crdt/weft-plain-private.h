/* weft-plain-private.h - numbers and text of the first format, as most structs have them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What nearly all structs hold is read here without a branch for each byte. Whatever is not so plain is left to
 * WeftReader, which also says what is wrong with it.
 */

#pragma once

#include "crdt/weft-content-private.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

G_BEGIN_DECLS

/* So many bytes of text are looked at as one piece. */
#define WEFT_PLAIN_SHORT 16

/* A number below 2^28; there are four bytes at least. NULL where it is greater. */
static inline const guint8 *
weft_plain_get_small (const guint8 *at,
                      guint32      *value)
{
  guint32 bytes, ends, n;

  if (*at < 0x80)
    {
      *value = *at;
      return at + 1;
    }
  memcpy (&bytes, at, sizeof bytes);
  bytes = GUINT32_FROM_LE (bytes);
  ends = ~bytes & 0x80808080;
  if (G_UNLIKELY (ends == 0))
    return NULL;
  /* Without a branch for each length: what stands up to the first byte that ends a number */
  n = __builtin_ctz (ends) + 1;
  bytes &= (ends ^ (ends - 1)) & 0x7f7f7f7f;
  bytes = (bytes & 0x7f007f) | (bytes & 0x7f007f00) >> 1;
  *value = (bytes & 0x3fff) | bytes >> 16 << 14;

  return at + n / 8;
}

/* The same for clocks, most of which take three bytes in a document of some size: where what is behind begins is then
 * known before they are read. */
static inline const guint8 *
weft_plain_get_clock (const guint8 *at,
                      guint32      *clock)
{
  guint32 bytes;

  memcpy (&bytes, at, sizeof bytes);
  bytes = GUINT32_FROM_LE (bytes);
  if (G_LIKELY ((bytes & 0x808080) == 0x8080))
    {
      *clock = (bytes & 0x7f) | (bytes >> 1 & 0x3f80) | (bytes >> 2 & 0x1fc000);
      return at + 3;
    }

  return weft_plain_get_small (at, clock);
}

/* Whether up to WEFT_PLAIN_SHORT bytes are ASCII; so many are there. */
static inline gboolean
weft_plain_is_short_ascii (const guint8 *data,
                           guint32       n_bytes)
{
  static const guint8 window[2 * WEFT_PLAIN_SHORT] = {
    0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
  };
  guint64 bytes[2], mask[2];

  memcpy (bytes, data, sizeof bytes);
  memcpy (mask, window + WEFT_PLAIN_SHORT - n_bytes, sizeof mask);

  return ((bytes[0] & mask[0]) | (bytes[1] & mask[1])) == 0;
}

/* So many bytes weft_plain_copy_ascii() reads and writes, however few are meant. */
#define WEFT_PLAIN_SPAN 32

/* Copies up to WEFT_PLAIN_SPAN bytes; whether they are ASCII. */
static inline gboolean
weft_plain_copy_ascii (guint8       *to,
                       const guint8 *data,
                       guint32       n_bytes)
{
#ifdef __SSE2__
  __m128i low = _mm_loadu_si128 ((const void *) data), high = _mm_loadu_si128 ((const void *) (data + 16));
  guint64 beyond = (guint32) _mm_movemask_epi8 (low) | (guint64) (guint32) _mm_movemask_epi8 (high) << 16;

  _mm_storeu_si128 ((void *) to, low);
  _mm_storeu_si128 ((void *) (to + 16), high);

  return (beyond & ((G_GUINT64_CONSTANT (1) << n_bytes) - 1)) == 0;
#else
  memcpy (to, data, WEFT_PLAIN_SPAN);

  return weft_is_ascii (data, n_bytes);
#endif
}

/* Whether @n_bytes are there, before @end, and ASCII. */
static inline gboolean
weft_plain_is_ascii (const guint8 *data,
                     guint32       n_bytes,
                     const guint8 *end)
{
  if (G_LIKELY (n_bytes <= WEFT_PLAIN_SHORT && end - data >= WEFT_PLAIN_SHORT))
    return weft_plain_is_short_ascii (data, n_bytes);

  return n_bytes <= (gsize) (end - data) && weft_is_ascii (data, n_bytes);
}

G_END_DECLS
