/* weft-update-sieve.h - the values of one root out of updates, without a document
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A log that only grows can be nearly all of a document. Who wants to read it once needs no document for that, which
 * would hold all of it: the sieve hands the values of one root array out where they lie in the updates, and gives what
 * is left as small updates, in which the clocks of those values are marked as collected. A document of what is left has
 * the same state vector, and everything else as it was.
 *
 *     scan (update 1), scan (update 2), ... | resolve | read (update 1), read (update 2), ...
 *
 * Which item belongs to the root often says only an item of another client, which may come later; so all updates are
 * gone through once to know, and once to read.
 *
 * Not everything can be sieved: an item of the root that was deleted, a type in it, anything that was collected, an
 * update that needs what comes only later. Then there is the document.
 */

#pragma once

#include "crdt/weft-delete-set.h"
#include "crdt/weft-id.h"

G_BEGIN_DECLS

typedef struct _WeftUpdateSieve WeftUpdateSieve;

/* A value that is bytes, in the root or, as long as that is not known, anywhere: borrowed from the update. */
typedef void (*WeftSieveFunc) (WeftId        id,
                               const guint8 *data,
                               gsize         n_bytes,
                               gpointer      user_data);
/* How much of the update is behind, from 0 to its size. */
typedef void (*WeftSievePassedFunc) (gsize    n_bytes,
                                     gpointer user_data);

WeftUpdateSieve *weft_update_sieve_new      (const char      *root) G_GNUC_WARN_UNUSED_RESULT;
void             weft_update_sieve_free     (WeftUpdateSieve *self);
/* Goes through @update (first format). @maybe: (nullable): told of what may be a value of the root.
 * %FALSE: these updates cannot be sieved */
gboolean         weft_update_sieve_scan     (WeftUpdateSieve *self,
                                             GBytes          *update,
                                             WeftSieveFunc    maybe,
                                             gpointer         user_data) G_GNUC_WARN_UNUSED_RESULT;
/* After the last of them. %FALSE: these updates cannot be sieved */
gboolean         weft_update_sieve_resolve  (WeftUpdateSieve *self) G_GNUC_WARN_UNUSED_RESULT;
/* Hands out the values of the root that are bytes, those of each client in the order of their clocks, and returns the
 * rest. The updates are those that were scanned, in that order. @passed: (nullable): nothing before that is looked at
 * again. (transfer full) */
GBytes          *weft_update_sieve_read     (WeftUpdateSieve *self,
                                             GBytes          *update,
                                             WeftSieveFunc    func,
                                             WeftSievePassedFunc passed,
                                             gpointer         user_data) G_GNUC_WARN_UNUSED_RESULT;
/* What is deleted in the whole, of what is deleted in a document of the rest. (transfer full) */
WeftDeleteSet   *weft_update_sieve_filter   (WeftUpdateSieve *self,
                                             WeftDeleteSet   *deleted) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftUpdateSieve, weft_update_sieve_free)

G_END_DECLS
