/* weft-relay-bus.h - what relays of one database tell each other
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Several relays may share a PostgreSQL server, and then talk by Redis. Each room has a channel
 * (`weft:NOTEBOOK:room:NAME`), on which updates go that are committed already, with their server version, and awareness.
 * Nothing depends on it that a message arrives: versions of a room have no gaps, so a relay that has missed one sees
 * that and reads the database; and without Redis it looks there every now and then.
 *
 * For other programs there are `board:{id}:presence`, a hash from user (or client, where nobody has accounts) to
 * `{"clientId":…,"relay":…,"state":…}`, and `board:{id}:connections`, a set of `relay:number`. Both expire.
 */

#pragma once

#include "relay/weft-relay-config.h"
#include "relay/weft-relay-store.h"

G_BEGIN_DECLS

typedef struct _WeftRelayBus WeftRelayBus;
typedef struct _WeftRelayPool WeftRelayPool;

typedef enum
{
  WEFT_RELAY_WORD_JOINED,    /* from here on the room's words arrive; not from another relay */
  WEFT_RELAY_WORD_UPDATE,    /* @version is committed; without @data: it is in the database */
  WEFT_RELAY_WORD_AWARENESS, /* of clients of @from */
  WEFT_RELAY_WORD_QUERY,     /* @from wants everybody's awareness */
} WeftRelayWordKind;

/* What a relay says to the others about a room. */
typedef struct
{
  WeftRelayWordKind kind;
  const char       *from;    /* the relay's id, interned; %NULL with JOINED */
  guint64           version;
  GBytes           *data;    /* (nullable) */
} WeftRelayWord;

typedef struct
{
  guint64 n_published;
  guint64 n_dropped;
  guint64 n_received;
  guint64 n_connects;
  guint64 n_relays;   /* others that are there now */
} WeftRelayBusCounters;

/* @bus: (out) (nullable): %NULL where @config names no Redis. Returns: %FALSE with @error, where it names one wrongly */
gboolean    weft_relay_bus_new           (const WeftRelayConfig *config,
                                          WeftRelayStore        *store,
                                          WeftRelayBus         **bus,
                                          GError               **error) G_GNUC_WARN_UNUSED_RESULT;
/* Begins to talk. @pool: borrowed; gets what the others say until weft_relay_bus_stop() */
void        weft_relay_bus_start         (WeftRelayBus          *self,
                                          WeftRelayPool         *pool);
void        weft_relay_bus_stop          (WeftRelayBus          *self);
void        weft_relay_bus_free          (WeftRelayBus          *self);

/* --- on any thread; none of these waits --- */
/* This relay's id, another one at each start. */
const char *weft_relay_bus_get_id        (WeftRelayBus          *self);
gboolean    weft_relay_bus_is_up         (WeftRelayBus          *self);
void        weft_relay_bus_get_counters  (WeftRelayBus          *self,
                                          WeftRelayBusCounters  *counters);
/* As often as weft_relay_bus_leave(). */
void        weft_relay_bus_join          (WeftRelayBus          *self,
                                          const char            *room);
void        weft_relay_bus_leave         (WeftRelayBus          *self,
                                          const char            *room);
/* @data: (nullable) */
void        weft_relay_bus_publish       (WeftRelayBus          *self,
                                          const char            *room,
                                          WeftRelayWordKind      kind,
                                          guint64                version,
                                          GBytes                *data);
/* Rights have changed: the others ask again (@code 0), or cut off. @user, @room, @reason: (nullable) */
void        weft_relay_bus_publish_rights (WeftRelayBus         *self,
                                          const char            *user,
                                          const char            *room,
                                          guint16                code,
                                          const char            *reason);
/* Notes who is in @room. @states: (element-type utf8 utf8): field -> value; @connections: set of members; @gone_fields,
 * @gone_connections: (element-type utf8): what was noted before */
void        weft_relay_bus_note_room     (WeftRelayBus          *self,
                                          const char            *room,
                                          GHashTable            *states,
                                          GHashTable            *connections,
                                          GPtrArray             *gone_fields,
                                          GPtrArray             *gone_connections);
/* Takes out of these what the relay @from has noted, which is gone. */
void        weft_relay_bus_sweep_room    (WeftRelayBus          *self,
                                          const char            *room,
                                          const char            *from);

G_END_DECLS
