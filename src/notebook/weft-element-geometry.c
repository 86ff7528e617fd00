/* weft-element-geometry.c - where an element is, and what touches it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Everything works on the outline: a polygon or a line of points in board units, already turned.
 */

#include "config.h"

#include "notebook/weft-element.h"

#include <math.h>

/* Straight pieces in a whole ellipse, a quarter of a round corner, and one part of a curve. */
#define ELLIPSE_PARTS 48
#define CORNER_PARTS  6
#define CURVE_PARTS   12

WeftBox
weft_element_get_box (const WeftElement *self)
{
  WeftBox box = WEFT_BOX_EMPTY;

  if (weft_element_is_linear (self) && self->n_points > 0)
    {
      for (gsize i = 0; i < self->n_points; i++)
        weft_box_add_point (&box, self->x + self->points[i].x, self->y + self->points[i].y);

      return box;
    }

  return weft_box_from_points ((WeftPoint) { self->x, self->y },
                               (WeftPoint) { self->x + self->width, self->y + self->height });
}

WeftPoint
weft_element_get_center (const WeftElement *self)
{
  WeftBox box = weft_element_get_box (self);

  return (WeftPoint) { (box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2 };
}

static void
add_point (GArray *points,
           double  x,
           double  y)
{
  WeftPoint point = { x, y };

  g_array_append_val (points, point);
}

static void
add_ellipse (GArray        *points,
             const WeftBox *box)
{
  double rx = (box->x2 - box->x1) / 2;
  double ry = (box->y2 - box->y1) / 2;

  for (guint i = 0; i < ELLIPSE_PARTS; i++)
    {
      double at = 2 * G_PI * i / ELLIPSE_PARTS;

      add_point (points, box->x1 + rx + rx * cos (at), box->y1 + ry + ry * sin (at));
    }
}

static void
add_diamond (GArray        *points,
             const WeftBox *box)
{
  double cx = (box->x1 + box->x2) / 2;
  double cy = (box->y1 + box->y2) / 2;

  add_point (points, cx, box->y1);
  add_point (points, box->x2, cy);
  add_point (points, cx, box->y2);
  add_point (points, box->x1, cy);
}

static void
add_corner (GArray *points,
            double  x,
            double  y,
            double  radius,
            double  from)
{
  for (guint i = 0; i <= CORNER_PARTS; i++)
    {
      double at = from + G_PI / 2 * i / CORNER_PARTS;

      add_point (points, x + radius * cos (at), y + radius * sin (at));
    }
}

static void
add_rectangle (GArray        *points,
               const WeftBox *box,
               double         radius)
{
  if (radius <= 0)
    {
      add_point (points, box->x1, box->y1);
      add_point (points, box->x2, box->y1);
      add_point (points, box->x2, box->y2);
      add_point (points, box->x1, box->y2);
      return;
    }

  add_corner (points, box->x1 + radius, box->y1 + radius, radius, G_PI);
  add_corner (points, box->x2 - radius, box->y1 + radius, radius, 1.5 * G_PI);
  add_corner (points, box->x2 - radius, box->y2 - radius, radius, 0);
  add_corner (points, box->x1 + radius, box->y2 - radius, radius, 0.5 * G_PI);
}

static void
add_line (GArray            *points,
          const WeftElement *self)
{
  gboolean curved = self->radius >= 0 && self->n_points > 2;

  for (gsize i = 0; i < self->n_points; i++)
    {
      WeftPoint c1;
      WeftPoint c2;

      add_point (points, self->x + self->points[i].x, self->y + self->points[i].y);

      if (!curved || i + 1 == self->n_points)
        continue;

      weft_curve_get_controls (self->points, self->n_points, i, &c1, &c2);

      for (guint part = 1; part < CURVE_PARTS; part++)
        {
          WeftPoint at = weft_bezier_get_point (self->points[i], c1, c2, self->points[i + 1],
                                                (double) part / CURVE_PARTS);

          add_point (points, self->x + at.x, self->y + at.y);
        }
    }
}

static void
add_ink (GArray            *points,
         const WeftElement *self)
{
  WeftBox bounds;
  const WeftInkPoint *ink;
  gsize n_points;
  double sx;
  double sy;

  if (self->ink == NULL)
    return;

  bounds = weft_ink_get_bounds (self->ink);
  ink = weft_ink_get_points (self->ink, &n_points);
  sx = bounds.x2 > bounds.x1 ? self->width / (bounds.x2 - bounds.x1) : 1;
  sy = bounds.y2 > bounds.y1 ? self->height / (bounds.y2 - bounds.y1) : 1;

  for (gsize i = 0; i < n_points; i++)
    add_point (points, self->x + (ink[i].x - bounds.x1) * sx, self->y + (ink[i].y - bounds.y1) * sy);
}

GArray *
weft_element_get_outline (const WeftElement *self,
                          gboolean          *closed)
{
  GArray *points = g_array_new (FALSE, FALSE, sizeof (WeftPoint));
  WeftBox box = weft_element_get_box (self);
  gboolean is_closed = TRUE;

  switch (self->kind)
    {
    case WEFT_ELEMENT_ELLIPSE:
      add_ellipse (points, &box);
      break;
    case WEFT_ELEMENT_DIAMOND:
      add_diamond (points, &box);
      break;
    case WEFT_ELEMENT_LINE:
    case WEFT_ELEMENT_ARROW:
      add_line (points, self);
      is_closed = FALSE;
      break;
    case WEFT_ELEMENT_FREEDRAW:
      add_ink (points, self);
      is_closed = FALSE;
      break;
    default:
      add_rectangle (points, &box, self->kind == WEFT_ELEMENT_RECTANGLE ? self->radius : 0);
      break;
    }

  if (self->angle != 0)
    {
      WeftPoint center = { (box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2 };

      for (guint i = 0; i < points->len; i++)
        {
          WeftPoint *point = &g_array_index (points, WeftPoint, i);

          *point = weft_point_rotate (*point, center, self->angle);
        }
    }

  if (closed != NULL)
    *closed = is_closed;

  return points;
}

WeftBox
weft_element_get_bounds (const WeftElement *self)
{
  WeftBox box = weft_element_get_box (self);
  WeftBox bounds = WEFT_BOX_EMPTY;
  WeftPoint center = { (box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2 };
  WeftPoint corners[4] = {
    { box.x1, box.y1 },
    { box.x2, box.y1 },
    { box.x2, box.y2 },
    { box.x1, box.y2 },
  };
  gboolean curved = weft_element_is_linear (self) && self->radius >= 0 && self->n_points > 2;

  if (curved || (self->angle != 0 && (weft_element_is_linear (self) || self->ink != NULL)))
    {
      g_autoptr(GArray) points = weft_element_get_outline (self, NULL);

      for (guint i = 0; i < points->len; i++)
        {
          WeftPoint *point = &g_array_index (points, WeftPoint, i);

          weft_box_add_point (&bounds, point->x, point->y);
        }

      return bounds;
    }

  if (self->angle == 0)
    return box;

  for (guint i = 0; i < 4; i++)
    {
      WeftPoint corner = weft_point_rotate (corners[i], center, self->angle);

      weft_box_add_point (&bounds, corner.x, corner.y);
    }

  return bounds;
}

/* Text may hang over its box: a free text whose box another program measured with another font, a long word, or
 * more lines than a shape has room for. No measuring here, only a bound. */
static double
text_overhang (const WeftElement *self)
{
  gsize n_lines = 1;
  gsize longest = 0;
  gsize length = 0;
  double needed_height;
  double needed_width;

  if (self->text[0] == '\0')
    return 0;

  for (const char *c = self->text; *c != '\0'; c++)
    {
      length = *c == '\n' ? 0 : length + 1;
      longest = MAX (longest, length);
      n_lines += *c == '\n';
    }

  needed_width = MIN (longest, 400) * self->font_size * 0.7;

  if (self->kind != WEFT_ELEMENT_TEXT && self->width > 0)
    n_lines += (gsize) (needed_width / MAX (self->width, self->font_size));

  needed_height = MIN (n_lines, 400) * self->font_size * self->line_height;

  if (self->kind != WEFT_ELEMENT_TEXT)
    needed_width = MIN (needed_width, MAX (self->width, 10 * self->font_size));

  return MAX (MAX (needed_width - self->width, needed_height - self->height), 0);
}

WeftBox
weft_element_get_draw_bounds (const WeftElement *self)
{
  WeftBox bounds = weft_element_get_bounds (self);
  double margin = self->stroke_width / 2 + 1;

  if (self->kind == WEFT_ELEMENT_FREEDRAW)
    margin += self->stroke_width;
  if (self->kind == WEFT_ELEMENT_NOTE)
    margin += 12;
  if (self->kind == WEFT_ELEMENT_FRAME)
    margin += 28;
  if (weft_element_is_linear (self))
    margin += 12 + 5 * self->stroke_width;
  if (self->roughness > 0)
    margin += self->roughness * 4;

  margin += text_overhang (self);
  weft_box_grow (&bounds, margin);

  return bounds;
}

static gboolean
is_solid_to_touch (const WeftElement *self)
{
  switch (self->kind)
    {
    case WEFT_ELEMENT_TEXT:
    case WEFT_ELEMENT_NOTE:
    case WEFT_ELEMENT_IMAGE:
    case WEFT_ELEMENT_UNKNOWN:
      return TRUE;
    case WEFT_ELEMENT_RECTANGLE:
    case WEFT_ELEMENT_ELLIPSE:
    case WEFT_ELEMENT_DIAMOND:
      return (self->background & 0xff) != 0 || self->text[0] != '\0';
    default:
      return FALSE;
    }
}

gboolean
weft_element_contains (const WeftElement *self,
                       WeftPoint          point)
{
  g_autoptr(GArray) points = NULL;
  gboolean closed;

  points = weft_element_get_outline (self, &closed);

  return closed && weft_polygon_contains ((const WeftPoint *) points->data, points->len, point);
}

gboolean
weft_element_hit (const WeftElement *self,
                  WeftPoint          point,
                  double             tolerance)
{
  WeftBox bounds = weft_element_get_bounds (self);
  double reach = tolerance + self->stroke_width / 2;
  g_autoptr(GArray) points = NULL;
  const WeftPoint *corners;
  gboolean closed;

  weft_box_grow (&bounds, reach);

  if (!weft_box_contains_point (&bounds, point.x, point.y))
    return FALSE;

  points = weft_element_get_outline (self, &closed);
  corners = (const WeftPoint *) points->data;

  if (weft_polyline_distance (corners, points->len, closed, point) <= reach)
    return TRUE;

  return closed && is_solid_to_touch (self) && weft_polygon_contains (corners, points->len, point);
}

gboolean
weft_element_touches_box (const WeftElement *self,
                          const WeftBox     *box)
{
  WeftBox bounds = weft_element_get_bounds (self);
  g_autoptr(GArray) points = NULL;
  gboolean closed;
  guint n_sides;

  if (!weft_box_intersects (&bounds, box))
    return FALSE;

  if (weft_box_contains (box, &bounds))
    return TRUE;

  points = weft_element_get_outline (self, &closed);
  n_sides = points->len - (closed || points->len == 0 ? 0 : 1);

  for (guint i = 0; i < n_sides; i++)
    if (weft_segment_intersects_box (g_array_index (points, WeftPoint, i),
                                     g_array_index (points, WeftPoint, (i + 1) % points->len), box))
      return TRUE;

  return FALSE;
}

gboolean
weft_element_touches_segment (const WeftElement *self,
                              WeftPoint          a,
                              WeftPoint          b,
                              double             tolerance)
{
  WeftBox bounds = weft_element_get_bounds (self);
  WeftBox path = weft_box_from_points (a, b);
  g_autoptr(GArray) points = NULL;
  gboolean closed;
  guint n_sides;

  weft_box_grow (&bounds, tolerance + self->stroke_width / 2);

  if (!weft_box_intersects (&bounds, &path))
    return FALSE;

  if (weft_element_hit (self, a, tolerance) || weft_element_hit (self, b, tolerance))
    return TRUE;

  points = weft_element_get_outline (self, &closed);
  n_sides = points->len - (closed || points->len == 0 ? 0 : 1);

  for (guint i = 0; i < n_sides; i++)
    if (weft_segments_cross (a, b, g_array_index (points, WeftPoint, i),
                             g_array_index (points, WeftPoint, (i + 1) % points->len), NULL))
      return TRUE;

  return FALSE;
}

WeftPoint
weft_element_attach (const WeftElement *self,
                     double             fixed_x,
                     double             fixed_y,
                     WeftPoint          from,
                     double             gap)
{
  WeftBox box = weft_element_get_box (self);
  WeftPoint aim = { box.x1 + (box.x2 - box.x1) * fixed_x, box.y1 + (box.y2 - box.y1) * fixed_y };
  g_autoptr(GArray) points = weft_element_get_outline (self, NULL);
  WeftPoint best;
  double best_distance = G_MAXDOUBLE;
  double length;

  aim = weft_point_rotate (aim, weft_element_get_center (self), self->angle);
  best = aim;

  for (guint i = 0; i < points->len; i++)
    {
      WeftPoint where;

      if (weft_segments_cross (from, aim, g_array_index (points, WeftPoint, i),
                               g_array_index (points, WeftPoint, (i + 1) % points->len), &where)
          && weft_point_distance (from, where) < best_distance)
        {
          best = where;
          best_distance = weft_point_distance (from, where);
        }
    }

  length = weft_point_distance (from, best);

  if (length > gap && length > 0)
    {
      best.x += (from.x - best.x) * gap / length;
      best.y += (from.y - best.y) * gap / length;
    }

  return best;
}
