/* test-types.c - XML, observers of types, subdocuments, steps of an undo manager
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What these write and tell is compared with Yjs by test-peers.c; here is what callers may rely on.
 */

#include "config.h"

#include "crdt/weft-subdoc.h"
#include "crdt/weft-undo.h"
#include "crdt/weft-xml.h"

#include <string.h>

/* <p class="x">Hello <b>...</p><hr></hr> with a hook behind */
static WeftType *
make_xml (WeftDoc *doc)
{
  WeftType *root = weft_doc_get_root (doc, "x", WEFT_KIND_XML_FRAGMENT);
  WeftType *p = weft_xml_insert_element (root, 0, "P");
  WeftType *text = weft_xml_insert_text (p, 0);
  g_autoptr(WeftAny) class = weft_any_new_string ("x"), bold = weft_any_new_object ();

  weft_any_object_take (bold, "b", weft_any_new_boolean (TRUE));
  weft_map_set (p, "class", class);
  weft_text_insert (text, 0, "Hello", -1, NULL);
  weft_text_insert (text, 5, "!", -1, bold);
  weft_xml_insert_element (p, 1, "em");
  weft_xml_insert_after (root, p, WEFT_KIND_XML_ELEMENT, "hr");
  weft_xml_insert_hook (root, 2, "widget");

  return root;
}

static gboolean
append_name_cb (WeftType *type,
                gpointer  user_data)
{
  g_string_append_printf (user_data, "%s ", weft_xml_get_name (type) != NULL ? weft_xml_get_name (type) : "#text");

  return TRUE;
}

static void
test_xml (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  WeftType *root = make_xml (doc), *p = weft_xml_get_first_child (root), *hr;
  g_autofree char *xml = weft_xml_to_string (root);
  g_autoptr(GString) names = g_string_new (NULL);

  g_assert_cmpstr (xml, ==, "<p class=\"x\">Hello<b>!</b><em></em></p><hr></hr>[object Object]");
  weft_xml_walk (root, append_name_cb, names);
  g_assert_cmpstr (names->str, ==, "P #text em hr widget ");

  hr = weft_xml_get_next_sibling (p);
  g_assert_cmpstr (weft_xml_get_name (hr), ==, "hr");
  g_assert_true (weft_xml_get_prev_sibling (hr) == p);
  g_assert_null (weft_xml_get_prev_sibling (p));
  g_assert_null (weft_xml_get_next_sibling (root));
  g_assert_true (weft_xml_get_child (root, 1) == hr);
  g_assert_null (weft_xml_get_child (root, 3));
  g_assert_true (weft_xml_find (root, "EM") == weft_xml_get_child (p, 1));
  g_assert_null (weft_xml_find (root, "table"));

  /* What is deleted is passed over, and no place to insert behind. */
  weft_array_delete (root, 1, 1);
  g_assert_true (weft_xml_get_next_sibling (p) == weft_xml_get_child (root, 1));
  g_assert_null (weft_xml_insert_after (root, hr, WEFT_KIND_XML_ELEMENT, "i"));
  g_assert_nonnull (weft_xml_insert_after (root, NULL, WEFT_KIND_XML_ELEMENT, "first"));
  g_assert_cmpstr (weft_xml_get_name (weft_xml_get_first_child (root)), ==, "first");
}

typedef struct
{
  GString  *log;
  WeftType *map; /* set once, from inside */
} Log;

static void
log_cb (WeftType        *type,
        GPtrArray       *events,
        WeftTransaction *transaction,
        gpointer         user_data)
{
  Log *log = user_data;

  g_string_append_printf (log->log, "%s:", weft_type_get_root_name (type) != NULL ? weft_type_get_root_name (type) : "-");
  for (guint i = 0; i < events->len; i++)
    {
      g_autoptr(WeftAny) path = weft_event_dup_path (g_ptr_array_index (events, i), type);
      g_autofree char *json = weft_any_to_json (path);

      g_string_append (log->log, json);
    }
  g_string_append_c (log->log, ' ');
  if (log->map != NULL)
    {
      g_autoptr(WeftAny) value = weft_any_new_boolean (TRUE);

      weft_map_set (g_steal_pointer (&log->map), "seen", value);
    }
}

