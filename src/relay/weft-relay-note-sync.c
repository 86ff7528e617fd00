/* weft-relay-note-sync.c - devices that hold notes as keys and values: who gets what
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-note-sync.h"

#include <string.h>

#include "relay/weft-relay-dialect-notes.h"
#include "relay/weft-relay-notes-tree.h"
#include "relay/weft-relay-room.h"
#include "relay/weft-relay-visit.h"

/* Changes that come within this time are looked at together. */
#define GATHER_MS 120

/* A device that says nothing of itself hears after this time what it missed. */
#define GREET_MS 700

/* Bytes of values in one answer; what is left comes in the next. */
#define MAX_ANSWER (4 * 1024 * 1024)

struct _WeftRelayNoteSync
{
  WeftRelayPool      *pool;
  WeftRelayStorePort *port;
  GMainContext       *context;
  GHashTable         *queues;    /* notebook -> GQueue of Job, the one under way first */
  GPtrArray          *listeners; /* Listener */
  int                 n_listeners; /* atomic: whether anybody wants to know */

  GMutex              mutex;
  GHashTable         *changed;   /* notebooks; guarded by @mutex */
  GSource            *timer;     /* guarded by @mutex */
};

typedef struct
{
  WeftRelaySession *session;
  char             *notebook;
  char             *device;
  gboolean          heard;    /* it has said something */
  gboolean          asked;    /* it is to be told, and that is queued */
} Listener;

typedef struct
{
  WeftRelayNoteSync     *sync;
  char                  *notebook;
  char                  *device;
  gboolean               again;
  WeftRelayNoteMessage  *message;   /* nullable */
  WeftRelayNoteReplyFunc done;
  gpointer               user_data;

  WeftRelayNoteMerge     merge;
  GPtrArray             *to_visit;  /* WeftRelayNoteKey, borrowed */
  WeftRelayNoteKey      *visiting;
  gboolean               told_all;
  GString               *reply;
  guint                  n_changes;
  gboolean               more;
  GError                *error;
} Job;

static void next_step (Job *job);

static void
job_free (gpointer data)
{
  Job *job = data;

  g_free (job->notebook);
  g_free (job->device);
  g_clear_pointer (&job->message, weft_relay_note_message_free);
  g_clear_pointer (&job->merge.notes, weft_relay_notes_free);
  g_clear_pointer (&job->merge.conflicts, weft_any_unref);
  g_clear_pointer (&job->to_visit, g_ptr_array_unref);
  if (job->reply != NULL)
    g_string_free (job->reply, TRUE);
  g_clear_error (&job->error);
  g_free (job);
}

/* --- the end of an exchange --- */

static void start (Job *job);

static void
finish (Job *job)
{
  WeftRelayNoteSync *self = job->sync;
  GQueue *queue = g_hash_table_lookup (self->queues, job->notebook);
  Job *next;

  g_queue_pop_head (queue);
  next = g_queue_peek_head (queue);
  if (job->done != NULL)
    job->done (job->error == NULL ? job->reply->str : NULL, job->n_changes, job->more, job->error, job->user_data);

  if (next == NULL && g_queue_is_empty (queue))
    g_hash_table_remove (self->queues, job->notebook);
  else if (next != NULL)
    start (next);
  job_free (job);
}

static void
fail (Job          *job,
      const GError *error)
{
  job->error = g_error_copy (error);
  finish (job);
}

static gboolean
save_work (WeftRelaySql *sql,
           gpointer      data)
{
  Job *job = data;

  weft_relay_notes_save (job->merge.notes, sql);
  return TRUE;
}

static void
saved_cb (const GError *error,
          gpointer      data)
{
  if (error != NULL)
    fail (data, error);
  else
    finish (data);
}

/* --- the answer --- */

static gboolean
wants (Job              *job,
       WeftRelayNoteKey *key)
{
  WeftRelayNoteSent *last = weft_relay_note_key_get_last (key);

  if (key->must_tell)
    return TRUE;
  if (last == NULL)
    return *key->digest != '\0';
  return last->timestamp != key->timestamp || strcmp (last->digest, key->digest) != 0 ||
         (job->again && !last->own && job->merge.last_ack > 0 && last->ack > job->merge.last_ack);
}

