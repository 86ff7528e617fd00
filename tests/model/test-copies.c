/* test-copies.c - backups, forks, exports, and profiles that were copied
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crdt/weft-type.h"
#include "model/model-support.h"
#include "model/weft-notebook-private.h"
#include "store/weft-store.h"

static WeftPage *
new_page (WeftNotebook *notebook,
          WeftPage     *parent,
          const char   *title,
          const char   *text)
{
  WeftPage *page = weft_notebook_create_page (notebook, WEFT_PAGE_NOTE, title, parent, NULL);
  g_autoptr(WeftDocument) document = open_document (notebook, page);

  weft_text_insert (weft_document_get_text (document), 0, text, -1, NULL);
  return page;
}

static char *
read_note (WeftNotebook *notebook,
           WeftPage     *page)
{
  g_autoptr(WeftDocument) document = open_document (notebook, page);

  return weft_text_to_string (weft_document_get_text (document));
}

static void
progress_cb (double   share,
             gpointer user_data)
{
  guint *n_calls = user_data;

  g_assert_cmpfloat (share, >=, 0);
  g_assert_cmpfloat (share, <=, 1);
  (*n_calls)++;
}

static WeftNotebook *
open_file (GFile *file)
{
  Fixture other = { NULL, file };

  return open_notebook (&other);
}

static void
test_backup (Fixture      *fixture,
             gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "backup.weft", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  WeftNotebook *notebook = open_notebook (fixture);
  WeftNotebook *restored;
  WeftPage *page = new_page (notebook, NULL, "Plans", "yesterday\n");
  g_autofree char *id = g_strdup (weft_page_get_id (page));
  g_autofree char *notebook_id = g_strdup (weft_notebook_get_id (notebook));

  {
    g_autoptr(GAsyncResult) result = NULL;
    g_autoptr(GError) error = NULL;

    weft_notebook_backup_async (notebook, file, NULL, NULL, NULL, keep_result_cb, &result);
    g_assert_true (weft_notebook_backup_finish (notebook, wait_for (&result), &error));
    g_assert_no_error (error);
  }

  {
    g_autoptr(WeftDocument) document = open_document (notebook, page);

    weft_text_insert (weft_document_get_text (document), 0, "today, ", -1, NULL);
  }
  close_notebook (notebook);

  /* The same notebook, as it was. */
  restored = open_file (file);
  g_assert_cmpstr (weft_notebook_get_id (restored), ==, notebook_id);
  {
    g_autofree char *text = read_note (restored, weft_notebook_lookup_page (restored, id));

    g_assert_cmpstr (text, ==, "yesterday\n");
  }
  close_notebook (restored);
}

/* Another program wrote over the file: all that is in memory makes a copy, what was saved long ago too. */
static void
test_overwritten (Fixture      *fixture,
                  gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "copy.weft", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  WeftNotebook *notebook = open_notebook (fixture);
  WeftNotebook *copy;
  WeftPage *page = new_page (notebook, NULL, "Plans", "yesterday\n");
  g_autoptr(WeftDocument) document = open_document (notebook, page);
  g_autofree char *id = g_strdup (weft_page_get_id (page));
  g_autofree char *notebook_id = g_strdup (weft_notebook_get_id (notebook));

  while (weft_store_get_state (notebook->store) != WEFT_STORE_SAVED)
    g_main_context_iteration (NULL, TRUE);

  /* As cp does: into the very same file. */
  {
    g_autofree char *own_path = g_file_get_path (fixture->file);
    int fd = g_open (own_path, O_WRONLY | O_TRUNC | O_CLOEXEC, 0);

    g_assert_cmpint (write (fd, "something else", 14), ==, 14);
    close (fd);
  }
  while (strstr (weft_notebook_get_save_error (notebook), "wrote over") == NULL)
    g_main_context_iteration (NULL, TRUE);
  weft_text_insert (weft_document_get_text (document), 0, "today, ", -1, NULL);

  {
    g_autoptr(GAsyncResult) result = NULL;
    g_autoptr(GError) error = NULL;

    weft_notebook_backup_async (notebook, file, NULL, NULL, NULL, keep_result_cb, &result);
    g_assert_true (weft_notebook_backup_finish (notebook, wait_for (&result), &error));
    g_assert_no_error (error);
  }
  g_clear_object (&document);
  {
    g_autoptr(GAsyncResult) result = NULL;
    g_autoptr(GError) error = NULL;

    weft_notebook_close_async (notebook, keep_result_cb, &result);
    g_assert_false (weft_notebook_close_finish (notebook, wait_for (&result), &error));
    g_assert_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_OVERWRITTEN);
  }
  g_object_unref (notebook);

  copy = open_file (file);
  g_assert_cmpstr (weft_notebook_get_id (copy), ==, notebook_id);
  {
    g_autofree char *text = read_note (copy, weft_notebook_lookup_page (copy, id));

    g_assert_cmpstr (text, ==, "today, yesterday\n");
  }
  close_notebook (copy);
}

