/* weft-note-text-view.h - the text of a note, as one writes in it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A source view over a #WeftNoteBinding. It draws what belongs to lines (bullets, numbers, check boxes,
 * bars of quotes, grounds of code) and other people's carets, and turns keys into edits.
 *
 * Signals
 *   "state-changed": what weft_note_text_view_get_state() tells may have changed
 *   "leave-up": the caret was moved up out of the first line
 */

#pragma once

#include "app/notes/weft-note-binding.h"
#include "model/weft-document.h"

G_BEGIN_DECLS

#define WEFT_TYPE_NOTE_TEXT_VIEW (weft_note_text_view_get_type ())
G_DECLARE_FINAL_TYPE (WeftNoteTextView, weft_note_text_view, WEFT, NOTE_TEXT_VIEW, GtkSourceView)

/* What holds at the caret, or in all of the selection. */
typedef struct
{
  WeftNoteLineFormat line;
  gboolean           bold;
  gboolean           italic;
  gboolean           underline;
  gboolean           strike;
  gboolean           code;
  gboolean           link;
} WeftNoteState;

GtkWidget       *weft_note_text_view_new            (void);
/* @document: (nullable) */
void             weft_note_text_view_set_document   (WeftNoteTextView *self,
                                                     WeftDocument     *document);
/* (nullable): borrowed */
WeftNoteBinding *weft_note_text_view_get_binding    (WeftNoteTextView *self);
void             weft_note_text_view_get_state      (WeftNoteTextView *self,
                                                     WeftNoteState    *state);
/* The width of the text column at the present size. */
int              weft_note_text_view_get_column_width (WeftNoteTextView *self);
void             weft_note_text_view_set_check_spelling (WeftNoteTextView *self,
                                                         gboolean          check);

/* Shows the rest of a large note now, where something is done with all of it. */
void             weft_note_text_view_load           (WeftNoteTextView *self);

/* Edits: each is one step of undo. */
void             weft_note_text_view_undo           (WeftNoteTextView *self);
void             weft_note_text_view_redo           (WeftNoteTextView *self);
void             weft_note_text_view_toggle_mark    (WeftNoteTextView *self,
                                                     const char       *key);
void             weft_note_text_view_clear_marks    (WeftNoteTextView *self);
/* 0 for a paragraph */
void             weft_note_text_view_set_header     (WeftNoteTextView *self,
                                                     guint             level);
/* The same list again: a paragraph */
void             weft_note_text_view_toggle_list    (WeftNoteTextView *self,
                                                     WeftNoteList      list);
void             weft_note_text_view_toggle_quote   (WeftNoteTextView *self);
void             weft_note_text_view_toggle_code    (WeftNoteTextView *self);
void             weft_note_text_view_set_align      (WeftNoteTextView *self,
                                                     WeftNoteAlign     align);
void             weft_note_text_view_shift_indent   (WeftNoteTextView *self,
                                                     int               steps);
void             weft_note_text_view_insert_divider (WeftNoteTextView *self);
/* Puts the picture in a line of its own; tells whether it could be kept. @alt: (nullable) */
gboolean         weft_note_text_view_insert_image   (WeftNoteTextView *self,
                                                     GBytes           *bytes,
                                                     const char       *alt,
                                                     GError          **error);

/* The link at the caret or in the selection, and its text: (transfer full) (nullable) */
char            *weft_note_text_view_dup_link       (WeftNoteTextView *self,
                                                     char            **text);
/* @uri "" takes the link away. @text stands where nothing was selected. */
void             weft_note_text_view_set_link       (WeftNoteTextView *self,
                                                     const char       *uri,
                                                     const char       *text);

G_END_DECLS
