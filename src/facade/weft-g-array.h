/* weft-g-array.h - a shared array
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "facade/weft-g-map.h"

G_BEGIN_DECLS

#define WEFT_G_TYPE_ARRAY (weft_g_array_get_type ())
G_DECLARE_FINAL_TYPE (WeftGArray, weft_g_array, WEFT_G, ARRAY, WeftGSharedType)

void             weft_g_array_insert        (WeftGArray *self,
                                             guint64     index,
                                             GVariant   *value);
void             weft_g_array_insert_many   (WeftGArray *self,
                                             guint64     index,
                                             GVariant   *values);
void             weft_g_array_append        (WeftGArray *self,
                                             GVariant   *value);
WeftGText       *weft_g_array_insert_text   (WeftGArray *self,
                                             guint64     index);
WeftGArray      *weft_g_array_insert_array  (WeftGArray *self,
                                             guint64     index);
WeftGMap        *weft_g_array_insert_map    (WeftGArray *self,
                                             guint64     index);
void             weft_g_array_insert_document (WeftGArray *self,
                                             guint64     index,
                                             const char *guid,
                                             gboolean    auto_load);
void             weft_g_array_remove        (WeftGArray *self,
                                             guint64     index,
                                             guint64     length);
GVariant        *weft_g_array_get           (WeftGArray *self,
                                             guint64     index);
WeftGSharedType *weft_g_array_get_shared    (WeftGArray *self,
                                             guint64     index);

G_END_DECLS
