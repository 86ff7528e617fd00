/* weft-notebook-first-sync.c - what a notebook that was joined gets before it connects: all of it, as one snapshot
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Of a notebook of a million pages, 160 MB come. Over the notebook's room they would be applied message by message on
 * the main thread; so they are downloaded into a file beside the notebook (sync/weft-snapshot-download.h), checked on a
 * thread, given to the store as one update, and loaded from there as any notebook is. The room is entered afterwards,
 * and has only what came meanwhile. Where there are no snapshots, as at other relays, the room is entered at once.
 */

#include "config.h"

#include "model/weft-notebook-private.h"
#include "sync/weft-snapshot-download.h"

#define SUFFIX "-download"

/* What broke off is tried again so often without getting further, and after so long. */
#define MAX_TRIES 3
#define AGAIN_S 3

/* Less than this is applied faster than it is loaded. */
#define LARGE_BYTES (256 * 1024)

static void start_download (WeftNotebook *self);

static char *
make_path (WeftNotebook *self)
{
  return g_strconcat (g_file_peek_path (self->file), SUFFIX, NULL);
}

/* There is nothing (more) to be had in this way. */
static void
end_first_sync (WeftNotebook *self)
{
  self->first_sync_done = TRUE;
  weft_notebook_connect_all (self);
  weft_notebook_status_changed (self);
}

static void
progress_cb (guint64  received,
             guint64  total,
             gpointer user_data)
{
  WeftNotebook *self = user_data;

  self->n_tries = 0;
  self->n_fetched = received;
  self->n_to_fetch = total;
  weft_notebook_status_changed (self);
}

static void
checked_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  WeftNotebook *self = WEFT_NOTEBOOK (source);
  g_autoptr(GError) error = NULL;
  g_autofree char *path = make_path (self);
  g_autofree char *room = weft_notebook_dup_room (self, NULL);
  GBytes *bytes = g_task_get_task_data (G_TASK (result));

  weft_snapshot_download_discard (path);
  self->fetching = FALSE;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    g_message ("The snapshot from the relay is left out: %s", error->message);
  else if (self->closed || self->tree_doc == NULL)
    return;
  else if (g_bytes_get_size (bytes) < LARGE_BYTES || self->n_tree_holds > 0)
    {
      if (!weft_doc_apply_update (weft_live_doc_get_doc (self->live), bytes, NULL, &error))
        g_message ("The snapshot from the relay is left out: %s", error->message);
    }
  else if (weft_store_append_update (self->store, room, bytes, WEFT_UPDATE_REMOTE) != 0)
    {
      /* The room is entered once it is loaded. */
      self->first_sync_done = TRUE;
      weft_notebook_reload_tree (self);
      return;
    }

  end_first_sync (self);
}

static gboolean
again_cb (gpointer user_data)
{
  WeftNotebook *self = user_data;

  self->fetch_source = 0;
  start_download (self);
  weft_notebook_status_changed (self);
  return G_SOURCE_REMOVE;
}

static void
downloaded_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr(WeftNotebook) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = weft_snapshot_download_finish (result, &error);

  if (g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    return;

  g_clear_object (&self->fetch_cancellable);
  if (bytes != NULL)
    {
      weft_notebook_check_update (self, bytes, checked_cb, NULL);
      return;
    }

  if (g_error_matches (error, WEFT_SYNC_ERROR, WEFT_SYNC_ERROR_UNREACHABLE) && ++self->n_tries < MAX_TRIES)
    {
      g_debug ("The snapshot is asked for again: %s", error->message);
      self->fetch_source = g_timeout_add_seconds (AGAIN_S, again_cb, self);
      weft_notebook_status_changed (self);
      return;
    }

  self->fetching = FALSE;
  end_first_sync (self);
}

static void
start_download (WeftNotebook *self)
{
  g_autofree char *path = make_path (self);
  g_autofree char *room = weft_notebook_dup_room (self, NULL);

  self->fetch_cancellable = g_cancellable_new ();
  weft_snapshot_download_async (self->relay, room, self->token, path, progress_cb, self, self->fetch_cancellable,
                                downloaded_cb, g_object_ref (self));
}

gboolean
weft_notebook_first_sync (WeftNotebook *self)
{
  if (self->fetching)
    return TRUE;

  if (self->first_sync_done || self->tree_doc == NULL || self->read_only
      || weft_page_tree_get_n_pages (weft_notebook_get_tree (self)) > 0)
    return FALSE;

  self->fetching = TRUE;
  self->n_tries = 0;
  self->n_fetched = self->n_to_fetch = 0;
  start_download (self);

  return TRUE;
}

void
weft_notebook_stop_first_sync (WeftNotebook *self)
{
  self->fetching = FALSE;
  g_clear_handle_id (&self->fetch_source, g_source_remove);
  if (self->fetch_cancellable != NULL)
    g_cancellable_cancel (self->fetch_cancellable);
  g_clear_object (&self->fetch_cancellable);
}
