/* test-store.c - updates, documents, settings; killed, full, compacted
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crdt/weft-type.h"
#include "store/store-support.h"
#include "store/weft-store-worker.h"
#include "store/weft-database-private.h"
#include "store/weft-update-log.h"
#include "support/test-seed.h"

#define DOC   "nnnnnnnnnnnnnnnnnnnnnnnnnn/pppppppppppppppppppppppppp"
#define RELAY "wss://relay.example"

typedef struct
{
  char      *folder;
  char      *path;
  WeftStore *store;
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
  g_clear_object (&fixture->store);
  remove_folder (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static void
assert_text (WeftDoc    *doc,
             const char *expected)
{
  g_autofree char *text = weft_text_to_string (weft_doc_get_text (doc, "quill"));

  g_assert_cmpstr (text, ==, expected);
}

static void
append_cb (WeftDoc      *doc,
           GBytes       *update,
           gconstpointer origin,
           gboolean      local,
           gpointer      user_data)
{
  weft_store_append_update (user_data, DOC, update, WEFT_UPDATE_LOCAL);
}

/* A document whose edits go to @store. */
static WeftDoc *
new_writer (WeftStore *store)
{
  const WeftDocObserver observer = { .update = append_cb };
  WeftDoc *doc = weft_doc_new ();

  weft_doc_add_observer (doc, &observer, store);
  return doc;
}

static void
type_text (WeftDoc    *doc,
           const char *text)
{
  WeftType *type = weft_doc_get_text (doc, "quill");

  weft_text_insert (type, weft_type_get_length (type), text, -1, NULL);
}

static void
test_append (Fixture      *fixture,
             gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autoptr(WeftDoc) writer = new_writer (store);
  g_autoptr(WeftDoc) before = NULL;
  g_autoptr(WeftDoc) after = NULL;
  g_autoptr(WeftDoc) unknown = NULL;
  WeftStoreLoadInfo info;

  g_assert_null (weft_store_get_notice (store));
  g_assert_false (weft_store_is_read_only (store));
  g_assert_cmpint (weft_store_get_state (store), ==, WEFT_STORE_SAVED);

  type_text (writer, "Hello");
  type_text (writer, ", world");
  g_assert_cmpint (weft_store_get_state (store), ==, WEFT_STORE_SAVING);
  g_assert_cmpuint (weft_store_get_n_queued (store), ==, 2);

  /* What is not committed yet is loaded too. */
  before = load_doc (store, DOC, &info);
  assert_text (before, "Hello, world");
  g_assert_cmpuint (info.n_updates, ==, 2);
  g_assert_cmpuint (info.last_seq, ==, 2);

  close_store (store);
  store = open_store (fixture->path);
  after = load_doc (store, DOC, &info);
  assert_text (after, "Hello, world");
  g_assert_cmpuint (info.n_updates, ==, 2);
  g_assert_cmpuint (info.n_damaged, ==, 0);

  unknown = load_doc (store, "nothing", &info);
  assert_text (unknown, "");
  g_assert_cmpuint (info.last_seq, ==, 0);
  close_store (store);
}

typedef struct
{
  guint64 seq;
  gint64  at;
  guint   n_calls;
} Commit;

static void
committed_cb (WeftStore  *store,
              const char *doc_id,
              guint64     seq,
              Commit     *commit)
{
  g_assert_cmpstr (doc_id, ==, DOC);
  commit->seq = seq;
  commit->at = g_get_monotonic_time ();
  commit->n_calls++;
}

static void
test_committed (Fixture      *fixture,
                gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autoptr(WeftDoc) writer = new_writer (store);
  Commit commit = { 0 };
  gint64 start;

  g_signal_connect (store, "committed::" DOC, G_CALLBACK (committed_cb), &commit);

  start = g_get_monotonic_time ();
  for (guint i = 0; i < 20; i++)
    type_text (writer, "x");

  while (commit.seq < 20)
    g_main_context_iteration (NULL, TRUE);

  /* One batch, durable in time (with room for a slow disk), told once. */
  g_assert_cmpint (commit.at - start, <, 2 * G_TIME_SPAN_SECOND);
  g_assert_cmpuint (commit.n_calls, <=, 2);
  g_assert_cmpuint (weft_store_get_committed_seq (store), ==, 20);
  g_assert_cmpuint (weft_store_get_n_queued (store), ==, 0);
  g_assert_cmpint (weft_store_get_state (store), ==, WEFT_STORE_SAVED);
  close_store (store);
}

