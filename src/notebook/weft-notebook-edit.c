/* weft-notebook-edit.c - what a person does to the pages of a notebook: batches of ops
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-notebook-doc-private.h"

#include <string.h>

#include "notebook/weft-fractional-index.h"

static void
batch_place_free (gpointer data)
{
  BatchPlace *place = data;

  g_free (place->position);
  g_free (place);
}

static void
batch_entry_free (gpointer data)
{
  BatchEntry *entry = data;

  g_free (entry->key);
  g_clear_pointer (&entry->value, weft_any_unref);
  g_free (entry);
}

static WeftPageId *
copy_id (const WeftPageId *id)
{
  return g_memdup2 (id, sizeof *id);
}

void
weft_notebook_doc_init_batch (WeftNotebookDoc *self)
{
  self->batch = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_op_free);
  self->batch_entries = g_ptr_array_new_with_free_func (batch_entry_free);
  self->batch_places = g_hash_table_new_full (weft_page_id_hash, weft_page_id_equal, g_free,
                                              batch_place_free);
  self->batch_positions = g_hash_table_new_full (weft_page_id_hash, weft_page_id_equal, g_free,
                                                 (GDestroyNotify) g_tree_unref);
}

void
weft_notebook_doc_clear_batch (WeftNotebookDoc *self)
{
  g_ptr_array_unref (self->batch);
  g_ptr_array_unref (self->batch_entries);
  g_hash_table_unref (self->batch_places);
  g_hash_table_unref (self->batch_positions);
}

static void
write_ops (WeftNotebookDoc *self)
{
  g_autoptr(GBytes) element = weft_op_pack (self->batch);
  g_autoptr(WeftAny) values = weft_any_new_array ();

  g_ptr_array_set_size (self->batch, 0);
  weft_any_array_take (values, weft_any_new_bytes (element));
  weft_array_insert (self->ops, weft_type_get_length (self->ops), values);
}

static void
write_entries (WeftNotebookDoc *self)
{
  for (guint i = 0; i < self->batch_entries->len; i++)
    {
      const BatchEntry *entry = self->batch_entries->pdata[i];

      if (entry->value != NULL)
        weft_map_set (entry->map, entry->key, entry->value);
      else
        weft_map_remove (entry->map, entry->key);
    }
  g_ptr_array_set_size (self->batch_entries, 0);
}

GPtrArray *
weft_notebook_doc_write_batch (WeftNotebookDoc *self)
{
  g_autoptr(GPtrArray) step = g_steal_pointer (&self->step);

  g_hash_table_remove_all (self->batch_places);
  g_hash_table_remove_all (self->batch_positions);
  g_hash_table_remove_all (self->step_index);
  if (self->batch->len == 0 && self->batch_entries->len == 0)
    return NULL;

  weft_doc_begin (self->doc, self);
  weft_notebook_doc_ensure_format (self);
  if (self->batch->len > 0)
    write_ops (self);
  write_entries (self);
  weft_doc_commit (self->doc);

  return g_steal_pointer (&step);
}

/**
 * weft_notebook_doc_begin:
 * @self: a notebook doc
 *
 * What is done until the matching weft_notebook_doc_commit() is written at once and undone at once.
 */
void
weft_notebook_doc_begin (WeftNotebookDoc *self)
{
  if (self->depth++ > 0)
    return;

  weft_notebook_doc_settle (self, G_MAXUINT);
  weft_notebook_doc_begin_step (self);
}

void
weft_notebook_doc_commit (WeftNotebookDoc *self)
{
  GPtrArray *step;

  g_return_if_fail (self->depth > 0);

  if (--self->depth > 0)
    return;

  step = weft_notebook_doc_write_batch (self);
  if (step != NULL)
    weft_notebook_doc_push_step (self, step);
}

