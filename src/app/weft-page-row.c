/* weft-page-row.c - a page in the sidebar: icon, title, rename in place
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-page-row-private.h"

#include <glib/gi18n.h>

#include "app/weft-sidebar.h"

/* How much further in each level is: the arrow and the space behind it. */
#define INDENT 20
/* Between what is in a row; in the template, too. */
#define SPACING 8

G_DEFINE_FINAL_TYPE (WeftPageRow, weft_page_row, GTK_TYPE_WIDGET)

/**
 * weft_page_kind_get_icon_name:
 * @kind: what a page is
 *
 * Returns: the name of a symbolic icon
 */
const char *
weft_page_kind_get_icon_name (WeftPageKind kind)
{
  switch (kind)
    {
    case WEFT_PAGE_NOTE:
      return "weft-note-symbolic";

    case WEFT_PAGE_BOARD:
      return "weft-board-symbolic";

    case WEFT_PAGE_OTHER:
    default:
      return "dialog-question-symbolic";
    }
}

/* Only a page with others in it has one; what is below stands where it would if all had. */
static void
refresh_arrow (WeftPageRow *self)
{
  gboolean expanded = weft_tree_row_get_expanded (self->list_row);

  if (!weft_page_has_children (self->page))
    {
      gtk_image_clear (self->arrow);
      gtk_accessible_reset_state (GTK_ACCESSIBLE (self->expander), GTK_ACCESSIBLE_STATE_EXPANDED);
      return;
    }

  gtk_image_set_from_icon_name (self->arrow, expanded ? "pan-down-symbolic" : "pan-end-symbolic");
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->expander), GTK_ACCESSIBLE_STATE_EXPANDED, expanded, -1);
}

/* In the place of the kind's icon, where somebody chose one for the page. */
static void
refresh_icon (WeftPageRow *self)
{
  const char *icon = weft_page_get_icon (self->page);

  if (*icon != '\0' && self->emoji == NULL)
    {
      self->emoji = g_object_new (GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION,
                                  "margin-end", SPACING, NULL);
      gtk_box_insert_child_after (self->expander, GTK_WIDGET (self->emoji), GTK_WIDGET (self->kind_icon));
    }

  gtk_image_set_from_icon_name (self->kind_icon, weft_page_kind_get_icon_name (weft_page_get_kind (self->page)));
  gtk_widget_set_visible (GTK_WIDGET (self->kind_icon), *icon == '\0');
  if (self->emoji == NULL)
    return;

  gtk_label_set_text (self->emoji, icon);
  gtk_widget_set_visible (GTK_WIDGET (self->emoji), *icon != '\0');
}

static void
refresh_fetched (WeftPageRow *self,
                 gboolean     fetched)
{
  if (fetched && self->fetched_icon == NULL)
    {
      self->fetched_icon = g_object_new (GTK_TYPE_IMAGE, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION,
                                         "icon-name", "folder-download-symbolic", "margin-start", SPACING, NULL);
      gtk_widget_set_tooltip_text (self->fetched_icon, _ ("Fetched when it is opened"));
      gtk_widget_add_css_class (self->fetched_icon, "dim-label");
      gtk_box_append (self->expander, self->fetched_icon);
    }

  if (self->fetched_icon != NULL)
    gtk_widget_set_visible (self->fetched_icon, fetched);
}

static void
refresh (WeftPageRow *self)
{
  const char *title = weft_page_get_display_title (self->page);
  const char *kind = weft_page_get_kind (self->page) == WEFT_PAGE_BOARD ? _ ("Board") : _ ("Note");
  WeftNotebook *notebook = weft_page_get_notebook (self->page);
  gboolean fetched = notebook != NULL && *weft_notebook_get_relay_url (notebook) != '\0' &&
                     !weft_page_get_keep_offline (self->page);
  g_autofree char *description = NULL;

  /* Translators: the first %s says what a page is, "Note" or "Board"; it is read out by screen readers */
  description = fetched ? g_strdup_printf (_ ("%s, fetched when it is opened"), kind) : g_strdup (kind);
  gtk_label_set_text (self->title, title);
  refresh_icon (self);
  refresh_fetched (self, fetched);

  if (*weft_page_get_title (self->page) == '\0')
    gtk_widget_add_css_class (GTK_WIDGET (self->title), "untitled");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->title), "untitled");

  refresh_arrow (self);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  description,
                                  -1);
}

