/* weft-text-tool.h - writes on the board
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/board/tools/weft-board-tool.h"

G_BEGIN_DECLS

#define WEFT_TYPE_TEXT_TOOL (weft_text_tool_get_type ())
G_DECLARE_FINAL_TYPE (WeftTextTool, weft_text_tool, WEFT, TEXT_TOOL, WeftBoardTool)

WeftBoardTool *weft_text_tool_new (void);

G_END_DECLS
