/* weft-notebook-outline.c - a large notebook is looked at before it is loaded
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Beside the file of a large notebook lies its page tree as it was (notebook/weft-page-outline.h), made when the
 * notebook was loaded or closed and good for exactly the updates that were in the store then. Where it is there, the
 * notebook opens with it. The notebook doc is loaded by the first edit, or when there is a relay; what is to
 * be done waits for it, in order. Like the search index, the outline can always be made again.
 */

#include "config.h"

#include <glib/gstdio.h>

#include "model/weft-notebook-private.h"
#include "model/weft-page-list.h"
#include "model/weft-page-private.h"

#define SUFFIX "-pages"

/* Of a list, so many places are looked at to see whether it is another one after loading. */
#define N_SAMPLES 256

/* Of one that shows another outline so many places from either end; those between are taken to be others. */
#define MAX_COMPARED 4096

struct _WeftDeferred
{
  WeftDeferredFunc func;
  gpointer data;
  GDestroyNotify destroy;
};

/* What a thread makes. */
typedef struct
{
  WeftDoc *doc;            /* owned until @tree_doc is given away with it */
  WeftNotebookDoc *tree_doc;
  WeftPageTree *tree;      /* borrowed, where only the outline is to be made */
  char *title;
  GBytes *state;           /* nullable: of the doc */
  char *path;
  char *key;               /* NULL: make no outline */
  gboolean written;
} TreeWork;

static void
deferred_free (gpointer data)
{
  WeftDeferred *self = data;

  if (self->destroy != NULL)
    self->destroy (self->data);
  g_free (self);
}

static void
tree_work_free (gpointer data)
{
  TreeWork *work = data;

  g_clear_pointer (&work->tree_doc, weft_notebook_doc_free);
  g_clear_pointer (&work->doc, weft_doc_free);
  g_free (work->title);
  g_clear_pointer (&work->state, g_bytes_unref);
  g_free (work->path);
  g_free (work->key);
  g_free (work);
}

char *
weft_notebook_make_outline_path (WeftNotebook *self)
{
  return g_strconcat (g_file_peek_path (self->file), SUFFIX, NULL);
}

