/* weft-history.h - how an open page came about: its versions, one of them to be looked at
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reading, comparing and looking back happen on a copy of the page's document in threads; what comes to
 * the main thread are small updates for weft_history_get_shown(), a document that views show as they show
 * the page. They are applied between frames. When the page changes, what is known is read again.
 *
 * Signals
 *   "changed": the versions, or the state, are others now
 *   "shown": what was asked for last is there whole
 */

#pragma once

#include "model/weft-document.h"
#include "notebook/weft-shown-page.h"
#include "notebook/weft-timeline.h"

G_BEGIN_DECLS

#define WEFT_TYPE_HISTORY (weft_history_get_type ())
G_DECLARE_FINAL_TYPE (WeftHistory, weft_history, WEFT, HISTORY, GObject)

typedef enum
{
  WEFT_HISTORY_LOADING, /* for the first time */
  WEFT_HISTORY_READY,
  WEFT_HISTORY_FAILED,
} WeftHistoryState;

/* Begins to read. @document: an open page */
WeftHistory       *weft_history_new            (WeftDocument        *document) G_GNUC_WARN_UNUSED_RESULT;
/* Before it is let go: a job may still hold it. */
void               weft_history_close          (WeftHistory         *self);
WeftHistoryState   weft_history_get_state      (WeftHistory         *self);
/* (nullable): why it failed */
const char        *weft_history_get_error      (WeftHistory         *self);
WeftDocument      *weft_history_get_document   (WeftHistory         *self);
/* Oldest first; 0 while it is being read. */
guint              weft_history_get_n_versions (WeftHistory         *self);
const WeftVersion *weft_history_get_version    (WeftHistory         *self,
                                                guint                index);
/* "#rrggbb" of `<name> · <device>`, of somebody who is not known where @author is %NULL. (transfer full) */
char              *weft_history_dup_color      (WeftHistory         *self,
                                                const char          *author);

/* What is shown: nothing at first. */
WeftDocument      *weft_history_get_shown      (WeftHistory         *self);
/* Shows a version; @with_changes: beside the one before it. */
void               weft_history_show           (WeftHistory         *self,
                                                guint                index,
                                                gboolean             with_changes);
/* Shows the page as it is now, beside what it was. */
void               weft_history_show_since     (WeftHistory         *self,
                                                WeftSnapshot        *before);
/* Whether what was asked for last is there whole. */
gboolean           weft_history_get_is_shown   (WeftHistory         *self);
/* (transfer none) (element-type WeftShownMark): elements that changed in what is shown */
const GPtrArray   *weft_history_get_marks      (WeftHistory         *self);
/* (transfer none) (element-type WeftShownPlace): stretches of text that changed */
const GArray      *weft_history_get_places     (WeftHistory         *self);

/* Makes the page what it was at @index: one step of undo. Gives whether it was done. */
void               weft_history_restore_async  (WeftHistory         *self,
                                                guint                index,
                                                GAsyncReadyCallback  callback,
                                                gpointer             user_data);
gboolean           weft_history_restore_finish (WeftHistory         *self,
                                                GAsyncResult        *result,
                                                GError             **error);
/* Makes a page of its own, behind the one whose history it is. (transfer full): the page */
void               weft_history_copy_async     (WeftHistory         *self,
                                                guint                index,
                                                const char          *title,
                                                GAsyncReadyCallback  callback,
                                                gpointer             user_data);
WeftPage          *weft_history_copy_finish    (WeftHistory         *self,
                                                GAsyncResult        *result,
                                                GError             **error);

G_END_DECLS
