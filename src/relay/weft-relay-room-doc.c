/* weft-relay-room-doc.c - a room's document: loaded, packed, changed by updates, given to those who lack it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gio/gio.h>

#include "relay/weft-relay-pool.h"
#include "relay/weft-relay-room-private.h"
#include "sync/weft-sync-protocol.h"

/* A document of up to this many bytes is built where we are, a larger one in a thread. */
#define BUILD_HERE_BYTES (64 * 1024)

/* What stands around an update in a message, at most. */
#define ANSWER_SLACK 1024

/* Where somebody was cut off in the middle of an answer, answers are given in pieces of this many bytes: y-websocket
 * hangs up where no whole message came for 30 s, and a piece that has come need not come again. */
#define PIECE_BYTES (256 * 1024)

/* --- the document, or its bytes --- */

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

static const WeftDocObserver observer = { .update = update_cb };

/* @doc: (transfer full) */
static void
set_doc (WeftRelayRoom *self,
         WeftDoc       *doc)
{
  self->doc = doc;
  self->observer_id = weft_doc_add_observer (doc, &observer, self);
}

static void
clear_doc (WeftRelayRoom *self)
{
  if (self->doc != NULL)
    weft_doc_remove_observer (self->doc, self->observer_id);
  g_clear_pointer (&self->doc, weft_doc_free);
}

void
weft_relay_room_forget_state (WeftRelayRoom *self)
{
  g_clear_pointer (&self->first, g_bytes_unref);
  g_clear_pointer (&self->state_frame, g_bytes_unref);
  g_clear_pointer (&self->state_rest, g_bytes_unref);
}

void
weft_relay_room_drop_doc (WeftRelayRoom *self)
{
  clear_doc (self);
  g_clear_pointer (&self->packed, weft_relay_packed_free);
  g_clear_pointer (&self->made, g_bytes_unref);
  weft_relay_room_forget_state (self);
}

/* A row that no longer can be read is passed over; the clients bring back what is missing. */
WeftDoc *
weft_relay_room_build_doc (GPtrArray  *updates,
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

WeftDoc *
weft_relay_room_get_doc (WeftRelayRoom *self)
{
  if (self->packed != NULL)
    {
      g_autoptr(GPtrArray) updates = g_ptr_array_new ();

      g_ptr_array_add (updates, weft_relay_packed_get_update (self->packed));
      set_doc (self, weft_relay_room_build_doc (updates, self->name));
      g_clear_pointer (&self->packed, weft_relay_packed_free);
    }

  return self->doc;
}

WeftStateVector *
weft_relay_room_get_state_vector (WeftRelayRoom *self)
{
  return self->packed != NULL ? weft_state_vector_copy (weft_relay_packed_get_state_vector (self->packed))
                              : weft_doc_get_state_vector (self->doc);
}

gboolean
weft_relay_room_has_pending (WeftRelayRoom *self)
{
  return self->packed == NULL && weft_doc_has_pending (self->doc);
}

gboolean
weft_relay_room_knows (WeftRelayRoom *self,
                       GBytes        *update)
{
  return (self->packed != NULL && weft_relay_packed_knows (self->packed, update)) ||
         weft_doc_knows_update (weft_relay_room_get_doc (self), update);
}

/* --- loading --- */

/* What a thread makes of the rows: one of the two. */
typedef struct
{
  WeftDoc         *doc;
  WeftRelayPacked *packed;
} Built;

static void
built_free (gpointer data)
{
  Built *built = data;

  g_clear_pointer (&built->doc, weft_doc_free);
  g_clear_pointer (&built->packed, weft_relay_packed_free);
  g_free (built);
}

static void
build_thread (GTask        *task,
              gpointer      source_object,
              gpointer      task_data,
              GCancellable *cancellable)
{
  GPtrArray *updates = task_data;
  Built *built = g_new0 (Built, 1);

  if (updates->len == 1)
    built->packed = weft_relay_packed_new (updates->pdata[0]);
  if (built->packed == NULL)
    built->doc = weft_relay_room_build_doc (updates, "(loading)");
  g_task_return_pointer (task, built, built_free);
}

static void
built_cb (GObject      *source_object,
          GAsyncResult *result,
          gpointer      user_data)
{
  WeftRelayRoom *self = user_data;
  Built *built = g_task_propagate_pointer (G_TASK (result), NULL);

  if (built->packed != NULL)
    self->packed = g_steal_pointer (&built->packed);
  else
    set_doc (self, g_steal_pointer (&built->doc));
  built_free (built);
  weft_relay_room_open (self);
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
      weft_relay_room_give_up (self, "cannot be read now");
      return;
    }

  self->version = self->others.newest = version;
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
      set_doc (self, weft_relay_room_build_doc (updates, self->name));
      weft_relay_room_open (self);
    }
  else
    {
      g_autoptr(GTask) task = g_task_new (NULL, NULL, built_cb, self);

      g_task_set_task_data (task, g_ptr_array_ref (updates), (GDestroyNotify) g_ptr_array_unref);
      g_task_run_in_thread (task, build_thread);
    }
}

