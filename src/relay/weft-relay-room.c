/* weft-relay-room.c - a document, who is here, and the sessions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gio/gio.h>

#include "relay/weft-relay-room-private.h"
#include "sync/weft-sync-protocol.h"

/* A document of up to this many bytes is built where we are, a larger one in a thread. */
#define BUILD_HERE_BYTES (64 * 1024)

/* Compaction pays from this many updates, when a room closes. */
#define COMPACT_ON_CLOSE 32

/* After this many answers to step 1, each counts against what the session may send. */
#define FREE_ANSWERS 2

typedef enum
{
  ROOM_LOADING,
  ROOM_READY,
  ROOM_GIVEN_UP,
} RoomState;

/* What is said once the store has everything up to @after. */
typedef struct
{
  guint64           after;   /* counts appended updates */
  GBytes           *frame;   /* %NULL: nothing but the receipt */
  WeftRelaySession *to;      /* %NULL: all but @sender */
  WeftRelaySession *sender;
  WeftStateVector  *durable; /* what receipts may tell then; nullable */
} Waiting;

struct _WeftRelayRoom
{
  WeftRelayHub      *hub;
  char              *name;
  RoomState          state;
  GPtrArray         *sessions;
  guint              n_receipts; /* sessions that want them */
  WeftRelayPresence *presence;
  gint64             empty_since_ms;

  /* The document */
  WeftDoc           *doc;
  guint              observer_id;
  GBytes            *made;        /* the update that the last call made */
  GBytes            *state_frame; /* the answer to an empty state vector, while nothing changes */
  GHashTable        *pending;     /* checksums of updates that wait for others */
  gsize              n_pending_bytes;

  /* The store */
  guint64            n_appended;
  guint64            n_committed;
  guint64            version;     /* server version on the disk */
  GQueue             waiting;     /* of Waiting, by @after */
  WeftStateVector   *durable;     /* what receipts tell; %NULL: nobody asked yet */
  gboolean           receipts_due;
  guint              tick_source;

  /* Compaction */
  gsize              n_bytes;     /* of the snapshot and the log */
  gsize              snapshot_bytes;
  guint              n_log;
  gsize              log_bytes;
  gboolean           compacting;
};

static gint64
now_in_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

static void
waiting_free (gpointer data)
{
  Waiting *waiting = data;

  g_clear_pointer (&waiting->frame, g_bytes_unref);
  g_clear_pointer (&waiting->durable, weft_state_vector_free);
  g_free (waiting);
}

static const WeftRelayLimits *
limits_of (WeftRelayRoom *self)
{
  return weft_relay_hub_get_limits (self->hub);
}

/* --- telling --- */

static void
broadcast (WeftRelayRoom    *self,
           GBytes           *frame,
           WeftRelaySession *sender)
{
  for (guint i = 0; i < self->sessions->len; i++)
    {
      WeftRelaySession *session = self->sessions->pdata[i];

      if (session != sender)
        weft_relay_connection_send (session->connection, frame, WEFT_RELAY_FRAME_NEWS);
    }
}

static void
tell_presence (WeftRelayRoom *self)
{
  g_autoptr(GBytes) update = weft_relay_presence_take (self->presence);
  g_autoptr(GBytes) message = NULL;
  g_autoptr(GBytes) frame = NULL;

  if (update == NULL)
    return;

  /* Also back to its sender: y-websocket clients live on it. */
  message = weft_sync_message_new_awareness (update);
  frame = weft_ws_frame_new (WEFT_WS_OPCODE_BINARY, message);
  broadcast (self, frame, NULL);
}

static void
tell_receipts (WeftRelayRoom *self)
{
  self->receipts_due = FALSE;
  if (self->durable == NULL)
    return;

  for (guint i = 0; i < self->sessions->len; i++)
    {
      WeftRelaySession *session = self->sessions->pdata[i];

      if (session->receipts)
        weft_relay_session_tell (session, self->version, self->durable);
    }
}

static gboolean
tick_cb (gpointer user_data)
{
  WeftRelayRoom *self = user_data;

  self->tick_source = 0;
  tell_presence (self);
  if (self->receipts_due)
    tell_receipts (self);
  return G_SOURCE_REMOVE;
}

