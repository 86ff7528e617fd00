/* weft-conflicts-private.h - what the finders of conflicts share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-type.h"
#include "notebook/weft-conflicts.h"
#include "notebook/weft-stretches.h"

G_BEGIN_DECLS

typedef struct
{
  WeftDoc    *doc;       /* borrowed */
  WeftUsers  *users;     /* borrowed, nullable */
  WeftType   *resolved;  /* borrowed */
  gboolean    has_undone; /* some choice was taken back */
  GPtrArray  *stretches; /* WeftStretch */
  GHashTable *ids;       /* of @found */
  GPtrArray  *found;     /* WeftConflict */
} WeftConflictFinder;

void       weft_conflict_finder_init   (WeftConflictFinder *self,
                                        WeftDoc            *doc,
                                        WeftUsers          *users);
/* (transfer full): what was found, sorted by id */
GPtrArray *weft_conflict_finder_finish (WeftConflictFinder *self);
/* Takes @conflict, or drops it where it is settled or found already. */
void       weft_conflict_finder_take   (WeftConflictFinder *self,
                                        WeftConflict       *conflict);
/* The stretch that @id was written in. (nullable) (transfer none) */
const WeftStretch *weft_conflict_finder_find_stretch (const WeftConflictFinder *self,
                                        WeftId              id);
/* Whether whoever wrote @by had the change @of, as far as the stretches tell. */
gboolean   weft_conflict_finder_knew   (WeftConflictFinder *self,
                                        WeftId              by,
                                        WeftId              of);
/* Whether the card @id was settled, and that was taken back. */
gboolean   weft_conflict_finder_is_undone (WeftConflictFinder *self,
                                        const char         *id);
/* Who wrote @id and when. @value: (nullable) (transfer full) */
void       weft_conflict_finder_fill   (WeftConflictFinder *self,
                                        WeftConflictSide   *side,
                                        WeftId              id,
                                        WeftAny            *value);

/* Finds registers written twice, as WEFT_CONFLICT_ELEMENT: those of the maps in @board (nullable), and
 * of @plain itself (these without an element). */
void       weft_conflict_finder_check_maps (WeftConflictFinder *self,
                                            WeftType        *board,
                                            WeftType        *plain);

/* Finds changes inside of deleted elements, as WEFT_CONFLICT_INSIDE. */
void       weft_conflict_finder_check_inside (WeftConflictFinder *self);
/* (transfer full) (nullable): the element of such a one as it would be made again, its texts as strings.
 * @stretches: (element-type WeftStretch): those of @doc */
WeftAny   *weft_conflict_dup_deleted_element (const WeftConflict *self,
                                              WeftDoc            *doc,
                                              GPtrArray          *stretches);
/* Makes the element of such a one again. In a transaction. */
void       weft_conflict_revive_element (const WeftConflict *self,
                                         WeftDoc            *doc);

/* Puts one person's version in place of the line of a WEFT_CONFLICT_LINE. In a transaction. */
void       weft_conflict_rewrite_line  (const WeftConflict *self,
                                        WeftDoc            *doc,
                                        WeftUsers          *users,
                                        guint               keep);

/* Finds values of one timestamp, as WEFT_CONFLICT_TIE. */
void       weft_conflict_finder_check_ties (WeftConflictFinder *self);
/* Whether anything was pushed with somebody else's timestamp. */
gboolean   weft_conflict_has_ties      (WeftDoc            *note);
/* Makes the note of such a one what side 1 pushed. In a transaction. */
void       weft_conflict_put_value     (const WeftConflict *self,
                                        WeftDoc            *doc);

/* Visits what others wrote while @stretch was apart, and could not know of it. */
typedef void (*WeftMissedFunc)         (WeftClientId        client,
                                        WeftClock           from,
                                        WeftClock           to,
                                        gpointer            user_data);
void       weft_stretch_foreach_missed (const WeftStretch  *stretch,
                                        WeftMissedFunc      func,
                                        gpointer            user_data);

/* `<kind>:<client>.<clock>.<index>:<client>.<clock>.<index>`, the lower op first. (transfer full) */
char      *weft_conflict_make_id       (const char         *kind,
                                        const WeftOpId     *a,
                                        const WeftOpId     *b);
/* Notes that @self is settled. */
void       weft_conflict_note_resolved (const WeftConflict *self,
                                        WeftDoc            *doc,
                                        const char         *user);

G_END_DECLS
