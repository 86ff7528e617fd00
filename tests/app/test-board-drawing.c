/* test-board-drawing.c - the view of a board: coordinates, elements on a surface, tiles, SVG
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/weft-board-export.h"
#include "app/board/weft-tile-cache.h"
#include "board-support.h"
#include "support/test-seed.h"

#include <string.h>

static WeftElement *
element_from_json (const char *json)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftAny) any = weft_any_from_json (json, -1, &error);

  g_assert_no_error (error);

  return weft_element_new_from_any ("id", any);
}

static WeftBoardScene *
scene_from_json (const char *json)
{
  g_autoptr(GPtrArray) elements
    = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_element_unref);

  g_ptr_array_add (elements, element_from_json (json));

  return weft_board_scene_new (elements);
}

/* Viewport */

static void
test_viewport_there_and_back (void)
{
  WeftViewport viewport = WEFT_VIEWPORT_INIT;

  viewport.width = 800;
  viewport.height = 600;

  for (guint i = 0; i < 200; i++)
    {
      WeftPoint view = { g_test_rand_double_range (0, 800), g_test_rand_double_range (0, 600) };
      WeftPoint board;
      WeftPoint back;

      weft_viewport_zoom_at (&viewport, g_test_rand_double_range (0, 800), 300,
                             g_test_rand_double_range (0.05, 40));
      weft_viewport_pan (&viewport, g_test_rand_double_range (-500, 500), 30);
      board = weft_viewport_to_board (&viewport, view.x, view.y);
      back = weft_viewport_to_view (&viewport, board);
      g_assert_cmpfloat_with_epsilon (back.x, view.x, 1e-6);
      g_assert_cmpfloat_with_epsilon (back.y, view.y, 1e-6);
    }
}

static void
test_viewport_zoom_keeps_the_pointer (void)
{
  WeftViewport viewport = WEFT_VIEWPORT_INIT;
  WeftPoint before;
  WeftPoint after;

  viewport.width = 800;
  viewport.height = 600;
  before = weft_viewport_to_board (&viewport, 200, 150);
  weft_viewport_zoom_at (&viewport, 200, 150, 3.7);
  after = weft_viewport_to_board (&viewport, 200, 150);

  /* The origin goes to a whole pixel: half a pixel at most. */
  g_assert_cmpfloat_with_epsilon (before.x, after.x, 0.51 / 3.7);
  g_assert_cmpfloat_with_epsilon (before.y, after.y, 0.51 / 3.7);
}

static void
test_viewport_limits (void)
{
  WeftViewport viewport = WEFT_VIEWPORT_INIT;
  const WeftBox empty = WEFT_BOX_EMPTY;
  const WeftBox dot = { 5, 5, 5, 5 };

  viewport.width = 800;
  viewport.height = 600;
  weft_viewport_zoom_at (&viewport, 0, 0, 1e9);
  g_assert_cmpfloat (viewport.zoom, ==, WEFT_ZOOM_MAX);
  weft_viewport_zoom_at (&viewport, 0, 0, 1e-9);
  g_assert_cmpfloat (viewport.zoom, ==, WEFT_ZOOM_MIN);
  weft_viewport_fit (&viewport, &empty, 40, 1);
  g_assert_cmpfloat (viewport.zoom, ==, WEFT_ZOOM_MIN);
  weft_viewport_fit (&viewport, &dot, 40, 1);
  g_assert_cmpfloat (viewport.zoom, ==, 1);
}

static void
test_viewport_fit_shows_all (void)
{
  WeftViewport viewport = WEFT_VIEWPORT_INIT;
  const WeftBox box = { -300, 200, 4000, 900 };
  WeftBox seen;

  viewport.width = 800;
  viewport.height = 600;
  weft_viewport_fit (&viewport, &box, 40, 1);
  seen = weft_viewport_get_box (&viewport);
  g_assert_true (weft_box_contains (&seen, &box));
}

/* Elements on a surface */

typedef struct
{
  cairo_surface_t *surface;
  guint32         *pixels;
  int              stride;
} Picture;

