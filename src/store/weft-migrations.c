/* weft-migrations.c - the numbered steps of a schema
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `user_version` counts the steps that a file has taken. A step is never edited after a release: a
 * new one is added, and a database of the old version goes to tests/data.
 */

#include "config.h"

#include "store/weft-database-private.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "store/weft-salvage.h"

/* One table holds the log of every document. A row is checked by itself, wherever its bytes are
 * found: the checksum covers all its other columns. A snapshot is an update too: it has the number
 * of the last update that it replaces, and the kind 2. `history` keeps who wrote when, of the rows
 * that are gone. */
static const char *const notebook_migrations[] = {
  "CREATE TABLE updates ("
  "  seq INTEGER PRIMARY KEY,"
  "  doc TEXT NOT NULL,"
  "  kind INTEGER NOT NULL,"
  "  time INTEGER NOT NULL,"
  "  checksum BLOB NOT NULL,"
  "  data BLOB NOT NULL);"
  "CREATE INDEX updates_by_doc ON updates (doc, seq);"
  "CREATE TABLE history ("
  "  doc TEXT NOT NULL,"
  "  client INTEGER NOT NULL,"
  "  clock INTEGER NOT NULL,"
  "  length INTEGER NOT NULL,"
  "  kind INTEGER NOT NULL,"
  "  time INTEGER NOT NULL);"
  "CREATE INDEX history_by_doc ON history (doc, client, clock);"
  "CREATE TABLE sync_states ("
  "  doc TEXT NOT NULL,"
  "  relay TEXT NOT NULL,"
  "  acknowledged BLOB,"
  "  unsynced INTEGER NOT NULL,"
  "  time INTEGER NOT NULL,"
  "  PRIMARY KEY (relay, doc));"
  "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);"
  "CREATE TABLE journal (key TEXT PRIMARY KEY, value BLOB NOT NULL, time INTEGER NOT NULL);"
  "CREATE TABLE assets (sha256 TEXT PRIMARY KEY, doc TEXT NOT NULL, n_bytes INTEGER NOT NULL);",

  /* Every row is checked by itself, not the log's alone: see weft-row-sum.h. */
  "ALTER TABLE history ADD COLUMN checksum INTEGER;"
  "ALTER TABLE sync_states ADD COLUMN checksum INTEGER;"
  "ALTER TABLE settings ADD COLUMN checksum INTEGER;"
  "ALTER TABLE journal ADD COLUMN checksum INTEGER;"
  "ALTER TABLE assets ADD COLUMN checksum INTEGER;"
  "UPDATE history SET checksum = weft_sum ('history', doc, client, clock, length, kind, time);"
  "UPDATE sync_states SET checksum = weft_sum ('sync_states', doc, relay, acknowledged, unsynced, time);"
  "UPDATE settings SET checksum = weft_sum ('settings', name, value);"
  "UPDATE journal SET checksum = weft_sum ('journal', key, value, time);"
  "UPDATE assets SET checksum = weft_sum ('assets', sha256, doc, n_bytes);",

  /* What `history` is for writing, `deletions` is for deleting. `seen` is what a page was when it was
   * last looked at here. */
  "CREATE TABLE deletions ("
  "  doc TEXT NOT NULL,"
  "  client INTEGER NOT NULL,"
  "  clock INTEGER NOT NULL,"
  "  length INTEGER NOT NULL,"
  "  kind INTEGER NOT NULL,"
  "  time INTEGER NOT NULL,"
  "  checksum INTEGER NOT NULL);"
  "CREATE INDEX deletions_by_doc ON deletions (doc, client, clock);"
  "CREATE TABLE seen ("
  "  doc TEXT PRIMARY KEY,"
  "  snapshot BLOB NOT NULL,"
  "  time INTEGER NOT NULL,"
  "  checksum INTEGER NOT NULL);",
};

const WeftDatabaseSchema weft_notebook_schema = {
  .application_id = WEFT_DATABASE_NOTEBOOK_ID,
  .migrations = notebook_migrations,
  .n_migrations = G_N_ELEMENTS (notebook_migrations),
  .newest_table = "seen",
  .salvage = weft_salvage,
};

static gboolean
get_version (WeftDatabase *self,
             guint        *version,
             GError      **error)
{
  g_autoptr(WeftStatement) query = weft_database_prepare (self, "PRAGMA user_version");

  if (weft_statement_step (query))
    *version = (guint) weft_statement_get_int64 (query, 0);

  return weft_statement_finish (query, error);
}

/* A copy of the old version stays beside the file, once. */
static gboolean
keep_copy (WeftDatabase *self,
           guint         version,
           GError      **error)
{
  g_autofree char *path = g_strdup_printf ("%s.version-%u", weft_database_get_path (self), version);
  g_autoptr(WeftStatement) copy = NULL;

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;

  copy = weft_database_prepare (self, "VACUUM INTO ?1");
  weft_statement_bind_text (copy, 1, path);
  return weft_statement_finish (copy, error);
}

static gboolean
take_step (WeftDatabase             *self,
           const WeftDatabaseSchema *schema,
           guint                     version,
           GError                  **error)
{
  g_autofree char *stamp = g_strdup_printf ("PRAGMA application_id = %u; PRAGMA user_version = %u;",
                                            schema->application_id, version + 1);

  if (!weft_database_begin (self, error))
    return FALSE;

  if (!weft_database_run (self, schema->migrations[version], error)
      || !weft_database_run (self, stamp, error))
    {
      weft_database_rollback (self);
      return FALSE;
    }

  return weft_database_commit (self, error);
}

gboolean
weft_migrations_run (WeftDatabase             *self,
                     const WeftDatabaseSchema *schema,
                     GError                  **error)
{
  guint version = 0;

  if (!get_version (self, &version, error))
    return FALSE;

  /* Only possible before there are tables. */
  if (version == 0 && !weft_database_run (self, "PRAGMA auto_vacuum = INCREMENTAL", error))
    return FALSE;

  if (version > 0 && version < schema->n_migrations && !keep_copy (self, version, error))
    return FALSE;

  for (; version < schema->n_migrations; version++)
    if (!take_step (self, schema, version, error))
      {
        /* Translators: before a sentence that says why; %u is the version of the file format */
        g_prefix_error (error, _ ("The file cannot be brought to version %u: "), version + 1);
        return FALSE;
      }

  return TRUE;
}
