/* weft-debug.h - the WEFT_DEBUG flags
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * WEFT_DEBUG is a comma separated list of words, parsed once: sql, sync, relay, frames, validate, general,
 * turns.
 * The word `help` prints the list.
 */

#pragma once

#include <glib.h>

typedef enum
{
  WEFT_DEBUG_SQL      = 1 << 0,
  WEFT_DEBUG_SYNC     = 1 << 1,
  WEFT_DEBUG_RELAY    = 1 << 2,
  WEFT_DEBUG_FRAMES   = 1 << 3,
  WEFT_DEBUG_VALIDATE = 1 << 4,
  WEFT_DEBUG_GENERAL  = 1 << 5, /* edits and updates take the general way, none of the short ones */
  WEFT_DEBUG_TURNS    = 1 << 6, /* the application tells what held its main loop for long */
} WeftDebugFlags;

gboolean weft_debug_has (WeftDebugFlags flags);
