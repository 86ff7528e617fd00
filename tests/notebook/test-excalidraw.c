/* test-excalidraw.c - boards from `.excalidraw` files, and back
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-element.h"
#include "notebook/weft-excalidraw.h"
#include "support/test-seed.h"

#include <string.h>

#define FLOW_CHART "How Weft keeps two people together.excalidraw"
#define SKETCH     "A garden from above.excalidraw"

static char *
load_sample (const char *name,
             gsize      *n_bytes)
{
  g_autofree char *path
      = g_test_build_filename (G_TEST_DIST, "..", "data", "tour", "2 Boards", name, NULL);
  g_autoptr(GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, n_bytes, &error);
  g_assert_no_error (error);

  return text;
}

static char *
add_file_cb (GBytes     *bytes,
             const char *media_type,
             gpointer    user_data)
{
  GHashTable *files = user_data;
  g_autofree char *sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  char *address = g_strconcat ("weft:asset/", sha256, NULL);

  g_hash_table_insert (files, g_strdup (address), g_bytes_ref (bytes));

  return address;
}

static GBytes *
load_file_cb (const char *address,
              gpointer    user_data)
{
  GBytes *bytes = g_hash_table_lookup (user_data, address);

  return bytes != NULL ? g_bytes_ref (bytes) : NULL;
}

static GHashTable *
new_files (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
}

static WeftDoc *
read_board (const char *json,
            GHashTable *files)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftExcalidraw) drawing
      = weft_excalidraw_read (json, strlen (json), add_file_cb, files, &error);
  WeftDoc *doc = weft_doc_new ();

  g_assert_no_error (error);
  weft_excalidraw_insert (drawing, doc);
  g_assert_true (weft_doc_validate (doc, &error));
  g_assert_no_error (error);

  return doc;
}

static WeftElement *
get_element (WeftDoc    *doc,
             const char *id)
{
  WeftType *map = weft_map_get_type (weft_doc_get_map (doc, WEFT_BOARD_ROOT), id);

  g_assert_nonnull (map);

  return weft_element_new_from_type (id, map);
}

static WeftAny *
get_property (WeftDoc    *doc,
              const char *id,
              const char *key)
{
  return weft_map_get (weft_map_get_type (weft_doc_get_map (doc, WEFT_BOARD_ROOT), id), key);
}

static void
test_flow_chart (void)
{
  gsize n_bytes = 0;
  g_autofree char *json = load_sample (FLOW_CHART, &n_bytes);
  g_autoptr(GHashTable) files = new_files ();
  g_autoptr(WeftDoc) doc = read_board (json, files);
  g_autoptr(WeftElement) box = get_element (doc, "doc-a");
  g_autoptr(WeftElement) arrow = get_element (doc, "a4");
  g_autoptr(WeftElement) sticky = get_element (doc, "note1");
  g_autoptr(WeftAny) bound = get_property (doc, "doc-a", "boundElements");
  WeftType *board = weft_doc_get_map (doc, WEFT_BOARD_ROOT);
  WeftType *text = weft_map_get_type (weft_map_get_type (board, "doc-a"), "text");

  g_assert_cmpint (box->kind, ==, WEFT_ELEMENT_RECTANGLE);
  g_assert_cmpstr (box->text, ==, "The note\n(a shared document)");
  g_assert_cmpfloat (box->x, ==, 30);
  g_assert_cmpint (box->text_align, ==, WEFT_ALIGN_CENTER);
  g_assert_null (bound);
  /* The text is one that two people can edit, and no element of its own any more. */
  g_assert_cmpint (weft_type_get_kind (text), ==, WEFT_KIND_TEXT);
  g_assert_false (weft_map_has (board, "doc-a-label"));

  g_assert_cmpint (arrow->kind, ==, WEFT_ELEMENT_ARROW);
  g_assert_cmpstr (arrow->text, ==, "yes");
  g_assert_cmpstr (arrow->start_binding.element_id, ==, "online");
  g_assert_cmpstr (arrow->end_binding.element_id, ==, "relay");
  g_assert_cmpint (arrow->start_arrowhead, ==, WEFT_ARROWHEAD_NONE);
  g_assert_cmpint (arrow->end_arrowhead, ==, WEFT_ARROWHEAD_ARROW);

  g_assert_cmpint (sticky->kind, ==, WEFT_ELEMENT_NOTE);
  g_assert_cmpuint (sticky->background, ==, 0xffec99ff);
  g_assert_cmpuint (sticky->stroke, ==, 0x1e1e1eff);
}

