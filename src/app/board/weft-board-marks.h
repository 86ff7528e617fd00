/* weft-board-marks.h - outlines of the elements that changed, in people's colours
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/board/weft-board-model.h"
#include "app/board/weft-viewport.h"
#include "notebook/weft-shown-page.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @marks: (element-type WeftShownMark): on top of the board. What was removed is dashed. */
void    weft_board_marks_snapshot (const GPtrArray    *marks,
                                   WeftBoardModel     *model,
                                   GtkSnapshot        *snapshot,
                                   const WeftViewport *viewport);

G_END_DECLS
