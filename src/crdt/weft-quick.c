/* weft-quick.c - edits of a single run, without a transaction
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Text or values put between two units, or taken out of some runs, by us or by somebody else, need little of
 * what a transaction does: there is one new run or some deleted ranges, and Yjs would try to join runs
 * at known places. So it is done here in one go, where nobody watches transactions:
 *
 *   insert between    [left][right]      → [left][new][right], or [left] grows
 *   insert within     [left right]       → [left][new][right]
 *   delete            [left gone right]  → [left][gone][right], then joined around as ever; several runs one by one
 *
 * Each function says %FALSE before it has changed anything where this does not hold; then the general
 * way is taken. What follows such an edit mostly goes on where it ended: it leaves a cursor there.
 */

#include "config.h"

#include "crdt/weft-any-private.h"
#include "crdt/weft-doc-private.h"
#include "crdt/weft-quick-private.h"
#include "crdt/weft-slots-private.h"

/* Puts @count new items at the gap: @items in their order, of which @n_units more than before can be
 * seen. Returns where the first one stands. */
static G_ALWAYS_INLINE inline WeftSpot
put_in_order (WeftDoc          *doc,
              WeftGap          *gap,
              const WeftHandle *items,
              guint             count,
              guint32           n_units)
{
  WeftLeaf *leaf;
  guint at;

  if (gap->leaf->n + count > WEFT_NODE_SIZE)
    gap->leaf = weft_order_make_room (doc, gap->leaf, &gap->at, gap->cut > 0);
  leaf = gap->leaf;
  at = gap->at;

  weft_shift_slots (leaf->item + at, leaf->vis + at, leaf->n - at, count);
  leaf->n += count;
  for (guint i = 0; i < count; i++)
    {
      WeftItem *item = weft_item (doc, items[i]);

      leaf->item[at + i] = items[i];
      leaf->vis[at + i] = weft_item_visible (item);
      item->place = leaf->self;
    }
  if (gap->cut > 0)
    leaf->vis[at - 1] = weft_item_visible (gap->left_item);
  weft_cursor_count (doc, leaf, n_units);

  return (WeftSpot) { leaf, at };
}

/* Cuts @left after @units; the new right part is in no order yet. @spot is that of @left in the id index, if it is
 * known (else its client is NULL), then that of the right part. */
static WeftHandle
cut_item (WeftDoc       *doc,
          WeftHandle     left_handle,
          guint32        units,
          WeftIndexSpot *spot)
{
  WeftHandle right_handle = weft_pool_take_item (doc);
  WeftItem *left = weft_item (doc, left_handle), *right = weft_item (doc, right_handle);

  if (left->kind == WEFT_CONTENT_STRING && left->ascii)
    {
      weft_item_copy_part (left, units, left->len - units, left->content + units, right);
    }
  else
    {
      weft_item_copy_part (left, units, left->len - units, left->content, right);
      weft_content_split (doc, left, right, units);
    }
  left->len = units;
  if (spot->client == NULL)
    weft_index_find (weft_client (doc, left->client), left->clock, spot);
  weft_index_insert_after (spot, right->clock, right_handle);

  return right_handle;
}

/* Whether the last run of @client stands left of the gap and what is put there would be joined to it; @simple is
 * cleared where that cannot be done in place. */
static inline gboolean
is_growing (WeftDoc       *doc,
            WeftClient    *client,
            const WeftGap *gap,
            const WeftRun *run,
            gboolean      *simple)
{
  const WeftItem *item = gap->left_item, *right = gap->right_item;
  WeftIndexSpot spot;
  WeftHandle before;
  gsize n_bytes;

  if (item == NULL || gap->cut > 0 || item->client != run->client || item->clock + item->len != client->state)
    return FALSE;
  if (item->kind != run->kind || run->kind == WEFT_CONTENT_BINARY || item->deleted || item->redone || item->in_map
      || (right == NULL ? item->r_client != WEFT_NO_CLIENT
                        : item->r_client != right->client || item->r_clock != right->clock))
    return FALSE;

  /* Whether the run could be joined in turn with the one before it is for the general way to find out. */
  weft_content_bytes (doc, item, 0, &n_bytes);
  weft_index_last (client, &spot);
  before = weft_index_prev (&spot);
  *simple = item->content + n_bytes == client->arena_used
            && (before == WEFT_NONE || weft_item (doc, before)->deleted
                || weft_item (doc, before)->kind != run->kind
                || weft_order_prev (doc, gap->left) != before);

  return TRUE;
}

