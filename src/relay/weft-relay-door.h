/* weft-relay-door.h - accepts connections, not too many at a time
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A listening socket. Between accepting and the end of the request a connection is a *guest*: there are at most
 * limits->max_handshakes of them, others wait in the backlog; at most limits->max_handshakes_address from one
 * address, more are cut off; and who takes longer than limits->request_seconds is cut off too. Without descriptors left it
 * accepts nobody for a moment. Who has sent all of a handshake when they are accepted is no guest at all. Others are looked
 * at until the head of their request is there as a whole: only then somebody else reads it, who sees no half ones.
 */

#pragma once

#include <gio/gio.h>

#include "relay/weft-relay-limits.h"

G_BEGIN_DECLS

typedef struct _WeftRelayDoor WeftRelayDoor;

/* @connection: a guest; @remote: its address, which stands for it from now on */
typedef void (*WeftRelayDoorFunc) (GSocketConnection *connection,
                                   GSocketAddress    *local,
                                   GSocketAddress    *remote,
                                   gpointer           user_data);

typedef enum
{
  WEFT_RELAY_DOOR_TAKEN,   /* all that is wanted of them was there, and the descriptor was taken over */
  WEFT_RELAY_DOOR_PASS,    /* they are for the WeftRelayDoorFunc; nothing was read of what they said */
  WEFT_RELAY_DOOR_WAIT,    /* they have not said all yet; nothing was read of it */
  WEFT_RELAY_DOOR_REFUSED, /* they were answered, and nothing that they say counts any more */
} WeftRelayDoorAnswer;

/* Somebody is at @fd, which does not block. @n_there: (out): how many bytes they have said, with WEFT_RELAY_DOOR_WAIT */
typedef WeftRelayDoorAnswer (*WeftRelayDoorQuickFunc) (int             fd,
                                                       GSocketAddress *remote,
                                                       gsize          *n_there,
                                                       gpointer        user_data);

/* The listening socket of @address. (transfer full) */
GSocket       *weft_relay_door_listen       (GSocketAddress        *address,
                                             GError               **error) G_GNUC_WARN_UNUSED_RESULT;
/* The sockets that systemd passed (LISTEN_FDS), which are ours then; empty where it passed none. (element-type GSocket)
 * (transfer full) */
GPtrArray     *weft_relay_door_take_sockets (GError               **error) G_GNUC_WARN_UNUSED_RESULT;

WeftRelayDoor *weft_relay_door_new          (GSocket               *socket,
                                             const WeftRelayLimits *limits,
                                             WeftRelayDoorQuickFunc quick,
                                             WeftRelayDoorFunc      func,
                                             gpointer               user_data) G_GNUC_WARN_UNUSED_RESULT;
void           weft_relay_door_free         (WeftRelayDoor         *self);
/* Accepts nobody any more. */
void           weft_relay_door_close        (WeftRelayDoor         *self);
GSocketAddress *weft_relay_door_get_address (WeftRelayDoor         *self); /* borrowed */

/* The address that limits count by: an IPv6 network stands for its hosts. @inet: (nullable): %NULL where somebody comes
 * by a socket in the file system, who is somebody of this computer */
char          *weft_relay_door_name_address (GInetAddress          *inet);
/* Whether limits for an address do not count it. @address: as weft_relay_door_name_address() makes it */
gboolean       weft_relay_door_is_loopback  (const char            *address);

/* The request of the guest at @remote is complete: it is no guest any more. */
void           weft_relay_guest_arrived     (GSocketAddress        *remote);
/* The socket of the guest, or of who was one. Borrowed. */
GSocket       *weft_relay_guest_get_socket  (GSocketAddress        *remote);

G_END_DECLS
