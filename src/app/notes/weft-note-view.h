/* weft-note-view.h - a note: its title, its text, and the formats below
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "model/weft-document.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define WEFT_TYPE_NOTE_VIEW (weft_note_view_get_type ())
G_DECLARE_FINAL_TYPE (WeftNoteView, weft_note_view, WEFT, NOTE_VIEW, AdwBin)

GtkWidget *weft_note_view_new          (void);
/* @document: (nullable): a page of the kind note */
void       weft_note_view_set_document (WeftNoteView *self,
                                        WeftDocument *document);
/* Selects the line that @position, a relative position, is in, and shows it. */
void       weft_note_view_show_line    (WeftNoteView  *self,
                                        const WeftAny *position);
/* Selects @n_chars characters from @at on, counted as weft_page_text_new () counts, and shows them. */
void       weft_note_view_show_range   (WeftNoteView *self,
                                        guint         at,
                                        guint         n_chars);
/* The whole text to the clipboard. */
void       weft_note_view_copy_all    (WeftNoteView *self);

G_END_DECLS
