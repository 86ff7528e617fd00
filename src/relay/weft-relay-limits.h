/* weft-relay-limits.h - every limit of the relay, in one place
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Documented in docs/relay.md and tested at the limit and beyond.
 */

#pragma once

#include <glib.h>

#include "sync/weft-sync-protocol.h"

G_BEGIN_DECLS

typedef struct
{
  gsize max_message;            /* bytes of one message */
  guint max_fragments;          /* pieces of one message */
  gsize max_awareness;          /* bytes of one awareness message */
  gsize max_state;              /* bytes of one awareness state */
  guint max_states_connection;  /* awareness states that a connection may have */
  guint max_states_room;
  gsize max_queue;              /* bytes waiting for a reader that does not read */
  gsize max_answers;            /* bytes of answers to step 1 waiting for it, beside the queue */
  gsize max_document;           /* bytes of a document's snapshot and updates */
  gsize max_pending;            /* bytes of updates in a room that wait for others */
  guint max_messages_second;    /* sustained, for each connection; more is read later */
  gsize max_bytes_second;
  guint burst_seconds;          /* how much of both may be saved up */
  gsize max_room_name;          /* bytes */
  guint request_seconds;        /* for a whole request head */
  guint ping_seconds;
  guint dead_seconds;           /* without a byte from the other side */
  guint keepalive_seconds;      /* y-websocket hangs up after 30 s without a message */
  guint close_seconds;          /* for the other side to answer a close */
  guint idle_room_seconds;      /* an empty room stays in memory that long */
  guint tick_ms;                /* awareness and receipts leave together, this often */
  guint compact_updates;        /* a room's log is compacted after this many updates, */
  gsize compact_bytes;          /* or this many bytes where that is more than the snapshot */
} WeftRelayLimits;

#define WEFT_RELAY_LIMITS_DEFAULT                                                                  \
  {                                                                                                \
    .max_message = WEFT_SYNC_MAX_MESSAGE, .max_fragments = 1024,                                   \
    .max_awareness = WEFT_SYNC_MAX_AWARENESS, .max_state = 4096, .max_states_connection = 64,      \
    .max_states_room = 1024, .max_queue = 8 * 1024 * 1024, .max_answers = 256 * 1024 * 1024,       \
    .max_document = 256 * 1024 * 1024, .max_pending = 64 * 1024 * 1024,                            \
    .max_messages_second = 200, .max_bytes_second = 4 * 1024 * 1024, .burst_seconds = 10,          \
    .max_room_name = 256, .request_seconds = 10, .ping_seconds = 20, .dead_seconds = 45,           \
    .keepalive_seconds = 15, .close_seconds = 3, .idle_room_seconds = 30, .tick_ms = 16,           \
    .compact_updates = 500, .compact_bytes = 1024 * 1024,                                          \
  }

G_END_DECLS
