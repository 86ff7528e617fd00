/* weft-hand-tool.c - moves the board under the window
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/tools/weft-hand-tool.h"

struct _WeftHandTool
{
  WeftBoardTool parent_instance;

  WeftPoint     last;
};

G_DEFINE_FINAL_TYPE (WeftHandTool, weft_hand_tool, WEFT_TYPE_BOARD_TOOL)

static void
weft_hand_tool_press (WeftBoardTool        *tool,
                      const WeftBoardEvent *event)
{
  WeftHandTool *self = WEFT_HAND_TOOL (tool);

  self->last = event->view;
  gtk_widget_set_cursor_from_name (GTK_WIDGET (weft_board_tool_get_canvas (tool)), "grabbing");
}

static void
weft_hand_tool_motion (WeftBoardTool        *tool,
                       const WeftBoardEvent *event)
{
  WeftHandTool *self = WEFT_HAND_TOOL (tool);

  weft_canvas_pan (weft_board_tool_get_canvas (tool), self->last.x - event->view.x,
                   self->last.y - event->view.y);
  self->last = event->view;
}

static void
weft_hand_tool_class_init (WeftHandToolClass *klass)
{
  WeftBoardToolClass *tool_class = WEFT_BOARD_TOOL_CLASS (klass);

  tool_class->cursor = "grab";
  tool_class->edits = FALSE;
  tool_class->press = weft_hand_tool_press;
  tool_class->motion = weft_hand_tool_motion;
}

static void
weft_hand_tool_init (WeftHandTool *self)
{
}

WeftBoardTool *
weft_hand_tool_new (void)
{
  return g_object_new (WEFT_TYPE_HAND_TOOL, NULL);
}
