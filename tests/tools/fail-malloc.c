/* fail-malloc.c - preloaded into a program: its n-th allocation fails
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Counting begins when the program first says what a signal does, which weft-doc does before anything else. With
 * WEFT_FAIL_AT=n the n-th allocation fails; with WEFT_FAIL_ALL too, all after it do.
 */

#define _GNU_SOURCE

#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>

#define PUBLIC __attribute__ ((visibility ("default")))

PUBLIC void *malloc         (size_t size);
PUBLIC void *calloc         (size_t n,
                             size_t size);
PUBLIC void *realloc        (void  *old,
                             size_t size);
PUBLIC void *__libc_malloc  (size_t size);
PUBLIC void *__libc_calloc  (size_t n,
                             size_t size);
PUBLIC void *__libc_realloc (void  *old,
                             size_t size);

static long left = -1; /* until one fails; -1: none does */
static int  all;

static int
fails (void)
{
  if (left < 0)
    return 0;
  if (left > 0 && --left > 0)
    return 0;
  if (!all)
    left = -1;
  errno = ENOMEM;

  return 1;
}

/* A program that has a malloc() of its own calls these. */

void *
__libc_malloc (size_t size)
{
  static void *(*next) (size_t size);

  if (next == NULL)
    next = dlsym (RTLD_NEXT, "__libc_malloc");

  return fails () ? NULL : next (size);
}

void *
__libc_calloc (size_t n,
               size_t size)
{
  static void *(*next) (size_t n, size_t size);

  if (next == NULL)
    next = dlsym (RTLD_NEXT, "__libc_calloc");

  return fails () ? NULL : next (n, size);
}

void *
__libc_realloc (void  *old,
                size_t size)
{
  static void *(*next) (void *old, size_t size);

  if (next == NULL)
    next = dlsym (RTLD_NEXT, "__libc_realloc");

  return fails () ? NULL : next (old, size);
}

void *
malloc (size_t size)
{
  return __libc_malloc (size);
}

void *
calloc (size_t n,
        size_t size)
{
  return __libc_calloc (n, size);
}

void *
realloc (void  *old,
         size_t size)
{
  return __libc_realloc (old, size);
}

PUBLIC sighandler_t
signal (int          number,
        sighandler_t handler)
{
  struct sigaction action = { .sa_handler = handler }, before;
  const char *at = getenv ("WEFT_FAIL_AT");

  if (sigaction (number, &action, &before) != 0)
    return SIG_ERR;
  all = getenv ("WEFT_FAIL_ALL") != NULL;
  left = at != NULL ? atol (at) : -1;

  return before.sa_handler;
}
