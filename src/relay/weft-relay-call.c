/* weft-relay-call.c - one call of the REST API, in its transaction
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-call.h"

#include <string.h>

WeftRelayCall *
weft_relay_call_new (const WeftRelayEndpoint *endpoint)
{
  WeftRelayCall *self = g_new0 (WeftRelayCall, 1);

  self->endpoint = endpoint;
  self->params = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->recheck = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
weft_relay_call_free (WeftRelayCall *self)
{
  g_hash_table_unref (self->params);
  g_clear_pointer (&self->body, json_object_unref);
  g_free (self->cookie);
  g_free (self->base_url);
  g_free (self->relay_url);
  g_free (self->user);
  g_free (self->device);
  g_free (self->issuer);
  g_free (self->subject);
  g_free (self->name);
  g_free (self->grant_workspace);
  g_clear_pointer (&self->answer, json_node_unref);
  g_free (self->problem);
  g_free (self->new_cookie);
  g_ptr_array_unref (self->recheck);
  g_free (self->read_pages);
  g_clear_pointer (&self->pages, g_ptr_array_unref);
  g_free (self->page_workspace);
  g_free (self->page);
  g_free (self->page_name);
  g_free (self);
}

static char *
dup_claim (const WeftAny *claims,
           const char    *name)
{
  const WeftAny *value = weft_any_lookup (claims, name);
  const char *text = value != NULL ? weft_any_get_string (value) : NULL;

  return text != NULL && strlen (text) == weft_any_get_string_length (value) ? g_strdup (text) : NULL;
}

void
weft_relay_call_take_claims (WeftRelayCall *self,
                             const WeftAny *claims,
                             gboolean       foreign)
{
  self->name = dup_claim (claims, "name");
  if (foreign)
    {
      self->issuer = dup_claim (claims, "iss");
      self->subject = dup_claim (claims, "sub");
      return;
    }

  self->user = dup_claim (claims, "sub");
  self->device = dup_claim (claims, "sid");
  if (weft_any_lookup (claims, "role") != NULL)
    {
      g_autofree char *role = dup_claim (claims, "role");

      self->grant_workspace = dup_claim (claims, "notebook");
      self->grant_role = weft_relay_role_from_string (role);
    }
}

gboolean
weft_relay_call_check_caller (WeftRelayCall *self,
                              WeftRelaySql  *sql)
{
  g_autofree char *name = NULL;

  if (self->issuer != NULL)
    {
      const char *called = weft_relay_accounts_is_name (self->name) ? self->name : "Somebody";

      self->user = weft_relay_accounts_find_identity (sql, self->issuer, self->subject, called, NULL, self->now_ms);
    }
  if (self->user == NULL)
    return self->endpoint->access == WEFT_RELAY_CALL_ANYBODY ||
           weft_relay_call_refuse (self, 401, "Sign in first: this needs a token.");

  name = weft_relay_accounts_dup_user_name (sql, self->user);
  if (self->device != NULL && weft_relay_devices_get_access_until (sql, self->device) == 0)
    g_clear_pointer (&name, g_free);

  if (name != NULL)
    {
      g_free (self->name);
      self->name = g_steal_pointer (&name);
      return TRUE;
    }

  /* A token that was made by --issue-token is nobody's. */
  if (self->grant_role != WEFT_RELAY_ROLE_NONE && self->endpoint->access == WEFT_RELAY_CALL_TOKEN)
    return TRUE;
  if (self->grant_role != WEFT_RELAY_ROLE_NONE && self->endpoint->access == WEFT_RELAY_CALL_PERSON)
    return weft_relay_call_refuse (self, 403, "This token is for rooms only; sign in as a person to do that.");
  if (self->endpoint->access == WEFT_RELAY_CALL_ANYBODY)
    {
      g_clear_pointer (&self->user, g_free);
      g_clear_pointer (&self->device, g_free);
      return TRUE;
    }
  return weft_relay_call_refuse (self, 401, "Sign in again: this token is no longer good.");
}

