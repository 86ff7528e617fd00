/* weft-relay-downloads.c - documents over plain HTTP: whole, or what is new
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-downloads.h"

#include <math.h>
#include <string.h>

#include "crdt/weft-any.h"
#include "relay/weft-relay-accounts.h"
#include "relay/weft-relay-room-private.h"
#include "relay/weft-relay-visit.h"

/* How many snapshots are kept for those who come back for the rest of one, and for how long after the last use. */
#define MAX_KEPT     16
#define KEEP_SECONDS 120

/* Updates that one POST may bring. */
#define MAX_UPDATES 1000

/* Numbers of JSON are exact up to here. */
#define MAX_SAFE 9007199254740991.0

struct _WeftRelayDownloads
{
  WeftRelay          *relay;
  WeftRelayAuth      *auth;
  WeftRelayStorePort *port;
  GQueue              kept; /* of Kept, last used first */
};

/* A document as of one version. */
typedef struct
{
  char    *room;
  guint64  version;
  GBytes  *bytes;
  gint64   used_us;
} Kept;

typedef enum
{
  WANT_SNAPSHOT,
  WANT_UPDATES,
  WANT_EXCHANGE,
} Want;

typedef struct
{
  WeftRelayDownloads *downloads;
  WeftRelayRequest   *request;   /* held */
  Want                want;
  char               *board;     /* as it was asked for */
  char               *room;      /* once it is known */
  char               *token;
  guint64             since;
  GBytes             *body;      /* nullable: until it is read */
  GPtrArray          *brought;   /* nullable: of GBytes */
  gboolean            may_write;

  /* An answer being made */
  GPtrArray          *updates;
  guint64             version;
  guint               n_log;     /* how many of @updates are not in the snapshot */
} Job;

static void
kept_free (gpointer data)
{
  Kept *self = data;

  g_free (self->room);
  g_bytes_unref (self->bytes);
  g_free (self);
}

/* Ends @self; the request was answered. */
static void
job_end (Job *self)
{
  weft_relay_request_release (self->request);
  g_free (self->board);
  g_free (self->room);
  g_free (self->token);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_pointer (&self->brought, g_ptr_array_unref);
  g_clear_pointer (&self->updates, g_ptr_array_unref);
  g_free (self);
}

static void
end_with (Job        *self,
          guint       status,
          const char *problem)
{
  weft_relay_request_reply_problem (self->request, status, "%s", problem);
  job_end (self);
}

/* What takes its time must not keep others from the relay's door. */
static void
run_in_thread (Job                *self,
               GTaskThreadFunc     func,
               GAsyncReadyCallback done)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, done, self);

  g_task_set_task_data (task, self, NULL);
  g_task_run_in_thread (task, func);
}

/* --- snapshots --- */

static GBytes *
find_kept (WeftRelayDownloads *self,
           const char         *room,
           guint64             version)
{
  gint64 now_us = g_get_monotonic_time ();

  for (GList *l = self->kept.head; l != NULL; l = l->next)
    {
      Kept *kept = l->data;

      if (kept->version == version && g_str_equal (kept->room, room))
        {
          kept->used_us = now_us;
          g_queue_unlink (&self->kept, l);
          g_queue_push_head_link (&self->kept, l);
          return kept->bytes;
        }
    }

  return NULL;
}

static void
keep (WeftRelayDownloads *self,
      const char         *room,
      guint64             version,
      GBytes             *bytes)
{
  Kept *kept = g_new0 (Kept, 1);

  kept->room = g_strdup (room);
  kept->version = version;
  kept->bytes = g_bytes_ref (bytes);
  kept->used_us = g_get_monotonic_time ();
  g_queue_push_head (&self->kept, kept);

  while (self->kept.length > MAX_KEPT ||
         kept->used_us - ((Kept *) self->kept.tail->data)->used_us > KEEP_SECONDS * G_USEC_PER_SEC)
    kept_free (g_queue_pop_tail (&self->kept));
}