static Picture
draw_json (const char *json,
           gboolean    dark)
{
  g_autoptr(WeftElement) element = element_from_json (json);
  g_autoptr(WeftElementRenderer) renderer = weft_element_renderer_new ();
  Picture picture;
  cairo_t *cr;

  picture.surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 100, 100);
  cr = cairo_create (picture.surface);
  weft_element_renderer_set_dark (renderer, dark);
  weft_element_renderer_draw_page (renderer, cr);
  weft_element_renderer_draw (renderer, cr, element);
  g_assert_cmpint (cairo_status (cr), ==, CAIRO_STATUS_SUCCESS);
  cairo_destroy (cr);
  cairo_surface_flush (picture.surface);
  picture.pixels = (guint32 *) cairo_image_surface_get_data (picture.surface);
  picture.stride = cairo_image_surface_get_stride (picture.surface) / 4;

  return picture;
}

static guint32
pixel (const Picture *picture,
       int            x,
       int            y)
{
  return picture->pixels[y * picture->stride + x];
}

/* How many pixels are not the page. */
static guint
count_drawn (const Picture *picture)
{
  guint32 page = pixel (picture, 0, 0);
  guint n = 0;

  for (int y = 0; y < 100; y++)
    for (int x = 0; x < 100; x++)
      n += pixel (picture, x, y) != page;

  return n;
}

static void
test_rectangle_where_it_should_be (void)
{
  Picture picture = draw_json ("{\"type\":\"rectangle\",\"x\":20,\"y\":30,\"width\":60,\"height\":40,"
                               "\"strokeColor\":\"#e03131\",\"backgroundColor\":\"#b2f2bb\",\"strokeWidth\":4}",
                               FALSE);

  g_assert_cmphex (pixel (&picture, 5, 5), ==, 0xffffffff);
  g_assert_cmphex (pixel (&picture, 50, 50), ==, 0xffb2f2bb);
  g_assert_cmphex (pixel (&picture, 50, 30), ==, 0xffe03131);
  g_assert_cmphex (pixel (&picture, 20, 50), ==, 0xffe03131);
  g_assert_cmphex (pixel (&picture, 50, 75), ==, 0xffffffff);
  cairo_surface_destroy (picture.surface);
}

static void
test_dark_page_turns_black_light (void)
{
  Picture picture = draw_json ("{\"type\":\"rectangle\",\"x\":20,\"y\":30,\"width\":60,\"height\":40,"
                               "\"strokeColor\":\"#1e1e1e\",\"strokeWidth\":4}",
                               TRUE);

  g_assert_cmphex (pixel (&picture, 5, 5), ==, 0xff1d1d20);
  g_assert_cmpuint (pixel (&picture, 50, 30) & 0xff, >, 0xc0);
  cairo_surface_destroy (picture.surface);
}

static void
test_paper_stays_light (void)
{
  Picture picture = draw_json ("{\"type\":\"note\",\"x\":20,\"y\":30,\"width\":60,\"height\":40}", TRUE);

  g_assert_cmpuint (pixel (&picture, 50, 50) >> 16 & 0xff, >, 0xc0);
  cairo_surface_destroy (picture.surface);
}

