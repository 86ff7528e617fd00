/* weft-note-tool.c - puts down a sticky note
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/tools/weft-note-tool.h"

#define NOTE_SIZE 180.0

struct _WeftNoteTool
{
  WeftBoardTool parent_instance;
};

G_DEFINE_FINAL_TYPE (WeftNoteTool, weft_note_tool, WEFT_TYPE_BOARD_TOOL)

static void
weft_note_tool_release (WeftBoardTool        *tool,
                        const WeftBoardEvent *event)
{
  WeftCanvas *canvas = weft_board_tool_get_canvas (tool);
  WeftAny *properties
    = weft_board_style_to_any (weft_canvas_get_style (canvas), WEFT_ELEMENT_NOTE);
  WeftBox box = { event->board.x - NOTE_SIZE / 2, event->board.y - NOTE_SIZE / 2,
                  event->board.x + NOTE_SIZE / 2, event->board.y + NOTE_SIZE / 2 };
  g_autofree char *id = NULL;

  weft_board_add_box (properties, &box);
  weft_document_end_undo_step (weft_canvas_get_document (canvas));
  id = weft_canvas_create (canvas, NULL, properties);
  weft_canvas_tool_done (canvas);
  weft_canvas_select (canvas, (const char *[]) { id, NULL }, FALSE);
  weft_canvas_edit_text (canvas, id);
}

static void
weft_note_tool_class_init (WeftNoteToolClass *klass)
{
  WEFT_BOARD_TOOL_CLASS (klass)->release = weft_note_tool_release;
}

static void
weft_note_tool_init (WeftNoteTool *self)
{
}

WeftBoardTool *
weft_note_tool_new (void)
{
  return g_object_new (WEFT_TYPE_NOTE_TOOL, NULL);
}
