/* test-board-graph.c - a board as nodes and edges: patches in, patches out
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-board-graph.h"
#include "notebook/weft-element.h"
#include "support/test-seed.h"

#include <string.h>

static WeftAny *
json (const char *text)
{
  g_autoptr(GError) error = NULL;
  WeftAny *any = weft_any_from_json (text, -1, &error);

  g_assert_no_error (error);
  return any;
}

static const char *
apply (WeftType   *board,
       const char *text)
{
  g_autoptr(WeftAny) patch = json (text);
  const char *reason;

  weft_doc_begin (weft_type_get_doc (board), NULL);
  reason = weft_board_graph_apply (board, patch);
  weft_doc_commit (weft_type_get_doc (board));

  return reason;
}

static void
assert_described (WeftType   *board,
                  const char *id,
                  const char *wanted)
{
  g_autoptr(WeftAny) object = weft_board_graph_describe (board, id);
  g_autofree char *text = object != NULL ? weft_any_to_json (object) : g_strdup ("null");

  g_assert_cmpstr (text, ==, wanted);
}

static void
test_cards (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  WeftType *board = weft_doc_get_map (doc, WEFT_BOARD_ROOT);
  WeftType *map;

  g_assert_null (apply (board, "{\"op\":\"create_node\",\"nodeId\":\"n\",\"label\":\"Task\","
                               "\"properties\":{\"title\":\"Tea\",\"done\":false,\"x\":7,\"index\":\"a0\",\"_version\":3}}"));
  map = weft_map_get_type (board, "n");
  g_assert_nonnull (map);
  g_assert_true (weft_map_has (map, "label"));
  g_assert_true (weft_map_has (map, "properties"));
  g_assert_true (weft_map_has (map, "_version"));
  g_assert_false (weft_map_has (map, "title"));

  g_assert_null (apply (board, "{\"op\":\"update_node\",\"nodeId\":\"n\",\"properties\":{\"done\":true,\"title\":null,\"x\":9}}"));
  {
    g_autoptr(WeftAny) node = weft_board_graph_describe (board, "n");
    const WeftAny *properties = weft_any_lookup (node, "properties");

    g_assert_cmpstr (weft_any_get_string (weft_any_lookup (node, "label")), ==, "Task");
    g_assert_cmpfloat (weft_any_get_number (weft_any_lookup (properties, "x")), ==, 9);
    g_assert_true (weft_any_get_boolean (weft_any_lookup (properties, "done")));
    g_assert_null (weft_any_lookup (properties, "title"));
    g_assert_cmpfloat (weft_any_get_number (weft_any_lookup (properties, "_version")), ==, 3);
  }
  g_assert_null (apply (board, "{\"op\":\"update_node\",\"nodeId\":\"n\",\"label\":\"Story\"}"));
  g_assert_null (apply (board, "{\"op\":\"delete_node\",\"nodeId\":\"n\"}"));
  assert_described (board, "n", "null");
}

/* The text of a shape stays one shared text, of which only what differs is replaced. */
static void
test_text (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  WeftType *board = weft_doc_get_map (doc, WEFT_BOARD_ROOT);
  WeftType *text;
  g_autofree char *now = NULL;

  g_assert_null (apply (board, "{\"op\":\"create_node\",\"nodeId\":\"r\",\"label\":\"rectangle\",\"properties\":{\"text\":\"one 😀 two\"}}"));
  text = weft_map_get_type (weft_map_get_type (board, "r"), "text");
  g_assert_nonnull (text);
  g_assert_null (apply (board, "{\"op\":\"update_node\",\"nodeId\":\"r\",\"properties\":{\"text\":\"one 😁 two!\"}}"));
  g_assert_true (weft_map_get_type (weft_map_get_type (board, "r"), "text") == text);
  now = weft_text_to_string (text);
  g_assert_cmpstr (now, ==, "one 😁 two!");
}

