/* weft-relay-handshake.h - from a request to a connection of the pool
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Decides whether a WebSocket handshake is completed, and hands the descriptor to the pool. Most handshakes are there
 * as a whole when their connection is accepted, in one packet: these are answered at once, without libsoup, which takes
 * three times as long. All that is unusual in the least, and nearly all that is refused, is libsoup's: then not a byte was
 * taken from the socket. It never sees a head that is not there as a whole, is too large or does not say how long its
 * body is: of some of these it would keep the path for ever. Everything happens on the main thread.
 */

#pragma once

#include "relay/weft-relay-auth.h"
#include "relay/weft-relay-config.h"
#include "relay/weft-relay-door.h"
#include "relay/weft-relay-pool.h"
#include "relay/weft-relay-router.h"

G_BEGIN_DECLS

/* A request's head; more is answered 431. */
#define WEFT_RELAY_MAX_HEADERS      64
#define WEFT_RELAY_MAX_HEADER_BYTES (16 * 1024)

typedef struct _WeftRelayHandshaker WeftRelayHandshaker;

/* All are borrowed and must outlive it. */
WeftRelayHandshaker *weft_relay_handshaker_new    (const WeftRelayConfig *config,
                                                   WeftRelayRouter       *router,
                                                   WeftRelayAuth         *auth,
                                                   WeftRelayPool         *pool,
                                                   const char            *notebook,
                                                   guint                  max_connections) G_GNUC_WARN_UNUSED_RESULT;
void                 weft_relay_handshaker_free   (WeftRelayHandshaker   *self);
/* What to call the other side in the log, and for limits: the client's own address where a proxy that we believe says
 * so. @peer, @address: (out) (transfer full) */
void                 weft_relay_handshaker_name_peer (WeftRelayHandshaker *self,
                                                   SoupMessageHeaders    *headers,
                                                   GSocketAddress        *remote,
                                                   char                 **peer,
                                                   char                 **address);
/* Completes or refuses what libsoup has read. */
void                 weft_relay_handshaker_accept (WeftRelayHandshaker   *self,
                                                   WeftRelayRequest      *request);
/* How many requests were refused with @status before libsoup saw them. */
guint64              weft_relay_handshaker_get_n_refused (WeftRelayHandshaker *self,
                                                   guint                  status);
/* A #WeftRelayDoorQuickFunc: takes a whole handshake. */
WeftRelayDoorAnswer  weft_relay_handshaker_take   (WeftRelayHandshaker   *self,
                                                   int                    fd,
                                                   GSocketAddress        *remote,
                                                   gsize                 *n_there);

G_END_DECLS
