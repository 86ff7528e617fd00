/* weft-notebook.c - a notebook: opening, closing, and its properties
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "model/weft-document-private.h"
#include "model/weft-notebook-private.h"

#define NOTEBOOK_SUFFIX ".weft"

G_DEFINE_FINAL_TYPE (WeftNotebook, weft_notebook, G_TYPE_OBJECT)

G_DEFINE_ENUM_TYPE (WeftSyncState, weft_sync_state,
                    G_DEFINE_ENUM_VALUE (WEFT_SYNC_LOCAL, "local"),
                    G_DEFINE_ENUM_VALUE (WEFT_SYNC_OFFLINE, "offline"),
                    G_DEFINE_ENUM_VALUE (WEFT_SYNC_CONNECTING, "connecting"),
                    G_DEFINE_ENUM_VALUE (WEFT_SYNC_SENDING, "sending"),
                    G_DEFINE_ENUM_VALUE (WEFT_SYNC_SENT, "sent"),
                    G_DEFINE_ENUM_VALUE (WEFT_SYNC_SAFE, "safe"),
                    G_DEFINE_ENUM_VALUE (WEFT_SYNC_DENIED, "denied"),
                    G_DEFINE_ENUM_VALUE (WEFT_SYNC_STUCK, "stuck"))

static GParamSpec *properties[WEFT_NOTEBOOK_N_PROPS];

void
weft_notebook_notify (WeftNotebook     *self,
                      WeftNotebookProp  prop)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[prop]);
}

static void
weft_notebook_dispose (GObject *object)
{
  WeftNotebook *self = WEFT_NOTEBOOK (object);

  self->closed = TRUE;
  weft_notebook_search_detach (self);
  weft_notebook_sync_detach (self);
  weft_notebook_rest_detach (self);
  weft_notebook_stop_scan (self);
  g_clear_handle_id (&self->conflicts_source, g_source_remove);
  g_clear_handle_id (&self->check_source, g_source_remove);
  g_clear_handle_id (&self->settle_source, g_source_remove);

  if (self->store != NULL)
    g_signal_handlers_disconnect_by_data (self->store, self);

  g_clear_pointer (&self->tree_doc, weft_notebook_doc_free);
  if (!self->outline_is_borrowed)
    g_clear_pointer (&self->outline_tree, weft_page_tree_free);
  g_clear_pointer (&self->deferred, g_ptr_array_unref);
  g_clear_pointer (&self->live, weft_live_doc_free);
  g_clear_object (&self->roots);
  g_clear_object (&self->trash);
  g_clear_object (&self->people);
  g_clear_object (&self->conflicts);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (weft_notebook_parent_class)->dispose (object);
}

static void
weft_notebook_finalize (GObject *object)
{
  WeftNotebook *self = WEFT_NOTEBOOK (object);

  g_clear_pointer (&self->pages, g_hash_table_unref);
  g_clear_pointer (&self->lists, g_hash_table_unref);
  g_clear_pointer (&self->documents, g_hash_table_unref);
  g_clear_pointer (&self->marked, g_hash_table_unref);
  g_clear_pointer (&self->dirty, g_hash_table_unref);
  g_clear_pointer (&self->page_conflicts, g_hash_table_unref);
  g_clear_pointer (&self->unsent, g_hash_table_unref);
  g_clear_pointer (&self->earlier, g_hash_table_unref);
  g_clear_pointer (&self->unasked, g_hash_table_unref);
  g_clear_pointer (&self->failed, g_hash_table_unref);
  g_clear_pointer (&self->offline_exceptions, g_hash_table_unref);
  g_clear_pointer (&self->tree_conflicts, g_ptr_array_unref);
  g_queue_clear_full (&self->to_check, g_free);
  g_clear_object (&self->file);
  weft_user_clear (&self->user);
  g_free (self->title);
  g_free (self->notice);
  g_free (self->save_error);
  g_free (self->current_page_id);
  g_free (self->outline_key);
  g_free (self->relay);
  g_free (self->relay_host);
  g_free (self->token);
  g_free (self->invite);
  g_free (self->account_trouble);
  g_free (self->relay_role);
  g_free (self->status_text);

  G_OBJECT_CLASS (weft_notebook_parent_class)->finalize (object);
}

static void
weft_notebook_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  WeftNotebook *self = WEFT_NOTEBOOK (object);

  switch ((WeftNotebookProp) prop_id)
    {
    case WEFT_NOTEBOOK_PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case WEFT_NOTEBOOK_PROP_SYNC_STATE:
      g_value_set_enum (value, self->sync_state);
      break;
    case WEFT_NOTEBOOK_PROP_N_WAITING:
      g_value_set_uint (value, self->n_waiting);
      break;
    case WEFT_NOTEBOOK_PROP_RELAY_URL:
      g_value_set_string (value, weft_notebook_get_relay_url (self));
      break;
    case WEFT_NOTEBOOK_PROP_RELAY_HOST:
      g_value_set_string (value, self->relay_host);
      break;
    case WEFT_NOTEBOOK_PROP_STATUS_TEXT:
      g_value_set_string (value, self->status_text);
      break;
    case WEFT_NOTEBOOK_PROP_SAVE_ERROR:
      g_value_set_string (value, self->save_error);
      break;
    case WEFT_NOTEBOOK_PROP_N_CONFLICTS:
      g_value_set_uint (value, g_list_model_get_n_items (G_LIST_MODEL (self->conflicts)));
      break;
    case WEFT_NOTEBOOK_PROP_SEARCH_PROGRESS:
      g_value_set_double (value, weft_notebook_get_search_progress (self));
      break;
    case WEFT_NOTEBOOK_PROP_LOADING_PROGRESS:
      g_value_set_double (value, self->loading_progress);
      break;
    case WEFT_NOTEBOOK_PROP_NOTICE:
      g_value_set_string (value, self->notice);
      break;
    case WEFT_NOTEBOOK_PROP_READ_ONLY:
      g_value_set_boolean (value, self->read_only || self->reader);
      break;
    case WEFT_NOTEBOOK_PROP_RELAY_ROLE:
      g_value_set_string (value, weft_notebook_get_relay_role (self));
      break;
    case WEFT_NOTEBOOK_PROP_WORK_OFFLINE:
      g_value_set_boolean (value, self->work_offline);
      break;
    case WEFT_NOTEBOOK_PROP_KEEP_OFFLINE:
      g_value_set_boolean (value, !self->fetches_on_opening);
      break;
    case WEFT_NOTEBOOK_PROP_0:
    case WEFT_NOTEBOOK_N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_notebook_set_property (GObject      *object,
                            guint         prop_id,
                            const GValue *value,
                            GParamSpec   *pspec)
{
  WeftNotebook *self = WEFT_NOTEBOOK (object);

  switch (prop_id)
    {
    case WEFT_NOTEBOOK_PROP_WORK_OFFLINE:
      weft_notebook_set_work_offline (self, g_value_get_boolean (value));
      break;
    case WEFT_NOTEBOOK_PROP_KEEP_OFFLINE:
      if (g_value_get_boolean (value) == self->fetches_on_opening)
        weft_notebook_set_keep_offline (self, NULL, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static GParamSpec *
string_property (const char *name)
{
  return g_param_spec_string (name, NULL, NULL, "", G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static GParamSpec *
count_property (const char *name)
{
  return g_param_spec_uint (name, NULL, NULL, 0, G_MAXUINT, 0,
                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
weft_notebook_class_init (WeftNotebookClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = weft_notebook_dispose;
  object_class->finalize = weft_notebook_finalize;
  object_class->get_property = weft_notebook_get_property;
  object_class->set_property = weft_notebook_set_property;

  properties[WEFT_NOTEBOOK_PROP_TITLE] = string_property ("title");
  properties[WEFT_NOTEBOOK_PROP_SYNC_STATE]
      = g_param_spec_enum ("sync-state", NULL, NULL, WEFT_TYPE_SYNC_STATE, WEFT_SYNC_LOCAL,
                           G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[WEFT_NOTEBOOK_PROP_N_WAITING] = count_property ("n-waiting");
  properties[WEFT_NOTEBOOK_PROP_RELAY_URL] = string_property ("relay-url");
  properties[WEFT_NOTEBOOK_PROP_RELAY_HOST] = string_property ("relay-host");
  properties[WEFT_NOTEBOOK_PROP_STATUS_TEXT] = string_property ("status-text");
  properties[WEFT_NOTEBOOK_PROP_SAVE_ERROR] = string_property ("save-error");
  properties[WEFT_NOTEBOOK_PROP_N_CONFLICTS] = count_property ("n-conflicts");
  properties[WEFT_NOTEBOOK_PROP_SEARCH_PROGRESS]
      = g_param_spec_double ("search-progress", NULL, NULL, 0, 1, 1,
                             G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[WEFT_NOTEBOOK_PROP_LOADING_PROGRESS]
      = g_param_spec_double ("loading-progress", NULL, NULL, 0, 1, 1,
                             G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[WEFT_NOTEBOOK_PROP_NOTICE] = string_property ("notice");
  properties[WEFT_NOTEBOOK_PROP_READ_ONLY] = g_param_spec_boolean (
      "read-only", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[WEFT_NOTEBOOK_PROP_RELAY_ROLE] = g_param_spec_string (
      "relay-role", NULL, NULL, "", G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[WEFT_NOTEBOOK_PROP_WORK_OFFLINE]
      = g_param_spec_boolean ("work-offline", NULL, NULL, FALSE,
                              G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[WEFT_NOTEBOOK_PROP_KEEP_OFFLINE]
      = g_param_spec_boolean ("keep-offline", NULL, NULL, TRUE,
                              G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, WEFT_NOTEBOOK_N_PROPS, properties);

  g_signal_new ("page-trashed", WEFT_TYPE_NOTEBOOK, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 1, WEFT_TYPE_PAGE);
}

static void
conflicts_changed_cb (WeftNotebook *self)
{
  weft_notebook_notify (self, WEFT_NOTEBOOK_PROP_N_CONFLICTS);
}

static void
weft_notebook_init (WeftNotebook *self)
{
  self->title = g_strdup ("");
  self->loading_progress = 1;
  self->save_error = g_strdup ("");
  self->relay_host = g_strdup ("");
  self->status_text = g_strdup (_("Saved on this device"));
  self->people = g_list_store_new (WEFT_TYPE_PERSON);
  self->conflicts = g_list_store_new (WEFT_TYPE_CONFLICT_ITEM);
  g_signal_connect_swapped (self->conflicts, "items-changed", G_CALLBACK (conflicts_changed_cb),
                            self);
  g_queue_init (&self->to_check);
  self->unsent = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->earlier = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->unasked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->failed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->page_conflicts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                (GDestroyNotify) g_ptr_array_unref);
  weft_notebook_pages_init (self);
}

/* Where notebooks live: `WEFT_DATA_DIR`, or weft/ in the user's data folder. */
static char *
make_path (const char *name)
{
  const char *folder = g_getenv ("WEFT_DATA_DIR");
  g_autofree char *file = g_strconcat (name, NOTEBOOK_SUFFIX, NULL);

  if (folder != NULL && *folder != '\0')
    return g_build_filename (folder, file, NULL);

  return g_build_filename (g_get_user_data_dir (), "weft", file, NULL);
}

