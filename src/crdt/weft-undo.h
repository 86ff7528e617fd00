/* weft-undo.h - takes back only what this person did
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * As Yjs' UndoManager: it watches types, records the transactions of the tracked origins as pairs of
 * insertions and deletions, and undoes by deleting the one and redoing the other. What others did
 * stays. The engine has no clock: the owner gives one.
 */

#pragma once

#include "crdt/weft-doc.h"

G_BEGIN_DECLS

typedef struct _WeftUndoManager WeftUndoManager;
typedef struct _WeftUndoStep WeftUndoStep;

typedef enum
{
  WEFT_UNDO_STEP_ADDED,   /* a new step */
  WEFT_UNDO_STEP_UPDATED, /* a change joined the last step */
  WEFT_UNDO_STEP_POPPED,  /* a step was taken back; it is freed after the call */
} WeftUndoChange;

/* Told of steps, while the transaction's observers are called (ADDED, UPDATED) or after it (POPPED). @redo:
 * whether the step is one of the redo stack. */
typedef void     (*WeftUndoStepFunc)   (WeftUndoManager    *manager,
                                        WeftUndoStep       *step,
                                        WeftUndoChange      change,
                                        gboolean            redo,
                                        gconstpointer       origin,
                                        gpointer            user_data);
/* Whether undoing may delete @item. */
typedef gboolean (*WeftUndoDeleteFunc) (const WeftItemInfo *item,
                                        gpointer            user_data);
/* Whether a transaction, which is of a tracked origin and in scope, is recorded. */
typedef gboolean (*WeftUndoCaptureFunc) (WeftTransaction   *transaction,
                                         gpointer           user_data);

/* Monotonic time in milliseconds. */
typedef gint64 (*WeftNowFunc) (gpointer user_data);

/* @scope: the types whose changes (and those below them) are recorded. Tracks origin %NULL at first. */
WeftUndoManager *weft_undo_manager_new            (WeftDoc         *doc,
                                                   WeftType       **scope,
                                                   gsize            n_scope,
                                                   guint            capture_timeout_ms,
                                                   WeftNowFunc      now,
                                                   gpointer         now_data);
void             weft_undo_manager_free           (WeftUndoManager *self);
void             weft_undo_manager_add_scope      (WeftUndoManager *self,
                                                   WeftType        *type);
void             weft_undo_manager_track          (WeftUndoManager *self,
                                                   gconstpointer    origin);
void             weft_undo_manager_untrack        (WeftUndoManager *self,
                                                   gconstpointer    origin);
/* All of the document is in scope, whatever roots come yet. */
void             weft_undo_manager_add_document   (WeftUndoManager *self);
/* Each is %NULL, or off, at first. */
void             weft_undo_manager_set_delete_filter (WeftUndoManager   *self,
                                                      WeftUndoDeleteFunc filter,
                                                      gpointer           user_data);
void             weft_undo_manager_set_capture_filter (WeftUndoManager    *self,
                                                       WeftUndoCaptureFunc filter,
                                                       gpointer            user_data);
/* Whether undoing sets a key again that somebody else has set since (ignoreRemoteMapChanges of Yjs). */
void             weft_undo_manager_set_ignore_remote_map_changes (WeftUndoManager *self,
                                                                  gboolean         ignore);
void             weft_undo_manager_set_step_func  (WeftUndoManager *self,
                                                   WeftUndoStepFunc func,
                                                   gpointer         user_data);
/* A value to go with a step, such as where the cursor was; %NULL takes it away. */
void             weft_undo_step_set_meta          (WeftUndoStep    *step,
                                                   const char      *key,
                                                   WeftAny         *value);
/* Borrowed, or %NULL. */
const WeftAny   *weft_undo_step_get_meta          (WeftUndoStep    *step,
                                                   const char      *key);
gboolean         weft_undo_manager_undo           (WeftUndoManager *self);
gboolean         weft_undo_manager_redo           (WeftUndoManager *self);
gboolean         weft_undo_manager_can_undo       (WeftUndoManager *self);
gboolean         weft_undo_manager_can_redo       (WeftUndoManager *self);
/* Whether the step that would be undone next wrote @id. */
gboolean         weft_undo_manager_is_last        (WeftUndoManager *self,
                                                   WeftId           id);
/* The next change starts a step of its own. */
void             weft_undo_manager_stop_capturing (WeftUndoManager *self);
void             weft_undo_manager_clear          (WeftUndoManager *self);
void             weft_undo_manager_clear_stacks   (WeftUndoManager *self,
                                                   gboolean         undo,
                                                   gboolean         redo);
/* Both stacks as bytes, to be kept across a restart; %NULL: nothing worth keeping. (transfer full) (nullable) */
GBytes          *weft_undo_manager_save           (WeftUndoManager *self);
/* On a manager that has recorded nothing yet, of a copy of the document with the same scope. */
gboolean         weft_undo_manager_restore        (WeftUndoManager *self,
                                                   GBytes          *bytes,
                                                   GError         **error) G_GNUC_WARN_UNUSED_RESULT;
/* Called when can_undo or can_redo may have changed. */
void             weft_undo_manager_set_changed    (WeftUndoManager *self,
                                                   void           (*changed) (gpointer user_data),
                                                   gpointer         user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftUndoManager, weft_undo_manager_free)

G_END_DECLS
