/* weft-preferences-dialog.c - what a person can set
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-preferences-dialog.h"

#include <glib/gi18n.h>

#include "sync/weft-link.h"
#include "app/weft-settings.h"

struct _WeftPreferencesDialog
{
  AdwPreferencesDialog  parent_instance;

  AdwEntryRow          *name_row;
  GtkColorDialogButton *color_button;
  AdwComboRow          *scheme_row;
  AdwSwitchRow         *spelling_row;
  AdwSwitchRow         *hand_drawn_row;
  AdwSwitchRow         *grid_row;
  AdwSwitchRow         *finger_row;
  AdwEntryRow          *endpoint_row;
  GtkLabel             *endpoint_problem;
  AdwSwitchRow         *websocket_row;
  AdwSpinRow           *interval_row;
  AdwActionRow         *device_row;

  GSettings            *settings; /* borrowed */
  gboolean              loading;
};

G_DEFINE_FINAL_TYPE (WeftPreferencesDialog, weft_preferences_dialog, ADW_TYPE_PREFERENCES_DIALOG)

static gboolean
seconds_from_ms (GValue   *value,
                 GVariant *variant,
                 gpointer  user_data)
{
  g_value_set_double (value, g_variant_get_uint32 (variant) / 1000.0);

  return TRUE;
}

static GVariant *
ms_from_seconds (const GValue       *value,
                 const GVariantType *type,
                 gpointer            user_data)
{
  return g_variant_new_uint32 ((guint32) (g_value_get_double (value) * 1000 + 0.5));
}

static gboolean
index_from_scheme (GValue   *value,
                   GVariant *variant,
                   gpointer  user_data)
{
  const char *nick = g_variant_get_string (variant, NULL);

  g_value_set_uint (value, g_str_equal (nick, "light") ? 1 : g_str_equal (nick, "dark") ? 2 : 0);

  return TRUE;
}

static GVariant *
scheme_from_index (const GValue       *value,
                   const GVariantType *type,
                   gpointer            user_data)
{
  static const char *const nicks[] = { "system", "light", "dark" };
  guint index = g_value_get_uint (value);

  return g_variant_new_string (nicks[index < G_N_ELEMENTS (nicks) ? index : 0]);
}

/* Others read "#rrggbb" and nothing else. */
static void
color_chosen_cb (WeftPreferencesDialog *self)
{
  const GdkRGBA *rgba = gtk_color_dialog_button_get_rgba (self->color_button);
  g_autofree char *color = NULL;

  if (self->loading)
    return;

  color = g_strdup_printf ("#%02x%02x%02x",
                           (guint) (rgba->red * 255 + 0.5f),
                           (guint) (rgba->green * 255 + 0.5f),
                           (guint) (rgba->blue * 255 + 0.5f));
  g_settings_set_string (self->settings, "user-color", color);
}

static void
endpoint_changed_cb (WeftPreferencesDialog *self)
{
  gtk_widget_remove_css_class (GTK_WIDGET (self->endpoint_row), "error");
  gtk_widget_set_visible (GTK_WIDGET (self->endpoint_problem), FALSE);
}

static void
endpoint_applied_cb (WeftPreferencesDialog *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->endpoint_row));
  g_autofree char *stripped = g_strstrip (g_strdup (text));
  g_autofree char *url = NULL;
  g_autoptr(GError) error = NULL;

  if (*stripped == '\0')
    {
      g_settings_reset (self->settings, "sync-endpoint");
      return;
    }

  url = weft_relay_address_parse (stripped, NULL, &error);
  if (url == NULL)
    {
      gtk_widget_add_css_class (GTK_WIDGET (self->endpoint_row), "error");
      gtk_label_set_text (self->endpoint_problem, error->message);
      gtk_widget_set_visible (GTK_WIDGET (self->endpoint_problem), TRUE);
      return;
    }

  g_settings_set_string (self->settings, "sync-endpoint", url);
}

