/* weft-review-panel.h - what others did to the page while nobody looked at it here
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Signals
 *   "change-chosen" (guint index): one of weft_document_get_away(), to be shown
 *   "done": the review is over
 */

#pragma once

#include <adwaita.h>

#include "model/weft-notebook.h"

G_BEGIN_DECLS

#define WEFT_TYPE_REVIEW_PANEL (weft_review_panel_get_type ())
G_DECLARE_FINAL_TYPE (WeftReviewPanel, weft_review_panel, WEFT, REVIEW_PANEL, AdwBin)

/* @document: (nullable): whose changes to walk */
void       weft_review_panel_set_document (WeftReviewPanel *self,
                                           WeftDocument    *document);
/* "Ana and Ben": the people of the changes. (transfer full) */
char      *weft_review_dup_people         (WeftDocument    *document);

G_END_DECLS
