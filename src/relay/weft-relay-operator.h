/* weft-relay-operator.h - what whoever runs the relay does with people: list, lock out, sign out
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `--people`, `--lock`, `--unlock` and `--sign-out` ask the relay that runs with the data folder, or work on the
 * database where none does.
 */

#pragma once

#include "relay/weft-relay-config.h"
#include "relay/weft-relay-sql.h"

G_BEGIN_DECLS

/* Whether @verb is one of theirs: "people", "lock", "unlock", "sign-out". */
gboolean weft_relay_operator_knows (const char            *verb);

/**
 * weft_relay_operator_do:
 * @sql: a transaction
 * @verb: one that weft_relay_operator_knows()
 * @who: an id, an e-mail address or a name; "" with "people"
 * @user: (out) (transfer full) (nullable): the id of the one whose rights have changed
 * @error: return location for an error where there is nobody of that name, or there are several, or the
 *   transaction failed
 *
 * Returns: (transfer full): what to print, in lines; or %NULL with @error set
 */
char    *weft_relay_operator_do    (WeftRelaySql          *sql,
                                    const char            *verb,
                                    const char            *who,
                                    char                 **user,
                                    GError               **error) G_GNUC_WARN_UNUSED_RESULT;

/* What the option @verb does; prints. Returns: the exit status */
int      weft_relay_operator_main  (const WeftRelayConfig *config,
                                    const char            *verb);

G_END_DECLS
