/* weft-line-tool.c - draws lines and arrows
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An end that is put down on a shape holds on to it, unless Ctrl is down. Shift turns in steps of 15 degrees.
 */

#include "config.h"

#include "app/board/tools/weft-line-tool.h"

#include "app/board/weft-connectors.h"

#include <math.h>

#define CLICK_DISTANCE 4.0
/* From this near, in view units, a shape is meant. */
#define BIND_DISTANCE  8.0

struct _WeftLineTool
{
  WeftBoardTool   parent_instance;

  WeftElementKind kind;
  char           *id;
  WeftPoint       start;
  WeftPoint       end;
  WeftPoint       start_view;
  gboolean        dragged;

  char           *start_id; /* nullable: of the shape that it starts from */
  char           *end_id;
  char           *hover_id; /* what it would hold on to if it began here */
};

G_DEFINE_FINAL_TYPE (WeftLineTool, weft_line_tool, WEFT_TYPE_BOARD_TOOL)

static WeftElement *
lookup_cb (const char *id,
           gpointer    user_data)
{
  return weft_board_model_lookup (user_data, id);
}

static char *
dup_bindable_id (WeftLineTool         *self,
                 const WeftBoardEvent *event)
{
  WeftCanvas *canvas = weft_board_tool_get_canvas (WEFT_BOARD_TOOL (self));
  WeftElement *element;

  if ((event->state & GDK_CONTROL_MASK) != 0)
    return NULL;

  element = weft_board_model_pick_bindable (weft_canvas_get_model (canvas), event->board,
                                            weft_canvas_to_board_length (canvas, BIND_DISTANCE));

  return element != NULL ? g_strdup (element->id) : NULL;
}

static void
add_binding (WeftLineTool *self,
             WeftAny      *properties,
             const char   *key,
             const char   *id,
             WeftPoint     point)
{
  WeftBoardModel *model = weft_canvas_get_model (weft_board_tool_get_canvas (WEFT_BOARD_TOOL (self)));
  WeftElement *element = id != NULL ? weft_board_model_lookup (model, id) : NULL;

  if (element != NULL)
    weft_any_object_take (properties, key, weft_binding_to_any (element, point));
}

/* The properties of the line as it is now, its ends where they hold on. */
static WeftAny *
describe (WeftLineTool *self)
{
  WeftCanvas *canvas = weft_board_tool_get_canvas (WEFT_BOARD_TOOL (self));
  WeftAny *properties = weft_board_style_to_any (weft_canvas_get_style (canvas), self->kind);
  WeftPoint points[2] = { { 0, 0 }, { self->end.x - self->start.x, self->end.y - self->start.y } };
  g_autoptr(WeftElement) element = NULL;
  g_autoptr(WeftElement) routed = NULL;

  weft_board_add_number (properties, "x", self->start.x);
  weft_board_add_number (properties, "y", self->start.y);
  weft_any_object_take (properties, "points", weft_element_points_to_any (points, 2));
  add_binding (self, properties, "startBinding", self->start_id, self->start);

  /* Both ends on one shape would be a line inside it. */
  if (g_strcmp0 (self->start_id, self->end_id) != 0)
    add_binding (self, properties, "endBinding", self->end_id, self->end);

  element = weft_element_new_from_any (self->id, properties);
  routed = weft_connector_route (element, lookup_cb, weft_canvas_get_model (canvas));
  weft_board_add_geometry (properties, routed != NULL ? routed : element);

  return properties;
}

static void
weft_line_tool_press (WeftBoardTool        *tool,
                      const WeftBoardEvent *event)
{
  WeftLineTool *self = WEFT_LINE_TOOL (tool);

  g_free (self->id);
  g_free (self->start_id);
  g_clear_pointer (&self->end_id, g_free);
  g_clear_pointer (&self->hover_id, g_free);
  self->id = weft_element_new_id ();
  self->start_id = dup_bindable_id (self, event);
  self->start = self->end = event->board;
  self->start_view = event->view;
  self->dragged = FALSE;
}

static void
weft_line_tool_motion (WeftBoardTool        *tool,
                       const WeftBoardEvent *event)
{
  WeftLineTool *self = WEFT_LINE_TOOL (tool);
  WeftCanvas *canvas = weft_board_tool_get_canvas (tool);

  if (!self->dragged && weft_point_distance (event->view, self->start_view) < CLICK_DISTANCE)
    return;

  self->dragged = TRUE;
  self->end = event->board;

  if ((event->state & GDK_SHIFT_MASK) != 0)
    {
      double length = weft_point_distance (self->start, self->end);
      double step = G_PI / 12;
      double angle = round (atan2 (self->end.y - self->start.y, self->end.x - self->start.x) / step) * step;

      self->end = (WeftPoint) { self->start.x + length * cos (angle),
                                self->start.y + length * sin (angle) };
    }

  g_free (self->end_id);
  self->end_id = dup_bindable_id (self, event);

  if (weft_canvas_has_company (canvas))
    {
      WeftAny *live = describe (self);

      weft_board_add_string (live, "id", self->id);
      weft_canvas_set_live (canvas, live);
    }
}

