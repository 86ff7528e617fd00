/* weft-tree-list.h - a tree as one long list: what is expanded, one row below the other
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Like GtkTreeListModel, but for levels of a million items: what is not looked at costs nothing. Only the expanded
 * rows, and those that somebody holds, are known; the lists of children are asked for what lies between them.
 *
 * Where much of a level changes at once, the rows that somebody holds (those on the screen, the one selected) and
 * that stay in order are left alone, and what is between them is told as changed: a view neither jumps nor makes its
 * rows anew. What was expanded, left and came back elsewhere (a page that somebody moved) is expanded again, if it is
 * still in sight.
 *
 * Signals: "settled": some rows had left, and what came back is expanded again. Comes from the main loop, before it
 * draws.
 */

#pragma once

#include "model/weft-tree-row.h"

G_BEGIN_DECLS

/**
 * WeftTreeListFuncs:
 * @list_children: (transfer full) (nullable): the items below @item, as a live list; %NULL where there can be none
 * @locate: where an item is: below @parent (borrowed; %NULL at the top), at @index. %FALSE where it is nowhere.
 *   May be wrong about an item that is just being moved: the list asks its children too.
 *
 * How the tree is read.
 */
typedef struct
{
  GListModel *(*list_children) (gpointer  item,
                                gpointer  user_data);
  gboolean    (*locate)        (gpointer  item,
                                gpointer *parent,
                                guint    *index,
                                gpointer  user_data);
} WeftTreeListFuncs;

#define WEFT_TYPE_TREE_LIST (weft_tree_list_get_type ())
G_DECLARE_FINAL_TYPE (WeftTreeList, weft_tree_list, WEFT, TREE_LIST, GObject)

WeftTreeList *weft_tree_list_new      (GListModel              *top,
                                       const WeftTreeListFuncs *funcs,
                                       gpointer                 user_data) G_GNUC_WARN_UNUSED_RESULT;
/* (transfer full) (nullable): the row at @index of the top */
WeftTreeRow  *weft_tree_list_dup_row  (WeftTreeList            *self,
                                       guint                    index);
/* (transfer full) (nullable): the row of @item; %NULL where it is not in the tree, or below something collapsed */
WeftTreeRow  *weft_tree_list_find_row (WeftTreeList            *self,
                                       gpointer                 item);

G_END_DECLS
