/* weft-relay-oidc.c - signing in at another service: OpenID Connect, code flow with PKCE
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-oidc.h"

#include <string.h>

#include "relay/weft-relay-secret.h"

#define COOKIE         "weft_login"
#define LOGIN_SECONDS  600
#define MAX_ANSWER     (256 * 1024)
#define RETRY_SECONDS  10
#define REFRESH_SECONDS 3600
#define DISCOVERY      "/.well-known/openid-configuration"

struct _WeftRelayOidc
{
  WeftRelay         *relay;
  WeftRelayPeople   *people;
  WeftRelayApi      *api;
  SoupSession       *session;
  GCancellable      *cancellable;
  guint              source;
  char              *issuer;
  char              *client_id;
  char              *client_secret;   /* nullable: a public client */

  /* Found out; %NULL before */
  char              *authorization_url;
  char              *token_url;
  char              *keys_url;
  WeftRelayJwtTrust *trust;
};

/* A browser that came back. */
typedef struct
{
  WeftRelayOidc    *oidc;
  WeftRelayRequest *request; /* held */
  SoupMessage      *message;
  char             *nonce;
} Login;

static void
login_free (Login *self)
{
  g_clear_object (&self->message);
  g_free (self->nonce);
  g_free (self);
}

/* --- finding out --- */

static void look_up (WeftRelayOidc *self);

static gboolean
look_up_cb (gpointer user_data)
{
  WeftRelayOidc *self = user_data;

  self->source = 0;
  look_up (self);
  return G_SOURCE_REMOVE;
}

static void
look_up_later (WeftRelayOidc *self,
               guint          seconds)
{
  g_clear_handle_id (&self->source, g_source_remove);
  self->source = g_timeout_add_seconds (seconds, look_up_cb, self);
}

/* --- asking the issuer --- */

static void
read_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  guint8 *buffer = g_task_get_task_data (task);
  GError *error = NULL;
  gsize size;

  if (!g_input_stream_read_all_finish (G_INPUT_STREAM (source), result, &size, &error))
    g_task_return_error (task, error);
  else if (size > MAX_ANSWER)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "it answers with more than %d bytes", MAX_ANSWER);
  else
    g_task_return_pointer (task, g_bytes_new (buffer, size), (GDestroyNotify) g_bytes_unref);
}

static void
sent_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  g_autoptr(GInputStream) stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);

  if (stream == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  g_task_set_task_data (task, g_malloc (MAX_ANSWER + 1), g_free);
  g_input_stream_read_all_async (stream, g_task_get_task_data (task), MAX_ANSWER + 1, G_PRIORITY_DEFAULT,
                                 g_task_get_cancellable (task), read_cb, task);
}

/* Nothing is sent on to where somebody else points, and no answer is read beyond its limit. The result of the task that
 * @done gets is a GBytes. */
static void
fetch (WeftRelayOidc      *self,
       SoupMessage        *message,
       GAsyncReadyCallback done,
       gpointer            user_data)
{
  GTask *task = g_task_new (self->session, self->cancellable, done, user_data);

  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  soup_session_send_async (self->session, message, G_PRIORITY_DEFAULT, self->cancellable, sent_cb, task);
}

static WeftAny *
parse_answer (GBytes      *bytes,
              SoupMessage *message,
              GError     **error)
{
  gsize size;
  const char *text = g_bytes_get_data (bytes, &size);
  g_autoptr(WeftAny) answer = NULL;

  if (message != NULL && soup_message_get_status (message) != SOUP_STATUS_OK)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "it answers with status %u", soup_message_get_status (message));
      return NULL;
    }

  answer = size > 0 ? weft_relay_json_parse (text, (gssize) size, error) : NULL;
  if (answer != NULL && weft_any_get_kind (answer) == WEFT_ANY_OBJECT)
    return g_steal_pointer (&answer);
  if (error != NULL && *error == NULL)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "what it answers is no JSON object");
  return NULL;
}

static const char *
get_string (const WeftAny *object,
            const char    *name)
{
  const WeftAny *value = weft_any_lookup (object, name);

  return value != NULL ? weft_any_get_string (value) : NULL;
}

static void
give_up_for_now (WeftRelayOidc *self,
                 const GError  *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  g_warning ("nobody can sign in at %s now: %s", self->issuer, error->message);
  look_up_later (self, RETRY_SECONDS);
}

