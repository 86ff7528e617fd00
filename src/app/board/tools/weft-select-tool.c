/* weft-select-tool.c - picks, moves and resizes
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A drag on an element moves the selection, one on a handle resizes it, one on an end of a line moves that end, one on
 * the empty board is a marquee. The round handle above an element turns it, with Shift in steps of 15 degrees. The
 * originals are hidden from the tiles meanwhile and drawn where they would be.
 */

#include "config.h"

#include "app/board/tools/weft-select-tool.h"

#include "app/board/tools/weft-selection-handles.h"
#include "app/board/weft-board-ops.h"
#include "app/board/weft-connectors.h"

#include <math.h>

#define CLICK_DISTANCE  4.0
#define HIT_DISTANCE    6.0
/* More elements than this move as one picture. */
#define MANY            40
#define MAX_TOLD        32

typedef enum
{
  MODE_NONE,
  MODE_PRESSED, /* on an element, not dragged yet */
  MODE_MOVE,
  MODE_RESIZE,
  MODE_TURN,
  MODE_END,     /* an end or corner of a line */
  MODE_MARQUEE,
} Mode;

struct _WeftSelectTool
{
  WeftBoardTool parent_instance;

  Mode          mode;
  WeftPoint     start;
  WeftPoint     start_view;
  WeftPoint     now;
  GdkModifierType state;
  int           handle;
  guint         end_index;
  WeftBox       box;       /* of the selection, when the drag began */
  char         *pressed_id;
  gboolean      was_selected;

  GPtrArray    *originals; /* WeftElement */
  GPtrArray    *moved;     /* WeftElement, the same ones as they would be */
  GPtrArray    *followers; /* WeftElement, connectors as they would be */
  GHashTable   *hidden;    /* ids whose originals are hidden */
  GdkTexture   *picture;   /* of many elements, instead of drawing each */
  graphene_rect_t picture_bounds; /* view units, where it was taken */
};

G_DEFINE_FINAL_TYPE (WeftSelectTool, weft_select_tool, WEFT_TYPE_BOARD_TOOL)

static WeftCanvas *
get_canvas (WeftSelectTool *self)
{
  return weft_board_tool_get_canvas (WEFT_BOARD_TOOL (self));
}

static WeftBoardModel *
get_model (WeftSelectTool *self)
{
  return weft_canvas_get_model (get_canvas (self));
}

static WeftElement *
pick (WeftSelectTool *self,
      WeftPoint       board)
{
  return weft_board_model_pick (get_model (self), board,
                                weft_canvas_to_board_length (get_canvas (self), HIT_DISTANCE));
}

static gboolean
is_inside_selection (WeftSelectTool *self,
                     WeftPoint       board)
{
  WeftBox box;

  if (weft_canvas_get_n_selected (get_canvas (self)) < 2)
    return FALSE;

  box = weft_canvas_get_selection_box (get_canvas (self));

  return weft_box_contains_point (&box, board.x, board.y);
}

/* Dragging */

static void
hide (WeftSelectTool *self,
      const char     *id)
{
  if (g_hash_table_contains (self->hidden, id))
    return;

  g_hash_table_add (self->hidden, g_strdup (id));
  weft_board_model_set_override (get_model (self), id, NULL);
}

static void
begin_drag (WeftSelectTool *self)
{
  WeftCanvas *canvas = get_canvas (self);

  g_ptr_array_unref (self->originals);
  self->originals = weft_canvas_list_selected (canvas);
  self->box = weft_canvas_get_selection_box (canvas);

  for (guint i = self->originals->len; i-- > 0;)
    if (((WeftElement *) g_ptr_array_index (self->originals, i))->locked)
      g_ptr_array_remove_index (self->originals, i);

  weft_board_model_hold (get_model (self));
  for (guint i = 0; i < self->originals->len; i++)
    hide (self, ((WeftElement *) g_ptr_array_index (self->originals, i))->id);
  weft_board_model_release (get_model (self));
}

