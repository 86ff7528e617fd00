/* weft-canvas.h - the surface of a board: tiles below, what moves above, and the tool in hand
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Properties: "tool" (WeftToolKind as int), "tool-locked", "zoom", "show-grid" (all notify)
 * Signals: "selection-changed", "style-changed", "board-changed" (elements came, went or changed)
 *
 * Actions named `board.*` are those of #WeftBoardView; keys are bound here, so that single letters
 * count only while the canvas has the focus.
 */

#pragma once

#include "app/board/weft-board-model.h"
#include "app/board/weft-board-style.h"
#include "app/board/weft-element-renderer.h"
#include "app/board/weft-viewport.h"

#include <adwaita.h>

G_BEGIN_DECLS

typedef enum
{
  WEFT_TOOL_SELECT,
  WEFT_TOOL_HAND,
  WEFT_TOOL_PEN,
  WEFT_TOOL_RECTANGLE,
  WEFT_TOOL_ELLIPSE,
  WEFT_TOOL_DIAMOND,
  WEFT_TOOL_LINE,
  WEFT_TOOL_ARROW,
  WEFT_TOOL_TEXT,
  WEFT_TOOL_NOTE,
  WEFT_TOOL_ERASER,
  WEFT_N_TOOLS,
} WeftToolKind;

#define WEFT_TYPE_CANVAS (weft_canvas_get_type ())
G_DECLARE_FINAL_TYPE (WeftCanvas, weft_canvas, WEFT, CANVAS, GtkWidget)

GtkWidget          *weft_canvas_new              (void);
void                weft_canvas_set_document     (WeftCanvas        *self,
                                                  WeftDocument      *document);
WeftDocument       *weft_canvas_get_document     (WeftCanvas        *self);
WeftBoardModel     *weft_canvas_get_model        (WeftCanvas        *self); /* nullable */
gboolean            weft_canvas_get_editable     (WeftCanvas        *self);
gboolean            weft_canvas_get_dark         (WeftCanvas        *self);

/* What is seen */
const WeftViewport *weft_canvas_get_viewport     (WeftCanvas        *self);
void                weft_canvas_pan              (WeftCanvas        *self,
                                                  double             dx,
                                                  double             dy);
void                weft_canvas_zoom_at          (WeftCanvas        *self,
                                                  double             view_x,
                                                  double             view_y,
                                                  double             zoom);
/* About the middle of the view. */
void                weft_canvas_zoom_to          (WeftCanvas        *self,
                                                  double             zoom);
void                weft_canvas_zoom_fit         (WeftCanvas        *self,
                                                  const WeftBox     *box);
/* Where the pointer is, else the middle of the view. */
WeftPoint           weft_canvas_get_place        (WeftCanvas        *self);
/* Board units that @view_units take now. */
double              weft_canvas_to_board_length  (WeftCanvas        *self,
                                                  double             view_units);

/* Selection */
guint               weft_canvas_get_n_selected   (WeftCanvas        *self);
gboolean            weft_canvas_is_selected      (WeftCanvas        *self,
                                                  const char        *id);
/* (transfer full) (element-type WeftElement): in the order of drawing */
GPtrArray          *weft_canvas_list_selected    (WeftCanvas        *self);
WeftBox             weft_canvas_get_selection_box (WeftCanvas       *self);
/* @ids: (nullable), %NULL-terminated. Whole groups are selected with any part of them. */
void                weft_canvas_select           (WeftCanvas        *self,
                                                  const char *const *ids,
                                                  gboolean           add);
void                weft_canvas_toggle_selected  (WeftCanvas        *self,
                                                  const char        *id);
void                weft_canvas_select_all       (WeftCanvas        *self);

/* Style of what is drawn next. */
const WeftBoardStyle *weft_canvas_get_style      (WeftCanvas        *self);
void                weft_canvas_set_style        (WeftCanvas        *self,
                                                  const WeftBoardStyle *style);

/* Tools */
WeftToolKind        weft_canvas_get_tool         (WeftCanvas        *self);
void                weft_canvas_set_tool         (WeftCanvas        *self,
                                                  WeftToolKind       tool);
/* Otherwise one finger moves the view. */
void                weft_canvas_set_draw_with_finger (WeftCanvas     *self,
                                                      gboolean        draw);
/* A tool has done its work: back to selecting, unless it is locked. */
void                weft_canvas_tool_done        (WeftCanvas        *self);
/* Gives up what is being drawn or dragged. */
void                weft_canvas_cancel           (WeftCanvas        *self);
/* Esc: end the edit, drop the tool, deselect. Returns: whether there was something to leave */
gboolean            weft_canvas_escape           (WeftCanvas        *self);

/* Text: @element must be in the document. */
void                weft_canvas_edit_text        (WeftCanvas        *self,
                                                  const char        *id);
/* A new element that comes into being with its first letter. @properties: (transfer full) */
void                weft_canvas_edit_new_text    (WeftCanvas        *self,
                                                  WeftAny           *properties);
void                weft_canvas_end_edit         (WeftCanvas        *self);
gboolean            weft_canvas_is_editing       (WeftCanvas        *self);

/* For files: weft_board_pictures_lookup () with this. (transfer none) */
gpointer            weft_canvas_get_pictures     (WeftCanvas        *self);

/* Outlines of what changed. @marks: (nullable) (element-type WeftShownMark) */
void                weft_canvas_set_marks        (WeftCanvas        *self,
                                                  const GPtrArray   *marks);

/* For tools */
WeftElementRenderer *weft_canvas_get_renderer    (WeftCanvas        *self);
/* Draws @element over the tiles, where it is now. */
void                weft_canvas_append_element   (WeftCanvas        *self,
                                                  GtkSnapshot       *snapshot,
                                                  const WeftElement *element);
/* Shows @element over the tiles until these show the document as it is after the transaction that comes now. */
void                weft_canvas_keep_shown       (WeftCanvas        *self,
                                                  WeftElement       *element);
/* Told to others: what is being drawn. @live: (transfer full) (nullable) */
void                weft_canvas_set_live         (WeftCanvas        *self,
                                                  WeftAny           *live);
/* Creates an element on top of everything and gives its id. @properties: (transfer full). (transfer full) */
char               *weft_canvas_create           (WeftCanvas        *self,
                                                  const char        *id,
                                                  WeftAny           *properties);
/* Whether anybody else is here. */
gboolean            weft_canvas_has_company      (WeftCanvas        *self);

const char         *weft_tool_kind_to_name       (WeftToolKind       kind);
gboolean            weft_tool_kind_from_name     (const char        *name,
                                                  WeftToolKind      *kind);

G_END_DECLS
