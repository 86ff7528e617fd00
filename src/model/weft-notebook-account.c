/* weft-notebook-account.c - who we are at the notebook's relay, and what we may do there
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A relay may have accounts or not. Without one we connect as nobody; with one, the notebook waits until
 * there is a token, and until the relay has a place for it. The role that the relay tells is kept in the
 * notebook's file, so that what may only be read is so from the first moment, and without a connection.
 */

#include "config.h"

#include <glib/gi18n-lib.h>

#include "model/weft-accounts.h"
#include "model/weft-document-private.h"
#include "model/weft-notebook-private.h"

#define RELAY_ROLE  "relay-role"
#define ROLE_VIEWER "viewer"

/* A relay that refuses a token right after it gave one would do so again. */
#define RENEW_AGAIN_US (30 * G_USEC_PER_SEC)

/* Every page that the relay does not take something of would ask. */
#define ASK_ROLE_AGAIN_US (2 * G_USEC_PER_SEC)

static void
set_trouble (WeftNotebook *self,
             const char   *message)
{
  g_free (self->account_trouble);
  self->account_trouble = g_strdup (message);
  weft_notebook_status_changed (self);
}

static void
take_role (WeftNotebook *self,
           const char   *role)
{
  gboolean reader = g_strcmp0 (role, ROLE_VIEWER) == 0;
  GHashTableIter iter;
  gpointer document;

  g_free (self->relay_role);
  self->relay_role = g_strdup (role);
  weft_store_set_setting (self->store, RELAY_ROLE, role);
  if (self->reader != reader)
    {
      self->reader = reader;
      g_hash_table_iter_init (&iter, self->documents);
      while (g_hash_table_iter_next (&iter, NULL, &document))
        weft_document_refresh_read_only (document);
      weft_notebook_notify (self, WEFT_NOTEBOOK_PROP_READ_ONLY);
    }
  weft_notebook_notify (self, WEFT_NOTEBOOK_PROP_RELAY_ROLE);
}

/* --- a place for the notebook --- */

static void
placed_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(WeftNotebook) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonObject) answer
      = weft_relay_account_call_finish (WEFT_RELAY_ACCOUNT (source), result, &error);

  self->placing = FALSE;
  if (self->account != WEFT_RELAY_ACCOUNT (source) || self->closed)
    return;

  /* Where it is somebody else's, the rooms say so themselves; where nobody answers, they try again. */
  self->placed = TRUE;
  if (answer != NULL)
    take_role (self, json_object_get_string_member_with_default (answer, "role", NULL));
  weft_notebook_connect_all (self);
}

static void
ask_for_place (WeftNotebook        *self,
               GAsyncReadyCallback  callback)
{
  g_autoptr(JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "id");
  json_builder_add_string_value (builder, self->id_text);
  json_builder_set_member_name (builder, "name");
  json_builder_add_string_value (builder, self->title != NULL && *self->title != '\0'
                                              ? self->title : _("Notebook"));
  json_builder_end_object (builder);
  weft_relay_account_call_async (self->account, "POST", "/api/workspaces",
                                 json_builder_get_root (builder), NULL, callback,
                                 g_object_ref (self));
}

static void
find_place (WeftNotebook *self)
{
  self->placing = TRUE;
  ask_for_place (self, placed_cb);
}

/* --- invites --- */

static void
accepted_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(WeftNotebook) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonObject) answer
      = weft_relay_account_call_finish (WEFT_RELAY_ACCOUNT (source), result, &error);

  self->accepting = FALSE;
  if (self->account != WEFT_RELAY_ACCOUNT (source) || self->closed)
    return;

  g_clear_pointer (&self->invite, g_free);
  if (answer == NULL)
    set_trouble (self, error->message);
  /* Told where the rest of the notebook stays closed: whoever was in it already sees nothing of this. */
  else if (json_object_get_string_member_with_default (answer, "board_id", NULL) != NULL)
    set_trouble (self, _("This invite is for one page, which Weft cannot show without its notebook. "
                         "Ask for an invite to the notebook, or open the page in a web editor."));
  else
    set_trouble (self, NULL);
  weft_notebook_account_changed (self);
}

static void
accept_invite (WeftNotebook *self)
{
  const char *name = self->user.name != NULL && *self->user.name != '\0' ? self->user.name
                                                                         : g_get_real_name ();

  self->accepting = TRUE;
  weft_relay_account_accept_async (self->account, self->invite, name, g_get_host_name (), NULL,
                                   accepted_cb, g_object_ref (self));
}

/* --- the account --- */

