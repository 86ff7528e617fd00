/* weft-relay.h - the whole relay
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What owns everything: the configuration, the store, who decides about rights, the routes, the threads, the
 * listening socket. A part with routes, dialects or rights of its own is added by one call in weft_relay_new().
 */

#pragma once

#include <gio/gio.h>

#include "relay/weft-relay-auth.h"
#include "relay/weft-relay-config.h"
#include "relay/weft-relay-people.h"
#include "relay/weft-relay-pool.h"
#include "relay/weft-relay-router.h"
#include "relay/weft-relay-store.h"

G_BEGIN_DECLS

typedef struct _WeftRelay WeftRelay;
typedef struct _WeftRelayMirror WeftRelayMirror;

/* Everything that needs no socket yet: opens the store, blocks. @config: borrowed, must outlive the relay */
WeftRelay             *weft_relay_new        (const WeftRelayConfig *config,
                                              GError               **error) G_GNUC_WARN_UNUSED_RESULT;
/* Listens on @config->listen, or on what systemd passed. */
gboolean               weft_relay_listen     (WeftRelay             *self,
                                              GError               **error);
/* Closes what is open at once, and the store in order. */
void                   weft_relay_free       (WeftRelay             *self);

/* Where it listens; 0 before. */
guint16                weft_relay_get_port   (WeftRelay             *self);
/* (nullable): the first address that it listens on. Borrowed. */
GSocketAddress        *weft_relay_get_address (WeftRelay            *self);
const WeftRelayConfig *weft_relay_get_config (WeftRelay             *self);
WeftRelayStore        *weft_relay_get_store  (WeftRelay             *self);
WeftRelayRouter       *weft_relay_get_router (WeftRelay             *self);
WeftRelayPool         *weft_relay_get_pool   (WeftRelay             *self);
/* (nullable): %NULL where it is the only one. */
WeftRelayBus          *weft_relay_get_bus    (WeftRelay             *self);
/* (nullable): %NULL where it follows nobody. */
WeftRelayMirror       *weft_relay_get_mirror (WeftRelay             *self);
/* (nullable): %NULL where everybody may come in. */
WeftRelayPeople       *weft_relay_get_people (WeftRelay             *self);

/* How many requests were answered with @status, 400 or more. */
guint64                weft_relay_get_n_refused (WeftRelay          *self,
                                              guint                  status);

/* Takes no new connections any more, and closes all with 1012. */
void                   weft_relay_drain      (WeftRelay             *self);
/* Whether every connection has ended and everything is stored. */
gboolean               weft_relay_is_quiet   (WeftRelay             *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelay, weft_relay_free)

G_END_DECLS
