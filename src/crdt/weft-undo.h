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
gboolean         weft_undo_manager_undo           (WeftUndoManager *self);
gboolean         weft_undo_manager_redo           (WeftUndoManager *self);
gboolean         weft_undo_manager_can_undo       (WeftUndoManager *self);
gboolean         weft_undo_manager_can_redo       (WeftUndoManager *self);
/* The next change starts a step of its own. */
void             weft_undo_manager_stop_capturing (WeftUndoManager *self);
void             weft_undo_manager_clear          (WeftUndoManager *self);
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