static void
test_sketch (void)
{
  gsize n_bytes = 0;
  g_autofree char *json = load_sample (SKETCH, &n_bytes);
  g_autoptr(GHashTable) files = new_files ();
  g_autoptr(WeftDoc) doc = read_board (json, files);
  g_autoptr(WeftElement) fence = get_element (doc, "fence");
  g_autoptr(WeftAny) points = get_property (doc, "fence", "points");
  WeftBox bounds;

  g_assert_cmpint (fence->kind, ==, WEFT_ELEMENT_FREEDRAW);
  g_assert_nonnull (fence->ink);
  g_assert_true (weft_ink_has_pressure (fence->ink));
  g_assert_null (points);
  g_assert_cmpfloat (fence->stroke_width, ==, 4.25);

  bounds = weft_ink_get_bounds (fence->ink);
  g_assert_cmpfloat_with_epsilon (bounds.x1, 0, 0.05);
  g_assert_cmpfloat_with_epsilon (bounds.y2, fence->height, 0.05);
}

/* Drawn, read, written, read: the second reading gives what the first gave. */
static void
test_round_trip (gconstpointer name)
{
  gsize n_bytes = 0;
  g_autofree char *json = load_sample (name, &n_bytes);
  g_autoptr(GHashTable) files = new_files ();
  g_autoptr(WeftDoc) first = read_board (json, files);
  g_autofree char *written = weft_excalidraw_write (first, load_file_cb, files);
  g_autoptr(WeftDoc) second = read_board (written, files);
  g_autofree char *again = weft_excalidraw_write (second, load_file_cb, files);
  g_autoptr(WeftAny) given = weft_any_from_json (json, -1, NULL);
  g_autoptr(WeftAny) taken = weft_any_from_json (written, -1, NULL);

  /* Not g_assert_cmpstr (): nobody reads a drawing in a terminal. */
  g_assert_true (g_str_equal (written, again));
  g_assert_cmpuint (weft_any_get_n_items (weft_any_lookup (given, "elements")), ==,
                    weft_any_get_n_items (weft_any_lookup (taken, "elements")));

  /* What was drawn is the same for Excalidraw too, property by property. */
  for (gsize i = 0; i < weft_any_get_n_items (weft_any_lookup (given, "elements")); i++)
    {
      static const char *const same[]
          = { "type", "strokeColor", "backgroundColor", "fillStyle", "strokeWidth", "roughness",
              "strokeStyle", "roundness", "seed", "originalText", "fontSize", "fontFamily",
              "textAlign", "containerId", "groupIds", "opacity", "startArrowhead",
              "endArrowhead", "simulatePressure" };
      const WeftAny *before = weft_any_get_item (weft_any_lookup (given, "elements"), i);
      const char *id = weft_any_get_string (weft_any_lookup (before, "id"));
      const WeftAny *after = NULL;

      for (gsize j = 0; j < weft_any_get_n_items (weft_any_lookup (taken, "elements")); j++)
        {
          const WeftAny *element = weft_any_get_item (weft_any_lookup (taken, "elements"), j);

          if (g_str_equal (weft_any_get_string (weft_any_lookup (element, "id")), id))
            after = element;
        }

      g_assert_nonnull (after);

      for (gsize k = 0; k < G_N_ELEMENTS (same); k++)
        {
          const WeftAny *a = weft_any_lookup (before, same[k]);
          const WeftAny *b = weft_any_lookup (after, same[k]);

          if (a != NULL && (b == NULL || !weft_any_equal (a, b)))
            g_error ("“%s” of %s is another one", same[k], id);
        }

      if (!g_str_equal (weft_any_get_string (weft_any_lookup (before, "type")), "text")
          || weft_any_get_kind (weft_any_lookup (before, "containerId")) == WEFT_ANY_NULL)
        {
          g_assert_cmpfloat_with_epsilon (weft_any_get_number (weft_any_lookup (before, "x")),
                                          weft_any_get_number (weft_any_lookup (after, "x")), 0.05);
          g_assert_cmpfloat_with_epsilon (weft_any_get_number (weft_any_lookup (before, "y")),
                                          weft_any_get_number (weft_any_lookup (after, "y")), 0.05);
        }
    }
}

