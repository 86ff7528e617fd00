/* weft-ascii-private.h - whether a few bytes are ASCII
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>
#include <string.h>

/* Whether all of @n_bytes, less than eight, are ASCII: bytes are looked at more than once rather than one by one. */
static inline gboolean
weft_few_are_ascii (const char *text,
                    gsize       n_bytes)
{
  guint32 first, last;

  if (n_bytes >= sizeof first)
    {
      memcpy (&first, text, sizeof first);
      memcpy (&last, text + n_bytes - sizeof last, sizeof last);
      return ((first | last) & 0x80808080u) == 0;
    }

  return n_bytes == 0 || (((guint8) text[0] | (guint8) text[n_bytes / 2] | (guint8) text[n_bytes - 1]) & 0x80) == 0;
}
