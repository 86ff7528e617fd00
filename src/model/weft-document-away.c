/* weft-document-away.c - what others did to a page while nobody looked at it here
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `base` is what was seen last. It moves on with the page for as long as we are in step with the relay
 * and there is nothing to review; it stays where it is from the moment we part, or leave the page. When we
 * meet again, the difference is what happened meanwhile. It is found on a copy, away from the main thread.
 *
 *   base ───────── compared ─────────────── now
 *        changes             not looked at yet
 *
 * Of several looks the newest one alone tells what it found; it begins where the base is by then. Until it has,
 * nobody knows whether what is there now was seen: the base moves no further than to what was compared.
 */

#include "config.h"

#include "model/weft-document-away-private.h"

#include "model/weft-notebook-private.h"

struct _WeftDocumentAway
{
  WeftLiveDoc *live;      /* borrowed */
  GCancellable *cancellable; /* of the question to the store, then of the newest look */
  WeftSnapshot *base;     /* nullable: nothing was seen here yet */
  gboolean base_is_known; /* the store has answered */
  gboolean in_step;       /* connected, and the first exchange is over */
  gboolean is_looking;    /* a look has not ended well: there may be something that nobody saw */
  WeftChanges *changes;   /* nullable: to be reviewed */
  WeftSnapshot *compared; /* nullable: up to where they go */
  GArray *others;         /* guint: those of @changes by others */
  GFunc changed;
  gpointer user_data;
};

static gboolean
is_shared (WeftDocumentAway *self)
{
  return weft_store_get_setting (weft_live_doc_get_store (self->live), WEFT_STORE_RELAY) != NULL;
}

static void
set_base (WeftDocumentAway *self,
          WeftSnapshot     *base)
{
  g_clear_pointer (&self->base, weft_snapshot_unref);
  self->base = base;
}

static void
save_base (WeftDocumentAway *self)
{
  g_autoptr(GBytes) bytes = NULL;

  if (self->base == NULL || !is_shared (self))
    return;

  bytes = weft_snapshot_encode (self->base, WEFT_UPDATE_V1);
  weft_store_set_seen (weft_live_doc_get_store (self->live), weft_live_doc_get_room (self->live), bytes);
}

/* @changes: (nullable) (transfer full), of all up to @compared: (nullable) (transfer full) */
static void
take_changes (WeftDocumentAway *self,
              WeftChanges      *changes,
              WeftSnapshot     *compared)
{
  g_clear_pointer (&self->changes, weft_changes_free);
  g_clear_pointer (&self->compared, weft_snapshot_unref);
  g_array_set_size (self->others, 0);
  self->changes = changes;
  self->compared = compared;

  for (guint i = 0; changes != NULL && i < weft_changes_get_n (changes); i++)
    if (g_strcmp0 (weft_changes_get (changes, i)->person, weft_live_doc_get_author (self->live)) != 0)
      g_array_append_val (self->others, i);
  if (self->others->len == 0)
    g_clear_pointer (&self->changes, weft_changes_free);

  self->changed (self, self->user_data);
}

/* Looking, on a copy */

typedef struct
{
  WeftDoc *doc;
  WeftSnapshot *base;
  WeftSnapshot *compared; /* what the copy was; known when the thread is done */
} Comparison;

static void
comparison_free (gpointer data)
{
  Comparison *comparison = data;

  weft_doc_free (comparison->doc);
  weft_snapshot_unref (comparison->base);
  g_clear_pointer (&comparison->compared, weft_snapshot_unref);
  g_free (comparison);
}

static void
compare_thread (GTask        *task,
                gpointer      source,
                gpointer      task_data,
                GCancellable *cancellable)
{
  Comparison *comparison = task_data;
  g_autoptr(WeftUsers) users = weft_users_new (comparison->doc);

  comparison->compared = weft_snapshot_new (comparison->doc);
  g_task_return_pointer (task, weft_changes_new (comparison->doc, comparison->base, NULL, users),
                         (GDestroyNotify) weft_changes_free);
}

static void
compared_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  WeftDocumentAway *self;
  WeftChanges *changes = g_task_propagate_pointer (G_TASK (result), NULL);
  Comparison *comparison = g_task_get_task_data (G_TASK (result));

  /* Cancelled: there is a newer look, or no @self any more. */
  if (changes == NULL)
    return;

  self = user_data;
  self->is_looking = FALSE;
  take_changes (self, changes, weft_snapshot_ref (comparison->compared));
  /* What came since is not compared, and may not have been seen. */
  if (self->changes == NULL)
    set_base (self, g_steal_pointer (&self->compared));
}