static void
test_fork (Fixture      *fixture,
           gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "fork.weft", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  WeftNotebook *notebook = open_notebook (fixture);
  WeftPage *home = new_page (notebook, NULL, "Home", "see there\n");
  WeftPage *inner = new_page (notebook, home, "Inner", "inside\n");
  WeftPage *gone = new_page (notebook, NULL, "Gone", "away\n");
  g_autofree char *link = g_strconcat ("weft:page/", weft_page_get_id (inner), NULL);
  g_autofree char *notebook_id = g_strdup (weft_notebook_get_id (notebook));
  g_autofree char *old_inner = g_strdup (weft_page_get_id (inner));
  WeftNotebook *fork;
  guint n_calls = 0;

  {
    g_autoptr(WeftDocument) document = open_document (notebook, home);
    g_autoptr(WeftAny) attributes = weft_any_new_object ();
    g_autoptr(WeftAny) embed = weft_any_new_object ();

    weft_any_object_take (attributes, "link", weft_any_new_string (link));
    weft_text_format (weft_document_get_text (document), 4, 5, attributes);
    weft_any_object_take (embed, "board", weft_any_new_string (old_inner));
    weft_text_insert_embed (weft_document_get_text (document), 0, embed, NULL);
  }
  weft_notebook_set_page_icon (notebook, inner, "🌱");
  weft_notebook_trash_page (notebook, gone);

  {
    g_autoptr(GAsyncResult) result = NULL;
    g_autoptr(GFile) made = NULL;
    g_autoptr(GError) error = NULL;

    weft_notebook_fork_async (notebook, file, "Copy", progress_cb, &n_calls, NULL, keep_result_cb, &result);
    made = weft_notebook_fork_finish (notebook, wait_for (&result), &error);
    g_assert_no_error (error);
    g_assert_true (g_file_equal (made, file));
  }
  g_assert_cmpuint (n_calls, ==, 2);
  close_notebook (notebook);

  fork = open_file (file);
  g_assert_cmpstr (weft_notebook_get_id (fork), !=, notebook_id);
  g_assert_cmpstr (weft_notebook_get_title (fork), ==, "Copy");
  g_assert_cmpstr (weft_notebook_get_relay_url (fork), ==, "");
  g_assert_null (weft_notebook_lookup_page (fork, old_inner));
  g_assert_cmpuint (g_list_model_get_n_items (weft_notebook_get_pages (fork)), ==, 1);
  g_assert_cmpuint (g_list_model_get_n_items (weft_notebook_get_trash (fork)), ==, 0);
  {
    g_autoptr(WeftPage) page = g_list_model_get_item (weft_notebook_get_pages (fork), 0);
    g_autoptr(GListModel) children = weft_page_list_children (page);
    g_autoptr(WeftPage) child = g_list_model_get_item (children, 0);
    g_autoptr(WeftDocument) document = open_document (fork, page);
    g_autoptr(WeftDelta) delta = weft_text_to_delta (weft_document_get_text (document));
    g_autofree char *inner_text = read_note (fork, child);
    g_autofree char *wanted = g_strconcat ("weft:page/", weft_page_get_id (child), NULL);
    gboolean has_link = FALSE;

    g_assert_cmpstr (weft_page_get_title (page), ==, "Home");
    g_assert_cmpstr (weft_page_get_title (child), ==, "Inner");
    g_assert_cmpstr (weft_page_get_icon (child), ==, "🌱");
    g_assert_cmpstr (inner_text, ==, "inside\n");
    g_assert_cmpstr (weft_any_get_string (weft_any_lookup (weft_delta_get_op (delta, 0)->embed, "board")), ==,
                     weft_page_get_id (child));
    for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
      {
        const WeftDeltaOp *op = weft_delta_get_op (delta, i);

        if (op->attributes != NULL && weft_any_lookup (op->attributes, "link") != NULL)
          {
            g_assert_cmpstr (weft_any_get_string (weft_any_lookup (op->attributes, "link")), ==, wanted);
            g_assert_cmpstr (op->text, ==, "there");
            has_link = TRUE;
          }
      }
    g_assert_true (has_link);
  }
  close_notebook (fork);
}

