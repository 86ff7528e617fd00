/* weft-id-index.c - from (client, clock) to the run that holds it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An unrolled sorted array for each client: a directory of chunks of up to 64 (clock, handle), or packed ones of any
 * length. Appending is O(1), a split moves at most one chunk. No chunk is ever empty. A chunk is packed when it is
 * full and counts up; where a packed one is changed in its middle, what is around that place becomes a chunk as others.
 */

#include "config.h"

#include "crdt/weft-doc-private.h"
#include "crdt/weft-search-private.h"
#include "crdt/weft-slots-private.h"

/* So many entries are looked at one by one. */
#define NEAR 4

/* So many entries a full chunk gives to its neighbour at once. */
#define SHARE 8

/* Of a packed chunk so many entries come out of it at once, and as few more as leave no shorter packed one. */
#define UNPACKED 32
#define FEW_PACKED 16

/* So few chunks of a client are looked at one by one: most clients of a large document wrote little. */
#define FEW_CHUNKS 8

static WeftChunk *
new_chunk (guint32 capacity)
{
  WeftChunk *chunk = g_malloc (sizeof (WeftChunk) + capacity * 2 * sizeof (guint32));

  chunk->n = 0;
  chunk->capacity = capacity;

  return chunk;
}

static WeftChunk *
new_packed (guint32    clock,
            WeftHandle handle,
            guint32    n)
{
  WeftChunk *chunk = g_malloc (sizeof (WeftChunk) + 2 * sizeof (guint32));

  *chunk = (WeftChunk) { .n = n };
  chunk->data[0] = clock;
  chunk->data[1] = handle;

  return chunk;
}

void
weft_index_clear (WeftClient *client)
{
  for (guint32 i = 0; i < client->n_chunks; i++)
    g_free (client->chunks[i]);
  g_clear_pointer (&client->chunks, g_free);
  g_clear_pointer (&client->starts, g_free);
  client->n_chunks = client->chunks_allocated = client->n_packed = 0;
}

/* How many starts there is room for where there are so many chunks: what searches them reads a little beyond. */
static inline guint32
room_for_starts (guint32 n_chunks)
{
  return n_chunks + (n_chunks > FEW_CHUNKS ? WEFT_SEARCH_SPAN : 0);
}

static void
insert_chunk (WeftClient *client,
              guint32     at,
              WeftChunk  *chunk,
              guint32     start)
{
  if (client->n_chunks == client->chunks_allocated)
    {
      client->chunks_allocated = MAX (2, client->chunks_allocated * 2);
      client->chunks = g_renew (WeftChunk *, client->chunks, client->chunks_allocated);
      client->starts = g_renew (guint32, client->starts, room_for_starts (client->chunks_allocated));
    }
  memmove (client->starts + at + 1, client->starts + at, (client->n_chunks - at) * sizeof (guint32));
  client->starts[at] = start;
  memmove (client->chunks + at + 1, client->chunks + at,
           (client->n_chunks - at) * sizeof (WeftChunk *));
  client->chunks[at] = chunk;
  client->n_chunks++;
}

/* Makes room for more entries in a chunk that is not yet of full size. */
static WeftChunk *
grow_chunk (WeftClient *client,
            guint32     at)
{
  WeftChunk *old = client->chunks[at];
  WeftChunk *chunk = new_chunk (old->capacity * 2);

  chunk->n = old->n;
  memcpy (weft_chunk_clocks (chunk), weft_chunk_clocks (old), old->n * sizeof (guint32));
  memcpy (weft_chunk_handles (chunk), weft_chunk_handles (old), old->n * sizeof (guint32));
  g_free (old);
  client->chunks[at] = chunk;

  return chunk;
}

