/* test-database.c - opening files: ours, others', damaged, locked
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/weft-database-private.h"
#include "store/weft-update-log.h"
#include "support/test-seed.h"

#define N_ROWS 600

typedef struct
{
  char *folder;
  char *path;
} Fixture;

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("weft-test-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "notes.weft", NULL);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  g_autoptr(GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

      g_unlink (path);
    }

  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static WeftDatabase *
open_database (Fixture *fixture)
{
  g_autoptr(GError) error = NULL;
  WeftDatabase *database = weft_database_open (fixture->path, &weft_notebook_schema, &error);

  g_assert_no_error (error);
  g_assert_nonnull (database);
  return database;
}

static void
assert_refused (const char    *path,
                WeftStoreError code)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (weft_database_open (path, &weft_notebook_schema, &error));
  g_assert_error (error, WEFT_STORE_ERROR, (int) code);
  g_assert_cmpstr (error->message, !=, "");
}

static gint64
ask (WeftDatabase *database,
     const char   *sql)
{
  g_autoptr(WeftStatement) query = weft_database_prepare (database, sql);
  g_autoptr(GError) error = NULL;
  gint64 answer;

  g_assert_true (weft_statement_step (query));
  answer = weft_statement_get_int64 (query, 0);
  g_assert_true (weft_statement_finish (query, &error));
  g_assert_no_error (error);
  return answer;
}

/* Row @i of every test file: most are small, some need overflow pages. */
static WeftLogRow *
make_row (guint i)
{
  gsize size = i % 50 == 49 ? 3000 + 37 * i : 20 + i % 60;
  g_autofree guint8 *data = g_malloc (size);

  for (gsize j = 0; j < size; j++)
    data[j] = (guint8) (i * 31 + j * 7);

  return weft_log_row_new (i % 3 == 0 ? "notebook" : "notebook/page", i + 1, i % 2, 1000 + i,
                           g_bytes_new (data, size));
}

static void
fill (WeftDatabase *database,
      guint         from,
      guint         to)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (weft_database_begin (database, &error));
  for (guint i = from; i < to; i++)
    {
      g_autoptr(WeftLogRow) row = make_row (i);

      g_assert_true (weft_log_append (database, row, &error));
    }
  g_assert_true (weft_database_run (database,
                                    "INSERT OR REPLACE INTO settings (name, value, checksum)"
                                    " VALUES ('notebook-id', 'abc', weft_sum ('settings', 'notebook-id', 'abc'))",
                                    &error));
  g_assert_true (weft_database_commit (database, &error));
  g_assert_no_error (error);
}

static void
make_file (Fixture *fixture)
{
  g_autoptr(WeftDatabase) database = open_database (fixture);

  fill (database, 0, N_ROWS);
}

