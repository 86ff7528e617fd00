/* weft-relay-room.c - a document, who is here, and the sessions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-pool.h"
#include "relay/weft-relay-room-private.h"
#include "sync/weft-sync-protocol.h"

/* Compaction pays from this many updates, when a room closes. */
#define COMPACT_ON_CLOSE 32

/* So many upkeeps after it was used last the encoded document goes. */
#define KEEP_STATE_TICKS 10

/* Where somebody was cut off in the middle of an answer, answers are given in small pieces, for so long. */
#define PIECES_MS (10 * 60 * 1000)

/* After this many answers to step 1, each counts against what the session may send. */
#define FREE_ANSWERS 2

/* Where several relays share the accounts, rights are asked about again after so long. */
#define GRANT_MS (5 * 60 * 1000)

static gint64
now_in_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

static const WeftRelayLimits *
limits_of (WeftRelayRoom *self)
{
  return weft_relay_hub_get_limits (self->hub);
}

/* --- giving up --- */

static GPtrArray *
copy_sessions (WeftRelayRoom *self)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_relay_session_unref);

  for (guint i = 0; i < self->sessions->len; i++)
    g_ptr_array_add (copy, weft_relay_session_ref (self->sessions->pdata[i]));

  return copy;
}

static void
send_all_away (WeftRelayRoom *self,
               guint16        code,
               const char    *reason)
{
  g_autoptr(GPtrArray) sessions = copy_sessions (self);

  for (guint i = 0; i < sessions->len; i++)
    weft_relay_session_refuse (sessions->pdata[i], code, reason);
}

void
weft_relay_room_give_up (WeftRelayRoom *self,
                         const char    *reason)
{
  if (self->state == WEFT_RELAY_ROOM_GIVEN_UP)
    return;

  self->state = WEFT_RELAY_ROOM_GIVEN_UP;
  weft_relay_room_clear_waiting (self);
  weft_relay_room_end_visits (self);
  weft_relay_hub_give_up_room (self->hub, self);
  send_all_away (self, WEFT_WS_CLOSE_TRY_LATER, reason);
}

/* --- coming and going --- */

static void
welcome (WeftRelayRoom    *self,
         WeftRelaySession *session)
{
  WeftRelayClient *client = session->client;

  if (client->dialect->entered != NULL)
    client->dialect->entered (session);
  if (session->wants_stored)
    {
      self->n_wants_stored++;
      weft_relay_room_wait (self, NULL, NULL, NULL, NULL);
    }

  /* One room, one thread: now it may be listened to. */
  if (!client->dialect->many_rooms && client->connection != NULL)
    weft_relay_connection_set_paused (client->connection, FALSE);
}

void
weft_relay_room_open (WeftRelayRoom *self)
{
  g_autoptr(GPtrArray) sessions = copy_sessions (self);

  self->state = WEFT_RELAY_ROOM_READY;
  for (guint i = 0; i < sessions->len; i++)
    if (((WeftRelaySession *) sessions->pdata[i])->room == self)
      welcome (self, sessions->pdata[i]);
  weft_relay_room_make_visits (self);
}

WeftRelayRoom *
weft_relay_room_new (WeftRelayHub *hub,
                     const char   *name)
{
  WeftRelayRoom *self = g_new0 (WeftRelayRoom, 1);

  self->hub = hub;
  self->name = g_strdup (name);
  self->sessions = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_relay_session_unref);
  self->presence = weft_relay_presence_new (limits_of (self));
  self->empty_since_ms = now_in_ms ();
  g_queue_init (&self->waiting);
  g_queue_init (&self->visits);
  weft_relay_room_join_others (self);
  weft_relay_room_load (self);
  return self;
}

void
weft_relay_room_free (WeftRelayRoom *self)
{
  g_assert (self->sessions->len == 0);

  weft_relay_room_leave_others (self);
  if (self->due_us != 0)
    weft_relay_hub_forget_due (self->hub, self);
  weft_relay_room_clear_waiting (self);
  weft_relay_room_end_visits (self);
  g_datalist_clear (&self->data);
  weft_relay_room_drop_doc (self);
  g_clear_pointer (&self->durable, weft_state_vector_free);
  g_clear_pointer (&self->pending, g_hash_table_unref);
  weft_relay_presence_free (self->presence);
  g_ptr_array_unref (self->sessions);
  g_free (self->name);
  g_free (self);
}

