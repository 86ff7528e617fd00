/* weft-relay-dialect-hocuspocus.c - many documents on one socket
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The framing of Hocuspocus 2 to 4. Every message begins with a varString, the *address*: the name of a document, which
 * is our room, or that name, U+0000 and the id of a session, where one page has a document open twice. Then:
 *
 *     0 <sync message>            4 <sync message>, not to be answered by a step 1
 *     1 <awareness update>        3 asks for it
 *     2 0 <token>                 2 1 <reason>: denied, 2 2 <scope>: let in
 *     5, 6 <text>                 stateless messages, which are for hooks that we do not have: passed over
 *     7 <reason>                  this document is closed; the others go on
 *     8 1|0                       the last update is stored, or was refused
 *     9, 10                       ping, pong
 *
 * A document is entered by its first message 2. Clients do not wait for the answer, so what comes meanwhile is kept.
 */

#include "config.h"

#include "relay/weft-relay-dialect-hocuspocus.h"

#include "crdt/weft-reader.h"
#include "crdt/weft-writer.h"
#include "relay/weft-relay-answer.h"
#include "relay/weft-relay-room.h"

#include <string.h>

/* What may wait for the entering of the documents of one connection. */
#define MAX_WAITING_BYTES    (5 * 1024 * 1024)
#define MAX_WAITING_MESSAGES 1000

/* How often a client may ask to be let in where it was refused. */
#define MAX_REFUSALS 100

enum
{
  TYPE_SYNC = 0,
  TYPE_AWARENESS = 1,
  TYPE_AUTH = 2,
  TYPE_QUERY_AWARENESS = 3,
  TYPE_SYNC_REPLY = 4,
  TYPE_STATELESS = 5,
  TYPE_BROADCAST_STATELESS = 6,
  TYPE_CLOSE = 7,
  TYPE_SYNC_STATUS = 8,
  TYPE_PING = 9,
  TYPE_PONG = 10,
};

enum
{
  AUTH_TOKEN = 0,
  AUTH_DENIED = 1,
  AUTH_LET_IN = 2,
};

enum
{
  SYNC_STEP1 = 0,
  SYNC_STEP2 = 1,
  SYNC_UPDATE = 2,
};

/* A document of a client; on the client's thread. */
typedef struct
{
  GBytes           *address;
  char             *room;
  WeftRelaySession *session;  /* %NULL: not yet */
  gboolean          asked;    /* a token came */
  gboolean          entered;
  GQueue            waiting;  /* GBytes: messages without their address */
} Document;

/* In client->data */
typedef struct
{
  GHashTable *documents; /* address -> Document */
  Document   *entering;  /* the one in weft_relay_client_enter() */
  gsize       n_waiting_bytes;
  guint       n_waiting;
  guint       n_refusals;
  gint64      opened_ms; /* 0: no tick came yet */
  gboolean    let_in;    /* into any document, ever */
} Documents;

/* In session->data; on the room's thread. */
typedef struct
{
  GBytes  *address;
  gboolean is_plain; /* the address is the room's name: frames are shared */
  gboolean denied;   /* the update in hand was refused */
} Place;

static void
document_free (gpointer data)
{
  Document *self = data;

  g_queue_clear_full (&self->waiting, (GDestroyNotify) g_bytes_unref);
  g_clear_pointer (&self->address, g_bytes_unref);
  g_free (self->room);
  g_free (self);
}

/* --- messages --- */

static void
begin_message (WeftWriter *writer,
               GBytes     *address,
               guint       type)
{
  weft_writer_init (writer);
  weft_writer_put_buffer (writer, g_bytes_get_data (address, NULL), g_bytes_get_size (address));
  weft_writer_put_varuint (writer, type);
}

