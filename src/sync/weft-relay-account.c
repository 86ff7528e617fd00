/* weft-relay-account.c - who we are at a relay that has accounts
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "sync/weft-relay-account.h"

#include <glib/gi18n-lib.h>
#include <libsoup/soup.h>
#include <string.h>

#include "sync/weft-sync-request.h"

/* An answer is never larger. */
#define MAX_ANSWER (1024 * 1024)

/* A token is renewed when so much of its life is over; after a failure, it is tried again this late. */
#define RENEW_AT      0.75
#define RETRY_SECONDS 20


struct _WeftRelayAccount
{
  GObject               parent_instance;

  char                 *relay;
  SoupSession          *session;
  GCancellable         *cancellable;   /* of what is under way for ourselves */
  WeftRelayAccountState state;
  char                 *token;         /* nullable */
  char                 *user;          /* nullable */
  char                 *refresh;       /* nullable: the refresh token, and what asks for the next one again */
  char                 *request_id;
  gboolean              renewing;
  guint                 renew_source;
};

G_DEFINE_FINAL_TYPE (WeftRelayAccount, weft_relay_account, G_TYPE_OBJECT)

enum
{
  SIGNAL_CHANGED,
  SIGNAL_SECRET,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* One call */
typedef struct
{
  SoupMessage *message;
} Call;

static void
call_free (gpointer data)
{
  Call *self = data;

  g_clear_object (&self->message);
  g_free (self);
}

static void
set_state (WeftRelayAccount     *self,
           WeftRelayAccountState state)
{
  self->state = state;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* --- calls --- */

static void
return_answer (GTask       *task,
               SoupMessage *message,
               GBytes      *body)
{
  guint status = soup_message_get_status (message);
  gsize size;
  const char *text = g_bytes_get_data (body, &size);
  g_autoptr(JsonParser) parser = json_parser_new_immutable ();
  JsonObject *object = NULL;

  if (size > 0 && size <= MAX_ANSWER && json_parser_load_from_data (parser, text, (gssize) size, NULL) &&
      JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    object = json_node_get_object (json_parser_get_root (parser));

  if (status >= 200 && status < 300 && (object != NULL || size == 0))
    {
      g_task_return_pointer (task, object != NULL ? json_object_ref (object) : json_object_new (),
                             (GDestroyNotify) json_object_unref);
    }
  else if (status >= 400 && status < 500 && object != NULL && json_object_has_member (object, "detail"))
    {
      g_task_return_new_error (task, WEFT_SYNC_ERROR,
                               status == 429 ? WEFT_SYNC_ERROR_UNREACHABLE : WEFT_SYNC_ERROR_DENIED, "%s",
                               json_object_get_string_member_with_default (object, "detail", ""));
    }
  else
    {
      /* Translators: %u is the number of an error, as in "404" */
      g_task_return_new_error (task, WEFT_SYNC_ERROR, WEFT_SYNC_ERROR_UNREACHABLE,
                               _("The relay answers with error %u; it may have no accounts"), status);
    }
}

static void
answered_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Call *call = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) body = soup_session_send_and_read_finish (SOUP_SESSION (source), result, &error);

  if (body != NULL)
    return_answer (task, call->message, body);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_new_error (task, WEFT_SYNC_ERROR, WEFT_SYNC_ERROR_UNREACHABLE, _("The relay cannot be reached: %s"),
                             error->message);
}

static void
send_call (WeftRelayAccount    *self,
           const char          *method,
           const char          *path,
           const char          *token,
           JsonNode            *body,
           GCancellable        *cancellable,
           GAsyncReadyCallback  callback,
           gpointer             user_data)
{
  g_autoptr(GTask) task = g_task_new (self, cancellable, callback, user_data);
  /* ws: becomes http:, wss: https: */
  g_autofree char *address = g_strconcat ("http", self->relay + strlen ("ws"), path, NULL);
  Call *call = g_new0 (Call, 1);

  g_task_set_source_tag (task, send_call);
  g_task_set_task_data (task, call, call_free);
  call->message = weft_sync_request_new (method, address, token);
  if (call->message == NULL)
    {
      g_task_return_new_error (task, WEFT_SYNC_ERROR, WEFT_SYNC_ERROR_INVALID_ADDRESS, _("This is no address of a relay"));
      g_clear_pointer (&body, json_node_unref);
      return;
    }

  if (body != NULL)
    {
      char *text = json_to_string (body, FALSE);
      g_autoptr(GBytes) bytes = g_bytes_new_take (text, strlen (text));

      soup_message_set_request_body_from_bytes (call->message, "application/json", bytes);
      json_node_unref (body);
    }

  soup_session_send_and_read_async (self->session, call->message, G_PRIORITY_DEFAULT, cancellable, answered_cb,
                                    g_steal_pointer (&task));
}

JsonObject *
weft_relay_account_call_finish (WeftRelayAccount *self,
                                GAsyncResult     *result,
                                GError          **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
weft_relay_account_call_async (WeftRelayAccount    *self,
                               const char          *method,
                               const char          *path,
                               JsonNode            *body,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  g_return_if_fail (WEFT_IS_RELAY_ACCOUNT (self));

  send_call (self, method, path, self->token, body, cancellable, callback, user_data);
}

/* --- tokens --- */

static char *
make_request_id (void)
{
  g_autofree char *first = g_uuid_string_random ();
  g_autofree char *second = g_uuid_string_random ();

  return g_strconcat (first, second, NULL);
}

static void
renew_later (WeftRelayAccount *self,
             guint             seconds);

/* What the relay said when it let us in. */
static gboolean
take_tokens (WeftRelayAccount *self,
             JsonObject       *answer)
{
  const char *token = json_object_get_string_member_with_default (answer, "access_token", NULL);
  const char *refresh = json_object_get_string_member_with_default (answer, "refresh_token", NULL);
  gint64 seconds = json_object_get_int_member_with_default (answer, "expires_in", 0);
  JsonNode *user = json_object_get_member (answer, "user");
  g_autofree char *secret = NULL;

  if (token == NULL || refresh == NULL || seconds <= 0)
    return FALSE;

  g_free (self->token);
  self->token = g_strdup (token);
  g_free (self->refresh);
  self->refresh = g_strdup (refresh);
  g_free (self->request_id);
  self->request_id = make_request_id ();
  if (user != NULL && JSON_NODE_HOLDS_OBJECT (user))
    {
      g_free (self->user);
      self->user = g_strdup (json_object_get_string_member_with_default (json_node_get_object (user), "id", NULL));
    }

  /* With what it will be used with: when the answer to that gets lost, the same question has the same answer. */
  secret = g_strconcat (self->refresh, " ", self->request_id, NULL);
  g_signal_emit (self, signals[SIGNAL_SECRET], 0, secret);
  renew_later (self, (guint) MAX ((double) seconds * RENEW_AT, 1));
  set_state (self, WEFT_RELAY_ACCOUNT_READY);
  return TRUE;
}

static void
forget (WeftRelayAccount *self)
{
  g_clear_pointer (&self->token, g_free);
  g_clear_pointer (&self->refresh, g_free);
  g_clear_pointer (&self->request_id, g_free);
  g_clear_handle_id (&self->renew_source, g_source_remove);
  g_signal_emit (self, signals[SIGNAL_SECRET], 0, NULL);
  set_state (self, WEFT_RELAY_ACCOUNT_REFUSED);
}

static void
renewed_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  WeftRelayAccount *self = WEFT_RELAY_ACCOUNT (source);
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonObject) answer = weft_relay_account_call_finish (self, result, &error);

