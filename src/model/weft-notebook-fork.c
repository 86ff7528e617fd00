/* weft-notebook-fork.c - backups, and a new notebook made of this one
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A fork shares nothing with what it was made of: the notebook and every page have new ids, the links between them
 * are written anew, and there is no relay. Documents are copied with their history, one at a time, from the store
 * to a file of their own; a cancelled or failed fork leaves no file.
 */

#include "config.h"

#include "model/weft-notebook-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "crdt/weft-type.h"
#include "notebook/weft-page-relink.h"

/* --- Backups ---------------------------------------------------------------------------------------- */

static void
backed_up_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;

  if (weft_store_backup_finish (WEFT_STORE (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * weft_notebook_backup_async:
 * @self: a notebook
 * @file: where the backup goes
 * @progress: (nullable): told now and then, with a share from 0 to 1
 * @progress_data: for @progress
 * @cancellable: (nullable): a #GCancellable
 * @callback: called when it is there
 * @user_data: for @callback
 *
 * Copies the notebook's file while one works in it.
 */
void
weft_notebook_backup_async (WeftNotebook            *self,
                            GFile                   *file,
                            WeftNotebookProgressFunc progress,
                            gpointer                 progress_data,
                            GCancellable            *cancellable,
                            GAsyncReadyCallback      callback,
                            gpointer                 user_data)
{
  GTask *task;

  g_return_if_fail (WEFT_IS_NOTEBOOK (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, weft_notebook_backup_async);
  weft_store_backup_async (self->store, file, progress, progress_data, cancellable, backed_up_cb, task);
}

gboolean
weft_notebook_backup_finish (WeftNotebook *self,
                             GAsyncResult *result,
                             GError      **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- A new notebook --------------------------------------------------------------------------------- */

typedef struct
{
  WeftPageId id;
  WeftPageId parent;
  char *old_id;
  char *room;
  char *kind;
  char *title;
  char *icon;
} ForkPage;

typedef struct
{
  GFile *file;
  char *title;
  WeftPageId id;
  WeftPageIdText id_text;
  GPtrArray *pages;  /* of ForkPage, parents before children */
  GHashTable *ids;   /* old page id -> new page id */
  GPtrArray *assets; /* of sha256 */
  guint n_done;
  WeftStore *store;  /* of the new notebook */
  WeftNotebookProgressFunc progress;
  gpointer progress_data;
  GError *error;
} Fork;

static void copy_next (GTask *task);

static void
fork_page_free (gpointer data)
{
  ForkPage *page = data;

  g_free (page->old_id);
  g_free (page->room);
  g_free (page->kind);
  g_free (page->title);
  g_free (page->icon);
  g_free (page);
}

static void
fork_free (gpointer data)
{
  Fork *self = data;

  g_object_unref (self->file);
  g_free (self->title);
  g_ptr_array_unref (self->pages);
  g_hash_table_unref (self->ids);
  g_ptr_array_unref (self->assets);
  g_clear_object (&self->store);
  g_clear_error (&self->error);
  g_free (self);
}

/* The tree without its trash. */
static void
collect_pages (WeftNotebook *notebook,
               Fork         *self)
{
  WeftPageTree *tree = weft_notebook_get_tree (notebook);
  g_autoptr(GQueue) parents = g_queue_new ();
  struct
  {
    WeftPageId old_id;
    WeftPageId id;
  } *parent = g_memdup2 (&(typeof (*parent)){ weft_page_id_root, weft_page_id_root }, sizeof *parent);

  for (; parent != NULL; parent = g_queue_pop_head (parents))
    {
      for (guint i = 0; i < weft_page_tree_get_n_children (tree, &parent->old_id); i++)
        {
          ForkPage *page = g_new0 (ForkPage, 1);
          typeof (parent) next = g_malloc0 (sizeof *next);

          weft_page_tree_get_child (tree, &parent->old_id, i, &next->old_id);
          weft_page_id_init_random (&next->id);
          page->id = next->id;
          page->parent = parent->id;
          page->old_id = weft_page_id_to_string (&next->old_id);
          page->room = weft_notebook_dup_room (notebook, page->old_id);
          page->kind = g_strdup (weft_page_tree_get_string (tree, &next->old_id, WEFT_PAGE_KIND));
          page->title = g_strdup (weft_page_tree_get_string (tree, &next->old_id, WEFT_PAGE_TITLE));
          page->icon = g_strdup (weft_page_tree_get_string (tree, &next->old_id, WEFT_PAGE_ICON));
          g_ptr_array_add (self->pages, page);
          g_hash_table_insert (self->ids, g_strdup (page->old_id), weft_page_id_to_string (&next->id));
          g_queue_push_tail (parents, next);
        }
      g_free (parent);
    }
}

static void
tell_progress (Fork *self)
{
  guint n_all = self->pages->len + self->assets->len;

  if (self->progress != NULL && n_all > 0)
    self->progress ((double) self->n_done / n_all, self->progress_data);
}

static void
discarded_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  static const char *const suffixes[] = { "", "-wal", "-lock", "-journal" };
  g_autoptr(GTask) task = user_data;
  Fork *self = g_task_get_task_data (task);

  if (source != NULL)
    weft_store_close_finish (WEFT_STORE (source), result, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *path = g_strconcat (g_file_peek_path (self->file), suffixes[i], NULL);

      g_unlink (path);
    }
  g_task_return_error (task, g_steal_pointer (&self->error));
}

static void
fail (GTask  *task,
      GError *error)
{
  Fork *self = g_task_get_task_data (task);

  self->error = error;
  if (self->store != NULL)
    weft_store_close_async (self->store, NULL, discarded_cb, g_object_ref (task));
  else
    g_task_return_error (task, g_steal_pointer (&self->error));
}

static void
closed_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Fork *self = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;

  if (weft_store_close_finish (WEFT_STORE (source), result, &error))
    g_task_return_pointer (task, g_object_ref (self->file), g_object_unref);
  else
    fail (task, g_steal_pointer (&error));
}

typedef struct
{
  WeftDoc *doc;
  GHashTable *ids; /* nullable: an asset has no links */
  guint64 n_bytes;
} Copy;

static void
copy_free (gpointer data)
{
  Copy *copy = data;

  weft_doc_free (copy->doc);
  g_clear_pointer (&copy->ids, g_hash_table_unref);
  g_free (copy);
}

static void
copy_thread (GTask        *task,
             gpointer      source_object,
             gpointer      task_data,
             GCancellable *cancellable)
{
  Copy *copy = task_data;

  if (copy->ids != NULL)
    weft_page_relink (copy->doc, copy->ids);
  else
    {
      g_autoptr(WeftAny) data = weft_map_get (weft_doc_get_map (copy->doc, "asset"), "data");
      GBytes *bytes = data != NULL ? weft_any_get_bytes (data) : NULL;

      copy->n_bytes = bytes != NULL ? g_bytes_get_size (bytes) : 0;
    }

  g_task_return_pointer (task, weft_doc_encode_state (copy->doc), (GDestroyNotify) g_bytes_unref);
}

static void
copied_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Fork *self = g_task_get_task_data (task);
  Copy *copy = g_task_get_task_data (G_TASK (result));
  g_autoptr(GBytes) state = g_task_propagate_pointer (G_TASK (result), NULL);
  g_autofree char *room = NULL;

  if (self->n_done < self->pages->len)
    {
      const ForkPage *page = g_ptr_array_index (self->pages, self->n_done);

      room = weft_room_name_new (&self->id, &page->id);
    }
  else
    {
      const char *sha256 = g_ptr_array_index (self->assets, self->n_done - self->pages->len);

      room = weft_room_name_new_asset (&self->id, sha256);
      weft_store_set_asset (self->store, sha256, room, copy->n_bytes);
    }

  /* An empty document has an update of two bytes, and is none. */
  if (g_bytes_get_size (state) > 2)
    weft_store_append_update (self->store, room, state, WEFT_UPDATE_LOCAL);
  self->n_done++;
  tell_progress (self);
  copy_next (task);
}

static void
loaded_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GTask) thread = NULL;
  g_autoptr(GError) error = NULL;
  Fork *self = g_task_get_task_data (task);
  WeftDoc *doc = weft_store_load_doc_finish (WEFT_STORE (source), result, NULL, &error);
  Copy *copy;

  if (doc == NULL)
    {
      fail (task, g_steal_pointer (&error));
      return;
    }

  copy = g_new0 (Copy, 1);
  copy->doc = doc;
  copy->ids = self->n_done < self->pages->len ? g_hash_table_ref (self->ids) : NULL;
  thread = g_task_new (NULL, NULL, copied_cb, g_object_ref (task));
  g_task_set_task_data (thread, copy, copy_free);
  g_task_run_in_thread (thread, copy_thread);
}

