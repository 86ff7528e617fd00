/* weft-text-tool.c - writes on the board
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A click on something that can hold text writes there; elsewhere a text begins, which comes into being with its
 * first letter.
 */

#include "config.h"

#include "app/board/tools/weft-text-tool.h"

struct _WeftTextTool
{
  WeftBoardTool parent_instance;
};

G_DEFINE_FINAL_TYPE (WeftTextTool, weft_text_tool, WEFT_TYPE_BOARD_TOOL)

static void
weft_text_tool_release (WeftBoardTool        *tool,
                        const WeftBoardEvent *event)
{
  WeftCanvas *canvas = weft_board_tool_get_canvas (tool);
  WeftBoardModel *model = weft_canvas_get_model (canvas);
  const WeftBoardStyle *style = weft_canvas_get_style (canvas);
  WeftElement *element = weft_board_model_pick (model, event->board,
                                                weft_canvas_to_board_length (canvas, 4));
  g_autofree char *id = element != NULL ? g_strdup (element->id) : NULL;
  WeftAny *properties;

  weft_canvas_tool_done (canvas);

  if (element != NULL && element->kind != WEFT_ELEMENT_FREEDRAW
      && element->kind != WEFT_ELEMENT_UNKNOWN && element->kind != WEFT_ELEMENT_IMAGE
      && element->kind != WEFT_ELEMENT_FRAME)
    {
      weft_canvas_edit_text (canvas, id);
      return;
    }

  properties = weft_board_style_to_any (style, WEFT_ELEMENT_TEXT);
  weft_board_add_number (properties, "x", event->board.x);
  weft_board_add_number (properties, "y", event->board.y - style->font_size * 0.625);
  weft_board_add_number (properties, "width", 1);
  weft_board_add_number (properties, "height", style->font_size * 1.25);
  weft_canvas_edit_new_text (canvas, properties);
}

static void
weft_text_tool_class_init (WeftTextToolClass *klass)
{
  WeftBoardToolClass *tool_class = WEFT_BOARD_TOOL_CLASS (klass);

  tool_class->cursor = "text";
  tool_class->release = weft_text_tool_release;
}

static void
weft_text_tool_init (WeftTextTool *self)
{
}

WeftBoardTool *
weft_text_tool_new (void)
{
  return g_object_new (WEFT_TYPE_TEXT_TOOL, NULL);
}
