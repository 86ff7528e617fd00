/* test-real.c - documents that real editors wrote: Quill, ProseMirror, a board of Excalidraw elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * tests/data/crdt/real holds them, made by tests/node/real/make.mjs: the document in both formats, what the editor
 * showed, what yjs reads and writes after loading it, and the hashes of what yjs converts it to.
 */

#include "config.h"

#include "crdt/weft-type.h"
#include "support/test-gunzip.h"

static WeftAny *
load_file (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "crdt", "real", name, NULL);
  g_autoptr(GError) error = NULL;
  gsize size;
  g_autofree char *contents = test_gunzip (path, &size);
  WeftAny *value = weft_any_from_json (contents, size, &error);

  g_assert_no_error (error);

  return value;
}

static GBytes *
get_bytes (const WeftAny *file,
           const char    *key,
           const char    *otherwise)
{
  const WeftAny *value = weft_any_lookup (file, key);
  guchar *data;
  gsize size;

  if (value == NULL)
    value = weft_any_lookup (file, otherwise);
  data = g_base64_decode (weft_any_get_string (value), &size);

  return g_bytes_new_take (data, size);
}

/* Whether both are the same value; keys may come in any order, and undefined is as good as absent (JSON has none). */
static gboolean
is_same (const WeftAny *a,
         const WeftAny *b)
{
  WeftAnyKind kind = weft_any_get_kind (a);

  if (kind != weft_any_get_kind (b))
    return FALSE;
  if (kind == WEFT_ANY_ARRAY)
    {
      if (weft_any_get_n_items (a) != weft_any_get_n_items (b))
        return FALSE;
      for (gsize i = 0; i < weft_any_get_n_items (a); i++)
        if (!is_same (weft_any_get_item (a, i), weft_any_get_item (b, i)))
          return FALSE;
      return TRUE;
    }
  if (kind == WEFT_ANY_OBJECT)
    {
      gsize n_defined = 0;

      for (gsize i = 0; i < weft_any_get_n_items (a); i++)
        {
          const WeftAny *mine = weft_any_get_item (a, i), *other = weft_any_lookup (b, weft_any_get_key (a, i));

          if (weft_any_get_kind (mine) == WEFT_ANY_UNDEFINED)
            continue;
          n_defined++;
          if (other == NULL || !is_same (mine, other))
            return FALSE;
        }
      return n_defined == weft_any_get_n_items (b);
    }

  return weft_any_equal (a, b);
}

