/* weft-status-button.c - where the notebook is safe: a quiet icon, and the whole truth on a click
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/share/weft-status-button.h"

#include <glib/gi18n.h>

#include "app/weft-settings.h"

struct _WeftStatusButton
{
  AdwBin         parent_instance;

  GtkMenuButton *button;
  GtkImage      *icon;
  GtkPopover    *popover;
  GtkImage      *big_icon;
  GtkLabel      *headline;
  GtkLabel      *explanation;
  GtkListBox    *offline_list;
  AdwSwitchRow  *offline_row;
  AdwSwitchRow  *keep_row;
  GtkButton     *share_button;

  WeftNotebook  *notebook;
  GBinding      *offline_binding;
  GBinding      *keep_binding;
};

G_DEFINE_FINAL_TYPE (WeftStatusButton, weft_status_button, ADW_TYPE_BIN)

/**
 * weft_sync_state_get_icon_name:
 * @state: a state
 *
 * Returns: the name of its symbolic icon
 */
const char *
weft_sync_state_get_icon_name (WeftSyncState state)
{
  switch (state)
    {
    case WEFT_SYNC_OFFLINE:
      return "weft-state-offline-symbolic";

    case WEFT_SYNC_CONNECTING:
    case WEFT_SYNC_SENDING:
      return "weft-state-sending-symbolic";

    case WEFT_SYNC_SENT:
      return "weft-state-sent-symbolic";

    case WEFT_SYNC_SAFE:
      return "weft-state-safe-symbolic";

    case WEFT_SYNC_DENIED:
    case WEFT_SYNC_STUCK:
      return "weft-state-denied-symbolic";

    case WEFT_SYNC_LOCAL:
    default:
      return "weft-state-local-symbolic";
    }
}

/**
 * weft_notebook_describe_sync:
 * @notebook: a notebook
 *
 * Says what the state means for somebody who wants to close the lid now: what is only here, and
 * what the relay has.
 *
 * Returns: (transfer full): one or two translated sentences
 */
char *
weft_notebook_describe_sync (WeftNotebook *notebook)
{
  const char *host = weft_notebook_get_relay_host (notebook);
  guint n_waiting = weft_notebook_get_n_waiting (notebook);

  switch (weft_notebook_get_sync_state (notebook))
    {
    case WEFT_SYNC_OFFLINE:
      if (n_waiting == 0)
        /* Translators: %s is the host name of a relay */
        return g_strdup_printf (_ ("Everything that you did is saved on this device. "
                                   "What is new here or there travels when %s can be reached again."),
                                host);
      /* Translators: %u is a number of changes, %s the host name of a relay */
      return g_strdup_printf (ngettext ("%u change is only on this device. It is sent when %s can be reached again.",
                                        "%u changes are only on this device. They are sent when %s can be reached again.",
                                        n_waiting),
                              n_waiting, host);

    case WEFT_SYNC_SENDING:
      if (n_waiting > 0)
        /* Translators: %u is a number of changes, %s the host name of a relay */
        return g_strdup_printf (ngettext ("Saved on this device. %u change is on its way to %s.",
                                          "Saved on this device. %u changes are on their way to %s.", n_waiting),
                                n_waiting, host);
      G_GNUC_FALLTHROUGH;

    case WEFT_SYNC_CONNECTING:
      /* Translators: %s is the host name of a relay */
      return g_strdup_printf (_ ("Saved on this device. Asking %s what is new."), host);

    case WEFT_SYNC_SENT:
      /* Translators: %s is the host name of a relay */
      return g_strdup_printf (_ ("Saved on this device and sent to %s. This relay does not confirm what it has stored."),
                              host);

    case WEFT_SYNC_SAFE:
      /* Translators: %s is the host name of a relay */
      return g_strdup_printf (_ ("Saved on this device, and %s confirmed that it has stored everything."), host);

    case WEFT_SYNC_DENIED:
      /* Translators: %s is the host name of a relay */
      return g_strdup_printf (_ ("Everything is saved on this device, but %s does not accept it."), host);

    case WEFT_SYNC_STUCK:
      /* Translators: %s is the host name of a relay */
      return g_strdup_printf (_ ("Everything is saved on this device, but %s has not taken all of it. It is tried again."),
                              host);

    case WEFT_SYNC_LOCAL:
    default:
      return g_strdup (_ ("This notebook is only on this device. Nobody else can see it."));
    }
}

