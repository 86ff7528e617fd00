/* weft-relay-redis.c - a connection to Redis, or to what speaks like it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-redis.h"

#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <hiredis/sds.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define DEFAULT_PORT 6379

/* For connecting, and for each answer of a greeting. */
#define CONNECT_SECONDS 1

/* Between two attempts to reach the server. */
#define RETRY_US (G_USEC_PER_SEC / 2)

/* The server is asked for a sign of life this often, and given up after that long without one. */
#define PING_US (2 * G_USEC_PER_SEC)
#define DEAD_US (7 * G_USEC_PER_SEC)

#define TICK_US G_USEC_PER_SEC

/* What may wait for a server that does not read. */
#define MAX_QUEUE (64 * 1024 * 1024)

/* How long weft_relay_redis_stop() tries to have the last words sent. */
#define STOP_MS 300

typedef enum
{
  ORDER_SUBSCRIBE,
  ORDER_UNSUBSCRIBE,
  ORDER_COMMAND,
  ORDER_STOP,
} OrderKind;

typedef struct
{
  OrderKind  kind;
  char      *channel;
  GPtrArray *words;
} Order;

struct _WeftRelayRedis
{
  /* Set once */
  const WeftRelayRedisFuncs *funcs;
  gpointer                   user_data;
  char                      *path;     /* of a socket; %NULL: */
  char                      *host;
  int                        port;
  int                        database;
  char                      *user;
  char                      *password;
  GThread                   *thread;

  /* Shared */
  GAsyncQueue               *orders;
  int                        wake_fd;
  int                        is_up;    /* atomic */
  GMutex                     mutex;
  WeftRelayRedisCounters     counters; /* guarded by @mutex */

  /* The thread's */
  redisContext              *listening; /* both, or none */
  redisContext              *talking;
  GHashTable                *channels;  /* name -> how often it is wanted */
  gboolean                   complained;
  gboolean                   stopping;
  gint64                     tried_us;
  gint64                     pinged_us;
  gint64                     heard_us[2]; /* of listening, of talking */
  gint64                     ticked_us;
};

static void
order_free (Order *order)
{
  g_free (order->channel);
  g_clear_pointer (&order->words, g_ptr_array_unref);
  g_free (order);
}

static void
count (WeftRelayRedis *self,
       guint64        *counter)
{
  g_mutex_lock (&self->mutex);
  (*counter)++;
  g_mutex_unlock (&self->mutex);
}

/* --- the connections --- */

static void
hang_up (WeftRelayRedis *self,
         const char     *why)
{
  g_clear_pointer (&self->listening, redisFree);
  g_clear_pointer (&self->talking, redisFree);
  if (!self->complained && !self->stopping)
    g_warning ("redis: %s; trying again", why);
  self->complained = TRUE;
  self->tried_us = g_get_monotonic_time ();

  if (g_atomic_int_get (&self->is_up))
    {
      g_atomic_int_set (&self->is_up, FALSE);
      self->funcs->changed (FALSE, self->user_data);
    }
}

/* An answer to the greeting; sets @why where it is none. */
static gboolean
greet (redisContext *context,
       char        **why,
       int           argc,
       const char  **argv)
{
  redisReply *reply = redisCommandArgv (context, argc, argv, NULL);
  gboolean welcome = reply != NULL && reply->type != REDIS_REPLY_ERROR;

  if (reply == NULL)
    *why = g_strdup (context->errstr);
  else if (!welcome)
    *why = g_strndup (reply->str, (gsize) reply->len);
  if (reply != NULL)
    freeReplyObject (reply);
  return welcome;
}

static gboolean
log_in (WeftRelayRedis *self,
        redisContext   *context,
        char          **why)
{
  const char *auth[] = { "AUTH", self->user, self->password };
  const char *old_auth[] = { "AUTH", self->password };
  const char *ping[] = { "PING" };
  g_autofree char *number = g_strdup_printf ("%d", self->database);
  const char *choose[] = { "SELECT", number };

  if (self->password != NULL && self->user != NULL && !greet (context, why, 3, auth))
    return FALSE;
  if (self->password != NULL && self->user == NULL && !greet (context, why, 2, old_auth))
    return FALSE;
  if (self->database != 0 && !greet (context, why, 2, choose))
    return FALSE;
  return greet (context, why, 1, ping);
}

