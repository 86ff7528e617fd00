/* weft-g-provider.c - keeps a document in step with a room of a y-websocket relay
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "weft-g-provider.h"

#include "weft-g-private.h"

#include "sync/weft-sync-client.h"

struct _WeftGProvider
{
  GObject         parent_instance;

  /* Owned */
  WeftGDocument  *document;
  WeftGAwareness *awareness;
  WeftSyncClient *client;

  gboolean        started;
  /* The relay took everything that was sent before it was last asked. */
  gboolean        settled;
};

/**
 * WeftGProvider:
 *
 * Keeps a document and its awareness in step with a room of a relay that speaks y-websocket: `weft --relay`,
 * `@y/websocket-server`, Hocuspocus and others.
 *
 * It works in the thread-default main context of the thread that made it, which must run: by the program's main loop,
 * or by weft_g_provider_sync(). It connects again by itself. What it applies has the origin `provider`.
 */
G_DEFINE_FINAL_TYPE (WeftGProvider, weft_g_provider, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_SYNCED,
  PROP_ERROR_MESSAGE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
update_cb (WeftGDocument *document,
           GBytes        *update,
           const char    *origin,
           gboolean       local,
           WeftGProvider *self)
{
  if (local)
    {
      self->settled = FALSE;
      weft_sync_client_send_update (self->client, update);
    }
}

static void
local_changed_cb (WeftGProvider *self)
{
  weft_sync_client_send_awareness (self->client);
}

static void
state_cb (WeftGProvider *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SYNCED]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_MESSAGE]);
}

static void
settled_cb (WeftGProvider *self)
{
  self->settled = TRUE;
}

static void
weft_g_provider_dispose (GObject *object)
{
  WeftGProvider *self = WEFT_G_PROVIDER (object);

  if (self->client != NULL)
    {
      weft_sync_client_stop (self->client);
      g_signal_handlers_disconnect_by_data (self->client, self);
      g_signal_handlers_disconnect_by_data (self->document, self);
      g_signal_handlers_disconnect_by_data (self->awareness, self);
    }
  g_clear_object (&self->client);
  g_clear_object (&self->awareness);
  g_clear_object (&self->document);

  G_OBJECT_CLASS (weft_g_provider_parent_class)->dispose (object);
}

