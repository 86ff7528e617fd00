/* weft-blob.c - large values of a row, without a second copy of them in memory
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "store/weft-blob.h"

#include "store/weft-database-private.h"
#include "store/weft-statement-private.h"

/* As much goes to SQLite, or comes from there, at once. */
#define PIECE_BYTES (256 * 1024)

/* The value, or %NULL with @error set; @size: what it must have, or -1 */
static sqlite3_blob *
open_blob (WeftDatabase *database,
           const char   *table,
           const char   *column,
           gint64        row,
           gboolean      writable,
           gint64        size,
           GError      **error)
{
  sqlite3 *db = weft_database_get_handle (database);
  sqlite3_blob *blob = NULL;
  int rc = sqlite3_blob_open (db, "main", table, column, row, writable, &blob);

  if (rc != SQLITE_OK)
    {
      weft_sqlite_set_error (error, db, rc);
      return NULL;
    }
  if (size >= 0 && sqlite3_blob_bytes (blob) != size)
    {
      g_set_error_literal (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED, "the place of a value is of another size");
      sqlite3_blob_close (blob);
      return NULL;
    }

  return blob;
}

static gboolean
close_blob (WeftDatabase *database,
            sqlite3_blob *blob,
            int           rc,
            GError      **error)
{
  int closed;

  if (rc != SQLITE_OK)
    weft_sqlite_set_error (error, weft_database_get_handle (database), rc);
  closed = sqlite3_blob_close (blob);
  if (rc == SQLITE_OK && closed != SQLITE_OK)
    weft_sqlite_set_error (error, weft_database_get_handle (database), closed);

  return rc == SQLITE_OK && closed == SQLITE_OK;
}

gint64
weft_blob_get_last_row (WeftDatabase *database)
{
  return sqlite3_last_insert_rowid (weft_database_get_handle (database));
}

gboolean
weft_blob_write (WeftDatabase *database,
                 const char   *table,
                 const char   *column,
                 gint64        row,
                 GBytes       *data,
                 GError      **error)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (data, &size);
  sqlite3_blob *blob = open_blob (database, table, column, row, TRUE, (gint64) size, error);
  int rc = SQLITE_OK;

  if (blob == NULL)
    return FALSE;

  for (gsize at = 0; at < size && rc == SQLITE_OK; at += PIECE_BYTES)
    rc = sqlite3_blob_write (blob, bytes + at, (int) MIN (PIECE_BYTES, size - at), (int) at);

  return close_blob (database, blob, rc, error);
}

GBytes *
weft_blob_read (WeftDatabase *database,
                const char   *table,
                const char   *column,
                gint64        row,
                GError      **error)
{
  sqlite3_blob *blob = open_blob (database, table, column, row, FALSE, -1, error);
  g_autofree guint8 *bytes = NULL;
  int rc = SQLITE_OK;
  gsize size;

  if (blob == NULL)
    return NULL;

  size = (gsize) sqlite3_blob_bytes (blob);
  bytes = g_malloc (size);
  for (gsize at = 0; at < size && rc == SQLITE_OK; at += PIECE_BYTES)
    rc = sqlite3_blob_read (blob, bytes + at, (int) MIN (PIECE_BYTES, size - at), (int) at);

  if (!close_blob (database, blob, rc, error))
    return NULL;

  return g_bytes_new_take (g_steal_pointer (&bytes), size);
}
