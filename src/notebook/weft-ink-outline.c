/* weft-ink-outline.c - the shape around a pen stroke
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The centre line is walked along the smooth curve through the points; at each step the two sides lie half a width
 * away. Sharp turns and both ends get round caps. As in Steve Ruiz's perfect-freehand, without its taper.
 */

#include "config.h"

#include "notebook/weft-ink.h"

#include <math.h>

/* The longest way between two steps on the curve, as shown. */
#define STEP_SHOWN 2.5

typedef struct
{
  WeftPoint at;
  double    radius;
} Step;

static void
add_step (GArray   *steps,
          WeftPoint at,
          double    radius)
{
  if (steps->len > 0)
    {
      Step *last = &g_array_index (steps, Step, steps->len - 1);

      if (last->at.x == at.x && last->at.y == at.y)
        {
          last->radius = MAX (last->radius, radius);
          return;
        }
    }

  g_array_append_val (steps, ((Step) { at, radius }));
}

static WeftPoint
position (const WeftInkPoint *points,
          gsize               index)
{
  return (WeftPoint) { points[index].x, points[index].y };
}

static double
radius_at (double width,
           double taper,
           double pressure)
{
  return MAX (width / 2 * (1 + taper * (pressure - 0.5) * 2), width / 20);
}

static GArray *
walk_curve (const WeftInkPoint *points,
            gsize               n_points,
            double              width,
            double              taper,
            double              step)
{
  GArray *steps = g_array_sized_new (FALSE, FALSE, sizeof (Step), n_points * 2);

  add_step (steps, position (points, 0), radius_at (width, taper, points[0].pressure));

  for (gsize i = 0; i + 1 < n_points; i++)
    {
      WeftPoint near[4] = {
        position (points, i > 0 ? i - 1 : 0),
        position (points, i),
        position (points, i + 1),
        position (points, MIN (i + 2, n_points - 1)),
      };
      double length = weft_point_distance (near[1], near[2]);
      guint parts = (guint) CLAMP (ceil (length / step), 1, 64);
      WeftPoint c1;
      WeftPoint c2;
      double limit;
      double length1;
      double length2;

      weft_curve_get_controls (near, 4, 1, &c1, &c2);

      /* A long neighbour must not throw a short part into a loop. */
      limit = length / 2;
      length1 = weft_point_distance (near[1], c1);
      length2 = weft_point_distance (near[2], c2);

      if (length1 > limit)
        c1 = (WeftPoint) { near[1].x + (c1.x - near[1].x) * limit / length1,
                           near[1].y + (c1.y - near[1].y) * limit / length1 };
      if (length2 > limit)
        c2 = (WeftPoint) { near[2].x + (c2.x - near[2].x) * limit / length2,
                           near[2].y + (c2.y - near[2].y) * limit / length2 };

      for (guint part = 1; part <= parts; part++)
        {
          double t = (double) part / parts;
          double pressure = points[i].pressure + (points[i + 1].pressure - points[i].pressure) * t;

          add_step (steps, weft_bezier_get_point (near[1], c1, c2, near[2], t),
                    radius_at (width, taper, pressure));
        }
    }

  return steps;
}

static guint
cap_parts (double radius,
           double scale)
{
  return (guint) CLAMP (ceil (sqrt (radius * scale) * 2.5), 3, 24);
}

/* Half a circle about @center, from direction @angle on, turning with the clock on the screen. */
static void
add_half_circle (GArray   *corners,
                 WeftPoint center,
                 double    radius,
                 double    angle,
                 guint     parts)
{
  for (guint i = 0; i <= parts; i++)
    {
      double at = angle + G_PI * i / parts;
      WeftPoint corner = { center.x + cos (at) * radius, center.y + sin (at) * radius };

      g_array_append_val (corners, corner);
    }
}

static double
direction (const Step *a,
           const Step *b)
{
  return atan2 (b->at.y - a->at.y, b->at.x - a->at.x);
}

/* The side on the left hand of somebody who walks from @from on by @by. */
static void
add_side (GArray       *corners,
          const GArray *steps,
          gboolean      back,
          double        scale)
{
  guint n = steps->len;

  for (guint k = 1; k + 1 < n; k++)
    {
      guint i = back ? n - 1 - k : k;
      const Step *step = &g_array_index (steps, Step, i);
      double in = direction (&g_array_index (steps, Step, back ? i + 1 : i - 1), step);
      double out = direction (step, &g_array_index (steps, Step, back ? i - 1 : i + 1));
      double turn = remainder (out - in, 2 * G_PI);
      double radius = step->radius;

      if (fabs (turn) < G_PI / 4)
        {
          double normal = in + turn / 2 - G_PI / 2;
          WeftPoint corner = { step->at.x + cos (normal) * radius,
                               step->at.y + sin (normal) * radius };

          g_array_append_val (corners, corner);
        }
      else
        {
          /* The outer side goes round; the inner side crosses itself, which nonzero filling does not see. */
          guint parts = turn > 0 ? cap_parts (radius, scale) : 1;

          for (guint part = 0; part <= parts; part++)
            {
              double normal = in + turn * part / parts - G_PI / 2;
              WeftPoint corner = { step->at.x + cos (normal) * radius,
                                   step->at.y + sin (normal) * radius };

              g_array_append_val (corners, corner);
            }
        }
    }
}

GArray *
weft_ink_outline (const WeftInk *self,
                  double         width,
                  double         taper,
                  double         scale)
{
  GArray *corners = g_array_new (FALSE, FALSE, sizeof (WeftPoint));
  g_autoptr(GArray) steps = NULL;
  const WeftInkPoint *points;
  const Step *first;
  const Step *last;
  gsize n_points;

  points = weft_ink_get_points (self, &n_points);

  if (n_points == 0)
    return corners;

  scale = MAX (scale, 1e-6);
  steps = walk_curve (points, n_points, width, taper, STEP_SHOWN / scale);
  first = &g_array_index (steps, Step, 0);
  last = &g_array_index (steps, Step, steps->len - 1);

  if (steps->len == 1)
    {
      guint parts = cap_parts (first->radius, scale);

      add_half_circle (corners, first->at, first->radius, 0, parts);
      add_half_circle (corners, first->at, first->radius, G_PI, parts);
      return corners;
    }

  add_half_circle (corners, first->at, first->radius,
                   direction (first, &g_array_index (steps, Step, 1)) + G_PI / 2,
                   cap_parts (first->radius, scale));
  add_side (corners, steps, FALSE, scale);
  add_half_circle (corners, last->at, last->radius,
                   direction (&g_array_index (steps, Step, steps->len - 2), last) - G_PI / 2,
                   cap_parts (last->radius, scale));
  add_side (corners, steps, TRUE, scale);

  return corners;
}
