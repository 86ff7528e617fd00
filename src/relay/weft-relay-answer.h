/* weft-relay-answer.h - the answer to a step 1, as frames
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The frame of a step 2 with @update. What no client takes in one message (%WEFT_SYNC_MAX_MESSAGE) goes in several
 * frames, one behind the other: updates first, and a step 2 as the last, which tells the client that it has everything.
 * (transfer full) */
GBytes *weft_relay_answer_new (GBytes *update) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
