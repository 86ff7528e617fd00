/* weft-notebook-doc.c - the notebook doc: its page tree, its title, and who edited what
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-notebook-doc.h"
#include "notebook/weft-notebook-doc-private.h"
#include "notebook/weft-op-log.h"

/* From so many steps on the tree follows in parts: fewer are done in a few milliseconds. */
#define MAX_AT_ONCE 4000

/* Reading the doc */

static void
add_op_cb (const WeftOpId   *id,
           const WeftOpView *op,
           gpointer          user_data)
{
  weft_page_tree_add_view (user_data, id, op);
}

/* Gives the tree the ops between two states. @before: (nullable): from the beginning */
static void
read_ops (WeftNotebookDoc       *self,
          const WeftStateVector *before,
          const WeftStateVector *after)
{
  for (gsize i = 0; i < weft_state_vector_get_n_clients (after); i++)
    {
      WeftClientId client;
      WeftClock from, to;

      weft_state_vector_get_entry (after, i, &client, &to);
      from = before != NULL ? weft_state_vector_get (before, client) : 0;
      weft_op_log_view (self->doc, client, from, to, add_op_cb, self->tree);
    }
}

static void
read_edited (WeftNotebookDoc *self,
             const char      *key)
{
  WeftPageId page;
  WeftId entry;

  if (!weft_page_id_parse (&page, key))
    return;

  if (weft_map_has (self->edited, key) && weft_map_get_entry_id (self->edited, key, &entry))
    weft_page_tree_set_edited (self->tree, &page, &entry);
  else
    weft_page_tree_set_edited (self->tree, &page, NULL);
}

/* Reads everything. The caller commits the tree. */
static void
read_all (WeftNotebookDoc *self)
{
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (self->doc);
  g_autoptr(GPtrArray) keys = weft_map_list_keys (self->edited);

  read_ops (self, NULL, state);
  for (guint i = 0; i < keys->len; i++)
    read_edited (self, keys->pdata[i]);
}

typedef struct
{
  WeftNotebookDoc *self;
  const WeftStateVector *before;
  gboolean found;
} FindDeleted;

static gboolean
find_deleted_cb (const WeftItemInfo *item,
                 gpointer            user_data)
{
  FindDeleted *find = user_data;

  find->found = item->parent == find->self->ops
                && item->id.clock < weft_state_vector_get (find->before, item->id.client);

  return !find->found;
}

/* The log is append-only, but a peer may not know that. */
static gboolean
deletes_ops (WeftNotebookDoc *self,
             WeftTransaction *transaction)
{
  WeftDeleteSet *deleted = weft_transaction_get_delete_set (transaction);
  FindDeleted find = { self, weft_transaction_get_before_state (transaction), FALSE };

  for (gsize i = 0; i < weft_delete_set_get_n_ranges (deleted) && !find.found; i++)
    {
      const WeftIdRange *range = weft_delete_set_get_range (deleted, i);

      weft_doc_foreach_item (self->doc, range->client, range->clock, range->clock + range->length,
                             find_deleted_cb, &find);
    }

  return find.found;
}

/* Lets the tree follow, now or in parts. */
static void
commit_tree (WeftNotebookDoc *self)
{
  /* It is in the commit after the one that is under way. */
  if (self->is_settling)
    return;

  if (self->observer.settling == NULL || weft_page_tree_count_steps (self->tree) <= MAX_AT_ONCE)
    {
      weft_page_tree_commit (self->tree);
      return;
    }

  self->is_settling = TRUE;
  self->observer.settling (self, self->observer_data);
}

static void
follow_edited (WeftNotebookDoc *self,
               WeftEvent       *event,
               gboolean         is_local)
{
  for (gsize i = 0; i < weft_event_get_n_keys (event); i++)
    read_edited (self, weft_event_get_key (event, i));

  commit_tree (self);
  if (is_local || self->observer.edited == NULL)
    return;

  for (gsize i = 0; i < weft_event_get_n_keys (event); i++)
    {
      WeftPageId page;

      if (weft_page_id_parse (&page, weft_event_get_key (event, i)))
        self->observer.edited (self, &page, self->observer_data);
    }
}

