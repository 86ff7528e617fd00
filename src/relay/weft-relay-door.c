/* weft-relay-door.c - accepts connections, not too many at a time
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#define _GNU_SOURCE /* accept4 */

#include "config.h"

#include "relay/weft-relay-door.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
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

/* What is read, and thrown away, of somebody who was refused: who is cut off in the middle never sees why. */
#define MAX_DRAINED (32 * 1024 * 1024)

/* Who comes by a socket in the file system and has not said all is looked at this often: nobody tells us. */
#define LOCAL_LOOK_MS 20

#define KEY_GUEST "weft-relay-guest"

/* Who comes by a socket in the file system. */
#define LOCAL "local"

/* Where the IPv4 address is in an IPv6 one that stands for it (::ffff:192.0.2.1). */
#define MAPPED_AT 12

typedef struct
{
  gatomicrefcount ref_count; /* one for the door while it arrives, one for the address */
  WeftRelayDoor  *door;      /* %NULL once it is no guest any more */
  GSocket        *socket;    /* %NULL: only we know of it, */
  int             fd;        /* by this, which else is the socket's */
  GSocketAddress *remote;    /* only then */
  GSource        *source;    /* (nullable): while they speak to us */
  gsize           n_drained; /* after they were refused */
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

  if (guest->socket == NULL && guest->fd >= 0)
    close (guest->fd);
  g_clear_object (&guest->socket);
  g_clear_object (&guest->remote);
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

  if (guest->source != NULL)
    g_source_destroy (guest->source);
  g_clear_pointer (&guest->source, g_source_unref);
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

/* @fd: taken over; @address: what limits count by. Borrowed. */
static Guest *
take_in (WeftRelayDoor  *self,
         int             fd,
         GSocketAddress *remote,
         const char     *address)
{
  Guest *guest = g_new0 (Guest, 1);

  g_atomic_ref_count_init (&guest->ref_count);
  guest->door = self;
  guest->fd = fd;
  guest->remote = g_object_ref (remote);
  guest->address = g_strdup (address);
  guest->deadline_ms = g_get_monotonic_time () / 1000 + self->limits->request_seconds * 1000;
  guest->link.data = guest;
  g_queue_push_tail_link (&self->guests, &guest->link);
  count_address (self, guest->address, 1);
  return guest;
}

/* From now on somebody else listens to @guest, who stands for the address of the connection. */
static void
pass_on (WeftRelayDoor *self,
         Guest         *guest)
{
  g_autoptr(GSocketAddress) remote = g_steal_pointer (&guest->remote);
  g_autoptr(GSocketAddress) local = NULL;
  g_autoptr(GSocketConnection) connection = NULL;

  guest->socket = g_socket_new_from_fd (guest->fd, NULL);
  if (guest->socket == NULL)
    {
      let_go (guest);
      return;
    }

  /* It may be gone already. */
  g_socket_set_blocking (guest->socket, FALSE);
  local = g_socket_get_local_address (guest->socket, NULL);
  if (local == NULL || !g_socket_is_connected (guest->socket))
    {
      let_go (guest);
      return;
    }

  connection = g_socket_connection_factory_create_connection (guest->socket);
  g_atomic_ref_count_inc (&guest->ref_count);
  g_object_set_data_full (G_OBJECT (remote), KEY_GUEST, guest, guest_gone);
  self->func (connection, local, remote, self->user_data);
}

static gboolean
drain_cb (int          fd,
          GIOCondition condition,
          gpointer     user_data)
{
  Guest *guest = user_data;
  guint8 buffer[16 * 1024];
  gssize n_read = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT);

  if (n_read > 0)
    guest->n_drained += (gsize) n_read;
  if ((n_read < 0 && (errno == EAGAIN || errno == EINTR)) || (n_read > 0 && guest->n_drained < MAX_DRAINED))
    return G_SOURCE_CONTINUE;

  let_go (guest);
  return G_SOURCE_REMOVE;
}

static gboolean
has_hung_up (int fd)
{
  struct pollfd poll_fd = { fd, POLLRDHUP, 0 };

  return poll (&poll_fd, 1, 0) > 0 && (poll_fd.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

static void look (Guest *guest);

static gboolean
said_more_cb (int          fd,
              GIOCondition condition,
              gpointer     user_data)
{
  look (user_data);
  return G_SOURCE_REMOVE;
}

static void
listen_to (Guest            *guest,
           GUnixFDSourceFunc func)
{
  guest->source = g_unix_fd_source_new (guest->fd, G_IO_IN);
  g_source_set_callback (guest->source, G_SOURCE_FUNC (func), guest, NULL);
  g_source_attach (guest->source, g_main_context_get_thread_default ());
}

static gboolean
look_again_cb (gpointer user_data)
{
  look (user_data);
  return G_SOURCE_REMOVE;
}

/* Waits until there are more bytes than @n_there, which stay where they are. */
static void
wait_for_more (Guest *guest,
               gsize  n_there)
{
  int low = (int) n_there + 1;

  if (g_socket_address_get_family (guest->remote) != G_SOCKET_FAMILY_UNIX &&
      setsockopt (guest->fd, SOL_SOCKET, SO_RCVLOWAT, &low, sizeof low) == 0)
    {
      listen_to (guest, said_more_cb);
      return;
    }

  guest->source = g_timeout_source_new (LOCAL_LOOK_MS);
  g_source_set_callback (guest->source, look_again_cb, guest, NULL);
  g_source_attach (guest->source, g_main_context_get_thread_default ());
}

/* What @guest has said so far. */
static void
look (Guest *guest)
{
  WeftRelayDoor *self = guest->door;
  int one = 1;
  gsize n_there = 0;

  /* Before anybody else has the descriptor. */
  if (guest->source != NULL)
    {
      setsockopt (guest->fd, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof one);
      g_source_destroy (guest->source);
    }
  g_clear_pointer (&guest->source, g_source_unref);

  switch (self->quick (guest->fd, guest->remote, &n_there, self->user_data))
    {
    case WEFT_RELAY_DOOR_TAKEN:
      guest->fd = -1;
      let_go (guest);
      break;

    case WEFT_RELAY_DOOR_REFUSED:
      listen_to (guest, drain_cb);
      break;

    case WEFT_RELAY_DOOR_WAIT:
      if (has_hung_up (guest->fd))
        let_go (guest);
      else
        wait_for_more (guest, n_there);
      break;

    case WEFT_RELAY_DOOR_PASS:
      pass_on (self, guest);
      break;
    }
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

  look (take_in (self, fd, remote, address));
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

/* Cuts off those who do not come to the end of their request; whoever listens to them then lets go of them. */
static gboolean
check_deadlines_cb (gpointer user_data)
{
  WeftRelayDoor *self = user_data;
  gint64 now_ms = g_get_monotonic_time () / 1000;

  for (GList *l = self->guests.head; l != NULL && ((Guest *) l->data)->deadline_ms <= now_ms; l = l->next)
    {
      Guest *guest = l->data;

      shutdown (guest->socket != NULL ? g_socket_get_fd (guest->socket) : guest->fd, SHUT_RDWR);
    }

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
