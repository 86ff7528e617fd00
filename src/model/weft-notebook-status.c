/* weft-notebook-status.c - what is saved, sent and safe, told truthfully
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Of three kinds of documents: the notebook's own and the pages that are open, which count what waits; and
 * pages that are not open, of which is known that something does (`unsent`), and what the relay said when it did
 * not take it (`failed`).
 */

#include "config.h"

#include <glib/gi18n-lib.h>

#include "model/weft-document-private.h"
#include "model/weft-notebook-private.h"

/* Mending the status is put off for this long, since many things change at once. */
#define STATUS_DELAY_MS 30
/* A commit takes a tenth of a second. One that takes so long is told. */
#define SLOW_COMMIT_MS 2000

typedef struct
{
  gboolean is_waiting;    /* anything of this run, be it only what Weft notes by itself, which nobody is told */
  guint n_waiting;        /* changes, in the notebook doc and in open pages; 0: how many is not known */
  guint n_pages;          /* pages with changes that wait, open or not */
  gboolean has_uncounted; /* how many changes one of the pages has is not known */
  gboolean has_earlier;   /* nor how many the notebook doc has, of an earlier run */
  gboolean all_synced;
  gboolean receipts;
  gboolean lacks;         /* what builds on changes that are nowhere waits for them */
  const char *trouble;   /* nullable: what the relay said to a page, while it is there for the notebook */
} Progress;

static void
add_progress (WeftNotebook *self,
              Progress     *progress,
              WeftLiveDoc  *live)
{
  gboolean has_waiting = weft_live_doc_has_waiting (live);
  gboolean is_synced = weft_live_doc_get_state (live) == WEFT_SYNC_CLIENT_SYNCED;

  progress->n_waiting += weft_live_doc_get_n_waiting (live);
  progress->is_waiting = progress->is_waiting || has_waiting;
  progress->all_synced = progress->all_synced && is_synced;
  progress->receipts = progress->receipts && weft_live_doc_get_receipts (live);
  progress->lacks = progress->lacks || (is_synced && weft_live_doc_lacks (live));

  /* One who only reads is told so too, and has nothing that waits. */
  if (progress->trouble == NULL && (has_waiting || !is_synced) && weft_live_doc_is_stuck (live))
    progress->trouble = weft_live_doc_get_error (live);
  if (is_synced && !has_waiting)
    weft_notebook_forget_unsent (self, weft_live_doc_get_room (live));
}

static void
count_pages (WeftNotebook *self,
             Progress     *progress)
{
  GHashTableIter iter;
  gpointer room = NULL;

  g_hash_table_iter_init (&iter, self->unsent);
  while (g_hash_table_iter_next (&iter, &room, NULL))
    {
      WeftPageId page;
      WeftPageIdText text;
      gboolean is_earlier = g_hash_table_contains (self->earlier, room);

      if (g_hash_table_contains (self->unasked, room))
        continue;
      switch (weft_room_name_parse (room, NULL, &page, NULL))
        {
        case WEFT_ROOM_PAGE:
          progress->n_pages++;
          if (is_earlier || !g_hash_table_contains (self->documents, weft_page_id_format (&page, text)))
            progress->has_uncounted = TRUE;
          break;
        case WEFT_ROOM_NOTEBOOK:
          progress->has_earlier = is_earlier;
          break;
        default:
          break;
        }
    }

  /* A number that leaves some out would not be true. */
  if (progress->has_uncounted || progress->has_earlier)
    progress->n_waiting = 0;
}

/* The sentence of one of the rooms that were given up for now; the same one until it is taken. */
static const char *
find_failure (WeftNotebook *self)
{
  GHashTableIter iter;
  gpointer room = NULL;
  gpointer message = NULL;
  const char *first = NULL;
  const char *found = NULL;

  g_hash_table_iter_init (&iter, self->failed);
  while (g_hash_table_iter_next (&iter, &room, &message))
    if (first == NULL || strcmp (room, first) < 0)
      {
        first = room;
        found = message;
      }

  return found;
}

