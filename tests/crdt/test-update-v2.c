/* test-update-v2.c - the second update format: there and back, and what it may not do
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * That the bytes are those of Yjs is shown with real Yjs by tests/node/crdt/weft-doc.mjs.
 */

#include "config.h"

#include "crdt/weft-doc.h"
#include "crdt/weft-type.h"
#include "crdt/weft-writer.h"
#include "support/test-bytes.h"
#include "support/test-seed.h"

#include <string.h>
#include <time.h>

static const char *const words[] = { "Hello ", "w\303\266rld", "\360\237\230\200\360\237\230\200", "\n", "x" };

static WeftAny *
make_attributes (void)
{
  WeftAny *attributes = weft_any_new_object ();

  weft_any_object_take (attributes, g_test_rand_int_range (0, 2) ? "bold" : "link",
                        g_test_rand_int_range (0, 3) ? weft_any_new_boolean (TRUE) : weft_any_new_null ());

  return attributes;
}

static void
edit (WeftDoc *doc)
{
  WeftType *text = weft_doc_get_text (doc, "t"), *map = weft_doc_get_map (doc, "m"),
           *array = weft_doc_get_array (doc, "a");
  guint64 length = weft_type_get_length (text);
  guint64 at = length > 0 ? (guint64) g_test_rand_int_range (0, length) : 0;
  g_autoptr(WeftAny) attributes = make_attributes (), value = weft_any_new_number (g_test_rand_int_range (-9, 9)),
                     values = weft_any_new_array ();
  g_autoptr(GBytes) bytes = g_bytes_new_static ("\0\1", 2);

  switch (g_test_rand_int_range (0, 9))
    {
    case 0:
    case 1:
    case 2:
      weft_text_insert (text, at, words[g_test_rand_int_range (0, G_N_ELEMENTS (words))], -1, NULL);
      break;
    case 3:
      weft_text_delete (text, at, MIN (3, length - at));
      break;
    case 4:
      weft_text_format (text, at, MIN (4, length - at), attributes);
      break;
    case 5:
      weft_map_set (map, words[g_test_rand_int_range (0, 3)], value);
      break;
    case 6:
      weft_text_insert_embed (text, at, value, NULL);
      break;
    case 7:
      weft_any_array_take (values, weft_any_new_string ("value"));
      weft_any_array_take (values, weft_any_new_bytes (bytes));
      weft_any_array_take (values, weft_any_new_undefined ());
      weft_array_insert (array, 0, values);
      break;
    default:
      weft_array_insert_named (array, 0, WEFT_KIND_XML_ELEMENT, "p");
    }
}

/* What some peers wrote at the same time. */
static WeftDoc *
make_document (void)
{
  WeftDocOptions options = { .gc = g_test_rand_int_range (0, 2) };
  WeftDoc *doc = weft_doc_new_with_options (g_test_rand_int_range (1, 100000), &options);

  for (guint peer = 0; peer < 3; peer++)
    {
      g_autoptr(WeftDoc) other = weft_doc_new_with_options (200000 + peer, &options);
      g_autoptr(GBytes) update = weft_doc_encode_state (doc);

      g_assert_true (weft_doc_apply_update (other, update, NULL, NULL));
      for (guint i = 0; i < 12; i++)
        {
          g_autoptr(GBytes) back = NULL;

          edit (i % 2 ? other : doc);
          back = weft_doc_encode_state (other);
          g_assert_true (weft_doc_apply_update (doc, back, NULL, NULL));
        }
    }

  return doc;
}

