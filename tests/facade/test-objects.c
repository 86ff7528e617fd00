/* test-objects.c - the objects of libweft as programs in C see them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <crdt/weft-id.h>
#include <weft.h>

static void
keep_event_cb (WeftGSharedType *type,
               WeftGEvent      *event,
               gpointer         user_data)
{
  g_ptr_array_add (user_data, g_object_ref (event));
}

static void
assert_path (WeftGEvent *event,
             gpointer    from,
             const char *expected)
{
  g_autoptr(GVariant) path = weft_g_event_dup_path (event, from);
  g_autofree char *printed = path != NULL ? g_variant_print (path, FALSE) : NULL;

  g_assert_cmpstr (printed, ==, expected);
}

static void
test_paths (void)
{
  g_autoptr(WeftGDocument) document = weft_g_document_new ();
  g_autoptr(GPtrArray) events = g_ptr_array_new_with_free_func (g_object_unref);
  WeftGMap *map = weft_g_document_get_map (document, "m");
  WeftGArray *array = weft_g_map_set_array (map, "list");
  WeftGText *text;

  weft_g_array_append (array, g_variant_new_int32 (1));
  text = weft_g_array_insert_text (array, 1);
  g_signal_connect (map, "deep-changed", G_CALLBACK (keep_event_cb), events);
  weft_g_text_append (text, "x");
  weft_g_array_remove (array, 0, 1);

  g_assert_cmpuint (events->len, ==, 2);
  assert_path (events->pdata[0], NULL, "[<'list'>, <int64 1>]");
  assert_path (events->pdata[0], map, "[<'list'>, <int64 1>]");
  assert_path (events->pdata[0], array, "[<int64 1>]");
  assert_path (events->pdata[0], text, "[]");
  assert_path (events->pdata[1], text, NULL);
  assert_path (events->pdata[1], array, "[]");
}

static void
keep_documents_cb (WeftGDocument *document,
                   GStrv          added,
                   GStrv          loaded,
                   GStrv          removed,
                   gpointer       user_data)
{
  g_autofree char *all_added = g_strjoinv (",", added);
  g_autofree char *all_loaded = g_strjoinv (",", loaded);
  g_autofree char *all_removed = g_strjoinv (",", removed);

  g_string_append_printf (user_data, "+%s ?%s -%s;", all_added, all_loaded, all_removed);
}

static void
test_documents (void)
{
  g_autoptr(WeftGDocument) document = weft_g_document_new ();
  g_autoptr(GString) told = g_string_new (NULL);
  WeftGMap *map = weft_g_document_get_map (document, "m");
  g_autoptr(WeftGDocument) inner = NULL;

  g_signal_connect (document, "documents-changed", G_CALLBACK (keep_documents_cb), told);
  weft_g_map_set_document (map, "a", "one", FALSE);
  weft_g_map_set_document (map, "b", "two", FALSE);
  inner = g_object_ref (weft_g_document_load_document (document, "one"));
  g_assert_true (weft_g_document_load_document (document, "one") == inner);
  weft_g_map_set_document (map, "a", "three", FALSE);
  g_assert_null (weft_g_document_load_document (document, "one"));
  g_assert_cmpstr (told->str, ==, "+one ?one -;+two ?two -;+three ?three -one;");
}

static void
test_past (void)
{
  g_autoptr(WeftGDocument) document = weft_g_document_new_with_id (3, FALSE);
  WeftGText *text = weft_g_document_get_text (document, "t");
  g_autoptr(GBytes) moment = NULL, none = g_bytes_new_static ("x", 1);
  g_autoptr(GVariant) then = NULL, compared = NULL;
  g_autofree char *printed = NULL, *printed_compared = NULL;
  g_autoptr(GError) error = NULL;

  weft_g_text_append (text, "ab");
  moment = weft_g_document_encode_snapshot (document);
  weft_g_text_remove (text, 0, 1);
  then = weft_g_text_to_delta_at (text, moment, NULL, &error);
  g_assert_no_error (error);
  printed = g_variant_print (then, FALSE);
  g_assert_cmpstr (printed, ==, "[{'insert': <'ab'>}]");
  compared = weft_g_text_to_delta_at (text, NULL, moment, &error);
  g_assert_no_error (error);
  printed_compared = g_variant_print (compared, FALSE);
  g_assert_nonnull (strstr (printed_compared, "'removed'"));
  g_assert_null (weft_g_text_to_delta_at (text, none, NULL, &error));
  g_assert_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TRUNCATED);
}

static void
count_cb (WeftGDocument *document,
          GBytes        *update,
          const char    *origin,
          gboolean       local,
          guint         *n)
{
  (*n)++;
}

/* A program that fails between the two may forget to commit: nothing is told, and nothing stays behind. */
static void
test_dropped_in_transaction (void)
{
  WeftGDocument *document = weft_g_document_new_with_id (3, TRUE);
  WeftGText *text = weft_g_document_get_text (document, "t");
  guint n = 0;

  g_signal_connect (document, "update", G_CALLBACK (count_cb), &n);
  weft_g_document_begin (document, "one");
  weft_g_text_append (text, "ab");
  weft_g_document_begin (document, "within");
  weft_g_text_remove (text, 0, 1);
  g_assert_finalize_object (document);
  g_assert_cmpuint (n, ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/facade/events-say-where", test_paths);
  g_test_add_func ("/facade/documents-within-documents", test_documents);
  g_test_add_func ("/facade/a-text-as-it-was", test_past);
  g_test_add_func ("/facade/dropped-in-a-transaction", test_dropped_in_transaction);

  return g_test_run ();
}
