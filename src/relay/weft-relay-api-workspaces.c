/* weft-relay-api-workspaces.c - calls: workspaces and their members
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-call.h"
#include "relay/weft-relay-invites.h"

#include "notebook/weft-page-id.h"

#define COLUMNS       "w.id, w.name, w.personal_of, w.created_ms, m.role"
#define LIST          "SELECT " COLUMNS " FROM workspace_members m JOIN workspaces w ON w.id = m.workspace_id" \
                      " WHERE m.user_id = ?1 AND w.deleted_ms IS NULL ORDER BY w.created_ms, w.id"
#define GET           "SELECT " COLUMNS " FROM workspace_members m JOIN workspaces w ON w.id = m.workspace_id" \
                      " WHERE m.workspace_id = ?1 AND m.user_id = ?2 AND w.deleted_ms IS NULL"
#define RENAME        "UPDATE workspaces SET name = ?1 WHERE id = ?2"
#define DELETE        "UPDATE workspaces SET deleted_ms = ?1 WHERE id = ?2 AND personal_of IS NULL RETURNING id"
#define LIST_MEMBERS  "SELECT m.user_id, u.name, m.role, m.since_ms FROM workspace_members m JOIN users u ON u.id = m.user_id" \
                      " WHERE m.workspace_id = ?1 ORDER BY m.since_ms, m.user_id"
#define LIST_EVERYBODY "SELECT user_id FROM workspace_members WHERE workspace_id = ?1 UNION SELECT m.user_id" \
                      " FROM board_members m JOIN boards b ON b.id = m.board_id WHERE b.workspace_id = ?1"
#define GET_MEMBER    "SELECT m.user_id, u.name, m.role, m.since_ms FROM workspace_members m JOIN users u ON u.id = m.user_id" \
                      " WHERE m.workspace_id = ?1 AND m.user_id = ?2"

static void
add_workspace (JsonBuilder   *builder,
               WeftRelayRows *rows,
               guint          row)
{
  json_builder_begin_object (builder);
  weft_relay_json_add_string (builder, "id", weft_relay_rows_get_text (rows, row, 0));
  weft_relay_json_add_string (builder, "name", weft_relay_rows_get_text (rows, row, 1));
  json_builder_set_member_name (builder, "personal");
  json_builder_add_boolean_value (builder, weft_relay_rows_get_text (rows, row, 2) != NULL);
  weft_relay_json_add_time (builder, "created_at", weft_relay_rows_get_int64 (rows, row, 3));
  weft_relay_json_add_string (builder, "role", weft_relay_rows_get_text (rows, row, 4));
  json_builder_end_object (builder);
}

static void
list (WeftRelayCall *call,
      WeftRelaySql  *sql)
{
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, LIST, "s", call->user);
  g_autoptr(JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "workspaces");
  json_builder_begin_array (builder);
  for (guint i = 0; i < weft_relay_rows_get_n (rows); i++)
    add_workspace (builder, rows, i);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  weft_relay_call_answer (call, 200, json_builder_get_root (builder));
}

static void
answer_workspace (WeftRelayCall *call,
                  WeftRelaySql  *sql,
                  guint          status,
                  const char    *workspace)
{
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, GET, "ss", workspace, call->user);
  g_autoptr(JsonBuilder) builder = json_builder_new ();

  if (weft_relay_rows_get_n (rows) == 0)
    {
      weft_relay_call_refuse_unknown (call);
      return;
    }

  add_workspace (builder, rows, 0);
  weft_relay_call_answer (call, status, json_builder_get_root (builder));
}

/* With an id, a notebook that is on somebody's computer already finds its place here. */
static void
create (WeftRelayCall *call,
        WeftRelaySql  *sql)
{
  const char *name = weft_relay_call_get_string (call, "name");
  const char *wished = weft_relay_call_get_string (call, "id");
  g_autofree char *id = wished != NULL ? g_strdup (wished) : weft_relay_accounts_new_id ();
  WeftPageId parsed;

  if (!weft_relay_accounts_is_name (name))
    weft_relay_call_refuse (call, 400, "“name” must be a string of 1 to 200 characters.");
  else if (!weft_page_id_parse (&parsed, id) || weft_page_id_is_root (&parsed) || weft_page_id_is_trash (&parsed))
    weft_relay_call_refuse (call, 400, "“id” must be the id of a notebook: 26 characters of base32.");
  else if (weft_relay_accounts_add_workspace (sql, id, name, NULL, call->now_ms))
    {
      weft_relay_accounts_set_rank (sql, id, call->user, WEFT_RELAY_RANK_OWNER, call->now_ms);
      weft_relay_call_recheck (call, call->user);
      answer_workspace (call, sql, 201, id);
    }
  else if (weft_relay_accounts_get_rank (sql, id, call->user) != WEFT_RELAY_RANK_NONE)
    answer_workspace (call, sql, 200, id);
  else
    weft_relay_call_refuse (call, 409, "A notebook of this id is here already, and not yours; ask for an invite to it.");
}

