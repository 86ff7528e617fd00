/* relay-support.h - a real relay for a test of the model
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdlib.h>
#include <string.h>

#include "model/weft-notebook.h"

typedef struct
{
  GSubprocess *process;
  char        *address;
  int          port;
} Relay;

/* Started again it has the port that it had. @option: (nullable): one more */
static inline void
start_relay_with (Relay      *relay,
                  const char *folder,
                  const char *option)
{
  g_autofree char *listen = g_strdup_printf ("127.0.0.1:%d", relay->port);
  g_autoptr(GError) error = NULL;
  g_autoptr(GDataInputStream) output = NULL;

  relay->process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error,
                                     g_getenv ("WEFT_TEST_BINARY"), "--relay", "--open", "--listen", listen,
                                     "--data", folder, option, NULL);
  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (relay->process));
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (output), FALSE);
  g_clear_pointer (&relay->address, g_free);
  while (relay->address == NULL)
    {
      g_autofree char *line = g_data_input_stream_read_line (output, NULL, NULL, &error);
      const char *found;

      g_assert_no_error (error);
      g_assert_nonnull (line);
      found = strstr (line, "127.0.0.1");
      if (found == NULL)
        continue;

      found += strlen ("127.0.0.1");
      found += g_str_has_prefix (found, "%3A") ? 3 : 1;
      relay->port = atoi (found);
      if (relay->port > 0)
        relay->address = g_strdup_printf ("ws://127.0.0.1:%d", relay->port);
    }
}

static inline void
start_relay (Relay      *relay,
             const char *folder)
{
  start_relay_with (relay, folder, NULL);
}

/* With SIGKILL; it can be started again. */
static inline void
kill_relay (Relay *relay)
{
  g_subprocess_force_exit (relay->process);
  g_subprocess_wait (relay->process, NULL, NULL);
  g_clear_object (&relay->process);
}

static inline void
stop_relay (Relay *relay)
{
  kill_relay (relay);
  g_clear_pointer (&relay->address, g_free);
}

static inline void
remove_relay_folder (const char *folder)
{
  const char *command[] = { "rm", "-r", folder, NULL };

  g_assert_true (g_spawn_sync (NULL, (char **) command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
}

static inline void
wait_until_safe (WeftNotebook *notebook)
{
  while (weft_notebook_get_sync_state (notebook) != WEFT_SYNC_SAFE)
    g_main_context_iteration (NULL, TRUE);
}
