/* test-damage.c - a store of 2 MiB, harmed in every place
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Flips, zeroes and truncates at page boundaries and at random places: 500 times, with WEFT_TEST_LONG=1 at
 * every page and 20,000 times. The test knows where the bytes of each row stand, and demands each row whose
 * bytes survive.
 */

/* For memmem (). */
#define _GNU_SOURCE

#include "config.h"

#include <string.h>

#include "store/store-support.h"
#include "store/weft-database-private.h"
#include "store/weft-store-opening.h"
#include "store/weft-update-log.h"
#include "support/test-seed.h"

#define PAGE 4096
#define FILE_SIZE (2 * 1024 * 1024)
#define N_SETTINGS 40
#define NOTEBOOK "abcdefghijklmnopqrstuvwxyz"
/* Before a checksum stand at most so many bytes of its cell: two varints, the header, the number, the time. */
#define CELL_START 30

typedef struct
{
  gsize start;
  gsize end;
} Extent;

typedef struct
{
  char       *folder;
  char       *path;
  GPtrArray  *rows;    /* of WeftLogRow */
  GHashTable *by_data; /* GBytes -> index + 1 */
  GBytes     *whole;
  GArray    **extents; /* of each row */
} Fixture;

static const char *const doc_ids[] = { NOTEBOOK, NOTEBOOK "/first", NOTEBOOK "/second" };

/* On a disk in memory where there is one: it is not the disk that is tested here. */
static char *
make_folder (void)
{
  g_autofree char *folder = g_strdup ("/dev/shm/weft-test-XXXXXX");

  if (g_mkdtemp (folder) != NULL)
    return g_steal_pointer (&folder);

  return g_dir_make_tmp ("weft-test-XXXXXX", NULL);
}

static WeftDatabase *
open_database (Fixture         *fixture,
               WeftStoreOpened *opened)
{
  g_autoptr(GFile) file = g_file_new_for_path (fixture->path);
  g_autoptr(GError) error = NULL;
  WeftDatabase *database = weft_store_open_database (file, opened, &error);

  /* The version in the header may have grown. */
  if (database == NULL)
    g_assert_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_NEWER);

  return database;
}

static void
add_row (Fixture *fixture,
         gsize    size)
{
  guint index = fixture->rows->len;
  g_autofree guint8 *data = g_malloc (size);
  WeftLogRow *row;

  for (gsize i = 0; i < size; i++)
    data[i] = (guint8) g_test_rand_int_range (0, 256);

  row = weft_log_row_new (doc_ids[index % G_N_ELEMENTS (doc_ids)], index + 1, index % 2,
                          1700000000000 + index, g_bytes_new (data, size));
  g_ptr_array_add (fixture->rows, row);
  g_hash_table_insert (fixture->by_data, row->data, GUINT_TO_POINTER (index + 1));
}

static void
append_rows (Fixture      *fixture,
             WeftDatabase *database,
             guint         from)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (weft_database_begin (database, &error));
  for (guint i = from; i < fixture->rows->len; i++)
    g_assert_true (weft_log_append (database, g_ptr_array_index (fixture->rows, i), &error));
  g_assert_true (weft_database_commit (database, &error));
}

static void
add_settings (WeftDatabase *database)
{
  for (guint i = 0; i < N_SETTINGS; i++)
    {
      g_autoptr(WeftStatement) insert = weft_database_prepare (
        database,
        "INSERT INTO settings (name, value, checksum) VALUES (?1, ?2, weft_sum ('settings', ?1, ?2))");
      g_autofree char *name = i == 0 ? g_strdup (WEFT_STORE_NOTEBOOK_ID) : g_strdup_printf ("name-%u", i);
      g_autofree char *value = i == 0 ? g_strdup (NOTEBOOK) : g_strdup_printf ("value of name-%u", i);

      weft_statement_bind_text (insert, 1, name);
      weft_statement_bind_text (insert, 2, value);
      g_assert_true (weft_statement_finish (insert, NULL));
    }
}

