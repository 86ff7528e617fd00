/* weft-preferences-dialog.h - what a person can set
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define WEFT_TYPE_PREFERENCES_DIALOG (weft_preferences_dialog_get_type ())
G_DECLARE_FINAL_TYPE (WeftPreferencesDialog, weft_preferences_dialog, WEFT, PREFERENCES_DIALOG, AdwPreferencesDialog)

AdwDialog *weft_preferences_dialog_new (void) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