static void
test_fork_cancelled (Fixture      *fixture,
                     gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "fork.weft", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  WeftNotebook *notebook = open_notebook (fixture);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < 20; i++)
    new_page (notebook, NULL, "Page", "text\n");
  weft_notebook_fork_async (notebook, file, "Copy", NULL, NULL, cancellable, keep_result_cb, &result);
  while (!g_file_query_exists (file, NULL) && result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_cancellable_cancel (cancellable);
  g_assert_null (weft_notebook_fork_finish (notebook, wait_for (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (g_file_query_exists (file, NULL));
  g_clear_object (&result);
  close_notebook (notebook);
}

static void
remove_tree (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name = NULL;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        remove_tree (path);
      else
        g_unlink (path);
    }

  g_rmdir (folder);
}

static void
test_export_all (Fixture      *fixture,
                 gconstpointer data)
{
  static const char *const expected[] = {
    "Home.md", "Home/Inner.md", "Home/inner 2.md", "a-b.md", "-hidden.md", "Plan.excalidraw",
  };
  g_autofree char *path = g_build_filename (fixture->folder, "out", "all", NULL);
  g_autofree char *top = g_build_filename (fixture->folder, "out", NULL);
  g_autoptr(GFile) folder = g_file_new_for_path (path);
  WeftNotebook *notebook = open_notebook (fixture);
  WeftPage *home = new_page (notebook, NULL, "Home", "welcome\n");
  g_auto(GStrv) problems = NULL;
  guint n_pages = 0;
  guint n_calls = 0;

  new_page (notebook, home, "Inner", "one\n");
  new_page (notebook, home, "inner", "two\n");
  new_page (notebook, NULL, "a/b", "slash\n");
  new_page (notebook, NULL, ".hidden", "dot\n");
  weft_notebook_create_page (notebook, WEFT_PAGE_BOARD, "Plan", NULL, NULL);
  weft_notebook_trash_page (notebook, new_page (notebook, NULL, "Gone", "away\n"));

  {
    g_autoptr(GAsyncResult) result = NULL;
    g_autoptr(GError) error = NULL;

    weft_notebook_export_all_async (notebook, folder, progress_cb, &n_calls, NULL, keep_result_cb, &result);
    g_assert_true (weft_notebook_export_all_finish (notebook, wait_for (&result), &n_pages, &problems, &error));
    g_assert_no_error (error);
  }
  g_assert_cmpuint (n_pages, ==, 6);
  g_assert_cmpuint (n_calls, ==, 6);
  g_assert_cmpuint (g_strv_length (problems), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autofree char *file = g_build_filename (path, expected[i], NULL);

      if (!g_file_test (file, G_FILE_TEST_EXISTS))
        g_error ("%s is missing", file);
    }

  /* And back: the same tree. */
  {
    g_autoptr(GAsyncResult) result = NULL;
    g_autoptr(GListStore) files = g_list_store_new (G_TYPE_FILE);
    g_autoptr(GListModel) children = NULL;
    WeftPage *first;

    g_list_store_append (files, folder);
    weft_notebook_import_async (notebook, G_LIST_MODEL (files), NULL, NULL, keep_result_cb, &result);
    first = weft_notebook_import_finish (notebook, wait_for (&result), &n_pages, NULL, NULL);
    g_assert_cmpuint (n_pages, ==, 7);
    children = weft_page_list_children (first);
    g_assert_cmpuint (g_list_model_get_n_items (children), ==, 4);
  }
  close_notebook (notebook);
  remove_tree (top);
}

/* --- A copied profile ------------------------------------------------------------------------------ */

/* The states of all documents of @from come to @to, as a relay would bring them. */
static void
bring_over (GFile      *from,
            GFile      *to,
            const char *room)
{
  GFile *files[] = { from, to };
  WeftStore *stores[2];
  g_autoptr(GBytes) state = NULL;

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(GAsyncResult) result = NULL;

      weft_store_open_async (files[i], NULL, keep_result_cb, &result);
      stores[i] = weft_store_open_finish (wait_for (&result), NULL);
      g_assert_nonnull (stores[i]);
    }

  {
    g_autoptr(GAsyncResult) result = NULL;
    g_autoptr(WeftDoc) doc = NULL;

    weft_store_load_doc_async (stores[0], room, NULL, keep_result_cb, &result);
    doc = weft_store_load_doc_finish (stores[0], wait_for (&result), NULL, NULL);
    state = weft_doc_encode_state (doc);
  }
  weft_store_append_update (stores[1], room, state, WEFT_UPDATE_REMOTE);

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(GAsyncResult) result = NULL;

      weft_store_close_async (stores[i], NULL, keep_result_cb, &result);
      g_assert_true (weft_store_close_finish (stores[i], wait_for (&result), NULL));
      g_clear_object (&result);
      g_object_unref (stores[i]);
    }
}