static redisContext *
connect_one (WeftRelayRedis *self,
             char          **why)
{
  const struct timeval patience = { CONNECT_SECONDS, 0 };
  redisContext *context = self->path != NULL ? redisConnectUnixWithTimeout (self->path, patience)
                                             : redisConnectWithTimeout (self->host, self->port, patience);

  if (context == NULL || context->err != 0)
    *why = g_strdup (context != NULL ? context->errstr : "no memory");
  else if (redisSetTimeout (context, patience) == REDIS_OK && log_in (self, context, why))
    {
      /* From here on nothing waits. */
      context->flags &= ~REDIS_BLOCK;
      if (fcntl (context->fd, F_SETFL, fcntl (context->fd, F_GETFL) | O_NONBLOCK) == 0)
        return context;
    }

  if (*why == NULL)
    *why = g_strdup (context->err != 0 ? context->errstr : g_strerror (errno));
  if (context != NULL)
    redisFree (context);
  return NULL;
}

static void
say_channel (WeftRelayRedis *self,
             const char     *verb,
             const char     *channel)
{
  const char *words[] = { verb, channel };

  if (self->listening != NULL)
    redisAppendCommandArgv (self->listening, 2, words, NULL);
}

static void
connect_both (WeftRelayRedis *self)
{
  g_autofree char *why = NULL;
  GHashTableIter iter;
  gpointer name;

  self->tried_us = g_get_monotonic_time ();
  self->listening = connect_one (self, &why);
  if (self->listening != NULL)
    self->talking = connect_one (self, &why);
  if (self->talking == NULL)
    {
      hang_up (self, why);
      return;
    }

  self->pinged_us = self->heard_us[0] = self->heard_us[1] = g_get_monotonic_time ();
  if (self->complained)
    g_message ("redis: connected again");
  self->complained = FALSE;
  count (self, &self->counters.n_connects);
  g_atomic_int_set (&self->is_up, TRUE);
  self->funcs->changed (TRUE, self->user_data);

  g_hash_table_iter_init (&iter, self->channels);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    say_channel (self, "SUBSCRIBE", name);
}

/* --- orders --- */

static void
change_channel (WeftRelayRedis *self,
                const char     *channel,
                int             change)
{
  int wanted = GPOINTER_TO_INT (g_hash_table_lookup (self->channels, channel)) + change;

  if (wanted > 0)
    g_hash_table_insert (self->channels, g_strdup (channel), GINT_TO_POINTER (wanted));
  else
    g_hash_table_remove (self->channels, channel);

  /* Also who comes second wants to hear that it is subscribed: the server says it again. */
  if (change > 0)
    say_channel (self, "SUBSCRIBE", channel);
  else if (wanted == 0)
    say_channel (self, "UNSUBSCRIBE", channel);
}

static void
give_command (WeftRelayRedis *self,
              GPtrArray      *words)
{
  g_autofree const char **argv = g_new (const char *, words->len);
  g_autofree gsize *lengths = g_new (gsize, words->len);

  if (self->talking == NULL)
    {
      count (self, &self->counters.n_dropped);
      return;
    }

  for (guint i = 0; i < words->len; i++)
    {
      argv[i] = g_bytes_get_data (words->pdata[i], &lengths[i]);
      if (argv[i] == NULL)
        argv[i] = "";
    }
  redisAppendCommandArgv (self->talking, (int) words->len, argv, lengths);
  count (self, &self->counters.n_sent);
}

static void
take_orders (WeftRelayRedis *self)
{
  Order *order;

  while ((order = g_async_queue_try_pop (self->orders)) != NULL)
    {
      switch (order->kind)
        {
        case ORDER_SUBSCRIBE:
          change_channel (self, order->channel, 1);
          break;
        case ORDER_UNSUBSCRIBE:
          change_channel (self, order->channel, -1);
          break;
        case ORDER_COMMAND:
          give_command (self, order->words);
          break;
        case ORDER_STOP:
          self->stopping = TRUE;
          break;
        }
      order_free (order);
    }
}

/* --- what comes --- */

static void
take_message (WeftRelayRedis   *self,
              const redisReply *reply)
{
  const redisReply *kind;

  if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 3 || reply->element[0]->type != REDIS_REPLY_STRING ||
      reply->element[1]->type != REDIS_REPLY_STRING)
    return;

  kind = reply->element[0];
  if (strcmp (kind->str, "subscribe") == 0)
    {
      self->funcs->subscribed (reply->element[1]->str, self->user_data);
    }
  else if (strcmp (kind->str, "message") == 0 && reply->element[2]->type == REDIS_REPLY_STRING)
    {
      g_autoptr(GBytes) data = g_bytes_new (reply->element[2]->str, (gsize) reply->element[2]->len);

      count (self, &self->counters.n_received);
      self->funcs->message (reply->element[1]->str, data, self->user_data);
    }
}

