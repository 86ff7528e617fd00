/* peers-told.h - values, deltas and changes in the words of tests/node/crdt/peers.mjs and odd.mjs
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-type.h"

/* What stands in a line that was told. */
static inline const WeftAny *
arg (const WeftAny *line,
     gsize          index)
{
  return weft_any_get_item (line, index);
}

static inline guint64
number (const WeftAny *line,
        gsize          index)
{
  return (guint64) weft_any_get_number (arg (line, index));
}

static inline const char *
string (const WeftAny *line,
        gsize          index)
{
  return weft_any_get_string (arg (line, index));
}

static inline WeftAny *
object_or_null (const WeftAny *line,
                gsize          index)
{
  const WeftAny *value = arg (line, index);

  return weft_any_get_kind (value) == WEFT_ANY_OBJECT ? (WeftAny *) value : NULL;
}

/* Whether a delta of @type is one of a text. */
gboolean peers_is_text    (WeftType        *type);
/* {"$bytes": …} and the like back to what they stand for. (transfer full) */
WeftAny *peers_revive     (const WeftAny   *value);
/* As a type, the ops of a delta and the keys of an event are told. (transfer full) */
WeftAny *peers_tell_type  (WeftType        *type);
WeftAny *peers_tell_delta (const WeftDelta *delta,
                           gboolean         is_text);
WeftAny *peers_tell_keys  (WeftEvent       *event);
