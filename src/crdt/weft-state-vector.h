/* weft-state-vector.h - how far each client is known
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A state vector answers one question: "what have you seen already?". It maps a client to the next
 * clock expected from it; a client that is absent is at clock 0.
 */

#pragma once

#include "crdt/weft-reader.h"
#include "crdt/weft-writer.h"

G_BEGIN_DECLS

typedef struct _WeftStateVector WeftStateVector;

WeftStateVector *weft_state_vector_new           (void);
WeftStateVector *weft_state_vector_copy          (const WeftStateVector *self);
WeftStateVector *weft_state_vector_read          (WeftReader            *reader);
WeftStateVector *weft_state_vector_decode        (GBytes                *bytes,
                                                  GError               **error) G_GNUC_WARN_UNUSED_RESULT;
void             weft_state_vector_free          (WeftStateVector       *self);
WeftClock        weft_state_vector_get           (const WeftStateVector *self,
                                                  WeftClientId           client);
void             weft_state_vector_set           (WeftStateVector       *self,
                                                  WeftClientId           client,
                                                  WeftClock              clock);
gsize            weft_state_vector_get_n_clients (const WeftStateVector *self);
/* The clients in descending order, as they are written. */
void             weft_state_vector_get_entry     (const WeftStateVector *self,
                                                  gsize                  index,
                                                  WeftClientId          *client,
                                                  WeftClock             *clock);
/* Whether @self has seen all that @other has. */
gboolean         weft_state_vector_covers        (const WeftStateVector *self,
                                                  const WeftStateVector *other);
gboolean         weft_state_vector_equal         (const WeftStateVector *a,
                                                  const WeftStateVector *b);
void             weft_state_vector_write         (const WeftStateVector *self,
                                                  WeftWriter            *writer);
GBytes          *weft_state_vector_encode        (const WeftStateVector *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftStateVector, weft_state_vector_free)

G_END_DECLS
