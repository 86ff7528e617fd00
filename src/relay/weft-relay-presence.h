/* weft-relay-presence.h - the awareness states of a room
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keeps the last state of each client as the JSON text that came, and who brought it. A connection
 * speaks only for the clients that it introduced: y-websocket clients repeat what they heard of
 * others, which is passed over here. What changed is gathered, latest wins, until it is taken for one
 * message to everybody.
 */

#pragma once

#include "crdt/weft-awareness.h"
#include "relay/weft-relay-limits.h"

G_BEGIN_DECLS

typedef struct _WeftRelayPresence WeftRelayPresence;

/* Whether the connection @owner has been silent for so long that another may take over its clients. */
typedef gboolean (*WeftRelayStaleFunc) (gpointer owner,
                                        gpointer user_data);

WeftRelayPresence *weft_relay_presence_new       (const WeftRelayLimits *limits);
void               weft_relay_presence_free      (WeftRelayPresence     *self);
/* Takes an awareness update of the connection @owner; checked whole before anything changes. */
gboolean           weft_relay_presence_apply     (WeftRelayPresence     *self,
                                                  gpointer               owner,
                                                  GBytes                *update,
                                                  gint64                 now_ms,
                                                  WeftRelayStaleFunc     is_stale,
                                                  gpointer               user_data,
                                                  GError               **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for what another relay says of its clients: @owner stands for that relay. Its clients may come here, and ours go
 * there once their connection was silent. */
gboolean           weft_relay_presence_apply_remote (WeftRelayPresence  *self,
                                                  gpointer               owner,
                                                  GBytes                *update,
                                                  gint64                 now_ms,
                                                  WeftRelayStaleFunc     is_stale,
                                                  gpointer               user_data,
                                                  GError               **error) G_GNUC_WARN_UNUSED_RESULT;
/* The connection has ended: its clients are gone. */
void               weft_relay_presence_leave     (WeftRelayPresence     *self,
                                                  gpointer               owner);
/* Those who were not heard of for 30 s are gone. */
void               weft_relay_presence_expire    (WeftRelayPresence     *self,
                                                  gint64                 now_ms);
/* An awareness update of what changed since the last call, or %NULL. (transfer full) */
GBytes            *weft_relay_presence_take      (WeftRelayPresence     *self);
/* The same; @own: (out) (transfer full) (nullable): what of it is about clients of this relay. */
GBytes            *weft_relay_presence_take_own  (WeftRelayPresence     *self,
                                                  GBytes               **own);
gboolean           weft_relay_presence_has_news  (WeftRelayPresence     *self);
/* An awareness update of everybody, or %NULL where nobody is here. (transfer full) */
GBytes            *weft_relay_presence_encode    (WeftRelayPresence     *self);
/* The same of the clients of this relay alone. */
GBytes            *weft_relay_presence_encode_own (WeftRelayPresence    *self);
/* Calls @func for each client of this relay. @state: JSON text */
typedef void     (*WeftRelayPresenceFunc)        (WeftClientId           client,
                                                  GBytes                *state,
                                                  gpointer               owner,
                                                  gpointer               user_data);
void               weft_relay_presence_foreach_own (WeftRelayPresence   *self,
                                                  WeftRelayPresenceFunc  func,
                                                  gpointer               user_data);
guint              weft_relay_presence_get_count (WeftRelayPresence     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayPresence, weft_relay_presence_free)

G_END_DECLS
