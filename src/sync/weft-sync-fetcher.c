/* weft-sync-fetcher.c - synchronises the rooms of pages that are not open
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "sync/weft-sync-fetcher.h"

#include <glib/gi18n-lib.h>

/* A room that is not in step by then is given up for now. */
#define TIMEOUT_S 60

typedef struct
{
  WeftSyncFetcher *fetcher;
  char            *room;
  GCancellable    *cancellable;
  WeftDoc         *doc;
  WeftSyncClient  *client;
  guint            timeout;
  WeftStateVector *before; /* what was in the document when it was loaded */
  WeftDeleteSet   *taken;  /* what others deleted in it since */
  gboolean         changed;
  gboolean         gave;   /* the relay lacked something */
  gboolean         merged; /* that was said */
  gboolean         again;  /* asked for once more meanwhile, or something came after `merged` */
  GPtrArray       *own;   /* of GBytes: edits by those who heard `merged`, not sent yet */
} Fetch;

struct _WeftSyncFetcher
{
  GObject     parent_instance;

  char       *relay;
  char       *token;
  WeftStore  *store;

  /* (element-type utf8), and the same as a set */
  GQueue      waiting;
  GHashTable *waiting_set;

  /* char * -> Fetch */
  GHashTable *running;
};

G_DEFINE_FINAL_TYPE (WeftSyncFetcher, weft_sync_fetcher, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_N_WAITING,
  N_PROPS
};

enum
{
  MERGED,
  GIVEN,
  FETCHED,
  FAILED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static void start_waiting (WeftSyncFetcher *self);

static void
fetch_free (Fetch *fetch)
{
  g_clear_handle_id (&fetch->timeout, g_source_remove);
  g_cancellable_cancel (fetch->cancellable);
  g_object_unref (fetch->cancellable);
  if (fetch->client != NULL)
    {
      g_signal_handlers_disconnect_by_data (fetch->client, fetch);
      weft_sync_client_stop (fetch->client);
      g_object_unref (fetch->client);
    }
  g_clear_pointer (&fetch->doc, weft_doc_free);
  g_clear_pointer (&fetch->before, weft_state_vector_free);
  g_clear_pointer (&fetch->taken, weft_delete_set_free);
  g_ptr_array_unref (fetch->own);
  g_free (fetch->room);
  g_free (fetch);
}

static void
queue_room (WeftSyncFetcher *self,
            const char      *room)
{
  if (g_hash_table_contains (self->waiting_set, room))
    return;

  g_queue_push_tail (&self->waiting, g_strdup (room));
  g_hash_table_add (self->waiting_set, g_strdup (room));
}

/* Ends @fetch, which is gone afterwards. @message: (nullable): why it failed */
static void
end_fetch (Fetch      *fetch,
           const char *message)
{
  g_autoptr(WeftSyncFetcher) self = g_object_ref (fetch->fetcher);
  g_autofree char *room = g_strdup (fetch->room);
  g_autofree char *reason = g_strdup (message);
  gboolean changed = fetch->changed;
  gboolean gave = fetch->gave;

  if (fetch->again && message == NULL)
    queue_room (self, room);

  g_hash_table_remove (self->running, room);

  if (reason == NULL && gave)
    g_signal_emit (self, signals[GIVEN], g_quark_try_string (room), room);
  if (reason != NULL)
    g_signal_emit (self, signals[FAILED], g_quark_try_string (room), room, reason);
  else
    g_signal_emit (self, signals[FETCHED], g_quark_try_string (room), room, changed);

  start_waiting (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_WAITING]);
}

static gboolean
timeout_cb (gpointer user_data)
{
  Fetch *fetch = user_data;

  fetch->timeout = 0;
  end_fetch (fetch, _ ("The relay takes too long"));
  return G_SOURCE_REMOVE;
}

static void
saved_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  gboolean saved = weft_store_flush_finish (WEFT_STORE (object), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  end_fetch (user_data, saved ? NULL : error->message);
}

