/* test-any.c - values, as lib0 writes them and as JSON.stringify prints them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-any-private.h"

#include "crdt/vectors.h"
#include "support/test-bytes.h"
#include "support/test-seed.h"

#include <math.h>
#include <string.h>
#include <time.h>

static GBytes *
encode (const WeftAny *value)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_any_write (value, &writer);
  return weft_writer_steal_bytes (&writer);
}

static WeftAny *
decode (GBytes  *bytes,
        GError **error)
{
  g_autoptr(WeftAny) value = NULL;
  WeftReader reader;

  weft_reader_init_bytes (&reader, bytes);
  value = weft_any_read (&reader);
  if (!weft_reader_finish (&reader, TRUE, error))
    return NULL;

  return g_steal_pointer (&value);
}

static void
test_numbers (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (vector_numbers); i++)
    {
      const VectorNumber *row = &vector_numbers[i];
      g_autoptr(WeftAny) value = NULL;
      g_autoptr(GBytes) bytes = NULL;
      g_autofree char *json = NULL;
      double number;

      memcpy (&number, &row->bits, sizeof number);
      value = weft_any_new_number (number);
      bytes = encode (value);
      test_assert_bytes_hex (bytes, row->hex);
      json = weft_any_to_json (value);
      g_assert_cmpstr (json, ==, row->json);

      if (isfinite (number))
        {
          g_autoptr(WeftAny) back = weft_any_from_json (json, -1, NULL);

          g_assert_true (weft_any_equal (value, back));
        }
    }
}

static void
test_values (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (vector_values); i++)
    {
      const VectorValue *row = &vector_values[i];
      g_autoptr(GBytes) bytes = test_bytes_from_hex (row->hex);
      g_autoptr(GError) error = NULL;
      g_autoptr(WeftAny) value = decode (bytes, &error);
      g_autoptr(WeftAny) again = NULL;
      g_autoptr(GBytes) written = NULL;
      g_autofree char *json = NULL;

      g_assert_no_error (error);
      json = weft_any_to_json (value);
      g_assert_cmpstr (json, ==, row->json);
      written = encode (value);
      test_assert_bytes_hex (written, row->hex);
      again = decode (written, &error);
      g_assert_true (weft_any_equal (value, again));

      for (gsize n = 0; n < g_bytes_get_size (bytes); n++)
        {
          g_autoptr(GBytes) prefix = g_bytes_new_from_bytes (bytes, 0, n);
          g_autoptr(GError) refused = NULL;

          g_assert_null (decode (prefix, &refused));
          g_assert_error (refused, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TRUNCATED);
        }
    }
}

static void
test_json (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (vector_jsons); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(WeftAny) value = weft_any_from_json (vector_jsons[i].json, -1, &error);
      g_autoptr(GBytes) bytes = NULL;

      g_assert_no_error (error);
      bytes = encode (value);
      test_assert_bytes_hex (bytes, vector_jsons[i].hex);
    }
}

/* Half of a pair: written again as it came, but never seen as text that is no UTF-8. */
static void
test_json_lone_surrogates (void)
{
  static const struct
  {
    const char *json, *normal, *seen;
  } rows[] = {
    { "\"\\ud800\"", "\"\\ud800\"", "\xef\xbf\xbd" },
    { "\"x\\uDC00y\"", "\"x\\udc00y\"", "x\xef\xbf\xbdy" },
    { "\"\\ud800\\u0041\"", "\"\\ud800A\"", "\xef\xbf\xbd" "A" },
    { "\"\\ud800\\ud83d\\ude00\"", "\"\\ud800\xf0\x9f\x98\x80\"", "\xef\xbf\xbd\xf0\x9f\x98\x80" },
    { "\"\xed\x9f\xbf\"", "\"\xed\x9f\xbf\"", "\xed\x9f\xbf" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(WeftAny) value = weft_any_from_json (rows[i].json, -1, NULL);
      g_autofree char *normal = weft_json_normalize (rows[i].json, strlen (rows[i].json));

      g_assert_nonnull (value);
      g_assert_cmpstr (weft_any_get_string (value), ==, rows[i].seen);
      g_assert_cmpstr (normal, ==, rows[i].normal);
    }
}

/* What lib0 loses when it reads an object, and the order in which JavaScript has keys. */
static void
test_object_as_javascript (void)
{
  static const guint8 wire[] = "v\2\11__proto__}\1\1a}\2";
  g_autoptr(WeftAny) value = NULL;
  g_autofree char *json = NULL;
  static const char unordered[] = "{\"4294967295\":1,\"a\":2,\"4294967294\":3,\"__proto__\":4}";
  g_autofree char *keys = weft_json_normalize (unordered, strlen (unordered));
  WeftReader reader;

  weft_reader_init (&reader, wire, sizeof wire - 1);
  value = weft_any_read (&reader);
  g_assert_false (reader.failed);
  json = weft_any_to_json (value);
  g_assert_cmpstr (json, ==, "{\"a\":2}");
  g_assert_cmpstr (keys, ==, "{\"4294967294\":3,\"4294967295\":1,\"a\":2,\"__proto__\":4}");
}

static void
test_json_reject (void)
{
  static const char *const bad[] = {
    "", " ", "nul", "nulll", "tru", "[1,]", "[,1]", "[1 2]", "[", "]", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
    "{a:1}", "'a'", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\n\"", "\"\t\"", "01", "-", "-a", "+1", "1.", ".5",
    "1e", "1e+", "0x10", "NaN", "Infinity", "1 1", "{} x",
    "\"\xff\"", "\"\xed\xa0\x80\"", "\xef\xbb\xbf{}", "undefined", "\v1",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(WeftAny) value = weft_any_from_json (bad[i], -1, &error);

      if (value != NULL)
        g_test_message ("was taken: %s", bad[i]);
      g_assert_null (value);
      g_assert_true (error->domain == WEFT_CRDT_ERROR);
    }

  /* A U+0000 between tokens is no white space. */
  g_assert_null (weft_any_from_json ("1\0", 2, NULL));
}

/* Whoever only looks at JSON takes and refuses what the parser takes and refuses, for the same reasons. */
static void
test_json_check (void)
{
  static const char *const texts[] = {
    "{\"user\":{\"name\":\"Ad\xc3\xa4\",\"color\":\"#30bced\"},\"cursor\":{\"x\":-12.5e+3,\"y\":0}}",
    " [ 1 , [ ] , { } , true , false , null , \"\\ud83d\\u00e9\\n\\\\\" , 1E-9 , 1e999 ] ",
    "{\"a\":1,\"a\":2}", "\"\"", "-0.5",
  };
  static const char replacements[] = "{}[]\",:\\u0e.-+ \n\x01\xc3tn";
  guint n_taken = 0;
  guint n_refused = 0;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      gsize size = strlen (texts[i]);

      for (guint j = 0; j < 4000; j++)
        {
          g_autofree char *text = g_memdup2 (texts[i], size + 1);
          gsize length = j % 4 == 1 ? (gsize) g_test_rand_int_range (0, (gint32) size + 1) : size;
          g_autoptr(GError) expected = NULL;
          g_autoptr(GError) error = NULL;
          g_autoptr(WeftAny) value = NULL;
          gboolean ok;

          for (guint k = 0; k < j % 4; k++)
            text[g_test_rand_int_range (0, (gint32) size)] =
              replacements[g_test_rand_int_range (0, sizeof replacements)];
          value = weft_any_from_json (text, (gssize) length, &expected);
          ok = weft_any_check_json (text, length, &error);

          g_assert_cmpint (ok, ==, value != NULL);
          if (!ok)
            g_assert_cmpstr (error->message, ==, expected->message);
          n_taken += ok;
          n_refused += !ok;
        }
    }

  g_assert_cmpuint (n_taken, >, 1000);
  g_assert_cmpuint (n_refused, >, 1000);
}

