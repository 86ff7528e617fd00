/* weft-note-title.h - the title of a page, large, above its text
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Shows the title of the page wherever it is changed, and renames the page when one stops typing.
 * Signal "leave-down": Enter or Down: the caret belongs into the text.
 */

#pragma once

#include "model/weft-document.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WEFT_TYPE_NOTE_TITLE (weft_note_title_get_type ())
G_DECLARE_FINAL_TYPE (WeftNoteTitle, weft_note_title, WEFT, NOTE_TITLE, GtkTextView)

GtkWidget *weft_note_title_new          (void);
/* @document: (nullable) */
void       weft_note_title_set_document (WeftNoteTitle *self,
                                         WeftDocument  *document);

G_END_DECLS
