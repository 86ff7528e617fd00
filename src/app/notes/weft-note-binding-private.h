/* weft-note-binding-private.h - what the two directions of the binding share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/notes/weft-note-binding.h"

G_BEGIN_DECLS

struct _WeftNoteBinding
{
  GObject        parent_instance;

  /* Borrowed: they outlive us */
  WeftDoc       *doc;
  WeftType      *text;

  /* Owned */
  GtkTextBuffer *buffer;
  WeftNoteTags  *tags;
  WeftNoteLines *lines;
  WeftAny       *marks; /* of what is typed next; nullable */
  char          *typed; /* the text that the running user action inserted, if that is all it did */
  guint          observer;

  /* A large note is shown bit by bit. Until all is there, the buffer holds what stands before some "\n" of the
   * document, which the sentinel stands for: as if the document ended with it. */
  WeftDelta     *content;      /* of the document; nullable: to be read again */
  gsize          content_op;   /* where what is not shown begins in it */
  gsize          content_byte;
  guint          load_source;

  /* The document ends with a "\n", which the sentinel stands for. */
  guint          has_final : 1;
  /* Nothing was there before: no tag needs to be taken off. */
  guint          loading : 1;
  guint          partial : 1;
  guint          composing : 1;
  guint          following : 1;
  guint          in_transaction : 1;
  guint          committing : 1;
  guint          did_other : 1;

  /* How deep we are in changes that are already in the document, in changes of tags, in user actions. */
  guint          applying;
  guint          tagging;
  guint          user_actions;
  int            typed_end;

  /* What the running signal of the buffer is about, from before it to after it. */
  guint64        pos_utf16;
  guint          first_line;
  guint          last_line;
  guint          n_wide;
  int            offset;
  WeftAny       *insert_marks; /* of what is being typed; nullable */
  WeftAny       *replaced_marks; /* of what the running action deleted at @replaced_offset; nullable */
  int            replaced_offset;
  WeftAny       *kept_format;  /* of the line that a deletion began in; nullable */

  /* Where the caret and the other end of the selection belong after the document's changes. */
  int            pins[2];
  int            last_change;
};

void weft_note_binding_apply_delta       (WeftNoteBinding   *self,
                                          const WeftDelta   *delta);
/* Shows what follows, of @n_bytes and up to the end of a line. */
void weft_note_binding_show_more         (WeftNoteBinding   *self,
                                          gsize              n_bytes);
/* As much of @delta as is about what is shown; what is known of the rest is forgotten where it changed.
 * (transfer full) */
WeftDelta *weft_note_binding_clip        (WeftNoteBinding   *self,
                                          const WeftDelta   *delta);
/* Units of the document that are shown, what the sentinel stands for among them. */
guint64 weft_note_binding_count_shown    (WeftNoteBinding   *self);
/* Exactly these attributes on a stretch that was just inserted. */
void weft_note_binding_dress             (WeftNoteBinding   *self,
                                          const GtkTextIter *start,
                                          const GtkTextIter *end,
                                          const WeftAny     *attributes);
/* Sets and removes (by null) attributes. */
void weft_note_binding_change_tags       (WeftNoteBinding   *self,
                                          const GtkTextIter *start,
                                          const GtkTextIter *end,
                                          const WeftAny     *attributes);
/* Reads the lines' formats from what ends them, and dresses them. */
void weft_note_binding_refresh_lines     (WeftNoteBinding   *self,
                                          guint              first,
                                          guint              last);
/* Borrowed. Then its attributes are set, and then it is told of. */
GtkTextChildAnchor *weft_note_binding_insert_anchor (WeftNoteBinding *self,
                                                     GtkTextIter     *iter,
                                                     const WeftAny   *embed);
void weft_note_binding_tell_embed        (WeftNoteBinding    *self,
                                          GtkTextChildAnchor *anchor);
/* As shown: without what a text buffer would take for the end of a line. %NULL where @text may stay. */
char *weft_note_binding_clean_text       (const char        *text,
                                          gsize              n_bytes);

G_END_DECLS
