/* weft-relay-api-boards.c - calls: boards, which are the pages of a notebook, and who shares them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-call.h"

#include <string.h>

#include "relay/weft-relay-invites.h"
#include "relay/weft-relay-pages.h"
#include "relay/weft-relay-secret.h"

#define DEFAULT_PAGE 50
#define MAX_PAGE     200
#define MAX_URL      2048

#define COLUMNS      "b.id, b.workspace_id, b.name, b.thumbnail_url, b.created_ms, b.updated_ms, b.deleted_ms, b.created_by"
#define GET          "SELECT " COLUMNS " FROM boards b JOIN workspaces w ON w.id = b.workspace_id" \
                     " WHERE b.id = ?1 AND w.deleted_ms IS NULL"
/* After (?2, ?3), newest first; ?4: 1 for those in the trash; ?5: those that ?6 shares only, where it is 1 */
#define LIST         "SELECT " COLUMNS ", m.role FROM boards b LEFT JOIN board_members m ON m.board_id = b.id AND m.user_id = ?6" \
                     " WHERE b.workspace_id = ?1 AND (b.created_ms < ?2 OR (b.created_ms = ?2 AND b.id < ?3))" \
                     " AND (b.deleted_ms IS NOT NULL) = (?4 = 1) AND (?5 = 0 OR m.role IS NOT NULL)" \
                     " ORDER BY b.created_ms DESC, b.id DESC LIMIT ?7"
#define RENAME       "UPDATE boards SET name = ?1, updated_ms = ?2 WHERE id = ?3"
#define SET_THUMB    "UPDATE boards SET thumbnail_url = ?1, updated_ms = ?2 WHERE id = ?3"
#define SET_DELETED  "UPDATE boards SET deleted_ms = ?1, updated_ms = ?2 WHERE id = ?3"
#define RESTORE      "UPDATE boards SET deleted_ms = NULL, updated_ms = ?1 WHERE id = ?2"
#define LIST_MEMBERS "SELECT m.user_id, u.name, m.role, m.since_ms FROM board_members m JOIN users u ON u.id = m.user_id" \
                     " WHERE m.board_id = ?1 ORDER BY m.since_ms, m.user_id"
#define GET_MEMBER   "SELECT m.user_id, u.name, m.role, m.since_ms FROM board_members m JOIN users u ON u.id = m.user_id" \
                     " WHERE m.board_id = ?1 AND m.user_id = ?2"
#define LIST_SHARED  "SELECT user_id FROM board_members WHERE board_id = ?1"
#define HAS_SHARED   "SELECT b.id FROM board_members m JOIN boards b ON b.id = m.board_id" \
                     " WHERE b.workspace_id = ?1 AND m.user_id = ?2 LIMIT 1"

/* The board that a call is about, as far as whoever asks may know of it. */
typedef struct
{
  WeftRelayRows *rows;
  const char    *id;
  const char    *workspace;
  gboolean       deleted;
  WeftRelayRole  role;
} Board;

