/* weft-board-marks.c - outlines of the elements that changed, in people's colours
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/weft-board-marks.h"

#define MARGIN 5
#define RADIUS 5
#define WIDTH  2
#define DASH   5
/* Of the ground of what was added. */
#define TINT   0.12f

static void
append_mark (const WeftShownMark *mark,
             GtkSnapshot         *snapshot,
             WeftPoint            a,
             WeftPoint            b)
{
  const graphene_rect_t rect
    = GRAPHENE_RECT_INIT (a.x - MARGIN, a.y - MARGIN, b.x - a.x + 2 * MARGIN, b.y - a.y + 2 * MARGIN);
  const float dashes[] = { DASH, DASH };
  g_autoptr(GskPathBuilder) builder = gsk_path_builder_new ();
  g_autoptr(GskPath) path = NULL;
  GskStroke *stroke = gsk_stroke_new (WIDTH);
  GskRoundedRect outline;
  GdkRGBA color, tint;

  if (!gdk_rgba_parse (&color, mark->color))
    color = (GdkRGBA) { 0.5f, 0.5f, 0.5f, 1 };
  gsk_rounded_rect_init_from_rect (&outline, &rect, RADIUS);

  if (mark->kind == WEFT_CHANGE_ADDED)
    {
      tint = color;
      tint.alpha = TINT;
      gtk_snapshot_push_rounded_clip (snapshot, &outline);
      gtk_snapshot_append_color (snapshot, &tint, &rect);
      gtk_snapshot_pop (snapshot);
    }

  gsk_path_builder_add_rounded_rect (builder, &outline);
  path = gsk_path_builder_to_path (builder);
  if (mark->kind == WEFT_CHANGE_REMOVED)
    gsk_stroke_set_dash (stroke, dashes, G_N_ELEMENTS (dashes));
  gtk_snapshot_append_stroke (snapshot, path, stroke, &color);
  gsk_stroke_free (stroke);
}

void
weft_board_marks_snapshot (const GPtrArray    *marks,
                           WeftBoardModel     *model,
                           GtkSnapshot        *snapshot,
                           const WeftViewport *viewport)
{
  for (guint i = 0; i < marks->len; i++)
    {
      const WeftShownMark *mark = marks->pdata[i];
      WeftElement *element = weft_board_model_lookup (model, mark->element);
      WeftBox box;
      WeftPoint a, b;

      if (element == NULL)
        continue;

      box = weft_element_get_bounds (element);
      a = weft_viewport_to_view (viewport, (WeftPoint) { box.x1, box.y1 });
      b = weft_viewport_to_view (viewport, (WeftPoint) { box.x2, box.y2 });
      if (b.x < 0 || b.y < 0 || a.x > viewport->width || a.y > viewport->height)
        continue;

      append_mark (mark, snapshot, a, b);
    }
}
