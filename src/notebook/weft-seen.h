/* weft-seen.h - what the author of a trash op knew
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A trash op carries only the entries of its author's state vector that changed since the trash op
 * before it by the same client. So each #WeftSeen points to the one before, and shares it. The chain
 * is cut to one whole table now and then, so that a question never walks far.
 */

#pragma once

#include "crdt/weft-state-vector.h"

G_BEGIN_DECLS

typedef struct _WeftSeen WeftSeen;

/* @before: (nullable): of the trash op before; a reference is taken. @changes: what is new */
WeftSeen *weft_seen_new       (WeftSeen              *before,
                               const WeftStateVector *changes) G_GNUC_WARN_UNUSED_RESULT;
WeftSeen *weft_seen_ref       (WeftSeen              *self);
void      weft_seen_unref     (WeftSeen              *self);
/* The next clock that was expected from @client. */
WeftClock weft_seen_get       (const WeftSeen        *self,
                               WeftClientId           client);

G_END_DECLS
