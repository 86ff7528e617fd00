/* weft-person-private.h - how the notebook makes and refreshes people
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <string.h>

#include "model/weft-person.h"

G_BEGIN_DECLS

WeftPerson *weft_person_new      (const char *id,
                                  gboolean    is_self) G_GNUC_WARN_UNUSED_RESULT;
void        weft_person_refresh  (WeftPerson *self,
                                  const char *name,
                                  const char *color,
                                  const char *page_id);
gboolean    weft_person_is_color (const char *color);

G_END_DECLS