static void
end_drag (WeftSelectTool *self)
{
  WeftBoardModel *model = get_model (self);
  GHashTableIter iter;
  gpointer id;

  if (model != NULL)
    {
      weft_board_model_hold (model);
      g_hash_table_iter_init (&iter, self->hidden);
      while (g_hash_table_iter_next (&iter, &id, NULL))
        weft_board_model_drop_override (model, id);
      weft_board_model_release (model);
    }

  g_hash_table_remove_all (self->hidden);
  g_ptr_array_set_size (self->originals, 0);
  g_ptr_array_set_size (self->moved, 0);
  g_ptr_array_set_size (self->followers, 0);
  g_clear_object (&self->picture);
  g_clear_pointer (&self->pressed_id, g_free);
  self->mode = MODE_NONE;
  weft_canvas_set_live (get_canvas (self), NULL);
}

/* Connectors follow while their shapes are dragged. */
static void
update_followers (WeftSelectTool *self)
{
  g_autoptr(GHashTable) moved = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < self->moved->len; i++)
    {
      WeftElement *element = g_ptr_array_index (self->moved, i);

      g_hash_table_insert (moved, element->id, element);
    }

  g_ptr_array_unref (self->followers);
  self->followers = weft_connectors_follow (get_model (self), moved);

  weft_board_model_hold (get_model (self));
  for (guint i = 0; i < self->followers->len; i++)
    hide (self, ((WeftElement *) g_ptr_array_index (self->followers, i))->id);
  weft_board_model_release (get_model (self));
}

static void
tell_others (WeftSelectTool *self)
{
  WeftAny *live;
  WeftAny *move;

  if (!weft_canvas_has_company (get_canvas (self)))
    return;

  live = weft_any_new_object ();
  move = weft_any_new_object ();

  for (guint i = 0; i < MIN (self->moved->len, MAX_TOLD); i++)
    {
      WeftElement *element = g_ptr_array_index (self->moved, i);
      WeftAny *place = weft_any_new_array ();

      weft_any_array_take (place, weft_any_new_number (round (element->x * 10) / 10));
      weft_any_array_take (place, weft_any_new_number (round (element->y * 10) / 10));
      weft_any_array_take (place, weft_any_new_number (round (element->width * 10) / 10));
      weft_any_array_take (place, weft_any_new_number (round (element->height * 10) / 10));
      weft_any_object_take (move, element->id, place);
    }

  weft_any_object_take (live, "move", move);
  weft_canvas_set_live (get_canvas (self), live);
}

/* What is bound to something that stays behind lets go when it is moved by itself. */
static void
release_bindings (WeftSelectTool *self,
                  WeftElement    *element)
{
  if (!weft_element_is_linear (element))
    return;

  if (element->start_binding.element_id != NULL
      && !g_hash_table_contains (self->hidden, element->start_binding.element_id))
    g_clear_pointer (&element->start_binding.element_id, g_free);
  if (element->end_binding.element_id != NULL
      && !g_hash_table_contains (self->hidden, element->end_binding.element_id))
    g_clear_pointer (&element->end_binding.element_id, g_free);
}

static void
update_move (WeftSelectTool *self)
{
  double dx = self->now.x - self->start.x;
  double dy = self->now.y - self->start.y;

  /* Shift keeps to one direction. */
  if ((self->state & GDK_SHIFT_MASK) != 0)
    {
      if (fabs (dx) > fabs (dy))
        dy = 0;
      else
        dx = 0;
    }

  g_ptr_array_set_size (self->moved, 0);

  for (guint i = 0; i < self->originals->len; i++)
    {
      WeftElement *element = weft_element_copy (g_ptr_array_index (self->originals, i));

      element->x += dx;
      element->y += dy;
      release_bindings (self, element);
      g_ptr_array_add (self->moved, element);
    }

  update_followers (self);
}

