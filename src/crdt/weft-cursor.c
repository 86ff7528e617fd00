/* weft-cursor.c - the way of nearly every edit: typing on, and backspace
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Of the edits that people make 98 in 100 go on where the last one ended. The cursor remembers that
 * run, and does at once what the general way arrives at after splitting, integrating and joining:
 *
 *   typing      [run] next     → the run grows at its end; what would be a new item would be joined
 *   backspace   [run][dead]    → the last units of the run become the first ones of the dead run
 *   delete      [dead][run]    → the first units of the run become the last ones of the dead run
 *
 * It may do so only where Yjs would join: see place_run() and weft_cursor_join_dead(). Anything else in the
 * document ends the cursor (weft_cursor_forget(), called when a transaction begins), so it never looks at stale items.
 *
 * The visible lengths above the leaf are brought up to date later, by weft_cursor_flush().
 */

#include "config.h"

#include "crdt/weft-cursor-private.h"
#include "crdt/weft-doc-private.h"
#include "crdt/weft-quick-private.h"
#include "crdt/weft-slots-private.h"

void
weft_cursor_flush (WeftDoc *doc)
{
  WeftCursor *cursor = &doc->cursor;
  WeftHandle child;
  gint64 delta = cursor->delta;

  if (delta == 0)
    return;
  cursor->delta = 0;
  if (cursor->changed_leaf == doc->path.leaf)
    {
      for (guint i = 0; i < doc->path.n; i++)
        *doc->path.sums[i] += delta;
      return;
    }
  child = cursor->changed_leaf->self;
  for (WeftHandle at = cursor->changed_leaf->parent; at != WEFT_NONE;)
    {
      WeftInner *inner = weft_inner (doc, at);

      inner->vis[weft_find_slot (inner->child, child)] += delta;
      child = at;
      at = inner->parent;
    }
}

gboolean
weft_cursor_join_dead (WeftDoc        *doc,
                       const WeftItem *left,
                       const WeftItem *right)
{
  const WeftItem *live = left->deleted ? right : left, *dead = left->deleted ? left : right;

  if (live->deleted || !dead->deleted || left->client != right->client
      || left->clock + left->len != right->clock || right->o_client != left->client
      || right->o_clock != right->clock - 1 || right->r_client != left->r_client
      || (left->r_client != WEFT_NO_CLIENT && right->r_clock != left->r_clock)
      || left->in_map || left->redone || right->redone || left->keep || right->keep
      || live->kind != WEFT_CONTENT_STRING || !live->ascii)
    return FALSE;

  return doc->gc ? dead->kind == WEFT_CONTENT_DELETED
                 : dead->kind == WEFT_CONTENT_STRING && dead->ascii
                       && left->content + left->len == right->content;
}

/* The run that ends at the cursor: may it grow, or lose its end? */
static void
place_run (WeftDoc    *doc,
           WeftCursor *cursor,
           WeftHandle  handle)
{
  WeftItem *item = weft_item (doc, handle);
  WeftClient *client = weft_client (doc, item->client);
  WeftHandle next = WEFT_NONE;
  gboolean at_tail;
  WeftSpot spot;
  gsize n_bytes;

  if (item->kind != WEFT_CONTENT_STRING || item->deleted || item->in_map || item->redone || item->keep)
    return;
  spot = weft_order_spot (doc, handle);
  cursor->type = spot.leaf->type;
  cursor->leaf = spot.leaf;
  cursor->vis = spot.leaf->vis + spot.slot;
  if (weft_order_step (doc, &spot))
    next = spot.leaf->item[spot.slot];

  at_tail = item->clock + item->len == client->state;
  if (at_tail)
    {
      weft_content_bytes (doc, item, 0, &n_bytes);
      at_tail = item->content + n_bytes == client->arena_used;
    }
  if (next == WEFT_NONE)
    {
      cursor->can_type = at_tail && item->r_client == WEFT_NO_CLIENT;
    }
  else
    {
      WeftItem *right = weft_item (doc, next);
      WeftIndexSpot index;

      if (!right->deleted)
        {
          cursor->can_type
              = at_tail && item->r_client == right->client && item->r_clock == right->clock;
        }
      else if (weft_cursor_join_dead (doc, item, right))
        {
          weft_index_find (client, right->clock, &index);
          cursor->dead_clock = weft_index_clock (&index, &cursor->dead_start);
          if (cursor->dead_clock != NULL)
            cursor->dead = right;
        }
    }
  if (cursor->can_type || cursor->dead != NULL)
    {
      cursor->item = handle;
      cursor->near = (WeftSpot) { cursor->leaf, (guint) (cursor->vis - cursor->leaf->vis) };
      cursor->run = item;
      cursor->client = client;
    }
}

