/* model-support.h - a notebook for a test, with the waiting done
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib/gstdio.h>

#include "model/weft-notebook.h"

typedef struct
{
  char *folder;
  GFile *file;
} Fixture;

static inline void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  g_autofree char *path = NULL;

  fixture->folder = g_dir_make_tmp ("weft-model-XXXXXX", NULL);
  path = g_build_filename (fixture->folder, "notebook.weft", NULL);
  fixture->file = g_file_new_for_path (path);
}

static inline void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  g_autoptr(GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  const char *name = NULL;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

      g_unlink (path);
    }

  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  g_object_unref (fixture->file);
}

static inline void
keep_result_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static inline GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return *result;
}

static inline WeftNotebook *
open_notebook (Fixture *fixture)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  WeftNotebook *notebook = NULL;

  weft_notebook_open_async (fixture->file, NULL, NULL, keep_result_cb, &result);
  notebook = weft_notebook_open_finish (wait_for (&result), &error);
  g_assert_no_error (error);
  g_assert_nonnull (notebook);

  return notebook;
}

static inline void
close_notebook (WeftNotebook *notebook)
{
  GAsyncResult *result = NULL;
  g_autoptr(GError) error = NULL;

  weft_notebook_close_async (notebook, keep_result_cb, &result);
  weft_notebook_close_finish (notebook, wait_for (&result), &error);
  g_assert_no_error (error);
  g_object_unref (result);
  g_assert_finalize_object (notebook);
}

static inline WeftDocument *
open_document (WeftNotebook *notebook,
               WeftPage     *page)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  WeftDocument *document = NULL;

  weft_notebook_open_document_async (notebook, page, NULL, keep_result_cb, &result);
  document = weft_notebook_open_document_finish (notebook, wait_for (&result), &error);
  g_assert_no_error (error);

  return document;
}