static void
add_extent (GArray *extents,
            gsize   start,
            gsize   end)
{
  Extent extent = { start, end };

  g_array_append_val (extents, extent);
}

/* How many bytes of @row's data stand in its page, as the file format says for what is too long for one: the
 * record is a header, the document, the time in six bytes, the checksum and the data. */
static gsize
count_local (const WeftLogRow *row,
             gsize             size)
{
  gsize type = 12 + 2 * size;
  gsize before = 6 + (type < 128 ? 1 : type < 16384 ? 2 : 3) + strlen (row->doc_id) + 6 + WEFT_CHECKSUM_SIZE;
  gsize payload = before + size;
  gsize least = (PAGE - 12) * 32 / 255 - 23;
  gsize local = least + (payload - least) % (PAGE - 4);

  if (payload <= PAGE - 35)
    return size;

  return (local <= PAGE - 35 ? local : least) - before;
}

/* Where the bytes of @row stand: in its page behind its checksum, and then in the overflow pages that its
 * pointers lead to. Nothing is looked for by its content: a few bytes at the end stand in many places. */
static GArray *
find_extents (GBytes           *whole,
              const WeftLogRow *row)
{
  GArray *extents = g_array_new (FALSE, FALSE, sizeof (Extent));
  gsize file_size, size;
  const guint8 *file = g_bytes_get_data (whole, &file_size);
  const guint8 *data = g_bytes_get_data (row->data, &size);
  gsize done = count_local (row, size);
  guint8 sum[WEFT_CHECKSUM_SIZE];
  const guint8 *at;
  gsize start;

  weft_log_row_checksum (row, sum);
  at = memmem (file, file_size, sum, sizeof sum);
  g_assert_nonnull (at);
  start = (gsize) (at - file);
  at += sizeof sum;
  g_assert_cmpmem (at, done, data, done);
  at += done;
  add_extent (extents, start - CELL_START - strlen (row->doc_id),
              start + sizeof sum + done + (done < size ? 4 : 0));

  while (done < size)
    {
      gsize part = MIN (size - done, PAGE - 4);
      guint32 number;

      memcpy (&number, at, sizeof number);
      start = (gsize) (GUINT32_FROM_BE (number) - 1) * PAGE;
      g_assert_cmpuint (start, <, file_size);
      at = file + start;
      g_assert_cmpmem (at + 4, part, data + done, part);
      add_extent (extents, start, start + 4 + part);
      done += part;
    }

  return extents;
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  WeftStoreOpened opened;
  WeftDatabase *database;
  char *bytes;
  gsize size;

  fixture->folder = make_folder ();
  fixture->path = g_build_filename (fixture->folder, "notes.weft", NULL);
  fixture->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_log_row_free);
  fixture->by_data = g_hash_table_new (g_bytes_hash, g_bytes_equal);

  for (gsize total = 0; total < FILE_SIZE * 95 / 100;)
    {
      gsize row_size = fixture->rows->len % 30 == 29 ? (gsize) g_test_rand_int_range (4000, 30000)
                                                     : (gsize) g_test_rand_int_range (16, 1200);

      add_row (fixture, row_size);
      total += row_size + 60;
    }

  database = open_database (fixture, &opened);
  weft_store_opened_clear (&opened);
  append_rows (fixture, database, 0);
  add_settings (database);
  weft_database_close (database);

  g_assert_true (g_file_get_contents (fixture->path, &bytes, &size, NULL));
  g_assert_cmpuint (size, >, FILE_SIZE * 9 / 10);
  fixture->whole = g_bytes_new_take (bytes, size);
  fixture->extents = g_new (GArray *, fixture->rows->len);
  for (guint i = 0; i < fixture->rows->len; i++)
    fixture->extents[i] = find_extents (fixture->whole, g_ptr_array_index (fixture->rows, i));
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  for (guint i = 0; i < fixture->rows->len; i++)
    g_array_unref (fixture->extents[i]);
  g_free (fixture->extents);
  g_bytes_unref (fixture->whole);
  g_hash_table_unref (fixture->by_data);
  g_ptr_array_unref (fixture->rows);
  remove_folder (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

/* --- Harm ------------------------------------------------------------------------------------------ */

typedef enum
{
  HARM_FLIP,
  HARM_FLIP_SOME,
  HARM_ZERO,
  HARM_FILL,
  HARM_CUT,
  N_HARMS,
} Harm;

static const char *const harm_names[] = { "flip", "flip some", "zero", "fill", "cut" };

/* Harms @bytes at @at; @extent: the bytes that are not what they were. Returns: the new size */
static gsize
do_harm (guint8 *bytes,
         gsize   size,
         Harm    harm,
         gsize   at,
         gsize   length,
         Extent *extent)
{
  length = MIN (length, size - at);
  *extent = (Extent){ at, at + length };

  switch (harm)
    {
    case HARM_FLIP:
      bytes[at] ^= (guint8) g_test_rand_int_range (1, 256);
      extent->end = at + 1;
      break;

    case HARM_FLIP_SOME:
      for (gsize i = 0; i < MIN (length, 64); i++)
        bytes[at + i] ^= (guint8) g_test_rand_int_range (0, 256);
      extent->end = at + MIN (length, 64);
      break;

    case HARM_ZERO:
      memset (bytes + at, 0, length);
      break;

    case HARM_FILL:
      memset (bytes + at, 0xff, length);
      break;

    case HARM_CUT:
      extent->end = size;
      return at;

    case N_HARMS:
    default:
      g_assert_not_reached ();
    }

  return size;
}

static gboolean
is_touched (const GArray *extents,
            const Extent *harmed)
{
  for (guint i = 0; i < extents->len; i++)
    {
      const Extent *extent = &g_array_index (extents, Extent, i);

      if (extent->start < harmed->end && harmed->start < extent->end)
        return TRUE;
    }

  return FALSE;
}

/* Marks in @found the rows that @database has; each must be one that was written, as it was.
 * Returns: how many the database itself reports as damaged */
static guint
find_rows (Fixture      *fixture,
           WeftDatabase *database,
           gboolean     *found)
{
  guint n_damaged = 0;

  for (gsize d = 0; d < G_N_ELEMENTS (doc_ids); d++)
    {
      g_autoptr(GError) error = NULL;
      guint n_left_out = 0;
      g_autoptr(GPtrArray) rows = weft_log_read (database, doc_ids[d], &n_left_out, &error);

      g_assert_no_error (error);
      n_damaged += n_left_out;
      for (guint i = 0; i < rows->len; i++)
        {
          const WeftLogRow *row = g_ptr_array_index (rows, i);
          guint index = GPOINTER_TO_UINT (g_hash_table_lookup (fixture->by_data, row->data));
          const WeftLogRow *written;

          g_assert_cmpuint (index, >, 0);
          written = g_ptr_array_index (fixture->rows, index - 1);
          g_assert_cmpstr (row->doc_id, ==, written->doc_id);
          g_assert_cmpuint (row->kind, ==, written->kind);
          g_assert_cmpint (row->time, ==, written->time);
          g_assert_false (found[index - 1]);
          found[index - 1] = TRUE;
        }
    }

  return n_damaged;
}

/* Returns: how many settings there are; each must be as it was. */
static guint
check_settings (const WeftStoreOpened *opened)
{
  guint n_settings = 0;

  /* Lost only with all that has its name. */
  if (opened->last_seq > 0)
    g_assert_cmpstr (g_hash_table_lookup (opened->settings, WEFT_STORE_NOTEBOOK_ID), ==, NOTEBOOK);
  for (guint i = 1; i < N_SETTINGS; i++)
    {
      g_autofree char *name = g_strdup_printf ("name-%u", i);
      g_autofree char *value = g_strdup_printf ("value of name-%u", i);
      const char *known = g_hash_table_lookup (opened->settings, name);

      if (known != NULL)
        {
          g_assert_cmpstr (known, ==, value);
          n_settings++;
        }
    }

  return n_settings + 1;
}

static void
check_kept (WeftDatabase *database,
            const guint8 *bytes,
            gsize         size)
{
  const char *path = weft_database_get_damaged_path (database);
  g_autofree char *kept = NULL;
  g_autofree char *lock_path = NULL;
  gsize n_kept;

  if (path == NULL)
    return;

  g_assert_nonnull (strstr (path, ".damaged-"));
  g_assert_true (g_file_get_contents (path, &kept, &n_kept, NULL));
  g_assert_cmpmem (kept, n_kept, bytes, size);
  g_unlink (path);
}

static void
check_harm (Fixture *fixture,
            Harm     harm,
            gsize    at,
            gsize    length)
{
  gsize size = g_bytes_get_size (fixture->whole);
  g_autofree guint8 *bytes = g_memdup2 (g_bytes_get_data (fixture->whole, NULL), size);
  g_autofree gboolean *found = g_new0 (gboolean, fixture->rows->len);
  WeftStoreOpened opened = { 0 };
  WeftDatabase *database;
  Extent harmed;
  guint n_damaged, n_settings, n_lost = 0;

  size = do_harm (bytes, size, harm, at, length, &harmed);
  if (harmed.start == harmed.end)
    return;
  g_assert_true (g_file_set_contents (fixture->path, (char *) bytes, (gssize) size, NULL));

  database = open_database (fixture, &opened);
  if (database == NULL)
    {
      g_assert_cmpuint (harmed.start, <, 64);
      return;
    }

  n_damaged = find_rows (fixture, database, found);
  for (guint i = 0; i < fixture->rows->len; i++)
    {
      if (!found[i] && !is_touched (fixture->extents[i], &harmed))
        g_error ("row %u is lost after %s at %" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT " bytes", i,
                 harm_names[harm], at, length);
      n_lost += !found[i];
    }

  n_settings = check_settings (&opened);

  /* Never in silence. */
  if (n_lost > 0)
    g_assert_true (weft_database_get_damaged_path (database) != NULL || n_damaged > 0);
  if (n_settings < N_SETTINGS || weft_database_get_damaged_path (database) != NULL)
    g_assert_nonnull (opened.notice);

  check_kept (database, bytes, size);
  weft_database_close (database);
  weft_store_opened_clear (&opened);
}

static void
test_pages (Fixture      *fixture,
            gconstpointer data)
{
  gsize n_pages = g_bytes_get_size (fixture->whole) / PAGE;
  gboolean is_long = g_getenv ("WEFT_TEST_LONG") != NULL;
  guint n_checked = 0;

  /* The first pages hold what everything hangs on. */
  for (gsize page = 0; page < n_pages; page++)
    for (guint harm = 0; harm < N_HARMS; harm++)
      if (is_long || page < 14 || (page * N_HARMS + harm) % (n_pages * N_HARMS / 140) == 0)
        {
          check_harm (fixture, (Harm) harm, page * PAGE, PAGE);
          n_checked++;
        }

  g_test_message ("%u of %" G_GSIZE_FORMAT " harmed pages", n_checked, n_pages * N_HARMS);
}

static void
test_anywhere (Fixture      *fixture,
               gconstpointer data)
{
  guint n_rounds = g_getenv ("WEFT_TEST_LONG") != NULL ? 20000 : 230;

  for (guint i = 0; i < n_rounds; i++)
    check_harm (fixture, (Harm) g_test_rand_int_range (0, N_HARMS),
                (gsize) g_test_rand_int_range (0, (gint32) g_bytes_get_size (fixture->whole)),
                (gsize) g_test_rand_int_range (1, g_test_rand_int_range (2, 5 * PAGE)));
}

/* --- Harm to the log of a program that was killed -------------------------------------------------- */

#define N_COMMITS 12
#define ROWS_PER_COMMIT 25
#define ROWS_PER_PAGE 160
#define WAL_FRAME (24 + PAGE)

static void
test_log (Fixture      *fixture,
          gconstpointer data)
{
  g_autofree char *wal_path = g_strconcat (fixture->path, "-wal", NULL);
  guint n_rounds = g_getenv ("WEFT_TEST_LONG") != NULL ? 3000 : 60;
  guint first = fixture->rows->len;
  WeftStoreOpened opened = { 0 };
  WeftDatabase *database = open_database (fixture, &opened);
  g_autofree guint8 *file = NULL;
  g_autofree guint8 *wal = NULL;
  gsize file_size, wal_size, last_commit = 0;
  GStatBuf info;

  weft_store_opened_clear (&opened);
  for (guint c = 0; c < N_COMMITS; c++)
    {
      guint from = fixture->rows->len;

      g_assert_cmpint (g_stat (wal_path, &info), ==, 0);
      last_commit = (gsize) info.st_size;
      for (guint i = 0; i < ROWS_PER_COMMIT; i++)
        add_row (fixture, (gsize) g_test_rand_int_range (16, 300));
      append_rows (fixture, database, from);
    }
  g_assert_true (g_file_get_contents (fixture->path, (char **) &file, &file_size, NULL));
  g_assert_true (g_file_get_contents (wal_path, (char **) &wal, &wal_size, NULL));
  weft_database_close (database);

  for (guint round = 0; round < n_rounds; round++)
    {
      g_autofree guint8 *harmed_wal = g_memdup2 (wal, wal_size);
      g_autofree gboolean *found = g_new0 (gboolean, fixture->rows->len);
      /* The header, and then anything before the last commit: there is proof that this was whole once. */
      gsize at = round < 32 ? round : (gsize) g_test_rand_int_range (32, (gint32) last_commit);
      Extent harmed;
      gboolean is_provable;
      guint n_lost = 0;

      do_harm (harmed_wal, last_commit, round % 2 == 0 ? HARM_FLIP : HARM_ZERO, at, round < 32 ? 1 : 200, &harmed);
      /* Without the header of the frame before the last commit nothing tells that this was not a power cut in the
       * middle of that commit. */
      is_provable = harmed.end <= last_commit - WAL_FRAME || harmed.start >= last_commit - PAGE;
      g_assert_true (g_file_set_contents (fixture->path, (char *) file, (gssize) file_size, NULL));
      g_assert_true (g_file_set_contents (wal_path, (char *) harmed_wal, (gssize) wal_size, NULL));

      opened = (WeftStoreOpened){ 0 };
      database = open_database (fixture, &opened);
      g_assert_nonnull (database);
      find_rows (fixture, database, found);
      for (guint i = 0; i < fixture->rows->len; i++)
        {
          if (i < first)
            g_assert_true (found[i]);
          n_lost += !found[i];
        }
      g_assert_cmpuint (n_lost, <, ROWS_PER_PAGE);
      if (is_provable && memcmp (wal, harmed_wal, wal_size) != 0)
        {
          g_assert_nonnull (weft_database_get_damaged_path (database));
          g_assert_nonnull (opened.notice);
        }
      check_settings (&opened);

      check_kept (database, file, file_size);
      weft_database_close (database);
      weft_store_opened_clear (&opened);
      remove_folder (fixture->folder);
      g_assert_cmpint (g_mkdir (fixture->folder, 0700), ==, 0);
    }

  while (fixture->rows->len > first)
    {
      g_hash_table_remove (fixture->by_data,
                           ((WeftLogRow *) g_ptr_array_index (fixture->rows, fixture->rows->len - 1))->data);
      g_ptr_array_set_size (fixture->rows, (gint) fixture->rows->len - 1);
    }
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/store/damage/pages", test_pages);
  ADD ("/store/damage/anywhere", test_anywhere);
  ADD ("/store/damage/log", test_log);
#undef ADD

  return g_test_run ();
}