static void
test_any_reject (void)
{
  static const struct
  {
    const char   *hex;
    WeftCrdtError code;
  } bad[] = {
    { "00", WEFT_CRDT_ERROR_UNSUPPORTED },
    { "73", WEFT_CRDT_ERROR_UNSUPPORTED },
    { "80", WEFT_CRDT_ERROR_UNSUPPORTED },
    { "7501", WEFT_CRDT_ERROR_TRUNCATED },
    { "75ffffffff0f7e", WEFT_CRDT_ERROR_TRUNCATED },
    { "76ffffffffffffff0f7e", WEFT_CRDT_ERROR_TRUNCATED },
    { "7702c328", WEFT_CRDT_ERROR_MALFORMED },
    { "7e7e", WEFT_CRDT_ERROR_MALFORMED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(GBytes) bytes = test_bytes_from_hex (bad[i].hex);
      g_autoptr(GError) error = NULL;

      g_assert_null (decode (bytes, &error));
      g_assert_error (error, WEFT_CRDT_ERROR, (int) bad[i].code);
    }
}

static void
test_deep (void)
{
  GString *json = g_string_new (NULL);
  GByteArray *bytes = g_byte_array_new ();
  g_autoptr(GBytes) deep = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftAny) value = NULL;

  for (guint i = 0; i < 100000; i++)
    {
      g_string_append_c (json, '[');
      g_byte_array_append (bytes, (const guint8 *) "\x75\x01", 2);
    }
  deep = g_byte_array_free_to_bytes (bytes);

  g_assert_null (weft_any_from_json (json->str, -1, &error));
  g_assert_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_assert_false (weft_any_check_json (json->str, json->len, &error));
  g_assert_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_assert_null (decode (deep, &error));
  g_assert_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE);

  /* As deep as it may be. */
  g_string_truncate (json, WEFT_MAX_DEPTH);
  for (guint i = 0; i < WEFT_MAX_DEPTH; i++)
    g_string_append_c (json, ']');
  value = weft_any_from_json (json->str, -1, NULL);
  g_assert_nonnull (value);
  g_assert_true (weft_any_check_json (json->str, json->len, NULL));
  g_string_free (json, TRUE);
}

