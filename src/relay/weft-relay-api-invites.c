/* weft-relay-api-invites.c - calls: making, showing, accepting and revoking invites
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-call.h"

#include "relay/weft-relay-invites.h"
#include "relay/weft-relay-pages.h"
#include "sync/weft-link.h"

#define DAY_MS (G_GINT64_CONSTANT (24) * 3600 * 1000)

#define LIST   "SELECT i.id, i.board_id, i.role, i.created_by, i.created_ms, i.expires_ms FROM invites i" \
               " WHERE i.workspace_id = ?1 AND i.used_ms IS NULL AND i.revoked_ms IS NULL AND i.expires_ms > ?2" \
               " ORDER BY i.created_ms DESC, i.id LIMIT 500"
#define FIND   "SELECT workspace_id, board_id, created_by FROM invites WHERE id = ?1"

static char *
make_link (WeftRelayCall *call,
           const char    *workspace,
           const char    *board,
           const char    *token)
{
  g_autoptr(WeftLink) link = weft_link_new_join (call->relay_url, workspace, board, token);

  return weft_link_to_string (link);
}

/* How long it is to be good; 0: that was refused. */
static gint64
read_expiry (WeftRelayCall *call)
{
  gint64 seconds = weft_relay_call_get_int64 (call, "expires_in", WEFT_RELAY_INVITE_DAYS * DAY_MS / 1000);
  JsonNode *node = json_object_get_member (call->body, "expires_in");

  if ((node != NULL && (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64)) ||
      seconds < 1 || seconds > WEFT_RELAY_INVITE_MAX_DAYS * DAY_MS / 1000)
    {
      weft_relay_call_refuse (call, 400, "“expires_in” must be a number of seconds, at most %d days.",
                              WEFT_RELAY_INVITE_MAX_DAYS);
      return 0;
    }
  return call->now_ms + seconds * 1000;
}

static void
answer_new (WeftRelayCall *call,
            WeftRelaySql  *sql,
            const char    *workspace,
            const char    *board,
            const char    *role)
{
  gint64 expires_ms = read_expiry (call);
  g_autofree char *id = NULL;
  g_autofree char *token = NULL;
  g_autofree char *url = NULL;
  g_autofree char *link = NULL;
  g_autoptr(JsonBuilder) builder = json_builder_new ();

  if (expires_ms == 0)
    return;

  token = weft_relay_invites_add (sql, workspace, board, role, call->user, call->now_ms, expires_ms, &id);
  url = g_strconcat (call->base_url, "/invite/", token, NULL);
  link = make_link (call, workspace, board, token);

  json_builder_begin_object (builder);
  weft_relay_json_add_string (builder, "id", id);
  weft_relay_json_add_string (builder, "token", token);
  weft_relay_json_add_string (builder, "url", url);
  weft_relay_json_add_string (builder, "link", link);
  weft_relay_json_add_string (builder, "workspace_id", workspace);
  weft_relay_json_add_string (builder, "board_id", board);
  weft_relay_json_add_string (builder, "role", role);
  weft_relay_json_add_time (builder, "expires_at", expires_ms);
  json_builder_end_object (builder);
  weft_relay_call_answer (call, 201, json_builder_get_root (builder));
}

static void
invite_to_workspace (WeftRelayCall *call,
                     WeftRelaySql  *sql)
{
  const char *workspace = weft_relay_call_get_param (call, "id");
  WeftRelayRank own = weft_relay_call_get_rank (call, sql, workspace);
  const char *wished = weft_relay_call_get_string (call, "role");
  WeftRelayRank rank = json_object_has_member (call->body, "role") ? weft_relay_rank_from_string (wished)
                                                                   : WEFT_RELAY_RANK_MEMBER;

  if (own == WEFT_RELAY_RANK_NONE)
    weft_relay_call_refuse_unknown (call);
  else if (rank == WEFT_RELAY_RANK_NONE)
    weft_relay_call_refuse (call, 400, "“role” must be “owner”, “admin”, “member” or “viewer”.");
  else if (own < WEFT_RELAY_RANK_ADMIN || (own == WEFT_RELAY_RANK_ADMIN && rank >= WEFT_RELAY_RANK_ADMIN))
    weft_relay_call_refuse (call, 403, "Owners may invite; admins may invite members and viewers.");
  else
    answer_new (call, sql, workspace, NULL, weft_relay_rank_to_string (rank));
}