static void
test_values (Fixture      *fixture,
             gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autoptr(GBytes) stroke = g_bytes_new_static ("\0ink", 4);
  g_auto(GStrv) keys = NULL;
  g_autofree char *device_id = g_strdup (weft_store_get_device_id (store));

  g_assert_cmpuint (strlen (device_id), ==, 26);
  weft_store_set_setting (store, WEFT_STORE_NOTEBOOK_ID, "abc");
  weft_store_set_setting (store, "forgotten", "x");
  weft_store_set_setting (store, "forgotten", NULL);
  g_assert_cmpstr (weft_store_get_setting (store, WEFT_STORE_NOTEBOOK_ID), ==, "abc");
  for (guint i = 0; i < 100; i++)
    weft_store_set_journal (store, "stroke-1", stroke);
  weft_store_set_journal (store, "stroke-2", stroke);
  weft_store_set_journal (store, "stroke-2", NULL);
  close_store (store);

  store = open_store (fixture->path);
  g_assert_cmpstr (weft_store_get_setting (store, WEFT_STORE_NOTEBOOK_ID), ==, "abc");
  g_assert_null (weft_store_get_setting (store, "forgotten"));
  keys = weft_store_list_journal (store);
  g_assert_cmpuint (g_strv_length (keys), ==, 1);
  g_assert_cmpstr (keys[0], ==, "stroke-1");
  g_assert_true (g_bytes_equal (weft_store_get_journal (store, "stroke-1"), stroke));
  g_assert_cmpstr (weft_store_get_device_id (store), ==, device_id);
  close_store (store);
}

static void
test_copied_file (Fixture      *fixture,
                  gconstpointer data)
{
  g_autofree char *copy_path = g_build_filename (fixture->folder, "copy.weft", NULL);
  g_autofree char *device_id = NULL;
  g_autofree char *bytes = NULL;
  gsize size;
  WeftStore *store = open_store (fixture->path);

  device_id = g_strdup (weft_store_get_device_id (store));
  weft_store_set_setting (store, WEFT_STORE_NOTEBOOK_ID, "abc");
  close_store (store);

  g_assert_true (g_file_get_contents (fixture->path, &bytes, &size, NULL));
  g_assert_true (g_file_set_contents (copy_path, bytes, (gssize) size, NULL));

  store = open_store (copy_path);
  g_assert_cmpstr (weft_store_get_setting (store, WEFT_STORE_NOTEBOOK_ID), ==, "abc");
  g_assert_cmpstr (weft_store_get_device_id (store), !=, device_id);
  close_store (store);
}

static GPtrArray *
list_sync_states (WeftStore *store,
                  gboolean   only_unsynced)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  GPtrArray *states;

  weft_store_list_sync_states_async (store, RELAY, only_unsynced, NULL, take_result_cb, &result);
  states = weft_store_list_sync_states_finish (store, wait_for (&result), &error);
  g_assert_no_error (error);
  return states;
}

static void
check_sync_states (WeftStore *store)
{
  g_autoptr(GPtrArray) all = list_sync_states (store, FALSE);
  g_autoptr(GPtrArray) unsynced = list_sync_states (store, TRUE);
  const WeftStoreSyncState *state;

  g_assert_cmpuint (all->len, ==, 2);
  state = g_ptr_array_index (all, 0);
  g_assert_cmpstr (state->doc_id, ==, "a");
  g_assert_cmpstr (state->relay, ==, RELAY);
  g_assert_false (state->unsynced);
  g_assert_cmpuint (g_bytes_get_size (state->acknowledged), ==, 3);

  g_assert_cmpuint (unsynced->len, ==, 1);
  state = g_ptr_array_index (unsynced, 0);
  g_assert_cmpstr (state->doc_id, ==, "b");
  g_assert_null (state->acknowledged);
}

static void
check_acknowledged (WeftStore *store,
                    GBytes    *acknowledged)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GPtrArray) states = NULL;
  const WeftStoreSyncState *state;

  weft_store_list_sync_states_async (store, RELAY, TRUE, NULL, take_result_cb, &result);
  states = weft_store_list_sync_states_finish (store, wait_for (&result), NULL);
  state = g_ptr_array_index (states, 0);
  g_assert_cmpstr (state->doc_id, ==, "a");
  g_assert_true (state->unsynced);
  g_assert_nonnull (state->acknowledged);
  g_assert_true (g_bytes_equal (state->acknowledged, acknowledged));
}

