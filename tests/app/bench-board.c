/* bench-board.c - how long the main thread draws a board of 50,000 elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Opens a window, fills a board, and pans, zooms, draws and drags for some seconds each. Prints one line each: frames,
 * the processor time of the main thread for a frame (GTK's own part included), and tiles that were missing.
 */

#include "config.h"

#include "app/board/tools/weft-board-tool.h"
#include "app/board/weft-canvas-private.h"
#include "app/weft-resources.h"
#include "board-support.h"

#include <time.h>

#define SECONDS 3

typedef struct
{
  GtkWidget  *window;
  WeftCanvas *canvas;
  guint       n_frames;
  gsize       n_missing;
  double      busy_ms;
  double      worst_ms;
} Bench;

static double
thread_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);

  return now.tv_sec * 1000.0 + now.tv_nsec / 1e6;
}

typedef void (*Step) (Bench *bench,
                      guint  frame);

typedef struct
{
  Bench *bench;
  Step   step;
  double last;
} Run;

static gboolean
tick_cb (GtkWidget     *widget,
         GdkFrameClock *clock,
         gpointer       data)
{
  Run *run = data;
  double now = thread_ms ();

  if (run->bench->n_frames > 0)
    {
      run->bench->busy_ms += now - run->last;
      run->bench->worst_ms = MAX (run->bench->worst_ms, now - run->last);
    }

  run->last = now;
  run->bench->n_missing += weft_tile_cache_get_n_missing (run->bench->canvas->cache);
  run->step (run->bench, run->bench->n_frames++);
  gtk_widget_queue_draw (widget);

  return G_SOURCE_CONTINUE;
}

static void
measure (Bench      *bench,
         const char *name,
         Step        step)
{
  Run run = { bench, step, 0 };
  gint64 end = g_get_monotonic_time () + SECONDS * G_USEC_PER_SEC;
  guint tick;

  bench->n_frames = 0;
  bench->n_missing = 0;
  bench->busy_ms = bench->worst_ms = 0;
  tick = gtk_widget_add_tick_callback (GTK_WIDGET (bench->canvas), tick_cb, &run, NULL);

  while (g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, TRUE);

  gtk_widget_remove_tick_callback (GTK_WIDGET (bench->canvas), tick);
  g_print ("%-14s %4u frames, main thread %5.2f ms a frame, worst %6.2f, missing tiles a frame %.2f\n", name,
           bench->n_frames, bench->busy_ms / MAX (bench->n_frames - 1, 1), bench->worst_ms,
           (double) bench->n_missing / MAX (bench->n_frames, 1));
}

static void
pan (Bench *bench,
     guint  frame)
{
  weft_canvas_pan (bench->canvas, frame % 120 < 60 ? 12 : -12, frame % 240 < 120 ? 5 : -5);
}

static void
zoom (Bench *bench,
      guint  frame)
{
  double zoom_now = weft_canvas_get_viewport (bench->canvas)->zoom;

  weft_canvas_zoom_to (bench->canvas, zoom_now * (frame % 180 < 90 ? 1.03 : 1 / 1.03));
}

static WeftBoardEvent
event_at (Bench *bench,
          double x,
          double y)
{
  WeftBoardEvent event = { 0 };

  event.view = (WeftPoint) { x, y };
  event.board = weft_viewport_to_board (weft_canvas_get_viewport (bench->canvas), x, y);
  event.n_press = 1;

  return event;
}

static void
draw_stroke (Bench *bench,
             guint  frame)
{
  WeftBoardEvent event
    = event_at (bench, 200 + frame % 100 * 6, 300 + 120 * sin (frame / 8.0));

  event.time = frame * 16;
  if (frame % 100 == 0)
    weft_board_tool_press (bench->canvas->tools[WEFT_TOOL_PEN], &event);
  else if (frame % 100 == 99)
    weft_board_tool_release (bench->canvas->tools[WEFT_TOOL_PEN], &event);
  else
    weft_board_tool_motion (bench->canvas->tools[WEFT_TOOL_PEN], &event);
}

static void
drag (Bench *bench,
      guint  frame)
{
  WeftBoardEvent event = event_at (bench, 400 + frame % 100 * 2, 300 + frame % 50);

  if (frame == 0)
    {
      g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
      g_auto(GStrv) ids = NULL;
      GPtrArray *elements = weft_board_model_get_elements (weft_canvas_get_model (bench->canvas));
      WeftBox view = weft_viewport_get_box (weft_canvas_get_viewport (bench->canvas));
      guint n = 0;

      for (guint i = 0; i < elements->len && n < 1000; i++)
        {
          WeftElement *element = g_ptr_array_index (elements, i);
          WeftBox box = weft_element_get_bounds (element);

          if (weft_box_intersects (&view, &box))
            {
              g_strv_builder_add (builder, element->id);
              n++;
            }
        }

      ids = g_strv_builder_end (builder);
      weft_canvas_select (bench->canvas, (const char *const *) ids, FALSE);
      weft_board_tool_press (bench->canvas->tools[WEFT_TOOL_SELECT], &event);
    }
  else
    weft_board_tool_motion (bench->canvas->tools[WEFT_TOOL_SELECT], &event);
}

int
main (int   argc,
      char *argv[])
{
  guint n_elements = argc > 1 ? (guint) atoi (argv[1]) : 50000;
  TestBoard board;
  Bench bench = { 0 };
  gint64 began;
  WeftBox dense = { 5000, 5000, 6280, 5800 };

  gtk_init ();
  adw_init ();
  test_board_open (&board);
  began = g_get_monotonic_time ();
  test_fill_board (board.board, n_elements);
  g_print ("fill           %u elements in %.0f ms\n", n_elements, (g_get_monotonic_time () - began) / 1000.0);

  bench.canvas = WEFT_CANVAS (weft_canvas_new ());
  bench.window = gtk_window_new ();
  gtk_window_set_default_size (GTK_WINDOW (bench.window), 1280, 800);
  gtk_window_set_child (GTK_WINDOW (bench.window), GTK_WIDGET (bench.canvas));
  began = g_get_monotonic_time ();
  weft_canvas_set_document (bench.canvas, board.document);
  g_print ("open           %.0f ms\n", (g_get_monotonic_time () - began) / 1000.0);
  gtk_window_present (GTK_WINDOW (bench.window));

  measure (&bench, "fit-all, pan", pan);
  weft_canvas_zoom_fit (bench.canvas, &dense);
  measure (&bench, "dense, pan", pan);
  measure (&bench, "dense, zoom", zoom);
  weft_canvas_zoom_fit (bench.canvas, &dense);
  measure (&bench, "live stroke", draw_stroke);
  weft_canvas_cancel (bench.canvas);
  measure (&bench, "drag 1000", drag);

  weft_canvas_cancel (bench.canvas);
  weft_canvas_set_document (bench.canvas, NULL);
  gtk_window_destroy (GTK_WINDOW (bench.window));
  test_board_close (&board);

  return 0;
}
