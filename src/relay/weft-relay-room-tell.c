/* weft-relay-room-tell.c - what a room says, and when
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-room-private.h"

/* What is said once the store has everything up to @after. */
typedef struct
{
  guint64           after;   /* counts appended updates */
  gint64            since_us;
  GBytes           *frame;   /* to @to alone */
  GBytes           *rest;    /* of it; nullable */
  WeftRelaySession *to;
  GBytes           *update;  /* to all but @sender */
  guint64           version; /* of @update, once it is committed */
  guint64           change;  /* of @update */
  WeftRelaySession *sender;
  WeftStateVector  *durable; /* what receipts may tell then; nullable */
  WeftRelayVisit   *visit;   /* ends then; nullable */
} Waiting;

static void
end_visit (WeftRelayVisit *visit)
{
  g_autoptr(GError) error = NULL;

  g_set_error_literal (&error, WEFT_RELAY_AUTH_ERROR, WEFT_RELAY_AUTH_ERROR_LATER,
                       "The relay cannot read or store this now; try again later.");
  weft_relay_visit_end (visit, error);
}

static void
waiting_free (gpointer data)
{
  Waiting *waiting = data;

  g_clear_pointer (&waiting->frame, g_bytes_unref);
  g_clear_pointer (&waiting->rest, g_bytes_unref);
  g_clear_pointer (&waiting->update, g_bytes_unref);
  g_clear_pointer (&waiting->durable, weft_state_vector_free);
  g_clear_pointer (&waiting->visit, end_visit);
  g_free (waiting);
}

/* --- news --- */

GBytes *
weft_relay_news_get_frame (WeftRelayNews          *self,
                           const WeftRelayDialect *dialect,
                           WeftRelayFrameFunc      make)
{
  GBytes *frame;

  if (self->framed_for == dialect)
    return self->frame;

  if (self->framed_for == NULL)
    {
      self->framed_for = dialect;
      self->frame = make (self);
      return self->frame;
    }

  if (self->others == NULL)
    self->others = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_bytes_unref);

  frame = g_hash_table_lookup (self->others, dialect);
  if (frame == NULL)
    {
      frame = make (self);
      g_hash_table_insert (self->others, (gpointer) dialect, frame);
    }

  return frame;
}

void
weft_relay_news_clear (WeftRelayNews *self)
{
  g_clear_pointer (&self->frame, g_bytes_unref);
  g_clear_pointer (&self->others, g_hash_table_unref);
}

static gboolean must_gather   (WeftRelayRoom *self);
static void     say_waiting   (WeftRelayRoom *self,
                               gboolean       gather);

static void
tell_update (WeftRelayRoom *self,
             Waiting       *waiting)
{
  WeftRelayNews news = {
    .room = self,
    .sender = waiting->sender,
    .update = waiting->update,
    .version = waiting->version,
    .change = waiting->change,
  };

  self->told_us = g_get_monotonic_time ();
  weft_relay_histogram_add (&weft_relay_hub_get_counters (self->hub)->fan_out, self->told_us - waiting->since_us);

  /* Who moved meanwhile is told by the same packets. */
  weft_relay_room_tell_presence (self);

  /* A session that is sent away meanwhile leaves the list: go from the end. */
  for (guint i = self->sessions->len; i-- > 0;)
    {
      WeftRelaySession *session = i < self->sessions->len ? self->sessions->pdata[i] : NULL;

      if (session != NULL && session != waiting->sender && session->client->dialect->update != NULL)
        session->client->dialect->update (session, &news);
    }

  self->n_told += self->sessions->len;

  weft_relay_news_clear (&news);
}

void
weft_relay_room_tell_presence (WeftRelayRoom *self)
{
  g_autoptr(GBytes) own = NULL;
  g_autoptr(GBytes) update = weft_relay_room_is_shared (self) ? weft_relay_presence_take_own (self->presence, &own)
                                                              : weft_relay_presence_take (self->presence);
  WeftRelayNews news = { .room = self, .update = update };

  if (update == NULL)
    return;
  if (own != NULL)
    weft_relay_room_tell_others (self, WEFT_RELAY_WORD_AWARENESS, 0, own);

  if (!self->stored_due)
    self->soon_us = 0;

  /* Also back to its sender: y-websocket clients live on it. */
  for (guint i = self->sessions->len; i-- > 0;)
    {
      WeftRelaySession *session = i < self->sessions->len ? self->sessions->pdata[i] : NULL;

      if (session != NULL && session->client->dialect->awareness != NULL)
        session->client->dialect->awareness (session, &news);
    }

  self->n_told += self->sessions->len;
  weft_relay_news_clear (&news);
}

