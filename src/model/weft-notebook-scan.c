/* weft-notebook-scan.c - a large notebook without an outline is looked at while that is made
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * After a crash, or where the file came alone, there is no good outline beside it. It is made then on a thread out of
 * the updates as they lie in the store, without the notebook doc (notebook/weft-page-scan.h). Meanwhile the outline of
 * another day is shown, or what a first look finds at the top of the notebook; what is to be done waits, as while the
 * doc is loaded. What cannot be scanned is loaded.
 *
 *     rows --> first look, shown --> everything, written --> shown, in its room
 *                 (checksums beside it)
 */

#include "config.h"

#include "model/weft-notebook-private.h"
#include "notebook/weft-page-scan.h"
#include "store/weft-store-rows.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

/* A notebook doc that is smaller is loaded as quickly. */
#define LARGE_BYTES (1024 * 1024)

struct _WeftScan
{
  gatomicrefcount ref_count;
  WeftNotebook *notebook; /* borrowed, on the main thread; NULL: nobody wants it any more */
  GTask *first;           /* answered once there is something to look at; NULL: it was */
  WeftStoreRows *rows;
  char *path;
  char *id;
  char *key;
  GBytes *look;
  GBytes *outline;        /* NULL: it cannot be made in this way */
  gboolean written;
  int percent;            /* atomic */
  int wanted;             /* atomic: 0 once nobody does */
};

static WeftScan *
scan_ref (WeftScan *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
scan_unref (gpointer data)
{
  WeftScan *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_object (&self->first);
  g_clear_pointer (&self->rows, weft_store_rows_free);
  g_clear_pointer (&self->look, g_bytes_unref);
  g_clear_pointer (&self->outline, g_bytes_unref);
  g_free (self->path);
  g_free (self->id);
  g_free (self->key);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftScan, scan_unref)

/* --- On the main thread ------------------------------------------------------------------------------------- */

/* The scan may go on for a while, and has nobody to tell. */
static void
detach (WeftNotebook *notebook)
{
  WeftScan *self = g_steal_pointer (&notebook->scan);

  self->notebook = NULL;
  g_atomic_int_set (&self->wanted, 0);
  notebook->loading = FALSE;
  scan_unref (self);
}

static void
answer_first (WeftScan *self,
              gboolean  is_shown)
{
  g_autoptr(GTask) first = g_steal_pointer (&self->first);

  if (first != NULL)
    g_task_return_boolean (first, is_shown);
}

void
weft_notebook_set_loading_progress (WeftNotebook *notebook,
                                    double        progress)
{
  if (notebook->loading_progress == progress)
    return;

  notebook->loading_progress = progress;
  weft_notebook_notify (notebook, WEFT_NOTEBOOK_PROP_LOADING_PROGRESS);
}

/* Shows @outline, taken, until there is a better one. */
static void
show (WeftScan        *self,
      WeftPageOutline *outline)
{
  WeftNotebook *notebook = self->notebook;

  notebook->loading = TRUE;
  weft_notebook_show_outline (notebook, weft_page_tree_new_from_outline (outline));
  answer_first (self, TRUE);
}

static gboolean
look_cb (gpointer user_data)
{
  WeftScan *self = user_data;
  WeftPageOutline *outline = NULL;

  /* What another day showed is more. */
  if (self->notebook != NULL && self->first != NULL)
    outline = weft_page_outline_new (self->look, "");
  if (outline != NULL)
    show (self, outline);

  return G_SOURCE_REMOVE;
}

static gboolean
progress_cb (gpointer user_data)
{
  WeftScan *self = user_data;

  if (self->notebook != NULL)
    weft_notebook_set_loading_progress (self->notebook, g_atomic_int_get (&self->percent) / 100.0);

  return G_SOURCE_REMOVE;
}

static void
tell (WeftScan   *self,
      GSourceFunc func)
{
  g_idle_add_full (G_PRIORITY_DEFAULT, func, scan_ref (self), scan_unref);
}

/* The outline is as good as one that was found beside the file. */
static void
take_outline (WeftNotebook    *notebook,
              WeftScan        *self,
              WeftPageOutline *outline)
{
  const char *title = weft_page_outline_get_title (outline);
  WeftStateVector *state = NULL;
  WeftDeleteSet *deletes = NULL;

  if (g_strcmp0 (title, notebook->title) != 0)
    {
      g_free (notebook->title);
      notebook->title = g_strdup (title != NULL ? title : "");
      weft_notebook_notify (notebook, WEFT_NOTEBOOK_PROP_TITLE);
    }
  g_free (notebook->outline_key);
  notebook->outline_key = self->written ? g_strdup (self->key) : NULL;
  g_clear_pointer (&notebook->live, weft_live_doc_free);
  if (weft_page_outline_get_state (outline, &state, &deletes))
    weft_notebook_watch (notebook, state, deletes);
  weft_notebook_show_outline (notebook, weft_page_tree_new_from_outline (outline));
}

static void
scanned_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(WeftScan) self = user_data;
  g_autoptr(WeftNotebook) notebook = self->notebook != NULL ? g_object_ref (self->notebook) : NULL;
  g_autoptr(GMappedFile) file = self->written ? g_mapped_file_new (self->path, FALSE, NULL) : NULL;
  g_autoptr(GBytes) mapped = file != NULL ? g_mapped_file_get_bytes (file) : NULL;
  WeftPageOutline *outline = mapped != NULL ? weft_page_outline_new (mapped, self->key) : NULL;

  if (notebook == NULL)
    {
      weft_page_outline_free (outline);
      return;
    }

  detach (notebook);
  if (outline == NULL && self->outline != NULL)
    outline = weft_page_outline_new (self->outline, self->key);
  if (outline == NULL && self->first != NULL)
    {
      weft_notebook_set_loading_progress (notebook, 1);
      answer_first (self, FALSE);
      return;
    }
  if (outline == NULL)
    {
      weft_notebook_need_tree (notebook);
      return;
    }

  take_outline (notebook, self, outline);
  answer_first (self, TRUE);
  weft_notebook_set_loading_progress (notebook, 1);
  if (!notebook->attached)
    return;

  weft_notebook_take_titles (notebook);
  weft_notebook_sync_follow (notebook);
  weft_notebook_conflicts_changed (notebook);
  if (notebook->deferred != NULL)
    weft_notebook_need_tree (notebook);
}

