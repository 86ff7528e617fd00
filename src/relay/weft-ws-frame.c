/* weft-ws-frame.c - WebSocket frames: a strict reader and a writer
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-ws-frame.h"

#include <string.h>

#define FIN_BIT  0x80
#define RSV_BITS 0x70
#define MASK_BIT 0x80

#define MAX_CONTROL 125
#define MAX_HEADER  14

struct _WeftWsReader
{
  gsize       max_message;
  guint       max_fragments;
  gboolean    from_client;
  guint8      wanted; /* the opcode of messages */
  gboolean    failed;

  /* The head of the current frame, as far as it has arrived. */
  guint8      head[MAX_HEADER];
  guint       n_head;
  gboolean    in_payload;

  /* The current frame, once its head is complete. */
  guint8      opcode;
  gboolean    fin;
  guint8      mask[4];
  guint64     length;
  guint64     taken;

  /* The current message; %NULL between messages. */
  GByteArray *message;
  guint       n_fragments;

  guint8     *control; /* the payload of a control frame; %NULL until there is one */
};

WeftWsReader *
weft_ws_reader_new (gsize        max_message,
                    guint        max_fragments,
                    gboolean     from_client,
                    WeftWsOpcode opcode)
{
  WeftWsReader *self = g_new0 (WeftWsReader, 1);

  self->max_message = max_message;
  self->max_fragments = max_fragments;
  self->from_client = from_client;
  self->wanted = (guint8) opcode;
  return self;
}

void
weft_ws_reader_free (WeftWsReader *self)
{
  g_clear_pointer (&self->message, g_byte_array_unref);
  g_free (self->control);
  g_free (self);
}

gboolean
weft_ws_reader_is_idle (WeftWsReader *self)
{
  return !self->failed && self->n_head == 0 && !self->in_payload && self->message == NULL;
}

static WeftWsEvent
fail (WeftWsReader *self,
      guint16       close_code,
      const char   *reason)
{
  self->failed = TRUE;
  g_clear_pointer (&self->message, g_byte_array_unref);
  return (WeftWsEvent){ WEFT_WS_ERROR, NULL, close_code, reason };
}

static inline gboolean
is_control (guint8 opcode)
{
  return (opcode & 0x8) != 0;
}

/* What is wrong with the first two bytes of a frame, or %NULL. Says so before the rest arrives. */
static const char *
check_first_bytes (WeftWsReader *self,
                   guint16      *close_code)
{
  guint8 opcode = self->head[0] & 0x0f;
  gboolean fin = (self->head[0] & FIN_BIT) != 0;

  *close_code = WEFT_WS_CLOSE_PROTOCOL_ERROR;

  if ((self->head[0] & RSV_BITS) != 0)
    return "reserved bits are set";

  switch (opcode)
    {
    case WEFT_WS_OPCODE_CONTINUATION:
      if (self->message == NULL)
        return "a continuation of nothing";
      break;
    case WEFT_WS_OPCODE_TEXT:
    case WEFT_WS_OPCODE_BINARY:
      if (opcode != self->wanted)
        {
          *close_code = WEFT_WS_CLOSE_UNSUPPORTED;
          return opcode == WEFT_WS_OPCODE_TEXT ? "text messages are not understood here"
                                               : "only text messages are understood here";
        }
      if (self->message != NULL)
        return "a new message inside another";
      break;
    case WEFT_WS_OPCODE_CLOSE:
    case WEFT_WS_OPCODE_PING:
    case WEFT_WS_OPCODE_PONG:
      if (!fin)
        return "a control frame in pieces";
      break;
    default:
      return "reserved opcode";
    }

  if (self->n_head < 2)
    return NULL;
  if (((self->head[1] & MASK_BIT) != 0) != self->from_client)
    return self->from_client ? "a frame without mask" : "a frame with mask";
  if (is_control (opcode) && (self->head[1] & 0x7f) > MAX_CONTROL)
    return "a control frame is too long";

  return NULL;
}

/* How long the head is, from its first two bytes. */
static guint
head_size (WeftWsReader *self)
{
  guint8 short_length = self->head[1] & 0x7f;

  return 2 + (short_length == 126 ? 2 : short_length == 127 ? 8 : 0) + (self->from_client ? 4 : 0);
}

static guint64
get_big_endian (const guint8 *bytes,
                guint         n_bytes)
{
  guint64 value = 0;

  for (guint i = 0; i < n_bytes; i++)
    value = value << 8 | bytes[i];

  return value;
}

