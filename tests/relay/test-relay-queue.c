/* test-relay-queue.c - every frame leaves whole and in order, however little the socket takes
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-queue.h"
#include "support/test-seed.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct
{
  WeftRelayQueue queue;
  int            fds[2];
  GByteArray    *pushed;
  GByteArray    *arrived;
  guint8         next;
} Fixture;

static void
fixture_set_up (Fixture      *self,
                gconstpointer data)
{
  int few = 4096;

  memset (self, 0, sizeof *self);
  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, self->fds));
  g_assert_no_errno (setsockopt (self->fds[0], SOL_SOCKET, SO_SNDBUF, &few, sizeof few));
  self->pushed = g_byte_array_new ();
  self->arrived = g_byte_array_new ();
}

static void
fixture_tear_down (Fixture      *self,
                   gconstpointer data)
{
  weft_relay_queue_clear (&self->queue);
  g_byte_array_unref (self->pushed);
  g_byte_array_unref (self->arrived);
  close (self->fds[0]);
  close (self->fds[1]);
}

static GBytes *
make_frame (Fixture *self,
            gsize    size)
{
  guint8 *data = g_malloc (size);

  for (gsize i = 0; i < size; i++)
    data[i] = self->next++;
  return g_bytes_new_take (data, size);
}

static void
push (Fixture           *self,
      gsize              size,
      WeftRelayFrameKind kind)
{
  g_autoptr(GBytes) frame = make_frame (self, size);

  weft_relay_queue_push (&self->queue, frame, kind);
  g_byte_array_append (self->pushed, g_bytes_get_data (frame, NULL), (guint) size);
}

static void
push_rest (Fixture *self,
           gsize    size)
{
  g_autoptr(GBytes) rest = make_frame (self, size);

  weft_relay_queue_push_rest (&self->queue, rest);
  g_byte_array_append (self->pushed, g_bytes_get_data (rest, NULL), (guint) size);
}

static void
read_some (Fixture *self)
{
  guint8 buffer[8192];
  gssize n = recv (self->fds[1], buffer, (gsize) g_test_rand_int_range (1, sizeof buffer), MSG_DONTWAIT);

  if (n > 0)
    g_byte_array_append (self->arrived, buffer, (guint) n);
}

static void
assert_arrived (Fixture *self)
{
  g_assert_cmpmem (self->arrived->data, self->arrived->len, self->pushed->data, self->pushed->len);
}

static void
test_random (Fixture      *self,
             gconstpointer data)
{
  guint n_blocked = 0;

  for (guint i = 0; i < 20000; i++)
    {
      gsize size = (gsize) (g_test_rand_int_range (0, 100) == 0 ? g_test_rand_int_range (4000, 100000)
                                                                  : g_test_rand_int_range (2, 300));

      if (self->queue.n_frames < 200 && g_test_rand_int_range (0, 3) > 0)
        {
          push (self, size, g_test_rand_bit () ? WEFT_RELAY_FRAME_NEWS : WEFT_RELAY_FRAME_ANSWER);
          if (g_test_rand_int_range (0, 4) == 0)
            push_rest (self, size);
        }
      if (self->queue.n_frames > 0 && weft_relay_queue_write (&self->queue, self->fds[0]) < 0)
        {
          g_assert_cmpint (errno, ==, EAGAIN);
          n_blocked++;
        }
      read_some (self);
    }

  while (self->queue.n_frames > 0)
    {
      weft_relay_queue_write (&self->queue, self->fds[0]);
      read_some (self);
    }
  for (guint i = 0; i < 1000 && self->arrived->len < self->pushed->len; i++)
    read_some (self);

  g_assert_cmpuint (n_blocked, >, 100);
  g_assert_cmpuint (self->queue.n_bytes[0] + self->queue.n_bytes[1] + self->queue.head_written, ==, 0);
  assert_arrived (self);
}

static void
test_counts (Fixture      *self,
             gconstpointer data)
{
  for (guint i = 0; i < 10; i++)
    push (self, 10, WEFT_RELAY_FRAME_NEWS);
  push (self, 100, WEFT_RELAY_FRAME_ANSWER);

  g_assert_cmpuint (self->queue.n_frames, ==, 11);
  g_assert_cmpuint (self->queue.n_bytes[WEFT_RELAY_FRAME_NEWS], ==, 100);
  g_assert_cmpuint (self->queue.n_bytes[WEFT_RELAY_FRAME_ANSWER], ==, 100);
  g_assert_cmpuint (weft_relay_queue_count_behind_head (&self->queue, WEFT_RELAY_FRAME_NEWS), ==, 90);
  g_assert_cmpuint (weft_relay_queue_count_behind_head (&self->queue, WEFT_RELAY_FRAME_ANSWER), ==, 100);

  /* Small frames leave together. */
  g_assert_cmpint (weft_relay_queue_write (&self->queue, self->fds[0]), ==, 200);
  g_assert_cmpuint (self->queue.n_frames, ==, 0);
  g_assert_cmpuint (self->queue.n_bytes[0] + self->queue.n_bytes[1], ==, 0);
}