/* Reads `bytes=FIRST-` and `bytes=FIRST-LAST`. */
static gboolean
parse_range (const char *text,
             gsize       size,
             gsize      *first,
             gsize      *last)
{
  g_auto(GStrv) parts = NULL;
  guint64 number;

  if (!g_str_has_prefix (text, "bytes=") || strchr (text, ',') != NULL)
    return FALSE;

  parts = g_strsplit (text + strlen ("bytes="), "-", 2);
  if (g_strv_length (parts) != 2 || !g_ascii_string_to_unsigned (parts[0], 10, 0, G_MAXUINT64, &number, NULL))
    return FALSE;

  *first = number;
  *last = size > 0 ? size - 1 : 0;
  if (*parts[1] == '\0')
    return TRUE;
  if (!g_ascii_string_to_unsigned (parts[1], 10, number, G_MAXUINT64, &number, NULL))
    return FALSE;
  *last = MIN (*last, number);
  return TRUE;
}

static void
reply_snapshot (Job    *self,
                GBytes *bytes)
{
  const char *range = weft_relay_request_get_header (self->request, "Range");
  const char *condition = weft_relay_request_get_header (self->request, "If-Range");
  gsize size = g_bytes_get_size (bytes);
  g_autofree char *etag = g_strdup_printf ("\"v%" G_GUINT64_FORMAT "\"", self->version);
  g_autofree char *version = g_strdup_printf ("%" G_GUINT64_FORMAT, self->version);
  g_autofree char *content_range = NULL;
  g_autoptr(GBytes) part = NULL;
  gsize first;
  gsize last;
  gboolean partial = range != NULL && (condition == NULL || g_str_equal (condition, etag)) &&
                     parse_range (range, size, &first, &last);

  weft_relay_request_set_header (self->request, "ETag", etag);
  weft_relay_request_set_header (self->request, "Accept-Ranges", "bytes");
  weft_relay_request_set_header (self->request, "Cache-Control", "private, no-cache");
  weft_relay_request_set_header (self->request, "Weft-Version", version);

  if (!partial)
    {
      weft_relay_request_reply (self->request, 200, "application/octet-stream", bytes);
    }
  else if (first >= size)
    {
      content_range = g_strdup_printf ("bytes */%" G_GSIZE_FORMAT, size);
      weft_relay_request_set_header (self->request, "Content-Range", content_range);
      weft_relay_request_reply_problem (self->request, 416, "It has %" G_GSIZE_FORMAT " bytes only.", size);
    }
  else
    {
      content_range = g_strdup_printf ("bytes %" G_GSIZE_FORMAT "-%" G_GSIZE_FORMAT "/%" G_GSIZE_FORMAT, first, last, size);
      part = g_bytes_new_from_bytes (bytes, first, last - first + 1);
      weft_relay_request_set_header (self->request, "Content-Range", content_range);
      weft_relay_request_reply (self->request, 206, "application/octet-stream", part);
    }
  job_end (self);
}

static void
build_thread (GTask        *task,
              gpointer      source_object,
              gpointer      task_data,
              GCancellable *cancellable)
{
  Job *self = task_data;
  g_autoptr(WeftDoc) doc = weft_relay_room_build_doc (self->updates, self->room);

  g_task_return_pointer (task, weft_doc_encode_state (doc), (GDestroyNotify) g_bytes_unref);
}

static void
built_cb (GObject      *source_object,
          GAsyncResult *result,
          gpointer      user_data)
{
  Job *self = user_data;
  g_autoptr(GBytes) bytes = g_task_propagate_pointer (G_TASK (result), NULL);

  keep (self->downloads, self->room, self->version, bytes);
  reply_snapshot (self, bytes);
}

static void
make_snapshot (Job *self)
{
  GBytes *kept = find_kept (self->downloads, self->room, self->version);

  if (kept != NULL)
    {
      g_autoptr(GBytes) bytes = g_bytes_ref (kept);

      reply_snapshot (self, bytes);
      return;
    }

  run_in_thread (self, build_thread, built_cb);
}