static WeftSyncState
derive_state (WeftNotebook *self,
              Progress     *progress)
{
  guint n_rooms = self->fetcher ? weft_sync_fetcher_get_n_waiting (self->fetcher) : 0;
  GHashTableIter iter;
  gpointer document = NULL;

  *progress = (Progress){ .all_synced = TRUE, .receipts = TRUE };
  add_progress (self, progress, self->live);

  g_hash_table_iter_init (&iter, self->documents);
  while (g_hash_table_iter_next (&iter, NULL, &document))
    add_progress (self, progress, weft_document_get_live (document));
  count_pages (self, progress);

  if (self->relay == NULL)
    return WEFT_SYNC_LOCAL;

  if (self->work_offline)
    return WEFT_SYNC_OFFLINE;

  if (weft_notebook_account_is_busy (self))
    return WEFT_SYNC_CONNECTING;

  /* Nobody answered, and it is tried again soon; or nobody has answered yet. */
  if (self->fetching && self->fetch_source != 0)
    return WEFT_SYNC_OFFLINE;
  if (self->fetching)
    return self->n_fetched > 0 ? WEFT_SYNC_SENDING : WEFT_SYNC_CONNECTING;

  switch (weft_live_doc_get_state (self->live))
    {
    case WEFT_SYNC_CLIENT_OFFLINE:
      return WEFT_SYNC_OFFLINE;
    case WEFT_SYNC_CLIENT_CONNECTING:
      return WEFT_SYNC_CONNECTING;
    case WEFT_SYNC_CLIENT_DENIED:
      return WEFT_SYNC_DENIED;
    case WEFT_SYNC_CLIENT_SYNCING:
    case WEFT_SYNC_CLIENT_SYNCED:
    default:
      break;
    }

  if (self->uploading || n_rooms > 0)
    return WEFT_SYNC_SENDING;

  if (progress->trouble == NULL)
    progress->trouble = find_failure (self);
  if (progress->trouble != NULL)
    return WEFT_SYNC_STUCK;

  if (progress->is_waiting || !progress->all_synced || g_hash_table_size (self->unsent) > 0)
    return WEFT_SYNC_SENDING;

  return progress->receipts ? WEFT_SYNC_SAFE : WEFT_SYNC_SENT;
}

/* Why not all is with the relay, and what becomes of what is written meanwhile. */
static char *
describe_failure (const char     *reason,
                  const Progress *progress)
{
  if (progress->has_uncounted)
    /* Translators: %1$s says why there is no connection, without a full stop; %2$u is a number of pages */
    return g_strdup_printf (ngettext ("%1$s. Changes in %2$u page wait on this device.",
                                      "%1$s. Changes in %2$u pages wait on this device.", progress->n_pages),
                            reason, progress->n_pages);

  if (progress->n_waiting > 0)
    /* Translators: %1$s says why there is no connection, without a full stop; %2$u is a number */
    return g_strdup_printf (ngettext ("%1$s. %2$u change waits on this device.",
                                      "%1$s. %2$u changes wait on this device.", progress->n_waiting),
                            reason, progress->n_waiting);

  if (progress->has_earlier)
    /* Translators: %s says why there is no connection, without a full stop */
    return g_strdup_printf (_("%s. Changes wait on this device."), reason);

  /* Translators: %s says why there is no connection, without a full stop */
  return g_strdup_printf (_("%s. What you do is saved on this device."), reason);
}

static char *
describe_offline (const Progress *progress)
{
  if (progress->has_uncounted)
    /* Translators: %u is a number of pages */
    return g_strdup_printf (ngettext ("Offline, changes in %u page waiting", "Offline, changes in %u pages waiting",
                                      progress->n_pages),
                            progress->n_pages);

  if (progress->n_waiting > 0)
    /* Translators: %u is the number of changes that wait for a connection */
    return g_strdup_printf (ngettext ("Offline, %u change waiting", "Offline, %u changes waiting", progress->n_waiting),
                            progress->n_waiting);

  return g_strdup (progress->has_earlier ? _("Offline, changes waiting") : _("Offline, saved on this device"));
}

