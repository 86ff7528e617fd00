/* weft-bench-pages.h - a notebook of a million pages: making it, opening it, moving in it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Pages of the notebook that the issue speaks of. */
#define N_MANY_PAGES 1000000

typedef enum
{
  PAGES_IN_GROUPS, /* a thousand at the top, 32 below each, as far as they go */
  PAGES_FLAT,      /* all of them at the top */
  PAGES_WIDE,      /* as in groups, but for a tenth of them below the first page */
  PAGES_LARGE,     /* all of them at the top, and the third is a board */
} PagesLayout;

/* Makes the notebook file @path with @n_pages pages. A second update, of @n_moves moves by somebody else, comes back;
 * (nullable) where that is 0. */
GBytes *make_pages   (const char *path,
                      guint       n_pages,
                      PagesLayout layout,
                      guint       n_moves);
/* Makes the notebook file @path with @n_pages pages (3 or more): an ordinary note, one of 0.95 MB by 100,000 edits of
 * three people in a month, each a row, and a board of 10,000 elements; the others are empty. */
void    make_large_pages (const char *path,
                          guint       n_pages);
/* In a process of its own, since memory is measured: opens @path and prints figures. */
int     open_pages   (const char *path,
                      const char *moves_path);
/* Likewise: what the first opening without an outline takes. */
int     scan_pages   (const char *path);

G_END_DECLS
