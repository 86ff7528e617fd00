/* test-sync-client.c - the client against relays that refuse, lie, or are not there
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The relay is a libsoup server in this process that does what a test tells it.
 */

#include "config.h"

#include <libsoup/soup.h>
#include <string.h>

#include "crdt/weft-type.h"
#include "sync/weft-sync-client.h"
#include "sync/weft-sync-intake.h"
#include "sync/weft-sync-protocol.h"

/* More than is given in one turn. */
#define N_ENTRIES 10000

typedef struct _Fixture Fixture;

struct _Fixture
{
  SoupServer              *server;
  char                    *relay;
  SoupWebsocketConnection *socket;
  guint                    n_connections;
  char                    *authorization;
  char                    *extensions;
  char                    *protocol;
  char                    *path;
  guint                    status; /* what to answer instead of 101 */
  void                   (*greet) (Fixture *fixture);
  gushort                  close_code; /* from the client */

  WeftDoc                 *doc;
  WeftAwareness           *awareness;
  WeftSyncClient          *client;
};

static void
socket_message_cb (SoupWebsocketConnection *socket,
                   SoupWebsocketDataType    type,
                   GBytes                  *message,
                   gpointer                 user_data)
{
  g_auto(WeftSyncMessage) parsed = { 0 };

  g_assert_true (weft_sync_message_parse (&parsed, message, NULL));
  if (parsed.type == WEFT_SYNC_MESSAGE_STEP1 &&
      soup_websocket_connection_get_state (socket) == SOUP_WEBSOCKET_STATE_OPEN)
    {
      g_autoptr(GBytes) nothing = g_bytes_new_static ("\0\0", 2);
      g_autoptr(GBytes) answer = weft_sync_message_new_step2 (nothing);

      soup_websocket_connection_send_message (socket, SOUP_WEBSOCKET_DATA_BINARY, answer);
    }
}

static void
socket_closed_cb (SoupWebsocketConnection *socket,
                  gpointer                 user_data)
{
  Fixture *fixture = user_data;

  fixture->close_code = soup_websocket_connection_get_close_code (socket);
}

static void
websocket_cb (SoupServer              *server,
              SoupServerMessage       *message,
              const char              *path,
              SoupWebsocketConnection *socket,
              gpointer                 user_data)
{
  Fixture *fixture = user_data;

  fixture->n_connections++;
  g_free (fixture->path);
  fixture->path = g_strdup (path);
  g_free (fixture->protocol);
  fixture->protocol = g_strdup (soup_websocket_connection_get_protocol (socket));
  g_set_object (&fixture->socket, socket);
  soup_websocket_connection_set_max_incoming_payload_size (socket, WEFT_SYNC_MAX_MESSAGE);
  g_signal_connect (socket, "message", G_CALLBACK (socket_message_cb), fixture);
  g_signal_connect (socket, "closed", G_CALLBACK (socket_closed_cb), fixture);
  if (fixture->greet != NULL)
    fixture->greet (fixture);
}

