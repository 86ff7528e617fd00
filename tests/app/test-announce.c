/* test-announce.c - what is said to screen readers, where there is none
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gtk/gtk.h>

#include "app/weft-announce.h"

/* GTK makes its contexts ready while it draws. */
static gboolean
count_frame_cb (GtkWidget     *widget,
                GdkFrameClock *clock,
                gpointer       user_data)
{
  guint *n_frames = user_data;

  (*n_frames)++;
  gtk_widget_queue_draw (widget);
  return G_SOURCE_CONTINUE;
}

/* Without an accessibility bus GTK has a context that cannot announce anything. */
static void
test_deaf (void)
{
  GtkWidget *window = gtk_window_new ();
  g_autoptr(GtkATContext) context = NULL;
  guint n_frames = 0;

  gtk_window_present (GTK_WINDOW (window));
  gtk_widget_add_tick_callback (window, count_frame_cb, &n_frames, NULL);
  while (n_frames < 5)
    g_main_context_iteration (NULL, TRUE);

  context = gtk_accessible_get_at_context (GTK_ACCESSIBLE (window));
  g_assert_nonnull (context);
  weft_announce (window, "somebody joined");

  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int    argc,
      char **argv)
{
  g_setenv ("GTK_A11Y", "test", TRUE);
  gtk_test_init (&argc, &argv, NULL);

  g_test_add_func ("/app/announce/deaf", test_deaf);

  return g_test_run ();
}
