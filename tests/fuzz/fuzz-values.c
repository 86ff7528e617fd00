/* fuzz-values.c - bytes for the small codecs: values, JSON, awareness, messages, links, frames, paths
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fuzz/fuzz.h"

#include "crdt/weft-awareness.h"
#include "relay/weft-relay-limits.h"
#include "relay/weft-relay-path.h"
#include "relay/weft-relay-presence.h"
#include "relay/weft-ws-frame.h"
#include "sync/weft-link.h"
#include "sync/weft-sync-protocol.h"

#include <string.h>

/* What was read is written, read again, and equal; its JSON is UTF-8. */
static void
check_value (WeftAny *value)
{
  g_autoptr(WeftAny) again = NULL;
  g_autofree char *json = weft_any_to_json (value);
  WeftWriter writer;
  WeftReader reader;

  weft_writer_init (&writer);
  weft_any_write (value, &writer);
  weft_reader_init (&reader, writer.data, writer.size);
  again = weft_any_read (&reader);
  fuzz_check (weft_reader_finish (&reader, TRUE, NULL) && weft_any_equal (value, again), "a value does not come back");
  weft_writer_clear (&writer);
  fuzz_check (g_utf8_validate (json, -1, NULL), "JSON is not UTF-8");
}

void
fuzz_any (const guint8 *data,
          gsize         size)
{
  WeftReader reader;
  g_autoptr(WeftAny) value = NULL;

  weft_reader_init (&reader, data, size);
  value = weft_any_read (&reader);
  if (!reader.failed)
    check_value (value);
}

void
fuzz_json (const guint8 *data,
           gsize         size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftAny) value = weft_any_from_json ((const char *) data, size, &error), again = NULL;
  g_autoptr(WeftDelta) delta = weft_delta_from_json ((const char *) data, size, NULL);

  fuzz_check ((value == NULL) == (error != NULL), "JSON is refused without an error, or taken with one");
  fuzz_check (weft_any_check_json ((const char *) data, size, NULL) == (value != NULL),
              "JSON is taken where it is only looked at, or the other way round");
  if (value != NULL)
    {
      g_autofree char *json = weft_any_to_json (value), *twice = NULL;

      again = weft_any_from_json (json, -1, NULL);
      fuzz_check (again != NULL, "written JSON cannot be read");
      twice = weft_any_to_json (again);
      fuzz_check (g_str_equal (json, twice), "written JSON is written in another way the second time");
      check_value (value);
    }
  if (delta != NULL)
    {
      g_autofree char *json = weft_delta_to_json (delta);
      g_autoptr(WeftDelta) delta_again = weft_delta_from_json (json, -1, NULL);
      g_autoptr(WeftDoc) doc = fuzz_doc_new_filled (FALSE);

      g_autofree char *json_again = delta_again != NULL ? weft_delta_to_json (delta_again) : NULL;

      /* 1e400 is Infinity, which JSON has not: the texts are compared. */
      fuzz_check (g_strcmp0 (json, json_again) == 0, "a delta does not come back");
      weft_text_apply_delta (weft_doc_get_text (doc, "t"), delta);
      fuzz_doc_check (doc);
    }
}

static gboolean
stale_cb (gpointer owner,
          gpointer user_data)
{
  return owner == user_data;
}

