/* weft-tree-list-private.h - what the rows of a tree list and the list itself know of each other
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The children of an expanded row, by index; only its branches are kept:
 *
 *     0 1 2 [3: expanded, 40 rows below it] 4 5 ... 99999
 *
 * So row 3 + 1 + 40 of them is the child 4.
 */

#pragma once

#include "model/weft-tree-list.h"

G_BEGIN_DECLS

/* What takes another number of rows than of indexes among the children of a row: a child that is expanded, or, while a
 * large change is being told, a gap: rows that are gone, but of which that was not told yet. */
typedef struct
{
  WeftTreeRow *row;       /* owned; NULL: a gap */
  guint        index;     /* of a gap */
  guint        n_indexes; /* 1 of a child */
  guint        n_rows;    /* of a gap */
} WeftTreeBranch;

struct _WeftTreeRow
{
  GObject       parent_instance;

  /* Owned; NULL for the hidden row above all, and for one that stands in for something gone */
  gpointer      item;

  /* Borrowed; NULL: it is not in the list */
  WeftTreeList *list;
  WeftTreeRow  *parent;

  guint         index;    /* among its siblings */

  /* Of an expanded row */
  GListModel   *children; /* owned; NULL: collapsed */
  GHashTable   *rows;     /* item -> child row that somebody holds, borrowed */
  GArray       *branches; /* WeftTreeBranch, by index */
  guint         n_rows;   /* below it, all levels */
};

/* A row without a place. (transfer full) */
WeftTreeRow *weft_tree_row_new           (gpointer      item) G_GNUC_WARN_UNUSED_RESULT;
/* The row of the child at @index. (transfer full) (nullable) */
WeftTreeRow *weft_tree_row_ensure_child  (WeftTreeRow  *self,
                                          guint         index);
/* @position rows further down than the first row below @self. (transfer full) (nullable) */
WeftTreeRow *weft_tree_row_dup_below     (WeftTreeRow  *self,
                                          guint         position);
/* How many rows below @self come before the branch @i, or before the child at @index. */
guint        weft_tree_row_count_branch  (WeftTreeRow  *self,
                                          guint         i);
guint        weft_tree_row_count_before  (WeftTreeRow  *self,
                                          guint         index);
/* The position of the first row below @self. */
guint        weft_tree_row_get_first     (WeftTreeRow  *self);
/* There are @n_added rows more below @self, and so below all above it, and @n_removed fewer. */
void         weft_tree_row_resize        (WeftTreeRow  *self,
                                          guint         n_removed,
                                          guint         n_added);
/* Follows @children (taken). */
void         weft_tree_row_open          (WeftTreeRow  *self,
                                          GListModel   *children);
/* Lets go of all below; of what was expanded, the items are added to @lost (nullable), from the top. */
void         weft_tree_row_fold          (WeftTreeRow  *self,
                                          GPtrArray    *lost);
/* @self is in the list no more. */
void         weft_tree_row_leave         (WeftTreeRow  *self,
                                          GPtrArray    *lost);

gboolean     weft_tree_list_is_changing  (WeftTreeList *self);
GListModel  *weft_tree_list_children_of  (WeftTreeList *self,
                                          gpointer      item);
/* The children of @row were changed, and told so. */
void         weft_tree_list_follow       (WeftTreeList *self,
                                          WeftTreeRow  *row,
                                          guint         position,
                                          guint         n_removed,
                                          guint         n_added);

static inline guint
weft_tree_branch_index (const WeftTreeBranch *branch)
{
  return branch->row != NULL ? branch->row->index : branch->index;
}

static inline guint
weft_tree_branch_size (const WeftTreeBranch *branch)
{
  return branch->row != NULL ? 1 + branch->row->n_rows : branch->n_rows;
}

G_END_DECLS
