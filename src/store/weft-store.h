/* weft-store.h - a notebook file: every update of every document, settings, and what is unfinished
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A #WeftStore is one `*.weft` file. Its SQL runs on one thread of its own with one connection; the
 * calls here never block and belong to the thread that opened the store. What is appended is durable
 * within 250 ms (a batch is committed at most every 100 ms); then #WeftStore::committed is emitted.
 *
 * When the disk refuses (full, gone, read-only), everything stays queued in memory, in order, the
 * state becomes %WEFT_STORE_NOT_SAVED with a message, and the commit is tried again until it works.
 *
 * A document id is any string: the name of its room. Loading builds the #WeftDoc on the store's thread,
 * what is queued included, and gives it away whole.
 */

#pragma once

#include <gio/gio.h>

#include "crdt/weft-doc.h"
#include "store/weft-store-error.h"

G_BEGIN_DECLS

/* Names in weft_store_get_setting(). */
#define WEFT_STORE_NOTEBOOK_ID "notebook-id"
#define WEFT_STORE_RELAY       "relay"
#define WEFT_STORE_WORK_OFFLINE "work-offline"
#define WEFT_STORE_LAST_SEEN   "last-seen"

typedef enum
{
  WEFT_STORE_SAVED,     /* all that was given is on the disk */
  WEFT_STORE_SAVING,    /* something waits for the next commit */
  WEFT_STORE_NOT_SAVED, /* the last commit failed; see #WeftStore:error-message */
} WeftStoreState;

typedef enum
{
  WEFT_UPDATE_LOCAL = 0,  /* made on this device */
  WEFT_UPDATE_REMOTE = 1, /* received */
} WeftUpdateOrigin;

/**
 * WeftStoreLoadInfo:
 * @last_seq: number of the last update that the document holds; 0 where there is none
 * @last_time: when the latest of them was written, in ms since 1970
 * @n_updates: updates applied, the snapshot counting as one
 * @n_damaged: rows left out because they are damaged; synchronising brings back what others have
 */
typedef struct
{
  guint64 last_seq;
  gint64  last_time;
  guint   n_updates;
  guint   n_damaged;
} WeftStoreLoadInfo;

/**
 * WeftStoreDocInfo:
 * @id: the document
 * @n_bytes: of its snapshot and updates
 * @n_updates: since the snapshot
 * @last_seq: number of its last update
 * @last_time: when that was written, in ms since 1970
 */
typedef struct
{
  char   *id;
  guint64 n_bytes;
  guint   n_updates;
  guint64 last_seq;
  gint64  last_time;
} WeftStoreDocInfo;

/**
 * WeftStoreSyncState:
 * @doc_id: the document
 * @relay: address of the relay this is about
 * @acknowledged: (nullable): an encoded state vector: what that relay is known to have
 * @unsynced: whether there are local edits which that relay may not have
 * @time: when this was noted, in ms since 1970
 */
typedef struct
{
  char    *doc_id;
  char    *relay;
  GBytes  *acknowledged;
  gboolean unsynced;
  gint64   time;
} WeftStoreSyncState;

void weft_store_doc_info_free   (WeftStoreDocInfo   *self);
void weft_store_sync_state_free (WeftStoreSyncState *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftStoreDocInfo, weft_store_doc_info_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftStoreSyncState, weft_store_sync_state_free)

#define WEFT_TYPE_STORE (weft_store_get_type ())
G_DECLARE_FINAL_TYPE (WeftStore, weft_store, WEFT, STORE, GObject)

/* Properties: `state` (#WeftStoreState as int), `error-message`, `notice`. Notify comes on the owner's thread.
 *
 * Signal `committed` (const char *doc_id, guint64 seq): all updates of @doc_id up to @seq are durable.
 * Its detail is the document id. Send an update only after it. */

