/* weft-canvas-input.c - pointers, pens, fingers, wheels and keys on the canvas
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One gesture serves mouse, pen and one finger and feeds the tool in hand. Two fingers, the middle button and
 * the wheel move the view. Single letters are bound on the canvas itself, so that they mean tools only while it
 * has the focus.
 */

#include "config.h"

#include "app/board/weft-canvas-private.h"

#include <math.h>

/* A click of a wheel, in view units. */
#define WHEEL_STEP 64.0
/* A click of a wheel with Ctrl. */
#define ZOOM_STEP  1.15
/* Fingers are not listened to this long after the pen. */
#define PALM_US    (500 * 1000)
#define DOUBLE_CLICK_DISTANCE 6.0

static WeftBoardEvent
make_event (WeftCanvas *self,
            double      x,
            double      y)
{
  WeftBoardEvent event = { 0 };

  event.view = (WeftPoint) { x, y };
  event.board = weft_viewport_to_board (&self->viewport, x, y);
  event.n_press = 1;

  return event;
}

static void
add_device (WeftCanvas     *self,
            WeftBoardEvent *event,
            GtkGesture     *gesture)
{
  GdkEvent *last
    = gtk_gesture_get_last_event (gesture, gtk_gesture_single_get_current_sequence (
                                             GTK_GESTURE_SINGLE (gesture)));
  GdkDevice *device = last != NULL ? gdk_event_get_device (last) : NULL;
  double pressure;

  event->time = last != NULL ? gdk_event_get_time (last) : 0;
  event->state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  event->touch = device != NULL && gdk_device_get_source (device) == GDK_SOURCE_TOUCHSCREEN;

  if (last != NULL && gdk_event_get_device_tool (last) != NULL)
    self->stylus_time = g_get_monotonic_time ();

  if (gtk_gesture_stylus_get_axis (GTK_GESTURE_STYLUS (gesture), GDK_AXIS_PRESSURE, &pressure))
    {
      event->pressure = pressure;
      event->has_pressure = TRUE;
    }
}

static void
tell_pointer (WeftCanvas *self,
              WeftPoint   board)
{
  if (self->presence != NULL)
    weft_board_presence_set_pointer (self->presence, &board, weft_tool_kind_to_name (self->tool));
}

void
weft_canvas_refresh_cursor (WeftCanvas *self)
{
  WeftBoardTool *tool = self->busy != NULL ? self->busy : weft_canvas_get_current_tool (self);
  WeftBoardEvent event = make_event (self, self->pointer.x, self->pointer.y);
  const char *cursor = weft_board_tool_get_cursor (tool);

  if (self->busy == NULL && self->model != NULL && self->pointer_inside)
    cursor = weft_board_tool_hover (tool, &event);

  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), cursor);
}

static gboolean
is_palm (WeftCanvas           *self,
         const WeftBoardEvent *event)
{
  return event->touch && g_get_monotonic_time () - self->stylus_time < PALM_US;
}

static gboolean
has_eraser (GtkGesture *gesture)
{
  GdkDeviceTool *tool = gtk_gesture_stylus_get_device_tool (GTK_GESTURE_STYLUS (gesture));

  return tool != NULL && gdk_device_tool_get_tool_type (tool) == GDK_DEVICE_TOOL_TYPE_ERASER;
}

static void
count_press (WeftCanvas     *self,
             WeftBoardEvent *event)
{
  GtkSettings *settings = gtk_widget_get_settings (GTK_WIDGET (self));
  int double_click_time;

  g_object_get (settings, "gtk-double-click-time", &double_click_time, NULL);

  if (self->last_press.n_press == 1 && event->time - self->last_press.time < (guint) double_click_time
      && weft_point_distance (event->view, self->last_press.view) < DOUBLE_CLICK_DISTANCE)
    event->n_press = 2;

  self->last_press = *event;
}

