/* weft-relay-dialect-realtime.c - updates and presence as JSON
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `GET /ws?token=<jwt>&boardId=<id>`, text messages, for programs that have Yjs but not its protocols:
 *
 *     -> yjs:sync {data}                      an update; numbers in an array, or base64
 *     -> presence:update {cursor, selection}  presence:viewport {x, y, zoom}
 *     <- yjs:sync {data}                      the whole document on entering, then changes
 *     <- presence:join {user_id, user}  presence:sync {user_id, cursor, selection}  presence:leave {user_id}
 *     <- error {reason}                       a change was refused
 *
 * The people are those of awareness: each connection has a client id of its own there, made up by the relay.
 */

#include "config.h"

#include "relay/weft-relay-dialect-realtime.h"

#include "crdt/weft-any.h"
#include "relay/weft-relay-path.h"
#include "relay/weft-relay-request.h"
#include "relay/weft-relay-room.h"

#include <string.h>

/* What is kept of a selection: it must fit in an awareness state. */
#define MAX_SELECTED      64
#define MAX_SELECTED_BYTES 40

/* In session->data */
typedef struct
{
  WeftClientId client;
  guint64      clock;
  char        *user_id;
  char        *name;
  WeftAny     *cursor;    /* nullable */
  WeftAny     *selection; /* nullable */
  WeftAny     *viewport;  /* nullable */
  gint64       said_ms;
  gboolean     base64;    /* it sends base64, so it gets base64 */
  GHashTable  *people;    /* client id -> user id, of those who were announced */
} Seat;

static void
seat_free (Seat *self)
{
  g_clear_pointer (&self->cursor, weft_any_unref);
  g_clear_pointer (&self->selection, weft_any_unref);
  g_clear_pointer (&self->viewport, weft_any_unref);
  g_hash_table_unref (self->people);
  g_free (self->user_id);
  g_free (self->name);
  g_free (self);
}

static gint64
now_in_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

/* --- what is said --- */

static WeftAny *
new_message (const char *type)
{
  WeftAny *message = weft_any_new_object ();

  weft_any_object_take (message, "type", weft_any_new_string (type));
  return message;
}

static GBytes *
to_bytes (const WeftAny *message)
{
  char *json = weft_any_to_json (message);

  return g_bytes_new_take (json, strlen (json));
}

/* (transfer full) @message */
static void
say (WeftRelaySession *session,
     WeftAny          *message)
{
  weft_relay_session_say (session, to_bytes (message), WEFT_RELAY_FRAME_NEWS);
  weft_any_unref (message);
}

static GBytes *
make_sync (GBytes  *update,
           gboolean base64)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (update, &size);
  GString *json = g_string_sized_new (64 + (base64 ? size * 4 / 3 : size * 3));

  g_string_append (json, "{\"type\":\"yjs:sync\",\"data\":");
  if (base64)
    {
      g_autofree char *text = g_base64_encode (data, size);

      g_string_append_printf (json, "\"%s\"}", text);
    }
  else
    {
      g_string_append_c (json, '[');
      for (gsize i = 0; i < size; i++)
        g_string_append_printf (json, i > 0 ? ",%u" : "%u", data[i]);
      g_string_append (json, "]}");
    }

  return g_string_free_to_bytes (json);
}

static GBytes *
make_sync_frame (WeftRelayNews *news)
{
  g_autoptr(GBytes) message = make_sync (news->update, FALSE);

  return weft_ws_frame_new (WEFT_WS_OPCODE_TEXT, message);
}

static void
realtime_update (WeftRelaySession *session,
                 WeftRelayNews    *news)
{
  Seat *seat = session->data;

  if (seat->base64)
    weft_relay_session_say (session, make_sync (news->update, TRUE), WEFT_RELAY_FRAME_NEWS);
  else
    weft_relay_session_send (session, weft_relay_news_get_frame (news, session->client->dialect, make_sync_frame),
                             WEFT_RELAY_FRAME_NEWS);
}

static void
realtime_denied (WeftRelaySession *session,
                 const char       *reason)
{
  WeftAny *message = new_message ("error");

  weft_any_object_take (message, "reason", weft_any_new_string (reason));
  say (session, message);
}

/* --- the others --- */

static char *
dup_user_id (WeftClientId   client,
             const WeftAny *user)
{
  const WeftAny *id = user != NULL ? weft_any_lookup (user, "id") : NULL;

  if (id != NULL && weft_any_get_kind (id) == WEFT_ANY_STRING && weft_any_get_string_length (id) > 0)
    return g_strdup (weft_any_get_string (id));

  return g_strdup_printf ("client:%" G_GUINT64_FORMAT, (guint64) client);
}

