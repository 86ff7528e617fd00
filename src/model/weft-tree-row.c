/* weft-tree-row.c - one row of a #WeftTreeList
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/weft-tree-list-private.h"

G_DEFINE_FINAL_TYPE (WeftTreeRow, weft_tree_row, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_EXPANDED,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static WeftTreeBranch *
get_branch (WeftTreeRow *self,
            guint        i)
{
  return &g_array_index (self->branches, WeftTreeBranch, i);
}

static void
branch_clear (gpointer data)
{
  g_clear_object (&((WeftTreeBranch *) data)->row);
}

static void
children_changed_cb (GListModel  *children,
                     guint        position,
                     guint        n_removed,
                     guint        n_added,
                     WeftTreeRow *self)
{
  weft_tree_list_follow (self->list, self, position, n_removed, n_added);
}

WeftTreeRow *
weft_tree_row_new (gpointer item)
{
  WeftTreeRow *self = g_object_new (WEFT_TYPE_TREE_ROW, NULL);

  g_set_object ((GObject **) &self->item, item);

  return self;
}

WeftTreeRow *
weft_tree_row_ensure_child (WeftTreeRow *self,
                            guint        index)
{
  g_autoptr(GObject) item = g_list_model_get_item (self->children, index);
  WeftTreeRow *row = item != NULL ? g_hash_table_lookup (self->rows, item) : NULL;

  if (row != NULL)
    return g_object_ref (row);
  if (item == NULL)
    return NULL;

  row = weft_tree_row_new (item);
  row->list = self->list;
  row->parent = self;
  row->index = index;
  g_hash_table_insert (self->rows, item, row);

  return row;
}

WeftTreeRow *
weft_tree_row_dup_below (WeftTreeRow *self,
                         guint        position)
{
  guint index = 0;

  for (guint i = 0; i < self->branches->len; i++)
    {
      const WeftTreeBranch *branch = get_branch (self, i);
      guint n_before = weft_tree_branch_index (branch) - index;

      if (position < n_before)
        break;

      position -= n_before;
      if (position < weft_tree_branch_size (branch))
        {
          /* Nobody gets to see what stands in for a row that is gone. */
          if (branch->row == NULL)
            return weft_tree_row_new (NULL);

          return position == 0 ? g_object_ref (branch->row) : weft_tree_row_dup_below (branch->row, position - 1);
        }

      position -= weft_tree_branch_size (branch);
      index = weft_tree_branch_index (branch) + branch->n_indexes;
    }

  return weft_tree_row_ensure_child (self, index + position);
}

guint
weft_tree_row_count_branch (WeftTreeRow *self,
                            guint        i)
{
  guint n = weft_tree_branch_index (get_branch (self, i));

  for (guint before = 0; before < i; before++)
    n += weft_tree_branch_size (get_branch (self, before)) - get_branch (self, before)->n_indexes;

  return n;
}

guint
weft_tree_row_count_before (WeftTreeRow *self,
                            guint        index)
{
  guint n = index;

  for (guint i = 0; i < self->branches->len; i++)
    {
      const WeftTreeBranch *branch = get_branch (self, i);

      /* A gap that nothing comes into stands before the child with its index. */
      if (weft_tree_branch_index (branch) + branch->n_indexes > index)
        break;

      n += weft_tree_branch_size (branch) - branch->n_indexes;
    }

  return n;
}

guint
weft_tree_row_get_first (WeftTreeRow *self)
{
  return self->parent != NULL ? weft_tree_row_get_position (self) + 1 : 0;
}

void
weft_tree_row_resize (WeftTreeRow *self,
                      guint        n_removed,
                      guint        n_added)
{
  for (; self != NULL; self = self->parent)
    self->n_rows += n_added - n_removed;
}

void
weft_tree_row_open (WeftTreeRow *self,
                    GListModel  *children)
{
  self->children = children;
  self->rows = g_hash_table_new (NULL, NULL);
  self->branches = g_array_new (FALSE, FALSE, sizeof (WeftTreeBranch));
  g_array_set_clear_func (self->branches, branch_clear);
  self->n_rows = g_list_model_get_n_items (children);
  g_signal_connect (children, "items-changed", G_CALLBACK (children_changed_cb), self);
}

void
weft_tree_row_fold (WeftTreeRow *self,
                    GPtrArray   *lost)
{
  g_autoptr(GHashTable) rows = g_steal_pointer (&self->rows);
  g_autoptr(GArray) branches = g_steal_pointer (&self->branches);
  GHashTableIter iter;
  gpointer row;

  g_signal_handlers_disconnect_by_func (self->children, children_changed_cb, self);
  g_clear_object (&self->children);
  self->n_rows = 0;

  g_hash_table_iter_init (&iter, rows);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    weft_tree_row_leave (row, lost);
}

