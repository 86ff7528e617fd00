/* weft-notebook-bulk.c - what comes in bulk over the notebook's room goes to the store, not to the notebook doc
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A hundred thousand moves of pages, or a whole notebook from a relay without snapshots, would hold the main thread for
 * seconds where they are applied to the doc. Where there is no doc, because the notebook is only looked at or is still
 * empty, they are checked on a thread and given to the store, and the doc or the outline is made with them on a thread,
 * as when the notebook is opened.
 */

#include "config.h"

#include "crdt/weft-update.h"
#include "model/weft-notebook-private.h"
#include "sync/weft-sync-protocol.h"

/* Less than this is applied in a few frames. */
#define LARGE_BYTES (256 * 1024)
/* As large as this are the parts of something larger. */
#define PART_BYTES (WEFT_SYNC_MAX_UPDATE / 2)
/* How long to wait for more, and for the next part: a relay takes its time where it gives much. */
#define MORE_MS 300
#define NEXT_PART_MS 3000

static gboolean
can_keep (WeftNotebook *self)
{
  if (self->closed || self->read_only || self->loading || self->bulk_failed || self->n_tree_holds > 0)
    return FALSE;

  if (self->tree_doc == NULL)
    return TRUE;

  /* What lacks something comes again with each connection, and would be kept each time. */
  return weft_page_tree_get_n_pages (weft_notebook_get_tree (self)) == 0
         && !weft_doc_has_pending (weft_live_doc_get_doc (self->live));
}

static gboolean
taken_cb (gpointer user_data)
{
  WeftNotebook *self = user_data;

  self->bulk_source = 0;
  /* What has been loaded meanwhile was loaded with it. Of a whole notebook more may come: it is only looked at. */
  if (self->tree_doc == NULL && self->bulk_has_parts && !self->loading)
    weft_notebook_scan (self);
  else if (self->tree_doc == NULL)
    weft_notebook_need_tree (self);
  else if (self->tree_doc == self->bulk_doc && !self->loading && self->n_tree_holds == 0)
    weft_notebook_reload_tree (self);
  else if (self->bulk_failed)
    weft_notebook_connect_all (self);
  self->bulk_doc = NULL;
  self->bulk_has_parts = FALSE;

  return G_SOURCE_REMOVE;
}

/* An update of which a letter is wrong is none. */
static void
check_thread (GTask        *task,
              gpointer      source_object,
              gpointer      task_data,
              GCancellable *cancellable)
{
  g_autoptr(WeftStateVector) from = NULL;
  g_autoptr(WeftStateVector) to = NULL;
  GError *error = NULL;

  if (weft_update_get_range (task_data, WEFT_UPDATE_V1, &from, &to, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* Finds in a thread whether @update can be read: what @callback gets is a boolean; the data of its task is @update. */
void
weft_notebook_check_update (WeftNotebook        *self,
                            GBytes              *update,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  g_autoptr(GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_task_data (task, g_bytes_ref (update), (GDestroyNotify) g_bytes_unref);
  g_task_run_in_thread (task, check_thread);
}

static void
checked_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  WeftNotebook *self = WEFT_NOTEBOOK (source);
  g_autofree char *room = weft_notebook_dup_room (self, NULL);
  gboolean is_part = g_bytes_get_size (g_task_get_task_data (G_TASK (result))) >= PART_BYTES;

  self->n_bulk--;
  /* The doc itself says what is wrong with it, and what was left out here is asked for again with the doc. */
  if (!g_task_propagate_boolean (G_TASK (result), NULL))
    self->bulk_failed = TRUE;
  else if (can_keep (self))
    {
      weft_store_append_update (self->store, room, g_task_get_task_data (G_TASK (result)), WEFT_UPDATE_REMOTE);
      self->bulk_doc = self->tree_doc;
    }

  self->bulk_has_parts |= is_part;
  g_clear_handle_id (&self->bulk_source, g_source_remove);
  if (self->n_bulk == 0 && !self->closed)
    self->bulk_source = g_timeout_add (is_part ? NEXT_PART_MS : MORE_MS, taken_cb, self);
}

gboolean
weft_notebook_keep_bulk (WeftLiveDoc *live,
                         GBytes      *update,
                         gpointer     user_data)
{
  WeftNotebook *self = user_data;

  if (g_bytes_get_size (update) < LARGE_BYTES || !can_keep (self))
    return FALSE;

  self->n_bulk++;
  weft_notebook_check_update (self, update, checked_cb, NULL);
  return TRUE;
}

void
weft_notebook_bulk_detach (WeftNotebook *self)
{
  g_clear_handle_id (&self->bulk_source, g_source_remove);
}
