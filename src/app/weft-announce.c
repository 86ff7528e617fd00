/* weft-announce.c - says something to screen readers
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-announce.h"

/* What GTK makes where there is no accessibility bus. In 4.18 it cannot announce anything, and is called all the
 * same. */
#define DEAF_CONTEXT "GtkTestATContext"

void
weft_announce (GtkWidget  *widget,
               const char *text)
{
  g_autoptr(GtkATContext) context = gtk_accessible_get_at_context (GTK_ACCESSIBLE (widget));

  if (context != NULL && !g_str_equal (G_OBJECT_TYPE_NAME (context), DEAF_CONTEXT))
    gtk_accessible_announce (GTK_ACCESSIBLE (widget), text, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
}