static void
keys_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  WeftRelayOidc *self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = g_task_propagate_pointer (G_TASK (result), &error);
  g_autofree char *text = NULL;
  GPtrArray *keys = NULL;
  GPtrArray *again = NULL;

  if (bytes != NULL)
    {
      text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
      keys = weft_relay_jwt_keys_from_set (text, &error);
    }
  if (keys == NULL)
    {
      give_up_for_now (self, error);
      return;
    }

  g_clear_pointer (&self->trust, weft_relay_jwt_trust_free);
  self->trust = weft_relay_jwt_trust_new (self->issuer, self->client_id, keys, TRUE);
  again = weft_relay_jwt_keys_from_set (text, NULL);
  weft_relay_people_add_trust (self->people, weft_relay_jwt_trust_new (self->issuer, self->client_id, again, TRUE));
  /* Issuers change their keys. */
  look_up_later (self, REFRESH_SECONDS);
}

/* Where the issuer is reached safely, none of its addresses leads elsewhere. */
static gboolean
is_endpoint (WeftRelayOidc *self,
             const char    *url)
{
  return url != NULL && (g_ascii_strncasecmp (url, "https://", strlen ("https://")) == 0 ||
                         (g_str_has_prefix (self->issuer, "http://") && g_str_has_prefix (url, "http://")));
}

static void
discovered_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  WeftRelayOidc *self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = g_task_propagate_pointer (G_TASK (result), &error);
  g_autoptr(WeftAny) found = bytes != NULL ? parse_answer (bytes, NULL, &error) : NULL;
  g_autoptr(SoupMessage) message = NULL;

  if (found != NULL && (g_strcmp0 (get_string (found, "issuer"), self->issuer) != 0 ||
                        !is_endpoint (self, get_string (found, "authorization_endpoint")) ||
                        !is_endpoint (self, get_string (found, "token_endpoint")) ||
                        !is_endpoint (self, get_string (found, "jwks_uri"))))
    {
      g_set_error (&error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "it calls itself “%s”, or lacks an address that is as safe as its own",
                   get_string (found, "issuer") != NULL ? get_string (found, "issuer") : "");
      g_clear_pointer (&found, weft_any_unref);
    }
  if (found == NULL)
    {
      give_up_for_now (self, error);
      return;
    }

  g_free (self->authorization_url);
  self->authorization_url = g_strdup (get_string (found, "authorization_endpoint"));
  g_free (self->token_url);
  self->token_url = g_strdup (get_string (found, "token_endpoint"));
  g_free (self->keys_url);
  self->keys_url = g_strdup (get_string (found, "jwks_uri"));

  message = soup_message_new ("GET", self->keys_url);
  if (message == NULL)
    {
      look_up_later (self, RETRY_SECONDS);
      return;
    }
  fetch (self, message, keys_cb, self);
}

static void
look_up (WeftRelayOidc *self)
{
  g_autofree char *address = g_strconcat (self->issuer, g_str_has_suffix (self->issuer, "/") ? DISCOVERY + 1 : DISCOVERY,
                                          NULL);
  g_autoptr(SoupMessage) message = soup_message_new ("GET", address);

  if (message != NULL)
    fetch (self, message, discovered_cb, self);
}

/* --- going there --- */

static char *
make_redirect_uri (WeftRelayOidc    *self,
                   WeftRelayRequest *request,
                   char            **base_url)
{
  g_autofree char *relay_url = NULL;

  weft_relay_api_find_urls (self->relay, request, base_url, &relay_url);
  return g_strdup_printf ("%s/api/auth/%s/callback", *base_url, weft_relay_get_config (self->relay)->oidc_name);
}

static char *
make_challenge (const char *verifier)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize n_digest = sizeof digest;

  g_checksum_update (checksum, (const guchar *) verifier, -1);
  g_checksum_get_digest (checksum, digest, &n_digest);
  return weft_relay_base64url_encode (digest, n_digest);
}

