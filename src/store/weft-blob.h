/* weft-blob.h - large values of a row, without a second copy of them in memory
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A statement that gets or gives a value has all of it in memory beside what the caller has. Large ones go piece by
 * piece: the row is inserted with weft_statement_bind_zeros() in the place of the value, which is written after that, in
 * the same transaction; and where one is read, the query asks for its length and the number of its row alone.
 */

#pragma once

#include "store/weft-database.h"

G_BEGIN_DECLS

/* From this many bytes on it is worth while. */
#define WEFT_BLOB_LARGE_BYTES (256 * 1024)

/* The number of the row that was inserted last. */
gint64   weft_blob_get_last_row (WeftDatabase *database);
/* Writes @data over the value of the same length. */
gboolean weft_blob_write        (WeftDatabase *database,
                                 const char   *table,
                                 const char   *column,
                                 gint64        row,
                                 GBytes       *data,
                                 GError      **error);
/* (transfer full): %NULL with @error set where it cannot be read */
GBytes  *weft_blob_read         (WeftDatabase *database,
                                 const char   *table,
                                 const char   *column,
                                 gint64        row,
                                 GError      **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
