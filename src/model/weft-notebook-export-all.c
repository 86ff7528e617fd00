/* weft-notebook-export-all.c - a whole notebook as files that other programs read
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Notes become Markdown with their pictures beside them, boards `.excalidraw` files; what is inside of the page
 * "Name" stands in the folder "Name" beside "Name.md". weft_notebook_import_async() takes all of it back.
 */

#include "config.h"

#include "model/weft-notebook-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Bytes of a name that a title gives; file systems take 255, with suffixes. */
#define MAX_NAME 120

typedef struct
{
  GFile *folder; /* where it goes */
  char *page_id;
} Step;

typedef struct
{
  GQueue steps;
  GHashTable *used; /* folder path -> set of folded names in it */
  GPtrArray *problems;
  char *title; /* of the page that is being written */
  guint n_all;
  guint n_done;
  WeftNotebookProgressFunc progress;
  gpointer progress_data;
} ExportAll;

static void export_next (GTask *task);

static void
step_free (gpointer data)
{
  Step *step = data;

  g_object_unref (step->folder);
  g_free (step->page_id);
  g_free (step);
}

static void
export_free (gpointer data)
{
  ExportAll *self = data;

  g_queue_clear_full (&self->steps, step_free);
  g_hash_table_unref (self->used);
  g_ptr_array_unref (self->problems);
  g_free (self->title);
  g_free (self);
}

/* What file systems of all kinds take as a name. */
static char *
make_base_name (const char *title)
{
  g_autofree char *name = g_strdup (title);
  gsize length;

  for (char *p = name; *p != '\0'; p = g_utf8_next_char (p))
    if (strchr ("/\\:*?\"<>|", *p) != NULL || (guchar) *p < 0x20 || *p == 0x7f)
      *p = '-';

  g_strstrip (name);
  if (name[0] == '.')
    name[0] = '-';

  length = strlen (name);
  if (length > MAX_NAME)
    {
      length = MAX_NAME;
      while ((name[length] & 0xc0) == 0x80)
        length--;
      name[length] = '\0';
    }

  /* Some systems drop what these end with. */
  while (length > 0 && (name[length - 1] == '.' || name[length - 1] == ' '))
    name[--length] = '\0';

  return g_steal_pointer (&name);
}

/* Titles may be equal; names, also those of capital letters, may not. */
static char *
make_name (ExportAll  *self,
           GFile      *folder,
           const char *title)
{
  const char *path = g_file_peek_path (folder);
  GHashTable *names = g_hash_table_lookup (self->used, path);
  g_autofree char *base = make_base_name (title);

  if (names == NULL)
    {
      names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_hash_table_insert (self->used, g_strdup (path), names);
    }

  for (guint i = 1;; i++)
    {
      g_autofree char *name = i == 1 ? g_strdup (base) : g_strdup_printf ("%s %u", base, i);

      if (g_hash_table_add (names, g_utf8_casefold (name, -1)))
        return g_steal_pointer (&name);
    }
}

static void
push_children (ExportAll        *self,
               WeftPageTree     *tree,
               const WeftPageId *parent,
               GFile            *folder)
{
  for (guint i = 0; i < weft_page_tree_get_n_children (tree, parent); i++)
    {
      WeftPageId id;
      Step *step;

      if (!weft_page_tree_get_child (tree, parent, i, &id))
        continue;

      step = g_new (Step, 1);
      *step = (Step){ g_object_ref (folder), weft_page_id_to_string (&id) };
      g_queue_push_tail (&self->steps, step);
      self->n_all++;
    }
}

static void
page_exported_cb (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;
  ExportAll *self = g_task_get_task_data (task);

  if (!weft_notebook_export_page_finish (WEFT_NOTEBOOK (source), result, &error))
    {
      /* Where nothing can be written the next pages fare no better. */
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
          || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE)
          || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_READ_ONLY)
          || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
        {
          g_task_return_error (task, g_steal_pointer (&error));
          return;
        }

      /* Translators: the title of a page, and what is wrong */
      g_ptr_array_add (self->problems, g_strdup_printf (_ ("%s: %s"), self->title, error->message));
    }

  self->n_done++;
  if (self->progress != NULL)
    self->progress ((double) self->n_done / self->n_all, self->progress_data);
  export_next (task);
}

