/* weft-relay-http.h - the front of the relay: HTTP and the WebSocket handshake
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * SoupServer on a listening socket of ours. It answers plain requests, decides who comes in, and
 * hands the descriptor of every accepted WebSocket over to the hub; libsoup's own WebSocket code sees no traffic.
 */

#pragma once

#include <gio/gio.h>

#include "relay/weft-relay-hub.h"

G_BEGIN_DECLS

typedef struct _WeftRelayHttp WeftRelayHttp;

/* @address: what to listen on; port 0 takes a free one */
WeftRelayHttp *weft_relay_http_new      (WeftRelayHub          *hub,
                                         WeftRelayStore        *store,
                                         const WeftRelayLimits *limits,
                                         GSocketAddress        *address,
                                         GError               **error) G_GNUC_WARN_UNUSED_RESULT;
void           weft_relay_http_free     (WeftRelayHttp         *self);
guint16        weft_relay_http_get_port (WeftRelayHttp         *self);
/* Takes no new connections any more. */
void           weft_relay_http_stop     (WeftRelayHttp         *self);

G_END_DECLS