static void
assert_state (WeftDoc *doc,
              GBytes  *expected)
{
  g_autoptr(GBytes) state = weft_doc_encode_state (doc);
  g_autoptr(GError) error = NULL;

  weft_doc_validate (doc, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (state, NULL), g_bytes_get_size (state),
                   g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
}

static void
test_there_and_back (void)
{
  for (guint i = 0; i < 60; i++)
    {
      g_autoptr(WeftDoc) doc = make_document (), again = weft_doc_new ();
      g_autoptr(GBytes) v1 = weft_doc_encode_state (doc), v2 = weft_doc_encode_state_v2 (doc);
      g_autoptr(GBytes) there = weft_update_convert (v1, WEFT_UPDATE_V2, NULL), twice = NULL;
      g_autoptr(GBytes) back = weft_update_convert (there, WEFT_UPDATE_V1, NULL);
      g_autoptr(GError) error = NULL;

      g_assert_true (weft_doc_apply_update_v2 (again, v2, NULL, &error));
      g_assert_no_error (error);
      assert_state (again, v1);
      twice = weft_update_convert (back, WEFT_UPDATE_V2, NULL);
      g_assert_true (g_bytes_equal (there, twice));
    }
}

/* The same as through the first format. */
static void
test_diff (void)
{
  for (guint i = 0; i < 30; i++)
    {
      g_autoptr(WeftDoc) doc = make_document (), first = weft_doc_new (), second = weft_doc_new ();
      g_autoptr(GBytes) before = weft_doc_encode_state (doc), before_v2 = weft_doc_encode_state_v2 (doc),
                        diff = NULL, diff_v2 = NULL, state = NULL;
      g_autoptr(WeftStateVector) state_vector = weft_doc_get_state_vector (doc);

      for (guint j = 0; j < 10; j++)
        edit (doc);
      diff = weft_doc_encode_diff (doc, state_vector);
      diff_v2 = weft_doc_encode_diff_v2 (doc, state_vector);
      g_assert_true (weft_doc_apply_update (first, before, NULL, NULL));
      g_assert_true (weft_doc_apply_update (first, diff, NULL, NULL));
      g_assert_true (weft_doc_apply_update_v2 (second, before_v2, NULL, NULL));
      g_assert_true (weft_doc_apply_update_v2 (second, diff_v2, NULL, NULL));
      state = weft_doc_encode_state (first);
      assert_state (second, state);
    }
}

/* Refused, and the document as it was; or applied, and whole. */
static void
try_bytes (GBytes *base,
           GBytes *bytes)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(GBytes) converted = NULL;
  g_autoptr(GError) error = NULL, broken = NULL;

  g_assert_true (weft_doc_apply_update (doc, base, NULL, NULL));
  if (!weft_doc_apply_update_v2 (doc, bytes, NULL, &error))
    {
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, " at byte "));
      assert_state (doc, base);
      /* Converting looks at the bytes alone, and may take what no document does. */
      return;
    }
  weft_doc_validate (doc, &broken);
  g_assert_no_error (broken);
  converted = weft_update_convert (bytes, WEFT_UPDATE_V1, NULL);
  g_assert_nonnull (converted);
}

static void
test_prefixes (void)
{
  g_autoptr(WeftDoc) doc = make_document (), empty = weft_doc_new ();
  g_autoptr(GBytes) update = weft_doc_encode_state_v2 (doc), base = weft_doc_encode_state (empty);

  for (gsize i = 0; i < g_bytes_get_size (update); i++)
    {
      g_autoptr(GBytes) prefix = g_bytes_new_from_bytes (update, 0, i);

      g_assert_null (weft_update_convert (prefix, WEFT_UPDATE_V1, NULL));
      try_bytes (base, prefix);
    }
}

static void
test_flips (void)
{
  guint n = g_test_slow () ? 200 : 12;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr(WeftDoc) doc = make_document (), part = make_document ();
      g_autoptr(GBytes) update = weft_doc_encode_state_v2 (doc), base = weft_doc_encode_state (part);

      for (guint j = 0; j < 300; j++)
        {
          gsize size = g_bytes_get_size (update);
          guint8 *data = g_memdup2 (g_bytes_get_data (update, NULL), size);
          g_autoptr(GBytes) bytes = NULL;

          for (int k = g_test_rand_int_range (1, 4); k > 0; k--)
            data[g_test_rand_int_range (0, size)] ^= 1 << g_test_rand_int_range (0, 8);
          bytes = g_bytes_new_take (data, size);
          try_bytes (base, bytes);
        }
    }
}

static void
put_columns (WeftWriter *writer,
             const char *columns[9],
             const gsize sizes[9])
{
  weft_writer_put_byte (writer, 0);
  for (guint i = 0; i < 9; i++)
    weft_writer_put_buffer (writer, columns[i], sizes[i]);
}

typedef struct
{
  const char *path;
  const char *info;
  gsize       n_info;
} Bomb;

/* 2^31 structs in forty bytes: each column repeats one value. */
static void
test_bomb (gconstpointer data)
{
  const Bomb *bomb = data;
  static const char many[] = "\x41\xff\xff\xff\xff\x07";
  const char *columns[9] = { many, many, many, many, bomb->info, "\0\x40\xff\xff\xff\xff\x07", "\1", many, many };
  const gsize sizes[9] = { 6, 6, 6, 6, 1, 7, 1, 6, 6 };
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = NULL;
  WeftWriter writer;
  clock_t start = clock ();

  weft_writer_init (&writer);
  put_columns (&writer, columns, sizes);
  weft_writer_put_byte (&writer, 1);
  weft_writer_put_varuint (&writer, G_GUINT64_CONSTANT (1) << 31);
  weft_writer_put_raw (&writer, "\0\0", 2);
  bytes = weft_writer_steal_bytes (&writer);
  g_assert_cmpint (g_bytes_get_size (bytes), <, 80);
  g_assert_false (weft_doc_apply_update_v2 (doc, bytes, NULL, &error));
  g_assert_nonnull (error);
  /* Of the processor, whatever else the machine does */
  g_assert_cmpint (clock () - start, <, CLOCKS_PER_SEC);
}

