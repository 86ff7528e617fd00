/* weft-sidebar-actions.c - what can be done with a page of the tree
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-sidebar-private.h"

#include <glib/gi18n.h>

#include "app/weft-page-row.h"

/* --- Places among siblings ---------------------------------------------------------------------------------- */

/* (transfer full): @parent's children, or the top of the tree */
static GListModel *
list_siblings (WeftSidebar *self,
               WeftPage    *parent)
{
  if (parent != NULL)
    return weft_page_list_children (parent);

  return g_object_ref (weft_notebook_get_pages (self->notebook));
}

/* The index of @page among its siblings without counting @skip; G_MAXUINT where it is not in the tree. */
static guint
find_index (WeftSidebar *self,
            WeftPage    *page,
            WeftPage    *skip)
{
  guint index = weft_notebook_get_index (self->notebook, page);

  if (index != G_MAXUINT && skip != NULL && weft_page_get_parent (skip) == weft_page_get_parent (page) &&
      weft_notebook_get_index (self->notebook, skip) < index)
    index--;

  return index;
}

/**
 * weft_sidebar_can_move:
 * @self: the sidebar
 * @page: what is moved
 * @parent: (nullable): where it would go
 *
 * Returns: whether it may: pages do not go into themselves, nor into another notebook
 */
gboolean
weft_sidebar_can_move (WeftSidebar *self,
                       WeftPage    *page,
                       WeftPage    *parent)
{
  g_return_val_if_fail (WEFT_IS_SIDEBAR (self), FALSE);

  if (self->notebook == NULL || weft_notebook_lookup_page (self->notebook, weft_page_get_id (page)) != page)
    return FALSE;

  return weft_notebook_can_move (self->notebook, page, parent);
}

/**
 * weft_sidebar_move_page:
 * @self: the sidebar
 * @page: what is moved
 * @parent: (nullable): where it goes; %NULL is the top
 * @sibling: (nullable): the child of @parent that it goes next to
 * @before: before @sibling, or after; without @sibling: as the first child, or the last
 */
void
weft_sidebar_move_page (WeftSidebar *self,
                        WeftPage    *page,
                        WeftPage    *parent,
                        WeftPage    *sibling,
                        gboolean     before)
{
  guint index = before ? 0 : G_MAXUINT;

  g_return_if_fail (WEFT_IS_SIDEBAR (self));
  g_return_if_fail (WEFT_IS_PAGE (page));

  if (!weft_sidebar_can_move (self, page, parent))
    return;

  if (sibling != NULL)
    {
      index = find_index (self, sibling, page);
      if (index != G_MAXUINT && !before)
        index++;
    }

  weft_notebook_move_page (self->notebook, page, parent, index);
  weft_sidebar_reveal (self, self->page);
}

/* Moving takes the row out of the list and puts it in again; the keyboard stays with it. */
static void
move_selected (WeftSidebar *self,
               WeftPage    *page,
               WeftPage    *parent,
               guint        index)
{
  gboolean had_focus = weft_sidebar_tree_has_focus (self);

  weft_notebook_move_page (self->notebook, page, parent, index);
  weft_sidebar_reveal (self, page);
  if (had_focus)
    weft_sidebar_focus_selected (self);
}

/* What an action is about; noting that the menu was used for it. */
static WeftPage *
take_target (WeftSidebar *self)
{
  self->menu_used = TRUE;

  return weft_sidebar_get_target (self);
}

/* --- Actions ------------------------------------------------------------------------------------------------ */

static void
create_inside (WeftSidebar  *self,
               WeftPageKind  kind)
{
  WeftPage *parent = take_target (self);
  g_autoptr(WeftDocument) document = NULL;
  WeftPage *page;

  if (parent == NULL)
    return;

  page = weft_notebook_create_page (self->notebook, kind, "", parent, NULL);
  if (page == NULL)
    return;

  document = weft_notebook_open_new_page (self->notebook, page);
  weft_sidebar_open (self, page, TRUE);
}