static void
invite_to_board (WeftRelayCall *call,
                 WeftRelaySql  *sql)
{
  const char *board = weft_relay_call_get_param (call, "id");
  gboolean deleted = FALSE;
  g_autofree char *workspace = weft_relay_accounts_dup_workspace_of (sql, board, &deleted);
  WeftRelayRole own;
  WeftRelayRole role = json_object_has_member (call->body, "role")
                         ? weft_relay_role_from_string (weft_relay_call_get_string (call, "role"))
                         : WEFT_RELAY_ROLE_EDITOR;

  if (workspace == NULL)
    {
      /* A page that was made in Weft, and that no call was about yet. */
      workspace = weft_relay_pages_dup_workspace_of (call, sql, board);
      if (workspace != NULL && !weft_relay_pages_know (call, sql, workspace))
        return;
      g_free (workspace);
      workspace = weft_relay_accounts_dup_workspace_of (sql, board, &deleted);
    }

  own = workspace != NULL ? weft_relay_call_get_role (call, sql, workspace, board, deleted) : WEFT_RELAY_ROLE_NONE;
  if (own == WEFT_RELAY_ROLE_NONE || deleted)
    weft_relay_call_refuse_unknown (call);
  else if (own < WEFT_RELAY_ROLE_OWNER)
    weft_relay_call_refuse (call, 403, "Only an owner of this board may invite to it.");
  else if (role == WEFT_RELAY_ROLE_NONE)
    weft_relay_call_refuse (call, 400, "“role” must be “owner”, “editor” or “viewer”.");
  else
    answer_new (call, sql, workspace, board, weft_relay_role_to_string (role));
}

static void
list (WeftRelayCall *call,
      WeftRelaySql  *sql)
{
  const char *workspace = weft_relay_call_get_param (call, "id");
  WeftRelayRank own = weft_relay_call_get_rank (call, sql, workspace);
  g_autoptr(WeftRelayRows) rows = NULL;
  g_autoptr(JsonBuilder) builder = json_builder_new ();

  if (own < WEFT_RELAY_RANK_ADMIN)
    {
      if (own == WEFT_RELAY_RANK_NONE)
        weft_relay_call_refuse_unknown (call);
      else
        weft_relay_call_refuse (call, 403, "Owners and admins see who is invited.");
      return;
    }

  rows = weft_relay_sql_query (sql, LIST, "si", workspace, call->now_ms);
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "invites");
  json_builder_begin_array (builder);
  for (guint i = 0; i < weft_relay_rows_get_n (rows); i++)
    {
      json_builder_begin_object (builder);
      weft_relay_json_add_string (builder, "id", weft_relay_rows_get_text (rows, i, 0));
      weft_relay_json_add_string (builder, "board_id", weft_relay_rows_get_text (rows, i, 1));
      weft_relay_json_add_string (builder, "role", weft_relay_rows_get_text (rows, i, 2));
      weft_relay_json_add_string (builder, "created_by", weft_relay_rows_get_text (rows, i, 3));
      weft_relay_json_add_time (builder, "created_at", weft_relay_rows_get_int64 (rows, i, 4));
      weft_relay_json_add_time (builder, "expires_at", weft_relay_rows_get_int64 (rows, i, 5));
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  weft_relay_call_answer (call, 200, json_builder_get_root (builder));
}

/* By its id: whoever made it, and whoever could have. */
static void
revoke_invite (WeftRelayCall *call,
               WeftRelaySql  *sql)
{
  const char *id = weft_relay_call_get_param (call, "token");
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, FIND, "s", id);
  const char *workspace;
  const char *board;
  gboolean may;

  if (weft_relay_rows_get_n (rows) == 0)
    {
      weft_relay_call_refuse_unknown (call);
      return;
    }

  workspace = weft_relay_rows_get_text (rows, 0, 0);
  board = weft_relay_rows_get_text (rows, 0, 1);
  may = weft_relay_call_get_rank (call, sql, workspace) >= WEFT_RELAY_RANK_ADMIN ||
        g_strcmp0 (weft_relay_rows_get_text (rows, 0, 2), call->user) == 0 ||
        (board != NULL && weft_relay_call_get_role (call, sql, workspace, board, FALSE) >= WEFT_RELAY_ROLE_OWNER);

  if (!may)
    weft_relay_call_refuse_unknown (call);
  else if (!weft_relay_invites_revoke (sql, id, call->now_ms))
    weft_relay_call_refuse (call, 409, "It was used or revoked already.");
  else
    weft_relay_call_answer_empty (call);
}

/* --- accepting --- */

static void
refuse_invite (WeftRelayCall *call)
{
  call->guessed = TRUE;
  weft_relay_call_refuse (call, 404, "This invite is not good: it was used, it was revoked, it has expired, or it never was. "
                                     "Ask for a new one.");
}