static void
client_settled_cb (WeftSyncClient *client,
                   Fetch          *fetch)
{
  WeftSyncFetcher *self = fetch->fetcher;
  g_autoptr(WeftStateVector) known = weft_sync_client_dup_known (client);
  g_autoptr(GBytes) acknowledged = weft_state_vector_encode (known);

  g_signal_handlers_disconnect_by_data (client, fetch);
  weft_store_set_sync_state (self->store, fetch->room, self->relay, acknowledged, FALSE);
  weft_store_flush_async (self->store, fetch->cancellable, saved_cb, fetch);
}

/* What was edited on hearing `merged` is in the store now, and may go. */
static void
own_saved_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  gboolean saved = weft_store_flush_finish (WEFT_STORE (object), result, &error);
  Fetch *fetch = user_data;

  /* Then the fetch is gone. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  if (!saved)
    {
      end_fetch (fetch, error->message);
      return;
    }

  for (guint i = 0; i < fetch->own->len; i++)
    weft_sync_client_send_update (fetch->client, fetch->own->pdata[i]);
  weft_sync_client_settle (fetch->client);
}

static void
own_update_cb (WeftDoc      *doc,
               GBytes       *update,
               gconstpointer origin,
               gboolean      local,
               gpointer      user_data)
{
  Fetch *fetch = user_data;

  weft_store_append_update (fetch->fetcher->store, fetch->room, update, WEFT_UPDATE_LOCAL);
  g_ptr_array_add (fetch->own, g_bytes_ref (update));
}

static void
client_synced_cb (WeftSyncClient *client,
                  Fetch          *fetch)
{
  static const WeftDocObserver observer = { .update = own_update_cb };
  guint id = weft_doc_add_observer (fetch->doc, &observer, fetch);

  fetch->gave = weft_sync_client_has_given (client);
  fetch->merged = TRUE;
  g_signal_emit (fetch->fetcher, signals[MERGED], g_quark_try_string (fetch->room), fetch->room,
                 fetch->doc, fetch->before, fetch->taken);
  weft_doc_remove_observer (fetch->doc, id);

  if (fetch->own->len > 0)
    weft_store_flush_async (fetch->fetcher->store, fetch->cancellable, own_saved_cb, fetch);
  else
    weft_sync_client_settle (client);
}

static void
client_update_cb (WeftSyncClient *client,
                  GBytes         *update,
                  Fetch          *fetch)
{
  fetch->changed = TRUE;
  fetch->again |= fetch->merged;
  weft_store_append_update (fetch->fetcher->store, fetch->room, update, WEFT_UPDATE_REMOTE);
}

static void
client_state_cb (WeftSyncClient *client,
                 GParamSpec     *pspec,
                 Fetch          *fetch)
{
  WeftSyncClientState state = weft_sync_client_get_state (client);
  const char *message = weft_sync_client_get_error_message (client);

  if (state == WEFT_SYNC_CLIENT_OFFLINE || state == WEFT_SYNC_CLIENT_DENIED)
    end_fetch (fetch, message != NULL ? message : _ ("The connection to the relay was lost"));
}

static void
remote_transaction_cb (WeftDoc         *doc,
                       WeftTransaction *transaction,
                       gpointer         user_data)
{
  Fetch *fetch = user_data;

  if (!weft_transaction_is_local (transaction))
    weft_delete_set_merge (fetch->taken, weft_transaction_get_delete_set (transaction));
}

static void
loaded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  static const WeftDocObserver observer = { .transaction = remote_transaction_cb };
  g_autoptr(GError) error = NULL;
  WeftDoc *doc = weft_store_load_doc_finish (WEFT_STORE (object), result, NULL, &error);
  Fetch *fetch = user_data;
  WeftSyncFetcher *self;

  /* Then the fetch is gone. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  if (doc == NULL)
    {
      end_fetch (fetch, error->message);
      return;
    }

  self = fetch->fetcher;
  fetch->doc = doc;
  fetch->before = weft_doc_get_state_vector (doc);
  fetch->taken = weft_delete_set_new ();
  weft_doc_add_observer (doc, &observer, fetch);
  fetch->client = weft_sync_client_new (self->relay, fetch->room, doc, NULL);
  weft_sync_client_set_token (fetch->client, self->token);
  g_signal_connect (fetch->client, "synced", G_CALLBACK (client_synced_cb), fetch);
  g_signal_connect (fetch->client, "settled", G_CALLBACK (client_settled_cb), fetch);
  g_signal_connect (fetch->client, "remote-update", G_CALLBACK (client_update_cb), fetch);
  g_signal_connect (fetch->client, "notify::state", G_CALLBACK (client_state_cb), fetch);
  weft_sync_client_start (fetch->client);
}

static void
start_fetch (WeftSyncFetcher *self,
             const char      *room)
{
  Fetch *fetch = g_new0 (Fetch, 1);

  fetch->fetcher = self;
  fetch->room = g_strdup (room);
  fetch->own = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  fetch->cancellable = g_cancellable_new ();
  fetch->timeout = g_timeout_add_seconds (TIMEOUT_S, timeout_cb, fetch);
  g_hash_table_insert (self->running, fetch->room, fetch);
  weft_store_load_doc_async (self->store, room, fetch->cancellable, loaded_cb, fetch);
}

static void
start_waiting (WeftSyncFetcher *self)
{
  while (self->waiting.length > 0 &&
         g_hash_table_size (self->running) < WEFT_SYNC_FETCHER_N_PARALLEL)
    {
      g_autofree char *room = g_queue_pop_head (&self->waiting);

      g_hash_table_remove (self->waiting_set, room);
      start_fetch (self, room);
    }
}

static void
weft_sync_fetcher_get_property (GObject    *object,
                                guint       prop_id,
                                GValue     *value,
                                GParamSpec *pspec)
{
  WeftSyncFetcher *self = WEFT_SYNC_FETCHER (object);

  switch (prop_id)
    {
    case PROP_N_WAITING:
      g_value_set_uint (value, weft_sync_fetcher_get_n_waiting (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_sync_fetcher_dispose (GObject *object)
{
  weft_sync_fetcher_stop (WEFT_SYNC_FETCHER (object));

  G_OBJECT_CLASS (weft_sync_fetcher_parent_class)->dispose (object);
}

static void
weft_sync_fetcher_finalize (GObject *object)
{
  WeftSyncFetcher *self = WEFT_SYNC_FETCHER (object);

  g_hash_table_unref (self->running);
  g_hash_table_unref (self->waiting_set);
  g_clear_object (&self->store);
  g_free (self->relay);
  g_free (self->token);

  G_OBJECT_CLASS (weft_sync_fetcher_parent_class)->finalize (object);
}

static void
weft_sync_fetcher_class_init (WeftSyncFetcherClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = weft_sync_fetcher_get_property;
  object_class->dispose = weft_sync_fetcher_dispose;
  object_class->finalize = weft_sync_fetcher_finalize;

  /**
   * WeftSyncFetcher:n-waiting:
   *
   * How many rooms are queued or under way.
   */
  properties[PROP_N_WAITING] = g_param_spec_uint ("n-waiting", NULL, NULL, 0, G_MAXUINT, 0,
                                                  G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * WeftSyncFetcher::merged:
   * @self: the fetcher
   * @room: the room
   * @doc: (type gpointer): its #WeftDoc, which lives until the handlers return
   *
   * What the relay had is in @doc; an earlier fetch that was cut off may have brought it. Handlers may read it,
   * and edit it: that is stored and sent before #WeftSyncFetcher::fetched. They must not add rooms or take any out.
   */
  signals[MERGED] =
    g_signal_new ("merged", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST | G_SIGNAL_DETAILED, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 4, G_TYPE_STRING, G_TYPE_POINTER, G_TYPE_POINTER, G_TYPE_POINTER);

  /**
   * WeftSyncFetcher::given:
   * @self: the fetcher
   * @room: the room
   *
   * The relay lacked something of the room, and has it now. Others who asked before did not get it.
   */
  signals[GIVEN] =
    g_signal_new ("given", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST | G_SIGNAL_DETAILED, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  /**
   * WeftSyncFetcher::fetched:
   * @self: the fetcher
   * @room: the room
   * @changed: whether something new arrived; it is in the store
   *
   * The room is in step with the relay, both ways.
   */
  signals[FETCHED] =
    g_signal_new ("fetched", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST | G_SIGNAL_DETAILED, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);

  /**
   * WeftSyncFetcher::failed:
   * @self: the fetcher
   * @room: the room
   * @message: why
   *
   * The room was given up for now.
   */
  signals[FAILED] =
    g_signal_new ("failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST | G_SIGNAL_DETAILED, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static void
weft_sync_fetcher_init (WeftSyncFetcher *self)
{
  g_queue_init (&self->waiting);
  self->waiting_set = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->running =
    g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) fetch_free);
}

/**
 * weft_sync_fetcher_new:
 * @relay: the address of a relay
 * @store: the notebook
 *
 * Returns: (transfer full): a fetcher without anything to do
 */
WeftSyncFetcher *
weft_sync_fetcher_new (const char *relay,
                       WeftStore  *store)
{
  WeftSyncFetcher *self;

  g_return_val_if_fail (relay != NULL && WEFT_IS_STORE (store), NULL);

  self = g_object_new (WEFT_TYPE_SYNC_FETCHER, NULL);
  self->relay = g_strdup (relay);
  self->store = g_object_ref (store);

  return self;
}

/**
 * weft_sync_fetcher_set_token:
 * @self: a fetcher
 * @token: (nullable): what lets us in, from the next room on
 */
void
weft_sync_fetcher_set_token (WeftSyncFetcher *self,
                             const char      *token)
{
  g_return_if_fail (WEFT_IS_SYNC_FETCHER (self));

  g_free (self->token);
  self->token = g_strdup (token);
}

/**
 * weft_sync_fetcher_add:
 * @self: a fetcher
 * @room: a room, and the id of its document
 */
void
weft_sync_fetcher_add (WeftSyncFetcher *self,
                       const char      *room)
{
  Fetch *fetch;

  g_return_if_fail (WEFT_IS_SYNC_FETCHER (self));
  g_return_if_fail (room != NULL);

  fetch = g_hash_table_lookup (self->running, room);
  if (fetch != NULL)
    {
      fetch->again = TRUE;
      return;
    }

  queue_room (self, room);
  start_waiting (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_WAITING]);
}

