/* test-encoding.c - the lib0 encoding, state vectors and delete sets
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-delete-set.h"
#include "crdt/weft-reader.h"
#include "crdt/weft-state-vector.h"
#include "crdt/weft-writer.h"

#include "crdt/vectors.h"
#include "support/test-bytes.h"
#include "support/test-seed.h"

#include <string.h>

static void
test_varuint (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (vector_varuints); i++)
    {
      const VectorInteger *row = &vector_varuints[i];
      g_autoptr(GBytes) bytes = test_bytes_from_hex (row->hex);
      g_autoptr(GBytes) written = NULL;
      g_autoptr(GError) error = NULL;
      WeftReader reader;
      WeftWriter writer;

      weft_reader_init_bytes (&reader, bytes);
      g_assert_cmpuint (weft_reader_get_varuint (&reader), ==, (guint64) row->value);
      g_assert_true (weft_reader_finish (&reader, TRUE, &error));
      g_assert_no_error (error);

      weft_writer_init (&writer);
      weft_writer_put_varuint (&writer, (guint64) row->value);
      written = weft_writer_steal_bytes (&writer);
      test_assert_bytes_hex (written, row->hex);
    }
}

/* Byte by byte; at most eight bytes, whatever they say. %FALSE: none that fits in 53 bits. */
static gboolean
read_slowly (const guint8 *data,
             gsize         size,
             guint64      *number,
             gsize        *n_read)
{
  *number = 0;
  for (gsize i = 0; i < MIN (size, 8); i++)
    {
      *number |= (guint64) (data[i] & 0x7f) << (7 * i);
      *n_read = i + 1;
      if (data[i] < 0x80)
        return *number <= WEFT_MAX_SAFE_INTEGER;
    }

  return FALSE;
}

/* Numbers of any length, also longer than they need to be, with more bytes behind them or none. */
static void
test_varuint_random (void)
{
  g_autoptr(GRand) dice = g_rand_new_with_seed (53);

  for (guint round = 0; round < 20000; round++)
    {
      guint8 bytes[24];
      gsize size = g_rand_int_range (dice, 1, sizeof bytes), n_read = 0;
      guint length = g_rand_int_range (dice, 1, 10);
      g_autofree guint8 *data = NULL;
      guint64 number;
      WeftReader reader;

      for (guint i = 0; i < sizeof bytes; i++)
        bytes[i] = (guint8) g_rand_int (dice) | (i + 1 < length ? 0x80 : 0);
      bytes[length - 1] &= 0x7f;
      /* Where it ends, nothing else may be read. */
      data = g_memdup2 (bytes, size);
      weft_reader_init (&reader, data, size);
      if (read_slowly (data, size, &number, &n_read))
        {
          g_assert_cmpuint (weft_reader_get_varuint (&reader), ==, number);
          g_assert_false (reader.failed);
          g_assert_cmpuint (reader.pos, ==, n_read);
        }
      else
        {
          g_assert_cmpuint (weft_reader_get_varuint (&reader), ==, 0);
          g_assert_true (reader.failed);
        }
    }
}

static void
test_varint (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (vector_varints); i++)
    {
      const VectorInteger *row = &vector_varints[i];
      g_autoptr(GBytes) bytes = test_bytes_from_hex (row->hex);
      g_autoptr(GBytes) written = NULL;
      g_autoptr(GError) error = NULL;
      gboolean negative_zero;
      WeftReader reader;
      WeftWriter writer;

      weft_reader_init_bytes (&reader, bytes);
      g_assert_cmpint (weft_reader_get_varint (&reader, &negative_zero), ==, row->value);
      g_assert_cmpint (negative_zero, ==, row->negative_zero);
      g_assert_true (weft_reader_finish (&reader, TRUE, &error));
      g_assert_no_error (error);

      weft_writer_init (&writer);
      weft_writer_put_varint (&writer, row->value, row->negative_zero);
      written = weft_writer_steal_bytes (&writer);
      test_assert_bytes_hex (written, row->hex);
    }
}

