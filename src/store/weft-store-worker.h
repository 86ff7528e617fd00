/* weft-store-worker.h - the thread of a store: its only connection, and what waits for the disk
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Calls become jobs in one queue, done in order. Writes are gathered and committed together, at the
 * latest WEFT_STORE_COMMIT_MS after the first of them. A failed commit keeps them all, in order, and is
 * tried again, ever more seldom. What is long and needs no SQL (building a document, making a
 * snapshot) is done on the threads of GTask meanwhile, so that a commit never waits for it.
 *
 * The worker reports through idle sources of the owner's main context.
 */

#pragma once

#include <gio/gio.h>

#include "store/weft-database.h"
#include "store/weft-store.h"
#include "store/weft-update-log.h"

G_BEGIN_DECLS

#define WEFT_STORE_COMMIT_MS    100
#define WEFT_STORE_RETRY_MIN_MS 250
#define WEFT_STORE_RETRY_MAX_MS 5000

/* A log is replaced by a snapshot when it has more rows, or more bytes and more than its snapshot. */
#define WEFT_STORE_COMPACT_ROWS  512
#define WEFT_STORE_COMPACT_BYTES (4 * 1024 * 1024)
/* A row of more than this is no edit, but a whole document that came at once: it counts as a snapshot. Making one of it
 * for a few edits would take as much memory as the document three times over. */
#define WEFT_STORE_WHOLE_BYTES   (16 * 1024 * 1024)
/* For so many bytes of its snapshot a document may have one row more. */
#define WEFT_STORE_BYTES_PER_ROW (16 * 1024)

/* The log of SQLite is brought into the file beyond this many pages of 4 KiB. */
#define WEFT_STORE_CHECKPOINT_PAGES 1000

/* A transaction holds so many bytes of updates, or a single one: the log of SQLite is not longer than what it was when
 * it was last emptied and one transaction, 16 MiB at most where no update is larger than an asset may be. */
#define WEFT_STORE_TRANSACTION_BYTES (4 * 1024 * 1024)
/* Free pages are given back to the disk where they are more than so many, and more than a quarter of the file. */
#define WEFT_STORE_FREE_PAGES 256

typedef struct _WeftStoreWorker WeftStoreWorker;

/* @task wants a #WeftStore. */
void             weft_store_worker_start     (GTask            *task,
                                              GFile            *file);
WeftStoreWorker *weft_store_worker_ref       (WeftStoreWorker  *self);
void             weft_store_worker_unref     (WeftStoreWorker  *self);
/* Commits what is queued if it can, closes, and ends the thread. */
void             weft_store_worker_stop      (WeftStoreWorker  *self);

/* Writes. @generation counts the calls of the owner, so that it knows which of them are on the disk. */
void             weft_store_worker_append    (WeftStoreWorker  *self,
                                              WeftLogRow       *row,
                                              guint64           generation);
void             weft_store_worker_set_value (WeftStoreWorker  *self,
                                              const char       *name,
                                              const char       *value,
                                              guint64           generation);
void             weft_store_worker_set_journal (WeftStoreWorker *self,
                                              const char       *key,
                                              GBytes           *value,
                                              guint64           generation);
void             weft_store_worker_set_sync_state (WeftStoreWorker *self,
                                              WeftStoreSyncState *state,
                                              guint64           generation);
void             weft_store_worker_set_asset (WeftStoreWorker  *self,
                                              const char       *sha256,
                                              const char       *doc_id,
                                              guint64           n_bytes,
                                              guint64           generation);
void             weft_store_worker_set_seen  (WeftStoreWorker  *self,
                                              const char       *doc_id,
                                              GBytes           *snapshot,
                                              guint64           generation);

/* Looks whether the file is still where it was, and tells the store where that has changed. */
void             weft_store_worker_check_place (WeftStoreWorker *self);

/* Questions; each completes its task, which is taken. */
void             weft_store_worker_flush     (WeftStoreWorker  *self,
                                              GTask            *task);
void             weft_store_worker_close     (WeftStoreWorker  *self,
                                              GTask            *task);
void             weft_store_worker_load      (WeftStoreWorker  *self,
                                              const char       *doc_id,
                                              GTask            *task);
void             weft_store_worker_compact   (WeftStoreWorker  *self,
                                              const char       *doc_id,
                                              GTask            *task);
void             weft_store_worker_list_docs (WeftStoreWorker  *self,
                                              GTask            *task);
void             weft_store_worker_list_sync_states (WeftStoreWorker *self,
                                              const char       *relay,
                                              gboolean          only_unsynced,
                                              GTask            *task);
void             weft_store_worker_describe_doc (WeftStoreWorker *self,
                                                 const char       *doc_id,
                                                 GTask            *task);
void             weft_store_worker_lookup_asset (WeftStoreWorker *self,
                                              const char       *sha256,
                                              GTask            *task);
void             weft_store_worker_lookup_seen (WeftStoreWorker *self,
                                              const char       *doc_id,
                                              GTask            *task);

/* Work of others on the store's thread: @func gets the database; it is freed unused where that is closed. */
typedef void (*WeftStoreDatabaseFunc) (WeftStoreWorker *worker,
                                       WeftDatabase    *database,
                                       gpointer         data);
void             weft_store_worker_with_database (WeftStoreWorker *self,
                                              WeftStoreDatabaseFunc func,
                                              gpointer          data,
                                              GDestroyNotify    destroy);

/* On the store's thread: writes what is not committed yet into a copy. It waits all the same. */
gboolean         weft_store_worker_write_waiting (WeftStoreWorker *self,
                                              WeftDatabase     *copy,
                                              GError          **error);

/* What a load gives. */
typedef struct
{
  WeftDoc          *doc;
  WeftStoreLoadInfo info;
} WeftStoreLoaded;

void             weft_store_loaded_free      (WeftStoreLoaded  *self);

G_END_DECLS
