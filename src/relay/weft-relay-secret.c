/* weft-relay-secret.c - random tokens, how they are kept, how they are compared
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-secret.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

GBytes *
weft_relay_secret_random_bytes (gsize n_bytes)
{
  guint8 *bytes = g_malloc (n_bytes);
  gsize filled = 0;

  while (filled < n_bytes)
    {
      gssize n_read = getrandom (bytes + filled, n_bytes - filled, 0);

      /* Blocks until the kernel has enough; other failures cannot be, and guessable tokens must not be. */
      if (n_read < 0 && errno != EINTR)
        g_error ("getrandom: %s", g_strerror (errno));
      if (n_read > 0)
        filled += (gsize) n_read;
    }

  return g_bytes_new_take (bytes, n_bytes);
}

char *
weft_relay_secret_new (void)
{
  g_autoptr(GBytes) bytes = weft_relay_secret_random_bytes (WEFT_RELAY_SECRET_BYTES);

  return weft_relay_base64url_encode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

gboolean
weft_relay_secret_is_wellformed (const char *text)
{
  g_autoptr(GBytes) bytes = NULL;

  if (strlen (text) != WEFT_RELAY_SECRET_CHARS)
    return FALSE;

  bytes = weft_relay_base64url_decode (text, WEFT_RELAY_SECRET_CHARS);
  return bytes != NULL && g_bytes_get_size (bytes) == WEFT_RELAY_SECRET_BYTES;
}

char *
weft_relay_secret_hash (const char *text)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

gboolean
weft_relay_secret_equal (gconstpointer expected,
                         gsize         n_expected,
                         gconstpointer given,
                         gsize         n_given)
{
  const guint8 *a = expected;
  const guint8 *b = given;
  volatile guint8 difference = n_expected != n_given;

  for (gsize i = 0; i < n_given; i++)
    difference |= b[i] ^ (n_expected > 0 ? a[i % n_expected] : 1);

  return difference == 0;
}

char *
weft_relay_base64url_encode (gconstpointer data,
                             gsize         n_bytes)
{
  char *text = g_base64_encode (data, n_bytes);
  gsize length = strlen (text);

  while (length > 0 && text[length - 1] == '=')
    text[--length] = '\0';

  g_strdelimit (text, "+", '-');
  return g_strdelimit (text, "/", '_');
}

GBytes *
weft_relay_base64url_decode (const char *text,
                             gsize       n_chars)
{
  g_autoptr(GString) plain = g_string_sized_new (n_chars + 3);
  g_autofree guint8 *bytes = NULL;
  g_autofree char *again = NULL;
  gsize n_bytes = 0;

  for (gsize i = 0; i < n_chars; i++)
    {
      if (!g_ascii_isalnum (text[i]) && text[i] != '-' && text[i] != '_')
        return NULL;
      g_string_append_c (plain, text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i]);
    }

  while (plain->len % 4 != 0)
    g_string_append_c (plain, '=');
  if (plain->len > 0)
    bytes = g_base64_decode (plain->str, &n_bytes);

  /* Bits behind the last byte that are not zero, and a single character at the end, do not come back the same. */
  again = weft_relay_base64url_encode (bytes, n_bytes);
  if (strlen (again) != n_chars || memcmp (again, text, n_chars) != 0)
    return NULL;

  return g_bytes_new_take (g_steal_pointer (&bytes), n_bytes);
}
