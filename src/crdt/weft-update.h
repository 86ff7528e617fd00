/* weft-update.h - updates without a document
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-delete-set.h"
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

/* Without a document, in time that is linear in the bytes; results are those of Yjs to the byte. All
 * give %NULL, or %FALSE, with @error set where an update is malformed. */

/* Y.mergeUpdates() and its V2. @updates: (element-type GBytes) */
GBytes    *weft_updates_merge              (GPtrArray             *updates,
                                            WeftUpdateFormat       format,
                                            GError               **error) G_GNUC_WARN_UNUSED_RESULT;
/* Y.diffUpdate() and its V2: what a peer with @state_vector lacks of @update. */
GBytes    *weft_update_subtract            (GBytes                *update,
                                            WeftUpdateFormat       format,
                                            const WeftStateVector *state_vector,
                                            GError               **error) G_GNUC_WARN_UNUSED_RESULT;
/* Y.encodeStateVectorFromUpdate() and its V2 */
GBytes    *weft_update_encode_state_vector (GBytes                *update,
                                            WeftUpdateFormat       format,
                                            GError               **error) G_GNUC_WARN_UNUSED_RESULT;
/* Y.parseUpdateMeta() and its V2: the clocks where each client's structs begin and end. */
gboolean   weft_update_get_range           (GBytes                *update,
                                            WeftUpdateFormat       format,
                                            WeftStateVector      **from,
                                            WeftStateVector      **to,
                                            GError               **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether a document of @state_vector that has @deletes would not change by @update: nothing in it is new, and nothing deleted. */
gboolean   weft_update_is_known            (GBytes                *update,
                                            WeftUpdateFormat       format,
                                            const WeftStateVector *state_vector,
                                            WeftDeleteSet         *deletes,
                                            gboolean              *known,
                                            GError               **error);
/* Whether @update, of the first format, is a document by itself: an empty one that takes it lacks nothing. */
gboolean   weft_update_is_whole            (GBytes                *update,
                                            gboolean              *whole,
                                            WeftStateVector      **state_vector,
                                            WeftDeleteSet        **deletes,
                                            GError               **error);

G_END_DECLS
