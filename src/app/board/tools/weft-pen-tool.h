/* weft-pen-tool.h - draws freely, with pressure
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/board/tools/weft-board-tool.h"

G_BEGIN_DECLS

#define WEFT_TYPE_PEN_TOOL (weft_pen_tool_get_type ())
G_DECLARE_FINAL_TYPE (WeftPenTool, weft_pen_tool, WEFT, PEN_TOOL, WeftBoardTool)

WeftBoardTool *weft_pen_tool_new (void);

G_END_DECLS
