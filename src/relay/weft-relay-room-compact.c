/* weft-relay-room-compact.c - a room's log becomes a snapshot
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gio/gio.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "relay/weft-relay-room-private.h"

/* So few updates are as good as a snapshot, however large they are: a document that was sent as a whole stays so. */
#define MIN_UPDATES 4

/* A snapshot that is worth giving memory back. */
#define LARGE_BYTES (4 * 1024 * 1024)

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

static void
compacted_cb (guint64       version,
              const GError *error,
              gpointer      user_data)
{
  WeftRelayRoom *self = user_data;

  /* The log is still there: nothing is lost, and it is tried again later. */
  self->compacting = FALSE;
#ifdef __GLIBC__
  /* A second document was made and is gone: the system may have its memory. */
  if (self->snapshot_bytes > LARGE_BYTES)
    malloc_trim (0);
#endif
  if (error != NULL)
    g_warning ("room \"%s\": not compacted: %s", self->name, error->message);
  else
    weft_relay_room_compact_if_worth_it (self);
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

  weft_relay_store_compact (weft_relay_hub_get_port (self->hub), self->name, compaction->snapshot,
                            compaction->version, compacted_cb, self);
}

void
weft_relay_room_compact (WeftRelayRoom *self)
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

gboolean
weft_relay_room_may_compact (WeftRelayRoom *self)
{
  /* What is packed is one row. */
  return self->state == WEFT_RELAY_ROOM_READY && !self->compacting && self->packed == NULL &&
         !weft_doc_has_pending (self->doc);
}

void
weft_relay_room_compact_if_worth_it (WeftRelayRoom *self)
{
  const WeftRelayLimits *limits = weft_relay_hub_get_limits (self->hub);

  if (self->n_log < limits->compact_updates &&
      (self->n_log < MIN_UPDATES || self->log_bytes < MAX (limits->compact_bytes, self->snapshot_bytes)))
    return;

  if (weft_relay_room_may_compact (self))
    weft_relay_room_compact (self);
}
