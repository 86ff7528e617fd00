/* weft-relay-limits.h - every limit of the relay, in one place
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each limit is a constant here, a field of one struct, and a row of one table, from which the command line
 * (--max-message), the key file ([limits] max-message) and the environment (WEFT_MAX_MESSAGE) are made.
 * Documented in docs/relay.md and tested at the limit and beyond.
 */

#pragma once

#include <glib.h>

#include "sync/weft-sync-protocol.h"

G_BEGIN_DECLS

#define WEFT_RELAY_KIB 1024
#define WEFT_RELAY_MIB (1024 * 1024)

/* Messages */
#define WEFT_RELAY_MAX_MESSAGE              WEFT_SYNC_MAX_MESSAGE
#define WEFT_RELAY_MAX_FRAGMENTS            1024
#define WEFT_RELAY_MAX_MESSAGES_SECOND      200
#define WEFT_RELAY_MAX_BYTES_SECOND         (4 * WEFT_RELAY_MIB)
#define WEFT_RELAY_BURST_SECONDS            10

/* Who is here */
#define WEFT_RELAY_MAX_AWARENESS            WEFT_SYNC_MAX_AWARENESS
#define WEFT_RELAY_MAX_STATE                (4 * WEFT_RELAY_KIB)
#define WEFT_RELAY_MAX_STATES_CONNECTION    64
#define WEFT_RELAY_MAX_STATES_ROOM          1024

/* Queues */
#define WEFT_RELAY_SOFT_QUEUE               (2 * WEFT_RELAY_MIB)
#define WEFT_RELAY_SOFT_QUEUE_SECONDS       10
#define WEFT_RELAY_MAX_QUEUE                (8 * WEFT_RELAY_MIB)
#define WEFT_RELAY_MAX_ANSWERS              (256 * WEFT_RELAY_MIB)

/* Rooms and documents */
#define WEFT_RELAY_MAX_ROOM_NAME            256
#define WEFT_RELAY_MAX_DOCUMENT             (256 * WEFT_RELAY_MIB)
#define WEFT_RELAY_MAX_PENDING              (64 * WEFT_RELAY_MIB)
#define WEFT_RELAY_MAX_ROOMS_CONNECTION     256
#define WEFT_RELAY_IDLE_ROOM_SECONDS        30
#define WEFT_RELAY_COMPACT_UPDATES          500
#define WEFT_RELAY_COMPACT_BYTES            WEFT_RELAY_MIB

/* HTTP and handshakes */
#define WEFT_RELAY_MAX_CONNECTIONS          0
#define WEFT_RELAY_MAX_CONNECTIONS_ADDRESS  64
#define WEFT_RELAY_MAX_HANDSHAKES           64
#define WEFT_RELAY_MAX_HANDSHAKES_ADDRESS   8
#define WEFT_RELAY_MAX_BODY                 (64 * WEFT_RELAY_KIB)
#define WEFT_RELAY_REQUEST_SECONDS          10
#define WEFT_RELAY_AUTH_BURST               60
#define WEFT_RELAY_AUTH_PER_MINUTE          30

/* Time */
#define WEFT_RELAY_PING_SECONDS             20
#define WEFT_RELAY_DEAD_SECONDS             45
#define WEFT_RELAY_KEEPALIVE_SECONDS        15
#define WEFT_RELAY_CLOSE_SECONDS            3
#define WEFT_RELAY_TICK_MS                  32
#define WEFT_RELAY_BUSY_ROOM                500
#define WEFT_RELAY_BUSY_TICK_MS             16
#define WEFT_RELAY_GROUP_MS                 4
#define WEFT_RELAY_BUSY_GROUP_MS            6

typedef struct
{
  gsize max_message;              /* bytes of one message */
  guint max_fragments;            /* pieces of one message */
  guint max_messages_second;      /* sustained, for each connection; more is read later */
  gsize max_bytes_second;
  guint burst_seconds;            /* how much of both may be saved up */

  gsize max_awareness;            /* bytes of one awareness message */
  gsize max_state;                /* bytes of one awareness state */
  guint max_states_connection;    /* awareness states that a connection may have */
  guint max_states_room;

  gsize soft_queue;               /* bytes that may wait for a reader, but only for */
  guint soft_queue_seconds;       /* that long; 0 bytes: no such limit */
  gsize max_queue;                /* bytes that never may */
  gsize max_answers;              /* bytes of answers to step 1 waiting for it, beside the queue */

  gsize max_room_name;            /* bytes */
  gsize max_document;             /* bytes of a document's snapshot and updates */
  gsize max_pending;              /* bytes of updates in a room that wait for others */
  guint max_rooms_connection;     /* rooms that one connection may be in, where a dialect allows several */
  guint idle_room_seconds;        /* an empty room stays in memory that long */
  guint compact_updates;          /* a room's log is compacted after this many updates, */
  gsize compact_bytes;            /* or this many bytes where that is more than the snapshot */

  guint max_connections;          /* 0: what the descriptor limit allows */
  guint max_connections_address;  /* from one address; 0: any number; loopback is not counted */
  guint max_handshakes;           /* requests that have begun and not ended */
  guint max_handshakes_address;   /* the same from one address; 0: any number; loopback is not counted */
  gsize max_body;                 /* bytes of a request's body, where a route does not allow more */
  guint request_seconds;          /* for a whole request */
  guint auth_burst;               /* tries at tokens and invites from one address at once, */
  guint auth_per_minute;          /* and how many of them come back each minute */

  guint ping_seconds;
  guint dead_seconds;             /* without a byte from the other side */
  guint keepalive_seconds;        /* y-websocket hangs up after 30 s without a message */
  guint close_seconds;            /* for the other side to answer a close */
  guint tick_ms;                  /* awareness and receipts leave together, this often */
  guint busy_room;                /* messages a second to all in a room, beyond which */
  guint busy_tick_ms;             /* updates leave together too, at least this far apart */
  guint group_ms;                 /* commits are at least this far apart, */
  guint busy_group_ms;            /* and this far while several updates come in that time; less than group_ms: no more */
} WeftRelayLimits;

