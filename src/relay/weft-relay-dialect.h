/* weft-relay-dialect.h - what is spoken on a WebSocket
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The seam for dialects. A *client* is one connection; a *session* is a client in a room. Most dialects have one
 * session for each client, entered by the relay itself; one with @many_rooms enters rooms when it likes. Each
 * dialect is one file with one constant table, made known by weft_relay_router_add_dialect().
 *
 * Threads: @dup_room runs on the main thread; @opened, @message, @tick and @closed on the client's; @entered, @update,
 * @awareness, @stored, @denied, @changed and @left on the room's. For a dialect with one room these two are the same
 * thread; one with many rooms keeps what belongs to a session in session->data, and gets to a room's thread by
 * weft_relay_session_run().
 */

#pragma once

#include <glib.h>

#include "relay/weft-relay-limits.h"

G_BEGIN_DECLS

typedef struct _WeftRelayDialect WeftRelayDialect;
typedef struct _WeftRelayRequest WeftRelayRequest;
typedef struct _WeftRelayClient WeftRelayClient;
typedef struct _WeftRelaySession WeftRelaySession;
typedef struct _WeftRelayRoom WeftRelayRoom;
typedef struct _WeftRelayNews WeftRelayNews;

struct _WeftRelayDialect
{
  const char *name;       /* for the log and the metrics */
  gboolean    text;       /* messages are text, and binary ones are refused; else the other way round */
  gboolean    many_rooms;
  gboolean    by_board;   /* a room may be named by the id of a page alone */

  /* Which room a handshake is for; %NULL: none, and the request was answered. Not called with @many_rooms.
   * %NULL: the name is what stood for `*room` in the route. (transfer full) */
  char *(*dup_room)  (WeftRelayRequest      *request,
                      const WeftRelayLimits *limits);

  /* All of these but @message may be %NULL. */
  void  (*opened)    (WeftRelayClient       *client);
  void  (*message)   (WeftRelayClient       *client,
                      GBytes                *message);
  /* Once a second. */
  void  (*tick)      (WeftRelayClient       *client,
                      gint64                 now_ms);
  /* The last call; what is in client->data goes. Not for who was never opened: whoever is refused at the door. */
  void  (*closed)    (WeftRelayClient       *client);

  /* The room's document is there. */
  void  (*entered)   (WeftRelaySession      *session);
  /* The document has changed, and that is stored. Not called for the session that did it. */
  void  (*update)    (WeftRelaySession      *session,
                      WeftRelayNews         *news);
  /* Somebody came, went or changed; also for the session that did it. */
  void  (*awareness) (WeftRelaySession      *session,
                      WeftRelayNews         *news);
  /* Everything up to server version @version is stored, this session's own changes included; at most once a tick, and only
   * where session->wants_stored. */
  void  (*stored)    (WeftRelaySession      *session,
                      guint64                version);
  /* A viewer's change was not taken. */
  void  (*denied)    (WeftRelaySession      *session,
                      const char            *reason);
  /* session->grant is another one. */
  void  (*changed)   (WeftRelaySession      *session);
  /* The room has sent the session away: it is in no room any more. %NULL: the connection is closed with @code. */
  void  (*refused)   (WeftRelaySession      *session,
                      guint16                code,
                      const char            *reason);
  /* The session has left; what is in session->data goes. */
  void  (*left)      (WeftRelaySession      *session);
};

G_END_DECLS
