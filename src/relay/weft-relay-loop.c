/* weft-relay-loop.c - waits for many sockets at once, inside a GLib main loop
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-loop.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define MAX_EVENTS  256
#define BUFFER_SIZE (64 * 1024)

/* So many fast turns in a row are a load, not a burst. */
#define BUSY_TURNS 32

/* Where turns follow each other faster than this, a turn waits so long: one that finds several messages
 * costs little more than one that finds one, and waking a thread costs more than looking at a message. */
#define BUSY_TURN_US 3000

struct _WeftRelayLoop
{
  int                epoll_fd;
  int                wakeup_fd;  /* the main context's own, once it is in the epoll set; -1 before */
  GMainContext      *context;
  GSource           *event_source;
  GSource           *flush_source;
  GPtrArray         *to_flush; /* of WeftRelayWatch; %NULL where it was removed */
  gint64             turn_us;    /* when the last turn began to wait */
  gint64             now_ms;     /* when it ended to wait */
  guint              n_fast;     /* turns in a row that came fast */

  /* What the current turn found; a watch that is removed meanwhile becomes %NULL. */
  struct epoll_event events[MAX_EVENTS];
  int                n_events;

  guint8             buffer[BUFFER_SIZE];
};

/* The loop of this thread: GLib gives its poll function no data. */
static __thread WeftRelayLoop *loop_of_thread;

/* Adds the one descriptor that the context has of its own to our set. */
static gboolean
watch_wakeup (WeftRelayLoop *self,
              int            fd)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = self };

  if (self->wakeup_fd == fd)
    return TRUE;
  if (self->wakeup_fd >= 0 || epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
    return FALSE;

  self->wakeup_fd = fd;
  return TRUE;
}

/* Takes the context's own event out of what was found. */
static gboolean
take_wakeup (WeftRelayLoop *self)
{
  for (int i = 0; i < self->n_events; i++)
    {
      if (self->events[i].data.ptr == self)
        {
          self->events[i] = self->events[--self->n_events];
          return TRUE;
        }
    }

  return FALSE;
}

static void
slow_down (WeftRelayLoop *self,
           int           *timeout)
{
  gint64 now_us = g_get_monotonic_time ();
  gint64 since_us = now_us - self->turn_us;

  self->n_fast = since_us < BUSY_TURN_US ? MIN (self->n_fast + 1, BUSY_TURNS) : self->n_fast / 2;
  if (self->n_fast == BUSY_TURNS && since_us < BUSY_TURN_US && *timeout != 0)
    {
      g_usleep ((gulong) (BUSY_TURN_US - since_us));
      now_us = g_get_monotonic_time ();
    }
  self->turn_us = now_us;
}

/* What the main context calls to wait: one epoll instead of a poll on it and then an epoll. */
static int
poll_func (GPollFD *fds,
           guint    n_fds,
           int      timeout)
{
  WeftRelayLoop *self = loop_of_thread;

  /* A source of somebody else with a descriptor: as GLib does it, with our set among them. */
  if (n_fds != 1 || !watch_wakeup (self, fds[0].fd))
    {
      g_autofree GPollFD *all = g_new (GPollFD, n_fds + 1);
      int n_ready;

      memcpy (all, fds, n_fds * sizeof *fds);
      all[n_fds] = (GPollFD){ self->epoll_fd, G_IO_IN, 0 };
      n_ready = g_poll (all, n_fds + 1, timeout);
      self->now_ms = g_get_monotonic_time () / 1000;
      memcpy (fds, all, n_fds * sizeof *fds);
      if (n_ready > 0 && all[n_fds].revents != 0)
        {
          self->n_events = MAX (0, epoll_wait (self->epoll_fd, self->events, MAX_EVENTS, 0));
          take_wakeup (self);
        }
      return n_ready;
    }

  slow_down (self, &timeout);
  fds[0].revents = 0;
  self->n_events = epoll_wait (self->epoll_fd, self->events, MAX_EVENTS, timeout);
  self->now_ms = g_get_monotonic_time () / 1000;
  if (self->n_events < 0)
    {
      self->n_events = 0;
      return errno == EINTR ? 0 : -1;
    }

  if (!take_wakeup (self))
    return 0;
  fds[0].revents = G_IO_IN;
  return 1;
}

static gboolean
check_events (GSource *source)
{
  return loop_of_thread->n_events > 0;
}

