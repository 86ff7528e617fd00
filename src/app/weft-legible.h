/* weft-legible.h - the colour of a person as one of letters
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * People have colours of middling lightness: good for a dot, a caret or an outline on either ground, too faint for
 * letters on a dark one.
 */

#pragma once

#include <gdk/gdk.h>

G_BEGIN_DECLS

/* What 4.5 is enough for by the Web Content Accessibility Guidelines: text of ordinary size. */
#define WEFT_LEGIBLE_CONTRAST 4.5

/* Brings @color as near to white, or to black, as letters need on the lightest dark ground, or on white. */
void   weft_legible_make     (GdkRGBA       *color,
                              gboolean       dark);
/* As the guidelines reckon it, from 1 to 21. */
double weft_legible_contrast (const GdkRGBA *a,
                              const GdkRGBA *b);

G_END_DECLS
