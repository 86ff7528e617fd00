/* weft-accounts.c - our accounts at relays, one for each, and where their secrets are
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/weft-accounts.h"

#ifdef WEFT_HAVE_LIBSECRET
#include <libsecret/secret.h>
#endif

#define LOADED  "weft-accounts-loaded"
#define KEYRING "weft-accounts-keyring"

/* The accounts that somebody holds; they are not held here. Belongs to the main thread. */
static GHashTable *accounts;

static void
gone_cb (gpointer data,
         GObject *where)
{
  GHashTableIter iter;
  gpointer account;

  g_hash_table_iter_init (&iter, accounts);
  while (g_hash_table_iter_next (&iter, NULL, &account))
    if (account == where)
      g_hash_table_iter_remove (&iter);
}

static void
set_loaded (WeftRelayAccount *account)
{
  g_object_set_data (G_OBJECT (account), LOADED, GINT_TO_POINTER (TRUE));
  g_signal_emit_by_name (account, "changed");
}

#ifdef WEFT_HAVE_LIBSECRET

static const SecretSchema schema = {
  "io.github.weftnotes.Weft.Relay", SECRET_SCHEMA_NONE,
  { { "relay", SECRET_SCHEMA_ATTRIBUTE_STRING }, { NULL, 0 } },
};

static void
looked_up_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(WeftRelayAccount) account = user_data;
  g_autoptr(GError) error = NULL;
  char *secret = secret_password_lookup_finish (result, &error);

  if (error != NULL)
    g_message ("the keyring cannot be asked: %s", error->message);
  else
    g_object_set_data (G_OBJECT (account), KEYRING, GINT_TO_POINTER (TRUE));

  if (secret != NULL)
    weft_relay_account_set_secret (account, secret);
  secret_password_free (secret);
  set_loaded (account);
}

static void
look_up (WeftRelayAccount *account)
{
  secret_password_lookup (&schema, NULL, looked_up_cb, g_object_ref (account), "relay",
                          weft_relay_account_get_relay (account), NULL);
}

static void
stored_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(WeftRelayAccount) account = user_data;
  g_autoptr(GError) error = NULL;

  if (secret_password_store_finish (result, &error))
    g_object_set_data (G_OBJECT (account), KEYRING, GINT_TO_POINTER (TRUE));
  else
    g_message ("the keyring does not keep the key of %s, so an invite will be asked for at the next start: %s",
               weft_relay_account_get_relay (account), error->message);
}

static void
cleared_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  secret_password_clear_finish (result, NULL);
}

static void
secret_cb (WeftRelayAccount *account,
           const char       *secret)
{
  const char *relay = weft_relay_account_get_relay (account);
  g_autofree char *label = g_strdup_printf ("Weft: %s", relay);

  if (secret != NULL)
    secret_password_store (&schema, SECRET_COLLECTION_DEFAULT, label, secret, NULL, stored_cb, g_object_ref (account),
                           "relay", relay, NULL);
  else
    secret_password_clear (&schema, NULL, cleared_cb, NULL, "relay", relay, NULL);
}

#else

static gboolean
loaded_cb (gpointer user_data)
{
  set_loaded (user_data);
  return G_SOURCE_REMOVE;
}

static void
look_up (WeftRelayAccount *account)
{
  g_idle_add_full (G_PRIORITY_DEFAULT, loaded_cb, g_object_ref (account), g_object_unref);
}

static void
secret_cb (WeftRelayAccount *account,
           const char       *secret)
{
}

#endif

WeftRelayAccount *
weft_accounts_get (const char *relay)
{
  WeftRelayAccount *account;

  if (accounts == NULL)
    accounts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  account = g_hash_table_lookup (accounts, relay);
  if (account != NULL)
    return g_object_ref (account);

  account = weft_relay_account_new (relay);
  g_hash_table_insert (accounts, g_strdup (relay), account);
  g_object_weak_ref (G_OBJECT (account), gone_cb, NULL);
  g_signal_connect (account, "secret", G_CALLBACK (secret_cb), NULL);
  look_up (account);
  return account;
}

gboolean
weft_accounts_is_loaded (WeftRelayAccount *account)
{
  return g_object_get_data (G_OBJECT (account), LOADED) != NULL;
}

gboolean
weft_accounts_has_keyring (WeftRelayAccount *account)
{
  return g_object_get_data (G_OBJECT (account), KEYRING) != NULL;
}