/* Awareness and receipts of some moments leave together. */
static void
tell_soon (WeftRelayRoom *self)
{
  if (self->tick_source == 0 && self->sessions->len > 0)
    self->tick_source = g_timeout_add (limits_of (self)->tick_ms, tick_cb, self);
}

static void
say (WeftRelayRoom *self,
     Waiting       *waiting)
{
  if (waiting->frame != NULL && waiting->to != NULL)
    weft_relay_connection_send (waiting->to->connection, waiting->frame, WEFT_RELAY_FRAME_ANSWER);
  else if (waiting->frame != NULL)
    broadcast (self, waiting->frame, waiting->sender);

  if (waiting->durable != NULL)
    {
      g_clear_pointer (&self->durable, weft_state_vector_free);
      self->durable = g_steal_pointer (&waiting->durable);
      self->receipts_due = TRUE;
      tell_soon (self);
    }
}

/* Says what may be said now. */
static void
say_waiting (WeftRelayRoom *self)
{
  Waiting *waiting;

  while ((waiting = g_queue_peek_head (&self->waiting)) != NULL && waiting->after <= self->n_committed)
    {
      g_queue_pop_head (&self->waiting);
      say (self, waiting);
      waiting_free (waiting);
    }
}

/* Has @frame said, to @to or to all but @sender, when all that was appended so far is durable. */
static void
say_when_durable (WeftRelayRoom    *self,
                  GBytes           *frame,
                  WeftRelaySession *to,
                  WeftRelaySession *sender)
{
  Waiting *waiting = g_new0 (Waiting, 1);

  waiting->after = self->n_appended;
  waiting->frame = frame != NULL ? g_bytes_ref (frame) : NULL;
  waiting->to = to;
  waiting->sender = sender;
  if (self->n_receipts > 0 && to == NULL)
    waiting->durable = weft_doc_get_state_vector (self->doc);

  g_queue_push_tail (&self->waiting, waiting);
  say_waiting (self);
}

/* --- giving up --- */

static void
send_all_away (WeftRelayRoom *self,
               guint16        code,
               const char    *reason)
{
  g_autoptr(GPtrArray) sessions = g_ptr_array_copy (self->sessions, NULL, NULL);

  for (guint i = 0; i < sessions->len; i++)
    weft_relay_session_refuse (sessions->pdata[i], code, reason);
}

/* The document in memory is not what is on the disk: nobody may see it any more. */
static void
give_up (WeftRelayRoom *self,
         const char    *reason)
{
  if (self->state == ROOM_GIVEN_UP)
    return;

  self->state = ROOM_GIVEN_UP;
  g_queue_clear_full (&self->waiting, waiting_free);
  weft_relay_hub_give_up_room (self->hub, self);
  send_all_away (self, WEFT_WS_CLOSE_TRY_LATER, reason);
}

/* --- loading --- */

static void
update_cb (WeftDoc      *doc,
           GBytes       *update,
           gconstpointer origin,
           gboolean      local,
           gpointer      user_data)
{
  WeftRelayRoom *self = user_data;

  g_clear_pointer (&self->made, g_bytes_unref);
  self->made = g_bytes_ref (update);
}

static void
welcome (WeftRelayRoom    *self,
         WeftRelaySession *session)
{
  g_autoptr(WeftStateVector) state_vector = weft_doc_get_state_vector (self->doc);

  weft_relay_session_send (session, weft_sync_message_new_step1 (state_vector), WEFT_RELAY_FRAME_ANSWER);
  if (weft_relay_presence_get_count (self->presence) > 0)
    weft_relay_room_send_awareness (self, session);
  if (session->receipts)
    say_when_durable (self, NULL, NULL, NULL);

  weft_relay_connection_set_paused (session->connection, FALSE);
}

static void
become_ready (WeftRelayRoom *self,
              WeftDoc       *doc)
{
  static const WeftDocObserver observer = { .update = update_cb };
  g_autoptr(GPtrArray) sessions = g_ptr_array_copy (self->sessions, NULL, NULL);

  self->doc = doc;
  self->observer_id = weft_doc_add_observer (doc, &observer, self);
  self->state = ROOM_READY;

  for (guint i = 0; i < sessions->len; i++)
    if (((WeftRelaySession *) sessions->pdata[i])->room == self)
      welcome (self, sessions->pdata[i]);
}

