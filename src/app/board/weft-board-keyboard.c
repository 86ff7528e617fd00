/* weft-board-keyboard.c - drawing without a pointer
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A tool and Enter put a shape down, Ctrl and an arrow key go on from it with a connected one, Alt and an arrow key
 * walk. What gets selected is brought into the view, and said to screen readers.
 */

#include "config.h"

#include "app/board/weft-board-keyboard.h"

#include "app/board/tools/weft-board-tool.h"
#include "app/board/weft-canvas-private.h"
#include "app/board/weft-connectors.h"
#include "app/weft-announce.h"
#include "notebook/weft-fractional-index.h"

#include <glib/gi18n.h>
#include <math.h>

/* Between a shape and the one that follows, and from the edge of the view to what is brought into it. */
#define GAP         80.0
#define MARGIN      40.0
/* Of the tools that float at the bottom. */
#define TOOLS       110.0
/* What is put down on something else steps aside by so much. */
#define ASIDE       24.0
/* Rows or columns beside the first choice, where that place is taken. */
#define MAX_SHIFTS  20
#define SIDE_WEIGHT 3.0

static const char *
name_kind (WeftElementKind kind)
{
  switch (kind)
    {
    case WEFT_ELEMENT_RECTANGLE: return _ ("Rectangle");
    case WEFT_ELEMENT_ELLIPSE: return _ ("Ellipse");
    case WEFT_ELEMENT_DIAMOND: return _ ("Diamond");
    case WEFT_ELEMENT_NOTE: return _ ("Sticky Note");
    case WEFT_ELEMENT_LINE: return _ ("Line");
    case WEFT_ELEMENT_ARROW: return _ ("Arrow");
    case WEFT_ELEMENT_FREEDRAW: return _ ("Pen");
    default: return _ ("Text");
    }
}

static void
announce (WeftCanvas        *canvas,
          const WeftElement *element)
{
  g_autofree char *words = g_strconcat (name_kind (element->kind), " ", element->text, NULL);

  weft_announce (GTK_WIDGET (canvas), words);
}

/* How far the view has to go so that @from to @to lies within 0 and @size. */
static double
get_step (double from,
          double to,
          double size)
{
  if (from < MARGIN)
    return from - MARGIN;
  if (to > size - MARGIN)
    return MIN (to - size + MARGIN, from - MARGIN);

  return 0;
}

static void
select_element (WeftCanvas *canvas,
                const char *id)
{
  const WeftViewport *viewport = weft_canvas_get_viewport (canvas);
  WeftElement *element = weft_board_model_lookup (weft_canvas_get_model (canvas), id);
  WeftBox box = weft_element_get_bounds (element);
  WeftPoint from = weft_viewport_to_view (viewport, (WeftPoint) { box.x1, box.y1 });
  WeftPoint to = weft_viewport_to_view (viewport, (WeftPoint) { box.x2, box.y2 });

  weft_canvas_select (canvas, (const char *const[]) { id, NULL }, FALSE);
  weft_canvas_pan (canvas, get_step (from.x, to.x, viewport->width), get_step (from.y, to.y, viewport->height - TOOLS));
  announce (canvas, element);
}

static gboolean
is_taken (WeftCanvas    *canvas,
          const WeftBox *box)
{
  GPtrArray *elements = weft_board_model_get_elements (weft_canvas_get_model (canvas));

  for (guint i = 0; i < elements->len; i++)
    {
      WeftElement *element = g_ptr_array_index (elements, i);
      WeftBox bounds = weft_element_get_bounds (element);

      if (!weft_element_is_linear (element) && element->kind != WEFT_ELEMENT_FRAME &&
          weft_box_intersects (&bounds, box))
        return TRUE;
    }

  return FALSE;
}

static gboolean
has_center (WeftCanvas *canvas,
            WeftPoint   point)
{
  GPtrArray *elements = weft_board_model_get_elements (weft_canvas_get_model (canvas));

  for (guint i = 0; i < elements->len; i++)
    {
      WeftElement *element = g_ptr_array_index (elements, i);

      if (!weft_element_is_linear (element) &&
          weft_point_distance (weft_element_get_center (element), point) < ASIDE / 2)
        return TRUE;
    }

  return FALSE;
}