static void
test_object (void)
{
  g_autoptr(WeftAny) object = weft_any_new_object ();
  g_autoptr(WeftAny) same = weft_any_new_object ();
  g_autofree char *json = NULL;

  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *key = g_strdup_printf ("k%u", i * 7919 % 100);

      weft_any_object_take (object, key, weft_any_new_number (i));
    }
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *key = g_strdup_printf ("k%u", i);

      weft_any_object_take (object, key, weft_any_new_number (i));
      weft_any_object_take (same, key, weft_any_new_number (i));
      g_assert_cmpfloat (weft_any_get_number (weft_any_lookup (object, key)), ==, i);
    }
  g_assert_cmpuint (weft_any_get_n_items (object), ==, 100);
  g_assert_cmpstr (weft_any_get_key (object, 1), ==, "k19");
  g_assert_true (weft_any_equal (object, same));
  g_assert_null (weft_any_lookup (object, "k100"));
  weft_any_object_take (same, "k5", weft_any_new_null ());
  g_assert_false (weft_any_equal (object, same));
}

/* Many keys, all but one repeated, in an order that is bad for sorting late. */
static void
test_object_hostile (void)
{
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(WeftAny) value = NULL;
  WeftWriter writer;
  clock_t start = clock ();

  weft_writer_init (&writer);
  weft_writer_put_byte (&writer, 118);
  weft_writer_put_varuint (&writer, 400000);
  for (guint i = 0; i < 400000; i++)
    {
      g_autofree char *key = g_strdup_printf ("%u", (400000 - i) / 2);

      weft_writer_put_string (&writer, key, -1);
      weft_writer_put_byte (&writer, 126);
    }
  bytes = weft_writer_steal_bytes (&writer);
  value = decode (bytes, NULL);
  g_assert_cmpuint (weft_any_get_n_items (value), ==, 200001);
  g_assert_cmpstr (weft_any_get_key (value, 0), ==, "0");
  g_assert_cmpstr (weft_any_get_key (value, 200000), ==, "200000");
  g_assert_cmpint ((clock () - start) / CLOCKS_PER_SEC, <, 20);
}