  self->renewing = FALSE;
  if (answer != NULL && take_tokens (self, answer))
    return;

  if (g_error_matches (error, WEFT_SYNC_ERROR, WEFT_SYNC_ERROR_DENIED))
    forget (self);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    renew_later (self, RETRY_SECONDS);
}

void
weft_relay_account_renew (WeftRelayAccount *self)
{
  g_autoptr(JsonBuilder) builder = NULL;

  g_return_if_fail (WEFT_IS_RELAY_ACCOUNT (self));

  if (self->renewing || self->refresh == NULL)
    return;

  self->renewing = TRUE;
  g_clear_handle_id (&self->renew_source, g_source_remove);
  builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "refresh_token");
  json_builder_add_string_value (builder, self->refresh);
  json_builder_set_member_name (builder, "request_id");
  json_builder_add_string_value (builder, self->request_id);
  json_builder_end_object (builder);
  send_call (self, "POST", "/api/auth/refresh", NULL, json_builder_get_root (builder), self->cancellable, renewed_cb, NULL);
}

static gboolean
renew_cb (gpointer user_data)
{
  WeftRelayAccount *self = user_data;

  self->renew_source = 0;
  weft_relay_account_renew (self);
  return G_SOURCE_REMOVE;
}

static void
renew_later (WeftRelayAccount *self,
             guint             seconds)
{
  g_clear_handle_id (&self->renew_source, g_source_remove);
  self->renew_source = g_timeout_add_seconds (seconds, renew_cb, self);
}