/* A row that no longer can be read is passed over; the clients bring back what is missing. */
static WeftDoc *
build_doc (GPtrArray  *updates,
           const char *name)
{
  WeftDoc *doc = weft_doc_new ();

  for (guint i = 0; i < updates->len; i++)
    {
      g_autoptr(GError) error = NULL;

      if (!weft_doc_apply_update (doc, updates->pdata[i], NULL, &error))
        g_warning ("room \"%s\": a stored update is left out: %s", name, error->message);
    }

  return doc;
}

static void
build_thread (GTask        *task,
              gpointer      source_object,
              gpointer      task_data,
              GCancellable *cancellable)
{
  g_task_return_pointer (task, build_doc (task_data, "(loading)"), (GDestroyNotify) weft_doc_free);
}

static void
built_cb (GObject      *source_object,
          GAsyncResult *result,
          gpointer      user_data)
{
  become_ready (user_data, g_task_propagate_pointer (G_TASK (result), NULL));
}

static void
loaded_cb (GPtrArray    *updates,
           guint64       version,
           guint         n_log,
           const GError *error,
           gpointer      user_data)
{
  WeftRelayRoom *self = user_data;

  if (error != NULL)
    {
      give_up (self, "cannot be read now");
      return;
    }

  self->version = version;
  self->n_log = n_log;
  for (guint i = 0; i < updates->len; i++)
    {
      gsize size = g_bytes_get_size (updates->pdata[i]);

      self->n_bytes += size;
      if (i < updates->len - MIN (n_log, updates->len))
        self->snapshot_bytes += size;
      else
        self->log_bytes += size;
    }

  if (self->n_bytes <= BUILD_HERE_BYTES)
    {
      become_ready (self, build_doc (updates, self->name));
    }
  else
    {
      g_autoptr(GTask) task = g_task_new (NULL, NULL, built_cb, self);

      g_task_set_task_data (task, g_ptr_array_ref (updates), (GDestroyNotify) g_ptr_array_unref);
      g_task_run_in_thread (task, build_thread);
    }
}

WeftRelayRoom *
weft_relay_room_new (WeftRelayHub *hub,
                     const char   *name)
{
  WeftRelayRoom *self = g_new0 (WeftRelayRoom, 1);

  self->hub = hub;
  self->name = g_strdup (name);
  self->sessions = g_ptr_array_new ();
  self->presence = weft_relay_presence_new (limits_of (self));
  self->pending = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
  self->empty_since_ms = now_in_ms ();
  g_queue_init (&self->waiting);
  weft_relay_store_load (weft_relay_hub_get_store (hub), name, loaded_cb, self);
  return self;
}

void
weft_relay_room_free (WeftRelayRoom *self)
{
  g_assert (self->sessions->len == 0);

  g_clear_handle_id (&self->tick_source, g_source_remove);
  g_queue_clear_full (&self->waiting, waiting_free);
  if (self->doc != NULL)
    weft_doc_remove_observer (self->doc, self->observer_id);
  g_clear_pointer (&self->doc, weft_doc_free);
  g_clear_pointer (&self->made, g_bytes_unref);
  g_clear_pointer (&self->state_frame, g_bytes_unref);
  g_clear_pointer (&self->durable, weft_state_vector_free);
  g_hash_table_unref (self->pending);
  weft_relay_presence_free (self->presence);
  g_ptr_array_unref (self->sessions);
  g_free (self->name);
  g_free (self);
}

const char *
weft_relay_room_get_name (WeftRelayRoom *self)
{
  return self->name;
}

void
weft_relay_room_enter (WeftRelayRoom    *self,
                       WeftRelaySession *session)
{
  session->room = self;
  g_ptr_array_add (self->sessions, session);
  self->n_receipts += session->receipts;

  if (self->state == ROOM_READY)
    welcome (self, session);
}

