/* weft-keys-private.h - strings and formats, each kept once
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-doc-structs-private.h"
#include "crdt/weft-hash.h"

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
      return GUINT64_FROM_LE (eight);
    }
  if (length >= sizeof low)
    {
      memcpy (&low, string, sizeof low);
      memcpy (&high, string + length - sizeof high, sizeof high);
      return GUINT32_FROM_LE (low) | (guint64) GUINT32_FROM_LE (high) << 8 * (length - sizeof high);
    }
  if (length == 0)
    return 0;

  /* Of three bytes each is one of these, of fewer some are the same. */
  return (guint64) (guint8) string[0] | (guint64) (guint8) string[length / 2] << 8 * (length / 2)
         | (guint64) (guint8) string[length - 1] << 8 * (length - 1);
}

/* The same of a key with a zero behind it, of up to WEFT_SHORT_KEY bytes that nobody can foresee: without a branch for
 * each length. */
static inline guint64
weft_key_short_bytes (const char *string,
                      gsize       length)
{
  static const char none[4];
  guintptr is_long = -(guintptr) (length >= sizeof none - 1);
  const char *from = (const char *) (((guintptr) string & is_long) | ((guintptr) none & ~is_long));
  gsize rest = (length - (sizeof none - 1)) & is_long;
  guint64 eight;
  guint32 low, high;
  guint16 two;

  if (length == sizeof eight)
    {
      memcpy (&eight, string, sizeof eight);
      return GUINT64_FROM_LE (eight);
    }
  if (length == 0)
    return 0;
  memcpy (&two, string, sizeof two);
  memcpy (&low, from, sizeof low);
  memcpy (&high, from + rest, sizeof high);

  return GUINT16_FROM_LE (two) | GUINT32_FROM_LE (low) | (guint64) GUINT32_FROM_LE (high) << 8 * rest;
}

/* The lowest bits of a hash say how long a short key is; this: it is longer. */
#define WEFT_LONG_KEY 15

struct _WeftKeyBucket
{
  guint32 hash;
  guint32 index; /* 0: free */
  guint64 bytes; /* the first ones; of a short key all, and zeros */
};

static inline guint32
weft_key_short_hash (const WeftDoc *doc,
                     gsize          length,
                     guint64        bytes)
{
  return (weft_hash_word (doc->secret, bytes) & ~(guint32) WEFT_LONG_KEY) | (guint32) length;
}

static inline guint32
weft_key_hash (const WeftDoc *doc,
               const char    *string,
               gsize          length,
               guint64        bytes)
{
  return length <= WEFT_SHORT_KEY ? weft_key_short_hash (doc, length, bytes)
                                  : weft_hash_bytes (doc->secret, string, length) | WEFT_LONG_KEY;
}

/* The highest bits tell where, so that a table can grow without a look at the keys. */
static inline guint32
weft_key_first_place (const WeftDoc *doc,
                      guint32        hash)
{
  return hash >> doc->key_shift;
}

/* The short key of these bytes and this hash; 0 where it is not known. There are buckets. */
static inline guint32
weft_keys_find_short (const WeftDoc *doc,
                      guint64        bytes,
                      guint32        hash)
{
  const WeftKeyBucket *buckets = doc->key_buckets;
  guint32 mask = doc->n_key_buckets - 1, i = weft_key_first_place (doc, hash);

  for (; buckets[i].hash != hash || buckets[i].bytes != bytes; i = (i + 1) & mask)
    if (buckets[i].index == 0)
      return 0;

  return buckets[i].index;
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
