/* test-link.c - links, addresses of relays, and the time between attempts
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "sync/weft-backoff.h"
#include "sync/weft-link.h"

#define NOTEBOOK "abcdefghijklmnopqrstuvwx23"
#define PAGE     "bbcdefghijklmnopqrstuvwx23"

typedef struct
{
  const char *path;
  const char *text;
  const char *address;
  gboolean    insecure;
} Address;

static const Address addresses[] = {
  { "/sync/address/host", "relay.example", "wss://relay.example", FALSE },
  { "/sync/address/host-port", "relay.example:9338", "wss://relay.example:9338", FALSE },
  { "/sync/address/localhost", "localhost:9338", "ws://localhost:9338", FALSE },
  { "/sync/address/loopback", " 127.0.0.1:9338 ", "ws://127.0.0.1:9338", FALSE },
  { "/sync/address/loopback6", "[::1]:9338", "ws://[::1]:9338", FALSE },
  { "/sync/address/lan", "192.168.1.7:9338", "ws://192.168.1.7:9338", TRUE },
  { "/sync/address/mdns", "desk.local:9338", "ws://desk.local:9338", TRUE },
  { "/sync/address/ws", "ws://relay.example/", "ws://relay.example", TRUE },
  { "/sync/address/https", "https://relay.example/yjs/", "wss://relay.example/yjs", FALSE },
  { "/sync/address/http", "http://relay.example", "ws://relay.example", TRUE },
  { "/sync/address/upper", "WSS://relay.example", "wss://relay.example", FALSE },
  { "/sync/address/empty", " ", NULL, FALSE },
  { "/sync/address/scheme", "ftp://relay.example", NULL, FALSE },
  { "/sync/address/script", "javascript://alert(1)", NULL, FALSE },
  { "/sync/address/file", "file:///etc/passwd", NULL, FALSE },
  { "/sync/address/password", "wss://me:secret@relay.example", NULL, FALSE },
  { "/sync/address/query", "wss://relay.example/?token=x", NULL, FALSE },
  { "/sync/address/blank-inside", "wss://relay example", NULL, FALSE },
  { "/sync/address/no-host", "wss:///room", NULL, FALSE },
  { "/sync/address/port", "wss://relay.example:99999", NULL, FALSE },
};

static void
test_address (gconstpointer data)
{
  const Address *row = data;
  gboolean insecure = FALSE;
  g_autoptr(GError) error = NULL;
  g_autofree char *address = weft_relay_address_parse (row->text, &insecure, &error);

  g_assert_cmpstr (address, ==, row->address);
  if (row->address == NULL)
    {
      g_assert_error (error, WEFT_SYNC_ERROR, WEFT_SYNC_ERROR_INVALID_ADDRESS);
      return;
    }

  g_assert_no_error (error);
  g_assert_cmpint (insecure, ==, row->insecure);
}

static void
test_room (void)
{
  g_autofree char *page = weft_relay_address_room ("wss://relay.example", NOTEBOOK "/" PAGE);
  g_autofree char *odd = weft_relay_address_room ("wss://relay.example/yjs", "a b?#ü");

  g_assert_cmpstr (page, ==, "wss://relay.example/" NOTEBOOK "/" PAGE);
  g_assert_cmpstr (odd, ==, "wss://relay.example/yjs/a%20b%3F%23%C3%BC");
}

static void
test_join (void)
{
  g_autoptr(WeftLink) link = weft_link_new_join ("wss://relay.example:9338/yjs", NOTEBOOK, PAGE, "a+b&c=d e");
  g_autofree char *text = weft_link_to_string (link);
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftLink) parsed = weft_link_parse (text, &error);

  g_assert_cmpstr (text, ==,
                   "weft:join?relay=wss://relay.example:9338/yjs&notebook=" NOTEBOOK "&page=" PAGE
                   "&invite=a%2Bb%26c%3Dd%20e");
  g_assert_no_error (error);
  g_assert_cmpint (parsed->kind, ==, WEFT_LINK_JOIN);
  g_assert_cmpstr (parsed->relay, ==, "wss://relay.example:9338/yjs");
  g_assert_cmpstr (parsed->notebook, ==, NOTEBOOK);
  g_assert_cmpstr (parsed->page, ==, PAGE);
  g_assert_cmpstr (parsed->invite, ==, "a+b&c=d e");
  g_assert_false (parsed->insecure);
}

static void
test_join_encoded (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftLink) link = weft_link_parse (
    "  WEFT:join?notebook=" NOTEBOOK "&later=x&relay=ws%3A%2F%2F192.168.1.7%3A9338 \n", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (link->relay, ==, "ws://192.168.1.7:9338");
  g_assert_true (link->insecure);
  g_assert_null (link->page);
  g_assert_null (link->invite);
}

static void
test_page (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftLink) link = weft_link_parse ("weft:page/" PAGE, &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  g_assert_cmpint (link->kind, ==, WEFT_LINK_PAGE);
  g_assert_cmpstr (link->page, ==, PAGE);
  text = weft_link_to_string (link);
  g_assert_cmpstr (text, ==, "weft:page/" PAGE);
}

typedef struct
{
  const char *path;
  const char *text;
} BadLink;

static const BadLink bad_links[] = {
  { "/sync/link/reject/empty", "" },
  { "/sync/link/reject/other", "https://relay.example/invite/x" },
  { "/sync/link/reject/no-relay", "weft:join?notebook=" NOTEBOOK },
  { "/sync/link/reject/no-notebook", "weft:join?relay=wss://relay.example" },
  { "/sync/link/reject/notebook", "weft:join?relay=wss://relay.example&notebook=../../x" },
  { "/sync/link/reject/page", "weft:join?relay=wss://relay.example&notebook=" NOTEBOOK "&page=x" },
  { "/sync/link/reject/invite", "weft:join?relay=wss://relay.example&notebook=" NOTEBOOK "&invite=" },
  { "/sync/link/reject/scheme", "weft:join?relay=file:///etc/passwd&notebook=" NOTEBOOK },
  { "/sync/link/reject/no-scheme", "weft:join?relay=relay.example&notebook=" NOTEBOOK },
  { "/sync/link/reject/encoding", "weft:join?relay=wss://relay.example&notebook=%zz" },
  { "/sync/link/reject/null", "weft:join?relay=wss://relay.example&notebook=" NOTEBOOK "%00" },
  { "/sync/link/reject/page-link", "weft:page/" PAGE "/more" },
  { "/sync/link/reject/upper-page", "weft:page/ABCDEFGHIJKLMNOPQRSTUVWX23" },
};

static void
test_bad_link (gconstpointer data)
{
  const BadLink *row = data;
  g_autoptr(GError) error = NULL;

  g_assert_null (weft_link_parse (row->text, &error));
  g_assert_error (error, WEFT_SYNC_ERROR, WEFT_SYNC_ERROR_INVALID_LINK);
}

static void
test_long_link (void)
{
  g_autofree char *filler = g_strnfill (100000, 'a');
  g_autofree char *text = g_strconcat ("weft:join?x=", filler, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_null (weft_link_parse (text, &error));
  g_assert_error (error, WEFT_SYNC_ERROR, WEFT_SYNC_ERROR_INVALID_LINK);
}

static double
get_number (gpointer user_data)
{
  return *(double *) user_data;
}

static void
test_backoff (void)
{
  static const guint limits[] = { 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000 };
  double number = 0.5;
  WeftBackoff backoff = { .random = get_number, .random_data = &number };

  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    g_assert_cmpuint (weft_backoff_next (&backoff, 0), ==, limits[i] / 2);

  /* Full jitter: it may also be at once, unless somebody asked for more. */
  number = 0;
  g_assert_cmpuint (weft_backoff_next (&backoff, 0), ==, 0);
  g_assert_cmpuint (weft_backoff_next (&backoff, 5000), ==, 5000);

  for (guint i = 0; i < 1000; i++)
    weft_backoff_next (&backoff, 0);
  number = 0.999999;
  g_assert_cmpuint (weft_backoff_next (&backoff, 0), <, WEFT_BACKOFF_MAX_MS);
  weft_backoff_reset (&backoff);
  g_assert_cmpuint (weft_backoff_next (&backoff, 0), <, 200);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (addresses); i++)
    g_test_add_data_func (addresses[i].path, &addresses[i], test_address);
  g_test_add_func ("/sync/address/of-a-room", test_room);
  g_test_add_func ("/sync/link/join", test_join);
  g_test_add_func ("/sync/link/join-encoded", test_join_encoded);
  g_test_add_func ("/sync/link/page", test_page);
  for (gsize i = 0; i < G_N_ELEMENTS (bad_links); i++)
    g_test_add_data_func (bad_links[i].path, &bad_links[i], test_bad_link);
  g_test_add_func ("/sync/link/reject/long", test_long_link);
  g_test_add_func ("/sync/backoff", test_backoff);

  return g_test_run ();
}
