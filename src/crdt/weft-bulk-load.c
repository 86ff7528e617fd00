/* weft-bulk-load.c - the first update of an empty document, all at once
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A document that is opened is one large update and nothing else. What the general way arrives at,
 * struct by struct, is built here in a few passes over arrays:
 *
 *   decode    structs become items, each client's one after the other, so that ids are places
 *   resolve   origins become handles; where one points into a run, that is cut
 *   link      in the order of the general way: which item comes after which (`next`), conflicts as there
 *   delete    what the update says, what was overwritten, and what was in deleted types
 *   collect   where the document collects
 *   join      runs that Yjs would join: all neighbours in one client's clocks
 *   build     id index, leaves and inner nodes, map entries, each from left to right
 *
 * It is only for documents that nobody watches. Whatever is unusual - a struct that waits for another
 * update, a pair of surrogates that is cut, malformed bytes - takes all of it back and is left to the
 * general way, which also knows what to say of it.
 */

#include "config.h"

#include "crdt/weft-bulk-private.h"

/* Shorter updates gain nothing. */
#define FEW_BYTES 64

/* How many items before its turn the places that an item names are fetched. */
#define AHEAD 8

/* So many items are searched without a table. */
#define FEW_ITEMS 16

/* About so many buckets an item: mostly what a bucket names first is what is looked for. */
#define BUCKETS_PER_ITEM 2

typedef struct
{
  WeftHandle handle;
  guint32    clock; /* the right part begins here */
} Cut;

/* Resolve */

static void
index_run (WeftBulk    *bulk,
           WeftBulkRun *run,
           guint32      state)
{
  guint32 n = run->end - run->first, n_buckets, bucket = 0;
  WeftHandle *buckets;

  g_clear_pointer (&run->buckets, g_free);
  if (n <= FEW_ITEMS)
    return;
  run->shift = 0;
  while ((state >> run->shift) / BUCKETS_PER_ITEM > n)
    run->shift++;
  n_buckets = (state >> run->shift) + 2;
  run->buckets = buckets = g_new (WeftHandle, n_buckets);
  for (WeftHandle at = run->first; at + 1 < run->end; at++)
    while (((guint64) bucket << run->shift) < bulk->clocks[at + 1])
      buckets[bucket++] = at;
  while (bucket < n_buckets)
    buckets[bucket++] = run->end - 1;
}

/* The item that holds @clock; WEFT_NONE where the client has not come so far. */
static inline WeftHandle
find_item (WeftBulk *bulk,
           guint32   client,
           guint32   clock)
{
  const WeftBulkRun *run = &bulk->runs[client];
  const guint32 *clocks = bulk->clocks;
  WeftHandle low = run->first, high = run->end - 1;

  if (clock >= weft_client (bulk->doc, client)->state)
    return WEFT_NONE;
  if (run->buckets != NULL)
    {
      low = run->buckets[clock >> run->shift];
      high = run->buckets[(clock >> run->shift) + 1];
    }
  while (high - low > FEW_ITEMS)
    {
      WeftHandle middle = low + (high - low) / 2;

      if (clocks[middle] <= clock)
        low = middle;
      else
        high = middle - 1;
    }
  /* Mostly it is one of the first; where is not to be foreseen, so these are passed without a branch. */
  low += (low < high) & (clocks[low + 1] <= clock);
  low += (low < high) & (clocks[low + 1] <= clock);
  while (low < high && clocks[low + 1] <= clock)
    low++;

  return low;
}

static void
add_cut (WeftBulk  *bulk,
         WeftHandle handle,
         guint32    clock)
{
  Cut cut = { handle, clock };

  g_array_append_val (bulk->cuts, cut);
}

