/* weft-relay-notes-http.c - notes as keys and values, for devices that poll
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-notes-http.h"

#include <string.h>

#include "relay/weft-relay-dialect-notes.h"

struct _WeftRelayNotesHttp
{
  WeftRelay         *relay;
  WeftRelayAuth     *auth;
  WeftRelayNoteSync *sync;
};

typedef struct
{
  WeftRelayNotesHttp   *http;
  WeftRelayRequest     *request;  /* held */
  char                 *notebook;
  char                 *device;
  char                 *token;
  WeftRelayNoteMessage *message;
} Job;

static void
job_end (Job *self)
{
  weft_relay_request_release (self->request);
  g_free (self->notebook);
  g_free (self->device);
  g_free (self->token);
  g_clear_pointer (&self->message, weft_relay_note_message_free);
  g_free (self);
}

static void
replied_cb (const char   *text,
            guint         n_changes,
            gboolean      more,
            const GError *error,
            gpointer      user_data)
{
  Job *self = user_data;
  g_autoptr(GBytes) body = text != NULL ? g_bytes_new (text, strlen (text)) : NULL;

  if (body != NULL)
    weft_relay_request_reply (self->request, 200, "application/json", body);
  else
    weft_relay_request_reply_problem (self->request, 503, "The notes cannot be read or stored now; try again later (%s).",
                                      error->message);
  job_end (self);
}

static void
granted_cb (WeftRelayGrant *grant,
            const GError   *error,
            gpointer        user_data)
{
  Job *self = user_data;
  gboolean may_write = grant != NULL && grant->role >= WEFT_RELAY_ROLE_EDITOR;

  if (grant != NULL && (may_write || self->message->pushes->len == 0))
    {
      weft_relay_note_sync_run (self->http->sync, self->notebook, self->device, may_write, TRUE,
                                g_steal_pointer (&self->message), replied_cb, self);
      return;
    }

  if (grant != NULL)
    {
      const char *reason = weft_relay_auth_get_read_only (self->http->auth);

      weft_relay_request_reply_problem (self->request, 403, "%s; leave out “changes” to read.",
                                        reason != NULL ? reason : "You may only read here");
    }
  else
    weft_relay_request_reply_error (self->request, error);
  job_end (self);
}

/* The device may be named in the query or in the message. */
static WeftRelayNoteMessage *
parse (WeftRelayRequest *request,
       char            **device)
{
  g_autoptr(GBytes) body = weft_relay_request_dup_body (request);
  g_autoptr(WeftAny) json = NULL;
  WeftRelayNoteMessage *message = NULL;
  const char *problem = "it is no JSON text";
  const WeftAny *named;
  gsize size;
  const char *text = g_bytes_get_data (body, &size);

  *device = g_strdup (weft_relay_request_get_query (request, "device_id"));
  json = text != NULL ? weft_any_from_json (text, (gssize) size, NULL) : NULL;
  named = json != NULL && weft_any_get_kind (json) == WEFT_ANY_OBJECT ? weft_any_lookup (json, "device_id") : NULL;
  if (*device == NULL && named != NULL)
    *device = g_strdup (weft_any_get_string (named));

  if (json != NULL && !weft_relay_note_is_device (*device))
    problem = "device_id must be 1 to 64 bytes of text";
  else if (json != NULL)
    message = weft_relay_note_message_parse (json, *device, &problem);
  if (message == NULL)
    weft_relay_request_reply_problem (request, 400, "The body must be a sync_push: %s.", problem);
  return message;
}

static void
sync_cb (WeftRelayRequest *request,
         gpointer          user_data)
{
  WeftRelayNotesHttp *self = user_data;
  const WeftRelayConfig *config = weft_relay_get_config (self->relay);
  g_autofree char *notebook = NULL;
  g_autofree char *device = NULL;
  WeftRelayNoteMessage *message;
  WeftRelayCredentials credentials;
  Job *job;

  if (!weft_relay_request_is_origin_allowed (request, config->origins))
    {
      weft_relay_request_reply_problem (request, 403, "Pages of this origin may not do that (--origins).");
      return;
    }

  if (config->open)
    weft_relay_request_set_param (request, WEFT_RELAY_REQUEST_NOTEBOOK,
                                  weft_relay_store_get_notebook_id (weft_relay_get_store (self->relay)));
  message = parse (request, &device);
  if (message == NULL)
    return;
  notebook = weft_relay_notes_dup_notebook (request, &config->limits);
  if (notebook == NULL)
    {
      weft_relay_note_message_free (message);
      return;
    }

  job = g_new0 (Job, 1);
  job->http = self;
  job->request = request;
  job->notebook = g_steal_pointer (&notebook);
  job->device = g_steal_pointer (&device);
  job->token = weft_relay_request_dup_token (request);
  job->message = message;
  weft_relay_request_hold (request);
  credentials = (WeftRelayCredentials){ job->token, weft_relay_request_get_address (request) };
  weft_relay_auth_check (self->auth, &credentials, job->notebook, granted_cb, job);
}

WeftRelayNotesHttp *
weft_relay_notes_http_new (WeftRelay         *relay,
                           WeftRelayAuth     *auth,
                           WeftRelayNoteSync *sync)
{
  WeftRelayNotesHttp *self = g_new0 (WeftRelayNotesHttp, 1);

  self->relay = relay;
  self->auth = auth;
  self->sync = sync;
  weft_relay_router_add_large (weft_relay_get_router (relay), "POST", "/api/sync", weft_relay_get_config (relay)->limits.max_message,
                               sync_cb, self);
  return self;
}

void
weft_relay_notes_http_free (WeftRelayNotesHttp *self)
{
  g_free (self);
}
