/* weft-sync-session.c - what a client says in a room, and what it understands; no I/O, no clock
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Follows y-websocket and y-protocols (sync.js).
 */

#include "config.h"

#include "sync/weft-sync-session.h"

#include "crdt/weft-update.h"

/* How often the awareness forgets the silent. */
#define TICK_MS 3000

typedef enum
{
  PROBE_IDLE,
  PROBE_WANTED,
  PROBE_SENT,
} ProbeState;

struct _WeftSyncSession
{
  /* Borrowed */
  WeftDoc             *doc; /* NULL: only watching */
  WeftAwareness       *awareness;
  gconstpointer        origin;

  /* Owned, where there is no document: what is in it */
  WeftStateVector     *state;
  WeftDeleteSet       *deletes;
  gboolean             wanted; /* that is not enough any more */
  gboolean             kept;   /* something is kept from the document */

  WeftSyncSessionFuncs funcs;
  gpointer             user_data;
  guint                observer_id;

  /* What the relay has */
  WeftStateVector     *sent;
  WeftStateVector     *durable;
  gboolean             receipts;
  /* Deletions made here that it is not known to have: before and after the probe under way. */
  guint                n_deletions;
  guint                n_probed_deletions;

  /* The connection */
  gboolean             open;
  WeftStateVector     *asked; /* the step 1 that waits for its answer */
  WeftStateVector     *began; /* (nullable): what the other side had when it began */
  gboolean             lost;  /* that was less than it was known to have */
  gboolean             gave;  /* the answer held something that the other side lacked */
  gboolean             answered;
  gboolean             caught_up;
  gint64               heard_ms;

  ProbeState           probe;
  gboolean             dirty_since_probe;
  gint64               probe_due_ms;

  gboolean             awareness_wanted;
  gint64               awareness_sent_ms;
  gint64               tick_ms;

  /* Updates of the transaction under way (element-type GBytes) */
  GPtrArray           *applied;
};

static void
send_message (WeftSyncSession *self,
              GBytes          *message)
{
  self->funcs.send (message, self->user_data);
  g_bytes_unref (message);
}

static void
merge_state (WeftStateVector       *into,
             const WeftStateVector *from)
{
  for (gsize i = 0; i < weft_state_vector_get_n_clients (from); i++)
    {
      WeftClientId client;
      WeftClock clock;

      weft_state_vector_get_entry (from, i, &client, &clock);
      if (clock > weft_state_vector_get (into, client))
        weft_state_vector_set (into, client, clock);
    }
}

/* How many clocks of @state @other has not. */
static guint64
count_more (const WeftStateVector *state,
            const WeftStateVector *other)
{
  guint64 n = 0;

  for (gsize i = 0; i < weft_state_vector_get_n_clients (state); i++)
    {
      WeftClientId client;
      WeftClock clock;
      WeftClock known;

      weft_state_vector_get_entry (state, i, &client, &clock);
      known = weft_state_vector_get (other, client);
      if (clock > known)
        n += clock - known;
    }

  return n;
}

static gboolean
knows_more (const WeftStateVector *state,
            const WeftStateVector *other)
{
  return count_more (state, other) > 0;
}

static void
replace_state (WeftStateVector      **state,
               const WeftStateVector *by)
{
  weft_state_vector_free (*state);
  *state = weft_state_vector_copy (by);
}

/* The document */

/* (transfer full) */
static WeftStateVector *
get_state (WeftSyncSession *self)
{
  return self->doc != NULL ? weft_doc_get_state_vector (self->doc) : weft_state_vector_copy (self->state);
}

static void
want_document (WeftSyncSession *self)
{
  if (self->wanted)
    return;

  self->wanted = TRUE;
  self->funcs.wanted (self->user_data);
}

static gboolean
is_kept (WeftSyncSession *self,
         GBytes          *update)
{
  gboolean is_kept = self->funcs.keep != NULL && self->funcs.keep (update, self->user_data);

  self->kept |= is_kept;
  return is_kept;
}

/* What a document would be given: whether one is needed for it. */
static gboolean
look_at_update (WeftSyncSession *self,
                GBytes          *update,
                GError         **error)
{
  gboolean known;

  /* A part of much is not gone through first: that would take as long as applying it. */
  if (g_bytes_get_size (update) >= WEFT_SYNC_MAX_UPDATE / 2 && is_kept (self, update))
    return TRUE;

  if (!weft_update_is_known (update, WEFT_UPDATE_V1, self->state, self->deletes, &known, error))
    return FALSE;

  if (!known && !is_kept (self, update))
    want_document (self);
  return TRUE;
}