static int
compare_keys (gconstpointer a,
              gconstpointer b)
{
  const WeftRelayNoteKey *first = *(WeftRelayNoteKey *const *) a;
  const WeftRelayNoteKey *second = *(WeftRelayNoteKey *const *) b;

  return first->timestamp != second->timestamp ? (first->timestamp < second->timestamp ? -1 : 1)
                                               : strcmp (first->key, second->key);
}

/* What the device has not got, oldest first. (transfer container) */
static GPtrArray *
list_wanted (Job *job)
{
  GPtrArray *wanted = g_ptr_array_new ();
  GHashTableIter iter;
  WeftRelayNoteKey *key;

  g_hash_table_iter_init (&iter, job->merge.notes->keys);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &key))
    if (wants (job, key))
      g_ptr_array_add (wanted, key);
  g_ptr_array_sort (wanted, compare_keys);
  return wanted;
}

static WeftAny *
make_change (WeftRelayNoteKey *key)
{
  WeftAny *change = weft_any_new_object ();

  weft_any_object_take (change, "key", weft_any_new_string (key->key));
  weft_any_object_take (change, "value", key->value != NULL ? weft_any_new_string (key->value) : weft_any_new_null ());
  weft_any_object_take (change, "timestamp", weft_any_new_number ((double) key->timestamp));
  weft_any_object_take (change, "device_id", weft_any_new_string (key->device));
  return change;
}

static void
answer (Job *job)
{
  g_autoptr(GPtrArray) wanted = list_wanted (job);
  g_autoptr(WeftAny) reply = weft_any_new_object ();
  g_autofree char *json = NULL;
  WeftAny *changes = weft_any_new_array ();
  gsize n_bytes = 0;

  if (job->message == NULL || job->message->pushes->len == 0)
    job->merge.ack = MAX (job->merge.ack, job->merge.notes->clock);

  for (guint i = 0; i < wanted->len; i++)
    {
      WeftRelayNoteKey *key = wanted->pdata[i];

      n_bytes += key->value != NULL ? strlen (key->value) : 0;
      job->more = n_bytes > MAX_ANSWER && job->n_changes > 0;
      if (job->more)
        break;

      weft_any_array_take (changes, make_change (key));
      weft_relay_note_key_add_sent (key, key->timestamp, job->merge.ack, FALSE, key->digest, key->moment, 0);
      job->n_changes++;
    }

  weft_any_object_take (reply, "type", weft_any_new_string ("sync_ack"));
  weft_any_object_take (reply, "ack_timestamp", weft_any_new_number ((double) job->merge.ack));
  weft_any_object_take (reply, "changes", changes);
  weft_any_object_take (reply, "conflicts", weft_any_ref (job->merge.conflicts));
  if (job->more)
    weft_any_object_take (reply, "more", weft_any_new_boolean (TRUE));
  json = weft_any_to_json (reply);
  job->reply = g_string_new (json);
  weft_relay_store_run (job->sync->port, save_work, saved_cb, job, NULL);
}

/* --- pages --- */

static gboolean
page_visit (WeftRelayRoom *room,
            gpointer       data,
            GError       **error)
{
  Job *job = data;

  return weft_relay_note_merge_visit (&job->merge, room, job->visiting, error);
}

static void
page_visited (const GError *error,
              gpointer      data)
{
  Job *job = data;

  if (error != NULL)
    fail (job, error);
  else
    next_step (job);
}

typedef struct
{
  WeftNotebookDoc  *notebook;
  WeftRelayNoteKey *key;
  gint64            now_ms;
} Creation;

static WeftNotebookDoc *
ensure_notebook (WeftRelayRoom *room)
{
  WeftNotebookDoc *notebook = weft_relay_room_get_data (room, &weft_relay_dialect_notes);

  if (notebook == NULL)
    {
      notebook = weft_notebook_doc_new (weft_relay_room_get_doc (room));
      weft_relay_room_set_data (room, &weft_relay_dialect_notes, notebook, (GDestroyNotify) weft_notebook_doc_free);
    }
  return notebook;
}

