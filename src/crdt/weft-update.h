/* weft-update.h - updates without a document
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-state-vector.h"

G_BEGIN_DECLS

/* Parts of a checked @update of about @max_bytes each, which together do what it does; applied in
 * any order. What is larger in itself (one picture) stays whole. (transfer full) (element-type GBytes) */
GPtrArray *weft_update_split               (GBytes          *update,
                                            gsize            max_bytes);
/* Raises @state_vector to what @update reaches. What is malformed changes nothing. */
void       weft_update_add_to_state_vector (GBytes          *update,
                                            WeftStateVector *state_vector);

G_END_DECLS
