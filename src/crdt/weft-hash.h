/* weft-hash.h - hashes whose collisions nobody can plan
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Ids and keys are chosen by whoever writes an update. With a hash that everybody can compute, a few
 * hundred kilobytes of them that share one place in a table would take minutes; so each document has
 * a secret of its own in every hash. The order of a table never shows outside.
 */

#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

/* The halves of the whole product of 64 by 64 bits, one over the other. */
static inline guint64
weft_hash_fold (guint64 a,
                guint64 b)
{
#ifdef __SIZEOF_INT128__
  unsigned __int128 product = (unsigned __int128) a * b;

  return (guint64) product ^ (guint64) (product >> 64);
#else
  guint64 low = (a & G_MAXUINT32) * (b & G_MAXUINT32), high = (a >> 32) * (b >> 32);
  guint64 middle = (a >> 32) * (b & G_MAXUINT32), other = (a & G_MAXUINT32) * (b >> 32);
  guint64 carry = ((low >> 32) + (middle & G_MAXUINT32) + (other & G_MAXUINT32)) >> 32;

  return (low + (middle << 32) + (other << 32)) ^ (high + (middle >> 32) + (other >> 32) + carry);
#endif
}

static inline guint32
weft_hash_word (guint64 secret,
                guint64 word)
{
  guint64 hash = weft_hash_fold (word ^ secret, secret ^ G_GUINT64_CONSTANT (0x9e3779b97f4a7c15));

  return (guint32) (hash ^ hash >> 32);
}

static inline guint32
weft_hash_bytes (guint64     secret,
                 const void *data,
                 gsize       n_bytes)
{
  const guint8 *at = data;
  guint64 hash = secret ^ n_bytes, word;

  for (; n_bytes >= sizeof word; n_bytes -= sizeof word, at += sizeof word)
    {
      memcpy (&word, at, sizeof word);
      hash = weft_hash_fold (hash ^ word, secret ^ G_GUINT64_CONSTANT (0xd6e8feb86659fd93));
    }
  if (n_bytes > 0)
    {
      word = 0;
      memcpy (&word, at, n_bytes);
      hash = weft_hash_fold (hash ^ word, secret ^ G_GUINT64_CONSTANT (0xd6e8feb86659fd93));
    }

  return weft_hash_word (secret, hash);
}

/* For a #GHashTable of client ids (guint64). */
guint weft_hash_client (gconstpointer client);

G_END_DECLS
