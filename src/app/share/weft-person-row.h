/* weft-person-row.h - a row of a list of people: who, and in which page
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <adwaita.h>

#include "model/weft-notebook.h"

G_BEGIN_DECLS

#define WEFT_TYPE_PERSON_ROW (weft_person_row_get_type ())
G_DECLARE_FINAL_TYPE (WeftPersonRow, weft_person_row, WEFT, PERSON_ROW, AdwActionRow)

GtkWidget  *weft_person_row_new        (WeftNotebook  *notebook,
                                        WeftPerson    *person) G_GNUC_WARN_UNUSED_RESULT;
WeftPerson *weft_person_row_get_person (WeftPersonRow *self);

G_END_DECLS