static void
test_edges (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  WeftType *board = weft_doc_get_map (doc, WEFT_BOARD_ROOT);
  g_autoptr(WeftAny) edge = NULL;
  g_autoptr(WeftElement) arrow = NULL;

  g_assert_null (apply (board, "{\"op\":\"create_node\",\"nodeId\":\"a\",\"label\":\"rectangle\",\"properties\":{\"x\":0,\"y\":0}}"));
  g_assert_null (apply (board, "{\"op\":\"create_node\",\"nodeId\":\"b\",\"label\":\"Task\",\"properties\":{\"x\":400,\"y\":0}}"));
  g_assert_null (apply (board, "{\"op\":\"create_edge\",\"edgeId\":\"e\",\"label\":\"needs\",\"sourceId\":\"a\",\"targetId\":\"b\"}"));

  edge = weft_board_graph_describe (board, "e");
  g_assert_true (weft_board_graph_is_edge (edge));
  g_assert_cmpstr (weft_any_get_string (weft_any_lookup (edge, "label")), ==, "needs");
  g_assert_cmpstr (weft_any_get_string (weft_any_lookup (edge, "sourceId")), ==, "a");
  g_assert_cmpstr (weft_any_get_string (weft_any_lookup (edge, "targetId")), ==, "b");

  /* The application shows an arrow from the right side of one to the left side of the other. */
  arrow = weft_element_new_from_type ("e", weft_map_get_type (board, "e"));
  g_assert_cmpint (arrow->kind, ==, WEFT_ELEMENT_ARROW);
  g_assert_cmpstr (arrow->start_binding.element_id, ==, "a");
  g_assert_cmpfloat (arrow->x, >=, 100);
  g_assert_cmpfloat (arrow->x + arrow->points[1].x, <=, 400);

  g_assert_null (apply (board, "{\"op\":\"update_edge\",\"edgeId\":\"e\",\"sourceId\":\"b\",\"targetId\":\"a\"}"));
  g_assert_cmpstr (apply (board, "{\"op\":\"delete_node\",\"nodeId\":\"e\"}"), ==, "there is no such node");
  g_assert_null (apply (board, "{\"op\":\"delete_edge\",\"edgeId\":\"e\"}"));
}

static const char *const refused[] = {
  "{}", "[]", "5", "null", "{\"op\":5}", "{\"op\":\"drop\"}", "{\"op\":\"create_node\"}",
  "{\"op\":\"create_node\",\"nodeId\":\"\",\"label\":\"Task\"}",
  "{\"op\":\"create_node\",\"nodeId\":5,\"label\":\"Task\"}",
  "{\"op\":\"create_node\",\"nodeId\":\"m\"}",
  "{\"op\":\"create_node\",\"nodeId\":\"m\",\"label\":\"\"}",
  "{\"op\":\"create_node\",\"nodeId\":\"m\",\"label\":\"a\\nb\"}",
  "{\"op\":\"create_node\",\"nodeId\":\"n\",\"label\":\"Task\"}",
  "{\"op\":\"create_node\",\"nodeId\":\"m\",\"label\":\"Task\",\"properties\":[]}",
  "{\"op\":\"create_node\",\"nodeId\":\"m\",\"label\":\"Task\",\"properties\":{\"\":1}}",
  "{\"op\":\"create_node\",\"nodeId\":\"m\",\"label\":\"Task\",\"properties\":{\"type\":\"x\"}}",
  "{\"op\":\"create_node\",\"nodeId\":\"m\",\"label\":\"freedraw\",\"properties\":{\"ink\":\"x\"}}",
  "{\"op\":\"update_node\",\"nodeId\":\"m\",\"properties\":{\"x\":1}}",
  "{\"op\":\"update_node\",\"nodeId\":\"n\",\"label\":\"rectangle\"}",
  "{\"op\":\"delete_node\",\"nodeId\":\"m\"}",
  "{\"op\":\"create_edge\",\"edgeId\":\"e\",\"sourceId\":\"n\",\"targetId\":\"m\"}",
  "{\"op\":\"create_edge\",\"edgeId\":\"e\",\"sourceId\":\"n\"}",
  "{\"op\":\"create_edge\",\"edgeId\":\"n\",\"sourceId\":\"n\",\"targetId\":\"n\"}",
  "{\"op\":\"update_edge\",\"edgeId\":\"n\"}",
  "{\"op\":\"delete_edge\",\"edgeId\":\"n\"}",
};

