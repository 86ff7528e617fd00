/* weft-sync-socket.h - the WebSocket to a room of a relay
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One connection at a time: handshake, messages, the end. Its twin for where WebSockets do not get through is
 * weft-sync-poller.h.
 */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct _WeftSyncSocket WeftSyncSocket;

/* After @closed and @failed there is no connection any more. In all of them the socket may be stopped and freed. */
typedef struct
{
  void (*opened)  (gpointer    user_data);
  void (*message) (GBytes     *message,
                   gpointer    user_data);
  /* A sign of life that is no message */
  void (*heard)   (gpointer    user_data);
  /* @code: of the close frame, 0: there was none; @reason: (nullable): valid UTF-8; @is_broken: what came were no
   * WebSocket frames, or too large ones */
  void (*closed)  (guint       code,
                   const char *reason,
                   gboolean    is_broken,
                   gpointer    user_data);
  /* The handshake: @status: what HTTP said, 0: nothing; @error: (nullable): %NULL: no answer in time */
  void (*failed)  (guint         status,
                   const char   *reason,
                   const GError *error,
                   gpointer      user_data);
  /* What was sent is with the system; see weft_sync_socket_tell_drained(). */
  void (*drained) (gpointer    user_data);
} WeftSyncSocketFuncs;

/* @http: borrowed */
WeftSyncSocket *weft_sync_socket_new        (SoupSession               *http,
                                             const WeftSyncSocketFuncs *funcs,
                                             gpointer                   user_data) G_GNUC_WARN_UNUSED_RESULT;
void            weft_sync_socket_free       (WeftSyncSocket            *self);
/* @address: of a room, from weft_relay_address_room(); @token: (nullable) */
void            weft_sync_socket_start      (WeftSyncSocket            *self,
                                             const char                *address,
                                             const char                *token);
/* Ends the connection or the handshake; nothing is called any more. @reason: (nullable) */
void            weft_sync_socket_stop       (WeftSyncSocket            *self,
                                             gushort                    code,
                                             const char                *reason);
gboolean        weft_sync_socket_is_started (WeftSyncSocket            *self);
/* Whether the handshake is behind it. */
gboolean        weft_sync_socket_is_open    (WeftSyncSocket            *self);
/* Whether bytes have come since the last message or since this was asked. libsoup tells of a message when all of it is
 * there: a large one on a thin line takes minutes, which are no silence. */
gboolean        weft_sync_socket_has_received (WeftSyncSocket          *self);
void            weft_sync_socket_send       (WeftSyncSocket            *self,
                                             GBytes                    *message);
/* Has @drained called, once, when nothing that was sent waits here any more: in an idle moment, never at once. */
void            weft_sync_socket_tell_drained (WeftSyncSocket          *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftSyncSocket, weft_sync_socket_free)

G_END_DECLS
