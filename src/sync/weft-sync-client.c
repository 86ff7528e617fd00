/* weft-sync-client.c - keeps one document in step with its room on a relay
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * When to connect, by which way, and what the user is told; what is said on the wire is weft-sync-session.c's. Where
 * WebSockets are off or do not get through, a poller takes the socket's place.
 *
 *     OFFLINE -- start, timer, network --> CONNECTING -- 101 --> SYNCING -- both steps --> SYNCED
 *        ^                                     |                    |                        |
 *        '------------- backoff ---------------+--------------------+------------------------'
 */

#include "config.h"

#include "sync/weft-sync-client.h"

#include <glib/gi18n-lib.h>
#include <libsoup/soup.h>

#include "sync/weft-backoff.h"
#include "sync/weft-sync-giver.h"
#include "sync/weft-sync-intake.h"
#include "sync/weft-sync-poller.h"
#include "sync/weft-sync-session.h"
#include "sync/weft-sync-socket.h"
#include "sync/weft-sync-trouble.h"
#include "weft-debug.h"

/* A connection that lived this long was a good one: the next attempt starts without delay. */
#define GOOD_CONNECTION_MS 10000

/* So many handshakes that do not get through although something is there, and it polls; and after so long it tries a
 * WebSocket again. */
#define BLOCKED_HANDSHAKES 2
#define TRY_SOCKET_MS      (10 * 60 * 1000)

#define CLOSE_BAD_MESSAGE 4500

/* A relay that lacks so many clocks is given them out of the store. */
#define MANY_CLOCKS 10000

struct _WeftSyncClient
{
  GObject                  parent_instance;

  char                    *relay;
  char                    *room;
  char                    *token;
  WeftStore               *store;
  WeftSyncKeepFunc         keep;         /* %NULL: nothing is kept */
  gpointer                 keep_data;
  WeftStateVector         *known;
  WeftStateVector         *watched; /* what is in the document, where there is none here */
  WeftDeleteSet           *watched_deletes;

  /* Borrowed */
  WeftDoc                 *doc; /* NULL: only watching */
  WeftAwareness           *awareness;

  /* While started */
  WeftSyncSession         *session;
  WeftBackoff              backoff;
  gulong                   network_handler;

  SoupSession             *http;
  WeftSyncSocket          *socket;
  WeftSyncIntake          *intake;       /* what comes, in order */
  WeftSyncGiver           *giver;        /* %NULL: the relay lacks nothing, or not much */
  WeftSyncPoller          *poller;       /* %NULL: it never polled */
  guint                    n_blocked;    /* handshakes in a row that did not get through */
  WeftSyncTrouble         *refusal;      /* what to say where polling does not work either */
  gint64                   opened_ms;
  guint                    timer;
  guint                    retry_timer;

  WeftSyncClientState            state;
  char                    *error_message;
  gboolean                 is_notice; /* changes travel all the same */
  gboolean                 too_large; /* a message of this connection was not sent: it is beyond what relays take */
  gboolean                 read_only;
  gboolean                 receipts;
  guint                    n_unsent;
  guint                    count_idle;

  /* What the session said during a call into it; told to the world afterwards, who may then stop us. */
  GPtrArray               *applied;
  gboolean                 became_synced;
  gboolean                 became_wanted;
  char                    *denial;
};

G_DEFINE_FINAL_TYPE (WeftSyncClient, weft_sync_client, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_STATE,
  PROP_ERROR_MESSAGE,
  PROP_RECEIPTS,
  PROP_READ_ONLY,
  PROP_N_UNSENT,
  N_PROPS
};