/* An object that grows member by member is the one that JSON with the same members makes, whatever the keys. */
static void
test_object_take (void)
{
  for (guint round = 0; round < 40; round++)
    {
      g_autoptr(WeftAny) taken = weft_any_new_object (), parsed = NULL;
      g_autoptr(GString) json = g_string_new ("{");
      g_autoptr(GError) error = NULL;
      g_autofree char *a = NULL, *b = NULL;
      guint n = round == 0 ? 30000 : (guint) g_test_rand_int_range (0, 60);
      guint n_keys = round == 0 ? 20000 : 40;

      for (guint i = 0; i < n; i++)
        {
          guint which = g_test_rand_int_range (0, n_keys);
          g_autofree char *key = g_strdup_printf (which % 4 == 0 && round > 0 ? "%u" : "key %u", which);

          weft_any_object_take (taken, key, weft_any_new_number (i));
          g_string_append_printf (json, "%s\"%s\":%u", i > 0 ? "," : "", key, i);
          g_assert_cmpfloat (weft_any_get_number (weft_any_lookup (taken, key)), ==, i);
        }
      g_string_append_c (json, '}');
      g_assert_null (weft_any_lookup (taken, "none"));
      parsed = weft_any_from_json (json->str, json->len, &error);
      g_assert_no_error (error);
      g_assert_true (weft_any_equal (taken, parsed));
      a = weft_any_to_json (taken);
      b = weft_any_to_json (parsed);
      g_assert_cmpstr (a, ==, b);
    }
}

/* What was read keeps its values in one place; whoever holds one of them may let the rest go. */
static void
test_held_values (void)
{
  const char *json = "{\"list\":[1,2.5,\"three\",true,null,[\"four\"]],\"name\":\"a name\",\"1\":{\"deep\":\"value\"}}";
  g_autofree char *large = g_strnfill (20000, 'y');
  g_autoptr(WeftAny) value = weft_any_from_json (json, -1, NULL), other = weft_any_new_array (), read = NULL;
  WeftAny *list, *held[3];
  WeftWriter writer;
  WeftReader reader;

  weft_any_object_take (value, "large", weft_any_new_string (large));
  weft_writer_init (&writer);
  weft_any_write (value, &writer);
  weft_reader_init (&reader, writer.data, writer.size);
  read = weft_any_read (&reader);
  g_assert_false (reader.failed);
  g_assert_true (weft_any_equal (read, value));

  held[0] = weft_any_ref ((WeftAny *) weft_any_lookup (read, "name"));
  list = weft_any_ref ((WeftAny *) weft_any_lookup (read, "list"));
  held[1] = weft_any_ref ((WeftAny *) weft_any_get_item (list, 2));
  held[2] = weft_any_ref ((WeftAny *) weft_any_lookup (weft_any_lookup (read, "1"), "deep"));
  weft_any_object_take (read, "name", weft_any_ref ((WeftAny *) weft_any_get_item (list, 0)));
  weft_any_object_take (read, "more", weft_any_new_number (7));
  g_assert_cmpfloat (weft_any_get_number (weft_any_lookup (read, "name")), ==, 1);
  weft_any_array_take (other, weft_any_ref ((WeftAny *) weft_any_lookup (read, "more")));
  weft_any_array_take (other, weft_any_ref (held[1]));
  weft_any_unref (g_steal_pointer (&read));
  weft_any_unref (list);

  g_assert_cmpstr (weft_any_get_string (held[0]), ==, "a name");
  g_assert_cmpstr (weft_any_get_string (held[1]), ==, "three");
  g_assert_cmpstr (weft_any_get_string (held[2]), ==, "value");
  for (guint i = 0; i < G_N_ELEMENTS (held); i++)
    weft_any_unref (held[i]);
  g_assert_cmpfloat (weft_any_get_number (weft_any_get_item (other, 0)), ==, 7);
  g_assert_cmpstr (weft_any_get_string (weft_any_get_item (other, 1)), ==, "three");
  weft_writer_clear (&writer);
}

int
main (int    argc,
      char **argv)
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/crdt/any/numbers-as-javascript", test_numbers);
  g_test_add_func ("/crdt/any/values-as-lib0", test_values);
  g_test_add_func ("/crdt/any/json-as-javascript", test_json);
  g_test_add_func ("/crdt/any/json-reject", test_json_reject);
  g_test_add_func ("/crdt/any/json-check", test_json_check);
  g_test_add_func ("/crdt/any/reject", test_any_reject);
  g_test_add_func ("/crdt/any/deep", test_deep);
  g_test_add_func ("/crdt/any/object", test_object);
  g_test_add_func ("/crdt/any/object-hostile", test_object_hostile);

  g_test_add_func ("/crdt/any/json/half-of-a-pair-is-kept", test_json_lone_surrogates);
  g_test_add_func ("/crdt/any/object/keys-are-those-of-javascript", test_object_as_javascript);
  g_test_add_func ("/crdt/any/object-take", test_object_take);
  g_test_add_func ("/crdt/any/held-values", test_held_values);

  return g_test_run ();
}
