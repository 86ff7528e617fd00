/* test-element.c - elements: reading, writing, and what touches them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-element.h"

#include <math.h>

static WeftElement *
element_from_json (const char *json)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftAny) any = weft_any_from_json (json, -1, &error);

  g_assert_no_error (error);

  return weft_element_new_from_any ("id", any);
}

static void
test_read (void)
{
  g_autoptr(WeftElement) self = element_from_json (
    "{\"type\":\"rectangle\",\"x\":10,\"y\":20.5,\"width\":200,\"height\":100,\"angle\":0.5,"
    "\"strokeColor\":\"#e03131\",\"backgroundColor\":\"#a5d8ff\",\"fillStyle\":\"cross-hatch\",\"strokeWidth\":4,"
    "\"strokeStyle\":\"dashed\",\"roughness\":1,\"opacity\":50,\"roundness\":{\"type\":3},\"index\":\"a1\","
    "\"groupIds\":[\"g1\",\"g2\"],\"locked\":true,\"text\":\"hello\",\"fontSize\":28,\"seed\":77}");

  g_assert_cmpint (self->kind, ==, WEFT_ELEMENT_RECTANGLE);
  g_assert_cmpfloat (self->x, ==, 10);
  g_assert_cmpfloat (self->y, ==, 20.5);
  g_assert_cmpfloat (self->width, ==, 200);
  g_assert_cmpfloat (self->angle, ==, 0.5);
  g_assert_cmphex (self->stroke, ==, 0xe03131ff);
  g_assert_cmphex (self->background, ==, 0xa5d8ffff);
  g_assert_cmpint (self->fill_style, ==, WEFT_FILL_CROSS_HATCH);
  g_assert_cmpint (self->stroke_style, ==, WEFT_STROKE_DASHED);
  g_assert_cmpfloat (self->opacity, ==, 0.5);
  g_assert_cmpfloat (self->radius, ==, 25);
  g_assert_cmpstr (self->index, ==, "a1");
  g_assert_cmpuint (g_strv_length (self->group_ids), ==, 2);
  g_assert_true (self->locked);
  g_assert_cmpstr (self->text, ==, "hello");
  g_assert_cmpuint (self->seed, ==, 77);
}

static void
test_read_arrow (void)
{
  g_autoptr(WeftElement) self = element_from_json (
    "{\"type\":\"arrow\",\"x\":10,\"y\":10,\"points\":[[0,0],[50,-20],[100,5]],"
    "\"startBinding\":{\"elementId\":\"box\",\"fixedPoint\":[0.25,1]},\"endBinding\":null,"
    "\"startArrowhead\":null}");
  WeftBox box = weft_element_get_box (self);

  g_assert_cmpuint (self->n_points, ==, 3);
  g_assert_cmpfloat (box.y1, ==, -10);
  g_assert_cmpfloat (box.x2, ==, 110);
  g_assert_cmpstr (self->start_binding.element_id, ==, "box");
  g_assert_cmpfloat (self->start_binding.fixed_x, ==, 0.25);
  g_assert_null (self->end_binding.element_id);
  g_assert_cmpint (self->start_arrowhead, ==, WEFT_ARROWHEAD_NONE);
  g_assert_cmpint (self->end_arrowhead, ==, WEFT_ARROWHEAD_ARROW);
}

static const struct
{
  const char *path;
  const char *json;
} odd_elements[] = {
  { "/notebook/element/tolerates/nothing", "{}" },
  { "/notebook/element/tolerates/wrong-kinds",
    "{\"type\":3,\"x\":\"left\",\"y\":null,\"width\":[],\"strokeColor\":7,\"points\":\"none\",\"opacity\":{},"
    "\"groupIds\":{\"a\":1},\"roundness\":3,\"index\":9,\"text\":[],\"startBinding\":4,\"locked\":\"yes\"}" },
  { "/notebook/element/tolerates/huge-numbers",
    "{\"type\":\"ellipse\",\"x\":1e300,\"y\":-1e300,\"width\":1e308,\"height\":-1e308,\"angle\":1e300,"
    "\"strokeWidth\":1e9,\"fontSize\":-4,\"opacity\":-3}" },
  { "/notebook/element/tolerates/bad-points",
    "{\"type\":\"line\",\"points\":[1,[2],[\"a\",\"b\"],[3,4,5],null,[1e300,0]]}" },
  { "/notebook/element/tolerates/arrow-without-points", "{\"type\":\"arrow\",\"roundness\":{\"type\":2}}" },
  { "/notebook/element/tolerates/stroke-without-ink", "{\"type\":\"freedraw\",\"ink\":\"text\"}" },
  { "/notebook/element/tolerates/unknown-type", "{\"type\":\"hologram\",\"label\":\"Later\"}" },
};

static void
test_tolerates (gconstpointer data)
{
  g_autoptr(WeftElement) self = element_from_json (data);
  g_autoptr(WeftElement) copy = weft_element_copy (self);
  WeftBox draw_bounds = weft_element_get_draw_bounds (copy);
  WeftBox box = weft_element_get_bounds (copy);
  WeftPoint attach = weft_element_attach (copy, 0.5, 0.5, (WeftPoint) { 3, 4 }, 5);

  g_assert_true (isfinite (self->x) && isfinite (self->width) && isfinite (self->angle));
  g_assert_cmpfloat (self->width, >=, 0);
  g_assert_cmpfloat (self->opacity, >=, 0);
  g_assert_cmpfloat (self->font_size, >, 0);
  g_assert_nonnull (self->text);
  g_assert_nonnull (self->group_ids);
  g_assert_false (isnan (draw_bounds.x1));
  g_assert_false (isnan (attach.x));
  weft_element_hit (copy, (WeftPoint) { 1, 1 }, 2);
  weft_element_touches_box (copy, &box);
  weft_element_touches_segment (copy, (WeftPoint) { 0, 0 }, (WeftPoint) { 9, 9 }, 2);
}

static void
test_unknown_is_a_card (void)
{
  g_autoptr(WeftElement) self
    = element_from_json ("{\"type\":\"hologram\",\"label\":\"Later\",\"width\":80,\"height\":40}");

  g_assert_cmpint (self->kind, ==, WEFT_ELEMENT_UNKNOWN);
  g_assert_cmpstr (self->type, ==, "hologram");
  g_assert_cmpstr (self->label, ==, "Later");
  g_assert_true (weft_element_hit (self, (WeftPoint) { 40, 20 }, 1));
}

static void
test_excalidraw_freedraw (void)
{
  g_autoptr(WeftElement) self = element_from_json (
    "{\"type\":\"freedraw\",\"x\":100,\"y\":100,\"points\":[[0,0],[-10,5],[20,30]],\"pressures\":[0.2,0.8,1]}");
  gsize n_points;
  const WeftInkPoint *points;

  g_assert_nonnull (self->ink);
  points = weft_ink_get_points (self->ink, &n_points);
  g_assert_cmpuint (n_points, ==, 3);
  g_assert_cmpfloat_with_epsilon (points[1].pressure, 0.8, 0.001);
  g_assert_cmpfloat (self->x, ==, 90);
  g_assert_cmpfloat (self->width, ==, 30);
  g_assert_true (weft_element_hit (self, (WeftPoint) { 100, 100 }, 1));
}

static void
test_colors (void)
{
  static const struct
  {
    const char *text;
    gboolean    good;
    WeftColor   color;
    const char *back;
  } rows[] = {
    { "#1e1e1e", TRUE, 0x1e1e1eff, "#1e1e1e" },
    { "#F0a", TRUE, 0xff00aaff, "#ff00aa" },
    { "#11223344", TRUE, 0x11223344, "#11223344" },
    { "transparent", TRUE, 0, "transparent" },
    { "Red", TRUE, 0xff0000ff, "#ff0000" },
    { "#12345", FALSE, 0, NULL },
    { "#gggggg", FALSE, 0, NULL },
    { "", FALSE, 0, NULL },
    { "url(x)", FALSE, 0, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      WeftColor color = 0;

      g_assert_cmpint (weft_color_parse (rows[i].text, &color), ==, rows[i].good);
      if (rows[i].good)
        {
          g_autofree char *back = weft_color_to_string (color);

          g_assert_cmphex (color, ==, rows[i].color);
          g_assert_cmpstr (back, ==, rows[i].back);
        }
    }
}

static void
test_hit (void)
{
  g_autoptr(WeftElement) hollow = element_from_json (
    "{\"type\":\"rectangle\",\"x\":0,\"y\":0,\"width\":100,\"height\":60,\"strokeWidth\":2}");
  g_autoptr(WeftElement) filled = element_from_json (
    "{\"type\":\"ellipse\",\"x\":0,\"y\":0,\"width\":100,\"height\":60,\"backgroundColor\":\"#ffc9c9\"}");
  g_autoptr(WeftElement) turned = element_from_json (
    "{\"type\":\"rectangle\",\"x\":0,\"y\":0,\"width\":100,\"height\":20,\"angle\":1.5707963267948966}");

  g_assert_true (weft_element_hit (hollow, (WeftPoint) { 50, 3 }, 4));
  g_assert_false (weft_element_hit (hollow, (WeftPoint) { 50, 30 }, 4));
  g_assert_true (weft_element_contains (hollow, (WeftPoint) { 50, 30 }));
  g_assert_true (weft_element_hit (filled, (WeftPoint) { 50, 30 }, 0));
  g_assert_false (weft_element_hit (filled, (WeftPoint) { 3, 3 }, 1));
  g_assert_true (weft_element_hit (turned, (WeftPoint) { 50, -40 }, 2));
  g_assert_false (weft_element_hit (turned, (WeftPoint) { 2, 10 }, 2));
}

static void
test_marquee (void)
{
  g_autoptr(WeftElement) hollow = element_from_json (
    "{\"type\":\"rectangle\",\"x\":0,\"y\":0,\"width\":100,\"height\":60}");
  const WeftBox inside = { 20, 20, 40, 40 };
  const WeftBox across = { 80, 20, 140, 30 };
  const WeftBox around = { -10, -10, 110, 70 };
  const WeftBox beside = { 120, 0, 140, 60 };

  g_assert_false (weft_element_touches_box (hollow, &inside));
  g_assert_true (weft_element_touches_box (hollow, &across));
  g_assert_true (weft_element_touches_box (hollow, &around));
  g_assert_false (weft_element_touches_box (hollow, &beside));
}

static void
test_eraser_path (void)
{
  g_autoptr(WeftElement) line = element_from_json (
    "{\"type\":\"line\",\"x\":0,\"y\":0,\"points\":[[0,0],[100,0]]}");

  g_assert_true (weft_element_touches_segment (line, (WeftPoint) { 50, -50 },
                                               (WeftPoint) { 50, 50 }, 3));
  g_assert_false (weft_element_touches_segment (line, (WeftPoint) { 150, -50 },
                                                (WeftPoint) { 150, 50 }, 3));
}

static void
test_attach (void)
{
  g_autoptr(WeftElement) box = element_from_json (
    "{\"type\":\"rectangle\",\"x\":0,\"y\":0,\"width\":100,\"height\":100}");
  WeftPoint end = weft_element_attach (box, 0.5, 0.5, (WeftPoint) { 300, 50 }, 5);

  g_assert_cmpfloat_with_epsilon (end.x, 105, 1e-6);
  g_assert_cmpfloat_with_epsilon (end.y, 50, 1e-6);
}

static void
test_write_and_read_back (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  WeftType *board = weft_doc_get_map (doc, WEFT_BOARD_ROOT);
  g_autoptr(WeftAny) properties = weft_any_new_object ();
  g_autoptr(WeftAny) changes = weft_any_new_object ();
  g_autoptr(WeftElement) element = NULL;
  g_autoptr(WeftElement) changed = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *last = NULL;
  WeftType *map;
  WeftType *text;

  weft_any_object_take (properties, "type", weft_any_new_string ("note"));
  weft_any_object_take (properties, "x", weft_any_new_number (5));
  weft_any_object_take (properties, "width", weft_any_new_number (160));
  weft_any_object_take (properties, "index", weft_any_new_string ("a0"));
  weft_any_object_take (properties, "text", weft_any_new_string ("héllo"));
  weft_any_object_take (properties, "future", weft_any_new_string ("kept"));
  map = weft_element_create (board, "one", properties);
  g_assert_nonnull (map);

  element = weft_element_new_from_type ("one", map);
  g_assert_cmpint (element->kind, ==, WEFT_ELEMENT_NOTE);
  g_assert_cmpstr (element->text, ==, "héllo");
  g_assert_cmpfloat (element->x, ==, 5);

  text = weft_element_ensure_text (board, "one");
  g_assert_nonnull (text);
  weft_text_insert (text, 5, "!", -1, NULL);

  weft_any_object_take (changes, "x", weft_any_new_number (6));
  g_assert_true (weft_element_update (board, "one", changes));
  g_assert_false (weft_element_update (board, "one", changes));
  g_assert_false (weft_element_update (board, "nobody", changes));

  changed = weft_element_new_from_type ("one", map);
  g_assert_cmpstr (changed->text, ==, "héllo!");
  g_assert_cmpfloat (changed->x, ==, 6);
  {
    g_autoptr(WeftAny) kept = weft_map_get (map, "future");

    g_assert_cmpstr (weft_any_get_string (kept), ==, "kept");
  }

  last = weft_board_dup_last_index (board);
  g_assert_cmpstr (last, ==, "a0");

  weft_element_remove (board, "one");
  g_assert_null (weft_map_get_type (board, "one"));
  g_assert_true (weft_doc_validate (doc, &error));
  g_assert_no_error (error);
}

static void
test_plain_text_becomes_shared (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  WeftType *board = weft_doc_get_map (doc, WEFT_BOARD_ROOT);
  WeftType *map = weft_map_set_type (board, "a", WEFT_KIND_MAP);
  g_autoptr(WeftAny) plain = weft_any_new_string ("from the web");
  g_autofree char *content = NULL;
  WeftType *text;

  weft_map_set (map, "text", plain);
  text = weft_element_ensure_text (board, "a");
  content = weft_text_to_string (text);
  g_assert_cmpstr (content, ==, "from the web");
  g_assert_true (weft_element_ensure_text (board, "a") == text);
}

static void
test_order (void)
{
  g_autoptr(WeftElement) a = element_from_json ("{\"index\":\"a0\"}");
  g_autoptr(WeftElement) b = element_from_json ("{\"index\":\"a1\"}");
  g_autoptr(WeftElement) none = element_from_json ("{}");

  g_assert_cmpint (weft_element_compare (a, b), <, 0);
  g_assert_cmpint (weft_element_compare (none, a), <, 0);
  g_assert_cmpint (weft_element_compare (a, a), ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/notebook/element/read", test_read);
  g_test_add_func ("/notebook/element/read-arrow", test_read_arrow);
  for (guint i = 0; i < G_N_ELEMENTS (odd_elements); i++)
    g_test_add_data_func (odd_elements[i].path, odd_elements[i].json, test_tolerates);
  g_test_add_func ("/notebook/element/unknown-is-a-card", test_unknown_is_a_card);
  g_test_add_func ("/notebook/element/excalidraw-freedraw", test_excalidraw_freedraw);
  g_test_add_func ("/notebook/element/colors", test_colors);
  g_test_add_func ("/notebook/element/hit", test_hit);
  g_test_add_func ("/notebook/element/marquee", test_marquee);
  g_test_add_func ("/notebook/element/eraser-path", test_eraser_path);
  g_test_add_func ("/notebook/element/attach", test_attach);
  g_test_add_func ("/notebook/element/write-and-read-back", test_write_and_read_back);
  g_test_add_func ("/notebook/element/plain-text-becomes-shared", test_plain_text_becomes_shared);
  g_test_add_func ("/notebook/element/order", test_order);

  return g_test_run ();
}