void
weft_relay_room_leave (WeftRelayRoom    *self,
                       WeftRelaySession *session)
{
  if (!g_ptr_array_remove_fast (self->sessions, session))
    return;

  session->room = NULL;
  self->n_receipts -= session->receipts;
  if (self->sessions->len == 0)
    self->empty_since_ms = now_in_ms ();

  for (GList *l = self->waiting.head; l != NULL; l = l->next)
    {
      Waiting *waiting = l->data;

      if (waiting->to == session)
        {
          g_clear_pointer (&waiting->frame, g_bytes_unref);
          waiting->to = NULL;
        }
      if (waiting->sender == session)
        waiting->sender = NULL;
    }

  weft_relay_presence_leave (self->presence, session);
  if (weft_relay_presence_has_news (self->presence))
    tell_soon (self);
}

/* --- compaction --- */

typedef struct
{
  WeftRelayRoom   *room;
  GBytes          *snapshot;
  guint64          version;
  WeftStateVector *state_vector;
  WeftDeleteSet   *delete_set;
} Compaction;

static void
compaction_free (gpointer data)
{
  Compaction *compaction = data;

  g_bytes_unref (compaction->snapshot);
  weft_state_vector_free (compaction->state_vector);
  weft_delete_set_free (compaction->delete_set);
  g_free (compaction);
}

