/* weft-relay-answer.h - the answer to a step 1, as frames
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What an update is in one message of a dialect: the last one as a step 2, others as updates. It ends with the length of
 * the update and the update. (transfer full) */
typedef GBytes *(*WeftRelayWrapFunc) (GBytes  *update,
                                      gboolean last,
                                      gpointer user_data);

/* The frame of a step 2 with @update. Where that is more than @max_bytes, several frames, one behind the other: updates
 * first, each of which needs only those before it, and a step 2 as the last, which tells the client that it has
 * everything. (transfer full) */
GBytes *weft_relay_answer_new (GBytes           *update,
                               gsize             max_bytes,
                               WeftRelayWrapFunc wrap,
                               gpointer          user_data) G_GNUC_WARN_UNUSED_RESULT;

/* What stands before @update in the one frame that weft_relay_answer_new() would make of it: for one that many get and
 * nobody needs a copy of. (transfer full) */
GBytes *weft_relay_answer_new_head (GBytes           *update,
                                    WeftRelayWrapFunc wrap,
                                    gpointer          user_data) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
