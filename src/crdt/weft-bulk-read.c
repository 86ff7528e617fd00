/* weft-bulk-read.c - from the structs of an update to items of an empty document
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every struct can be had from WeftUpdateReader. Nearly all structs of the first format are plain, though:
 * ASCII text, deleted content or one small value, by clients that were named just before. read_plain() makes
 * items of these from the bytes as they stand, and leaves whatever else it meets to the reader, which also
 * says what is wrong with it.
 */

#include "config.h"

#include "crdt/weft-bulk-private.h"
#include "crdt/weft-content-private.h"
#include "crdt/weft-quick-private.h"

/* So many bytes are there behind the beginning of a plain struct: more than all of its numbers take, and
 * what is looked at beyond. */
#define PLAIN_ROOM 80

/* Short contents are copied as one piece of this size. */
#define SHORT_CONTENT 16

/* Clients */

static guint32
client_index (WeftBulk    *bulk,
              WeftClientId id)
{
  const WeftClient *client;
  guint32 index;

  if (bulk->n_runs > 0 && id == bulk->last_id)
    return bulk->last_client;
  index = weft_clients_ensure (bulk->doc, id);
  client = weft_client (bulk->doc, index);
  bulk->last_id = id;
  bulk->last_client = index;
  bulk->n_id_bytes = client->n_id_bytes;
  memcpy (&bulk->id_bytes, client->id_bytes, sizeof bulk->id_bytes);
  memcpy (&bulk->id_mask, client->id_mask, sizeof bulk->id_mask);
  if (index == bulk->n_runs)
    {
      if (bulk->n_runs == bulk->runs_allocated)
        {
          bulk->runs_allocated = MAX (4, bulk->runs_allocated * 2);
          bulk->runs = g_renew (WeftBulkRun, bulk->runs, bulk->runs_allocated);
        }
      bulk->runs[bulk->n_runs++] = (WeftBulkRun) { 0 };
    }

  return index;
}

static inline gboolean
has_room (const WeftBulk *bulk)
{
  return bulk->doc->n_clients <= WEFT_MAX_CLIENTS - 3 && bulk->n <= G_MAXUINT32 - 2;
}

/* The item of the next handle, not set to anything. */
static inline WeftItem *
new_item (WeftBulk *bulk)
{
  WeftDoc *doc = bulk->doc;
  WeftHandle handle = doc->n_items + 1;

  if (G_UNLIKELY ((handle >> WEFT_ITEM_SLAB_BITS) >= doc->n_slabs))
    {
      weft_pool_new_items (doc, 1);
    }
  else
    {
      doc->n_items++;
      doc->items_live++;
    }
  bulk->n++;

  return weft_item (doc, handle);
}

/* Any struct */

static guint32
intern_root (WeftBulk         *bulk,
             const WeftStruct *item)
{
  if (bulk->last_root == NULL || bulk->n_last_root != item->n_text
      || memcmp (bulk->last_root, item->text, item->n_text) != 0)
    {
      bulk->last_root = item->text;
      bulk->n_last_root = item->n_text;
      bulk->last_root_key = weft_keys_intern (bulk->doc, (const char *) item->text, item->n_text);
    }

  return bulk->last_root_key;
}

/* Until it is linked, an item without origins keeps its parent in the fields of the origins, and its key
 * in `place`. */
static gboolean
add_item (WeftBulk         *bulk,
          const WeftStruct *from,
          guint32           client)
{
  WeftDoc *doc = bulk->doc;
  WeftItem *item;

  if (!has_room (bulk))
    return FALSE;
  item = new_item (bulk);
  *item = (WeftItem) {
    .client = client,
    .clock = from->clock,
    .len = from->len,
    .kind = from->kind,
    .o_client = WEFT_NO_CLIENT,
    .r_client = WEFT_NO_CLIENT,
  };
  if (from->kind == WEFT_CONTENT_GC)
    {
      item->deleted = TRUE;
      return TRUE;
    }
  if (from->info & WEFT_INFO_ORIGIN)
    {
      item->o_client = client_index (bulk, from->origin.client);
      item->o_clock = from->origin.clock;
    }
  if (from->info & WEFT_INFO_RIGHT_ORIGIN)
    {
      item->r_client = client_index (bulk, from->right_origin.client);
      item->r_clock = from->right_origin.clock;
    }
  if (from->parent_kind == WEFT_PARENT_ROOT)
    {
      item->o_clock = intern_root (bulk, from);
      item->r_clock = WEFT_PARENT_IS_ROOT;
    }
  else if (from->parent_kind == WEFT_PARENT_ITEM)
    {
      item->o_clock = from->parent.clock;
      item->r_clock = client_index (bulk, from->parent.client);
    }
  if (from->parent_kind != WEFT_PARENT_UNKNOWN && (from->info & WEFT_INFO_PARENT_SUB) != 0)
    {
      item->place = weft_keys_intern (doc, (const char *) from->sub, from->n_sub);
      item->in_map = TRUE;
    }
  item->deleted = from->kind == WEFT_CONTENT_DELETED;
  weft_struct_set_content (from, doc, item);

  return from->origin.clock < WEFT_CLOCK_LIMIT && from->right_origin.clock < WEFT_CLOCK_LIMIT
         && from->parent.clock < WEFT_CLOCK_LIMIT;
}

