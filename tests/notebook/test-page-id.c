/* test-page-id.c - ids and the rooms named after them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-page-id.h"

#include <string.h>

static void
test_known (void)
{
  /* As Python's base64.b32encode writes it, in lower case and without the padding. */
  WeftPageId id, back;
  WeftPageIdText text;

  memcpy (id.bytes, "fooooooooooobarr", 16);
  g_assert_cmpstr (weft_page_id_format (&id, text), ==, "mzxw633pn5xw633pn5xweylsoi");
  g_assert_true (weft_page_id_parse (&back, text));
  g_assert_true (weft_page_id_equal (&id, &back));

  g_assert_cmpstr (weft_page_id_format (&weft_page_id_root, text), ==,
                   "aaaaaaaaaaaaaaaaaaaaaaaaaa");
  g_assert_cmpstr (weft_page_id_format (&weft_page_id_trash, text), ==,
                   "77777777777777777777777774");
}

static void
test_round_trip (void)
{
  for (guint i = 0; i < 1000; i++)
    {
      WeftPageId id, back;
      g_autofree char *text = NULL;

      weft_page_id_init_random (&id);
      text = weft_page_id_to_string (&id);
      g_assert_cmpuint (strlen (text), ==, WEFT_PAGE_ID_N_CHARS);
      g_assert_true (weft_page_id_parse (&back, text));
      g_assert_true (weft_page_id_equal (&id, &back));
      g_assert_cmpuint (weft_page_id_hash (&id), ==, weft_page_id_hash (&back));
    }
}

static void
test_reject (void)
{
  static const char *const bad[] = {
    "",
    "mzxw633pn5xw633pn5xweylso",   /* short */
    "mzxw633pn5xw633pn5xweylsoia", /* long */
    "MZXW633PN5XW633PN5XWEYLSOI",  /* another spelling */
    "mzxw633pn5xw633pn5xweylsoj",  /* bits left over */
    "mzxw633pn5xw633pn5xweyls1i",  /* no digit */
    "../../../../../etc/passwd.",
  };
  WeftPageId id;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (weft_page_id_parse (&id, bad[i]));
}

static void
test_rooms (void)
{
  static const char hash[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  WeftPageId notebook, page, a, b;
  g_autofree char *own = NULL, *of_page = NULL, *of_asset = NULL, *bad = NULL;
  const char *sha256 = NULL;

  weft_page_id_init_random (&notebook);
  weft_page_id_init_random (&page);
  own = weft_room_name_new (&notebook, NULL);
  of_page = weft_room_name_new (&notebook, &page);
  of_asset = weft_room_name_new_asset (&notebook, hash);

  g_assert_cmpint (weft_room_name_parse (own, &a, NULL, NULL), ==, WEFT_ROOM_NOTEBOOK);
  g_assert_true (weft_page_id_equal (&a, &notebook));
  g_assert_cmpint (weft_room_name_parse (of_page, &a, &b, NULL), ==, WEFT_ROOM_PAGE);
  g_assert_true (weft_page_id_equal (&a, &notebook) && weft_page_id_equal (&b, &page));
  g_assert_cmpint (weft_room_name_parse (of_asset, &a, NULL, &sha256), ==, WEFT_ROOM_ASSET);
  g_assert_cmpstr (sha256, ==, hash);

  bad = g_strconcat (of_page, "/", NULL);
  g_assert_cmpint (weft_room_name_parse (bad, NULL, NULL, NULL), ==, WEFT_ROOM_OTHER);
  of_asset[strlen (of_asset) - 1] = 'G';
  g_assert_cmpint (weft_room_name_parse (of_asset, NULL, NULL, NULL), ==, WEFT_ROOM_OTHER);
  g_assert_cmpint (weft_room_name_parse ("my-room", NULL, NULL, NULL), ==, WEFT_ROOM_OTHER);
  g_assert_cmpint (weft_room_name_parse ("", NULL, NULL, NULL), ==, WEFT_ROOM_OTHER);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notebook/page-id/known-spelling", test_known);
  g_test_add_func ("/notebook/page-id/round-trip", test_round_trip);
  g_test_add_func ("/notebook/page-id/reject-other-spellings", test_reject);
  g_test_add_func ("/notebook/page-id/rooms", test_rooms);

  return g_test_run ();
}