static WeftBox
resized_box (WeftSelectTool *self)
{
  WeftBox box = self->box;
  double dx = self->now.x - self->start.x;
  double dy = self->now.y - self->start.y;
  int column = self->handle % 3;
  int row = self->handle / 3;
  gboolean keep_ratio = (self->state & GDK_SHIFT_MASK) != 0;
  gboolean from_center = (self->state & GDK_ALT_MASK) != 0;
  double width = box.x2 - box.x1;
  double height = box.y2 - box.y1;

  if (column == 0)
    box.x1 += dx;
  else if (column == 2)
    box.x2 += dx;
  if (row == 0)
    box.y1 += dy;
  else if (row == 2)
    box.y2 += dy;

  if (from_center)
    {
      double cx = (self->box.x1 + self->box.x2) / 2;
      double cy = (self->box.y1 + self->box.y2) / 2;

      if (column == 0)
        box.x2 = 2 * cx - box.x1;
      else if (column == 2)
        box.x1 = 2 * cx - box.x2;
      if (row == 0)
        box.y2 = 2 * cy - box.y1;
      else if (row == 2)
        box.y1 = 2 * cy - box.y2;
    }

  if (keep_ratio && column != 1 && row != 1 && width > 0 && height > 0)
    {
      double factor = MAX (fabs (box.x2 - box.x1) / width, fabs (box.y2 - box.y1) / height);

      if (column == 0)
        box.x1 = box.x2 - width * factor;
      else
        box.x2 = box.x1 + width * factor;
      if (row == 0)
        box.y1 = box.y2 - height * factor;
      else
        box.y2 = box.y1 + height * factor;
    }

  return box;
}

/* @value of the old stretch from @a1 to @a2, in the new one. */
static double
map (double value,
     double a1,
     double a2,
     double b1,
     double b2)
{
  return a2 > a1 ? b1 + (value - a1) * (b2 - b1) / (a2 - a1) : value + b1 - a1;
}

static void
resize_text (WeftSelectTool *self,
             WeftElement    *element,
             double          factor_x,
             double          factor_y)
{
  double width;
  double height;

  if (self->handle % 3 != 1 && self->handle / 3 == 1)
    {
      /* By a side: the lines break anew. */
      element->auto_resize = FALSE;
      element->width = MAX (element->width, element->font_size * 2);
      weft_element_renderer_measure (weft_canvas_get_renderer (get_canvas (self)), element, &width,
                                     &height);
      element->height = height;
      return;
    }

  element->font_size = CLAMP (element->font_size * fabs (self->handle % 3 == 1 ? factor_y : factor_x),
                              4, 1000);
  weft_element_renderer_measure (weft_canvas_get_renderer (get_canvas (self)), element, &width,
                                 &height);
  if (element->auto_resize)
    element->width = width;
  element->height = height;
}

static void
update_resize (WeftSelectTool *self)
{
  WeftBox to = resized_box (self);
  const WeftBox *from = &self->box;
  double factor_x = from->x2 > from->x1 ? (to.x2 - to.x1) / (from->x2 - from->x1) : 1;
  double factor_y = from->y2 > from->y1 ? (to.y2 - to.y1) / (from->y2 - from->y1) : 1;

  g_ptr_array_set_size (self->moved, 0);

  for (guint i = 0; i < self->originals->len; i++)
    {
      WeftElement *original = g_ptr_array_index (self->originals, i);
      WeftElement *element = weft_element_copy (original);
      WeftBox box = weft_element_get_box (original);
      WeftPoint a = { map (box.x1, from->x1, from->x2, to.x1, to.x2),
                      map (box.y1, from->y1, from->y2, to.y1, to.y2) };
      WeftPoint b = { map (box.x2, from->x1, from->x2, to.x1, to.x2),
                      map (box.y2, from->y1, from->y2, to.y1, to.y2) };

      if (weft_element_is_linear (element))
        {
          element->x = map (original->x, from->x1, from->x2, to.x1, to.x2);
          element->y = map (original->y, from->y1, from->y2, to.y1, to.y2);
          for (gsize k = 0; k < element->n_points; k++)
            {
              element->points[k].x *= factor_x;
              element->points[k].y *= factor_y;
            }
        }
      else
        {
          WeftBox turned = weft_box_from_points (a, b);

          element->x = turned.x1;
          element->y = turned.y1;
          element->width = turned.x2 - turned.x1;
          element->height = turned.y2 - turned.y1;
          if (element->kind == WEFT_ELEMENT_TEXT)
            resize_text (self, element, factor_x, factor_y);
          if (element->radius > 0)
            element->radius = MIN (32, MIN (element->width, element->height) / 4);
        }

      g_ptr_array_add (self->moved, element);
    }

  update_followers (self);
}

