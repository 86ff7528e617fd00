/* weft-relay-pool.c - the threads behind the handshake
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-pool.h"

#include <string.h>
#include <unistd.h>

#define MAX_THREADS 64

typedef struct
{
  WeftRelayPool *pool;
  GThread       *thread;
  GMainContext  *context;
  GMainLoop     *loop;
  WeftRelayHub  *hub;
  GError        *error;
} Worker;

struct _WeftRelayPool
{
  WeftRelayStore        *store;
  WeftRelayAuth         *auth;
  WeftRelayBus          *bus;        /* nullable */
  const WeftRelayLimits *limits;
  WeftRelayNoteSync     *notes;      /* nullable */
  WeftRelayChangedFunc   changed;
  guint                  n_workers;
  Worker                *workers;

  GMutex                 mutex;
  GCond                  cond;
  guint                  n_started;  /* guarded by @mutex */
  guint                  n_answered; /* guarded by @mutex */
  guint                  n_quiet;    /* guarded by @mutex */
  GHashTable            *addresses;  /* address -> how many connections; guarded by @mutex */
};

/* What is to be done on every hub. */
typedef struct
{
  WeftRelayPool *pool;
  WeftRelayHub  *hub;
  char          *user;
  char          *room;
  guint16        code;
  char          *reason;
} Order;

void
weft_relay_arrival_free (WeftRelayArrival *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_clear_pointer (&self->early, g_bytes_unref);
  g_clear_pointer (&self->grant, weft_relay_grant_unref);
  g_free (self->room);
  g_free (self->peer);
  g_free (self->address);
  g_free (self->token);
  g_free (self->device);
  g_free (self->close_reason);
  g_free (self);
}

/* --- the threads --- */

static gpointer
worker_thread (gpointer data)
{
  Worker *self = data;
  WeftRelayPool *pool = self->pool;

  g_main_context_push_thread_default (self->context);
  self->hub = weft_relay_hub_new (pool, pool->store, pool->limits, &self->error);

  g_mutex_lock (&pool->mutex);
  pool->n_started++;
  g_cond_broadcast (&pool->cond);
  g_mutex_unlock (&pool->mutex);

  if (self->hub != NULL)
    g_main_loop_run (self->loop);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

static gboolean
quit_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

WeftRelayPool *
weft_relay_pool_new (WeftRelayStore        *store,
                     WeftRelayAuth         *auth,
                     const WeftRelayLimits *limits,
                     guint                  n_threads,
                     GError               **error)
{
  WeftRelayPool *self = g_new0 (WeftRelayPool, 1);

  self->store = store;
  self->auth = auth;
  self->limits = limits;
  self->n_workers = CLAMP (n_threads > 0 ? n_threads : g_get_num_processors (), 1, MAX_THREADS);
  self->workers = g_new0 (Worker, self->n_workers);
  self->addresses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);

  for (guint i = 0; i < self->n_workers; i++)
    {
      Worker *worker = &self->workers[i];
      g_autofree char *name = g_strdup_printf ("relay-%u", i);

      worker->pool = self;
      worker->context = g_main_context_new ();
      worker->loop = g_main_loop_new (worker->context, FALSE);
      worker->thread = g_thread_new (name, worker_thread, worker);
    }

  g_mutex_lock (&self->mutex);
  while (self->n_started < self->n_workers)
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);

  for (guint i = 0; i < self->n_workers; i++)
    {
      if (self->workers[i].hub == NULL)
        {
          g_propagate_error (error, g_steal_pointer (&self->workers[i].error));
          weft_relay_pool_free (self);
          return NULL;
        }
    }

  return self;
}

void
weft_relay_pool_free (WeftRelayPool *self)
{
  for (guint i = 0; i < self->n_workers; i++)
    {
      Worker *worker = &self->workers[i];
      g_autoptr(GSource) source = g_idle_source_new ();

      /* Posted, since the loop may not run yet. */
      g_source_set_callback (source, quit_cb, worker->loop, NULL);
      g_source_attach (source, worker->context);
    }

  for (guint i = 0; i < self->n_workers; i++)
    g_thread_join (self->workers[i].thread);

  /* A client of one hub may be in a room of another, so they go together. */
  for (guint i = 0; i < self->n_workers; i++)
    if (self->workers[i].hub != NULL)
      weft_relay_hub_take_over (self->workers[i].hub);
  for (guint i = 0; i < self->n_workers; i++)
    if (self->workers[i].hub != NULL)
      weft_relay_hub_end_clients (self->workers[i].hub);

  for (guint i = 0; i < self->n_workers; i++)
    {
      Worker *worker = &self->workers[i];

      g_clear_pointer (&worker->hub, weft_relay_hub_free);
      g_main_loop_unref (worker->loop);
      g_main_context_unref (worker->context);
      g_clear_error (&worker->error);
    }

  g_hash_table_unref (self->addresses);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self->workers);
  g_free (self);
}

