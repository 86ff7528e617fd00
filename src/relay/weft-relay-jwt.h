/* weft-relay-jwt.h - signed tokens (RFC 7519), read as RFC 8725 advises
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A token never decides how it is checked. The relay has a list of keys, each for one algorithm; the `kid` of a
 * token is nothing but an index into it, and its `alg` is compared with the key's. HS256 is done here with GLib's HMAC
 * and a comparison in constant time; RS256 and ES256, for issuers elsewhere, by librhonabwy where it is built in.
 */

#pragma once

#include "crdt/weft-any.h"

G_BEGIN_DECLS

#define WEFT_RELAY_JWT_ERROR (weft_relay_jwt_error_quark ())

/**
 * WeftRelayJwtError:
 * @WEFT_RELAY_JWT_ERROR_INVALID: it is no token, or not one for us; what is wrong is for the log, not for its sender
 * @WEFT_RELAY_JWT_ERROR_EXPIRED: it was good once
 * @WEFT_RELAY_JWT_ERROR_KEY: a key cannot be used
 */
typedef enum
{
  WEFT_RELAY_JWT_ERROR_INVALID,
  WEFT_RELAY_JWT_ERROR_EXPIRED,
  WEFT_RELAY_JWT_ERROR_KEY,
} WeftRelayJwtError;

GQuark weft_relay_jwt_error_quark (void);

/* Longer ones are refused unread. */
#define WEFT_RELAY_JWT_MAX_BYTES      4096
/* How far clocks may be apart, in seconds. */
#define WEFT_RELAY_JWT_LEEWAY         60
/* Bytes of the shortest key for HS256, bits of the shortest for RS256. */
#define WEFT_RELAY_JWT_MIN_SECRET     32
#define WEFT_RELAY_JWT_MIN_RSA_BITS   2048

typedef enum
{
  WEFT_RELAY_JWT_HS256,
  WEFT_RELAY_JWT_RS256,
  WEFT_RELAY_JWT_ES256,
} WeftRelayJwtAlgorithm;

typedef struct _WeftRelayJwtKey WeftRelayJwtKey;

/* What an issuer's tokens are checked against. */
typedef struct
{
  char      *issuer;
  char      *audience;
  GPtrArray *keys;       /* of WeftRelayJwtKey */
  gboolean   foreign;    /* somebody else's: `nbf`, `typ` and (where there is one key) `kid` may be missing */
} WeftRelayJwtTrust;

WeftRelayJwtKey   *weft_relay_jwt_key_new_secret (const char               *kid,
                                                  GBytes                   *secret,
                                                  GError                  **error) G_GNUC_WARN_UNUSED_RESULT;
void               weft_relay_jwt_key_free       (WeftRelayJwtKey          *self);
const char        *weft_relay_jwt_key_get_id     (WeftRelayJwtKey          *self);
GBytes            *weft_relay_jwt_key_get_secret (WeftRelayJwtKey          *self);
/* The RSA and P-256 keys for signatures in a key set (RFC 7517); others are passed over.
 * Returns: (transfer full) (element-type WeftRelayJwtKey): %NULL with @error set where there is none */
GPtrArray         *weft_relay_jwt_keys_from_set  (const char               *json,
                                                  GError                  **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether keys of other issuers can be used in this build. */
gboolean           weft_relay_jwt_has_key_sets   (void);

/* @keys: (transfer full) (element-type WeftRelayJwtKey) */
WeftRelayJwtTrust *weft_relay_jwt_trust_new      (const char               *issuer,
                                                  const char               *audience,
                                                  GPtrArray                *keys,
                                                  gboolean                  foreign) G_GNUC_WARN_UNUSED_RESULT;
void               weft_relay_jwt_trust_free     (WeftRelayJwtTrust        *self);

/* Signs with a secret key. @claims: an object. (transfer full) */
char              *weft_relay_jwt_sign           (WeftRelayJwtKey          *key,
                                                  const WeftAny            *claims) G_GNUC_WARN_UNUSED_RESULT;
/**
 * weft_relay_jwt_verify:
 * @trust: whose tokens are good
 * @token: what somebody brought
 * @now_s: seconds since 1970
 * @error: of the %WEFT_RELAY_JWT_ERROR domain
 *
 * Returns: (transfer full): the claims: `iss`, `aud` and `exp` are as they must be and `sub` is a string that is not
 *   empty; or %NULL with @error set
 */
WeftAny           *weft_relay_jwt_verify         (const WeftRelayJwtTrust  *trust,
                                                  const char               *token,
                                                  gint64                    now_s,
                                                  GError                  **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for a token that may have expired: what it says was so once. */
WeftAny           *weft_relay_jwt_verify_expired (const WeftRelayJwtTrust  *trust,
                                                  const char               *token,
                                                  gint64                    now_s,
                                                  GError                  **error) G_GNUC_WARN_UNUSED_RESULT;
/* JSON in which no object names a member twice. */
WeftAny           *weft_relay_json_parse         (const char               *text,
                                                  gssize                    n_bytes,
                                                  GError                  **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayJwtKey, weft_relay_jwt_key_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayJwtTrust, weft_relay_jwt_trust_free)

G_END_DECLS
