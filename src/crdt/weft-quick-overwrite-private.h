/* weft-quick-overwrite-private.h - a client overwrites a value of its own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The usual, where the document collects: then the bits of both items are nearly known, the value mostly takes the
 * other's place, and where the dead item was written right after the one it overwrote, both are one run, and the new
 * item takes over the dead one as it stands:
 *
 *   handle       7          8                        7            8
 *              clock 4 ←─ clock 5 ←─ set again      clocks 4–5 ←─ clock 9
 *              dead       dead now                  one run       no item is made, and none freed
 *
 * It is here so that the public function holds all of it; see weft-quick-map.c for what is not so usual.
 */

#pragma once

#include "crdt/weft-any-layout.h"
#include "crdt/weft-content-private.h"
#include "crdt/weft-quick-private.h"

G_BEGIN_DECLS

/* What an update of it is made of. */
typedef struct
{
  WeftClient   *writer;
  guint32       client, clock; /* of the new item */
  guint32       o_clock;       /* of the one that it overwrites */
  WeftFewBytes  few;           /* the value, or none of it: */
  const guint8 *content;
  gsize         n_content;
} WeftOverwriting;

/* weft-quick-map.c */
void weft_quick_tell_overwriting (WeftDoc               *doc,
                                  const WeftOverwriting *told,
                                  gconstpointer          origin,
                                  gboolean               local);
/* The dead item @handle is one run with @older, its neighbour: @newest, which overwrote it, is then the neighbour. */
void weft_quick_join_with_older  (WeftDoc               *doc,
                                  WeftHandle             handle,
                                  WeftHandle             older,
                                  WeftHandle             newest);
/* The run @handle, which has just grown, may be alike the one before it by now: of what was kept for an undo manager. */
void weft_quick_join_further     (WeftDoc               *doc,
                                  WeftHandle             handle);

/* Values mostly have a few bytes. */
static inline void
weft_quick_copy_value (guint8       *to,
                       const guint8 *from,
                       gsize         n_bytes)
{
  guint64 first, last;

  if (n_bytes < sizeof first || n_bytes > 2 * sizeof first)
    {
      memcpy (to, from, n_bytes);
      return;
    }
  memcpy (&first, from, sizeof first);
  memcpy (&last, from + n_bytes - sizeof last, sizeof last);
  memcpy (to, &first, sizeof first);
  memcpy (to + n_bytes - sizeof last, &last, sizeof last);
}

/* A value that somebody has set and nobody deleted; whoever it was, is not looked at. */
static inline gboolean
weft_quick_is_usual (const WeftItem *item)
{
  const guint64 mask = weft_item_word ((WeftItemBits) { .kind = 0xf, .deleted = 1, .keep = 1, .in_map = 1, .redone = 1 });
  const guint64 usual = weft_item_word ((WeftItemBits) { .kind = WEFT_CONTENT_ANY, .in_map = 1 });

  return (item->word & mask) == usual && item->len == 1;
}

/* The older neighbour of @item, a usual value that @client is overwriting, or what became of one, where both are one
 * run. */
static inline WeftHandle
weft_quick_find_older_part (const WeftDoc  *doc,
                            const WeftItem *item,
                            guint32         client)
{
  const WeftItemBits none = { .r_client = WEFT_NO_CLIENT };
  const guint64 origins = weft_item_word ((WeftItemBits) { .o_client = WEFT_NO_CLIENT, .r_client = WEFT_NO_CLIENT });
  const guint64 run = weft_item_word ((WeftItemBits) {
    .client = WEFT_NO_CLIENT, .r_client = WEFT_NO_CLIENT, .kind = 0xf, .deleted = 1, .redone = 1 });
  guint64 word = item->word;
  const WeftItem *older;

  if (item->o_clock + 1 != item->clock || item->r_clock == WEFT_NONE
      || (word & origins) != (weft_item_word (none) | client * weft_item_word ((WeftItemBits) { .o_client = 1 })))
    return WEFT_NONE;
  older = weft_item (doc, item->r_clock);

  return (older->word & run) == (weft_item_word ((WeftItemBits) {
                                   .r_client = WEFT_NO_CLIENT, .kind = WEFT_CONTENT_DELETED, .deleted = 1 }) | client)
                 && older->clock + older->len == item->clock
             ? item->r_clock
             : WEFT_NONE;
}