static GBytes *
read_file (const char *path)
{
  char *data;
  gsize size;
  g_autoptr(GError) error = NULL;

  g_file_get_contents (path, &data, &size, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (data, size);
}

static void
write_file (const char   *path,
            gconstpointer data,
            gsize         size)
{
  g_autoptr(GError) error = NULL;

  g_file_set_contents (path, data, (gssize) size, &error);
  g_assert_no_error (error);
}

/* How many rows there are; each must be one that was written. */
static guint
count_rows (WeftDatabase *database)
{
  static const char *const doc_ids[] = { "notebook", "notebook/page" };
  guint n_rows = 0;

  for (gsize d = 0; d < G_N_ELEMENTS (doc_ids); d++)
    {
      g_autoptr(GError) error = NULL;
      guint n_damaged = 0;
      g_autoptr(GPtrArray) rows = weft_log_read (database, doc_ids[d], &n_damaged, &error);

      g_assert_no_error (error);
      for (guint i = 0; i < rows->len; i++)
        {
          const WeftLogRow *row = g_ptr_array_index (rows, i);
          g_autoptr(WeftLogRow) expected = make_row ((guint) (row->time - 1000));

          g_assert_cmpstr (row->doc_id, ==, expected->doc_id);
          g_assert_cmpuint (row->kind, ==, expected->kind);
          g_assert_true (g_bytes_equal (row->data, expected->data));
        }
      n_rows += rows->len;
    }

  return n_rows;
}

static void
test_open (Fixture      *fixture,
           gconstpointer data)
{
  g_autoptr(WeftDatabase) database = open_database (fixture);
  GStatBuf info;

  g_assert_cmpint (ask (database, "PRAGMA application_id"), ==, WEFT_DATABASE_NOTEBOOK_ID);
  g_assert_cmpint (ask (database, "PRAGMA user_version"), ==, weft_notebook_schema.n_migrations);
  g_assert_cmpint (ask (database, "PRAGMA synchronous"), ==, 2);
  g_assert_cmpint (ask (database, "PRAGMA foreign_keys"), ==, 1);
  g_assert_cmpint (ask (database, "PRAGMA trusted_schema"), ==, 0);
  g_assert_cmpint (ask (database, "PRAGMA cell_size_check"), ==, 1);
  g_assert_cmpint (ask (database, "PRAGMA wal_autocheckpoint"), ==, 0);
  g_assert_cmpint (
    ask (database, "SELECT count (*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"), ==, 1);

  /* Nobody else reads what is in it. */
  g_assert_cmpint (g_stat (fixture->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 077, ==, 0);
}

static void
test_reopen (Fixture      *fixture,
             gconstpointer data)
{
  WeftDatabase *database;

  make_file (fixture);
  database = open_database (fixture);
  g_assert_cmpuint (count_rows (database), ==, N_ROWS);
  g_assert_null (weft_database_get_damaged_path (database));
  weft_database_close (database);
}

static void
test_statement_sticky (Fixture      *fixture,
                       gconstpointer data)
{
  g_autoptr(WeftDatabase) database = open_database (fixture);
  WeftStatement *insert =
    weft_database_get (database, "INSERT INTO settings (name, value) VALUES (?1, ?2)");
  g_autoptr(WeftStatement) nonsense = weft_database_prepare (database, "SELECT nothing FROM nowhere");
  g_autoptr(GError) error = NULL;

  /* A parameter that is not there: the rest does nothing, the end tells. */
  weft_statement_bind_text (insert, 7, "x");
  weft_statement_bind_text (insert, 1, "a");
  weft_statement_bind_text (insert, 2, "b");
  g_assert_false (weft_statement_step (insert));
  g_assert_false (weft_statement_finish (insert, &error));
  g_assert_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_cmpint (ask (database, "SELECT count (*) FROM settings"), ==, 0);

  /* And it is usable again. */
  weft_statement_bind_text (insert, 1, "a");
  weft_statement_bind_text (insert, 2, "b");
  g_assert_true (weft_statement_finish (insert, &error));
  g_assert_cmpint (ask (database, "SELECT count (*) FROM settings"), ==, 1);

  g_assert_false (weft_statement_step (nonsense));
  g_assert_cmpint (weft_statement_get_int64 (nonsense, 0), ==, 0);
  g_assert_cmpstr (weft_statement_get_text (nonsense, 0), ==, "");
  g_assert_false (weft_statement_finish (nonsense, &error));
  g_assert_nonnull (error);
}

static void
test_newer (Fixture      *fixture,
            gconstpointer data)
{
  g_autoptr(GBytes) before = NULL;
  g_autoptr(GBytes) after = NULL;

  make_file (fixture);
  {
    g_autoptr(WeftDatabase) database = open_database (fixture);

    g_assert_true (weft_database_run (database, "PRAGMA user_version = 1000", NULL));
  }

  before = read_file (fixture->path);
  assert_refused (fixture->path, WEFT_STORE_ERROR_NEWER);
  after = read_file (fixture->path);
  g_assert_true (g_bytes_equal (before, after));
}

static void
test_foreign (Fixture      *fixture,
              gconstpointer data)
{
  static const char *const contents[] = { "{\"not\": \"a notebook\"}", "x", "\x89PNG\r\n\x1a\n" };
  g_autofree char *lock_path = g_strconcat (fixture->path, "-lock", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_autoptr(GBytes) after = NULL;

      write_file (fixture->path, contents[i], strlen (contents[i]));
      assert_refused (fixture->path, WEFT_STORE_ERROR_FOREIGN);
      after = read_file (fixture->path);
      g_assert_cmpmem (g_bytes_get_data (after, NULL), g_bytes_get_size (after), contents[i],
                       strlen (contents[i]));
      g_assert_false (g_file_test (lock_path, G_FILE_TEST_EXISTS));
    }
}

static void
test_foreign_database (Fixture      *fixture,
                       gconstpointer data)
{
  static const char *const migrations[] = { "CREATE TABLE theirs (a)" };
  const WeftDatabaseSchema theirs = { .application_id = 0x12345678, .migrations = migrations, .n_migrations = 1 };
  g_autofree char *lock_path = g_strconcat (fixture->path, "-lock", NULL);
  WeftDatabase *database = weft_database_open (fixture->path, &theirs, NULL);

  g_assert_nonnull (database);
  weft_database_close (database);

  /* Another program would not have left our lock file. */
  g_unlink (lock_path);
  assert_refused (fixture->path, WEFT_STORE_ERROR_FOREIGN);
  g_assert_false (g_file_test (lock_path, G_FILE_TEST_EXISTS));
}

static void
test_unreadable_place (Fixture      *fixture,
                       gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "missing", "notes.weft", NULL);

  assert_refused (path, WEFT_STORE_ERROR_FAILED);
  assert_refused (fixture->folder, WEFT_STORE_ERROR_FAILED);
}

static void
test_lock (Fixture      *fixture,
           gconstpointer data)
{
  WeftDatabase *database = open_database (fixture);

  assert_refused (fixture->path, WEFT_STORE_ERROR_IN_USE);
  weft_database_close (database);

  /* The file that is left over does not lock. */
  database = open_database (fixture);
  weft_database_close (database);
}

static void
test_lock_process (Fixture      *fixture,
                   gconstpointer data)
{
  g_autoptr(WeftDatabase) database = NULL;

  if (g_test_subprocess ())
    {
      assert_refused (g_getenv ("WEFT_TEST_PATH"), WEFT_STORE_ERROR_IN_USE);
      return;
    }

  database = open_database (fixture);
  g_setenv ("WEFT_TEST_PATH", fixture->path, TRUE);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
  g_unsetenv ("WEFT_TEST_PATH");
}

static void
test_read_only (Fixture      *fixture,
                gconstpointer data)
{
  if (g_test_subprocess ())
    {
      const char *path = g_getenv ("WEFT_TEST_PATH");
      g_autoptr(GError) error = NULL;
      WeftDatabase *database;

      /* The superuser may write anywhere. */
      g_rmdir (fixture->folder);
      if (geteuid () == 0 && setuid (65534) != 0)
        _exit (0);

      database = weft_database_open (path, &weft_notebook_schema, &error);
      g_assert_no_error (error);
      g_assert_true (weft_database_is_read_only (database));
      g_assert_cmpuint (count_rows (database), ==, N_ROWS);
      weft_database_close (database);
      _exit (0);
    }

  make_file (fixture);
  {
    g_autoptr(GBytes) before = read_file (fixture->path);
    g_autoptr(GBytes) after = NULL;
    g_autofree char *lock_path = g_strconcat (fixture->path, "-lock", NULL);

    g_chmod (lock_path, 0444);
    g_chmod (fixture->path, 0444);
    g_chmod (fixture->folder, 0555);
    g_setenv ("WEFT_TEST_PATH", fixture->path, TRUE);
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
    g_unsetenv ("WEFT_TEST_PATH");
    g_chmod (fixture->folder, 0755);
    g_test_trap_assert_passed ();

    after = read_file (fixture->path);
    g_assert_true (g_bytes_equal (before, after));
  }
}

/* Opens a file that was harmed. Returns: the rows that are left; @damaged: whether harm was noticed */
static guint
open_harmed (Fixture  *fixture,
             GBytes   *harmed,
             gboolean *damaged)
{
  WeftDatabase *database = open_database (fixture);
  guint n_rows = count_rows (database);
  const char *damaged_path = weft_database_get_damaged_path (database);

  *damaged = damaged_path != NULL;
  if (*damaged)
    {
      /* Whatever it was, it is still there. */
      g_autoptr(GBytes) kept = read_file (damaged_path);

      g_assert_true (g_bytes_equal (kept, harmed));
      g_unlink (damaged_path);
    }

  weft_database_close (database);
  return n_rows;
}

static void
test_truncated (Fixture      *fixture,
                gconstpointer data)
{
  g_autoptr(GBytes) whole = NULL;
  guint least = N_ROWS;
  gsize size;

  make_file (fixture);
  whole = read_file (fixture->path);
  size = g_bytes_get_size (whole);

  for (gsize at = 4096; at < size; at += 4096)
    {
      g_autoptr(GBytes) harmed = g_bytes_new_from_bytes (whole, 0, at);
      gboolean damaged;
      guint n_rows;

      write_file (fixture->path, g_bytes_get_data (whole, NULL), at);
      n_rows = open_harmed (fixture, harmed, &damaged);
      g_assert_true (damaged);
      least = MIN (least, n_rows);

      /* The rows stand in the file about in their order. */
      if (at > size / 2)
        g_assert_cmpuint (n_rows, >, N_ROWS / 8);
    }

  g_assert_cmpuint (least, <, N_ROWS / 8);
}

static void
test_zeroed_page (Fixture      *fixture,
                  gconstpointer data)
{
  g_autoptr(GBytes) whole = NULL;
  gsize size;

  make_file (fixture);
  whole = read_file (fixture->path);
  size = g_bytes_get_size (whole);

  for (gsize at = 0; at < size; at += 4096)
    {
      g_autofree char *bytes = g_memdup2 (g_bytes_get_data (whole, NULL), size);
      g_autoptr(GBytes) harmed = NULL;
      gboolean damaged;
      guint n_rows;

      memset (bytes + at, 0, 4096);
      harmed = g_bytes_new (bytes, size);
      write_file (fixture->path, bytes, size);
      n_rows = open_harmed (fixture, harmed, &damaged);

      /* A page holds fewer than 60 of these rows, and everything else is there. What SQLite does not
       * notice is one row whose bytes lie in an overflow page; its checksum tells. */
      g_assert_cmpuint (n_rows, >, N_ROWS - 60);
      if (!damaged)
        g_assert_cmpuint (n_rows, >=, N_ROWS - 1);
    }
}

/* Whatever single byte is changed: at most a page of rows is gone, and what is there is as it was. */
static void
check_flip (Fixture *fixture,
            GBytes  *whole,
            gsize    at,
            guint8   change)
{
  gsize size = g_bytes_get_size (whole);
  g_autofree guint8 *bytes = g_memdup2 (g_bytes_get_data (whole, NULL), size);
  g_autoptr(WeftDatabase) database = NULL;
  g_autoptr(GError) error = NULL;
  guint n_rows;

  bytes[at] ^= change;
  write_file (fixture->path, bytes, size);

  database = weft_database_open (fixture->path, &weft_notebook_schema, &error);
  if (database == NULL)
    {
      /* The version in the header may have grown. */
      g_assert_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_NEWER);
      g_assert_cmpuint (at, >=, 60);
      g_assert_cmpuint (at, <, 64);
      return;
    }

  n_rows = count_rows (database);
  if (n_rows <= N_ROWS - 60)
    g_test_message ("byte %" G_GSIZE_FORMAT " changed by %u", at, change);
  g_assert_cmpuint (n_rows, >, N_ROWS - 60);

  if (weft_database_get_damaged_path (database) != NULL)
    g_unlink (weft_database_get_damaged_path (database));
}