static void
get (WeftRelayCall *call,
     WeftRelaySql  *sql)
{
  answer_workspace (call, sql, 200, weft_relay_call_get_param (call, "id"));
}

static gboolean
require_rank (WeftRelayCall *call,
              WeftRelaySql  *sql,
              WeftRelayRank  needed)
{
  WeftRelayRank rank = weft_relay_call_get_rank (call, sql, weft_relay_call_get_param (call, "id"));

  if (rank == WEFT_RELAY_RANK_NONE)
    return weft_relay_call_refuse_unknown (call);
  if (rank < needed)
    return weft_relay_call_refuse (call, 403, "That needs the role “%s” in this workspace; yours is “%s”.",
                                   weft_relay_rank_to_string (needed), weft_relay_rank_to_string (rank));
  return TRUE;
}

static void
rename_workspace (WeftRelayCall *call,
                  WeftRelaySql  *sql)
{
  const char *name = weft_relay_call_get_string (call, "name");

  if (!require_rank (call, sql, WEFT_RELAY_RANK_ADMIN))
    return;
  if (!weft_relay_accounts_is_name (name))
    {
      weft_relay_call_refuse (call, 400, "“name” must be a string of 1 to 200 characters.");
      return;
    }

  weft_relay_sql_run (sql, RENAME, "ss", name, weft_relay_call_get_param (call, "id"));
  get (call, sql);
}

static void
delete_workspace (WeftRelayCall *call,
                  WeftRelaySql  *sql)
{
  const char *id = weft_relay_call_get_param (call, "id");
  g_autoptr(WeftRelayRows) people = NULL;

  if (!require_rank (call, sql, WEFT_RELAY_RANK_OWNER))
    return;

  people = weft_relay_sql_query (sql, LIST_EVERYBODY, "s", id);
  if (weft_relay_sql_run (sql, DELETE, "is", call->now_ms, id) == 0)
    {
      weft_relay_call_refuse (call, 409, "Your personal workspace stays.");
      return;
    }

  for (guint i = 0; i < weft_relay_rows_get_n (people); i++)
    weft_relay_call_recheck (call, weft_relay_rows_get_text (people, i, 0));
  weft_relay_call_answer_empty (call);
}

/* --- members --- */

static void
list_members (WeftRelayCall *call,
              WeftRelaySql  *sql)
{
  g_autoptr(WeftRelayRows) rows = NULL;

  if (!require_rank (call, sql, WEFT_RELAY_RANK_VIEWER))
    return;

  rows = weft_relay_sql_query (sql, LIST_MEMBERS, "s", weft_relay_call_get_param (call, "id"));
  weft_relay_call_answer_members (call, rows);
}

static void
answer_member (WeftRelayCall *call,
               WeftRelaySql  *sql)
{
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, GET_MEMBER, "ss", weft_relay_call_get_param (call, "id"),
                                                        weft_relay_call_get_param (call, "user"));

  weft_relay_call_answer_member (call, rows);
}

static void
get_member (WeftRelayCall *call,
            WeftRelaySql  *sql)
{
  if (require_rank (call, sql, WEFT_RELAY_RANK_VIEWER))
    answer_member (call, sql);
}

/* Who may make somebody's rank @before into @after: owners anything, admins below their own. */
static gboolean
may_change (WeftRelayCall *call,
            WeftRelayRank  own,
            WeftRelayRank  before,
            WeftRelayRank  after)
{
  if (own == WEFT_RELAY_RANK_OWNER ||
      (own == WEFT_RELAY_RANK_ADMIN && before < WEFT_RELAY_RANK_ADMIN && after < WEFT_RELAY_RANK_ADMIN))
    return TRUE;

  return weft_relay_call_refuse (call, 403, "Owners may do that; admins for members and viewers only.");
}

