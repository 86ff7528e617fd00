/* weft-relay-handshake.c - from a request to a connection of the pool
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-handshake.h"

#include <errno.h>
#include <fcntl.h>
#include <libsoup/soup.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay/weft-relay-log.h"
#include "relay/weft-relay-path.h"
#include "sync/weft-sync-protocol.h"

/* What a client may have sent behind its handshake before it was answered. */
#define MAX_EARLY (64 * 1024)

/* RFC 6455, 4.2.2: what the key is answered with. */
#define KEY_SUFFIX "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define KEY_BYTES  16
#define KEY_LENGTH 24

#define END_OF_HEAD "\r\n\r\n"

#define STATUS_HEAD_TOO_LARGE 431

/* What of a head does not count: "GET", the version, and the spaces around a path. */
#define HEAD_SLACK 256

/* Of the length of a body; more are none that anybody has. */
#define MAX_LENGTH_DIGITS 15

struct _WeftRelayHandshaker
{
  const WeftRelayConfig *config;
  const WeftRelayLimits *limits;
  WeftRelayRouter       *router;
  WeftRelayAuth         *auth;
  WeftRelayPool         *pool;
  const char            *notebook; /* the relay's own */
  guint                  max_connections;
  guint64                n_unclear, n_too_large; /* refused */
  char                   head[WEFT_RELAY_MAX_HEADER_BYTES + HEAD_SLACK];
};

/* A handshake, until its answer is written. */
typedef struct
{
  WeftRelayHandshaker *owner;
  WeftRelayRequest    *request;
  WeftRelayArrival    *arrival;
  char                *subprotocol;
  char                *key;     /* ours to answer; %NULL: libsoup's */
  gboolean            *decided; /* %NULL: the request is held */
} Handshake;

static void
handshake_free (Handshake *handshake)
{
  g_clear_pointer (&handshake->arrival, weft_relay_arrival_free);
  g_clear_pointer (&handshake->request, weft_relay_request_unref);
  g_free (handshake->subprotocol);
  g_free (handshake->key);
  g_free (handshake);
}

/* With the message. */
static void
handshake_closed (gpointer  data,
                  GClosure *closure)
{
  handshake_free (data);
}

WeftRelayHandshaker *
weft_relay_handshaker_new (const WeftRelayConfig *config,
                           WeftRelayRouter       *router,
                           WeftRelayAuth         *auth,
                           WeftRelayPool         *pool,
                           const char            *notebook,
                           guint                  max_connections)
{
  WeftRelayHandshaker *self = g_new0 (WeftRelayHandshaker, 1);

  self->config = config;
  self->limits = &config->limits;
  self->router = router;
  self->auth = auth;
  self->pool = pool;
  self->notebook = notebook;
  self->max_connections = max_connections;
  return self;
}

void
weft_relay_handshaker_free (WeftRelayHandshaker *self)
{
  g_free (self);
}

guint64
weft_relay_handshaker_get_n_refused (WeftRelayHandshaker *self,
                                     guint                status)
{
  return status == STATUS_HEAD_TOO_LARGE ? self->n_too_large : status == SOUP_STATUS_BAD_REQUEST ? self->n_unclear : 0;
}

/* --- who it is --- */

/* The client's own address where a proxy that we believe says so: the last one is what the proxy saw itself. */
static GInetAddress *
find_forwarded (WeftRelayHandshaker *self,
                SoupMessageHeaders  *headers)
{
  const char *header =
    self->config->behind_proxy ? soup_message_headers_get_list (headers, "X-Forwarded-For") : NULL;
  const char *comma = header != NULL ? strrchr (header, ',') : NULL;
  g_autofree char *last = header != NULL ? g_strstrip (g_strdup (comma != NULL ? comma + 1 : header)) : NULL;

  return last != NULL ? g_inet_address_new_from_string (last) : NULL;
}

void
weft_relay_handshaker_name_peer (WeftRelayHandshaker *self,
                                 SoupMessageHeaders  *headers,
                                 GSocketAddress      *remote,
                                 char               **peer,
                                 char               **address)
{
  g_autoptr(GInetAddress) forwarded = find_forwarded (self, headers);
  GInetSocketAddress *direct = G_IS_INET_SOCKET_ADDRESS (remote) ? G_INET_SOCKET_ADDRESS (remote) : NULL;
  GInetAddress *inet = forwarded;
  g_autofree char *host = NULL;

  if (inet == NULL && direct != NULL)
    inet = g_inet_socket_address_get_address (direct);
  host = inet != NULL ? g_inet_address_to_string (inet) : NULL;
  *address = weft_relay_door_name_address (inet);
  *peer = g_strdup_printf ("%s:%u", host != NULL ? host : *address,
                           direct != NULL ? g_inet_socket_address_get_port (direct) : 0);
}