/* Reads the snapshot back and compares it with the document it was made of. */
static void
verify_thread (GTask        *task,
               gpointer      source_object,
               gpointer      task_data,
               GCancellable *cancellable)
{
  Compaction *compaction = task_data;
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(WeftStateVector) state_vector = NULL;
  g_autoptr(WeftDeleteSet) delete_set = NULL;
  g_autoptr(GError) error = NULL;

  if (!weft_doc_apply_update (doc, compaction->snapshot, NULL, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  state_vector = weft_doc_get_state_vector (doc);
  delete_set = weft_doc_get_delete_set (doc);

  if (weft_doc_has_pending (doc) || !weft_state_vector_equal (state_vector, compaction->state_vector) ||
      !weft_delete_set_equal (delete_set, compaction->delete_set))
    g_task_return_new_error (task, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_MALFORMED,
                             "the snapshot does not hold what the document holds");
  else
    g_task_return_boolean (task, TRUE);
}

static void compact_if_worth_it (WeftRelayRoom *self);

static void
compacted_cb (guint64       version,
              const GError *error,
              gpointer      user_data)
{
  WeftRelayRoom *self = user_data;

  /* The log is still there: nothing is lost, and it is tried again later. */
  self->compacting = FALSE;
  if (error != NULL)
    g_warning ("room \"%s\": not compacted: %s", self->name, error->message);
  else
    compact_if_worth_it (self);
}

static void
verified_cb (GObject      *source_object,
             GAsyncResult *result,
             gpointer      user_data)
{
  Compaction *compaction = g_task_get_task_data (G_TASK (result));
  WeftRelayRoom *self = compaction->room;
  g_autoptr(GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      compacted_cb (0, error, self);
      return;
    }

  weft_relay_store_compact (weft_relay_hub_get_store (self->hub), self->name, compaction->snapshot,
                            compaction->version, compacted_cb, self);
}

static void
compact (WeftRelayRoom *self)
{
  g_autoptr(GTask) task = NULL;
  Compaction *compaction = g_new0 (Compaction, 1);

  compaction->room = self;
  compaction->snapshot = weft_doc_encode_state (self->doc);
  compaction->version = self->version;
  compaction->state_vector = weft_doc_get_state_vector (self->doc);
  compaction->delete_set = weft_doc_get_delete_set (self->doc);

  self->compacting = TRUE;
  self->snapshot_bytes = g_bytes_get_size (compaction->snapshot);
  self->n_bytes = self->snapshot_bytes;
  /* What is not on the disk yet stays in the log. */
  self->n_log = (guint) (self->n_appended - self->n_committed);
  self->log_bytes = 0;

  task = g_task_new (NULL, NULL, verified_cb, NULL);
  g_task_set_task_data (task, compaction, compaction_free);
  g_task_run_in_thread (task, verify_thread);
}

static gboolean
may_compact (WeftRelayRoom *self)
{
  return self->state == ROOM_READY && !self->compacting && !weft_doc_has_pending (self->doc);
}

static void
compact_if_worth_it (WeftRelayRoom *self)
{
  const WeftRelayLimits *limits = limits_of (self);

  if (self->n_log < limits->compact_updates &&
      self->log_bytes < MAX (limits->compact_bytes, self->snapshot_bytes))
    return;

  if (may_compact (self))
    compact (self);
}

/* --- what sessions send --- */

static void
appended_cb (guint64       version,
             const GError *error,
             gpointer      user_data)
{
  WeftRelayRoom *self = user_data;

  self->n_committed++;
  if (self->state == ROOM_GIVEN_UP)
    return;

  if (error != NULL)
    {
      give_up (self, "cannot store now");
      return;
    }

  self->version = version;
  weft_relay_hub_count_update (self->hub);
  say_waiting (self);
  compact_if_worth_it (self);
}

static void
store_and_tell (WeftRelayRoom    *self,
                WeftRelaySession *session,
                GBytes           *update)
{
  g_autoptr(GBytes) message = weft_sync_message_new_update (update);
  g_autoptr(GBytes) frame = weft_ws_frame_new (WEFT_WS_OPCODE_BINARY, message);

  g_clear_pointer (&self->state_frame, g_bytes_unref);
  self->n_appended++;
  self->n_log++;
  self->n_bytes += g_bytes_get_size (update);
  self->log_bytes += g_bytes_get_size (update);

  weft_relay_store_append (weft_relay_hub_get_store (self->hub), self->name, update, appended_cb, self);
  say_when_durable (self, frame, NULL, session);
}

/* Whether @update, parts of which wait for others, was not seen yet. */
static gboolean
note_pending (WeftRelayRoom *self,
              GBytes        *update)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize n_digest = sizeof digest;

  g_checksum_update (checksum, g_bytes_get_data (update, NULL), (gssize) g_bytes_get_size (update));
  g_checksum_get_digest (checksum, digest, &n_digest);
  if (!g_hash_table_add (self->pending, g_bytes_new (digest, n_digest)))
    return FALSE;

  self->n_pending_bytes += g_bytes_get_size (update);
  return TRUE;
}

static void
forget_pending (WeftRelayRoom *self)
{
  g_hash_table_remove_all (self->pending);
  self->n_pending_bytes = 0;
}

void
weft_relay_room_handle_update (WeftRelayRoom    *self,
                               WeftRelaySession *session,
                               GBytes           *update)
{
  const WeftRelayLimits *limits = limits_of (self);
  g_autoptr(GBytes) made = NULL;
  g_autoptr(GError) error = NULL;

  if (self->state != ROOM_READY)
    return;

  if (self->n_bytes + g_bytes_get_size (update) > limits->max_document)
    {
      weft_relay_session_refuse (session, WEFT_WS_CLOSE_TOO_BIG, "the document is full");
      return;
    }
  if (self->n_pending_bytes + g_bytes_get_size (update) > limits->max_pending && self->n_pending_bytes > 0)
    {
      weft_relay_session_refuse (session, WEFT_WS_CLOSE_TRY_LATER, "too much waits for updates that are missing");
      return;
    }

  g_clear_pointer (&self->made, g_bytes_unref);
  if (!weft_doc_apply_update (self->doc, update, session, &error))
    {
      weft_relay_session_refuse (session, WEFT_WS_CLOSE_MALFORMED, error->message);
      return;
    }

  made = g_steal_pointer (&self->made);

  if (weft_doc_has_pending (self->doc))
    {
      /* Some of it waits: keep and pass on all of it, as it came. */
      if (note_pending (self, update))
        store_and_tell (self, session, update);
      else if (made != NULL)
        store_and_tell (self, session, made);
    }
  else
    {
      forget_pending (self);
      if (made != NULL)
        store_and_tell (self, session, made);
    }
}

static GBytes *
get_state_frame (WeftRelayRoom *self)
{
  g_autoptr(GBytes) state = NULL;
  g_autoptr(GBytes) message = NULL;

  if (self->state_frame == NULL)
    {
      state = weft_doc_encode_state (self->doc);
      message = weft_sync_message_new_step2 (state);
      self->state_frame = weft_ws_frame_new (WEFT_WS_OPCODE_BINARY, message);
    }

  return g_bytes_ref (self->state_frame);
}

static GBytes *
make_answer (WeftRelayRoom         *self,
             const WeftStateVector *state_vector)
{
  g_autoptr(GBytes) diff = NULL;
  g_autoptr(GBytes) message = NULL;

  if (weft_state_vector_get_n_clients (state_vector) == 0)
    return get_state_frame (self);

  diff = weft_doc_encode_diff (self->doc, state_vector);
  message = weft_sync_message_new_step2 (diff);
  return weft_ws_frame_new (WEFT_WS_OPCODE_BINARY, message);
}

void
weft_relay_room_handle_step1 (WeftRelayRoom    *self,
                              WeftRelaySession *session,
                              GBytes           *bytes)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftStateVector) state_vector = weft_state_vector_decode (bytes, &error);
  g_autoptr(GBytes) frame = NULL;

  if (self->state != ROOM_READY)
    return;

  if (state_vector == NULL)
    {
      weft_relay_session_refuse (session, WEFT_WS_CLOSE_MALFORMED, error->message);
      return;
    }

  frame = make_answer (self, state_vector);
  if (++session->n_step1 > FREE_ANSWERS)
    weft_relay_connection_charge (session->connection, g_bytes_get_size (frame));
  say_when_durable (self, frame, session, NULL);
}