static WeftElement *
lookup_cb (const char *id,
           gpointer    user_data)
{
  return weft_board_model_lookup (user_data, id);
}

static void
update_turn (WeftSelectTool *self)
{
  WeftElement *original = g_ptr_array_index (self->originals, 0);
  WeftElement *element = weft_element_copy (original);
  WeftPoint center = weft_element_get_center (original);
  double step = G_PI / 12;
  double from = atan2 (self->start.y - center.y, self->start.x - center.x);
  double to = atan2 (self->now.y - center.y, self->now.x - center.x);

  element->angle = original->angle + to - from;
  if ((self->state & GDK_SHIFT_MASK) != 0)
    element->angle = round (element->angle / step) * step;

  /* 0 up to a whole turn; almost upright is upright, so that there is a way back. */
  element->angle = fmod (element->angle + 4 * G_PI, 2 * G_PI);
  if (element->angle < 0.02 || element->angle > 2 * G_PI - 0.02)
    element->angle = 0;

  g_ptr_array_set_size (self->moved, 0);
  g_ptr_array_add (self->moved, element);
  update_followers (self);
}

/* An end of a line is taken elsewhere, and holds on to what it is put on. */
static void
update_end (WeftSelectTool *self)
{
  WeftElement *original = g_ptr_array_index (self->originals, 0);
  WeftElement *element = weft_element_copy (original);
  WeftElement *routed;
  gboolean first = self->end_index == 0;
  gboolean last = self->end_index == element->n_points - 1;

  element->points[self->end_index].x += self->now.x - self->start.x;
  element->points[self->end_index].y += self->now.y - self->start.y;

  if (first || last)
    {
      WeftBinding *binding = first ? &element->start_binding : &element->end_binding;
      WeftElement *target = NULL;

      if ((self->state & GDK_CONTROL_MASK) == 0)
        target = weft_board_model_pick_bindable (get_model (self), self->now,
                                                 weft_canvas_to_board_length (get_canvas (self), 8));
      g_clear_pointer (&binding->element_id, g_free);

      if (target != NULL)
        {
          g_autoptr(WeftAny) any = weft_binding_to_any (target, self->now);
          const WeftAny *fixed = weft_any_lookup (any, "fixedPoint");

          binding->element_id = g_strdup (target->id);
          binding->fixed_x = weft_any_get_number (weft_any_get_item (fixed, 0));
          binding->fixed_y = weft_any_get_number (weft_any_get_item (fixed, 1));
        }
    }

  if (first)
    {
      /* The first point is where x, y is. */
      WeftPoint by = element->points[0];

      element->x += by.x;
      element->y += by.y;
      for (gsize i = 0; i < element->n_points; i++)
        {
          element->points[i].x -= by.x;
          element->points[i].y -= by.y;
        }
    }

  routed = weft_connector_route (element, lookup_cb, get_model (self));
  g_ptr_array_set_size (self->moved, 0);

  if (routed != NULL)
    {
      weft_element_unref (element);
      element = routed;
    }

  g_ptr_array_add (self->moved, element);
}

/* Events */

