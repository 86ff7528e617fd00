/* weft-ink.c - the points of a pen stroke, and the bytes that hold them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-ink.h"

#include "crdt/weft-reader.h"
#include "crdt/weft-writer.h"

#include <math.h>
#include <string.h>

#define INK_VERSION       1
#define INK_FLAG_PRESSURE (1 << 0)
#define INK_KNOWN_FLAGS   INK_FLAG_PRESSURE
#define INK_MAX_PRECISION 16

/* A coordinate beyond this is the work of a broken or hostile writer. */
#define INK_EXTENT 1e7

/* Douglas and Peucker's method looks at no more points at once, so that no stroke makes it quadratic. */
#define SIMPLIFY_CHUNK 512

struct _WeftInk
{
  gatomicrefcount ref_count;
  gsize           n_points;
  WeftInkPoint    points[];
};

static WeftInk *
ink_alloc (gsize n_points)
{
  WeftInk *self = g_malloc0 (sizeof (WeftInk) + n_points * sizeof (WeftInkPoint));

  g_atomic_ref_count_init (&self->ref_count);
  self->n_points = n_points;

  return self;
}

static guint8
pack_pressure (float pressure)
{
  return (guint8) lroundf (CLAMP (pressure, 0.0f, 1.0f) * 255.0f);
}

/* A value that JavaScript and C agree on: half away from zero downwards is avoided by floor. */
static gint64
quantise (double value,
          double scale)
{
  return (gint64) floor (CLAMP (value, -INK_EXTENT, INK_EXTENT) * scale + 0.5);
}

/**
 * weft_ink_new:
 * @points: the points in the order in which they were drawn
 * @n_points: how many there are
 *
 * Returns: (transfer full): the stroke
 */
WeftInk *
weft_ink_new (const WeftInkPoint *points,
              gsize               n_points)
{
  WeftInk *self;

  n_points = MIN (n_points, WEFT_INK_MAX_POINTS);
  self = ink_alloc (n_points);

  if (n_points > 0)
    memcpy (self->points, points, n_points * sizeof (WeftInkPoint));

  return self;
}