/* What is refused changes nothing. */
static void
test_refused (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  WeftType *board = weft_doc_get_map (doc, WEFT_BOARD_ROOT);
  g_autoptr(GBytes) before = NULL;

  g_assert_null (apply (board, "{\"op\":\"create_node\",\"nodeId\":\"n\",\"label\":\"Task\"}"));
  before = weft_doc_encode_state (doc);

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr(GBytes) after = NULL;

      g_assert_nonnull (apply (board, refused[i]));
      after = weft_doc_encode_state (doc);
      g_assert_true (g_bytes_equal (before, after));
    }
}

/* --- what a reader of the patches knows --- */

typedef struct
{
  WeftBoardGraph *watch;
  GHashTable     *graph; /* id -> object as weft_board_graph_describe() has it */
} Reader;

static void
read_patch (Reader        *self,
            const WeftAny *patch)
{
  const char *op = weft_any_get_string (weft_any_lookup (patch, "op"));
  gboolean edge = g_str_has_suffix (op, "edge");
  const char *id = weft_any_get_string (weft_any_lookup (patch, edge ? "edgeId" : "nodeId"));
  WeftAny *known = g_hash_table_lookup (self->graph, id);

  if (g_str_has_prefix (op, "create"))
    {
      g_assert_null (known);
      known = weft_any_new_object ();
      for (gsize i = 0; i < weft_any_get_n_items (patch); i++)
        if (strcmp (weft_any_get_key (patch, i), "op") != 0)
          weft_any_object_take (known, weft_any_get_key (patch, i),
                                weft_any_ref ((WeftAny *) weft_any_get_item (patch, i)));
      g_hash_table_insert (self->graph, g_strdup (id), known);
    }
  else if (g_str_has_prefix (op, "delete"))
    {
      g_assert_nonnull (known);
      g_assert_true (weft_board_graph_is_edge (known) == edge);
      g_hash_table_remove (self->graph, id);
    }
  else
    {
      const WeftAny *properties = weft_any_lookup (patch, "properties");
      WeftAny *mine;

      g_assert_nonnull (known);
      g_assert_true (weft_board_graph_is_edge (known) == edge);
      for (gsize i = 0; i < weft_any_get_n_items (patch); i++)
        {
          const char *key = weft_any_get_key (patch, i);

          if (strcmp (key, "label") == 0 || strcmp (key, "sourceId") == 0 || strcmp (key, "targetId") == 0)
            weft_any_object_take (known, key, weft_any_ref ((WeftAny *) weft_any_get_item (patch, i)));
        }
      mine = (WeftAny *) weft_any_lookup (known, "properties");
      for (gsize i = 0; i < weft_any_get_n_items (properties); i++)
        weft_any_object_take (mine, weft_any_get_key (properties, i),
                              weft_any_ref ((WeftAny *) weft_any_get_item (properties, i)));
    }
}

static void
transaction_cb (WeftDoc         *doc,
                WeftTransaction *transaction,
                gpointer         user_data)
{
  Reader *self = user_data;
  g_autoptr(GPtrArray) patches = weft_board_graph_get_patches (self->watch, transaction);

  for (guint i = 0; i < patches->len; i++)
    read_patch (self, patches->pdata[i]);
}

/* Equal but for properties that are null, which a reader has forgotten. */
static void
assert_same (const WeftAny *mine,
             const WeftAny *wanted)
{
  const WeftAny *a = weft_any_lookup (mine, "properties");
  const WeftAny *b = weft_any_lookup (wanted, "properties");

  for (gsize i = 0; i < weft_any_get_n_items (wanted); i++)
    if (weft_any_get_item (wanted, i) != b)
      g_assert_true (weft_any_equal (weft_any_get_item (wanted, i),
                                     weft_any_lookup (mine, weft_any_get_key (wanted, i))));
  for (gsize i = 0; i < weft_any_get_n_items (b); i++)
    g_assert_true (weft_any_equal (weft_any_get_item (b, i), weft_any_lookup (a, weft_any_get_key (b, i))));
  for (gsize i = 0; i < weft_any_get_n_items (a); i++)
    if (weft_any_lookup (b, weft_any_get_key (a, i)) == NULL)
      g_assert_cmpint (weft_any_get_kind (weft_any_get_item (a, i)), ==, WEFT_ANY_NULL);
}

