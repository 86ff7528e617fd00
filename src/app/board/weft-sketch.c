/* weft-sketch.c - outlines and fillings as a hand would draw them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/weft-sketch.h"

#include <math.h>

/* How far from the true place an end may lie, in board units at roughness 1. */
#define LARGEST_OFFSET 2.0
/* No filling draws more lines than this. */
#define MAX_HACHURES 2000

void
weft_sketch_init (WeftSketch *self,
                  guint32     seed,
                  double      roughness)
{
  self->state = seed != 0 ? seed : 1;
  self->roughness = roughness;
}

/* xorshift32: 0 to 1 */
static double
next_random (WeftSketch *self)
{
  self->state ^= self->state << 13;
  self->state ^= self->state >> 17;
  self->state ^= self->state << 5;

  return self->state / 4294967296.0;
}

static double
tremble (WeftSketch *self,
         double      reach)
{
  return (next_random (self) * 2 - 1) * reach * self->roughness;
}

/* Short lines tremble less than long ones, very long ones less again. */
static double
offset_for_length (double length)
{
  double gain = length < 200 ? 1 : length > 500 ? 0.4 : -0.0016668 * length + 1.233334;

  return MIN (LARGEST_OFFSET, length / 10) * gain;
}

static void
add_line_once (WeftSketch *self,
               cairo_t    *cr,
               WeftPoint   a,
               WeftPoint   b,
               double      reach)
{
  double length = weft_point_distance (a, b);
  double offset = offset_for_length (length) * reach;
  double diverge = 0.2 + next_random (self) * 0.2;
  double bow_x = tremble (self, (b.y - a.y) / 200);
  double bow_y = tremble (self, (a.x - b.x) / 200);

  cairo_move_to (cr, a.x + tremble (self, offset), a.y + tremble (self, offset));
  cairo_curve_to (cr,
                  bow_x + a.x + (b.x - a.x) * diverge + tremble (self, offset),
                  bow_y + a.y + (b.y - a.y) * diverge + tremble (self, offset),
                  bow_x + a.x + 2 * (b.x - a.x) * diverge + tremble (self, offset),
                  bow_y + a.y + 2 * (b.y - a.y) * diverge + tremble (self, offset),
                  b.x + tremble (self, offset), b.y + tremble (self, offset));
}

void
weft_sketch_lines (WeftSketch      *self,
                   cairo_t         *cr,
                   const WeftPoint *points,
                   gsize            n_points,
                   gboolean         closed)
{
  gsize n_sides = n_points > 0 ? n_points - (closed ? 0 : 1) : 0;

  for (gsize i = 0; i < n_sides; i++)
    {
      WeftPoint a = points[i];
      WeftPoint b = points[(i + 1) % n_points];

      add_line_once (self, cr, a, b, 1);
      add_line_once (self, cr, a, b, 0.5);
    }
}

static void
add_curve_once (WeftSketch      *self,
                cairo_t         *cr,
                const WeftPoint *points,
                gsize            n_points,
                gboolean         closed,
                double           reach)
{
  /* A closed line is drawn a little beyond its beginning, as a hand does, and bends from its first point on. */
  gsize first = closed ? 1 : 0;
  gsize n = n_points + (closed ? 4 : 0);
  gsize last = closed ? n - 2 : n - 1;
  g_autofree WeftPoint *moved = g_new (WeftPoint, n);

  for (gsize i = 0; i < n; i++)
    {
      WeftPoint point = points[(i + n_points - first) % n_points];

      moved[i].x = point.x + tremble (self, reach);
      moved[i].y = point.y + tremble (self, reach);
    }

  cairo_move_to (cr, moved[first].x, moved[first].y);

  for (gsize i = first; i < last; i++)
    {
      WeftPoint c1;
      WeftPoint c2;

      weft_curve_get_controls (moved, n, i, &c1, &c2);
      cairo_curve_to (cr, c1.x, c1.y, c2.x, c2.y, moved[i + 1].x, moved[i + 1].y);
    }
}

void
weft_sketch_curve (WeftSketch      *self,
                   cairo_t         *cr,
                   const WeftPoint *points,
                   gsize            n_points,
                   gboolean         closed)
{
  g_autoptr(GArray) chosen = NULL;
  double length = 0;
  double step;
  guint n_chosen;

  if (n_points < 2)
    return;

  for (gsize i = 0; i + 1 < n_points; i++)
    length += weft_point_distance (points[i], points[i + 1]);

  /* Too many points would tremble like a saw; uneven ones would make corners. */
  step = CLAMP (length / 14, 6, 80);
  n_chosen = (guint) CLAMP (round (length / step), closed ? 6 : 2, n_points);
  chosen = g_array_new (FALSE, FALSE, sizeof (WeftPoint));

  for (guint i = 0; i < n_chosen; i++)
    {
      gsize at = closed ? i * n_points / n_chosen : i * (n_points - 1) / MAX (n_chosen - 1, 1);

      g_array_append_val (chosen, points[at]);
    }

  add_curve_once (self, cr, (WeftPoint *) chosen->data, chosen->len, closed,
                  MIN (1.2, length / 60));
  add_curve_once (self, cr, (WeftPoint *) chosen->data, chosen->len, closed,
                  MIN (1.0, length / 60));
}

static int
compare_doubles (gconstpointer a,
                 gconstpointer b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return x < y ? -1 : x > y;
}

/* Where the level line @y crosses the polygon, from left to right. */
static void
find_crossings (const WeftPoint *points,
                gsize            n_points,
                double           y,
                GArray          *crossings)
{
  g_array_set_size (crossings, 0);

  for (gsize i = 0; i < n_points; i++)
    {
      WeftPoint a = points[i];
      WeftPoint b = points[(i + 1) % n_points];

      if ((a.y > y) != (b.y > y))
        {
          double x = a.x + (y - a.y) * (b.x - a.x) / (b.y - a.y);

          g_array_append_val (crossings, x);
        }
    }

  g_array_sort (crossings, compare_doubles);
}

void
weft_sketch_hachure (WeftSketch      *self,
                     cairo_t         *cr,
                     const WeftPoint *points,
                     gsize            n_points,
                     double           gap,
                     double           angle)
{
  g_autofree WeftPoint *turned = g_new (WeftPoint, MAX (n_points, 1));
  g_autoptr(GArray) crossings = g_array_new (FALSE, FALSE, sizeof (double));
  const WeftPoint origin = { 0, 0 };
  WeftBox bounds = WEFT_BOX_EMPTY;

  for (gsize i = 0; i < n_points; i++)
    {
      turned[i] = weft_point_rotate (points[i], origin, -angle);
      weft_box_add_point (&bounds, turned[i].x, turned[i].y);
    }

  if (weft_box_is_empty (&bounds))
    return;

  gap = MAX (MAX (gap, 1), (bounds.y2 - bounds.y1) / MAX_HACHURES);

  for (double y = bounds.y1 + gap / 2; y < bounds.y2; y += gap)
    {
      find_crossings (turned, n_points, y, crossings);

      for (guint i = 0; i + 1 < crossings->len; i += 2)
        {
          WeftPoint a = { g_array_index (crossings, double, i), y };
          WeftPoint b = { g_array_index (crossings, double, i + 1), y };

          a = weft_point_rotate (a, origin, angle);
          b = weft_point_rotate (b, origin, angle);

          if (self->roughness > 0)
            add_line_once (self, cr, a, b, 0.7);
          else
            {
              cairo_move_to (cr, a.x, a.y);
              cairo_line_to (cr, b.x, b.y);
            }
        }
    }
}
