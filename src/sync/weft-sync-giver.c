/* weft-sync-giver.c - gives a relay what it lacks of a large document, out of the store
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "sync/weft-sync-giver.h"

#include "crdt/weft-update-split.h"
#include "store/weft-store-rows.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

/* What the main thread masks and copies in a millisecond. */
#define PART_BYTES (512 * 1024)

struct _WeftSyncGiver
{
  gatomicrefcount           ref_count;

  /* On the main thread */
  const WeftSyncGiverFuncs *funcs;
  gpointer                  user_data;
  gboolean                  is_wanted;
  gboolean                  works; /* a thread is making the next part */

  /* On one thread at a time */
  WeftStateVector          *asked;
  WeftStateVector          *given;
  GPtrArray                *updates;  /* (element-type GBytes): those before @at are gone */
  guint                     at;
  WeftUpdateSplitter       *splitter; /* nullable: of what is being cut up */
  GBytes                   *part;     /* nullable: what comes next */
  gboolean                  failed;
};

static WeftSyncGiver *
giver_ref (WeftSyncGiver *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
giver_unref (gpointer data)
{
  WeftSyncGiver *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  weft_state_vector_free (self->asked);
  weft_state_vector_free (self->given);
  g_clear_pointer (&self->splitter, weft_update_splitter_free);
  g_clear_pointer (&self->updates, g_ptr_array_unref);
  g_clear_pointer (&self->part, g_bytes_unref);
  g_free (self);
}

/* --- On the thread ------------------------------------------------------------------------------------------ */

/* Takes the next rows, as many small ones as go into a part together. */
static GBytes *
take_rows (WeftSyncGiver *self,
           GError       **error)
{
  g_autoptr(GPtrArray) group = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  gsize n_bytes = 0;

  while (self->at < self->updates->len)
    {
      gsize size = g_bytes_get_size (self->updates->pdata[self->at]);

      if (group->len > 0 && n_bytes + size > PART_BYTES)
        break;
      n_bytes += size;
      g_ptr_array_add (group, g_steal_pointer (&self->updates->pdata[self->at++]));
    }

  return group->len == 1 ? g_bytes_ref (group->pdata[0]) : weft_updates_merge (group, WEFT_UPDATE_V1, error);
}

static gboolean
note_given (WeftSyncGiver *self,
            GBytes        *update,
            GError       **error)
{
  g_autoptr(WeftStateVector) from = NULL;
  g_autoptr(WeftStateVector) to = NULL;

  if (!weft_update_get_range (update, WEFT_UPDATE_V1, &from, &to, error))
    return FALSE;

  for (gsize i = 0; i < weft_state_vector_get_n_clients (to); i++)
    {
      WeftClientId client;
      WeftClock clock;

      weft_state_vector_get_entry (to, i, &client, &clock);
      if (clock > weft_state_vector_get (self->given, client))
        weft_state_vector_set (self->given, client, clock);
    }

  return TRUE;
}

static gboolean
open_rows (WeftSyncGiver *self,
           GError       **error)
{
  g_autoptr(GBytes) rows = take_rows (self, error);
  g_autoptr(GBytes) lacking = NULL;

  if (rows == NULL || !note_given (self, rows, error))
    return FALSE;

  lacking = weft_state_vector_get_n_clients (self->asked) == 0
              ? g_bytes_ref (rows)
              : weft_update_subtract (rows, WEFT_UPDATE_V1, self->asked, error);
  if (lacking == NULL)
    return FALSE;

  self->splitter = weft_update_splitter_new (lacking, PART_BYTES);
  return TRUE;
}

static void
make_part (WeftSyncGiver *self)
{
  g_autoptr(GError) error = NULL;

  while (self->part == NULL && (self->splitter != NULL || self->at < self->updates->len))
    {
      if (self->splitter == NULL && !open_rows (self, &error))
        {
          g_debug ("What is in the store is not sent as it is: %s", error->message);
          self->failed = TRUE;
          return;
        }

      self->part = weft_update_splitter_next (self->splitter);
      if (self->part == NULL)
        g_clear_pointer (&self->splitter, weft_update_splitter_free);
    }
#ifdef __GLIBC__
  if (self->part == NULL)
    malloc_trim (0);
#endif
}

static void
part_thread (GTask        *task,
             gpointer      source_object,
             gpointer      task_data,
             GCancellable *cancellable)
{
  make_part (task_data);
  g_task_return_boolean (task, TRUE);
}

/* What a document left out for its checksum is not sent either. */
static void
check_thread (GTask        *task,
              gpointer      source_object,
              gpointer      task_data,
              GCancellable *cancellable)
{
  WeftSyncGiver *self = g_object_get_data (G_OBJECT (task), "giver");

  self->failed = !weft_store_rows_check (task_data);
  if (!self->failed)
    self->updates = weft_store_rows_dup_updates (task_data);
  g_task_return_boolean (task, TRUE);
}

/* --- On the main thread ------------------------------------------------------------------------------------- */

static void
tell_end (WeftSyncGiver *self)
{
  self->is_wanted = FALSE;
  self->funcs->ended (self->failed ? NULL : self->given, self->user_data);
}

static void
part_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(GBytes) part = NULL;
  WeftSyncGiver *self = user_data;

  self->works = FALSE;
  part = g_steal_pointer (&self->part);
  if (!self->is_wanted)
    {
      giver_unref (self);
      return;
    }

  if (part != NULL)
    self->funcs->give (part, self->user_data);
  else
    tell_end (self);
  giver_unref (self);
}

