/* weft-notebook-search.c - every page can be found by what stands in it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The index is brought up to date in the background, a few pages at a time, and follows every commit of a page, our
 * own or from elsewhere, within a second. What the index does not know yet is found by its title.
 */

#include "config.h"

#include <string.h>

#include "model/weft-notebook-private.h"
#include "model/weft-search-result-private.h"
#include "notebook/weft-page-text.h"
#include "store/weft-search.h"

/* The window comes first. */
#define START_MS 300
/* A page that is being edited is read again so often, and at most a tenth of the time. */
#define EDIT_MS 500
#define EDIT_SHARE 10
/* Pages that are loaded at the same time. */
#define MAX_LOADS 2
/* Documents that are compared with the index in one turn of the main loop. */
#define SLICE 300
/* Where so many of the pages found are in the trash that few are left, it is asked again for more. */
#define ASK_MORE 8
#define MAX_ASKED (8 * 8 * WEFT_MAX_FOUND)
/* Titles of the tree are looked at for so long in one turn of the main loop, and so many between two looks at the
 * clock. */
#define TITLE_SLICE_US 4000
#define TITLE_STEP 500

struct _WeftNotebookSearch
{
  gatomicrefcount ref_count;

  WeftNotebook *notebook; /* NULL once that is closed */
  WeftSearch *search;

  GHashTable *waiting; /* page id -> monotonic µs before which it is not read again */
  GQueue queue;        /* of page ids in @waiting, in order */
  GHashTable *loading; /* page id -> WeftSearchLoad, borrowed */
  guint n_total;       /* of this run */
  guint n_done;

  GPtrArray *docs;     /* of WeftStoreDocInfo: still to be compared */
  GHashTable *states;

  guint start_source;
  guint slice_source;
  guint work_source;
  gulong committed_handler;
  gulong again_handler;
};

typedef struct
{
  WeftNotebookSearch *owner;
  char *page_id;
  gint64 started;
} WeftSearchLoad;

static void work (WeftNotebookSearch *self);

static WeftNotebookSearch *
search_ref (WeftNotebookSearch *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
search_unref (WeftNotebookSearch *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_hash_table_unref (self->waiting);
  g_hash_table_unref (self->loading);
  g_queue_clear_full (&self->queue, g_free);
  g_clear_pointer (&self->docs, g_ptr_array_unref);
  g_clear_pointer (&self->states, g_hash_table_unref);
  g_clear_object (&self->search);
  g_free (self);
}

static void
load_free (WeftSearchLoad *load)
{
  search_unref (load->owner);
  g_free (load->page_id);
  g_free (load);
}

static void
tell_progress (WeftNotebookSearch *self)
{
  if (self->notebook != NULL)
    weft_notebook_notify (self->notebook, WEFT_NOTEBOOK_PROP_SEARCH_PROGRESS);
}

double
weft_notebook_get_search_progress (WeftNotebook *notebook)
{
  WeftNotebookSearch *self;

  g_return_val_if_fail (WEFT_IS_NOTEBOOK (notebook), 1);

  self = notebook->search;
  return self == NULL || self->n_total == 0 ? 1 : (double) self->n_done / self->n_total;
}

/* --- Text, on the search's thread ------------------------------------------------------------------- */

static void
add_place_cb (guint       at,
              const char *id,
              gpointer    user_data)
{
  g_ptr_array_add (user_data, weft_search_place_new (at, id));
}

static void
make_text (WeftDoc        *doc,
           WeftSearchText *text)
{
  text->places = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_search_place_free);
  text->text = weft_page_text_new (doc, add_place_cb, text->places);
}

/* --- One page after the other ----------------------------------------------------------------------- */

static void
finish_page (WeftSearchLoad *load)
{
  WeftNotebookSearch *self = load->owner;
  gint64 taken = g_get_monotonic_time () - load->started;
  gint64 *not_before = g_hash_table_lookup (self->waiting, load->page_id);

  g_hash_table_remove (self->loading, load->page_id);
  if (not_before != NULL)
    *not_before = MAX (*not_before, g_get_monotonic_time () + taken * EDIT_SHARE);

  self->n_done++;
  if (g_queue_is_empty (&self->queue) && g_hash_table_size (self->loading) == 0)
    self->n_done = self->n_total = 0;
  tell_progress (self);
  work (self);
  load_free (load);
}

static void
page_put_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  WeftSearchLoad *load = user_data;
  g_autoptr(GError) error = NULL;

  if (!weft_search_put_finish (load->owner->search, result, &error))
    g_debug ("Page %s cannot be found for now: %s", load->page_id, error->message);
  finish_page (load);
}

