/* weft-live-doc.c - a document that is saved as it changes, and kept in step with its room
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/weft-live-doc.h"

#include "model/weft-change-tally.h"
#include "model/weft-person-private.h"
#include "notebook/weft-stretches.h"

/* How often silent peers are looked for. */
#define AWARENESS_TICK_MS 3000
/* How often deletions, and what is edited while apart, are noted in the document. */
#define FLUSH_S 30
/* Of the device id, enough to tell one person's devices apart. */
#define DEVICE_N_CHARS 6

/* An update that waits for its commit before it may be sent. */
typedef struct
{
  guint64 seq;
  GBytes *update;
} WaitingUpdate;

struct _WeftLiveDoc
{
  /* Owned */
  WeftStore *store;
  char *room;
  WeftDoc *doc;             /* NULL: only watching; then so are the users and the recorder */
  WeftStateVector *state;   /* what is in it, while watching */
  WeftDeleteSet *deletes;   /* likewise */
  WeftAwareness *awareness;
  WeftSyncClient *client;
  WeftUsers *users;
  WeftStretchRecorder *recorder;
  char *author;
  char *relay;
  WeftUser user;
  GQueue uncommitted; /* of WaitingUpdate, in the order of their numbers */

  WeftLiveDocFuncs funcs;
  gpointer user_data;

  guint observer;
  gulong committed_handler;
  guint tick_source;
  guint flush_source;
  gboolean shared;
  gboolean away;

  /* What was edited since the relay was last known to have everything; and whether anything was, or noted. */
  WeftChangeTally *tally;
  gboolean has_waiting;
  /* What the store last heard about this room and relay. */
  gboolean noted_unsynced;
};

void
weft_user_clear (WeftUser *self)
{
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->color, g_free);
}

void
weft_user_set (WeftUser   *self,
               const char *id,
               const char *name,
               const char *color)
{
  weft_user_clear (self);
  self->id = g_strdup (id);
  self->name = g_strdup (name);
  self->color = g_strdup (color);
}

static gint64
now_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

static void
waiting_update_free (WaitingUpdate *self)
{
  g_bytes_unref (self->update);
  g_free (self);
}

static gint64
real_time_ms (gpointer user_data)
{
  return g_get_real_time () / 1000;
}

static void
tell_status (WeftLiveDoc *self)
{
  if (self->funcs.status != NULL)
    self->funcs.status (self, self->user_data);
}

static void
send_awareness (WeftLiveDoc *self)
{
  if (self->client != NULL)
    weft_sync_client_send_awareness (self->client);
}

/* Tells the store whether the relay may lack something, so that a restart knows it too. */
static void
note_sync_state (WeftLiveDoc *self,
                 gboolean     unsynced)
{
  g_autoptr(WeftStateVector) known = NULL;
  g_autoptr(GBytes) acknowledged = NULL;

  if (self->relay == NULL || (unsynced && self->noted_unsynced))
    return;

  if (self->client != NULL)
    known = weft_sync_client_dup_known (self->client);

  /* Before the first connection of this run nothing is known, and what was noted in an earlier one still holds. */
  if (known != NULL && (!unsynced || weft_state_vector_get_n_clients (known) > 0))
    acknowledged = weft_state_vector_encode (known);

  weft_store_set_sync_state (self->store, self->room, self->relay, acknowledged, unsynced);
  self->noted_unsynced = unsynced;
}

static void
doc_update_cb (WeftDoc      *doc,
               GBytes       *update,
               gconstpointer origin,
               gboolean      local,
               gpointer      user_data)
{
  WeftLiveDoc *self = user_data;
  guint64 seq = weft_store_append_update (self->store, self->room, update,
                                          local ? WEFT_UPDATE_LOCAL : WEFT_UPDATE_REMOTE);

  if (!local)
    return;

  self->has_waiting = TRUE;
  note_sync_state (self, TRUE);

  if (self->client != NULL)
    {
      WaitingUpdate *waiting = g_new0 (WaitingUpdate, 1);

      waiting->seq = seq;
      waiting->update = g_bytes_ref (update);
      g_queue_push_tail (&self->uncommitted, waiting);
    }

  if (self->funcs.edited != NULL)
    self->funcs.edited (self, self->user_data);

  tell_status (self);
}

