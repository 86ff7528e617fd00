/* weft-relay-status.c - how the relay is: /health and the front page
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-status.h"

#include "relay/weft-relay.h"

struct _WeftRelayStatus
{
  WeftRelay *relay;
};

static JsonNode *
describe_health (WeftRelayStatus *self,
                 gboolean         stores)
{
  const char *word = stores ? "ok" : "failing";
  g_autoptr(JsonObject) object = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  WeftRelayCounters counters;

  weft_relay_pool_get_counters (weft_relay_get_pool (self->relay), &counters);
  json_object_set_string_member (object, "status", word);
  json_object_set_string_member (object, "db", word);
  json_object_set_string_member (object, "redis", "off");
  json_object_set_int_member (object, "connections", (gint64) counters.n_connections);
  json_object_set_int_member (object, "rooms", (gint64) counters.n_rooms);
  json_node_set_object (node, object);
  return node;
}

static void
health_cb (WeftRelayRequest *request,
           gpointer          user_data)
{
  WeftRelayStatus *self = user_data;
  g_autofree char *trouble = weft_relay_store_dup_trouble (weft_relay_get_store (self->relay));

  weft_relay_request_reply_json (request, trouble == NULL ? SOUP_STATUS_OK : SOUP_STATUS_SERVICE_UNAVAILABLE,
                                 describe_health (self, trouble == NULL));
}

static void
front_page_cb (WeftRelayRequest *request,
               gpointer          user_data)
{
  weft_relay_request_reply_text (request, SOUP_STATUS_OK,
                                 "This is a Weft relay. Rooms are WebSockets at /<room>.\n");
}

WeftRelayStatus *
weft_relay_status_new (WeftRelay *relay)
{
  WeftRelayStatus *self = g_new0 (WeftRelayStatus, 1);
  WeftRelayRouter *router = weft_relay_get_router (relay);

  self->relay = relay;
  weft_relay_router_add (router, "GET", "/", front_page_cb, self);
  weft_relay_router_add (router, "GET", "/health", health_cb, self);
  return self;
}

void
weft_relay_status_free (WeftRelayStatus *self)
{
  g_free (self);
}
