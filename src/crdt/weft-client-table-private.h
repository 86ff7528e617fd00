/* weft-client-table-private.h - the clients of a document by index and by id
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-doc-structs-private.h"

G_BEGIN_DECLS

void        weft_clients_clear  (WeftDoc     *doc);
/* Forgets all clients. */
void        weft_clients_reset  (WeftDoc     *doc);
guint32     weft_clients_search (WeftDoc     *doc,
                                 WeftClientId id);
/* WEFT_NO_CLIENT where it is not known. Mostly it is the one that was looked for last. */
static inline guint32
weft_clients_lookup (WeftDoc     *doc,
                     WeftClientId id)
{
  if (doc->named_client < doc->n_clients && doc->client_ids[doc->named_client] == id)
    return doc->named_client;

  return weft_clients_search (doc, id);
}

guint32     weft_clients_ensure (WeftDoc     *doc,
                                 WeftClientId id);
/* Our own index */
static inline guint32
weft_clients_ensure_own (WeftDoc *doc)
{
  if (G_UNLIKELY (doc->own_client >= doc->n_clients || doc->client_ids[doc->own_client] != doc->client_id))
    doc->own_client = weft_clients_ensure (doc, doc->client_id);

  return doc->own_client;
}

/* The indexes of all clients, ids descending. */
const guint32 *weft_clients_sort (WeftDoc    *doc);

static inline WeftClient *
weft_client (const WeftDoc *doc,
             guint32        index)
{
  return doc->clients[index];
}

static inline guint32
weft_clients_get_state (WeftDoc     *doc,
                        WeftClientId id)
{
  guint32 index = weft_clients_lookup (doc, id);

  return index == WEFT_NO_CLIENT ? 0 : weft_client (doc, index)->state;
}

G_END_DECLS
