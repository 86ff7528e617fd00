/* weft-changes.h - what became of a page between two moments, by person and place
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A moment is a #WeftSnapshot; the document must keep deleted content. Each change can be taken back
 * alone, which is an ordinary edit. Taking back all of them makes the page what it was.
 *
 *   then  "The cat sat.⏎Second line⏎"       Ana: block 0, "The cat sat." -> "The black cat sat."
 *   now   "The black cat sat.⏎Line⏎"        Ben: block 1, "Second line" -> "Line"
 *
 * A place in a note is a block: the lines between two line breaks that were there all the time. On a
 * board it is an element. What two people did in one place are two changes. A list may be made on a copy
 * of the document in another thread and used on the document itself, which may have gone on since:
 * changes are kept as ids, not as positions.
 */

#pragma once

#include "crdt/weft-snapshot-view.h"
#include "notebook/weft-users.h"

G_BEGIN_DECLS

/**
 * WeftChangeKind:
 * @WEFT_CHANGE_TEXT: text or its marks, in a note or (@element) in a text of a board
 * @WEFT_CHANGE_ADDED: an element that was not there
 * @WEFT_CHANGE_REMOVED: an element that is gone
 * @WEFT_CHANGE_SET: properties of an element, or (@element %NULL) of the board itself
 */
typedef enum
{
  WEFT_CHANGE_TEXT,
  WEFT_CHANGE_ADDED,
  WEFT_CHANGE_REMOVED,
  WEFT_CHANGE_SET,
} WeftChangeKind;

typedef struct
{
  WeftChangeKind kind;
  char          *person;     /* `<name> · <device>`; NULL: not known */
  WeftClientId   client;     /* who wrote; 0: only deletions, or not known */
  char          *element;    /* nullable */
  char          *key;        /* WEFT_CHANGE_TEXT of an element: the property that holds the text */
  /* TEXT: the block without and with this change, a string without marks, U+FFFC for what is no text.
   * Else objects of properties; NULL: the element was not, or is not there. */
  WeftAny       *before;
  WeftAny       *after;
  gboolean       marks_only; /* TEXT: the words are the same */
  guint          block;      /* TEXT: counted from 0, of both moments together */
  guint64        pos_utf16;  /* TEXT: where it starts now */
  guint64        n_utf16;    /* up to the end of what was added or marked; 0: only removed */
} WeftChange;

typedef enum
{
  WEFT_DIFF_KEPT,
  WEFT_DIFF_ADDED,
  WEFT_DIFF_REMOVED,
  WEFT_DIFF_MARKED, /* kept, with other marks */
} WeftDiffKind;

/* A piece of a text as both moments have it, in order, to be drawn. Borrowed, good as long as the list. */
typedef struct
{
  WeftDiffKind   kind;
  gint           change;     /* index in the list; -1: of no change */
  const char    *text;       /* not terminated; NULL: an embed */
  gsize          n_bytes;
  const WeftAny *embed;      /* nullable */
  const WeftAny *attributes; /* nullable: the marks it has, or had */
} WeftDiffRun;

typedef struct _WeftChanges WeftChanges;

/* @users: (nullable): names the people; else each client stands for itself. @at %NULL: now. Of the roots
 * `quill`, `board` and `meta`. Costs O(items); any thread that owns @doc. */
WeftChanges      *weft_changes_new            (WeftDoc            *doc,
                                               WeftSnapshot       *before,
                                               WeftSnapshot       *at,
                                               WeftUsers          *users) G_GNUC_WARN_UNUSED_RESULT;
void              weft_changes_free           (WeftChanges        *self);
WeftSnapshot     *weft_changes_get_before     (WeftChanges        *self);
/* By person, those nobody is known for last; then by place. */
guint             weft_changes_get_n          (WeftChanges        *self);
const WeftChange *weft_changes_get            (WeftChanges        *self,
                                               guint               index);
/* The first unit that a change of the note is about. Returns: whether it is one of the note */
gboolean          weft_changes_get_unit       (WeftChanges        *self,
                                               guint               index,
                                               WeftId             *id);
/* The note as both moments have it. */
guint             weft_changes_get_n_runs     (WeftChanges        *self);
WeftDiffRun       weft_changes_get_run        (WeftChanges        *self,
                                               guint               index);
/* One transaction of @origin on @doc: the same document, or what it has become. For lists up to now.
 * Returns: whether there was anything left to take back */
gboolean          weft_changes_take_back      (WeftChanges        *self,
                                               guint               index,
                                               WeftDoc            *doc,
                                               gconstpointer       origin);
/* Takes back all of a list made of @doc, or of a copy, as it is now: costs what changed, not what the page holds. */
void              weft_changes_restore        (WeftChanges        *self,
                                               WeftDoc            *doc,
                                               gconstpointer       origin);
/* Makes the page what it was at @version, in one transaction of @origin. */
void              weft_doc_restore_version    (WeftDoc            *doc,
                                               WeftSnapshot       *version,
                                               gconstpointer       origin);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftChanges, weft_changes_free)

G_END_DECLS
