/* weft-relay-main.c - `weft --relay`: options, start, end
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-main.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>
#include <stdio.h>

#include "relay/weft-relay-accounts.h"
#include "relay/weft-relay-care.h"
#include "relay/weft-relay-control.h"
#include "relay/weft-relay-invites.h"
#include "relay/weft-relay-log.h"
#include "relay/weft-relay-operator.h"
#include "relay/weft-relay.h"
#include "sync/weft-link.h"

/* How long connections and the store have to end after SIGTERM. */
#define DRAIN_MS       3500
#define DRAIN_CHECK_MS 20

/* From sysexits.h */
#define EXIT_USAGE    64
#define EXIT_NO_STORE 73
#define EXIT_NO_PORT  69

typedef struct
{
  GMainLoop *loop;
  WeftRelay *relay;
  gint64     drain_until_us; /* 0: not draining */
} Running;

static gboolean
is_loopback (GSocketAddress *address)
{
  return !G_IS_INET_SOCKET_ADDRESS (address) ||
         g_inet_address_get_is_loopback (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));
}

/* How others reach what listens at @address. */
static char *
make_url (GSocketAddress *address)
{
  g_autofree char *host = NULL;
  GInetAddress *inet;
  guint16 port;

  /* By a proxy alone. */
  if (!G_IS_INET_SOCKET_ADDRESS (address))
    return g_strdup ("ws://localhost");

  inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
  port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
  if (g_inet_address_get_is_any (inet))
    host = g_strdup (g_get_host_name ());
  else if (g_inet_address_get_family (inet) == G_SOCKET_FAMILY_IPV6)
    {
      g_autofree char *plain = g_inet_address_to_string (inet);

      host = g_strdup_printf ("[%s]", plain);
    }
  else
    host = g_inet_address_to_string (inet);

  return g_strdup_printf ("ws://%s:%u", host, port);
}

/* Where the data are elsewhere, the message says where. */
static void
print_no_store (const WeftRelayConfig *config,
                const GError          *error)
{
  if (config->database != NULL || config->redis != NULL)
    g_printerr ("weft: %s\n", error->message);
  else
    g_printerr ("weft: the data folder %s cannot be used: %s\n", config->data, error->message);
}

/* What whoever started it does next. */
static gboolean
print_start (WeftRelay *relay,
             GError   **error)
{
  const WeftRelayConfig *config = weft_relay_get_config (relay);
  WeftRelayPeople *people = weft_relay_get_people (relay);
  const char *notebook = weft_relay_store_get_notebook_id (weft_relay_get_store (relay));
  GSocketAddress *address = weft_relay_get_address (relay);
  g_autofree char *url = make_url (address);
  const char *shared_url = config->public_url != NULL ? config->public_url : url;
  g_autoptr(GError) failure = NULL;
  g_autofree char *invite = people != NULL ? weft_relay_people_dup_owner_invite (people, notebook, &failure) : NULL;
  g_autoptr(WeftLink) link = weft_link_new_join (shared_url, notebook, NULL, invite);
  g_autofree char *text = weft_link_to_string (link);

  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  if (G_IS_UNIX_SOCKET_ADDRESS (address))
    g_print ("Weft relay %s listens on unix:%s, for a proxy; --public-url says how others reach that\n", WEFT_VERSION,
             g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (address)));
  else
    g_print ("Weft relay %s listens on %s\n", WEFT_VERSION, url);
  g_print ("Data: %s\n", config->data);
  if (people == NULL)
    g_print ("To write together, paste this link into Weft:\n  %s\n"
             "%s may open, read and change any room: there are no accounts (--open).\n",
             text, is_loopback (address) ? "Only this computer can reach it; whoever can," : "Whoever can reach it");
  else if (invite != NULL)
    g_print ("Owner link, for you alone; paste it into Weft within %d days (each start prints a fresh one "
             "until it was used):\n  %s\n", WEFT_RELAY_INVITE_DAYS, text);
  else
    g_print ("Who has an account or an invite may come in.\n");
  fflush (stdout);
  return TRUE;
}

static gboolean
check_drained_cb (gpointer user_data)
{
  Running *running = user_data;

  if (!weft_relay_is_quiet (running->relay) && g_get_monotonic_time () < running->drain_until_us)
    return G_SOURCE_CONTINUE;

  g_main_loop_quit (running->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
terminate_cb (gpointer user_data)
{
  Running *running = user_data;

  if (running->drain_until_us != 0)
    return G_SOURCE_CONTINUE;

  g_message ("ending");
  running->drain_until_us = g_get_monotonic_time () + DRAIN_MS * 1000;
  weft_relay_drain (running->relay);
  g_timeout_add (DRAIN_CHECK_MS, check_drained_cb, running);
  return G_SOURCE_CONTINUE;
}

static int
run (const WeftRelayConfig *config)
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftRelay) relay = weft_relay_new (config, &error);
  Running running = { .loop = loop, .relay = relay };

  if (relay == NULL)
    {
      print_no_store (config, error);
      return EXIT_NO_STORE;
    }

  if (!weft_relay_listen (relay, &error))
    {
      g_printerr ("weft: cannot listen on %s: %s\n", config->listen, error->message);
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
        g_printerr ("Is a relay running already? Another port can be given: --listen " WEFT_RELAY_DEFAULT_HOST
                    ":9339\n");
      return EXIT_NO_PORT;
    }

  g_unix_signal_add (SIGTERM, terminate_cb, &running);
  g_unix_signal_add (SIGINT, terminate_cb, &running);
  if (!print_start (relay, &error))
    {
      print_no_store (config, error);
      return EXIT_NO_STORE;
    }
  g_main_loop_run (loop);
  return 0;
}

