/* weft-relay-invites.h - invitations to a workspace or to one board
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The token of an invite is shown once, when it is made; its SHA-256 is kept. It is good for one person, until it expires or
 * is revoked. Functions over one transaction, on the store's thread.
 */

#pragma once

#include "relay/weft-relay-accounts.h"

G_BEGIN_DECLS

#define WEFT_RELAY_INVITE_DAYS     7
#define WEFT_RELAY_INVITE_MAX_DAYS 7

typedef struct
{
  char *id;
  char *workspace;
  char *board;     /* nullable: the whole workspace */
  char *role;      /* of a rank, or, with @board, of a role */
  char *title;     /* of the board, or of the workspace */
} WeftRelayInvite;

/* @board: (nullable); @creator: (nullable): the relay itself. Returns: (transfer full): the token */
char            *weft_relay_invites_add    (WeftRelaySql  *sql,
                                            const char    *workspace,
                                            const char    *board,
                                            const char    *role,
                                            const char    *creator,
                                            gint64         now_ms,
                                            gint64         expires_ms,
                                            char         **id) G_GNUC_WARN_UNUSED_RESULT;
/* The invite of @token, if it can still be redeemed. (transfer full) (nullable) */
WeftRelayInvite *weft_relay_invites_find   (WeftRelaySql  *sql,
                                            const char    *token,
                                            gint64         now_ms);
/* Marks it as used by @user, who then has what it gives (never less than before). The mark is one statement, so of
 * any number who try, one gets it. (transfer full) (nullable): %NULL: somebody was faster, or it is not good (any more) */
WeftRelayInvite *weft_relay_invites_redeem (WeftRelaySql  *sql,
                                            const char    *token,
                                            const char    *user,
                                            gint64         now_ms);
/* Whether there was one to revoke. */
gboolean         weft_relay_invites_revoke (WeftRelaySql  *sql,
                                            const char    *id,
                                            gint64         now_ms);
/* All that @user made for @workspace, or for its @board (nullable) alone, and nobody has used. */
void             weft_relay_invites_revoke_of (WeftRelaySql  *sql,
                                            const char    *workspace,
                                            const char    *board,
                                            const char    *user,
                                            gint64         now_ms);
/* All that the relay itself made for @workspace and nobody has used. */
void             weft_relay_invites_revoke_own (WeftRelaySql *sql,
                                            const char    *workspace,
                                            gint64         now_ms);
void             weft_relay_invite_free    (WeftRelayInvite *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayInvite, weft_relay_invite_free)

G_END_DECLS
