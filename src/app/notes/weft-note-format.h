/* weft-note-format.h - the formats of a note, as text tags and as what a line is
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every attribute of the document is one tag of the buffer ("bold" true, "link" "https://..."), on
 * exactly the characters that carry it, unknown ones included, so that the buffer holds all that
 * the document says. Attributes of a line stand on the character that ends it. What such a line
 * looks like is a second tag, a *paragraph* tag, over the whole line: it follows from the line's
 * #WeftNoteLineFormat and is never part of the document.
 */

#pragma once

#include <gtksourceview/gtksource.h>

#include "crdt/weft-any.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_NOTE_LIST_NONE,
  WEFT_NOTE_LIST_BULLET,
  WEFT_NOTE_LIST_ORDERED,
  WEFT_NOTE_LIST_UNCHECKED,
  WEFT_NOTE_LIST_CHECKED,
} WeftNoteList;

typedef enum
{
  WEFT_NOTE_ALIGN_DEFAULT,
  WEFT_NOTE_ALIGN_CENTER,
  WEFT_NOTE_ALIGN_RIGHT,
  WEFT_NOTE_ALIGN_JUSTIFY,
} WeftNoteAlign;

/* Bytes only: compared with memcmp. */
typedef struct
{
  guint8 header; /* 1 to 6, 0 for a paragraph */
  guint8 list;   /* WeftNoteList */
  guint8 indent; /* 0 to 8 */
  guint8 quote;
  guint8 code;
  guint8 align; /* WeftNoteAlign */
} WeftNoteLineFormat;

/* Where a line stands in a run of lines of one kind: lists, quotes and code keep a distance from the rest. */
typedef enum
{
  WEFT_NOTE_EDGE_NONE = 0,
  WEFT_NOTE_EDGE_FIRST = 1 << 0,
  WEFT_NOTE_EDGE_LAST = 1 << 1,
} WeftNoteEdges;

#define WEFT_NOTE_MAX_INDENT 8
/* Width in pixels of one step of indentation, and of the room for a list's marker. */
#define WEFT_NOTE_INDENT     26

#define WEFT_TYPE_NOTE_TAGS (weft_note_tags_get_type ())
G_DECLARE_FINAL_TYPE (WeftNoteTags, weft_note_tags, WEFT, NOTE_TAGS, GObject)

WeftNoteTags    *weft_note_tags_new           (void) G_GNUC_WARN_UNUSED_RESULT;
/* (transfer none) */
GtkTextTagTable *weft_note_tags_get_table     (WeftNoteTags             *self);
/* The tag of one attribute; %NULL for null and undefined. (transfer none) */
GtkTextTag      *weft_note_tags_get_attribute (WeftNoteTags             *self,
                                               const char               *key,
                                               const WeftAny            *value);
/* The look of a line; %NULL for a plain paragraph. (transfer none) */
GtkTextTag      *weft_note_tags_get_paragraph (WeftNoteTags             *self,
                                               const WeftNoteLineFormat *format,
                                               WeftNoteEdges             edges);
/* Every tag of @key made so far: (transfer none) (nullable) (element-type GtkTextTag) */
GPtrArray       *weft_note_tags_list_key      (WeftNoteTags             *self,
                                               const char               *key);
/* (transfer none) (element-type GtkTextTag) */
GPtrArray       *weft_note_tags_list_paragraphs (WeftNoteTags           *self);
/* Keeps what ends the last line in its place: not editable. (transfer none) */
GtkTextTag      *weft_note_tags_get_sentinel  (WeftNoteTags             *self);
/* Dims checked items and redoes every colour. */
void             weft_note_tags_set_dark      (WeftNoteTags             *self,
                                               gboolean                  dark);

/* The attribute behind @tag, borrowed; %NULL for any other tag. */
const char      *weft_note_tag_get_key        (GtkTextTag *tag);
WeftAny         *weft_note_tag_get_value      (GtkTextTag *tag);
gboolean         weft_note_tag_is_paragraph   (GtkTextTag *tag);

/* Whether two lines belong to one run of a list, a quote or code. */
gboolean         weft_note_line_format_joins  (const WeftNoteLineFormat *a,
                                               const WeftNoteLineFormat *b);

/* Whether @key says something about a line, not about a run of text. */
gboolean         weft_note_key_is_line        (const char *key);
/* The attributes of the character at @iter, of lines or of runs: (transfer full), an object, maybe empty */
WeftAny         *weft_note_dup_attributes     (const GtkTextIter *iter,
                                               gboolean           line_keys);
/* What the character at @iter, which ends a line, makes of that line. */
void             weft_note_line_format_read   (WeftNoteLineFormat *format,
                                               const GtkTextIter  *terminator);

G_END_DECLS
