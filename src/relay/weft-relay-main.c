/* weft-relay-main.c - `weft --relay`: options, start, end
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-main.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "relay/weft-relay-http.h"
#include "relay/weft-relay-hub.h"
#include "relay/weft-relay-store.h"
#include "sync/weft-link.h"

#define DEFAULT_HOST "127.0.0.1"
#define DEFAULT_PORT 9338

/* How long connections and the store have to end after SIGTERM. */
#define DRAIN_MS       3500
#define DRAIN_CHECK_MS 20

/* From sysexits.h */
#define EXIT_USAGE    64
#define EXIT_NO_STORE 73
#define EXIT_NO_PORT  69

typedef struct
{
  char    *listen;
  char    *data;
  gboolean open;
} Options;

typedef struct
{
  GMainLoop      *loop;
  WeftRelayHttp  *http;
  WeftRelayHub   *hub;
  gint64          drain_until_us; /* 0: not draining */
} Relay;

static void
options_clear (Options *options)
{
  g_free (options->listen);
  g_free (options->data);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
parse_options (Options *options,
               int      argc,
               char   **argv,
               GError **error)
{
  const GOptionEntry entries[] = {
    { "listen", 0, 0, G_OPTION_ARG_STRING, &options->listen, "Where to listen (default " DEFAULT_HOST ":9338)", "HOST:PORT" },
    { "data", 0, 0, G_OPTION_ARG_FILENAME, &options->data, "The data folder (default: weft-relay in the user's data folder)", "DIR" },
    { "open", 0, 0, G_OPTION_ARG_NONE, &options->open, "Serve everybody who can reach it: there are no accounts", NULL },
    { NULL },
  };
  g_autoptr(GOptionContext) context = g_option_context_new ("- the Weft relay");

  g_option_context_set_summary (context, "Keeps the rooms of notebooks and passes on what people change in them.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;

  if (argc > 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "“%s” is no option of the relay", argv[1]);
      return FALSE;
    }

  if (options->data == NULL)
    options->data = g_build_filename (g_get_user_data_dir (), "weft-relay", NULL);
  return TRUE;
}

/* The first address of @text, which is HOST, HOST:PORT or [IPv6]:PORT. */
static GSocketAddress *
resolve_listen (const char *text,
                GError    **error)
{
  g_autoptr(GSocketConnectable) connectable = g_network_address_parse (text, DEFAULT_PORT, error);
  g_autoptr(GSocketAddressEnumerator) enumerator = NULL;
  g_autoptr(GSocketAddress) address = NULL;

  if (connectable == NULL)
    return NULL;

  enumerator = g_socket_connectable_enumerate (connectable);
  address = g_socket_address_enumerator_next (enumerator, NULL, error);
  if (address == NULL && error != NULL && *error == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "“%s” has no address", text);

  return g_steal_pointer (&address);
}

static gboolean
is_loopback (GSocketAddress *address)
{
  return g_inet_address_get_is_loopback (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));
}

/* How others reach what listens at @address. */
static char *
make_url (GSocketAddress *address,
          guint16         port)
{
  GInetAddress *inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
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
print_start (const Options  *options,
             GSocketAddress *address,
             guint16         port,
             WeftRelayStore *store)
{
  g_autofree char *url = make_url (address, port);
  g_autoptr(WeftLink) link = weft_link_new_join (url, weft_relay_store_get_notebook_id (store), NULL, NULL);
  g_autofree char *text = weft_link_to_string (link);

  g_print ("Weft relay %s listens on %s\n", WEFT_VERSION, url);
  g_print ("Data: %s\n", options->data);
  g_print ("To write together, paste this link into Weft:\n  %s\n", text);
  if (is_loopback (address))
    g_print ("Only this computer can reach it. Whoever can, may open any room: there are no accounts yet.\n");
  else
    g_print ("Whoever can reach it may open, read and change any room: there are no accounts (--open).\n");
  fflush (stdout);
}

/* One line for each event, with its time; what is said never holds content of documents. */
static GLogWriterOutput
log_writer (GLogLevelFlags   level,
            const GLogField *fields,
            gsize            n_fields,
            gpointer         user_data)
{
  g_autoptr(GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format (now, "%Y-%m-%dT%H:%M:%S");
  const char *text = "";

  if (g_log_writer_default_would_drop (level, NULL))
    return G_LOG_WRITER_HANDLED;

  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "MESSAGE"))
      text = fields[i].value;

  fprintf (stderr, "%s.%03dZ %s%s\n", time, g_date_time_get_microsecond (now) / 1000,
           (level & (G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR)) != 0 ? "WARNING: " : "", text);
  return G_LOG_WRITER_HANDLED;
}

