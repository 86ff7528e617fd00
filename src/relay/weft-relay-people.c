/* weft-relay-people.c - who may come in: tokens, rooms, and what they are allowed there
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#define _GNU_SOURCE /* memmem */

#include "config.h"

#include "relay/weft-relay-people.h"

#include <string.h>

#include "notebook/weft-page-id.h"
#include "relay/weft-relay-call.h"
#include "relay/weft-relay-invites.h"
#include "sync/weft-link.h"
#include "sync/weft-sync-protocol.h"

#define DAY_S G_GINT64_CONSTANT (86400)

/* What all get to hear whose token is not good; the log says more. */
#define NOT_GOOD WEFT_SYNC_REASON_SIGN_IN

/* How pages name an asset that they show; its id in hexadecimal follows. */
#define ASSET_PREFIX "asset/"

struct _WeftRelayPeople
{
  const WeftRelayConfig *config;
  WeftRelayStore        *store;
  WeftRelayStorePort    *port;
  WeftRelayKeys         *keys;
  GPtrArray             *others; /* of WeftRelayJwtTrust */
};

/* Somebody wants into a room. */
typedef struct
{
  WeftRelayPeople   *people;
  WeftRelayGrantFunc done;
  gpointer           user_data;
  char              *room;       /* nullable: the token alone */
  WeftRelayCall     *caller;     /* who asks, as a call knows them */
  char              *notebook;   /* nullable: what the token is for in the first place */
  char              *grant_room; /* nullable: the one room that the token gives */
  gboolean           everywhere; /* it gives all of them */
  gint64             expires_s;
  gboolean           by_board;   /* @room may be the id of a page alone */

  /* The answer */
  gboolean           found_room; /* it was: @room is the page's now */
  WeftRelayRole      role;
  gboolean           there;
  gboolean           welcome;    /* not locked out, nor is the device signed out */
  GPtrArray         *asset_of;   /* nullable; see weft_relay_accounts_check_room() */
  gboolean           may_add;    /* one of these boards is theirs to edit */
} Entrance;

static gint64
now_ms (void)
{
  return g_get_real_time () / 1000;
}

static void
entrance_free (gpointer data)
{
  Entrance *self = data;

  g_free (self->room);
  g_clear_pointer (&self->caller, weft_relay_call_free);
  g_free (self->notebook);
  g_free (self->grant_room);
  g_clear_pointer (&self->asset_of, g_ptr_array_unref);
  g_free (self);
}

/* --- tokens --- */

WeftAny *
weft_relay_people_verify (WeftRelayPeople *self,
                          const char      *token,
                          gboolean        *foreign,
                          GError         **error)
{
  g_autoptr(GError) why = NULL;
  WeftAny *claims = NULL;

  *foreign = FALSE;
  if (token != NULL)
    claims = weft_relay_jwt_verify (weft_relay_keys_get_trust (self->keys), token, now_ms () / 1000, &why);
  for (guint i = 0; token != NULL && claims == NULL && i < self->others->len; i++)
    {
      claims = weft_relay_jwt_verify (self->others->pdata[i], token, now_ms () / 1000, NULL);
      *foreign = claims != NULL;
    }

  if (claims == NULL)
    {
      if (why != NULL)
        g_debug ("a token is refused: %s", why->message);
      g_set_error_literal (error, WEFT_RELAY_AUTH_ERROR, WEFT_RELAY_AUTH_ERROR_NOT_AUTHENTICATED, NOT_GOOD);
    }
  return claims;
}

static char *
dup_claim (const WeftAny *claims,
           const char    *name)
{
  const WeftAny *value = weft_any_lookup (claims, name);

  return value != NULL ? g_strdup (weft_any_get_string (value)) : NULL;
}

static gboolean
has_flag (const WeftAny *claims,
          const char    *name)
{
  const WeftAny *value = weft_any_lookup (claims, name);

  return value != NULL && weft_any_get_boolean (value);
}

/* --- entering --- */

static const WeftRelayEndpoint entering = { .method = "enter", .access = WEFT_RELAY_CALL_TOKEN };

/* What the token itself gives, whoever has it. */
static WeftRelayRole
get_token_role (Entrance *self)
{
  WeftPageId notebook;
  WeftPageIdText text;

  if (self->caller->grant_role == WEFT_RELAY_ROLE_NONE || self->room == NULL || self->everywhere)
    return self->caller->grant_role;
  if (self->grant_room != NULL)
    return g_str_equal (self->grant_room, self->room) ? self->caller->grant_role : WEFT_RELAY_ROLE_NONE;
  if (self->caller->grant_workspace == NULL ||
      weft_room_name_parse (self->room, &notebook, NULL, NULL) == WEFT_ROOM_OTHER)
    return WEFT_RELAY_ROLE_NONE;

  return g_str_equal (weft_page_id_format (&notebook, text), self->caller->grant_workspace)
           ? self->caller->grant_role : WEFT_RELAY_ROLE_NONE;
}

