/* weft-relay-account.h - who we are at a relay that has accounts
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An invite makes the account, or adds to it. The relay then gives a refresh token, which is good once and gives the next one,
 * and access tokens for some minutes, which are fetched in time and which connections are made with. What is worth
 * keeping (the refresh token) is told by the signal `secret`; who owns the account puts it in a keyring, nowhere else, before it
 * is used. All on the thread of its main context.
 */

#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "sync/weft-link.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_RELAY_ACCOUNT_NONE,     /* nobody yet: an invite is needed */
  WEFT_RELAY_ACCOUNT_WAITING,  /* somebody, and a token is being fetched */
  WEFT_RELAY_ACCOUNT_READY,    /* there is a token */
  WEFT_RELAY_ACCOUNT_REFUSED,  /* the relay no longer knows us: a new invite is needed */
} WeftRelayAccountState;

#define WEFT_TYPE_RELAY_ACCOUNT (weft_relay_account_get_type ())
G_DECLARE_FINAL_TYPE (WeftRelayAccount, weft_relay_account, WEFT, RELAY_ACCOUNT, GObject)

/* Signals:
 *  `changed`: the state or the token
 *  `secret` (const char *secret): to be kept from now on; %NULL: to be forgotten
 */

/* @relay: an address as weft_relay_address_parse() gives it */
WeftRelayAccount     *weft_relay_account_new        (const char           *relay) G_GNUC_WARN_UNUSED_RESULT;
const char           *weft_relay_account_get_relay  (WeftRelayAccount     *self);
WeftRelayAccountState weft_relay_account_get_state  (WeftRelayAccount     *self);
/* (nullable): what connections show the relay */
const char           *weft_relay_account_get_token  (WeftRelayAccount     *self);
/* (nullable): our id there, once it is known */
const char           *weft_relay_account_get_user   (WeftRelayAccount     *self);
/* What `secret` told once; fetches a token. */
void                  weft_relay_account_set_secret (WeftRelayAccount     *self,
                                                     const char           *secret);
/* Fetches a token now; what is under way counts. */
void                  weft_relay_account_renew      (WeftRelayAccount     *self);

/* What an invite is to: a call of its own, before it is accepted. The answer names `workspace_id`, `board_id`, `role`, `title`. */
void                  weft_relay_account_look_at_async  (WeftRelayAccount    *self,
                                                         const char          *invite,
                                                         GCancellable        *cancellable,
                                                         GAsyncReadyCallback  callback,
                                                         gpointer             user_data);
/* Accepts an invite. @name: who we are to the others; @device: where */
void                  weft_relay_account_accept_async   (WeftRelayAccount    *self,
                                                         const char          *invite,
                                                         const char          *name,
                                                         const char          *device,
                                                         GCancellable        *cancellable,
                                                         GAsyncReadyCallback  callback,
                                                         gpointer             user_data);
/* Any other call of the relay's API, as ourselves. @body: (nullable) (transfer full) */
void                  weft_relay_account_call_async     (WeftRelayAccount    *self,
                                                         const char          *method,
                                                         const char          *path,
                                                         JsonNode            *body,
                                                         GCancellable        *cancellable,
                                                         GAsyncReadyCallback  callback,
                                                         gpointer             user_data);
/* For all three. @error: of %WEFT_SYNC_ERROR: UNREACHABLE, or DENIED with a sentence for people.
 * Returns: (transfer full): the answer, a JSON object (an empty one where there was none); %NULL with @error */
JsonObject           *weft_relay_account_call_finish    (WeftRelayAccount    *self,
                                                         GAsyncResult        *result,
                                                         GError             **error);

G_END_DECLS