gboolean
weft_board_put_down (WeftCanvas *canvas)
{
  WeftToolKind kind = weft_canvas_get_tool (canvas);
  const WeftViewport *viewport = weft_canvas_get_viewport (canvas);
  WeftBoardEvent event = { .n_press = 1 };

  if (kind != WEFT_TOOL_RECTANGLE && kind != WEFT_TOOL_ELLIPSE && kind != WEFT_TOOL_DIAMOND &&
      kind != WEFT_TOOL_NOTE && kind != WEFT_TOOL_TEXT)
    return FALSE;

  if (!weft_canvas_get_editable (canvas) || canvas->busy != NULL)
    return TRUE;

  event.view = (WeftPoint) { viewport->width / 2, viewport->height / 2 };
  event.board = weft_viewport_to_board (viewport, event.view.x, event.view.y);
  while (has_center (canvas, event.board))
    {
      event.board.x += ASIDE;
      event.board.y += ASIDE;
    }

  weft_board_tool_press (canvas->tools[kind], &event);
  weft_board_tool_release (canvas->tools[kind], &event);

  return TRUE;
}

/* The look of @source, in the place @box. */
static WeftAny *
describe_like (WeftCanvas        *canvas,
               const WeftElement *source,
               const WeftBox     *box)
{
  static const char *const keys[] = {
    "strokeColor", "backgroundColor", "fillStyle", "strokeWidth", "strokeStyle", "roughness", "opacity", "roundness",
    "fontSize", "fontFamily", "textAlign", "verticalAlign",
  };
  WeftAny *properties = weft_board_style_to_any (weft_canvas_get_style (canvas), source->kind);
  WeftType *map = weft_map_get_type (weft_board_model_get_board (weft_canvas_get_model (canvas)), source->id);
  g_autoptr(WeftAny) all = weft_type_to_any (map);

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const WeftAny *value = weft_any_lookup (all, keys[i]);

      if (value != NULL)
        weft_any_object_take (properties, keys[i], weft_any_ref ((WeftAny *) value));
    }

  weft_board_add_box (properties, box);

  return properties;
}

static WeftElement *
lookup_cb (const char *id,
           gpointer    user_data)
{
  return g_hash_table_lookup (user_data, id);
}

/* An arrow from the side of @from that looks to @to. */
static WeftAny *
describe_arrow (WeftCanvas  *canvas,
                WeftElement *from,
                WeftElement *to,
                int          dx,
                int          dy)
{
  g_autoptr(GHashTable) ends = g_hash_table_new (g_str_hash, g_str_equal);
  WeftAny *properties = weft_board_style_to_any (weft_canvas_get_style (canvas), WEFT_ELEMENT_ARROW);
  WeftPoint start = weft_element_get_center (from);
  WeftPoint end = weft_element_get_center (to);
  g_autoptr(WeftElement) arrow = NULL;
  g_autoptr(WeftElement) routed = NULL;

  start.x += dx * from->width / 2;
  start.y += dy * from->height / 2;
  end.x -= dx * to->width / 2;
  end.y -= dy * to->height / 2;

  g_hash_table_insert (ends, from->id, from);
  g_hash_table_insert (ends, to->id, to);
  weft_board_add_number (properties, "x", start.x);
  weft_board_add_number (properties, "y", start.y);
  weft_any_object_take (properties, "points",
                        weft_element_points_to_any (
                          (WeftPoint[]) { { 0, 0 }, { end.x - start.x, end.y - start.y } }, 2));
  weft_any_object_take (properties, "startBinding", weft_binding_to_any (from, start));
  weft_any_object_take (properties, "endBinding", weft_binding_to_any (to, end));

  arrow = weft_element_new_from_any ("arrow", properties);
  routed = weft_connector_route (arrow, lookup_cb, ends);
  weft_board_add_geometry (properties, routed != NULL ? routed : arrow);

  return properties;
}

/* The first free place in this direction, near the line from @source. */
static WeftBox
find_place (WeftCanvas        *canvas,
            const WeftElement *source,
            int                dx,
            int                dy)
{
  WeftPoint center = weft_element_get_center (source);
  WeftBox box = WEFT_BOX_EMPTY;

  center.x += dx * (source->width + GAP);
  center.y += dy * (source->height + GAP);

  for (int i = 0; i < MAX_SHIFTS; i++)
    {
      /* 0, 1, -1, 2, -2, ... */
      int shift = i % 2 == 1 ? (i + 1) / 2 : -i / 2;
      double x = center.x + (dy != 0 ? shift * (source->width + GAP / 2) : 0);
      double y = center.y + (dx != 0 ? shift * (source->height + GAP / 2) : 0);

      box = (WeftBox) { x - source->width / 2, y - source->height / 2, x + source->width / 2,
                        y + source->height / 2 };
      if (!is_taken (canvas, &box))
        break;
    }

  return box;
}

