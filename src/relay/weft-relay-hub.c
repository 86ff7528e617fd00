/* weft-relay-hub.c - one thread of connections and rooms
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-hub.h"

#include <string.h>
#include <unistd.h>

#include "relay/weft-relay-client.h"
#include "relay/weft-relay-log.h"
#include "relay/weft-relay-pool.h"
#include "relay/weft-relay-room-private.h"

/* Rooms that are due at about the same time have the loop woken once. */
#define DUE_GRAIN_US 4000

struct _WeftRelayHub
{
  GThread               *thread;
  GMainContext          *context;
  WeftRelayPool         *pool;
  WeftRelayStorePort    *port;
  const WeftRelayLimits *limits;
  WeftRelayLoop         *loop;
  GHashTable            *rooms;    /* name -> WeftRelayRoom, borrowed names */
  GPtrArray             *given_up; /* of WeftRelayRoom: to be freed when they are settled and empty */
  GHashTable            *clients;  /* set of WeftRelayClient */
  GPtrArray             *ended;    /* of WeftRelayClient: to be let go when nothing is on the stack */
  GPtrArray             *due;      /* of WeftRelayRoom: what has something to tell when the tick ends */
  GSource               *ended_source;
  GSource               *due_source;
  GSource               *upkeep_source;
  GSource               *post_source;
  gboolean               draining;
  GMutex                 mutex;
  GQueue                 posts;    /* of Post; guarded by @mutex */
  WeftRelayCounters      counters;
};

static gint64
now_in_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

/* --- sources that are there all the time and told when to run --- */

static gboolean
dispatch (GSource    *source,
          GSourceFunc callback,
          gpointer    user_data)
{
  return callback (user_data);
}

static GSourceFuncs source_funcs = { .dispatch = dispatch };

static GSource *
add_source (WeftRelayHub *self,
            GSourceFunc   func)
{
  GSource *source = g_source_new (&source_funcs, sizeof (GSource));

  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, self->context);
  return source;
}

static void
remove_source (GSource **source)
{
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

/* --- upkeep --- */

static void
note_rooms (WeftRelayHub *self)
{
  weft_relay_count_add (&self->counters.n_rooms,
                        (gint64) g_hash_table_size (self->rooms) - (gint64) self->counters.n_rooms);
}

static void
tick_rooms (WeftRelayHub *self,
            gint64        now_ms)
{
  GHashTableIter iter;
  gpointer value;
  gsize document_bytes = 0;
  gsize pending_bytes = 0;
  guint n_sessions = 0;

  g_hash_table_iter_init (&iter, self->rooms);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const WeftRelayRoom *room = value;

      weft_relay_room_tick (value, now_ms);
      document_bytes += room->n_bytes;
      pending_bytes += room->n_pending_bytes;
      n_sessions += room->sessions->len;
      if (weft_relay_room_is_idle (value, now_ms))
        {
          g_hash_table_iter_remove (&iter);
          weft_relay_room_free (value);
        }
    }

  weft_relay_count_set (&self->counters.document_bytes, document_bytes);
  weft_relay_count_set (&self->counters.pending_bytes, pending_bytes);
  weft_relay_count_set (&self->counters.n_sessions, n_sessions);

  for (guint i = self->given_up->len; i-- > 0;)
    {
      WeftRelayRoom *room = self->given_up->pdata[i];

      if (weft_relay_room_is_idle (room, G_MAXINT64))
        {
          g_ptr_array_remove_index_fast (self->given_up, i);
          weft_relay_room_free (room);
        }
    }

  note_rooms (self);
}

static gboolean
upkeep_cb (gpointer user_data)
{
  WeftRelayHub *self = user_data;
  gint64 now_ms = now_in_ms ();
  g_autoptr(GList) clients = g_hash_table_get_keys (self->clients);
  gsize queue_bytes = 0;

  g_source_set_ready_time (self->upkeep_source, g_get_monotonic_time () + G_USEC_PER_SEC);

  for (GList *l = clients; l != NULL; l = l->next)
    {
      WeftRelayClient *client = l->data;

      weft_relay_connection_tick (client->connection, now_ms);
      if (client->dialect->tick != NULL && weft_relay_connection_is_open (client->connection))
        client->dialect->tick (client, now_ms);
      queue_bytes += weft_relay_connection_get_queued (client->connection);
    }

  weft_relay_count_set (&self->counters.queue_bytes, queue_bytes);
  tick_rooms (self, now_ms);
  return G_SOURCE_CONTINUE;
}

