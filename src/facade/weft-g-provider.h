/* weft-g-provider.h - keeps a document in step with a room of a y-websocket relay
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "facade/weft-g-awareness.h"

G_BEGIN_DECLS

#define WEFT_G_TYPE_PROVIDER (weft_g_provider_get_type ())
G_DECLARE_FINAL_TYPE (WeftGProvider, weft_g_provider, WEFT_G, PROVIDER, GObject)

WeftGProvider  *weft_g_provider_new           (const char     *relay,
                                               const char     *room,
                                               WeftGDocument  *document,
                                               GError        **error) G_GNUC_WARN_UNUSED_RESULT;
WeftGDocument  *weft_g_provider_get_document  (WeftGProvider  *self);
WeftGAwareness *weft_g_provider_get_awareness (WeftGProvider  *self);
const char     *weft_g_provider_get_room      (WeftGProvider  *self);
gboolean        weft_g_provider_get_synced    (WeftGProvider  *self);
const char     *weft_g_provider_get_error_message (WeftGProvider *self);
void            weft_g_provider_set_token     (WeftGProvider  *self,
                                               const char     *token);
void            weft_g_provider_start         (WeftGProvider  *self);
void            weft_g_provider_stop          (WeftGProvider  *self);
gboolean        weft_g_provider_sync          (WeftGProvider  *self,
                                               guint           timeout_ms,
                                               GError        **error);

G_END_DECLS
