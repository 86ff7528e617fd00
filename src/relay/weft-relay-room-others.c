/* weft-relay-room-others.c - a room that other relays have too
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What others say of a room is committed already, and has a version. Versions have no gaps: while one is missing, or
 * now and then, the room reads what the database has beyond what it knows.
 */

#include "config.h"

#include "relay/weft-relay-room-private.h"

#include <string.h>

#include "relay/weft-relay-bus.h"
#include "relay/weft-relay-pool.h"

/* The database is asked for what nobody has told, so often while the others can be heard, */
#define LOOK_MS 10000
/* and so often while they cannot, or a version is missing. */
#define LOOK_SOON_MS 1000

/* What is noted in `board:…` is noted anew before it expires. */
#define NOTE_MS 20000

static WeftRelayBus *
bus_of (WeftRelayRoom *self)
{
  return weft_relay_pool_get_bus (weft_relay_hub_get_pool (self->hub));
}

/* --- versions --- */

static gboolean
is_seen (WeftRelayRoom *self,
         guint64        version)
{
  const GArray *ahead = self->others.ahead;

  if (version <= self->version)
    return TRUE;
  for (guint i = 0; ahead != NULL && i < ahead->len; i++)
    if (g_array_index (ahead, guint64, i) == version)
      return TRUE;
  return FALSE;
}

/* Moves on over what came early. */
static void
close_gaps (WeftRelayRoom *self)
{
  GArray *ahead = self->others.ahead;
  gboolean moved = ahead != NULL;

  while (moved)
    {
      moved = FALSE;
      for (guint i = ahead->len; i-- > 0;)
        {
          guint64 version = g_array_index (ahead, guint64, i);

          if (version > self->version + 1)
            continue;
          moved = moved || version == self->version + 1;
          self->version = MAX (self->version, version);
          g_array_remove_index_fast (ahead, i);
        }
    }

  /* A receipt names the version up to which nothing is missing: some may be due now. */
  if (self->durable != NULL)
    {
      self->stored_due = TRUE;
      weft_relay_room_tell_soon (self);
    }
}

void
weft_relay_room_note_version (WeftRelayRoom *self,
                              guint64        version)
{
  self->others.newest = MAX (self->others.newest, version);
  if (version <= self->version)
    return;
  if (version == self->version + 1)
    {
      self->version = version;
      if (self->others.ahead != NULL && self->others.ahead->len > 0)
        close_gaps (self);
      return;
    }

  if (self->others.ahead == NULL)
    self->others.ahead = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_array_append_val (self->others.ahead, version);
}

/* --- updates --- */

static void look (WeftRelayRoom *self);

static void
looked_cb (GPtrArray    *updates,
           guint64       version,
           guint         n_log,
           const GError *error,
           gpointer      user_data)
{
  WeftRelayRoom *self = user_data;
  gboolean is_log;

  self->others.looking = FALSE;
  if (error != NULL || self->state != WEFT_RELAY_ROOM_READY)
    return;

  /* Without a snapshot among them, and none damaged, each is the next version. */
  is_log = updates->len == version - MIN (version, self->others.looked_from);
  for (guint i = 0; i < updates->len; i++)
    weft_relay_room_apply_stored (self, updates->pdata[i], is_log ? self->others.looked_from + 1 + i : version);
  self->version = MAX (self->version, version);
  self->others.newest = MAX (self->others.newest, version);
  close_gaps (self);
  if (self->others.look_again)
    look (self);
}

static void
look (WeftRelayRoom *self)
{
  self->others.look_again = self->others.looking;
  if (self->others.looking)
    return;

  self->others.looking = TRUE;
  self->others.looked_ms = g_get_monotonic_time () / 1000;
  self->others.looked_from = self->version;
  weft_relay_store_load_since (weft_relay_hub_get_port (self->hub), self->name, self->version, looked_cb, self);
}

static void
take_update (WeftRelayRoom       *self,
             const WeftRelayWord *word)
{
  if (is_seen (self, word->version))
    return;

  self->others.newest = MAX (self->others.newest, word->version);
  if (word->data == NULL)
    look (self);
  else if (weft_relay_room_apply_stored (self, word->data, word->version))
    weft_relay_room_note_version (self, word->version);
}

/* --- awareness --- */

static void
tell_own_awareness (WeftRelayRoom *self)
{
  g_autoptr(GBytes) own = weft_relay_presence_encode_own (self->presence);

  if (own != NULL)
    weft_relay_bus_publish (bus_of (self), self->name, WEFT_RELAY_WORD_AWARENESS, 0, own);
}

static void
tell_presence_soon (WeftRelayRoom *self)
{
  if (weft_relay_presence_has_news (self->presence))
    weft_relay_room_tell_soon (self);
}

void
weft_relay_room_take_word (WeftRelayRoom       *self,
                           const WeftRelayWord *word)
{
  g_autoptr(GError) error = NULL;

  if (self->state == WEFT_RELAY_ROOM_GIVEN_UP)
    return;
  if (self->state == WEFT_RELAY_ROOM_LOADING)
    {
      /* It may or may not be in what is being read. */
      self->others.look_again = TRUE;
      if (word->kind == WEFT_RELAY_WORD_UPDATE || word->kind == WEFT_RELAY_WORD_QUERY)
        return;
    }

  switch (word->kind)
    {
    case WEFT_RELAY_WORD_JOINED:
      if (self->state == WEFT_RELAY_ROOM_READY)
        look (self);
      weft_relay_bus_publish (bus_of (self), self->name, WEFT_RELAY_WORD_QUERY, 0, NULL);
      tell_own_awareness (self);
      self->others.noted_ms = 0;
      break;
    case WEFT_RELAY_WORD_UPDATE:
      take_update (self, word);
      break;
    case WEFT_RELAY_WORD_QUERY:
      tell_own_awareness (self);
      break;
    case WEFT_RELAY_WORD_AWARENESS:
      if (word->data != NULL &&
          !weft_relay_presence_apply_remote (self->presence, (gpointer) word->from, word->data,
                                             g_get_monotonic_time () / 1000, weft_relay_room_is_stale, self, &error))
        g_warning ("room \"%s\": what another relay said of who is there is left out: %s", self->name, error->message);
      tell_presence_soon (self);
      break;
    }
}