static void
test_flipped_bytes (Fixture      *fixture,
                    gconstpointer data)
{
  g_autoptr(GBytes) whole = NULL;
  guint n_rounds = g_getenv ("WEFT_TEST_LONG") != NULL ? 20000 : 150;

  make_file (fixture);
  whole = read_file (fixture->path);

  for (guint round = 0; round < n_rounds; round++)
    check_flip (fixture, whole, (gsize) g_test_rand_int_range (0, (gint32) g_bytes_get_size (whole)),
                (guint8) g_test_rand_int_range (1, 256));
}

static void
test_flipped_header (Fixture      *fixture,
                     gconstpointer data)
{
  g_autoptr(GBytes) whole = NULL;

  make_file (fixture);
  whole = read_file (fixture->path);

  for (gsize at = 0; at < 108; at++)
    {
      check_flip (fixture, whole, at, 1);
      check_flip (fixture, whole, at, (guint8) g_test_rand_int_range (2, 256));
    }
}

static void
test_damaged_with_log (Fixture      *fixture,
                       gconstpointer data)
{
  g_autofree char *wal_path = g_strconcat (fixture->path, "-wal", NULL);
  g_autofree char *copy_path = g_build_filename (fixture->folder, "copy.weft", NULL);
  g_autofree char *copy_wal_path = g_strconcat (copy_path, "-wal", NULL);
  Fixture copy = { fixture->folder, copy_path };
  g_autoptr(GBytes) file = NULL;
  g_autoptr(GBytes) wal = NULL;
  g_autofree guint8 *bytes = NULL;
  WeftDatabase *database;

  /* Rows in the file, and rows that are only in the log: as after a kill. */
  make_file (fixture);
  database = open_database (fixture);
  fill (database, N_ROWS, N_ROWS + 100);
  file = read_file (fixture->path);
  wal = read_file (wal_path);
  weft_database_close (database);

  bytes = g_memdup2 (g_bytes_get_data (file, NULL), g_bytes_get_size (file));
  memset (bytes, 0, 4096);
  memset (bytes + 5 * 4096, 0xff, 4096);
  write_file (copy_path, bytes, g_bytes_get_size (file));
  write_file (copy_wal_path, g_bytes_get_data (wal, NULL), g_bytes_get_size (wal));

  /* Nothing says that this file is ours. */
  assert_refused (copy_path, WEFT_STORE_ERROR_FOREIGN);

  /* Our lock file does. */
  {
    g_autofree char *lock_path = g_strconcat (fixture->path, "-lock", NULL);
    g_autofree char *copy_lock_path = g_strconcat (copy_path, "-lock", NULL);
    g_autoptr(GBytes) lock = read_file (lock_path);

    write_file (copy_lock_path, g_bytes_get_data (lock, NULL), g_bytes_get_size (lock));
  }

  database = open_database (&copy);
  g_assert_nonnull (weft_database_get_damaged_path (database));
  g_assert_cmpuint (count_rows (database), >, N_ROWS + 100 - 60);
  g_assert_cmpint (ask (database, "SELECT count (*) FROM settings WHERE value = 'abc'"), ==, 1);
  weft_database_close (database);
}

