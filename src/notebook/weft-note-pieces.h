/* weft-note-pieces.h - a note's text as it was ever written, cut at its line breaks
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The root `quill` in its order, with what is deleted. A piece is a run of units of one item; a line
 * break is a piece of its own. The pieces are good until the document changes.
 */

#pragma once

#include "crdt/weft-doc.h"

G_BEGIN_DECLS

typedef struct
{
  WeftId          id;
  guint32         length; /* units */
  guint32         n_bytes;
  const char     *text; /* not terminated; NULL: no text, or no longer kept */
  const char     *format_key;
  WeftContentKind content;
  gboolean        deleted;
  gboolean        has_right;
  WeftId          right;  /* what its item was written to the left of */
  guint32         offset; /* in its item */
} WeftNotePiece;

typedef struct
{
  GArray    *pieces; /* WeftNotePiece */
  GArray    *by_id;  /* guint32: indexes of pieces, by client and clock */
  GPtrArray *texts;  /* WeftAny: own the texts */
} WeftNotePieces;

WeftNotePieces      *weft_note_pieces_new        (WeftDoc              *note) G_GNUC_WARN_UNUSED_RESULT;
void                 weft_note_pieces_free       (WeftNotePieces       *self);
/* Appends the indexes (guint32) of the pieces that hold units of a range of clocks. */
void                 weft_note_pieces_find       (const WeftNotePieces *self,
                                                  WeftClientId          client,
                                                  WeftClock             from,
                                                  WeftClock             to,
                                                  GArray               *indexes);

static inline const WeftNotePiece *
weft_note_pieces_get (const WeftNotePieces *self,
                      guint                 index)
{
  return &g_array_index (self->pieces, WeftNotePiece, index);
}

static inline gboolean
weft_note_piece_is_break (const WeftNotePiece *piece)
{
  return piece->text != NULL && piece->text[0] == '\n';
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftNotePieces, weft_note_pieces_free)

G_END_DECLS
