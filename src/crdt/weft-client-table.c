/* weft-client-table.c - client ids as small numbers
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Open addressing from id to index. The indexes sorted by descending id, which is the order in which
 * everything is encoded, are sorted when somebody asks for them.
 */

#include "config.h"

#include "crdt/weft-doc-private.h"
#include "crdt/weft-hash.h"

void
weft_clients_clear (WeftDoc *doc)
{
  for (guint32 i = 0; i < doc->n_clients; i++)
    {
      weft_index_clear (doc->clients[i]);
      g_free (doc->clients[i]->arena);
      weft_guides_clear (doc->clients[i]);
      g_free (doc->clients[i]);
    }
  g_free (doc->clients);
  g_free (doc->client_ids);
  g_free (doc->client_buckets);
  g_free (doc->sorted);
}

void
weft_clients_reset (WeftDoc *doc)
{
  weft_clients_clear (doc);
  doc->clients = NULL;
  doc->client_ids = NULL;
  doc->client_buckets = NULL;
  doc->sorted = NULL;
  doc->n_clients = doc->clients_allocated = doc->n_client_buckets = doc->n_sorted = 0;
}

guint32
weft_clients_search (WeftDoc     *doc,
                     WeftClientId id)
{
  guint32 mask = doc->n_client_buckets - 1;

  if (doc->n_client_buckets == 0)
    return WEFT_NO_CLIENT;

  for (guint32 i = weft_hash_word (doc->secret, id) & mask; doc->client_buckets[i] != 0; i = (i + 1) & mask)
    if (doc->clients[doc->client_buckets[i] - 1]->id == id)
      return doc->named_client = doc->client_buckets[i] - 1;

  return WEFT_NO_CLIENT;
}

static void
put_bucket (WeftDoc *doc,
            guint32  index)
{
  guint32 mask = doc->n_client_buckets - 1;
  guint32 i = weft_hash_word (doc->secret, doc->clients[index]->id) & mask;

  while (doc->client_buckets[i] != 0)
    i = (i + 1) & mask;
  doc->client_buckets[i] = index + 1;
}

static int
compare_descending (gconstpointer a,
                    gconstpointer b,
                    gpointer      data)
{
  WeftClientId x = weft_client (data, *(const guint32 *) a)->id;
  WeftClientId y = weft_client (data, *(const guint32 *) b)->id;

  return x > y ? -1 : x < y;
}

const guint32 *
weft_clients_sort (WeftDoc *doc)
{
  if (doc->n_sorted < doc->n_clients)
    {
      gboolean in_order = TRUE;

      doc->sorted = g_renew (guint32, doc->sorted, doc->clients_allocated);
      for (guint32 i = doc->n_sorted; i < doc->n_clients; i++)
        {
          doc->sorted[i] = i;
          in_order = in_order && (i == 0 || doc->clients[doc->sorted[i - 1]]->id > doc->clients[i]->id);
        }
      if (!in_order)
        g_qsort_with_data (doc->sorted, (int) doc->n_clients, sizeof (guint32), compare_descending, doc);
      doc->n_sorted = doc->n_clients;
    }

  return doc->sorted;
}

static void
set_id (WeftClient  *client,
        WeftClientId id)
{
  client->id = id;
  for (; client->n_id_bytes == 0 || id > 0; id >>= 7)
    {
      client->id_mask[client->n_id_bytes] = 0xff;
      client->id_bytes[client->n_id_bytes++] = (guint8) ((id & 0x7f) | (id >= 0x80 ? 0x80 : 0));
    }
}

guint32
weft_clients_ensure (WeftDoc     *doc,
                     WeftClientId id)
{
  guint32 index = weft_clients_lookup (doc, id);

  if (index != WEFT_NO_CLIENT)
    return index;

  index = doc->n_clients;
  g_assert (index < WEFT_MAX_CLIENTS);
  if (index == doc->clients_allocated)
    {
      doc->clients_allocated = MAX (4, index * 2);
      doc->clients = g_renew (WeftClient *, doc->clients, doc->clients_allocated);
      doc->client_ids = g_renew (WeftClientId, doc->client_ids, doc->clients_allocated);
    }
  doc->clients[index] = g_new0 (WeftClient, 1);
  set_id (doc->clients[index], id);
  doc->client_ids[index] = id;
  doc->n_clients++;

  if (doc->n_clients * 2 > doc->n_client_buckets)
    {
      doc->n_client_buckets = MAX (8, doc->n_client_buckets * 2);
      g_free (doc->client_buckets);
      doc->client_buckets = g_new0 (guint32, doc->n_client_buckets);
      for (guint32 i = 0; i < doc->n_clients; i++)
        put_bucket (doc, i);
    }
  else
    {
      put_bucket (doc, index);
    }

  return index;
}
