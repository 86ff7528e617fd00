/* weft-changes-private.h - what the parts of weft-changes share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * weft-changes.c keeps the list, weft-changes-text.c compares texts, weft-changes-board.c elements.
 */

#pragma once

#include "notebook/weft-changes.h"

G_BEGIN_DECLS

/* What a deletion took and was put back: the copy stands for the original when order is asked. */
typedef struct
{
  WeftId  original;
  WeftId  copy;
  guint64 length;
} WeftRevived;

/* One value of a map that changed. */
typedef struct
{
  char    *key;
  WeftId   newest;   /* the entry in force, or the last one where there is none */
  WeftAny *value;    /* nullable: what it held */
  gboolean in_board; /* a whole element: @key is its name */
  gboolean was_type; /* it held a nested type: @type_id */
  WeftId   type_id;
} WeftValueChange;

/* A change, and what it takes to take it back. */
typedef struct
{
  WeftChange     change;

  /* TEXT */
  gboolean       in_root;   /* the note's */
  WeftId         text_id;   /* else of the nested text */
  WeftDeleteSet *added;
  WeftDeleteSet *removed;
  WeftDeleteSet *marked;

  /* The others */
  GArray        *values;    /* WeftValueChange */
} WeftChangeEntry;

/* A part of a text in the order of the document, of one mark and one fate. Line breaks are alone. */
typedef struct
{
  WeftPieceChange change;
  gboolean        cancelled; /* taken away and put back, or the other way round */
  gboolean        marked;    /* kept, with other marks */
  WeftId          id;
  guint64         length;    /* UTF-16 units */
  gsize           offset;    /* in WeftTextRuns.text */
  gsize           n_bytes;
  WeftAny        *embed;     /* owned, nullable */
  WeftAny        *then;      /* owned, nullable: marks at `before` */
  WeftAny        *now;       /* owned, nullable: marks at `at` */
  const char     *person;    /* interned, nullable */
  WeftClientId   client;
  guint64         pos_utf16; /* at `at` */
  guint           block;
  gint            entry;     /* index of the change; -1: none */
} WeftTextRun;

typedef struct
{
  GArray  *runs; /* WeftTextRun */
  GString *text;
} WeftTextRuns;

struct _WeftChanges
{
  WeftSnapshot *before;
  GPtrArray    *entries; /* WeftChangeEntry */
  GArray       *revived; /* WeftRevived */
  WeftTextRuns *runs;    /* nullable: of the note */
};

/* Who did what; `names` interns. */
typedef struct
{
  WeftDoc      *doc;
  WeftSnapshot *before;
  WeftSnapshot *at;      /* nullable */
  WeftUsers    *users;   /* nullable */
  GHashTable   *names;   /* utf8 -> itself */
} WeftComparison;

const char      *weft_comparison_name_client   (WeftComparison     *self,
                                                WeftClientId        client);
const char      *weft_comparison_name_deletion (WeftComparison     *self,
                                                WeftId              id);

WeftChangeEntry *weft_change_entry_new         (WeftChangeKind      kind,
                                                const char         *person,
                                                WeftClientId        client);
void             weft_change_entry_free        (gpointer            entry);

void             weft_text_runs_free           (WeftTextRuns       *self);
/* Compares, and appends what changed to @entries; the runs know their entry. */
WeftTextRuns    *weft_text_runs_new            (WeftComparison     *comparison,
                                                WeftType           *text,
                                                GPtrArray          *entries);
/* What makes a text of it that is as at the later moment what it was at the earlier one. (transfer full) */
WeftDelta       *weft_text_runs_make_way_back  (WeftTextRuns       *self);
/* @entry: (nullable): %NULL takes back everything. @revived: (nullable) */
gboolean         weft_text_take_back           (WeftDoc            *doc,
                                                WeftType           *text,
                                                WeftSnapshot       *before,
                                                WeftChangeEntry    *entry,
                                                GArray             *revived);

/* A nested type as a value, texts as strings; sorted keys. (transfer full) */
WeftAny         *weft_board_read_at            (WeftType           *type,
                                                const WeftSnapshot *at);
/* Appends what changed on the board. */
void             weft_board_compare            (WeftComparison     *comparison,
                                                GPtrArray          *entries);
gboolean         weft_board_take_back          (WeftDoc            *doc,
                                                WeftSnapshot       *before,
                                                WeftChangeEntry    *entry);
/* The type that the item @id holds, deleted or not; (nullable) (transfer none) */
WeftType        *weft_doc_find_type            (WeftDoc            *doc,
                                                WeftId              id);

G_END_DECLS