/* What somebody keeps who may less than before: not the invites that they gave, nor, where they may not write any more,
 * the boards that are theirs because they made them. */
static void
take_back (WeftRelayCall *call,
           WeftRelaySql  *sql,
           const char    *workspace,
           const char    *user,
           WeftRelayRank  after)
{
  weft_relay_invites_revoke_of (sql, workspace, NULL, user, call->now_ms);
  if (after < WEFT_RELAY_RANK_MEMBER)
    weft_relay_accounts_drop_roles (sql, workspace, user);
}

static gboolean
change_rank (WeftRelayCall *call,
             WeftRelaySql  *sql,
             WeftRelayRank  after)
{
  const char *workspace = weft_relay_call_get_param (call, "id");
  const char *user = weft_relay_call_get_param (call, "user");
  WeftRelayRank own = weft_relay_call_get_rank (call, sql, workspace);
  WeftRelayRank before = weft_relay_accounts_get_rank (sql, workspace, user);
  g_autofree char *name = NULL;

  if (own == WEFT_RELAY_RANK_NONE)
    return weft_relay_call_refuse_unknown (call);

  /* Everybody may leave. */
  if (!(after == WEFT_RELAY_RANK_NONE && g_str_equal (user, call->user)) && !may_change (call, own, before, after))
    return FALSE;

  name = weft_relay_accounts_dup_user_name (sql, user);
  if (name == NULL || (after == WEFT_RELAY_RANK_NONE && before == WEFT_RELAY_RANK_NONE))
    return weft_relay_call_refuse_unknown (call);

  if (before == WEFT_RELAY_RANK_OWNER && after != WEFT_RELAY_RANK_OWNER &&
      weft_relay_accounts_count_owners (sql, workspace) <= 1)
    return weft_relay_call_refuse (call, 409, "A workspace keeps one owner at least; make somebody else an owner first.");

  weft_relay_accounts_set_rank (sql, workspace, user, after, call->now_ms);
  if (after < before)
    take_back (call, sql, workspace, user, after);
  weft_relay_call_recheck (call, user);
  return TRUE;
}

static void
put_member (WeftRelayCall *call,
            WeftRelaySql  *sql)
{
  WeftRelayRank rank = weft_relay_rank_from_string (weft_relay_call_get_string (call, "role"));

  /* Who may not even see it learns nothing from a complaint about the body. */
  if (!require_rank (call, sql, WEFT_RELAY_RANK_VIEWER))
    return;
  if (rank == WEFT_RELAY_RANK_NONE)
    weft_relay_call_refuse (call, 400, "“role” must be “owner”, “admin”, “member” or “viewer”.");
  else if (change_rank (call, sql, rank))
    answer_member (call, sql);
}

static void
delete_member (WeftRelayCall *call,
               WeftRelaySql  *sql)
{
  if (change_rank (call, sql, WEFT_RELAY_RANK_NONE))
    weft_relay_call_answer_empty (call);
}

const WeftRelayEndpoint weft_relay_workspace_endpoints[] = {
  { "GET", "/api/workspaces", WEFT_RELAY_CALL_PERSON, FALSE, list },
  { "POST", "/api/workspaces", WEFT_RELAY_CALL_PERSON, TRUE, create },
  { "GET", "/api/workspaces/:id", WEFT_RELAY_CALL_PERSON, FALSE, get },
  { "PATCH", "/api/workspaces/:id", WEFT_RELAY_CALL_PERSON, TRUE, rename_workspace },
  { "DELETE", "/api/workspaces/:id", WEFT_RELAY_CALL_PERSON, FALSE, delete_workspace },
  { "GET", "/api/workspaces/:id/members", WEFT_RELAY_CALL_PERSON, FALSE, list_members },
  { "GET", "/api/workspaces/:id/members/:user", WEFT_RELAY_CALL_PERSON, FALSE, get_member },
  { "PUT", "/api/workspaces/:id/members/:user", WEFT_RELAY_CALL_PERSON, TRUE, put_member },
  { "DELETE", "/api/workspaces/:id/members/:user", WEFT_RELAY_CALL_PERSON, FALSE, delete_member },
  { NULL },
};