/* Begins the payload of the frame whose head is complete. Returns: what is wrong, or %NULL */
static const char *
begin_payload (WeftWsReader *self,
               guint16      *close_code)
{
  guint8 short_length = self->head[1] & 0x7f;
  guint n_length = short_length == 126 ? 2 : short_length == 127 ? 8 : 0;

  *close_code = WEFT_WS_CLOSE_PROTOCOL_ERROR;
  self->opcode = self->head[0] & 0x0f;
  self->fin = (self->head[0] & FIN_BIT) != 0;
  self->length = n_length > 0 ? get_big_endian (self->head + 2, n_length) : short_length;
  self->taken = 0;
  self->in_payload = TRUE;

  memset (self->mask, 0, sizeof self->mask);
  if (self->from_client)
    memcpy (self->mask, self->head + 2 + n_length, sizeof self->mask);

  if ((n_length == 2 && self->length < 126) || (n_length == 8 && self->length < 65536))
    return "a length in more bytes than it needs";
  if (self->length > G_MAXINT64)
    return "a length with its highest bit set";
  if (is_control (self->opcode))
    {
      if (self->control == NULL && self->length > 0)
        self->control = g_malloc (MAX_CONTROL);
      return NULL;
    }

  if (self->message == NULL)
    {
      self->message = g_byte_array_new ();
      self->n_fragments = 0;
    }
  if (++self->n_fragments > self->max_fragments)
    {
      *close_code = WEFT_WS_CLOSE_TOO_BIG;
      return "a message in too many pieces";
    }
  if (self->length > self->max_message - self->message->len)
    {
      *close_code = WEFT_WS_CLOSE_TOO_BIG;
      return "a message is too large";
    }

  return NULL;
}

/* Takes @n_bytes of payload and removes the mask. */
static void
take_payload (WeftWsReader *self,
              const guint8 *data,
              gsize         n_bytes)
{
  guint8 *target;

  if (n_bytes == 0)
    return;

  if (is_control (self->opcode))
    {
      target = self->control + self->taken;
      memcpy (target, data, n_bytes);
    }
  else
    {
      guint old_length = self->message->len;

      g_byte_array_append (self->message, data, (guint) n_bytes);
      /* An empty message has no bytes to point to. */
      target = n_bytes > 0 ? self->message->data + old_length : NULL;
    }

  if (self->from_client)
    {
      gsize i = 0;

      /* Byte by byte to a multiple of four, then a word at a time. */
      for (; i < n_bytes && ((self->taken + i) & 3) != 0; i++)
        target[i] ^= self->mask[(self->taken + i) & 3];

      for (; i + 4 <= n_bytes; i += 4)
        {
          guint32 word;
          guint32 mask;

          memcpy (&word, target + i, 4);
          memcpy (&mask, self->mask, 4);
          word ^= mask;
          memcpy (target + i, &word, 4);
        }

      for (; i < n_bytes; i++)
        target[i] ^= self->mask[(self->taken + i) & 3];
    }

  self->taken += n_bytes;
}

static gboolean
is_close_code (guint16 code)
{
  return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
         (code >= 3000 && code <= 4999);
}

static WeftWsEvent
finish_close (WeftWsReader *self)
{
  guint16 code;

  if (self->length == 0)
    return (WeftWsEvent){ WEFT_WS_CLOSE, NULL, WEFT_WS_CLOSE_NO_STATUS, NULL };
  if (self->length == 1)
    return fail (self, WEFT_WS_CLOSE_PROTOCOL_ERROR, "half a close code");

  code = (guint16) get_big_endian (self->control, 2);
  if (!is_close_code (code))
    return fail (self, WEFT_WS_CLOSE_PROTOCOL_ERROR, "no such close code");
  if (!g_utf8_validate_len ((const char *) self->control + 2, self->length - 2, NULL))
    return fail (self, WEFT_WS_CLOSE_BAD_DATA, "the reason of a close is not UTF-8");

  return (WeftWsEvent){ WEFT_WS_CLOSE, NULL, code, NULL };
}

/* Whether @data is UTF-8, U+0000 included. */
static gboolean
is_utf8 (const guint8 *data,
         gsize         n_bytes)
{
  const char *end = (const char *) data;
  const char *limit = end + n_bytes;

  while (end < limit)
    {
      if (*end == '\0')
        end++;
      else if (!g_utf8_validate_len (end, (gsize) (limit - end), &end) && (end == limit || *end != '\0'))
        return FALSE;
    }

  return TRUE;
}

/* The payload of a frame is complete. */
static WeftWsEvent
finish_frame (WeftWsReader *self)
{
  self->n_head = 0;
  self->in_payload = FALSE;

  switch (self->opcode)
    {
    case WEFT_WS_OPCODE_PING:
      return (WeftWsEvent){ WEFT_WS_PING, g_bytes_new (self->control, self->length), 0, NULL };
    case WEFT_WS_OPCODE_PONG:
      return (WeftWsEvent){ WEFT_WS_PONG, NULL, 0, NULL };
    case WEFT_WS_OPCODE_CLOSE:
      return finish_close (self);
    default:
      if (!self->fin)
        return (WeftWsEvent){ WEFT_WS_MORE, NULL, 0, NULL };
      /* U+0000 is a character like others here. */
      if (self->wanted == WEFT_WS_OPCODE_TEXT && !is_utf8 (self->message->data, self->message->len))
        return fail (self, WEFT_WS_CLOSE_BAD_DATA, "a text message is not UTF-8");
      return (WeftWsEvent){ WEFT_WS_MESSAGE, g_byte_array_free_to_bytes (g_steal_pointer (&self->message)), 0, NULL };
    }
}

