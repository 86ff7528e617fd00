/* weft-page-tree.c - the pages of a notebook as a tree that any order of arrival leaves whole
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * After Kleppmann, Mulligan, Gomes and Beresford, "A highly-available move operation for replicated
 * trees" (IEEE TPDS 2021). The rules for the trash are ours; see weft-page-tree.h.
 */

#include "config.h"

#include "notebook/weft-page-tree.h"
#include "notebook/weft-page-tree-private.h"

#include "crdt/weft-hash.h"

#include <string.h>

static void
page_free (gpointer data)
{
  Page *page = data;

  g_clear_pointer (&page->children, g_sequence_free);
  for (guint i = 0; i < page->n_properties; i++)
    g_clear_pointer (&page->properties[i].value, weft_any_unref);
  g_free (page->properties);
  g_free (page);
}

static void
move_free (gpointer data)
{
  Move *move = data;

  g_free (move->restored);
  g_clear_pointer (&move->seen, weft_seen_unref);
  g_free (move);
}

static Page *
ensure_page (WeftPageTree *self, const WeftPageId *id)
{
  Page *page = g_hash_table_lookup (self->pages, id);

  if (page == NULL)
    {
      page = g_new0 (Page, 1);
      page->id = *id;
      g_hash_table_insert (self->pages, &page->id, page);
    }

  return page;
}

Page *
weft_page_tree_lookup (WeftPageTree *self, const WeftPageId *id)
{
  return g_hash_table_lookup (self->pages, id);
}

static Page *
get_parent (const Page *page)
{
  return page->placement != NULL ? page->placement->parent : NULL;
}

Page *
weft_page_tree_walk_up (Page *page, Page **deleted)
{
  Page *below = NULL;
  Page *parent;

  while ((parent = get_parent (page)) != NULL)
    {
      below = page;
      page = parent;
    }

  if (deleted != NULL)
    *deleted = weft_page_id_is_trash (&page->id) ? below : NULL;

  return page;
}

/* The `edited` marks below @page's top in the trash, if it is there, have to be looked at again. */
static void
mark_stale (WeftPageTree *self, Page *page)
{
  Page *deleted;

  weft_page_tree_walk_up (page, &deleted);
  if (deleted != NULL && !deleted->is_stale)
    {
      deleted->is_stale = TRUE;
      g_ptr_array_add (self->stale, deleted);
    }
}

static void
detach (Page *page)
{
  Page *parent = get_parent (page);

  if (page->previous != NULL)
    page->previous->next = page->next;
  else
    parent->first_child = page->next;
  if (page->next != NULL)
    page->next->previous = page->previous;
  page->previous = page->next = NULL;
}

static void
attach (Page *page)
{
  Page *parent = get_parent (page);

  page->next = parent->first_child;
  if (page->next != NULL)
    page->next->previous = page;
  parent->first_child = page;
}

/* Lets @placement (nullable) be in force on @page. */
static void
place (WeftPageTree *self, Page *page, Placement *placement)
{
  if (!page->is_touched)
    {
      page->is_touched = TRUE;
      g_ptr_array_add (self->touched, page);
    }

  if (page->placement != NULL)
    {
      detach (page);
      self->n_pages--;
    }
  page->placement = placement;
  if (page->placement != NULL)
    {
      attach (page);
      /* Only where it comes to: a subtree that something leaves has less reason to come back, and
       * those that did come back are looked at in every commit. */
      mark_stale (self, page);
      self->n_pages++;
    }
}

/* Whether the author of the trash op @deletion knew the item @clock (and op @index in it) of
 * @client. */
static gboolean
has_seen (const Move *deletion, WeftClientId client, WeftClock clock, guint32 index)
{
  if (client == deletion->id.client)
    return clock < deletion->id.clock
           || (clock == deletion->id.clock && index < deletion->id.index);

  return clock < weft_seen_get (deletion->seen, client);
}

/* The page after @page below @top, in preorder without an order among siblings. */
static Page *
next_below (Page *page, const Page *top)
{
  if (page->first_child != NULL)
    return page->first_child;

  while (page != top && page->next == NULL)
    page = get_parent (page);

  return page != top ? page->next : NULL;
}

/* Whether somebody put a page below @top without the author of @deletion knowing. */
static gboolean
has_unseen_move (Page *top, const Move *deletion)
{
  for (Page *page = next_below (top, top); page != NULL; page = next_below (page, top))
    {
      const WeftOpId *id = &page->placement->move->id;

      if (!page->placement->is_virtual && !has_seen (deletion, id->client, id->clock, id->index))
        return TRUE;
    }

  return FALSE;
}

