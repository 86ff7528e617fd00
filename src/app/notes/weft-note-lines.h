/* weft-note-lines.h - what is known of each line of a note, and UTF-16 to character offsets
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One record a line of the buffer, the character that ends it included. The document counts UTF-16
 * code units and the buffer characters; they differ by one for each character beyond U+FFFF, whose
 * number is kept for each line. A conversion adds up the records before the line (20,000 lines:
 * some 15 microseconds) and looks at text only in a line that has such characters; in a note
 * that has none it costs nothing.
 */

#pragma once

#include "app/notes/weft-note-format.h"

G_BEGIN_DECLS

typedef struct
{
  WeftNoteLineFormat format;
  guint32            n_chars; /* with what ends the line */
  guint32            n_wide;  /* characters that take two UTF-16 code units */
} WeftNoteLine;

typedef struct _WeftNoteLines WeftNoteLines;

WeftNoteLines      *weft_note_lines_new        (GtkTextBuffer            *buffer) G_GNUC_WARN_UNUSED_RESULT;
void                weft_note_lines_free       (WeftNoteLines            *self);
guint               weft_note_lines_get_n      (WeftNoteLines            *self);
/* Borrowed, good until the next change. */
const WeftNoteLine *weft_note_lines_get        (WeftNoteLines            *self,
                                                guint                     line);
void                weft_note_lines_set_format (WeftNoteLines            *self,
                                                guint                     line,
                                                const WeftNoteLineFormat *format);
/* The buffer changed: @text was inserted into @line, or from @first to @last were joined less @n_wide. */
void                weft_note_lines_inserted   (WeftNoteLines            *self,
                                                guint                     line,
                                                const char               *text,
                                                gsize                     n_bytes);
void                weft_note_lines_deleted    (WeftNoteLines            *self,
                                                guint                     first,
                                                guint                     last,
                                                guint                     n_wide);
guint64             weft_note_lines_to_utf16   (WeftNoteLines            *self,
                                                const GtkTextIter        *iter);
/* A place inside a surrogate pair becomes the one before it; beyond the end is the end. */
void                weft_note_lines_to_iter    (WeftNoteLines            *self,
                                                guint64                   pos_utf16,
                                                GtkTextIter              *iter);
/* The number of an ordered item among its neighbours, from 1. */
guint               weft_note_lines_get_number (WeftNoteLines            *self,
                                                guint                     line);
/* Characters beyond U+FFFF in @text. */
guint               weft_note_count_wide       (const char               *text,
                                                gsize                     n_bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftNoteLines, weft_note_lines_free)

G_END_DECLS