static void
copy_loaded_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  WeftDocumentAway *self = user_data;
  g_autoptr(GError) error = NULL;
  WeftDoc *doc = weft_store_load_doc_finish (WEFT_STORE (source), result, NULL, &error);
  g_autoptr(GTask) task = NULL;
  Comparison *comparison;

  if (doc == NULL)
    return;

  comparison = g_new (Comparison, 1);
  *comparison = (Comparison){ doc, weft_snapshot_ref (self->base), NULL };
  task = g_task_new (NULL, self->cancellable, compared_cb, self);
  g_task_set_task_data (task, comparison, comparison_free);
  g_task_run_in_thread (task, compare_thread);
}

/* Looks again from where the base is now; what an earlier look finds is not told any more. */
static void
begin_look (WeftDocumentAway *self)
{
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->is_looking = TRUE;
  /* What was deleted here is no news: so it must be known by whom. */
  if (weft_users_has_pending (weft_live_doc_get_users (self->live)))
    weft_users_flush (weft_live_doc_get_users (self->live));
  weft_store_load_doc_async (weft_live_doc_get_store (self->live), weft_live_doc_get_room (self->live),
                             self->cancellable, copy_loaded_cb, self);
}

static void
look (WeftDocumentAway *self)
{
  g_autoptr(WeftSnapshot) now = NULL;

  if (!self->base_is_known)
    return;

  if (self->base == NULL)
    {
      if (self->in_step)
        set_base (self, weft_snapshot_new (weft_live_doc_get_doc (self->live)));
      return;
    }

  now = weft_snapshot_new (weft_live_doc_get_doc (self->live));
  if (!weft_snapshot_equal (now, self->base))
    begin_look (self);
}

static void
seen_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  WeftDocumentAway *self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = weft_store_lookup_seen_finish (WEFT_STORE (source), result, &error);

  if (error != NULL)
    return;

  /* One that cannot be read was not seen. */
  self->base_is_known = TRUE;
  if (bytes != NULL && self->base == NULL)
    self->base = weft_snapshot_decode (bytes, WEFT_UPDATE_V1, NULL);
  look (self);
}

WeftDocumentAway *
weft_document_away_new (WeftLiveDoc *live,
                        GFunc        changed,
                        gpointer     user_data)
{
  WeftDocumentAway *self = g_new0 (WeftDocumentAway, 1);

  self->live = live;
  self->changed = changed;
  self->user_data = user_data;
  self->cancellable = g_cancellable_new ();
  self->others = g_array_new (FALSE, FALSE, sizeof (guint));
  if (is_shared (self))
    weft_store_lookup_seen_async (weft_live_doc_get_store (live), weft_live_doc_get_room (live),
                                  self->cancellable, seen_cb, self);
  else
    self->base_is_known = TRUE;

  return self;
}

void
weft_document_away_free (WeftDocumentAway *self)
{
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_clear_pointer (&self->base, weft_snapshot_unref);
  g_clear_pointer (&self->changes, weft_changes_free);
  g_clear_pointer (&self->compared, weft_snapshot_unref);
  g_array_unref (self->others);
  g_free (self);
}

void
weft_document_away_synced (WeftDocumentAway *self)
{
  self->in_step = TRUE;
  look (self);
}

void
weft_document_away_state_changed (WeftDocumentAway *self)
{
  if (weft_live_doc_get_state (self->live) == WEFT_SYNC_CLIENT_SYNCED || !self->in_step)
    return;

  /* We part; what we have now is what we have seen. */
  self->in_step = FALSE;
  weft_document_away_leave (self);
}

void
weft_document_away_leave (WeftDocumentAway *self)
{
  if (!self->base_is_known)
    return;

  if (self->changes == NULL && !self->is_looking)
    set_base (self, weft_snapshot_new (weft_live_doc_get_doc (self->live)));
  save_base (self);
}

void
weft_document_away_enter (WeftDocumentAway *self)
{
  look (self);
}

void
weft_document_away_dismiss (WeftDocumentAway *self)
{
  g_autoptr(WeftSnapshot) compared = g_steal_pointer (&self->compared);

  take_changes (self, NULL, NULL);
  /* What a look is about to tell was not in the list that was dismissed. */
  if (self->is_looking && compared != NULL)
    {
      set_base (self, g_steal_pointer (&compared));
      begin_look (self);
    }
  weft_document_away_leave (self);
}

WeftChanges *
weft_document_away_get_changes (WeftDocumentAway *self)
{
  return self->changes;
}

WeftSnapshot *
weft_document_away_get_base (WeftDocumentAway *self)
{
  return self->base;
}

const GArray *
weft_document_away_get_others (WeftDocumentAway *self)
{
  return self->others;
}

gboolean
weft_document_away_is_looking (WeftDocumentAway *self)
{
  return self->is_looking;
}
