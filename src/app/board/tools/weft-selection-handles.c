/* weft-selection-handles.c - the frame around what is selected, and the handles on it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One element or several have a frame with eight handles, a line has its points. The round handle above one element
 * turns it. All places are in view units: handles keep their size at every zoom.
 */

#include "config.h"

#include "app/board/tools/weft-selection-handles.h"

#include <math.h>

#define HANDLE_DISTANCE 9.0
#define HANDLE_SIZE     9.0
/* Between an element and the frame around it. */
#define FRAME_GAP       5.0
/* From the frame to the handle that turns. */
#define TURN_DISTANCE   22.0
/* Sides have handles only where there is room between the corners. */
#define SIDE_LENGTH     48.0
/* Of several selected elements, each has a frame of its own up to so many. */
#define MAX_FRAMES      200

/* The one element that is selected, or NULL. (transfer full) */
static WeftElement *
dup_single (WeftCanvas *canvas)
{
  g_autoptr(GPtrArray) selected = NULL;

  if (weft_canvas_get_n_selected (canvas) != 1)
    return NULL;

  selected = weft_canvas_list_selected (canvas);

  return selected->len == 1 ? weft_element_ref (g_ptr_array_index (selected, 0)) : NULL;
}

static WeftBox
frame_in_view (WeftCanvas    *canvas,
               const WeftBox *box)
{
  const WeftViewport *viewport = weft_canvas_get_viewport (canvas);
  WeftPoint a = weft_viewport_to_view (viewport, (WeftPoint) { box->x1, box->y1 });
  WeftPoint b = weft_viewport_to_view (viewport, (WeftPoint) { box->x2, box->y2 });

  return (WeftBox) { round (a.x) - FRAME_GAP, round (a.y) - FRAME_GAP, round (b.x) + FRAME_GAP,
                     round (b.y) + FRAME_GAP };
}

static WeftPoint
handle_place (const WeftBox *frame,
              int            handle)
{
  return (WeftPoint) { frame->x1 + (frame->x2 - frame->x1) * (handle % 3) / 2,
                       frame->y1 + (frame->y2 - frame->y1) * (handle / 3) / 2 };
}

/* A line has its points as handles; what is turned can be moved only. */
static gboolean
has_handles (WeftCanvas  *canvas,
             WeftElement *single)
{
  guint n = weft_canvas_get_n_selected (canvas);

  if (!weft_canvas_get_editable (canvas) || n == 0)
    return FALSE;

  return n > 1
         || (single != NULL && !single->locked && single->angle == 0
             && !weft_element_is_linear (single));
}

static gboolean
handle_is_shown (const WeftBox *frame,
                 int            handle)
{
  if (handle == 4)
    return FALSE;
  if (handle % 3 == 1)
    return frame->x2 - frame->x1 > SIDE_LENGTH;
  if (handle / 3 == 1)
    return frame->y2 - frame->y1 > SIDE_LENGTH;

  return TRUE;
}

int
weft_selection_find_handle (WeftCanvas *canvas,
                            WeftPoint   view)
{
  g_autoptr(WeftElement) single = dup_single (canvas);
  WeftBox box;
  WeftBox frame;

  if (!has_handles (canvas, single))
    return WEFT_HANDLE_NONE;

  box = weft_canvas_get_selection_box (canvas);
  frame = frame_in_view (canvas, &box);

  for (int handle = 8; handle >= 0; handle--)
    if (handle_is_shown (&frame, handle)
        && weft_point_distance (handle_place (&frame, handle), view) <= HANDLE_DISTANCE)
      return handle;

  return WEFT_HANDLE_NONE;
}

/* Where the handle that turns the selected element is. Returns: whether it has one */
static gboolean
get_turn_place (WeftCanvas *canvas,
                WeftPoint  *place)
{
  g_autoptr(WeftElement) single = dup_single (canvas);
  WeftBox box;
  WeftBox frame;

  if (single == NULL || single->locked || weft_element_is_linear (single) || single->kind == WEFT_ELEMENT_FRAME
      || !weft_canvas_get_editable (canvas))
    return FALSE;

  box = weft_canvas_get_selection_box (canvas);
  frame = frame_in_view (canvas, &box);
  *place = (WeftPoint) { (frame.x1 + frame.x2) / 2, frame.y1 - TURN_DISTANCE };

  return TRUE;
}