/* Rows that must draw something, and nothing outside of what they say they touch. */
static const struct
{
  const char *path;
  const char *json;
} drawn[] = {
  { "/board/draw/ellipse", "{\"type\":\"ellipse\",\"x\":30,\"y\":30,\"width\":40,\"height\":30}" },
  { "/board/draw/diamond-round",
    "{\"type\":\"diamond\",\"x\":30,\"y\":30,\"width\":40,\"height\":40,\"roundness\":{\"type\":2}}" },
  { "/board/draw/sketchy-rectangle",
    "{\"type\":\"rectangle\",\"x\":30,\"y\":30,\"width\":40,\"height\":40,\"roughness\":2}" },
  { "/board/draw/sketchy-ellipse",
    "{\"type\":\"ellipse\",\"x\":30,\"y\":30,\"width\":40,\"height\":40,\"roughness\":3}" },
  { "/board/draw/hachure",
    "{\"type\":\"diamond\",\"x\":30,\"y\":30,\"width\":40,\"height\":40,\"backgroundColor\":\"#ffc9c9\","
    "\"fillStyle\":\"hachure\",\"roughness\":1}" },
  { "/board/draw/cross-hatch",
    "{\"type\":\"ellipse\",\"x\":30,\"y\":30,\"width\":40,\"height\":40,\"backgroundColor\":\"#ffc9c9\","
    "\"fillStyle\":\"cross-hatch\"}" },
  { "/board/draw/arrow", "{\"type\":\"arrow\",\"x\":35,\"y\":35,\"points\":[[0,0],[30,25]]}" },
  { "/board/draw/curved-line",
    "{\"type\":\"line\",\"x\":35,\"y\":35,\"points\":[[0,0],[20,25],[30,0]],\"roundness\":{\"type\":2}}" },
  { "/board/draw/turned",
    "{\"type\":\"rectangle\",\"x\":30,\"y\":40,\"width\":40,\"height\":10,\"angle\":0.7}" },
  { "/board/draw/stroke",
    "{\"type\":\"freedraw\",\"x\":35,\"y\":40,\"strokeWidth\":6,\"points\":[[0,0],[10,20],[30,5]]}" },
  { "/board/draw/dot", "{\"type\":\"freedraw\",\"x\":50,\"y\":50,\"strokeWidth\":6,\"points\":[[0,0]]}" },
  { "/board/draw/text",
    "{\"type\":\"text\",\"x\":30,\"y\":40,\"width\":40,\"height\":20,\"fontSize\":14,\"text\":\"Hey\"}" },
  { "/board/draw/label",
    "{\"type\":\"rectangle\",\"x\":25,\"y\":30,\"width\":50,\"height\":40,\"fontSize\":14,\"text\":\"Hey\"}" },
  { "/board/draw/card", "{\"type\":\"hologram\",\"x\":25,\"y\":30,\"width\":50,\"height\":40,\"label\":\"?\"}" },
  { "/board/draw/missing-image", "{\"type\":\"image\",\"x\":25,\"y\":30,\"width\":50,\"height\":40}" },
  { "/board/draw/frame", "{\"type\":\"frame\",\"x\":35,\"y\":45,\"width\":30,\"height\":20,\"name\":\"F\"}" },
};

static void
test_draw (gconstpointer data)
{
  g_autoptr(WeftElement) element = element_from_json (data);
  WeftBox bounds = weft_element_get_draw_bounds (element);
  Picture picture = draw_json (data, FALSE);
  Picture again = draw_json (data, FALSE);

  g_assert_cmpuint (count_drawn (&picture), >, 10);

  for (int y = 0; y < 100; y++)
    for (int x = 0; x < 100; x++)
      {
        if (pixel (&picture, x, y) != 0xffffffff)
          g_assert_true (weft_box_contains_point (&bounds, x + 0.5, y + 0.5));
        /* Sketchy lines tremble alike every time. */
        g_assert_cmphex (pixel (&picture, x, y), ==, pixel (&again, x, y));
      }

  cairo_surface_destroy (picture.surface);
  cairo_surface_destroy (again.surface);
}

/* Nothing that a hostile document says may hang or crash the drawing. */
static const struct
{
  const char *path;
  const char *json;
} hostile[] = {
  { "/board/draw/survives/endless-hachure",
    "{\"type\":\"rectangle\",\"width\":1e7,\"height\":1e7,\"backgroundColor\":\"#ff0000\",\"fillStyle\":\"cross-hatch\","
    "\"strokeWidth\":0.1,\"roughness\":3}" },
  { "/board/draw/survives/endless-dots",
    "{\"type\":\"line\",\"points\":[[0,0],[100000,100000]],\"strokeStyle\":\"dotted\",\"strokeWidth\":0.1}" },
  { "/board/draw/survives/letters-of-2000",
    "{\"type\":\"text\",\"text\":\"WWWWWWWWWWWWWWWWWWWW\",\"fontSize\":1e9,\"width\":1}" },
  { "/board/draw/survives/no-size", "{\"type\":\"diamond\",\"roundness\":{\"type\":3,\"value\":-5}}" },
  { "/board/draw/survives/one-point-arrow", "{\"type\":\"arrow\",\"points\":[[0,0]],\"text\":\"x\"}" },
  { "/board/draw/survives/same-points",
    "{\"type\":\"arrow\",\"points\":[[5,5],[5,5],[5,5]],\"roundness\":{\"type\":2},\"roughness\":2}" },
};