/* Which updates an outline was made of. */
char *
weft_notebook_make_outline_key (WeftNotebook *self,
                                guint64       last_seq,
                                gint64        last_time)
{
  return g_strdup_printf ("%s %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT, self->id_text, last_seq, last_time);
}

gboolean
weft_notebook_write_outline (const char *path,
                             GBytes     *bytes)
{
  g_autoptr(GError) error = NULL;
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  if (g_file_set_contents_full (path, data, (gssize) size, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
    return TRUE;

  g_debug ("The next opening takes longer: %s", error->message);
  return FALSE;
}

static void
write_outline (TreeWork     *work,
               WeftPageTree *tree)
{
  g_autoptr(GBytes) bytes = NULL;

  if (weft_page_tree_get_n_pages (tree) < WEFT_LARGE_NOTEBOOK)
    {
      g_unlink (work->path);
      return;
    }

  bytes = weft_page_outline_make (tree, work->title, work->state, work->key);
  work->written = bytes != NULL && weft_notebook_write_outline (work->path, bytes);
}

static void
work_thread (GTask        *task,
             gpointer      source_object,
             gpointer      task_data,
             GCancellable *cancellable)
{
  TreeWork *work = task_data;

  if (work->doc != NULL)
    {
      work->tree_doc = weft_notebook_doc_new (work->doc);
      work->tree = weft_notebook_doc_get_tree (work->tree_doc);
      work->title = weft_notebook_doc_dup_title (work->tree_doc);
      if (!weft_doc_has_pending (work->doc))
        work->state = weft_page_outline_encode_state (work->doc);
    }
  if (work->key != NULL)
    write_outline (work, work->tree);

  g_task_return_boolean (task, TRUE);
}

/* --- Loading --------------------------------------------------------------------------------------- */

static void
loaded_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  TreeWork *work = g_task_get_task_data (G_TASK (result));
  WeftNotebook *self = g_task_get_source_object (task);

  if (work->written)
    {
      g_free (self->outline_key);
      self->outline_key = g_strdup (work->key);
    }

  weft_notebook_take_tree (self, g_steal_pointer (&work->doc), g_steal_pointer (&work->tree_doc));
  g_task_return_boolean (task, TRUE);
}

static void
doc_loaded_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GTask) thread = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftStateVector) state = NULL;
  WeftNotebook *self = g_task_get_source_object (task);
  WeftStoreLoadInfo info;
  WeftDoc *doc = weft_store_load_doc_finish (WEFT_STORE (source), result, &info, &error);
  guint64 n_items = 0;
  TreeWork *work = NULL;

  if (doc == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  state = weft_doc_get_state_vector (doc);
  for (gsize i = 0; i < weft_state_vector_get_n_clients (state); i++)
    {
      WeftClientId client;
      WeftClock clock;

      weft_state_vector_get_entry (state, i, &client, &clock);
      n_items += clock;
    }

  /* Few pages can be in one large element as well; then it takes a moment here. */
  if (n_items < WEFT_LARGE_NOTEBOOK)
    {
      weft_notebook_take_tree (self, doc, weft_notebook_doc_new (doc));
      g_task_return_boolean (task, TRUE);
      return;
    }

  work = g_new0 (TreeWork, 1);
  work->doc = doc;
  work->path = weft_notebook_make_outline_path (self);
  if (info.n_damaged == 0)
    work->key = weft_notebook_make_outline_key (self, info.last_seq, info.last_time);
  if (g_strcmp0 (work->key, self->outline_key) == 0)
    g_clear_pointer (&work->key, g_free);
  thread = g_task_new (NULL, NULL, loaded_cb, g_object_ref (task));
  g_task_set_task_data (thread, work, tree_work_free);
  g_task_run_in_thread (thread, work_thread);
}

void
weft_notebook_load_tree_async (WeftNotebook       *self,
                               GCancellable       *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer            user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_autofree char *room = weft_notebook_dup_room (self, NULL);

  g_task_set_source_tag (task, weft_notebook_load_tree_async);
  weft_store_load_doc_async (self->store, room, cancellable, doc_loaded_cb, task);
}

gboolean
weft_notebook_load_tree_finish (WeftNotebook *self,
                                GAsyncResult *result,
                                GError      **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- Looking before loading ------------------------------------------------------------------------ */

static void
described_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  WeftNotebook *self = g_task_get_source_object (task);
  g_autoptr(WeftStoreDocInfo) info = weft_store_describe_doc_finish (WEFT_STORE (source), result, NULL);
  g_autofree char *path = weft_notebook_make_outline_path (self);
  g_autoptr(GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);
  g_autofree char *key = NULL;
  g_autoptr(GBytes) bytes = NULL;
  WeftPageOutline *outline = NULL;
  WeftStateVector *state = NULL;
  WeftDeleteSet *deletes = NULL;

  if (info != NULL && file != NULL)
    {
      key = weft_notebook_make_outline_key (self, info->last_seq, info->last_time);
      bytes = g_mapped_file_get_bytes (file);
      outline = weft_page_outline_new (bytes, key);
    }

  if (outline != NULL)
    {
      const char *title = weft_page_outline_get_title (outline);

      if (title != NULL)
        {
          g_free (self->title);
          self->title = g_strdup (title);
        }
      self->outline_key = g_steal_pointer (&key);
      if (weft_page_outline_get_state (outline, &state, &deletes))
        weft_notebook_watch (self, state, deletes);
      self->outline_tree = weft_page_tree_new_from_outline (outline);
    }

  g_task_return_boolean (task, outline != NULL);
}

void
weft_notebook_look_async (WeftNotebook       *self,
                          GAsyncReadyCallback callback,
                          gpointer            user_data)
{
  g_autoptr(GTask) task = g_task_new (self, NULL, callback, user_data);
  g_autofree char *room = weft_notebook_dup_room (self, NULL);
  g_autofree char *path = weft_notebook_make_outline_path (self);

  g_task_set_source_tag (task, weft_notebook_look_async);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    g_task_return_boolean (task, FALSE);
  else
    weft_store_describe_doc_async (self->store, room, NULL, described_cb, g_object_ref (task));
}

