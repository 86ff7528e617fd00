/* weft-note-binding.h - ties a text buffer to the Y.Text of a note, both ways
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The buffer holds the text of the document, less the one "\n" that ends it (which the document may
 * lack), plus one zero-width character at the very end, the *sentinel*: as a "\n" does for any other
 * line, it carries the attributes of the last line, so that an empty last line can be a list item.
 * The caret never stands behind it.
 *
 *    document   T i t l e \n {image} \n e n d \n          "\n" number 1 has header: 1
 *    buffer     T i t l e \n  ￼      \n e n d ␣           ␣ is the sentinel
 *
 * What other people do, and undo, is applied to the buffer as ranges; the caret goes to what undo changes
 * and stays where it is otherwise. What is done to the buffer is
 * written to the document, one transaction for a user action (gtk_text_buffer_begin_user_action()).
 * Attributes are changed here, in both at once. Everything is counted in characters; the document's
 * UTF-16 never leaves this file and weft-note-lines.c.
 *
 * A large note is shown bit by bit: first its beginning, then the rest whenever there is nothing else to be done.
 * What is there can be edited meanwhile, by anybody.
 *
 * Signals
 *   "edited" (string text, int offset): a user action ended. @text is what was inserted by typing, with
 *     its end at @offset, or %NULL when the action did anything else
 *   "applied": changes from the document have been applied
 *   "embed" (GtkTextChildAnchor): an embed came into the buffer
 *   "loaded": all of a note that was shown bit by bit is there now
 */

#pragma once

#include "app/notes/weft-note-lines.h"
#include "crdt/weft-type.h"

G_BEGIN_DECLS

#define WEFT_TYPE_NOTE_BINDING (weft_note_binding_get_type ())
G_DECLARE_FINAL_TYPE (WeftNoteBinding, weft_note_binding, WEFT, NOTE_BINDING, GObject)

/* Both outlive the binding. */
WeftNoteBinding *weft_note_binding_new            (WeftDoc           *doc,
                                                   WeftType          *text) G_GNUC_WARN_UNUSED_RESULT;
/* Shows at least @n_bytes of it now, and the rest later. */
WeftNoteBinding *weft_note_binding_new_gradual    (WeftDoc           *doc,
                                                   WeftType          *text,
                                                   gsize              n_bytes) G_GNUC_WARN_UNUSED_RESULT;
/* Whether all of the document is shown. */
gboolean         weft_note_binding_is_loaded      (WeftNoteBinding   *self);
/* From 0 to 1 */
double           weft_note_binding_get_progress   (WeftNoteBinding   *self);
/* Shows some more now: for what cannot wait. @n_bytes: G_MAXSIZE for all */
void             weft_note_binding_load           (WeftNoteBinding   *self,
                                                   gsize              n_bytes);
/* Borrowed, all three */
GtkTextBuffer   *weft_note_binding_get_buffer     (WeftNoteBinding   *self);
WeftNoteLines   *weft_note_binding_get_lines      (WeftNoteBinding   *self);
WeftNoteTags    *weft_note_binding_get_tags       (WeftNoteBinding   *self);

/* The end of the text, before the sentinel. */
void             weft_note_binding_get_end        (WeftNoteBinding   *self,
                                                   GtkTextIter       *iter);
gboolean         weft_note_binding_is_empty       (WeftNoteBinding   *self);
/* What ends @line: the character that carries its attributes. */
void             weft_note_binding_get_terminator (WeftNoteBinding   *self,
                                                   guint              line,
                                                   GtkTextIter       *iter);
/* While an input method composes, changes from the document leave the caret to the buffer's own rules. */
void             weft_note_binding_set_composing  (WeftNoteBinding   *self,
                                                   gboolean           composing);
/* The marks of what would be typed at @iter: (transfer full) an object */
WeftAny         *weft_note_binding_dup_marks      (WeftNoteBinding   *self,
                                                   const GtkTextIter *iter);
/* The marks of what is typed next, until the caret is moved. @marks: (nullable) (transfer none) */
void             weft_note_binding_set_marks      (WeftNoteBinding   *self,
                                                   WeftAny           *marks);

/* Text with exactly these attributes. @iter moves behind it. */
void             weft_note_binding_insert         (WeftNoteBinding   *self,
                                                   GtkTextIter       *iter,
                                                   const char        *text,
                                                   gssize             n_bytes,
                                                   WeftAny           *attributes);
void             weft_note_binding_insert_embed   (WeftNoteBinding   *self,
                                                   GtkTextIter       *iter,
                                                   WeftAny           *embed,
                                                   WeftAny           *attributes);
/* Null values in @attributes remove. Iterators stay good. */
void             weft_note_binding_format         (WeftNoteBinding   *self,
                                                   const GtkTextIter *start,
                                                   const GtkTextIter *end,
                                                   WeftAny           *attributes);
void             weft_note_binding_format_lines   (WeftNoteBinding   *self,
                                                   guint              first,
                                                   guint              last,
                                                   WeftAny           *attributes);

/* A place as others understand it, and back: %FALSE where it is not there, or not shown yet. */
WeftAny         *weft_note_binding_dup_position   (WeftNoteBinding   *self,
                                                   const GtkTextIter *iter);
gboolean         weft_note_binding_find_position  (WeftNoteBinding   *self,
                                                   const WeftAny     *position,
                                                   GtkTextIter       *iter);

/* What is embedded at @anchor, %NULL for a nested type: borrowed */
const WeftAny   *weft_note_anchor_get_embed       (GtkTextChildAnchor *anchor);

/* From the buffer alone: what the document should hold. */
WeftDelta       *weft_note_binding_to_delta       (WeftNoteBinding   *self,
                                                   const GtkTextIter *start,
                                                   const GtkTextIter *end) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the buffer says what the document says. */
gboolean         weft_note_binding_check          (WeftNoteBinding   *self,
                                                   GError           **error);

G_END_DECLS
