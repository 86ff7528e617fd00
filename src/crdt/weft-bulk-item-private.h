/* weft-bulk-item-private.h - the items of an update that an empty document loads
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Three readers make items: of any struct (weft-bulk-read.c), of the plain ones of the first format
 * (weft-bulk-plain.c) and of the columns of the second (weft-bulk-columns.c). Most of what loading costs is here, so
 * it is part of each.
 */

#pragma once

#include "crdt/weft-bulk-private.h"
#include "crdt/weft-content-private.h"

G_BEGIN_DECLS

/* Short contents are copied as one piece of this size. */
#define WEFT_BULK_SHORT 16

/* Those up to this size as several pieces; a multiple */
#define WEFT_BULK_MEDIUM 64

static inline gboolean
weft_bulk_has_room (const WeftBulk *bulk)
{
  return bulk->doc->n_clients <= WEFT_MAX_CLIENTS - 3 && bulk->n <= WEFT_UNRESOLVED - 3;
}

/* An item as it is read */
typedef struct
{
  guint32         clock, len;
  guint32         o_clock, r_clock; /* see WEFT_PARENT_IS_ROOT */
  guint32         client, o_client, r_client;
  guint32         key;     /* 0: none */
  guint32         content; /* as in WeftItem */
  WeftContentKind kind;
  gboolean        ascii;
} WeftBulkFields;

static inline WeftHandle
weft_bulk_find_origin (WeftBulk    *bulk,
                       WeftBulkRun *run,
                       guint32      clock)
{
  WeftHandle at = weft_bulk_find (bulk, run, clock);

  if (G_UNLIKELY (bulk->clocks[at + 1] != clock + 1) && weft_item (bulk->doc, at)->kind != WEFT_CONTENT_GC)
    weft_bulk_add_cut (bulk, at, clock + 1);

  return at;
}

static inline WeftHandle
weft_bulk_find_right_origin (WeftBulk    *bulk,
                             WeftBulkRun *run,
                             guint32      clock)
{
  WeftHandle at = weft_bulk_find (bulk, run, clock);
  const WeftItem *item;

  if (G_LIKELY (bulk->clocks[at] == clock))
    return at;
  item = weft_item (bulk->doc, at);
  if (item->clock != clock && item->kind != WEFT_CONTENT_GC)
    weft_bulk_add_cut (bulk, at, clock);

  return at;
}

/* Notes the item where it and that of the handle before, which is its origin and that of the clock before, may be one.
 * Nothing here can be foreseen, so that there is no branch. */
static inline void
weft_bulk_note_joinable (WeftBulk             *bulk,
                         WeftHandle            handle,
                         const WeftBulkFields *fields)
{
  const WeftItem *before = weft_item (bulk->doc, handle - 1);

  bulk->joinable[bulk->n_joinable] = handle;
  bulk->n_joinable += (before->kind == fields->kind) & (before->r_client == fields->r_client)
                      & ((fields->r_client == WEFT_NO_CLIENT) | (before->r_clock == fields->r_clock));
}

/* Makes an item of the next handle. What it names of its own client is there already. */
static G_ALWAYS_INLINE inline void
weft_bulk_add_item (WeftBulk      *bulk,
                    WeftBulkRun   *run,
                    WeftBulkFields fields)
{
  WeftDoc *doc = bulk->doc;
  WeftHandle handle = bulk->n + 1, origin = WEFT_NONE, right = WEFT_NONE;

  if (G_UNLIKELY (handle > bulk->allocated))
    weft_bulk_make_room (bulk, handle + handle / 2);
  if (G_UNLIKELY ((handle >> WEFT_ITEM_SLAB_BITS) >= doc->n_slabs))
    weft_pool_add_slab (doc);

  if (fields.o_client == fields.client)
    {
      if (fields.o_clock + 1 == fields.clock)
        {
          origin = handle - 1;
          weft_bulk_note_joinable (bulk, handle, &fields);
        }
      else
        {
          origin = weft_bulk_find_origin (bulk, run, fields.o_clock);
        }
    }
  else if (fields.o_client != WEFT_NO_CLIENT)
    {
      origin = WEFT_UNRESOLVED;
      bulk->has_unresolved = TRUE;
    }
  if (fields.r_client == fields.client)
    {
      right = weft_bulk_find_right_origin (bulk, run, fields.r_clock);
    }
  else if (fields.r_client != WEFT_NO_CLIENT)
    {
      right = WEFT_UNRESOLVED;
      bulk->has_unresolved = TRUE;
    }
  else if (fields.o_client == WEFT_NO_CLIENT && fields.kind != WEFT_CONTENT_GC
           && fields.r_clock != WEFT_PARENT_IS_ROOT)
    {
      bulk->is_flat = FALSE;
      if (fields.r_clock == fields.client)
        {
          fields.o_clock = weft_bulk_find (bulk, run, fields.o_clock);
          fields.r_clock = WEFT_PARENT_IS_ITEM;
        }
      else
        {
          bulk->has_unresolved = TRUE;
        }
    }
  bulk->origin[handle] = origin;
  bulk->right_origin[handle] = right;
  weft_bulk_add_clock (bulk, run, handle, fields.clock, fields.len);
  bulk->n = handle;

  /* All at once: what is written bit by bit is slow to be copied. */
  *weft_item (doc, handle) = (WeftItem) {
    .clock = fields.clock,
    .len = fields.len,
    .o_clock = fields.o_clock,
    .r_clock = fields.r_clock,
    .client = fields.client,
    .o_client = fields.o_client,
    .r_client = fields.r_client,
    .kind = fields.kind,
    .deleted = fields.kind == WEFT_CONTENT_DELETED || fields.kind == WEFT_CONTENT_GC,
    .ascii = fields.ascii,
    .in_map = fields.key != 0,
    .place = fields.key,
    .content = fields.content,
  };
  if (bulk->links_early)
    weft_bulk_link_behind (bulk, handle);
}

/* Maps that are siblings mostly have the same keys in the same order: the key that came after the one read last when
 * that came last, if it is that again; else 0. */
static inline guint32
weft_bulk_guess_key (const WeftBulk *bulk,
                     const guint8   *name,
                     guint32         n_bytes)
{
  guint32 guess = bulk->key_after[bulk->last_key & (WEFT_BULK_KEYS - 1)];
  const WeftKey *key = weft_key (bulk->doc, guess);

  return guess != 0 && key->length == n_bytes && memcmp (key->string, name, n_bytes) == 0 ? guess : 0;
}

static inline void
weft_bulk_note_key (WeftBulk *bulk,
                    guint32   key)
{
  bulk->key_after[bulk->last_key & (WEFT_BULK_KEYS - 1)] = key;
}

/* Puts a content behind the others of the client; @end is that of what may be read. */
static inline guint32
weft_bulk_append (WeftClient   *client,
                  const guint8 *data,
                  gsize         n_bytes,
                  const guint8 *end)
{
  guint32 offset = client->arena_used;

  /* In pieces of one size, the last of which may be too long */
  if (n_bytes > WEFT_BULK_MEDIUM || client->arena_allocated - offset < WEFT_BULK_MEDIUM
      || end - data < WEFT_BULK_MEDIUM)
    return weft_arena_append (client, data, n_bytes);
  memcpy (client->arena + offset, data, WEFT_BULK_SHORT);
  for (gsize at = WEFT_BULK_SHORT; G_UNLIKELY (at < n_bytes); at += WEFT_BULK_SHORT)
    memcpy (client->arena + offset + at, data + at, WEFT_BULK_SHORT);
  client->arena_used += n_bytes;

  return offset;
}

G_END_DECLS