/* The right part of what was cut, which stands after @spot and at @index, may go together with what follows it, as
 * mergeStructs of Yjs tries. */
static void
join_after_cut (WeftDoc      *doc,
                WeftSpot      spot,
                WeftIndexSpot index)
{
  WeftHandle next = weft_index_next (&index);

  spot.slot++;
  if (next == WEFT_NONE || !weft_order_step (doc, &spot) || spot.leaf->item[spot.slot] != next)
    return;
  weft_cursor_flush (doc);
  weft_merge_with_lefts (doc, &index);
}

static G_ALWAYS_INLINE inline void
fill_origins (const WeftGap *gap,
              WeftRun       *run)
{
  const WeftItem *left = gap->left_item, *right = gap->right_item;

  run->o_client = run->r_client = WEFT_NO_CLIENT;
  run->o_clock = run->r_clock = 0;
  if (left != NULL)
    {
      run->o_client = left->client;
      run->o_clock = left->clock + (gap->cut > 0 ? gap->cut : left->len) - 1;
    }
  if (gap->cut > 0)
    {
      run->r_client = run->o_client;
      run->r_clock = run->o_clock + 1;
    }
  else if (right != NULL)
    {
      run->r_client = right->client;
      run->r_clock = right->clock;
    }
}

static G_ALWAYS_INLINE inline WeftHandle
new_run (WeftDoc       *doc,
         WeftClient    *client,
         const WeftRun *run)
{
  WeftHandle handle = weft_pool_take_item (doc);

  /* At once, since most of it shares one word. */
  *weft_item (doc, handle) = (WeftItem) {
    .clock = run->clock,
    .len = run->n_units,
    .o_clock = run->o_clock,
    .r_clock = run->r_clock,
    .bits = {
      .client = run->client,
      .o_client = run->o_client,
      .r_client = run->r_client,
      .kind = run->kind,
      .ascii = run->kind == WEFT_CONTENT_STRING && run->ascii,
    },
    .content = weft_arena_append_text (client, run->data, run->n_bytes),
  };

  return handle;
}

/* Puts the new @run, which is all visible, at a gap where nothing is cut. */
static G_ALWAYS_INLINE inline void
put_between (WeftDoc       *doc,
             WeftClient    *client,
             WeftGap       *gap,
             const WeftRun *run)
{
  WeftHandle handle = new_run (doc, client, run);
  WeftLeaf *leaf;

  if (G_UNLIKELY (gap->leaf->n == WEFT_NODE_SIZE))
    gap->leaf = weft_order_make_room (doc, gap->leaf, &gap->at, FALSE);
  leaf = gap->leaf;
  weft_shift_slots (leaf->item + gap->at, leaf->vis + gap->at, leaf->n - gap->at, 1);
  leaf->n++;
  leaf->item[gap->at] = handle;
  leaf->vis[gap->at] = (guint32) run->n_units;
  weft_item (doc, handle)->place = leaf->self;
  weft_cursor_count (doc, leaf, run->n_units);
}

/* What stands behind @gap in the order; WEFT_NONE: nothing */
static inline WeftHandle
get_behind (WeftDoc       *doc,
            const WeftGap *gap)
{
  const WeftLeaf *leaf = gap->leaf;

  if (G_LIKELY (gap->at < leaf->n))
    return leaf->item[gap->at];

  return leaf->next != WEFT_NONE ? weft_leaf (doc, leaf->next)->item[0] : WEFT_NONE;
}

/* Cuts the run of ASCII at the gap and puts the new @run between its parts: what put_in_order() and cut_item() do
 * elsewhere, with one look at each place. */
