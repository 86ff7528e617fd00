/* weft-statement.h - a prepared SQL statement
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The only place that binds and steps. Sticky: after the first failure every call does nothing, and
 * weft_statement_finish() tells what it was; so a query is a straight line with one check at its end.
 *
 * |[
 * g_autoptr(WeftStatement) query = weft_database_prepare (database, LIST_DOCS);
 *
 * weft_statement_bind_text (query, 1, name);
 * while (weft_statement_step (query))
 *   use (weft_statement_get_text (query, 0));
 * return weft_statement_finish (query, error);
 * ]|
 */

#pragma once

#include <glib.h>

#include "store/weft-store-error.h"

G_BEGIN_DECLS

typedef struct _WeftStatement WeftStatement;

void        weft_statement_free         (WeftStatement  *self);
/* Parameters count from 1, columns from 0. */
void        weft_statement_bind_int64   (WeftStatement  *self,
                                         int             parameter,
                                         gint64          value);
/* @utf8: (nullable): %NULL binds NULL */
void        weft_statement_bind_text    (WeftStatement  *self,
                                         int             parameter,
                                         const char     *utf8);
/* @bytes: (nullable): must outlive the next reset */
void        weft_statement_bind_bytes   (WeftStatement  *self,
                                         int             parameter,
                                         GBytes         *bytes);
/* A value of @size bytes that is written later, see weft-blob.h */
void        weft_statement_bind_zeros   (WeftStatement  *self,
                                         int             parameter,
                                         gsize           size);
/* Whether there is a row. */
gboolean    weft_statement_step         (WeftStatement  *self);
/* How many columns a row has. */
int         weft_statement_get_n_columns (WeftStatement *self);
gint64      weft_statement_get_int64    (WeftStatement  *self,
                                         int             column);
/* Borrowed until the next step; "" for NULL. */
const char *weft_statement_get_text     (WeftStatement  *self,
                                         int             column);
gboolean    weft_statement_is_null      (WeftStatement  *self,
                                         int             column);
/* (transfer full): a copy; empty for NULL */
GBytes     *weft_statement_dup_bytes    (WeftStatement  *self,
                                         int             column);
/* Steps to the end, resets, and forgets the bindings, for the next use. Returns: whether nothing failed since the last one */
gboolean    weft_statement_finish       (WeftStatement  *self,
                                         GError        **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftStatement, weft_statement_free)

G_END_DECLS
