/* weft-note-highlight.h - the colours of code in a note
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A block of code that names its language is highlighted in a buffer that nobody sees, and the colours
 * are copied: the note itself has no language. They are no part of the document.
 */

#pragma once

#include "app/notes/weft-note-binding.h"

G_BEGIN_DECLS

typedef struct _WeftNoteHighlight WeftNoteHighlight;

/* @binding outlives it. */
WeftNoteHighlight *weft_note_highlight_new      (WeftNoteBinding   *binding,
                                                 gboolean           dark) G_GNUC_WARN_UNUSED_RESULT;
void               weft_note_highlight_free     (WeftNoteHighlight *self);
void               weft_note_highlight_set_dark (WeftNoteHighlight *self,
                                                 gboolean           dark);
/* The text changed: what is code is looked at again soon. */
void               weft_note_highlight_queue    (WeftNoteHighlight *self);

G_END_DECLS
