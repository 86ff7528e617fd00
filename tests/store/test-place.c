/* test-place.c - the file of an open store is moved, deleted or replaced; what the disk does not take is copied
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>
#include <utime.h>

#include "store/numbered-edits.h"

typedef struct
{
  char *folder;
  char *path;
  char *elsewhere;
  char *copy;
  WeftStore *store;
  NumberedEdits edits;
} Fixture;

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("weft-test-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "notes.weft", NULL);
  fixture->elsewhere = g_build_filename (fixture->folder, "elsewhere.weft", NULL);
  fixture->copy = g_build_filename (fixture->folder, "copy.weft", NULL);

  fixture->store = open_store (fixture->path);
  numbered_edits_init (&fixture->edits, fixture->store, 0);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  g_clear_object (&fixture->store);
  numbered_edits_clear (&fixture->edits);
  remove_folder (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->elsewhere);
  g_free (fixture->copy);
}

static void
add_edits (Fixture *fixture)
{
  for (guint i = 0; i < 20; i++)
    numbered_edits_add (&fixture->edits);
}

static void
wait_for_state (Fixture        *fixture,
                WeftStoreState  state)
{
  while (weft_store_get_state (fixture->store) != state)
    g_main_context_iteration (NULL, TRUE);
}

static void
assert_gone (Fixture *fixture)
{
  wait_for_state (fixture, WEFT_STORE_NOT_SAVED);
  g_assert_error (weft_store_get_error (fixture->store), WEFT_STORE_ERROR, WEFT_STORE_ERROR_GONE);
}

static void
assert_cannot_close (Fixture *fixture,
                     int      code)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  weft_store_close_async (fixture->store, NULL, take_result_cb, &result);
  g_assert_false (weft_store_close_finish (fixture->store, wait_for (&result), &error));
  g_assert_error (error, WEFT_STORE_ERROR, code);
}

static void
assert_copy_is_whole (Fixture *fixture)
{
  g_autoptr(GFile) target = g_file_new_for_path (fixture->copy);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  weft_store_backup_async (fixture->store, target, NULL, NULL, NULL, take_result_cb, &result);
  g_assert_true (weft_store_backup_finish (fixture->store, wait_for (&result), &error));
  g_assert_no_error (error);
  numbered_edits_check (fixture->copy, &fixture->edits.n_edits, 1);
}

static void
rename_file (const char *from,
             const char *to)
{
  g_assert_cmpint (g_rename (from, to), ==, 0);
}

/* Nobody writes anything, and it is noticed all the same; put back, all is saved by itself. */
static void
test_moved_and_back (Fixture      *fixture,
                     gconstpointer data)
{
  guint32 n_before;

  add_edits (fixture);
  g_assert_true (flush (fixture->store, NULL));
  n_before = fixture->edits.n_edits;
  rename_file (fixture->path, fixture->elsewhere);
  assert_gone (fixture);

  /* All that was saved is in the file that was moved, without its log. */
  assert_cannot_close (fixture, WEFT_STORE_ERROR_GONE);
  {
    g_autofree char *bytes = NULL;
    gsize size = 0;

    g_assert_true (g_file_get_contents (fixture->elsewhere, &bytes, &size, NULL));
    g_assert_true (g_file_set_contents (fixture->copy, bytes, (gssize) size, NULL));
    numbered_edits_check (fixture->copy, &n_before, 1);
  }

  add_edits (fixture);
  rename_file (fixture->elsewhere, fixture->path);
  wait_for_state (fixture, WEFT_STORE_SAVED);
  close_store (g_steal_pointer (&fixture->store));
  numbered_edits_check (fixture->path, &fixture->edits.n_edits, 1);
}

/* Noticed by the commit, and a copy has all, the edits after it too. */
static void
test_deleted (Fixture      *fixture,
              gconstpointer data)
{
  g_autoptr(GError) error = NULL;

  add_edits (fixture);
  g_assert_true (flush (fixture->store, NULL));
  g_assert_cmpint (g_unlink (fixture->path), ==, 0);
  add_edits (fixture);
  g_assert_false (flush (fixture->store, &error));
  g_assert_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_GONE);
  assert_gone (fixture);

  assert_copy_is_whole (fixture);
  assert_cannot_close (fixture, WEFT_STORE_ERROR_GONE);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

