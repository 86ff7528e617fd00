/* weft-relay-bus.c - what relays of one database tell each other
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-bus.h"

#include <string.h>

#include "crdt/weft-reader.h"
#include "crdt/weft-writer.h"
#include "notebook/weft-page-id.h"
#include "relay/weft-relay-pool.h"
#include "relay/weft-relay-redis.h"

/* The first byte of a message; another one is of a newer Weft, and passed over. */
#define FORMAT 1

#define ID_LENGTH 16

/* A larger update is only announced: the others read it from the database. */
#define MAX_CARRIED (256 * 1024)

/* A relay that was silent for so long is gone. */
#define GONE_US (7 * G_USEC_PER_SEC)

/* How long `board:…` lives without being noted again. */
#define EXPIRY_SECONDS "60"

typedef enum
{
  CONTROL_HERE,
  CONTROL_BYE,
  CONTROL_RIGHTS,
} Control;

struct _WeftRelayBus
{
  char           *id;
  char           *room_prefix;     /* of channels */
  char           *control_channel;
  WeftRelayRedis *redis;
  WeftRelayPool  *pool;            /* %NULL: not started */
  int             n_relays;        /* atomic */

  /* The thread of the connection */
  GHashTable     *heard;           /* id of another relay, interned -> gint64 *, when */
  gboolean        was_up;
};

/* --- words --- */

static void
put_head (WeftRelayBus *self,
          WeftWriter   *writer,
          guint         kind)
{
  weft_writer_init (writer);
  weft_writer_put_byte (writer, FORMAT);
  weft_writer_put_string (writer, self->id, -1);
  weft_writer_put_byte (writer, (guint8) kind);
}

static void
put_nullable (WeftWriter *writer,
              const char *text)
{
  weft_writer_put_byte (writer, text != NULL);
  if (text != NULL)
    weft_writer_put_string (writer, text, -1);
}

static char *
get_nullable (WeftReader *reader)
{
  return weft_reader_get_byte (reader) != 0 ? weft_reader_dup_string (reader) : NULL;
}

/* Returns: who speaks, interned; %NULL where it is this relay, or nothing that can be understood */
static const char *
get_head (WeftRelayBus *self,
          WeftReader   *reader,
          guint        *kind)
{
  g_autofree char *from = NULL;

  if (weft_reader_get_byte (reader) != FORMAT)
    return NULL;
  from = weft_reader_dup_string (reader);
  *kind = weft_reader_get_byte (reader);
  if (reader->failed || from == NULL || strlen (from) != ID_LENGTH || strcmp (from, self->id) == 0)
    return NULL;

  return g_intern_string (from);
}

static void
add_word (GPtrArray  *words,
          const char *word)
{
  g_ptr_array_add (words, g_bytes_new (word, strlen (word)));
}

static GPtrArray *
new_command (const char *word,
             ...) G_GNUC_NULL_TERMINATED;

static GPtrArray *
new_command (const char *word,
             ...)
{
  GPtrArray *words = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  va_list more;

  va_start (more, word);
  for (; word != NULL; word = va_arg (more, const char *))
    add_word (words, word);
  va_end (more);
  return words;
}

static void
publish (WeftRelayBus *self,
         const char   *channel,
         WeftWriter   *writer)
{
  GPtrArray *words = new_command ("PUBLISH", channel, NULL);

  g_ptr_array_add (words, weft_writer_steal_bytes (writer));
  weft_relay_redis_command (self->redis, words);
}

static char *
make_channel (WeftRelayBus *self,
              const char   *room)
{
  return g_strconcat (self->room_prefix, room, NULL);
}

/* --- what comes, on the thread of the connection --- */

static void
changed_cb (gboolean is_up,
            gpointer user_data)
{
  WeftRelayBus *self = user_data;

  if (!is_up)
    return;

  weft_relay_redis_command (self->redis, new_command ("PING", NULL));
  /* What was said about rights meanwhile was not heard. */
  if (self->was_up)
    weft_relay_pool_recheck_here (self->pool, NULL, NULL);
  self->was_up = TRUE;
}

