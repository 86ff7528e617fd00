/* weft-relay-redis.h - a connection to Redis, or to what speaks like it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A thread with two connections, one that listens to channels and one that gives commands. When the server goes away it
 * is tried again until it is back, and the channels are subscribed anew; commands given meanwhile are dropped. Only
 * plain commands of Redis 2.8 are spoken (RESP2), so that Valkey and Dragonfly serve too.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _WeftRelayRedis WeftRelayRedis;

/* All of them run on the thread of the connection. */
typedef struct
{
  /* The server is there (again), channels follow; or it is lost. */
  void (*changed)    (gboolean    is_up,
                      gpointer    user_data);
  /* What is published on @channel from now on arrives. */
  void (*subscribed) (const char *channel,
                      gpointer    user_data);
  void (*message)    (const char *channel,
                      GBytes     *data,
                      gpointer    user_data);
  /* About once a second, with or without the server. */
  void (*tick)       (gpointer    user_data);
} WeftRelayRedisFuncs;

typedef struct
{
  guint64 n_sent;      /* commands */
  guint64 n_dropped;   /* commands that the server's absence took */
  guint64 n_received;  /* messages of channels */
  guint64 n_connects;
} WeftRelayRedisCounters;

/**
 * weft_relay_redis_new:
 * @url: `redis://[USER@]HOST[:PORT][/DATABASE]` or `redis+unix:///PATH`
 * @password_file: (nullable): holds the password
 * @funcs: must outlive it
 * @user_data: for @funcs
 * @error: of the %G_IO_ERROR domain: the address or the file is no good. That the server is away is no error.
 *
 * Returns: (transfer full) (nullable): a client that begins to connect at weft_relay_redis_start()
 */
WeftRelayRedis *weft_relay_redis_new          (const char                *url,
                                               const char                *password_file,
                                               const WeftRelayRedisFuncs *funcs,
                                               gpointer                   user_data,
                                               GError                   **error) G_GNUC_WARN_UNUSED_RESULT;
void            weft_relay_redis_start        (WeftRelayRedis            *self);
/* Sends what was given so far, as far as the server takes it at once, and ends the thread; nothing is called any more. */
void            weft_relay_redis_stop         (WeftRelayRedis            *self);
void            weft_relay_redis_free         (WeftRelayRedis            *self);

/* --- on any thread; none of these waits --- */
/* Counted: as many calls of unsubscribe end it. */
void            weft_relay_redis_subscribe    (WeftRelayRedis            *self,
                                               const char                *channel);
void            weft_relay_redis_unsubscribe  (WeftRelayRedis            *self,
                                               const char                *channel);
/* @words: (element-type GBytes) (transfer full): the command and its arguments. Nobody hears the answer. */
void            weft_relay_redis_command      (WeftRelayRedis            *self,
                                               GPtrArray                 *words);
gboolean        weft_relay_redis_is_up        (WeftRelayRedis            *self);
void            weft_relay_redis_get_counters (WeftRelayRedis            *self,
                                               WeftRelayRedisCounters    *counters);

G_END_DECLS
