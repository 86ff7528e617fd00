/* weft-viewport.c - which part of the board is seen, and how large
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/weft-viewport.h"

#include "notebook/weft-element.h"

#include <math.h>

WeftPoint
weft_viewport_to_board (const WeftViewport *self,
                        double              view_x,
                        double              view_y)
{
  return (WeftPoint) { self->x + view_x / self->zoom, self->y + view_y / self->zoom };
}

WeftPoint
weft_viewport_to_view (const WeftViewport *self,
                       WeftPoint           board)
{
  return (WeftPoint) { (board.x - self->x) * self->zoom, (board.y - self->y) * self->zoom };
}

WeftBox
weft_viewport_get_box (const WeftViewport *self)
{
  return (WeftBox) { self->x, self->y, self->x + self->width / self->zoom,
                     self->y + self->height / self->zoom };
}

/* Puts the origin on a whole device pixel, and keeps it on the board. */
void
weft_viewport_settle (WeftViewport *self)
{
  double scale = self->zoom * self->scale_factor;

  self->x = CLAMP (self->x, -WEFT_BOARD_EXTENT, WEFT_BOARD_EXTENT);
  self->y = CLAMP (self->y, -WEFT_BOARD_EXTENT, WEFT_BOARD_EXTENT);
  self->x = round (self->x * scale) / scale;
  self->y = round (self->y * scale) / scale;
}

void
weft_viewport_pan (WeftViewport *self,
                   double        dx,
                   double        dy)
{
  self->x += dx / self->zoom;
  self->y += dy / self->zoom;
  weft_viewport_settle (self);
}

void
weft_viewport_zoom_at (WeftViewport *self,
                       double        view_x,
                       double        view_y,
                       double        zoom)
{
  WeftPoint fixed = weft_viewport_to_board (self, view_x, view_y);

  self->zoom = CLAMP (zoom, WEFT_ZOOM_MIN, WEFT_ZOOM_MAX);
  self->x = fixed.x - view_x / self->zoom;
  self->y = fixed.y - view_y / self->zoom;
  weft_viewport_settle (self);
}

void
weft_viewport_fit (WeftViewport  *self,
                   const WeftBox *box,
                   double         margin,
                   double         most_zoom)
{
  double room_x = MAX (self->width - 2 * margin, self->width / 2);
  double room_y = MAX (self->height - 2 * margin, self->height / 2);
  double zoom = most_zoom;

  if (weft_box_is_empty (box) || self->width <= 0 || self->height <= 0)
    return;

  if (box->x2 > box->x1)
    zoom = MIN (zoom, room_x / (box->x2 - box->x1));
  if (box->y2 > box->y1)
    zoom = MIN (zoom, room_y / (box->y2 - box->y1));

  self->zoom = CLAMP (zoom, WEFT_ZOOM_MIN, WEFT_ZOOM_MAX);
  self->x = (box->x1 + box->x2) / 2 - self->width / 2 / self->zoom;
  self->y = (box->y1 + box->y2) / 2 - self->height / 2 / self->zoom;
  weft_viewport_settle (self);
}