static void
test_observers (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  WeftType *array = weft_doc_get_array (doc, "a"), *map = weft_doc_get_map (doc, "m"), *nested, *inner;
  g_autoptr(GString) text = g_string_new (NULL);
  Log log = { text, NULL };
  g_autoptr(WeftAny) one = weft_any_new_array (), value = weft_any_new_number (1);
  guint deep;

  weft_any_array_take (one, weft_any_new_number (1));
  nested = weft_array_insert_type (array, 0, WEFT_KIND_MAP);
  inner = weft_map_set_type (nested, "k", WEFT_KIND_ARRAY);
  deep = weft_type_observe (array, TRUE, log_cb, &log);
  weft_type_observe (array, FALSE, log_cb, &log);
  weft_type_observe (inner, FALSE, log_cb, &log);
  weft_type_observe (map, FALSE, log_cb, &log);

  /* Direct ones first, in the order of the changes; then the deep one, the outer change first. */
  weft_doc_begin (doc, NULL);
  weft_array_insert (inner, 0, one);
  weft_array_insert (array, 0, one);
  weft_doc_commit (doc);
  g_assert_cmpstr (text->str, ==, "-:[] a:[] a:[][1,\"k\"] ");

  /* What an observer does is a transaction of its own. */
  g_string_truncate (text, 0);
  log.map = map;
  weft_array_insert (array, 0, one);
  g_assert_cmpstr (text->str, ==, "a:[] a:[] m:[] ");

  g_string_truncate (text, 0);
  weft_type_unobserve (array, deep);
  weft_map_set (nested, "other", value);
  g_assert_cmpstr (text->str, ==, "");
}

static void
count_subdocs_cb (WeftDoc         *doc,
                  WeftTransaction *transaction,
                  gpointer         user_data)
{
  guint *counts = user_data;

  for (WeftSubdocChange change = WEFT_SUBDOCS_ADDED; change <= WEFT_SUBDOCS_REMOVED; change++)
    {
      g_autoptr(GArray) list = weft_transaction_list_subdocs (transaction, change);

      counts[change] += list->len;
    }
}

static void
assert_counts (guint *counts,
               guint  added,
               guint  loaded,
               guint  removed)
{
  g_assert_cmpuint (counts[WEFT_SUBDOCS_ADDED], ==, added);
  g_assert_cmpuint (counts[WEFT_SUBDOCS_LOADED], ==, loaded);
  g_assert_cmpuint (counts[WEFT_SUBDOCS_REMOVED], ==, removed);
  memset (counts, 0, 3 * sizeof (guint));
}

static void
test_subdocs (void)
{
  const WeftDocObserver observer = { .transaction = count_subdocs_cb };
  g_autoptr(WeftDoc) doc = weft_doc_new (), other = weft_doc_new ();
  WeftType *map = weft_doc_get_map (doc, "m");
  g_autoptr(WeftAny) meta = weft_any_new_string ("title");
  WeftSubdocOptions options = { .guid = "one", .auto_load = TRUE, .meta = meta }, lazy = { .guid = "two" };
  g_auto(WeftSubdoc) subdoc = { .guid = NULL };
  g_autoptr(GBytes) state = NULL;
  g_autoptr(GArray) all = NULL;
  guint counts[3] = { 0 };
  WeftId first, second;

  weft_doc_add_observer (doc, &observer, counts);
  g_assert_true (weft_map_set_subdoc (map, "d", &options, &first));
  assert_counts (counts, 1, 1, 0);
  g_assert_true (weft_array_insert_subdoc (weft_doc_get_array (doc, "a"), 0, &lazy, &second));
  assert_counts (counts, 1, 0, 0);
  weft_doc_load_subdoc (doc, second);
  weft_doc_load_subdoc (doc, second);
  assert_counts (counts, 0, 1, 0);

  weft_doc_add_observer (other, &observer, counts);
  state = weft_doc_encode_state (doc);
  g_assert_true (weft_doc_apply_update (other, state, NULL, NULL));
  assert_counts (counts, 2, 1, 0);
  g_assert_true (weft_doc_get_subdoc (other, first, &subdoc));
  g_assert_cmpstr (subdoc.guid, ==, "one");
  g_assert_cmpstr (subdoc.key, ==, "d");
  g_assert_true (subdoc.auto_load && !subdoc.keep_deleted);
  g_assert_cmpstr (weft_any_get_string (subdoc.meta), ==, "title");

  weft_map_remove (map, "d");
  assert_counts (counts, 0, 0, 1);
  all = weft_doc_list_subdocs (doc);
  g_assert_cmpuint (all->len, ==, 1);
  g_assert_cmpstr (g_array_index (all, WeftSubdoc, 0).guid, ==, "two");
}

