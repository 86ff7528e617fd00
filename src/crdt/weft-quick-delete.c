/* weft-quick-delete.c - units deleted, of one run or some, without a transaction; see weft-quick.c
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is deleted becomes a dead run between two live ones, or goes to the dead runs beside it, as Yjs would cut and
 * join:
 *
 *   [left gone right]       → [left][gone][right]
 *   [dead][gone right]      → [dead gone][right]        and the same from the other side
 *   [dead][gone][dead]      → [dead gone dead]
 *
 * This is done with one look at each neighbour, where all of them stand in one leaf and one chunk of the id index. Else
 * weft_quick_delete_run() goes step by step.
 */

#include "config.h"

#include "crdt/weft-doc-private.h"
#include "crdt/weft-quick-private.h"

/* Whether two neighbours in the clocks of a client cannot be one run, whatever they hold. */
static gboolean
is_apart (const WeftItem *left,
          const WeftItem *right)
{
  return right->o_client != left->client || right->o_clock != right->clock - 1 || right->r_client != left->r_client
         || (left->r_client != WEFT_NO_CLIENT && right->r_clock != left->r_clock);
}

/* Units of one run that are about to be deleted, where they stand in both indexes, and the dead runs they go together
 * with. */
typedef struct
{
  WeftSpot      spot;
  WeftIndexSpot index;
  WeftItem     *item;
  guint32       offset, n_units, rest; /* units before, deleted, and after */
  WeftItem     *before, *after;        /* NULL: none */
} Deletion;

/* Finds out what is joined. Says %FALSE where that needs more than one leaf, one chunk and a look at the neighbours. */
static gboolean
find_joined (WeftDoc  *doc,
             Deletion *self)
{
  const WeftLeaf *leaf = self->spot.leaf;
  const WeftChunk *chunk = self->index.client->chunks[self->index.chunk];
  const WeftHandle *handles = weft_chunk_handles ((WeftChunk *) chunk) + self->index.slot;
  const WeftItem *item = self->item;
  guint32 at = self->index.slot;
  guint slot = self->spot.slot;

  if (self->offset == 0 && (at > 0 || self->index.chunk > 0))
    {
      WeftItem *left;

      if (at == 0)
        return FALSE;
      left = weft_item (doc, handles[-1]);
      if (left->deleted && !is_apart (left, item))
        {
          if (slot == 0)
            return FALSE;
          if (leaf->item[slot - 1] == handles[-1])
            {
              /* That one could be joined in turn, as Yjs tries. */
              if (!weft_cursor_join_dead (doc, left, item) || (at == 1 && self->index.chunk > 0)
                  || (at > 1 && weft_item (doc, handles[-2])->deleted
                      && !is_apart (weft_item (doc, handles[-2]), left)))
                return FALSE;
              self->before = left;
            }
        }
    }
  if (item->clock + item->len < self->index.client->state)
    {
      WeftItem *right;

      if (at + 1 == chunk->n)
        return FALSE;
      right = weft_item (doc, handles[1]);
      if ((self->rest > 0) != right->deleted && !is_apart (item, right))
        {
          if (slot + 1 == leaf->n)
            return FALSE;
          if (leaf->item[slot + 1] == handles[1])
            {
              if (self->rest > 0 || !weft_cursor_join_dead (doc, item, right))
                return FALSE;
              self->after = right;
            }
        }
    }

  return TRUE;
}

/* A new run of the units of @item from @offset on. */
static WeftHandle
copy_part (WeftDoc        *doc,
           const WeftItem *item,
           guint32         offset,
           guint32         n_units)
{
  WeftHandle handle = weft_pool_take_item (doc);

  weft_item_copy_part (item, offset, n_units, item->content + offset, weft_item (doc, handle));

  return handle;
}

static void
put_in_both (Deletion   *self,
             guint       distance,
             WeftHandle  handle,
             guint32     clock,
             guint32     visible)
{
  WeftLeaf *leaf = self->spot.leaf;
  WeftChunk *chunk = self->index.client->chunks[self->index.chunk];
  guint slot = self->spot.slot + distance, at = self->index.slot + distance;
  guint32 *clocks = weft_chunk_clocks (chunk) + at;
  WeftHandle *handles = weft_chunk_handles (chunk) + at;
  guint n_leaf = leaf->n++ - slot, n_chunk = chunk->n++ - at;

  memmove (leaf->item + slot + 1, leaf->item + slot, n_leaf * sizeof (WeftHandle));
  memmove (leaf->vis + slot + 1, leaf->vis + slot, n_leaf * sizeof (guint32));
  memmove (clocks + 1, clocks, n_chunk * sizeof (guint32));
  memmove (handles + 1, handles, n_chunk * sizeof (WeftHandle));
  leaf->item[slot] = handles[0] = handle;
  leaf->vis[slot] = visible;
  clocks[0] = clock;
}

