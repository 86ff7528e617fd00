/* weft-client-table.c - client ids as small numbers
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Open addressing from id to index; beside it the indexes sorted by descending id, which is the
 * order in which everything is encoded.
 */

#include "config.h"

#include "crdt/weft-doc-private.h"

static guint32
hash_id (WeftClientId id)
{
  return (guint32) ((id * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) >> 32);
}

void
weft_clients_clear (WeftDoc *doc)
{
  for (guint32 i = 0; i < doc->n_clients; i++)
    {
      weft_index_clear (doc->clients[i]);
      g_free (doc->clients[i]->arena);
      g_free (doc->clients[i]);
    }
  g_free (doc->clients);
  g_free (doc->client_buckets);
  g_free (doc->sorted);
}

guint32
weft_clients_lookup (WeftDoc     *doc,
                     WeftClientId id)
{
  guint32 mask = doc->n_client_buckets - 1;

  if (doc->n_client_buckets == 0)
    return WEFT_NO_CLIENT;

  for (guint32 i = hash_id (id) & mask; doc->client_buckets[i] != 0; i = (i + 1) & mask)
    if (doc->clients[doc->client_buckets[i] - 1]->id == id)
      return doc->client_buckets[i] - 1;

  return WEFT_NO_CLIENT;
}

static void
put_bucket (WeftDoc *doc,
            guint32  index)
{
  guint32 mask = doc->n_client_buckets - 1;
  guint32 i = hash_id (doc->clients[index]->id) & mask;

  while (doc->client_buckets[i] != 0)
    i = (i + 1) & mask;
  doc->client_buckets[i] = index + 1;
}

static void
put_sorted (WeftDoc *doc,
            guint32  index)
{
  guint32 low = 0, high = index;

  while (low < high)
    {
      guint32 middle = (low + high) / 2;

      if (doc->clients[doc->sorted[middle]]->id > doc->clients[index]->id)
        low = middle + 1;
      else
        high = middle;
    }
  memmove (doc->sorted + low + 1, doc->sorted + low, (index - low) * sizeof (guint32));
  doc->sorted[low] = index;
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
      doc->sorted = g_renew (guint32, doc->sorted, doc->clients_allocated);
    }
  doc->clients[index] = g_new0 (WeftClient, 1);
  doc->clients[index]->id = id;
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
  put_sorted (doc, index);

  return index;
}
