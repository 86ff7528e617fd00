/* weft-sync-protocol.c - the messages of y-websocket, read and written
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Follows y-protocols (sync.js, auth.js) and y-websocket.
 */

#include "config.h"

#include "sync/weft-sync-protocol.h"

#include "crdt/weft-writer.h"

enum
{
  OUTER_SYNC = 0,
  OUTER_AWARENESS = 1,
  OUTER_AUTH = 2,
  OUTER_QUERY_AWARENESS = 3,
  OUTER_RECEIPT = 100,
};

enum
{
  INNER_STEP1 = 0,
  INNER_STEP2 = 1,
  INNER_UPDATE = 2,
};

enum
{
  AUTH_DENIED = 0,
};

/* The bytes of @message from @start on, shared with it. */
static GBytes *
share_part (GBytes       *message,
            const guint8 *start,
            gsize         n_bytes)
{
  const guint8 *whole = g_bytes_get_data (message, NULL);

  if (n_bytes == 0)
    return g_bytes_new_static ("", 0);

  return g_bytes_new_from_bytes (message, (gsize) (start - whole), n_bytes);
}

static void
parse_payload (WeftSyncMessage    *self,
               WeftSyncMessageType type,
               WeftReader         *reader,
               GBytes             *message)
{
  gsize n_bytes;
  const guint8 *start = weft_reader_get_buffer (reader, &n_bytes);

  self->type = type;
  if (!reader->failed)
    self->payload = share_part (message, start, n_bytes);
}

static void
parse_sync (WeftSyncMessage *self,
            WeftReader      *reader,
            GBytes          *message)
{
  switch (weft_reader_get_varuint (reader))
    {
    case INNER_STEP1:
      parse_payload (self, WEFT_SYNC_MESSAGE_STEP1, reader, message);
      break;
    case INNER_STEP2:
      parse_payload (self, WEFT_SYNC_MESSAGE_STEP2, reader, message);
      break;
    case INNER_UPDATE:
      parse_payload (self, WEFT_SYNC_MESSAGE_UPDATE, reader, message);
      break;
    default:
      weft_reader_fail (reader, WEFT_CRDT_ERROR_UNSUPPORTED, "unknown kind of sync message");
      break;
    }
}

static void
parse_denied (WeftSyncMessage *self,
              WeftReader      *reader,
              GBytes          *message)
{
  gsize n_bytes;
  const char *reason;

  if (weft_reader_get_varuint (reader) != AUTH_DENIED)
    weft_reader_fail (reader, WEFT_CRDT_ERROR_UNSUPPORTED, "unknown kind of auth message");

  reason = weft_reader_get_string (reader, &n_bytes);
  self->type = WEFT_SYNC_MESSAGE_DENIED;
  if (!reader->failed)
    self->payload = share_part (message, (const guint8 *) reason, n_bytes);
}

/* The entries stand in the message as a state vector does in step 1, to the end. */
static void
parse_receipt (WeftSyncMessage *self,
               WeftReader      *reader,
               GBytes          *message)
{
  self->type = WEFT_SYNC_MESSAGE_RECEIPT;
  self->version = weft_reader_get_varuint (reader);
  parse_payload (self, WEFT_SYNC_MESSAGE_RECEIPT, reader, message);
}

/**
 * weft_sync_message_parse:
 * @self: (out caller-allocates): what @message says
 * @message: one binary WebSocket message
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * Returns: whether the message is well-formed
 */
gboolean
weft_sync_message_parse (WeftSyncMessage *self,
                         GBytes          *message,
                         GError         **error)
{
  WeftReader reader;
  gboolean whole = TRUE;

  *self = (WeftSyncMessage){ .type = WEFT_SYNC_MESSAGE_UNKNOWN };
  weft_reader_init_bytes (&reader, message);

  switch (weft_reader_get_varuint (&reader))
    {
    case OUTER_SYNC:
      parse_sync (self, &reader, message);
      break;
    case OUTER_AWARENESS:
      parse_payload (self, WEFT_SYNC_MESSAGE_AWARENESS, &reader, message);
      break;
    case OUTER_AUTH:
      parse_denied (self, &reader, message);
      break;
    case OUTER_QUERY_AWARENESS:
      self->type = WEFT_SYNC_MESSAGE_QUERY_AWARENESS;
      break;
    case OUTER_RECEIPT:
      parse_receipt (self, &reader, message);
      break;
    default:
      whole = FALSE;
      break;
    }

  if (weft_reader_finish (&reader, whole, error))
    return TRUE;

  weft_sync_message_clear (self);
  return FALSE;
}

void
weft_sync_message_clear (WeftSyncMessage *self)
{
  g_clear_pointer (&self->payload, g_bytes_unref);
}

static GBytes *
new_sync (guint64 inner,
          GBytes *payload)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_writer_reserve (&writer, g_bytes_get_size (payload) + 16);
  weft_writer_put_varuint (&writer, OUTER_SYNC);
  weft_writer_put_varuint (&writer, inner);
  weft_writer_put_buffer (&writer, g_bytes_get_data (payload, NULL), g_bytes_get_size (payload));
  return weft_writer_steal_bytes (&writer);
}

GBytes *
weft_sync_message_new_step1 (const WeftStateVector *state_vector)
{
  g_autoptr(GBytes) payload = weft_state_vector_encode (state_vector);

  return new_sync (INNER_STEP1, payload);
}

GBytes *
weft_sync_message_new_step2 (GBytes *update)
{
  return new_sync (INNER_STEP2, update);
}

GBytes *
weft_sync_message_new_update (GBytes *update)
{
  return new_sync (INNER_UPDATE, update);
}

GBytes *
weft_sync_message_new_awareness (GBytes *awareness_update)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, OUTER_AWARENESS);
  weft_writer_put_buffer (&writer, g_bytes_get_data (awareness_update, NULL),
                          g_bytes_get_size (awareness_update));
  return weft_writer_steal_bytes (&writer);
}

GBytes *
weft_sync_message_new_denied (const char *reason)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, OUTER_AUTH);
  weft_writer_put_varuint (&writer, AUTH_DENIED);
  weft_writer_put_string (&writer, reason, -1);
  return weft_writer_steal_bytes (&writer);
}

GBytes *
weft_sync_message_new_query (void)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, OUTER_QUERY_AWARENESS);
  return weft_writer_steal_bytes (&writer);
}

GBytes *
weft_sync_message_new_receipt (guint64                version,
                               const WeftStateVector *changed)
{
  g_autoptr(GBytes) entries = weft_state_vector_encode (changed);
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, OUTER_RECEIPT);
  weft_writer_put_varuint (&writer, version);
  weft_writer_put_buffer (&writer, g_bytes_get_data (entries, NULL), g_bytes_get_size (entries));
  return weft_writer_steal_bytes (&writer);
}
