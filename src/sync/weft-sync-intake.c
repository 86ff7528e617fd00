/* weft-sync-intake.c - what comes in a room, in order, and large updates in parts
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "sync/weft-sync-intake.h"

#include "crdt/weft-update-split.h"
#include "sync/weft-sync-protocol.h"

/* As large as a part is, where it is more than one struct. */
#define PART_BYTES (32 * 1024)
/* How much of a frame parts may take. */
#define SLICE_US 4000
/* After drawing, and before what follows from the parts: that is less work where it is done once. */
#define PRIORITY (G_PRIORITY_DEFAULT_IDLE - 10)

struct _WeftSyncIntake
{
  gpointer           owner; /* borrowed */
  WeftSyncIntakeFunc take;

  GCancellable      *cutting; /* a thread does; NULL: none */
  GPtrArray         *parts;   /* messages, from @next on still to be given; NULL: none */
  guint              next;
  GQueue             waiting; /* GBytes, owned: what came after them */
  guint              source;
  gboolean           is_giving_part;
};

typedef struct
{
  GBytes  *update;
  gboolean is_answer;
} Cut;

static void
cut_free (gpointer data)
{
  Cut *cut = data;

  g_bytes_unref (cut->update);
  g_free (cut);
}

WeftSyncIntake *
weft_sync_intake_new (gpointer           owner,
                      WeftSyncIntakeFunc take)
{
  WeftSyncIntake *self = g_new0 (WeftSyncIntake, 1);

  self->owner = owner;
  self->take = take;
  g_queue_init (&self->waiting);

  return self;
}

void
weft_sync_intake_clear (WeftSyncIntake *self)
{
  if (self->cutting != NULL)
    g_cancellable_cancel (self->cutting);
  g_clear_object (&self->cutting);
  g_clear_pointer (&self->parts, g_ptr_array_unref);
  g_queue_clear_full (&self->waiting, (GDestroyNotify) g_bytes_unref);
  g_clear_handle_id (&self->source, g_source_remove);
}

void
weft_sync_intake_free (WeftSyncIntake *self)
{
  weft_sync_intake_clear (self);
  g_free (self);
}

/* (transfer full) (nullable): what is to be given now */
static GBytes *
take_next (WeftSyncIntake *self)
{
  GBytes *message;

  self->is_giving_part = self->parts != NULL;
  if (self->parts == NULL)
    return g_queue_pop_head (&self->waiting);

  message = g_bytes_ref (g_ptr_array_index (self->parts, self->next++));
  if (self->next == self->parts->len)
    g_clear_pointer (&self->parts, g_ptr_array_unref);

  return message;
}

static gboolean
give_cb (gpointer user_data)
{
  WeftSyncIntake *self = user_data;
  g_autoptr(GObject) owner = g_object_ref (self->owner);
  guint source = self->source;
  gint64 end_us = g_get_monotonic_time () + SLICE_US;

  do
    {
      g_autoptr(GBytes) message = take_next (self);

      if (message != NULL)
        self->take (message, owner);
      self->is_giving_part = FALSE;

      /* It was cleared, and may have begun anew. */
      if (self->source != source)
        return G_SOURCE_REMOVE;
      if (message == NULL || self->cutting != NULL)
        {
          self->source = 0;
          return G_SOURCE_REMOVE;
        }
    }
  while (g_get_monotonic_time () < end_us);

  return G_SOURCE_CONTINUE;
}

static void
cut_thread (GTask        *task,
            gpointer      source_object,
            gpointer      task_data,
            GCancellable *cancellable)
{
  const Cut *cut = task_data;
  g_autoptr(WeftUpdateSplitter) splitter = weft_update_splitter_new (cut->update, PART_BYTES);
  g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(GBytes) part = weft_update_splitter_next (splitter);

  /* What cannot be read is one part: who takes it says what is wrong. */
  while (part != NULL && !g_cancellable_is_cancelled (cancellable))
    {
      g_autoptr(GBytes) next = weft_update_splitter_next (splitter);

      g_ptr_array_add (parts, next == NULL && cut->is_answer ? weft_sync_message_new_step2 (part)
                                                             : weft_sync_message_new_update (part));
      g_bytes_unref (part);
      part = g_steal_pointer (&next);
    }
  g_task_return_pointer (task, g_steal_pointer (&parts), (GDestroyNotify) g_ptr_array_unref);
}

static void
cut_cb (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  GPtrArray *parts = g_task_propagate_pointer (G_TASK (result), NULL);
  WeftSyncIntake *self = user_data;

  /* It was cleared, and may be no more. */
  if (parts == NULL)
    return;

  g_clear_object (&self->cutting);
  self->parts = parts;
  self->next = 0;
  self->source = g_idle_add_full (PRIORITY, give_cb, self, NULL);
}

gboolean
weft_sync_intake_cut (WeftSyncIntake *self,
                      GBytes         *update,
                      gboolean        is_answer)
{
  g_autoptr(GTask) task = NULL;
  Cut *cut = NULL;

  if (self->is_giving_part)
    return FALSE;

  g_return_val_if_fail (self->cutting == NULL && self->parts == NULL, FALSE);

  cut = g_new0 (Cut, 1);
  cut->update = g_bytes_ref (update);
  cut->is_answer = is_answer;
  self->cutting = g_cancellable_new ();
  task = g_task_new (NULL, self->cutting, cut_cb, self);
  g_task_set_source_tag (task, weft_sync_intake_cut);
  g_task_set_task_data (task, cut, cut_free);
  g_task_run_in_thread (task, cut_thread);

  return TRUE;
}

void
weft_sync_intake_push (WeftSyncIntake *self,
                       GBytes         *message)
{
  if (self->cutting == NULL && self->parts == NULL && self->waiting.length == 0)
    self->take (message, self->owner);
  else
    g_queue_push_tail (&self->waiting, g_bytes_ref (message));
}
