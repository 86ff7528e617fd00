/* weft-relay-permission.c - /internal: another service asks who may do what
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-permission.h"

#include <string.h>

#include "relay/weft-relay-accounts.h"
#include "relay/weft-relay-secret.h"

#define SCHEME "Internal-Secret "

/* Shorter ones can be guessed. */
#define MIN_SECRET 16

struct _WeftRelayPermission
{
  WeftRelayApi       *api;
  WeftRelayStorePort *port;
  char               *secret; /* nullable: nobody may ask */
  gboolean            read_only;
};

typedef struct
{
  WeftRelayRequest *request; /* held */
  char             *board;
  char             *user;
  gboolean          read_only; /* nobody may write at all */
  gboolean          there;
  WeftRelayRole     role;
} Question;

static void
question_free (gpointer data)
{
  Question *self = data;

  g_free (self->board);
  g_free (self->user);
  g_free (self);
}

static gboolean
work (WeftRelaySql *sql,
      gpointer      data)
{
  Question *self = data;
  gboolean deleted = FALSE;
  g_autofree char *workspace = weft_relay_accounts_dup_workspace_of (sql, self->board, &deleted);
  g_autofree char *name = weft_relay_accounts_dup_user_name (sql, self->user);

  self->there = workspace != NULL;
  if (workspace != NULL && name != NULL)
    self->role = weft_relay_accounts_get_role (sql, workspace, self->board, deleted, self->user);
  return TRUE;
}

static void
done_cb (const GError *error,
         gpointer      data)
{
  Question *self = data;
  JsonObject *object;
  JsonNode *node;

  if (error != NULL || !self->there)
    {
      weft_relay_request_reply_problem (self->request, error != NULL ? 503 : 404, "%s",
                                        error != NULL ? "Rights cannot be looked up now." : "There is no such board.");
    }
  else
    {
      object = json_object_new ();
      node = json_node_new (JSON_NODE_OBJECT);
      json_object_set_string_member (object, "board_id", self->board);
      json_object_set_string_member (object, "user_id", self->user);
      if (self->role != WEFT_RELAY_ROLE_NONE)
        json_object_set_string_member (object, "role", weft_relay_role_to_string (self->role));
      else
        json_object_set_null_member (object, "role");
      json_object_set_boolean_member (object, "can_read", self->role >= WEFT_RELAY_ROLE_VIEWER);
      json_object_set_boolean_member (object, "can_write", !self->read_only && self->role >= WEFT_RELAY_ROLE_EDITOR);
      json_node_take_object (node, object);
      weft_relay_request_reply_json (self->request, 200, node);
    }
  weft_relay_request_release (self->request);
}

static void
permission_cb (WeftRelayRequest *request,
               gpointer          user_data)
{
  WeftRelayPermission *self = user_data;
  const char *header = weft_relay_request_get_header (request, "Authorization");
  const char *user = weft_relay_request_get_query (request, "userId");
  const char *given = header != NULL && g_str_has_prefix (header, SCHEME) ? header + strlen (SCHEME) : "";
  Question *question;

  if (self->secret == NULL)
    {
      weft_relay_request_reply_problem (request, 404, "There is nothing here; the option --internal-secret-file opens it.");
      return;
    }
  if (!weft_relay_secret_equal (self->secret, strlen (self->secret), given, strlen (given)))
    {
      if (weft_relay_api_take_try (self->api, request))
        {
          weft_relay_request_set_header (request, "WWW-Authenticate", "Internal-Secret");
          weft_relay_request_reply_problem (request, 401, "This is for services that know the secret.");
        }
      return;
    }
  if (user == NULL)
    {
      weft_relay_request_reply_problem (request, 400, "“userId” is missing in the query.");
      return;
    }

  question = g_new0 (Question, 1);
  question->request = request;
  question->read_only = self->read_only;
  question->board = g_strdup (weft_relay_request_get_param (request, "id"));
  question->user = g_strdup (user);
  weft_relay_request_hold (request);
  weft_relay_store_run (self->port, work, done_cb, question, question_free);
}

static gboolean
read_secret (WeftRelayPermission *self,
             const char          *path,
             GError             **error)
{
  if (!g_file_get_contents (path, &self->secret, NULL, error))
    return FALSE;

  g_strstrip (self->secret);
  if (strlen (self->secret) >= MIN_SECRET)
    return TRUE;

  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "the secret in %s has fewer than %d characters", path, MIN_SECRET);
  return FALSE;
}

WeftRelayPermission *
weft_relay_permission_new (WeftRelay    *relay,
                           WeftRelayApi *api,
                           GError      **error)
{
  const char *path = weft_relay_get_config (relay)->internal_secret_file;
  WeftRelayPermission *self = g_new0 (WeftRelayPermission, 1);

  self->api = api;
  self->port = weft_relay_store_open_port (weft_relay_get_store (relay));
  self->read_only = weft_relay_get_config (relay)->mirror != NULL;
  if (path != NULL && !read_secret (self, path, error))
    {
      weft_relay_permission_free (self);
      return NULL;
    }

  weft_relay_router_add (weft_relay_get_router (relay), "GET", "/internal/boards/:id/permission", permission_cb, self);
  return self;
}

void
weft_relay_permission_free (WeftRelayPermission *self)
{
  weft_relay_store_port_close (self->port);
  g_free (self->secret);
  g_free (self);
}
