/* weft-sidebar.c - the page tree, the search through it, and the trash
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-sidebar-private.h"

#include <glib/gi18n.h>

#include "app/weft-page-row.h"
#include "app/weft-turns.h"

/* On a list item: what keeps its name, as it is read out, the title of the page. */
#define NAME_BINDING "weft-name-binding"

G_DEFINE_FINAL_TYPE (WeftSidebar, weft_sidebar, ADW_TYPE_BIN)

enum
{
  PROP_0,
  PROP_KEEP_OFFLINE,
};

enum
{
  OPEN_PAGE,
  EXPORT_PAGE,
  IMPORT,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* --- What the list shows ------------------------------------------------------------------------------------ */

static GListModel *
list_children (gpointer item,
               gpointer user_data)
{
  return weft_page_list_children (WEFT_PAGE (item));
}

static gboolean
locate (gpointer  item,
        gpointer *parent,
        guint    *index,
        gpointer  user_data)
{
  WeftSidebar *self = user_data;

  *index = weft_notebook_get_index (self->notebook, item);
  *parent = weft_page_get_parent (item);

  return *index != G_MAXUINT;
}

static const WeftTreeListFuncs tree_funcs = { list_children, locate };

static void
setup_row_cb (GtkSignalListItemFactory *factory,
              GtkListItem              *item,
              gpointer                  user_data)
{
  gtk_list_item_set_child (item, weft_page_row_new ());
}

static void
end_name_binding (gpointer binding)
{
  g_binding_unbind (binding);
  g_object_unref (binding);
}

static void
bind_row_cb (GtkSignalListItemFactory *factory,
             GtkListItem              *item,
             gpointer                  user_data)
{
  WeftTreeRow *row = gtk_list_item_get_item (item);
  WeftPage *page = weft_tree_row_get_item (row);

  /* Gone, and about to be told so. */
  if (page == NULL)
    return;

  weft_turns_note ("the first row of the page list");
  weft_page_row_bind (WEFT_PAGE_ROW (gtk_list_item_get_child (item)), row);
  g_object_set_data_full (G_OBJECT (item), NAME_BINDING,
                          g_object_ref (g_object_bind_property (page, "display-title", item, "accessible-label",
                                                                G_BINDING_SYNC_CREATE)),
                          end_name_binding);
}

static void
unbind_row_cb (GtkSignalListItemFactory *factory,
               GtkListItem              *item,
               gpointer                  user_data)
{
  g_object_set_data (G_OBJECT (item), NAME_BINDING, NULL);
  weft_page_row_unbind (WEFT_PAGE_ROW (gtk_list_item_get_child (item)));
}

static GtkListItemFactory *
create_factory (void)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (setup_row_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_row_cb), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_row_cb), NULL);

  return factory;
}

static gboolean
is_searching (WeftSidebar *self)
{
  return *gtk_editable_get_text (GTK_EDITABLE (self->search_entry)) != '\0';
}

/*< private >
 * weft_sidebar_update_stack:
 * @self: the sidebar
 *
 * Shows the tree, the trash, what was found, or why there is nothing.
 */
void
weft_sidebar_update_stack (WeftSidebar *self)
{
  const char *name = "tree";

  if (self->notebook == NULL)
    name = "tree";
  else if (gtk_toggle_button_get_active (self->trash_button))
    name = "trash";
  else if (is_searching (self))
    name = weft_sidebar_has_results (self) ? "results" : "no-results";
  else if (g_list_model_get_n_items (weft_notebook_get_pages (self->notebook)) == 0)
    name = "empty";

  gtk_stack_set_visible_child_name (self->stack, name);
}

static void
pages_changed_cb (WeftSidebar *self)
{
  weft_sidebar_update_stack (self);
  weft_sidebar_update_actions (self);
}

static void
loading_progressed_cb (WeftSidebar *self)
{
  double progress = weft_notebook_get_loading_progress (self->notebook);

  gtk_progress_bar_set_fraction (self->loading_progress, progress);
  gtk_widget_set_visible (GTK_WIDGET (self->loading_progress), progress < 1);
}

