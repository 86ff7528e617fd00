/* store-support.h - a store for a test, with the waiting done
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib/gstdio.h>

#include "store/weft-store.h"

static inline void
remove_folder (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }

  g_rmdir (folder);
}

static inline void
take_result_cb (GObject      *object,
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

static inline WeftStore *
try_open (const char *path,
          GError    **error)
{
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(GAsyncResult) result = NULL;

  weft_store_open_async (file, NULL, take_result_cb, &result);
  return weft_store_open_finish (wait_for (&result), error);
}

static inline WeftStore *
open_store (const char *path)
{
  g_autoptr(GError) error = NULL;
  WeftStore *store = try_open (path, &error);

  g_assert_no_error (error);
  g_assert_true (WEFT_IS_STORE (store));
  return store;
}

static inline gboolean
flush (WeftStore *store,
       GError   **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  weft_store_flush_async (store, NULL, take_result_cb, &result);
  return weft_store_flush_finish (store, wait_for (&result), error);
}

static inline void
close_store (WeftStore *store)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  weft_store_close_async (store, NULL, take_result_cb, &result);
  g_assert_true (weft_store_close_finish (store, wait_for (&result), &error));
  g_assert_no_error (error);
  g_object_unref (store);
}

static inline WeftDoc *
load_doc (WeftStore         *store,
          const char        *doc_id,
          WeftStoreLoadInfo *info)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  WeftDoc *doc;

  weft_store_load_doc_async (store, doc_id, NULL, take_result_cb, &result);
  doc = weft_store_load_doc_finish (store, wait_for (&result), info, &error);
  g_assert_no_error (error);
  g_assert_nonnull (doc);
  return doc;
}

static inline gboolean
compact (WeftStore  *store,
         const char *doc_id,
         GError    **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  weft_store_compact_async (store, doc_id, NULL, take_result_cb, &result);
  return weft_store_compact_finish (store, wait_for (&result), error);
}
