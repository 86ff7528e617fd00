/* weft-relay-metrics.c - /metrics, for Prometheus
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-metrics.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "relay/weft-relay-mirror.h"

/* The first and last HTTP status that is a refusal. */
#define FIRST_REFUSAL 400
#define LAST_REFUSAL  599

static void
put_head (GString    *text,
          const char *name,
          const char *type,
          const char *help)
{
  g_string_append_printf (text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
put_number (GString    *text,
            const char *name,
            const char *type,
            const char *help,
            guint64     value)
{
  put_head (text, name, type, help);
  g_string_append_printf (text, "%s %" G_GUINT64_FORMAT "\n", name, value);
}

/* Buckets are counted upwards there: each holds those before it. */
static void
put_buckets (GString       *text,
             const char    *name,
             const double  *bounds,
             guint          n_bounds,
             const guint64 *buckets,
             guint64        sum_us)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  guint64 count = 0;

  for (guint i = 0; i < n_bounds; i++)
    {
      count += buckets[i];
      g_string_append_printf (text, "%s_bucket{le=\"%s\"} %" G_GUINT64_FORMAT "\n", name,
                              g_ascii_formatd (number, sizeof number, "%g", bounds[i]), count);
    }

  count += buckets[n_bounds];
  g_string_append_printf (text, "%s_bucket{le=\"+Inf\"} %" G_GUINT64_FORMAT "\n%s_sum %s\n%s_count %" G_GUINT64_FORMAT "\n",
                          name, count, name,
                          g_ascii_formatd (number, sizeof number, "%.6f", (double) sum_us / G_USEC_PER_SEC), name, count);
}

static void
put_histogram (GString                  *text,
               const char               *name,
               const char               *help,
               const WeftRelayHistogram *histogram)
{
  put_head (text, name, "histogram", help);
  put_buckets (text, name, weft_relay_bounds, WEFT_RELAY_N_BOUNDS, histogram->buckets, histogram->sum_us);
}

static void
put_traffic (GString                 *text,
             const WeftRelayCounters *counters)
{
  put_number (text, "weft_connections", "gauge", "WebSocket connections now.", counters->n_connections);
  put_number (text, "weft_sessions", "gauge", "Connections in rooms; one may be in several.", counters->n_sessions);
  put_number (text, "weft_rooms", "gauge", "Rooms in memory.", counters->n_rooms);
  put_number (text, "weft_document_bytes", "gauge", "Size of the documents in memory, as stored.",
              counters->document_bytes);
  put_number (text, "weft_pending_bytes", "gauge", "Updates in memory that wait for missing ones.",
              counters->pending_bytes);
  put_number (text, "weft_queue_bytes", "gauge", "What waits for readers.", counters->queue_bytes);
  put_number (text, "weft_handshakes_total", "counter", "Handshakes that were completed.", counters->n_accepted);
  put_number (text, "weft_updates_total", "counter", "Updates that were stored.", counters->n_updates);
  put_number (text, "weft_messages_received_total", "counter", "Messages from clients.", counters->n_messages_in);
  put_number (text, "weft_messages_sent_total", "counter", "Messages to clients.", counters->n_messages_out);
  put_number (text, "weft_received_bytes_total", "counter", "Bytes from clients.", counters->n_bytes_in);
  put_number (text, "weft_sent_bytes_total", "counter", "Bytes to clients.", counters->n_bytes_out);

  put_head (text, "weft_closed_total", "counter", "Connections that ended, by close code.");
  for (guint i = 0; i < WEFT_RELAY_N_CODES; i++)
    g_string_append_printf (text, "weft_closed_total{code=\"%u\"} %" G_GUINT64_FORMAT "\n",
                            weft_relay_counted_codes[i], counters->n_closed[i]);
  g_string_append_printf (text, "weft_closed_total{code=\"other\"} %" G_GUINT64_FORMAT "\n",
                          counters->n_closed[WEFT_RELAY_N_CODES]);

  put_histogram (text, "weft_fan_out_seconds", "From an update's arrival until it was queued for all, its commit included.",
                 &counters->fan_out);
  put_histogram (text, "weft_sync_seconds", "From entering a room until its first step 1 was answered.",
                 &counters->sync);
}

static void
put_store (GString        *text,
           WeftRelayStore *store)
{
  WeftRelayStoreCounters counters;
  g_autofree char *trouble = weft_relay_store_dup_trouble (store);

  weft_relay_store_get_counters (store, &counters);
  put_number (text, "weft_store_up", "gauge", "Whether the last commit succeeded.", trouble == NULL);
  put_number (text, "weft_store_commits_total", "counter", "Groups of updates that were committed.",
              counters.n_commits);
  put_number (text, "weft_store_failures_total", "counter", "Groups that could not be.", counters.n_failed);
  put_number (text, "weft_store_bytes_total", "counter", "Bytes of updates that were stored.", counters.n_bytes);
  put_head (text, "weft_store_commit_seconds", "histogram", "How long a commit took.");
  put_buckets (text, "weft_store_commit_seconds", weft_relay_store_buckets, WEFT_RELAY_STORE_N_BUCKETS - 1,
               counters.commits, counters.commit_us);
}

static void
put_bus (GString      *text,
         WeftRelayBus *bus)
{
  WeftRelayBusCounters counters;

  if (bus == NULL)
    return;

  weft_relay_bus_get_counters (bus, &counters);
  put_number (text, "weft_redis_up", "gauge", "Whether Redis can be reached.", weft_relay_bus_is_up (bus));
  put_number (text, "weft_redis_connects_total", "counter", "Times that Redis was reached anew.", counters.n_connects);
  put_number (text, "weft_redis_commands_total", "counter", "Commands given to Redis.", counters.n_published);
  put_number (text, "weft_redis_dropped_total", "counter", "Commands that were dropped while Redis was away.",
              counters.n_dropped);
  put_number (text, "weft_redis_messages_total", "counter", "Messages of other relays, and echoes of our own.",
              counters.n_received);
  put_number (text, "weft_relays", "gauge", "Relays of the same database that are there now, this one included.",
              counters.n_relays + 1);
}

static void
put_mirror (GString         *text,
            WeftRelayMirror *mirror)
{
  WeftRelayMirrorCounters counters;

  if (mirror == NULL)
    return;

  weft_relay_mirror_get_counters (mirror, &counters);
  put_number (text, "weft_mirror_up", "gauge", "Whether the relay that is followed can be, and what comes is stored.", counters.is_up);
  put_number (text, "weft_mirror_rooms", "gauge", "Rooms that it has.", counters.n_rooms);
  put_number (text, "weft_mirror_rooms_behind", "gauge", "Of those, the ones that are not as new here.", counters.n_behind);
  put_number (text, "weft_mirror_rooms_open", "gauge", "Rooms there that are listened to now.", counters.n_open);
  put_number (text, "weft_mirror_updates_total", "counter", "Updates that came from there and were stored.", counters.n_updates);
  put_number (text, "weft_mirror_bytes_total", "counter", "Bytes of those.", counters.n_bytes);
  put_number (text, "weft_mirror_failures_total", "counter", "Lists and rooms that could not be had.", counters.n_failures);
  put_number (text, "weft_mirror_complete_timestamp_seconds", "gauge",
              "When everything there was here last, in seconds since 1970; 0: not yet.", (guint64) counters.complete_s);
}

static void
put_refusals (GString   *text,
              WeftRelay *relay)
{
  put_head (text, "weft_http_refused_total", "counter", "Requests and handshakes that were not let in, by HTTP status.");
  for (guint status = FIRST_REFUSAL; status <= LAST_REFUSAL; status++)
    {
      guint64 count = weft_relay_get_n_refused (relay, status);

      if (count > 0)
        g_string_append_printf (text, "weft_http_refused_total{status=\"%u\"} %" G_GUINT64_FORMAT "\n", status, count);
    }
}

static void
put_process (GString *text)
{
  g_autoptr(GDir) fds = g_dir_open ("/proc/self/fd", 0, NULL);
  g_autofree char *statm = NULL;
  guint64 n_pages = 0;
  guint64 n_fds = 0;
  struct rlimit limit;

  if (g_file_get_contents ("/proc/self/statm", &statm, NULL, NULL))
    sscanf (statm, "%*u %" G_GUINT64_FORMAT, &n_pages);
  while (fds != NULL && g_dir_read_name (fds) != NULL)
    n_fds++;

  put_number (text, "process_resident_memory_bytes", "gauge", "Memory in use.", n_pages * (guint64) sysconf (_SC_PAGESIZE));
  put_number (text, "process_open_fds", "gauge", "Descriptors in use.", n_fds);
  if (getrlimit (RLIMIT_NOFILE, &limit) == 0)
    put_number (text, "process_max_fds", "gauge", "Descriptors there may be.", limit.rlim_cur);
}

char *
weft_relay_metrics_to_text (WeftRelay *relay)
{
  GString *text = g_string_new (NULL);
  WeftRelayCounters counters;

  weft_relay_pool_get_counters (weft_relay_get_pool (relay), &counters);
  put_head (text, "weft_info", "gauge", "Which relay this is.");
  g_string_append_printf (text, "weft_info{version=\"%s\",backend=\"%s\"} 1\n", WEFT_VERSION,
                          weft_relay_store_get_backend (weft_relay_get_store (relay)));
  put_traffic (text, &counters);
  put_store (text, weft_relay_get_store (relay));
  put_bus (text, weft_relay_get_bus (relay));
  put_mirror (text, weft_relay_get_mirror (relay));
  put_refusals (text, relay);
  put_process (text);
  return g_string_free (text, FALSE);
}