gboolean
weft_notebook_look_finish (WeftNotebook *self,
                           GAsyncResult *result)
{
  return g_task_propagate_boolean (G_TASK (result), NULL);
}

/* --- What waits for the tree ----------------------------------------------------------------------- */

/* What the outline showed is what was loaded. If it is not, lists say so instead of being silently others. */
static gboolean
is_same_list (WeftPageTree     *old,
              WeftPageTree     *tree,
              const WeftPageId *parent,
              guint             n)
{
  for (guint i = 0; i < MIN (n, N_SAMPLES); i++)
    {
      guint at = (guint) ((guint64) i * n / MIN (n, N_SAMPLES));
      WeftPageId a, b;

      if (!weft_page_tree_get_child (old, parent, at, &a) || !weft_page_tree_get_child (tree, parent, at, &b)
          || !weft_page_id_equal (&a, &b))
        return FALSE;
    }

  return TRUE;
}

/* How many of @n_max children are the same in both, from the first or from the last on. */
static guint
count_same (WeftPageTree     *old,
            WeftPageTree     *tree,
            const WeftPageId *parent,
            guint             n_max,
            gboolean          from_end)
{
  guint n_old = weft_page_tree_get_n_children (old, parent);
  guint n_new = weft_page_tree_get_n_children (tree, parent);
  guint n = 0;
  WeftPageId a, b;

  while (n < n_max && weft_page_tree_get_child (old, parent, from_end ? n_old - 1 - n : n, &a)
         && weft_page_tree_get_child (tree, parent, from_end ? n_new - 1 - n : n, &b) && weft_page_id_equal (&a, &b))
    n++;

  return n;
}

/* @is_other: another outline was shown, which may differ anywhere */
static void
compare_list (WeftNotebook     *self,
              WeftPageTree     *old,
              const WeftPageId *parent,
              GListModel       *list,
              gboolean          is_other)
{
  WeftPageTree *tree = weft_notebook_get_tree (self);
  guint n_old = weft_page_tree_get_n_children (old, parent);
  guint n_new = weft_page_tree_get_n_children (tree, parent);
  guint n_first, n_last;

  if (!is_other && n_old == n_new && is_same_list (old, tree, parent, n_new))
    return;

  n_first = count_same (old, tree, parent, MIN (MIN (n_old, n_new), MAX_COMPARED), FALSE);
  n_last = count_same (old, tree, parent, MIN (MIN (n_old, n_new) - n_first, MAX_COMPARED), TRUE);
  if (n_first + n_last < MAX (n_old, n_new))
    g_list_model_items_changed (list, n_first, n_old - n_first - n_last, n_new - n_first - n_last);
}

static void
compare_lists (WeftNotebook *self,
               WeftPageTree *old,
               gboolean      is_other)
{
  g_autoptr(GPtrArray) lists = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer list = NULL;

  g_hash_table_iter_init (&iter, self->lists);
  while (g_hash_table_iter_next (&iter, NULL, &list))
    g_ptr_array_add (lists, g_object_ref (list));
  for (guint i = 0; i < lists->len; i++)
    compare_list (self, old, weft_page_list_get_parent (lists->pdata[i]), lists->pdata[i], is_other);

  weft_notebook_refresh_pages (self);
}

void
weft_notebook_leave_outline (WeftNotebook *self)
{
  WeftPageTree *old = g_steal_pointer (&self->outline_tree);

  if (old == NULL)
    return;

  compare_lists (self, old, self->outline_is_other);
  self->outline_is_other = FALSE;
  weft_page_tree_free (old);
}