/* Several updates, for a client and for a relay's room. */
void
fuzz_awareness (const guint8 *data,
                gsize         size)
{
  static const WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;
  FuzzInput input = { data, size };
  g_autoptr(WeftAwareness) awareness = weft_awareness_new (7), other = weft_awareness_new (8);
  g_autoptr(WeftRelayPresence) presence = weft_relay_presence_new (&limits);
  g_autoptr(WeftAny) state = weft_any_new_object ();
  g_autoptr(GBytes) all = NULL, room = NULL;
  char owners[3];
  gint64 now = 1000;

  weft_awareness_set_local_state (awareness, state, now);
  while (!fuzz_input_done (&input))
    {
      guint how = fuzz_input_byte (&input);
      g_autoptr(GBytes) update = how & 128 ? fuzz_input_rest (&input) : fuzz_input_part (&input);
      g_autoptr(GBytes) before = NULL, after = NULL;
      g_autoptr(GBytes) news = NULL;
      g_autoptr(GError) error = NULL;

      before = weft_awareness_encode (awareness, NULL, 0);
      if (!weft_awareness_apply (awareness, update, NULL, now, &error))
        {
          after = weft_awareness_encode (awareness, NULL, 0);
          fuzz_check (error != NULL && g_bytes_equal (before, after), "a refused awareness update changed something");
        }
      fuzz_check (weft_awareness_get_local_state (awareness) != NULL, "somebody took our own state away");
      if (!weft_relay_presence_apply (presence, &owners[how % 3], update, now, stale_cb, &owners[0], NULL))
        weft_relay_presence_leave (presence, &owners[how % 3]);
      news = weft_relay_presence_take (presence);
      fuzz_check (news == NULL || weft_awareness_apply (other, news, NULL, now, NULL), "a relay sends what is refused");
      fuzz_check (weft_relay_presence_get_count (presence) <= limits.max_states_room, "a room holds too many states");
      if (how & 64)
        {
          now += 20000;
          weft_awareness_tick (awareness, now);
          weft_relay_presence_expire (presence, now);
        }
    }
  all = weft_awareness_encode (awareness, NULL, 0);
  fuzz_check (weft_awareness_apply (other, all, NULL, now, NULL), "an awareness update is refused");
  room = weft_relay_presence_encode (presence);
  fuzz_check (room == NULL || weft_awareness_apply (other, room, NULL, now, NULL), "a room's awareness is refused");
}

void
fuzz_sync_message (const guint8 *data,
                   gsize         size)
{
  g_autoptr(GBytes) bytes = g_bytes_new (data, size);
  g_auto(WeftSyncMessage) message = { 0 };
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftStateVector) vector = NULL;
  g_autoptr(WeftDoc) doc = NULL;
  const char *text;
  gsize n_bytes;

  if (!weft_sync_message_parse (&message, bytes, &error))
    {
      fuzz_check (error != NULL, "a message is refused without an error");
      return;
    }
  switch (message.type)
    {
    case WEFT_SYNC_MESSAGE_STEP1:
    case WEFT_SYNC_MESSAGE_RECEIPT:
      vector = weft_state_vector_decode (message.payload, NULL);
      if (vector != NULL)
        {
          g_autoptr(GBytes) again = message.type == WEFT_SYNC_MESSAGE_STEP1
                                        ? weft_sync_message_new_step1 (vector)
                                        : weft_sync_message_new_receipt (message.version, vector);
          g_auto(WeftSyncMessage) parsed = { 0 };

          fuzz_check (weft_sync_message_parse (&parsed, again, NULL) && parsed.type == message.type
                          && parsed.version == message.version,
                      "a message does not come back");
        }
      break;
    case WEFT_SYNC_MESSAGE_STEP2:
    case WEFT_SYNC_MESSAGE_UPDATE:
      doc = fuzz_doc_new (1, FALSE);
      if (!weft_doc_apply_update (doc, message.payload, NULL, &error))
        fuzz_check (error != NULL, "an update is refused without an error");
      fuzz_doc_check (doc);
      break;
    case WEFT_SYNC_MESSAGE_DENIED:
      text = g_bytes_get_data (message.payload, &n_bytes);
      fuzz_check (g_utf8_validate_len (text, n_bytes, NULL) || memchr (text, 0, n_bytes) != NULL,
                  "a reason is not UTF-8");
      break;
    default:
      break;
    }
}

/* What comes from the outside as text: zero terminated, as the command line and the clipboard give it. */
static char *
dup_text (const guint8 *data,
          gsize         size)
{
  return g_strndup ((const char *) data, size);
}

