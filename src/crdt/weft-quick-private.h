/* weft-quick-private.h - edits of a single run, without a transaction
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-doc-private.h"

/* A run of text or values that is put into a sequence. */
typedef struct
{
  guint32     kind; /* STRING, ANY or BINARY */
  guint32     client, clock;
  guint32     o_client, o_clock; /* WEFT_NO_CLIENT: none */
  guint32     r_client, r_clock;
  const char *data; /* UTF-8, or values as they are written */
  gsize       n_bytes;
  guint64     n_units;
  gboolean    ascii; /* of text */
} WeftRun;

/* An edit that deletes units of more runs is done in the general way. */
#define WEFT_MAX_QUICK_RUNS 32

/* A place between two units of a sequence. */
typedef struct
{
  WeftType     *type;
  WeftLeaf     *leaf;
  guint         at;    /* what is put there goes before the item at this slot */
  guint32       cut;   /* units of @left that stay left of the place; 0: all */
  WeftHandle    left;  /* WEFT_NONE: the start */
  WeftHandle    right; /* where nothing is cut; WEFT_NONE: the end */
  WeftItem     *left_item, *right_item; /* the same two */
  WeftIndexSpot index; /* of @left; client NULL: not looked for */
  gboolean      joins; /* once it is cut: its right part may be joined to what follows it */
} WeftGap;

/* Reads a number of at most 53 bits; %NULL where there is none. */
static inline const guint8 *
weft_get_number (const guint8 *at,
                 const guint8 *end,
                 guint64      *value)
{
  guint64 number = 0;

  for (guint shift = 0; at < end && shift < 56; shift += 7)
    {
      guint8 byte = *at++;

      number |= (guint64) (byte & 0x7f) << shift;
      if (byte < 0x80)
        {
          *value = number;
          return number <= WEFT_MAX_SAFE_INTEGER ? at : NULL;
        }
    }

  return NULL;
}

/* Where updates are written there is room for what comes. */
static inline guint8 *
weft_put_number (guint8 *at,
                 guint64 value)
{
  /* Nearly all are clocks of two or three bytes. */
  if (value >= 0x4000 && value < 0x200000)
    {
      at[0] = (guint8) (value | 0x80);
      at[1] = (guint8) ((value >> 7) | 0x80);
      at[2] = (guint8) (value >> 14);
      return at + 3;
    }
  while (value >= 0x80)
    {
      *at++ = (guint8) (value | 0x80);
      value >>= 7;
    }
  *at++ = (guint8) value;

  return at;
}

static inline guint8 *
weft_put_client (guint8           *at,
                 const WeftClient *client)
{
  memcpy (at, client->id_bytes, sizeof client->id_bytes);

  return at + client->n_id_bytes;
}

static inline guint8 *
weft_put_id (guint8           *at,
             const WeftClient *client,
             guint32           clock)
{
  return weft_put_number (weft_put_client (at, client), clock);
}

/* What @len units of @item from @offset on are once it is cut there; @content: where theirs is */
static inline void
weft_item_copy_part (const WeftItem *item,
                     guint32         offset,
                     guint32         len,
                     guint32         content,
                     WeftItem       *part)
{
  WeftItemBits bits = item->bits;

  bits.o_client = bits.client;
  *part = (WeftItem) {
    .clock = item->clock + offset,
    .len = len,
    .o_clock = item->clock + offset - 1,
    .r_clock = item->r_clock,
    .bits = bits,
    .place = item->place,
    .content = content,
  };
}

/* Reads a client; WEFT_NO_CLIENT where it is unknown. */
const guint8 *weft_quick_get_client    (WeftDoc       *doc,
                                        const guint8  *at,
                                        const guint8  *end,
                                        guint32       *client);

/* Reads an id that is known here. */
static inline const guint8 *
weft_quick_get_known_id (WeftDoc      *doc,
                         const guint8 *at,
                         const guint8 *end,
                         guint32      *client,
                         guint32      *clock)
{
  guint64 number;

  at = weft_quick_get_client (doc, at, end, client);
  if (at == NULL || *client == WEFT_NO_CLIENT || (at = weft_get_number (at, end, &number)) == NULL
      || number >= weft_client (doc, *client)->state)
    return NULL;
  *clock = (guint32) number;

  return at;
}

/* Each says FALSE, with nothing changed, where the general way has to be taken. Those of our own edits also serve within
 * a transaction, which then knows all that it needs to. */
gboolean      weft_quick_insert        (WeftType      *type,
                                        guint64        position,
                                        const char    *utf8,
                                        gsize          n_bytes);
