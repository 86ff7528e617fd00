/* weft-note-view.h - a note that is open
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gtk/gtk.h>

#include "model/weft-document.h"

G_BEGIN_DECLS

#define WEFT_TYPE_NOTE_VIEW (weft_note_view_get_type ())
G_DECLARE_FINAL_TYPE (WeftNoteView, weft_note_view, WEFT, NOTE_VIEW, GtkWidget)

GtkWidget *weft_note_view_new          (void);
void       weft_note_view_set_document (WeftNoteView *self,
                                         WeftDocument *document);

G_END_DECLS