enum
{
  SYNCED,
  SETTLED,
  REMOTE_UPDATE,
  WANTED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static void connect_now (WeftSyncClient *self);
static void poll_session (WeftSyncClient *self);

static gint64
get_now_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

static gboolean
is_polling (WeftSyncClient *self)
{
  return self->poller != NULL && weft_sync_poller_is_open (self->poller);
}

static gboolean
is_connected (WeftSyncClient *self)
{
  return self->session != NULL && weft_sync_session_is_open (self->session);
}

static void
notify (WeftSyncClient *self,
        guint           property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

static void
set_state (WeftSyncClient     *self,
           WeftSyncClientState state)
{
  if (state == self->state)
    return;

  self->state = state;
  notify (self, PROP_STATE);
}

static void
set_error_message (WeftSyncClient *self,
                   const char     *message)
{
  self->is_notice = FALSE;
  if (g_strcmp0 (message, self->error_message) == 0)
    return;

  g_free (self->error_message);
  self->error_message = g_strdup (message);
  notify (self, PROP_ERROR_MESSAGE);
}

static void
set_read_only (WeftSyncClient *self,
               gboolean        read_only)
{
  if (read_only == self->read_only)
    return;

  self->read_only = read_only;
  notify (self, PROP_READ_ONLY);
}

static void
update_counts (WeftSyncClient *self)
{
  gboolean receipts = weft_sync_session_has_receipts (self->session);
  guint n_unsent = weft_sync_session_count_unsent (self->session);

  /* The session takes it for sent. */
  if (self->too_large)
    n_unsent = MAX (n_unsent, 1);

  if (receipts != self->receipts)
    {
      self->receipts = receipts;
      notify (self, PROP_RECEIPTS);
    }

  if (n_unsent != self->n_unsent)
    {
      self->n_unsent = n_unsent;
      notify (self, PROP_N_UNSENT);
    }
}

/* Disconnecting */

static void
drop_connection (WeftSyncClient *self,
                 gushort         code,
                 const char     *reason)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_pointer (&self->giver, weft_sync_giver_free);
  weft_sync_intake_clear (self->intake);
  weft_sync_socket_stop (self->socket, code, reason);
  if (self->poller != NULL)
    weft_sync_poller_stop (self->poller);
  weft_sync_session_close (self->session);
}

static gboolean
retry_cb (gpointer user_data)
{
  WeftSyncClient *self = user_data;

  self->retry_timer = 0;
  connect_now (self);
  return G_SOURCE_REMOVE;
}

/* The connection is over, or there was none. @message: (nullable): what to tell */
static void
go_offline (WeftSyncClient *self,
            const char     *message,
            guint           least_ms)
{
  guint wait_ms;

  if (is_connected (self) && get_now_ms () - self->opened_ms >= GOOD_CONNECTION_MS)
    weft_backoff_reset (&self->backoff);

  drop_connection (self, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  wait_ms = weft_backoff_next (&self->backoff, least_ms);
  if (weft_debug_has (WEFT_DEBUG_SYNC))
    g_message ("%s: offline (%s), again in %u ms", self->room,
               message != NULL ? message : "closed", wait_ms);

  g_clear_handle_id (&self->retry_timer, g_source_remove);
  self->retry_timer = g_timeout_add (wait_ms, retry_cb, self);

  if (message != NULL)
    set_error_message (self, message);
  set_state (self, WEFT_SYNC_CLIENT_OFFLINE);
}

static void
give_up (WeftSyncClient *self,
         const char     *message)
{
  drop_connection (self, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  g_clear_handle_id (&self->retry_timer, g_source_remove);
  set_error_message (self, message);
  set_state (self, WEFT_SYNC_CLIENT_DENIED);
}

static void
end (WeftSyncClient        *self,
     const WeftSyncTrouble *trouble)
{
  if (trouble->is_final)
    give_up (self, trouble->message);
  else
    go_offline (self, trouble->message, trouble->least_ms);
}

/* The session speaks */

static void
session_send_cb (GBytes   *message,
                 gpointer  user_data)
{
  WeftSyncClient *self = user_data;

  if (!is_connected (self))
    return;

  if (g_bytes_get_size (message) > WEFT_SYNC_MAX_MESSAGE)
    {
      /* The relay would hang up: stay connected, and say it. */
      self->too_large = TRUE;
      set_error_message (self, _ ("A change is too large for the relay and stays on this device"));
      return;
    }

  if (is_polling (self))
    weft_sync_poller_send (self->poller, message);
  else
    weft_sync_socket_send (self->socket, message);
}

static void
session_synced_cb (gpointer user_data)
{
  WeftSyncClient *self = user_data;

  self->became_synced = TRUE;
}

static void
session_wanted_cb (gpointer user_data)
{
  WeftSyncClient *self = user_data;

  self->became_wanted = TRUE;
}

static void
session_applied_cb (GBytes   *update,
                    gpointer  user_data)
{
  WeftSyncClient *self = user_data;

  g_ptr_array_add (self->applied, g_bytes_ref (update));
}

static void
session_denied_cb (const char *reason,
                   gpointer    user_data)
{
  WeftSyncClient *self = user_data;

  g_free (self->denial);
  self->denial = g_strdup (reason);
}

static void
tell_denial (WeftSyncClient *self,
             const char     *reason)
{
  g_autofree char *message = NULL;

  /* Translators: %s is what the relay answered */
  message = *reason != '\0'
              ? g_strdup_printf (_ ("The relay does not take changes from you: %s"), reason)
              : g_strdup (_ ("The relay does not take changes from you"));
  set_read_only (self, TRUE);
  set_error_message (self, message);
}

/* Tells what the session said. Any handler may stop the client. */
static void
deliver (WeftSyncClient *self)
{
  g_autoptr(GPtrArray) applied = g_steal_pointer (&self->applied);
  g_autofree char *denial = g_steal_pointer (&self->denial);
  gboolean became_synced = self->became_synced;
  gboolean became_wanted = self->became_wanted;

  self->became_wanted = FALSE;
  self->applied = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->became_synced = FALSE;

  for (guint i = 0; i < applied->len; i++)
    g_signal_emit (self, signals[REMOTE_UPDATE], 0, g_ptr_array_index (applied, i));

  if (denial != NULL)
    tell_denial (self, denial);

  if (became_synced && is_connected (self))
    {
      if (is_polling (self) && self->n_blocked >= BLOCKED_HANDSHAKES)
        {
          set_error_message (self,
                             _ ("WebSockets do not get through to the relay: changes travel every few seconds instead"));
          self->is_notice = TRUE;
        }
      else if (!self->read_only && !self->too_large)
        set_error_message (self, NULL);
      update_counts (self);
      set_state (self, WEFT_SYNC_CLIENT_SYNCED);
      g_signal_emit (self, signals[SYNCED], 0);
    }

  if (became_wanted)
    g_signal_emit (self, signals[WANTED], 0);
}

static void
answer (WeftSyncClient *self)
{
  weft_sync_session_answer (self->session, get_now_ms ());
  deliver (self);
  poll_session (self);
}

static void
give_cb (GBytes   *update,
         gpointer  user_data)
{
  WeftSyncClient *self = user_data;

  weft_sync_session_give (self->session, update);
  weft_sync_socket_tell_drained (self->socket);
}

static void
given_cb (const WeftStateVector *given,
          gpointer               user_data)
{
  g_autoptr(WeftSyncClient) self = g_object_ref (user_data);

  if (given != NULL)
    weft_sync_session_note_given (self->session, given);
  g_clear_pointer (&self->giver, weft_sync_giver_free);
  answer (self);
}

static void
socket_drained_cb (gpointer user_data)
{
  WeftSyncClient *self = user_data;

  if (self->giver != NULL)
    weft_sync_giver_next (self->giver);
}

/* Whether the relay is given what it lacks part by part. Where there is no document, that saves loading it. */
static gboolean
starts_giving (WeftSyncClient *self)
{
  static const WeftSyncGiverFuncs funcs = { give_cb, given_cb };
  guint64 n_lacking = weft_sync_session_count_lacking (self->session);
  const WeftStateVector *asked = weft_sync_session_get_asked (self->session);

  if (asked == NULL || n_lacking < (self->doc != NULL ? MANY_CLOCKS : 1) || !weft_sync_socket_is_open (self->socket))
    return FALSE;

  g_clear_pointer (&self->giver, weft_sync_giver_free);
  self->giver = weft_sync_giver_new (self->store, self->room, asked, &funcs, self);
  return TRUE;
}

static void
store_flushed_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr(WeftSyncClient) self = user_data;

  /* Where our disk refuses, a second copy elsewhere is all the more welcome. */
  if (weft_store_flush_finish (WEFT_STORE (object), result, NULL) && self->session != NULL && starts_giving (self))
    return;

  if (self->session != NULL)
    answer (self);
}

static gboolean
session_keep_cb (GBytes   *update,
                 gpointer  user_data)
{
  WeftSyncClient *self = user_data;

  return self->keep != NULL && self->keep (update, self->keep_data);
}

static gboolean
session_cut_cb (GBytes   *update,
                gboolean  is_answer,
                gpointer  user_data)
{
  WeftSyncClient *self = user_data;

  return g_bytes_get_size (update) >= WEFT_SYNC_LARGE_UPDATE && weft_sync_intake_cut (self->intake, update, is_answer);
}

static void
session_asked_cb (gpointer user_data)
{
  WeftSyncClient *self = user_data;

  if (self->store != NULL)
    weft_store_flush_async (self->store, NULL, store_flushed_cb, g_object_ref (self));
  else
    weft_sync_session_answer (self->session, get_now_ms ());
}

static gboolean
count_cb (gpointer user_data)
{
  WeftSyncClient *self = user_data;

  self->count_idle = 0;
  update_counts (self);
  if (weft_sync_session_is_settled (self->session))
    g_signal_emit (self, signals[SETTLED], 0);

  return G_SOURCE_REMOVE;
}

/* Many edits, one count: it walks the clients of the document. */
static void
session_counted_cb (gpointer user_data)
{
  WeftSyncClient *self = user_data;

  if (self->count_idle == 0)
    self->count_idle = g_idle_add_full (G_PRIORITY_DEFAULT, count_cb, self, NULL);
}

/* Timers */

static gboolean
timer_cb (gpointer user_data)
{
  WeftSyncClient *self = user_data;

  self->timer = 0;
  poll_session (self);
  return G_SOURCE_REMOVE;
}

static void
poll_session (WeftSyncClient *self)
{
  gint64 now_ms = get_now_ms ();
  gint64 next_ms;

  if (self->session == NULL || !is_connected (self))
    return;

  /* A poller says by itself when it is not answered. */
  if (is_polling (self) ||
      (weft_sync_session_is_silent (self->session, now_ms) && weft_sync_socket_has_received (self->socket)))
    weft_sync_session_hear (self->session, now_ms);
  if (weft_sync_session_is_silent (self->session, now_ms))
    {
      go_offline (self, _ ("The relay does not answer any more"), 0);
      return;
    }

  next_ms = weft_sync_session_poll (self->session, now_ms);
  g_clear_handle_id (&self->timer, g_source_remove);
  self->timer = g_timeout_add ((guint) CLAMP (next_ms - now_ms, 1, WEFT_SYNC_SILENCE_MS), timer_cb, self);
}

/* What a socket or a poller brings */

/* Of the intake, which gives them in order */
static void
take_message (GBytes  *message,
              gpointer owner)
{
  g_autoptr(WeftSyncClient) self = g_object_ref (owner);
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;

  if (weft_sync_session_receive (self->session, message, get_now_ms (), &error))
    {
      deliver (self);
      poll_session (self);
      return;
    }

  deliver (self);
  g_message ("%s: %s", self->room, error->message);
  /* Translators: %s says what is wrong, in English */
  text = g_strdup_printf (_ ("The relay sent something that Weft does not understand (%s)"), error->message);
  if (!is_connected (self))
    return;

  drop_connection (self, CLOSE_BAD_MESSAGE, "malformed message");
  go_offline (self, text, WEFT_SYNC_LATER_MS);
}

static void
begin (WeftSyncClient *self)
{
  self->opened_ms = get_now_ms ();
  self->too_large = FALSE;
  set_read_only (self, FALSE);
  set_state (self, WEFT_SYNC_CLIENT_SYNCING);
  weft_sync_session_open (self->session, self->opened_ms);
  poll_session (self);
}

/* The way may be free by now. */
static gboolean
try_socket_cb (gpointer user_data)
{
  WeftSyncClient *self = user_data;

  self->retry_timer = 0;
  self->n_blocked = BLOCKED_HANDSHAKES - 1;
  drop_connection (self, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  connect_now (self);
  return G_SOURCE_REMOVE;
}

static void
poller_opened_cb (gpointer user_data)
{
  WeftSyncClient *self = user_data;
  gboolean always;

  weft_sync_polling_get (&always);
  if (!always)
    self->retry_timer = g_timeout_add (TRY_SOCKET_MS, try_socket_cb, self);
  g_clear_handle_id (&self->timer, g_source_remove);
  begin (self);
}

static void
message_cb (GBytes   *message,
            gpointer  user_data)
{
  WeftSyncClient *self = user_data;

  /* What has to wait is a sign of life, too. */
  weft_sync_session_hear (self->session, get_now_ms ());
  weft_sync_intake_push (self->intake, message);
}

static void
poller_failed_cb (guint       status,
                  gboolean    from_weft,
                  const char *reason,
                  gpointer    user_data)
{
  WeftSyncClient *self = user_data;
  g_autoptr(WeftSyncTrouble) refusal = g_steal_pointer (&self->refusal);
  g_autoptr(WeftSyncTrouble) trouble = weft_sync_trouble_new_poll (self->relay, status, from_weft, reason);

  self->n_blocked = 0;
  end (self, refusal != NULL && !from_weft ? refusal : trouble);
}

/* Returns: whether a poller takes the place of a socket now */
static gboolean
start_polling (WeftSyncClient *self)
{
  static const WeftSyncPollerFuncs funcs = { poller_opened_cb, message_cb, poller_failed_cb };
  gboolean always;
  guint interval_ms = weft_sync_polling_get (&always);

  if (interval_ms == 0 || (!always && self->n_blocked < BLOCKED_HANDSHAKES))
    return FALSE;

  set_state (self, WEFT_SYNC_CLIENT_CONNECTING);
  if (self->poller == NULL)
    self->poller = weft_sync_poller_new (self->http, self->relay, self->room, &funcs, self);
  weft_sync_poller_set_token (self->poller, self->token);
  weft_sync_poller_start (self->poller, interval_ms);
  return TRUE;
}

/* Something is there, but no WebSocket came about. Returns: whether polling may do */
static gboolean
note_blocked (WeftSyncClient *self)
{
  gboolean always;

  self->n_blocked++;
  return weft_sync_polling_get (&always) > 0;
}

static void
socket_opened_cb (gpointer user_data)
{
  WeftSyncClient *self = user_data;

  self->n_blocked = 0;
  begin (self);
}

static void
socket_heard_cb (gpointer user_data)
{
  WeftSyncClient *self = user_data;

  weft_sync_session_hear (self->session, get_now_ms ());
}

static void
socket_closed_cb (guint       code,
                  const char *reason,
                  gboolean    is_broken,
                  gpointer    user_data)
{
  g_autoptr(WeftSyncTrouble) trouble = weft_sync_trouble_new_closed (code, reason, is_broken);

  end (user_data, trouble);
}

static void
socket_failed_cb (guint         status,
                  const char   *reason,
                  const GError *error,
                  gpointer      user_data)
{
  WeftSyncClient *self = user_data;
  g_autoptr(WeftSyncTrouble) trouble = weft_sync_trouble_new_refused (self->relay, status, reason, error);
  /* Something is there that does not answer, or not as a relay does. */
  gboolean is_blocked = error == NULL || (status != 0 && status != SOUP_STATUS_SWITCHING_PROTOCOLS);
  gboolean may_poll = is_blocked && note_blocked (self);

  if (!trouble->is_final || !may_poll)
    {
      end (self, trouble);
      return;
    }

  /* A proxy may say so where the relay would not. */
  self->n_blocked = BLOCKED_HANDSHAKES;
  g_clear_pointer (&self->refusal, weft_sync_trouble_free);
  self->refusal = g_steal_pointer (&trouble);
  start_polling (self);
}

static void
connect_now (WeftSyncClient *self)
{
  g_autofree char *relay = weft_relay_address_parse (self->relay, NULL, NULL);
  g_autofree char *address = NULL;

  if (weft_sync_socket_is_started (self->socket) ||
      (self->poller != NULL && weft_sync_poller_is_started (self->poller)))
    return;

  g_clear_handle_id (&self->retry_timer, g_source_remove);
  if (relay == NULL)
    {
      give_up (self, _ ("The address of the relay is not valid"));
      return;
    }
  if (start_polling (self))
    return;

  address = weft_relay_address_room (self->relay, self->room);
  set_state (self, WEFT_SYNC_CLIENT_CONNECTING);
  weft_sync_socket_start (self->socket, address, self->token);
}

static void
network_changed_cb (GNetworkMonitor *monitor,
                    gboolean         available,
                    gpointer         user_data)
{
  WeftSyncClient *self = user_data;

  if (!available || self->retry_timer == 0 || is_polling (self))
    return;

  weft_backoff_reset (&self->backoff);
  connect_now (self);
}

/* The object */

static void
weft_sync_client_get_property (GObject    *object,
                               guint       prop_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  WeftSyncClient *self = WEFT_SYNC_CLIENT (object);

  switch (prop_id)
    {
    case PROP_STATE:
      g_value_set_int (value, (int) self->state);
      break;

    case PROP_ERROR_MESSAGE:
      g_value_set_string (value, self->error_message);
      break;

    case PROP_RECEIPTS:
      g_value_set_boolean (value, self->receipts);
      break;

    case PROP_READ_ONLY:
      g_value_set_boolean (value, self->read_only);
      break;

    case PROP_N_UNSENT:
      g_value_set_uint (value, self->n_unsent);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_sync_client_dispose (GObject *object)
{
  WeftSyncClient *self = WEFT_SYNC_CLIENT (object);

  weft_sync_client_stop (self);

  G_OBJECT_CLASS (weft_sync_client_parent_class)->dispose (object);
}

static void
weft_sync_client_finalize (GObject *object)
{
  WeftSyncClient *self = WEFT_SYNC_CLIENT (object);

  g_clear_pointer (&self->poller, weft_sync_poller_free);
  g_clear_pointer (&self->socket, weft_sync_socket_free);
  g_clear_pointer (&self->intake, weft_sync_intake_free);
  g_clear_object (&self->http);
  g_clear_object (&self->store);
  g_clear_pointer (&self->known, weft_state_vector_free);
  g_clear_pointer (&self->watched, weft_state_vector_free);
  g_clear_pointer (&self->watched_deletes, weft_delete_set_free);
  g_free (self->relay);
  g_free (self->room);
  g_free (self->token);
  g_free (self->error_message);
  g_free (self->denial);
  g_clear_pointer (&self->refusal, weft_sync_trouble_free);
  g_ptr_array_unref (self->applied);

  G_OBJECT_CLASS (weft_sync_client_parent_class)->finalize (object);
}

static void
weft_sync_client_class_init (WeftSyncClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = weft_sync_client_get_property;
  object_class->dispose = weft_sync_client_dispose;
  object_class->finalize = weft_sync_client_finalize;

  /**
   * WeftSyncClient:state:
   *
   * A #WeftSyncClientState.
   */
  properties[PROP_STATE] = g_param_spec_int ("state", NULL, NULL, WEFT_SYNC_CLIENT_OFFLINE,
                                             WEFT_SYNC_CLIENT_DENIED, WEFT_SYNC_CLIENT_OFFLINE, flags);

  /**
   * WeftSyncClient:error-message: (nullable)
   *
   * A sentence about the last trouble.
   */
  properties[PROP_ERROR_MESSAGE] = g_param_spec_string ("error-message", NULL, NULL, NULL, flags);

  /**
   * WeftSyncClient:receipts:
   *
   * Whether the relay confirms what is durable there.
   */
  properties[PROP_RECEIPTS] = g_param_spec_boolean ("receipts", NULL, NULL, FALSE, flags);

  /**
   * WeftSyncClient:read-only:
   *
   * Whether the relay takes no edits from us.
   */
  properties[PROP_READ_ONLY] = g_param_spec_boolean ("read-only", NULL, NULL, FALSE, flags);

  /**
   * WeftSyncClient:n-unsent:
   *
   * Changes in the document that the relay is not known to have.
   */
  properties[PROP_N_UNSENT] = g_param_spec_uint ("n-unsent", NULL, NULL, 0, G_MAXUINT, 0, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * WeftSyncClient::synced:
   *
   * The first exchange of a connection is complete.
   */
  signals[SYNCED] = g_signal_new ("synced", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);

  /**
   * WeftSyncClient::settled:
   *
   * The relay took everything that was sent; see weft_sync_client_settle().
   */
  signals[SETTLED] = g_signal_new ("settled", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 0);

  /**
   * WeftSyncClient::remote-update:
   * @self: the client
   * @update: (type GBytes): what was applied to the document, and changed it
   */
  signals[REMOTE_UPDATE] =
    g_signal_new ("remote-update", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                  NULL, G_TYPE_NONE, 1, G_TYPE_BYTES);

  /**
   * WeftSyncClient::wanted:
   *
   * The relay has something that the document has not, or lacks what is not in the store; see
   * weft_sync_client_new_watching().
   */
  signals[WANTED] = g_signal_new ("wanted", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
}

static void
weft_sync_client_init (WeftSyncClient *self)
{
  static const WeftSyncSocketFuncs funcs = { socket_opened_cb, message_cb, socket_heard_cb, socket_closed_cb,
                                             socket_failed_cb, socket_drained_cb };

  self->applied = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->http = soup_session_new ();
  soup_session_remove_feature_by_type (self->http, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  self->socket = weft_sync_socket_new (self->http, &funcs, self);
  self->intake = weft_sync_intake_new (self, take_message);
}

/**
 * weft_sync_client_new:
 * @relay: the address of a relay
 * @room: the name of a room
 * @doc: the document; it must live until the client is stopped
 * @awareness: (nullable): who is in the room; it must live until the client is stopped
 *
 * Returns: (transfer full): a client, stopped
 */
WeftSyncClient *
weft_sync_client_new (const char    *relay,
                      const char    *room,
                      WeftDoc       *doc,
                      WeftAwareness *awareness)
{
  WeftSyncClient *self;

  g_return_val_if_fail (relay != NULL && room != NULL && doc != NULL, NULL);

  self = g_object_new (WEFT_TYPE_SYNC_CLIENT, NULL);
  self->relay = g_strdup (relay);
  self->room = g_strdup (room);
  self->doc = doc;
  self->awareness = awareness;

  return self;
}

/**
 * weft_sync_client_new_watching:
 * @relay: the address of a relay
 * @room: the name of a room
 * @state: what is in the document
 * @deletes: what is deleted in it
 * @awareness: (nullable): who is in the room; it must live until the client is stopped
 *
 * Returns: (transfer full): a client without a document, stopped
 */
WeftSyncClient *
weft_sync_client_new_watching (const char            *relay,
                               const char            *room,
                               const WeftStateVector *state,
                               const WeftDeleteSet   *deletes,
                               WeftAwareness         *awareness)
{
  WeftSyncClient *self;

  g_return_val_if_fail (relay != NULL && room != NULL && state != NULL && deletes != NULL, NULL);

  self = g_object_new (WEFT_TYPE_SYNC_CLIENT, NULL);
  self->relay = g_strdup (relay);
  self->room = g_strdup (room);
  self->watched = weft_state_vector_copy (state);
  self->watched_deletes = weft_delete_set_copy (deletes);
  self->awareness = awareness;

  return self;
}

/**
 * weft_sync_client_set_store:
 * @self: a client that was not started yet
 * @store: where the document's updates are written
 */
void
weft_sync_client_set_store (WeftSyncClient *self,
                            WeftStore      *store)
{
  g_return_if_fail (WEFT_IS_SYNC_CLIENT (self));

  g_set_object (&self->store, store);
}

/**
 * weft_sync_client_set_keeper:
 * @self: a client that was not started yet
 * @keep: called with what comes from the relay, before it is applied
 * @user_data: for @keep
 */
void
weft_sync_client_set_keeper (WeftSyncClient   *self,
                             WeftSyncKeepFunc  keep,
                             gpointer          user_data)
{
  g_return_if_fail (WEFT_IS_SYNC_CLIENT (self));

  self->keep = keep;
  self->keep_data = user_data;
}

/**
 * weft_sync_client_set_token:
 * @self: a client
 * @token: (nullable): what lets us in, from the next connection on
 */
void
weft_sync_client_set_token (WeftSyncClient *self,
                            const char     *token)
{
  g_return_if_fail (WEFT_IS_SYNC_CLIENT (self));

  g_free (self->token);
  self->token = g_strdup (token);
  /* A poll is a connection of its own. */
  if (self->poller != NULL)
    weft_sync_poller_set_token (self->poller, token);
}

/**
 * weft_sync_client_set_known:
 * @self: a client
 * @state_vector: what the relay had when it was last heard of
 */
void
weft_sync_client_set_known (WeftSyncClient        *self,
                            const WeftStateVector *state_vector)
{
  g_return_if_fail (WEFT_IS_SYNC_CLIENT (self));
  g_return_if_fail (state_vector != NULL);

  g_clear_pointer (&self->known, weft_state_vector_free);
  self->known = weft_state_vector_copy (state_vector);
  if (self->session != NULL)
    {
      weft_sync_session_set_known (self->session, state_vector);
      update_counts (self);
    }
}

static void
start_session (WeftSyncClient *self)
{
  static const WeftSyncSessionFuncs funcs = {
    .send = session_send_cb,
    .asked = session_asked_cb,
    .synced = session_synced_cb,
    .applied = session_applied_cb,
    .denied = session_denied_cb,
    .wanted = session_wanted_cb,
    .counted = session_counted_cb,
    .keep = session_keep_cb,
    .cut = session_cut_cb,
  };

  if (self->doc != NULL)
    self->session = weft_sync_session_new (self->doc, self->awareness, self, &funcs, self);
  else
    self->session = weft_sync_session_new_watching (weft_state_vector_copy (self->watched),
                                                    weft_delete_set_copy (self->watched_deletes), self->awareness,
                                                    self, &funcs, self);
  if (self->known != NULL)
    weft_sync_session_set_known (self->session, self->known);
  update_counts (self);

  self->network_handler = g_signal_connect (g_network_monitor_get_default (), "network-changed",
                                            G_CALLBACK (network_changed_cb), self);
}

/**
 * weft_sync_client_start:
 * @self: a client
 *
 * Connects, and stays connected.
 */
void
weft_sync_client_start (WeftSyncClient *self)
{
  g_return_if_fail (WEFT_IS_SYNC_CLIENT (self));

  if (self->session == NULL)
    start_session (self);

  weft_backoff_reset (&self->backoff);
  connect_now (self);
}

/**
 * weft_sync_client_stop:
 * @self: a client
 *
 * Hangs up and lets go of the document.
 */
void
weft_sync_client_stop (WeftSyncClient *self)
{
  g_return_if_fail (WEFT_IS_SYNC_CLIENT (self));

  g_clear_handle_id (&self->retry_timer, g_source_remove);
  g_clear_handle_id (&self->count_idle, g_source_remove);
  if (self->session == NULL)
    return;

  g_clear_signal_handler (&self->network_handler, g_network_monitor_get_default ());
  weft_sync_session_say_goodbye (self->session);
  drop_connection (self, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);

  g_clear_pointer (&self->known, weft_state_vector_free);
  self->known = weft_sync_session_dup_known (self->session);
  g_clear_pointer (&self->session, weft_sync_session_free);
  set_state (self, WEFT_SYNC_CLIENT_OFFLINE);
}

/**
 * weft_sync_client_send_update:
 * @self: a client
 * @update: what was edited here, durable by now
 */
void
weft_sync_client_send_update (WeftSyncClient *self,
                              GBytes         *update)
{
  g_return_if_fail (WEFT_IS_SYNC_CLIENT (self));
  g_return_if_fail (update != NULL);

  if (self->session == NULL)
    return;

  weft_sync_session_send_update (self->session, update, get_now_ms ());
  poll_session (self);
}

/**
 * weft_sync_client_send_awareness:
 * @self: a client
 *
 * The local state of the awareness has changed.
 */
void
weft_sync_client_send_awareness (WeftSyncClient *self)
{
  g_return_if_fail (WEFT_IS_SYNC_CLIENT (self));

  if (self->session == NULL || !weft_sync_socket_is_open (self->socket))
    return;

  weft_sync_session_send_awareness (self->session);
  poll_session (self);
}

/**
 * weft_sync_client_settle:
 * @self: a client that is synced
 *
 * Asks the relay whether it took everything; #WeftSyncClient::settled is its answer.
 */
void
weft_sync_client_settle (WeftSyncClient *self)
{
  g_return_if_fail (WEFT_IS_SYNC_CLIENT (self));

  if (self->session == NULL)
    return;

  weft_sync_session_probe (self->session, get_now_ms ());
  poll_session (self);
  if (is_polling (self))
    weft_sync_poller_hurry (self->poller);
}

/**
 * weft_sync_client_get_room:
 * @self: a client
 *
 * Returns: the name of its room
 */
const char *
weft_sync_client_get_room (WeftSyncClient *self)
{
  g_return_val_if_fail (WEFT_IS_SYNC_CLIENT (self), NULL);

  return self->room;
}

/**
 * weft_sync_client_get_state:
 * @self: a client
 *
 * Returns: where it stands
 */
WeftSyncClientState
weft_sync_client_get_state (WeftSyncClient *self)
{
  g_return_val_if_fail (WEFT_IS_SYNC_CLIENT (self), WEFT_SYNC_CLIENT_OFFLINE);

  return self->state;
}

/**
 * weft_sync_client_get_error_message:
 * @self: a client
 *
 * Returns: (nullable): a sentence about the last trouble
 */
const char *
weft_sync_client_get_error_message (WeftSyncClient *self)
{
  g_return_val_if_fail (WEFT_IS_SYNC_CLIENT (self), NULL);

  return self->error_message;
}

/**
 * weft_sync_client_is_stuck:
 * @self: a client
 *
 * Returns: whether weft_sync_client_get_error_message() is why something does not get to the relay
 */
gboolean
weft_sync_client_is_stuck (WeftSyncClient *self)
{
  g_return_val_if_fail (WEFT_IS_SYNC_CLIENT (self), FALSE);

  return self->error_message != NULL && !self->is_notice;
}

/**
 * weft_sync_client_get_receipts:
 * @self: a client
 *
 * Returns: whether the relay confirms what is durable there
 */
gboolean
weft_sync_client_get_receipts (WeftSyncClient *self)
{
  g_return_val_if_fail (WEFT_IS_SYNC_CLIENT (self), FALSE);

  return self->receipts;
}

/**
 * weft_sync_client_get_n_unsent:
 * @self: a client
 *
 * Returns: how many changes the relay is not known to have
 */
guint
weft_sync_client_get_n_unsent (WeftSyncClient *self)
{
  g_return_val_if_fail (WEFT_IS_SYNC_CLIENT (self), 0);

  return self->n_unsent;
}

/**
 * weft_sync_client_has_given:
 * @self: a client
 *
 * Returns: whether the relay lacked something of the document when this connection began
 */
gboolean
weft_sync_client_has_given (WeftSyncClient *self)
{
  g_return_val_if_fail (WEFT_IS_SYNC_CLIENT (self), FALSE);

  return self->session != NULL && weft_sync_session_has_given (self->session);
}

/**
 * weft_sync_client_has_lost:
 * @self: a client
 * @had: (nullable): what the relay was known to have in an earlier run
 *
 * Returns: whether the relay lacked some of that, or of what it was known to have in this run, when this connection
 *   began: it was replaced by another, or restored from an older backup
 */
gboolean
weft_sync_client_has_lost (WeftSyncClient        *self,
                           const WeftStateVector *had)
{
  g_return_val_if_fail (WEFT_IS_SYNC_CLIENT (self), FALSE);

  return self->session != NULL && weft_sync_session_has_lost (self->session, had);
}

/**
 * weft_sync_client_dup_known:
 * @self: a client
 *
 * Returns: (transfer full): what the relay is known to have
 */
WeftStateVector *
weft_sync_client_dup_known (WeftSyncClient *self)
{
  g_return_val_if_fail (WEFT_IS_SYNC_CLIENT (self), NULL);

  if (self->session != NULL)
    return weft_sync_session_dup_known (self->session);

  return self->known != NULL ? weft_state_vector_copy (self->known) : weft_state_vector_new ();
}
