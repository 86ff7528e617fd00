/* weft-relay-accounts.c - people, workspaces, boards, and who may do what
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-accounts.h"

#include <string.h>

#include "notebook/weft-page-id.h"

#define MAX_NAME_CHARS 200

static const char *const role_names[] = { NULL, "viewer", "editor", "owner" };
static const char *const rank_names[] = { NULL, "viewer", "member", "admin", "owner" };

const char *
weft_relay_role_to_string (WeftRelayRole role)
{
  return role_names[role];
}

WeftRelayRole
weft_relay_role_from_string (const char *text)
{
  for (guint i = 1; text != NULL && i < G_N_ELEMENTS (role_names); i++)
    if (g_str_equal (role_names[i], text))
      return i;
  return WEFT_RELAY_ROLE_NONE;
}

const char *
weft_relay_rank_to_string (WeftRelayRank rank)
{
  return rank_names[rank];
}

WeftRelayRank
weft_relay_rank_from_string (const char *text)
{
  for (guint i = 1; text != NULL && i < G_N_ELEMENTS (rank_names); i++)
    if (g_str_equal (rank_names[i], text))
      return i;
  return g_strcmp0 (text, "editor") == 0 ? WEFT_RELAY_RANK_MEMBER : WEFT_RELAY_RANK_NONE;
}

WeftRelayRole
weft_relay_rank_to_role (WeftRelayRank rank)
{
  static const WeftRelayRole roles[] = {
    WEFT_RELAY_ROLE_NONE, WEFT_RELAY_ROLE_VIEWER, WEFT_RELAY_ROLE_EDITOR, WEFT_RELAY_ROLE_OWNER, WEFT_RELAY_ROLE_OWNER,
  };

  return roles[rank];
}

char *
weft_relay_accounts_new_id (void)
{
  WeftPageId id;

  weft_page_id_init_random (&id);
  return weft_page_id_to_string (&id);
}

gboolean
weft_relay_accounts_is_name (const char *text)
{
  gboolean blank = TRUE;
  glong n_chars = 0;

  if (text == NULL || !g_utf8_validate (text, -1, NULL))
    return FALSE;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      GUnicodeType type = g_unichar_type (c);

      /* Format characters can turn a line around or hide in a name; joiners are part of words and of emoji. */
      if (type == G_UNICODE_CONTROL || (type == G_UNICODE_FORMAT && c != 0x200c && c != 0x200d) ||
          type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR || ++n_chars > MAX_NAME_CHARS)
        return FALSE;
      blank = blank && g_unichar_isspace (c);
    }

  return !blank;
}

/* --- people --- */

#define ADD_USER       "INSERT INTO users (id, name, email, created_ms) VALUES (?1, ?2, ?3, ?4)"
#define GET_USER       "SELECT name FROM users WHERE id = ?1 AND locked_ms IS NULL"
#define FIND_IDENTITY  "SELECT user_id FROM identities WHERE issuer = ?1 AND subject = ?2"
#define ADD_IDENTITY   "INSERT INTO identities (issuer, subject, user_id) VALUES (?1, ?2, ?3)"

char *
weft_relay_accounts_add_user (WeftRelaySql *sql,
                              const char   *name,
                              const char   *email,
                              gint64        now_ms)
{
  char *user = weft_relay_accounts_new_id ();
  g_autofree char *workspace = weft_relay_accounts_new_id ();

  weft_relay_sql_run (sql, ADD_USER, "sssi", user, name, email, now_ms);
  weft_relay_accounts_add_workspace (sql, workspace, "Personal", user, now_ms);
  weft_relay_accounts_set_rank (sql, workspace, user, WEFT_RELAY_RANK_OWNER, now_ms);
  return user;
}

char *
weft_relay_accounts_find_identity (WeftRelaySql *sql,
                                   const char   *issuer,
                                   const char   *subject,
                                   const char   *name,
                                   const char   *email,
                                   gint64        now_ms)
{
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, FIND_IDENTITY, "ss", issuer, subject);
  char *user;

  if (weft_relay_rows_get_n (rows) > 0)
    return g_strdup (weft_relay_rows_get_text (rows, 0, 0));

  user = weft_relay_accounts_add_user (sql, name, email, now_ms);
  weft_relay_sql_run (sql, ADD_IDENTITY, "sss", issuer, subject, user);
  return user;
}

char *
weft_relay_accounts_dup_user_name (WeftRelaySql *sql,
                                   const char   *user)
{
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, GET_USER, "s", user);

  return weft_relay_rows_get_n (rows) > 0 ? g_strdup (weft_relay_rows_get_text (rows, 0, 0)) : NULL;
}

/* --- workspaces --- */

#define ADD_WORKSPACE "INSERT INTO workspaces (id, name, personal_of, created_ms) VALUES (?1, ?2, ?3, ?4)" \
                      " ON CONFLICT (id) DO NOTHING RETURNING id"