static gboolean
is_announced (Seat       *seat,
              const char *user_id)
{
  GHashTableIter iter;
  const char *other;

  g_hash_table_iter_init (&iter, seat->people);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &other))
    if (g_str_equal (other, user_id))
      return TRUE;

  return FALSE;
}

static void
say_left (WeftRelaySession *session,
          WeftClientId      client)
{
  Seat *seat = session->data;
  gint64 key = (gint64) client;
  g_autofree char *user_id = g_strdup (g_hash_table_lookup (seat->people, &key));
  WeftAny *message;

  if (user_id == NULL)
    return;

  g_hash_table_remove (seat->people, &key);
  if (is_announced (seat, user_id))
    return;

  message = new_message ("presence:leave");
  weft_any_object_take (message, "user_id", weft_any_new_string (user_id));
  say (session, message);
}

static void
say_joined (WeftRelaySession *session,
            WeftClientId      client,
            const char       *user_id,
            const WeftAny    *user)
{
  Seat *seat = session->data;
  gint64 key = (gint64) client;
  gboolean known = is_announced (seat, user_id);
  const char *before = g_hash_table_lookup (seat->people, &key);
  WeftAny *message;
  WeftAny *about;

  if (g_strcmp0 (before, user_id) == 0)
    return;
  if (before != NULL)
    say_left (session, client);

  g_hash_table_insert (seat->people, g_memdup2 (&key, sizeof key), g_strdup (user_id));
  if (known)
    return;

  about = user != NULL && weft_any_get_kind (user) == WEFT_ANY_OBJECT ? weft_any_ref ((WeftAny *) user)
                                                                      : weft_any_new_object ();
  message = new_message ("presence:join");
  weft_any_object_take (message, "user_id", weft_any_new_string (user_id));
  weft_any_object_take (message, "user", about);
  say (session, message);
}

static WeftAny *
copy_number (const WeftAny *object,
             const char    *name)
{
  const WeftAny *number = weft_any_lookup (object, name);

  return weft_any_new_number (number != NULL ? weft_any_get_number (number) : 0);
}

static WeftAny *
make_cursor (const WeftAny *state)
{
  const WeftAny *pointer = weft_any_lookup (state, "pointer");
  WeftAny *cursor;

  if (pointer == NULL || weft_any_get_kind (pointer) != WEFT_ANY_OBJECT)
    return weft_any_new_null ();

  cursor = weft_any_new_object ();
  weft_any_object_take (cursor, "x", copy_number (pointer, "x"));
  weft_any_object_take (cursor, "y", copy_number (pointer, "y"));
  return cursor;
}

static WeftAny *
make_selection (const WeftAny *state)
{
  const WeftAny *selected = weft_any_lookup (state, "selectedElementIds");
  WeftAny *selection = weft_any_new_array ();

  if (selected == NULL || weft_any_get_kind (selected) != WEFT_ANY_OBJECT)
    return selection;

  for (gsize i = 0; i < weft_any_get_n_items (selected); i++)
    weft_any_array_take (selection, weft_any_new_string (weft_any_get_key (selected, i)));

  return selection;
}

static void
say_state (WeftRelaySession *session,
           WeftClientId      client,
           const WeftAny    *state)
{
  const WeftAny *user = weft_any_lookup (state, "user");
  const WeftAny *view = weft_any_lookup (state, "view");
  g_autofree char *user_id = dup_user_id (client, user);
  WeftAny *message;

  say_joined (session, client, user_id, user);

  message = new_message ("presence:sync");
  weft_any_object_take (message, "user_id", weft_any_new_string (user_id));
  weft_any_object_take (message, "cursor", make_cursor (state));
  weft_any_object_take (message, "selection", make_selection (state));
  if (view != NULL && weft_any_get_kind (view) == WEFT_ANY_OBJECT)
    weft_any_object_take (message, "viewport", weft_any_ref ((WeftAny *) view));
  say (session, message);
}

static void
realtime_awareness (WeftRelaySession *session,
                    WeftRelayNews    *news)
{
  Seat *seat = session->data;
  WeftReader reader;
  guint64 n_clients;

  weft_reader_init_bytes (&reader, news->update);
  n_clients = weft_reader_get_varuint (&reader);

  for (guint64 i = 0; i < n_clients && !reader.failed; i++)
    {
      WeftClientId client = weft_reader_get_varuint (&reader);
      g_autoptr(WeftAny) state = NULL;
      const char *json;
      gsize n_json;

      weft_reader_get_varuint (&reader);
      json = weft_reader_get_string (&reader, &n_json);
      if (reader.failed || client == seat->client)
        continue;

      state = weft_any_from_json (json, (gssize) n_json, NULL);
      if (state != NULL && weft_any_get_kind (state) == WEFT_ANY_OBJECT)
        say_state (session, client, state);
      else
        say_left (session, client);
    }
}