/* A frame that has begun is kept, and nothing behind it. */
static void
test_behind_head (Fixture      *self,
                  gconstpointer data)
{
  gsize n_large = 200000;

  push (self, n_large, WEFT_RELAY_FRAME_ANSWER);
  while (weft_relay_queue_write (&self->queue, self->fds[0]) > 0)
    ;
  g_assert_cmpuint (self->queue.head_written, >, 0);
  for (guint i = 0; i < 20; i++)
    push (self, 50, WEFT_RELAY_FRAME_NEWS);

  weft_relay_queue_clear_behind_head (&self->queue);
  g_byte_array_set_size (self->pushed, (guint) n_large);
  g_assert_cmpuint (self->queue.n_frames, ==, 1);
  g_assert_cmpuint (self->queue.n_bytes[WEFT_RELAY_FRAME_NEWS], ==, 0);
  g_assert_cmpuint (self->queue.n_bytes[WEFT_RELAY_FRAME_ANSWER], ==, n_large);

  push (self, 5, WEFT_RELAY_FRAME_NEWS);
  while (self->arrived->len < self->pushed->len)
    {
      if (self->queue.n_frames > 0)
        weft_relay_queue_write (&self->queue, self->fds[0]);
      read_some (self);
    }
  assert_arrived (self);

  /* One that has not begun goes too. */
  push (self, 5, WEFT_RELAY_FRAME_NEWS);
  weft_relay_queue_clear_behind_head (&self->queue);
  g_assert_cmpuint (self->queue.n_frames, ==, 0);
  g_assert_cmpuint (self->queue.n_bytes[WEFT_RELAY_FRAME_NEWS], ==, 0);
}

/* What is in two pieces is completed wherever it was cut, and dropped only as a whole. */
static void
test_rest (Fixture      *self,
           gconstpointer data)
{
  static const gsize cuts[] = { 0, 7, 14, 20 };

  for (guint i = 0; i < G_N_ELEMENTS (cuts); i++)
    {
      gsize n_kept = self->pushed->len + (cuts[i] > 0 ? 14 + 100 : 0);

      push (self, 14, WEFT_RELAY_FRAME_ANSWER);
      push_rest (self, 100);
      push (self, 5, WEFT_RELAY_FRAME_ANSWER);
      push_rest (self, 6);

      /* As if the socket had taken so much. */
      for (gsize n = 0; n < cuts[i]; n++)
        {
          guint8 byte = self->pushed->data[self->pushed->len - 125 + n];

          g_byte_array_append (self->arrived, &byte, 1);
        }
      weft_relay_queue_advance (&self->queue, cuts[i]);

      weft_relay_queue_clear_behind_head (&self->queue);
      g_byte_array_set_size (self->pushed, (guint) n_kept);
      while (self->queue.n_frames > 0)
        g_assert_cmpint (weft_relay_queue_write (&self->queue, self->fds[0]), >, 0);
      for (guint k = 0; k < 1000 && self->arrived->len < self->pushed->len; k++)
        read_some (self);
      assert_arrived (self);
      g_assert_cmpuint (self->queue.n_bytes[0] + self->queue.n_bytes[1] + self->queue.head_written, ==, 0);
    }
}

int
main (int    argc,
      char **argv)
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/relay-queue/random", Fixture, NULL, fixture_set_up, test_random, fixture_tear_down);
  g_test_add ("/relay-queue/counts", Fixture, NULL, fixture_set_up, test_counts, fixture_tear_down);
  g_test_add ("/relay-queue/rest", Fixture, NULL, fixture_set_up, test_rest, fixture_tear_down);
  g_test_add ("/relay-queue/what-is-behind-the-head-goes", Fixture, NULL, fixture_set_up, test_behind_head,
              fixture_tear_down);

  return g_test_run ();
}
