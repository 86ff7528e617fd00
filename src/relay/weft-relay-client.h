/* weft-relay-client.h - one connection and what is spoken on it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A client belongs to the thread of its hub. Its sessions may be in rooms of other hubs; then what crosses is
 * posted, in order. Both are counted references, since the other thread may still hold one when it ends.
 */

#pragma once

#include "relay/weft-relay-auth.h"
#include "relay/weft-relay-connection.h"
#include "relay/weft-relay-dialect.h"
#include "relay/weft-relay-hub.h"

G_BEGIN_DECLS

struct _WeftRelayClient
{
  /* Set once */
  gatomicrefcount         ref_count;
  WeftRelayHub           *hub;
  const WeftRelayDialect *dialect;
  char                   *peer;        /* for the log */
  char                   *address;     /* shared: a GRefString */
  char                   *token;       /* (nullable): as it came with the handshake */
  char                   *device;      /* (nullable): what it calls itself, where the dialect asks */
  gboolean                receipts;    /* offered weft.v1 */
  gboolean                opened;      /* the dialect knows of it; not where it was refused at the door */

  /* Set before its sessions leave */
  gboolean                was_cut;     /* in the middle of a long answer */

  /* The client's thread */
  WeftRelayConnection    *connection;  /* %NULL once it has ended */
  WeftRelayGrant         *grant;       /* (nullable): as of the handshake */
  WeftRelaySession       *sessions;    /* a list by @next */
  gpointer                data;        /* the dialect's */
};

struct _WeftRelaySession
{
  /* Set once */
  gatomicrefcount         ref_count;
  WeftRelayClient        *client;
  WeftRelayHub           *hub;         /* the room's */
  char                   *token;       /* (nullable): what @grant was given for */
  gint64                  entered_us;

  /* The client's thread */
  WeftRelaySession       *next;
  gboolean                listed;      /* in client->sessions */

  /* The room's thread */
  WeftRelayRoom          *room;        /* %NULL: not yet, or no longer */
  WeftRelayGrant         *grant;
  guint64                 number;      /* in its room */
  gint64                  checked_ms;  /* when @grant was given or confirmed */
  gboolean                wants_stored;
  gboolean                rechecking;
  guint                   n_step1;
  gpointer                data;        /* the dialect's */
};

WeftRelayClient  *weft_relay_client_ref         (WeftRelayClient  *self);
void              weft_relay_client_unref       (WeftRelayClient  *self);

/* --- on the client's thread --- */
/* @frame: a whole frame */
void              weft_relay_client_send        (WeftRelayClient  *self,
                                                 GBytes           *frame,
                                                 WeftRelayFrameKind kind);
/* Frames @message, (transfer full): text or binary, as the dialect speaks. */
void              weft_relay_client_say         (WeftRelayClient  *self,
                                                 GBytes           *message);
void              weft_relay_client_close       (WeftRelayClient  *self,
                                                 guint16           code,
                                                 const char       *reason);
/* Enters @room as @grant says, which @token (nullable) was given for; `entered` follows, or `refused`. @data: for session->data
 * Returns: (nullable): a reference that is good until the session has left; %NULL beyond limits->max_rooms_connection */
WeftRelaySession *weft_relay_client_enter       (WeftRelayClient  *self,
                                                 const char       *room,
                                                 const char       *token,
                                                 WeftRelayGrant   *grant,
                                                 gpointer          data);
void              weft_relay_client_leave       (WeftRelayClient  *self,
                                                 WeftRelaySession *session);
/* Asks whether the client may enter @room with @token (nullable). @done comes on this thread, and only if the client is
 * still there. */
typedef void    (*WeftRelayClientGrantFunc)     (WeftRelayClient  *self,
                                                 WeftRelayGrant   *grant,
                                                 const GError     *error,
                                                 gpointer          user_data);
void              weft_relay_client_check       (WeftRelayClient  *self,
                                                 const char       *token,
                                                 const char       *room,
                                                 WeftRelayClientGrantFunc done,
                                                 gpointer          user_data,
                                                 GDestroyNotify    destroy);

/* --- sessions, on the client's thread or the room's --- */
/* Has @func called on the room's thread: at once where that is this one, if the session is in a room then. */
typedef void    (*WeftRelaySessionFunc)         (WeftRelaySession *session,
                                                 gpointer          user_data);
void              weft_relay_session_run        (WeftRelaySession *self,
                                                 WeftRelaySessionFunc func,
                                                 gpointer          user_data,
                                                 GDestroyNotify    destroy);
/* What y-protocols say: the state vector of a step 1; the update of a step 2 or of an edit; an awareness update;
 * a question for everybody's awareness. Malformed bytes refuse the session. */
void              weft_relay_session_step1      (WeftRelaySession *self,
                                                 GBytes           *state_vector);
void              weft_relay_session_update     (WeftRelaySession *self,
                                                 GBytes           *update);
void              weft_relay_session_awareness  (WeftRelaySession *self,
                                                 GBytes           *update);
void              weft_relay_session_query      (WeftRelaySession *self);

/* --- sessions, on the room's thread --- */
void              weft_relay_session_send       (WeftRelaySession *self,
                                                 GBytes           *frame,
                                                 WeftRelayFrameKind kind);
/* The same of a frame in two pieces; @rest: (nullable) */
void              weft_relay_session_send_joined (WeftRelaySession *self,
                                                 GBytes           *frame,
                                                 GBytes           *rest,
                                                 WeftRelayFrameKind kind);
/* Frames @message, (transfer full), and sends it. */
void              weft_relay_session_say        (WeftRelaySession *self,
                                                 GBytes           *message,
                                                 WeftRelayFrameKind kind);
/* Leaves the room and says so by `refused`; without one the connection is closed with @code. */
void              weft_relay_session_refuse     (WeftRelaySession *self,
                                                 guint16           code,
                                                 const char       *reason);
gboolean          weft_relay_session_may_write  (WeftRelaySession *self);
/* What somebody is told who may not. Borrowed. */
const char       *weft_relay_session_get_refusal (WeftRelaySession *self);
/* Charges work done for it against what its connection may send. */
void              weft_relay_session_charge     (WeftRelaySession *self,
                                                 gsize             n_bytes);

/* --- for the hub and the room --- */
/* When something was heard of it last; on any thread. */
gint64            weft_relay_client_get_heard_ms (WeftRelayClient *self);
WeftRelaySession *weft_relay_session_ref        (WeftRelaySession *self);
void              weft_relay_session_unref      (WeftRelaySession *self);
extern const WeftRelayConnectionFuncs weft_relay_client_funcs;
/* Everything it is in is left, and the dialect told; the connection has ended. */
void              weft_relay_client_end         (WeftRelayClient  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayClient, weft_relay_client_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelaySession, weft_relay_session_unref)

G_END_DECLS
