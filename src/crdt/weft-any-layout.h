/* weft-any-layout.h - how a value stands in memory, for what builds, reads and writes values
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stddef.h>

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
