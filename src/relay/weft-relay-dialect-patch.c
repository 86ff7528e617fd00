/* weft-relay-dialect-patch.c - a board as a property graph, changed by patches
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `GET /ws/patch/<room>`, text messages, for programs that do optimistic updates on a graph of their own:
 *
 *     -> hello {since[, id]}                    <- snapshot {version, nodes, edges}, or the patches after that version;
 *                                                  then, to an id, hello {id, version}
 *     -> patch {payload: {id, clientId, op, …}} <- patch_broadcast {payload: {patch: {…}, version}} to all
 *                                               <- patch_rejected {id, reason}
 *
 * What a board is as a graph stands in notebook/weft-board-graph.h. A patch becomes an edit of the room's document; its
 * server version is that of the stored change. Changes that come in other dialects are told as patches too. What was
 * told lately is kept for each room, so that who was away gets what is missing and who repeats a patch gets the answer
 * again.
 */

#include "config.h"

#include "relay/weft-relay-dialect-patch.h"

#include "notebook/weft-board-graph.h"
#include "notebook/weft-element.h"
#include "relay/weft-relay-request.h"
#include "relay/weft-relay-room.h"

#include <string.h>

/* Patches kept for each room. */
#define MAX_LOG 1000

/* Bytes of a patch's id and of a client's. */
#define MAX_ID 64

/* The clientId of what was not changed by a patch. */
#define OTHERS "weft"

typedef struct
{
  guint64 version;  /* as guessed until it is stored */
  guint64 change;   /* of the room */
  WeftAny *patch;   /* (nullable): to make @frame anew, where the guess may be wrong */
  char   *id;      /* nullable: that of the patch, with its client's */
  GBytes *frame;
} Entry;

/* A room's; in its data */
typedef struct
{
  WeftRelayRoom  *room;
  WeftDoc        *doc;
  WeftType       *board;
  WeftBoardGraph *graph;
  guint           observer_id;
  const WeftAny  *applying; /* the patch that is being applied */
  GQueue          made;     /* Entry: not stored yet */
  GQueue          told;     /* Entry: stored */
  GHashTable     *by_id;    /* of those told and made */
  guint64         first;    /* all changes after this version are in the log */
} Log;

/* In session->data */
typedef struct
{
  guint64 sent; /* everything up to this change of the room was sent */
} Reader;

static void
entry_free (Entry *self)
{
  g_free (self->id);
  g_bytes_unref (self->frame);
  g_clear_pointer (&self->patch, weft_any_unref);
  g_free (self);
}

/* --- messages --- */

static GBytes *
make_frame (const char *type,
            WeftAny    *payload)
{
  g_autoptr(WeftAny) message = weft_any_new_object ();
  g_autoptr(GBytes) bytes = NULL;
  char *json;

  weft_any_object_take (message, "type", weft_any_new_string (type));
  if (payload != NULL && strcmp (type, "patch_broadcast") == 0)
    {
      weft_any_object_take (message, "payload", payload);
    }
  else if (payload != NULL)
    {
      for (gsize i = 0; i < weft_any_get_n_items (payload); i++)
        weft_any_object_take (message, weft_any_get_key (payload, i),
                              weft_any_ref ((WeftAny *) weft_any_get_item (payload, i)));
      weft_any_unref (payload);
    }

  json = weft_any_to_json (message);
  bytes = g_bytes_new_take (json, strlen (json));
  return weft_ws_frame_new (WEFT_WS_OPCODE_TEXT, bytes);
}

/* @patch with its version, as everybody gets it. */
static GBytes *
make_broadcast (const WeftAny *patch,
                guint64        version)
{
  WeftAny *payload = weft_any_new_object ();
  WeftAny *numbered = weft_any_new_object ();

  for (gsize i = 0; i < weft_any_get_n_items (patch); i++)
    weft_any_object_take (numbered, weft_any_get_key (patch, i),
                          weft_any_ref ((WeftAny *) weft_any_get_item (patch, i)));
  weft_any_object_take (numbered, "serverVersion", weft_any_new_number ((double) version));
  weft_any_object_take (payload, "patch", numbered);
  weft_any_object_take (payload, "version", weft_any_new_number ((double) version));
  return make_frame ("patch_broadcast", payload);
}

