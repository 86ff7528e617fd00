/* weft-relay-connection.c - one WebSocket connection, after the handshake
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-connection.h"

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Socket buffers are read this often before others have their turn. */
#define MAX_READS 8

/* Who ends while more than this is on the way to it has been cut off in the middle of something. */
#define CUT_BYTES (128 * 1024)

/* A proxy may have taken what its own line needs long for: what went out before a ping may take so long, up to a
 * limit. */
#define THIN_LINE_BYTES_MS 16
#define MAX_GRACE_MS       (5 * 60 * 1000)

typedef enum
{
  STATE_OPEN,
  STATE_CLOSING, /* our close is queued or sent; what arrives is passed over */
  STATE_CLOSED,
} State;

struct _WeftRelayConnection
{
  WeftRelayWatch                  watch; /* first: the loop's callbacks give this */
  WeftRelayLoop                  *loop;
  const WeftRelayLimits          *limits;
  WeftRelayCounters              *counters;
  const WeftRelayConnectionFuncs *funcs;
  gpointer                        user_data;

  /* There are many of these: small things stand together. */
  State                           state;
  guint16                         close_code;
  guint                           peer_closed : 1; /* their close has arrived */
  guint                           was_cut : 1;
  guint                           text : 1;
  guint                           paused : 1;
  guint                           throttled : 1;
  guint                           feeding : 1;
  guint                           blocked : 1;     /* the socket takes no more now */
  char                           *close_reason;
  gint64                          close_deadline_ms;

  /* Reading */
  WeftWsReader                   *reader;  /* %NULL: nothing has begun, as most of the time */
  GByteArray                     *backlog; /* read, but not looked at while we may not; %NULL: nothing */
  gint64                          heard_ms;

  /* What may still be read, refilled by time. */
  float                           message_credit;
  float                           byte_credit;
  gint64                          refilled_ms;

  /* Writing */
  WeftRelayQueue                  queue;
  gint64                          full_ms; /* since when more than soft_queue waits; 0: it does not */
  gint64                          sent_ms;
  gint64                          pinged_ms;

  /* Whether it is there though it says nothing: bytes, counted from the first one written. */
  guint64                         n_written;
  guint64                         heard_at;  /* how many it was when it was heard of last */
  guint64                         ping_at;   /* where the first ping since then ends; 0: there was none */
  guint64                         n_taken;   /* of those before @ping_at, that had reached its side at the last look */
  gint64                          taken_ms;  /* when that was more than before */
};

static gint64
now_in_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

static gboolean
may_read (WeftRelayConnection *self)
{
  return !self->paused && !self->throttled;
}

static void
update_interest (WeftRelayConnection *self)
{
  if (self->state == STATE_CLOSED)
    return;

  weft_relay_loop_want (self->loop, &self->watch,
                        self->state == STATE_CLOSING || (may_read (self) && self->backlog == NULL),
                        self->blocked);
}

static void
set_close (WeftRelayConnection *self,
           guint16              code,
           const char          *reason)
{
  if (self->close_code != 0)
    return;

  self->close_code = code;
  self->close_reason = g_strdup (reason);
}

/* Bytes that were written and have not reached its side yet. */
static gsize
count_under_way (WeftRelayConnection *self)
{
  int n_kept;

  return ioctl (self->watch.fd, SIOCOUTQ, &n_kept) == 0 ? (gsize) MAX (n_kept, 0) : 0;
}

/* Where the other side has reset the connection, nothing is under way any more; what it had acknowledged is still
 * known. */
