/* weft-bulk-resolve.c - from ids to items, while an empty document loads
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What an item names of its own client was found when it was read. Here the rest is found, once all is there;
 * and where an origin, or a range that was deleted, begins or ends within an item, that is cut. No document that was
 * written as a whole needs a cut; updates that were joined without a document may.
 */

#include "config.h"

#include "crdt/weft-bulk-private.h"

/* How many items before its turn the bucket that an item asks for is fetched. */
#define AHEAD 8

void
weft_bulk_add_cut (WeftBulk  *bulk,
                   WeftHandle handle,
                   guint32    clock)
{
  WeftBulkCut cut = { handle, clock };

  g_array_append_val (bulk->cuts, cut);
}

/* The item that holds @clock; WEFT_NONE where the client has not come so far. */
static inline WeftHandle
find_item (WeftBulk *bulk,
           guint32   client,
           guint32   clock)
{
  return clock < weft_client (bulk->doc, client)->state ? weft_bulk_find (bulk, &bulk->runs[client], clock)
                                                        : WEFT_NONE;
}

/* The client of the range, and all of it, is here. Notes where the range begins or ends within an item. */
static gboolean
resolve_range (WeftBulk          *bulk,
               const WeftIdRange *range,
               guint32            client)
{
  WeftBulkRun *run = &bulk->runs[client];
  guint64 end = range->clock + range->length, at_end;
  const WeftItem *item;
  WeftHandle at;

  if (end > weft_client (bulk->doc, client)->state)
    return FALSE;
  at = weft_bulk_find (bulk, run, (guint32) range->clock);
  item = weft_item (bulk->doc, at);
  if (item->clock != range->clock && !item->deleted)
    weft_bulk_add_cut (bulk, at, (guint32) range->clock);
  for (;; item = weft_item (bulk->doc, ++at))
    {
      at_end = (guint64) item->clock + item->len;
      bulk->deletes_live |= !item->deleted;
      if (at_end >= end)
        break;
    }
  if (at_end > end && !item->deleted)
    weft_bulk_add_cut (bulk, at, (guint32) end);

  return TRUE;
}

static gboolean
resolve_ranges (WeftBulk *bulk)
{
  gsize n_ranges = bulk->deletes != NULL ? weft_delete_set_get_n_ranges (bulk->deletes) : 0;
  const WeftIdRange *range = n_ranges > 0 ? weft_delete_set_get_range (bulk->deletes, 0) : NULL;
  guint32 client = WEFT_NO_CLIENT;

  for (gsize i = 0; i < n_ranges; i++, range++)
    {
      if (i == 0 || range->client != range[-1].client)
        client = weft_clients_lookup (bulk->doc, range->client);
      if (client == WEFT_NO_CLIENT || !resolve_range (bulk, range, client))
        return FALSE;
    }

  return TRUE;
}

static inline void
prefetch_bucket (const WeftBulk *bulk,
                 const WeftItem *item)
{
  const WeftBulkRun *run;

  if (item->o_client == WEFT_NO_CLIENT)
    return;
  run = &bulk->runs[item->o_client];
  if (item->o_clock >= run->dense && item->o_clock < weft_client (bulk->doc, item->o_client)->state)
    __builtin_prefetch (&run->buckets[(item->o_clock - run->dense) >> run->shift]);
}

static gboolean
resolve_origin (WeftBulk       *bulk,
                const WeftItem *item,
                WeftHandle     *found)
{
  const WeftItem *left;

  *found = find_item (bulk, item->o_client, item->o_clock);
  if (*found == WEFT_NONE)
    return FALSE;
  left = weft_item (bulk->doc, *found);
  if (left->clock + left->len - 1 != item->o_clock && left->kind != WEFT_CONTENT_GC)
    weft_bulk_add_cut (bulk, *found, item->o_clock + 1);

  return TRUE;
}