/* The run that begins at the cursor: may it lose its beginning? */
static void
place_ahead (WeftDoc    *doc,
             WeftCursor *cursor,
             WeftHandle  handle)
{
  WeftItem *item = weft_item (doc, handle);
  WeftHandle behind;
  WeftIndexSpot index;
  WeftSpot spot;

  if (item->kind != WEFT_CONTENT_STRING || item->deleted || item->in_map)
    return;
  spot = weft_order_spot (doc, handle);
  behind = weft_order_prev (doc, handle);
  if (behind == WEFT_NONE || !weft_cursor_join_dead (doc, weft_item (doc, behind), item))
    return;
  weft_index_find (weft_client (doc, item->client), item->clock, &index);
  cursor->ahead_clock = weft_index_clock (&index, &cursor->ahead_start);
  if (cursor->ahead_clock == NULL)
    return;
  cursor->type = spot.leaf->type;
  cursor->ahead = item;
  cursor->behind = weft_item (doc, behind);
  cursor->ahead_leaf = spot.leaf;
  cursor->ahead_vis = spot.leaf->vis + spot.slot;
}

void
weft_cursor_set (WeftDoc          *doc,
                 const WeftCursor *cursor)
{
  WeftCursor *self = &doc->cursor;

  weft_cursor_forget (doc);
  *self = *cursor;
  self->changed_leaf = cursor->leaf != NULL ? cursor->leaf : cursor->ahead_leaf;
  if (self->end == G_MAXUINT64 || self->type->has_formats)
    return;
  self->deleting = self->type;
  if (self->can_type && self->client->id == doc->client_id)
    self->typing = self->type;
}

void
weft_cursor_place_between (WeftDoc   *doc,
                           WeftHandle left,
                           WeftHandle right,
                           guint64    end)
{
  WeftCursor cursor = { .end = end };

  if (weft_cursor_is_watched (doc))
    return;
  if (left != WEFT_NONE)
    place_run (doc, &cursor, left);
  if (right != WEFT_NONE)
    place_ahead (doc, &cursor, right);
  if ((cursor.run == NULL && cursor.ahead == NULL) || weft_type_is_deleted (cursor.type))
    return;
  weft_cursor_set (doc, &cursor);
}

void
weft_cursor_place_after (WeftDoc *doc,
                         guint32  client,
                         guint64  end)
{
  WeftIndexSpot spot;
  WeftHandle handle = weft_index_last (weft_client (doc, client), &spot);

  weft_cursor_place_between (doc, handle, WEFT_NONE, end);
}

