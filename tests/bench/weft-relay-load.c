/* weft-relay-load.c - a load for relays that speak y-websocket, and what they do with it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Usage: weft-relay-load --port PORT [--pid PID] [OPTION…]
 *
 * One thread, loopback. Clients join rooms; the first ones of each room write. Every update is one of Yjs (an item
 * for each operation, behind the last one of its writer), every awareness message has the writer's next clock, so
 * that an operation is known again at each receiver however the relay merged it. A delivery is one operation that
 * reached one other client. One line of JSON for each phase: connect, storm (all dropped and back), join (a large
 * document), load.
 */

#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define N_EVENTS    512
#define READ_BYTES  (256 * 1024)
#define MAX_OPS     (1 << 16) /* that one writer may send in a run */
#define FIRST_ID    1000

/* A message of more bytes is counted, not kept: what is measured is the relay, not the memory of a hundred clients. */
#define PASS_BYTES (1024 * 1024)

static int option_port = 9338;
static int option_pid;
static int option_clients = 100;
static int option_rooms = 10;
static int option_writers = 1;
static int option_at_once = 100;
static double option_rate;
static double option_awareness;
static double option_seconds = 5;
static double option_hold = 1;
static int option_joiners;
static gboolean option_storm;
static char *option_document;
static char *option_label;

static const GOptionEntry entries[] = {
  { "port", 0, 0, G_OPTION_ARG_INT, &option_port, "Where the relay listens", "PORT" },
  { "pid", 0, 0, G_OPTION_ARG_INT, &option_pid, "The relay, whose time and memory are measured", "PID" },
  { "clients", 0, 0, G_OPTION_ARG_INT, &option_clients, "Clients in all", "N" },
  { "rooms", 0, 0, G_OPTION_ARG_INT, &option_rooms, "Rooms", "N" },
  { "writers", 0, 0, G_OPTION_ARG_INT, &option_writers, "Writers in each room", "N" },
  { "at-once", 0, 0, G_OPTION_ARG_INT, &option_at_once, "Handshakes under way at once", "N" },
  { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &option_rate, "Updates a second of each writer", "RATE" },
  { "awareness", 0, 0, G_OPTION_ARG_DOUBLE, &option_awareness, "Awareness messages a second of each writer", "RATE" },
  { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &option_seconds, "How long the load lasts", "S" },
  { "hold", 0, 0, G_OPTION_ARG_DOUBLE, &option_hold, "How long all are idle before", "S" },
  { "storm", 0, 0, G_OPTION_ARG_NONE, &option_storm, "Drop all and have them back at once", NULL },
  { "document", 0, 0, G_OPTION_ARG_FILENAME, &option_document, "An update to be put into a room first", "FILE" },
  { "joiners", 0, 0, G_OPTION_ARG_INT, &option_joiners, "So many then ask for it at once", "N" },
  { "label", 0, 0, G_OPTION_ARG_STRING, &option_label, "What to call the run", "NAME" },
  { NULL },
};

/* --- what is measured --- */

/* Latencies in µs, each bucket 1/16 wider than the last. */
#define N_BUCKETS 512

typedef struct
{
  guint64 buckets[N_BUCKETS];
  guint64 n;
} Histogram;

static guint
bucket_of (gint64 us)
{
  guint e = us < 16 ? 0 : g_bit_storage ((gulong) us) - 5;

  return MIN (us < 16 ? (guint) us : 16 * (e + 1) + (guint) ((us >> e) - 16), N_BUCKETS - 1);
}

static void
histogram_add (Histogram *self,
               gint64     us)
{
  self->buckets[bucket_of (MAX (us, 0))]++;
  self->n++;
}

/* In ms. */
static double
histogram_quantile (const Histogram *self,
                    double           quantile)
{
  guint64 wanted = (guint64) (quantile * (double) self->n);
  guint64 count = 0;

  for (guint i = 0; i < N_BUCKETS; i++)
    {
      count += self->buckets[i];
      if (count > wanted)
        return (i < 16 ? i : (double) ((16 + i % 16) << (i / 16 - 1))) / 1000.0;
    }

  return -1;
}