static void
edit_much (GFile      *file,
           const char *page_id,
           const char *mark,
           guint       n_edits)
{
  WeftNotebook *notebook = open_file (file);
  WeftDocument *document = open_document (notebook, weft_notebook_lookup_page (notebook, page_id));

  for (guint i = 0; i < n_edits; i++)
    weft_text_insert (weft_document_get_text (document), 0, mark, -1, NULL);
  g_object_unref (document);
  close_notebook (notebook);
}

static guint
count_char (const char *text,
            char        c)
{
  guint n = 0;

  for (; *text != '\0'; text++)
    n += *text == c;
  return n;
}

/* Two copies of one file are two devices: both are written in, and no edit takes the place of another. */
static void
test_copied_profile (Fixture      *fixture,
                     gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "copy.weft", NULL);
  g_autoptr(GFile) copy = g_file_new_for_path (path);
  WeftNotebook *notebook = open_notebook (fixture);
  WeftPage *page = new_page (notebook, NULL, "Page", "");
  g_autofree char *page_id = g_strdup (weft_page_get_id (page));
  g_autofree char *room = g_strdup_printf ("%s/%s", weft_notebook_get_id (notebook), page_id);
  char *texts[2];
  GFile *files[] = { fixture->file, copy };

  close_notebook (notebook);
  edit_much (fixture->file, page_id, "a", 50);
  g_assert_true (g_file_copy (fixture->file, copy, G_FILE_COPY_NONE, NULL, NULL, NULL, NULL));

  for (guint round = 0; round < 3; round++)
    {
      edit_much (fixture->file, page_id, "b", 40);
      edit_much (copy, page_id, "c", 30);
      if (round % 2 == 0)
        bring_over (fixture->file, copy, room);
      else
        bring_over (copy, fixture->file, room);
    }
  bring_over (copy, fixture->file, room);
  bring_over (fixture->file, copy, room);

  for (guint i = 0; i < 2; i++)
    {
      notebook = open_file (files[i]);
      texts[i] = read_note (notebook, weft_notebook_lookup_page (notebook, page_id));
      close_notebook (notebook);
      g_assert_cmpuint (count_char (texts[i], 'a'), ==, 50);
      g_assert_cmpuint (count_char (texts[i], 'b'), ==, 120);
      g_assert_cmpuint (count_char (texts[i], 'c'), ==, 90);
    }
  g_assert_cmpstr (texts[0], ==, texts[1]);
  g_free (texts[0]);
  g_free (texts[1]);
}