static char *
describe_state (WeftNotebook   *self,
                WeftSyncState   state,
                const Progress *progress)
{
  const char *message = weft_live_doc_get_error (self->live);
  guint n = progress->n_waiting;

  /* Then all that the relay has is here, and it is not enough. */
  if (progress->lacks && (state == WEFT_SYNC_SENT || state == WEFT_SYNC_SAFE))
    /* Translators: %s is the address of a server */
    return g_strdup_printf (_("%s lacks changes that somebody made; what builds on them is not shown yet"),
                            self->relay_host);

  switch (state)
    {
    case WEFT_SYNC_LOCAL:
      return g_strdup (_("Saved on this device"));

    case WEFT_SYNC_OFFLINE:
      return message != NULL && !self->work_offline ? describe_failure (message, progress)
                                                    : describe_offline (progress);

    case WEFT_SYNC_CONNECTING:
      /* Translators: %s is the address of a server */
      return g_strdup_printf (_("Connecting to %s"), self->relay_host);

    case WEFT_SYNC_SENDING:
      if (self->fetching && self->n_to_fetch > 0)
        /* Translators: %1$s is the address of a server, %2$u a number from 0 to 100 */
        return g_strdup_printf (_("Fetching the notebook from %1$s: %2$u %%"), self->relay_host,
                                (guint) (100 * self->n_fetched / self->n_to_fetch));
      if (n > 0)
        /* Translators: %u is the number of changes that are being sent */
        return g_strdup_printf (ngettext ("Sending %u change", "Sending %u changes", n), n);
      /* Translators: %s is the address of a server */
      return g_strdup_printf (_("Synchronizing with %s"), self->relay_host);

    case WEFT_SYNC_SENT:
      /* Translators: %s is the address of a server, which does not confirm what it keeps */
      return g_strdup_printf (_("Sent to %s"), self->relay_host);

    case WEFT_SYNC_SAFE:
      /* Translators: %s is the address of a server, which has stored everything */
      return g_strdup_printf (_("Safe on %s"), self->relay_host);

    case WEFT_SYNC_STUCK:
      return describe_failure (progress->trouble, progress);

    case WEFT_SYNC_DENIED:
    default:
      if (self->account_trouble != NULL)
        return g_strdup (self->account_trouble);
      /* Translators: %s is the address of a server */
      return message ? g_strdup (message)
                     : g_strdup_printf (_("%s does not let you in"), self->relay_host);
    }
}

/* What could not be saved is kept in memory and tried again, so this says what would help. */
static char *
describe_save_error (WeftStore *store)
{
  const GError *error = weft_store_get_error (store);

  if (weft_store_get_state (store) != WEFT_STORE_NOT_SAVED || error == NULL)
    return g_strdup ("");

  if (g_error_matches (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FULL))
    return g_strdup (_("Not saved: the disk is full. Make room, and everything is saved by itself."));

  if (g_error_matches (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_READ_ONLY))
    return g_strdup (_("Not saved: the notebook’s file cannot be written. Save a copy before you close Weft."));

  if (g_error_matches (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_GONE))
    return g_strdup (_("Not saved: the notebook’s file was moved, deleted or replaced. "
                       "Put it back where it was, or save a copy before you close Weft."));

  if (g_error_matches (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_OVERWRITTEN))
    return g_strdup (_("Not saved: another program wrote over the notebook’s file. Save a copy of what is open here, "
                       "then start Weft again."));

  /* Translators: %s is a technical reason */
  return g_strdup_printf (_("Not saved yet, Weft tries again: %s"), error->message);
}

static void
write_again (WeftNotebook *self,
             WeftLiveDoc  *live)
{
  WeftDoc *doc = live != NULL ? weft_live_doc_get_doc (live) : NULL;

  if (doc != NULL)
    {
      g_autoptr(GBytes) state = weft_doc_encode_state (doc);

      weft_store_append_update (self->store, weft_live_doc_get_room (live), state, WEFT_UPDATE_LOCAL);
    }
}

/* What was in the file is lost; what is in memory, all of it, is what a copy is made of. */
static void
write_all_again (WeftNotebook *self)
{
  GHashTableIter iter;
  gpointer document = NULL;

  self->overwritten = TRUE;
  write_again (self, self->live);
  g_hash_table_iter_init (&iter, self->documents);
  while (g_hash_table_iter_next (&iter, NULL, &document))
    write_again (self, weft_document_get_live (document));
}