/* Looks again what is to be done next, and does it. */
void
weft_notebook_account_changed (WeftNotebook *self)
{
  WeftRelayAccountState state;
  const char *token;

  if (self->account == NULL || !weft_accounts_is_loaded (self->account) || self->accepting
      || self->placing)
    return;

  state = weft_relay_account_get_state (self->account);
  if (state == WEFT_RELAY_ACCOUNT_WAITING)
    return;

  if (self->invite != NULL)
    {
      accept_invite (self);
      return;
    }

  token = weft_relay_account_get_token (self->account);
  if (g_strcmp0 (token, self->token) != 0)
    {
      gboolean first = self->token == NULL;

      g_free (self->token);
      self->token = g_strdup (token);
      /* The relay lets connections live on that were made with the last one. */
      if (!first && token != NULL)
        {
          weft_notebook_pass_token (self);
          return;
        }
      self->placed = FALSE;
    }

  if (state == WEFT_RELAY_ACCOUNT_REFUSED)
    set_trouble (self, _("The relay no longer knows this device. Ask for a new invite, and paste it"));
  if (state == WEFT_RELAY_ACCOUNT_READY && !self->placed)
    find_place (self);
  else
    weft_notebook_connect_all (self);
}

static void
role_asked_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr(WeftNotebook) self = user_data;
  g_autoptr(JsonObject) answer
      = weft_relay_account_call_finish (WEFT_RELAY_ACCOUNT (source), result, NULL);

  if (answer != NULL && self->account == WEFT_RELAY_ACCOUNT (source) && !self->closed)
    take_role (self, json_object_get_string_member_with_default (answer, "role", NULL));
}

/* We are back, or the relay did not take something: somebody may have given us another role. */
void
weft_notebook_account_ask_role (WeftNotebook *self)
{
  gint64 now_us = g_get_monotonic_time ();

  if (self->account == NULL || !self->placed || self->closed
      || (self->role_asked_us != 0 && now_us - self->role_asked_us < ASK_ROLE_AGAIN_US))
    return;

  self->role_asked_us = now_us;
  ask_for_place (self, role_asked_cb);
}

/* The relay does not let us in: perhaps the token is from before the computer slept. */
void
weft_notebook_account_denied (WeftNotebook *self)
{
  gint64 now_us = g_get_monotonic_time ();

  if (self->account == NULL || self->token == NULL
      || (self->renewed_us != 0 && now_us - self->renewed_us < RENEW_AGAIN_US))
    return;

  self->renewed_us = now_us;
  g_clear_pointer (&self->token, g_free);
  weft_relay_account_renew (self->account);
}

gboolean
weft_notebook_account_is_busy (WeftNotebook *self)
{
  return self->account != NULL
         && (!weft_accounts_is_loaded (self->account) || self->accepting || self->placing
             || weft_relay_account_get_state (self->account) == WEFT_RELAY_ACCOUNT_WAITING);
}

void
weft_notebook_account_attach (WeftNotebook *self,
                              const char   *invite)
{
  const char *role = weft_store_get_setting (self->store, RELAY_ROLE);

  if (self->account != NULL)
    g_signal_handlers_disconnect_by_data (self->account, self);
  g_clear_object (&self->account);
  g_clear_pointer (&self->token, g_free);
  g_clear_pointer (&self->account_trouble, g_free);
  g_free (self->invite);
  self->invite = g_strdup (invite);
  self->placed = FALSE;

  if (self->relay == NULL)
    {
      if (role != NULL)
        take_role (self, NULL);
      return;
    }

  if (role != NULL)
    take_role (self, role);
  self->account = weft_accounts_get (self->relay);
  g_signal_connect_swapped (self->account, "changed", G_CALLBACK (weft_notebook_account_changed),
                            self);
  weft_notebook_account_changed (self);
}

void
weft_notebook_account_detach (WeftNotebook *self)
{
  if (self->account != NULL)
    g_signal_handlers_disconnect_by_data (self->account, self);
  g_clear_object (&self->account);
}

/**
 * weft_notebook_get_relay_account:
 * @self: a notebook
 *
 * Returns: (transfer none) (nullable): our account at its relay, where the relay has accounts and we have one
 */
WeftRelayAccount *
weft_notebook_get_relay_account (WeftNotebook *self)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), NULL);

  return self->account != NULL
                 && weft_relay_account_get_state (self->account) == WEFT_RELAY_ACCOUNT_READY
             ? self->account
             : NULL;
}

/**
 * weft_notebook_get_relay_role:
 * @self: a notebook
 *
 * Returns: "viewer", "member", "admin" or "owner", as the relay said last; "" where it has no accounts
 */
const char *
weft_notebook_get_relay_role (WeftNotebook *self)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), NULL);

  return self->relay_role != NULL ? self->relay_role : "";
}

gboolean
weft_notebook_is_reader (WeftNotebook *self)
{
  return self->reader;
}