static guint64
next_lamport (WeftNotebookDoc *self)
{
  guint64 lamport = weft_page_tree_get_lamport (self->tree);

  /* A hostile peer can bring the greatest timestamp to its limit; then ids give the order. */
  return MIN (lamport + self->batch->len + 1, WEFT_MAX_SAFE_INTEGER);
}

static int
compare_positions (gconstpointer a,
                   gconstpointer b,
                   gpointer      user_data)
{
  return strcmp (a, b);
}

static void
record_place (WeftNotebookDoc  *self,
              const WeftPageId *page,
              const WeftPageId *parent,
              const char       *position)
{
  Change *change = weft_notebook_doc_ensure_change (self, page, NULL, NULL);
  GTree *positions = g_hash_table_lookup (self->batch_positions, parent);
  BatchPlace *place = g_new0 (BatchPlace, 1);

  change->new_parent = *parent;
  g_free (change->new_position);
  change->new_position = g_strdup (position);

  place->parent = *parent;
  place->position = g_strdup (position);
  g_hash_table_insert (self->batch_places, copy_id (page), place);
  if (positions == NULL)
    {
      positions = g_tree_new_full (compare_positions, NULL, g_free, NULL);
      g_hash_table_insert (self->batch_positions, copy_id (parent), positions);
    }
  g_tree_insert (positions, g_strdup (position), NULL);
}

void
weft_notebook_doc_push_move (WeftNotebookDoc  *self,
                             const WeftPageId *page,
                             const WeftPageId *parent,
                             const char       *position)
{
  record_place (self, page, parent, position);
  g_ptr_array_add (self->batch, weft_op_new_move (next_lamport (self), page, parent, position));
}

/* What we know that our trash ops have not told yet. */
static WeftStateVector *
collect_seen (WeftNotebookDoc *self)
{
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (self->doc);
  WeftStateVector *seen = weft_state_vector_new ();
  WeftClientId own = weft_doc_get_client_id (self->doc);

  if (self->told_client != own)
    {
      g_clear_pointer (&self->told, weft_state_vector_free);
      self->told = weft_state_vector_new ();
      self->told_client = own;
    }

  for (gsize i = 0; i < weft_state_vector_get_n_clients (state); i++)
    {
      WeftClientId client;
      WeftClock clock;

      weft_state_vector_get_entry (state, i, &client, &clock);
      if (client == own || clock <= weft_state_vector_get (self->told, client))
        continue;
      weft_state_vector_set (seen, client, clock);
      weft_state_vector_set (self->told, client, clock);
    }

  return seen;
}

/* The place in the tree or in the batch. Borrowed. */
static const char *
get_position (WeftNotebookDoc  *self,
              const WeftPageId *page,
              WeftPageId       *parent)
{
  const BatchPlace *place = g_hash_table_lookup (self->batch_places, page);

  if (place != NULL)
    {
      *parent = place->parent;
      return place->position;
    }

  return weft_page_tree_get_parent (self->tree, page, parent)
             ? weft_page_tree_get_position (self->tree, page)
             : NULL;
}

/* The nearest position above @lower (nullable: the first one) below @parent, but for @page's own.
 * Borrowed, nullable. */
static const char *
find_next (WeftNotebookDoc  *self,
           const WeftPageId *parent,
           const char       *lower,
           const WeftPageId *page)
{
  GTree *batch = g_hash_table_lookup (self->batch_positions, parent);
  guint low = 0, high = weft_page_tree_get_n_children (self->tree, parent);
  const char *next = NULL;
  GTreeNode *node = NULL;
  WeftPageId child;

  while (lower != NULL && low < high)
    {
      guint middle = low + (high - low) / 2;

      weft_page_tree_get_child (self->tree, parent, middle, &child);
      if (strcmp (weft_page_tree_get_position (self->tree, &child), lower) <= 0)
        low = middle + 1;
      else
        high = middle;
    }

  if (weft_page_tree_get_child (self->tree, parent, low, &child)
      && (!weft_page_id_equal (&child, page)
          || weft_page_tree_get_child (self->tree, parent, low + 1, &child)))
    next = weft_page_tree_get_position (self->tree, &child);

  if (batch != NULL)
    node = lower != NULL ? g_tree_upper_bound (batch, lower) : g_tree_node_first (batch);
  if (node != NULL && (next == NULL || strcmp (g_tree_node_key (node), next) < 0))
    next = g_tree_node_key (node);

  return next;
}