static void
doc_update_cb (WeftDoc      *doc,
               GBytes       *update,
               gconstpointer origin,
               gboolean      local,
               gpointer      user_data)
{
  WeftSyncSession *self = user_data;

  if (!local && origin == self->origin && self->applied != NULL)
    g_ptr_array_add (self->applied, g_bytes_ref (update));
}

static void
doc_transaction_cb (WeftDoc         *doc,
                    WeftTransaction *transaction,
                    gpointer         user_data)
{
  WeftSyncSession *self = user_data;

  if (!weft_transaction_is_local (transaction))
    return;

  if (weft_delete_set_get_n_ranges (weft_transaction_get_delete_set (transaction)) > 0)
    self->n_deletions++;

  self->funcs.counted (self->user_data);
}

/* What came from the relay, it has. */
static void
note_received (WeftSyncSession       *self,
               const WeftStateVector *before,
               const WeftStateVector *after)
{
  for (gsize i = 0; i < weft_state_vector_get_n_clients (after); i++)
    {
      WeftClientId client;
      WeftClock clock;

      weft_state_vector_get_entry (after, i, &client, &clock);
      if (clock <= weft_state_vector_get (before, client))
        continue;

      if (clock > weft_state_vector_get (self->sent, client))
        weft_state_vector_set (self->sent, client, clock);
      if (clock > weft_state_vector_get (self->durable, client))
        weft_state_vector_set (self->durable, client, clock);
    }
}

/* The document takes another client id when it meets its own elsewhere. */
static void
follow_client_id (WeftSyncSession *self,
                  gint64           now_ms)
{
  WeftClientId client_id = weft_doc_get_client_id (self->doc);

  if (self->awareness != NULL && weft_awareness_get_client_id (self->awareness) != client_id)
    {
      weft_awareness_set_client_id (self->awareness, client_id, now_ms);
      self->awareness_wanted = TRUE;
    }
}

/* @is_answer: (inout): whether it is a step 2; %FALSE: its last part will be */
static gboolean
apply_update (WeftSyncSession *self,
              GBytes          *update,
              gboolean        *is_answer,
              gint64           now_ms,
              GError         **error)
{
  g_autoptr(WeftStateVector) before = NULL;
  g_autoptr(WeftStateVector) after = NULL;
  g_autoptr(GPtrArray) applied = NULL;
  gboolean taken;

  if (self->doc == NULL)
    return look_at_update (self, update, error);

  if (is_kept (self, update))
    return TRUE;

  if (self->funcs.cut != NULL && self->funcs.cut (update, *is_answer, self->user_data))
    {
      *is_answer = FALSE;
      return TRUE;
    }

  before = weft_doc_get_state_vector (self->doc);
  applied = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->applied = applied;
  taken = weft_doc_apply_update (self->doc, update, self->origin, error);
  self->applied = NULL;
  if (!taken)
    return FALSE;

  after = weft_doc_get_state_vector (self->doc);
  note_received (self, before, after);
  follow_client_id (self, now_ms);

  for (guint i = 0; i < applied->len; i++)
    self->funcs.applied (g_ptr_array_index (applied, i), self->user_data);

  return TRUE;
}

/* Sending */

/* An update that no relay would take in one message goes in several. */
static void
send_in_pieces (WeftSyncSession *self,
                GBytes          *update,
                GBytes          *(*wrap) (GBytes *))
{
  g_autoptr(GPtrArray) pieces = NULL;

  if (g_bytes_get_size (update) <= WEFT_SYNC_MAX_UPDATE)
    {
      send_message (self, wrap (update));
      return;
    }

  pieces = weft_update_split (update, WEFT_SYNC_MAX_UPDATE);
  for (guint i = 0; i < pieces->len; i++)
    send_message (self, wrap (g_ptr_array_index (pieces, i)));
}

static void
want_probe (WeftSyncSession *self,
            gint64           due_ms)
{
  self->dirty_since_probe = TRUE;
  if (self->probe == PROBE_IDLE)
    {
      self->probe = PROBE_WANTED;
      self->probe_due_ms = due_ms;
    }
}

