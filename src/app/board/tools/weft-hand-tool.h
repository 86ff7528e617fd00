/* weft-hand-tool.h - moves the board under the window
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/board/tools/weft-board-tool.h"

G_BEGIN_DECLS

#define WEFT_TYPE_HAND_TOOL (weft_hand_tool_get_type ())
G_DECLARE_FINAL_TYPE (WeftHandTool, weft_hand_tool, WEFT, HAND_TOOL, WeftBoardTool)

WeftBoardTool *weft_hand_tool_new (void);

G_END_DECLS
