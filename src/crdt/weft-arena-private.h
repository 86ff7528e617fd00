/* weft-arena-private.h - the bytes of what items hold
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-doc-structs-private.h"

G_BEGIN_DECLS

/* Appends bytes to the client's arena; returns their offset. */
guint32     weft_arena_append     (WeftClient     *client,
                                   const void     *data,
                                   gsize           n_bytes);
void        weft_arena_trim       (WeftClient     *client);

/* So many bytes of an arena that are not used are left to it. */
#define WEFT_ARENA_SPARE 32

/* As weft_arena_append(), for text that is mostly one byte. */
static inline guint32
weft_arena_append_text (WeftClient *client,
                        const char *utf8,
                        gsize       n_bytes)
{
  guint32 offset = client->arena_used;

  if (G_UNLIKELY (client->arena_allocated - offset < n_bytes))
    return weft_arena_append (client, utf8, n_bytes);
  if (n_bytes == 1)
    client->arena[offset] = (guint8) *utf8;
  else
    memcpy (client->arena + offset, utf8, n_bytes);
  client->arena_used += n_bytes;

  return offset;
}

/* So many bytes of text are needed no more. */
static inline void
weft_arena_waste (WeftClient *client,
                  guint64     n_bytes)
{
  client->arena_dead += (guint32) n_bytes;
}

/* A value of up to so many bytes may be written over where nobody needs it any more. No place in it is kept. */
#define WEFT_SMALL_VALUE 64

/* Gives back what was wasted, where that is a good part. No pointer into the arena stays good. */
void        weft_arena_compact    (WeftDoc        *doc,
                                   WeftClient     *client);

/* From so many wasted bytes on, and a fourth of all, an arena is compacted. */
#define WEFT_ARENA_WASTE 4096

static inline void
weft_arena_tidy (WeftDoc    *doc,
                 WeftClient *client)
{
  if (client->arena_dead >= WEFT_ARENA_WASTE && client->arena_dead >= client->arena_used / 4)
    weft_arena_compact (doc, client);
}

/* Bytes of the first @n_units UTF-16 units; @splits is set where that ends within a pair, whose four bytes are then not counted. */
gsize       weft_utf8_advance     (const guint8   *data,
                                   guint64         n_units,
                                   gboolean       *splits);
void        weft_guides_clear     (WeftClient     *client);
/* Content bytes of @item that begin @offset units in, as on the wire but without counts. */
const guint8 *weft_content_bytes  (WeftDoc        *doc,
                                   const WeftItem *item,
                                   guint32         offset,
                                   gsize          *n_bytes);
/* @left keeps the first @diff units, @right gets the rest. */
void        weft_content_split    (WeftDoc        *doc,
                                   WeftItem       *left,
                                   WeftItem       *right,
                                   guint32         diff);
/* Whether the contents of two adjacent runs could be joined; joins them. */
gboolean    weft_content_merge    (WeftDoc        *doc,
                                   WeftItem       *left,
                                   const WeftItem *right);
/* The unit of @item at @offset as a value; NULL for types and what has none. */
WeftAny    *weft_content_get      (WeftDoc        *doc,
                                   const WeftItem *item,
                                   guint32         offset);
/* The same, with halves of surrogate pairs as weft_any_from_json_exact() has them. */
WeftAny    *weft_content_get_exact (WeftDoc       *doc,
                                    const WeftItem *item,
                                    guint32         offset);
WeftType   *weft_content_get_type (WeftDoc        *doc,
                                   const WeftItem *item);
void        weft_content_write    (WeftDoc        *doc,
                                   const WeftItem *item,
                                   guint32         offset,
                                   guint32         end,
                                   WeftWriter     *writer);
/* A copy of @from's content for a new item @to of client @to->client. */
void        weft_content_copy     (WeftDoc        *doc,
                                   const WeftItem *from,
                                   WeftItem       *to);
/* What @item has in an arena is needed no more. */
void        weft_content_waste    (WeftDoc        *doc,
                                   const WeftItem *item);
/* Whether the unit at @offset is the second half of a surrogate pair. */
gboolean    weft_content_is_inside_pair (WeftDoc        *doc,
                                         const WeftItem *item,
                                         guint32         offset);
/* Puts a value into the arena of item's client and sets kind and content. */
void        weft_content_set_any  (WeftDoc        *doc,
                                   WeftItem       *item,
                                   const WeftAny  *value);
/* UTF-16 length of UTF-8; @ascii tells whether it is all ASCII. */
guint64     weft_utf8_measure     (const char     *utf8,
                                   gsize           n_bytes,
                                   gboolean       *ascii);

G_END_DECLS