GFile *
weft_notebook_default_file (void)
{
  g_autofree char *path = make_path ("notebook");

  return g_file_new_for_path (path);
}

GFile *
weft_notebook_file_for_id (const char *notebook_id)
{
  g_autofree char *path = NULL;

  g_return_val_if_fail (weft_link_is_id (notebook_id), NULL);

  path = make_path (notebook_id);

  return g_file_new_for_path (path);
}

/* Opening */

/* The folder of the first notebook is ours to make; a failure shows when the file is opened. */
static void
make_folder (GFile *file)
{
  g_autoptr(GFile) folder = g_file_get_parent (file);

  if (folder != NULL && g_file_is_native (folder))
    g_mkdir_with_parents (g_file_peek_path (folder), 0700);
}

static void
take_id (WeftNotebook *self,
         const char   *wanted)
{
  const char *stored = weft_store_get_setting (self->store, WEFT_STORE_NOTEBOOK_ID);

  if (stored != NULL && weft_page_id_parse (&self->id, stored))
    {
      weft_page_id_format (&self->id, self->id_text);
      return;
    }

  if (wanted == NULL || !weft_page_id_parse (&self->id, wanted))
    weft_page_id_init_random (&self->id);

  weft_page_id_format (&self->id, self->id_text);
  weft_store_set_setting (self->store, WEFT_STORE_NOTEBOOK_ID, self->id_text);
}

