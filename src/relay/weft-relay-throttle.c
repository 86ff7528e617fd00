/* weft-relay-throttle.c - how often an address may try
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-throttle.h"

#include <gio/gio.h>
#include <string.h>

struct _WeftRelayThrottle
{
  guint       burst;
  guint       per_minute;
  GHashTable *buckets; /* char * -> Bucket */
};

typedef struct
{
  double tries;
  gint64 at_ms;
} Bucket;

WeftRelayThrottle *
weft_relay_throttle_new (guint burst,
                         guint per_minute)
{
  WeftRelayThrottle *self = g_new0 (WeftRelayThrottle, 1);

  self->burst = MAX (burst, 1);
  self->per_minute = MAX (per_minute, 1);
  self->buckets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
weft_relay_throttle_free (WeftRelayThrottle *self)
{
  g_hash_table_unref (self->buckets);
  g_free (self);
}

static char *
make_key (const char *address)
{
  g_autoptr(GInetAddress) inet = address != NULL ? g_inet_address_new_from_string (address) : NULL;

  if (inet != NULL && g_inet_address_get_family (inet) == G_SOCKET_FAMILY_IPV6)
    {
      const guint8 *bytes = g_inet_address_to_bytes (inet);

      return g_strdup_printf ("%02x%02x:%02x%02x:%02x%02x:%02x%02x/64", bytes[0], bytes[1], bytes[2], bytes[3], bytes[4],
                              bytes[5], bytes[6], bytes[7]);
    }
  return g_strdup (address != NULL ? address : "?");
}

static void
fill (WeftRelayThrottle *self,
      Bucket            *bucket,
      gint64             now_ms)
{
  double gained = (double) MAX (now_ms - bucket->at_ms, 0) * self->per_minute / 60000.0;

  bucket->tries = MIN (bucket->tries + gained, (double) self->burst);
  bucket->at_ms = now_ms;
}

static gboolean
is_full_cb (gpointer key,
            gpointer value,
            gpointer user_data)
{
  gpointer *context = user_data;
  WeftRelayThrottle *self = context[0];

  fill (self, value, *(gint64 *) context[1]);
  return ((Bucket *) value)->tries >= (double) self->burst;
}

static Bucket *
find_bucket (WeftRelayThrottle *self,
             const char        *address,
             gint64             now_ms)
{
  g_autofree char *key = make_key (address);
  Bucket *bucket = g_hash_table_lookup (self->buckets, key);
  gpointer context[] = { self, &now_ms };

  if (bucket == NULL && g_hash_table_size (self->buckets) >= WEFT_RELAY_THROTTLE_MAX_BUCKETS &&
      g_hash_table_foreach_remove (self->buckets, is_full_cb, context) == 0)
    {
      g_free (key);
      key = g_strdup ("(everybody else)");
      bucket = g_hash_table_lookup (self->buckets, key);
    }

  if (bucket == NULL)
    {
      bucket = g_new0 (Bucket, 1);
      bucket->tries = (double) self->burst;
      bucket->at_ms = now_ms;
      g_hash_table_insert (self->buckets, g_steal_pointer (&key), bucket);
    }

  return bucket;
}

guint
weft_relay_throttle_take (WeftRelayThrottle *self,
                          const char        *address,
                          guint              cost,
                          gint64             now_ms)
{
  Bucket *bucket = find_bucket (self, address, now_ms);

  fill (self, bucket, now_ms);
  if (bucket->tries < (double) cost)
    return 1 + (guint) (((double) cost - bucket->tries) * 60.0 / self->per_minute);

  bucket->tries -= (double) cost;
  return 0;
}
