/* weft-text-layout.h - the text of board elements, broken into lines
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A layout belongs to one thread: Pango's font map does. All lengths are board units.
 */

#pragma once

#include "notebook/weft-element.h"

#include <pango/pango.h>

G_BEGIN_DECLS

typedef struct _WeftTextLayout WeftTextLayout;

WeftTextLayout *weft_text_layout_new      (void) G_GNUC_WARN_UNUSED_RESULT;
void            weft_text_layout_free     (WeftTextLayout    *self);
/* The text of @element in lines of @wrap_width (< 0: as it was written). Valid until the next call. (transfer none) */
PangoLayout    *weft_text_layout_lay_out  (WeftTextLayout    *self,
                                           const WeftElement *element,
                                           double             wrap_width);
/* The size that the text of @element takes in the width where it wraps. */
void            weft_text_layout_measure  (WeftTextLayout    *self,
                                           const WeftElement *element,
                                           double            *width,
                                           double            *height);

/* Where text stands inside an element, and the width in which it wraps (< 0: it does not). Before turning. */
WeftBox         weft_element_get_text_box (const WeftElement *element,
                                           double            *wrap_width);
/* The families for a font, as CSS and Pango know them. */
const char     *weft_font_get_families    (WeftFont           font);

G_END_DECLS