void
fuzz_link (const guint8 *data,
           gsize         size)
{
  g_autofree char *text = dup_text (data, size);
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftLink) link = weft_link_parse (text, &error);
  gboolean insecure;
  g_autofree char *address = weft_relay_address_parse (text, &insecure, NULL);
  g_autofree char *room = weft_relay_address_room ("wss://host", text);

  fuzz_check ((link == NULL) == (error != NULL), "a link is refused without an error, or taken with one");
  if (link != NULL)
    {
      g_autofree char *again = weft_link_to_string (link);
      g_autoptr(WeftLink) parsed = weft_link_parse (again, NULL);

      fuzz_check (parsed != NULL && parsed->kind == link->kind && g_strcmp0 (parsed->notebook, link->notebook) == 0
                      && g_strcmp0 (parsed->page, link->page) == 0 && g_strcmp0 (parsed->invite, link->invite) == 0
                      && parsed->insecure == link->insecure,
                  "a link does not come back");
      fuzz_check (link->relay == NULL || g_str_has_prefix (link->relay, "ws://") || g_str_has_prefix (link->relay, "wss://"),
                  "a relay is neither ws nor wss");
    }
  if (address != NULL)
    {
      gboolean still;
      g_autofree char *again = weft_relay_address_parse (address, &still, NULL);

      fuzz_check (again != NULL && g_str_equal (again, address) && still == insecure, "an address does not come back");
    }
}

void
fuzz_room_path (const guint8 *data,
                gsize         size)
{
  g_autofree char *text = dup_text (data, size), *name = NULL;

  if (weft_relay_path_get_room (text, 256, &name) == WEFT_RELAY_PATH_OK)
    fuzz_check (name != NULL && *name != '\0' && strlen (name) <= 256 && g_utf8_validate (name, -1, NULL), "a room's name is odd");
  else
    fuzz_check (name == NULL, "a path is refused with a name");
}

/* The same bytes at once and in pieces say the same. */
void
fuzz_ws_frame (const guint8 *data,
               gsize         size)
{
  FuzzInput input = { data, size };
  guint step = 1 + fuzz_input_below (&input, 16);
  gboolean from_client = fuzz_input_byte (&input) & 1;
  g_autoptr(WeftWsReader) whole = weft_ws_reader_new (1024, 8, from_client, WEFT_WS_OPCODE_BINARY);
  g_autoptr(WeftWsReader) pieces = weft_ws_reader_new (1024, 8, from_client, WEFT_WS_OPCODE_BINARY);
  const guint8 *at = data + input.pos, *piece = at;
  gsize left = size - input.pos, piece_left = 0, piece_rest = left;

  for (;;)
    {
      WeftWsEvent a = weft_ws_reader_feed (whole, &at, &left), b;
      gboolean more;

      for (;;)
        {
          if (piece_left == 0)
            {
              piece_left = MIN (step, piece_rest);
              piece_rest -= piece_left;
            }
          b = weft_ws_reader_feed (pieces, &piece, &piece_left);
          if (b.type != WEFT_WS_MORE || (piece_left == 0 && piece_rest == 0))
            break;
        }

      more = a.type == WEFT_WS_MESSAGE || a.type == WEFT_WS_PING || a.type == WEFT_WS_PONG;
      fuzz_check (a.type == b.type, "a frame in pieces is another event");
      fuzz_check (!(a.payload != NULL) == !(b.payload != NULL), "a frame in pieces has another payload");
      fuzz_check (a.payload == NULL || g_bytes_equal (a.payload, b.payload), "a frame in pieces has another payload");
      fuzz_check (a.payload == NULL || g_bytes_get_size (a.payload) <= 1024, "a message is too large");
      if (a.type == WEFT_WS_ERROR || a.type == WEFT_WS_CLOSE)
        {
          fuzz_check (a.close_code == b.close_code, "a frame in pieces has another code");
          if (a.type == WEFT_WS_ERROR)
            g_bytes_unref (weft_ws_frame_new_close (a.close_code, a.reason));
        }
      g_clear_pointer (&a.payload, g_bytes_unref);
      g_clear_pointer (&b.payload, g_bytes_unref);
      if (!more)
        break;
    }
}
