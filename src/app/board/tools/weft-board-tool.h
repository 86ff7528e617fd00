/* weft-board-tool.h - what the pointer does on a board
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The canvas maps coordinates and forwards; a tool decides. Between press and release nothing is written to the
 * document: a tool draws a preview over the tiles and commits one transaction at the release.
 */

#pragma once

#include "app/board/weft-canvas.h"

G_BEGIN_DECLS

typedef struct
{
  WeftPoint       board;
  WeftPoint       view;
  double          pressure;     /* 0 to 1; only with @has_pressure */
  gboolean        has_pressure;
  gboolean        touch;
  guint32         time;         /* ms */
  GdkModifierType state;
  guint           n_press;      /* 1, or 2 for the second press of a double click */
} WeftBoardEvent;

#define WEFT_TYPE_BOARD_TOOL (weft_board_tool_get_type ())
G_DECLARE_DERIVABLE_TYPE (WeftBoardTool, weft_board_tool, WEFT, BOARD_TOOL, GObject)

struct _WeftBoardToolClass
{
  GObjectClass parent_class;

  /* A name for gdk_cursor_new_from_name (). */
  const char  *cursor;
  /* Whether it changes the document: such tools rest on read-only boards. */
  gboolean     edits;

  void (*press)   (WeftBoardTool        *self,
                   const WeftBoardEvent *event);
  void (*motion)  (WeftBoardTool        *self,
                   const WeftBoardEvent *event);
  void (*release) (WeftBoardTool        *self,
                   const WeftBoardEvent *event);
  /* The pointer moves with no button down. Returns: a cursor name, or %NULL for the tool's own */
  const char *(*hover) (WeftBoardTool        *self,
                        const WeftBoardEvent *event);
  /* What was begun is given up; the document is as it was. Also called when the tool is put away. */
  void (*cancel)  (WeftBoardTool        *self);
  /* Over the tiles, in view units. */
  void (*draw)    (WeftBoardTool        *self,
                   GtkSnapshot          *snapshot);
};

/* The canvas that it works on; borrowed. */
WeftCanvas    *weft_board_tool_get_canvas (WeftBoardTool        *self);
const char    *weft_board_tool_get_cursor (WeftBoardTool        *self);
gboolean       weft_board_tool_get_edits  (WeftBoardTool        *self);
gboolean       weft_board_tool_is_active  (WeftBoardTool        *self);
void           weft_board_tool_press      (WeftBoardTool        *self,
                                           const WeftBoardEvent *event);
void           weft_board_tool_motion     (WeftBoardTool        *self,
                                           const WeftBoardEvent *event);
void           weft_board_tool_release    (WeftBoardTool        *self,
                                           const WeftBoardEvent *event);
const char    *weft_board_tool_hover      (WeftBoardTool        *self,
                                           const WeftBoardEvent *event);
void           weft_board_tool_cancel     (WeftBoardTool        *self);
void           weft_board_tool_draw       (WeftBoardTool        *self,
                                           GtkSnapshot          *snapshot);

/* One for each kind, made by the canvas. */
WeftBoardTool *weft_board_tool_new        (WeftToolKind          kind,
                                           WeftCanvas           *canvas);

G_END_DECLS
