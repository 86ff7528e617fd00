/* weft-sync-poller.c - a room by plain HTTP, for where WebSockets are off or blocked
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "sync/weft-sync-poller.h"

#include <string.h>

#include "crdt/weft-any.h"
#include "crdt/weft-update.h"
#include "sync/weft-sync-request.h"

/* What one poll carries; the rest goes with the next, at once. The relay takes 1,000 updates and 16 MiB. */
#define MAX_UPDATES 500
#define MAX_BYTES   (8 * 1024 * 1024)

/* A document of 256 MiB in base64. */
#define MAX_ANSWER (384 * 1024 * 1024)

/* What is read at once. */
#define CHUNK (64 * 1024)

/* No answer for so long: the connection is dead. */
#define TIMEOUT_S 60

struct _WeftSyncPoller
{
  SoupSession               *http;
  char                      *url;
  char                      *token;
  const WeftSyncPollerFuncs *funcs;
  gpointer                   user_data;

  /* Of the relay, for ever */
  guint64                    since;    /* its version that we have */
  WeftStateVector           *theirs;   /* and what it has */

  /* The connection */
  gboolean                   started;
  gboolean                   open;
  guint                      interval_ms;
  guint                      timer;
  gboolean                   hurried;
  gboolean                   read_only; /* it takes nothing from us */
  GQueue                     outgoing;  /* of GBytes: updates */
  guint                      n_probes;  /* step 1 that wait for an answer: asked in time for the next poll, */
  guint                      n_asked;   /* and asked before the one under way */

  gboolean                   busy;      /* in a callback, */
  gboolean                   doomed;    /* where it was freed */

  /* The poll under way */
  GCancellable              *cancellable; /* %NULL: none */
  GPtrArray                 *carried;
};

/* A poll; outlives the poller where that ends. */
typedef struct
{
  WeftSyncPoller *poller;
  GCancellable   *cancellable;
  GInputStream   *stream;
  GByteArray     *answer;
  guint           status;
  gboolean        is_problem; /* the relay's own words */
} Poll;

static guint default_interval_ms;
static gboolean default_always;

static void poll_now (WeftSyncPoller *self);

void
weft_sync_polling_set (guint    interval_ms,
                       gboolean always)
{
  default_interval_ms = interval_ms;
  default_always = always && interval_ms > 0;
}

guint
weft_sync_polling_get (gboolean *always)
{
  *always = default_always;
  return default_interval_ms;
}

static void
poll_free (Poll *self)
{
  g_clear_object (&self->stream);
  g_object_unref (self->cancellable);
  g_byte_array_unref (self->answer);
  g_free (self);
}

/* Whether it is still the poll under way. */
static gboolean
is_current (Poll *self)
{
  return !g_cancellable_is_cancelled (self->cancellable);
}

static gboolean
timer_cb (gpointer user_data)
{
  WeftSyncPoller *self = user_data;

  self->timer = 0;
  poll_now (self);
  return G_SOURCE_REMOVE;
}

static void
schedule (WeftSyncPoller *self)
{
  gboolean now = self->hurried || (self->outgoing.length > 0 && self->carried->len == MAX_UPDATES);

  g_clear_handle_id (&self->timer, g_source_remove);
  self->timer = g_timeout_add (now ? 0 : self->interval_ms, timer_cb, self);
}

static void
end_poll (WeftSyncPoller *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_handle_id (&self->timer, g_source_remove);
}

static void
fail (WeftSyncPoller *self,
      Poll           *poll,
      const char     *reason)
{
  guint status = poll->status;
  gboolean is_problem = poll->is_problem;

  weft_sync_poller_stop (self);
  self->funcs->failed (status, is_problem, reason, self->user_data);
}

static void
hand_on (WeftSyncPoller *self,
         GBytes         *message)
{
  g_autoptr(GBytes) owned = message;

  if (self->open)
    self->funcs->message (owned, self->user_data);
}

/* --- answers --- */

