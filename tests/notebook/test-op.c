/* test-op.c - packed ops
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-op.h"
#include "support/test-seed.h"

#include <string.h>

static WeftPageId
make_id (guint8 byte)
{
  WeftPageId id = { { byte } };

  return id;
}

static GPtrArray *
make_ops (void)
{
  GPtrArray *ops = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_op_free);
  WeftPageId page = make_id (1), parent = make_id (2);
  WeftStateVector *seen = weft_state_vector_new ();

  weft_state_vector_set (seen, 7, 300);
  g_ptr_array_add (ops, weft_op_new_move (5, &page, &parent, "a0"));
  g_ptr_array_add (ops, weft_op_new_set (6, &page, "title", weft_any_new_string ("Grüße")));
  g_ptr_array_add (ops, weft_op_new_trash (300, &page, "a1", seen));
  g_ptr_array_add (ops, weft_op_new_trash (301, &page, "a1", NULL));

  return ops;
}

static char *
to_hex (GBytes *bytes)
{
  GString *hex = g_string_new (NULL);
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  for (gsize i = 0; i < size; i++)
    g_string_append_printf (hex, "%02x", data[i]);

  return g_string_free (hex, FALSE);
}

#define PAGE "01000000000000000000000000000000"
#define PARENT "02000000000000000000000000000000"
#define TRASH "ffffffffffffffffffffffffffffffff"

static void
test_layout (void)
{
  g_autoptr(GPtrArray) ops = make_ops ();
  g_autoptr(GBytes) element = weft_op_pack (ops);
  g_autofree char *hex = to_hex (element);

  g_assert_cmpstr (hex, ==,
                   "0105" PAGE PARENT "026130"
                   "0206" PAGE "057469746c65"
                   "77074772c3bcc39f65"
                   "01ac02" PAGE TRASH "026131"
                   "040107ac02"
                   "01ad02" PAGE TRASH "026131"
                   "00");
}

static void
test_round_trip (void)
{
  g_autoptr(GPtrArray) ops = make_ops ();
  g_autoptr(GBytes) element = weft_op_pack (ops);
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) back = weft_op_unpack (element, &error);
  g_autoptr(GBytes) again = NULL;
  const WeftOp *op;

  g_assert_no_error (error);
  g_assert_cmpuint (back->len, ==, ops->len);
  op = g_ptr_array_index (back, 0);
  g_assert_cmpuint (op->kind, ==, WEFT_OP_MOVE);
  g_assert_cmpuint (op->lamport, ==, 5);
  g_assert_cmpstr (op->position, ==, "a0");
  g_assert_null (op->seen);
  op = g_ptr_array_index (back, 1);
  g_assert_cmpstr (op->key, ==, "title");
  g_assert_cmpstr (weft_any_get_string (op->value), ==, "Grüße");
  op = g_ptr_array_index (back, 2);
  g_assert_cmpuint (weft_state_vector_get (op->seen, 7), ==, 300);
  op = g_ptr_array_index (back, 3);
  g_assert_null (op->seen);

  again = weft_op_pack (back);
  g_assert_true (g_bytes_equal (element, again));
}

/* Every prefix is refused whole, or is a shorter batch where it ends between two ops. */
static void
test_prefixes (void)
{
  g_autoptr(GPtrArray) ops = make_ops ();
  g_autoptr(GBytes) element = weft_op_pack (ops);
  guint n_whole = 0;

  for (gsize size = 0; size < g_bytes_get_size (element); size++)
    {
      g_autoptr(GBytes) prefix = g_bytes_new (g_bytes_get_data (element, NULL), size);
      g_autoptr(GError) error = NULL;
      g_autoptr(GPtrArray) back = weft_op_unpack (prefix, &error);

      g_assert_true ((back == NULL) == (error != NULL));
      if (back != NULL)
        n_whole++;
    }
  g_assert_cmpuint (n_whole, ==, ops->len - 1);
}

static void
test_unknown_kind (void)
{
  g_autoptr(GPtrArray) ops = make_ops ();
  g_autoptr(GBytes) element = NULL, longer = NULL;
  g_autoptr(GPtrArray) back = NULL;
  g_autoptr(GByteArray) data = g_byte_array_new ();
  WeftPageId page = make_id (9);
  const WeftOp *op;

  element = weft_op_pack (ops);
  g_byte_array_append (data, g_bytes_get_data (element, NULL), g_bytes_get_size (element));
  g_byte_array_append (data, (const guint8 *) "\x03\x82\x05", 3);
  g_byte_array_append (data, page.bytes, sizeof page.bytes);
  g_byte_array_append (data, (const guint8 *) "what comes later\xff\xff\xff", 19);
  longer = g_bytes_new (data->data, data->len);

  back = weft_op_unpack (longer, NULL);
  g_assert_nonnull (back);
  g_assert_cmpuint (back->len, ==, ops->len + 1);
  op = g_ptr_array_index (back, ops->len);
  g_assert_cmpuint (op->kind, ==, 3);
  g_assert_cmpuint (op->lamport, ==, 0x282);
  g_assert_true (weft_page_id_equal (&op->page, &page));
}

static void
test_hostile (void)
{
  g_autoptr(GPtrArray) ops = make_ops ();
  g_autoptr(GBytes) element = weft_op_pack (ops);

  for (guint i = 0; i < 20000; i++)
    {
      g_autofree guint8 *data = g_memdup2 (g_bytes_get_data (element, NULL),
                                           g_bytes_get_size (element));
      g_autoptr(GBytes) flipped = NULL;
      g_autoptr(GPtrArray) back = NULL;

      for (guint n = g_test_rand_int_range (1, 5); n > 0; n--)
        data[g_test_rand_int_range (0, g_bytes_get_size (element))] = g_test_rand_int_range (0,
                                                                                             256);
      flipped = g_bytes_new (data, g_bytes_get_size (element));
      back = weft_op_unpack (flipped, NULL);
      if (back != NULL)
        g_assert_cmpuint (back->len, >, 0);
    }
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notebook/op/layout", test_layout);
  g_test_add_func ("/notebook/op/round-trip", test_round_trip);
  g_test_add_func ("/notebook/op/every-prefix", test_prefixes);
  g_test_add_func ("/notebook/op/unknown-kind-ends-the-element", test_unknown_kind);
  g_test_add_func ("/notebook/op/hostile-bytes", test_hostile);

  return g_test_run ();
}