static void
test_sync_states (Fixture      *fixture,
                  gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autoptr(GBytes) acknowledged = g_bytes_new_static ("\1\2\3", 3);

  weft_store_set_sync_state (store, "a", RELAY, NULL, TRUE);
  weft_store_set_sync_state (store, "b", RELAY, NULL, TRUE);
  weft_store_set_sync_state (store, "a", RELAY, acknowledged, FALSE);
  weft_store_set_sync_state (store, "a", "wss://other.example", NULL, TRUE);
  check_sync_states (store);
  close_store (store);

  store = open_store (fixture->path);
  check_sync_states (store);

  /* That there is something to send does not change what the relay had: in the file, and in what waits for it. */
  weft_store_set_sync_state (store, "a", RELAY, NULL, TRUE);
  check_acknowledged (store, acknowledged);
  g_assert_true (flush (store, NULL));
  check_acknowledged (store, acknowledged);
  weft_store_set_sync_state (store, "a", RELAY, NULL, TRUE);
  weft_store_set_sync_state (store, "a", RELAY, NULL, TRUE);
  close_store (store);

  store = open_store (fixture->path);
  check_acknowledged (store, acknowledged);
  close_store (store);
}

static char *
lookup_asset (WeftStore  *store,
              const char *sha256)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  char *doc_id;

  weft_store_lookup_asset_async (store, sha256, NULL, take_result_cb, &result);
  doc_id = weft_store_lookup_asset_finish (store, wait_for (&result), &error);
  g_assert_no_error (error);
  return doc_id;
}

static void
test_assets (Fixture      *fixture,
             gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autofree char *pending = NULL;
  g_autofree char *stored = NULL;
  g_autofree char *missing = NULL;

  weft_store_set_asset (store, "aa", "n/asset/aa", 100);
  pending = lookup_asset (store, "aa");
  g_assert_cmpstr (pending, ==, "n/asset/aa");
  close_store (store);

  store = open_store (fixture->path);
  stored = lookup_asset (store, "aa");
  g_assert_cmpstr (stored, ==, "n/asset/aa");
  missing = lookup_asset (store, "bb");
  g_assert_null (missing);
  close_store (store);
}

static GPtrArray *
list_docs (WeftStore *store)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  GPtrArray *docs;

  weft_store_list_docs_async (store, NULL, take_result_cb, &result);
  docs = weft_store_list_docs_finish (store, wait_for (&result), &error);
  g_assert_no_error (error);
  return docs;
}

static void
test_list_docs (Fixture      *fixture,
                gconstpointer data)
{
  g_autoptr(GPtrArray) docs = NULL;
  g_autoptr(GBytes) nothing = g_bytes_new_static ("\0\0", 2);
  WeftStore *store = open_store (fixture->path);

  weft_store_append_update (store, "b", nothing, WEFT_UPDATE_LOCAL);
  weft_store_append_update (store, "b", nothing, WEFT_UPDATE_REMOTE);
  g_assert_true (flush (store, NULL));
  weft_store_append_update (store, "b", nothing, WEFT_UPDATE_LOCAL);
  weft_store_append_update (store, "a", nothing, WEFT_UPDATE_LOCAL);

  docs = list_docs (store);
  g_assert_cmpuint (docs->len, ==, 2);
  g_assert_cmpstr (((WeftStoreDocInfo *) g_ptr_array_index (docs, 0))->id, ==, "a");
  g_assert_cmpuint (((WeftStoreDocInfo *) g_ptr_array_index (docs, 1))->n_updates, ==, 3);
  g_assert_cmpuint (((WeftStoreDocInfo *) g_ptr_array_index (docs, 1))->n_bytes, ==, 6);
  g_assert_cmpuint (((WeftStoreDocInfo *) g_ptr_array_index (docs, 1))->last_seq, ==, 3);
  close_store (store);
}

static void
test_closed (Fixture      *fixture,
             gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GBytes) nothing = g_bytes_new_static ("\0\0", 2);
  g_autoptr(GError) error = NULL;

  weft_store_close_async (store, NULL, take_result_cb, &result);
  g_assert_cmpuint (weft_store_append_update (store, "a", nothing, WEFT_UPDATE_LOCAL), ==, 0);
  g_assert_false (flush (store, &error));
  g_assert_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_CLOSED);
  g_assert_true (weft_store_close_finish (store, wait_for (&result), NULL));
  g_object_unref (store);
}

static void
test_dropped (Fixture      *fixture,
              gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autoptr(WeftDoc) writer = new_writer (store);
  g_autoptr(WeftDoc) doc = NULL;

  /* Letting go without closing loses nothing. */
  type_text (writer, "kept");
  g_object_unref (store);

  store = open_store (fixture->path);
  doc = load_doc (store, DOC, NULL);
  assert_text (doc, "kept");
  close_store (store);
}

static void
test_second_store (Fixture      *fixture,
                   gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autoptr(GError) error = NULL;

  g_assert_null (try_open (fixture->path, &error));
  g_assert_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_IN_USE);
  close_store (store);
}

