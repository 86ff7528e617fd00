/* weft-peer.c - Weft's sync client, driven by lines on its standard input
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 *     weft-peer RELAY ROOM [FILE]
 *
 * With FILE the document lives in a store and survives. Commands, each answered by one line of JSON:
 *
 *     insert POS TEXT    delete POS LENGTH    fill N    name NAME
 *     print    sync    offline    online    fetch ROOM    token TOKEN    quit
 *
 * WEFT_PEER_POLL=MS has it poll, WEFT_PEER_FALLBACK=MS where WebSockets do not get through; WEFT_PEER_TOKEN is a token.
 * `sync` answers when everything is settled; `fill` inserts N characters as one update.
 */

#include "config.h"

#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crdt/weft-type.h"
#include "sync/weft-sync-client.h"
#include "sync/weft-sync-fetcher.h"
#include "sync/weft-sync-poller.h"

typedef struct
{
  GMainLoop       *loop;
  const char      *relay;
  const char      *room;
  WeftStore       *store;
  WeftDoc         *doc;
  WeftAwareness   *awareness;
  WeftSyncClient  *client;
  WeftSyncFetcher *fetcher;
  GDataInputStream *input;

  /* Edits that are not committed yet: number -> GBytes */
  GHashTable      *unsent;
  gboolean         waits_for_sync;
} Peer;

static void read_command (Peer *peer);

static gint64
get_now_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

static void
answer (const char *format,
        ...) G_GNUC_PRINTF (1, 2);

static void
answer (const char *format,
        ...)
{
  va_list args;

  va_start (args, format);
  vprintf (format, args);
  va_end (args);
  printf ("\n");
  fflush (stdout);
}

static void
doc_update_cb (WeftDoc      *doc,
               GBytes       *update,
               gconstpointer origin,
               gboolean      local,
               gpointer      user_data)
{
  Peer *peer = user_data;

  if (peer->store != NULL)
    {
      guint64 seq = weft_store_append_update (peer->store, peer->room, update,
                                              local ? WEFT_UPDATE_LOCAL : WEFT_UPDATE_REMOTE);

      if (local)
        g_hash_table_insert (peer->unsent, GUINT_TO_POINTER (seq), g_bytes_ref (update));
    }
  else if (local)
    weft_sync_client_send_update (peer->client, update);
}

static gboolean
send_committed (gpointer key,
                gpointer value,
                gpointer user_data)
{
  Peer *peer = user_data;

  if (GPOINTER_TO_UINT (key) > weft_store_get_committed_seq (peer->store))
    return FALSE;

  weft_sync_client_send_update (peer->client, value);
  return TRUE;
}

static void
check_sync (Peer *peer)
{
  if (!peer->waits_for_sync || g_hash_table_size (peer->unsent) > 0 ||
      weft_sync_client_get_state (peer->client) != WEFT_SYNC_CLIENT_SYNCED)
    return;

  weft_sync_client_settle (peer->client);
}

static void
committed_cb (WeftStore  *store,
              const char *doc_id,
              guint64     seq,
              Peer       *peer)
{
  g_hash_table_foreach_remove (peer->unsent, send_committed, peer);
  check_sync (peer);
}

static void
print_state (Peer *peer)
{
  g_autofree char *text = weft_text_to_string (weft_doc_get_text (peer->doc, "quill"));
  g_autoptr(WeftAny) quoted = weft_any_new_string (text);
  g_autofree char *json = weft_any_to_json (quoted);
  g_autoptr(GArray) clients = weft_awareness_list_clients (peer->awareness);
  g_autoptr(GString) people = g_string_new ("[");
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (peer->doc);
  g_autoptr(GBytes) encoded = weft_state_vector_encode (state);
  g_autofree char *base64 =
    g_base64_encode (g_bytes_get_data (encoded, NULL), g_bytes_get_size (encoded));
  const char *message = weft_sync_client_get_error_message (peer->client);
  g_autoptr(WeftAny) message_any = weft_any_new_string (message != NULL ? message : "");
  g_autofree char *message_json = weft_any_to_json (message_any);

  for (guint i = 0; i < clients->len; i++)
    {
      guint64 client = g_array_index (clients, guint64, i);
      g_autofree char *one = weft_any_to_json (weft_awareness_get_state (peer->awareness, client));

      g_string_append_printf (people, "%s%s", i > 0 ? "," : "", one);
    }
  g_string_append_c (people, ']');

  answer ("{\"text\":%s,\"people\":%s,\"state\":%d,\"unsent\":%u,\"uncommitted\":%u,\"receipts\":%s,\"error\":%s,"
          "\"stateVector\":\"%s\"}",
          json, people->str, weft_sync_client_get_state (peer->client),
          weft_sync_client_get_n_unsent (peer->client), g_hash_table_size (peer->unsent),
          weft_sync_client_get_receipts (peer->client) ? "true" : "false", message_json, base64);
}