/* --- this one --- */

static WeftAny *
make_state (Seat *seat)
{
  WeftAny *state = weft_any_new_object ();
  WeftAny *user = weft_any_new_object ();

  weft_any_object_take (user, "id", weft_any_new_string (seat->user_id));
  weft_any_object_take (user, "name", weft_any_new_string (seat->name));
  weft_any_object_take (state, "user", user);
  if (seat->cursor != NULL)
    weft_any_object_take (state, "pointer", weft_any_ref (seat->cursor));
  if (seat->selection != NULL)
    weft_any_object_take (state, "selectedElementIds", weft_any_ref (seat->selection));
  if (seat->viewport != NULL)
    weft_any_object_take (state, "view", weft_any_ref (seat->viewport));

  return state;
}

static void
tell_presence (WeftRelaySession *session)
{
  Seat *seat = session->data;
  g_autoptr(WeftAny) state = make_state (seat);
  g_autofree char *json = weft_any_to_json (state);
  g_autoptr(GBytes) update = NULL;
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, 1);
  weft_writer_put_varuint (&writer, seat->client);
  weft_writer_put_varuint (&writer, ++seat->clock);
  weft_writer_put_string (&writer, json, -1);
  update = weft_writer_steal_bytes (&writer);

  seat->said_ms = now_in_ms ();
  weft_relay_session_awareness (session, update);
}

static WeftAny *
copy_numbers (const WeftAny     *from,
              const char *const *names)
{
  WeftAny *object;

  if (from == NULL || weft_any_get_kind (from) != WEFT_ANY_OBJECT)
    return NULL;

  object = weft_any_new_object ();
  for (; *names != NULL; names++)
    {
      const WeftAny *number = weft_any_lookup (from, *names);

      if (number != NULL && weft_any_get_kind (number) == WEFT_ANY_NUMBER)
        weft_any_object_take (object, *names, weft_any_ref ((WeftAny *) number));
    }

  return object;
}

/* [id, ...] becomes {id: true, ...}. */
static WeftAny *
copy_selection (const WeftAny *from)
{
  WeftAny *selection;

  if (from == NULL || weft_any_get_kind (from) != WEFT_ANY_ARRAY)
    return NULL;

  selection = weft_any_new_object ();
  for (gsize i = 0; i < weft_any_get_n_items (from) && i < MAX_SELECTED; i++)
    {
      const WeftAny *id = weft_any_get_item (from, i);

      if (weft_any_get_kind (id) == WEFT_ANY_STRING && weft_any_get_string_length (id) <= MAX_SELECTED_BYTES)
        weft_any_object_take (selection, weft_any_get_string (id), weft_any_new_boolean (TRUE));
    }

  return selection;
}

static void
take_presence (WeftRelaySession *session,
               const WeftAny    *message)
{
  static const char *const names[] = { "x", "y", NULL };
  Seat *seat = session->data;
  const WeftAny *cursor = weft_any_lookup (message, "cursor");
  const WeftAny *selection = weft_any_lookup (message, "selection");

  if (cursor != NULL)
    {
      g_clear_pointer (&seat->cursor, weft_any_unref);
      seat->cursor = copy_numbers (cursor, names);
      if (seat->cursor != NULL)
        weft_any_object_take (seat->cursor, "tool", weft_any_new_string ("pointer"));
    }
  if (selection != NULL)
    {
      g_clear_pointer (&seat->selection, weft_any_unref);
      seat->selection = copy_selection (selection);
    }

  tell_presence (session);
}

static void
take_viewport (WeftRelaySession *session,
               const WeftAny    *message)
{
  static const char *const names[] = { "x", "y", "width", "height", "zoom", NULL };
  Seat *seat = session->data;

  g_clear_pointer (&seat->viewport, weft_any_unref);
  seat->viewport = copy_numbers (message, names);
  tell_presence (session);
}

