/* test-relay-jwt.c - which tokens are taken, and that no forged one is
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "relay/weft-relay-jwt.h"
#include "relay/weft-relay-keys.h"
#include "relay/weft-relay-secret.h"

#ifdef WEFT_HAVE_RHONABWY
#include <rhonabwy.h>
#endif

#define NOW 1800000000

static const char secret_bytes[] = "0123456789abcdef0123456789abcdef";
static const char retired_bytes[] = "fedcba9876543210fedcba9876543210";

#define GOOD_HEADER "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"JWT\"}"
#define GOOD_CLAIMS "{\"iss\":\"us\",\"aud\":\"us\",\"sub\":\"ada\",\"iat\":1800000000,\"nbf\":1800000000,\"exp\":1800000600}"
/* GOOD_CLAIMS with one thing else */
#define CLAIMS(iss, aud, sub, rest) "{\"iss\":" iss ",\"aud\":" aud ",\"sub\":" sub "," rest "}"
#define TIMES "\"nbf\":1800000000,\"exp\":1800000600"

static WeftRelayJwtKey *
key_new (const char *id,
         const char *secret)
{
  g_autoptr(GBytes) bytes = g_bytes_new (secret, strlen (secret));
  g_autoptr(GError) error = NULL;
  WeftRelayJwtKey *key = weft_relay_jwt_key_new_secret (id, bytes, &error);

  g_assert_no_error (error);
  return key;
}

static WeftRelayJwtTrust *
trust_new (void)
{
  GPtrArray *keys = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_relay_jwt_key_free);

  g_ptr_array_add (keys, key_new ("k1", secret_bytes));
  g_ptr_array_add (keys, key_new ("k0", retired_bytes));
  return weft_relay_jwt_trust_new ("us", "us", keys, FALSE);
}

static char *
encode (const char *text)
{
  return weft_relay_base64url_encode (text, strlen (text));
}

static char *
hmac (const char *text,
      const char *secret)
{
  g_autoptr(GHmac) mac = g_hmac_new (G_CHECKSUM_SHA256, (const guchar *) secret, strlen (secret));
  guint8 digest[32];
  gsize size = sizeof digest;

  g_hmac_update (mac, (const guchar *) text, -1);
  g_hmac_get_digest (mac, digest, &size);
  return weft_relay_base64url_encode (digest, size);
}

/* A token with these parts, rightly signed with @secret. */
static char *
make_token (const char *header,
            const char *claims,
            const char *secret)
{
  g_autofree char *first = encode (header);
  g_autofree char *second = encode (claims);
  g_autofree char *text = g_strconcat (first, ".", second, NULL);
  g_autofree char *signature = hmac (text, secret);

  return g_strconcat (text, ".", signature, NULL);
}

static void
assert_refused (const WeftRelayJwtTrust *trust,
                const char              *token,
                int                      code)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftAny) claims = weft_relay_jwt_verify (trust, token, NOW, &error);

  g_assert_null (claims);
  g_assert_error (error, WEFT_RELAY_JWT_ERROR, code);
}

