/* weft-relay-status.c - how the relay is: /health, /metrics and the front page
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-status.h"

#include <string.h>

#include "relay/weft-relay-metrics.h"
#include "relay/weft-relay-mirror.h"
#include "relay/weft-relay.h"

/* After this long without a commit, /health stores something to know whether it can. */
#define PROBE_AFTER_US (5 * G_USEC_PER_SEC)

/* How long it waits for that. */
#define PROBE_MS 3000

struct _WeftRelayStatus
{
  WeftRelay          *relay;
  WeftRelayStorePort *port;
  GQueue              asking;     /* of WeftRelayRequest: wait for the probe */
  guint               late_source;
  gboolean            probing;
  guint64             n_commits;  /* when it was looked last */
  gint64              known_us;   /* when it was known to store last */
};

static JsonNode *
describe_health (WeftRelayStatus *self,
                 gboolean         stores)
{
  const char *word = stores ? "ok" : "failing";
  g_autoptr(JsonObject) object = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  WeftRelayBus *bus = weft_relay_get_bus (self->relay);
  WeftRelayMirror *mirror = weft_relay_get_mirror (self->relay);
  WeftRelayCounters counters;

  weft_relay_pool_get_counters (weft_relay_get_pool (self->relay), &counters);
  json_object_set_string_member (object, "status", word);
  json_object_set_string_member (object, "db", word);
  json_object_set_string_member (object, "redis", bus == NULL ? "off" : weft_relay_bus_is_up (bus) ? "ok" : "failing");
  if (mirror != NULL)
    json_object_set_string_member (object, "mirror", weft_relay_mirror_describe (mirror));
  json_object_set_int_member (object, "connections", (gint64) counters.n_connections);
  json_object_set_int_member (object, "rooms", (gint64) counters.n_rooms);
  json_node_set_object (node, object);
  return node;
}

static void
answer_health (WeftRelayStatus  *self,
               WeftRelayRequest *request,
               gboolean          late)
{
  g_autofree char *trouble = weft_relay_store_dup_trouble (weft_relay_get_store (self->relay));
  gboolean stores = trouble == NULL && !late;

  weft_relay_request_reply_json (request, stores ? SOUP_STATUS_OK : SOUP_STATUS_SERVICE_UNAVAILABLE,
                                 describe_health (self, stores));
}

static void
answer_all (WeftRelayStatus *self,
            gboolean         late)
{
  WeftRelayRequest *request;

  g_clear_handle_id (&self->late_source, g_source_remove);
  while ((request = g_queue_pop_head (&self->asking)) != NULL)
    {
      answer_health (self, request, late);
      weft_relay_request_release (request);
    }
}

static void
probed_cb (guint64       version,
           const GError *error,
           gpointer      user_data)
{
  WeftRelayStatus *self = user_data;

  self->probing = FALSE;
  if (error == NULL)
    self->known_us = g_get_monotonic_time ();
  answer_all (self, FALSE);
}

/* A disk that does not answer is no place to store things. */
static gboolean
late_cb (gpointer user_data)
{
  WeftRelayStatus *self = user_data;

  self->late_source = 0;
  answer_all (self, TRUE);
  return G_SOURCE_REMOVE;
}

/* Whether something was stored a moment ago. */
static gboolean
is_known (WeftRelayStatus *self)
{
  WeftRelayStoreCounters counters;

  weft_relay_store_get_counters (weft_relay_get_store (self->relay), &counters);
  if (counters.n_commits != self->n_commits)
    self->known_us = g_get_monotonic_time ();
  self->n_commits = counters.n_commits;
  return self->known_us != 0 && g_get_monotonic_time () - self->known_us < PROBE_AFTER_US;
}

static void
health_cb (WeftRelayRequest *request,
           gpointer          user_data)
{
  WeftRelayStatus *self = user_data;

  if (is_known (self))
    {
      answer_health (self, request, FALSE);
      return;
    }

  weft_relay_request_hold (request);
  g_queue_push_tail (&self->asking, request);
  if (self->late_source == 0)
    self->late_source = g_timeout_add (PROBE_MS, late_cb, self);
  if (!self->probing)
    weft_relay_store_probe (self->port, probed_cb, self);
  self->probing = TRUE;
}

static void
metrics_cb (WeftRelayRequest *request,
            gpointer          user_data)
{
  WeftRelayStatus *self = user_data;
  char *text = weft_relay_metrics_to_text (self->relay);
  g_autoptr(GBytes) body = g_bytes_new_take (text, strlen (text));

  weft_relay_request_reply (request, SOUP_STATUS_OK, "text/plain; version=0.0.4; charset=utf-8", body);
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
  self->port = weft_relay_store_open_port (weft_relay_get_store (relay));
  weft_relay_router_add (router, "GET", "/", front_page_cb, self);
  weft_relay_router_add (router, "GET", "/health", health_cb, self);
  weft_relay_router_add (router, "GET", "/metrics", metrics_cb, self);
  return self;
}

void
weft_relay_status_free (WeftRelayStatus *self)
{
  answer_all (self, TRUE);
  weft_relay_store_port_close (self->port);
  g_free (self);
}
