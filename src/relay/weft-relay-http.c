/* weft-relay-http.c - the front of the relay: HTTP
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-http.h"

#include <libsoup/soup.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay/weft-relay-door.h"
#include "relay/weft-relay-handshake.h"
#include "relay/weft-relay-log.h"
#include "relay/weft-relay-path.h"

/* Descriptors that are kept for files and for saying no. */
#define SPARE_DESCRIPTORS 64

#define MAX_STATUS 599

/* What is read of a body that was refused: whoever is cut off in the middle of it never sees why. It is not kept. */
#define MAX_REFUSED_BODY (32 * 1024 * 1024)

struct _WeftRelayHttp
{
  const WeftRelayLimits *limits;
  WeftRelayRouter       *router;
  WeftRelayHandshaker   *handshaker;
  SoupServer            *server;
  GPtrArray             *doors; /* of WeftRelayDoor */
  guint64                n_refused[MAX_STATUS + 1]; /* by status */
};

static WeftRelayRequest *
make_request (WeftRelayHttp     *self,
              SoupServerMessage *message)
{
  g_autofree char *address = NULL;
  g_autofree char *peer = NULL;

  weft_relay_handshaker_name_peer (self->handshaker, soup_server_message_get_request_headers (message),
                                   soup_server_message_get_remote_address (message), &peer, &address);
  return weft_relay_request_new (message, self->limits, peer, address);
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
    weft_relay_handshaker_accept (self->handshaker, request);
  else if (is_get && weft_relay_path_get_room (path, self->limits->max_room_name, &room) == WEFT_RELAY_PATH_OK)
    answer_room (request);
  else
    weft_relay_router_dispatch (self->router, request);

  if (soup_server_message_get_status (message) >= 400)
    note_refusal (self, request, path);
}

/* How much of a body may still come. */
typedef struct
{
  WeftRelayHttp *http;
  gsize          max_body;
  gsize          left;
  gboolean       refused; /* what comes is read, but not kept */
} Body;

static void
refuse_body (Body              *body,
             SoupServerMessage *message)
{
  g_autoptr(WeftRelayRequest) request = make_request (body->http, message);
  SoupMessageBody *kept = soup_server_message_get_request_body (message);

  body->refused = TRUE;
  body->left = MAX_REFUSED_BODY;
  soup_message_body_set_accumulate (kept, FALSE);
  soup_message_body_truncate (kept);
  weft_relay_request_reply_problem (request, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE,
                                    "The body is larger than %" G_GSIZE_FORMAT " bytes.", body->max_body);
  note_refusal (body->http, request, weft_relay_request_get_path (request));
}

/* A body of unknown length is counted as it comes. */
static void
got_chunk_cb (SoupServerMessage *message,
              GBytes            *chunk,
              gpointer           user_data)
{
  Body *body = user_data;
  gsize size = g_bytes_get_size (chunk);
  GSocket *socket = weft_relay_guest_get_socket (soup_server_message_get_remote_address (message));

  if (size > body->left && !body->refused)
    refuse_body (body, message);
  else if (size > body->left && socket != NULL)
    shutdown (g_socket_get_fd (socket), SHUT_RDWR);
  body->left -= MIN (size, body->left);
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
  return counts[0] > WEFT_RELAY_MAX_HEADERS || counts[1] > WEFT_RELAY_MAX_HEADER_BYTES;
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
  Body *body;

  if (max_body == 0)
    max_body = self->limits->max_body;

  /* One request for each connection: nobody keeps a descriptor for later. */
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Connection", "close");

  if (is_head_too_large (message))
    {
      request = make_request (self, message);
      weft_relay_request_reply_problem (request, 431, "The head of the request is larger than %u bytes or %u fields.",
                                        WEFT_RELAY_MAX_HEADER_BYTES, WEFT_RELAY_MAX_HEADERS);
    }
  else if (soup_message_headers_get_content_length (headers) > (goffset) max_body)
    {
      request = make_request (self, message);
      weft_relay_request_reply_problem (request, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE,
                                        "The body is larger than %" G_GSIZE_FORMAT " bytes.", max_body);
    }

  /* libsoup answers behind the body, also where the answer is there before. */
  if (request != NULL)
    soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
  body = g_new (Body, 1);
  *body = (Body){ self, max_body, request != NULL ? MAX_REFUSED_BODY : max_body, request != NULL };
  g_signal_connect_data (message, "got-chunk", G_CALLBACK (got_chunk_cb), body,
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

static WeftRelayDoorAnswer
quick_cb (int             fd,
          GSocketAddress *remote,
          gsize          *n_there,
          gpointer        user_data)
{
  return weft_relay_handshaker_take (((WeftRelayHttp *) user_data)->handshaker, fd, remote, n_there);
}

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
  guint max_connections;

  if (sockets == NULL)
    return NULL;

  self = g_new0 (WeftRelayHttp, 1);
  self->limits = &config->limits;
  self->router = router;
  /* Names are decoded once, and that is done here. */
  self->server = soup_server_new ("server-header", "weft/" WEFT_VERSION, "raw-paths", TRUE, NULL);
  self->doors = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_relay_door_free);
  max_connections = raise_descriptor_limit ();
  if (self->limits->max_connections > 0)
    max_connections = MIN (max_connections, self->limits->max_connections);
  self->handshaker = weft_relay_handshaker_new (config, router, auth, pool, notebook, max_connections);

  soup_server_add_early_handler (self->server, NULL, early_cb, self, NULL);
  soup_server_add_handler (self->server, NULL, request_cb, self, NULL);
  g_signal_connect (self->server, "request-read", G_CALLBACK (request_read_cb), self);

  for (guint i = 0; i < sockets->len; i++)
    g_ptr_array_add (self->doors, weft_relay_door_new (sockets->pdata[i], self->limits, quick_cb, guest_cb, self));
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
  weft_relay_handshaker_free (self->handshaker);
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
  return (status <= MAX_STATUS ? self->n_refused[status] : 0) +
         weft_relay_handshaker_get_n_refused (self->handshaker, status);
}
