/* weft-page-tree.h - the pages of a notebook as a tree that any order of arrival leaves whole
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The tree is a function of the *set* of ops. Ops have a total order (Lamport, client, clock, index);
 * they are applied in it, and a move that would put a page below itself is skipped (Kleppmann,
 * Mulligan, Gomes, Beresford: "A highly-available move operation for replicated trees", 2021). An op
 * that arrives late is placed by undoing what comes after it, doing it, and redoing the rest.
 *
 * Trash. A move below %weft_page_id_trash deletes a page together with all that is below it. It
 * carries `seen`, what its author knew. In the order of the ops:
 * - a move that lands in a deleted subtree whose trash op has not seen it, or
 * - a trash op whose subtree holds a page that a move unseen by it put there,
 * is followed directly by a *virtual move* of the top of the deleted subtree back to where it was
 * before; where that place is itself gone, to the nearest living place above it, else to the root.
 * After all ops, each page still in the trash below which (or in which) there is an `edited` mark
 * that its trash op has not seen comes back in the same way, the page deleted last first.
 *
 * Properties are last writer wins by page and key.
 *
 * Changes are told when weft_page_tree_commit() ends, as ranges of the sorted lists of children.
 */

#pragma once

#include "notebook/weft-op.h"
#include "notebook/weft-page-outline.h"

G_BEGIN_DECLS

/**
 * WeftPageTreeObserver:
 * @children_changed: below @parent, at @position, @n_removed pages gave way to @n_added. The list is
 *   in the state after this change, and before the next one told.
 * @page_changed: the property @key of @page changed; %NULL: its place (parent, or being in the trash
 *   by a move of its own) did. Comes after all calls of @children_changed.
 * @committed: all of a commit has been told. @n_moved: how many pages have another place
 *
 * Each may be %NULL. The tree must not be changed inside these calls.
 */
typedef struct
{
  void (*children_changed) (WeftPageTree     *tree,
                            const WeftPageId *parent,
                            guint             position,
                            guint             n_removed,
                            guint             n_added,
                            gpointer          user_data);
  void (*page_changed)     (WeftPageTree     *tree,
                            const WeftPageId *page,
                            const char       *key,
                            gpointer          user_data);
  void (*committed)        (WeftPageTree     *tree,
                            guint             n_moved,
                            gpointer          user_data);
} WeftPageTreeObserver;

/* What became of one move op. */
typedef enum
{
  WEFT_MOVE_UNKNOWN,    /* no such op */
  WEFT_MOVE_IN_FORCE,   /* it says where the page is */
  WEFT_MOVE_OVERRIDDEN, /* a later move of the page does */
  WEFT_MOVE_RETURNED,   /* a trash op in force, but the page came back */
  WEFT_MOVE_SKIPPED,    /* it would have closed a cycle */
} WeftMoveState;

WeftPageTree  *weft_page_tree_new              (void) G_GNUC_WARN_UNUSED_RESULT;
/* A tree that shows @outline (taken) and cannot change: what stands up to the properties answers, the log is empty. */
WeftPageTree  *weft_page_tree_new_from_outline (WeftPageOutline            *outline) G_GNUC_WARN_UNUSED_RESULT;
void           weft_page_tree_free             (WeftPageTree               *self);
/* One observer. */
void           weft_page_tree_set_observer     (WeftPageTree               *self,
                                                const WeftPageTreeObserver *observer,
                                                gpointer                    user_data);

/* Adds an op; the tree changes at the next commit. The ops of one client come in the order of their
 * clocks and indexes (as a document gives them); those of several clients in any order. */
void           weft_page_tree_add              (WeftPageTree               *self,
                                                const WeftOpId             *id,
                                                const WeftOp               *op);
void           weft_page_tree_add_view         (WeftPageTree               *self,
                                                const WeftOpId             *id,
                                                const WeftOpView           *op);
/* The newest `edited` entry of @page; %NULL: it has none (any more). */
void           weft_page_tree_set_edited       (WeftPageTree               *self,
                                                const WeftPageId           *page,
                                                const WeftId               *entry);
void           weft_page_tree_commit           (WeftPageTree               *self);
/* The same in parts: a commit of about so many steps. Whether it is done. */
gboolean       weft_page_tree_settle           (WeftPageTree               *self,
                                                guint                       n_steps);
