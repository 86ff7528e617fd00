/* weft-relay-jwt.c - signed tokens (RFC 7519), read as RFC 8725 advises
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-jwt.h"

#include <math.h>
#include <string.h>

#include "relay/weft-relay-secret.h"

#ifdef WEFT_HAVE_RHONABWY
#include <rhonabwy.h>
#endif

G_DEFINE_QUARK (weft-relay-jwt-error-quark, weft_relay_jwt_error)

#define DIGEST_BYTES 32

/* Greatest moment that is believed: the year 9999. */
#define MAX_TIME_S 253402300799.0

struct _WeftRelayJwtKey
{
  WeftRelayJwtAlgorithm algorithm;
  char                 *id;     /* nullable, for a foreign key */
  GBytes               *secret; /* HS256 */
  char                 *jwk;    /* RS256, ES256: JSON */
};

static const char *const algorithm_names[] = {
  [WEFT_RELAY_JWT_HS256] = "HS256",
  [WEFT_RELAY_JWT_RS256] = "RS256",
  [WEFT_RELAY_JWT_ES256] = "ES256",
};

/* Members of a header that would tell us how to check, or what the payload really is. None of them is obeyed. */
static const char *const refused_members[] = {
  "crit", "jku", "jwk", "x5u", "x5c", "zip", "cty", "enc", "b64", "epk", "p2c", "p2s",
};

static gboolean
refuse (GError    **error,
        const char *why)
{
  g_set_error_literal (error, WEFT_RELAY_JWT_ERROR, WEFT_RELAY_JWT_ERROR_INVALID, why);
  return FALSE;
}

/* --- keys --- */

WeftRelayJwtKey *
weft_relay_jwt_key_new_secret (const char *kid,
                               GBytes     *secret,
                               GError    **error)
{
  WeftRelayJwtKey *self;

  if (g_bytes_get_size (secret) < WEFT_RELAY_JWT_MIN_SECRET)
    {
      g_set_error (error, WEFT_RELAY_JWT_ERROR, WEFT_RELAY_JWT_ERROR_KEY,
                   "the key “%s” has %" G_GSIZE_FORMAT " bytes; HS256 needs %d", kid, g_bytes_get_size (secret),
                   WEFT_RELAY_JWT_MIN_SECRET);
      return NULL;
    }

  self = g_new0 (WeftRelayJwtKey, 1);
  self->algorithm = WEFT_RELAY_JWT_HS256;
  self->id = g_strdup (kid);
  self->secret = g_bytes_ref (secret);
  return self;
}

void
weft_relay_jwt_key_free (WeftRelayJwtKey *self)
{
  g_free (self->id);
  g_clear_pointer (&self->secret, g_bytes_unref);
  g_free (self->jwk);
  g_free (self);
}

const char *
weft_relay_jwt_key_get_id (WeftRelayJwtKey *self)
{
  return self->id;
}

GBytes *
weft_relay_jwt_key_get_secret (WeftRelayJwtKey *self)
{
  return self->secret;
}

gboolean
weft_relay_jwt_has_key_sets (void)
{
#ifdef WEFT_HAVE_RHONABWY
  return TRUE;
#else
  return FALSE;
#endif
}

#ifdef WEFT_HAVE_RHONABWY

static jwk_t *
import_jwk (const char *json)
{
  jwk_t *jwk = NULL;

  if (r_jwk_init (&jwk) == RHN_OK && r_jwk_import_from_json_str (jwk, json) == RHN_OK &&
      r_jwk_is_valid (jwk) == RHN_OK)
    return jwk;

  r_jwk_free (jwk);
  return NULL;
}

static const char *
get_string (const WeftAny *object,
            const char    *name)
{
  const WeftAny *value = weft_any_lookup (object, name);

  return value != NULL ? weft_any_get_string (value) : NULL;
}

