/* weft-members-group.h - who may come into a notebook, where the relay has accounts
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <adwaita.h>

#include "model/weft-notebook.h"

G_BEGIN_DECLS

#define WEFT_TYPE_MEMBERS_GROUP (weft_members_group_get_type ())
G_DECLARE_FINAL_TYPE (WeftMembersGroup, weft_members_group, WEFT, MEMBERS_GROUP, AdwPreferencesGroup)

/* Signal: `problem` (const char *message) */

/* Asks the relay who they are. */
void weft_members_group_set_notebook (WeftMembersGroup *self,
                                      WeftNotebook     *notebook);
void weft_members_group_reload       (WeftMembersGroup *self);

G_END_DECLS