static void
answer_accepted (WeftRelayCall         *call,
                 WeftRelaySql          *sql,
                 const WeftRelayInvite *invite,
                 const char            *user,
                 const char            *device_name)
{
  g_autoptr(JsonBuilder) builder = json_builder_new ();
  gboolean in_cookie = weft_relay_call_get_flag (call, "cookie");

  json_builder_begin_object (builder);
  /* Whoever is signed in here already stays with that. */
  if (call->user == NULL || device_name != NULL)
    {
      g_autoptr(WeftRelayDevice) device = weft_relay_devices_add (sql, user, device_name != NULL ? device_name : "?",
                                                                  invite->workspace, call->now_ms);

      weft_relay_call_add_tokens (call, sql, builder, device, in_cookie);
    }
  weft_relay_json_add_string (builder, "workspace_id", invite->workspace);
  weft_relay_json_add_string (builder, "board_id", invite->board);
  weft_relay_json_add_string (builder, "role", invite->role);
  weft_relay_json_add_string (builder, "title", invite->title);
  json_builder_end_object (builder);
  weft_relay_call_answer (call, 200, json_builder_get_root (builder));
}

static void
accept_invite (WeftRelayCall *call,
               WeftRelaySql  *sql)
{
  const char *token = weft_relay_call_get_param (call, "token");
  const char *name = weft_relay_call_get_string (call, "name");
  const char *device_name = weft_relay_call_get_string (call, "device");
  g_autoptr(WeftRelayInvite) found = NULL;
  g_autoptr(WeftRelayInvite) invite = NULL;
  g_autofree char *user = g_strdup (call->user);

  if ((device_name != NULL && !weft_relay_accounts_is_name (device_name)) ||
      (user == NULL && !weft_relay_accounts_is_name (name)))
    {
      weft_relay_call_refuse (call, 400, "“name” says who you are: a string of 1 to 200 characters; so does “device”.");
      return;
    }

  /* Before a person is made for it. */
  found = weft_relay_invites_find (sql, token, call->now_ms);
  if (found != NULL && user == NULL)
    user = weft_relay_accounts_add_user (sql, name, NULL, call->now_ms);
  invite = found != NULL ? weft_relay_invites_redeem (sql, token, user, call->now_ms) : NULL;
  if (invite == NULL)
    {
      refuse_invite (call);
      return;
    }

  weft_relay_call_recheck (call, user);
  answer_accepted (call, sql, invite, user, device_name);
}

/* What the page of an invite shows; the page itself is made of this on the main thread. */
static void
show (WeftRelayCall *call,
      WeftRelaySql  *sql)
{
  const char *token = weft_relay_call_get_param (call, "token");
  g_autoptr(WeftRelayInvite) invite = weft_relay_invites_find (sql, token, call->now_ms);
  g_autoptr(JsonBuilder) builder = json_builder_new ();
  g_autofree char *link = NULL;

  if (invite == NULL)
    {
      refuse_invite (call);
      return;
    }

  link = make_link (call, invite->workspace, invite->board, token);
  json_builder_begin_object (builder);
  weft_relay_json_add_string (builder, "title", invite->title);
  weft_relay_json_add_string (builder, "role", invite->role);
  weft_relay_json_add_string (builder, "link", link);
  weft_relay_json_add_string (builder, "relay", call->relay_url);
  weft_relay_json_add_string (builder, "workspace_id", invite->workspace);
  weft_relay_json_add_string (builder, "board_id", invite->board);
  json_builder_end_object (builder);
  weft_relay_call_answer (call, 200, json_builder_get_root (builder));
}

const WeftRelayEndpoint weft_relay_invite_endpoints[] = {
  { "POST", "/api/workspaces/:id/invite", WEFT_RELAY_CALL_PERSON, TRUE, invite_to_workspace },
  { "GET", "/api/workspaces/:id/invites", WEFT_RELAY_CALL_PERSON, FALSE, list },
  { "POST", "/api/boards/:id/invite", WEFT_RELAY_CALL_PERSON, TRUE, invite_to_board },
  { "GET", "/api/invites/:token", WEFT_RELAY_CALL_ANYBODY, FALSE, show },
  { "DELETE", "/api/invites/:token", WEFT_RELAY_CALL_PERSON, FALSE, revoke_invite },
  { "POST", "/api/invites/:token/accept", WEFT_RELAY_CALL_ANYBODY, TRUE, accept_invite },
  { NULL },
};
