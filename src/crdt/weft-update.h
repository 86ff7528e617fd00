/* weft-update.h - updates without a document
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-state-vector.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_UPDATE_V1, /* encodeStateAsUpdate(), the `update` event */
  WEFT_UPDATE_V2, /* encodeStateAsUpdateV2(), the `updateV2` event: fields in columns, smaller */
} WeftUpdateFormat;

/* Parts of a checked @update of about @max_bytes each, which together do what it does; applied in
 * any order. What is larger in itself (one picture) stays whole. (transfer full) (element-type GBytes) */
GPtrArray *weft_update_split               (GBytes          *update,
                                            gsize            max_bytes);
/* Raises @state_vector to what @update reaches. What is malformed changes nothing. */
void       weft_update_add_to_state_vector (GBytes          *update,
                                            WeftStateVector *state_vector);
/* The same structs and deletions in the format @to; @update is of the other one. */
GBytes    *weft_update_convert             (GBytes          *update,
                                            WeftUpdateFormat to,
                                            GError         **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