static void
refresh (WeftStatusButton *self)
{
  g_autofree char *explanation = NULL;
  const char *status, *save_error, *icon_name;
  gboolean failed, has_relay, websocket;

  if (self->notebook == NULL)
    return;

  websocket = g_settings_get_boolean (weft_settings_get_default (), "enable-websocket");
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->offline_row),
                               websocket ? _ ("Keep changes on this device for now")
                                         : _ ("WebSockets are off in Preferences: changes travel every few seconds"));

  save_error = weft_notebook_get_save_error (self->notebook);
  failed = save_error != NULL && *save_error != '\0';
  has_relay = *weft_notebook_get_relay_url (self->notebook) != '\0';
  status = failed ? save_error : weft_notebook_get_status_text (self->notebook);
  icon_name = failed ? "weft-state-denied-symbolic"
                     : weft_sync_state_get_icon_name (weft_notebook_get_sync_state (self->notebook));
  explanation = failed ? g_strdup (_ ("What you do now is kept in memory only, until it can be saved."))
                       : weft_notebook_describe_sync (self->notebook);

  gtk_image_set_from_icon_name (self->icon, icon_name);
  gtk_image_set_from_icon_name (self->big_icon, icon_name);
  gtk_label_set_text (self->headline, status);
  gtk_label_set_text (self->explanation, explanation);
  gtk_widget_set_visible (GTK_WIDGET (self->offline_list), has_relay);
  gtk_widget_set_visible (GTK_WIDGET (self->share_button), !has_relay);

  if (failed || weft_notebook_get_sync_state (self->notebook) >= WEFT_SYNC_DENIED)
    gtk_widget_add_css_class (GTK_WIDGET (self), "trouble");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "trouble");

  gtk_widget_set_tooltip_text (GTK_WIDGET (self->button), status);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL, status, -1);
}

static void
share_clicked_cb (WeftStatusButton *self)
{
  gtk_popover_popdown (self->popover);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.share", NULL);
}

static void
weft_status_button_dispose (GObject *object)
{
  weft_status_button_set_notebook (WEFT_STATUS_BUTTON (object), NULL);
  adw_bin_set_child (ADW_BIN (object), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), WEFT_TYPE_STATUS_BUTTON);

  G_OBJECT_CLASS (weft_status_button_parent_class)->dispose (object);
}

static void
weft_status_button_class_init (WeftStatusButtonClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_status_button_dispose;

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/weftnotes/Weft/share/weft-status-button.ui");
  gtk_widget_class_bind_template_child (widget_class, WeftStatusButton, button);
  gtk_widget_class_bind_template_child (widget_class, WeftStatusButton, icon);
  gtk_widget_class_bind_template_child (widget_class, WeftStatusButton, popover);
  gtk_widget_class_bind_template_child (widget_class, WeftStatusButton, big_icon);
  gtk_widget_class_bind_template_child (widget_class, WeftStatusButton, headline);
  gtk_widget_class_bind_template_child (widget_class, WeftStatusButton, explanation);
  gtk_widget_class_bind_template_child (widget_class, WeftStatusButton, offline_list);
  gtk_widget_class_bind_template_child (widget_class, WeftStatusButton, offline_row);
  gtk_widget_class_bind_template_child (widget_class, WeftStatusButton, keep_row);
  gtk_widget_class_bind_template_child (widget_class, WeftStatusButton, share_button);
  gtk_widget_class_bind_template_callback (widget_class, share_clicked_cb);
}

static void
weft_status_button_init (WeftStatusButton *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * weft_status_button_set_notebook:
 * @self: the button
 * @notebook: (nullable): whose state to show
 */
void
weft_status_button_set_notebook (WeftStatusButton *self,
                                 WeftNotebook     *notebook)
{
  static const char *const signals[] = {
    "notify::sync-state", "notify::n-waiting", "notify::relay-host", "notify::status-text", "notify::save-error",
    "notify::work-offline",
  };

  g_return_if_fail (WEFT_IS_STATUS_BUTTON (self));

  if (self->notebook == notebook)
    return;

  if (self->notebook != NULL)
    {
      g_signal_handlers_disconnect_by_func (self->notebook, refresh, self);
      g_clear_pointer (&self->offline_binding, g_binding_unbind);
      g_clear_pointer (&self->keep_binding, g_binding_unbind);
    }

  g_set_object (&self->notebook, notebook);

  if (notebook != NULL)
    {
      for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
        g_signal_connect_swapped (notebook, signals[i], G_CALLBACK (refresh), self);

      self->offline_binding = g_object_bind_property (notebook, "work-offline", self->offline_row, "active",
                                                      G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL);
      self->keep_binding = g_object_bind_property (notebook, "keep-offline", self->keep_row, "active",
                                                   G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL);
      refresh (self);
    }
}
