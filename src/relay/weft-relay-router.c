/* weft-relay-router.c - which function answers which request
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-router.h"

#include <string.h>

/* The "method" of a dialect's routes. */
#define METHOD_WEBSOCKET "WEBSOCKET"

typedef struct
{
  const char             *method;
  const char             *path;
  gsize                   max_body;
  WeftRelayRouteFunc      func;
  gpointer                user_data;
  const WeftRelayDialect *dialect;
} Route;

struct _WeftRelayRouter
{
  GArray *routes; /* of Route, the more special first */
};

WeftRelayRouter *
weft_relay_router_new (void)
{
  WeftRelayRouter *self = g_new0 (WeftRelayRouter, 1);

  self->routes = g_array_new (FALSE, FALSE, sizeof (Route));
  return self;
}

void
weft_relay_router_free (WeftRelayRouter *self)
{
  g_array_unref (self->routes);
  g_free (self);
}

/* Orders paths so that of several that match the most special comes first: a letter before `:` before `*`. */
static int
compare_paths (const char *a,
               const char *b)
{
  while (*a != '\0' && *a == *b)
    {
      a++;
      b++;
    }

  if ((*a == '*') != (*b == '*'))
    return *a == '*' ? 1 : -1;
  if ((*a == ':') != (*b == ':'))
    return *a == ':' ? 1 : -1;
  return strcmp (a, b);
}

static int
compare_routes (gconstpointer a,
                gconstpointer b)
{
  return compare_paths (((const Route *) a)->path, ((const Route *) b)->path);
}

static void
add_route (WeftRelayRouter *self,
           const Route     *route)
{
  g_return_if_fail (*route->path == '/');

  g_array_append_val (self->routes, *route);
  g_array_sort (self->routes, compare_routes);
}

void
weft_relay_router_add_large (WeftRelayRouter   *self,
                             const char        *method,
                             const char        *path,
                             gsize              max_body,
                             WeftRelayRouteFunc func,
                             gpointer           user_data)
{
  const Route route = { method, path, max_body, func, user_data, NULL };

  add_route (self, &route);
}

void
weft_relay_router_add (WeftRelayRouter   *self,
                       const char        *method,
                       const char        *path,
                       WeftRelayRouteFunc func,
                       gpointer           user_data)
{
  weft_relay_router_add_large (self, method, path, 0, func, user_data);
}

void
weft_relay_router_add_dialect (WeftRelayRouter        *self,
                               const char             *path,
                               const WeftRelayDialect *dialect)
{
  const Route route = { METHOD_WEBSOCKET, path, 0, NULL, NULL, dialect };

  add_route (self, &route);
}

/* Matches one segment of each, moving both behind it; sets the parameter in @request (nullable). */
static gboolean
match_segment (const char      **pattern,
               const char      **path,
               WeftRelayRequest *request)
{
  gsize n_pattern = strcspn (*pattern, "/");
  gsize n_path = strcspn (*path, "/");

  if (**pattern == ':')
    {
      g_autofree char *name = g_strndup (*pattern + 1, n_pattern - 1);
      g_autofree char *raw = g_strndup (*path, n_path);
      g_autofree char *value = g_uri_unescape_string (raw, NULL);

      if (n_path == 0 || value == NULL || !g_utf8_validate (value, -1, NULL))
        return FALSE;
      if (request != NULL)
        weft_relay_request_set_param (request, name, value);
    }
  else if (n_pattern != n_path || memcmp (*pattern, *path, n_path) != 0)
    {
      return FALSE;
    }

  *pattern += n_pattern;
  *path += n_path;
  return TRUE;
}

static gboolean
match_path (const char       *pattern,
            const char       *path,
            WeftRelayRequest *request)
{
  while (*pattern == '/' && *path == '/')
    {
      pattern++;
      path++;

      if (*pattern == '*')
        {
          if (request != NULL)
            weft_relay_request_set_param (request, pattern + 1, path);
          return TRUE;
        }
      if (!match_segment (&pattern, &path, request))
        return FALSE;
    }

  return *pattern == '\0' && *path == '\0';
}

static const Route *
find_route (WeftRelayRouter *self,
            const char      *method,
            const char      *path)
{
  if (g_str_equal (method, "HEAD"))
    method = "GET";

  for (guint i = 0; i < self->routes->len; i++)
    {
      const Route *route = &g_array_index (self->routes, Route, i);

      if (g_str_equal (route->method, method) && match_path (route->path, path, NULL))
        return route;
    }

  return NULL;
}

/* The methods that @path has, for Allow; %NULL: none. */
static char *
list_methods (WeftRelayRouter *self,
              const char      *path)
{
  g_autoptr(GPtrArray) methods = g_ptr_array_new ();

  for (guint i = 0; i < self->routes->len; i++)
    {
      const Route *route = &g_array_index (self->routes, Route, i);

      if (route->func != NULL && match_path (route->path, path, NULL) &&
          !g_ptr_array_find_with_equal_func (methods, route->method, g_str_equal, NULL))
        g_ptr_array_add (methods, (gpointer) route->method);
    }

  if (methods->len == 0)
    return NULL;
  g_ptr_array_add (methods, NULL);
  return g_strjoinv (", ", (char **) methods->pdata);
}

void
weft_relay_router_dispatch (WeftRelayRouter  *self,
                            WeftRelayRequest *request)
{
  const char *path = weft_relay_request_get_path (request);
  const Route *route = find_route (self, weft_relay_request_get_method (request), path);
  g_autofree char *allow = NULL;

  if (route != NULL)
    {
      match_path (route->path, path, request);
      route->func (request, route->user_data);
      return;
    }

  allow = list_methods (self, path);
  if (allow == NULL)
    {
      weft_relay_request_reply_problem (request, SOUP_STATUS_NOT_FOUND, "There is nothing at this path.");
      return;
    }

  weft_relay_request_set_header (request, "Allow", allow);
  weft_relay_request_reply_problem (request, SOUP_STATUS_METHOD_NOT_ALLOWED, "Only %s is understood here.", allow);
}

gsize
weft_relay_router_get_max_body (WeftRelayRouter *self,
                                const char      *method,
                                const char      *path)
{
  const Route *route = find_route (self, method, path);

  return route != NULL ? route->max_body : 0;
}

const WeftRelayDialect *
weft_relay_router_find_dialect (WeftRelayRouter  *self,
                                WeftRelayRequest *request)
{
  const char *path = weft_relay_request_get_path (request);
  const Route *route = find_route (self, METHOD_WEBSOCKET, path);

  if (route == NULL)
    return NULL;

  match_path (route->path, path, request);
  return route->dialect;
}

char *
weft_relay_router_to_text (WeftRelayRouter *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->routes->len; i++)
    {
      const Route *route = &g_array_index (self->routes, Route, i);

      g_string_append_printf (text, "%s %s\n", route->dialect != NULL ? "WS" : route->method, route->path);
    }

  return g_string_free (text, FALSE);
}
