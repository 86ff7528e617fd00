/* relay-client.h - a relay to test, and a client that need not behave
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The relay's main thread is the test's; the client is a script on another thread, with blocking sockets.
 */

#pragma once

#include "crdt/weft-doc.h"
#include "relay/weft-relay.h"
#include "relay/weft-ws-frame.h"
#include "sync/weft-sync-protocol.h"

/* So many rounds of 10 ms are waited for what must come: a machine may be many times as slow as ours. */
#define PATIENCE 12000

typedef struct
{
  WeftRelayConfig *config;
  WeftRelay       *relay;
  char            *folder;
  guint16          port;
  void           (*script) (gpointer fixture);
  gboolean         done;
} Fixture;

typedef struct
{
  int           fd;
  WeftWsReader *reader;
  guint8        buffer[65536];
  const guint8 *data;
  gsize         n_bytes;
} Client;

void client_connect (Client *self, Fixture *fixture);
void client_end (Client *self);
/* Returns: whether all was taken */
gboolean client_send_raw (Client *self, const void *data, gsize n_bytes);
/* The head of the answer to a handshake. */
char *client_request (Client *self, const char *path, const char *headers);
/* The same in two pieces: then it is libsoup that reads it. */
char *client_request_slowly (Client *self, const char *path, const char *headers);
void client_open (Client *self, Fixture *fixture, const char *path);
void client_send_frame (Client *self, guint8 first, const void *payload, gsize n_bytes);
void client_send (Client *self, GBytes *message);
/* The next event; WEFT_WS_MORE where the connection ended or nothing came. */
WeftWsEvent client_read (Client *self);
/* Passes over messages. Returns: the close code, 0 where there was none */
guint16 client_read_close (Client *self);
/* The next message of @type, parsed. */
void client_read_message (Client *self, WeftSyncMessageType type, WeftSyncMessage *message);
/* Says goodbye and waits for the answer: everything sent before has arrived. */
void client_finish (Client *self);
GBytes *make_edit (WeftClientId client, const char *text);
void send_edit (Client *client, WeftClientId id, const char *text);
/* What a newcomer finds in the room. */
char *read_room (Fixture *fixture, const char *path);
/* What one connection sends is there for another as soon as the relay has come to it. */
void assert_room (Fixture *fixture, const char *path, const char *expected);
WeftRelayCounters get_counters (Fixture *fixture);
void init_fixture (Fixture *fixture, const WeftRelayLimits *limits);
void clear_fixture (Fixture *fixture);
/* Runs @script against the relay, which runs here. */
void run_script (Fixture *fixture);
/* Runs @script against a relay with @limits. */
void run (const WeftRelayLimits *limits, void (*script) (gpointer fixture));