static void
doc_transaction_cb (WeftDoc         *doc,
                    WeftTransaction *transaction,
                    gpointer         user_data)
{
  WeftLiveDoc *self = user_data;
  WeftClientId client_id = weft_doc_get_client_id (doc);

  if (weft_awareness_get_client_id (self->awareness) != client_id)
    weft_awareness_set_client_id (self->awareness, client_id, now_ms ());

  if (self->shared)
    weft_change_tally_note (self->tally, transaction);
  if (self->funcs.transaction != NULL)
    self->funcs.transaction (self, transaction, self->user_data);
}

static const WeftDocObserver doc_observer = {
  .update = doc_update_cb,
  .transaction = doc_transaction_cb,
};

static void
store_committed_cb (WeftStore  *store,
                    const char *doc_id,
                    guint64     seq,
                    gpointer    user_data)
{
  WeftLiveDoc *self = user_data;

  for (;;)
    {
      WaitingUpdate *waiting = g_queue_peek_head (&self->uncommitted);

      if (waiting == NULL || waiting->seq > seq)
        break;

      g_queue_pop_head (&self->uncommitted);

      if (self->client != NULL)
        weft_sync_client_send_update (self->client, waiting->update);

      waiting_update_free (waiting);
    }
}

static void
awareness_changed_cb (WeftAwareness *awareness,
                      const GArray  *added,
                      const GArray  *updated,
                      const GArray  *removed,
                      gconstpointer  origin,
                      gpointer       user_data)
{
  WeftLiveDoc *self = user_data;

  if (self->funcs.awareness != NULL)
    self->funcs.awareness (self, self->user_data);
}

static gboolean
awareness_tick_cb (gpointer user_data)
{
  WeftLiveDoc *self = user_data;

  if (weft_awareness_tick (self->awareness, now_ms ()))
    send_awareness (self);

  return G_SOURCE_CONTINUE;
}

static void
client_notify_cb (GObject    *object,
                  GParamSpec *pspec,
                  gpointer    user_data)
{
  WeftLiveDoc *self = user_data;

  if (weft_sync_client_get_state (self->client) == WEFT_SYNC_CLIENT_SYNCED
      && g_queue_is_empty (&self->uncommitted))
    {
      gboolean has_unsent = weft_sync_client_get_n_unsent (self->client) > 0;

      if (!has_unsent && (self->has_waiting || self->noted_unsynced))
        note_sync_state (self, FALSE);
      if (!has_unsent && self->tally != NULL)
        weft_change_tally_clear (self->tally);

      self->has_waiting = has_unsent;
    }

  if (self->recorder != NULL && self->shared && weft_sync_client_get_state (self->client) != WEFT_SYNC_CLIENT_SYNCED)
    weft_stretch_recorder_part (self->recorder);

  tell_status (self);
}

static void
client_synced_cb (WeftSyncClient *client,
                  gpointer        user_data)
{
  WeftLiveDoc *self = user_data;

  /* Those who look at what changed meanwhile know at once who took something away. */
  if (self->users != NULL && weft_users_has_pending (self->users))
    weft_users_flush (self->users);
  if (self->recorder != NULL)
    weft_stretch_recorder_meet (self->recorder);
  send_awareness (self);

  if (self->funcs.synced != NULL)
    self->funcs.synced (self, self->user_data);
}

static void
client_wanted_cb (WeftSyncClient *client,
                  gpointer        user_data)
{
  WeftLiveDoc *self = user_data;

  if (self->funcs.wanted != NULL)
    self->funcs.wanted (self, self->user_data);
}

static gboolean
client_keep_cb (GBytes   *update,
                gpointer  user_data)
{
  WeftLiveDoc *self = user_data;

  return self->funcs.keep != NULL && self->funcs.keep (self, update, self->user_data);
}

static gboolean
flush_cb (gpointer user_data)
{
  weft_live_doc_flush (user_data);

  return G_SOURCE_CONTINUE;
}

WeftLiveDoc *
weft_live_doc_new (WeftStore              *store,
                   const char             *room,
                   WeftDoc                *doc,
                   const WeftLiveDocFuncs *funcs,
                   gpointer                user_data)
{
  WeftLiveDoc *self = g_new0 (WeftLiveDoc, 1);
  g_autofree char *signal = g_strconcat ("committed::", room, NULL);

  self->store = g_object_ref (store);
  self->room = g_strdup (room);
  self->doc = doc;
  self->funcs = *funcs;
  self->user_data = user_data;
  self->awareness = weft_awareness_new (weft_doc_get_client_id (doc));
  weft_awareness_set_observer (self->awareness, awareness_changed_cb, self);
  g_queue_init (&self->uncommitted);
  self->users = weft_users_new (doc);
  self->recorder = weft_stretch_recorder_new (doc, real_time_ms, NULL);
  self->tally = weft_change_tally_new (doc);
  self->flush_source = g_timeout_add_seconds (FLUSH_S, flush_cb, self);
  self->observer = weft_doc_add_observer (doc, &doc_observer, self);
  self->committed_handler
      = g_signal_connect (store, signal, G_CALLBACK (store_committed_cb), self);

  return self;
}