static void
stop_editing (WeftPageRow *self)
{
  GtkWidget *list;
  gboolean had_focus;

  if (!self->editing)
    return;

  had_focus = gtk_widget_has_focus (GTK_WIDGET (self->entry));
  self->editing = FALSE;
  gtk_widget_set_visible (GTK_WIDGET (self->entry), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->title), TRUE);

  /* Back to the row, not to wherever the window thinks is next. */
  list = gtk_widget_get_ancestor (GTK_WIDGET (self), GTK_TYPE_LIST_VIEW);
  if (had_focus && list != NULL)
    gtk_widget_grab_focus (list);
}

static void
commit_cb (WeftPageRow *self)
{
  g_autofree char *title = NULL;
  g_autoptr(WeftPage) page = NULL;

  if (!self->editing || self->page == NULL)
    return;

  page = g_object_ref (self->page);
  title = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry))));
  stop_editing (self);

  if (g_strcmp0 (title, weft_page_get_title (page)) != 0)
    gtk_widget_activate_action (GTK_WIDGET (self), "page.set-title", "(ss)", weft_page_get_id (page), title);
}

static gboolean
entry_key_cb (WeftPageRow     *self,
              guint            keyval,
              guint            keycode,
              GdkModifierType  state)
{
  if (keyval == GDK_KEY_Escape)
    {
      stop_editing (self);
      return GDK_EVENT_STOP;
    }

  return GDK_EVENT_PROPAGATE;
}

/* Two hundred rows that are hardly ever renamed do without one. */
static void
add_entry (WeftPageRow *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  self->entry = GTK_TEXT (gtk_text_new ());
  gtk_widget_set_hexpand (GTK_WIDGET (self->entry), TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->entry), "page-title-entry");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Title of the page"), -1);
  g_signal_connect_swapped (self->entry, "activate", G_CALLBACK (commit_cb), self);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (entry_key_cb), self);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (commit_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->entry), keys);
  gtk_widget_add_controller (GTK_WIDGET (self->entry), focus);
  gtk_box_insert_child_after (self->expander, GTK_WIDGET (self->entry), GTK_WIDGET (self->title));
}

static void
pressed_cb (WeftPageRow     *self,
            int              n_press,
            double           x,
            double           y,
            GtkGestureClick *gesture)
{
  graphene_rect_t bounds;

  if (self->editing || self->page == NULL || n_press != 2)
    return;

  /* A double click renames where the title is; elsewhere the list takes it for "open". */
  if (!gtk_widget_compute_bounds (GTK_WIDGET (self->title), GTK_WIDGET (self), &bounds) ||
      !graphene_rect_contains_point (&bounds, &GRAPHENE_POINT_INIT (x, y)))
    return;

  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  weft_page_row_start_editing (self);
}

static void
arrow_released_cb (WeftPageRow     *self,
                   int              n_press,
                   double           x,
                   double           y,
                   GtkGestureClick *gesture)
{
  if (self->page == NULL || !weft_page_has_children (self->page)
      || !gtk_widget_contains (GTK_WIDGET (self->arrow), x, y))
    return;

  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  weft_tree_row_set_expanded (self->list_row, !weft_tree_row_get_expanded (self->list_row));
}

/* A click on the page that is open already changes no selection; at phone width it still has to
 * bring the page to the front. */
static void
released_cb (WeftPageRow     *self,
             int              n_press,
             double           x,
             double           y,
             GtkGestureClick *gesture)
{
  if (!self->editing && self->page != NULL && n_press == 1)
    gtk_widget_activate_action (GTK_WIDGET (self), "page.open", "s", weft_page_get_id (self->page));
}

static void
show_menu (WeftPageRow *self,
           double       x,
           double       y)
{
  GtkWidget *sidebar = gtk_widget_get_ancestor (GTK_WIDGET (self), WEFT_TYPE_SIDEBAR);

  if (sidebar != NULL && self->page != NULL)
    weft_sidebar_show_menu (WEFT_SIDEBAR (sidebar), GTK_WIDGET (self), x, y);
}

static void
menu_pressed_cb (WeftPageRow     *self,
                 int              n_press,
                 double           x,
                 double           y,
                 GtkGestureClick *gesture)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
}

/* Not at the press: the grab of the menu would take the release away, and the row would look pressed
 * ever after. */
static void
menu_released_cb (WeftPageRow     *self,
                  int              n_press,
                  double           x,
                  double           y,
                  GtkGestureClick *gesture)
{
  show_menu (self, x, y);
}

static void
long_pressed_cb (WeftPageRow         *self,
                 double               x,
                 double               y,
                 GtkGestureLongPress *gesture)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  show_menu (self, x, y);
}

