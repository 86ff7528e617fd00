/* weft-page-table.h - the pages of a tree by their ids
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A hash table that holds nothing but pointers to things that begin with their #WeftPageId. Only grows.
 */

#pragma once

#include "notebook/weft-page-id.h"

G_BEGIN_DECLS

typedef struct _WeftPageTable WeftPageTable;

WeftPageTable *weft_page_table_new    (void) G_GNUC_WARN_UNUSED_RESULT;
void           weft_page_table_free   (WeftPageTable    *self);
guint          weft_page_table_get_size (WeftPageTable  *self);
/* (nullable) */
gpointer       weft_page_table_lookup (WeftPageTable    *self,
                                       const WeftPageId *id);
/* @page begins with an id that is not there yet. */
void           weft_page_table_add    (WeftPageTable    *self,
                                       gpointer          page);
/* All of them, in no order: begin with @at 0. (nullable): %NULL at the end */
gpointer       weft_page_table_next   (WeftPageTable    *self,
                                       guint            *at);

G_END_DECLS
