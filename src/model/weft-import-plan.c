/* weft-import-plan.c - files and folders, read and turned into pages that are not in a notebook yet
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/weft-import-private.h"

#include <glib/gi18n-lib.h>

#define MAX_PROBLEMS 200

char *
weft_import_dup_shown_name (GFile *file)
{
  g_autofree char *name = g_file_get_basename (file);

  return name != NULL ? g_filename_display_name (name) : g_file_get_uri (file);
}

char *
weft_import_fold_name (const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  g_autofree char *normal = g_utf8_normalize (valid, -1, G_NORMALIZE_ALL_COMPOSE);

  return g_utf8_casefold (normal, -1);
}

void
weft_import_add_problem (WeftImport *self,
                         const char *name,
                         const char *format,
                         ...)
{
  va_list args;
  g_autofree char *what = NULL;

  if (self->plan->problems->len >= MAX_PROBLEMS)
    {
      if (self->plan->problems->len == MAX_PROBLEMS)
        g_ptr_array_add (self->plan->problems, g_strdup (_ ("There is more of this kind.")));
      return;
    }

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);

  g_ptr_array_add (self->plan->problems, g_strdup_printf ("%s: %s", name, what));
}

void
weft_import_node_free (gpointer data)
{
  WeftImportNode *self = data;

  g_free (self->title);
  g_clear_pointer (&self->update, g_bytes_unref);
  g_ptr_array_unref (self->children);
  g_clear_object (&self->file);
  g_clear_object (&self->folder);
  g_free (self);
}

/* @title: (transfer full) */
WeftImportNode *
weft_import_node_new (const char *kind,
                      char       *title)
{
  WeftImportNode *self = g_new0 (WeftImportNode, 1);

  weft_page_id_init_random (&self->id);
  self->kind = kind;
  self->title = title;
  self->children = g_ptr_array_new_with_free_func (weft_import_node_free);

  return self;
}

void
weft_import_plan_free (WeftImportPlan *self)
{
  g_ptr_array_unref (self->nodes);
  g_hash_table_unref (self->assets);
  g_ptr_array_unref (self->problems);
  g_free (self);
}

static WeftImportPlan *
plan_new (void)
{
  WeftImportPlan *self = g_new0 (WeftImportPlan, 1);

  self->nodes = g_ptr_array_new_with_free_func (weft_import_node_free);
  self->assets
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  self->problems = g_ptr_array_new_with_free_func (g_free);

  return self;
}

/**
 * weft_import_plan_new:
 * @files: (element-type GFile): files and folders
 * @author: (nullable): who writes the new pages
 * @cancellable: (nullable): stops it between two files
 * @error: return location for a #GError
 *
 * Returns: (transfer full): the pages to make, or %NULL with @error set when it was cancelled
 */
WeftImportPlan *
weft_import_plan_new (GPtrArray    *files,
                      const char   *author,
                      GCancellable *cancellable,
                      GError      **error)
{
  g_autoptr(WeftImportPlan) plan = plan_new ();
  WeftImport self = { .plan = plan, .author = author, .cancellable = cancellable };

  self.by_file = g_hash_table_new_full (g_file_hash, (GEqualFunc) g_file_equal, g_object_unref, NULL);
  self.left_out = g_ptr_array_new_with_free_func (weft_import_node_free);
  self.by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < files->len && !g_cancellable_is_cancelled (cancellable); i++)
    weft_import_scan (&self, g_ptr_array_index (files, i));

  weft_import_read (&self, plan->nodes, NULL);

  if (self.n_others > 0)
    g_ptr_array_add (plan->problems,
                     /* Translators: %u is the number of files that are neither notes nor drawings */
                     g_strdup_printf (ngettext ("%u file of another kind was left out",
                                                "%u files of other kinds were left out",
                                                self.n_others),
                                      self.n_others));

  g_hash_table_unref (self.by_file);
  g_hash_table_unref (self.by_name);
  g_ptr_array_unref (self.left_out);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;

  return g_steal_pointer (&plan);
}
