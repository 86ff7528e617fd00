/* weft-relay-path.c - which room the path of a request names
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-path.h"

#include <string.h>

#define YJS_PREFIX "yjs/"

/* What the relay serves, or will serve, under these names; see docs/protocols.md. */
static const char *const reserved[] = {
  "api", "health", "hocuspocus", "internal", "invite", "metrics", "ws", "yjs",
};

static gboolean
is_reserved (const char *name)
{
  gsize length = strcspn (name, "/");

  for (guint i = 0; i < G_N_ELEMENTS (reserved); i++)
    if (strlen (reserved[i]) == length && memcmp (reserved[i], name, length) == 0)
      return TRUE;

  return FALSE;
}

/* Written out, such a segment was resolved by whoever sent it; what is left was hidden in escapes. */
static gboolean
climbs (const char *name)
{
  g_auto(GStrv) segments = g_strsplit (name, "/", -1);

  return g_strv_contains ((const char *const *) segments, "..");
}

WeftRelayPathResult
weft_relay_path_decode_room (const char *raw,
                             gsize       max_bytes,
                             char      **name)
{
  g_autofree char *decoded = NULL;

  *name = NULL;
  if (*raw == '\0')
    return WEFT_RELAY_PATH_EMPTY;

  /* %NULL for a broken escape and for %00. */
  decoded = g_uri_unescape_string (raw, NULL);
  if (decoded == NULL || !g_utf8_validate (decoded, -1, NULL) || climbs (decoded))
    return WEFT_RELAY_PATH_BAD;
  if (strlen (decoded) > max_bytes)
    return WEFT_RELAY_PATH_TOO_LONG;

  *name = g_steal_pointer (&decoded);
  return WEFT_RELAY_PATH_OK;
}

WeftRelayPathResult
weft_relay_path_get_room (const char *path,
                          gsize       max_bytes,
                          char      **name)
{
  WeftRelayPathResult result;
  gboolean under_yjs;

  if (*path == '/')
    path++;
  under_yjs = g_str_has_prefix (path, YJS_PREFIX);
  if (under_yjs)
    path += strlen (YJS_PREFIX);

  result = weft_relay_path_decode_room (path, max_bytes, name);
  if (result == WEFT_RELAY_PATH_OK && !under_yjs && is_reserved (*name))
    {
      g_clear_pointer (name, g_free);
      return WEFT_RELAY_PATH_RESERVED;
    }

  return result;
}
