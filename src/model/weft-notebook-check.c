/* weft-notebook-check.c - looks for conflicts inside pages
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Finding them takes a walk through the page: a fifth of a second for a board of 50,000 elements, more for a
 * long note with many stretches. So it is done on a copy, in a thread, one page at a time, and the thread
 * rests after it. Where nobody was apart that is known without a copy.
 */

#include "config.h"

#include "model/weft-document-private.h"
#include "model/weft-notebook-private.h"
#include "notebook/weft-conflicts.h"
#include "notebook/weft-stretches.h"

/* Changes come in bursts: look once for all of them. */
#define CHECK_DELAY_MS 250
/* So many times as long as it worked: somebody who types elsewhere must not keep a core busy here. */
#define REST_FACTOR 4

typedef struct
{
  WeftNotebook *notebook; /* weak: it may be closed and gone before the thread is done */
  char         *page_id;
  WeftPageKind  kind;
  WeftDoc      *doc;
  gint64        start_us;
} Check;

static void check_next (WeftNotebook *self);

static void
check_free (gpointer data)
{
  Check *check = data;

  g_clear_pointer (&check->doc, weft_doc_free);
  g_free (check->page_id);
  g_free (check);
}

static gboolean
may_have_some (WeftDoc      *doc,
               WeftUsers    *users,
               WeftPageKind  kind)
{
  return (kind == WEFT_PAGE_BOARD && weft_conflicts_may_be_in_elements (doc, users))
         || (kind == WEFT_PAGE_NOTE && weft_conflicts_may_be_in_lines (doc));
}

GPtrArray *
weft_notebook_list_content_conflicts (WeftDoc      *doc,
                                      WeftUsers    *users,
                                      WeftPageKind  kind)
{
  if (!may_have_some (doc, users, kind))
    return g_ptr_array_new_with_free_func ((GDestroyNotify) weft_conflict_free);

  return kind == WEFT_PAGE_BOARD ? weft_conflicts_list_elements (doc, users) : weft_conflicts_list_lines (doc, users);
}

static gboolean
check_next_cb (gpointer user_data)
{
  WeftNotebook *self = user_data;

  self->check_source = 0;
  check_next (self);
  return G_SOURCE_REMOVE;
}

/* Before the next page. */
static void
rest (WeftNotebook *self,
      const Check  *check)
{
  gint64 worked_us = g_get_monotonic_time () - check->start_us;

  if (!self->closed && !g_queue_is_empty (&self->to_check))
    self->check_source
        = g_timeout_add ((guint) MAX (CHECK_DELAY_MS, MIN (worked_us, G_USEC_PER_SEC * 60) * REST_FACTOR / 1000),
                         check_next_cb, self);
}

/* The copy does not outlive the thread: what was found may share values with it. */
static void
check_thread (GTask        *task,
              gpointer      source,
              gpointer      task_data,
              GCancellable *cancellable)
{
  Check *check = task_data;
  WeftUsers *users = weft_users_new (check->doc);
  GPtrArray *found = weft_notebook_list_content_conflicts (check->doc, users, check->kind);

  weft_users_free (users);
  g_clear_pointer (&check->doc, weft_doc_free);
  g_task_return_pointer (task, found, (GDestroyNotify) g_ptr_array_unref);
}

static void
checked_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Check *check = g_task_get_task_data (G_TASK (result));
  GPtrArray *found = g_task_propagate_pointer (G_TASK (result), NULL);
  WeftNotebook *self = check->notebook;

  g_clear_weak_pointer (&check->notebook);
  if (self != NULL)
    {
      self->checking = FALSE;
      /* %NULL: it could not be read; it is looked at again when it changes. */
      if (found != NULL && !self->closed)
        weft_notebook_take_page_conflicts (self, check->page_id, g_steal_pointer (&found));
      rest (self, check);
    }
  g_clear_pointer (&found, g_ptr_array_unref);
}

static void
loaded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Check *check = g_task_get_task_data (task);

  check->doc = weft_store_load_doc_finish (WEFT_STORE (object), result, NULL, NULL);

  if (check->doc != NULL && check->notebook != NULL && !check->notebook->closed)
    g_task_run_in_thread (task, check_thread);
  else
    g_task_return_pointer (task, NULL, NULL);
}

static void
start_check (WeftNotebook *self,
             const char   *page_id,
             WeftPageKind  kind)
{
  g_autofree char *room = weft_notebook_dup_room (self, page_id);
  GTask *task = g_task_new (NULL, NULL, checked_cb, NULL);
  Check *check = g_new0 (Check, 1);

  g_set_weak_pointer (&check->notebook, self);
  check->page_id = g_strdup (page_id);
  check->kind = kind;
  check->start_us = g_get_monotonic_time ();
  g_task_set_task_data (task, check, check_free);
  self->checking = TRUE;
  weft_store_load_doc_async (self->store, room, NULL, loaded_cb, task);
}

static void
check_next (WeftNotebook *self)
{
  while (!self->checking && !g_queue_is_empty (&self->to_check))
    {
      g_autofree char *page_id = g_queue_pop_head (&self->to_check);
      WeftDocument *document = g_hash_table_lookup (self->documents, page_id);
      WeftLiveDoc *live = document != NULL ? weft_document_get_live (document) : NULL;
      WeftPageId id;
      WeftPageKind kind;

      if (!weft_page_id_parse (&id, page_id))
        continue;

      kind = weft_page_get_kind (weft_notebook_ensure_page (self, &id));
      if (live == NULL || may_have_some (weft_live_doc_get_doc (live), weft_live_doc_get_users (live), kind))
        start_check (self, page_id, kind);
      else
        weft_notebook_take_page_conflicts (self, page_id,
                                           g_ptr_array_new_with_free_func ((GDestroyNotify) weft_conflict_free));
    }
}

/* Soon, on a copy: of an open page as it will be then, of another one as it is in the store. */
void
weft_notebook_check_page (WeftNotebook *self,
                          const char   *page_id)
{
  if (self->closed || g_queue_find_custom (&self->to_check, page_id, (GCompareFunc) strcmp) != NULL)
    return;

  g_queue_push_tail (&self->to_check, g_strdup (page_id));
  if (self->check_source == 0 && !self->checking)
    self->check_source = g_timeout_add (CHECK_DELAY_MS, check_next_cb, self);
}

/* @doc: everything is in it that the relay had; may be edited. @before: what it knew before that, @taken: what others
 * deleted. Notes in it what earlier runs of ours
 * met just now, and looks at what collided: also where nothing is new, for what the fetch before brought
 * at its very end was not looked at. */
void
weft_notebook_page_merged (WeftNotebook          *self,
                           const WeftPageId      *page,
                           WeftDoc               *doc,
                           const WeftStateVector *before,
                           const WeftDeleteSet   *taken)
{
  WeftPageKind kind = weft_page_get_kind (weft_notebook_ensure_page (self, page));
  WeftUsers *users = NULL;
  WeftPageIdText text;

  weft_stretches_complete (doc, weft_live_doc_get_author (self->live), before, taken);
  users = weft_users_new (doc);
  if (may_have_some (doc, users, kind))
    weft_notebook_check_page (self, weft_page_id_format (page, text));
  weft_users_free (users);
}