/* --- On the thread ------------------------------------------------------------------------------------------ */

static void
read_progress_cb (double   share,
                  gpointer user_data)
{
  WeftScan *self = user_data;

  g_atomic_int_set (&self->percent, (int) (100 * share));
  tell (self, progress_cb);
}

static gpointer
check_thread (gpointer data)
{
  return GINT_TO_POINTER (weft_store_rows_check (data));
}

static void
make_outline (WeftScan     *self,
              WeftPageScan *scan)
{
  g_autoptr(GBytes) bytes = weft_page_scan_read (scan, self->key, read_progress_cb, self);
  WeftPageOutline *outline = bytes != NULL ? weft_page_outline_new (bytes, self->key) : NULL;
  guint n_pages = outline != NULL ? weft_page_outline_get_n_pages (outline) : 0;

  weft_page_outline_free (outline);
  if (n_pages < WEFT_LARGE_NOTEBOOK)
    return;

  self->written = weft_notebook_write_outline (self->path, bytes);
  if (!self->written)
    self->outline = g_steal_pointer (&bytes);
}

static void
scan_thread (GTask        *task,
             gpointer      source_object,
             gpointer      task_data,
             GCancellable *cancellable)
{
  WeftScan *self = task_data;
  WeftPageScan *scan = weft_page_scan_new (weft_store_rows_dup_updates (self->rows));
  GThread *check = g_thread_new ("weft-check", check_thread, self->rows);
  gboolean is_sound;

  self->look = weft_page_scan_look (scan, "");
  if (self->look != NULL)
    tell (self, look_cb);
  is_sound = GPOINTER_TO_INT (g_thread_join (check));
  g_clear_pointer (&self->rows, weft_store_rows_free);
  if (self->look != NULL && is_sound && g_atomic_int_get (&self->wanted) != 0)
    make_outline (self, scan);
  weft_page_scan_free (scan);
#ifdef __GLIBC__
  malloc_trim (0);
#endif
  g_task_return_boolean (task, TRUE);
}

/* --- Beginning and ending ----------------------------------------------------------------------------------- */

