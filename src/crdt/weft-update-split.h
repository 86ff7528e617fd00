/* weft-update-split.h - one large update as several small ones, made one after the other
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-update.h"

G_BEGIN_DECLS

typedef struct _WeftUpdateSplitter WeftUpdateSplitter;

/* As weft_update_split(); any thread, one at a time. */
WeftUpdateSplitter *weft_update_splitter_new  (GBytes             *update,
                                               gsize               max_bytes) G_GNUC_WARN_UNUSED_RESULT;
void                weft_update_splitter_free (WeftUpdateSplitter *self);
/* Returns: (transfer full) (nullable): the next part; %NULL: there is none any more */
GBytes             *weft_update_splitter_next (WeftUpdateSplitter *self) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftUpdateSplitter, weft_update_splitter_free)

G_END_DECLS
