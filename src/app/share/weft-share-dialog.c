/* weft-share-dialog.c - where a notebook is shared, with whom, and how others get in
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/share/weft-share-dialog.h"

#include <glib/gi18n.h>
#include <string.h>

#include "sync/weft-link.h"
#include "app/share/weft-invite-group.h"
#include "app/share/weft-members-group.h"
#include "app/share/weft-person-row.h"
#include "app/share/weft-status-button.h"
#include "app/weft-announce.h"
#include "app/weft-row-press.h"
#include "app/weft-settings.h"

struct _WeftShareDialog
{
  AdwDialog            parent_instance;

  AdwToastOverlay     *toasts;
  AdwActionRow        *status_row;
  GtkImage            *status_icon;
  AdwEntryRow         *relay_row;
  GtkLabel            *relay_problem;
  AdwButtonRow        *connect_row;
  AdwButtonRow        *disconnect_row;
  AdwPreferencesGroup *link_group;
  AdwActionRow        *link_row;
  GtkButton           *copy_button;
  WeftInviteGroup     *invite_group;
  WeftMembersGroup    *members_group;
  AdwPreferencesGroup *people_group;
  GtkListBox          *people_list;
  AdwEntryRow         *join_row;
  GtkButton           *join_button;
  GtkLabel            *join_problem;

  WeftNotebook        *notebook;
  WeftPage            *page; /* nullable: the page that the link opens */
  char                *link; /* nullable */
};

G_DEFINE_FINAL_TYPE (WeftShareDialog, weft_share_dialog, ADW_TYPE_DIALOG)

static void
show_problem (GtkWidget    *row,
              GtkLabel     *label,
              const GError *problem)
{
  gtk_widget_set_visible (GTK_WIDGET (label), problem != NULL);
  /* Messages of the lower floors are marked for translation there, and translated here. */
  gtk_label_set_text (label, problem != NULL ? problem->message : "");

  if (problem != NULL)
    {
      gtk_widget_add_css_class (row, "error");
      gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_INVALID, GTK_ACCESSIBLE_INVALID_TRUE, -1);
      weft_announce (row, problem->message);
    }
  else
    {
      gtk_widget_remove_css_class (row, "error");
      gtk_accessible_reset_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_INVALID);
    }
}

/* Where the relay has accounts, a link alone lets nobody in, and one can see who may come in. */
static void
refresh_account (WeftShareDialog *self)
{
  WeftRelayAccount *account = weft_notebook_get_relay_account (self->notebook);
  const char *role = weft_notebook_get_relay_role (self->notebook);
  gboolean invites = account != NULL && (g_str_equal (role, "owner") || g_str_equal (role, "admin"));
  gboolean lists = account != NULL && *role != '\0';

  adw_preferences_group_set_title (self->link_group, account != NULL ? _ ("Link") : _ ("Invite"));
  adw_preferences_group_set_description (self->link_group,
                                         account != NULL
                                           ? _ ("For people who are members already. Others need an invite.")
                                           : _ ("Whoever has this link can read and change the notebook."));
  gtk_widget_set_visible (GTK_WIDGET (self->invite_group), invites);
  if (lists && !gtk_widget_get_visible (GTK_WIDGET (self->members_group)))
    weft_members_group_reload (self->members_group);
  gtk_widget_set_visible (GTK_WIDGET (self->members_group), lists);
}

static void
invite_made_cb (WeftShareDialog *self,
                const char      *link)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), link);
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (_ ("Invite copied: pass it on to one person")));
}

