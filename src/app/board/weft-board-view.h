/* weft-board-view.h - a board that is open
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gtk/gtk.h>

#include "model/weft-document.h"

G_BEGIN_DECLS

#define WEFT_TYPE_BOARD_VIEW (weft_board_view_get_type ())
G_DECLARE_FINAL_TYPE (WeftBoardView, weft_board_view, WEFT, BOARD_VIEW, GtkWidget)

GtkWidget *weft_board_view_new          (void);
void       weft_board_view_set_document (WeftBoardView *self,
                                         WeftDocument *document);
/* Selects the element and shows its place. */
void       weft_board_view_show_element (WeftBoardView *self,
                                         const char    *id);

/* Shows its place, and selects nothing. */
void       weft_board_view_reveal_element (WeftBoardView *self,
                                           const char    *id);
/* Outlines of what changed. @marks: (nullable) (element-type WeftShownMark) */
void       weft_board_view_set_marks    (WeftBoardView   *self,
                                         const GPtrArray *marks);

gboolean   weft_board_view_export_svg   (WeftBoardView  *self,
                                         GFile          *file,
                                         GError        **error);

G_END_DECLS
