/* weft-sync-socket.c - the WebSocket to a room of a relay
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "sync/weft-sync-socket.h"

#include "sync/weft-sync-protocol.h"
#include "sync/weft-sync-request.h"

#ifdef __linux__
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#endif

#define HANDSHAKE_TIMEOUT_S 10
#define KEEPALIVE_S         20

struct _WeftSyncSocket
{
  SoupSession               *http;
  const WeftSyncSocketFuncs *funcs;
  gpointer                   user_data;

  /* The handshake under way */
  GCancellable              *cancellable; /* %NULL: none */
  guint                      timer;

  SoupWebsocketConnection   *connection; /* %NULL: none */
  gboolean                   is_broken;
  GSource                   *drain;      /* %NULL: nobody wants to know */

  GSocket                   *line;       /* below it, and below TLS; %NULL: none */
  guint64                    n_received; /* bytes that had come over it at the last look */
};

/* A handshake; outlives the socket where that ends. */
typedef struct
{
  WeftSyncSocket *socket;
  GCancellable   *cancellable;
  SoupMessage    *message;
} Handshake;

static void
handshake_free (Handshake *self)
{
  g_signal_handlers_disconnect_by_data (self->message, self);
  g_object_unref (self->cancellable);
  g_object_unref (self->message);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Handshake, handshake_free)

static void
end_handshake (WeftSyncSocket *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

/* --- the line --- */

/* What has come over @line so far, whether it is a whole message or not; 0 where the system does not say. */
static guint64
count_received (GSocket *line)
{
#ifdef __linux__
  struct tcp_info info = { 0 };
  socklen_t size = sizeof info;

  /* An older kernel gives less of it, and 0 here. */
  if (line != NULL && getsockopt (g_socket_get_fd (line), IPPROTO_TCP, TCP_INFO, &info, &size) == 0)
    return info.tcpi_bytes_received;
#endif
  return 0;
}

static void
network_event_cb (SoupMessage       *message,
                  GSocketClientEvent event,
                  GIOStream         *stream,
                  gpointer           user_data)
{
  Handshake *handshake = user_data;

  if (event != G_SOCKET_CLIENT_CONNECTED || !G_IS_SOCKET_CONNECTION (stream) ||
      g_cancellable_is_cancelled (handshake->cancellable))
    return;

  g_set_object (&handshake->socket->line, g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream)));
  handshake->socket->n_received = 0;
}

/* --- what is sent --- */

static void
forget_drain (WeftSyncSocket *self)
{
  if (self->drain != NULL)
    g_source_destroy (self->drain);
  g_clear_pointer (&self->drain, g_source_unref);
}

static gboolean
drained_cb (GObject  *stream,
            gpointer  user_data)
{
  WeftSyncSocket *self = user_data;

  forget_drain (self);
  self->funcs->drained (self->user_data);
  return G_SOURCE_REMOVE;
}

/* libsoup does not say how much waits in its queue. While something does, it has a source of its own for the stream,
 * which goes before ours: ours is reached when the stream takes more and there is nothing more. */
void
weft_sync_socket_tell_drained (WeftSyncSocket *self)
{
  GOutputStream *stream;

  if (self->connection == NULL || self->drain != NULL)
    return;

  stream = g_io_stream_get_output_stream (soup_websocket_connection_get_io_stream (self->connection));
  self->drain = g_pollable_output_stream_create_source (G_POLLABLE_OUTPUT_STREAM (stream), NULL);
  g_source_set_priority (self->drain, G_PRIORITY_DEFAULT_IDLE);
  g_source_set_callback (self->drain, G_SOURCE_FUNC (drained_cb), self, NULL);
  g_source_attach (self->drain, g_main_context_get_thread_default ());
}

/* --- an open connection --- */

static void
message_cb (SoupWebsocketConnection *connection,
            SoupWebsocketDataType    type,
            GBytes                  *message,
            gpointer                 user_data)
{
  WeftSyncSocket *self = user_data;

  self->n_received = count_received (self->line);
  /* No relay speaks text here; y-websocket ignores it. */
  if (type == SOUP_WEBSOCKET_DATA_BINARY)
    self->funcs->message (message, self->user_data);
}

static void
pong_cb (SoupWebsocketConnection *connection,
         GBytes                  *message,
         gpointer                 user_data)
{
  WeftSyncSocket *self = user_data;

  self->funcs->heard (self->user_data);
}

static void
error_cb (SoupWebsocketConnection *connection,
          GError                  *error,
          gpointer                 user_data)
{
  WeftSyncSocket *self = user_data;

  /* `closed` follows. */
  g_message ("%s", error->message);
  self->is_broken = error->domain == SOUP_WEBSOCKET_ERROR;
}

static void
closed_cb (SoupWebsocketConnection *connection,
           gpointer                 user_data)
{
  WeftSyncSocket *self = user_data;
  g_autoptr(SoupWebsocketConnection) closed = g_steal_pointer (&self->connection);
  const char *data = soup_websocket_connection_get_close_data (closed);
  g_autofree char *reason = data != NULL ? g_utf8_make_valid (data, -1) : NULL;

  g_signal_handlers_disconnect_by_data (closed, self);
  forget_drain (self);
  g_clear_object (&self->line);
  self->funcs->closed (soup_websocket_connection_get_close_code (closed), reason, self->is_broken, self->user_data);
}

