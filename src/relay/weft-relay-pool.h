/* weft-relay-pool.h - the threads behind the handshake
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The seam in the middle of the relay. In front of it HTTP decides who may come in and to which room; behind it
 * there are descriptors, frames and rooms, and no HTTP. What crosses is a WeftRelayArrival. There is one hub for each
 * thread; a room belongs to the hub that the hash of its name chooses.
 */

#pragma once

#include "relay/weft-relay-auth.h"
#include "relay/weft-relay-dialect.h"
#include "relay/weft-relay-hub.h"

G_BEGIN_DECLS

typedef struct _WeftRelayNoteSync WeftRelayNoteSync;

/* A connection on which the handshake is done. */
struct _WeftRelayArrival
{
  int                     fd;
  GBytes                 *early;        /* (nullable): what was read behind the handshake already */
  const WeftRelayDialect *dialect;
  char                   *room;         /* (nullable): with @many_rooms */
  char                   *peer;         /* what to call the other side in the log */
  char                   *address;
  char                   *token;        /* (nullable) */
  char                   *device;       /* (nullable): what it calls itself, where the dialect asks */
  WeftRelayGrant         *grant;        /* (nullable): with @many_rooms, or where it is refused */
  gboolean                receipts;     /* whether it offered weft.v1 */
  guint16                 close_code;   /* not 0: it is to be closed at once */
  char                   *close_reason;
};

void                   weft_relay_arrival_free      (WeftRelayArrival      *self);

/* @store, @auth, @limits: borrowed, must outlive the pool. @n_threads: 0: one for each core */
WeftRelayPool         *weft_relay_pool_new          (WeftRelayStore        *store,
                                                     WeftRelayAuth         *auth,
                                                     const WeftRelayLimits *limits,
                                                     guint                  n_threads,
                                                     GError               **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends the threads; connections are cut. */
void                   weft_relay_pool_free         (WeftRelayPool         *self);

/* --- on any thread --- */
WeftRelayHub          *weft_relay_pool_find_hub     (WeftRelayPool         *self,
                                                     const char            *room);
WeftRelayAuth         *weft_relay_pool_get_auth     (WeftRelayPool         *self);
/* The sum over all hubs. */
void                   weft_relay_pool_get_counters (WeftRelayPool         *self,
                                                     WeftRelayCounters     *counters);
/* How many connections there are from @address. */
guint                  weft_relay_pool_count_address (WeftRelayPool        *self,
                                                     const char            *address);
/* (transfer full) */
void                   weft_relay_pool_adopt        (WeftRelayPool         *self,
                                                     WeftRelayArrival      *arrival);
/* Rights have changed: asks again about the sessions of @user in @room and in the rooms below it (`room/…`);
 * %NULL means any. Who is refused is closed with 4401, 4403 or 4404; who has another role now has it at once. */
void                   weft_relay_pool_recheck      (WeftRelayPool         *self,
                                                     const char            *user,
                                                     const char            *room);
/* Closes these sessions without asking. */
void                   weft_relay_pool_cut_off      (WeftRelayPool         *self,
                                                     const char            *user,
                                                     const char            *room,
                                                     guint16                code,
                                                     const char            *reason);
/* Who keeps notes for devices, and is told of every change that was stored, on the room's thread. Set before anybody comes. */
typedef void         (*WeftRelayChangedFunc)        (const char            *room,
                                                     gpointer               user_data);
void                   weft_relay_pool_set_notes    (WeftRelayPool         *self,
                                                     WeftRelayNoteSync     *notes,
                                                     WeftRelayChangedFunc   changed);
WeftRelayNoteSync     *weft_relay_pool_get_notes    (WeftRelayPool         *self);
void                   weft_relay_pool_note_change  (WeftRelayPool         *self,
                                                     const char            *room);
/* Closes every connection with 1012; nothing new is taken. */
void                   weft_relay_pool_drain        (WeftRelayPool         *self);
/* Whether every connection has ended and everything is stored. */
gboolean               weft_relay_pool_is_quiet     (WeftRelayPool         *self);

/* --- other relays (weft-relay-bus.h) --- */
/* Before anybody comes. @bus: (nullable), borrowed, must outlive the pool */
void                   weft_relay_pool_set_bus      (WeftRelayPool         *self,
                                                     WeftRelayBus          *bus);
WeftRelayBus          *weft_relay_pool_get_bus      (WeftRelayPool         *self);
void                   weft_relay_pool_take_word    (WeftRelayPool         *self,
                                                     const char            *room,
                                                     const WeftRelayWord   *word);
void                   weft_relay_pool_forget_relay (WeftRelayPool         *self,
                                                     const char            *relay);
/* As weft_relay_pool_recheck() and weft_relay_pool_cut_off(), which tell the other relays too. */
void                   weft_relay_pool_recheck_here (WeftRelayPool         *self,
                                                     const char            *user,
                                                     const char            *room);
void                   weft_relay_pool_cut_off_here (WeftRelayPool         *self,
                                                     const char            *user,
                                                     const char            *room,
                                                     guint16                code,
                                                     const char            *reason);

/* --- for hubs --- */
void                   weft_relay_pool_note_address (WeftRelayPool         *self,
                                                     const char            *address,
                                                     int                    change);

G_END_DECLS