void
weft_relay_room_enter (WeftRelayRoom    *self,
                       WeftRelaySession *session)
{
  session->room = self;
  session->number = ++self->n_entered;
  session->checked_ms = now_in_ms ();
  self->others.is_changed = TRUE;
  g_ptr_array_add (self->sessions, weft_relay_session_ref (session));

  if (self->state == WEFT_RELAY_ROOM_READY)
    welcome (self, session);
}

void
weft_relay_room_leave (WeftRelayRoom    *self,
                       WeftRelaySession *session)
{
  g_autoptr(WeftRelaySession) kept = weft_relay_session_ref (session);

  if (!g_ptr_array_remove_fast (self->sessions, session))
    return;

  session->room = NULL;
  if (session->client->was_cut)
    {
      self->pieces_until_ms = now_in_ms () + PIECES_MS;
      g_clear_pointer (&self->state_frame, g_bytes_unref);
      g_clear_pointer (&self->state_rest, g_bytes_unref);
    }
  if (session->wants_stored && self->state == WEFT_RELAY_ROOM_READY)
    self->n_wants_stored--;
  if (self->sessions->len == 0)
    self->empty_since_ms = now_in_ms ();

  weft_relay_room_forget_waiting (self, session);
  self->others.is_changed = TRUE;
  weft_relay_presence_leave (self->presence, session);
  if (weft_relay_presence_has_news (self->presence) && self->sessions->len > 0)
    weft_relay_room_tell_soon (self);
  else
    weft_relay_room_tell_presence (self); /* to other relays */

  if (session->client->dialect->left != NULL)
    session->client->dialect->left (session);
}

/* --- for dialects --- */

const char *
weft_relay_room_get_name (WeftRelayRoom *self)
{
  return self->name;
}

guint64
weft_relay_room_get_version (WeftRelayRoom *self)
{
  return self->version;
}

guint64
weft_relay_room_get_next_version (WeftRelayRoom *self)
{
  return self->version + (self->n_appended - self->n_committed) + 1;
}

guint64
weft_relay_room_get_next_change (WeftRelayRoom *self)
{
  return self->n_changes + 1;
}

gboolean
weft_relay_room_is_shared (WeftRelayRoom *self)
{
  return weft_relay_pool_get_bus (weft_relay_hub_get_pool (self->hub)) != NULL;
}

const char *
weft_relay_room_get_read_only (WeftRelayRoom *self)
{
  return weft_relay_auth_get_read_only (weft_relay_pool_get_auth (weft_relay_hub_get_pool (self->hub)));
}

gpointer
weft_relay_room_get_data (WeftRelayRoom          *self,
                          const WeftRelayDialect *dialect)
{
  return g_datalist_get_data (&self->data, dialect->name);
}

void
weft_relay_room_set_data (WeftRelayRoom          *self,
                          const WeftRelayDialect *dialect,
                          gpointer                data,
                          GDestroyNotify          destroy)
{
  g_datalist_set_data_full (&self->data, dialect->name, data, destroy);
}

const WeftStateVector *
weft_relay_room_get_durable (WeftRelayRoom *self)
{
  return self->durable;
}

WeftRelayPresence *
weft_relay_room_get_presence (WeftRelayRoom *self)
{
  return self->presence;
}

void
weft_relay_room_say_when_durable (WeftRelayRoom    *self,
                                  WeftRelaySession *session,
                                  GBytes           *frame)
{
  weft_relay_room_wait (self, frame, session, NULL, NULL);
}

/* --- what sessions send --- */

static void
appended_cb (guint64       version,
             const GError *error,
             gpointer      user_data)
{
  WeftRelayRoom *self = user_data;

  self->n_committed++;
  if (self->state == WEFT_RELAY_ROOM_GIVEN_UP)
    return;

  if (error != NULL)
    {
      weft_relay_room_give_up (self, WEFT_SYNC_REASON_CANNOT_STORE);
      return;
    }

  weft_relay_room_note_stored (self, version);
  weft_relay_room_note_version (self, version);
  weft_relay_hub_count_update (self->hub);
  weft_relay_pool_note_change (weft_relay_hub_get_pool (self->hub), self->name);
  weft_relay_room_say_waiting (self);
  weft_relay_room_compact_if_worth_it (self);
}

static void
store_and_tell (WeftRelayRoom    *self,
                WeftRelaySession *session,
                GBytes           *update)
{
  weft_relay_room_forget_state (self);
  self->n_appended++;
  self->n_changes++;
  self->n_log++;
  self->n_bytes += g_bytes_get_size (update);
  self->log_bytes += g_bytes_get_size (update);

  weft_relay_store_append (weft_relay_hub_get_port (self->hub), self->name, update, appended_cb, self);
  weft_relay_room_wait (self, NULL, NULL, update, session);
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
  if (self->pending == NULL)
    self->pending = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
  if (!g_hash_table_add (self->pending, g_bytes_new (digest, n_digest)))
    return FALSE;

  self->n_pending_bytes += g_bytes_get_size (update);
  return TRUE;
}

