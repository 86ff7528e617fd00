/* weft-sync-protocol.h - the messages of y-websocket, read and written
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A pure codec, shared by the client and the relay. A message is one binary WebSocket message:
 *
 *     0 0 <state vector>    sync step 1: this is what I have, answer what I lack
 *     0 1 <update>          sync step 2: the answer
 *     0 2 <update>          an edit
 *     1 <awareness update>  who is here
 *     2 0 <reason>          permission denied
 *     3                     tell me who is here
 *     100 <version> <entries of a state vector>   receipt (weft.v1): all up to there is durable
 *
 * `<...>` are lib0 byte arrays (varUint length, then the bytes); numbers are varUints.
 */

#pragma once

#include "crdt/weft-reader.h"
#include "crdt/weft-state-vector.h"

G_BEGIN_DECLS

/* The WebSocket subprotocol that asks for receipts. */
#define WEFT_SYNC_SUBPROTOCOL "weft.v1"

/* A message with a document update may be this large; more is closed with 1009. */
#define WEFT_SYNC_MAX_MESSAGE     (16 * 1024 * 1024)
/* What the frame around an update may take of a message. */
#define WEFT_SYNC_FRAME_SLACK 64
/* An awareness message may be this large. */
#define WEFT_SYNC_MAX_AWARENESS   (64 * 1024)
/* A larger update is sent as several. */
#define WEFT_SYNC_MAX_UPDATE      (8 * 1024 * 1024)

/* Why a Weft relay closes with 4401, 4403 and 4404; clients say it in their user's language. */
#define WEFT_SYNC_REASON_SIGN_IN   "Sign in: there is no token, or it is not good (any more)."
#define WEFT_SYNC_REASON_FORBIDDEN "This is not shared with you (any more)."
#define WEFT_SYNC_REASON_NOT_FOUND "There is no such notebook or page on this relay (any more)."
/* The same for 1009 and 1013. */
#define WEFT_SYNC_REASON_FULL         "the document is full"
#define WEFT_SYNC_REASON_CANNOT_STORE "cannot store now"

typedef enum
{
  WEFT_SYNC_MESSAGE_STEP1,
  WEFT_SYNC_MESSAGE_STEP2,
  WEFT_SYNC_MESSAGE_UPDATE,
  WEFT_SYNC_MESSAGE_AWARENESS,
  WEFT_SYNC_MESSAGE_DENIED,
  WEFT_SYNC_MESSAGE_QUERY_AWARENESS,
  WEFT_SYNC_MESSAGE_RECEIPT,
  WEFT_SYNC_MESSAGE_UNKNOWN, /* an outer type that we do not know: ignore it, as y-websocket does */
} WeftSyncMessageType;

/**
 * WeftSyncMessage:
 * @type: what it is
 * @payload: (nullable): a part of the message's bytes: the state vector, the update, the awareness
 *   update, the reason (UTF-8), the entries of a receipt (a whole state vector)
 * @version: the server version of a receipt
 *
 * The payload itself is not looked into.
 */
typedef struct
{
  WeftSyncMessageType type;
  GBytes             *payload;
  guint64             version;
} WeftSyncMessage;

/* Takes one message apart; what is malformed gives %FALSE and @error (%WEFT_CRDT_ERROR). Clear @self afterwards. */
gboolean weft_sync_message_parse           (WeftSyncMessage       *self,
                                            GBytes                *message,
                                            GError               **error) G_GNUC_WARN_UNUSED_RESULT;
void     weft_sync_message_clear           (WeftSyncMessage       *self);

/* (transfer full): each a whole message */
GBytes  *weft_sync_message_new_step1       (const WeftStateVector *state_vector);
GBytes  *weft_sync_message_new_step2       (GBytes                *update);
GBytes  *weft_sync_message_new_update      (GBytes                *update);
GBytes  *weft_sync_message_new_awareness   (GBytes                *awareness_update);
GBytes  *weft_sync_message_new_denied      (const char            *reason);
GBytes  *weft_sync_message_new_query       (void);
/* @changed: the entries that changed since the last receipt on this connection */
GBytes  *weft_sync_message_new_receipt     (guint64                version,
                                            const WeftStateVector *changed);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeftSyncMessage, weft_sync_message_clear)

G_END_DECLS
