/* weft-search-result.h - a page that was found, and where in it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "model/weft-page.h"

G_BEGIN_DECLS

#define WEFT_TYPE_SEARCH_RESULT (weft_search_result_get_type ())
G_DECLARE_FINAL_TYPE (WeftSearchResult, weft_search_result, WEFT, SEARCH_RESULT, GObject)

/* One match in a snippet, in bytes. */
typedef struct
{
  guint start;
  guint end;
} WeftSearchMatch;

/* (transfer none) */
WeftPage   *weft_search_result_get_page     (WeftSearchResult *self);
/* A line of its text around the match, or "" where the title has it. */
const char *weft_search_result_get_snippet  (WeftSearchResult *self);
/* (element-type WeftSearchMatch) (transfer none): what of the snippet was asked for */
GArray     *weft_search_result_get_matches  (WeftSearchResult *self);
/* Whether there is a place to go to, and which: characters of a note's text. */
gboolean    weft_search_result_get_range    (WeftSearchResult *self,
                                             guint            *at,
                                             guint            *n_chars);
/* The element of a board, or "" */
const char *weft_search_result_get_element  (WeftSearchResult *self);

G_END_DECLS
