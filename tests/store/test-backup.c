/* test-backup.c - a backup of a store that is written to, and what comes of it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/numbered-edits.h"

typedef struct
{
  char *folder;
  char *path;
  char *target;
} Fixture;

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("weft-test-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "notes.weft", NULL);
  fixture->target = g_build_filename (fixture->folder, "backup.weft", NULL);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  remove_folder (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->target);
}

static void
add_padding (WeftStore *store)
{
  for (guint i = 0; i < 30; i++)
    {
      g_autofree char *key = g_strdup_printf ("padding-%u", i);
      g_autofree guint8 *bytes = g_malloc0 (400 * 1024);
      g_autoptr(GBytes) value = g_bytes_new (bytes, 400 * 1024);

      weft_store_set_journal (store, key, value);
    }
  g_assert_true (flush (store, NULL));
}

typedef struct
{
  guint  n_calls;
  double last;
} Progress;

static void
progress_cb (double   share,
             gpointer user_data)
{
  Progress *progress = user_data;

  g_assert_cmpfloat (share, >=, 0);
  g_assert_cmpfloat (share, <=, 1);
  progress->last = share;
  progress->n_calls++;
}

static void
test_while_writing (Fixture      *fixture,
                    gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autoptr(GFile) target = g_file_new_for_path (fixture->target);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  Progress progress = { 0 };
  NumberedEdits edits;
  guint32 n_before;

  numbered_edits_init (&edits, store, 0);
  add_padding (store);
  for (guint i = 0; i < 200; i++)
    numbered_edits_add (&edits);
  n_before = edits.n_edits;

  weft_store_backup_async (store, target, progress_cb, &progress, NULL, take_result_cb, &result);
  while (result == NULL)
    {
      if (edits.n_edits < 4000)
        numbered_edits_add (&edits);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_true (weft_store_backup_finish (store, result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (progress.n_calls, >, 0);

  /* Nothing that was there when it was asked for is missing, and what is there has no gap. */
  numbered_edits_check (fixture->target, &n_before, 1);
  /* And the store goes on. */
  g_assert_true (flush (store, NULL));
  n_before = edits.n_edits;
  g_clear_object (&result);
  close_store (store);
  numbered_edits_clear (&edits);
  numbered_edits_check (fixture->path, &n_before, 1);
}

static void
test_cancel (Fixture      *fixture,
             gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autoptr(GFile) target = g_file_new_for_path (fixture->target);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *kept = NULL;
  g_autofree char *part = g_strconcat (fixture->target, ".part", NULL);

  /* The backup of yesterday stays. */
  g_assert_true (g_file_set_contents (fixture->target, "yesterday", -1, NULL));
  add_padding (store);
  weft_store_backup_async (store, target, NULL, NULL, cancellable, take_result_cb, &result);
  while (!g_file_test (part, G_FILE_TEST_EXISTS) && result == NULL)
    g_main_context_iteration (NULL, FALSE);
  g_cancellable_cancel (cancellable);
  g_assert_false (weft_store_backup_finish (store, wait_for (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (g_file_get_contents (fixture->target, &kept, NULL, NULL));
  g_assert_cmpstr (kept, ==, "yesterday");
  g_clear_object (&result);
  close_store (store);
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));
}

static void
test_refused (Fixture      *fixture,
              gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autoptr(GFile) itself = g_file_new_for_path (fixture->path);
  g_autoptr(GFile) nowhere = g_file_new_for_path ("/nonexistent/backup.weft");

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(GError) error = NULL;

      weft_store_backup_async (store, i == 0 ? itself : nowhere, NULL, NULL, NULL, take_result_cb, &result);
      g_assert_false (weft_store_backup_finish (store, wait_for (&result), &error));
      g_assert_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED);
    }

  close_store (store);
}

/* A store that is closed meanwhile gives an answer and leaves nothing. */
static void
test_closed (Fixture      *fixture,
             gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autoptr(GFile) target = g_file_new_for_path (fixture->target);
  g_autoptr(GAsyncResult) result = NULL;
  g_autofree char *part = g_strconcat (fixture->target, ".part", NULL);

  add_padding (store);
  weft_store_backup_async (store, target, NULL, NULL, NULL, take_result_cb, &result);
  g_main_context_iteration (NULL, TRUE);
  {
    g_autoptr(GAsyncResult) closed = NULL;

    weft_store_close_async (store, NULL, take_result_cb, &closed);
    g_assert_true (weft_store_close_finish (store, wait_for (&closed), NULL));
  }
  wait_for (&result);
  if (!weft_store_backup_finish (store, result, NULL))
    g_assert_false (g_file_test (fixture->target, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));
  g_clear_object (&result);
  g_object_unref (store);
}

/* What relays were known to have is not believed of a restored file, which is another device. */
static void
test_restored (Fixture      *fixture,
               gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autoptr(GFile) target = g_file_new_for_path (fixture->target);
  g_autofree char *device_id = g_strdup (weft_store_get_device_id (store));
  g_autoptr(GBytes) known = g_bytes_new_static ("\1", 1);
  guint32 n_edits = 3;
  NumberedEdits edits;

  numbered_edits_init (&edits, store, 0);
  for (guint i = 0; i < n_edits; i++)
    numbered_edits_add (&edits);
  weft_store_set_sync_state (store, "n/a", "wss://relay.example", known, FALSE);
  weft_store_set_sync_state (store, "n/b", "wss://relay.example", known, TRUE);
  {
    g_autoptr(GAsyncResult) result = NULL;

    weft_store_backup_async (store, target, NULL, NULL, NULL, take_result_cb, &result);
    g_assert_true (weft_store_backup_finish (store, wait_for (&result), NULL));
  }
  close_store (store);
  numbered_edits_clear (&edits);

  store = open_store (fixture->target);
  g_assert_cmpstr (weft_store_get_device_id (store), !=, device_id);
  {
    g_autoptr(GAsyncResult) result = NULL;
    g_autoptr(GPtrArray) states = NULL;

    weft_store_list_sync_states_async (store, "wss://relay.example", FALSE, NULL, take_result_cb, &result);
    states = weft_store_list_sync_states_finish (store, wait_for (&result), NULL);
    /* What it knew is forgotten, what waited is not. */
    g_assert_cmpuint (states->len, ==, 2);
    for (guint i = 0; i < states->len; i++)
      {
        const WeftStoreSyncState *state = states->pdata[i];

        g_assert_null (state->acknowledged);
        g_assert_cmpint (state->unsynced, ==, g_str_equal (state->doc_id, "n/b"));
      }
  }
  close_store (store);
  numbered_edits_check (fixture->target, &n_edits, 1);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/store/backup/while-writing", test_while_writing);
  ADD ("/store/backup/cancel", test_cancel);
  ADD ("/store/backup/refused", test_refused);
  ADD ("/store/backup/closed", test_closed);
  ADD ("/store/backup/restored", test_restored);
#undef ADD

  return g_test_run ();
}
