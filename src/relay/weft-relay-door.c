/* weft-relay-door.c - accepts connections, not too many at a time
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#define _GNU_SOURCE /* accept4 */

#include "config.h"

#include "relay/weft-relay-door.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay/weft-relay-log.h"

#define BACKLOG 4096

/* Connections accepted in one turn, before those that are there have theirs. */
#define MAX_ACCEPTS 32

/* Who connects is accepted with the first bytes that they send, or after so long without any. */
#define DEFER_SECONDS 1

/* How long nobody is accepted when there are no descriptors left. */
#define PAUSE_MS 200

/* The first descriptor that systemd passes. */
#define FIRST_PASSED 3

#define KEY_GUEST "weft-relay-guest"

/* Who comes by a socket in the file system. */
#define LOCAL "local"

/* Where the IPv4 address is in an IPv6 one that stands for it (::ffff:192.0.2.1). */
#define MAPPED_AT 12

typedef struct
{
  gatomicrefcount ref_count; /* one for the door while it arrives, one for the address */
  WeftRelayDoor  *door;      /* %NULL once it is no guest any more */
  GSocket        *socket;
  char           *address;
  gint64          deadline_ms;
  GList           link;
} Guest;

struct _WeftRelayDoor
{
  GSocket               *socket;
  GSocketAddress        *address;
  const WeftRelayLimits *limits;
  WeftRelayDoorQuickFunc quick;
  WeftRelayDoorFunc      func;
  gpointer               user_data;
  GSource               *accept_source; /* %NULL: nobody is accepted now */
  guint                  pause_source;
  guint                  deadline_source;
  gboolean               closed;
  GQueue                 guests;    /* of Guest, by deadline */
  GHashTable            *addresses; /* address -> how many guests */
};

static void accept_more (WeftRelayDoor *self);

/* --- guests --- */

static void
guest_unref (gpointer data)
{
  Guest *guest = data;

  if (!g_atomic_ref_count_dec (&guest->ref_count))
    return;

  g_object_unref (guest->socket);
  g_free (guest->address);
  g_free (guest);
}

static void
count_address (WeftRelayDoor *self,
               const char    *address,
               int            change)
{
  guint count = GPOINTER_TO_UINT (g_hash_table_lookup (self->addresses, address)) + (guint) change;

  if (count > 0)
    g_hash_table_insert (self->addresses, g_strdup (address), GUINT_TO_POINTER (count));
  else
    g_hash_table_remove (self->addresses, address);
}

static void
let_go (Guest *guest)
{
  WeftRelayDoor *self = g_steal_pointer (&guest->door);

  if (self == NULL)
    return;

  g_queue_unlink (&self->guests, &guest->link);
  count_address (self, guest->address, -1);
  guest_unref (guest);
  accept_more (self);
}

/* With the address of the connection. */
static void
guest_gone (gpointer data)
{
  let_go (data);
  guest_unref (data);
}

void
weft_relay_guest_arrived (GSocketAddress *remote)
{
  Guest *guest = g_object_get_data (G_OBJECT (remote), KEY_GUEST);

  if (guest != NULL)
    let_go (guest);
}

GSocket *
weft_relay_guest_get_socket (GSocketAddress *remote)
{
  Guest *guest = g_object_get_data (G_OBJECT (remote), KEY_GUEST);

  return guest != NULL ? guest->socket : NULL;
}

char *
weft_relay_door_name_address (GInetAddress *inet)
{
  static const guint8 mapped[MAPPED_AT] = { [10] = 0xff, [11] = 0xff };
  const guint8 *bytes;

  if (inet == NULL)
    return g_strdup (LOCAL);

  bytes = g_inet_address_to_bytes (inet);
  if (g_inet_address_get_family (inet) == G_SOCKET_FAMILY_IPV6 && memcmp (bytes, mapped, MAPPED_AT) == 0)
    {
      g_autoptr(GInetAddress) plain = g_inet_address_new_from_bytes (bytes + MAPPED_AT, G_SOCKET_FAMILY_IPV4);

      return g_inet_address_to_string (plain);
    }

  /* An IPv6 host has 2^64 addresses. */
  if (g_inet_address_get_family (inet) == G_SOCKET_FAMILY_IPV6 && !g_inet_address_get_is_loopback (inet))
    return g_strdup_printf ("%02x%02x:%02x%02x:%02x%02x:%02x%02x::/64", bytes[0], bytes[1], bytes[2], bytes[3],
                            bytes[4], bytes[5], bytes[6], bytes[7]);

  return g_inet_address_to_string (inet);
}