/* --- on any thread --- */

WeftRelayHub *
weft_relay_pool_find_hub (WeftRelayPool *self,
                          const char    *room)
{
  /* The low bits of this hash are poor; the multiplication mixes them. */
  guint32 hash = g_str_hash (room) * 2654435769u;

  return self->workers[(hash >> 16) % self->n_workers].hub;
}

WeftRelayAuth *
weft_relay_pool_get_auth (WeftRelayPool *self)
{
  return self->auth;
}

void
weft_relay_pool_get_counters (WeftRelayPool     *self,
                              WeftRelayCounters *counters)
{
  memset (counters, 0, sizeof *counters);
  for (guint i = 0; i < self->n_workers; i++)
    weft_relay_counters_add (counters, weft_relay_hub_get_counters (self->workers[i].hub));
}

void
weft_relay_pool_note_address (WeftRelayPool *self,
                              const char    *address,
                              int            change)
{
  guint count;

  g_mutex_lock (&self->mutex);
  count = GPOINTER_TO_UINT (g_hash_table_lookup (self->addresses, address)) + (guint) change;
  if (count > 0)
    g_hash_table_insert (self->addresses, g_strdup (address), GUINT_TO_POINTER (count));
  else
    g_hash_table_remove (self->addresses, address);
  g_mutex_unlock (&self->mutex);
}

guint
weft_relay_pool_count_address (WeftRelayPool *self,
                               const char    *address)
{
  guint count;

  g_mutex_lock (&self->mutex);
  count = GPOINTER_TO_UINT (g_hash_table_lookup (self->addresses, address));
  g_mutex_unlock (&self->mutex);
  return count;
}

typedef struct
{
  WeftRelayPool    *pool;
  WeftRelayHub     *hub;
  WeftRelayArrival *arrival;
} Adoption;

static void
adopt_here (gpointer data)
{
  Adoption *adoption = data;

  weft_relay_hub_adopt (adoption->hub, g_steal_pointer (&adoption->arrival));
}

static void
adoption_free (gpointer data)
{
  Adoption *adoption = data;

  if (adoption->arrival != NULL)
    weft_relay_pool_note_address (adoption->pool, adoption->arrival->address, -1);
  g_clear_pointer (&adoption->arrival, weft_relay_arrival_free);
  g_free (adoption);
}

void
weft_relay_pool_adopt (WeftRelayPool    *self,
                       WeftRelayArrival *arrival)
{
  Adoption *adoption = g_new (Adoption, 1);

  /* From now on, not from when its thread has time for it: many that come at once are too many all the same. */
  weft_relay_pool_note_address (self, arrival->address, 1);

  /* One that will be in many rooms may be anywhere. */
  adoption->hub = weft_relay_pool_find_hub (self, arrival->room != NULL ? arrival->room : arrival->peer);
  adoption->pool = self;
  adoption->arrival = arrival;
  weft_relay_hub_post (adoption->hub, adopt_here, adoption, adoption_free);
}

/* --- orders to all --- */

static void
order_free (gpointer data)
{
  Order *order = data;

  g_free (order->user);
  g_free (order->room);
  g_free (order->reason);
  g_free (order);
}

static void
post_to_all (WeftRelayPool   *self,
             WeftRelayHubFunc func,
             const char      *user,
             const char      *room,
             guint16          code,
             const char      *reason)
{
  for (guint i = 0; i < self->n_workers; i++)
    {
      Order *order = g_new0 (Order, 1);

      order->pool = self;
      order->hub = self->workers[i].hub;
      order->user = g_strdup (user);
      order->room = g_strdup (room);
      order->code = code;
      order->reason = g_strdup (reason);
      weft_relay_hub_post (order->hub, func, order, order_free);
    }
}

static void
recheck_here (gpointer data)
{
  Order *order = data;

  weft_relay_hub_recheck (order->hub, order->user, order->room);
}

