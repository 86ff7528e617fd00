/* weft-relay-status.h - how the relay is: /health, /metrics and the front page
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _WeftRelay WeftRelay;
typedef struct _WeftRelayStatus WeftRelayStatus;

/* Adds its routes to those of @relay. */
WeftRelayStatus *weft_relay_status_new  (WeftRelay       *relay) G_GNUC_WARN_UNUSED_RESULT;
void             weft_relay_status_free (WeftRelayStatus *self);

G_END_DECLS