/* Elements of the future keep all that they say. */
static void
test_unknown (void)
{
  const char *json = "{\"type\":\"excalidraw\",\"version\":2,\"elements\":["
                     "{\"id\":\"w\",\"type\":\"widget\",\"x\":1,\"y\":2,\"width\":3,\"height\":4,"
                     "\"dial\":{\"min\":[1,2,{\"deep\":true}]}},"
                     "{\"id\":\"r\",\"type\":\"rectangle\",\"x\":0,\"y\":0,\"width\":9,\"height\":9,"
                     "\"glow\":\"soft\",\"customData\":{\"mine\":1}}]}";
  g_autoptr(GHashTable) files = new_files ();
  g_autoptr(WeftDoc) doc = read_board (json, files);
  g_autoptr(WeftElement) widget = get_element (doc, "w");
  g_autofree char *written = weft_excalidraw_write (doc, NULL, NULL);

  g_assert_cmpint (widget->kind, ==, WEFT_ELEMENT_UNKNOWN);
  g_assert_nonnull (strstr (written, "\"dial\":{\"min\":[1,2,{\"deep\":true}]}"));
  g_assert_nonnull (strstr (written, "\"glow\":\"soft\""));
  g_assert_nonnull (strstr (written, "\"customData\":{\"mine\":1}"));
  g_assert_nonnull (strstr (written, "\"type\":\"widget\""));
}

/* What is deleted stays away; equal ids make two elements; the order of the list is the order of drawing. */
static void
test_order_and_ids (void)
{
  const char *json
      = "{\"type\":\"excalidraw\",\"elements\":["
        "{\"id\":\"b\",\"type\":\"rectangle\",\"index\":\"a5\"},"
        "{\"id\":\"gone\",\"type\":\"rectangle\",\"isDeleted\":true},"
        "{\"id\":\"a\",\"type\":\"ellipse\",\"index\":\"a1\"},"
        "{\"id\":\"b\",\"type\":\"diamond\"},"
        "{\"type\":\"line\",\"points\":[[0,0],[5,5]],"
        "\"endBinding\":{\"elementId\":\"gone\",\"focus\":0,\"gap\":1}}]}";
  g_autoptr(GHashTable) files = new_files ();
  g_autoptr(WeftDoc) doc = read_board (json, files);
  WeftType *board = weft_doc_get_map (doc, WEFT_BOARD_ROOT);
  g_autoptr(GPtrArray) keys = weft_map_list_keys (board);
  g_autoptr(WeftElement) a = get_element (doc, "a");
  g_autoptr(WeftElement) b = get_element (doc, "b");

  g_assert_cmpuint (keys->len, ==, 4);
  g_assert_false (weft_map_has (board, "gone"));
  g_assert_cmpint (weft_element_compare (b, a), <, 0);
  g_assert_cmpint (b->kind, ==, WEFT_ELEMENT_RECTANGLE);

  for (guint i = 0; i < keys->len; i++)
    {
      g_autoptr(WeftElement) element = get_element (doc, g_ptr_array_index (keys, i));

      g_assert_null (element->end_binding.element_id);
    }
}

static void
test_picture (void)
{
  const char *json
      = "{\"type\":\"excalidraw\",\"elements\":["
        "{\"id\":\"p\",\"type\":\"image\",\"x\":0,\"y\":0,\"width\":9,\"height\":9,\"fileId\":\"f1\"},"
        "{\"id\":\"q\",\"type\":\"image\",\"x\":0,\"y\":0,\"width\":9,\"height\":9,\"fileId\":\"f2\"}],"
        "\"appState\":{\"viewBackgroundColor\":\"#fff4e6\",\"gridModeEnabled\":true,\"gridSize\":10},"
        "\"files\":{\"f1\":{\"mimeType\":\"image/png\",\"id\":\"f1\","
        "\"dataURL\":\"data:image/png;base64,iVBORw0KGgo=\"}}}";
  g_autoptr(GHashTable) files = new_files ();
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftExcalidraw) drawing
      = weft_excalidraw_read (json, strlen (json), add_file_cb, files, &error);
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(WeftElement) picture = NULL;
  g_autofree char *written = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (drawing->n_missing, ==, 1);
  g_assert_cmpstr (drawing->background, ==, "#fff4e6");
  g_assert_cmpfloat (drawing->grid, ==, 10);

  weft_excalidraw_insert (drawing, doc);
  picture = get_element (doc, "p");
  g_assert_true (g_str_has_prefix (picture->file_id, "weft:asset/"));
  g_assert_cmpuint (g_hash_table_size (files), ==, 1);

  written = weft_excalidraw_write (doc, load_file_cb, files);
  g_assert_nonnull (strstr (written, "data:image/png;base64,iVBORw0KGgo="));
  g_assert_nonnull (strstr (written, "\"viewBackgroundColor\":\"#fff4e6\""));
  g_assert_nonnull (strstr (written, "\"gridModeEnabled\":true"));
}