static void
board_clear (Board *board)
{
  g_clear_pointer (&board->rows, weft_relay_rows_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Board, board_clear)

/* Finds it, and refuses whoever has not at least @needed. */
static gboolean
find_board (WeftRelayCall *call,
            WeftRelaySql  *sql,
            WeftRelayRole  needed,
            Board         *board)
{
  const char *id = weft_relay_call_get_param (call, "id");
  g_autofree char *workspace = NULL;

  board->rows = weft_relay_sql_query (sql, GET, "s", id);
  if (weft_relay_rows_get_n (board->rows) == 0)
    {
      /* Nobody asked for it yet, but it may have been made. */
      workspace = weft_relay_pages_dup_workspace_of (call, sql, id);
      if (workspace != NULL && !weft_relay_pages_know (call, sql, workspace))
        return FALSE;
      board_clear (board);
      board->rows = weft_relay_sql_query (sql, GET, "s", id);
    }
  if (weft_relay_rows_get_n (board->rows) == 0)
    return weft_relay_call_refuse_unknown (call);

  board->id = weft_relay_rows_get_text (board->rows, 0, 0);
  board->workspace = weft_relay_rows_get_text (board->rows, 0, 1);
  board->deleted = weft_relay_rows_get_text (board->rows, 0, 6) != NULL;
  board->role = weft_relay_call_get_role (call, sql, board->workspace, board->id, board->deleted);
  if (board->role == WEFT_RELAY_ROLE_NONE)
    return weft_relay_call_refuse_unknown (call);
  if (board->role < needed)
    return weft_relay_call_refuse (call, 403, "That needs the role “%s” on this board; yours is “%s”.",
                                   weft_relay_role_to_string (needed), weft_relay_role_to_string (board->role));
  return TRUE;
}

static void
add_board (JsonBuilder   *builder,
           WeftRelayRows *rows,
           guint          row,
           WeftRelayRole  role)
{
  g_autofree char *room = g_strconcat (weft_relay_rows_get_text (rows, row, 1), "/", weft_relay_rows_get_text (rows, row, 0),
                                       NULL);

  json_builder_begin_object (builder);
  weft_relay_json_add_string (builder, "id", weft_relay_rows_get_text (rows, row, 0));
  weft_relay_json_add_string (builder, "workspace_id", weft_relay_rows_get_text (rows, row, 1));
  weft_relay_json_add_string (builder, "room", room);
  weft_relay_json_add_string (builder, "name", weft_relay_rows_get_text (rows, row, 2));
  weft_relay_json_add_string (builder, "thumbnail_url", weft_relay_rows_get_text (rows, row, 3));
  weft_relay_json_add_time (builder, "created_at", weft_relay_rows_get_int64 (rows, row, 4));
  weft_relay_json_add_time (builder, "updated_at", weft_relay_rows_get_int64 (rows, row, 5));
  weft_relay_json_add_time (builder, "deleted_at", weft_relay_rows_get_int64 (rows, row, 6));
  weft_relay_json_add_string (builder, "created_by", weft_relay_rows_get_text (rows, row, 7));
  weft_relay_json_add_string (builder, "role", weft_relay_role_to_string (role));
  json_builder_end_object (builder);
}

static void
answer_board (WeftRelayCall *call,
              WeftRelaySql  *sql,
              guint          status,
              const char    *id,
              WeftRelayRole  role)
{
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, GET, "s", id);
  g_autoptr(JsonBuilder) builder = json_builder_new ();

  if (weft_relay_rows_get_n (rows) == 0)
    {
      weft_relay_call_refuse_unknown (call);
      return;
    }

  add_board (builder, rows, 0, role);
  weft_relay_call_answer (call, status, json_builder_get_root (builder));
}

/* --- lists --- */

/* A cursor is where the last list ended: "<created ms>:<id>". */
static gboolean
read_cursor (WeftRelayCall *call,
             gint64        *created_ms,
             char         **id)
{
  const char *text = weft_relay_call_get_param (call, "cursor");
  g_autoptr(GBytes) bytes = text != NULL ? weft_relay_base64url_decode (text, strlen (text)) : NULL;
  g_autofree char *plain = NULL;
  g_auto(GStrv) parts = NULL;

  *created_ms = G_MAXINT64;
  *id = g_strdup ("");
  if (text == NULL)
    return TRUE;

  if (bytes != NULL)
    plain = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  parts = plain != NULL ? g_strsplit (plain, ":", 2) : NULL;
  if (parts == NULL || g_strv_length (parts) != 2 ||
      !g_ascii_string_to_signed (parts[0], 10, G_MININT64, G_MAXINT64, created_ms, NULL))
    return weft_relay_call_refuse (call, 400, "“cursor” must be the next_cursor of an earlier list.");

  g_free (*id);
  *id = g_strdup (parts[1]);
  return TRUE;
}

static gboolean
read_limit (WeftRelayCall *call,
            gint64        *limit)
{
  const char *text = weft_relay_call_get_param (call, "limit");

  *limit = DEFAULT_PAGE;
  if (text == NULL || g_ascii_string_to_signed (text, 10, 1, MAX_PAGE, limit, NULL))
    return TRUE;
  return weft_relay_call_refuse (call, 400, "“limit” must be a number from 1 to %d.", MAX_PAGE);
}

static void
add_next_cursor (JsonBuilder   *builder,
                 WeftRelayRows *rows,
                 guint          n_shown)
{
  g_autofree char *plain = NULL;
  g_autofree char *cursor = NULL;

  if (n_shown > 0 && weft_relay_rows_get_n (rows) > n_shown)
    {
      plain = g_strdup_printf ("%" G_GINT64_FORMAT ":%s", weft_relay_rows_get_int64 (rows, n_shown - 1, 4),
                               weft_relay_rows_get_text (rows, n_shown - 1, 0));
      cursor = weft_relay_base64url_encode (plain, strlen (plain));
    }
  weft_relay_json_add_string (builder, "next_cursor", cursor);
}

