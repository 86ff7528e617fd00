/* weft-relay-hub.c - everything behind the handshake: connections, rooms, upkeep
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-hub.h"

#include <unistd.h>

#include "relay/weft-relay-room-private.h"

struct _WeftRelayHub
{
  WeftRelayStore        *store;
  const WeftRelayLimits *limits;
  WeftRelayLoop         *loop;
  GHashTable            *rooms;    /* name -> WeftRelayRoom, borrowed names */
  GPtrArray             *given_up; /* of WeftRelayRoom: to be freed when they are settled and empty */
  GHashTable            *sessions; /* set of WeftRelaySession */
  GPtrArray             *ended;    /* of WeftRelaySession: to be freed when nothing is on the stack */
  guint                  ended_source;
  guint                  tick_source;
  gboolean               draining;
  WeftRelayCounters      counters;
};

static gint64
now_in_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

/* For the log: without what could forge a line. */
static char *
printable (const char *text)
{
  return g_strescape (text, NULL);
}

static void
tick_rooms (WeftRelayHub *self,
            gint64        now_ms)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->rooms);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      weft_relay_room_tick (value, now_ms);
      if (weft_relay_room_is_idle (value, now_ms))
        {
          g_hash_table_iter_remove (&iter);
          weft_relay_room_free (value);
        }
    }

  for (guint i = self->given_up->len; i-- > 0;)
    {
      WeftRelayRoom *room = self->given_up->pdata[i];

      if (weft_relay_room_is_idle (room, G_MAXINT64))
        {
          g_ptr_array_remove_index_fast (self->given_up, i);
          weft_relay_room_free (room);
        }
    }
}

static gboolean
tick_cb (gpointer user_data)
{
  WeftRelayHub *self = user_data;
  gint64 now_ms = now_in_ms ();
  g_autoptr(GList) sessions = g_hash_table_get_keys (self->sessions);

  for (GList *l = sessions; l != NULL; l = l->next)
    {
      WeftRelaySession *session = l->data;

      weft_relay_connection_tick (session->connection, now_ms);
      if (session->room != NULL && weft_relay_connection_is_open (session->connection))
        weft_relay_session_keep_alive (session, now_ms);
    }

  tick_rooms (self, now_ms);
  return G_SOURCE_CONTINUE;
}

WeftRelayHub *
weft_relay_hub_new (WeftRelayStore        *store,
                    const WeftRelayLimits *limits,
                    GError               **error)
{
  WeftRelayLoop *loop = weft_relay_loop_new (NULL, error);
  WeftRelayHub *self;

  if (loop == NULL)
    return NULL;

  self = g_new0 (WeftRelayHub, 1);
  self->store = store;
  self->limits = limits;
  self->loop = loop;
  self->rooms = g_hash_table_new (g_str_hash, g_str_equal);
  self->given_up = g_ptr_array_new ();
  self->sessions = g_hash_table_new (NULL, NULL);
  self->ended = g_ptr_array_new ();
  self->tick_source = g_timeout_add (1000, tick_cb, self);
  return self;
}

static gboolean
free_ended_cb (gpointer user_data)
{
  WeftRelayHub *self = user_data;

  self->ended_source = 0;
  for (guint i = 0; i < self->ended->len; i++)
    weft_relay_session_free (self->ended->pdata[i]);
  g_ptr_array_set_size (self->ended, 0);
  return G_SOURCE_REMOVE;
}

static void
let_go (WeftRelayHub     *self,
        WeftRelaySession *session)
{
  if (session->room != NULL)
    weft_relay_room_leave (session->room, session);
  g_hash_table_remove (self->sessions, session);
  self->counters.n_connections = g_hash_table_size (self->sessions);
}

void
weft_relay_hub_free (WeftRelayHub *self)
{
  g_autoptr(GList) sessions = g_hash_table_get_keys (self->sessions);
  g_autoptr(GList) rooms = NULL;

  g_clear_handle_id (&self->tick_source, g_source_remove);
  for (GList *l = sessions; l != NULL; l = l->next)
    {
      let_go (self, l->data);
      weft_relay_session_free (l->data);
    }
  g_clear_handle_id (&self->ended_source, g_source_remove);
  free_ended_cb (self);

  rooms = g_hash_table_get_values (self->rooms);
  g_list_foreach (rooms, (GFunc) (void (*) (void)) weft_relay_room_free, NULL);
  g_ptr_array_foreach (self->given_up, (GFunc) (void (*) (void)) weft_relay_room_free, NULL);

  g_hash_table_unref (self->rooms);
  g_ptr_array_unref (self->given_up);
  g_hash_table_unref (self->sessions);
  g_ptr_array_unref (self->ended);
  weft_relay_loop_free (self->loop);
  g_free (self);
}