static void
weft_select_tool_press (WeftBoardTool        *tool,
                        const WeftBoardEvent *event)
{
  WeftSelectTool *self = WEFT_SELECT_TOOL (tool);
  WeftCanvas *canvas = get_canvas (self);
  gboolean add = (event->state & (GDK_SHIFT_MASK | GDK_CONTROL_MASK)) != 0;
  WeftElement *element;
  int end;

  self->start = self->now = event->board;
  self->start_view = event->view;
  self->state = event->state;
  self->handle = weft_selection_find_handle (get_canvas (self), event->view);
  end = weft_selection_find_end (get_canvas (self), event->view);

  if (self->handle != WEFT_HANDLE_NONE)
    {
      self->mode = MODE_RESIZE;
      begin_drag (self);
      update_resize (self);
      return;
    }

  if (end >= 0)
    {
      self->mode = MODE_END;
      self->end_index = (guint) end;
      begin_drag (self);
      update_end (self);
      return;
    }

  if (weft_selection_is_on_turn_handle (get_canvas (self), event->view))
    {
      self->mode = MODE_TURN;
      begin_drag (self);
      update_turn (self);
      return;
    }

  element = pick (self, event->board);
  g_clear_pointer (&self->pressed_id, g_free);

  if (element != NULL)
    {
      self->mode = MODE_PRESSED;
      self->pressed_id = g_strdup (element->id);
      self->was_selected = weft_canvas_is_selected (canvas, element->id);

      if (!self->was_selected && add)
        weft_canvas_toggle_selected (canvas, self->pressed_id);
      else if (!self->was_selected)
        weft_canvas_select (canvas, (const char *[]) { self->pressed_id, NULL }, FALSE);
    }
  else if (is_inside_selection (self, event->board) && !add)
    self->mode = MODE_PRESSED;
  else
    {
      self->mode = MODE_MARQUEE;
      if (!add)
        weft_canvas_select (canvas, NULL, FALSE);
    }
}

static void
select_marquee (WeftSelectTool *self)
{
  WeftCanvas *canvas = get_canvas (self);
  GPtrArray *elements = weft_board_model_get_elements (get_model (self));
  WeftBox box = weft_box_from_points (self->start, self->now);
  gboolean add = (self->state & (GDK_SHIFT_MASK | GDK_CONTROL_MASK)) != 0;
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  g_auto(GStrv) ids = NULL;

  for (guint i = 0; i < elements->len; i++)
    {
      WeftElement *element = g_ptr_array_index (elements, i);

      if (!element->locked && weft_element_touches_box (element, &box))
        g_strv_builder_add (builder, element->id);
    }

  ids = g_strv_builder_end (builder);
  weft_canvas_select (canvas, (const char *const *) ids, add);
}

static void
weft_select_tool_motion (WeftBoardTool        *tool,
                         const WeftBoardEvent *event)
{
  WeftSelectTool *self = WEFT_SELECT_TOOL (tool);

  self->now = event->board;
  self->state = event->state;

  if (self->mode == MODE_PRESSED
      && weft_point_distance (event->view, self->start_view) >= CLICK_DISTANCE
      && weft_canvas_get_editable (get_canvas (self)))
    {
      /* Ctrl or Shift on something selected that is dragged: it stays selected. */
      if (self->pressed_id != NULL && !weft_canvas_is_selected (get_canvas (self), self->pressed_id))
        weft_canvas_toggle_selected (get_canvas (self), self->pressed_id);
      self->mode = MODE_MOVE;
      begin_drag (self);
    }

  switch (self->mode)
    {
    case MODE_MOVE:
      update_move (self);
      tell_others (self);
      break;
    case MODE_RESIZE:
      update_resize (self);
      tell_others (self);
      break;
    case MODE_TURN:
      update_turn (self);
      break;
    case MODE_END:
      update_end (self);
      break;
    case MODE_MARQUEE:
      select_marquee (self);
      break;
    case MODE_PRESSED:
    case MODE_NONE:
    default:
      break;
    }
}

static void
click (WeftSelectTool       *self,
       const WeftBoardEvent *event)
{
  WeftCanvas *canvas = get_canvas (self);
  gboolean add = (event->state & (GDK_SHIFT_MASK | GDK_CONTROL_MASK)) != 0;

  if (self->pressed_id == NULL)
    {
      /* Inside the frame of several, on none of them. */
      weft_canvas_select (canvas, NULL, FALSE);
      return;
    }

  if (add && self->was_selected)
    weft_canvas_toggle_selected (canvas, self->pressed_id);
  else if (!add)
    weft_canvas_select (canvas, (const char *[]) { self->pressed_id, NULL }, FALSE);
}