/* Types and deletes at random. */
static void
edit_at_random (WeftDoc *doc,
                guint    n_edits)
{
  WeftType *text = weft_doc_get_text (doc, "quill");

  for (guint i = 0; i < n_edits; i++)
    {
      guint64 length = weft_type_get_length (text);

      if (length > 20 && g_test_rand_int_range (0, 4) == 0)
        weft_text_delete (text, (guint64) g_test_rand_int_range (0, (gint32) length - 5), 3);
      else
        weft_text_insert (text, (guint64) g_test_rand_int_range (0, (gint32) length + 1), "a📝é", -1,
                          NULL);
    }
}

static void
assert_same_doc (WeftDoc *a,
                 WeftDoc *b)
{
  g_autofree char *text_a = weft_text_to_string (weft_doc_get_text (a, "quill"));
  g_autofree char *text_b = weft_text_to_string (weft_doc_get_text (b, "quill"));
  g_autoptr(WeftStateVector) state_a = weft_doc_get_state_vector (a);
  g_autoptr(WeftStateVector) state_b = weft_doc_get_state_vector (b);
  g_autoptr(WeftDeleteSet) deleted_a = weft_doc_get_delete_set (a);
  g_autoptr(WeftDeleteSet) deleted_b = weft_doc_get_delete_set (b);
  g_autoptr(GError) error = NULL;

  g_assert_cmpstr (text_a, ==, text_b);
  g_assert_true (weft_state_vector_equal (state_a, state_b));
  g_assert_true (weft_delete_set_equal (deleted_a, deleted_b));
  g_assert_true (weft_doc_validate (b, &error));
  g_assert_no_error (error);
}

static gint64
ask_file (const char *path,
          const char *sql)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftDatabase) database = weft_database_open (path, &weft_notebook_schema, &error);
  g_autoptr(WeftStatement) query = NULL;

  g_assert_no_error (error);
  query = weft_database_prepare (database, sql);
  g_assert_true (weft_statement_step (query));
  return weft_statement_get_int64 (query, 0);
}

static void
test_compact (Fixture      *fixture,
              gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autoptr(WeftDoc) writer = new_writer (store);
  g_autoptr(WeftStateVector) state = NULL;
  g_autoptr(GError) error = NULL;
  gint64 n_clocks;

  for (guint round = 0; round < 4; round++)
    {
      g_autoptr(WeftDoc) doc = NULL;
      WeftStoreLoadInfo info;

      edit_at_random (writer, 100);
      g_assert_true (compact (store, DOC, &error));
      g_assert_no_error (error);
      doc = load_doc (store, DOC, &info);
      g_assert_cmpuint (info.n_updates, ==, 1);
      assert_same_doc (writer, doc);
    }

  /* Nothing to do. */
  g_assert_true (compact (store, DOC, &error));
  g_assert_true (compact (store, "nothing", &error));

  edit_at_random (writer, 10);
  close_store (store);

  /* Numbers go on after the snapshot, and who wrote what is remembered. */
  g_assert_cmpint (ask_file (fixture->path, "SELECT max (seq) FROM updates"), ==, 410);
  g_assert_cmpint (ask_file (fixture->path, "SELECT count (*) FROM updates"), ==, 11);
  state = weft_doc_get_state_vector (writer);
  n_clocks = ask_file (fixture->path, "SELECT sum (length) FROM history");
  g_assert_cmpint (n_clocks, >, 0);
  g_assert_cmpint (n_clocks, <=, (gint64) weft_state_vector_get (state, weft_doc_get_client_id (writer)));
}

/* Waits for an answer of the store. */
static void
got_result_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_set_object ((GAsyncResult **) user_data, result);
}

static WeftDoc *
load_history (WeftStore *store,
              GArray   **entries)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  WeftDoc *doc;

  weft_store_load_history_async (store, DOC, NULL, got_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  doc = weft_store_load_history_finish (store, result, entries, &error);
  g_assert_no_error (error);

  return doc;
}