static gboolean
resolve_right_origin (WeftBulk       *bulk,
                      const WeftItem *item,
                      WeftHandle     *found)
{
  const WeftItem *right;

  *found = find_item (bulk, item->r_client, item->r_clock);
  if (*found == WEFT_NONE)
    return FALSE;
  right = weft_item (bulk->doc, *found);
  if (right->clock != item->r_clock && right->kind != WEFT_CONTENT_GC)
    weft_bulk_add_cut (bulk, *found, item->r_clock);

  return TRUE;
}

static inline gboolean
has_named_parent (const WeftItem *item)
{
  return item->o_client == WEFT_NO_CLIENT && item->r_client == WEFT_NO_CLIENT && item->kind != WEFT_CONTENT_GC
         && item->r_clock < WEFT_PARENT_IS_ITEM;
}

/* Finds what is not found yet; notes where items have to be cut. */
static gboolean
resolve (WeftBulk *bulk)
{
  WeftDoc *doc = bulk->doc;

  for (WeftHandle at = bulk->n_linked + 1; at <= bulk->n; at++)
    {
      WeftItem *item = weft_item (doc, at);

      if (at + AHEAD <= bulk->n)
        prefetch_bucket (bulk, weft_item (doc, at + AHEAD));
      if (bulk->origin[at] == WEFT_UNRESOLVED && !resolve_origin (bulk, item, &bulk->origin[at]))
        return FALSE;
      if (bulk->right_origin[at] == WEFT_UNRESOLVED && !resolve_right_origin (bulk, item, &bulk->right_origin[at]))
        return FALSE;
      if (has_named_parent (item))
        {
          item->o_clock = find_item (bulk, item->r_clock, item->o_clock);
          if (item->o_clock == WEFT_NONE)
            return FALSE;
          item->r_clock = WEFT_PARENT_IS_ITEM;
        }
    }

  return TRUE;
}

/* Nobody writes between what comes later in a run and what comes earlier. Where nothing is cut this shows when items
 * are linked. */
static gboolean
check_order (const WeftBulk *bulk)
{
  for (WeftHandle at = 1; at <= bulk->n; at++)
    if (bulk->origin[at] != WEFT_NONE && bulk->origin[at] == bulk->right_origin[at])
      {
        const WeftItem *item = weft_item (bulk->doc, at);

        if (item->o_clock >= item->r_clock)
          return FALSE;
      }

  return TRUE;
}

static int
compare_cuts (gconstpointer a,
              gconstpointer b)
{
  const WeftBulkCut *x = a, *y = b;

  if (x->handle != y->handle)
    return x->handle < y->handle ? -1 : 1;

  return x->clock < y->clock ? -1 : x->clock > y->clock;
}

static void
sort_cuts (GArray *cuts)
{
  guint kept = 0;

  g_array_sort (cuts, compare_cuts);
  for (guint i = 1; i < cuts->len; i++)
    if (compare_cuts (&g_array_index (cuts, WeftBulkCut, kept), &g_array_index (cuts, WeftBulkCut, i)) != 0)
      g_array_index (cuts, WeftBulkCut, ++kept) = g_array_index (cuts, WeftBulkCut, i);
  g_array_set_size (cuts, kept + 1);
}

/* @rest is what of @left comes after @clock. FALSE within a pair of surrogates. */
static gboolean
cut_item (WeftBulk *bulk,
          WeftItem *left,
          WeftItem *rest,
          guint32   clock)
{
  guint32 diff = clock - left->clock;
  gboolean splits = FALSE;

  *rest = *left;
  rest->clock = clock;
  rest->len = left->len - diff;
  rest->o_client = left->client;
  rest->o_clock = clock - 1;
  if (left->r_client == WEFT_NO_CLIENT)
    rest->r_clock = 0;
  rest->place = WEFT_NONE;
  if (left->kind == WEFT_CONTENT_STRING && !left->ascii)
    rest->content += weft_utf8_advance (weft_client (bulk->doc, left->client)->arena + left->content, diff,
                                        &splits);
  else
    weft_content_split (bulk->doc, left, rest, diff);
  left->len = diff;

  return !splits;
}