/* Opens, or creates. A damaged file is moved aside as NAME.damaged-DATE and what can be read is brought over; see weft_store_get_notice(). */
void            weft_store_open_async          (GFile                *file,
                                                GCancellable         *cancellable,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
WeftStore      *weft_store_open_finish         (GAsyncResult         *result,
                                                GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* Commits what is queued, checkpoints, and closes. Calls after this one do nothing or fail with CLOSED.
 * Where the last commit fails, this fails and the store stays open. */
void            weft_store_close_async         (WeftStore            *self,
                                                GCancellable         *cancellable,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
gboolean        weft_store_close_finish        (WeftStore            *self,
                                                GAsyncResult         *result,
                                                GError              **error);
GFile          *weft_store_get_file            (WeftStore            *self);
/* A sentence for the user, or %NULL: the file was damaged (and where it was put), cannot be written, or holds
 * changes that turned out to be damaged when they were loaded. */
const char     *weft_store_get_notice          (WeftStore            *self);
/* Whether the file cannot be written; edits then live in memory only. */
gboolean        weft_store_is_read_only        (WeftStore            *self);
WeftStoreState  weft_store_get_state           (WeftStore            *self);
/* The same with its code, for a sentence in the user's language. (nullable) (transfer none) */
const GError   *weft_store_get_error           (WeftStore            *self);
/* Why things are not saved, or %NULL. */
const char     *weft_store_get_error_message   (WeftStore            *self);
/* 26 characters, random, this device's; made anew where the file was copied to another place or machine. */
const char     *weft_store_get_device_id       (WeftStore            *self);

/* Queues an update (first format). Returns: its number; numbers grow by one through the whole store */
guint64         weft_store_append_update       (WeftStore            *self,
                                                const char           *doc_id,
                                                GBytes               *update,
                                                WeftUpdateOrigin      origin);
/* The number up to which everything is durable. */
guint64         weft_store_get_committed_seq   (WeftStore            *self);
/* How many updates wait in memory. */
guint64         weft_store_get_n_queued        (WeftStore            *self);
/* Commits now instead of within 100 ms. */
void            weft_store_flush_async         (WeftStore            *self,
                                                GCancellable         *cancellable,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
gboolean        weft_store_flush_finish        (WeftStore            *self,
                                                GAsyncResult         *result,
                                                GError              **error);
/* An unknown document loads as an empty one. @info: (out) (optional) */
void            weft_store_load_doc_async      (WeftStore            *self,
                                                const char           *doc_id,
                                                GCancellable         *cancellable,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
WeftDoc        *weft_store_load_doc_finish     (WeftStore            *self,
                                                GAsyncResult         *result,
                                                WeftStoreLoadInfo    *info,
                                                GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* Replaces the updates of a document by one verified snapshot. Done by itself when a log has grown long. */
void            weft_store_compact_async       (WeftStore            *self,
                                                const char           *doc_id,
                                                GCancellable         *cancellable,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
gboolean        weft_store_compact_finish      (WeftStore            *self,
                                                GAsyncResult         *result,
                                                GError              **error);
/* (element-type WeftStoreDocInfo): in the order of their ids */
void            weft_store_list_docs_async     (WeftStore            *self,
                                                GCancellable         *cancellable,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
GPtrArray      *weft_store_list_docs_finish    (WeftStore            *self,
                                                GAsyncResult         *result,
                                                GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* One document, without loading it. (nullable) (transfer full): %NULL without an error where there is none */
void            weft_store_describe_doc_async  (WeftStore            *self,
                                                const char           *doc_id,
                                                GCancellable         *cancellable,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
WeftStoreDocInfo *weft_store_describe_doc_finish (WeftStore          *self,
                                                GAsyncResult         *result,
                                                GError              **error) G_GNUC_WARN_UNUSED_RESULT;

/* Told on the owner's thread, with a share from 0 to 1. */
typedef void  (*WeftStoreProgressFunc)         (double                share,
                                                gpointer              user_data);
/* Copies the file, as it is when the copy ends, to @target, while work goes on. Cancelled or failed it leaves nothing,
 * and @target as it was. @progress: (nullable) (scope notified): not called after @callback */
void            weft_store_backup_async        (WeftStore            *self,
                                                GFile                *target,
                                                WeftStoreProgressFunc progress,
                                                gpointer              progress_data,
                                                GCancellable         *cancellable,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
gboolean        weft_store_backup_finish       (WeftStore            *self,
                                                GAsyncResult         *result,
                                                GError              **error);

/* What the relay has of a document. Writing is queued; reading sees what was written before. */
void            weft_store_set_sync_state      (WeftStore            *self,
                                                const char           *doc_id,
                                                const char           *relay,
                                                GBytes               *acknowledged,
                                                gboolean              unsynced);
/* (element-type WeftStoreSyncState): of one @relay; with @only_unsynced those that have edits to send */
void            weft_store_list_sync_states_async  (WeftStore            *self,
                                                    const char           *relay,
                                                    gboolean              only_unsynced,
                                                    GCancellable         *cancellable,
                                                    GAsyncReadyCallback   callback,
                                                    gpointer              user_data);
GPtrArray      *weft_store_list_sync_states_finish (WeftStore            *self,
                                                    GAsyncResult         *result,
                                                    GError              **error) G_GNUC_WARN_UNUSED_RESULT;

/* Settings are read at opening and kept in memory: getting is immediate, setting is queued. %NULL forgets. */
const char     *weft_store_get_setting         (WeftStore            *self,
                                                const char           *name);
void            weft_store_set_setting         (WeftStore            *self,
                                                const char           *name,
                                                const char           *value);

/* The journal holds what is not yet an update: a stroke under the pen. Write as often as you like: the
 * last value of a key is what is committed. %NULL forgets. Left-overs are found at the next start. */
GBytes         *weft_store_get_journal         (WeftStore            *self,
                                                const char           *key);
void            weft_store_set_journal         (WeftStore            *self,
                                                const char           *key,
                                                GBytes               *value);
/* (transfer full) (array zero-terminated=1): sorted */
char          **weft_store_list_journal        (WeftStore            *self);

/* Notes that @doc_id holds the asset of that hash, whole and checked. */
void            weft_store_set_asset           (WeftStore            *self,
                                                const char           *sha256,
                                                const char           *doc_id,
                                                guint64               n_bytes);
/* Returns: (nullable): the id of the document that holds the asset, or %NULL without an error where we do not have it */
void            weft_store_lookup_asset_async  (WeftStore            *self,
                                                const char           *sha256,
                                                GCancellable         *cancellable,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
char           *weft_store_lookup_asset_finish (WeftStore            *self,
                                                GAsyncResult         *result,
                                                GError              **error) G_GNUC_WARN_UNUSED_RESULT;

/* What a page was when it was last looked at here, an encoded #WeftSnapshot (the store does not read it). */
void            weft_store_set_seen            (WeftStore            *self,
                                                const char           *doc_id,
                                                GBytes               *snapshot);
/* Returns: (nullable): %NULL without an error where it was never looked at */
void            weft_store_lookup_seen_async   (WeftStore            *self,
                                                const char           *doc_id,
                                                GCancellable         *cancellable,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
GBytes         *weft_store_lookup_seen_finish  (WeftStore            *self,
                                                GAsyncResult         *result,
                                                GError              **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * WeftStoreHistoryEntry:
 * @client: who wrote
 * @clock: the first clock
 * @length: how many
 * @deleted: these were deleted, by anybody; else written
 * @local: it was done on this device, or received
 * @time: when, or when it came here, in ms since 1970, exact to a minute
 */
typedef struct
{
  guint64  client;
  guint64  clock;
  guint64  length;
  gboolean deleted;
  gboolean local;
  gint64   time;
} WeftStoreHistoryEntry;

/* A document of its own, as it is saved, and all that is known of how it came about, oldest first. Of what
 * was deleted before version 3 of the file the time is not known: it has no entry. */
void            weft_store_load_history_async  (WeftStore            *self,
                                                const char           *doc_id,
                                                GCancellable         *cancellable,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
/* @entries: (out) (transfer full) (element-type WeftStoreHistoryEntry) */
WeftDoc        *weft_store_load_history_finish (WeftStore            *self,
                                                GAsyncResult         *result,
                                                GArray              **entries,
                                                GError              **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
