/* weft-relay-mirror.c - follows another relay, room by room: --mirror
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A room here is one of these:
 *
 *     even -- the list has a later version, or a connection broke --> waiting -- a place is free --> open
 *       ^                                                                                             |
 *       '------------ nothing came for IDLE_US, and all is stored ---------- in step <-- all came ----'
 */

#include "config.h"

#include "relay/weft-relay-mirror.h"

#include <string.h>

#include "relay/weft-relay-mirror-room.h"
#include "relay/weft-relay-rooms-http.h"
#include "sync/weft-backoff.h"
#include "sync/weft-link.h"
#include "sync/weft-sync-request.h"

/* Rooms in which we are at once. The other relay lets 64 connections of one address in. */
#define MAX_OPEN 32

/* Of those, how many may be on their way. */
#define MAX_CONNECTING 4

/* How long to stay where nothing happens: always, and while others wait for the place. */
#define IDLE_US       (10 * G_USEC_PER_SEC)
#define IDLE_WANTED_US (G_USEC_PER_SEC / 2)

/* A room that does not say anything for this long, and did not say all yet, is tried again. */
#define SILENT_US (45 * G_USEC_PER_SEC)

/* How often it looks whom to leave. */
#define UPKEEP_MS 250

/* What a list may take: a page of names of 256 bytes, each written as \u0001. */
#define MAX_LIST (4 * 1024 * 1024)
#define LIST_TIMEOUT_S 30

struct _WeftRelayMirror
{
  WeftRelay              *relay;
  char                   *address;   /* wss://… */
  char                   *token;     /* nullable: as of the last list */
  SoupSession            *http;
  GCancellable           *cancellable;
  GHashTable             *rooms;     /* char * -> WeftRelayMirrorRoom */
  GQueue                  waiting;   /* of WeftRelayMirrorRoom: that want to be open */
  GPtrArray              *open;      /* of WeftRelayMirrorRoom */

  WeftBackoff             backoff;
  guint                   list_timer;
  guint                   upkeep_timer;
  gboolean                was_said;  /* that it fails */

  gboolean                stores;    /* what came last could be stored */
  WeftRelayMirrorCounters counters;
};

/* A list on its way; outlives the mirror where that ends. */
typedef struct
{
  WeftRelayMirror *mirror;
  char             text[MAX_LIST];
} Page;

static void ask_list (WeftRelayMirror *self,
                      const char      *after);

/* --- rooms --- */

static void
open_more (WeftRelayMirror *self)
{
  guint n_connecting = 0;

  for (guint i = 0; i < self->open->len; i++)
    n_connecting += !weft_relay_mirror_room_is_in_step (self->open->pdata[i]);

  while (self->open->len < MAX_OPEN && n_connecting < MAX_CONNECTING && self->waiting.length > 0)
    {
      WeftRelayMirrorRoom *room = g_queue_pop_head (&self->waiting);
      g_autofree char *encoded = g_uri_escape_string (weft_relay_mirror_room_get_name (room), NULL, FALSE);
      g_autofree char *url = g_strconcat (self->address, "/yjs/", encoded, NULL);

      weft_relay_mirror_room_set_queued (room, FALSE);
      g_ptr_array_add (self->open, room);
      n_connecting++;
      weft_relay_mirror_room_open (room, self->http, url, self->token);
    }
}

static void
want_room (WeftRelayMirror     *self,
           WeftRelayMirrorRoom *room)
{
  if (weft_relay_mirror_room_is_open (room) || weft_relay_mirror_room_is_queued (room))
    return;

  weft_relay_mirror_room_set_queued (room, TRUE);
  g_queue_push_tail (&self->waiting, room);
}

static void
room_left_cb (WeftRelayMirrorRoom *room,
              const char          *why,
              gpointer             user_data)
{
  WeftRelayMirror *self = user_data;

  g_ptr_array_remove_fast (self->open, room);
  if (why == NULL)
    return;

  /* It is behind until the next list, which has it tried again. */
  self->counters.n_failures++;
  g_message ("mirror: room \"%s\": %s", weft_relay_mirror_room_get_name (room), why);
}

static void
room_stored_cb (WeftRelayMirrorRoom *room,
                gsize                n_bytes,
                gboolean             stored,
                gpointer             user_data)
{
  WeftRelayMirror *self = user_data;

  self->stores = stored;
  if (!stored)
    return;

  self->counters.n_updates++;
  self->counters.n_bytes += n_bytes;
}

static const WeftRelayMirrorRoomFuncs room_funcs = { room_left_cb, room_stored_cb };

static void
count_rooms (WeftRelayMirror *self)
{
  GHashTableIter iter;
  gpointer room;

  self->counters.n_rooms = g_hash_table_size (self->rooms);
  self->counters.n_open = self->open->len;
  self->counters.n_behind = 0;
  g_hash_table_iter_init (&iter, self->rooms);
  while (g_hash_table_iter_next (&iter, NULL, &room))
    self->counters.n_behind += weft_relay_mirror_room_is_behind (room);

  if (self->counters.is_up && self->counters.n_behind == 0)
    self->counters.complete_s = g_get_real_time () / G_USEC_PER_SEC;
}