/* @updates: (transfer none) (nullable): an array of base64. Returns: (transfer full) (nullable): %NULL: it is none */
static GPtrArray *
read_updates (const WeftAny *updates)
{
  g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  if (updates == NULL || weft_any_get_kind (updates) != WEFT_ANY_ARRAY)
    return NULL;

  for (gsize i = 0; i < weft_any_get_n_items (updates); i++)
    {
      const char *text = weft_any_get_string (weft_any_get_item (updates, i));
      gsize size;
      guchar *data;

      if (text == NULL)
        return NULL;
      data = g_base64_decode (text, &size);
      g_ptr_array_add (all, g_bytes_new_take (data, size));
    }

  return g_steal_pointer (&all);
}

/* The messages that a socket would have brought. Returns: whether all of them were taken */
static gboolean
tell (WeftSyncPoller *self,
      GPtrArray      *updates,
      GPtrArray      *carried,
      guint64         version,
      gboolean        whole)
{
  static const guint8 nothing[] = { 0, 0 };
  g_autoptr(WeftStateVector) stored = weft_state_vector_new ();
  g_autoptr(GBytes) empty = g_bytes_new_static (nothing, sizeof nothing);
  guint n_answers = self->n_asked;
  gboolean first = !self->open;

  if (first)
    {
      self->open = TRUE;
      self->funcs->opened (self->user_data);
      self->n_probes = 0;
      n_answers = 1;
    }

  for (guint i = 0; i < updates->len && self->open; i++)
    {
      hand_on (self, weft_sync_message_new_update (updates->pdata[i]));
      /* Taken, so it is whole. */
      if (self->open)
        weft_update_add_to_state_vector (updates->pdata[i], self->theirs);
    }
  if (!self->open)
    return FALSE;

  self->since = version;
  /* Where it told everything, that is all that it has now, and it gets what it lacks. */
  if (first || whole)
    hand_on (self, weft_sync_message_new_step1 (self->theirs));
  /* Behind all that it had; and behind what was asked before it was. */
  for (guint i = 0; i < n_answers; i++)
    hand_on (self, weft_sync_message_new_step2 (empty));

  for (guint i = 0; i < carried->len; i++)
    {
      weft_update_add_to_state_vector (carried->pdata[i], stored);
      weft_update_add_to_state_vector (carried->pdata[i], self->theirs);
    }
  hand_on (self, weft_sync_message_new_receipt (version, stored));
  return self->open;
}

static void
take_answer (WeftSyncPoller *self,
             Poll           *poll)
{
  g_autoptr(WeftAny) answer = weft_any_from_json ((const char *) poll->answer->data, (gssize) poll->answer->len, NULL);
  gboolean is_object = answer != NULL && weft_any_get_kind (answer) == WEFT_ANY_OBJECT;
  const WeftAny *version = is_object ? weft_any_lookup (answer, "version") : NULL;
  const WeftAny *snapshot = is_object ? weft_any_lookup (answer, "snapshot") : NULL;
  g_autoptr(GPtrArray) updates = is_object ? read_updates (weft_any_lookup (answer, "updates")) : NULL;
  g_autoptr(GPtrArray) carried = g_ptr_array_ref (self->carried);
  gboolean whole = snapshot != NULL && weft_any_get_boolean (snapshot);

  if (updates == NULL || version == NULL || !(weft_any_get_number (version) >= 0))
    {
      fail (self, poll, NULL);
      return;
    }

  end_poll (self);
  /* It may have lost something: what it had before does not count. */
  if (whole)
    {
      weft_state_vector_free (self->theirs);
      self->theirs = weft_state_vector_new ();
    }

  self->busy = TRUE;
  if (tell (self, updates, carried, (guint64) weft_any_get_number (version), whole))
    schedule (self);
  self->busy = FALSE;
  if (self->doomed)
    weft_sync_poller_free (self);
}