/* What somebody may do with all boards of @workspace: by @rank, or by a token for that notebook. */
static WeftRelayRole
get_wide_role (WeftRelayCall *call,
               WeftRelaySql  *sql,
               const char    *workspace,
               WeftRelayRank  rank)
{
  WeftRelayRole role = weft_relay_rank_to_role (rank);

  if (g_strcmp0 (call->grant_workspace, workspace) == 0 && weft_relay_accounts_has_workspace (sql, workspace))
    role = MAX (role, call->grant_role);
  return role;
}

static void
list (WeftRelayCall *call,
      WeftRelaySql  *sql)
{
  const char *workspace = weft_relay_call_get_param (call, "id");
  WeftRelayRank rank = weft_relay_call_get_rank (call, sql, workspace);
  WeftRelayRole wide = get_wide_role (call, sql, workspace, rank);
  gboolean trash = g_strcmp0 (weft_relay_call_get_param (call, "deleted"), "true") == 0;
  g_autoptr(WeftRelayRows) rows = NULL;
  g_autoptr(JsonBuilder) builder = json_builder_new ();
  g_autofree char *after = NULL;
  gint64 before_ms;
  gint64 limit;
  guint n_shown;

  /* Whoever shares some boards only, and not the workspace, sees those, and never the trash. */
  if (wide == WEFT_RELAY_ROLE_NONE && weft_relay_sql_run (sql, HAS_SHARED, "ss", workspace, call->user) == 0)
    {
      weft_relay_call_refuse_unknown (call);
      return;
    }
  if (!read_cursor (call, &before_ms, &after) || !read_limit (call, &limit))
    return;
  if (wide != WEFT_RELAY_ROLE_NONE && !weft_relay_pages_know (call, sql, workspace))
    return;

  rows = weft_relay_sql_query (sql, LIST, "sisiisi", workspace, before_ms, after,
                               (gint64) (trash && wide != WEFT_RELAY_ROLE_NONE),
                               (gint64) (wide == WEFT_RELAY_ROLE_NONE), call->user, limit + 1);
  n_shown = (guint) MIN (limit, (gint64) weft_relay_rows_get_n (rows));

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "boards");
  json_builder_begin_array (builder);
  for (guint i = 0; i < n_shown; i++)
    add_board (builder, rows, i, MAX (wide, weft_relay_role_from_string (weft_relay_rows_get_text (rows, i, 8))));
  json_builder_end_array (builder);
  add_next_cursor (builder, rows, n_shown);
  json_builder_end_object (builder);
  weft_relay_call_answer (call, 200, json_builder_get_root (builder));
}

/* --- one board --- */

static void
change_page (WeftRelayCall      *call,
             WeftRelayPageChange change,
             const char         *workspace,
             const char         *board,
             const char         *name)
{
  call->page_change = change;
  call->page_workspace = g_strdup (workspace);
  call->page = g_strdup (board);
  call->page_name = g_strdup (name);
}

static void
create (WeftRelayCall *call,
        WeftRelaySql  *sql)
{
  const char *workspace = weft_relay_call_get_param (call, "id");
  const char *name = weft_relay_call_get_string (call, "name");
  WeftRelayRank rank = weft_relay_call_get_rank (call, sql, workspace);
  g_autofree char *id = NULL;

  if (rank == WEFT_RELAY_RANK_NONE)
    weft_relay_call_refuse_unknown (call);
  else if (rank < WEFT_RELAY_RANK_MEMBER)
    weft_relay_call_refuse (call, 403, "Viewers cannot make boards.");
  else if (!weft_relay_accounts_is_name (name))
    weft_relay_call_refuse (call, 400, "“name” must be a string of 1 to 200 characters.");
  else
    {
      id = weft_relay_accounts_new_id ();
      weft_relay_accounts_put_board (sql, workspace, id, name, call->user, call->now_ms, call->now_ms);
      weft_relay_accounts_set_role (sql, id, call->user, WEFT_RELAY_ROLE_OWNER, call->now_ms);
      change_page (call, WEFT_RELAY_PAGE_CREATE, workspace, id, name);
      answer_board (call, sql, 201, id, WEFT_RELAY_ROLE_OWNER);
    }
}

