/* weft-line-tool.h - draws lines and arrows
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/board/tools/weft-board-tool.h"

G_BEGIN_DECLS

#define WEFT_TYPE_LINE_TOOL (weft_line_tool_get_type ())
G_DECLARE_FINAL_TYPE (WeftLineTool, weft_line_tool, WEFT, LINE_TOOL, WeftBoardTool)

WeftBoardTool *weft_line_tool_new (WeftElementKind kind);

G_END_DECLS