static gboolean
has_unseen_edit (Page *top, const Move *deletion)
{
  for (Page *page = top; page != NULL; page = next_below (page, top))
    if (page->has_edited && !has_seen (deletion, page->edited.client, page->edited.clock, 0))
      return TRUE;

  return FALSE;
}

/* Where @page, directly in the trash, was before it was deleted; %NULL: nowhere. */
static const Placement *
find_former (const Page *page)
{
  const Placement *former = page->placement->before;

  while (former != NULL && weft_page_id_is_trash (&former->parent->id))
    former = former->before;

  return former;
}

/* The parent to which @page, directly in the trash, returns: where it was, or the nearest living
 * page above. */
static Page *
find_home (WeftPageTree *self, Page *page)
{
  g_autoptr (GHashTable) passed = NULL;

  for (;;)
    {
      const Placement *former = find_former (page);
      Page *top;

      if (former == NULL)
        return self->root;

      top = weft_page_tree_walk_up (former->parent, &page);
      if (top == self->root)
        return former->parent;
      if (page == NULL)
        return self->root;

      /* It was in a subtree that is deleted too: what that was in comes next. Two pages deleted one
       * from below the other and back would lead round and round. */
      if (passed == NULL)
        passed = g_hash_table_new (NULL, NULL);
      if (!g_hash_table_add (passed, page))
        return self->root;
    }
}

/* Moves @page, directly in the trash, back. Returns: (transfer full): the virtual move */
static Placement *
restore (WeftPageTree *self, Page *page, Move *after)
{
  const Placement *former = find_former (page);
  Placement *placement = g_new0 (Placement, 1);

  placement->page = page;
  placement->parent = find_home (self, page);
  placement->position = former != NULL ? former->position : "";
  placement->move = after;
  placement->before = page->placement;
  placement->is_virtual = TRUE;
  place (self, page, placement);

  return placement;
}

static void
undo_restore (WeftPageTree *self, Placement *placement)
{
  place (self, placement->page, placement->before);
  g_ptr_array_add (self->garbage, placement);
}

static void
do_move (WeftPageTree *self, Move *move)
{
  Page *page = move->placement.page;
  Page *parent = move->placement.parent;
  Page *deleted = NULL;

  move->effective = FALSE;
  for (Page *above = parent; above != NULL; above = get_parent (above))
    if (above == page)
      return;

  move->effective = TRUE;
  move->placement.before = page->placement;
  place (self, page, &move->placement);

  if (parent == self->trash)
    {
      if (move->seen != NULL && has_unseen_move (page, move))
        move->restored = restore (self, page, move);
      return;
    }

  weft_page_tree_walk_up (parent, &deleted);
  if (deleted != NULL)
    {
      const Move *deletion = deleted->placement->move;

      /* A deletion that does not say what it saw has seen what comes before it, not this. */
      if (deletion->seen == NULL
          || !has_seen (deletion, move->id.client, move->id.clock, move->id.index))
        move->restored = restore (self, deleted, move);
    }
}

static void
undo_move (WeftPageTree *self, Move *move)
{
  if (move->restored != NULL)
    undo_restore (self, g_steal_pointer (&move->restored));
  if (move->effective)
    place (self, move->placement.page, move->placement.before);
  move->effective = FALSE;
}

static int
compare_moves (gconstpointer a, gconstpointer b)
{
  const Move *move_a = *(const Move **) a;
  const Move *move_b = *(const Move **) b;

  return weft_op_order (move_a->lamport, &move_a->id, move_b->lamport, &move_b->id);
}

/* The index of the first move of the log that does not come before (@lamport, @id). */
static guint
find_in_log (WeftPageTree *self, guint64 lamport, const WeftOpId *id)
{
  guint low = 0, high = self->log->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const Move *move = g_ptr_array_index (self->log, middle);

      if (weft_op_order (move->lamport, &move->id, lamport, id) < 0)
        low = middle + 1;
      else
        high = middle;
    }

  return low;
}