static void
down_cb (GtkGestureStylus *gesture,
         double            x,
         double            y,
         WeftCanvas       *self)
{
  WeftBoardEvent event = make_event (self, x, y);

  if (self->model == NULL)
    return;

  weft_canvas_stop_kinetic (self);
  add_device (self, &event, GTK_GESTURE (gesture));

  if (is_palm (self, &event))
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
      return;
    }

  count_press (self, &event);

  if (self->editor != NULL)
    weft_canvas_end_edit (self);

  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->busy = weft_canvas_get_current_tool (self);

  if (has_eraser (GTK_GESTURE (gesture)) && weft_canvas_get_editable (self))
    self->busy = self->tools[WEFT_TOOL_ERASER];
  else if (event.touch && !self->draw_with_finger && weft_board_tool_get_edits (self->busy))
    self->busy = self->tools[WEFT_TOOL_HAND];

  weft_board_tool_press (self->busy, &event);
  tell_pointer (self, event.board);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* Every sample since the last frame, in order; the last one is where the pointer is now. */
static gboolean
forward_backlog (WeftCanvas           *self,
                 GtkGestureStylus     *gesture,
                 const WeftBoardEvent *now)
{
  g_autofree GdkTimeCoord *backlog = NULL;
  guint n_coords = 0;

  if (!gtk_gesture_stylus_get_backlog (gesture, &backlog, &n_coords))
    return FALSE;

  for (guint i = 0; i < n_coords; i++)
    {
      WeftBoardEvent event
        = make_event (self, backlog[i].axes[GDK_AXIS_X], backlog[i].axes[GDK_AXIS_Y]);

      event.time = backlog[i].time;
      event.state = now->state;
      event.touch = now->touch;
      event.has_pressure = now->has_pressure && (backlog[i].flags & GDK_AXIS_FLAG_PRESSURE) != 0;
      event.pressure = event.has_pressure ? backlog[i].axes[GDK_AXIS_PRESSURE] : 0;

      if (self->busy != NULL && event.time < now->time)
        weft_board_tool_motion (self->busy, &event);
    }

  return n_coords > 0;
}

static void
motion_cb (GtkGestureStylus *gesture,
           double            x,
           double            y,
           WeftCanvas       *self)
{
  WeftBoardEvent event = make_event (self, x, y);

  if (self->busy == NULL)
    return;

  add_device (self, &event, GTK_GESTURE (gesture));
  forward_backlog (self, gesture, &event);

  if (self->busy != NULL)
    weft_board_tool_motion (self->busy, &event);

  self->pointer = event.view;
  tell_pointer (self, event.board);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
up_cb (GtkGestureStylus *gesture,
       double            x,
       double            y,
       WeftCanvas       *self)
{
  WeftBoardEvent event = make_event (self, x, y);
  WeftBoardTool *tool = g_steal_pointer (&self->busy);

  if (tool == NULL)
    return;

  add_device (self, &event, GTK_GESTURE (gesture));
  event.n_press = self->last_press.n_press;
  weft_board_tool_release (tool, &event);
  weft_canvas_refresh_cursor (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
gesture_cancel_cb (GtkGesture       *gesture,
                   GdkEventSequence *sequence,
                   WeftCanvas       *self)
{
  weft_canvas_cancel (self);
}

static void
hover_cb (GtkEventControllerMotion *controller,
          double                    x,
          double                    y,
          WeftCanvas               *self)
{
  WeftPoint at = { x, y };

  if (self->model == NULL)
    return;

  self->pointer_inside = TRUE;
  self->pointer = at;

  if (self->busy == NULL)
    {
      weft_canvas_refresh_cursor (self);
      tell_pointer (self, weft_viewport_to_board (&self->viewport, x, y));
    }
}

static void
leave_cb (GtkEventControllerMotion *controller,
          WeftCanvas               *self)
{
  self->pointer_inside = FALSE;

  if (self->presence != NULL)
    weft_board_presence_set_pointer (self->presence, NULL, NULL);
}

/* Wheel and touchpad */

void
weft_canvas_stop_kinetic (WeftCanvas *self)
{
  if (self->kinetic_id != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->kinetic_id);

  self->kinetic_id = 0;
}

static gboolean
kinetic_cb (GtkWidget     *widget,
            GdkFrameClock *clock,
            gpointer       data)
{
  WeftCanvas *self = WEFT_CANVAS (widget);
  gint64 now = gdk_frame_clock_get_frame_time (clock);
  double seconds = (now - self->kinetic_time) / (double) G_USEC_PER_SEC;
  double slower = exp (-4 * seconds);

  self->kinetic_time = now;
  weft_canvas_pan (self, self->kinetic_x * seconds, self->kinetic_y * seconds);
  self->kinetic_x *= slower;
  self->kinetic_y *= slower;

  if (hypot (self->kinetic_x, self->kinetic_y) > 20)
    return G_SOURCE_CONTINUE;

  self->kinetic_id = 0;

  return G_SOURCE_REMOVE;
}

static void
decelerate_cb (GtkEventControllerScroll *controller,
               double                    velocity_x,
               double                    velocity_y,
               WeftCanvas               *self)
{
  GdkModifierType state
    = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));
  gboolean animate;

  g_object_get (gtk_widget_get_settings (GTK_WIDGET (self)), "gtk-enable-animations", &animate, NULL);
  weft_canvas_stop_kinetic (self);

  if (!animate || (state & GDK_CONTROL_MASK) != 0 || hypot (velocity_x, velocity_y) < 100)
    return;

  self->kinetic_x = velocity_x;
  self->kinetic_y = velocity_y;
  self->kinetic_time = gdk_frame_clock_get_frame_time (gtk_widget_get_frame_clock (GTK_WIDGET (self)));
  self->kinetic_id = gtk_widget_add_tick_callback (GTK_WIDGET (self), kinetic_cb, NULL, NULL);
}

static gboolean
scroll_cb (GtkEventControllerScroll *controller,
           double                    dx,
           double                    dy,
           WeftCanvas               *self)
{
  GdkModifierType state
    = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));
  gboolean wheel = gtk_event_controller_scroll_get_unit (controller) == GDK_SCROLL_UNIT_WHEEL;
  double step = wheel ? WHEEL_STEP : 1;

  if (self->model == NULL)
    return GDK_EVENT_PROPAGATE;

  weft_canvas_stop_kinetic (self);

  if ((state & GDK_CONTROL_MASK) != 0)
    {
      double factor = wheel ? pow (ZOOM_STEP, -dy) : exp (-dy / 200);

      weft_canvas_zoom_at (self, self->pointer.x, self->pointer.y, self->viewport.zoom * factor);
    }
  else if ((state & GDK_SHIFT_MASK) != 0 && dx == 0)
    weft_canvas_pan (self, dy * step, 0);
  else
    weft_canvas_pan (self, dx * step, dy * step);

  weft_canvas_refresh_cursor (self);

  return GDK_EVENT_STOP;
}