static GBytes *
make_sync (GBytes *address,
           guint   inner,
           GBytes *payload)
{
  WeftWriter writer;

  begin_message (&writer, address, TYPE_SYNC);
  weft_writer_put_varuint (&writer, inner);
  weft_writer_put_buffer (&writer, g_bytes_get_data (payload, NULL), g_bytes_get_size (payload));
  return weft_writer_steal_bytes (&writer);
}

static GBytes *
make_awareness (GBytes *address,
                GBytes *update)
{
  WeftWriter writer;

  begin_message (&writer, address, TYPE_AWARENESS);
  weft_writer_put_buffer (&writer, g_bytes_get_data (update, NULL), g_bytes_get_size (update));
  return weft_writer_steal_bytes (&writer);
}

static GBytes *
make_status (GBytes  *address,
             gboolean applied)
{
  WeftWriter writer;

  begin_message (&writer, address, TYPE_SYNC_STATUS);
  weft_writer_put_varuint (&writer, applied ? 1 : 0);
  return weft_writer_steal_bytes (&writer);
}

static GBytes *
make_auth (GBytes     *address,
           guint       inner,
           const char *text)
{
  WeftWriter writer;

  begin_message (&writer, address, TYPE_AUTH);
  weft_writer_put_varuint (&writer, inner);
  weft_writer_put_string (&writer, text, -1);
  return weft_writer_steal_bytes (&writer);
}

static GBytes *
make_close (GBytes     *address,
            const char *reason)
{
  WeftWriter writer;

  begin_message (&writer, address, TYPE_CLOSE);
  weft_writer_put_string (&writer, reason, -1);
  return weft_writer_steal_bytes (&writer);
}

/* --- in the room --- */

static GBytes *
wrap_answer (GBytes  *update,
             gboolean last,
             gpointer user_data)
{
  return make_sync (user_data, last ? SYNC_STEP2 : SYNC_UPDATE, update);
}

static void
answer_step1_here (WeftRelaySession *session,
                   gpointer          user_data)
{
  Place *place = session->data;
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftStateVector) state_vector = NULL;
  g_autoptr(WeftStateVector) ours = NULL;
  g_autoptr(GBytes) question = NULL;
  g_autoptr(GBytes) frame = NULL;
  g_autoptr(GBytes) rest = NULL;

  if (session->room == NULL)
    return;

  state_vector = weft_state_vector_decode (user_data, &error);
  if (state_vector == NULL)
    {
      weft_relay_session_refuse (session, WEFT_WS_CLOSE_MALFORMED, error->message);
      return;
    }

  frame = weft_relay_room_make_answer (session->room, state_vector, wrap_answer, place->address, &rest);
  if (++session->n_step1 > 1)
    weft_relay_session_charge (session, g_bytes_get_size (frame) + (rest != NULL ? g_bytes_get_size (rest) : 0));
  weft_relay_room_wait_joined (session->room, frame, rest, session);

  ours = weft_relay_room_get_state_vector (session->room);
  question = weft_state_vector_encode (ours);
  weft_relay_session_say (session, make_sync (place->address, SYNC_STEP1, question), WEFT_RELAY_FRAME_ANSWER);
}

static void
update_here (WeftRelaySession *session,
             gpointer          user_data)
{
  Place *place = session->data;
  g_autoptr(GBytes) status = NULL;
  g_autoptr(GBytes) frame = NULL;

  if (session->room == NULL)
    return;

  place->denied = FALSE;
  weft_relay_session_update (session, user_data);
  if (session->room == NULL || place->denied)
    return;

  status = make_status (place->address, TRUE);
  frame = weft_ws_frame_new (WEFT_WS_OPCODE_BINARY, status);
  weft_relay_room_say_when_durable (session->room, session, frame);
}

static GBytes *
frame_of (GBytes *message)
{
  g_autoptr(GBytes) owned = message;

  return weft_ws_frame_new (WEFT_WS_OPCODE_BINARY, owned);
}

