/* weft-relay-salvage.c - what can still be read in a damaged relay.db
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The damaged file is opened here and not by weft-database.c, which refuses it: read-only, and for this alone.
 */

#include "config.h"

#include "relay/weft-relay-salvage.h"

#include <sqlite3.h>

#include "relay/weft-relay-sqlite.h"
#include "store/weft-store-error.h"

/* Beyond a broken place the next row is looked for in steps that double up to this. */
#define MAX_STEP (G_GINT64_CONSTANT (1) << 40)

typedef struct
{
  WeftDatabase *fresh;
  sqlite3      *damaged;
  char         *table;
  char         *columns;   /* "a, b, c" */
  guint         n_columns;
  gboolean      has_rowid;
  guint64       n_rows;
  GError       *error;     /* of writing: the end */
} Salvage;

/* @kept: takes what must live as long as the statement needs it */
static void
bind_column (WeftStatement *insert,
             int            at,
             sqlite3_stmt  *row,
             int            column,
             GPtrArray     *kept)
{
  GBytes *bytes;

  switch (sqlite3_column_type (row, column))
    {
    case SQLITE_INTEGER:
      weft_statement_bind_int64 (insert, at, sqlite3_column_int64 (row, column));
      break;
    case SQLITE_TEXT:
      weft_statement_bind_text (insert, at, (const char *) sqlite3_column_text (row, column));
      break;
    case SQLITE_BLOB:
      bytes = g_bytes_new (sqlite3_column_blob (row, column), (gsize) sqlite3_column_bytes (row, column));
      g_ptr_array_add (kept, bytes);
      weft_statement_bind_bytes (insert, at, bytes);
      break;
    default:
      break;
    }
}

/* A row that clashes with one that is there already, or breaks a rule, is left out. */
static void
write_row (Salvage      *self,
           sqlite3_stmt *row)
{
  g_autoptr(GString) sql = g_string_new (NULL);
  g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(WeftStatement) insert = NULL;

  g_string_printf (sql, "INSERT OR IGNORE INTO %s (%s) VALUES (", self->table, self->columns);
  for (guint i = 0; i < self->n_columns; i++)
    g_string_append_printf (sql, "%s?%u", i > 0 ? ", " : "", i + 1);
  g_string_append_c (sql, ')');

  insert = weft_database_prepare (self->fresh, sql->str);
  for (guint i = 0; i < self->n_columns; i++)
    bind_column (insert, (int) i + 1, row, (int) i + (self->has_rowid ? 1 : 0), kept);
  if (weft_statement_finish (insert, &self->error))
    self->n_rows++;
}

/* Reads rows from @from on, in the direction of @order, not beyond @until. Returns: the number of the last one;
 * *@whole: whether the end was reached */
static gint64
read_run (Salvage    *self,
          gint64      from,
          gint64      until,
          const char *order,
          gboolean   *whole)
{
  g_autofree char *sql =
    self->has_rowid
      ? g_strdup_printf ("SELECT rowid, %s FROM %s NOT INDEXED WHERE rowid BETWEEN %" G_GINT64_FORMAT " AND %"
                         G_GINT64_FORMAT " ORDER BY rowid %s", self->columns, self->table, MIN (from, until),
                         MAX (from, until), order)
      : g_strdup_printf ("SELECT %s FROM %s", self->columns, self->table);
  sqlite3_stmt *row = NULL;
  gint64 last = from;
  int code = sqlite3_prepare_v2 (self->damaged, sql, -1, &row, NULL);

  while (code == SQLITE_OK && self->error == NULL && (code = sqlite3_step (row)) == SQLITE_ROW)
    {
      write_row (self, row);
      if (self->has_rowid)
        last = sqlite3_column_int64 (row, 0);
      code = SQLITE_OK;
    }

  sqlite3_finalize (row);
  *whole = code == SQLITE_DONE;
  return last;
}

/* All rows of a table that can be reached. */
static void
read_table (Salvage *self)
{
  gint64 at = G_MININT64;
  gint64 step = 1;
  gboolean whole;

  at = read_run (self, at, G_MAXINT64, "ASC", &whole);
  if (at == G_MININT64)
    at = 0;

  while (!whole && self->has_rowid && self->error == NULL && step < MAX_STEP)
    {
      gint64 beyond = read_run (self, at + step, G_MAXINT64, "ASC", &whole);

      if (beyond == at + step && !whole)
        {
          step *= 2;
          continue;
        }

      /* What the step went over, from behind. */
      if (step > 1)
        {
          gboolean ignored;

          read_run (self, at + step, at + 1, "DESC", &ignored);
        }
      at = beyond;
      step = 1;
    }
}

