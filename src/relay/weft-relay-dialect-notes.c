/* weft-relay-dialect-notes.c - notes as keys and values, last writer wins
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `GET /ws/sync?device_id=<id>`, text messages, for scripts and small devices without any CRDT library:
 *
 *     -> sync_push {changes: [{key, value, timestamp, device_id}], last_ack}
 *     <- sync_ack {ack_timestamp, changes, conflicts}    also by itself, when something changes elsewhere
 *
 * What happens with it stands in weft-relay-note-sync.h; the session is in the notebook's room.
 */

#include "config.h"

#include "relay/weft-relay-dialect-notes.h"

#include <string.h>

#include "relay/weft-relay-note-sync.h"
#include "relay/weft-relay-path.h"
#include "relay/weft-relay-request.h"
#include "relay/weft-relay-room.h"
#include "relay/weft-relay-secret.h"

/* The notebook that @token names. It is only asked for where to knock: whether the token is good is found out there. */
static char *
dup_claimed_notebook (const char *token)
{
  g_auto(GStrv) parts = g_strsplit (token, ".", 4);
  g_autoptr(GBytes) bytes =
    g_strv_length (parts) == 3 ? weft_relay_base64url_decode (parts[1], strlen (parts[1])) : NULL;
  g_autoptr(WeftAny) claims = NULL;
  const WeftAny *notebook;
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

  claims = text != NULL ? weft_any_from_json (text, (gssize) size, NULL) : NULL;
  notebook = claims != NULL && weft_any_get_kind (claims) == WEFT_ANY_OBJECT ? weft_any_lookup (claims, "notebook") : NULL;
  return notebook != NULL ? g_strdup (weft_any_get_string (notebook)) : NULL;
}

static gboolean
is_notebook (const char            *name,
             const WeftRelayLimits *limits)
{
  return name != NULL && *name != '\0' && strchr (name, '/') == NULL && strlen (name) <= limits->max_room_name &&
         g_utf8_validate (name, -1, NULL);
}

char *
weft_relay_notes_dup_notebook (WeftRelayRequest      *request,
                               const WeftRelayLimits *limits)
{
  g_autofree char *notebook = g_strdup (weft_relay_request_get_query (request, "notebook"));
  g_autofree char *token = weft_relay_request_dup_token (request);

  if (notebook == NULL && token != NULL)
    notebook = dup_claimed_notebook (token);
  if (notebook == NULL)
    notebook = g_strdup (weft_relay_request_get_param (request, WEFT_RELAY_REQUEST_NOTEBOOK));
  if (is_notebook (notebook, limits))
    return g_steal_pointer (&notebook);

  weft_relay_request_reply_problem (request, SOUP_STATUS_BAD_REQUEST,
                                    "Say which notebook: its id as “notebook” in the query.");
  return NULL;
}

static char *
notes_dup_room (WeftRelayRequest      *request,
                const WeftRelayLimits *limits)
{
  if (!weft_relay_note_is_device (weft_relay_request_get_query (request, "device_id")))
    {
      weft_relay_request_reply_problem (request, SOUP_STATUS_BAD_REQUEST,
                                        "“device_id” in the query must be 1 to %d bytes of text.", WEFT_RELAY_NOTE_MAX_DEVICE);
      return NULL;
    }
  return weft_relay_notes_dup_notebook (request, limits);
}

static WeftRelayNoteSync *
get_sync (WeftRelaySession *session)
{
  return weft_relay_pool_get_notes (weft_relay_hub_get_pool (session->hub));
}

static void
notes_message (WeftRelayClient *client,
               GBytes          *bytes)
{
  WeftRelaySession *session = client->sessions;
  g_autoptr(WeftAny) json = NULL;
  const WeftAny *type = NULL;
  const char *problem = "a message is no sync_push";
  WeftRelayNoteMessage *message = NULL;
  gsize size;
  const char *text = g_bytes_get_data (bytes, &size);

  if (session == NULL || session->room == NULL)
    return;

  json = text != NULL ? weft_any_from_json (text, (gssize) size, NULL) : NULL;
  if (json != NULL && weft_any_get_kind (json) == WEFT_ANY_OBJECT)
    type = weft_any_lookup (json, "type");
  if (type != NULL && g_strcmp0 (weft_any_get_string (type), "sync_push") == 0)
    message = weft_relay_note_message_parse (json, client->device, &problem);
  if (message == NULL)
    {
      weft_relay_client_close (client, WEFT_WS_CLOSE_MALFORMED, problem);
      return;
    }

  if (message->pushes->len > 0 && !weft_relay_session_may_write (session))
    {
      /* No reason has anything in it that JSON would write in another way. */
      char *refusal = g_strdup_printf ("{\"type\":\"error\",\"reason\":\"%s\"}", weft_relay_session_get_refusal (session));

      weft_relay_session_say (session, g_bytes_new_take (refusal, strlen (refusal)), WEFT_RELAY_FRAME_NEWS);
    }
  weft_relay_note_sync_take (get_sync (session), session, weft_relay_session_may_write (session), message);
}

static void
notes_entered (WeftRelaySession *session)
{
  weft_relay_note_sync_listen (get_sync (session), session, weft_relay_room_get_name (session->room),
                               session->client->device);
}

static void
notes_left (WeftRelaySession *session)
{
  weft_relay_note_sync_leave (get_sync (session), session);
}

const WeftRelayDialect weft_relay_dialect_notes = {
  .name = "notes",
  .text = TRUE,
  .dup_room = notes_dup_room,
  .message = notes_message,
  .entered = notes_entered,
  .left = notes_left,
};