static void
title_changed_cb (WeftSidebar *self)
{
  const char *title = weft_notebook_get_title (self->notebook);

  gtk_label_set_text (self->notebook_title, title != NULL && *title != '\0' ? title : _ ("Notebook"));
}

/* --- Choosing ----------------------------------------------------------------------------------------------- */

static WeftPage *
get_selected (WeftSidebar *self)
{
  WeftTreeRow *row = self->selection != NULL ? gtk_single_selection_get_selected_item (self->selection) : NULL;

  return row != NULL ? weft_tree_row_get_item (row) : NULL;
}

/*< private >
 * weft_sidebar_get_target:
 * @self: the sidebar
 *
 * Returns: (transfer none) (nullable): what `page.*` is about: the page of the menu, or the one selected
 */
WeftPage *
weft_sidebar_get_target (WeftSidebar *self)
{
  if (self->menu_page != NULL)
    return self->menu_page;

  return get_selected (self);
}

void
weft_sidebar_open (WeftSidebar *self,
                   WeftPage    *page,
                   gboolean     to_front)
{
  g_signal_emit (self, signals[OPEN_PAGE], 0, page, to_front);
}

void
weft_sidebar_request_export (WeftSidebar *self,
                             WeftPage    *page,
                             gboolean     as_picture)
{
  g_signal_emit (self, signals[EXPORT_PAGE], 0, page, as_picture);
}

static void
selection_changed_cb (WeftSidebar *self)
{
  WeftPage *page = get_selected (self);

  weft_sidebar_update_actions (self);

  if (!self->selecting && page != NULL && page != self->page)
    weft_sidebar_open (self, page, FALSE);
}

static void
tree_activate_cb (WeftSidebar *self,
                  guint        position)
{
  g_autoptr(WeftTreeRow) row = g_list_model_get_item (G_LIST_MODEL (self->selection), position);

  if (row != NULL)
    weft_sidebar_open (self, weft_tree_row_get_item (row), TRUE);
}

/* The page of @row gets the keyboard. */
static void
select_row (WeftSidebar *self,
            WeftTreeRow *row)
{
  gtk_list_view_scroll_to (self->tree_view, weft_tree_row_get_position (row),
                           GTK_LIST_SCROLL_FOCUS | GTK_LIST_SCROLL_SELECT, NULL);
}

/* To the list every page can have others in it; without one it looks the same open and closed. */
static gboolean
has_children (WeftTreeRow *row)
{
  return weft_page_has_children (weft_tree_row_get_item (row));
}

static void
walk_in (WeftSidebar *self,
         WeftTreeRow *row)
{
  g_autoptr(WeftTreeRow) child = NULL;

  if (!has_children (row))
    return;

  if (!weft_tree_row_get_expanded (row))
    weft_tree_row_set_expanded (row, TRUE);
  else if ((child = weft_tree_row_dup_child (row, 0)) != NULL)
    select_row (self, child);
}

static void
walk_out (WeftSidebar *self,
          WeftTreeRow *row)
{
  g_autoptr(WeftTreeRow) parent = NULL;

  if (weft_tree_row_get_expanded (row) && has_children (row))
    weft_tree_row_set_expanded (row, FALSE);
  else if ((parent = weft_tree_row_dup_parent (row)) != NULL)
    select_row (self, parent);
}

/* Letters look for a page: they go on in the entry, with what an input method makes of them. */
static gboolean
begin_search (WeftSidebar           *self,
              GtkEventControllerKey *keys)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));

  return gtk_event_controller_key_forward (keys,
                                           GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (self->search_entry))));
}

/* Letters, and the arrows that lead into a page and out of it: an expander only knows those where it has the keyboard
 * itself. */
