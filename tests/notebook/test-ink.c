/* test-ink.c - the bytes of a pen stroke, and what pen-up makes of it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-ink.h"
#include "support/test-seed.h"

#include <math.h>
#include <string.h>

static void
assert_bytes (GBytes     *bytes,
              const char *hex)
{
  GString *text = g_string_new (NULL);
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  for (gsize i = 0; i < size; i++)
    g_string_append_printf (text, "%02x", data[i]);

  g_assert_cmpstr (text->str, ==, hex);
  g_string_free (text, TRUE);
}

static GBytes *
bytes_from_hex (const char *hex)
{
  GByteArray *array = g_byte_array_new ();

  for (; hex[0] != '\0'; hex += 2)
    {
      guint8 byte = g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1]);

      g_byte_array_append (array, &byte, 1);
    }

  return g_byte_array_free_to_bytes (array);
}

/* The example of docs/documents.md, byte for byte: it must never change. */
static void
test_contract (void)
{
  const WeftInkPoint points[] = {
    { 0, 0, 128 / 255.0f },
    { 1, 0.5, 200 / 255.0f },
    { 3, -1, 100 / 255.0f },
  };
  g_autoptr(WeftInk) ink = weft_ink_new (points, 3);
  g_autoptr(GBytes) bytes = weft_ink_encode (ink, 2);

  assert_bytes (bytes, "010102030000040208460088" "01e401");
}

static void
test_contract_without_pressure (void)
{
  const WeftInkPoint points[] = { { 10, 20, 0.5 }, { 12, 19, 0.5 } };
  g_autoptr(WeftInk) ink = weft_ink_new (points, 2);
  g_autoptr(GBytes) bytes = weft_ink_encode (ink, 0);

  assert_bytes (bytes, "010000020a140241");
}

static void
test_round_trip (void)
{
  WeftInkPoint points[500];
  g_autoptr(WeftInk) ink = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(WeftInk) back = NULL;
  const WeftInkPoint *read;
  gsize n_read;

  for (guint i = 0; i < 500; i++)
    {
      points[i].x = g_test_rand_double_range (-5000, 5000);
      points[i].y = g_test_rand_double_range (-5000, 5000);
      points[i].pressure = g_test_rand_double_range (0, 1);
    }

  ink = weft_ink_new (points, 500);
  bytes = weft_ink_encode (ink, WEFT_INK_PRECISION_DEFAULT);
  back = weft_ink_decode (bytes);
  g_assert_nonnull (back);
  read = weft_ink_get_points (back, &n_read);
  g_assert_cmpuint (n_read, ==, 500);

  for (guint i = 0; i < 500; i++)
    {
      g_assert_cmpfloat_with_epsilon (read[i].x, points[i].x, 0.51 / 32);
      g_assert_cmpfloat_with_epsilon (read[i].y, points[i].y, 0.51 / 32);
      /* Half a step of rounding, and half a step more next to 0.5, which is read back exactly. */
      g_assert_cmpfloat_with_epsilon (read[i].pressure, points[i].pressure, 1.01 / 255);
    }
}

static void
test_encoding_is_stable (void)
{
  const WeftInkPoint points[] = { { 1.03f, 2.97f, 0.3f }, { -4.4f, 8.25f, 0.9f } };
  g_autoptr(WeftInk) ink = weft_ink_new (points, 2);
  g_autoptr(GBytes) once = weft_ink_encode (ink, 5);
  g_autoptr(WeftInk) back = weft_ink_decode (once);
  g_autoptr(GBytes) twice = weft_ink_encode (back, 5);

  g_assert_true (g_bytes_equal (once, twice));
}

static void
test_cut_short (void)
{
  g_autoptr(GBytes) whole = bytes_from_hex ("01010203000004020846008801e401");
  gsize size = g_bytes_get_size (whole);

  for (gsize length = 0; length < size; length++)
    {
      g_autoptr(GBytes) prefix = g_bytes_new_from_bytes (whole, 0, length);
      g_autoptr(WeftInk) ink = weft_ink_decode (prefix);
      gsize n_points = 0;

      if (ink != NULL)
        weft_ink_get_points (ink, &n_points);

      /* Four bytes of head, then two for each point. */
      g_assert_cmpuint (n_points, ==, length < 6 ? 0 : MIN ((length - 4) / 2, 3));
    }
}

static const struct
{
  const char *path;
  const char *hex;
} bad_inks[] = {
  { "/notebook/ink/reject/empty", "" },
  { "/notebook/ink/reject/other-version", "0200000100000000" },
  { "/notebook/ink/reject/unknown-flag", "01080001" "0000" },
  { "/notebook/ink/reject/precision", "010011010000" },
  { "/notebook/ink/reject/no-points", "01000500" },
  { "/notebook/ink/reject/too-many-points", "010005ffffffffffff0f0000" },
};

static void
test_reject (gconstpointer data)
{
  g_autoptr(GBytes) bytes = bytes_from_hex (data);

  g_assert_null (weft_ink_decode (bytes));
}

static void
test_hostile_steps (void)
{
  /* Steps of 2^53 must not leave the board, nor overflow. */
  g_autoptr(GBytes) bytes = bytes_from_hex ("010000" "03" "bfffffffffffff1f" "00"
                                            "bfffffffffffff1f" "00" "bfffffffffffff1f" "00");
  g_autoptr(WeftInk) ink = weft_ink_decode (bytes);

  if (ink != NULL)
    {
      WeftBox bounds = weft_ink_get_bounds (ink);

      g_assert_cmpfloat (bounds.x2, <=, 1e7);
    }
}

