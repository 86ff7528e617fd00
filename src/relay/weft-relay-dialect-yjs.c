/* weft-relay-dialect-yjs.c - y-websocket, the native dialect
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One room for each connection. Whoever offered weft.v1 gets receipts, too.
 */

#include "config.h"

#include "relay/weft-relay-dialect-yjs.h"

#include "relay/weft-relay-answer.h"
#include "relay/weft-relay-path.h"
#include "relay/weft-relay-request.h"
#include "relay/weft-relay-room.h"
#include "sync/weft-sync-protocol.h"

/* From here on, an update is sent as it is, behind a frame's head that is made for it. */
#define LARGE_BYTES (64 * 1024)

/* What receipts have told a session: in session->data, from its first receipt on. */
typedef struct
{
  WeftStateVector *told;
  guint64          version;
} Told;

static char *
yjs_dup_room (WeftRelayRequest      *request,
              const WeftRelayLimits *limits)
{
  char *room;

  switch (weft_relay_path_get_room (weft_relay_request_get_path (request), limits->max_room_name, &room))
    {
    case WEFT_RELAY_PATH_OK:
      return room;
    case WEFT_RELAY_PATH_EMPTY:
      weft_relay_request_reply_problem (request, SOUP_STATUS_NOT_FOUND, "A room has a name: connect to /<room>.");
      break;
    case WEFT_RELAY_PATH_RESERVED:
      weft_relay_request_reply_problem (request, SOUP_STATUS_NOT_FOUND,
                                        "There is no room here. A room of this name is under /yjs/.");
      break;
    case WEFT_RELAY_PATH_TOO_LONG:
      weft_relay_request_reply_problem (request, SOUP_STATUS_REQUEST_URI_TOO_LONG,
                                        "The name of the room is longer than %" G_GSIZE_FORMAT " bytes.",
                                        limits->max_room_name);
      break;
    case WEFT_RELAY_PATH_BAD:
      weft_relay_request_reply_problem (request, SOUP_STATUS_BAD_REQUEST, "The name of the room is not UTF-8.");
      break;
    }

  return NULL;
}

static void
yjs_message (WeftRelayClient *client,
             GBytes          *bytes)
{
  WeftRelaySession *session = client->sessions;
  g_auto(WeftSyncMessage) message = { 0 };
  g_autoptr(GError) error = NULL;

  if (session == NULL)
    return;

  if (!weft_sync_message_parse (&message, bytes, &error))
    {
      weft_relay_client_close (client, WEFT_WS_CLOSE_MALFORMED, error->message);
      return;
    }

  switch (message.type)
    {
    case WEFT_SYNC_MESSAGE_STEP1:
      weft_relay_session_step1 (session, message.payload);
      break;
    case WEFT_SYNC_MESSAGE_STEP2:
    case WEFT_SYNC_MESSAGE_UPDATE:
      weft_relay_session_update (session, message.payload);
      break;
    case WEFT_SYNC_MESSAGE_AWARENESS:
      weft_relay_session_awareness (session, message.payload);
      break;
    case WEFT_SYNC_MESSAGE_QUERY_AWARENESS:
      weft_relay_session_query (session);
      break;
    case WEFT_SYNC_MESSAGE_DENIED:
    case WEFT_SYNC_MESSAGE_RECEIPT:
    case WEFT_SYNC_MESSAGE_UNKNOWN:
      break;
    }
}

/* Says something where y-websocket would hang up for silence. */
static void
yjs_tick (WeftRelayClient *client,
          gint64           now_ms)
{
  const WeftRelayLimits *limits = weft_relay_hub_get_limits (client->hub);
  static const guint8 nobody[] = { 0 };
  g_autoptr(GBytes) update = NULL;

  if (now_ms - weft_relay_connection_get_sent_ms (client->connection) < limits->keepalive_seconds * 1000)
    return;

  update = g_bytes_new_static (nobody, sizeof nobody);
  weft_relay_client_say (client, weft_sync_message_new_awareness (update));
}

