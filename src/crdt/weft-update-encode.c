/* weft-update-encode.c - a document, a part of it, or a transaction as an update
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The first update format: for each client, in descending order of ids, its structs from some clock
 * on; then the delete set. Byte for byte what Yjs writes (writeClientsStructs, writeDeleteSet).
 */

#include "config.h"

#include "crdt/weft-doc-private.h"
#include "crdt/weft-update-private.h"

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

static void
write_client (WeftDoc    *doc,
              guint32     index,
              guint32     from,
              WeftWriter *writer)
{
  WeftClient *client = weft_client (doc, index);
  WeftIndexSpot spot;
  WeftHandle handle = weft_index_find (client, from, &spot);
  guint32 offset = from - weft_item (doc, handle)->clock;

  weft_writer_put_varuint (writer, weft_index_count_from (&spot));
  weft_writer_put_varuint (writer, client->id);
  weft_writer_put_varuint (writer, from);
  for (; handle != WEFT_NONE; handle = weft_index_next (&spot))
    {
      const WeftItem *item = weft_item (doc, handle);

      weft_write_struct (doc, item, offset, item->len, writer);
      offset = 0;
    }
}

/* The delete set of the whole document. */
static void
write_deletes (WeftDoc    *doc,
               WeftWriter *writer)
{
  g_autoptr(WeftDeleteSet) set = weft_doc_get_delete_set (doc);

  weft_delete_set_write (set, writer);
}

static void
write_state (WeftDoc               *doc,
             const WeftStateVector *state_vector,
             WeftWriter            *writer)
{
  const guint32 *sorted = weft_clients_sort (doc);
  guint32 n = 0;

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
  write_deletes (doc, writer);
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
  g_autoptr(GBytes) state = NULL;
  WeftWriter writer;

  g_return_val_if_fail (self != NULL, NULL);

  weft_writer_init (&writer);
  write_state (self, state_vector, &writer);
  state = weft_writer_steal_bytes (&writer);
  if (self->pending->len == 0 && self->pending_deletes == NULL)
    return g_steal_pointer (&state);

  parts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_ptr_array_add (parts, g_bytes_ref (state));
  if (self->pending_deletes != NULL)
    {
      weft_writer_put_byte (&writer, 0);
      weft_delete_set_write (self->pending_deletes, &writer);
      g_ptr_array_add (parts, weft_writer_steal_bytes (&writer));
    }
  if (self->pending->len > 0)
    {
      g_autoptr(GBytes) merged = weft_update_merge (self->pending);

      g_ptr_array_add (parts, weft_update_diff (merged, state_vector));
    }

  return weft_update_merge (parts);
}
