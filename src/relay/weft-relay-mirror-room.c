/* weft-relay-mirror-room.c - one room of another relay, and ours of the same name
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-mirror-room.h"

#include "relay/weft-relay-room.h"
#include "relay/weft-relay-visit.h"
#include "sync/weft-sync-protocol.h"
#include "sync/weft-sync-socket.h"

/* What may wait for our disk; a room that brings more comes back when that is done. */
#define MAX_STORING (64 * 1024 * 1024)

struct _WeftRelayMirrorRoom
{
  WeftRelayPool                  *pool;
  char                           *name;
  const WeftRelayMirrorRoomFuncs *funcs; /* %NULL: nobody is to be told any more */
  gpointer                        user_data;
  gboolean                        queued;

  guint64                         listed;   /* its version there */
  guint64                         done;     /* we have everything up to this one */
  gboolean                        compared; /* since the start, or since a connection broke */

  /* While it is open */
  guint                           n_opened; /* tells one connection from the next */
  WeftSyncSocket                 *socket;   /* %NULL: not open */
  guint64                         begun_at; /* what was listed when it was opened */
  WeftStateVector                *theirs;   /* nullable: what they had then */
  guint64                         receipt;  /* the newest version that they told */
  gboolean                        in_step;
  guint                           n_storing;
  gsize                           storing_bytes;
  gint64                          heard_us;
};

/* A visit to our room. */
typedef struct
{
  WeftRelayMirrorRoom *room;
  guint                n_opened;
  GBytes              *update;    /* nullable: to be applied */
  WeftStateVector     *theirs;    /* nullable: whether ours has all of it is asked */
  WeftStateVector     *ours;      /* the answer, where no update was brought */
  gboolean             has_all;   /* the other answer */
} Visit;

static void
room_clear (gpointer data)
{
  WeftRelayMirrorRoom *self = data;

  g_free (self->name);
}

void
weft_relay_mirror_room_unref (WeftRelayMirrorRoom *self)
{
  g_rc_box_release_full (self, room_clear);
}

static void
visit_free (gpointer data)
{
  Visit *self = data;

  weft_relay_mirror_room_unref (self->room);
  g_clear_pointer (&self->update, g_bytes_unref);
  g_clear_pointer (&self->theirs, weft_state_vector_free);
  g_clear_pointer (&self->ours, weft_state_vector_free);
  g_free (self);
}

static Visit *
visit_new (WeftRelayMirrorRoom *room)
{
  Visit *self = g_new0 (Visit, 1);

  self->room = g_rc_box_acquire (room);
  self->n_opened = room->n_opened;
  return self;
}

/* --- what comes --- */

static gboolean
has_all (const WeftStateVector *ours,
         const WeftStateVector *theirs)
{
  for (gsize i = 0; i < weft_state_vector_get_n_clients (theirs); i++)
    {
      WeftClientId client;
      WeftClock clock;

      weft_state_vector_get_entry (theirs, i, &client, &clock);
      if (weft_state_vector_get (ours, client) < clock)
        return FALSE;
    }

  return TRUE;
}

/* On the room's thread. */
static gboolean
apply_cb (WeftRelayRoom *room,
          gpointer       data,
          GError       **error)
{
  Visit *self = data;
  g_autoptr(WeftStateVector) ours = NULL;

  if (!weft_relay_room_apply (room, self->update, TRUE, error))
    return FALSE;

  if (self->theirs != NULL)
    {
      ours = weft_relay_room_get_state_vector (room);
      self->has_all = has_all (ours, self->theirs);
    }
  return TRUE;
}

/* All that came is stored. */
static void
note_stored (WeftRelayMirrorRoom *self)
{
  if (!self->in_step || self->n_storing > 0)
    return;

  self->compared = TRUE;
  self->done = MAX (self->done, MAX (self->begun_at, self->receipt));
}