/* --- what is answered --- */

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

/* libsoup has sent the answer 101: from here on the socket is the hub's. */
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
  weft_relay_pool_adopt (handshake->owner->pool, g_steal_pointer (&handshake->arrival));
}

static void
complete_with_soup (Handshake         *handshake,
                    SoupServerMessage *message)
{
  char *subprotocols[] = { handshake->subprotocol, NULL };

  /* "close" was for plain answers. */
  soup_message_headers_remove (soup_server_message_get_response_headers (message), "Connection");

  /* No extensions: what is not compressed cannot explode. It answers a bad handshake itself. */
  if (soup_websocket_server_process_handshake (message, NULL, handshake->subprotocol != NULL ? subprotocols : NULL,
                                               NULL, NULL))
    g_signal_connect_data (message, "wrote-informational", G_CALLBACK (wrote_informational_cb), handshake,
                           handshake_closed, 0);
  else
    handshake_free (handshake);
}

/* The same without libsoup, for what weft_relay_handshaker_take() took. */
static void
complete (Handshake *handshake)
{
  g_autoptr(GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA1);
  g_autoptr(GString) answer = g_string_new ("HTTP/1.1 101 Switching Protocols\r\n"
                                            "Server: weft/" WEFT_VERSION "\r\n"
                                            "Upgrade: websocket\r\n"
                                            "Connection: Upgrade\r\n");
  g_autofree char *accepted = NULL;
  guint8 digest[20];
  gsize n_digest = sizeof digest;
  int one = 1;

  g_checksum_update (sum, (const guchar *) handshake->key, -1);
  g_checksum_update (sum, (const guchar *) KEY_SUFFIX, -1);
  g_checksum_get_digest (sum, digest, &n_digest);
  accepted = g_base64_encode (digest, n_digest);
  if (handshake->subprotocol != NULL)
    g_string_append_printf (answer, "Sec-WebSocket-Protocol: %s\r\n", handshake->subprotocol);
  g_string_append_printf (answer, "Sec-WebSocket-Accept: %s" END_OF_HEAD, accepted);

  /* Nothing was sent on this socket before: either all of it goes, or the client is gone. */
  setsockopt (handshake->arrival->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (send (handshake->arrival->fd, answer->str, answer->len, MSG_NOSIGNAL | MSG_DONTWAIT) == (gssize) answer->len)
    weft_relay_pool_adopt (handshake->owner->pool, g_steal_pointer (&handshake->arrival));
  handshake_free (handshake);
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
  gboolean held = handshake->decided == NULL;

  if (grant != NULL)
    {
      handshake->arrival->grant = weft_relay_grant_ref (grant);
      if (grant->room != NULL)
        {
          g_free (handshake->arrival->room);
          handshake->arrival->room = g_strdup (grant->room);
        }
    }
  else if (error != NULL)
    {
      handshake->arrival->close_code = weft_relay_auth_error_to_close (error);
      handshake->arrival->close_reason = g_strdup (error->message);
    }

  if (!held)
    *handshake->decided = TRUE;
  g_clear_pointer (&handshake->request, weft_relay_request_unref);

  if (handshake->key != NULL)
    {
      complete (handshake);
    }
  else
    {
      complete_with_soup (handshake, weft_relay_request_get_message (request));
      if (held)
        weft_relay_request_release (request);
    }
}

/* --- what is asked for --- */

/* The subprotocol to name in the answer: ours where it is offered, else the first one. */
static char *
choose_subprotocol (WeftRelayRequest *request)
{
  const char *offered = weft_relay_request_get_header (request, "Sec-WebSocket-Protocol");
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

/* Whether there is room for one more connection; where not, that is answered. */
static gboolean
is_full (WeftRelayHandshaker *self,
         WeftRelayRequest    *request)
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
dup_room_param (WeftRelayHandshaker *self,
                WeftRelayRequest    *request)
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
ask (WeftRelayHandshaker *self,
     Handshake           *handshake)
{
  const WeftRelayCredentials credentials = { handshake->arrival->token, handshake->arrival->address, FALSE,
                                             handshake->arrival->dialect->by_board };
  g_autoptr(WeftRelayRequest) request = weft_relay_request_ref (handshake->request);
  gboolean decided = FALSE;

  handshake->decided = &decided;
  if (handshake->arrival->dialect->many_rooms && credentials.token == NULL)
    decided_cb (NULL, NULL, handshake); /* tokens come later, one for each room */
  else
    weft_relay_auth_check (self->auth, &credentials, handshake->arrival->room, decided_cb, handshake);
  if (decided)
    return;

  handshake->decided = NULL;
  if (handshake->key == NULL)
    weft_relay_request_hold (request);
}

/* @room: (transfer full) (nullable) */
static Handshake *
handshake_new (WeftRelayHandshaker    *self,
               WeftRelayRequest       *request,
               const WeftRelayDialect *dialect,
               char                   *room)
{
  Handshake *handshake = g_new0 (Handshake, 1);
  WeftRelayArrival *arrival = g_new0 (WeftRelayArrival, 1);

  arrival->fd = -1;
  arrival->dialect = dialect;
  arrival->room = room;
  arrival->peer = g_strdup (weft_relay_request_get_peer (request));
  arrival->address = g_strdup (weft_relay_request_get_address (request));
  arrival->token = weft_relay_request_dup_token (request);
  arrival->device = g_strdup (weft_relay_request_get_query (request, "device_id"));

  handshake->owner = self;
  handshake->arrival = arrival;
  handshake->request = weft_relay_request_ref (request);
  handshake->subprotocol = choose_subprotocol (request);
  arrival->receipts = g_strcmp0 (handshake->subprotocol, WEFT_SYNC_SUBPROTOCOL) == 0;
  return handshake;
}

/* What @request wants, where it may be asked for; %NULL: it was answered. */
static Handshake *
examine (WeftRelayHandshaker *self,
         WeftRelayRequest    *request)
{
  const WeftRelayDialect *dialect = weft_relay_router_find_dialect (self->router, request);
  char *room = NULL;

  if (dialect == NULL)
    {
      weft_relay_request_reply_problem (request, SOUP_STATUS_NOT_FOUND, "There is no WebSocket at this path.");
      return NULL;
    }
  if (!weft_relay_request_is_origin_allowed (request, self->config->origins))
    {
      weft_relay_request_reply_problem (request, SOUP_STATUS_FORBIDDEN,
                                        "Pages of this origin may not connect; the relay's option --origins lists "
                                        "those that may.");
      return NULL;
    }
  if (is_full (self, request))
    return NULL;

  if (!dialect->many_rooms)
    {
      if (self->config->open)
        weft_relay_request_set_param (request, WEFT_RELAY_REQUEST_NOTEBOOK, self->notebook);
      room = dialect->dup_room != NULL ? dialect->dup_room (request, self->limits) : dup_room_param (self, request);
      if (room == NULL)
        return NULL;
    }

  return handshake_new (self, request, dialect, room);
}

void
weft_relay_handshaker_accept (WeftRelayHandshaker *self,
                              WeftRelayRequest    *request)
{
  Handshake *handshake = examine (self, request);

  if (handshake != NULL)
    ask (self, handshake);
}

/* --- without libsoup --- */

static gboolean
is_key (const char *key)
{
  g_autofree guint8 *decoded = NULL;
  gsize n_decoded;

  /* 16 bytes in base64 end with one letter of two bits and two fillers. */
  if (key == NULL || strlen (key) != KEY_LENGTH ||
      strspn (key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") != KEY_LENGTH - 2)
    return FALSE;

  decoded = g_base64_decode (key, &n_decoded);
  return n_decoded == KEY_BYTES;
}

static void
count_header_cb (const char *name,
                 const char *value,
                 gpointer    user_data)
{
  (*(guint *) user_data)++;
}

/* Whether these are the headers of a handshake as clients send it, nothing else in them. */
static gboolean
is_plain_handshake (SoupMessageHeaders *headers)
{
  const char *connection = soup_message_headers_get_list (headers, "Connection");
  const char *upgrade = soup_message_headers_get_list (headers, "Upgrade");
  const char *version = soup_message_headers_get_list (headers, "Sec-WebSocket-Version");
  guint n_headers = 0;

  soup_message_headers_foreach (headers, count_header_cb, &n_headers);
  return n_headers <= WEFT_RELAY_MAX_HEADERS && connection != NULL && soup_header_contains (connection, "upgrade") &&
         upgrade != NULL && g_ascii_strcasecmp (upgrade, "websocket") == 0 &&
         version != NULL && g_str_equal (version, "13") &&
         is_key (soup_message_headers_get_list (headers, "Sec-WebSocket-Key")) &&
         soup_message_headers_get_list (headers, "Content-Length") == NULL &&
         soup_message_headers_get_list (headers, "Transfer-Encoding") == NULL &&
         soup_message_headers_get_list (headers, "Expect") == NULL;
}

/* Whether libsoup takes the path too: escapes are whole, and bring in no `..`. */
static gboolean
is_plain_path (const char *path)
{
  g_autofree char *decoded = g_uri_unescape_string (path, NULL);

  return decoded != NULL && strstr (decoded, "/../") == NULL && !g_str_has_suffix (decoded, "/..");
}

/* The request that the first @n_bytes of the head are; %NULL: one for libsoup */
static WeftRelayRequest *
read_head (WeftRelayHandshaker *self,
           gsize                n_bytes,
           GSocketAddress      *remote)
{
  g_autoptr(SoupMessageHeaders) headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  g_autoptr(GUri) uri = NULL;
  g_autofree char *method = NULL;
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  g_autofree char *peer = NULL;
  g_autofree char *address = NULL;
  const char *host;
  SoupHTTPVersion version;

  if (soup_headers_parse_request (self->head, (int) n_bytes, headers, &method, &path, &version) != SOUP_STATUS_OK ||
      !g_str_equal (method, "GET") || version != SOUP_HTTP_1_1 || *path != '/' || !is_plain_handshake (headers))
    return NULL;

  host = soup_message_headers_get_list (headers, "Host");
  if (host == NULL || *host == '\0' || strpbrk (host, "/?#@, ") != NULL)
    return NULL;

  text = g_strconcat ("http://", host, path, NULL);
  uri = g_uri_parse (text, SOUP_HTTP_URI_FLAGS, NULL);
  if (uri == NULL || !is_plain_path (g_uri_get_path (uri)))
    return NULL;

  weft_relay_handshaker_name_peer (self, headers, remote, &peer, &address);
  return weft_relay_request_new_handshake (headers, uri, self->limits, peer, address);
}

/* Whether the head says in one way, and clearly, how long the body is. Where it does not, whoever stands in front of
 * us might read another request behind it than we do; and libsoup, which refuses some of these, keeps their paths for
 * ever. */
static gboolean
is_body_clear (SoupMessageHeaders *headers)
{
  const char *encoding = soup_message_headers_get_list (headers, "Transfer-Encoding");
  const char *length = soup_message_headers_get_list (headers, "Content-Length");

  if (encoding != NULL)
    return length == NULL && g_ascii_strcasecmp (encoding, "chunked") == 0;
  return length == NULL || (*length != '\0' && strlen (length) <= MAX_LENGTH_DIGITS &&
                            strspn (length, "0123456789") == strlen (length));
}

/* Whether there may be a body at all: most handshakes need no further look for that. */
static gboolean
announces_body (const char *head,
                gsize       n_head)
{
  static const char *const names[] = { "content-length", "transfer-encoding" };
  const char *end = head + n_head;

  for (const char *line = memchr (head, '\n', n_head); line != NULL; line = memchr (line, '\n', (gsize) (end - line)))
    {
      line++;
      for (guint i = 0; i < G_N_ELEMENTS (names); i++)
        if ((gsize) (end - line) > strlen (names[i]) && g_ascii_strncasecmp (line, names[i], strlen (names[i])) == 0)
          return TRUE;
    }

  return FALSE;
}

/* Says so, and that nothing more is read. */
static void
refuse (WeftRelayHandshaker *self,
        int                  fd,
        GSocketAddress      *remote,
        SoupMessageHeaders  *headers,
        guint                status,
        const char          *title,
        const char          *detail)
{
  g_autofree char *body = g_strdup_printf ("{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%u,\"detail\":\"%s\"}",
                                           title, status, detail);
  g_autofree char *answer = g_strdup_printf ("HTTP/1.1 %u %s\r\nConnection: close\r\n"
                                             "Content-Type: application/problem+json\r\nContent-Length: %zu" END_OF_HEAD
                                             "%s", status, title, strlen (body), body);
  g_autofree char *peer = NULL;
  g_autofree char *address = NULL;

  weft_relay_handshaker_name_peer (self, headers, remote, &peer, &address);
  weft_relay_log_refused (peer, status, detail);
  *(status == STATUS_HEAD_TOO_LARGE ? &self->n_too_large : &self->n_unclear) += 1;
  if (send (fd, answer, strlen (answer), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
    shutdown (fd, SHUT_WR);
}

/* Refuses a request whose body is not clear. Returns: whether it was one */
static gboolean
refuse_unclear (WeftRelayHandshaker *self,
                int                  fd,
                const char          *head,
                gsize                n_head,
                GSocketAddress      *remote)
{
  g_autoptr(SoupMessageHeaders) headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  g_autofree char *method = NULL;
  g_autofree char *path = NULL;
  SoupHTTPVersion version;

  if (!announces_body (head, n_head) ||
      soup_headers_parse_request (head, (int) n_head, headers, &method, &path, &version) != SOUP_STATUS_OK ||
      is_body_clear (headers))
    return FALSE;

  refuse (self, fd, remote, headers, SOUP_STATUS_BAD_REQUEST, "Bad Request",
          "The head of the request does not say in one way how long its body is.");
  return TRUE;
}

static void
refuse_too_large (WeftRelayHandshaker *self,
                  int                  fd,
                  GSocketAddress      *remote)
{
  g_autoptr(SoupMessageHeaders) none = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  g_autofree char *detail = g_strdup_printf ("The head of the request is larger than %u bytes.",
                                             WEFT_RELAY_MAX_HEADER_BYTES);

  refuse (self, fd, remote, none, STATUS_HEAD_TOO_LARGE, "Request Header Fields Too Large", detail);
}

/* Where the head that begins at @head ends: behind an empty line. %NULL: not yet. As for libsoup, CR may be missing. */
static const char *
find_end (const char *head,
          const char *limit)
{
  for (const char *line = memchr (head, '\n', (gsize) (limit - head)); line != NULL;
       line = memchr (line, '\n', (gsize) (limit - line)))
    {
      line++;
      if (line < limit && *line == '\n')
        return line + 1;
      if (line + 1 < limit && line[0] == '\r' && line[1] == '\n')
        return line + 2;
    }

  return NULL;
}

WeftRelayDoorAnswer
weft_relay_handshaker_take (WeftRelayHandshaker *self,
                            int                  fd,
                            GSocketAddress      *remote,
                            gsize               *n_there)
{
  g_autoptr(WeftRelayRequest) request = NULL;
  gssize n_read = recv (fd, self->head, sizeof self->head, MSG_PEEK | MSG_DONTWAIT);
  const char *limit = self->head + MAX (n_read, 0);
  const char *head = self->head;
  const char *end;
  gssize n_head;
  Handshake *handshake;

  /* Empty lines before a request do not count. */
  while (head < limit && (*head == '\r' || *head == '\n'))
    head++;
  end = find_end (head, limit);
  *n_there = (gsize) (limit - self->head);
  if (end == NULL && *n_there < sizeof self->head)
    return WEFT_RELAY_DOOR_WAIT;
  if (end == NULL)
    {
      refuse_too_large (self, fd, remote);
      return WEFT_RELAY_DOOR_REFUSED;
    }
  if (refuse_unclear (self, fd, head, (gsize) (end - head), remote))
    return WEFT_RELAY_DOOR_REFUSED;
  if (*n_there < strlen ("GET /") || memcmp (self->head, "GET /", strlen ("GET /")) != 0)
    return WEFT_RELAY_DOOR_PASS;

  /* Whoever is refused is refused by libsoup, which then reads the same again. */
  n_head = end - self->head;
  request = read_head (self, (gsize) n_head, remote);
  handshake = request != NULL ? examine (self, request) : NULL;
  if (handshake == NULL)
    return WEFT_RELAY_DOOR_PASS;

  if (recv (fd, self->head, (gsize) n_head, MSG_DONTWAIT) != n_head)
    {
      handshake_free (handshake);
      return WEFT_RELAY_DOOR_PASS;
    }

  handshake->key = g_strdup (weft_relay_request_get_header (request, "Sec-WebSocket-Key"));
  handshake->arrival->fd = fd;
  ask (self, handshake);
  return WEFT_RELAY_DOOR_TAKEN;
}
