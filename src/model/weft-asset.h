/* weft-asset.h - pictures and files that pages show, kept as documents of their own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An asset doc has one root `asset` with one key `data`, written by a client whose id is the first 32
 * bits of the hash, so that two devices that add the same picture make the same bytes.
 */

#pragma once

#include "model/weft-notebook.h"
#include "store/weft-store.h"

G_BEGIN_DECLS

/* A larger asset would not fit in a message. */
#define WEFT_ASSET_MAX_BYTES (15 * 1024 * 1024)

/* Returns: (transfer full) (nullable): "weft:asset/<sha256>" */
char   *weft_asset_add         (WeftStore           *store,
                                WeftNotebook        *notebook,
                                GBytes              *bytes,
                                GError             **error);
/* Asks the relay for what is not here; fails with %G_IO_ERROR_NOT_FOUND where nobody has it. */
void    weft_asset_load_async  (WeftStore           *store,
                                WeftNotebook        *notebook,
                                const char          *uri,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data);
GBytes *weft_asset_load_finish (GAsyncResult        *result,
                                GError             **error);

G_END_DECLS
