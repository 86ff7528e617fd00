/* weft-relay-queue.c - what waits to be written to one socket
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-queue.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Frames written by one call. */
#define MAX_VECTORS 64

/* Several frames that are smaller than this together are copied: to the kernel one buffer is less work than a list. */
#define COPY_BYTES 4096

#define FIRST_CAPACITY 8

static WeftRelayQueued *
get (WeftRelayQueue *self,
     guint           index)
{
  guint at = self->first + index;

  return self->many != NULL ? &self->many[at & (self->capacity - 1)] : &self->few[at % WEFT_RELAY_QUEUE_FEW];
}

static void
grow (WeftRelayQueue *self)
{
  guint capacity = self->many != NULL ? 2 * self->capacity : FIRST_CAPACITY;
  WeftRelayQueued *larger = g_new (WeftRelayQueued, capacity);

  for (guint i = 0; i < self->n_frames; i++)
    larger[i] = *get (self, i);

  g_free (self->many);
  self->many = larger;
  self->capacity = capacity;
  self->first = 0;
}

static void
pop (WeftRelayQueue *self)
{
  WeftRelayQueued *head = get (self, 0);

  self->n_bytes[head->kind] -= g_bytes_get_size (head->frame);
  self->head_written = 0;
  g_bytes_unref (head->frame);
  self->first++;
  self->n_frames--;

  if (self->n_frames == 0)
    {
      g_clear_pointer (&self->many, g_free);
      self->capacity = self->first = 0;
    }
}

void
weft_relay_queue_clear (WeftRelayQueue *self)
{
  while (self->n_frames > 0)
    pop (self);
  g_clear_pointer (&self->many, g_free);
}

void
weft_relay_queue_clear_behind_head (WeftRelayQueue *self)
{
  guint n_kept = self->n_frames > 0 && (self->head_written > 0 || get (self, 0)->is_rest) ? 1 : 0;

  if (n_kept == 1 && self->n_frames > 1 && get (self, 1)->is_rest)
    n_kept = 2;
  while (self->n_frames > n_kept)
    {
      WeftRelayQueued *last = get (self, self->n_frames - 1);

      self->n_bytes[last->kind] -= g_bytes_get_size (last->frame);
      g_bytes_unref (last->frame);
      self->n_frames--;
    }
}

static void
push (WeftRelayQueue    *self,
      GBytes            *frame,
      WeftRelayFrameKind kind,
      gboolean           is_rest)
{
  if (self->n_frames == (self->many != NULL ? self->capacity : WEFT_RELAY_QUEUE_FEW))
    grow (self);

  self->n_frames++;
  *get (self, self->n_frames - 1) = (WeftRelayQueued){ g_bytes_ref (frame), kind, is_rest };
  self->n_bytes[kind] += g_bytes_get_size (frame);
}

void
weft_relay_queue_push (WeftRelayQueue    *self,
                       GBytes            *frame,
                       WeftRelayFrameKind kind)
{
  push (self, frame, kind, FALSE);
}

void
weft_relay_queue_push_rest (WeftRelayQueue *self,
                            GBytes         *rest)
{
  push (self, rest, get (self, self->n_frames - 1)->kind, TRUE);
}

gsize
weft_relay_queue_count_behind_head (WeftRelayQueue    *self,
                                    WeftRelayFrameKind kind)
{
  gsize n_head = 0;

  if (self->n_frames > 0 && get (self, 0)->kind == kind)
    n_head = g_bytes_get_size (get (self, 0)->frame);

  return self->n_bytes[kind] - n_head;
}

/* Takes @n_written bytes off the front. */
void
weft_relay_queue_advance (WeftRelayQueue *self,
                          gsize           n_written)
{
  while (n_written > 0)
    {
      gsize left = g_bytes_get_size (get (self, 0)->frame) - self->head_written;

      if (n_written < left)
        {
          self->head_written += n_written;
          return;
        }

      n_written -= left;
      pop (self);
    }
}

static gssize
write_copied (WeftRelayQueue *self,
              int             fd,
              gsize           n_bytes)
{
  guint8 copy[COPY_BYTES];
  gsize at = 0;

  for (guint i = 0; i < self->n_frames; i++)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (get (self, i)->frame, &size);
      gsize skip = i == 0 ? self->head_written : 0;

      memcpy (copy + at, data + skip, size - skip);
      at += size - skip;
    }

  return send (fd, copy, n_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static gssize
write_vectors (WeftRelayQueue *self,
               int             fd)
{
  struct iovec vectors[MAX_VECTORS];
  struct msghdr message = { .msg_iov = vectors, .msg_iovlen = MIN (self->n_frames, MAX_VECTORS) };

  for (guint i = 0; i < message.msg_iovlen; i++)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (get (self, i)->frame, &size);
      gsize skip = i == 0 ? self->head_written : 0;

      vectors[i].iov_base = (guint8 *) data + skip;
      vectors[i].iov_len = size - skip;
    }

  if (message.msg_iovlen == 1)
    return send (fd, vectors[0].iov_base, vectors[0].iov_len, MSG_NOSIGNAL | MSG_DONTWAIT);
  return sendmsg (fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

gssize
weft_relay_queue_write (WeftRelayQueue *self,
                        int             fd)
{
  gsize n_bytes = self->n_bytes[0] + self->n_bytes[1] - self->head_written;
  gssize n_written = self->n_frames > 1 && n_bytes <= COPY_BYTES ? write_copied (self, fd, n_bytes)
                                                                 : write_vectors (self, fd);

  if (n_written > 0)
    weft_relay_queue_advance (self, (gsize) n_written);
  return n_written;
}
