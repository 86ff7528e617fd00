/* weft-ws-frame.h - WebSocket frames: a strict reader and a writer
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * RFC 6455 without extensions, as pure functions over bytes. The reader takes whatever pieces arrive
 * and gives one event at a time: a whole binary message, a control frame, or the reason to close. It
 * keeps what was received, never what was announced, so memory grows only with the sender's effort.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  WEFT_WS_OPCODE_CONTINUATION = 0x0,
  WEFT_WS_OPCODE_TEXT = 0x1,
  WEFT_WS_OPCODE_BINARY = 0x2,
  WEFT_WS_OPCODE_CLOSE = 0x8,
  WEFT_WS_OPCODE_PING = 0x9,
  WEFT_WS_OPCODE_PONG = 0xa,
} WeftWsOpcode;

/* Close codes: of RFC 6455 and its registry, and our own from 4000 on (see docs/protocols.md). */
typedef enum
{
  WEFT_WS_CLOSE_NORMAL = 1000,
  WEFT_WS_CLOSE_GOING_AWAY = 1001,
  WEFT_WS_CLOSE_PROTOCOL_ERROR = 1002,
  WEFT_WS_CLOSE_UNSUPPORTED = 1003,
  WEFT_WS_CLOSE_NO_STATUS = 1005,
  WEFT_WS_CLOSE_BAD_DATA = 1007,
  WEFT_WS_CLOSE_TOO_BIG = 1009,
  WEFT_WS_CLOSE_RESTART = 1012,
  WEFT_WS_CLOSE_TRY_LATER = 1013,
  WEFT_WS_CLOSE_MALFORMED = 4400,
  WEFT_WS_CLOSE_NOT_AUTHENTICATED = 4401,
  WEFT_WS_CLOSE_FORBIDDEN = 4403,
  WEFT_WS_CLOSE_NOT_FOUND = 4404,
} WeftWsCloseCode;

typedef enum
{
  WEFT_WS_MORE,    /* all bytes were taken, nothing is complete */
  WEFT_WS_MESSAGE, /* a whole message, in @payload */
  WEFT_WS_PING,    /* @payload must be sent back */
  WEFT_WS_PONG,
  WEFT_WS_CLOSE,   /* the other side closes, with @close_code */
  WEFT_WS_ERROR,   /* close with @close_code; @reason says why; nothing more can be read */
} WeftWsEventType;

typedef struct
{
  WeftWsEventType type;
  GBytes         *payload; /* owned by the caller; MESSAGE, PING */
  guint16         close_code;
  const char     *reason;  /* static */
} WeftWsEvent;

typedef struct _WeftWsReader WeftWsReader;

/* @from_client: whether frames must be masked (what a server reads) or must not
 * @opcode: what messages are: binary, or text, which is UTF-8 then; the other kind is refused with 1003 */
WeftWsReader *weft_ws_reader_new      (gsize          max_message,
                                       guint          max_fragments,
                                       gboolean       from_client,
                                       WeftWsOpcode   opcode);
void          weft_ws_reader_free     (WeftWsReader  *self);
/* Whether nothing has begun: a fresh one would go on as this one. */
gboolean      weft_ws_reader_is_idle  (WeftWsReader  *self);
/* Takes bytes from @data until an event is complete; moves @data and @n_bytes behind what was taken. */
WeftWsEvent   weft_ws_reader_feed     (WeftWsReader  *self,
                                       const guint8 **data,
                                       gsize         *n_bytes);

/* One unmasked frame, as a server sends it. */
GBytes       *weft_ws_frame_new       (WeftWsOpcode   opcode,
                                       GBytes        *payload);
/* The same of a payload in two pieces, without putting them together before. */
GBytes       *weft_ws_frame_new_joined (WeftWsOpcode  opcode,
                                       const guint8  *head,
                                       gsize          n_head,
                                       GBytes        *rest);
/* What stands before the last @n_rest bytes of such a frame. */
GBytes       *weft_ws_frame_new_head  (WeftWsOpcode   opcode,
                                       const guint8  *first,
                                       gsize          n_first,
                                       gsize          n_rest);
/* @reason: at most 123 bytes */
GBytes       *weft_ws_frame_new_close (guint16        code,
                                       const char    *reason);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftWsReader, weft_ws_reader_free)

G_END_DECLS
