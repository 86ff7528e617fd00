/* weft-statement.c - a prepared SQL statement
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "store/weft-statement-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>

#include "weft-debug.h"

struct _WeftStatement
{
  sqlite3 *db;
  sqlite3_stmt *stmt;

  /* The first failure since the last finish. */
  GError *error;

  /* The last step since the last finish went past the last row. */
  gboolean done;
};

G_DEFINE_QUARK (weft - store - error - quark, weft_store_error)

static WeftStoreError
error_code_for (sqlite3 *db,
                int      rc)
{
  int system_errno;

  switch (rc & 0xff)
    {
    case SQLITE_FULL:
      return WEFT_STORE_ERROR_FULL;

    case SQLITE_IOERR:
      /* A quota answers with these instead of ENOSPC. SQLite forgets the number on some ways out, so
       * errno was cleared before the call. */
      system_errno = db != NULL ? sqlite3_system_errno (db) : 0;
      switch (system_errno != 0 ? system_errno : errno)
        {
        case ENOSPC:
        case EFBIG:
        case EDQUOT:
          return WEFT_STORE_ERROR_FULL;

        case EROFS:
          return WEFT_STORE_ERROR_READ_ONLY;

        default:
          return WEFT_STORE_ERROR_FAILED;
        }

    case SQLITE_READONLY:
    case SQLITE_PERM:
      return WEFT_STORE_ERROR_READ_ONLY;

    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return WEFT_STORE_ERROR_DAMAGED;

    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return WEFT_STORE_ERROR_IN_USE;

    default:
      return WEFT_STORE_ERROR_FAILED;
    }
}

static const char *
describe (WeftStoreError code,
          const char    *fallback)
{
  switch (code)
    {
    case WEFT_STORE_ERROR_FULL:
      return _ ("The disk is full");

    case WEFT_STORE_ERROR_READ_ONLY:
      return _ ("The file cannot be written");

    case WEFT_STORE_ERROR_DAMAGED:
      return _ ("The file is damaged");

    case WEFT_STORE_ERROR_IN_USE:
      return _ ("The file is in use by another program");

    case WEFT_STORE_ERROR_FAILED:
    case WEFT_STORE_ERROR_NEWER:
    case WEFT_STORE_ERROR_FOREIGN:
    case WEFT_STORE_ERROR_CLOSED:
    default:
      return fallback;
    }
}

void
weft_sqlite_set_error (GError **error,
                       sqlite3 *db,
                       int      rc)
{
  WeftStoreError code = error_code_for (db, rc);
  const char *message = db != NULL ? sqlite3_errmsg (db) : sqlite3_errstr (rc);

  g_debug ("SQLite: %s (%d)", message, rc);
  g_set_error_literal (error, WEFT_STORE_ERROR, code, describe (code, message));
}

static gboolean
check (WeftStatement *self,
       int            rc)
{
  if (rc == SQLITE_OK)
    return TRUE;

  weft_sqlite_set_error (&self->error, self->db, rc);
  return FALSE;
}

static gboolean
is_usable (WeftStatement *self)
{
  return self->stmt != NULL && self->error == NULL;
}

WeftStatement *
weft_statement_new (sqlite3    *db,
                    const char *sql,
                    gboolean    persistent)
{
  WeftStatement *self = g_new0 (WeftStatement, 1);

  self->db = db;
  check (self, sqlite3_prepare_v3 (db, sql, -1, persistent ? SQLITE_PREPARE_PERSISTENT : 0,
                                   &self->stmt, NULL));

  return self;
}

/**
 * weft_statement_free:
 * @self: a statement from weft_database_prepare()
 */
void
weft_statement_free (WeftStatement *self)
{
  sqlite3_finalize (self->stmt);
  g_clear_error (&self->error);
  g_free (self);
}

/**
 * weft_statement_bind_int64:
 * @self: a statement
 * @parameter: which one, from 1
 * @value: the value
 */
void
weft_statement_bind_int64 (WeftStatement *self,
                           int            parameter,
                           gint64         value)
{
  if (is_usable (self))
    check (self, sqlite3_bind_int64 (self->stmt, parameter, value));
}

/**
 * weft_statement_bind_text:
 * @self: a statement
 * @parameter: which one, from 1
 * @utf8: (nullable): the value, copied
 */
void
weft_statement_bind_text (WeftStatement *self,
                          int            parameter,
                          const char    *utf8)
{
  if (is_usable (self))
    check (self, sqlite3_bind_text (self->stmt, parameter, utf8, -1, SQLITE_TRANSIENT));
}

/**
 * weft_statement_bind_bytes:
 * @self: a statement
 * @parameter: which one, from 1
 * @bytes: (nullable): the value; it must live until weft_statement_finish()
 */
