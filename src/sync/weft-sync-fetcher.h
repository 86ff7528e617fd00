/* weft-sync-fetcher.h - synchronises the rooms of pages that are not open
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A queue of rooms. Of each, the document is loaded from the store, brought in step with the relay both
 * ways, what arrived is stored, and the connection ends. At most four at a time. A room asked for twice is fetched once;
 * one asked for while under way is fetched once more.
 */

#pragma once

#include "sync/weft-sync-client.h"

G_BEGIN_DECLS

#define WEFT_SYNC_FETCHER_N_PARALLEL 4

#define WEFT_TYPE_SYNC_FETCHER (weft_sync_fetcher_get_type ())
G_DECLARE_FINAL_TYPE (WeftSyncFetcher, weft_sync_fetcher, WEFT, SYNC_FETCHER, GObject)

/* Property `n-waiting` (uint): rooms queued or under way.
 *
 * Signals, with the room as detail:
 *  `merged` (const char *room, WeftDoc *doc, const WeftStateVector *before, const WeftDeleteSet *taken): what the relay
 *    had is in @doc, which knew @before and from which others deleted @taken; handlers may edit it, which is stored and
 *    sent before `fetched`
 *  `given` (const char *room): the relay lacked something and has it now; just before `fetched`
 *  `fetched` (const char *room, gboolean changed): in step; @changed where something new arrived and was stored
 *  `failed` (const char *room, const char *message): given up for now; ask again later
 */
WeftSyncFetcher *weft_sync_fetcher_new         (const char      *relay,
                                                WeftStore       *store) G_GNUC_WARN_UNUSED_RESULT;
void             weft_sync_fetcher_set_token   (WeftSyncFetcher *self,
                                                const char      *token);
/* @room is also the id of the document in the store. */
void             weft_sync_fetcher_add         (WeftSyncFetcher *self,
                                                const char      *room);
/* Takes @room out, also when it is under way: it is about to be opened. */
void             weft_sync_fetcher_remove      (WeftSyncFetcher *self,
                                                const char      *room);
/* Hangs up everywhere and forgets the queue. */
void             weft_sync_fetcher_stop        (WeftSyncFetcher *self);
guint            weft_sync_fetcher_get_n_waiting (WeftSyncFetcher *self);

G_END_DECLS
