/* weft-relay-counters.h - what happens, in numbers
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each hub has one set, written by its thread alone and read by any. All fields are guint64, so that sets can be added up.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How many values lay below each bound, and above the last one. */
#define WEFT_RELAY_N_BOUNDS 12
extern const double weft_relay_bounds[WEFT_RELAY_N_BOUNDS]; /* s */

typedef struct
{
  guint64 buckets[WEFT_RELAY_N_BOUNDS + 1];
  guint64 sum_us;
} WeftRelayHistogram;

/* The close codes that are counted one by one. */
#define WEFT_RELAY_N_CODES 11
extern const guint16 weft_relay_counted_codes[WEFT_RELAY_N_CODES];

typedef struct
{
  /* Now */
  guint64            n_connections;
  guint64            n_rooms;
  /* As of the last upkeep */
  guint64            document_bytes; /* snapshots and updates of the open rooms */
  guint64            pending_bytes;  /* of updates that wait for others */
  guint64            queue_bytes;    /* waiting for readers */
  guint64            n_sessions;

  /* Since the start */
  guint64            n_accepted;
  guint64            n_updates;      /* stored */
  guint64            n_refused;      /* closed by us because of what they sent */
  guint64            n_messages_in;
  guint64            n_messages_out; /* queued */
  guint64            n_bytes_in;
  guint64            n_bytes_out;    /* written */
  guint64            n_closed[WEFT_RELAY_N_CODES + 1]; /* by code; others last */
  WeftRelayHistogram fan_out;        /* from an update's arrival until it was queued for all */
  WeftRelayHistogram sync;           /* from entering a room until its first step 1 was answered */
} WeftRelayCounters;

static inline void
weft_relay_count_add (guint64 *counter,
                      gint64   change)
{
  __atomic_store_n (counter, *counter + (guint64) change, __ATOMIC_RELAXED);
}

static inline void
weft_relay_count_set (guint64 *counter,
                      guint64  value)
{
  __atomic_store_n (counter, value, __ATOMIC_RELAXED);
}

static inline guint64
weft_relay_count_get (const guint64 *counter)
{
  return __atomic_load_n (counter, __ATOMIC_RELAXED);
}

void weft_relay_histogram_add  (WeftRelayHistogram      *self,
                                gint64                   us);
void weft_relay_counters_close (WeftRelayCounters       *self,
                                guint16                  code);
/* Adds @other, which another thread may be writing. */
void weft_relay_counters_add   (WeftRelayCounters       *self,
                                const WeftRelayCounters *other);

G_END_DECLS