static const char *
weft_line_tool_hover (WeftBoardTool        *tool,
                      const WeftBoardEvent *event)
{
  WeftLineTool *self = WEFT_LINE_TOOL (tool);
  g_autofree char *id = dup_bindable_id (self, event);

  if (g_strcmp0 (id, self->hover_id) != 0)
    {
      g_free (self->hover_id);
      self->hover_id = g_steal_pointer (&id);
      gtk_widget_queue_draw (GTK_WIDGET (weft_board_tool_get_canvas (tool)));
    }

  return NULL;
}

static void
forget (WeftLineTool *self)
{
  g_clear_pointer (&self->hover_id, g_free);
  g_clear_pointer (&self->start_id, g_free);
  g_clear_pointer (&self->end_id, g_free);

  if (self->id == NULL)
    return;

  g_clear_pointer (&self->id, g_free);
  weft_canvas_set_live (weft_board_tool_get_canvas (WEFT_BOARD_TOOL (self)), NULL);
}

static void
weft_line_tool_release (WeftBoardTool        *tool,
                        const WeftBoardEvent *event)
{
  WeftLineTool *self = WEFT_LINE_TOOL (tool);
  WeftCanvas *canvas = weft_board_tool_get_canvas (tool);
  g_autofree char *id = g_strdup (self->id);
  g_autoptr(WeftElement) element = NULL;
  WeftAny *properties;

  if (!self->dragged)
    {
      forget (self);
      return;
    }

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
weft_line_tool_cancel (WeftBoardTool *tool)
{
  forget (WEFT_LINE_TOOL (tool));
}

/* The shape that an end would hold on to. */
static void
draw_target (WeftLineTool *self,
             GtkSnapshot  *snapshot,
             const char   *id)
{
  WeftCanvas *canvas = weft_board_tool_get_canvas (WEFT_BOARD_TOOL (self));
  WeftBoardModel *model = weft_canvas_get_model (canvas);
  WeftElement *element = id != NULL && model != NULL ? weft_board_model_lookup (model, id) : NULL;
  const WeftViewport *viewport = weft_canvas_get_viewport (canvas);
  g_autoptr(GskPathBuilder) builder = NULL;
  g_autoptr(GskPath) path = NULL;
  g_autoptr(GskStroke) stroke = NULL;
  g_autoptr(GArray) points = NULL;
  g_autoptr(GdkRGBA) accent = NULL;

  if (element == NULL)
    return;

  points = weft_element_get_outline (element, NULL);
  builder = gsk_path_builder_new ();

  for (guint i = 0; i < points->len; i++)
    {
      WeftPoint at = weft_viewport_to_view (viewport, g_array_index (points, WeftPoint, i));

      if (i == 0)
        gsk_path_builder_move_to (builder, at.x, at.y);
      else
        gsk_path_builder_line_to (builder, at.x, at.y);
    }

  gsk_path_builder_close (builder);
  path = gsk_path_builder_to_path (builder);
  stroke = gsk_stroke_new (6);
  gsk_stroke_set_line_join (stroke, GSK_LINE_JOIN_ROUND);
  accent = adw_style_manager_get_accent_color_rgba (adw_style_manager_get_default ());
  accent->alpha = 0.35;
  gtk_snapshot_append_stroke (snapshot, path, stroke, accent);
}

static void
weft_line_tool_draw (WeftBoardTool *tool,
                     GtkSnapshot   *snapshot)
{
  WeftLineTool *self = WEFT_LINE_TOOL (tool);
  g_autoptr(WeftAny) properties = NULL;
  g_autoptr(WeftElement) element = NULL;

  draw_target (self, snapshot, self->hover_id);

  if (self->id == NULL || !self->dragged)
    return;

  draw_target (self, snapshot, self->start_id);
  if (g_strcmp0 (self->start_id, self->end_id) != 0)
    draw_target (self, snapshot, self->end_id);

  properties = describe (self);
  element = weft_element_new_from_any (self->id, properties);
  weft_canvas_append_element (weft_board_tool_get_canvas (tool), snapshot, element);
}

static void
weft_line_tool_finalize (GObject *object)
{
  WeftLineTool *self = WEFT_LINE_TOOL (object);

  g_free (self->id);
  g_free (self->start_id);
  g_free (self->end_id);
  g_free (self->hover_id);

  G_OBJECT_CLASS (weft_line_tool_parent_class)->finalize (object);
}

static void
weft_line_tool_class_init (WeftLineToolClass *klass)
{
  WeftBoardToolClass *tool_class = WEFT_BOARD_TOOL_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = weft_line_tool_finalize;
  tool_class->press = weft_line_tool_press;
  tool_class->motion = weft_line_tool_motion;
  tool_class->release = weft_line_tool_release;
  tool_class->hover = weft_line_tool_hover;
  tool_class->cancel = weft_line_tool_cancel;
  tool_class->draw = weft_line_tool_draw;
}

static void
weft_line_tool_init (WeftLineTool *self)
{
}

WeftBoardTool *
weft_line_tool_new (WeftElementKind kind)
{
  WeftLineTool *self = g_object_new (WEFT_TYPE_LINE_TOOL, NULL);

  self->kind = kind;

  return WEFT_BOARD_TOOL (self);
}