static void
test_random_bytes (void)
{
  for (guint round = 0; round < 2000; round++)
    {
      guint8 data[64];
      gsize size = g_test_rand_int_range (4, 64);
      g_autoptr(GBytes) bytes = NULL;
      g_autoptr(WeftInk) ink = NULL;

      for (gsize i = 0; i < size; i++)
        data[i] = g_test_rand_int_range (0, 256);
      data[0] = 1;
      data[1] &= 1;
      data[2] &= 15;
      bytes = g_bytes_new (data, size);
      ink = weft_ink_decode (bytes);

      if (ink != NULL)
        {
          WeftBox bounds = weft_ink_get_bounds (ink);

          g_assert_true (isfinite (bounds.x1) && isfinite (bounds.y2));
          g_assert_cmpfloat (bounds.x1, >=, -1e7);
          g_assert_cmpfloat (bounds.y2, <=, 1e7);
        }
    }
}

static void
test_smooth_drops_and_keeps (void)
{
  WeftInkPoint points[1000];
  g_autoptr(WeftInk) ink = NULL;
  g_autoptr(WeftInk) smooth = NULL;
  g_autofree WeftPoint *line = NULL;
  const WeftInkPoint *kept;
  gsize n_kept;

  /* A trembling wave. */
  for (guint i = 0; i < 1000; i++)
    {
      points[i].x = i;
      points[i].y = 50 * sin (i / 80.0) + g_test_rand_double_range (-0.2, 0.2);
      points[i].pressure = 0.5;
    }

  ink = weft_ink_new (points, 1000);
  smooth = weft_ink_smooth (ink, 0.5);
  kept = weft_ink_get_points (smooth, &n_kept);

  g_assert_cmpuint (n_kept, <, 150);
  g_assert_cmpfloat (kept[0].x, ==, points[0].x);
  g_assert_cmpfloat (kept[n_kept - 1].y, ==, points[999].y);

  line = g_new (WeftPoint, n_kept);
  for (gsize i = 0; i < n_kept; i++)
    line[i] = (WeftPoint) { kept[i].x, kept[i].y };

  for (guint i = 0; i < 1000; i++)
    g_assert_cmpfloat (weft_polyline_distance (line, n_kept, FALSE,
                                               (WeftPoint) { points[i].x, points[i].y }),
                       <=, 1.01);
}

static void
test_outline_surrounds (void)
{
  WeftInkPoint points[60];
  g_autoptr(WeftInk) ink = NULL;
  g_autoptr(GArray) outline = NULL;
  WeftBox bounds = WEFT_BOX_EMPTY;

  for (guint i = 0; i < 60; i++)
    points[i] = (WeftInkPoint) { 3 * i, 20 * sin (i / 6.0), 0.5 };

  ink = weft_ink_new (points, 60);
  outline = weft_ink_outline (ink, 8, 0.6, 1);

  for (guint i = 0; i < outline->len; i++)
    {
      WeftPoint *corner = &g_array_index (outline, WeftPoint, i);

      g_assert_true (isfinite (corner->x) && isfinite (corner->y));
      weft_box_add_point (&bounds, corner->x, corner->y);
    }

  for (guint i = 0; i < 60; i++)
    g_assert_true (weft_polygon_contains ((WeftPoint *) outline->data, outline->len,
                                          (WeftPoint) { points[i].x, points[i].y }));

  g_assert_cmpfloat_with_epsilon (bounds.x1, -4, 0.5);
  g_assert_cmpfloat_with_epsilon (bounds.y2, 24, 0.7);
}

static void
test_outline_of_a_dot (void)
{
  const WeftInkPoint point = { 5, 5, 0.5 };
  g_autoptr(WeftInk) ink = weft_ink_new (&point, 1);
  g_autoptr(GArray) outline = weft_ink_outline (ink, 10, 0.6, 1);

  g_assert_cmpuint (outline->len, >=, 8);

  for (guint i = 0; i < outline->len; i++)
    g_assert_cmpfloat_with_epsilon (weft_point_distance (g_array_index (outline, WeftPoint, i),
                                                         (WeftPoint) { 5, 5 }),
                                    5, 0.001);
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/notebook/ink/contract/with-pressure", test_contract);
  g_test_add_func ("/notebook/ink/contract/without-pressure", test_contract_without_pressure);
  g_test_add_func ("/notebook/ink/round-trip", test_round_trip);
  g_test_add_func ("/notebook/ink/encoding-is-stable", test_encoding_is_stable);
  g_test_add_func ("/notebook/ink/cut-short-keeps-the-beginning", test_cut_short);
  for (guint i = 0; i < G_N_ELEMENTS (bad_inks); i++)
    g_test_add_data_func (bad_inks[i].path, bad_inks[i].hex, test_reject);
  g_test_add_func ("/notebook/ink/hostile-steps", test_hostile_steps);
  g_test_add_func ("/notebook/ink/random-bytes", test_random_bytes);
  g_test_add_func ("/notebook/ink/smooth/drops-and-keeps", test_smooth_drops_and_keeps);
  g_test_add_func ("/notebook/ink/outline/surrounds-the-line", test_outline_surrounds);
  g_test_add_func ("/notebook/ink/outline/of-a-dot", test_outline_of_a_dot);

  return g_test_run ();
}