/* The client of the range, and all of it, is here. Notes where the range begins or ends within an item. */
static gboolean
resolve_range (WeftBulk          *bulk,
               const WeftIdRange *range,
               guint32            client)
{
  guint64 end = range->clock + range->length;
  guint32 state = weft_client (bulk->doc, client)->state;
  const WeftItem *item;
  WeftHandle first, last;

  if (end > state)
    return FALSE;
  first = last = find_item (bulk, client, (guint32) range->clock);
  item = weft_item (bulk->doc, first);
  if (item->clock != range->clock && !item->deleted)
    add_cut (bulk, first, (guint32) range->clock);
  /* Mostly the range is of one item. */
  if ((guint64) item->clock + item->len == end || end == state)
    return TRUE;
  last = find_item (bulk, client, (guint32) end);
  item = weft_item (bulk->doc, last);
  if (item->clock != end && !item->deleted)
    add_cut (bulk, last, (guint32) end);

  return TRUE;
}

static gboolean
resolve_ranges (WeftBulk *bulk)
{
  gsize n_ranges = weft_delete_set_get_n_ranges (bulk->deletes);
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
  if (run->buckets != NULL && item->o_clock < weft_client (bulk->doc, item->o_client)->state)
    __builtin_prefetch (&run->buckets[item->o_clock >> run->shift]);
}

/* Finds the origins; notes where items have to be cut. */
static gboolean
resolve (WeftBulk *bulk)
{
  WeftDoc *doc = bulk->doc;
  guint32 r_client = WEFT_NO_CLIENT, r_clock = 0;
  WeftHandle last_right = WEFT_NONE;

  for (WeftHandle at = 1; at <= bulk->n; at++)
    {
      const WeftItem *item = weft_item (doc, at);
      WeftHandle origin = WEFT_NONE, right = WEFT_NONE;

      if (at + AHEAD <= bulk->n)
        prefetch_bucket (bulk, weft_item (doc, at + AHEAD));

      if (item->o_client != WEFT_NO_CLIENT)
        {
          const WeftItem *left;

          /* Nearly always where the client wrote on. */
          origin = item->o_client == item->client && item->o_clock + 1 == item->clock
                       ? at - 1 : find_item (bulk, item->o_client, item->o_clock);
          if (origin == WEFT_NONE)
            return FALSE;
          left = weft_item (doc, origin);
          if (left->clock + left->len - 1 != item->o_clock && left->kind != WEFT_CONTENT_GC)
            add_cut (bulk, origin, item->o_clock + 1);
        }
      if (item->r_client != WEFT_NO_CLIENT)
        {
          /* Who writes before some word writes many times before it. */
          right = item->r_clock == r_clock && item->r_client == r_client
                      ? last_right : find_item (bulk, item->r_client, item->r_clock);
          r_client = item->r_client;
          r_clock = item->r_clock;
          last_right = right;
          if (right == WEFT_NONE)
            return FALSE;
          if (weft_item (doc, right)->clock != item->r_clock
              && weft_item (doc, right)->kind != WEFT_CONTENT_GC)
            add_cut (bulk, right, item->r_clock);
          /* Nobody writes between what comes later in a run and what comes earlier. */
          if (right == origin && item->o_clock >= item->r_clock)
            return FALSE;
        }
      if (item->o_client == WEFT_NO_CLIENT && item->r_client == WEFT_NO_CLIENT
          && item->kind != WEFT_CONTENT_GC && item->r_clock != WEFT_PARENT_IS_ROOT
          && item->o_clock >= weft_client (doc, item->r_clock)->state)
        return FALSE;
      bulk->origin[at] = origin;
      bulk->right_origin[at] = right;
    }

  return resolve_ranges (bulk);
}

