/* weft-window-actions.c - win.*: pages, panes, undo
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-window-private.h"

#include <glib/gi18n.h>

#include "app/share/weft-share-dialog.h"

static void
undo_cb (GtkWidget  *widget,
         const char *action_name,
         GVariant   *parameter)
{
  weft_document_undo (WEFT_WINDOW (widget)->document);
}

static void
redo_cb (GtkWidget  *widget,
         const char *action_name,
         GVariant   *parameter)
{
  weft_document_redo (WEFT_WINDOW (widget)->document);
}

/**
 * weft_window_create_page:
 * @self: a window
 * @kind: what to make
 *
 * Makes a page and opens it: beside the page that is open, as one goes on writing there. While the
 * notebook is being opened it waits for that.
 */
void
weft_window_create_page (WeftWindow   *self,
                         WeftPageKind  kind)
{
  gboolean in_tree = self->page != NULL && !weft_page_get_trashed (self->page);
  g_autoptr(WeftDocument) document = NULL;
  WeftPage *page;

  g_return_if_fail (WEFT_IS_WINDOW (self));

  if (self->notebook == NULL)
    {
      self->wants_new = TRUE;
      self->new_kind = kind;
      return;
    }

  page = weft_notebook_create_page (self->notebook, kind, "", in_tree ? weft_page_get_parent (self->page) : NULL,
                                    in_tree ? self->page : NULL);
  if (page == NULL)
    return;

  document = weft_notebook_open_new_page (self->notebook, page);
  weft_window_open_page (self, page, TRUE);
}

static void
new_note_cb (GtkWidget  *widget,
             const char *action_name,
             GVariant   *parameter)
{
  weft_window_create_page (WEFT_WINDOW (widget), WEFT_PAGE_NOTE);
}

static void
new_board_cb (GtkWidget  *widget,
              const char *action_name,
              GVariant   *parameter)
{
  weft_window_create_page (WEFT_WINDOW (widget), WEFT_PAGE_BOARD);
}

static void
open_page_cb (GtkWidget  *widget,
              const char *action_name,
              GVariant   *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);
  WeftPage *page = weft_notebook_lookup_page (self->notebook, g_variant_get_string (parameter, NULL));

  if (page != NULL)
    weft_window_open_page (self, page, TRUE);
  else
    weft_window_show_message (self, _ ("This page is not in the notebook"));
}

static void
rename_page_cb (GtkWidget  *widget,
                const char *action_name,
                GVariant   *parameter)
{
  gtk_menu_button_popup (WEFT_WINDOW (widget)->title_button);
}

static void
show_list (WeftWindow *self)
{
  if (adw_navigation_split_view_get_collapsed (self->split_view))
    adw_navigation_split_view_set_show_content (self->split_view, FALSE);
}

static void
search_cb (GtkWidget  *widget,
           const char *action_name,
           GVariant   *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);

  show_list (self);
  weft_sidebar_focus_search (self->sidebar);
}

static void
focus_pages_cb (GtkWidget  *widget,
                const char *action_name,
                GVariant   *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);

  show_list (self);
  weft_sidebar_focus_pages (self->sidebar);
}

static void
next_pane_cb (GtkWidget  *widget,
              const char *action_name,
              GVariant   *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

  if (focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->sidebar)))
    {
      adw_navigation_split_view_set_show_content (self->split_view, TRUE);
      weft_window_focus_content (self);
    }
  else
    {
      focus_pages_cb (widget, action_name, parameter);
    }
}

/* At phone width the list and the page take turns anyway; where there is room, the list folds away. */
static void
toggle_sidebar_cb (GtkWidget  *widget,
                   const char *action_name,
                   GVariant   *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);
  AdwNavigationSplitView *split_view = self->split_view;
  gboolean narrow = adw_application_window_get_current_breakpoint (ADW_APPLICATION_WINDOW (self)) != NULL &&
                    gtk_widget_get_width (widget) <= 640;

  if (narrow)
    {
      adw_navigation_split_view_set_show_content (split_view, !adw_navigation_split_view_get_show_content (split_view));
    }
  else
    {
      gboolean collapsed = adw_navigation_split_view_get_collapsed (split_view);

      adw_navigation_split_view_set_show_content (split_view, TRUE);
      adw_navigation_split_view_set_collapsed (split_view, !collapsed);
    }
}

static void
fullscreen_cb (GtkWidget  *widget,
               const char *action_name,
               GVariant   *parameter)
{
  GtkWindow *window = GTK_WINDOW (widget);

  if (gtk_window_is_fullscreen (window))
    gtk_window_unfullscreen (window);
  else
    gtk_window_fullscreen (window);
}

static void
menu_cb (GtkWidget  *widget,
         const char *action_name,
         GVariant   *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);

  adw_navigation_split_view_set_show_content (self->split_view, TRUE);
  gtk_menu_button_popup (self->menu_button);
}

static void
close_cb (GtkWidget  *widget,
          const char *action_name,
          GVariant   *parameter)
{
  gtk_window_close (GTK_WINDOW (widget));
}

static void
share_cb (GtkWidget  *widget,
          const char *action_name,
          GVariant   *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);

  adw_dialog_present (ADW_DIALOG (weft_share_dialog_new (self->notebook, self->page)), widget);
}

static void
join_cb (GtkWidget  *widget,
         const char *action_name,
         GVariant   *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);
  WeftShareDialog *dialog = weft_share_dialog_new (self->notebook, self->page);

  weft_share_dialog_focus_join (dialog);
  adw_dialog_present (ADW_DIALOG (dialog), widget);
}

static void
show_conflicts_cb (GtkWidget  *widget,
                   const char *action_name,
                   GVariant   *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);
  gboolean show = self->history != NULL || !adw_overlay_split_view_get_show_sidebar (self->conflicts_view);

  weft_window_end_review (self);
  adw_navigation_split_view_set_show_content (self->split_view, TRUE);
  adw_overlay_split_view_set_show_sidebar (self->conflicts_view, show);

  if (show)
    gtk_widget_child_focus (GTK_WIDGET (self->conflict_panel), GTK_DIR_TAB_FORWARD);
  else
    weft_window_focus_content (self);
}

void
weft_window_install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.undo", NULL, undo_cb);
  gtk_widget_class_install_action (widget_class, "win.redo", NULL, redo_cb);
  gtk_widget_class_install_action (widget_class, "win.new-note", NULL, new_note_cb);
  gtk_widget_class_install_action (widget_class, "win.new-board", NULL, new_board_cb);
  gtk_widget_class_install_action (widget_class, "win.open-page", "s", open_page_cb);
  gtk_widget_class_install_action (widget_class, "win.rename-page", NULL, rename_page_cb);
  gtk_widget_class_install_action (widget_class, "win.search", NULL, search_cb);
  gtk_widget_class_install_action (widget_class, "win.focus-pages", NULL, focus_pages_cb);
  gtk_widget_class_install_action (widget_class, "win.next-pane", NULL, next_pane_cb);
  gtk_widget_class_install_action (widget_class, "win.toggle-sidebar", NULL, toggle_sidebar_cb);
  gtk_widget_class_install_action (widget_class, "win.fullscreen", NULL, fullscreen_cb);
  gtk_widget_class_install_action (widget_class, "win.menu", NULL, menu_cb);
  gtk_widget_class_install_action (widget_class, "win.close", NULL, close_cb);
  gtk_widget_class_install_action (widget_class, "win.share", NULL, share_cb);
  gtk_widget_class_install_action (widget_class, "win.join", NULL, join_cb);
  gtk_widget_class_install_action (widget_class, "win.show-conflicts", NULL, show_conflicts_cb);
}
