/* test-keep-offline.c - what is fetched before anybody opens it, and what is not, with a real relay
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-type.h"
#include "model/model-support.h"
#include "model/relay-support.h"
#include "model/weft-notebook-private.h"

static gboolean
is_here (WeftNotebook *notebook,
         const char   *page_id)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *room = weft_notebook_dup_room (notebook, page_id);
  g_autoptr(WeftStoreDocInfo) info = NULL;

  weft_store_describe_doc_async (notebook->store, room, NULL, keep_result_cb, &result);
  info = weft_store_describe_doc_finish (notebook->store, wait_for (&result), &error);
  g_assert_no_error (error);

  return info != NULL;
}

static char *
write_note (WeftNotebook *notebook,
            const char   *title,
            WeftPage     *parent)
{
  WeftPage *page = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, title, parent, NULL);
  g_autoptr(WeftDocument) document = open_document (notebook, page);

  weft_text_insert (weft_document_get_text (document), 0, title, -1, NULL);
  return g_strdup (weft_page_get_id (page));
}

static void
test_choices (Fixture      *fixture,
              gconstpointer data)
{
  WeftNotebook *notebook = open_notebook (fixture);
  WeftPage *a = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "a", NULL, NULL);
  WeftPage *b = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "b", a, NULL);
  WeftPage *c = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "c", b, NULL);
  WeftPage *d = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, "d", NULL, NULL);
  g_autofree char *id_b = g_strdup (weft_page_get_id (b));
  g_autofree char *id_c = g_strdup (weft_page_get_id (c));

  g_assert_true (weft_notebook_get_keep_offline (notebook, NULL));
  g_assert_true (weft_notebook_get_keep_offline (notebook, c));

  /* The nearest choice above holds; it goes with what is moved. */
  weft_notebook_set_keep_offline (notebook, a, FALSE);
  weft_notebook_set_keep_offline (notebook, c, TRUE);
  g_assert_false (weft_notebook_get_keep_offline (notebook, b));
  g_assert_true (weft_notebook_get_keep_offline (notebook, c));
  g_assert_true (weft_notebook_get_keep_offline (notebook, d));
  weft_notebook_move_page (notebook, d, b, G_MAXUINT);
  g_assert_false (weft_notebook_get_keep_offline (notebook, d));

  /* A later choice above takes the place of those below; none is kept that says nothing. */
  weft_notebook_set_keep_offline (notebook, b, FALSE);
  g_assert_false (weft_notebook_get_keep_offline (notebook, c));
  g_assert_cmpuint (g_hash_table_size (notebook->offline_exceptions), ==, 1);
  weft_notebook_set_keep_offline (notebook, NULL, FALSE);
  weft_notebook_set_keep_offline (notebook, b, TRUE);
  close_notebook (notebook);

  /* It is this file's choice, and stays. */
  notebook = open_notebook (fixture);
  g_assert_false (weft_notebook_get_keep_offline (notebook, NULL));
  b = weft_notebook_lookup_page (notebook, id_b);
  c = weft_notebook_lookup_page (notebook, id_c);
  g_assert_true (weft_notebook_get_keep_offline (notebook, b));
  g_assert_true (weft_notebook_get_keep_offline (notebook, c));
  g_assert_false (weft_notebook_get_keep_offline (notebook, weft_page_get_parent (b)));
  weft_notebook_set_keep_offline (notebook, NULL, TRUE);
  g_assert_null (weft_store_get_setting (notebook->store, "keep-offline"));
  close_notebook (notebook);
}

static void
test_fetching (Fixture      *fixture,
               gconstpointer data)
{
  g_autofree char *relay_folder = g_dir_make_tmp ("weft-relay-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (fixture->folder, "other.weft", NULL);
  Fixture other = { NULL, g_file_new_for_path (path) };
  WeftNotebook *writer = open_notebook (fixture);
  WeftNotebook *reader = NULL;
  g_autofree char *kept = NULL, *inside = NULL, *left = NULL;
  Relay relay = { NULL };

  start_relay (&relay, relay_folder);
  g_assert_true (weft_notebook_set_relay (writer, relay.address, NULL, NULL));
  kept = write_note (writer, "kept", NULL);
  left = write_note (writer, "left", NULL);
  inside = write_note (writer, "inside", weft_notebook_lookup_page (writer, left));
  wait_until_safe (writer);

  {
    g_autoptr(GAsyncResult) result = NULL;

    weft_notebook_open_async (other.file, weft_notebook_get_id (writer), NULL, keep_result_cb, &result);
    reader = weft_notebook_open_finish (wait_for (&result), NULL);
  }
  weft_notebook_set_keep_offline (reader, NULL, FALSE);
  g_assert_true (weft_notebook_set_relay (reader, relay.address, NULL, NULL));
  while (weft_notebook_lookup_page (reader, inside) == NULL)
    g_main_context_iteration (NULL, TRUE);
  wait_until_safe (reader);
  g_assert_false (is_here (reader, kept));
  g_assert_false (is_here (reader, left));

  /* One page is kept: it comes without being opened, and nothing else. */
  weft_notebook_set_keep_offline (reader, weft_notebook_lookup_page (reader, kept), TRUE);
  while (!is_here (reader, kept))
    g_main_context_iteration (NULL, TRUE);
  wait_until_safe (reader);
  g_assert_false (is_here (reader, left));

  /* Opening fetches, whatever was chosen. */
  {
    g_autoptr(WeftDocument) document = open_document (reader, weft_notebook_lookup_page (reader, left));

    while (weft_type_get_length (weft_document_get_text (document)) == 0)
      g_main_context_iteration (NULL, TRUE);
  }
  g_assert_false (is_here (reader, inside));

  /* A subtree. */
  weft_notebook_set_keep_offline (reader, weft_notebook_lookup_page (reader, left), TRUE);
  while (!is_here (reader, inside))
    g_main_context_iteration (NULL, TRUE);

  close_notebook (reader);
  close_notebook (writer);
  stop_relay (&relay);
  g_object_unref (other.file);
  remove_relay_folder (relay_folder);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/model/keep-offline/choices", Fixture, NULL, set_up, test_choices, tear_down);
  g_test_add ("/model/keep-offline/fetching", Fixture, NULL, set_up, test_fetching, tear_down);

  return g_test_run ();
}