/* %NULL where @json is not a key for signatures that we know how to check. */
static WeftRelayJwtKey *
key_from_jwk (const WeftAny *json)
{
  const char *type = get_string (json, "kty");
  const char *use = get_string (json, "use");
  const char *named = get_string (json, "alg");
  g_autofree char *text = weft_any_to_json (json);
  WeftRelayJwtAlgorithm algorithm;
  WeftRelayJwtKey *self;
  unsigned int bits = 0;
  jwk_t *jwk;

  if (g_strcmp0 (type, "RSA") == 0)
    algorithm = WEFT_RELAY_JWT_RS256;
  else if (g_strcmp0 (type, "EC") == 0 && g_strcmp0 (get_string (json, "crv"), "P-256") == 0)
    algorithm = WEFT_RELAY_JWT_ES256;
  else
    return NULL;

  if ((named != NULL && !g_str_equal (named, algorithm_names[algorithm])) || (use != NULL && !g_str_equal (use, "sig")))
    return NULL;

  jwk = import_jwk (text);
  if (jwk == NULL)
    return NULL;
  r_jwk_key_type (jwk, &bits, R_FLAG_IGNORE_REMOTE);
  r_jwk_free (jwk);
  if (algorithm == WEFT_RELAY_JWT_RS256 && bits < WEFT_RELAY_JWT_MIN_RSA_BITS)
    return NULL;

  self = g_new0 (WeftRelayJwtKey, 1);
  self->algorithm = algorithm;
  self->id = g_strdup (get_string (json, "kid"));
  self->jwk = g_steal_pointer (&text);
  return self;
}

GPtrArray *
weft_relay_jwt_keys_from_set (const char *json,
                              GError    **error)
{
  static gsize initialised = 0;
  g_autoptr(WeftAny) set = weft_relay_json_parse (json, -1, error);
  g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_relay_jwt_key_free);
  const WeftAny *list;

  if (set == NULL)
    return NULL;

  if (g_once_init_enter (&initialised))
    {
      r_global_init ();
      g_once_init_leave (&initialised, 1);
    }

  list = weft_any_lookup (set, "keys");
  for (gsize i = 0; list != NULL && weft_any_get_kind (list) == WEFT_ANY_ARRAY && i < weft_any_get_n_items (list); i++)
    {
      const WeftAny *item = weft_any_get_item (list, i);
      WeftRelayJwtKey *key = weft_any_get_kind (item) == WEFT_ANY_OBJECT ? key_from_jwk (item) : NULL;

      if (key != NULL)
        g_ptr_array_add (keys, key);
    }

  if (keys->len == 0)
    {
      g_set_error (error, WEFT_RELAY_JWT_ERROR, WEFT_RELAY_JWT_ERROR_KEY,
                   "the key set has no key for RS256 (from %d bits) or ES256", WEFT_RELAY_JWT_MIN_RSA_BITS);
      return NULL;
    }
  return g_steal_pointer (&keys);
}

static gboolean
verify_foreign (WeftRelayJwtKey *key,
                const char      *token)
{
  jwa_alg algorithm = key->algorithm == WEFT_RELAY_JWT_RS256 ? R_JWA_ALG_RS256 : R_JWA_ALG_ES256;
  jwk_t *jwk = import_jwk (key->jwk);
  jws_t *jws = NULL;
  gboolean good = jwk != NULL && r_jws_init (&jws) == RHN_OK &&
                  r_jws_advanced_compact_parse (jws, token, R_PARSE_NONE, R_FLAG_IGNORE_REMOTE) == RHN_OK &&
                  r_jws_get_alg (jws) == algorithm &&
                  r_jws_verify_signature (jws, jwk, R_FLAG_IGNORE_REMOTE) == RHN_OK;

  r_jws_free (jws);
  r_jwk_free (jwk);
  return good;
}

#else

GPtrArray *
weft_relay_jwt_keys_from_set (const char *json,
                              GError    **error)
{
  g_set_error_literal (error, WEFT_RELAY_JWT_ERROR, WEFT_RELAY_JWT_ERROR_KEY,
                       "this Weft was built without librhonabwy, which keys of other issuers need");
  return NULL;
}

static gboolean
verify_foreign (WeftRelayJwtKey *key,
                const char      *token)
{
  return FALSE;
}

#endif

WeftRelayJwtTrust *
weft_relay_jwt_trust_new (const char *issuer,
                          const char *audience,
                          GPtrArray  *keys,
                          gboolean    foreign)
{
  WeftRelayJwtTrust *self = g_new0 (WeftRelayJwtTrust, 1);

  self->issuer = g_strdup (issuer);
  self->audience = g_strdup (audience);
  self->keys = keys;
  self->foreign = foreign;
  return self;
}

