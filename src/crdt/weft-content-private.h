/* weft-content-private.h - reading values without making them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-any.h"

#include <math.h>
#include <string.h>

G_BEGIN_DECLS

/* The size of a value that was checked. */
gsize weft_any_measure_rest (const guint8 *data);

static inline gsize
weft_any_measure (const guint8 *data)
{
  gsize n = 1;

  switch (data[0])
    {
    case 120: /* true, false, null, undefined */
    case 121:
    case 126:
    case 127:
      return 1;
    case 125: /* an integer */
      while (data[n++] >= 0x80)
        ;
      return n;
    case 124: /* floats */
      return 5;
    case 123:
      return 9;
    case 119: /* a string */
      if (data[1] < 0x80)
        return 2 + data[1];
      return weft_any_measure_rest (data);
    default:
      return weft_any_measure_rest (data);
    }
}

/* The same, where @n_room bytes can be read. Which kind of value it is is not to be foreseen, so that there is no branch
 * for each. */
static inline gsize
weft_any_measure_within (const guint8 *data,
                         gsize         n_room)
{
  /* From 116 on; 0: another way has to be found */
  static const guint8 fixed[16] = { [4] = 1, [5] = 1, [7] = 9, [8] = 5, [10] = 1, [11] = 1 };
  guint64 bytes, ends;
  gsize n;

  if (G_UNLIKELY (n_room < 1 + sizeof bytes))
    return weft_any_measure (data);
  memcpy (&bytes, data + 1, sizeof bytes);
  ends = ~GUINT64_FROM_LE (bytes) & G_GUINT64_CONSTANT (0x8080808080808080);
  n = fixed[(data[0] - 116) & 15];
  if (data[0] == 125)
    n = 1 + (ends != 0 ? (gsize) __builtin_ctzll (ends) / 8 + 1 : 0);
  else if (data[0] == 119)
    n = (2 + (gsize) data[1]) & -(gsize) (data[1] < 0x80);

  return G_LIKELY (n > 1 || (n == 1 && data[0] != 125)) ? n : weft_any_measure_rest (data);
}

/* Eight bytes can be read at @data, however few they are. */
static inline gboolean
weft_is_ascii (const guint8 *data,
               gsize         n_bytes)
{
  guint64 high = 0, eight;

  if (n_bytes < sizeof eight)
    {
      memcpy (&eight, data, sizeof eight);
      high = GUINT64_FROM_LE (eight) & ((G_GUINT64_CONSTANT (1) << (n_bytes * 8)) - 1);
    }
  else
    {
      for (gsize i = 0; i + sizeof eight < n_bytes; i += sizeof eight)
        {
          memcpy (&eight, data + i, sizeof eight);
          high |= eight;
        }
      memcpy (&eight, data + n_bytes - sizeof eight, sizeof eight);
      high |= eight;
    }

  return (high & G_GUINT64_CONSTANT (0x8080808080808080)) == 0;
}

#define WEFT_PLAIN_ROOM 10

/* The size of a value that is written as we would write it; 0 where that takes a closer look. At least WEFT_PLAIN_ROOM
 * bytes are there. */
static inline gsize
weft_any_measure_plain (const guint8 *at,
                        const guint8 *end)
{
  guint32 magnitude = at[1] & 0x3f;
  gsize n = 1;

  switch (at[0])
    {
    case 120: /* true, false, null, undefined */
    case 121:
    case 126:
    case 127:
      return 1;
    case 125: /* an integer below 2^27 */
      while (at[n] >= 0x80 && n < 4)
        n++;
      if (at[n] >= 0x80 || (n > 1 && at[n] == 0) || (n == 1 && (at[1] & 0x40) != 0 && magnitude == 0))
        return 0;
      return n + 1;
    case 123: /* no integer, and no narrow float */
      {
        guint64 bits;
        double value;

        memcpy (&bits, at + 1, sizeof bits);
        bits = GUINT64_FROM_BE (bits);
        memcpy (&value, &bits, sizeof value);
        return isfinite (value) && fabs (value) < 1e30 && (double) (float) value != value
                       && value != floor (value) ? 9 : 0;
      }
    case 119: /* a short string */
      return at[1] < 0x80 && at[1] <= end - at - 2 && weft_is_ascii (at + 2, at[1]) ? 2 + (gsize) at[1] : 0;
    default:
      return 0;
    }
}

G_END_DECLS
