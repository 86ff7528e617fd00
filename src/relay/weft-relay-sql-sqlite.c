/* weft-relay-sql-sqlite.c - questions to a SQLite file
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-sql-sqlite.h"

gboolean
weft_relay_sql_sqlite_query (gpointer                 database,
                             const char              *statement,
                             const WeftRelaySqlValue *values,
                             guint                    n_values,
                             WeftRelayRows           *rows,
                             GError                 **error)
{
  WeftStatement *query = weft_database_get (database, statement);

  for (guint i = 0; i < n_values; i++)
    {
      if (values[i].is_text)
        weft_statement_bind_text (query, (int) i + 1, values[i].text);
      else
        weft_statement_bind_int64 (query, (int) i + 1, values[i].number);
    }

  while (weft_statement_step (query))
    {
      for (int column = 0; column < weft_statement_get_n_columns (query); column++)
        weft_relay_rows_add (rows, weft_statement_is_null (query, column) ? NULL
                                                                          : weft_statement_get_text (query, column));
      weft_relay_rows_end_row (rows);
    }

  return weft_statement_finish (query, error);
}
