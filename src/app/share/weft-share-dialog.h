/* weft-share-dialog.h - where a notebook is shared, with whom, and how others get in
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <adwaita.h>

#include "model/weft-notebook.h"

G_BEGIN_DECLS

#define WEFT_TYPE_SHARE_DIALOG (weft_share_dialog_get_type ())
G_DECLARE_FINAL_TYPE (WeftShareDialog, weft_share_dialog, WEFT, SHARE_DIALOG, AdwDialog)

WeftShareDialog *weft_share_dialog_new        (WeftNotebook    *notebook,
                                               WeftPage        *page) G_GNUC_WARN_UNUSED_RESULT;
void             weft_share_dialog_focus_join (WeftShareDialog *self);

/* Also asked before a link is followed. */
AdwDialog       *weft_insecure_question_new   (const char      *url) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
