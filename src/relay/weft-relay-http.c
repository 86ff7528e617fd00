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

#include "relay/weft-relay-door.h"
#include "relay/weft-relay-log.h"
#include "relay/weft-relay-path.h"
#include "sync/weft-sync-protocol.h"

/* Descriptors that are kept for files and for saying no. */
#define SPARE_DESCRIPTORS 64

/* A request's head; more is answered 431. */
#define MAX_HEADERS      64
#define MAX_HEADER_BYTES (16 * 1024)

#define MAX_STATUS 599

/* What is read of a body that was refused. */
#define MAX_REFUSED_BODY (64 * 1024)

/* What a client may have sent behind its handshake before it was answered. */
#define MAX_EARLY (64 * 1024)

struct _WeftRelayHttp
{
  const WeftRelayConfig *config;
  const WeftRelayLimits *limits;
  WeftRelayRouter       *router;
  WeftRelayAuth         *auth;
  WeftRelayPool         *pool;
  const char            *notebook; /* the relay's own */
  SoupServer            *server;
  GPtrArray             *doors; /* of WeftRelayDoor */
  guint                  max_connections;
  guint64                n_refused[MAX_STATUS + 1]; /* by status */
};

/* A handshake, until its answer is written. */
typedef struct
{
  WeftRelayHttp    *http;
  WeftRelayRequest *request;
  WeftRelayArrival *arrival;
  char             *subprotocol;
  gboolean         *decided; /* %NULL: the request is held */
} Handshake;

static void
handshake_free (Handshake *handshake)
{
  g_clear_pointer (&handshake->arrival, weft_relay_arrival_free);
  g_clear_pointer (&handshake->request, weft_relay_request_unref);
  g_free (handshake->subprotocol);
  g_free (handshake);
}

/* With the message. */
static void
handshake_closed (gpointer  data,
                  GClosure *closure)
{
  handshake_free (data);
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

/* The client's own address where a proxy that we believe says so: the last one is what the proxy saw itself. */
static GInetAddress *
find_forwarded (WeftRelayHttp     *self,
                SoupServerMessage *message)
{
  const char *header = self->config->behind_proxy
                         ? soup_message_headers_get_list (soup_server_message_get_request_headers (message),
                                                          "X-Forwarded-For")
                         : NULL;
  const char *comma = header != NULL ? strrchr (header, ',') : NULL;
  g_autofree char *last = header != NULL ? g_strstrip (g_strdup (comma != NULL ? comma + 1 : header)) : NULL;

  return last != NULL ? g_inet_address_new_from_string (last) : NULL;
}

static WeftRelayRequest *
make_request (WeftRelayHttp     *self,
              SoupServerMessage *message)
{
  GSocketAddress *remote = soup_server_message_get_remote_address (message);
  g_autoptr(GInetAddress) forwarded = find_forwarded (self, message);
  g_autofree char *address = NULL;
  g_autofree char *host = NULL;
  g_autofree char *peer = NULL;
  GInetAddress *inet;

  if (!G_IS_INET_SOCKET_ADDRESS (remote))
    return weft_relay_request_new (message, self->limits, "?", "?");

  inet = forwarded != NULL ? forwarded : g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (remote));
  address = weft_relay_door_name_address (inet);
  host = g_inet_address_to_string (inet);
  peer = g_strdup_printf ("%s:%u", host, g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (remote)));
  return weft_relay_request_new (message, self->limits, peer, address);
}

