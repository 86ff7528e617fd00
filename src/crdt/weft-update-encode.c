/* weft-update-encode.c - a document, a part of it, or a transaction as an update
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The first update format: for each client, in descending order of ids, its structs from some clock
 * on; then the delete set. Byte for byte what Yjs writes (writeClientsStructs, writeDeleteSet).
 */

#include "config.h"

#include "crdt/weft-content-private.h"
#include "crdt/weft-quick-private.h"
#include "crdt/weft-update-private.h"

/* Room for the numbers of a struct: three ids, three lengths, and the bytes between. */
#define STRUCT_ROOM 80

/* Short contents are copied as one piece of this size. */
#define SHORT_CONTENT 16

static void
write_id (WeftDoc    *doc,
          WeftWriter *writer,
          guint32     client,
          guint32     clock)
{
  weft_writer_put_varuint (writer, weft_client (doc, client)->id);
  weft_writer_put_varuint (writer, clock);
}

static void
write_parent (WeftDoc        *doc,
              const WeftItem *item,
              WeftWriter     *writer)
{
  WeftType *parent = weft_item_get_parent (doc, item);
  guint32 sub = weft_item_get_sub (doc, item);

  if (parent->root_key != 0)
    {
      const WeftKey *key = weft_key (doc, parent->root_key);

      weft_writer_put_byte (writer, 1);
      weft_writer_put_buffer (writer, key->string, key->length);
    }
  else
    {
      weft_writer_put_byte (writer, 0);
      weft_writer_put_varuint (writer, parent->id.client);
      weft_writer_put_varuint (writer, parent->id.clock);
    }
  if (sub != 0)
    weft_writer_put_buffer (writer, weft_key (doc, sub)->string, weft_key (doc, sub)->length);
}

void
weft_write_struct (WeftDoc        *doc,
                   const WeftItem *item,
                   guint32         offset,
                   guint32         end,
                   WeftWriter     *writer)
{
  gboolean has_origin = offset > 0 || item->o_client != WEFT_NO_CLIENT;
  gboolean has_right = item->r_client != WEFT_NO_CLIENT;

  if (item->kind == WEFT_CONTENT_GC)
    {
      weft_writer_put_byte (writer, WEFT_CONTENT_GC);
      weft_writer_put_varuint (writer, end - offset);
      return;
    }

  weft_writer_put_byte (writer, item->kind | (has_origin ? WEFT_INFO_ORIGIN : 0)
                                    | (has_right ? WEFT_INFO_RIGHT_ORIGIN : 0)
                                    | (item->in_map ? WEFT_INFO_PARENT_SUB : 0));
  if (offset > 0)
    write_id (doc, writer, item->client, item->clock + offset - 1);
  else if (has_origin)
    write_id (doc, writer, item->o_client, item->o_clock);
  if (has_right)
    write_id (doc, writer, item->r_client, item->r_clock);
  if (!has_origin && !has_right)
    write_parent (doc, item, writer);
  weft_content_write (doc, item, offset, end, writer);
}

static inline guint8 *
put_key (guint8        *at,
         const WeftKey *key)
{
  at = weft_put_number (at, key->length);
  memcpy (at, key->string, key->length);

  return at + key->length;
}

/* The content of what most structs are; NULL for others. Counts, where there are any, are not in it. */
static inline const guint8 *
get_plain_content (const WeftClient *client,
                   const WeftItem   *item,
                   gsize            *n_bytes)
{
  switch (item->kind)
    {
    case WEFT_CONTENT_DELETED:
      *n_bytes = 0;
      return (const guint8 *) "";
    case WEFT_CONTENT_STRING:
      *n_bytes = item->len;
      return item->ascii ? client->arena + item->content : NULL;
    case WEFT_CONTENT_ANY:
      *n_bytes = item->len == 1 ? weft_any_measure (client->arena + item->content) : 0;
      return item->len == 1 ? client->arena + item->content : NULL;
    default:
      return NULL;
    }
}

