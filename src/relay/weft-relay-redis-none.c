/* weft-relay-redis-none.c - in place of weft-relay-redis.c where Weft is built without hiredis
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * There is never a client, so nothing but weft_relay_redis_new() is ever called.
 */

#include "config.h"

#include "relay/weft-relay-redis.h"

WeftRelayRedis *
weft_relay_redis_new (const char                *url,
                      const char                *password_file,
                      const WeftRelayRedisFuncs *funcs,
                      gpointer                   user_data,
                      GError                   **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
               "--redis: this Weft was built without Redis (meson option “redis”)");
  return NULL;
}

void
weft_relay_redis_start (WeftRelayRedis *self)
{
}

void
weft_relay_redis_stop (WeftRelayRedis *self)
{
}

void
weft_relay_redis_free (WeftRelayRedis *self)
{
}

void
weft_relay_redis_subscribe (WeftRelayRedis *self,
                            const char     *channel)
{
}

void
weft_relay_redis_unsubscribe (WeftRelayRedis *self,
                              const char     *channel)
{
}

void
weft_relay_redis_command (WeftRelayRedis *self,
                          GPtrArray      *words)
{
  g_ptr_array_unref (words);
}

gboolean
weft_relay_redis_is_up (WeftRelayRedis *self)
{
  return FALSE;
}

void
weft_relay_redis_get_counters (WeftRelayRedis         *self,
                               WeftRelayRedisCounters *counters)
{
  *counters = (WeftRelayRedisCounters){ 0 };
}
