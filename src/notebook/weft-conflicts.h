/* weft-conflicts.h - merges that deserve a look
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Everything always merges. A conflict is a merge of two changes of one thing by people who could not
 * know of each other, because one of them was apart (weft-stretches.h). The list is a pure function of
 * the document, so that every replica shows the same; settling one is an ordinary edit and a note in
 * the root `resolved`. A later change by somebody who saw both settles it too.
 *
 * Peers that write no stretches give cards for registers only: two entries of one key, neither in the
 * other's chain of origins.
 */

#pragma once

#include "notebook/weft-notebook-doc.h"
#include "notebook/weft-users.h"

G_BEGIN_DECLS

/**
 * WeftConflictKind:
 * @WEFT_CONFLICT_PROPERTY: a property of a page (@key) was set by both; of the root page: of the
 *   notebook itself. Values: as set, or null
 * @WEFT_CONFLICT_MOVE: a page was moved by both, or moved by one and deleted by the other. Values: a
 *   place, see below
 * @WEFT_CONFLICT_CYCLE: a move (side 1) was skipped, because the other one had put the page @other_page
 *   above or below it. Values: places of @page (side 1) and of @other_page (side 0)
 * @WEFT_CONFLICT_RETURNED: a page was deleted by side 1, came back because side 0 changed something in
 *   it. Values: null, and the place it was deleted to
 * @WEFT_CONFLICT_DELETED: a page was deleted by side 0, while side 1 changed a property (@key) of it, and
 *   stays in the trash. Values: the place it was deleted to, and the property's
 * @WEFT_CONFLICT_ELEMENT: properties of an element of a board were set by both. Values: an object of
 *   properties; where @key is `place` these are of x, y, width, height, angle and points
 * @WEFT_CONFLICT_INSIDE: an element of a board was deleted by side 0, while side 1 changed something in
 *   it. Values: null, and an object of the properties changed
 * @WEFT_CONFLICT_LINE: the same words of a line of a note, or neighbouring ones, were changed by both.
 *   Values: the line as each of the two had it, without marks, U+FFFC for what is no text; @merged: what
 *   both together made of it. Neither is in force: side 0 is that of the lower client id
 * @WEFT_CONFLICT_TIE: two devices that hold notes as keys and values pushed this note with one timestamp. Values: each
 *   one's Markdown, "" where it deleted the note; persons: the ids of the devices
 *
 * Two rewritings of a line meet where they touch the same word or neighbouring words. A deletion
 * touches the words it takes from; an insertion touches the word it stands in or next to, or the words on
 * either side where it stands between blanks. What stands behind a line break that was inserted is a
 * line of its own. So two people who write at both ends of a paragraph, or new lines at one place, or
 * into an empty line, give no card; marks never do. Nor is there one where the merged line is what
 * one of them had, or where somebody who knew both wrote in the line or deleted from it since.
 *
 * A place is an object {"parent": page id, "position": string}.
 */
typedef enum
{
  WEFT_CONFLICT_PROPERTY,
  WEFT_CONFLICT_MOVE,
  WEFT_CONFLICT_CYCLE,
  WEFT_CONFLICT_RETURNED,
  WEFT_CONFLICT_DELETED,
  WEFT_CONFLICT_ELEMENT,
  WEFT_CONFLICT_INSIDE,
  WEFT_CONFLICT_LINE,
  WEFT_CONFLICT_TIE,
} WeftConflictKind;

typedef struct
{
  WeftClientId client;
  char        *person;  /* `<name> · <device>`; NULL: not known */
  gint64       time_ms; /* when it was written, or the end of the stretch it was written in; 0: not known */
  WeftAny     *value;   /* NULL: no longer kept by anybody here */
} WeftConflictSide;

typedef struct
{
  char            *id; /* the same on every replica */
  WeftConflictKind kind;

  WeftPageId page;       /* in a notebook doc */
  WeftPageId other_page; /* WEFT_CONFLICT_CYCLE */
  char      *element;    /* of a board; NULL: the board itself (`meta`) */
  char      *key;        /* nullable */
  WeftId     anchor;     /* WEFT_CONFLICT_INSIDE: the item that held the element; LINE: a unit of it */
  WeftAny   *merged;     /* WEFT_CONFLICT_LINE: a string, else NULL */
  WeftAny   *shape;      /* WEFT_CONFLICT_ELEMENT: the properties of the element as it is, INSIDE: as it was last; else
                          * NULL. It goes on changing with the document, and is no part of what the card is */

  /* 0: what is in force now. 1: the other. */
  WeftConflictSide sides[2];
} WeftConflict;

void       weft_conflict_free            (WeftConflict    *self);

/* (transfer full) (element-type WeftConflict): what is open, in a stable order. @users: (nullable) */
GPtrArray *weft_conflicts_list_pages     (WeftNotebookDoc *notebook,
                                          WeftUsers       *users) G_GNUC_WARN_UNUSED_RESULT;
GPtrArray *weft_conflicts_list_elements  (WeftDoc         *board,
                                          WeftUsers       *users) G_GNUC_WARN_UNUSED_RESULT;
GPtrArray *weft_conflicts_list_lines     (WeftDoc         *note,
                                          WeftUsers       *users) G_GNUC_WARN_UNUSED_RESULT;

/* Whether a list could have anything in it, without walking the document: %FALSE is certain. */
gboolean   weft_conflicts_may_be_in_elements (WeftDoc     *board,
                                              WeftUsers   *users);
gboolean   weft_conflicts_may_be_in_lines (WeftDoc        *note);

/* Carries out a choice, and notes in `resolved` that @user (nullable) made it. With @keep_other the
 * value of side 1 comes in force; without, that of side 0 does or stays. The first for kinds of pages,
 * the second for kinds of elements and lines; @origin is that of the edit, so that it can be undone. */
void       weft_conflict_settle_page     (const WeftConflict *self,
                                          WeftNotebookDoc *notebook,
                                          gboolean         keep_other,
                                          const char      *user);
void       weft_conflict_settle_content  (const WeftConflict *self,
                                          WeftDoc         *doc,
                                          gconstpointer    origin,
                                          gboolean         keep_other,
                                          const char      *user);
/* Only notes that @user settled it: what both made together stays. Makes sense where there is @merged. */
void       weft_conflict_settle_as_is    (const WeftConflict *self,
                                          WeftDoc         *doc,
                                          gconstpointer    origin,
                                          const char      *user);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftConflict, weft_conflict_free)

G_END_DECLS