gboolean
weft_selection_is_on_turn_handle (WeftCanvas *canvas,
                                  WeftPoint   view)
{
  WeftPoint place;

  return get_turn_place (canvas, &place) && weft_point_distance (place, view) <= HANDLE_DISTANCE;
}

int
weft_selection_find_end (WeftCanvas *canvas,
                         WeftPoint   view)
{
  g_autoptr(WeftElement) single = dup_single (canvas);
  const WeftViewport *viewport = weft_canvas_get_viewport (canvas);

  if (single == NULL || !weft_element_is_linear (single) || single->locked || single->angle != 0
      || !weft_canvas_get_editable (canvas))
    return -1;

  for (gsize i = 0; i < single->n_points; i++)
    {
      WeftPoint at = weft_viewport_to_view (
        viewport, (WeftPoint) { single->x + single->points[i].x, single->y + single->points[i].y });

      if (weft_point_distance (at, view) <= HANDLE_DISTANCE)
        return (int) i;
    }

  return -1;
}

const char *
weft_selection_get_handle_cursor (int handle)
{
  static const char *const cursors[9] = {
    "nwse-resize", "ns-resize", "nesw-resize", "ew-resize", "default",
    "ew-resize", "nesw-resize", "ns-resize", "nwse-resize",
  };

  return cursors[handle];
}

void
weft_selection_append_frame (GtkSnapshot   *snapshot,
                             const WeftBox *frame,
                             const GdkRGBA *color,
                             float          width)
{
  const float widths[4] = { width, width, width, width };
  const GdkRGBA colors[4] = { *color, *color, *color, *color };
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (
    &outline,
    &GRAPHENE_RECT_INIT (frame->x1, frame->y1, frame->x2 - frame->x1, frame->y2 - frame->y1), 3);
  gtk_snapshot_append_border (snapshot, &outline, widths, colors);
}

static void
append_handle (GtkSnapshot   *snapshot,
               WeftPoint      at,
               const GdkRGBA *color,
               gboolean       round_one)
{
  const float widths[4] = { 1.5, 1.5, 1.5, 1.5 };
  const GdkRGBA colors[4] = { *color, *color, *color, *color };
  double size = HANDLE_SIZE + (round_one ? 1 : 0);
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (
    &outline, &GRAPHENE_RECT_INIT (at.x - size / 2, at.y - size / 2, size, size),
    round_one ? size / 2 : 2.5);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, &(GdkRGBA) { 1, 1, 1, 1 }, &outline.bounds);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_append_border (snapshot, &outline, widths, colors);
}

void
weft_selection_draw (WeftCanvas    *canvas,
                     GtkSnapshot   *snapshot,
                     const GdkRGBA *accent)
{
  const WeftViewport *viewport = weft_canvas_get_viewport (canvas);
  g_autoptr(WeftElement) single = dup_single (canvas);
  WeftBox box = weft_canvas_get_selection_box (canvas);
  WeftBox frame;
  WeftPoint turn;
  GdkRGBA faint = *accent;

  if (weft_box_is_empty (&box))
    return;

  if (single != NULL && weft_element_is_linear (single))
    {
      for (gsize i = 0; i < single->n_points && single->angle == 0; i++)
        append_handle (snapshot,
                       weft_viewport_to_view (viewport, (WeftPoint) { single->x + single->points[i].x,
                                                                      single->y + single->points[i].y }),
                       accent, TRUE);
      return;
    }

  frame = frame_in_view (canvas, &box);

  if (single == NULL && weft_canvas_get_n_selected (canvas) <= MAX_FRAMES)
    {
      g_autoptr(GPtrArray) selected = weft_canvas_list_selected (canvas);

      faint.alpha *= 0.5;
      for (guint i = 0; i < selected->len; i++)
        {
          WeftBox bounds = weft_element_get_bounds (g_ptr_array_index (selected, i));
          WeftBox one = frame_in_view (canvas, &bounds);

          weft_box_grow (&one, -2);
          weft_selection_append_frame (snapshot, &one, &faint, 1);
        }
    }

  weft_selection_append_frame (snapshot, &frame, accent, 1.5);

  if (weft_canvas_is_editing (canvas))
    return;

  if (get_turn_place (canvas, &turn))
    append_handle (snapshot, turn, accent, TRUE);

  if (!has_handles (canvas, single))
    return;

  for (int handle = 0; handle < 9; handle++)
    if (handle_is_shown (&frame, handle))
      append_handle (snapshot, handle_place (&frame, handle), accent, FALSE);
}
