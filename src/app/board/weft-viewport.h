/* weft-viewport.h - which part of the board is seen, and how large
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * View units are the logical pixels of the widget. The origin is the board point at the widget's top left
 * corner; it always lies on a whole device pixel, so that tiles at rest need no filtering.
 */

#pragma once

#include "notebook/weft-geometry.h"

G_BEGIN_DECLS

#define WEFT_ZOOM_MIN 0.05
#define WEFT_ZOOM_MAX 40.0

typedef struct
{
  double x;
  double y;
  double zoom;
  double width;        /* of the widget, in view units */
  double height;
  double scale_factor; /* device pixels for one view unit */
} WeftViewport;

#define WEFT_VIEWPORT_INIT ((WeftViewport) { .zoom = 1, .scale_factor = 1 })

WeftPoint weft_viewport_to_board (const WeftViewport *self,
                                  double              view_x,
                                  double              view_y);
WeftPoint weft_viewport_to_view  (const WeftViewport *self,
                                  WeftPoint           board);
WeftBox   weft_viewport_get_box  (const WeftViewport *self);
/* By view units: positive shows what lies to the right and below. */
void      weft_viewport_pan      (WeftViewport       *self,
                                  double              dx,
                                  double              dy);
/* The board point under the view point stays where it is. */
void      weft_viewport_zoom_at  (WeftViewport       *self,
                                  double              view_x,
                                  double              view_y,
                                  double              zoom);
/* Shows @box whole with @margin view units around it, at @most_zoom at most. */
void      weft_viewport_fit      (WeftViewport       *self,
                                  const WeftBox      *box,
                                  double              margin,
                                  double              most_zoom);
void      weft_viewport_settle   (WeftViewport       *self);

G_END_DECLS