/* Takes the item @distance places on out of both indexes, which have one before it. */
static void
take_from_both (WeftDoc        *doc,
                const Deletion *self,
                guint           distance)
{
  WeftLeaf *leaf = self->spot.leaf;
  WeftChunk *chunk = self->index.client->chunks[self->index.chunk];
  guint slot = self->spot.slot + distance, at = self->index.slot + distance;
  guint32 *clocks = weft_chunk_clocks (chunk) + at;
  WeftHandle *handles = weft_chunk_handles (chunk) + at;
  guint n_leaf = --leaf->n - slot, n_chunk = --chunk->n - at;

  weft_pool_free_item (doc, handles[0]);
  memmove (leaf->item + slot, leaf->item + slot + 1, n_leaf * sizeof (WeftHandle));
  memmove (leaf->vis + slot, leaf->vis + slot + 1, n_leaf * sizeof (guint32));
  memmove (clocks, clocks + 1, n_chunk * sizeof (guint32));
  memmove (handles, handles + 1, n_chunk * sizeof (WeftHandle));
}

static inline void
set_dead (WeftDoc  *doc,
          WeftItem *item)
{
  WeftItemBits bits = item->bits;

  bits.deleted = TRUE;
  if (doc->gc)
    bits.kind = WEFT_CONTENT_DELETED;
  item->bits = bits;
}

/* Makes the units a dead run, or a part of one; returns how far that is from where the item stands now. */
static int
make_dead (WeftDoc  *doc,
           Deletion *self)
{
  WeftItem *item = self->item, *after = self->after, *before = self->before;
  guint32 offset = self->offset, n_units = self->n_units, rest = self->rest, end = offset + n_units;
  guint32 *vis = self->spot.leaf->vis + self->spot.slot;
  WeftHandle part;

  if (offset > 0)
    {
      *vis = offset;
      if (after != NULL)
        {
          after->clock -= n_units;
          after->o_clock -= n_units;
          after->len += n_units;
          if (after->kind == WEFT_CONTENT_STRING)
            after->content -= n_units;
          weft_chunk_clocks (self->index.client->chunks[self->index.chunk])[self->index.slot + 1] = after->clock;
        }
      else
        {
          part = copy_part (doc, item, offset, n_units);
          set_dead (doc, weft_item (doc, part));
          put_in_both (self, 1, part, item->clock + offset, 0);
          if (rest > 0)
            put_in_both (self, 2, copy_part (doc, item, end, rest), item->clock + end, rest);
        }
      item->len = offset;
      return 1;
    }

  *vis = rest;
  if (rest > 0 && before != NULL)
    {
      before->len += n_units;
      item->clock += n_units;
      item->o_clock += n_units;
      item->len = rest;
      item->content += n_units;
      weft_chunk_clocks (self->index.client->chunks[self->index.chunk])[self->index.slot] = item->clock;
      return -1;
    }
  if (rest > 0)
    {
      *vis = 0;
      put_in_both (self, 1, copy_part (doc, item, n_units, rest), item->clock + n_units, rest);
      item->len = n_units;
      set_dead (doc, item);
      return 0;
    }

  set_dead (doc, item);
  if (after != NULL)
    {
      item->len += after->len;
      take_from_both (doc, self, 1);
    }
  if (before == NULL)
    return 0;
  before->len += item->len;
  take_from_both (doc, self, 0);

  return -1;
}

