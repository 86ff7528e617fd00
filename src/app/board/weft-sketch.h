/* weft-sketch.h - outlines and fillings as a hand would draw them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Everything only adds to the current path of a cairo context. The trembling comes from a seed, so that a shape
 * looks the same on every screen, at every zoom and after every edit. The manner is that of rough.js.
 */

#pragma once

#include "notebook/weft-geometry.h"

#include <cairo.h>

G_BEGIN_DECLS

typedef struct
{
  guint32 state;
  double  roughness;
} WeftSketch;

void weft_sketch_init    (WeftSketch      *self,
                          guint32          seed,
                          double           roughness);
/* Straight sides, each drawn twice. */
void weft_sketch_lines   (WeftSketch      *self,
                          cairo_t         *cr,
                          const WeftPoint *points,
                          gsize            n_points,
                          gboolean         closed);
/* A smooth line through points that lie close to each other, drawn twice. */
void weft_sketch_curve   (WeftSketch      *self,
                          cairo_t         *cr,
                          const WeftPoint *points,
                          gsize            n_points,
                          gboolean         closed);
/* Parallel lines inside a polygon, @gap apart, at @angle. Straight without roughness. */
void weft_sketch_hachure (WeftSketch      *self,
                          cairo_t         *cr,
                          const WeftPoint *points,
                          gsize            n_points,
                          double           gap,
                          double           angle);

G_END_DECLS