static int
print_config (WeftRelayConfig *config)
{
  g_autofree char *text = weft_relay_config_to_text (config);

  g_print ("%s", text);
  return 0;
}

static WeftRelayKeys *
open_keys (WeftRelayConfig *config,
           GError         **error)
{
  g_autofree char *path = g_build_filename (config->data, WEFT_RELAY_KEYS_FILE, NULL);

  g_mkdir_with_parents (config->data, 0700);
  return weft_relay_keys_open (path, error);
}

/* Needs no database, so the relay may be running. */
static int
issue_token (WeftRelayConfig *config)
{
  WeftRelayRole role = config->token_role != NULL ? weft_relay_role_from_string (config->token_role)
                                                  : WEFT_RELAY_ROLE_EDITOR;
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftRelayKeys) keys = NULL;
  g_autofree char *token = NULL;

  if (config->token_everywhere)
    role = config->token_role == NULL || role == WEFT_RELAY_ROLE_VIEWER ? WEFT_RELAY_ROLE_VIEWER : WEFT_RELAY_ROLE_NONE;
  if (role == WEFT_RELAY_ROLE_NONE || (config->token_notebook != NULL && !weft_link_is_id (config->token_notebook)) ||
      (config->token_notebook != NULL) + (config->token_room != NULL) + config->token_everywhere != 1 ||
      config->token_days == 0)
    {
      g_printerr ("weft: --issue-token needs --token-notebook ID (it stands in the link), --token-room ROOM or "
                  "--token-everywhere, and --token-role is viewer, editor or owner; everywhere it is viewer.\n");
      return EXIT_USAGE;
    }

  keys = open_keys (config, &error);
  if (keys == NULL)
    {
      g_printerr ("weft: %s\n", error->message);
      return EXIT_NO_STORE;
    }

  token = weft_relay_people_issue_token (keys, config->command_argument, role, config->token_notebook,
                                         config->token_room, config->token_days);
  g_print ("%s\n", token);
  return 0;
}

static int
print_routes (WeftRelayConfig *config)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftRelay) relay = weft_relay_new (config, &error);
  g_autofree char *text = relay != NULL ? weft_relay_router_to_text (weft_relay_get_router (relay)) : NULL;

  if (relay == NULL)
    {
      print_no_store (config, error);
      return EXIT_NO_STORE;
    }
  g_print ("%s", text);
  return 0;
}

static int
rotate_keys (WeftRelayConfig *config)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftRelayKeys) keys = open_keys (config, &error);

  if (keys == NULL || !weft_relay_keys_rotate (keys, &error))
    {
      g_printerr ("weft: %s\n", error->message);
      return EXIT_NO_STORE;
    }

  g_print ("A fresh key signs from the next start on. What the last one signed is taken for %d days.\n",
           WEFT_RELAY_KEYS_RETIRED_DAYS);
  return 0;
}

static int
run_command (WeftRelayConfig *config)
{
  switch (config->command)
    {
    case WEFT_RELAY_COMMAND_BACKUP:
      return weft_relay_care_backup (config);
    case WEFT_RELAY_COMMAND_RESTORE:
      return weft_relay_care_restore (config);
    case WEFT_RELAY_COMMAND_DOCTOR:
      return weft_relay_care_doctor (config);
    case WEFT_RELAY_COMMAND_CHECK_CONFIG:
      return print_config (config);
    case WEFT_RELAY_COMMAND_ISSUE_TOKEN:
      return issue_token (config);
    case WEFT_RELAY_COMMAND_ROUTES:
      return print_routes (config);
    case WEFT_RELAY_COMMAND_PEOPLE:
      return weft_relay_operator_main (config, "people");
    case WEFT_RELAY_COMMAND_LOCK:
      return weft_relay_operator_main (config, "lock");
    case WEFT_RELAY_COMMAND_UNLOCK:
      return weft_relay_operator_main (config, "unlock");
    case WEFT_RELAY_COMMAND_SIGN_OUT:
      return weft_relay_operator_main (config, "sign-out");
    case WEFT_RELAY_COMMAND_ROTATE_KEYS:
      return rotate_keys (config);
    case WEFT_RELAY_COMMAND_RUN:
      break;
    }

  g_assert_not_reached ();
}

int
weft_relay_main (int    argc,
                 char **argv)
{
  g_autoptr(WeftRelayConfig) config = NULL;
  g_autoptr(GError) error = NULL;
  int status;

  g_set_prgname ("weft --relay");
  config = weft_relay_config_new (argc, argv, NULL, &error);
  if (config == NULL)
    {
      g_printerr ("weft: %s\n", error->message);
      return EXIT_USAGE;
    }

  weft_relay_log_start (config->log_json);
  if (config->command == WEFT_RELAY_COMMAND_RUN)
    return run (config);

  status = run_command (config);
  weft_relay_care_hand_over (config);
  return status;
}
