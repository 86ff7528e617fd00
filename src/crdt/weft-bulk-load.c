/* weft-bulk-load.c - the first update of an empty document, all at once
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A document that is opened is one large update and nothing else. What the general way arrives at,
 * struct by struct, is built here in a few passes over arrays:
 *
 *   read      structs become items, each client's one after the other, so that ids are places; what an
 *             item names of its own client becomes a handle
 *   resolve   what it names of others does so, too; where an origin points into a run, that is cut
 *   link      in the order of the general way: which item comes after which (`next`), conflicts as there;
 *             values of maps, as far as none waits, already when they are read (weft-bulk-early.c)
 *   delete    what the update says, what was overwritten, and what was in deleted types
 *   collect   where the document collects
 *   join      runs that Yjs would join: all neighbours in one client's clocks
 *   build     id index, leaves and inner nodes, map entries, each from left to right
 *
 * It is only for documents that nobody watches. Whatever is unusual - a struct that waits for another
 * update, a pair of surrogates that is cut, thousands who wrote at one place, malformed bytes - takes
 * all of it back and is left to the general way, which also knows what to say of it.
 */

#include "config.h"

#include "crdt/weft-bulk-link-private.h"
#include "crdt/weft-crowd-private.h"

/* Shorter updates gain nothing. */
#define FEW_BYTES 64

/* How many items before its turn what an item names is fetched, and how many before its turn what that names. */
#define AHEAD      16
#define NEXT_AHEAD 8

/* Whose items wait, and which one is the last that goes on for somebody else, or at all */
typedef struct
{
  guint32    client;
  WeftHandle end;
} Waiting;

/* Link */

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
  bulk->changed = TRUE;
}

/* Whether the walks of find_left() are so long that the general way, which has crowds, is the shorter one. */
static gboolean
is_crowded (const WeftBulk *bulk)
{
  return weft_crowd_are_steps_many (bulk->doc, bulk->n_steps, bulk->n);
}

/* find_left() of weft-conflict.c, over `next`. */
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
      bulk->n_steps++;
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

/* Nobody writes between what comes later in a run and what comes earlier. */
static gboolean
is_out_of_order (const WeftBulk *bulk,
                 WeftHandle      handle)
{
  const WeftItem *item = weft_item (bulk->doc, handle);

  return bulk->origin[handle] != WEFT_NONE && bulk->origin[handle] == bulk->right_origin[handle]
         && item->o_clock >= item->r_clock;
}