void
weft_relay_pool_recheck_here (WeftRelayPool *self,
                              const char    *user,
                              const char    *room)
{
  post_to_all (self, recheck_here, user, room, 0, NULL);
}

void
weft_relay_pool_recheck (WeftRelayPool *self,
                         const char    *user,
                         const char    *room)
{
  if (self->bus != NULL)
    weft_relay_bus_publish_rights (self->bus, user, room, 0, NULL);
  weft_relay_pool_recheck_here (self, user, room);
}

static void
cut_off_here (gpointer data)
{
  Order *order = data;

  weft_relay_hub_cut_off (order->hub, order->user, order->room, order->code, order->reason);
}

void
weft_relay_pool_cut_off_here (WeftRelayPool *self,
                              const char    *user,
                              const char    *room,
                              guint16        code,
                              const char    *reason)
{
  post_to_all (self, cut_off_here, user, room, code, reason);
}

void
weft_relay_pool_cut_off (WeftRelayPool *self,
                         const char    *user,
                         const char    *room,
                         guint16        code,
                         const char    *reason)
{
  if (self->bus != NULL)
    weft_relay_bus_publish_rights (self->bus, user, room, code, reason);
  weft_relay_pool_cut_off_here (self, user, room, code, reason);
}

/* --- other relays --- */

void
weft_relay_pool_set_bus (WeftRelayPool *self,
                         WeftRelayBus  *bus)
{
  self->bus = bus;
}

WeftRelayBus *
weft_relay_pool_get_bus (WeftRelayPool *self)
{
  return self->bus;
}

typedef struct
{
  WeftRelayHub *hub;
  char         *room;
  WeftRelayWord word;
} Heard;

static void
take_word_here (gpointer data)
{
  Heard *heard = data;

  weft_relay_hub_take_word (heard->hub, heard->room, &heard->word);
}

static void
heard_free (gpointer data)
{
  Heard *heard = data;

  g_free (heard->room);
  g_clear_pointer (&heard->word.data, g_bytes_unref);
  g_free (heard);
}

void
weft_relay_pool_take_word (WeftRelayPool       *self,
                           const char          *room,
                           const WeftRelayWord *word)
{
  Heard *heard = g_new0 (Heard, 1);

  heard->hub = weft_relay_pool_find_hub (self, room);
  heard->room = g_strdup (room);
  heard->word = *word;
  heard->word.data = word->data != NULL ? g_bytes_ref (word->data) : NULL;
  weft_relay_hub_post (heard->hub, take_word_here, heard, heard_free);
}

static void
forget_relay_here (gpointer data)
{
  Order *order = data;

  weft_relay_hub_forget_relay (order->hub, order->user);
}

void
weft_relay_pool_forget_relay (WeftRelayPool *self,
                              const char    *relay)
{
  post_to_all (self, forget_relay_here, relay, NULL, 0, NULL);
}

static void
drain_here (gpointer data)
{
  Order *order = data;

  weft_relay_hub_drain (order->hub);
}

void
weft_relay_pool_drain (WeftRelayPool *self)
{
  post_to_all (self, drain_here, NULL, NULL, 0, NULL);
}

static void
ask_quiet_here (gpointer data)
{
  Order *order = data;
  WeftRelayPool *self = order->pool;

  g_mutex_lock (&self->mutex);
  self->n_answered++;
  self->n_quiet += weft_relay_hub_is_quiet (order->hub);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

gboolean
weft_relay_pool_is_quiet (WeftRelayPool *self)
{
  gboolean quiet;

  g_mutex_lock (&self->mutex);
  self->n_answered = self->n_quiet = 0;
  g_mutex_unlock (&self->mutex);

  post_to_all (self, ask_quiet_here, NULL, NULL, 0, NULL);

  g_mutex_lock (&self->mutex);
  while (self->n_answered < self->n_workers)
    g_cond_wait (&self->cond, &self->mutex);
  quiet = self->n_quiet == self->n_workers;
  g_mutex_unlock (&self->mutex);
  return quiet;
}

void
weft_relay_pool_set_notes (WeftRelayPool        *self,
                           WeftRelayNoteSync    *notes,
                           WeftRelayChangedFunc  changed)
{
  self->notes = notes;
  self->changed = changed;
}

WeftRelayNoteSync *
weft_relay_pool_get_notes (WeftRelayPool *self)
{
  return self->notes;
}

void
weft_relay_pool_note_change (WeftRelayPool *self,
                             const char    *room)
{
  if (self->changed != NULL)
    self->changed (room, self->notes);
}