/* Two fingers */

static void
pinch_begin_cb (GtkGesture       *gesture,
                GdkEventSequence *sequence,
                WeftCanvas       *self)
{
  weft_canvas_cancel (self);
  weft_canvas_stop_kinetic (self);
  self->pinch_zoom = self->viewport.zoom;
  gtk_gesture_get_bounding_box_center (gesture, &self->pinch_center.x, &self->pinch_center.y);
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
}

static void
pinch_cb (GtkGestureZoom *gesture,
          double          scale,
          WeftCanvas     *self)
{
  WeftPoint center;

  if (self->model == NULL
      || !gtk_gesture_get_bounding_box_center (GTK_GESTURE (gesture), &center.x, &center.y))
    return;

  weft_canvas_pan (self, self->pinch_center.x - center.x, self->pinch_center.y - center.y);
  self->pinch_center = center;
  weft_canvas_zoom_at (self, center.x, center.y, self->pinch_zoom * scale);
}

/* The middle button */

static void
drag_begin_cb (GtkGestureDrag *gesture,
               double          x,
               double          y,
               WeftCanvas     *self)
{
  self->drag_last = (WeftPoint) { 0, 0 };
  weft_canvas_stop_kinetic (self);
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "grabbing");
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
}

static void
drag_update_cb (GtkGestureDrag *gesture,
                double          x,
                double          y,
                WeftCanvas     *self)
{
  if (self->model == NULL)
    return;

  weft_canvas_pan (self, self->drag_last.x - x, self->drag_last.y - y);
  self->drag_last = (WeftPoint) { x, y };
}

static void
drag_end_cb (GtkGestureDrag *gesture,
             double          x,
             double          y,
             WeftCanvas     *self)
{
  weft_canvas_refresh_cursor (self);
}

/* Keys */