void
weft_relay_account_set_secret (WeftRelayAccount *self,
                               const char       *secret)
{
  g_auto(GStrv) parts = g_strsplit (secret, " ", 2);

  g_return_if_fail (WEFT_IS_RELAY_ACCOUNT (self));

  if (self->refresh != NULL || g_strv_length (parts) != 2)
    return;

  self->refresh = g_strdup (parts[0]);
  self->request_id = g_strdup (parts[1]);
  set_state (self, WEFT_RELAY_ACCOUNT_WAITING);
  weft_relay_account_renew (self);
}

/* --- invites --- */

static char *
make_invite_path (const char *invite,
                  const char *deed)
{
  g_autofree char *escaped = g_uri_escape_string (invite, NULL, FALSE);

  return g_strconcat ("/api/invites/", escaped, deed, NULL);
}

void
weft_relay_account_look_at_async (WeftRelayAccount    *self,
                                  const char          *invite,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_autofree char *path = make_invite_path (invite, "");

  g_return_if_fail (WEFT_IS_RELAY_ACCOUNT (self));

  send_call (self, "GET", path, NULL, NULL, cancellable, callback, user_data);
}

static void
accepted_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  WeftRelayAccount *self = WEFT_RELAY_ACCOUNT (source);
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  JsonObject *answer = weft_relay_account_call_finish (self, result, &error);

  if (answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  /* Who was signed in already stays with that. */
  take_tokens (self, answer);
  g_task_return_pointer (task, answer, (GDestroyNotify) json_object_unref);
}

void
weft_relay_account_accept_async (WeftRelayAccount    *self,
                                 const char          *invite,
                                 const char          *name,
                                 const char          *device,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  GTask *task;
  g_autofree char *path = make_invite_path (invite, "/accept");
  g_autoptr(JsonBuilder) builder = json_builder_new ();

  g_return_if_fail (WEFT_IS_RELAY_ACCOUNT (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, weft_relay_account_accept_async);
  json_builder_begin_object (builder);
  if (self->token == NULL)
    {
      json_builder_set_member_name (builder, "name");
      json_builder_add_string_value (builder, name);
      json_builder_set_member_name (builder, "device");
      json_builder_add_string_value (builder, device);
    }
  json_builder_end_object (builder);
  send_call (self, "POST", path, self->token, json_builder_get_root (builder), cancellable, accepted_cb, task);
}

/* --- the object --- */

static void
weft_relay_account_dispose (GObject *object)
{
  WeftRelayAccount *self = WEFT_RELAY_ACCOUNT (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->renew_source, g_source_remove);

  G_OBJECT_CLASS (weft_relay_account_parent_class)->dispose (object);
}

static void
weft_relay_account_finalize (GObject *object)
{
  WeftRelayAccount *self = WEFT_RELAY_ACCOUNT (object);

  g_object_unref (self->session);
  g_object_unref (self->cancellable);
  g_free (self->relay);
  g_free (self->token);
  g_free (self->user);
  g_free (self->refresh);
  g_free (self->request_id);

  G_OBJECT_CLASS (weft_relay_account_parent_class)->finalize (object);
}

static void
weft_relay_account_class_init (WeftRelayAccountClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = weft_relay_account_dispose;
  object_class->finalize = weft_relay_account_finalize;

  /**
   * WeftRelayAccount::changed:
   * @self: an account
   *
   * Its state or its token.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 0);
  /**
   * WeftRelayAccount::secret:
   * @self: an account
   * @secret: (nullable): to be kept in a keyring from now on; %NULL: to be forgotten
   */
  signals[SIGNAL_SECRET] = g_signal_new ("secret", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
weft_relay_account_init (WeftRelayAccount *self)
{
  self->session = soup_session_new_with_options ("timeout", 20, "user-agent", "weft/" WEFT_VERSION, NULL);
  self->cancellable = g_cancellable_new ();
}

/**
 * weft_relay_account_new:
 * @relay: address of a relay, as weft_relay_address_parse() gives it
 *
 * Returns: nobody's account yet
 */
WeftRelayAccount *
weft_relay_account_new (const char *relay)
{
  WeftRelayAccount *self = g_object_new (WEFT_TYPE_RELAY_ACCOUNT, NULL);

  self->relay = g_strdup (relay);
  return self;
}

const char *
weft_relay_account_get_relay (WeftRelayAccount *self)
{
  return self->relay;
}

WeftRelayAccountState
weft_relay_account_get_state (WeftRelayAccount *self)
{
  return self->state;
}

const char *
weft_relay_account_get_token (WeftRelayAccount *self)
{
  return self->token;
}

const char *
weft_relay_account_get_user (WeftRelayAccount *self)
{
  return self->user;
}
