/* weft-relay-care.h - backup, restore, and the doctor
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A backup is one file: relay.db as it was at a moment, with the signing keys as a setting. It can be made while the relay runs.
 */

#pragma once

#include "relay/weft-relay-config.h"

G_BEGIN_DECLS

/* Copies @source, which holds still, to @target, with what else is in @folder and belongs to it; checks the copy. Blocks. */
gboolean weft_relay_care_copy    (const char            *source,
                                  const char            *folder,
                                  const char            *target,
                                  GError               **error);
/* What `--backup`, `--restore` and `--doctor` do; they print. Returns: the exit status */
int      weft_relay_care_backup  (const WeftRelayConfig *config);
int      weft_relay_care_restore (const WeftRelayConfig *config);
int      weft_relay_care_doctor  (const WeftRelayConfig *config);
/* Where the superuser has worked in the data folder of somebody else, what that made is theirs. */
void     weft_relay_care_hand_over (const WeftRelayConfig *config);

G_END_DECLS
