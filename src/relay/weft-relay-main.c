/* weft-relay-main.c - `weft --relay`: options, start, end
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-main.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <stdio.h>

#include "relay/weft-relay-log.h"
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
  return g_inet_address_get_is_loopback (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));
}

/* How others reach what listens at @address. */
static char *
make_url (GSocketAddress *address)
{
  GInetAddress *inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
  guint16 port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
  g_autofree char *host = NULL;

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

static void
print_start (WeftRelay *relay)
{
  const WeftRelayConfig *config = weft_relay_get_config (relay);
  GSocketAddress *address = weft_relay_get_address (relay);
  g_autofree char *url = make_url (address);
  const char *shared_url = config->public_url != NULL ? config->public_url : url;
  g_autoptr(WeftLink) link =
    weft_link_new_join (shared_url, weft_relay_store_get_notebook_id (weft_relay_get_store (relay)), NULL, NULL);
  g_autofree char *text = weft_link_to_string (link);

  g_print ("Weft relay %s listens on %s\n", WEFT_VERSION, url);
  g_print ("Data: %s\n", config->data);
  g_print ("To write together, paste this link into Weft:\n  %s\n", text);
  if (is_loopback (address))
    g_print ("Only this computer can reach it. Whoever can, may open any room: there are no accounts yet.\n");
  else
    g_print ("Whoever can reach it may open, read and change any room: there are no accounts (--open).\n");
  fflush (stdout);
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

/* Without accounts only this computer may reach it, unless that is meant. */
static gboolean
may_listen (WeftRelay *relay)
{
  const WeftRelayConfig *config = weft_relay_get_config (relay);

  if (config->open || is_loopback (weft_relay_get_address (relay)))
    return TRUE;

  g_printerr ("weft: %s can be reached from other computers, and this relay has no accounts yet.\n"
              "Add --open to serve everybody who can reach it, or listen on " WEFT_RELAY_DEFAULT_HOST ".\n",
              config->listen);
  return FALSE;
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
      g_printerr ("weft: the data folder %s cannot be used: %s\n", config->data, error->message);
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
  if (!may_listen (relay))
    return EXIT_USAGE;

  g_unix_signal_add (SIGTERM, terminate_cb, &running);
  g_unix_signal_add (SIGINT, terminate_cb, &running);
  print_start (relay);
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

int
weft_relay_main (int    argc,
                 char **argv)
{
  g_autoptr(WeftRelayConfig) config = NULL;
  g_autoptr(GError) error = NULL;

  g_set_prgname ("weft --relay");
  config = weft_relay_config_new (argc, argv, NULL, &error);
  if (config == NULL)
    {
      g_printerr ("weft: %s\n", error->message);
      return EXIT_USAGE;
    }

  weft_relay_log_start (config->log_json);
  switch (config->command)
    {
    case WEFT_RELAY_COMMAND_CHECK_CONFIG:
      return print_config (config);
    case WEFT_RELAY_COMMAND_RUN:
      return run (config);
    }

  g_assert_not_reached ();
}
