/* weft-element-renderer.h - draws elements with cairo: on tiles, in previews, in SVG and PNG alike
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A renderer belongs to one thread: Pango's font map does.
 */

#pragma once

#include "notebook/weft-element.h"

#include <cairo.h>

G_BEGIN_DECLS

typedef struct _WeftElementRenderer WeftElementRenderer;

/* A decoded picture for `fileId`, or %NULL while there is none. Called in the renderer's thread. (transfer full) */
typedef cairo_surface_t *(*WeftPictureFunc) (const char *file_id,
                                             gpointer    user_data);

WeftElementRenderer *weft_element_renderer_new         (void) G_GNUC_WARN_UNUSED_RESULT;
void                 weft_element_renderer_free        (WeftElementRenderer *self);
/* On a dark page light and dark change places; hues stay. */
void                 weft_element_renderer_set_dark    (WeftElementRenderer *self,
                                                        gboolean             dark);
/* Device pixels for one board unit: how much detail is worth drawing. */
void                 weft_element_renderer_set_scale   (WeftElementRenderer *self,
                                                        double               scale);
/* Everything in full detail whatever the scale: for files. */
void                 weft_element_renderer_set_exact   (WeftElementRenderer *self,
                                                        gboolean             exact);
void                 weft_element_renderer_set_pictures (WeftElementRenderer *self,
                                                         WeftPictureFunc      func,
                                                         gpointer             user_data);
/* Draws in board units: the context is already scaled. */
void                 weft_element_renderer_draw        (WeftElementRenderer *self,
                                                        cairo_t             *cr,
                                                        const WeftElement   *element);
void                 weft_element_renderer_draw_page   (WeftElementRenderer *self,
                                                        cairo_t             *cr);
/* The size that the text of @element takes, in board units, in the width where it wraps. */
void                 weft_element_renderer_measure     (WeftElementRenderer *self,
                                                        const WeftElement   *element,
                                                        double              *width,
                                                        double              *height);

/* As it is shown on a light or dark page: red, green, blue, alpha from 0 to 1. */
void                 weft_color_to_page                (WeftColor            color,
                                                        gboolean             dark,
                                                        double               rgba[4]);
/* The page itself. */
#define WEFT_PAGE_LIGHT 0xffffffff
#define WEFT_PAGE_DARK  0x1d1d20ff

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftElementRenderer, weft_element_renderer_free)

G_END_DECLS