static gboolean
upkeep_cb (gpointer user_data)
{
  WeftRelayMirror *self = user_data;
  gint64 now_us = g_get_monotonic_time ();

  for (guint i = self->open->len; i-- > 0;)
    {
      WeftRelayMirrorRoom *room = self->open->pdata[i];
      gint64 quiet_us = now_us - weft_relay_mirror_room_get_heard_us (room);

      if (weft_relay_mirror_room_is_in_step (room))
        {
          if (quiet_us >= (self->waiting.length > 0 ? IDLE_WANTED_US : IDLE_US))
            weft_relay_mirror_room_leave (room, NULL);
        }
      else if (quiet_us >= SILENT_US)
        {
          weft_relay_mirror_room_leave (room, "the other relay does not answer");
        }
    }

  open_more (self);
  return G_SOURCE_CONTINUE;
}

/* --- the list --- */

static gboolean
list_again_cb (gpointer user_data)
{
  WeftRelayMirror *self = user_data;

  self->list_timer = 0;
  ask_list (self, "");
  return G_SOURCE_REMOVE;
}

static void
list_later (WeftRelayMirror *self,
            guint            ms)
{
  g_clear_handle_id (&self->list_timer, g_source_remove);
  self->list_timer = g_timeout_add (ms, list_again_cb, self);
}

static void
fail_list (WeftRelayMirror *self,
           const char      *why)
{
  guint wait_ms = weft_backoff_next (&self->backoff, 0);

  self->counters.is_up = FALSE;
  self->counters.n_failures++;
  if (!self->was_said)
    g_warning ("mirror: %s cannot be followed now: %s", self->address, why);
  self->was_said = TRUE;
  list_later (self, wait_ms);
}

/* Returns: %FALSE where this is no list of rooms */
static gboolean
take_list (WeftRelayMirror *self,
           const char      *text,
           gsize            size,
           char           **next)
{
  g_autoptr(WeftAny) list = weft_any_from_json (text, (gssize) size, NULL);
  gboolean is_object = list != NULL && weft_any_get_kind (list) == WEFT_ANY_OBJECT;
  const WeftAny *rooms = is_object ? weft_any_lookup (list, "rooms") : NULL;
  const WeftAny *after;

  if (rooms == NULL || weft_any_get_kind (rooms) != WEFT_ANY_ARRAY)
    return FALSE;

  for (gsize i = 0; i < weft_any_get_n_items (rooms); i++)
    {
      const WeftAny *item = weft_any_get_item (rooms, i);
      const WeftAny *name = weft_any_get_kind (item) == WEFT_ANY_OBJECT ? weft_any_lookup (item, "room") : NULL;
      const WeftAny *version = name != NULL ? weft_any_lookup (item, "version") : NULL;
      const char *text_name = name != NULL ? weft_any_get_string (name) : NULL;
      WeftRelayMirrorRoom *room;

      if (text_name == NULL || version == NULL || !(weft_any_get_number (version) >= 0) ||
          strlen (text_name) > weft_relay_get_config (self->relay)->limits.max_room_name)
        return FALSE;

      room = g_hash_table_lookup (self->rooms, text_name);
      if (room == NULL)
        {
          room = weft_relay_mirror_room_new (weft_relay_get_pool (self->relay), text_name, &room_funcs, self);
          g_hash_table_insert (self->rooms, (gpointer) weft_relay_mirror_room_get_name (room), room);
        }
      weft_relay_mirror_room_note_version (room, (guint64) weft_any_get_number (version));
      if (weft_relay_mirror_room_is_behind (room))
        want_room (self, room);
    }

  after = weft_any_lookup (list, "next");
  *next = after != NULL ? g_strdup (weft_any_get_string (after)) : NULL;
  return TRUE;
}

static void
end_list (WeftRelayMirror *self)
{
  if (self->was_said || !self->counters.is_up)
    g_message ("mirror: follows %s: %u rooms", self->address, g_hash_table_size (self->rooms));
  self->was_said = FALSE;
  self->counters.is_up = TRUE;
  weft_backoff_reset (&self->backoff);
  count_rooms (self);
  open_more (self);
  list_later (self, weft_relay_get_config (self->relay)->mirror_every * 1000);
}

static void
read_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autofree Page *page = user_data;
  WeftRelayMirror *self = page->mirror;
  g_autoptr(GError) error = NULL;
  g_autofree char *next = NULL;
  gsize size = 0;

  if (!g_input_stream_read_all_finish (G_INPUT_STREAM (source), result, &size, &error))
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        fail_list (self, error->message);
      return;
    }

  if (size == MAX_LIST || !take_list (self, page->text, size, &next))
    fail_list (self, "it answers, but not with a list of rooms");
  else if (next != NULL)
    ask_list (self, next);
  else
    end_list (self);
}

