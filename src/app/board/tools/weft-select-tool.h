/* weft-select-tool.h - picks, moves and resizes
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/board/tools/weft-board-tool.h"

G_BEGIN_DECLS

#define WEFT_TYPE_SELECT_TOOL (weft_select_tool_get_type ())
G_DECLARE_FINAL_TYPE (WeftSelectTool, weft_select_tool, WEFT, SELECT_TOOL, WeftBoardTool)

WeftBoardTool *weft_select_tool_new (void);

G_END_DECLS
