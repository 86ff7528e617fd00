/* weft-relay-sql-sqlite.h - questions to a SQLite file
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay/weft-relay-sql.h"
#include "store/weft-database.h"

G_BEGIN_DECLS

/* A #WeftRelaySqlFunc; @database is a #WeftDatabase. */
gboolean weft_relay_sql_sqlite_query (gpointer                 database,
                                      const char              *statement,
                                      const WeftRelaySqlValue *values,
                                      guint                    n_values,
                                      WeftRelayRows           *rows,
                                      GError                 **error);

G_END_DECLS
