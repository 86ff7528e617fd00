/* weft-relay-queue.h - what waits to be written to one socket
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A queue of frames, which may be shared with other queues. A few of them take no memory of their own: most
 * connections wait for nothing, or for one or two frames until the end of a turn.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a frame counts as in the queue. */
typedef enum
{
  WEFT_RELAY_FRAME_NEWS,   /* what everybody gets: bounded by max_queue */
  WEFT_RELAY_FRAME_ANSWER, /* what was asked for: bounded by max_answers */
} WeftRelayFrameKind;

#define WEFT_RELAY_QUEUE_FEW 2

typedef struct
{
  GBytes            *frame;
  WeftRelayFrameKind kind;
  gboolean           is_rest; /* of the frame that the one before begins */
} WeftRelayQueued;

/* All 0 is an empty one. Its fields are its own. */
typedef struct
{
  WeftRelayQueued  few[WEFT_RELAY_QUEUE_FEW];
  WeftRelayQueued *many;         /* a ring, in place of @few; %NULL: @few are enough */
  guint            capacity;     /* of @many, a power of two */
  guint            first;
  guint            n_frames;
  gsize            head_written; /* bytes of the first one that are gone */
  gsize            n_bytes[2];   /* by kind */
} WeftRelayQueue;

/* Drops everything. */
void     weft_relay_queue_clear             (WeftRelayQueue    *self);
/* Drops what waits, but for a frame that is partly written, which must be completed. */
void     weft_relay_queue_clear_behind_head (WeftRelayQueue    *self);
void     weft_relay_queue_push              (WeftRelayQueue    *self,
                                             GBytes            *frame,
                                             WeftRelayFrameKind kind);
/* The rest of the frame whose beginning was pushed last: a large one that others get too is not copied behind each head. */
void     weft_relay_queue_push_rest         (WeftRelayQueue    *self,
                                             GBytes            *rest);
/* Bytes of @kind that wait, but for the first frame: one may always wait, however large. */
gsize    weft_relay_queue_count_behind_head (WeftRelayQueue    *self,
                                             WeftRelayFrameKind kind);
/* Writes as much as @fd takes at once. Returns: how many bytes those were; -1 with errno set: none, as from send() */
gssize   weft_relay_queue_write             (WeftRelayQueue    *self,
                                             int                fd);

/* For tests: what weft_relay_queue_write() does where the socket took @n_written bytes. */
void     weft_relay_queue_advance           (WeftRelayQueue    *self,
                                             gsize              n_written);

G_END_DECLS
