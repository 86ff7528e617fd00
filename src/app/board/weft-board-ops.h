/* weft-board-ops.h - what one can do to the selection; each is one transaction and one step of undo
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/board/weft-canvas.h"

G_BEGIN_DECLS

void weft_board_delete_selected    (WeftCanvas  *canvas);
/* The copies are selected. */
void weft_board_duplicate_selected (WeftCanvas  *canvas,
                                    double       dx,
                                    double       dy);
void weft_board_nudge_selected     (WeftCanvas  *canvas,
                                    double       dx,
                                    double       dy);
void weft_board_group_selected     (WeftCanvas  *canvas);
void weft_board_ungroup_selected   (WeftCanvas  *canvas);
/* Among all: to the very front or back, or past the next one that it overlaps. */
void weft_board_restack_selected   (WeftCanvas  *canvas,
                                    gboolean     up,
                                    gboolean     all_the_way);
/* Writes @properties (transfer full) to every selected element to which @accepts says yes (%NULL: all). */
void weft_board_style_selected     (WeftCanvas  *canvas,
                                    WeftAny     *properties,
                                    gboolean   (*accepts) (const WeftElement *element));
/* Writes the places of @elements (as they shall be), and of connectors that hold on to them. */
void weft_board_place_elements     (WeftCanvas  *canvas,
                                    GPtrArray   *elements);

/* Clipboard: the JSON of Excalidraw's clipboard, with our ids and properties inside, and plain text. */
char *weft_board_copy_to_json      (WeftCanvas  *canvas) G_GNUC_WARN_UNUSED_RESULT;
/* Returns: whether @text was such JSON. @at: where the middle goes */
gboolean weft_board_paste_json     (WeftCanvas  *canvas,
                                    const char  *text,
                                    WeftPoint    at);
void     weft_board_paste_text     (WeftCanvas  *canvas,
                                    const char  *text,
                                    WeftPoint    at);

G_END_DECLS
