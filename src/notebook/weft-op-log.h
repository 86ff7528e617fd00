/* weft-op-log.h - reads the op log of a notebook doc
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The root `ops`, by the clocks of a client rather than by place: the place says nothing.
 */

#pragma once

#include "crdt/weft-doc.h"
#include "notebook/weft-op.h"

G_BEGIN_DECLS

/* @op is borrowed. */
typedef void (*WeftOpLogFunc)  (const WeftOpId *id,
                                const WeftOp   *op,
                                gpointer        user_data);

/* Visits the ops that @client wrote between two clocks, in order. What was deleted, or cannot be read,
 * is passed over. */
void          weft_op_log_read (WeftDoc        *doc,
                                WeftClientId    client,
                                WeftClock       from,
                                WeftClock       to,
                                WeftOpLogFunc   func,
                                gpointer        user_data);

/* The same without copies: @op is good during the call. */
typedef void (*WeftOpViewFunc) (const WeftOpId   *id,
                                const WeftOpView *op,
                                gpointer          user_data);
void          weft_op_log_view (WeftDoc          *doc,
                                WeftClientId      client,
                                WeftClock         from,
                                WeftClock         to,
                                WeftOpViewFunc    func,
                                gpointer          user_data);

G_END_DECLS