/* Packs the last chunk, which is full, if it counts up. */
static WeftChunk *
pack_last (WeftClient *client)
{
  WeftChunk **last = &client->chunks[client->n_chunks - 1], *chunk = *last;
  guint32 clock = chunk->data[0];
  WeftHandle handle = weft_chunk_handles (chunk)[0];

  if (weft_chunk_clocks (chunk)[WEFT_CHUNK_SIZE - 1] - clock != WEFT_CHUNK_SIZE - 1)
    return chunk;
  for (guint32 i = 1; i < WEFT_CHUNK_SIZE; i++)
    if (weft_chunk_handles (chunk)[i] - handle != i)
      return chunk;

  g_free (chunk);
  client->n_packed += WEFT_CHUNK_SIZE;
  if (client->n_chunks > 1 && weft_chunk_goes_on (last[-1], clock, handle))
    {
      last[-1]->n += WEFT_CHUNK_SIZE;
      client->n_chunks--;
      return last[-1];
    }

  return *last = new_packed (clock, handle, WEFT_CHUNK_SIZE);
}

void
weft_index_append_chunk (WeftClient *client,
                         guint32     clock,
                         WeftHandle  handle)
{
  WeftChunk *chunk = client->n_chunks > 0 ? client->chunks[client->n_chunks - 1] : NULL;

  if (chunk != NULL && chunk->capacity == WEFT_CHUNK_SIZE)
    chunk = pack_last (client);
  if (chunk != NULL && weft_chunk_goes_on (chunk, clock, handle))
    {
      chunk->n++;
      client->n_packed++;
      return;
    }
  if (chunk == NULL || chunk->n >= WEFT_CHUNK_SIZE || weft_chunk_is_packed (chunk))
    {
      chunk = new_chunk (chunk == NULL ? 4 : WEFT_CHUNK_SIZE);
      insert_chunk (client, client->n_chunks, chunk, clock);
    }
  else
    {
      chunk = grow_chunk (client, client->n_chunks - 1);
    }

  weft_chunk_clocks (chunk)[chunk->n] = clock;
  weft_chunk_handles (chunk)[chunk->n] = handle;
  chunk->n++;
}

static gboolean
are_all_there (const WeftDoc *doc,
               WeftHandle     at,
               guint32        n)
{
  for (WeftHandle end = at + n; at < end; at++)
    if (weft_item (doc, at)->kind == WEFT_FREE_ITEM)
      return FALSE;

  return TRUE;
}

/* How many of @n handles from @at on count up with their clocks, in pieces as long as a chunk. */
static guint32
count_packed (const WeftDoc *doc,
              const guint32 *clocks,
              WeftHandle     at,
              guint32        n)
{
  guint32 packed = 0;

  while (n - packed >= WEFT_CHUNK_SIZE
         && clocks[at + packed + WEFT_CHUNK_SIZE - 1] - clocks[at] == packed + WEFT_CHUNK_SIZE - 1
         && (doc->free_item == WEFT_NONE || are_all_there (doc, at + packed, WEFT_CHUNK_SIZE)))
    packed += WEFT_CHUNK_SIZE;

  return packed;
}

/* Appends a chunk of the items from @at on that were not freed, as many as are in it; returns how many handles that
 * took of @n. */
static guint32
fill_chunk (WeftDoc       *doc,
            WeftClient    *client,
            WeftHandle     at,
            guint32        n,
            const guint32 *clocks)
{
  guint32 capacity = 4, taken = 0;
  WeftChunk *chunk;

  while (capacity < MIN (n, WEFT_CHUNK_SIZE))
    capacity *= 2;
  chunk = new_chunk (capacity);
  /* Mostly none was freed. */
  if (doc->free_item == WEFT_NONE)
    {
      taken = chunk->n = MIN (n, capacity);
      memcpy (weft_chunk_clocks (chunk), clocks + at, taken * sizeof (guint32));
      for (guint32 i = 0; i < taken; i++)
        weft_chunk_handles (chunk)[i] = at + i;
    }
  for (; taken < n && chunk->n < capacity; taken++)
    {
      const WeftItem *item = weft_item (doc, at + taken);

      weft_chunk_clocks (chunk)[chunk->n] = item->clock;
      weft_chunk_handles (chunk)[chunk->n] = at + taken;
      chunk->n += item->kind != WEFT_FREE_ITEM;
    }
  if (chunk->n == 0)
    {
      g_free (chunk);
      return taken;
    }
  client->starts[client->n_chunks] = weft_chunk_clocks (chunk)[0];
  client->chunks[client->n_chunks++] = chunk;

  return taken;
}

