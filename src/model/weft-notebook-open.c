/* weft-notebook-open.c - the pages that are open
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/weft-document-private.h"
#include "model/weft-notebook-private.h"

/* So many pages that one has left keep their undo. */
#define MAX_RECENT 8

/* Nobody else holds @object any more, or somebody does again. */
static void
toggled_cb (gpointer  user_data,
            GObject  *object,
            gboolean  is_last_ref)
{
  weft_document_set_looked_at (WEFT_DOCUMENT (object), !is_last_ref);
}

static void
remember_document (WeftNotebook *self,
                   WeftDocument *document)
{
  g_object_add_toggle_ref (G_OBJECT (document), toggled_cb, self);
  g_queue_push_head (&self->recent, document);

  if (self->recent.length > MAX_RECENT)
    g_object_remove_toggle_ref (g_queue_pop_tail (&self->recent), toggled_cb, self);
}

void
weft_notebook_forget_recent (WeftNotebook *self)
{
  while (self->recent.length > 0)
    g_object_remove_toggle_ref (g_queue_pop_tail (&self->recent), toggled_cb, self);
}

WeftDocument *
weft_notebook_lookup_document (WeftNotebook *self,
                               WeftPage     *page)
{
  WeftDocument *document;

  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), NULL);
  g_return_val_if_fail (WEFT_IS_PAGE (page), NULL);

  document = g_hash_table_lookup (self->documents, weft_page_get_id (page));

  if (document == NULL)
    return NULL;

  /* Asked for again, it is the most recent one. */
  if (g_queue_remove (&self->recent, document))
    g_queue_push_head (&self->recent, document);

  return g_object_ref (document);
}

static void
forget_document_cb (gpointer  user_data,
                    GObject  *where_the_object_was)
{
  WeftNotebook *self = user_data;
  GHashTableIter iter;
  gpointer value = NULL;

  g_hash_table_iter_init (&iter, self->documents);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (value == where_the_object_was)
      g_hash_table_iter_remove (&iter);

  weft_notebook_status_changed (self);
  weft_notebook_people_changed (self);
  g_object_unref (self);
}

/* Takes @doc. */
static WeftDocument *
add_document (WeftNotebook *self,
              WeftPage     *page,
              WeftDoc      *doc)
{
  g_autofree char *room = weft_notebook_dup_room (self, weft_page_get_id (page));
  WeftDocument *document = weft_document_new (self, page, self->store, room, doc);

  g_hash_table_insert (self->documents, g_strdup (weft_page_get_id (page)), document);
  g_object_weak_ref (G_OBJECT (document), forget_document_cb, g_object_ref (self));
  remember_document (self, document);
  /* Of what waits in it already nobody counted the changes, or the count went with an earlier closing. */
  if (g_hash_table_contains (self->unsent, room) && !g_hash_table_contains (self->unasked, room))
    g_hash_table_add (self->earlier, g_strdup (room));
  weft_notebook_sync_document (self, document);

  return document;
}

static void
document_loaded_cb (GObject      *source,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;
  WeftNotebook *self = g_task_get_source_object (task);
  WeftPage *page = g_task_get_task_data (task);
  g_autoptr(WeftDoc) doc
      = weft_store_load_doc_finish (WEFT_STORE (source), result, NULL, &error);
  WeftDocument *document = NULL;

  if (doc == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  /* Somebody else may have asked for the same page meanwhile. */
  document = weft_notebook_lookup_document (self, page);

  if (document != NULL)
    {
      g_task_return_pointer (task, document, g_object_unref);
      return;
    }

  g_task_return_pointer (task, add_document (self, page, g_steal_pointer (&doc)), g_object_unref);
}

WeftDocument *
weft_notebook_open_new_page (WeftNotebook *self,
                             WeftPage     *page)
{
  WeftDocument *document = weft_notebook_lookup_document (self, page);

  if (document == NULL && !self->closed)
    document = add_document (self, page, weft_doc_new ());

  return document;
}

void
weft_notebook_open_document_async (WeftNotebook       *self,
                                   WeftPage           *page,
                                   GCancellable       *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer            user_data)
{
  g_autoptr(GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autofree char *room = NULL;
  WeftDocument *document = NULL;

  g_return_if_fail (WEFT_IS_NOTEBOOK (self));
  g_return_if_fail (WEFT_IS_PAGE (page));

  g_task_set_source_tag (task, weft_notebook_open_document_async);
  g_task_set_task_data (task, g_object_ref (page), g_object_unref);

  document = weft_notebook_lookup_document (self, page);
  room = weft_notebook_dup_room (self, weft_page_get_id (page));

  if (document != NULL)
    g_task_return_pointer (task, document, g_object_unref);
  else if (self->closed)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "The notebook is closed");
  else
    weft_store_load_doc_async (self->store, room, cancellable, document_loaded_cb,
                               g_object_ref (task));
}

WeftDocument *
weft_notebook_open_document_finish (WeftNotebook *self,
                                    GAsyncResult *result,
                                    GError      **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