void
weft_board_add_connected (WeftCanvas *canvas,
                          int         dx,
                          int         dy)
{
  WeftBoardModel *model = weft_canvas_get_model (canvas);
  g_autoptr(GPtrArray) selected = weft_canvas_list_selected (canvas);
  g_autofree char *id = weft_element_new_id ();
  g_autofree char *top = NULL;
  g_auto(GStrv) indexes = NULL;
  g_autoptr(WeftAny) shape = NULL;
  g_autoptr(WeftAny) arrow = NULL;
  g_autoptr(WeftElement) target = NULL;
  WeftElement *source;
  WeftBox box;

  if (!weft_canvas_get_editable (canvas) || selected->len != 1)
    return;

  source = g_ptr_array_index (selected, 0);
  if (source->kind != WEFT_ELEMENT_RECTANGLE && source->kind != WEFT_ELEMENT_ELLIPSE &&
      source->kind != WEFT_ELEMENT_DIAMOND && source->kind != WEFT_ELEMENT_NOTE)
    return;

  box = find_place (canvas, source, dx, dy);
  shape = describe_like (canvas, source, &box);
  target = weft_element_new_from_any (id, shape);
  arrow = describe_arrow (canvas, source, target, dx, dy);

  top = weft_board_dup_last_index (weft_board_model_get_board (model));
  indexes = weft_fractional_index_n_between (top, NULL, 2);
  weft_board_add_string (shape, "index", indexes[0]);
  weft_board_add_string (arrow, "index", indexes[1]);

  weft_document_end_undo_step (weft_canvas_get_document (canvas));
  weft_doc_begin (weft_board_model_get_doc (model), NULL);
  weft_element_create (weft_board_model_get_board (model), id, shape);
  weft_element_create (weft_board_model_get_board (model), NULL, arrow);
  weft_doc_commit (weft_board_model_get_doc (model));
  weft_document_end_undo_step (weft_canvas_get_document (canvas));

  select_element (canvas, id);
}

/* Whether a line holds on to both. */
static gboolean
are_connected (GPtrArray  *elements,
               const char *one,
               const char *other)
{
  for (guint i = 0; i < elements->len; i++)
    {
      WeftElement *line = g_ptr_array_index (elements, i);

      if (weft_element_is_linear (line) &&
          ((g_strcmp0 (line->start_binding.element_id, one) == 0 &&
            g_strcmp0 (line->end_binding.element_id, other) == 0) ||
           (g_strcmp0 (line->start_binding.element_id, other) == 0 &&
            g_strcmp0 (line->end_binding.element_id, one) == 0)))
        return TRUE;
    }

  return FALSE;
}

static gboolean
is_first (const WeftElement *element,
          const WeftElement *first)
{
  return first == NULL || element->y < first->y || (element->y == first->y && element->x < first->x);
}

void
weft_board_walk (WeftCanvas *canvas,
                 int         dx,
                 int         dy)
{
  WeftBoardModel *model = weft_canvas_get_model (canvas);
  GPtrArray *elements = model != NULL ? weft_board_model_get_elements (model) : NULL;
  g_autoptr(GPtrArray) selected = weft_canvas_list_selected (canvas);
  WeftElement *current = selected->len > 0 ? g_ptr_array_index (selected, 0) : NULL;
  WeftElement *next = NULL;
  gboolean next_connected = FALSE;
  double next_distance = 0;
  g_autofree char *id = NULL;

  for (guint i = 0; elements != NULL && i < elements->len; i++)
    {
      WeftElement *element = g_ptr_array_index (elements, i);
      WeftPoint center, here;
      double ahead, aside, distance;
      gboolean connected;

      if (element == current || weft_element_is_linear (element) || element->locked)
        continue;

      if (current == NULL)
        {
          if (is_first (element, next))
            next = element;
          continue;
        }

      center = weft_element_get_center (element);
      here = weft_element_get_center (current);
      ahead = (center.x - here.x) * dx + (center.y - here.y) * dy;
      aside = fabs ((center.x - here.x) * dy) + fabs ((center.y - here.y) * dx);
      if (ahead <= 0 || aside > SIDE_WEIGHT * ahead)
        continue;

      distance = ahead + SIDE_WEIGHT * aside;
      connected = are_connected (elements, current->id, element->id);
      if (next == NULL || (connected && !next_connected) || (connected == next_connected && distance < next_distance))
        {
          next = element;
          next_connected = connected;
          next_distance = distance;
        }
    }

  if (next == NULL)
    return;

  id = g_strdup (next->id);
  select_element (canvas, id);
}
