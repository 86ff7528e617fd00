/* weft-invite-group.h - makes an invite for one more person, where the relay has accounts
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <adwaita.h>

#include "model/weft-notebook.h"

G_BEGIN_DECLS

#define WEFT_TYPE_INVITE_GROUP (weft_invite_group_get_type ())
G_DECLARE_FINAL_TYPE (WeftInviteGroup, weft_invite_group, WEFT, INVITE_GROUP, AdwPreferencesGroup)

/* Signals: `made` (const char *link): an invite, to be passed on; `problem` (const char *message) */

void weft_invite_group_set_notebook (WeftInviteGroup *self,
                                     WeftNotebook    *notebook);

G_END_DECLS