static void
note_cut (WeftRelayConnection *self)
{
  struct tcp_info info = { 0 };
  socklen_t size = sizeof info;
  guint64 n_missing = self->queue.n_bytes[WEFT_RELAY_FRAME_ANSWER];

  if (self->was_cut)
    return;

  if (getsockopt (self->watch.fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_bytes_acked > 0)
    n_missing += self->n_written - MIN (info.tcpi_bytes_acked, self->n_written);
  self->was_cut = n_missing > CUT_BYTES;
}

/* The end: the socket goes, and the owner is told. */
static void
drop (WeftRelayConnection *self,
      const char          *reason)
{
  if (self->state == STATE_CLOSED)
    return;

  set_close (self, WEFT_WS_CLOSE_NO_STATUS, reason);
  note_cut (self);
  self->state = STATE_CLOSED;
  weft_relay_loop_remove (self->loop, &self->watch);
  close (self->watch.fd);
  self->watch.fd = -1;
  weft_relay_queue_clear (&self->queue);
  g_clear_pointer (&self->backlog, g_byte_array_unref);
  self->funcs->closed (self, self->user_data);
}

/* @rest: (nullable) */
static void
push_frame (WeftRelayConnection *self,
            GBytes              *frame,
            GBytes              *rest,
            WeftRelayFrameKind   kind)
{
  weft_relay_queue_push (&self->queue, frame, kind);
  if (rest != NULL)
    weft_relay_queue_push_rest (&self->queue, rest);
  weft_relay_count_add (&self->counters->n_messages_out, 1);

  if (!self->blocked)
    weft_relay_loop_flush_soon (self->loop, &self->watch);
}

static void
flush (WeftRelayConnection *self)
{
  self->blocked = FALSE;
  while (self->state != STATE_CLOSED && self->queue.n_frames > 0)
    {
      gssize n_written = weft_relay_queue_write (&self->queue, self->watch.fd);

      if (n_written < 0 && errno == EINTR)
        continue;
      if (n_written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        {
          self->blocked = TRUE;
          break;
        }
      if (n_written < 0)
        {
          drop (self, g_strerror (errno));
          return;
        }

      weft_relay_count_add (&self->counters->n_bytes_out, n_written);
      self->n_written += (guint64) n_written;
    }

  if (self->state == STATE_CLOSING && self->queue.n_frames == 0)
    {
      if (self->peer_closed)
        {
          drop (self, "closed");
          return;
        }
      shutdown (self->watch.fd, SHUT_WR);
    }

  update_interest (self);
}

static void
begin_close (WeftRelayConnection *self,
             guint16              code,
             const char          *reason)
{
  g_autoptr(GBytes) frame = NULL;

  if (self->state != STATE_OPEN)
    return;

  set_close (self, code, reason);
  note_cut (self);
  self->state = STATE_CLOSING;
  self->close_deadline_ms = now_in_ms () + self->limits->close_seconds * 1000;
  g_clear_pointer (&self->backlog, g_byte_array_unref);

  if (code == WEFT_WS_CLOSE_TRY_LATER)
    weft_relay_queue_clear_behind_head (&self->queue);

  frame = weft_ws_frame_new_close (code == WEFT_WS_CLOSE_NO_STATUS ? WEFT_WS_CLOSE_NORMAL : code, reason);
  push_frame (self, frame, NULL, WEFT_RELAY_FRAME_NEWS);
  weft_relay_loop_flush_soon (self->loop, &self->watch);
  update_interest (self);
}

static void
handle_event (WeftRelayConnection *self,
              WeftWsEvent         *event)
{
  g_autoptr(GBytes) payload = g_steal_pointer (&event->payload);
  g_autoptr(GBytes) frame = NULL;

  switch (event->type)
    {
    case WEFT_WS_MESSAGE:
      weft_relay_count_add (&self->counters->n_messages_in, 1);
      self->message_credit -= 1;
      self->byte_credit -= (float) g_bytes_get_size (payload);
      if (self->message_credit <= 0 || self->byte_credit <= 0)
        self->throttled = TRUE;
      self->funcs->message (self, payload, self->user_data);
      break;
    case WEFT_WS_PING:
      self->message_credit -= 1;
      if (self->message_credit <= 0)
        self->throttled = TRUE;
      frame = weft_ws_frame_new (WEFT_WS_OPCODE_PONG, payload);
      weft_relay_connection_send (self, frame, WEFT_RELAY_FRAME_NEWS);
      break;
    case WEFT_WS_CLOSE:
      self->peer_closed = TRUE;
      begin_close (self, event->close_code, "");
      break;
    case WEFT_WS_ERROR:
      begin_close (self, event->close_code, event->reason);
      break;
    case WEFT_WS_PONG:
    case WEFT_WS_MORE:
      break;
    }
}

static WeftWsEvent
read_event (WeftRelayConnection *self,
            const guint8       **data,
            gsize               *n_bytes)
{
  if (self->reader == NULL)
    self->reader = weft_ws_reader_new (self->limits->max_message, self->limits->max_fragments, TRUE,
                                       self->text ? WEFT_WS_OPCODE_TEXT : WEFT_WS_OPCODE_BINARY);

  return weft_ws_reader_feed (self->reader, data, n_bytes);
}

/* Who is silent needs no reader. */
static void
let_reader_go (WeftRelayConnection *self)
{
  if (self->reader != NULL && weft_ws_reader_is_idle (self->reader))
    g_clear_pointer (&self->reader, weft_ws_reader_free);
}

/* Looks at @data as far as it may; what is left over waits. */
static void
feed (WeftRelayConnection *self,
      const guint8        *data,
      gsize                n_bytes)
{
  self->feeding = TRUE;

  while (n_bytes > 0 && self->state == STATE_OPEN && may_read (self))
    {
      WeftWsEvent event = read_event (self, &data, &n_bytes);

      handle_event (self, &event);
    }

  self->feeding = FALSE;
  let_reader_go (self);

  if (n_bytes > 0 && self->state == STATE_OPEN)
    {
      if (self->backlog == NULL)
        self->backlog = g_byte_array_new ();
      g_byte_array_append (self->backlog, data, (guint) n_bytes);
    }
}

/* Looks at what was left over, now that it may. */
static void
feed_backlog (WeftRelayConnection *self)
{
  g_autoptr(GByteArray) backlog = NULL;

  if (self->feeding || self->state != STATE_OPEN || !may_read (self))
    return;

  backlog = g_steal_pointer (&self->backlog);
  if (backlog != NULL)
    feed (self, backlog->data, backlog->len);
  update_interest (self);
}

/* After our close, only theirs is of interest, and the end. */
static void
feed_closing (WeftRelayConnection *self,
              const guint8        *data,
              gsize                n_bytes)
{
  while (n_bytes > 0 && !self->peer_closed)
    {
      WeftWsEvent event = read_event (self, &data, &n_bytes);

      g_clear_pointer (&event.payload, g_bytes_unref);
      if (event.type == WEFT_WS_ERROR)
        return;
      self->peer_closed = event.type == WEFT_WS_CLOSE;
    }

  if (self->peer_closed && self->queue.n_frames == 0)
    drop (self, "closed");
}

static void
read_some (WeftRelayConnection *self)
{
  gsize size;
  guint8 *buffer = weft_relay_loop_get_buffer (self->loop, &size);

  for (guint i = 0; i < MAX_READS; i++)
    {
      gssize n_read;

      if (self->state == STATE_CLOSED ||
          (self->state == STATE_OPEN && (!may_read (self) || self->backlog != NULL)))
        return;

      n_read = recv (self->watch.fd, buffer, size, MSG_DONTWAIT);
      if (n_read < 0 && errno == EINTR)
        continue;
      if (n_read < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return;
      if (n_read <= 0)
        {
          drop (self, n_read == 0 ? "connection ended" : g_strerror (errno));
          return;
        }

      weft_relay_count_add (&self->counters->n_bytes_in, n_read);
      self->heard_ms = weft_relay_loop_get_now_ms (self->loop);
      self->heard_at = self->n_written;
      self->ping_at = 0;
      if (self->state == STATE_CLOSING)
        feed_closing (self, buffer, (gsize) n_read);
      else
        feed (self, buffer, (gsize) n_read);

      if ((gsize) n_read < size)
        return;
    }
}

static void
ready_cb (WeftRelayWatch *watch,
          gboolean        can_read,
          gboolean        can_write)
{
  WeftRelayConnection *self = (WeftRelayConnection *) watch;

  if (can_write)
    flush (self);

  /* A connection that broke is reported even where nobody asked; see it now, or it is reported for ever. */
  if (can_read && self->state == STATE_OPEN && !self->watch.wants_read)
    {
      drop (self, "connection broken");
      return;
    }

  if (can_read && self->state != STATE_CLOSED)
    read_some (self);
  if (self->state != STATE_CLOSED)
    update_interest (self);
}

static void
flush_cb (WeftRelayWatch *watch)
{
  flush ((WeftRelayConnection *) watch);
}

WeftRelayConnection *
weft_relay_connection_new (WeftRelayLoop                  *loop,
                           int                             fd,
                           GBytes                         *early,
                           const WeftRelayLimits          *limits,
                           gboolean                        text,
                           WeftRelayCounters              *counters,
                           const WeftRelayConnectionFuncs *funcs,
                           gpointer                        user_data,
                           GError                        **error)
{
  WeftRelayConnection *self = g_new0 (WeftRelayConnection, 1);

  self->watch.fd = fd;
  self->watch.ready = ready_cb;
  self->watch.flush = flush_cb;
  self->loop = loop;
  self->limits = limits;
  self->counters = counters;
  self->funcs = funcs;
  self->user_data = user_data;
  self->text = text != FALSE;
  self->message_credit = (float) limits->max_messages_second * (float) limits->burst_seconds;
  self->byte_credit = (float) limits->max_bytes_second * (float) limits->burst_seconds;
  self->heard_ms = self->sent_ms = self->refilled_ms = self->pinged_ms = now_in_ms ();

  /* Reading begins with the first set_paused (FALSE): the owner may not be ready. */
  self->paused = TRUE;

  if (early != NULL && g_bytes_get_size (early) > 0)
    {
      self->backlog = g_byte_array_new ();
      g_byte_array_append (self->backlog, g_bytes_get_data (early, NULL), (guint) g_bytes_get_size (early));
    }

  if (!weft_relay_loop_add (loop, &self->watch, error))
    {
      self->state = STATE_CLOSED;
      close (fd);
      weft_relay_connection_free (self);
      return NULL;
    }

  return self;
}

void
weft_relay_connection_free (WeftRelayConnection *self)
{
  if (self->state != STATE_CLOSED)
    {
      weft_relay_loop_remove (self->loop, &self->watch);
      close (self->watch.fd);
    }

  weft_relay_queue_clear (&self->queue);
  g_clear_pointer (&self->backlog, g_byte_array_unref);
  g_clear_pointer (&self->reader, weft_ws_reader_free);
  g_free (self->close_reason);
  g_free (self);
}

gpointer
weft_relay_connection_get_user_data (WeftRelayConnection *self)
{
  return self->user_data;
}

void
weft_relay_connection_send (WeftRelayConnection *self,
                            GBytes              *frame,
                            WeftRelayFrameKind   kind)
{
  weft_relay_connection_send_joined (self, frame, NULL, kind);
}

void
weft_relay_connection_send_joined (WeftRelayConnection *self,
                                   GBytes              *frame,
                                   GBytes              *rest,
                                   WeftRelayFrameKind   kind)
{
  gsize n_bytes = g_bytes_get_size (frame) + (rest != NULL ? g_bytes_get_size (rest) : 0);
  gsize limit = kind == WEFT_RELAY_FRAME_NEWS ? self->limits->max_queue : self->limits->max_answers;

  if (self->state != STATE_OPEN)
    return;

  /* One message may always wait, however large: a limit is for those that pile up. */
  if (self->queue.n_bytes[kind] > 0 && self->queue.n_bytes[kind] + n_bytes > limit)
    {
      begin_close (self, WEFT_WS_CLOSE_TRY_LATER, "reads too slowly");
      return;
    }

  self->sent_ms = weft_relay_loop_get_now_ms (self->loop);
  push_frame (self, frame, rest, kind);
}

void
weft_relay_connection_close (WeftRelayConnection *self,
                             guint16              code,
                             const char          *reason)
{
  begin_close (self, code, reason);
}

gboolean
weft_relay_connection_is_open (WeftRelayConnection *self)
{
  return self->state == STATE_OPEN;
}

void
weft_relay_connection_set_paused (WeftRelayConnection *self,
                                  gboolean             paused)
{
  self->paused = paused != FALSE;
  feed_backlog (self);
  update_interest (self);
}

void
weft_relay_connection_charge (WeftRelayConnection *self,
                              gsize                n_bytes)
{
  self->byte_credit -= (float) n_bytes;
  if (self->byte_credit <= 0)
    self->throttled = TRUE;
}

static void
refill (WeftRelayConnection *self,
        gint64               now_ms)
{
  double seconds = (double) (now_ms - self->refilled_ms) / 1000;
  double max_messages = (double) self->limits->max_messages_second * self->limits->burst_seconds;
  double max_bytes = (double) self->limits->max_bytes_second * self->limits->burst_seconds;

  self->refilled_ms = now_ms;
  self->message_credit =
    (float) MIN (max_messages, self->message_credit + seconds * self->limits->max_messages_second);
  self->byte_credit =
    (float) MIN (max_bytes, self->byte_credit + seconds * (double) self->limits->max_bytes_second);

  if (self->throttled && self->message_credit > 0 && self->byte_credit > 0)
    {
      self->throttled = FALSE;
      feed_backlog (self);
      update_interest (self);
    }
}

static void
ping (WeftRelayConnection *self,
      gint64               now_ms)
{
  g_autoptr(GBytes) nothing = g_bytes_new_static ("", 0);
  g_autoptr(GBytes) frame = weft_ws_frame_new (WEFT_WS_OPCODE_PING, nothing);

  self->pinged_ms = now_ms;
  push_frame (self, frame, NULL, WEFT_RELAY_FRAME_NEWS);
  if (self->ping_at == 0)
    {
      self->ping_at = self->n_written + weft_relay_connection_get_queued (self) - self->queue.head_written;
      self->n_taken = 0;
      self->taken_ms = now_ms;
    }
}

/* Whether its time to answer the ping is over. That begins when the ping has reached its side: on a thin line it waits
 * behind what was written before, and as long as that goes away somebody is there. */
static gboolean
is_dead (WeftRelayConnection *self,
         gint64               now_ms)
{
  const gint64 dead_ms = (gint64) self->limits->dead_seconds * 1000;
  const gint64 answer_ms = MAX (0, dead_ms - (gint64) self->limits->ping_seconds * 1000);
  guint64 n_taken;

  if (self->ping_at == 0)
    return now_ms - self->heard_ms >= dead_ms;

  n_taken = MIN (self->n_written - MIN (count_under_way (self), self->n_written), self->ping_at);
  if (n_taken > self->n_taken)
    {
      self->n_taken = n_taken;
      self->taken_ms = now_ms;
    }

  if (n_taken < self->ping_at)
    return now_ms - MAX (self->heard_ms, self->taken_ms) >= dead_ms;
  return now_ms - self->heard_ms >= dead_ms &&
         now_ms - self->taken_ms >=
           answer_ms + (gint64) MIN ((self->ping_at - self->heard_at) / THIN_LINE_BYTES_MS, MAX_GRACE_MS);
}

/* Whether more than a little has waited for too long. What is being written does not count: a large message takes its
 * time on a slow line, and who reads nothing of it answers no ping. */
static gboolean
is_too_slow (WeftRelayConnection *self,
             gint64               now_ms)
{
  if (self->limits->soft_queue == 0 ||
      weft_relay_queue_count_behind_head (&self->queue, WEFT_RELAY_FRAME_NEWS) <= self->limits->soft_queue)
    {
      self->full_ms = 0;
      return FALSE;
    }

  if (self->full_ms == 0)
    self->full_ms = now_ms;
  return now_ms - self->full_ms >= self->limits->soft_queue_seconds * 1000;
}

void
weft_relay_connection_tick (WeftRelayConnection *self,
                            gint64               now_ms)
{
  gint64 silent_ms = now_ms - self->heard_ms;

  if (self->state == STATE_CLOSING && now_ms >= self->close_deadline_ms)
    {
      drop (self, "close was not answered");
      return;
    }
  if (self->state != STATE_OPEN)
    return;

  if (is_too_slow (self, now_ms))
    {
      begin_close (self, WEFT_WS_CLOSE_TRY_LATER, "reads too slowly");
      return;
    }

  refill (self, now_ms);

  /* Whom we do not listen to is not silent. */
  if (self->state != STATE_OPEN || !may_read (self))
    return;

  if (silent_ms < MIN (self->limits->ping_seconds, self->limits->dead_seconds) * 1000)
    return;

  if (is_dead (self, now_ms))
    drop (self, "not heard of any more");
  else if (silent_ms >= self->limits->ping_seconds * 1000 && self->n_taken >= self->ping_at &&
           now_ms - self->pinged_ms >= self->limits->ping_seconds * 1000)
    ping (self, now_ms);
}

gboolean
weft_relay_connection_was_cut (WeftRelayConnection *self)
{
  return self->was_cut;
}

gint64
weft_relay_connection_get_heard_ms (WeftRelayConnection *self)
{
  return self->heard_ms;
}

gint64
weft_relay_connection_get_sent_ms (WeftRelayConnection *self)
{
  return self->sent_ms;
}

gsize
weft_relay_connection_get_queued (WeftRelayConnection *self)
{
  return self->queue.n_bytes[0] + self->queue.n_bytes[1];
}

guint16
weft_relay_connection_get_close (WeftRelayConnection *self,
                                 const char         **reason)
{
  *reason = self->close_reason != NULL ? self->close_reason : "";
  return self->close_code;
}
