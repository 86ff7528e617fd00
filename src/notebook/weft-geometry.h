/* weft-geometry.h - points, boxes and distances on a board
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Board units, x to the right, y down, angles clockwise in radians. A box is given by its corners; one
 * whose x2 is less than its x1 is empty.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  double x;
  double y;
} WeftPoint;

typedef struct
{
  double x1;
  double y1;
  double x2;
  double y2;
} WeftBox;

#define WEFT_BOX_EMPTY ((WeftBox) { G_MAXDOUBLE, G_MAXDOUBLE, -G_MAXDOUBLE, -G_MAXDOUBLE })

WeftBox   weft_box_from_points           (WeftPoint        a,
                                          WeftPoint        b);
gboolean  weft_box_is_empty              (const WeftBox   *self);
void      weft_box_add_point             (WeftBox         *self,
                                          double           x,
                                          double           y);
void      weft_box_add_box               (WeftBox         *self,
                                          const WeftBox   *other);
void      weft_box_grow                  (WeftBox         *self,
                                          double           by);
gboolean  weft_box_intersects            (const WeftBox   *self,
                                          const WeftBox   *other);
gboolean  weft_box_contains              (const WeftBox   *self,
                                          const WeftBox   *other);
gboolean  weft_box_contains_point        (const WeftBox   *self,
                                          double           x,
                                          double           y);

WeftPoint weft_point_rotate              (WeftPoint        self,
                                          WeftPoint        center,
                                          double           angle);
double    weft_point_distance            (WeftPoint        a,
                                          WeftPoint        b);
double    weft_segment_distance          (WeftPoint        a,
                                          WeftPoint        b,
                                          WeftPoint        point);
/* The least distance of @point from the line through @points; infinite without points. */
double    weft_polyline_distance         (const WeftPoint *points,
                                          gsize            n_points,
                                          gboolean         closed,
                                          WeftPoint        point);
/* The control points of the smooth curve through @points (Catmull and Rom, as cubic Bezier), for the part from
 * @index to @index + 1. */
void      weft_curve_get_controls        (const WeftPoint *points,
                                          gsize            n_points,
                                          gsize            index,
                                          WeftPoint       *c1,
                                          WeftPoint       *c2);
WeftPoint weft_bezier_get_point          (WeftPoint        p1,
                                          WeftPoint        c1,
                                          WeftPoint        c2,
                                          WeftPoint        p2,
                                          double           t);
/* Even-odd. */
gboolean  weft_polygon_contains          (const WeftPoint *points,
                                          gsize            n_points,
                                          WeftPoint        point);
gboolean  weft_segment_intersects_box    (WeftPoint        a,
                                          WeftPoint        b,
                                          const WeftBox   *box);
gboolean  weft_segments_cross            (WeftPoint        a,
                                          WeftPoint        b,
                                          WeftPoint        c,
                                          WeftPoint        d,
                                          WeftPoint       *where);

G_END_DECLS
