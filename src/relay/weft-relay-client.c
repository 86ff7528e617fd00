/* weft-relay-client.c - one connection and what is spoken on it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-client.h"

#include "relay/weft-relay-pool.h"
#include "relay/weft-relay-room-private.h"

WeftRelayClient *
weft_relay_client_ref (WeftRelayClient *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
weft_relay_client_unref (WeftRelayClient *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_assert (self->connection == NULL && self->sessions == NULL);
  g_clear_pointer (&self->grant, weft_relay_grant_unref);
  g_free (self->device);
  g_free (self->peer);
  g_ref_string_release (self->address);
  g_free (self->token);
  g_free (self);
}

WeftRelaySession *
weft_relay_session_ref (WeftRelaySession *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
weft_relay_session_unref (WeftRelaySession *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_assert (self->room == NULL);
  g_clear_pointer (&self->grant, weft_relay_grant_unref);
  weft_relay_client_unref (self->client);
  g_free (self->token);
  g_free (self);
}

/* --- the client --- */

static gboolean
is_open (WeftRelayClient *self)
{
  return self->connection != NULL && weft_relay_connection_is_open (self->connection);
}

static void
send_joined (WeftRelayClient   *self,
             GBytes            *frame,
             GBytes            *rest,
             WeftRelayFrameKind kind)
{
  if (self->connection != NULL)
    weft_relay_connection_send_joined (self->connection, frame, rest, kind);
}

void
weft_relay_client_send (WeftRelayClient   *self,
                        GBytes            *frame,
                        WeftRelayFrameKind kind)
{
  send_joined (self, frame, NULL, kind);
}

static GBytes *
make_frame (WeftRelayClient *self,
            GBytes          *message)
{
  GBytes *frame =
    weft_ws_frame_new (self->dialect->text ? WEFT_WS_OPCODE_TEXT : WEFT_WS_OPCODE_BINARY, message);

  g_bytes_unref (message);
  return frame;
}

void
weft_relay_client_say (WeftRelayClient *self,
                       GBytes          *message)
{
  g_autoptr(GBytes) frame = make_frame (self, message);

  weft_relay_client_send (self, frame, WEFT_RELAY_FRAME_NEWS);
}

void
weft_relay_client_close (WeftRelayClient *self,
                         guint16          code,
                         const char      *reason)
{
  if (self->connection != NULL)
    weft_relay_connection_close (self->connection, code, reason);
}

static void
message_cb (WeftRelayConnection *connection,
            GBytes              *message,
            gpointer             user_data)
{
  WeftRelayClient *self = user_data;

  self->dialect->message (self, message);
}

static void
closed_cb (WeftRelayConnection *connection,
           gpointer             user_data)
{
  WeftRelayClient *self = user_data;

  self->was_cut = weft_relay_connection_was_cut (connection);
  weft_relay_hub_client_ended (self->hub, self);
}

const WeftRelayConnectionFuncs weft_relay_client_funcs = {
  .message = message_cb,
  .closed = closed_cb,
};

void
weft_relay_client_end (WeftRelayClient *self)
{
  while (self->sessions != NULL)
    weft_relay_client_leave (self, self->sessions);

  if (self->opened && self->dialect->closed != NULL)
    self->dialect->closed (self);
}

/* --- entering and leaving --- */

WeftRelaySession *
weft_relay_client_enter (WeftRelayClient *self,
                         const char      *room,
                         const char      *token,
                         WeftRelayGrant  *grant,
                         gpointer         data)
{
  WeftRelayPool *pool = weft_relay_hub_get_pool (self->hub);
  const WeftRelayLimits *limits = weft_relay_hub_get_limits (self->hub);
  WeftRelaySession *session;
  guint n_sessions = 0;

  for (session = self->sessions; session != NULL; session = session->next)
    n_sessions++;
  if (n_sessions >= limits->max_rooms_connection)
    return NULL;

  session = g_new0 (WeftRelaySession, 1);
  g_atomic_ref_count_init (&session->ref_count);
  session->client = weft_relay_client_ref (self);
  session->hub = weft_relay_pool_find_hub (pool, room);
  session->token = g_strdup (token);
  session->entered_us = g_get_monotonic_time ();
  session->grant = weft_relay_grant_ref (grant);
  session->data = data;
  session->next = self->sessions;
  session->listed = TRUE;
  self->sessions = session;

  weft_relay_hub_enter (session->hub, session, room);
  return session;
}

