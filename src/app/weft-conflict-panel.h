/* weft-conflict-panel.h - the cards of everything that collided
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Signals
 *   "item-chosen" (WeftConflictItem): show the place
 *   "close": somebody is done
 */

#pragma once

#include <adwaita.h>

#include "model/weft-notebook.h"

G_BEGIN_DECLS

#define WEFT_TYPE_CONFLICT_PANEL (weft_conflict_panel_get_type ())
G_DECLARE_FINAL_TYPE (WeftConflictPanel, weft_conflict_panel, WEFT, CONFLICT_PANEL, AdwBin)

void weft_conflict_panel_set_notebook (WeftConflictPanel *self,
                                       WeftNotebook      *notebook);

G_END_DECLS