WeftLiveDoc *
weft_live_doc_new_watching (WeftStore              *store,
                            const char             *room,
                            WeftStateVector        *state,
                            WeftDeleteSet          *deletes,
                            const WeftLiveDocFuncs *funcs,
                            gpointer                user_data)
{
  WeftLiveDoc *self = g_new0 (WeftLiveDoc, 1);

  self->store = g_object_ref (store);
  self->room = g_strdup (room);
  self->state = state;
  self->deletes = deletes;
  self->funcs = *funcs;
  self->user_data = user_data;
  self->awareness = weft_awareness_new (g_random_int ());
  weft_awareness_set_observer (self->awareness, awareness_changed_cb, self);
  g_queue_init (&self->uncommitted);

  return self;
}

static void
drop_client (WeftLiveDoc *self)
{
  g_autoptr(WeftSyncClient) client = g_steal_pointer (&self->client);

  g_clear_handle_id (&self->tick_source, g_source_remove);
  g_clear_pointer (&self->relay, g_free);
  self->noted_unsynced = FALSE;

  if (client == NULL)
    return;

  g_signal_handlers_disconnect_by_data (client, self);
  weft_sync_client_stop (client);

  while (!g_queue_is_empty (&self->uncommitted))
    waiting_update_free (g_queue_pop_head (&self->uncommitted));
}

WeftDoc *
weft_live_doc_free_to_doc (WeftLiveDoc *self)
{
  WeftDoc *doc = self->doc;

  memset (&self->funcs, 0, sizeof self->funcs);

  g_clear_handle_id (&self->flush_source, g_source_remove);
  drop_client (self);
  weft_live_doc_flush (self);
  g_clear_signal_handler (&self->committed_handler, self->store);
  if (doc != NULL)
    weft_doc_remove_observer (doc, self->observer);
  weft_awareness_free (self->awareness);
  g_clear_pointer (&self->recorder, weft_stretch_recorder_free);
  g_clear_pointer (&self->tally, weft_change_tally_free);
  g_clear_pointer (&self->users, weft_users_free);
  g_clear_pointer (&self->state, weft_state_vector_free);
  g_clear_pointer (&self->deletes, weft_delete_set_free);
  weft_user_clear (&self->user);
  g_object_unref (self->store);
  g_free (self->room);
  g_free (self->author);
  g_free (self);

  return doc;
}

void
weft_live_doc_free (WeftLiveDoc *self)
{
  WeftDoc *doc = weft_live_doc_free_to_doc (self);

  if (doc != NULL)
    weft_doc_free (doc);
}

WeftDoc *
weft_live_doc_get_doc (WeftLiveDoc *self)
{
  return self->doc;
}

WeftStore *
weft_live_doc_get_store (WeftLiveDoc *self)
{
  return self->store;
}

const char *
weft_live_doc_get_room (WeftLiveDoc *self)
{
  return self->room;
}

WeftAwareness *
weft_live_doc_get_awareness (WeftLiveDoc *self)
{
  return self->awareness;
}

/* A lighter form of "#rrggbb" with a fifth of opacity, for the selections of web editors. */
static char *
make_light_color (const char *color)
{
  return g_strconcat (color, "33", NULL);
}

static void
publish_user (WeftLiveDoc *self)
{
  g_autoptr(WeftAny) value = weft_any_new_object ();
  g_autofree char *light = make_light_color (self->user.color);

  weft_any_object_take (value, "name", weft_any_new_string (self->user.name));
  weft_any_object_take (value, "color", weft_any_new_string (self->user.color));
  weft_any_object_take (value, "colorLight", weft_any_new_string (light));
  weft_any_object_take (value, "id", weft_any_new_string (self->user.id));

  weft_live_doc_set_field (self, "user", value);
}

void
weft_live_doc_set_user (WeftLiveDoc    *self,
                        const WeftUser *user)
{
  weft_user_set (&self->user, user->id, user->name,
                 weft_person_is_color (user->color) ? user->color
                                                    : weft_person_color_for_id (user->id));

  if (!self->away)
    publish_user (self);

  g_free (self->author);
  self->author = g_strdup_printf ("%s · %.*s", user->name, DEVICE_N_CHARS,
                                  weft_store_get_device_id (self->store));
  if (self->doc == NULL)
    return;

  weft_users_set_user (self->users, self->author);
  weft_stretch_recorder_set_user (self->recorder, self->author);
}

