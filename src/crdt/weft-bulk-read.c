/* weft-bulk-read.c - from the structs of an update to items of an empty document
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every struct can be had from WeftUpdateReader. Most need not be: those of the first format that are plain are read
 * by weft-bulk-plain.c, those of the second by weft-bulk-columns.c.
 */

#include "config.h"

#include "crdt/weft-bulk-item-private.h"

/* For so much content of a struct there is room at first. */
#define CONTENT_GUESS 8

/* Clients */

guint32
weft_bulk_client_index (WeftBulk    *bulk,
                        WeftClientId id)
{
  guint32 index = weft_clients_ensure (bulk->doc, id);

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

/* Any struct */

guint32
weft_bulk_intern_root (WeftBulk     *bulk,
                       const guint8 *name,
                       guint32       n_bytes)
{
  if (bulk->last_root == NULL || bulk->n_last_root != n_bytes || memcmp (bulk->last_root, name, n_bytes) != 0)
    {
      /* Another one */
      if (bulk->last_root != NULL)
        bulk->is_flat = FALSE;
      bulk->last_root = name;
      bulk->n_last_root = n_bytes;
      bulk->last_root_key = weft_keys_intern (bulk->doc, (const char *) name, n_bytes);
    }

  return bulk->last_root_key;
}

/* Until it is linked, an item without origins keeps its parent in the fields of the origins, and its key
 * in `place`. */
static gboolean
add_struct (WeftBulk         *bulk,
            const WeftStruct *from,
            guint32           client)
{
  WeftDoc *doc = bulk->doc;
  WeftBulkFields fields = { 0 };
  WeftItem content = { 0 };

  if (!weft_bulk_has_room (bulk) || from->origin.clock >= WEFT_CLOCK_LIMIT
      || from->right_origin.clock >= WEFT_CLOCK_LIMIT || from->parent.clock >= WEFT_CLOCK_LIMIT)
    return FALSE;
  fields.client = content.client = client;
  fields.clock = (guint32) from->clock;
  fields.len = (guint32) from->len;
  fields.kind = from->kind;
  fields.o_client = fields.r_client = WEFT_NO_CLIENT;
  if (from->kind == WEFT_CONTENT_GC || from->kind == WEFT_CONTENT_TYPE)
    bulk->is_flat = FALSE;
  if (from->kind == WEFT_CONTENT_GC)
    {
      weft_bulk_add_item (bulk, &bulk->runs[client], fields);
      return TRUE;
    }
  if (from->info & WEFT_INFO_ORIGIN)
    {
      fields.o_client = weft_bulk_client_index (bulk, from->origin.client);
      fields.o_clock = (guint32) from->origin.clock;
    }
  if (from->info & WEFT_INFO_RIGHT_ORIGIN)
    {
      fields.r_client = weft_bulk_client_index (bulk, from->right_origin.client);
      fields.r_clock = (guint32) from->right_origin.clock;
    }
  if (from->parent_kind == WEFT_PARENT_ROOT)
    {
      fields.o_clock = weft_bulk_intern_root (bulk, from->text, from->n_text);
      fields.r_clock = WEFT_PARENT_IS_ROOT;
    }
  else if (from->parent_kind == WEFT_PARENT_ITEM)
    {
      fields.o_clock = (guint32) from->parent.clock;
      fields.r_clock = weft_bulk_client_index (bulk, from->parent.client);
    }
  if (from->parent_kind != WEFT_PARENT_UNKNOWN && (from->info & WEFT_INFO_PARENT_SUB) != 0)
    {
      fields.key = weft_keys_intern (doc, (const char *) from->sub, from->n_sub);
      bulk->is_flat = FALSE;
    }
  weft_struct_set_content (from, doc, &content);
  fields.content = content.content;
  fields.ascii = content.ascii;
  weft_bulk_add_item (bulk, &bulk->runs[client], fields);

  return TRUE;
}

/* All */

/* Makes room for about what is to come. */
static void
expect (WeftBulk               *bulk,
        const WeftUpdateReader *reader,
        WeftClient             *client)
{
  /* A struct takes two bytes at least, but next to nothing in the second format; there room is made as it comes. */
  gsize n_bytes = MIN (weft_reader_get_remaining (reader->rest), G_MAXUINT32 / 4);
  guint32 n = (guint32) MIN (reader->structs_left, n_bytes / 2 + 1);

  /* Where others follow, about as much for them; what is not used is not touched. */
  if (bulk->clocks == NULL && reader->runs_left > 0)
    weft_bulk_make_room (bulk, MIN (n * 2, (guint32) (n_bytes / 2 + 1)));
  else if (bulk->clocks == NULL || bulk->n + n > bulk->allocated)
    weft_bulk_make_room (bulk, MAX (bulk->n + n, bulk->allocated / 2 * 3));
  bulk->clocks[bulk->n + 1] = G_MAXUINT32;
  client->arena_allocated = (guint32) MIN ((gsize) n * CONTENT_GUESS, n_bytes) + WEFT_BULK_SHORT;
  client->arena = g_malloc (client->arena_allocated);
}

/* What a client has written in the first format. */
static gboolean
read_structs (WeftBulk         *bulk,
              WeftUpdateReader *reader,
              guint32           client)
{
  WeftBulkPlain plain;
  gboolean after_gc = FALSE;
  WeftStruct item;

  weft_bulk_plain_init (&plain, bulk, client);
  for (;;)
    {
      WeftHandle before = bulk->n;

      weft_bulk_plain_read (&plain, reader);
      after_gc = after_gc && bulk->n == before;
      if (!weft_update_reader_next (reader, &item))
        return TRUE;
      if (item.kind == WEFT_CONTENT_SKIP || item.clock + item.len > WEFT_CLOCK_LIMIT)
        return FALSE;
      if (item.kind == WEFT_CONTENT_GC && after_gc)
        weft_bulk_grow_last (bulk, &bulk->runs[client], (guint32) (item.clock + item.len));
      else if (!add_struct (bulk, &item, client))
        return FALSE;
      after_gc = item.kind == WEFT_CONTENT_GC;
      if (item.kind == WEFT_CONTENT_FORMAT)
        weft_bulk_plain_keep_mark (&plain, &item);
    }
}

static gboolean
read_run (WeftBulk         *bulk,
          WeftUpdateReader *reader)
{
  WeftDoc *doc = bulk->doc;
  guint32 client;

  if (doc->n_clients >= WEFT_MAX_CLIENTS)
    return FALSE;
  client = weft_bulk_client_index (bulk, reader->client);
  if (bulk->runs[client].end != 0 || reader->clock != 0)
    return FALSE;
  bulk->runs[client].first = bulk->n + 1;
  expect (bulk, reader, weft_client (doc, client));
  if (!(reader->format == WEFT_UPDATE_V1 ? read_structs (bulk, reader, client)
                                         : weft_bulk_read_columns (bulk, reader, client)))
    return FALSE;
  weft_bulk_link_last (bulk);
  bulk->runs[client].end = bulk->n + 1;
  bulk->clocks[bulk->n + 1] = G_MAXUINT32;
  weft_client (doc, client)->state = (guint32) reader->clock;
  weft_arena_trim (weft_client (doc, client));

  return !reader->rest->failed;
}

gboolean
weft_bulk_read (WeftBulk        *bulk,
                GBytes          *update,
                WeftUpdateFormat format)
{
  WeftDoc *doc = bulk->doc;
  WeftUpdateReader reader;
  gboolean good = TRUE;

  bulk->is_flat = TRUE;
  weft_update_reader_init (&reader, update, format);
  while (good && weft_update_reader_next_run (&reader))
    good = read_run (bulk, &reader);
  good = good && !reader.rest->failed;
  if (good && !weft_bulk_pass_deletes (bulk, reader.rest, format))
    bulk->deletes = weft_update_reader_get_deletes (&reader);
  good = good && weft_reader_finish (reader.rest, TRUE, NULL);
  weft_update_reader_clear (&reader);
  doc->n_items = doc->items_live = bulk->n;
  /* Columns may be long and nothing be read of them. */
  good = good && bulk->n > 0;

  /* What is named but not there would have to wait. */
  for (guint32 i = 0; i < bulk->n_runs && good; i++)
    good = bulk->runs[i].end > bulk->runs[i].first;

  return good;
}