static void
copy_next (GTask *task)
{
  WeftNotebook *notebook = g_task_get_source_object (task);
  Fork *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autofree char *room = NULL;

  if (g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), &error))
    {
      fail (task, error);
      return;
    }

  if (self->n_done == self->pages->len + self->assets->len)
    {
      weft_store_close_async (self->store, NULL, closed_cb, g_object_ref (task));
      return;
    }

  if (self->n_done < self->pages->len)
    room = g_strdup (((ForkPage *) g_ptr_array_index (self->pages, self->n_done))->room);
  else
    room = weft_room_name_new_asset (&notebook->id,
                                     g_ptr_array_index (self->assets, self->n_done - self->pages->len));
  weft_store_load_doc_async (notebook->store, room, g_task_get_cancellable (task), loaded_cb,
                             g_object_ref (task));
}

/* The notebook doc of the fork. */
static void
tree_thread (GTask        *task,
             gpointer      source_object,
             gpointer      task_data,
             GCancellable *cancellable)
{
  Fork *self = task_data;
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  WeftNotebookDoc *tree = weft_notebook_doc_new (doc);
  gint64 now = g_get_real_time () / 1000;

  weft_notebook_doc_begin (tree);
  weft_notebook_doc_set_title (tree, self->title);
  for (guint i = 0; i < self->pages->len; i++)
    {
      const ForkPage *page = g_ptr_array_index (self->pages, i);

      weft_notebook_doc_add_page (tree, &page->id, &page->parent, WEFT_PAGE_LAST, page->kind, page->title, now);
      if (page->icon != NULL)
        weft_notebook_doc_set_string (tree, &page->id, WEFT_PAGE_ICON, page->icon);
    }
  weft_notebook_doc_commit (tree);
  weft_notebook_doc_free (tree);

  g_task_return_pointer (task, weft_doc_encode_state (doc), (GDestroyNotify) g_bytes_unref);
}

