/* weft-relay.c - the whole relay
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay.h"

#include "relay/weft-relay-api.h"
#include "relay/weft-relay-control.h"
#include "relay/weft-relay-dialect-hocuspocus.h"
#include "relay/weft-relay-dialect-notes.h"
#include "relay/weft-relay-dialect-patch.h"
#include "relay/weft-relay-dialect-realtime.h"
#include "relay/weft-relay-dialect-yjs.h"
#include "relay/weft-relay-downloads.h"
#include "relay/weft-relay-http.h"
#include "relay/weft-relay-mirror.h"
#include "relay/weft-relay-notes-http.h"
#include "relay/weft-relay-oidc.h"
#include "relay/weft-relay-rooms-http.h"
#include "relay/weft-relay-status.h"
#include "sync/weft-link.h"

struct _WeftRelay
{
  const WeftRelayConfig *config;
  WeftRelayStore        *store;
  WeftRelayPeople       *people; /* %NULL: it is open */
  WeftRelayApi          *api;    /* %NULL: it is open */
  WeftRelayOidc         *oidc;   /* %NULL: nobody signs in elsewhere */
  WeftRelayDownloads    *downloads;
  WeftRelayRoomsHttp    *rooms_http;
  WeftRelayMirror       *mirror; /* %NULL: it follows nobody, or does not listen yet */
  WeftRelayNoteSync     *notes;
  WeftRelayNotesHttp    *notes_http;
  WeftRelayAuth         *auth;
  WeftRelayRouter       *router;
  WeftRelayPool         *pool;
  WeftRelayBus          *bus;    /* %NULL: it is the only one */
  WeftRelayStatus       *status;
  WeftRelayControl      *control; /* %NULL where the data folder has no room for its socket */
  WeftRelayHttp         *http; /* %NULL before it listens */
};

WeftRelay *
weft_relay_new (const WeftRelayConfig *config,
                GError               **error)
{
  g_autoptr(WeftRelay) self = g_new0 (WeftRelay, 1);
  g_autoptr(GError) failure = NULL;

  self->config = config;
  self->store = weft_relay_store_open (config, error);
  if (self->store == NULL)
    return NULL;

  self->router = weft_relay_router_new ();
  if (!config->open)
    {
      self->people = weft_relay_people_new (config, self->store, error);
      if (self->people == NULL)
        return NULL;
    }
  self->auth = self->people != NULL ? weft_relay_people_new_auth (self->people) : weft_relay_auth_new_open ();
  if (config->mirror != NULL)
    {
      g_autofree char *address = weft_relay_address_parse (config->mirror, NULL, NULL);
      g_autofree char *reason = g_strdup_printf ("This relay only copies another one; write at %s", address);

      weft_relay_auth_set_read_only (self->auth, reason);
    }
  self->pool = weft_relay_pool_new (self->store, self->auth, &config->limits, config->threads, error);
  if (self->pool == NULL || !weft_relay_bus_new (config, self->store, &self->bus, error))
    return NULL;
  weft_relay_pool_set_bus (self->pool, self->bus);

  if (config->backup_every > 0 && config->database != NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                           "--backup-every is for a relay with a file; PostgreSQL is backed up by pg_dump");
      return NULL;
    }

  self->status = weft_relay_status_new (self);
  self->control = weft_relay_control_new (self, &failure);
  if (self->control == NULL)
    g_warning ("no backup can be made while the relay runs: %s", failure->message);
  self->downloads = weft_relay_downloads_new (self, self->auth);
  self->rooms_http = weft_relay_rooms_http_new (self, self->auth);
  if (self->people != NULL)
    {
      g_autoptr(GError) oidc_failure = NULL;

      self->api = weft_relay_api_new (self, self->people, error);
      if (self->api == NULL)
        return NULL;

      self->oidc = weft_relay_oidc_new (self, self->people, self->api, &oidc_failure);
      if (oidc_failure != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&oidc_failure));
          return NULL;
        }
    }
  self->notes = weft_relay_note_sync_new (self->pool, self->store);
  self->notes_http = weft_relay_notes_http_new (self, self->auth, self->notes);
  weft_relay_router_add_dialect (self->router, "/ws/sync", &weft_relay_dialect_notes);
  weft_relay_router_add_dialect (self->router, "/hocuspocus", &weft_relay_dialect_hocuspocus);
  weft_relay_router_add_dialect (self->router, "/ws/patch/*room", &weft_relay_dialect_patch);
  weft_relay_router_add_dialect (self->router, "/ws", &weft_relay_dialect_realtime);
  weft_relay_router_add_dialect (self->router, "/yjs/*room", &weft_relay_dialect_yjs);
  weft_relay_router_add_dialect (self->router, "/*room", &weft_relay_dialect_yjs);
  return g_steal_pointer (&self);
}

