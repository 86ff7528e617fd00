/* engine.c - the plain engine, without objects: two documents meet
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * cc engine.c $(pkg-config --cflags --libs weft-1) -o engine
 */

#include <crdt/weft-type.h>
#include <stdio.h>

int
main (void)
{
  g_autoptr(WeftDoc) here = weft_doc_new ();
  g_autoptr(WeftDoc) there = weft_doc_new ();
  g_autoptr(GBytes) update = NULL;
  g_autofree char *text = NULL;

  weft_text_insert (weft_doc_get_text (here, "text"), 0, "Hello, world", -1, NULL);
  update = weft_doc_encode_state (here);
  if (!weft_doc_apply_update (there, update, NULL, NULL))
    return 1;
  text = weft_text_to_string (weft_doc_get_text (there, "text"));
  puts (text);

  return 0;
}
