/* weft-sync-giver.h - gives a relay what it lacks of a large document, out of the store
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Of a notebook of a million pages, 160 MB go up. Made from the document at once they would hold the main thread for a
 * second, and be in memory three times; so the rows of the store are read, looked at and cut up on a thread, one part at a
 * time, and the next part is made when the socket has room for it. No document is needed for that.
 */

#pragma once

#include "crdt/weft-state-vector.h"
#include "store/weft-store.h"

G_BEGIN_DECLS

typedef struct _WeftSyncGiver WeftSyncGiver;

/* On the main thread; the giver may be freed in both. */
typedef struct
{
  /* Send @update, then ask for the next one. */
  void (*give)  (GBytes                *update,
                 gpointer               user_data);
  /* There is nothing more in the store. @given: (nullable): up to where it was given; %NULL: it cannot be read as a whole */
  void (*ended) (const WeftStateVector *given,
                 gpointer               user_data);
} WeftSyncGiverFuncs;

/* Begins. @asked: what the other side has */
WeftSyncGiver *weft_sync_giver_new  (WeftStore                *store,
                                     const char               *room,
                                     const WeftStateVector    *asked,
                                     const WeftSyncGiverFuncs *funcs,
                                     gpointer                  user_data) G_GNUC_WARN_UNUSED_RESULT;
/* Nothing is told any more. */
void           weft_sync_giver_free (WeftSyncGiver            *self);
/* The last part is on its way. */
void           weft_sync_giver_next (WeftSyncGiver            *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftSyncGiver, weft_sync_giver_free)

G_END_DECLS
