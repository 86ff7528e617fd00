/* weft-store-lookup.h - what the file has, and what waits to be in it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Answers for the store's thread. While the disk refuses, what waits in memory counts as if it were written.
 */

#pragma once

#include "store/weft-database.h"
#include "store/weft-store-pending.h"

G_BEGIN_DECLS

/* Each returns whether the file could be read. What is not there is %NULL. (transfer full) */
gboolean   weft_store_find_doc         (WeftDatabase      *database,
                                        WeftStorePending  *pending,
                                        const char        *doc_id,
                                        WeftStoreDocInfo **found,
                                        GError           **error);
gboolean   weft_store_find_asset       (WeftDatabase      *database,
                                        WeftStorePending  *pending,
                                        const char        *sha256,
                                        char             **doc_id,
                                        GError           **error);
gboolean   weft_store_find_seen        (WeftDatabase      *database,
                                        WeftStorePending  *pending,
                                        const char        *doc_id,
                                        GBytes           **snapshot,
                                        GError           **error);

/* Sorted by id; NULL where the file could not be read. (transfer full) */
GPtrArray *weft_store_find_docs        (WeftDatabase      *database,
                                        WeftStorePending  *pending,
                                        GError           **error);
GPtrArray *weft_store_find_sync_states (WeftDatabase      *database,
                                        WeftStorePending  *pending,
                                        const char        *relay,
                                        gboolean           only_unsynced,
                                        GError           **error);

G_END_DECLS
