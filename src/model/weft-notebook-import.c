/* weft-notebook-import.c - what comes into a notebook, and goes out of it, as files
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/weft-notebook-private.h"

void
weft_notebook_import_async (WeftNotebook *self, GListModel *files, WeftPage *parent, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  g_task_report_new_error (self, callback, user_data, weft_notebook_import_async, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "Not yet");
}

WeftPage *
weft_notebook_import_finish (WeftNotebook *self, GAsyncResult *result, guint *n_pages, GStrv *problems, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
weft_notebook_export_page_async (WeftNotebook *self, WeftPage *page, GFile *file, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  g_task_report_new_error (self, callback, user_data, weft_notebook_export_page_async, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "Not yet");
}

gboolean
weft_notebook_export_page_finish (WeftNotebook *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
