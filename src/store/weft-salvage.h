/* weft-salvage.h - what can still be read in a damaged notebook file
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The pages of the file and of its log are read as bytes, without SQLite, which gives up where its tree
 * is cut. Every leaf page is searched for rows of the update log; a row proves by its checksum that it is
 * whole, so a row is found wherever its bytes survived. Rows that were deleted after a compaction may
 * come back: updates are idempotent, so that does no harm.
 */

#pragma once

#include "store/weft-database.h"

G_BEGIN_DECLS

/* A #WeftDatabaseSalvageFunc for notebook files. */
gboolean weft_salvage (WeftDatabase  *fresh,
                       const char    *damaged_path,
                       GError       **error);

G_END_DECLS