/* CPU seconds of the relay so far. */
static double
get_cpu (void)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", option_pid);
  g_autofree char *text = NULL;
  unsigned long user, system;
  const char *rest;

  if (!g_file_get_contents (path, &text, NULL, NULL) || (rest = strrchr (text, ')')) == NULL ||
      sscanf (rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
    return 0;

  return (double) (user + system) / (double) sysconf (_SC_CLK_TCK);
}

/* @field: "VmRSS" or "VmHWM"; in kB */
static long
get_memory (const char *field)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", option_pid);
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents (path, &text, NULL, NULL) || (line = strstr (text, field)) == NULL)
    return 0;

  return atol (line + strlen (field) + 1);
}

/* --- clients --- */

typedef enum
{
  NEW,
  CONNECTING,
  SHAKING,
  OPEN,
  SYNCED,
  DEAD,
} State;

typedef struct
{
  int         fd;
  State       state;
  guint       room;
  guint       number;   /* in the room; the first ones write */
  GByteArray *input;    /* %NULL: nothing incomplete */
  guint64     to_pass;  /* bytes still to come of a large message */
  gboolean    is_answer; /* it is the document */
  GByteArray *output;   /* %NULL: nothing waits */
  gint64      began_us;
  gsize       n_bytes;
  guint32    *heard;    /* by writer of the room: updates */
  guint32    *felt;     /* by writer of the room: awareness clocks */
} Peer;

typedef struct
{
  Peer    *peer;
  guint    n_updates;
  guint    n_states;
  gint64  *update_us; /* when each was sent */
  gint64  *state_us;
} Writer;

static Peer *peers;
static guint n_peers;
static Writer *writers;
static int epoll_fd;
static guint8 buffer[READ_BYTES];
static guint n_under_way, n_synced, n_failed;
static gsize document_size;

static struct
{
  guint64   n_sent, n_expected, n_delivered;
  guint64   n_states_delivered;
  guint64   n_frames;
  Histogram updates, states;
} load;

static Writer *
get_writer (guint room,
            guint number)
{
  return &writers[room * (guint) option_writers + number];
}

static guint32
make_id (guint room,
         guint number)
{
  return FIRST_ID + room * (guint) option_writers + number;
}

static void
want (Peer    *peer,
      gboolean write)
{
  struct epoll_event event = { .events = EPOLLIN | (write ? EPOLLOUT : 0u), .data.ptr = peer };

  epoll_ctl (epoll_fd, EPOLL_CTL_MOD, peer->fd, &event);
}

static void
end_peer (Peer *peer)
{
  if (peer->state == CONNECTING || peer->state == SHAKING || peer->state == OPEN)
    {
      n_under_way--;
      n_failed++;
    }
  if (peer->state == SYNCED)
    n_synced--;
  if (peer->fd >= 0)
    close (peer->fd);
  peer->fd = -1;
  peer->state = DEAD;
  peer->to_pass = 0;
  g_clear_pointer (&peer->input, g_byte_array_unref);
  g_clear_pointer (&peer->output, g_byte_array_unref);
}

static void
send_raw (Peer         *peer,
          const guint8 *data,
          gsize         size)
{
  gssize n = 0;

  if (peer->state == DEAD)
    return;
  if (peer->output == NULL)
    n = send (peer->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n < 0 && errno != EAGAIN)
    {
      end_peer (peer);
      return;
    }

  n = MAX (n, 0);
  if ((gsize) n < size)
    {
      if (peer->output == NULL)
        peer->output = g_byte_array_new ();
      g_byte_array_append (peer->output, data + n, (guint) (size - (gsize) n));
      want (peer, TRUE);
    }
}

static void
send_rest (Peer *peer)
{
  gssize n = send (peer->fd, peer->output->data, peer->output->len, MSG_NOSIGNAL | MSG_DONTWAIT);

  if (n < 0 && errno != EAGAIN)
    {
      end_peer (peer);
      return;
    }

  g_byte_array_remove_range (peer->output, 0, (guint) MAX (n, 0));
  if (peer->output->len == 0)
    {
      g_clear_pointer (&peer->output, g_byte_array_unref);
      want (peer, FALSE);
    }
}

