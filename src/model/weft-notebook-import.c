/* weft-notebook-import.c - what comes into a notebook as files
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A thread reads the files (weft-import-plan.h); then the pages are made here, in slices. The content
 * of a page is given to the store before the page stands in the tree, so that no page is ever seen
 * without it.
 */

#include "config.h"

#include <glib/gi18n-lib.h>

#include "model/weft-asset.h"
#include "model/weft-import-plan.h"
#include "model/weft-notebook-private.h"

/* How long the main loop waits for us at a time. */
#define SLICE_US 4000

typedef struct
{
  const WeftImportNode *node;
  WeftPageId            parent;
} Step;

typedef struct
{
  GPtrArray      *files;
  char           *author;
  WeftNotebook   *held;     /* owned: keeps its doc loaded */
  WeftPageId      parent;

  WeftImportPlan *plan;
  GArray         *steps;    /* of Step: what is still to be made, the next one last */
  GPtrArray      *problems; /* once done */
  guint           n_pages;
} Import;

static void
import_free (gpointer data)
{
  Import *self = data;

  if (self->held != NULL)
    self->held->n_tree_holds--;
  g_clear_object (&self->held);
  g_ptr_array_unref (self->files);
  g_free (self->author);
  g_clear_pointer (&self->plan, weft_import_plan_free);
  g_clear_pointer (&self->problems, g_ptr_array_unref);
  g_array_unref (self->steps);
  g_free (self);
}

static gint64
now_ms (void)
{
  return g_get_real_time () / 1000;
}

static void
push_nodes (Import           *self,
            GPtrArray        *nodes,
            const WeftPageId *parent)
{
  for (guint i = nodes->len; i > 0; i--)
    {
      Step step = { g_ptr_array_index (nodes, i - 1), *parent };

      g_array_append_val (self->steps, step);
    }
}

static void
make_page (WeftNotebook *notebook,
           Import       *self,
           const Step   *step)
{
  const WeftImportNode *node = step->node;
  g_autofree char *room = weft_room_name_new (&notebook->id, &node->id);

  if (node->update != NULL)
    weft_store_append_update (notebook->store, room, node->update, WEFT_UPDATE_LOCAL);

  weft_notebook_doc_add_page (notebook->tree_doc, &node->id, &step->parent, WEFT_PAGE_LAST,
                              node->kind, node->title, now_ms ());

  if (node->update != NULL)
    {
      weft_notebook_doc_mark_edited (notebook->tree_doc, &node->id);
      weft_notebook_fetch_room (notebook, room);
    }

  self->n_pages++;
}

/* A cancelled import leaves nothing in the tree. */
static void
take_back (WeftNotebook *notebook,
           Import       *self)
{
  for (guint i = 0; i < self->plan->nodes->len; i++)
    {
      const WeftImportNode *node = g_ptr_array_index (self->plan->nodes, i);

      if (weft_page_tree_contains (weft_notebook_get_tree (notebook), &node->id))
        weft_notebook_doc_trash (notebook->tree_doc, &node->id);
    }
}

static void
finish (GTask  *task,
        Import *self)
{
  WeftNotebook *notebook = g_task_get_source_object (task);
  WeftPage *first = NULL;

  if (self->plan->nodes->len > 0)
    {
      const WeftImportNode *node = g_ptr_array_index (self->plan->nodes, 0);

      first = weft_notebook_ensure_page (notebook, &node->id);
    }
  else
    {
      g_autoptr(GString) message = g_string_new (NULL);

      for (guint i = 0; i < self->plan->problems->len; i++)
        g_string_append_printf (message, "%s%s", i > 0 ? "\n" : "",
                                (char *) g_ptr_array_index (self->plan->problems, i));

      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s",
                               message->len > 0 ? message->str
                                                : _ ("There was nothing to import."));
      return;
    }

  self->problems = g_ptr_array_ref (self->plan->problems);
  g_task_return_pointer (task, first, NULL);
}

static gboolean
slice_cb (gpointer user_data)
{
  GTask *task = user_data;
  Import *self = g_task_get_task_data (task);
  WeftNotebook *notebook = g_task_get_source_object (task);
  gint64 deadline = g_get_monotonic_time () + SLICE_US;
  GHashTableIter assets;
  gpointer bytes = NULL;

  if (notebook->closed)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "%s",
                               _ ("The notebook is closed"));
      return G_SOURCE_REMOVE;
    }

  if (g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    {
      take_back (notebook, self);
      g_task_return_error_if_cancelled (task);
      return G_SOURCE_REMOVE;
    }

  /* Pictures first: a page that is opened at once shows them. */
  g_hash_table_iter_init (&assets, self->plan->assets);

  while (g_hash_table_iter_next (&assets, NULL, &bytes))
    {
      g_autofree char *address = NULL;
      g_autoptr(GError) error = NULL;

      address = weft_asset_add (notebook->store, notebook, bytes, &error);

      if (address == NULL)
        g_ptr_array_add (self->plan->problems, g_strdup (error->message));

      g_hash_table_iter_remove (&assets);

      if (g_get_monotonic_time () > deadline)
        return G_SOURCE_CONTINUE;
    }

  weft_notebook_doc_begin (notebook->tree_doc);

  while (self->steps->len > 0 && g_get_monotonic_time () < deadline)
    {
      Step step = g_array_index (self->steps, Step, self->steps->len - 1);

      g_array_set_size (self->steps, self->steps->len - 1);
      make_page (notebook, self, &step);
      push_nodes (self, step.node->children, &step.node->id);
    }

  weft_notebook_doc_commit (notebook->tree_doc);

  if (self->steps->len > 0)
    return G_SOURCE_CONTINUE;

  finish (task, self);

  return G_SOURCE_REMOVE;
}

