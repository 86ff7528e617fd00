/* weft-accounts.h - our accounts at relays, one for each, and where their secrets are
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All notebooks on one relay are one person there, so they share one #WeftRelayAccount. Its secret is in the keyring of the
 * desktop (libsecret); where there is none, it is in memory only, and an invite is asked for at the next start: it is
 * never written elsewhere.
 */

#pragma once

#include "sync/weft-relay-account.h"

G_BEGIN_DECLS

/* The account at @relay; the same one for all who ask as long as somebody holds it. The keyring is asked the first time.
 * (transfer full) */
WeftRelayAccount *weft_accounts_get     (const char       *relay) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the keyring was asked and has answered. `changed` is emitted when it has. */
gboolean          weft_accounts_is_loaded (WeftRelayAccount *account);
/* Whether secrets outlive this process. */
gboolean          weft_accounts_has_keyring (WeftRelayAccount *account);

G_END_DECLS