static void
subscribed_cb (const char *channel,
               gpointer    user_data)
{
  WeftRelayBus *self = user_data;
  WeftRelayWord word = { WEFT_RELAY_WORD_JOINED, NULL, 0, NULL };

  if (g_str_has_prefix (channel, self->room_prefix))
    weft_relay_pool_take_word (self->pool, channel + strlen (self->room_prefix), &word);
}

static void
forget_relay (WeftRelayBus *self,
              const char   *from)
{
  g_hash_table_remove (self->heard, from);
  g_atomic_int_set (&self->n_relays, (int) g_hash_table_size (self->heard));
  weft_relay_pool_forget_relay (self->pool, from);
}

static void
hear_relay (WeftRelayBus *self,
            const char   *from)
{
  gint64 *heard_us = g_hash_table_lookup (self->heard, from);

  if (heard_us == NULL)
    {
      heard_us = g_new (gint64, 1);
      g_hash_table_insert (self->heard, (gpointer) from, heard_us);
      g_atomic_int_set (&self->n_relays, (int) g_hash_table_size (self->heard));
    }
  *heard_us = g_get_monotonic_time ();
}

static void
take_rights (WeftRelayBus *self,
             WeftReader   *reader)
{
  g_autofree char *user = get_nullable (reader);
  g_autofree char *room = get_nullable (reader);
  g_autofree char *reason = NULL;
  guint64 code = weft_reader_get_varuint (reader);

  reason = get_nullable (reader);
  if (reader->failed)
    return;
  if (code == 0)
    weft_relay_pool_recheck_here (self->pool, user, room);
  else
    weft_relay_pool_cut_off_here (self->pool, user, room, (guint16) code, reason);
}

static void
take_control (WeftRelayBus *self,
              WeftReader   *reader)
{
  guint kind = 0;
  const char *from = get_head (self, reader, &kind);

  if (from == NULL)
    return;
  if (kind == CONTROL_BYE)
    {
      forget_relay (self, from);
      return;
    }

  hear_relay (self, from);
  if (kind == CONTROL_RIGHTS)
    take_rights (self, reader);
}

static void
message_cb (const char *channel,
            GBytes     *data,
            gpointer    user_data)
{
  WeftRelayBus *self = user_data;
  WeftRelayWord word = { 0 };
  WeftReader reader;
  guint kind = 0;

  weft_reader_init_bytes (&reader, data);
  if (strcmp (channel, self->control_channel) == 0)
    {
      take_control (self, &reader);
      return;
    }
  if (!g_str_has_prefix (channel, self->room_prefix))
    return;

  word.from = get_head (self, &reader, &kind);
  word.version = weft_reader_get_varuint (&reader);
  if (word.from == NULL || reader.failed || kind == WEFT_RELAY_WORD_JOINED || kind > WEFT_RELAY_WORD_QUERY)
    return;

  word.kind = (WeftRelayWordKind) kind;
  hear_relay (self, word.from);
  if (weft_reader_get_remaining (&reader) > 0)
    word.data = g_bytes_new_from_bytes (data, g_bytes_get_size (data) - weft_reader_get_remaining (&reader),
                                        weft_reader_get_remaining (&reader));
  weft_relay_pool_take_word (self->pool, channel + strlen (self->room_prefix), &word);
  g_clear_pointer (&word.data, g_bytes_unref);
}

static void
say_control (WeftRelayBus *self,
             Control       control)
{
  WeftWriter writer;

  put_head (self, &writer, control);
  publish (self, self->control_channel, &writer);
}

static void
tick_cb (gpointer user_data)
{
  WeftRelayBus *self = user_data;
  gint64 now_us = g_get_monotonic_time ();
  g_autoptr(GList) relays = g_hash_table_get_keys (self->heard);

  if (!weft_relay_redis_is_up (self->redis))
    {
      /* Nobody can be heard now: that says nothing about them. */
      for (GList *l = relays; l != NULL; l = l->next)
        hear_relay (self, l->data);
      return;
    }

  say_control (self, CONTROL_HERE);
  for (GList *l = relays; l != NULL; l = l->next)
    if (now_us - *(gint64 *) g_hash_table_lookup (self->heard, l->data) > GONE_US)
      {
        g_message ("the relay %s is gone", (const char *) l->data);
        forget_relay (self, l->data);
      }
}