void
weft_live_doc_set_away (WeftLiveDoc *self,
                        gboolean     away)
{
  if (self->away == away)
    return;

  self->away = away;

  if (away)
    {
      weft_awareness_set_local_state (self->awareness, NULL, now_ms ());
      send_awareness (self);
    }
  else if (self->user.id != NULL)
    publish_user (self);
}

void
weft_live_doc_set_field (WeftLiveDoc *self,
                         const char  *field,
                         WeftAny     *value)
{
  if (self->away)
    return;

  weft_awareness_set_local_field (self->awareness, field, value, now_ms ());
  send_awareness (self);
}

void
weft_live_doc_set_relay (WeftLiveDoc *self,
                         const char  *relay,
                         const char  *token,
                         gboolean     connect)
{
  drop_client (self);
  self->shared = relay != NULL;
  self->relay = g_strdup (relay);

  if (self->shared && self->recorder != NULL)
    weft_stretch_recorder_part (self->recorder);

  if (self->shared && connect)
    {
      if (self->doc != NULL)
        self->client = weft_sync_client_new (relay, self->room, self->doc, self->awareness);
      else
        self->client = weft_sync_client_new_watching (relay, self->room, self->state, self->deletes, self->awareness);
      weft_sync_client_set_store (self->client, self->store);
      weft_sync_client_set_keeper (self->client, client_keep_cb, self);

      if (token != NULL)
        weft_sync_client_set_token (self->client, token);

      g_signal_connect (self->client, "notify", G_CALLBACK (client_notify_cb), self);
      g_signal_connect (self->client, "synced", G_CALLBACK (client_synced_cb), self);
      g_signal_connect (self->client, "wanted", G_CALLBACK (client_wanted_cb), self);
      self->tick_source = g_timeout_add (AWARENESS_TICK_MS, awareness_tick_cb, self);
      weft_sync_client_start (self->client);
    }

  tell_status (self);
}

void
weft_live_doc_set_token (WeftLiveDoc *self,
                         const char  *token)
{
  if (self->client != NULL)
    weft_sync_client_set_token (self->client, token);
}

void
weft_live_doc_flush (WeftLiveDoc *self)
{
  if (self->doc == NULL)
    return;

  if (weft_users_has_pending (self->users))
    weft_users_flush (self->users);

  if (weft_stretch_recorder_is_apart (self->recorder))
    weft_stretch_recorder_flush (self->recorder);
}

WeftUsers *
weft_live_doc_get_users (WeftLiveDoc *self)
{
  return self->users;
}

const char *
weft_live_doc_get_author (WeftLiveDoc *self)
{
  return self->author;
}

WeftSyncClientState
weft_live_doc_get_state (WeftLiveDoc *self)
{
  return self->client ? weft_sync_client_get_state (self->client) : WEFT_SYNC_CLIENT_OFFLINE;
}

guint
weft_live_doc_get_n_waiting (WeftLiveDoc *self)
{
  return self->tally != NULL ? weft_change_tally_get_n (self->tally) : 0;
}

gboolean
weft_live_doc_has_waiting (WeftLiveDoc *self)
{
  return self->has_waiting;
}

gboolean
weft_live_doc_get_receipts (WeftLiveDoc *self)
{
  return self->client != NULL && weft_sync_client_get_receipts (self->client);
}

gboolean
weft_live_doc_lacks (WeftLiveDoc *self)
{
  return self->doc != NULL && weft_doc_has_pending (self->doc);
}

gboolean
weft_live_doc_get_read_only (WeftLiveDoc *self)
{
  gboolean read_only = FALSE;

  if (self->client != NULL)
    g_object_get (self->client, "read-only", &read_only, NULL);

  return read_only;
}

gboolean
weft_live_doc_has_lost (WeftLiveDoc           *self,
                        const WeftStateVector *had)
{
  return self->client != NULL && weft_sync_client_has_lost (self->client, had);
}

const char *
weft_live_doc_get_error (WeftLiveDoc *self)
{
  return self->client ? weft_sync_client_get_error_message (self->client) : NULL;
}

gboolean
weft_live_doc_is_stuck (WeftLiveDoc *self)
{
  return self->client != NULL && weft_sync_client_is_stuck (self->client);
}