static void
trash_edit (WeftDoc *doc,
            gpointer user_data)
{
  Creation *creation = user_data;
  WeftPageId page;

  if (weft_page_id_parse (&page, creation->key->page))
    weft_notebook_doc_trash (creation->notebook, &page);
}

/* Who keeps the page offline fetches it then, and finds it, and what collided in it. */
static void
mark_edit (WeftDoc *doc,
           gpointer user_data)
{
  Creation *creation = user_data;
  WeftPageId page;

  if (weft_page_id_parse (&page, creation->key->page))
    weft_notebook_doc_mark_edited (creation->notebook, &page);
  weft_notebook_doc_end_interval (creation->notebook);
}

static gboolean
full (GError **error)
{
  g_set_error_literal (error, WEFT_RELAY_AUTH_ERROR, WEFT_RELAY_AUTH_ERROR_LATER, "The notebook is full.");
  return FALSE;
}

/* Notes below one that goes are gone, too: what they are called then shows the next time. A notebook that has no room
 * for marks has the notes all the same. */
static gboolean
marking_visit (WeftRelayRoom *room,
               gpointer       data,
               GError       **error)
{
  Job *job = data;
  Creation creation = { ensure_notebook (room), NULL, job->merge.now_ms };
  GHashTableIter iter;

  g_hash_table_iter_init (&iter, job->merge.notes->keys);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &creation.key))
    if (creation.key->to_trash)
      {
        if (!weft_relay_room_edit (room, NULL, trash_edit, &creation))
          return full (error);
        creation.key->to_trash = FALSE;
        creation.key->is_page = FALSE;
        g_clear_pointer (&creation.key->page, g_free);
        creation.key->to_mark = FALSE;
      }
    else if (creation.key->to_mark)
      {
        creation.key->to_mark = FALSE;
        if (creation.key->page != NULL && !weft_relay_room_edit (room, NULL, mark_edit, &creation))
          g_debug ("%s has no room for marks", job->notebook);
      }
  return TRUE;
}

static gboolean
changes_tree (Job *job)
{
  GHashTableIter iter;
  WeftRelayNoteKey *key;

  g_hash_table_iter_init (&iter, job->merge.notes->keys);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &key))
    if (key->to_trash || key->to_mark)
      return TRUE;
  return FALSE;
}

static void
next_step (Job *job)
{
  if (job->to_visit->len == 0 && changes_tree (job))
    {
      weft_relay_pool_visit (job->sync->pool, job->notebook, marking_visit, page_visited, job, NULL);
      return;
    }

  if (job->to_visit->len == 0 && !job->told_all)
    {
      g_autoptr(GPtrArray) wanted = list_wanted (job);

      job->told_all = TRUE;
      for (guint i = 0; i < wanted->len; i++)
        {
          WeftRelayNoteKey *key = wanted->pdata[i];

          if (key->is_page && !key->seen)
            g_ptr_array_add (job->to_visit, key);
        }
    }

  if (job->to_visit->len > 0)
    {
      g_autofree char *room = NULL;

      job->visiting = g_ptr_array_steal_index_fast (job->to_visit, 0);
      room = g_strconcat (job->notebook, "/", job->visiting->page, NULL);
      weft_relay_pool_visit (job->sync->pool, room, page_visit, page_visited, job, NULL);
      return;
    }

  answer (job);
}

/* --- the tree --- */

static void
create_edit (WeftDoc *doc,
             gpointer user_data)
{
  Creation *creation = user_data;

  g_free (creation->key->page);
  creation->key->page = weft_relay_notes_tree_create (creation->notebook, creation->key->key, creation->now_ms);
}

