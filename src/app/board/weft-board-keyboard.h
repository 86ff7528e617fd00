/* weft-board-keyboard.h - drawing without a pointer
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/board/weft-canvas.h"

G_BEGIN_DECLS

/* What a click with the tool in the middle of the view does. Returns: whether the tool draws something with a click */
gboolean weft_board_put_down      (WeftCanvas *canvas);
/* A shape like the one that is selected, farther in this direction, with an arrow that leads to it. It is selected. */
void     weft_board_add_connected (WeftCanvas *canvas,
                                   int         dx,
                                   int         dy);
/* Selects what comes next in this direction: where an arrow leads, else what is near. */
void     weft_board_walk          (WeftCanvas *canvas,
                                   int         dx,
                                   int         dy);

G_END_DECLS
