/* weft-page-row-dnd.c - dragging pages above, into and below each other
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The upper quarter of a row means above, the lower quarter below, the middle into. A line or a
 * frame (style.css) shows it before the drop. Files dropped here are imported.
 */

#include "config.h"

#include "app/weft-page-row-private.h"

#include "app/weft-sidebar.h"

#define EXPAND_DELAY_MS 600

static const char *const drop_classes[] = {
  [WEFT_DROP_ABOVE] = "drop-above",
  [WEFT_DROP_INTO] = "drop-into",
  [WEFT_DROP_BELOW] = "drop-below",
};

static void
set_drop_place (WeftPageRow   *self,
                WeftDropPlace  place)
{
  if (self->drop_place == place)
    return;

  if (self->drop_place != WEFT_DROP_NOWHERE)
    gtk_widget_remove_css_class (GTK_WIDGET (self), drop_classes[self->drop_place]);

  self->drop_place = place;

  if (place != WEFT_DROP_NOWHERE)
    gtk_widget_add_css_class (GTK_WIDGET (self), drop_classes[place]);
}

/* Below an open branch is its first child, not behind all of it. */
static gboolean
is_open_branch (WeftPageRow *self)
{
  return self->list_row != NULL && weft_tree_row_get_expanded (self->list_row) &&
         weft_page_has_children (self->page);
}

static WeftDropPlace
find_drop_place (WeftPageRow *self,
                 double       y)
{
  int height = gtk_widget_get_height (GTK_WIDGET (self));

  if (self->list_row == NULL)
    return WEFT_DROP_INTO;

  if (y < height * 0.25)
    return WEFT_DROP_ABOVE;

  if (y > height * 0.75)
    return WEFT_DROP_BELOW;

  return WEFT_DROP_INTO;
}

static WeftSidebar *
find_sidebar (WeftPageRow *self)
{
  return WEFT_SIDEBAR (gtk_widget_get_ancestor (GTK_WIDGET (self), WEFT_TYPE_SIDEBAR));
}

/* The parent that a drop at @place means; %NULL is the top. */
static WeftPage *
find_drop_parent (WeftPageRow   *self,
                  WeftDropPlace  place)
{
  if (place == WEFT_DROP_INTO || (place == WEFT_DROP_BELOW && is_open_branch (self)))
    return self->page;

  return weft_page_get_parent (self->page);
}

static WeftPage *
get_dragged_page (GtkDropTarget *target)
{
  const GValue *value = gtk_drop_target_get_value (target);

  return value != NULL && G_VALUE_HOLDS (value, WEFT_TYPE_PAGE) ? g_value_get_object (value) : NULL;
}

static gboolean
expand_cb (gpointer user_data)
{
  WeftPageRow *self = user_data;

  self->expand_source = 0;
  if (self->list_row != NULL && self->drop_place == WEFT_DROP_INTO)
    weft_tree_row_set_expanded (self->list_row, TRUE);

  return G_SOURCE_REMOVE;
}

static GdkContentProvider *
drag_prepare_cb (WeftPageRow   *self,
                 double         x,
                 double         y,
                 GtkDragSource *source)
{
  if (self->page == NULL || self->list_row == NULL || self->editing)
    return NULL;

  return gdk_content_provider_new_typed (WEFT_TYPE_PAGE, self->page);
}

static void
drag_begin_cb (WeftPageRow   *self,
               GdkDrag       *drag,
               GtkDragSource *source)
{
  GtkWidget *chip = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *title = gtk_label_new (weft_page_get_display_title (self->page));

  gtk_label_set_ellipsize (GTK_LABEL (title), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (title), 24);
  gtk_box_append (GTK_BOX (chip),
                  gtk_image_new_from_icon_name (weft_page_kind_get_icon_name (weft_page_get_kind (self->page))));
  gtk_box_append (GTK_BOX (chip), title);
  gtk_widget_add_css_class (chip, "drag-chip");
  gtk_drag_icon_set_child (GTK_DRAG_ICON (gtk_drag_icon_get_for_drag (drag)), chip);
  gdk_drag_set_hotspot (drag, -12, -12);
  gtk_widget_add_css_class (GTK_WIDGET (self), "dragged");
}

static void
drag_end_cb (WeftPageRow   *self,
             GdkDrag       *drag,
             gboolean       delete_data,
             GtkDragSource *source)
{
  gtk_widget_remove_css_class (GTK_WIDGET (self), "dragged");
}