/* Who wrote what when, and what was deleted when, is known of everything, compacted or not. */
static void
check_history (WeftStore *store,
               WeftDoc   *writer)
{
  g_autoptr(GArray) entries = NULL;
  g_autoptr(WeftDoc) doc = load_history (store, &entries);
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (writer);
  g_autoptr(WeftDeleteSet) deletions = weft_doc_get_delete_set (writer);
  g_autoptr(WeftDeleteSet) deleted = weft_delete_set_new ();
  WeftClientId client = weft_doc_get_client_id (writer);
  WeftClock clock = 0;
  gint64 time = 0;

  assert_same_doc (writer, doc);
  for (guint i = 0; i < entries->len; i++)
    {
      const WeftStoreHistoryEntry *entry = &g_array_index (entries, WeftStoreHistoryEntry, i);

      g_assert_cmpint (entry->time, >=, time);
      time = entry->time;
      if (entry->deleted)
        {
          weft_delete_set_add (deleted, entry->client, entry->clock, entry->length);
          continue;
        }
      g_assert_true (entry->local);
      g_assert_cmpuint (entry->client, ==, client);
      g_assert_cmpuint (entry->clock, ==, clock);
      clock += entry->length;
    }
  g_assert_cmpuint (clock, ==, weft_state_vector_get (state, client));
  weft_delete_set_normalize (deleted);
  g_assert_true (weft_delete_set_equal (deleted, deletions));
}

static void
test_history (Fixture      *fixture,
              gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autoptr(WeftDoc) writer = new_writer (store);
  g_autoptr(GError) error = NULL;

  for (guint round = 0; round < 4; round++)
    {
      edit_at_random (writer, 100);
      check_history (store, writer);
      g_assert_true (compact (store, DOC, &error));
      g_assert_no_error (error);
      check_history (store, writer);
    }
  close_store (store);

  store = open_store (fixture->path);
  check_history (store, writer);
  close_store (store);
}

static GBytes *
lookup_seen (WeftStore  *store,
             const char *doc_id)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  GBytes *seen;

  weft_store_lookup_seen_async (store, doc_id, NULL, got_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  seen = weft_store_lookup_seen_finish (store, result, &error);
  g_assert_no_error (error);

  return seen;
}

/* The last one counts, before and after it is written. */
static void
test_seen (Fixture      *fixture,
           gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autoptr(GBytes) one = g_bytes_new_static ("one", 3);
  g_autoptr(GBytes) two = g_bytes_new_static ("two", 3);

  g_assert_null (lookup_seen (store, DOC));
  weft_store_set_seen (store, DOC, one);
  weft_store_set_seen (store, DOC, two);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(GBytes) seen = lookup_seen (store, DOC);

      g_assert_true (g_bytes_equal (seen, two));
      g_assert_null (lookup_seen (store, "another"));
      close_store (store);
      store = open_store (fixture->path);
    }
  close_store (store);
}

static void
test_compact_by_itself (Fixture      *fixture,
                        gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autoptr(WeftDoc) writer = new_writer (store);
  g_autoptr(WeftDoc) doc = NULL;

  edit_at_random (writer, 1200);
  g_assert_true (flush (store, NULL));

  /* Closing waits for no compaction; loading shows when it is done. */
  for (guint i = 0;; i++)
    {
      WeftStoreLoadInfo info;

      g_clear_pointer (&doc, weft_doc_free);
      doc = load_doc (store, DOC, &info);
      if (info.n_updates < 600)
        break;

      g_assert_cmpuint (i, <, 60000);
      g_usleep (2000);
    }

  assert_same_doc (writer, doc);
  close_store (store);
}

/* What came at once and is large is not made anew for a few edits; it can be when it is asked for. */
static void
test_compact_large (Fixture      *fixture,
                    gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autoptr(WeftDoc) writer = new_writer (store);
  g_autofree char *text = g_strnfill (WEFT_STORE_WHOLE_BYTES, 'x');
  g_autoptr(WeftDoc) doc = NULL;
  WeftStoreLoadInfo info;

  type_text (writer, text);
  edit_at_random (writer, WEFT_STORE_COMPACT_ROWS);
  g_assert_true (flush (store, NULL));

  /* They are compacted in turn. */
  g_assert_true (compact (store, "another", NULL));
  doc = load_doc (store, DOC, &info);
  g_assert_cmpuint (info.n_updates, >, WEFT_STORE_COMPACT_ROWS);

  g_assert_true (compact (store, DOC, NULL));
  g_clear_pointer (&doc, weft_doc_free);
  doc = load_doc (store, DOC, &info);
  g_assert_cmpuint (info.n_updates, ==, 1);
  assert_same_doc (writer, doc);
  close_store (store);
}

static void
test_compact_pending (Fixture      *fixture,
                      gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autoptr(WeftDoc) writer = weft_doc_new ();
  g_autoptr(WeftStateVector) between = NULL;
  g_autoptr(GBytes) second = NULL;
  g_autoptr(GError) error = NULL;

  type_text (writer, "first");
  between = weft_doc_get_state_vector (writer);
  type_text (writer, " second");
  second = weft_doc_encode_diff (writer, between);

  /* What waits for something is no snapshot yet. */
  weft_store_append_update (store, DOC, second, WEFT_UPDATE_REMOTE);
  weft_store_append_update (store, DOC, second, WEFT_UPDATE_REMOTE);
  g_assert_false (compact (store, DOC, &error));
  g_assert_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED);
  close_store (store);
  g_assert_cmpint (ask_file (fixture->path, "SELECT count (*) FROM updates"), ==, 2);
}

