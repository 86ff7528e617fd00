/* weft-note-spelling.h - underlines what is misspelled in a note
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/notes/weft-note-binding.h"

G_BEGIN_DECLS

typedef struct _WeftNoteSpelling WeftNoteSpelling;

/* Checks @binding's text, and puts what may be meant into the menu of @view: both outlive it. %NULL where Weft was
 * built without a checker. */
WeftNoteSpelling *weft_note_spelling_new  (GtkTextView      *view,
                                           WeftNoteBinding  *binding) G_GNUC_WARN_UNUSED_RESULT;
/* What was underlined is so no more. */
void              weft_note_spelling_free (WeftNoteSpelling *self);

G_END_DECLS