/* The first of the sorted cuts, from @low on, in an item that is not before @handle. */
static guint32
count_cuts_before (const WeftBulk *bulk,
                   guint32         low,
                   WeftHandle      handle)
{
  guint32 high = bulk->cuts->len;

  while (low < high)
    {
      guint32 middle = low + (high - low) / 2;

      if (g_array_index (bulk->cuts, WeftBulkCut, middle).handle < handle)
        low = middle + 1;
      else
        high = middle;
    }

  return low;
}

/* Cuts all that is noted; the items move up to make room, from the last one on. */
static gboolean
cut_items (WeftBulk *bulk)
{
  WeftDoc *doc = bulk->doc;
  guint32 n_cuts, before;

  sort_cuts (bulk->cuts);
  n_cuts = before = bulk->cuts->len;
  if (bulk->n > WEFT_UNRESOLVED - 2 - n_cuts)
    return FALSE;
  weft_pool_new_items (doc, n_cuts);
  bulk->continues = g_malloc0 ((gsize) bulk->n + n_cuts + 2);

  for (guint32 i = 0; i < bulk->n_runs; i++)
    {
      WeftBulkRun *run = &bulk->runs[i];
      guint32 n_before = count_cuts_before (bulk, 0, run->first);

      run->end += count_cuts_before (bulk, n_before, run->end);
      run->first += n_before;
    }

  for (WeftHandle at = bulk->n; at > 0 && before > 0; at--)
    {
      guint32 last = before;
      WeftHandle to;

      while (before > 0 && g_array_index (bulk->cuts, WeftBulkCut, before - 1).handle == at)
        before--;
      to = at + before;
      *weft_item (doc, to) = *weft_item (doc, at);
      for (guint32 i = before; i < last; i++, to++)
        {
          if (!cut_item (bulk, weft_item (doc, to), weft_item (doc, to + 1),
                         g_array_index (bulk->cuts, WeftBulkCut, i).clock))
            return FALSE;
          bulk->continues[to + 1] = TRUE;
        }
    }
  bulk->n += n_cuts;
  g_array_set_size (bulk->cuts, 0);

  return TRUE;
}

/* Handles of items that are about to move become ids again. */
static void
forget_handles (WeftBulk *bulk)
{
  for (WeftHandle at = 1; at <= bulk->n; at++)
    {
      WeftItem *item = weft_item (bulk->doc, at);

      if (item->o_client == WEFT_NO_CLIENT && item->r_client == WEFT_NO_CLIENT && item->kind != WEFT_CONTENT_GC
          && item->r_clock == WEFT_PARENT_IS_ITEM)
        {
          const WeftItem *parent = weft_item (bulk->doc, item->o_clock);

          item->o_clock = parent->clock;
          item->r_clock = parent->client;
        }
    }
}

gboolean
weft_bulk_resolve (WeftBulk *bulk)
{
  if (bulk->has_unresolved && !resolve (bulk))
    return FALSE;
  if (!resolve_ranges (bulk))
    return FALSE;
  if (bulk->cuts->len == 0)
    return TRUE;
  /* What is linked cannot be cut and move. */
  bulk->again = bulk->n_linked > 0;
  if (bulk->again)
    return FALSE;
  if (!check_order (bulk))
    return FALSE;

  bulk->is_flat = FALSE;
  forget_handles (bulk);
  if (!cut_items (bulk))
    return FALSE;
  weft_bulk_index_again (bulk);
  for (WeftHandle at = 1; at <= bulk->n; at++)
    {
      const WeftItem *item = weft_item (bulk->doc, at);

      bulk->origin[at] = item->o_client != WEFT_NO_CLIENT ? WEFT_UNRESOLVED : WEFT_NONE;
      bulk->right_origin[at] = item->r_client != WEFT_NO_CLIENT ? WEFT_UNRESOLVED : WEFT_NONE;
    }

  return resolve (bulk);
}