/* The answer 101 is on its way: from here on the socket is the hub's. */
static void
wrote_informational_cb (SoupServerMessage *message,
                        gpointer           user_data)
{
  Handshake *handshake = user_data;
  WeftRelayArrival *arrival = handshake->arrival;
  GSocketAddress *remote = soup_server_message_get_remote_address (message);
  int socket = g_socket_get_fd (weft_relay_guest_get_socket (remote));
  g_autoptr(GIOStream) stream = soup_server_message_steal_connection (message);
  int one = 1;

  arrival->early = drain_early (stream);
  arrival->fd = fcntl (socket, F_DUPFD_CLOEXEC, 3);

  /* libsoup keeps the stream for longer than we need it, and with it a descriptor. */
  g_io_stream_close (stream, NULL, NULL);

  if (arrival->fd < 0)
    {
      g_warning ("%s: %s", arrival->peer, g_strerror (errno));
      return;
    }

  setsockopt (arrival->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  weft_relay_pool_adopt (handshake->http->pool, g_steal_pointer (&handshake->arrival));
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

/* It was decided about the handshake. Who is refused gets a close code: it is all that a page sees of
 * a refusal, and what keeps y-websocket clients from coming back. */
static void
decided_cb (WeftRelayGrant *grant,
            const GError   *error,
            gpointer        user_data)
{
  Handshake *handshake = user_data;
  WeftRelayRequest *request = handshake->request;
  SoupServerMessage *message = weft_relay_request_get_message (request);
  char *subprotocols[] = { handshake->subprotocol, NULL };
  gboolean held = handshake->decided == NULL;

  if (grant != NULL)
    {
      handshake->arrival->grant = weft_relay_grant_ref (grant);
    }
  else if (error != NULL)
    {
      handshake->arrival->close_code = weft_relay_auth_error_to_close (error);
      handshake->arrival->close_reason = g_strdup (error->message);
    }

  if (!held)
    *handshake->decided = TRUE;
  g_clear_pointer (&handshake->request, weft_relay_request_unref);

  /* "close" was for plain answers. */
  soup_message_headers_remove (soup_server_message_get_response_headers (message), "Connection");

  /* No extensions: what is not compressed cannot explode. It answers a bad handshake itself. */
  if (soup_websocket_server_process_handshake (message, NULL, handshake->subprotocol != NULL ? subprotocols : NULL,
                                               NULL, NULL))
    g_signal_connect_data (message, "wrote-informational", G_CALLBACK (wrote_informational_cb), handshake,
                           handshake_closed, 0);
  else
    handshake_free (handshake);

  if (held)
    weft_relay_request_release (request);
}

/* Whether there is room for one more connection; where not, that is answered. */
static gboolean
is_full (WeftRelayHttp    *self,
         WeftRelayRequest *request)
{
  const char *address = weft_relay_request_get_address (request);
  guint limit = self->limits->max_connections_address;
  WeftRelayCounters counters;

  weft_relay_pool_get_counters (self->pool, &counters);
  if (counters.n_connections >= self->max_connections)
    {
      weft_relay_request_set_header (request, "Retry-After", "5");
      weft_relay_request_reply_problem (request, SOUP_STATUS_SERVICE_UNAVAILABLE,
                                        "Too many connections; try again later.");
      return TRUE;
    }
  if (limit > 0 && !weft_relay_door_is_loopback (address) &&
      weft_relay_pool_count_address (self->pool, address) >= limit)
    {
      weft_relay_request_reply_problem (request, 429, "There are %u connections from this address already; no more "
                                        "are taken (--max-connections-address).", limit);
      return TRUE;
    }

  return FALSE;
}

/* What stood for `*room`, decoded once. */
static char *
dup_room_param (WeftRelayHttp    *self,
                WeftRelayRequest *request)
{
  const char *raw = weft_relay_request_get_param (request, "room");
  char *room = NULL;

  if (raw == NULL ||
      weft_relay_path_decode_room (raw, self->limits->max_room_name, &room) != WEFT_RELAY_PATH_OK)
    weft_relay_request_reply_problem (request, SOUP_STATUS_BAD_REQUEST,
                                      "The path does not end with the name of a room, UTF-8 of at most %"
                                      G_GSIZE_FORMAT " bytes.", self->limits->max_room_name);
  return room;
}

/* Has it decided whether the handshake may be completed; decided_cb() frees it. */
static void
ask (WeftRelayHttp              *self,
     Handshake                  *handshake,
     const WeftRelayCredentials *credentials)
{
  g_autoptr(WeftRelayRequest) request = weft_relay_request_ref (handshake->request);
  gboolean decided = FALSE;

  handshake->decided = &decided;
  if (handshake->arrival->dialect->many_rooms && credentials->token == NULL)
    decided_cb (NULL, NULL, handshake); /* tokens come later, one for each room */
  else
    weft_relay_auth_check (self->auth, credentials, handshake->arrival->room, decided_cb, handshake);
  if (decided)
    return;

  handshake->decided = NULL;
  weft_relay_request_hold (request);
}

static void
begin_handshake (WeftRelayHttp          *self,
                 WeftRelayRequest       *request,
                 const WeftRelayDialect *dialect,
                 char                   *room)
{
  Handshake *handshake = g_new0 (Handshake, 1);
  WeftRelayArrival *arrival = g_new0 (WeftRelayArrival, 1);
  WeftRelayCredentials credentials;

  arrival->fd = -1;
  arrival->dialect = dialect;
  arrival->room = room;
  arrival->peer = g_strdup (weft_relay_request_get_peer (request));
  arrival->address = g_strdup (weft_relay_request_get_address (request));
  arrival->token = weft_relay_request_dup_token (request);
  arrival->device = g_strdup (weft_relay_request_get_query (request, "device_id"));

  handshake->http = self;
  handshake->arrival = arrival;
  handshake->request = weft_relay_request_ref (request);
  handshake->subprotocol = choose_subprotocol (weft_relay_request_get_message (request));
  arrival->receipts = g_strcmp0 (handshake->subprotocol, WEFT_SYNC_SUBPROTOCOL) == 0;

  credentials = (WeftRelayCredentials){ arrival->token, arrival->address };
  ask (self, handshake, &credentials);
}

static void
accept_websocket (WeftRelayHttp    *self,
                  WeftRelayRequest *request)
{
  const WeftRelayDialect *dialect = weft_relay_router_find_dialect (self->router, request);
  char *room = NULL;

  if (dialect == NULL)
    {
      weft_relay_request_reply_problem (request, SOUP_STATUS_NOT_FOUND, "There is no WebSocket at this path.");
      return;
    }
  if (!weft_relay_request_is_origin_allowed (request, self->config->origins))
    {
      weft_relay_request_reply_problem (request, SOUP_STATUS_FORBIDDEN,
                                        "Pages of this origin may not connect; the relay's option --origins lists "
                                        "those that may.");
      return;
    }
  if (is_full (self, request))
    return;

  if (!dialect->many_rooms)
    {
      if (self->config->open)
        weft_relay_request_set_param (request, WEFT_RELAY_REQUEST_NOTEBOOK, self->notebook);
      room = dialect->dup_room != NULL ? dialect->dup_room (request, self->limits) : dup_room_param (self, request);
      if (room == NULL)
        return;
    }

  begin_handshake (self, request, dialect, room);
}

/* --- requests --- */

/* A path that is a room but was asked for without a handshake. */
static void
answer_room (WeftRelayRequest *request)
{
  weft_relay_request_set_header (request, "Upgrade", "websocket");
  weft_relay_request_reply_problem (request, 426, "A room is reached by WebSocket.");
}

/* Whether a path may hold the token of an invite, which no log may. */
static gboolean
has_secret (const char *path)
{
  g_autofree char *decoded = g_uri_unescape_string (path, NULL);

  return decoded == NULL || strstr (decoded, "invite") != NULL;
}

static void
note_refusal (WeftRelayHttp    *self,
              WeftRelayRequest *request,
              const char       *path)
{
  guint status = soup_server_message_get_status (weft_relay_request_get_message (request));

  self->n_refused[MIN (status, MAX_STATUS)]++;
  weft_relay_log_refused (weft_relay_request_get_peer (request), status, has_secret (path) ? "(an invite)" : path);
}

static void
request_cb (SoupServer        *server,
            SoupServerMessage *message,
            const char        *decoded_path,
            GHashTable        *query,
            gpointer           user_data)
{
  WeftRelayHttp *self = user_data;
  g_autoptr(WeftRelayRequest) request = make_request (self, message);
  const char *path = weft_relay_request_get_path (request);
  const char *upgrade = weft_relay_request_get_header (request, "Upgrade");
  gboolean is_get = soup_server_message_get_method (message) == SOUP_METHOD_GET;
  g_autofree char *room = NULL;

  if (is_get && upgrade != NULL && g_ascii_strcasecmp (upgrade, "websocket") == 0)
    accept_websocket (self, request);
  else if (is_get && weft_relay_path_get_room (path, self->limits->max_room_name, &room) == WEFT_RELAY_PATH_OK)
    answer_room (request);
  else
    weft_relay_router_dispatch (self->router, request);

  if (soup_server_message_get_status (message) >= 400)
    note_refusal (self, request, path);
}

/* A body of unknown length is counted as it comes. */
static void
got_chunk_cb (SoupServerMessage *message,
              GBytes            *chunk,
              gpointer           user_data)
{
  gsize *left = user_data;
  gsize size = g_bytes_get_size (chunk);
  GSocket *socket = weft_relay_guest_get_socket (soup_server_message_get_remote_address (message));

  if (size > *left && socket != NULL)
    shutdown (g_socket_get_fd (socket), SHUT_RDWR);
  *left -= MIN (size, *left);
}

static void
add_header_cb (const char *name,
               const char *value,
               gpointer    user_data)
{
  gsize *counts = user_data;

  counts[0]++;
  counts[1] += strlen (name) + strlen (value) + 4;
}

/* Whether the head of a request is larger than heads are. */
static gboolean
is_head_too_large (SoupServerMessage *message)
{
  gsize counts[2] = { 0, 0 };

  soup_message_headers_foreach (soup_server_message_get_request_headers (message), add_header_cb, counts);
  counts[1] += strlen (g_uri_get_path (soup_server_message_get_uri (message)));
  if (g_uri_get_query (soup_server_message_get_uri (message)) != NULL)
    counts[1] += strlen (g_uri_get_query (soup_server_message_get_uri (message)));
  return counts[0] > MAX_HEADERS || counts[1] > MAX_HEADER_BYTES;
}

/* The head of a request is there: what is too large is answered before it is read. */
static void
early_cb (SoupServer        *server,
          SoupServerMessage *message,
          const char        *decoded_path,
          GHashTable        *query,
          gpointer           user_data)
{
  WeftRelayHttp *self = user_data;
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *path = g_uri_get_path (soup_server_message_get_uri (message));
  gsize max_body = weft_relay_router_get_max_body (self->router, soup_server_message_get_method (message), path);
  g_autoptr(WeftRelayRequest) request = NULL;
  gsize *left;

  if (max_body == 0)
    max_body = self->limits->max_body;

  /* One request for each connection: nobody keeps a descriptor for later. */
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Connection", "close");

  if (is_head_too_large (message))
    {
      request = make_request (self, message);
      weft_relay_request_reply_problem (request, 431, "The head of the request is larger than %u bytes or %u fields.",
                                        MAX_HEADER_BYTES, MAX_HEADERS);
    }
  else if (soup_message_headers_get_content_length (headers) > (goffset) max_body)
    {
      request = make_request (self, message);
      weft_relay_request_reply_problem (request, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE,
                                        "The body is larger than %" G_GSIZE_FORMAT " bytes.", max_body);
    }

  /* libsoup keeps what comes, also where it was answered already; a little of that, so that the answer is seen. */
  left = g_new (gsize, 1);
  *left = request != NULL ? MAX_REFUSED_BODY : max_body;
  g_signal_connect_data (message, "got-chunk", G_CALLBACK (got_chunk_cb), left,
                         (GClosureNotify) (void (*) (void)) g_free, 0);

  if (request != NULL)
    note_refusal (self, request, path);
}

static void
request_read_cb (SoupServer        *server,
                 SoupServerMessage *message,
                 gpointer           user_data)
{
  weft_relay_guest_arrived (soup_server_message_get_remote_address (message));
}

/* --- listening --- */

static void
guest_cb (GSocketConnection *connection,
          GSocketAddress    *local,
          GSocketAddress    *remote,
          gpointer           user_data)
{
  WeftRelayHttp *self = user_data;
  g_autoptr(GError) error = NULL;

  if (!soup_server_accept_iostream (self->server, G_IO_STREAM (connection), local, remote, &error))
    g_warning ("%s", error->message);
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

/* The first address of @text, which is HOST, HOST:PORT or [IPv6]:PORT. */
static GSocketAddress *
resolve (const char *text,
         GError    **error)
{
  g_autoptr(GSocketConnectable) connectable = g_network_address_parse (text, WEFT_RELAY_DEFAULT_PORT, error);
  g_autoptr(GSocketAddressEnumerator) enumerator = NULL;
  g_autoptr(GSocketAddress) address = NULL;
  g_autoptr(GError) failure = NULL;

  if (connectable == NULL)
    return NULL;

  enumerator = g_socket_connectable_enumerate (connectable);
  address = g_socket_address_enumerator_next (enumerator, NULL, &failure);
  if (failure != NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
  else if (address == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "“%s” has no address", text);

  return g_steal_pointer (&address);
}

/* What systemd passed, else a socket of our own. */
static GPtrArray *
open_sockets (const WeftRelayConfig *config,
              GError               **error)
{
  g_autoptr(GPtrArray) sockets = weft_relay_door_take_sockets (error);
  g_autoptr(GSocketAddress) address = NULL;
  GSocket *socket;

  if (sockets == NULL || sockets->len > 0)
    return g_steal_pointer (&sockets);

  address = resolve (config->listen, error);
  socket = address != NULL ? weft_relay_door_listen (address, error) : NULL;
  if (socket == NULL)
    return NULL;

  g_ptr_array_add (sockets, socket);
  return g_steal_pointer (&sockets);
}

WeftRelayHttp *
weft_relay_http_new (const WeftRelayConfig *config,
                     WeftRelayRouter       *router,
                     WeftRelayAuth         *auth,
                     WeftRelayPool         *pool,
                     const char            *notebook,
                     GError               **error)
{
  g_autoptr(GPtrArray) sockets = open_sockets (config, error);
  WeftRelayHttp *self;

  if (sockets == NULL)
    return NULL;

  self = g_new0 (WeftRelayHttp, 1);
  self->config = config;
  self->limits = &config->limits;
  self->router = router;
  self->auth = auth;
  self->pool = pool;
  self->notebook = notebook;
  /* Names are decoded once, and that is done here. */
  self->server = soup_server_new ("server-header", "weft/" WEFT_VERSION, "raw-paths", TRUE, NULL);
  self->doors = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_relay_door_free);
  self->max_connections = raise_descriptor_limit ();
  if (self->limits->max_connections > 0)
    self->max_connections = MIN (self->max_connections, self->limits->max_connections);

  soup_server_add_early_handler (self->server, NULL, early_cb, self, NULL);
  soup_server_add_handler (self->server, NULL, request_cb, self, NULL);
  g_signal_connect (self->server, "request-read", G_CALLBACK (request_read_cb), self);

  for (guint i = 0; i < sockets->len; i++)
    g_ptr_array_add (self->doors, weft_relay_door_new (sockets->pdata[i], self->limits, guest_cb, self));
  return self;
}

void
weft_relay_http_stop (WeftRelayHttp *self)
{
  for (guint i = 0; i < self->doors->len; i++)
    weft_relay_door_close (self->doors->pdata[i]);
}

void
weft_relay_http_free (WeftRelayHttp *self)
{
  weft_relay_http_stop (self);
  soup_server_disconnect (self->server);
  g_signal_handlers_disconnect_by_data (self->server, self);
  g_object_unref (self->server);
  g_ptr_array_unref (self->doors);
  g_free (self);
}

GSocketAddress *
weft_relay_http_get_address (WeftRelayHttp *self)
{
  return weft_relay_door_get_address (self->doors->pdata[0]);
}

guint64
weft_relay_http_get_n_refused (WeftRelayHttp *self,
                               guint          status)
{
  return status <= MAX_STATUS ? self->n_refused[status] : 0;
}