static WeftRelayRoom *
get_room (WeftRelayHub *self,
          const char   *name)
{
  WeftRelayRoom *room = g_hash_table_lookup (self->rooms, name);

  if (room == NULL)
    {
      room = weft_relay_room_new (self, name);
      g_hash_table_insert (self->rooms, (gpointer) weft_relay_room_get_name (room), room);
    }

  return room;
}

gboolean
weft_relay_hub_adopt (WeftRelayHub *self,
                      int           fd,
                      GBytes       *early,
                      const char   *room,
                      const char   *peer,
                      gboolean      receipts,
                      GError      **error)
{
  WeftRelaySession *session = weft_relay_session_new (self, peer, receipts);
  g_autofree char *shown = printable (room);

  session->connection = weft_relay_connection_new (self->loop, fd, early, self->limits, &weft_relay_session_funcs,
                                                   session, error);
  if (session->connection == NULL)
    {
      weft_relay_session_free (session);
      return FALSE;
    }

  g_hash_table_add (self->sessions, session);
  self->counters.n_connections = g_hash_table_size (self->sessions);
  self->counters.n_accepted++;
  g_message ("%s entered \"%s\"", peer, shown);

  if (self->draining)
    weft_relay_connection_close (session->connection, WEFT_WS_CLOSE_RESTART, "restarting");
  else
    weft_relay_room_enter (get_room (self, room), session);

  return TRUE;
}

void
weft_relay_hub_drain (WeftRelayHub *self)
{
  g_autoptr(GList) sessions = g_hash_table_get_keys (self->sessions);

  self->draining = TRUE;
  for (GList *l = sessions; l != NULL; l = l->next)
    weft_relay_connection_close (((WeftRelaySession *) l->data)->connection, WEFT_WS_CLOSE_RESTART, "restarting");
}

gboolean
weft_relay_hub_is_quiet (WeftRelayHub *self)
{
  GHashTableIter iter;
  gpointer value;

  if (g_hash_table_size (self->sessions) > 0)
    return FALSE;

  g_hash_table_iter_init (&iter, self->rooms);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (!weft_relay_room_is_settled (value))
      return FALSE;

  for (guint i = 0; i < self->given_up->len; i++)
    if (!weft_relay_room_is_settled (self->given_up->pdata[i]))
      return FALSE;

  return TRUE;
}

const WeftRelayCounters *
weft_relay_hub_get_counters (WeftRelayHub *self)
{
  self->counters.n_rooms = g_hash_table_size (self->rooms);
  return &self->counters;
}

WeftRelayStore *
weft_relay_hub_get_store (WeftRelayHub *self)
{
  return self->store;
}

const WeftRelayLimits *
weft_relay_hub_get_limits (WeftRelayHub *self)
{
  return self->limits;
}

void
weft_relay_hub_give_up_room (WeftRelayHub  *self,
                             WeftRelayRoom *room)
{
  if (g_hash_table_lookup (self->rooms, weft_relay_room_get_name (room)) == room)
    {
      g_hash_table_remove (self->rooms, weft_relay_room_get_name (room));
      g_ptr_array_add (self->given_up, room);
    }
}

void
weft_relay_hub_count_update (WeftRelayHub *self)
{
  self->counters.n_updates++;
}

void
weft_relay_hub_session_ended (WeftRelayHub     *self,
                              WeftRelaySession *session)
{
  const char *reason;
  guint16 code = weft_relay_connection_get_close (session->connection, &reason);
  g_autofree char *shown = printable (reason);

  if (code >= WEFT_WS_CLOSE_PROTOCOL_ERROR && code != WEFT_WS_CLOSE_NO_STATUS && code != WEFT_WS_CLOSE_RESTART)
    self->counters.n_refused++;
  g_message ("%s left, %u %s", session->peer, code, shown);

  let_go (self, session);
  g_ptr_array_add (self->ended, session);
  if (self->ended_source == 0)
    self->ended_source = g_idle_add (free_ended_cb, self);
}
