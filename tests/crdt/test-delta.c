/* test-delta.c - the operations of a delta
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-delta.h"

static WeftAny *
json (const char *text)
{
  g_autoptr(GError) error = NULL;
  WeftAny *value = weft_any_from_json (text, -1, &error);

  g_assert_no_error (error);
  return value;
}

static void
test_joins (void)
{
  g_autoptr(WeftDelta) delta = weft_delta_new ();
  g_autoptr(WeftAny) bold = json ("{\"bold\":true}");
  g_autoptr(WeftAny) bold_too = json ("{\"bold\":true}");
  g_autoptr(WeftAny) none = json ("{}");
  g_autoptr(WeftAny) image = json ("{\"image\":\"x\"}");
  g_autofree char *text = NULL;

  weft_delta_retain (delta, 2, NULL);
  weft_delta_retain (delta, 3, none);
  weft_delta_insert_text (delta, "a", -1, bold);
  weft_delta_insert_text (delta, "\xf0\x9f\x98\x80z", -1, bold_too);
  weft_delta_insert_text (delta, "c", 1, NULL);
  weft_delta_insert_text (delta, "", 0, bold);
  weft_delta_insert_embed (delta, image, NULL);
  weft_delta_insert_embed (delta, image, NULL);
  weft_delta_delete (delta, 1);
  weft_delta_delete (delta, 0);
  weft_delta_delete (delta, 4);
  weft_delta_retain (delta, 9, bold);
  weft_delta_retain (delta, 9, NULL);

  g_assert_cmpuint (weft_delta_get_n_ops (delta), ==, 8);
  g_assert_cmpuint (weft_delta_get_op (delta, 1)->length, ==, 4);
  weft_delta_chop (delta);
  weft_delta_chop (delta);
  text = weft_delta_to_json (delta);
  g_assert_cmpstr (text, ==,
                   "[{\"retain\":5},{\"insert\":\"a\xf0\x9f\x98\x80z\",\"attributes\":{\"bold\":true}},{\"insert\":\"c\"},"
                   "{\"insert\":{\"image\":\"x\"}},{\"insert\":{\"image\":\"x\"}},{\"delete\":5},"
                   "{\"retain\":9,\"attributes\":{\"bold\":true}}]");
}

static void
test_values_join (void)
{
  g_autoptr(WeftDelta) delta = weft_delta_new ();
  g_autoptr(WeftAny) values = json ("[1,\"two\"]");
  g_autofree char *text = NULL;

  weft_delta_insert_values (delta, values);
  weft_delta_insert_values (delta, values);
  g_assert_cmpuint (weft_delta_get_n_ops (delta), ==, 1);
  g_assert_cmpuint (weft_delta_get_op (delta, 0)->length, ==, 4);
  g_assert_cmpuint (weft_any_get_n_items (values), ==, 2);
  text = weft_delta_to_json (delta);
  g_assert_cmpstr (text, ==, "[{\"insert\":[1,\"two\",1,\"two\"]}]");
}

static void
test_json_both_ways (void)
{
  static const char *const texts[] = {
    "[]",
    "[{\"retain\":1},{\"delete\":2},{\"insert\":\"x\\n\",\"attributes\":{\"header\":1}}]",
    "[{\"insert\":{\"image\":\"weft:asset/x\"},\"attributes\":{\"alt\":\"y\"}}]",
    "[{\"retain\":3,\"attributes\":{\"bold\":null}}]",
    "[{\"insert\":[1,{\"a\":[]}]}]",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(WeftDelta) delta = weft_delta_from_json (texts[i], -1, &error);
      g_autoptr(WeftDelta) again = NULL;
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      text = weft_delta_to_json (delta);
      g_assert_cmpstr (text, ==, texts[i]);
      again = weft_delta_from_json (text, -1, NULL);
      g_assert_true (weft_delta_equal (delta, again));
      weft_delta_delete (again, 1);
      g_assert_false (weft_delta_equal (delta, again));
    }
}

static void
test_json_reject (void)
{
  static const char *const texts[] = {
    "{}", "7", "[7]", "[{}]", "[{\"retain\":-1}]", "[{\"retain\":1.5}]", "[{\"retain\":\"1\"}]", "[{\"retain\":1e300}]",
    "[{\"insert\":\"a\",\"delete\":1}]", "[{\"insert\":\"a\",\"attributes\":7}]", "[",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (weft_delta_from_json (texts[i], -1, &error));
      g_assert_true (error->domain == WEFT_CRDT_ERROR);
    }
}

static void
test_many_pieces (void)
{
  g_autoptr(WeftDelta) delta = weft_delta_new ();

  for (guint i = 0; i < 100000; i++)
    weft_delta_insert_text (delta, "\xc3\xa9", 2, NULL);

  g_assert_cmpuint (weft_delta_get_n_ops (delta), ==, 1);
  g_assert_cmpuint (weft_delta_get_op (delta, 0)->length, ==, 100000);
  g_assert_cmpuint (weft_delta_get_op (delta, 0)->n_bytes, ==, 200000);
}

static void
test_utf16_length (void)
{
  g_assert_cmpuint (weft_utf16_length ("", 0), ==, 0);
  g_assert_cmpuint (weft_utf16_length ("a\0b", 3), ==, 3);
  g_assert_cmpuint (weft_utf16_length ("\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80", 9), ==, 4);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/crdt/delta/joins", test_joins);
  g_test_add_func ("/crdt/delta/values-join", test_values_join);
  g_test_add_func ("/crdt/delta/json", test_json_both_ways);
  g_test_add_func ("/crdt/delta/json-reject", test_json_reject);
  g_test_add_func ("/crdt/delta/many-pieces", test_many_pieces);
  g_test_add_func ("/crdt/delta/utf16-length", test_utf16_length);

  return g_test_run ();
}