static void
transaction_cb (WeftDoc         *doc,
                WeftTransaction *transaction,
                gpointer         user_data)
{
  WeftNotebookDoc *self = user_data;
  WeftEvent *edited = NULL;
  gboolean has_ops = FALSE, has_info = FALSE;

  for (gsize i = 0; i < weft_transaction_get_n_events (transaction); i++)
    {
      WeftEvent *event = weft_transaction_get_event (transaction, i);
      WeftType *type = weft_event_get_type (event);

      if (type == self->edited)
        edited = event;
      has_ops |= type == self->ops;
      has_info |= type == self->info;
    }

  if (has_ops && deletes_ops (self, transaction))
    {
      weft_page_tree_clear (self->tree);
      g_clear_pointer (&self->parted, weft_parted_cache_free);
      read_all (self);
    }
  else if (has_ops)
    read_ops (self, weft_transaction_get_before_state (transaction),
              weft_transaction_get_after_state (transaction));

  /* Ops and marks that came together are judged together. */
  if (edited != NULL)
    follow_edited (self, edited, weft_transaction_is_local (transaction));
  else if (has_ops)
    commit_tree (self);

  if (has_info && self->observer.info_changed != NULL)
    self->observer.info_changed (self, self->observer_data);
}

static const WeftDocObserver doc_observer = { .transaction = transaction_cb };

static void
children_changed_cb (WeftPageTree     *tree,
                     const WeftPageId *parent,
                     guint             position,
                     guint             n_removed,
                     guint             n_added,
                     gpointer          user_data)
{
  WeftNotebookDoc *self = user_data;

  if (self->observer.tree.children_changed != NULL)
    self->observer.tree.children_changed (tree, parent, position, n_removed, n_added,
                                          self->observer_data);
}

static void
page_changed_cb (WeftPageTree     *tree,
                 const WeftPageId *page,
                 const char       *key,
                 gpointer          user_data)
{
  WeftNotebookDoc *self = user_data;

  if (self->observer.tree.page_changed != NULL)
    self->observer.tree.page_changed (tree, page, key, self->observer_data);
}

static void
committed_cb (WeftPageTree *tree,
              guint         n_moved,
              gpointer      user_data)
{
  WeftNotebookDoc *self = user_data;

  if (self->observer.tree.committed != NULL)
    self->observer.tree.committed (tree, n_moved, self->observer_data);
}

static const WeftPageTreeObserver tree_observer = { children_changed_cb, page_changed_cb,
                                                    committed_cb };

/**
 * weft_notebook_doc_new:
 * @doc: a notebook doc, which may be empty; borrowed
 *
 * Returns: (transfer full): what is in it
 */
WeftNotebookDoc *
weft_notebook_doc_new (WeftDoc *doc)
{
  WeftNotebookDoc *self = g_new0 (WeftNotebookDoc, 1);

  self->doc = doc;
  self->tree = weft_page_tree_new ();
  self->info = weft_doc_get_map (doc, "notebook");
  self->ops = weft_doc_get_array (doc, "ops");
  self->edited = weft_doc_get_map (doc, "edited");
  self->marked = g_hash_table_new_full (weft_page_id_hash, weft_page_id_equal, g_free, NULL);
  self->told = weft_state_vector_new ();
  weft_notebook_doc_init_batch (self);
  weft_notebook_doc_init_undo (self);

  read_all (self);
  weft_page_tree_commit (self->tree);
  weft_page_tree_set_observer (self->tree, &tree_observer, self);
  self->observer_id = weft_doc_add_observer (doc, &doc_observer, self);

  return self;
}

void
weft_notebook_doc_free (WeftNotebookDoc *self)
{
  if (self == NULL)
    return;

  weft_doc_remove_observer (self->doc, self->observer_id);
  g_hash_table_unref (self->marked);
  weft_state_vector_free (self->told);
  weft_notebook_doc_clear_batch (self);
  weft_notebook_doc_clear_undo (self);
  weft_parted_cache_free (self->parted);
  weft_page_tree_free (self->tree);
  g_free (self);
}

/**
 * weft_notebook_doc_set_observer:
 * @self: a notebook doc
 * @observer: (nullable): what to call; copied
 * @user_data: given to the calls
 */
void
weft_notebook_doc_set_observer (WeftNotebookDoc               *self,
                                const WeftNotebookDocObserver *observer,
                                gpointer                       user_data)
{
  self->observer = observer != NULL ? *observer : (WeftNotebookDocObserver){ 0 };
  self->observer_data = user_data;
}

WeftDoc *
weft_notebook_doc_get_doc (WeftNotebookDoc *self)
{
  return self->doc;
}

WeftPageTree *
weft_notebook_doc_get_tree (WeftNotebookDoc *self)
{
  return self->tree;
}

gboolean
weft_notebook_doc_is_settling (WeftNotebookDoc *self)
{
  return self->is_settling;
}