static gboolean
tree_key_cb (WeftSidebar           *self,
             guint                  keyval,
             guint                  keycode,
             GdkModifierType        state,
             GtkEventControllerKey *keys)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;
  gboolean is_renaming = GTK_IS_TEXT (focus) && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->tree_view));
  gboolean is_right = keyval == GDK_KEY_Right || keyval == GDK_KEY_KP_Right;
  gboolean is_left = keyval == GDK_KEY_Left || keyval == GDK_KEY_KP_Left;
  WeftTreeRow *row = self->selection != NULL ? gtk_single_selection_get_selected_item (self->selection) : NULL;

  if ((state & gtk_accelerator_get_default_mod_mask () & ~GDK_SHIFT_MASK) == 0 && !is_renaming
      && g_unichar_isgraph (gdk_keyval_to_unicode (keyval)))
    return begin_search (self, keys);

  if ((!is_left && !is_right) || (state & gtk_accelerator_get_default_mod_mask ()) != 0 || row == NULL || is_renaming)
    return GDK_EVENT_PROPAGATE;

  if (is_right == (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL))
    walk_out (self, row);
  else
    walk_in (self, row);

  return GDK_EVENT_STOP;
}

static void
trash_page_cb (WeftSidebar *self,
               WeftPage    *page)
{
  weft_sidebar_open (self, page, TRUE);
}

/* Finds the row of @page and opens the branches above it. (transfer full) (nullable) */
static WeftTreeRow *
expand_to (WeftSidebar *self,
           WeftPage    *page)
{
  WeftPage *parent = weft_page_get_parent (page);
  g_autoptr(WeftTreeRow) parent_row = NULL;
  guint position = weft_notebook_get_index (self->notebook, page);

  if (position == G_MAXUINT)
    return NULL;

  if (parent != NULL)
    {
      parent_row = expand_to (self, parent);
      if (parent_row == NULL)
        return NULL;

      weft_tree_row_set_expanded (parent_row, TRUE);
    }

  if (parent_row != NULL)
    return weft_tree_row_dup_child (parent_row, position);

  return weft_tree_list_dup_row (self->tree, position);
}

/* In the second frame: in the first the list makes the row, and the window gives away the focus that a
 * closed menu has left. */
static gboolean
focus_selected_cb (GtkWidget     *widget,
                   GdkFrameClock *clock,
                   gpointer       user_data)
{
  WeftSidebar *self = WEFT_SIDEBAR (widget);
  guint position;

  if (++self->focus_frames < 2)
    return G_SOURCE_CONTINUE;

  position = self->selection != NULL ? gtk_single_selection_get_selected (self->selection) : GTK_INVALID_LIST_POSITION;
  gtk_widget_grab_focus (GTK_WIDGET (self->tree_view));
  if (position != GTK_INVALID_LIST_POSITION)
    gtk_list_view_scroll_to (self->tree_view, position, GTK_LIST_SCROLL_FOCUS, NULL);

  self->focus_source = 0;

  return G_SOURCE_REMOVE;
}

/*< private >
 * weft_sidebar_tree_has_focus:
 * @self: the sidebar
 *
 * Returns: whether the keyboard is in the page tree
 */
gboolean
weft_sidebar_tree_has_focus (WeftSidebar *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  return focus == GTK_WIDGET (self->tree_view)
         || (focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->tree_view)));
}

/*< private >
 * weft_sidebar_focus_selected:
 * @self: the sidebar
 *
 * Gives the keyboard to the selected page, once the list has a row for it. Until then the list has it, so that
 * a key held down goes on moving a page.
 */
void
weft_sidebar_focus_selected (WeftSidebar *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (root != NULL)
    gtk_root_set_focus (root, GTK_WIDGET (self->tree_view));
  self->focus_frames = 0;
  if (self->focus_source == 0)
    self->focus_source = gtk_widget_add_tick_callback (GTK_WIDGET (self), focus_selected_cb, NULL, NULL);
}

/*< private >
 * weft_sidebar_reveal:
 * @self: the sidebar
 * @page: a page of the tree
 *
 * Selects @page, as if it had always been selected: nothing is opened.
 */