void
weft_index_fill (WeftDoc       *doc,
                 WeftClient    *client,
                 WeftHandle     first,
                 guint32        n,
                 const guint32 *clocks)
{
  client->chunks_allocated = n / WEFT_CHUNK_SIZE + 2;
  client->chunks = g_new (WeftChunk *, client->chunks_allocated);
  client->starts = g_new (guint32, room_for_starts (client->chunks_allocated));
  for (WeftHandle at = first; n > 0;)
    {
      guint32 taken = count_packed (doc, clocks, at, n);

      if (taken > 0)
        {
          client->starts[client->n_chunks] = clocks[at];
          client->chunks[client->n_chunks++] = new_packed (clocks[at], at, taken);
          client->n_packed += taken;
        }
      else
        {
          taken = fill_chunk (doc, client, at, n, clocks);
        }
      at += taken;
      n -= taken;
    }
}

static guint32
find_chunk (WeftClient *client,
            guint32     clock)
{
  const guint32 *starts = client->starts;
  guint32 n = client->n_chunks, hit = client->hit, low = 0;

  /* On which side of the chunk found last it is nobody can foresee, only whether it is in that one. */
  if (hit + 1 < n && ((guint) (starts[hit] <= clock) & (guint) (starts[hit + 1] > clock)) != 0)
    return hit;
  if (starts[n - 1] <= clock)
    return client->hit = n - 1;

  if (n > FEW_CHUNKS)
    return client->hit = weft_search_last (starts, n, clock);
  while (starts[low + 1] <= clock)
    low++;

  return client->hit = low;
}

WeftHandle
weft_index_find (WeftClient    *client,
                 guint32        clock,
                 WeftIndexSpot *spot)
{
  guint32 at = client->n_chunks - 1, low = 0, n;
  WeftChunk *chunk = client->chunks[at];
  const guint32 *clocks;

  /* What was written last is named most. */
  if (weft_chunk_clock (chunk, chunk->n - 1) <= clock)
    {
      low = chunk->n - 1;
      if (spot != NULL)
        *spot = (WeftIndexSpot) { client, at, low };
      return weft_chunk_handle (chunk, low);
    }

  at = find_chunk (client, clock);
  chunk = client->chunks[at];
  clocks = weft_chunk_clocks (chunk);
  n = chunk->n;
  if (weft_chunk_is_packed (chunk))
    {
      low = MIN (clock - chunk->data[0], n - 1);
      if (spot != NULL)
        *spot = (WeftIndexSpot) { client, at, low };
      return chunk->data[1] + low;
    }

  /* No entry can be further on than its clock is; where nearly all are of one unit, it is there or just before. */
  if (clock - client->starts[at] < n)
    {
      n = clock - client->starts[at] + 1;
      __builtin_prefetch (&weft_chunk_handles (chunk)[n - 1]);
      for (guint i = 0; i < NEAR && n > 1 && clocks[n - 1] > clock; i++)
        n--;
      if (clocks[n - 1] <= clock)
        {
          low = n - 1;
          n = 1;
        }
    }
  else
    {
      for (guint i = 0; i < WEFT_CHUNK_SIZE * sizeof (guint32); i += 64)
        __builtin_prefetch ((const guint8 *) clocks + i);
    }

  /* The last entry that is not beyond @clock. */
  if (n > 1 && chunk->capacity >= WEFT_SEARCH_SPAN)
    {
      low = weft_search_last (clocks, n, clock);
    }
  else
    {
      while (low + 1 < n && clocks[low + 1] <= clock)
        low++;
    }

  if (spot != NULL)
    *spot = (WeftIndexSpot) { client, at, low };

  return weft_chunk_handles (chunk)[low];
}

