/* weft-notebook-switcher.c - the popover that goes from one notebook to another
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-notebook-switcher.h"

#include <glib/gi18n.h>

#include "app/weft-library.h"
#include "app/weft-row-press.h"

struct _WeftNotebookSwitcher
{
  GtkPopover    parent_instance;

  GtkListBox   *list;

  WeftNotebook *notebook; /* nullable */
};

G_DEFINE_FINAL_TYPE (WeftNotebookSwitcher, weft_notebook_switcher, GTK_TYPE_POPOVER)

static GtkWidget *
create_row (const WeftLibraryEntry *entry,
            gboolean                is_open)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *title = gtk_label_new (entry->title);
  GtkWidget *check = gtk_image_new_from_icon_name ("object-select-symbolic");

  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_label_set_ellipsize (GTK_LABEL (title), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (title), 32);
  gtk_widget_set_hexpand (title, TRUE);
  gtk_widget_set_opacity (check, is_open ? 1 : 0);
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), check);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  weft_row_add_press (GTK_LIST_BOX_ROW (row));

  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, entry->title, -1);
  g_object_set_data_full (G_OBJECT (row), "weft-path", g_file_get_path (entry->file), g_free);

  return row;
}

/* Looked up each time it opens: files come and go. */
static void
map_cb (WeftNotebookSwitcher *self)
{
  g_autoptr(GPtrArray) entries = weft_library_list ();
  GFile *open_file = self->notebook != NULL ? weft_notebook_get_file (self->notebook) : NULL;

  gtk_list_box_remove_all (self->list);

  for (guint i = 0; i < entries->len; i++)
    {
      const WeftLibraryEntry *entry = g_ptr_array_index (entries, i);

      gtk_list_box_append (self->list, create_row (entry, open_file != NULL && g_file_equal (open_file, entry->file)));
    }
}

static void
row_activated_cb (WeftNotebookSwitcher *self,
                  GtkListBoxRow        *row)
{
  const char *path = g_object_get_data (G_OBJECT (row), "weft-path");

  gtk_popover_popdown (GTK_POPOVER (self));
  gtk_widget_activate_action (GTK_WIDGET (self), "win.open-notebook", "s", path);
}

static void
rename_cb (WeftNotebookSwitcher *self)
{
  gtk_popover_popdown (GTK_POPOVER (self));
  gtk_widget_activate_action (GTK_WIDGET (self), "win.rename-notebook", NULL);
}

static void
new_cb (WeftNotebookSwitcher *self)
{
  gtk_popover_popdown (GTK_POPOVER (self));
  gtk_widget_activate_action (GTK_WIDGET (self), "win.new-notebook", NULL);
}

static void
join_cb (WeftNotebookSwitcher *self)
{
  gtk_popover_popdown (GTK_POPOVER (self));
  gtk_widget_activate_action (GTK_WIDGET (self), "win.join", NULL);
}

static void
weft_notebook_switcher_dispose (GObject *object)
{
  WeftNotebookSwitcher *self = WEFT_NOTEBOOK_SWITCHER (object);

  g_clear_object (&self->notebook);
  gtk_widget_dispose_template (GTK_WIDGET (object), WEFT_TYPE_NOTEBOOK_SWITCHER);

  G_OBJECT_CLASS (weft_notebook_switcher_parent_class)->dispose (object);
}

static void
weft_notebook_switcher_class_init (WeftNotebookSwitcherClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_notebook_switcher_dispose;

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/weftnotes/Weft/weft-notebook-switcher.ui");
  gtk_widget_class_bind_template_child (widget_class, WeftNotebookSwitcher, list);
  gtk_widget_class_bind_template_callback (widget_class, map_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, rename_cb);
  gtk_widget_class_bind_template_callback (widget_class, new_cb);
  gtk_widget_class_bind_template_callback (widget_class, join_cb);
}

static void
weft_notebook_switcher_init (WeftNotebookSwitcher *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * weft_notebook_switcher_set_notebook:
 * @self: the popover
 * @notebook: (nullable): the one that is open
 */
void
weft_notebook_switcher_set_notebook (WeftNotebookSwitcher *self,
                                     WeftNotebook         *notebook)
{
  g_return_if_fail (WEFT_IS_NOTEBOOK_SWITCHER (self));

  g_set_object (&self->notebook, notebook);
}
