/* weft-bulk-clocks.c - from (client, clock) to the item, while an empty document loads
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The clocks of all items stand in one array. Where a client wrote unit by unit from its start, the place
 * follows from the clock; behind that a table says at which item each bucket of clocks begins. It grows as
 * items are read, so that these can be asked for what came before them, and it has about an item a bucket: where
 * items are longer than they were, buckets become wider, and where shorter, narrower.
 */

#include "config.h"

#include "crdt/weft-bulk-private.h"

/* So many buckets an item there may be, so many there are when they become too many, and so many when too few. */
#define MAX_PER_ITEM 2
#define NEW_PER_ITEM 1
#define ITEMS_PER_BUCKET 4

/* So few are never too many. */
#define FEW_BUCKETS 64

/* At first a bucket has 2^3 clocks. */
#define FIRST_SHIFT 3

void
weft_bulk_make_room (WeftBulk *bulk,
                     guint32   n)
{
  gsize size = (gsize) n + 2;

  bulk->allocated = n;
  bulk->clocks = g_renew (guint32, bulk->clocks, size + WEFT_SEARCH_NEAR);
  bulk->origin = g_renew (WeftHandle, bulk->origin, size);
  bulk->right_origin = g_renew (WeftHandle, bulk->right_origin, size);
  bulk->joinable = g_renew (WeftHandle, bulk->joinable, size);
  if (bulk->links_early)
    bulk->next = g_renew (WeftHandle, bulk->next, size);
}

static void
widen_buckets (WeftBulkRun *run,
               guint32      end,
               guint32      wanted)
{
  guint32 more = 0;

  while ((weft_bulk_count_buckets (run, end) >> more) > wanted)
    more++;
  run->n_buckets = run->n_buckets > 0 ? ((run->n_buckets - 1) >> more) + 1 : 0;
  for (guint32 i = 1; i < run->n_buckets; i++)
    run->buckets[i] = run->buckets[i << more];
  run->shift += more;
}

static void
put_in_buckets (WeftBulkRun *run,
                WeftHandle   at,
                guint32      end)
{
  guint32 n = weft_bulk_count_buckets (run, end);

  if (n + WEFT_BULK_SPARE_BUCKETS >= run->buckets_allocated)
    {
      run->buckets_allocated = MAX (n + WEFT_BULK_SPARE_BUCKETS + 1, MAX (run->buckets_allocated * 2, FEW_BUCKETS));
      run->buckets = g_renew (WeftHandle, run->buckets, run->buckets_allocated);
    }
  while (run->n_buckets < n)
    run->buckets[run->n_buckets++] = at;
}

/* All items from the first that is not dense to the one before @at. */
static void
narrow_buckets (WeftBulk    *bulk,
                WeftBulkRun *run,
                WeftHandle   at)
{
  guint32 wanted = (at - run->first - run->dense) * NEW_PER_ITEM;

  run->shift = 0;
  while (weft_bulk_count_buckets (run, bulk->clocks[at]) > wanted)
    run->shift++;
  run->n_buckets = 0;
  for (WeftHandle i = run->first + run->dense; i < at; i++)
    put_in_buckets (run, i, bulk->clocks[i + 1]);
}

void
weft_bulk_fill_buckets (WeftBulk    *bulk,
                        WeftBulkRun *run,
                        WeftHandle   at,
                        guint32      end)
{
  guint32 n = at + 1 - run->first - run->dense;

  if (run->n_buckets == 0)
    run->shift = FIRST_SHIFT;
  else if (n / ITEMS_PER_BUCKET > run->n_buckets && run->shift > 0)
    narrow_buckets (bulk, run, at);
  if (weft_bulk_count_buckets (run, end) > FEW_BUCKETS && weft_bulk_count_buckets (run, end) / MAX_PER_ITEM > n)
    widen_buckets (run, end, MAX (n * NEW_PER_ITEM, FEW_BUCKETS));
  put_in_buckets (run, at, end);
  run->few_buckets = MIN (run->buckets_allocated - WEFT_BULK_SPARE_BUCKETS, MAX (n * MAX_PER_ITEM, FEW_BUCKETS));
  run->few_items = run->shift > 0 ? run->first + run->dense + ITEMS_PER_BUCKET * (run->n_buckets + 1) : WEFT_UNRESOLVED;
}

void
weft_bulk_grow_last (WeftBulk    *bulk,
                     WeftBulkRun *run,
                     guint32      end)
{
  WeftItem *item = weft_item (bulk->doc, bulk->n);

  item->len = end - item->clock;
  run->dense = MIN (run->dense, item->clock);
  weft_bulk_put_end (bulk->clocks + bulk->n + 1, end);
  weft_bulk_fill_buckets (bulk, run, bulk->n, end);
}

/* Within a bucket that holds many. */
WeftHandle
weft_bulk_find_far (WeftBulk    *bulk,
                    WeftBulkRun *run,
                    guint32      bucket,
                    guint32      clock)
{
  const guint32 *clocks = bulk->clocks;
  WeftHandle low = run->buckets[bucket], high;

  if (bucket + 1 < run->n_buckets)
    high = run->buckets[bucket + 1];
  else
    high = run->end != 0 ? run->end - 1 : bulk->n;
  while (low < high)
    {
      WeftHandle middle = high - (high - low) / 2;

      if (clocks[middle] <= clock)
        low = middle;
      else
        high = middle - 1;
    }

  return low;
}

void
weft_bulk_index_again (WeftBulk *bulk)
{
  weft_bulk_make_room (bulk, bulk->n);
  for (guint32 i = 0; i < bulk->n_runs; i++)
    bulk->runs[i].dense = bulk->runs[i].n_buckets = bulk->runs[i].few_buckets = 0;
  /* In the order of handles: what is written behind an item belongs to the next ones. */
  for (WeftHandle at = 1; at <= bulk->n; at++)
    {
      const WeftItem *item = weft_item (bulk->doc, at);

      weft_bulk_add_clock (bulk, &bulk->runs[item->client], at, item->clock, item->len);
    }
  for (guint32 i = 0; i < bulk->n_runs; i++)
    bulk->clocks[bulk->runs[i].end] = G_MAXUINT32;
}

void
weft_bulk_clear_clocks (WeftBulk *bulk)
{
  for (guint32 i = 0; i < bulk->n_runs; i++)
    g_clear_pointer (&bulk->runs[i].buckets, g_free);
  g_clear_pointer (&bulk->clocks, g_free);
  g_clear_pointer (&bulk->origin, g_free);
  g_clear_pointer (&bulk->right_origin, g_free);
  g_clear_pointer (&bulk->joinable, g_free);
}