gboolean      weft_quick_insert_values (WeftType      *type,
                                        guint64        position,
                                        WeftAny       *values);
gboolean      weft_quick_delete        (WeftType      *type,
                                        guint64        position,
                                        guint64        n_units,
                                        gboolean       is_text);
/* Puts @run at the gap and leaves the cursor after it, at @end. Clock and origins are filled in. */
gboolean      weft_quick_insert_run    (WeftDoc       *doc,
                                        WeftGap       *gap,
                                        WeftRun       *run,
                                        guint64        end);
/* The same within a transaction, which joins in the end what can be joined. */
void          weft_quick_insert_run_in (WeftTransaction *tx,
                                        WeftGap       *gap,
                                        WeftRun       *run);
gboolean      weft_quick_apply         (WeftDoc       *doc,
                                        const guint8  *data,
                                        gsize          size,
                                        gconstpointer  origin);

/* weft-quick-apply.c: integrates @run, of which the origins are here, where it comes between two units that are
 * neighbours. Its clock is filled in. */
gboolean      weft_quick_integrate     (WeftTransaction *tx,
                                        WeftRun       *run);

/* Whether @item can be cut after @units in a simple way. */
static inline gboolean
weft_quick_can_cut (WeftDoc        *doc,
                    const WeftItem *item,
                    guint32         units)
{
  if (item->redone)
    return FALSE;
  if (item->kind == WEFT_CONTENT_STRING)
    return item->ascii || !weft_content_is_inside_pair (doc, item, units);

  return item->kind == WEFT_CONTENT_ANY;
}

/* In a transaction all is written down that it needs; without one nobody may want it. */
static inline gboolean
weft_quick_may_edit (WeftDoc *doc)
{
  return doc->transaction != NULL ? !doc->general : !weft_cursor_is_watched (doc);
}

/* Cuts the item at @spot of the order after @units. Returns where the right part stands. @index is where the item is in
 * the id index, if that is known (else its client is NULL), then where the right part is. */
WeftSpot      weft_quick_cut           (WeftDoc       *doc,
                                        WeftSpot       spot,
                                        guint32        units,
                                        WeftIndexSpot *index);

/* Whether the units from @offset on can be deleted in a simple way; does so, and leaves the cursor there, at @end. */
gboolean      weft_quick_can_delete    (WeftDoc       *doc,
                                        const WeftItem *item,
                                        guint32        offset,
                                        guint64        n_units);
void          weft_quick_delete_run    (WeftDoc       *doc,
                                        WeftSpot       spot,
                                        guint32        offset,
                                        guint32        n_units,
                                        guint64        end);

/* weft-quick-delete.c: deletes units of the ASCII item at @spot where all that is touched stands in one leaf and one chunk,
 * and leaves the cursor there, at @end. */
gboolean      weft_quick_delete_in_leaf (WeftDoc      *doc,
                                         WeftSpot      spot,
                                         guint32       offset,
                                         guint32       n_units,
                                         guint64       end);

/* weft-quick-map.c */
/* Where a value ends that stands there as we would write it; %NULL where it does not. */
const guint8 *weft_quick_get_value     (const guint8  *at,
                                        const guint8  *end,
                                        guint          kind);
/* @entry is that of @key; WEFT_NONE where it has none yet. Of a key that has one, @key is not looked at. */
gboolean      weft_quick_map_set       (WeftType      *type,
                                        guint32        key,
                                        WeftHandle     entry,
                                        const WeftAny *value);
/* @at stands behind the counts of clients and structs, which are 1. */
gboolean      weft_quick_apply_map     (WeftDoc       *doc,
                                        const guint8  *at,
                                        const guint8  *end,
                                        gconstpointer  origin);

/* weft-quick-send.c: tell the observers of updates. */
void          weft_quick_send          (WeftDoc       *doc,
                                        const guint8  *data,
                                        gsize          size,
                                        gconstpointer  origin,
                                        gboolean       local);
void          weft_quick_send_run      (WeftDoc       *doc,
                                        WeftType      *type,
                                        const WeftRun *run,
                                        gconstpointer  origin,
                                        gboolean       local);
void          weft_quick_send_deletion (WeftDoc       *doc,
                                        guint32        client,
                                        guint32        clock,
                                        guint32        n_units,
                                        gconstpointer  origin,
                                        gboolean       local);
/* Of WEFT_MAX_QUICK_RUNS ranges at most; puts them in another order and together. */
void          weft_quick_send_deletions (WeftDoc      *doc,
                                         WeftRange    *ranges,
                                         guint         n,
                                         gconstpointer origin,
                                         gboolean      local);