gboolean
weft_relay_listen (WeftRelay *self,
                   GError   **error)
{
  self->http = weft_relay_http_new (self->config, self->router, self->auth, self->pool,
                                    weft_relay_store_get_notebook_id (self->store), error);
  if (self->http != NULL && self->bus != NULL)
    weft_relay_bus_start (self->bus, self->pool);
  if (self->http != NULL && self->config->mirror != NULL)
    self->mirror = weft_relay_mirror_new (self);
  return self->http != NULL;
}

void
weft_relay_free (WeftRelay *self)
{
  g_clear_pointer (&self->mirror, weft_relay_mirror_free);
  g_clear_pointer (&self->http, weft_relay_http_free);
  g_clear_pointer (&self->control, weft_relay_control_free);
  g_clear_pointer (&self->status, weft_relay_status_free);
  g_clear_pointer (&self->oidc, weft_relay_oidc_free);
  g_clear_pointer (&self->api, weft_relay_api_free);
  g_clear_pointer (&self->downloads, weft_relay_downloads_free);
  g_clear_pointer (&self->rooms_http, weft_relay_rooms_http_free);
  if (self->bus != NULL)
    weft_relay_bus_stop (self->bus);
  g_clear_pointer (&self->notes_http, weft_relay_notes_http_free);
  g_clear_pointer (&self->pool, weft_relay_pool_free);
  g_clear_pointer (&self->bus, weft_relay_bus_free);
  g_clear_pointer (&self->notes, weft_relay_note_sync_free);
  g_clear_pointer (&self->people, weft_relay_people_free);
  g_clear_pointer (&self->store, weft_relay_store_close);
  g_clear_pointer (&self->auth, weft_relay_auth_free);
  g_clear_pointer (&self->router, weft_relay_router_free);
  g_free (self);
}

guint16
weft_relay_get_port (WeftRelay *self)
{
  GSocketAddress *address = weft_relay_get_address (self);

  return G_IS_INET_SOCKET_ADDRESS (address) ? g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)) : 0;
}

GSocketAddress *
weft_relay_get_address (WeftRelay *self)
{
  return self->http != NULL ? weft_relay_http_get_address (self->http) : NULL;
}

const WeftRelayConfig *
weft_relay_get_config (WeftRelay *self)
{
  return self->config;
}

WeftRelayStore *
weft_relay_get_store (WeftRelay *self)
{
  return self->store;
}

WeftRelayRouter *
weft_relay_get_router (WeftRelay *self)
{
  return self->router;
}

WeftRelayPool *
weft_relay_get_pool (WeftRelay *self)
{
  return self->pool;
}

WeftRelayBus *
weft_relay_get_bus (WeftRelay *self)
{
  return self->bus;
}

WeftRelayMirror *
weft_relay_get_mirror (WeftRelay *self)
{
  return self->mirror;
}

WeftRelayPeople *
weft_relay_get_people (WeftRelay *self)
{
  return self->people;
}

guint64
weft_relay_get_n_refused (WeftRelay *self,
                          guint      status)
{
  return self->http != NULL ? weft_relay_http_get_n_refused (self->http, status) : 0;
}

void
weft_relay_drain (WeftRelay *self)
{
  g_clear_pointer (&self->mirror, weft_relay_mirror_free);
  if (self->http != NULL)
    weft_relay_http_stop (self->http);
  weft_relay_pool_drain (self->pool);
}

gboolean
weft_relay_is_quiet (WeftRelay *self)
{
  return weft_relay_pool_is_quiet (self->pool);
}