void
weft_tree_row_leave (WeftTreeRow *self,
                     GPtrArray   *lost)
{
  self->parent = NULL;
  self->list = NULL;
  if (self->children == NULL)
    return;

  if (lost != NULL)
    g_ptr_array_add (lost, g_object_ref (self->item));
  weft_tree_row_fold (self, lost);
}

/* The branch of its parent that the child at @index has or would have. */
static guint
find_branch (WeftTreeRow *parent,
             guint        index)
{
  guint i = 0;

  while (i < parent->branches->len && weft_tree_branch_index (get_branch (parent, i)) < index)
    i++;

  return i;
}

static void
expand (WeftTreeRow *self)
{
  WeftTreeBranch branch = { .row = g_object_ref (self), .n_indexes = 1 };

  g_array_insert_val (self->parent->branches, find_branch (self->parent, self->index), branch);
  weft_tree_row_resize (self->parent, 0, self->n_rows);
  g_list_model_items_changed (G_LIST_MODEL (self->list), weft_tree_row_get_first (self), 0, self->n_rows);
}

static void
collapse (WeftTreeRow *self)
{
  guint first = weft_tree_row_get_first (self);
  guint n_rows = self->n_rows;

  g_array_remove_index (self->parent->branches, find_branch (self->parent, self->index));
  weft_tree_row_resize (self->parent, n_rows, 0);
  weft_tree_row_fold (self, NULL);
  g_list_model_items_changed (G_LIST_MODEL (self->list), first, n_rows, 0);
}

static void
weft_tree_row_finalize (GObject *object)
{
  WeftTreeRow *self = WEFT_TREE_ROW (object);

  /* Its branch would hold it if it were expanded. */
  if (self->parent != NULL)
    g_hash_table_remove (self->parent->rows, self->item);
  g_clear_object ((GObject **) &self->item);

  G_OBJECT_CLASS (weft_tree_row_parent_class)->finalize (object);
}

static void
weft_tree_row_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_EXPANDED:
      g_value_set_boolean (value, weft_tree_row_get_expanded (WEFT_TREE_ROW (object)));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_tree_row_class_init (WeftTreeRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = weft_tree_row_finalize;
  object_class->get_property = weft_tree_row_get_property;

  properties[PROP_EXPANDED] = g_param_spec_boolean ("expanded", NULL, NULL, FALSE,
                                                    G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
weft_tree_row_init (WeftTreeRow *self)
{
}

gpointer
weft_tree_row_get_item (WeftTreeRow *self)
{
  g_return_val_if_fail (WEFT_IS_TREE_ROW (self), NULL);

  return self->item;
}

guint
weft_tree_row_get_depth (WeftTreeRow *self)
{
  guint depth = 0;

  g_return_val_if_fail (WEFT_IS_TREE_ROW (self), 0);

  for (const WeftTreeRow *above = self->parent; above != NULL && above->parent != NULL; above = above->parent)
    depth++;

  return depth;
}

guint
weft_tree_row_get_position (WeftTreeRow *self)
{
  g_return_val_if_fail (WEFT_IS_TREE_ROW (self), G_MAXUINT);

  if (self->parent == NULL)
    return G_MAXUINT;

  return weft_tree_row_get_first (self->parent) + weft_tree_row_count_before (self->parent, self->index);
}

gboolean
weft_tree_row_get_expanded (WeftTreeRow *self)
{
  g_return_val_if_fail (WEFT_IS_TREE_ROW (self), FALSE);

  return self->children != NULL;
}

WeftTreeRow *
weft_tree_row_dup_parent (WeftTreeRow *self)
{
  g_return_val_if_fail (WEFT_IS_TREE_ROW (self), NULL);

  if (self->parent == NULL || self->parent->parent == NULL)
    return NULL;

  return g_object_ref (self->parent);
}

WeftTreeRow *
weft_tree_row_dup_child (WeftTreeRow *self,
                         guint        index)
{
  g_return_val_if_fail (WEFT_IS_TREE_ROW (self), NULL);

  return self->children != NULL ? weft_tree_row_ensure_child (self, index) : NULL;
}

void
weft_tree_row_set_expanded (WeftTreeRow *self,
                            gboolean     expanded)
{
  GListModel *children;

  g_return_if_fail (WEFT_IS_TREE_ROW (self));

  if (self->parent == NULL || expanded == (self->children != NULL) || weft_tree_list_is_changing (self->list))
    return;

  g_object_ref (self);
  if (!expanded)
    {
      collapse (self);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_EXPANDED]);
    }
  else if ((children = weft_tree_list_children_of (self->list, self->item)) != NULL)
    {
      weft_tree_row_open (self, children);
      expand (self);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_EXPANDED]);
    }
  g_object_unref (self);
}