static void
call_failed_cb (WeftShareDialog *self,
                const char      *message)
{
  AdwToast *toast = adw_toast_new ("");

  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_set_title (toast, message);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static void
refresh (WeftShareDialog *self)
{
  g_autofree char *explanation = weft_notebook_describe_sync (self->notebook);
  gboolean has_relay = *weft_notebook_get_relay_url (self->notebook) != '\0';
  GListModel *people = weft_notebook_get_people (self->notebook);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->status_row),
                                 weft_notebook_get_status_text (self->notebook));
  adw_action_row_set_subtitle (self->status_row, explanation);
  gtk_image_set_from_icon_name (self->status_icon,
                                weft_sync_state_get_icon_name (weft_notebook_get_sync_state (self->notebook)));

  gtk_widget_set_visible (GTK_WIDGET (self->connect_row), !has_relay);
  gtk_widget_set_visible (GTK_WIDGET (self->disconnect_row), has_relay);
  gtk_editable_set_editable (GTK_EDITABLE (self->relay_row), !has_relay);

  g_clear_pointer (&self->link, g_free);
  self->link = weft_notebook_dup_link (self->notebook, self->page);
  gtk_widget_set_visible (GTK_WIDGET (self->link_group), self->link != NULL);
  adw_action_row_set_subtitle (self->link_row, self->link != NULL ? self->link : "");

  refresh_account (self);
  gtk_widget_set_visible (GTK_WIDGET (self->people_group), has_relay && g_list_model_get_n_items (people) > 0);
}

static void
relay_changed_cb (WeftShareDialog *self)
{
  show_problem (GTK_WIDGET (self->relay_row), self->relay_problem, NULL);
}

static void
join_changed_cb (WeftShareDialog *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->join_row));

  gtk_widget_set_sensitive (GTK_WIDGET (self->join_button), *text != '\0');
  show_problem (GTK_WIDGET (self->join_row), self->join_problem, NULL);
}

static void
follow_link (WeftShareDialog *self,
             AdwEntryRow     *row,
             GtkLabel        *problem)
{
  g_autoptr(WeftLink) link = NULL;
  g_autoptr(GError) error = NULL;
  const char *text = gtk_editable_get_text (GTK_EDITABLE (row));

  link = weft_link_parse (text, &error);
  if (link == NULL)
    {
      show_problem (GTK_WIDGET (row), problem, error);
      gtk_widget_grab_focus (GTK_WIDGET (row));
      return;
    }

  gtk_widget_activate_action (GTK_WIDGET (self), "win.open-link", "s", text);
  adw_dialog_close (ADW_DIALOG (self));
}

static void
join_cb (WeftShareDialog *self)
{
  follow_link (self, self->join_row, self->join_problem);
}

static void
set_relay (WeftShareDialog *self,
           const char      *url)
{
  g_autoptr(GError) error = NULL;

  if (!weft_notebook_set_relay (self->notebook, url, NULL, &error))
    {
      show_problem (GTK_WIDGET (self->relay_row), self->relay_problem, error);
      gtk_widget_grab_focus (GTK_WIDGET (self->relay_row));
      return;
    }

  gtk_editable_set_text (GTK_EDITABLE (self->relay_row), url);
  g_settings_set_string (weft_settings_get_default (), "sync-endpoint", url);
  weft_notebook_set_work_offline (self->notebook, FALSE);
  refresh (self);
}

static void
insecure_response_cb (WeftShareDialog *self,
                      const char      *response,
                      AdwAlertDialog  *question)
{
  if (g_str_equal (response, "accept"))
    set_relay (self, g_object_get_data (G_OBJECT (question), "weft-url"));
}

static void
connect_cb (WeftShareDialog *self)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *url = NULL;
  gboolean insecure = FALSE;

  if (*weft_notebook_get_relay_url (self->notebook) != '\0')
    return;

  /* Whoever was given a link pastes it into the first entry there is. */
  if (g_str_has_prefix (gtk_editable_get_text (GTK_EDITABLE (self->relay_row)), "weft:") ||
      strstr (gtk_editable_get_text (GTK_EDITABLE (self->relay_row)), "/invite/") != NULL)
    {
      follow_link (self, self->relay_row, self->relay_problem);
      return;
    }

  url = weft_relay_address_parse (gtk_editable_get_text (GTK_EDITABLE (self->relay_row)), &insecure, &error);

  if (url == NULL)
    {
      show_problem (GTK_WIDGET (self->relay_row), self->relay_problem, error);
      gtk_widget_grab_focus (GTK_WIDGET (self->relay_row));
      return;
    }

  if (insecure)
    {
      AdwDialog *question = weft_insecure_question_new (url);

      g_object_set_data_full (G_OBJECT (question), "weft-url", g_strdup (url), g_free);
      g_signal_connect_object (question, "response", G_CALLBACK (insecure_response_cb), self, G_CONNECT_SWAPPED);
      adw_dialog_present (question, GTK_WIDGET (self));
      return;
    }

  set_relay (self, url);
}