/* The greatest position below @parent, but for @page's own. Borrowed, nullable. */
static const char *
find_last (WeftNotebookDoc  *self,
           const WeftPageId *parent,
           const WeftPageId *page)
{
  GTree *batch = g_hash_table_lookup (self->batch_positions, parent);
  guint n_children = weft_page_tree_get_n_children (self->tree, parent);
  const char *last = NULL;
  WeftPageId child;

  if (n_children > 0)
    weft_page_tree_get_child (self->tree, parent, n_children - 1, &child);
  if (n_children > 1 && weft_page_id_equal (&child, page))
    weft_page_tree_get_child (self->tree, parent, n_children - 2, &child);
  if (n_children > 0 && !weft_page_id_equal (&child, page))
    last = weft_page_tree_get_position (self->tree, &child);

  if (batch != NULL)
    {
      const char *key = g_tree_node_key (g_tree_node_last (batch));

      if (last == NULL || strcmp (key, last) > 0)
        last = key;
    }

  return last;
}

/* (transfer full): the position of @page below @parent, after @after */
static char *
choose_position (WeftNotebookDoc  *self,
                 const WeftPageId *page,
                 const WeftPageId *parent,
                 const WeftPageId *after)
{
  const char *lower = NULL, *upper = NULL;
  WeftPageId parent_of_after;

  if (after != NULL)
    {
      lower = get_position (self, after, &parent_of_after);
      if (lower == NULL || !weft_page_id_equal (&parent_of_after, parent)
          || weft_page_id_equal (after, page))
        {
          lower = find_last (self, parent, page);
          return weft_fractional_index_jittered (lower, NULL, g_random_int ());
        }
    }
  upper = find_next (self, parent, lower, page);

  return weft_fractional_index_jittered (lower, upper, g_random_int ());
}

/**
 * weft_notebook_doc_add_page:
 * @self: a notebook doc
 * @page: the id of the page, a fresh one
 * @parent: the page to put it below, or the root
 * @after: (nullable): the sibling before it
 * @kind: (nullable): its profile, a note if %NULL
 * @title: (nullable): its title
 * @now_ms: the time, in ms since 1970
 */
void
weft_notebook_doc_add_page (WeftNotebookDoc  *self,
                            const WeftPageId *page,
                            const WeftPageId *parent,
                            const WeftPageId *after,
                            const char       *kind,
                            const char       *title,
                            gint64            now_ms)
{
  g_autofree char *position = NULL;

  g_return_if_fail (!weft_page_id_is_root (page) && !weft_page_id_is_trash (page));

  weft_notebook_doc_begin (self);
  position = choose_position (self, page, parent, after);
  weft_notebook_doc_push_move (self, page, parent, position);
  weft_notebook_doc_set_string (self, page, WEFT_PAGE_KIND,
                                kind != NULL ? kind : WEFT_PROFILE_NOTE);
  if (title != NULL)
    weft_notebook_doc_set_string (self, page, WEFT_PAGE_TITLE, title);
  weft_notebook_doc_set_property (self, page, WEFT_PAGE_CREATED, weft_any_new_number (now_ms));
  weft_notebook_doc_commit (self);
}

/**
 * weft_notebook_doc_create_page:
 * @self: a notebook doc
 * @parent: the page to put it below, or the root
 * @after: (nullable): the sibling before it
 * @kind: (nullable): its profile, a note if %NULL
 * @title: (nullable): its title
 * @now_ms: the time, in ms since 1970
 * @page: (out): the id of the new page
 */
