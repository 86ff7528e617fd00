/* weft-relay-invites.c - invitations to a workspace or to one board
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-invites.h"

#include "relay/weft-relay-secret.h"

#define ADD_INVITE "INSERT INTO invites (id, hash, workspace_id, board_id, role, created_by, created_ms, expires_ms)" \
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
#define FIND       "SELECT i.id, i.workspace_id, i.board_id, i.role, COALESCE(b.name, w.name) FROM invites i" \
                   " JOIN workspaces w ON w.id = i.workspace_id LEFT JOIN boards b ON b.id = i.board_id" \
                   " WHERE i.hash = ?1 AND i.expires_ms > ?2 AND i.used_ms IS NULL AND i.revoked_ms IS NULL" \
                   " AND w.deleted_ms IS NULL AND b.deleted_ms IS NULL"
#define USE        "UPDATE invites SET used_ms = ?1, used_by = ?2 WHERE id = ?3 AND used_ms IS NULL" \
                   " AND revoked_ms IS NULL RETURNING id"
#define REVOKE     "UPDATE invites SET revoked_ms = ?1 WHERE id = ?2 AND used_ms IS NULL AND revoked_ms IS NULL RETURNING id"
#define REVOKE_OF  "UPDATE invites SET revoked_ms = ?1 WHERE workspace_id = ?2 AND created_by = ?3 AND used_ms IS NULL" \
                   " AND revoked_ms IS NULL AND (?4 = '' OR board_id = ?4)"
#define REVOKE_OWN "UPDATE invites SET revoked_ms = ?1 WHERE workspace_id = ?2 AND created_by IS NULL AND used_ms IS NULL" \
                   " AND revoked_ms IS NULL"

char *
weft_relay_invites_add (WeftRelaySql *sql,
                        const char   *workspace,
                        const char   *board,
                        const char   *role,
                        const char   *creator,
                        gint64        now_ms,
                        gint64        expires_ms,
                        char        **id)
{
  char *token = weft_relay_secret_new ();
  g_autofree char *hash = weft_relay_secret_hash (token);
  g_autofree char *new_id = weft_relay_accounts_new_id ();

  weft_relay_sql_run (sql, ADD_INVITE, "ssssssii", new_id, hash, workspace, board, role, creator, now_ms, expires_ms);
  if (id != NULL)
    *id = g_steal_pointer (&new_id);
  return token;
}

WeftRelayInvite *
weft_relay_invites_find (WeftRelaySql *sql,
                         const char   *token,
                         gint64        now_ms)
{
  g_autofree char *hash = NULL;
  g_autoptr(WeftRelayRows) rows = NULL;
  WeftRelayInvite *self;

  if (!weft_relay_secret_is_wellformed (token))
    return NULL;

  hash = weft_relay_secret_hash (token);
  rows = weft_relay_sql_query (sql, FIND, "si", hash, now_ms);
  if (weft_relay_rows_get_n (rows) == 0)
    return NULL;

  self = g_new0 (WeftRelayInvite, 1);
  self->id = g_strdup (weft_relay_rows_get_text (rows, 0, 0));
  self->workspace = g_strdup (weft_relay_rows_get_text (rows, 0, 1));
  self->board = g_strdup (weft_relay_rows_get_text (rows, 0, 2));
  self->role = g_strdup (weft_relay_rows_get_text (rows, 0, 3));
  self->title = g_strdup (weft_relay_rows_get_text (rows, 0, 4));
  return self;
}

static void
give (WeftRelaySql          *sql,
      const WeftRelayInvite *invite,
      const char            *user,
      gint64                 now_ms)
{
  if (invite->board != NULL)
    {
      WeftRelayRole role = weft_relay_role_from_string (invite->role);

      if (role > weft_relay_accounts_get_own_role (sql, invite->board, user))
        weft_relay_accounts_set_role (sql, invite->board, user, role, now_ms);
    }
  else
    {
      WeftRelayRank rank = weft_relay_rank_from_string (invite->role);

      if (rank > weft_relay_accounts_get_rank (sql, invite->workspace, user))
        weft_relay_accounts_set_rank (sql, invite->workspace, user, rank, now_ms);
    }
}

WeftRelayInvite *
weft_relay_invites_redeem (WeftRelaySql *sql,
                           const char   *token,
                           const char   *user,
                           gint64        now_ms)
{
  g_autoptr(WeftRelayInvite) invite = weft_relay_invites_find (sql, token, now_ms);

  if (invite == NULL || weft_relay_sql_run (sql, USE, "iss", now_ms, user, invite->id) == 0)
    return NULL;

  give (sql, invite, user, now_ms);
  return g_steal_pointer (&invite);
}

gboolean
weft_relay_invites_revoke (WeftRelaySql *sql,
                           const char   *id,
                           gint64        now_ms)
{
  return weft_relay_sql_run (sql, REVOKE, "is", now_ms, id) > 0;
}

void
weft_relay_invites_revoke_of (WeftRelaySql *sql,
                              const char   *workspace,
                              const char   *board,
                              const char   *user,
                              gint64        now_ms)
{
  weft_relay_sql_run (sql, REVOKE_OF, "isss", now_ms, workspace, user, board != NULL ? board : "");
}

void
weft_relay_invites_revoke_own (WeftRelaySql *sql,
                               const char   *workspace,
                               gint64        now_ms)
{
  weft_relay_sql_run (sql, REVOKE_OWN, "is", now_ms, workspace);
}

void
weft_relay_invite_free (WeftRelayInvite *self)
{
  g_free (self->id);
  g_free (self->workspace);
  g_free (self->board);
  g_free (self->role);
  g_free (self->title);
  g_free (self);
}