static void
applied_cb (const GError *error,
            gpointer      data)
{
  Visit *visit = data;
  WeftRelayMirrorRoom *self = visit->room;

  if (self->funcs == NULL)
    return;

  self->funcs->stored (self, g_bytes_get_size (visit->update), error == NULL, self->user_data);
  if (visit->n_opened != self->n_opened || self->socket == NULL)
    return;

  if (error != NULL)
    {
      weft_relay_mirror_room_leave (self, error->message);
      return;
    }

  self->n_storing--;
  self->storing_bytes -= g_bytes_get_size (visit->update);
  self->in_step |= visit->has_all;
  note_stored (self);
}

static void
take_update (WeftRelayMirrorRoom *self,
             GBytes              *update)
{
  Visit *visit;

  self->n_storing++;
  self->storing_bytes += g_bytes_get_size (update);
  if (self->storing_bytes > MAX_STORING)
    {
      weft_relay_mirror_room_leave (self, "it brings more than can be stored in the time");
      return;
    }

  visit = visit_new (self);
  visit->update = g_bytes_ref (update);
  if (!self->in_step && self->theirs != NULL)
    visit->theirs = weft_state_vector_copy (self->theirs);
  weft_relay_pool_visit (self->pool, self->name, apply_cb, applied_cb, visit, visit_free);
}

static gboolean
take_message (WeftRelayMirrorRoom *self,
              GBytes              *bytes,
              GError             **error)
{
  g_auto(WeftSyncMessage) message = { 0 };

  if (!weft_sync_message_parse (&message, bytes, error))
    return FALSE;

  switch (message.type)
    {
    case WEFT_SYNC_MESSAGE_STEP1:
      /* It is not answered: nothing of ours goes there. */
      g_clear_pointer (&self->theirs, weft_state_vector_free);
      self->theirs = weft_state_vector_decode (message.payload, error);
      return self->theirs != NULL;
    case WEFT_SYNC_MESSAGE_STEP2:
    case WEFT_SYNC_MESSAGE_UPDATE:
      take_update (self, message.payload);
      return TRUE;
    case WEFT_SYNC_MESSAGE_RECEIPT:
      self->receipt = message.version;
      note_stored (self);
      return TRUE;
    case WEFT_SYNC_MESSAGE_AWARENESS:
    case WEFT_SYNC_MESSAGE_QUERY_AWARENESS:
    case WEFT_SYNC_MESSAGE_DENIED:
    case WEFT_SYNC_MESSAGE_UNKNOWN:
      return TRUE;
    }

  return TRUE;
}

static void
message_cb (GBytes   *message,
            gpointer  user_data)
{
  WeftRelayMirrorRoom *self = user_data;
  g_autoptr(GError) error = NULL;

  /* Awareness is no sign that the document goes on. */
  if (g_bytes_get_size (message) > 0 && *(const guint8 *) g_bytes_get_data (message, NULL) == 0)
    self->heard_us = g_get_monotonic_time ();
  if (!take_message (self, message, &error))
    weft_relay_mirror_room_leave (self, error->message);
}

static void
heard_cb (gpointer user_data)
{
}

static void
closed_cb (guint       code,
           const char *reason,
           gboolean    is_broken,
           gpointer    user_data)
{
  WeftRelayMirrorRoom *self = user_data;
  g_autofree char *why = g_strdup_printf ("the connection ended with code %u%s%s", code, reason != NULL ? ": " : "",
                                          reason != NULL ? reason : "");

  weft_relay_mirror_room_leave (self, why);
}

static void
failed_cb (guint         status,
           const char   *reason,
           const GError *error,
           gpointer      user_data)
{
  weft_relay_mirror_room_leave (user_data, error != NULL ? error->message : "it does not answer");
}

/* --- coming and going --- */

/* On the room's thread: what we have. */
static gboolean
look_cb (WeftRelayRoom *room,
         gpointer       data,
         GError       **error)
{
  Visit *self = data;

  self->ours = weft_relay_room_get_state_vector (room);
  return TRUE;
}