/* Puts @few or, where there are none of these, @n_content bytes at @content under the key of @entry, whose value @left at
 * @handle is a usual one of @writer. The document collects, and nobody watches. Of our own a longer value stands behind
 * the end of the arena already. */
static G_ALWAYS_INLINE inline void
weft_quick_overwrite (WeftDoc      *doc,
                      WeftClient   *writer,
                      WeftHandle    handle,
                      WeftItem     *left,
                      WeftMapEntry *entry,
                      WeftFewBytes  few,
                      const guint8 *content,
                      gsize         n_content,
                      gconstpointer origin,
                      gboolean      local)
{
  const WeftItemBits one = { .client = 1, .o_client = 1 };
  const WeftItemBits dead = { .kind = WEFT_CONTENT_DELETED, .deleted = 1 };
  const WeftItemBits value = { .r_client = WEFT_NO_CLIENT, .kind = WEFT_CONTENT_ANY, .in_map = 1 };
  guint32 client = left->bits.client, clock = writer->state, o_clock = left->clock, at = left->content;
  WeftHandle place = left->place, newest = handle, older, left_of_newest;
  guint8 *there = writer->arena + at;
  gboolean grows;
  gsize n_left;

  /* It lies anywhere, and is looked at last. */
  __builtin_prefetch (there);
  weft_cursor_forget (doc);
  weft_siblings_forget (doc, place);
  writer->state = clock + 1;

  left_of_newest = older = weft_quick_find_older_part (doc, left, client);
  grows = older != WEFT_NONE && weft_index_move_to_end (writer, o_clock, clock, handle);
  if (grows)
    {
      weft_item (doc, older)->len++;
    }
  else
    {
      left->word = (left->word & ~weft_item_word ((WeftItemBits) { .kind = 0xf })) | weft_item_word (dead);
      newest = weft_pool_take_item (doc);
      entry->head = newest;
      weft_index_append (writer, clock, newest);
      left_of_newest = handle;
    }

  n_left = weft_any_measure_within (there, writer->arena_allocated - at);
  if (few.n > 0)
    n_content = few.n;
  if (G_LIKELY (n_content <= n_left && n_left <= WEFT_SMALL_VALUE))
    {
      if (few.n > 0)
        weft_few_bytes_put (few, there);
      else
        weft_quick_copy_value (there, content, n_content);
      weft_arena_waste (writer, n_left - n_content);
    }
  else
    {
      guint8 bytes[sizeof few.low + 1];

      weft_arena_waste (writer, n_left);
      if (few.n > 0)
        weft_few_bytes_put (few, bytes);
      if (few.n > 0 || !local)
        {
          at = weft_arena_append (writer, few.n > 0 ? bytes : content, n_content);
        }
      else
        {
          at = writer->arena_used;
          writer->arena_used += (guint32) n_content;
        }
    }
  *weft_item (doc, newest) = (WeftItem) {
    .clock = clock,
    .len = 1,
    .o_clock = o_clock,
    .r_clock = left_of_newest,
    .word = weft_item_word (value) | client * weft_item_word (one),
    .place = place,
    .content = at,
  };

  if (G_UNLIKELY (older != WEFT_NONE && !grows))
    weft_quick_join_with_older (doc, handle, older, newest);
  else if (grows && G_UNLIKELY (weft_quick_find_older_part (doc, weft_item (doc, older), client) != WEFT_NONE))
    weft_quick_join_further (doc, older);
  weft_doc_check (doc);
  if (doc->n_observers > 0)
    {
      const WeftOverwriting told = { writer, client, clock, o_clock, few, writer->arena + at, n_content };

      weft_quick_tell_overwriting (doc, &told, origin, local);
    }
  weft_arena_tidy (doc, writer);
}

G_END_DECLS