static void
reject (WeftRelaySession *session,
        const char       *id,
        const char       *reason)
{
  WeftAny *payload = weft_any_new_object ();
  g_autoptr(GBytes) frame = NULL;

  weft_any_object_take (payload, "id", id != NULL ? weft_any_new_string (id) : weft_any_new_null ());
  weft_any_object_take (payload, "reason", weft_any_new_string (reason));
  frame = make_frame ("patch_rejected", payload);
  weft_relay_session_send (session, frame, WEFT_RELAY_FRAME_NEWS);
}

/* --- the log --- */

static void
add_entry (Log           *self,
           const WeftAny *patch,
           const char    *id)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->version = weft_relay_room_get_next_version (self->room);
  entry->change = weft_relay_room_get_next_change (self->room);
  entry->frame = make_broadcast (patch, entry->version);
  if (weft_relay_room_is_shared (self->room))
    entry->patch = weft_any_ref ((WeftAny *) patch);
  g_queue_push_tail (&self->made, entry);
  if (id != NULL)
    {
      entry->id = g_strdup (id);
      g_hash_table_insert (self->by_id, entry->id, entry);
    }
}

static const char *
get_string (const WeftAny *object,
            const char    *name)
{
  const WeftAny *value = weft_any_lookup (object, name);

  return value != NULL ? weft_any_get_string (value) : NULL;
}

static char *
dup_full_id (const WeftAny *patch)
{
  return g_strconcat (get_string (patch, "clientId"), "/", get_string (patch, "id"), NULL);
}

/* The document changes: what did the change do to the graph? */
static void
transaction_cb (WeftDoc         *doc,
                WeftTransaction *transaction,
                gpointer         user_data)
{
  Log *self = user_data;
  g_autoptr(GPtrArray) patches = weft_board_graph_get_patches (self->graph, transaction);

  /* A refused patch ends as a transaction, too. */
  if (patches->len == 0)
    return;

  if (self->applying != NULL)
    {
      g_autofree char *id = dup_full_id (self->applying);

      add_entry (self, self->applying, id);
      return;
    }

  for (guint i = 0; i < patches->len; i++)
    {
      WeftAny *patch = patches->pdata[i];
      g_autofree char *id = g_uuid_string_random ();

      weft_any_object_take (patch, "id", weft_any_new_string (id));
      weft_any_object_take (patch, "clientId", weft_any_new_string (OTHERS));
      add_entry (self, patch, NULL);
    }
}

/* Another relay was quicker, or it is another one's. */
static void
renumber (Entry  *self,
          guint64 version)
{
  if (self->version == version || self->patch == NULL)
    return;

  self->version = version;
  g_bytes_unref (self->frame);
  self->frame = make_broadcast (self->patch, version);
}

/* Everything up to @change, which is @version, is stored. */
static void
move_to_told (Log    *self,
              guint64 change,
              guint64 version)
{
  Entry *entry;

  while ((entry = g_queue_peek_head (&self->made)) != NULL && entry->change <= change)
    {
      if (entry->change == change)
        renumber (entry, version);
      g_clear_pointer (&entry->patch, weft_any_unref);
      g_queue_push_tail (&self->told, g_queue_pop_head (&self->made));
    }

  while (self->told.length > MAX_LOG)
    {
      entry = g_queue_pop_head (&self->told);
      self->first = entry->version;
      if (entry->id != NULL && g_hash_table_lookup (self->by_id, entry->id) == entry)
        g_hash_table_remove (self->by_id, entry->id);
      entry_free (entry);
    }
}

static void
log_free (gpointer data)
{
  Log *self = data;

  weft_doc_remove_observer (self->doc, self->observer_id);
  g_hash_table_unref (self->by_id);
  g_queue_clear_full (&self->made, (GDestroyNotify) entry_free);
  g_queue_clear_full (&self->told, (GDestroyNotify) entry_free);
  weft_board_graph_free (self->graph);
  g_free (self);
}

