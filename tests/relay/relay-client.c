/* relay-client.c - a relay to test, and a client that need not behave
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay-client.h"

#include "crdt/weft-type.h"

#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Between two pieces of a request: the first must have arrived alone, or nothing is tested, but then nothing fails. */
#define PIECE_US 20000

/* --- the client --- */

void
client_connect (Client  *self,
                Fixture *fixture)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (fixture->port) };
  struct timeval patience = { .tv_sec = 10 };

  memset (self, 0, sizeof *self);
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  self->fd = socket (AF_INET, SOCK_STREAM, 0);
  g_assert_cmpint (self->fd, >=, 0);
  setsockopt (self->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt (self->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  g_assert_cmpint (connect (self->fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  self->reader = weft_ws_reader_new (64 * 1024 * 1024, 1, FALSE, WEFT_WS_OPCODE_BINARY);
}

void
client_end (Client *self)
{
  close (self->fd);
  weft_ws_reader_free (self->reader);
}

/* Returns: whether all was taken */
gboolean
client_send_raw (Client     *self,
                 const void *data,
                 gsize       n_bytes)
{
  const guint8 *at = data;

  while (n_bytes > 0)
    {
      gssize n_sent = send (self->fd, at, n_bytes, MSG_NOSIGNAL);

      if (n_sent <= 0)
        return FALSE;
      at += n_sent;
      n_bytes -= (gsize) n_sent;
    }

  return TRUE;
}

/* The head of the answer to a handshake. In pieces it is not the same code that answers it: libsoup reads it then. */
static char *
request_in_pieces (Client     *self,
                   const char *path,
                   const char *headers,
                   gsize       n_first)
{
  g_autofree char *request =
    g_strdup_printf ("GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
                     path, headers);
  gsize size = strlen (request);
  GString *head = g_string_new (NULL);
  char c;

  n_first = MIN (n_first, size);
  g_assert_true (client_send_raw (self, request, n_first));
  if (n_first < size)
    {
      g_usleep (PIECE_US);
      g_assert_true (client_send_raw (self, request + n_first, size - n_first));
    }
  while (!g_str_has_suffix (head->str, "\r\n\r\n") && recv (self->fd, &c, 1, 0) == 1)
    g_string_append_c (head, c);

  return g_string_free (head, FALSE);
}

char *
client_request (Client     *self,
                const char *path,
                const char *headers)
{
  return request_in_pieces (self, path, headers, G_MAXSIZE);
}

char *
client_request_slowly (Client     *self,
                       const char *path,
                       const char *headers)
{
  return request_in_pieces (self, path, headers, strlen ("GET /"));
}

void
client_open (Client     *self,
             Fixture    *fixture,
             const char *path)
{
  g_autofree char *head = NULL;

  client_connect (self, fixture);
  head = client_request (self, path, "");
  g_assert_true (g_str_has_prefix (head, "HTTP/1.1 101 "));
  g_assert_nonnull (strstr (head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
}

void
client_send_frame (Client      *self,
                   guint8       first,
                   const void  *payload,
                   gsize        n_bytes)
{
  guint8 head[14] = { first };
  gsize n_head = 2;

  if (n_bytes < 126)
    head[1] = (guint8) (0x80 | n_bytes);
  else if (n_bytes < 65536)
    {
      head[1] = 0x80 | 126;
      head[2] = (guint8) (n_bytes >> 8);
      head[3] = (guint8) n_bytes;
      n_head = 4;
    }
  else
    {
      head[1] = 0x80 | 127;
      for (guint i = 0; i < 8; i++)
        head[2 + i] = (guint8) ((guint64) n_bytes >> (56 - 8 * i));
      n_head = 10;
    }

  /* The mask is 0: the payload goes as it is. */
  client_send_raw (self, head, n_head + 4);
  client_send_raw (self, payload, n_bytes);
}

void
client_send (Client *self,
             GBytes *message)
{
  g_autoptr(GBytes) owned = message;

  client_send_frame (self, 0x82, g_bytes_get_data (owned, NULL), g_bytes_get_size (owned));
}

/* The next event; WEFT_WS_MORE where the connection ended or nothing came. */
WeftWsEvent
client_read (Client *self)
{
  while (TRUE)
    {
      WeftWsEvent event = weft_ws_reader_feed (self->reader, &self->data, &self->n_bytes);
      gssize n_read;

      if (event.type != WEFT_WS_MORE)
        return event;

      n_read = recv (self->fd, self->buffer, sizeof self->buffer, 0);
      if (n_read <= 0)
        return event;
      self->data = self->buffer;
      self->n_bytes = (gsize) n_read;
    }
}

/* Passes over messages. Returns: the close code, 0 where there was none */
guint16
client_read_close (Client *self)
{
  while (TRUE)
    {
      WeftWsEvent event = client_read (self);

      g_clear_pointer (&event.payload, g_bytes_unref);
      if (event.type == WEFT_WS_CLOSE)
        return event.close_code;
      if (event.type == WEFT_WS_MORE || event.type == WEFT_WS_ERROR)
        return 0;
    }
}

/* The next message of @type, parsed. */
void
client_read_message (Client             *self,
                     WeftSyncMessageType type,
                     WeftSyncMessage    *message)
{
  while (TRUE)
    {
      WeftWsEvent event = client_read (self);
      g_autoptr(GBytes) payload = event.payload;

      g_assert_true (event.type == WEFT_WS_MESSAGE || event.type == WEFT_WS_PING || event.type == WEFT_WS_PONG);
      if (event.type != WEFT_WS_MESSAGE)
        continue;
      g_assert_true (weft_sync_message_parse (message, payload, NULL));
      if (message->type == type)
        return;
      weft_sync_message_clear (message);
    }
}

/* Says goodbye and waits for the answer: everything sent before has arrived. */
void
client_finish (Client *self)
{
  client_send_frame (self, 0x88, "\x03\xe8", 2);
  g_assert_cmpuint (client_read_close (self), ==, 1000);
  client_end (self);
}

/* --- documents --- */

GBytes *
make_edit (WeftClientId client,
           const char  *text)
{
  const WeftDocOptions options = { .gc = FALSE };
  g_autoptr(WeftDoc) doc = weft_doc_new_with_options (client, &options);

  weft_text_insert (weft_doc_get_text (doc, "t"), 0, text, -1, NULL);
  return weft_doc_encode_state (doc);
}

void
send_edit (Client      *client,
           WeftClientId id,
           const char  *text)
{
  g_autoptr(GBytes) update = make_edit (id, text);

  client_send (client, weft_sync_message_new_update (update));
}

/* What a newcomer finds in the room. */
char *
read_room (Fixture    *fixture,
           const char *path)
{
  g_autoptr(WeftStateVector) nothing = weft_state_vector_new ();
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_auto(WeftSyncMessage) message = { 0 };
  g_autoptr(GError) error = NULL;
  Client client;

  client_open (&client, fixture, path);
  client_send (&client, weft_sync_message_new_step1 (nothing));
  client_read_message (&client, WEFT_SYNC_MESSAGE_STEP2, &message);
  g_assert_true (weft_doc_apply_update (doc, message.payload, NULL, &error));
  g_assert_no_error (error);
  client_end (&client);
  return weft_text_to_string (weft_doc_get_text (doc, "t"));
}

/* What one connection sends is there for another as soon as the relay has come to it. */
void
assert_room (Fixture    *fixture,
             const char *path,
             const char *expected)
{
  g_autofree char *text = read_room (fixture, path);

  for (guint i = 0; i < PATIENCE && strlen (text) < strlen (expected); i++)
    {
      g_usleep (10000);
      g_free (text);
      text = read_room (fixture, path);
    }

  g_assert_cmpstr (text, ==, expected);
}

/* --- the fixture --- */

static void
remove_folder (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
}

static gpointer
script_thread (gpointer data)
{
  Fixture *fixture = data;

  fixture->script (fixture);
  g_atomic_int_set (&fixture->done, TRUE);
  g_main_context_wakeup (NULL);
  return NULL;
}

static void
start_relay (Fixture *fixture)
{
  g_autoptr(GError) error = NULL;

  fixture->relay = weft_relay_new (fixture->config, &error);
  g_assert_no_error (error);
  weft_relay_listen (fixture->relay, &error);
  g_assert_no_error (error);
  fixture->port = weft_relay_get_port (fixture->relay);
}

static void
stop_relay (Fixture *fixture)
{
  gint64 start = g_get_monotonic_time ();

  weft_relay_drain (fixture->relay);
  while (!weft_relay_is_quiet (fixture->relay) && g_get_monotonic_time () - start < 120 * G_USEC_PER_SEC)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
  g_assert_true (weft_relay_is_quiet (fixture->relay));
  g_clear_pointer (&fixture->relay, weft_relay_free);
}

WeftRelayCounters
get_counters (Fixture *fixture)
{
  WeftRelayCounters counters;

  weft_relay_pool_get_counters (weft_relay_get_pool (fixture->relay), &counters);
  return counters;
}

void
init_fixture (Fixture               *fixture,
              const WeftRelayLimits *limits)
{
  fixture->folder = g_dir_make_tmp ("weft-relay-XXXXXX", NULL);
  fixture->config = weft_relay_config_new_default ();
  fixture->config->limits = *limits;
  fixture->config->open = TRUE;
  g_free (fixture->config->listen);
  fixture->config->listen = g_strdup ("127.0.0.1:0");
  g_free (fixture->config->data);
  fixture->config->data = g_strdup (fixture->folder);
}

void
clear_fixture (Fixture *fixture)
{
  remove_folder (fixture->folder);
  g_free (fixture->folder);
  weft_relay_config_free (fixture->config);
}

/* Runs @script against the relay, which runs here. */
void
run_script (Fixture *fixture)
{
  GThread *thread;

  start_relay (fixture);
  thread = g_thread_new ("client", script_thread, fixture);
  while (!g_atomic_int_get (&fixture->done))
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
  stop_relay (fixture);
}

/* Runs @script against a relay with @limits. */
void
run (const WeftRelayLimits *limits,
     void                 (*script) (gpointer fixture))
{
  Fixture fixture = { .script = script };

  init_fixture (&fixture, limits);
  run_script (&fixture);
  clear_fixture (&fixture);
}
