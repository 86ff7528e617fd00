/* weft-store-rows.h - the updates of one document as they lie in the file
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For who wants to look into a large document without making it. Reading 160 MB is quick, and adding up their checksums
 * is not; so that is left to whoever has them, on a thread, beside what else is done with them.
 */

#pragma once

#include "store/weft-store.h"

G_BEGIN_DECLS

typedef struct _WeftStoreRows WeftStoreRows;

/* What is not on the disk is written first. It fails where that does. */
void           weft_store_read_rows_async       (WeftStore           *store,
                                                 const char          *doc_id,
                                                 GCancellable        *cancellable,
                                                 GAsyncReadyCallback  callback,
                                                 gpointer             user_data);
WeftStoreRows *weft_store_read_rows_finish      (WeftStore           *store,
                                                 GAsyncResult        *result,
                                                 GError             **error) G_GNUC_WARN_UNUSED_RESULT;
void           weft_store_rows_free             (WeftStoreRows       *self);
/* Whether each row is as it was written. On any thread; takes time. */
gboolean       weft_store_rows_check            (const WeftStoreRows *self);
/* (transfer full) (element-type GBytes): in order */
GPtrArray     *weft_store_rows_dup_updates      (const WeftStoreRows *self) G_GNUC_WARN_UNUSED_RESULT;
/* As in WeftStoreDocInfo; 0 where there are none. */
guint64        weft_store_rows_get_last_seq     (const WeftStoreRows *self);
gint64         weft_store_rows_get_last_time    (const WeftStoreRows *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftStoreRows, weft_store_rows_free)

G_END_DECLS
