/* test-relay.c - the relay, spoken to over plain sockets by clients that do not behave
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay-client.h"

#include "crdt/weft-type.h"
#include "crdt/weft-update.h"
#include "relay/weft-relay-sqlite.h"
#include "support/test-seed.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- handshakes --- */

static void
handshake_script (gpointer data)
{
  static const struct
  {
    const char *path;
    const char *headers;
    const char *status;
    const char *contains;
  } rows[] = {
    { "/room", "Sec-WebSocket-Extensions: permessage-deflate\r\n", "101", NULL },
    { "/room", "Sec-WebSocket-Protocol: a, b\r\n", "101", "Sec-WebSocket-Protocol: a\r\n" },
    { "/room", "Sec-WebSocket-Protocol: a, weft.v1\r\n", "101", "Sec-WebSocket-Protocol: weft.v1\r\n" },
    { "/room?token=x&y", "", "101", NULL },
    { "/", "", "404", NULL },
    { "/api/x", "", "404", NULL },
    { "/a%00", "", "400", NULL },
    { "/%ff", "", "400", NULL },
  };

  /* Both ways: as it comes from most clients, and in pieces. */
  for (guint j = 0; j < 2 * G_N_ELEMENTS (rows); j++)
    {
      guint i = j / 2;
      g_autofree char *expected = g_strdup_printf ("HTTP/1.1 %s ", rows[i].status);
      g_autofree char *head = NULL;
      Client client;

      g_test_message ("%s %s", rows[i].path, rows[i].headers);
      client_connect (&client, data);
      head = j % 2 == 0 ? client_request (&client, rows[i].path, rows[i].headers)
                        : client_request_slowly (&client, rows[i].path, rows[i].headers);
      g_assert_true (g_str_has_prefix (head, expected));
      g_assert_null (strstr (head, "Sec-WebSocket-Extensions"));
      if (rows[i].contains != NULL)
        g_assert_nonnull (strstr (head, rows[i].contains));
      client_end (&client);
    }
}

