/* weft-relay-people.h - who may come in: tokens, rooms, and what they are allowed there
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The rights of a relay that is not --open. A token is verified at once, then the database is asked about the room. One that
 * belongs to a device that is signed in stays good on a connection for as long as that device fetches fresh ones.
 */

#pragma once

#include "relay/weft-relay-auth.h"
#include "relay/weft-relay-config.h"
#include "relay/weft-relay-keys.h"
#include "relay/weft-relay-store.h"

G_BEGIN_DECLS

typedef struct _WeftRelayPeople WeftRelayPeople;

/* In the data folder. */
#define WEFT_RELAY_KEYS_FILE "signing-keys.json"

/* @config, @store: borrowed, must outlive it. Reads the keys, makes them on the first start. Blocks. */
WeftRelayPeople *weft_relay_people_new          (const WeftRelayConfig *config,
                                                 WeftRelayStore        *store,
                                                 GError               **error) G_GNUC_WARN_UNUSED_RESULT;
void             weft_relay_people_free         (WeftRelayPeople       *self);
WeftRelayKeys   *weft_relay_people_get_keys     (WeftRelayPeople       *self);
/* Has the tokens of another issuer taken too, beside our own. @trust: (transfer full) */
void             weft_relay_people_add_trust    (WeftRelayPeople       *self,
                                                 WeftRelayJwtTrust     *trust);
/* Verifies @token, whoever's it is. @foreign: (out): it is another issuer's. (transfer full) (nullable): %NULL with an
 * error of %WEFT_RELAY_AUTH_ERROR that says nothing about why */
WeftAny         *weft_relay_people_verify       (WeftRelayPeople       *self,
                                                 const char            *token,
                                                 gboolean              *foreign,
                                                 GError               **error);
/* The rights, for the pool. Borrows @self, which must outlive it. */
WeftRelayAuth   *weft_relay_people_new_auth     (WeftRelayPeople       *self) G_GNUC_WARN_UNUSED_RESULT;
/* A token for @days that gives @role in the rooms of @notebook (or in @room alone), whoever has it.
 * For --issue-token: needs the keys only. (transfer full) */
char            *weft_relay_people_issue_token  (WeftRelayKeys         *keys,
                                                 const char            *name,
                                                 WeftRelayRole          role,
                                                 const char            *notebook,
                                                 const char            *room,
                                                 guint                  days);
/* Makes the workspace of the notebook @id if it is not there. Returns: (transfer full) (nullable): a fresh invite for its
 * owner, as long as it has none. Blocks. */
char            *weft_relay_people_dup_owner_invite (WeftRelayPeople   *self,
                                                 const char            *id,
                                                 GError               **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayPeople, weft_relay_people_free)

G_END_DECLS