static void
send_probe (WeftSyncSession *self)
{
  g_autoptr(WeftStateVector) state = get_state (self);

  self->probe = PROBE_SENT;
  self->dirty_since_probe = FALSE;
  self->n_probed_deletions = self->n_deletions;
  send_message (self, weft_sync_message_new_step1 (state));
}

static void
note_probe_answered (WeftSyncSession *self,
                     gint64           now_ms)
{
  self->probe = PROBE_IDLE;
  self->n_deletions -= MIN (self->n_deletions, self->n_probed_deletions);
  self->n_probed_deletions = 0;

  if (self->n_deletions > 0 && self->dirty_since_probe)
    want_probe (self, now_ms + WEFT_SYNC_PROBE_MS);

  self->funcs.counted (self->user_data);
}

static void
check_synced (WeftSyncSession *self)
{
  if (self->answered && self->caught_up)
    self->funcs.synced (self->user_data);
}

static gboolean
is_alone (WeftSyncSession *self)
{
  g_autoptr(GArray) clients = weft_awareness_list_clients (self->awareness);
  WeftClientId own = weft_awareness_get_client_id (self->awareness);

  return clients->len == 0 ||
         (clients->len == 1 && g_array_index (clients, guint64, 0) == own);
}

static GBytes *
encode_own_awareness (WeftSyncSession *self)
{
  WeftClientId own = weft_awareness_get_client_id (self->awareness);

  return weft_awareness_encode (self->awareness, &own, 1);
}

static void
send_own_awareness (WeftSyncSession *self,
                    gint64           now_ms)
{
  g_autoptr(GBytes) update = NULL;

  self->awareness_wanted = FALSE;
  self->awareness_sent_ms = now_ms;
  if (weft_awareness_get_local_state (self->awareness) == NULL)
    return;

  update = encode_own_awareness (self);
  send_message (self, weft_sync_message_new_awareness (update));
}

/* Receiving */

static gboolean
take_step1 (WeftSyncSession *self,
            GBytes          *payload,
            GError         **error)
{
  g_autoptr(WeftStateVector) state = weft_state_vector_decode (payload, error);

  if (state == NULL)
    return FALSE;

  /* A relay that lost something says so here, and gets it again. Where it gives no receipts, what was sent last may not
   * have come to it; but not all of it. */
  self->lost |= knows_more (self->durable, state)
                || (weft_state_vector_get_n_clients (state) == 0 && weft_state_vector_get_n_clients (self->sent) > 0);
  g_clear_pointer (&self->began, weft_state_vector_free);
  self->began = weft_state_vector_copy (state);
  replace_state (&self->sent, state);
  replace_state (&self->durable, state);

  g_clear_pointer (&self->asked, weft_state_vector_free);
  self->asked = g_steal_pointer (&state);
  self->funcs.asked (self->user_data);
  return TRUE;
}

static gboolean
take_step2 (WeftSyncSession *self,
            GBytes          *payload,
            gint64           now_ms,
            GError         **error)
{
  gboolean is_answer = TRUE;

  if (!apply_update (self, payload, &is_answer, now_ms, error))
    return FALSE;

  if (self->wanted || self->kept || !is_answer)
    return TRUE;

  if (!self->caught_up)
    {
      self->caught_up = TRUE;
      check_synced (self);
    }
  else if (self->probe == PROBE_SENT)
    note_probe_answered (self, now_ms);

  return TRUE;
}

static gboolean
take_awareness (WeftSyncSession *self,
                GBytes          *payload,
                gint64           now_ms,
                GError         **error)
{
  g_autoptr(GBytes) before = NULL;
  g_autoptr(GBytes) after = NULL;
  gboolean was_alone;

  if (self->awareness == NULL)
    return TRUE;

  was_alone = is_alone (self);
  before = encode_own_awareness (self);
  if (!weft_awareness_apply (self->awareness, payload, self->origin, now_ms, error))
    return FALSE;

  /* Somebody spoke for us and was outdone, or somebody came who does not know us. */
  after = encode_own_awareness (self);
  if (!g_bytes_equal (before, after) || (was_alone && !is_alone (self)))
    self->awareness_wanted = TRUE;

  return TRUE;
}

static gboolean
take_receipt (WeftSyncSession *self,
              GBytes          *payload,
              GError         **error)
{
  g_autoptr(WeftStateVector) state = weft_state_vector_decode (payload, error);

  if (state == NULL)
    return FALSE;

  self->receipts = TRUE;
  merge_state (self->durable, state);
  merge_state (self->sent, state);
  self->funcs.counted (self->user_data);
  return TRUE;
}