static void
test_damaged_row (Fixture      *fixture,
                  gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autoptr(WeftDoc) writer = new_writer (store);
  g_autoptr(WeftDoc) doc = NULL;
  g_autoptr(GError) error = NULL;
  WeftStoreLoadInfo info;

  type_text (writer, "one");
  type_text (writer, " two");
  type_text (writer, " three");
  close_store (store);

  {
    g_autoptr(WeftDatabase) database = weft_database_open (fixture->path, &weft_notebook_schema, NULL);

    g_assert_true (
      weft_database_run (database, "UPDATE updates SET data = data || x'00' WHERE seq = 3", &error));
  }

  store = open_store (fixture->path);
  doc = load_doc (store, DOC, &info);
  assert_text (doc, "one two");
  g_assert_cmpuint (info.n_damaged, ==, 1);
  g_assert_nonnull (weft_store_get_notice (store));

  /* It is neither used nor deleted. */
  g_assert_true (compact (store, DOC, &error));
  close_store (store);
  g_assert_cmpint (ask_file (fixture->path, "SELECT count (*) FROM updates WHERE seq = 3"), ==, 1);
}

static void
test_damaged_file (Fixture      *fixture,
                   gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autoptr(WeftDoc) writer = new_writer (store);
  g_autoptr(WeftDoc) doc = NULL;
  g_autofree char *bytes = NULL;
  gsize size;

  weft_store_set_setting (store, WEFT_STORE_NOTEBOOK_ID, "abc");
  edit_at_random (writer, 50);
  close_store (store);

  g_assert_true (g_file_get_contents (fixture->path, &bytes, &size, NULL));
  memset (bytes, 0, 100);
  g_assert_true (g_file_set_contents (fixture->path, bytes, (gssize) size, NULL));

  store = open_store (fixture->path);
  g_assert_nonnull (weft_store_get_notice (store));
  g_assert_nonnull (strstr (weft_store_get_notice (store), ".damaged-"));
  g_assert_cmpstr (weft_store_get_setting (store, WEFT_STORE_NOTEBOOK_ID), ==, "abc");
  doc = load_doc (store, DOC, NULL);
  assert_same_doc (writer, doc);
  close_store (store);
}

/* Makes the file that stays in tests/data when a version is released. */
static void
make_fixture (const char *path)
{
  WeftStore *store = open_store (path);
  g_autoptr(WeftDoc) writer = new_writer (store);
  g_autoptr(GBytes) stroke = g_bytes_new_static ("ink", 3);

  weft_store_set_setting (store, WEFT_STORE_NOTEBOOK_ID, "nnnnnnnnnnnnnnnnnnnnnnnnnn");
  weft_store_set_journal (store, "stroke", stroke);
  weft_store_set_sync_state (store, DOC, RELAY, NULL, TRUE);
  weft_store_set_asset (store, "aa", "n/asset/aa", 100);
  type_text (writer, "Written in haste by ");
  weft_text_delete (weft_doc_get_text (writer, "quill"), 8, 9);
  g_assert_true (compact (store, DOC, NULL));
  type_text (writer, "version 1.\n");
  close_store (store);
}

static void
test_migration (Fixture      *fixture,
                gconstpointer data)
{
  g_autofree char *source = g_test_build_filename (G_TEST_DIST, "data", "store", data, NULL);
  g_autofree char *bytes = NULL;
  g_autoptr(WeftDoc) doc = NULL;
  WeftStore *store;
  gsize size;

  /* Every version that ever was can be opened for ever. */
  g_assert_true (g_file_get_contents (source, &bytes, &size, NULL));
  g_assert_true (g_file_set_contents (fixture->path, bytes, (gssize) size, NULL));

  store = open_store (fixture->path);
  g_assert_null (weft_store_get_notice (store));
  g_assert_cmpstr (weft_store_get_setting (store, WEFT_STORE_NOTEBOOK_ID), ==,
                   "nnnnnnnnnnnnnnnnnnnnnnnnnn");
  g_assert_nonnull (weft_store_get_journal (store, "stroke"));
  doc = load_doc (store, DOC, NULL);
  assert_text (doc, "Written by version 1.\n");
  close_store (store);
}

/* Growth */