/* What is made in Weft, with nothing but what a tool writes, has all that Excalidraw asks for. */
static void
test_own_elements (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  WeftType *board = weft_doc_get_map (doc, WEFT_BOARD_ROOT);
  g_autoptr(WeftAny) note = weft_any_from_json (
      "{\"type\":\"note\",\"x\":0,\"y\":0,\"width\":200,\"height\":120,\"index\":\"a0\","
      "\"text\":\"remember the milk\"}", -1, NULL);
  g_autofree char *written = NULL;
  g_autoptr(WeftAny) root = NULL;
  const WeftAny *elements = NULL;
  const WeftAny *label = NULL;
  static const char *const needed[]
      = { "id", "type", "x", "y", "width", "height", "angle", "strokeColor", "backgroundColor",
          "fillStyle", "strokeWidth", "strokeStyle", "roughness", "opacity", "groupIds",
          "frameId", "index", "roundness", "seed", "version", "versionNonce", "isDeleted",
          "boundElements", "updated", "link", "locked" };

  weft_element_create (board, "n", note);
  written = weft_excalidraw_write (doc, NULL, NULL);
  root = weft_any_from_json (written, -1, NULL);
  elements = weft_any_lookup (root, "elements");
  g_assert_cmpuint (weft_any_get_n_items (elements), ==, 2);

  for (gsize i = 0; i < 2; i++)
    for (gsize k = 0; k < G_N_ELEMENTS (needed); k++)
      g_assert_nonnull (weft_any_lookup (weft_any_get_item (elements, i), needed[k]));

  label = weft_any_get_item (elements, 1);
  g_assert_cmpstr (weft_any_get_string (weft_any_lookup (label, "containerId")), ==, "n");
  g_assert_cmpstr (weft_any_get_string (weft_any_lookup (label, "originalText")), ==,
                   "remember the milk");
  g_assert_cmpstr (weft_any_get_string (weft_any_lookup (weft_any_get_item (elements, 0), "type")),
                   ==, "rectangle");
}

typedef struct
{
  const char *path;
  const char *json;
  int         code;
} BadDrawing;

static const BadDrawing bad_drawings[] = {
  { "/excalidraw/refuse/empty", "", WEFT_CRDT_ERROR_TRUNCATED },
  { "/excalidraw/refuse/no-json", "hello", WEFT_CRDT_ERROR_MALFORMED },
  { "/excalidraw/refuse/cut", "{\"type\":\"excalidraw\",\"elements\":[{\"id\":", WEFT_CRDT_ERROR_TRUNCATED },
  { "/excalidraw/refuse/other-json", "{\"name\":\"weft\"}", WEFT_CRDT_ERROR_MALFORMED },
  { "/excalidraw/refuse/list", "[1,2]", WEFT_CRDT_ERROR_MALFORMED },
  { "/excalidraw/refuse/elements-no-list", "{\"type\":\"excalidraw\",\"elements\":{}}", WEFT_CRDT_ERROR_MALFORMED },
  { "/excalidraw/refuse/element-no-object", "{\"type\":\"excalidraw\",\"elements\":[7]}", WEFT_CRDT_ERROR_MALFORMED },
  { "/excalidraw/refuse/no-type", "{\"type\":\"excalidraw\",\"elements\":[{\"id\":\"a\"}]}", WEFT_CRDT_ERROR_MALFORMED },
  { "/excalidraw/refuse/x-is-text", "{\"type\":\"excalidraw\",\"elements\":[{\"type\":\"rectangle\",\"x\":\"1\"}]}", WEFT_CRDT_ERROR_MALFORMED },
  { "/excalidraw/refuse/x-is-infinite", "{\"type\":\"excalidraw\",\"elements\":[{\"type\":\"rectangle\",\"x\":1e999}]}", WEFT_CRDT_ERROR_MALFORMED },
  { "/excalidraw/refuse/point", "{\"type\":\"excalidraw\",\"elements\":[{\"type\":\"line\",\"points\":[[0,0],[1]]}]}", WEFT_CRDT_ERROR_MALFORMED },
  { "/excalidraw/refuse/points", "{\"type\":\"excalidraw\",\"elements\":[{\"type\":\"line\",\"points\":5}]}", WEFT_CRDT_ERROR_MALFORMED },
};