/* Leaves the cursor at a dead run, between what is deleted next by backspace and by delete. */
static void
place_cursor_at_dead (WeftDoc       *doc,
                      WeftSpot       spot,
                      WeftIndexSpot  index,
                      guint64        end)
{
  WeftCursor *cursor = &doc->cursor;
  WeftLeaf *leaf = spot.leaf;
  WeftChunk *chunk = index.client->chunks[index.chunk];
  WeftItem *dead = weft_item (doc, leaf->item[spot.slot]);

  cursor->type = leaf->type;
  cursor->typing = NULL;
  cursor->deleting = end != G_MAXUINT64 && !leaf->type->has_formats ? leaf->type : NULL;
  cursor->end = end;
  cursor->near = spot;
  cursor->run = cursor->dead = cursor->ahead = NULL;
  cursor->leaf = leaf;
  cursor->can_type = FALSE;
  doc->told.next = 0;
  if (spot.slot > 0)
    {
      WeftHandle handle = leaf->item[spot.slot - 1];
      WeftItem *run = weft_item (doc, handle);

      if (weft_cursor_join_dead (doc, run, dead))
        {
          cursor->item = handle;
          cursor->run = run;
          cursor->client = index.client;
          cursor->vis = leaf->vis + spot.slot - 1;
          cursor->dead = dead;
          cursor->dead_clock = weft_index_clock (&index, &cursor->dead_start);
        }
    }
  if (spot.slot + 1 < leaf->n && index.slot + 1 < chunk->n
      && weft_chunk_handles (chunk)[index.slot + 1] == leaf->item[spot.slot + 1])
    {
      WeftItem *ahead = weft_item (doc, leaf->item[spot.slot + 1]);

      if (weft_cursor_join_dead (doc, dead, ahead))
        {
          cursor->ahead = ahead;
          cursor->behind = dead;
          cursor->ahead_leaf = leaf;
          cursor->ahead_vis = leaf->vis + spot.slot + 1;
          index.slot++;
          cursor->ahead_clock = weft_index_clock (&index, &cursor->ahead_start);
        }
    }
}

gboolean
weft_quick_delete_in_leaf (WeftDoc  *doc,
                           WeftSpot  spot,
                           guint32   offset,
                           guint32   n_units,
                           guint64   end)
{
  WeftItem *item = weft_item (doc, spot.leaf->item[spot.slot]);
  Deletion self = { spot, .item = item, .offset = offset, .n_units = n_units, .rest = item->len - offset - n_units };
  WeftLeaf *leaf = spot.leaf;
  const WeftChunk *chunk;
  guint n_new;
  int dead;

  if (item->kind != WEFT_CONTENT_STRING || !item->ascii)
    return FALSE;
  weft_index_find (weft_client (doc, item->client), item->clock, &self.index);
  if (G_UNLIKELY (weft_chunk_is_packed (self.index.client->chunks[self.index.chunk])))
    {
      /* It may know places in the index. */
      weft_cursor_forget (doc);
      weft_index_unpack (&self.index);
    }
  chunk = self.index.client->chunks[self.index.chunk];
  if (!find_joined (doc, &self))
    return FALSE;
  n_new = (offset > 0 && self.after == NULL) + (self.rest > 0 && self.before == NULL);
  if (leaf->n + n_new > WEFT_NODE_SIZE || chunk->n + n_new > chunk->capacity)
    return FALSE;

  dead = make_dead (doc, &self);
  weft_cursor_count (doc, leaf, -(gint64) n_units);
  if (doc->gc)
    {
      weft_arena_waste (self.index.client, n_units);
      weft_arena_tidy (doc, self.index.client);
    }
  self.spot.slot += dead;
  self.index.slot += dead;
  if (weft_type_is_deleted (leaf->type))
    weft_cursor_forget (doc);
  else
    place_cursor_at_dead (doc, self.spot, self.index, end);
  if (G_UNLIKELY (doc->validate))
    weft_doc_check (doc);

  return TRUE;
}

/* Anywhere */

gboolean
weft_quick_can_delete (WeftDoc        *doc,
                       const WeftItem *item,
                       guint32         offset,
                       guint64         n_units)
{
  if (item->deleted || item->redone || n_units > item->len - offset)
    return FALSE;
  if (item->kind == WEFT_CONTENT_STRING)
    return item->ascii
           || (!weft_content_is_inside_pair (doc, item, offset)
               && !weft_content_is_inside_pair (doc, item, offset + n_units));

  return item->kind == WEFT_CONTENT_ANY || item->kind == WEFT_CONTENT_BINARY;
}

/* Whether any of the runs around a deleted one could be joined: what it was cut from is not deleted, and
 * what comes before and after is mostly of another kind. */