static void
new_note_cb (GtkWidget  *widget,
             const char *action_name,
             GVariant   *parameter)
{
  create_inside (WEFT_SIDEBAR (widget), WEFT_PAGE_NOTE);
}

static void
new_board_cb (GtkWidget  *widget,
              const char *action_name,
              GVariant   *parameter)
{
  create_inside (WEFT_SIDEBAR (widget), WEFT_PAGE_BOARD);
}

static void
open_cb (GtkWidget  *widget,
         const char *action_name,
         GVariant   *parameter)
{
  WeftSidebar *self = WEFT_SIDEBAR (widget);
  WeftPage *page = weft_notebook_lookup_page (self->notebook, g_variant_get_string (parameter, NULL));

  if (page != NULL)
    weft_sidebar_open (self, page, TRUE);
}

static void
set_title_cb (GtkWidget  *widget,
              const char *action_name,
              GVariant   *parameter)
{
  WeftSidebar *self = WEFT_SIDEBAR (widget);
  const char *id, *title;
  WeftPage *page;

  g_variant_get (parameter, "(&s&s)", &id, &title);
  page = weft_notebook_lookup_page (self->notebook, id);
  if (page != NULL)
    weft_notebook_rename_page (self->notebook, page, title);
}

static void
rename_cb (GtkWidget  *widget,
           const char *action_name,
           GVariant   *parameter)
{
  WeftSidebar *self = WEFT_SIDEBAR (widget);
  WeftPage *page = take_target (self);

  if (page != NULL)
    weft_sidebar_rename_page (self, page);
}

static void
trash_cb (GtkWidget  *widget,
          const char *action_name,
          GVariant   *parameter)
{
  WeftSidebar *self = WEFT_SIDEBAR (widget);
  WeftPage *page = take_target (self);

  if (page != NULL)
    weft_notebook_trash_page (self->notebook, page);
}

static void
export_cb (GtkWidget  *widget,
           const char *action_name,
           GVariant   *parameter)
{
  WeftSidebar *self = WEFT_SIDEBAR (widget);
  WeftPage *page = take_target (self);

  if (page != NULL)
    weft_sidebar_request_export (self, page, g_str_equal (action_name, "page.export-picture"));
}

static void
move_by (WeftSidebar *self,
         int          step)
{
  WeftPage *page = take_target (self);
  WeftPage *parent;
  g_autoptr(GListModel) siblings = NULL;
  guint index;

  if (page == NULL)
    return;

  parent = weft_page_get_parent (page);
  siblings = list_siblings (self, parent);
  index = find_index (self, page, NULL);

  if (index == G_MAXUINT || (step < 0 && index == 0) ||
      (step > 0 && index + 1 >= g_list_model_get_n_items (siblings)))
    {
      gtk_widget_error_bell (GTK_WIDGET (self));
      return;
    }

  move_selected (self, page, parent, index + step);
}

static void
move_up_cb (GtkWidget  *widget,
            const char *action_name,
            GVariant   *parameter)
{
  move_by (WEFT_SIDEBAR (widget), -1);
}

static void
move_down_cb (GtkWidget  *widget,
              const char *action_name,
              GVariant   *parameter)
{
  move_by (WEFT_SIDEBAR (widget), 1);
}

/* Into the sibling above, as its last child. */
static void
move_in_cb (GtkWidget  *widget,
            const char *action_name,
            GVariant   *parameter)
{
  WeftSidebar *self = WEFT_SIDEBAR (widget);
  WeftPage *page = take_target (self);
  g_autoptr(GListModel) siblings = NULL;
  g_autoptr(WeftPage) above = NULL;
  guint index;

  if (page == NULL)
    return;

  siblings = list_siblings (self, weft_page_get_parent (page));
  index = find_index (self, page, NULL);
  if (index != G_MAXUINT && index > 0)
    above = g_list_model_get_item (siblings, index - 1);

  if (above == NULL)
    {
      gtk_widget_error_bell (widget);
      return;
    }

  move_selected (self, page, above, G_MAXUINT);
}

