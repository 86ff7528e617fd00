/* weft-database-private.h - what the files of this folder share about databases
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "store/weft-database.h"

G_BEGIN_DECLS

/* Takes the file from the version that it has to that of @schema. */
gboolean weft_migrations_run (WeftDatabase              *self,
                              const WeftDatabaseSchema  *schema,
                              GError                   **error);

/* For a backup, which SQLite makes of connections. (transfer none) */
sqlite3 *weft_database_get_handle (WeftDatabase *self);

/* To write into the copy that @db, which stays its owner's, has open and nobody else; not locked, not checked. */
WeftDatabase *weft_database_new_for_copy (sqlite3      *db) G_GNUC_WARN_UNUSED_RESULT;
/* Before the connection is used for anything else. */
void          weft_database_free_copy    (WeftDatabase *self);

/* The schema of a notebook file. */
extern const WeftDatabaseSchema weft_notebook_schema;

G_END_DECLS