static gboolean
may_join (WeftDoc   *doc,
          WeftHandle handle,
          gboolean   cut_before,
          gboolean   cut_after)
{
  const WeftItem *item = weft_item (doc, handle);
  WeftIndexSpot spot, at;
  WeftHandle other;

  weft_index_find (weft_client (doc, item->client), item->clock, &spot);
  at = spot;
  if (!cut_before && (other = weft_index_prev (&at)) != WEFT_NONE && weft_item (doc, other)->deleted)
    return TRUE;
  at = spot;
  if ((other = weft_index_next (&at)) == WEFT_NONE)
    return FALSE;
  if (!cut_after)
    return weft_item (doc, other)->deleted;

  /* The right part and what follows it */
  other = weft_index_next (&at);

  return other != WEFT_NONE && !weft_item (doc, other)->deleted;
}

/* Deletes units of the item at @spot, and joins as Yjs does at the end of a transaction: around what was
 * deleted, then where runs were cut, the last cut first. The cursor is left there, at @end. */
void
weft_quick_delete_run (WeftDoc *doc,
                       WeftSpot spot,
                       guint32  offset,
                       guint32  n_units,
                       guint64  end)
{
  WeftHandle handle = spot.leaf->item[spot.slot], right = WEFT_NONE;
  WeftItem *item = weft_item (doc, handle);
  guint32 index = item->client, clock = item->clock + offset;
  WeftClient *client = weft_client (doc, index);
  gboolean cut_after = offset + n_units < item->len;
  WeftIndexSpot cut = { NULL };

  if (weft_quick_delete_in_leaf (doc, spot, offset, n_units, end))
    return;
  weft_cursor_forget (doc);
  if (offset > 0)
    {
      spot = weft_quick_cut (doc, spot, offset, &cut);
      handle = spot.leaf->item[spot.slot];
    }
  if (cut_after)
    weft_quick_cut (doc, spot, n_units, &cut);
  item = weft_item (doc, handle);
  weft_item_set_deleted (item);
  weft_order_update (doc, handle);
  if (doc->gc)
    {
      weft_collect_item (doc, handle);
      weft_arena_tidy (doc, client);
    }

  if (may_join (doc, handle, offset > 0, cut_after))
    {
      weft_merge_around_deletion (doc, index, clock, n_units);
      if (cut_after)
        weft_merge_at_cut (doc, index, clock + n_units);
      if (offset > 0)
        weft_merge_at_cut (doc, index, clock);
    }

  handle = clock > 0 ? weft_index_find (client, clock - 1, NULL) : WEFT_NONE;
  if (clock + n_units < client->state)
    right = weft_index_find (client, clock + n_units, NULL);
  weft_cursor_place_between (doc, handle, right, end);
  weft_doc_check (doc);
}

/* Ours */

/* The same as weft_quick_delete_run(), where the transaction joins in the end what can be joined. Returns where the run
 * is. */
static WeftSpot
delete_run_in (WeftTransaction *tx,
               WeftSpot         spot,
               guint32          offset,
               guint32          n_units)
{
  WeftDoc *doc = tx->doc;
  WeftItem *item = weft_item (doc, spot.leaf->item[spot.slot]);
  WeftIndexSpot index = { NULL };

  if (offset > 0)
    {
      spot = weft_quick_cut (doc, spot, offset, &index);
      item = weft_item (doc, spot.leaf->item[spot.slot]);
      weft_transaction_add_merge (tx, item->client, item->clock);
    }
  if (n_units < item->len)
    {
      WeftHandle handle = spot.leaf->item[spot.slot];

      weft_quick_cut (doc, spot, n_units, &index);
      weft_transaction_add_merge (tx, item->client, item->clock + n_units);
      /* The leaf may have been split. */
      spot = weft_order_spot (doc, handle);
    }
  weft_item_set_deleted (item);
  spot.leaf->vis[spot.slot] = 0;
  weft_cursor_count (doc, spot.leaf, -(gint64) n_units);
  weft_transaction_add_delete (tx, item->client, item->clock, n_units);
  weft_transaction_add_sequence (tx, spot.leaf->type);
  weft_cursor_flush (doc);

  return spot;
}