static gboolean
is_stale_cb (gpointer owner,
             gpointer user_data)
{
  WeftRelaySession *session = owner;
  WeftRelayRoom *self = user_data;
  gint64 silent_ms = now_in_ms () - weft_relay_connection_get_heard_ms (session->connection);

  /* Whoever is there answers a ping before the next one. */
  return silent_ms > (limits_of (self)->ping_seconds + 5) * 1000;
}

void
weft_relay_room_handle_awareness (WeftRelayRoom    *self,
                                  WeftRelaySession *session,
                                  GBytes           *update)
{
  g_autoptr(GError) error = NULL;

  if (g_bytes_get_size (update) > limits_of (self)->max_awareness)
    {
      weft_relay_session_refuse (session, WEFT_WS_CLOSE_TOO_BIG, "an awareness message is too large");
      return;
    }

  if (!weft_relay_presence_apply (self->presence, session, update, now_in_ms (), is_stale_cb, self, &error))
    {
      gboolean too_large = g_error_matches (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE);

      weft_relay_session_refuse (session, too_large ? WEFT_WS_CLOSE_TOO_BIG : WEFT_WS_CLOSE_MALFORMED,
                                 error->message);
      return;
    }

  if (weft_relay_presence_has_news (self->presence))
    tell_soon (self);
}

void
weft_relay_room_send_awareness (WeftRelayRoom    *self,
                                WeftRelaySession *session)
{
  g_autoptr(GBytes) update = weft_relay_presence_encode (self->presence);

  if (update != NULL)
    weft_relay_session_send (session, weft_sync_message_new_awareness (update), WEFT_RELAY_FRAME_NEWS);
}

/* --- upkeep --- */

void
weft_relay_room_tick (WeftRelayRoom *self,
                      gint64         now_ms)
{
  weft_relay_presence_expire (self->presence, now_ms);
  if (weft_relay_presence_has_news (self->presence))
    tell_soon (self);

  if (self->state == ROOM_READY && self->sessions->len == 0 && self->n_log >= COMPACT_ON_CLOSE &&
      self->n_appended == self->n_committed && may_compact (self))
    compact (self);
}

gboolean
weft_relay_room_is_settled (WeftRelayRoom *self)
{
  /* A room that is given up while it loads has had its answer. */
  return self->state != ROOM_LOADING && self->n_appended == self->n_committed && !self->compacting;
}

gboolean
weft_relay_room_is_idle (WeftRelayRoom *self,
                         gint64         now_ms)
{
  return self->sessions->len == 0 && weft_relay_room_is_settled (self) &&
         now_ms - self->empty_since_ms >= limits_of (self)->idle_room_seconds * 1000;
}