static void
take_denial (WeftSyncSession *self,
             GBytes          *payload)
{
  gsize size;
  const char *data = g_bytes_get_data (payload, &size);
  g_autofree char *reason = g_utf8_make_valid (data, (gssize) MIN (size, 200));

  self->funcs.denied (reason, self->user_data);
}

static gboolean
take_message (WeftSyncSession       *self,
              const WeftSyncMessage *message,
              gint64                 now_ms,
              GError               **error)
{
  gboolean is_answer = FALSE;

  switch (message->type)
    {
    case WEFT_SYNC_MESSAGE_STEP1:
      return take_step1 (self, message->payload, error);

    case WEFT_SYNC_MESSAGE_STEP2:
      return take_step2 (self, message->payload, now_ms, error);

    case WEFT_SYNC_MESSAGE_UPDATE:
      return apply_update (self, message->payload, &is_answer, now_ms, error);

    case WEFT_SYNC_MESSAGE_AWARENESS:
      return take_awareness (self, message->payload, now_ms, error);

    case WEFT_SYNC_MESSAGE_DENIED:
      take_denial (self, message->payload);
      return TRUE;

    case WEFT_SYNC_MESSAGE_QUERY_AWARENESS:
      if (self->awareness != NULL)
        send_own_awareness (self, now_ms);
      return TRUE;

    case WEFT_SYNC_MESSAGE_RECEIPT:
      return take_receipt (self, message->payload, error);

    case WEFT_SYNC_MESSAGE_UNKNOWN:
    default:
      return TRUE;
    }
}

/* Public */

WeftSyncSession *
weft_sync_session_new (WeftDoc                    *doc,
                       WeftAwareness              *awareness,
                       gconstpointer               origin,
                       const WeftSyncSessionFuncs *funcs,
                       gpointer                    user_data)
{
  const WeftDocObserver observer = { .update = doc_update_cb, .transaction = doc_transaction_cb };
  WeftSyncSession *self = g_new0 (WeftSyncSession, 1);

  self->doc = doc;
  self->awareness = awareness;
  self->origin = origin;
  self->funcs = *funcs;
  self->user_data = user_data;
  self->sent = weft_state_vector_new ();
  self->durable = weft_state_vector_new ();
  self->observer_id = weft_doc_add_observer (doc, &observer, self);

  return self;
}

WeftSyncSession *
weft_sync_session_new_watching (WeftStateVector            *state,
                                WeftDeleteSet              *deletes,
                                WeftAwareness              *awareness,
                                gconstpointer               origin,
                                const WeftSyncSessionFuncs *funcs,
                                gpointer                    user_data)
{
  WeftSyncSession *self = g_new0 (WeftSyncSession, 1);

  self->state = state;
  self->deletes = deletes;
  self->awareness = awareness;
  self->origin = origin;
  self->funcs = *funcs;
  self->user_data = user_data;
  self->sent = weft_state_vector_new ();
  self->durable = weft_state_vector_new ();

  return self;
}

void
weft_sync_session_free (WeftSyncSession *self)
{
  if (self->doc != NULL)
    weft_doc_remove_observer (self->doc, self->observer_id);
  g_clear_pointer (&self->state, weft_state_vector_free);
  g_clear_pointer (&self->deletes, weft_delete_set_free);
  weft_state_vector_free (self->sent);
  weft_state_vector_free (self->durable);
  g_clear_pointer (&self->asked, weft_state_vector_free);
  g_clear_pointer (&self->began, weft_state_vector_free);
  g_free (self);
}

void
weft_sync_session_open (WeftSyncSession *self,
                        gint64           now_ms)
{
  g_autoptr(WeftStateVector) state = get_state (self);

  /* What was found in a connection that came to nothing is still to be told. */
  if (self->answered && self->caught_up)
    self->lost = FALSE;

  self->open = TRUE;
  self->answered = FALSE;
  self->caught_up = FALSE;
  self->kept = FALSE;
  self->heard_ms = now_ms;
  self->probe = PROBE_IDLE;
  self->tick_ms = now_ms + TICK_MS;

  send_message (self, weft_sync_message_new_step1 (state));

  if (self->awareness != NULL && weft_awareness_get_local_state (self->awareness) != NULL)
    {
      g_autoptr(WeftAny) own =
        weft_any_ref ((WeftAny *) weft_awareness_get_local_state (self->awareness));

      /* With a new clock: the others saw us go when the last connection ended. */
      weft_awareness_set_local_state (self->awareness, own, now_ms);
      send_own_awareness (self, now_ms);
    }
}