static void
test_string (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (vector_strings); i++)
    {
      const VectorString *row = &vector_strings[i];
      g_autoptr(GBytes) text = test_bytes_from_hex (row->text_hex);
      g_autoptr(GBytes) bytes = test_bytes_from_hex (row->hex);
      g_autoptr(GBytes) written = NULL;
      WeftReader reader;
      WeftWriter writer;
      gsize n_bytes;
      const char *read;

      weft_reader_init_bytes (&reader, bytes);
      read = weft_reader_get_string (&reader, &n_bytes);
      g_assert_false (reader.failed);
      g_assert_cmpmem (read, n_bytes, g_bytes_get_data (text, NULL), g_bytes_get_size (text));

      weft_writer_init (&writer);
      weft_writer_put_string (&writer, n_bytes > 0 ? read : "", (gssize) n_bytes);
      written = weft_writer_steal_bytes (&writer);
      test_assert_bytes_hex (written, row->hex);
    }
}

typedef struct
{
  const char   *path;
  const char   *hex;
  WeftCrdtError code;
} BadNumber;

static const BadNumber bad_numbers[] = {
  { "/crdt/encoding/reject/nothing", "", WEFT_CRDT_ERROR_TRUNCATED },
  { "/crdt/encoding/reject/cut-in-number", "ff", WEFT_CRDT_ERROR_TRUNCATED },
  { "/crdt/encoding/reject/cut-late-in-number", "ffffffffffffff", WEFT_CRDT_ERROR_TRUNCATED },
  { "/crdt/encoding/reject/54-bits", "ffffffffffffff1f", WEFT_CRDT_ERROR_MALFORMED },
  { "/crdt/encoding/reject/over-long", "808080808080808000", WEFT_CRDT_ERROR_MALFORMED },
  { "/crdt/encoding/reject/endless", "ffffffffffffffffffffffffffff", WEFT_CRDT_ERROR_MALFORMED },
};

static void
test_reject_number (gconstpointer data)
{
  const BadNumber *row = data;
  g_autoptr(GBytes) bytes = test_bytes_from_hex (row->hex);
  g_autoptr(GError) error = NULL;
  WeftReader reader;

  weft_reader_init_bytes (&reader, bytes);
  g_assert_cmpuint (weft_reader_get_varuint (&reader), ==, 0);
  g_assert_true (reader.failed);
  /* Sticky: nothing can be read any more, and the first reason stands. */
  g_assert_cmpuint (weft_reader_get_byte (&reader), ==, 0);
  weft_reader_fail (&reader, WEFT_CRDT_ERROR_UNSUPPORTED, "later");
  g_assert_false (weft_reader_finish (&reader, FALSE, &error));
  g_assert_error (error, WEFT_CRDT_ERROR, (int) row->code);
}

static void
test_reject_string (void)
{
  static const char *const bad[] = { "02c328", "03eda080", "02c0af", "04f4908080", "01ff", "0261", "01" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(GBytes) bytes = test_bytes_from_hex (bad[i]);
      WeftReader reader;
      gsize n_bytes;

      weft_reader_init_bytes (&reader, bytes);
      weft_reader_get_string (&reader, &n_bytes);
      g_assert_true (reader.failed);
      g_assert_cmpuint (n_bytes, ==, 0);
    }
}

static void
test_reject_count (void)
{
  g_autoptr(GBytes) bytes = test_bytes_from_hex ("04aabbccddee");
  WeftReader reader;

  weft_reader_init_bytes (&reader, bytes);
  g_assert_cmpuint (weft_reader_get_count (&reader, 1), ==, 4);
  weft_reader_init_bytes (&reader, bytes);
  g_assert_cmpuint (weft_reader_get_count (&reader, 2), ==, 0);
  g_assert_true (reader.failed);
  g_assert_cmpint (reader.code, ==, WEFT_CRDT_ERROR_TRUNCATED);
}

static void
test_name_without_nul (void)
{
  g_autoptr(GBytes) bytes = test_bytes_from_hex ("03610062");
  g_autofree char *name = NULL;
  WeftReader reader;

  weft_reader_init_bytes (&reader, bytes);
  name = weft_reader_dup_string (&reader);
  g_assert_cmpstr (name, ==, "");
  g_assert_true (reader.failed);
}

static void
test_writer_grows (void)
{
  g_autoptr(GBytes) bytes = NULL;
  const guint8 *data;
  WeftWriter writer;

  weft_writer_init (&writer);
  for (guint i = 0; i < 100000; i++)
    weft_writer_put_be32 (&writer, i);
  weft_writer_put_be64 (&writer, 1);
  bytes = weft_writer_steal_bytes (&writer);
  g_assert_cmpuint (writer.size, ==, 0);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, 400008);
  data = g_bytes_get_data (bytes, NULL);
  g_assert_cmpuint (data[4 * 99999 + 1], ==, 99999 >> 16);
  weft_writer_clear (&writer);
}

