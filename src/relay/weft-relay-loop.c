/* weft-relay-loop.c - waits for many sockets at once, inside a GLib main loop
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-loop.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <sys/epoll.h>
#include <unistd.h>

#define MAX_EVENTS  256
#define BUFFER_SIZE (64 * 1024)

struct _WeftRelayLoop
{
  int                epoll_fd;
  GSource           *poll_source;
  GSource           *flush_source;
  GPtrArray         *to_flush; /* of WeftRelayWatch; %NULL where it was removed */

  /* What the current turn found; a watch that is removed meanwhile becomes %NULL. */
  struct epoll_event events[MAX_EVENTS];
  int                n_events;

  guint8             buffer[BUFFER_SIZE];
};

static gboolean
poll_cb (int          fd,
         GIOCondition condition,
         gpointer     user_data)
{
  WeftRelayLoop *self = user_data;

  self->n_events = epoll_wait (self->epoll_fd, self->events, MAX_EVENTS, 0);

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
  self->to_flush = g_ptr_array_new ();

  self->poll_source = g_unix_fd_source_new (epoll_fd, G_IO_IN);
  g_source_set_callback (self->poll_source, G_SOURCE_FUNC (poll_cb), self, NULL);
  g_source_attach (self->poll_source, context);

  self->flush_source = g_source_new (&flush_source_funcs, sizeof (GSource));
  g_source_set_callback (self->flush_source, flush_cb, self, NULL);
  g_source_attach (self->flush_source, context);
  return self;
}

void
weft_relay_loop_free (WeftRelayLoop *self)
{
  g_source_destroy (self->poll_source);
  g_source_unref (self->poll_source);
  g_source_destroy (self->flush_source);
  g_source_unref (self->flush_source);
  g_ptr_array_unref (self->to_flush);
  close (self->epoll_fd);
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