static gboolean
due_cb (gpointer user_data)
{
  WeftRelayHub *self = user_data;
  gint64 now_us = g_get_monotonic_time ();
  gint64 next_us = G_MAXINT64;
  guint n_due = self->due->len;
  guint n_kept = 0;

  g_source_set_ready_time (self->due_source, -1);

  /* Telling adds rooms behind those that are there now, and takes none away. */
  for (guint i = 0; i < n_due; i++)
    {
      WeftRelayRoom *room = self->due->pdata[i];

      if (room->due_us > now_us)
        {
          self->due->pdata[n_kept++] = room;
        }
      else
        {
          room->due_us = 0;
          weft_relay_room_tell_now (room);
        }
    }
  g_ptr_array_remove_range (self->due, n_kept, n_due - n_kept);

  for (guint i = 0; i < self->due->len; i++)
    next_us = MIN (next_us, ((WeftRelayRoom *) self->due->pdata[i])->due_us);
  if (self->due->len > 0)
    g_source_set_ready_time (self->due_source, next_us);
  return G_SOURCE_CONTINUE;
}

gint64
weft_relay_hub_tell_at (WeftRelayHub  *self,
                        WeftRelayRoom *room,
                        gint64         due_us)
{
  gint64 ready_us = g_source_get_ready_time (self->due_source);

  due_us = (due_us + DUE_GRAIN_US - 1) / DUE_GRAIN_US * DUE_GRAIN_US;
  if (room->due_us == 0)
    g_ptr_array_add (self->due, room);
  if (ready_us < 0 || ready_us > due_us)
    g_source_set_ready_time (self->due_source, due_us);
  return due_us;
}

void
weft_relay_hub_forget_due (WeftRelayHub  *self,
                           WeftRelayRoom *room)
{
  g_ptr_array_remove (self->due, room);
}

/* --- what other threads want --- */

typedef struct
{
  WeftRelayHubFunc func;
  gpointer         data;
  GDestroyNotify   destroy;
} Post;

static void
post_free (gpointer data)
{
  Post *post = data;

  if (post->destroy != NULL)
    post->destroy (post->data);
  g_free (post);
}

static GQueue
take_posts (WeftRelayHub *self)
{
  GQueue posts;

  g_mutex_lock (&self->mutex);
  posts = self->posts;
  g_queue_init (&self->posts);
  g_source_set_ready_time (self->post_source, -1);
  g_mutex_unlock (&self->mutex);
  return posts;
}

static gboolean
posts_cb (gpointer user_data)
{
  GQueue posts = take_posts (user_data);
  Post *post;

  while ((post = g_queue_pop_head (&posts)) != NULL)
    {
      post->func (post->data);
      post_free (post);
    }

  return G_SOURCE_CONTINUE;
}

/* --- beginning and end --- */

static gboolean
free_ended_cb (gpointer user_data)
{
  WeftRelayHub *self = user_data;

  g_source_set_ready_time (self->ended_source, -1);
  for (guint i = 0; i < self->ended->len; i++)
    {
      WeftRelayClient *client = self->ended->pdata[i];

      g_clear_pointer (&client->connection, weft_relay_connection_free);
      weft_relay_client_unref (client);
    }
  g_ptr_array_set_size (self->ended, 0);
  return G_SOURCE_CONTINUE;
}

