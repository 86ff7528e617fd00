/* weft-g-undo-manager.h - takes back only what was done here
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "facade/weft-g-document.h"

G_BEGIN_DECLS

#define WEFT_G_TYPE_UNDO_MANAGER (weft_g_undo_manager_get_type ())
G_DECLARE_FINAL_TYPE (WeftGUndoManager, weft_g_undo_manager, WEFT_G, UNDO_MANAGER, GObject)

WeftGUndoManager *weft_g_undo_manager_new            (WeftGSharedType  *scope,
                                                      guint             capture_timeout_ms) G_GNUC_WARN_UNUSED_RESULT;
void              weft_g_undo_manager_add_scope      (WeftGUndoManager *self,
                                                      WeftGSharedType  *scope);
void              weft_g_undo_manager_track          (WeftGUndoManager *self,
                                                      const char       *origin);
gboolean          weft_g_undo_manager_undo           (WeftGUndoManager *self);
gboolean          weft_g_undo_manager_redo           (WeftGUndoManager *self);
gboolean          weft_g_undo_manager_get_can_undo   (WeftGUndoManager *self);
gboolean          weft_g_undo_manager_get_can_redo   (WeftGUndoManager *self);
void              weft_g_undo_manager_stop_capturing (WeftGUndoManager *self);
void              weft_g_undo_manager_clear          (WeftGUndoManager *self);
GBytes           *weft_g_undo_manager_save           (WeftGUndoManager *self);
gboolean          weft_g_undo_manager_restore        (WeftGUndoManager *self,
                                                      GBytes           *bytes,
                                                      GError          **error);

G_END_DECLS