static const WeftRelayRedisFuncs redis_funcs = {
  .changed = changed_cb,
  .subscribed = subscribed_cb,
  .message = message_cb,
  .tick = tick_cb,
};

/* --- beginning and end --- */

gboolean
weft_relay_bus_new (const WeftRelayConfig *config,
                    WeftRelayStore        *store,
                    WeftRelayBus         **bus,
                    GError               **error)
{
  const char *notebook = weft_relay_store_get_notebook_id (store);
  WeftRelayBus *self;

  *bus = NULL;
  if (config->redis == NULL)
    return TRUE;
  if (config->database == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           "--redis is for several relays, which share a database: it needs --database postgresql://…");
      return FALSE;
    }

  self = g_new0 (WeftRelayBus, 1);
  self->redis = weft_relay_redis_new (config->redis, config->redis_password_file, &redis_funcs, self, error);
  if (self->redis == NULL)
    {
      g_free (self);
      return FALSE;
    }

  self->id = g_strdup_printf ("%08x%08x", g_random_int (), g_random_int ());
  self->room_prefix = g_strdup_printf ("weft:%s:room:", notebook);
  self->control_channel = g_strdup_printf ("weft:%s:relays", notebook);
  self->heard = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  *bus = self;
  return TRUE;
}

void
weft_relay_bus_start (WeftRelayBus  *self,
                      WeftRelayPool *pool)
{
  self->pool = pool;
  weft_relay_redis_subscribe (self->redis, self->control_channel);
  weft_relay_redis_start (self->redis);
}

void
weft_relay_bus_stop (WeftRelayBus *self)
{
  if (self->pool != NULL)
    say_control (self, CONTROL_BYE);
  weft_relay_redis_stop (self->redis);
}

void
weft_relay_bus_free (WeftRelayBus *self)
{
  weft_relay_redis_free (self->redis);
  g_hash_table_unref (self->heard);
  g_free (self->id);
  g_free (self->room_prefix);
  g_free (self->control_channel);
  g_free (self);
}

/* --- on any thread --- */

const char *
weft_relay_bus_get_id (WeftRelayBus *self)
{
  return self->id;
}

gboolean
weft_relay_bus_is_up (WeftRelayBus *self)
{
  return weft_relay_redis_is_up (self->redis);
}

void
weft_relay_bus_get_counters (WeftRelayBus         *self,
                             WeftRelayBusCounters *counters)
{
  WeftRelayRedisCounters redis;

  weft_relay_redis_get_counters (self->redis, &redis);
  counters->n_published = redis.n_sent;
  counters->n_dropped = redis.n_dropped;
  counters->n_received = redis.n_received;
  counters->n_connects = redis.n_connects;
  counters->n_relays = (guint64) g_atomic_int_get (&self->n_relays);
}

void
weft_relay_bus_join (WeftRelayBus *self,
                     const char   *room)
{
  g_autofree char *channel = make_channel (self, room);

  weft_relay_redis_subscribe (self->redis, channel);
}

void
weft_relay_bus_leave (WeftRelayBus *self,
                      const char   *room)
{
  g_autofree char *channel = make_channel (self, room);

  weft_relay_redis_unsubscribe (self->redis, channel);
}

void
weft_relay_bus_publish (WeftRelayBus     *self,
                        const char       *room,
                        WeftRelayWordKind kind,
                        guint64           version,
                        GBytes           *data)
{
  g_autofree char *channel = make_channel (self, room);
  WeftWriter writer;
  gsize size;

  put_head (self, &writer, kind);
  weft_writer_put_varuint (&writer, version);
  if (data != NULL && g_bytes_get_size (data) <= MAX_CARRIED)
    {
      const guint8 *raw = g_bytes_get_data (data, &size);

      weft_writer_put_raw (&writer, raw, size);
    }
  publish (self, channel, &writer);
}

void
weft_relay_bus_publish_rights (WeftRelayBus *self,
                               const char   *user,
                               const char   *room,
                               guint16       code,
                               const char   *reason)
{
  WeftWriter writer;

  put_head (self, &writer, CONTROL_RIGHTS);
  put_nullable (&writer, user);
  put_nullable (&writer, room);
  weft_writer_put_varuint (&writer, code);
  put_nullable (&writer, reason);
  publish (self, self->control_channel, &writer);
}

