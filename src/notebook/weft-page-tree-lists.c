/* weft-page-tree-lists.c - the children of each page as others see them: sorted, counted, told
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-page-order.h"

#include <string.h>

/* Up to so many changes of one list are told one by one; more of them as the range around them. */
#define MAX_SINGLE_CHANGES 32

/* What happens to the list of one parent in a commit. */
typedef struct
{
  Page *parent;
  GPtrArray *leaving;
  GPtrArray *coming;
} ListChange;

/* The range of a list that was changed so far: @n_removed of before are @n_added of now. */
typedef struct
{
  guint position;
  guint n_removed;
  guint n_added;
} Range;

static void
list_change_free (gpointer data)
{
  ListChange *change = data;

  g_ptr_array_unref (change->leaving);
  g_ptr_array_unref (change->coming);
  g_free (change);
}

static int
compare_placements (const Placement *a,
                    const Placement *b)
{
  int order = strcmp (a->position, b->position);

  if (order == 0)
    order = weft_op_id_compare (&a->move->id, &b->move->id);
  if (order == 0)
    order = weft_page_id_compare (&a->page->id, &b->page->id);

  return order;
}

static int
compare_pages (const Page *a,
               const Page *b)
{
  return compare_placements (a->shown, b->shown);
}

static int
compare_page_pointers (gconstpointer a,
                       gconstpointer b)
{
  return compare_placements ((*(const Page **) a)->placement, (*(const Page **) b)->placement);
}

static gboolean
is_sorted (GPtrArray *pages)
{
  for (guint i = 1; i < pages->len; i++)
    if (compare_page_pointers (&pages->pdata[i - 1], &pages->pdata[i]) > 0)
      return FALSE;

  return TRUE;
}

static void
tell_children (WeftPageTree *self,
               const Page   *parent,
               Range         range)
{
  if (self->observer.children_changed != NULL)
    self->observer.children_changed (self, &parent->id, range.position, range.n_removed,
                                     range.n_added, self->observer_data);
}

/* Widens the range to one more change at @position, counted in the list as it is before that
 * change. */
static void
range_add (Range   *range,
           gboolean is_first,
           guint    position,
           gboolean is_removal)
{
  if (is_first)
    *range = (Range){ position, 0, 0 };

  if (position < range->position)
    {
      range->n_removed += range->position - position;
      range->n_added += range->position - position;
      range->position = position;
    }

  /* The unit at @position has to lie in the range to be removed from it. */
  if (position + (is_removal ? 1 : 0) > range->position + range->n_added)
    {
      guint gap = position + (is_removal ? 1 : 0) - (range->position + range->n_added);

      range->n_removed += gap;
      range->n_added += gap;
    }

  if (is_removal)
    range->n_added--;
  else
    range->n_added++;
}

static void
take_out (WeftPageTree *self,
          ListChange   *change)
{
  gboolean single = change->leaving->len <= MAX_SINGLE_CHANGES;
  Range range = { 0 };

  for (guint i = 0; i < change->leaving->len; i++)
    {
      Page *page = g_ptr_array_index (change->leaving, i);

      range_add (&range, single || i == 0, weft_page_order_get_index (page), TRUE);
      weft_page_order_remove (page);
      page->shown = NULL;
      self->n_pages--;
      if (single)
        tell_children (self, change->parent, range);
    }

  if (!single)
    tell_children (self, change->parent, range);
}

static void
put_in (WeftPageTree *self,
        ListChange   *change)
{
  gboolean single = change->coming->len <= MAX_SINGLE_CHANGES;
  Page *parent = change->parent;
  gboolean is_empty = parent->children == NULL || weft_page_order_get_length (parent->children) == 0;
  Range range = { 0 };

  if (parent->children == NULL)
    parent->children = weft_page_order_new ();

  /* A whole list at once, as when a notebook is opened, is sorted faster before. */
  if (is_empty && !single && !is_sorted (change->coming))
    g_ptr_array_sort (change->coming, compare_page_pointers);

  for (guint i = 0; i < change->coming->len; i++)
    {
      Page *page = g_ptr_array_index (change->coming, i);

      page->shown = page->placement;
      self->n_pages++;
      if (is_empty && !single)
        {
          weft_page_order_append (parent->children, page);
          range.n_added++;
          continue;
        }

      weft_page_order_insert (parent->children, page, compare_pages);
      range_add (&range, single || i == 0, weft_page_order_get_index (page), FALSE);
      if (single)
        tell_children (self, parent, range);
    }

  if (!single)
    tell_children (self, parent, range);
}

static ListChange *
ensure_change (GPtrArray  *changes,
               GHashTable *by_parent,
               Page       *parent)
{
  ListChange *change = g_hash_table_lookup (by_parent, parent);

  if (change == NULL)
    {
      change = g_new0 (ListChange, 1);
      change->parent = parent;
      change->leaving = g_ptr_array_new ();
      change->coming = g_ptr_array_new ();
      g_ptr_array_add (changes, change);
      g_hash_table_insert (by_parent, parent, change);
    }

  return change;
}

