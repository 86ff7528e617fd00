/* weft-note-spelling.h - underlines what is misspelled in a note
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Only what is in sight, and a screen around it, is looked at: in slices, whenever there is nothing else to be done.
 * What was looked at carries a tag without a look, which is taken off around each change; so a note of any length
 * costs what its window shows. Code, links and addresses are not looked at, nor the word that one is typing.
 */

#pragma once

#include "app/notes/weft-note-binding.h"

G_BEGIN_DECLS

typedef struct _WeftNoteSpelling WeftNoteSpelling;

/* Whether this build has a checker. */
gboolean          weft_note_spelling_is_there (void);
/* Checks @binding's text, and puts what may be meant at the head of @menu: all of them outlive it. %NULL where Weft
 * was built without a checker. */
WeftNoteSpelling *weft_note_spelling_new      (GtkTextView      *view,
                                               WeftNoteBinding  *binding,
                                               GMenu            *menu) G_GNUC_WARN_UNUSED_RESULT;
/* What was underlined is so no more. */
void              weft_note_spelling_free     (WeftNoteSpelling *self);
/* These lines are drawn: they are looked at soon, where they were not. */
void              weft_note_spelling_saw      (WeftNoteSpelling *self,
                                               int               first,
                                               int               last);
/* The menu is opened with a key: it is about the word at the caret. */
void              weft_note_spelling_point    (WeftNoteSpelling *self);
/* From now on the language that is chosen is remembered there, and the one remembered is chosen. */
void              weft_note_spelling_remember (GSettings        *settings);

G_END_DECLS
