/* weft-relay-room.h - a document, who is here, and the sessions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a dialect may do with the room of a session, on the room's thread, once `entered` was called. Commit first, then tell: the
 * document is ahead of the disk, so what is said of it waits by weft_relay_room_say_when_durable().
 */

#pragma once

#include "crdt/weft-doc.h"
#include "relay/weft-relay-answer.h"
#include "relay/weft-relay-client.h"
#include "relay/weft-relay-presence.h"

G_BEGIN_DECLS

/* Something that happened, for every session of the room. */
struct _WeftRelayNews
{
  WeftRelayRoom          *room;
  WeftRelaySession       *sender;  /* (nullable) */
  GBytes                 *update;  /* of the document, or of the awareness */
  guint64                 version; /* the server version that the update got; 0 for awareness. With several relays not
                                    * each is larger than the one before */
  guint64                 change;  /* counts the changes of this room's document here; 0 for awareness */

  /* The frames made of it so far. */
  const WeftRelayDialect *framed_for;
  GBytes                 *frame;
  GHashTable             *others;  /* of further dialects; %NULL: none */
};

typedef GBytes *(*WeftRelayFrameFunc) (WeftRelayNews *news);
typedef void    (*WeftRelayEditFunc)  (WeftDoc       *doc,
                                       gpointer       user_data);

/* The frame of @news for all who speak @dialect, made by @make (transfer full) for the first. Borrowed. */
GBytes                *weft_relay_news_get_frame        (WeftRelayNews          *self,
                                                         const WeftRelayDialect *dialect,
                                                         WeftRelayFrameFunc      make);

const char            *weft_relay_room_get_name         (WeftRelayRoom          *self);
/* To be read, or changed by weft_relay_room_edit(). A large one may be kept as its bytes, of which this makes a document. */
WeftDoc               *weft_relay_room_get_doc          (WeftRelayRoom          *self);
/* (transfer full); the document is not needed for it. */
WeftStateVector       *weft_relay_room_get_state_vector (WeftRelayRoom          *self);
/* The server version up to which everything is stored, and the state vector of that (nullable: nobody wanted to know). */
guint64                weft_relay_room_get_version      (WeftRelayRoom          *self);
/* The one that the next change will have, unless another relay is quicker. */
guint64                weft_relay_room_get_next_version (WeftRelayRoom          *self);
/* What news->change will be of the next change, and whether other relays serve the room too. */
guint64                weft_relay_room_get_next_change  (WeftRelayRoom          *self);
gboolean               weft_relay_room_is_shared        (WeftRelayRoom          *self);
const WeftStateVector *weft_relay_room_get_durable      (WeftRelayRoom          *self);
WeftRelayPresence     *weft_relay_room_get_presence     (WeftRelayRoom          *self);
/* Why nobody may write here, whatever their role, but weft_relay_room_apply(); %NULL: they may. Borrowed. */
const char            *weft_relay_room_get_read_only    (WeftRelayRoom          *self);
/* What a dialect keeps for the room, by the dialect's name; freed before the document. (nullable) */
gpointer               weft_relay_room_get_data         (WeftRelayRoom          *self,
                                                         const WeftRelayDialect *dialect);
void                   weft_relay_room_set_data         (WeftRelayRoom          *self,
                                                         const WeftRelayDialect *dialect,
                                                         gpointer                data,
                                                         GDestroyNotify          destroy);
/* The presence was changed by the caller: has it told to all at the end of the tick. */
void                   weft_relay_room_tell_soon        (WeftRelayRoom          *self);
/* What somebody with @state_vector lacks, as frames; see weft_relay_answer_new(). @rest: (out) (transfer full) (nullable):
 * what comes behind, shared by all who get it. (transfer full) */
GBytes                *weft_relay_room_make_answer      (WeftRelayRoom          *self,
                                                         const WeftStateVector  *state_vector,
                                                         WeftRelayWrapFunc       wrap,
                                                         gpointer                user_data,
                                                         GBytes                **rest);
/* Sends @frame, and @rest (nullable) behind it, to @session once all that was changed so far is stored. */
void                   weft_relay_room_wait_joined      (WeftRelayRoom          *self,
                                                         GBytes                 *frame,
                                                         GBytes                 *rest,
                                                         WeftRelaySession       *session);
/* Sends @frame to @session once all that was changed so far is stored. */
void                   weft_relay_room_say_when_durable (WeftRelayRoom          *self,
                                                         WeftRelaySession       *session,
                                                         GBytes                 *frame);
/* Runs @func in one transaction; what it changes is stored and told like what comes from outside, to all but @session
 * (nullable). Returns: %FALSE where @session may not write or the room is full; nothing was done, and `denied` was called */
gboolean               weft_relay_room_edit             (WeftRelayRoom          *self,
                                                         WeftRelaySession       *session,
                                                         WeftRelayEditFunc       func,
                                                         gpointer                user_data);

/* Applies what came without a session (weft-relay-visit.h), for one who may write or not; it is stored and told.
 * Sets @error of %WEFT_RELAY_AUTH_ERROR or %WEFT_CRDT_ERROR; nothing was done then. */
gboolean               weft_relay_room_apply            (WeftRelayRoom          *self,
                                                         GBytes                 *update,
                                                         gboolean                may_write,
                                                         GError                **error);

G_END_DECLS