static void
commit_drag (WeftSelectTool *self)
{
  WeftCanvas *canvas = get_canvas (self);
  g_autoptr(GPtrArray) moved = g_ptr_array_ref (self->moved);
  gboolean far
    = weft_point_distance (self->now, self->start) * weft_canvas_get_viewport (canvas)->zoom > 0.5;

  if (!far || moved->len == 0)
    return;

  if (self->mode == MODE_MOVE && (self->state & GDK_ALT_MASK) != 0)
    {
      weft_board_duplicate_selected (canvas, self->now.x - self->start.x, self->now.y - self->start.y);
      return;
    }

  if (moved->len <= MANY)
    {
      for (guint i = 0; i < moved->len; i++)
        weft_canvas_keep_shown (canvas, g_ptr_array_index (moved, i));
      for (guint i = 0; i < self->followers->len; i++)
        weft_canvas_keep_shown (canvas, g_ptr_array_index (self->followers, i));
    }

  weft_board_place_elements (canvas, moved);

  if (self->mode == MODE_END)
    {
      WeftElement *element = g_ptr_array_index (moved, 0);
      g_autoptr(WeftAny) properties = weft_any_new_object ();
      const WeftBinding *binding
        = self->end_index == 0 ? &element->start_binding : &element->end_binding;

      if (binding->element_id != NULL && (self->end_index == 0 || self->end_index == element->n_points - 1))
        {
          WeftElement *target = weft_board_model_lookup (get_model (self), binding->element_id);

          if (target != NULL)
            {
              weft_any_object_take (properties, self->end_index == 0 ? "startBinding" : "endBinding",
                                    weft_binding_to_any (target, self->now));
              weft_board_style_selected (canvas, g_steal_pointer (&properties), NULL);
            }
        }
    }
}

static void
weft_select_tool_release (WeftBoardTool        *tool,
                          const WeftBoardEvent *event)
{
  WeftSelectTool *self = WEFT_SELECT_TOOL (tool);
  WeftCanvas *canvas = get_canvas (self);
  gboolean was_click = self->mode == MODE_PRESSED
                       || (self->mode == MODE_MARQUEE
                           && weft_point_distance (event->view, self->start_view) < CLICK_DISTANCE);
  gboolean empty = self->pressed_id == NULL && self->mode == MODE_MARQUEE;
  g_autofree char *id = g_strdup (self->pressed_id);

  self->state = event->state;

  if (self->mode == MODE_PRESSED)
    click (self, event);
  else if (self->mode == MODE_MOVE || self->mode == MODE_RESIZE || self->mode == MODE_TURN || self->mode == MODE_END)
    commit_drag (self);

  end_drag (self);

  if (!was_click || event->n_press != 2 || !weft_canvas_get_editable (canvas))
    return;

  if (id != NULL)
    weft_canvas_edit_text (canvas, id);
  else if (empty)
    {
      const WeftBoardStyle *style = weft_canvas_get_style (canvas);
      WeftElement *shape = weft_board_model_pick_bindable (get_model (self), event->board, 0);
      WeftAny *properties;

      /* Inside a hollow shape: its label. */
      if (shape != NULL)
        {
          g_autofree char *shape_id = g_strdup (shape->id);

          weft_canvas_select (canvas, (const char *[]) { shape_id, NULL }, FALSE);
          weft_canvas_edit_text (canvas, shape_id);
          return;
        }

      properties = weft_board_style_to_any (style, WEFT_ELEMENT_TEXT);
      weft_board_add_number (properties, "x", event->board.x);
      weft_board_add_number (properties, "y", event->board.y - style->font_size * 0.625);
      weft_board_add_number (properties, "width", 1);
      weft_board_add_number (properties, "height", style->font_size * 1.25);
      weft_canvas_edit_new_text (canvas, properties);
    }
}