/* Writes the update of the unit @byte, typed at the clock before the client's. */
static void
write_told (WeftDoc *doc,
            guint8   byte)
{
  const WeftCursor *cursor = &doc->cursor;
  const WeftItem *run = cursor->run;
  WeftTold *told = &doc->told;
  guint32 clock = cursor->client->state - 1;
  guint8 *at = told->update;

  *at++ = 1;
  *at++ = 1;
  at = weft_put_client (at, cursor->client);
  told->clock = (guint8) (at - told->update);
  at = weft_put_number (at, clock);
  *at++ = WEFT_CONTENT_STRING | 0x80 | (run->r_client != WEFT_NO_CLIENT ? 0x40 : 0);
  at = weft_put_client (at, cursor->client);
  told->origin = (guint8) (at - told->update);
  at = weft_put_number (at, clock - 1);
  if (run->r_client != WEFT_NO_CLIENT)
    at = weft_put_id (at, weft_client (doc, run->r_client), run->r_clock);
  *at++ = 1;
  *at++ = byte;
  *at++ = 0;
  told->size = (guint8) (at - told->update);
  told->next = clock + 1;
}

/* Whether the update of the unit at @clock is the one before with greater clocks that take as many bytes. */
static inline gboolean
is_told_next (const WeftTold *told,
              guint32         clock)
{
  return told->next == clock && (clock & 0x7f) > 1;
}

/* Tells of the unit @byte, typed at the clock before the client's. */
static void
tell_typed (WeftDoc      *doc,
            guint8        byte,
            gconstpointer origin,
            gboolean      local)
{
  WeftTold *told = &doc->told;

  if (is_told_next (told, doc->cursor.client->state - 1))
    {
      told->update[told->clock]++;
      told->update[told->origin]++;
      told->update[told->size - 2] = byte;
      told->next++;
    }
  else
    {
      write_told (doc, byte);
    }
  weft_quick_send (doc, told->update, told->size, origin, local);
}

void
weft_cursor_tell_unit (WeftDoc *doc,
                       guint8   byte)
{
  tell_typed (doc, byte, NULL, TRUE);
}

static inline void
extend (WeftDoc      *doc,
        const char   *utf8,
        gsize         n_bytes,
        guint64       n_units,
        gboolean      ascii,
        gconstpointer origin,
        gboolean      local)
{
  WeftCursor *cursor = &doc->cursor;
  WeftClient *client = cursor->client;

  if (n_bytes == 1 && client->arena_used < client->arena_allocated)
    client->arena[client->arena_used++] = utf8[0];
  else
    weft_arena_append (client, utf8, n_bytes);
  if (G_UNLIKELY (!ascii))
    {
      cursor->run->ascii = FALSE;
      cursor->type->has_wide = TRUE;
    }
  weft_cursor_change_leaf (doc, cursor->leaf);
  weft_cursor_grow (cursor, (guint32) n_units);
  if (cursor->end != G_MAXUINT64)
    cursor->end += n_units;
  if (G_UNLIKELY (doc->validate))
    weft_doc_check (doc);

  if (doc->n_observers == 0)
    return;
  if (n_bytes == 1)
    {
      tell_typed (doc, (guint8) utf8[0], origin, local);
    }
  else
    {
      const WeftItem *item = cursor->run;
      guint32 clock = client->state - (guint32) n_units;
      WeftRun run = { WEFT_CONTENT_STRING, item->client, clock, item->client, clock - 1, item->r_client, item->r_clock,
                      utf8, n_bytes, n_units, ascii };

      weft_quick_send_run (doc, cursor->type, &run, origin, local);
    }
}

/* Appends to the run at the cursor. Returns whether that was possible. */
gboolean
weft_cursor_type_text (WeftType   *type,
                       guint64     position,
                       const char *utf8,
                       gsize       n_bytes)
{
  WeftDoc *doc = type->doc;
  WeftCursor *cursor = &doc->cursor;
  gboolean ascii = TRUE;
  guint64 n_units = 1;

  if (cursor->typing != type || cursor->end != position || doc->cleaning)
    return FALSE;
  if (n_bytes != 1 || (guint8) utf8[0] >= 0x80)
    n_units = weft_utf8_measure (utf8, n_bytes, &ascii);
  if (n_units > WEFT_CLOCK_LIMIT - cursor->client->state)
    return FALSE;
  extend (doc, utf8, n_bytes, n_units, ascii, NULL, TRUE);

  return TRUE;
}