void
weft_index_unpack (WeftIndexSpot *spot)
{
  WeftClient *client = spot->client;
  WeftChunk *chunk, *packed = client->chunks[spot->chunk];
  guint32 from = spot->slot / UNPACKED * UNPACKED, to = MIN (from + UNPACKED, packed->n), clock, n;
  WeftHandle handle;

  if (!weft_chunk_is_packed (packed))
    return;
  if (from < FEW_PACKED)
    from = 0;
  if (packed->n - to < FEW_PACKED)
    to = packed->n;
  clock = packed->data[0];
  handle = packed->data[1];
  n = packed->n;

  chunk = new_chunk (WEFT_CHUNK_SIZE);
  chunk->n = to - from;
  client->n_packed -= chunk->n;
  for (guint32 i = 0; i < chunk->n; i++)
    {
      weft_chunk_clocks (chunk)[i] = clock + from + i;
      weft_chunk_handles (chunk)[i] = handle + from + i;
    }
  if (from > 0)
    {
      packed->n = from;
      insert_chunk (client, ++spot->chunk, chunk, clock + from);
      spot->slot -= from;
    }
  else
    {
      client->chunks[spot->chunk] = chunk;
      g_free (packed);
    }
  if (to < n)
    insert_chunk (client, spot->chunk + 1, new_packed (clock + to, handle + to, n - to), clock + to);
}

/* Moves the first entries of a full chunk into the one before it, where there is room. */
static gboolean
give_to_left (WeftClient *client,
              guint32     at)
{
  WeftChunk *left, *chunk = client->chunks[at];

  if (at == 0)
    return FALSE;
  left = client->chunks[at - 1];
  /* A packed one has no capacity. */
  if (left->capacity < WEFT_CHUNK_SIZE || left->n > WEFT_CHUNK_SIZE - SHARE - 1)
    return FALSE;

  memcpy (weft_chunk_clocks (left) + left->n, weft_chunk_clocks (chunk), SHARE * sizeof (guint32));
  memcpy (weft_chunk_handles (left) + left->n, weft_chunk_handles (chunk), SHARE * sizeof (guint32));
  left->n += SHARE;
  chunk->n -= SHARE;
  memmove (weft_chunk_clocks (chunk), weft_chunk_clocks (chunk) + SHARE, chunk->n * sizeof (guint32));
  memmove (weft_chunk_handles (chunk), weft_chunk_handles (chunk) + SHARE, chunk->n * sizeof (guint32));
  client->starts[at] = weft_chunk_clocks (chunk)[0];

  return TRUE;
}

void
weft_index_insert_after (WeftIndexSpot *spot,
                         guint32        clock,
                         WeftHandle     handle)
{
  WeftClient *client = spot->client;
  WeftChunk *chunk = client->chunks[spot->chunk];
  guint32 slot = spot->slot + 1;

  if (weft_chunk_is_packed (chunk))
    {
      if (slot == chunk->n && spot->chunk + 1 == client->n_chunks)
        {
          weft_index_append (client, clock, handle);
          weft_index_last (client, spot);
          return;
        }
      weft_index_unpack (spot);
      chunk = client->chunks[spot->chunk];
      slot = spot->slot + 1;
    }

  if (chunk->n == chunk->capacity && chunk->capacity < WEFT_CHUNK_SIZE)
    {
      chunk = grow_chunk (client, spot->chunk);
    }
  else if (slot == WEFT_CHUNK_SIZE && spot->chunk + 1 == client->n_chunks)
    {
      weft_index_append (client, clock, handle);
      weft_index_last (client, spot);
      return;
    }
  else if (chunk->n == WEFT_CHUNK_SIZE && give_to_left (client, spot->chunk))
    {
      /* What was at the start of this chunk is in the one before now. */
      if (slot > SHARE)
        {
          slot -= SHARE;
        }
      else
        {
          spot->chunk--;
          chunk = client->chunks[spot->chunk];
          slot += chunk->n - SHARE;
        }
    }
  else if (chunk->n == WEFT_CHUNK_SIZE)
    {
      WeftChunk *right = new_chunk (WEFT_CHUNK_SIZE);
      guint32 half = WEFT_CHUNK_SIZE / 2;

      right->n = chunk->n - half;
      memcpy (weft_chunk_clocks (right), weft_chunk_clocks (chunk) + half,
              right->n * sizeof (guint32));
      memcpy (weft_chunk_handles (right), weft_chunk_handles (chunk) + half,
              right->n * sizeof (guint32));
      chunk->n = half;
      insert_chunk (client, spot->chunk + 1, right, weft_chunk_clocks (right)[0]);
      if (slot > half)
        {
          spot->chunk++;
          slot -= half;
          chunk = right;
        }
    }

  weft_shift_slots (weft_chunk_clocks (chunk) + slot, weft_chunk_handles (chunk) + slot, chunk->n - slot, 1);
  weft_chunk_clocks (chunk)[slot] = clock;
  weft_chunk_handles (chunk)[slot] = handle;
  chunk->n++;
  spot->slot = slot;
}

