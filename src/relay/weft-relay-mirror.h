/* weft-relay-mirror.h - follows another relay, room by room: --mirror
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A copy elsewhere. The other relay is asked for its rooms and their server versions (GET /api/rooms) every now and then; each
 * room that is behind is entered as a reader is, by WebSocket: what we have goes as a state vector, what we lack comes, is
 * applied to our room, stored, and told to whoever is in it here. While something goes on there we stay and hear it at once; when
 * it is quiet we leave. Nothing of ours ever goes there: so nobody may write here, see weft_relay_auth_set_read_only().
 *
 * After a start, and when a connection broke, a room counts as behind until it was compared: what was
 * missed is found by the state vector, not by what we remember.
 */

#pragma once

#include "relay/weft-relay.h"

G_BEGIN_DECLS

typedef struct
{
  gboolean is_up;        /* the last list came, and what came of rooms could be stored */
  guint    n_rooms;      /* that the other relay has */
  guint    n_behind;     /* of those */
  guint    n_open;       /* rooms in which we are */
  guint64  n_updates;    /* that came and are stored, */
  guint64  n_bytes;
  guint64  n_failures;   /* lists and rooms that did not work */
  gint64   complete_s;   /* when nothing was behind last, in s since 1970; 0: not yet */
} WeftRelayMirrorCounters;

/* Begins to follow what the configuration says. @relay: borrowed. All on the main thread. */
WeftRelayMirror *weft_relay_mirror_new          (WeftRelay               *relay) G_GNUC_WARN_UNUSED_RESULT;
/* Hangs up. What came and is not stored yet comes again another time. */
void             weft_relay_mirror_free         (WeftRelayMirror         *self);
void             weft_relay_mirror_get_counters (WeftRelayMirror         *self,
                                                 WeftRelayMirrorCounters *counters);
/* "ok", "behind" or "failing" */
const char      *weft_relay_mirror_describe     (WeftRelayMirror         *self);

G_END_DECLS