/* Returns: whether the connection lives */
static gboolean
read_one (WeftRelayRedis *self,
          redisContext   *context,
          gint64         *heard_us)
{
  void *reply;

  if (redisBufferRead (context) != REDIS_OK)
    return FALSE;

  *heard_us = g_get_monotonic_time ();
  while (redisGetReply (context, &reply) == REDIS_OK)
    {
      const redisReply *answer = reply;

      if (reply == NULL)
        return TRUE;
      if (context == self->listening)
        take_message (self, answer);
      else if (answer->type == REDIS_REPLY_ERROR)
        g_warning ("redis: %.*s", (int) answer->len, answer->str);
      freeReplyObject (reply);
    }

  return FALSE;
}

/* @waits: something is left to be written. Returns: whether the connection lives */
static gboolean
write_one (redisContext *context,
           gboolean     *waits)
{
  int done = 0;

  if (sdslen (context->obuf) > MAX_QUEUE || redisBufferWrite (context, &done) != REDIS_OK)
    return FALSE;
  *waits = !done;
  return TRUE;
}

static void
keep_alive (WeftRelayRedis *self,
            gint64          now_us)
{
  if (now_us - self->heard_us[0] > DEAD_US || now_us - self->heard_us[1] > DEAD_US)
    {
      hang_up (self, "the server does not answer");
      return;
    }

  if (now_us - self->pinged_us >= PING_US)
    {
      redisAppendCommand (self->listening, "PING");
      redisAppendCommand (self->talking, "PING");
      self->pinged_us = now_us;
    }
}

/* Writes what can be written, and waits until there is something to do. */
static void
turn (WeftRelayRedis *self,
      int             patience_ms)
{
  struct pollfd fds[3] = { { .fd = self->wake_fd, .events = POLLIN }, { .fd = -1 }, { .fd = -1 } };
  gboolean waits[2] = { FALSE, FALSE };
  guint64 woken;

  if (self->listening != NULL &&
      (!write_one (self->listening, &waits[0]) || !write_one (self->talking, &waits[1])))
    hang_up (self, "the connection is lost");

  if (self->listening != NULL)
    {
      fds[1] = (struct pollfd){ .fd = self->listening->fd, .events = (short) (POLLIN | (waits[0] ? POLLOUT : 0)) };
      fds[2] = (struct pollfd){ .fd = self->talking->fd, .events = (short) (POLLIN | (waits[1] ? POLLOUT : 0)) };
    }

  if (poll (fds, 3, patience_ms) <= 0)
    return;

  if (fds[0].revents != 0 && read (self->wake_fd, &woken, sizeof woken) < 0 && errno != EAGAIN)
    g_warning ("redis: %s", g_strerror (errno));
  if ((fds[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
      !read_one (self, self->listening, &self->heard_us[0]))
    hang_up (self, "the connection is lost");
  if (self->talking != NULL && (fds[2].revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
      !read_one (self, self->talking, &self->heard_us[1]))
    hang_up (self, "the connection is lost");
}

static gpointer
redis_thread (gpointer data)
{
  WeftRelayRedis *self = data;
  gint64 until_us;

  while (!self->stopping)
    {
      gint64 now_us = g_get_monotonic_time ();
      gint64 next_us;

      if (self->listening == NULL && (self->tried_us == 0 || now_us - self->tried_us >= RETRY_US))
        connect_both (self);
      else if (self->listening != NULL)
        keep_alive (self, now_us);
      if (now_us - self->ticked_us >= TICK_US)
        {
          self->ticked_us = now_us;
          self->funcs->tick (self->user_data);
        }

      take_orders (self);
      next_us = self->ticked_us + TICK_US;
      if (self->listening == NULL)
        next_us = MIN (next_us, self->tried_us + RETRY_US);
      turn (self, (int) CLAMP ((next_us - g_get_monotonic_time ()) / 1000 + 1, 1, 1000));
    }

  /* The last words. */
  until_us = g_get_monotonic_time () + STOP_MS * 1000;
  while (self->talking != NULL && sdslen (self->talking->obuf) > 0 && g_get_monotonic_time () < until_us)
    turn (self, 10);
  hang_up (self, "ending");
  return NULL;
}

/* --- beginning and end --- */

static gboolean
read_password (WeftRelayRedis *self,
               const char     *file,
               GError        **error)
{
  if (file == NULL)
    return TRUE;
  if (!g_file_get_contents (file, &self->password, NULL, error))
    {
      g_prefix_error (error, "--redis-password-file: ");
      return FALSE;
    }
  g_strchomp (self->password);
  return TRUE;
}

static gboolean
read_url (WeftRelayRedis *self,
          const char     *url,
          GError        **error)
{
  g_autoptr(GUri) uri = g_uri_parse (url, G_URI_FLAGS_HAS_PASSWORD, NULL);
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : "";
  const char *path;

  if (!g_str_equal (scheme, "redis") && !g_str_equal (scheme, "redis+unix"))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "--redis: write redis://HOST:PORT, or redis+unix:///PATH for a socket");
      return FALSE;
    }
  if (g_uri_get_password (uri) != NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "--redis: the password belongs in a file that --redis-password-file names, not in the address");
      return FALSE;
    }

  path = g_uri_get_path (uri);
  self->user = g_uri_get_user (uri) != NULL && *g_uri_get_user (uri) != '\0' ? g_strdup (g_uri_get_user (uri)) : NULL;
  if (g_str_equal (scheme, "redis+unix"))
    {
      self->path = g_strdup (path);
      return TRUE;
    }

  self->host = g_strdup (g_uri_get_host (uri) != NULL && *g_uri_get_host (uri) != '\0' ? g_uri_get_host (uri)
                                                                                      : "127.0.0.1");
  self->port = g_uri_get_port (uri) > 0 ? g_uri_get_port (uri) : DEFAULT_PORT;
  if (*path == '/' && path[1] != '\0')
    {
      char *end;

      self->database = (int) g_ascii_strtoll (path + 1, &end, 10);
      if (*end != '\0' || self->database < 0)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "--redis: “%s” is no number of a database",
                       path + 1);
          return FALSE;
        }
    }
  return TRUE;
}

