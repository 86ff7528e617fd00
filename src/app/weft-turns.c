/* weft-turns.c - tells how long the main loop was held
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-turns.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "weft-debug.h"

/* Half a frame. */
#define LONG_TURN_MS 8.0

/* Of /proc/self/stat, counted from 0 behind the name: when the process began, in ticks since the machine did. */
#define FIELD_STARTED 19

static struct
{
  GPollFunc   poll;
  GHashTable *noted; /* static strings; NULL: nobody watches */
  double      began_ms, began_cpu_ms;
} watch;

static double
read_clock_ms (clockid_t clock)
{
  struct timespec time;

  clock_gettime (clock, &time);
  return (double) time.tv_sec * 1e3 + (double) time.tv_nsec / 1e6;
}

/* Since the process began; as exact as the kernel's ticks. */
static double
get_age_ms (void)
{
  g_autofree char *text = NULL;
  g_auto(GStrv) fields = NULL;
  const char *end;

  if (!g_file_get_contents ("/proc/self/stat", &text, NULL, NULL) || (end = g_strrstr (text, ") ")) == NULL)
    return 0;

  fields = g_strsplit (end + 2, " ", FIELD_STARTED + 2);
  if (g_strv_length (fields) <= FIELD_STARTED)
    return 0;

  return read_clock_ms (CLOCK_BOOTTIME)
         - g_ascii_strtod (fields[FIELD_STARTED], NULL) * 1e3 / (double) sysconf (_SC_CLK_TCK);
}

/* A turn is what happens between two times of waiting. */
static int
poll_watched (GPollFD *fds,
              guint    n_fds,
              int      timeout_ms)
{
  double took_ms = read_clock_ms (CLOCK_MONOTONIC) - watch.began_ms;
  double cpu_ms = read_clock_ms (CLOCK_THREAD_CPUTIME_ID) - watch.began_cpu_ms;
  int n_ready;

  if (took_ms > LONG_TURN_MS && watch.began_ms > 0)
    g_printerr ("turns: %.0f ms: a turn of %.1f ms, %.1f ms of processor time\n", get_age_ms (), took_ms, cpu_ms);

  n_ready = watch.poll (fds, n_fds, timeout_ms);
  watch.began_ms = read_clock_ms (CLOCK_MONOTONIC);
  watch.began_cpu_ms = read_clock_ms (CLOCK_THREAD_CPUTIME_ID);

  return n_ready;
}

void
weft_turns_watch (void)
{
  if (!weft_debug_has (WEFT_DEBUG_TURNS) || watch.noted != NULL)
    return;

  watch.noted = g_hash_table_new (g_str_hash, g_str_equal);
  watch.poll = g_main_context_get_poll_func (NULL);
  g_main_context_set_poll_func (NULL, poll_watched);
}

void
weft_turns_note (const char *what)
{
  if (watch.noted != NULL && g_hash_table_add (watch.noted, (gpointer) what))
    g_printerr ("turns: %.0f ms: %s, after %.0f ms of processor time of all threads\n", get_age_ms (), what,
                read_clock_ms (CLOCK_PROCESS_CPUTIME_ID));
}

void
weft_turns_forget (const char *what)
{
  if (watch.noted != NULL)
    g_hash_table_remove (watch.noted, what);
}
