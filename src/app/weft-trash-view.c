/* weft-trash-view.c - the pages that were thrown away, and the way back
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-trash-view.h"

#include <glib/gi18n.h>

#include "app/weft-page-row.h"

struct _WeftTrashView
{
  AdwBin        parent_instance;

  GtkStack     *stack;
  GtkListView  *list;

  WeftNotebook *notebook;
};

G_DEFINE_FINAL_TYPE (WeftTrashView, weft_trash_view, ADW_TYPE_BIN)

enum
{
  PAGE_CHOSEN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
restore_cb (GtkButton   *button,
            GtkListItem *item)
{
  GtkWidget *widget = gtk_widget_get_ancestor (GTK_WIDGET (button), WEFT_TYPE_TRASH_VIEW);
  g_autoptr(WeftPage) page = g_object_ref (gtk_list_item_get_item (item));

  weft_notebook_restore_page (WEFT_TRASH_VIEW (widget)->notebook, page);
}

static void
setup_cb (GtkSignalListItemFactory *factory,
          GtkListItem              *item,
          gpointer                  user_data)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *icon = gtk_image_new ();
  GtkWidget *title = gtk_label_new (NULL);
  GtkWidget *button = gtk_button_new_from_icon_name ("edit-undo-symbolic");

  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_label_set_ellipsize (GTK_LABEL (title), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (title, TRUE);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "restore-button");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, _ ("Restore"));
  g_signal_connect (button, "clicked", G_CALLBACK (restore_cb), item);

  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), button);
  gtk_list_item_set_child (item, box);
}

static void
bind_cb (GtkSignalListItemFactory *factory,
         GtkListItem              *item,
         gpointer                  user_data)
{
  WeftPage *page = gtk_list_item_get_item (item);
  GtkWidget *icon = gtk_widget_get_first_child (gtk_list_item_get_child (item));
  GtkWidget *title = gtk_widget_get_next_sibling (icon);
  GtkWidget *button = gtk_widget_get_next_sibling (title);
  g_autofree char *label = NULL;

  gtk_image_set_from_icon_name (GTK_IMAGE (icon), weft_page_kind_get_icon_name (weft_page_get_kind (page)));
  gtk_label_set_text (GTK_LABEL (title), weft_page_get_display_title (page));
  gtk_list_item_set_accessible_label (item, weft_page_get_display_title (page));

  /* Translators: %s is the title of a page in the trash */
  label = g_strdup_printf (_ ("Restore “%s”"), weft_page_get_display_title (page));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
update_stack (WeftTrashView *self)
{
  GListModel *trash = self->notebook != NULL ? weft_notebook_get_trash (self->notebook) : NULL;
  gboolean empty = trash == NULL || g_list_model_get_n_items (trash) == 0;

  gtk_stack_set_visible_child_name (self->stack, empty ? "empty" : "pages");
}

static void
activate_cb (WeftTrashView *self,
             guint          position)
{
  g_autoptr(WeftPage) page = g_list_model_get_item (weft_notebook_get_trash (self->notebook), position);

  if (page != NULL)
    g_signal_emit (self, signals[PAGE_CHOSEN], 0, page);
}

static void
weft_trash_view_dispose (GObject *object)
{
  WeftTrashView *self = WEFT_TRASH_VIEW (object);

  if (self->list != NULL)
    weft_trash_view_set_notebook (self, NULL);
  adw_bin_set_child (ADW_BIN (object), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), WEFT_TYPE_TRASH_VIEW);

  G_OBJECT_CLASS (weft_trash_view_parent_class)->dispose (object);
}

static void
weft_trash_view_class_init (WeftTrashViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_trash_view_dispose;

  signals[PAGE_CHOSEN] = g_signal_new ("page-chosen", WEFT_TYPE_TRASH_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 1, WEFT_TYPE_PAGE);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/weftnotes/Weft/weft-trash-view.ui");
  gtk_widget_class_bind_template_child (widget_class, WeftTrashView, stack);
  gtk_widget_class_bind_template_child (widget_class, WeftTrashView, list);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
}

static void
weft_trash_view_init (WeftTrashView *self)
{
  g_autoptr(GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  gtk_widget_init_template (GTK_WIDGET (self));

  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  gtk_list_view_set_factory (self->list, factory);
}

/**
 * weft_trash_view_set_notebook:
 * @self: the view
 * @notebook: (nullable): whose trash to show
 */
void
weft_trash_view_set_notebook (WeftTrashView *self,
                              WeftNotebook  *notebook)
{
  g_return_if_fail (WEFT_IS_TRASH_VIEW (self));

  if (self->notebook == notebook)
    return;

  if (self->notebook != NULL)
    {
      g_signal_handlers_disconnect_by_func (weft_notebook_get_trash (self->notebook), update_stack, self);
      gtk_list_view_set_model (self->list, NULL);
    }

  g_set_object (&self->notebook, notebook);

  if (notebook != NULL)
    {
      GListModel *trash = weft_notebook_get_trash (notebook);
      g_autoptr(GtkSelectionModel) selection = NULL;

      selection = GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (trash)));
      gtk_list_view_set_model (self->list, selection);
      g_signal_connect_swapped (trash, "items-changed", G_CALLBACK (update_stack), self);
    }

  update_stack (self);
}
