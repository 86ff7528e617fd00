/* weft-history-panel.h - the versions of the page, by day and person
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Signals
 *   "version-chosen" (guint index): by walking through the list
 *   "version-entered" (guint index): by a click, or Enter: it is to be seen
 *   "done": one has seen enough
 */

#pragma once

#include <adwaita.h>

#include "model/weft-history.h"

G_BEGIN_DECLS

#define WEFT_TYPE_HISTORY_PANEL (weft_history_panel_get_type ())
G_DECLARE_FINAL_TYPE (WeftHistoryPanel, weft_history_panel, WEFT, HISTORY_PANEL, AdwBin)

/* @history: (nullable) */
void       weft_history_panel_set_history (WeftHistoryPanel  *self,
                                           WeftHistory       *history);
/* "Ana and Ben", "Somebody": who made a version, as a part of a sentence. (transfer full) */
char      *weft_version_dup_people        (const WeftVersion *version);
/* "Today, 14:32". @zone: (nullable): as in weft-moment.h. (transfer full) */
char      *weft_version_dup_when          (const WeftVersion *version,
                                           GTimeZone         *zone);

G_END_DECLS