static void
check_asset (Entrance     *self,
             WeftRelaySql *sql)
{
  self->role = weft_relay_accounts_get_asset_role (sql, self->room, self->caller->user);
  for (guint i = 0; i < self->asset_of->len; i++)
    {
      const char *board = strrchr (self->asset_of->pdata[i], '/') + 1;

      if (weft_relay_accounts_get_own_role (sql, board, self->caller->user) >= WEFT_RELAY_ROLE_EDITOR)
        self->may_add = TRUE;
    }
}

/* The room of the page whose id alone was named. */
static void
find_room (Entrance     *self,
           WeftRelaySql *sql)
{
  gboolean deleted = FALSE;
  g_autofree char *workspace = NULL;

  if (!weft_link_is_id (self->room) || weft_relay_accounts_has_workspace (sql, self->room))
    return;

  workspace = weft_relay_accounts_dup_workspace_of (sql, self->room, &deleted);
  if (workspace != NULL)
    {
      g_autofree char *page = g_steal_pointer (&self->room);

      self->room = g_strconcat (workspace, "/", page, NULL);
      self->found_room = TRUE;
    }
}

/* On the store's thread. */
static gboolean
check_work (WeftRelaySql *sql,
            gpointer      data)
{
  Entrance *self = data;

  self->welcome = weft_relay_call_check_caller (self->caller, sql);
  if (!self->welcome)
    return FALSE;

  /* A connection of a device that is signed in lives on with the tokens that it fetched since. */
  if (self->caller->device != NULL)
    self->expires_s = MAX (self->expires_s, weft_relay_devices_get_access_until (sql, self->caller->device));

  self->there = TRUE;
  self->role = WEFT_RELAY_ROLE_NONE;
  if (self->room != NULL && self->by_board && !self->found_room)
    find_room (self, sql);
  if (self->room != NULL)
    self->there = weft_relay_accounts_check_room (sql, self->caller->user, self->room, &self->role, &self->asset_of);
  if (self->asset_of != NULL)
    check_asset (self, sql);
  return TRUE;
}

static void
refuse (Entrance          *self,
        WeftRelayAuthError code,
        const char        *text)
{
  g_autoptr(GError) error = g_error_new_literal (WEFT_RELAY_AUTH_ERROR, code, text);

  self->done (NULL, error, self->user_data);
}

static void
grant (Entrance     *self,
       WeftRelayRole role)
{
  g_autoptr(WeftRelayGrant) given =
    weft_relay_grant_new (self->caller->user, self->caller->name, role, self->expires_s);

  given->notebook = g_strdup (self->notebook);
  given->everywhere = self->everywhere;
  given->room = self->found_room ? g_strdup (self->room) : NULL;
  self->done (given, NULL, self->user_data);
}

static void
decide (Entrance *self)
{
  if (self->expires_s <= now_ms () / 1000)
    refuse (self, WEFT_RELAY_AUTH_ERROR_NOT_AUTHENTICATED, NOT_GOOD);
  else if (self->role != WEFT_RELAY_ROLE_NONE || self->room == NULL)
    grant (self, self->role);
  else if (!self->there)
    refuse (self, WEFT_RELAY_AUTH_ERROR_NOT_FOUND, WEFT_SYNC_REASON_NOT_FOUND);
  else
    refuse (self, WEFT_RELAY_AUTH_ERROR_FORBIDDEN, WEFT_SYNC_REASON_FORBIDDEN);
}

/* --- assets of boards that are shared alone --- */

/* Whether an update or a snapshot names the asset: both hold strings as they are. */
static gboolean
names_asset (GPtrArray  *updates,
             const char *name)
{
  for (guint i = 0; updates != NULL && i < updates->len; i++)
    {
      gsize size;
      gconstpointer data = g_bytes_get_data (updates->pdata[i], &size);

      if (data != NULL && memmem (data, size, name, strlen (name)) != NULL)
        return TRUE;
    }

  return FALSE;
}

static void look_at_next_board (Entrance *self);

static void
board_loaded_cb (GPtrArray    *updates,
                 guint64       version,
                 guint         n_log,
                 const GError *error,
                 gpointer      user_data)
{
  Entrance *self = user_data;
  const char *name = strstr (self->room, "/" ASSET_PREFIX);

  if (name != NULL && names_asset (updates, name + 1))
    {
      self->role = self->may_add ? WEFT_RELAY_ROLE_EDITOR : WEFT_RELAY_ROLE_VIEWER;
      decide (self);
      entrance_free (self);
      return;
    }

  g_ptr_array_remove_index_fast (self->asset_of, 0);
  look_at_next_board (self);
}