static void
weft_g_provider_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  WeftGProvider *self = WEFT_G_PROVIDER (object);

  switch (prop_id)
    {
    case PROP_SYNCED:
      g_value_set_boolean (value, weft_g_provider_get_synced (self));
      break;
    case PROP_ERROR_MESSAGE:
      g_value_set_string (value, weft_g_provider_get_error_message (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_g_provider_class_init (WeftGProviderClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = weft_g_provider_dispose;
  object_class->get_property = weft_g_provider_get_property;

  properties[PROP_SYNCED] = g_param_spec_boolean ("synced", NULL, NULL, FALSE,
                                                  G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_ERROR_MESSAGE] = g_param_spec_string ("error-message", NULL, NULL, NULL,
                                                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
weft_g_provider_init (WeftGProvider *self)
{
}

/**
 * weft_g_provider_new:
 * @relay: the address of a relay: `ws://localhost:4444`, `wss://example.org/path`
 * @room: the name of the room
 * @document: what is kept in step with it
 * @error: return location for an error: @relay is no address
 *
 * Returns: (transfer full): a provider that is not connected yet; see weft_g_provider_start() and
 *   weft_g_provider_sync()
 */
WeftGProvider *
weft_g_provider_new (const char    *relay,
                     const char    *room,
                     WeftGDocument *document,
                     GError       **error)
{
  WeftGProvider *self;
  g_autofree char *address = NULL;

  g_return_val_if_fail (relay != NULL && room != NULL && WEFT_G_IS_DOCUMENT (document), NULL);

  address = weft_relay_address_parse (relay, NULL, error);
  if (address == NULL)
    return NULL;

  self = g_object_new (WEFT_G_TYPE_PROVIDER, NULL);
  self->document = g_object_ref (document);
  self->awareness = weft_g_awareness_new (document);
  self->client = weft_sync_client_new (address, room, weft_g_document_get_doc (document),
                                       weft_g_awareness_get_engine (self->awareness));
  weft_g_document_name_origin (document, self->client, "provider");
  g_signal_connect (document, "update", G_CALLBACK (update_cb), self);
  g_signal_connect_swapped (self->awareness, "local-changed", G_CALLBACK (local_changed_cb), self);
  g_signal_connect_swapped (self->client, "notify::state", G_CALLBACK (state_cb), self);
  g_signal_connect_swapped (self->client, "settled", G_CALLBACK (settled_cb), self);

  return self;
}

/**
 * weft_g_provider_get_document:
 * @self: a provider
 *
 * Returns: (transfer none): the document
 */
WeftGDocument *
weft_g_provider_get_document (WeftGProvider *self)
{
  g_return_val_if_fail (WEFT_G_IS_PROVIDER (self), NULL);

  return self->document;
}

/**
 * weft_g_provider_get_awareness:
 * @self: a provider
 *
 * Returns: (transfer none): who is in the room
 */
WeftGAwareness *
weft_g_provider_get_awareness (WeftGProvider *self)
{
  g_return_val_if_fail (WEFT_G_IS_PROVIDER (self), NULL);

  return self->awareness;
}

/**
 * weft_g_provider_get_room:
 * @self: a provider
 *
 * Returns: the name of the room
 */
const char *
weft_g_provider_get_room (WeftGProvider *self)
{
  g_return_val_if_fail (WEFT_G_IS_PROVIDER (self), NULL);

  return weft_sync_client_get_room (self->client);
}

/**
 * weft_g_provider_get_synced: (get-property synced)
 * @self: a provider
 *
 * Returns: whether the document has what the relay had, and what is edited is sent at once
 */
gboolean
weft_g_provider_get_synced (WeftGProvider *self)
{
  g_return_val_if_fail (WEFT_G_IS_PROVIDER (self), FALSE);

  return self->client != NULL && weft_sync_client_get_state (self->client) == WEFT_SYNC_CLIENT_SYNCED;
}

/**
 * weft_g_provider_get_error_message: (get-property error-message)
 * @self: a provider
 *
 * Returns: (nullable): a sentence about the last trouble; %NULL where there is none
 */
const char *
weft_g_provider_get_error_message (WeftGProvider *self)
{
  g_return_val_if_fail (WEFT_G_IS_PROVIDER (self), NULL);

  return self->client != NULL ? weft_sync_client_get_error_message (self->client) : NULL;
}

/**
 * weft_g_provider_set_token:
 * @self: a provider
 * @token: (nullable): sent to the relay as the header `Authorization: Bearer`
 */
void
weft_g_provider_set_token (WeftGProvider *self,
                           const char    *token)
{
  g_return_if_fail (WEFT_G_IS_PROVIDER (self));

  weft_sync_client_set_token (self->client, token);
}

/**
 * weft_g_provider_start:
 * @self: a provider
 *
 * Stays connected from now on. Also wakes one that waits, or was denied.
 */
void
weft_g_provider_start (WeftGProvider *self)
{
  g_return_if_fail (WEFT_G_IS_PROVIDER (self));

  self->started = TRUE;
  weft_sync_client_start (self->client);
}

/**
 * weft_g_provider_stop:
 * @self: a provider
 *
 * Says goodbye to the others in the room and hangs up.
 */
void
weft_g_provider_stop (WeftGProvider *self)
{
  g_return_if_fail (WEFT_G_IS_PROVIDER (self));

  self->started = FALSE;
  weft_sync_client_stop (self->client);
}

static gboolean
timeout_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;

  return G_SOURCE_CONTINUE;
}

/**
 * weft_g_provider_sync:
 * @self: a provider
 * @timeout_ms: how long to wait at most; 0 for ever
 * @error: return location for an error: %G_IO_ERROR_TIMED_OUT, or %G_IO_ERROR_PERMISSION_DENIED where the relay does
 *   not let us in
 *
 * Waits until the document has what the relay had, and the relay what the document had; starts if need be. Runs the
 * thread-default main context meanwhile: for programs without a main loop.
 *
 * Returns: whether both have everything
 */
gboolean
weft_g_provider_sync (WeftGProvider *self,
                      guint          timeout_ms,
                      GError       **error)
{
  GMainContext *context = g_main_context_get_thread_default ();
  g_autoptr(GSource) timer = NULL;
  g_autoptr(WeftGProvider) keep = NULL;
  gboolean late = FALSE, asked = FALSE;

  g_return_val_if_fail (WEFT_G_IS_PROVIDER (self), FALSE);

  keep = g_object_ref (self);
  if (timeout_ms > 0)
    {
      timer = g_timeout_source_new (timeout_ms);
      g_source_set_callback (timer, timeout_cb, &late, NULL);
      g_source_attach (timer, context);
    }
  if (!self->started)
    weft_g_provider_start (self);

  self->settled = FALSE;
  while (!late && !self->settled && weft_sync_client_get_state (self->client) != WEFT_SYNC_CLIENT_DENIED)
    {
      if (!weft_g_provider_get_synced (self))
        {
          asked = FALSE;
        }
      else if (!asked)
        {
          weft_sync_client_settle (self->client);
          asked = TRUE;
          if (self->settled)
            break;
        }
      g_main_context_iteration (context, TRUE);
    }
  if (timer != NULL)
    g_source_destroy (timer);

  if (self->settled)
    return TRUE;
  if (late)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "The relay did not answer in time%s%s",
                 weft_g_provider_get_error_message (self) != NULL ? ": " : "",
                 weft_g_provider_get_error_message (self) != NULL ? weft_g_provider_get_error_message (self) : "");
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "%s",
                 weft_g_provider_get_error_message (self) != NULL ? weft_g_provider_get_error_message (self)
                                                                  : "The relay does not let us in");

  return FALSE;
}