/* The file that has the name now stays as it is, also when it is opened beside what is left of ours. */
static void
test_replaced (Fixture      *fixture,
               gconstpointer data)
{
  guint32 n_before;
  g_autofree char *bytes = NULL;
  g_autofree char *bytes_after = NULL;
  gsize size, size_after;

  add_edits (fixture);
  g_assert_true (flush (fixture->store, NULL));
  assert_copy_is_whole (fixture);
  n_before = fixture->edits.n_edits;
  g_assert_true (g_file_get_contents (fixture->copy, &bytes, &size, NULL));

  add_edits (fixture);
  g_assert_true (flush (fixture->store, NULL));
  rename_file (fixture->copy, fixture->path);
  assert_gone (fixture);
  add_edits (fixture);
  assert_copy_is_whole (fixture);

  g_clear_object (&fixture->store);
  g_assert_true (g_file_get_contents (fixture->path, &bytes_after, &size_after, NULL));
  g_assert_cmpmem (bytes, size, bytes_after, size_after);
  numbered_edits_check (fixture->path, &n_before, 1);
}

/* As cp does: into the very same file. */
static void
write_over (const char *path,
            const char *bytes,
            gsize       size)
{
  int fd = g_open (path, O_WRONLY | O_TRUNC | O_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, bytes, size), ==, (gssize) size);
  g_assert_cmpint (close (fd), ==, 0);
}

/* Nothing of ours gets into what is there now, neither from memory nor from the log; what is in memory makes a copy. */
static void
test_overwritten (Fixture      *fixture,
                  gconstpointer data)
{
  guint32 n_before;
  g_autoptr(GError) error = NULL;
  g_autofree char *bytes = NULL;
  g_autofree char *bytes_after = NULL;
  g_autofree char *log = g_strconcat (fixture->path, "-wal", NULL);
  gsize size, size_after;

  add_edits (fixture);
  g_assert_true (flush (fixture->store, NULL));
  assert_copy_is_whole (fixture);
  n_before = fixture->edits.n_edits;
  g_assert_true (g_file_get_contents (fixture->copy, &bytes, &size, NULL));

  add_edits (fixture);
  g_assert_true (flush (fixture->store, NULL));
  write_over (fixture->path, bytes, size);
  add_edits (fixture);
  g_assert_false (flush (fixture->store, &error));
  g_assert_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_OVERWRITTEN);
  wait_for_state (fixture, WEFT_STORE_NOT_SAVED);
  g_assert_false (g_file_test (log, G_FILE_TEST_EXISTS));

  for (gsize i = 0; i < G_N_ELEMENTS (numbered_docs); i++)
    {
      g_autoptr(GBytes) state = weft_doc_encode_state (fixture->edits.writers[i]);

      weft_store_append_update (fixture->store, numbered_docs[i], state, WEFT_UPDATE_LOCAL);
    }
  assert_copy_is_whole (fixture);

  assert_cannot_close (fixture, WEFT_STORE_ERROR_OVERWRITTEN);
  g_clear_object (&fixture->store);
  g_assert_true (g_file_get_contents (fixture->path, &bytes_after, &size_after, NULL));
  g_assert_cmpmem (bytes, size, bytes_after, size_after);
  numbered_edits_check (fixture->path, &n_before, 1);
}

/* Nobody writes anything here, and it is noticed all the same. */
static void
test_overwritten_at_rest (Fixture      *fixture,
                          gconstpointer data)
{
  add_edits (fixture);
  g_assert_true (flush (fixture->store, NULL));
  write_over (fixture->path, "not a notebook", strlen ("not a notebook"));
  wait_for_state (fixture, WEFT_STORE_NOT_SAVED);
  g_assert_error (weft_store_get_error (fixture->store), WEFT_STORE_ERROR, WEFT_STORE_ERROR_OVERWRITTEN);
}

/* A program that only gives it another time takes nothing away. */
static void
test_touched (Fixture      *fixture,
              gconstpointer data)
{
  struct utimbuf times = { 1000000000, 1000000000 };

  for (guint i = 0; i < 3; i++)
    {
      add_edits (fixture);
      g_assert_true (flush (fixture->store, NULL));
      times.modtime += 10;
      g_assert_cmpint (g_utime (fixture->path, &times), ==, 0);
    }
  add_edits (fixture);
  g_assert_true (flush (fixture->store, NULL));
  close_store (g_steal_pointer (&fixture->store));
  numbered_edits_check (fixture->path, &fixture->edits.n_edits, 1);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/store/place/moved-and-back", test_moved_and_back);
  ADD ("/store/place/deleted", test_deleted);
  ADD ("/store/place/replaced", test_replaced);
  ADD ("/store/place/overwritten", test_overwritten);
  ADD ("/store/place/overwritten-at-rest", test_overwritten_at_rest);
  ADD ("/store/place/touched", test_touched);
#undef ADD

  return g_test_run ();
}