static void
read_files_thread (GTask        *task,
                   gpointer      source_object,
                   gpointer      task_data,
                   GCancellable *cancellable)
{
  Import *self = task_data;
  g_autoptr(GError) error = NULL;
  WeftImportPlan *plan = weft_import_plan_new (self->files, self->author, cancellable, &error);

  if (plan == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, plan, (GDestroyNotify) weft_import_plan_free);
}

static void
files_read_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GSource) idle = NULL;
  Import *self = g_task_get_task_data (task);

  self->plan = g_task_propagate_pointer (G_TASK (result), &error);

  if (self->plan == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  push_nodes (self, self->plan->nodes, &self->parent);
  idle = g_idle_source_new ();
  g_task_attach_source (task, idle, slice_cb);
}

static void
start_reading (WeftNotebook *self,
               gpointer      data)
{
  GTask *task = data;
  Import *import = g_task_get_task_data (task);
  g_autoptr(GTask) reader = g_task_new (self, g_task_get_cancellable (task), files_read_cb, g_object_ref (task));

  import->author = g_strdup (weft_live_doc_get_author (self->live));
  import->held = g_object_ref (self);
  self->n_tree_holds++;
  g_task_set_source_tag (reader, weft_notebook_import_async);
  /* Borrowed: the outer task keeps it until the reader has returned. */
  g_task_set_task_data (reader, import, NULL);
  g_task_run_in_thread (reader, read_files_thread);
}

/**
 * weft_notebook_import_async:
 * @self: a notebook
 * @files: (element-type GFile): files and folders
 * @parent: (nullable): the page to put them below; %NULL is the top
 * @cancellable: (nullable): a cancelled import leaves no pages
 * @callback: called when all pages are there
 * @user_data: for @callback
 *
 * Fails only where no page could be made at all; what could not be read of the rest is told by
 * weft_notebook_import_finish().
 */
void
weft_notebook_import_async (WeftNotebook       *self,
                            GListModel         *files,
                            WeftPage           *parent,
                            GCancellable       *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer            user_data)
{
  g_autoptr(GTask) task = g_task_new (self, cancellable, callback, user_data);
  Import *import = g_new0 (Import, 1);

  g_return_if_fail (WEFT_IS_NOTEBOOK (self));
  g_return_if_fail (G_IS_LIST_MODEL (files));

  import->files = g_ptr_array_new_with_free_func (g_object_unref);
  import->steps = g_array_new (FALSE, FALSE, sizeof (Step));

  if (parent == NULL || !weft_page_id_parse (&import->parent, weft_page_get_id (parent)))
    import->parent = weft_page_id_root;

  for (guint i = 0; i < g_list_model_get_n_items (files); i++)
    g_ptr_array_add (import->files, g_list_model_get_item (files, i));

  g_task_set_source_tag (task, weft_notebook_import_async);
  g_task_set_task_data (task, import, import_free);

  if (self->read_only || self->reader)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_READ_ONLY, "%s",
                               _ ("This notebook cannot be changed"));
      return;
    }

  if (self->tree_doc == NULL)
    weft_notebook_defer (self, start_reading, g_steal_pointer (&task), g_object_unref);
  else
    start_reading (self, task);
}

/**
 * weft_notebook_import_finish:
 * @self: a notebook
 * @result: as given to the callback
 * @n_pages: (out) (optional): how many pages were made
 * @problems: (out) (optional) (nullable): sentences about what was left out
 * @error: return location for a #GError
 *
 * Returns: (transfer none): the first page, or %NULL with @error set
 */
WeftPage *
weft_notebook_import_finish (WeftNotebook *self,
                             GAsyncResult *result,
                             guint        *n_pages,
                             GStrv        *problems,
                             GError      **error)
{
  Import *import = NULL;
  WeftPage *page = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  import = g_task_get_task_data (G_TASK (result));
  page = g_task_propagate_pointer (G_TASK (result), error);

  if (n_pages != NULL)
    *n_pages = page != NULL ? import->n_pages : 0;

  if (problems != NULL)
    {
      GStrvBuilder *builder = g_strv_builder_new ();

      for (guint i = 0; page != NULL && i < import->problems->len; i++)
        g_strv_builder_add (builder, g_ptr_array_index (import->problems, i));

      *problems = g_strv_builder_end (builder);
      g_strv_builder_unref (builder);
    }

  return page;
}
