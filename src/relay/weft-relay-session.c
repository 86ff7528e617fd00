/* weft-relay-session.c - one connection in a room: takes its messages apart
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-room-private.h"
#include "sync/weft-sync-protocol.h"

WeftRelaySession *
weft_relay_session_new (WeftRelayHub *hub,
                        const char   *peer,
                        gboolean      receipts)
{
  WeftRelaySession *self = g_new0 (WeftRelaySession, 1);

  self->hub = hub;
  self->peer = g_strdup (peer);
  self->receipts = receipts;
  return self;
}

void
weft_relay_session_free (WeftRelaySession *self)
{
  g_assert (self->room == NULL);
  g_clear_pointer (&self->connection, weft_relay_connection_free);
  g_clear_pointer (&self->told, weft_state_vector_free);
  g_free (self->peer);
  g_free (self);
}

void
weft_relay_session_send (WeftRelaySession  *self,
                         GBytes            *message,
                         WeftRelayFrameKind kind)
{
  g_autoptr(GBytes) frame = weft_ws_frame_new (WEFT_WS_OPCODE_BINARY, message);

  g_bytes_unref (message);
  weft_relay_connection_send (self->connection, frame, kind);
}

void
weft_relay_session_refuse (WeftRelaySession *self,
                           guint16           code,
                           const char       *reason)
{
  weft_relay_connection_close (self->connection, code, reason);
}

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

void
weft_relay_session_tell (WeftRelaySession      *self,
                         guint64                version,
                         const WeftStateVector *durable)
{
  g_autoptr(WeftStateVector) changed = NULL;

  if (self->told != NULL && version == self->told_version)
    return;

  changed = collect_changed (durable, self->told);
  weft_relay_session_send (self, weft_sync_message_new_receipt (version, changed), WEFT_RELAY_FRAME_NEWS);

  g_clear_pointer (&self->told, weft_state_vector_free);
  self->told = weft_state_vector_copy (durable);
  self->told_version = version;
}

void
weft_relay_session_keep_alive (WeftRelaySession *self,
                               gint64            now_ms)
{
  const WeftRelayLimits *limits = weft_relay_hub_get_limits (self->hub);
  static const guint8 nobody[] = { 0 };
  g_autoptr(GBytes) update = NULL;

  if (now_ms - weft_relay_connection_get_sent_ms (self->connection) < limits->keepalive_seconds * 1000)
    return;

  /* An awareness update without anybody in it changes nothing, and every client understands it. */
  update = g_bytes_new_static (nobody, sizeof nobody);
  weft_relay_session_send (self, weft_sync_message_new_awareness (update), WEFT_RELAY_FRAME_NEWS);
}

static void
handle_message (WeftRelaySession *self,
                WeftSyncMessage  *message)
{
  switch (message->type)
    {
    case WEFT_SYNC_MESSAGE_STEP1:
      weft_relay_room_handle_step1 (self->room, self, message->payload);
      break;
    case WEFT_SYNC_MESSAGE_STEP2:
    case WEFT_SYNC_MESSAGE_UPDATE:
      weft_relay_room_handle_update (self->room, self, message->payload);
      break;
    case WEFT_SYNC_MESSAGE_AWARENESS:
      weft_relay_room_handle_awareness (self->room, self, message->payload);
      break;
    case WEFT_SYNC_MESSAGE_QUERY_AWARENESS:
      weft_relay_room_send_awareness (self->room, self);
      break;
    case WEFT_SYNC_MESSAGE_DENIED:
    case WEFT_SYNC_MESSAGE_RECEIPT:
    case WEFT_SYNC_MESSAGE_UNKNOWN:
      break;
    }
}

static void
message_cb (WeftRelayConnection *connection,
            GBytes              *bytes,
            gpointer             user_data)
{
  WeftRelaySession *self = user_data;
  g_auto(WeftSyncMessage) message = { 0 };
  g_autoptr(GError) error = NULL;

  if (self->room == NULL)
    return;

  if (!weft_sync_message_parse (&message, bytes, &error))
    weft_relay_session_refuse (self, WEFT_WS_CLOSE_MALFORMED, error->message);
  else
    handle_message (self, &message);
}

static void
closed_cb (WeftRelayConnection *connection,
           gpointer             user_data)
{
  WeftRelaySession *self = user_data;

  weft_relay_hub_session_ended (self->hub, self);
}

const WeftRelayConnectionFuncs weft_relay_session_funcs = {
  .message = message_cb,
  .closed = closed_cb,
};
