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
#include "notebook/weft-page-order.h"

#include <string.h>

/* Keys of properties are hardly ever longer. */
#define MAX_SHORT_KEY 64

/* The memory for so many moves that wait for a commit is kept. */
#define MAX_PENDING_KEPT 4096

/* What a move has besides its place in the arena. */
static void
move_clear (gpointer data)
{
  Move *move = data;

  g_clear_pointer (&move->restored, g_free);
  g_clear_pointer (&move->seen, weft_seen_unref);
}

static Page *
ensure_page (WeftPageTree *self, const WeftPageId *id)
{
  Page *page;

  /* The ops of an element are mostly about one page. */
  if (self->last_page != NULL && weft_page_id_equal (&self->last_page->id, id))
    return self->last_page;

  page = weft_page_table_lookup (self->pages, id);
  if (page == NULL)
    {
      page = weft_arena_alloc (self->page_arena, sizeof (Page));
      page->id = *id;
      weft_page_table_add (self->pages, page);
    }

  return page;
}

Page *
weft_page_tree_lookup (WeftPageTree *self, const WeftPageId *id)
{
  return weft_page_table_lookup (self->pages, id);
}

/* The number of a property's key; with @add, of one that was not heard of before too. Else -1 */
static int
find_key (WeftPageTree *self, const char *key, gboolean add)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (self->key_numbers, key));

  if (number == 0 && add)
    {
      g_ptr_array_add (self->keys, g_strdup (key));
      number = self->keys->len;
      g_hash_table_insert (self->key_numbers, self->keys->pdata[number - 1], GUINT_TO_POINTER (number));
    }

  return (int) number - 1;
}

static guint
find_client (WeftPageTree *self, WeftClientId client)
{
  if (self->last_number != 0 && self->last_client == client)
    return self->last_number - 1;

  self->last_client = client;
  self->last_number = GPOINTER_TO_UINT (g_hash_table_lookup (self->client_numbers, &client));
  if (self->last_number == 0)
    {
      g_array_append_val (self->clients, client);
      self->last_number = self->clients->len;
      g_hash_table_insert (self->client_numbers, g_memdup2 (&client, sizeof client),
                           GUINT_TO_POINTER (self->last_number));
    }

  return self->last_number - 1;
}

