/* weft-page-scan.c - the page tree out of the updates of a notebook doc, without the doc
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-page-scan.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crdt/weft-update-sieve.h"
#include "notebook/weft-notebook-doc.h"
#include "notebook/weft-op.h"
#include "notebook/weft-page-tree-private.h"

/* What a first look shows at the most: nobody scrolls further before everything is there. */
#define MAX_LOOK_PAGES 10000

/* Memory is given back, and progress told, in such steps. */
#define STEP_BYTES (4 * 1024 * 1024)

struct _WeftPageScan
{
  GPtrArray       *updates; /* of GBytes; those that were read are given back */
  WeftUpdateSieve *sieve;
  WeftPageTree    *look;    /* only during the first look */
  WeftDoc         *rest;    /* what is not in the log */
  WeftNotebookDoc *notebook; /* of @rest, but its tree has the log */
  GArray          *views;   /* of one element */

  /* While reading */
  const guint8    *update;
  gsize            n_passed; /* of @update, told of last */
  gsize            n_read;   /* of the updates before */
  gsize            n_bytes;  /* of all */
  WeftPageScanProgressFunc progress;
  gpointer         progress_data;
};

WeftPageScan *
weft_page_scan_new (GPtrArray *updates)
{
  WeftPageScan *self = g_new0 (WeftPageScan, 1);

  self->updates = updates;
  self->sieve = weft_update_sieve_new ("ops");
  self->views = g_array_new (FALSE, FALSE, sizeof (WeftOpView));
  for (guint i = 0; i < updates->len; i++)
    self->n_bytes += g_bytes_get_size (updates->pdata[i]);

  return self;
}

void
weft_page_scan_free (WeftPageScan *self)
{
  if (self == NULL)
    return;

  weft_notebook_doc_free (self->notebook);
  g_clear_pointer (&self->rest, weft_doc_free);
  weft_update_sieve_free (self->sieve);
  g_array_unref (self->views);
  g_ptr_array_unref (self->updates);
  g_free (self);
}

static void
add_views (WeftPageScan *self,
           WeftPageTree *tree,
           WeftId        id)
{
  for (guint i = 0; i < self->views->len; i++)
    weft_page_tree_add_view (tree, &(WeftOpId) { id.client, id.clock, i },
                             &g_array_index (self->views, WeftOpView, i));
}

/* --- The first look --------------------------------------------------------------------------------- */

/* Whether an element begins with a move to the top; cheaper than reading all of it. */
static gboolean
begins_at_top (const guint8 *data,
               gsize         n_bytes,
               WeftPageId   *page)
{
  gsize at = 1;

  if (n_bytes < 2 + 2 * sizeof *page)
    return FALSE;

  while (at < n_bytes && data[at] >= 0x80)
    at++;
  at++;
  if (n_bytes - MIN (at, n_bytes) < sizeof *page)
    return FALSE;

  memcpy (page, data + at, sizeof *page);
  at += sizeof *page;

  return data[0] == WEFT_OP_MOVE && n_bytes - at >= sizeof *page
         && memcmp (data + at, &weft_page_id_root, sizeof *page) == 0;
}

static void
look_cb (WeftId        id,
         const guint8 *data,
         gsize         n_bytes,
         gpointer      user_data)
{
  WeftPageScan *self = user_data;
  WeftPageId page = { 0 };

  /* What comes later about a page that is shown counts too: its title, and that it went elsewhere. */
  if (((begins_at_top (data, n_bytes, &page) && weft_page_table_get_size (self->look->pages) < MAX_LOOK_PAGES)
       || weft_page_tree_lookup (self->look, &page) != NULL)
      && weft_op_unpack_views (data, n_bytes, self->views, NULL))
    add_views (self, self->look, id);
}

GBytes *
weft_page_scan_look (WeftPageScan *self,
                     const char   *key)
{
  g_autoptr(WeftPageTree) tree = weft_page_tree_new ();
  gboolean good = TRUE;

  self->look = tree;
  for (guint i = 0; i < self->updates->len && good; i++)
    good = weft_update_sieve_scan (self->sieve, self->updates->pdata[i], look_cb, self);
  self->look = NULL;
  if (!good || !weft_update_sieve_resolve (self->sieve))
    return NULL;

  weft_page_tree_commit (tree);
  return weft_page_outline_make (tree, NULL, NULL, key);
}

/* --- Everything ------------------------------------------------------------------------------------- */

static void
read_cb (WeftId        id,
         const guint8 *data,
         gsize         n_bytes,
         gpointer      user_data)
{
  WeftPageScan *self = user_data;

  /* What is bad is left out, as by weft-op-log.c. */
  if (weft_op_unpack_views (data, n_bytes, self->views, NULL))
    add_views (self, weft_notebook_doc_get_tree (self->notebook), id);
}

/* While the tree grows, the updates shrink. */
static void
give_back (const guint8 *data,
           gsize         from,
           gsize         to)
{
#ifdef MADV_DONTNEED
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  guintptr start = ((guintptr) data + from + page - 1) / page * page;
  guintptr end = ((guintptr) data + to) / page * page;

  if (end > start)
    madvise ((void *) start, end - start, MADV_DONTNEED);
#endif
}

static void
passed_cb (gsize    n_bytes,
           gpointer user_data)
{
  WeftPageScan *self = user_data;

  if (n_bytes - self->n_passed < STEP_BYTES)
    return;

  give_back (self->update, self->n_passed, n_bytes);
  self->n_passed = n_bytes;
  if (self->progress != NULL)
    self->progress ((double) (self->n_read + n_bytes) / (double) self->n_bytes, self->progress_data);
}

static GBytes *
encode_state (WeftPageScan *self)
{
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (self->rest);
  g_autoptr(WeftDeleteSet) deleted = weft_doc_get_delete_set (self->rest);
  g_autoptr(WeftDeleteSet) really = weft_update_sieve_filter (self->sieve, deleted);

  return weft_page_outline_pack_state (state, really);
}

GBytes *
weft_page_scan_read (WeftPageScan            *self,
                     const char              *key,
                     WeftPageScanProgressFunc progress,
                     gpointer                 user_data)
{
  g_autoptr(GBytes) state = NULL;
  g_autofree char *title = NULL;
  WeftPageTree *tree;

  self->rest = weft_doc_new ();
  self->notebook = weft_notebook_doc_new (self->rest);
  weft_notebook_doc_get_tree (self->notebook)->keeps_shown_only = TRUE;
  self->progress = progress;
  self->progress_data = user_data;
  for (guint i = 0; i < self->updates->len; i++)
    {
      gsize size;
      g_autoptr(GBytes) rest = NULL;

      self->update = g_bytes_get_data (self->updates->pdata[i], &size);
      self->n_passed = 0;
      rest = weft_update_sieve_read (self->sieve, self->updates->pdata[i], read_cb, passed_cb, self);
      g_clear_pointer ((GBytes **) &self->updates->pdata[i], g_bytes_unref);
      self->n_read += size;
      if (!weft_doc_apply_update (self->rest, rest, NULL, NULL))
        return NULL;
    }

  if (weft_doc_has_pending (self->rest))
    return NULL;

  tree = weft_notebook_doc_get_tree (self->notebook);
  weft_page_tree_commit (tree);
  title = weft_notebook_doc_dup_title (self->notebook);
  state = encode_state (self);
  weft_page_tree_seal (tree);

  return weft_page_outline_make (tree, title, state, key);
}