/* One binary frame, with the mask 0. */
static void
send_message (Peer         *peer,
              const guint8 *data,
              gsize         size)
{
  g_autofree guint8 *frame = g_malloc (size + 14);
  gsize n_head = 2;

  frame[0] = 0x82;
  if (size < 126)
    {
      frame[1] = (guint8) (0x80 | size);
    }
  else if (size < 65536)
    {
      frame[1] = 0x80 | 126;
      frame[2] = (guint8) (size >> 8);
      frame[3] = (guint8) size;
      n_head = 4;
    }
  else
    {
      frame[1] = 0x80 | 127;
      for (guint i = 0; i < 8; i++)
        frame[2 + i] = (guint8) ((guint64) size >> (56 - 8 * i));
      n_head = 10;
    }

  memset (frame + n_head, 0, 4);
  memcpy (frame + n_head + 4, data, size);
  send_raw (peer, frame, n_head + 4 + size);
}

static void
connect_peer (Peer *peer)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons ((guint16) option_port) };
  struct epoll_event event = { .events = EPOLLIN | EPOLLOUT, .data.ptr = peer };
  int one = 1;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  peer->fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (peer->fd < 0)
    {
      fprintf (stderr, "socket: %s\n", g_strerror (errno));
      exit (1);
    }

  setsockopt (peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  peer->state = CONNECTING;
  peer->began_us = g_get_monotonic_time ();
  n_under_way++;
  epoll_ctl (epoll_fd, EPOLL_CTL_ADD, peer->fd, &event);
  if (connect (peer->fd, (struct sockaddr *) &address, sizeof address) != 0 && errno != EINPROGRESS)
    end_peer (peer);
}