static const Bomb bombs[] = {
  { "/crdt/update-v2/bomb/collected", "\0", 1 },
  { "/crdt/update-v2/bomb/deleted", "\1", 1 },
  { "/crdt/update-v2/bomb/deleted-with-origins", "\xc1", 1 },
  { "/crdt/update-v2/bomb/strings", "\4", 1 },
  { "/crdt/update-v2/bomb/types", "\7", 1 },
  { "/crdt/update-v2/bomb/formats", "\6", 1 },
  { "/crdt/update-v2/bomb/skips", "\12", 1 },
};

/* Writes an embed and a mark of @number and of values that no JSON gives back. (transfer full): the update of it */
static GBytes *
write_unusual (WeftDoc *doc,
               double   number)
{
  g_autoptr(WeftStateVector) before = weft_doc_get_state_vector (doc);
  g_autoptr(WeftAny) embed = weft_any_new_object (), attributes = weft_any_new_object ();
  g_autoptr(GBytes) bytes = g_bytes_new_static ("\0\377", 2);

  weft_any_object_take (embed, "nothing", weft_any_new_undefined ());
  weft_any_object_take (embed, "number", weft_any_new_number (number));
  weft_any_object_take (embed, "bytes", weft_any_new_bytes (bytes));
  weft_any_object_take (embed, "large", weft_any_new_bigint (G_MAXINT64));
  weft_any_object_take (attributes, "mark", weft_any_ref (embed));
  weft_text_insert_embed (weft_doc_get_text (doc, "t"), 0, embed, attributes);

  return weft_doc_encode_diff_v2 (doc, before);
}

/* What waits for others comes out, and in, as it came. */
static void
test_waiting (void)
{
  static const double numbers[] = { -0.0, G_MAXDOUBLE * 2, 1.5 };
  g_autoptr(GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(WeftDoc) doc = weft_doc_new (), late = weft_doc_new (), later = weft_doc_new ();
  g_autoptr(GBytes) state = NULL, waiting = NULL, first_format = NULL, whole = NULL, again = NULL;
  g_autoptr(GBytes) plain = NULL, plain_again = NULL, none = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_ptr_array_add (updates, write_unusual (doc, numbers[i]));
  state = weft_doc_encode_state_v2 (doc);
  plain = weft_doc_encode_state (doc);

  for (guint i = updates->len - 1; i > 0; i--)
    g_assert_true (weft_doc_apply_update_v2 (late, updates->pdata[i], NULL, NULL));
  g_assert_true (weft_doc_has_pending (late));

  /* In the first format it is what JSON makes of it, and well-formed. */
  waiting = weft_doc_encode_state_v2 (late);
  first_format = weft_doc_encode_state (late);
  none = weft_update_convert (waiting, WEFT_UPDATE_V1, NULL);
  g_assert_true (g_bytes_equal (first_format, none));

  g_assert_true (weft_doc_apply_update_v2 (later, waiting, NULL, NULL));
  g_assert_true (weft_doc_apply_update_v2 (late, updates->pdata[0], NULL, NULL));
  g_assert_true (weft_doc_apply_update_v2 (later, updates->pdata[0], NULL, NULL));
  whole = weft_doc_encode_state_v2 (late);
  again = weft_doc_encode_state_v2 (later);
  plain_again = weft_doc_encode_state (later);
  g_assert_false (weft_doc_has_pending (late) || weft_doc_has_pending (later));
  g_assert_true (g_bytes_equal (whole, state));
  g_assert_true (g_bytes_equal (again, state));
  g_assert_true (g_bytes_equal (plain_again, plain));
}

/* A client that has written 2^40 units and more, in both formats as Yjs writes them: no document has room for it, but
 * converting needs none. */
static void
test_beyond_documents (void)
{
  static const char first[] = "0102010000808080808020040101740361626301010181808080802001";
  static const char second[] = "0000010100000300000407047461626301030101000680808080804001020001010181808080802000";
  g_autoptr(GBytes) v1 = test_bytes_from_hex (first), v2 = test_bytes_from_hex (second);
  g_autoptr(GBytes) to_v1 = weft_update_convert (v2, WEFT_UPDATE_V1, NULL);
  g_autoptr(GBytes) to_v2 = weft_update_convert (v1, WEFT_UPDATE_V2, NULL), empty = NULL, state = NULL;
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(GError) error = NULL;

  g_assert_true (to_v1 != NULL && g_bytes_equal (to_v1, v1));
  g_assert_true (to_v2 != NULL && g_bytes_equal (to_v2, v2));

  empty = weft_doc_encode_state (doc);
  g_assert_false (weft_doc_apply_update (doc, v1, NULL, &error));
  g_assert_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_assert_false (weft_doc_apply_update_v2 (doc, v2, NULL, &error));
  g_assert_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE);
  state = weft_doc_encode_state (doc);
  g_assert_true (g_bytes_equal (state, empty));
}

