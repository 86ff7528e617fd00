/* weft-relay-connection.h - one WebSocket connection, after the handshake
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads messages, answers pings, keeps what waits to be written, and closes. The queue is bounded in
 * bytes: whoever does not read is closed with 1013. Reading stops while the connection is paused, or
 * sends faster than it may; TCP then holds the sender back and nothing is lost.
 */

#pragma once

#include "relay/weft-relay-counters.h"
#include "relay/weft-relay-limits.h"
#include "relay/weft-relay-loop.h"
#include "relay/weft-relay-queue.h"
#include "relay/weft-ws-frame.h"

G_BEGIN_DECLS

typedef struct _WeftRelayConnection WeftRelayConnection;

typedef struct
{
  /* @message is a whole message. */
  void (*message) (WeftRelayConnection *connection,
                   GBytes              *message,
                   gpointer             user_data);
  /* Nothing is read or sent any more. Called once, maybe inside a call that sends; the connection
   * is freed later, by its owner. */
  void (*closed)  (WeftRelayConnection *connection,
                   gpointer             user_data);
} WeftRelayConnectionFuncs;

/* Takes over @fd. @early: (nullable): bytes that were read already; @text: messages are text, not
 * binary; @counters: of this thread */
WeftRelayConnection *weft_relay_connection_new         (WeftRelayLoop                  *loop,
                                                        int                             fd,
                                                        GBytes                         *early,
                                                        const WeftRelayLimits          *limits,
                                                        gboolean                        text,
                                                        WeftRelayCounters              *counters,
                                                        const WeftRelayConnectionFuncs *funcs,
                                                        gpointer                        user_data,
                                                        GError                        **error);
/* Closes the socket at once where it is open. */
void                 weft_relay_connection_free        (WeftRelayConnection            *self);
gpointer             weft_relay_connection_get_user_data (WeftRelayConnection          *self);
/* @frame: a whole frame; shared between the queues of many */
void                 weft_relay_connection_send        (WeftRelayConnection            *self,
                                                        GBytes                         *frame,
                                                        WeftRelayFrameKind              kind);
/* The same, with @rest behind it, which is shared too. @rest: (nullable) */
void                 weft_relay_connection_send_joined (WeftRelayConnection            *self,
                                                        GBytes                         *frame,
                                                        GBytes                         *rest,
                                                        WeftRelayFrameKind              kind);
/* Says why and closes. What waits in the queue is dropped for 1013, else sent before. */
void                 weft_relay_connection_close       (WeftRelayConnection            *self,
                                                        guint16                         code,
                                                        const char                     *reason);
gboolean             weft_relay_connection_is_open     (WeftRelayConnection            *self);
void                 weft_relay_connection_set_paused  (WeftRelayConnection            *self,
                                                        gboolean                        paused);
/* Charges work done for the connection against what it may send. */
void                 weft_relay_connection_charge      (WeftRelayConnection            *self,
                                                        gsize                           n_bytes);
/* Upkeep, about once a second. */
void                 weft_relay_connection_tick        (WeftRelayConnection            *self,
                                                        gint64                          now_ms);
gint64               weft_relay_connection_get_heard_ms (WeftRelayConnection           *self);
/* Whether it ended, or began to, while much was on the way to its side. */
gboolean             weft_relay_connection_was_cut     (WeftRelayConnection            *self);
/* When the last message (not counting pings) was queued. */
gint64               weft_relay_connection_get_sent_ms (WeftRelayConnection            *self);
gsize                weft_relay_connection_get_queued  (WeftRelayConnection            *self);
/* The close code and reason with which it ended: ours, or theirs where they closed. */
guint16              weft_relay_connection_get_close   (WeftRelayConnection            *self,
                                                        const char                    **reason);

G_END_DECLS
