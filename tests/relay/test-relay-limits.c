/* test-relay-limits.c - every limit of the relay, at the limit and beyond
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What test-relay has already is not here: slow readers, fast writers, silence, full documents and disks.
 */

#include "config.h"

#include "relay-client.h"

#include "crdt/weft-type.h"
#include "crdt/weft-writer.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Sends @request as it is. Returns: the status of the answer; 0 where the connection was cut without one */
static guint
ask (Fixture    *fixture,
     const char *request,
     gsize       n_bytes)
{
  char answer[4096] = "";
  gsize n_answer = 0;
  gssize n_read;
  Client client;

  client_connect (&client, fixture);
  client_send_raw (&client, request, n_bytes);
  while (n_answer < sizeof answer - 1 &&
         (n_read = recv (client.fd, answer + n_answer, sizeof answer - 1 - n_answer, 0)) > 0)
    n_answer += (gsize) n_read;
  client_end (&client);

  return g_str_has_prefix (answer, "HTTP/1.1 ") ? (guint) atoi (answer + strlen ("HTTP/1.1 ")) : 0;
}

/* The status of a handshake. */
static guint
shake (Client     *client,
       Fixture    *fixture,
       const char *path,
       const char *headers)
{
  g_autofree char *head = NULL;

  client_connect (client, fixture);
  head = client_request (client, path, headers);
  return g_str_has_prefix (head, "HTTP/1.1 ") ? (guint) atoi (head + strlen ("HTTP/1.1 ")) : 0;
}

/* --- HTTP --- */