static goffset
get_size (const char *path,
          const char *suffix)
{
  g_autofree char *name = g_strconcat (path, suffix, NULL);
  GStatBuf info;

  return g_stat (name, &info) == 0 ? info.st_size : 0;
}

#define WAL_LIMIT (16 * 1024 * 1024)
#define DOC_LIMIT (4 * 1024 * 1024)

/* Typing for years leaves no more than twice what the document is. */
static void
test_growth (Fixture      *fixture,
             gconstpointer data)
{
  guint n_edits = g_getenv ("WEFT_TEST_LONG") != NULL ? 1000000 : 50000;
  WeftStore *store = open_store (fixture->path);
  g_autoptr(WeftDoc) writer = new_writer (store);
  g_autoptr(WeftDoc) doc = NULL;
  g_autoptr(GBytes) state = NULL;
  g_autoptr(GPtrArray) docs = NULL;
  g_autoptr(GError) error = NULL;
  goffset longest = 0;
  gsize limit;

  for (guint i = 0; i < n_edits; i++)
    {
      edit_at_random (writer, 1);
      if (i % 250 == 249)
        {
          g_assert_true (flush (store, &error));
          longest = MAX (longest, get_size (fixture->path, "-wal"));
        }
    }

  g_assert_true (compact (store, DOC, &error));
  g_assert_true (flush (store, &error));
  g_assert_no_error (error);
  state = weft_doc_encode_state (writer);
  limit = MAX (2 * g_bytes_get_size (state), DOC_LIMIT);
  docs = list_docs (store);
  g_test_message ("%u edits: state %" G_GSIZE_FORMAT ", document %" G_GUINT64_FORMAT ", file %" G_GOFFSET_FORMAT
                  ", longest log %" G_GOFFSET_FORMAT " bytes",
                  n_edits, g_bytes_get_size (state), ((WeftStoreDocInfo *) g_ptr_array_index (docs, 0))->n_bytes,
                  get_size (fixture->path, ""), longest);
  g_assert_cmpuint (((WeftStoreDocInfo *) g_ptr_array_index (docs, 0))->n_bytes, <=, limit);
  g_assert_cmpint (longest, <, WAL_LIMIT);
  doc = load_doc (store, DOC, NULL);
  assert_same_doc (writer, doc);
  close_store (store);
  /* The history of who wrote when is a part of the file. */
  g_assert_cmpint (get_size (fixture->path, ""), <=, (goffset) limit + DOC_LIMIT);
}

/* Much at once, as an import or the end of a full disk brings it. */
static void
test_log_of_much (Fixture      *fixture,
                  gconstpointer data)
{
  WeftStore *store = open_store (fixture->path);
  g_autoptr(GError) error = NULL;
  goffset longest = 0;

  for (guint i = 0; i < 60; i++)
    {
      g_autofree char *doc_id = g_strdup_printf ("n/%u", i);
      /* Three are as large as assets may be. */
      gsize size = i % 20 == 19 ? 15 * 1024 * 1024 : 512 * 1024;
      g_autoptr(GBytes) update = g_bytes_new_take (g_malloc0 (size), size);

      weft_store_append_update (store, doc_id, update, WEFT_UPDATE_REMOTE);
    }
  while (weft_store_get_n_queued (store) > 0)
    {
      g_main_context_iteration (NULL, FALSE);
      longest = MAX (longest, get_size (fixture->path, "-wal"));
    }
  g_assert_true (flush (store, &error));
  g_assert_cmpuint (weft_store_get_committed_seq (store), ==, 60);
  g_assert_cmpint (weft_store_get_state (store), ==, WEFT_STORE_SAVED);
  g_test_message ("longest log %" G_GOFFSET_FORMAT, longest);
  g_assert_cmpint (longest, <, WAL_LIMIT);
  close_store (store);
  g_assert_cmpint (ask_file (fixture->path, "SELECT count (*) FROM updates"), ==, 60);
}

/* Full disks */

static void
wait_for_state (WeftStore      *store,
                WeftStoreState  state)
{
  while (weft_store_get_state (store) != state)
    g_main_context_iteration (NULL, TRUE);
}

