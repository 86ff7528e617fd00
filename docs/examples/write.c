/* write.c RELAY ROOM TEXT - adds TEXT to a note (its text is called "quill"), and prints the note
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * cc write.c $(pkg-config --cflags --libs weft-1) -o write
 */

#include <stdio.h>
#include <weft.h>

int
main (int   argc,
      char *argv[])
{
  g_autoptr(WeftGDocument) document = weft_g_document_new ();
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftGProvider) provider = NULL;
  g_autofree char *text = NULL;

  g_return_val_if_fail (argc == 4, 64);
  provider = weft_g_provider_new (argv[1], argv[2], document, &error);
  if (provider == NULL || !weft_g_provider_sync (provider, 10000, &error))
    g_error ("%s", error->message);
  weft_g_text_append (weft_g_document_get_text (document, "quill"), argv[3]);
  if (!weft_g_provider_sync (provider, 10000, &error))
    g_error ("%s", error->message);
  text = weft_g_text_to_string (weft_g_document_get_text (document, "quill"));
  puts (text);

  return 0;
}