static void
delete_before (WeftDoc      *doc,
               guint32       n_units,
               gconstpointer origin,
               gboolean      local)
{
  WeftCursor *cursor = &doc->cursor;
  const WeftItem *dead = cursor->dead;

  weft_cursor_change_leaf (doc, cursor->leaf);
  weft_cursor_give_to_dead (doc, n_units);
  if (cursor->end != G_MAXUINT64)
    cursor->end -= n_units;
  if (G_UNLIKELY (doc->validate))
    weft_doc_check (doc);
  weft_quick_send_deletion (doc, dead->client, dead->clock, n_units, origin, local);
}

static void
delete_ahead (WeftDoc      *doc,
              guint32       n_units,
              gconstpointer origin,
              gboolean      local)
{
  WeftCursor *cursor = &doc->cursor;
  const WeftItem *item = cursor->ahead;
  guint32 clock = item->clock;

  weft_cursor_change_leaf (doc, cursor->ahead_leaf);
  weft_cursor_give_to_behind (doc, n_units);
  if (G_UNLIKELY (doc->validate))
    weft_doc_check (doc);
  weft_quick_send_deletion (doc, item->client, clock, n_units, origin, local);
}

/* Deletes on at the cursor, to the left or to the right. Returns whether that was possible. */
gboolean
weft_cursor_delete_text (WeftType *type,
                         guint64   position,
                         guint64   n_units)
{
  WeftDoc *doc = type->doc;
  WeftCursor *cursor = &doc->cursor;

  if (cursor->deleting != type || doc->cleaning)
    return FALSE;
  if (cursor->dead != NULL && cursor->end - n_units == position && cursor->run->len > n_units)
    delete_before (doc, (guint32) n_units, NULL, TRUE);
  else if (cursor->ahead != NULL && cursor->end == position && cursor->ahead->len > n_units)
    delete_ahead (doc, (guint32) n_units, NULL, TRUE);
  else
    return FALSE;

  return TRUE;
}

/* What another client typed on. */
static gboolean
apply_typing (WeftDoc      *doc,
              const guint8 *at,
              const guint8 *end,
              gconstpointer origin)
{
  const WeftItem *item = doc->cursor.run;
  const WeftClient *client = doc->cursor.client;
  const WeftClient *right = item->r_client != WEFT_NO_CLIENT ? weft_client (doc, item->r_client) : NULL;
  const char *utf8;
  guint64 number, n_units;
  gboolean ascii;

  /* Ids are looked at eight bytes at a time; what would move our own clock takes away our client id. */
  if (end - at < 8 || client->id == doc->client_id || !weft_client_is_named (client, at)
      || (at = weft_get_number (at + client->n_id_bytes, end, &number)) == NULL || number != client->state
      || end - at < 9 || *at++ != (right != NULL ? 0xc4 : 0x84) || !weft_client_is_named (client, at)
      || (at = weft_get_number (at + client->n_id_bytes, end, &number)) == NULL
      || number != client->state - 1)
    return FALSE;
  if (right != NULL
      && (end - at < 8 || !weft_client_is_named (right, at)
          || (at = weft_get_number (at + right->n_id_bytes, end, &number)) == NULL
          || number != item->r_clock))
    return FALSE;
  if ((at = weft_get_number (at, end, &number)) == NULL || number == 0
      || number + 1 != (guint64) (end - at) || end[-1] != 0)
    return FALSE;

  utf8 = (const char *) at;
  ascii = TRUE;
  n_units = 1;
  if (number > 1 || *at >= 0x80)
    n_units = weft_utf8_measure (utf8, number, &ascii);
  if (n_units > WEFT_CLOCK_LIMIT - client->state || (!ascii && !weft_utf8_is_valid (utf8, number)))
    return FALSE;
  extend (doc, utf8, number, n_units, ascii, origin, FALSE);
  /* What comes next will mostly look the same. */
  if (number == 1 && doc->n_observers == 0)
    write_told (doc, (guint8) *utf8);

  return TRUE;
}

