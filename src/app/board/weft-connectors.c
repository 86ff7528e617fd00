/* weft-connectors.c - lines and arrows that hold on to shapes
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/weft-connectors.h"

#include <math.h>

/* Between the end of a connector and the outline that it holds on to. */
#define GAP 4.0

static WeftPoint
point_at (const WeftElement *connector,
          gsize              index)
{
  return (WeftPoint) { connector->x + connector->points[index].x,
                       connector->y + connector->points[index].y };
}

static void
set_point (WeftElement *connector,
           gsize        index,
           WeftPoint    point)
{
  connector->points[index] = (WeftPoint) { point.x - connector->x, point.y - connector->y };
}

static WeftPoint
anchor (const WeftElement *element,
        const WeftBinding *binding)
{
  WeftBox box = weft_element_get_box (element);
  WeftPoint point = { box.x1 + (box.x2 - box.x1) * binding->fixed_x,
                      box.y1 + (box.y2 - box.y1) * binding->fixed_y };

  return weft_point_rotate (point, weft_element_get_center (element), element->angle);
}

/* Point (0, 0) stands at x, y again, as readers expect of the first point. */
static void
normalise (WeftElement *connector)
{
  WeftPoint first = connector->points[0];
  WeftBox box;

  connector->x += first.x;
  connector->y += first.y;

  for (gsize i = 0; i < connector->n_points; i++)
    {
      connector->points[i].x -= first.x;
      connector->points[i].y -= first.y;
    }

  box = weft_element_get_box (connector);
  connector->width = box.x2 - box.x1;
  connector->height = box.y2 - box.y1;
}

static WeftElement *
lookup_bound (const WeftBinding *binding,
              WeftElementLookup  lookup,
              gpointer           user_data)
{
  return binding->element_id != NULL ? lookup (binding->element_id, user_data) : NULL;
}

WeftElement *
weft_connector_route (const WeftElement *connector,
                      WeftElementLookup  lookup,
                      gpointer           user_data)
{
  WeftElement *start = lookup_bound (&connector->start_binding, lookup, user_data);
  WeftElement *end = lookup_bound (&connector->end_binding, lookup, user_data);
  gsize last = connector->n_points - 1;
  double gap = GAP + connector->stroke_width / 2;
  WeftElement *routed;
  WeftPoint from;

  if ((start == NULL && end == NULL) || connector->n_points < 2)
    return NULL;

  routed = weft_element_copy (connector);

  if (start != NULL)
    {
      from = end != NULL && last == 1 ? anchor (end, &connector->end_binding) : point_at (routed, 1);
      set_point (routed, 0,
                 weft_element_attach (start, connector->start_binding.fixed_x,
                                      connector->start_binding.fixed_y, from, gap));
    }

  if (end != NULL)
    {
      from = start != NULL && last == 1 ? anchor (start, &connector->start_binding)
                                        : point_at (routed, last - 1);
      set_point (routed, last,
                 weft_element_attach (end, connector->end_binding.fixed_x,
                                      connector->end_binding.fixed_y, from, gap));
    }

  normalise (routed);

  return routed;
}

typedef struct
{
  WeftBoardModel *model;
  GHashTable     *moved;
} LookupClosure;

static WeftElement *
lookup_moved_cb (const char *id,
                 gpointer    user_data)
{
  LookupClosure *closure = user_data;
  WeftElement *element = g_hash_table_lookup (closure->moved, id);

  return element != NULL ? element : weft_board_model_lookup (closure->model, id);
}

static gboolean
holds_moved (const WeftBinding *binding,
             GHashTable        *moved)
{
  return binding->element_id != NULL && g_hash_table_contains (moved, binding->element_id);
}

GPtrArray *
weft_connectors_follow (WeftBoardModel *model,
                        GHashTable     *moved)
{
  GPtrArray *followers = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_element_unref);
  GPtrArray *elements = weft_board_model_get_elements (model);
  LookupClosure closure = { model, moved };

  for (guint i = 0; i < elements->len; i++)
    {
      WeftElement *element = g_ptr_array_index (elements, i);
      WeftElement *routed;

      if (!weft_element_is_linear (element) || g_hash_table_contains (moved, element->id)
          || !(holds_moved (&element->start_binding, moved)
               || holds_moved (&element->end_binding, moved)))
        continue;

      routed = weft_connector_route (element, lookup_moved_cb, &closure);
      if (routed != NULL)
        g_ptr_array_add (followers, routed);
    }

  return followers;
}

WeftAny *
weft_binding_to_any (const WeftElement *element,
                     WeftPoint          point)
{
  WeftBox box = weft_element_get_box (element);
  WeftPoint upright = weft_point_rotate (point, weft_element_get_center (element), -element->angle);
  WeftAny *binding = weft_any_new_object ();
  WeftAny *fixed = weft_any_new_array ();
  double width = MAX (box.x2 - box.x1, 1);
  double height = MAX (box.y2 - box.y1, 1);
  double x = CLAMP ((upright.x - box.x1) / width, 0, 1);
  double y = CLAMP ((upright.y - box.y1) / height, 0, 1);

  /* Near enough to the middle is meant to be the middle. */
  if (fabs (x - 0.5) < 0.2 && fabs (y - 0.5) < 0.2)
    x = y = 0.5;

  weft_any_array_take (fixed, weft_any_new_number (round (x * 1000) / 1000));
  weft_any_array_take (fixed, weft_any_new_number (round (y * 1000) / 1000));
  weft_any_object_take (binding, "elementId", weft_any_new_string (element->id));
  weft_any_object_take (binding, "fixedPoint", fixed);

  return binding;
}
