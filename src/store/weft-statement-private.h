/* weft-statement-private.h - what only weft-database.c sees of statements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <sqlite3.h>

#include "store/weft-statement.h"

G_BEGIN_DECLS

WeftStatement *weft_statement_new         (sqlite3    *db,
                                           const char *sql,
                                           gboolean    persistent);
/* Sets @error to what @rc means on @db. */
void           weft_sqlite_set_error      (GError    **error,
                                           sqlite3    *db,
                                           int         rc);

G_END_DECLS