/* The bytes in @data, an array of numbers or base64; %NULL: it is neither. (transfer full) */
static GBytes *
dup_data (Seat          *seat,
          const WeftAny *data)
{
  g_autoptr(GByteArray) bytes = NULL;

  if (data == NULL)
    return NULL;

  if (weft_any_get_kind (data) == WEFT_ANY_STRING)
    {
      gsize size;
      guint8 *decoded = g_base64_decode (weft_any_get_string (data), &size);

      seat->base64 = TRUE;
      return g_bytes_new_take (decoded, size);
    }
  if (weft_any_get_kind (data) != WEFT_ANY_ARRAY)
    return NULL;

  bytes = g_byte_array_sized_new ((guint) weft_any_get_n_items (data));
  for (gsize i = 0; i < weft_any_get_n_items (data); i++)
    {
      const WeftAny *item = weft_any_get_item (data, i);
      double number = weft_any_get_number (item);
      guint8 byte = number >= 0 && number <= G_MAXUINT8 ? (guint8) number : 0;

      if (weft_any_get_kind (item) != WEFT_ANY_NUMBER || (double) byte != number)
        return NULL;
      g_byte_array_append (bytes, &byte, 1);
    }

  return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
}

static void
take_sync (WeftRelaySession *session,
           const WeftAny    *message)
{
  g_autoptr(GBytes) update = dup_data (session->data, weft_any_lookup (message, "data"));

  if (update == NULL)
    weft_relay_client_close (session->client, WEFT_WS_CLOSE_MALFORMED,
                             "the data of yjs:sync is neither an array of bytes nor base64");
  else
    weft_relay_session_update (session, update);
}

static void
realtime_message (WeftRelayClient *client,
                  GBytes          *bytes)
{
  WeftRelaySession *session = client->sessions;
  g_autoptr(WeftAny) message = NULL;
  const WeftAny *type;
  const char *name;
  gsize size;
  const char *text = g_bytes_get_data (bytes, &size);

  if (session == NULL || session->data == NULL)
    return;

  message = text != NULL ? weft_any_from_json (text, (gssize) size, NULL) : NULL;
  type = message != NULL && weft_any_get_kind (message) == WEFT_ANY_OBJECT ? weft_any_lookup (message, "type") : NULL;
  name = type != NULL ? weft_any_get_string (type) : NULL;
  if (name == NULL)
    {
      weft_relay_client_close (client, WEFT_WS_CLOSE_MALFORMED, "a message is no JSON object with a type");
      return;
    }

  if (g_str_equal (name, "yjs:sync"))
    take_sync (session, message);
  else if (g_str_equal (name, "presence:update"))
    take_presence (session, message);
  else if (g_str_equal (name, "presence:viewport"))
    take_viewport (session, message);
}

/* --- coming and going --- */

static char *
realtime_dup_room (WeftRelayRequest      *request,
                   const WeftRelayLimits *limits)
{
  const char *board = weft_relay_request_get_query (request, "boardId");

  if (board == NULL || *board == '\0' || strlen (board) > limits->max_room_name)
    {
      weft_relay_request_reply_problem (request, SOUP_STATUS_BAD_REQUEST,
                                        "Say which board is meant: /ws?boardId=<id>, at most %" G_GSIZE_FORMAT
                                        " bytes.", limits->max_room_name);
      return NULL;
    }

  return g_strdup (board);
}

static void
realtime_entered (WeftRelaySession *session)
{
  Seat *seat = g_new0 (Seat, 1);
  g_autoptr(GBytes) state = weft_doc_encode_state (weft_relay_room_get_doc (session->room));
  g_autoptr(GBytes) message = make_sync (state, FALSE);
  g_autoptr(GBytes) frame = weft_ws_frame_new (WEFT_WS_OPCODE_TEXT, message);

  seat->client = g_random_int ();
  seat->user_id = session->grant->user != NULL ? g_strdup (session->grant->user)
                                               : g_strdup_printf ("guest-%08x", (guint) seat->client);
  seat->name = g_strdup (session->grant->name != NULL ? session->grant->name : seat->user_id);
  seat->people = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  session->data = seat;

  weft_relay_room_say_when_durable (session->room, session, frame);
  weft_relay_session_query (session);
  tell_presence (session);
}

/* Awareness forgets who is silent for 30 s. */
static void
realtime_tick (WeftRelayClient *client,
               gint64           now_ms)
{
  WeftRelaySession *session = client->sessions;
  Seat *seat = session != NULL ? session->data : NULL;

  if (seat != NULL && now_in_ms () - seat->said_ms >= WEFT_AWARENESS_RENEW_MS)
    tell_presence (session);
}

static void
realtime_left (WeftRelaySession *session)
{
  g_clear_pointer ((Seat **) &session->data, seat_free);
}

const WeftRelayDialect weft_relay_dialect_realtime = {
  .name = "realtime",
  .text = TRUE,
  .by_board = TRUE,
  .dup_room = realtime_dup_room,
  .message = realtime_message,
  .tick = realtime_tick,
  .entered = realtime_entered,
  .update = realtime_update,
  .awareness = realtime_awareness,
  .denied = realtime_denied,
  .left = realtime_left,
};