static WeftOpId
get_property_op (WeftPageTree *self, const WeftPageProperty *property)
{
  return (WeftOpId){ g_array_index (self->clients, WeftClientId, property->client), property->clock,
                     property->index };
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

/* The same for those that came back for a mark, which may be another one now, or none: that they are still in the trash
 * is seen only when the next commit puts them there. */
static void
mark_returned_stale (WeftPageTree *self, Page *page)
{
  if (self->returned->len == 0)
    return;

  for (; page != NULL; page = get_parent (page))
    if (page->placement != NULL && placement_is_virtual (page->placement) && !page->is_stale)
      {
        page->is_stale = TRUE;
        g_ptr_array_add (self->stale, page);
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

      if (!placement_is_virtual (page->placement) && !has_seen (deletion, id->client, id->clock, id->index))
        return TRUE;
    }

  return FALSE;
}

static gboolean
has_unseen_edit (WeftPageTree *self, Page *top, const Move *deletion)
{
  for (Page *page = top; page != NULL; page = next_below (page, top))
    if (page->has_edited)
      {
        const WeftId *mark = g_hash_table_lookup (self->edited, page);

        if (!has_seen (deletion, mark->client, mark->clock, 0))
          return TRUE;
      }

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
  g_autoptr(GHashTable) passed = NULL;

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

/* As what one client wrote is. */
static gboolean
is_sorted (GPtrArray *moves)
{
  for (guint i = 1; i < moves->len; i++)
    if (compare_moves (&moves->pdata[i - 1], &moves->pdata[i]) > 0)
      return FALSE;

  return TRUE;
}

/* Undoes what comes after the first pending move, puts all of them in order, and does them. */
static void
merge_pending (WeftPageTree *self)
{
  g_autoptr(GPtrArray) later = NULL;
  const Move *first;
  guint start, next_later = 0, next_pending = 0;

  if (!is_sorted (self->pending))
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
          move_clear (move);
          continue;
        }
      g_ptr_array_add (self->log, move);
      do_move (self, move);
    }

  /* All of a large notebook is not added twice. */
  if (self->pending->len > MAX_PENDING_KEPT)
    {
      g_ptr_array_unref (self->pending);
      self->pending = g_ptr_array_new ();
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
  g_autoptr(GPtrArray) pages = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer key;

  for (guint i = 0; i < self->stale->len; i++)
    {
      Page *page = g_ptr_array_index (self->stale, i);

      if (get_parent (page) == self->trash && page->placement->move->seen != NULL
          && has_unseen_edit (self, page, page->placement->move))
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

  self->pages = weft_page_table_new ();
  self->page_arena = weft_arena_new ();
  self->move_arena = weft_arena_new ();
  self->root = ensure_page (self, &weft_page_id_root);
  self->trash = ensure_page (self, &weft_page_id_trash);
  self->log = g_ptr_array_new ();
  self->pending = g_ptr_array_new ();
  self->seen = g_hash_table_new_full (weft_hash_client, g_int64_equal, g_free,
                                      (GDestroyNotify) weft_seen_unref);
  self->edited = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->key_numbers = g_hash_table_new (g_str_hash, g_str_equal);
  self->keys = g_ptr_array_new_with_free_func (g_free);
  self->client_numbers = g_hash_table_new_full (weft_hash_client, g_int64_equal, g_free, NULL);
  self->clients = g_array_new (FALSE, FALSE, sizeof (WeftClientId));
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

static void
free_pages (WeftPageTree *self)
{
  guint at = 0;
  Page *page;

  while ((page = weft_page_table_next (self->pages, &at)) != NULL)
    {
      weft_page_order_free (page->children);
      g_free (page->properties);
    }
  weft_page_table_free (self->pages);
  weft_arena_free (self->page_arena);
}

void
weft_page_tree_seal (WeftPageTree *self)
{
  g_ptr_array_foreach (self->log, (GFunc) (void (*) (void)) move_clear, NULL);
  g_ptr_array_foreach (self->pending, (GFunc) (void (*) (void)) move_clear, NULL);
  g_ptr_array_foreach (self->returned, (GFunc) (void (*) (void)) g_free, NULL);
  g_clear_pointer (&self->log, g_ptr_array_unref);
  g_clear_pointer (&self->touched, g_ptr_array_unref);
  self->log = g_ptr_array_new ();
  self->touched = g_ptr_array_new ();
  g_ptr_array_set_size (self->pending, 0);
  g_ptr_array_set_size (self->returned, 0);
  g_clear_pointer (&self->move_arena, weft_arena_free);
}

void
weft_page_tree_free (WeftPageTree *self)
{
  if (self == NULL)
    return;

  weft_page_outline_free (self->outline);
  g_ptr_array_foreach (self->log, (GFunc) (void (*) (void)) move_clear, NULL);
  g_ptr_array_foreach (self->pending, (GFunc) (void (*) (void)) move_clear, NULL);
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
  free_pages (self);
  g_clear_pointer (&self->move_arena, weft_arena_free);
  g_hash_table_unref (self->edited);
  g_hash_table_unref (self->key_numbers);
  g_ptr_array_unref (self->keys);
  g_hash_table_unref (self->client_numbers);
  g_array_unref (self->clients);
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
add_seen (WeftPageTree *self, Move *move, const WeftOpView *op)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static (op->seen, op->n_seen);
  g_autoptr(WeftStateVector) changes = weft_state_vector_decode (bytes, NULL);
  WeftSeen *before = g_hash_table_lookup (self->seen, &move->id.client);

  /* It was checked when the op was unpacked. */
  g_return_if_fail (changes != NULL);

  move->seen = weft_seen_new (before, changes);
  g_hash_table_insert (self->seen, g_memdup2 (&move->id.client, sizeof move->id.client),
                       weft_seen_ref (move->seen));
}

static void
add_move (WeftPageTree *self, const WeftOpId *id, const WeftOpView *op)
{
  Move *move;

  /* These two stay where they are; a peer that says otherwise is not heard. */
  if (weft_page_id_is_root (&op->page) || weft_page_id_is_trash (&op->page))
    return;

  move = weft_arena_alloc (self->move_arena, offsetof (Move, position) + op->n_position + 1);
  memcpy (move->position, op->position, op->n_position);
  move->lamport = op->lamport;
  move->id = *id;
  move->placement.parent = ensure_page (self, &op->parent);
  move->placement.page = self->last_page = ensure_page (self, &op->page);
  move->placement.position = move->position;
  move->placement.move = move;
  if (op->seen != NULL)
    add_seen (self, move, op);

  g_ptr_array_add (self->pending, move);
}

static void
set_property (WeftPageTree *self, const WeftOpId *id, const WeftOpView *op)
{
  Page *page = ensure_page (self, &op->page);
  g_autofree char *long_key = op->n_key < MAX_SHORT_KEY ? NULL : g_strndup (op->key, op->n_key);
  char short_key[MAX_SHORT_KEY] = "";
  WeftPageProperty property, old;

  if (long_key == NULL)
    memcpy (short_key, op->key, op->n_key);
  if (self->keeps_shown_only && !weft_page_outline_has_key (short_key))
    return;
  property = (WeftPageProperty){
    .key = (guint32) find_key (self, long_key != NULL ? long_key : short_key, TRUE),
    .changed = self->observer.page_changed != NULL,
    .lamport = op->lamport,
    .client = find_client (self, id->client),
    .clock = id->clock,
    .index = id->index,
    .value = op->value,
    .n_value = op->n_value,
  };

  if (weft_page_properties_find (page->properties, property.key, &old) && old.n_value > 0)
    {
      WeftOpId old_id = get_property_op (self, &old);

      if (weft_op_order (old.lamport, &old_id, op->lamport, id) >= 0)
        return;
    }

  weft_page_properties_put (&page->properties, &property);
  if (property.changed && !page->has_new_properties)
    {
      page->has_new_properties = TRUE;
      g_ptr_array_add (self->changed, page);
    }
}

/**
 * weft_page_tree_add_view:
 * @self: a tree
 * @id: where the op stands in the document
 * @op: an op; those of unknown kinds only count for the Lamport timestamp
 */
void
weft_page_tree_add_view (WeftPageTree *self, const WeftOpId *id, const WeftOpView *op)
{
  g_return_if_fail (!self->is_committing && self->outline == NULL);

  self->lamport = MAX (self->lamport, op->lamport);

  if (op->kind == WEFT_OP_MOVE)
    add_move (self, id, op);
  else if (op->kind == WEFT_OP_SET)
    set_property (self, id, op);
}

/**
 * weft_page_tree_add:
 * @self: a tree
 * @id: where the op stands in the document
 * @op: the same as a struct
 */
void
weft_page_tree_add (WeftPageTree *self, const WeftOpId *id, const WeftOp *op)
{
  WeftOpView view = { .kind = op->kind, .lamport = op->lamport, .page = op->page, .parent = op->parent };
  g_autoptr(GBytes) seen = op->seen != NULL ? weft_state_vector_encode (op->seen) : NULL;
  WeftWriter writer;

  weft_writer_init (&writer);
  view.position = op->position;
  view.n_position = op->position != NULL ? strlen (op->position) : 0;
  if (seen != NULL)
    view.seen = g_bytes_get_data (seen, &view.n_seen);
  if (op->value != NULL)
    {
      weft_any_write (op->value, &writer);
      view.key = op->key;
      view.n_key = strlen (op->key);
      view.value = writer.data;
      view.n_value = writer.size;
    }

  weft_page_tree_add_view (self, id, &view);
  weft_writer_clear (&writer);
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
    g_hash_table_insert (self->edited, edited, g_memdup2 (entry, sizeof *entry));
  else
    g_hash_table_remove (self->edited, edited);
  mark_stale (self, edited);
  mark_returned_stale (self, edited);
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

/* The properties of @page are told as changed, and have no value. */
static void
clear_page (WeftPageTree *self, Page *page)
{
  WeftPageProperty property;
  gsize at = 0;

  page->has_edited = FALSE;
  while (weft_page_properties_next (page->properties, &at, &property))
    {
      property.changed = TRUE;
      property.value = NULL;
      property.n_value = 0;
      weft_page_properties_put (&page->properties, &property);

      /* It has become shorter. */
      at = property.start;
      weft_page_properties_next (page->properties, &at, &property);
    }

  if (page->properties != NULL && !page->has_new_properties)
    {
      page->has_new_properties = TRUE;
      g_ptr_array_add (self->changed, page);
    }
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
  guint at = 0;
  Page *page;

  g_return_if_fail (!self->is_committing);

  self->is_committing = TRUE;
  for (guint i = self->returned->len; i > 0; i--)
    undo_restore (self, g_ptr_array_index (self->returned, i - 1));
  g_ptr_array_set_size (self->returned, 0);
  for (guint i = self->log->len; i > 0; i--)
    undo_move (self, g_ptr_array_index (self->log, i - 1));

  while ((page = weft_page_table_next (self->pages, &at)) != NULL)
    clear_page (self, page);
  g_hash_table_remove_all (self->edited);
  clear_stale (self);
  g_hash_table_remove_all (self->unseen);
  g_hash_table_remove_all (self->seen);
  self->lamport = 0;

  weft_page_tree_update_lists (self);
  g_ptr_array_foreach (self->log, (GFunc) (void (*) (void)) move_clear, NULL);
  g_ptr_array_set_size (self->log, 0);
  g_ptr_array_foreach (self->pending, (GFunc) (void (*) (void)) move_clear, NULL);
  g_ptr_array_set_size (self->pending, 0);
  weft_arena_free (self->move_arena);
  self->move_arena = weft_arena_new ();
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
lookup_property (WeftPageTree *self, const WeftPageId *id, const char *key, WeftPageProperty *property)
{
  const Page *page = weft_page_tree_lookup (self, id);
  int number = find_key (self, key, FALSE);

  return page != NULL && number >= 0
         && weft_page_properties_find (page->properties, (guint32) number, property);
}

WeftAny *
weft_page_tree_dup_property (WeftPageTree *self, const WeftPageId *id, const char *key)
{
  WeftPageProperty property;
  WeftReader reader;

  if (!lookup_property (self, id, key, &property) || !weft_page_property_is_set (&property))
    return NULL;

  weft_reader_init (&reader, property.value, property.n_value);

  return weft_any_read (&reader);
}

const char *
weft_page_tree_read_string (WeftPageTree *self, const Page *page, const char *key)
{
  int number = find_key (self, key, FALSE);
  WeftPageProperty property;

  return number >= 0 && weft_page_properties_find (page->properties, (guint32) number, &property)
             ? weft_page_property_get_string (&property)
             : NULL;
}

const char *
weft_page_tree_get_string (WeftPageTree *self, const WeftPageId *id, const char *key)
{
  const Page *page = weft_page_tree_lookup (self, id);

  if (self->outline != NULL)
    return weft_page_outline_get_string (self->outline, id, key);

  return page != NULL ? weft_page_tree_read_string (self, page, key) : NULL;
}

gboolean
weft_page_tree_get_property_op (WeftPageTree *self,
                                const WeftPageId *id,
                                const char *key,
                                WeftOpId *op)
{
  WeftPageProperty property;

  if (!lookup_property (self, id, key, &property) || property.n_value == 0)
    return FALSE;

  *op = get_property_op (self, &property);
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
  WeftPageProperty property;
  gsize at = 0;

  while (page != NULL && weft_page_properties_next (page->properties, &at, &property))
    if (weft_page_property_is_set (&property))
      g_ptr_array_add (keys, self->keys->pdata[property.key]);
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
  if (in_force != NULL && placement_is_virtual (in_force) && in_force->before == &move->placement)
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
