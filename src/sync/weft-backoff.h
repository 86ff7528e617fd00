/* weft-backoff.h - how long to wait before trying again
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Exponential, with full jitter: a time between 0 and the limit, which doubles with every failure. So a
 * thousand clients of a relay that restarts do not come back in the same moment.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define WEFT_BACKOFF_MIN_MS 200
#define WEFT_BACKOFF_MAX_MS 30000

/* A number from 0 up to, and without, 1. */
typedef double (*WeftBackoffRandom) (gpointer user_data);

typedef struct
{
  guint             n_failures;
  WeftBackoffRandom random; /* %NULL: g_random_double () */
  gpointer          random_data;
} WeftBackoff;

/* Counts a failure. Returns: ms to wait, at least @least_ms */
guint weft_backoff_next  (WeftBackoff *self,
                          guint        least_ms);
/* It worked. */
void  weft_backoff_reset (WeftBackoff *self);

G_END_DECLS