static void
take_connection (WeftSyncSocket          *self,
                 SoupWebsocketConnection *connection)
{
  self->connection = connection;
  self->is_broken = FALSE;

  soup_websocket_connection_set_max_incoming_payload_size (connection,
                                                           WEFT_SYNC_MAX_MESSAGE + WEFT_SYNC_FRAME_SLACK);
  soup_websocket_connection_set_keepalive_interval (connection, KEEPALIVE_S);

  g_signal_connect (connection, "message", G_CALLBACK (message_cb), self);
  g_signal_connect (connection, "pong", G_CALLBACK (pong_cb), self);
  g_signal_connect (connection, "error", G_CALLBACK (error_cb), self);
  g_signal_connect (connection, "closed", G_CALLBACK (closed_cb), self);

  self->funcs->opened (self->user_data);
}

/* --- the handshake --- */

static void
connected_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(Handshake) handshake = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(SoupWebsocketConnection) connection =
    soup_session_websocket_connect_finish (SOUP_SESSION (object), result, &error);
  WeftSyncSocket *self = handshake->socket;

  /* Stopped meanwhile, or timed out; another attempt may be under way. */
  if (g_cancellable_is_cancelled (handshake->cancellable))
    return;

  end_handshake (self);
  if (connection != NULL)
    take_connection (self, g_steal_pointer (&connection));
  else
    self->funcs->failed (soup_message_get_status (handshake->message),
                         soup_message_get_reason_phrase (handshake->message), error, self->user_data);
}

static gboolean
timeout_cb (gpointer user_data)
{
  WeftSyncSocket *self = user_data;

  self->timer = 0;
  end_handshake (self);
  self->funcs->failed (0, NULL, NULL, self->user_data);
  return G_SOURCE_REMOVE;
}

static SoupMessage *
make_message (const char *address,
              const char *token)
{
  SoupMessage *message = weft_sync_request_new (SOUP_METHOD_GET, address, token);

  /* A small compressed message could become a large one here. */
  soup_message_disable_feature (message, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  return message;
}

WeftSyncSocket *
weft_sync_socket_new (SoupSession               *http,
                      const WeftSyncSocketFuncs *funcs,
                      gpointer                   user_data)
{
  WeftSyncSocket *self = g_new0 (WeftSyncSocket, 1);

  self->http = http;
  self->funcs = funcs;
  self->user_data = user_data;
  return self;
}

void
weft_sync_socket_free (WeftSyncSocket *self)
{
  weft_sync_socket_stop (self, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);
  g_free (self);
}

void
weft_sync_socket_start (WeftSyncSocket *self,
                        const char     *address,
                        const char     *token)
{
  static const char *const protocols[] = { WEFT_SYNC_SUBPROTOCOL, NULL };
  Handshake *handshake;

  self->cancellable = g_cancellable_new ();
  self->timer = g_timeout_add_seconds (HANDSHAKE_TIMEOUT_S, timeout_cb, self);

  handshake = g_new0 (Handshake, 1);
  handshake->socket = self;
  handshake->cancellable = g_object_ref (self->cancellable);
  handshake->message = make_message (address, token);
  g_signal_connect (handshake->message, "network-event", G_CALLBACK (network_event_cb), handshake);
  soup_session_websocket_connect_async (self->http, handshake->message, NULL, (char **) protocols, G_PRIORITY_DEFAULT,
                                        self->cancellable, connected_cb, handshake);
}

void
weft_sync_socket_stop (WeftSyncSocket *self,
                       gushort         code,
                       const char     *reason)
{
  g_autoptr(SoupWebsocketConnection) connection = g_steal_pointer (&self->connection);

  end_handshake (self);
  forget_drain (self);
  g_clear_object (&self->line);
  if (connection == NULL)
    return;

  g_signal_handlers_disconnect_by_data (connection, self);
  if (soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_OPEN)
    {
      /* It lives until what was said last is on its way. */
      g_signal_connect (g_object_ref (connection), "closed", G_CALLBACK (g_object_unref), NULL);
      soup_websocket_connection_close (connection, code, reason);
    }
}

gboolean
weft_sync_socket_is_started (WeftSyncSocket *self)
{
  return self->cancellable != NULL || self->connection != NULL;
}

gboolean
weft_sync_socket_is_open (WeftSyncSocket *self)
{
  return self->connection != NULL;
}

gboolean
weft_sync_socket_has_received (WeftSyncSocket *self)
{
  guint64 n_before = self->n_received;

  self->n_received = count_received (self->line);
  return self->connection != NULL && self->n_received > n_before;
}

void
weft_sync_socket_send (WeftSyncSocket *self,
                       GBytes         *message)
{
  if (self->connection != NULL &&
      soup_websocket_connection_get_state (self->connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_message (self->connection, SOUP_WEBSOCKET_DATA_BINARY, message);
}