static void
disconnect_cb (WeftShareDialog *self)
{
  g_autoptr(GError) error = NULL;

  if (!weft_notebook_set_relay (self->notebook, NULL, NULL, &error))
    show_problem (GTK_WIDGET (self->relay_row), self->relay_problem, error);

  refresh (self);
}

static void
copy_cb (WeftShareDialog *self)
{
  if (self->link == NULL)
    return;

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->link);
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (_ ("Link copied")));
}

static GtkWidget *
create_row (gpointer item,
            gpointer user_data)
{
  WeftShareDialog *self = user_data;

  return weft_person_row_new (self->notebook, item);
}

static void
person_activated_cb (WeftShareDialog *self,
                     GtkListBoxRow   *row)
{
  WeftPerson *person = weft_person_row_get_person (WEFT_PERSON_ROW (row));

  gtk_widget_activate_action (GTK_WIDGET (self), "win.open-page", "s", weft_person_get_page_id (person));
  adw_dialog_close (ADW_DIALOG (self));
}

static void
weft_share_dialog_dispose (GObject *object)
{
  WeftShareDialog *self = WEFT_SHARE_DIALOG (object);

  if (self->people_list != NULL)
    gtk_list_box_bind_model (self->people_list, NULL, NULL, NULL, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), WEFT_TYPE_SHARE_DIALOG);

  g_clear_object (&self->notebook);
  g_clear_object (&self->page);
  g_clear_pointer (&self->link, g_free);

  G_OBJECT_CLASS (weft_share_dialog_parent_class)->dispose (object);
}

static void
weft_share_dialog_class_init (WeftShareDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_share_dialog_dispose;

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/weftnotes/Weft/share/weft-share-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, WeftShareDialog, toasts);
  gtk_widget_class_bind_template_child (widget_class, WeftShareDialog, status_row);
  gtk_widget_class_bind_template_child (widget_class, WeftShareDialog, status_icon);
  gtk_widget_class_bind_template_child (widget_class, WeftShareDialog, relay_row);
  gtk_widget_class_bind_template_child (widget_class, WeftShareDialog, relay_problem);
  gtk_widget_class_bind_template_child (widget_class, WeftShareDialog, connect_row);
  gtk_widget_class_bind_template_child (widget_class, WeftShareDialog, disconnect_row);
  gtk_widget_class_bind_template_child (widget_class, WeftShareDialog, link_group);
  gtk_widget_class_bind_template_child (widget_class, WeftShareDialog, link_row);
  gtk_widget_class_bind_template_child (widget_class, WeftShareDialog, copy_button);
  gtk_widget_class_bind_template_child (widget_class, WeftShareDialog, invite_group);
  gtk_widget_class_bind_template_child (widget_class, WeftShareDialog, members_group);
  gtk_widget_class_bind_template_child (widget_class, WeftShareDialog, people_group);
  gtk_widget_class_bind_template_child (widget_class, WeftShareDialog, people_list);
  gtk_widget_class_bind_template_child (widget_class, WeftShareDialog, join_row);
  gtk_widget_class_bind_template_child (widget_class, WeftShareDialog, join_button);
  gtk_widget_class_bind_template_child (widget_class, WeftShareDialog, join_problem);
  gtk_widget_class_bind_template_callback (widget_class, relay_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, connect_cb);
  gtk_widget_class_bind_template_callback (widget_class, disconnect_cb);
  gtk_widget_class_bind_template_callback (widget_class, copy_cb);
  gtk_widget_class_bind_template_callback (widget_class, invite_made_cb);
  gtk_widget_class_bind_template_callback (widget_class, call_failed_cb);
  gtk_widget_class_bind_template_callback (widget_class, join_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, join_cb);
  gtk_widget_class_bind_template_callback (widget_class, person_activated_cb);
}

