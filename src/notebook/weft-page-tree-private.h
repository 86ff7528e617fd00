/* weft-page-tree-private.h - the inside of the page tree
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * weft-page-tree.c takes ops and answers; weft-page-tree-merge.c keeps the log and lets each page point to its
 * placement in force; weft-page-tree-lists.c follows with the sorted lists that others see. What others are told is
 * read from `shown`, which lags behind while a commit is carried out in steps.
 *
 *     log    [ move ][ move ][ move ] ...       in the order of all ops
 *               |       |
 *     page --> placement in force --before--> the one before it --before--> NULL
 *
 * Undoing a move lets its page point to the placement before. So an undone or redone move costs one
 * pointer, and an unordered list of children; the sorted lists change only when a commit ends, for
 * the pages whose place is another one then.
 */

#pragma once

#include "notebook/weft-arena.h"
#include "notebook/weft-page-properties.h"
#include "notebook/weft-page-table.h"
#include "notebook/weft-page-tree.h"
#include "notebook/weft-seen.h"

G_BEGIN_DECLS

typedef struct _Page Page;
typedef struct _PageOrder PageOrder;
typedef struct _PageChunk PageChunk;
typedef struct _Placement Placement;
typedef struct _Move Move;

/* A page is below a parent, at a position: by a move op, or by a virtual move that follows one. */
struct _Placement
{
  Page       *page;
  Page       *parent;
  const char *position; /* borrowed from a move */
  Move       *move;     /* the op, or the one that the virtual move follows */
  Placement  *before;   /* in force on the page before this one */
};

/* A move op in the log. */
struct _Move
{
  guint64    lamport;
  WeftOpId   id;
  Placement  placement;
  Placement *restored;  /* the virtual move that stands directly after, or NULL */
  WeftSeen  *seen;      /* of a trash op; NULL where it says none */
  guint8     effective; /* done, and not skipped */
  char       position[];
};

struct _Page
{
  WeftPageId     id;
  Placement     *placement; /* in force; NULL: it has no place */

  /* By placement, in no order */
  Page          *first_child;
  Page          *previous;
  Page          *next;

  /* As others see it */
  Placement     *shown;    /* where it is listed; NULL: nowhere */
  PageChunk     *chunk;    /* in the list of shown->parent */
  PageOrder     *children; /* pages by (position, op id); NULL: none */

  WeftPageProperties *properties; /* owned; NULL: none */
  guint          has_edited : 1;      /* in the tree's edited */
  guint          is_touched : 1;      /* in the tree's touched */
  guint          is_stale : 1;        /* in the tree's stale */
  guint          is_moving : 1;       /* in the tree's moving, and not yet moved */
  guint          is_ordered : 1;      /* in the tree's in_order, or above one that is */
  guint          has_new_properties : 1; /* in the tree's changed */
};

/* How far a commit is. */
typedef enum
{
  WEFT_TREE_IDLE,
  WEFT_TREE_UNDO,
  WEFT_TREE_DO,
  WEFT_TREE_LISTS,
} WeftTreeStage;

struct _WeftPageTree
{
  WeftPageTable *pages; /* by id */
  WeftArena  *page_arena; /* holds the pages */
  WeftArena  *move_arena; /* holds the moves */
  Page       *last_page; /* that an op was added about; NULL: none */
  Page       *root;
  Page       *trash;
  GPtrArray  *log;     /* Move, owned, in order */
  GPtrArray  *pending; /* Move, owned: added since the last commit */
  GHashTable *seen;    /* client -> WeftSeen of its last trash op */
  GHashTable *edited;  /* Page -> WeftId of its newest mark, owned */
  GHashTable *key_numbers; /* of properties: text, borrowed from @keys -> number + 1 */
  GPtrArray  *keys;
  GHashTable *client_numbers; /* WeftClientId, owned -> number + 1 */
  GArray     *clients; /* WeftClientId */
  WeftClientId last_client; /* the one asked for last, whose number is... */
  guint       last_number;  /* ...this, + 1 */
  guint64     lamport;
  guint       n_pages; /* that are shown somewhere */

  WeftPageOutline *outline; /* owned; NULL but where the tree shows it, and has nothing else */

  /* Pages in the trash with an `edited` mark below them that their trash op has not seen. */
  GHashTable *unseen;
  /* Pages directly in the trash for which that is to be asked again */
  GPtrArray  *stale;
  /* Their virtual moves at the end of the log: owned, in the order done */
  GPtrArray  *returned;

  /* Of the commit that is under way */
  WeftTreeStage stage;
  GPtrArray  *merging;  /* Move, owned from @n_merged on: the new ones, in order */
  guint       n_merged;
  GPtrArray  *later;    /* Move, owned: undone and not yet done again, from the last one */
  guint       start;    /* of the log: what is undone */
  GPtrArray  *moving;   /* pages that are to be listed elsewhere; NULL: not yet collected */
  guint       n_collected; /* of @touched */
  GPtrArray  *in_order; /* the same pages, none before one that it will be below; NULL: all at once */
  GPtrArray  *ordered;  /* pages with `is_ordered` */
  guint       n_ordered; /* of @moving */
  guint       n_moved;
  guint       n_told;   /* of @changed */

  /* Since the last commit */
  GPtrArray  *touched; /* pages whose placement changed */
  GPtrArray  *changed; /* pages with new properties */
  GPtrArray  *garbage; /* virtual placements that were undone; `shown` may still point there */

  gboolean    keeps_shown_only; /* of the properties, those that an outline has */
  gboolean    is_committing;
  WeftPageTreeObserver observer;
  gpointer    observer_data;
};

/* Brings the sorted lists to the placements in force and tells the observer: @n_steps pages of it, from which those done are
 * taken away. Whether that was all. */
gboolean weft_page_tree_update_lists (WeftPageTree    *self,
                                   guint              *n_steps);
/* Lets go of what a move has besides its place in the arena. */
void  weft_page_tree_clear_move   (gpointer            move);
/* There is a new `edited` mark on @page, or one less: whether it comes back from the trash is to be asked again. */
void  weft_page_tree_ask_again    (WeftPageTree       *self,
                                   Page               *page);
/* A property of @page as a string, borrowed; %NULL where it is none */
const char *weft_page_tree_read_string (WeftPageTree    *self,
                                   const Page         *page,
                                   const char         *key);
/* After a commit: lets go of the log. From then on the tree can only be written down as an outline, and freed. */
void  weft_page_tree_seal         (WeftPageTree       *self);
/* %NULL where it was never heard of. */
Page *weft_page_tree_lookup       (WeftPageTree       *self,
                                   const WeftPageId   *id);
/* The topmost page on the way up from @page: the root, the trash, or one without a place. If it is the
 * trash, @deleted (nullable) is set to the page directly in it on the way. */
Page *weft_page_tree_walk_up      (Page               *page,
                                   Page              **deleted);

static inline gboolean
placement_is_virtual (const Placement *placement)
{
  return placement != &placement->move->placement;
}

G_END_DECLS