static GBytes *
dup_plain_address (WeftRelayNews *news)
{
  const char *name = weft_relay_room_get_name (news->room);

  return g_bytes_new_static (name, strlen (name));
}

static GBytes *
make_plain_update (WeftRelayNews *news)
{
  g_autoptr(GBytes) address = dup_plain_address (news);

  return frame_of (make_sync (address, SYNC_UPDATE, news->update));
}

static void
hocuspocus_update (WeftRelaySession *session,
                   WeftRelayNews    *news)
{
  Place *place = session->data;

  if (place->is_plain)
    weft_relay_session_send (session, weft_relay_news_get_frame (news, session->client->dialect, make_plain_update),
                             WEFT_RELAY_FRAME_NEWS);
  else
    weft_relay_session_say (session, make_sync (place->address, SYNC_UPDATE, news->update), WEFT_RELAY_FRAME_NEWS);
}

static GBytes *
make_plain_awareness (WeftRelayNews *news)
{
  g_autoptr(GBytes) address = dup_plain_address (news);

  return frame_of (make_awareness (address, news->update));
}

static void
hocuspocus_awareness (WeftRelaySession *session,
                      WeftRelayNews    *news)
{
  Place *place = session->data;

  if (place->is_plain)
    weft_relay_session_send (session,
                             weft_relay_news_get_frame (news, session->client->dialect, make_plain_awareness),
                             WEFT_RELAY_FRAME_NEWS);
  else
    weft_relay_session_say (session, make_awareness (place->address, news->update), WEFT_RELAY_FRAME_NEWS);
}

static void
hocuspocus_denied (WeftRelaySession *session,
                   const char       *reason)
{
  Place *place = session->data;

  place->denied = TRUE;
  weft_relay_session_say (session, make_status (place->address, FALSE), WEFT_RELAY_FRAME_NEWS);
}

static const char *
scope_of (WeftRelaySession *session)
{
  return weft_relay_session_may_write (session) ? "read-write" : "readonly";
}

static void
welcome_here (WeftRelaySession *session,
              gpointer          user_data)
{
  Place *place = session->data;

  if (session->room != NULL)
    weft_relay_session_say (session, make_auth (place->address, AUTH_LET_IN, scope_of (session)),
                            WEFT_RELAY_FRAME_ANSWER);
}

static void
hocuspocus_changed (WeftRelaySession *session)
{
  welcome_here (session, NULL);
}

static void
hocuspocus_left (WeftRelaySession *session)
{
  Place *place = g_steal_pointer (&session->data);

  if (place == NULL)
    return;

  g_bytes_unref (place->address);
  g_free (place);
}

/* --- the client's documents --- */

static void
keep_waiting (WeftRelayClient *client,
              Document        *document,
              GBytes          *message)
{
  Documents *self = client->data;

  self->n_waiting++;
  self->n_waiting_bytes += g_bytes_get_size (message);
  if (self->n_waiting > MAX_WAITING_MESSAGES || self->n_waiting_bytes > MAX_WAITING_BYTES)
    {
      weft_relay_client_close (client, WEFT_WS_CLOSE_TRY_LATER, "too much was sent before documents were entered");
      return;
    }

  g_queue_push_tail (&document->waiting, g_bytes_ref (message));
}

static GBytes *
take_waiting (Documents *self,
              Document  *document)
{
  GBytes *message = g_queue_pop_head (&document->waiting);

  if (message != NULL)
    {
      self->n_waiting--;
      self->n_waiting_bytes -= g_bytes_get_size (message);
    }

  return message;
}

static void
forget (Documents *self,
        Document  *document)
{
  GBytes *message;

  while ((message = take_waiting (self, document)) != NULL)
    g_bytes_unref (message);

  g_hash_table_remove (self->documents, document->address);
}

