/* weft-relay-backend.c - what every database of the relay does alike
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-backend.h"

#define CHECKSUM_SIZE 8

GBytes *
weft_relay_backend_make_checksum (GBytes *data)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize n_digest = sizeof digest;
  gsize size;
  const guchar *raw = g_bytes_get_data (data, &size);

  if (size > 0)
    g_checksum_update (checksum, raw, (gssize) size);
  g_checksum_get_digest (checksum, digest, &n_digest);
  return g_bytes_new (digest, CHECKSUM_SIZE);
}

gboolean
weft_relay_backend_check_row (GBytes     *data,
                              GBytes     *checksum,
                              const char *room,
                              gint64      version)
{
  g_autoptr(GBytes) actual = weft_relay_backend_make_checksum (data);

  if (g_bytes_equal (checksum, actual))
    return TRUE;

  g_warning ("room \"%s\": what was stored as version %" G_GINT64_FORMAT " is damaged and left out", room, version);
  return FALSE;
}
