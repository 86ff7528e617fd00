/* weft-shape-picture.h - a shape as one of two had it, the other's behind it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gtk/gtk.h>

#include "crdt/weft-any.h"

G_BEGIN_DECLS

#define WEFT_TYPE_SHAPE_PICTURE (weft_shape_picture_get_type ())
G_DECLARE_FINAL_TYPE (WeftShapePicture, weft_shape_picture, WEFT, SHAPE_PICTURE, GtkWidget)

/* @shape, @beside: (nullable): properties of an element; both are in the frame, @beside faintly.
 * @description: for those who do not see it */
void weft_shape_picture_set (WeftShapePicture *self,
                             const WeftAny    *shape,
                             const WeftAny    *beside,
                             const char       *description);

G_END_DECLS
