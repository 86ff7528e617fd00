/* weft-window-narrow.c - what a window shows less of where it is narrow
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-window-private.h"

/* There, nothing but the button that closes: a telephone has no use for the others, and its titles need the room. */
#define NARROW_LAYOUT ":close"

/* The parts of a window have header bars of their own, of which one is seen at a time. */
static void
set_decoration_layout (GtkWidget  *widget,
                       const char *layout)
{
  if (ADW_IS_HEADER_BAR (widget))
    adw_header_bar_set_decoration_layout (ADW_HEADER_BAR (widget), layout);
  else
    for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
         child = gtk_widget_get_next_sibling (child))
      set_decoration_layout (child, layout);
}

static void
narrowed_cb (WeftWindow *self)
{
  set_decoration_layout (GTK_WIDGET (self->split_view), NARROW_LAYOUT);
}

static void
widened_cb (WeftWindow *self)
{
  set_decoration_layout (GTK_WIDGET (self->split_view), NULL);
}

void
weft_window_bind_narrow (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_callback (widget_class, narrowed_cb);
  gtk_widget_class_bind_template_callback (widget_class, widened_cb);
}