static void
origins_script (gpointer data)
{
  static const struct
  {
    const char *origin;
    guint       status;
  } rows[] = {
    { "", 101 },
    { "Origin: http://localhost\r\n", 101 },
    { "Origin: https://LOCALHOST\r\n", 101 },
    { "Origin: https://notes.example\r\n", 101 },
    { "Origin: https://other.example\r\n", 101 },
    { "Origin: https://evil.example\r\n", 403 },
    { "Origin: http://notes.example\r\n", 403 },
    { "Origin: https://notes.example.evil\r\n", 403 },
    { "Origin: http://localhost.evil\r\n", 403 },
    { "Origin: http://localhost:8080\r\n", 403 },
    { "Origin: null\r\n", 403 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Client client;

      g_test_message ("%s", rows[i].origin);
      g_assert_cmpuint (shake (&client, data, "/room", rows[i].origin), ==, rows[i].status);
      client_end (&client);
    }
}

static void
test_origins (void)
{
  const WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;
  Fixture fixture = { .script = origins_script };

  init_fixture (&fixture, &limits);
  fixture.config->origins = g_strdup ("https://notes.example, https://other.example");
  run_script (&fixture);
  clear_fixture (&fixture);
}

static char *
make_request (const char *method,
              guint       n_headers,
              gsize       header_size)
{
  GString *request = g_string_new (NULL);
  g_autofree char *filler = g_strnfill (header_size, 'x');

  g_string_append_printf (request, "%s /health HTTP/1.1\r\nHost: localhost\r\n", method);
  for (guint i = 0; i < n_headers; i++)
    g_string_append_printf (request, "X-%u: %s\r\n", i, filler);
  g_string_append (request, "\r\n");
  return g_string_free (request, FALSE);
}

static void
heads_script (gpointer data)
{
  static const struct
  {
    guint n_headers;
    gsize header_size;
    guint status;
  } rows[] = {
    { 0, 0, 200 },
    { 63, 1, 200 },
    { 64, 1, 431 },
    { 1, 16000, 200 },
    { 1, 16384, 431 },
    { 30, 1000, 431 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *request = make_request ("GET", rows[i].n_headers, rows[i].header_size);

      g_test_message ("row %u", i);
      g_assert_cmpuint (ask (data, request, strlen (request)), ==, rows[i].status);
    }
}

static void
test_heads (void)
{
  const WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  run (&limits, heads_script);
}

static void
bodies_script (gpointer data)
{
  g_autofree char *body = g_strnfill (2000, 'x');
  static const char *const announced = "POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n";
  static const struct
  {
    guint size;
    guint status;
  } rows[] = { { 1024, 405 }, { 1025, 413 }, { 2000, 413 } };
  GString *chunked = g_string_new ("POST /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  gsize n_head = chunked->len;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *request = g_strdup_printf ("POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: %u\r\n\r\n%.*s",
                                                  rows[i].size, (int) rows[i].size, body);

      g_assert_cmpuint (ask (data, request, strlen (request)), ==, rows[i].status);
    }

  /* One that does not say how long it is is refused as it grows, and nothing of it is kept. */
  for (guint i = 1; i <= 3; i++)
    {
      g_string_truncate (chunked, n_head);
      for (guint k = 0; k < i; k++)
        g_string_append_printf (chunked, "1f4\r\n%.500s\r\n", body);
      g_string_append (chunked, "0\r\n\r\n");
      g_assert_cmpuint (ask (data, chunked->str, chunked->len), ==, i < 3 ? 405 : 413);
    }

  /* Nothing of that size is kept, or waited for. */
  g_assert_cmpuint (ask (data, announced, strlen (announced)), ==, 0);
  g_string_free (chunked, TRUE);
}

static void
test_bodies (void)
{
  WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  limits.max_body = 1024;
  limits.request_seconds = 1;
  run (&limits, bodies_script);
}

static void
unclear_bodies_script (gpointer data)
{
  static const struct
  {
    const char *headers;
    guint       status;
  } rows[] = {
    { "Content-Length: 2\r\n", 405 },
    { "Transfer-Encoding: chunked\r\n", 405 },
    { "transfer-encoding: Chunked\r\n", 405 },
    { "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", 400 },
    { "Content-Length: 2\r\nContent-Length: 3\r\n", 400 },
    { "CONTENT-LENGTH: 0x2\r\n", 400 },
    { "Content-Length: -2\r\n", 400 },
    { "Content-Length: +2\r\n", 400 },
    { "Content-Length:\r\n", 400 },
    { "Content-Length: 9999999999999999\r\n", 400 },
    { "Transfer-Encoding: gzip, chunked\r\n", 400 },
    { "Transfer-Encoding: xchunked\r\n", 400 },
    { "Transfer-Encoding: identity\r\n", 400 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *request = g_strdup_printf ("POST /health HTTP/1.1\r\nHost: localhost\r\n%s\r\n%s", rows[i].headers,
                                                  g_ascii_strncasecmp (rows[i].headers, "T", 1) == 0 ? "0\r\n\r\n" : "{}");

      g_test_message ("%s", rows[i].headers);
      g_assert_cmpuint (ask (data, request, strlen (request)), ==, rows[i].status);
    }
}

/* What a proxy might read in another way than the relay is not read at all. */
static void
test_unclear_bodies (void)
{
  const WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  run (&limits, unclear_bodies_script);
}

static void
connections_script (gpointer data)
{
  Client clients[3];
  Client more;
  Fixture *fixture = data;

  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    g_assert_cmpuint (shake (&clients[i], data, "/room", ""), ==, 101);
  while (get_counters (fixture).n_connections < G_N_ELEMENTS (clients))
    g_usleep (1000);

  g_assert_cmpuint (shake (&more, data, "/room", ""), ==, 503);
  client_end (&more);

  client_finish (&clients[0]);
  while (get_counters (fixture).n_connections == G_N_ELEMENTS (clients))
    g_usleep (1000);
  g_assert_cmpuint (shake (&more, data, "/room", ""), ==, 101);
  client_end (&more);
  client_end (&clients[1]);
  client_end (&clients[2]);
}

static void
test_connections (void)
{
  WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  limits.max_connections = 3;
  run (&limits, connections_script);
}

static void
addresses_script (gpointer data)
{
  static const char *const one = "X-Forwarded-For: 192.0.2.9, 198.51.100.1\r\n";
  static const char *const forged = "X-Forwarded-For: 192.0.2.10, 198.51.100.1\r\n";
  static const char *const other = "X-Forwarded-For: 198.51.100.2\r\n";
  static const char *const net = "X-Forwarded-For: 2001:db8:1:2::1\r\n";
  static const char *const same_net = "X-Forwarded-For: 2001:db8:1:2:ffff::2\r\n";
  static const char *const other_net = "X-Forwarded-For: 2001:db8:1:3::1\r\n";
  Fixture *fixture = data;
  Client clients[7];
  Client more;
  guint n_clients = 0;

  /* Loopback itself is not counted. */
  g_assert_cmpuint (shake (&clients[n_clients++], data, "/room", ""), ==, 101);
  g_assert_cmpuint (shake (&clients[n_clients++], data, "/room", ""), ==, 101);
  g_assert_cmpuint (shake (&clients[n_clients++], data, "/room", ""), ==, 101);

  g_assert_cmpuint (shake (&clients[n_clients++], data, "/room", one), ==, 101);
  g_assert_cmpuint (shake (&clients[n_clients++], data, "/room", one), ==, 101);
  g_assert_cmpuint (shake (&clients[n_clients++], data, "/room", net), ==, 101);
  g_assert_cmpuint (shake (&clients[n_clients++], data, "/room", same_net), ==, 101);
  while (get_counters (fixture).n_connections < n_clients)
    g_usleep (1000);

  /* What comes before the last address is what the client says itself. */
  g_assert_cmpuint (shake (&more, data, "/room", one), ==, 429);
  client_end (&more);
  g_assert_cmpuint (shake (&more, data, "/room", forged), ==, 429);
  client_end (&more);
  g_assert_cmpuint (shake (&more, data, "/room", net), ==, 429);
  client_end (&more);
  g_assert_cmpuint (shake (&more, data, "/room", other), ==, 101);
  client_end (&more);
  g_assert_cmpuint (shake (&more, data, "/room", other_net), ==, 101);
  client_end (&more);

  for (guint i = 0; i < n_clients; i++)
    client_end (&clients[i]);
}

static void
test_addresses (void)
{
  WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;
  Fixture fixture = { .script = addresses_script };

  limits.max_connections_address = 2;
  init_fixture (&fixture, &limits);
  fixture.config->behind_proxy = TRUE;
  run_script (&fixture);
  clear_fixture (&fixture);
}

static void
handshakes_script (gpointer data)
{
  Client silent[3];
  Client client;
  gint64 start = g_get_monotonic_time ();

  for (guint i = 0; i < G_N_ELEMENTS (silent); i++)
    {
      client_connect (&silent[i], data);
      client_send_raw (&silent[i], "GET /room", 9);
    }

  /* It waits until those before it are cut off, and then comes in. */
  g_assert_cmpuint (shake (&client, data, "/room", ""), ==, 101);
  g_assert_cmpint (g_get_monotonic_time () - start, >, G_USEC_PER_SEC / 2);
  client_end (&client);
  for (guint i = 0; i < G_N_ELEMENTS (silent); i++)
    client_end (&silent[i]);
}

static void
test_handshakes (void)
{
  WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  limits.max_handshakes = 3;
  limits.request_seconds = 1;
  run (&limits, handshakes_script);
}

/* --- names and messages --- */

static void
names_script (gpointer data)
{
  static const struct
  {
    const char *path;
    guint       status;
  } rows[] = {
    { "/..%2f..%2fetc%2fpasswd", 400 },
    { "/a/../b", 101 },
    { "/a/..b", 101 },
    { "/%2525", 101 },
    { "/yjs/%252e%252e%252Fb", 101 },
    { "/yjs/a%2f%2e%2e", 400 },
    { "/%F0%9F%A6%86", 101 },
    { "/%c0%af", 400 },
    { "/%ed%a0%80", 400 },
    { "/a%00b", 400 },
    { "/%zz", 400 },
    { "/yjs/", 404 },
    { "/yjs/api", 101 },
    { "/metrics/x", 404 },
  };
  g_autofree char *longest = g_strnfill (16, 'r');
  Client client;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s", rows[i].path);
      g_assert_cmpuint (shake (&client, data, rows[i].path, ""), ==, rows[i].status);
      client_end (&client);
    }

  for (guint length = 16; length <= 17; length++)
    {
      g_autofree char *path = g_strdup_printf ("/%s%s", longest, length > 16 ? "r" : "");

      g_assert_cmpuint (shake (&client, data, path, ""), ==, length <= 16 ? 101 : 414);
      client_end (&client);
    }
}

static void
test_names (void)
{
  WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  limits.max_room_name = 16;
  run (&limits, names_script);
}

/* Whether a connection survives a message of @n_bytes, of a kind that is ignored, in @n_pieces. */
static guint16
send_ignored (Fixture *fixture,
              gsize    n_bytes,
              guint    n_pieces)
{
  g_autofree guint8 *message = g_malloc0 (n_bytes);
  guint16 code;
  Client client;

  message[0] = 99;
  client_open (&client, fixture, "/room");
  client_send_frame (&client, n_pieces == 1 ? 0x82 : 0x02, message, n_bytes);
  for (guint i = 1; i < n_pieces; i++)
    client_send_frame (&client, i + 1 == n_pieces ? 0x80 : 0x00, "", 0);
  client_send_frame (&client, 0x88, "\x0f\xa0", 2);
  code = client_read_close (&client);
  client_end (&client);
  return code;
}

static void
messages_script (gpointer data)
{
  g_assert_cmpuint (send_ignored (data, 5000, 1), ==, 4000);
  g_assert_cmpuint (send_ignored (data, 5001, 1), ==, 1009);
  g_assert_cmpuint (send_ignored (data, 5000, 4), ==, 4000);
  g_assert_cmpuint (send_ignored (data, 5000, 5), ==, 1009);
}

static void
test_messages (void)
{
  WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  limits.max_message = 5000;
  limits.max_fragments = 4;
  run (&limits, messages_script);
}

/* An awareness update of one client with a state of @size bytes. */
static GBytes *
make_state (guint64 client,
            gsize   size)
{
  g_autofree char *filler = g_strnfill (size - 2, 'x');
  g_autofree char *json = g_strdup_printf ("\"%s\"", filler);
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, 1);
  weft_writer_put_varuint (&writer, client);
  weft_writer_put_varuint (&writer, 1);
  weft_writer_put_string (&writer, json, -1);
  return weft_writer_steal_bytes (&writer);
}