void
weft_relay_jwt_trust_free (WeftRelayJwtTrust *self)
{
  g_free (self->issuer);
  g_free (self->audience);
  g_ptr_array_unref (self->keys);
  g_free (self);
}

/* --- JSON --- */

static gsize
count_members (const WeftAny *value)
{
  gsize n_members = 0;

  if (weft_any_get_kind (value) != WEFT_ANY_OBJECT && weft_any_get_kind (value) != WEFT_ANY_ARRAY)
    return 0;

  for (gsize i = 0; i < weft_any_get_n_items (value); i++)
    n_members += count_members (weft_any_get_item (value, i));
  return n_members + (weft_any_get_kind (value) == WEFT_ANY_OBJECT ? weft_any_get_n_items (value) : 0);
}

/* In JSON that parses, each ':' outside of strings belongs to one member. */
static gsize
count_colons (const char *text,
              gsize       n_bytes)
{
  gboolean in_string = FALSE;
  gsize n_colons = 0;

  for (gsize i = 0; i < n_bytes; i++)
    {
      if (in_string && text[i] == '\\')
        i++;
      else if (text[i] == '"')
        in_string = !in_string;
      else if (!in_string && text[i] == ':')
        n_colons++;
    }

  return n_colons;
}

WeftAny *
weft_relay_json_parse (const char *text,
                       gssize      n_bytes,
                       GError    **error)
{
  gsize size = n_bytes < 0 ? strlen (text) : (gsize) n_bytes;
  g_autoptr(WeftAny) value = weft_any_from_json (text, (gssize) size, error);

  /* The parser keeps the last of equal members; others keep the first: nobody may profit from that. */
  if (value != NULL && count_members (value) != count_colons (text, size))
    {
      g_set_error_literal (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_MALFORMED, "JSON names a member twice");
      return NULL;
    }

  return g_steal_pointer (&value);
}

/* --- reading --- */

static WeftAny *
decode_part (const char *text,
             gsize       n_chars,
             GError    **error)
{
  g_autoptr(GBytes) bytes = weft_relay_base64url_decode (text, n_chars);
  g_autoptr(WeftAny) value = NULL;
  gsize size;
  const char *json;

  if (bytes == NULL)
    return (refuse (error, "a part is not base64url"), NULL);

  json = g_bytes_get_data (bytes, &size);
  value = size > 0 ? weft_relay_json_parse (json, (gssize) size, NULL) : NULL;
  if (value == NULL || weft_any_get_kind (value) != WEFT_ANY_OBJECT)
    return (refuse (error, "a part is no JSON object"), NULL);

  return g_steal_pointer (&value);
}

static gboolean
check_header (const WeftRelayJwtTrust *trust,
              const WeftAny           *header,
              GError                 **error)
{
  const WeftAny *type = weft_any_lookup (header, "typ");

  for (guint i = 0; i < G_N_ELEMENTS (refused_members); i++)
    if (weft_any_lookup (header, refused_members[i]) != NULL)
      return refuse (error, "the header names what no token of ours has");

  if (type == NULL && !trust->foreign)
    return refuse (error, "typ is missing");
  if (type != NULL && g_strcmp0 (weft_any_get_string (type), "JWT") != 0 &&
      !(trust->foreign && g_strcmp0 (weft_any_get_string (type), "at+jwt") == 0))
    return refuse (error, "typ is not JWT");
  if (!trust->foreign && weft_any_get_n_items (header) != 3)
    return refuse (error, "the header has more than alg, kid and typ");

  return TRUE;
}

/* The one key that may have signed this: `kid` finds it, `alg` must be what it is for. */
static WeftRelayJwtKey *
find_key (const WeftRelayJwtTrust *trust,
          const WeftAny           *header,
          GError                 **error)
{
  const WeftAny *id = weft_any_lookup (header, "kid");
  const WeftAny *algorithm = weft_any_lookup (header, "alg");
  WeftRelayJwtKey *found = NULL;

  if (id != NULL && weft_any_get_string (id) == NULL)
    return (refuse (error, "kid is no string"), NULL);
  if (algorithm == NULL || weft_any_get_string (algorithm) == NULL)
    return (refuse (error, "alg is no string"), NULL);

  for (guint i = 0; i < trust->keys->len; i++)
    {
      WeftRelayJwtKey *key = trust->keys->pdata[i];
      gboolean named = id != NULL ? g_strcmp0 (key->id, weft_any_get_string (id)) == 0
                                  : trust->foreign && trust->keys->len == 1;

      /* An id with U+0000 in it is a longer string than it looks. */
      if (named && (id == NULL || weft_any_get_string_length (id) == strlen (key->id)) && found == NULL)
        found = key;
    }

  if (found == NULL)
    return (refuse (error, "kid is not one of ours"), NULL);
  if (!g_str_equal (algorithm_names[found->algorithm], weft_any_get_string (algorithm)) ||
      weft_any_get_string_length (algorithm) != strlen (algorithm_names[found->algorithm]))
    return (refuse (error, "alg is not the key's"), NULL);
  return found;
}