/* What the browser brings back with the answer: a token of ours, for ourselves alone. */
static char *
make_login_token (WeftRelayOidc *self,
                  const char    *state,
                  const char    *nonce,
                  const char    *verifier)
{
  WeftRelayKeys *keys = weft_relay_people_get_keys (self->people);
  g_autofree char *audience = g_strconcat (weft_relay_keys_get_name (keys), "/login", NULL);
  double now_s = (double) (g_get_real_time () / G_USEC_PER_SEC);
  g_autoptr(WeftAny) claims = weft_any_new_object ();

  weft_any_object_take (claims, "iss", weft_any_new_string (weft_relay_keys_get_name (keys)));
  weft_any_object_take (claims, "aud", weft_any_new_string (audience));
  weft_any_object_take (claims, "sub", weft_any_new_string (state));
  weft_any_object_take (claims, "nonce", weft_any_new_string (nonce));
  weft_any_object_take (claims, "verifier", weft_any_new_string (verifier));
  weft_any_object_take (claims, "nbf", weft_any_new_number (now_s));
  weft_any_object_take (claims, "exp", weft_any_new_number (now_s + LOGIN_SECONDS));
  return weft_relay_jwt_sign (weft_relay_keys_get_first (keys), claims);
}

static void
set_login_cookie (WeftRelayRequest *request,
                  const char       *base_url,
                  const char       *value,
                  int               seconds)
{
  g_autofree char *cookie =
    g_strdup_printf (COOKIE "=%s; Path=/api/auth; Max-Age=%d; HttpOnly; SameSite=Lax%s", value, seconds,
                     g_str_has_prefix (base_url, "https:") ? "; Secure" : "");

  soup_message_headers_append (soup_server_message_get_response_headers (weft_relay_request_get_message (request)),
                               "Set-Cookie", cookie);
}

/* Whether the path names our one provider; where not, that is answered. */
static gboolean
is_ours (WeftRelayOidc    *self,
         WeftRelayRequest *request)
{
  if (g_strcmp0 (weft_relay_request_get_param (request, "provider"), weft_relay_get_config (self->relay)->oidc_name) == 0)
    return TRUE;

  weft_relay_request_reply_problem (request, 404, "Nobody signs in that way here.");
  return FALSE;
}

static void
login_cb (WeftRelayRequest *request,
          gpointer          user_data)
{
  WeftRelayOidc *self = user_data;
  g_autofree char *state = NULL;
  g_autofree char *nonce = NULL;
  g_autofree char *verifier = NULL;
  g_autofree char *challenge = NULL;
  g_autofree char *base_url = NULL;
  g_autofree char *redirect_uri = NULL;
  g_autofree char *query = NULL;
  g_autofree char *location = NULL;
  g_autofree char *token = NULL;

  if (!is_ours (self, request) || !weft_relay_api_take_try (self->api, request))
    return;
  if (self->trust == NULL)
    {
      weft_relay_request_reply_problem (request, 503, "The service to sign in at does not answer; try again later.");
      return;
    }

  state = weft_relay_secret_new ();
  nonce = weft_relay_secret_new ();
  verifier = weft_relay_secret_new ();
  challenge = make_challenge (verifier);
  redirect_uri = make_redirect_uri (self, request, &base_url);
  query = soup_form_encode ("response_type", "code", "client_id", self->client_id, "redirect_uri", redirect_uri, "scope",
                            "openid profile email", "state", state, "nonce", nonce, "code_challenge", challenge,
                            "code_challenge_method", "S256", NULL);
  location = g_strconcat (self->authorization_url, strchr (self->authorization_url, '?') != NULL ? "&" : "?", query, NULL);
  token = make_login_token (self, state, nonce, verifier);

  set_login_cookie (request, base_url, token, LOGIN_SECONDS);
  weft_relay_request_set_header (request, "Location", location);
  weft_relay_request_set_header (request, "Cache-Control", "no-store");
  weft_relay_request_reply_empty (request, SOUP_STATUS_FOUND);
}

/* --- coming back --- */

static void
refuse_login (WeftRelayRequest *request,
              const char       *why)
{
  g_message ("a login is refused: %s", why);
  weft_relay_request_reply_problem (request, 401, "Signing in did not work; begin again.");
}