static gboolean
drop_accept_cb (WeftPageRow   *self,
                GdkDrop       *drop,
                GtkDropTarget *target)
{
  GdkContentFormats *formats = gdk_drop_get_formats (drop);

  return gdk_content_formats_contain_gtype (formats, WEFT_TYPE_PAGE) ||
         gdk_content_formats_contain_gtype (formats, GDK_TYPE_FILE_LIST) ||
         gdk_content_formats_contain_mime_type (formats, "text/uri-list");
}

static GdkDragAction
drop_motion_cb (WeftPageRow   *self,
                double         x,
                double         y,
                GtkDropTarget *target)
{
  WeftSidebar *sidebar = find_sidebar (self);
  WeftPage *dragged = get_dragged_page (target);
  WeftDropPlace place;

  if (self->page == NULL || sidebar == NULL)
    return 0;

  place = dragged != NULL ? find_drop_place (self, y) : WEFT_DROP_INTO;

  if (dragged != NULL && !weft_sidebar_can_move (sidebar, dragged, find_drop_parent (self, place)))
    place = WEFT_DROP_NOWHERE;
  if (dragged == self->page)
    place = WEFT_DROP_NOWHERE;

  set_drop_place (self, place);
  g_clear_handle_id (&self->expand_source, g_source_remove);
  if (place == WEFT_DROP_INTO)
    self->expand_source = g_timeout_add (EXPAND_DELAY_MS, expand_cb, self);

  if (place == WEFT_DROP_NOWHERE)
    return 0;

  return dragged != NULL ? GDK_ACTION_MOVE : GDK_ACTION_COPY;
}

static void
drop_leave_cb (WeftPageRow   *self,
               GtkDropTarget *target)
{
  weft_page_row_clear_drop (self);
}

static gboolean
drop_cb (WeftPageRow   *self,
         const GValue  *value,
         double         x,
         double         y,
         GtkDropTarget *target)
{
  WeftSidebar *sidebar = find_sidebar (self);
  WeftDropPlace place = self->drop_place;

  weft_page_row_clear_drop (self);

  if (self->page == NULL || sidebar == NULL)
    return FALSE;

  if (G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST))
    {
      weft_sidebar_import (sidebar, g_value_get_boxed (value), self->page);
      return TRUE;
    }

  if (!G_VALUE_HOLDS (value, WEFT_TYPE_PAGE) || place == WEFT_DROP_NOWHERE)
    return FALSE;

  if (place == WEFT_DROP_INTO)
    weft_sidebar_move_page (sidebar, g_value_get_object (value), self->page, NULL, FALSE);
  else if (place == WEFT_DROP_BELOW && is_open_branch (self))
    weft_sidebar_move_page (sidebar, g_value_get_object (value), self->page, NULL, TRUE);
  else
    weft_sidebar_move_page (sidebar, g_value_get_object (value), weft_page_get_parent (self->page), self->page,
                            place == WEFT_DROP_ABOVE);

  return TRUE;
}

void
weft_page_row_bind_dnd (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_callback (widget_class, drag_prepare_cb);
  gtk_widget_class_bind_template_callback (widget_class, drag_begin_cb);
  gtk_widget_class_bind_template_callback (widget_class, drag_end_cb);
  gtk_widget_class_bind_template_callback (widget_class, drop_accept_cb);
  gtk_widget_class_bind_template_callback (widget_class, drop_motion_cb);
  gtk_widget_class_bind_template_callback (widget_class, drop_leave_cb);
  gtk_widget_class_bind_template_callback (widget_class, drop_cb);
}

void
weft_page_row_set_up_dnd (WeftPageRow *self)
{
  GType types[] = { WEFT_TYPE_PAGE, GDK_TYPE_FILE_LIST };

  gtk_drop_target_set_gtypes (self->drop_target, types, G_N_ELEMENTS (types));

  /* Known while the drag is still on its way: whether it can be dropped here depends on the page. */
  gtk_drop_target_set_preload (self->drop_target, TRUE);
}

void
weft_page_row_clear_drop (WeftPageRow *self)
{
  g_clear_handle_id (&self->expand_source, g_source_remove);
  set_drop_place (self, WEFT_DROP_NOWHERE);
}
