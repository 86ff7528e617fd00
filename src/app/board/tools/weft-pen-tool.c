/* weft-pen-tool.c - draws freely, with pressure
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * While the pen is down the stroke lives here, in what others are told, and in the journal; the document gets it
 * once, smoothed, when the pen goes up.
 */

#include "config.h"

#include "app/board/tools/weft-pen-tool.h"

#include "app/board/weft-board-presence.h"

#include <math.h>

/* The journal is written at most this often. */
#define JOURNAL_US (100 * 1000)
/* Of each new sample, how much is believed; the rest is the one before it. */
#define BELIEF     0.72
/* Pen-up: what may be lost, in device pixels. */
#define TOLERANCE  0.35
/* A mouse has no pressure: fast is thin. Speeds in view units a millisecond. */
#define FAST       2.5
#define PRESSURE_SLOW 0.62
#define PRESSURE_FAST 0.24

struct _WeftPenTool
{
  WeftBoardTool parent_instance;

  char         *id;
  GArray       *points; /* WeftInkPoint, board units */
  WeftPoint     last_view;
  guint32       last_time;
  double        pressure;
  gint64        journal_time;
};

G_DEFINE_FINAL_TYPE (WeftPenTool, weft_pen_tool, WEFT_TYPE_BOARD_TOOL)

static double
find_pressure (WeftPenTool          *self,
               const WeftBoardEvent *event)
{
  double way;
  double time;
  double wanted;

  if (event->has_pressure)
    return CLAMP (event->pressure, 0, 1);

  way = weft_point_distance (event->view, self->last_view);
  time = MAX ((double) (event->time - self->last_time), 1);
  wanted = PRESSURE_SLOW - (PRESSURE_SLOW - PRESSURE_FAST) * MIN (way / time / FAST, 1);

  return self->pressure + (wanted - self->pressure) * 0.2;
}

static void
add_point (WeftPenTool          *self,
           const WeftBoardEvent *event,
           double                belief)
{
  WeftInkPoint point = { event->board.x, event->board.y, 0 };

  if (self->points->len >= WEFT_INK_MAX_POINTS)
    return;

  self->pressure = find_pressure (self, event);
  point.pressure = self->pressure;

  if (self->points->len > 0)
    {
      const WeftInkPoint *last
        = &g_array_index (self->points, WeftInkPoint, self->points->len - 1);

      point.x = last->x + (point.x - last->x) * belief;
      point.y = last->y + (point.y - last->y) * belief;

      if (point.x == last->x && point.y == last->y)
        return;
    }

  g_array_append_val (self->points, point);
  self->last_view = event->view;
  self->last_time = event->time;
}

/* The properties of the element that @ink would be. */
static WeftAny *
describe (WeftPenTool *self,
          WeftInk     *ink)
{
  WeftCanvas *canvas = weft_board_tool_get_canvas (WEFT_BOARD_TOOL (self));
  WeftAny *properties
    = weft_board_style_to_any (weft_canvas_get_style (canvas), WEFT_ELEMENT_FREEDRAW);
  WeftBox bounds = weft_ink_get_bounds (ink);
  g_autoptr(WeftInk) relative = weft_ink_translate (ink, -bounds.x1, -bounds.y1);
  double zoom = weft_canvas_get_viewport (canvas)->zoom;
  int precision = WEFT_INK_PRECISION_DEFAULT + (int) ceil (log2 (MAX (zoom, 0.05)));

  weft_board_add_box (properties, &bounds);
  weft_any_object_take (properties, "ink",
                        weft_element_ink_to_any (relative, (guint) CLAMP (precision, 1, 12)));

  return properties;
}

static void
write_journal (WeftPenTool *self)
{
  WeftDocument *document = weft_canvas_get_document (weft_board_tool_get_canvas (WEFT_BOARD_TOOL (self)));
  gint64 now = g_get_monotonic_time ();
  g_autoptr(WeftInk) ink = NULL;
  g_autoptr(WeftAny) properties = NULL;
  g_autoptr(GBytes) bytes = NULL;
  WeftWriter writer;

  if (now - self->journal_time < JOURNAL_US)
    return;

  self->journal_time = now;
  ink = weft_ink_new ((WeftInkPoint *) self->points->data, self->points->len);
  properties = describe (self, ink);
  weft_board_add_string (properties, "id", self->id);
  weft_writer_init (&writer);
  weft_any_write (properties, &writer);
  bytes = weft_writer_steal_bytes (&writer);
  weft_writer_clear (&writer);
  weft_document_set_journal (document, bytes);
}

static void
tell_others (WeftPenTool *self)
{
  WeftCanvas *canvas = weft_board_tool_get_canvas (WEFT_BOARD_TOOL (self));
  const WeftBoardStyle *style = weft_canvas_get_style (canvas);

  if (weft_canvas_has_company (canvas))
    weft_canvas_set_live (canvas, weft_board_pack_live_stroke (
                                    self->id, (WeftInkPoint *) self->points->data,
                                    self->points->len, style->stroke, style->pen_width));
}

