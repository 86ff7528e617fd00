/* weft-avatar.h - a person as a coloured disc with initials
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * AdwAvatar chooses a colour of its own; here the colour has to be the one that the caret, the
 * pointer and the selection of that person have.
 */

#pragma once

#include <gtk/gtk.h>

#include "model/weft-person.h"

G_BEGIN_DECLS

#define WEFT_TYPE_AVATAR (weft_avatar_get_type ())
G_DECLARE_FINAL_TYPE (WeftAvatar, weft_avatar, WEFT, AVATAR, GtkWidget)

GtkWidget *weft_avatar_new        (int         size) G_GNUC_WARN_UNUSED_RESULT;
void       weft_avatar_set_person (WeftAvatar *self,
                                   WeftPerson *person);

G_END_DECLS