static void
leave_here (WeftRelaySession *session,
            gpointer          user_data)
{
  if (session->room != NULL)
    weft_relay_room_leave (session->room, session);
}

void
weft_relay_client_leave (WeftRelayClient  *self,
                         WeftRelaySession *session)
{
  if (!session->listed)
    return;

  for (WeftRelaySession **at = &self->sessions; *at != NULL; at = &(*at)->next)
    {
      if (*at == session)
        {
          *at = session->next;
          break;
        }
    }
  session->listed = FALSE;
  session->next = NULL;

  weft_relay_session_run (session, leave_here, NULL, NULL);
  weft_relay_session_unref (session);
}

/* --- asking --- */

typedef struct
{
  WeftRelayClient         *client;
  WeftRelayClientGrantFunc done;
  gpointer                 user_data;
  GDestroyNotify           destroy;
} Check;

static void
checked_cb (WeftRelayGrant *grant,
            const GError   *error,
            gpointer        user_data)
{
  Check *check = user_data;

  if (is_open (check->client))
    check->done (check->client, grant, error, check->user_data);
  if (check->destroy != NULL)
    check->destroy (check->user_data);
  weft_relay_client_unref (check->client);
  g_free (check);
}

void
weft_relay_client_check (WeftRelayClient         *self,
                         const char              *token,
                         const char              *room,
                         WeftRelayClientGrantFunc done,
                         gpointer                 user_data,
                         GDestroyNotify           destroy)
{
  /* The token of the handshake was good then, or there would be no connection. */
  const WeftRelayCredentials credentials = { token, self->address,
                                             token != NULL && g_strcmp0 (token, self->token) == 0 };
  Check *check = g_new0 (Check, 1);

  check->client = weft_relay_client_ref (self);
  check->done = done;
  check->user_data = user_data;
  check->destroy = destroy;
  weft_relay_auth_check (weft_relay_pool_get_auth (weft_relay_hub_get_pool (self->hub)), &credentials, room,
                         checked_cb, check);
}

/* --- sessions --- */

typedef struct
{
  WeftRelaySession    *session;
  WeftRelaySessionFunc func;
  gpointer             user_data;
  GDestroyNotify       destroy;
} Run;

static void
run_here (gpointer data)
{
  Run *run = data;

  run->func (run->session, run->user_data);
}

static void
run_free (gpointer data)
{
  Run *run = data;

  if (run->destroy != NULL)
    run->destroy (run->user_data);
  weft_relay_session_unref (run->session);
  g_free (run);
}

void
weft_relay_session_run (WeftRelaySession    *self,
                        WeftRelaySessionFunc func,
                        gpointer             user_data,
                        GDestroyNotify       destroy)
{
  Run *run;

  if (weft_relay_hub_is_mine (self->hub))
    {
      func (self, user_data);
      if (destroy != NULL)
        destroy (user_data);
      return;
    }

  run = g_new (Run, 1);
  *run = (Run){ weft_relay_session_ref (self), func, user_data, destroy };
  weft_relay_hub_post (self->hub, run_here, run, run_free);
}

static void
step1_here (WeftRelaySession *session,
            gpointer          user_data)
{
  if (session->room != NULL)
    weft_relay_room_handle_step1 (session->room, session, user_data);
}

static void
update_here (WeftRelaySession *session,
             gpointer          user_data)
{
  if (session->room != NULL)
    weft_relay_room_handle_update (session->room, session, user_data);
}

static void
awareness_here (WeftRelaySession *session,
                gpointer          user_data)
{
  if (session->room != NULL)
    weft_relay_room_handle_awareness (session->room, session, user_data);
}

static void
query_here (WeftRelaySession *session,
            gpointer          user_data)
{
  if (session->room != NULL)
    weft_relay_room_tell_awareness (session->room, session);
}

static void
run_with_bytes (WeftRelaySession    *self,
                WeftRelaySessionFunc func,
                GBytes              *bytes)
{
  weft_relay_session_run (self, func, g_bytes_ref (bytes), (GDestroyNotify) g_bytes_unref);
}

void
weft_relay_session_step1 (WeftRelaySession *self,
                          GBytes           *state_vector)
{
  run_with_bytes (self, step1_here, state_vector);
}

void
weft_relay_session_update (WeftRelaySession *self,
                           GBytes           *update)
{
  run_with_bytes (self, update_here, update);
}

