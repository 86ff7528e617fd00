/* weft-people-button.h - who is here: overlapping avatars, and a list of everyone
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Hidden while nobody else is here. Choosing somebody in the list activates `win.open-page` with
 * the page that this person looks at.
 */

#pragma once

#include <adwaita.h>

#include "model/weft-notebook.h"

G_BEGIN_DECLS

#define WEFT_TYPE_PEOPLE_BUTTON (weft_people_button_get_type ())
G_DECLARE_FINAL_TYPE (WeftPeopleButton, weft_people_button, WEFT, PEOPLE_BUTTON, AdwBin)

void weft_people_button_set_notebook (WeftPeopleButton *self,
                                      WeftNotebook     *notebook);

G_END_DECLS