static Log *
ensure_log (WeftRelayRoom *room)
{
  static const WeftDocObserver observer = { .transaction = transaction_cb };
  Log *self = weft_relay_room_get_data (room, &weft_relay_dialect_patch);

  if (self != NULL)
    return self;

  self = g_new0 (Log, 1);
  self->room = room;
  self->doc = weft_relay_room_get_doc (room);
  self->board = weft_doc_get_map (self->doc, WEFT_BOARD_ROOT);
  self->graph = weft_board_graph_new (self->board);
  self->observer_id = weft_doc_add_observer (self->doc, &observer, self);
  self->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  self->first = weft_relay_room_get_next_version (room) - 1;
  g_queue_init (&self->made);
  g_queue_init (&self->told);
  weft_relay_room_set_data (room, &weft_relay_dialect_patch, self, log_free);

  return self;
}

/* Sends what @session has not got of what is stored. */
static void
catch_up (WeftRelaySession *session,
          Log              *log,
          guint64           change)
{
  Reader *reader = session->data;
  GList *link = log->told.tail;

  while (link != NULL && ((Entry *) link->data)->change > reader->sent)
    link = link->prev;
  link = link != NULL ? link->next : log->told.head;

  for (; link != NULL && session->room != NULL; link = link->next)
    {
      Entry *entry = link->data;

      if (entry->change > reader->sent)
        weft_relay_session_send (session, entry->frame, WEFT_RELAY_FRAME_NEWS);
    }

  reader->sent = MAX (reader->sent, change);
}

static void
patch_update (WeftRelaySession *session,
              WeftRelayNews    *news)
{
  Log *log = weft_relay_room_get_data (session->room, &weft_relay_dialect_patch);

  if (log == NULL || session->data == NULL)
    return;

  move_to_told (log, news->change, news->version);
  catch_up (session, log, news->change);
}

/* --- messages of the client --- */

static void
send_snapshot (WeftRelaySession *session,
               Log              *log)
{
  g_autoptr(GPtrArray) ids = weft_map_list_keys (log->board);
  Reader *reader = session->data;
  WeftAny *payload = weft_any_new_object ();
  WeftAny *nodes = weft_any_new_array ();
  WeftAny *edges = weft_any_new_array ();
  g_autoptr(GBytes) frame = NULL;

  for (guint i = 0; i < ids->len; i++)
    {
      WeftAny *object = weft_board_graph_describe (log->board, ids->pdata[i]);

      if (object != NULL)
        weft_any_array_take (weft_board_graph_is_edge (object) ? edges : nodes, object);
    }

  /* Of the document as it is now, which may be ahead of the disk: it waits until it is not. */
  reader->sent = weft_relay_room_get_next_change (session->room) - 1;
  weft_any_object_take (payload, "version",
                        weft_any_new_number ((double) (weft_relay_room_get_next_version (session->room) - 1)));
  weft_any_object_take (payload, "nodes", nodes);
  weft_any_object_take (payload, "edges", edges);
  frame = make_frame ("snapshot", payload);
  weft_relay_session_charge (session, g_bytes_get_size (frame));
  weft_relay_room_say_when_durable (session->room, session, frame);
}

/* Who gives its hello an id hears of the end of the answer, which may have nothing in it. */
static void
answer_hello (WeftRelaySession *session,
              const char       *id)
{
  WeftAny *payload = weft_any_new_object ();
  g_autoptr(GBytes) frame = NULL;

  weft_any_object_take (payload, "id", weft_any_new_string (id));
  weft_any_object_take (payload, "version",
                        weft_any_new_number ((double) (weft_relay_room_get_next_version (session->room) - 1)));
  frame = make_frame ("hello", payload);
  weft_relay_room_say_when_durable (session->room, session, frame);
}

static gboolean
is_id (const char *id)
{
  return id != NULL && *id != '\0' && strlen (id) <= MAX_ID;
}