static void
test_hostile (gconstpointer data)
{
  gint64 began = g_get_monotonic_time ();
  Picture picture = draw_json (data, FALSE);

  g_assert_cmpint (g_get_monotonic_time () - began, <, 20 * G_USEC_PER_SEC);
  cairo_surface_destroy (picture.surface);
}

static void
test_measure_wraps (void)
{
  g_autoptr(WeftElementRenderer) renderer = weft_element_renderer_new ();
  g_autoptr(WeftElement) wide = element_from_json (
    "{\"type\":\"text\",\"text\":\"one two three four five six\",\"fontSize\":20}");
  g_autoptr(WeftElement) narrow = element_from_json (
    "{\"type\":\"text\",\"text\":\"one two three four five six\",\"fontSize\":20,\"width\":60,\"autoResize\":false}");
  double width;
  double height;
  double wrapped_width;
  double wrapped_height;

  weft_element_renderer_measure (renderer, wide, &width, &height);
  weft_element_renderer_measure (renderer, narrow, &wrapped_width, &wrapped_height);
  g_assert_cmpfloat (width, >, 150);
  g_assert_cmpfloat (wrapped_width, <=, 61);
  g_assert_cmpfloat (wrapped_height, >, 2.5 * height);
}

static double
height_of_letters (WeftElementRenderer *renderer,
                   int                  n_letters)
{
  g_autofree char *letters = g_strnfill (n_letters, 'x');
  g_autofree char *json = g_strdup_printf (
    "{\"type\":\"text\",\"text\":\"%s\",\"fontSize\":20,\"width\":100,\"autoResize\":false}", letters);
  g_autoptr(WeftElement) element = element_from_json (json);
  double width;
  double height;

  weft_element_renderer_measure (renderer, element, &width, &height);

  return height;
}

/* A long paragraph is laid out in pieces: its lines are as full as those of a short one. */
static void
test_measure_long (void)
{
  static const int lengths[] = { 700, 801, 1600, 5003, 19999 };
  g_autoptr(WeftElementRenderer) renderer = weft_element_renderer_new ();
  double line = height_of_letters (renderer, 1);
  int in_line = 1;

  while (height_of_letters (renderer, in_line + 1) < 1.5 * line)
    in_line++;

  line = height_of_letters (renderer, in_line * 20) / 20;

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      int n_lines = (lengths[i] + in_line - 1) / in_line;

      g_assert_cmpfloat_with_epsilon (height_of_letters (renderer, lengths[i]), n_lines * line,
                                      line / 2 + n_lines * 0.06);
    }
}

/* Marks upon marks, in one word of twenty thousand bytes. */
static void
test_survives_marks (void)
{
  GString *json = g_string_new ("{\"type\":\"note\",\"width\":100,\"height\":100,\"text\":\"");
  g_autofree char *text = NULL;

  for (int i = 0; i < 10000; i++)
    g_string_append (json, "\xcc\x81x");

  g_string_append (json, "\"}");
  text = g_string_free (json, FALSE);
  test_hostile (text);
}

/* Tiles */

/* A picture cut into tiles is the same picture: strokes across an edge have no seam. */
static void
test_tiles_meet (void)
{
  g_autoptr(WeftBoardScene) scene = scene_from_json (
    "{\"type\":\"ellipse\",\"x\":200,\"y\":180,\"width\":120,\"height\":150,\"strokeWidth\":6,"
    "\"backgroundColor\":\"#a5d8ff\"}");
  g_autoptr(WeftElementRenderer) renderer = weft_element_renderer_new ();
  cairo_surface_t *left = weft_tile_render (renderer, scene, 1, 0, 0, FALSE, FALSE, FALSE);
  cairo_surface_t *right = weft_tile_render (renderer, scene, 1, 1, 0, FALSE, FALSE, FALSE);
  guint32 *a = (guint32 *) cairo_image_surface_get_data (left);
  guint32 *b = (guint32 *) cairo_image_surface_get_data (right);

  for (int y = 0; y < WEFT_TILE_SIZE; y++)
    {
      /* Both columns lie in the shape or both outside, but for its edge. */
      guint32 l = a[y * WEFT_TILE_SIZE + 255];
      guint32 r = b[y * WEFT_TILE_SIZE];

      if (y > 190)
        g_assert_cmphex (l, ==, r);
      if (y < 170)
        g_assert_cmphex (l, ==, 0xffffffff);
    }

  cairo_surface_destroy (left);
  cairo_surface_destroy (right);
}

