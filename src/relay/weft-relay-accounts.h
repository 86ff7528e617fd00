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

/* Steps of the schema, in order, for the backend's migrations. */
extern const char *const weft_relay_accounts_schema;

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
