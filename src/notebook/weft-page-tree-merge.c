/* weft-page-tree-merge.c - the log of moves: undo, do, redo, and what comes back from the trash
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * After Kleppmann, Mulligan, Gomes and Beresford, "A highly-available move operation for replicated
 * trees" (IEEE TPDS 2021). The rules for the trash are ours; see weft-page-tree.h.
 *
 * A commit is carried out in stages, and these in steps:
 *
 *     IDLE -> UNDO  what comes after the first new move, from the end of the log
 *          -> DO    new and later moves, in order
 *          -> LISTS what has another place by then is listed there (weft-page-tree-lists.c)
 *          -> IDLE
 */

#include "config.h"

#include "notebook/weft-page-tree-private.h"

/* The memory for so many moves that wait for a commit is kept. */
#define MAX_PENDING_KEPT 4096

/* What a move has besides its place in the arena. */
void
weft_page_tree_clear_move (gpointer data)
{
  Move *move = data;

  g_clear_pointer (&move->restored, g_free);
  g_clear_pointer (&move->seen, weft_seen_unref);
}

static Page *
get_parent (const Page *page)
{
  return page->placement != NULL ? page->placement->parent : NULL;
}

Page *
weft_page_tree_walk_up (Page  *page,
                        Page **deleted)
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
mark_stale (WeftPageTree *self,
            Page         *page)
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
mark_returned_stale (WeftPageTree *self,
                     Page         *page)
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

