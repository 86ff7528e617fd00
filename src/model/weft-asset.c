/* weft-asset.c - pictures and files that pages show, kept as documents of their own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/weft-asset.h"

#include <glib/gi18n-lib.h>

#include "crdt/weft-type.h"
#include "model/weft-notebook-private.h"

#define ASSET_PREFIX "weft:asset/"
#define SHA256_N_CHARS 64
/* How long a picture that is not here is waited for. */
#define FETCH_TIMEOUT_S 30

typedef struct
{
  WeftStore *store;
  WeftNotebook *notebook; /* nullable */
  WeftSyncFetcher *fetcher; /* while the relay is asked */
  char *sha256;
  char *room;
  gulong fetched_handler;
  guint timeout;
  gboolean asked;
} Load;

static void load_from_store (GTask *task);

/* Borrowed from @uri, or %NULL where that is no asset. */
static const char *
get_hash (const char *uri)
{
  const char *hash = NULL;

  if (uri == NULL || !g_str_has_prefix (uri, ASSET_PREFIX))
    return NULL;

  hash = uri + strlen (ASSET_PREFIX);

  if (strlen (hash) != SHA256_N_CHARS || strspn (hash, "0123456789abcdef") != SHA256_N_CHARS)
    return NULL;

  return hash;
}

static char *
make_room (WeftNotebook *notebook,
           const char   *sha256)
{
  return weft_room_name_new_asset (&notebook->id, sha256);
}

char *
weft_asset_add (WeftStore    *store,
                WeftNotebook *notebook,
                GBytes       *bytes,
                GError      **error)
{
  g_autofree char *sha256 = NULL;
  g_autofree char *room = NULL;
  g_autofree char *limit = NULL;
  g_autoptr(WeftDoc) doc = NULL;
  g_autoptr(GBytes) update = NULL;
  g_autoptr(WeftAny) data = NULL;
  WeftDocOptions options = { .gc = FALSE };
  char prefix[9] = "";

  if (notebook == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, _ ("The notebook is closed"));
      return NULL;
    }

  if (g_bytes_get_size (bytes) > WEFT_ASSET_MAX_BYTES)
    {
      limit = g_format_size (WEFT_ASSET_MAX_BYTES);
      /* Translators: %s is a size, as "64 MB" */
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
                   _ ("The file is too large: at most %s can be put into a page"), limit);
      return NULL;
    }

  sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  room = make_room (notebook, sha256);
  memcpy (prefix, sha256, 8);

  doc = weft_doc_new_with_options (g_ascii_strtoull (prefix, NULL, 16), &options);
  data = weft_any_new_bytes (bytes);
  weft_map_set (weft_doc_get_map (doc, "asset"), "data", data);
  update = weft_doc_encode_state (doc);

  weft_store_append_update (store, room, update, WEFT_UPDATE_LOCAL);
  weft_store_set_asset (store, sha256, room, g_bytes_get_size (bytes));
  weft_notebook_fetch_room (notebook, room);

  return g_strconcat (ASSET_PREFIX, sha256, NULL);
}

static void
load_free (gpointer data)
{
  Load *self = data;

  g_clear_handle_id (&self->timeout, g_source_remove);

  if (self->fetcher != NULL)
    g_clear_signal_handler (&self->fetched_handler, self->fetcher);

  g_clear_object (&self->fetcher);
  g_clear_object (&self->store);
  g_clear_object (&self->notebook);
  g_free (self->sha256);
  g_free (self->room);
  g_free (self);
}

static void
return_not_found (GTask *task)
{
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                           "The picture has not arrived yet");
}

static void
fetched_cb (WeftSyncFetcher *fetcher,
            const char      *room,
            gboolean         changed,
            gpointer         user_data)
{
  g_autoptr(GTask) task = user_data;
  Load *load = g_task_get_task_data (task);

  g_clear_handle_id (&load->timeout, g_source_remove);
  g_clear_signal_handler (&load->fetched_handler, fetcher);
  load_from_store (task);
}

static gboolean
timeout_cb (gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Load *load = g_task_get_task_data (task);

  load->timeout = 0;
  g_clear_signal_handler (&load->fetched_handler, load->fetcher);
  return_not_found (task);

  return G_SOURCE_REMOVE;
}

static void
ask_relay (GTask *task)
{
  Load *load = g_task_get_task_data (task);
  g_autofree char *signal = NULL;

  if (load->asked || load->notebook == NULL || load->notebook->fetcher == NULL)
    {
      return_not_found (task);
      return;
    }

  load->asked = TRUE;
  signal = g_strconcat ("fetched::", load->room, NULL);

  /* One of the two callbacks comes, takes over this reference and disarms the other. */
  g_object_ref (task);
  load->fetcher = g_object_ref (load->notebook->fetcher);
  load->fetched_handler
      = g_signal_connect (load->fetcher, signal, G_CALLBACK (fetched_cb), task);
  load->timeout = g_timeout_add_seconds (FETCH_TIMEOUT_S, timeout_cb, task);
  weft_notebook_fetch_room (load->notebook, load->room);
}

static void
loaded_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;
  Load *load = g_task_get_task_data (task);
  g_autoptr(WeftDoc) doc
      = weft_store_load_doc_finish (WEFT_STORE (source), result, NULL, &error);
  g_autoptr(WeftAny) data = NULL;
  g_autofree char *sha256 = NULL;
  GBytes *bytes = NULL;

  if (doc == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  data = weft_map_get (weft_doc_get_map (doc, "asset"), "data");
  bytes = data ? weft_any_get_bytes (data) : NULL;

  if (bytes == NULL)
    {
      ask_relay (task);
      return;
    }

  sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);

  if (!g_str_equal (sha256, load->sha256))
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                             "The picture that arrived is not the one that was asked for");
  else
    g_task_return_pointer (task, g_bytes_ref (bytes), (GDestroyNotify) g_bytes_unref);
}

static void
load_from_store (GTask *task)
{
  Load *load = g_task_get_task_data (task);

  weft_store_load_doc_async (load->store, load->room, g_task_get_cancellable (task), loaded_cb,
                             g_object_ref (task));
}

void
weft_asset_load_async (WeftStore          *store,
                       WeftNotebook       *notebook,
                       const char         *uri,
                       GCancellable       *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer            user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  const char *sha256 = get_hash (uri);
  Load *load = NULL;

  g_task_set_source_tag (task, weft_asset_load_async);

  if (sha256 == NULL || notebook == NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                               "This is not the address of a picture in this notebook");
      return;
    }

  load = g_new0 (Load, 1);
  load->store = g_object_ref (store);
  load->notebook = g_object_ref (notebook);
  load->sha256 = g_strdup (sha256);
  load->room = make_room (notebook, sha256);
  g_task_set_task_data (task, load, load_free);
  load_from_store (task);
}

GBytes *
weft_asset_load_finish (GAsyncResult *result,
                        GError      **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
