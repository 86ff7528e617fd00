/* weft-relay-hub.h - one thread of connections and rooms
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A hub belongs to one thread and its main context. Only weft_relay_hub_post(), weft_relay_hub_is_mine(), the getters and the counters may be
 * used from elsewhere.
 */

#pragma once

#include "relay/weft-relay-bus.h"
#include "relay/weft-relay-counters.h"
#include "relay/weft-relay-dialect.h"
#include "relay/weft-relay-loop.h"
#include "relay/weft-relay-store.h"

G_BEGIN_DECLS

typedef struct _WeftRelayHub WeftRelayHub;
typedef struct _WeftRelayArrival WeftRelayArrival;
typedef struct _WeftRelayVisit WeftRelayVisit;

typedef void (*WeftRelayHubFunc) (gpointer data);

/* On the thread that it will belong to, with its main context the thread-default one. */
WeftRelayHub             *weft_relay_hub_new           (WeftRelayPool         *pool,
                                                        WeftRelayStore        *store,
                                                        const WeftRelayLimits *limits,
                                                        GError               **error) G_GNUC_WARN_UNUSED_RESULT;
/* After the threads of all hubs have ended: makes the hub this thread's, for these last two calls. */
void                      weft_relay_hub_take_over     (WeftRelayHub          *self);
void                      weft_relay_hub_end_clients   (WeftRelayHub          *self);
void                      weft_relay_hub_free          (WeftRelayHub          *self);

/* --- on any thread --- */
/* Has @func called on the hub's thread, after what was posted before. What is left when the hub ends is only destroyed. */
void                      weft_relay_hub_post          (WeftRelayHub          *self,
                                                        WeftRelayHubFunc       func,
                                                        gpointer               data,
                                                        GDestroyNotify         destroy);
gboolean                  weft_relay_hub_is_mine       (WeftRelayHub          *self);
WeftRelayPool            *weft_relay_hub_get_pool      (WeftRelayHub          *self);
const WeftRelayLimits    *weft_relay_hub_get_limits    (WeftRelayHub          *self);
/* To be written on its own thread only, by weft_relay_count_add() and the like. */
WeftRelayCounters        *weft_relay_hub_get_counters  (WeftRelayHub          *self);
/* Has @session enter @room, at once where that is here. */
void                      weft_relay_hub_enter         (WeftRelayHub          *self,
                                                        WeftRelaySession      *session,
                                                        const char            *room);

/* --- on its own thread --- */
/* Takes over what is in @arrival. */
void                      weft_relay_hub_adopt         (WeftRelayHub          *self,
                                                        WeftRelayArrival      *arrival);
/* Closes every connection with 1012; nothing new is taken. */
void                      weft_relay_hub_drain         (WeftRelayHub          *self);
/* Whether every connection has ended and everything is stored. */
gboolean                  weft_relay_hub_is_quiet      (WeftRelayHub          *self);
/* Asks again whether those sessions may be where they are. @user, @room: (nullable): any */
void                      weft_relay_hub_recheck       (WeftRelayHub          *self,
                                                        const char            *user,
                                                        const char            *room);
void                      weft_relay_hub_cut_off       (WeftRelayHub          *self,
                                                        const char            *user,
                                                        const char            *room,
                                                        guint16                code,
                                                        const char            *reason);

/* Has @visit made in @room; takes it. */
void                      weft_relay_hub_take_visit    (WeftRelayHub          *self,
                                                        const char            *room,
                                                        WeftRelayVisit        *visit);

/* What another relay says, for the room where it is open; and that one is gone. */
void                      weft_relay_hub_take_word     (WeftRelayHub          *self,
                                                        const char            *room,
                                                        const WeftRelayWord   *word);
void                      weft_relay_hub_forget_relay  (WeftRelayHub          *self,
                                                        const char            *relay);

/* --- for rooms and clients --- */
WeftRelayStorePort       *weft_relay_hub_get_port      (WeftRelayHub          *self);
/* The room is of no use any more: the next session gets a fresh one. */
void                      weft_relay_hub_give_up_room  (WeftRelayHub          *self,
                                                        WeftRelayRoom         *room);
void                      weft_relay_hub_count_update  (WeftRelayHub          *self);
void                      weft_relay_hub_client_ended  (WeftRelayHub          *self,
                                                        WeftRelayClient       *client);
/* Has weft_relay_room_tell_now() called at @due_us (monotonic), or a little later. Returns: when */
gint64                    weft_relay_hub_tell_at       (WeftRelayHub          *self,
                                                        WeftRelayRoom         *room,
                                                        gint64                 due_us);
void                      weft_relay_hub_forget_due    (WeftRelayHub          *self,
                                                        WeftRelayRoom         *room);

G_END_DECLS