static gboolean
check_drained_cb (gpointer user_data)
{
  Relay *relay = user_data;

  if (!weft_relay_hub_is_quiet (relay->hub) && g_get_monotonic_time () < relay->drain_until_us)
    return G_SOURCE_CONTINUE;

  g_main_loop_quit (relay->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
terminate_cb (gpointer user_data)
{
  Relay *relay = user_data;

  if (relay->drain_until_us != 0)
    return G_SOURCE_CONTINUE;

  g_message ("ending");
  relay->drain_until_us = g_get_monotonic_time () + DRAIN_MS * 1000;
  weft_relay_http_stop (relay->http);
  weft_relay_hub_drain (relay->hub);
  g_timeout_add (DRAIN_CHECK_MS, check_drained_cb, relay);
  return G_SOURCE_CONTINUE;
}

static int
run (const Options  *options,
     GSocketAddress *address,
     WeftRelayStore *store)
{
  const WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr(GError) error = NULL;
  Relay relay = { .loop = loop };

  relay.hub = weft_relay_hub_new (store, &limits, &error);
  if (relay.hub != NULL)
    relay.http = weft_relay_http_new (relay.hub, store, &limits, address, &error);

  if (relay.http == NULL)
    {
      g_printerr ("weft: cannot listen on %s: %s\n",
                  options->listen != NULL ? options->listen : DEFAULT_HOST ":9338", error->message);
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
        g_printerr ("Is a relay running already? Another port can be given: --listen " DEFAULT_HOST ":9339\n");
      weft_relay_store_close (store);
      g_clear_pointer (&relay.hub, weft_relay_hub_free);
      return EXIT_NO_PORT;
    }

  g_unix_signal_add (SIGTERM, terminate_cb, &relay);
  g_unix_signal_add (SIGINT, terminate_cb, &relay);
  print_start (options, address, weft_relay_http_get_port (relay.http), store);
  g_main_loop_run (loop);

  /* The store first: it answers nobody any more, so the rooms can go. */
  weft_relay_store_close (store);
  weft_relay_http_free (relay.http);
  weft_relay_hub_free (relay.hub);
  return 0;
}

int
weft_relay_main (int    argc,
                 char **argv)
{
  g_auto(Options) options = { NULL };
  g_autoptr(GSocketAddress) address = NULL;
  g_autoptr(GError) error = NULL;
  WeftRelayStore *store;

  g_set_prgname ("weft --relay");
  if (!parse_options (&options, argc, argv, &error))
    {
      g_printerr ("weft: %s\n", error->message);
      return EXIT_USAGE;
    }

  address = resolve_listen (options.listen != NULL ? options.listen : DEFAULT_HOST, &error);
  if (address == NULL)
    {
      g_printerr ("weft: cannot listen on %s: %s\n", options.listen, error->message);
      return EXIT_USAGE;
    }

  if (!is_loopback (address) && !options.open)
    {
      g_printerr ("weft: %s can be reached from other computers, and this relay has no accounts yet.\n"
                  "Add --open to serve everybody who can reach it, or listen on " DEFAULT_HOST ".\n",
                  options.listen);
      return EXIT_USAGE;
    }

  g_log_set_writer_func (log_writer, NULL, NULL);

  store = weft_relay_store_open (options.data, &error);
  if (store == NULL)
    {
      g_printerr ("weft: the data folder %s cannot be used: %s\n", options.data, error->message);
      return EXIT_NO_STORE;
    }

  return run (&options, address, store);
}
