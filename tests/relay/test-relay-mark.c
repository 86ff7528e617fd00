/* test-relay-mark.c - which file is the one that was here before
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-mark.h"

#include <glib/gstdio.h>
#include <string.h>

static void
test_ahead (void)
{
  static const struct
  {
    WeftRelayMark noted;
    WeftRelayMark found;
    guint64       ahead;
  } rows[] = {
    { { "a", 0, 5 }, { "a", 0, 5 }, 0 },
    { { "a", 0, 5 }, { "a", 0, 6 }, 0 },
    { { "a", 0, 5 }, { "a", 0, 4 }, 1 },
    { { "a", 0, 5 }, { "a", 1, 0 }, 0 },
    { { "a", 3, 5 }, { "a", 0, 9 }, 4 },
    { { "a", 1, 5 }, { "a", 1, 2 }, 1 },
    { { "a", 0, 5 }, { "b", 0, 9 }, 1 },
    { { "a", 0, 5 }, { "b", 2, 9 }, 1 },
    /* The first start noted how far the file was before it had a notebook. */
    { { "", 0, 0 }, { "a", 0, 0 }, 0 },
    { { "", 0, 0 }, { "a", 0, 7 }, 0 },
    { { "a", 0, 1 }, { "", 0, 0 }, 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("row %u", i);
      g_assert_cmpuint (weft_relay_mark_get_ahead (&rows[i].noted, &rows[i].found), ==, rows[i].ahead);
    }
}

static void
test_file (void)
{
  static const char *const bad[] = {
    "", "x", "weft relay mark 1\n", "weft relay mark 2\na\n0\n5\n", "weft relay mark 1\na\n0\n5", "weft relay mark 1\na\n-1\n5\n",
    "weft relay mark 1\na\n0\n5\n6\n", "weft relay mark 1\na\n18446744073709551615\n5\n",
    "weft relay mark 1\n0123456789012345678901234567890123456789\n0\n5\n",
  };
  g_autofree char *folder = g_dir_make_tmp ("weft-mark-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "relay.db-mark", NULL);
  const WeftRelayMark written = { "6wb727ztiemiy6kn626qmgpei4", 2, 1234567890123 };
  g_autoptr(GError) error = NULL;
  WeftRelayMark read;

  g_assert_false (weft_relay_mark_read (path, &read));
  g_assert_true (weft_relay_mark_write (path, &written, &error));
  g_assert_no_error (error);
  g_assert_true (weft_relay_mark_read (path, &read));
  g_assert_cmpstr (read.notebook, ==, written.notebook);
  g_assert_cmpuint (read.epoch, ==, written.epoch);
  g_assert_cmpuint (read.n_updates, ==, written.n_updates);

  /* What was half written, or is something else, says nothing. */
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("row %u", i);
      g_assert_true (g_file_set_contents (path, bad[i], -1, &error));
      g_assert_false (weft_relay_mark_read (path, &read));
    }

  g_unlink (path);
  g_rmdir (folder);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/relay-mark/ahead", test_ahead);
  g_test_add_func ("/relay-mark/file", test_file);
  return g_test_run ();
}