static void
store_notice_cb (GObject    *object,
                 GParamSpec *pspec,
                 gpointer    user_data)
{
  WeftNotebook *self = user_data;

  g_free (self->notice);
  self->notice = g_strdup (weft_store_get_notice (self->store));
  weft_notebook_notify (self, WEFT_NOTEBOOK_PROP_NOTICE);
}

static void
store_state_cb (GObject    *object,
                GParamSpec *pspec,
                gpointer    user_data)
{
  weft_notebook_status_changed (user_data);
}

void
weft_notebook_take_tree (WeftNotebook    *self,
                         WeftDoc         *doc,
                         WeftNotebookDoc *tree_doc)
{
  g_autofree char *room = weft_notebook_dup_room (self, NULL);
  gboolean was_read_only = self->read_only;

  /* What watched the room gives way. */
  g_clear_pointer (&self->live, weft_live_doc_free);
  self->changed_us = g_get_monotonic_time ();
  self->live = weft_live_doc_new (self->store, room, doc, &weft_notebook_live_funcs, self);
  self->tree_doc = tree_doc;
  self->read_only = weft_store_is_read_only (self->store)
                    || weft_notebook_doc_get_format (self->tree_doc) > WEFT_NOTEBOOK_FORMAT;
  weft_notebook_leave_outline (self);
  weft_notebook_pages_follow (self);

  if (!self->attached)
    return;

  if (self->read_only != was_read_only)
    weft_notebook_notify (self, WEFT_NOTEBOOK_PROP_READ_ONLY);
  weft_notebook_sync_follow (self);
  weft_notebook_take_titles (self);
  weft_notebook_conflicts_changed (self);
}