/**
 * weft_sync_fetcher_remove:
 * @self: a fetcher
 * @room: a room that is about to be opened
 */
void
weft_sync_fetcher_remove (WeftSyncFetcher *self,
                          const char      *room)
{
  GList *link;

  g_return_if_fail (WEFT_IS_SYNC_FETCHER (self));
  g_return_if_fail (room != NULL);

  link = g_queue_find_custom (&self->waiting, room, (GCompareFunc) g_strcmp0);
  if (link != NULL)
    {
      g_free (link->data);
      g_queue_delete_link (&self->waiting, link);
      g_hash_table_remove (self->waiting_set, room);
    }

  if (g_hash_table_remove (self->running, room))
    start_waiting (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_WAITING]);
}

/**
 * weft_sync_fetcher_stop:
 * @self: a fetcher
 *
 * Hangs up everywhere and forgets what was waiting.
 */
void
weft_sync_fetcher_stop (WeftSyncFetcher *self)
{
  g_return_if_fail (WEFT_IS_SYNC_FETCHER (self));

  g_queue_clear_full (&self->waiting, g_free);
  g_hash_table_remove_all (self->waiting_set);
  g_hash_table_remove_all (self->running);
}

/**
 * weft_sync_fetcher_get_n_waiting:
 * @self: a fetcher
 *
 * Returns: how many rooms are queued or under way
 */
guint
weft_sync_fetcher_get_n_waiting (WeftSyncFetcher *self)
{
  g_return_val_if_fail (WEFT_IS_SYNC_FETCHER (self), 0);

  return self->waiting.length + g_hash_table_size (self->running);
}
