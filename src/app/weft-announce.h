/* weft-announce.h - says something to screen readers
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @text: what happened in or to @widget, in the user's language */
void weft_announce (GtkWidget  *widget,
                    const char *text);

G_END_DECLS
