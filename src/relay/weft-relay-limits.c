/* weft-relay-limits.c - the table of limits
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-limits.h"

#define GIB       (G_GUINT64_CONSTANT (1) << 30)
#define MAX_COUNT 100000000
#define MAX_TIME  86400

#define ROW(row_name, row_kind, field, row_least, row_most, row_help)                              \
  {                                                                                                \
    .name = row_name, .kind = row_kind, .offset = G_STRUCT_OFFSET (WeftRelayLimits, field),        \
    .least = row_least, .most = row_most, .help = row_help,                                        \
  }
#define BYTES(name, field, least, help)   ROW (name, WEFT_RELAY_LIMIT_BYTES, field, least, 2 * GIB - 1, help)
#define COUNT(name, field, least, help)   ROW (name, WEFT_RELAY_LIMIT_COUNT, field, least, MAX_COUNT, help)
#define SECONDS(name, field, least, help) ROW (name, WEFT_RELAY_LIMIT_SECONDS, field, least, MAX_TIME, help)
#define MILLIS(name, field, most, help)   ROW (name, WEFT_RELAY_LIMIT_MILLISECONDS, field, 0, most, help)

const WeftRelayLimitInfo weft_relay_limit_infos[] = {
  BYTES ("max-message", max_message, 1024, "Bytes of one message"),
  COUNT ("max-fragments", max_fragments, 1, "Pieces of one message"),
  COUNT ("max-messages-second", max_messages_second, 1, "Messages a second from one connection"),
  BYTES ("max-bytes-second", max_bytes_second, 1024, "Bytes a second from one connection"),
  SECONDS ("burst", burst_seconds, 1, "How many seconds' worth of these may come at once"),
  BYTES ("max-awareness", max_awareness, 64, "Bytes of one awareness message"),
  BYTES ("max-state", max_state, 16, "Bytes of one awareness state"),
  COUNT ("max-states-connection", max_states_connection, 1, "Awareness states of one connection"),
  COUNT ("max-states-room", max_states_room, 1, "Awareness states in one room"),
  BYTES ("soft-queue", soft_queue, 0, "Bytes that may wait for a slow reader for a while; 0: up to max-queue"),
  SECONDS ("soft-queue-time", soft_queue_seconds, 1, "How long that while is"),
  BYTES ("max-queue", max_queue, 1024, "Bytes that may wait for a slow reader at all"),
  BYTES ("max-answers", max_answers, 1024, "Bytes of answers that may wait for a slow reader"),
  BYTES ("max-room-name", max_room_name, 16, "Bytes of a room's name"),
  BYTES ("max-document", max_document, 1024, "Bytes of a document, with its latest updates"),
  BYTES ("max-pending", max_pending, 1024, "Bytes of updates in a room that wait for missing ones"),
  COUNT ("max-rooms-connection", max_rooms_connection, 1, "Rooms that one connection may be in"),
  SECONDS ("idle-room", idle_room_seconds, 0, "How long a room stays in memory when nobody is in it"),
  COUNT ("compact-updates", compact_updates, 1, "After how many updates a room is compacted"),
  BYTES ("compact-bytes", compact_bytes, 1024, "After how many bytes, where that is more than the document"),
  COUNT ("max-connections", max_connections, 0, "Connections; 0: as many as descriptors allow"),
  COUNT ("max-connections-address", max_connections_address, 0, "Connections from one address; 0: any number"),
  COUNT ("max-handshakes", max_handshakes, 1, "Requests under way at once"),
  COUNT ("max-handshakes-address", max_handshakes_address, 0, "Requests under way from one address; 0: any number"),
  BYTES ("max-body", max_body, 1024, "Bytes of a request's body"),
  SECONDS ("request-time", request_seconds, 1, "How long a request may take to arrive"),
  COUNT ("auth-burst", auth_burst, 1, "Tries at tokens and invites from one address at once"),
  COUNT ("auth-minute", auth_per_minute, 1, "How many of these come back each minute"),
  SECONDS ("ping-time", ping_seconds, 1, "After how much silence a connection is pinged"),
  SECONDS ("dead-time", dead_seconds, 2, "After how much silence it is given up"),
  SECONDS ("keepalive", keepalive_seconds, 1, "How often something is said to everybody"),
  SECONDS ("close-time", close_seconds, 1, "How long the other side may take to answer a close"),
  MILLIS ("tick", tick_ms, 1000, "Awareness and receipts leave this often"),
  COUNT ("busy-room", busy_room, 0, "Messages a second to all in a room, from which on updates leave together too"),
  MILLIS ("busy-tick", busy_tick_ms, 1000, "How far apart they are then"),
  MILLIS ("group", group_ms, 1000, "Commits are at least this far apart"),
  MILLIS ("busy-group", busy_group_ms, 1000, "The same while there is much to store"),
  { NULL },
};

guint64
weft_relay_limits_get (const WeftRelayLimits    *self,
                       const WeftRelayLimitInfo *info)
{
  gconstpointer field = (const guint8 *) self + info->offset;

  return info->kind == WEFT_RELAY_LIMIT_BYTES ? *(const gsize *) field : *(const guint *) field;
}

void
weft_relay_limits_set (WeftRelayLimits          *self,
                       const WeftRelayLimitInfo *info,
                       guint64                   value)
{
  gpointer field = (guint8 *) self + info->offset;

  g_return_if_fail (value >= info->least && value <= info->most);

  if (info->kind == WEFT_RELAY_LIMIT_BYTES)
    *(gsize *) field = (gsize) value;
  else
    *(guint *) field = (guint) value;
}