static void
hand_over (WeftRelayClient *client,
           Document        *document,
           GBytes          *message)
{
  WeftRelaySession *session = document->session;
  g_autoptr(GBytes) payload = NULL;
  WeftReader reader;
  const guint8 *data;
  guint64 inner = 0;
  gsize size;
  guint64 type;

  weft_reader_init_bytes (&reader, message);
  type = weft_reader_get_varuint (&reader);

  switch (type)
    {
    case TYPE_SYNC:
    case TYPE_SYNC_REPLY:
      inner = weft_reader_get_varuint (&reader);
      break;
    case TYPE_AWARENESS:
      break;
    case TYPE_QUERY_AWARENESS:
      weft_relay_session_query (session);
      return;
    case TYPE_AUTH:
      /* Again, from a page that opens it once more. */
      weft_relay_session_run (session, welcome_here, NULL, NULL);
      return;
    case TYPE_CLOSE:
      weft_relay_client_leave (client, session);
      weft_relay_client_say (client, make_close (document->address, "provider_initiated"));
      forget (client->data, document);
      return;
    default:
      /* Stateless messages, what we do not know. */
      return;
    }

  data = weft_reader_get_buffer (&reader, &size);
  if (reader.failed || inner > SYNC_UPDATE)
    {
      weft_relay_client_close (client, WEFT_WS_CLOSE_MALFORMED, "a message ends early or is of no known kind");
      return;
    }

  payload = g_bytes_new_from_bytes (message, data - (const guint8 *) g_bytes_get_data (message, NULL), size);
  if (type == TYPE_AWARENESS)
    weft_relay_session_awareness (session, payload);
  else if (inner == SYNC_STEP1)
    weft_relay_session_run (session, answer_step1_here, g_bytes_ref (payload), (GDestroyNotify) g_bytes_unref);
  else
    weft_relay_session_run (session, update_here, g_bytes_ref (payload), (GDestroyNotify) g_bytes_unref);
}

static Document *
find_of_session (Documents        *self,
                 WeftRelaySession *session)
{
  GHashTableIter iter;
  Document *document;

  g_hash_table_iter_init (&iter, self->documents);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &document))
    if (document->session == session)
      return document;

  return NULL;
}

/* On the client's thread: the room is there; what waited for it goes on. */
static void
begin_document (gpointer data)
{
  WeftRelaySession *session = data;
  WeftRelayClient *client = session->client;
  Documents *self = client->data;
  Document *document;

  if (self == NULL || !session->listed || (document = find_of_session (self, session)) == NULL)
    return;

  document->entered = TRUE;
  self->let_in = TRUE;
  while (client->data != NULL && find_of_session (self, session) == document)
    {
      g_autoptr(GBytes) message = take_waiting (self, document);

      if (message == NULL)
        break;
      hand_over (client, document, message);
    }
}

static void
hocuspocus_entered (WeftRelaySession *session)
{
  welcome_here (session, NULL);
  weft_relay_session_query (session);
  weft_relay_hub_post (session->client->hub, begin_document, weft_relay_session_ref (session),
                       (GDestroyNotify) weft_relay_session_unref);
}

static void
deny_document (WeftRelayClient *client,
               Document        *document,
               const char      *reason)
{
  Documents *self = client->data;

  if (++self->n_refusals > MAX_REFUSALS)
    {
      weft_relay_client_close (client, WEFT_WS_CLOSE_TRY_LATER, "too many documents were refused");
      return;
    }

  weft_relay_client_say (client, make_auth (document->address, AUTH_DENIED, reason));
  forget (self, document);
}

typedef struct
{
  GBytes *address;
  char   *token;
} Question;

static void
question_free (gpointer data)
{
  Question *self = data;

  g_bytes_unref (self->address);
  g_free (self->token);
  g_free (self);
}

