/* weft-shape-tool.c - draws rectangles, ellipses and diamonds
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Shift makes both sides equal, Alt draws from the middle. A click without a drag gives a shape of a usual size.
 */

#include "config.h"

#include "app/board/tools/weft-shape-tool.h"

#include <math.h>

/* A drag of less is a click, in view units. */
#define CLICK_DISTANCE 4.0
#define USUAL_WIDTH    160.0
#define USUAL_HEIGHT   100.0

struct _WeftShapeTool
{
  WeftBoardTool   parent_instance;

  WeftElementKind kind;
  char           *id;
  WeftPoint       start;
  WeftPoint       start_view;
  WeftBox         box;
  gboolean        dragged;
};

G_DEFINE_FINAL_TYPE (WeftShapeTool, weft_shape_tool, WEFT_TYPE_BOARD_TOOL)

static void
update_box (WeftShapeTool        *self,
            const WeftBoardEvent *event)
{
  WeftPoint end = event->board;
  WeftPoint start = self->start;

  if ((event->state & GDK_SHIFT_MASK) != 0)
    {
      double side = MAX (fabs (end.x - start.x), fabs (end.y - start.y));

      end.x = start.x + copysign (side, end.x - start.x);
      end.y = start.y + copysign (side, end.y - start.y);
    }

  if ((event->state & GDK_ALT_MASK) != 0)
    start = (WeftPoint) { 2 * start.x - end.x, 2 * start.y - end.y };

  self->box = weft_box_from_points (start, end);
}

static WeftAny *
describe (WeftShapeTool *self)
{
  WeftCanvas *canvas = weft_board_tool_get_canvas (WEFT_BOARD_TOOL (self));
  WeftAny *properties = weft_board_style_to_any (weft_canvas_get_style (canvas), self->kind);

  weft_board_add_box (properties, &self->box);

  return properties;
}

static void
weft_shape_tool_press (WeftBoardTool        *tool,
                       const WeftBoardEvent *event)
{
  WeftShapeTool *self = WEFT_SHAPE_TOOL (tool);

  g_free (self->id);
  self->id = weft_element_new_id ();
  self->start = event->board;
  self->start_view = event->view;
  self->dragged = FALSE;
  self->box = weft_box_from_points (event->board, event->board);
}

static void
weft_shape_tool_motion (WeftBoardTool        *tool,
                        const WeftBoardEvent *event)
{
  WeftShapeTool *self = WEFT_SHAPE_TOOL (tool);
  WeftCanvas *canvas = weft_board_tool_get_canvas (tool);

  if (!self->dragged
      && weft_point_distance (event->view, self->start_view) < CLICK_DISTANCE)
    return;

  self->dragged = TRUE;
  update_box (self, event);

  if (weft_canvas_has_company (canvas))
    {
      WeftAny *live = describe (self);

      weft_board_add_string (live, "id", self->id);
      weft_canvas_set_live (canvas, live);
    }
}

static void
forget (WeftShapeTool *self)
{
  if (self->id == NULL)
    return;

  g_clear_pointer (&self->id, g_free);
  weft_canvas_set_live (weft_board_tool_get_canvas (WEFT_BOARD_TOOL (self)), NULL);
}

static void
weft_shape_tool_release (WeftBoardTool        *tool,
                         const WeftBoardEvent *event)
{
  WeftShapeTool *self = WEFT_SHAPE_TOOL (tool);
  WeftCanvas *canvas = weft_board_tool_get_canvas (tool);
  g_autofree char *id = g_strdup (self->id);
  g_autoptr(WeftElement) element = NULL;
  WeftAny *properties;

  if (!self->dragged)
    self->box = (WeftBox) { self->start.x - USUAL_WIDTH / 2, self->start.y - USUAL_HEIGHT / 2,
                            self->start.x + USUAL_WIDTH / 2, self->start.y + USUAL_HEIGHT / 2 };

  properties = describe (self);
  element = weft_element_new_from_any (id, properties);

  weft_document_end_undo_step (weft_canvas_get_document (canvas));
  weft_canvas_keep_shown (canvas, element);
  g_free (weft_canvas_create (canvas, id, properties));
  forget (self);
  weft_canvas_tool_done (canvas);
  if (weft_canvas_get_tool (canvas) == WEFT_TOOL_SELECT)
    weft_canvas_select (canvas, (const char *[]) { id, NULL }, FALSE);
}

static void
weft_shape_tool_cancel (WeftBoardTool *tool)
{
  forget (WEFT_SHAPE_TOOL (tool));
}

static void
weft_shape_tool_draw (WeftBoardTool *tool,
                      GtkSnapshot   *snapshot)
{
  WeftShapeTool *self = WEFT_SHAPE_TOOL (tool);
  g_autoptr(WeftAny) properties = NULL;
  g_autoptr(WeftElement) element = NULL;

  if (self->id == NULL || !self->dragged)
    return;

  properties = describe (self);
  element = weft_element_new_from_any (self->id, properties);
  weft_canvas_append_element (weft_board_tool_get_canvas (tool), snapshot, element);
}

static void
weft_shape_tool_finalize (GObject *object)
{
  g_free (WEFT_SHAPE_TOOL (object)->id);

  G_OBJECT_CLASS (weft_shape_tool_parent_class)->finalize (object);
}

static void
weft_shape_tool_class_init (WeftShapeToolClass *klass)
{
  WeftBoardToolClass *tool_class = WEFT_BOARD_TOOL_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = weft_shape_tool_finalize;
  tool_class->press = weft_shape_tool_press;
  tool_class->motion = weft_shape_tool_motion;
  tool_class->release = weft_shape_tool_release;
  tool_class->cancel = weft_shape_tool_cancel;
  tool_class->draw = weft_shape_tool_draw;
}

static void
weft_shape_tool_init (WeftShapeTool *self)
{
}

WeftBoardTool *
weft_shape_tool_new (WeftElementKind kind)
{
  WeftShapeTool *self = g_object_new (WEFT_TYPE_SHAPE_TOOL, NULL);

  self->kind = kind;

  return WEFT_BOARD_TOOL (self);
}
