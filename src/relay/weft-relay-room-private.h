/* weft-relay-room-private.h - a room and the sessions in it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A room holds one document, who is here, and the sessions. Commit first, then tell: an update is
 * applied to the document at once, but what it makes the relay say (the broadcast, a receipt, an
 * answer that contains it) waits in a list until the store has it. When the store refuses, the room is
 * given up: everybody is sent away with 1013 and the next to come finds what is on the disk.
 */

#pragma once

#include "crdt/weft-doc.h"
#include "relay/weft-relay-connection.h"
#include "relay/weft-relay-hub.h"
#include "relay/weft-relay-presence.h"

G_BEGIN_DECLS

typedef struct _WeftRelayRoom WeftRelayRoom;
typedef struct _WeftRelaySession WeftRelaySession;

/* One connection in a room. */
struct _WeftRelaySession
{
  WeftRelayHub        *hub;
  WeftRelayRoom       *room; /* %NULL once it has left */
  WeftRelayConnection *connection;
  char                *peer;
  guint                n_step1;

  /* weft.v1 */
  gboolean             receipts;
  WeftStateVector     *told;         /* entries that receipts have told; %NULL: none yet */
  guint64              told_version;
};

/* --- hub, for rooms and sessions --- */
WeftRelayStore        *weft_relay_hub_get_store     (WeftRelayHub        *self);
const WeftRelayLimits *weft_relay_hub_get_limits    (WeftRelayHub        *self);
/* The room is of no use any more: the next session gets a fresh one. */
void                   weft_relay_hub_give_up_room  (WeftRelayHub        *self,
                                                     WeftRelayRoom       *room);
void                   weft_relay_hub_count_update  (WeftRelayHub        *self);
void                   weft_relay_hub_session_ended (WeftRelayHub        *self,
                                                     WeftRelaySession    *session);

/* --- room --- */
WeftRelayRoom         *weft_relay_room_new          (WeftRelayHub        *hub,
                                                     const char          *name);
/* Only where weft_relay_room_is_settled(). */
void                   weft_relay_room_free         (WeftRelayRoom       *self);
const char            *weft_relay_room_get_name     (WeftRelayRoom       *self);
void                   weft_relay_room_enter        (WeftRelayRoom       *self,
                                                     WeftRelaySession    *session);
void                   weft_relay_room_leave        (WeftRelayRoom       *self,
                                                     WeftRelaySession    *session);
/* Upkeep, about once a second. */
void                   weft_relay_room_tick         (WeftRelayRoom       *self,
                                                     gint64               now_ms);
/* Whether nothing is loading, being stored or compacted. */
gboolean               weft_relay_room_is_settled   (WeftRelayRoom       *self);
/* Whether nobody is here, nobody was for a while, and it is settled. */
gboolean               weft_relay_room_is_idle      (WeftRelayRoom       *self,
                                                     gint64               now_ms);
void                   weft_relay_room_handle_step1 (WeftRelayRoom       *self,
                                                     WeftRelaySession    *session,
                                                     GBytes              *state_vector);
void                   weft_relay_room_handle_update (WeftRelayRoom      *self,
                                                     WeftRelaySession    *session,
                                                     GBytes              *update);
void                   weft_relay_room_handle_awareness (WeftRelayRoom   *self,
                                                     WeftRelaySession    *session,
                                                     GBytes              *update);
void                   weft_relay_room_send_awareness (WeftRelayRoom     *self,
                                                     WeftRelaySession    *session);

/* --- session --- */
WeftRelaySession      *weft_relay_session_new       (WeftRelayHub        *hub,
                                                     const char          *peer,
                                                     gboolean             receipts);
void                   weft_relay_session_free      (WeftRelaySession    *self);
/* The functions of its connection, with the session as user data. */
extern const WeftRelayConnectionFuncs weft_relay_session_funcs;
/* Frames @message, which is consumed, and queues it. */
void                   weft_relay_session_send      (WeftRelaySession    *self,
                                                     GBytes              *message,
                                                     WeftRelayFrameKind   kind);
void                   weft_relay_session_refuse    (WeftRelaySession    *self,
                                                     guint16              code,
                                                     const char          *reason);
/* Tells @self what is durable now: what changed since it was told last. */
void                   weft_relay_session_tell      (WeftRelaySession    *self,
                                                     guint64              version,
                                                     const WeftStateVector *durable);
/* Says something where y-websocket would hang up for silence. */
void                   weft_relay_session_keep_alive (WeftRelaySession   *self,
                                                     gint64               now_ms);

G_END_DECLS
