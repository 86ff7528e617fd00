/* weft-bench-join.c - a notebook of a million pages and a relay: joining it, being in it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * weft-bench-join WEFT [N]: puts a notebook of N pages (a million) on a relay (WEFT --relay), joins it from there
 * twice, by the snapshot and by its room, and opens it again. Each happens in a process of its own, which tells what it
 * took: the longest turn of the main loop is in processor time of its thread, which a busy machine does not change.
 */

#include "config.h"

#include <glib/gstdio.h>
#include <time.h>

#include "model/model-support.h"
#include "model/relay-support.h"
#include "model/weft-notebook-private.h"
#include "weft-bench-pages.h"

static double longest_turn_ms;
static double last_tick_ms;

static double
read_clock_ms (clockid_t clock)
{
  struct timespec time;

  clock_gettime (clock, &time);
  return (double) time.tv_sec * 1e3 + (double) time.tv_nsec / 1e6;
}

static double
read_memory_mb (const char *field)
{
  g_autofree char *status = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    return 0;

  line = strstr (status, field);
  return line != NULL ? g_ascii_strtod (line + strlen (field) + 1, NULL) * 1024 / 1e6 : 0;
}

static void
print_figure (const char *name,
              double      value,
              const char *unit)
{
  g_print ("  %-42s %10.1f %s\n", name, value, unit);
}

static gboolean
tick_cb (gpointer user_data)
{
  double now_ms = read_clock_ms (CLOCK_THREAD_CPUTIME_ID);

  longest_turn_ms = MAX (longest_turn_ms, now_ms - last_tick_ms);
  last_tick_ms = now_ms;

  return G_SOURCE_CONTINUE;
}

static void
print_costs (double start_ms)
{
  print_figure ("time", read_clock_ms (CLOCK_MONOTONIC) - start_ms, "ms");
  print_figure ("processor time", read_clock_ms (CLOCK_PROCESS_CPUTIME_ID), "ms");
  print_figure ("longest turn of the main loop", longest_turn_ms, "ms");
  print_figure ("memory", read_memory_mb ("VmRSS:"), "MB");
  print_figure ("of which not shared files", read_memory_mb ("RssAnon:"), "MB");
  print_figure ("memory at the most", read_memory_mb ("VmHWM:"), "MB");
}

/* Things that go on in the background may hold it a little longer. */
static void
close_and_leave (WeftNotebook *notebook)
{
  g_autoptr(GAsyncResult) result = NULL;

  weft_notebook_close_async (notebook, keep_result_cb, &result);
  g_assert_true (weft_notebook_close_finish (notebook, wait_for (&result), NULL));
  g_object_unref (notebook);
}

/* @relay: (nullable): the one that the file names. @by_room: as with a relay that has no snapshots */
static int
visit (const char *path,
       const char *notebook_id,
       const char *relay,
       gboolean    by_room)
{
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(GAsyncResult) result = NULL;
  double start_ms = read_clock_ms (CLOCK_MONOTONIC);
  WeftNotebook *notebook;

  g_timeout_add_full (G_PRIORITY_HIGH, 1, tick_cb, NULL, NULL);
  weft_notebook_open_async (file, notebook_id, NULL, keep_result_cb, &result);
  notebook = weft_notebook_open_finish (wait_for (&result), NULL);
  g_assert_nonnull (notebook);
  print_figure ("until there is something to look at", read_clock_ms (CLOCK_MONOTONIC) - start_ms, "ms");

  if (relay != NULL)
    {
      g_assert_true (weft_notebook_set_relay (notebook, relay, NULL, NULL));
      if (by_room)
        {
          weft_notebook_stop_first_sync (notebook);
          notebook->first_sync_done = TRUE;
          weft_notebook_connect_all (notebook);
        }
    }
  wait_until_safe (notebook);
  print_figure ("pages", weft_page_tree_get_n_pages (weft_notebook_get_tree (notebook)), "");
  g_print ("  %s\n", notebook->tree_doc != NULL ? "the doc is loaded" : "the doc is not loaded");
  print_costs (start_ms);
  close_and_leave (notebook);

  return 0;
}

static void
run (const char *const *command)
{
  g_autoptr(GError) error = NULL;
  int status;

  g_assert_true (g_spawn_sync (NULL, (char **) command, NULL, G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL, NULL, NULL,
                               &status, &error));
  g_assert_true (g_spawn_check_wait_status (status, &error));
}

int
main (int   argc,
      char *argv[])
{
  g_autofree char *folder = NULL, *relay_folder = NULL, *owner = NULL, *joined = NULL, *by_room = NULL;
  g_autofree char *id = NULL;
  Relay relay = { NULL };

  if (argc >= 5 && g_str_equal (argv[1], "--visit"))
    return visit (argv[2], argv[3], *argv[4] != '\0' ? argv[4] : NULL, argc > 5);
  if (argc < 2)
    {
      g_printerr ("Usage: weft-bench-join WEFT [N]\n");
      return 2;
    }

  g_setenv ("WEFT_TEST_BINARY", argv[1], TRUE);
  folder = g_dir_make_tmp ("weft-bench-XXXXXX", NULL);
  relay_folder = g_build_filename (folder, "relay", NULL);
  owner = g_build_filename (folder, "owner.weft", NULL);
  joined = g_build_filename (folder, "joined.weft", NULL);
  by_room = g_build_filename (folder, "by-room.weft", NULL);
  g_mkdir (relay_folder, 0700);
  make_pages (owner, argc > 2 ? (guint) g_ascii_strtoull (argv[2], NULL, 10) : N_MANY_PAGES, PAGES_IN_GROUPS, 0);
  {
    g_autoptr(GFile) file = g_file_new_for_path (owner);
    g_autoptr(GAsyncResult) result = NULL;
    WeftNotebook *notebook;

    weft_notebook_open_async (file, NULL, NULL, keep_result_cb, &result);
    notebook = weft_notebook_open_finish (wait_for (&result), NULL);
    id = g_strdup (weft_notebook_get_id (notebook));
    close_and_leave (notebook);
  }
  start_relay (&relay, relay_folder);

  {
    const char *const put[] = { argv[0], "--visit", owner, id, relay.address, NULL };
    const char *const join[] = { argv[0], "--visit", joined, id, relay.address, NULL };
    const char *const room[] = { argv[0], "--visit", by_room, id, relay.address, "by-room", NULL };
    const char *const again[] = { argv[0], "--visit", joined, id, "", NULL };

    g_print ("put on a relay\n");
    run (put);
    g_print ("joined, by the snapshot\n");
    run (join);
    g_print ("opened again, with the relay\n");
    run (again);
    g_print ("joined, by the room\n");
    run (room);
  }

  stop_relay (&relay);
  remove_relay_folder (folder);

  return 0;
}