static void
looked_cb (const GError *error,
           gpointer      data)
{
  Visit *visit = data;
  WeftRelayMirrorRoom *self = visit->room;
  g_autoptr(GBytes) message = NULL;

  if (self->funcs == NULL || visit->n_opened != self->n_opened || self->socket == NULL)
    return;

  if (error != NULL)
    {
      weft_relay_mirror_room_leave (self, error->message);
      return;
    }

  message = weft_sync_message_new_step1 (visit->ours);
  weft_sync_socket_send (self->socket, message);
}

static void
opened_cb (gpointer user_data)
{
  WeftRelayMirrorRoom *self = user_data;

  self->heard_us = g_get_monotonic_time ();
  weft_relay_pool_visit (self->pool, self->name, look_cb, looked_cb, visit_new (self), visit_free);
}

void
weft_relay_mirror_room_open (WeftRelayMirrorRoom *self,
                             SoupSession         *http,
                             const char          *url,
                             const char          *token)
{
  static const WeftSyncSocketFuncs funcs = { opened_cb, message_cb, heard_cb, closed_cb, failed_cb };

  self->n_opened++;
  self->begun_at = self->listed;
  self->receipt = 0;
  self->in_step = FALSE;
  self->n_storing = 0;
  self->storing_bytes = 0;
  self->heard_us = g_get_monotonic_time ();
  self->socket = weft_sync_socket_new (http, &funcs, self);
  /* Receipts tell which version what came is. */
  weft_sync_socket_start (self->socket, url, token);
}

static void
hang_up (WeftRelayMirrorRoom *self)
{
  g_clear_pointer (&self->socket, weft_sync_socket_free);
  g_clear_pointer (&self->theirs, weft_state_vector_free);
  self->in_step = FALSE;
}

void
weft_relay_mirror_room_leave (WeftRelayMirrorRoom *self,
                              const char          *why)
{
  if (self->socket == NULL)
    return;

  /* What was on its way may be lost. */
  if (why != NULL)
    self->compared = FALSE;
  hang_up (self);
  self->funcs->left (self, why, self->user_data);
}

void
weft_relay_mirror_room_stop (WeftRelayMirrorRoom *self)
{
  self->funcs = NULL;
  hang_up (self);
}

/* --- what is known --- */

WeftRelayMirrorRoom *
weft_relay_mirror_room_new (WeftRelayPool                  *pool,
                            const char                     *name,
                            const WeftRelayMirrorRoomFuncs *funcs,
                            gpointer                        user_data)
{
  WeftRelayMirrorRoom *self = g_rc_box_new0 (WeftRelayMirrorRoom);

  self->pool = pool;
  self->name = g_strdup (name);
  self->funcs = funcs;
  self->user_data = user_data;
  return self;
}

const char *
weft_relay_mirror_room_get_name (WeftRelayMirrorRoom *self)
{
  return self->name;
}

void
weft_relay_mirror_room_note_version (WeftRelayMirrorRoom *self,
                                     guint64              version)
{
  /* A version that goes back is that of a backup: what we know of it is worth nothing. */
  if (version < self->listed)
    {
      self->done = 0;
      self->compared = FALSE;
    }
  self->listed = version;
}

gboolean
weft_relay_mirror_room_is_behind (WeftRelayMirrorRoom *self)
{
  return !self->compared || self->done < self->listed;
}

gboolean
weft_relay_mirror_room_is_queued (WeftRelayMirrorRoom *self)
{
  return self->queued;
}

void
weft_relay_mirror_room_set_queued (WeftRelayMirrorRoom *self,
                                   gboolean             queued)
{
  self->queued = queued;
}

gboolean
weft_relay_mirror_room_is_open (WeftRelayMirrorRoom *self)
{
  return self->socket != NULL;
}

gboolean
weft_relay_mirror_room_is_in_step (WeftRelayMirrorRoom *self)
{
  return self->in_step && self->n_storing == 0;
}

gint64
weft_relay_mirror_room_get_heard_us (WeftRelayMirrorRoom *self)
{
  return self->heard_us;
}
