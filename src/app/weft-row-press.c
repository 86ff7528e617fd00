/* weft-row-press.c - rows of a list that assistive technology can press
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A click, Enter and Space activate a row, but to a screen reader GTK offers no such action: it tells only of the
 * actions without a parameter that a widget has itself. So the row gets one.
 */

#include "config.h"

#include "app/weft-row-press.h"

static void
press_cb (GtkListBoxRow *row)
{
  g_signal_emit_by_name (row, "activate");
}

/**
 * weft_row_add_press:
 * @row: a row that can be activated
 *
 * Lets a screen reader, or a program that steers by voice, do what Enter does.
 */
void
weft_row_add_press (GtkListBoxRow *row)
{
  g_autoptr(GSimpleActionGroup) group = g_simple_action_group_new ();
  g_autoptr(GSimpleAction) press = g_simple_action_new ("press", NULL);

  g_return_if_fail (GTK_IS_LIST_BOX_ROW (row));

  g_signal_connect_object (press, "activate", G_CALLBACK (press_cb), row, G_CONNECT_SWAPPED);
  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (press));
  gtk_widget_insert_action_group (GTK_WIDGET (row), "row", G_ACTION_GROUP (group));
}
