/* weft-version-view.h - a version of a page in place of the page, with what changed in people's colours
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Actions
 *   version.restore, version.open-copy: signals, for the window to carry out
 *   version.copy: all of it to the clipboard
 *   version.show-changes: whether it is shown beside the version before
 *   version.show-list: a signal: the list is wanted, which lies over the page in a narrow window
 *
 * Signals
 *   "shown": something is to be seen
 *   "restore" (guint index), "open-copy" (guint index), "show-list"
 *   "copied": all of it is in the clipboard
 *   "done": one has seen enough
 */

#pragma once

#include <adwaita.h>

#include "model/weft-history.h"

G_BEGIN_DECLS

#define WEFT_TYPE_VERSION_VIEW (weft_version_view_get_type ())
G_DECLARE_FINAL_TYPE (WeftVersionView, weft_version_view, WEFT, VERSION_VIEW, AdwBin)

/* @history: (nullable) */
void weft_version_view_set_history  (WeftVersionView *self,
                                     WeftHistory     *history);
/* One of the history's. */
void weft_version_view_show_version (WeftVersionView *self,
                                     guint            index);
/* The page as it is, with what was done to it since. @title: what is said about it */
void weft_version_view_show_since   (WeftVersionView *self,
                                     WeftSnapshot    *before,
                                     const char      *title);
/* Brings a stretch of the text into the view, by the id of a unit of it; one that is not there is not shown. */
void weft_version_view_show_unit    (WeftVersionView *self,
                                     WeftId           id);
void weft_version_view_show_element (WeftVersionView *self,
                                     const char      *element);
/* A window with little room has the list over the page. */
void weft_version_view_set_narrow   (WeftVersionView *self,
                                     gboolean         narrow);

G_END_DECLS
