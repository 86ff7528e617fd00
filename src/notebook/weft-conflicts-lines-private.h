/* weft-conflicts-lines-private.h - two people who wrote in one note without knowing of each other
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 *     -lines.c  who they are (the stretches of one person while apart, and another person who wrote
 *               meanwhile), and which lines both touched
 *     -fate.c   whether what is deleted by now was in the line that each of them had
 *     -line.c   one such line: whose each character is, whether it deserves a card
 *     -rewrite.c   one version put in its place
 */

#pragma once

#include "notebook/weft-conflicts-private.h"
#include "notebook/weft-note-pieces.h"

G_BEGIN_DECLS

/* From the point of view of two people who parted. */
typedef enum
{
  WEFT_SINCE_BEFORE, /* both knew it when they parted */
  WEFT_SINCE_FIRST,  /* written by the one, and by the other, while apart */
  WEFT_SINCE_SECOND,
  WEFT_SINCE_OTHERS, /* by a third who did not know of both */
  WEFT_SINCE_LATER,  /* by somebody who knew both */
} WeftSince;

typedef struct
{
  WeftClientId client;
  WeftClock    from;
  WeftClock    to;
} WeftWritten;

/* A set of deletions that somebody wrote down. */
typedef struct
{
  WeftId         id;
  WeftDeleteSet *deletions;
} WeftDeletions;

/* What became of a unit that is deleted by now, and that both had known. */
typedef struct
{
  gboolean was_there[2];  /* when that side parted; of who was online: when it wrote its own version */
  gboolean deleted_by[2]; /* by that side, without knowing of the other */
} WeftFate;

/* What one of the two did while apart. */
typedef struct
{
  char          *key;       /* the same for all the clients of a person */
  char          *person;    /* nullable */
  GArray        *written;   /* WeftWritten; some may be empty */
  GArray        *notes;     /* WeftDeletions, borrowed: by client of the id */
  WeftDeleteSet *deletions; /* all of these */
  GPtrArray     *stretches; /* WeftStretch, borrowed; empty: was online */
  GPtrArray     *unmet;     /* the same: by others, which came back at the same moment or later; NULL: not asked for */
  gint64         to_ms;
  GArray        *changed;   /* guint32: pieces that it changed, sorted */
} WeftApartSide;

typedef struct
{
  WeftConflictFinder   *finder;
  const WeftNotePieces *pieces;
  GArray               *notes;     /* WeftDeletions: all that is noted in `users` */
  GHashTable           *noted;     /* client -> WeftDeleteSet: the same, by who noted it */
  WeftDeleteSet        *apart;     /* what was deleted in any stretch */
  gboolean              is_exact;  /* the stretches of the first side tell what others deleted */
  GPtrArray            *stretches; /* WeftStretch: those of the first side */
  WeftApartSide        *sides[2];
} WeftApartPair;

gboolean      weft_apart_side_has_client       (const WeftApartSide *self,
                                                WeftClientId         client);
WeftSince     weft_apart_pair_classify         (const WeftApartPair *self,
                                                WeftId               id);
/* The same for a stretch of neither side. */
WeftSince     weft_apart_pair_classify_stretch (const WeftApartPair *self,
                                                const WeftStretch   *stretch);
/* Whether a client of side @side wrote @id, at any time. */
gboolean      weft_apart_pair_is_by            (const WeftApartPair *self,
                                                guint                side,
                                                WeftId               id);
/* Whether side @side knew @id when it parted, as far as that is told by its stretches. */
gboolean      weft_apart_pair_knew             (const WeftApartPair *self,
                                                guint                side,
                                                WeftId               id);
/* Whether side @side was apart and had @id in its version all the while, though it is deleted by now. */
gboolean      weft_apart_pair_was_left         (const WeftApartPair *self,
                                                guint                side,
                                                WeftId               id);
/* Whether one of the two, when it parted, had just seen @id go: whoever noted that later settles nothing. */
gboolean      weft_apart_pair_was_gone         (const WeftApartPair *self,
                                                WeftId               id);
/* What became of @id, which both knew when the first side parted, and which is deleted. */
WeftFate      weft_apart_pair_find_fate        (const WeftApartPair *self,
                                                WeftId               id);
/* Whether both had this line break when they parted. */
gboolean      weft_apart_pair_is_line_end      (const WeftApartPair *self,
                                                const WeftNotePiece *piece);

typedef enum
{
  WEFT_LINE_FINE,    /* no card, because of what the two wrote */
  WEFT_LINE_SETTLED, /* none, because of what somebody did later */
  WEFT_LINE_OPEN,
} WeftLineState;

/* What two people did to one line. */
typedef struct _WeftApartLine WeftApartLine;

/* @start, @end: pieces */
WeftApartLine *weft_apart_line_new          (const WeftApartPair *pair,
                                             guint                start,
                                             guint                end) G_GNUC_WARN_UNUSED_RESULT;
void           weft_apart_line_free         (WeftApartLine       *self);
/* The id of the card, were there one. (nullable): nothing changed by one of the two */
const char    *weft_apart_line_get_id       (const WeftApartLine *self);
/* The same for all that these two may ever disagree about in this line. */
const char    *weft_apart_line_get_key      (const WeftApartLine *self);
WeftLineState  weft_apart_line_judge        (WeftApartLine       *self);
/* After weft_apart_line_judge() */
WeftConflict  *weft_apart_line_make_card    (const WeftApartLine *self) G_GNUC_WARN_UNUSED_RESULT;

/* Steps that make it the line that side @keep of the card had, from the last to the first. */
typedef struct
{
  guint64  pos_utf16;
  guint64  n_utf16;    /* to delete; 0: an insertion */
  GString *text;       /* to insert, else NULL */
  WeftAny *embed;      /* the same */
  WeftAny *attributes;
} WeftLineStep;

void           weft_line_step_clear         (WeftLineStep        *self);
/* (transfer full) (element-type WeftLineStep) */
GArray        *weft_apart_line_plan         (const WeftApartLine *self,
                                             guint                keep);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftApartLine, weft_apart_line_free)

G_END_DECLS
