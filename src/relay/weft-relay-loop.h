/* weft-relay-loop.h - waits for many sockets at once, inside a GLib main loop
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One epoll descriptor is what the main context waits on, so that a turn of the loop costs
 * what happened, not how many are connected. What has something to write is noted and written once,
 * when everything else of the turn is done: many messages leave in one call. Nothing here knows HTTP,
 * rooms or messages; the relay can have several of these, one in a thread.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _WeftRelayLoop WeftRelayLoop;
typedef struct _WeftRelayWatch WeftRelayWatch;

struct _WeftRelayWatch
{
  /* The loop's */
  guint    wants_read : 1;
  guint    wants_write : 1;
  guint    added : 1;
  guint    to_flush : 1;

  /* Set by the owner */
  int      fd;
  void   (*ready) (WeftRelayWatch *watch,
                   gboolean        can_read,
                   gboolean        can_write);
  void   (*flush) (WeftRelayWatch *watch);
};

/* @context is that of the calling thread, which runs nothing else; one loop for a thread. */
WeftRelayLoop *weft_relay_loop_new        (GMainContext   *context,
                                           GError        **error) G_GNUC_WARN_UNUSED_RESULT;
void           weft_relay_loop_free       (WeftRelayLoop  *self);
gboolean       weft_relay_loop_add        (WeftRelayLoop  *self,
                                           WeftRelayWatch *watch,
                                           GError        **error);
/* Also inside any callback. No callback of @watch follows. */
void           weft_relay_loop_remove     (WeftRelayLoop  *self,
                                           WeftRelayWatch *watch);
void           weft_relay_loop_want       (WeftRelayLoop  *self,
                                           WeftRelayWatch *watch,
                                           gboolean        read,
                                           gboolean        write);
/* Has @watch->flush called once, soon. */
void           weft_relay_loop_flush_soon (WeftRelayLoop  *self,
                                           WeftRelayWatch *watch);
/* A buffer to read into, for the length of a callback. */
guint8        *weft_relay_loop_get_buffer (WeftRelayLoop  *self,
                                           gsize          *size);
/* The monotonic time at which the turn began, in ms: close enough for timeouts, and no call of the system. */
gint64         weft_relay_loop_get_now_ms (WeftRelayLoop  *self);

G_END_DECLS