/* Somebody whom the issuer knows: made on the first time, and signed in. */
static void
sign_in (WeftRelayCall *call,
         WeftRelaySql  *sql)
{
  g_autofree char *user =
    weft_relay_accounts_find_identity (sql, weft_relay_call_get_param (call, "issuer"),
                                       weft_relay_call_get_param (call, "subject"), weft_relay_call_get_param (call, "name"),
                                       weft_relay_call_get_param (call, "email"), call->now_ms);
  g_autofree char *name = weft_relay_accounts_dup_user_name (sql, user);
  g_autoptr(WeftRelayDevice) device = NULL;
  g_autoptr(JsonBuilder) builder = json_builder_new ();

  if (name == NULL)
    {
      weft_relay_call_refuse (call, 403, "This account is locked.");
      return;
    }

  device = weft_relay_devices_add (sql, user, "Browser", NULL, call->now_ms);
  json_builder_begin_object (builder);
  weft_relay_call_add_tokens (call, sql, builder, device, TRUE);
  json_builder_end_object (builder);
  weft_relay_call_answer (call, 200, json_builder_get_root (builder));
}

static const WeftRelayEndpoint signing_in = { "GET", "/api/auth/:provider/callback", WEFT_RELAY_CALL_ANYBODY, FALSE, sign_in };

static void
set_param (WeftRelayCall *call,
           const char    *name,
           const char    *value)
{
  if (value != NULL)
    g_hash_table_insert (call->params, g_strdup (name), g_strdup (value));
}

static void
sign_in_by (Login         *login,
            const WeftAny *claims)
{
  WeftRelayOidc *self = login->oidc;
  const char *name = get_string (claims, "name");
  const char *email = get_string (claims, "email");
  WeftRelayCall *call = weft_relay_call_new (&signing_in);

  if (name == NULL)
    name = get_string (claims, "preferred_username");
  if (!weft_relay_accounts_is_name (name))
    name = weft_relay_accounts_is_name (email) ? email : "Somebody";
  set_param (call, "issuer", self->issuer);
  set_param (call, "subject", get_string (claims, "sub"));
  set_param (call, "name", name);
  set_param (call, "email", weft_relay_accounts_is_name (email) ? email : NULL);
  weft_relay_api_make_call (self->api, login->request, call);
}

static void
exchanged_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  Login *login = user_data;
  WeftRelayOidc *self = login->oidc;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = g_task_propagate_pointer (G_TASK (result), &error);
  g_autoptr(WeftAny) answer = bytes != NULL ? parse_answer (bytes, login->message, &error) : NULL;
  const char *token = answer != NULL ? get_string (answer, "id_token") : NULL;
  g_autoptr(WeftAny) claims =
    token != NULL ? weft_relay_jwt_verify (self->trust, token, g_get_real_time () / G_USEC_PER_SEC, &error) : NULL;

  if (claims != NULL && g_strcmp0 (get_string (claims, "nonce"), login->nonce) == 0)
    {
      /* The call holds the request from here on. */
      sign_in_by (login, claims);
      weft_relay_request_unref (login->request);
    }
  else
    {
      refuse_login (login->request, error != NULL ? error->message : "the nonce is another one");
      weft_relay_request_release (login->request);
    }
  login_free (login);
}

static WeftAny *
find_login (WeftRelayOidc    *self,
            WeftRelayRequest *request)
{
  WeftRelayKeys *keys = weft_relay_people_get_keys (self->people);
  const WeftRelayJwtTrust *trust = weft_relay_keys_get_trust (keys);
  g_autofree char *audience = g_strconcat (weft_relay_keys_get_name (keys), "/login", NULL);
  WeftRelayJwtTrust own = { trust->issuer, audience, trust->keys, FALSE };
  const char *header = weft_relay_request_get_header (request, "Cookie");
  g_auto(GStrv) cookies = g_strsplit (header != NULL ? header : "", ";", -1);

  for (guint i = 0; cookies[i] != NULL; i++)
    if (g_str_has_prefix (g_strstrip (cookies[i]), COOKIE "="))
      return weft_relay_jwt_verify (&own, cookies[i] + strlen (COOKIE "="), g_get_real_time () / G_USEC_PER_SEC, NULL);
  return NULL;
}