static void
refresh_save_error (WeftNotebook *self)
{
  g_autofree char *message = describe_save_error (self->store);

  if (!self->overwritten
      && g_error_matches (weft_store_get_error (self->store), WEFT_STORE_ERROR, WEFT_STORE_ERROR_OVERWRITTEN))
    write_all_again (self);

  if (g_str_equal (self->save_error, message))
    return;

  g_free (self->save_error);
  self->save_error = g_steal_pointer (&message);
  weft_notebook_notify (self, WEFT_NOTEBOOK_PROP_SAVE_ERROR);
}

static gboolean
slow_commit_cb (gpointer user_data)
{
  WeftNotebook *self = user_data;

  self->saving_source = 0;
  self->saves_slowly = TRUE;
  weft_notebook_status_changed (self);
  return G_SOURCE_REMOVE;
}

/* Nobody wants to see "Saving" ten times a second; but a disk that hangs has saved nothing. */
static void
watch_commits (WeftNotebook *self)
{
  gboolean is_saving = weft_store_get_state (self->store) == WEFT_STORE_SAVING;

  if (!is_saving)
    {
      g_clear_handle_id (&self->saving_source, g_source_remove);
      self->saves_slowly = FALSE;
    }
  else if (self->saving_source == 0 && !self->saves_slowly)
    self->saving_source = g_timeout_add (SLOW_COMMIT_MS, slow_commit_cb, self);
}

static gboolean
refresh_status_cb (gpointer user_data)
{
  WeftNotebook *self = user_data;
  Progress progress;
  WeftSyncState state = derive_state (self, &progress);
  g_autofree char *text = NULL;

  self->status_source = 0;
  watch_commits (self);
  refresh_save_error (self);
  if (*self->save_error != '\0')
    text = g_strdup (self->save_error);
  else
    text = self->saves_slowly ? g_strdup (_("Saving…")) : describe_state (self, state, &progress);

  /* What an earlier run left is looked for once; what a closed page left goes now. */
  if (!self->unsent_known && (state == WEFT_SYNC_OFFLINE || state == WEFT_SYNC_DENIED))
    weft_notebook_list_unsent (self);
  else if (state == WEFT_SYNC_SENDING)
    weft_notebook_send_unsent (self);

  if (self->sync_state != state)
    {
      self->sync_state = state;
      weft_notebook_notify (self, WEFT_NOTEBOOK_PROP_SYNC_STATE);
    }

  if (self->lacks_changes != progress.lacks)
    {
      self->lacks_changes = progress.lacks;
      /* Said where the state is. */
      weft_notebook_notify (self, WEFT_NOTEBOOK_PROP_SYNC_STATE);
    }

  if (self->n_waiting != progress.n_waiting)
    {
      self->n_waiting = progress.n_waiting;
      weft_notebook_notify (self, WEFT_NOTEBOOK_PROP_N_WAITING);
    }

  if (g_strcmp0 (self->status_text, text) != 0)
    {
      g_free (self->status_text);
      self->status_text = g_steal_pointer (&text);
      weft_notebook_notify (self, WEFT_NOTEBOOK_PROP_STATUS_TEXT);
    }

  return G_SOURCE_REMOVE;
}

void
weft_notebook_status_changed (WeftNotebook *self)
{
  if (self->status_source == 0 && !self->closed && self->live != NULL)
    self->status_source = g_timeout_add (STATUS_DELAY_MS, refresh_status_cb, self);
}

WeftSyncState
weft_notebook_get_sync_state (WeftNotebook *self)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), WEFT_SYNC_LOCAL);

  return self->sync_state;
}

gboolean
weft_notebook_lacks_changes (WeftNotebook *self)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), FALSE);

  return self->lacks_changes;
}

guint
weft_notebook_get_n_waiting (WeftNotebook *self)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), 0);

  return self->n_waiting;
}

const char *
weft_notebook_get_status_text (WeftNotebook *self)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), NULL);

  return self->status_text;
}

const char *
weft_notebook_get_save_error (WeftNotebook *self)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), NULL);

  return self->save_error;
}
