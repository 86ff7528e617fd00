/* weft-awareness.h - who is here: one small state for each client, forgotten when it falls silent
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The awareness protocol of y-protocols. A state is a JSON value; %NULL means gone. The owner gives
 * the time (monotonic ms) with every call that needs it.
 */

#pragma once

#include "crdt/weft-any.h"

G_BEGIN_DECLS

/* A client that was not heard of for this long is gone. */
#define WEFT_AWARENESS_TIMEOUT_MS 30000
/* Our own state is sent again at least this often. */
#define WEFT_AWARENESS_RENEW_MS   15000

typedef struct _WeftAwareness WeftAwareness;

/* (element-type guint64) client ids; borrowed during the call. @origin as given to apply/set. */
typedef void (*WeftAwarenessFunc) (WeftAwareness *self,
                                   const GArray  *added,
                                   const GArray  *updated,
                                   const GArray  *removed,
                                   gconstpointer  origin,
                                   gpointer       user_data);

WeftAwareness *weft_awareness_new             (WeftClientId       client_id);
void           weft_awareness_free            (WeftAwareness     *self);
WeftClientId   weft_awareness_get_client_id   (WeftAwareness     *self);
/* After the document took a new client id: moves the local state to it. */
void           weft_awareness_set_client_id   (WeftAwareness     *self,
                                               WeftClientId       client_id,
                                               gint64             now_ms);
/* @state: (nullable) (transfer none): an object, or %NULL to say goodbye */
void           weft_awareness_set_local_state (WeftAwareness     *self,
                                               WeftAny           *state,
                                               gint64             now_ms);
/* One field of the local state; %NULL @value drops it. */
void           weft_awareness_set_local_field (WeftAwareness     *self,
                                               const char        *field,
                                               WeftAny           *value,
                                               gint64             now_ms);
/* borrowed, nullable */
const WeftAny *weft_awareness_get_local_state (WeftAwareness     *self);
const WeftAny *weft_awareness_get_state       (WeftAwareness     *self,
                                               WeftClientId       client);
/* (transfer full) (element-type guint64): clients with a state, ascending */
GArray        *weft_awareness_list_clients    (WeftAwareness     *self);
/* An update that holds the states of @clients (those gone as null); %NULL: all clients with a state. */
GBytes        *weft_awareness_encode          (WeftAwareness     *self,
                                               const WeftClientId *clients,
                                               gsize              n_clients);
/* Checked whole before anything changes. A null for our own client is answered by a higher clock. */
gboolean       weft_awareness_apply           (WeftAwareness     *self,
                                               GBytes            *update,
                                               gconstpointer      origin,
                                               gint64             now_ms,
                                               GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* Removes other clients, as on a connection's end. */
void           weft_awareness_remove          (WeftAwareness     *self,
                                               const WeftClientId *clients,
                                               gsize              n_clients,
                                               gconstpointer      origin);
/* Forgets the silent, renews ours: call every few seconds. Returns: whether our own state must be sent again */
gboolean       weft_awareness_tick            (WeftAwareness     *self,
                                               gint64             now_ms);
/* A state changed or came or went. One observer. */
void           weft_awareness_set_observer    (WeftAwareness     *self,
                                               WeftAwarenessFunc  func,
                                               gpointer           user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftAwareness, weft_awareness_free)

G_END_DECLS
