/* test-legible.c - whoever changed something, it can be read on light and dark
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-legible.h"
#include "model/weft-person.h"

#define N_PEOPLE 200

static GdkRGBA
parse (const char *text)
{
  GdkRGBA color;

  g_assert_true (gdk_rgba_parse (&color, text));

  return color;
}

static void
test_contrast (void)
{
  GdkRGBA black = parse ("#000000"), white = parse ("#ffffff"), grey = parse ("#767676");

  g_assert_cmpfloat_with_epsilon (weft_legible_contrast (&black, &white), 21, 0.01);
  g_assert_cmpfloat_with_epsilon (weft_legible_contrast (&white, &grey), 4.54, 0.01);
  g_assert_cmpfloat_with_epsilon (weft_legible_contrast (&grey, &grey), 1, 0.01);
}

static void
test_people (void)
{
  GdkRGBA card = parse ("#36363a"), page = parse ("#1e1e20"), white = parse ("#ffffff");

  for (guint i = 0; i < N_PEOPLE; i++)
    {
      g_autofree char *id = g_strdup_printf ("person %u", i);
      GdkRGBA dark = parse (weft_person_color_for_id (id)), light = dark;

      weft_legible_make (&dark, TRUE);
      weft_legible_make (&light, FALSE);
      g_assert_cmpfloat (weft_legible_contrast (&dark, &card), >=, 4.45);
      g_assert_cmpfloat (weft_legible_contrast (&dark, &page), >=, WEFT_LEGIBLE_CONTRAST);
      g_assert_cmpfloat (weft_legible_contrast (&light, &white), >=, WEFT_LEGIBLE_CONTRAST);
    }
}

/* No colour is changed more than it has to be, and all of them end. */
static void
test_ends (void)
{
  GdkRGBA pale = parse ("#ffe0e0"), black = parse ("#000000"), was = pale;

  weft_legible_make (&pale, TRUE);
  g_assert_true (gdk_rgba_equal (&pale, &was));
  weft_legible_make (&black, TRUE);
  g_assert_cmpfloat (black.red, >, 0.5);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/app/legible/contrast", test_contrast);
  g_test_add_func ("/app/legible/people", test_people);
  g_test_add_func ("/app/legible/ends", test_ends);

  return g_test_run ();
}