void
weft_relay_session_awareness (WeftRelaySession *self,
                              GBytes           *update)
{
  run_with_bytes (self, awareness_here, update);
}

void
weft_relay_session_query (WeftRelaySession *self)
{
  weft_relay_session_run (self, query_here, NULL, NULL);
}

/* --- from the room to the client --- */

typedef struct
{
  WeftRelayClient   *client;
  WeftRelaySession  *session;
  GBytes            *frame;
  GBytes            *rest;    /* of it; nullable */
  WeftRelayFrameKind kind;
  guint16            code;
  char              *reason;
} Crossing;

static void
crossing_free (gpointer data)
{
  Crossing *crossing = data;

  weft_relay_client_unref (crossing->client);
  g_clear_pointer (&crossing->session, weft_relay_session_unref);
  g_clear_pointer (&crossing->frame, g_bytes_unref);
  g_clear_pointer (&crossing->rest, g_bytes_unref);
  g_free (crossing->reason);
  g_free (crossing);
}

static void
send_crossing (gpointer data)
{
  Crossing *crossing = data;

  send_joined (crossing->client, crossing->frame, crossing->rest, crossing->kind);
}

void
weft_relay_session_send (WeftRelaySession  *self,
                         GBytes            *frame,
                         WeftRelayFrameKind kind)
{
  weft_relay_session_send_joined (self, frame, NULL, kind);
}

void
weft_relay_session_send_joined (WeftRelaySession  *self,
                                GBytes            *frame,
                                GBytes            *rest,
                                WeftRelayFrameKind kind)
{
  WeftRelayClient *client = self->client;
  Crossing *crossing;

  if (client->hub == self->hub)
    {
      send_joined (client, frame, rest, kind);
      return;
    }

  crossing = g_new0 (Crossing, 1);
  crossing->client = weft_relay_client_ref (client);
  crossing->frame = g_bytes_ref (frame);
  crossing->rest = rest != NULL ? g_bytes_ref (rest) : NULL;
  crossing->kind = kind;
  weft_relay_hub_post (client->hub, send_crossing, crossing, crossing_free);
}

void
weft_relay_session_say (WeftRelaySession  *self,
                        GBytes            *message,
                        WeftRelayFrameKind kind)
{
  g_autoptr(GBytes) frame = make_frame (self->client, message);

  weft_relay_session_send (self, frame, kind);
}

/* On the client's thread: the room wants no more of it. */
static void
refuse_crossing (gpointer data)
{
  Crossing *crossing = data;
  WeftRelayClient *client = crossing->client;

  if (!is_open (client))
    return;

  if (client->dialect->refused == NULL)
    {
      weft_relay_client_close (client, crossing->code, crossing->reason);
      return;
    }

  if (crossing->session->listed)
    {
      client->dialect->refused (crossing->session, crossing->code, crossing->reason);
      weft_relay_client_leave (client, crossing->session);
    }
}

void
weft_relay_session_refuse (WeftRelaySession *self,
                           guint16           code,
                           const char       *reason)
{
  WeftRelayClient *client = self->client;
  Crossing *crossing = g_new0 (Crossing, 1);

  crossing->client = weft_relay_client_ref (client);
  crossing->session = weft_relay_session_ref (self);
  crossing->code = code;
  crossing->reason = g_strdup (reason);

  if (client->hub == self->hub)
    {
      refuse_crossing (crossing);
      crossing_free (crossing);
    }
  else
    {
      weft_relay_hub_post (client->hub, refuse_crossing, crossing, crossing_free);
    }
}

void
weft_relay_session_charge (WeftRelaySession *self,
                           gsize             n_bytes)
{
  /* From another thread it would come too late to hold anybody back. */
  if (self->client->hub == self->hub && self->client->connection != NULL)
    weft_relay_connection_charge (self->client->connection, n_bytes);
}

gint64
weft_relay_client_get_heard_ms (WeftRelayClient *self)
{
  return self->connection != NULL ? weft_relay_connection_get_heard_ms (self->connection) : 0;
}

const char *
weft_relay_session_get_refusal (WeftRelaySession *self)
{
  WeftRelayPool *pool = weft_relay_hub_get_pool (self->hub);
  const char *reason = weft_relay_auth_get_read_only (weft_relay_pool_get_auth (pool));

  return reason != NULL ? reason : "you may only read here";
}

gboolean
weft_relay_session_may_write (WeftRelaySession *self)
{
  return self->grant->role >= WEFT_RELAY_ROLE_EDITOR;
}