static void
forget (WeftPenTool *self)
{
  WeftCanvas *canvas = weft_board_tool_get_canvas (WEFT_BOARD_TOOL (self));
  WeftDocument *document = weft_canvas_get_document (canvas);

  if (self->id == NULL)
    return;

  g_clear_pointer (&self->id, g_free);
  g_array_set_size (self->points, 0);
  weft_canvas_set_live (canvas, NULL);
  if (document != NULL)
    weft_document_set_journal (document, NULL);
}

static void
weft_pen_tool_press (WeftBoardTool        *tool,
                     const WeftBoardEvent *event)
{
  WeftPenTool *self = WEFT_PEN_TOOL (tool);

  g_free (self->id);
  self->id = weft_element_new_id ();
  g_array_set_size (self->points, 0);
  self->last_view = event->view;
  self->last_time = event->time;
  self->pressure = 0.5;
  self->journal_time = 0;
  add_point (self, event, 1);
}

static void
weft_pen_tool_motion (WeftBoardTool        *tool,
                      const WeftBoardEvent *event)
{
  WeftPenTool *self = WEFT_PEN_TOOL (tool);

  add_point (self, event, BELIEF);
  write_journal (self);
  tell_others (self);
}

static void
weft_pen_tool_release (WeftBoardTool        *tool,
                       const WeftBoardEvent *event)
{
  WeftPenTool *self = WEFT_PEN_TOOL (tool);
  WeftCanvas *canvas = weft_board_tool_get_canvas (tool);
  g_autoptr(WeftInk) raw = NULL;
  g_autoptr(WeftInk) ink = NULL;
  g_autoptr(WeftElement) element = NULL;
  WeftAny *properties;

  /* The stroke ends where the pen was lifted; the pressure of lifting says nothing. */
  if (self->points->len > 1)
    {
      WeftBoardEvent last = *event;

      last.has_pressure = TRUE;
      last.pressure = self->pressure;
      add_point (self, &last, 1);
    }

  raw = weft_ink_new ((WeftInkPoint *) self->points->data, self->points->len);
  ink = weft_ink_smooth (raw, weft_canvas_to_board_length (canvas, TOLERANCE));
  properties = describe (self, ink);
  element = weft_element_new_from_any (self->id, properties);

  weft_document_end_undo_step (weft_canvas_get_document (canvas));
  weft_canvas_keep_shown (canvas, element);
  g_free (weft_canvas_create (canvas, self->id, properties));
  forget (self);
}

static void
weft_pen_tool_cancel (WeftBoardTool *tool)
{
  forget (WEFT_PEN_TOOL (tool));
}

static void
weft_pen_tool_draw (WeftBoardTool *tool,
                    GtkSnapshot   *snapshot)
{
  WeftPenTool *self = WEFT_PEN_TOOL (tool);
  WeftCanvas *canvas = weft_board_tool_get_canvas (tool);
  g_autoptr(WeftAny) properties = NULL;
  g_autoptr(WeftElement) element = NULL;
  WeftBox bounds;

  if (self->id == NULL || self->points->len == 0)
    return;

  properties = weft_board_style_to_any (weft_canvas_get_style (canvas), WEFT_ELEMENT_FREEDRAW);
  element = weft_element_new_from_any (self->id, properties);
  element->ink = weft_ink_new ((WeftInkPoint *) self->points->data, self->points->len);
  bounds = weft_ink_get_bounds (element->ink);
  element->x = bounds.x1;
  element->y = bounds.y1;
  element->width = bounds.x2 - bounds.x1;
  element->height = bounds.y2 - bounds.y1;
  weft_canvas_append_element (canvas, snapshot, element);
}

static void
weft_pen_tool_finalize (GObject *object)
{
  WeftPenTool *self = WEFT_PEN_TOOL (object);

  g_free (self->id);
  g_array_unref (self->points);

  G_OBJECT_CLASS (weft_pen_tool_parent_class)->finalize (object);
}

static void
weft_pen_tool_class_init (WeftPenToolClass *klass)
{
  WeftBoardToolClass *tool_class = WEFT_BOARD_TOOL_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = weft_pen_tool_finalize;
  tool_class->press = weft_pen_tool_press;
  tool_class->motion = weft_pen_tool_motion;
  tool_class->release = weft_pen_tool_release;
  tool_class->cancel = weft_pen_tool_cancel;
  tool_class->draw = weft_pen_tool_draw;
}

static void
weft_pen_tool_init (WeftPenTool *self)
{
  self->points = g_array_new (FALSE, FALSE, sizeof (WeftInkPoint));
}

WeftBoardTool *
weft_pen_tool_new (void)
{
  return g_object_new (WEFT_TYPE_PEN_TOOL, NULL);
}
