/* weft-snapshot-view.h - what a document looked like, and what changed between two moments
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Nothing here changes the document or makes another one: the parts of runs that were visible are
 * visited where they are. All of it needs a document that keeps deleted content (WeftDocOptions.gc
 * off); what was collected shows nothing.
 *
 * Two moments are given, @at and @before. @at %NULL is now. With @before %NULL nothing is compared:
 * all that @at shows counts as kept. The unit of a piece's id was written by the id's client; who
 * deleted it is not in a Yjs document.
 *
 *            before        at
 *   "Hello" ──┬─────────────┬──►     "Hel" kept, "lo" removed (still in the document), "p" added
 *             │  − lo  + p  │
 */

#pragma once

#include "crdt/weft-snapshot.h"
#include "crdt/weft-type.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_PIECE_KEPT,    /* shown by both */
  WEFT_PIECE_ADDED,   /* shown by @at only */
  WEFT_PIECE_REMOVED, /* shown by @before only */
} WeftPieceChange;

/* A part of a run, the whole of which was visible at the same moments. */
typedef struct
{
  WeftPieceChange change;
  WeftId          id;     /* of its first unit */
  guint64         length; /* units; those after the first have the next clocks */
  WeftContentKind content;
  WeftType       *parent; /* borrowed */
  const char     *key;    /* borrowed; in a map, else %NULL */
  WeftType       *type;   /* borrowed; WEFT_CONTENT_TYPE: the nested type */
} WeftPiece;

/* Returns: whether to go on. What the piece holds: weft_piece_dup_value(). */
typedef gboolean (*WeftPieceFunc) (const WeftPiece *piece,
                                   gpointer         user_data);

/* The @index-th unit of a piece as a value; of text, all from there to the end of the piece. %NULL for
 * marks and nested types, and for what was collected. (transfer full) (nullable) */
WeftAny   *weft_piece_dup_value     (const WeftPiece    *piece,
                                     guint64             index);

/* The sequence of @self, in order, marks (WEFT_CONTENT_FORMAT) included. Costs O(items of @self). */
void       weft_type_foreach_piece  (WeftType           *self,
                                     const WeftSnapshot *at,
                                     const WeftSnapshot *before,
                                     WeftPieceFunc       func,
                                     gpointer            user_data);
/* The keys of @self: at most two pieces each, the removed one first. Costs O(entries ever written). */
void       weft_map_foreach_piece   (WeftType           *self,
                                     const WeftSnapshot *at,
                                     const WeftSnapshot *before,
                                     WeftPieceFunc       func,
                                     gpointer            user_data);
/* All that was added or removed anywhere in @self, by client and clock, not by place. A value that was
 * set over is removed; what was in a type that was removed is removed too. */
void       weft_doc_foreach_change  (WeftDoc            *self,
                                     const WeftSnapshot *at,
                                     const WeftSnapshot *before,
                                     WeftPieceFunc       func,
                                     gpointer            user_data);

/* As Y.Text.toDelta (at, before): with @before, what changed has the attribute
 * "ychange": {"user": CLIENT, "type": "added" or "removed"}. Marks are those of @at. (transfer full) */
WeftDelta *weft_text_to_delta_at    (WeftType           *self,
                                     const WeftSnapshot *at,
                                     const WeftSnapshot *before);
/* Without embeds and marks. (transfer full) */
char      *weft_text_to_string_at   (WeftType           *self,
                                     const WeftSnapshot *at);
/* The items of an array, or the children of an XML type: as weft_array_foreach(). */
void       weft_array_foreach_at    (WeftType           *self,
                                     const WeftSnapshot *at,
                                     WeftArrayFunc       func,
                                     gpointer            user_data);
/* What @key held; a nested type is given through @type (nullable), then, or without a value, %NULL is
 * returned. (transfer full) (nullable) */
WeftAny   *weft_map_get_at          (WeftType           *self,
                                     const char         *key,
                                     const WeftSnapshot *at,
                                     WeftType          **type);
/* (transfer container): the keys that held something; borrowed strings, good until the next change */
GPtrArray *weft_map_list_keys_at    (WeftType           *self,
                                     const WeftSnapshot *at);

G_END_DECLS
