/* weft-status-button.h - where the notebook is safe: a quiet icon, and the whole truth on a click
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <adwaita.h>

#include "model/weft-notebook.h"

G_BEGIN_DECLS

#define WEFT_TYPE_STATUS_BUTTON (weft_status_button_get_type ())
G_DECLARE_FINAL_TYPE (WeftStatusButton, weft_status_button, WEFT, STATUS_BUTTON, AdwBin)

void        weft_status_button_set_notebook (WeftStatusButton *self,
                                             WeftNotebook     *notebook);

const char *weft_sync_state_get_icon_name   (WeftSyncState     state);
char       *weft_notebook_describe_sync     (WeftNotebook     *notebook) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