static void
exchange (WeftRelayOidc    *self,
          WeftRelayRequest *request,
          const char       *code,
          const WeftAny    *begun)
{
  g_autofree char *base_url = NULL;
  g_autofree char *redirect_uri = make_redirect_uri (self, request, &base_url);
  g_autofree char *form =
    soup_form_encode ("grant_type", "authorization_code", "code", code, "redirect_uri", redirect_uri, "client_id",
                      self->client_id, "code_verifier", get_string (begun, "verifier"), NULL);
  g_autoptr(GBytes) body = g_bytes_new (form, strlen (form));
  Login *login = g_new0 (Login, 1);

  login->oidc = self;
  login->request = request;
  login->nonce = g_strdup (get_string (begun, "nonce"));
  login->message = soup_message_new ("POST", self->token_url);
  if (login->message == NULL)
    {
      refuse_login (request, "the issuer's token_endpoint is no address");
      login_free (login);
      return;
    }

  soup_message_set_request_body_from_bytes (login->message, "application/x-www-form-urlencoded", body);
  if (self->client_secret != NULL)
    {
      g_autofree char *id = g_uri_escape_string (self->client_id, NULL, FALSE);
      g_autofree char *secret = g_uri_escape_string (self->client_secret, NULL, FALSE);
      g_autofree char *pair = g_strconcat (id, ":", secret, NULL);
      g_autofree char *encoded = g_base64_encode ((const guchar *) pair, strlen (pair));
      g_autofree char *basic = g_strconcat ("Basic ", encoded, NULL);

      soup_message_headers_replace (soup_message_get_request_headers (login->message), "Authorization", basic);
    }

  set_login_cookie (request, base_url, "", 0);
  weft_relay_request_hold (request);
  fetch (self, login->message, exchanged_cb, login);
}

static void
callback_cb (WeftRelayRequest *request,
             gpointer          user_data)
{
  WeftRelayOidc *self = user_data;
  const char *code = weft_relay_request_get_query (request, "code");
  const char *state = weft_relay_request_get_query (request, "state");
  g_autoptr(WeftAny) begun = NULL;

  if (!is_ours (self, request) || !weft_relay_api_take_try (self->api, request))
    return;

  begun = find_login (self, request);
  if (self->trust == NULL || begun == NULL || state == NULL || code == NULL ||
      !weft_relay_secret_equal (get_string (begun, "sub"), strlen (get_string (begun, "sub")), state, strlen (state)))
    refuse_login (request, begun == NULL ? "it was not begun in this browser" : "state or code are wrong");
  else
    exchange (self, request, code, begun);
}

/* --- the whole --- */

static gboolean
read_secret (WeftRelayOidc *self,
             const char    *path,
             GError       **error)
{
  if (path == NULL)
    return TRUE;
  if (!g_file_get_contents (path, &self->client_secret, NULL, error))
    return FALSE;

  g_strstrip (self->client_secret);
  return TRUE;
}

WeftRelayOidc *
weft_relay_oidc_new (WeftRelay       *relay,
                     WeftRelayPeople *people,
                     WeftRelayApi    *api,
                     GError         **error)
{
  const WeftRelayConfig *config = weft_relay_get_config (relay);
  WeftRelayOidc *self;

  if (config->oidc_issuer == NULL)
    return NULL;

  self = g_new0 (WeftRelayOidc, 1);
  self->relay = relay;
  self->people = people;
  self->api = api;
  self->session = soup_session_new_with_options ("timeout", 20, "user-agent", "weft/" WEFT_VERSION, NULL);
  self->cancellable = g_cancellable_new ();
  self->issuer = g_strdup (config->oidc_issuer);
  self->client_id = g_strdup (config->oidc_client_id);
  if (!read_secret (self, config->oidc_secret_file, error))
    {
      weft_relay_oidc_free (self);
      return NULL;
    }

  weft_relay_router_add (weft_relay_get_router (relay), "GET", "/api/auth/:provider", login_cb, self);
  weft_relay_router_add (weft_relay_get_router (relay), "GET", "/api/auth/:provider/callback", callback_cb, self);
  look_up (self);
  return self;
}

void
weft_relay_oidc_free (WeftRelayOidc *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->source, g_source_remove);
  g_object_unref (self->session);
  g_object_unref (self->cancellable);
  g_clear_pointer (&self->trust, weft_relay_jwt_trust_free);
  g_free (self->issuer);
  g_free (self->client_id);
  g_free (self->client_secret);
  g_free (self->authorization_url);
  g_free (self->token_url);
  g_free (self->keys_url);
  g_free (self);
}
