/* weft-relay-store.h - what the relay keeps: an update log and a snapshot for each room
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One file, `relay.db` in the data folder; its SQL runs on one thread with one connection. Calls here
 * never block (opening and closing apart) and answer on the main context of the thread that opened
 * the store, in the order of the calls.
 *
 * Appended updates are committed in groups: whatever came while the last commit was under way makes
 * the next one. An answer without error means that the update is on the disk (synchronous=FULL).
 * Each update gets the next server version of its room.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _WeftRelayStore WeftRelayStore;

/* @updates: (nullable) (element-type GBytes) (transfer none): the snapshot first, then what came later
 * @version: server version of the room, 0 for a new one
 * @n_log: updates since the snapshot */
typedef void (*WeftRelayLoadFunc)   (GPtrArray    *updates,
                                     guint64       version,
                                     guint         n_log,
                                     const GError *error,
                                     gpointer      user_data);
/* @version: the server version that the update got; 0 with @error */
typedef void (*WeftRelayAppendFunc) (guint64       version,
                                     const GError *error,
                                     gpointer      user_data);

/* Makes the folder and the file where they are missing. Blocks. */
WeftRelayStore *weft_relay_store_open            (const char           *folder,
                                                  GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* Commits what is queued, checkpoints, closes. Blocks. No answers come any more. */
void            weft_relay_store_close           (WeftRelayStore       *self);
/* The id of the notebook that the printed link names; made on the first start. */
const char     *weft_relay_store_get_notebook_id (WeftRelayStore       *self);
/* Why the last commit failed, or %NULL when it did not. */
const char     *weft_relay_store_get_trouble     (WeftRelayStore       *self);

void            weft_relay_store_load            (WeftRelayStore       *self,
                                                  const char           *room,
                                                  WeftRelayLoadFunc     func,
                                                  gpointer              user_data);
void            weft_relay_store_append          (WeftRelayStore       *self,
                                                  const char           *room,
                                                  GBytes               *update,
                                                  WeftRelayAppendFunc   func,
                                                  gpointer              user_data);
/* Replaces the log up to @version by @snapshot, in one transaction. The caller has checked that
 * @snapshot holds all of it. */
void            weft_relay_store_compact         (WeftRelayStore       *self,
                                                  const char           *room,
                                                  GBytes               *snapshot,
                                                  guint64               version,
                                                  WeftRelayAppendFunc   func,
                                                  gpointer              user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayStore, weft_relay_store_close)

G_END_DECLS
