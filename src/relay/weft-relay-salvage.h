/* weft-relay-salvage.h - what can still be read in a damaged relay.db
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Table by table, rows are read in the order of their numbers, and where a page is broken from behind it; updates and snapshots
 * prove by their checksums that they are whole. What is missing then the clients bring back.
 */

#pragma once

#include "store/weft-database.h"

G_BEGIN_DECLS

/* A #WeftDatabaseSalvageFunc for relay.db. */
gboolean weft_relay_salvage (WeftDatabase *fresh,
                             const char   *damaged_path,
                             GError      **error);

G_END_DECLS
