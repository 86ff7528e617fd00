/* weft-relay-api.c - the REST API: accounts, boards, documents
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-api.h"

#include <string.h>

#include "relay/weft-relay-invite-page.h"
#include "relay/weft-relay-page-change.h"
#include "relay/weft-relay-pages.h"
#include "relay/weft-relay-permission.h"
#include "relay/weft-relay-throttle.h"

#define COOKIE      "weft_refresh"
#define COOKIE_PATH "/api/auth"

#define DAY_S (24 * 3600)

/* What a guess that failed costs, in tries. */
#define GUESS_COST 5

struct _WeftRelayApi
{
  WeftRelay           *relay;
  WeftRelayPeople     *people;
  WeftRelayStorePort  *port;
  WeftRelayThrottle   *throttle;
  WeftRelayPermission *permission;
  GPtrArray           *routes;    /* of Route */
};

typedef struct
{
  WeftRelayApi            *api;
  const WeftRelayEndpoint *endpoint;
  gboolean                 page;     /* answered as a page for browsers */
} Route;

/* A call under way. */
typedef struct
{
  WeftRelayApi     *api;
  WeftRelayRequest *request; /* held */
  WeftRelayCall    *call;
  gboolean          page;
} Job;

static void
job_free (gpointer data)
{
  Job *self = data;

  weft_relay_call_free (self->call);
  g_free (self);
}

/* --- where we are --- */

/* A host as a link may name it. */
static gboolean
is_host (const char *text)
{
  return text != NULL && *text != '\0' && strlen (text) <= 255 &&
         strspn (text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]") == strlen (text);
}

void
weft_relay_api_find_urls (WeftRelay        *relay,
                          WeftRelayRequest *request,
                          char            **base_url,
                          char            **relay_url)
{
  const WeftRelayConfig *config = weft_relay_get_config (relay);
  const char *host = weft_relay_request_get_header (request, "Host");
  const char *scheme = config->behind_proxy ? weft_relay_request_get_header (request, "X-Forwarded-Proto") : NULL;
  const char *secure = g_strcmp0 (scheme, "https") == 0 ? "s" : "";

  if (config->public_url != NULL && g_str_has_prefix (config->public_url, "ws"))
    {
      *relay_url = g_strdup (config->public_url);
      if (g_str_has_suffix (*relay_url, "/"))
        (*relay_url)[strlen (*relay_url) - 1] = '\0';
      *base_url = g_strconcat ("http", *relay_url + strlen ("ws"), NULL);
      return;
    }

  *relay_url = g_strdup_printf ("ws%s://%s", secure, is_host (host) ? host : "localhost");
  *base_url = g_strdup_printf ("http%s://%s", secure, is_host (host) ? host : "localhost");
}

/* --- answers --- */

static void
set_cookie (WeftRelayRequest *request,
            WeftRelayCall    *call)
{
  gboolean secure = call->base_url != NULL && g_str_has_prefix (call->base_url, "https:");
  g_autofree char *cookie =
    g_strdup_printf (COOKIE "=%s; Path=" COOKIE_PATH "; Max-Age=%d; HttpOnly; SameSite=Strict%s", call->new_cookie,
                     *call->new_cookie != '\0' ? WEFT_RELAY_REFRESH_DAYS * DAY_S : 0, secure ? "; Secure" : "");

  weft_relay_request_set_header (request, "Set-Cookie", cookie);
}

void
weft_relay_api_reply (WeftRelayRequest *request,
                      WeftRelayCall    *call)
{
  if (call->new_cookie != NULL)
    set_cookie (request, call);
  if (call->status == 401)
    weft_relay_request_set_header (request, "WWW-Authenticate", "Bearer");

  if (call->problem != NULL)
    weft_relay_request_reply_problem (request, call->status, "%s", call->problem);
  else if (call->answer != NULL)
    weft_relay_request_reply_json (request, call->status, g_steal_pointer (&call->answer));
  else
    weft_relay_request_reply_empty (request, call->status);
}

static void
finish (Job *job)
{
  WeftRelayRequest *request = job->request;

  /* A guess that went wrong costs more than what it was let in for; whoever is out of tries hears that next time. */
  if (job->call->guessed)
    weft_relay_throttle_take (job->api->throttle, weft_relay_request_get_address (request), GUESS_COST - 1,
                              g_get_monotonic_time () / 1000);

  if (job->page)
    weft_relay_invite_page_reply (request, job->call);
  else
    weft_relay_api_reply (request, job->call);
  weft_relay_request_release (request);
}

/* --- the end of a call --- */

static void
recheck (Job *job)
{
  for (guint i = 0; i < job->call->recheck->len; i++)
    weft_relay_pool_recheck (weft_relay_get_pool (job->api->relay), job->call->recheck->pdata[i], NULL);
}