/* What is pushed to a key without a page: makes one where there is a value. Returns: whether a page is wanted */
static gboolean
judge_without_page (Job              *job,
                    WeftRelayNoteKey *key)
{
  for (guint i = 0; i < key->pushes->len; i++)
    {
      WeftRelayNotePush *push = key->pushes->pdata[i];
      WeftRelayNoteVerdict verdict = weft_relay_note_push_judge (push, key);

      if ((verdict == WEFT_RELAY_NOTE_WINS || verdict == WEFT_RELAY_NOTE_TIE_WON) && push->value != NULL)
        return TRUE;
      if (verdict == WEFT_RELAY_NOTE_TIE_WON || verdict == WEFT_RELAY_NOTE_TIE_LOST)
        weft_relay_note_merge_add_conflict (&job->merge, key, push, verdict == WEFT_RELAY_NOTE_TIE_WON, NULL);
      if (verdict == WEFT_RELAY_NOTE_WINS || verdict == WEFT_RELAY_NOTE_TIE_WON)
        weft_relay_note_key_accept (key, &job->merge, push, WEFT_RELAY_NOTE_GONE, NULL, TRUE, 0);
      else if (verdict != WEFT_RELAY_NOTE_KNOWN)
        key->must_tell = TRUE;
      g_ptr_array_remove_index (key->pushes, i--);
    }
  return FALSE;
}

static void
take_listing (Job        *job,
              GHashTable *pages)
{
  GHashTableIter iter;
  const char *name;
  const char *page;
  WeftRelayNoteKey *key;

  g_hash_table_iter_init (&iter, pages);
  while (g_hash_table_iter_next (&iter, (gpointer *) &name, (gpointer *) &page))
    {
      key = weft_relay_notes_ensure (job->merge.notes, name);
      key->is_page = TRUE;
      if (g_strcmp0 (key->page, page) != 0)
        {
          g_free (key->page);
          key->page = g_strdup (page);
          key->version = G_MAXINT64;
          key->dirty = TRUE;
        }
    }

  g_hash_table_iter_init (&iter, job->merge.notes->keys);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &key))
    if (!key->is_page)
      {
        key->dirty |= key->page != NULL;
        g_clear_pointer (&key->page, g_free);
        weft_relay_note_key_note (key, &job->merge, WEFT_RELAY_NOTE_GONE);
      }
}

static gboolean
tree_visit (WeftRelayRoom *room,
            gpointer       data,
            GError       **error)
{
  Job *job = data;
  Creation creation = { ensure_notebook (room), NULL, job->merge.now_ms };
  g_autoptr(GHashTable) pages = weft_relay_notes_tree_list (creation.notebook);

  take_listing (job, pages);
  for (guint i = 0; job->message != NULL && i < job->message->pushes->len; i++)
    {
      WeftRelayNotePush *push = job->message->pushes->pdata[i];

      creation.key = weft_relay_notes_ensure (job->merge.notes, push->key);
      if (creation.key->is_page || creation.key->pushes == NULL || !judge_without_page (job, creation.key))
        continue;
      if (!weft_relay_room_edit (room, NULL, create_edit, &creation))
        return full (error);
      creation.key->is_page = TRUE;
      creation.key->fresh = TRUE;
      creation.key->dirty = TRUE;
    }

  /* Those above a new page may be new, too. */
  g_clear_pointer (&pages, g_hash_table_unref);
  pages = weft_relay_notes_tree_list (creation.notebook);
  take_listing (job, pages);
  return TRUE;
}

static void
tree_visited (const GError *error,
              gpointer      data)
{
  Job *job = data;
  GHashTableIter iter;
  WeftRelayNoteKey *key;

  if (error != NULL)
    {
      fail (job, error);
      return;
    }

  g_hash_table_iter_init (&iter, job->merge.notes->keys);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &key))
    if (key->is_page && ((key->pushes != NULL && key->pushes->len > 0) || key->version != key->room_version ||
                         *key->digest == '\0'))
      g_ptr_array_add (job->to_visit, key);
  next_step (job);
}

/* --- the beginning --- */