static void
synced_cb (WeftSyncClient *client,
           Peer           *peer)
{
  check_sync (peer);
}

static void
settled_cb (WeftSyncClient *client,
            Peer           *peer)
{
  if (!peer->waits_for_sync || g_hash_table_size (peer->unsent) > 0)
    return;

  peer->waits_for_sync = FALSE;
  print_state (peer);
}

static void
fetched_cb (WeftSyncFetcher *fetcher,
            const char      *room,
            gboolean         changed,
            Peer            *peer)
{
  answer ("{\"fetched\":\"%s\",\"changed\":%s}", room, changed ? "true" : "false");
}

static void
failed_cb (WeftSyncFetcher *fetcher,
           const char      *room,
           const char      *message,
           Peer            *peer)
{
  answer ("{\"failed\":\"%s\",\"message\":\"%s\"}", room, message);
}

static void
set_name (Peer       *peer,
          const char *name)
{
  g_autoptr(WeftAny) user = weft_any_new_object ();

  weft_any_object_take (user, "name", weft_any_new_string (name));
  weft_awareness_set_local_field (peer->awareness, "user", user, get_now_ms ());
  weft_sync_client_send_awareness (peer->client);
}

/* A later command answers for itself. */
static void
run_command (Peer       *peer,
             const char *line)
{
  WeftType *text = weft_doc_get_text (peer->doc, "quill");
  g_auto(GStrv) words = g_strsplit (line, " ", 3);
  guint n_words = g_strv_length (words);

  if (n_words == 3 && g_str_equal (words[0], "insert"))
    weft_text_insert (text, g_ascii_strtoull (words[1], NULL, 10), words[2], -1, NULL);
  else if (n_words == 3 && g_str_equal (words[0], "delete"))
    weft_text_delete (text, g_ascii_strtoull (words[1], NULL, 10),
                      g_ascii_strtoull (words[2], NULL, 10));
  else if (n_words == 2 && g_str_equal (words[0], "fill"))
    {
      g_autofree char *filler = g_strnfill (g_ascii_strtoull (words[1], NULL, 10), 'x');

      weft_text_insert (text, 0, filler, -1, NULL);
    }
  else if (n_words == 2 && g_str_equal (words[0], "name"))
    set_name (peer, words[1]);
  else if (n_words == 2 && g_str_equal (words[0], "token"))
    weft_sync_client_set_token (peer->client, words[1]);
  else if (g_str_equal (line, "offline"))
    weft_sync_client_stop (peer->client);
  else if (g_str_equal (line, "online"))
    weft_sync_client_start (peer->client);
  else if (n_words == 2 && g_str_equal (words[0], "fetch"))
    {
      weft_sync_fetcher_add (peer->fetcher, words[1]);
      return;
    }
  else if (g_str_equal (line, "sync"))
    {
      peer->waits_for_sync = TRUE;
      check_sync (peer);
      return;
    }
  else if (g_str_equal (line, "quit"))
    {
      g_main_loop_quit (peer->loop);
      return;
    }
  else if (!g_str_equal (line, "print"))
    {
      answer ("{\"unknown\":true}");
      return;
    }

  print_state (peer);
}

static void
line_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  Peer *peer = user_data;
  g_autofree char *line =
    g_data_input_stream_read_line_finish_utf8 (peer->input, result, NULL, NULL);

  if (line == NULL)
    {
      g_main_loop_quit (peer->loop);
      return;
    }

  run_command (peer, line);
  if (g_main_loop_is_running (peer->loop))
    read_command (peer);
}

