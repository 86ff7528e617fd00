/* weft-relay-answer.c - the answer to a step 1, as frames
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-answer.h"

#include "crdt/weft-update.h"
#include "crdt/weft-writer.h"
#include "relay/weft-ws-frame.h"
#include "sync/weft-sync-protocol.h"

/* What stands before an update in a message. */
static GBytes *
make_message_head (GBytes           *update,
                   gboolean          last,
                   WeftRelayWrapFunc wrap,
                   gpointer          user_data)
{
  WeftWriter writer;
  g_autoptr(GBytes) empty = g_bytes_new_static ("", 0);
  g_autoptr(GBytes) message = wrap (empty, last, user_data);

  /* What stands before the length, then the real one. */
  weft_writer_init (&writer);
  weft_writer_put_raw (&writer, g_bytes_get_data (message, NULL), g_bytes_get_size (message) - 1);
  weft_writer_put_varuint (&writer, g_bytes_get_size (update));
  return weft_writer_steal_bytes (&writer);
}

/* A large update is copied once, not once for each layer. */
static GBytes *
make_frame (GBytes           *update,
            gboolean          last,
            WeftRelayWrapFunc wrap,
            gpointer          user_data)
{
  g_autoptr(GBytes) head = make_message_head (update, last, wrap, user_data);

  return weft_ws_frame_new_joined (WEFT_WS_OPCODE_BINARY, g_bytes_get_data (head, NULL), g_bytes_get_size (head),
                                   update);
}

GBytes *
weft_relay_answer_new_head (GBytes           *update,
                            WeftRelayWrapFunc wrap,
                            gpointer          user_data)
{
  g_autoptr(GBytes) head = make_message_head (update, TRUE, wrap, user_data);

  return weft_ws_frame_new_head (WEFT_WS_OPCODE_BINARY, g_bytes_get_data (head, NULL), g_bytes_get_size (head),
                                 g_bytes_get_size (update));
}

GBytes *
weft_relay_answer_new (GBytes           *update,
                       gsize             max_bytes,
                       WeftRelayWrapFunc wrap,
                       gpointer          user_data)
{
  g_autoptr(GPtrArray) pieces = NULL;
  g_autoptr(GByteArray) frames = NULL;

  if (g_bytes_get_size (update) <= max_bytes)
    return make_frame (update, TRUE, wrap, user_data);

  pieces = weft_update_split (update, MIN (max_bytes, WEFT_SYNC_MAX_UPDATE));
  frames = g_byte_array_new ();
  for (guint i = 0; i < pieces->len; i++)
    {
      g_autoptr(GBytes) frame = make_frame (pieces->pdata[i], i + 1 == pieces->len, wrap, user_data);

      g_byte_array_append (frames, g_bytes_get_data (frame, NULL), (guint) g_bytes_get_size (frame));
    }

  return g_byte_array_free_to_bytes (g_steal_pointer (&frames));
}