/* Closes the gap that entry @slot leaves; the chunk's count is without it already. */
static void
take_entry (WeftChunk *chunk,
            guint32    slot)
{
  gsize n_bytes = (chunk->n - slot) * sizeof (guint32);

  memmove (weft_chunk_clocks (chunk) + slot, weft_chunk_clocks (chunk) + slot + 1, n_bytes);
  memmove (weft_chunk_handles (chunk) + slot, weft_chunk_handles (chunk) + slot + 1, n_bytes);
}

void
weft_index_remove (WeftIndexSpot *spot)
{
  WeftClient *client = spot->client;
  WeftChunk *chunk;

  if (spot->slot + 1 < client->chunks[spot->chunk]->n)
    weft_index_unpack (spot);
  chunk = client->chunks[spot->chunk];
  chunk->n--;
  if (weft_chunk_is_packed (chunk))
    client->n_packed--;
  else
    take_entry (chunk, spot->slot);

  if (chunk->n == 0)
    {
      g_free (chunk);
      client->n_chunks--;
      memmove (client->chunks + spot->chunk, client->chunks + spot->chunk + 1,
               (client->n_chunks - spot->chunk) * sizeof (WeftChunk *));
      memmove (client->starts + spot->chunk, client->starts + spot->chunk + 1,
               (client->n_chunks - spot->chunk) * sizeof (guint32));
    }
  else
    {
      client->starts[spot->chunk] = weft_chunk_clock (chunk, 0);
    }

  if (spot->slot > 0)
    {
      spot->slot--;
    }
  else if (spot->chunk > 0)
    {
      spot->chunk--;
      spot->slot = client->chunks[spot->chunk]->n - 1;
    }
}

WeftHandle
weft_index_next_chunk (WeftIndexSpot *spot)
{
  if (spot->chunk + 1 == spot->client->n_chunks)
    return WEFT_NONE;
  spot->chunk++;
  spot->slot = 0;

  return weft_index_get (spot);
}

WeftHandle
weft_index_prev_chunk (WeftIndexSpot *spot)
{
  if (spot->chunk == 0)
    return WEFT_NONE;
  spot->chunk--;
  spot->slot = spot->client->chunks[spot->chunk]->n - 1;

  return weft_index_get (spot);
}

WeftHandle
weft_index_last (WeftClient    *client,
                 WeftIndexSpot *spot)
{
  if (client->n_chunks == 0)
    return WEFT_NONE;

  *spot = (WeftIndexSpot) { client, client->n_chunks - 1, client->chunks[client->n_chunks - 1]->n - 1 };

  return weft_index_get (spot);
}

/* How many runs there are from @spot to the client's last. */
gsize
weft_index_count_from (const WeftIndexSpot *spot)
{
  gsize count = spot->client->chunks[spot->chunk]->n - spot->slot;

  for (guint32 i = spot->chunk + 1; i < spot->client->n_chunks; i++)
    count += spot->client->chunks[i]->n;

  return count;
}