void
weft_notebook_show_outline (WeftNotebook *self,
                            WeftPageTree *tree)
{
  WeftPageTree *old = g_steal_pointer (&self->outline_tree);

  self->outline_tree = tree;
  self->outline_is_other = self->loading;
  if (old == NULL)
    return;

  compare_lists (self, old, TRUE);
  weft_page_tree_free (old);
}

void
weft_notebook_run_deferred (WeftNotebook *self)
{
  g_autoptr(GPtrArray) deferred = g_steal_pointer (&self->deferred);

  for (guint i = 0; deferred != NULL && i < deferred->len; i++)
    {
      WeftDeferred *next = g_ptr_array_index (deferred, i);

      next->func (self, next->data);
    }
}

static void
needed_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  WeftNotebook *self = WEFT_NOTEBOOK (source);
  g_autoptr(GError) error = NULL;

  self->loading = FALSE;
  if (!weft_notebook_load_tree_finish (self, result, &error))
    {
      /* What waits is tried again with the next edit. */
      g_free (self->notice);
      self->notice = g_strdup (error->message);
      weft_notebook_notify (self, WEFT_NOTEBOOK_PROP_NOTICE);
      weft_notebook_set_loading_progress (self, 1);
      return;
    }

  weft_notebook_set_loading_progress (self, 1);
  weft_notebook_run_deferred (self);
}

void
weft_notebook_need_tree (WeftNotebook *self)
{
  if (self->tree_doc != NULL || self->loading)
    return;

  self->loading = TRUE;
  weft_notebook_load_tree_async (self, NULL, needed_cb, NULL);
}

void
weft_notebook_defer (WeftNotebook    *self,
                     WeftDeferredFunc func,
                     gpointer         data,
                     GDestroyNotify   destroy)
{
  WeftDeferred *deferred = g_new (WeftDeferred, 1);

  *deferred = (WeftDeferred){ func, data, destroy };
  if (self->deferred == NULL)
    self->deferred = g_ptr_array_new_with_free_func (deferred_free);
  g_ptr_array_add (self->deferred, deferred);
  weft_notebook_need_tree (self);
}

/* --- Closing --------------------------------------------------------------------------------------- */

static void
kept_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;

  g_task_return_boolean (task, TRUE);
}

static void
last_described_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GTask) thread = NULL;
  WeftNotebook *self = g_task_get_source_object (task);
  g_autoptr(WeftStoreDocInfo) info = weft_store_describe_doc_finish (WEFT_STORE (source), result, NULL);
  g_autofree char *key = info != NULL ? weft_notebook_make_outline_key (self, info->last_seq, info->last_time) : NULL;
  TreeWork *work = NULL;

  if (key == NULL || g_strcmp0 (key, self->outline_key) == 0)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }

  work = g_new0 (TreeWork, 1);
  work->tree = weft_notebook_get_tree (self);
  work->title = g_strdup (self->title);
  if (!weft_doc_has_pending (weft_live_doc_get_doc (self->live)))
    work->state = weft_page_outline_encode_state (weft_live_doc_get_doc (self->live));
  work->path = weft_notebook_make_outline_path (self);
  work->key = g_steal_pointer (&key);
  /* Nobody changes the tree of a notebook that is being closed. */
  thread = g_task_new (NULL, NULL, kept_cb, g_object_ref (task));
  g_task_set_task_data (thread, work, tree_work_free);
  g_task_run_in_thread (thread, work_thread);
}

void
weft_notebook_keep_outline_async (WeftNotebook       *self,
                                  GAsyncReadyCallback callback,
                                  gpointer            user_data)
{
  g_autoptr(GTask) task = g_task_new (self, NULL, callback, user_data);
  g_autofree char *room = weft_notebook_dup_room (self, NULL);

  g_task_set_source_tag (task, weft_notebook_keep_outline_async);
  if (self->tree_doc == NULL || self->read_only
      || weft_page_tree_get_n_pages (weft_notebook_get_tree (self)) < WEFT_LARGE_NOTEBOOK)
    g_task_return_boolean (task, TRUE);
  else
    weft_store_describe_doc_async (self->store, room, NULL, last_described_cb, g_object_ref (task));
}