static gboolean
key_pressed_cb (GtkEventControllerKey *controller,
                guint                  keyval,
                guint                  keycode,
                GdkModifierType        state,
                WeftCanvas            *self)
{
  if (keyval != GDK_KEY_space || self->editor != NULL)
    return GDK_EVENT_PROPAGATE;

  if (!self->space_down && self->busy == NULL)
    {
      self->space_down = TRUE;
      weft_canvas_refresh_cursor (self);
    }

  return GDK_EVENT_STOP;
}

static void
key_released_cb (GtkEventControllerKey *controller,
                 guint                  keyval,
                 guint                  keycode,
                 GdkModifierType        state,
                 WeftCanvas            *self)
{
  if (keyval != GDK_KEY_space || !self->space_down)
    return;

  self->space_down = FALSE;
  weft_canvas_refresh_cursor (self);
}

static void
focus_leave_cb (GtkEventControllerFocus *controller,
                WeftCanvas              *self)
{
  self->space_down = FALSE;
}

static void
bind_tool (GtkWidgetClass *klass,
           guint           keyval,
           WeftToolKind    tool)
{
  gtk_widget_class_add_binding_action (klass, keyval, 0, "board.set-tool", "s",
                                       weft_tool_kind_to_name (tool));
}

static void
bind_arrow (GtkWidgetClass *klass,
            guint           keyval,
            int             dx,
            int             dy)
{
  gtk_widget_class_add_binding_action (klass, keyval, 0, "board.nudge", "(ii)", dx, dy);
  gtk_widget_class_add_binding_action (klass, keyval, GDK_SHIFT_MASK, "board.nudge", "(ii)", 10 * dx,
                                       10 * dy);
  gtk_widget_class_add_binding_action (klass, keyval, GDK_CONTROL_MASK, "board.add-connected", "(ii)", dx, dy);
  gtk_widget_class_add_binding_action (klass, keyval, GDK_ALT_MASK, "board.walk", "(ii)", dx, dy);
}

void
weft_canvas_class_bind_keys (GtkWidgetClass *klass)
{
  static const struct
  {
    guint           keyval;
    GdkModifierType state;
    const char     *action;
  } keys[] = {
    { GDK_KEY_q, 0, "board.tool-locked" },
    { GDK_KEY_z, GDK_CONTROL_MASK, "board.undo" },
    { GDK_KEY_z, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "board.redo" },
    { GDK_KEY_y, GDK_CONTROL_MASK, "board.redo" },
    { GDK_KEY_d, GDK_CONTROL_MASK, "board.duplicate" },
    { GDK_KEY_a, GDK_CONTROL_MASK, "board.select-all" },
    { GDK_KEY_x, GDK_CONTROL_MASK, "board.cut" },
    { GDK_KEY_c, GDK_CONTROL_MASK, "board.copy" },
    { GDK_KEY_v, GDK_CONTROL_MASK, "board.paste" },
    { GDK_KEY_g, GDK_CONTROL_MASK, "board.group" },
    { GDK_KEY_g, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "board.ungroup" },
    { GDK_KEY_Delete, 0, "board.delete" },
    { GDK_KEY_KP_Delete, 0, "board.delete" },
    { GDK_KEY_BackSpace, 0, "board.delete" },
    { GDK_KEY_bracketright, GDK_CONTROL_MASK, "board.raise" },
    { GDK_KEY_bracketleft, GDK_CONTROL_MASK, "board.lower" },
    { GDK_KEY_braceright, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "board.to-front" },
    { GDK_KEY_braceleft, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "board.to-back" },
    { GDK_KEY_plus, GDK_CONTROL_MASK, "board.zoom-in" },
    { GDK_KEY_equal, GDK_CONTROL_MASK, "board.zoom-in" },
    { GDK_KEY_KP_Add, GDK_CONTROL_MASK, "board.zoom-in" },
    { GDK_KEY_minus, GDK_CONTROL_MASK, "board.zoom-out" },
    { GDK_KEY_KP_Subtract, GDK_CONTROL_MASK, "board.zoom-out" },
    { GDK_KEY_0, GDK_CONTROL_MASK, "board.zoom-original" },
    { GDK_KEY_KP_0, GDK_CONTROL_MASK, "board.zoom-original" },
    { GDK_KEY_exclam, GDK_SHIFT_MASK, "board.zoom-fit" },
    { GDK_KEY_1, GDK_SHIFT_MASK, "board.zoom-fit" },
    { GDK_KEY_at, GDK_SHIFT_MASK, "board.zoom-selection" },
    { GDK_KEY_2, GDK_SHIFT_MASK, "board.zoom-selection" },
    { GDK_KEY_apostrophe, GDK_CONTROL_MASK, "board.show-grid" },
    { GDK_KEY_Escape, 0, "board.escape" },
    { GDK_KEY_Return, 0, "board.edit-text" },
    { GDK_KEY_KP_Enter, 0, "board.edit-text" },
    { GDK_KEY_F2, 0, "board.edit-text" },
  };

  bind_tool (klass, GDK_KEY_v, WEFT_TOOL_SELECT);
  bind_tool (klass, GDK_KEY_h, WEFT_TOOL_HAND);
  bind_tool (klass, GDK_KEY_p, WEFT_TOOL_PEN);
  bind_tool (klass, GDK_KEY_r, WEFT_TOOL_RECTANGLE);
  bind_tool (klass, GDK_KEY_o, WEFT_TOOL_ELLIPSE);
  bind_tool (klass, GDK_KEY_d, WEFT_TOOL_DIAMOND);
  bind_tool (klass, GDK_KEY_l, WEFT_TOOL_LINE);
  bind_tool (klass, GDK_KEY_a, WEFT_TOOL_ARROW);
  bind_tool (klass, GDK_KEY_t, WEFT_TOOL_TEXT);
  bind_tool (klass, GDK_KEY_n, WEFT_TOOL_NOTE);
  bind_tool (klass, GDK_KEY_e, WEFT_TOOL_ERASER);

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_widget_class_add_binding_action (klass, keys[i].keyval, keys[i].state, keys[i].action, NULL);

  bind_arrow (klass, GDK_KEY_Left, -1, 0);
  bind_arrow (klass, GDK_KEY_Right, 1, 0);
  bind_arrow (klass, GDK_KEY_Up, 0, -1);
  bind_arrow (klass, GDK_KEY_Down, 0, 1);
}