static void
unusual_script (gpointer data)
{
  static const struct
  {
    const char *request;
    const char *status;
  } rows[] = {
    { "GET /room HTTP/1.1\r\nHost: h\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", "101" },
    { "get /room HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", "4" },
    { "POST /room HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", "4" },
    { "GET /room HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: close\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", "4" },
    { "GET /room HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", "4" },
    { "GET /room HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\n\r\n", "4" },
    { "GET /room HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", "4" },
    { "GET /room HTTP/1.1\r\nHost: h\r\nOrigin: https://elsewhere.example\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", "403" },
    { "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n", "200" },
    { "GET /room HTTP/1.1\r\nHost: h\r\n\r\n", "426" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *expected = g_strdup_printf ("HTTP/1.1 %s", rows[i].status);
      char answer[13] = "";
      Client client;

      g_test_message ("%s", rows[i].request);
      client_connect (&client, data);
      g_assert_true (client_send_raw (&client, rows[i].request, strlen (rows[i].request)));
      recv (client.fd, answer, 12, MSG_WAITALL);
      if (!g_str_has_prefix (answer, expected))
        g_test_message ("answered: %s", answer);
      g_assert_true (g_str_has_prefix (answer, expected));
      client_end (&client);
    }
}

/* What is not a handshake as clients send it is libsoup's, and refused as before. */
static void
test_unusual_handshakes (void)
{
  const WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  run (&limits, unusual_script);
}

static void
test_handshake (void)
{
  const WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  run (&limits, handshake_script);
}

static void
slow_request_script (gpointer data)
{
  Client client;
  char c;

  client_connect (&client, data);
  client_send_raw (&client, "GET /room HT", 12);
  /* Cut off, long before the client's own patience ends. */
  g_assert_cmpint (recv (client.fd, &c, 1, 0), <=, 0);
  g_assert_cmpint (errno, !=, EAGAIN);
  client_end (&client);
}

static void
test_slow_request (void)
{
  WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  limits.request_seconds = 1;
  run (&limits, slow_request_script);
}

static guint
count_descriptors (void)
{
  g_autoptr(GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n_descriptors = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n_descriptors++;

  return n_descriptors;
}

static void
descriptors_script (gpointer data)
{
  Client clients[50];
  guint before;

  assert_room (data, "/room", "");
  g_usleep (50000);
  before = count_descriptors ();

  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    client_open (&clients[i], data, "/room");

  /* One for each end of each connection, both of which are ours here. */
  g_usleep (50000);
  g_assert_cmpuint (count_descriptors (), <=, before + 2 * G_N_ELEMENTS (clients));

  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    client_finish (&clients[i]);
  for (guint i = 0; count_descriptors () > before && i < PATIENCE; i++)
    g_usleep (10000);
  g_assert_cmpuint (count_descriptors (), <=, before);
}

/* What was handed over is closed when it ends, and only one descriptor is held meanwhile. */
static void
test_descriptors (void)
{
  const WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  run (&limits, descriptors_script);
}

/* --- frames --- */

static void
frames_script (gpointer data)
{
  static const struct
  {
    const char *bytes;
    gsize       n_bytes;
    guint16     code;
  } rows[] = {
    { "\x82\x01\x00", 3, 1002 },                       /* unmasked */
    { "\xc2\x81\0\0\0\0\0", 7, 1002 },                 /* reserved bit */
    { "\x83\x80\0\0\0\0", 6, 1002 },                   /* reserved opcode */
    { "\x80\x80\0\0\0\0", 6, 1002 },                   /* stray continuation */
    { "\x09\x80\0\0\0\0", 6, 1002 },                   /* fragmented ping */
    { "\x81\x81\0\0\0\0a", 7, 1003 },                  /* text */
    { "\x88\x84\0\0\0\0\x03\xe8\xff\xff", 10, 1007 },  /* close with bad UTF-8 */
    { "\x82\xff\0\0\1\0\0\0\0\0\0\0\0\0", 14, 1009 },  /* 2^40 announced */
    { "\x82\xfe\0\5\0\0\0\0", 8, 1002 },               /* length not minimal */
    { "\x82\x81\0\0\0\0\x80", 7, 4400 },               /* a message cut short */
    { "\x88\x82\0\0\0\0\x0f\xa0", 8, 4000 },           /* a close is answered with its code */
    { "\x88\x80\0\0\0\0", 6, 1000 },                   /* without a code: with 1000 */
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Client client;

      g_test_message ("row %u", i);
      client_open (&client, data, "/room");
      client_send_raw (&client, rows[i].bytes, rows[i].n_bytes);
      g_assert_cmpuint (client_read_close (&client), ==, rows[i].code);
      client_end (&client);
    }

  assert_room (data, "/room", "");
}

static void
test_frames (void)
{
  const WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  run (&limits, frames_script);
}

static void
fragments_script (gpointer data)
{
  g_autoptr(GBytes) update = make_edit (7, "in pieces");
  g_autoptr(GBytes) message = weft_sync_message_new_update (update);
  const guint8 *bytes = g_bytes_get_data (message, NULL);
  gsize n_bytes = g_bytes_get_size (message);
  Client client;

  /* A message a byte at a time, with a ping in the middle. */
  client_open (&client, data, "/room");
  for (gsize i = 0; i < n_bytes; i++)
    {
      client_send_frame (&client, (i == 0 ? 0x02 : 0x00) | (i == n_bytes - 1 ? 0x80 : 0), bytes + i, 1);
      if (i == 5)
        client_send_frame (&client, 0x89, "hi", 2);
    }
  assert_room (data, "/room", "in pieces");

  /* A thousand pieces more than there may be. */
  client_send_frame (&client, 0x02, "", 0);
  for (guint i = 0; i < 2000; i++)
    client_send_frame (&client, 0x00, "", 0);
  g_assert_cmpuint (client_read_close (&client), ==, 1009);
  client_end (&client);
}

static void
test_fragments (void)
{
  const WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  run (&limits, fragments_script);
}

/* Random bytes, after a handshake and instead of one. */
static void
random_script (gpointer data)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());

  for (guint round = 0; round < 150; round++)
    {
      guint8 bytes[512];
      Client client;

      for (guint i = 0; i < sizeof bytes; i++)
        bytes[i] = (guint8) g_rand_int (rand);

      if (round % 3 == 0)
        {
          client_connect (&client, data);
          client_send_raw (&client, bytes, sizeof bytes);
        }
      else if (round % 3 == 1)
        {
          client_open (&client, data, "/room");
          client_send_raw (&client, bytes, sizeof bytes);
        }
      else
        {
          client_open (&client, data, "/room");
          bytes[0] = 0;
          bytes[1] %= 3;
          client_send_frame (&client, 0x82, bytes, sizeof bytes);
        }
      client_end (&client);
    }

  assert_room (data, "/room", "");
}