static void
get (WeftRelayCall *call,
     WeftRelaySql  *sql)
{
  g_auto(Board) board = { NULL };

  if (find_board (call, sql, WEFT_RELAY_ROLE_VIEWER, &board))
    answer_board (call, sql, 200, board.id, board.role);
}

static gboolean
is_thumbnail (const char *url)
{
  return strlen (url) <= MAX_URL && g_utf8_validate (url, -1, NULL) &&
         (g_str_has_prefix (url, "https://") || g_str_has_prefix (url, "http://") || g_str_has_prefix (url, "weft:asset/"));
}

static void
patch (WeftRelayCall *call,
       WeftRelaySql  *sql)
{
  g_auto(Board) board = { NULL };
  const char *name = weft_relay_call_get_string (call, "name");
  const char *thumbnail = weft_relay_call_get_string (call, "thumbnail_url");
  gboolean drop_thumbnail;

  if (!find_board (call, sql, WEFT_RELAY_ROLE_EDITOR, &board))
    return;

  drop_thumbnail = json_object_has_member (call->body, "thumbnail_url") &&
                   json_object_get_null_member (call->body, "thumbnail_url");
  if (json_object_has_member (call->body, "name") && !weft_relay_accounts_is_name (name))
    weft_relay_call_refuse (call, 400, "“name” must be a string of 1 to 200 characters.");
  else if (json_object_has_member (call->body, "thumbnail_url") && !drop_thumbnail &&
           (thumbnail == NULL || !is_thumbnail (thumbnail)))
    weft_relay_call_refuse (call, 400, "“thumbnail_url” must be null or an address (http, https, weft:asset/…).");
  else
    {
      if (name != NULL)
        {
          weft_relay_sql_run (sql, RENAME, "sis", name, call->now_ms, board.id);
          change_page (call, WEFT_RELAY_PAGE_RENAME, board.workspace, board.id, name);
        }
      if (thumbnail != NULL || drop_thumbnail)
        weft_relay_sql_run (sql, SET_THUMB, "sis", thumbnail, call->now_ms, board.id);
      answer_board (call, sql, 200, board.id, board.role);
    }
}

static void
recheck_members (WeftRelayCall *call,
                 WeftRelaySql  *sql,
                 const char    *board)
{
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, LIST_SHARED, "s", board);

  for (guint i = 0; i < weft_relay_rows_get_n (rows); i++)
    weft_relay_call_recheck (call, weft_relay_rows_get_text (rows, i, 0));
}

static void
delete_board (WeftRelayCall *call,
              WeftRelaySql  *sql)
{
  g_auto(Board) board = { NULL };

  if (!find_board (call, sql, WEFT_RELAY_ROLE_OWNER, &board))
    return;

  if (!board.deleted)
    {
      weft_relay_sql_run (sql, SET_DELETED, "iis", call->now_ms, call->now_ms, board.id);
      change_page (call, WEFT_RELAY_PAGE_TRASH, board.workspace, board.id, NULL);
      recheck_members (call, sql, board.id);
    }
  weft_relay_call_answer_empty (call);
}

/* Who shares only the board does not see it any more; its own owner may have it back all the same. */
static void
restore (WeftRelayCall *call,
         WeftRelaySql  *sql)
{
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, GET, "s", weft_relay_call_get_param (call, "id"));
  const char *id = weft_relay_rows_get_n (rows) > 0 ? weft_relay_rows_get_text (rows, 0, 0) : NULL;
  const char *workspace = id != NULL ? weft_relay_rows_get_text (rows, 0, 1) : NULL;
  WeftRelayRole role = id != NULL ? weft_relay_call_get_role (call, sql, workspace, id, FALSE) : WEFT_RELAY_ROLE_NONE;

  if (role == WEFT_RELAY_ROLE_NONE)
    weft_relay_call_refuse_unknown (call);
  else if (role < WEFT_RELAY_ROLE_OWNER)
    weft_relay_call_refuse (call, 403, "Only an owner can restore a board.");
  else
    {
      if (weft_relay_rows_get_text (rows, 0, 6) != NULL)
        {
          weft_relay_sql_run (sql, RESTORE, "is", call->now_ms, id);
          change_page (call, WEFT_RELAY_PAGE_RESTORE, workspace, id, NULL);
        }
      answer_board (call, sql, 200, id, role);
    }
}

/* --- members --- */