static void
page_changed_cb (const GError *error,
                 gpointer      data)
{
  Job *job = data;

  if (error != NULL)
    weft_relay_call_refuse (job->call, 503, "The notebook could not be changed now; try again later.");
  finish (job);
  job_free (job);
}

static gboolean
work (WeftRelaySql *sql,
      gpointer      data)
{
  Job *job = data;

  return weft_relay_call_run (job->call, sql);
}

static void ran_cb (const GError *error,
                    gpointer      data);

static void
pages_cb (GPtrArray *pages,
          gpointer   data)
{
  Job *job = data;

  g_clear_pointer (&job->call->read_pages, g_free);
  job->call->pages = pages;
  if (pages != NULL)
    {
      weft_relay_store_run (job->api->port, work, ran_cb, job, NULL);
      return;
    }

  weft_relay_call_refuse (job->call, 503, "The notebook cannot be read now; try again later.");
  finish (job);
  job_free (job);
}

static void
ran_cb (const GError *error,
        gpointer      data)
{
  Job *job = data;

  if (error == NULL && job->call->status == 0)
    {
      weft_relay_pages_read (weft_relay_get_pool (job->api->relay), job->call->read_pages, pages_cb, job);
      return;
    }

  if (error != NULL)
    weft_relay_call_refuse (job->call, 503, "The relay cannot store this now; try again later.");
  else if (job->call->status < 400 || job->call->keep)
    recheck (job);

  if (job->call->status < 400 && job->call->page_change != WEFT_RELAY_PAGE_KEEP)
    {
      weft_relay_page_change_make (weft_relay_get_pool (job->api->relay), job->call, page_changed_cb, job);
      return;
    }

  finish (job);
  job_free (job);
}

/* --- the beginning of a call --- */

gboolean
weft_relay_api_take_try (WeftRelayApi     *self,
                         WeftRelayRequest *request)
{
  guint seconds = weft_relay_throttle_take (self->throttle, weft_relay_request_get_address (request), 1,
                                            g_get_monotonic_time () / 1000);
  g_autofree char *text = NULL;

  if (seconds == 0)
    return TRUE;

  text = g_strdup_printf ("%u", seconds);
  weft_relay_request_set_header (request, "Retry-After", text);
  weft_relay_request_reply_problem (request, 429, "Too many tries from this address; try again in %u s.", seconds);
  return FALSE;
}

static void
add_param_cb (gpointer key,
              gpointer value,
              gpointer user_data)
{
  g_hash_table_insert (user_data, g_strdup (key), g_strdup (value));
}

/* Parameters of the path last, so that a query cannot replace them. */
static void
take_params (WeftRelayCall    *call,
             WeftRelayRequest *request)
{
  static const char *const names[] = { "id", "user", "token" };
  const char *query = g_uri_get_query (soup_server_message_get_uri (weft_relay_request_get_message (request)));
  g_autoptr(GHashTable) values = query != NULL ? soup_form_decode (query) : NULL;

  if (values != NULL)
    g_hash_table_foreach (values, add_param_cb, call->params);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *value = weft_relay_request_get_param (request, names[i]);

      if (value != NULL)
        g_hash_table_insert (call->params, g_strdup (names[i]), g_strdup (value));
      else if (strstr (call->endpoint->path, names[i]) != NULL)
        g_hash_table_remove (call->params, names[i]);
    }
}

static char *
find_cookie (WeftRelayRequest *request)
{
  const char *header = weft_relay_request_get_header (request, "Cookie");
  g_auto(GStrv) cookies = g_strsplit (header != NULL ? header : "", ";", -1);

  for (guint i = 0; cookies[i] != NULL; i++)
    {
      const char *cookie = g_strstrip (cookies[i]);

      if (g_str_has_prefix (cookie, COOKIE "="))
        return g_strdup (cookie + strlen (COOKIE "="));
    }

  return NULL;
}

/* Only the header: a token in the address of a call would end up in the logs of proxies. */
static char *
find_token (WeftRelayRequest *request)
{
  const char *header = weft_relay_request_get_header (request, "Authorization");

  return header != NULL && g_ascii_strncasecmp (header, "Bearer ", strlen ("Bearer ")) == 0
           ? g_strstrip (g_strdup (header + strlen ("Bearer "))) : NULL;
}

static gboolean
take_caller (WeftRelayApi     *self,
             WeftRelayCall    *call,
             WeftRelayRequest *request)
{
  g_autofree char *token = find_token (request);
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftAny) claims = NULL;
  gboolean foreign;

  if (token == NULL && call->endpoint->access == WEFT_RELAY_CALL_ANYBODY)
    return TRUE;

  claims = weft_relay_people_verify (self->people, token, &foreign, &error);
  if (claims != NULL)
    weft_relay_call_take_claims (call, claims, foreign);
  else if (call->endpoint->access != WEFT_RELAY_CALL_ANYBODY)
    weft_relay_request_reply_error (request, error);
  return claims != NULL || call->endpoint->access == WEFT_RELAY_CALL_ANYBODY;
}