/* Reads states until one of @client is among them: what is told on entering may come first. */
static void
wait_for_state (Client *self,
                guint64 client)
{
  gboolean found = FALSE;

  while (!found)
    {
      g_auto(WeftSyncMessage) message = { 0 };
      WeftReader reader;
      guint64 n_states;

      client_read_message (self, WEFT_SYNC_MESSAGE_AWARENESS, &message);
      weft_reader_init_bytes (&reader, message.payload);
      n_states = weft_reader_get_varuint (&reader);
      for (guint64 i = 0; i < n_states; i++)
        {
          g_autofree char *state = NULL;

          found |= weft_reader_get_varuint (&reader) == client;
          weft_reader_get_varuint (&reader);
          state = weft_reader_dup_string (&reader);
        }
      g_assert_false (reader.failed);
    }
}

static void
states_script (gpointer data)
{
  g_auto(WeftSyncMessage) message = { 0 };
  g_autoptr(GBytes) fits = make_state (1, 100);
  g_autoptr(GBytes) too_large = make_state (2, 101);
  Client client;
  Client others[3];
  WeftReader reader;

  client_open (&client, data, "/a");
  client_send (&client, weft_sync_message_new_awareness (fits));
  client_read_message (&client, WEFT_SYNC_MESSAGE_AWARENESS, &message);
  client_send (&client, weft_sync_message_new_awareness (too_large));
  g_assert_cmpuint (client_read_close (&client), ==, 1009);
  client_end (&client);

  /* Two may be here; the third is not heard. */
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr(GBytes) state = make_state (10 + i, 50);

      client_open (&others[i], data, "/b");
      client_send (&others[i], weft_sync_message_new_awareness (state));
      if (i < 2)
        wait_for_state (&others[i], 10 + i);
    }

  /* Told on entering, and, asked, after its own state has been read. */
  client_send (&others[2], weft_sync_message_new_query ());
  for (guint i = 0; i < 2; i++)
    {
      weft_sync_message_clear (&message);
      client_read_message (&others[2], WEFT_SYNC_MESSAGE_AWARENESS, &message);
      weft_reader_init_bytes (&reader, message.payload);
      g_assert_cmpuint (weft_reader_get_varuint (&reader), ==, 2);
    }
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    client_end (&others[i]);
}