/* Undoes what comes after the first pending move, puts all of them in order, and does them. */
static void
merge_pending (WeftPageTree *self)
{
  g_autoptr (GPtrArray) later = NULL;
  const Move *first;
  guint start, next_later = 0, next_pending = 0;

  g_ptr_array_sort (self->pending, compare_moves);
  first = g_ptr_array_index (self->pending, 0);
  start = find_in_log (self, first->lamport, &first->id);

  for (guint i = self->log->len; i > start; i--)
    undo_move (self, g_ptr_array_index (self->log, i - 1));

  later = g_ptr_array_sized_new (self->log->len - start);
  for (guint i = start; i < self->log->len; i++)
    g_ptr_array_add (later, g_ptr_array_index (self->log, i));
  g_ptr_array_set_size (self->log, start);

  while (next_later < later->len || next_pending < self->pending->len)
    {
      Move *move;
      int order = next_later == later->len ? 1
                  : next_pending == self->pending->len
                      ? -1
                      : compare_moves (&later->pdata[next_later],
                                       &self->pending->pdata[next_pending]);

      move = order < 0 ? later->pdata[next_later++] : self->pending->pdata[next_pending++];
      if (self->log->len > 0 && compare_moves (&self->log->pdata[self->log->len - 1], &move) == 0)
        {
          /* Given twice. */
          move_free (move);
          continue;
        }
      g_ptr_array_add (self->log, move);
      do_move (self, move);
    }

  g_ptr_array_set_size (self->pending, 0);
}

static int
compare_deletions (gconstpointer a, gconstpointer b)
{
  const Page *page_a = *(const Page **) a;
  const Page *page_b = *(const Page **) b;

  return compare_moves (&page_b->placement->move, &page_a->placement->move);
}

static void
clear_stale (WeftPageTree *self)
{
  for (guint i = 0; i < self->stale->len; i++)
    ((Page *) g_ptr_array_index (self->stale, i))->is_stale = FALSE;
  g_ptr_array_set_size (self->stale, 0);
}

/* Brings back what somebody edited without the author of its deletion knowing. */
static void
return_edited (WeftPageTree *self)
{
  g_autoptr (GPtrArray) pages = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer key;

  for (guint i = 0; i < self->stale->len; i++)
    {
      Page *page = g_ptr_array_index (self->stale, i);

      if (get_parent (page) == self->trash && page->placement->move->seen != NULL
          && has_unseen_edit (page, page->placement->move))
        g_hash_table_add (self->unseen, page);
      else
        g_hash_table_remove (self->unseen, page);
    }

  g_hash_table_iter_init (&iter, self->unseen);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (pages, key);
  g_ptr_array_sort (pages, compare_deletions);

  for (guint i = 0; i < pages->len; i++)
    {
      Page *page = g_ptr_array_index (pages, i);

      g_ptr_array_add (self->returned, restore (self, page, page->placement->move));
    }

  /* These moves come after all ops and ask no new question. */
  clear_stale (self);
}

/**
 * weft_page_tree_new:
 *
 * Returns: (transfer full): an empty tree
 */
WeftPageTree *
weft_page_tree_new (void)
{
  WeftPageTree *self = g_new0 (WeftPageTree, 1);

  self->pages = g_hash_table_new_full (weft_page_id_hash, weft_page_id_equal, NULL, page_free);
  self->root = ensure_page (self, &weft_page_id_root);
  self->trash = ensure_page (self, &weft_page_id_trash);
  self->log = g_ptr_array_new ();
  self->pending = g_ptr_array_new ();
  self->seen = g_hash_table_new_full (weft_hash_client, g_int64_equal, g_free,
                                      (GDestroyNotify) weft_seen_unref);
  self->keys = g_string_chunk_new (256);
  self->unseen = g_hash_table_new (NULL, NULL);
  self->stale = g_ptr_array_new ();
  self->returned = g_ptr_array_new ();
  self->touched = g_ptr_array_new ();
  self->changed = g_ptr_array_new ();
  self->garbage = g_ptr_array_new_with_free_func (g_free);

  return self;
}

WeftPageTree *
weft_page_tree_new_from_outline (WeftPageOutline *outline)
{
  WeftPageTree *self = weft_page_tree_new ();

  self->outline = outline;

  return self;
}

