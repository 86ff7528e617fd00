/* weft-relay-oidc.h - signing in at another service: OpenID Connect, code flow with PKCE
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `GET /api/auth/<name>` sends a browser to the issuer, `GET /api/auth/<name>/callback` takes what it brings back: the code is changed for
 * an ID token, which is checked against the issuer's published keys, and answered by our own tokens. What binds the two halves together
 * (state, nonce, verifier) is in a cookie of that browser, signed by us and good for ten minutes. The issuer's keys also make its access
 * tokens good here, where their audience is ours.
 */

#pragma once

#include "relay/weft-relay-api.h"

G_BEGIN_DECLS

typedef struct _WeftRelayOidc WeftRelayOidc;

/* Adds its routes, where the configuration names an issuer; %NULL without @error where it does not. Asks the issuer for its addresses
 * and keys, again and again until it answers. */
WeftRelayOidc *weft_relay_oidc_new  (WeftRelay        *relay,
                                     WeftRelayPeople  *people,
                                     WeftRelayApi     *api,
                                     GError          **error);
void           weft_relay_oidc_free (WeftRelayOidc    *self);

G_END_DECLS
