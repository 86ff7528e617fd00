/* weft-notebook-switcher.h - the popover that goes from one notebook to another
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Activates `win.open-notebook` (a path), `win.new-notebook`, `win.rename-notebook`, `win.join`.
 */

#pragma once

#include <adwaita.h>

#include "model/weft-notebook.h"

G_BEGIN_DECLS

#define WEFT_TYPE_NOTEBOOK_SWITCHER (weft_notebook_switcher_get_type ())
G_DECLARE_FINAL_TYPE (WeftNotebookSwitcher, weft_notebook_switcher, WEFT, NOTEBOOK_SWITCHER, GtkPopover)

void weft_notebook_switcher_set_notebook (WeftNotebookSwitcher *self,
                                          WeftNotebook         *notebook);

G_END_DECLS