static void
test_states (void)
{
  WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  limits.max_state = 100;
  limits.max_states_room = 2;
  run (&limits, states_script);
}

/* The update of one item at @clock of @client, behind the item before it: it waits for that one. */
static GBytes *
make_waiting (WeftClientId client,
              const char  *text)
{
  const WeftDocOptions options = { .gc = FALSE };
  g_autoptr(WeftDoc) doc = weft_doc_new_with_options (client, &options);
  g_autoptr(WeftStateVector) before = NULL;

  weft_text_insert (weft_doc_get_text (doc, "t"), 0, "-", -1, NULL);
  before = weft_doc_get_state_vector (doc);
  weft_text_insert (weft_doc_get_text (doc, "t"), 1, text, -1, NULL);
  return weft_doc_encode_diff (doc, before);
}

static void
pending_script (gpointer data)
{
  g_autofree char *filler = g_strnfill (700, 'p');
  g_autoptr(GBytes) first = make_waiting (5, filler);
  g_autoptr(GBytes) second = make_waiting (6, filler);
  Client client;

  client_open (&client, data, "/room");
  client_send (&client, weft_sync_message_new_update (first));
  client_send (&client, weft_sync_message_new_update (second));
  g_assert_cmpuint (client_read_close (&client), ==, 1013);
  client_end (&client);

  /* The same again is no growth. */
  client_open (&client, data, "/room");
  client_send (&client, weft_sync_message_new_query ());
  client_finish (&client);
}

