/* weft-snapshot-download.c - a whole document from a relay, at the speed of the line and the disk
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "sync/weft-snapshot-download.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <string.h>

#include "sync/weft-link.h"
#include "sync/weft-sync-request.h"

#define VERSION_SUFFIX ".version"

/* A relay that says nothing for so long does not answer. It may have to make the snapshot first. */
#define SILENCE_S 60
#define PIECE_BYTES (256 * 1024)

/* libsoup has no name for it. */
#define TOO_MANY_REQUESTS 429

typedef struct
{
  char                 *path;
  char                 *version_path;
  char                 *version; /* of what is there from an earlier try; NULL: nothing is */

  SoupSession          *http;
  SoupMessage          *message;
  GInputStream         *body;
  GOutputStream        *file;
  GBytes               *piece;

  guint64               received;
  guint64               total;
  WeftSnapshotProgress  progress;
  gpointer              progress_data;
} Download;

static void read_piece (GTask *task);

static void
download_free (gpointer data)
{
  Download *self = data;

  g_clear_object (&self->body);
  g_clear_object (&self->file);
  g_clear_object (&self->message);
  g_clear_object (&self->http);
  g_clear_pointer (&self->piece, g_bytes_unref);
  g_free (self->path);
  g_free (self->version_path);
  g_free (self->version);
  g_free (self);
}

static void
fail (GTask         *task,
      WeftSyncError  code,
      const char    *reason)
{
  g_task_return_new_error (task, WEFT_SYNC_ERROR, code, "%s", reason);
}

static void
finish (GTask *task)
{
  Download *self = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(GMappedFile) file = NULL;

  if (!g_output_stream_close (self->file, NULL, &error))
    {
      fail (task, WEFT_SYNC_ERROR_UNREACHABLE, error->message);
      return;
    }

  if (self->total != 0 && self->received != self->total)
    {
      fail (task, WEFT_SYNC_ERROR_UNREACHABLE, "the snapshot ends early");
      return;
    }

  file = g_mapped_file_new (self->path, FALSE, &error);
  if (file == NULL)
    fail (task, WEFT_SYNC_ERROR_UNREACHABLE, error->message);
  else
    g_task_return_pointer (task, g_mapped_file_get_bytes (file), (GDestroyNotify) g_bytes_unref);
}

static void
written_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Download *self = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error))
    {
      fail (task, WEFT_SYNC_ERROR_UNREACHABLE, error->message);
      return;
    }

  self->received += g_bytes_get_size (self->piece);
  g_clear_pointer (&self->piece, g_bytes_unref);
  self->progress (self->received, self->total, self->progress_data);
  read_piece (task);
}

static void
piece_read_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Download *self = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  gconstpointer data;
  gsize size;

  self->piece = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);
  if (self->piece == NULL)
    {
      fail (task, WEFT_SYNC_ERROR_UNREACHABLE, error->message);
      return;
    }

  data = g_bytes_get_data (self->piece, &size);
  if (size == 0)
    finish (task);
  else
    g_output_stream_write_all_async (self->file, data, size, G_PRIORITY_DEFAULT, g_task_get_cancellable (task),
                                     written_cb, g_object_ref (task));
}

static void
read_piece (GTask *task)
{
  Download *self = g_task_get_task_data (task);

  if (g_task_return_error_if_cancelled (task))
    return;

  g_input_stream_read_bytes_async (self->body, PIECE_BYTES, G_PRIORITY_DEFAULT, g_task_get_cancellable (task),
                                   piece_read_cb, g_object_ref (task));
}

/* The rest of what is there already. */
static gboolean
open_rest (Download *self)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (self->message);
  g_autoptr(GFile) file = g_file_new_for_path (self->path);
  goffset first, last, total;

  if (self->version == NULL || g_strcmp0 (soup_message_headers_get_one (headers, "ETag"), self->version) != 0 ||
      !soup_message_headers_get_content_range (headers, &first, &last, &total) || first < 0 ||
      (guint64) first != self->received || total <= 0)
    return FALSE;

  self->total = (guint64) total;
  self->file = G_OUTPUT_STREAM (g_file_append_to (file, G_FILE_CREATE_PRIVATE, NULL, NULL));
  return self->file != NULL;
}

