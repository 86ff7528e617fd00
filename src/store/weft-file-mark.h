/* weft-file-mark.h - what a file was like when it was left: to know when somebody else wrote into it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A program that copies over a file of this name writes into the very file that is open here. Its size and time tell,
 * and, where only the time is another, a sample of its content: who merely touches a file changes nothing.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gint64 size; /* bytes; -1: nothing is known */
  gint64 time_ns;
  guint32 sample;
} WeftFileMark;

void     weft_file_mark_take (WeftFileMark *self,
                              int           fd);
gboolean weft_file_mark_fits (WeftFileMark *self,
                              int           fd);

G_END_DECLS
