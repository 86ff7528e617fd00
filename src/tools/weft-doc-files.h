/* weft-doc-files.h - what weft-doc reads and writes, and how it ends
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* As in sysexits.h. */
typedef enum
{
  WEFT_DOC_DONE = 0,
  WEFT_DOC_USAGE = 64,
  WEFT_DOC_MALFORMED = 65,
  WEFT_DOC_UNREADABLE = 66,
  WEFT_DOC_SYSTEM = 71,
  WEFT_DOC_UNWRITABLE = 73,
} WeftDocStatus;

/* Prints one line on standard error, with @name and what is wrong made harmless; ends the program. */
void    weft_doc_fail           (WeftDocStatus  status,
                                 const char    *name,
                                 const char    *format,
                                 ...) G_GNUC_PRINTF (3, 4) G_GNUC_NORETURN;
/* From now on a lack of memory ends the program with its message and status. */
void    weft_doc_expect_no_memory (void);
/* Ends the program so. */
void    weft_doc_fail_for_memory  (void) G_GNUC_NORETURN;
/* All of a file; "-" is standard input, which is read once. */
GBytes *weft_doc_read_file      (const char    *name);
/* NULL or "-": standard output; else the whole file at once, or nothing. */
void    weft_doc_write_file     (const char    *name,
                                 GBytes        *bytes);
void    weft_doc_write_stdout   (const char    *data,
                                 gsize          n_bytes);

G_END_DECLS
