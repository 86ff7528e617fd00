/* weft-window-history.c - looking back: the versions of the page in its place
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two walks share the place: History, and the review of what others did while one was away.
 */

#include "config.h"

#include "app/weft-window-private.h"

#include <glib/gi18n.h>

#include "app/weft-announce.h"

gboolean
weft_window_is_in_history (WeftWindow *self)
{
  return self->history != NULL && g_strcmp0 (gtk_stack_get_visible_child_name (self->side_stack), "history") == 0;
}

/* The page again. */
static void
show_page (WeftWindow *self)
{
  WeftPageKind kind = self->document != NULL ? weft_page_get_kind (weft_document_get_page (self->document))
                                             : WEFT_PAGE_OTHER;

  if (g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "version") == 0)
    gtk_stack_set_visible_child_name (self->stack, kind == WEFT_PAGE_NOTE    ? "note"
                                                   : kind == WEFT_PAGE_BOARD ? "board"
                                                                             : "other");
}

/*< private >
 * weft_window_end_looking_back:
 * @self: a window
 *
 * The page takes its place again, whatever is looked at.
 */
void
weft_window_end_looking_back (WeftWindow *self)
{
  if (self->history == NULL)
    return;

  show_page (self);
  adw_overlay_split_view_set_show_sidebar (self->conflicts_view, FALSE);
  gtk_stack_set_visible_child_name (self->side_stack, "conflicts");
  weft_history_panel_set_history (self->history_panel, NULL);
  weft_version_view_set_history (self->version_view, NULL);
  weft_history_close (self->history);
  g_clear_object (&self->history);
  weft_window_update_actions (self);
  weft_window_update_banner (self);
}

/*< private >
 * weft_window_look_back:
 * @self: a window with a page that is open
 * @panel: the panel beside it
 */
void
weft_window_look_back (WeftWindow *self,
                       const char *panel)
{
  weft_window_end_looking_back (self);
  self->history = weft_history_new (self->document);
  weft_version_view_set_history (self->version_view, self->history);
  gtk_stack_set_visible_child_name (self->side_stack, panel);
  adw_navigation_split_view_set_show_content (self->split_view, TRUE);
  adw_overlay_split_view_set_show_sidebar (self->conflicts_view, TRUE);
  weft_window_update_actions (self);
  weft_window_update_banner (self);
}

static void
history_cb (GtkWidget  *widget,
            const char *action_name,
            GVariant   *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);
  gboolean was_in_history = weft_window_is_in_history (self);

  weft_window_end_looking_back (self);
  if (was_in_history)
    {
      weft_window_focus_content (self);
      return;
    }

  weft_window_look_back (self, "history");
  weft_history_panel_set_history (self->history_panel, self->history);
  gtk_widget_grab_focus (GTK_WIDGET (self->history_panel));
}

/* The page stays until there is something else to be seen. */
static void
version_shown_cb (WeftWindow *self)
{
  gboolean had_focus = gtk_widget_is_ancestor (GTK_WIDGET (self->stack), GTK_WIDGET (self))
                       && gtk_window_get_focus (GTK_WINDOW (self)) != NULL
                       && gtk_widget_is_ancestor (gtk_window_get_focus (GTK_WINDOW (self)), GTK_WIDGET (self->stack));

  if (self->history == NULL || g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "version") == 0)
    return;

  gtk_stack_set_visible_child_name (self->stack, "version");
  if (had_focus)
    weft_window_focus_content (self);
}

static void
version_chosen_cb (WeftWindow *self,
                   guint       index)
{
  weft_version_view_show_version (self->version_view, index);
}

static void
version_entered_cb (WeftWindow *self,
                    guint       index)
{
  if (adw_overlay_split_view_get_collapsed (self->conflicts_view))
    adw_overlay_split_view_set_show_sidebar (self->conflicts_view, FALSE);
}

static void
version_list_cb (WeftWindow *self)
{
  adw_overlay_split_view_set_show_sidebar (self->conflicts_view, TRUE);
  if (weft_window_is_in_history (self))
    gtk_widget_grab_focus (GTK_WIDGET (self->history_panel));
  else
    gtk_widget_grab_focus (GTK_WIDGET (self->review_panel));
}

static void
history_done_cb (WeftWindow *self)
{
  if (!weft_window_is_in_history (self))
    {
      gtk_widget_activate_action (GTK_WIDGET (self), "win.review", NULL);
      return;
    }

  weft_window_end_looking_back (self);
  weft_window_focus_content (self);
}

/* What is done with a version */

static void
restored_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(WeftWindow) self = user_data;
  gboolean restored = weft_history_restore_finish (WEFT_HISTORY (source), result, NULL);
  AdwToast *toast;

  /* Another page by now, or the window is closed. */
  if (self->history != WEFT_HISTORY (source))
    return;

  if (!restored)
    {
      weft_window_show_message (self, _ ("The version could not be restored"));
      return;
    }

  weft_window_end_looking_back (self);
  weft_window_focus_content (self);
  toast = adw_toast_new (_ ("The page is as it was then"));
  adw_toast_set_button_label (toast, _ ("_Undo"));
  adw_toast_set_action_name (toast, "win.undo");
  adw_toast_overlay_add_toast (self->toasts, toast);
  weft_announce (GTK_WIDGET (self), _ ("The page is as it was then"));
}

static void
restore_version_cb (WeftWindow *self,
                    guint       index)
{
  weft_history_restore_async (self->history, index, restored_cb, g_object_ref (self));
}

static void
copy_made_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(WeftWindow) self = user_data;
  g_autoptr(WeftPage) page = weft_history_copy_finish (WEFT_HISTORY (source), result, NULL);

  if (self->history != WEFT_HISTORY (source))
    return;

  if (page == NULL)
    weft_window_show_message (self, _ ("The new page could not be made"));
  else
    weft_window_open_page (self, page, TRUE);
}

static void
open_copy_cb (WeftWindow *self,
              guint       index)
{
  const WeftVersion *version = weft_history_get_version (self->history, index);
  g_autofree char *when = weft_moment_format (version->to_ms);
  /* Translators: the title of a page made of an old version: %1$s is the page, %2$s a time */
  g_autofree char *title = g_strdup_printf (_ ("%1$s (%2$s)"), weft_page_get_display_title (self->page), when);

  weft_history_copy_async (self->history, index, title, copy_made_cb, g_object_ref (self));
}

static void
version_copied_cb (WeftWindow *self)
{
  weft_window_show_message (self, _ ("The version is in the clipboard"));
}

static void
update_narrow (WeftWindow *self)
{
  weft_version_view_set_narrow (self->version_view, adw_overlay_split_view_get_collapsed (self->conflicts_view));
}

void
weft_window_init_history (WeftWindow *self)
{
  g_signal_connect_object (self->conflicts_view, "notify::collapsed", G_CALLBACK (update_narrow), self,
                           G_CONNECT_SWAPPED);
  update_narrow (self);
}

void
weft_window_install_history_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.history", NULL, history_cb);
  gtk_widget_class_bind_template_callback (widget_class, version_shown_cb);
  gtk_widget_class_bind_template_callback (widget_class, version_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, version_entered_cb);
  gtk_widget_class_bind_template_callback (widget_class, version_list_cb);
  gtk_widget_class_bind_template_callback (widget_class, history_done_cb);
  gtk_widget_class_bind_template_callback (widget_class, restore_version_cb);
  gtk_widget_class_bind_template_callback (widget_class, open_copy_cb);
  gtk_widget_class_bind_template_callback (widget_class, version_copied_cb);
}