/* --- A backup of yesterday, and a relay that went on ------------------------------------------------ */

typedef struct
{
  GSubprocess *process;
  char        *address;
} Relay;

static void
start_relay (Relay      *relay,
             const char *folder)
{
  g_autoptr(GDataInputStream) output = NULL;
  g_autoptr(GError) error = NULL;

  relay->process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error,
                                     g_getenv ("WEFT_TEST_BINARY"), "--relay", "--open", "--listen", "127.0.0.1:0",
                                     "--data", folder, NULL);
  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (relay->process));

  while (relay->address == NULL)
    {
      g_autofree char *line = g_data_input_stream_read_line (output, NULL, NULL, &error);
      const char *found;

      g_assert_nonnull (line);
      found = strstr (line, "127.0.0.1");
      if (found != NULL)
        {
          found += strlen ("127.0.0.1");
          found += g_str_has_prefix (found, "%3A") ? 3 : 1;
          relay->address = g_strdup_printf ("ws://127.0.0.1:%d", atoi (found));
        }
    }
}

static void
wait_until_safe (WeftNotebook *notebook)
{
  gint64 end = g_get_monotonic_time () + 120 * G_TIME_SPAN_SECOND;
  guint n_safe = 0;

  /* Safe for a moment: rooms may still be asked for in turn. */
  while (n_safe < 40)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (5000);
      n_safe = weft_notebook_get_sync_state (notebook) == WEFT_SYNC_SAFE ? n_safe + 1 : 0;
      g_assert_cmpint (g_get_monotonic_time (), <, end);
    }
}

static void
add_text (WeftNotebook *notebook,
          const char   *page_id,
          const char   *text)
{
  g_autoptr(WeftDocument) document = open_document (notebook, weft_notebook_lookup_page (notebook, page_id));

  weft_text_insert (weft_document_get_text (document), 0, text, -1, NULL);
}