gboolean
weft_relay_call_run (WeftRelayCall *self,
                     WeftRelaySql  *sql)
{
  if (!weft_relay_call_check_caller (self, sql))
    return FALSE;

  self->endpoint->func (self, sql);
  g_assert (self->status != 0 || self->read_pages != NULL);
  if (self->status == 0)
    return FALSE;
  return self->status < 400 || self->keep;
}

const char *
weft_relay_call_get_param (WeftRelayCall *self,
                           const char    *name)
{
  return g_hash_table_lookup (self->params, name);
}

static JsonNode *
get_member (WeftRelayCall *self,
            const char    *name)
{
  JsonNode *node = self->body != NULL ? json_object_get_member (self->body, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? node : NULL;
}

const char *
weft_relay_call_get_string (WeftRelayCall *self,
                            const char    *name)
{
  JsonNode *node = get_member (self, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

gint64
weft_relay_call_get_int64 (WeftRelayCall *self,
                           const char    *name,
                           gint64         fallback)
{
  JsonNode *node = get_member (self, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_INT64 ? json_node_get_int (node) : fallback;
}

gboolean
weft_relay_call_get_flag (WeftRelayCall *self,
                          const char    *name)
{
  JsonNode *node = get_member (self, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_BOOLEAN && json_node_get_boolean (node);
}

gboolean
weft_relay_call_refuse (WeftRelayCall *self,
                        guint          status,
                        const char    *format,
                        ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_free (self->problem);
  self->problem = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  self->status = status;
  return FALSE;
}

gboolean
weft_relay_call_refuse_unknown (WeftRelayCall *self)
{
  return weft_relay_call_refuse (self, 404, "There is nothing of that id, or it is not shared with you.");
}

void
weft_relay_call_answer (WeftRelayCall *self,
                        guint          status,
                        JsonNode      *node)
{
  self->status = status;
  self->answer = node;
}

void
weft_relay_call_answer_empty (WeftRelayCall *self)
{
  self->status = 204;
}

void
weft_relay_call_recheck (WeftRelayCall *self,
                         const char    *user)
{
  g_ptr_array_add (self->recheck, g_strdup (user));
}

WeftRelayRank
weft_relay_call_get_rank (WeftRelayCall *self,
                          WeftRelaySql  *sql,
                          const char    *workspace)
{
  return self->user != NULL ? weft_relay_accounts_get_rank (sql, workspace, self->user) : WEFT_RELAY_RANK_NONE;
}

WeftRelayRole
weft_relay_call_get_role (WeftRelayCall *self,
                          WeftRelaySql  *sql,
                          const char    *workspace,
                          const char    *board,
                          gboolean       deleted)
{
  WeftRelayRole role = self->user != NULL ? weft_relay_accounts_get_role (sql, workspace, board, deleted, self->user)
                                          : WEFT_RELAY_ROLE_NONE;

  return g_strcmp0 (self->grant_workspace, workspace) == 0 ? MAX (role, self->grant_role) : role;
}

void
weft_relay_json_add_time (JsonBuilder *builder,
                          const char  *name,
                          gint64       time_ms)
{
  g_autoptr(GDateTime) seconds = g_date_time_new_from_unix_utc (time_ms / 1000);
  g_autoptr(GDateTime) time = seconds != NULL ? g_date_time_add (seconds, time_ms % 1000 * 1000) : NULL;
  g_autofree char *text = time != NULL ? g_date_time_format_iso8601 (time) : NULL;

  json_builder_set_member_name (builder, name);
  if (text != NULL && time_ms != 0)
    json_builder_add_string_value (builder, text);
  else
    json_builder_add_null_value (builder);
}

void
weft_relay_json_add_string (JsonBuilder *builder,
                            const char  *name,
                            const char  *text)
{
  json_builder_set_member_name (builder, name);
  if (text != NULL)
    json_builder_add_string_value (builder, text);
  else
    json_builder_add_null_value (builder);
}

/* A token for WEFT_RELAY_ACCESS_SECONDS. */
static char *
make_access_token (WeftRelayCall   *self,
                   WeftRelayDevice *device,
                   const char      *name)
{
  const char *relay = weft_relay_keys_get_name (self->keys);
  gint64 now_s = self->now_ms / 1000;
  g_autofree char *id = weft_relay_accounts_new_id ();
  g_autoptr(WeftAny) claims = weft_any_new_object ();

  weft_any_object_take (claims, "iss", weft_any_new_string (relay));
  weft_any_object_take (claims, "aud", weft_any_new_string (relay));
  weft_any_object_take (claims, "sub", weft_any_new_string (device->user));
  weft_any_object_take (claims, "sid", weft_any_new_string (device->id));
  weft_any_object_take (claims, "jti", weft_any_new_string (id));
  if (name != NULL)
    weft_any_object_take (claims, "name", weft_any_new_string (name));
  if (device->workspace != NULL)
    weft_any_object_take (claims, "notebook", weft_any_new_string (device->workspace));
  weft_any_object_take (claims, "iat", weft_any_new_number ((double) now_s));
  weft_any_object_take (claims, "nbf", weft_any_new_number ((double) now_s));
  weft_any_object_take (claims, "exp", weft_any_new_number ((double) (now_s + WEFT_RELAY_ACCESS_SECONDS)));
  return weft_relay_jwt_sign (weft_relay_keys_get_first (self->keys), claims);
}

void
weft_relay_call_add_tokens (WeftRelayCall   *self,
                            WeftRelaySql    *sql,
                            JsonBuilder     *builder,
                            WeftRelayDevice *device,
                            gboolean         in_cookie)
{
  g_autofree char *name = weft_relay_accounts_dup_user_name (sql, device->user);
  g_autofree char *token = make_access_token (self, device, name);

  weft_relay_devices_set_access_until (sql, device->id, self->now_ms / 1000 + WEFT_RELAY_ACCESS_SECONDS);
  weft_relay_json_add_string (builder, "access_token", token);
  weft_relay_json_add_string (builder, "token_type", "Bearer");
  json_builder_set_member_name (builder, "expires_in");
  json_builder_add_int_value (builder, WEFT_RELAY_ACCESS_SECONDS);

  /* What a page's scripts cannot read, they cannot lose. */
  if (in_cookie)
    self->new_cookie = g_strdup (device->token);
  else
    weft_relay_json_add_string (builder, "refresh_token", device->token);

  json_builder_set_member_name (builder, "user");
  json_builder_begin_object (builder);
  weft_relay_json_add_string (builder, "id", device->user);
  weft_relay_json_add_string (builder, "name", name);
  json_builder_end_object (builder);
}

/* --- members, of workspaces and of boards --- */

static void
add_member (JsonBuilder   *builder,
            WeftRelayRows *rows,
            guint          row)
{
  json_builder_begin_object (builder);
  weft_relay_json_add_string (builder, "user_id", weft_relay_rows_get_text (rows, row, 0));
  weft_relay_json_add_string (builder, "name", weft_relay_rows_get_text (rows, row, 1));
  weft_relay_json_add_string (builder, "role", weft_relay_rows_get_text (rows, row, 2));
  weft_relay_json_add_time (builder, "since", weft_relay_rows_get_int64 (rows, row, 3));
  json_builder_end_object (builder);
}

void
weft_relay_call_answer_members (WeftRelayCall *self,
                                WeftRelayRows *rows)
{
  g_autoptr(JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "members");
  json_builder_begin_array (builder);
  for (guint i = 0; i < weft_relay_rows_get_n (rows); i++)
    add_member (builder, rows, i);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  weft_relay_call_answer (self, 200, json_builder_get_root (builder));
}

void
weft_relay_call_answer_member (WeftRelayCall *self,
                               WeftRelayRows *rows)
{
  g_autoptr(JsonBuilder) builder = json_builder_new ();

  if (weft_relay_rows_get_n (rows) == 0)
    {
      weft_relay_call_refuse_unknown (self);
      return;
    }

  add_member (builder, rows, 0);
  weft_relay_call_answer (self, 200, json_builder_get_root (builder));
}