static gboolean
dispatch_events (GSource    *source,
                 GSourceFunc callback,
                 gpointer    user_data)
{
  WeftRelayLoop *self = loop_of_thread;

  for (int i = 0; i < self->n_events; i++)
    {
      WeftRelayWatch *watch = self->events[i].data.ptr;
      guint32 events = self->events[i].events;

      if (watch != NULL)
        watch->ready (watch, (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0, (events & EPOLLOUT) != 0);
    }

  self->n_events = 0;
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs event_source_funcs = { .check = check_events, .dispatch = dispatch_events };

static gboolean
flush_cb (gpointer user_data)
{
  WeftRelayLoop *self = user_data;

  g_source_set_ready_time (self->flush_source, -1);

  /* Those added meanwhile are flushed too. */
  for (guint i = 0; i < self->to_flush->len; i++)
    {
      WeftRelayWatch *watch = self->to_flush->pdata[i];

      if (watch != NULL)
        {
          watch->to_flush = FALSE;
          self->to_flush->pdata[i] = NULL;
          watch->flush (watch);
        }
    }

  g_ptr_array_set_size (self->to_flush, 0);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_flush (GSource    *source,
                GSourceFunc callback,
                gpointer    user_data)
{
  return callback (user_data);
}

static GSourceFuncs flush_source_funcs = { .dispatch = dispatch_flush };

WeftRelayLoop *
weft_relay_loop_new (GMainContext *context,
                     GError      **error)
{
  int epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  WeftRelayLoop *self;

  if (epoll_fd < 0)
    {
      int saved = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "epoll: %s", g_strerror (saved));
      return NULL;
    }

  self = g_new0 (WeftRelayLoop, 1);
  self->epoll_fd = epoll_fd;
  self->wakeup_fd = -1;
  self->now_ms = g_get_monotonic_time () / 1000;
  self->context = g_main_context_ref (context);
  self->to_flush = g_ptr_array_new ();

  loop_of_thread = self;
  g_main_context_set_poll_func (context, poll_func);
  self->event_source = g_source_new (&event_source_funcs, sizeof (GSource));
  g_source_attach (self->event_source, context);

  self->flush_source = g_source_new (&flush_source_funcs, sizeof (GSource));
  g_source_set_callback (self->flush_source, flush_cb, self, NULL);
  g_source_attach (self->flush_source, context);
  return self;
}

void
weft_relay_loop_free (WeftRelayLoop *self)
{
  g_main_context_set_poll_func (self->context, NULL);
  g_source_destroy (self->event_source);
  g_source_unref (self->event_source);
  g_source_destroy (self->flush_source);
  g_source_unref (self->flush_source);
  g_ptr_array_unref (self->to_flush);
  close (self->epoll_fd);
  g_main_context_unref (self->context);
  g_free (self);
}

static struct epoll_event
make_event (WeftRelayWatch *watch)
{
  return (struct epoll_event){
    .events = (watch->wants_read ? EPOLLIN : 0u) | (watch->wants_write ? EPOLLOUT : 0u),
    .data.ptr = watch,
  };
}

gboolean
weft_relay_loop_add (WeftRelayLoop  *self,
                     WeftRelayWatch *watch,
                     GError        **error)
{
  struct epoll_event event = make_event (watch);

  if (epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) != 0)
    {
      int saved = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "epoll: %s", g_strerror (saved));
      return FALSE;
    }

  watch->added = TRUE;
  return TRUE;
}

void
weft_relay_loop_remove (WeftRelayLoop  *self,
                        WeftRelayWatch *watch)
{
  if (watch->added)
    epoll_ctl (self->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
  watch->added = FALSE;

  for (int i = 0; i < self->n_events; i++)
    if (self->events[i].data.ptr == watch)
      self->events[i].data.ptr = NULL;

  if (watch->to_flush)
    {
      for (guint i = 0; i < self->to_flush->len; i++)
        if (self->to_flush->pdata[i] == watch)
          self->to_flush->pdata[i] = NULL;
      watch->to_flush = FALSE;
    }
}

void
weft_relay_loop_want (WeftRelayLoop  *self,
                      WeftRelayWatch *watch,
                      gboolean        read,
                      gboolean        write)
{
  struct epoll_event event;

  if (watch->wants_read == read && watch->wants_write == write)
    return;

  watch->wants_read = read;
  watch->wants_write = write;

  if (watch->added)
    {
      event = make_event (watch);
      epoll_ctl (self->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event);
    }
}

void
weft_relay_loop_flush_soon (WeftRelayLoop  *self,
                            WeftRelayWatch *watch)
{
  if (watch->to_flush)
    return;

  watch->to_flush = TRUE;
  g_ptr_array_add (self->to_flush, watch);
  g_source_set_ready_time (self->flush_source, 0);
}

guint8 *
weft_relay_loop_get_buffer (WeftRelayLoop *self,
                            gsize         *size)
{
  *size = sizeof self->buffer;
  return self->buffer;
}

gint64
weft_relay_loop_get_now_ms (WeftRelayLoop *self)
{
  return self->now_ms;
}
