/* weft-tree-list.c - a tree as one long list: what is expanded, one row below the other
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/weft-tree-list-private.h"

/* From so many rows on, those that go and those that come are told apart. GTK 4.18 looks for a row of the screen that
 * was removed among all that were added with it, and makes each of them for that. */
#define MAX_TOGETHER 64

struct _WeftTreeList
{
  GObject            parent_instance;

  WeftTreeListFuncs  funcs;
  gpointer           user_data;

  /* Owned */
  WeftTreeRow       *root;     /* hidden, always expanded */
  GPtrArray         *lost;     /* items that were expanded when they left */
  GSource           *settling; /* NULL: nothing left lately */

  gboolean           is_changing;
};

enum
{
  SETTLED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* A row that stays in the range that changed, at another index. */
typedef struct
{
  WeftTreeRow *row;
  guint        now;    /* its new index */
  guint        before; /* the one before it in the longest sequence in order that ends here, + 1; 0: none */
} Stay;

/* What changed between two rows that stay. */
typedef struct
{
  guint old_index;
  guint n_old;      /* indexes */
  guint n_old_rows; /* with what was expanded */
  guint index;
  guint n_new;
} Gap;

static GType
get_item_type (GListModel *model)
{
  return WEFT_TYPE_TREE_ROW;
}

static guint
get_n_items (GListModel *model)
{
  WeftTreeList *self = WEFT_TREE_LIST (model);

  return self->root != NULL ? self->root->n_rows : 0;
}

static gpointer
get_item (GListModel *model,
          guint       position)
{
  WeftTreeList *self = WEFT_TREE_LIST (model);

  if (position >= get_n_items (model))
    return NULL;

  return weft_tree_row_dup_below (self->root, position);
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (WeftTreeList,
                               weft_tree_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

/* --- Afterwards -------------------------------------------------------------------------------------------- */

/* Expands what is in sight of @items, and takes it out of them. */
static gboolean
expand_again (WeftTreeList *self,
              GPtrArray    *items)
{
  guint n_before = items->len;

  for (guint i = 0; i < items->len;)
    {
      g_autoptr(WeftTreeRow) row = weft_tree_list_find_row (self, items->pdata[i]);

      if (row == NULL)
        {
          i++;
          continue;
        }

      weft_tree_row_set_expanded (row, TRUE);
      g_ptr_array_remove_index (items, i);
    }

  return items->len < n_before;
}

static gboolean
settle_cb (gpointer user_data)
{
  g_autoptr(WeftTreeList) self = g_object_ref (user_data);
  g_autoptr(GPtrArray) lost = g_steal_pointer (&self->lost);

  g_clear_pointer (&self->settling, g_source_unref);
  self->lost = g_ptr_array_new_with_free_func (g_object_unref);

  /* One that left first may be below one that left later. */
  while (expand_again (self, lost))
    ;
  g_signal_emit (self, signals[SETTLED], 0);

  return G_SOURCE_REMOVE;
}

/* Before the next frame, and when all that changes with it has been told. */
static void
settle_soon (WeftTreeList *self)
{
  if (self->settling != NULL)
    return;

  self->settling = g_idle_source_new ();
  g_source_set_priority (self->settling, G_PRIORITY_HIGH_IDLE);
  g_source_set_callback (self->settling, settle_cb, self, NULL);
  g_source_attach (self->settling, NULL);
}

/* --- Following a change ------------------------------------------------------------------------------------ */

static int
compare_stays (gconstpointer a,
               gconstpointer b)
{
  guint index_a = ((const Stay *) a)->row->index;
  guint index_b = ((const Stay *) b)->row->index;

  return index_a < index_b ? -1 : index_a > index_b;
}

/* The rows with an index from @position on, @n_removed of them, that are still there, as they were in order.
 * (transfer full) */
static GArray *
collect_stays (WeftTreeList *self,
               WeftTreeRow  *row,
               guint         position,
               guint         n_removed,
               guint         n_added)
{
  GArray *stays = g_array_new (FALSE, FALSE, sizeof (Stay));
  GHashTableIter iter;
  gpointer child;

  g_hash_table_iter_init (&iter, row->rows);
  while (n_removed > 0 && n_added > 0 && g_hash_table_iter_next (&iter, NULL, &child))
    {
      Stay stay = { .row = child };
      g_autoptr(GObject) item = NULL;
      gpointer parent;

      if (stay.row->index < position || stay.row->index - position >= n_removed
          || !self->funcs.locate (stay.row->item, &parent, &stay.now, self->user_data)
          || stay.now < position || stay.now - position >= n_added)
        continue;

      /* Something else was told of first, of what it says. */
      item = g_list_model_get_item (row->children, stay.now);
      if (item == stay.row->item)
        g_array_append_val (stays, stay);
    }
  g_array_sort (stays, compare_stays);

  return stays;
}

/* Leaves of @stays as many as are in the same order as before: the longest increasing sequence, by the last of each
 * length so far. */
static void
keep_in_order (GArray *stays)
{
  g_autofree guint *last = g_new (guint, stays->len + 1);
  guint longest = 0;
  guint n_kept = 0;

  for (guint i = 0; i < stays->len; i++)
    {
      Stay *stay = &g_array_index (stays, Stay, i);
      guint low = 0, high = longest;

      while (low < high)
        {
          guint middle = low + (high - low) / 2;

          if (g_array_index (stays, Stay, last[middle]).now < stay->now)
            low = middle + 1;
          else
            high = middle;
        }

      stay->before = low > 0 ? last[low - 1] + 1 : 0;
      last[low] = i;
      longest = MAX (longest, low + 1);
    }

  /* Collected at the end of the array, from the back: none stands behind the place that it goes to. */
  for (guint i = longest > 0 ? last[longest - 1] + 1 : 0; i > 0;)
    {
      Stay stay = g_array_index (stays, Stay, i - 1);

      g_array_index (stays, Stay, stays->len - ++n_kept) = stay;
      i = stay.before;
    }
  g_array_remove_range (stays, 0, stays->len - n_kept);
}

/* What lies between @stays, in the order in which it is told. (transfer full) */
static GArray *
collect_gaps (WeftTreeRow *row,
              GArray      *stays,
              guint        position,
              guint        n_removed,
              guint        n_added)
{
  GArray *gaps = g_array_new (FALSE, FALSE, sizeof (Gap));
  guint old_index = position;
  guint index = position;

  for (guint i = 0; i <= stays->len; i++)
    {
      const Stay *stay = i < stays->len ? &g_array_index (stays, Stay, i) : NULL;
      guint old_end = stay != NULL ? stay->row->index : position + n_removed;
      guint end = stay != NULL ? stay->now : position + n_added;
      Gap gap = {
        .old_index = old_index,
        .n_old = old_end - old_index,
        .n_old_rows = weft_tree_row_count_before (row, old_end) - weft_tree_row_count_before (row, old_index),
        .index = index,
        .n_new = end - index,
      };

      if (gap.n_old > 0 || gap.n_new > 0)
        g_array_append_val (gaps, gap);
      old_index = old_end + 1;
      index = end + 1;
    }

  /* A view may want to see more of what is above and below the rows that it has, least of what is between them. */
  if (gaps->len > 2)
    {
      Gap last = g_array_index (gaps, Gap, gaps->len - 1);

      g_array_set_size (gaps, gaps->len - 1);
      g_array_insert_val (gaps, 1, last);
    }

  return gaps;
}

static gboolean
is_in_gap (GArray *gaps,
           guint   old_index)
{
  for (guint i = 0; i < gaps->len; i++)
    {
      const Gap *gap = &g_array_index (gaps, Gap, i);

      if (old_index >= gap->old_index && old_index - gap->old_index < gap->n_old)
        return TRUE;
    }

  return FALSE;
}

static int
compare_branches (gconstpointer a,
                  gconstpointer b)
{
  const WeftTreeBranch *branch_a = a;
  const WeftTreeBranch *branch_b = b;
  guint index_a = weft_tree_branch_index (branch_a);
  guint index_b = weft_tree_branch_index (branch_b);

  if (index_a != index_b)
    return index_a < index_b ? -1 : 1;

  /* A gap that nothing comes into stands before the child with its index. */
  return (branch_a->row != NULL) - (branch_b->row != NULL);
}

/* Rows get their new indexes or leave; the gaps become branches, each with the rows that are gone. */
static void
rearrange (WeftTreeList *self,
           WeftTreeRow  *row,
           GArray       *stays,
           GArray       *gaps,
           guint         end,
           guint         n_more)
{
  g_autoptr(GPtrArray) leaving = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer child;

  g_hash_table_iter_init (&iter, row->rows);
  while (g_hash_table_iter_next (&iter, NULL, &child))
    {
      WeftTreeRow *moved = child;

      if (moved->index >= end)
        moved->index += n_more;
      else if (is_in_gap (gaps, moved->index))
        {
          g_ptr_array_add (leaving, moved);
          g_hash_table_iter_remove (&iter);
        }
    }
  for (guint i = 0; i < stays->len; i++)
    g_array_index (stays, Stay, i).row->index = g_array_index (stays, Stay, i).now;

  for (guint i = 0; i < leaving->len; i++)
    weft_tree_row_leave (leaving->pdata[i], self->lost);
  for (guint i = row->branches->len; i > 0; i--)
    if (g_array_index (row->branches, WeftTreeBranch, i - 1).row->parent == NULL)
      g_array_remove_index (row->branches, i - 1);

  for (guint i = 0; i < gaps->len; i++)
    {
      const Gap *gap = &g_array_index (gaps, Gap, i);
      WeftTreeBranch branch = { .index = gap->index, .n_indexes = gap->n_new, .n_rows = gap->n_old_rows };

      g_array_append_val (row->branches, branch);
    }
  g_array_sort (row->branches, compare_branches);
}

/* Lets the new rows take the place of the old ones. */
static void
tell_gap (WeftTreeList *self,
          WeftTreeRow  *row,
          const Gap    *gap)
{
  guint n_old = gap->n_old_rows;
  guint i = 0;
  guint position;

  while (g_array_index (row->branches, WeftTreeBranch, i).row != NULL
         || g_array_index (row->branches, WeftTreeBranch, i).index != gap->index)
    i++;

  position = weft_tree_row_get_first (row) + weft_tree_row_count_branch (row, i);
  if (n_old > 0 && gap->n_new > 0 && n_old + gap->n_new > MAX_TOGETHER)
    {
      g_array_index (row->branches, WeftTreeBranch, i).n_rows = 0;
      weft_tree_row_resize (row, n_old, 0);
      g_list_model_items_changed (G_LIST_MODEL (self), position, n_old, 0);
      n_old = 0;
    }

  g_array_remove_index (row->branches, i);
  weft_tree_row_resize (row, n_old, gap->n_new);
  g_list_model_items_changed (G_LIST_MODEL (self), position, n_old, gap->n_new);
}

void
weft_tree_list_follow (WeftTreeList *self,
                       WeftTreeRow  *row,
                       guint         position,
                       guint         n_removed,
                       guint         n_added)
{
  g_autoptr(WeftTreeRow) held = g_object_ref (row);
  g_autoptr(GArray) stays = collect_stays (self, row, position, n_removed, n_added);
  g_autoptr(GArray) gaps = NULL;

  keep_in_order (stays);
  gaps = collect_gaps (row, stays, position, n_removed, n_added);
  rearrange (self, row, stays, gaps, position + n_removed, n_added - n_removed);

  self->is_changing = TRUE;
  for (guint i = 0; i < gaps->len; i++)
    tell_gap (self, row, &g_array_index (gaps, Gap, i));
  self->is_changing = FALSE;

  if (n_removed > 0)
    settle_soon (self);
}

gboolean
weft_tree_list_is_changing (WeftTreeList *self)
{
  return self->is_changing;
}

GListModel *
weft_tree_list_children_of (WeftTreeList *self,
                            gpointer      item)
{
  return self->funcs.list_children (item, self->user_data);
}

/* --- The class --------------------------------------------------------------------------------------------- */

static void
weft_tree_list_dispose (GObject *object)
{
  WeftTreeList *self = WEFT_TREE_LIST (object);

  if (self->settling != NULL)
    g_source_destroy (self->settling);
  g_clear_pointer (&self->settling, g_source_unref);
  if (self->root != NULL)
    weft_tree_row_leave (self->root, NULL);
  g_clear_object (&self->root);

  G_OBJECT_CLASS (weft_tree_list_parent_class)->dispose (object);
}

static void
weft_tree_list_finalize (GObject *object)
{
  WeftTreeList *self = WEFT_TREE_LIST (object);

  g_ptr_array_unref (self->lost);

  G_OBJECT_CLASS (weft_tree_list_parent_class)->finalize (object);
}

static void
weft_tree_list_class_init (WeftTreeListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_tree_list_dispose;
  G_OBJECT_CLASS (klass)->finalize = weft_tree_list_finalize;

  signals[SETTLED] = g_signal_new ("settled", WEFT_TYPE_TREE_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
}

static void
weft_tree_list_init (WeftTreeList *self)
{
  self->lost = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * weft_tree_list_new:
 * @top: (transfer none): the items at the top
 * @funcs: how the tree is read; copied
 * @user_data: given to @funcs
 *
 * Returns: (transfer full): all of @top, nothing expanded
 */
WeftTreeList *
weft_tree_list_new (GListModel              *top,
                    const WeftTreeListFuncs *funcs,
                    gpointer                 user_data)
{
  WeftTreeList *self = g_object_new (WEFT_TYPE_TREE_LIST, NULL);

  self->funcs = *funcs;
  self->user_data = user_data;
  self->root = weft_tree_row_new (NULL);
  self->root->list = self;
  weft_tree_row_open (self->root, g_object_ref (top));

  return self;
}

WeftTreeRow *
weft_tree_list_dup_row (WeftTreeList *self,
                        guint         index)
{
  g_return_val_if_fail (WEFT_IS_TREE_LIST (self), NULL);

  return weft_tree_row_ensure_child (self->root, index);
}

WeftTreeRow *
weft_tree_list_find_row (WeftTreeList *self,
                         gpointer      item)
{
  g_autoptr(WeftTreeRow) above = NULL;
  g_autoptr(WeftTreeRow) row = NULL;
  gpointer parent = NULL;
  guint index = 0;

  g_return_val_if_fail (WEFT_IS_TREE_LIST (self), NULL);

  if (!self->funcs.locate (item, &parent, &index, self->user_data))
    return NULL;

  above = parent != NULL ? weft_tree_list_find_row (self, parent) : g_object_ref (self->root);
  if (above != NULL)
    row = weft_tree_row_dup_child (above, index);

  return row != NULL && row->item == item ? g_steal_pointer (&row) : NULL;
}