/* Plain structs. Each function says NULL where it is not for it. */

/* A number below 2^28; there are four bytes at least. */
static inline const guint8 *
get_small (const guint8 *at,
           guint32      *value)
{
  guint32 bytes;

  memcpy (&bytes, at, sizeof bytes);
  bytes = GUINT32_FROM_LE (bytes);
  if ((bytes & 0x80) == 0)
    {
      *value = bytes & 0x7f;
      return at + 1;
    }
  *value = (bytes & 0x7f) | ((bytes & 0x7f00) >> 1);
  if ((bytes & 0x8000) == 0)
    return at + 2;
  *value |= (bytes & 0x7f0000) >> 2;
  if ((bytes & 0x800000) == 0)
    return at + 3;
  *value |= (bytes & 0x7f000000) >> 3;

  return (bytes & 0x80000000) == 0 ? at + 4 : NULL;
}

/* What is older than @clock, where it is of the same client. */
static inline const guint8 *
get_id (WeftBulk     *bulk,
        const guint8 *at,
        const guint8 *end,
        guint32       own,
        guint64       clock,
        guint32      *client,
        guint32      *id_clock)
{
  guint64 there, id;

  memcpy (&there, at, sizeof there);
  if (((there ^ bulk->id_bytes) & bulk->id_mask) == 0)
    {
      *client = bulk->last_client;
      at += bulk->n_id_bytes;
    }
  else
    {
      at = weft_get_number (at, end, &id);
      if (at == NULL)
        return NULL;
      *client = client_index (bulk, id);
    }
  at = get_small (at, id_clock);

  return at == NULL || (*client == own && *id_clock >= clock) ? NULL : at;
}

/* What a struct without origins has in the places of these, and its key. */
typedef struct
{
  guint32 o_clock, r_clock;
  guint32 key; /* 0: none */
} Parent;

static inline const guint8 *
get_parent (WeftBulk     *bulk,
            const guint8 *at,
            const guint8 *end,
            guint8        info,
            guint32       own,
            guint64       own_clock,
            Parent       *parent)
{
  guint32 length, client, clock;

  if (*at == 1)
    {
      at = get_small (at + 1, &length);
      if (at == NULL || bulk->last_root == NULL || length != bulk->n_last_root || length > (gsize) (end - at)
          || memcmp (at, bulk->last_root, length) != 0)
        return NULL;
      *parent = (Parent) { bulk->last_root_key, WEFT_PARENT_IS_ROOT, 0 };
      at += length;
    }
  else if (*at == 0)
    {
      at = get_id (bulk, at + 1, end, own, own_clock, &client, &clock);
      if (at == NULL)
        return NULL;
      *parent = (Parent) { clock, client, 0 };
    }
  else
    {
      return NULL;
    }
  if ((info & WEFT_INFO_PARENT_SUB) == 0)
    return at;

  if (end - at < PLAIN_ROOM || (at = get_small (at, &length)) == NULL || length > (gsize) (end - at)
      || !weft_is_ascii (at, length))
    return NULL;
  parent->key = weft_keys_intern (bulk->doc, (const char *) at, length);

  return at + length;
}

static inline guint32
append_content (WeftClient   *client,
                const guint8 *data,
                const guint8 *end,
                guint32       n_bytes)
{
  guint32 offset = client->arena_used;

  if (n_bytes > SHORT_CONTENT || client->arena_allocated - offset < SHORT_CONTENT || end - data < SHORT_CONTENT)
    return weft_arena_append (client, data, n_bytes);
  memcpy (client->arena + offset, data, SHORT_CONTENT);
  client->arena_used += n_bytes;

  return offset;
}

