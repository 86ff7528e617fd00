/* weft-board-tool.c - what the pointer does on a board
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/tools/weft-board-tool.h"

#include "app/board/tools/weft-eraser-tool.h"
#include "app/board/tools/weft-hand-tool.h"
#include "app/board/tools/weft-line-tool.h"
#include "app/board/tools/weft-note-tool.h"
#include "app/board/tools/weft-pen-tool.h"
#include "app/board/tools/weft-select-tool.h"
#include "app/board/tools/weft-shape-tool.h"
#include "app/board/tools/weft-text-tool.h"

typedef struct
{
  WeftCanvas *canvas; /* borrowed: it owns its tools */
  gboolean    active;
} WeftBoardToolPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (WeftBoardTool, weft_board_tool, G_TYPE_OBJECT)

static void
weft_board_tool_class_init (WeftBoardToolClass *klass)
{
  klass->cursor = "crosshair";
  klass->edits = TRUE;
}

static void
weft_board_tool_init (WeftBoardTool *self)
{
}

WeftCanvas *
weft_board_tool_get_canvas (WeftBoardTool *self)
{
  WeftBoardToolPrivate *priv = weft_board_tool_get_instance_private (self);

  return priv->canvas;
}

const char *
weft_board_tool_get_cursor (WeftBoardTool *self)
{
  return WEFT_BOARD_TOOL_GET_CLASS (self)->cursor;
}

gboolean
weft_board_tool_get_edits (WeftBoardTool *self)
{
  return WEFT_BOARD_TOOL_GET_CLASS (self)->edits;
}

/* Whether a button is down. */
gboolean
weft_board_tool_is_active (WeftBoardTool *self)
{
  WeftBoardToolPrivate *priv = weft_board_tool_get_instance_private (self);

  return priv->active;
}

void
weft_board_tool_press (WeftBoardTool        *self,
                       const WeftBoardEvent *event)
{
  WeftBoardToolPrivate *priv = weft_board_tool_get_instance_private (self);

  priv->active = TRUE;

  if (WEFT_BOARD_TOOL_GET_CLASS (self)->press != NULL)
    WEFT_BOARD_TOOL_GET_CLASS (self)->press (self, event);
}

void
weft_board_tool_motion (WeftBoardTool        *self,
                        const WeftBoardEvent *event)
{
  WeftBoardToolPrivate *priv = weft_board_tool_get_instance_private (self);

  if (priv->active && WEFT_BOARD_TOOL_GET_CLASS (self)->motion != NULL)
    WEFT_BOARD_TOOL_GET_CLASS (self)->motion (self, event);
}

void
weft_board_tool_release (WeftBoardTool        *self,
                         const WeftBoardEvent *event)
{
  WeftBoardToolPrivate *priv = weft_board_tool_get_instance_private (self);

  if (!priv->active)
    return;

  priv->active = FALSE;

  if (WEFT_BOARD_TOOL_GET_CLASS (self)->release != NULL)
    WEFT_BOARD_TOOL_GET_CLASS (self)->release (self, event);
}

const char *
weft_board_tool_hover (WeftBoardTool        *self,
                       const WeftBoardEvent *event)
{
  const char *cursor = NULL;

  if (WEFT_BOARD_TOOL_GET_CLASS (self)->hover != NULL)
    cursor = WEFT_BOARD_TOOL_GET_CLASS (self)->hover (self, event);

  return cursor != NULL ? cursor : WEFT_BOARD_TOOL_GET_CLASS (self)->cursor;
}

void
weft_board_tool_cancel (WeftBoardTool *self)
{
  WeftBoardToolPrivate *priv = weft_board_tool_get_instance_private (self);

  priv->active = FALSE;

  if (WEFT_BOARD_TOOL_GET_CLASS (self)->cancel != NULL)
    WEFT_BOARD_TOOL_GET_CLASS (self)->cancel (self);
}

void
weft_board_tool_draw (WeftBoardTool *self,
                      GtkSnapshot   *snapshot)
{
  if (WEFT_BOARD_TOOL_GET_CLASS (self)->draw != NULL)
    WEFT_BOARD_TOOL_GET_CLASS (self)->draw (self, snapshot);
}

WeftBoardTool *
weft_board_tool_new (WeftToolKind kind,
                     WeftCanvas  *canvas)
{
  WeftBoardTool *self;
  WeftBoardToolPrivate *priv;

  switch (kind)
    {
    case WEFT_TOOL_HAND:
      self = weft_hand_tool_new ();
      break;
    case WEFT_TOOL_PEN:
      self = weft_pen_tool_new ();
      break;
    case WEFT_TOOL_RECTANGLE:
      self = weft_shape_tool_new (WEFT_ELEMENT_RECTANGLE);
      break;
    case WEFT_TOOL_ELLIPSE:
      self = weft_shape_tool_new (WEFT_ELEMENT_ELLIPSE);
      break;
    case WEFT_TOOL_DIAMOND:
      self = weft_shape_tool_new (WEFT_ELEMENT_DIAMOND);
      break;
    case WEFT_TOOL_LINE:
      self = weft_line_tool_new (WEFT_ELEMENT_LINE);
      break;
    case WEFT_TOOL_ARROW:
      self = weft_line_tool_new (WEFT_ELEMENT_ARROW);
      break;
    case WEFT_TOOL_TEXT:
      self = weft_text_tool_new ();
      break;
    case WEFT_TOOL_NOTE:
      self = weft_note_tool_new ();
      break;
    case WEFT_TOOL_ERASER:
      self = weft_eraser_tool_new ();
      break;
    case WEFT_TOOL_SELECT:
    default:
      self = weft_select_tool_new ();
      break;
    }

  priv = weft_board_tool_get_instance_private (self);
  priv->canvas = canvas;

  return self;
}