static void
yjs_entered (WeftRelaySession *session)
{
  g_autoptr(WeftStateVector) state_vector = weft_relay_room_get_state_vector (session->room);

  session->wants_stored = session->client->receipts;
  weft_relay_session_say (session, weft_sync_message_new_step1 (state_vector), WEFT_RELAY_FRAME_ANSWER);
  weft_relay_session_query (session);
}

static GBytes *
frame_of (GBytes *message)
{
  g_autoptr(GBytes) owned = message;

  return weft_ws_frame_new (WEFT_WS_OPCODE_BINARY, owned);
}

static GBytes *
wrap_update (GBytes  *update,
             gboolean last,
             gpointer user_data)
{
  return weft_sync_message_new_update (update);
}

static GBytes *
make_update (WeftRelayNews *news)
{
  if (g_bytes_get_size (news->update) >= LARGE_BYTES)
    return weft_relay_answer_new_head (news->update, wrap_update, NULL);

  return frame_of (weft_sync_message_new_update (news->update));
}

static GBytes *
make_awareness (WeftRelayNews *news)
{
  return frame_of (weft_sync_message_new_awareness (news->update));
}

static void
yjs_update (WeftRelaySession *session,
            WeftRelayNews    *news)
{
  GBytes *frame = weft_relay_news_get_frame (news, session->client->dialect, make_update);
  gboolean large = g_bytes_get_size (news->update) >= LARGE_BYTES;

  weft_relay_session_send_joined (session, frame, large ? news->update : NULL, WEFT_RELAY_FRAME_NEWS);
}

static void
yjs_awareness (WeftRelaySession *session,
               WeftRelayNews    *news)
{
  weft_relay_session_send (session, weft_relay_news_get_frame (news, session->client->dialect, make_awareness),
                           WEFT_RELAY_FRAME_NEWS);
}

/* --- receipts --- */

static WeftStateVector *
collect_changed (const WeftStateVector *durable,
                 const WeftStateVector *told)
{
  WeftStateVector *changed;

  if (told == NULL)
    return weft_state_vector_copy (durable);

  changed = weft_state_vector_new ();
  for (gsize i = 0; i < weft_state_vector_get_n_clients (durable); i++)
    {
      WeftClientId client;
      WeftClock clock;

      weft_state_vector_get_entry (durable, i, &client, &clock);
      if (weft_state_vector_get (told, client) != clock)
        weft_state_vector_set (changed, client, clock);
    }

  return changed;
}

static void
yjs_stored (WeftRelaySession *session,
            guint64           version)
{
  const WeftStateVector *durable = weft_relay_room_get_durable (session->room);
  Told *told = session->data;
  g_autoptr(WeftStateVector) changed = NULL;

  if (told != NULL && told->version == version)
    return;

  if (told == NULL)
    session->data = told = g_new0 (Told, 1);

  changed = collect_changed (durable, told->told);
  weft_relay_session_say (session, weft_sync_message_new_receipt (version, changed), WEFT_RELAY_FRAME_NEWS);

  g_clear_pointer (&told->told, weft_state_vector_free);
  told->told = weft_state_vector_copy (durable);
  told->version = version;
}

static void
yjs_denied (WeftRelaySession *session,
            const char       *reason)
{
  weft_relay_session_say (session, weft_sync_message_new_denied (reason), WEFT_RELAY_FRAME_NEWS);
}

static void
yjs_left (WeftRelaySession *session)
{
  Told *told = g_steal_pointer (&session->data);

  if (told == NULL)
    return;

  g_clear_pointer (&told->told, weft_state_vector_free);
  g_free (told);
}

const WeftRelayDialect weft_relay_dialect_yjs = {
  .name = "yjs",
  .dup_room = yjs_dup_room,
  .message = yjs_message,
  .tick = yjs_tick,
  .entered = yjs_entered,
  .update = yjs_update,
  .awareness = yjs_awareness,
  .stored = yjs_stored,
  .denied = yjs_denied,
  .left = yjs_left,
};
