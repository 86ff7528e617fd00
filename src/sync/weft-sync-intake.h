/* weft-sync-intake.h - what comes in a room, in order, and large updates in parts
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A hundred thousand moves of pages in one update would hold the main loop for longer than a frame. So a large update
 * is cut on a thread into parts, each of which needs only those before it, and a few of these are given at a time.
 * What comes meanwhile waits behind them.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* From here on an update is cut. */
#define WEFT_SYNC_LARGE_UPDATE (128 * 1024)

typedef struct _WeftSyncIntake WeftSyncIntake;

/* A message, or a part of one as a message of its own. The intake may be cleared inside of it. */
typedef void (*WeftSyncIntakeFunc) (GBytes         *message,
                                    gpointer        owner);

/* @owner: is given to @take, and kept alive while it is called; borrowed */
WeftSyncIntake *weft_sync_intake_new   (gpointer            owner,
                                        WeftSyncIntakeFunc  take) G_GNUC_WARN_UNUSED_RESULT;
void            weft_sync_intake_free  (WeftSyncIntake     *self);
/* Gives @message, or lets it wait for those before it. */
void            weft_sync_intake_push  (WeftSyncIntake     *self,
                                        GBytes             *message);
/* While a message is given: @update, which is in it, shall come in parts instead. @is_answer: it is a step 2; then so is
 * the last part, and no other. Returns: %FALSE where @update is a part already, and cannot be smaller */
gboolean        weft_sync_intake_cut   (WeftSyncIntake     *self,
                                        GBytes             *update,
                                        gboolean            is_answer);
/* The connection is over: what was not given yet comes again with the next one. */
void            weft_sync_intake_clear (WeftSyncIntake     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftSyncIntake, weft_sync_intake_free)

G_END_DECLS