static void
test_good (void)
{
  g_autoptr(WeftRelayJwtTrust) trust = trust_new ();
  g_autoptr(WeftAny) given = weft_any_from_json (GOOD_CLAIMS, -1, NULL);
  g_autofree char *made = weft_relay_jwt_sign (trust->keys->pdata[0], given);
  g_autofree char *retired = weft_relay_jwt_sign (trust->keys->pdata[1], given);
  g_autofree char *other = make_token (GOOD_HEADER, GOOD_CLAIMS, secret_bytes);
  const char *tokens[] = { made, retired, other };

  for (guint i = 0; i < G_N_ELEMENTS (tokens); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(WeftAny) claims = weft_relay_jwt_verify (trust, tokens[i], NOW, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (weft_any_get_string (weft_any_lookup (claims, "sub")), ==, "ada");
    }
}

/* Clocks may be 60 s apart, not 61. */
static void
test_leeway (void)
{
  g_autoptr(WeftRelayJwtTrust) trust = trust_new ();
  g_autofree char *token = make_token (GOOD_HEADER, GOOD_CLAIMS, secret_bytes);
  const struct { gint64 now; gboolean good; } rows[] = {
    { NOW - 61, FALSE }, { NOW - 60, TRUE }, { NOW, TRUE }, { NOW + 659, TRUE }, { NOW + 660, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(WeftAny) claims = weft_relay_jwt_verify (trust, token, rows[i].now, NULL);

      g_assert_cmpint (claims != NULL, ==, rows[i].good);
    }
}

typedef struct
{
  const char *name;
  const char *header;
  const char *claims;
  int         code;
} Forged;

#define INVALID WEFT_RELAY_JWT_ERROR_INVALID
#define EXPIRED WEFT_RELAY_JWT_ERROR_EXPIRED

/* All of these are rightly signed with the key k1. */
static const Forged forged[] = {
  { "alg-none", "{\"alg\":\"none\",\"kid\":\"k1\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "alg-None", "{\"alg\":\"None\",\"kid\":\"k1\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "alg-lower", "{\"alg\":\"hs256\",\"kid\":\"k1\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "alg-missing", "{\"kid\":\"k1\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "alg-number", "{\"alg\":256,\"kid\":\"k1\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "alg-list", "{\"alg\":[\"HS256\"],\"kid\":\"k1\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "alg-hs384", "{\"alg\":\"HS384\",\"kid\":\"k1\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "alg-hs512", "{\"alg\":\"HS512\",\"kid\":\"k1\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "alg-rs256", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "alg-es256", "{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "alg-twice", "{\"alg\":\"none\",\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "alg-escaped-twice", "{\"alg\":\"HS256\",\"\\u0061lg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "alg-with-nul", "{\"alg\":\"HS256\\u0000none\",\"kid\":\"k1\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "kid-missing", "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "kid-unknown", "{\"alg\":\"HS256\",\"kid\":\"k9\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "kid-of-another-key", "{\"alg\":\"HS256\",\"kid\":\"k0\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "kid-path", "{\"alg\":\"HS256\",\"kid\":\"../../dev/null\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "kid-sql", "{\"alg\":\"HS256\",\"kid\":\"k1' OR '1'='1\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "kid-url", "{\"alg\":\"HS256\",\"kid\":\"https://evil.example/k1\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "kid-number", "{\"alg\":\"HS256\",\"kid\":1,\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "kid-list", "{\"alg\":\"HS256\",\"kid\":[\"k1\"],\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "kid-with-nul", "{\"alg\":\"HS256\",\"kid\":\"k1\\u0000x\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "kid-empty", "{\"alg\":\"HS256\",\"kid\":\"\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "typ-missing", "{\"alg\":\"HS256\",\"kid\":\"k1\"}", GOOD_CLAIMS, INVALID },
  { "typ-other", "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"dpop+jwt\"}", GOOD_CLAIMS, INVALID },
  { "typ-number", "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":1}", GOOD_CLAIMS, INVALID },
  { "crit", "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"JWT\",\"crit\":[\"exp\"],\"exp\":1}", GOOD_CLAIMS, INVALID },
  { "crit-empty", "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"JWT\",\"crit\":[]}", GOOD_CLAIMS, INVALID },
  { "b64", "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"JWT\",\"b64\":false}", GOOD_CLAIMS, INVALID },
  { "jku", "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"JWT\",\"jku\":\"https://evil.example/\"}", GOOD_CLAIMS, INVALID },
  { "jwk", "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"JWT\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"}}", GOOD_CLAIMS, INVALID },
  { "x5u", "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"JWT\",\"x5u\":\"https://evil.example/\"}", GOOD_CLAIMS, INVALID },
  { "x5c", "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"JWT\",\"x5c\":[\"AA\"]}", GOOD_CLAIMS, INVALID },
  { "zip", "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"JWT\",\"zip\":\"DEF\"}", GOOD_CLAIMS, INVALID },
  { "nested", "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"JWT\",\"cty\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "encrypted", "{\"alg\":\"dir\",\"enc\":\"A128GCM\",\"kid\":\"k1\",\"typ\":\"JWT\"}", GOOD_CLAIMS, INVALID },
  { "header-more", "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"JWT\",\"x\":1}", GOOD_CLAIMS, INVALID },
  { "header-array", "[\"HS256\"]", GOOD_CLAIMS, INVALID },
  { "header-string", "\"HS256\"", GOOD_CLAIMS, INVALID },
  { "header-broken", "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"JWT\"", GOOD_CLAIMS, INVALID },
  { "header-tail", GOOD_HEADER "x", GOOD_CLAIMS, INVALID },
  { "claims-empty", GOOD_HEADER, "", INVALID },
  { "claims-array", GOOD_HEADER, "[" GOOD_CLAIMS "]", INVALID },
  { "claims-broken", GOOD_HEADER, "{\"sub\":\"ada\"", INVALID },
  { "claims-not-utf8", GOOD_HEADER, "{\"sub\":\"\xff\"}", INVALID },
  { "exp-missing", GOOD_HEADER, CLAIMS ("\"us\"", "\"us\"", "\"ada\"", "\"nbf\":1800000000"), INVALID },
  { "exp-string", GOOD_HEADER, CLAIMS ("\"us\"", "\"us\"", "\"ada\"", "\"nbf\":1,\"exp\":\"1800000600\""), INVALID },
  { "exp-null", GOOD_HEADER, CLAIMS ("\"us\"", "\"us\"", "\"ada\"", "\"nbf\":1,\"exp\":null"), INVALID },
  { "exp-huge", GOOD_HEADER, CLAIMS ("\"us\"", "\"us\"", "\"ada\"", "\"nbf\":1,\"exp\":1e300"), INVALID },
  { "exp-infinite", GOOD_HEADER, CLAIMS ("\"us\"", "\"us\"", "\"ada\"", "\"nbf\":1,\"exp\":1e999"), INVALID },
  { "exp-negative", GOOD_HEADER, CLAIMS ("\"us\"", "\"us\"", "\"ada\"", "\"nbf\":1,\"exp\":-1"), INVALID },
  { "exp-past", GOOD_HEADER, CLAIMS ("\"us\"", "\"us\"", "\"ada\"", "\"nbf\":1,\"exp\":1799999000"), EXPIRED },
  { "exp-twice", GOOD_HEADER, CLAIMS ("\"us\"", "\"us\"", "\"ada\"", "\"nbf\":1,\"exp\":1,\"exp\":1800000600"), INVALID },
  { "nbf-missing", GOOD_HEADER, CLAIMS ("\"us\"", "\"us\"", "\"ada\"", "\"exp\":1800000600"), INVALID },
  { "nbf-future", GOOD_HEADER, CLAIMS ("\"us\"", "\"us\"", "\"ada\"", "\"nbf\":1800000100,\"exp\":1800000600"), INVALID },
  { "nbf-string", GOOD_HEADER, CLAIMS ("\"us\"", "\"us\"", "\"ada\"", "\"nbf\":\"1\",\"exp\":1800000600"), INVALID },
  { "iat-future", GOOD_HEADER, CLAIMS ("\"us\"", "\"us\"", "\"ada\"", "\"iat\":1800009000," TIMES), INVALID },
  { "aud-missing", GOOD_HEADER, "{\"iss\":\"us\",\"sub\":\"ada\"," TIMES "}", INVALID },
  { "aud-other", GOOD_HEADER, CLAIMS ("\"us\"", "\"them\"", "\"ada\"", TIMES), INVALID },
  { "aud-prefix", GOOD_HEADER, CLAIMS ("\"us\"", "\"us2\"", "\"ada\"", TIMES), INVALID },
  { "aud-list", GOOD_HEADER, CLAIMS ("\"us\"", "[\"us\",\"them\"]", "\"ada\"", TIMES), INVALID },
  { "aud-with-nul", GOOD_HEADER, CLAIMS ("\"us\"", "\"us\\u0000\"", "\"ada\"", TIMES), INVALID },
  { "aud-twice", GOOD_HEADER, CLAIMS ("\"us\"", "\"them\",\"aud\":\"us\"", "\"ada\"", TIMES), INVALID },
  { "iss-missing", GOOD_HEADER, "{\"aud\":\"us\",\"sub\":\"ada\"," TIMES "}", INVALID },
  { "iss-other", GOOD_HEADER, CLAIMS ("\"them\"", "\"us\"", "\"ada\"", TIMES), INVALID },
  { "sub-missing", GOOD_HEADER, "{\"iss\":\"us\",\"aud\":\"us\"," TIMES "}", INVALID },
  { "sub-empty", GOOD_HEADER, CLAIMS ("\"us\"", "\"us\"", "\"\"", TIMES), INVALID },
  { "sub-number", GOOD_HEADER, CLAIMS ("\"us\"", "\"us\"", "7", TIMES), INVALID },
  { "sub-with-nul", GOOD_HEADER, CLAIMS ("\"us\"", "\"us\"", "\"ada\\u0000\"", TIMES), INVALID },
  { "sub-twice", GOOD_HEADER, CLAIMS ("\"us\"", "\"us\"", "\"eve\",\"sub\":\"ada\"", TIMES), INVALID },
};

static void
test_forged (gconstpointer data)
{
  const Forged *row = data;
  g_autoptr(WeftRelayJwtTrust) trust = trust_new ();
  g_autofree char *token = make_token (row->header, row->claims, secret_bytes);

  assert_refused (trust, token, row->code);
}

/* What is wrong here is not in the JSON. */
static void
test_forged_text (void)
{
  g_autoptr(WeftRelayJwtTrust) trust = trust_new ();
  g_autofree char *good = make_token (GOOD_HEADER, GOOD_CLAIMS, secret_bytes);
  g_autofree char *guessed = make_token (GOOD_HEADER, GOOD_CLAIMS, "secret");
  g_autofree char *empty_key = make_token (GOOD_HEADER, GOOD_CLAIMS, "");
  g_autofree char *long_sub = g_strnfill (WEFT_RELAY_JWT_MAX_BYTES, 'a');
  g_autofree char *long_claims = g_strdup_printf (CLAIMS ("\"us\"", "\"us\"", "\"%s\"", TIMES), long_sub);
  g_autofree char *too_long = make_token (GOOD_HEADER, long_claims, secret_bytes);
  g_auto(GStrv) parts = g_strsplit (good, ".", 3);
  g_autofree char *other_claims = encode (CLAIMS ("\"us\"", "\"us\"", "\"eve\"", TIMES));
  g_autofree char *none = encode ("{\"alg\":\"none\"}");
  g_autofree char *plain = encode (GOOD_HEADER);
  gsize last = strlen (good) - 1;
  GPtrArray *tokens = g_ptr_array_new_with_free_func (g_free);

#define ADD(...) g_ptr_array_add (tokens, g_strdup_printf (__VA_ARGS__))
  ADD ("%s", "");
  ADD (".");
  ADD ("..");
  ADD ("%s.%s", parts[0], parts[1]);
  ADD ("%s.%s.", parts[0], parts[1]);
  ADD ("%s..%s", parts[0], parts[2]);
  ADD (".%s.%s", parts[1], parts[2]);
  ADD ("%s.%s.%s.", parts[0], parts[1], parts[2]);
  ADD ("%s.%s.%s.%s.%s", parts[0], parts[0], parts[1], parts[1], parts[2]);
  ADD ("%s.%s.", none, parts[1]);
  ADD ("%s.%s.%s", none, parts[1], parts[2]);
  ADD ("%s.%s.%s", parts[0], other_claims, parts[2]);
  ADD (" %s", good);
  ADD ("%s ", good);
  ADD ("%s\n", good);
  ADD ("%s=", good);
  ADD ("%s.%s.%s==", parts[0], parts[1], parts[2]);
  ADD ("%s=.%s.%s", parts[0], parts[1], parts[2]);
  ADD ("%s.%s\n.%s", parts[0], parts[1], parts[2]);
  ADD ("%s.%s.%.*s", parts[0], parts[1], (int) strlen (parts[2]) - 1, parts[2]);
  ADD ("%s.%s.%sA", parts[0], parts[1], parts[2]);
  ADD ("%s", guessed);
  ADD ("%s", empty_key);
  ADD ("%s", too_long);
  ADD ("{\"payload\":\"%s\",\"protected\":\"%s\",\"signature\":\"%s\"}", parts[1], parts[0], parts[2]);
  /* The last character carries two bits that are not used: other spellings of the same signature. */
  for (guint i = 0; i < 4; i++)
    {
      char *spelled = g_strdup (good);

      spelled[last] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
                        [((strchr ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", good[last]) -
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") & ~3) + i];
      if (strcmp (spelled, good) != 0)
        g_ptr_array_add (tokens, spelled);
      else
        g_free (spelled);
    }

  for (guint i = 0; i < tokens->len; i++)
    assert_refused (trust, tokens->pdata[i], INVALID);
  g_ptr_array_unref (tokens);
}

/* Any bit of a good token that is turned makes it a bad one. */
static void
test_every_bit (void)
{
  g_autoptr(WeftRelayJwtTrust) trust = trust_new ();
  g_autofree char *good = make_token (GOOD_HEADER, GOOD_CLAIMS, secret_bytes);

  for (gsize i = 0; good[i] != '\0'; i++)
    for (guint bit = 0; bit < 8; bit++)
      {
        g_autofree char *bent = g_strdup (good);

        bent[i] = (char) (bent[i] ^ (1 << bit));
        g_assert_null (weft_relay_jwt_verify (trust, bent, NOW, NULL));
      }
}

static void
test_short_key (void)
{
  g_autoptr(GBytes) bytes = g_bytes_new (secret_bytes, WEFT_RELAY_JWT_MIN_SECRET - 1);
  g_autoptr(GError) error = NULL;

  g_assert_null (weft_relay_jwt_key_new_secret ("k", bytes, &error));
  g_assert_error (error, WEFT_RELAY_JWT_ERROR, WEFT_RELAY_JWT_ERROR_KEY);
}

static void
test_secret_equal (void)
{
  g_assert_true (weft_relay_secret_equal ("abc", 3, "abc", 3));
  g_assert_false (weft_relay_secret_equal ("abc", 3, "abd", 3));
  g_assert_false (weft_relay_secret_equal ("abc", 3, "abcabc", 6));
  g_assert_false (weft_relay_secret_equal ("abc", 3, "ab", 2));
  g_assert_false (weft_relay_secret_equal ("abc", 3, "", 0));
  g_assert_false (weft_relay_secret_equal ("", 0, "a", 1));
}

/* --- the key file --- */

static void
test_key_file (void)
{
  g_autofree char *folder = g_dir_make_tmp ("weft-keys-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "keys.json", NULL);
  g_autoptr(WeftAny) claims = NULL;
  g_autofree char *text = NULL;
  g_autofree char *token = NULL;
  g_autofree char *name = NULL;
  g_autoptr(GError) error = NULL;
  GStatBuf info;

  {
    g_autoptr(WeftRelayKeys) keys = weft_relay_keys_open (path, &error);

    g_assert_no_error (error);
    name = g_strdup (weft_relay_keys_get_name (keys));
    text = g_strdup_printf (CLAIMS ("\"%s\"", "\"%s\"", "\"ada\"", TIMES), name, name);
    claims = weft_any_from_json (text, -1, &error);
    token = weft_relay_jwt_sign (weft_relay_keys_get_first (keys), claims);
  }

  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpint (g_chmod (path, 0644), ==, 0);

  {
    g_autoptr(WeftRelayKeys) keys = NULL;
    g_autoptr(WeftAny) read = NULL;
    g_autoptr(WeftAny) read_again = NULL;
    g_autofree char *token_2 = NULL;

    g_test_expect_message ("weft-relay", G_LOG_LEVEL_WARNING, "*could be read by others*");
    keys = weft_relay_keys_open (path, &error);
    g_test_assert_expected_messages ();
    g_assert_no_error (error);
    g_assert_cmpint (g_stat (path, &info), ==, 0);
    g_assert_cmpint (info.st_mode & 0777, ==, 0600);

    g_assert_true (weft_relay_keys_rotate (keys, &error));
    token_2 = weft_relay_jwt_sign (weft_relay_keys_get_first (keys), claims);
    g_assert_cmpstr (token, !=, token_2);
    read = weft_relay_jwt_verify (weft_relay_keys_get_trust (keys), token, NOW, &error);
    g_assert_no_error (error);
    read_again = weft_relay_jwt_verify (weft_relay_keys_get_trust (keys), token_2, NOW, &error);
    g_assert_no_error (error);
  }

  {
    g_autoptr(WeftRelayKeys) keys = weft_relay_keys_open (path, &error);

    g_assert_cmpuint (weft_relay_keys_get_trust (keys)->keys->len, ==, 2);
    g_assert_cmpstr (weft_relay_keys_get_name (keys), ==, name);
  }

  g_assert_true (g_file_set_contents (path, "{\"name\":\"x\",\"keys\":[{\"kty\":\"oct\"}]}", -1, NULL));
  g_assert_null (weft_relay_keys_open (path, &error));
  g_assert_error (error, WEFT_RELAY_JWT_ERROR, WEFT_RELAY_JWT_ERROR_KEY);

  g_remove (path);
  g_rmdir (folder);
}

/* --- keys of other issuers --- */

#ifdef WEFT_HAVE_RHONABWY

typedef struct
{
  jwk_t             *rsa;
  jwk_t             *ec;
  char              *rsa_public;
  WeftRelayJwtTrust *trust;
} Foreign;

static char *
public_of (jwk_t      *pub,
           const char *id)
{
  char *json;
  char *copy;

  r_jwk_set_property_str (pub, "kid", id);
  json = r_jwk_export_to_json_str (pub, 0);
  copy = g_strdup (json);
  free (json);
  return copy;
}

static void
foreign_init (Foreign *self,
              guint    rsa_bits)
{
  jwk_t *rsa_pub;
  jwk_t *ec_pub;
  g_autofree char *ec_public = NULL;
  g_autofree char *set = NULL;
  g_autoptr(GError) error = NULL;
  GPtrArray *keys;

  r_global_init ();
  r_jwk_init (&self->rsa);
  r_jwk_init (&rsa_pub);
  r_jwk_init (&self->ec);
  r_jwk_init (&ec_pub);
  g_assert_cmpint (r_jwk_generate_key_pair (self->rsa, rsa_pub, R_KEY_TYPE_RSA, rsa_bits, "rsa"), ==, RHN_OK);
  g_assert_cmpint (r_jwk_generate_key_pair (self->ec, ec_pub, R_KEY_TYPE_EC, 256, "ec"), ==, RHN_OK);
  self->rsa_public = public_of (rsa_pub, "rsa");
  ec_public = public_of (ec_pub, "ec");
  set = g_strdup_printf ("{\"keys\":[%s,%s,{\"kty\":\"oct\",\"kid\":\"oct\",\"k\":\"AAAA\"},{\"kty\":\"x\"}]}",
                         self->rsa_public, ec_public);
  keys = weft_relay_jwt_keys_from_set (set, &error);
  g_assert_no_error (error);
  self->trust = weft_relay_jwt_trust_new ("them", "weft", keys, TRUE);
  r_jwk_free (rsa_pub);
  r_jwk_free (ec_pub);
}

static void
foreign_clear (Foreign *self)
{
  r_jwk_free (self->rsa);
  r_jwk_free (self->ec);
  g_free (self->rsa_public);
  weft_relay_jwt_trust_free (self->trust);
}

static char *
foreign_token (jwk_t      *key,
               jwa_alg     alg,
               const char *kid,
               const char *claims)
{
  jwk_t *signing = r_jwk_copy (key);
  jws_t *jws;
  char *text;
  char *copy;

  /* Else the key's own goes into the header. */
  r_jwk_delete_property_str (signing, "kid");
  r_jws_init (&jws);
  r_jws_set_alg (jws, alg);
  if (kid != NULL)
    r_jws_set_header_str_value (jws, "kid", kid);
  r_jws_set_payload (jws, (const unsigned char *) claims, strlen (claims));
  text = r_jws_serialize (jws, signing, 0);
  g_assert_nonnull (text);
  copy = g_strdup (text);
  free (text);
  r_jwk_free (signing);
  r_jws_free (jws);
  return copy;
}

#define THEIRS "{\"iss\":\"them\",\"aud\":[\"weft\",\"x\"],\"sub\":\"ada\",\"exp\":1800000600}"

static void
test_foreign (void)
{
  Foreign foreign;
  g_autoptr(GError) error = NULL;

  foreign_init (&foreign, 2048);
  g_assert_cmpuint (foreign.trust->keys->len, ==, 2);

  {
    g_autofree char *rs = foreign_token (foreign.rsa, R_JWA_ALG_RS256, "rsa", THEIRS);
    g_autofree char *es = foreign_token (foreign.ec, R_JWA_ALG_ES256, "ec", THEIRS);
    g_autofree char *no_kid = foreign_token (foreign.rsa, R_JWA_ALG_RS256, NULL, THEIRS);
    g_autofree char *swapped = foreign_token (foreign.rsa, R_JWA_ALG_RS256, "ec", THEIRS);
    g_autofree char *other_alg = foreign_token (foreign.rsa, R_JWA_ALG_RS512, "rsa", THEIRS);
    g_autofree char *pss = foreign_token (foreign.rsa, R_JWA_ALG_PS256, "rsa", THEIRS);
    g_autofree char *other_aud =
      foreign_token (foreign.rsa, R_JWA_ALG_RS256, "rsa", "{\"iss\":\"them\",\"aud\":\"x\",\"sub\":\"ada\",\"exp\":1800000600}");
    g_autofree char *bent = g_strdup (rs);
    /* HMAC with the public key, which everybody has. */
    g_autofree char *confused = make_token ("{\"alg\":\"HS256\",\"kid\":\"rsa\",\"typ\":\"JWT\"}", THEIRS, foreign.rsa_public);
    g_autofree char *confused_2 = make_token ("{\"alg\":\"RS256\",\"kid\":\"rsa\",\"typ\":\"JWT\"}", THEIRS, foreign.rsa_public);
    /* Their key for what is ours to sign. */
    g_autofree char *ours = foreign_token (foreign.rsa, R_JWA_ALG_RS256, "k1", GOOD_CLAIMS);
    g_autoptr(WeftRelayJwtTrust) own = trust_new ();
    g_autoptr(WeftAny) rs_claims = weft_relay_jwt_verify (foreign.trust, rs, NOW, &error);
    g_autoptr(WeftAny) es_claims = NULL;

    g_assert_no_error (error);
    es_claims = weft_relay_jwt_verify (foreign.trust, es, NOW, &error);
    g_assert_no_error (error);
    g_assert_nonnull (rs_claims);
    g_assert_nonnull (es_claims);

    bent[strlen (bent) - 10] = bent[strlen (bent) - 10] == 'A' ? 'B' : 'A';
    assert_refused (foreign.trust, bent, INVALID);
    assert_refused (foreign.trust, no_kid, INVALID);
    assert_refused (foreign.trust, swapped, INVALID);
    assert_refused (foreign.trust, other_alg, INVALID);
    assert_refused (foreign.trust, pss, INVALID);
    assert_refused (foreign.trust, other_aud, INVALID);
    assert_refused (foreign.trust, confused, INVALID);
    assert_refused (foreign.trust, confused_2, INVALID);
    assert_refused (own, ours, INVALID);
    assert_refused (own, rs, INVALID);
  }

  foreign_clear (&foreign);
}

static void
test_foreign_weak (void)
{
  jwk_t *key;
  jwk_t *pub;
  g_autofree char *json = NULL;
  g_autofree char *set = NULL;
  g_autoptr(GError) error = NULL;

  r_global_init ();
  r_jwk_init (&key);
  r_jwk_init (&pub);
  g_assert_cmpint (r_jwk_generate_key_pair (key, pub, R_KEY_TYPE_RSA, 1024, "rsa"), ==, RHN_OK);
  json = public_of (pub, "rsa");
  set = g_strdup_printf ("{\"keys\":[%s]}", json);
  g_assert_null (weft_relay_jwt_keys_from_set (set, &error));
  g_assert_error (error, WEFT_RELAY_JWT_ERROR, WEFT_RELAY_JWT_ERROR_KEY);
  r_jwk_free (key);
  r_jwk_free (pub);
}

#endif

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/relay/jwt/good", test_good);
  g_test_add_func ("/relay/jwt/leeway", test_leeway);
  for (guint i = 0; i < G_N_ELEMENTS (forged); i++)
    {
      g_autofree char *path = g_strconcat ("/relay/jwt/forged/", forged[i].name, NULL);

      g_test_add_data_func (path, &forged[i], test_forged);
    }
  g_test_add_func ("/relay/jwt/forged-text", test_forged_text);
  g_test_add_func ("/relay/jwt/every-bit", test_every_bit);
  g_test_add_func ("/relay/jwt/short-key", test_short_key);
  g_test_add_func ("/relay/secret/equal", test_secret_equal);
  g_test_add_func ("/relay/keys/file", test_key_file);
#ifdef WEFT_HAVE_RHONABWY
  g_test_add_func ("/relay/jwt/foreign", test_foreign);
  g_test_add_func ("/relay/jwt/foreign-weak", test_foreign_weak);
#endif
  return g_test_run ();
}