static WeftDoc *
load_doc (GBytes          *update,
          WeftUpdateFormat format)
{
  WeftDocOptions options = { .gc = TRUE };
  WeftDoc *doc = weft_doc_new_with_options (5, &options);
  g_autoptr(GError) error = NULL;

  if (format == WEFT_UPDATE_V1)
    g_assert_true (weft_doc_apply_update (doc, update, NULL, &error));
  else
    g_assert_true (weft_doc_apply_update_v2 (doc, update, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (weft_doc_has_pending (doc));
  g_assert_true (weft_doc_validate (doc, &error));
  g_assert_no_error (error);

  return doc;
}

static void
assert_bytes (GBytes *a,
              GBytes *b)
{
  g_assert_cmpmem (g_bytes_get_data (a, NULL), g_bytes_get_size (a), g_bytes_get_data (b, NULL), g_bytes_get_size (b));
}

/* Y.Text: the operations that Quill shows. XML: the string that Yjs makes of it. Array: the elements. */
static void
assert_shown (WeftDoc       *doc,
              const WeftAny *file)
{
  const WeftAny *roots = weft_any_lookup (file, "roots");
  const WeftAny *shown = weft_any_lookup (file, "shown");
  const WeftAny *read = weft_any_lookup (file, "read");

  for (gsize i = 0; i < weft_any_get_n_items (roots); i++)
    {
      const char *root = weft_any_get_key (roots, i);
      const char *kind = weft_any_get_string (weft_any_get_item (roots, i));

      if (g_str_equal (kind, "text"))
        {
          g_autoptr(WeftDelta) delta = weft_text_to_delta (weft_doc_get_text (doc, root));
          g_autofree char *json = weft_delta_to_json (delta);
          g_autoptr(WeftAny) ops = weft_any_from_json (json, -1, NULL);
          g_autofree char *read_json = weft_any_to_json (weft_any_lookup (read, root));
          /* Yjs begins an operation at every format item, also where the attributes are the same again: joined here. */
          g_autoptr(WeftDelta) read_delta = weft_delta_from_json (read_json, -1, NULL);

          g_assert_true (is_same (ops, shown));
          g_assert_true (weft_delta_equal (delta, read_delta));
        }
      else if (g_str_equal (kind, "xml"))
        {
          g_autoptr(WeftAny) xml = weft_type_to_any (weft_doc_get_root (doc, root, WEFT_KIND_XML_FRAGMENT));

          g_assert_cmpstr (weft_any_get_string (xml), ==, weft_any_get_string (weft_any_lookup (read, root)));
        }
      else if (g_str_equal (kind, "array"))
        {
          g_autoptr(WeftAny) elements = weft_type_to_any (weft_doc_get_array (doc, root));

          g_assert_cmpuint (weft_any_get_n_items (elements), >, 100);
          g_assert_true (is_same (elements, weft_any_lookup (shown, root)));
        }
      else
        {
          g_assert_cmpuint (weft_map_get_n_keys (weft_doc_get_map (doc, root)), >, 0);
        }
    }
}

static void
test_real (gconstpointer data)
{
  g_autoptr(WeftAny) file = load_file (data);
  g_autoptr(GBytes) v1 = get_bytes (file, "v1", NULL);
  g_autoptr(GBytes) v2 = get_bytes (file, "v2", NULL);
  g_autoptr(GBytes) v1_again = get_bytes (file, "v1Again", "v1");
  g_autoptr(GBytes) v2_again = get_bytes (file, "v2Again", "v2");

  for (WeftUpdateFormat format = WEFT_UPDATE_V1; format <= WEFT_UPDATE_V2; format++)
    {
      g_autoptr(WeftDoc) doc = load_doc (format == WEFT_UPDATE_V1 ? v1 : v2, format);
      g_autoptr(GBytes) state = weft_doc_encode_state (doc);
      g_autoptr(GBytes) state_v2 = weft_doc_encode_state_v2 (doc);

      assert_shown (doc, file);
      assert_bytes (state, v1_again);
      assert_bytes (state_v2, v2_again);
    }
}

/* Without a document, as convertUpdateFormatV1ToV2() and its inverse do it. */
static void
test_convert (gconstpointer data)
{
  g_autoptr(WeftAny) file = load_file (data);
  const WeftAny *converted = weft_any_lookup (file, "converted");

  for (WeftUpdateFormat to = WEFT_UPDATE_V1; to <= WEFT_UPDATE_V2; to++)
    {
      g_autoptr(GBytes) given = get_bytes (file, to == WEFT_UPDATE_V1 ? "v2" : "v1", NULL);
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) made = weft_update_convert (given, to, &error);
      g_autofree char *hash = NULL;

      g_assert_no_error (error);
      hash = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, made);
      g_assert_cmpstr (hash, ==,
                       weft_any_get_string (weft_any_lookup (converted, to == WEFT_UPDATE_V1 ? "v1" : "v2")));
    }
}

int
main (int   argc,
      char *argv[])
{
  static const char *const names[] = { "quill", "prosemirror", "board" };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      char *file = g_strconcat (names[i], ".json.gz", NULL);
      g_autofree char *real = g_strconcat ("/crdt/real/", names[i], "/shows-and-goes-back", NULL);
      g_autofree char *convert = g_strconcat ("/crdt/real/", names[i], "/converts", NULL);

      g_test_add_data_func_full (real, g_strdup (file), test_real, g_free);
      g_test_add_data_func_full (convert, file, test_convert, g_free);
    }

  return g_test_run ();
}
