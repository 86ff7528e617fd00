/* weft-content-private.h - reading values without making them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-any.h"

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

G_END_DECLS