void
weft_sidebar_reveal (WeftSidebar *self,
                     WeftPage    *page)
{
  g_autoptr(WeftTreeRow) row = NULL;
  guint position = GTK_INVALID_LIST_POSITION;

  if (self->notebook == NULL || gtk_widget_get_root (GTK_WIDGET (self)) == NULL)
    return;

  if (page != NULL && !weft_page_get_trashed (page))
    row = expand_to (self, page);
  if (row != NULL)
    position = weft_tree_row_get_position (row);

  self->selecting = TRUE;
  gtk_single_selection_set_selected (self->selection, position);
  self->selecting = FALSE;

  if (position != GTK_INVALID_LIST_POSITION)
    gtk_list_view_scroll_to (self->tree_view, position, GTK_LIST_SCROLL_NONE, NULL);

  weft_sidebar_update_actions (self);
}

/* Somebody moved the page that is open: its row was another one. */
static void
tree_settled_cb (WeftSidebar *self)
{
  g_autoptr(WeftTreeRow) row = NULL;

  if (self->page == NULL || gtk_single_selection_get_selected_item (self->selection) != NULL)
    return;

  row = weft_tree_list_find_row (self->tree, self->page);
  if (row == NULL)
    return;

  self->selecting = TRUE;
  gtk_single_selection_set_selected (self->selection, weft_tree_row_get_position (row));
  self->selecting = FALSE;
}

/* --- Searching ---------------------------------------------------------------------------------------------- */

static void
stop_search_cb (WeftSidebar *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
  weft_sidebar_focus_pages (self);
}

static gboolean
search_key_cb (WeftSidebar     *self,
               guint            keyval,
               guint            keycode,
               GdkModifierType  state)
{
  if (keyval != GDK_KEY_Down)
    return GDK_EVENT_PROPAGATE;

  if (!is_searching (self))
    weft_sidebar_focus_pages (self);
  else if (gtk_list_view_get_model (self->results_view) != NULL && weft_sidebar_has_results (self))
    {
      /* The view alone would have the keyboard, and no row of it. */
      gtk_list_view_scroll_to (self->results_view, 0, GTK_LIST_SCROLL_FOCUS | GTK_LIST_SCROLL_SELECT, NULL);
      gtk_widget_grab_focus (GTK_WIDGET (self->results_view));
    }

  return GDK_EVENT_STOP;
}

static void
trash_toggled_cb (WeftSidebar *self)
{
  weft_sidebar_update_stack (self);
}

/* --- Dropping below the last row ---------------------------------------------------------------------------- */

static gboolean
end_accept_cb (WeftSidebar   *self,
               GdkDrop       *drop,
               GtkDropTarget *target)
{
  GdkContentFormats *formats = gdk_drop_get_formats (drop);

  return gdk_content_formats_contain_gtype (formats, WEFT_TYPE_PAGE) ||
         gdk_content_formats_contain_gtype (formats, GDK_TYPE_FILE_LIST) ||
         gdk_content_formats_contain_mime_type (formats, "text/uri-list");
}

static GdkDragAction
end_motion_cb (WeftSidebar   *self,
               double         x,
               double         y,
               GtkDropTarget *target)
{
  const GValue *value = gtk_drop_target_get_value (target);

  return value != NULL && G_VALUE_HOLDS (value, WEFT_TYPE_PAGE) ? GDK_ACTION_MOVE : GDK_ACTION_COPY;
}

static gboolean
end_drop_cb (WeftSidebar   *self,
             const GValue  *value,
             double         x,
             double         y,
             GtkDropTarget *target)
{
  if (self->notebook == NULL)
    return FALSE;

  if (G_VALUE_HOLDS (value, WEFT_TYPE_PAGE))
    weft_sidebar_move_page (self, g_value_get_object (value), NULL, NULL, FALSE);
  else if (G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST))
    weft_sidebar_import (self, g_value_get_boxed (value), NULL);
  else
    return FALSE;

  return TRUE;
}

/* --- The class ---------------------------------------------------------------------------------------------- */

