/* weft-relay-secret.h - random tokens, how they are kept, how they are compared
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An invite or a refresh token is 32 random bytes. Its owner has it as text (base64url, 43 characters), the relay keeps
 * its SHA-256 only: whoever reads the database can use none of them.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define WEFT_RELAY_SECRET_BYTES 32
/* Of the text of such a token. */
#define WEFT_RELAY_SECRET_CHARS 43

/* From the kernel's generator; never fails. (transfer full) */
GBytes   *weft_relay_secret_random_bytes (gsize        n_bytes) G_GNUC_WARN_UNUSED_RESULT;
/* A fresh token as text. (transfer full) */
char     *weft_relay_secret_new          (void) G_GNUC_WARN_UNUSED_RESULT;
/* Whether @text is spelled as a token is. */
gboolean  weft_relay_secret_is_wellformed (const char *text);
/* What is kept of @text: its SHA-256 as 64 hexadecimal digits. (transfer full) */
char     *weft_relay_secret_hash         (const char  *text) G_GNUC_WARN_UNUSED_RESULT;
/* Compares in a time that depends on the length of @given alone. */
gboolean  weft_relay_secret_equal        (gconstpointer expected,
                                          gsize        n_expected,
                                          gconstpointer given,
                                          gsize        n_given);

/* base64url without padding (RFC 7515). (transfer full) */
char     *weft_relay_base64url_encode    (gconstpointer data,
                                          gsize        n_bytes) G_GNUC_WARN_UNUSED_RESULT;
/* Takes the one spelling that encode gives, nothing else. (transfer full) (nullable): %NULL for anything else */
GBytes   *weft_relay_base64url_decode    (const char  *text,
                                          gsize        n_chars) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
