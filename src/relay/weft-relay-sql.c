/* weft-relay-sql.c - questions to whatever database the relay has
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-sql.h"

#include <stdarg.h>
#include <string.h>

struct _WeftRelayRows
{
  GPtrArray *cells;     /* of char *, nullable, row by row */
  guint      n_columns; /* known after the first row */
  guint      n_rows;
};

void
weft_relay_sql_init (WeftRelaySql     *self,
                     WeftRelaySqlFunc  func,
                     gpointer          backend)
{
  self->func = func;
  self->backend = backend;
  self->error = NULL;
}

void
weft_relay_sql_clear (WeftRelaySql *self)
{
  g_clear_error (&self->error);
}

static WeftRelayRows *
query_va (WeftRelaySql *self,
          const char   *statement,
          const char   *types,
          va_list       arguments)
{
  WeftRelayRows *rows = g_new0 (WeftRelayRows, 1);
  WeftRelaySqlValue values[WEFT_RELAY_SQL_MAX_VALUES];
  guint n_values = (guint) strlen (types);

  g_assert (n_values <= WEFT_RELAY_SQL_MAX_VALUES);

  rows->cells = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < n_values; i++)
    {
      values[i] = (WeftRelaySqlValue) { .is_text = types[i] == 's' };
      if (values[i].is_text)
        values[i].text = va_arg (arguments, const char *);
      else
        values[i].number = va_arg (arguments, gint64);
    }

  if (self->error == NULL && !self->func (self->backend, statement, values, n_values, rows, &self->error))
    {
      g_ptr_array_set_size (rows->cells, 0);
      rows->n_rows = 0;
    }

  return rows;
}

WeftRelayRows *
weft_relay_sql_query (WeftRelaySql *self,
                      const char   *statement,
                      const char   *types,
                      ...)
{
  WeftRelayRows *rows;
  va_list arguments;

  va_start (arguments, types);
  rows = query_va (self, statement, types, arguments);
  va_end (arguments);
  return rows;
}

guint
weft_relay_sql_run (WeftRelaySql *self,
                    const char   *statement,
                    const char   *types,
                    ...)
{
  g_autoptr(WeftRelayRows) rows = NULL;
  va_list arguments;

  va_start (arguments, types);
  rows = query_va (self, statement, types, arguments);
  va_end (arguments);
  return rows->n_rows;
}

void
weft_relay_rows_add (WeftRelayRows *self,
                     const char    *text)
{
  g_ptr_array_add (self->cells, g_strdup (text));
}

void
weft_relay_rows_end_row (WeftRelayRows *self)
{
  if (self->n_rows++ == 0)
    self->n_columns = self->cells->len;

  g_assert (self->cells->len == self->n_rows * self->n_columns);
}

guint
weft_relay_rows_get_n (WeftRelayRows *self)
{
  return self->n_rows;
}

const char *
weft_relay_rows_get_text (WeftRelayRows *self,
                          guint          row,
                          guint          column)
{
  g_return_val_if_fail (row < self->n_rows && column < self->n_columns, NULL);

  return self->cells->pdata[row * self->n_columns + column];
}

gint64
weft_relay_rows_get_int64 (WeftRelayRows *self,
                           guint          row,
                           guint          column)
{
  const char *text = weft_relay_rows_get_text (self, row, column);

  return text != NULL ? g_ascii_strtoll (text, NULL, 10) : 0;
}

void
weft_relay_rows_free (WeftRelayRows *self)
{
  g_ptr_array_unref (self->cells);
  g_free (self);
}
