/* main.c - picks the application or the relay before any GTK call
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gio/gio.h>

int
main (int    argc,
      char **argv)
{
  g_print ("weft %s\n", WEFT_VERSION);
  return 0;
}
