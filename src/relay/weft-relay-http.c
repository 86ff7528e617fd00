/* weft-relay-http.c - the front of the relay: HTTP and the WebSocket handshake
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-http.h"

#include <errno.h>
#include <fcntl.h>
#include <libsoup/soup.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay/weft-relay-path.h"
#include "sync/weft-sync-protocol.h"

#define BACKLOG 4096

/* Descriptors that are kept for files and for saying no. */
#define SPARE_DESCRIPTORS 64

/* What a client may have sent behind its handshake before it was answered. */
#define MAX_EARLY (64 * 1024)

struct _WeftRelayHttp
{
  WeftRelayHub          *hub;
  WeftRelayStore        *store;
  const WeftRelayLimits *limits;
  SoupServer            *server;
  guint16                port;
  guint                  max_connections;
  GHashTable            *waiting; /* SoupServerMessage -> when its head must be complete, in ms */
  guint                  deadline_source;
};

/* An accepted handshake, until its answer is written. */
typedef struct
{
  WeftRelayHttp *http;
  char          *room;
  gboolean       receipts;
  GSocket       *socket; /* once it was taken over */
} Handshake;

/* libsoup 3.2 forgets a reference to the socket of a connection that is stolen (3.6 does not): nobody
 * else has one when message and connection are gone, so any but ours is that. */
static gboolean
release_socket_cb (gpointer user_data)
{
  GSocket *socket = user_data;

  if (g_atomic_int_get (&G_OBJECT (socket)->ref_count) == 2)
    g_object_unref (socket);
  g_object_unref (socket);
  return G_SOURCE_REMOVE;
}

/* With the message. */
static void
handshake_free (gpointer  data,
                GClosure *closure)
{
  Handshake *handshake = data;

  if (handshake->socket != NULL)
    g_idle_add (release_socket_cb, g_steal_pointer (&handshake->socket));
  g_free (handshake->room);
  g_free (handshake);
}

static void
answer_text (SoupServerMessage *message,
             guint              status,
             const char        *text)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "text/plain; charset=utf-8", SOUP_MEMORY_COPY, text, strlen (text));
}

static void
answer_health (WeftRelayHttp     *self,
               SoupServerMessage *message)
{
  const WeftRelayCounters *counters = weft_relay_hub_get_counters (self->hub);
  gboolean stores = weft_relay_store_get_trouble (self->store) == NULL;
  g_autofree char *text =
    g_strdup_printf ("{\"status\":\"%s\",\"db\":\"%s\",\"redis\":\"off\",\"connections\":%u,\"rooms\":%u}\n",
                     stores ? "ok" : "failing", stores ? "ok" : "failing", counters->n_connections,
                     counters->n_rooms);

  soup_server_message_set_status (message, stores ? SOUP_STATUS_OK : SOUP_STATUS_SERVICE_UNAVAILABLE, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, text, strlen (text));
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Cache-Control", "no-store");
}

/* --- the handshake --- */

/* What libsoup has read behind the request. */
static GBytes *
drain_early (GIOStream *stream)
{
  GInputStream *input = g_io_stream_get_input_stream (stream);
  g_autoptr(GByteArray) early = g_byte_array_new ();
  guint8 buffer[4096];

  if (!G_IS_POLLABLE_INPUT_STREAM (input))
    return g_bytes_new (NULL, 0);

  while (early->len < MAX_EARLY)
    {
      gssize n_read =
        g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (input), buffer, sizeof buffer, NULL, NULL);

      if (n_read <= 0)
        break;
      g_byte_array_append (early, buffer, (guint) n_read);
    }

  return g_byte_array_free_to_bytes (g_steal_pointer (&early));
}

static char *
describe_peer (SoupServerMessage *message)
{
  GSocketAddress *address = soup_server_message_get_remote_address (message);
  g_autofree char *host = NULL;

  if (!G_IS_INET_SOCKET_ADDRESS (address))
    return g_strdup ("?");

  host = g_inet_address_to_string (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));
  return g_strdup_printf ("%s:%u", host, g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)));
}

/* The answer 101 is on its way: from here on the socket is the hub's. */
static void
wrote_informational_cb (SoupServerMessage *message,
                        gpointer           user_data)
{
  Handshake *handshake = user_data;
  g_autofree char *peer = describe_peer (message);
  GSocket *socket = g_object_ref (soup_server_message_get_socket (message));
  g_autoptr(GIOStream) stream = soup_server_message_steal_connection (message);
  g_autoptr(GBytes) early = drain_early (stream);
  g_autoptr(GError) error = NULL;
  int one = 1;
  int fd = fcntl (g_socket_get_fd (socket), F_DUPFD_CLOEXEC, 3);

  /* libsoup keeps the stream for longer than we need it, and with it a descriptor. */
  g_io_stream_close (stream, NULL, NULL);
  handshake->socket = socket;

  if (fd < 0)
    {
      g_warning ("%s: %s", peer, g_strerror (errno));
      return;
    }

  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (!weft_relay_hub_adopt (handshake->http->hub, fd, early, handshake->room, peer, handshake->receipts, &error))
    g_warning ("%s: %s", peer, error->message);
}

