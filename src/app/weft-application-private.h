/* weft-application-private.h - what the parts of WeftApplication share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/weft-application.h"
#include "app/weft-window.h"

/* weft-application.c */
WeftWindow *weft_application_open_window     (WeftApplication *self);
WeftWindow *weft_application_ensure_window   (WeftApplication *self);

WeftNotebook *weft_application_get_unsaved   (WeftApplication *self);
void        weft_application_quit            (WeftApplication *self);

/* weft-application-actions.c */
void        weft_application_install_actions (WeftApplication *self);