static void
weft_sidebar_dispose (GObject *object)
{
  WeftSidebar *self = WEFT_SIDEBAR (object);

  if (self->tree_view != NULL)
    weft_sidebar_set_notebook (self, NULL);
  g_clear_pointer ((GtkWidget **) &self->menu, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (object), WEFT_TYPE_SIDEBAR);
  g_clear_object (&self->page);
  g_clear_object (&self->menu_page);

  G_OBJECT_CLASS (weft_sidebar_parent_class)->dispose (object);
}

static void
weft_sidebar_get_property (GObject    *object,
                           guint       prop_id,
                           GValue     *value,
                           GParamSpec *pspec)
{
  WeftSidebar *self = WEFT_SIDEBAR (object);
  WeftPage *page = self->notebook != NULL ? weft_sidebar_get_target (self) : NULL;

  switch (prop_id)
    {
    case PROP_KEEP_OFFLINE:
      g_value_set_boolean (value, page == NULL || weft_page_get_keep_offline (page));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_sidebar_set_property (GObject      *object,
                           guint         prop_id,
                           const GValue *value,
                           GParamSpec   *pspec)
{
  WeftSidebar *self = WEFT_SIDEBAR (object);
  WeftPage *page = self->notebook != NULL ? weft_sidebar_get_target (self) : NULL;

  switch (prop_id)
    {
    case PROP_KEEP_OFFLINE:
      if (page != NULL)
        weft_notebook_set_keep_offline (self->notebook, page, g_value_get_boolean (value));
      g_object_notify_by_pspec (object, pspec);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_sidebar_class_init (WeftSidebarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_sidebar_dispose;
  G_OBJECT_CLASS (klass)->get_property = weft_sidebar_get_property;
  G_OBJECT_CLASS (klass)->set_property = weft_sidebar_set_property;

  /* Of the page that `page.*` is about. */
  g_object_class_install_property (G_OBJECT_CLASS (klass), PROP_KEEP_OFFLINE,
                                   g_param_spec_boolean ("keep-offline", NULL, NULL, TRUE,
                                                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY |
                                                           G_PARAM_STATIC_STRINGS));

  signals[OPEN_PAGE] = g_signal_new ("open-page", WEFT_TYPE_SIDEBAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 2, WEFT_TYPE_PAGE, G_TYPE_BOOLEAN);
  g_signal_new ("open-result", WEFT_TYPE_SIDEBAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                WEFT_TYPE_SEARCH_RESULT);
  signals[EXPORT_PAGE] = g_signal_new ("export-page", WEFT_TYPE_SIDEBAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 2, WEFT_TYPE_PAGE, G_TYPE_BOOLEAN);
  signals[IMPORT] = g_signal_new ("import", WEFT_TYPE_SIDEBAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 2, G_TYPE_LIST_MODEL, WEFT_TYPE_PAGE);

  g_type_ensure (WEFT_TYPE_TRASH_VIEW);
  g_type_ensure (WEFT_TYPE_NOTEBOOK_SWITCHER);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/weftnotes/Weft/weft-sidebar.ui");
  gtk_widget_class_bind_template_child (widget_class, WeftSidebar, notebook_title);
  gtk_widget_class_bind_template_child (widget_class, WeftSidebar, notebook_button);
  gtk_widget_class_bind_template_child (widget_class, WeftSidebar, switcher);
  gtk_widget_class_bind_template_child (widget_class, WeftSidebar, search_entry);
  gtk_widget_class_bind_template_child (widget_class, WeftSidebar, stack);
  gtk_widget_class_bind_template_child (widget_class, WeftSidebar, tree_view);
  gtk_widget_class_bind_template_child (widget_class, WeftSidebar, results_view);
  gtk_widget_class_bind_template_child (widget_class, WeftSidebar, more_results);
  gtk_widget_class_bind_template_child (widget_class, WeftSidebar, search_progress);
  gtk_widget_class_bind_template_child (widget_class, WeftSidebar, loading_progress);
  gtk_widget_class_bind_template_child (widget_class, WeftSidebar, trash_view);
  gtk_widget_class_bind_template_child (widget_class, WeftSidebar, trash_button);
  gtk_widget_class_bind_template_child (widget_class, WeftSidebar, page_menu);
  gtk_widget_class_bind_template_child_full (widget_class, "end_target", FALSE, 0);
  gtk_widget_class_bind_template_callback (widget_class, weft_sidebar_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, weft_sidebar_search_activate);
  gtk_widget_class_bind_template_callback (widget_class, stop_search_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_key_cb);
  gtk_widget_class_bind_template_callback (widget_class, tree_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, tree_key_cb);
  gtk_widget_class_bind_template_callback (widget_class, weft_sidebar_open_result);
  gtk_widget_class_bind_template_callback (widget_class, trash_page_cb);
  gtk_widget_class_bind_template_callback (widget_class, trash_toggled_cb);
  gtk_widget_class_bind_template_callback (widget_class, end_accept_cb);
  gtk_widget_class_bind_template_callback (widget_class, end_motion_cb);
  gtk_widget_class_bind_template_callback (widget_class, end_drop_cb);

  weft_sidebar_install_actions (widget_class);
}

static void
weft_sidebar_init (WeftSidebar *self)
{
  g_autoptr(GtkListItemFactory) factory = create_factory ();
  GType types[] = { WEFT_TYPE_PAGE, GDK_TYPE_FILE_LIST };
  GObject *end_target;

  gtk_widget_init_template (GTK_WIDGET (self));

  gtk_list_view_set_factory (self->tree_view, factory);
  weft_sidebar_init_search (self);

  end_target = gtk_widget_get_template_child (GTK_WIDGET (self), WEFT_TYPE_SIDEBAR, "end_target");
  gtk_drop_target_set_gtypes (GTK_DROP_TARGET (end_target), types, G_N_ELEMENTS (types));
  gtk_drop_target_set_preload (GTK_DROP_TARGET (end_target), TRUE);

  weft_sidebar_update_actions (self);
}

/**
 * weft_sidebar_set_notebook:
 * @self: the sidebar
 * @notebook: (nullable): whose pages to show
 */
void
weft_sidebar_set_notebook (WeftSidebar  *self,
                           WeftNotebook *notebook)
{
  g_return_if_fail (WEFT_IS_SIDEBAR (self));

  if (self->notebook == notebook)
    return;

  if (self->notebook != NULL)
    {
      g_signal_handlers_disconnect_by_func (self->notebook, title_changed_cb, self);
      g_signal_handlers_disconnect_by_func (self->notebook, loading_progressed_cb, self);
      g_signal_handlers_disconnect_by_func (self->notebook, weft_sidebar_update_actions, self);
      g_signal_handlers_disconnect_by_func (weft_notebook_get_pages (self->notebook), pages_changed_cb, self);
      g_signal_handlers_disconnect_by_func (self->selection, selection_changed_cb, self);
      gtk_list_view_set_model (self->tree_view, NULL);
      g_signal_handlers_disconnect_by_func (self->notebook, weft_sidebar_search_progressed, self);
      weft_sidebar_end_search (self);
      g_signal_handlers_disconnect_by_func (self->tree, tree_settled_cb, self);
      g_clear_object (&self->selection);
      g_clear_object (&self->tree);
    }

  g_set_object (&self->notebook, notebook);
  g_clear_object (&self->page);
  g_clear_object (&self->menu_page);
  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
  weft_trash_view_set_notebook (self->trash_view, notebook);
  weft_notebook_switcher_set_notebook (self->switcher, notebook);

  if (notebook != NULL)
    {
      GListModel *pages = weft_notebook_get_pages (notebook);

      self->tree = weft_tree_list_new (pages, &tree_funcs, self);
      self->selection = gtk_single_selection_new (g_object_ref (G_LIST_MODEL (self->tree)));
      gtk_single_selection_set_autoselect (self->selection, FALSE);
      gtk_single_selection_set_can_unselect (self->selection, TRUE);
      gtk_single_selection_set_selected (self->selection, GTK_INVALID_LIST_POSITION);
      g_signal_connect_swapped (self->selection, "notify::selected-item", G_CALLBACK (selection_changed_cb), self);
      g_signal_connect_swapped (self->tree, "settled", G_CALLBACK (tree_settled_cb), self);
      gtk_list_view_set_model (self->tree_view, GTK_SELECTION_MODEL (self->selection));

      g_signal_connect_swapped (pages, "items-changed", G_CALLBACK (pages_changed_cb), self);
      g_signal_connect_swapped (notebook, "notify::title", G_CALLBACK (title_changed_cb), self);
      g_signal_connect_swapped (notebook, "notify::loading-progress", G_CALLBACK (loading_progressed_cb), self);
      g_signal_connect_swapped (notebook, "notify::search-progress", G_CALLBACK (weft_sidebar_search_progressed), self);
      g_signal_connect_swapped (notebook, "notify::relay-url", G_CALLBACK (weft_sidebar_update_actions), self);
      title_changed_cb (self);
      loading_progressed_cb (self);
      weft_sidebar_search_progressed (self);
    }

  weft_sidebar_update_stack (self);
  weft_sidebar_update_actions (self);
}

/**
 * weft_sidebar_set_page:
 * @self: the sidebar
 * @page: (nullable): the page that is open
 */
void
weft_sidebar_set_page (WeftSidebar *self,
                       WeftPage    *page)
{
  g_return_if_fail (WEFT_IS_SIDEBAR (self));

  g_set_object (&self->page, page);
  weft_sidebar_reveal (self, page);
}

/**
 * weft_sidebar_expand_page:
 * @self: the sidebar
 * @page: a page of the tree
 *
 * Shows what is inside of @page.
 */
void
weft_sidebar_expand_page (WeftSidebar *self,
                          WeftPage    *page)
{
  g_autoptr(WeftTreeRow) row = NULL;

  g_return_if_fail (WEFT_IS_SIDEBAR (self));
  g_return_if_fail (WEFT_IS_PAGE (page));

  row = self->notebook != NULL ? expand_to (self, page) : NULL;
  if (row != NULL)
    weft_tree_row_set_expanded (row, TRUE);
}

/**
 * weft_sidebar_focus_pages:
 * @self: the sidebar
 *
 * The keyboard goes to the page list.
 */
void
weft_sidebar_focus_pages (WeftSidebar *self)
{
  guint position;

  g_return_if_fail (WEFT_IS_SIDEBAR (self));

  gtk_toggle_button_set_active (self->trash_button, FALSE);
  weft_sidebar_update_stack (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->tree_view));

  position = self->selection != NULL ? gtk_single_selection_get_selected (self->selection) : GTK_INVALID_LIST_POSITION;
  if (position != GTK_INVALID_LIST_POSITION)
    gtk_list_view_scroll_to (self->tree_view, position, GTK_LIST_SCROLL_FOCUS, NULL);
}

/**
 * weft_sidebar_focus_search:
 * @self: the sidebar
 *
 * The keyboard goes to the search entry.
 */
void
weft_sidebar_focus_search (WeftSidebar *self)
{
  g_return_if_fail (WEFT_IS_SIDEBAR (self));

  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

/**
 * weft_sidebar_import:
 * @self: the sidebar
 * @files: what was dropped
 * @parent: (nullable): on which page
 */
void
weft_sidebar_import (WeftSidebar *self,
                     GdkFileList *files,
                     WeftPage    *parent)
{
  g_autoptr(GListStore) store = g_list_store_new (G_TYPE_FILE);
  g_autoptr(GSList) list = gdk_file_list_get_files (files);

  g_return_if_fail (WEFT_IS_SIDEBAR (self));

  for (GSList *iter = list; iter != NULL; iter = iter->next)
    g_list_store_append (store, iter->data);

  g_signal_emit (self, signals[IMPORT], 0, store, parent);
}