static void
test_empty_file_with_log (Fixture      *fixture,
                          gconstpointer data)
{
  g_autofree char *wal_path = g_strconcat (fixture->path, "-wal", NULL);
  g_autoptr(GBytes) wal = NULL;
  WeftDatabase *database = open_database (fixture);

  fill (database, 0, 40);
  wal = read_file (wal_path);
  weft_database_close (database);

  /* The file was cut to nothing; SQLite alone would take the log for rubbish and delete it. */
  write_file (fixture->path, "", 0);
  write_file (wal_path, g_bytes_get_data (wal, NULL), g_bytes_get_size (wal));

  database = open_database (fixture);
  g_assert_nonnull (weft_database_get_damaged_path (database));
  g_assert_cmpuint (count_rows (database), ==, 40);
  weft_database_close (database);
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/store/database/open", test_open);
  ADD ("/store/database/reopen", test_reopen);
  ADD ("/store/statement/sticky", test_statement_sticky);
  ADD ("/store/database/refuse/newer", test_newer);
  ADD ("/store/database/refuse/foreign", test_foreign);
  ADD ("/store/database/refuse/foreign-database", test_foreign_database);
  ADD ("/store/database/refuse/unreadable-place", test_unreadable_place);
  ADD ("/store/database/refuse/locked", test_lock);
  ADD ("/store/database/refuse/locked-by-process", test_lock_process);
  ADD ("/store/database/read-only", test_read_only);
  ADD ("/store/database/damaged/truncated", test_truncated);
  ADD ("/store/database/damaged/zeroed-page", test_zeroed_page);
  ADD ("/store/database/damaged/flipped-bytes", test_flipped_bytes);
  ADD ("/store/database/damaged/flipped-header", test_flipped_header);
  ADD ("/store/database/damaged/with-log", test_damaged_with_log);
  ADD ("/store/database/damaged/empty-with-log", test_empty_file_with_log);
#undef ADD

  return g_test_run ();
}
