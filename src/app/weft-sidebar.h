/* weft-sidebar.h - the page tree, the search through it, and the trash
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Signals
 *   "open-page" (WeftPage, gboolean to_front): somebody chose a page; @to_front also at phone width
 *   "export-page" (WeftPage, gboolean as_picture)
 *   "import" (GListModel of GFile, WeftPage or %NULL): files were dropped on a page
 * Actions: `page.*`, on the page that has the menu or the selection.
 */

#pragma once

#include <adwaita.h>

#include "model/weft-notebook.h"

G_BEGIN_DECLS

#define WEFT_TYPE_SIDEBAR (weft_sidebar_get_type ())
G_DECLARE_FINAL_TYPE (WeftSidebar, weft_sidebar, WEFT, SIDEBAR, AdwBin)

void     weft_sidebar_set_notebook (WeftSidebar  *self,
                                    WeftNotebook *notebook);
void     weft_sidebar_set_page     (WeftSidebar  *self,
                                    WeftPage     *page);
void     weft_sidebar_expand_page  (WeftSidebar  *self,
                                    WeftPage     *page);
void     weft_sidebar_rename_page  (WeftSidebar  *self,
                                    WeftPage     *page);
void     weft_sidebar_focus_pages  (WeftSidebar  *self);
void     weft_sidebar_focus_search (WeftSidebar  *self);

/* For the rows */
void     weft_sidebar_show_menu    (WeftSidebar  *self,
                                    GtkWidget    *row,
                                    double        x,
                                    double        y);
gboolean weft_sidebar_can_move     (WeftSidebar  *self,
                                    WeftPage     *page,
                                    WeftPage     *parent);
void     weft_sidebar_move_page    (WeftSidebar  *self,
                                    WeftPage     *page,
                                    WeftPage     *parent,
                                    WeftPage     *sibling,
                                    gboolean      before);
void     weft_sidebar_import       (WeftSidebar  *self,
                                    GdkFileList  *files,
                                    WeftPage     *parent);

G_END_DECLS
