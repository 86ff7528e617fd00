/* weft-trash-view.h - the pages that were thrown away, and the way back
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Signal "page-chosen" (WeftPage): somebody wants to look at a page.
 */

#pragma once

#include <adwaita.h>

#include "model/weft-notebook.h"

G_BEGIN_DECLS

#define WEFT_TYPE_TRASH_VIEW (weft_trash_view_get_type ())
G_DECLARE_FINAL_TYPE (WeftTrashView, weft_trash_view, WEFT, TRASH_VIEW, AdwBin)

void weft_trash_view_set_notebook (WeftTrashView *self,
                                   WeftNotebook  *notebook);

G_END_DECLS