/* Somebody who comes back for the rest of a version that is kept gets that one, whatever happened since. */
static gboolean
resume (Job *self)
{
  const char *condition = weft_relay_request_get_header (self->request, "If-Range");
  guint64 version;
  GBytes *kept;

  if (condition == NULL || !g_str_has_prefix (condition, "\"v") || weft_relay_request_get_header (self->request, "Range") == NULL)
    return FALSE;

  version = g_ascii_strtoull (condition + strlen ("\"v"), NULL, 10);
  kept = find_kept (self->downloads, self->room, version);
  if (kept == NULL)
    return FALSE;

  self->version = version;
  {
    g_autoptr(GBytes) bytes = g_bytes_ref (kept);

    reply_snapshot (self, bytes);
  }
  return TRUE;
}

/* --- updates --- */

/* What is not base64 in the answer, and what base64 makes of an update. */
#define ANSWER_SLACK      128
#define BASE64_BYTES(size) (((size) + 2) / 3 * 4 + 4)

/* The answer is JSON, written as it is: base64 holds nothing that a JSON string may not. */
static void
write_thread (GTask        *task,
              gpointer      source_object,
              gpointer      task_data,
              GCancellable *cancellable)
{
  Job *self = task_data;
  guint n_missing = self->version > self->since ? (guint) MIN (self->version - self->since, G_MAXUINT) : 0;
  gboolean whole = n_missing > self->n_log || self->updates->len < self->n_log || self->since > self->version;
  guint first = whole ? 0 : self->updates->len - n_missing;
  gsize n_bytes = ANSWER_SLACK;
  GString *text;

  for (guint i = first; i < self->updates->len; i++)
    n_bytes += BASE64_BYTES (g_bytes_get_size (self->updates->pdata[i]));

  /* "snapshot": whether it is everything, since what came after is not kept apart any more. */
  text = g_string_sized_new (n_bytes);
  g_string_append_printf (text, "{\"version\":%" G_GUINT64_FORMAT ",\"snapshot\":%s,\"updates\":[", self->version,
                          whole ? "true" : "false");
  for (guint i = first; i < self->updates->len; i++)
    {
      gsize size;
      const guchar *data = g_bytes_get_data (self->updates->pdata[i], &size);
      g_autofree char *base64 = g_base64_encode (data, size);

      g_string_append_printf (text, "%s\"", i > first ? "," : "");
      g_string_append (text, base64);
      g_string_append_c (text, '"');
    }
  g_string_append (text, "]}");
  g_task_return_pointer (task, g_string_free_to_bytes (text), (GDestroyNotify) g_bytes_unref);
}

static void
written_cb (GObject      *source_object,
            GAsyncResult *result,
            gpointer      user_data)
{
  Job *self = user_data;
  g_autoptr(GBytes) bytes = g_task_propagate_pointer (G_TASK (result), NULL);

  weft_relay_request_set_header (self->request, "Cache-Control", "no-store");
  weft_relay_request_reply (self->request, 200, "application/json", bytes);
  job_end (self);
}

static void
loaded_cb (GPtrArray    *updates,
           guint64       version,
           guint         n_log,
           const GError *error,
           gpointer      user_data)
{
  Job *self = user_data;

  if (error != NULL)
    {
      end_with (self, 503, "It cannot be read now; try again later.");
      return;
    }

  self->version = version;
  self->n_log = n_log;
  self->updates = g_ptr_array_ref (updates);
  if (self->want == WANT_SNAPSHOT)
    make_snapshot (self);
  else
    run_in_thread (self, write_thread, written_cb);
}

static void
load (Job *self)
{
  weft_relay_store_load (self->downloads->port, self->room, loaded_cb, self);
}

/* On the room's thread. */
static gboolean
bring_cb (WeftRelayRoom *room,
          gpointer       data,
          GError       **error)
{
  Job *self = data;

  for (guint i = 0; i < self->brought->len; i++)
    if (!weft_relay_room_apply (room, self->brought->pdata[i], self->may_write, error))
      return FALSE;
  return TRUE;
}