static int
compare_pushes (gconstpointer a,
                gconstpointer b)
{
  const WeftRelayNotePush *first = *(WeftRelayNotePush *const *) a;
  const WeftRelayNotePush *second = *(WeftRelayNotePush *const *) b;

  return first->timestamp != second->timestamp ? (first->timestamp < second->timestamp ? -1 : 1)
                                               : strcmp (first->device, second->device);
}

static gboolean
load_work (WeftRelaySql *sql,
           gpointer      data)
{
  Job *job = data;

  job->merge.notes = weft_relay_notes_load (sql, job->notebook, job->device);
  return TRUE;
}

static void
loaded_cb (const GError *error,
           gpointer      data)
{
  Job *job = data;

  if (error != NULL)
    {
      fail (job, error);
      return;
    }

  job->merge.ack = job->merge.notes->acked;
  for (guint i = 0; job->message != NULL && i < job->message->pushes->len; i++)
    {
      WeftRelayNotePush *push = job->message->pushes->pdata[i];
      WeftRelayNoteKey *key = weft_relay_notes_ensure (job->merge.notes, push->key);

      if (key->pushes == NULL)
        key->pushes = g_ptr_array_new ();
      g_ptr_array_add (key->pushes, push);
      job->merge.ack = MAX (job->merge.ack, push->timestamp);
    }
  weft_relay_pool_visit (job->sync->pool, job->notebook, tree_visit, tree_visited, job, NULL);
}

static void
start (Job *job)
{
  job->merge.conflicts = weft_any_new_array ();
  job->merge.now_ms = g_get_real_time () / 1000;
  job->merge.last_ack = job->message != NULL ? job->message->last_ack : 0;
  job->to_visit = g_ptr_array_new ();
  if (job->message != NULL)
    g_ptr_array_sort (job->message->pushes, compare_pushes);
  weft_relay_store_run (job->sync->port, load_work, loaded_cb, job, NULL);
}

static void
queue_free (gpointer data)
{
  g_queue_free_full (data, job_free);
}

void
weft_relay_note_sync_run (WeftRelayNoteSync     *self,
                          const char            *notebook,
                          const char            *device,
                          gboolean               may_write,
                          gboolean               again,
                          WeftRelayNoteMessage  *message,
                          WeftRelayNoteReplyFunc done,
                          gpointer               user_data)
{
  GQueue *queue = g_hash_table_lookup (self->queues, notebook);
  Job *job = g_new0 (Job, 1);

  job->sync = self;
  job->notebook = g_strdup (notebook);
  job->device = g_strdup (device);
  job->again = again;
  job->message = message;
  job->done = done;
  job->user_data = user_data;
  if (message != NULL && !may_write)
    g_ptr_array_set_size (message->pushes, 0);

  if (queue == NULL)
    {
      queue = g_queue_new ();
      g_hash_table_insert (self->queues, g_strdup (notebook), queue);
    }
  g_queue_push_tail (queue, job);
  if (queue->length == 1)
    start (job);
}

/* --- who listens --- */

typedef struct
{
  WeftRelayNoteSync    *sync;
  WeftRelaySession     *session;
  char                 *notebook;
  char                 *device;
  gboolean              may_write;
  WeftRelayNoteMessage *message;
} Call;

static void
listener_free (gpointer data)
{
  Listener *self = data;

  weft_relay_session_unref (self->session);
  g_free (self->notebook);
  g_free (self->device);
  g_free (self);
}

static void
call_free (gpointer data)
{
  Call *call = data;

  weft_relay_session_unref (call->session);
  g_free (call->notebook);
  g_free (call->device);
  g_clear_pointer (&call->message, weft_relay_note_message_free);
  g_free (call);
}

/* Has @func called on the main thread, in order. */
static void
hop (WeftRelayNoteSync    *self,
     WeftRelaySession     *session,
     const char           *notebook,
     const char           *device,
     gboolean              may_write,
     WeftRelayNoteMessage *message,
     guint                 delay_ms,
     GSourceFunc           func)
{
  g_autoptr(GSource) source = delay_ms > 0 ? g_timeout_source_new (delay_ms) : g_idle_source_new ();
  Call *call = g_new0 (Call, 1);

  call->sync = self;
  call->session = weft_relay_session_ref (session);
  call->notebook = g_strdup (notebook);
  call->device = g_strdup (device);
  call->may_write = may_write;
  call->message = message;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, call, call_free);
  g_source_attach (source, self->context);
}