static gint64
next_number (const char **text)
{
  char *end;
  gint64 value = (gint64) g_ascii_strtoull (*text, &end, 10);

  *text = end;
  return value;
}

static void
test_state_vector (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (vector_state_vectors); i++)
    {
      const char *numbers = vector_state_vectors[i].numbers;
      g_autoptr(GBytes) bytes = test_bytes_from_hex (vector_state_vectors[i].hex);
      g_autoptr(WeftStateVector) built = weft_state_vector_new ();
      g_autoptr(WeftStateVector) decoded = NULL;
      g_autoptr(GBytes) encoded = NULL;
      g_autoptr(GError) error = NULL;

      while (*numbers != '\0')
        {
          WeftClientId client = (WeftClientId) next_number (&numbers);
          WeftClock clock = (WeftClock) next_number (&numbers);

          weft_state_vector_set (built, client, clock);
          g_assert_cmpuint (weft_state_vector_get (built, client), ==, clock);
        }

      decoded = weft_state_vector_decode (bytes, &error);
      g_assert_no_error (error);
      g_assert_true (weft_state_vector_equal (built, decoded));
      g_assert_true (weft_state_vector_covers (built, decoded));
      encoded = weft_state_vector_encode (built);
      test_assert_bytes_hex (encoded, vector_state_vectors[i].hex);

      /* Every prefix is refused. */
      for (gsize n = 0; n < g_bytes_get_size (bytes); n++)
        {
          g_autoptr(GBytes) prefix = g_bytes_new_from_bytes (bytes, 0, n);
          g_autoptr(GError) refused = NULL;

          g_assert_null (weft_state_vector_decode (prefix, &refused));
          g_assert_error (refused, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TRUNCATED);
        }
    }
}

static void
test_state_vector_compare (void)
{
  g_autoptr(WeftStateVector) a = weft_state_vector_new ();
  g_autoptr(WeftStateVector) b = NULL;

  weft_state_vector_set (a, 3, 10);
  b = weft_state_vector_copy (a);
  weft_state_vector_set (b, 9, 1);
  g_assert_true (weft_state_vector_covers (b, a));
  g_assert_false (weft_state_vector_covers (a, b));
  g_assert_false (weft_state_vector_equal (a, b));

  /* Clock 0 is the same as not being there. */
  weft_state_vector_set (b, 9, 0);
  g_assert_true (weft_state_vector_equal (a, b));
  g_assert_cmpuint (weft_state_vector_get_n_clients (b), ==, 1);
}

static void
test_delete_set (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (vector_delete_sets); i++)
    {
      const char *numbers = vector_delete_sets[i].numbers;
      g_autoptr(GBytes) bytes = test_bytes_from_hex (vector_delete_sets[i].hex);
      g_autoptr(WeftDeleteSet) built = weft_delete_set_new ();
      g_autoptr(WeftDeleteSet) decoded = NULL;
      g_autoptr(GBytes) encoded = NULL;
      g_autoptr(GError) error = NULL;

      while (*numbers != '\0')
        {
          WeftClientId client = (WeftClientId) next_number (&numbers);
          WeftClock clock = (WeftClock) next_number (&numbers);
          guint64 length = (guint64) next_number (&numbers);

          weft_delete_set_add (built, client, clock, length);
          g_assert_true (weft_delete_set_contains (built, (WeftId){ client, clock + length - 1 }));
        }

      decoded = weft_delete_set_decode (bytes, &error);
      g_assert_no_error (error);
      g_assert_true (weft_delete_set_equal (built, decoded));
      encoded = weft_delete_set_encode (built);
      test_assert_bytes_hex (encoded, vector_delete_sets[i].hex);

      for (gsize n = 0; n < g_bytes_get_size (bytes); n++)
        {
          g_autoptr(GBytes) prefix = g_bytes_new_from_bytes (bytes, 0, n);
          g_autoptr(GError) refused = NULL;

          g_assert_null (weft_delete_set_decode (prefix, &refused));
          g_assert_error (refused, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TRUNCATED);
        }
    }
}

#define N_NAIVE 3000

