/* test-bytes.h - bytes from and to hexadecimal text
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

static inline GBytes *
test_bytes_from_hex (const char *hex)
{
  GByteArray *bytes = g_byte_array_new ();

  for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2)
    {
      guint8 byte = (guint8) (g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1]));

      g_byte_array_append (bytes, &byte, 1);
    }

  return g_byte_array_free_to_bytes (bytes);
}

static inline char *
test_bytes_to_hex (GBytes *bytes)
{
  GString *hex = g_string_new (NULL);
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  for (gsize i = 0; i < size; i++)
    g_string_append_printf (hex, "%02x", data[i]);

  return g_string_free (hex, FALSE);
}

#define test_assert_bytes_hex(bytes, hex)                         \
  G_STMT_START                                                    \
  {                                                               \
    g_autofree char *test_hex_ = test_bytes_to_hex (bytes);       \
    g_assert_cmpstr (test_hex_, ==, hex);                         \
  }                                                               \
  G_STMT_END