/* There is something to look at. */
static void
attach (WeftNotebook *self)
{
  self->attached = TRUE;
  self->read_only = self->read_only || weft_store_is_read_only (self->store);
  weft_notebook_pages_attach (self);
  weft_notebook_take_titles (self);
  g_signal_connect (self->store, "notify", G_CALLBACK (store_state_cb), self);
  g_signal_connect (self->store, "notify::notice", G_CALLBACK (store_notice_cb), self);
  store_notice_cb (NULL, NULL, self);
  weft_notebook_sync_attach (self);
  weft_notebook_rest_attach (self);
  weft_notebook_conflicts_attach (self);
  weft_notebook_search_attach (self);
}

static void
tree_loaded_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;
  WeftNotebook *self = WEFT_NOTEBOOK (source);

  if (!weft_notebook_load_tree_finish (self, result, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  attach (self);
  g_task_return_pointer (task, g_object_ref (self), g_object_unref);
}

static void
scanned_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  WeftNotebook *self = WEFT_NOTEBOOK (source);

  if (!weft_notebook_scan_finish (self, result))
    {
      weft_notebook_load_tree_async (self, g_task_get_cancellable (task), tree_loaded_cb, g_object_ref (task));
      return;
    }

  attach (self);
  g_task_return_pointer (task, g_object_ref (self), g_object_unref);
}

static void
looked_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  WeftNotebook *self = WEFT_NOTEBOOK (source);

  if (!weft_notebook_look_finish (self, result))
    {
      weft_notebook_scan_async (self, scanned_cb, g_object_ref (task));
      return;
    }

  attach (self);
  g_task_return_pointer (task, g_object_ref (self), g_object_unref);
}