static void
tree_made_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Fork *self = g_task_get_task_data (task);
  g_autoptr(GBytes) state = g_task_propagate_pointer (G_TASK (result), NULL);

  weft_store_set_setting (self->store, WEFT_STORE_NOTEBOOK_ID, self->id_text);
  weft_store_append_update (self->store, self->id_text, state, WEFT_UPDATE_LOCAL);
  copy_next (task);
}

static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GTask) thread = NULL;
  g_autoptr(GError) error = NULL;
  Fork *self = g_task_get_task_data (task);

  self->store = weft_store_open_finish (result, &error);
  if (self->store == NULL)
    {
      fail (task, g_steal_pointer (&error));
      return;
    }

  thread = g_task_new (NULL, NULL, tree_made_cb, g_object_ref (task));
  /* Borrowed: the outer task keeps it, and nobody else touches it meanwhile. */
  g_task_set_task_data (thread, self, NULL);
  g_task_run_in_thread (thread, tree_thread);
}

static void
docs_listed_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;
  Fork *self = g_task_get_task_data (task);
  g_autoptr(GPtrArray) docs = weft_store_list_docs_finish (WEFT_STORE (source), result, &error);

  if (docs == NULL)
    {
      fail (task, g_steal_pointer (&error));
      return;
    }

  for (guint i = 0; i < docs->len; i++)
    {
      const WeftStoreDocInfo *info = g_ptr_array_index (docs, i);
      WeftPageId notebook, page;
      const char *sha256 = NULL;

      if (weft_room_name_parse (info->id, &notebook, &page, &sha256) == WEFT_ROOM_ASSET)
        g_ptr_array_add (self->assets, g_strdup (sha256));
    }

  weft_store_open_async (self->file, NULL, opened_cb, g_object_ref (task));
}

/**
 * weft_notebook_fork_async:
 * @self: a notebook
 * @file: a file that does not exist yet
 * @title: of the new notebook
 * @progress: (nullable): told now and then, with a share from 0 to 1
 * @progress_data: for @progress
 * @cancellable: (nullable): a #GCancellable
 * @callback: called when the new notebook is there
 * @user_data: for @callback
 *
 * Makes a notebook of its own with all pages of this one that are not in the trash.
 */
void
weft_notebook_fork_async (WeftNotebook            *self,
                          GFile                   *file,
                          const char              *title,
                          WeftNotebookProgressFunc progress,
                          gpointer                 progress_data,
                          GCancellable            *cancellable,
                          GAsyncReadyCallback      callback,
                          gpointer                 user_data)
{
  GTask *task;
  Fork *fork;

  g_return_if_fail (WEFT_IS_NOTEBOOK (self));
  g_return_if_fail (g_file_peek_path (file) != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, weft_notebook_fork_async);
  if (g_file_query_exists (file, NULL))
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_EXISTS,
                               /* Translators: %s is a file name */
                               _ ("“%s” exists already"), g_file_peek_path (file));
      g_object_unref (task);
      return;
    }

  fork = g_new0 (Fork, 1);
  fork->file = g_object_ref (file);
  fork->title = g_strdup (title);
  fork->pages = g_ptr_array_new_with_free_func (fork_page_free);
  fork->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  fork->assets = g_ptr_array_new_with_free_func (g_free);
  fork->progress = progress;
  fork->progress_data = progress_data;
  weft_page_id_init_random (&fork->id);
  weft_page_id_format (&fork->id, fork->id_text);
  g_task_set_task_data (task, fork, fork_free);

  collect_pages (self, fork);
  weft_store_list_docs_async (self->store, cancellable, docs_listed_cb, task);
}

/**
 * weft_notebook_fork_finish:
 * @self: a notebook
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: (transfer full): the file of the new notebook
 */
GFile *
weft_notebook_fork_finish (WeftNotebook *self,
                           GAsyncResult *result,
                           GError      **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
