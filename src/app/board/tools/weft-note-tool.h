/* weft-note-tool.h - puts down a sticky note
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/board/tools/weft-board-tool.h"

G_BEGIN_DECLS

#define WEFT_TYPE_NOTE_TOOL (weft_note_tool_get_type ())
G_DECLARE_FINAL_TYPE (WeftNoteTool, weft_note_tool, WEFT, NOTE_TOOL, WeftBoardTool)

WeftBoardTool *weft_note_tool_new (void);

G_END_DECLS
