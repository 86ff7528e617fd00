/* weft-store-opening.h - opens a notebook file and reads what its owner wants to know at once
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "store/weft-database.h"
#include "store/weft-store-private.h"

G_BEGIN_DECLS

/* @opened: (out caller-allocates): filled where this succeeds. */
WeftDatabase *weft_store_open_database  (GFile            *file,
                                         WeftStoreOpened  *opened,
                                         GError          **error) G_GNUC_WARN_UNUSED_RESULT;
/* A notebook with nothing in it, for a copy. */
WeftDatabase *weft_store_make_database  (const char       *path,
                                         GError          **error) G_GNUC_WARN_UNUSED_RESULT;
void          weft_store_opened_clear   (WeftStoreOpened  *opened);

G_END_DECLS
