/* weft-board-style.h - how new elements look, and the properties that are written for them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "notebook/weft-element.h"

G_BEGIN_DECLS

typedef struct
{
  WeftColor       stroke;
  WeftColor       background;
  WeftColor       paper; /* of sticky notes */
  double          stroke_width;
  double          pen_width;
  WeftStrokeStyle stroke_style;
  WeftFillStyle   fill_style;
  double          roughness;
  double          opacity; /* 0 to 1 */
  double          font_size;
  gboolean        round;
} WeftBoardStyle;

#define WEFT_BOARD_STYLE_INIT                                                                      \
  ((WeftBoardStyle) {                                                                              \
    .stroke = 0x1e1e1eff,                                                                          \
    .background = 0,                                                                               \
    .paper = 0xffec99ff,                                                                           \
    .stroke_width = 2,                                                                             \
    .pen_width = 4,                                                                                \
    .fill_style = WEFT_FILL_SOLID,                                                                 \
    .opacity = 1,                                                                                  \
    .font_size = 20,                                                                               \
    .round = TRUE,                                                                                 \
  })

/* An object with `type` and everything of @style that a @kind has. (transfer full) */
WeftAny    *weft_board_style_to_any         (const WeftBoardStyle *self,
                                             WeftElementKind       kind) G_GNUC_WARN_UNUSED_RESULT;
/* Adds x, y, width, height, and the points of a line. Rounded to hundredths, so that documents stay small. */
void        weft_board_add_geometry         (WeftAny              *properties,
                                             const WeftElement    *element);
void        weft_board_add_box              (WeftAny              *properties,
                                             const WeftBox        *box);
void        weft_board_add_number           (WeftAny              *properties,
                                             const char           *key,
                                             double                value);
void        weft_board_add_string           (WeftAny              *properties,
                                             const char           *key,
                                             const char           *value);
void        weft_board_add_color            (WeftAny              *properties,
                                             const char           *key,
                                             WeftColor             color);

const char *weft_fill_style_to_string       (WeftFillStyle         style);
const char *weft_stroke_style_to_string     (WeftStrokeStyle       style);
const char *weft_element_kind_to_string     (WeftElementKind       kind);

G_END_DECLS