void
weft_notebook_doc_create_page (WeftNotebookDoc  *self,
                               const WeftPageId *parent,
                               const WeftPageId *after,
                               const char       *kind,
                               const char       *title,
                               gint64            now_ms,
                               WeftPageId       *page)
{
  weft_page_id_init_random (page);
  weft_notebook_doc_add_page (self, page, parent, after, kind, title, now_ms);
}

/* Whether @page is below @above, or will be when the batch is written. */
static gboolean
is_below (WeftNotebookDoc  *self,
          WeftPageId        page,
          const WeftPageId *above)
{
  guint n_steps = weft_page_tree_get_n_pages (self->tree) + g_hash_table_size (self->batch_places);

  if (g_hash_table_size (self->batch_places) == 0)
    return weft_page_tree_is_below (self->tree, &page, above);

  for (guint i = 0; i <= n_steps; i++)
    {
      if (get_position (self, &page, &page) == NULL)
        return FALSE;
      if (weft_page_id_equal (&page, above))
        return TRUE;
    }

  return TRUE;
}

gboolean
weft_notebook_doc_can_move (WeftNotebookDoc  *self,
                            const WeftPageId *page,
                            const WeftPageId *parent)
{
  gboolean has_page = g_hash_table_contains (self->batch_places, page)
                      || weft_page_tree_contains (self->tree, page);
  gboolean has_parent = g_hash_table_contains (self->batch_places, parent)
                        || weft_page_tree_contains (self->tree, parent);

  return has_page && has_parent && !weft_page_id_is_root (page) && !weft_page_id_is_trash (page)
         && !weft_page_id_equal (page, parent)
         && !is_below (self, *parent, page);
}

/* Whether @page stands there already. */
static gboolean
is_there (WeftNotebookDoc  *self,
          const WeftPageId *page,
          const WeftPageId *parent,
          const WeftPageId *after)
{
  int index = weft_page_tree_get_index (self->tree, page);
  WeftPageId now, other;

  if (g_hash_table_contains (self->batch_places, page)
      || !weft_page_tree_get_parent (self->tree, page, &now) || !weft_page_id_equal (&now, parent))
    return FALSE;

  if (after == NULL)
    return index == 0;
  if (weft_page_tree_get_parent (self->tree, after, &other) && weft_page_id_equal (&other, parent)
      && !weft_page_id_equal (after, page))
    return weft_page_tree_get_index (self->tree, after) == index - 1;

  return index == (int) weft_page_tree_get_n_children (self->tree, parent) - 1;
}

/**
 * weft_notebook_doc_move:
 * @self: a notebook doc
 * @page: a page
 * @parent: the page to put it below, or the root, or the trash
 * @after: (nullable): the sibling before it
 *
 * Returns: whether that can be
 */
gboolean
weft_notebook_doc_move (WeftNotebookDoc  *self,
                        const WeftPageId *page,
                        const WeftPageId *parent,
                        const WeftPageId *after)
{
  g_autofree char *position = NULL;

  if (!weft_notebook_doc_can_move (self, page, parent))
    return FALSE;
  if (weft_page_id_is_trash (parent))
    return weft_notebook_doc_trash (self, page);
  if (is_there (self, page, parent, after))
    return TRUE;

  weft_notebook_doc_begin (self);
  position = choose_position (self, page, parent, after);
  weft_notebook_doc_push_move (self, page, parent, position);
  weft_notebook_doc_commit (self);

  return TRUE;
}

/**
 * weft_notebook_doc_trash:
 * @self: a notebook doc
 * @page: a page
 *
 * The last one deleted comes first in the trash.
 *
 * Returns: whether it was somewhere else before
 */
