/* weft-settings.h - the person's settings, and who that person is
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

GSettings *weft_settings_get_default  (void);
void       weft_settings_ensure_user  (GSettings *settings);
char      *weft_settings_dup_name     (GSettings *settings) G_GNUC_WARN_UNUSED_RESULT;
char      *weft_settings_dup_color    (GSettings *settings) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
