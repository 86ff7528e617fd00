/* weft-relay-http.h - the front of the relay: HTTP and the WebSocket handshake
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * SoupServer on a listening socket of ours. It has plain requests answered by the router, decides who comes in, and
 * hands the descriptor of every accepted WebSocket over to the pool; libsoup's own WebSocket code sees no traffic.
 */

#pragma once

#include <gio/gio.h>

#include "relay/weft-relay-auth.h"
#include "relay/weft-relay-config.h"
#include "relay/weft-relay-pool.h"
#include "relay/weft-relay-router.h"

G_BEGIN_DECLS

typedef struct _WeftRelayHttp WeftRelayHttp;

/* Listens on what systemd passed, else on @config->listen. All are borrowed and must outlive it. */
WeftRelayHttp  *weft_relay_http_new         (const WeftRelayConfig *config,
                                             WeftRelayRouter       *router,
                                             WeftRelayAuth         *auth,
                                             WeftRelayPool         *pool,
                                             const char            *notebook,
                                             GError               **error) G_GNUC_WARN_UNUSED_RESULT;
void            weft_relay_http_free        (WeftRelayHttp         *self);
/* The first address that it listens on. Borrowed. */
GSocketAddress *weft_relay_http_get_address (WeftRelayHttp         *self);
/* Takes no new connections any more. */
void            weft_relay_http_stop        (WeftRelayHttp         *self);
/* How many requests were answered with @status, which is a refusal. */
guint64         weft_relay_http_get_n_refused (WeftRelayHttp       *self,
                                             guint                  status);

G_END_DECLS