static void
take_problem (WeftSyncPoller *self,
              Poll           *poll)
{
  g_autoptr(WeftAny) problem =
    poll->is_problem ? weft_any_from_json ((const char *) poll->answer->data, (gssize) poll->answer->len, NULL) : NULL;
  gboolean is_object = problem != NULL && weft_any_get_kind (problem) == WEFT_ANY_OBJECT;
  const WeftAny *detail = is_object ? weft_any_lookup (problem, "detail") : NULL;
  const char *reason = detail != NULL ? weft_any_get_string (detail) : NULL;

  if (poll->status != SOUP_STATUS_FORBIDDEN || self->carried->len == 0 || !poll->is_problem)
    {
      fail (self, poll, reason);
      return;
    }

  /* We may read here. */
  end_poll (self);
  self->read_only = TRUE;
  g_queue_clear_full (&self->outgoing, (GDestroyNotify) g_bytes_unref);
  schedule (self);
  hand_on (self, weft_sync_message_new_denied (reason != NULL ? reason : ""));
}

static void read_more (Poll *poll);

static void
read_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Poll *poll = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);

  if (!is_current (poll))
    {
      poll_free (poll);
      return;
    }

  if (bytes != NULL && g_bytes_get_size (bytes) > 0 && poll->answer->len <= MAX_ANSWER)
    {
      g_byte_array_append (poll->answer, g_bytes_get_data (bytes, NULL), (guint) g_bytes_get_size (bytes));
      read_more (poll);
      return;
    }

  if (bytes == NULL || g_bytes_get_size (bytes) > 0)
    {
      poll->status = 0;
      fail (poll->poller, poll, error != NULL ? error->message : NULL);
    }
  else if (poll->status == SOUP_STATUS_OK)
    take_answer (poll->poller, poll);
  else
    take_problem (poll->poller, poll);
  poll_free (poll);
}

static void
read_more (Poll *poll)
{
  g_input_stream_read_bytes_async (poll->stream, CHUNK, G_PRIORITY_DEFAULT, poll->cancellable, read_cb, poll);
}

static void
sent_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Poll *poll = user_data;
  g_autoptr(GError) error = NULL;
  SoupMessage *message = soup_session_get_async_result_message (SOUP_SESSION (source), result);
  const char *type;

  poll->stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (!is_current (poll))
    {
      poll_free (poll);
      return;
    }

  if (poll->stream == NULL)
    {
      fail (poll->poller, poll, error->message);
      poll_free (poll);
      return;
    }

  type = soup_message_headers_get_content_type (soup_message_get_response_headers (message), NULL);
  poll->status = soup_message_get_status (message);
  poll->is_problem = g_strcmp0 (type, "application/problem+json") == 0;
  read_more (poll);
}

/* --- questions --- */

static gboolean
timeout_cb (gpointer user_data)
{
  WeftSyncPoller *self = user_data;

  self->timer = 0;
  weft_sync_poller_stop (self);
  self->funcs->failed (0, FALSE, NULL, self->user_data);
  return G_SOURCE_REMOVE;
}

static GBytes *
make_body (WeftSyncPoller *self)
{
  GString *body = g_string_new (NULL);
  gsize n_bytes = 0;

  g_string_append_printf (body, "{\"since\":%" G_GUINT64_FORMAT ",\"updates\":[", self->since);
  while (self->outgoing.length > 0 && self->carried->len < MAX_UPDATES && n_bytes < MAX_BYTES)
    {
      GBytes *update = g_queue_pop_head (&self->outgoing);
      gsize size;
      const guchar *data = g_bytes_get_data (update, &size);
      g_autofree char *text = g_base64_encode (data, size);

      g_string_append_printf (body, "%s\"%s\"", self->carried->len > 0 ? "," : "", text);
      n_bytes += size;
      g_ptr_array_add (self->carried, update);
    }
  g_string_append (body, "]}");

  /* What does not fit goes right behind it. */
  if (self->outgoing.length > 0)
    self->hurried = TRUE;
  return g_string_free_to_bytes (body);
}