gboolean
weft_relay_door_is_loopback (const char *address)
{
  return g_str_has_prefix (address, "127.") || g_str_equal (address, "::1") || g_str_equal (address, LOCAL);
}

/* --- accepting --- */

static gboolean
is_crowded (WeftRelayDoor *self,
            const char    *address)
{
  guint limit = self->limits->max_handshakes_address;

  return limit > 0 && !weft_relay_door_is_loopback (address) &&
         GPOINTER_TO_UINT (g_hash_table_lookup (self->addresses, address)) >= limit;
}

/* @fd: taken over; @address: what limits count by */
static void
welcome (WeftRelayDoor  *self,
         int             fd,
         GSocketAddress *remote,
         const char     *address)
{
  g_autoptr(GSocket) socket = g_socket_new_from_fd (fd, NULL);
  g_autoptr(GSocketConnection) connection = NULL;
  g_autoptr(GSocketAddress) local = NULL;
  Guest *guest;

  if (socket == NULL)
    {
      close (fd);
      return;
    }

  /* It may be gone already. */
  g_socket_set_blocking (socket, FALSE);
  local = g_socket_get_local_address (socket, NULL);
  if (local == NULL || !g_socket_is_connected (socket))
    return;

  connection = g_socket_connection_factory_create_connection (socket);
  guest = g_new0 (Guest, 1);
  g_atomic_ref_count_init (&guest->ref_count);
  g_atomic_ref_count_inc (&guest->ref_count);
  guest->door = self;
  guest->socket = g_object_ref (socket);
  guest->address = g_strdup (address);
  guest->deadline_ms = g_get_monotonic_time () / 1000 + self->limits->request_seconds * 1000;
  guest->link.data = guest;
  g_queue_push_tail_link (&self->guests, &guest->link);
  count_address (self, guest->address, 1);
  g_object_set_data_full (G_OBJECT (remote), KEY_GUEST, guest, guest_gone);

  self->func (connection, local, remote, self->user_data);
}

/* @fd: taken over; @remote: (transfer full) (nullable) */
static void
meet (WeftRelayDoor  *self,
      int             fd,
      GSocketAddress *remote)
{
  g_autoptr(GSocketAddress) owned = remote;
  GInetAddress *inet = G_IS_INET_SOCKET_ADDRESS (remote)
                         ? g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (remote)) : NULL;
  g_autofree char *address = NULL;

  if (remote == NULL)
    {
      close (fd);
      return;
    }

  address = weft_relay_door_name_address (inet);
  if (is_crowded (self, address))
    {
      weft_relay_log_refused (address, 429, "too many requests under way from this address");
      close (fd);
      return;
    }

  if (!self->quick (fd, remote, self->user_data))
    welcome (self, fd, remote, address);
}

static gboolean
pause_over_cb (gpointer user_data)
{
  WeftRelayDoor *self = user_data;

  self->pause_source = 0;
  accept_more (self);
  return G_SOURCE_REMOVE;
}

static void
stop_accepting (WeftRelayDoor *self)
{
  if (self->accept_source != NULL)
    g_source_destroy (self->accept_source);
  g_clear_pointer (&self->accept_source, g_source_unref);
}

static gboolean
accept_cb (GSocket     *listener,
           GIOCondition condition,
           gpointer     user_data)
{
  WeftRelayDoor *self = user_data;

  for (guint i = 0; i < MAX_ACCEPTS && self->guests.length < self->limits->max_handshakes; i++)
    {
      struct sockaddr_storage native;
      socklen_t size = sizeof native;
      int fd = accept4 (g_socket_get_fd (self->socket), (struct sockaddr *) &native, &size,
                        SOCK_NONBLOCK | SOCK_CLOEXEC);

      if (fd >= 0)
        {
          meet (self, fd, g_socket_address_new_from_native (&native, size));
          continue;
        }
      if (errno == EINTR || errno == ECONNABORTED)
        continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK)
        break;

      /* Most likely there are no descriptors: some will be free in a moment. */
      stop_accepting (self);
      if (self->pause_source == 0)
        self->pause_source = g_timeout_add (PAUSE_MS, pause_over_cb, self);
      return G_SOURCE_REMOVE;
    }

  if (self->guests.length < self->limits->max_handshakes)
    return G_SOURCE_CONTINUE;

  stop_accepting (self);
  return G_SOURCE_REMOVE;
}