void
weft_page_tree_free (WeftPageTree *self)
{
  if (self == NULL)
    return;

  weft_page_outline_free (self->outline);
  g_ptr_array_foreach (self->log, (GFunc) (void (*) (void)) move_free, NULL);
  g_ptr_array_foreach (self->pending, (GFunc) (void (*) (void)) move_free, NULL);
  g_ptr_array_foreach (self->returned, (GFunc) (void (*) (void)) g_free, NULL);
  g_ptr_array_unref (self->log);
  g_ptr_array_unref (self->pending);
  g_ptr_array_unref (self->returned);
  g_ptr_array_unref (self->stale);
  g_ptr_array_unref (self->touched);
  g_ptr_array_unref (self->changed);
  g_ptr_array_unref (self->garbage);
  g_hash_table_unref (self->unseen);
  g_hash_table_unref (self->seen);
  g_hash_table_unref (self->pages);
  g_string_chunk_free (self->keys);
  g_free (self);
}

/**
 * weft_page_tree_set_observer:
 * @self: a tree
 * @observer: (nullable): what to call; copied
 * @user_data: given to the calls
 */
void
weft_page_tree_set_observer (WeftPageTree *self,
                             const WeftPageTreeObserver *observer,
                             gpointer user_data)
{
  self->observer = observer != NULL ? *observer : (WeftPageTreeObserver){ 0 };
  self->observer_data = user_data;
}

static void
add_move (WeftPageTree *self, const WeftOpId *id, const WeftOp *op)
{
  gsize n_bytes = strlen (op->position) + 1;
  Move *move;

  /* These two stay where they are; a peer that says otherwise is not heard. */
  if (weft_page_id_is_root (&op->page) || weft_page_id_is_trash (&op->page))
    return;

  move = g_malloc0 (sizeof (Move) + n_bytes);
  memcpy (move->position, op->position, n_bytes);
  move->lamport = op->lamport;
  move->id = *id;
  move->placement.page = ensure_page (self, &op->page);
  move->placement.parent = ensure_page (self, &op->parent);
  move->placement.position = move->position;
  move->placement.move = move;

  if (op->seen != NULL)
    {
      WeftSeen *before = g_hash_table_lookup (self->seen, &id->client);

      move->seen = weft_seen_new (before, op->seen);
      g_hash_table_insert (self->seen, g_memdup2 (&id->client, sizeof id->client),
                           weft_seen_ref (move->seen));
    }

  g_ptr_array_add (self->pending, move);
}

static Property *
find_property (const Page *page, const char *key)
{
  for (guint i = 0; i < page->n_properties; i++)
    {
      Property *property = &page->properties[i];

      if (strcmp (property->key, key) == 0)
        return property;
    }

  return NULL;
}

/* Nearly all pages have a few: those take no more room than they need. */
static Property *
add_property (Page *page)
{
  guint n = page->n_properties++;

  if (n < 8)
    page->properties = g_renew (Property, page->properties, n + 1);
  else if ((n & (n - 1)) == 0)
    page->properties = g_renew (Property, page->properties, 2 * (gsize) n);
  page->properties[n] = (Property){ 0 };

  return &page->properties[n];
}

static void
set_property (WeftPageTree *self, const WeftOpId *id, const WeftOp *op)
{
  Page *page = ensure_page (self, &op->page);
  Property *property = find_property (page, op->key);

  if (property != NULL && property->value != NULL
      && weft_op_order (property->lamport, &property->id, op->lamport, id) >= 0)
    return;

  if (property == NULL)
    {
      property = add_property (page);
      property->key = g_string_chunk_insert_const (self->keys, op->key);
    }

  g_clear_pointer (&property->value, weft_any_unref);
  property->value = weft_any_ref (op->value);
  property->lamport = op->lamport;
  property->id = *id;
  property->changed = TRUE;
  if (!page->has_new_properties)
    {
      page->has_new_properties = TRUE;
      g_ptr_array_add (self->changed, page);
    }
}

/**
 * weft_page_tree_add:
 * @self: a tree
 * @id: where the op stands in the document
 * @op: an op; those of unknown kinds only count for the Lamport timestamp
 */
void
weft_page_tree_add (WeftPageTree *self, const WeftOpId *id, const WeftOp *op)
{
  g_return_if_fail (!self->is_committing && self->outline == NULL);

  self->lamport = MAX (self->lamport, op->lamport);

  if (op->kind == WEFT_OP_MOVE)
    add_move (self, id, op);
  else if (op->kind == WEFT_OP_SET)
    set_property (self, id, op);
}

/**
 * weft_page_tree_set_edited:
 * @self: a tree
 * @page: a page
 * @entry: (nullable): the id of the newest entry of @page in the map `edited`
 */