/* From an item, with nothing but what is deleted between its end and @position, to what can be seen next. */
static void
find_next_run (WeftType *type,
               guint64   position,
               WeftSpot *spot)
{
  if (spot->leaf == NULL)
    {
      weft_order_find_spot (type->doc, type, position, spot);
      return;
    }
  while (weft_order_step (type->doc, spot) && spot->leaf->vis[spot->slot] == 0)
    ;
}

/* Deletes units of several runs, from @offset of the one at @spot on: one run after the other, which joins the same as
 * all at once, since of what is tried in between only dead runs can be joined. */
static gboolean
delete_runs (WeftType *type,
             guint64   position,
             guint64   n_units,
             gboolean  is_text,
             WeftSpot  spot,
             guint32   offset)
{
  WeftDoc *doc = type->doc;
  WeftRange ranges[WEFT_MAX_QUICK_RUNS];
  const guint32 first_offset = offset;
  WeftSpot at = spot;
  guint n = 0;

  while (n_units > 0)
    {
      const WeftItem *item = weft_item (doc, spot.leaf->item[spot.slot]);

      if (spot.leaf->vis[spot.slot] > 0)
        {
          guint32 len = (guint32) MIN (n_units, item->len - offset);

          if (n == G_N_ELEMENTS (ranges) || !weft_quick_can_delete (doc, item, offset, len)
              || (is_text && item->kind != WEFT_CONTENT_STRING) || (doc->transaction == NULL && item->keep))
            return FALSE;
          ranges[n++] = (WeftRange) { item->client, item->clock + offset, len };
          n_units -= len;
        }
      offset = 0;
      if (n_units > 0 && !weft_order_step (doc, &spot))
        return FALSE;
    }

  for (guint i = 0; i < n; i++)
    {
      offset = i == 0 ? first_offset : 0;
      if (doc->transaction != NULL)
        {
          at = delete_run_in (doc->transaction, at, offset, ranges[i].len);
        }
      else
        {
          weft_quick_delete_run (doc, at, offset, ranges[i].len, position);
          at = doc->cursor.type == type && doc->cursor.end == position ? doc->cursor.near : (WeftSpot) { NULL, 0 };
        }
      if (i + 1 < n)
        find_next_run (type, position, &at);
    }
  if (doc->transaction == NULL)
    weft_quick_send_deletions (doc, ranges, n, NULL, TRUE);

  return TRUE;
}

gboolean
weft_quick_delete (WeftType *type,
                   guint64   position,
                   guint64   n_units,
                   gboolean  is_text)
{
  WeftDoc *doc = type->doc;
  const WeftCursor *cursor = &doc->cursor;
  const WeftItem *item;
  guint32 client, clock, offset;
  WeftSpot spot;

  if (!weft_quick_may_edit (doc) || type->has_formats || position >= type->length || weft_type_is_gone (type))
    return FALSE;
  n_units = MIN (n_units, type->length - position);
  if (cursor->deleting == type && cursor->run != NULL && cursor->end - n_units == position
      && n_units <= cursor->run->len)
    {
      spot = (WeftSpot) { cursor->leaf, (guint) (cursor->vis - cursor->leaf->vis) };
      offset = cursor->run->len - (guint32) n_units;
    }
  else if (cursor->deleting == type && cursor->ahead != NULL && cursor->end == position)
    {
      spot = (WeftSpot) { cursor->ahead_leaf, (guint) (cursor->ahead_vis - cursor->ahead_leaf->vis) };
      offset = 0;
    }
  else
    {
      offset = weft_order_find_spot (doc, type, position, &spot);
    }
  item = weft_item (doc, spot.leaf->item[spot.slot]);
  if (n_units > item->len - offset)
    return delete_runs (type, position, n_units, is_text, spot, offset);
  /* Of a text only what a text holds is deleted. */
  if (!weft_quick_can_delete (doc, item, offset, n_units) || (is_text && item->kind != WEFT_CONTENT_STRING))
    return FALSE;
  if (doc->transaction != NULL)
    {
      delete_run_in (doc->transaction, spot, offset, (guint32) n_units);
      return TRUE;
    }
  if (item->keep)
    return FALSE;
  client = item->client;
  clock = item->clock + offset;
  weft_quick_delete_run (doc, spot, offset, (guint32) n_units, position);
  weft_quick_send_deletion (doc, client, clock, (guint32) n_units, NULL, TRUE);

  return TRUE;
}