static G_ALWAYS_INLINE inline void
put_within (WeftDoc       *doc,
            WeftClient    *client,
            WeftGap       *gap,
            const WeftRun *run)
{
  WeftItem *left = gap->left_item, *part;
  guint32 cut = gap->cut, n_rest = left->len - cut, visible = left->deleted ? 0 : n_rest;
  WeftHandle behind = get_behind (doc, gap), handle, rest_handle, *items;
  WeftLeaf *leaf;
  WeftIndexSpot next;
  guint32 *vis;

  /* The leaf first: it is here, while the item at the left, of which all else has to be known, may be on its way. */
  if (G_UNLIKELY (gap->leaf->n + 2 > WEFT_NODE_SIZE))
    gap->leaf = weft_order_make_room (doc, gap->leaf, &gap->at, TRUE);
  leaf = gap->leaf;
  items = leaf->item + gap->at;
  vis = leaf->vis + gap->at;
  weft_shift_slots (items, vis, leaf->n - gap->at, 2);
  leaf->n += 2;
  items[0] = handle = new_run (doc, client, run);
  weft_item (doc, handle)->place = leaf->self;
  items[1] = rest_handle = weft_pool_take_item (doc);

  if (gap->index.client == NULL)
    weft_index_find (weft_client (doc, left->client), left->clock, &gap->index);
  next = gap->index;
  /* Whether what is behind follows in the clocks, too */
  gap->joins = behind != WEFT_NONE && weft_index_next (&next) == behind;

  /* It stands in the leaf of the left part. */
  part = weft_item (doc, rest_handle);
  weft_item_copy_part (left, cut, n_rest, left->content + cut, part);
  left->len = cut;
  vis[-1] -= visible;
  vis[0] = (guint32) run->n_units;
  vis[1] = visible;
  weft_cursor_count (doc, leaf, run->n_units);

  weft_index_insert_after (&gap->index, part->clock, rest_handle);
}

/* The run at @spot, the last one of @client, was put there or grew. */
static G_ALWAYS_INLINE inline void
place_cursor_after (WeftDoc    *doc,
                    WeftClient *client,
                    WeftSpot    spot,
                    guint64     end)
{
  WeftCursor *cursor = &doc->cursor;
  WeftType *type = spot.leaf->type;

  cursor->type = type;
  cursor->end = end;
  cursor->item = spot.leaf->item[spot.slot];
  cursor->run = weft_item (doc, cursor->item);
  cursor->client = client;
  cursor->leaf = spot.leaf;
  cursor->vis = spot.leaf->vis + spot.slot;
  cursor->near = spot;
  cursor->can_type = cursor->run->kind == WEFT_CONTENT_STRING;
  cursor->dead = cursor->ahead = NULL;
  cursor->deleting = end != G_MAXUINT64 && !type->has_formats ? type : NULL;
  cursor->typing = cursor->can_type && client->id == doc->client_id ? cursor->deleting : NULL;
  doc->told.next = 0;
}

/* Puts a new item at the gap, of which clock and origins are filled in. It is in the index by order and not yet in that
 * by id. What was cut off stands behind it. */
static G_ALWAYS_INLINE inline WeftSpot
link_run (WeftDoc    *doc,
          WeftClient *client,
          WeftGap    *gap,
          WeftRun    *run)
{
  WeftHandle items[2];

  fill_origins (gap, run);
  run->clock = client->state;
  if (gap->cut == 0)
    {
      put_between (doc, client, gap, run);
      return (WeftSpot) { gap->leaf, gap->at };
    }
  if (gap->left_item->kind == WEFT_CONTENT_STRING && gap->left_item->ascii)
    {
      put_within (doc, client, gap, run);
      return (WeftSpot) { gap->leaf, gap->at };
    }
  gap->joins = TRUE;
  items[0] = new_run (doc, client, run);
  items[1] = cut_item (doc, gap->left, gap->cut, &gap->index);

  return put_in_order (doc, gap, items, 2, run->n_units);
}

/* @client wrote @run, which is an item or a part of it. */
static G_ALWAYS_INLINE inline void
count_run (WeftDoc       *doc,
           WeftClient    *client,
           const WeftGap *gap,
           const WeftRun *run)
{
  if (client->ordinal == 0)
    client->ordinal = ++doc->next_ordinal;
  client->state += run->n_units;
  if (G_UNLIKELY (run->kind == WEFT_CONTENT_STRING && !run->ascii))
    gap->type->has_wide = TRUE;
}