void
weft_page_tree_ask_again (WeftPageTree *self,
                          Page         *page)
{
  mark_stale (self, page);
  mark_returned_stale (self, page);
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
place (WeftPageTree *self,
       Page         *page,
       Placement    *placement)
{
  if (!page->is_touched)
    {
      page->is_touched = TRUE;
      g_ptr_array_add (self->touched, page);
    }

  if (page->placement != NULL)
    detach (page);
  page->placement = placement;
  if (page->placement != NULL)
    {
      attach (page);
      /* Only where it comes to: a subtree that something leaves has less reason to come back, and
       * those that did come back are looked at in every commit. */
      mark_stale (self, page);
    }
}

/* Whether the author of the trash op @deletion knew the item @clock (and op @index in it) of
 * @client. */
static gboolean
has_seen (const Move  *deletion,
          WeftClientId client,
          WeftClock    clock,
          guint32      index)
{
  if (client == deletion->id.client)
    return clock < deletion->id.clock
           || (clock == deletion->id.clock && index < deletion->id.index);

  return clock < weft_seen_get (deletion->seen, client);
}

/* The page after @page below @top, in preorder without an order among siblings. */
static Page *
next_below (Page       *page,
            const Page *top)
{
  if (page->first_child != NULL)
    return page->first_child;

  while (page != top && page->next == NULL)
    page = get_parent (page);

  return page != top ? page->next : NULL;
}

/* Whether somebody put a page below @top without the author of @deletion knowing. */
static gboolean
has_unseen_move (Page       *top,
                 const Move *deletion)
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
has_unseen_edit (WeftPageTree *self,
                 Page         *top,
                 const Move   *deletion)
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
find_home (WeftPageTree *self,
           Page         *page)
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
restore (WeftPageTree *self,
         Page         *page,
         Move         *after)
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
undo_restore (WeftPageTree *self,
              Placement    *placement)
{
  place (self, placement->page, placement->before);
  g_ptr_array_add (self->garbage, placement);
}

static void
do_move (WeftPageTree *self,
         Move         *move)
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
undo_move (WeftPageTree *self,
           Move         *move)
{
  if (move->restored != NULL)
    undo_restore (self, g_steal_pointer (&move->restored));
  if (move->effective)
    place (self, move->placement.page, move->placement.before);
  move->effective = FALSE;
}

static int
compare_moves (gconstpointer a,
               gconstpointer b)
{
  const Move *move_a = *(const Move **) a;
  const Move *move_b = *(const Move **) b;

  return weft_op_order (move_a->lamport, &move_a->id, move_b->lamport, &move_b->id);
}

/* The index of the first move of the log that does not come before (@lamport, @id). */
static guint
find_in_log (const WeftPageTree *self,
             guint64             lamport,
             const WeftOpId     *id)
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

/* Undoes what comes after the first new move, from the end of the log. Whether that is done. */
static gboolean
undo_later (WeftPageTree *self,
            guint        *n_steps)
{
  for (; self->log->len > self->start && *n_steps > 0; (*n_steps)--)
    {
      Move *move = g_ptr_array_index (self->log, self->log->len - 1);

      undo_move (self, move);
      g_ptr_array_add (self->later, move);
      g_ptr_array_set_size (self->log, (int) self->log->len - 1);
    }

  return self->log->len == self->start;
}

/* Does the new moves and those undone, in their order. Whether that is done. */
static gboolean
do_merged (WeftPageTree *self,
           guint        *n_steps)
{
  for (; *n_steps > 0 && (self->later->len > 0 || self->n_merged < self->merging->len); (*n_steps)--)
    {
      gpointer *later = self->later->len > 0 ? &self->later->pdata[self->later->len - 1] : NULL;
      gpointer *merging = self->n_merged < self->merging->len ? &self->merging->pdata[self->n_merged] : NULL;
      gboolean is_later = merging == NULL || (later != NULL && compare_moves (later, merging) < 0);
      Move *move = is_later ? *later : *merging;

      if (is_later)
        g_ptr_array_set_size (self->later, (int) self->later->len - 1);
      else
        self->n_merged++;

      if (self->log->len > 0 && compare_moves (&self->log->pdata[self->log->len - 1], &move) == 0)
        {
          /* Given twice. */
          weft_page_tree_clear_move (move);
          continue;
        }
      g_ptr_array_add (self->log, move);
      do_move (self, move);
    }

  return self->later->len == 0 && self->n_merged == self->merging->len;
}

/* All that was merged is in the log. */
static void
end_merge (WeftPageTree *self)
{
  /* All of a large notebook is not added twice. */
  if (self->merging->len > MAX_PENDING_KEPT)
    {
      g_ptr_array_unref (self->merging);
      self->merging = g_ptr_array_new ();
    }
  g_ptr_array_set_size (self->merging, 0);
  self->n_merged = 0;
  g_ptr_array_unref (self->later);
  self->later = g_ptr_array_new ();
}

static int
compare_deletions (gconstpointer a,
                   gconstpointer b)
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

/* Takes what waits, and finds where it begins in the log. */
static void
begin_commit (WeftPageTree *self)
{
  GPtrArray *moves = self->merging;
  const Move *first;

  if (self->pending->len == 0 && self->stale->len == 0)
    {
      self->stage = WEFT_TREE_LISTS;
      return;
    }

  for (guint i = self->returned->len; i > 0; i--)
    undo_restore (self, g_ptr_array_index (self->returned, i - 1));
  g_ptr_array_set_size (self->returned, 0);

  self->stage = WEFT_TREE_DO;
  if (self->pending->len == 0)
    return;

  self->merging = self->pending;
  self->pending = moves;
  if (!is_sorted (self->merging))
    g_ptr_array_sort (self->merging, compare_moves);
  first = g_ptr_array_index (self->merging, 0);
  self->start = find_in_log (self, first->lamport, &first->id);
  self->stage = WEFT_TREE_UNDO;
}

/**
 * weft_page_tree_settle:
 * @self: a tree
 * @n_steps: how much to do: about so many moves undone, done or listed, each a microsecond or two
 *
 * Does a part of what weft_page_tree_commit() does. Until all is done the tree is seen as it was; at the end page by
 * page as it is then, always as a tree. Meanwhile ops may be added; they are for the next commit.
 *
 * Returns: whether all is done
 */
gboolean
weft_page_tree_settle (WeftPageTree *self,
                       guint         n_steps)
{
  g_return_val_if_fail (!self->is_committing, TRUE);

  self->is_committing = TRUE;
  if (self->stage == WEFT_TREE_IDLE)
    begin_commit (self);
  if (self->stage == WEFT_TREE_UNDO && undo_later (self, &n_steps))
    self->stage = WEFT_TREE_DO;
  if (self->stage == WEFT_TREE_DO && do_merged (self, &n_steps))
    {
      end_merge (self);
      return_edited (self);
      self->stage = WEFT_TREE_LISTS;
    }
  if (self->stage == WEFT_TREE_LISTS && weft_page_tree_update_lists (self, &n_steps))
    {
      g_ptr_array_set_size (self->garbage, 0);
      self->stage = WEFT_TREE_IDLE;
    }
  self->is_committing = FALSE;

  return self->stage == WEFT_TREE_IDLE;
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
  /* First what weft_page_tree_settle() has begun. */
  if (self->stage != WEFT_TREE_IDLE)
    weft_page_tree_settle (self, G_MAXUINT);
  weft_page_tree_settle (self, G_MAXUINT);
}

guint
weft_page_tree_count_steps (WeftPageTree *self)
{
  const Move *first = NULL;

  for (guint i = 0; i < self->pending->len; i++)
    if (first == NULL || compare_moves (&self->pending->pdata[i], &first) < 0)
      first = self->pending->pdata[i];

  return self->changed->len + self->pending->len
         + (first != NULL ? self->log->len - find_in_log (self, first->lamport, &first->id) : 0);
}

void
weft_page_tree_apply (WeftPageTree   *self,
                      const WeftOpId *id,
                      const WeftOp   *op)
{
  weft_page_tree_add (self, id, op);
  weft_page_tree_commit (self);
}

/* The properties of @page are told as changed, and have no value. */
static void
clear_page (WeftPageTree *self,
            Page         *page)
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

  guint n_steps = G_MAXUINT;

  g_return_if_fail (!self->is_committing);

  if (self->stage != WEFT_TREE_IDLE)
    weft_page_tree_settle (self, G_MAXUINT);

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

  weft_page_tree_update_lists (self, &n_steps);
  g_ptr_array_foreach (self->log, (GFunc) (void (*) (void)) weft_page_tree_clear_move, NULL);
  g_ptr_array_set_size (self->log, 0);
  g_ptr_array_foreach (self->pending, (GFunc) (void (*) (void)) weft_page_tree_clear_move, NULL);
  g_ptr_array_set_size (self->pending, 0);
  weft_arena_free (self->move_arena);
  self->move_arena = weft_arena_new ();
  g_ptr_array_set_size (self->garbage, 0);
  self->is_committing = FALSE;
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
weft_page_tree_get_home (WeftPageTree     *self,
                         const WeftPageId *id,
                         WeftPageId       *top,
                         WeftPageId       *parent,
                         const char      **position)
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

WeftMoveState
weft_page_tree_get_move_state (WeftPageTree   *self,
                               guint64         lamport,
                               const WeftOpId *id)
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