static void
forget_pending (WeftRelayRoom *self)
{
  g_clear_pointer (&self->pending, g_hash_table_unref);
  self->n_pending_bytes = 0;
}

static void
deny (WeftRelaySession *session,
      const char       *reason)
{
  if (session->client->dialect->denied != NULL)
    session->client->dialect->denied (session, reason);
}

/* Stores and tells what was just done to the document, which is @update where some of it came from outside. */
static void
finish_change (WeftRelayRoom    *self,
               WeftRelaySession *session,
               GBytes           *update,
               gboolean          first)
{
  g_autoptr(GBytes) made = g_steal_pointer (&self->made);

  if (!weft_relay_room_has_pending (self))
    {
      forget_pending (self);
      if (made != NULL)
        store_and_tell (self, session, made);
      if (made != NULL && first)
        {
          self->first = g_bytes_ref (made);
          self->state_frame_ticks = 0;
        }
    }
  else if (update != NULL && note_pending (self, update))
    {
      /* Some of it waits: keep and pass on all of it, as it came. */
      store_and_tell (self, session, update);
    }
  else if (made != NULL)
    {
      store_and_tell (self, session, made);
    }
}

gboolean
weft_relay_room_apply_stored (WeftRelayRoom *self,
                              GBytes        *update,
                              guint64        version)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) made = NULL;

  g_clear_pointer (&self->made, g_bytes_unref);
  if (!weft_doc_apply_update (weft_relay_room_get_doc (self), update, NULL, &error))
    {
      g_warning ("room \"%s\": what another relay has stored is left out: %s", self->name, error->message);
      return FALSE;
    }

  made = g_steal_pointer (&self->made);
  weft_relay_room_forget_state (self);
  if (weft_relay_room_has_pending (self))
    {
      /* Some of it waits, or something else does: clients sort it out in the same way. */
      g_clear_pointer (&made, g_bytes_unref);
      made = g_bytes_ref (update);
    }
  else
    {
      forget_pending (self);
    }

  if (made != NULL)
    {
      self->n_bytes += g_bytes_get_size (made);
      self->n_changes++;
      weft_relay_room_wait_stored (self, made, version);
    }
  return TRUE;
}

gboolean
weft_relay_room_edit (WeftRelayRoom    *self,
                      WeftRelaySession *session,
                      WeftRelayEditFunc func,
                      gpointer          user_data)
{
  WeftDoc *doc;

  if (self->state != WEFT_RELAY_ROOM_READY)
    return FALSE;
  if (session != NULL && !weft_relay_session_may_write (session))
    {
      deny (session, weft_relay_session_get_refusal (session));
      return FALSE;
    }
  if (weft_relay_room_get_read_only (self) != NULL)
    return FALSE;
  if (self->n_bytes > limits_of (self)->max_document)
    {
      if (session != NULL)
        deny (session, WEFT_SYNC_REASON_FULL);
      return FALSE;
    }

  doc = weft_relay_room_get_doc (self);
  g_clear_pointer (&self->made, g_bytes_unref);
  weft_doc_begin (doc, session);
  func (doc, user_data);
  weft_doc_commit (doc);
  finish_change (self, session, NULL, FALSE);
  return TRUE;
}

void
weft_relay_room_handle_update (WeftRelayRoom    *self,
                               WeftRelaySession *session,
                               GBytes           *update)
{
  const WeftRelayLimits *limits = limits_of (self);
  g_autoptr(GError) error = NULL;
  gboolean first;

  if (self->state != WEFT_RELAY_ROOM_READY)
    return;

  if (!weft_relay_session_may_write (session))
    {
      /* Stock clients always answer a step 1, also where they have nothing to tell. */
      if (!weft_relay_room_knows (self, update))
        deny (session, weft_relay_session_get_refusal (session));
      return;
    }

  if (self->n_bytes + g_bytes_get_size (update) > limits->max_document)
    {
      weft_relay_session_refuse (session, WEFT_WS_CLOSE_TOO_BIG, WEFT_SYNC_REASON_FULL);
      return;
    }
  if (self->n_pending_bytes + g_bytes_get_size (update) > limits->max_pending && self->n_pending_bytes > 0)
    {
      weft_relay_session_refuse (session, WEFT_WS_CLOSE_TRY_LATER, "too much waits for updates that are missing");
      return;
    }

  if (!weft_relay_room_take_update (self, update, session, &first, &error))
    {
      weft_relay_session_refuse (session, WEFT_WS_CLOSE_MALFORMED, error->message);
      return;
    }

  finish_change (self, session, update, first);
}