static const char *
weft_select_tool_hover (WeftBoardTool        *tool,
                        const WeftBoardEvent *event)
{
  WeftSelectTool *self = WEFT_SELECT_TOOL (tool);
  int handle = weft_selection_find_handle (get_canvas (self), event->view);

  if (handle != WEFT_HANDLE_NONE)
    return weft_selection_get_handle_cursor (handle);
  if (weft_selection_find_end (get_canvas (self), event->view) >= 0)
    return "crosshair";
  if (weft_selection_is_on_turn_handle (get_canvas (self), event->view))
    return "grab";
  if (weft_canvas_get_editable (get_canvas (self))
      && (pick (self, event->board) != NULL || is_inside_selection (self, event->board)))
    return "move";

  return NULL;
}

static void
weft_select_tool_cancel (WeftBoardTool *tool)
{
  end_drag (WEFT_SELECT_TOOL (tool));
}

/* Drawing */

/* Many elements are drawn once and moved as a picture. */
static void
take_picture (WeftSelectTool *self)
{
  WeftCanvas *canvas = get_canvas (self);
  const WeftViewport *viewport = weft_canvas_get_viewport (canvas);
  WeftBox view = weft_viewport_get_box (viewport);
  WeftBox box = self->box;
  WeftElementRenderer *renderer = weft_canvas_get_renderer (canvas);
  double scale = viewport->zoom * viewport->scale_factor;
  WeftPoint a;
  WeftPoint b;
  cairo_surface_t *surface;
  cairo_t *cr;
  int width;
  int height;
  g_autoptr(GBytes) bytes = NULL;

  /* Half a view around what is seen, so that there is something to pull in. */
  weft_box_grow (&view, MAX (view.x2 - view.x1, view.y2 - view.y1) / 2);
  weft_box_grow (&box, 40);
  box = (WeftBox) { MAX (box.x1, view.x1), MAX (box.y1, view.y1), MIN (box.x2, view.x2),
                    MIN (box.y2, view.y2) };

  if (weft_box_is_empty (&box))
    return;

  a = weft_viewport_to_view (viewport, (WeftPoint) { box.x1, box.y1 });
  b = weft_viewport_to_view (viewport, (WeftPoint) { box.x2, box.y2 });
  a = (WeftPoint) { floor (a.x), floor (a.y) };
  width = (int) ceil ((b.x - a.x) * viewport->scale_factor);
  height = (int) ceil ((b.y - a.y) * viewport->scale_factor);

  if (width <= 0 || height <= 0)
    return;

  surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  cr = cairo_create (surface);
  cairo_set_antialias (cr, CAIRO_ANTIALIAS_FAST);
  cairo_translate (cr, -a.x * viewport->scale_factor, -a.y * viewport->scale_factor);
  cairo_scale (cr, scale, scale);
  cairo_translate (cr, -viewport->x, -viewport->y);
  weft_element_renderer_set_dark (renderer, weft_canvas_get_dark (canvas));
  weft_element_renderer_set_scale (renderer, scale);

  for (guint i = 0; i < self->originals->len; i++)
    {
      WeftElement *element = g_ptr_array_index (self->originals, i);
      WeftBox bounds = weft_element_get_draw_bounds (element);

      if (weft_box_intersects (&bounds, &box))
        weft_element_renderer_draw (renderer, cr, element);
    }

  cairo_destroy (cr);
  cairo_surface_flush (surface);
  bytes = g_bytes_new_with_free_func (cairo_image_surface_get_data (surface),
                                      (gsize) cairo_image_surface_get_stride (surface) * height,
                                      (GDestroyNotify) cairo_surface_destroy, surface);
  self->picture = gdk_memory_texture_new (width, height, GDK_MEMORY_DEFAULT, bytes,
                                          cairo_image_surface_get_stride (surface));
  self->picture_bounds = GRAPHENE_RECT_INIT (a.x, a.y, width / viewport->scale_factor,
                                             height / viewport->scale_factor);
}