static Listener *
find_listener (WeftRelayNoteSync *self,
               WeftRelaySession  *session)
{
  for (guint i = 0; i < self->listeners->len; i++)
    {
      Listener *listener = self->listeners->pdata[i];

      if (listener->session == session)
        return listener;
    }
  return NULL;
}

/* Says @text on the room's thread. */
static void
say_here (WeftRelaySession *session,
          gpointer          user_data)
{
  if (session->room != NULL)
    weft_relay_session_say (session, g_bytes_ref (user_data), WEFT_RELAY_FRAME_NEWS);
}

static void
drop_here (WeftRelaySession *session,
           gpointer          user_data)
{
  if (session->room != NULL)
    weft_relay_session_refuse (session, WEFT_WS_CLOSE_TRY_LATER, "the notes cannot be read or stored now");
}

static void tell (Listener *listener);

typedef struct
{
  WeftRelayNoteSync *sync;
  WeftRelaySession  *session;
  gboolean           asked;
} Reply;

static void
replied_cb (const char   *text,
            guint         n_changes,
            gboolean      more,
            const GError *error,
            gpointer      user_data)
{
  g_autofree Reply *reply = user_data;
  Listener *listener = find_listener (reply->sync, reply->session);

  if (text == NULL)
    {
      weft_relay_session_run (reply->session, drop_here, NULL, NULL);
    }
  else if (reply->asked || n_changes > 0)
    {
      GBytes *bytes = g_bytes_new (text, strlen (text));

      weft_relay_session_run (reply->session, say_here, bytes, (GDestroyNotify) g_bytes_unref);
    }
  if (more && listener != NULL)
    tell (listener);
  weft_relay_session_unref (reply->session);
}

static void
run_for (Listener             *listener,
         WeftRelayNoteSync    *self,
         gboolean              may_write,
         WeftRelayNoteMessage *message)
{
  Reply *reply = g_new0 (Reply, 1);

  reply->sync = self;
  reply->session = weft_relay_session_ref (listener->session);
  reply->asked = message != NULL;
  weft_relay_note_sync_run (self, listener->notebook, listener->device, may_write, !listener->heard, message,
                            replied_cb, reply);
  listener->heard |= message != NULL;
}

static void
told_cb (const char   *text,
         guint         n_changes,
         gboolean      more,
         const GError *error,
         gpointer      user_data)
{
  Reply *reply = user_data;
  Listener *listener = find_listener (reply->sync, reply->session);

  if (listener != NULL)
    listener->asked = FALSE;
  replied_cb (text, n_changes, more, error, user_data);
}

static void
tell (Listener *listener)
{
  WeftRelayNoteSync *self = weft_relay_pool_get_notes (weft_relay_hub_get_pool (listener->session->hub));
  Reply *reply;

  if (listener->asked)
    return;

  listener->asked = TRUE;
  reply = g_new0 (Reply, 1);
  reply->sync = self;
  reply->session = weft_relay_session_ref (listener->session);
  weft_relay_note_sync_run (self, listener->notebook, listener->device, FALSE, FALSE, NULL, told_cb, reply);
}

static gboolean
listen_cb (gpointer user_data)
{
  Call *call = user_data;
  Listener *listener = g_new0 (Listener, 1);

  listener->session = weft_relay_session_ref (call->session);
  listener->notebook = g_strdup (call->notebook);
  listener->device = g_strdup (call->device);
  g_ptr_array_add (call->sync->listeners, listener);
  return G_SOURCE_REMOVE;
}

static gboolean
greet_cb (gpointer user_data)
{
  Call *call = user_data;
  Listener *listener = find_listener (call->sync, call->session);

  if (listener != NULL && !listener->heard)
    tell (listener);
  return G_SOURCE_REMOVE;
}