/* Out of its parent, to stand below it. */
static void
move_out_cb (GtkWidget  *widget,
             const char *action_name,
             GVariant   *parameter)
{
  WeftSidebar *self = WEFT_SIDEBAR (widget);
  WeftPage *page = take_target (self);
  WeftPage *parent = page != NULL ? weft_page_get_parent (page) : NULL;

  if (parent == NULL)
    {
      gtk_widget_error_bell (widget);
      return;
    }

  move_selected (self, page, weft_page_get_parent (parent), find_index (self, parent, page) + 1);
}

/* The last thing that was done to a page, wherever that is now. */
static void
undo_cb (GtkWidget  *widget,
         const char *action_name,
         GVariant   *parameter)
{
  WeftSidebar *self = WEFT_SIDEBAR (widget);
  gboolean had_focus = weft_sidebar_tree_has_focus (self);
  WeftPage *page = NULL;
  gboolean done = FALSE;

  if (self->notebook != NULL)
    done = g_str_equal (action_name, "page.undo") ? weft_notebook_undo_pages (self->notebook, &page)
                                                  : weft_notebook_redo_pages (self->notebook, &page);
  if (!done)
    {
      gtk_widget_error_bell (widget);
      return;
    }

  if (page == NULL || weft_page_get_trashed (page))
    return;

  weft_sidebar_reveal (self, page);
  if (had_focus)
    weft_sidebar_focus_selected (self);
}

static GtkWidget *
find_row (GtkWidget *widget,
          WeftPage  *page)
{
  if (WEFT_IS_PAGE_ROW (widget))
    return weft_page_row_get_page (WEFT_PAGE_ROW (widget)) == page ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *row = find_row (child, page);

      if (row != NULL)
        return row;
    }

  return NULL;
}

static void
menu_cb (GtkWidget  *widget,
         const char *action_name,
         GVariant   *parameter)
{
  WeftSidebar *self = WEFT_SIDEBAR (widget);
  WeftPage *page = take_target (self);
  GtkWidget *row = page != NULL ? find_row (GTK_WIDGET (self->tree_view), page) : NULL;

  if (row != NULL)
    weft_sidebar_show_menu (self, row, gtk_widget_get_width (row) / 2, gtk_widget_get_height (row));
}

/* --- The menu ----------------------------------------------------------------------------------------------- */

static gboolean
forget_menu_page_cb (gpointer user_data)
{
  WeftSidebar *self = user_data;

  g_clear_object (&self->menu_page);
  weft_sidebar_update_actions (self);

  /* Left with Escape: back to where one was. */
  if (!self->menu_used && self->menu_had_focus)
    weft_sidebar_focus_selected (self);

  return G_SOURCE_REMOVE;
}

/* An item is activated after the menu has closed: forget its page only then. */
static void
menu_closed_cb (WeftSidebar *self)
{
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, forget_menu_page_cb, g_object_ref (self), g_object_unref);
}

/**
 * weft_sidebar_show_menu:
 * @self: the sidebar
 * @row: the row asked about
 * @x: where, in @row
 * @y: where, in @row
 */
void
weft_sidebar_show_menu (WeftSidebar *self,
                        GtkWidget   *row,
                        double       x,
                        double       y)
{
  graphene_point_t point;
  WeftPage *page;

  g_return_if_fail (WEFT_IS_SIDEBAR (self));
  g_return_if_fail (WEFT_IS_PAGE_ROW (row));

  page = weft_page_row_get_page (WEFT_PAGE_ROW (row));
  if (page == NULL || !gtk_widget_compute_point (row, GTK_WIDGET (self), &GRAPHENE_POINT_INIT (x, y), &point))
    return;

  if (self->menu == NULL)
    {
      self->menu = GTK_POPOVER (gtk_popover_menu_new_from_model (self->page_menu));
      gtk_popover_set_has_arrow (self->menu, FALSE);
      gtk_widget_set_halign (GTK_WIDGET (self->menu), GTK_ALIGN_START);
      gtk_widget_set_parent (GTK_WIDGET (self->menu), GTK_WIDGET (self));
      g_signal_connect_swapped (self->menu, "closed", G_CALLBACK (menu_closed_cb), self);
    }

  g_set_object (&self->menu_page, page);
  self->menu_used = FALSE;
  self->menu_had_focus = weft_sidebar_tree_has_focus (self);
  weft_sidebar_update_actions (self);
  gtk_popover_set_pointing_to (self->menu, &(GdkRectangle) { point.x, point.y, 1, 1 });
  gtk_popover_popup (self->menu);
}

