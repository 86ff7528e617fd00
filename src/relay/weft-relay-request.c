/* weft-relay-request.c - one HTTP request, and its answer
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-request.h"

#include "crdt/weft-any.h"

#include <string.h>

#include "relay/weft-relay-auth.h"

#define BEARER_HEADER      "Bearer "
#define BEARER_SUBPROTOCOL "bearer."

struct _WeftRelayRequest
{
  gatomicrefcount        ref_count;
  SoupServerMessage     *message; /* %NULL: a handshake that libsoup has not seen */
  SoupMessageHeaders    *headers;
  GUri                  *uri;
  const WeftRelayLimits *limits;
  char                  *peer;
  char                  *address;
  GHashTable            *params;
  GHashTable            *query; /* %NULL until it is asked for */
  JsonParser            *parser;
};

WeftRelayRequest *
weft_relay_request_new (SoupServerMessage     *message,
                        const WeftRelayLimits *limits,
                        const char            *peer,
                        const char            *address)
{
  WeftRelayRequest *self =
    weft_relay_request_new_handshake (soup_server_message_get_request_headers (message),
                                      soup_server_message_get_uri (message), limits, peer, address);

  self->message = g_object_ref (message);
  return self;
}

WeftRelayRequest *
weft_relay_request_new_handshake (SoupMessageHeaders    *headers,
                                  GUri                  *uri,
                                  const WeftRelayLimits *limits,
                                  const char            *peer,
                                  const char            *address)
{
  WeftRelayRequest *self = g_new0 (WeftRelayRequest, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->headers = soup_message_headers_ref (headers);
  self->uri = g_uri_ref (uri);
  self->limits = limits;
  self->peer = g_strdup (peer);
  self->address = g_strdup (address);
  return self;
}

WeftRelayRequest *
weft_relay_request_ref (WeftRelayRequest *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
weft_relay_request_unref (WeftRelayRequest *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_pointer (&self->params, g_hash_table_unref);
  g_clear_pointer (&self->query, g_hash_table_unref);
  g_clear_object (&self->parser);
  g_clear_object (&self->message);
  soup_message_headers_unref (self->headers);
  g_uri_unref (self->uri);
  g_free (self->peer);
  g_free (self->address);
  g_free (self);
}

SoupServerMessage *
weft_relay_request_get_message (WeftRelayRequest *self)
{
  return self->message;
}

const char *
weft_relay_request_get_method (WeftRelayRequest *self)
{
  return self->message != NULL ? soup_server_message_get_method (self->message) : SOUP_METHOD_GET;
}

const char *
weft_relay_request_get_path (WeftRelayRequest *self)
{
  return g_uri_get_path (self->uri);
}

const char *
weft_relay_request_get_param (WeftRelayRequest *self,
                              const char       *name)
{
  return self->params != NULL ? g_hash_table_lookup (self->params, name) : NULL;
}

void
weft_relay_request_set_param (WeftRelayRequest *self,
                              const char       *name,
                              const char       *value)
{
  if (self->params == NULL)
    self->params = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  g_hash_table_insert (self->params, g_strdup (name), g_strdup (value));
}

const char *
weft_relay_request_get_query (WeftRelayRequest *self,
                              const char       *name)
{
  const char *text = g_uri_get_query (self->uri);

  if (text == NULL)
    return NULL;
  if (self->query == NULL)
    self->query = soup_form_decode (text);

  return g_hash_table_lookup (self->query, name);
}

const char *
weft_relay_request_get_header (WeftRelayRequest *self,
                               const char       *name)
{
  return soup_message_headers_get_list (self->headers, name);
}

const char *
weft_relay_request_get_peer (WeftRelayRequest *self)
{
  return self->peer;
}

const char *
weft_relay_request_get_address (WeftRelayRequest *self)
{
  return self->address;
}

static char *
find_subprotocol_token (const char *offered)
{
  GSList *list = offered != NULL ? soup_header_parse_list (offered) : NULL;
  char *token = NULL;

  for (GSList *l = list; l != NULL && token == NULL; l = l->next)
    if (g_str_has_prefix (l->data, BEARER_SUBPROTOCOL))
      token = g_strdup ((const char *) l->data + strlen (BEARER_SUBPROTOCOL));

  soup_header_free_list (list);
  return token;
}

char *
weft_relay_request_dup_token (WeftRelayRequest *self)
{
  const char *authorization = weft_relay_request_get_header (self, "Authorization");
  g_autofree char *token = NULL;

  if (authorization != NULL && g_ascii_strncasecmp (authorization, BEARER_HEADER, strlen (BEARER_HEADER)) == 0)
    return g_strstrip (g_strdup (authorization + strlen (BEARER_HEADER)));

  token = find_subprotocol_token (weft_relay_request_get_header (self, "Sec-WebSocket-Protocol"));
  if (token != NULL)
    return g_steal_pointer (&token);

  return g_strdup (weft_relay_request_get_query (self, "token"));
}

gboolean
weft_relay_request_is_origin_allowed (WeftRelayRequest *self,
                                      const char       *allowed)
{
  const char *origin = weft_relay_request_get_header (self, "Origin");
  const char *host = weft_relay_request_get_header (self, "Host");
  const char *scheme_end = origin != NULL ? strstr (origin, "://") : NULL;
  g_auto(GStrv) list = NULL;

  if (origin == NULL)
    return TRUE;
  if (scheme_end != NULL && host != NULL && g_ascii_strcasecmp (scheme_end + strlen ("://"), host) == 0)
    return TRUE;
  if (allowed == NULL)
    return FALSE;

  list = g_strsplit (allowed, ",", -1);
  for (guint i = 0; list[i] != NULL; i++)
    if (g_str_equal (g_strstrip (list[i]), "*") || g_ascii_strcasecmp (list[i], origin) == 0)
      return TRUE;

  return FALSE;
}

GBytes *
weft_relay_request_dup_body (WeftRelayRequest *self)
{
  return soup_message_body_flatten (soup_server_message_get_request_body (self->message));
}

JsonObject *
weft_relay_request_get_json (WeftRelayRequest *self)
{
  g_autoptr(GBytes) body = weft_relay_request_dup_body (self);
  g_autoptr(GError) error = NULL;
  gsize size;
  const char *text = g_bytes_get_data (body, &size);
  JsonNode *root;

  if (self->parser == NULL)
    {
      /* The engine's reader first: json-glib takes a call for each level of nesting, whatever their number. */
      g_autoptr(WeftAny) checked = size > 0 ? weft_any_from_json (text, (gssize) size, &error) : NULL;

      self->parser = json_parser_new_immutable ();
      if (checked == NULL || !json_parser_load_from_data (self->parser, text, (gssize) size, &error))
        {
          weft_relay_request_reply_problem (self, SOUP_STATUS_BAD_REQUEST, "The body is no JSON text in UTF-8%s%s",
                                            error != NULL ? ": " : ".", error != NULL ? error->message : "");
          g_clear_object (&self->parser);
          return NULL;
        }
    }

  root = json_parser_get_root (self->parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      weft_relay_request_reply_problem (self, SOUP_STATUS_BAD_REQUEST, "The body is no JSON object.");
      return NULL;
    }

  return json_node_get_object (root);
}

void
weft_relay_request_hold (WeftRelayRequest *self)
{
  weft_relay_request_ref (self);
  soup_server_message_pause (self->message);
}

void
weft_relay_request_release (WeftRelayRequest *self)
{
  soup_server_message_unpause (self->message);
  weft_relay_request_unref (self);
}

/* --- answers --- */

/* What @status is called; libsoup does not know those of RFC 6585 and some others. */
static const char *
find_phrase (guint status)
{
  switch (status)
    {
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    default:
      return soup_status_get_phrase (status);
    }
}

void
weft_relay_request_set_header (WeftRelayRequest *self,
                               const char       *name,
                               const char       *value)
{
  if (self->message != NULL)
    soup_message_headers_replace (soup_server_message_get_response_headers (self->message), name, value);
}

void
weft_relay_request_reply (WeftRelayRequest *self,
                          guint             status,
                          const char       *content_type,
                          GBytes           *body)
{
  if (self->message == NULL)
    return;

  /* libsoup would cut a whole answer by itself, whatever If-Range says, into as many parts as are asked for. */
  soup_message_headers_remove (soup_server_message_get_request_headers (self->message), "Range");
  soup_server_message_set_status (self->message, status, find_phrase (status));
  weft_relay_request_set_header (self, "Content-Type", content_type);
  weft_relay_request_set_header (self, "X-Content-Type-Options", "nosniff");
  soup_message_body_truncate (soup_server_message_get_response_body (self->message));
  soup_message_body_append_bytes (soup_server_message_get_response_body (self->message), body);
}

void
weft_relay_request_reply_empty (WeftRelayRequest *self,
                                guint             status)
{
  if (self->message != NULL)
    soup_server_message_set_status (self->message, status, NULL);
}

void
weft_relay_request_reply_text (WeftRelayRequest *self,
                               guint             status,
                               const char       *text)
{
  g_autoptr(GBytes) body = g_bytes_new (text, strlen (text));

  weft_relay_request_reply (self, status, "text/plain; charset=utf-8", body);
}

static void
reply_node (WeftRelayRequest *self,
            guint             status,
            const char       *content_type,
            JsonNode         *node)
{
  char *text = json_to_string (node, FALSE);
  g_autoptr(GBytes) body = g_bytes_new_take (text, strlen (text));

  /* What somebody may see now is not what they may see later. */
  weft_relay_request_set_header (self, "Cache-Control", "no-store");
  weft_relay_request_reply (self, status, content_type, body);
}

void
weft_relay_request_reply_json (WeftRelayRequest *self,
                               guint             status,
                               JsonNode         *node)
{
  reply_node (self, status, "application/json", node);
  json_node_unref (node);
}

void
weft_relay_request_reply_problem (WeftRelayRequest *self,
                                  guint             status,
                                  const char       *format,
                                  ...)
{
  g_autoptr(JsonObject) problem = json_object_new ();
  g_autoptr(JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *detail = NULL;
  va_list arguments;

  va_start (arguments, format);
  detail = g_strdup_vprintf (format, arguments);
  va_end (arguments);

  json_object_set_string_member (problem, "type", "about:blank");
  json_object_set_string_member (problem, "title", find_phrase (status));
  json_object_set_int_member (problem, "status", status);
  json_object_set_string_member (problem, "detail", detail);
  json_node_set_object (node, problem);
  reply_node (self, status, "application/problem+json", node);
}

void
weft_relay_request_reply_error (WeftRelayRequest *self,
                                const GError     *error)
{
  guint status = weft_relay_auth_error_to_status (error);

  if (status == SOUP_STATUS_UNAUTHORIZED)
    weft_relay_request_set_header (self, "WWW-Authenticate", "Bearer");
  weft_relay_request_reply_problem (self, status, "%s", error->message);
}