/* A whole struct. Nearly all take the short way: one look whether there is room, then only bytes. */
static void
write_whole (WeftDoc          *doc,
             const WeftClient *client,
             const WeftItem   *item,
             WeftWriter       *writer)
{
  gboolean has_origin = item->o_client != WEFT_NO_CLIENT, has_right = item->r_client != WEFT_NO_CLIENT;
  const WeftKey *root = NULL, *sub = NULL;
  WeftType *parent = NULL;
  const guint8 *content;
  gsize n_content, room;
  guint8 *at;

  content = get_plain_content (client, item, &n_content);
  if (content == NULL)
    {
      weft_write_struct (doc, item, 0, item->len, writer);
      return;
    }
  room = STRUCT_ROOM + n_content + SHORT_CONTENT;
  if (!has_origin && !has_right)
    {
      parent = weft_item_get_parent (doc, item);
      root = parent->root_key != 0 ? weft_key (doc, parent->root_key) : NULL;
      sub = item->in_map ? weft_key (doc, weft_entry (doc, item->place)->key) : NULL;
      room += (root != NULL ? root->length : 0) + (sub != NULL ? sub->length : 0);
    }
  if (G_UNLIKELY (room > writer->allocated - writer->size))
    weft_writer_reserve (writer, room);

  at = writer->data + writer->size;
  *at++ = item->kind | (has_origin ? WEFT_INFO_ORIGIN : 0) | (has_right ? WEFT_INFO_RIGHT_ORIGIN : 0)
          | (item->in_map ? WEFT_INFO_PARENT_SUB : 0);
  if (has_origin)
    at = weft_put_id (at, weft_client (doc, item->o_client), item->o_clock);
  if (has_right)
    at = weft_put_id (at, weft_client (doc, item->r_client), item->r_clock);
  if (parent != NULL)
    {
      *at++ = root != NULL;
      at = root != NULL ? put_key (at, root)
                        : weft_put_number (weft_put_number (at, parent->id.client), parent->id.clock);
      if (sub != NULL)
        at = put_key (at, sub);
    }
  at = weft_put_number (at, item->len);
  if (n_content <= SHORT_CONTENT && item->content + SHORT_CONTENT <= client->arena_allocated
      && item->kind != WEFT_CONTENT_DELETED)
    memcpy (at, content, SHORT_CONTENT);
  else
    memcpy (at, content, n_content);
  writer->size = at + n_content - writer->data;
}

static void
write_client (WeftDoc    *doc,
              guint32     index,
              guint32     from,
              WeftWriter *writer)
{
  WeftClient *client = weft_client (doc, index);
  WeftIndexSpot spot;
  const WeftItem *first = weft_item (doc, weft_index_find (client, from, &spot));

  weft_writer_put_varuint (writer, weft_index_count_from (&spot));
  weft_writer_put_varuint (writer, client->id);
  weft_writer_put_varuint (writer, from);
  weft_write_struct (doc, first, from - first->clock, first->len, writer);
  for (guint32 i = spot.chunk, slot = spot.slot + 1; i < client->n_chunks; i++, slot = 0)
    {
      const WeftChunk *chunk = client->chunks[i];

      for (; slot < chunk->n; slot++)
        {
          const WeftItem *item = weft_item (doc, weft_chunk_handle (chunk, slot));

          if (item->kind != WEFT_CONTENT_GC)
            write_whole (doc, client, item, writer);
          else
            weft_write_struct (doc, item, 0, item->len, writer);
        }
    }
}

/* The deleted ranges of a client; returns how many. The second format has each from the end of the one
 * before, and lengths less one. */