static void
checked_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  WeftSyncGiver *self = user_data;

  self->works = FALSE;
  if (self->is_wanted && self->failed)
    tell_end (self);
  else if (self->is_wanted)
    weft_sync_giver_next (self);
  giver_unref (self);
}

static void
rows_read_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  WeftSyncGiver *self = user_data;
  g_autoptr(GError) error = NULL;
  WeftStoreRows *rows = weft_store_read_rows_finish (WEFT_STORE (source), result, &error);
  g_autoptr(GTask) task = NULL;

  if (rows == NULL)
    {
      self->works = FALSE;
      self->failed = TRUE;
      if (self->is_wanted)
        tell_end (self);
      giver_unref (self);
      return;
    }

  task = g_task_new (NULL, NULL, checked_cb, self);
  g_object_set_data_full (G_OBJECT (task), "giver", giver_ref (self), giver_unref);
  g_task_set_task_data (task, rows, (GDestroyNotify) weft_store_rows_free);
  g_task_run_in_thread (task, check_thread);
}

WeftSyncGiver *
weft_sync_giver_new (WeftStore                *store,
                     const char               *room,
                     const WeftStateVector    *asked,
                     const WeftSyncGiverFuncs *funcs,
                     gpointer                  user_data)
{
  WeftSyncGiver *self = g_new0 (WeftSyncGiver, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->funcs = funcs;
  self->user_data = user_data;
  self->is_wanted = TRUE;
  self->asked = weft_state_vector_copy (asked);
  self->given = weft_state_vector_new ();
  self->works = TRUE;
  weft_store_read_rows_async (store, room, NULL, rows_read_cb, giver_ref (self));
  return self;
}

void
weft_sync_giver_free (WeftSyncGiver *self)
{
  self->is_wanted = FALSE;
  giver_unref (self);
}

void
weft_sync_giver_next (WeftSyncGiver *self)
{
  g_autoptr(GTask) task = NULL;

  g_return_if_fail (!self->works);

  if (!self->is_wanted)
    return;

  self->works = TRUE;
  task = g_task_new (NULL, NULL, part_cb, giver_ref (self));
  g_task_set_task_data (task, giver_ref (self), giver_unref);
  g_task_run_in_thread (task, part_thread);
}