static void
weft_share_dialog_init (WeftShareDialog *self)
{
  g_type_ensure (WEFT_TYPE_INVITE_GROUP);
  g_type_ensure (WEFT_TYPE_MEMBERS_GROUP);
  gtk_widget_init_template (GTK_WIDGET (self));
  weft_row_add_press (GTK_LIST_BOX_ROW (self->connect_row));
  weft_row_add_press (GTK_LIST_BOX_ROW (self->disconnect_row));
}

/**
 * weft_insecure_question_new:
 * @url: an address that is not encrypted
 *
 * Returns: a question whose response "accept" means yes
 */
AdwDialog *
weft_insecure_question_new (const char *url)
{
  AdwDialog *question = adw_alert_dialog_new (_ ("Not Encrypted"), NULL);

  adw_alert_dialog_format_body (ADW_ALERT_DIALOG (question),
                                /* Translators: %s is the address of a relay */
                                _ ("Everybody on the way to %s can read and change what you send. "
                                   "Relays with an address that begins with wss:// are encrypted."),
                                url);
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (question),
                                  "cancel", _ ("_Cancel"),
                                  "accept", _ ("Connect _Anyway"),
                                  NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (question), "accept", ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (question), "cancel");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (question), "cancel");

  return question;
}

/**
 * weft_share_dialog_new:
 * @notebook: what is shared
 * @page: (nullable): the page that the link opens
 *
 * Returns: the dialog
 */
WeftShareDialog *
weft_share_dialog_new (WeftNotebook *notebook,
                       WeftPage     *page)
{
  static const char *const signals[] = {
    "notify::sync-state", "notify::n-waiting", "notify::relay-url", "notify::status-text", "notify::relay-role",
  };
  WeftShareDialog *self;
  g_autofree char *endpoint = NULL;
  const char *url;

  g_return_val_if_fail (WEFT_IS_NOTEBOOK (notebook), NULL);

  self = g_object_new (WEFT_TYPE_SHARE_DIALOG, NULL);
  self->notebook = g_object_ref (notebook);
  g_set_object (&self->page, page);

  url = weft_notebook_get_relay_url (notebook);
  endpoint = g_settings_get_string (weft_settings_get_default (), "sync-endpoint");
  gtk_editable_set_text (GTK_EDITABLE (self->relay_row), *url != '\0' ? url : endpoint);

  gtk_list_box_bind_model (self->people_list, weft_notebook_get_people (notebook), create_row, self, NULL);

  weft_invite_group_set_notebook (self->invite_group, notebook);
  weft_members_group_set_notebook (self->members_group, notebook);

  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    g_signal_connect_object (notebook, signals[i], G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (weft_notebook_get_people (notebook), "items-changed", G_CALLBACK (refresh), self,
                           G_CONNECT_SWAPPED);

  refresh (self);

  /* What one most likely came for. */
  adw_dialog_set_focus (ADW_DIALOG (self),
                        self->link != NULL ? GTK_WIDGET (self->copy_button) : GTK_WIDGET (self->relay_row));

  return self;
}

/**
 * weft_share_dialog_focus_join:
 * @self: the dialog
 *
 * For "Join by Link…": the entry for a link has the focus.
 */
void
weft_share_dialog_focus_join (WeftShareDialog *self)
{
  g_return_if_fail (WEFT_IS_SHARE_DIALOG (self));

  adw_dialog_set_focus (ADW_DIALOG (self), GTK_WIDGET (self->join_row));
}