static gboolean
take_body (WeftRelayCall    *call,
           WeftRelayRequest *request)
{
  g_autoptr(GBytes) body = weft_relay_request_dup_body (request);
  JsonObject *object;

  if (g_bytes_get_size (body) == 0 && !call->endpoint->body)
    return TRUE;

  object = weft_relay_request_get_json (request);
  if (object == NULL)
    return FALSE;
  call->body = json_object_ref (object);
  return TRUE;
}

static void
start_job (WeftRelayApi     *self,
           WeftRelayRequest *request,
           WeftRelayCall    *call,
           gboolean          page)
{
  Job *job = g_new0 (Job, 1);

  job->api = self;
  job->request = request;
  job->call = call;
  job->page = page;
  call->now_ms = g_get_real_time () / 1000;
  call->keys = weft_relay_people_get_keys (self->people);
  if (call->base_url == NULL)
    weft_relay_api_find_urls (self->relay, request, &call->base_url, &call->relay_url);

  weft_relay_request_hold (request);
  weft_relay_store_run (self->port, work, ran_cb, job, NULL);
}

void
weft_relay_api_make_call (WeftRelayApi     *self,
                          WeftRelayRequest *request,
                          WeftRelayCall    *call)
{
  start_job (self, request, call, FALSE);
}

/* Browsers send a cookie with whatever page asked: those of other hosts are refused. */
static gboolean
is_from_elsewhere (WeftRelayApi     *self,
                   WeftRelayRequest *request)
{
  if (g_str_equal (weft_relay_request_get_method (request), "GET") ||
      weft_relay_request_is_origin_allowed (request, weft_relay_get_config (self->relay)->origins))
    return FALSE;

  weft_relay_request_reply_problem (request, 403, "Pages of this origin may not do that; the relay's option --origins lists "
                                    "those that may.");
  return TRUE;
}

static void
call_cb (WeftRelayRequest *request,
         gpointer          user_data)
{
  Route *route = user_data;
  WeftRelayApi *self = route->api;
  g_autoptr(WeftRelayCall) call = weft_relay_call_new (route->endpoint);

  if (is_from_elsewhere (self, request) ||
      (route->endpoint->access == WEFT_RELAY_CALL_ANYBODY && !weft_relay_api_take_try (self, request)))
    return;

  take_params (call, request);
  call->cookie = find_cookie (request);
  if (!take_caller (self, call, request) || !take_body (call, request))
    return;

  start_job (self, request, g_steal_pointer (&call), route->page);
}

/* --- routes --- */

static void
add_route (WeftRelayApi            *self,
           const WeftRelayEndpoint *endpoint,
           const char              *path,
           gboolean                 page)
{
  Route *route = g_new0 (Route, 1);

  route->api = self;
  route->endpoint = endpoint;
  route->page = page;
  g_ptr_array_add (self->routes, route);
  weft_relay_router_add (weft_relay_get_router (self->relay), endpoint->method, path, call_cb, route);
}

WeftRelayApi *
weft_relay_api_new (WeftRelay       *relay,
                    WeftRelayPeople *people,
                    GError         **error)
{
  static const WeftRelayEndpoint *const groups[] = {
    weft_relay_auth_endpoints, weft_relay_workspace_endpoints, weft_relay_board_endpoints, weft_relay_invite_endpoints,
  };
  const WeftRelayLimits *limits = &weft_relay_get_config (relay)->limits;
  g_autoptr(WeftRelayApi) self = g_new0 (WeftRelayApi, 1);

  self->relay = relay;
  self->people = people;
  self->port = weft_relay_store_open_port (weft_relay_get_store (relay));
  self->routes = g_ptr_array_new_with_free_func (g_free);
  self->throttle = weft_relay_throttle_new (limits->auth_burst, limits->auth_per_minute);

  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    for (const WeftRelayEndpoint *row = groups[i]; row->method != NULL; row++)
      {
        add_route (self, row, row->path, FALSE);
        if (g_str_equal (row->path, "/api/invites/:token") && g_str_equal (row->method, "GET"))
          add_route (self, row, "/invite/:token", TRUE);
      }

  self->permission = weft_relay_permission_new (relay, self, error);
  if (self->permission == NULL)
    return NULL;
  return g_steal_pointer (&self);
}

void
weft_relay_api_free (WeftRelayApi *self)
{
  g_clear_pointer (&self->permission, weft_relay_permission_free);
  weft_relay_store_port_close (self->port);
  weft_relay_throttle_free (self->throttle);
  g_ptr_array_unref (self->routes);
  g_free (self);
}