static void
granted_cb (WeftRelayClient *client,
            WeftRelayGrant  *grant,
            const GError    *error,
            gpointer         user_data)
{
  Question *question = user_data;
  Documents *self = client->data;
  Document *document = self != NULL ? g_hash_table_lookup (self->documents, question->address) : NULL;
  WeftRelaySession *session;
  Place *place;

  if (document == NULL || document->session != NULL)
    return;

  if (grant == NULL)
    {
      deny_document (client, document, error->message);
      return;
    }

  place = g_new0 (Place, 1);
  place->address = g_bytes_ref (document->address);
  place->is_plain = g_bytes_get_size (document->address) == strlen (document->room);
  self->entering = document;
  session = weft_relay_client_enter (client, document->room, question->token, grant, place);
  if (self->entering == NULL)
    return; /* refused at once, and forgotten */

  self->entering = NULL;
  document->session = session;
  if (session == NULL)
    {
      g_bytes_unref (place->address);
      g_free (place);
      deny_document (client, document, "too many documents on one connection");
    }
}

static void
ask (WeftRelayClient *client,
     Document        *document,
     GBytes          *message)
{
  Question *question = g_new0 (Question, 1);
  WeftReader reader;
  const char *token;
  gsize n_token;

  weft_reader_init_bytes (&reader, message);
  weft_reader_get_varuint (&reader);
  weft_reader_get_varuint (&reader);
  token = weft_reader_get_string (&reader, &n_token);

  /* Who was let in by the handshake needs no other token. */
  question->address = g_bytes_ref (document->address);
  question->token = reader.failed || n_token == 0 ? g_strdup (client->token) : g_strndup (token, n_token);
  document->asked = TRUE;
  weft_relay_client_check (client, question->token, document->room, granted_cb, question, question_free);
}

static gboolean
is_token (GBytes *message)
{
  WeftReader reader;

  weft_reader_init_bytes (&reader, message);
  return weft_reader_get_varuint (&reader) == TYPE_AUTH && weft_reader_get_varuint (&reader) == AUTH_TOKEN
         && !reader.failed;
}

/* The document of @address; %NULL: that is no name of one, and it was said. */
static Document *
open_document (WeftRelayClient *client,
               GBytes          *address)
{
  const WeftRelayLimits *limits = weft_relay_hub_get_limits (client->hub);
  Documents *self = client->data;
  const char *data = g_bytes_get_data (address, NULL);
  gsize n_room = data != NULL ? strnlen (data, g_bytes_get_size (address)) : 0;
  Document *document;

  if (n_room == 0 || g_bytes_get_size (address) > 2 * limits->max_room_name || n_room > limits->max_room_name)
    {
      weft_relay_client_close (client, WEFT_WS_CLOSE_MALFORMED, "the name of a document is empty or too long");
      return NULL;
    }
  if (g_hash_table_size (self->documents) >= limits->max_rooms_connection)
    {
      weft_relay_client_say (client, make_auth (address, AUTH_DENIED, "too many documents on one connection"));
      return NULL;
    }

  document = g_new0 (Document, 1);
  document->address = g_bytes_new (data, g_bytes_get_size (address));
  document->room = g_strndup (data, n_room);
  g_queue_init (&document->waiting);
  g_hash_table_insert (self->documents, document->address, document);
  return document;
}

static void
hocuspocus_opened (WeftRelayClient *client)
{
  Documents *self = g_new0 (Documents, 1);

  self->documents = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, NULL, document_free);
  client->data = self;
}