#define HAS_WORKSPACE "SELECT id FROM workspaces WHERE id = ?1 AND deleted_ms IS NULL"
#define PUT_RANK      "INSERT INTO workspace_members (workspace_id, user_id, role, since_ms) VALUES (?1, ?2, ?3, ?4)" \
                      " ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = excluded.role"
#define DROP_RANK     "DELETE FROM workspace_members WHERE workspace_id = ?1 AND user_id = ?2"
#define GET_RANK      "SELECT m.role FROM workspace_members m JOIN workspaces w ON w.id = m.workspace_id" \
                      " WHERE m.workspace_id = ?1 AND m.user_id = ?2 AND w.deleted_ms IS NULL"
#define COUNT_OWNERS  "SELECT COUNT(*) FROM workspace_members WHERE workspace_id = ?1 AND role = 'owner'"

gboolean
weft_relay_accounts_add_workspace (WeftRelaySql *sql,
                                   const char   *id,
                                   const char   *name,
                                   const char   *personal_of,
                                   gint64        now_ms)
{
  return weft_relay_sql_run (sql, ADD_WORKSPACE, "sssi", id, name, personal_of, now_ms) > 0;
}

gboolean
weft_relay_accounts_has_workspace (WeftRelaySql *sql,
                                   const char   *workspace)
{
  return weft_relay_sql_run (sql, HAS_WORKSPACE, "s", workspace) > 0;
}

void
weft_relay_accounts_set_rank (WeftRelaySql *sql,
                              const char   *workspace,
                              const char   *user,
                              WeftRelayRank rank,
                              gint64        now_ms)
{
  if (rank == WEFT_RELAY_RANK_NONE)
    weft_relay_sql_run (sql, DROP_RANK, "ss", workspace, user);
  else
    weft_relay_sql_run (sql, PUT_RANK, "sssi", workspace, user, weft_relay_rank_to_string (rank), now_ms);
}

WeftRelayRank
weft_relay_accounts_get_rank (WeftRelaySql *sql,
                              const char   *workspace,
                              const char   *user)
{
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, GET_RANK, "ss", workspace, user);

  return weft_relay_rows_get_n (rows) > 0 ? weft_relay_rank_from_string (weft_relay_rows_get_text (rows, 0, 0))
                                          : WEFT_RELAY_RANK_NONE;
}

guint
weft_relay_accounts_count_owners (WeftRelaySql *sql,
                                  const char   *workspace)
{
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, COUNT_OWNERS, "s", workspace);

  return weft_relay_rows_get_n (rows) > 0 ? (guint) weft_relay_rows_get_int64 (rows, 0, 0) : 0;
}

/* --- boards --- */

/* A board never changes its workspace: whoever names one of another notebook gets nothing. */
#define PUT_BOARD        "INSERT INTO boards (id, workspace_id, name, created_by, created_ms, updated_ms)" \
                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET name = excluded.name," \
                         " updated_ms = excluded.updated_ms WHERE boards.workspace_id = excluded.workspace_id"
#define GET_WORKSPACE_OF "SELECT b.workspace_id, b.deleted_ms FROM boards b JOIN workspaces w ON w.id = b.workspace_id" \
                         " WHERE b.id = ?1 AND w.deleted_ms IS NULL"
#define PUT_ROLE         "INSERT INTO board_members (board_id, user_id, role, since_ms) VALUES (?1, ?2, ?3, ?4)" \
                         " ON CONFLICT (board_id, user_id) DO UPDATE SET role = excluded.role"
#define DROP_ROLE        "DELETE FROM board_members WHERE board_id = ?1 AND user_id = ?2"
#define DROP_ROLES       "DELETE FROM board_members WHERE user_id = ?1" \
                         " AND board_id IN (SELECT id FROM boards WHERE workspace_id = ?2)"
#define GET_ROLE         "SELECT role FROM board_members WHERE board_id = ?1 AND user_id = ?2"
#define LIST_OWN_BOARDS  "SELECT b.id FROM board_members m JOIN boards b ON b.id = m.board_id" \
                         " WHERE m.user_id = ?1 AND b.workspace_id = ?2 AND b.deleted_ms IS NULL"
#define ADD_ASSET        "INSERT INTO board_assets (room, user_id, since_ms) VALUES (?1, ?2, ?3)" \
                         " ON CONFLICT (room, user_id) DO NOTHING"
#define HAS_ASSET        "SELECT room FROM board_assets WHERE room = ?1 AND user_id = ?2"

void
weft_relay_accounts_put_board (WeftRelaySql *sql,
                               const char   *workspace,
                               const char   *board,
                               const char   *name,
                               const char   *creator,
                               gint64        created_ms,
                               gint64        now_ms)
{
  weft_relay_sql_run (sql, PUT_BOARD, "ssssii", board, workspace, name, creator, created_ms, now_ms);
}

void
weft_relay_accounts_drop_roles (WeftRelaySql *sql,
                                const char   *workspace,
                                const char   *user)
{
  weft_relay_sql_run (sql, DROP_ROLES, "ss", user, workspace);
}