typedef struct
{
  WeftTileCache *cache;
  WeftViewport   viewport;
  guint          n_ready;
} Tiles;

static void
ready_cb (gpointer data)
{
  ((Tiles *) data)->n_ready++;
}

static gboolean
snapshot_tiles (Tiles     *tiles,
                WeftMotion motion)
{
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  gboolean complete
    = weft_tile_cache_snapshot (tiles->cache, snapshot, &tiles->viewport, motion, FALSE);
  GskRenderNode *node = gtk_snapshot_free_to_node (snapshot);

  g_clear_pointer (&node, gsk_render_node_unref);

  return complete;
}

static void
wait_until_complete (Tiles     *tiles,
                     WeftMotion motion)
{
  gint64 end = g_get_monotonic_time () + 120 * G_USEC_PER_SEC;

  for (;;)
    {
      gboolean complete = snapshot_tiles (tiles, motion);

      if (complete
          || (motion != WEFT_MOTION_REST && weft_tile_cache_get_n_missing (tiles->cache) == 0))
        return;

      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_main_context_iteration (NULL, TRUE);
    }
}

static void
tiles_init (Tiles *tiles)
{
  tiles->cache = weft_tile_cache_new (ready_cb, tiles);
  tiles->viewport = WEFT_VIEWPORT_INIT;
  tiles->viewport.width = 800;
  tiles->viewport.height = 600;
  tiles->n_ready = 0;
}

static void
test_tiles_become_complete (void)
{
  g_autoptr(GPtrArray) elements = test_random_elements (2000);
  g_autoptr(WeftBoardScene) scene = weft_board_scene_new (elements);
  const WeftBox damage = { 5990, 5990, 6010, 6010 };
  const WeftBox elsewhere = { 6400, 6400, 6420, 6420 };
  Tiles tiles;

  tiles_init (&tiles);
  weft_tile_cache_set_scene (tiles.cache, scene, NULL);
  tiles.viewport.x = tiles.viewport.y = 6000;
  g_assert_false (snapshot_tiles (&tiles, WEFT_MOTION_REST));
  wait_until_complete (&tiles, WEFT_MOTION_REST);
  g_assert_true (snapshot_tiles (&tiles, WEFT_MOTION_REST));

  /* Damage makes only what it touches wrong, and the old picture stays. */
  weft_tile_cache_set_scene (tiles.cache, scene, &damage);
  g_assert_false (snapshot_tiles (&tiles, WEFT_MOTION_REST));
  g_assert_cmpuint (weft_tile_cache_get_n_missing (tiles.cache), ==, 0);
  g_assert_false (weft_tile_cache_is_current (tiles.cache, &damage));
  g_assert_true (weft_tile_cache_is_current (tiles.cache, &elsewhere));
  wait_until_complete (&tiles, WEFT_MOTION_REST);
  g_assert_true (weft_tile_cache_is_current (tiles.cache, &damage));

  weft_tile_cache_free (tiles.cache);
}

static void
test_tiles_stay_within_bounds (void)
{
  g_autoptr(GPtrArray) elements = test_random_elements (200);
  g_autoptr(WeftBoardScene) scene = weft_board_scene_new (elements);
  Tiles tiles;

  tiles_init (&tiles);
  weft_tile_cache_set_scene (tiles.cache, scene, NULL);

  for (guint i = 0; i < 120; i++)
    {
      tiles.viewport.x = 700.0 * i;
      snapshot_tiles (&tiles, WEFT_MOTION_PANNING);
      while (g_main_context_iteration (NULL, FALSE))
        ;
      g_assert_cmpuint (weft_tile_cache_get_n_tiles (tiles.cache), <=, 384 + 64);
    }

  weft_tile_cache_free (tiles.cache);
}