static gint64
stopped_clock_cb (gpointer user_data)
{
  return 1000;
}

static void
keep_meta_cb (WeftUndoManager *manager,
              WeftUndoStep    *step,
              WeftUndoChange   change,
              gboolean         redo,
              gconstpointer    origin,
              gpointer         user_data)
{
  GString *log = user_data;
  g_autoptr(WeftAny) value = weft_any_new_number (log->len);

  g_string_append_printf (log, "%s%d", redo ? "r" : "u", change);
  if (change == WEFT_UNDO_STEP_ADDED)
    weft_undo_step_set_meta (step, "cursor", value);
  else if (weft_undo_step_get_meta (step, "cursor") != NULL)
    g_string_append_printf (log, "(%g)", weft_any_get_number (weft_undo_step_get_meta (step, "cursor")));
  g_string_append_c (log, ' ');
}

static gboolean
refuse_cb (WeftTransaction *transaction,
           gpointer         user_data)
{
  return weft_transaction_get_origin (transaction) != user_data;
}

static void
test_undo_steps (void)
{
  static int silent;
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  WeftType *text = weft_doc_get_text (doc, "t");
  g_autoptr(WeftUndoManager) undo = weft_undo_manager_new (doc, &text, 1, 500, stopped_clock_cb, NULL);
  g_autoptr(GString) log = g_string_new (NULL);

  weft_undo_manager_set_step_func (undo, keep_meta_cb, log);
  weft_undo_manager_track (undo, &silent);
  weft_undo_manager_set_capture_filter (undo, refuse_cb, &silent);
  weft_text_insert (text, 0, "a", -1, NULL);
  weft_text_insert (text, 1, "b", -1, NULL);
  weft_doc_begin (doc, &silent);
  weft_text_insert (text, 2, "c", -1, NULL);
  weft_doc_commit (doc);
  g_assert_cmpstr (log->str, ==, "u0 u1(0) ");
  g_assert_true (weft_undo_manager_undo (undo));
  g_assert_cmpstr (log->str, ==, "u0 u1(0) r0 u2(0) ");
  g_assert_true (weft_undo_manager_redo (undo));
  g_assert_cmpstr (log->str, ==, "u0 u1(0) r0 u2(0) u0 r2(9) ");
  weft_undo_manager_untrack (undo, NULL);
  weft_text_insert (text, 0, "d", -1, NULL);
  g_assert_cmpstr (log->str, ==, "u0 u1(0) r0 u2(0) u0 r2(9) ");
}

/* A key of some length, another one for each number */
static char *
make_key (guint i)
{
  GString *key = g_string_new (NULL);

  g_string_printf (key, "%c%u", 'a' + i % 26, i);
  while (i % 7 == 0 && key->len < i % 41)
    g_string_append (key, i % 2 == 0 ? "x" : "é");

  return g_string_free (key, FALSE);
}

/* A value of some kind, of some length; %NULL: a map */
static WeftAny *
make_value (guint i)
{
  g_autofree char *text = NULL;
  WeftAny *value;

  switch (i % 9)
    {
    case 0:
      return weft_any_new_number (i % 200);
    case 1:
      return weft_any_new_number (i * 37.0);
    case 2:
      return weft_any_new_number (-(double) i / 8);
    case 3:
      text = g_strnfill (i * i % 97, 's');
      return weft_any_new_string (text);
    case 4:
      return i % 2 == 0 ? weft_any_new_boolean (i % 4 == 0) : weft_any_new_null ();
    case 5:
      text = g_strnfill (i % 11 == 0 ? 20000 : 5, 'l');
      return weft_any_new_string (text);
    case 6:
      value = weft_any_new_array ();
      weft_any_array_take (value, weft_any_new_number (i));
      return value;
    case 7:
      return weft_any_new_bigint (-(gint64) i);
    default:
      return NULL;
    }
}