/* The subprotocol to name in the answer: ours where it is offered, else the first one. */
static char *
choose_subprotocol (SoupServerMessage *message)
{
  const char *offered = soup_message_headers_get_list (soup_server_message_get_request_headers (message),
                                                       "Sec-WebSocket-Protocol");
  GSList *list = offered != NULL ? soup_header_parse_list (offered) : NULL;
  char *chosen = list != NULL ? g_strdup (list->data) : NULL;

  for (GSList *l = list; l != NULL; l = l->next)
    {
      if (g_str_equal (l->data, WEFT_SYNC_SUBPROTOCOL))
        {
          g_free (chosen);
          chosen = g_strdup (WEFT_SYNC_SUBPROTOCOL);
        }
    }

  soup_header_free_list (list);
  return chosen;
}

static void
refuse_path (SoupServerMessage  *message,
             WeftRelayPathResult result)
{
  switch (result)
    {
    case WEFT_RELAY_PATH_EMPTY:
      answer_text (message, SOUP_STATUS_NOT_FOUND, "A room has a name: connect to /<room>.\n");
      break;
    case WEFT_RELAY_PATH_RESERVED:
      answer_text (message, SOUP_STATUS_NOT_FOUND, "There is no room here. A room of this name is under /yjs/.\n");
      break;
    case WEFT_RELAY_PATH_TOO_LONG:
      answer_text (message, SOUP_STATUS_REQUEST_URI_TOO_LONG, "The name of the room is too long.\n");
      break;
    case WEFT_RELAY_PATH_BAD:
    case WEFT_RELAY_PATH_OK:
      answer_text (message, SOUP_STATUS_BAD_REQUEST, "The name of the room is not UTF-8.\n");
      break;
    }
}

static void
accept_websocket (WeftRelayHttp     *self,
                  SoupServerMessage *message)
{
  const char *path = g_uri_get_path (soup_server_message_get_uri (message));
  g_autofree char *room = NULL;
  g_autofree char *subprotocol = choose_subprotocol (message);
  char *subprotocols[] = { subprotocol, NULL };
  WeftRelayPathResult result = weft_relay_path_get_room (path, self->limits->max_room_name, &room);
  Handshake *handshake;

  if (result != WEFT_RELAY_PATH_OK)
    {
      refuse_path (message, result);
      return;
    }
  if (weft_relay_hub_get_counters (self->hub)->n_connections >= self->max_connections)
    {
      answer_text (message, SOUP_STATUS_SERVICE_UNAVAILABLE, "Too many connections; try again later.\n");
      return;
    }

  /* No extensions: what is not compressed cannot explode. It answers a bad handshake itself. */
  if (!soup_websocket_server_process_handshake (message, NULL, subprotocol != NULL ? subprotocols : NULL, NULL, NULL))
    return;

  handshake = g_new0 (Handshake, 1);
  handshake->http = self;
  handshake->room = g_steal_pointer (&room);
  handshake->receipts = g_strcmp0 (subprotocol, WEFT_SYNC_SUBPROTOCOL) == 0;
  g_signal_connect_data (message, "wrote-informational", G_CALLBACK (wrote_informational_cb), handshake,
                         handshake_free, 0);
}

/* --- requests --- */

static void
request_cb (SoupServer        *server,
            SoupServerMessage *message,
            const char        *decoded_path,
            GHashTable        *query,
            gpointer           user_data)
{
  WeftRelayHttp *self = user_data;
  const char *path = g_uri_get_path (soup_server_message_get_uri (message));
  const char *method = soup_server_message_get_method (message);
  const char *upgrade = soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Upgrade");

  if (method != SOUP_METHOD_GET && method != SOUP_METHOD_HEAD)
    answer_text (message, SOUP_STATUS_METHOD_NOT_ALLOWED, "Only GET is understood here.\n");
  else if (upgrade != NULL && g_ascii_strcasecmp (upgrade, "websocket") == 0)
    accept_websocket (self, message);
  else if (g_str_equal (path, "/health"))
    answer_health (self, message);
  else if (g_str_equal (path, "/"))
    answer_text (message, SOUP_STATUS_OK, "This is a Weft relay. Rooms are WebSockets at /<room>.\n");
  else
    {
      answer_text (message, 426, "A room is reached by WebSocket.\n");
      soup_message_headers_replace (soup_server_message_get_response_headers (message), "Upgrade", "websocket");
    }
}