static inline gboolean
is_same (const guint8 *a,
         const guint8 *b,
         gsize         size)
{
  guint64 x, y, differs = 0;

  for (gsize i = 0; i < size; i += sizeof x)
    {
      gsize at = MIN (i, size - sizeof x);

      memcpy (&x, a + at, sizeof x);
      memcpy (&y, b + at, sizeof y);
      differs |= x ^ y;
    }

  return differs == 0;
}

/* One more unit of what another client types: the update is what it has to be. */
static gboolean
apply_unit (WeftDoc      *doc,
            const guint8 *data,
            gsize         size,
            gconstpointer origin)
{
  WeftCursor *cursor = &doc->cursor;
  WeftClient *client = cursor->client;
  WeftTold *told = &doc->told;
  guint8 byte;

  if (size != told->size || !is_told_next (told, client->state) || client->state >= WEFT_CLOCK_LIMIT
      || client->arena_used == client->arena_allocated || client->id == doc->client_id)
    return FALSE;
  byte = data[size - 2];
  told->update[told->clock]++;
  told->update[told->origin]++;
  told->update[size - 2] = byte;
  if (byte >= 0x80 || !is_same (told->update, data, size))
    {
      told->update[told->clock]--;
      told->update[told->origin]--;
      return FALSE;
    }

  told->next++;
  client->arena[client->arena_used++] = byte;
  weft_cursor_change_leaf (doc, cursor->leaf);
  weft_cursor_grow (cursor, 1);
  if (cursor->end != G_MAXUINT64)
    cursor->end++;
  if (G_UNLIKELY (doc->validate))
    weft_doc_check (doc);
  if (doc->n_observers > 0)
    weft_quick_send (doc, data, size, origin, FALSE);

  return TRUE;
}

/* What another client deleted on. */
static gboolean
apply_deletion (WeftDoc      *doc,
                const guint8 *at,
                const guint8 *end,
                gconstpointer origin)
{
  WeftCursor *cursor = &doc->cursor;
  guint64 client, clock, n_units;

  if ((at = weft_get_number (at, end, &client)) == NULL || at == end || *at++ != 1
      || (at = weft_get_number (at, end, &clock)) == NULL
      || weft_get_number (at, end, &n_units) != end || n_units == 0)
    return FALSE;

  if (cursor->dead != NULL)
    {
      const WeftItem *item = cursor->run;

      if (cursor->client->id == client && n_units < item->len
          && clock + n_units == (guint64) item->clock + item->len)
        {
          delete_before (doc, (guint32) n_units, origin, FALSE);
          return TRUE;
        }
    }
  if (cursor->ahead != NULL)
    {
      const WeftItem *item = cursor->ahead;

      if (weft_client (doc, item->client)->id == client && clock == item->clock && n_units < item->len)
        {
          delete_ahead (doc, (guint32) n_units, origin, FALSE);
          return TRUE;
        }
    }

  return FALSE;
}

/* An update of a single struct or a single deletion that goes on at the cursor, as every key typed by
 * somebody else makes one. %FALSE: apply it in the general way, which also says what is wrong. */
gboolean
weft_cursor_apply (WeftDoc      *doc,
                   const guint8 *data,
                   gsize         size,
                   gconstpointer origin)
{
  if (doc->cursor.type == NULL || size < 5 || data[1] != 1 || doc->cleaning || doc->pending->len > 0
      || doc->pending_deletes != NULL)
    return FALSE;
  if (data[0] == 1)
    return doc->cursor.can_type
           && (apply_unit (doc, data, size, origin) || apply_typing (doc, data + 2, data + size, origin));

  return data[0] == 0 && apply_deletion (doc, data + 2, data + size, origin);
}
