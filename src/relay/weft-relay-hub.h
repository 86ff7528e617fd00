/* weft-relay-hub.h - everything behind the handshake: connections, rooms, upkeep
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The seam of the relay. In front of it HTTP decides who may come in and to which room; behind it
 * there are descriptors, frames and rooms, and no HTTP. What crosses is weft_relay_hub_adopt(). A hub belongs to one
 * thread and its main context; a relay with several threads has several hubs, each with rooms of its own.
 */

#pragma once

#include "relay/weft-relay-limits.h"
#include "relay/weft-relay-store.h"

G_BEGIN_DECLS

typedef struct _WeftRelayHub WeftRelayHub;

typedef struct
{
  guint   n_connections;
  guint   n_rooms;
  guint64 n_accepted;
  guint64 n_updates;  /* stored */
  guint64 n_refused;  /* closed by us because of what they sent */
} WeftRelayCounters;

/* @store, @limits: borrowed, must outlive the hub */
WeftRelayHub            *weft_relay_hub_new          (WeftRelayStore        *store,
                                                      const WeftRelayLimits *limits,
                                                      GError               **error) G_GNUC_WARN_UNUSED_RESULT;
void                     weft_relay_hub_free         (WeftRelayHub          *self);
/* Takes over a connected socket on which the handshake is done.
 * @early: (nullable): what was read behind the handshake already
 * @peer: what to call the other side in the log
 * @receipts: whether it offered weft.v1 */
gboolean                 weft_relay_hub_adopt        (WeftRelayHub          *self,
                                                      int                    fd,
                                                      GBytes                *early,
                                                      const char            *room,
                                                      const char            *peer,
                                                      gboolean               receipts,
                                                      GError               **error);
/* Closes every connection with 1012; nothing new is taken. */
void                     weft_relay_hub_drain        (WeftRelayHub          *self);
/* Whether every connection has ended and everything is stored. */
gboolean                 weft_relay_hub_is_quiet     (WeftRelayHub          *self);
const WeftRelayCounters *weft_relay_hub_get_counters (WeftRelayHub          *self);

G_END_DECLS
