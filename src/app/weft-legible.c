/* weft-legible.c - the colour of a person as one of letters
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-legible.h"

#include <math.h>

/* A card on a dark ground, and a white one. */
static const GdkRGBA dark_ground = { 0.212f, 0.212f, 0.227f, 1 }, light_ground = { 1, 1, 1, 1 };

/* Of the way to white or black at a time. */
#define STEP 0.05f

static double
linear (float part)
{
  return part <= 0.04045f ? part / 12.92 : pow ((part + 0.055) / 1.055, 2.4);
}

static double
get_luminance (const GdkRGBA *color)
{
  return 0.2126 * linear (color->red) + 0.7152 * linear (color->green) + 0.0722 * linear (color->blue);
}

double
weft_legible_contrast (const GdkRGBA *a,
                       const GdkRGBA *b)
{
  double one = get_luminance (a) + 0.05, other = get_luminance (b) + 0.05;

  return MAX (one, other) / MIN (one, other);
}

void
weft_legible_make (GdkRGBA  *color,
                   gboolean  dark)
{
  const GdkRGBA *ground = dark ? &dark_ground : &light_ground;
  const GdkRGBA from = *color;
  float to = dark ? 1 : 0;

  for (float way = STEP; way <= 1 && weft_legible_contrast (color, ground) < WEFT_LEGIBLE_CONTRAST; way += STEP)
    {
      color->red = from.red + (to - from.red) * way;
      color->green = from.green + (to - from.green) * way;
      color->blue = from.blue + (to - from.blue) * way;
    }
}