void
weft_statement_bind_bytes (WeftStatement *self,
                           int            parameter,
                           GBytes        *bytes)
{
  gsize size;
  gconstpointer data;

  if (!is_usable (self))
    return;

  if (bytes == NULL)
    {
      check (self, sqlite3_bind_null (self->stmt, parameter));
      return;
    }

  /* An empty value has no address, which SQLite would take for NULL. */
  data = g_bytes_get_data (bytes, &size);
  check (self,
         sqlite3_bind_blob64 (self->stmt, parameter, size > 0 ? data : "", size, SQLITE_STATIC));
}

/**
 * weft_statement_bind_zeros:
 * @self: a statement
 * @parameter: which one, from 1
 * @size: how many bytes
 *
 * A value of zeros takes no memory, where it is the last of its row.
 */
void
weft_statement_bind_zeros (WeftStatement *self,
                           int            parameter,
                           gsize          size)
{
  if (is_usable (self))
    check (self, sqlite3_bind_zeroblob64 (self->stmt, parameter, size));
}

/**
 * weft_statement_step:
 * @self: a statement
 *
 * Returns: whether there is a row to read
 */
gboolean
weft_statement_step (WeftStatement *self)
{
  int rc;

  if (!is_usable (self) || self->done)
    return FALSE;

  errno = 0;
  rc = sqlite3_step (self->stmt);
  if (rc == SQLITE_ROW)
    return TRUE;

  /* SQLite would begin again from here, and run an INSERT a second time. */
  self->done = TRUE;
  if (rc != SQLITE_DONE)
    check (self, rc);

  return FALSE;
}

/**
 * weft_statement_get_int64:
 * @self: a statement that stands on a row
 * @column: which one, from 0
 *
 * Returns: the value; 0 where it is no number
 */
gint64
weft_statement_get_int64 (WeftStatement *self,
                          int            column)
{
  return is_usable (self) ? sqlite3_column_int64 (self->stmt, column) : 0;
}

/**
 * weft_statement_get_text:
 * @self: a statement that stands on a row
 * @column: which one, from 0
 *
 * Returns: (transfer none): the value until the next step; "" where there is none
 */
const char *
weft_statement_get_text (WeftStatement *self,
                         int            column)
{
  const unsigned char *text = NULL;

  if (is_usable (self))
    text = sqlite3_column_text (self->stmt, column);

  return text != NULL ? (const char *) text : "";
}

/**
 * weft_statement_get_n_columns:
 * @self: a statement
 *
 * Returns: how many columns a row has
 */
int
weft_statement_get_n_columns (WeftStatement *self)
{
  return is_usable (self) ? sqlite3_column_count (self->stmt) : 0;
}

/**
 * weft_statement_is_null:
 * @self: a statement that stands on a row
 * @column: which one, from 0
 *
 * Returns: whether there is no value
 */
gboolean
weft_statement_is_null (WeftStatement *self,
                        int            column)
{
  return !is_usable (self) || sqlite3_column_type (self->stmt, column) == SQLITE_NULL;
}

/**
 * weft_statement_dup_bytes:
 * @self: a statement that stands on a row
 * @column: which one, from 0
 *
 * Returns: (transfer full): a copy of the value; empty where there is none
 */
GBytes *
weft_statement_dup_bytes (WeftStatement *self,
                          int            column)
{
  gconstpointer data;

  if (!is_usable (self))
    return g_bytes_new (NULL, 0);

  data = sqlite3_column_blob (self->stmt, column);
  return g_bytes_new (data, data != NULL ? sqlite3_column_bytes (self->stmt, column) : 0);
}

/**
 * weft_statement_finish:
 * @self: a statement
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Runs what is left of the statement and makes it ready for its next use.
 *
 * Returns: whether nothing failed since the last time
 */
gboolean
weft_statement_finish (WeftStatement *self,
                       GError       **error)
{
  while (weft_statement_step (self))
    ;

  if (weft_debug_has (WEFT_DEBUG_SQL) && self->stmt != NULL)
    {
      char *sql = sqlite3_expanded_sql (self->stmt);

      g_message ("%.300s%s%s", sql != NULL ? sql : sqlite3_sql (self->stmt),
                 self->error != NULL ? ": " : "", self->error != NULL ? self->error->message : "");
      sqlite3_free (sql);
    }

  if (self->stmt != NULL)
    {
      sqlite3_reset (self->stmt);
      sqlite3_clear_bindings (self->stmt);
    }
  self->done = FALSE;

  if (self->error != NULL)
    {
      GError *failure = g_steal_pointer (&self->error);

      /* What never compiled stays failed. */
      if (self->stmt == NULL)
        self->error = g_error_copy (failure);

      g_propagate_error (error, failure);
      return FALSE;
    }

  return TRUE;
}
