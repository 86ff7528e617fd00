/* weft-relay-throttle.h - how often an address may try
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A bucket for each address: it holds @burst tries and fills with @per_minute of them. An IPv6 address stands for its
 * /64, which one household has. The number of buckets is bounded: when there are too many, full ones go, and if there are
 * none, everybody new shares one.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define WEFT_RELAY_THROTTLE_MAX_BUCKETS 65536

typedef struct _WeftRelayThrottle WeftRelayThrottle;

WeftRelayThrottle *weft_relay_throttle_new  (guint              burst,
                                             guint              per_minute) G_GNUC_WARN_UNUSED_RESULT;
void               weft_relay_throttle_free (WeftRelayThrottle *self);
/* Takes @cost tries of @address. Returns: 0, or after how many seconds there are enough again (nothing is taken then) */
guint              weft_relay_throttle_take (WeftRelayThrottle *self,
                                             const char        *address,
                                             guint              cost,
                                             gint64             now_ms);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayThrottle, weft_relay_throttle_free)

G_END_DECLS
