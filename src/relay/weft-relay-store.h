/* weft-relay-store.h - what the relay keeps: an update log and a snapshot for each room
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One thread in front of one backend (weft-relay-backend.h). Calls here never block (opening and closing apart).
 * Each thread that asks has a port of its own, and is answered on its main context in the order of its calls.
 *
 * Appended updates are committed in groups: whatever came while the last commit was under way makes the next one, and
 * commits are at least limits->group_ms apart, with much to store limits->busy_group_ms. An answer without error means that the update is kept (see
 * weft-relay-backend.h). Each update gets the next server version of its room.
 */

#pragma once

#include "relay/weft-relay-backend.h"
#include "relay/weft-relay-config.h"

G_BEGIN_DECLS

typedef struct _WeftRelayStore WeftRelayStore;
typedef struct _WeftRelayStorePort WeftRelayStorePort;

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

/* Work in a transaction of its own, on the store's thread. Returns: whether to commit; where @sql has an error it is not */
typedef gboolean (*WeftRelayWorkFunc)  (WeftRelaySql *sql,
                                        gpointer      data);
/* The work is done: committed, or rolled back as it wished. @error: neither, nothing of it is kept */
typedef void     (*WeftRelayDoneFunc)  (const GError *error,
                                        gpointer      data);

/* How long a commit took: counts by upper bound, the last without one. */
#define WEFT_RELAY_STORE_N_BUCKETS 10
extern const double weft_relay_store_buckets[WEFT_RELAY_STORE_N_BUCKETS - 1]; /* s */

typedef struct
{
  guint64 n_commits;
  guint64 n_failed;
  guint64 n_updates;
  guint64 n_bytes;
  guint64 commit_us;  /* all of them together */
  guint64 commits[WEFT_RELAY_STORE_N_BUCKETS];
} WeftRelayStoreCounters;

/* Opens the backend that @config names. Blocks. */
WeftRelayStore     *weft_relay_store_open            (const WeftRelayConfig  *config,
                                                      GError                **error) G_GNUC_WARN_UNUSED_RESULT;
/* Commits what is queued, and closes. Blocks. No answers come any more. Ports are closed before. */
void                weft_relay_store_close           (WeftRelayStore         *self);
/* The id of the notebook that the printed link names; made on the first start. */
const char         *weft_relay_store_get_notebook_id (WeftRelayStore         *self);
/* "sqlite" and the like. */
const char         *weft_relay_store_get_backend     (WeftRelayStore         *self);
/* Why the last commit failed, or %NULL when it did not. On any thread. (transfer full) */
char               *weft_relay_store_dup_trouble     (WeftRelayStore         *self);
void                weft_relay_store_get_counters    (WeftRelayStore         *self,
                                                      WeftRelayStoreCounters *counters);

/* Answers come on the thread-default main context of the caller. */
WeftRelayStorePort *weft_relay_store_open_port       (WeftRelayStore         *self);
/* No answers come any more. */
void                weft_relay_store_port_close      (WeftRelayStorePort     *self);
void                weft_relay_store_load            (WeftRelayStorePort     *self,
                                                      const char             *room,
                                                      WeftRelayLoadFunc       func,
                                                      gpointer                user_data);
/* Only what came after version @since, where others write to the same database; @n_log is 0 in the answer. */
void                weft_relay_store_load_since      (WeftRelayStorePort     *self,
                                                      const char             *room,
                                                      guint64                 since,
                                                      WeftRelayLoadFunc       func,
                                                      gpointer                user_data);
void                weft_relay_store_append          (WeftRelayStorePort     *self,
                                                      const char             *room,
                                                      GBytes                 *update,
                                                      WeftRelayAppendFunc     func,
                                                      gpointer                user_data);
/* Replaces the log up to @version by @snapshot, in one transaction. The caller has checked that
 * @snapshot holds all of it. */
void                weft_relay_store_compact         (WeftRelayStorePort     *self,
                                                      const char             *room,
                                                      GBytes                 *snapshot,
                                                      guint64                 version,
                                                      WeftRelayAppendFunc     func,
                                                      gpointer                user_data);
/* @destroy: (nullable): frees @data, after @done or instead of it */
void                weft_relay_store_run             (WeftRelayStorePort     *self,
                                                      WeftRelayWorkFunc       func,
                                                      WeftRelayDoneFunc       done,
                                                      gpointer                data,
                                                      GDestroyNotify          destroy);
/* The same at once. Blocks: for the start, and for tests. */
gboolean            weft_relay_store_run_now         (WeftRelayStore         *self,
                                                      WeftRelayWorkFunc       func,
                                                      gpointer                data,
                                                      GError                **error);
/* Has everything so far in one file, which holds still until the next call with %FALSE; others go on.
 * @file: (nullable): that file */
typedef void     (*WeftRelayFreezeFunc) (const char   *file,
                                         const GError *error,
                                         gpointer      user_data);
void                weft_relay_store_freeze          (WeftRelayStorePort     *self,
                                                      gboolean                frozen,
                                                      WeftRelayFreezeFunc     func,
                                                      gpointer                user_data);
/* Finds out whether something can be stored now, by storing something. */
void                weft_relay_store_probe           (WeftRelayStorePort     *self,
                                                      WeftRelayAppendFunc     func,
                                                      gpointer                user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayStore, weft_relay_store_close)

G_END_DECLS