/* Reads what begins at @at, a struct of client @index and @clock; returns where it ends. */
static inline const guint8 *
read_plain (WeftBulk     *bulk,
            const guint8 *at,
            const guint8 *end,
            guint32       index,
            guint64       clock)
{
  guint32 o_client = WEFT_NO_CLIENT, r_client = WEFT_NO_CLIENT, units, length;
  Parent parent = { 0, 0, 0 };
  guint32 content = 0;
  guint8 info, kind;

  if (end - at < PLAIN_ROOM || !has_room (bulk))
    return NULL;
  info = *at++;
  kind = info & WEFT_INFO_KIND;
  if (kind != WEFT_CONTENT_STRING && kind != WEFT_CONTENT_DELETED && kind != WEFT_CONTENT_ANY)
    return NULL;
  if ((info & WEFT_INFO_ORIGIN)
      && (at = get_id (bulk, at, end, index, clock, &o_client, &parent.o_clock)) == NULL)
    return NULL;
  if ((info & WEFT_INFO_RIGHT_ORIGIN)
      && (at = get_id (bulk, at, end, index, clock, &r_client, &parent.r_clock)) == NULL)
    return NULL;
  if ((info & (WEFT_INFO_ORIGIN | WEFT_INFO_RIGHT_ORIGIN)) == 0
      && (at = get_parent (bulk, at, end, info, index, clock, &parent)) == NULL)
    return NULL;

  /* Origins take fewer bytes than there were; keys may have taken more. */
  if (end - at < SHORT_CONTENT || (at = get_small (at, &length)) == NULL || length == 0)
    return NULL;
  units = length;
  switch (kind)
    {
    case WEFT_CONTENT_DELETED:
      length = 0;
      break;
    case WEFT_CONTENT_STRING:
      if (length > (gsize) (end - at) || !weft_is_ascii (at, length))
        return NULL;
      break;
    default:
      if (length != 1 || end - at < SHORT_CONTENT || (length = weft_any_measure_plain (at, end)) == 0)
        return NULL;
    }
  if (clock + units > WEFT_CLOCK_LIMIT)
    return NULL;
  if (length > 0)
    content = append_content (weft_client (bulk->doc, index), at, end, length);
  /* All at once: what is written bit by bit is slow to be copied. */
  *new_item (bulk) = (WeftItem) {
    .clock = (guint32) clock,
    .len = units,
    .o_clock = parent.o_clock,
    .r_clock = parent.r_clock,
    .client = index,
    .o_client = o_client,
    .r_client = r_client,
    .kind = kind,
    .deleted = kind == WEFT_CONTENT_DELETED,
    .ascii = kind == WEFT_CONTENT_STRING,
    .in_map = parent.key != 0,
    .place = parent.key,
    .content = content,
  };
  bulk->last_units = units;

  return at + length;
}

/* All */

static gboolean
read_run (WeftBulk         *bulk,
          WeftUpdateReader *reader)
{
  WeftDoc *doc = bulk->doc;
  gboolean after_gc = FALSE;
  WeftStruct item;
  guint32 client;

  if (doc->n_clients >= WEFT_MAX_CLIENTS)
    return FALSE;
  client = client_index (bulk, reader->client);
  if (bulk->runs[client].end != 0 || reader->clock != 0)
    return FALSE;
  bulk->runs[client].first = bulk->n + 1;
  for (;;)
    {
      if (reader->format == WEFT_UPDATE_V1)
        {
          WeftReader *rest = reader->rest;
          const guint8 *at = rest->data + rest->pos, *end = rest->data + rest->size, *next;

          while (reader->structs_left > 0 && (next = read_plain (bulk, at, end, client, reader->clock)) != NULL)
            {
              reader->clock += bulk->last_units;
              reader->structs_left--;
              after_gc = FALSE;
              at = next;
            }
          rest->pos = at - rest->data;
        }
      if (!weft_update_reader_next (reader, &item))
        break;
      if (item.kind == WEFT_CONTENT_SKIP || item.clock + item.len > WEFT_CLOCK_LIMIT)
        return FALSE;
      if (item.kind == WEFT_CONTENT_GC && after_gc)
        weft_item (doc, bulk->n)->len += item.len;
      else if (!add_item (bulk, &item, client))
        return FALSE;
      after_gc = item.kind == WEFT_CONTENT_GC;
    }
  bulk->runs[client].end = bulk->n + 1;
  weft_client (doc, client)->state = (guint32) reader->clock;

  return !reader->rest->failed;
}

gboolean
weft_bulk_read (WeftBulk        *bulk,
                GBytes          *update,
                WeftUpdateFormat format)
{
  WeftUpdateReader reader;
  gboolean good = TRUE;

  weft_update_reader_init (&reader, update, format);
  while (good && weft_update_reader_next_run (&reader))
    good = read_run (bulk, &reader);
  if (good && !reader.rest->failed)
    bulk->deletes = weft_update_reader_get_deletes (&reader);
  good = good && weft_reader_finish (reader.rest, TRUE, NULL);
  weft_update_reader_clear (&reader);

  /* What is named but not there would have to wait. */
  for (guint32 i = 0; i < bulk->n_runs && good; i++)
    good = bulk->runs[i].end > bulk->runs[i].first;

  return good;
}