static gboolean
note_asset_work (WeftRelaySql *sql,
                 gpointer      data)
{
  Entrance *self = data;

  weft_relay_accounts_add_asset (sql, self->room, self->caller->user, now_ms ());
  return TRUE;
}

static void
asset_noted_cb (const GError *error,
                gpointer      data)
{
  Entrance *self = data;

  if (error != NULL)
    {
      refuse (self, WEFT_RELAY_AUTH_ERROR_LATER, "The relay cannot store now.");
      return;
    }
  self->role = WEFT_RELAY_ROLE_EDITOR;
  decide (self);
}

/* No board of theirs shows it: whoever edits one may bring a new asset, before the page says that it shows it. */
static void
asset_loaded_cb (GPtrArray    *updates,
                 guint64       version,
                 guint         n_log,
                 const GError *error,
                 gpointer      user_data)
{
  Entrance *self = user_data;

  if (self->may_add && error == NULL && version == 0)
    {
      weft_relay_store_run (self->people->port, note_asset_work, asset_noted_cb, self, entrance_free);
      return;
    }

  decide (self);
  entrance_free (self);
}

static void
look_at_next_board (Entrance *self)
{
  if (self->asset_of->len > 0)
    weft_relay_store_load (self->people->port, self->asset_of->pdata[0], board_loaded_cb, self);
  else
    weft_relay_store_load (self->people->port, self->room, asset_loaded_cb, self);
}

/* --- the seam --- */

static void
checked_cb (const GError *error,
            gpointer      data)
{
  Entrance *self = data;
  WeftRelayRole token_role = get_token_role (self);

  self->role = MAX (self->role, token_role);
  if (error != NULL)
    refuse (self, WEFT_RELAY_AUTH_ERROR_LATER, "The relay cannot look up rights now.");
  else if (!self->welcome)
    refuse (self, WEFT_RELAY_AUTH_ERROR_NOT_AUTHENTICATED, NOT_GOOD);
  else if (self->asset_of != NULL && self->role == WEFT_RELAY_ROLE_NONE)
    {
      look_at_next_board (self);
      return;
    }
  else
    decide (self);

  entrance_free (self);
}

/* The token of somebody who is in already may have expired since, where their device has fetched another one. Nobody
 * enters by an old one: whoever finds it somewhere has no use for it. */
static WeftAny *
verify_for_entrance (WeftRelayPeople            *self,
                     const WeftRelayCredentials *credentials,
                     gboolean                   *foreign,
                     GError                    **error)
{
  const char *token = credentials->token;
  g_autoptr(WeftAny) claims = weft_relay_people_verify (self, token, foreign, NULL);
  g_autoptr(WeftAny) expired = NULL;

  if (claims == NULL && token != NULL && credentials->entered)
    expired = weft_relay_jwt_verify_expired (weft_relay_keys_get_trust (self->keys), token, now_ms () / 1000, NULL);
  if (expired != NULL && weft_any_lookup (expired, "sid") != NULL)
    return g_steal_pointer (&expired);

  if (claims == NULL)
    g_set_error_literal (error, WEFT_RELAY_AUTH_ERROR, WEFT_RELAY_AUTH_ERROR_NOT_AUTHENTICATED, NOT_GOOD);
  return g_steal_pointer (&claims);
}

static void
people_check (gpointer                    user_data,
              const WeftRelayCredentials *credentials,
              const char                 *room,
              WeftRelayGrantFunc          done,
              gpointer                    done_data)
{
  WeftRelayPeople *self = user_data;
  g_autoptr(GError) error = NULL;
  gboolean foreign;
  g_autoptr(WeftAny) claims = verify_for_entrance (self, credentials, &foreign, &error);
  Entrance *entrance;

  if (claims == NULL)
    {
      done (NULL, error, done_data);
      return;
    }

  entrance = g_new0 (Entrance, 1);
  entrance->people = self;
  entrance->done = done;
  entrance->user_data = done_data;
  entrance->room = g_strdup (room);
  entrance->caller = weft_relay_call_new (&entering);
  entrance->caller->now_ms = now_ms ();
  weft_relay_call_take_claims (entrance->caller, claims, foreign);
  entrance->notebook = foreign ? NULL : dup_claim (claims, "notebook");
  entrance->grant_room = foreign ? NULL : dup_claim (claims, "room");
  entrance->by_board = credentials->by_board;
  entrance->everywhere = !foreign && entrance->caller->grant_role != WEFT_RELAY_ROLE_NONE && has_flag (claims, "everywhere");
  entrance->expires_s = (gint64) weft_any_get_number (weft_any_lookup (claims, "exp"));
  weft_relay_store_run (self->port, check_work, checked_cb, entrance, NULL);
}