static void
weft_page_row_dispose (GObject *object)
{
  WeftPageRow *self = WEFT_PAGE_ROW (object);

  if (self->page != NULL)
    weft_page_row_unbind (self);
  gtk_widget_dispose_template (GTK_WIDGET (object), WEFT_TYPE_PAGE_ROW);

  G_OBJECT_CLASS (weft_page_row_parent_class)->dispose (object);
}

static void
weft_page_row_class_init (WeftPageRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_page_row_dispose;

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/weftnotes/Weft/weft-page-row.ui");
  gtk_widget_class_bind_template_child (widget_class, WeftPageRow, expander);
  gtk_widget_class_bind_template_child (widget_class, WeftPageRow, arrow);
  gtk_widget_class_bind_template_child (widget_class, WeftPageRow, kind_icon);
  gtk_widget_class_bind_template_child (widget_class, WeftPageRow, title);
  gtk_widget_class_bind_template_child (widget_class, WeftPageRow, drop_target);
  gtk_widget_class_bind_template_callback (widget_class, arrow_released_cb);
  gtk_widget_class_bind_template_callback (widget_class, pressed_cb);
  gtk_widget_class_bind_template_callback (widget_class, released_cb);
  gtk_widget_class_bind_template_callback (widget_class, menu_pressed_cb);
  gtk_widget_class_bind_template_callback (widget_class, menu_released_cb);
  gtk_widget_class_bind_template_callback (widget_class, long_pressed_cb);
  weft_page_row_bind_dnd (widget_class);

  gtk_widget_class_set_css_name (widget_class, "weftpagerow");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
weft_page_row_init (WeftPageRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  weft_page_row_set_up_dnd (self);
}

/**
 * weft_page_row_new:
 *
 * Returns: a row, to be bound to a page
 */
GtkWidget *
weft_page_row_new (void)
{
  return g_object_new (WEFT_TYPE_PAGE_ROW, NULL);
}

/**
 * weft_page_row_bind:
 * @self: a row
 * @list_row: the page that it shows, and its place in the tree
 */
void
weft_page_row_bind (WeftPageRow *self,
                    WeftTreeRow *list_row)
{
  guint depth;

  g_return_if_fail (WEFT_IS_PAGE_ROW (self));
  g_return_if_fail (WEFT_IS_TREE_ROW (list_row));

  if (self->page != NULL)
    weft_page_row_unbind (self);

  self->page = g_object_ref (weft_tree_row_get_item (list_row));
  self->list_row = g_object_ref (list_row);
  depth = weft_tree_row_get_depth (list_row);
  gtk_widget_set_margin_start (GTK_WIDGET (self->expander), (int) depth * INDENT);
  /* The first level is 1. */
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->expander), GTK_ACCESSIBLE_PROPERTY_LEVEL, (int) depth + 1, -1);
  g_signal_connect_swapped (self->page, "notify", G_CALLBACK (refresh), self);
  g_signal_connect_swapped (list_row, "notify::expanded", G_CALLBACK (refresh_arrow), self);
  refresh (self);
}

/**
 * weft_page_row_unbind:
 * @self: a row that is bound
 */
void
weft_page_row_unbind (WeftPageRow *self)
{
  g_return_if_fail (WEFT_IS_PAGE_ROW (self));

  /* Scrolled away, or gone on the other side: what was typed so far is kept, as with the focus. */
  commit_cb (self);
  weft_page_row_clear_drop (self);

  if (self->page != NULL)
    {
      g_signal_handlers_disconnect_by_func (self->page, refresh, self);
      g_signal_handlers_disconnect_by_func (self->list_row, refresh_arrow, self);
    }
  g_clear_object (&self->page);
  g_clear_object (&self->list_row);
}

/**
 * weft_page_row_get_page:
 * @self: a row
 *
 * Returns: (transfer none) (nullable): what it shows
 */
WeftPage *
weft_page_row_get_page (WeftPageRow *self)
{
  g_return_val_if_fail (WEFT_IS_PAGE_ROW (self), NULL);

  return self->page;
}

/**
 * weft_page_row_start_editing:
 * @self: a row
 *
 * The title becomes an entry: Enter and leaving it keep what was typed, Escape does not.
 */
void
weft_page_row_start_editing (WeftPageRow *self)
{
  g_return_if_fail (WEFT_IS_PAGE_ROW (self));

  if (self->editing || self->page == NULL)
    return;

  if (self->entry == NULL)
    add_entry (self);
  gtk_editable_set_text (GTK_EDITABLE (self->entry), weft_page_get_title (self->page));
  gtk_text_set_placeholder_text (self->entry, weft_page_get_display_title (self->page));
  gtk_widget_set_visible (GTK_WIDGET (self->title), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->entry), TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
  self->editing = TRUE;
}
