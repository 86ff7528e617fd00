/* weft-version-list.h - the versions of a page as a list for a view, newest first, with a section a day
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A page of 100,000 edits has thousands of versions, of which a view shows some twenty: an item is made when the
 * view asks for it. What stays the same when the history is read again is not told as changed, so that rows,
 * the selection and the place in the list stay.
 */

#pragma once

#include <gtk/gtk.h>

#include "model/weft-history.h"

G_BEGIN_DECLS

#define WEFT_TYPE_VERSION_ITEM (weft_version_item_get_type ())
G_DECLARE_FINAL_TYPE (WeftVersionItem, weft_version_item, WEFT, VERSION_ITEM, GObject)

#define WEFT_TYPE_VERSION_LIST (weft_version_list_get_type ())
G_DECLARE_FINAL_TYPE (WeftVersionList, weft_version_list, WEFT, VERSION_LIST, GObject)

/* In the order of the history: oldest first. */
guint            weft_version_item_get_index  (WeftVersionItem *self);

WeftVersionList *weft_version_list_new        (void) G_GNUC_WARN_UNUSED_RESULT;
/* Reads the versions of @history, %NULL: there are none. */
void             weft_version_list_read       (WeftVersionList *self,
                                               WeftHistory     *history,
                                               GTimeZone       *zone);

G_END_DECLS