static void
sent_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GInputStream) stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  WeftRelayMirror *self = user_data;
  SoupMessage *message = soup_session_get_async_result_message (SOUP_SESSION (source), result);
  guint status = message != NULL ? soup_message_get_status (message) : 0;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  if (stream == NULL)
    fail_list (self, error->message);
  else if (status == SOUP_STATUS_UNAUTHORIZED || status == SOUP_STATUS_FORBIDDEN)
    fail_list (self, "it wants a token for all rooms: --mirror-token-file, made there by --issue-token=NAME "
                     "--token-everywhere, or the token has expired");
  else if (status != SOUP_STATUS_OK)
    {
      g_autofree char *why = g_strdup_printf ("it answers with HTTP status %u", status);

      fail_list (self, why);
    }
  else
    {
      Page *page = g_malloc (sizeof *page);

      page->mirror = self;
      g_input_stream_read_all_async (stream, page->text, MAX_LIST, G_PRIORITY_DEFAULT, self->cancellable, read_cb,
                                     page);
    }
}

/* The file is read each time: a token expires, and a fresh one is put in its place. */
static gboolean
read_token (WeftRelayMirror *self,
            GError         **error)
{
  const char *path = weft_relay_get_config (self->relay)->mirror_token_file;
  char *token = NULL;

  if (path == NULL)
    return TRUE;
  if (!g_file_get_contents (path, &token, NULL, error))
    return FALSE;

  g_free (self->token);
  self->token = g_strstrip (token);
  return TRUE;
}

/* @after: where the last page ended, or "" */
static void
ask_list (WeftRelayMirror *self,
          const char      *after)
{
  g_autofree char *encoded = g_uri_escape_string (after, NULL, FALSE);
  /* ws… becomes http… */
  g_autofree char *url = g_strdup_printf ("http%s/api/rooms?limit=%d&after=%s", self->address + strlen ("ws"),
                                          WEFT_RELAY_ROOMS_PAGE, encoded);
  g_autoptr(SoupMessage) message = NULL;
  g_autoptr(GError) error = NULL;

  if (*after == '\0' && !read_token (self, &error))
    {
      fail_list (self, error->message);
      return;
    }

  message = weft_sync_request_new (SOUP_METHOD_GET, url, self->token);
  soup_session_send_async (self->http, message, G_PRIORITY_DEFAULT, self->cancellable, sent_cb, self);
}

/* --- all of it --- */

WeftRelayMirror *
weft_relay_mirror_new (WeftRelay *relay)
{
  WeftRelayMirror *self = g_new0 (WeftRelayMirror, 1);

  self->relay = relay;
  self->address = weft_relay_address_parse (weft_relay_get_config (relay)->mirror, NULL, NULL);
  g_assert (self->address != NULL);
  self->http = soup_session_new_with_options ("timeout", LIST_TIMEOUT_S, "user-agent", "weft/" WEFT_VERSION, "max-conns",
                                              2 * MAX_OPEN, "max-conns-per-host", 2 * MAX_OPEN, NULL);
  soup_session_remove_feature_by_type (self->http, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  self->cancellable = g_cancellable_new ();
  self->rooms = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) weft_relay_mirror_room_unref);
  self->open = g_ptr_array_new ();
  self->stores = TRUE;
  g_queue_init (&self->waiting);
  self->upkeep_timer = g_timeout_add (UPKEEP_MS, upkeep_cb, self);
  ask_list (self, "");
  return self;
}

void
weft_relay_mirror_free (WeftRelayMirror *self)
{
  GHashTableIter iter;
  gpointer room;

  g_clear_handle_id (&self->list_timer, g_source_remove);
  g_clear_handle_id (&self->upkeep_timer, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_hash_table_iter_init (&iter, self->rooms);
  while (g_hash_table_iter_next (&iter, NULL, &room))
    weft_relay_mirror_room_stop (room);

  soup_session_abort (self->http);
  g_object_unref (self->http);
  g_object_unref (self->cancellable);
  g_queue_clear (&self->waiting);
  g_ptr_array_unref (self->open);
  g_hash_table_unref (self->rooms);
  g_free (self->address);
  g_free (self->token);
  g_free (self);
}

void
weft_relay_mirror_get_counters (WeftRelayMirror         *self,
                                WeftRelayMirrorCounters *counters)
{
  count_rooms (self);
  *counters = self->counters;
  counters->is_up = self->counters.is_up && self->stores;
}

const char *
weft_relay_mirror_describe (WeftRelayMirror *self)
{
  WeftRelayMirrorCounters counters;

  weft_relay_mirror_get_counters (self, &counters);
  return !counters.is_up ? "failing" : counters.n_behind > 0 ? "behind" : "ok";
}
