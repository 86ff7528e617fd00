/* weft-relay-packed.h - a large document that nobody changes, as its bytes
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A document in memory takes two to three times its bytes, and those who join ask for the bytes. As long as nothing new
 * is written, a room keeps just these, with what they say of themselves; the first change makes a document of them.
 */

#pragma once

#include "crdt/weft-doc.h"

G_BEGIN_DECLS

typedef struct _WeftRelayPacked WeftRelayPacked;

/* Below, a document is as good. Above, making one of the bytes would hold others up: a message may not bring more at once. */
#define WEFT_RELAY_PACKED_MIN_BYTES (512 * 1024)
#define WEFT_RELAY_PACKED_MAX_BYTES (16 * 1024 * 1024)

/* (nullable): %NULL where @update is no whole document, malformed, or not of such a size: that is for a document */
WeftRelayPacked       *weft_relay_packed_new              (GBytes                *update);
void                   weft_relay_packed_free             (WeftRelayPacked       *self);
/* All of it; borrowed. */
GBytes                *weft_relay_packed_get_update       (WeftRelayPacked       *self);
const WeftStateVector *weft_relay_packed_get_state_vector (WeftRelayPacked       *self);
/* Whether @update certainly brings nothing new. */
gboolean               weft_relay_packed_knows            (WeftRelayPacked       *self,
                                                           GBytes                *update);
/* What somebody lacks who has everything that was written: what is deleted. (transfer full) */
GBytes                *weft_relay_packed_encode_deletes   (WeftRelayPacked       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayPacked, weft_relay_packed_free)

G_END_DECLS