static void
read_command (Peer *peer)
{
  g_data_input_stream_read_line_async (peer->input, G_PRIORITY_DEFAULT, NULL, line_cb, peer);
}

static void
take_result_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return *result;
}

static void
open_document (Peer       *peer,
               const char *path)
{
  g_autoptr(GFile) file = NULL;
  g_autoptr(GAsyncResult) opened = NULL;
  g_autoptr(GAsyncResult) loaded = NULL;
  g_autoptr(GError) error = NULL;

  if (path == NULL)
    {
      peer->doc = weft_doc_new ();
      return;
    }

  file = g_file_new_for_path (path);
  weft_store_open_async (file, NULL, take_result_cb, &opened);
  peer->store = weft_store_open_finish (wait_for (&opened), &error);
  g_assert_no_error (error);

  weft_store_load_doc_async (peer->store, peer->room, NULL, take_result_cb, &loaded);
  peer->doc = weft_store_load_doc_finish (peer->store, wait_for (&loaded), NULL, &error);
  g_assert_no_error (error);
  g_signal_connect (peer->store, "committed", G_CALLBACK (committed_cb), peer);
}

static void
close_document (Peer *peer)
{
  g_autoptr(GAsyncResult) closed = NULL;

  weft_sync_client_stop (peer->client);
  if (peer->store != NULL)
    {
      weft_sync_fetcher_stop (peer->fetcher);
      weft_store_close_async (peer->store, NULL, take_result_cb, &closed);
      g_assert_true (weft_store_close_finish (peer->store, wait_for (&closed), NULL));
    }

  /* The goodbye goes out. */
  for (guint i = 0; i < 10; i++)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (5000);
    }

  g_clear_object (&peer->fetcher);
  g_object_unref (peer->client);
  weft_awareness_free (peer->awareness);
  weft_doc_free (peer->doc);
  g_clear_object (&peer->store);
}

static void
read_environment (void)
{
  const char *poll = g_getenv ("WEFT_PEER_POLL");
  const char *fallback = g_getenv ("WEFT_PEER_FALLBACK");

  if (poll != NULL || fallback != NULL)
    weft_sync_polling_set ((guint) g_ascii_strtoull (poll != NULL ? poll : fallback, NULL, 10), poll != NULL);
}

int
main (int   argc,
      char *argv[])
{
  const WeftDocObserver observer = { .update = doc_update_cb };
  g_autoptr(GInputStream) stdin_stream = g_unix_input_stream_new (0, FALSE);
  g_autoptr(GHashTable) unsent = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_bytes_unref);
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Peer peer = { .loop = loop, .unsent = unsent };

  if (argc < 3)
    {
      g_printerr ("Usage: weft-peer RELAY ROOM [FILE]\n");
      return 2;
    }

  read_environment ();
  peer.relay = argv[1];
  peer.room = argv[2];
  open_document (&peer, argc > 3 ? argv[3] : NULL);
  peer.awareness = weft_awareness_new (weft_doc_get_client_id (peer.doc));
  peer.client = weft_sync_client_new (peer.relay, peer.room, peer.doc, peer.awareness);
  weft_sync_client_set_token (peer.client, g_getenv ("WEFT_PEER_TOKEN"));
  weft_doc_add_observer (peer.doc, &observer, &peer);
  g_signal_connect (peer.client, "synced", G_CALLBACK (synced_cb), &peer);
  g_signal_connect (peer.client, "settled", G_CALLBACK (settled_cb), &peer);
  if (peer.store != NULL)
    {
      weft_sync_client_set_store (peer.client, peer.store);
      peer.fetcher = weft_sync_fetcher_new (peer.relay, peer.store);
      g_signal_connect (peer.fetcher, "fetched", G_CALLBACK (fetched_cb), &peer);
      g_signal_connect (peer.fetcher, "failed", G_CALLBACK (failed_cb), &peer);
    }
  weft_sync_client_start (peer.client);

  peer.input = g_data_input_stream_new (stdin_stream);
  read_command (&peer);
  g_main_loop_run (loop);

  close_document (&peer);
  g_object_unref (peer.input);
  return 0;
}
