/* weft-undo-private.h - the parts of an undo manager
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-doc-private.h"
#include "crdt/weft-undo-deletions.h"

G_BEGIN_DECLS

struct _WeftUndoStep
{
  WeftRangeSet insertions, deletions; /* sorted and joined once the step is settled */
  guint        n_loose;               /* transactions that came since then */
  guint        n_settled;             /* ranges that there were then */
  gboolean     is_noted;              /* all of @deletions is in the manager's */
  GHashTable  *meta;                  /* key -> WeftAny; NULL: none */
};

struct _WeftUndoManager
{
  /* Borrowed; NULL once the document is gone */
  WeftDoc    *doc;

  GPtrArray  *scope;   /* WeftType, borrowed */
  WeftType   *asked;   /* the type last looked for in the scope; NULL: none */
  gboolean    asked_within;
  GPtrArray  *origins; /* compared by identity */
  GPtrArray  *undo_stack, *redo_stack; /* WeftUndoStep */
  WeftUndoDeletions deletions; /* of the steps in both that are noted; the others stand at the end of their stack */
  guint       capture_timeout_ms;
  WeftNowFunc now;
  gpointer    now_data;
  gboolean    capturing; /* the next change may join the last step */
  gint64      last_change;
  gboolean    undoing, redoing;

  gboolean    whole_document;
  gboolean    ignore_remote_map_changes;

  WeftUndoDeleteFunc  may_delete;
  gpointer            may_delete_data;
  WeftUndoCaptureFunc captures;
  gpointer            captures_data;
  WeftUndoStepFunc    step_func;
  gpointer            step_data;

  void      (*changed) (gpointer user_data);
  gpointer    changed_data;
};

void    weft_undo_step_free            (gpointer            data);
/* Sorts and joins what the transactions of a step put into it: before anything of it is read. */
void    weft_undo_step_settle          (WeftUndoStep       *step);
/* The structs of @set, split at its borders. (transfer full) (element-type WeftHandle) */
GArray *weft_range_set_list_structs    (WeftTransaction    *tx,
                                        const WeftRangeSet *set);
/* Whether what is in scope of @deletions is kept from collection. */
void    weft_undo_manager_keep         (WeftUndoManager    *self,
                                        WeftTransaction    *tx,
                                        const WeftRangeSet *deletions,
                                        gboolean            keep);
void    weft_undo_manager_emit_changed (WeftUndoManager    *self);
/* weft-undo-redo.c: writes again what @step has deleted: @handles, which are also in the set @items. Returns: whether
 * anything came back */
gboolean weft_undo_manager_redo_items (WeftUndoManager     *self,
                                       WeftTransaction     *tx,
                                       WeftUndoStep        *step,
                                       const GArray        *handles,
                                       GHashTable          *items);
/* Whether one of the steps in the stacks has deleted the unit. */
gboolean weft_undo_manager_has_deleted (WeftUndoManager    *self,
                                        guint32             client,
                                        guint32             clock);

G_END_DECLS