WeftRelayHub *
weft_relay_hub_new (WeftRelayPool         *pool,
                    WeftRelayStore        *store,
                    const WeftRelayLimits *limits,
                    GError               **error)
{
  g_autoptr(GMainContext) context = g_main_context_ref_thread_default ();
  WeftRelayLoop *loop = weft_relay_loop_new (context, error);
  WeftRelayHub *self;

  if (loop == NULL)
    return NULL;

  self = g_new0 (WeftRelayHub, 1);
  self->thread = g_thread_self ();
  self->context = g_steal_pointer (&context);
  self->pool = pool;
  self->port = weft_relay_store_open_port (store);
  self->limits = limits;
  self->loop = loop;
  self->rooms = g_hash_table_new (g_str_hash, g_str_equal);
  self->given_up = g_ptr_array_new ();
  self->clients = g_hash_table_new (NULL, NULL);
  self->ended = g_ptr_array_new ();
  self->due = g_ptr_array_new ();
  self->ended_source = add_source (self, free_ended_cb);
  self->due_source = add_source (self, due_cb);
  self->upkeep_source = add_source (self, upkeep_cb);
  self->post_source = add_source (self, posts_cb);
  g_mutex_init (&self->mutex);
  g_queue_init (&self->posts);
  g_source_set_ready_time (self->upkeep_source, g_get_monotonic_time () + G_USEC_PER_SEC);
  return self;
}

void
weft_relay_hub_take_over (WeftRelayHub *self)
{
  self->thread = g_thread_self ();
}

static void
let_go (WeftRelayHub    *self,
        WeftRelayClient *client)
{
  weft_relay_client_end (client);
  g_hash_table_remove (self->clients, client);
  weft_relay_count_add (&self->counters.n_connections, -1);
  weft_relay_pool_note_address (self->pool, client->address, -1);
  g_ptr_array_add (self->ended, client);
}

void
weft_relay_hub_end_clients (WeftRelayHub *self)
{
  g_autoptr(GList) clients = g_hash_table_get_keys (self->clients);

  for (GList *l = clients; l != NULL; l = l->next)
    let_go (self, l->data);
  free_ended_cb (self);
}

void
weft_relay_hub_free (WeftRelayHub *self)
{
  g_autoptr(GList) rooms = g_hash_table_get_values (self->rooms);
  GQueue posts = take_posts (self);

  g_queue_clear_full (&posts, post_free);
  weft_relay_store_port_close (self->port);
  g_list_foreach (rooms, (GFunc) (void (*) (void)) weft_relay_room_free, NULL);
  g_ptr_array_foreach (self->given_up, (GFunc) (void (*) (void)) weft_relay_room_free, NULL);

  remove_source (&self->ended_source);
  remove_source (&self->due_source);
  remove_source (&self->upkeep_source);
  remove_source (&self->post_source);
  g_mutex_clear (&self->mutex);
  g_hash_table_unref (self->rooms);
  g_ptr_array_unref (self->given_up);
  g_hash_table_unref (self->clients);
  g_ptr_array_unref (self->ended);
  g_ptr_array_unref (self->due);
  weft_relay_loop_free (self->loop);
  g_main_context_unref (self->context);
  g_free (self);
}

/* --- on any thread --- */

void
weft_relay_hub_post (WeftRelayHub    *self,
                     WeftRelayHubFunc func,
                     gpointer         data,
                     GDestroyNotify   destroy)
{
  Post *post = g_new (Post, 1);

  *post = (Post){ func, data, destroy };
  g_mutex_lock (&self->mutex);
  g_queue_push_tail (&self->posts, post);
  if (self->posts.length == 1)
    g_source_set_ready_time (self->post_source, 0);
  g_mutex_unlock (&self->mutex);
}

gboolean
weft_relay_hub_is_mine (WeftRelayHub *self)
{
  return self->thread == g_thread_self ();
}

WeftRelayPool *
weft_relay_hub_get_pool (WeftRelayHub *self)
{
  return self->pool;
}

const WeftRelayLimits *
weft_relay_hub_get_limits (WeftRelayHub *self)
{
  return self->limits;
}

WeftRelayCounters *
weft_relay_hub_get_counters (WeftRelayHub *self)
{
  return &self->counters;
}

/* --- clients --- */

static WeftRelayRoom *
get_room (WeftRelayHub *self,
          const char   *name)
{
  WeftRelayRoom *room = g_hash_table_lookup (self->rooms, name);

  if (room == NULL)
    {
      room = weft_relay_room_new (self, name);
      g_hash_table_insert (self->rooms, (gpointer) weft_relay_room_get_name (room), room);
      note_rooms (self);
    }

  return room;
}