static void
test_random (void)
{
  const WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  run (&limits, random_script);
}

/* --- limits --- */

static void
slow_reader_script (gpointer data)
{
  Fixture *fixture = data;
  g_autofree char *filler = g_strnfill (20000, 'x');
  int small = 4096;
  Client slow;
  Client writer;
  Client witness;

  client_open (&slow, data, "/room");
  setsockopt (slow.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  client_open (&writer, data, "/room");
  client_open (&witness, data, "/room");

  /* Nobody waits for the slow one, until the relay has had enough of it. */
  for (guint i = 0; i < 500; i++)
    {
      g_auto(WeftSyncMessage) message = { 0 };

      send_edit (&writer, 100 + i, filler);
      client_read_message (&witness, WEFT_SYNC_MESSAGE_UPDATE, &message);
      g_assert_cmpuint (g_bytes_get_size (message.payload), >, 20000);
    }

  for (guint i = 0; get_counters (fixture).n_connections > 2; i++)
    {
      g_assert_cmpuint (i, <, PATIENCE);
      g_usleep (10000);
    }
  g_assert_cmpuint (get_counters (fixture).n_refused, ==, 1);
  client_end (&slow);
  client_end (&writer);
  client_end (&witness);
}

static void
test_slow_reader (void)
{
  WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  limits.max_queue = 256 * 1024;
  limits.close_seconds = 1;
  limits.max_messages_second = 100000;
  limits.max_bytes_second = 100 * 1024 * 1024;
  run (&limits, slow_reader_script);
}

static void
fast_writer_script (gpointer data)
{
  Client writer;
  gint64 start = g_get_monotonic_time ();

  client_open (&writer, data, "/room");
  for (guint i = 0; i < 60; i++)
    send_edit (&writer, 1000 + i, "x");
  /* 20 messages at once, then 20 a second: held back, but nothing is lost. */
  while (TRUE)
    {
      g_autofree char *text = read_room (data, "/room");

      if (strlen (text) == 60)
        break;
      g_assert_cmpint (g_get_monotonic_time () - start, <, 120 * G_USEC_PER_SEC);
      g_usleep (50000);
    }
  g_assert_cmpint (g_get_monotonic_time () - start, >, 1 * G_USEC_PER_SEC);
  client_end (&writer);
}

static void
test_fast_writer (void)
{
  WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  limits.max_messages_second = 20;
  limits.burst_seconds = 1;
  run (&limits, fast_writer_script);
}

static void
full_document_script (gpointer data)
{
  g_autofree char *filler = g_strnfill (900, 'x');
  Client client;

  client_open (&client, data, "/room");
  send_edit (&client, 1, filler);
  send_edit (&client, 2, filler);
  g_assert_cmpuint (client_read_close (&client), ==, 1009);
  client_end (&client);
  assert_room (data, "/room", filler);
}

static void
test_full_document (void)
{
  WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  limits.max_document = 1000;
  run (&limits, full_document_script);
}

static void
awareness_script (gpointer data)
{
  g_autofree guint8 *large = g_malloc0 (2000);
  g_autoptr(GBytes) update = g_bytes_new (large, 2000);
  g_auto(WeftSyncMessage) message = { 0 };
  WeftReader reader;
  WeftWriter writer;
  Client client;
  Client other;

  client_open (&client, data, "/room");
  client_send (&client, weft_sync_message_new_awareness (update));
  g_assert_cmpuint (client_read_close (&client), ==, 1009);
  client_end (&client);

  /* A hundred clients on one connection: some of them are heard. */
  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, 100);
  for (guint i = 0; i < 100; i++)
    {
      weft_writer_put_varuint (&writer, 500 + i);
      weft_writer_put_varuint (&writer, 1);
      weft_writer_put_string (&writer, "{}", -1);
    }
  {
    g_autoptr(GBytes) many = weft_writer_steal_bytes (&writer);

    client_open (&client, data, "/room");
    client_send (&client, weft_sync_message_new_awareness (many));
  }
  client_read_message (&client, WEFT_SYNC_MESSAGE_AWARENESS, &message);
  weft_reader_init_bytes (&reader, message.payload);
  g_assert_cmpuint (weft_reader_get_varuint (&reader), ==, 64);

  /* Whoever comes later is told, and told again when they go. */
  client_open (&other, data, "/room");
  weft_sync_message_clear (&message);
  client_read_message (&other, WEFT_SYNC_MESSAGE_AWARENESS, &message);
  weft_reader_init_bytes (&reader, message.payload);
  g_assert_cmpuint (weft_reader_get_varuint (&reader), ==, 64);
  client_end (&client);
  weft_sync_message_clear (&message);
  client_read_message (&other, WEFT_SYNC_MESSAGE_AWARENESS, &message);
  weft_reader_init_bytes (&reader, message.payload);
  g_assert_cmpuint (weft_reader_get_varuint (&reader), ==, 64);
  client_end (&other);
}