/* Whether a page listed by one placement stands right for the other. */
static gboolean
is_same_place (const Placement *a,
               const Placement *b)
{
  if (a == NULL || b == NULL)
    return a == b;

  return a->parent == b->parent && compare_placements (a, b) == 0;
}

static void
tell_page (WeftPageTree *self,
           const Page   *page,
           const char   *key)
{
  if (self->observer.page_changed != NULL)
    self->observer.page_changed (self, &page->id, key, self->observer_data);
}

/* The touched pages that go elsewhere. */
static gboolean
collect_moving (WeftPageTree *self,
                guint        *n_steps)
{
  if (self->moving == NULL)
    self->moving = g_ptr_array_new ();

  for (; self->n_collected < self->touched->len && *n_steps > 0; self->n_collected++, (*n_steps)--)
    {
      Page *page = g_ptr_array_index (self->touched, self->n_collected);

      page->is_touched = FALSE;
      if (is_same_place (page->shown, page->placement))
        {
          /* The same place, but it may be by another placement, which lives longer. */
          page->shown = page->placement;
          continue;
        }

      page->is_moving = TRUE;
      g_ptr_array_add (self->moving, page);
    }

  if (self->n_collected < self->touched->len)
    return FALSE;

  g_ptr_array_set_size (self->touched, 0);
  self->n_collected = 0;
  return TRUE;
}

/* Adds what is above @page, as it will be, and moves, and then @page. */
static void
order_page (WeftPageTree *self,
            Page         *page)
{
  guint first = self->ordered->len;

  for (; page != NULL && !page->is_ordered; page = page->placement != NULL ? page->placement->parent : NULL)
    {
      page->is_ordered = TRUE;
      g_ptr_array_add (self->ordered, page);
    }

  for (guint i = self->ordered->len; i > first; i--)
    {
      Page *next = g_ptr_array_index (self->ordered, i - 1);

      if (next->is_moving)
        g_ptr_array_add (self->in_order, next);
    }
}

/* What is moved in parts has to be a tree between them: a page goes below another one when all above that one is as it
 * will be. */
static gboolean
put_in_order (WeftPageTree *self,
              guint        *n_steps)
{
  if (self->in_order == NULL && self->moving->len <= *n_steps)
    return TRUE;

  if (self->in_order == NULL)
    {
      self->in_order = g_ptr_array_sized_new (self->moving->len);
      self->ordered = g_ptr_array_sized_new (self->moving->len);
    }
  for (; self->n_ordered < self->moving->len && *n_steps > 0; self->n_ordered++, (*n_steps)--)
    order_page (self, g_ptr_array_index (self->moving, self->n_ordered));

  return self->n_ordered == self->moving->len;
}

static void
move_batch (WeftPageTree *self,
            gpointer     *pages,
            guint         n)
{
  g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func (list_change_free);
  g_autoptr(GHashTable) by_parent = g_hash_table_new (NULL, NULL);
  ListChange *coming = NULL;

  for (guint i = 0; i < n; i++)
    {
      Page *page = pages[i];

      if (page->shown != NULL)
        g_ptr_array_add (ensure_change (changes, by_parent, page->shown->parent)->leaving, page);
      if (page->placement == NULL)
        continue;

      /* Siblings often come one after the other. */
      if (coming == NULL || coming->parent != page->placement->parent)
        coming = ensure_change (changes, by_parent, page->placement->parent);
      g_ptr_array_add (coming->coming, page);
    }

  /* All leave before any comes: a page has a place in one list only. */
  for (guint i = 0; i < changes->len; i++)
    {
      ListChange *change = g_ptr_array_index (changes, i);

      if (change->leaving->len > 0)
        take_out (self, change);
    }
  for (guint i = 0; i < changes->len; i++)
    {
      ListChange *change = g_ptr_array_index (changes, i);

      if (change->coming->len > 0)
        put_in (self, change);
    }

  for (guint i = 0; i < n; i++)
    {
      ((Page *) pages[i])->is_moving = FALSE;
      tell_page (self, pages[i], NULL);
    }
}

static gboolean
move_pages (WeftPageTree *self,
            guint        *n_steps)
{
  GPtrArray *pages = self->in_order != NULL ? self->in_order : self->moving;
  guint n = MIN (pages->len - self->n_moved, *n_steps);

  if (n > 0)
    move_batch (self, pages->pdata + self->n_moved, n);
  self->n_moved += n;
  *n_steps -= n;

  return self->n_moved == pages->len;
}

static gboolean
tell_properties (WeftPageTree *self,
                 guint        *n_steps)
{
  for (; self->n_told < self->changed->len && *n_steps > 0; self->n_told++, (*n_steps)--)
    {
      Page *page = g_ptr_array_index (self->changed, self->n_told);
      WeftPageProperty property;
      gsize at = 0;

      page->has_new_properties = FALSE;
      while (weft_page_properties_next (page->properties, &at, &property))
        if (property.changed)
          tell_page (self, page, self->keys->pdata[property.key]);
      weft_page_properties_settle (page->properties);
    }

  if (self->n_told < self->changed->len)
    return FALSE;

  g_ptr_array_set_size (self->changed, 0);
  self->n_told = 0;
  return TRUE;
}

