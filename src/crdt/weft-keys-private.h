/* weft-keys-private.h - strings and formats, each kept once
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-doc-structs-private.h"

#include <string.h>

G_BEGIN_DECLS

guint32     weft_keys_intern      (WeftDoc        *doc,
                                   const char     *string,
                                   gsize           length);
/* 0 where it is not known */
guint32     weft_keys_lookup      (WeftDoc        *doc,
                                   const char     *string,
                                   gsize           length);
void        weft_keys_clear       (WeftDoc        *doc);
/* Forgets all keys and formats from these on. */
void        weft_keys_truncate    (WeftDoc        *doc,
                                   guint           n_keys,
                                   guint           n_formats);

static inline const WeftKey *
weft_key (const WeftDoc *doc,
          guint32        key)
{
  return &g_array_index (doc->keys, WeftKey, key);
}

/* Keys of up to so many bytes stand in the tables themselves. */
#define WEFT_SHORT_KEY 8

/* The first bytes of a key; of a short one all, and zeros. */
static inline guint64
weft_key_first_bytes (const char *string,
                      gsize       length)
{
  guint64 eight;
  guint32 low, high;

  if (length >= sizeof eight)
    {
      memcpy (&eight, string, sizeof eight);
      return eight;
    }
  if (length >= sizeof low)
    {
      memcpy (&low, string, sizeof low);
      memcpy (&high, string + length - sizeof high, sizeof high);
      return low | (guint64) high << 8 * (length - sizeof high);
    }
  if (length == 0)
    return 0;

  /* Of three bytes each is one of these, of fewer some are the same. */
  return (guint64) (guint8) string[0] | (guint64) (guint8) string[length / 2] << 8 * (length / 2)
         | (guint64) (guint8) string[length - 1] << 8 * (length - 1);
}

guint32     weft_formats_intern   (WeftDoc        *doc,
                                   guint32         key,
                                   const char     *json,
                                   gsize           n_json,
                                   WeftAny        *value);

static inline const WeftFormat *
weft_format (const WeftDoc *doc,
             guint32        index)
{
  return &g_array_index (doc->formats, WeftFormat, index);
}

G_END_DECLS
