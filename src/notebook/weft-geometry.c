/* weft-geometry.c - points, boxes and distances on a board
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-geometry.h"

#include <math.h>

WeftBox
weft_box_from_points (WeftPoint a,
                      WeftPoint b)
{
  return (WeftBox) { MIN (a.x, b.x), MIN (a.y, b.y), MAX (a.x, b.x), MAX (a.y, b.y) };
}

gboolean
weft_box_is_empty (const WeftBox *self)
{
  return self->x2 < self->x1 || self->y2 < self->y1;
}

void
weft_box_add_point (WeftBox *self,
                    double   x,
                    double   y)
{
  self->x1 = MIN (self->x1, x);
  self->y1 = MIN (self->y1, y);
  self->x2 = MAX (self->x2, x);
  self->y2 = MAX (self->y2, y);
}

void
weft_box_add_box (WeftBox       *self,
                  const WeftBox *other)
{
  if (weft_box_is_empty (other))
    return;

  weft_box_add_point (self, other->x1, other->y1);
  weft_box_add_point (self, other->x2, other->y2);
}

void
weft_box_grow (WeftBox *self,
               double   by)
{
  if (weft_box_is_empty (self))
    return;

  self->x1 -= by;
  self->y1 -= by;
  self->x2 += by;
  self->y2 += by;
}

gboolean
weft_box_intersects (const WeftBox *self,
                     const WeftBox *other)
{
  return self->x1 <= other->x2 && other->x1 <= self->x2 && self->y1 <= other->y2
         && other->y1 <= self->y2;
}

gboolean
weft_box_contains (const WeftBox *self,
                   const WeftBox *other)
{
  return self->x1 <= other->x1 && other->x2 <= self->x2 && self->y1 <= other->y1
         && other->y2 <= self->y2;
}

gboolean
weft_box_contains_point (const WeftBox *self,
                         double         x,
                         double         y)
{
  return self->x1 <= x && x <= self->x2 && self->y1 <= y && y <= self->y2;
}

WeftPoint
weft_point_rotate (WeftPoint self,
                   WeftPoint center,
                   double    angle)
{
  double c = cos (angle);
  double s = sin (angle);
  double dx = self.x - center.x;
  double dy = self.y - center.y;

  if (angle == 0)
    return self;

  return (WeftPoint) { center.x + dx * c - dy * s, center.y + dx * s + dy * c };
}

double
weft_point_distance (WeftPoint a,
                     WeftPoint b)
{
  return hypot (a.x - b.x, a.y - b.y);
}

double
weft_segment_distance (WeftPoint a,
                       WeftPoint b,
                       WeftPoint point)
{
  double dx = b.x - a.x;
  double dy = b.y - a.y;
  double length2 = dx * dx + dy * dy;
  double t = 0;

  if (length2 > 0)
    t = CLAMP (((point.x - a.x) * dx + (point.y - a.y) * dy) / length2, 0, 1);

  return hypot (point.x - (a.x + t * dx), point.y - (a.y + t * dy));
}

double
weft_polyline_distance (const WeftPoint *points,
                        gsize            n_points,
                        gboolean         closed,
                        WeftPoint        point)
{
  double least = G_MAXDOUBLE;

  if (n_points == 1)
    return weft_point_distance (points[0], point);

  for (gsize i = 0; i + 1 < n_points; i++)
    least = MIN (least, weft_segment_distance (points[i], points[i + 1], point));

  if (closed && n_points > 2)
    least = MIN (least, weft_segment_distance (points[n_points - 1], points[0], point));

  return least;
}

void
weft_curve_get_controls (const WeftPoint *points,
                         gsize            n_points,
                         gsize            index,
                         WeftPoint       *c1,
                         WeftPoint       *c2)
{
  WeftPoint p0 = points[index > 0 ? index - 1 : index];
  WeftPoint p1 = points[index];
  WeftPoint p2 = points[index + 1];
  WeftPoint p3 = points[index + 2 < n_points ? index + 2 : index + 1];

  *c1 = (WeftPoint) { p1.x + (p2.x - p0.x) / 6, p1.y + (p2.y - p0.y) / 6 };
  *c2 = (WeftPoint) { p2.x - (p3.x - p1.x) / 6, p2.y - (p3.y - p1.y) / 6 };
}

WeftPoint
weft_bezier_get_point (WeftPoint p1,
                       WeftPoint c1,
                       WeftPoint c2,
                       WeftPoint p2,
                       double    t)
{
  double u = 1 - t;
  double b0 = u * u * u;
  double b1 = 3 * u * u * t;
  double b2 = 3 * u * t * t;
  double b3 = t * t * t;

  return (WeftPoint) { b0 * p1.x + b1 * c1.x + b2 * c2.x + b3 * p2.x,
                       b0 * p1.y + b1 * c1.y + b2 * c2.y + b3 * p2.y };
}

gboolean
weft_polygon_contains (const WeftPoint *points,
                       gsize            n_points,
                       WeftPoint        point)
{
  gboolean inside = FALSE;

  for (gsize i = 0, j = n_points - 1; i < n_points; j = i++)
    {
      WeftPoint a = points[i];
      WeftPoint b = points[j];

      if ((a.y > point.y) != (b.y > point.y)
          && point.x < (b.x - a.x) * (point.y - a.y) / (b.y - a.y) + a.x)
        inside = !inside;
    }

  return inside;
}

gboolean
weft_segments_cross (WeftPoint  a,
                     WeftPoint  b,
                     WeftPoint  c,
                     WeftPoint  d,
                     WeftPoint *where)
{
  double rx = b.x - a.x;
  double ry = b.y - a.y;
  double sx = d.x - c.x;
  double sy = d.y - c.y;
  double cross = rx * sy - ry * sx;
  double t;
  double u;

  if (cross == 0)
    return FALSE;

  t = ((c.x - a.x) * sy - (c.y - a.y) * sx) / cross;
  u = ((c.x - a.x) * ry - (c.y - a.y) * rx) / cross;

  if (t < 0 || t > 1 || u < 0 || u > 1)
    return FALSE;

  if (where != NULL)
    *where = (WeftPoint) { a.x + t * rx, a.y + t * ry };

  return TRUE;
}

gboolean
weft_segment_intersects_box (WeftPoint      a,
                             WeftPoint      b,
                             const WeftBox *box)
{
  WeftBox bounds = weft_box_from_points (a, b);
  WeftPoint corners[4] = {
    { box->x1, box->y1 },
    { box->x2, box->y1 },
    { box->x2, box->y2 },
    { box->x1, box->y2 },
  };

  if (!weft_box_intersects (&bounds, box))
    return FALSE;

  if (weft_box_contains_point (box, a.x, a.y) || weft_box_contains_point (box, b.x, b.y))
    return TRUE;

  for (guint i = 0; i < 4; i++)
    if (weft_segments_cross (a, b, corners[i], corners[(i + 1) % 4], NULL))
      return TRUE;

  return FALSE;
}
