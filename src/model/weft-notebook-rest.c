/* weft-notebook-rest.c - the notebook doc of a large notebook is let go of when nobody has needed it for a while
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The doc and the tree of a million pages take half a gigabyte, and are needed for edits, and for what arrives.
 * Between, the outline is enough: for looking, and, with the state that it tells, for being in the notebook's room.
 *
 *     loaded -- nothing for a while --> outline written on a thread, the old tree still shown --> outline shown
 *       ^                                                                                            |
 *       '-- an edit; or the room has something --------------------------------------------------------'
 */

#include "config.h"

#include "model/weft-notebook-private.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

/* How long the doc is kept after its last change: while there is something to undo, that is kept longer. */
#define REST_US (2 * 60 * G_USEC_PER_SEC)
#define REST_WITH_UNDO_US (20 * 60 * G_USEC_PER_SEC)
#define LOOK_S 30

/* What is let go of: looked at by a thread, and freed by another one. */
typedef struct
{
  WeftDoc *doc;
  WeftNotebookDoc *tree_doc;
  char *title;
  char *path;
  char *key;
  GBytes *state;
  GBytes *outline; /* made by the thread; NULL: it can not be */
  gboolean written;
} Rest;

static void
rest_free (gpointer data)
{
  Rest *rest = data;

  g_clear_pointer (&rest->tree_doc, weft_notebook_doc_free);
  g_clear_pointer (&rest->doc, weft_doc_free);
  g_free (rest->title);
  g_free (rest->path);
  g_free (rest->key);
  g_clear_pointer (&rest->state, g_bytes_unref);
  g_clear_pointer (&rest->outline, g_bytes_unref);
  g_free (rest);
}

static void
wanted_cb (WeftLiveDoc *live,
           gpointer     user_data)
{
  weft_notebook_need_tree (user_data);
}

void
weft_notebook_watch (WeftNotebook    *self,
                     WeftStateVector *state,
                     WeftDeleteSet   *deletes)
{
  g_autofree char *room = weft_notebook_dup_room (self, NULL);
  WeftLiveDocFuncs funcs = weft_notebook_live_funcs;

  funcs.wanted = wanted_cb;
  self->live = weft_live_doc_new_watching (self->store, room, state, deletes, &funcs, self);
}

static void
make_thread (GTask        *task,
             gpointer      source_object,
             gpointer      task_data,
             GCancellable *cancellable)
{
  Rest *rest = task_data;

  rest->outline = weft_page_outline_make (weft_notebook_doc_get_tree (rest->tree_doc), rest->title, rest->state,
                                          rest->key);
  if (rest->outline != NULL)
    rest->written = weft_notebook_write_outline (rest->path, rest->outline);
  g_task_return_boolean (task, rest->outline != NULL);
}

static void
free_thread (GTask        *task,
             gpointer      source_object,
             gpointer      task_data,
             GCancellable *cancellable)
{
  rest_free (task_data);
#ifdef __GLIBC__
  malloc_trim (0);
#endif
  g_task_return_boolean (task, TRUE);
}

/* A file that is mapped takes no memory that others could not have. */
static WeftPageOutline *
open_outline (const Rest *rest)
{
  g_autoptr(GMappedFile) file = rest->written ? g_mapped_file_new (rest->path, FALSE, NULL) : NULL;
  g_autoptr(GBytes) mapped = file != NULL ? g_mapped_file_get_bytes (file) : NULL;
  WeftPageOutline *outline = mapped != NULL ? weft_page_outline_new (mapped, rest->key) : NULL;

  return outline != NULL ? outline : weft_page_outline_new (rest->outline, rest->key);
}

static void
made_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(WeftNotebook) self = user_data;
  g_autoptr(GTask) freeing = NULL;
  Rest *rest = g_task_get_task_data (G_TASK (result));

  self->loading = FALSE;
  if (rest->outline != NULL)
    {
      self->outline_tree = weft_page_tree_new_from_outline (open_outline (rest));
      self->outline_is_borrowed = FALSE;
      g_free (self->outline_key);
      self->outline_key = rest->written ? g_strdup (rest->key) : NULL;

      freeing = g_task_new (NULL, NULL, NULL, NULL);
      g_task_set_task_data (freeing, rest, NULL);
      g_task_run_in_thread (freeing, free_thread);
    }
  else
    {
      /* It is taken up again as it was. */
      g_clear_pointer (&self->live, weft_live_doc_free);
      self->outline_tree = NULL;
      self->outline_is_borrowed = FALSE;
      weft_notebook_take_tree (self, g_steal_pointer (&rest->doc), g_steal_pointer (&rest->tree_doc));
      rest_free (rest);
    }

  if (self->deferred != NULL)
    weft_notebook_need_tree (self);
}