void
weft_sync_session_close (WeftSyncSession *self)
{
  self->open = FALSE;
  self->probe = PROBE_IDLE;
  self->n_probed_deletions = 0;
  g_clear_pointer (&self->asked, weft_state_vector_free);

  if (self->awareness != NULL)
    {
      g_autoptr(GArray) clients = weft_awareness_list_clients (self->awareness);

      weft_awareness_remove (self->awareness, (const WeftClientId *) (gpointer) clients->data,
                             clients->len, self->origin);
    }
}

gboolean
weft_sync_session_receive (WeftSyncSession *self,
                           GBytes          *message,
                           gint64           now_ms,
                           GError         **error)
{
  g_auto(WeftSyncMessage) parsed = { 0 };

  self->heard_ms = now_ms;
  return weft_sync_message_parse (&parsed, message, error) &&
         take_message (self, &parsed, now_ms, error);
}

void
weft_sync_session_hear (WeftSyncSession *self,
                        gint64           now_ms)
{
  self->heard_ms = now_ms;
}

/* What the other side lacks of what we have, as an update. */
static GBytes *
make_answer (WeftSyncSession *self)
{
  WeftWriter writer;
  GBytes *answer;

  if (self->doc != NULL)
    return weft_doc_encode_diff (self->doc, self->asked);

  /* No items; deletions move no state vector, so all of them. */
  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, 0);
  weft_delete_set_write (self->deletes, &writer);
  answer = weft_writer_steal_bytes (&writer);
  weft_writer_clear (&writer);
  return answer;
}

const WeftStateVector *
weft_sync_session_get_asked (WeftSyncSession *self)
{
  return self->open ? self->asked : NULL;
}

guint64
weft_sync_session_count_lacking (WeftSyncSession *self)
{
  g_autoptr(WeftStateVector) state = get_state (self);

  return self->asked != NULL ? count_more (state, self->asked) : 0;
}

void
weft_sync_session_give (WeftSyncSession *self,
                        GBytes          *update)
{
  if (!self->open || self->asked == NULL)
    return;

  self->gave = TRUE;
  send_message (self, weft_sync_message_new_step2 (update));
}

void
weft_sync_session_note_given (WeftSyncSession       *self,
                              const WeftStateVector *given)
{
  if (self->asked != NULL)
    merge_state (self->asked, given);
}

void
weft_sync_session_answer (WeftSyncSession *self,
                          gint64           now_ms)
{
  g_autoptr(WeftStateVector) state = NULL;
  g_autoptr(GBytes) diff = NULL;

  if (!self->open || self->asked == NULL)
    return;

  state = get_state (self);
  if (self->doc == NULL && knows_more (state, self->asked))
    {
      want_document (self);
      return;
    }
  diff = make_answer (self);
  self->gave |= knows_more (state, self->asked);
  g_clear_pointer (&self->asked, weft_state_vector_free);
  send_in_pieces (self, diff, weft_sync_message_new_step2);
  merge_state (self->sent, state);

  if (self->n_deletions > 0)
    want_probe (self, now_ms + WEFT_SYNC_PROBE_MS);

  if (!self->answered)
    {
      self->answered = TRUE;
      check_synced (self);
    }
  self->funcs.counted (self->user_data);
}

void
weft_sync_session_send_update (WeftSyncSession *self,
                               GBytes          *update,
                               gint64           now_ms)
{
  /* Before the answer to step 1, that will carry it. */
  if (!self->open || !self->answered)
    return;

  send_in_pieces (self, update, weft_sync_message_new_update);
  weft_update_add_to_state_vector (update, self->sent);

  self->dirty_since_probe = TRUE;
  if (self->n_deletions > 0)
    want_probe (self, now_ms + WEFT_SYNC_PROBE_MS);
  self->funcs.counted (self->user_data);
}

void
weft_sync_session_send_awareness (WeftSyncSession *self)
{
  self->awareness_wanted = TRUE;
}