#define WEFT_RELAY_LIMITS_DEFAULT                                                                  \
  {                                                                                                \
    .max_message = WEFT_RELAY_MAX_MESSAGE, .max_fragments = WEFT_RELAY_MAX_FRAGMENTS,              \
    .max_messages_second = WEFT_RELAY_MAX_MESSAGES_SECOND,                                         \
    .max_bytes_second = WEFT_RELAY_MAX_BYTES_SECOND, .burst_seconds = WEFT_RELAY_BURST_SECONDS,    \
    .max_awareness = WEFT_RELAY_MAX_AWARENESS, .max_state = WEFT_RELAY_MAX_STATE,                  \
    .max_states_connection = WEFT_RELAY_MAX_STATES_CONNECTION,                                     \
    .max_states_room = WEFT_RELAY_MAX_STATES_ROOM,                                                 \
    .soft_queue = WEFT_RELAY_SOFT_QUEUE, .soft_queue_seconds = WEFT_RELAY_SOFT_QUEUE_SECONDS,      \
    .max_queue = WEFT_RELAY_MAX_QUEUE, .max_answers = WEFT_RELAY_MAX_ANSWERS,                      \
    .max_room_name = WEFT_RELAY_MAX_ROOM_NAME, .max_document = WEFT_RELAY_MAX_DOCUMENT,            \
    .max_pending = WEFT_RELAY_MAX_PENDING,                                                         \
    .max_rooms_connection = WEFT_RELAY_MAX_ROOMS_CONNECTION,                                       \
    .idle_room_seconds = WEFT_RELAY_IDLE_ROOM_SECONDS,                                             \
    .compact_updates = WEFT_RELAY_COMPACT_UPDATES, .compact_bytes = WEFT_RELAY_COMPACT_BYTES,      \
    .max_connections = WEFT_RELAY_MAX_CONNECTIONS,                                                 \
    .max_connections_address = WEFT_RELAY_MAX_CONNECTIONS_ADDRESS,                                 \
    .max_handshakes = WEFT_RELAY_MAX_HANDSHAKES,                                                   \
    .max_handshakes_address = WEFT_RELAY_MAX_HANDSHAKES_ADDRESS,                                   \
    .max_body = WEFT_RELAY_MAX_BODY, .request_seconds = WEFT_RELAY_REQUEST_SECONDS, \
    .auth_burst = WEFT_RELAY_AUTH_BURST, .auth_per_minute = WEFT_RELAY_AUTH_PER_MINUTE,            \
    .ping_seconds = WEFT_RELAY_PING_SECONDS, .dead_seconds = WEFT_RELAY_DEAD_SECONDS,              \
    .keepalive_seconds = WEFT_RELAY_KEEPALIVE_SECONDS, .close_seconds = WEFT_RELAY_CLOSE_SECONDS,  \
    .tick_ms = WEFT_RELAY_TICK_MS, .busy_room = WEFT_RELAY_BUSY_ROOM,                              \
    .busy_tick_ms = WEFT_RELAY_BUSY_TICK_MS, .group_ms = WEFT_RELAY_GROUP_MS,                                \
    .busy_group_ms = WEFT_RELAY_BUSY_GROUP_MS,                                                     \
  }

typedef enum
{
  WEFT_RELAY_LIMIT_BYTES,        /* a gsize; K, M and G are understood */
  WEFT_RELAY_LIMIT_COUNT,        /* a guint */
  WEFT_RELAY_LIMIT_SECONDS,      /* a guint */
  WEFT_RELAY_LIMIT_MILLISECONDS, /* a guint */
} WeftRelayLimitKind;

/* One limit: its name in options, where it is in the struct, and between what it may be. */
typedef struct
{
  const char        *name;
  WeftRelayLimitKind kind;
  gsize              offset;
  guint64            least;
  guint64            most;
  const char        *help;
} WeftRelayLimitInfo;

/* All of them, in the order of the struct; ends with a %NULL name. */
extern const WeftRelayLimitInfo weft_relay_limit_infos[];

guint64  weft_relay_limits_get (const WeftRelayLimits    *self,
                                const WeftRelayLimitInfo *info);
/* @value must lie between @info->least and @info->most. */
void     weft_relay_limits_set (WeftRelayLimits          *self,
                                const WeftRelayLimitInfo *info,
                                guint64                   value);

G_END_DECLS
