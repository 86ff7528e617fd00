/* weft-backoff.c - how long to wait before trying again
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "sync/weft-backoff.h"

/* From here on the limit no longer grows. */
#define MAX_DOUBLINGS 8

/**
 * weft_backoff_next:
 * @self: a backoff; zeros are a fresh one
 * @least_ms: somebody asked for at least this
 *
 * Returns: how long to wait, in ms
 */
guint
weft_backoff_next (WeftBackoff *self,
                   guint        least_ms)
{
  double random = self->random != NULL ? self->random (self->random_data) : g_random_double ();
  guint limit = MIN (WEFT_BACKOFF_MIN_MS << MIN (self->n_failures, MAX_DOUBLINGS), WEFT_BACKOFF_MAX_MS);

  self->n_failures++;
  return least_ms + (guint) (random * limit);
}

/**
 * weft_backoff_reset:
 * @self: a backoff
 *
 * Starts anew with short waits.
 */
void
weft_backoff_reset (WeftBackoff *self)
{
  self->n_failures = 0;
}