static void
brought_cb (const GError *error,
            gpointer      data)
{
  Job *self = data;

  if (error == NULL)
    load (self);
  else if (error->domain == WEFT_RELAY_AUTH_ERROR)
    end_with (self, weft_relay_auth_error_to_status (error), error->message);
  else
    end_with (self, g_error_matches (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE) ? 413 : 400, error->message);
}

/* --- who asks --- */

static void
granted_cb (WeftRelayGrant *grant,
            const GError   *error,
            gpointer        user_data)
{
  Job *self = user_data;

  if (grant == NULL)
    {
      /* As in the other calls: what is not theirs is not there. */
      if (g_error_matches (error, WEFT_RELAY_AUTH_ERROR, WEFT_RELAY_AUTH_ERROR_FORBIDDEN) ||
          g_error_matches (error, WEFT_RELAY_AUTH_ERROR, WEFT_RELAY_AUTH_ERROR_NOT_FOUND))
        weft_relay_request_reply_problem (self->request, 404,
                                          "There is nothing of that id, or it is not shared with you.");
      else
        weft_relay_request_reply_error (self->request, error);
      job_end (self);
      return;
    }

  self->may_write = grant->role >= WEFT_RELAY_ROLE_EDITOR;
  if (self->want == WANT_EXCHANGE && self->brought->len > 0)
    weft_relay_pool_visit (weft_relay_get_pool (self->downloads->relay), self->room, bring_cb, brought_cb, self, NULL);
  else if (self->want != WANT_SNAPSHOT || !resume (self))
    load (self);
}

static void
ask (Job *self)
{
  const WeftRelayCredentials credentials = { self->token, weft_relay_request_get_address (self->request) };

  weft_relay_auth_check (self->downloads->auth, &credentials, self->room, granted_cb, self);
}

static gboolean
find_work (WeftRelaySql *sql,
           gpointer      data)
{
  Job *self = data;
  gboolean deleted = FALSE;
  g_autofree char *workspace = weft_relay_accounts_dup_workspace_of (sql, self->board, &deleted);

  if (workspace != NULL)
    self->room = g_strconcat (workspace, "/", self->board, NULL);
  return TRUE;
}

static void
found_cb (const GError *error,
          gpointer      data)
{
  Job *self = data;

  if (error != NULL)
    {
      end_with (self, 503, "Boards cannot be looked up now; try again later.");
      return;
    }

  /* No board: a notebook's own room, or another one. What is not there is refused as what is not theirs, and to those
   * without a token as to any such. */
  if (self->room == NULL)
    self->room = g_strdup (self->board);
  ask (self);
}

static gboolean
read_since (WeftRelayRequest *request,
            const char       *text,
            guint64          *since)
{
  *since = 0;
  if (text == NULL || g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, since, NULL))
    return TRUE;

  weft_relay_request_reply_problem (request, 400, "“since” must be a server version: a number.");
  return FALSE;
}

/* Takes what was posted apart. Returns: %FALSE where it is something else */
static gboolean
read_brought (Job           *self,
              const WeftAny *body)
{
  const WeftAny *since = weft_any_lookup (body, "since");
  const WeftAny *list = weft_any_lookup (body, "updates");

  if (since != NULL)
    {
      double number = weft_any_get_number (since);

      if (weft_any_get_kind (since) != WEFT_ANY_NUMBER || number < 0 || number > MAX_SAFE || number != floor (number))
        return FALSE;
      self->since = (guint64) number;
    }
  if (list != NULL && (weft_any_get_kind (list) != WEFT_ANY_ARRAY || weft_any_get_n_items (list) > MAX_UPDATES))
    return FALSE;

  for (gsize i = 0; list != NULL && i < weft_any_get_n_items (list); i++)
    {
      const char *text = weft_any_get_string (weft_any_get_item (list, i));
      gsize size = 0;
      g_autofree guchar *bytes = text != NULL && *text != '\0' ? g_base64_decode (text, &size) : NULL;

      if (size == 0)
        return FALSE;
      g_ptr_array_add (self->brought, g_bytes_new_take (g_steal_pointer (&bytes), size));
    }

  return TRUE;
}

