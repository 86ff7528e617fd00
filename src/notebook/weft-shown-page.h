/* weft-shown-page.h - a page as it was, beside what it was before, in a document of its own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Views show documents; so a version to be looked at is written into a document, which the views know
 * how to show. It is made in a thread, where the page's own document is compared, and comes to the main
 * thread as updates for a copy of it. What two versions share is left alone: walking from one to the next
 * costs what changed between them.
 *
 *    thread   page's document ──show──> document made here ──updates──> copy, main thread ──> view
 *
 * With two moments, the later one is shown with what the earlier one had in between. What is only in one
 * of them has the attribute `ychange` as in Yjs: {"type": "added", "removed" or "changed", "user":
 * `<name> · <device>`, "color": "#rrggbb"}. Elements of a board cannot say so themselves: there are marks.
 * What was removed from a board is drawn faintly.
 */

#pragma once

#include "notebook/weft-changes.h"

G_BEGIN_DECLS

#define WEFT_SHOWN_CHANGE "ychange"

/* Of a person, NULL: not known. (transfer full) */
typedef char *(*WeftShownColorFunc) (const char *person,
                                     gpointer    user_data);

/* An element of the board that changed. */
typedef struct
{
  char          *element;
  WeftChangeKind kind;
  char          *color;
} WeftShownMark;

/* A stretch of the text that changed. */
typedef struct
{
  WeftId  id; /* of its first unit in the page's document */
  guint64 length;
  guint   at; /* characters, in what is shown */
  guint   n_chars;
} WeftShownPlace;

typedef struct
{
  GPtrArray *updates; /* GBytes: to be applied in this order, one at a time */
  GPtrArray *marks;   /* WeftShownMark */
  GArray    *places;  /* WeftShownPlace, in the order of the text */
} WeftShownStep;

typedef struct _WeftShownPage WeftShownPage;

WeftShownPage *weft_shown_page_new  (void) G_GNUC_WARN_UNUSED_RESULT;
void           weft_shown_page_free (WeftShownPage      *self);
/* The document for the other side, empty at first: the same options. */
WeftDoc       *weft_shown_page_new_copy (void) G_GNUC_WARN_UNUSED_RESULT;
/* @before: (nullable): %NULL marks nothing. @at: (nullable): now. Of one page only, whose document may have
 * gone on since. Any thread that owns all of it. */
WeftShownStep *weft_shown_page_show (WeftShownPage      *self,
                                     WeftDoc            *doc,
                                     WeftSnapshot       *before,
                                     WeftSnapshot       *at,
                                     WeftUsers          *users,
                                     WeftShownColorFunc  color,
                                     gpointer            user_data) G_GNUC_WARN_UNUSED_RESULT;
void           weft_shown_step_free (WeftShownStep      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftShownPage, weft_shown_page_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftShownStep, weft_shown_step_free)

G_END_DECLS
