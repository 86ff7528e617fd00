/* test-faults.c - the store on a disk that loses power, or fails at its n-th call
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * 1,000 disks as power cuts leave them, 50,000 with WEFT_TEST_LONG=1; and each kind of failure at every
 * call there is.
 */

#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/fault-vfs.h"
#include "store/numbered-edits.h"
#include "support/test-seed.h"

#define FILE_NAME "notes.weft"
/* As weft-database.c writes it. */
#define LOCK_MARK "Weft keeps this file while the database beside it is in use.\n"
#define MADE_MARK "The database was made.\n"
#define N_SESSIONS 12
/* A mark: how many edits of a session are acknowledged. */
#define MARK(session, n_edits) ((guint64) (session) << 32 | (n_edits))

typedef struct
{
  char *folder;
  char *path;
} Fixture;

static char *
make_folder (void)
{
  g_autofree char *folder = g_strdup ("/dev/shm/weft-test-XXXXXX");

  if (g_mkdtemp (folder) != NULL)
    return g_steal_pointer (&folder);

  return g_dir_make_tmp ("weft-test-XXXXXX", NULL);
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  fixture->folder = make_folder ();
  fixture->path = g_build_filename (fixture->folder, FILE_NAME, NULL);
}

static void
empty_folder (Fixture *fixture)
{
  remove_folder (fixture->folder);
  g_assert_cmpint (g_mkdir (fixture->folder, 0700), ==, 0);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  remove_folder (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

/* --- Power cuts ------------------------------------------------------------------------------------ */

typedef struct
{
  guint   session;
  guint64 start;
} Marker;

static void
committed_cb (WeftStore  *store,
              const char *doc_id,
              guint64     seq,
              Marker     *marker)
{
  fault_vfs_mark (MARK (marker->session, seq - marker->start));
}

/* A session of edits, flushes, compactions, sometimes so much that the log is brought into the file. */
static void
run_session (Fixture *fixture,
             guint    session)
{
  WeftStore *store = open_store (fixture->path);
  Marker marker = { session, weft_store_get_committed_seq (store) };
  g_autoptr(GBytes) padding = NULL;
  NumberedEdits edits;

  fault_vfs_mark (MARK (session, 0));
  g_signal_connect (store, "committed", G_CALLBACK (committed_cb), &marker);
  numbered_edits_init (&edits, store, session);

  for (guint i = 0; i < 60; i++)
    {
      numbered_edits_add (&edits);
      if (g_test_rand_int_range (0, 6) == 0)
        flush (store, NULL);
      if (g_test_rand_int_range (0, 15) == 0)
        weft_store_compact_async (store, numbered_docs[i % 2], NULL, NULL, NULL);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }

  /* Only one session in three is long: its journal fills the log beyond the size that brings it in. */
  if (session % 3 == 2)
    for (guint i = 0; i < 9; i++)
      {
        g_autofree guint8 *bytes = g_malloc (500 * 1024);

        memset (bytes, (int) (i + session), 500 * 1024);
        padding = g_bytes_new (bytes, 500 * 1024);
        weft_store_set_journal (store, "padding", padding);
        g_clear_pointer (&padding, g_bytes_unref);
        numbered_edits_add (&edits);
        g_assert_true (flush (store, NULL));
      }
  weft_store_set_journal (store, "padding", NULL);

  /* Whoever lets go without closing leaves a log behind. */
  close_store (store);
  numbered_edits_clear (&edits);
}

static int
compare_numbers (gconstpointer a,
                 gconstpointer b)
{
  guint x = *(const guint *) a;
  guint y = *(const guint *) b;

  return x < y ? -1 : x > y;
}

static void
write_lock (Fixture *fixture,
            gboolean made)
{
  g_autofree char *path = g_strconcat (fixture->path, "-lock", NULL);

  g_assert_true (g_file_set_contents (path, made ? LOCK_MARK MADE_MARK : LOCK_MARK, -1, NULL));
}

static void
test_power_cut (Fixture      *fixture,
                gconstpointer data)
{
  guint n_images = g_getenv ("WEFT_TEST_LONG") != NULL ? 50000 : 1000;
  g_autofree guint *cuts = g_new (guint, n_images);
  FaultDisk *disk = fault_disk_new ();

  fault_vfs_record (fixture->folder);
  for (guint session = 0; session < N_SESSIONS; session++)
    run_session (fixture, session);
  fault_vfs_stop ();

  for (guint i = 0; i < n_images; i++)
    cuts[i] = (guint) g_test_rand_int_range (0, (gint32) fault_vfs_get_n_ops () + 1);
  qsort (cuts, n_images, sizeof *cuts, compare_numbers);

  for (guint i = 0; i < n_images; i++)
    {
      guint32 acknowledged[N_SESSIONS] = { 0 };
      GArray *marks;

      fault_disk_play (disk, cuts[i]);
      marks = fault_disk_get_marks (disk);
      for (guint m = 0; m < marks->len; m++)
        {
          guint64 mark = g_array_index (marks, guint64, m);

          acknowledged[mark >> 32] = MAX (acknowledged[mark >> 32], (guint32) mark);
        }

      empty_folder (fixture);
      write_lock (fixture, marks->len > 0);
      fault_disk_cut (disk, fixture->folder);
      numbered_edits_check (fixture->path, acknowledged, N_SESSIONS);
    }

  g_test_message ("%u power cuts in %u calls", n_images, fault_vfs_get_n_ops ());
  fault_disk_free (disk);
}

/* --- The n-th failing call ------------------------------------------------------------------------- */

/* What is said must be what it is. */
static void
check_error (const GError *error,
             Fault         fault)
{
  g_assert_nonnull (error);
  g_assert_cmpstr (error->message, !=, "");
  g_assert_true (error->domain == WEFT_STORE_ERROR);

  switch (fault)
    {
    case FAULT_FULL:
      g_assert_cmpint (error->code, ==, WEFT_STORE_ERROR_FULL);
      break;
    case FAULT_BUSY:
      g_assert_cmpint (error->code, ==, WEFT_STORE_ERROR_IN_USE);
      break;
    case FAULT_SHORT_READ:
      break;
    case FAULT_IO:
    case FAULT_LOCK:
    case N_FAULTS:
    default:
      g_assert_cmpint (error->code, ==, WEFT_STORE_ERROR_FAILED);
    }
}

typedef struct
{
  Fault    fault;
  guint32 *acknowledged;
  guint64  start;
} Run;

static void
note_committed_cb (WeftStore  *store,
                   const char *doc_id,
                   guint64     seq,
                   Run        *run)
{
  *run->acknowledged = (guint32) (seq - run->start);
}

static void
flush_or_say (WeftStore *store,
              Run       *run)
{
  g_autoptr(GError) error = NULL;

  if (!flush (store, &error))
    {
      check_error (error, run->fault);
      while (weft_store_get_state (store) != WEFT_STORE_NOT_SAVED)
        g_main_context_iteration (NULL, TRUE);
      check_error (weft_store_get_error (store), run->fault);
    }
}

/* The last reference to a store may end on its thread, which then lets go of the file a moment later. */
static void
wait_until_free (const char *path)
{
  g_autofree char *lock_path = g_strconcat (path, "-lock", NULL);
  int fd = g_open (lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  g_assert_cmpint (flock (fd, LOCK_EX), ==, 0);
  close (fd);
}

/* A short life: opening, edits, a compaction, a close. Returns: whether all of it is said to be on the disk */
static gboolean
live (const char *path,
      guint       session,
      Run        *run,
      guint      *n_edits)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  WeftStore *store = try_open (path, &error);
  NumberedEdits edits;
  gboolean closed;

  *n_edits = 0;
  if (store == NULL)
    {
      check_error (error, run->fault);
      return FALSE;
    }

  run->start = weft_store_get_committed_seq (store);
  g_signal_connect (store, "committed", G_CALLBACK (note_committed_cb), run);
  numbered_edits_init (&edits, store, session);
  for (guint i = 0; i < 6; i++)
    {
      numbered_edits_add (&edits);
      if (i % 2 == 1)
        flush_or_say (store, run);
    }
  if (!compact (store, numbered_docs[0], &error))
    g_clear_error (&error);

  weft_store_close_async (store, NULL, take_result_cb, &result);
  closed = weft_store_close_finish (store, wait_for (&result), &error);
  if (!closed)
    check_error (error, run->fault);
  *n_edits = edits.n_edits;
  g_object_unref (store);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  numbered_edits_clear (&edits);
  g_clear_object (&result);
  wait_until_free (path);

  return closed;
}

typedef struct
{
  const char *path;
  Fault       fault;
  gboolean    for_ever;
  gboolean    is_new;
} FaultCase;

/* Every call of that life once. */
static void
test_nth_call (Fixture      *fixture,
               gconstpointer data)
{
  const FaultCase *row = data;
  gboolean fired = TRUE;
  guint n;

  for (n = 1; fired; n++)
    {
      guint32 acknowledged[2] = { 0 };
      guint n_edits;
      Run run = { row->fault, &acknowledged[0], 0 };
      gboolean saved;

      g_assert_cmpuint (n, <, 5000);
      empty_folder (fixture);
      if (!row->is_new)
        {
          g_assert_true (live (fixture->path, 0, &run, &n_edits));
          g_assert_cmpuint (acknowledged[0], ==, n_edits);
          run.acknowledged = &acknowledged[1];
        }

      fault_vfs_arm (row->fault, n, row->for_ever);
      saved = live (fixture->path, row->is_new ? 0 : 1, &run, &n_edits);
      fired = fault_vfs_disarm ();

      if (saved)
        *run.acknowledged = n_edits;
      if (!fired)
        g_assert_true (saved);

      /* A failure is no damage, and what was acknowledged is there. A read that lies may look like damage. */
      if (row->fault != FAULT_SHORT_READ)
        numbered_edits_check (fixture->path, acknowledged, 2);
      else
        numbered_edits_check_found (fixture->path, acknowledged, 2);
    }

  g_test_message ("%s: %u calls", row->path, n - 2);
}

static const FaultCase fault_cases[] = {
  { "/store/faults/nth/io-error/once", FAULT_IO, FALSE, FALSE },
  { "/store/faults/nth/io-error/for-ever", FAULT_IO, TRUE, FALSE },
  { "/store/faults/nth/io-error/new-file", FAULT_IO, FALSE, TRUE },
  { "/store/faults/nth/io-error/new-file-for-ever", FAULT_IO, TRUE, TRUE },
  { "/store/faults/nth/full/once", FAULT_FULL, FALSE, FALSE },
  { "/store/faults/nth/full/for-ever", FAULT_FULL, TRUE, FALSE },
  { "/store/faults/nth/full/new-file", FAULT_FULL, TRUE, TRUE },
  { "/store/faults/nth/short-read", FAULT_SHORT_READ, FALSE, FALSE },
  { "/store/faults/nth/lock/once", FAULT_LOCK, FALSE, FALSE },
  { "/store/faults/nth/lock/for-ever", FAULT_LOCK, TRUE, FALSE },
  { "/store/faults/nth/busy", FAULT_BUSY, FALSE, FALSE },
};

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  fault_vfs_install ();

  g_test_add ("/store/faults/power-cut", Fixture, NULL, set_up, test_power_cut, tear_down);
  for (gsize i = 0; i < G_N_ELEMENTS (fault_cases); i++)
    g_test_add (fault_cases[i].path, Fixture, &fault_cases[i], set_up, test_nth_call, tear_down);

  return g_test_run ();
}