static void
test_tiles_survive_early_end (void)
{
  /* Freed while threads draw and results are under way. */
  g_autoptr(GPtrArray) elements = test_random_elements (3000);
  g_autoptr(WeftBoardScene) scene = weft_board_scene_new (elements);

  for (guint i = 0; i < 5; i++)
    {
      Tiles tiles;

      tiles_init (&tiles);
      tiles.viewport.x = tiles.viewport.y = 5500;
      weft_tile_cache_set_scene (tiles.cache, scene, NULL);
      snapshot_tiles (&tiles, WEFT_MOTION_REST);
      g_usleep (i * 4000);
      weft_tile_cache_free (tiles.cache);
    }

  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* Files */

static void
test_svg (void)
{
  g_autoptr(WeftBoardScene) scene = scene_from_json (
    "{\"type\":\"rectangle\",\"x\":100,\"y\":50,\"width\":200,\"height\":80,\"text\":\"Hi\"}");
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = weft_board_export_svg (scene, NULL, NULL, &error);
  const char *text;
  gsize size;

  g_assert_no_error (error);
  text = g_bytes_get_data (bytes, &size);
  g_assert_nonnull (g_strstr_len (text, (gssize) size, "<svg"));
  g_assert_nonnull (g_strstr_len (text, (gssize) size, "<path"));
}

static void
test_svg_of_nothing (void)
{
  g_autoptr(GPtrArray) nothing = g_ptr_array_new ();
  g_autoptr(WeftBoardScene) scene = weft_board_scene_new (nothing);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = weft_board_export_svg (scene, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (bytes), >, 50);
}

static void
test_png (void)
{
  g_autoptr(WeftBoardScene) scene = scene_from_json ("{\"type\":\"ellipse\",\"width\":1e7,\"height\":50}");
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = weft_board_export_png (scene, 2, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), 4, "\x89PNG", 4);
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  gtk_test_init (&argc, &argv, NULL);

  g_test_add_func ("/board/viewport/there-and-back", test_viewport_there_and_back);
  g_test_add_func ("/board/viewport/zoom-keeps-the-pointer", test_viewport_zoom_keeps_the_pointer);
  g_test_add_func ("/board/viewport/limits", test_viewport_limits);
  g_test_add_func ("/board/viewport/fit-shows-all", test_viewport_fit_shows_all);
  g_test_add_func ("/board/draw/rectangle-where-it-should-be", test_rectangle_where_it_should_be);
  g_test_add_func ("/board/draw/dark-page-turns-black-light", test_dark_page_turns_black_light);
  g_test_add_func ("/board/draw/paper-stays-light", test_paper_stays_light);
  for (guint i = 0; i < G_N_ELEMENTS (drawn); i++)
    g_test_add_data_func (drawn[i].path, drawn[i].json, test_draw);
  for (guint i = 0; i < G_N_ELEMENTS (hostile); i++)
    g_test_add_data_func (hostile[i].path, hostile[i].json, test_hostile);
  g_test_add_func ("/board/draw/measure-wraps", test_measure_wraps);
  g_test_add_func ("/board/draw/measure-long", test_measure_long);
  g_test_add_func ("/board/draw/survives/marks", test_survives_marks);
  g_test_add_func ("/board/tiles/meet", test_tiles_meet);
  g_test_add_func ("/board/tiles/become-complete", test_tiles_become_complete);
  g_test_add_func ("/board/tiles/stay-within-bounds", test_tiles_stay_within_bounds);
  g_test_add_func ("/board/tiles/survive-early-end", test_tiles_survive_early_end);
  g_test_add_func ("/board/export/svg", test_svg);
  g_test_add_func ("/board/export/svg-of-nothing", test_svg_of_nothing);
  g_test_add_func ("/board/export/png", test_png);

  return g_test_run ();
}
