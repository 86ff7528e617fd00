/* weft-board-export.h - a board as SVG or PNG
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/board/weft-board-scene.h"
#include "app/board/weft-element-renderer.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Everything, or an empty page for an empty board. @pictures: (nullable) */
GBytes *weft_board_export_svg (WeftBoardScene  *scene,
                               WeftPictureFunc  pictures,
                               gpointer         pictures_data,
                               GError         **error) G_GNUC_WARN_UNUSED_RESULT;
/* @scale: pixels for one board unit; less where the picture would be too large */
GBytes *weft_board_export_png (WeftBoardScene  *scene,
                               double           scale,
                               WeftPictureFunc  pictures,
                               gpointer         pictures_data,
                               GError         **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
