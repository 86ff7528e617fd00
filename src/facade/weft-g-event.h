/* weft-g-event.h - what one transaction changed in one shared type
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "facade/weft-g-shared-type.h"

G_BEGIN_DECLS

#define WEFT_G_TYPE_EVENT (weft_g_event_get_type ())
G_DECLARE_FINAL_TYPE (WeftGEvent, weft_g_event, WEFT_G, EVENT, GObject)

WeftGSharedType    *weft_g_event_get_target    (WeftGEvent *self);
GVariant           *weft_g_event_dup_path      (WeftGEvent      *self,
                                                WeftGSharedType *from);
GVariant           *weft_g_event_get_delta     (WeftGEvent *self);
const char         *weft_g_event_get_delta_json (WeftGEvent *self);
const char * const *weft_g_event_get_keys      (WeftGEvent *self);
GVariant           *weft_g_event_get_old_value (WeftGEvent *self,
                                                const char *key);
const char         *weft_g_event_get_origin    (WeftGEvent *self);
gboolean            weft_g_event_get_local     (WeftGEvent *self);

G_END_DECLS
