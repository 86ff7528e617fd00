/* weft-conflict-card.h - one thing that two people changed while apart, and the choice between them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gtk/gtk.h>

#include "model/weft-notebook.h"

G_BEGIN_DECLS

#define WEFT_TYPE_CONFLICT_CARD (weft_conflict_card_get_type ())
G_DECLARE_FINAL_TYPE (WeftConflictCard, weft_conflict_card, WEFT, CONFLICT_CARD, GtkListBoxRow)

GtkWidget        *weft_conflict_card_new      (WeftNotebook     *notebook,
                                               WeftConflictItem *item) G_GNUC_WARN_UNUSED_RESULT;
WeftConflictItem *weft_conflict_card_get_item (WeftConflictCard *self);

G_END_DECLS