WeftInk *
weft_ink_ref (WeftInk *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

void
weft_ink_unref (WeftInk *self)
{
  if (g_atomic_ref_count_dec (&self->ref_count))
    g_free (self);
}

const WeftInkPoint *
weft_ink_get_points (const WeftInk *self,
                     gsize         *n_points)
{
  *n_points = self->n_points;

  return self->points;
}

gboolean
weft_ink_has_pressure (const WeftInk *self)
{
  for (gsize i = 0; i < self->n_points; i++)
    if (pack_pressure (self->points[i].pressure) != pack_pressure (WEFT_INK_PRESSURE_DEFAULT))
      return TRUE;

  return FALSE;
}

WeftBox
weft_ink_get_bounds (const WeftInk *self)
{
  WeftBox bounds = WEFT_BOX_EMPTY;

  for (gsize i = 0; i < self->n_points; i++)
    weft_box_add_point (&bounds, self->points[i].x, self->points[i].y);

  return bounds;
}

/**
 * weft_ink_encode:
 * @self: a stroke
 * @precision: binary places kept of each coordinate
 *
 * Returns: (transfer full): the bytes of docs/documents.md, "Ink"
 */
GBytes *
weft_ink_encode (const WeftInk *self,
                 guint          precision)
{
  gboolean pressure = weft_ink_has_pressure (self);
  double scale;
  gint64 last_x = 0;
  gint64 last_y = 0;
  gint64 last_pressure = pack_pressure (WEFT_INK_PRESSURE_DEFAULT);
  WeftWriter writer;
  GBytes *bytes;

  precision = MIN (precision, INK_MAX_PRECISION);
  scale = 1 << precision;

  weft_writer_init (&writer);
  weft_writer_put_byte (&writer, INK_VERSION);
  weft_writer_put_varuint (&writer, pressure ? INK_FLAG_PRESSURE : 0);
  weft_writer_put_varuint (&writer, precision);
  weft_writer_put_varuint (&writer, self->n_points);

  for (gsize i = 0; i < self->n_points; i++)
    {
      gint64 x = quantise (self->points[i].x, scale);
      gint64 y = quantise (self->points[i].y, scale);

      weft_writer_put_varint (&writer, x - last_x, FALSE);
      weft_writer_put_varint (&writer, y - last_y, FALSE);
      last_x = x;
      last_y = y;
    }

  for (gsize i = 0; pressure && i < self->n_points; i++)
    {
      gint64 value = pack_pressure (self->points[i].pressure);

      weft_writer_put_varint (&writer, value - last_pressure, FALSE);
      last_pressure = value;
    }

  bytes = weft_writer_steal_bytes (&writer);
  weft_writer_clear (&writer);

  return bytes;
}

static gsize
read_points (WeftReader   *reader,
             double        scale,
             gsize         n_points,
             WeftInkPoint *points)
{
  gint64 limit = (gint64) (INK_EXTENT * scale);
  gint64 x = 0;
  gint64 y = 0;

  for (gsize i = 0; i < n_points; i++)
    {
      /* One step is held to the whole extent before it is added, so that no sum overflows. */
      gint64 dx = weft_reader_get_varint (reader, NULL);
      gint64 dy = weft_reader_get_varint (reader, NULL);

      if (reader->failed)
        return i;

      x = CLAMP (x + CLAMP (dx, -2 * limit, 2 * limit), -limit, limit);
      y = CLAMP (y + CLAMP (dy, -2 * limit, 2 * limit), -limit, limit);
      points[i].x = (float) (x / scale);
      points[i].y = (float) (y / scale);
      points[i].pressure = WEFT_INK_PRESSURE_DEFAULT;
    }

  return n_points;
}

static void
read_pressures (WeftReader   *reader,
                gsize         n_points,
                WeftInkPoint *points)
{
  gint64 value = pack_pressure (WEFT_INK_PRESSURE_DEFAULT);

  for (gsize i = 0; i < n_points; i++)
    {
      gint64 step = weft_reader_get_varint (reader, NULL);

      if (reader->failed)
        return;

      value = CLAMP (value + CLAMP (step, -255, 255), 0, 255);

      if (value != pack_pressure (WEFT_INK_PRESSURE_DEFAULT))
        points[i].pressure = value / 255.0f;
    }
}

/**
 * weft_ink_decode:
 * @bytes: the value of `ink`
 *
 * Returns: (transfer full) (nullable): the stroke, as much of it as can be read; %NULL where @bytes are
 *   something else or hold no point
 */
WeftInk *
weft_ink_decode (GBytes *bytes)
{
  WeftInk *self;
  WeftReader reader;
  guint64 flags;
  guint64 precision;
  guint64 n_points;
  gsize n_read;

  weft_reader_init_bytes (&reader, bytes);

  if (weft_reader_get_byte (&reader) != INK_VERSION)
    return NULL;

  flags = weft_reader_get_varuint (&reader);
  precision = weft_reader_get_varuint (&reader);
  n_points = weft_reader_get_varuint (&reader);

  if (reader.failed || (flags & ~(guint64) INK_KNOWN_FLAGS) != 0 || precision > INK_MAX_PRECISION
      || n_points > WEFT_INK_MAX_POINTS)
    return NULL;

  /* A point takes two bytes at least: what a hostile count asks for is never allocated. */
  n_points = MIN (n_points, weft_reader_get_remaining (&reader) / 2);

  if (n_points == 0)
    return NULL;

  self = ink_alloc (n_points);
  n_read = read_points (&reader, 1 << precision, n_points, self->points);

  if (n_read == 0)
    {
      weft_ink_unref (self);
      return NULL;
    }

  self->n_points = n_read;

  if ((flags & INK_FLAG_PRESSURE) != 0)
    read_pressures (&reader, n_read, self->points);

  return self;
}

WeftInk *
weft_ink_translate (const WeftInk *self,
                    double         dx,
                    double         dy)
{
  WeftInk *moved = weft_ink_new (self->points, self->n_points);

  for (gsize i = 0; i < moved->n_points; i++)
    {
      moved->points[i].x += dx;
      moved->points[i].y += dy;
    }

  return moved;
}

static WeftPoint
position (const WeftInkPoint *point)
{
  return (WeftPoint) { point->x, point->y };
}

/* Each point goes towards the middle of its neighbours, but never farther than @tolerance, so that
 * corners that were meant stay corners. */
static void
settle (WeftInkPoint       *to,
        const WeftInkPoint *from,
        gsize               n_points,
        double              tolerance)
{
  for (gsize i = 1; i + 1 < n_points; i++)
    {
      double dx = (from[i - 1].x + 2 * from[i].x + from[i + 1].x) / 4 - from[i].x;
      double dy = (from[i - 1].y + 2 * from[i].y + from[i + 1].y) / 4 - from[i].y;
      double length = hypot (dx, dy);
      double part = length > tolerance ? tolerance / length : 1;

      to[i].x = from[i].x + dx * part;
      to[i].y = from[i].y + dy * part;
      to[i].pressure = (from[i - 1].pressure + 2 * from[i].pressure + from[i + 1].pressure) / 4;
    }
}

/* How far @point is from the straight way between @a and @b, in units of the tolerance; a difference in
 * pressure of one tenth counts as much as one tolerance. */
static double
deviation (const WeftInkPoint *a,
           const WeftInkPoint *b,
           const WeftInkPoint *point,
           double              tolerance)
{
  double whole = weft_point_distance (position (a), position (b));
  double part = weft_point_distance (position (a), position (point));
  double t = whole > 0 ? MIN (part / whole, 1) : 0;
  double expected = a->pressure + (b->pressure - a->pressure) * t;
  double distance = weft_segment_distance (position (a), position (b), position (point));

  return MAX (distance / tolerance, fabs (point->pressure - expected) / 0.1);
}

static void
mark_kept (const WeftInkPoint *points,
           gsize               first,
           gsize               last,
           double              tolerance,
           gboolean           *keep)
{
  double worst = 0;
  gsize at = first;

  keep[first] = keep[last] = TRUE;

  for (gsize i = first + 1; i < last; i++)
    {
      double value = deviation (&points[first], &points[last], &points[i], tolerance);

      if (value > worst)
        {
          worst = value;
          at = i;
        }
    }

  if (worst > 1)
    {
      mark_kept (points, first, at, tolerance, keep);
      mark_kept (points, at, last, tolerance, keep);
    }
}

/**
 * weft_ink_smooth:
 * @self: a stroke as the device gave it
 * @tolerance: in board units
 *
 * Returns: (transfer full): the stroke to keep
 */
WeftInk *
weft_ink_smooth (const WeftInk *self,
                 double         tolerance)
{
  gsize n_points = self->n_points;
  g_autoptr(WeftInk) settled = weft_ink_new (self->points, n_points);
  g_autofree gboolean *keep = NULL;
  gsize n_kept = 0;
  WeftInk *smooth;

  if (n_points < 3 || tolerance <= 0)
    return g_steal_pointer (&settled);

  settle (settled->points, self->points, n_points, tolerance);
  keep = g_new0 (gboolean, n_points);

  for (gsize first = 0; first + 1 < n_points; first += SIMPLIFY_CHUNK)
    mark_kept (settled->points, first, MIN (first + SIMPLIFY_CHUNK, n_points - 1), tolerance, keep);

  smooth = ink_alloc (n_points);

  for (gsize i = 0; i < n_points; i++)
    if (keep[i])
      smooth->points[n_kept++] = settled->points[i];

  smooth->n_points = n_kept;

  return smooth;
}