static void
shake (Peer *peer)
{
  g_autofree char *request =
    g_strdup_printf ("GET /load-%d-%u HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                     (int) getpid (), peer->room, option_port);

  peer->state = SHAKING;
  want (peer, FALSE);
  send_raw (peer, (const guint8 *) request, strlen (request));
}

static void
become_synced (Peer *peer)
{
  if (peer->state != OPEN)
    return;

  peer->state = SYNCED;
  n_under_way--;
  n_synced++;
}

/* --- what arrives --- */

static gboolean
get_varuint (const guint8 **at,
             const guint8  *end,
             guint64       *value)
{
  guint shift = 0;

  *value = 0;
  while (*at < end && shift < 63)
    {
      guint8 byte = *(*at)++;

      *value |= (guint64) (byte & 127) << shift;
      shift += 7;
      if (byte < 128)
        return TRUE;
    }

  return FALSE;
}

static gboolean
skip (const guint8 **at,
      const guint8  *end,
      guint64        n)
{
  if (n > (guint64) (end - *at))
    return FALSE;
  *at += n;
  return TRUE;
}

static void
note_updates (Peer   *peer,
              guint64 client,
              guint64 until,
              gint64  now_us)
{
  guint64 number = client - make_id (peer->room, 0);
  Writer *writer;

  if (number >= (guint64) option_writers)
    return;

  writer = get_writer (peer->room, (guint) number);
  if (writer->peer == peer)
    return;
  for (; peer->heard[number] < until && peer->heard[number] < writer->n_updates; peer->heard[number]++)
    {
      load.n_delivered++;
      histogram_add (&load.updates, now_us - writer->update_us[peer->heard[number]]);
    }
}

/* An update of the kind that send_update() makes, as a relay may have merged several. */
static void
read_update (Peer         *peer,
             const guint8 *at,
             const guint8 *end,
             gint64        now_us)
{
  guint64 n_clients, n_items, client, clock, value;

  if (!get_varuint (&at, end, &n_clients))
    return;

  while (n_clients-- > 0)
    {
      if (!get_varuint (&at, end, &n_items) || !get_varuint (&at, end, &client) || !get_varuint (&at, end, &clock))
        return;
      while (n_items-- > 0 && at < end)
        {
          guint8 info = *at++;

          if ((info & 31) != 4)
            return;
          if ((info & 0x80) != 0 && (!get_varuint (&at, end, &value) || !get_varuint (&at, end, &value)))
            return;
          if ((info & 0x40) != 0 && (!get_varuint (&at, end, &value) || !get_varuint (&at, end, &value)))
            return;
          if ((info & 0xc0) == 0 &&
              (!get_varuint (&at, end, &value) || !get_varuint (&at, end, &value) || !skip (&at, end, value)))
            return;
          if (!get_varuint (&at, end, &value) || !skip (&at, end, value))
            return;
          clock += value;
        }
      note_updates (peer, client, clock, now_us);
    }
}

static void
read_awareness (Peer         *peer,
                const guint8 *at,
                const guint8 *end,
                gint64        now_us)
{
  guint64 n_states, client, clock, size;

  if (!get_varuint (&at, end, &n_states))
    return;

  while (n_states-- > 0 && get_varuint (&at, end, &client) && get_varuint (&at, end, &clock) &&
         get_varuint (&at, end, &size) && skip (&at, end, size))
    {
      guint64 number = client - make_id (peer->room, 0);
      Writer *writer;

      if (number >= (guint64) option_writers || clock == 0)
        continue;
      writer = get_writer (peer->room, (guint) number);
      if (writer->peer == peer || clock <= peer->felt[number] || clock > writer->n_states)
        continue;
      peer->felt[number] = (guint32) clock;
      load.n_states_delivered++;
      histogram_add (&load.states, now_us - writer->state_us[clock - 1]);
    }
}

static void
handle_message (Peer         *peer,
                const guint8 *data,
                gsize         size,
                gint64        now_us)
{
  static const guint8 nothing[] = { 0, 1, 2, 0, 0 };
  const guint8 *end = data + size;

  load.n_frames++;
  peer->n_bytes += size;
  if (size < 3)
    return;

  if (data[0] == 0 && data[1] == 0)
    send_message (peer, nothing, sizeof nothing);
  else if (data[0] == 0)
    {
      const guint8 *at = data + 2;
      guint64 length;

      if (data[1] == 1 && size >= document_size)
        become_synced (peer);
      if (get_varuint (&at, end, &length) && size < 1024 * 1024)
        read_update (peer, at, end, now_us);
    }
  else if (data[0] == 1)
    {
      const guint8 *at = data + 1;
      guint64 length;

      if (get_varuint (&at, end, &length))
        read_awareness (peer, at, end, now_us);
    }
}

/* Begins to pass over the message of @length bytes that begins at @data. */
static void
begin_pass (Peer         *peer,
            const guint8 *data,
            gsize         size,
            guint64       length)
{
  load.n_frames++;
  peer->n_bytes += length;
  peer->to_pass = length - size;
  peer->is_answer = data[0] == 0 && data[1] == 1 && length >= document_size;
}

/* Passes over what is left of a large message. Returns: how many bytes that were */
static gsize
pass (Peer  *peer,
      gsize  size)
{
  gsize n = (gsize) MIN (peer->to_pass, (guint64) size);

  peer->to_pass -= n;
  if (n > 0 && peer->to_pass == 0 && peer->is_answer)
    become_synced (peer);
  return n;
}

/* Takes whole frames off the front. Returns: how many bytes that were */
static gsize
read_frames (Peer         *peer,
             const guint8 *data,
             gsize         size,
             gint64        now_us)
{
  gsize at = 0;

  while (size - at >= 2 && peer->state != DEAD)
    {
      const guint8 *head = data + at;
      guint64 length = head[1] & 127;
      gsize n_head = length == 126 ? 4 : length == 127 ? 10 : 2;

      if (size - at < n_head)
        break;
      if (n_head > 2)
        {
          length = 0;
          for (gsize i = 2; i < n_head; i++)
            length = length << 8 | head[i];
        }
      if (size - at - n_head < length && length > PASS_BYTES && size - at - n_head >= 2 && (head[0] & 15) == 2)
        {
          begin_pass (peer, head + n_head, size - at - n_head, length);
          return size;
        }
      if (size - at - n_head < length)
        break;

      if ((head[0] & 15) == 2)
        handle_message (peer, head + n_head, (gsize) length, now_us);
      else if ((head[0] & 15) == 8)
        end_peer (peer);
      at += n_head + (gsize) length;
    }

  return at;
}

static void
take (Peer         *peer,
      const guint8 *data,
      gsize         size,
      gint64        now_us)
{
  static const guint8 step1[] = { 0, 0, 1, 0 };
  gsize taken = pass (peer, size);

  if (taken == size)
    return;
  data += taken;
  size -= taken;
  taken = 0;
  if (peer->input != NULL)
    {
      g_byte_array_append (peer->input, data, (guint) size);
      data = peer->input->data;
      size = peer->input->len;
    }

  if (peer->state == SHAKING)
    {
      const guint8 *end = memmem (data, size, "\r\n\r\n", 4);

      if (end != NULL && size > 12 && memcmp (data + 9, "101", 3) != 0)
        {
          end_peer (peer);
          return;
        }
      if (end != NULL)
        {
          taken = (gsize) (end + 4 - data);
          peer->state = OPEN;
          send_message (peer, step1, sizeof step1);
        }
    }
  if (peer->state >= OPEN && peer->state != DEAD)
    taken += read_frames (peer, data + taken, size - taken, now_us);
  if (peer->state == DEAD)
    return;

  if (taken == size)
    {
      g_clear_pointer (&peer->input, g_byte_array_unref);
    }
  else if (peer->input != NULL)
    {
      g_byte_array_remove_range (peer->input, 0, (guint) taken);
    }
  else
    {
      peer->input = g_byte_array_new ();
      g_byte_array_append (peer->input, data + taken, (guint) (size - taken));
    }
}

static void
handle_event (Peer   *peer,
              guint32 events)
{
  gssize n;

  if (peer->state == CONNECTING && (events & EPOLLOUT) != 0)
    {
      shake (peer);
      return;
    }
  if ((events & EPOLLOUT) != 0 && peer->output != NULL)
    send_rest (peer);
  if (peer->state == DEAD || (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0)
    return;

  n = recv (peer->fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (n > 0)
    take (peer, buffer, (gsize) n, g_get_monotonic_time ());
  else if (n == 0 || (errno != EAGAIN && errno != EINTR))
    end_peer (peer);
}

static void
turn (int timeout_ms)
{
  struct epoll_event events[N_EVENTS];
  int n_events = epoll_wait (epoll_fd, events, N_EVENTS, timeout_ms);

  for (int i = 0; i < n_events; i++)
    if (((Peer *) events[i].data.ptr)->state != DEAD)
      handle_event (events[i].data.ptr, events[i].events);
}

static void
turn_for (double seconds)
{
  gint64 end_us = g_get_monotonic_time () + (gint64) (seconds * G_USEC_PER_SEC);

  while (g_get_monotonic_time () < end_us)
    turn (1);
}

/* --- what is sent --- */

static guint8 *
put_varuint (guint8 *at,
             guint64 value)
{
  for (; value > 127; value >>= 7)
    *at++ = (guint8) (128 | (value & 127));
  *at++ = (guint8) value;
  return at;
}

static void
send_update (guint room,
             guint number)
{
  Writer *writer = get_writer (room, number);
  guint32 id = make_id (room, number);
  guint clock = writer->n_updates;
  guint8 update[64];
  guint8 message[80] = { 0, 2 };
  guint8 *at = update;
  guint8 *end;

  if (writer->peer->state != SYNCED || clock == MAX_OPS)
    return;

  *at++ = 1;
  *at++ = 1;
  at = put_varuint (at, id);
  at = put_varuint (at, clock);
  if (clock == 0)
    {
      memcpy (at, "\x04\x01\x01t", 4);
      at += 4;
    }
  else
    {
      *at++ = 0x84;
      at = put_varuint (at, id);
      at = put_varuint (at, clock - 1);
    }
  memcpy (at, "\x01x\x00", 3);
  at += 3;

  end = put_varuint (message + 2, (guint64) (at - update));
  memcpy (end, update, (gsize) (at - update));
  writer->update_us[writer->n_updates++] = g_get_monotonic_time ();
  load.n_sent++;
  load.n_expected += n_peers / (guint) option_rooms - 1;
  send_message (writer->peer, message, (gsize) (end - message) + (gsize) (at - update));
}

static void
send_state (guint room,
            guint number)
{
  Writer *writer = get_writer (room, number);
  guint8 message[200] = { 1 };
  guint8 update[180];
  char json[128];
  guint8 *at = update;
  guint8 *end;
  int length;

  if (writer->peer->state != SYNCED || writer->n_states == MAX_OPS)
    return;

  length = g_snprintf (json, sizeof json,
                       "{\"user\":{\"name\":\"User %u\",\"color\":\"#30bced\"},\"cursor\":{\"x\":%u,\"y\":%u}}", number,
                       writer->n_states * 7 % 1920, writer->n_states * 3 % 1080);
  *at++ = 1;
  at = put_varuint (at, make_id (room, number));
  at = put_varuint (at, writer->n_states + 1);
  at = put_varuint (at, (guint64) length);
  memcpy (at, json, (gsize) length);
  at += length;

  end = put_varuint (message + 1, (guint64) (at - update));
  memcpy (end, update, (gsize) (at - update));
  writer->state_us[writer->n_states++] = g_get_monotonic_time ();
  send_message (writer->peer, message, (gsize) (end - message) + (gsize) (at - update));
}

/* --- phases --- */

static double
connect_all (guint from,
             guint to)
{
  gint64 start_us = g_get_monotonic_time ();
  guint next = from;

  n_failed = 0;
  while ((next < to || n_under_way > 0) && g_get_monotonic_time () - start_us < 60 * G_USEC_PER_SEC)
    {
      while (next < to && n_under_way < (guint) option_at_once)
        connect_peer (&peers[next++]);
      turn (1);
    }

  return (double) (g_get_monotonic_time () - start_us) / G_USEC_PER_SEC;
}

static void
run_connect (void)
{
  long before = get_memory ("VmRSS");
  double cpu = get_cpu ();
  double seconds = connect_all (0, n_peers);

  turn_for (option_hold);
  printf ("{\"label\":\"%s\",\"phase\":\"connect\",\"clients\":%u,\"held\":%u,\"failed\":%u,\"seconds\":%.3f,"
          "\"kb_per_connection\":%.2f,\"cpu_s\":%.2f}\n",
          option_label, n_peers, n_synced, n_failed, seconds,
          (double) (get_memory ("VmRSS") - before) / (double) MAX (n_synced, 1), get_cpu () - cpu);
}

static void
run_storm (void)
{
  double seconds;

  for (guint i = 0; i < n_peers; i++)
    end_peer (&peers[i]);
  option_at_once = (int) n_peers;
  seconds = connect_all (0, n_peers);
  printf ("{\"label\":\"%s\",\"phase\":\"storm\",\"clients\":%u,\"held\":%u,\"failed\":%u,\"seconds\":%.3f}\n",
          option_label, n_peers, n_synced, n_failed, seconds);
}

static void
run_join (void)
{
  g_autofree guint8 *contents = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GByteArray) message = g_byte_array_new ();
  guint8 head[16] = { 0, 2 };
  gint64 start_us;
  gsize size;
  double cpu;

  if (!g_file_get_contents (option_document, (char **) &contents, &size, &error))
    {
      fprintf (stderr, "%s\n", error->message);
      exit (1);
    }

  g_byte_array_append (message, head, (guint) (put_varuint (head + 2, size) - head));
  g_byte_array_append (message, contents, (guint) size);
  connect_all (0, 1);
  send_message (&peers[0], message->data, message->len);
  turn_for (3);

  document_size = size - size / 20;
  option_at_once = (int) n_peers;
  cpu = get_cpu ();
  start_us = g_get_monotonic_time ();
  connect_all (1, n_peers);
  printf ("{\"label\":\"%s\",\"phase\":\"join\",\"document\":%" G_GSIZE_FORMAT ",\"joiners\":%u,\"held\":%u,\"failed\":%u,"
          "\"seconds\":%.3f,\"cpu_s\":%.2f,\"peak_kb\":%ld}\n",
          option_label, size, n_peers - 1, n_synced - 1, n_failed,
          (double) (g_get_monotonic_time () - start_us) / G_USEC_PER_SEC, get_cpu () - cpu, get_memory ("VmHWM"));
}

/* Each operation at its time, evenly over rooms and writers. */
static void
run_load (void)
{
  guint n_writers = (guint) (option_rooms * option_writers);
  double per_second = option_rate * n_writers;
  double states_per_second = option_awareness * n_writers;
  gint64 start_us = g_get_monotonic_time ();
  guint64 n_updates = 0;
  guint64 n_states = 0;
  double cpu = get_cpu ();
  double elapsed;
  guint64 n_deliveries;

  while ((elapsed = (double) (g_get_monotonic_time () - start_us) / G_USEC_PER_SEC) < option_seconds)
    {
      for (; n_updates < (guint64) (elapsed * per_second); n_updates++)
        send_update (n_updates % (guint) option_rooms, n_updates / (guint) option_rooms % (guint) option_writers);
      for (; n_states < (guint64) (elapsed * states_per_second); n_states++)
        send_state (n_states % (guint) option_rooms, n_states / (guint) option_rooms % (guint) option_writers);
      turn (1);
    }

  for (guint i = 0; i < 3000 && load.n_delivered < load.n_expected; i++)
    turn (1);

  cpu = get_cpu () - cpu;
  n_deliveries = load.n_delivered + load.n_states_delivered;
  printf ("{\"label\":\"%s\",\"phase\":\"load\",\"updates\":%" G_GUINT64_FORMAT ",\"lost\":%" G_GINT64_FORMAT
          ",\"deliveries_per_s\":%.0f,\"frames_per_s\":%.0f,\"cpu_us_per_delivery\":%.2f,\"cpu_pct\":%.0f,"
          "\"update_ms\":{\"p50\":%.2f,\"p99\":%.2f},\"awareness_ms\":{\"p50\":%.2f,\"p99\":%.2f},\"held\":%u,\"rss_kb\":%ld}\n",
          option_label, load.n_sent, (gint64) (load.n_expected - load.n_delivered),
          (double) n_deliveries / option_seconds, (double) load.n_frames / option_seconds,
          cpu * 1e6 / (double) MAX (n_deliveries, 1), cpu / option_seconds * 100,
          histogram_quantile (&load.updates, 0.5), histogram_quantile (&load.updates, 0.99),
          histogram_quantile (&load.states, 0.5), histogram_quantile (&load.states, 0.99), n_synced,
          get_memory ("VmRSS"));
}

static void
make_peers (void)
{
  n_peers = (guint) option_clients;
  peers = g_new0 (Peer, n_peers);
  writers = g_new0 (Writer, (gsize) (option_rooms * option_writers));

  for (guint i = 0; i < n_peers; i++)
    {
      Peer *peer = &peers[i];

      peer->fd = -1;
      peer->room = i % (guint) option_rooms;
      peer->number = i / (guint) option_rooms;
      peer->heard = g_new0 (guint32, (gsize) option_writers);
      peer->felt = g_new0 (guint32, (gsize) option_writers);
      if (peer->number < (guint) option_writers)
        {
          Writer *writer = get_writer (peer->room, peer->number);

          writer->peer = peer;
          writer->update_us = g_new0 (gint64, MAX_OPS);
          writer->state_us = g_new0 (gint64, MAX_OPS);
        }
    }
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(GOptionContext) context = g_option_context_new ("- a load for relays");
  g_autoptr(GError) error = NULL;
  struct rlimit limit;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      fprintf (stderr, "%s\n", error->message);
      return 64;
    }
  if (option_document != NULL)
    {
      option_clients = option_joiners + 1;
      option_rooms = option_writers = 1;
    }
  if (option_label == NULL)
    option_label = g_strdup ("");

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
  epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  setvbuf (stdout, NULL, _IOLBF, 0);
  make_peers ();

  if (option_document != NULL)
    {
      run_join ();
      return 0;
    }
  run_connect ();
  if (option_storm)
    run_storm ();
  if (option_rate > 0 || option_awareness > 0)
    run_load ();
  return 0;
}