WeftRelayRedis *
weft_relay_redis_new (const char                *url,
                      const char                *password_file,
                      const WeftRelayRedisFuncs *funcs,
                      gpointer                   user_data,
                      GError                   **error)
{
  WeftRelayRedis *self = g_new0 (WeftRelayRedis, 1);

  self->funcs = funcs;
  self->user_data = user_data;
  self->orders = g_async_queue_new ();
  self->channels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  g_mutex_init (&self->mutex);

  if (self->wake_fd < 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "No descriptor is left: %s", g_strerror (errno));
      weft_relay_redis_free (self);
      return NULL;
    }
  if (!read_url (self, url, error) || !read_password (self, password_file, error))
    {
      weft_relay_redis_free (self);
      return NULL;
    }

  return self;
}

static void
give_order (WeftRelayRedis *self,
            OrderKind       kind,
            const char     *channel,
            GPtrArray      *words)
{
  Order *order = g_new0 (Order, 1);
  guint64 one = 1;

  order->kind = kind;
  order->channel = g_strdup (channel);
  order->words = words;
  g_async_queue_push (self->orders, order);
  if (write (self->wake_fd, &one, sizeof one) < 0 && errno != EAGAIN)
    g_warning ("redis: %s", g_strerror (errno));
}

void
weft_relay_redis_start (WeftRelayRedis *self)
{
  self->thread = g_thread_new ("relay-redis", redis_thread, self);
}

void
weft_relay_redis_stop (WeftRelayRedis *self)
{
  if (self->thread == NULL)
    return;

  give_order (self, ORDER_STOP, NULL, NULL);
  g_thread_join (g_steal_pointer (&self->thread));
}

void
weft_relay_redis_free (WeftRelayRedis *self)
{
  Order *order;

  weft_relay_redis_stop (self);
  while ((order = g_async_queue_try_pop (self->orders)) != NULL)
    order_free (order);
  if (self->wake_fd >= 0)
    close (self->wake_fd);
  g_async_queue_unref (self->orders);
  g_hash_table_unref (self->channels);
  g_mutex_clear (&self->mutex);
  g_free (self->path);
  g_free (self->host);
  g_free (self->user);
  g_free (self->password);
  g_free (self);
}

/* --- on any thread --- */

void
weft_relay_redis_subscribe (WeftRelayRedis *self,
                            const char     *channel)
{
  give_order (self, ORDER_SUBSCRIBE, channel, NULL);
}

void
weft_relay_redis_unsubscribe (WeftRelayRedis *self,
                              const char     *channel)
{
  give_order (self, ORDER_UNSUBSCRIBE, channel, NULL);
}

void
weft_relay_redis_command (WeftRelayRedis *self,
                          GPtrArray      *words)
{
  give_order (self, ORDER_COMMAND, NULL, words);
}

gboolean
weft_relay_redis_is_up (WeftRelayRedis *self)
{
  return g_atomic_int_get (&self->is_up);
}

void
weft_relay_redis_get_counters (WeftRelayRedis         *self,
                               WeftRelayRedisCounters *counters)
{
  g_mutex_lock (&self->mutex);
  *counters = self->counters;
  g_mutex_unlock (&self->mutex);
}