/* About how many steps the next commit takes. O(ops that wait) */
guint          weft_page_tree_count_steps      (WeftPageTree               *self);
/* add and commit */
void           weft_page_tree_apply            (WeftPageTree               *self,
                                                const WeftOpId             *id,
                                                const WeftOp               *op);
/* Forgets everything, and tells so. */
void           weft_page_tree_clear            (WeftPageTree               *self);

/* The greatest Lamport timestamp seen; that of a new op is one more. */
guint64        weft_page_tree_get_lamport      (WeftPageTree               *self);
/* Pages that have a place, in the trash or not. */
guint          weft_page_tree_get_n_pages      (WeftPageTree               *self);
/* Whether @page has a place. The root and the trash always do. */
gboolean       weft_page_tree_contains         (WeftPageTree               *self,
                                                const WeftPageId           *page);
guint          weft_page_tree_get_n_children   (WeftPageTree               *self,
                                                const WeftPageId           *parent);
/* %FALSE past the end. O(log n) */
gboolean       weft_page_tree_get_child        (WeftPageTree               *self,
                                                const WeftPageId           *parent,
                                                guint                       index,
                                                WeftPageId                 *child);
/* The place of @page among its siblings; -1 where it has none. O(log n) */
int            weft_page_tree_get_index        (WeftPageTree               *self,
                                                const WeftPageId           *page);
/* %FALSE where @page has no place, as the root and the trash. */
gboolean       weft_page_tree_get_parent       (WeftPageTree               *self,
                                                const WeftPageId           *page,
                                                WeftPageId                 *parent);
/* Borrowed, good until the next commit; %NULL where it has no place. */
const char    *weft_page_tree_get_position     (WeftPageTree               *self,
                                                const WeftPageId           *page);
/* Whether @page is the root or hangs below it. */
gboolean       weft_page_tree_is_living        (WeftPageTree               *self,
                                                const WeftPageId           *page);
/* Whether @page is the trash or hangs below it. */
gboolean       weft_page_tree_is_trashed       (WeftPageTree               *self,
                                                const WeftPageId           *page);
/* Whether @page is @ancestor or hangs below it. */
gboolean       weft_page_tree_is_below         (WeftPageTree               *self,
                                                const WeftPageId           *page,
                                                const WeftPageId           *ancestor);
/* Where @page, or the top of the deleted subtree that it is in, would return to: a living parent and a
 * position there (borrowed, good until the next commit). %FALSE where it is not in the trash. @top is nullable. */
gboolean       weft_page_tree_get_home         (WeftPageTree               *self,
                                                const WeftPageId           *page,
                                                WeftPageId                 *top,
                                                WeftPageId                 *parent,
                                                const char                **position);

/* (transfer full) (nullable): %NULL where it was never set, or set to null or undefined. */
WeftAny       *weft_page_tree_dup_property     (WeftPageTree               *self,
                                                const WeftPageId           *page,
                                                const char                 *key);
/* The same as a string, borrowed and good until the next op is added; %NULL where it is none. */
const char    *weft_page_tree_get_string       (WeftPageTree               *self,
                                                const WeftPageId           *page,
                                                const char                 *key);
/* Which op set it. */
gboolean       weft_page_tree_get_property_op  (WeftPageTree               *self,
                                                const WeftPageId           *page,
                                                const char                 *key,
                                                WeftOpId                   *id);
/* (transfer container) (element-type utf8): the keys set on @page, borrowed, sorted */
GPtrArray     *weft_page_tree_list_keys        (WeftPageTree               *self,
                                                const WeftPageId           *page);

/* What became of a move op, by its order. */
WeftMoveState  weft_page_tree_get_move_state   (WeftPageTree               *self,
                                                guint64                     lamport,
                                                const WeftOpId             *id);
/* The move op in force on @page (or that its virtual move follows). %FALSE: it has none. */
gboolean       weft_page_tree_get_move_op      (WeftPageTree               *self,
                                                const WeftPageId           *page,
                                                guint64                    *lamport,
                                                WeftOpId                   *id);
/* Walks everything and checks every invariant; aborts with a message where one is broken. For tests. */
void           weft_page_tree_validate         (WeftPageTree               *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftPageTree, weft_page_tree_free)

G_END_DECLS
