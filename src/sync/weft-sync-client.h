/* weft-sync-client.h - keeps one document in step with its room on a relay
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Speaks y-websocket (dialect 1) and binds to a #WeftDoc and, optionally, a #WeftAwareness, which belong
 * to somebody else and must outlive the client or weft_sync_client_stop(). After the first exchange only incremental updates
 * travel, and nobody's own update comes back. Connects again by itself, with backoff, and at once when
 * the network returns. All on the thread of its main context.
 *
 * What arrives is applied with the client as its origin, so an observer of the document can tell. What was
 * edited here is not taken from the document but given with weft_sync_client_send_update(), after the
 * store has committed it.
 */

#pragma once

#include <gio/gio.h>

#include "crdt/weft-awareness.h"
#include "crdt/weft-doc.h"
#include "store/weft-store.h"
#include "sync/weft-link.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_SYNC_CLIENT_OFFLINE,    /* not connected; will try again unless stopped */
  WEFT_SYNC_CLIENT_CONNECTING,
  WEFT_SYNC_CLIENT_SYNCING,    /* connected, the first exchange is under way */
  WEFT_SYNC_CLIENT_SYNCED,     /* has what the relay had, and sends what is edited */
  WEFT_SYNC_CLIENT_DENIED,     /* the relay refuses; no more tries, see #WeftSyncClient:error-message */
} WeftSyncClientState;

#define WEFT_TYPE_SYNC_CLIENT (weft_sync_client_get_type ())
G_DECLARE_FINAL_TYPE (WeftSyncClient, weft_sync_client, WEFT, SYNC_CLIENT, GObject)

/* Properties, all readable with notify:
 *  `state` (int, #WeftSyncClientState)
 *  `error-message` (string, nullable): a sentence for the user about the last trouble; %NULL when synced
 *  `receipts` (boolean): the relay confirms what is durable there
 *  `read-only` (boolean): the relay lets us read only
 *  `n-unsent` (uint): changes made here that the relay is not known to have: not confirmed where it gives
 *    receipts, else not sent
 *
 * Signals:
 *  `synced`: the first exchange of a connection is complete
 *  `settled`: the relay took everything that was sent
 *  `remote-update` (GBytes *update): was applied to the document and changed it
 *  `wanted`: of a client that only watches: the relay has, or lacks, something
 */

/* @relay: address of the relay, as weft_relay_address_parse() gives it
 * @room: name of the room
 * @awareness: (nullable) */
WeftSyncClient  *weft_sync_client_new             (const char            *relay,
                                                   const char            *room,
                                                   WeftDoc               *doc,
                                                   WeftAwareness         *awareness) G_GNUC_WARN_UNUSED_RESULT;
/* Without the document: @state and @deletes (both copied) tell what is in it. Is in the room as everybody is; once there is something
 * to take or to give, `wanted` asks for a client with the document to take over. */
WeftSyncClient  *weft_sync_client_new_watching    (const char            *relay,
                                                   const char            *room,
                                                   const WeftStateVector *state,
                                                   const WeftDeleteSet   *deletes,
                                                   WeftAwareness         *awareness) G_GNUC_WARN_UNUSED_RESULT;
/* Before the first start. The answer to the relay's step 1 then waits until @store has committed what the document holds. */
void             weft_sync_client_set_store       (WeftSyncClient        *self,
                                                   WeftStore             *store);
/* Before the first start: @keep is called for what comes from the relay, before it is applied; %TRUE: it is not. The document then
 * never catches up: it is for @keep to have another client take over. */
typedef gboolean (*WeftSyncKeepFunc)              (GBytes                *update,
                                                   gpointer               user_data);
void             weft_sync_client_set_keeper      (WeftSyncClient        *self,
                                                   WeftSyncKeepFunc       keep,
                                                   gpointer               user_data);
/* A token for the relay, sent as the header `Authorization: Bearer`; never logged. */
void             weft_sync_client_set_token       (WeftSyncClient        *self,
                                                   const char            *token);
/* What the relay is known to have from an earlier session; @state_vector is copied. */
void             weft_sync_client_set_known       (WeftSyncClient        *self,
                                                   const WeftStateVector *state_vector);
/* Stays connected from now on. Also wakes a client that waits, or was denied. */
void             weft_sync_client_start           (WeftSyncClient        *self);
/* Says goodbye to the others and hangs up. The document and awareness are no longer used after this. */
void             weft_sync_client_stop            (WeftSyncClient        *self);
/* Sends an update that was made here and is durable. Without a connection it does nothing: the first exchange of the next one carries it. */
void             weft_sync_client_send_update     (WeftSyncClient        *self,
                                                   GBytes                *update);
/* Asks the relay whether it took everything that was sent; the answer is the signal `settled`. */
void             weft_sync_client_settle          (WeftSyncClient        *self);
/* The local state of the awareness changed; sent at most 30 times a second, and not while nobody else is there. */
void             weft_sync_client_send_awareness  (WeftSyncClient        *self);

const char      *weft_sync_client_get_room        (WeftSyncClient        *self);
WeftSyncClientState    weft_sync_client_get_state       (WeftSyncClient        *self);
const char      *weft_sync_client_get_error_message (WeftSyncClient      *self);
gboolean         weft_sync_client_is_stuck        (WeftSyncClient        *self);
gboolean         weft_sync_client_get_receipts    (WeftSyncClient        *self);
guint            weft_sync_client_get_n_unsent    (WeftSyncClient        *self);
/* Whether the relay lacked something when this connection began. */
gboolean         weft_sync_client_has_given       (WeftSyncClient        *self);
/* What the relay is known to have, durably where it gives receipts. (transfer full) */
gboolean         weft_sync_client_has_lost        (WeftSyncClient        *self,
                                                   const WeftStateVector *had);
WeftStateVector *weft_sync_client_dup_known       (WeftSyncClient        *self);

G_END_DECLS