static void
export_next (GTask *task)
{
  WeftNotebook *notebook = g_task_get_source_object (task);
  ExportAll *self = g_task_get_task_data (task);
  Step *step = g_queue_pop_head (&self->steps);
  g_autoptr(GFile) file = NULL;
  g_autoptr(GFile) inside = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *name = NULL;
  g_autofree char *file_name = NULL;
  WeftPage *page;
  WeftPageId id;

  if (step == NULL)
    {
      g_task_return_int (task, (gssize) self->n_done - (gssize) self->problems->len);
      return;
    }

  page = weft_notebook_lookup_page (notebook, step->page_id);
  if (notebook->closed || page == NULL || !weft_page_id_parse (&id, step->page_id))
    {
      self->n_done++;
      step_free (step);
      export_next (task);
      return;
    }

  if (!g_file_make_directory_with_parents (step->folder, NULL, &error)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_EXISTS))
    {
      step_free (step);
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  name = make_name (self, step->folder, weft_page_get_display_title (page));
  inside = g_file_get_child (step->folder, name);
  push_children (self, weft_notebook_get_tree (notebook), &id, inside);
  file_name = g_strconcat (name, weft_page_get_kind (page) == WEFT_PAGE_BOARD ? ".excalidraw" : ".md", NULL);
  file = g_file_get_child (step->folder, file_name);
  step_free (step);
  g_free (self->title);
  self->title = g_strdup (weft_page_get_display_title (page));
  weft_notebook_export_page_async (notebook, page, file, g_task_get_cancellable (task), page_exported_cb,
                                   g_object_ref (task));
}

/**
 * weft_notebook_export_all_async:
 * @self: a notebook
 * @folder: where the files go; made where it is not there
 * @progress: (nullable): told now and then, with a share from 0 to 1
 * @progress_data: for @progress
 * @cancellable: (nullable): what is written already stays
 * @callback: called when all is written
 * @user_data: for @callback
 *
 * Writes every page that is not in the trash.
 */
void
weft_notebook_export_all_async (WeftNotebook            *self,
                                GFile                   *folder,
                                WeftNotebookProgressFunc progress,
                                gpointer                 progress_data,
                                GCancellable            *cancellable,
                                GAsyncReadyCallback      callback,
                                gpointer                 user_data)
{
  GTask *task;
  ExportAll *export;

  g_return_if_fail (WEFT_IS_NOTEBOOK (self));
  g_return_if_fail (g_file_peek_path (folder) != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, weft_notebook_export_all_async);
  export = g_new0 (ExportAll, 1);
  g_queue_init (&export->steps);
  export->used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_hash_table_unref);
  export->problems = g_ptr_array_new_with_free_func (g_free);
  export->progress = progress;
  export->progress_data = progress_data;
  g_task_set_task_data (task, export, export_free);

  push_children (export, weft_notebook_get_tree (self), &weft_page_id_root, folder);
  export_next (task);
  g_object_unref (task);
}

/**
 * weft_notebook_export_all_finish:
 * @self: a notebook
 * @result: what the callback got
 * @n_pages: (out): how many pages were written
 * @problems: (out) (transfer full) (array zero-terminated=1): a sentence for each page that could not be
 * @error: return location for an error
 *
 * Returns: whether the notebook was gone through to its end
 */
gboolean
weft_notebook_export_all_finish (WeftNotebook *self,
                                 GAsyncResult *result,
                                 guint        *n_pages,
                                 GStrv        *problems,
                                 GError      **error)
{
  ExportAll *export = g_task_get_task_data (G_TASK (result));
  gssize n_written = g_task_propagate_int (G_TASK (result), error);

  if (n_written < 0)
    return FALSE;

  *n_pages = (guint) n_written;
  g_ptr_array_add (export->problems, NULL);
  *problems = g_strdupv ((GStrv) export->problems->pdata);
  g_ptr_array_remove_index (export->problems, export->problems->len - 1);
  return TRUE;
}
