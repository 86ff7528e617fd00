/* weft-relay-main.h - `weft --relay`
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The arguments without --relay. Runs until it is told to end. Returns: the exit status */
int weft_relay_main (int    argc,
                     char **argv);

G_END_DECLS