static void
weft_preferences_dialog_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), WEFT_TYPE_PREFERENCES_DIALOG);

  G_OBJECT_CLASS (weft_preferences_dialog_parent_class)->dispose (object);
}

static void
weft_preferences_dialog_class_init (WeftPreferencesDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_preferences_dialog_dispose;

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/weftnotes/Weft/weft-preferences-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, WeftPreferencesDialog, name_row);
  gtk_widget_class_bind_template_child (widget_class, WeftPreferencesDialog, color_button);
  gtk_widget_class_bind_template_child (widget_class, WeftPreferencesDialog, scheme_row);
  gtk_widget_class_bind_template_child (widget_class, WeftPreferencesDialog, spelling_row);
  gtk_widget_class_bind_template_child (widget_class, WeftPreferencesDialog, hand_drawn_row);
  gtk_widget_class_bind_template_child (widget_class, WeftPreferencesDialog, grid_row);
  gtk_widget_class_bind_template_child (widget_class, WeftPreferencesDialog, finger_row);
  gtk_widget_class_bind_template_child (widget_class, WeftPreferencesDialog, endpoint_row);
  gtk_widget_class_bind_template_child (widget_class, WeftPreferencesDialog, endpoint_problem);
  gtk_widget_class_bind_template_child (widget_class, WeftPreferencesDialog, websocket_row);
  gtk_widget_class_bind_template_child (widget_class, WeftPreferencesDialog, interval_row);
  gtk_widget_class_bind_template_child (widget_class, WeftPreferencesDialog, device_row);
  gtk_widget_class_bind_template_callback (widget_class, color_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, endpoint_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, endpoint_applied_cb);
}

static void
weft_preferences_dialog_init (WeftPreferencesDialog *self)
{
  GSettings *settings = weft_settings_get_default ();
  g_autofree char *name = weft_settings_dup_name (settings);
  g_autofree char *color = weft_settings_dup_color (settings);
  g_autofree char *endpoint = g_settings_get_string (settings, "sync-endpoint");
  GdkRGBA rgba;

  self->settings = settings;
  self->loading = TRUE;

  gtk_widget_init_template (GTK_WIDGET (self));

  /* An empty name means that of the account: it is shown, and kept once somebody writes another. */
  gtk_editable_set_text (GTK_EDITABLE (self->name_row), name);
  g_settings_bind (settings, "user-name", self->name_row, "text", G_SETTINGS_BIND_SET);

  if (gdk_rgba_parse (&rgba, color))
    gtk_color_dialog_button_set_rgba (self->color_button, &rgba);

  g_settings_bind_with_mapping (settings, "color-scheme", self->scheme_row, "selected", G_SETTINGS_BIND_DEFAULT,
                                index_from_scheme, scheme_from_index, NULL, NULL);
  g_settings_bind (settings, "spell-check", self->spelling_row, "active", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "hand-drawn", self->hand_drawn_row, "active", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "show-grid", self->grid_row, "active", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "draw-with-finger", self->finger_row, "active", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "enable-websocket", self->websocket_row, "active", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind_with_mapping (settings, "sync-interval-ms", self->interval_row, "value", G_SETTINGS_BIND_DEFAULT,
                                seconds_from_ms, ms_from_seconds, NULL, NULL);
  g_settings_bind (settings, "device-id", self->device_row, "subtitle", G_SETTINGS_BIND_GET);
  gtk_editable_set_text (GTK_EDITABLE (self->endpoint_row), endpoint);

#ifndef WEFT_HAVE_SPELLING
  gtk_widget_set_sensitive (GTK_WIDGET (self->spelling_row), FALSE);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->spelling_row), _ ("This build of Weft has no spelling checker"));
#endif

  self->loading = FALSE;
}

/**
 * weft_preferences_dialog_new:
 *
 * Returns: the dialog
 */
AdwDialog *
weft_preferences_dialog_new (void)
{
  return g_object_new (WEFT_TYPE_PREFERENCES_DIALOG, NULL);
}