void
weft_sync_session_say_goodbye (WeftSyncSession *self)
{
  g_autoptr(GBytes) update = NULL;
  g_autoptr(GBytes) goodbye = NULL;
  WeftReader reader;
  WeftWriter writer;
  WeftClientId client;
  guint64 clock;

  if (!self->open || self->awareness == NULL ||
      weft_awareness_get_local_state (self->awareness) == NULL)
    return;

  /* Our state stays as it is here; the others take a null of the same clock as a goodbye. */
  update = encode_own_awareness (self);
  weft_reader_init_bytes (&reader, update);
  weft_reader_get_varuint (&reader);
  client = weft_reader_get_varuint (&reader);
  clock = weft_reader_get_varuint (&reader);

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, 1);
  weft_writer_put_varuint (&writer, client);
  weft_writer_put_varuint (&writer, clock);
  weft_writer_put_string (&writer, "null", -1);
  goodbye = weft_writer_steal_bytes (&writer);
  send_message (self, weft_sync_message_new_awareness (goodbye));
}

void
weft_sync_session_probe (WeftSyncSession *self,
                         gint64           now_ms)
{
  want_probe (self, now_ms);
}

static void
poll_awareness (WeftSyncSession *self,
                gint64           now_ms,
                gint64          *next_ms)
{
  gint64 free_ms = self->awareness_sent_ms + WEFT_SYNC_AWARENESS_GAP_MS;

  if (now_ms >= self->tick_ms)
    {
      self->tick_ms = now_ms + TICK_MS;
      /* Also when alone: the answer shows that the relay lives. */
      if (weft_awareness_tick (self->awareness, now_ms))
        send_own_awareness (self, now_ms);
    }

  *next_ms = MIN (*next_ms, self->tick_ms);

  if (!self->awareness_wanted || is_alone (self))
    return;

  if (now_ms >= free_ms)
    send_own_awareness (self, now_ms);
  else
    *next_ms = MIN (*next_ms, free_ms);
}

gint64
weft_sync_session_poll (WeftSyncSession *self,
                        gint64           now_ms)
{
  gint64 next_ms = self->heard_ms + WEFT_SYNC_SILENCE_MS;

  if (!self->open)
    return G_MAXINT64;

  if (self->awareness != NULL)
    poll_awareness (self, now_ms, &next_ms);

  if (self->probe == PROBE_WANTED && self->answered && self->caught_up)
    {
      if (now_ms >= self->probe_due_ms)
        send_probe (self);
      else
        next_ms = MIN (next_ms, self->probe_due_ms);
    }

  return next_ms;
}

gboolean
weft_sync_session_is_open (WeftSyncSession *self)
{
  return self->open;
}

gboolean
weft_sync_session_is_silent (WeftSyncSession *self,
                             gint64           now_ms)
{
  return self->open && now_ms - self->heard_ms >= WEFT_SYNC_SILENCE_MS;
}

gboolean
weft_sync_session_is_synced (WeftSyncSession *self)
{
  return self->open && self->answered && self->caught_up;
}

gboolean
weft_sync_session_is_settled (WeftSyncSession *self)
{
  return weft_sync_session_is_synced (self) && self->probe == PROBE_IDLE &&
         !self->dirty_since_probe && (!self->receipts || weft_sync_session_count_unsent (self) == 0);
}

gboolean
weft_sync_session_has_receipts (WeftSyncSession *self)
{
  return self->receipts;
}

guint
weft_sync_session_count_unsent (WeftSyncSession *self)
{
  g_autoptr(WeftStateVector) state = get_state (self);
  guint64 n_unsent = self->n_deletions + count_more (state, self->receipts ? self->durable : self->sent);

  return (guint) MIN (n_unsent, G_MAXUINT);
}

gboolean
weft_sync_session_has_lost (WeftSyncSession       *self,
                            const WeftStateVector *had)
{
  return self->lost || (had != NULL && self->began != NULL && knows_more (had, self->began));
}

gboolean
weft_sync_session_has_given (WeftSyncSession *self)
{
  return self->gave;
}

WeftStateVector *
weft_sync_session_dup_known (WeftSyncSession *self)
{
  return weft_state_vector_copy (self->receipts ? self->durable : self->sent);
}

void
weft_sync_session_set_known (WeftSyncSession       *self,
                             const WeftStateVector *known)
{
  merge_state (self->sent, known);
  merge_state (self->durable, known);
}
