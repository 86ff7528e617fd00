/* weft-relay-path.h - which room the path of a request names
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `/<room>` and `/yjs/<room>`. A name may hold `/`, is percent-decoded exactly once, is UTF-8 without
 * U+0000, and is an opaque key: never a path, never part of SQL. First segments that the relay needs
 * for itself can be had under `/yjs/` only.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  WEFT_RELAY_PATH_OK,
  WEFT_RELAY_PATH_EMPTY,
  WEFT_RELAY_PATH_RESERVED,
  WEFT_RELAY_PATH_BAD, /* not UTF-8, a broken escape, U+0000 */
  WEFT_RELAY_PATH_TOO_LONG,
} WeftRelayPathResult;

/* @path: as in the request, without the query. @name: (out) (transfer full) */
WeftRelayPathResult weft_relay_path_get_room (const char *path,
                                             gsize       max_bytes,
                                             char      **name);
/* The same for the name alone, which may begin with any segment. */
WeftRelayPathResult weft_relay_path_decode_room (const char *raw,
                                                gsize       max_bytes,
                                                char      **name);

G_END_DECLS
