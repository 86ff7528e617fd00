/* weft-swatch.h - a small picture of a colour or of a line
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "notebook/weft-element.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WEFT_TYPE_SWATCH (weft_swatch_get_type ())
G_DECLARE_FINAL_TYPE (WeftSwatch, weft_swatch, WEFT, SWATCH, GtkWidget)

/* A round patch of colour. */
GtkWidget *weft_swatch_new_color (WeftColor        color);
/* The edge of a colour alone: for strokes beside fills. */
GtkWidget *weft_swatch_new_ring  (WeftColor        color);
/* A line in the colour of the text. */
GtkWidget *weft_swatch_new_line  (double           width,
                                  WeftStrokeStyle  style);
/* A patch filled in a style. */
GtkWidget *weft_swatch_new_fill  (WeftFillStyle    style);
/* A clean or a sketchy line. */
GtkWidget *weft_swatch_new_rough (double           roughness);
void       weft_swatch_set_color (WeftSwatch      *self,
                                  WeftColor        color);

G_END_DECLS