static void
people_free (gpointer self)
{
}

static const WeftRelayAuthFuncs people_funcs = {
  .check = people_check,
  .free = people_free,
};

WeftRelayAuth *
weft_relay_people_new_auth (WeftRelayPeople *self)
{
  return weft_relay_auth_new (&people_funcs, self);
}

/* --- keys and first steps --- */

WeftRelayPeople *
weft_relay_people_new (const WeftRelayConfig *config,
                       WeftRelayStore        *store,
                       GError               **error)
{
  g_autofree char *path = g_build_filename (config->data, WEFT_RELAY_KEYS_FILE, NULL);
  WeftRelayKeys *keys = weft_relay_keys_open (path, error);
  WeftRelayPeople *self;

  if (keys == NULL)
    return NULL;

  self = g_new0 (WeftRelayPeople, 1);
  self->config = config;
  self->store = store;
  self->port = weft_relay_store_open_port (store);
  self->keys = keys;
  self->others = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_relay_jwt_trust_free);
  return self;
}

void
weft_relay_people_free (WeftRelayPeople *self)
{
  weft_relay_store_port_close (self->port);
  weft_relay_keys_free (self->keys);
  g_ptr_array_unref (self->others);
  g_free (self);
}

WeftRelayKeys *
weft_relay_people_get_keys (WeftRelayPeople *self)
{
  return self->keys;
}

void
weft_relay_people_add_trust (WeftRelayPeople   *self,
                             WeftRelayJwtTrust *trust)
{
  for (guint i = 0; i < self->others->len; i++)
    if (g_str_equal (((WeftRelayJwtTrust *) self->others->pdata[i])->issuer, trust->issuer))
      g_ptr_array_remove_index_fast (self->others, i--);

  g_ptr_array_add (self->others, trust);
}

char *
weft_relay_people_issue_token (WeftRelayKeys *keys,
                               const char    *name,
                               WeftRelayRole  role,
                               const char    *notebook,
                               const char    *room,
                               guint          days)
{
  const char *relay = weft_relay_keys_get_name (keys);
  double now_s = (double) (now_ms () / 1000);
  g_autofree char *id = weft_relay_accounts_new_id ();
  g_autofree char *subject = g_strconcat ("token:", id, NULL);
  g_autoptr(WeftAny) claims = weft_any_new_object ();

  weft_any_object_take (claims, "iss", weft_any_new_string (relay));
  weft_any_object_take (claims, "aud", weft_any_new_string (relay));
  weft_any_object_take (claims, "sub", weft_any_new_string (subject));
  weft_any_object_take (claims, "name", weft_any_new_string (name));
  weft_any_object_take (claims, "role", weft_any_new_string (weft_relay_role_to_string (role)));
  if (notebook != NULL)
    weft_any_object_take (claims, "notebook", weft_any_new_string (notebook));
  if (room != NULL)
    weft_any_object_take (claims, "room", weft_any_new_string (room));
  if (notebook == NULL && room == NULL)
    weft_any_object_take (claims, "everywhere", weft_any_new_boolean (TRUE));
  weft_any_object_take (claims, "iat", weft_any_new_number (now_s));
  weft_any_object_take (claims, "nbf", weft_any_new_number (now_s));
  weft_any_object_take (claims, "exp", weft_any_new_number (now_s + (double) days * (double) DAY_S));
  return weft_relay_jwt_sign (weft_relay_keys_get_first (keys), claims);
}

typedef struct
{
  const char *workspace;
  char       *token;
} OwnerInvite;

static gboolean
invite_owner_work (WeftRelaySql *sql,
                   gpointer      data)
{
  OwnerInvite *self = data;

  weft_relay_accounts_add_workspace (sql, self->workspace, "Notebook", NULL, now_ms ());
  if (weft_relay_accounts_count_owners (sql, self->workspace) > 0)
    return TRUE;

  /* The last one is known to nobody but who was there when it was printed. */
  weft_relay_invites_revoke_own (sql, self->workspace, now_ms ());
  self->token = weft_relay_invites_add (sql, self->workspace, NULL, "owner", NULL, now_ms (),
                                        now_ms () + WEFT_RELAY_INVITE_DAYS * DAY_S * 1000, NULL);
  return TRUE;
}

char *
weft_relay_people_dup_owner_invite (WeftRelayPeople *self,
                                    const char      *id,
                                    GError         **error)
{
  OwnerInvite invite = { id };

  if (!weft_relay_store_run_now (self->store, invite_owner_work, &invite, error))
    g_clear_pointer (&invite.token, g_free);
  return invite.token;
}
