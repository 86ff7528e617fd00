/* weft-selection-handles.h - the frame around what is selected, and the handles on it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/board/weft-canvas.h"

G_BEGIN_DECLS

/* Handles are numbered by rows and columns: 0 to 8 without 4, the middle. */
#define WEFT_HANDLE_NONE (-1)

int         weft_selection_find_handle       (WeftCanvas    *canvas,
                                              WeftPoint      view);
const char *weft_selection_get_handle_cursor (int            handle);
int         weft_selection_find_end          (WeftCanvas    *canvas,
                                              WeftPoint      view);
gboolean    weft_selection_is_on_turn_handle (WeftCanvas    *canvas,
                                              WeftPoint      view);
void        weft_selection_append_frame      (GtkSnapshot   *snapshot,
                                              const WeftBox *frame,
                                              const GdkRGBA *color,
                                              float          width);
void        weft_selection_draw              (WeftCanvas    *canvas,
                                              GtkSnapshot   *snapshot,
                                              const GdkRGBA *accent);

G_END_DECLS
