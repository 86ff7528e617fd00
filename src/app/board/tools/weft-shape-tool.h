/* weft-shape-tool.h - draws rectangles, ellipses and diamonds
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/board/tools/weft-board-tool.h"

G_BEGIN_DECLS

#define WEFT_TYPE_SHAPE_TOOL (weft_shape_tool_get_type ())
G_DECLARE_FINAL_TYPE (WeftShapeTool, weft_shape_tool, WEFT, SHAPE_TOOL, WeftBoardTool)

WeftBoardTool *weft_shape_tool_new (WeftElementKind kind);

G_END_DECLS