static void
read_thread (GTask        *task,
             gpointer      source_object,
             gpointer      task_data,
             GCancellable *cancellable)
{
  Job *self = task_data;
  GError *error = NULL;
  gsize size;
  const char *text = g_bytes_get_data (self->body, &size);
  g_autoptr(WeftAny) body = weft_any_from_json (size > 0 ? text : "", (gssize) size, &error);

  if (body == NULL)
    g_prefix_error (&error, "The body is no JSON text in UTF-8: ");
  else if (weft_any_get_kind (body) != WEFT_ANY_OBJECT)
    g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "The body is no JSON object.");
  else if (!read_brought (self, body))
    g_set_error (&error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 "The body must be {\"since\": number, \"updates\": [base64, …]} with at most %d updates.", MAX_UPDATES);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
find_room (Job *self)
{
  if (strchr (self->board, '/') != NULL || weft_relay_get_people (self->downloads->relay) == NULL)
    {
      self->room = g_strdup (self->board);
      ask (self);
    }
  else
    {
      weft_relay_store_run (self->downloads->port, find_work, found_cb, self, NULL);
    }
}

static void
read_cb (GObject      *source_object,
         GAsyncResult *result,
         gpointer      user_data)
{
  Job *self = user_data;
  g_autoptr(GError) error = NULL;

  g_clear_pointer (&self->body, g_bytes_unref);
  if (g_task_propagate_boolean (G_TASK (result), &error))
    find_room (self);
  else
    end_with (self, 400, error->message);
}

static void
begin (WeftRelayDownloads *self,
       WeftRelayRequest   *request,
       Want                want)
{
  Job *job;
  guint64 since;

  if (!read_since (request, weft_relay_request_get_query (request, "since"), &since))
    return;

  job = g_new0 (Job, 1);
  job->downloads = self;
  job->request = request;
  job->want = want;
  job->since = since;
  job->board = g_strdup (weft_relay_request_get_param (request, "id"));
  job->token = weft_relay_request_dup_token (request);
  weft_relay_request_hold (request);
  if (want != WANT_EXCHANGE)
    {
      find_room (job);
      return;
    }

  job->body = weft_relay_request_dup_body (request);
  job->brought = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  run_in_thread (job, read_thread, read_cb);
}

static void
snapshot_cb (WeftRelayRequest *request,
             gpointer          user_data)
{
  begin (user_data, request, WANT_SNAPSHOT);
}

static void
updates_cb (WeftRelayRequest *request,
            gpointer          user_data)
{
  begin (user_data, request, WANT_UPDATES);
}

static void
exchange_cb (WeftRelayRequest *request,
             gpointer          user_data)
{
  WeftRelayDownloads *self = user_data;

  if (weft_relay_request_is_origin_allowed (request, weft_relay_get_config (self->relay)->origins))
    begin (self, request, WANT_EXCHANGE);
  else
    weft_relay_request_reply_problem (request, 403, "Pages of this origin may not do that (--origins).");
}

WeftRelayDownloads *
weft_relay_downloads_new (WeftRelay     *relay,
                          WeftRelayAuth *auth)
{
  WeftRelayDownloads *self = g_new0 (WeftRelayDownloads, 1);
  WeftRelayRouter *router = weft_relay_get_router (relay);
  const WeftRelayLimits *limits = &weft_relay_get_config (relay)->limits;

  self->relay = relay;
  self->auth = auth;
  self->port = weft_relay_store_open_port (weft_relay_get_store (relay));
  g_queue_init (&self->kept);
  weft_relay_router_add (router, "GET", "/api/boards/:id/snapshot", snapshot_cb, self);
  weft_relay_router_add (router, "GET", "/api/boards/:id/updates", updates_cb, self);
  /* base64 takes a third more. */
  weft_relay_router_add_large (router, "POST", "/api/boards/:id/updates", limits->max_message / 3 * 4 + 4096, exchange_cb, self);
  return self;
}

void
weft_relay_downloads_free (WeftRelayDownloads *self)
{
  weft_relay_store_port_close (self->port);
  g_queue_clear_full (&self->kept, kept_free);
  g_free (self);
}
