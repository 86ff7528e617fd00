/* weft-shortcuts-dialog.c - the table of shortcuts, for people
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * GtkShortcutsWindow and GtkShortcutLabel are deprecated in GTK 4.18 and AdwShortcutsDialog is newer
 * than our floor, so the keys are drawn here, from the same table that installs them.
 */

#include "config.h"

#include "app/weft-shortcuts-dialog.h"

#include <glib/gi18n.h>

#include "app/weft-accels.h"

static void
append_key (GtkBox     *box,
            const char *name)
{
  GtkWidget *label = gtk_label_new (name);

  gtk_widget_add_css_class (label, "keycap");
  gtk_box_append (box, label);
}

/* The keys of one accelerator, each a cap of its own. */
static GtkWidget *
create_caps (const char *accelerator)
{
  static const struct
  {
    GdkModifierType modifier;
    const char     *name;
  } modifiers[] = {
    { GDK_CONTROL_MASK, NC_ ("key", "Ctrl") },
    { GDK_ALT_MASK, NC_ ("key", "Alt") },
    { GDK_SHIFT_MASK, NC_ ("key", "Shift") },
  };
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 4);
  g_autofree char *name = NULL;
  GdkModifierType state;
  guint keyval;

  if (!gtk_accelerator_parse (accelerator, &keyval, &state))
    {
      /* What is no accelerator stands in the table as words: "Space". */
      append_key (GTK_BOX (box), accelerator);
      return box;
    }

  for (gsize i = 0; i < G_N_ELEMENTS (modifiers); i++)
    {
      if ((state & modifiers[i].modifier) != 0)
        append_key (GTK_BOX (box), g_dpgettext2 (NULL, "key", modifiers[i].name));
    }

  name = gtk_accelerator_get_label (keyval, 0);
  append_key (GTK_BOX (box), name);

  return box;
}

static GtkWidget *
create_row (const WeftAccel *accel)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *keys = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  g_auto(GStrv) accelerators = g_strsplit (accel->keys, " ", -1);
  g_autoptr(GString) spoken = g_string_new (NULL);

  for (guint i = 0; accelerators[i] != NULL; i++)
    {
      GdkModifierType state;
      guint keyval;

      if (i > 0)
        {
          GtkWidget *separator = gtk_label_new (C_ ("between two shortcuts", "or"));

          gtk_widget_add_css_class (separator, "dim-label");
          gtk_box_append (GTK_BOX (keys), separator);
          g_string_append (spoken, ", ");
        }

      gtk_box_append (GTK_BOX (keys), create_caps (accelerators[i]));

      if (gtk_accelerator_parse (accelerators[i], &keyval, &state))
        {
          g_autofree char *label = gtk_accelerator_get_label (keyval, state);

          g_string_append (spoken, label);
        }
    }

  gtk_widget_set_valign (keys, GTK_ALIGN_CENTER);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ (accel->title));
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), keys);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_KEY_SHORTCUTS, spoken->str, -1);

  return row;
}

/**
 * weft_shortcuts_dialog_new:
 *
 * Returns: (transfer none): the dialog
 */
AdwDialog *
weft_shortcuts_dialog_new (void)
{
  AdwDialog *dialog = adw_dialog_new ();
  GtkWidget *toolbar_view = adw_toolbar_view_new ();
  GtkWidget *page = adw_preferences_page_new ();
  AdwPreferencesGroup *group = NULL;
  const WeftAccel *accels;
  guint n_accels;

  accels = weft_accels_list (&n_accels);

  for (guint i = 0; i < n_accels; i++)
    {
      if (group == NULL || accels[i].section != accels[i - 1].section)
        {
          group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
          adw_preferences_group_set_title (group, weft_accel_section_get_title (accels[i].section));
          adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), group);
        }

      adw_preferences_group_add (group, create_row (&accels[i]));
    }

  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (toolbar_view), adw_header_bar_new ());
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (toolbar_view), page);
  adw_dialog_set_title (dialog, _ ("Keyboard Shortcuts"));
  adw_dialog_set_content_width (dialog, 520);
  adw_dialog_set_content_height (dialog, 640);
  adw_dialog_set_child (dialog, toolbar_view);

  return dialog;
}