static void
compute_hmac (WeftRelayJwtKey *key,
              const char      *text,
              gsize            n_chars,
              guint8           digest[DIGEST_BYTES])
{
  gsize n_secret;
  const guint8 *secret = g_bytes_get_data (key->secret, &n_secret);
  g_autoptr(GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA256, secret, n_secret);
  gsize n_digest = DIGEST_BYTES;

  g_hmac_update (hmac, (const guchar *) text, (gssize) n_chars);
  g_hmac_get_digest (hmac, digest, &n_digest);
}

static gboolean
verify_signature (WeftRelayJwtKey *key,
                  const char      *token,
                  gsize            n_signed,
                  const char      *signature)
{
  g_autoptr(GBytes) given = weft_relay_base64url_decode (signature, strlen (signature));
  guint8 digest[DIGEST_BYTES];

  if (given == NULL)
    return FALSE;
  if (key->algorithm != WEFT_RELAY_JWT_HS256)
    return verify_foreign (key, token);

  compute_hmac (key, token, n_signed, digest);
  return weft_relay_secret_equal (digest, sizeof digest, g_bytes_get_data (given, NULL), g_bytes_get_size (given));
}

/* A moment in seconds. */
static gboolean
get_time (const WeftAny *claims,
          const char    *name,
          gboolean       required,
          double        *seconds,
          GError       **error)
{
  const WeftAny *value = weft_any_lookup (claims, name);

  *seconds = NAN;
  if (value == NULL)
    return !required || refuse (error, "exp or nbf is missing");

  if (weft_any_get_kind (value) != WEFT_ANY_NUMBER || !isfinite (weft_any_get_number (value)) ||
      weft_any_get_number (value) < 0 || weft_any_get_number (value) > MAX_TIME_S)
    return refuse (error, "a time is no time");

  *seconds = weft_any_get_number (value);
  return TRUE;
}

static gboolean
check_times (const WeftRelayJwtTrust *trust,
             const WeftAny           *claims,
             gint64                   now_s,
             gboolean                 even_expired,
             GError                 **error)
{
  double expires;
  double not_before;
  double issued;

  if (!get_time (claims, "exp", TRUE, &expires, error) ||
      !get_time (claims, "nbf", !trust->foreign, &not_before, error) ||
      !get_time (claims, "iat", FALSE, &issued, error))
    return FALSE;

  if (!even_expired && (double) now_s >= expires + WEFT_RELAY_JWT_LEEWAY)
    {
      g_set_error_literal (error, WEFT_RELAY_JWT_ERROR, WEFT_RELAY_JWT_ERROR_EXPIRED, "it has expired");
      return FALSE;
    }
  if ((!isnan (not_before) && not_before > (double) now_s + WEFT_RELAY_JWT_LEEWAY) ||
      (!isnan (issued) && issued > (double) now_s + WEFT_RELAY_JWT_LEEWAY))
    return refuse (error, "it is from the future");

  return TRUE;
}

static gboolean
is_exactly (const WeftAny *value,
            const char    *text)
{
  return value != NULL && weft_any_get_kind (value) == WEFT_ANY_STRING &&
         weft_any_get_string_length (value) == strlen (text) && g_str_equal (weft_any_get_string (value), text);
}

static gboolean
names_audience (const WeftRelayJwtTrust *trust,
                const WeftAny           *audience)
{
  if (is_exactly (audience, trust->audience))
    return TRUE;
  if (audience == NULL || !trust->foreign || weft_any_get_kind (audience) != WEFT_ANY_ARRAY)
    return FALSE;

  for (gsize i = 0; i < weft_any_get_n_items (audience); i++)
    if (is_exactly (weft_any_get_item (audience, i), trust->audience))
      return TRUE;
  return FALSE;
}