static void
tell_stored (WeftRelayRoom *self)
{
  self->stored_due = FALSE;
  if (self->durable == NULL)
    return;

  for (guint i = self->sessions->len; i-- > 0;)
    {
      WeftRelaySession *session = i < self->sessions->len ? self->sessions->pdata[i] : NULL;

      if (session != NULL && session->wants_stored && session->client->dialect->stored != NULL)
        session->client->dialect->stored (session, self->version);
    }
}

static void
tell_at (WeftRelayRoom *self,
         gint64         due_us)
{
  if (self->sessions->len > 0 && (self->due_us == 0 || self->due_us > due_us))
    self->due_us = weft_relay_hub_tell_at (self->hub, self, due_us);
}

void
weft_relay_room_tell_now (WeftRelayRoom *self)
{
  gint64 now_us = g_get_monotonic_time ();

  if (self->state != WEFT_RELAY_ROOM_READY)
    return;

  if (!must_gather (self))
    say_waiting (self, FALSE);

  /* What went along with an update in the meantime is not due any more, what came after it not yet. */
  if (self->soon_us != 0 && now_us < self->soon_us)
    {
      tell_at (self, self->soon_us);
      return;
    }

  self->soon_us = 0;
  weft_relay_room_tell_presence (self);
  if (self->stored_due)
    tell_stored (self);
}

void
weft_relay_room_tell_soon (WeftRelayRoom *self)
{
  if (self->soon_us == 0)
    self->soon_us = g_get_monotonic_time () + (gint64) weft_relay_hub_get_limits (self->hub)->tick_ms * 1000;

  /* Again, though it is due: while the room was empty nobody was asked to come back for it. */
  tell_at (self, self->soon_us);
}

/* --- what waits for the store --- */

static void
say (WeftRelayRoom *self,
     Waiting       *waiting)
{
  if (waiting->frame != NULL && waiting->to != NULL)
    weft_relay_session_send_joined (waiting->to, waiting->frame, waiting->rest, WEFT_RELAY_FRAME_ANSWER);
  if (waiting->update != NULL)
    tell_update (self, waiting);
  if (waiting->visit != NULL)
    weft_relay_visit_end (g_steal_pointer (&waiting->visit), NULL);

  if (waiting->durable != NULL)
    {
      g_clear_pointer (&self->durable, weft_state_vector_free);
      self->durable = g_steal_pointer (&waiting->durable);
      self->stored_due = TRUE;
      weft_relay_room_tell_soon (self);
    }
}

/* In a busy room, updates that come within a tick leave together: a packet for each reader costs the most. */
static gboolean
must_gather (WeftRelayRoom *self)
{
  gint64 tick_us = (gint64) weft_relay_hub_get_limits (self->hub)->busy_tick_ms * 1000;

  if (!self->is_busy || g_get_monotonic_time () - self->told_us >= tick_us)
    return FALSE;

  tell_at (self, self->told_us + tick_us);
  return self->due_us != 0;
}

static void
say_waiting (WeftRelayRoom *self,
             gboolean       gather)
{
  Waiting *waiting;

  while ((waiting = g_queue_peek_head (&self->waiting)) != NULL && waiting->after <= self->n_committed &&
         !(gather && waiting->update != NULL))
    {
      g_queue_pop_head (&self->waiting);
      say (self, waiting);
      waiting_free (waiting);
    }
}

void
weft_relay_room_say_waiting (WeftRelayRoom *self)
{
  say_waiting (self, self->waiting.length > 0 && must_gather (self));
}

/* @waiting: (transfer full) */
static void
wait_for_store (WeftRelayRoom *self,
                Waiting       *waiting)
{
  waiting->after = self->n_appended;
  waiting->since_us = g_get_monotonic_time ();
  if (waiting->update != NULL)
    waiting->change = self->n_changes;
  if (self->n_wants_stored > 0 && waiting->to == NULL)
    waiting->durable = weft_relay_room_get_state_vector (self);

  g_queue_push_tail (&self->waiting, waiting);
  if (waiting->update != NULL && waiting->version == 0 && self->unstored == NULL)
    self->unstored = self->waiting.tail;
  weft_relay_room_say_waiting (self);
}

