/* test-relay-path.c - which room a path names
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-path.h"

#include <string.h>

static const struct
{
  const char         *path;
  WeftRelayPathResult result;
  const char         *room;
} rows[] = {
  { "/room", WEFT_RELAY_PATH_OK, "room" },
  { "/a/b/c", WEFT_RELAY_PATH_OK, "a/b/c" },
  { "/a%2Fb", WEFT_RELAY_PATH_OK, "a/b" },
  { "/a%252Fb", WEFT_RELAY_PATH_OK, "a%2Fb" },
  { "/a%20b+c", WEFT_RELAY_PATH_OK, "a b+c" },
  { "/%E6%BC%A2", WEFT_RELAY_PATH_OK, "\xe6\xbc\xa2" },
  { "/yjs/room", WEFT_RELAY_PATH_OK, "room" },
  { "/yjs/a/b", WEFT_RELAY_PATH_OK, "a/b" },
  { "/yjs/api/x", WEFT_RELAY_PATH_OK, "api/x" },
  { "/yjs/yjs/x", WEFT_RELAY_PATH_OK, "yjs/x" },
  { "/a..b/..c/d../...", WEFT_RELAY_PATH_OK, "a..b/..c/d../..." },
  { "//x", WEFT_RELAY_PATH_OK, "/x" },
  { "/apiary", WEFT_RELAY_PATH_OK, "apiary" },
  { "/'; DROP TABLE rooms; --", WEFT_RELAY_PATH_OK, "'; DROP TABLE rooms; --" },
  { "/", WEFT_RELAY_PATH_EMPTY, NULL },
  { "", WEFT_RELAY_PATH_EMPTY, NULL },
  { "/yjs/", WEFT_RELAY_PATH_EMPTY, NULL },
  { "/yjs", WEFT_RELAY_PATH_RESERVED, NULL },
  { "/api", WEFT_RELAY_PATH_RESERVED, NULL },
  { "/api/boards", WEFT_RELAY_PATH_RESERVED, NULL },
  { "/%61pi/boards", WEFT_RELAY_PATH_RESERVED, NULL },
  { "/ws", WEFT_RELAY_PATH_RESERVED, NULL },
  { "/internal/x", WEFT_RELAY_PATH_RESERVED, NULL },
  { "/invite/x", WEFT_RELAY_PATH_RESERVED, NULL },
  { "/hocuspocus", WEFT_RELAY_PATH_RESERVED, NULL },
  { "/health", WEFT_RELAY_PATH_RESERVED, NULL },
  { "/metrics", WEFT_RELAY_PATH_RESERVED, NULL },
  { "/a%00b", WEFT_RELAY_PATH_BAD, NULL },
  { "/../../etc/passwd", WEFT_RELAY_PATH_BAD, NULL },
  { "/a%2f%2e%2e", WEFT_RELAY_PATH_BAD, NULL },
  { "/%2e%2e/x", WEFT_RELAY_PATH_BAD, NULL },
  { "/a%zz", WEFT_RELAY_PATH_BAD, NULL },
  { "/a%2", WEFT_RELAY_PATH_BAD, NULL },
  { "/%ff", WEFT_RELAY_PATH_BAD, NULL },
  { "/%ed%a0%80", WEFT_RELAY_PATH_BAD, NULL },
};

static void
test_rows (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *room = NULL;

      g_test_message ("%s", rows[i].path);
      g_assert_cmpint (weft_relay_path_get_room (rows[i].path, 256, &room), ==, rows[i].result);
      g_assert_cmpstr (room, ==, rows[i].room);
    }
}

static void
test_length (void)
{
  g_autofree char *name = g_strnfill (256, 'x');
  g_autofree char *fits = g_strconcat ("/", name, NULL);
  g_autofree char *too_long = g_strconcat ("/x", name, NULL);
  g_autofree char *room = NULL;
  g_autofree char *none = NULL;

  g_assert_cmpint (weft_relay_path_get_room (fits, 256, &room), ==, WEFT_RELAY_PATH_OK);
  g_assert_cmpstr (room, ==, name);
  g_assert_cmpint (weft_relay_path_get_room (too_long, 256, &none), ==, WEFT_RELAY_PATH_TOO_LONG);
  g_assert_null (none);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/relay/path/rooms", test_rows);
  g_test_add_func ("/relay/path/length", test_length);
  return g_test_run ();
}
