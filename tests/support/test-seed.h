/* test-seed.h - which dice random tests throw
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

#define TEST_SEED "R02S3b1e7c5a94d20f6881c3e5a7d9f02b46"
#define TEST_MAX_ARGUMENTS 64

/* To be called before g_test_init (). The short run throws the same dice each time, so that what it says is about what
 * was changed; new ones each time are for "./dev test --long", and whoever gives --seed chooses. */
static inline void
test_seed_init (int    *argc,
                char ***argv)
{
  static char seed[] = "--seed=" TEST_SEED;
  static char *arguments[TEST_MAX_ARGUMENTS + 2];

  if (g_getenv ("WEFT_TEST_LONG") != NULL || *argc < 1 || *argc > TEST_MAX_ARGUMENTS)
    return;
  arguments[0] = (*argv)[0];
  arguments[1] = seed;
  /* Of two seeds the last one holds. */
  for (int i = 1; i < *argc; i++)
    arguments[i + 1] = (*argv)[i];
  ++*argc;
  *argv = arguments;
}