void
weft_relay_room_wait_stored (WeftRelayRoom *self,
                             GBytes        *update,
                             guint64        version)
{
  Waiting *waiting = g_new0 (Waiting, 1);

  waiting->update = g_bytes_ref (update);
  waiting->version = version;
  wait_for_store (self, waiting);
}

void
weft_relay_room_note_stored (WeftRelayRoom *self,
                             guint64        version)
{
  GList *link = self->unstored;
  Waiting *waiting;

  if (link == NULL)
    return;

  waiting = link->data;
  waiting->version = version;
  weft_relay_room_tell_others (self, WEFT_RELAY_WORD_UPDATE, version, waiting->update);

  do
    link = link->next;
  while (link != NULL && (((Waiting *) link->data)->update == NULL || ((Waiting *) link->data)->version != 0));
  self->unstored = link;
}

void
weft_relay_room_wait (WeftRelayRoom    *self,
                      GBytes           *frame,
                      WeftRelaySession *to,
                      GBytes           *update,
                      WeftRelaySession *sender)
{
  Waiting *waiting = g_new0 (Waiting, 1);

  waiting->frame = frame != NULL ? g_bytes_ref (frame) : NULL;
  waiting->to = to;
  waiting->update = update != NULL ? g_bytes_ref (update) : NULL;
  waiting->sender = sender;
  wait_for_store (self, waiting);
}

void
weft_relay_room_wait_joined (WeftRelayRoom    *self,
                             GBytes           *frame,
                             GBytes           *rest,
                             WeftRelaySession *to)
{
  Waiting *waiting = g_new0 (Waiting, 1);

  waiting->frame = g_bytes_ref (frame);
  waiting->rest = rest != NULL ? g_bytes_ref (rest) : NULL;
  waiting->to = to;
  wait_for_store (self, waiting);
}

void
weft_relay_room_forget_waiting (WeftRelayRoom    *self,
                                WeftRelaySession *session)
{
  for (GList *l = self->waiting.head; l != NULL; l = l->next)
    {
      Waiting *waiting = l->data;

      if (waiting->to == session)
        {
          g_clear_pointer (&waiting->frame, g_bytes_unref);
          g_clear_pointer (&waiting->rest, g_bytes_unref);
          waiting->to = NULL;
        }
      if (waiting->sender == session)
        waiting->sender = NULL;
    }
}

void
weft_relay_room_clear_waiting (WeftRelayRoom *self)
{
  self->unstored = NULL;
  g_queue_clear_full (&self->waiting, waiting_free);
}

/* --- visits --- */

void
weft_relay_room_wait_visit (WeftRelayRoom  *self,
                            WeftRelayVisit *visit)
{
  Waiting *waiting = g_new0 (Waiting, 1);

  waiting->after = self->n_appended;
  waiting->visit = visit;
  g_queue_push_tail (&self->waiting, waiting);
  weft_relay_room_say_waiting (self);
}

void
weft_relay_room_take_visit (WeftRelayRoom  *self,
                            WeftRelayVisit *visit)
{
  g_queue_push_tail (&self->visits, visit);
  if (self->state == WEFT_RELAY_ROOM_READY)
    weft_relay_room_make_visits (self);
  else if (self->state == WEFT_RELAY_ROOM_GIVEN_UP)
    weft_relay_room_end_visits (self);
}

void
weft_relay_room_make_visits (WeftRelayRoom *self)
{
  WeftRelayVisit *visit;

  /* Nobody is here, but somebody was. */
  if (self->sessions->len == 0)
    self->empty_since_ms = g_get_monotonic_time () / 1000;

  while ((visit = g_queue_pop_head (&self->visits)) != NULL)
    if (weft_relay_visit_make (visit, self))
      weft_relay_room_wait_visit (self, visit);
}

void
weft_relay_room_end_visits (WeftRelayRoom *self)
{
  WeftRelayVisit *visit;

  while ((visit = g_queue_pop_head (&self->visits)) != NULL)
    end_visit (visit);
}
