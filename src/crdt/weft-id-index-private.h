/* weft-id-index-private.h - from a client and a clock to an item
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-doc-structs-private.h"

G_BEGIN_DECLS

void       weft_index_clear  (WeftClient    *client);
void       weft_index_append_chunk (WeftClient *client,
                                    guint32     clock,
                                    WeftHandle  handle);

static inline void
weft_index_append (WeftClient *client,
                   guint32     clock,
                   WeftHandle  handle)
{
  WeftChunk *chunk = client->n_chunks > 0 ? client->chunks[client->n_chunks - 1] : NULL;

  if (chunk != NULL && weft_chunk_goes_on (chunk, clock, handle))
    {
      chunk->n++;
      client->n_packed++;
      return;
    }
  if (G_UNLIKELY (chunk == NULL || chunk->n >= chunk->capacity))
    {
      weft_index_append_chunk (client, clock, handle);
      return;
    }
  weft_chunk_clocks (chunk)[chunk->n] = clock;
  weft_chunk_handles (chunk)[chunk->n] = handle;
  chunk->n++;
}

/* The entry of the run that begins at @old, which is one of the last, gives way to one at the end, of the same handle.
 * FALSE, and nothing changed, where that is not so simple. */
static inline gboolean
weft_index_move_to_end (WeftClient *client,
                        guint32     old,
                        guint32     clock,
                        WeftHandle  handle)
{
  WeftChunk *chunk = client->chunks[client->n_chunks - 1];
  guint32 *clocks = weft_chunk_clocks (chunk), *handles = weft_chunk_handles (chunk);

  /* The first entry is known elsewhere, too. */
  if (weft_chunk_is_packed (chunk) || clocks[0] >= old)
    return FALSE;
  for (guint32 i = chunk->n - 1;; i--)
    {
      guint32 next_clock = clocks[i], next_handle = handles[i];

      clocks[i] = clock;
      handles[i] = handle;
      if (next_clock == old)
        return TRUE;
      clock = next_clock;
      handle = next_handle;
    }
}

/* Fills the index of a client that has none yet: the items of @n handles from @first on, one after
 * the other, without those that were freed. @clocks are those of all handles but @first, whose is 0. */
void       weft_index_fill   (WeftDoc       *doc,
                              WeftClient    *client,
                              WeftHandle     first,
                              guint32        n,
                              const guint32 *clocks);
/* The run that holds @clock, which must be below the client's state. */
WeftHandle weft_index_find   (WeftClient    *client,
                              guint32        clock,
                              WeftIndexSpot *spot);
/* Inserts right after @spot, and moves @spot there. */
void       weft_index_insert_after (WeftIndexSpot *spot,
                                    guint32        clock,
                                    WeftHandle     handle);
/* Removes; @spot then stands at the one before. */
void       weft_index_remove (WeftIndexSpot *spot);
/* From the last entry of a chunk to the first of the next one, or back. WEFT_NONE past either end, with @spot where it
 * was. */
WeftHandle weft_index_next_chunk (WeftIndexSpot *spot);
WeftHandle weft_index_prev_chunk (WeftIndexSpot *spot);
WeftHandle weft_index_last   (WeftClient    *client,
                              WeftIndexSpot *spot);
gsize      weft_index_count_from (const WeftIndexSpot *spot);
/* Makes the chunk at @spot one that is not packed, but for what is far from it. */
void       weft_index_unpack (WeftIndexSpot *spot);

/* Where the index has the first clock of the run at @spot: there and, where @start is not NULL, there too. Stays
 * good until the index changes. NULL where it has none, in a packed chunk. */
static inline guint32 *
weft_index_clock (const WeftIndexSpot *spot,
                  guint32            **start)
{
  *start = spot->slot == 0 ? spot->client->starts + spot->chunk : NULL;
  if (weft_chunk_is_packed (spot->client->chunks[spot->chunk]))
    return NULL;

  return weft_chunk_clocks (spot->client->chunks[spot->chunk]) + spot->slot;
}

static inline WeftHandle
weft_index_get (const WeftIndexSpot *spot)
{
  return weft_chunk_handle (spot->client->chunks[spot->chunk], spot->slot);
}

/* WEFT_NONE past either end, with @spot where it was. */
static inline WeftHandle
weft_index_next (WeftIndexSpot *spot)
{
  const WeftChunk *chunk = spot->client->chunks[spot->chunk];

  if (G_LIKELY (spot->slot + 1 < chunk->n))
    return weft_chunk_handle (chunk, ++spot->slot);

  return weft_index_next_chunk (spot);
}

static inline WeftHandle
weft_index_prev (WeftIndexSpot *spot)
{
  if (G_LIKELY (spot->slot > 0))
    return weft_chunk_handle (spot->client->chunks[spot->chunk], --spot->slot);

  return weft_index_prev_chunk (spot);
}

G_END_DECLS
