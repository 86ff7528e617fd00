/* weft-history-private.h - what the two sides of a history share: what is done in a thread
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "model/weft-history.h"

G_BEGIN_DECLS

/* All that belongs to the thread side. One job at a time has it. */
typedef struct
{
  WeftDoc       *doc;      /* nullable: nothing was read yet */
  WeftUsers     *users;
  WeftTimeline  *timeline;
  WeftShownPage *shown;
} WeftHistoryReader;

typedef enum
{
  WEFT_HISTORY_JOB_LOAD,
  WEFT_HISTORY_JOB_SHOW,
  WEFT_HISTORY_JOB_RESTORE,
  WEFT_HISTORY_JOB_COPY,
} WeftHistoryJobKind;

/* What a version holds, to be written into another page. */
typedef struct
{
  WeftDelta *text;
  WeftAny   *board; /* an object of objects */
  WeftAny   *meta;
} WeftHistoryContent;

typedef struct
{
  WeftHistoryJobKind kind;

  /* LOAD */
  WeftDoc       *doc;
  GArray        *edits;        /* WeftTimelineEdit */
  guint          n_edits;      /* of the page's document before it was read */
  /* SHOW, RESTORE, COPY */
  guint          index;
  gboolean       with_changes;
  WeftSnapshot  *since;        /* nullable: SHOW, from there to now */
  GHashTable    *colors;       /* name -> colour, of those who are here */
  /* RESTORE, COPY */
  GTask         *task;
  char          *title;
  guint          n_tries;

  /* What came of it */
  WeftTimeline       *timeline;
  WeftShownStep      *step;
  WeftChanges        *changes;
  WeftHistoryContent *content;
} WeftHistoryJob;

WeftHistoryReader *weft_history_reader_new   (void);
void               weft_history_reader_free  (WeftHistoryReader        *self);
/* In a thread. */
void               weft_history_reader_run   (WeftHistoryReader        *self,
                                              WeftHistoryJob           *job);
void               weft_history_job_free     (WeftHistoryJob           *self);
/* Fills an empty page; one transaction. */
void               weft_history_content_write (const WeftHistoryContent *self,
                                               WeftDoc                  *doc);
/* Of @author, NULL: not known. @colors: (nullable). (transfer full) */
char              *weft_history_make_color   (const char               *author,
                                              GHashTable               *colors);

G_END_DECLS