static void
list_members (WeftRelayCall *call,
              WeftRelaySql  *sql)
{
  g_auto(Board) board = { NULL };
  g_autoptr(WeftRelayRows) rows = NULL;

  if (!find_board (call, sql, WEFT_RELAY_ROLE_VIEWER, &board))
    return;

  rows = weft_relay_sql_query (sql, LIST_MEMBERS, "s", board.id);
  weft_relay_call_answer_members (call, rows);
}

static void
answer_member (WeftRelayCall *call,
               WeftRelaySql  *sql,
               const char    *board)
{
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, GET_MEMBER, "ss", board, weft_relay_call_get_param (call, "user"));

  weft_relay_call_answer_member (call, rows);
}

static void
get_member (WeftRelayCall *call,
            WeftRelaySql  *sql)
{
  g_auto(Board) board = { NULL };

  if (find_board (call, sql, WEFT_RELAY_ROLE_VIEWER, &board))
    answer_member (call, sql, board.id);
}

static void
put_member (WeftRelayCall *call,
            WeftRelaySql  *sql)
{
  g_auto(Board) board = { NULL };
  const char *user = weft_relay_call_get_param (call, "user");
  WeftRelayRole role = weft_relay_role_from_string (weft_relay_call_get_string (call, "role"));
  g_autofree char *name = NULL;

  if (!find_board (call, sql, WEFT_RELAY_ROLE_OWNER, &board))
    return;

  name = weft_relay_accounts_dup_user_name (sql, user);
  if (role == WEFT_RELAY_ROLE_NONE)
    weft_relay_call_refuse (call, 400, "“role” must be “owner”, “editor” or “viewer”.");
  else if (name == NULL)
    weft_relay_call_refuse_unknown (call);
  else
    {
      weft_relay_accounts_set_role (sql, board.id, user, role, call->now_ms);
      if (role < WEFT_RELAY_ROLE_OWNER)
        weft_relay_invites_revoke_of (sql, board.workspace, board.id, user, call->now_ms);
      weft_relay_call_recheck (call, user);
      answer_member (call, sql, board.id);
    }
}

static void
delete_member (WeftRelayCall *call,
               WeftRelaySql  *sql)
{
  g_auto(Board) board = { NULL };
  const char *user = weft_relay_call_get_param (call, "user");
  gboolean leaving = g_strcmp0 (user, call->user) == 0;

  if (!find_board (call, sql, leaving ? WEFT_RELAY_ROLE_VIEWER : WEFT_RELAY_ROLE_OWNER, &board))
    return;

  if (weft_relay_accounts_get_own_role (sql, board.id, user) == WEFT_RELAY_ROLE_NONE)
    {
      weft_relay_call_refuse_unknown (call);
      return;
    }

  weft_relay_accounts_set_role (sql, board.id, user, WEFT_RELAY_ROLE_NONE, call->now_ms);
  weft_relay_invites_revoke_of (sql, board.workspace, board.id, user, call->now_ms);
  weft_relay_call_recheck (call, user);
  weft_relay_call_answer_empty (call);
}

const WeftRelayEndpoint weft_relay_board_endpoints[] = {
  { "GET", "/api/workspaces/:id/boards", WEFT_RELAY_CALL_TOKEN, FALSE, list },
  { "POST", "/api/workspaces/:id/boards", WEFT_RELAY_CALL_PERSON, TRUE, create },
  { "GET", "/api/boards/:id", WEFT_RELAY_CALL_TOKEN, FALSE, get },
  { "PATCH", "/api/boards/:id", WEFT_RELAY_CALL_PERSON, TRUE, patch },
  { "DELETE", "/api/boards/:id", WEFT_RELAY_CALL_PERSON, FALSE, delete_board },
  { "POST", "/api/boards/:id/restore", WEFT_RELAY_CALL_PERSON, FALSE, restore },
  { "GET", "/api/boards/:id/members", WEFT_RELAY_CALL_PERSON, FALSE, list_members },
  { "GET", "/api/boards/:id/members/:user", WEFT_RELAY_CALL_PERSON, FALSE, get_member },
  { "PUT", "/api/boards/:id/members/:user", WEFT_RELAY_CALL_PERSON, TRUE, put_member },
  { "DELETE", "/api/boards/:id/members/:user", WEFT_RELAY_CALL_PERSON, FALSE, delete_member },
  { NULL },
};
