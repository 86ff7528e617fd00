/* weft-relay-accounts.h - people, workspaces, boards, and who may do what
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Functions over one transaction (weft-relay-sql.h), on the store's thread. A workspace is a notebook; a board is any page of
 * it. Roles in a workspace hold for all its pages; a role on a board holds for that page and its assets only; of two,
 * the greater counts. Every id is 16 random bytes, written as a page's is. Times are ms since 1970.
 */

#pragma once

#include "relay/weft-relay-auth.h"
#include "relay/weft-relay-sql.h"

G_BEGIN_DECLS

/* In a workspace. A member edits; admins and owners are owners of every board. */
typedef enum
{
  WEFT_RELAY_RANK_NONE,
  WEFT_RELAY_RANK_VIEWER,
  WEFT_RELAY_RANK_MEMBER,
  WEFT_RELAY_RANK_ADMIN,
  WEFT_RELAY_RANK_OWNER,
} WeftRelayRank;

/* A step of a backend's schema. Nothing here is deleted but memberships: who came by which invite stays known. */
#define WEFT_RELAY_ACCOUNTS_SCHEMA                                                                                  \
  "CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT, created_ms BIGINT NOT NULL,"            \
  " locked_ms BIGINT);"                                                                                             \
  "CREATE TABLE identities (issuer TEXT NOT NULL, subject TEXT NOT NULL, user_id TEXT NOT NULL REFERENCES users (id),"\
  " PRIMARY KEY (issuer, subject));"                                                                                \
  "CREATE TABLE workspaces (id TEXT PRIMARY KEY, name TEXT NOT NULL, personal_of TEXT UNIQUE REFERENCES users (id),"\
  " created_ms BIGINT NOT NULL, deleted_ms BIGINT, indexed BIGINT NOT NULL DEFAULT 0);"                             \
  "CREATE TABLE workspace_members (workspace_id TEXT NOT NULL REFERENCES workspaces (id),"                          \
  " user_id TEXT NOT NULL REFERENCES users (id), role TEXT NOT NULL, since_ms BIGINT NOT NULL,"                     \
  " PRIMARY KEY (workspace_id, user_id));"                                                                          \
  "CREATE INDEX workspace_members_user ON workspace_members (user_id);"                                             \
  "CREATE TABLE boards (id TEXT PRIMARY KEY, workspace_id TEXT NOT NULL REFERENCES workspaces (id), name TEXT NOT NULL,"\
  " thumbnail_url TEXT, created_by TEXT REFERENCES users (id), created_ms BIGINT NOT NULL, updated_ms BIGINT NOT NULL,"\
  " deleted_ms BIGINT);"                                                                                            \
  "CREATE INDEX boards_workspace ON boards (workspace_id, created_ms, id);"                                         \
  "CREATE TABLE board_members (board_id TEXT NOT NULL REFERENCES boards (id),"                                      \
  " user_id TEXT NOT NULL REFERENCES users (id), role TEXT NOT NULL, since_ms BIGINT NOT NULL,"                     \
  " PRIMARY KEY (board_id, user_id));"                                                                              \
  "CREATE INDEX board_members_user ON board_members (user_id);"                                                     \
  "CREATE TABLE board_assets (room TEXT NOT NULL, user_id TEXT NOT NULL REFERENCES users (id), since_ms BIGINT NOT NULL,"\
  " PRIMARY KEY (room, user_id));"                                                                                  \
  "CREATE TABLE invites (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE,"                                           \
  " workspace_id TEXT NOT NULL REFERENCES workspaces (id), board_id TEXT REFERENCES boards (id), role TEXT NOT NULL,"\
  " created_by TEXT REFERENCES users (id), created_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL, used_ms BIGINT," \
  " used_by TEXT REFERENCES users (id), revoked_ms BIGINT);"                                                        \
  "CREATE INDEX invites_workspace ON invites (workspace_id, created_ms);"                                           \
  "CREATE TABLE devices (id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id), name TEXT NOT NULL,"     \
  " workspace_id TEXT, created_ms BIGINT NOT NULL, seen_ms BIGINT NOT NULL, access_until_s BIGINT NOT NULL DEFAULT 0,"\
  " revoked_ms BIGINT);"                                                                                            \
  "CREATE INDEX devices_user ON devices (user_id);"                                                                 \
  "CREATE TABLE refresh_tokens (hash TEXT PRIMARY KEY, device_id TEXT NOT NULL REFERENCES devices (id),"            \
  " expires_ms BIGINT NOT NULL, used_ms BIGINT, next_hash TEXT);"                                                   \
  "CREATE INDEX refresh_tokens_device ON refresh_tokens (device_id);"                                               \
  "CREATE TABLE logins (hash TEXT PRIMARY KEY, nonce TEXT NOT NULL, verifier TEXT NOT NULL, expires_ms BIGINT NOT NULL);"