static void
end_lists (WeftPageTree *self)
{
  guint n_moved = self->n_moved;

  for (guint i = 0; self->ordered != NULL && i < self->ordered->len; i++)
    ((Page *) g_ptr_array_index (self->ordered, i))->is_ordered = FALSE;
  g_clear_pointer (&self->moving, g_ptr_array_unref);
  g_clear_pointer (&self->in_order, g_ptr_array_unref);
  g_clear_pointer (&self->ordered, g_ptr_array_unref);
  self->n_ordered = 0;
  self->n_moved = 0;

  if (self->observer.committed != NULL)
    self->observer.committed (self, n_moved, self->observer_data);
}

gboolean
weft_page_tree_update_lists (WeftPageTree *self,
                             guint        *n_steps)
{
  if (!collect_moving (self, n_steps) || !put_in_order (self, n_steps) || !move_pages (self, n_steps)
      || !tell_properties (self, n_steps))
    return FALSE;

  end_lists (self);
  return TRUE;
}

guint
weft_page_tree_get_n_children (WeftPageTree     *self,
                               const WeftPageId *parent)
{
  const Page *page = weft_page_tree_lookup (self, parent);

  if (self->outline != NULL)
    return weft_page_outline_get_n_children (self->outline, parent);

  return page != NULL && page->children != NULL ? weft_page_order_get_length (page->children) : 0;
}

gboolean
weft_page_tree_get_child (WeftPageTree     *self,
                          const WeftPageId *parent,
                          guint             index,
                          WeftPageId       *child)
{
  const Page *page = weft_page_tree_lookup (self, parent);

  if (self->outline != NULL)
    return weft_page_outline_get_child (self->outline, parent, index, child);

  if (page == NULL || page->children == NULL
      || index >= weft_page_order_get_length (page->children))
    return FALSE;

  *child = weft_page_order_get (page->children, index)->id;
  return TRUE;
}

int
weft_page_tree_get_index (WeftPageTree     *self,
                          const WeftPageId *id)
{
  const Page *page = weft_page_tree_lookup (self, id);

  if (self->outline != NULL)
    return weft_page_outline_get_index (self->outline, id);

  return page != NULL && page->chunk != NULL ? (int) weft_page_order_get_index (page) : -1;
}

gboolean
weft_page_tree_get_parent (WeftPageTree     *self,
                           const WeftPageId *id,
                           WeftPageId       *parent)
{
  const Page *page = weft_page_tree_lookup (self, id);

  if (self->outline != NULL)
    return weft_page_outline_get_parent (self->outline, id, parent);

  if (page == NULL || page->shown == NULL)
    return FALSE;

  *parent = page->shown->parent->id;
  return TRUE;
}

const char *
weft_page_tree_get_position (WeftPageTree     *self,
                             const WeftPageId *id)
{
  const Page *page = weft_page_tree_lookup (self, id);

  return page != NULL && page->shown != NULL ? page->shown->position : NULL;
}

void
weft_page_tree_validate (WeftPageTree *self)
{
  guint n_placed = 0, n_listed = 0, n_all = 0;
  Page *page;

  g_assert_cmpint (self->stage, ==, WEFT_TREE_IDLE);
  while ((page = weft_page_table_next (self->pages, &n_all)) != NULL)
    {
      guint n_children = 0, steps = 0;

      for (Page *above = page; above->placement != NULL; above = above->placement->parent)
        g_assert_cmpuint (steps++, <=, weft_page_table_get_size (self->pages));

      g_assert_true (page->shown == page->placement);
      g_assert_true ((page->chunk != NULL) == (page->shown != NULL));
      g_assert_false (page->is_touched || page->is_stale || page->has_new_properties);
      g_assert_false (page->is_moving || page->is_ordered);
      if (page->placement != NULL)
        {
          n_placed++;
          g_assert_true (page->placement->page == page);
          g_assert_true (weft_page_order_get (page->shown->parent->children, weft_page_order_get_index (page)) == page);
        }

      for (const Page *child = page->first_child; child != NULL; child = child->next)
        {
          g_assert_true (child->placement->parent == page);
          n_children++;
        }
      g_assert_cmpuint (n_children, ==, weft_page_tree_get_n_children (self, &page->id));
      n_listed += n_children;

      for (guint i = 1; i < n_children; i++)
        {
          const Page *a = weft_page_order_get (page->children, i - 1);
          const Page *b = weft_page_order_get (page->children, i);

          g_assert_cmpint (compare_placements (a->shown, b->shown), <, 0);
        }
    }

  g_assert_cmpuint (n_placed, ==, n_listed);
  g_assert_cmpuint (n_placed, ==, self->n_pages);
  for (guint i = 1; i < self->log->len; i++)
    {
      const Move *a = g_ptr_array_index (self->log, i - 1);
      const Move *b = g_ptr_array_index (self->log, i);

      g_assert_cmpint (weft_op_order (a->lamport, &a->id, b->lamport, &b->id), <, 0);
    }
}