static guint
write_ranges (WeftDoc         *doc,
              WeftClient      *client,
              WeftUpdateFormat format,
              WeftWriter      *writer)
{
  guint64 end = 0, start = 0, length = 0;
  guint n = 0;

  for (guint32 i = 0; i <= client->n_chunks; i++)
    {
      WeftChunk *chunk = i < client->n_chunks ? client->chunks[i] : NULL;

      /* One more step at the very end. */
      for (guint32 slot = 0; slot < (chunk != NULL ? chunk->n : 1); slot++)
        {
          const WeftItem *item = chunk != NULL ? weft_item (doc, weft_chunk_handle (chunk, slot)) : NULL;

          if (item != NULL && item->deleted)
            {
              if (length == 0)
                start = item->clock;
              length += item->len;
              continue;
            }
          if (length == 0)
            continue;
          weft_writer_put_varuint (writer, start - end);
          weft_writer_put_varuint (writer, format == WEFT_UPDATE_V2 ? length - 1 : length);
          if (format == WEFT_UPDATE_V2)
            end = start + length;
          length = 0;
          n++;
        }
    }

  return n;
}

/* The delete set of the whole document. */
void
weft_doc_write_deletes (WeftDoc         *doc,
                        WeftUpdateFormat format,
                        WeftWriter      *writer)
{
  const guint32 *sorted = weft_clients_sort (doc);
  WeftWriter all, ranges;
  guint n_clients = 0;

  weft_writer_init (&all);
  weft_writer_init (&ranges);
  for (guint32 i = 0; i < doc->n_clients; i++)
    {
      WeftClient *client = weft_client (doc, sorted[i]);
      guint n = write_ranges (doc, client, format, &ranges);

      if (n == 0)
        continue;
      n_clients++;
      weft_writer_put_varuint (&all, client->id);
      weft_writer_put_varuint (&all, n);
      weft_writer_put_raw (&all, ranges.data, ranges.size);
      ranges.size = 0;
    }
  weft_writer_put_varuint (writer, n_clients);
  weft_writer_put_raw (writer, all.data, all.size);
  weft_writer_clear (&all);
  weft_writer_clear (&ranges);
}

/* About what the structs of all clients take, so that bytes are rarely moved while they are written. */
static gsize
estimate (WeftDoc *doc)
{
  gsize n_bytes = (gsize) doc->items_live * 20;

  for (guint32 i = 0; i < doc->n_clients; i++)
    n_bytes += doc->clients[i]->arena_used;

  return n_bytes;
}

static void
write_state (WeftDoc               *doc,
             const WeftStateVector *state_vector,
             WeftWriter            *writer)
{
  const guint32 *sorted = weft_clients_sort (doc);
  guint32 n = 0;

  if (state_vector == NULL)
    weft_writer_reserve (writer, estimate (doc));
  for (gboolean counting = TRUE;; counting = FALSE)
    {
      if (!counting)
        weft_writer_put_varuint (writer, n);
      for (guint32 i = 0; i < doc->n_clients; i++)
        {
          guint32 index = sorted[i];
          WeftClient *client = weft_client (doc, index);
          WeftClock from = state_vector != NULL ? weft_state_vector_get (state_vector, client->id) : 0;

          if (client->state <= from)
            continue;
          if (counting)
            n++;
          else
            write_client (doc, index, (guint32) from, writer);
        }
      if (!counting)
        break;
    }
  weft_doc_write_deletes (doc, WEFT_UPDATE_V1, writer);
}

gboolean
weft_transaction_has_update (WeftTransaction *tx)
{
  return tx->touched->len > 0 || tx->deletes->len > 0;
}

static int
compare_clients_descending (gconstpointer a,
                            gconstpointer b,
                            gpointer      data)
{
  WeftClientId x = weft_client (data, *(const guint32 *) a)->id;
  WeftClientId y = weft_client (data, *(const guint32 *) b)->id;

  return x > y ? -1 : x < y;
}

/* What a transaction added and deleted. As in Yjs, it reaches to the end of what is there now, which
 * may hold more where an observer has changed the document already. */