static void
test_awareness (void)
{
  WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  limits.max_awareness = 1500;
  run (&limits, awareness_script);
}

static void
silence_script (gpointer data)
{
  g_auto(WeftSyncMessage) message = { 0 };
  Client client;

  client_open (&client, data, "/room");
  /* Something is said now and then, or y-websocket would hang up. */
  client_read_message (&client, WEFT_SYNC_MESSAGE_AWARENESS, &message);
  g_assert_cmpuint (g_bytes_get_size (message.payload), ==, 1);
  /* Pings that are not answered end the connection. */
  g_assert_cmpuint (client_read_close (&client), ==, 0);
  client_end (&client);
}

static void
test_silence (void)
{
  WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  limits.keepalive_seconds = 1;
  limits.ping_seconds = 1;
  limits.dead_seconds = 3;
  run (&limits, silence_script);
}

/* --- rooms and the store --- */

#define THIN_BYTES (3 * 1024 * 1024)

static void
thin_line_script (gpointer data)
{
  g_autofree char *filler = g_strnfill (THIN_BYTES, 'x');
  g_autofree guint8 *buffer = g_malloc (THIN_BYTES);
  g_autoptr(WeftStateVector) nothing = weft_state_vector_new ();
  gint64 began_us;
  gsize n_read = 0;
  int small = 65536;
  Client writer;
  Client client;

  client_open (&writer, data, "/room");
  send_edit (&writer, 100, filler);
  client_finish (&writer);
  assert_room (data, "/room", filler);

  client_connect (&client, data);
  setsockopt (client.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  g_free (client_request (&client, "/room", ""));
  client_send (&client, weft_sync_message_new_step1 (nothing));
  began_us = g_get_monotonic_time ();

  /* Three times as long as a silent one may stay, it reads and says nothing; its pings wait behind what it reads. */
  while (n_read < THIN_BYTES - 65536)
    {
      gint64 share_us = (gint64) ((double) n_read / THIN_BYTES * 6 * G_USEC_PER_SEC);
      gint64 wait_us = began_us + share_us - g_get_monotonic_time ();
      gssize n;

      if (wait_us > 0)
        g_usleep ((gulong) wait_us);
      n = recv (client.fd, buffer, 32768, 0);
      g_assert_cmpint (n, >, 0);
      n_read += (gsize) n;
    }

  /* It is done, and answers. */
  client_send_frame (&client, 0x8a, "", 0);
  g_assert_cmpint (recv (client.fd, buffer, THIN_BYTES, 0), >, 0);

  /* One that reads no more, in the middle, is not waited for. */
  client_send (&client, weft_sync_message_new_step1 (nothing));
  for (guint i = 0; get_counters (data).n_connections > 0; i++)
    {
      g_assert_cmpuint (i, <, PATIENCE);
      g_usleep (10000);
    }
  client_end (&client);
}

/* Who only reads, on a line so thin that it takes long. */
static void
test_thin_line (void)
{
  WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  limits.ping_seconds = 1;
  limits.dead_seconds = 2;
  run (&limits, thin_line_script);
}

#define N_PARTS    40
#define PART_BYTES 60000

/* Reads an answer as y-websocket does. Returns: how many messages it came in */
static guint
take_answer (Client  *client,
             WeftDoc *doc,
             gsize    max_bytes)
{
  guint n = 0;

  while (TRUE)
    {
      g_auto(WeftSyncMessage) message = { 0 };
      WeftWsEvent event = client_read (client);
      g_autoptr(GBytes) payload = event.payload;

      g_assert_cmpint (event.type, ==, WEFT_WS_MESSAGE);
      g_assert_true (weft_sync_message_parse (&message, payload, NULL));
      if (message.type != WEFT_SYNC_MESSAGE_UPDATE && message.type != WEFT_SYNC_MESSAGE_STEP2)
        continue;

      n++;
      g_assert_cmpuint (g_bytes_get_size (payload), <=, max_bytes);
      g_assert_true (weft_doc_apply_update (doc, message.payload, NULL, NULL));
      g_assert_false (weft_doc_has_pending (doc));
      if (message.type == WEFT_SYNC_MESSAGE_STEP2)
        return n;
    }
}

static void
cut_answer_script (gpointer data)
{
  g_autofree char *filler = g_strnfill (PART_BYTES, 'x');
  g_autoptr(WeftStateVector) nothing = weft_state_vector_new ();
  g_autoptr(WeftDoc) whole = weft_doc_new ();
  g_autoptr(WeftDoc) again = weft_doc_new ();
  g_autoptr(WeftDoc) pieces = weft_doc_new ();
  Client client;

  client_open (&client, data, "/room");
  for (guint i = 0; i < N_PARTS; i++)
    send_edit (&client, 100 + i, filler);
  client_send (&client, weft_sync_message_new_step1 (nothing));
  take_answer (&client, whole, G_MAXSIZE);
  client_finish (&client);

  /* One that reads gets all of it in one message, as many programs expect it. */
  client_open (&client, data, "/room");
  client_send (&client, weft_sync_message_new_step1 (nothing));
  g_assert_cmpuint (take_answer (&client, again, G_MAXSIZE), ==, 1);
  client_finish (&client);

  /* One that gives up in the middle, as y-websocket does after 30 s, finds smaller ones when it comes again. */
  client_open (&client, data, "/room");
  client_send (&client, weft_sync_message_new_step1 (nothing));
  g_assert_cmpint (recv (client.fd, client.buffer, 20000, MSG_WAITALL), ==, 20000);
  client_end (&client);
  for (guint i = 0; get_counters (data).n_connections > 0; i++)
    {
      g_assert_cmpuint (i, <, PATIENCE);
      g_usleep (10000);
    }

  client_open (&client, data, "/room");
  client_send (&client, weft_sync_message_new_step1 (nothing));
  g_assert_cmpuint (take_answer (&client, pieces, 300000), >, 5);
  client_finish (&client);
  g_assert_cmpuint (weft_type_get_length (weft_doc_get_text (again, "t")), ==, N_PARTS * PART_BYTES);
  g_assert_cmpuint (weft_type_get_length (weft_doc_get_text (pieces, "t")), ==, N_PARTS * PART_BYTES);
}

/* What comes first goes a way of its own: whole, malformed, and without its beginning. */
static void
first_update_script (gpointer data)
{
  g_autofree char *filler = g_strnfill (PART_BYTES, 'x');
  g_autoptr(WeftStateVector) nothing = weft_state_vector_new ();
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(GBytes) whole = NULL;
  g_autoptr(GBytes) broken = NULL;
  g_autoptr(GPtrArray) pieces = NULL;
  const char *rooms[] = { "/whole", "/broken", "/late" };

  for (guint i = 0; i < 5; i++)
    {
      g_autoptr(GBytes) edit = make_edit (100 + i, filler);

      g_assert_true (weft_doc_apply_update (doc, edit, NULL, NULL));
    }
  weft_text_insert (weft_doc_get_text (doc, "t"), 1, filler, -1, NULL);
  whole = weft_doc_encode_state (doc);
  broken = g_bytes_new_from_bytes (whole, 0, g_bytes_get_size (whole) - 1);
  pieces = weft_update_split (whole, g_bytes_get_size (whole) / 2);
  g_assert_cmpuint (pieces->len, >, 1);

  for (guint i = 0; i < G_N_ELEMENTS (rooms); i++)
    {
      g_autoptr(WeftDoc) read = weft_doc_new ();
      g_autoptr(GBytes) state = NULL;
      Client client;

      client_open (&client, data, rooms[i]);
      if (i == 1)
        {
          client_send (&client, weft_sync_message_new_update (broken));
          g_assert_cmpuint (client_read_close (&client), ==, WEFT_WS_CLOSE_MALFORMED);
          client_end (&client);
          assert_room (data, rooms[i], "");
          client_open (&client, data, rooms[i]);
        }
      for (guint j = pieces->len; i == 2 && j > 0; j--)
        client_send (&client, weft_sync_message_new_update (pieces->pdata[j - 1]));
      if (i != 2)
        client_send (&client, weft_sync_message_new_update (whole));

      /* Twice: from what came, and from the document. */
      for (guint j = 0; j < 2; j++)
        {
          client_send (&client, weft_sync_message_new_step1 (nothing));
          take_answer (&client, read, G_MAXSIZE);
          g_clear_pointer (&state, g_bytes_unref);
          state = weft_doc_encode_state (read);
          g_assert_true (g_bytes_equal (state, whole));
        }
      send_edit (&client, 7, "more");
      client_send (&client, weft_sync_message_new_step1 (nothing));
      take_answer (&client, read, G_MAXSIZE);
      g_assert_cmpuint (weft_type_get_length (weft_doc_get_text (read, "t")), ==, 6 * PART_BYTES + 4);
      client_finish (&client);
    }
}

static void
test_first_update (void)
{
  const WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  run (&limits, first_update_script);
}

static void
test_cut_answer (void)
{
  const WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  run (&limits, cut_answer_script);
}

static void
idle_room_script (gpointer data)
{
  Fixture *fixture = data;

  for (guint round = 0; round < 3; round++)
    {
      Client client;
      gint64 start = g_get_monotonic_time ();

      client_open (&client, data, "/room");
      for (guint i = 0; i < 40; i++)
        send_edit (&client, 1 + round * 40 + i, "x");
      client_finish (&client);
      assert_room (data, "/other", "");

      /* The room goes, compacted, and comes back with everything. */
      while (get_counters (fixture).n_rooms > 0)
        {
          g_assert_cmpint (g_get_monotonic_time () - start, <, 120 * G_USEC_PER_SEC);
          g_usleep (20000);
        }
      {
        g_autofree char *text = read_room (data, "/room");

        g_assert_cmpuint (strlen (text), ==, (round + 1) * 40);
      }
    }
}

static void
test_idle_room (void)
{
  WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  limits.idle_room_seconds = 1;
  run (&limits, idle_room_script);
}

static void
compaction_script (gpointer data)
{
  Client client;

  client_open (&client, data, "/room");
  for (guint i = 0; i < 300; i++)
    send_edit (&client, 1 + i, "y");
  client_finish (&client);
  {
    g_autofree char *text = read_room (data, "/room");

    g_assert_cmpuint (strlen (text), ==, 300);
  }
}

/* What is in the store of @folder for @room. */
static GPtrArray *
load_room (Fixture    *fixture,
           const char *room,
           guint64    *version,
           guint      *n_log)
{
  g_autoptr(GError) error = NULL;
  WeftRelayBackend *backend = weft_relay_sqlite_open (fixture->folder, FALSE, &error);
  GPtrArray *updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  guint n_damaged;

  g_assert_no_error (error);
  backend->funcs->load (backend, room, updates, version, n_log, &n_damaged, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_damaged, ==, 0);
  backend->funcs->close (backend);
  return updates;
}

/* The log stays short while a room is open, and the versions go on. */
static void
test_compaction (void)
{
  WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;
  Fixture fixture = { .script = compaction_script };
  g_autoptr(GPtrArray) updates = NULL;
  g_autoptr(GPtrArray) none = NULL;
  guint64 version;
  guint n_log;

  limits.compact_updates = 20;
  limits.max_messages_second = 10000;
  init_fixture (&fixture, &limits);
  run_script (&fixture);

  updates = load_room (&fixture, "room", &version, &n_log);
  g_assert_cmpuint (version, ==, 300);
  g_assert_cmpuint (n_log, <, 200);
  g_assert_cmpuint (updates->len, ==, n_log + 1);
  none = load_room (&fixture, "no such room", &version, &n_log);
  g_assert_cmpuint (none->len, ==, 0);
  clear_fixture (&fixture);
}

/* Why nothing can be stored, or %NULL. */
static char *
dup_trouble (Fixture *fixture)
{
  return weft_relay_store_dup_trouble (weft_relay_get_store (fixture->relay));
}

static void
disk_full_script (gpointer data)
{
  Fixture *fixture = data;
  g_autofree char *filler = g_strnfill (200000, 'z');
  struct rlimit unlimited;
  struct rlimit small = { 0 };
  Client writer;
  Client witness;

  client_open (&witness, data, "/room");
  client_open (&writer, data, "/room");
  send_edit (&writer, 1, "kept");
  {
    g_auto(WeftSyncMessage) message = { 0 };

    client_read_message (&witness, WEFT_SYNC_MESSAGE_UPDATE, &message);
  }

  /* As if the disk were full: files cannot grow any more. */
  getrlimit (RLIMIT_FSIZE, &unlimited);
  small.rlim_cur = 64 * 1024;
  small.rlim_max = unlimited.rlim_max;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  send_edit (&writer, 2, filler);

  /* Nobody sees what could not be stored; all are sent away until later. */
  g_assert_cmpuint (client_read_close (&writer), ==, 1013);
  g_assert_cmpuint (client_read_close (&witness), ==, 1013);
  {
    g_autofree char *trouble = dup_trouble (fixture);

    g_assert_nonnull (trouble);
  }
  setrlimit (RLIMIT_FSIZE, &unlimited);
  client_end (&writer);
  client_end (&witness);

  assert_room (data, "/room", "kept");
  for (guint i = 0; i < PATIENCE; i++)
    {
      g_autofree char *trouble = dup_trouble (fixture);

      if (trouble == NULL)
        break;
      g_usleep (10000);
    }
  g_assert_null (dup_trouble (fixture));
  client_open (&writer, data, "/room");
  send_edit (&writer, 3, "!");
  client_finish (&writer);
  {
    g_autofree char *text = read_room (data, "/room");

    g_assert_cmpuint (strlen (text), ==, 5);
  }
}

static void
test_disk_full (void)
{
  const WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

  /* The write then fails with EFBIG instead of ending us. */
  signal (SIGXFSZ, SIG_IGN);
  /* The relay warns, as it should. */
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  run (&limits, disk_full_script);
}

int
main (int    argc,
      char **argv)
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/relay/handshake", test_handshake);
  g_test_add_func ("/relay/unusual-handshakes", test_unusual_handshakes);
  g_test_add_func ("/relay/slow-request", test_slow_request);
  g_test_add_func ("/relay/descriptors", test_descriptors);
  g_test_add_func ("/relay/frames", test_frames);
  g_test_add_func ("/relay/fragments", test_fragments);
  g_test_add_func ("/relay/random-bytes", test_random);
  g_test_add_func ("/relay/slow-reader", test_slow_reader);
  g_test_add_func ("/relay/fast-writer", test_fast_writer);
  g_test_add_func ("/relay/full-document", test_full_document);
  g_test_add_func ("/relay/awareness", test_awareness);
  g_test_add_func ("/relay/silence", test_silence);
  g_test_add_func ("/relay/thin-line", test_thin_line);
  g_test_add_func ("/relay/cut-answer", test_cut_answer);
  g_test_add_func ("/relay/first-update", test_first_update);
  g_test_add_func ("/relay/idle-room", test_idle_room);
  g_test_add_func ("/relay/compaction", test_compaction);
  g_test_add_func ("/relay/disk-full", test_disk_full);

  return g_test_run ();
}
