/* weft-library.h - the notebooks of this person: the files in the data folder, and their titles
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The title of a notebook is inside its file, and opening all of them to make a list would be slow;
 * so the last known titles, and which notebook was open last, are kept in `notebooks.ini` beside
 * them. Losing that file loses nothing else.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  GFile *file;
  char  *title; /* never empty */
} WeftLibraryEntry;

GPtrArray *weft_library_list     (void) G_GNUC_WARN_UNUSED_RESULT;
GFile     *weft_library_new_file (void) G_GNUC_WARN_UNUSED_RESULT;
GFile     *weft_library_dup_last (gboolean   *is_missing) G_GNUC_WARN_UNUSED_RESULT;
void       weft_library_remember (GFile      *file,
                                  const char *title);

G_END_DECLS
