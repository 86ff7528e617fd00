/* weft-page-row.h - a page in the sidebar: icon, title, rename in place, drag and drop
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a row is asked to do (open, rename, move) it hands to the #WeftSidebar that it lives in,
 * through the actions `page.*`.
 */

#pragma once

#include <gtk/gtk.h>

#include "model/weft-notebook.h"
#include "model/weft-tree-row.h"

G_BEGIN_DECLS

#define WEFT_TYPE_PAGE_ROW (weft_page_row_get_type ())
G_DECLARE_FINAL_TYPE (WeftPageRow, weft_page_row, WEFT, PAGE_ROW, GtkWidget)

GtkWidget *weft_page_row_new           (void) G_GNUC_WARN_UNUSED_RESULT;
void       weft_page_row_bind          (WeftPageRow    *self,
                                        WeftTreeRow    *list_row);
void       weft_page_row_unbind        (WeftPageRow    *self);
WeftPage  *weft_page_row_get_page      (WeftPageRow    *self);
void       weft_page_row_start_editing (WeftPageRow    *self);

/* Nested pages get the same icon everywhere. */
const char *weft_page_kind_get_icon_name (WeftPageKind  kind);

G_END_DECLS