/**
 * weft_notebook_doc_settle:
 * @self: a notebook doc
 * @n_steps: how much to do, as for weft_page_tree_settle(); %G_MAXUINT: all
 *
 * Lets the tree follow what arrived. What a person does meanwhile does all of it first.
 *
 * Returns: whether the tree has followed
 */
gboolean
weft_notebook_doc_settle (WeftNotebookDoc *self,
                          guint            n_steps)
{
  if (!self->is_settling)
    return TRUE;

  if (!weft_page_tree_settle (self->tree, n_steps))
    return FALSE;

  /* More came while that was done. */
  if (n_steps < G_MAXUINT && weft_page_tree_count_steps (self->tree) > MAX_AT_ONCE)
    return FALSE;

  weft_page_tree_commit (self->tree);
  self->is_settling = FALSE;
  return TRUE;
}

gconstpointer
weft_notebook_doc_get_origin (WeftNotebookDoc *self)
{
  return self;
}

char *
weft_notebook_doc_dup_title (WeftNotebookDoc *self)
{
  g_autoptr(WeftAny) title = weft_map_get (self->info, "title");

  return title != NULL ? g_strdup (weft_any_get_string (title)) : NULL;
}

guint
weft_notebook_doc_get_format (WeftNotebookDoc *self)
{
  g_autoptr(WeftAny) format = weft_map_get (self->info, "format");

  return format != NULL ? (guint) CLAMP (weft_any_get_number (format), 0, G_MAXINT) : 0;
}

/* The format is written with the first thing a person does: an empty doc stays empty. */
void
weft_notebook_doc_ensure_format (WeftNotebookDoc *self)
{
  g_autoptr(WeftAny) format = NULL;

  if (weft_map_has (self->info, "format"))
    return;

  format = weft_any_new_number (WEFT_NOTEBOOK_FORMAT);
  weft_map_set (self->info, "format", format);
}

void
weft_notebook_doc_set_title (WeftNotebookDoc *self,
                             const char      *title)
{
  g_autofree char *old_title = weft_notebook_doc_dup_title (self);

  g_return_if_fail (title != NULL);

  if (g_strcmp0 (old_title, title) == 0)
    return;

  weft_notebook_doc_set_entry (self, self->info, WEFT_PAGE_TITLE, weft_any_new_string (title));
}

/* Marks of what was edited */

/**
 * weft_notebook_doc_mark_edited:
 * @self: a notebook doc
 * @page: a page whose content was edited here
 */
void
weft_notebook_doc_mark_edited (WeftNotebookDoc  *self,
                               const WeftPageId *page)
{
  g_autoptr(WeftAny) nonce = NULL;
  WeftPageIdText key;

  if (!g_hash_table_add (self->marked, g_memdup2 (page, sizeof *page)))
    return;

  nonce = weft_any_new_number ((double) ((guint64) g_random_int () << 21 | g_random_int () >> 11));
  weft_doc_begin (self->doc, self);
  weft_map_set (self->edited, weft_page_id_format (page, key), nonce);
  weft_doc_commit (self->doc);
}

void
weft_notebook_doc_end_interval (WeftNotebookDoc *self)
{
  g_hash_table_remove_all (self->marked);
}

GArray *
weft_notebook_doc_list_edited (WeftNotebookDoc *self)
{
  g_autoptr(GPtrArray) keys = weft_map_list_keys (self->edited);
  GArray *pages = g_array_new (FALSE, FALSE, sizeof (WeftPageId));

  for (guint i = 0; i < keys->len; i++)
    {
      WeftPageId page;

      if (weft_page_id_parse (&page, keys->pdata[i]))
        g_array_append_val (pages, page);
    }

  return pages;
}

guint64
weft_notebook_doc_get_edited (WeftNotebookDoc  *self,
                              const WeftPageId *page)
{
  g_autoptr(WeftAny) nonce = NULL;
  g_autofree char *json = NULL;
  WeftPageIdText key;

  nonce = weft_map_get (self->edited, weft_page_id_format (page, key));
  if (nonce == NULL)
    return 0;
  if (weft_any_get_kind (nonce) == WEFT_ANY_NUMBER && weft_any_get_number (nonce) > 0
      && weft_any_get_number (nonce) <= WEFT_MAX_SAFE_INTEGER)
    return (guint64) weft_any_get_number (nonce);

  /* Others may choose another kind of nonce. */
  json = weft_any_to_json (nonce);
  return (guint64) g_str_hash (json) + 1;
}