static void
page_loaded_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  WeftSearchLoad *load = user_data;
  WeftNotebookSearch *self = load->owner;
  WeftStoreLoadInfo info;
  WeftDoc *doc = weft_store_load_doc_finish (WEFT_STORE (source), result, &info, NULL);
  WeftSearchState state;
  WeftPageId id;
  const char *title = NULL;

  if (doc == NULL || self->notebook == NULL)
    {
      g_clear_pointer (&doc, weft_doc_free);
      finish_page (load);
      return;
    }

  if (weft_page_id_parse (&id, load->page_id))
    title = weft_page_tree_get_string (weft_notebook_get_tree (self->notebook), &id, WEFT_PAGE_TITLE);

  state = (WeftSearchState){ info.last_seq, info.last_time };
  weft_search_put_async (self->search, load->page_id, title != NULL ? title : "", doc, make_text, &state,
                         page_put_cb, load);
}

static void
load_page (WeftNotebookSearch *self,
           const char         *page_id)
{
  g_autofree char *room = weft_notebook_dup_room (self->notebook, page_id);
  WeftSearchLoad *load = g_new0 (WeftSearchLoad, 1);

  load->owner = search_ref (self);
  load->page_id = g_strdup (page_id);
  load->started = g_get_monotonic_time ();
  g_hash_table_insert (self->loading, load->page_id, load);
  weft_store_load_doc_async (self->notebook->store, room, NULL, page_loaded_cb, load);
}

static gboolean
work_cb (gpointer user_data)
{
  WeftNotebookSearch *self = user_data;

  self->work_source = 0;
  work (self);
  return G_SOURCE_REMOVE;
}

/* Starts what may be started, and comes back when the next may be. */
static void
work (WeftNotebookSearch *self)
{
  gint64 now = g_get_monotonic_time ();
  gint64 next = G_MAXINT64;
  guint n_left = g_queue_get_length (&self->queue);

  if (self->notebook == NULL || self->notebook->closed)
    return;

  while (n_left-- > 0 && g_hash_table_size (self->loading) < MAX_LOADS)
    {
      char *page_id = g_queue_pop_head (&self->queue);
      gint64 *not_before = g_hash_table_lookup (self->waiting, page_id);

      if (*not_before > now || g_hash_table_contains (self->loading, page_id))
        {
          next = MIN (next, MAX (*not_before, now + G_TIME_SPAN_MILLISECOND));
          g_queue_push_tail (&self->queue, page_id);
          continue;
        }

      g_hash_table_remove (self->waiting, page_id);
      load_page (self, page_id);
      g_free (page_id);
    }

  if (next < G_MAXINT64 && self->work_source == 0)
    self->work_source = g_timeout_add ((guint) ((next - now) / G_TIME_SPAN_MILLISECOND + 1), work_cb, self);
}

static void
queue_page (WeftNotebookSearch *self,
            const char         *page_id,
            gint64              not_before)
{
  if (g_hash_table_contains (self->waiting, page_id))
    return;

  g_hash_table_insert (self->waiting, g_strdup (page_id), g_memdup2 (&not_before, sizeof not_before));
  g_queue_push_tail (&self->queue, g_strdup (page_id));
  self->n_total++;
}

/* The page of a room, or %NULL for the notebook, assets, and pages that the tree does not have. */
static const char *
find_page_of_room (WeftNotebookSearch *self,
                   const char         *room)
{
  gsize n_id = strlen (self->notebook->id_text);
  WeftPageId id;

  if (!g_str_has_prefix (room, self->notebook->id_text) || room[n_id] != '/'
      || !weft_page_id_parse (&id, room + n_id + 1)
      || !weft_page_tree_contains (weft_notebook_get_tree (self->notebook), &id))
    return NULL;

  return room + n_id + 1;
}

static void
committed_cb (WeftStore          *store,
              const char         *room,
              guint64             seq,
              WeftNotebookSearch *self)
{
  const char *page_id = find_page_of_room (self, room);

  if (page_id == NULL)
    return;

  queue_page (self, page_id, g_get_monotonic_time () + EDIT_MS * G_TIME_SPAN_MILLISECOND);
  work (self);
}

/* --- At the start ----------------------------------------------------------------------------------- */

static gboolean
compare_cb (gpointer user_data)
{
  WeftNotebookSearch *self = user_data;

  for (guint i = 0; i < SLICE && self->docs->len > 0; i++)
    {
      g_autoptr(WeftStoreDocInfo) info = g_ptr_array_steal_index_fast (self->docs, self->docs->len - 1);
      const char *page_id = find_page_of_room (self, info->id);
      const WeftSearchState *state;

      if (page_id == NULL)
        continue;

      state = g_hash_table_lookup (self->states, page_id);
      if (state == NULL || state->seq != info->last_seq || state->time != info->last_time)
        queue_page (self, page_id, 0);
    }

  work (self);
  tell_progress (self);
  if (self->docs->len > 0)
    return G_SOURCE_CONTINUE;

  self->slice_source = 0;
  return G_SOURCE_REMOVE;
}