static void
store_opened_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;
  WeftNotebook *self = g_task_get_task_data (task);

  self->store = weft_store_open_finish (result, &error);

  if (self->store == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  weft_notebook_offline_attach (self);
  take_id (self, g_object_get_data (G_OBJECT (task), "notebook-id"));
  weft_notebook_look_async (self, looked_cb, g_object_ref (task));
}

void
weft_notebook_open_async (GFile              *file,
                          const char         *notebook_id,
                          GCancellable       *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer            user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  WeftNotebook *self = g_object_new (WEFT_TYPE_NOTEBOOK, NULL);

  g_return_if_fail (G_IS_FILE (file));

  g_task_set_source_tag (task, weft_notebook_open_async);
  g_task_set_task_data (task, self, g_object_unref);
  g_object_set_data_full (G_OBJECT (task), "notebook-id", g_strdup (notebook_id), g_free);
  self->file = g_object_ref (file);
  make_folder (file);
  weft_store_open_async (file, cancellable, store_opened_cb, g_steal_pointer (&task));
}

WeftNotebook *
weft_notebook_open_finish (GAsyncResult *result,
                           GError      **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Closing */

static void
store_closed_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;

  if (weft_store_close_finish (WEFT_STORE (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
outline_kept_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  WeftNotebook *self = WEFT_NOTEBOOK (source);

  weft_store_close_async (self->store, NULL, store_closed_cb, user_data);
}

static void
close_now (WeftNotebook *self,
           gpointer      data)
{
  GTask *task = data;
  g_autoptr(GList) documents = NULL;

  self->closed = TRUE;
  weft_notebook_rest_detach (self);
  weft_notebook_search_detach (self);
  weft_notebook_end_interval (self);
  weft_notebook_sync_detach (self);

  weft_notebook_forget_recent (self);
  documents = g_hash_table_get_values (self->documents);
  for (GList *l = documents; l != NULL; l = l->next)
    weft_document_close (l->data);

  weft_notebook_conflicts_detach (self);
  weft_notebook_keep_outline_async (self, outline_kept_cb, g_object_ref (task));
}

void
weft_notebook_close_async (WeftNotebook       *self,
                           GAsyncReadyCallback callback,
                           gpointer            user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_return_if_fail (WEFT_IS_NOTEBOOK (self));

  g_task_set_source_tag (task, weft_notebook_close_async);
  weft_notebook_settle_now (self);

  /* Nobody waits for what is only to be looked at. */
  if (self->deferred == NULL)
    weft_notebook_stop_scan (self);

  /* What somebody did while the notebook was being loaded comes first. */
  if (self->loading)
    {
      weft_notebook_defer (self, close_now, task, g_object_unref);
      return;
    }

  close_now (self, task);
  g_object_unref (task);
}

gboolean
weft_notebook_close_finish (WeftNotebook *self,
                            GAsyncResult *result,
                            GError      **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

const char *
weft_notebook_get_id (WeftNotebook *self)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), NULL);

  return self->id_text;
}

GFile *
weft_notebook_get_file (WeftNotebook *self)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), NULL);

  return self->file;
}

double
weft_notebook_get_loading_progress (WeftNotebook *self)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), 1);

  return self->loading_progress;
}

const char *
weft_notebook_get_notice (WeftNotebook *self)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), NULL);

  return self->notice;
}

const char *
weft_notebook_get_title (WeftNotebook *self)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), NULL);

  return self->title;
}

static void
set_title_later (WeftNotebook *self,
                 gpointer      data)
{
  weft_notebook_set_title (self, data);
}

void
weft_notebook_set_title (WeftNotebook *self,
                         const char   *title)
{
  g_return_if_fail (WEFT_IS_NOTEBOOK (self));
  g_return_if_fail (title != NULL);

  if (self->tree_doc == NULL)
    weft_notebook_defer (self, set_title_later, g_strdup (title), g_free);
  else if (g_strcmp0 (self->title, title) != 0)
    weft_notebook_doc_set_title (self->tree_doc, title);
}
