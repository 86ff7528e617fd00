/* test-backend.c - what one may rely on in every database of the relay
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every test runs over SQLite, and over PostgreSQL where tests/support/postgres.sh has started one
 * (WEFT_TEST_POSTGRES).
 */

#include "config.h"

#include "crdt/weft-type.h"
#include "relay/weft-relay-accounts.h"
#include "relay/weft-relay-postgres.h"
#include "relay/weft-relay-sqlite.h"

#include <glib/gstdio.h>
#include <string.h>

#ifdef WEFT_HAVE_POSTGRES
#include <libpq-fe.h>
#endif

typedef struct
{
  gboolean          postgres;
  char             *folder; /* or, with @postgres, the address with a schema of its own */
  WeftRelayBackend *backend;
} Fixture;

static WeftRelayBackend *
open_again (Fixture *fixture)
{
  g_autoptr(GError) error = NULL;
  WeftRelayBackend *backend = NULL;

#ifdef WEFT_HAVE_POSTGRES
  if (fixture->postgres)
    backend = weft_relay_postgres_open (fixture->folder, FALSE, &error);
#endif
  if (!fixture->postgres)
    backend = weft_relay_sqlite_open (fixture->folder, FALSE, &error);

  g_assert_no_error (error);
  return backend;
}

/* A schema is a fresh database in all that matters. */
static char *
make_schema (const char *url)
{
  g_autofree char *schema = g_strdup_printf ("test%08x", g_random_int ());

#ifdef WEFT_HAVE_POSTGRES
  g_autofree char *sql = g_strdup_printf ("CREATE SCHEMA %s", schema);
  PGconn *connection = PQconnectdb (url);
  PGresult *result = PQexec (connection, sql);

  g_assert_cmpint (PQresultStatus (result), ==, PGRES_COMMAND_OK);
  PQclear (result);
  PQfinish (connection);
#endif

  return g_strdup_printf ("%s&options=-csearch_path%%3D%s", url, schema);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr(GError) error = NULL;

  fixture->postgres = GPOINTER_TO_INT (data);
  fixture->folder = fixture->postgres ? make_schema (g_getenv ("WEFT_TEST_POSTGRES"))
                                      : g_dir_make_tmp ("weft-backend-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->backend = open_again (fixture);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  fixture->backend->funcs->close (fixture->backend);
  if (!fixture->postgres)
    {
      static const char *const names[] = { "", "-wal", "-shm", ".lock", NULL };

      for (int i = 0; names[i] != NULL; i++)
        {
          g_autofree char *path = g_strconcat (fixture->folder, "/", WEFT_RELAY_SQLITE_FILE, names[i], NULL);

          g_remove (path);
        }
      g_rmdir (fixture->folder);
    }
  g_free (fixture->folder);
}

static GBytes *
bytes (const char *text)
{
  return g_bytes_new (text, strlen (text));
}

static void
begin (WeftRelayBackend *backend)
{
  g_autoptr(GError) error = NULL;

  backend->funcs->begin (backend, &error);
  g_assert_no_error (error);
}

static void
commit (WeftRelayBackend *backend)
{
  g_autoptr(GError) error = NULL;

  backend->funcs->commit (backend, &error);
  g_assert_no_error (error);
}

static guint64
append (WeftRelayBackend *backend,
        const char       *room,
        GBytes           *update)
{
  g_autoptr(GError) error = NULL;
  guint64 version = 0;

  backend->funcs->append (backend, room, update, &version, &error);
  g_assert_no_error (error);
  return version;
}

static guint64
append_text (WeftRelayBackend *backend,
             const char       *room,
             const char       *text)
{
  g_autoptr(GBytes) update = bytes (text);

  return append (backend, room, update);
}

/* What is in @room, joined by "|". */
static char *
load (WeftRelayBackend *backend,
      const char       *room,
      guint64          *version,
      guint            *n_log)
{
  g_autoptr(GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(GError) error = NULL;
  GString *joined = g_string_new (NULL);
  guint n_damaged;

  backend->funcs->load (backend, room, updates, version, n_log, &n_damaged, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_damaged, ==, 0);
  for (guint i = 0; i < updates->len; i++)
    {
      gsize size;
      const char *data = g_bytes_get_data (updates->pdata[i], &size);

      g_string_append_len (joined, data, (gssize) size);
      g_string_append_c (joined, '|');
    }

  return g_string_free (joined, FALSE);
}

static void
assert_room (WeftRelayBackend *backend,
             const char       *room,
             const char       *content,
             guint64           wanted_version,
             guint             wanted_log)
{
  guint64 version;
  guint n_log;
  g_autofree char *joined = load (backend, room, &version, &n_log);

  g_assert_cmpstr (joined, ==, content);
  g_assert_cmpuint (version, ==, wanted_version);
  g_assert_cmpuint (n_log, ==, wanted_log);
}

static void
test_append (Fixture       *fixture,
             gconstpointer  data)
{
  WeftRelayBackend *backend = fixture->backend;
  static const char odd[] = "odd ' \" \\ % 字 \t";

  assert_room (backend, "none", "", 0, 0);
  begin (backend);
  g_assert_cmpuint (append_text (backend, "a", "one"), ==, 1);
  g_assert_cmpuint (append_text (backend, "a", "two"), ==, 2);
  g_assert_cmpuint (append_text (backend, odd, ""), ==, 1);
  g_assert_cmpuint (append_text (backend, "A", "upper"), ==, 1);
  commit (backend);
  begin (backend);
  g_assert_cmpuint (append_text (backend, "a", "three"), ==, 3);
  commit (backend);

  backend->funcs->close (backend);
  backend = fixture->backend = open_again (fixture);
  assert_room (backend, "a", "one|two|three|", 3, 3);
  assert_room (backend, "A", "upper|", 1, 1);
  assert_room (backend, odd, "|", 1, 1);
}

/* What is rolled back is not there, and its versions are given again. */
static void
test_rollback (Fixture       *fixture,
               gconstpointer  data)
{
  WeftRelayBackend *backend = fixture->backend;

  begin (backend);
  append_text (backend, "a", "one");
  commit (backend);
  begin (backend);
  append_text (backend, "a", "two");
  append_text (backend, "b", "new room");
  backend->funcs->rollback (backend);
  assert_room (backend, "a", "one|", 1, 1);
  assert_room (backend, "b", "", 0, 0);
  begin (backend);
  g_assert_cmpuint (append_text (backend, "a", "two again"), ==, 2);
  commit (backend);
}

static void
test_large (Fixture       *fixture,
            gconstpointer  data)
{
  gsize size = 11 * 1024 * 1024;
  guint8 *raw = g_malloc (size);
  g_autoptr(GBytes) large = NULL;
  g_autoptr(GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(GError) error = NULL;
  guint64 version;
  guint n_log;
  guint n_damaged;

  for (gsize i = 0; i < size; i++)
    raw[i] = (guint8) (i * 2654435761u >> 13);
  large = g_bytes_new_take (raw, size);

  begin (fixture->backend);
  append (fixture->backend, "large", large);
  commit (fixture->backend);
  g_assert_true (fixture->backend->funcs->load (fixture->backend, "large", updates, &version, &n_log, &n_damaged, &error));
  g_assert_true (g_bytes_equal (updates->pdata[0], large));
}

static GBytes *
edit (WeftDoc    *doc,
      const char *text)
{
  g_autoptr(WeftStateVector) before = weft_doc_get_state_vector (doc);

  weft_text_insert (weft_doc_get_text (doc, "t"), 0, text, -1, NULL);
  return weft_doc_encode_diff (doc, before);
}

static void
test_compact (Fixture       *fixture,
              gconstpointer  data)
{
  WeftRelayBackend *backend = fixture->backend;
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(GBytes) snapshot = NULL;
  g_autoptr(GBytes) later = NULL;
  g_autoptr(GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(GError) error = NULL;
  guint64 version;
  guint n_log;
  guint n_damaged;

  begin (backend);
  for (int i = 0; i < 5; i++)
    {
      g_autoptr(GBytes) update = edit (doc, "word ");

      append (backend, "room", update);
    }
  commit (backend);
  snapshot = weft_doc_encode_state (doc);
  later = edit (doc, "later ");
  begin (backend);
  append (backend, "room", later);
  commit (backend);

  begin (backend);
  g_assert_true (backend->funcs->compact (backend, "room", snapshot, 5, &error));
  g_assert_no_error (error);
  commit (backend);

  g_assert_true (backend->funcs->load (backend, "room", updates, &version, &n_log, &n_damaged, &error));
  g_assert_cmpuint (version, ==, 6);
  g_assert_cmpuint (n_log, ==, 1);
  g_assert_cmpuint (updates->len, ==, 2);
  g_assert_true (g_bytes_equal (updates->pdata[0], snapshot));
  g_assert_true (g_bytes_equal (updates->pdata[1], later));
}

/* A relay that has not heard of what another one stored must not compact it away. */
static void
test_compact_is_careful (Fixture       *fixture,
                         gconstpointer  data)
{
  WeftRelayBackend *backend = fixture->backend;
  g_autoptr(WeftDoc) mine = weft_doc_new ();
  g_autoptr(WeftDoc) theirs = weft_doc_new ();
  g_autoptr(GBytes) my_update = edit (mine, "mine");
  g_autoptr(GBytes) their_update = edit (theirs, "theirs");
  g_autoptr(GBytes) snapshot = weft_doc_encode_state (mine);
  g_autoptr(GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(GError) error = NULL;
  guint64 version;
  guint n_log;
  guint n_damaged;

  begin (backend);
  append (backend, "room", my_update);
  append (backend, "room", their_update);
  commit (backend);
  begin (backend);
  g_assert_true (backend->funcs->compact (backend, "room", snapshot, 2, &error));
  commit (backend);
  g_assert_true (backend->funcs->load (backend, "room", updates, &version, &n_log, &n_damaged, &error));
  g_assert_cmpuint (updates->len, ==, 2);
  g_assert_cmpuint (n_log, ==, 2);
}

typedef struct
{
  Fixture *fixture;
  int      number;
} Writer;

static gpointer
write_many (gpointer data)
{
  Writer *writer = data;
  WeftRelayBackend *backend = open_again (writer->fixture);

  for (int i = 0; i < 50; i++)
    {
      /* In another order each. */
      begin (backend);
      append_text (backend, writer->number % 2 ? "a" : "b", "x");
      append_text (backend, writer->number % 2 ? "b" : "a", "y");
      commit (backend);
    }
  backend->funcs->close (backend);
  return NULL;
}

/* Several relays append at once: versions have no gap and no twin. */
static void
test_many_writers (Fixture       *fixture,
                   gconstpointer  data)
{
  Writer writers[4];
  GThread *threads[G_N_ELEMENTS (writers)];

  for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
    {
      writers[i] = (Writer){ fixture, (int) i };
      threads[i] = g_thread_new ("writer", write_many, &writers[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
    g_thread_join (threads[i]);

  for (int i = 0; i < 2; i++)
    {
      guint64 version;
      guint n_log;
      g_autofree char *joined = load (fixture->backend, i ? "a" : "b", &version, &n_log);

      g_assert_cmpuint (version, ==, 200);
      g_assert_cmpuint (n_log, ==, 200);
    }
}

static void
test_settings (Fixture       *fixture,
               gconstpointer  data)
{
  WeftRelayBackend *backend = fixture->backend;
  g_autoptr(GError) error = NULL;
  g_autofree char *none = backend->funcs->get_setting (backend, "s", &error);
  g_autofree char *value = NULL;

  g_assert_no_error (error);
  g_assert_null (none);
  g_assert_true (backend->funcs->put_setting (backend, "s", "one", &error));
  g_assert_true (backend->funcs->put_setting (backend, "s", "two's", &error));
  value = backend->funcs->get_setting (backend, "s", &error);
  g_assert_cmpstr (value, ==, "two's");
}

static void
test_accounts (Fixture       *fixture,
               gconstpointer  data)
{
  WeftRelayBackend *backend = fixture->backend;
  g_auto(WeftRelaySql) sql = { 0 };
  g_autofree char *ana = NULL;
  g_autoptr(WeftRelayRows) rows = NULL;

  begin (backend);
  weft_relay_sql_init (&sql, backend->funcs->query, backend);
  ana = weft_relay_accounts_add_user (&sql, "Ana ' Ω", NULL, 5000000000000);
  rows = weft_relay_sql_query (&sql, "SELECT name, email, created_ms FROM users WHERE id = ?1 AND created_ms = ?2", "si", ana,
                               (gint64) 5000000000000);
  g_assert_no_error (sql.error);
  g_assert_cmpuint (weft_relay_rows_get_n (rows), ==, 1);
  g_assert_cmpstr (weft_relay_rows_get_text (rows, 0, 0), ==, "Ana ' Ω");
  g_assert_null (weft_relay_rows_get_text (rows, 0, 1));
  g_assert_cmpint (weft_relay_rows_get_int64 (rows, 0, 2), ==, 5000000000000);
  commit (backend);

  /* Sticky after a failure, which takes the transaction with it. */
  begin (backend);
  weft_relay_sql_run (&sql, "INSERT INTO users (id, name, created_ms) VALUES (?1, 'x', 1)", "s", ana);
  g_assert_nonnull (sql.error);
  g_assert_cmpuint (weft_relay_sql_run (&sql, "SELECT 1", ""), ==, 0);
  backend->funcs->rollback (backend);
}

/* The server goes away and comes back: nothing is called stored that is not, and it goes on by itself. */
static void
test_server_away (Fixture       *fixture,
                  gconstpointer  data)
{
  WeftRelayBackend *backend = fixture->backend;
  const char *ctl = g_getenv ("WEFT_TEST_POSTGRES_CTL");
  g_autofree char *kill = g_strconcat (ctl != NULL ? ctl : "", " kill", NULL);
  g_autofree char *start = g_strconcat (ctl != NULL ? ctl : "", " start", NULL);
  g_autoptr(GError) error = NULL;
  gint64 until_us;

  if (ctl == NULL)
    {
      g_test_skip ("there is no server to stop");
      return;
    }

  begin (backend);
  append_text (backend, "a", "one");
  commit (backend);
  begin (backend);
  append_text (backend, "a", "never");
  g_assert_cmpint (g_spawn_command_line_sync (kill, NULL, NULL, NULL, NULL), ==, TRUE);
  g_assert_false (backend->funcs->commit (backend, &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_clear_error (&error);
  g_assert_false (backend->funcs->begin (backend, &error));
  g_clear_error (&error);

  g_assert_true (g_spawn_command_line_sync (start, NULL, NULL, NULL, NULL));
  until_us = g_get_monotonic_time () + 120 * G_USEC_PER_SEC;
  while (!backend->funcs->begin (backend, NULL))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, until_us);
      g_usleep (50000);
    }
  g_assert_cmpuint (append_text (backend, "a", "two"), ==, 2);
  commit (backend);
  assert_room (backend, "a", "one|two|", 2, 2);
}

#ifdef WEFT_HAVE_POSTGRES
static void
test_unreachable (void)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (weft_relay_postgres_open ("postgresql:///weft?host=%2Fnonexistent", FALSE, &error));
  g_assert_nonnull (strstr (error->message, "cannot be reached"));
}
#endif

/* @shared: only where several relays may share the database */
static void
add (const char *name,
     gboolean    shared,
     void      (*func) (Fixture *, gconstpointer))
{
  for (int postgres = shared; postgres < 2; postgres++)
    {
      g_autofree char *path = g_strdup_printf ("/backend/%s/%s", postgres ? "postgresql" : "sqlite", name);

      if (!postgres || g_getenv ("WEFT_TEST_POSTGRES") != NULL)
        g_test_add (path, Fixture, GINT_TO_POINTER (postgres), set_up, func, tear_down);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add ("append", FALSE, test_append);
  add ("rollback", FALSE, test_rollback);
  add ("large", FALSE, test_large);
  add ("compact", FALSE, test_compact);
  add ("compact-is-careful", TRUE, test_compact_is_careful);
  add ("many-writers", TRUE, test_many_writers);
  add ("settings", FALSE, test_settings);
  add ("accounts", FALSE, test_accounts);
  add ("server-away", TRUE, test_server_away);
#ifdef WEFT_HAVE_POSTGRES
  g_test_add_func ("/backend/postgresql/unreachable", test_unreachable);
#endif

  return g_test_run ();
}
