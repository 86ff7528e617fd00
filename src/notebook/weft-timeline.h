/* weft-timeline.h - the versions of a page: who worked on it when
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is known of how a page came about are thousands of small edits. People look for "what Ben did on
 * Tuesday evening": a version is what was written in one go, by one person or by some at the same time.
 *
 *    Ana   ▪▪▪ ▪▪▪▪▪              ▪▪▪▪     ▪▪
 *    Ben                 ▪▪▪▪       ▪▪▪▪
 *         └── Ana ────┘└─ Ben ─┘└─ Ana, Ben ─┘
 *
 * What Weft itself notes in a page (`users`, `stretches`, `resolved`) makes no version.
 */

#pragma once

#include "crdt/weft-snapshot.h"
#include "notebook/weft-users.h"

G_BEGIN_DECLS

/* Some units that were written, or deleted, at one time. */
typedef struct
{
  WeftClientId client;
  WeftClock    clock;
  guint64      length;
  gboolean     deleted;
  gint64       time; /* ms since 1970 */
} WeftTimelineEdit;

typedef struct
{
  gint64     from_ms; /* 0: it is not known when */
  gint64     to_ms;
  GPtrArray *people;  /* utf8 `<name> · <device>`, sorted; those who are not known are left out */
} WeftVersion;

typedef struct _WeftTimeline WeftTimeline;

/* @edits: (element-type WeftTimelineEdit): oldest first. What @doc has and no edit tells of was there before. */
WeftTimeline      *weft_timeline_new          (WeftDoc      *doc,
                                               GArray       *edits,
                                               WeftUsers    *users) G_GNUC_WARN_UNUSED_RESULT;
WeftTimeline      *weft_timeline_ref          (WeftTimeline *self);
void               weft_timeline_unref        (WeftTimeline *self);
/* Oldest first. */
guint              weft_timeline_get_n        (WeftTimeline *self);
const WeftVersion *weft_timeline_get          (WeftTimeline *self,
                                               guint         index);
/* What the page was after the version; costs O(edits). Any thread. (transfer full) */
WeftSnapshot      *weft_timeline_dup_snapshot (WeftTimeline *self,
                                               guint         index);
/* What it was before: nothing, for the first one. (transfer full) */
WeftSnapshot      *weft_timeline_dup_before   (WeftTimeline *self,
                                               guint         index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftTimeline, weft_timeline_unref)

G_END_DECLS
