/* weft-cursor-private.h - what is done at the cursor for nearly every key
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One unit typed or deleted on costs some ten additions: they are here, so that the public functions hold them. Whatever
 * else there is to do is in weft-cursor.c.
 */

#pragma once

#include "crdt/weft-doc-private.h"
#include "crdt/weft-quick-private.h"

/* Whether after an edit all has to be checked, or somebody is being told of another one. */
static inline gboolean
weft_doc_is_heeded (const WeftDoc *doc)
{
  return ((guint) doc->cleaning | (guint) doc->validate) != 0;
}

/* The nodes above @leaf will be told what changes in it. */
static inline void
weft_cursor_change_leaf (WeftDoc  *doc,
                         WeftLeaf *leaf)
{
  if (doc->cursor.changed_leaf != leaf)
    {
      weft_cursor_flush (doc);
      doc->cursor.changed_leaf = leaf;
    }
}

/* The run before the cursor has @n_units more, which its client wrote now. */
static inline void
weft_cursor_grow (WeftCursor *cursor,
                  guint32     n_units)
{
  cursor->run->len += n_units;
  cursor->client->state += n_units;
  *cursor->vis += n_units;
  cursor->type->length += n_units;
  cursor->delta += n_units;
  cursor->ahead = NULL;
}

/* The last units of the run before the cursor become the first ones of the dead run behind it. */
static inline void
weft_cursor_give_to_dead (WeftDoc *doc,
                          guint32  n_units)
{
  WeftCursor *cursor = &doc->cursor;
  WeftItem *dead = cursor->dead;

  cursor->run->len -= n_units;
  dead->clock -= n_units;
  dead->o_clock -= n_units;
  dead->len += n_units;
  if (dead->kind == WEFT_CONTENT_STRING)
    dead->content -= n_units;
  else
    weft_arena_waste (cursor->client, n_units);
  *cursor->dead_clock = dead->clock;
  if (cursor->dead_start != NULL)
    *cursor->dead_start = dead->clock;
  *cursor->vis -= n_units;
  cursor->type->length -= n_units;
  cursor->delta -= n_units;
}

/* The first units of the run behind the cursor become the last ones of the dead run before it. */
static inline void
weft_cursor_give_to_behind (WeftDoc *doc,
                            guint32  n_units)
{
  WeftCursor *cursor = &doc->cursor;
  WeftItem *item = cursor->ahead, *dead = cursor->behind;

  dead->len += n_units;
  item->clock += n_units;
  item->o_clock += n_units;
  item->len -= n_units;
  item->content += n_units;
  if (dead->kind != WEFT_CONTENT_STRING)
    weft_arena_waste (weft_client (doc, dead->client), n_units);
  *cursor->ahead_clock = item->clock;
  if (cursor->ahead_start != NULL)
    *cursor->ahead_start = item->clock;
  *cursor->ahead_vis -= n_units;
  cursor->type->length -= n_units;
  cursor->delta -= n_units;
}

/* Whether a call may type on at @position. */
static inline gboolean
weft_cursor_is_typing_at (const WeftType *type,
                          guint64         position)
{
  const WeftCursor *cursor = &type->doc->cursor;

  return cursor->typing == type && cursor->end == position;
}

/* The general ones */
gboolean weft_cursor_type_text   (WeftType   *type,
                                  guint64     position,
                                  const char *utf8,
                                  gsize       n_bytes);
gboolean weft_cursor_delete_text (WeftType   *type,
                                  guint64     position,
                                  guint64     n_units);

/* Tells the observers of the unit @byte, which was typed at the cursor. */
void     weft_cursor_tell_unit   (WeftDoc    *doc,
                                  guint8      byte);

/* Types on at the cursor where that and telling of it is all there is to do. */
static inline gboolean
weft_cursor_type_unit (WeftType *type,
                       guint64   position,
                       guint8    byte)
{
  WeftDoc *doc = type->doc;
  WeftCursor *cursor = &doc->cursor;
  WeftClient *client = cursor->client;

  if (cursor->typing != type || cursor->end != position || byte >= 0x80 || weft_doc_is_heeded (doc)
      || cursor->changed_leaf != cursor->leaf || client->arena_used == client->arena_allocated
      || client->state >= WEFT_CLOCK_LIMIT)
    return FALSE;
  client->arena[client->arena_used++] = byte;
  weft_cursor_grow (cursor, 1);
  cursor->end++;
  if (doc->n_observers > 0)
    weft_cursor_tell_unit (doc, byte);

  return TRUE;
}

/* Deletes on at the cursor where that and telling of it is all there is to do; @n_units is not 0. */
static inline gboolean
weft_cursor_delete_units (WeftType *type,
                          guint64   position,
                          guint64   n_units)
{
  WeftDoc *doc = type->doc;
  WeftCursor *cursor = &doc->cursor;

  if (cursor->deleting != type || weft_doc_is_heeded (doc))
    return FALSE;
  if (cursor->dead != NULL && cursor->end - n_units == position && cursor->run->len > n_units
      && cursor->changed_leaf == cursor->leaf)
    {
      weft_cursor_give_to_dead (doc, (guint32) n_units);
      cursor->end = position;
      if (doc->n_observers > 0)
        weft_quick_send_deletion (doc, cursor->dead->client, cursor->dead->clock, (guint32) n_units, NULL, TRUE);
      return TRUE;
    }
  if (cursor->ahead != NULL && cursor->end == position && cursor->ahead->len > n_units
      && cursor->changed_leaf == cursor->ahead_leaf)
    {
      guint32 clock = cursor->ahead->clock;

      weft_cursor_give_to_behind (doc, (guint32) n_units);
      if (doc->n_observers > 0)
        weft_quick_send_deletion (doc, cursor->ahead->client, clock, (guint32) n_units, NULL, TRUE);
      return TRUE;
    }

  return FALSE;
}