gboolean
weft_quick_insert_run (WeftDoc *doc,
                       WeftGap *gap,
                       WeftRun *run,
                       guint64  end)
{
  WeftClient *client = weft_client (doc, run->client);
  gboolean simple = TRUE;
  WeftSpot spot;

  if (is_growing (doc, client, gap, run, &simple))
    {
      WeftItem *item = gap->left_item;

      if (!simple)
        return FALSE;
      fill_origins (gap, run);
      run->clock = client->state;
      weft_arena_append_text (client, run->data, run->n_bytes);
      item->len += run->n_units;
      item->ascii &= run->kind == WEFT_CONTENT_STRING && run->ascii;
      spot = (WeftSpot) { gap->leaf, gap->at - 1 };
      spot.leaf->vis[spot.slot] += run->n_units;
      weft_cursor_count (doc, spot.leaf, run->n_units);
    }
  else
    {
      spot = link_run (doc, client, gap, run);
      weft_index_append (client, run->clock, spot.leaf->item[spot.slot]);
      if (gap->joins)
        join_after_cut (doc, spot, gap->index);
    }
  count_run (doc, client, gap, run);

  place_cursor_after (doc, client, spot, end);
  if (G_UNLIKELY (doc->validate))
    weft_doc_check (doc);

  return TRUE;
}

void
weft_quick_insert_run_in (WeftTransaction *tx,
                          WeftGap         *gap,
                          WeftRun         *run)
{
  WeftDoc *doc = tx->doc;
  WeftClient *client = weft_client (doc, run->client);
  WeftSpot spot = link_run (doc, client, gap, run);

  if (gap->cut > 0)
    {
      const WeftItem *right = weft_item (doc, spot.leaf->item[spot.slot + 1]);

      weft_transaction_add_merge (tx, right->client, right->clock);
    }
  weft_transaction_touch (tx, run->client);
  weft_index_append (client, run->clock, spot.leaf->item[spot.slot]);
  count_run (doc, client, gap, run);
  weft_transaction_add_sequence (tx, gap->type);
  /* Whatever else the transaction does may change the leaf. */
  weft_cursor_flush (doc);
}

WeftSpot
weft_quick_cut (WeftDoc       *doc,
                WeftSpot       spot,
                guint32        units,
                WeftIndexSpot *index)
{
  WeftHandle left = spot.leaf->item[spot.slot], right;
  WeftGap gap = {
    .leaf = spot.leaf, .at = spot.slot + 1, .cut = units, .left = left, .left_item = weft_item (doc, left),
  };

  right = cut_item (doc, left, units, index);

  return put_in_order (doc, &gap, &right, 1, 0);
}

/* Ours */

/* What stands behind @spot is at the right of the gap. */
static inline void
find_right (WeftDoc  *doc,
            WeftGap  *gap,
            WeftSpot *spot)
{
  gap->right = weft_order_step (doc, spot) ? spot->leaf->item[spot->slot] : WEFT_NONE;
  gap->right_item = gap->right != WEFT_NONE ? weft_item (doc, gap->right) : NULL;
}

/* The item that ends at a visible position of @type, or the start: what is put there goes after it, and after what is
 * deleted behind it. @gap->cut tells how much of the item stands left, if that is not all. */
static inline void
find_position (WeftDoc  *doc,
               WeftGap  *gap,
               guint64   position,
               WeftSpot *spot)
{
  WeftType *type = gap->type;

  if (doc->cursor.type == type && doc->cursor.end == position && doc->cursor.near.leaf != NULL)
    {
      *spot = doc->cursor.near;
    }
  else if (position > 0)
    {
      guint32 offset = weft_order_find_spot (doc, type, position - 1, spot) + 1;

      /* All units of what can be seen are visible. */
      if (offset < spot->leaf->vis[spot->slot])
        gap->cut = offset;
    }
  else
    {
      *spot = (WeftSpot) { weft_leaf (doc, type->first), 0 };
      gap->leaf = spot->leaf;
      gap->right = spot->leaf->item[0];
      gap->right_item = weft_item (doc, gap->right);
      return;
    }
  gap->leaf = spot->leaf;
  gap->at = spot->slot + 1;
  gap->left = spot->leaf->item[spot->slot];
  gap->left_item = weft_item (doc, gap->left);
  if (gap->cut == 0)
    find_right (doc, gap, spot);
}

static gboolean
insert (WeftDoc *doc,
        WeftGap *gap,
        WeftRun *run,
        guint64  end)
{
  if (doc->transaction != NULL)
    {
      weft_quick_insert_run_in (doc->transaction, gap, run);
      return TRUE;
    }
  doc->cursor.type = doc->cursor.typing = doc->cursor.deleting = NULL;
  if (!weft_quick_insert_run (doc, gap, run, end))
    return FALSE;
  if (doc->n_observers > 0)
    weft_quick_send_run (doc, gap->type, run, NULL, TRUE);

  return TRUE;
}

