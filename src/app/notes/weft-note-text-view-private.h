/* weft-note-text-view-private.h - what the files of the note's text share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * weft-note-text-view.c   the widget: drawing, pointer, keys
 * weft-note-commands.c    edits: marks, formats of lines, Enter, Backspace, Tab
 * weft-note-markdown.c    Markdown as one types
 * weft-note-clipboard.c   copying, pasting, dropping
 * weft-note-embeds.c      pictures, dividers, placeholders
 * weft-note-spelling.c    what is misspelled
 * weft-note-presence.c    the carets of others, and ours for them
 */

#pragma once

#include "app/notes/weft-note-highlight.h"
#include "app/notes/weft-note-spelling.h"
#include "app/notes/weft-note-text-view.h"

G_BEGIN_DECLS

/* The widest that a column of text gets, and the least room beside it. */
#define WEFT_NOTE_COLUMN     720
#define WEFT_NOTE_MIN_MARGIN 20

typedef struct _WeftNotePresence WeftNotePresence;

struct _WeftNoteTextView
{
  GtkSourceView     parent_instance;

  /* Owned */
  WeftDocument     *document; /* nullable */
  WeftNoteBinding  *binding;  /* nullable */
  WeftNotePresence *presence; /* nullable */
  WeftNoteHighlight *highlight; /* nullable */
  WeftNoteSpelling *spelling; /* nullable */
  GMenu            *menu;     /* what is added to the menu of the text */
  GPtrArray        *embeds;   /* of GtkWidget, which the view owns */
  GdkRGBA           accent;

  guint             state_source;
  guint             margin_source;
  int               margin;
  int               width;
  guint             preparing : 1; /* text comes from us, not from the keyboard */
  guint             composing : 1;
  guint             dark : 1;
  guint             check_spelling : 1;
  guint             allocating : 1;
};

/* weft-note-text-view.c */
/* A sentence for the person, where the window shows such. */
void     weft_note_text_view_tell          (WeftNoteTextView *self,
                                            const char       *sentence);

/* weft-note-commands.c */
/* The caret, and whether there is a selection. */
gboolean weft_note_text_view_get_selection (WeftNoteTextView *self,
                                            GtkTextIter      *start,
                                            GtkTextIter      *end);
void     weft_note_text_view_end_step      (WeftNoteTextView *self);
/* Each tells whether it did something; if not, the key goes on. */
gboolean weft_note_text_view_enter         (WeftNoteTextView *self);
gboolean weft_note_text_view_backspace     (WeftNoteTextView *self);
gboolean weft_note_text_view_tab           (WeftNoteTextView *self,
                                            gboolean          back);
void     weft_note_text_view_toggle_check  (WeftNoteTextView *self,
                                            guint             line);
/* An embed in a line of its own at the caret, as one step. */
void     weft_note_text_view_insert_block  (WeftNoteTextView *self,
                                            WeftAny          *embed,
                                            WeftAny          *attributes);
/* {"key": null} or {"key": value}; @value: (transfer full) (nullable) */
WeftAny *weft_note_attribute               (const char       *key,
                                            WeftAny          *value);

/* weft-note-markdown.c */
void     weft_note_text_view_typed         (WeftNoteTextView *self,
                                            const char       *text,
                                            int               offset);
/* Enter in a line that is a fence or a rule. */
gboolean weft_note_text_view_enter_markdown (WeftNoteTextView *self);

/* weft-note-clipboard.c */
void     weft_note_text_view_install_clipboard (GtkTextViewClass *text_view_class);
void     weft_note_text_view_add_drop_target   (WeftNoteTextView *self);

/* weft-note-embeds.c */
void     weft_note_text_view_show_embeds   (WeftNoteTextView *self);
void     weft_note_text_view_fit_embeds    (WeftNoteTextView *self);
void     weft_note_text_view_forget_embeds (WeftNoteTextView *self);
gboolean weft_note_iter_is_divider         (const GtkTextIter *iter);

/* weft-note-presence.c */
WeftNotePresence *weft_note_presence_new    (WeftNoteTextView *view);
void              weft_note_presence_free   (WeftNotePresence *self);
/* Our caret may have moved. */
void              weft_note_presence_touch  (WeftNotePresence *self);
/* The pointer, in the buffer's coordinates. */
void              weft_note_presence_hover  (WeftNotePresence *self,
                                             int               x,
                                             int               y);
void              weft_note_presence_draw   (WeftNotePresence *self,
                                             GtkSnapshot      *snapshot,
                                             gboolean          above);

G_END_DECLS
