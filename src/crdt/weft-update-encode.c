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

/* For a clock, or how many follow */
#define RANGE_ROOM 5

/* Short contents are copied as one piece of this size. */
#define SHORT_CONTENT 32

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

/* Where structs of a client are written one after the other. */
typedef struct
{
  WeftDoc          *doc;
  const WeftClient *client;
  WeftWriter       *writer;
  guint8           *at, *end; /* of what is written, and of the room there is */
} Structs;

static inline void
begin_structs (Structs *self)
{
  self->at = self->writer->data + self->writer->size;
  self->end = self->writer->data + self->writer->allocated;
}

static inline void
end_structs (Structs *self)
{
  self->writer->size = self->at - self->writer->data;
}

/* A number below 2^28 without a branch for each length; room for four bytes is there. */
static inline guint8 *
put_small (guint8 *at,
           guint32 value)
{
  guint32 n = 1 + (value >= 0x80) + (value >= 0x4000) + (value >= 0x200000);
  guint32 bytes = (value & 0x3fff) | value >> 14 << 16;

  bytes = (bytes & 0x7f007f) | (bytes & 0x3f803f80) << 1;
  bytes |= 0x80808080 & ~(G_MAXUINT32 << (8 * n - 8));
  bytes = GUINT32_TO_LE (bytes);
  memcpy (at, &bytes, sizeof bytes);

  return at + n;
}

/* Most clocks take three bytes in a document of some size: where what is behind goes is then known at once. */
static inline guint8 *
put_id (guint8           *at,
        const WeftClient *client,
        guint32           clock)
{
  guint32 bytes = (clock & 0x7f) | (clock & 0x3f80) << 1 | (clock & 0x1fc000) << 2 | 0x8080;

  at = weft_put_client (at, client);
  if (G_LIKELY (clock - 0x4000 < 0x200000 - 0x4000))
    {
      bytes = GUINT32_TO_LE (bytes);
      memcpy (at, &bytes, sizeof bytes);
      return at + 3;
    }

  return G_LIKELY (clock < 1 << 28) ? put_small (at, clock) : weft_put_number (at, clock);
}

static inline guint8
get_info (const WeftItem *item)
{
  return item->kind | (item->o_client != WEFT_NO_CLIENT ? WEFT_INFO_ORIGIN : 0)
         | (item->r_client != WEFT_NO_CLIENT ? WEFT_INFO_RIGHT_ORIGIN : 0) | (item->in_map ? WEFT_INFO_PARENT_SUB : 0);
}

static inline guint8 *
put_origins (const WeftDoc  *doc,
             guint8         *at,
             const WeftItem *item)
{
  if (item->o_client != WEFT_NO_CLIENT)
    at = put_id (at, weft_client (doc, item->o_client), item->o_clock);
  if (item->r_client != WEFT_NO_CLIENT)
    at = put_id (at, weft_client (doc, item->r_client), item->r_clock);

  return at;
}

static void
write_any_struct (Structs        *self,
                  const WeftItem *item)
{
  end_structs (self);
  weft_write_struct (self->doc, item, 0, item->len, self->writer);
  begin_structs (self);
}

/* A value, with or without origins, or what was deleted and has none. */
static void
write_map_struct (Structs        *self,
                  const WeftItem *item)
{
  WeftDoc *doc = self->doc;
  /* Of a client that wrote no text and no values there is no arena. */
  const guint8 *content = item->kind == WEFT_CONTENT_ANY ? self->client->arena + item->content : NULL;
  gsize n_content = content != NULL ? weft_any_measure (content) : 0;
  gsize room = STRUCT_ROOM + n_content + SHORT_CONTENT;
  gboolean has_parent = item->o_client == WEFT_NO_CLIENT && item->r_client == WEFT_NO_CLIENT;
  const WeftKey *root = NULL, *sub = NULL;
  const WeftType *parent = NULL;
  guint8 *at;

  if (has_parent)
    {
      parent = weft_item_get_parent (doc, item);
      root = parent->root_key != 0 ? weft_key (doc, parent->root_key) : NULL;
      sub = item->in_map ? weft_key (doc, weft_entry (doc, item->place)->key) : NULL;
      room += (root != NULL ? root->length : 0) + (sub != NULL ? sub->length : 0);
    }
  if (room > (gsize) (self->end - self->at))
    {
      end_structs (self);
      weft_writer_reserve (self->writer, room);
      begin_structs (self);
    }

  at = self->at;
  *at++ = get_info (item);
  at = put_origins (doc, at, item);
  if (has_parent)
    {
      *at++ = root != NULL;
      at = root != NULL ? put_key (at, root)
                        : weft_put_number (weft_put_number (at, parent->id.client), parent->id.clock);
      if (sub != NULL)
        at = put_key (at, sub);
    }
  at = weft_put_number (at, item->len);
  if (content != NULL && n_content <= SHORT_CONTENT
      && item->content + SHORT_CONTENT <= self->client->arena_allocated)
    memcpy (at, content, SHORT_CONTENT);
  else if (n_content > 0)
    memcpy (at, content, n_content);
  self->at = at + n_content;
}