static void
poll_now (WeftSyncPoller *self)
{
  g_autoptr(SoupMessage) message = NULL;
  g_autoptr(GBytes) body = NULL;
  Poll *poll;

  self->hurried = FALSE;
  self->n_asked = self->n_probes;
  self->n_probes = 0;
  g_ptr_array_unref (self->carried);
  self->carried = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  body = make_body (self);

  message = weft_sync_request_new (SOUP_METHOD_POST, self->url, self->token);
  soup_message_set_request_body_from_bytes (message, "application/json", body);

  self->cancellable = g_cancellable_new ();
  poll = g_new0 (Poll, 1);
  poll->poller = self;
  poll->cancellable = g_object_ref (self->cancellable);
  poll->answer = g_byte_array_new ();
  self->timer = g_timeout_add_seconds (TIMEOUT_S, timeout_cb, self);
  soup_session_send_async (self->http, message, G_PRIORITY_DEFAULT, self->cancellable, sent_cb, poll);
}

void
weft_sync_poller_send (WeftSyncPoller *self,
                       GBytes         *bytes)
{
  g_auto(WeftSyncMessage) message = { 0 };

  if (!self->open || !weft_sync_message_parse (&message, bytes, NULL))
    return;

  /* Awareness needs somebody who hears it at once. */
  if (message.type == WEFT_SYNC_MESSAGE_STEP1)
    self->n_probes++;
  else if ((message.type == WEFT_SYNC_MESSAGE_STEP2 || message.type == WEFT_SYNC_MESSAGE_UPDATE) && !self->read_only)
    g_queue_push_tail (&self->outgoing, g_bytes_ref (message.payload));
  if (message.type == WEFT_SYNC_MESSAGE_STEP2)
    weft_sync_poller_hurry (self);
}

void
weft_sync_poller_hurry (WeftSyncPoller *self)
{
  if (!self->started || self->hurried)
    return;

  self->hurried = TRUE;
  if (self->cancellable == NULL && !self->busy)
    schedule (self);
}

/* --- coming and going --- */

WeftSyncPoller *
weft_sync_poller_new (SoupSession               *http,
                      const char                *relay,
                      const char                *room,
                      const WeftSyncPollerFuncs *funcs,
                      gpointer                   user_data)
{
  WeftSyncPoller *self = g_new0 (WeftSyncPoller, 1);
  g_autofree char *encoded = g_uri_escape_string (room, NULL, FALSE);

  self->http = http;
  /* ws… becomes http… */
  self->url = g_strconcat ("http", relay + strlen ("ws"), "/api/boards/", encoded, "/updates", NULL);
  self->funcs = funcs;
  self->user_data = user_data;
  self->theirs = weft_state_vector_new ();
  self->carried = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_queue_init (&self->outgoing);
  return self;
}

void
weft_sync_poller_set_token (WeftSyncPoller *self,
                            const char     *token)
{
  g_free (self->token);
  self->token = g_strdup (token);
}

void
weft_sync_poller_start (WeftSyncPoller *self,
                        guint           interval_ms)
{
  weft_sync_poller_stop (self);
  self->started = TRUE;
  self->interval_ms = interval_ms;
  poll_now (self);
}

void
weft_sync_poller_stop (WeftSyncPoller *self)
{
  self->started = FALSE;
  self->open = FALSE;
  self->hurried = FALSE;
  self->read_only = FALSE;
  self->n_probes = 0;
  self->n_asked = 0;
  end_poll (self);
  g_queue_clear_full (&self->outgoing, (GDestroyNotify) g_bytes_unref);
}

gboolean
weft_sync_poller_is_started (WeftSyncPoller *self)
{
  return self->started;
}

gboolean
weft_sync_poller_is_open (WeftSyncPoller *self)
{
  return self->open;
}

void
weft_sync_poller_free (WeftSyncPoller *self)
{
  weft_sync_poller_stop (self);
  self->doomed = TRUE;
  if (self->busy)
    return;

  g_ptr_array_unref (self->carried);
  weft_state_vector_free (self->theirs);
  g_free (self->url);
  g_free (self->token);
  g_free (self);
}
