/* weft-note-words.h - which words of a text a spelling checker is asked about
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Left out is what is no word of a language: addresses, paths, names with digits or underscores, single letters, and
 * what is written in a script that the language is not written in (Chinese in an English note).
 */

#pragma once

#include <pango/pango.h>

G_BEGIN_DECLS

typedef struct
{
  guint at;      /* characters before it */
  guint n_chars;
  guint byte;    /* bytes before it */
  guint n_bytes;
} WeftNoteWord;

/* Of a text without line breaks, in order. @language: (nullable): of any script then.
 * Returns: (transfer full) (element-type WeftNoteWord) */
GArray *weft_note_words_find (const char    *text,
                              gsize          n_bytes,
                              PangoLanguage *language) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
