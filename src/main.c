/* main.c - picks the application or the relay before any GTK call
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <libsoup/soup.h>
#include <locale.h>
#include <sqlite3.h>
#include <string.h>

#include "relay/weft-relay-main.h"
#include "store/weft-backup-main.h"
#include "weft-build-id.h"

#ifdef WEFT_HAVE_APP
#include <adwaita.h>
#include <gtksourceview/gtksource.h>

#include "app/weft-application.h"
#endif

/* From sysexits.h */
#define EXIT_UNAVAILABLE 69

static void
print_library (const char *name,
               const char *compiled,
               const char *running)
{
  g_print ("  %-13s %-8s (running with %s)\n", name, compiled, running);
}

static void
print_library_numbers (const char *name,
                       int         major,
                       int         minor,
                       int         micro,
                       guint       running_major,
                       guint       running_minor,
                       guint       running_micro)
{
  g_autofree char *compiled = g_strdup_printf ("%d.%d.%d", major, minor, micro);
  g_autofree char *running = g_strdup_printf ("%u.%u.%u", running_major, running_minor, running_micro);

  print_library (name, compiled, running);
}

static int
print_version (void)
{
  g_print ("weft %s (%s)\n", WEFT_VERSION, WEFT_BUILD_ID);
  print_library_numbers ("GLib", GLIB_MAJOR_VERSION, GLIB_MINOR_VERSION, GLIB_MICRO_VERSION, glib_major_version,
                         glib_minor_version, glib_micro_version);
  print_library_numbers ("libsoup", SOUP_MAJOR_VERSION, SOUP_MINOR_VERSION, SOUP_MICRO_VERSION,
                         soup_get_major_version (), soup_get_minor_version (), soup_get_micro_version ());
  print_library ("SQLite", SQLITE_VERSION, sqlite3_libversion ());
  /* JSON-GLib does not tell which version is running. */
  g_print ("  %-13s %s\n", "JSON-GLib", JSON_VERSION_S);
#ifdef WEFT_HAVE_APP
  print_library_numbers ("GTK", GTK_MAJOR_VERSION, GTK_MINOR_VERSION, GTK_MICRO_VERSION, gtk_get_major_version (),
                         gtk_get_minor_version (), gtk_get_micro_version ());
  print_library_numbers ("libadwaita", ADW_MAJOR_VERSION, ADW_MINOR_VERSION, ADW_MICRO_VERSION,
                         adw_get_major_version (), adw_get_minor_version (), adw_get_micro_version ());
  print_library_numbers ("GtkSourceView", GTK_SOURCE_MAJOR_VERSION, GTK_SOURCE_MINOR_VERSION,
                         GTK_SOURCE_MICRO_VERSION, gtk_source_get_major_version (), gtk_source_get_minor_version (),
                         gtk_source_get_micro_version ());
#else
  g_print ("  without the application: the engine, the relay and the tools only\n");
#endif
  return 0;
}

static int
print_help (void)
{
  g_print ("Usage:\n"
           "  weft [LINK or FILE…]     open Weft, a weft: link or a file\n"
           "  weft --relay [OPTION…]   keep notebooks for others; no display is needed\n"
           "  weft backup NOTEBOOK BACKUP   copy a notebook's file, safely\n"
           "  weft --version           print versions\n"
           "  weft --help              print this\n"
#ifdef WEFT_HAVE_APP
           "  weft --new-window        open another window (also --new-note, --new-board)\n"
#endif
           "\n"
           "Options of the relay:\n"
           "  --listen=HOST:PORT       where to listen (default 127.0.0.1:9338)\n"
           "  --data=DIR               the data folder\n"
           "  --open                   serve everybody who can reach it: there are no accounts\n");
  return 0;
}

static gboolean
has_argument (int         argc,
              char      **argv,
              const char *wanted)
{
  for (int i = 1; i < argc && !g_str_equal (argv[i], "--"); i++)
    if (g_str_equal (argv[i], wanted))
      return TRUE;

  return FALSE;
}

/* Takes @unwanted out of the arguments. */
static void
remove_argument (int        *argc,
                 char      **argv,
                 const char *unwanted)
{
  int kept = 1;

  for (int i = 1; i < *argc; i++)
    if (!g_str_equal (argv[i], unwanted))
      argv[kept++] = argv[i];

  argv[kept] = NULL;
  *argc = kept;
}

int
main (int    argc,
      char **argv)
{
  setlocale (LC_ALL, "");

  if (has_argument (argc, argv, "--version"))
    return print_version ();

  if (argc > 1 && g_str_equal (argv[1], "backup"))
    return weft_backup_main (argc, argv);

  if (has_argument (argc, argv, "--relay"))
    {
      remove_argument (&argc, argv, "--relay");
      return weft_relay_main (argc, argv);
    }

  if (has_argument (argc, argv, "--help") || has_argument (argc, argv, "-h"))
    return print_help ();

#ifdef WEFT_HAVE_APP
  return weft_application_main (argc, argv);
#else
  g_printerr ("weft: this build has no application, since GTK 4.18 or libadwaita 1.7 was missing when it was made.\n"
              "The relay is here: weft --relay. `./dev run` builds and opens the application.\n");
  return EXIT_UNAVAILABLE;
#endif
}
