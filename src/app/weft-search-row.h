/* weft-search-row.h - a page that was found, with the line that has what was looked for
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <adwaita.h>

#include "model/weft-search-result.h"

G_BEGIN_DECLS

#define WEFT_TYPE_SEARCH_ROW (weft_search_row_get_type ())
G_DECLARE_FINAL_TYPE (WeftSearchRow, weft_search_row, WEFT, SEARCH_ROW, AdwBin)

GtkWidget *weft_search_row_new       (void) G_GNUC_WARN_UNUSED_RESULT;
void       weft_search_row_bind      (WeftSearchRow    *self,
                                      WeftSearchResult *result);
/* What a screen reader says of it. (transfer full) */
char      *weft_search_row_dup_label (WeftSearchResult *result);

G_END_DECLS