/* "viewer", "editor", "owner"; %NULL for none */
const char    *weft_relay_role_to_string       (WeftRelayRole  role);
WeftRelayRole  weft_relay_role_from_string     (const char    *text);
/* "viewer", "member", "admin", "owner"; %NULL for none. "editor" is read as a member. */
const char    *weft_relay_rank_to_string       (WeftRelayRank  rank);
WeftRelayRank  weft_relay_rank_from_string     (const char    *text);
WeftRelayRole  weft_relay_rank_to_role         (WeftRelayRank  rank);

/* A fresh id. (transfer full) */
char          *weft_relay_accounts_new_id      (void) G_GNUC_WARN_UNUSED_RESULT;
/* Whether @text may be the name of a person, a board...: UTF-8 of 1 to 200 characters without control characters, not blank */
gboolean       weft_relay_accounts_is_name     (const char    *text);

/* A new person with a workspace of their own. (transfer full) */
char          *weft_relay_accounts_add_user    (WeftRelaySql  *sql,
                                                const char    *name,
                                                const char    *email,
                                                gint64         now_ms) G_GNUC_WARN_UNUSED_RESULT;
/* Who @issuer calls @subject; made on the first time. (transfer full) */
char          *weft_relay_accounts_find_identity (WeftRelaySql *sql,
                                                const char    *issuer,
                                                const char    *subject,
                                                const char    *name,
                                                const char    *email,
                                                gint64         now_ms) G_GNUC_WARN_UNUSED_RESULT;
/* (transfer full) (nullable): %NULL: there is no such person, or they are locked out */
char          *weft_relay_accounts_dup_user_name (WeftRelaySql *sql,
                                                const char    *user);

/* Makes the workspace @id. Returns: %FALSE where there is one, a deleted one included */
gboolean       weft_relay_accounts_add_workspace (WeftRelaySql *sql,
                                                const char    *id,
                                                const char    *name,
                                                const char    *personal_of,
                                                gint64         now_ms);
gboolean       weft_relay_accounts_has_workspace (WeftRelaySql *sql,
                                                const char    *workspace);
void           weft_relay_accounts_set_rank    (WeftRelaySql  *sql,
                                                const char    *workspace,
                                                const char    *user,
                                                WeftRelayRank  rank,
                                                gint64         now_ms);
/* NONE where there is no such workspace too. */
WeftRelayRank  weft_relay_accounts_get_rank    (WeftRelaySql  *sql,
                                                const char    *workspace,
                                                const char    *user);
guint          weft_relay_accounts_count_owners (WeftRelaySql *sql,
                                                const char    *workspace);

/* Makes the board, or has it named and dated anew. */
void           weft_relay_accounts_put_board   (WeftRelaySql  *sql,
                                                const char    *workspace,
                                                const char    *board,
                                                const char    *name,
                                                const char    *creator,
                                                gint64         created_ms,
                                                gint64         now_ms);
/* The workspace that @board is in. (transfer full) (nullable) */
char          *weft_relay_accounts_dup_workspace_of (WeftRelaySql *sql,
                                                const char    *board,
                                                gboolean      *deleted);
/* @role: NONE takes it away */
void           weft_relay_accounts_set_role    (WeftRelaySql  *sql,
                                                const char    *board,
                                                const char    *user,
                                                WeftRelayRole  role,
                                                gint64         now_ms);
/* Takes away all that @user has on single boards of @workspace. */
void           weft_relay_accounts_drop_roles  (WeftRelaySql  *sql,
                                                const char    *workspace,
                                                const char    *user);
/* On that board alone, without what the workspace gives. */
WeftRelayRole  weft_relay_accounts_get_own_role (WeftRelaySql *sql,
                                                const char    *board,
                                                const char    *user);
/* What @user may do with @board of @workspace. */
WeftRelayRole  weft_relay_accounts_get_role    (WeftRelaySql  *sql,
                                                const char    *workspace,
                                                const char    *board,
                                                gboolean       deleted,
                                                const char    *user);

/**
 * weft_relay_accounts_check_room:
 * @sql: a transaction
 * @user: a user's id
 * @room: the name of a room
 * @role: (out): what they may do there, or NONE
 * @asset_of: (out) (transfer full) (nullable): with NONE: the room is that of an asset, and one of these boards
 *   (element-type utf8: rooms) may show it; they are open to @user
 *
 * Returns: whether there is such a room, as far as that can be told
 */
gboolean       weft_relay_accounts_check_room  (WeftRelaySql  *sql,
                                                const char    *user,
                                                const char    *room,
                                                WeftRelayRole *role,
                                                GPtrArray    **asset_of);
/* What @user may do with the asset of that room because they brought it themselves. */
WeftRelayRole  weft_relay_accounts_get_asset_role (WeftRelaySql *sql,
                                                const char    *room,
                                                const char    *user);
void           weft_relay_accounts_add_asset   (WeftRelaySql  *sql,
                                                const char    *room,
                                                const char    *user,
                                                gint64         now_ms);

G_END_DECLS
