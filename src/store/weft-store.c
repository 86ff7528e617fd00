/* weft-store.c - a notebook file: every update of every document, settings, and what is unfinished
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The face of the store, on its owner's thread. It numbers what is written and keeps settings and
 * journal in memory; everything else is asked of the worker.
 */

#include "config.h"

#include "store/weft-store-private.h"

#include <glib/gi18n-lib.h>

struct _WeftStore
{
  GObject parent_instance;

  WeftStoreWorker *worker;
  WeftStoreOpened opened;

  GFileMonitor *monitor; /* (nullable): told when the file is moved, deleted or replaced; a commit notices it, too */

  WeftStoreState state;
  GError *error;
  gboolean closing;
  gboolean closed;
  gboolean told_damage;
  gboolean overwritten; /* and all settings were written again */

  guint64 last_seq;
  guint64 committed_seq;

  /* Counts the calls that write; equal when all of them are on the disk. */
  guint64 generation;
  guint64 committed_generation;
};

G_DEFINE_FINAL_TYPE (WeftStore, weft_store, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_STATE,
  PROP_ERROR_MESSAGE,
  PROP_NOTICE,
  N_PROPS
};

enum
{
  COMMITTED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static void
set_state (WeftStore     *self,
           WeftStoreState state,
           const GError  *error)
{
  gboolean changed = state != self->state;
  gboolean other_error = g_strcmp0 (error != NULL ? error->message : NULL,
                                    self->error != NULL ? self->error->message : NULL)
                         != 0;

  self->state = state;
  if (other_error)
    {
      g_clear_error (&self->error);
      self->error = error != NULL ? g_error_copy (error) : NULL;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_MESSAGE]);
    }

  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

/* Returns: the number of this write, or 0 where there will be none */
guint64
weft_store_begin_write (WeftStore *self)
{
  if (self->closing)
    return 0;

  self->generation++;
  if (self->state == WEFT_STORE_SAVED)
    set_state (self, WEFT_STORE_SAVING, NULL);

  return self->generation;
}