static void
take_hello (WeftRelaySession *session,
            const WeftAny    *message)
{
  Log *log = weft_relay_room_get_data (session->room, &weft_relay_dialect_patch);
  Reader *reader = session->data;
  const WeftAny *since = weft_any_lookup (message, "since");
  guint64 stored = weft_relay_room_get_version (session->room);
  guint64 change = weft_relay_room_get_next_change (session->room) - 1;
  double version = since != NULL ? weft_any_get_number (since) : 0;

  /* With several relays, who has seen a version need not have seen all before it. */
  if (version < 1 || version < (double) log->first || version > (double) stored ||
      weft_relay_room_is_shared (session->room))
    {
      send_snapshot (session, log);
      return;
    }

  /* Alone, each change has the next version, and the last ones are not stored yet. */
  change -= weft_relay_room_get_next_version (session->room) - 1 - stored;
  move_to_told (log, change, stored);
  reader->sent = change - MIN (change, stored - (guint64) version);
  catch_up (session, log, change);
}

typedef struct
{
  Log           *log;
  const WeftAny *patch;
  const char    *reason;
} Applying;

static void
apply_cb (WeftDoc *doc,
          gpointer user_data)
{
  Applying *applying = user_data;

  applying->reason = weft_board_graph_apply (applying->log->board, applying->patch);
}

static void
take_patch (WeftRelaySession *session,
            const WeftAny    *patch)
{
  Log *log = weft_relay_room_get_data (session->room, &weft_relay_dialect_patch);
  const char *id = get_string (patch, "id");
  Applying applying = { log, patch, NULL };
  g_autofree char *full_id = NULL;
  guint64 next;
  Entry *known;

  if (!is_id (id) || !is_id (get_string (patch, "clientId")))
    {
      reject (session, is_id (id) ? id : NULL, "id or clientId is missing or too long");
      return;
    }
  if (!weft_relay_session_may_write (session))
    {
      reject (session, id, weft_relay_session_get_refusal (session));
      return;
    }

  full_id = dup_full_id (patch);
  known = g_hash_table_lookup (log->by_id, full_id);
  if (known != NULL)
    {
      weft_relay_room_say_when_durable (session->room, session, known->frame);
      return;
    }

  next = weft_relay_room_get_next_change (session->room);
  log->applying = patch;
  if (!weft_relay_room_edit (session->room, NULL, apply_cb, &applying))
    applying.reason = "the document is full";
  log->applying = NULL;

  if (applying.reason != NULL)
    {
      reject (session, id, applying.reason);
    }
  else if (weft_relay_room_get_next_change (session->room) == next)
    {
      /* It said what is so already: no change, no version of its own. */
      g_autoptr(GBytes) frame = make_broadcast (patch, weft_relay_room_get_next_version (session->room) - 1);

      weft_relay_room_say_when_durable (session->room, session, frame);
    }
}

static void
patch_message (WeftRelayClient *client,
               GBytes          *bytes)
{
  WeftRelaySession *session = client->sessions;
  g_autoptr(WeftAny) message = NULL;
  const char *type;
  gsize size;
  const char *text = g_bytes_get_data (bytes, &size);

  if (session == NULL || session->data == NULL)
    return;

  message = text != NULL ? weft_any_from_json (text, (gssize) size, NULL) : NULL;
  type = message != NULL ? get_string (message, "type") : NULL;
  if (type == NULL)
    {
      weft_relay_client_close (client, WEFT_WS_CLOSE_MALFORMED, "a message is no JSON object with a type");
    }
  else if (strcmp (type, "hello") == 0)
    {
      const char *id = get_string (message, "id");

      take_hello (session, message);
      if (is_id (id) && session->room != NULL)
        answer_hello (session, id);
    }
  else if (strcmp (type, "patch") == 0)
    {
      const WeftAny *patch = weft_any_lookup (message, "payload");

      if (patch != NULL && weft_any_get_kind (patch) == WEFT_ANY_OBJECT)
        take_patch (session, patch);
      else
        reject (session, NULL, "a patch has no payload");
    }
}

/* --- coming and going --- */

static void
patch_entered (WeftRelaySession *session)
{
  Reader *reader = g_new0 (Reader, 1);

  ensure_log (session->room);
  reader->sent = weft_relay_room_get_next_change (session->room) - 1;
  session->data = reader;
}

static void
patch_left (WeftRelaySession *session)
{
  g_clear_pointer (&session->data, g_free);
}

const WeftRelayDialect weft_relay_dialect_patch = {
  .name = "patch",
  .text = TRUE,
  .message = patch_message,
  .entered = patch_entered,
  .update = patch_update,
  .left = patch_left,
};
