/* weft-relay-metrics.h - /metrics, for Prometheus
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _WeftRelay WeftRelay;

/* All of it, in the text format 0.0.4. (transfer full) */
char *weft_relay_metrics_to_text (WeftRelay *relay);

G_END_DECLS
