/* weft-relay-permission.h - /internal: another service asks who may do what
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Only with a secret, which a file holds (--internal-secret-file); without one these paths are not there.
 */

#pragma once

#include "relay/weft-relay-api.h"
#include "relay/weft-relay.h"

G_BEGIN_DECLS

typedef struct _WeftRelayPermission WeftRelayPermission;

/* Wrong guesses of the secret are slowed down by @api, which outlives it. */
WeftRelayPermission *weft_relay_permission_new  (WeftRelay            *relay,
                                                 WeftRelayApi         *api,
                                                 GError              **error) G_GNUC_WARN_UNUSED_RESULT;
void                 weft_relay_permission_free (WeftRelayPermission  *self);

G_END_DECLS