static void
docs_listed_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  WeftNotebookSearch *self = user_data;

  g_clear_pointer (&self->docs, g_ptr_array_unref);
  self->docs = weft_store_list_docs_finish (WEFT_STORE (source), result, NULL);
  if (self->docs != NULL && self->notebook != NULL && self->slice_source == 0)
    self->slice_source = g_idle_add (compare_cb, self);
  search_unref (self);
}

static void
states_listed_cb (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  WeftNotebookSearch *self = user_data;

  g_clear_pointer (&self->states, g_hash_table_unref);
  self->states = weft_search_list_finish (self->search, result, NULL);
  if (self->states == NULL)
    self->states = g_hash_table_new (g_str_hash, g_str_equal);

  if (self->notebook != NULL)
    weft_store_list_docs_async (self->notebook->store, NULL, docs_listed_cb, search_ref (self));
  search_unref (self);
}

static gboolean
start_cb (gpointer user_data)
{
  WeftNotebookSearch *self = user_data;

  self->start_source = 0;
  weft_search_list_async (self->search, NULL, states_listed_cb, search_ref (self));
  return G_SOURCE_REMOVE;
}

static void
made_again_cb (WeftSearch         *search,
               WeftNotebookSearch *self)
{
  if (self->start_source == 0)
    self->start_source = g_timeout_add (START_MS, start_cb, self);
}

void
weft_notebook_search_attach (WeftNotebook *notebook)
{
  WeftNotebookSearch *self = g_new0 (WeftNotebookSearch, 1);
  g_autofree char *path = g_file_get_path (notebook->file);
  g_autofree char *index_path = weft_search_index_path (path);

  g_atomic_ref_count_init (&self->ref_count);
  self->notebook = notebook;
  self->search = weft_search_new (index_path);
  self->waiting = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->loading = g_hash_table_new (g_str_hash, g_str_equal);
  g_queue_init (&self->queue);
  self->committed_handler
      = g_signal_connect (notebook->store, "committed", G_CALLBACK (committed_cb), self);
  self->again_handler = g_signal_connect (self->search, "made-again", G_CALLBACK (made_again_cb), self);
  self->start_source = g_timeout_add (START_MS, start_cb, self);
  notebook->search = self;
}

void
weft_notebook_search_detach (WeftNotebook *notebook)
{
  WeftNotebookSearch *self = g_steal_pointer (&notebook->search);

  if (self == NULL)
    return;

  g_clear_handle_id (&self->start_source, g_source_remove);
  g_clear_handle_id (&self->slice_source, g_source_remove);
  g_clear_handle_id (&self->work_source, g_source_remove);
  g_clear_signal_handler (&self->committed_handler, notebook->store);
  g_clear_signal_handler (&self->again_handler, self->search);
  self->notebook = NULL;
  search_unref (self);
}

void
weft_notebook_search_title_changed (WeftNotebook *notebook,
                                    const char   *page_id,
                                    const char   *title)
{
  if (notebook->search != NULL)
    weft_search_set_title (notebook->search->search, page_id, title != NULL ? title : "");
}

/* --- Finding ---------------------------------------------------------------------------------------- */

typedef struct
{
  WeftNotebookSearch *owner;
  char *query;
  GPtrArray *hits;     /* of WeftSearchHit; NULL: the index could not be asked */
  guint limit;         /* how many it was asked for */
  GListStore *results;
  GHashTable *seen;    /* WeftPage */
  WeftTitleWalk *walk; /* NULL until the index has answered */
  guint n_titles;
} Question;

static void
question_free (Question *question)
{
  g_clear_pointer (&question->hits, g_ptr_array_unref);
  g_clear_pointer (&question->walk, weft_title_walk_free);
  g_object_unref (question->results);
  g_hash_table_unref (question->seen);
  search_unref (question->owner);
  g_free (question->query);
  g_free (question);
}

static void
add_result (GListStore          *results,
            GHashTable          *seen,
            WeftPage            *page,
            const WeftSearchHit *hit)
{
  g_autoptr(WeftSearchResult) result = NULL;

  if (page == NULL || weft_page_get_trashed (page) || !g_hash_table_add (seen, page))
    return;

  result = weft_search_result_new (page, hit);
  g_list_store_append (results, result);
}

