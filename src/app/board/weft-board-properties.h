/* weft-board-properties.h - colours, widths and the rest, of the selection or of what is drawn next
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/board/weft-canvas.h"

G_BEGIN_DECLS

#define WEFT_TYPE_BOARD_PROPERTIES (weft_board_properties_get_type ())
G_DECLARE_FINAL_TYPE (WeftBoardProperties, weft_board_properties, WEFT, BOARD_PROPERTIES, GtkWidget)

GtkWidget *weft_board_properties_new (WeftCanvas *canvas);

G_END_DECLS