/* A whole struct. Nearly all are text or deleted, have an origin, and take the short way: one look whether there is
 * room, then only bytes. Which of the two comes is not to be foreseen. */
static inline void
write_whole (Structs        *self,
             const WeftItem *item)
{
  const WeftClient *client = self->client;
  gboolean is_string = item->kind == WEFT_CONTENT_STRING && item->ascii;
  guint32 n_content = item->len & -(guint32) is_string;
  guint8 *at = self->at;

  if (!is_string && item->kind != WEFT_CONTENT_DELETED)
    {
      if (item->kind == WEFT_CONTENT_ANY && item->len == 1)
        write_map_struct (self, item);
      else
        write_any_struct (self, item);
      return;
    }
  if (G_UNLIKELY (item->len >= 1 << 28 || (gsize) n_content + STRUCT_ROOM + SHORT_CONTENT > (gsize) (self->end - at)
                  || (item->o_client == WEFT_NO_CLIENT && item->r_client == WEFT_NO_CLIENT)))
    {
      if (item->kind == WEFT_CONTENT_DELETED)
        write_map_struct (self, item);
      else
        write_any_struct (self, item);
      return;
    }
  *at++ = get_info (item);
  at = put_origins (self->doc, at, item);
  at = put_small (at, item->len);
  if (G_LIKELY (n_content <= SHORT_CONTENT && item->content + SHORT_CONTENT <= client->arena_allocated))
    memcpy (at, client->arena + item->content, SHORT_CONTENT);
  else if (n_content > 0)
    memcpy (at, client->arena + item->content, n_content);
  self->at = at + n_content;
}

/* The deleted ranges of a client, as far as its items were shown. */
typedef struct
{
  GArray *ranges; /* WeftRange; the last one that is not there yet is: */
  guint32 start, length;
} Deleted;

/* Room for as many as @n items can end. */
static inline void
expect_deleted (Deleted *self,
                guint32  n)
{
  guint len = self->ranges->len;

  g_array_set_size (self->ranges, len + n + 1);
  self->ranges->len = len;
}

/* Whether the item ends a range is not to be foreseen, so that is written in any case. */
static inline void
show_item (Deleted        *self,
           const WeftItem *item)
{
  WeftRange *next = &g_array_index (self->ranges, WeftRange, self->ranges->len);
  guint32 deleted = -(guint32) item->deleted;

  next->clock = self->start;
  next->len = self->length;
  self->ranges->len += (self->length > 0) & ~deleted;
  self->start = self->length > 0 ? self->start : item->clock;
  self->length = (self->length + item->len) & deleted;
}

static void
end_deleted (Deleted *self)
{
  const WeftRange last = { .clock = self->start, .len = self->length };

  if (self->length > 0)
    g_array_append_val (self->ranges, last);
  self->length = 0;
}

static void
list_deleted (WeftDoc    *doc,
              WeftClient *client,
              Deleted    *deleted)
{
  for (guint32 i = 0; i < client->n_chunks; i++)
    {
      const WeftChunk *chunk = client->chunks[i];

      expect_deleted (deleted, chunk->n);
      for (guint32 slot = 0; slot < chunk->n; slot++)
        show_item (deleted, weft_item (doc, weft_chunk_handle (chunk, slot)));
    }
  end_deleted (deleted);
}

/* The structs of a client from a clock on. All of them are shown to @deleted, where there is one. */
static void
write_client (WeftDoc    *doc,
              guint32     index,
              guint32     from,
              Deleted    *deleted,
              WeftWriter *writer)
{
  WeftClient *client = weft_client (doc, index);
  Structs structs = { doc, client, writer, NULL, NULL };
  WeftIndexSpot spot;
  const WeftItem *first = weft_item (doc, weft_index_find (client, from, &spot));

  weft_writer_put_varuint (writer, weft_index_count_from (&spot));
  weft_writer_put_varuint (writer, client->id);
  weft_writer_put_varuint (writer, from);
  weft_write_struct (doc, first, from - first->clock, first->len, writer);
  begin_structs (&structs);
  if (deleted != NULL)
    {
      expect_deleted (deleted, 1);
      show_item (deleted, first);
    }
  for (guint32 i = spot.chunk, slot = spot.slot + 1; i < client->n_chunks; i++, slot = 0)
    {
      const WeftChunk *chunk = client->chunks[i];

      if (deleted != NULL)
        expect_deleted (deleted, chunk->n);
      for (; slot < chunk->n; slot++)
        {
          const WeftItem *item = weft_item (doc, weft_chunk_handle (chunk, slot));

          write_whole (&structs, item);
          if (deleted != NULL)
            show_item (deleted, item);
        }
    }
  end_structs (&structs);
  if (deleted != NULL)
    end_deleted (deleted);
}