/* Against a plain table of what is in it: few ranges, many in any order, and many that are sorted of each client. */
static void
test_delete_set_random (void)
{
  for (guint round = 0; round < 200; round++)
    {
      g_autoptr(WeftDeleteSet) set = weft_delete_set_new ();
      g_autoptr(WeftDeleteSet) other = weft_delete_set_new ();
      g_autofree guint8 (*naive)[N_NAIVE] = g_malloc0 (3 * N_NAIVE);
      gboolean is_sorted = round % 8 == 1, is_large = round % 8 <= 1;
      guint n = is_large ? 900 : 20, n_clocks = is_large ? N_NAIVE : 64, turned = g_test_rand_int_range (0, 3);

      for (guint i = 0; i < n; i++)
        {
          guint client = is_sorted ? (i * 3 / n + turned) % 3 : (guint) g_test_rand_int_range (0, 3);
          guint clock = is_sorted ? i % (n / 3) * 9 : (guint) g_test_rand_int_range (0, n_clocks - 8);
          guint length = g_test_rand_int_range (0, 8);

          weft_delete_set_add (is_sorted || g_test_rand_bit () ? set : other, client, clock, length);
          for (guint k = clock; k < clock + length; k++)
            naive[client][k] = TRUE;
        }

      weft_delete_set_merge (set, other);

      for (guint client = 0; client < 3; client++)
        for (guint clock = 0; clock < n_clocks; clock++)
          g_assert_cmpint (weft_delete_set_contains (set, (WeftId){ client, clock }), ==, naive[client][clock]);

      /* Neighbours are joined: between two ranges of a client there is a gap. */
      for (gsize i = 1; i < weft_delete_set_get_n_ranges (set); i++)
        {
          const WeftIdRange *left = weft_delete_set_get_range (set, i - 1);
          const WeftIdRange *right = weft_delete_set_get_range (set, i);

          g_assert_true (left->client > right->client ||
                         (left->client == right->client && left->clock + left->length < right->clock));
        }
    }
}

static void
test_delete_set_overflow (void)
{
  g_autoptr(GBytes) bytes = test_bytes_from_hex ("010101ffffffffffffff0f01");
  g_autoptr(GError) error = NULL;

  g_assert_null (weft_delete_set_decode (bytes, &error));
  g_assert_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_MALFORMED);
}

/* A million clients in the order that is worst for an array must not take a second. */
static void
test_state_vector_huge (void)
{
  g_autoptr(WeftStateVector) decoded = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GError) error = NULL;
  WeftWriter writer;
  gint64 start = g_get_monotonic_time ();

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, 1000000);
  for (guint i = 0; i < 1000000; i++)
    {
      weft_writer_put_varuint (&writer, i);
      weft_writer_put_varuint (&writer, 1);
    }
  bytes = weft_writer_steal_bytes (&writer);
  decoded = weft_state_vector_decode (bytes, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (weft_state_vector_get_n_clients (decoded), ==, 1000000);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 20 * G_USEC_PER_SEC);
}

int
main (int    argc,
      char **argv)
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/crdt/encoding/varuint", test_varuint);
  g_test_add_func ("/crdt/encoding/varuint-random", test_varuint_random);
  g_test_add_func ("/crdt/encoding/varint", test_varint);
  g_test_add_func ("/crdt/encoding/string", test_string);
  for (guint i = 0; i < G_N_ELEMENTS (bad_numbers); i++)
    g_test_add_data_func (bad_numbers[i].path, &bad_numbers[i], test_reject_number);
  g_test_add_func ("/crdt/encoding/reject/string", test_reject_string);
  g_test_add_func ("/crdt/encoding/reject/count", test_reject_count);
  g_test_add_func ("/crdt/encoding/reject/nul-in-name", test_name_without_nul);
  g_test_add_func ("/crdt/encoding/writer-grows", test_writer_grows);
  g_test_add_func ("/crdt/state-vector/as-yjs", test_state_vector);
  g_test_add_func ("/crdt/state-vector/compare", test_state_vector_compare);
  g_test_add_func ("/crdt/state-vector/huge", test_state_vector_huge);
  g_test_add_func ("/crdt/delete-set/as-yjs", test_delete_set);
  g_test_add_func ("/crdt/delete-set/random", test_delete_set_random);
  g_test_add_func ("/crdt/delete-set/overflow", test_delete_set_overflow);

  return g_test_run ();
}
