/* test-status.c - the status says what is true: saved, waiting, sent, safe, refused, not saved; with real relays
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <signal.h>
#include <sys/resource.h>

#include "crdt/weft-type.h"
#include "model/model-support.h"
#include "model/relay-support.h"
#include "model/weft-notebook-private.h"

/* As an update more than 256 KiB, which goes to the store by itself; and a file that has it not more than once. */
#define N_MANY_PAGES 3000
#define MAX_FILE     (1024 * 1024)

typedef struct
{
  Fixture       base;
  char         *relay_folder;
  Relay         relay;
  WeftNotebook *notebook;
} Scene;

static void
scene_init (Scene   *scene,
            Fixture *fixture)
{
  scene->base = *fixture;
  scene->relay_folder = g_dir_make_tmp ("weft-relay-XXXXXX", NULL);
  scene->notebook = open_notebook (fixture);
}

/* A question to the relay may be under way; it keeps the notebook until it is answered. */
static void
close_and_wait (WeftNotebook *notebook)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  weft_notebook_close_async (notebook, keep_result_cb, &result);
  weft_notebook_close_finish (notebook, wait_for (&result), &error);
  g_assert_no_error (error);
  g_clear_object (&result);
  g_object_add_weak_pointer (G_OBJECT (notebook), (gpointer *) &notebook);
  g_object_unref (notebook);
  while (notebook != NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
scene_clear (Scene *scene)
{
  close_and_wait (scene->notebook);
  if (scene->relay.process != NULL)
    stop_relay (&scene->relay);
  g_free (scene->relay.address);
  remove_relay_folder (scene->relay_folder);
  g_free (scene->relay_folder);
}

static void
restart_notebook (Scene *scene)
{
  close_and_wait (scene->notebook);
  scene->notebook = open_notebook (&scene->base);
}

static void
share (Scene *scene)
{
  g_assert_true (weft_notebook_set_relay (scene->notebook, scene->relay.address, NULL, NULL));
}

/* Waits for the words, which may have * in them, and the state; they follow what happens after a moment. */
static void
wait_for_status (Scene        *scene,
                 const char   *words,
                 WeftSyncState state)
{
  while (scene->notebook->status_source != 0
         || !g_pattern_match_simple (words, weft_notebook_get_status_text (scene->notebook))
         || weft_notebook_get_sync_state (scene->notebook) != state)
    g_main_context_iteration (NULL, TRUE);
}

static WeftPage *
add_note (Scene      *scene,
          const char *title)
{
  WeftPage *page = weft_notebook_create_page (scene->notebook, WEFT_PAGE_NOTE, title, NULL, NULL);
  g_autoptr(WeftDocument) document = open_document (scene->notebook, page);

  weft_text_insert (weft_document_get_text (document), 0, title, -1, NULL);
  return page;
}

static void
append (Scene      *scene,
        const char *page_id,
        const char *text)
{
  g_autoptr(WeftDocument) document
    = open_document (scene->notebook, weft_notebook_lookup_page (scene->notebook, page_id));
  WeftType *type = weft_document_get_text (document);

  weft_text_insert (type, weft_type_get_length (type), text, -1, NULL);
}

/* What somebody else gets of the page from the relay, once it has @text in it. */
static void
assert_relay_gives (Scene      *scene,
                    const char *page_id,
                    const char *text)
{
  g_autofree char *path = g_build_filename (scene->base.folder, "other.weft", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(GAsyncResult) result = NULL;
  WeftNotebook *other;

  weft_notebook_open_async (file, weft_notebook_get_id (scene->notebook), NULL, keep_result_cb, &result);
  other = weft_notebook_open_finish (wait_for (&result), NULL);
  g_clear_object (&result);
  g_assert_true (weft_notebook_set_relay (other, scene->relay.address, NULL, NULL));
  while (weft_notebook_lookup_page (other, page_id) == NULL)
    g_main_context_iteration (NULL, TRUE);

  {
    g_autoptr(WeftDocument) document = open_document (other, weft_notebook_lookup_page (other, page_id));
    gboolean found = FALSE;

    while (!found)
      {
        g_autofree char *now = weft_text_to_string (weft_document_get_text (document));

        found = strstr (now, text) != NULL;
        if (!found)
          g_main_context_iteration (NULL, TRUE);
      }
  }
  close_and_wait (other);
  g_unlink (path);
}

static void
test_relay_comes_and_goes (Fixture      *fixture,
                           gconstpointer data)
{
  Scene scene = { .relay_folder = NULL };
  g_autofree char *id = NULL;

  scene_init (&scene, fixture);
  wait_for_status (&scene, "Saved on this device", WEFT_SYNC_LOCAL);
  start_relay (&scene.relay, scene.relay_folder);
  share (&scene);
  id = g_strdup (weft_page_get_id (add_note (&scene, "Plan")));
  wait_for_status (&scene, "Safe on 127.0.0.1:*", WEFT_SYNC_SAFE);

  /* It reads no more, and has stored nothing of this: no receipt, so it is on its way for as long as that lasts. */
  g_subprocess_send_signal (scene.relay.process, SIGSTOP);
  append (&scene, id, " and more");
  wait_for_status (&scene, "Sending * change*", WEFT_SYNC_SENDING);
  kill_relay (&scene.relay);
  wait_for_status (&scene, "*. 1 change waits on this device.", WEFT_SYNC_OFFLINE);

  /* Another run, and nobody opens the page: it is known what waits. */
  restart_notebook (&scene);
  wait_for_status (&scene, "*. Changes in 1 page wait on this device.", WEFT_SYNC_OFFLINE);

  start_relay (&scene.relay, scene.relay_folder);
  wait_for_status (&scene, "Safe on 127.0.0.1:*", WEFT_SYNC_SAFE);
  assert_relay_gives (&scene, id, "Plan and more");
  scene_clear (&scene);
}

/* Staying offline by choice is no reason to forget what was written meanwhile. */
static void
test_work_offline (Fixture      *fixture,
                   gconstpointer data)
{
  Scene scene = { .relay_folder = NULL };
  g_autofree char *id = NULL;

  scene_init (&scene, fixture);
  start_relay (&scene.relay, scene.relay_folder);
  share (&scene);
  id = g_strdup (weft_page_get_id (add_note (&scene, "Plan")));
  wait_for_status (&scene, "Safe on 127.0.0.1:*", WEFT_SYNC_SAFE);
  weft_notebook_set_work_offline (scene.notebook, TRUE);
  wait_for_status (&scene, "Offline, saved on this device", WEFT_SYNC_OFFLINE);
  append (&scene, id, " of the train");
  wait_for_status (&scene, "Offline, 1 change waiting", WEFT_SYNC_OFFLINE);
  restart_notebook (&scene);
  wait_for_status (&scene, "Offline, changes in 1 page waiting", WEFT_SYNC_OFFLINE);

  weft_notebook_set_work_offline (scene.notebook, FALSE);
  wait_for_status (&scene, "Safe on 127.0.0.1:*", WEFT_SYNC_SAFE);
  assert_relay_gives (&scene, id, "Plan of the train");
  scene_clear (&scene);
}

/* Ten letters are one change, and one in another place is another; the title of the page is a third. */
static void
test_counting (Fixture      *fixture,
               gconstpointer data)
{
  Scene scene = { .relay_folder = NULL };
  WeftPage *page;
  g_autofree char *id = NULL;

  scene_init (&scene, fixture);
  start_relay (&scene.relay, scene.relay_folder);
  share (&scene);
  page = add_note (&scene, "Plan");
  id = g_strdup (weft_page_get_id (page));
  append (&scene, id, "\nBring tea\n");
  wait_for_status (&scene, "Safe on 127.0.0.1:*", WEFT_SYNC_SAFE);
  weft_notebook_set_work_offline (scene.notebook, TRUE);
  wait_for_status (&scene, "Offline, saved on this device", WEFT_SYNC_OFFLINE);

  for (const char *letter = "and cake!\n"; *letter != '\0'; letter++)
    append (&scene, id, (char[]) { *letter, '\0' });
  wait_for_status (&scene, "Offline, 1 change waiting", WEFT_SYNC_OFFLINE);
  {
    g_autoptr(WeftDocument) document = open_document (scene.notebook, page);

    for (guint i = 0; i < 5; i++)
      weft_text_insert (weft_document_get_text (document), 0, "!", -1, NULL);
    wait_for_status (&scene, "Offline, 2 changes waiting", WEFT_SYNC_OFFLINE);
    weft_text_delete (weft_document_get_text (document), 0, 5);
  }
  weft_notebook_rename_page (scene.notebook, page, "Programme");
  weft_notebook_rename_page (scene.notebook, page, "Program");
  wait_for_status (&scene, "Offline, 3 changes waiting", WEFT_SYNC_OFFLINE);

  weft_notebook_set_work_offline (scene.notebook, FALSE);
  wait_for_status (&scene, "Safe on 127.0.0.1:*", WEFT_SYNC_SAFE);
  g_assert_cmpuint (weft_notebook_get_n_waiting (scene.notebook), ==, 0);
  scene_clear (&scene);
}

/* The relay takes the notebook and other pages, and no more of this one. */
static void
test_full_page (Fixture      *fixture,
                gconstpointer data)
{
  Scene scene = { .relay_folder = NULL };
  g_autofree char *id = NULL;
  g_autofree char *much = g_strnfill (200000, 'x');

  scene_init (&scene, fixture);
  start_relay_with (&scene.relay, scene.relay_folder, "--max-document=100000");
  share (&scene);
  id = g_strdup (weft_page_get_id (add_note (&scene, "Plan")));
  wait_for_status (&scene, "Safe on 127.0.0.1:*", WEFT_SYNC_SAFE);
  append (&scene, id, much);
  wait_for_status (&scene, "The page is full: the relay takes no more of it. 1 change waits on this device.",
                   WEFT_SYNC_STUCK);

  /* The same after a restart, when it is the fetcher that is refused. */
  restart_notebook (&scene);
  wait_for_status (&scene, "The page is full: the relay takes no more of it. Changes in 1 page wait on this device.",
                   WEFT_SYNC_STUCK);
  kill_relay (&scene.relay);
  wait_for_status (&scene, "*. Changes in 1 page wait on this device.", WEFT_SYNC_OFFLINE);
  start_relay (&scene.relay, scene.relay_folder);
  wait_for_status (&scene, "Safe on 127.0.0.1:*", WEFT_SYNC_SAFE);
  assert_relay_gives (&scene, id, much);
  scene_clear (&scene);
}

/* A file that cannot grow: nothing that is written now is saved, and nothing says that it is. */
static void
test_not_saved (Fixture      *fixture,
                gconstpointer data)
{
  struct rlimit limit, before;
  Scene scene = { .relay_folder = NULL };
  g_autofree char *id = NULL;

  scene_init (&scene, fixture);
  id = g_strdup (weft_page_get_id (add_note (&scene, "Plan")));
  wait_for_status (&scene, "Saved on this device", WEFT_SYNC_LOCAL);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  limit = (struct rlimit){ 1024, before.rlim_max };
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  append (&scene, id, " which the disk refuses");
  wait_for_status (&scene, "Not saved*", WEFT_SYNC_LOCAL);
  g_assert_cmpstr (weft_notebook_get_save_error (scene.notebook), !=, "");
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
  wait_for_status (&scene, "Saved on this device", WEFT_SYNC_LOCAL);
  g_assert_cmpstr (weft_notebook_get_save_error (scene.notebook), ==, "");
  scene_clear (&scene);
}

/* One that gives no receipts: what was sent is all that is known. */
static void
test_other_relay (Fixture      *fixture,
                  gconstpointer data)
{
  const char *script = g_getenv ("WEFT_TEST_NPM_RELAY");
  Scene scene = { .relay_folder = NULL };
  g_autoptr(GSubprocessLauncher) launcher = NULL;
  g_autoptr(GDataInputStream) output = NULL;
  g_autoptr(GSocketListener) listener = NULL;
  g_autofree char *line = NULL;
  g_autofree char *port = NULL;
  g_autofree char *id = NULL;
  g_autofree char *node = g_find_program_in_path ("node");

  if (script == NULL || node == NULL || !g_file_test (script, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("node or the npm packages are missing; ./dev test fetches them");
      return;
    }

  scene_init (&scene, fixture);
  /* A port that was free a moment ago */
  listener = g_socket_listener_new ();
  scene.relay.port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_socket_listener_close (listener);
  port = g_strdup_printf ("%d", scene.relay.port);
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_subprocess_launcher_setenv (launcher, "HOST", "127.0.0.1", TRUE);
  g_subprocess_launcher_setenv (launcher, "PORT", port, TRUE);
  scene.relay.process = g_subprocess_launcher_spawn (launcher, NULL, node, script, NULL);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (scene.relay.process));
  line = g_data_input_stream_read_line (output, NULL, NULL, NULL);
  g_assert_nonnull (line);
  scene.relay.address = g_strdup_printf ("ws://127.0.0.1:%s", port);

  share (&scene);
  id = g_strdup (weft_page_get_id (add_note (&scene, "Plan")));
  wait_for_status (&scene, "Sent to 127.0.0.1:*", WEFT_SYNC_SENT);
  append (&scene, id, " and more");
  wait_for_status (&scene, "Sending * change*", WEFT_SYNC_SENDING);
  wait_for_status (&scene, "Sent to 127.0.0.1:*", WEFT_SYNC_SENT);
  kill_relay (&scene.relay);
  wait_for_status (&scene, "* on this device.", WEFT_SYNC_OFFLINE);
  append (&scene, id, " to be sent");
  wait_for_status (&scene, "*. 1 change waits on this device.", WEFT_SYNC_OFFLINE);
  scene_clear (&scene);
}

/* Puts on the relay what somebody made of the notebook, but for the first page, on which all builds. */
static void
give_later_pages (Scene *scene,
                  guint  n_pages)
{
  g_autofree char *room = weft_notebook_dup_room (scene->notebook, NULL);
  g_autoptr(WeftDoc) writer = weft_doc_new ();
  g_autoptr(WeftNotebookDoc) theirs = weft_notebook_doc_new (writer);
  g_autoptr(WeftDoc) half = weft_doc_new ();
  g_autoptr(WeftStateVector) before = NULL;
  g_autoptr(GBytes) later = NULL;
  g_autoptr(WeftSyncClient) client = NULL;
  WeftPageId page;

  weft_notebook_doc_create_page (theirs, &weft_page_id_root, NULL, WEFT_PROFILE_NOTE, "Lost", 1, &page);
  before = weft_doc_get_state_vector (writer);
  weft_doc_begin (writer, NULL);
  for (guint i = 0; i < n_pages; i++)
    weft_notebook_doc_create_page (theirs, &weft_page_id_root, &page, WEFT_PROFILE_NOTE, "Kept", 1, &page);
  weft_doc_commit (writer);
  later = weft_doc_encode_diff (writer, before);
  g_assert_true (weft_doc_apply_update (half, later, NULL, NULL));
  g_assert_true (weft_doc_has_pending (half));

  client = weft_sync_client_new (scene->relay.address, room, half, NULL);
  weft_sync_client_start (client);
  while (weft_sync_client_get_state (client) != WEFT_SYNC_CLIENT_SYNCED)
    g_main_context_iteration (NULL, TRUE);
  weft_sync_client_stop (client);
}

static goffset
measure_file (Fixture *fixture)
{
  g_autoptr(GFileInfo) info = g_file_query_info (fixture->file, G_FILE_ATTRIBUTE_STANDARD_SIZE, 0, NULL, NULL);

  return g_file_info_get_size (info);
}

/* What builds on changes that never reached the relay is told, be it little or much, and not waited for; nor is it
 * fetched, and written into the file, again and again. */
static void
test_lacking (Fixture      *fixture,
              gconstpointer data)
{
  const guint n_pages[] = { 1, N_MANY_PAGES };

  for (guint i = 0; i < G_N_ELEMENTS (n_pages); i++)
    {
      Scene scene = { .relay_folder = NULL };
      g_autofree char *id = NULL;

      scene_init (&scene, fixture);
      start_relay (&scene.relay, scene.relay_folder);
      give_later_pages (&scene, n_pages[i]);

      share (&scene);
      wait_for_status (&scene, "127.0.0.1:* lacks changes *", WEFT_SYNC_SAFE);
      g_assert_true (weft_notebook_lacks_changes (scene.notebook));
      g_assert_cmpuint (weft_page_tree_get_n_pages (weft_notebook_get_tree (scene.notebook)), ==, 0);

      /* It can be used all the same, and what is made is safe. */
      id = g_strdup (weft_page_get_id (add_note (&scene, "Ours")));
      assert_relay_gives (&scene, id, "Ours");
      wait_for_status (&scene, "127.0.0.1:* lacks changes *", WEFT_SYNC_SAFE);
      scene_clear (&scene);
      g_test_message ("%u pages: a file of %" G_GOFFSET_FORMAT " bytes", n_pages[i], measure_file (fixture));
      g_assert_cmpint (measure_file (fixture), <, MAX_FILE);
      g_assert_true (g_file_delete (fixture->file, NULL, NULL));
    }
}

/* Another one has its address, which has nothing. */
static void
replace_relay (Scene *scene)
{
  kill_relay (&scene->relay);
  wait_for_status (scene, "*cannot be reached*", WEFT_SYNC_OFFLINE);
  remove_relay_folder (scene->relay_folder);
  g_assert_cmpint (g_mkdir (scene->relay_folder, 0700), ==, 0);
}

/* It is called safe once the relay has all again, the pages that nobody opens too. */
static void
test_relay_replaced (Fixture      *fixture,
                     gconstpointer data)
{
  Scene scene = { .relay_folder = NULL };
  char *ids[8];

  scene_init (&scene, fixture);
  start_relay (&scene.relay, scene.relay_folder);
  share (&scene);
  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree char *title = g_strdup_printf ("Page %" G_GSIZE_FORMAT, i);

      ids[i] = g_strdup (weft_page_get_id (add_note (&scene, title)));
    }
  wait_for_status (&scene, "Safe on 127.0.0.1:*", WEFT_SYNC_SAFE);
  restart_notebook (&scene);
  wait_for_status (&scene, "Safe on 127.0.0.1:*", WEFT_SYNC_SAFE);

  /* While we look; and between two runs, with something new before there is a connection. */
  for (guint round = 0; round < 2; round++)
    {
      replace_relay (&scene);
      if (round == 1)
        {
          restart_notebook (&scene);
          append (&scene, ids[0], ", and more");
        }
      start_relay (&scene.relay, scene.relay_folder);
      wait_for_status (&scene, "Safe on 127.0.0.1:*", WEFT_SYNC_SAFE);
      for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
        {
          g_autofree char *title = g_strdup_printf ("Page %" G_GSIZE_FORMAT "%s", i, i == 0 && round == 1 ? ", and" : "");

          assert_relay_gives (&scene, ids[i], title);
        }
    }

  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    g_free (ids[i]);
  scene_clear (&scene);
}

int
main (int    argc,
      char **argv)
{
  /* The words are compared. */
  g_setenv ("LC_ALL", "C.UTF-8", TRUE);
  signal (SIGXFSZ, SIG_IGN);
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/model/status/relay-comes-and-goes", test_relay_comes_and_goes);
  ADD ("/model/status/work-offline", test_work_offline);
  ADD ("/model/status/counting", test_counting);
  ADD ("/model/status/lacking", test_lacking);
  ADD ("/model/status/relay-replaced", test_relay_replaced);
  ADD ("/model/status/full-page", test_full_page);
  ADD ("/model/status/not-saved", test_not_saved);
  ADD ("/model/status/relay-without-receipts", test_other_relay);
#undef ADD

  return g_test_run ();
}