void
weft_canvas_init_input (WeftCanvas *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll = gtk_event_controller_scroll_new (
    GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES | GTK_EVENT_CONTROLLER_SCROLL_KINETIC);
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();
  GtkGesture *pinch = gtk_gesture_zoom_new ();
  GtkGesture *drag = gtk_gesture_drag_new ();

  self->stylus = gtk_gesture_stylus_new ();
  gtk_gesture_stylus_set_stylus_only (GTK_GESTURE_STYLUS (self->stylus), FALSE);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (self->stylus), GDK_BUTTON_PRIMARY);
  g_signal_connect (self->stylus, "down", G_CALLBACK (down_cb), self);
  g_signal_connect (self->stylus, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect (self->stylus, "up", G_CALLBACK (up_cb), self);
  g_signal_connect (self->stylus, "cancel", G_CALLBACK (gesture_cancel_cb), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (self->stylus));

  g_signal_connect (motion, "enter", G_CALLBACK (hover_cb), self);
  g_signal_connect (motion, "motion", G_CALLBACK (hover_cb), self);
  g_signal_connect (motion, "leave", G_CALLBACK (leave_cb), self);
  gtk_widget_add_controller (widget, motion);

  g_signal_connect (scroll, "scroll", G_CALLBACK (scroll_cb), self);
  g_signal_connect (scroll, "decelerate", G_CALLBACK (decelerate_cb), self);
  gtk_widget_add_controller (widget, scroll);

  g_signal_connect (pinch, "begin", G_CALLBACK (pinch_begin_cb), self);
  g_signal_connect (pinch, "scale-changed", G_CALLBACK (pinch_cb), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (pinch));

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (drag), GDK_BUTTON_MIDDLE);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (drag_end_cb), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));

  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  g_signal_connect (keys, "key-released", G_CALLBACK (key_released_cb), self);
  gtk_widget_add_controller (widget, keys);
  g_signal_connect (focus, "leave", G_CALLBACK (focus_leave_cb), self);
  gtk_widget_add_controller (widget, focus);
}