static void
add_hits (WeftNotebook *self,
          Question     *question,
          gboolean      titles_only)
{
  for (guint i = 0; question->hits != NULL && i < question->hits->len
                    && g_list_model_get_n_items (G_LIST_MODEL (question->results)) < WEFT_MAX_FOUND; i++)
    {
      const WeftSearchHit *hit = g_ptr_array_index (question->hits, i);

      if (hit->in_title || !titles_only)
        add_result (question->results, question->seen, weft_notebook_lookup_page (self, hit->page), hit);
    }
}

/* Looks at titles until the end of the slice. Returns: whether all have been looked at */
static gboolean
walk_titles (Question *question)
{
  gint64 end = g_get_monotonic_time () + TITLE_SLICE_US;

  while (question->n_titles < WEFT_MAX_TITLES)
    {
      gboolean all = FALSE;
      WeftPage *page = weft_title_walk_next (question->walk, TITLE_STEP, &all);

      if (page == NULL && all)
        return TRUE;

      if (page != NULL)
        {
          question->n_titles++;
          add_result (question->results, question->seen, page, NULL);
        }

      if (g_get_monotonic_time () >= end)
        return FALSE;
    }

  return TRUE;
}

/* The best titles as the index ranks them, then those that only the tree has yet, then texts. */
static void found_more_cb (GObject *source, GAsyncResult *result, gpointer user_data);

static void
answer_or_ask_more (GTask *task)
{
  Question *question = g_task_get_task_data (task);

  if (question->hits == NULL || question->hits->len < question->limit || question->limit >= MAX_ASKED
      || g_list_model_get_n_items (G_LIST_MODEL (question->results)) >= WEFT_MAX_FOUND)
    {
      g_task_return_pointer (task, g_object_ref (question->results), g_object_unref);
      return;
    }

  question->limit *= ASK_MORE;
  g_clear_pointer (&question->hits, g_ptr_array_unref);
  weft_search_find_async (question->owner->search, question->query, question->limit,
                          g_task_get_cancellable (task), found_more_cb, g_object_ref (task));
}

static void
found_more_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  WeftNotebook *self = g_task_get_source_object (task);
  Question *question = g_task_get_task_data (task);

  question->hits = weft_search_find_finish (question->owner->search, result, NULL);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (!self->closed)
    add_hits (self, question, FALSE);
  answer_or_ask_more (task);
}

static gboolean
titles_cb (gpointer user_data)
{
  GTask *task = user_data;
  WeftNotebook *self = g_task_get_source_object (task);
  Question *question = g_task_get_task_data (task);

  if (g_task_return_error_if_cancelled (task))
    return G_SOURCE_REMOVE;

  if (!self->closed)
    {
      if (!walk_titles (question))
        return G_SOURCE_CONTINUE;

      add_hits (self, question, FALSE);
    }

  answer_or_ask_more (task);
  return G_SOURCE_REMOVE;
}

static void
found_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  WeftNotebook *self = g_task_get_source_object (task);
  Question *question = g_task_get_task_data (task);

  question->hits = weft_search_find_finish (question->owner->search, result, NULL);
  if (!self->closed)
    {
      add_hits (self, question, TRUE);
      question->walk = weft_title_walk_new (self, question->query);
    }

  /* Most notebooks are done with the first slice. */
  if (titles_cb (task))
    g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, titles_cb, g_object_ref (task), g_object_unref);
}

/**
 * weft_notebook_find_async:
 * @self: a notebook
 * @query: what somebody typed
 * @cancellable: (nullable): a #GCancellable
 * @callback: called with the results
 * @user_data: for @callback
 *
 * Looks for pages that have every word of @query in their title or their text; words may be unfinished. What is in
 * the trash is not found.
 */
void
weft_notebook_find_async (WeftNotebook       *self,
                          const char         *query,
                          GCancellable       *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer            user_data)
{
  GTask *task;
  Question *question;

  g_return_if_fail (WEFT_IS_NOTEBOOK (self));
  g_return_if_fail (query != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, weft_notebook_find_async);
  if (self->search == NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "The notebook is closed");
      g_object_unref (task);
      return;
    }

  question = g_new (Question, 1);
  *question = (Question){
    .owner = search_ref (self->search),
    .query = g_strdup (query),
    .limit = WEFT_MAX_FOUND,
    .results = g_list_store_new (WEFT_TYPE_SEARCH_RESULT),
    .seen = g_hash_table_new (NULL, NULL),
  };
  g_task_set_task_data (task, question, (GDestroyNotify) question_free);
  weft_search_find_async (self->search->search, query, question->limit, cancellable, found_cb, task);
}

/**
 * weft_notebook_find_finish:
 * @self: a notebook
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: (transfer full): a list of #WeftSearchResult, titles first, the best %WEFT_MAX_FOUND
 */
GListModel *
weft_notebook_find_finish (WeftNotebook *self,
                           GAsyncResult *result,
                           GError      **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