static void
accept_more (WeftRelayDoor *self)
{
  if (self->closed || self->accept_source != NULL || self->pause_source != 0 ||
      self->guests.length >= self->limits->max_handshakes)
    return;

  self->accept_source = g_socket_create_source (self->socket, G_IO_IN, NULL);
  g_source_set_callback (self->accept_source, G_SOURCE_FUNC (accept_cb), self, NULL);
  g_source_attach (self->accept_source, g_main_context_get_thread_default ());
}

/* Cuts off those who do not come to the end of their request; libsoup then lets go of them. */
static gboolean
check_deadlines_cb (gpointer user_data)
{
  WeftRelayDoor *self = user_data;
  gint64 now_ms = g_get_monotonic_time () / 1000;

  for (GList *l = self->guests.head; l != NULL && ((Guest *) l->data)->deadline_ms <= now_ms; l = l->next)
    shutdown (g_socket_get_fd (((Guest *) l->data)->socket), SHUT_RDWR);

  return G_SOURCE_CONTINUE;
}

/* --- the socket --- */

GSocket *
weft_relay_door_listen (GSocketAddress *address,
                        GError        **error)
{
  g_autoptr(GSocket) socket = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM,
                                            G_SOCKET_PROTOCOL_TCP, error);

  if (socket == NULL)
    return NULL;

  g_socket_set_listen_backlog (socket, BACKLOG);
  if (!g_socket_bind (socket, address, TRUE, error) || !g_socket_listen (socket, error))
    return NULL;

  return g_steal_pointer (&socket);
}

GPtrArray *
weft_relay_door_take_sockets (GError **error)
{
  g_autoptr(GPtrArray) sockets = g_ptr_array_new_with_free_func (g_object_unref);
  const char *pid = g_getenv ("LISTEN_PID");
  const char *count = g_getenv ("LISTEN_FDS");
  guint64 n_passed = count != NULL ? g_ascii_strtoull (count, NULL, 10) : 0;

  if (pid == NULL || g_ascii_strtoull (pid, NULL, 10) != (guint64) getpid ())
    return g_steal_pointer (&sockets);

  for (guint64 i = 0; i < MIN (n_passed, 64); i++)
    {
      int fd = FIRST_PASSED + (int) i;
      GSocket *socket;

      fcntl (fd, F_SETFD, FD_CLOEXEC);
      socket = g_socket_new_from_fd (fd, error);
      if (socket == NULL)
        {
          g_prefix_error (error, "socket %d that was passed by systemd: ", fd);
          return NULL;
        }
      g_ptr_array_add (sockets, socket);
    }

  /* They are not for what we might start. */
  g_unsetenv ("LISTEN_PID");
  g_unsetenv ("LISTEN_FDS");
  return g_steal_pointer (&sockets);
}

WeftRelayDoor *
weft_relay_door_new (GSocket               *socket,
                     const WeftRelayLimits *limits,
                     WeftRelayDoorQuickFunc quick,
                     WeftRelayDoorFunc      func,
                     gpointer               user_data)
{
  WeftRelayDoor *self = g_new0 (WeftRelayDoor, 1);
  int defer = DEFER_SECONDS;

  self->socket = g_object_ref (socket);
  g_socket_set_blocking (socket, FALSE);
  setsockopt (g_socket_get_fd (socket), IPPROTO_TCP, TCP_DEFER_ACCEPT, &defer, sizeof defer);
  self->address = g_socket_get_local_address (socket, NULL);
  self->limits = limits;
  self->quick = quick;
  self->func = func;
  self->user_data = user_data;
  self->addresses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->deadline_source = g_timeout_add (1000, check_deadlines_cb, self);
  accept_more (self);
  return self;
}

void
weft_relay_door_close (WeftRelayDoor *self)
{
  self->closed = TRUE;
  stop_accepting (self);
  g_clear_handle_id (&self->pause_source, g_source_remove);
  g_socket_close (self->socket, NULL);
}

void
weft_relay_door_free (WeftRelayDoor *self)
{
  weft_relay_door_close (self);
  g_clear_handle_id (&self->deadline_source, g_source_remove);
  while (self->guests.length > 0)
    let_go (g_queue_peek_head (&self->guests));

  g_hash_table_unref (self->addresses);
  g_clear_object (&self->address);
  g_object_unref (self->socket);
  g_free (self);
}

GSocketAddress *
weft_relay_door_get_address (WeftRelayDoor *self)
{
  return self->address;
}
