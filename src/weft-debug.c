/* weft-debug.c - the WEFT_DEBUG flags
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "weft-debug.h"

static const GDebugKey debug_keys[] = {
  { "sql", WEFT_DEBUG_SQL },
  { "sync", WEFT_DEBUG_SYNC },
  { "relay", WEFT_DEBUG_RELAY },
  { "frames", WEFT_DEBUG_FRAMES },
  { "validate", WEFT_DEBUG_VALIDATE },
  { "general", WEFT_DEBUG_GENERAL },
  { "turns", WEFT_DEBUG_TURNS },
};

/**
 * weft_debug_has:
 * @flags: the words asked about
 *
 * Returns: whether any of @flags was named in the environment variable `WEFT_DEBUG`
 */
gboolean
weft_debug_has (WeftDebugFlags flags)
{
  static gsize parsed;

  if (g_once_init_enter (&parsed))
    {
      guint value = g_parse_debug_string (g_getenv ("WEFT_DEBUG"), debug_keys, G_N_ELEMENTS (debug_keys));

      /* One bit above the flags tells that the parsing is done. */
      g_once_init_leave (&parsed, (gsize) value | (1u << 31));
    }

  return (parsed & flags) != 0;
}