static inline void
set_chain (WeftBulk  *bulk,
           WeftHandle handle,
           WeftHandle left)
{
  weft_item_set_map_left (bulk->doc, handle, left);
  weft_bulk_set_newer (bulk, handle, weft_item (bulk->doc, handle)->place);
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
  gboolean in_map = item->in_map, names_right = item->r_client != WEFT_NO_CLIENT;

  if (kind == WEFT_CONTENT_GC)
    {
      bulk->next[handle] = WEFT_NONE;
      return TRUE;
    }
  if (left != WEFT_NONE || right != WEFT_NONE)
    {
      const WeftItem *neighbour = weft_item (doc, left != WEFT_NONE ? left : right);

      if (neighbour->kind == WEFT_CONTENT_GC
          || (right != WEFT_NONE && weft_item (doc, right)->kind == WEFT_CONTENT_GC))
        {
          make_gc (bulk, handle);
          bulk->next[handle] = WEFT_NONE;
          return TRUE;
        }
      place = item->place = neighbour->place;
      if (in_map != (gboolean) neighbour->in_map)
        item->in_map = in_map = neighbour->in_map;
    }
  else if (weft_bulk_find_parent (bulk, item))
    {
      place = item->place;
    }
  else
    {
      make_gc (bulk, handle);
      bulk->next[handle] = WEFT_NONE;
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
      if (is_out_of_order (bulk, handle))
        return FALSE;
      first = in_map ? &bulk->entries[place]
                     : &weft_type_at (doc, place)->first;
      if ((left != WEFT_NONE ? bulk->next[left] : *first) != right)
        left = find_left (bulk, handle, left, right, *first);
      if (is_crowded (bulk))
        return FALSE;
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
    weft_bulk_set_type_parent (bulk, handle);
  if (in_map)
    {
      if (names_right)
        weft_item_set_map_left (doc, handle, left);
      else
        item->r_clock = left;
      weft_bulk_set_newer (bulk, handle, place);
      if (bulk->next[handle] != WEFT_NONE)
        weft_bulk_bury (bulk, handle);
      else if (left != WEFT_NONE)
        weft_bulk_bury (bulk, left);
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
      bulk->next[handle] = WEFT_NONE;
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

/* What has to be linked before the item; WEFT_NONE: it can be linked. */
static inline WeftHandle
find_missing (const WeftBulk *bulk,
              WeftHandle      handle)
{
  WeftHandle origin = bulk->origin[handle], right = bulk->right_origin[handle];
  const WeftItem *item;

  if (bulk->next[origin] == WEFT_UNLINKED)
    return origin;
  if (bulk->next[right] == WEFT_UNLINKED)
    return right;
  if (origin != WEFT_NONE || right != WEFT_NONE)
    return WEFT_NONE;
  item = weft_item (bulk->doc, handle);
  if (item->kind != WEFT_CONTENT_GC && item->r_clock == WEFT_PARENT_IS_ITEM
      && bulk->next[item->o_clock] == WEFT_UNLINKED)
    return item->o_clock;

  return WEFT_NONE;
}

/* In a large document what an item names is in no cache: it is asked for some items before. */
static inline void
prefetch (const WeftBulk *bulk,
          WeftHandle      handle)
{
  WeftHandle left;

  if (handle + AHEAD <= bulk->n)
    {
      __builtin_prefetch (&bulk->next[bulk->origin[handle + AHEAD]]);
      __builtin_prefetch (weft_item (bulk->doc, bulk->origin[handle + AHEAD]));
    }
  if (handle + NEXT_AHEAD > bulk->n)
    return;
  /* The entry of a map, where that is known yet. */
  left = bulk->origin[handle + NEXT_AHEAD];
  if (left != WEFT_NONE && bulk->next[left] != WEFT_UNLINKED && weft_item (bulk->doc, left)->in_map)
    __builtin_prefetch (weft_entry (bulk->doc, weft_item (bulk->doc, left)->place));
}

/* Links the items of a client up to @end as far as those are linked that they name; the rest waits for @needed. FALSE
 * where that is left to the general way. */
static gboolean
link_run (WeftBulk    *bulk,
          WeftBulkRun *run,
          WeftHandle   end,
          WeftHandle  *needed)
{
  *needed = WEFT_NONE;
  while (run->next < end)
    {
      *needed = find_missing (bulk, run->next);
      if (*needed != WEFT_NONE)
        break;
      prefetch (bulk, run->next);
      if (!link_item (bulk, run->next++))
        return FALSE;
      while (bulk->continues != NULL && run->next < run->end && bulk->continues[run->next])
        if (!link_rest (bulk, run->next++))
          return FALSE;
    }

  return TRUE;
}

/* Where all items are of one sequence, a list that begins with @next of no item. */

static gboolean
link_flat_slowly (WeftBulk  *bulk,
                  WeftHandle handle)
{
  WeftHandle *next = bulk->next, left = bulk->origin[handle], right = bulk->right_origin[handle];

  if (left == WEFT_NONE && right == WEFT_NONE)
    {
      /* What stands there instead of origins was the root. */
      WeftItem *item = weft_item (bulk->doc, handle);

      bulk->flat_type = weft_doc_ensure_root_key (bulk->doc, item->o_clock);
      item->o_clock = item->r_clock = 0;
    }
  if (is_out_of_order (bulk, handle))
    return FALSE;
  if (next[left] != right)
    left = find_left (bulk, handle, left, right, next[WEFT_NONE]);
  if (is_crowded (bulk))
    return FALSE;
  next[handle] = next[left];
  next[left] = handle;

  return TRUE;
}

/* As link_run() */
static inline gboolean
link_flat_run (WeftBulk    *bulk,
               WeftBulkRun *run,
               WeftHandle   end,
               WeftHandle  *needed)
{
  const WeftHandle *origin = bulk->origin, *right_origin = bulk->right_origin;
  WeftHandle *next = bulk->next, at;

  *needed = WEFT_NONE;
  for (at = run->next; at < end; at++)
    {
      WeftHandle left = origin[at], right = right_origin[at];

      if (G_LIKELY (next[left] == right && (left | right) != WEFT_NONE))
        {
          next[at] = right;
          next[left] = at;
          continue;
        }
      if (next[left] == WEFT_UNLINKED || next[right] == WEFT_UNLINKED)
        {
          *needed = next[left] == WEFT_UNLINKED ? left : right;
          break;
        }
      if (!link_flat_slowly (bulk, at))
        return FALSE;
    }
  run->next = at;

  return TRUE;
}

/* As integrate_all() of weft-update-apply.c: what waits for another client goes on a stack, and who is waited for
 * goes on up to what is needed. FALSE where clients wait for each other. */
static gboolean
link_all_of (WeftBulk *bulk,
             guint32   client)
{
  WeftDoc *doc = bulk->doc;
  WeftHandle end = bulk->runs[client].end;

  while (TRUE)
    {
      WeftBulkRun *run = &bulk->runs[client];
      WeftHandle before = run->next, needed;

      if (!(bulk->is_flat ? link_flat_run (bulk, run, end, &needed) : link_run (bulk, run, end, &needed)))
        return FALSE;
      if (run->next > before && weft_client (doc, client)->ordinal == 0)
        weft_client (doc, client)->ordinal = ++doc->next_ordinal;
      if (needed != WEFT_NONE)
        {
          const Waiting waiting = { client, end };

          run->waits = TRUE;
          g_array_append_val (bulk->waiting, waiting);
          client = weft_item (doc, needed)->client;
          end = needed + 1;
          if (bulk->runs[client].waits)
            return FALSE;
        }
      else if (bulk->waiting->len > 0)
        {
          const Waiting *last = &g_array_index (bulk->waiting, Waiting, bulk->waiting->len - 1);

          client = last->client;
          end = last->end;
          bulk->runs[client].waits = FALSE;
          g_array_set_size (bulk->waiting, bulk->waiting->len - 1);
        }
      else
        {
          return TRUE;
        }
    }
}

static gboolean
link_all (WeftBulk *bulk)
{
  WeftDoc *doc = bulk->doc;
  const guint32 *sorted = weft_clients_sort (doc);
  WeftHandle n_linked = bulk->n_linked;

  /* What was linked when it was read is of the first client of the update: that comes first here, too. */
  if (n_linked > 0 && sorted[0] != 0)
    {
      bulk->again = TRUE;
      return FALSE;
    }
  bulk->next = g_renew (WeftHandle, bulk->next, (gsize) bulk->n + 2);
  memset (bulk->next + n_linked + 1, 0xff, ((gsize) bulk->n + 1 - n_linked) * sizeof (WeftHandle));
  bulk->next[WEFT_NONE] = WEFT_NONE;
  for (guint32 i = 0; i < bulk->n_runs; i++)
    bulk->runs[i].next = bulk->runs[i].first;
  if (n_linked > 0)
    {
      bulk->runs[0].next = n_linked + 1;
      weft_client (doc, 0)->ordinal = ++doc->next_ordinal;
    }
  for (guint32 i = 0; i < doc->n_clients; i++)
    if (!link_all_of (bulk, sorted[i]))
      return FALSE;
  if (bulk->is_flat)
    bulk->flat_type->first = bulk->next[WEFT_NONE];

  return TRUE;
}

/* Delete, collect, join: from here on nothing fails. */

static void
delete_ranges (WeftBulk *bulk)
{
  gsize n_ranges = bulk->deletes != NULL ? weft_delete_set_get_n_ranges (bulk->deletes) : 0;
  const WeftIdRange *range = n_ranges > 0 ? weft_delete_set_get_range (bulk->deletes, 0) : NULL;
  guint32 client = WEFT_NO_CLIENT;

  for (gsize i = 0; i < n_ranges; i++, range++)
    {
      guint64 end = range->clock + range->length;

      if (i == 0 || range->client != range[-1].client)
        client = weft_clients_lookup (bulk->doc, range->client);
      for (WeftHandle at = weft_bulk_find (bulk, &bulk->runs[client], (guint32) range->clock);; at++)
        {
          weft_bulk_bury (bulk, at);
          if (bulk->clocks[at + 1] >= end)
            break;
        }
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
        weft_bulk_bury (bulk, at);
      for (WeftHandle entry = type->first_entry; entry != WEFT_NONE; entry = weft_entry (doc, entry)->next)
        for (WeftHandle at = bulk->entries[entry]; at != WEFT_NONE; at = bulk->next[at])
          weft_bulk_bury (bulk, at);
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
          WeftHandle *oldest = &bulk->entries[entry];

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

/* FALSE: they are two. */
static gboolean
join (WeftBulk  *bulk,
      WeftHandle left,
      WeftHandle right)
{
  if (!join_items (bulk, left, right))
    return FALSE;
  weft_pool_free_item (bulk->doc, right);

  return TRUE;
}

static void
join_run (WeftBulk          *bulk,
          const WeftBulkRun *run)
{
  WeftHandle left = run->first;

  for (WeftHandle at = run->first + 1; at < run->end; at++)
    if (!join (bulk, left, at))
      left = at;
}

static void
join_all (WeftBulk *bulk)
{
  WeftHandle left = WEFT_NONE, right = WEFT_NONE;

  /* What was seen when items were read holds no more. */
  if (bulk->changed || bulk->continues != NULL)
    {
      for (guint32 i = 0; i < bulk->n_runs; i++)
        join_run (bulk, &bulk->runs[i]);
      return;
    }
  for (guint i = 0; i < bulk->n_joinable; i++)
    {
      WeftHandle at = bulk->joinable[i];

      if (at - 1 != right)
        left = at - 1;
      right = at;
      if (!join (bulk, left, at))
        left = at;
    }
}

/* Build */

static void
build_all (WeftBulk *bulk)
{
  WeftDoc *doc = bulk->doc;

  join_all (bulk);
  for (guint32 i = 0; i < bulk->n_runs; i++)
    {
      const WeftBulkRun *run = &bulk->runs[i];

      /* Nobody looks for an item any more, so that this need not end the client before. */
      bulk->clocks[run->first] = 0;
      weft_index_fill (doc, weft_client (doc, i), run->first, run->end - run->first, bulk->clocks);
    }
  /* This makes room for what is built next. */
  weft_bulk_clear_clocks (bulk);
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
  weft_bulk_clear_clocks (bulk);
  g_free (bulk->runs);
  g_free (bulk->next);
  g_free (bulk->continues);
  g_free (bulk->marks);
  g_array_unref (bulk->cuts);
  g_free (bulk->entries);
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

/* @links_early: whether items may be linked as they are read; @again: whether it could be done without that */
static gboolean
load (WeftDoc         *doc,
      GBytes          *update,
      WeftUpdateFormat format,
      gboolean         links_early,
      gboolean        *again)
{
  WeftBulk bulk = { .doc = doc, .links_early = links_early };
  gboolean good;

  bulk.n_types = doc->n_types;
  bulk.n_roots = doc->roots->len;
  bulk.n_keys = doc->keys->len;
  bulk.n_formats = doc->formats->len;
  bulk.cuts = g_array_new (FALSE, FALSE, sizeof (WeftBulkCut));
  bulk.dead = g_ptr_array_new ();
  bulk.waiting = g_array_new (FALSE, FALSE, sizeof (Waiting));

  good = weft_bulk_read (&bulk, update, format);
  good = good && weft_bulk_resolve (&bulk) && link_all (&bulk);
  if (good)
    {
      if (bulk.deletes_live)
        delete_ranges (&bulk);
      delete_content (&bulk);
      if (doc->gc && bulk.changed)
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
  *again = bulk.again;
  clear (&bulk);

  return good;
}

gboolean
weft_bulk_load (WeftDoc         *doc,
                GBytes          *update,
                WeftUpdateFormat format)
{
  gboolean again;

  if (!is_untouched (doc) || g_bytes_get_size (update) < FEW_BYTES)
    return FALSE;

  return load (doc, update, format, TRUE, &again) || (again && load (doc, update, format, FALSE, &again));
}