gboolean
weft_relay_room_apply (WeftRelayRoom *self,
                       GBytes        *update,
                       gboolean       may_write,
                       GError       **error)
{
  const WeftRelayLimits *limits = limits_of (self);
  gboolean first;

  if (!may_write)
    {
      if (weft_relay_room_knows (self, update))
        return TRUE;
      g_set_error (error, WEFT_RELAY_AUTH_ERROR, WEFT_RELAY_AUTH_ERROR_FORBIDDEN, "%s",
                   weft_relay_room_get_read_only (self) != NULL ? weft_relay_room_get_read_only (self)
                                                                : "You may only read here.");
      return FALSE;
    }
  if (self->n_bytes + g_bytes_get_size (update) > limits->max_document ||
      (self->n_pending_bytes + g_bytes_get_size (update) > limits->max_pending && self->n_pending_bytes > 0))
    {
      g_set_error_literal (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE, "The document is full.");
      return FALSE;
    }

  if (!weft_relay_room_take_update (self, update, NULL, &first, error))
    return FALSE;

  finish_change (self, NULL, update, first);
  return TRUE;
}

void
weft_relay_room_handle_step1 (WeftRelayRoom    *self,
                              WeftRelaySession *session,
                              GBytes           *bytes)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftStateVector) state_vector = weft_state_vector_decode (bytes, &error);
  g_autoptr(GBytes) frame = NULL;
  g_autoptr(GBytes) rest = NULL;

  if (self->state != WEFT_RELAY_ROOM_READY)
    return;

  if (state_vector == NULL)
    {
      weft_relay_session_refuse (session, WEFT_WS_CLOSE_MALFORMED, error->message);
      return;
    }

  frame = weft_relay_room_make_shared_answer (self, state_vector, &rest);
  if (session->n_step1 == 0)
    weft_relay_histogram_add (&weft_relay_hub_get_counters (self->hub)->sync,
                              g_get_monotonic_time () - session->entered_us);
  if (++session->n_step1 > FREE_ANSWERS)
    weft_relay_session_charge (session, g_bytes_get_size (frame) + (rest != NULL ? g_bytes_get_size (rest) : 0));
  weft_relay_room_wait_joined (self, frame, rest, session);
}

gboolean
weft_relay_room_is_stale (gpointer owner,
                          gpointer user_data)
{
  WeftRelaySession *session = owner;
  WeftRelayRoom *self = user_data;
  gint64 silent_ms = now_in_ms () - weft_relay_client_get_heard_ms (session->client);

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

  if (!weft_relay_presence_apply (self->presence, session, update, now_in_ms (), weft_relay_room_is_stale, self,
                                  &error))
    {
      gboolean too_large = g_error_matches (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE);

      weft_relay_session_refuse (session, too_large ? WEFT_WS_CLOSE_TOO_BIG : WEFT_WS_CLOSE_MALFORMED,
                                 error->message);
      return;
    }

  if (weft_relay_presence_has_news (self->presence))
    weft_relay_room_tell_soon (self);
}

void
weft_relay_room_tell_awareness (WeftRelayRoom    *self,
                                WeftRelaySession *session)
{
  g_autoptr(GBytes) update = weft_relay_presence_encode (self->presence);
  WeftRelayNews news = { .room = self, .update = update };

  if (update == NULL || session->client->dialect->awareness == NULL)
    return;

  session->client->dialect->awareness (session, &news);
  weft_relay_news_clear (&news);
}

/* --- rights --- */

static gboolean
is_session_of (WeftRelaySession *session,
               const char       *user)
{
  return user == NULL || g_strcmp0 (session->grant->user, user) == 0;
}