void
weft_write_transaction (WeftTransaction *tx,
                        WeftWriter      *writer)
{
  WeftDoc *doc = tx->doc;
  guint n_lists = tx->delete_set.lists != NULL ? tx->delete_set.lists->len : 0;

  /* Both begin with the client's index. */
  if (tx->touched->len > 1)
    g_array_sort_with_data (tx->touched, compare_clients_descending, doc);
  weft_writer_put_varuint (writer, tx->touched->len);
  for (guint i = 0; i < tx->touched->len; i++)
    {
      WeftTouched *touched = &g_array_index (tx->touched, WeftTouched, i);

      /* Sorting moved it. */
      if (weft_client (doc, touched->client)->tx_serial == tx->serial)
        weft_client (doc, touched->client)->tx_slot = i;
      write_client (doc, touched->client, touched->before, writer);
    }

  if (n_lists > 1)
    g_array_sort_with_data (tx->delete_set.lists, compare_clients_descending, doc);
  weft_writer_put_varuint (writer, n_lists);
  for (guint i = 0; i < n_lists; i++)
    {
      WeftRangeList *list = &g_array_index (tx->delete_set.lists, WeftRangeList, i);

      weft_writer_put_varuint (writer, weft_client (doc, list->client)->id);
      weft_writer_put_varuint (writer, list->ranges->len);
      for (guint j = 0; j < list->ranges->len; j++)
        {
          weft_writer_put_varuint (writer, g_array_index (list->ranges, WeftRange, j).clock);
          weft_writer_put_varuint (writer, g_array_index (list->ranges, WeftRange, j).len);
        }
    }
}

/**
 * weft_doc_encode_state:
 * @self: a document
 *
 * Returns: (transfer full): everything, as one update of the first format
 */
GBytes *
weft_doc_encode_state (WeftDoc *self)
{
  return weft_doc_encode_diff (self, NULL);
}

/* What is pending, as updates of @format: deletions, then what a peer with @state_vector lacks. */
GPtrArray *
weft_doc_list_pending (WeftDoc               *doc,
                       const WeftStateVector *state_vector,
                       WeftUpdateFormat       format)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  if (doc->pending_deletes != NULL)
    {
      g_autoptr(GBytes) deletes = NULL;
      WeftWriter writer;

      weft_writer_init (&writer);
      weft_writer_put_byte (&writer, 0);
      weft_delete_set_write (doc->pending_deletes, &writer);
      deletes = weft_writer_steal_bytes (&writer);
      g_ptr_array_add (parts, weft_update_reformat (deletes, WEFT_UPDATE_V1, format));
    }
  if (doc->pending->len > 0)
    {
      g_autoptr(GBytes) merged = weft_update_merge (doc->pending, WEFT_UPDATE_EXACT);
      g_autoptr(GBytes) lacking = weft_update_diff (merged, WEFT_UPDATE_EXACT, state_vector);

      g_ptr_array_add (parts, weft_update_reformat (lacking, WEFT_UPDATE_EXACT, format));
    }

  return parts;
}

/**
 * weft_doc_encode_diff:
 * @self: a document
 * @state_vector: (nullable): what the other side has
 *
 * Returns: (transfer full): the structs that it lacks and all deletions, and what is pending here
 */
GBytes *
weft_doc_encode_diff (WeftDoc               *self,
                      const WeftStateVector *state_vector)
{
  g_autoptr(GPtrArray) parts = NULL;
  GBytes *state;
  WeftWriter writer;

  g_return_val_if_fail (self != NULL, NULL);

  weft_writer_init (&writer);
  write_state (self, state_vector, &writer);
  state = weft_writer_steal_bytes (&writer);
  if (!weft_doc_has_pending (self))
    return state;

  parts = weft_doc_list_pending (self, state_vector, WEFT_UPDATE_V1);
  g_ptr_array_insert (parts, 0, state);

  return weft_update_merge (parts, WEFT_UPDATE_V1);
}
