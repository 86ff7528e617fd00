/* weft-relay-room-private.h - what of a room its own files, the hub and the clients may see
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A room holds one document, who is here, and the sessions. Commit first, then tell: an update is
 * applied to the document at once, but what it makes the relay say (the broadcast, a receipt, an
 * answer that contains it) waits in a list until the store has it. When the store refuses, the room is
 * given up: everybody is sent away with 1013 and the next to come finds what is on the disk.
 */

#pragma once

#include "relay/weft-relay-answer.h"
#include "relay/weft-relay-bus.h"
#include "relay/weft-relay-packed.h"
#include "relay/weft-relay-room.h"
#include "relay/weft-relay-visit.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_RELAY_ROOM_LOADING,
  WEFT_RELAY_ROOM_READY,
  WEFT_RELAY_ROOM_GIVEN_UP,
} WeftRelayRoomState;

/* What several relays of one database need. */
typedef struct
{
  GArray     *ahead;             /* of guint64: versions that are in the document, beyond one that is not; %NULL: none */
  guint64     newest;            /* version that is known to exist */
  gboolean    looking;           /* the database was asked */
  gboolean    look_again;
  gint64      looked_ms;
  guint64     looked_from;       /* the version that the question began with */
  gboolean    is_changed;        /* who is here, since it was noted */
  gint64      noted_ms;
  GHashTable *noted_states;      /* nullable */
  GHashTable *noted_connections; /* nullable */
} WeftRelayRoomOthers;

struct _WeftRelayRoom
{
  WeftRelayHub       *hub;
  char               *name;
  WeftRelayRoomState  state;
  GPtrArray          *sessions;   /* of WeftRelaySession, a reference each */
  guint               n_wants_stored;
  WeftRelayPresence  *presence;
  gint64              empty_since_ms;

  /* The document: one of the two */
  WeftDoc            *doc;
  WeftRelayPacked    *packed;
  guint               observer_id;
  GBytes             *made;        /* the update that the last call made */
  GBytes             *first;       /* everything as an update, while nothing changes; %NULL: nobody asked yet */
  GBytes             *state_frame; /* the answer to an empty state vector, while nothing changes, */
  GBytes             *state_rest;  /* and what comes behind it; %NULL: nothing */
  GData              *data;        /* the dialects' */
  gint64              pieces_until_ms; /* until then answers are given in small pieces */
  guint               state_frame_ticks; /* upkeeps since either was used */
  GHashTable         *pending;     /* checksums of updates that wait for others; %NULL: none */
  gsize               n_pending_bytes;

  /* The store */
  guint64             n_appended;
  guint64             n_committed;
  guint64             version;     /* server version on the disk; everything up to it is in the document */
  guint64             n_changes;   /* of the document, since it was loaded: ours, and those of other relays */
  GList              *unstored;    /* in @waiting: the first update that is not committed yet; %NULL: none */
  GQueue              waiting;     /* what is to be said, by what must be committed before */
  WeftStateVector    *durable;     /* what receipts tell; %NULL: nobody asked yet */
  gboolean            stored_due;
  gint64              due_us;      /* when the hub will call weft_relay_room_tell_now(); 0: not at all */
  gint64              soon_us;     /* when awareness and receipts are due; 0: there are none */
  gint64              told_us;     /* when an update was told last */
  guint               n_told;      /* messages to sessions, since the last upkeep */
  gboolean            is_busy;     /* they were many, before it */

  WeftRelayRoomOthers others;
  guint64             n_entered;   /* sessions, ever */

  /* Who comes without a session */
  GQueue              visits;      /* of WeftRelayVisit, until the document is there */

  /* Compaction */
  gsize               n_bytes;     /* of the snapshot and the log */
  gsize               snapshot_bytes;
  guint               n_log;
  gsize               log_bytes;
  gboolean            compacting;
};

/* --- for the hub --- */
WeftRelayRoom *weft_relay_room_new             (WeftRelayHub     *hub,
                                                const char       *name);
/* Only where weft_relay_room_is_settled(), or when the hub ends. */
void           weft_relay_room_free            (WeftRelayRoom    *self);
void           weft_relay_room_enter           (WeftRelayRoom    *self,
                                                WeftRelaySession *session);
void           weft_relay_room_leave           (WeftRelayRoom    *self,
                                                WeftRelaySession *session);
/* Upkeep, about once a second. */
void           weft_relay_room_tick            (WeftRelayRoom    *self,
                                                gint64            now_ms);
void           weft_relay_room_tell_now        (WeftRelayRoom    *self);
/* Whether nothing is loading, being stored or compacted. */
gboolean       weft_relay_room_is_settled      (WeftRelayRoom    *self);
/* Whether nobody is here, nobody was for a while, and it is settled. */
gboolean       weft_relay_room_is_idle         (WeftRelayRoom    *self,
                                                gint64            now_ms);
/* @user: (nullable): any */
void           weft_relay_room_recheck         (WeftRelayRoom    *self,
                                                const char       *user);
void           weft_relay_room_cut_off         (WeftRelayRoom    *self,
                                                const char       *user,
                                                guint16           code,
                                                const char       *reason);

/* --- for sessions --- */
void           weft_relay_room_handle_step1    (WeftRelayRoom    *self,
                                                WeftRelaySession *session,
                                                GBytes           *state_vector);
void           weft_relay_room_handle_update   (WeftRelayRoom    *self,
                                                WeftRelaySession *session,
                                                GBytes           *update);
