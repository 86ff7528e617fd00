/* weft-relay-devices.c - the devices that people are signed in on, and their refresh tokens
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-devices.h"

#include <string.h>

#include "relay/weft-relay-accounts.h"
#include "relay/weft-relay-secret.h"

#define DAY_MS (G_GINT64_CONSTANT (24) * 3600 * 1000)

/* Used tokens are remembered until they would have expired, so that their reuse is seen. */
#define ADD_DEVICE   "INSERT INTO devices (id, user_id, name, workspace_id, created_ms, seen_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?5)"
#define ADD_TOKEN    "INSERT INTO refresh_tokens (hash, device_id, expires_ms) VALUES (?1, ?2, ?3)" \
                     " ON CONFLICT (hash) DO NOTHING RETURNING hash"
#define DROP_EXPIRED "DELETE FROM refresh_tokens WHERE device_id = ?1 AND expires_ms < ?2"
#define FIND_TOKEN   "SELECT d.id, d.user_id, d.workspace_id, t.used_ms, t.next_hash FROM refresh_tokens t" \
                     " JOIN devices d ON d.id = t.device_id JOIN users u ON u.id = d.user_id" \
                     " WHERE t.hash = ?1 AND t.expires_ms > ?2 AND d.revoked_ms IS NULL AND u.locked_ms IS NULL"
#define USE_TOKEN    "UPDATE refresh_tokens SET used_ms = ?1, next_hash = ?2 WHERE hash = ?3 AND used_ms IS NULL RETURNING hash"
#define IS_UNUSED    "SELECT hash FROM refresh_tokens WHERE hash = ?1 AND used_ms IS NULL AND expires_ms > ?2"
#define SEEN         "UPDATE devices SET seen_ms = ?1 WHERE id = ?2"
#define OF_TOKEN     "SELECT device_id FROM refresh_tokens WHERE hash = ?1"
#define REVOKE       "UPDATE devices SET revoked_ms = ?1 WHERE id = ?2 AND revoked_ms IS NULL"
#define SET_UNTIL    "UPDATE devices SET access_until_s = ?1 WHERE id = ?2"
#define GET_UNTIL    "SELECT d.access_until_s FROM devices d JOIN users u ON u.id = d.user_id" \
                     " WHERE d.id = ?1 AND d.revoked_ms IS NULL AND u.locked_ms IS NULL"

static void
add_token (WeftRelaySql *sql,
           const char   *hash,
           const char   *device,
           gint64        now_ms)
{
  weft_relay_sql_run (sql, ADD_TOKEN, "ssi", hash, device, now_ms + WEFT_RELAY_REFRESH_DAYS * DAY_MS);
}

WeftRelayDevice *
weft_relay_devices_add (WeftRelaySql *sql,
                        const char   *user,
                        const char   *name,
                        const char   *workspace,
                        gint64        now_ms)
{
  WeftRelayDevice *self = g_new0 (WeftRelayDevice, 1);
  g_autofree char *hash = NULL;

  self->id = weft_relay_accounts_new_id ();
  self->user = g_strdup (user);
  self->workspace = g_strdup (workspace);
  self->token = weft_relay_secret_new ();
  hash = weft_relay_secret_hash (self->token);
  weft_relay_sql_run (sql, ADD_DEVICE, "ssssi", self->id, user, name, workspace, now_ms);
  add_token (sql, hash, self->id, now_ms);
  return self;
}

/* The next token: random; or, where the client can ask again, what only this token and this request id give. */
static char *
make_next (const char *token,
           const char *request_id)
{
  guint8 digest[32];
  gsize n_digest = sizeof digest;
  g_autoptr(GHmac) hmac = NULL;

  if (request_id == NULL)
    return weft_relay_secret_new ();

  hmac = g_hmac_new (G_CHECKSUM_SHA256, (const guchar *) token, strlen (token));
  g_hmac_update (hmac, (const guchar *) request_id, -1);
  g_hmac_get_digest (hmac, digest, &n_digest);
  return weft_relay_base64url_encode (digest, n_digest);
}

WeftRelayRefreshResult
weft_relay_devices_refresh (WeftRelaySql     *sql,
                            const char       *token,
                            const char       *request_id,
                            gint64            now_ms,
                            WeftRelayDevice **device)
{
  g_autofree char *hash = NULL;
  g_autofree char *next = NULL;
  g_autofree char *next_hash = NULL;
  g_autoptr(WeftRelayRows) rows = NULL;
  g_autoptr(WeftRelayDevice) self = NULL;

  *device = NULL;
  if (!weft_relay_secret_is_wellformed (token))
    return WEFT_RELAY_REFRESH_REFUSED;

  hash = weft_relay_secret_hash (token);
  rows = weft_relay_sql_query (sql, FIND_TOKEN, "si", hash, now_ms);
  if (weft_relay_rows_get_n (rows) == 0)
    return WEFT_RELAY_REFRESH_REFUSED;

  self = g_new0 (WeftRelayDevice, 1);
  self->id = g_strdup (weft_relay_rows_get_text (rows, 0, 0));
  self->user = g_strdup (weft_relay_rows_get_text (rows, 0, 1));
  self->workspace = g_strdup (weft_relay_rows_get_text (rows, 0, 2));
  next = make_next (token, request_id);
  next_hash = weft_relay_secret_hash (next);

  if (weft_relay_sql_run (sql, USE_TOKEN, "iss", now_ms, next_hash, hash) > 0)
    {
      add_token (sql, next_hash, self->id, now_ms);
    }
  else if (request_id == NULL || g_strcmp0 (weft_relay_rows_get_text (rows, 0, 4), next_hash) != 0 ||
           weft_relay_sql_run (sql, IS_UNUSED, "si", next_hash, now_ms) == 0)
    {
      if (sql->error != NULL)
        return WEFT_RELAY_REFRESH_REFUSED;
      weft_relay_devices_revoke (sql, self->id, now_ms);
      *device = g_steal_pointer (&self);
      return WEFT_RELAY_REFRESH_REUSED;
    }

  weft_relay_sql_run (sql, DROP_EXPIRED, "si", self->id, now_ms);
  weft_relay_sql_run (sql, SEEN, "is", now_ms, self->id);
  self->token = g_steal_pointer (&next);
  *device = g_steal_pointer (&self);
  return WEFT_RELAY_REFRESH_DONE;
}

char *
weft_relay_devices_dup_of_token (WeftRelaySql *sql,
                                 const char   *token)
{
  g_autofree char *hash = weft_relay_secret_hash (token);
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, OF_TOKEN, "s", hash);

  return weft_relay_rows_get_n (rows) > 0 ? g_strdup (weft_relay_rows_get_text (rows, 0, 0)) : NULL;
}

void
weft_relay_devices_revoke (WeftRelaySql *sql,
                           const char   *device,
                           gint64        now_ms)
{
  weft_relay_sql_run (sql, REVOKE, "is", now_ms, device);
}

void
weft_relay_devices_set_access_until (WeftRelaySql *sql,
                                     const char   *device,
                                     gint64        until_s)
{
  weft_relay_sql_run (sql, SET_UNTIL, "is", until_s, device);
}

gint64
weft_relay_devices_get_access_until (WeftRelaySql *sql,
                                     const char   *device)
{
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, GET_UNTIL, "s", device);

  return weft_relay_rows_get_n (rows) > 0 ? weft_relay_rows_get_int64 (rows, 0, 0) : 0;
}

void
weft_relay_device_free (WeftRelayDevice *self)
{
  g_free (self->id);
  g_free (self->user);
  g_free (self->workspace);
  g_free (self->token);
  g_free (self);
}
