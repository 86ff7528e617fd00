/* weft-database.h - one SQLite file, opened the one way we open files
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The only place that opens. There is exactly one connection to a file, ever, and it belongs to one
 * thread: SQLite before 3.51.3 can corrupt a WAL database that two connections write or checkpoint.
 * A lock file beside the database keeps a second process out for as long as we have it open; the
 * connection is exclusive too. Opened with WAL, synchronous=FULL, foreign keys, no memory map,
 * defensive, no trusted schema, checked cells; checkpoints only where weft_database_checkpoint() is
 * called.
 *
 * A file is foreign until its application id was seen; it is neither changed nor locked before.
 */

#pragma once

#include <glib.h>
#include <sqlite3.h>

#include "store/weft-statement.h"

G_BEGIN_DECLS

/* 'Weft', the application id of a notebook file. */
#define WEFT_DATABASE_NOTEBOOK_ID 0x57656674
/* 'WftR', that of a relay's file. */
#define WEFT_DATABASE_RELAY_ID    0x57667452

/* A numbered step from version N to N + 1: SQL, run in a transaction of its own, never edited after a release. */
typedef struct _WeftDatabase WeftDatabase;

/* Brings what can be read in the file at @damaged_path over to @fresh, which is new and empty.
 * It must leave the damaged file as it is. */
typedef gboolean (*WeftDatabaseSalvageFunc) (WeftDatabase  *fresh,
                                             const char    *damaged_path,
                                             GError       **error);

/* Adds to a new connection what the schema needs: functions, tokenizers. */
typedef void (*WeftDatabasePrepareFunc) (sqlite3 *db);

/* @salvage: (nullable): %NULL: a damaged file is an error, and stays where it is
 * @prepare: (nullable) */
typedef struct
{
  guint32                 application_id;
  const char *const      *migrations;
  guint                   n_migrations;
  const char             *newest_table; /* (nullable): made by the last migration */
  WeftDatabaseSalvageFunc salvage;
  WeftDatabasePrepareFunc prepare;
} WeftDatabaseSchema;

/* Creates the file where there is none, checks it (integrity_check; a large one by quick_check), migrates it. */
WeftDatabase  *weft_database_open         (const char               *path,
                                           const WeftDatabaseSchema *schema,
                                           GError                  **error) G_GNUC_WARN_UNUSED_RESULT;
/* Checkpoints, closes, unlocks. */
void           weft_database_close        (WeftDatabase             *self);
const char    *weft_database_get_path     (WeftDatabase             *self);
/* Where the damaged file was moved while opening, or %NULL. */
const char    *weft_database_get_damaged_path (WeftDatabase         *self);
/* Whether the file cannot be written. What is open then is a private copy: writing to it helps nobody. */
gboolean       weft_database_is_read_only (WeftDatabase             *self);
/* Whether another file, or none, has the name now: what is written reaches nobody who opens it by its name. */
gboolean       weft_database_has_moved    (WeftDatabase             *self);
/* Whether another program wrote into the file: nothing is written into it any more. */
gboolean       weft_database_is_overwritten (WeftDatabase           *self);
/* Prepared once and kept; give it back with weft_statement_finish(), not free. @sql must be a constant. (transfer none) */
WeftStatement *weft_database_get          (WeftDatabase             *self,
                                           const char               *sql);
/* A statement of your own. (transfer full) */
WeftStatement *weft_database_prepare      (WeftDatabase             *self,
                                           const char               *sql) G_GNUC_WARN_UNUSED_RESULT;
/* Runs @sql, which may hold several statements and takes no values. */
gboolean       weft_database_run          (WeftDatabase             *self,
                                           const char               *sql,
                                           GError                  **error);
gboolean       weft_database_begin        (WeftDatabase             *self,
                                           GError                  **error);
gboolean       weft_database_commit       (WeftDatabase             *self,
                                           GError                  **error);
void           weft_database_rollback     (WeftDatabase             *self);
/* Size of the write-ahead log in pages, as the last commit left it. */
guint          weft_database_get_wal_size (WeftDatabase             *self);
gboolean       weft_database_checkpoint   (WeftDatabase             *self,
                                           GError                  **error);
gboolean       weft_database_checkpoint_keep (WeftDatabase          *self,
                                           GError                  **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftDatabase, weft_database_close)

G_END_DECLS