static void
hocuspocus_message (WeftRelayClient *client,
                    GBytes          *bytes)
{
  Documents *self = client->data;
  g_autoptr(GBytes) address = NULL;
  g_autoptr(GBytes) message = NULL;
  Document *document;
  WeftReader reader;
  const char *name;
  gsize n_name;

  weft_reader_init_bytes (&reader, bytes);
  name = weft_reader_get_string (&reader, &n_name);
  if (reader.failed || reader.pos == reader.size)
    {
      weft_relay_client_close (client, WEFT_WS_CLOSE_MALFORMED, "a message begins with no name of a document");
      return;
    }

  address = g_bytes_new_from_bytes (bytes, name - (const char *) g_bytes_get_data (bytes, NULL), n_name);
  message = g_bytes_new_from_bytes (bytes, reader.pos, reader.size - reader.pos);

  if (weft_reader_get_varuint (&reader) == TYPE_PING)
    {
      WeftWriter writer;

      begin_message (&writer, address, TYPE_PONG);
      weft_relay_client_say (client, weft_writer_steal_bytes (&writer));
      return;
    }

  document = g_hash_table_lookup (self->documents, address);
  if (document == NULL)
    document = open_document (client, address);
  if (document == NULL)
    return;

  if (document->entered)
    hand_over (client, document, message);
  else if (!document->asked && is_token (message))
    ask (client, document, message);
  else
    keep_waiting (client, document, message);
}

/* The room wants no more of it; the other documents go on. */
static void
hocuspocus_refused (WeftRelaySession *session,
                    guint16           code,
                    const char       *reason)
{
  WeftRelayClient *client = session->client;
  Documents *self = client->data;
  Document *document = self != NULL ? find_of_session (self, session) : NULL;

  if (document == NULL && self != NULL)
    document = g_steal_pointer (&self->entering);
  if (document == NULL)
    return;

  if (code == WEFT_WS_CLOSE_NOT_AUTHENTICATED || code == WEFT_WS_CLOSE_FORBIDDEN || code == WEFT_WS_CLOSE_NOT_FOUND)
    {
      deny_document (client, document, reason);
    }
  else if (code == WEFT_WS_CLOSE_TRY_LATER || code == WEFT_WS_CLOSE_RESTART || code == WEFT_WS_CLOSE_MALFORMED)
    {
      /* Only a client that connects anew synchronises anew; who sends rubbish has no claim to the rest. */
      weft_relay_client_close (client, code, reason);
    }
  else
    {
      weft_relay_client_say (client, make_close (document->address, reason));
      forget (self, document);
    }
}

/* Hocuspocus clients hang up after 30 s without a message, too. Who never enters a document is no client. */
static void
hocuspocus_tick (WeftRelayClient *client,
                 gint64           now_ms)
{
  const WeftRelayLimits *limits = weft_relay_hub_get_limits (client->hub);
  static const guint8 nobody[] = { 0 };
  Documents *self = client->data;
  g_autoptr(GBytes) update = NULL;
  GHashTableIter iter;
  Document *document;

  if (self->opened_ms == 0)
    self->opened_ms = now_ms;
  if (!self->let_in && now_ms - self->opened_ms > limits->dead_seconds * 1000)
    {
      weft_relay_client_close (client, WEFT_WS_CLOSE_NOT_AUTHENTICATED, "no document was entered");
      return;
    }
  if (now_ms - weft_relay_connection_get_sent_ms (client->connection) < limits->keepalive_seconds * 1000)
    return;

  g_hash_table_iter_init (&iter, self->documents);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &document))
    {
      if (document->entered)
        {
          update = g_bytes_new_static (nobody, sizeof nobody);
          weft_relay_client_say (client, make_awareness (document->address, update));
          return;
        }
    }
}

static void
hocuspocus_closed (WeftRelayClient *client)
{
  Documents *self = g_steal_pointer (&client->data);

  g_hash_table_unref (self->documents);
  g_free (self);
}

const WeftRelayDialect weft_relay_dialect_hocuspocus = {
  .name = "hocuspocus",
  .many_rooms = TRUE,
  .opened = hocuspocus_opened,
  .message = hocuspocus_message,
  .tick = hocuspocus_tick,
  .closed = hocuspocus_closed,
  .entered = hocuspocus_entered,
  .update = hocuspocus_update,
  .awareness = hocuspocus_awareness,
  .denied = hocuspocus_denied,
  .changed = hocuspocus_changed,
  .refused = hocuspocus_refused,
  .left = hocuspocus_left,
};