static void
request_started_cb (SoupServer        *server,
                    SoupServerMessage *message,
                    gpointer           user_data)
{
  WeftRelayHttp *self = user_data;
  gint64 *deadline = g_new (gint64, 1);

  *deadline = g_get_monotonic_time () / 1000 + self->limits->request_seconds * 1000;
  g_hash_table_insert (self->waiting, g_object_ref (message), deadline);
}

static void
request_ended_cb (SoupServer        *server,
                  SoupServerMessage *message,
                  gpointer           user_data)
{
  WeftRelayHttp *self = user_data;

  g_hash_table_remove (self->waiting, message);
}

/* Cuts off those who do not come to the end of their request. */
static gboolean
check_deadlines_cb (gpointer user_data)
{
  WeftRelayHttp *self = user_data;
  gint64 now_ms = g_get_monotonic_time () / 1000;
  GHashTableIter iter;
  gpointer message;
  gpointer deadline;

  g_hash_table_iter_init (&iter, self->waiting);
  while (g_hash_table_iter_next (&iter, &message, &deadline))
    {
      GSocket *socket = soup_server_message_get_socket (message);

      if (now_ms < *(gint64 *) deadline)
        continue;

      if (socket != NULL)
        shutdown (g_socket_get_fd (socket), SHUT_RDWR);
      g_hash_table_iter_remove (&iter);
    }

  return G_SOURCE_CONTINUE;
}

/* --- listening --- */

static GSocket *
listen_on (GSocketAddress *address,
           GError        **error)
{
  g_autoptr(GSocket) socket = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM,
                                            G_SOCKET_PROTOCOL_TCP, error);

  if (socket == NULL)
    return NULL;

  g_socket_set_listen_backlog (socket, BACKLOG);
  if (!g_socket_bind (socket, address, TRUE, error) || !g_socket_listen (socket, error))
    return NULL;

  return g_steal_pointer (&socket);
}

/* Every connection is a descriptor: take as many as the system gives. */
static guint
raise_descriptor_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return 1024 - SPARE_DESCRIPTORS;

  limit.rlim_cur = limit.rlim_max;
  if (setrlimit (RLIMIT_NOFILE, &limit) != 0)
    getrlimit (RLIMIT_NOFILE, &limit);

  return (guint) CLAMP (limit.rlim_cur, 2 * SPARE_DESCRIPTORS, 1000000) - SPARE_DESCRIPTORS;
}

WeftRelayHttp *
weft_relay_http_new (WeftRelayHub          *hub,
                     WeftRelayStore        *store,
                     const WeftRelayLimits *limits,
                     GSocketAddress        *address,
                     GError               **error)
{
  g_autoptr(GSocket) socket = listen_on (address, error);
  g_autoptr(GSocketAddress) bound = NULL;
  g_autoptr(SoupServer) server = NULL;
  WeftRelayHttp *self;

  if (socket == NULL)
    return NULL;

  bound = g_socket_get_local_address (socket, error);
  if (bound == NULL)
    return NULL;

  server = soup_server_new ("server-header", "weft/" WEFT_VERSION, NULL);
  if (!soup_server_listen_socket (server, socket, 0, error))
    return NULL;

  self = g_new0 (WeftRelayHttp, 1);
  self->hub = hub;
  self->store = store;
  self->limits = limits;
  self->server = g_steal_pointer (&server);
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  self->max_connections = raise_descriptor_limit ();
  self->waiting = g_hash_table_new_full (NULL, NULL, g_object_unref, g_free);
  self->deadline_source = g_timeout_add (1000, check_deadlines_cb, self);

  soup_server_add_handler (self->server, NULL, request_cb, self, NULL);
  g_signal_connect (self->server, "request-started", G_CALLBACK (request_started_cb), self);
  g_signal_connect (self->server, "request-read", G_CALLBACK (request_ended_cb), self);
  g_signal_connect (self->server, "request-finished", G_CALLBACK (request_ended_cb), self);
  g_signal_connect (self->server, "request-aborted", G_CALLBACK (request_ended_cb), self);
  return self;
}

void
weft_relay_http_stop (WeftRelayHttp *self)
{
  soup_server_disconnect (self->server);
}

void
weft_relay_http_free (WeftRelayHttp *self)
{
  g_clear_handle_id (&self->deadline_source, g_source_remove);
  g_signal_handlers_disconnect_by_data (self->server, self);
  g_object_unref (self->server);
  g_hash_table_unref (self->waiting);
  g_free (self);
}

guint16
weft_relay_http_get_port (WeftRelayHttp *self)
{
  return self->port;
}
