/* weft-eraser-tool.h - takes away what it touches
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/board/tools/weft-board-tool.h"

G_BEGIN_DECLS

#define WEFT_TYPE_ERASER_TOOL (weft_eraser_tool_get_type ())
G_DECLARE_FINAL_TYPE (WeftEraserTool, weft_eraser_tool, WEFT, ERASER_TOOL, WeftBoardTool)

WeftBoardTool *weft_eraser_tool_new (void);

G_END_DECLS
