/* test-crash.c - writers killed at any moment, and two programs at one file
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The test itself stays without threads, so that it can fork: writers, which are killed, and readers,
 * which open what is left and check it. 200 kills and 500 pairs; WEFT_TEST_LONG=1 makes it 10,000 kills.
 */

#include "config.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/numbered-edits.h"
#include "support/test-seed.h"

/* A new file after so many kills: documents stay small, and creation is interrupted too. */
#define SESSIONS_PER_FILE 20
#define COMPACT_EVERY 20
#define FLUSH_EVERY 3
/* µs: while it opens; after its first commit. */
#define OPENING_SPAN 12000
#define WORKING_SPAN 25000

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
  remove_folder (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

/* --- The writer ------------------------------------------------------------------------------------ */

typedef struct
{
  int     fd;
  guint64 start;
} Teller;

static void
committed_cb (WeftStore  *store,
              const char *doc_id,
              guint64     seq,
              Teller     *teller)
{
  guint32 n_edits = (guint32) (seq - teller->start);

  /* From here on so many edits must survive. */
  if (write (teller->fd, &n_edits, sizeof n_edits) != sizeof n_edits)
    _exit (1);
}

/* Writes numbered edits to two documents in turn, for ever. */
static void
write_for_ever (const char *path,
                guint       session,
                int         fd)
{
  WeftStore *store = open_store (path);
  Teller teller = { fd, weft_store_get_committed_seq (store) };
  NumberedEdits edits;

  numbered_edits_init (&edits, store, session);
  g_signal_connect (store, "committed", G_CALLBACK (committed_cb), &teller);

  for (guint i = 0;; i++)
    {
      numbered_edits_add (&edits);
      if (i % COMPACT_EVERY == COMPACT_EVERY - 1)
        weft_store_compact_async (store, numbered_docs[i / COMPACT_EVERY % G_N_ELEMENTS (numbered_docs)], NULL,
                                  NULL, NULL);
      if (i % FLUSH_EVERY == 0)
        weft_store_flush_async (store, NULL, NULL, NULL);

      /* As fast as the disk allows. */
      while (weft_store_get_n_queued (store) > 20)
        g_main_context_iteration (NULL, TRUE);
    }
}

/* Runs in a process of its own what would start threads here. */
static void
check_in_child (const char    *path,
                const guint32 *acknowledged,
                guint          n_sessions)
{
  int status;
  pid_t pid = fork ();

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      numbered_edits_check (path, acknowledged, n_sessions);
      _exit (0);
    }

  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
}

/* --- The tests ------------------------------------------------------------------------------------- */

/* Returns: how many edits of the session were acknowledged before it was killed */
static guint32
kill_writer (const char *path,
             guint       session)
{
  gboolean while_opening = g_test_rand_int_range (0, 5) == 0;
  guint32 acknowledged = 0;
  guint32 n_edits;
  int status;
  int fds[2];
  pid_t pid;

  g_assert_cmpint (pipe (fds), ==, 0);
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      close (fds[0]);
      /* A fork has the random numbers of its siblings, and two sessions must not be one client. */
      g_random_set_seed ((guint32) getpid ());
      write_for_ever (path, session, fds[1]);
    }

  close (fds[1]);
  if (while_opening)
    g_usleep ((gulong) g_test_rand_int_range (0, OPENING_SPAN));
  else
    {
      g_assert_cmpint (read (fds[0], &acknowledged, sizeof acknowledged), ==, sizeof acknowledged);
      g_usleep ((gulong) g_test_rand_int_range (0, WORKING_SPAN));
    }

  kill (pid, SIGKILL);
  while (read (fds[0], &n_edits, sizeof n_edits) == sizeof n_edits)
    acknowledged = MAX (acknowledged, n_edits);
  close (fds[0]);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFSIGNALED (status));
  g_assert_cmpint (WTERMSIG (status), ==, SIGKILL);

  return acknowledged;
}

static void
test_kill (Fixture      *fixture,
           gconstpointer data)
{
  guint n_kills = g_getenv ("WEFT_TEST_LONG") != NULL ? 10000 : 200;
  guint32 acknowledged[SESSIONS_PER_FILE] = { 0 };
  guint64 n_edits = 0;
  guint session = 0;

  for (guint i = 0; i < n_kills; i++)
    {
      acknowledged[session] = kill_writer (fixture->path, session);
      n_edits += acknowledged[session];
      session++;
      check_in_child (fixture->path, acknowledged, session);
      if (i % 1000 == 999)
        g_test_message ("%u kills so far", i + 1);

      if (session == SESSIONS_PER_FILE)
        {
          remove_folder (fixture->folder);
          g_assert_cmpint (g_mkdir (fixture->folder, 0700), ==, 0);
          memset (acknowledged, 0, sizeof acknowledged);
          session = 0;
        }
    }

  g_test_message ("%u kills, %" G_GUINT64_FORMAT " acknowledged edits, none lost", n_kills, n_edits);
}

/* What became of one of two programs that want the same file. */
enum
{
  GOT_IT,
  WAS_REFUSED,
};

static void
be_rival (const char *path,
          int         go,
          int         tell)
{
  g_autoptr(GError) error = NULL;
  WeftStore *store;
  char byte;

  /* Both wait for one starting shot. */
  if (read (go, &byte, 1) != 0)
    _exit (2);

  store = try_open (path, &error);
  byte = store != NULL ? GOT_IT : WAS_REFUSED;
  if (store == NULL && !g_error_matches (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_IN_USE))
    _exit (3);
  if (write (tell, &byte, 1) != 1)
    _exit (4);

  /* The winner keeps it until it is killed: a lock that is left over is no obstacle next time. */
  for (;;)
    pause ();
}

static void
test_two_at_once (Fixture      *fixture,
                  gconstpointer data)
{
  static const guint32 none[1] = { 0 };

  for (guint i = 0; i < 500; i++)
    {
      int go[2];
      int tell[2];
      pid_t rivals[2];
      char answers[2] = { WAS_REFUSED, WAS_REFUSED };

      g_assert_cmpint (pipe (go), ==, 0);
      g_assert_cmpint (pipe (tell), ==, 0);
      for (guint r = 0; r < 2; r++)
        {
          /* The shot is the end of the pipe, so no rival may hold its other end. */
          rivals[r] = fork ();
          g_assert_cmpint (rivals[r], >=, 0);
          if (rivals[r] == 0)
            {
              close (go[1]);
              close (tell[0]);
              be_rival (fixture->path, go[0], tell[1]);
            }
        }
      close (go[0]);
      close (tell[1]);
      close (go[1]);

      for (guint r = 0; r < 2; r++)
        g_assert_cmpint (read (tell[0], &answers[r], 1), ==, 1);
      close (tell[0]);
      g_assert_cmpint (answers[0] + answers[1], ==, GOT_IT + WAS_REFUSED);

      for (guint r = 0; r < 2; r++)
        {
          int status;

          kill (rivals[r], SIGKILL);
          g_assert_cmpint (waitpid (rivals[r], &status, 0), ==, rivals[r]);
          g_assert_true (WIFSIGNALED (status));
        }

      /* Now and then the file is new again. */
      if (i % 10 == 9)
        {
          check_in_child (fixture->path, none, 1);
          remove_folder (fixture->folder);
          g_assert_cmpint (g_mkdir (fixture->folder, 0700), ==, 0);
        }
    }
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/store/crash/kill", test_kill);
  ADD ("/store/crash/two-at-once", test_two_at_once);
#undef ADD

  return g_test_run ();
}
