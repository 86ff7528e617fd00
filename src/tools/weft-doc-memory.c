/* weft-doc-memory.c - an allocation that fails ends the program, properly
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where memory is used up GLib tells so by a message, for which it needs memory: with none at all left it ends in a
 * crash. So the program's own malloc() and its kin, which all libraries of the process then use, call those of glibc
 * and end the program themselves. Sanitizers have their own; there, and with another C library,
 * weft_doc_expect_no_memory() is all there is.
 */

#include "config.h"

#include "tools/weft-doc-files.h"

#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define HAVE_SANITIZER 1
#endif
#endif

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(HAVE_SANITIZER)

extern void *__libc_malloc (size_t n_bytes);
extern void *__libc_calloc (size_t n,
                            size_t n_bytes);
extern void *__libc_realloc (void  *old,
                             size_t n_bytes);

#define PUBLIC __attribute__ ((visibility ("default")))

PUBLIC void *
malloc (size_t n_bytes)
{
  void *data = __libc_malloc (n_bytes);

  if (data == NULL)
    weft_doc_fail_for_memory ();

  return data;
}

PUBLIC void *
calloc (size_t n,
        size_t n_bytes)
{
  void *data = __libc_calloc (n, n_bytes);

  if (data == NULL)
    weft_doc_fail_for_memory ();

  return data;
}

PUBLIC void *
realloc (void  *old,
         size_t n_bytes)
{
  void *data = __libc_realloc (old, n_bytes);

  if (data == NULL && n_bytes > 0)
    weft_doc_fail_for_memory ();

  return data;
}

#endif
