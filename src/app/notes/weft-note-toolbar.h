/* weft-note-toolbar.h - the formats of a note as buttons
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The buttons activate the actions `note.*` of the view around them and never take the focus. Where
 * there is not room for all of them the row scrolls sideways.
 * Signal "done": a menu was closed; the focus belongs into the text.
 */

#pragma once

#include "app/notes/weft-note-text-view.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define WEFT_TYPE_NOTE_TOOLBAR (weft_note_toolbar_get_type ())
G_DECLARE_FINAL_TYPE (WeftNoteToolbar, weft_note_toolbar, WEFT, NOTE_TOOLBAR, AdwBin)

GtkWidget *weft_note_toolbar_new        (void);
void       weft_note_toolbar_show_state (WeftNoteToolbar     *self,
                                         const WeftNoteState *state);

G_END_DECLS