void
weft_page_tree_set_edited (WeftPageTree *self, const WeftPageId *page, const WeftId *entry)
{
  Page *edited = entry != NULL ? ensure_page (self, page) : weft_page_tree_lookup (self, page);

  g_return_if_fail (!self->is_committing && self->outline == NULL);

  if (edited == NULL)
    return;

  edited->has_edited = entry != NULL;
  if (entry != NULL)
    edited->edited = *entry;
  mark_stale (self, edited);
}

/**
 * weft_page_tree_commit:
 * @self: a tree
 *
 * Applies what was added since the last one.
 */
void
weft_page_tree_commit (WeftPageTree *self)
{
  g_return_if_fail (!self->is_committing);

  self->is_committing = TRUE;

  if (self->pending->len > 0 || self->stale->len > 0)
    {
      for (guint i = self->returned->len; i > 0; i--)
        undo_restore (self, g_ptr_array_index (self->returned, i - 1));
      g_ptr_array_set_size (self->returned, 0);

      if (self->pending->len > 0)
        merge_pending (self);
      return_edited (self);
    }

  weft_page_tree_update_lists (self);
  g_ptr_array_set_size (self->garbage, 0);
  self->is_committing = FALSE;
}

void
weft_page_tree_apply (WeftPageTree *self, const WeftOpId *id, const WeftOp *op)
{
  weft_page_tree_add (self, id, op);
  weft_page_tree_commit (self);
}

/**
 * weft_page_tree_clear:
 * @self: a tree
 *
 * Forgets everything, as before all ops are read anew.
 */
void
weft_page_tree_clear (WeftPageTree *self)
{
  GHashTableIter iter;
  gpointer value;

  g_return_if_fail (!self->is_committing);

  self->is_committing = TRUE;
  for (guint i = self->returned->len; i > 0; i--)
    undo_restore (self, g_ptr_array_index (self->returned, i - 1));
  g_ptr_array_set_size (self->returned, 0);
  for (guint i = self->log->len; i > 0; i--)
    undo_move (self, g_ptr_array_index (self->log, i - 1));

  g_hash_table_iter_init (&iter, self->pages);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Page *page = value;

      page->has_edited = FALSE;
      for (guint i = 0; i < page->n_properties; i++)
        {
          Property *property = &page->properties[i];

          g_clear_pointer (&property->value, weft_any_unref);
          property->changed = TRUE;
        }
      if (page->n_properties > 0 && !page->has_new_properties)
        {
          page->has_new_properties = TRUE;
          g_ptr_array_add (self->changed, page);
        }
    }
  clear_stale (self);
  g_hash_table_remove_all (self->unseen);
  g_hash_table_remove_all (self->seen);
  self->lamport = 0;

  weft_page_tree_update_lists (self);
  g_ptr_array_foreach (self->log, (GFunc) (void (*) (void)) move_free, NULL);
  g_ptr_array_set_size (self->log, 0);
  g_ptr_array_foreach (self->pending, (GFunc) (void (*) (void)) move_free, NULL);
  g_ptr_array_set_size (self->pending, 0);
  g_ptr_array_set_size (self->garbage, 0);
  self->is_committing = FALSE;
}

guint64
weft_page_tree_get_lamport (WeftPageTree *self)
{
  return self->lamport;
}

guint
weft_page_tree_get_n_pages (WeftPageTree *self)
{
  return self->outline != NULL ? weft_page_outline_get_n_pages (self->outline) : self->n_pages;
}

gboolean
weft_page_tree_contains (WeftPageTree *self, const WeftPageId *id)
{
  const Page *page = weft_page_tree_lookup (self, id);

  if (self->outline != NULL)
    return weft_page_outline_contains (self->outline, id);

  return page != NULL && (page->placement != NULL || page == self->root || page == self->trash);
}

gboolean
weft_page_tree_is_living (WeftPageTree *self, const WeftPageId *id)
{
  Page *page = weft_page_tree_lookup (self, id);

  if (self->outline != NULL)
    return weft_page_outline_is_below (self->outline, id, &weft_page_id_root);

  return page != NULL && weft_page_tree_walk_up (page, NULL) == self->root;
}

gboolean
weft_page_tree_is_trashed (WeftPageTree *self, const WeftPageId *id)
{
  Page *page = weft_page_tree_lookup (self, id);

  if (self->outline != NULL)
    return weft_page_outline_is_below (self->outline, id, &weft_page_id_trash);

  return page != NULL && weft_page_tree_walk_up (page, NULL) == self->trash;
}