/* Returns: (transfer full) (nullable): %NULL after the close: the task has its answer */
GTask *
weft_store_begin_task (WeftStore          *self,
                       gpointer            tag,
                       GCancellable       *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer            user_data)
{
  g_autoptr(GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  if (self->closing)
    {
      g_task_return_new_error (task, WEFT_STORE_ERROR, WEFT_STORE_ERROR_CLOSED,
                               _ ("The notebook was closed"));
      return NULL;
    }

  return g_steal_pointer (&task);
}

static void
weft_store_get_property (GObject    *object,
                         guint       prop_id,
                         GValue     *value,
                         GParamSpec *pspec)
{
  WeftStore *self = WEFT_STORE (object);

  switch (prop_id)
    {
    case PROP_STATE:
      g_value_set_int (value, (int) self->state);
      break;

    case PROP_ERROR_MESSAGE:
      g_value_set_string (value, weft_store_get_error_message (self));
      break;

    case PROP_NOTICE:
      g_value_set_string (value, self->opened.notice);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_store_finalize (GObject *object)
{
  WeftStore *self = WEFT_STORE (object);

  if (self->monitor != NULL)
    g_file_monitor_cancel (self->monitor);
  g_clear_object (&self->monitor);

  weft_store_worker_stop (self->worker);
  weft_store_worker_unref (self->worker);

  g_clear_object (&self->opened.file);
  g_clear_pointer (&self->opened.notice, g_free);
  g_clear_pointer (&self->opened.device_id, g_free);
  g_clear_pointer (&self->opened.settings, g_hash_table_unref);
  g_clear_pointer (&self->opened.journal, g_hash_table_unref);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (weft_store_parent_class)->finalize (object);
}

static void
weft_store_class_init (WeftStoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = weft_store_get_property;
  object_class->finalize = weft_store_finalize;

  /**
   * WeftStore:state:
   *
   * A #WeftStoreState: whether everything that was given is on the disk.
   */
  properties[PROP_STATE] = g_param_spec_int ("state", NULL, NULL, WEFT_STORE_SAVED,
                                             WEFT_STORE_NOT_SAVED, WEFT_STORE_SAVED,
                                             G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * WeftStore:error-message: (nullable)
   *
   * Why the last commit failed.
   */
  properties[PROP_ERROR_MESSAGE] = g_param_spec_string ("error-message", NULL, NULL, NULL,
                                                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * WeftStore:notice: (nullable)
   *
   * A sentence for the user about what was found damaged, at opening or since.
   */
  properties[PROP_NOTICE] = g_param_spec_string ("notice", NULL, NULL, NULL,
                                                 G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * WeftStore::committed:
   * @self: the store
   * @doc_id: the document
   * @seq: the number of its last update in this commit
   *
   * All updates of @doc_id up to @seq are durable. The detail is the document's id.
   */
  signals[COMMITTED] = g_signal_new ("committed", G_TYPE_FROM_CLASS (klass),
                                     G_SIGNAL_RUN_LAST | G_SIGNAL_DETAILED, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_UINT64);
}

static void
weft_store_init (WeftStore *self)
{
}

WeftStore *
weft_store_new_opened (WeftStoreWorker *worker,
                       WeftStoreOpened *opened)
{
  WeftStore *self = g_object_new (WEFT_TYPE_STORE, NULL);

  self->worker = weft_store_worker_ref (worker);
  self->opened = *opened;
  self->last_seq = opened->last_seq;
  self->committed_seq = opened->last_seq;
  *opened = (WeftStoreOpened){ 0 };

  return self;
}

WeftStoreWorker *
weft_store_get_worker (WeftStore *self)
{
  return self->worker;
}

/* What waits is all that a copy can be made of then, and settings make a notebook of it. */
static void
write_settings_again (WeftStore *self)
{
  GHashTableIter iter;
  gpointer name, value;

  if (self->overwritten || self->closing)
    return;

  self->overwritten = TRUE;
  g_hash_table_iter_init (&iter, self->opened.settings);
  while (g_hash_table_iter_next (&iter, &name, &value))
    weft_store_worker_set_value (self->worker, name, value, weft_store_begin_write (self));
}

void
weft_store_take_report (WeftStore             *self,
                        const WeftStoreReport *report)
{
  GHashTableIter iter;
  gpointer doc_id, seq;

  if (report->error != NULL)
    {
      if (g_error_matches (report->error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_OVERWRITTEN))
        write_settings_again (self);
      set_state (self, WEFT_STORE_NOT_SAVED, report->error);
      return;
    }

  self->committed_generation = report->generation;
  self->committed_seq = MAX (self->committed_seq, report->last_seq);
  set_state (self,
             self->committed_generation == self->generation ? WEFT_STORE_SAVED : WEFT_STORE_SAVING,
             NULL);

  g_hash_table_iter_init (&iter, report->last_seqs);
  while (g_hash_table_iter_next (&iter, &doc_id, &seq))
    g_signal_emit (self, signals[COMMITTED], g_quark_try_string (doc_id), doc_id, *(guint64 *) seq);
}

/**
 * weft_store_doc_info_free:
 * @self: what weft_store_list_docs_finish() gave
 */
void
weft_store_doc_info_free (WeftStoreDocInfo *self)
{
  g_free (self->id);
  g_free (self);
}

/**
 * weft_store_sync_state_free:
 * @self: what weft_store_list_sync_states_finish() gave
 */
void
weft_store_sync_state_free (WeftStoreSyncState *self)
{
  g_free (self->doc_id);
  g_free (self->relay);
  g_clear_pointer (&self->acknowledged, g_bytes_unref);
  g_free (self);
}

/**
 * weft_store_open_async:
 * @file: a local file
 * @cancellable: (nullable): does not interrupt an opening under way
 * @callback: called on the thread of the caller's main context, which owns the store from then on
 * @user_data: for @callback
 *
 * Opens the notebook in @file, or makes a new one.
 */
void
weft_store_open_async (GFile              *file,
                       GCancellable       *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer            user_data)
{
  GTask *task;

  g_return_if_fail (G_IS_FILE (file));

  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, weft_store_open_async);
  weft_store_worker_start (task, file);
}

static void
file_changed_cb (GFileMonitor     *monitor,
                 GFile            *file,
                 GFile            *other,
                 GFileMonitorEvent event,
                 gpointer          user_data)
{
  WeftStore *self = user_data;

  /* That SQLite writes into it is no news; another program ends what it writes. */
  if (event != G_FILE_MONITOR_EVENT_CHANGED
      && event != G_FILE_MONITOR_EVENT_ATTRIBUTE_CHANGED && !self->closed)
    weft_store_worker_check_place (self->worker);
}

static void
watch_file (WeftStore *self)
{
  self->monitor = g_file_monitor_file (self->opened.file, G_FILE_MONITOR_NONE, NULL, NULL);
  if (self->monitor != NULL)
    g_signal_connect_object (self->monitor, "changed", G_CALLBACK (file_changed_cb), self, G_CONNECT_DEFAULT);
}

/**
 * weft_store_open_finish:
 * @result: what the callback got
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Returns: (transfer full): the store, or %NULL with @error set
 */
WeftStore *
weft_store_open_finish (GAsyncResult *result,
                        GError      **error)
{
  WeftStore *self;

  g_return_val_if_fail (g_async_result_is_tagged (result, weft_store_open_async), NULL);

  self = g_task_propagate_pointer (G_TASK (result), error);
  if (self != NULL)
    watch_file (self);

  return self;
}

static void
close_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  WeftStore *self = WEFT_STORE (object);
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    {
      self->closed = TRUE;
      g_task_return_boolean (task, TRUE);
    }
  else
    {
      self->closing = self->closed;
      g_task_return_error (task, g_steal_pointer (&error));
    }
}

/**
 * weft_store_close_async:
 * @self: a store
 * @cancellable: (nullable): a cancellable
 * @callback: called when the file is closed
 * @user_data: for @callback
 *
 * Commits what is queued and closes the file.
 */
void
weft_store_close_async (WeftStore          *self,
                        GCancellable       *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer            user_data)
{
  g_autoptr(GTask) task = NULL;

  g_return_if_fail (WEFT_IS_STORE (self));

  task = weft_store_begin_task (self, weft_store_close_async, cancellable, callback, user_data);
  if (task == NULL)
    return;

  self->closing = TRUE;
  weft_store_worker_close (self->worker,
                           g_task_new (self, NULL, close_cb, g_steal_pointer (&task)));
}

/**
 * weft_store_close_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Returns: whether everything is saved and the file closed; otherwise the store stays open
 */
gboolean
weft_store_close_finish (WeftStore    *self,
                         GAsyncResult *result,
                         GError      **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * weft_store_get_file:
 * @self: a store
 *
 * Returns: (transfer none): the notebook's file
 */
GFile *
weft_store_get_file (WeftStore *self)
{
  g_return_val_if_fail (WEFT_IS_STORE (self), NULL);

  return self->opened.file;
}

/**
 * weft_store_get_notice:
 * @self: a store
 *
 * Returns: (nullable): a sentence for the user about what happened while opening
 */
const char *
weft_store_get_notice (WeftStore *self)
{
  g_return_val_if_fail (WEFT_IS_STORE (self), NULL);

  return self->opened.notice;
}

/**
 * weft_store_is_read_only:
 * @self: a store
 *
 * Returns: whether the file cannot be written
 */
gboolean
weft_store_is_read_only (WeftStore *self)
{
  g_return_val_if_fail (WEFT_IS_STORE (self), FALSE);

  return self->opened.read_only;
}

/**
 * weft_store_get_state:
 * @self: a store
 *
 * Returns: whether everything that was given is on the disk
 */
WeftStoreState
weft_store_get_state (WeftStore *self)
{
  g_return_val_if_fail (WEFT_IS_STORE (self), WEFT_STORE_SAVED);

  return self->state;
}

/**
 * weft_store_get_error:
 * @self: a store
 *
 * Returns: (nullable) (transfer none): why the last commit failed
 */
const GError *
weft_store_get_error (WeftStore *self)
{
  g_return_val_if_fail (WEFT_IS_STORE (self), NULL);

  return self->error;
}

/**
 * weft_store_get_error_message:
 * @self: a store
 *
 * Returns: (nullable): why the last commit failed
 */
const char *
weft_store_get_error_message (WeftStore *self)
{
  g_return_val_if_fail (WEFT_IS_STORE (self), NULL);

  return self->error != NULL ? self->error->message : NULL;
}

/**
 * weft_store_get_device_id:
 * @self: a store
 *
 * Returns: the id of this device in this notebook
 */
const char *
weft_store_get_device_id (WeftStore *self)
{
  g_return_val_if_fail (WEFT_IS_STORE (self), NULL);

  return self->opened.device_id;
}

/**
 * weft_store_append_update:
 * @self: a store
 * @doc_id: the document
 * @update: an update in the first format
 * @origin: where it was made
 *
 * Queues @update; #WeftStore::committed tells when it is durable.
 *
 * Returns: the number of the update, or 0 after the store was closed
 */
guint64
weft_store_append_update (WeftStore       *self,
                          const char      *doc_id,
                          GBytes          *update,
                          WeftUpdateOrigin origin)
{
  guint64 generation;
  WeftLogRow *row;

  g_return_val_if_fail (WEFT_IS_STORE (self), 0);
  g_return_val_if_fail (doc_id != NULL && update != NULL, 0);

  generation = weft_store_begin_write (self);
  if (generation == 0)
    return 0;

  row = weft_log_row_new (doc_id, ++self->last_seq,
                          origin == WEFT_UPDATE_LOCAL ? WEFT_ROW_LOCAL : WEFT_ROW_REMOTE,
                          g_get_real_time () / 1000, g_bytes_ref (update));
  weft_store_worker_append (self->worker, row, generation);
  return self->last_seq;
}

/**
 * weft_store_get_committed_seq:
 * @self: a store
 *
 * Returns: the number up to which all updates are durable
 */
guint64
weft_store_get_committed_seq (WeftStore *self)
{
  g_return_val_if_fail (WEFT_IS_STORE (self), 0);

  return self->committed_seq;
}

/**
 * weft_store_get_n_queued:
 * @self: a store
 *
 * Returns: how many updates are not durable yet
 */
guint64
weft_store_get_n_queued (WeftStore *self)
{
  g_return_val_if_fail (WEFT_IS_STORE (self), 0);

  return self->last_seq - self->committed_seq;
}

/**
 * weft_store_flush_async:
 * @self: a store
 * @cancellable: (nullable): a cancellable
 * @callback: called when all that was given before is durable, or the disk has refused it
 * @user_data: for @callback
 */
void
weft_store_flush_async (WeftStore          *self,
                        GCancellable       *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer            user_data)
{
  GTask *task;

  g_return_if_fail (WEFT_IS_STORE (self));

  task = weft_store_begin_task (self, weft_store_flush_async, cancellable, callback, user_data);
  if (task != NULL)
    weft_store_worker_flush (self->worker, task);
}

/**
 * weft_store_flush_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Returns: whether all of it is durable
 */
gboolean
weft_store_flush_finish (WeftStore    *self,
                         GAsyncResult *result,
                         GError      **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* What is left out of a document is told once: loading it again finds the same. */
static void
tell_damage (WeftStore *self)
{
  if (self->told_damage)
    return;

  self->told_damage = TRUE;
  g_free (self->opened.notice);
  self->opened.notice = g_strdup (_ ("Some changes in the notebook’s file are damaged and are left "
                                     "out. What a relay has of them comes back by itself."));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NOTICE]);
}

/**
 * weft_store_load_doc_async:
 * @self: a store
 * @doc_id: the document
 * @cancellable: (nullable): a cancellable
 * @callback: called when the document is there
 * @user_data: for @callback
 */
void
weft_store_load_doc_async (WeftStore          *self,
                           const char         *doc_id,
                           GCancellable       *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer            user_data)
{
  GTask *task;

  g_return_if_fail (WEFT_IS_STORE (self));
  g_return_if_fail (doc_id != NULL);

  task = weft_store_begin_task (self, weft_store_load_doc_async, cancellable, callback, user_data);
  if (task != NULL)
    weft_store_worker_load (self->worker, doc_id, task);
}

/**
 * weft_store_load_doc_finish:
 * @self: a store
 * @result: what the callback got
 * @info: (out caller-allocates) (optional): what was found
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Returns: (transfer full): the document, which belongs to the caller alone
 */
WeftDoc *
weft_store_load_doc_finish (WeftStore         *self,
                            GAsyncResult      *result,
                            WeftStoreLoadInfo *info,
                            GError           **error)
{
  WeftStoreLoaded *loaded;
  WeftDoc *doc;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  loaded = g_task_propagate_pointer (G_TASK (result), error);
  if (loaded == NULL)
    return NULL;

  if (loaded->info.n_damaged > 0)
    tell_damage (self);
  if (info != NULL)
    *info = loaded->info;
  doc = g_steal_pointer (&loaded->doc);
  weft_store_loaded_free (loaded);
  return doc;
}

/**
 * weft_store_compact_async:
 * @self: a store
 * @doc_id: the document
 * @cancellable: (nullable): a cancellable
 * @callback: called when it is done
 * @user_data: for @callback
 */
void
weft_store_compact_async (WeftStore          *self,
                          const char         *doc_id,
                          GCancellable       *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer            user_data)
{
  GTask *task;

  g_return_if_fail (WEFT_IS_STORE (self));
  g_return_if_fail (doc_id != NULL);

  task = weft_store_begin_task (self, weft_store_compact_async, cancellable, callback, user_data);
  if (task != NULL)
    weft_store_worker_compact (self->worker, doc_id, task);
}

/**
 * weft_store_compact_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Returns: whether the log is one snapshot now; otherwise it is as it was
 */
gboolean
weft_store_compact_finish (WeftStore    *self,
                           GAsyncResult *result,
                           GError      **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * weft_store_list_docs_async:
 * @self: a store
 * @cancellable: (nullable): a cancellable
 * @callback: called with the list
 * @user_data: for @callback
 */
void
weft_store_list_docs_async (WeftStore          *self,
                            GCancellable       *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer            user_data)
{
  GTask *task;

  g_return_if_fail (WEFT_IS_STORE (self));

  task = weft_store_begin_task (self, weft_store_list_docs_async, cancellable, callback, user_data);
  if (task != NULL)
    weft_store_worker_list_docs (self->worker, task);
}

/**
 * weft_store_list_docs_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Returns: (transfer full) (element-type WeftStoreDocInfo): the documents
 */
GPtrArray *
weft_store_list_docs_finish (WeftStore    *self,
                             GAsyncResult *result,
                             GError      **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * weft_store_set_sync_state:
 * @self: a store
 * @doc_id: the document
 * @relay: the address of the relay
 * @acknowledged: (nullable): what it is known to have, an encoded state vector; with @unsynced, %NULL leaves that as it
 *   was noted before
 * @unsynced: whether there are edits that it may not have
 */
void
weft_store_set_sync_state (WeftStore  *self,
                           const char *doc_id,
                           const char *relay,
                           GBytes     *acknowledged,
                           gboolean    unsynced)
{
  WeftStoreSyncState *state;
  guint64 generation;

  g_return_if_fail (WEFT_IS_STORE (self));
  g_return_if_fail (doc_id != NULL && relay != NULL);

  generation = weft_store_begin_write (self);
  if (generation == 0)
    return;

  state = g_new (WeftStoreSyncState, 1);
  *state = (WeftStoreSyncState){
    .doc_id = g_strdup (doc_id),
    .relay = g_strdup (relay),
    .acknowledged = acknowledged != NULL ? g_bytes_ref (acknowledged) : NULL,
    .unsynced = unsynced,
    .time = g_get_real_time () / 1000,
  };
  weft_store_worker_set_sync_state (self->worker, state, generation);
}

/**
 * weft_store_list_sync_states_async:
 * @self: a store
 * @relay: the address of a relay
 * @only_unsynced: whether to leave out what the relay has
 * @cancellable: (nullable): a cancellable
 * @callback: called with the list
 * @user_data: for @callback
 */
void
weft_store_list_sync_states_async (WeftStore          *self,
                                   const char         *relay,
                                   gboolean            only_unsynced,
                                   GCancellable       *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer            user_data)
{
  GTask *task;

  g_return_if_fail (WEFT_IS_STORE (self));
  g_return_if_fail (relay != NULL);

  task = weft_store_begin_task (self, weft_store_list_sync_states_async, cancellable, callback, user_data);
  if (task != NULL)
    weft_store_worker_list_sync_states (self->worker, relay, only_unsynced, task);
}

/**
 * weft_store_list_sync_states_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Returns: (transfer full) (element-type WeftStoreSyncState): in the order of the documents' ids
 */
GPtrArray *
weft_store_list_sync_states_finish (WeftStore    *self,
                                    GAsyncResult *result,
                                    GError      **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * weft_store_get_setting:
 * @self: a store
 * @name: which one
 *
 * Returns: (nullable): the value, until it is set again
 */
const char *
weft_store_get_setting (WeftStore  *self,
                        const char *name)
{
  g_return_val_if_fail (WEFT_IS_STORE (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  return g_hash_table_lookup (self->opened.settings, name);
}

/**
 * weft_store_set_setting:
 * @self: a store
 * @name: which one
 * @value: (nullable): the value; %NULL forgets it
 */
void
weft_store_set_setting (WeftStore  *self,
                        const char *name,
                        const char *value)
{
  guint64 generation;

  g_return_if_fail (WEFT_IS_STORE (self));
  g_return_if_fail (name != NULL);

  if (g_strcmp0 (value, weft_store_get_setting (self, name)) == 0)
    return;

  generation = weft_store_begin_write (self);
  if (generation == 0)
    return;

  weft_store_worker_set_value (self->worker, name, value, generation);
  if (value != NULL)
    g_hash_table_replace (self->opened.settings, g_strdup (name), g_strdup (value));
  else
    g_hash_table_remove (self->opened.settings, name);
}

/**
 * weft_store_get_journal:
 * @self: a store
 * @key: which entry
 *
 * Returns: (nullable) (transfer none): what was written last
 */
GBytes *
weft_store_get_journal (WeftStore  *self,
                        const char *key)
{
  g_return_val_if_fail (WEFT_IS_STORE (self), NULL);
  g_return_val_if_fail (key != NULL, NULL);

  return g_hash_table_lookup (self->opened.journal, key);
}

/**
 * weft_store_set_journal:
 * @self: a store
 * @key: which entry
 * @value: (nullable): %NULL forgets it
 */
void
weft_store_set_journal (WeftStore  *self,
                        const char *key,
                        GBytes     *value)
{
  guint64 generation;

  g_return_if_fail (WEFT_IS_STORE (self));
  g_return_if_fail (key != NULL);

  if (value == NULL && !g_hash_table_contains (self->opened.journal, key))
    return;

  generation = weft_store_begin_write (self);
  if (generation == 0)
    return;

  weft_store_worker_set_journal (self->worker, key, value, generation);
  if (value != NULL)
    g_hash_table_replace (self->opened.journal, g_strdup (key), g_bytes_ref (value));
  else
    g_hash_table_remove (self->opened.journal, key);
}

static int
compare_keys (gconstpointer a,
              gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

/**
 * weft_store_list_journal:
 * @self: a store
 *
 * Returns: (transfer full) (array zero-terminated=1): the keys, sorted
 */
char **
weft_store_list_journal (WeftStore *self)
{
  g_autoptr(GPtrArray) keys = NULL;
  GHashTableIter iter;
  gpointer key;

  g_return_val_if_fail (WEFT_IS_STORE (self), NULL);

  keys = g_ptr_array_new ();
  g_hash_table_iter_init (&iter, self->opened.journal);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (keys, g_strdup (key));

  g_ptr_array_sort (keys, compare_keys);
  g_ptr_array_add (keys, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&keys), FALSE);
}

/**
 * weft_store_set_asset:
 * @self: a store
 * @sha256: the hash of an asset
 * @doc_id: the document that holds it, whole and checked
 * @n_bytes: its size
 */
void
weft_store_set_asset (WeftStore  *self,
                      const char *sha256,
                      const char *doc_id,
                      guint64     n_bytes)
{
  guint64 generation;

  g_return_if_fail (WEFT_IS_STORE (self));
  g_return_if_fail (sha256 != NULL && doc_id != NULL);

  generation = weft_store_begin_write (self);
  if (generation != 0)
    weft_store_worker_set_asset (self->worker, sha256, doc_id, n_bytes, generation);
}

/**
 * weft_store_describe_doc_async:
 * @self: a store
 * @doc_id: a document
 * @cancellable: (nullable): a cancellable
 * @callback: called with the answer
 * @user_data: for @callback
 *
 * Asks how far the log of a document goes, what waits for the disk included.
 */
void
weft_store_describe_doc_async (WeftStore          *self,
                               const char         *doc_id,
                               GCancellable       *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer            user_data)
{
  GTask *task;

  g_return_if_fail (WEFT_IS_STORE (self));
  g_return_if_fail (doc_id != NULL);

  task = weft_store_begin_task (self, weft_store_describe_doc_async, cancellable, callback, user_data);
  if (task != NULL)
    weft_store_worker_describe_doc (self->worker, doc_id, task);
}

/**
 * weft_store_describe_doc_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Returns: (transfer full) (nullable): the document; %NULL where there is none, or with @error set
 */
WeftStoreDocInfo *
weft_store_describe_doc_finish (WeftStore    *self,
                                GAsyncResult *result,
                                GError      **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * weft_store_lookup_asset_async:
 * @self: a store
 * @sha256: the hash of an asset
 * @cancellable: (nullable): a cancellable
 * @callback: called with the answer
 * @user_data: for @callback
 */
void
weft_store_lookup_asset_async (WeftStore          *self,
                               const char         *sha256,
                               GCancellable       *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer            user_data)
{
  GTask *task;

  g_return_if_fail (WEFT_IS_STORE (self));
  g_return_if_fail (sha256 != NULL);

  task = weft_store_begin_task (self, weft_store_lookup_asset_async, cancellable, callback, user_data);
  if (task != NULL)
    weft_store_worker_lookup_asset (self->worker, sha256, task);
}

/**
 * weft_store_lookup_asset_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Returns: (transfer full) (nullable): the document that holds it; %NULL where none does, or with
 * @error set
 */
char *
weft_store_lookup_asset_finish (WeftStore    *self,
                                GAsyncResult *result,
                                GError      **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
