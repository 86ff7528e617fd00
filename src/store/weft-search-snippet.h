/* weft-search-snippet.h - the line of a text that shows why it was found
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether @text has all @terms (of WeftSearchTerm). */
gboolean weft_search_matches      (const char *text,
                                   GPtrArray  *terms);
/* The line around the place where most of @terms stand together, cut to what a list shows.
 * @ranges: (element-type WeftSearchRange): filled with the bytes of the snippet that match
 * @at, @n_chars: (out): the first match there, in characters of @text
 * Returns: (transfer full) (nullable): %NULL where nothing of it is in @text */
char    *weft_search_make_snippet (const char *text,
                                   GPtrArray  *terms,
                                   GArray     *ranges,
                                   guint      *at,
                                   guint      *n_chars);

G_END_DECLS