gboolean
weft_notebook_doc_trash (WeftNotebookDoc  *self,
                         const WeftPageId *page)
{
  g_autofree char *position = NULL;
  WeftPageId parent;

  if (weft_page_id_is_root (page) || weft_page_id_is_trash (page)
      || get_position (self, page, &parent) == NULL || weft_page_id_is_trash (&parent))
    return FALSE;

  weft_notebook_doc_begin (self);
  position = choose_position (self, page, &weft_page_id_trash, WEFT_PAGE_FIRST);
  record_place (self, page, &weft_page_id_trash, position);
  g_ptr_array_add (self->batch,
                   weft_op_new_trash (next_lamport (self), page, position, collect_seen (self)));
  weft_notebook_doc_commit (self);

  return TRUE;
}

/**
 * weft_notebook_doc_restore:
 * @self: a notebook doc
 * @page: a page in the trash, or below one that is
 *
 * Returns: whether it was in the trash
 */
gboolean
weft_notebook_doc_restore (WeftNotebookDoc  *self,
                           const WeftPageId *page)
{
  WeftPageId top, parent;
  const char *position;

  if (!weft_page_tree_get_home (self->tree, page, &top, &parent, &position))
    return FALSE;

  /* One page out of a deleted subtree: that is not there any more, only where it was. */
  if (!weft_page_id_equal (&top, page))
    return weft_notebook_doc_move (self, page, &parent, WEFT_PAGE_LAST);

  weft_notebook_doc_begin (self);
  weft_notebook_doc_push_move (self, page, &parent, position);
  weft_notebook_doc_commit (self);

  return TRUE;
}

static gboolean
is_unset (const WeftAny *value)
{
  return value == NULL || weft_any_get_kind (value) <= WEFT_ANY_NULL;
}

gboolean
weft_notebook_doc_same_value (const WeftAny *a,
                              const WeftAny *b)
{
  if (is_unset (a) || is_unset (b))
    return is_unset (a) && is_unset (b);

  return weft_any_equal (a, b);
}

/**
 * weft_notebook_doc_set_property:
 * @self: a notebook doc
 * @page: a page
 * @key: a property
 * @value: (nullable) (transfer full): its value, %NULL to unset it
 */
void
weft_notebook_doc_set_property (WeftNotebookDoc  *self,
                                const WeftPageId *page,
                                const char       *key,
                                WeftAny          *value)
{
  g_autoptr(WeftAny) owned = value != NULL ? value : weft_any_new_null ();
  Change *change;

  weft_notebook_doc_begin (self);
  change = weft_notebook_doc_ensure_change (self, page, NULL, key);
  if (!weft_notebook_doc_same_value (
          change->new_value != NULL ? change->new_value : change->old_value, owned))
    {
      g_clear_pointer (&change->new_value, weft_any_unref);
      change->new_value = weft_any_ref (owned);
      g_ptr_array_add (self->batch,
                       weft_op_new_set (next_lamport (self), page, key, g_steal_pointer (&owned)));
    }
  weft_notebook_doc_commit (self);
}

void
weft_notebook_doc_set_entry (WeftNotebookDoc *self,
                             WeftType        *map,
                             const char      *key,
                             WeftAny         *value)
{
  g_autoptr(WeftAny) owned = value != NULL ? value : weft_any_new_undefined ();
  BatchEntry *entry;
  Change *change;

  weft_notebook_doc_begin (self);
  change = weft_notebook_doc_ensure_change (self, &weft_page_id_root, map, key);
  g_clear_pointer (&change->new_value, weft_any_unref);
  change->new_value = weft_any_ref (owned);
  entry = g_new0 (BatchEntry, 1);
  entry->map = map;
  entry->key = g_strdup (key);
  entry->value = value != NULL ? weft_any_ref (value) : NULL;
  g_ptr_array_add (self->batch_entries, entry);
  weft_notebook_doc_commit (self);
}

void
weft_notebook_doc_set_string (WeftNotebookDoc  *self,
                              const WeftPageId *page,
                              const char       *key,
                              const char       *value)
{
  weft_notebook_doc_set_property (self, page, key,
                                  value != NULL ? weft_any_new_string (value) : NULL);
}
