/* weft-relay-api-auth.c - calls: who am I, fresh tokens, the end of a login
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-call.h"

#include <string.h>

#define GET_ME      "SELECT name, email, created_ms FROM users WHERE id = ?1"
#define PERSONAL    "SELECT id FROM workspaces WHERE personal_of = ?1 AND deleted_ms IS NULL"
#define RENAME_ME   "UPDATE users SET name = ?1 WHERE id = ?2"

static void
answer_me (WeftRelayCall *call,
           WeftRelaySql  *sql)
{
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, GET_ME, "s", call->user);
  g_autoptr(WeftRelayRows) personal = weft_relay_sql_query (sql, PERSONAL, "s", call->user);
  g_autoptr(JsonBuilder) builder = json_builder_new ();
  gboolean person = weft_relay_rows_get_n (rows) > 0;

  json_builder_begin_object (builder);
  weft_relay_json_add_string (builder, "id", call->user);
  weft_relay_json_add_string (builder, "name", person ? weft_relay_rows_get_text (rows, 0, 0) : call->name);
  weft_relay_json_add_string (builder, "email", person ? weft_relay_rows_get_text (rows, 0, 1) : NULL);
  weft_relay_json_add_time (builder, "created_at", person ? weft_relay_rows_get_int64 (rows, 0, 2) : 0);
  weft_relay_json_add_string (builder, "personal_workspace_id",
                              weft_relay_rows_get_n (personal) > 0 ? weft_relay_rows_get_text (personal, 0, 0) : NULL);
  weft_relay_json_add_string (builder, "device_id", call->device);
  json_builder_end_object (builder);
  weft_relay_call_answer (call, 200, json_builder_get_root (builder));
}

static void
rename_me (WeftRelayCall *call,
           WeftRelaySql  *sql)
{
  const char *name = weft_relay_call_get_string (call, "name");

  if (!weft_relay_accounts_is_name (name))
    {
      weft_relay_call_refuse (call, 400, "“name” must be a string of 1 to 200 characters.");
      return;
    }

  weft_relay_sql_run (sql, RENAME_ME, "ss", name, call->user);
  answer_me (call, sql);
}

/* A refresh token from the body, which devices send, or from the cookie, which browsers do. */
static const char *
get_refresh_token (WeftRelayCall *call,
                   gboolean      *in_cookie)
{
  const char *token = weft_relay_call_get_string (call, "refresh_token");

  *in_cookie = token == NULL && call->cookie != NULL;
  return token != NULL ? token : call->cookie;
}

static gboolean
is_request_id (const char *text)
{
  gsize length = strlen (text);

  return length >= WEFT_RELAY_REQUEST_ID_MIN && length <= WEFT_RELAY_REQUEST_ID_MAX;
}

static void
refresh (WeftRelayCall *call,
         WeftRelaySql  *sql)
{
  gboolean in_cookie;
  const char *token = get_refresh_token (call, &in_cookie);
  const char *request_id = weft_relay_call_get_string (call, "request_id");
  g_autoptr(WeftRelayDevice) device = NULL;
  g_autoptr(JsonBuilder) builder = NULL;

  if (token == NULL || (request_id != NULL && !is_request_id (request_id)))
    {
      weft_relay_call_refuse (call, token == NULL ? 401 : 400,
                              token == NULL ? "Sign in first: there is no refresh token."
                                            : "“request_id” must be random, of 22 to 128 characters.");
      return;
    }

  switch (weft_relay_devices_refresh (sql, token, request_id, call->now_ms, &device))
    {
    case WEFT_RELAY_REFRESH_DONE:
      builder = json_builder_new ();
      json_builder_begin_object (builder);
      weft_relay_call_add_tokens (call, sql, builder, device, in_cookie);
      json_builder_end_object (builder);
      weft_relay_call_answer (call, 200, json_builder_get_root (builder));
      return;
    case WEFT_RELAY_REFRESH_REUSED:
      g_message ("a refresh token of user %s was used twice: that device is signed out", device->user);
      weft_relay_call_recheck (call, device->user);
      call->keep = TRUE;
      break;
    case WEFT_RELAY_REFRESH_REFUSED:
      call->guessed = TRUE;
      break;
    }

  call->new_cookie = in_cookie ? g_strdup ("") : NULL;
  weft_relay_call_refuse (call, 401, "Sign in again: this refresh token is not good (any more).");
}

static void
logout (WeftRelayCall *call,
        WeftRelaySql  *sql)
{
  gboolean in_cookie;
  const char *token = get_refresh_token (call, &in_cookie);
  g_autofree char *device = token != NULL ? weft_relay_devices_dup_of_token (sql, token) : g_strdup (call->device);

  /* What was signed out already is as good as signed out: nothing to tell. */
  if (device != NULL)
    {
      g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, "SELECT user_id FROM devices WHERE id = ?1", "s", device);

      weft_relay_devices_revoke (sql, device, call->now_ms);
      if (weft_relay_rows_get_n (rows) > 0)
        weft_relay_call_recheck (call, weft_relay_rows_get_text (rows, 0, 0));
    }

  call->new_cookie = g_strdup ("");
  weft_relay_call_answer_empty (call);
}

const WeftRelayEndpoint weft_relay_auth_endpoints[] = {
  { "GET", "/api/auth/me", WEFT_RELAY_CALL_TOKEN, FALSE, answer_me },
  { "PATCH", "/api/auth/me", WEFT_RELAY_CALL_PERSON, TRUE, rename_me },
  { "POST", "/api/auth/refresh", WEFT_RELAY_CALL_ANYBODY, FALSE, refresh },
  { "POST", "/api/auth/logout", WEFT_RELAY_CALL_ANYBODY, FALSE, logout },
  { NULL },
};