static int
compare_cuts (gconstpointer a,
              gconstpointer b)
{
  const Cut *x = a, *y = b;

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
    if (compare_cuts (&g_array_index (cuts, Cut, kept), &g_array_index (cuts, Cut, i)) != 0)
      g_array_index (cuts, Cut, ++kept) = g_array_index (cuts, Cut, i);
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

/* Cuts all that is noted; the items move up to make room, from the last one on. */
static gboolean
cut_items (WeftBulk *bulk)
{
  WeftDoc *doc = bulk->doc;
  guint32 n_cuts, before;

  sort_cuts (bulk->cuts);
  n_cuts = before = bulk->cuts->len;
  if (bulk->n > G_MAXUINT32 - 2 - n_cuts)
    return FALSE;
  weft_pool_new_items (doc, n_cuts);
  bulk->continues = g_malloc0 ((gsize) bulk->n + n_cuts + 2);

  for (guint32 i = 0; i < bulk->n_runs; i++)
    {
      WeftBulkRun *run = &bulk->runs[i];
      guint32 low = 0, high = n_cuts;

      /* Cuts in items before this run's */
      while (low < high)
        {
          guint32 middle = (low + high) / 2;

          if (g_array_index (bulk->cuts, Cut, middle).handle < run->first)
            low = middle + 1;
          else
            high = middle;
        }
      run->first += low;
      high = n_cuts;
      while (low < high)
        {
          guint32 middle = (low + high) / 2;

          if (g_array_index (bulk->cuts, Cut, middle).handle < run->end)
            low = middle + 1;
          else
            high = middle;
        }
      run->end += low;
    }

  for (WeftHandle at = bulk->n; at > 0 && before > 0; at--)
    {
      guint32 last = before;
      WeftHandle to;

      while (before > 0 && g_array_index (bulk->cuts, Cut, before - 1).handle == at)
        before--;
      to = at + before;
      *weft_item (doc, to) = *weft_item (doc, at);
      for (guint32 i = before; i < last; i++, to++)
        {
          if (!cut_item (bulk, weft_item (doc, to), weft_item (doc, to + 1),
                         g_array_index (bulk->cuts, Cut, i).clock))
            return FALSE;
          bulk->continues[to + 1] = TRUE;
        }
    }
  bulk->n += n_cuts;
  g_array_set_size (bulk->cuts, 0);

  return TRUE;
}

static void
index_runs (WeftBulk *bulk)
{
  for (guint32 i = 0; i < bulk->n_runs; i++)
    index_run (bulk, &bulk->runs[i], weft_client (bulk->doc, i)->state);
}

static void
make_arrays (WeftBulk *bulk)
{
  gsize n = (gsize) bulk->n + 2;

  bulk->next = g_renew (WeftHandle, bulk->next, n);
  bulk->origin = g_renew (WeftHandle, bulk->origin, n);
  bulk->right_origin = g_renew (WeftHandle, bulk->right_origin, n);
  bulk->clocks = g_renew (guint32, bulk->clocks, n);
  for (WeftHandle at = 1; at <= bulk->n; at++)
    bulk->clocks[at] = weft_item (bulk->doc, at)->clock;
  bulk->clocks[bulk->n + 1] = G_MAXUINT32;
}

static gboolean
resolve_and_cut (WeftBulk *bulk)
{
  make_arrays (bulk);
  index_runs (bulk);
  if (!resolve (bulk))
    return FALSE;
  if (bulk->cuts->len == 0)
    return TRUE;
  if (!cut_items (bulk))
    return FALSE;
  make_arrays (bulk);
  index_runs (bulk);

  return resolve (bulk);
}

/* Link */

static void
bury (WeftBulk  *bulk,
      WeftHandle handle)
{
  WeftItem *item = weft_item (bulk->doc, handle);

  if (item->deleted)
    return;
  item->deleted = TRUE;
  if (item->kind == WEFT_CONTENT_TYPE)
    g_ptr_array_add (bulk->dead, weft_content_get_type (bulk->doc, item));
}

static void
make_gc (WeftBulk  *bulk,
         WeftHandle handle)
{
  WeftItem *item = weft_item (bulk->doc, handle);

  if (item->kind == WEFT_CONTENT_TYPE)
    weft_content_get_type (bulk->doc, item)->collected = TRUE;
  item->kind = WEFT_CONTENT_GC;
  item->deleted = TRUE;
  item->in_map = FALSE;
  item->place = WEFT_NONE;
  item->o_client = item->r_client = WEFT_NO_CLIENT;
}

/* find_left() of weft-integrate.c, over `next`. */
static WeftHandle
find_left (WeftBulk  *bulk,
           WeftHandle handle,
           WeftHandle left,
           WeftHandle right,
           WeftHandle first)
{
  WeftDoc *doc = bulk->doc;
  WeftClientId own = weft_client (doc, weft_item (doc, handle)->client)->id;
  WeftHandle origin = bulk->origin[handle], right_origin = bulk->right_origin[handle];
  guint32 begin, conflicts;

  if (bulk->marks == NULL)
    bulk->marks = g_new0 (guint32, (gsize) bulk->n + 2);
  if (bulk->visits > G_MAXUINT32 - bulk->n - 2)
    {
      memset (bulk->marks, 0, ((gsize) bulk->n + 2) * sizeof (guint32));
      bulk->visits = 0;
    }
  begin = conflicts = bulk->visits + 1;

  for (WeftHandle o = left != WEFT_NONE ? bulk->next[left] : first; o != WEFT_NONE && o != right;
       o = bulk->next[o])
    {
      bulk->marks[o] = ++bulk->visits;
      if (bulk->origin[o] == origin)
        {
          if (weft_client (doc, weft_item (doc, o)->client)->id < own)
            {
              left = o;
              conflicts = bulk->visits + 1;
            }
          else if (bulk->right_origin[o] == right_origin)
            {
              break;
            }
        }
      else if (bulk->origin[o] != WEFT_NONE)
        {
          guint32 mark = bulk->marks[bulk->origin[o]];

          if (mark < begin)
            break;
          if (mark < conflicts)
            {
              left = o;
              conflicts = bulk->visits + 1;
            }
        }
      else
        {
          break;
        }
    }

  return left;
}

/* The parent of a struct without origins. FALSE: it is no type. */
static gboolean
find_parent (WeftBulk *bulk,
             WeftItem *item)
{
  WeftDoc *doc = bulk->doc;
  guint32 key = item->in_map ? item->place : 0;
  WeftType *parent;

  if (item->r_clock == WEFT_PARENT_IS_ROOT)
    parent = weft_doc_ensure_root_key (doc, item->o_clock);
  else
    parent = weft_content_get_type (doc, weft_item (doc, find_item (bulk, item->r_clock, item->o_clock)));
  item->o_clock = item->r_clock = 0;
  if (parent == NULL)
    return FALSE;

  if (key == 0)
    {
      item->place = parent->index;
      return TRUE;
    }
  item->place = weft_type_ensure_entry (parent, key);
  while (bulk->entries->len <= item->place)
    {
      WeftHandle none = WEFT_NONE;

      g_array_append_val (bulk->entries, none);
    }

  return TRUE;
}

static void
set_type_parent (WeftBulk  *bulk,
                 WeftHandle handle)
{
  WeftDoc *doc = bulk->doc;
  const WeftItem *item = weft_item (doc, handle);
  WeftType *type = weft_content_get_type (doc, item);

  if (item->in_map)
    {
      type->parent = weft_entry_type (doc, item->place);
      type->parent_key = weft_entry (doc, item->place)->key;
    }
  else
    {
      type->parent = weft_type_at (doc, item->place);
    }
  type->item = handle;
  type->id = weft_item_id (doc, item);
}

/* What a map keeps of the order: each item knows the one at its left, the entry the last one. */
static inline void
set_chain (WeftBulk  *bulk,
           WeftHandle handle,
           WeftHandle left)
{
  WeftDoc *doc = bulk->doc;
  WeftHandle right = bulk->next[handle];

  weft_item_set_map_left (doc, handle, left);
  if (right != WEFT_NONE)
    weft_item_set_map_left (doc, right, handle);
  else
    weft_entry (doc, weft_item (doc, handle)->place)->head = handle;
}

/* Puts the item, all of whose origins are linked, where it belongs. FALSE where that is left to the general
 * way. Until the end `place` is the index of the type, for a map item the entry. */
static gboolean
link_item (WeftBulk  *bulk,
           WeftHandle handle)
{
  WeftDoc *doc = bulk->doc;
  WeftItem *item = weft_item (doc, handle);
  WeftHandle left = bulk->origin[handle], right = bulk->right_origin[handle], *first;
  /* Read before anything is written beside them: that would have to wait for the writing. */
  guint kind = item->kind;
  guint32 len = item->len, place;
  gboolean in_map = item->in_map;

  if (kind == WEFT_CONTENT_GC)
    return TRUE;
  if (left != WEFT_NONE || right != WEFT_NONE)
    {
      const WeftItem *neighbour = weft_item (doc, left != WEFT_NONE ? left : right);

      if (neighbour->kind == WEFT_CONTENT_GC
          || (right != WEFT_NONE && weft_item (doc, right)->kind == WEFT_CONTENT_GC))
        {
          make_gc (bulk, handle);
          return TRUE;
        }
      place = item->place = neighbour->place;
      if (in_map != (gboolean) neighbour->in_map)
        item->in_map = in_map = neighbour->in_map;
    }
  else if (find_parent (bulk, item))
    {
      place = item->place;
    }
  else
    {
      make_gc (bulk, handle);
      return TRUE;
    }
  /* Several values under one key: no peer writes that. */
  if (in_map && len > 1 && kind != WEFT_CONTENT_DELETED)
    return FALSE;

  /* The first item only matters where nothing is at the left. */
  if (left != WEFT_NONE && bulk->next[left] == right)
    {
      bulk->next[left] = handle;
      bulk->next[handle] = right;
    }
  else
    {
      first = in_map ? &g_array_index (bulk->entries, WeftHandle, place)
                     : &weft_type_at (doc, place)->first;
      if ((left != WEFT_NONE ? bulk->next[left] : *first) != right)
        left = find_left (bulk, handle, left, right, *first);
      if (left != WEFT_NONE)
        {
          bulk->next[handle] = bulk->next[left];
          bulk->next[left] = handle;
        }
      else
        {
          bulk->next[handle] = *first;
          *first = handle;
        }
    }
  if (kind == WEFT_CONTENT_TYPE)
    set_type_parent (bulk, handle);
  if (in_map)
    {
      set_chain (bulk, handle, left);
      if (bulk->next[handle] != WEFT_NONE)
        bury (bulk, handle);
      else if (left != WEFT_NONE)
        bury (bulk, left);
    }

  return TRUE;
}

/* The rest of an item that was cut comes right after it; it is GC where that is. */
static gboolean
link_rest (WeftBulk  *bulk,
           WeftHandle handle)
{
  const WeftItem *before = weft_item (bulk->doc, handle - 1);
  WeftItem *item = weft_item (bulk->doc, handle);

  if (before->kind == WEFT_CONTENT_GC)
    {
      make_gc (bulk, handle);
      return TRUE;
    }
  if (before->in_map && before->kind != WEFT_CONTENT_DELETED)
    return FALSE;
  item->place = before->place;
  item->in_map = before->in_map;
  bulk->next[handle] = bulk->next[handle - 1];
  bulk->next[handle - 1] = handle;
  if (item->in_map)
    set_chain (bulk, handle, handle - 1);

  return TRUE;
}

/* Whether @needed, an item of @client, is not linked yet. */
static inline gboolean
is_missing (const WeftBulk *bulk,
            guint32     client,
            WeftHandle  needed)
{
  return needed >= bulk->runs[client].next;
}

/* The client that has to go on before the item can be linked; WEFT_NO_CLIENT: it can be. */
static guint32
find_missing (WeftBulk  *bulk,
              WeftHandle handle)
{
  const WeftItem *item = weft_item (bulk->doc, handle);

  if (item->kind == WEFT_CONTENT_GC)
    return WEFT_NO_CLIENT;
  if (item->o_client != WEFT_NO_CLIENT && item->o_client != item->client
      && is_missing (bulk, item->o_client, bulk->origin[handle]))
    return item->o_client;
  if (item->r_client != WEFT_NO_CLIENT && item->r_client != item->client
      && is_missing (bulk, item->r_client, bulk->right_origin[handle]))
    return item->r_client;
  if (item->o_client == WEFT_NO_CLIENT && item->r_client == WEFT_NO_CLIENT
      && item->r_clock != WEFT_PARENT_IS_ROOT && item->r_clock != item->client
      && is_missing (bulk, item->r_clock, find_item (bulk, item->r_clock, item->o_clock)))
    return item->r_clock;

  return WEFT_NO_CLIENT;
}

/* In a large document what an item names is in no cache: it is asked for some items before. */
static inline void
prefetch (const WeftBulk *bulk,
          WeftHandle      handle)
{
  if (handle > bulk->n)
    return;
  __builtin_prefetch (&bulk->next[bulk->origin[handle]]);
  __builtin_prefetch (weft_item (bulk->doc, bulk->origin[handle]));
}

/* As integrate_all() of weft-update-apply.c: what waits for another client goes on a stack. FALSE where
 * clients wait for each other. */
static gboolean
link_all_of (WeftBulk *bulk,
             guint32 client)
{
  while (bulk->waiting->len > 0 || bulk->runs[client].next < bulk->runs[client].end)
    {
      guint32 at = bulk->waiting->len > 0
                       ? g_array_index (bulk->waiting, guint32, bulk->waiting->len - 1) : client;
      WeftBulkRun *run = &bulk->runs[at];
      guint32 missing = find_missing (bulk, run->next);

      /* The one that is waited for gives one item, then the one that waits is asked again. */
      if (missing == WEFT_NO_CLIENT)
        {
          WeftClient *owner = weft_client (bulk->doc, at);

          prefetch (bulk, run->next + AHEAD);
          if (!link_item (bulk, run->next))
            return FALSE;
          if (owner->ordinal == 0)
            owner->ordinal = ++bulk->doc->next_ordinal;
          run->next++;
          while (bulk->continues != NULL && run->next < run->end && bulk->continues[run->next])
            if (!link_rest (bulk, run->next++))
              return FALSE;
          run->waits = FALSE;
          if (bulk->waiting->len > 0)
            g_array_set_size (bulk->waiting, bulk->waiting->len - 1);
          continue;
        }
      if (bulk->runs[missing].waits || bulk->runs[missing].next == bulk->runs[missing].end)
        return FALSE;
      run->waits = TRUE;
      if (bulk->waiting->len == 0)
        g_array_append_val (bulk->waiting, at);
      g_array_append_val (bulk->waiting, missing);
    }

  return TRUE;
}

static gboolean
link_all (WeftBulk *bulk)
{
  WeftDoc *doc = bulk->doc;
  const guint32 *sorted = weft_clients_sort (doc);

  for (guint32 i = 0; i < bulk->n_runs; i++)
    bulk->runs[i].next = bulk->runs[i].first;
  for (guint32 i = 0; i < doc->n_clients; i++)
    if (!link_all_of (bulk, sorted[i]))
      return FALSE;

  return TRUE;
}

/* Delete, collect, join: from here on nothing fails. */

static void
delete_ranges (WeftBulk *bulk)
{
  gsize n_ranges = weft_delete_set_get_n_ranges (bulk->deletes);
  const WeftIdRange *range = n_ranges > 0 ? weft_delete_set_get_range (bulk->deletes, 0) : NULL;
  guint32 client = WEFT_NO_CLIENT;

  for (gsize i = 0; i < n_ranges; i++, range++)
    {
      guint64 end = range->clock + range->length;

      if (i == 0 || range->client != range[-1].client)
        client = weft_clients_lookup (bulk->doc, range->client);
      for (WeftHandle at = find_item (bulk, client, (guint32) range->clock);
           at < bulk->runs[client].end && bulk->clocks[at] < end; at++)
        bury (bulk, at);
    }
}

static void
delete_content (WeftBulk *bulk)
{
  WeftDoc *doc = bulk->doc;

  while (bulk->dead->len > 0)
    {
      WeftType *type = g_ptr_array_steal_index (bulk->dead, bulk->dead->len - 1);

      for (WeftHandle at = type->first; at != WEFT_NONE; at = bulk->next[at])
        bury (bulk, at);
      for (WeftHandle entry = type->first_entry; entry != WEFT_NONE; entry = weft_entry (doc, entry)->next)
        for (WeftHandle at = g_array_index (bulk->entries, WeftHandle, entry); at != WEFT_NONE; at = bulk->next[at])
          bury (bulk, at);
    }
}

static void
collect_list (WeftBulk  *bulk,
              WeftHandle at)
{
  WeftDoc *doc = bulk->doc;

  for (; at != WEFT_NONE; at = bulk->next[at])
    {
      WeftItem *item = weft_item (doc, at);

      if (item->kind == WEFT_CONTENT_TYPE)
        g_ptr_array_add (bulk->dead, weft_content_get_type (doc, item));
      make_gc (bulk, at);
    }
}

static void
collect_type (WeftBulk *bulk,
              WeftType *first)
{
  WeftDoc *doc = bulk->doc;

  g_ptr_array_add (bulk->dead, first);
  while (bulk->dead->len > 0)
    {
      WeftType *type = g_ptr_array_steal_index (bulk->dead, bulk->dead->len - 1);

      type->item = WEFT_NONE;
      type->collected = TRUE;
      collect_list (bulk, type->first);
      type->first = WEFT_NONE;
      for (WeftHandle entry = type->first_entry; entry != WEFT_NONE; entry = weft_entry (doc, entry)->next)
        {
          WeftHandle *oldest = &g_array_index (bulk->entries, WeftHandle, entry);

          collect_list (bulk, *oldest);
          *oldest = WEFT_NONE;
        }
      weft_type_drop_map (type);
    }
}

static void
collect_deleted (WeftBulk *bulk)
{
  for (WeftHandle at = 1; at <= bulk->n; at++)
    {
      WeftItem *item = weft_item (bulk->doc, at);

      if (!item->deleted || item->kind == WEFT_CONTENT_GC)
        continue;
      if (item->kind == WEFT_CONTENT_TYPE)
        collect_type (bulk, weft_content_get_type (bulk->doc, item));
      if (item->kind != WEFT_CONTENT_DELETED)
        item->kind = WEFT_CONTENT_DELETED;
    }
}

/* merge_items() of weft-integrate.c, over `next`. */
static gboolean
join_items (WeftBulk  *bulk,
            WeftHandle left_handle,
            WeftHandle right_handle)
{
  WeftItem *left = weft_item (bulk->doc, left_handle);
  const WeftItem *right = weft_item (bulk->doc, right_handle);

  if (left->kind != right->kind || left->deleted != right->deleted)
    return FALSE;
  if (left->kind == WEFT_CONTENT_GC)
    {
      left->len += right->len;
      return TRUE;
    }
  if (bulk->next[left_handle] != right_handle || right->o_client != left->client
      || right->o_clock != left->clock + left->len - 1 || left->in_map != right->in_map
      || left->r_client != right->r_client
      || (left->r_client != WEFT_NO_CLIENT && left->r_clock != right->r_clock)
      || !weft_content_merge (bulk->doc, left, right))
    return FALSE;
  left->len += right->len;
  bulk->next[left_handle] = bulk->next[right_handle];
  if (left->in_map)
    set_chain (bulk, left_handle, weft_item_map_left (bulk->doc, left_handle));

  return TRUE;
}

static void
join_run (WeftBulk  *bulk,
          const WeftBulkRun *run)
{
  WeftHandle left = run->first;

  for (WeftHandle at = run->first + 1; at < run->end; at++)
    if (join_items (bulk, left, at))
      weft_pool_free_item (bulk->doc, at);
    else
      left = at;
}

/* Build */

static void
build_all (WeftBulk *bulk)
{
  WeftDoc *doc = bulk->doc;

  for (guint32 i = 0; i < bulk->n_runs; i++)
    {
      const WeftBulkRun *run = &bulk->runs[i];

      join_run (bulk, run);
      weft_index_fill (doc, weft_client (doc, i), run->first, run->end - run->first);
    }
  for (guint32 i = 1; i < doc->n_types; i++)
    {
      WeftType *type = weft_type_at (doc, i);
      WeftHandle first = type->first;

      if (first != WEFT_NONE)
        weft_order_build (doc, type, first, bulk->next);
    }
}

/* All */

static void
take_back (WeftBulk *bulk)
{
  WeftDoc *doc = bulk->doc;

  weft_clients_reset (doc);
  doc->next_ordinal = 0;
  while (doc->roots->len > bulk->n_roots)
    {
      WeftType *type = g_ptr_array_steal_index (doc->roots, doc->roots->len - 1);

      g_hash_table_remove (doc->root_index, GUINT_TO_POINTER (type->root_key));
    }
  weft_types_truncate (doc, bulk->n_types);
  for (guint32 i = 1; i < doc->n_types; i++)
    {
      WeftType *type = weft_type_at (doc, i);

      type->first = WEFT_NONE;
      weft_type_drop_map (type);
    }
  weft_pool_reset (doc);
  weft_keys_truncate (doc, bulk->n_keys, bulk->n_formats);
}

static void
clear (WeftBulk *bulk)
{
  for (guint32 i = 0; i < bulk->n_runs; i++)
    g_free (bulk->runs[i].buckets);
  g_free (bulk->runs);
  g_free (bulk->next);
  g_free (bulk->origin);
  g_free (bulk->right_origin);
  g_free (bulk->clocks);
  g_free (bulk->continues);
  g_free (bulk->marks);
  g_array_unref (bulk->cuts);
  g_array_unref (bulk->entries);
  g_ptr_array_unref (bulk->dead);
  g_array_unref (bulk->waiting);
  g_clear_pointer (&bulk->deletes, weft_delete_set_free);
}

static gboolean
is_untouched (WeftDoc *doc)
{
  return doc->n_items == 0 && doc->n_clients == 0 && doc->n_entries == 0 && doc->transaction == NULL
         && doc->depth == 0 && !doc->cleaning && doc->cleanups.head == NULL && doc->observers->len == 0
         && doc->undo_managers->len == 0 && doc->pending->len == 0 && doc->pending_deletes == NULL;
}

static gboolean
load (WeftDoc         *doc,
      GBytes          *update,
      WeftUpdateFormat format)
{
  WeftBulk bulk = { .doc = doc };
  gboolean good;

  bulk.n_types = doc->n_types;
  bulk.n_roots = doc->roots->len;
  bulk.n_keys = doc->keys->len;
  bulk.n_formats = doc->formats->len;
  bulk.cuts = g_array_new (FALSE, FALSE, sizeof (Cut));
  bulk.entries = g_array_new (FALSE, TRUE, sizeof (WeftHandle));
  bulk.dead = g_ptr_array_new ();
  bulk.waiting = g_array_new (FALSE, FALSE, sizeof (guint32));

  good = weft_bulk_read (&bulk, update, format);
  good = good && resolve_and_cut (&bulk) && link_all (&bulk);
  if (good)
    {
      delete_ranges (&bulk);
      delete_content (&bulk);
      if (doc->gc)
        collect_deleted (&bulk);
      build_all (&bulk);
      /* Who wrote under our id is not us. */
      while (weft_clients_get_state (doc, doc->client_id) > 0)
        doc->client_id = doc->random (doc->random_data);
      weft_doc_check (doc);
    }
  else
    {
      take_back (&bulk);
    }
  clear (&bulk);

  return good;
}

gboolean
weft_bulk_load (WeftDoc         *doc,
                GBytes          *update,
                WeftUpdateFormat format)
{
  return is_untouched (doc) && g_bytes_get_size (update) >= FEW_BYTES && load (doc, update, format);
}