static void
draw_moved (WeftSelectTool *self,
            GtkSnapshot    *snapshot)
{
  WeftCanvas *canvas = get_canvas (self);
  const WeftViewport *viewport = weft_canvas_get_viewport (canvas);

  if (self->mode == MODE_MOVE && self->moved->len > MANY)
    {
      WeftElement *before = g_ptr_array_index (self->originals, 0);
      WeftElement *now = g_ptr_array_index (self->moved, 0);
      graphene_rect_t bounds;

      if (self->picture == NULL)
        take_picture (self);
      if (self->picture == NULL)
        return;

      bounds = self->picture_bounds;
      bounds.origin.x += (float) round ((now->x - before->x) * viewport->zoom);
      bounds.origin.y += (float) round ((now->y - before->y) * viewport->zoom);
      gtk_snapshot_append_texture (snapshot, self->picture, &bounds);
    }
  else
    for (guint i = 0; i < self->moved->len; i++)
      weft_canvas_append_element (canvas, snapshot, g_ptr_array_index (self->moved, i));

  for (guint i = 0; i < self->followers->len; i++)
    weft_canvas_append_element (canvas, snapshot, g_ptr_array_index (self->followers, i));
}

static void
weft_select_tool_draw (WeftBoardTool *tool,
                       GtkSnapshot   *snapshot)
{
  WeftSelectTool *self = WEFT_SELECT_TOOL (tool);
  g_autoptr(GdkRGBA) accent
    = adw_style_manager_get_accent_color_rgba (adw_style_manager_get_default ());

  if (self->mode == MODE_MOVE || self->mode == MODE_RESIZE || self->mode == MODE_TURN || self->mode == MODE_END)
    {
      draw_moved (self, snapshot);
      return;
    }

  weft_selection_draw (get_canvas (self), snapshot, accent);

  if (self->mode == MODE_MARQUEE)
    {
      const WeftViewport *viewport = weft_canvas_get_viewport (get_canvas (self));
      WeftBox box = weft_box_from_points (weft_viewport_to_view (viewport, self->start),
                                          weft_viewport_to_view (viewport, self->now));
      GdkRGBA wash = *accent;

      wash.alpha = 0.12;
      gtk_snapshot_append_color (snapshot, &wash,
                                 &GRAPHENE_RECT_INIT (box.x1, box.y1, box.x2 - box.x1, box.y2 - box.y1));
      weft_selection_append_frame (snapshot, &box, accent, 1);
    }
}

static void
weft_select_tool_finalize (GObject *object)
{
  WeftSelectTool *self = WEFT_SELECT_TOOL (object);

  g_free (self->pressed_id);
  g_ptr_array_unref (self->originals);
  g_ptr_array_unref (self->moved);
  g_ptr_array_unref (self->followers);
  g_hash_table_unref (self->hidden);
  g_clear_object (&self->picture);

  G_OBJECT_CLASS (weft_select_tool_parent_class)->finalize (object);
}

static void
weft_select_tool_class_init (WeftSelectToolClass *klass)
{
  WeftBoardToolClass *tool_class = WEFT_BOARD_TOOL_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = weft_select_tool_finalize;
  tool_class->cursor = "default";
  tool_class->edits = FALSE;
  tool_class->press = weft_select_tool_press;
  tool_class->motion = weft_select_tool_motion;
  tool_class->release = weft_select_tool_release;
  tool_class->hover = weft_select_tool_hover;
  tool_class->cancel = weft_select_tool_cancel;
  tool_class->draw = weft_select_tool_draw;
}

static GPtrArray *
new_elements (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) weft_element_unref);
}

static void
weft_select_tool_init (WeftSelectTool *self)
{
  self->handle = WEFT_HANDLE_NONE;
  self->originals = new_elements ();
  self->moved = new_elements ();
  self->followers = new_elements ();
  self->hidden = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

WeftBoardTool *
weft_select_tool_new (void)
{
  return g_object_new (WEFT_TYPE_SELECT_TOOL, NULL);
}