typedef struct
{
  WeftRelaySession *session;
  char             *room;
} Entry;

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  weft_relay_session_unref (entry->session);
  g_free (entry->room);
  g_free (entry);
}

static void
enter_here (gpointer data)
{
  Entry *entry = data;

  weft_relay_hub_enter (entry->session->hub, entry->session, entry->room);
}

void
weft_relay_hub_enter (WeftRelayHub     *self,
                      WeftRelaySession *session,
                      const char       *room)
{
  Entry *entry;

  if (weft_relay_hub_is_mine (self))
    {
      if (self->draining)
        weft_relay_session_refuse (session, WEFT_WS_CLOSE_RESTART, "restarting");
      else
        weft_relay_room_enter (get_room (self, room), session);
      return;
    }

  entry = g_new (Entry, 1);
  *entry = (Entry){ weft_relay_session_ref (session), g_strdup (room) };
  weft_relay_hub_post (self, enter_here, entry, entry_free);
}

void
weft_relay_hub_take_visit (WeftRelayHub   *self,
                           const char     *room,
                           WeftRelayVisit *visit)
{
  g_autoptr(GError) error = NULL;

  if (!self->draining)
    {
      weft_relay_room_take_visit (get_room (self, room), visit);
      return;
    }

  g_set_error_literal (&error, WEFT_RELAY_AUTH_ERROR, WEFT_RELAY_AUTH_ERROR_LATER, "The relay is restarting.");
  weft_relay_visit_end (visit, error);
}

static void
begin_client (WeftRelayHub     *self,
              WeftRelayClient  *client,
              WeftRelayArrival *arrival)
{
  if (self->draining)
    {
      weft_relay_client_close (client, WEFT_WS_CLOSE_RESTART, "restarting");
      return;
    }
  if (arrival->close_code != 0)
    {
      weft_relay_client_close (client, arrival->close_code, arrival->close_reason);
      return;
    }

  client->opened = TRUE;
  if (client->dialect->opened != NULL)
    client->dialect->opened (client);
  if (arrival->room != NULL)
    weft_relay_client_enter (client, arrival->room, client->token, arrival->grant, NULL);
  else
    weft_relay_connection_set_paused (client->connection, FALSE);
}

void
weft_relay_hub_adopt (WeftRelayHub     *self,
                      WeftRelayArrival *arrival)
{
  WeftRelayClient *client = g_new0 (WeftRelayClient, 1);
  g_autoptr(GError) error = NULL;

  g_atomic_ref_count_init (&client->ref_count);
  client->hub = self;
  client->dialect = arrival->dialect;
  client->peer = g_steal_pointer (&arrival->peer);
  client->address = g_ref_string_new_intern (arrival->address);
  client->token = g_steal_pointer (&arrival->token);
  client->grant = g_steal_pointer (&arrival->grant);
  client->device = g_steal_pointer (&arrival->device);
  client->receipts = arrival->receipts;
  client->connection = weft_relay_connection_new (self->loop, arrival->fd, arrival->early, self->limits,
                                                  client->dialect->text, &self->counters, &weft_relay_client_funcs,
                                                  client, &error);
  arrival->fd = -1;
  arrival->grant = client->grant != NULL ? weft_relay_grant_ref (client->grant) : NULL;

  if (client->connection == NULL)
    {
      g_warning ("%s: %s", client->peer, error->message);
      weft_relay_pool_note_address (self->pool, client->address, -1);
      weft_relay_client_unref (client);
      weft_relay_arrival_free (arrival);
      return;
    }

  g_hash_table_add (self->clients, client);
  weft_relay_count_add (&self->counters.n_connections, 1);
  weft_relay_count_add (&self->counters.n_accepted, 1);
  weft_relay_log_entered (client, arrival->room);
  begin_client (self, client, arrival);
  weft_relay_arrival_free (arrival);
}

