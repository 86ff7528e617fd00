/* weft-plain-private.h - numbers and text of the first format, as most structs have them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What nearly all structs hold is read here without a branch for each byte. Whatever is not so plain is left to
 * WeftReader, which also says what is wrong with it.
 */

#pragma once

#include "crdt/weft-content-private.h"

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
