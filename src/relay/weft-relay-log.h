/* weft-relay-log.h - what the relay says about itself
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One line per connect, close and refusal, never content or tokens. As text for people, as one JSON object a line
 * (--log-format json), or with fields to the journal where standard error goes there.
 */

#pragma once

#include "relay/weft-relay-client.h"

G_BEGIN_DECLS

/* For the whole process. */
void weft_relay_log_start   (gboolean         as_json);
void weft_relay_log_entered (WeftRelayClient *client,
                             const char      *room);
void weft_relay_log_left    (WeftRelayClient *client,
                             guint16          code,
                             const char      *reason);
/* A request that was not let in. */
void weft_relay_log_refused (const char      *peer,
                             guint            status,
                             const char      *reason);

G_END_DECLS
