/* weft-store-pending.h - what waits for the next commit
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Updates keep their order. Of everything else the last value of a key counts, so that a disk which is
 * full for hours does not fill the memory with what nobody needs any more.
 */

#pragma once

#include "store/weft-store.h"
#include "store/weft-update-log.h"

G_BEGIN_DECLS

typedef struct
{
  /* (element-type WeftLogRow) */
  GPtrArray  *updates;

  /* char * -> char *, GBytes, WeftStoreSyncState, the assets, GBytes; a NULL value forgets the key */
  GHashTable *settings;
  GHashTable *journal;
  GHashTable *sync_states;
  GHashTable *assets;
  GHashTable *seen;

  /* The last call that is in here. */
  guint64     generation;
} WeftStorePending;

WeftStorePending *weft_store_pending_new            (void);
void              weft_store_pending_free           (WeftStorePending   *self);
gboolean          weft_store_pending_is_empty       (WeftStorePending   *self);
void              weft_store_pending_clear          (WeftStorePending   *self);
/* All of it in one transaction. */
gboolean          weft_store_pending_write          (WeftStorePending   *self,
                                                     WeftDatabase       *database,
                                                     GError            **error);
/* @before: (nullable): what was noted of the same document and relay */
void              weft_store_sync_state_keep_acknowledged (WeftStoreSyncState       *state,
                                                           const WeftStoreSyncState *before);
/* @state is taken. */
void              weft_store_pending_set_sync_state (WeftStorePending   *self,
                                                     WeftStoreSyncState *state);
void              weft_store_pending_set_asset      (WeftStorePending   *self,
                                                     const char         *sha256,
                                                     const char         *doc_id,
                                                     guint64             n_bytes);
/* Returns: (nullable): the document of an asset that is not committed yet */
const char       *weft_store_pending_lookup_asset   (WeftStorePending   *self,
                                                     const char         *sha256);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftStorePending, weft_store_pending_free)

G_END_DECLS
