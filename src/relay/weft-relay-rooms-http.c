/* weft-relay-rooms-http.c - GET /api/rooms: which rooms there are, for who may enter all of them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-rooms-http.h"

#define LIST "SELECT name, version FROM rooms WHERE name > ?1 ORDER BY name LIMIT ?2"

struct _WeftRelayRoomsHttp
{
  WeftRelay          *relay;
  WeftRelayAuth      *auth;
  WeftRelayStorePort *port;
};

typedef struct
{
  WeftRelayRoomsHttp *rooms;
  WeftRelayRequest   *request; /* held */
  char               *token;   /* nullable */
  char               *after;
  gint64              limit;
  WeftRelayRows      *rows;
} Job;

/* Ends @self; the request was answered. */
static void
job_end (Job *self)
{
  weft_relay_request_release (self->request);
  g_clear_pointer (&self->rows, weft_relay_rows_free);
  g_free (self->token);
  g_free (self->after);
  g_free (self);
}

/* On the store's thread. */
static gboolean
list_work (WeftRelaySql *sql,
           gpointer      data)
{
  Job *self = data;

  self->rows = weft_relay_sql_query (sql, LIST, "si", self->after, self->limit);
  return FALSE;
}

static void
listed_cb (const GError *error,
           gpointer      data)
{
  Job *self = data;
  g_autoptr(JsonBuilder) builder = json_builder_new ();
  guint n = self->rows != NULL ? weft_relay_rows_get_n (self->rows) : 0;

  if (error != NULL)
    {
      weft_relay_request_reply_problem (self->request, 503, "It cannot be read now; try again later.");
      job_end (self);
      return;
    }

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "rooms");
  json_builder_begin_array (builder);
  for (guint i = 0; i < n; i++)
    {
      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "room");
      json_builder_add_string_value (builder, weft_relay_rows_get_text (self->rows, i, 0));
      json_builder_set_member_name (builder, "version");
      json_builder_add_int_value (builder, weft_relay_rows_get_int64 (self->rows, i, 1));
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  /* Where to go on; null: that was all. */
  json_builder_set_member_name (builder, "next");
  if ((gint64) n == self->limit)
    json_builder_add_string_value (builder, weft_relay_rows_get_text (self->rows, n - 1, 0));
  else
    json_builder_add_null_value (builder);
  json_builder_end_object (builder);
  weft_relay_request_reply_json (self->request, 200, json_builder_get_root (builder));
  job_end (self);
}

static void
granted_cb (WeftRelayGrant *grant,
            const GError   *error,
            gpointer        user_data)
{
  Job *self = user_data;

  if (grant != NULL && grant->everywhere)
    {
      weft_relay_store_run (self->rooms->port, list_work, listed_cb, self, NULL);
      return;
    }

  if (grant != NULL)
    weft_relay_request_reply_problem (self->request, 403, "That needs a token for all rooms (weft --relay --issue-token=NAME "
                                      "--token-everywhere).");
  else
    weft_relay_request_reply_error (self->request, error);
  job_end (self);
}

static void
list_cb (WeftRelayRequest *request,
         gpointer          user_data)
{
  WeftRelayRoomsHttp *self = user_data;
  const char *limit = weft_relay_request_get_query (request, "limit");
  const char *after = weft_relay_request_get_query (request, "after");
  gint64 number = WEFT_RELAY_ROOMS_PAGE;
  WeftRelayCredentials credentials;
  Job *job;

  if (limit != NULL && !g_ascii_string_to_signed (limit, 10, 1, WEFT_RELAY_ROOMS_PAGE, &number, NULL))
    {
      weft_relay_request_reply_problem (request, 400, "“limit” must be a number from 1 to %d.", WEFT_RELAY_ROOMS_PAGE);
      return;
    }
  if (!weft_relay_request_is_origin_allowed (request, weft_relay_get_config (self->relay)->origins))
    {
      weft_relay_request_reply_problem (request, 403, "Pages of this origin may not do that (--origins).");
      return;
    }

  job = g_new0 (Job, 1);
  job->rooms = self;
  job->request = request;
  job->token = weft_relay_request_dup_token (request);
  job->after = g_strdup (after != NULL ? after : "");
  job->limit = number;
  weft_relay_request_hold (request);
  credentials = (WeftRelayCredentials){ job->token, weft_relay_request_get_address (request) };
  weft_relay_auth_check (self->auth, &credentials, NULL, granted_cb, job);
}

WeftRelayRoomsHttp *
weft_relay_rooms_http_new (WeftRelay     *relay,
                           WeftRelayAuth *auth)
{
  WeftRelayRoomsHttp *self = g_new0 (WeftRelayRoomsHttp, 1);

  self->relay = relay;
  self->auth = auth;
  self->port = weft_relay_store_open_port (weft_relay_get_store (relay));
  weft_relay_router_add (weft_relay_get_router (relay), "GET", "/api/rooms", list_cb, self);
  return self;
}

void
weft_relay_rooms_http_free (WeftRelayRoomsHttp *self)
{
  weft_relay_store_port_close (self->port);
  g_free (self);
}
