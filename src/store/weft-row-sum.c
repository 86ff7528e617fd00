/* weft-row-sum.c - the SQL function that checks rows which are no updates
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "store/weft-row-sum.h"

#include <glib.h>
#include <string.h>

/* What kind of value it is goes in, and how long, so that neighbours cannot trade bytes. */
static void
add_value (GChecksum     *sum,
           sqlite3_value *value)
{
  int type = sqlite3_value_type (value);
  guint8 kind = (guint8) type;

  g_checksum_update (sum, &kind, 1);
  if (type == SQLITE_INTEGER)
    {
      guint64 number = GUINT64_TO_LE ((guint64) sqlite3_value_int64 (value));

      g_checksum_update (sum, (const guint8 *) &number, sizeof number);
    }
  else if (type != SQLITE_NULL)
    {
      const guint8 *data = sqlite3_value_blob (value);
      guint64 size = GUINT64_TO_LE ((guint64) sqlite3_value_bytes (value));

      g_checksum_update (sum, (const guint8 *) &size, sizeof size);
      if (data != NULL)
        g_checksum_update (sum, data, sqlite3_value_bytes (value));
    }
}

static void
row_sum_cb (sqlite3_context *context,
            int              n_values,
            sqlite3_value  **values)
{
  g_autoptr(GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize n_digest = sizeof digest;
  guint64 number;

  for (int i = 0; i < n_values; i++)
    add_value (sum, values[i]);

  g_checksum_get_digest (sum, digest, &n_digest);
  memcpy (&number, digest, sizeof number);
  sqlite3_result_int64 (context, (sqlite3_int64) GUINT64_FROM_LE (number));
}

void
weft_row_sum_register (sqlite3 *db)
{
  sqlite3_create_function_v2 (db, "weft_sum", -1,
                              SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL,
                              row_sum_cb, NULL, NULL, NULL);
}