void
weft_relay_room_load (WeftRelayRoom *self)
{
  weft_relay_store_load (weft_relay_hub_get_port (self->hub), self->name, loaded_cb, self);
}

/* --- updates --- */

/* Whether @update may be the first that there is, and is worth the way that loads it as a whole: nobody hears of its
 * items one by one, nor is it written once more. */
static gboolean
is_first (WeftRelayRoom *self,
          GBytes        *update)
{
  g_autoptr(WeftStateVector) state_vector = NULL;

  if (g_bytes_get_size (update) < BUILD_HERE_BYTES || weft_doc_has_pending (self->doc))
    return FALSE;

  state_vector = weft_doc_get_state_vector (self->doc);
  return weft_state_vector_get_n_clients (state_vector) == 0;
}

/* Keeps the bytes of @update, which is all that there is, in place of an empty document that no dialect holds on to. */
static gboolean
pack (WeftRelayRoom *self,
      GBytes        *update)
{
  if (self->data != NULL)
    return FALSE;

  self->packed = weft_relay_packed_new (update);
  if (self->packed != NULL)
    clear_doc (self);
  return self->packed != NULL;
}

gboolean
weft_relay_room_take_update (WeftRelayRoom *self,
                             GBytes        *update,
                             gconstpointer  origin,
                             gboolean      *first,
                             GError       **error)
{
  gboolean good;

  *first = FALSE;
  g_clear_pointer (&self->made, g_bytes_unref);
  if (self->packed != NULL && weft_relay_packed_knows (self->packed, update))
    return TRUE;
  if (self->packed != NULL || !is_first (self, update))
    return weft_doc_apply_update (weft_relay_room_get_doc (self), update, origin, error);

  if (pack (self, update))
    {
      self->made = g_bytes_ref (update);
      return TRUE;
    }

  weft_doc_remove_observer (self->doc, self->observer_id);
  good = weft_doc_apply_update (self->doc, update, origin, error);
  self->observer_id = weft_doc_add_observer (self->doc, &observer, self);
  if (good)
    self->made = g_bytes_ref (update);
  *first = good;
  return good;
}

/* --- answers --- */

/* How large an update in one message of an answer may be, now. */
static gsize
get_answer_bytes (WeftRelayRoom *self)
{
  return g_get_monotonic_time () / 1000 < self->pieces_until_ms ? PIECE_BYTES : WEFT_SYNC_MAX_MESSAGE - ANSWER_SLACK;
}

static GBytes *
wrap_answer (GBytes  *update,
             gboolean last,
             gpointer user_data)
{
  return last ? weft_sync_message_new_step2 (update) : weft_sync_message_new_update (update);
}

/* Everything that there is. (transfer full) */
static GBytes *
get_whole (WeftRelayRoom *self)
{
  if (self->packed != NULL)
    return g_bytes_ref (weft_relay_packed_get_update (self->packed));
  if (self->state_rest != NULL)
    return g_bytes_ref (self->state_rest);
  if (self->first == NULL)
    self->first = weft_doc_encode_state (self->doc);

  self->state_frame_ticks = 0;
  return g_bytes_ref (self->first);
}

GBytes *
weft_relay_room_make_answer (WeftRelayRoom         *self,
                             const WeftStateVector *state_vector,
                             WeftRelayWrapFunc      wrap,
                             gpointer               user_data,
                             GBytes               **rest)
{
  gsize max_bytes = get_answer_bytes (self);
  g_autoptr(GBytes) whole = NULL;
  g_autoptr(GBytes) diff = NULL;

  *rest = NULL;
  if (weft_state_vector_get_n_clients (state_vector) > 0)
    {
      if (self->packed != NULL &&
          weft_state_vector_covers (state_vector, weft_relay_packed_get_state_vector (self->packed)))
        diff = weft_relay_packed_encode_deletes (self->packed);
      else
        diff = weft_doc_encode_diff (weft_relay_room_get_doc (self), state_vector);
      return weft_relay_answer_new (diff, max_bytes, wrap, user_data);
    }

  whole = get_whole (self);
  if (g_bytes_get_size (whole) < BUILD_HERE_BYTES || g_bytes_get_size (whole) > max_bytes)
    return weft_relay_answer_new (whole, max_bytes, wrap, user_data);

  *rest = g_bytes_ref (whole);
  return weft_relay_answer_new_head (whole, wrap, user_data);
}

GBytes *
weft_relay_room_make_shared_answer (WeftRelayRoom         *self,
                                    const WeftStateVector *state_vector,
                                    GBytes               **rest)
{
  if (weft_state_vector_get_n_clients (state_vector) > 0)
    return weft_relay_room_make_answer (self, state_vector, wrap_answer, NULL, rest);

  if (self->state_frame == NULL)
    {
      self->state_frame = weft_relay_room_make_answer (self, state_vector, wrap_answer, NULL, &self->state_rest);
      /* What is shared is in there: whoever asks otherwise has it made again. */
      g_clear_pointer (&self->first, g_bytes_unref);
    }
  self->state_frame_ticks = 0;
  *rest = self->state_rest != NULL ? g_bytes_ref (self->state_rest) : NULL;
  return g_bytes_ref (self->state_frame);
}
