/* weft-any-layout.h - how a value stands in memory, for what builds, reads and writes values
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "crdt/weft-any-private.h"

G_BEGIN_DECLS

/* The largest block of a container; strings that are longer than a fourth of it have memory of their own. */
#define WEFT_ANY_MAX_BLOCK  32768
#define WEFT_ANY_MAX_WITHIN (WEFT_ANY_MAX_BLOCK / 4)

typedef struct
{
  char    *key;
  gsize    n_bytes : 63;
  gsize    within : 1; /* the key stands in a block of the object */
  WeftAny *value;
} WeftAnyMember;

typedef struct _WeftAnyBlock WeftAnyBlock;

struct _WeftAnyBlock
{
  WeftAny      *owner;
  WeftAnyBlock *older;
  guint32       used, allocated; /* from the start of the block */
  guint64       data[];
};

struct _WeftAny
{
  /* 0: one of the constants that are never freed. Less: it stands so many bytes behind the start of a block. */
  int         ref_count;
  WeftAnyKind kind;
  union
  {
    gboolean boolean;
    double   number;
    gint64   bigint;
    GBytes  *bytes;
    struct
    {
      gsize       n_bytes;
      const char *utf8; /* stands behind the struct */
    } string;
    struct
    {
      WeftAny     **items;
      gsize         n_items;
      gsize         allocated;
      WeftAnyBlock *block; /* the newest */
    } array;
    struct
    {
      WeftAnyMember *members;
      guint32       *buckets; /* index + 1 of the members by the hash of the key; %NULL where there are few */
      guint32        n_members;
      guint32        allocated : 30;
      guint32        is_whole : 1;       /* the oldest block stands behind the struct, in one piece with it */
      guint32        members_within : 1; /* the members stand in that block */
      guint32        n_buckets; /* a power of two */
      guint32        secret;    /* of the hashes */
      WeftAnyBlock  *block;
    } object;
  } u;
};

/* Only containers need the whole struct. */
#define WEFT_ANY_SCALAR_SIZE (offsetof (WeftAny, u) + sizeof (guint64))
#define WEFT_ANY_STRING_SIZE (offsetof (WeftAny, u) + sizeof (gsize) + sizeof (char *))

enum
{
  WEFT_TAG_BYTES = 116,
  WEFT_TAG_ARRAY = 117,
  WEFT_TAG_OBJECT = 118,
  WEFT_TAG_STRING = 119,
  WEFT_TAG_TRUE = 120,
  WEFT_TAG_FALSE = 121,
  WEFT_TAG_BIGINT = 122,
  WEFT_TAG_FLOAT64 = 123,
  WEFT_TAG_FLOAT32 = 124,
  WEFT_TAG_INTEGER = 125,
  WEFT_TAG_NULL = 126,
  WEFT_TAG_UNDEFINED = 127,
};

/* The greatest whole number that lib0 writes as a varInt: binary.BITS31. */
#define WEFT_ANY_MAX_INTEGER 2147483647.0

/* What lib0 writes for a number: as it may be put anywhere without a look at memory. */
static inline WeftFewBytes
weft_any_number_bytes (double value)
{
  float narrow = (float) value;
  guint64 bits;
  guint32 four;

  if (value >= -WEFT_ANY_MAX_INTEGER && value <= WEFT_ANY_MAX_INTEGER && (double) (gint64) value == value)
    {
      guint64 sign = value < 0 || (value == 0 && signbit (value)) ? 0x40 : 0;
      guint64 magnitude = (guint64) (gint64) fabs (value), low;
      guint n = 2;

      low = WEFT_TAG_INTEGER | ((magnitude & 0x3f) | sign | (magnitude > 0x3f ? 0x80 : 0)) << 8;
      for (magnitude >>= 6; magnitude > 0; magnitude >>= 7)
        low |= ((magnitude & 0x7f) | (magnitude > 0x7f ? 0x80 : 0)) << 8 * n++;

      return (WeftFewBytes) { low, 0, n };
    }

  /* What is beyond the floats becomes infinite, which it was not. */
  if ((double) narrow == value)
    {
      memcpy (&four, &narrow, sizeof four);
      return (WeftFewBytes) { WEFT_TAG_FLOAT32 | (guint64) GUINT32_SWAP_LE_BE (four) << 8, 0, 5 };
    }

  /* JavaScript has only one NaN. */
  if (G_UNLIKELY (isnan (value)))
    bits = G_GUINT64_CONSTANT (0x7ff8000000000000);
  else
    memcpy (&bits, &value, sizeof bits);
  bits = GUINT64_SWAP_LE_BE (bits);

  return (WeftFewBytes) { WEFT_TAG_FLOAT64 | bits << 8, (guint8) (bits >> 56), 9 };
}

/* The same of any value that takes no more; of others there are none. */
static inline WeftFewBytes
weft_any_few_bytes (const WeftAny *self)
{
  switch (self->kind)
    {
    case WEFT_ANY_NUMBER:
      return weft_any_number_bytes (self->u.number);
    case WEFT_ANY_BOOLEAN:
      return (WeftFewBytes) { self->u.boolean ? WEFT_TAG_TRUE : WEFT_TAG_FALSE, 0, 1 };
    case WEFT_ANY_NULL:
      return (WeftFewBytes) { WEFT_TAG_NULL, 0, 1 };
    case WEFT_ANY_UNDEFINED:
    case WEFT_ANY_BIGINT:
    case WEFT_ANY_STRING:
    case WEFT_ANY_BYTES:
    case WEFT_ANY_ARRAY:
    case WEFT_ANY_OBJECT:
    default:
      return (WeftFewBytes) { 0 };
    }
}

/* A scalar or a string of @size bytes in a block of @container, at most WEFT_ANY_MAX_WITHIN and a little more: it lives
 * as long. */
WeftAny *weft_any_new_within (WeftAny    *container,
                              WeftAnyKind kind,
                              guint32     size);
/* An object of which it is known how many members it will have: all in one piece of memory where that is not large. */
WeftAny *weft_any_new_object_for (guint32   n_members);
/* As weft_any_object_append(), but the key is still to be copied: returns where to, with room for a zero behind it, for
 * eight bytes at least and for a multiple of eight. */
char    *weft_any_object_add (WeftAny    *self,
                              gsize       n_bytes,
                              WeftAny    *value);
/* As weft_any_read_within(), for a value that was checked; @n_room bytes can be read. */
WeftAny *weft_any_read_checked (WeftAny      *container,
                                const guint8 *data,
                                gsize         n_room);
/* What @container held of a value. */
void     weft_any_release    (WeftAny    *container,
                              WeftAny    *value);

/* Where half of a surrogate pair stands, from byte @from on; @n_bytes: nowhere. */
gsize    weft_any_find_lone  (const char *utf8,
                              gsize       n_bytes,
                              gsize       from);
void     weft_any_replace_lone_in (char *utf8,
                                   gsize n_bytes);

G_END_DECLS