void
weft_relay_hub_client_ended (WeftRelayHub    *self,
                             WeftRelayClient *client)
{
  const char *reason;
  guint16 code = weft_relay_connection_get_close (client->connection, &reason);

  if (code >= WEFT_WS_CLOSE_PROTOCOL_ERROR && code != WEFT_WS_CLOSE_NO_STATUS && code != WEFT_WS_CLOSE_RESTART)
    weft_relay_count_add (&self->counters.n_refused, 1);
  weft_relay_counters_close (&self->counters, code);
  weft_relay_log_left (client, code, reason);

  let_go (self, client);
  g_source_set_ready_time (self->ended_source, 0);
}

void
weft_relay_hub_drain (WeftRelayHub *self)
{
  g_autoptr(GList) clients = g_hash_table_get_keys (self->clients);

  self->draining = TRUE;
  for (GList *l = clients; l != NULL; l = l->next)
    weft_relay_client_close (l->data, WEFT_WS_CLOSE_RESTART, "restarting");
}

gboolean
weft_relay_hub_is_quiet (WeftRelayHub *self)
{
  GHashTableIter iter;
  gpointer value;

  if (g_hash_table_size (self->clients) > 0)
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

/* --- rights --- */

static gboolean
is_meant (WeftRelayRoom *room,
          const char    *wanted)
{
  const char *name = weft_relay_room_get_name (room);
  gsize length;

  if (wanted == NULL)
    return TRUE;

  length = strlen (wanted);
  return strncmp (name, wanted, length) == 0 && (name[length] == '\0' || name[length] == '/');
}

static void
foreach_meant (WeftRelayHub *self,
               const char   *user,
               const char   *room,
               void        (*func) (WeftRelayRoom *room, const char *user, gpointer data),
               gpointer      data)
{
  g_autoptr(GList) rooms = g_hash_table_get_values (self->rooms);

  for (GList *l = rooms; l != NULL; l = l->next)
    if (is_meant (l->data, room))
      func (l->data, user, data);
}

static void
recheck_room (WeftRelayRoom *room,
              const char    *user,
              gpointer       data)
{
  weft_relay_room_recheck (room, user);
}

void
weft_relay_hub_recheck (WeftRelayHub *self,
                        const char   *user,
                        const char   *room)
{
  foreach_meant (self, user, room, recheck_room, NULL);
}

typedef struct
{
  guint16     code;
  const char *reason;
} CutOff;

static void
cut_off_room (WeftRelayRoom *room,
              const char    *user,
              gpointer       data)
{
  const CutOff *cut_off = data;

  weft_relay_room_cut_off (room, user, cut_off->code, cut_off->reason);
}

void
weft_relay_hub_cut_off (WeftRelayHub *self,
                        const char   *user,
                        const char   *room,
                        guint16       code,
                        const char   *reason)
{
  CutOff cut_off = { code, reason };

  foreach_meant (self, user, room, cut_off_room, &cut_off);
}

/* --- other relays --- */

void
weft_relay_hub_take_word (WeftRelayHub        *self,
                          const char          *room,
                          const WeftRelayWord *word)
{
  WeftRelayRoom *found = g_hash_table_lookup (self->rooms, room);

  if (found != NULL)
    weft_relay_room_take_word (found, word);
}

void
weft_relay_hub_forget_relay (WeftRelayHub *self,
                             const char   *relay)
{
  g_autoptr(GList) rooms = g_hash_table_get_values (self->rooms);

  /* Interned, as it came with its words: owners of presence are compared by address. */
  for (GList *l = rooms; l != NULL; l = l->next)
    weft_relay_room_forget_relay (l->data, g_intern_string (relay));
}

/* --- for rooms --- */

WeftRelayStorePort *
weft_relay_hub_get_port (WeftRelayHub *self)
{
  return self->port;
}

void
weft_relay_hub_give_up_room (WeftRelayHub  *self,
                             WeftRelayRoom *room)
{
  if (g_hash_table_lookup (self->rooms, weft_relay_room_get_name (room)) == room)
    {
      g_hash_table_remove (self->rooms, weft_relay_room_get_name (room));
      g_ptr_array_add (self->given_up, room);
      note_rooms (self);
    }
}

void
weft_relay_hub_count_update (WeftRelayHub *self)
{
  weft_relay_count_add (&self->counters.n_updates, 1);
}