static void
test_restore_under_relay (Fixture      *fixture,
                          gconstpointer data)
{
  g_autofree char *relay_folder = g_build_filename (fixture->folder, "relay", NULL);
  g_autofree char *path = g_build_filename (fixture->folder, "backup.weft", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  char *ids[3];
  Relay relay = { NULL };
  WeftNotebook *notebook;

  if (g_getenv ("WEFT_TEST_BINARY") == NULL)
    {
      g_test_skip ("WEFT_TEST_BINARY is not set");
      return;
    }

  start_relay (&relay, relay_folder);
  notebook = open_notebook (fixture);
  ids[0] = g_strdup (weft_page_get_id (new_page (notebook, NULL, "Open", "a")));
  ids[1] = g_strdup (weft_page_get_id (new_page (notebook, NULL, "Closed", "a")));
  g_assert_true (weft_notebook_set_relay (notebook, relay.address, NULL, NULL));
  wait_until_safe (notebook);

  {
    g_autoptr(GAsyncResult) result = NULL;

    weft_notebook_backup_async (notebook, file, NULL, NULL, NULL, keep_result_cb, &result);
    g_assert_true (weft_notebook_backup_finish (notebook, wait_for (&result), NULL));
  }

  /* What the backup does not have: edits of both pages, a page, and what the same interval marks no more. */
  for (guint i = 0; i < 25; i++)
    {
      add_text (notebook, ids[0], "b");
      add_text (notebook, ids[1], "c");
    }
  ids[2] = g_strdup (weft_page_get_id (new_page (notebook, NULL, "New", "d")));
  wait_until_safe (notebook);
  close_notebook (notebook);

  /* The file is lost; the backup is all there is here. It is written in before it has met the relay. */
  g_assert_true (g_file_delete (fixture->file, NULL, NULL));
  notebook = open_file (file);
  weft_notebook_set_work_offline (notebook, TRUE);
  add_text (notebook, ids[0], "e");
  weft_notebook_set_work_offline (notebook, FALSE);
  wait_until_safe (notebook);
  close_notebook (notebook);

  /* All of it is in the file now, without the relay. */
  g_subprocess_force_exit (relay.process);
  g_subprocess_wait (relay.process, NULL, NULL);
  notebook = open_file (file);
  {
    g_autofree char *open = read_note (notebook, weft_notebook_lookup_page (notebook, ids[0]));
    g_autofree char *closed = read_note (notebook, weft_notebook_lookup_page (notebook, ids[1]));
    g_autofree char *added = read_note (notebook, weft_notebook_lookup_page (notebook, ids[2]));

    g_assert_cmpuint (count_char (open, 'a'), ==, 1);
    g_assert_cmpuint (count_char (open, 'b'), ==, 25);
    g_assert_cmpuint (count_char (open, 'e'), ==, 1);
    g_assert_cmpuint (count_char (closed, 'c'), ==, 25);
    g_assert_cmpuint (count_char (added, 'd'), ==, 1);
  }
  close_notebook (notebook);

  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    g_free (ids[i]);
  g_object_unref (relay.process);
  g_free (relay.address);
  remove_tree (relay_folder);
}

/* What earlier runs left is known, and said. */
static void
wait_until_known (WeftNotebook *notebook)
{
  while (!notebook->unsent_known || notebook->status_source != 0)
    g_main_context_iteration (NULL, TRUE);
}

/* Of a shared notebook one sees first what the backup has; the later deletion comes when one asks for it. */
static void
test_restore_to_look (Fixture      *fixture,
                      gconstpointer data)
{
  g_autofree char *relay_folder = g_build_filename (fixture->folder, "relay", NULL);
  g_autofree char *path = g_build_filename (fixture->folder, "backup.weft", NULL);
  g_autofree char *restored_path = g_build_filename (fixture->folder, "restored.weft", NULL);
  g_autoptr(GFile) backup = g_file_new_for_path (path);
  g_autoptr(GFile) restored = g_file_new_for_path (restored_path);
  g_autoptr(GAsyncResult) again = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *id = NULL;
  Relay relay = { NULL };
  WeftNotebook *notebook;

  if (g_getenv ("WEFT_TEST_BINARY") == NULL)
    {
      g_test_skip ("WEFT_TEST_BINARY is not set");
      return;
    }

  start_relay (&relay, relay_folder);
  notebook = open_notebook (fixture);
  id = g_strdup (weft_page_get_id (new_page (notebook, NULL, "Plan", "aaa")));
  g_assert_true (weft_notebook_set_relay (notebook, relay.address, NULL, NULL));
  wait_until_safe (notebook);
  {
    g_autoptr(GAsyncResult) result = NULL;

    weft_notebook_backup_async (notebook, backup, NULL, NULL, NULL, keep_result_cb, &result);
    g_assert_true (weft_notebook_backup_finish (notebook, wait_for (&result), NULL));
  }
  {
    g_autoptr(WeftDocument) document = open_document (notebook, weft_notebook_lookup_page (notebook, id));

    weft_text_delete (weft_document_get_text (document), 0, 3);
  }
  wait_until_safe (notebook);
  close_notebook (notebook);

  {
    g_autoptr(GAsyncResult) result = NULL;
    gboolean is_shared = FALSE;

    weft_notebook_restore_async (backup, restored, NULL, NULL, NULL, keep_result_cb, &result);
    g_assert_true (weft_notebook_restore_finish (wait_for (&result), &is_shared, NULL, &error));
    g_assert_no_error (error);
    g_assert_true (is_shared);
  }
  notebook = open_file (restored);
  g_assert_true (weft_notebook_get_work_offline (notebook));
  {
    g_autofree char *text = read_note (notebook, weft_notebook_lookup_page (notebook, id));

    g_assert_cmpuint (count_char (text, 'a'), ==, 3);
    g_assert_cmpint (weft_notebook_get_sync_state (notebook), !=, WEFT_SYNC_SAFE);
  }
  /* The relay had all of it, so nothing waits; what is added does. */
  wait_until_known (notebook);
  g_assert_cmpstr (weft_notebook_get_status_text (notebook), ==, "Offline, saved on this device");
  {
    g_autoptr(WeftDocument) document = open_document (notebook, weft_notebook_lookup_page (notebook, id));

    weft_text_insert (weft_document_get_text (document), 0, "b", -1, NULL);
    while (!g_pattern_match_simple ("Offline, * waiting", weft_notebook_get_status_text (notebook)))
      g_main_context_iteration (NULL, TRUE);
    weft_text_delete (weft_document_get_text (document), 0, 1);
  }
  weft_notebook_set_work_offline (notebook, FALSE);
  wait_until_safe (notebook);
  {
    g_autofree char *text = read_note (notebook, weft_notebook_lookup_page (notebook, id));

    g_assert_cmpuint (count_char (text, 'a'), ==, 0);
  }
  close_notebook (notebook);

  /* Nothing is written over. */
  weft_notebook_restore_async (backup, restored, NULL, NULL, NULL, keep_result_cb, &again);
  g_assert_false (weft_notebook_restore_finish (wait_for (&again), NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_assert_true (g_file_query_exists (restored, NULL));

  g_subprocess_force_exit (relay.process);
  g_subprocess_wait (relay.process, NULL, NULL);
  g_object_unref (relay.process);
  g_free (relay.address);
  remove_tree (relay_folder);
}

/* One that is not shared is ready as it is; what is no backup leaves no file behind. */
static void
test_restore_alone (Fixture      *fixture,
                    gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "backup.weft", NULL);
  g_autofree char *restored_path = g_build_filename (fixture->folder, "restored.weft", NULL);
  g_autoptr(GFile) backup = g_file_new_for_path (path);
  g_autoptr(GFile) restored = g_file_new_for_path (restored_path);
  g_autoptr(GAsyncResult) backed_up = NULL;
  g_autoptr(GAsyncResult) back = NULL;
  g_autoptr(GAsyncResult) refused = NULL;
  g_autoptr(GError) error = NULL;
  gboolean is_shared = TRUE;
  g_autofree char *id = NULL;
  WeftNotebook *notebook = open_notebook (fixture);

  id = g_strdup (weft_page_get_id (new_page (notebook, NULL, "Plan", "aaa")));
  weft_notebook_backup_async (notebook, backup, NULL, NULL, NULL, keep_result_cb, &backed_up);
  g_assert_true (weft_notebook_backup_finish (notebook, wait_for (&backed_up), NULL));
  g_clear_object (&backed_up);
  close_notebook (notebook);
  weft_notebook_restore_async (backup, restored, NULL, NULL, NULL, keep_result_cb, &back);
  g_assert_true (weft_notebook_restore_finish (wait_for (&back), &is_shared, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (is_shared);
  notebook = open_file (restored);
  g_assert_false (weft_notebook_get_work_offline (notebook));
  {
    g_autofree char *text = read_note (notebook, weft_notebook_lookup_page (notebook, id));

    g_assert_cmpuint (count_char (text, 'a'), ==, 3);
  }
  close_notebook (notebook);

  g_assert_true (g_file_delete (restored, NULL, NULL));
  g_assert_true (g_file_set_contents (path, "a letter to a friend, which is no notebook", -1, NULL));
  weft_notebook_restore_async (backup, restored, NULL, NULL, NULL, keep_result_cb, &refused);
  g_assert_false (weft_notebook_restore_finish (wait_for (&refused), NULL, NULL, &error));
  g_assert_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED);
  g_assert_false (g_file_query_exists (restored, NULL));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/model/copies/backup", test_backup);
  ADD ("/model/copies/overwritten", test_overwritten);
  ADD ("/model/copies/fork", test_fork);
  ADD ("/model/copies/fork-cancelled", test_fork_cancelled);
  ADD ("/model/copies/export-all", test_export_all);
  ADD ("/model/copies/copied-profile", test_copied_profile);
  ADD ("/model/copies/restore-under-relay", test_restore_under_relay);
  ADD ("/model/copies/restore-to-look", test_restore_to_look);
  ADD ("/model/copies/restore-alone", test_restore_alone);
#undef ADD

  return g_test_run ();
}