void
weft_relay_room_forget_relay (WeftRelayRoom *self,
                              const char    *from)
{
  weft_relay_presence_leave (self->presence, (gpointer) from);
  tell_presence_soon (self);
  weft_relay_bus_sweep_room (bus_of (self), self->name, from);
}

/* --- what is noted for other programs --- */

typedef struct
{
  WeftRelayRoom *room;
  GHashTable    *states;
} Noting;

static void
note_state_cb (WeftClientId client,
               GBytes      *state,
               gpointer     owner,
               gpointer     user_data)
{
  Noting *self = user_data;
  const WeftRelaySession *session = owner;
  gsize size;
  const char *json = g_bytes_get_data (state, &size);
  GString *value = g_string_new (NULL);

  g_string_printf (value, "{\"clientId\":%" G_GUINT64_FORMAT ",\"relay\":\"%s\",\"state\":", (guint64) client,
                   weft_relay_bus_get_id (bus_of (self->room)));
  g_string_append_len (value, json, (gssize) size);
  g_string_append_c (value, '}');
  g_hash_table_replace (self->states,
                        session != NULL && session->grant->user != NULL
                          ? g_strdup (session->grant->user) : g_strdup_printf ("%" G_GUINT64_FORMAT, (guint64) client),
                        g_string_free (value, FALSE));
}

static GPtrArray *
list_gone (GHashTable *before,
           GHashTable *now)
{
  GPtrArray *gone = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer key;

  if (before == NULL)
    return gone;
  g_hash_table_iter_init (&iter, before);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (!g_hash_table_contains (now, key))
      g_ptr_array_add (gone, key);
  return gone;
}

static void
note_room (WeftRelayRoom *self)
{
  WeftRelayBus *bus = bus_of (self);
  g_autoptr(GHashTable) states = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr(GHashTable) connections = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GPtrArray) gone_fields = NULL;
  g_autoptr(GPtrArray) gone_connections = NULL;
  Noting noting = { self, states };

  weft_relay_presence_foreach_own (self->presence, note_state_cb, &noting);
  for (guint i = 0; i < self->sessions->len; i++)
    g_hash_table_add (connections, g_strdup_printf ("%s:%" G_GUINT64_FORMAT, weft_relay_bus_get_id (bus),
                                                    ((WeftRelaySession *) self->sessions->pdata[i])->number));

  gone_fields = list_gone (self->others.noted_states, states);
  gone_connections = list_gone (self->others.noted_connections, connections);
  weft_relay_bus_note_room (bus, self->name, states, connections, gone_fields, gone_connections);

  g_clear_pointer (&self->others.noted_states, g_hash_table_unref);
  g_clear_pointer (&self->others.noted_connections, g_hash_table_unref);
  self->others.noted_states = g_steal_pointer (&states);
  self->others.noted_connections = g_steal_pointer (&connections);
}

/* --- upkeep --- */

void
weft_relay_room_tick_others (WeftRelayRoom *self,
                             gint64         now_ms)
{
  WeftRelayBus *bus = bus_of (self);
  gboolean is_alone = bus != NULL && !weft_relay_bus_is_up (bus);
  gboolean is_behind = self->others.newest > self->version;

  if (bus == NULL)
    return;

  if (self->others.is_changed || now_ms - self->others.noted_ms >= NOTE_MS)
    {
      self->others.is_changed = FALSE;
      self->others.noted_ms = now_ms;
      note_room (self);
    }

  if (self->state == WEFT_RELAY_ROOM_READY &&
      (self->others.look_again ||
       now_ms - self->others.looked_ms >= (is_alone || is_behind ? LOOK_SOON_MS : LOOK_MS)))
    look (self);
}

void
weft_relay_room_join_others (WeftRelayRoom *self)
{
  WeftRelayBus *bus = bus_of (self);

  if (bus != NULL)
    weft_relay_bus_join (bus, self->name);
}

void
weft_relay_room_leave_others (WeftRelayRoom *self)
{
  WeftRelayBus *bus = bus_of (self);

  if (bus != NULL)
    {
      note_room (self);
      weft_relay_bus_leave (bus, self->name);
    }

  g_clear_pointer (&self->others.ahead, g_array_unref);
  g_clear_pointer (&self->others.noted_states, g_hash_table_unref);
  g_clear_pointer (&self->others.noted_connections, g_hash_table_unref);
}

void
weft_relay_room_tell_others (WeftRelayRoom    *self,
                             WeftRelayWordKind kind,
                             guint64           version,
                             GBytes           *data)
{
  WeftRelayBus *bus = bus_of (self);

  if (bus == NULL)
    return;
  if (kind == WEFT_RELAY_WORD_AWARENESS)
    self->others.is_changed = TRUE;
  weft_relay_bus_publish (bus, self->name, kind, version, data);
}