static void
check_full_disk (const char *path,
                 void      (*fill) (const char *folder),
                 void      (*relieve) (const char *folder))
{
  g_autofree char *folder = g_path_get_dirname (path);
  WeftStore *store = open_store (path);
  g_autoptr(WeftDoc) writer = new_writer (store);
  g_autoptr(WeftDoc) meanwhile = NULL;
  g_autoptr(WeftDoc) doc = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  guint64 committed;

  edit_at_random (writer, 100);
  g_assert_true (flush (store, NULL));
  committed = weft_store_get_committed_seq (store);

  fill (folder);
  edit_at_random (writer, 3000);
  wait_for_state (store, WEFT_STORE_NOT_SAVED);
  g_assert_cmpstr (weft_store_get_error_message (store), !=, NULL);
  g_assert_true (
    g_error_matches (weft_store_get_error (store), WEFT_STORE_ERROR, WEFT_STORE_ERROR_FULL));
  g_assert_false (flush (store, &error));
  g_assert_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FULL);
  g_clear_error (&error);
  g_assert_cmpuint (weft_store_get_n_queued (store), >, 0);
  g_assert_cmpuint (weft_store_get_committed_seq (store), >=, committed);

  /* Closing says no; work goes on, in memory, and is there when loaded again. */
  weft_store_close_async (store, NULL, take_result_cb, &result);
  g_assert_false (weft_store_close_finish (store, wait_for (&result), &error));
  g_assert_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FULL);
  edit_at_random (writer, 10);
  meanwhile = load_doc (store, DOC, NULL);
  assert_same_doc (writer, meanwhile);

  relieve (folder);
  wait_for_state (store, WEFT_STORE_SAVED);
  g_assert_null (weft_store_get_error_message (store));
  g_assert_cmpuint (weft_store_get_n_queued (store), ==, 0);
  close_store (store);

  store = open_store (path);
  g_assert_null (weft_store_get_notice (store));
  doc = load_doc (store, DOC, NULL);
  assert_same_doc (writer, doc);
  close_store (store);
}

static void
fill_quota (const char *folder)
{
  struct rlimit limit = { 200 * 1024, RLIM_INFINITY };

  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
}

static void
relieve_quota (const char *folder)
{
  struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
}

static void
test_full_quota (Fixture      *fixture,
                 gconstpointer data)
{
  signal (SIGXFSZ, SIG_IGN);
  check_full_disk (fixture->path, fill_quota, relieve_quota);
}

static void
fill_disk (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "filler", NULL);
  g_autofree char *block = g_malloc0 (4096);
  FILE *file = fopen (path, "w");

  while (fwrite (block, 4096, 1, file) == 1 && fflush (file) == 0)
    ;
  fclose (file);
}

static void
relieve_disk (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "filler", NULL);

  g_unlink (path);
}

static void
test_full_disk (Fixture      *fixture,
                gconstpointer data)
{
  g_autofree char *folder = g_build_filename (fixture->folder, "small", NULL);
  g_autofree char *path = g_build_filename (folder, "notes.weft", NULL);

  g_mkdir (folder, 0700);
  if (mount ("weft-test", folder, "tmpfs", 0, "size=2m") != 0)
    {
      g_test_skip (g_strerror (errno));
      g_rmdir (folder);
      return;
    }

  check_full_disk (path, fill_disk, relieve_disk);
  g_assert_cmpint (umount (folder), ==, 0);
  g_rmdir (folder);
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  if (argc == 3 && g_str_equal (argv[1], "--make-fixture"))
    {
      make_fixture (argv[2]);
      return 0;
    }

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/store/store/append", test_append);
  ADD ("/store/store/committed", test_committed);
  ADD ("/store/store/values", test_values);
  ADD ("/store/store/copied-file", test_copied_file);
  ADD ("/store/store/sync-states", test_sync_states);
  ADD ("/store/store/assets", test_assets);
  ADD ("/store/store/list-docs", test_list_docs);
  ADD ("/store/store/closed", test_closed);
  ADD ("/store/store/dropped", test_dropped);
  ADD ("/store/store/second-store", test_second_store);
  ADD ("/store/store/compact", test_compact);
  ADD ("/store/store/history", test_history);
  ADD ("/store/store/seen", test_seen);
  ADD ("/store/store/compact/by-itself", test_compact_by_itself);
  ADD ("/store/store/compact/large", test_compact_large);
  ADD ("/store/store/compact/pending", test_compact_pending);
  ADD ("/store/store/damaged/row", test_damaged_row);
  ADD ("/store/store/damaged/file", test_damaged_file);
  g_test_add ("/store/store/migration/v1", Fixture, "notebook-v1.weft", set_up, test_migration, tear_down);
  g_test_add ("/store/store/migration/v2", Fixture, "notebook-v2.weft", set_up, test_migration, tear_down);
  ADD ("/store/store/growth", test_growth);
  ADD ("/store/store/growth/log-of-much", test_log_of_much);
  ADD ("/store/store/full/quota", test_full_quota);
  ADD ("/store/store/full/disk", test_full_disk);
#undef ADD

  return g_test_run ();
}