/* @n collected structs of a client, all of which wait. */
static GBytes *
make_waiting (WeftClientId client,
              guint        n)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, 1);
  weft_writer_put_varuint (&writer, n);
  weft_writer_put_varuint (&writer, client);
  weft_writer_put_varuint (&writer, 10);
  for (guint i = 0; i < n; i++)
    weft_writer_put_raw (&writer, "\0\1", 2);
  weft_writer_put_byte (&writer, 0);

  return weft_writer_steal_bytes (&writer);
}

/* What waits may be more than anybody could read in the second format, for so few bytes: it is written all the same. */
static void
test_much_waits (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(GBytes) first = make_waiting (5, 250000), second = make_waiting (7, 250000), state = NULL, back = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (weft_doc_apply_update (doc, first, NULL, NULL) && weft_doc_apply_update (doc, second, NULL, NULL));
  state = weft_doc_encode_state_v2 (doc);
  g_assert_cmpuint (g_bytes_get_size (state), <, 100);
  back = weft_doc_encode_state (doc);
  g_assert_cmpuint (g_bytes_get_size (back), >, 1000000);
  g_assert_false (weft_doc_apply_update_v2 (doc, state, NULL, &error));
  g_assert_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE);
}

/* Numbers in contents that take a byte more than they need are written as Yjs writes them; a client waits, the other
 * does not. */
static void
test_overlong (void)
{
  static const struct
  {
    const char *content, *written;
  } all[] = {
    { "0301016181 00ff", "0301016101ff" },           { "0501016181 0031", "050101610131" },
    { "020101618100810031", "02010161010131" },      { "09010161810061 768000", "09010161016176 00" },
    { "0801016101758000", "080101610175 00" },       { "080101610175 81007e", "0801016101 75017e" },
    { "080101610176 8100810061 7e", "0801016101 760101617e" }, { "080101610177 810061", "0801016101 770161" },
    { "0801016101748100ff", "08010161017401ff" },    { "0601016181006281 0031", "06010161016201 31" },
    { "28010161016b0177 810061", "28010161016b01770161" }, { "23010161016b 8100ff", "23010161016b01ff" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    for (guint clock = 0; clock < 2; clock++)
      {
        g_autoptr(GString) text = g_string_new (NULL), wanted = g_string_new (NULL);
        g_autoptr(GBytes) bytes = NULL, expected = NULL, state = NULL;
        g_autoptr(WeftDoc) doc = weft_doc_new ();

        g_string_printf (text, "010101%02x%s00", clock, all[i].content);
        g_string_printf (wanted, "010101%02x%s00", clock, all[i].written);
        g_string_replace (text, " ", "", 0);
        g_string_replace (wanted, " ", "", 0);
        bytes = test_bytes_from_hex (text->str);
        expected = test_bytes_from_hex (wanted->str);
        g_assert_true (weft_doc_apply_update (doc, bytes, NULL, NULL));
        g_assert_true (weft_doc_has_pending (doc) == (clock > 0));
        state = weft_doc_encode_state (doc);
        g_assert_true (g_bytes_equal (state, expected));
      }
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/crdt/update-v2/there-and-back", test_there_and_back);
  g_test_add_func ("/crdt/update-v2/diff", test_diff);
  g_test_add_func ("/crdt/update-v2/every-prefix-is-refused", test_prefixes);
  g_test_add_func ("/crdt/update-v2/flipped-bits-hurt-nothing", test_flips);
  g_test_add_func ("/crdt/update-v2/what-waits-loses-nothing", test_waiting);
  g_test_add_func ("/crdt/update-v2/more-than-documents-hold", test_beyond_documents);
  g_test_add_func ("/crdt/update-v2/more-waits-than-can-be-read", test_much_waits);
  g_test_add_func ("/crdt/update-v2/numbers-with-bytes-too-many", test_overlong);
  for (guint i = 0; i < G_N_ELEMENTS (bombs); i++)
    g_test_add_data_func (bombs[i].path, &bombs[i], test_bomb);

  return g_test_run ();
}
