/* weft-sync-poller.h - a room by plain HTTP, for where WebSockets are off or blocked
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Stands in for a socket: what a session sends is collected, and POST /api/boards/:id/updates carries it to a Weft relay
 * every so often; what comes back is handed on as the messages that a socket would have brought (step 1, updates, step 2,
 * receipts). There is no presence. What it knows of the relay it keeps from one connection to the next, so only what is new travels.
 */

#pragma once

#include <libsoup/soup.h>

#include "sync/weft-sync-protocol.h"

G_BEGIN_DECLS

typedef struct _WeftSyncPoller WeftSyncPoller;

/* Of these, @failed is the last of a connection; the poller may be stopped and freed in all of them. */
typedef struct
{
  /* The relay has answered for the first time: open the session now. Messages follow. */
  void (*opened)  (gpointer    user_data);
  void (*message) (GBytes     *message,
                   gpointer    user_data);
  /* @status: what HTTP said, 0: nothing; @reason: (nullable): in words */
  void (*failed)  (guint       status,
                   gboolean    from_weft,
                   const char *reason,
                   gpointer    user_data);
} WeftSyncPollerFuncs;

/* For all clients of this process, from their next connection on. @interval_ms: between two polls; 0: never poll (the default);
 * @always: also where WebSockets would work */
void            weft_sync_polling_set   (guint                      interval_ms,
                                         gboolean                   always);
guint           weft_sync_polling_get   (gboolean                  *always);

/* @http: borrowed; @relay: an address from weft_relay_address_parse() */
WeftSyncPoller *weft_sync_poller_new    (SoupSession               *http,
                                         const char                *relay,
                                         const char                *room,
                                         const WeftSyncPollerFuncs *funcs,
                                         gpointer                   user_data) G_GNUC_WARN_UNUSED_RESULT;
void            weft_sync_poller_free   (WeftSyncPoller            *self);
/* @token: (nullable): shown from the next poll on */
void            weft_sync_poller_set_token (WeftSyncPoller         *self,
                                         const char                *token);
/* Asks at once, then every @interval_ms. */
void            weft_sync_poller_start  (WeftSyncPoller            *self,
                                         guint                      interval_ms);
/* Ends the connection; what was not carried yet is forgotten. */
void            weft_sync_poller_stop   (WeftSyncPoller            *self);
gboolean        weft_sync_poller_is_started (WeftSyncPoller        *self);
/* Whether the relay has answered. */
gboolean        weft_sync_poller_is_open (WeftSyncPoller           *self);
/* What a session sends. */
void            weft_sync_poller_send   (WeftSyncPoller            *self,
                                         GBytes                    *message);
/* The next poll is due now. */
void            weft_sync_poller_hurry  (WeftSyncPoller            *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftSyncPoller, weft_sync_poller_free)

G_END_DECLS