/* The second format has each range from the end of the one before, and lengths less one. */
static void
write_ranges (const WeftClient *client,
              const GArray     *ranges,
              WeftUpdateFormat  format,
              WeftWriter       *writer)
{
  guint32 end = 0, less = format == WEFT_UPDATE_V2;
  guint8 *at;

  weft_writer_put_varuint (writer, client->id);
  weft_writer_put_varuint (writer, ranges->len);
  weft_writer_reserve (writer, (gsize) ranges->len * 2 * RANGE_ROOM);
  at = writer->data + writer->size;
  for (guint i = 0; i < ranges->len; i++)
    {
      const WeftRange *range = &g_array_index (ranges, WeftRange, i);

      at = weft_put_number (weft_put_number (at, range->clock - end), range->len - less);
      if (format == WEFT_UPDATE_V2)
        end = range->clock + range->len;
    }
  writer->size = at - writer->data;
}

/* The delete set of the whole document. */
void
weft_doc_write_deletes (WeftDoc         *doc,
                        WeftUpdateFormat format,
                        WeftWriter      *writer)
{
  const guint32 *sorted = weft_clients_sort (doc);
  g_autoptr(GArray) ranges = g_array_new (FALSE, FALSE, sizeof (WeftRange));
  WeftWriter all;
  guint n_clients = 0;

  weft_writer_init (&all);
  for (guint32 i = 0; i < doc->n_clients; i++)
    {
      WeftClient *client = weft_client (doc, sorted[i]);
      Deleted deleted = { ranges };

      g_array_set_size (ranges, 0);
      list_deleted (doc, client, &deleted);
      if (ranges->len == 0)
        continue;
      n_clients++;
      write_ranges (client, ranges, format, &all);
    }
  weft_writer_put_varuint (writer, n_clients);
  weft_writer_put_raw (writer, all.data, all.size);
  weft_writer_clear (&all);
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

/* All structs and, seen on the way, all deletions. */
static void
write_whole_state (WeftDoc    *doc,
                   WeftWriter *writer)
{
  const guint32 *sorted = weft_clients_sort (doc);
  g_autoptr(GArray) ranges = g_array_new (FALSE, FALSE, sizeof (WeftRange));
  WeftWriter deletes;
  guint n = 0, n_deletes = 0;

  for (guint32 i = 0; i < doc->n_clients; i++)
    n += weft_client (doc, i)->state > 0;
  weft_writer_init (&deletes);
  weft_writer_reserve (writer, estimate (doc));
  weft_writer_put_varuint (writer, n);
  for (guint32 i = 0; i < doc->n_clients; i++)
    {
      Deleted deleted = { ranges };

      if (weft_client (doc, sorted[i])->state == 0)
        continue;
      g_array_set_size (ranges, 0);
      write_client (doc, sorted[i], 0, &deleted, writer);
      if (ranges->len == 0)
        continue;
      n_deletes++;
      write_ranges (weft_client (doc, sorted[i]), ranges, WEFT_UPDATE_V1, &deletes);
    }
  weft_writer_put_varuint (writer, n_deletes);
  weft_writer_put_raw (writer, deletes.data, deletes.size);
  weft_writer_clear (&deletes);
}

static void
write_state (WeftDoc               *doc,
             const WeftStateVector *state_vector,
             WeftWriter            *writer)
{
  const guint32 *sorted = weft_clients_sort (doc);
  guint32 n = 0;

  if (state_vector == NULL)
    {
      write_whole_state (doc, writer);
      return;
    }
  for (gboolean counting = TRUE;; counting = FALSE)
    {
      if (!counting)
        weft_writer_put_varuint (writer, n);
      for (guint32 i = 0; i < doc->n_clients; i++)
        {
          guint32 index = sorted[i];
          WeftClient *client = weft_client (doc, index);
          WeftClock from = weft_state_vector_get (state_vector, client->id);

          if (client->state <= from)
            continue;
          if (counting)
            n++;
          else
            write_client (doc, index, (guint32) from, NULL, writer);
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
      write_client (doc, touched->client, touched->before, NULL, writer);
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
      g_autoptr(GBytes) merged = weft_update_fold (doc->pending, WEFT_UPDATE_EXACT);
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