static void
test_refuse (gconstpointer data)
{
  const BadDrawing *row = data;
  g_autoptr(GError) error = NULL;
  WeftExcalidraw *drawing
      = weft_excalidraw_read (row->json, strlen (row->json), NULL, NULL, &error);

  g_assert_null (drawing);
  g_assert_error (error, WEFT_CRDT_ERROR, row->code);
  g_test_message ("%s", error->message);
}

static void
test_too_many (void)
{
  g_autoptr(GString) json = g_string_new ("{\"type\":\"excalidraw\",\"elements\":[");
  g_autoptr(GError) error = NULL;

  for (int i = 0; i <= WEFT_EXCALIDRAW_MAX_ELEMENTS; i++)
    g_string_append (json, i > 0 ? ",{\"type\":\"line\"}" : "{\"type\":\"line\"}");

  g_string_append (json, "]}");
  g_assert_null (weft_excalidraw_read (json->str, json->len, NULL, NULL, &error));
  g_assert_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE);
}

/* Bytes changed, cut and doubled: it is read or refused with a message, and what is read can be written. */
static void
test_mutations (void)
{
  gsize n_bytes = 0;
  g_autofree char *sample = load_sample (FLOW_CHART, &n_bytes);
  guint n_read = 0;
  guint n_refused = 0;

  for (guint round = 0; round < 600; round++)
    {
      g_autoptr(GString) json = g_string_new_len (sample, n_bytes);
      guint n_changes = g_test_rand_int_range (1, 6);
      g_autoptr(GError) error = NULL;
      g_autoptr(WeftExcalidraw) drawing = NULL;

      for (guint i = 0; i < n_changes; i++)
        {
          static const char *const bits[]
              = { "null", "true", "-1", "1e9", "\"\"", "[]", "{}", ",", "\"", "[[0,0]]", "0" };
          gsize at = g_test_rand_int_range (0, json->len);
          gsize n_cut = g_test_rand_int_range (1, 40);
          const char *value = strchr (json->str + at, ':');

          switch (g_test_rand_int_range (0, 4))
            {
            case 0:
              json->str[at] = (char) g_test_rand_int_range (0, 256);
              break;
            case 1:
              g_string_erase (json, at, MIN (n_cut, json->len - at));
              break;
            case 2:
              g_string_insert (json, at, bits[g_test_rand_int_range (0, G_N_ELEMENTS (bits))]);
              break;
            default:
              /* A value of another kind: still JSON, mostly. */
              if (value != NULL)
                {
                  gsize start = value + 1 - json->str;
                  gsize length = strcspn (json->str + start, ",\n");

                  g_string_erase (json, start, length);
                  g_string_insert (json, start,
                                   bits[g_test_rand_int_range (0, G_N_ELEMENTS (bits))]);
                }
            }
        }

      drawing = weft_excalidraw_read (json->str, json->len, NULL, NULL, &error);

      if (drawing == NULL)
        {
          g_assert_nonnull (error);
          g_assert_true (g_utf8_validate (error->message, -1, NULL));
          n_refused++;
        }
      else
        {
          g_autoptr(WeftDoc) doc = weft_doc_new ();
          g_autoptr(WeftAny) root = NULL;
          g_autofree char *written = NULL;

          g_assert_no_error (error);
          weft_excalidraw_insert (drawing, doc);
          written = weft_excalidraw_write (doc, NULL, NULL);
          root = weft_any_from_json (written, -1, &error);
          g_assert_no_error (error);
          n_read++;
        }
    }

  g_test_message ("%u were read, %u refused", n_read, n_refused);
  g_assert_cmpuint (n_read, >, 20);
  g_assert_cmpuint (n_refused, >, 20);
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/excalidraw/flow-chart", test_flow_chart);
  g_test_add_func ("/excalidraw/sketch", test_sketch);
  g_test_add_data_func ("/excalidraw/round-trip/flow-chart", FLOW_CHART, test_round_trip);
  g_test_add_data_func ("/excalidraw/round-trip/sketch", SKETCH, test_round_trip);
  g_test_add_func ("/excalidraw/unknown", test_unknown);
  g_test_add_func ("/excalidraw/order-and-ids", test_order_and_ids);
  g_test_add_func ("/excalidraw/picture", test_picture);
  g_test_add_func ("/excalidraw/own-elements", test_own_elements);

  for (gsize i = 0; i < G_N_ELEMENTS (bad_drawings); i++)
    g_test_add_data_func (bad_drawings[i].path, &bad_drawings[i], test_refuse);

  g_test_add_func ("/excalidraw/refuse/too-many", test_too_many);
  g_test_add_func ("/excalidraw/mutations", test_mutations);

  return g_test_run ();
}