static void
test_pending (void)
{
  WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  limits.max_pending = 1024;
  run (&limits, pending_script);
}

/* --- queues --- */

static void
soft_queue_script (gpointer data)
{
  Fixture *fixture = data;
  g_autofree char *filler = g_strnfill (60000, 'x');
  int small = 4096;
  Client slow;
  Client writer;

  client_open (&slow, data, "/room");
  setsockopt (slow.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  client_open (&writer, data, "/room");

  /* Far below the hard limit, but it stays there. */
  for (guint i = 0; i < 300; i++)
    send_edit (&writer, 100 + i, filler);
  for (guint i = 0; get_counters (fixture).n_refused == 0; i++)
    {
      g_assert_cmpuint (i, <, PATIENCE);
      g_usleep (10000);
    }
  client_end (&slow);
  client_finish (&writer);
}

static void
test_soft_queue (void)
{
  WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  limits.soft_queue = 128 * 1024;
  limits.soft_queue_seconds = 1;
  limits.max_queue = 64 * 1024 * 1024;
  limits.max_bytes_second = 100 * 1024 * 1024;
  limits.close_seconds = 1;
  run (&limits, soft_queue_script);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/relay-limits/origins", test_origins);
  g_test_add_func ("/relay-limits/heads", test_heads);
  g_test_add_func ("/relay-limits/bodies", test_bodies);
  g_test_add_func ("/relay-limits/unclear-bodies", test_unclear_bodies);
  g_test_add_func ("/relay-limits/connections", test_connections);
  g_test_add_func ("/relay-limits/connections-of-an-address", test_addresses);
  g_test_add_func ("/relay-limits/handshakes-under-way", test_handshakes);
  g_test_add_func ("/relay-limits/room-names", test_names);
  g_test_add_func ("/relay-limits/messages", test_messages);
  g_test_add_func ("/relay-limits/states", test_states);
  g_test_add_func ("/relay-limits/pending", test_pending);
  g_test_add_func ("/relay-limits/soft-queue", test_soft_queue);

  return g_test_run ();
}