static gboolean
check_claims (const WeftRelayJwtTrust *trust,
              const WeftAny           *claims,
              gint64                   now_s,
              gboolean                 even_expired,
              GError                 **error)
{
  const WeftAny *subject = weft_any_lookup (claims, "sub");

  if (!is_exactly (weft_any_lookup (claims, "iss"), trust->issuer))
    return refuse (error, "iss is somebody else");
  if (!names_audience (trust, weft_any_lookup (claims, "aud")))
    return refuse (error, "aud is somebody else");
  if (subject == NULL || weft_any_get_kind (subject) != WEFT_ANY_STRING || weft_any_get_string_length (subject) == 0 ||
      strlen (weft_any_get_string (subject)) != weft_any_get_string_length (subject))
    return refuse (error, "sub is missing");

  return check_times (trust, claims, now_s, even_expired, error);
}

static WeftAny *
verify (const WeftRelayJwtTrust *trust,
        const char              *token,
        gint64                   now_s,
        gboolean                 even_expired,
        GError                 **error)
{
  g_autoptr(WeftAny) header = NULL;
  g_autoptr(WeftAny) claims = NULL;
  WeftRelayJwtKey *key;
  const char *payload;
  const char *signature;

  if (strnlen (token, WEFT_RELAY_JWT_MAX_BYTES + 1) > WEFT_RELAY_JWT_MAX_BYTES)
    return (refuse (error, "it is too long"), NULL);

  payload = strchr (token, '.');
  signature = payload != NULL ? strchr (payload + 1, '.') : NULL;
  if (signature == NULL || strchr (signature + 1, '.') != NULL)
    return (refuse (error, "it has not three parts"), NULL);

  header = decode_part (token, (gsize) (payload - token), error);
  if (header == NULL || !check_header (trust, header, error))
    return NULL;

  key = find_key (trust, header, error);
  if (key == NULL)
    return NULL;
  if (!verify_signature (key, token, (gsize) (signature - token), signature + 1))
    return (refuse (error, "the signature is wrong"), NULL);

  /* Nothing of the payload is looked at before. */
  claims = decode_part (payload + 1, (gsize) (signature - payload - 1), error);
  if (claims == NULL || !check_claims (trust, claims, now_s, even_expired, error))
    return NULL;

  return g_steal_pointer (&claims);
}

WeftAny *
weft_relay_jwt_verify (const WeftRelayJwtTrust *trust,
                       const char              *token,
                       gint64                   now_s,
                       GError                 **error)
{
  return verify (trust, token, now_s, FALSE, error);
}

WeftAny *
weft_relay_jwt_verify_expired (const WeftRelayJwtTrust *trust,
                               const char              *token,
                               gint64                   now_s,
                               GError                 **error)
{
  return verify (trust, token, now_s, TRUE, error);
}

char *
weft_relay_jwt_sign (WeftRelayJwtKey *key,
                     const WeftAny   *claims)
{
  g_autoptr(WeftAny) header = weft_any_new_object ();
  g_autofree char *header_json = NULL;
  g_autofree char *claims_json = weft_any_to_json (claims);
  g_autofree char *header_text = NULL;
  g_autofree char *claims_text = NULL;
  g_autofree char *signed_text = NULL;
  g_autofree char *signature = NULL;
  guint8 digest[DIGEST_BYTES];

  g_return_val_if_fail (key->algorithm == WEFT_RELAY_JWT_HS256, NULL);

  weft_any_object_take (header, "alg", weft_any_new_string ("HS256"));
  weft_any_object_take (header, "kid", weft_any_new_string (key->id));
  weft_any_object_take (header, "typ", weft_any_new_string ("JWT"));
  header_json = weft_any_to_json (header);
  header_text = weft_relay_base64url_encode (header_json, strlen (header_json));
  claims_text = weft_relay_base64url_encode (claims_json, strlen (claims_json));
  signed_text = g_strconcat (header_text, ".", claims_text, NULL);

  compute_hmac (key, signed_text, strlen (signed_text), digest);
  signature = weft_relay_base64url_encode (digest, sizeof digest);
  return g_strconcat (signed_text, ".", signature, NULL);
}