static void
change_at_random (WeftDoc  *doc,
                  WeftType *board)
{
  static const char *const types[] = { "rectangle", "arrow", "line", "text", "hologram", "Task" };
  g_autofree char *id = g_strdup_printf ("e%d", g_test_rand_int_range (0, 8));
  g_autofree char *other = g_strdup_printf ("e%d", g_test_rand_int_range (0, 8));
  WeftType *map = weft_map_get_type (board, id);
  g_autofree char *patch = NULL;

  switch (g_test_rand_int_range (0, 9))
    {
    case 0:
      patch = g_strdup_printf ("{\"op\":\"create_node\",\"nodeId\":\"%s\",\"label\":\"%s\",\"properties\":{\"x\":%d}}", id,
                               types[g_test_rand_int_range (0, G_N_ELEMENTS (types))], g_test_rand_int_range (0, 9));
      break;
    case 1:
      patch = g_strdup_printf ("{\"op\":\"create_edge\",\"edgeId\":\"%s\",\"sourceId\":\"%s\",\"targetId\":\"%s\"}", id, other, other);
      break;
    case 2:
      patch = g_strdup_printf ("{\"op\":\"update_node\",\"nodeId\":\"%s\",\"properties\":{\"x\":%d,\"mood\":%s,\"text\":\"t%d\"}}", id,
                               g_test_rand_int_range (0, 9), g_test_rand_bit () ? "null" : "\"good\"", g_test_rand_int_range (0, 9));
      break;
    case 3:
      patch = g_strdup_printf ("{\"op\":\"%s\",\"%s\":\"%s\"}", g_test_rand_bit () ? "delete_node" : "delete_edge",
                               g_test_rand_bit () ? "nodeId" : "edgeId", id);
      break;
    /* As the application, or anybody, would do it. */
    case 4:
      weft_map_remove (board, id);
      return;
    case 5:
      weft_map_set_type (board, id, WEFT_KIND_MAP);
      return;
    case 6:
      if (map != NULL)
        weft_map_set (map, "type", weft_any_new_string (types[g_test_rand_int_range (0, G_N_ELEMENTS (types))]));
      return;
    case 7:
      if (map != NULL && g_test_rand_bit ())
        weft_map_remove (map, "startBinding");
      else if (map != NULL)
        weft_map_set (map, "endBinding", json ("{\"elementId\":\"e1\"}"));
      return;
    default:
      if (map != NULL)
        weft_text_insert (weft_element_ensure_text (board, id), 0, "x", 1, NULL);
      return;
    }

  {
    g_autoptr(WeftAny) parsed = json (patch);

    weft_board_graph_apply (board, parsed);
  }
}

/* Whoever reads all patches knows the graph. */
static void
test_patches_tell_all (void)
{
  for (int round = 0; round < 60; round++)
    {
      static const WeftDocObserver observer = { .transaction = transaction_cb };
      g_autoptr(WeftDoc) doc = weft_doc_new ();
      WeftType *board = weft_doc_get_map (doc, WEFT_BOARD_ROOT);
      g_autoptr(GHashTable) graph = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                          (GDestroyNotify) weft_any_unref);
      g_autoptr(WeftBoardGraph) watch = weft_board_graph_new (board);
      Reader reader = { watch, graph };

      weft_doc_add_observer (doc, &observer, &reader);
      for (int step = 0; step < 80; step++)
        {
          g_autoptr(GPtrArray) keys = NULL;
          guint n_described = 0;

          weft_doc_begin (doc, NULL);
          for (int i = g_test_rand_int_range (1, 4); i > 0; i--)
            change_at_random (doc, board);
          weft_doc_commit (doc);

          keys = weft_map_list_keys (board);
          for (guint i = 0; i < keys->len; i++)
            {
              g_autoptr(WeftAny) wanted = weft_board_graph_describe (board, keys->pdata[i]);
              const WeftAny *mine = g_hash_table_lookup (graph, keys->pdata[i]);

              g_assert_nonnull (mine);
              assert_same (mine, wanted);
              n_described++;
            }
          g_assert_cmpuint (g_hash_table_size (graph), ==, n_described);
        }
    }
}

int
main (int    argc,
      char **argv)
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/board-graph/cards", test_cards);
  g_test_add_func ("/board-graph/text", test_text);
  g_test_add_func ("/board-graph/edges", test_edges);
  g_test_add_func ("/board-graph/refused", test_refused);
  g_test_add_func ("/board-graph/patches-tell-all", test_patches_tell_all);

  return g_test_run ();
}
