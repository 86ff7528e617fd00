/* weft-tree-row.h - one row of a #WeftTreeList
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A row is made when somebody asks for it, and stays the same object for as long as somebody holds it and its item
 * stays in the same list of children. One that has left the list is collapsed and has no position.
 *
 * Properties (all notify): "expanded".
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define WEFT_TYPE_TREE_ROW (weft_tree_row_get_type ())
G_DECLARE_FINAL_TYPE (WeftTreeRow, weft_tree_row, WEFT, TREE_ROW, GObject)

/* (transfer none) (nullable): %NULL for a row that is about to be told as removed */
gpointer     weft_tree_row_get_item     (WeftTreeRow *self);
/* 0 at the top. */
guint        weft_tree_row_get_depth    (WeftTreeRow *self);
/* %G_MAXUINT where it is not in the list any more. O(expanded rows beside those on the way up) */
guint        weft_tree_row_get_position (WeftTreeRow *self);
gboolean     weft_tree_row_get_expanded (WeftTreeRow *self);
/* (transfer full) (nullable): %NULL at the top */
WeftTreeRow *weft_tree_row_dup_parent   (WeftTreeRow *self);
/* (transfer full) (nullable): %NULL past the end, and where it is collapsed */
WeftTreeRow *weft_tree_row_dup_child    (WeftTreeRow *self,
                                         guint        index);
/* Does nothing to a row that has left its list. O(rows that somebody holds below it) */
void         weft_tree_row_set_expanded (WeftTreeRow *self,
                                         gboolean     expanded);

G_END_DECLS
