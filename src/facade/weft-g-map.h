/* weft-g-map.h - a shared map
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "facade/weft-g-text.h"

G_BEGIN_DECLS

typedef struct _WeftGArray WeftGArray;

#define WEFT_G_TYPE_MAP (weft_g_map_get_type ())
G_DECLARE_FINAL_TYPE (WeftGMap, weft_g_map, WEFT_G, MAP, WeftGSharedType)

void             weft_g_map_set        (WeftGMap   *self,
                                        const char *key,
                                        GVariant   *value);
WeftGText       *weft_g_map_set_text   (WeftGMap   *self,
                                        const char *key);
WeftGArray      *weft_g_map_set_array  (WeftGMap   *self,
                                        const char *key);
WeftGMap        *weft_g_map_set_map    (WeftGMap   *self,
                                        const char *key);
void             weft_g_map_set_document (WeftGMap   *self,
                                        const char *key,
                                        const char *guid,
                                        gboolean    auto_load);
void             weft_g_map_remove     (WeftGMap   *self,
                                        const char *key);
gboolean         weft_g_map_has        (WeftGMap   *self,
                                        const char *key);
GVariant        *weft_g_map_get        (WeftGMap   *self,
                                        const char *key);
WeftGSharedType *weft_g_map_get_shared (WeftGMap   *self,
                                        const char *key);
char           **weft_g_map_list_keys  (WeftGMap   *self);

G_END_DECLS
