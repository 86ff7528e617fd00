/* weft-invite-group.c - makes an invite for one more person, where the relay has accounts
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/share/weft-invite-group.h"

#include <glib/gi18n.h>

#include "app/weft-row-press.h"

struct _WeftInviteGroup
{
  AdwPreferencesGroup  parent_instance;

  AdwComboRow         *role_row;
  AdwComboRow         *expiry_row;
  AdwButtonRow        *make_row;

  WeftNotebook        *notebook;   /* nullable */
  GCancellable        *cancellable;
};

G_DEFINE_FINAL_TYPE (WeftInviteGroup, weft_invite_group, ADW_TYPE_PREFERENCES_GROUP)

enum
{
  SIGNAL_MADE,
  SIGNAL_PROBLEM,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* In the order of the rows' choices. */
static const char *const roles[] = { "member", "viewer", "admin" };
static const gint64 lifetimes[] = { 7 * 24 * 3600, 24 * 3600, 3600 };

static void
made_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(WeftInviteGroup) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonObject) answer = weft_relay_account_call_finish (WEFT_RELAY_ACCOUNT (source), result, &error);
  const char *token = answer != NULL ? json_object_get_string_member_with_default (answer, "token", NULL) : NULL;

  gtk_widget_set_sensitive (GTK_WIDGET (self->make_row), TRUE);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->notebook == NULL)
    return;

  if (token != NULL)
    {
      /* With the address that we reach the relay by: it may not know its own. */
      g_autoptr(WeftLink) link = weft_link_new_join (weft_notebook_get_relay_url (self->notebook),
                                                     weft_notebook_get_id (self->notebook), NULL, token);
      g_autofree char *text = weft_link_to_string (link);

      g_signal_emit (self, signals[SIGNAL_MADE], 0, text);
    }
  else
    {
      g_signal_emit (self, signals[SIGNAL_PROBLEM], 0, error != NULL ? error->message : "");
    }
}

static void
make_cb (WeftInviteGroup *self)
{
  WeftRelayAccount *account = self->notebook != NULL ? weft_notebook_get_relay_account (self->notebook) : NULL;
  g_autoptr(JsonBuilder) builder = json_builder_new ();
  g_autofree char *path = NULL;

  if (account == NULL)
    return;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "role");
  json_builder_add_string_value (builder, roles[adw_combo_row_get_selected (self->role_row) % G_N_ELEMENTS (roles)]);
  json_builder_set_member_name (builder, "expires_in");
  json_builder_add_int_value (builder,
                              lifetimes[adw_combo_row_get_selected (self->expiry_row) % G_N_ELEMENTS (lifetimes)]);
  json_builder_end_object (builder);

  path = g_strdup_printf ("/api/workspaces/%s/invite", weft_notebook_get_id (self->notebook));
  gtk_widget_set_sensitive (GTK_WIDGET (self->make_row), FALSE);
  weft_relay_account_call_async (account, "POST", path, json_builder_get_root (builder), self->cancellable, made_cb,
                                 g_object_ref (self));
}

static void
weft_invite_group_dispose (GObject *object)
{
  WeftInviteGroup *self = WEFT_INVITE_GROUP (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->notebook);

  G_OBJECT_CLASS (weft_invite_group_parent_class)->dispose (object);
}

static void
weft_invite_group_finalize (GObject *object)
{
  g_object_unref (WEFT_INVITE_GROUP (object)->cancellable);

  G_OBJECT_CLASS (weft_invite_group_parent_class)->finalize (object);
}

static void
weft_invite_group_class_init (WeftInviteGroupClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = weft_invite_group_dispose;
  object_class->finalize = weft_invite_group_finalize;

  /**
   * WeftInviteGroup::made:
   * @self: the group
   * @link: an invite, to be passed on
   */
  signals[SIGNAL_MADE] = g_signal_new ("made", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 1, G_TYPE_STRING);
  /**
   * WeftInviteGroup::problem:
   * @self: the group
   * @message: why none could be made
   */
  signals[SIGNAL_PROBLEM] = g_signal_new ("problem", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 1, G_TYPE_STRING);
}

static AdwComboRow *
add_choice (WeftInviteGroup   *self,
            const char        *title,
            const char *const *choices)
{
  AdwComboRow *row = ADW_COMBO_ROW (adw_combo_row_new ());
  g_autoptr(GtkStringList) model = gtk_string_list_new (choices);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_preferences_row_set_use_underline (ADW_PREFERENCES_ROW (row), TRUE);
  adw_combo_row_set_model (row, G_LIST_MODEL (model));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), GTK_WIDGET (row));
  return row;
}

static void
weft_invite_group_init (WeftInviteGroup *self)
{
  const char *const role_names[] = { _ ("Read and Write"), _ ("Only Read"), _ ("Read, Write and Invite"), NULL };
  const char *const expiry_names[] = { _ ("7 Days"), _ ("1 Day"), _ ("1 Hour"), NULL };

  self->cancellable = g_cancellable_new ();
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self), _ ("Invite Somebody"));
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self),
                                         _ ("An invite is a link for one person. It can be used once."));

  self->role_row = add_choice (self, _ ("They _May"), role_names);
  self->expiry_row = add_choice (self, _ ("Good _For"), expiry_names);
  self->make_row = ADW_BUTTON_ROW (adw_button_row_new ());
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->make_row), _ ("Copy a New _Invite"));
  adw_preferences_row_set_use_underline (ADW_PREFERENCES_ROW (self->make_row), TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->make_row), "suggested-action");
  g_signal_connect_swapped (self->make_row, "activated", G_CALLBACK (make_cb), self);
  weft_row_add_press (GTK_LIST_BOX_ROW (self->make_row));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), GTK_WIDGET (self->make_row));
}

/**
 * weft_invite_group_set_notebook:
 * @self: the group
 * @notebook: (nullable): what one is invited to
 */
void
weft_invite_group_set_notebook (WeftInviteGroup *self,
                                WeftNotebook    *notebook)
{
  g_return_if_fail (WEFT_IS_INVITE_GROUP (self));

  g_set_object (&self->notebook, notebook);
}