static void
rechecked_cb (WeftRelayGrant *grant,
              const GError   *error,
              gpointer        user_data)
{
  g_autoptr(WeftRelaySession) session = user_data;

  session->rechecking = FALSE;
  session->checked_ms = now_in_ms ();
  if (session->room == NULL)
    return;

  if (grant == NULL && !g_error_matches (error, WEFT_RELAY_AUTH_ERROR, WEFT_RELAY_AUTH_ERROR_LATER))
    {
      weft_relay_session_refuse (session, weft_relay_auth_error_to_close (error), error->message);
    }
  else if (grant != NULL)
    {
      WeftRelayGrant *old = session->grant;
      gboolean may_write_now = old->role < WEFT_RELAY_ROLE_EDITOR && grant->role >= WEFT_RELAY_ROLE_EDITOR;

      if (grant->expires != 0 && grant->expires <= g_get_real_time () / G_USEC_PER_SEC)
        {
          weft_relay_session_refuse (session, WEFT_WS_CLOSE_NOT_AUTHENTICATED, "the token has expired");
          return;
        }
      session->grant = weft_relay_grant_ref (grant);
      if (session->client->dialect->changed != NULL)
        session->client->dialect->changed (session);
      else if (may_write_now)
        /* What was refused before comes when they connect anew, and only then. */
        weft_relay_session_refuse (session, WEFT_WS_CLOSE_RESTART, "you may write now");
      weft_relay_grant_unref (old);
    }
}

static void
recheck_session (WeftRelayRoom    *self,
                 WeftRelaySession *session)
{
  const WeftRelayCredentials credentials = { session->token, session->client->address, TRUE };

  if (session->rechecking)
    return;

  session->rechecking = TRUE;
  weft_relay_auth_check (weft_relay_pool_get_auth (weft_relay_hub_get_pool (self->hub)), &credentials, self->name,
                         rechecked_cb, weft_relay_session_ref (session));
}

void
weft_relay_room_recheck (WeftRelayRoom *self,
                         const char    *user)
{
  g_autoptr(GPtrArray) sessions = copy_sessions (self);

  for (guint i = 0; i < sessions->len; i++)
    if (is_session_of (sessions->pdata[i], user))
      recheck_session (self, sessions->pdata[i]);
}

void
weft_relay_room_cut_off (WeftRelayRoom *self,
                         const char    *user,
                         guint16        code,
                         const char    *reason)
{
  g_autoptr(GPtrArray) sessions = copy_sessions (self);

  for (guint i = 0; i < sessions->len; i++)
    if (is_session_of (sessions->pdata[i], user))
      weft_relay_session_refuse (sessions->pdata[i], code, reason);
}

/* Who holds an expired grant is asked about once more: their device may have fetched a fresh token. Where another relay
 * may change rights, which is told but may be missed, no grant is believed for long. */
static void
end_expired (WeftRelayRoom *self,
             gint64         now_ms)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  gint64 checked_ms = weft_relay_room_is_shared (self) ? now_ms - GRANT_MS : G_MININT64;

  for (guint i = self->sessions->len; i-- > 0;)
    {
      WeftRelaySession *session = i < self->sessions->len ? self->sessions->pdata[i] : NULL;

      if (session != NULL && ((session->grant->expires != 0 && session->grant->expires <= now) ||
                              session->checked_ms < checked_ms))
        recheck_session (self, session);
    }
}

/* --- upkeep --- */

void
weft_relay_room_tick (WeftRelayRoom *self,
                      gint64         now_ms)
{
  self->is_busy = self->n_told > limits_of (self)->busy_room;
  self->n_told = 0;
  if ((self->first != NULL || self->state_frame != NULL) && ++self->state_frame_ticks > KEEP_STATE_TICKS)
    weft_relay_room_forget_state (self);
  end_expired (self, now_ms);
  weft_relay_presence_expire (self->presence, now_ms);
  if (weft_relay_presence_has_news (self->presence) && self->sessions->len > 0)
    weft_relay_room_tell_soon (self);
  else
    weft_relay_room_tell_presence (self);
  weft_relay_room_tick_others (self, now_ms);

  if (self->state == WEFT_RELAY_ROOM_READY && self->sessions->len == 0 && self->n_log >= COMPACT_ON_CLOSE &&
      self->n_appended == self->n_committed && weft_relay_room_may_compact (self))
    weft_relay_room_compact (self);
}

gboolean
weft_relay_room_is_settled (WeftRelayRoom *self)
{
  /* A room that is given up while it loads has had its answer. */
  return self->state != WEFT_RELAY_ROOM_LOADING && self->n_appended == self->n_committed && !self->compacting &&
         !self->others.looking;
}

gboolean
weft_relay_room_is_idle (WeftRelayRoom *self,
                         gint64         now_ms)
{
  return self->sessions->len == 0 && weft_relay_room_is_settled (self) &&
         now_ms - self->empty_since_ms >= limits_of (self)->idle_room_seconds * 1000;
}