static gboolean
can_rest (WeftNotebook *self)
{
  return self->tree_doc != NULL && !self->loading && !self->closed && self->deferred == NULL && !self->read_only
         && !weft_doc_in_transaction (weft_live_doc_get_doc (self->live))
         && !weft_doc_has_pending (weft_live_doc_get_doc (self->live))
         && !weft_live_doc_has_waiting (self->live)
         && self->conflicts_source == 0 && (self->tree_conflicts == NULL || self->tree_conflicts->len == 0)
         && self->n_tree_holds == 0 && self->settle_source == 0
         && weft_page_tree_get_n_pages (weft_notebook_get_tree (self)) >= WEFT_LARGE_NOTEBOOK;
}

static void
described_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(WeftNotebook) self = user_data;
  g_autoptr(WeftStoreDocInfo) info = weft_store_describe_doc_finish (WEFT_STORE (source), result, NULL);
  g_autoptr(GTask) task = NULL;
  WeftStateVector *state = NULL;
  WeftDeleteSet *deletes = NULL;
  Rest *rest = NULL;

  /* Something happened meanwhile: then what is in the store is more than what was asked about, or not yet in it. */
  if (info == NULL || !can_rest (self) || self->rest_source == 0
      || weft_store_get_state (self->store) != WEFT_STORE_SAVED)
    return;

  rest = g_new0 (Rest, 1);
  rest->title = g_strdup (self->title);
  rest->path = weft_notebook_make_outline_path (self);
  rest->key = weft_notebook_make_outline_key (self, info->last_seq, info->last_time);
  rest->state = weft_page_outline_encode_state (weft_live_doc_get_doc (self->live));
  state = weft_doc_get_state_vector (weft_live_doc_get_doc (self->live));
  deletes = weft_doc_get_delete_set (weft_live_doc_get_doc (self->live));

  /* Nobody changes the tree from now on; it is looked at until the outline is there. */
  weft_notebook_doc_set_observer (self->tree_doc, NULL, NULL);
  rest->tree_doc = g_steal_pointer (&self->tree_doc);
  rest->doc = weft_live_doc_free_to_doc (g_steal_pointer (&self->live));
  self->outline_tree = weft_notebook_doc_get_tree (rest->tree_doc);
  self->outline_is_borrowed = TRUE;
  self->loading = TRUE;
  weft_notebook_watch (self, state, deletes);
  weft_notebook_sync_follow (self);

  task = g_task_new (NULL, NULL, made_cb, g_object_ref (self));
  g_task_set_task_data (task, rest, NULL);
  g_task_run_in_thread (task, make_thread);
}

static void
flushed_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(WeftNotebook) self = user_data;
  g_autofree char *room = weft_notebook_dup_room (self, NULL);

  if (weft_store_flush_finish (WEFT_STORE (source), result, NULL) && can_rest (self))
    weft_store_describe_doc_async (self->store, room, NULL, described_cb, g_object_ref (self));
}

void
weft_notebook_let_go (WeftNotebook *self)
{
  if (!can_rest (self))
    return;

  weft_live_doc_flush (self->live);
  weft_store_flush_async (self->store, NULL, flushed_cb, g_object_ref (self));
}

void
weft_notebook_reload_tree (WeftNotebook *self)
{
  WeftDoc *doc = NULL;
  g_autoptr(GBytes) bytes = NULL;
  WeftStateVector *state = NULL;
  WeftDeleteSet *deletes = NULL;

  g_return_if_fail (self->tree_doc != NULL && !self->loading);

  weft_live_doc_flush (self->live);
  g_clear_handle_id (&self->conflicts_source, g_source_remove);
  bytes = weft_page_outline_make (weft_notebook_doc_get_tree (self->tree_doc), self->title, NULL, "");
  state = weft_doc_get_state_vector (weft_live_doc_get_doc (self->live));
  deletes = weft_doc_get_delete_set (weft_live_doc_get_doc (self->live));

  g_clear_pointer (&self->tree_doc, weft_notebook_doc_free);
  doc = weft_live_doc_free_to_doc (g_steal_pointer (&self->live));
  weft_doc_free (doc);
  self->outline_tree = weft_page_tree_new_from_outline (weft_page_outline_new (bytes, ""));
  weft_notebook_watch (self, state, deletes);
  if (self->user.id != NULL)
    weft_live_doc_set_user (self->live, &self->user);
  weft_notebook_scan (self);
}

static gboolean
look_cb (gpointer user_data)
{
  WeftNotebook *self = user_data;
  gint64 rest_us = self->tree_doc != NULL && weft_notebook_doc_can_undo (self->tree_doc) ? REST_WITH_UNDO_US : REST_US;

  if (can_rest (self) && g_get_monotonic_time () - self->changed_us > rest_us)
    weft_notebook_let_go (self);

  return G_SOURCE_CONTINUE;
}

void
weft_notebook_rest_attach (WeftNotebook *self)
{
  self->rest_source = g_timeout_add_seconds (LOOK_S, look_cb, self);
}

void
weft_notebook_rest_detach (WeftNotebook *self)
{
  g_clear_handle_id (&self->rest_source, g_source_remove);
}