static gboolean
open_whole (Download *self)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (self->message);
  const char *version = soup_message_headers_get_one (headers, "ETag");
  g_autoptr(GFile) file = g_file_new_for_path (self->path);

  weft_snapshot_download_discard (self->path);
  self->received = 0;
  self->total = (guint64) MAX (soup_message_headers_get_content_length (headers), 0);
  self->file = G_OUTPUT_STREAM (g_file_replace (file, NULL, FALSE,
                                                G_FILE_CREATE_PRIVATE | G_FILE_CREATE_REPLACE_DESTINATION, NULL, NULL));
  return self->file != NULL &&
         (version == NULL || g_file_set_contents (self->version_path, version, -1, NULL));
}

/* Other relays answer all kinds of things to what they do not know. */
static gboolean
is_snapshot (Download *self)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (self->message);

  return g_strcmp0 (soup_message_headers_get_content_type (headers, NULL), "application/octet-stream") == 0 &&
         soup_message_headers_get_one (headers, "Weft-Version") != NULL;
}

static void
sent_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Download *self = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  guint status;

  self->body = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (self->body == NULL)
    {
      fail (task, WEFT_SYNC_ERROR_UNREACHABLE, error->message);
      return;
    }

  status = soup_message_get_status (self->message);
  if (status == SOUP_STATUS_REQUESTED_RANGE_NOT_SATISFIABLE)
    {
      weft_snapshot_download_discard (self->path);
      fail (task, WEFT_SYNC_ERROR_UNREACHABLE, "what was there does not fit");
    }
  else if (status >= 500 || status == TOO_MANY_REQUESTS)
    fail (task, WEFT_SYNC_ERROR_UNREACHABLE, "the relay is busy");
  else if ((status != SOUP_STATUS_OK && status != SOUP_STATUS_PARTIAL_CONTENT) || !is_snapshot (self))
    fail (task, WEFT_SYNC_ERROR_DENIED, "the relay has no snapshot for us");
  else if (status == SOUP_STATUS_PARTIAL_CONTENT ? !open_rest (self) : !open_whole (self))
    {
      weft_snapshot_download_discard (self->path);
      fail (task, WEFT_SYNC_ERROR_UNREACHABLE, "the snapshot cannot be written");
    }
  else
    read_piece (task);
}

static void
look_for_part (Download *self)
{
  GStatBuf info;

  if (g_file_get_contents (self->version_path, &self->version, NULL, NULL) && g_stat (self->path, &info) == 0 &&
      info.st_size > 0)
    self->received = (guint64) info.st_size;
  else
    g_clear_pointer (&self->version, g_free);
}

static void
set_headers (Download *self)
{
  SoupMessageHeaders *headers = soup_message_get_request_headers (self->message);

  if (self->version != NULL)
    {
      soup_message_headers_set_range (headers, (goffset) self->received, -1);
      soup_message_headers_replace (headers, "If-Range", self->version);
    }
  /* A part of something compressed would be no part of it. */
  soup_message_disable_feature (self->message, SOUP_TYPE_CONTENT_DECODER);
}

void
weft_snapshot_download_async (const char           *relay,
                              const char           *room,
                              const char           *token,
                              const char           *path,
                              WeftSnapshotProgress  progress,
                              gpointer              progress_data,
                              GCancellable         *cancellable,
                              GAsyncReadyCallback   callback,
                              gpointer              user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autofree char *id = g_uri_escape_string (room, NULL, FALSE);
  /* ws: becomes http:, wss: https: */
  g_autofree char *address = g_strconcat ("http", relay + strlen ("ws"), "/api/boards/", id, "/snapshot", NULL);
  Download *self = g_new0 (Download, 1);

  g_task_set_source_tag (task, weft_snapshot_download_async);
  g_task_set_task_data (task, self, download_free);
  self->path = g_strdup (path);
  self->version_path = g_strconcat (path, VERSION_SUFFIX, NULL);
  self->progress = progress;
  self->progress_data = progress_data;
  self->http = soup_session_new_with_options ("timeout", SILENCE_S, "user-agent", "weft/" WEFT_VERSION, NULL);
  self->message = weft_sync_request_new (SOUP_METHOD_GET, address, token);
  if (self->message == NULL)
    {
      fail (task, WEFT_SYNC_ERROR_DENIED, "this is no address of a relay");
      return;
    }

  look_for_part (self);
  set_headers (self);
  soup_session_send_async (self->http, self->message, G_PRIORITY_DEFAULT, cancellable, sent_cb,
                           g_steal_pointer (&task));
}

GBytes *
weft_snapshot_download_finish (GAsyncResult *result,
                               GError      **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
weft_snapshot_download_discard (const char *path)
{
  g_autofree char *version_path = g_strconcat (path, VERSION_SUFFIX, NULL);

  g_unlink (path);
  g_unlink (version_path);
}