/* There is no other way than to load it. */
static void
give_up (WeftScan *self)
{
  g_autoptr(WeftNotebook) notebook = self->notebook != NULL ? g_object_ref (self->notebook) : NULL;
  gboolean has_first = self->first != NULL;

  if (notebook == NULL)
    return;

  detach (notebook);
  if (has_first)
    weft_notebook_set_loading_progress (notebook, 1);
  answer_first (self, FALSE);
  if (!has_first)
    weft_notebook_need_tree (notebook);
}

static void
rows_read_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(WeftScan) self = user_data;
  g_autoptr(GTask) thread = NULL;

  self->rows = weft_store_read_rows_finish (WEFT_STORE (source), result, NULL);
  if (self->rows == NULL || self->notebook == NULL)
    {
      give_up (self);
      return;
    }

  self->key = weft_notebook_make_outline_key (self->notebook, weft_store_rows_get_last_seq (self->rows),
                                              weft_store_rows_get_last_time (self->rows));
  thread = g_task_new (NULL, NULL, scanned_cb, scan_ref (self));
  g_task_set_task_data (thread, scan_ref (self), scan_unref);
  g_task_run_in_thread (thread, scan_thread);
}

/* What another day showed is nearly what there is. */
static void
show_old_outline (WeftScan *self)
{
  g_autoptr(GMappedFile) file = g_mapped_file_new (self->path, FALSE, NULL);
  g_autoptr(GBytes) bytes = file != NULL ? g_mapped_file_get_bytes (file) : NULL;
  g_autofree char *key = bytes != NULL ? weft_page_outline_dup_key (bytes) : NULL;
  gboolean is_ours = key != NULL && g_str_has_prefix (key, self->id);
  WeftPageOutline *outline = is_ours ? weft_page_outline_new (bytes, key) : NULL;
  const char *title = NULL;

  if (outline == NULL)
    return;

  title = weft_page_outline_get_title (outline);
  g_free (self->notebook->title);
  self->notebook->title = g_strdup (title != NULL ? title : "");
  show (self, outline);
}

static void
described_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(WeftScan) self = user_data;
  g_autoptr(WeftStoreDocInfo) info = weft_store_describe_doc_finish (WEFT_STORE (source), result, NULL);
  g_autofree char *room = NULL;

  if (self->notebook == NULL || info == NULL || info->n_bytes < LARGE_BYTES)
    {
      give_up (self);
      return;
    }

  if (self->first != NULL)
    show_old_outline (self);
  weft_notebook_set_loading_progress (self->notebook, 0);
  room = weft_notebook_dup_room (self->notebook, NULL);
  weft_store_read_rows_async (WEFT_STORE (source), room, NULL, rows_read_cb, scan_ref (self));
}

static void
begin (WeftNotebook *notebook,
       GTask        *first)
{
  WeftScan *self = g_new0 (WeftScan, 1);
  g_autofree char *room = weft_notebook_dup_room (notebook, NULL);

  g_atomic_ref_count_init (&self->ref_count);
  self->notebook = notebook;
  self->first = first;
  self->path = weft_notebook_make_outline_path (notebook);
  self->id = g_strdup (notebook->id_text);
  self->wanted = 1;
  notebook->scan = scan_ref (self);
  weft_store_describe_doc_async (notebook->store, room, NULL, described_cb, self);
}

void
weft_notebook_scan_async (WeftNotebook       *notebook,
                          GAsyncReadyCallback callback,
                          gpointer            user_data)
{
  GTask *task = g_task_new (notebook, NULL, callback, user_data);

  g_task_set_source_tag (task, weft_notebook_scan_async);
  begin (notebook, task);
}

gboolean
weft_notebook_scan_finish (WeftNotebook *notebook,
                           GAsyncResult *result)
{
  return g_task_propagate_boolean (G_TASK (result), NULL);
}

void
weft_notebook_scan (WeftNotebook *notebook)
{
  notebook->loading = TRUE;
  begin (notebook, NULL);
}

void
weft_notebook_stop_scan (WeftNotebook *notebook)
{
  if (notebook->scan == NULL)
    return;

  detach (notebook);
  weft_notebook_set_loading_progress (notebook, 1);
}