/* The columns of the fresh table, which are those of the damaged one. */
static void
describe_table (Salvage    *self,
                const char *name,
                const char *sql)
{
  g_autofree char *pragma = g_strdup_printf ("SELECT name FROM pragma_table_info ('%s')", name);
  g_autoptr(WeftStatement) query = weft_database_prepare (self->fresh, pragma);
  GString *columns = g_string_new (NULL);

  self->n_columns = 0;
  while (weft_statement_step (query))
    {
      g_string_append_printf (columns, "%s%s", self->n_columns > 0 ? ", " : "", weft_statement_get_text (query, 0));
      self->n_columns++;
    }
  weft_statement_finish (query, NULL);

  g_free (self->table);
  g_free (self->columns);
  self->table = g_strdup (name);
  self->columns = g_string_free (columns, FALSE);
  self->has_rowid = g_strrstr (sql, "WITHOUT ROWID") == NULL;
}

static gboolean
read_tables (Salvage *self,
             GError **error)
{
  g_autoptr(WeftStatement) query =
    weft_database_prepare (self->fresh, "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
  g_autoptr(GPtrArray) tables = g_ptr_array_new_with_free_func (g_free);

  while (weft_statement_step (query))
    {
      g_ptr_array_add (tables, g_strdup (weft_statement_get_text (query, 0)));
      g_ptr_array_add (tables, g_strdup (weft_statement_get_text (query, 1)));
    }
  if (!weft_statement_finish (query, error))
    return FALSE;

  for (guint i = 0; i < tables->len && self->error == NULL; i += 2)
    {
      self->n_rows = 0;
      describe_table (self, tables->pdata[i], tables->pdata[i + 1]);
      read_table (self);
      g_message ("salvage: %" G_GUINT64_FORMAT " rows of %s", self->n_rows, self->table);
    }

  return self->error == NULL;
}

/* The names of rooms are in an index, too. Versions go on behind the last one that is left. */
static gboolean
complete_rooms (Salvage *self,
                GError **error)
{
  static const char *const from_index = "SELECT id, name FROM rooms INDEXED BY sqlite_autoindex_rooms_1 ORDER BY name";
  sqlite3_stmt *row = NULL;
  int code = sqlite3_prepare_v2 (self->damaged, from_index, -1, &row, NULL);

  while (code == SQLITE_OK && sqlite3_step (row) == SQLITE_ROW)
    {
      g_autoptr(WeftStatement) insert =
        weft_database_prepare (self->fresh, "INSERT OR IGNORE INTO rooms (id, name, version) VALUES (?, ?, 0)");

      weft_statement_bind_int64 (insert, 1, sqlite3_column_int64 (row, 0));
      weft_statement_bind_text (insert, 2, (const char *) sqlite3_column_text (row, 1));
      if (!weft_statement_finish (insert, error))
        {
          sqlite3_finalize (row);
          return FALSE;
        }
    }
  sqlite3_finalize (row);

  return weft_database_run (self->fresh,
                            "UPDATE rooms SET version = max (version,"
                            " (SELECT coalesce (max (version), 0) FROM updates WHERE room = rooms.id),"
                            " (SELECT coalesce (max (version), 0) FROM snapshots WHERE room = rooms.id))",
                            error) &&
         weft_database_run (self->fresh, WEFT_RELAY_SQLITE_GO_AHEAD, error);
}

gboolean
weft_relay_salvage (WeftDatabase *fresh,
                    const char   *damaged_path,
                    GError      **error)
{
  Salvage self = { .fresh = fresh };
  gboolean done = FALSE;

  if (sqlite3_open_v2 (damaged_path, &self.damaged, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
    {
      g_set_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_DAMAGED, "%s cannot be read at all: %s", damaged_path,
                   sqlite3_errmsg (self.damaged));
      sqlite3_close (self.damaged);
      return FALSE;
    }

  /* A row may be whose room is lost; without that, it would be lost too. */
  if (weft_database_run (fresh, "PRAGMA foreign_keys = OFF", error) && weft_database_begin (fresh, error))
    {
      done = read_tables (&self, error) && complete_rooms (&self, error) && weft_database_commit (fresh, error);
      if (!done)
        weft_database_rollback (fresh);
      weft_database_run (fresh, "PRAGMA foreign_keys = ON", NULL);
    }

  if (self.error != NULL)
    g_propagate_error (error, self.error);
  g_free (self.table);
  g_free (self.columns);
  sqlite3_close (self.damaged);
  return done;
}