void           weft_relay_room_handle_awareness (WeftRelayRoom   *self,
                                                WeftRelaySession *session,
                                                GBytes           *update);
/* Everybody's awareness, to @session. */
void           weft_relay_room_tell_awareness  (WeftRelayRoom    *self,
                                                WeftRelaySession *session);

/* --- between its files --- */
void           weft_relay_news_clear           (WeftRelayNews    *self);
/* The document in memory is not what is on the disk: nobody may see it any more. */
void           weft_relay_room_give_up         (WeftRelayRoom    *self,
                                                const char       *reason);
/* The document is there: all who waited for it may come in. */
void           weft_relay_room_open            (WeftRelayRoom    *self);
/* Builds the document of @updates; one that cannot be read is left out. (transfer full) */
WeftDoc       *weft_relay_room_build_doc       (GPtrArray        *updates,
                                                const char       *name);
void           weft_relay_room_compact         (WeftRelayRoom    *self);
gboolean       weft_relay_room_may_compact     (WeftRelayRoom    *self);
void           weft_relay_room_compact_if_worth_it (WeftRelayRoom *self);
/* Has @visit made as soon as the document is there; takes it. */
void           weft_relay_room_take_visit      (WeftRelayRoom    *self,
                                                WeftRelayVisit   *visit);
/* Makes those that wait; or tells them that it cannot be. */
void           weft_relay_room_make_visits     (WeftRelayRoom    *self);
void           weft_relay_room_end_visits      (WeftRelayRoom    *self);
/* Ends @visit when all that was appended so far is stored. */
void           weft_relay_room_wait_visit      (WeftRelayRoom    *self,
                                                WeftRelayVisit   *visit);
/* Has @frame said to @to, or @update told to all but @sender, when all that was appended so far is stored. Each may be %NULL. */
void           weft_relay_room_wait            (WeftRelayRoom    *self,
                                                GBytes           *frame,
                                                WeftRelaySession *to,
                                                GBytes           *update,
                                                WeftRelaySession *sender);
/* The same for @update of another relay, which is stored as @version. */
void           weft_relay_room_wait_stored     (WeftRelayRoom    *self,
                                                GBytes           *update,
                                                guint64           version);
/* Says what may be said now. */
void           weft_relay_room_say_waiting     (WeftRelayRoom    *self);
/* Nothing waits for @session any more. */
void           weft_relay_room_forget_waiting  (WeftRelayRoom    *self,
                                                WeftRelaySession *session);
void           weft_relay_room_clear_waiting   (WeftRelayRoom    *self);
/* The first update that waits is committed as @version: other relays may know. */
void           weft_relay_room_note_stored     (WeftRelayRoom    *self,
                                                guint64           version);
/* Tells what is new of who is here, now. */
void           weft_relay_room_tell_presence   (WeftRelayRoom    *self);
/* A #WeftRelayStaleFunc; @user_data: the room */
gboolean       weft_relay_room_is_stale        (gpointer          owner,
                                                gpointer          user_data);

/* --- the document (weft-relay-room-doc.c) --- */
/* Asks the store, and goes on to weft_relay_room_open(). */
void           weft_relay_room_load            (WeftRelayRoom    *self);
void           weft_relay_room_drop_doc        (WeftRelayRoom    *self);
gboolean       weft_relay_room_has_pending     (WeftRelayRoom    *self);
/* Whether nothing in @update is new. */
gboolean       weft_relay_room_knows           (WeftRelayRoom    *self,
                                                GBytes           *update);
/* Applies what comes from outside; self->made is what it did. @first: (out): it is all that there is */
gboolean       weft_relay_room_take_update     (WeftRelayRoom    *self,
                                                GBytes           *update,
                                                gconstpointer     origin,
                                                gboolean         *first,
                                                GError          **error);
/* The document is another one, or nobody asks for all of it any more. */
void           weft_relay_room_forget_state    (WeftRelayRoom    *self);
/* The answer to somebody who has nothing is made once for y-websocket, and the document in it is shared as it is. See
 * weft_relay_room_make_answer(). */
GBytes        *weft_relay_room_make_shared_answer (WeftRelayRoom *self,
                                                const WeftStateVector *state_vector,
                                                GBytes          **rest);

/* --- other relays (weft-relay-room-others.c); without a bus these do nothing, or little --- */
void           weft_relay_room_join_others     (WeftRelayRoom    *self);
void           weft_relay_room_leave_others    (WeftRelayRoom    *self);
void           weft_relay_room_tick_others     (WeftRelayRoom    *self,
                                                gint64            now_ms);
/* @version is stored and in the document. */
void           weft_relay_room_note_version    (WeftRelayRoom    *self,
                                                guint64           version);
void           weft_relay_room_tell_others     (WeftRelayRoom    *self,
                                                WeftRelayWordKind kind,
                                                guint64           version,
                                                GBytes           *data);
void           weft_relay_room_take_word       (WeftRelayRoom    *self,
                                                const WeftRelayWord *word);
void           weft_relay_room_forget_relay    (WeftRelayRoom    *self,
                                                const char       *from);
/* Applies and tells what is stored already, as @version or before. Returns: %FALSE where it cannot be read */
gboolean       weft_relay_room_apply_stored    (WeftRelayRoom    *self,
                                                GBytes           *update,
                                                guint64           version);

G_END_DECLS