void
weft_relay_note_sync_listen (WeftRelayNoteSync *self,
                             WeftRelaySession  *session,
                             const char        *notebook,
                             const char        *device)
{
  g_atomic_int_inc (&self->n_listeners);
  hop (self, session, notebook, device, FALSE, NULL, 0, listen_cb);
  hop (self, session, NULL, NULL, FALSE, NULL, GREET_MS, greet_cb);
}

static gboolean
leave_cb (gpointer user_data)
{
  Call *call = user_data;
  Listener *listener = find_listener (call->sync, call->session);

  if (listener != NULL)
    {
      g_ptr_array_remove_fast (call->sync->listeners, listener);
      g_atomic_int_add (&call->sync->n_listeners, -1);
    }
  return G_SOURCE_REMOVE;
}

void
weft_relay_note_sync_leave (WeftRelayNoteSync *self,
                            WeftRelaySession  *session)
{
  hop (self, session, NULL, NULL, FALSE, NULL, 0, leave_cb);
}

static gboolean
take_cb (gpointer user_data)
{
  Call *call = user_data;
  Listener *listener = find_listener (call->sync, call->session);

  if (listener != NULL)
    run_for (listener, call->sync, call->may_write, g_steal_pointer (&call->message));
  return G_SOURCE_REMOVE;
}

void
weft_relay_note_sync_take (WeftRelayNoteSync    *self,
                           WeftRelaySession     *session,
                           gboolean              may_write,
                           WeftRelayNoteMessage *message)
{
  hop (self, session, NULL, NULL, may_write, message, 0, take_cb);
}

/* --- what changes --- */

static gboolean
gathered_cb (gpointer user_data)
{
  WeftRelayNoteSync *self = user_data;
  g_autoptr(GHashTable) changed = NULL;

  g_mutex_lock (&self->mutex);
  changed = g_steal_pointer (&self->changed);
  g_clear_pointer (&self->timer, g_source_unref);
  g_mutex_unlock (&self->mutex);

  for (guint i = 0; i < self->listeners->len; i++)
    {
      Listener *listener = self->listeners->pdata[i];

      if (g_hash_table_contains (changed, listener->notebook))
        tell (listener);
    }
  return G_SOURCE_REMOVE;
}

/* On the room's thread: @room has a change that is stored. */
static void
changed_cb (const char *room,
            gpointer    user_data)
{
  WeftRelayNoteSync *self = user_data;
  const char *slash = strchr (room, '/');

  if (g_atomic_int_get (&self->n_listeners) == 0)
    return;

  g_mutex_lock (&self->mutex);
  if (self->changed == NULL)
    self->changed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_add (self->changed, slash != NULL ? g_strndup (room, (gsize) (slash - room)) : g_strdup (room));
  if (self->timer == NULL)
    {
      self->timer = g_timeout_source_new (GATHER_MS);
      g_source_set_callback (self->timer, gathered_cb, self, NULL);
      g_source_attach (self->timer, self->context);
    }
  g_mutex_unlock (&self->mutex);
}

WeftRelayNoteSync *
weft_relay_note_sync_new (WeftRelayPool  *pool,
                          WeftRelayStore *store)
{
  WeftRelayNoteSync *self = g_new0 (WeftRelayNoteSync, 1);

  self->pool = pool;
  self->port = weft_relay_store_open_port (store);
  self->context = g_main_context_ref_thread_default ();
  self->queues = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, queue_free);
  self->listeners = g_ptr_array_new_with_free_func (listener_free);
  g_mutex_init (&self->mutex);
  weft_relay_pool_set_notes (pool, self, changed_cb);
  return self;
}

void
weft_relay_note_sync_free (WeftRelayNoteSync *self)
{
  weft_relay_store_port_close (self->port);
  if (self->timer != NULL)
    g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
  g_clear_pointer (&self->changed, g_hash_table_unref);
  g_ptr_array_unref (self->listeners);
  g_hash_table_unref (self->queues);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->mutex);
  g_free (self);
}
