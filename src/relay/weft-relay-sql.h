/* weft-relay-sql.h - questions to whatever database the relay has
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What accounts are kept in is written once, in SQL that SQLite and PostgreSQL both understand: `?1` are the values (a
 * backend for PostgreSQL writes `$1`), types are TEXT and BIGINT, RETURNING and ON CONFLICT are used. A #WeftRelaySql is
 * good for one transaction on the store's thread and is sticky: after the first failure every query gives no rows, so that a
 * function over it is a straight line, and whoever began the transaction looks at the end whether it may be committed.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _WeftRelayRows WeftRelayRows;

typedef struct
{
  gboolean    is_text;
  const char *text;    /* nullable: NULL */
  gint64      number;
} WeftRelaySqlValue;

/* Runs @statement, a constant, and adds all rows by weft_relay_rows_add(). */
typedef gboolean (*WeftRelaySqlFunc) (gpointer                 backend,
                                      const char              *statement,
                                      const WeftRelaySqlValue *values,
                                      guint                    n_values,
                                      WeftRelayRows           *rows,
                                      GError                 **error);

typedef struct
{
  WeftRelaySqlFunc  func;
  gpointer          backend;
  GError           *error;   /* the first failure */
} WeftRelaySql;

#define WEFT_RELAY_SQL_MAX_VALUES 12

void           weft_relay_sql_init       (WeftRelaySql     *self,
                                          WeftRelaySqlFunc  func,
                                          gpointer          backend);
void           weft_relay_sql_clear      (WeftRelaySql     *self);
/* Asks. @types: a letter for each value: `s` const char * (nullable), `i` gint64. (transfer full) */
WeftRelayRows *weft_relay_sql_query      (WeftRelaySql     *self,
                                          const char       *statement,
                                          const char       *types,
                                          ...) G_GNUC_WARN_UNUSED_RESULT;
/* The same where the rows are of no interest. Returns: how many there were */
guint          weft_relay_sql_run        (WeftRelaySql     *self,
                                          const char       *statement,
                                          const char       *types,
                                          ...);

/* For backends. @text: (nullable): NULL */
void           weft_relay_rows_add       (WeftRelayRows    *self,
                                          const char       *text);
void           weft_relay_rows_end_row   (WeftRelayRows    *self);

guint          weft_relay_rows_get_n     (WeftRelayRows    *self);
/* %NULL where the database has NULL. */
const char    *weft_relay_rows_get_text  (WeftRelayRows    *self,
                                          guint             row,
                                          guint             column);
/* 0 where the database has NULL. */
gint64         weft_relay_rows_get_int64 (WeftRelayRows    *self,
                                          guint             row,
                                          guint             column);
void           weft_relay_rows_free      (WeftRelayRows    *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayRows, weft_relay_rows_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeftRelaySql, weft_relay_sql_clear)

G_END_DECLS
