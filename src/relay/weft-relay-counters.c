/* weft-relay-counters.c - what happens, in numbers
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-counters.h"

#include "relay/weft-ws-frame.h"

const double weft_relay_bounds[] = { 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5, 30 };

const guint16 weft_relay_counted_codes[] = {
  WEFT_WS_CLOSE_NORMAL, WEFT_WS_CLOSE_GOING_AWAY, WEFT_WS_CLOSE_PROTOCOL_ERROR, WEFT_WS_CLOSE_UNSUPPORTED,
  WEFT_WS_CLOSE_TOO_BIG, WEFT_WS_CLOSE_RESTART, WEFT_WS_CLOSE_TRY_LATER, WEFT_WS_CLOSE_MALFORMED,
  WEFT_WS_CLOSE_NOT_AUTHENTICATED, WEFT_WS_CLOSE_FORBIDDEN, WEFT_WS_CLOSE_NOT_FOUND,
};

void
weft_relay_histogram_add (WeftRelayHistogram *self,
                          gint64              us)
{
  guint i = 0;

  while (i < WEFT_RELAY_N_BOUNDS && (double) us > weft_relay_bounds[i] * G_USEC_PER_SEC)
    i++;

  weft_relay_count_add (&self->buckets[i], 1);
  weft_relay_count_add (&self->sum_us, us);
}

void
weft_relay_counters_close (WeftRelayCounters *self,
                           guint16            code)
{
  guint i = 0;

  while (i < WEFT_RELAY_N_CODES && weft_relay_counted_codes[i] != code)
    i++;

  weft_relay_count_add (&self->n_closed[i], 1);
}

void
weft_relay_counters_add (WeftRelayCounters       *self,
                         const WeftRelayCounters *other)
{
  guint64 *sums = (guint64 *) self;
  const guint64 *parts = (const guint64 *) other;

  for (guint i = 0; i < sizeof *self / sizeof *sums; i++)
    sums[i] += weft_relay_count_get (&parts[i]);
}
