/* weft-members-group.c - who may come into a notebook, where the relay has accounts
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/share/weft-members-group.h"

#include <glib/gi18n.h>

struct _WeftMembersGroup
{
  AdwPreferencesGroup  parent_instance;

  GPtrArray           *rows;       /* borrowed */
  WeftNotebook        *notebook;   /* nullable */
  GCancellable        *cancellable;
};

G_DEFINE_FINAL_TYPE (WeftMembersGroup, weft_members_group, ADW_TYPE_PREFERENCES_GROUP)

enum
{
  SIGNAL_PROBLEM,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static const char *
describe_role (const char *role)
{
  if (g_str_equal (role, "owner"))
    return _ ("Owner");
  if (g_str_equal (role, "admin"))
    return _ ("May read, write and invite");
  if (g_str_equal (role, "member"))
    return _ ("May read and write");
  return _ ("May only read");
}

static char *
make_path (WeftMembersGroup *self,
           const char       *user)
{
  return g_strconcat ("/api/workspaces/", weft_notebook_get_id (self->notebook), "/members", user != NULL ? "/" : "",
                      user, NULL);
}

static void
removed_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(WeftMembersGroup) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonObject) answer = weft_relay_account_call_finish (WEFT_RELAY_ACCOUNT (source), result, &error);

  if (answer == NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_signal_emit (self, signals[SIGNAL_PROBLEM], 0, error->message);
  weft_members_group_reload (self);
}

static void
remove_response_cb (WeftMembersGroup *self,
                    const char       *response,
                    AdwAlertDialog   *question)
{
  const char *user = g_object_get_data (G_OBJECT (question), "weft-user");
  WeftRelayAccount *account = self->notebook != NULL ? weft_notebook_get_relay_account (self->notebook) : NULL;
  g_autofree char *path = NULL;

  if (account == NULL || !g_str_equal (response, "remove"))
    return;

  path = make_path (self, user);
  weft_relay_account_call_async (account, "DELETE", path, NULL, self->cancellable, removed_cb, g_object_ref (self));
}

static void
remove_cb (WeftMembersGroup *self,
           GtkWidget        *button)
{
  const char *name = g_object_get_data (G_OBJECT (button), "weft-name");
  AdwDialog *question = adw_alert_dialog_new (NULL, NULL);

  /* Translators: %s is the name of a person */
  adw_alert_dialog_format_heading (ADW_ALERT_DIALOG (question), _ ("Remove %s?"), name);
  adw_alert_dialog_set_body (ADW_ALERT_DIALOG (question),
                             _ ("They are cut off at once. What they have on their devices already stays with them."));
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (question), "cancel", _ ("_Cancel"), "remove", _ ("_Remove"), NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (question), "remove", ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (question), "cancel");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (question), "cancel");
  g_object_set_data_full (G_OBJECT (question), "weft-user", g_strdup (g_object_get_data (G_OBJECT (button), "weft-user")),
                          g_free);
  g_signal_connect_object (question, "response", G_CALLBACK (remove_response_cb), self, G_CONNECT_SWAPPED);
  adw_dialog_present (question, GTK_WIDGET (self));
}

/* Owners remove anybody else; admins those who are no owners or admins. */
static gboolean
may_remove (WeftMembersGroup *self,
            const char       *user,
            const char       *role)
{
  const char *own = weft_notebook_get_relay_role (self->notebook);
  WeftRelayAccount *account = weft_notebook_get_relay_account (self->notebook);

  if (account == NULL || g_strcmp0 (weft_relay_account_get_user (account), user) == 0)
    return FALSE;

  return g_str_equal (own, "owner") ||
         (g_str_equal (own, "admin") && !g_str_equal (role, "owner") && !g_str_equal (role, "admin"));
}

static void
add_member (WeftMembersGroup *self,
            JsonObject       *member)
{
  const char *user = json_object_get_string_member_with_default (member, "user_id", "");
  const char *name = json_object_get_string_member_with_default (member, "name", "");
  const char *role = json_object_get_string_member_with_default (member, "role", "");
  GtkWidget *row = adw_action_row_new ();

  /* Names are what strangers call themselves. */
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), describe_role (role));

  if (may_remove (self, user, role))
    {
      GtkWidget *button = gtk_button_new_from_icon_name ("user-trash-symbolic");

      gtk_widget_set_tooltip_text (button, _ ("Remove"));
      gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
      gtk_widget_add_css_class (button, "flat");
      g_object_set_data_full (G_OBJECT (button), "weft-user", g_strdup (user), g_free);
      g_object_set_data_full (G_OBJECT (button), "weft-name", g_strdup (name), g_free);
      g_signal_connect_object (button, "clicked", G_CALLBACK (remove_cb), self, G_CONNECT_SWAPPED);
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
    }

  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
  g_ptr_array_add (self->rows, row);
}

static void
listed_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(WeftMembersGroup) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonObject) answer = weft_relay_account_call_finish (WEFT_RELAY_ACCOUNT (source), result, &error);
  JsonNode *members = answer != NULL ? json_object_get_member (answer, "members") : NULL;
  JsonArray *list = members != NULL && JSON_NODE_HOLDS_ARRAY (members) ? json_node_get_array (members) : NULL;

  if (self->notebook == NULL || list == NULL)
    return;

  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self), self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);

  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonNode *item = json_array_get_element (list, i);

      if (JSON_NODE_HOLDS_OBJECT (item))
        add_member (self, json_node_get_object (item));
    }
}

void
weft_members_group_reload (WeftMembersGroup *self)
{
  WeftRelayAccount *account = self->notebook != NULL ? weft_notebook_get_relay_account (self->notebook) : NULL;
  g_autofree char *path = NULL;

  if (account == NULL)
    return;

  path = make_path (self, NULL);
  weft_relay_account_call_async (account, "GET", path, NULL, self->cancellable, listed_cb, g_object_ref (self));
}

static void
weft_members_group_dispose (GObject *object)
{
  WeftMembersGroup *self = WEFT_MEMBERS_GROUP (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->notebook);

  G_OBJECT_CLASS (weft_members_group_parent_class)->dispose (object);
}

static void
weft_members_group_finalize (GObject *object)
{
  WeftMembersGroup *self = WEFT_MEMBERS_GROUP (object);

  g_object_unref (self->cancellable);
  g_ptr_array_unref (self->rows);

  G_OBJECT_CLASS (weft_members_group_parent_class)->finalize (object);
}

static void
weft_members_group_class_init (WeftMembersGroupClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = weft_members_group_dispose;
  object_class->finalize = weft_members_group_finalize;

  /**
   * WeftMembersGroup::problem:
   * @self: the group
   * @message: why something could not be done
   */
  signals[SIGNAL_PROBLEM] = g_signal_new ("problem", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
weft_members_group_init (WeftMembersGroup *self)
{
  self->rows = g_ptr_array_new ();
  self->cancellable = g_cancellable_new ();
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self), _ ("Members"));
}

/**
 * weft_members_group_set_notebook:
 * @self: the group
 * @notebook: (nullable): whose members
 */
void
weft_members_group_set_notebook (WeftMembersGroup *self,
                                 WeftNotebook     *notebook)
{
  g_return_if_fail (WEFT_IS_MEMBERS_GROUP (self));

  g_set_object (&self->notebook, notebook);
  weft_members_group_reload (self);
}