char *
weft_relay_accounts_dup_workspace_of (WeftRelaySql *sql,
                                      const char   *board,
                                      gboolean     *deleted)
{
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, GET_WORKSPACE_OF, "s", board);

  if (weft_relay_rows_get_n (rows) == 0)
    return NULL;

  *deleted = weft_relay_rows_get_text (rows, 0, 1) != NULL;
  return g_strdup (weft_relay_rows_get_text (rows, 0, 0));
}

void
weft_relay_accounts_set_role (WeftRelaySql *sql,
                              const char   *board,
                              const char   *user,
                              WeftRelayRole role,
                              gint64        now_ms)
{
  if (role == WEFT_RELAY_ROLE_NONE)
    weft_relay_sql_run (sql, DROP_ROLE, "ss", board, user);
  else
    weft_relay_sql_run (sql, PUT_ROLE, "sssi", board, user, weft_relay_role_to_string (role), now_ms);
}

WeftRelayRole
weft_relay_accounts_get_own_role (WeftRelaySql *sql,
                                  const char   *board,
                                  const char   *user)
{
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, GET_ROLE, "ss", board, user);

  return weft_relay_rows_get_n (rows) > 0 ? weft_relay_role_from_string (weft_relay_rows_get_text (rows, 0, 0))
                                          : WEFT_RELAY_ROLE_NONE;
}

WeftRelayRole
weft_relay_accounts_get_role (WeftRelaySql *sql,
                              const char   *workspace,
                              const char   *board,
                              gboolean      deleted,
                              const char   *user)
{
  WeftRelayRole wide = weft_relay_rank_to_role (weft_relay_accounts_get_rank (sql, workspace, user));
  WeftRelayRole own = weft_relay_accounts_get_own_role (sql, board, user);

  /* A deleted page is in the notebook's trash: whoever has the notebook may look there. */
  return deleted && wide == WEFT_RELAY_ROLE_NONE ? WEFT_RELAY_ROLE_NONE : MAX (wide, own);
}

/* --- rooms --- */

static GPtrArray *
list_own_boards (WeftRelaySql *sql,
                 const char   *workspace,
                 const char   *user)
{
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, LIST_OWN_BOARDS, "ss", user, workspace);
  GPtrArray *rooms = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < weft_relay_rows_get_n (rows); i++)
    g_ptr_array_add (rooms, g_strconcat (workspace, "/", weft_relay_rows_get_text (rows, i, 0), NULL));
  return rooms;
}

gboolean
weft_relay_accounts_check_room (WeftRelaySql  *sql,
                                const char    *user,
                                const char    *room,
                                WeftRelayRole *role,
                                GPtrArray    **asset_of)
{
  WeftPageId notebook;
  WeftPageId page;
  WeftPageIdText workspace;
  WeftPageIdText board;
  WeftRoomKind kind = weft_room_name_parse (room, &notebook, &page, NULL);

  *role = WEFT_RELAY_ROLE_NONE;
  *asset_of = NULL;
  /* A name that anybody could guess says nothing about whether it is there. */
  if (kind == WEFT_ROOM_OTHER)
    return TRUE;

  weft_page_id_format (&notebook, workspace);
  if (!weft_relay_accounts_has_workspace (sql, workspace))
    return FALSE;

  *role = weft_relay_rank_to_role (weft_relay_accounts_get_rank (sql, workspace, user));
  if (kind == WEFT_ROOM_PAGE)
    {
      gboolean deleted = FALSE;
      g_autofree char *found = NULL;

      weft_page_id_format (&page, board);
      found = weft_relay_accounts_dup_workspace_of (sql, board, &deleted);
      if (g_strcmp0 (found, workspace) == 0)
        {
          *role = weft_relay_accounts_get_role (sql, workspace, board, deleted, user);
          /* Whoever had that page alone is told that it went, nobody else is told anything. */
          if (*role == WEFT_RELAY_ROLE_NONE && deleted)
            return weft_relay_accounts_get_own_role (sql, board, user) == WEFT_RELAY_ROLE_NONE;
        }
    }
  else if (kind == WEFT_ROOM_ASSET && *role == WEFT_RELAY_ROLE_NONE)
    {
      *asset_of = list_own_boards (sql, workspace, user);
      if ((*asset_of)->len == 0)
        g_clear_pointer (asset_of, g_ptr_array_unref);
    }

  return TRUE;
}

WeftRelayRole
weft_relay_accounts_get_asset_role (WeftRelaySql *sql,
                                    const char   *room,
                                    const char   *user)
{
  return weft_relay_sql_run (sql, HAS_ASSET, "ss", room, user) > 0 ? WEFT_RELAY_ROLE_EDITOR : WEFT_RELAY_ROLE_NONE;
}

void
weft_relay_accounts_add_asset (WeftRelaySql *sql,
                               const char   *room,
                               const char   *user,
                               gint64        now_ms)
{
  weft_relay_sql_run (sql, ADD_ASSET, "ssi", room, user, now_ms);
}
