/* weft-transaction-private.h - what a transaction notes, and its clean-up
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-doc-structs-private.h"

G_BEGIN_DECLS

WeftTransaction *weft_transaction_begin (WeftDoc         *doc,
                                         gconstpointer    origin,
                                         gboolean         local);
void        weft_transaction_touch      (WeftTransaction *tx,
                                         guint32          client);
void        weft_transaction_add_delete (WeftTransaction *tx,
                                         guint32          client,
                                         guint32          clock,
                                         guint32          len);
void        weft_transaction_add_merge  (WeftTransaction *tx,
                                         guint32          client,
                                         guint32          clock);
void        weft_transaction_add_changed (WeftTransaction *tx,
                                          WeftType        *type,
                                          guint32          key);
/* The same of a sequence, which is noted once. */
static inline void
weft_transaction_add_sequence (WeftTransaction *tx,
                               WeftType        *type)
{
  if (type->tx_serial != tx->serial || !g_array_index (tx->changed, WeftChanged, type->tx_slot).sequence)
    weft_transaction_add_changed (tx, type, 0);
}

void        weft_transaction_drop_changed (WeftTransaction *tx,
                                           WeftType        *type);
/* The client's clock when the transaction began. */
guint32     weft_transaction_get_before (WeftTransaction *tx,
                                         guint32          client);
gboolean    weft_transaction_deletes    (WeftTransaction *tx,
                                         guint32          client,
                                         guint32          clock);
void        weft_transaction_free       (WeftTransaction *tx);
/* Join runs around deleted units, and where a run was cut. */
void        weft_merge_around_deletion  (WeftDoc         *doc,
                                         guint32          client,
                                         guint32          clock,
                                         guint32          len);
void        weft_merge_at_cut           (WeftDoc         *doc,
                                         guint32          client,
                                         guint32          clock);
/* Cleans up what observers have done. */
void        weft_doc_run_cleanups       (WeftDoc         *doc);
/* Ends the program where an invariant does not hold. */
void        weft_doc_check_now          (WeftDoc         *doc);

/* Where WEFT_DEBUG=validate asks for it. */
static inline void
weft_doc_check (WeftDoc *doc)
{
  if (G_UNLIKELY (doc->validate))
    weft_doc_check_now (doc);
}

void        weft_range_set_clear        (WeftRangeSet    *set);
void        weft_range_set_add          (WeftRangeSet    *set,
                                         guint32          client,
                                         guint32          clock,
                                         guint32          len);
void        weft_range_set_normalize    (WeftRangeSet    *set);
gboolean    weft_range_set_contains     (const WeftRangeSet *set,
                                         guint32          client,
                                         guint32          clock);

G_END_DECLS
