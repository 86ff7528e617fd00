/* weft-relay-keys.h - the keys that this relay signs tokens with
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A file (0600) with a JSON key set, made on the first start. The first key signs; the others still check what they
 * signed. Rotating puts a fresh key in front and drops those that were retired for longer than any token lives. The file
 * names the relay too: that name is issuer and audience of its tokens, so that no other relay takes them. Relays that serve
 * one database share one such file.
 */

#pragma once

#include "relay/weft-relay-jwt.h"

G_BEGIN_DECLS

typedef struct _WeftRelayKeys WeftRelayKeys;

/* How long a retired key still checks: tokens made by --issue-token live no longer. */
#define WEFT_RELAY_KEYS_RETIRED_DAYS 366

/* Reads @path; makes it where it is missing. Blocks. */
WeftRelayKeys           *weft_relay_keys_open      (const char     *path,
                                                    GError        **error) G_GNUC_WARN_UNUSED_RESULT;
void                     weft_relay_keys_free      (WeftRelayKeys  *self);
/* The relay's own name in `iss` and `aud`. */
const char              *weft_relay_keys_get_name  (WeftRelayKeys  *self);
const WeftRelayJwtTrust *weft_relay_keys_get_trust (WeftRelayKeys  *self);
/* The key that signs. */
WeftRelayJwtKey         *weft_relay_keys_get_first (WeftRelayKeys  *self);
/* Signs with a fresh key from now on, and writes the file. Blocks. */
gboolean                 weft_relay_keys_rotate    (WeftRelayKeys  *self,
                                                    GError        **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayKeys, weft_relay_keys_free)

G_END_DECLS