static void
compare_objects (const WeftAny *left,
                 const WeftAny *right)
{
  g_autofree char *left_json = weft_any_to_json (left), *right_json = weft_any_to_json (right);

  g_assert_true (weft_any_equal (left, right));
  g_assert_cmpstr (left_json, ==, right_json);
}

/* Maps of any size, nested, as values: small ones are in one piece, larger ones outgrow it. */
static void
test_map_values (void)
{
  static const guint sizes[] = { 0, 1, 2, 12, 16, 17, 40, 500, 900 };

  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      g_autoptr(WeftDoc) doc = weft_doc_new ();
      g_autoptr(WeftAny) expected = weft_any_new_object (), found = NULL, held = NULL;
      WeftType *map = weft_doc_get_map (doc, "m");
      const WeftAny *nested;

      for (guint i = 0; i < sizes[s]; i++)
        {
          g_autofree char *key = make_key (i);
          WeftAny *value = make_value (i);
          WeftType *inner;

          if (value != NULL)
            {
              weft_map_set (map, key, value);
              weft_any_object_take (expected, key, value);
              continue;
            }
          value = weft_any_new_object ();
          inner = weft_map_set_type (map, key, WEFT_KIND_MAP);
          if (i % 27 != 17)
            {
              g_autoptr(WeftAny) number = weft_any_new_number (i);

              weft_map_set (inner, key, number);
              weft_any_object_take (value, key, weft_any_ref (number));
            }
          weft_any_object_take (expected, key, value);
        }

      found = weft_type_to_any (map);
      compare_objects (found, expected);
      /* What was made in one piece can still be added to. */
      for (guint i = 0; i < 20; i++)
        {
          g_autofree char *key = g_strdup_printf ("%u", i);

          weft_any_object_take (found, key, weft_any_new_number (i));
          weft_any_object_take (expected, key, weft_any_new_number (i));
        }
      compare_objects (found, expected);

      /* Who holds a part holds it longer than the whole. */
      nested = weft_any_lookup (found, "i8");
      if (nested == NULL)
        continue;
      held = weft_any_ref ((WeftAny *) nested);
      g_clear_pointer (&found, weft_any_unref);
      compare_objects (held, weft_any_lookup (expected, "i8"));
    }
}

static void
count_keys_cb (WeftDoc         *doc,
               WeftTransaction *transaction,
               gpointer         user_data)
{
  guint *n_keys = user_data;
  WeftEvent *event = weft_transaction_get_event (transaction, 0);
  g_autoptr(GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  g_assert_cmpuint (weft_transaction_get_n_events (transaction), ==, 1);
  n_keys[0] = weft_event_get_n_keys (event);
  for (gsize i = 0; i < n_keys[0]; i++)
    {
      g_assert_true (g_hash_table_add (seen, (char *) weft_event_get_key (event, i)));
      g_assert_cmpint (weft_event_get_key_action (event, i), ==, WEFT_KEY_ADD);
    }
}

/* Each key that one transaction sets is told once, however often it was set; one that is gone again is not. */
static void
test_many_keys (void)
{
  static const WeftDocObserver observer = { .transaction = count_keys_cb };

  for (guint n = 1; n <= 20000; n *= 20)
    {
      g_autoptr(WeftDoc) doc = weft_doc_new ();
      WeftType *map = weft_doc_get_map (doc, "map");
      guint n_keys = 0;

      weft_doc_add_observer (doc, &observer, &n_keys);
      weft_doc_begin (doc, NULL);
      for (guint i = 0; i < 3 * n; i++)
        {
          g_autofree char *key = g_strdup_printf ("key%u", i % n);
          g_autoptr(WeftAny) value = weft_any_new_number (i);

          weft_map_set (map, key, value);
          weft_map_set (map, "gone", value);
          weft_map_remove (map, "gone");
        }
      weft_doc_commit (doc);
      g_assert_cmpuint (n_keys, ==, n);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/crdt/types/xml", test_xml);
  g_test_add_func ("/crdt/types/map-values", test_map_values);
  g_test_add_func ("/crdt/types/observers", test_observers);
  g_test_add_func ("/crdt/types/subdocuments", test_subdocs);
  g_test_add_func ("/crdt/types/undo-steps", test_undo_steps);
  g_test_add_func ("/crdt/types/many-keys", test_many_keys);

  return g_test_run ();
}