gboolean
weft_page_tree_is_below (WeftPageTree *self, const WeftPageId *id, const WeftPageId *ancestor)
{
  if (self->outline != NULL)
    return weft_page_outline_is_below (self->outline, id, ancestor);

  for (const Page *page = weft_page_tree_lookup (self, id); page != NULL; page = get_parent (page))
    if (weft_page_id_equal (&page->id, ancestor))
      return TRUE;

  return FALSE;
}

/**
 * weft_page_tree_get_home:
 * @self: a tree
 * @id: a page in the trash, itself or with a page above it
 * @top: (out) (optional): the page directly in the trash
 * @parent: (out): where that would return to
 * @position: (out) (transfer none): and at which position
 *
 * Returns: whether the page is in the trash
 */
gboolean
weft_page_tree_get_home (WeftPageTree *self,
                         const WeftPageId *id,
                         WeftPageId *top,
                         WeftPageId *parent,
                         const char **position)
{
  Page *page = weft_page_tree_lookup (self, id);
  Page *deleted = NULL;
  const Placement *former;

  if (page != NULL)
    weft_page_tree_walk_up (page, &deleted);
  if (deleted == NULL)
    return FALSE;

  former = find_former (deleted);
  if (top != NULL)
    *top = deleted->id;
  *parent = find_home (self, deleted)->id;
  *position = former != NULL ? former->position : "";

  return TRUE;
}

static gboolean
is_set (const Property *property)
{
  return property != NULL && property->value != NULL
         && weft_any_get_kind (property->value) > WEFT_ANY_NULL;
}

static const Property *
lookup_property (WeftPageTree *self, const WeftPageId *id, const char *key)
{
  const Page *page = weft_page_tree_lookup (self, id);

  return page != NULL ? find_property (page, key) : NULL;
}

const WeftAny *
weft_page_tree_get_property (WeftPageTree *self, const WeftPageId *id, const char *key)
{
  const Property *property = lookup_property (self, id, key);

  return is_set (property) ? property->value : NULL;
}

const char *
weft_page_tree_get_string (WeftPageTree *self, const WeftPageId *id, const char *key)
{
  const WeftAny *value;

  if (self->outline != NULL)
    return weft_page_outline_get_string (self->outline, id, key);

  value = weft_page_tree_get_property (self, id, key);

  return value != NULL ? weft_any_get_string (value) : NULL;
}

gboolean
weft_page_tree_get_property_op (WeftPageTree *self,
                                const WeftPageId *id,
                                const char *key,
                                WeftOpId *op)
{
  const Property *property = lookup_property (self, id, key);

  if (property == NULL || property->value == NULL)
    return FALSE;

  *op = property->id;
  return TRUE;
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char **) a, *(const char **) b);
}

GPtrArray *
weft_page_tree_list_keys (WeftPageTree *self, const WeftPageId *id)
{
  const Page *page = weft_page_tree_lookup (self, id);
  GPtrArray *keys = g_ptr_array_new ();

  for (guint i = 0; page != NULL && i < page->n_properties; i++)
    {
      const Property *property = &page->properties[i];

      if (is_set (property))
        g_ptr_array_add (keys, (gpointer) property->key);
    }
  g_ptr_array_sort (keys, compare_keys);

  return keys;
}

WeftMoveState
weft_page_tree_get_move_state (WeftPageTree *self, guint64 lamport, const WeftOpId *id)
{
  guint index = find_in_log (self, lamport, id);
  const Placement *in_force;
  const Move *move;

  if (index == self->log->len)
    return WEFT_MOVE_UNKNOWN;
  move = g_ptr_array_index (self->log, index);
  if (weft_op_order (move->lamport, &move->id, lamport, id) != 0)
    return WEFT_MOVE_UNKNOWN;
  if (!move->effective)
    return WEFT_MOVE_SKIPPED;

  in_force = move->placement.page->placement;
  if (in_force == &move->placement)
    return WEFT_MOVE_IN_FORCE;
  if (in_force != NULL && in_force->is_virtual && in_force->before == &move->placement)
    return WEFT_MOVE_RETURNED;

  return WEFT_MOVE_OVERRIDDEN;
}

gboolean
weft_page_tree_get_move_op (WeftPageTree *self,
                            const WeftPageId *id,
                            guint64 *lamport,
                            WeftOpId *op)
{
  const Page *page = weft_page_tree_lookup (self, id);

  if (page == NULL || page->placement == NULL)
    return FALSE;

  *lamport = page->placement->move->lamport;
  *op = page->placement->move->id;
  return TRUE;
}