/* --- board:{id}:… --- */

static char *
make_key (const char *room,
          const char *what)
{
  const char *id = weft_room_name_parse (room, NULL, NULL, NULL) == WEFT_ROOM_PAGE ? strrchr (room, '/') + 1 : room;

  return g_strdup_printf ("board:%s:%s", id, what);
}

/* Deletes fields only where this relay has set them: a user may be at several. */
#define FORGET_FIELDS                                                                              \
  "for i = 2, #ARGV do local v = redis.call('HGET', KEYS[1], ARGV[i]) "                            \
  "if v and string.find(v, ARGV[1], 1, true) then redis.call('HDEL', KEYS[1], ARGV[i]) end end return 0"

#define SWEEP                                                                                      \
  "local all = redis.call('HGETALL', KEYS[1]) "                                                    \
  "for i = 1, #all, 2 do if string.find(all[i + 1], ARGV[1], 1, true) then "                       \
  "redis.call('HDEL', KEYS[1], all[i]) end end "                                                   \
  "for _, m in ipairs(redis.call('SMEMBERS', KEYS[2])) do "                                        \
  "if string.sub(m, 1, #ARGV[2]) == ARGV[2] then redis.call('SREM', KEYS[2], m) end end return 0"

static char *
make_mark (const char *from)
{
  return g_strdup_printf ("\"relay\":\"%s\"", from);
}

static void
note_states (WeftRelayBus *self,
             const char   *key,
             GHashTable   *states,
             GPtrArray    *gone)
{
  g_autofree char *mark = make_mark (self->id);
  GPtrArray *words;
  GHashTableIter iter;
  gpointer field, value;

  if (gone->len > 0)
    {
      words = new_command ("EVAL", FORGET_FIELDS, "1", key, mark, NULL);
      for (guint i = 0; i < gone->len; i++)
        add_word (words, gone->pdata[i]);
      weft_relay_redis_command (self->redis, words);
    }
  if (g_hash_table_size (states) == 0)
    return;

  words = new_command ("HSET", key, NULL);
  g_hash_table_iter_init (&iter, states);
  while (g_hash_table_iter_next (&iter, &field, &value))
    {
      add_word (words, field);
      add_word (words, value);
    }
  weft_relay_redis_command (self->redis, words);
  weft_relay_redis_command (self->redis, new_command ("EXPIRE", key, EXPIRY_SECONDS, NULL));
}

static void
note_connections (WeftRelayBus *self,
                  const char   *key,
                  GHashTable   *connections,
                  GPtrArray    *gone)
{
  GPtrArray *words;
  GHashTableIter iter;
  gpointer member;

  if (gone->len > 0)
    {
      words = new_command ("SREM", key, NULL);
      for (guint i = 0; i < gone->len; i++)
        add_word (words, gone->pdata[i]);
      weft_relay_redis_command (self->redis, words);
    }
  if (g_hash_table_size (connections) == 0)
    return;

  words = new_command ("SADD", key, NULL);
  g_hash_table_iter_init (&iter, connections);
  while (g_hash_table_iter_next (&iter, &member, NULL))
    add_word (words, member);
  weft_relay_redis_command (self->redis, words);
  weft_relay_redis_command (self->redis, new_command ("EXPIRE", key, EXPIRY_SECONDS, NULL));
}

void
weft_relay_bus_note_room (WeftRelayBus *self,
                          const char   *room,
                          GHashTable   *states,
                          GHashTable   *connections,
                          GPtrArray    *gone_fields,
                          GPtrArray    *gone_connections)
{
  g_autofree char *presence = make_key (room, "presence");
  g_autofree char *set = make_key (room, "connections");

  note_states (self, presence, states, gone_fields);
  note_connections (self, set, connections, gone_connections);
}

void
weft_relay_bus_sweep_room (WeftRelayBus *self,
                           const char   *room,
                           const char   *from)
{
  g_autofree char *presence = make_key (room, "presence");
  g_autofree char *set = make_key (room, "connections");
  g_autofree char *mark = make_mark (from);
  g_autofree char *prefix = g_strconcat (from, ":", NULL);

  weft_relay_redis_command (self->redis, new_command ("EVAL", SWEEP, "2", presence, set, mark, prefix, NULL));
}