/**
 * weft_sidebar_rename_page:
 * @self: the sidebar
 * @page: a page
 *
 * Its title becomes an entry, in the tree.
 */
void
weft_sidebar_rename_page (WeftSidebar *self,
                          WeftPage    *page)
{
  GtkWidget *row;

  g_return_if_fail (WEFT_IS_SIDEBAR (self));
  g_return_if_fail (WEFT_IS_PAGE (page));

  row = find_row (GTK_WIDGET (self->stack), page);
  if (row != NULL)
    weft_page_row_start_editing (WEFT_PAGE_ROW (row));
}

/*< private >
 * weft_sidebar_update_actions:
 * @self: the sidebar
 *
 * The one place where `page.*` is enabled and disabled.
 */
void
weft_sidebar_update_actions (WeftSidebar *self)
{
  static const char *const needs_page[] = {
    "page.new-note", "page.new-board", "page.rename",   "page.trash",    "page.export",
    "page.move-up",  "page.move-down", "page.move-in",  "page.move-out", "page.menu",
  };
  WeftPage *page = self->notebook != NULL ? weft_sidebar_get_target (self) : NULL;
  gboolean living = page != NULL && !weft_page_get_trashed (page);
  gboolean read_only = FALSE;

  if (self->notebook != NULL)
    g_object_get (self->notebook, "read-only", &read_only, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (needs_page); i++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), needs_page[i],
                                   living && (!read_only || g_str_equal (needs_page[i], "page.export") ||
                                              g_str_equal (needs_page[i], "page.menu")));

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "page.export-picture",
                                 living && weft_page_get_kind (page) == WEFT_PAGE_BOARD);
  if (living && weft_page_get_parent (page) == NULL)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), "page.move-out", FALSE);

  /* Without a relay there is nowhere to fetch from. */
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "page.keep-offline",
                                 living && *weft_notebook_get_relay_url (self->notebook) != '\0');
  g_object_notify (G_OBJECT (self), "keep-offline");
}

void
weft_sidebar_install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "page.new-note", NULL, new_note_cb);
  gtk_widget_class_install_action (widget_class, "page.new-board", NULL, new_board_cb);
  gtk_widget_class_install_action (widget_class, "page.open", "s", open_cb);
  gtk_widget_class_install_action (widget_class, "page.set-title", "(ss)", set_title_cb);
  gtk_widget_class_install_action (widget_class, "page.rename", NULL, rename_cb);
  gtk_widget_class_install_action (widget_class, "page.trash", NULL, trash_cb);
  gtk_widget_class_install_action (widget_class, "page.export", NULL, export_cb);
  gtk_widget_class_install_action (widget_class, "page.export-picture", NULL, export_cb);
  gtk_widget_class_install_action (widget_class, "page.move-up", NULL, move_up_cb);
  gtk_widget_class_install_action (widget_class, "page.move-down", NULL, move_down_cb);
  gtk_widget_class_install_action (widget_class, "page.move-in", NULL, move_in_cb);
  gtk_widget_class_install_action (widget_class, "page.move-out", NULL, move_out_cb);
  gtk_widget_class_install_action (widget_class, "page.menu", NULL, menu_cb);
  gtk_widget_class_install_action (widget_class, "page.undo", NULL, undo_cb);
  gtk_widget_class_install_action (widget_class, "page.redo", NULL, undo_cb);
  gtk_widget_class_install_property_action (widget_class, "page.keep-offline", "keep-offline");
}