gboolean
weft_quick_insert (WeftType   *type,
                   guint64     position,
                   const char *utf8,
                   gsize       n_bytes)
{
  WeftDoc *doc = type->doc;
  WeftGap gap = { type };
  WeftRun run = { .kind = WEFT_CONTENT_STRING, .data = utf8, .n_bytes = n_bytes };
  WeftSpot spot;

  if (!weft_quick_may_edit (doc) || type->has_formats || type->length == 0 || n_bytes > G_MAXINT32
      || weft_type_is_gone (type))
    return FALSE;
  run.client = weft_clients_ensure_own (doc);
  run.ascii = TRUE;
  run.n_units = 1;
  if (n_bytes != 1 || (guint8) *utf8 >= 0x80)
    run.n_units = weft_utf8_measure (utf8, n_bytes, &run.ascii);
  if (run.n_units > WEFT_CLOCK_LIMIT - weft_client (doc, run.client)->state)
    return FALSE;

  position = MIN (position, type->length);
  find_position (doc, &gap, position, &spot);
  if (gap.cut > 0 && !weft_quick_can_cut (doc, gap.left_item, gap.cut))
    return FALSE;

  /* Text goes right of what is deleted: minimizeAttributeChanges of Yjs. */
  while (gap.right_item != NULL && gap.right_item->deleted)
    {
      gap.leaf = spot.leaf;
      gap.at = spot.slot + 1;
      gap.left = gap.right;
      gap.left_item = gap.right_item;
      find_right (doc, &gap, &spot);
    }

  return insert (doc, &gap, &run, position + run.n_units);
}

/* The values as they are written: one after the other. %FALSE where some are bytes, which are no ANY, and not alone. */
static gboolean
write_values (WeftAny    *values,
              WeftRun    *run,
              guint8     *small,
              WeftWriter *writer)
{
  const WeftAny *first = weft_any_get_item (values, 0);
  const guint8 *end = run->n_units == 1 ? weft_any_put_short (first, small) : NULL;

  if (end != NULL)
    {
      run->data = (const char *) small;
      run->n_bytes = end - small;
      return TRUE;
    }
  if (run->n_units == 1 && weft_any_get_kind (first) == WEFT_ANY_BYTES)
    {
      gsize size;
      const void *data = g_bytes_get_data (weft_any_get_bytes (first), &size);

      run->kind = WEFT_CONTENT_BINARY;
      weft_writer_put_buffer (writer, data, size);
    }
  else
    {
      for (guint64 i = 0; i < run->n_units; i++)
        {
          if (weft_any_get_kind (weft_any_get_item (values, i)) == WEFT_ANY_BYTES)
            return FALSE;
          weft_any_write (weft_any_get_item (values, i), writer);
        }
    }
  run->data = (const char *) writer->data;
  run->n_bytes = writer->size;

  return run->n_bytes <= G_MAXINT32;
}

gboolean
weft_quick_insert_values (WeftType *type,
                          guint64   position,
                          WeftAny  *values)
{
  WeftDoc *doc = type->doc;
  WeftGap gap = { type };
  WeftRun run = { .kind = WEFT_CONTENT_ANY, .n_units = weft_any_get_n_items (values), .ascii = TRUE };
  guint8 small[WEFT_SHORT_VALUE];
  WeftWriter writer;
  gboolean done = FALSE;
  WeftSpot spot;

  if (!weft_quick_may_edit (doc) || type->length == 0 || run.n_units == 0 || weft_type_is_gone (type))
    return FALSE;
  run.client = weft_clients_ensure_own (doc);
  if (run.n_units > WEFT_CLOCK_LIMIT - weft_client (doc, run.client)->state)
    return FALSE;

  position = MIN (position, type->length);
  find_position (doc, &gap, position, &spot);
  /* Unlike text, values go directly right of the one before. */
  if (gap.left_item != NULL
      && (gap.left_item->deleted || (gap.cut > 0 && !weft_quick_can_cut (doc, gap.left_item, gap.cut))))
    return FALSE;

  weft_writer_init (&writer);
  if (write_values (values, &run, small, &writer))
    done = insert (doc, &gap, &run, position + run.n_units);
  weft_writer_clear (&writer);

  return done;
}