/* Takes one byte of a frame's head. Returns: an error, or WEFT_WS_MORE */
static WeftWsEvent
take_head (WeftWsReader *self,
           guint8        byte)
{
  const char *reason = NULL;
  guint16 close_code = 0;

  self->head[self->n_head++] = byte;

  if (self->n_head <= 2)
    reason = check_first_bytes (self, &close_code);
  if (reason == NULL && self->n_head >= 2 && self->n_head == head_size (self))
    reason = begin_payload (self, &close_code);

  if (reason != NULL)
    return fail (self, close_code, reason);

  return (WeftWsEvent){ WEFT_WS_MORE, NULL, 0, NULL };
}

WeftWsEvent
weft_ws_reader_feed (WeftWsReader  *self,
                     const guint8 **data,
                     gsize         *n_bytes)
{
  WeftWsEvent event = { WEFT_WS_MORE, NULL, 0, NULL };

  /* What comes behind an error is swallowed. */
  if (self->failed)
    {
      *data += *n_bytes;
      *n_bytes = 0;
    }

  /* A frame without payload is complete with its head. */
  while (!self->failed && event.type == WEFT_WS_MORE &&
         (*n_bytes > 0 || (self->in_payload && self->taken == self->length)))
    {
      if (!self->in_payload)
        {
          event = take_head (self, **data);
          (*data)++;
          (*n_bytes)--;
        }
      else
        {
          gsize n_taken = (gsize) MIN (*n_bytes, self->length - self->taken);

          take_payload (self, *data, n_taken);
          *data += n_taken;
          *n_bytes -= n_taken;
          if (self->taken == self->length)
            event = finish_frame (self);
        }
    }

  return event;
}

GBytes *
weft_ws_frame_new (WeftWsOpcode opcode,
                   GBytes      *payload)
{
  return weft_ws_frame_new_joined (opcode, NULL, 0, payload);
}

/* @n_kept: room for so many bytes behind it. @n_written: (out): its own */
static guint8 *
make_head (WeftWsOpcode  opcode,
           const guint8 *first,
           gsize         n_first,
           gsize         n_rest,
           gsize         n_kept,
           gsize        *n_written)
{
  gsize size = n_first + n_rest;
  guint n_head = size < 126 ? 2 : size < 65536 ? 4 : 10;
  guint8 *frame = g_malloc (n_head + n_first + n_kept);

  frame[0] = FIN_BIT | (guint8) opcode;
  if (n_head == 2)
    {
      frame[1] = (guint8) size;
    }
  else
    {
      frame[1] = n_head == 4 ? 126 : 127;
      for (guint i = 2; i < n_head; i++)
        frame[i] = (guint8) ((guint64) size >> (8 * (n_head - 1 - i)));
    }

  if (n_first > 0)
    memcpy (frame + n_head, first, n_first);
  *n_written = n_head + n_first;
  return frame;
}

GBytes *
weft_ws_frame_new_joined (WeftWsOpcode  opcode,
                          const guint8 *first,
                          gsize         n_first,
                          GBytes       *rest)
{
  gsize n_rest = g_bytes_get_size (rest);
  gsize n_head;
  guint8 *frame = make_head (opcode, first, n_first, n_rest, n_rest, &n_head);

  if (n_rest > 0)
    memcpy (frame + n_head, g_bytes_get_data (rest, NULL), n_rest);
  return g_bytes_new_take (frame, n_head + n_rest);
}

GBytes *
weft_ws_frame_new_head (WeftWsOpcode  opcode,
                        const guint8 *first,
                        gsize         n_first,
                        gsize         n_rest)
{
  gsize n_head;
  guint8 *head = make_head (opcode, first, n_first, n_rest, 0, &n_head);

  return g_bytes_new_take (head, n_head);
}

GBytes *
weft_ws_frame_new_close (guint16     code,
                         const char *reason)
{
  gsize length = MIN (strlen (reason), MAX_CONTROL - 2);
  guint8 payload[MAX_CONTROL] = { (guint8) (code >> 8), (guint8) code };
  g_autoptr(GBytes) bytes = NULL;

  memcpy (payload + 2, reason, length);
  bytes = g_bytes_new (payload, length + 2);
  return weft_ws_frame_new (WEFT_WS_OPCODE_CLOSE, bytes);
}