static void
early_cb (SoupServer        *server,
          SoupServerMessage *message,
          const char        *path,
          GHashTable        *query,
          gpointer           user_data)
{
  Fixture *fixture = user_data;
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  g_free (fixture->authorization);
  fixture->authorization = g_strdup (soup_message_headers_get_one (headers, "Authorization"));
  g_free (fixture->extensions);
  fixture->extensions = g_strdup (soup_message_headers_get_list (headers, "Sec-WebSocket-Extensions"));
  if (fixture->status != 0)
    soup_server_message_set_status (message, fixture->status, NULL);
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  char *protocols[] = { "weft.v1", NULL };
  g_autoptr(GError) error = NULL;
  g_autoptr(GUri) uri = NULL;
  GSList *uris;

  fixture->server = soup_server_new (NULL, NULL);
  soup_server_add_early_handler (fixture->server, NULL, early_cb, fixture, NULL);
  soup_server_add_websocket_handler (fixture->server, NULL, NULL, protocols, websocket_cb, fixture, NULL);
  soup_server_listen_local (fixture->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (fixture->server);
  fixture->relay = g_strdup_printf ("ws://127.0.0.1:%d", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  fixture->doc = weft_doc_new ();
  weft_text_insert (weft_doc_get_text (fixture->doc, "quill"), 0, "ours", -1, NULL);
  fixture->awareness = weft_awareness_new (weft_doc_get_client_id (fixture->doc));
  fixture->client = weft_sync_client_new (fixture->relay, "a/room", fixture->doc, fixture->awareness);
}

static gboolean
end_wait_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Lets what is under way happen. */
static void
run_for (guint ms)
{
  gboolean done = FALSE;

  g_timeout_add (ms, end_wait_cb, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  g_clear_object (&fixture->client);
  run_for (50);
  g_clear_object (&fixture->socket);
  soup_server_disconnect (fixture->server);
  g_object_unref (fixture->server);
  weft_awareness_free (fixture->awareness);
  weft_doc_free (fixture->doc);
  g_free (fixture->relay);
  g_free (fixture->authorization);
  g_free (fixture->extensions);
  g_free (fixture->protocol);
  g_free (fixture->path);
}

/* Runs the main loop until @condition holds; a machine may be many times as slow as ours. */
#define wait_until(condition)                                                    \
  G_STMT_START                                                                   \
    {                                                                            \
      gboolean _too_long = FALSE;                                                \
      guint _timeout = g_timeout_add_seconds (120, end_wait_cb, &_too_long);     \
      while (!(condition) && !_too_long)                                         \
        g_main_context_iteration (NULL, TRUE);                                   \
      g_assert_false (_too_long);                                                \
      g_source_remove (_timeout);                                                \
    }                                                                            \
  G_STMT_END

static void
wait_for_state (Fixture            *fixture,
                WeftSyncClientState state)
{
  wait_until (weft_sync_client_get_state (fixture->client) == state);
}

static void
assert_text (Fixture    *fixture,
             const char *expected)
{
  g_autofree char *text = weft_text_to_string (weft_doc_get_text (fixture->doc, "quill"));

  g_assert_cmpstr (text, ==, expected);
}

static void
send_bytes (Fixture    *fixture,
            const char *data,
            gsize       size)
{
  g_autoptr(GBytes) message = g_bytes_new (data, size);

  soup_websocket_connection_send_message (fixture->socket, SOUP_WEBSOCKET_DATA_BINARY, message);
}

static void
greet_well (Fixture *fixture)
{
  send_bytes (fixture, "\0\0\1\0", 4);
}

static void
greet_with_update (Fixture *fixture)
{
  g_autoptr(WeftDoc) other = weft_doc_new ();
  g_autoptr(GBytes) update = NULL;
  g_autoptr(GBytes) message = NULL;

  greet_well (fixture);
  weft_text_insert (weft_doc_get_text (other, "quill"), 0, "x", -1, NULL);
  update = weft_doc_encode_state (other);
  message = weft_sync_message_new_update (update);
  soup_websocket_connection_send_message (fixture->socket, SOUP_WEBSOCKET_DATA_BINARY, message);
}

/* The answer to step 1, as one large update of many structs; and something small behind it. */
static void
greet_with_large (Fixture *fixture)
{
  g_autoptr(WeftDoc) other = weft_doc_new ();
  g_autoptr(WeftStateVector) before = NULL;
  g_autoptr(GBytes) large = NULL;
  g_autoptr(GBytes) small = NULL;
  g_autoptr(GBytes) answer = NULL;
  g_autoptr(GBytes) update = NULL;
  WeftType *entries = weft_doc_get_map (other, "entries");

  greet_well (fixture);
  for (guint i = 0; i < N_ENTRIES; i++)
    {
      g_autofree char *key = g_strdup_printf ("%u", i);
      g_autoptr(WeftAny) value = weft_any_new_string ("what is under this key");

      weft_map_set (entries, key, value);
    }
  large = weft_doc_encode_state (other);
  g_assert_cmpuint (g_bytes_get_size (large), >, WEFT_SYNC_LARGE_UPDATE);
  before = weft_doc_get_state_vector (other);
  weft_text_insert (weft_doc_get_text (other, "quill"), 0, "x", -1, NULL);
  small = weft_doc_encode_diff (other, before);

  answer = weft_sync_message_new_step2 (large);
  update = weft_sync_message_new_update (small);
  soup_websocket_connection_send_message (fixture->socket, SOUP_WEBSOCKET_DATA_BINARY, answer);
  soup_websocket_connection_send_message (fixture->socket, SOUP_WEBSOCKET_DATA_BINARY, update);
}

static gboolean
hang_up_cb (gpointer user_data)
{
  Fixture *fixture = user_data;

  soup_websocket_connection_close (fixture->socket, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);
  return G_SOURCE_REMOVE;
}

static void
greet_with_large_and_go (Fixture *fixture)
{
  greet_with_large (fixture);
  fixture->greet = greet_with_large;
  g_idle_add (hang_up_cb, fixture);
}

/* As large, and cannot be smaller. */
static void
greet_with_long_text (Fixture *fixture)
{
  g_autofree char *text = g_strnfill (2 * WEFT_SYNC_LARGE_UPDATE, 'x');
  g_autoptr(WeftDoc) other = weft_doc_new ();
  g_autoptr(GBytes) update = NULL;
  g_autoptr(GBytes) message = NULL;

  greet_well (fixture);
  weft_text_insert (weft_doc_get_text (other, "long"), 0, text, -1, NULL);
  update = weft_doc_encode_state (other);
  message = weft_sync_message_new_update (update);
  soup_websocket_connection_send_message (fixture->socket, SOUP_WEBSOCKET_DATA_BINARY, message);
}

/* All of it can be read but the end. */
static void
greet_with_large_garbage (Fixture *fixture)
{
  g_autoptr(WeftDoc) other = weft_doc_new ();
  g_autoptr(GBytes) update = NULL;
  g_autoptr(GBytes) cut = NULL;
  g_autoptr(GBytes) message = NULL;

  for (guint i = 0; i < N_ENTRIES; i++)
    {
      g_autofree char *text = g_strdup_printf ("what is under this key: %u", i);

      weft_text_insert (weft_doc_get_text (other, "quill"), 0, text, -1, NULL);
    }
  update = weft_doc_encode_state (other);
  g_assert_cmpuint (g_bytes_get_size (update), >, WEFT_SYNC_LARGE_UPDATE + 3);
  cut = g_bytes_new_from_bytes (update, 0, g_bytes_get_size (update) - 3);
  message = weft_sync_message_new_step2 (cut);
  soup_websocket_connection_send_message (fixture->socket, SOUP_WEBSOCKET_DATA_BINARY, message);
}

static void
greet_with_garbage (Fixture *fixture)
{
  send_bytes (fixture, "\0\2\4\xde\xad\xbe\xef", 7);
}

static void
greet_with_much (Fixture *fixture)
{
  g_autofree char *much = g_malloc0 (WEFT_SYNC_MAX_MESSAGE + 4096);

  send_bytes (fixture, much, WEFT_SYNC_MAX_MESSAGE + 4096);
}

static gboolean
refuse_cb (gpointer user_data)
{
  Fixture *fixture = user_data;

  soup_websocket_connection_close (fixture->socket, 4403, "members only");
  return G_SOURCE_REMOVE;
}

/* Not at once: what the client sends to a closed socket would outrun the reason. */
static void
greet_with_denial (Fixture *fixture)
{
  g_timeout_add (50, refuse_cb, fixture);
}

/* libsoup does not know 1013, and closes with another code; so the frame is written as bytes. */
static gboolean
put_off_cb (gpointer user_data)
{
  Fixture *fixture = user_data;
  GIOStream *stream = soup_websocket_connection_get_io_stream (fixture->socket);

  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (stream),
                                            "\x88\x02\x03\xf5", 4, NULL, NULL, NULL));
  return G_SOURCE_REMOVE;
}

static void
greet_with_later (Fixture *fixture)
{
  g_timeout_add (50, put_off_cb, fixture);
}

static void
greet_with_reading (Fixture *fixture)
{
  g_autoptr(GBytes) denied = weft_sync_message_new_denied ("<b>viewer</b>");

  greet_well (fixture);
  soup_websocket_connection_send_message (fixture->socket, SOUP_WEBSOCKET_DATA_BINARY, denied);
}

static void
test_handshake (Fixture      *fixture,
                gconstpointer data)
{
  fixture->greet = greet_well;
  weft_sync_client_set_token (fixture->client, "secret");
  g_assert_cmpint (weft_sync_client_get_state (fixture->client), ==, WEFT_SYNC_CLIENT_OFFLINE);
  weft_sync_client_start (fixture->client);
  g_assert_cmpint (weft_sync_client_get_state (fixture->client), ==, WEFT_SYNC_CLIENT_CONNECTING);
  wait_for_state (fixture, WEFT_SYNC_CLIENT_SYNCED);

  g_assert_cmpstr (fixture->path, ==, "/a/room");
  g_assert_cmpstr (fixture->protocol, ==, "weft.v1");
  g_assert_cmpstr (fixture->authorization, ==, "Bearer secret");
  /* What inflates could be a bomb. */
  g_assert_null (fixture->extensions);
  g_assert_null (weft_sync_client_get_error_message (fixture->client));
  g_assert_cmpuint (weft_sync_client_get_n_unsent (fixture->client), ==, 0);

  weft_sync_client_stop (fixture->client);
  g_assert_cmpint (weft_sync_client_get_state (fixture->client), ==, WEFT_SYNC_CLIENT_OFFLINE);
  wait_until (fixture->close_code != 0);
  g_assert_cmpint (fixture->close_code, ==, SOUP_WEBSOCKET_CLOSE_GOING_AWAY);
}

static void
test_unreachable (Fixture      *fixture,
                  gconstpointer data)
{
  soup_server_disconnect (fixture->server);
  weft_sync_client_start (fixture->client);
  wait_for_state (fixture, WEFT_SYNC_CLIENT_OFFLINE);
  g_assert_nonnull (weft_sync_client_get_error_message (fixture->client));

  /* It goes on trying, and says so. */
  wait_for_state (fixture, WEFT_SYNC_CLIENT_CONNECTING);
  assert_text (fixture, "ours");
}

static void
test_no_relay (Fixture      *fixture,
               gconstpointer data)
{
  fixture->status = GPOINTER_TO_UINT (data);
  weft_sync_client_start (fixture->client);
  wait_for_state (fixture, WEFT_SYNC_CLIENT_OFFLINE);
  g_assert_nonnull (strstr (weft_sync_client_get_error_message (fixture->client),
                            fixture->status == SOUP_STATUS_OK ? "A web page answers" : "no relay"));
}

static void
test_unauthorized (Fixture      *fixture,
                   gconstpointer data)
{
  fixture->status = GPOINTER_TO_UINT (data);
  weft_sync_client_start (fixture->client);
  wait_for_state (fixture, WEFT_SYNC_CLIENT_DENIED);
  g_assert_nonnull (strstr (weft_sync_client_get_error_message (fixture->client), "let you in"));

  /* With a token that is good one may start again. */
  fixture->status = 0;
  fixture->greet = greet_well;
  weft_sync_client_start (fixture->client);
  wait_for_state (fixture, WEFT_SYNC_CLIENT_SYNCED);
  g_assert_null (weft_sync_client_get_error_message (fixture->client));
}

static void
test_denied (Fixture      *fixture,
             gconstpointer data)
{
  fixture->greet = greet_with_denial;
  weft_sync_client_start (fixture->client);
  wait_for_state (fixture, WEFT_SYNC_CLIENT_DENIED);
  g_assert_nonnull (strstr (weft_sync_client_get_error_message (fixture->client), "members only"));

  run_for (700);
  g_assert_cmpuint (fixture->n_connections, ==, 1);
}

static void
test_later (Fixture      *fixture,
            gconstpointer data)
{
  fixture->greet = greet_with_later;
  weft_sync_client_start (fixture->client);
  wait_for_state (fixture, WEFT_SYNC_CLIENT_SYNCING);
  wait_for_state (fixture, WEFT_SYNC_CLIENT_OFFLINE);
  g_assert_nonnull (strstr (weft_sync_client_get_error_message (fixture->client), "busy"));

  run_for (700);
  g_assert_cmpuint (fixture->n_connections, ==, 1);
}

static void
test_read_only (Fixture      *fixture,
                gconstpointer data)
{
  gboolean read_only = FALSE;

  fixture->greet = greet_with_reading;
  weft_sync_client_start (fixture->client);
  wait_for_state (fixture, WEFT_SYNC_CLIENT_SYNCED);
  wait_until ((g_object_get (fixture->client, "read-only", &read_only, NULL), read_only));
  g_assert_nonnull (strstr (weft_sync_client_get_error_message (fixture->client), "viewer"));
}

static void
test_garbage (Fixture      *fixture,
              gconstpointer data)
{
  fixture->greet = greet_with_garbage;
  weft_sync_client_start (fixture->client);
  wait_for_state (fixture, WEFT_SYNC_CLIENT_SYNCING);
  wait_for_state (fixture, WEFT_SYNC_CLIENT_OFFLINE);
  g_assert_nonnull (strstr (weft_sync_client_get_error_message (fixture->client), "not understand"));
  assert_text (fixture, "ours");
  g_assert_true (weft_doc_validate (fixture->doc, NULL));

  run_for (700);
  g_assert_cmpuint (fixture->n_connections, ==, 1);
}

static void
test_too_much (Fixture      *fixture,
               gconstpointer data)
{
  fixture->greet = greet_with_much;
  weft_sync_client_start (fixture->client);
  wait_for_state (fixture, WEFT_SYNC_CLIENT_SYNCING);
  wait_for_state (fixture, WEFT_SYNC_CLIENT_OFFLINE);
  assert_text (fixture, "ours");
}

static void
test_dropped (Fixture      *fixture,
              gconstpointer data)
{
  fixture->greet = greet_well;
  weft_sync_client_start (fixture->client);
  wait_for_state (fixture, WEFT_SYNC_CLIENT_SYNCED);

  /* Without a word; it comes back by itself. */
  g_io_stream_close (soup_websocket_connection_get_io_stream (fixture->socket), NULL, NULL);
  wait_for_state (fixture, WEFT_SYNC_CLIENT_OFFLINE);
  g_assert_nonnull (weft_sync_client_get_error_message (fixture->client));
  wait_for_state (fixture, WEFT_SYNC_CLIENT_SYNCED);
  g_assert_cmpuint (fixture->n_connections, ==, 2);
  g_assert_null (weft_sync_client_get_error_message (fixture->client));
}

static void
stop_cb (WeftSyncClient *client)
{
  weft_sync_client_stop (client);
}

/* Whoever hears of something may hang up at once. */
static void
test_stop_inside (Fixture      *fixture,
                  gconstpointer data)
{
  const char *signal_name = data;

  fixture->greet = greet_with_update;
  g_signal_connect_swapped (fixture->client, signal_name, G_CALLBACK (stop_cb), fixture->client);
  weft_sync_client_start (fixture->client);
  wait_for_state (fixture, WEFT_SYNC_CLIENT_OFFLINE);
  run_for (300);
  g_assert_cmpint (weft_sync_client_get_state (fixture->client), ==, WEFT_SYNC_CLIENT_OFFLINE);
  g_assert_cmpuint (fixture->n_connections, ==, 1);
}

static void
test_stop_at_once (Fixture      *fixture,
                   gconstpointer data)
{
  for (guint i = 0; i < 20; i++)
    {
      weft_sync_client_start (fixture->client);
      run_for (i / 4);
      weft_sync_client_stop (fixture->client);
    }

  /* The last word counts. */
  fixture->greet = greet_well;
  weft_sync_client_start (fixture->client);
  wait_for_state (fixture, WEFT_SYNC_CLIENT_SYNCED);
}

typedef struct
{
  Fixture *fixture;
  guint    n_updates;
  gboolean in_order;
} Counted;

static guint
count_entries (Fixture *fixture)
{
  g_autoptr(GPtrArray) keys = weft_map_list_keys (weft_doc_get_map (fixture->doc, "entries"));

  return keys->len;
}

static void
count_update_cb (WeftSyncClient *client,
                 GBytes         *update,
                 gpointer        user_data)
{
  Counted *counted = user_data;
  g_autofree char *text = weft_text_to_string (weft_doc_get_text (counted->fixture->doc, "quill"));

  counted->n_updates++;
  if (!g_str_equal (text, "ours") && count_entries (counted->fixture) < N_ENTRIES)
    counted->in_order = FALSE;
}

/* What is large comes in parts, and what comes after it waits; also where the relay goes meanwhile, and returns. */
static void
test_large (Fixture      *fixture,
            gconstpointer data)
{
  Counted counted = { fixture, 0, TRUE };

  fixture->greet = data != NULL ? greet_with_large_and_go : greet_with_large;
  g_signal_connect (fixture->client, "remote-update", G_CALLBACK (count_update_cb), &counted);
  weft_sync_client_start (fixture->client);
  wait_for_state (fixture, WEFT_SYNC_CLIENT_SYNCED);
  while (fixture->n_connections < (data != NULL ? 2 : 1) || counted.n_updates == 0)
    g_main_context_iteration (NULL, TRUE);
  wait_for_state (fixture, WEFT_SYNC_CLIENT_SYNCED);

  g_assert_cmpuint (count_entries (fixture), ==, N_ENTRIES);
  g_assert_cmpuint (counted.n_updates, >, 4);
  g_assert_true (counted.in_order);
  g_assert_null (weft_sync_client_get_error_message (fixture->client));
}

static void
test_long_text (Fixture      *fixture,
                gconstpointer data)
{
  Counted counted = { fixture, 0, TRUE };

  fixture->greet = greet_with_long_text;
  g_signal_connect (fixture->client, "remote-update", G_CALLBACK (count_update_cb), &counted);
  weft_sync_client_start (fixture->client);
  wait_for_state (fixture, WEFT_SYNC_CLIENT_SYNCED);
  while (counted.n_updates == 0)
    g_main_context_iteration (NULL, TRUE);

  g_assert_cmpuint (weft_type_get_length (weft_doc_get_text (fixture->doc, "long")), ==, 2 * WEFT_SYNC_LARGE_UPDATE);
  g_assert_cmpuint (counted.n_updates, ==, 1);
}

static void
test_large_garbage (Fixture      *fixture,
                    gconstpointer data)
{
  fixture->greet = greet_with_large_garbage;
  weft_sync_client_start (fixture->client);
  while (weft_sync_client_get_error_message (fixture->client) == NULL)
    g_main_context_iteration (NULL, TRUE);

  g_assert_nonnull (strstr (weft_sync_client_get_error_message (fixture->client), "understand"));
  assert_text (fixture, "ours");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, data, func) g_test_add (path, Fixture, data, set_up, func, tear_down)
  ADD ("/sync/client/handshake", NULL, test_handshake);
  ADD ("/sync/client/unreachable", NULL, test_unreachable);
  ADD ("/sync/client/no-relay", GUINT_TO_POINTER (404), test_no_relay);
  ADD ("/sync/client/web-page", GUINT_TO_POINTER (200), test_no_relay);
  ADD ("/sync/client/unauthorized", GUINT_TO_POINTER (401), test_unauthorized);
  ADD ("/sync/client/forbidden", GUINT_TO_POINTER (403), test_unauthorized);
  ADD ("/sync/client/denied", NULL, test_denied);
  ADD ("/sync/client/later", NULL, test_later);
  ADD ("/sync/client/read-only", NULL, test_read_only);
  ADD ("/sync/client/hostile/garbage", NULL, test_garbage);
  ADD ("/sync/client/hostile/too-much", NULL, test_too_much);
  ADD ("/sync/client/hostile/large-garbage", NULL, test_large_garbage);
  ADD ("/sync/client/large/in-parts", NULL, test_large);
  ADD ("/sync/client/large/dropped", "dropped", test_large);
  ADD ("/sync/client/large/one-struct", NULL, test_long_text);
  ADD ("/sync/client/dropped", NULL, test_dropped);
  ADD ("/sync/client/stop/in-synced", "synced", test_stop_inside);
  ADD ("/sync/client/stop/in-remote-update", "remote-update", test_stop_inside);
  ADD ("/sync/client/stop/at-once", NULL, test_stop_at_once);
#undef ADD

  return g_test_run ();
}
