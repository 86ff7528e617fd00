/* test-undo.c - what an undo manager takes back, and what it leaves
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * That undoing writes what Yjs writes is shown by test-history.c.
 */

#include "config.h"

#include "crdt/weft-doc-private.h"
#include "crdt/weft-undo-private.h"
#include "support/test-seed.h"

#include <time.h>

/* Values that one key has after the other, and so many times as many. */
#define N_VALUES 2000
#define MORE_VALUES 16

/* Units that one step deletes some of. */
#define N_LONG 1000

static const char other_origin[] = "other";
/* Of a fixture whose document collects what was deleted */
static const char collecting[] = "collecting";

typedef struct
{
  WeftDoc         *doc;
  WeftType        *text;
  WeftType        *map;
  WeftUndoManager *undo;
  gint64           now;
  guint            n_changed;
} Fixture;

static gint64
now_cb (gpointer user_data)
{
  return ((Fixture *) user_data)->now;
}

static void
changed_cb (gpointer user_data)
{
  ((Fixture *) user_data)->n_changed++;
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  WeftDocOptions options = { .gc = data == collecting };

  fixture->doc = weft_doc_new_with_options (g_random_int (), &options);
  fixture->text = weft_doc_get_text (fixture->doc, "text");
  fixture->map = weft_doc_get_map (fixture->doc, "map");
  fixture->now = 1000;
  fixture->undo = weft_undo_manager_new (fixture->doc, &fixture->text, 1, 500, now_cb, fixture);
  weft_undo_manager_set_changed (fixture->undo, changed_cb, fixture);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  g_autoptr(GError) error = NULL;

  weft_doc_validate (fixture->doc, &error);
  g_assert_no_error (error);
  weft_undo_manager_free (fixture->undo);
  weft_doc_free (fixture->doc);
}

static void
assert_text (Fixture    *fixture,
             const char *expected)
{
  g_autofree char *text = weft_text_to_string (fixture->text);

  g_assert_cmpstr (text, ==, expected);
}

static void
type_at_end (Fixture    *fixture,
             const char *text)
{
  weft_text_insert (fixture->text, weft_type_get_length (fixture->text), text, -1, NULL);
}

/* Edits within the time-out are one step. */
static void
test_capture (Fixture      *fixture,
              gconstpointer data)
{
  type_at_end (fixture, "a");
  fixture->now += 499;
  type_at_end (fixture, "b");
  fixture->now += 500;
  type_at_end (fixture, "c");
  weft_undo_manager_stop_capturing (fixture->undo);
  type_at_end (fixture, "d");

  g_assert_true (weft_undo_manager_undo (fixture->undo));
  assert_text (fixture, "abc");
  g_assert_true (weft_undo_manager_undo (fixture->undo));
  assert_text (fixture, "ab");
  g_assert_true (weft_undo_manager_redo (fixture->undo));
  assert_text (fixture, "abc");
  g_assert_true (weft_undo_manager_undo (fixture->undo));
  g_assert_true (weft_undo_manager_undo (fixture->undo));
  assert_text (fixture, "");
  g_assert_false (weft_undo_manager_can_undo (fixture->undo));
  g_assert_true (weft_undo_manager_can_redo (fixture->undo));
  g_assert_false (weft_undo_manager_undo (fixture->undo));
  g_assert_cmpuint (fixture->n_changed, >, 0);
}

/* What others write stays, and is not taken back. */
static void
test_others_stay (Fixture      *fixture,
                  gconstpointer data)
{
  type_at_end (fixture, "mine ");
  weft_doc_begin (fixture->doc, other_origin);
  type_at_end (fixture, "theirs");
  weft_doc_commit (fixture->doc);

  g_assert_true (weft_undo_manager_undo (fixture->undo));
  assert_text (fixture, "theirs");
  g_assert_false (weft_undo_manager_can_undo (fixture->undo));
  g_assert_true (weft_undo_manager_redo (fixture->undo));
  assert_text (fixture, "mine theirs");
}

static void
test_tracked_origin (Fixture      *fixture,
                     gconstpointer data)
{
  weft_undo_manager_track (fixture->undo, other_origin);
  weft_doc_begin (fixture->doc, other_origin);
  type_at_end (fixture, "x");
  weft_doc_commit (fixture->doc);
  g_assert_true (weft_undo_manager_undo (fixture->undo));
  assert_text (fixture, "");
}

static void
test_scope (Fixture      *fixture,
            gconstpointer data)
{
  g_autoptr(WeftAny) value = weft_any_new_number (1);

  weft_map_set (fixture->map, "k", value);
  g_assert_false (weft_undo_manager_can_undo (fixture->undo));
  weft_undo_manager_add_scope (fixture->undo, fixture->map);
  weft_map_remove (fixture->map, "k");
  g_assert_true (weft_undo_manager_undo (fixture->undo));
  g_assert_true (weft_map_has (fixture->map, "k"));
}

/* A new edit makes what was undone unreachable. */
static void
test_edit_ends_redo (Fixture      *fixture,
                     gconstpointer data)
{
  type_at_end (fixture, "a");
  weft_undo_manager_undo (fixture->undo);
  g_assert_true (weft_undo_manager_can_redo (fixture->undo));
  type_at_end (fixture, "b");
  g_assert_false (weft_undo_manager_can_redo (fixture->undo));
  weft_undo_manager_clear (fixture->undo);
  g_assert_false (weft_undo_manager_can_undo (fixture->undo));
  assert_text (fixture, "b");
}

/* Deleting a type and undoing that brings its content back. */
static void
test_nested (Fixture      *fixture,
             gconstpointer data)
{
  g_autoptr(WeftAny) value = weft_any_new_number (7);
  g_autoptr(WeftAny) all = NULL;
  g_autofree char *json = NULL;
  WeftType *inner;

  weft_undo_manager_add_scope (fixture->undo, fixture->map);
  inner = weft_map_set_type (fixture->map, "inner", WEFT_KIND_MAP);
  weft_map_set (inner, "n", value);
  weft_text_insert (weft_map_set_type (inner, "t", WEFT_KIND_TEXT), 0, "text", -1, NULL);
  weft_undo_manager_stop_capturing (fixture->undo);
  weft_map_remove (fixture->map, "inner");
  g_assert_true (weft_type_is_deleted (inner));
  g_assert_true (weft_undo_manager_undo (fixture->undo));
  all = weft_type_to_any (fixture->map);
  json = weft_any_to_json (all);
  g_assert_cmpstr (json, ==, "{\"inner\":{\"n\":7,\"t\":\"text\"}}");
}

/* The manager outlives its document harmlessly. */
static void
test_document_goes_first (void)
{
  Fixture fixture = { 0 };

  set_up (&fixture, NULL);
  type_at_end (&fixture, "x");
  weft_doc_free (fixture.doc);
  g_assert_false (weft_undo_manager_undo (fixture.undo));
  weft_undo_manager_free (fixture.undo);
}

/* A copy of the document, as after a restart, with the saved steps. */
static void
restart (Fixture *fixture)
{
  g_autoptr(GBytes) steps = weft_undo_manager_save (fixture->undo);
  g_autoptr(GBytes) state = weft_doc_encode_state (fixture->doc);
  g_autoptr(GError) error = NULL;
  gboolean gc = fixture->doc->gc;

  weft_undo_manager_free (fixture->undo);
  weft_doc_free (fixture->doc);
  set_up (fixture, gc ? collecting : NULL);
  /* In one transaction, or what the steps bring back would be collected before they are there. */
  weft_doc_begin (fixture->doc, other_origin);
  g_assert_true (weft_doc_apply_update (fixture->doc, state, other_origin, &error));
  g_assert_no_error (error);
  if (!gc)
    weft_doc_commit (fixture->doc);

  if (steps != NULL)
    g_assert_true (weft_undo_manager_restore (fixture->undo, steps, &error));
  g_assert_no_error (error);
  if (gc)
    weft_doc_commit (fixture->doc);
}

static void
test_restart (Fixture      *fixture,
              gconstpointer data)
{
  type_at_end (fixture, "one ");
  weft_undo_manager_stop_capturing (fixture->undo);
  type_at_end (fixture, "two ");
  weft_undo_manager_stop_capturing (fixture->undo);
  weft_text_delete (fixture->text, 0, 4);
  assert_text (fixture, "two ");

  restart (fixture);
  g_assert_true (weft_undo_manager_can_undo (fixture->undo));
  g_assert_true (weft_undo_manager_undo (fixture->undo));
  assert_text (fixture, "one two ");

  /* What came back is a new item; undoing further still finds it. */
  restart (fixture);
  g_assert_true (weft_undo_manager_undo (fixture->undo));
  assert_text (fixture, "one ");
  restart (fixture);
  g_assert_true (weft_undo_manager_redo (fixture->undo));
  assert_text (fixture, "one two ");
  g_assert_true (weft_undo_manager_undo (fixture->undo));
  g_assert_true (weft_undo_manager_undo (fixture->undo));
  assert_text (fixture, "");
  g_assert_false (weft_undo_manager_can_undo (fixture->undo));
}

static void
edit_at_random (WeftType *text)
{
  guint64 length = weft_type_get_length (text);
  guint64 pos = g_test_rand_int_range (0, length + 1);

  if (length > 4 && g_test_rand_bit ())
    weft_text_delete (text, MIN (pos, length - 2), g_test_rand_int_range (1, 3));
  else
    weft_text_insert (text, pos, "abcdef", g_test_rand_int_range (1, 7), NULL);
}

/* A manager that was restarted at random ends where one that never was does, if both write as the same client: what
 * is typed beside something that came back is one item with it where the same client wrote both, and Yjs takes that
 * item away whole when it takes the step back that once wrote the first half. */
static void
test_restart_random (void)
{
  /* The short run is the same each time; --long looks for new places. */
  gboolean is_long = g_getenv ("WEFT_TEST_LONG") != NULL;
  g_autoptr(GRand) random = g_rand_new_with_seed (is_long ? g_test_rand_int () : 1);

  for (guint round = 0; round < 60; round++)
    {
      Fixture kept, restarted;
      gconstpointer gc = round % 2 ? collecting : NULL;

      set_up (&kept, gc);
      set_up (&restarted, gc);
      kept.doc->client_id = restarted.doc->client_id;

      for (guint i = 0; i < 60; i++)
        {
          int what = g_rand_int_range (random, 0, 10);
          g_autofree char *seen = NULL;
          g_autofree char *other = NULL;

          if (what < 2)
            {
              weft_undo_manager_undo (kept.undo);
              weft_undo_manager_undo (restarted.undo);
            }
          else if (what < 3)
            {
              weft_undo_manager_redo (kept.undo);
              weft_undo_manager_redo (restarted.undo);
            }
          else if (what < 5)
            {
              restart (&restarted);
              kept.doc->client_id = restarted.doc->client_id;
              weft_undo_manager_stop_capturing (kept.undo);
            }
          else
            {
              GRand *rand = g_rand_new_with_seed (g_rand_int (random));
              guint64 length = weft_type_get_length (kept.text);
              guint64 pos = g_rand_int_range (rand, 0, length + 1);
              gboolean delete = length > 4 && g_rand_boolean (rand);
              guint n = g_rand_int_range (rand, 1, 4);
              gboolean others = g_rand_int_range (rand, 0, 4) == 0;
              Fixture *both[] = { &kept, &restarted };

              for (guint j = 0; j < 2; j++)
                {
                  weft_undo_manager_stop_capturing (both[j]->undo);
                  weft_doc_begin (both[j]->doc, others ? other_origin : NULL);
                  if (delete)
                    weft_text_delete (both[j]->text, MIN (pos, length - n), n);
                  else
                    weft_text_insert (both[j]->text, pos, "xyz", n, NULL);
                  weft_doc_commit (both[j]->doc);
                }
              g_rand_free (rand);
            }

          seen = weft_text_to_string (kept.text);
          other = weft_text_to_string (restarted.text);
          g_assert_cmpstr (seen, ==, other);
        }

      tear_down (&kept, NULL);
      tear_down (&restarted, NULL);
    }
}

/* Steps come from a file that may be damaged: refused, or harmless. */
static void
test_restore_damaged (Fixture      *fixture,
                      gconstpointer data)
{
  g_autoptr(GBytes) steps = NULL;
  gsize size;
  const guint8 *good;

  for (guint i = 0; i < 40; i++)
    {
      edit_at_random (fixture->text);
      weft_undo_manager_stop_capturing (fixture->undo);
      if (i % 5 == 0)
        weft_undo_manager_undo (fixture->undo);
    }

  steps = weft_undo_manager_save (fixture->undo);
  good = g_bytes_get_data (steps, &size);

  for (guint i = 0; i < 3000; i++)
    {
      g_autofree guint8 *bad = g_memdup2 (good, size);
      g_autoptr(GBytes) bytes = NULL;
      g_autoptr(GError) error = NULL;
      gsize n = i < size ? i : size;

      if (i >= size)
        bad[g_test_rand_int_range (0, size)] = g_test_rand_int_range (0, 256);

      bytes = g_bytes_new (bad, n);
      weft_undo_manager_free (fixture->undo);
      fixture->undo = weft_undo_manager_new (fixture->doc, &fixture->text, 1, 500, now_cb, fixture);

      if (weft_undo_manager_restore (fixture->undo, bytes, &error))
        {
          weft_undo_manager_undo (fixture->undo);
          weft_undo_manager_redo (fixture->undo);
        }
      else
        {
          g_assert_error (error, WEFT_CRDT_ERROR, (int) error->code);
          g_assert_false (weft_undo_manager_can_undo (fixture->undo));
        }
    }
}

/* A step of more transactions than are looked at in one go: all come back, also after a restart. */
static void
test_long_step (Fixture      *fixture,
                gconstpointer data)
{
  g_autofree char *whole = g_strnfill (N_LONG, 'a');
  g_autoptr(GRand) rand = g_rand_new_with_seed (7);
  g_autoptr(GBytes) saved = NULL;
  g_autoptr(GError) error = NULL;
  GString *rest = g_string_new (whole);

  weft_text_insert (fixture->text, 0, whole, -1, NULL);
  weft_undo_manager_clear (fixture->undo);
  for (guint i = 0; i < N_LONG / 2; i++)
    {
      guint at = g_rand_int_range (rand, 0, rest->len);

      if (i % 5 == 4)
        {
          weft_text_insert (fixture->text, at, "b", 1, NULL);
          g_string_insert_c (rest, at, 'b');
        }
      else
        {
          weft_text_delete (fixture->text, at, 1);
          g_string_erase (rest, at, 1);
        }
    }
  assert_text (fixture, rest->str);
  saved = weft_undo_manager_save (fixture->undo);
  weft_undo_manager_undo (fixture->undo);
  assert_text (fixture, whole);
  g_assert_false (weft_undo_manager_can_undo (fixture->undo));
  weft_undo_manager_redo (fixture->undo);
  assert_text (fixture, rest->str);

  weft_undo_manager_free (fixture->undo);
  fixture->undo = weft_undo_manager_new (fixture->doc, &fixture->text, 1, 500, now_cb, fixture);
  g_assert_true (weft_undo_manager_restore (fixture->undo, saved, &error));
  g_assert_no_error (error);
  g_assert_true (weft_undo_manager_can_undo (fixture->undo));
  g_string_free (rest, TRUE);
}

/* Each reading is far from the one before it. */
static gint64
later_cb (gpointer user_data)
{
  return *(gint64 *) user_data += 1000;
}

static void
assert_value (WeftType *map,
              guint     expected)
{
  g_autoptr(WeftAny) value = weft_map_get (map, "key");

  if (expected == 0)
    g_assert_null (value);
  else
    g_assert_cmpfloat (weft_any_get_number (value), ==, expected);
}

/* Sets one key @n times, takes all of it back and does it again. Returns: what that takes of the processor, in ms */
static double
set_and_undo (guint    n,
              gboolean gc)
{
  WeftDocOptions options = { .gc = gc };
  g_autoptr(WeftDoc) doc = weft_doc_new_with_options (1, &options);
  g_autoptr(GError) error = NULL;
  WeftType *map = weft_doc_get_map (doc, "map");
  gint64 now = 0;
  WeftUndoManager *undo = weft_undo_manager_new (doc, &map, 1, 500, later_cb, &now);
  struct timespec before, after;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &before);
  for (guint i = 1; i <= n; i++)
    {
      g_autoptr(WeftAny) value = weft_any_new_number (i);

      weft_map_set (map, "key", value);
    }
  for (guint i = n; i > 0; i--)
    {
      assert_value (map, i);
      g_assert_true (weft_undo_manager_undo (undo));
    }
  assert_value (map, 0);
  for (guint i = 1; i <= n; i++)
    {
      g_assert_true (weft_undo_manager_redo (undo));
      assert_value (map, i);
    }
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &after);

  g_assert_false (weft_undo_manager_can_redo (undo));
  g_assert_true (weft_doc_validate (doc, &error));
  g_assert_no_error (error);
  weft_undo_manager_free (undo);

  return (after.tv_sec - before.tv_sec) * 1e3 + (after.tv_nsec - before.tv_nsec) / 1e6;
}

/* Whether one of the steps has deleted the unit, asked of each of them */
static gboolean
has_deleted (WeftUndoManager *undo,
             guint32          client,
             guint32          clock)
{
  GPtrArray *stacks[] = { undo->undo_stack, undo->redo_stack };

  for (guint i = 0; i < G_N_ELEMENTS (stacks); i++)
    for (guint j = 0; j < stacks[i]->len; j++)
      {
        WeftUndoStep *step = g_ptr_array_index (stacks[i], j);

        weft_undo_step_settle (step);
        if (weft_range_set_contains (&step->deletions, client, clock))
          return TRUE;
      }

  return FALSE;
}

static void
assert_deletions (WeftUndoManager *undo,
                  WeftDoc         *doc)
{
  for (guint32 client = 0; client < doc->n_clients; client++)
    for (guint32 clock = 0; clock < weft_client (doc, client)->state; clock++)
      g_assert_cmpint (weft_undo_manager_has_deleted (undo, client, clock), ==, has_deleted (undo, client, clock));
}

/* Steps come, grow, go, come back and are restored over each other; what they have deleted is known. */
static void
test_deletions_random (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (g_getenv ("WEFT_TEST_LONG") != NULL ? g_test_rand_int () : 7);

  for (guint round = 0; round < (g_getenv ("WEFT_TEST_LONG") != NULL ? 1000 : 20); round++)
    {
      WeftDocOptions options = { .gc = round % 2 };
      g_autoptr(WeftDoc) doc = weft_doc_new_with_options (5, &options), other = weft_doc_new_with_options (6, NULL);
      WeftType *text = weft_doc_get_text (doc, "text"), *map = weft_doc_get_map (doc, "map");
      WeftType *scope[] = { text, map };
      Fixture fixture = { .now = 1000 };
      WeftUndoManager *undo = weft_undo_manager_new (doc, scope, 2, 500, now_cb, &fixture);

      for (guint step = 0; step < 60; step++)
        {
          g_autoptr(WeftAny) value = weft_any_new_number (step);
          const char *key = g_rand_int_range (rand, 0, 2) ? "k" : "l";
          guint64 length = weft_type_get_length (text);
          g_autoptr(GBytes) bytes = NULL;

          fixture.now += g_rand_int_range (rand, 0, 800);
          switch (g_rand_int_range (rand, 0, 12))
            {
            case 0:
            case 1:
              weft_map_set (map, key, value);
              break;
            case 2:
              weft_map_remove (map, key);
              break;
            case 3:
              /* Somebody else sets the key. */
              bytes = weft_doc_encode_state (doc);
              g_assert_true (weft_doc_apply_update (other, bytes, NULL, NULL));
              weft_map_set (weft_doc_get_map (other, "map"), key, value);
              g_bytes_unref (bytes);
              bytes = weft_doc_encode_state (other);
              g_assert_true (weft_doc_apply_update (doc, bytes, other_origin, NULL));
              break;
            case 4:
            case 5:
              weft_text_insert (text, g_rand_int_range (rand, 0, (gint32) length + 1), "some", -1, NULL);
              break;
            case 6:
              weft_text_delete (text, length / 2, MIN (length - length / 2, 3));
              break;
            case 7:
            case 8:
              weft_undo_manager_undo (undo);
              break;
            case 9:
              weft_undo_manager_redo (undo);
              break;
            case 10:
              weft_undo_manager_clear_stacks (undo, g_rand_int_range (rand, 0, 6) == 0, g_rand_int_range (rand, 0, 2));
              break;
            default:
              if ((bytes = weft_undo_manager_save (undo)) == NULL)
                break;
              weft_undo_manager_free (undo);
              undo = weft_undo_manager_new (doc, scope, 2, 500, now_cb, &fixture);
              g_assert_true (weft_undo_manager_restore (undo, bytes, NULL));
              break;
            }
          if (g_rand_int_range (rand, 0, 2))
            assert_deletions (undo, doc);
        }
      weft_undo_manager_free (undo);
    }
}

/* Ranges that lie over each other, as restored steps may have them, beside counting them unit by unit */
static void
test_deletions_overlapping (void)
{
  enum { N_CLIENTS = 3, N_CLOCKS = 60 };
  g_autoptr(GRand) rand = g_rand_new_with_seed (8);
  guint counts[N_CLIENTS][N_CLOCKS] = { { 0 } };
  WeftRangeSet sets[30] = { { 0 } };
  WeftUndoDeletions deletions = { NULL };

  for (guint round = 0; round < 2000; round++)
    {
      WeftRangeSet *set = &sets[g_rand_int_range (rand, 0, G_N_ELEMENTS (sets))];
      gboolean is_new = set->lists == NULL;

      for (guint i = 0; is_new && i < 3; i++)
        {
          guint clock = g_rand_int_range (rand, 0, N_CLOCKS);

          weft_range_set_add (set, g_rand_int_range (rand, 0, N_CLIENTS), clock,
                              g_rand_int_range (rand, 1, N_CLOCKS - clock + 1));
        }
      weft_range_set_normalize (set);
      for (guint client = 0; client < N_CLIENTS; client++)
        for (guint clock = 0; clock < N_CLOCKS; clock++)
          if (weft_range_set_contains (set, client, clock))
            counts[client][clock] += is_new ? 1 : -1;
      if (is_new)
        {
          weft_undo_deletions_add (&deletions, 22, set);
        }
      else
        {
          weft_undo_deletions_remove (&deletions, set);
          weft_range_set_clear (set);
        }
      for (guint client = 0; client < N_CLIENTS; client++)
        for (guint clock = 0; clock < N_CLOCKS; clock++)
          g_assert_cmpint (weft_undo_deletions_contain (&deletions, client, clock), ==, counts[client][clock] > 0);
    }
  weft_undo_deletions_clear (&deletions);
  for (guint i = 0; i < G_N_ELEMENTS (sets); i++)
    weft_range_set_clear (&sets[i]);
}

/* Edits an array of hundreds of items that stands in a map, from which it is deleted and comes back again and again. */
static GPtrArray *
edit_nested (guint    seed,
             gboolean general)
{
  GPtrArray *states = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(GRand) rand = g_rand_new_with_seed (seed);
  WeftDocOptions options = { .gc = seed % 2 };
  g_autoptr(WeftDoc) doc = weft_doc_new_with_options (5, &options);
  WeftType *outer = weft_doc_get_map (doc, "outer"), *inner = NULL;
  Fixture fixture = { .now = 1000 };
  g_autoptr(WeftUndoManager) undo = weft_undo_manager_new (doc, &outer, 1, 0, now_cb, &fixture);

  doc->general = general;
  for (guint step = 0; step < 80; step++)
    {
      guint64 length = 0;
      gint what = g_rand_int_range (rand, 0, 10);

      inner = weft_map_get_type (outer, "inner");
      if (inner == NULL)
        inner = weft_map_set_type (outer, "inner", WEFT_KIND_ARRAY);
      length = weft_type_get_length (inner);
      weft_doc_begin (doc, NULL);
      if (what < 4 || length < 100)
        for (guint i = 0; i < 60; i++)
          {
            g_autoptr(WeftAny) values = weft_any_new_array ();
            guint64 at = g_rand_int_range (rand, 0, (gint32) weft_type_get_length (inner) + 1);

            weft_any_array_take (values, weft_any_new_number (i));
            if (i % 3 == 0)
              weft_array_insert_type (inner, at, WEFT_KIND_MAP);
            else
              weft_array_insert (inner, at, values);
          }
      else if (what < 6)
        for (guint i = 0; i < 3; i++)
          weft_array_delete (inner, g_rand_int_range (rand, 0, (gint32) length - 10), 1 + i);
      else if (what == 6)
        weft_map_remove (outer, "inner");
      weft_doc_commit (doc);
      for (gint i = g_rand_int_range (rand, 0, 4); what > 6 && i >= 0; i--)
        {
          if (what < 9)
            weft_undo_manager_undo (undo);
          else
            weft_undo_manager_redo (undo);
        }
      g_ptr_array_add (states, weft_doc_encode_state (doc));
    }

  return states;
}

/* What comes back with a type stands between what came back before it, however far apart these are: they are found as
 * by going from one item to the next. */
static void
test_nested_random (void)
{
  gboolean is_long = g_getenv ("WEFT_TEST_LONG") != NULL;
  guint first = is_long ? (guint) g_test_rand_int_range (0, 1000000) : 1;

  for (guint seed = first; seed < first + (is_long ? 300 : 8); seed++)
    {
      g_autoptr(GPtrArray) fast = edit_nested (seed, FALSE), general = edit_nested (seed, TRUE);

      g_assert_cmpuint (fast->len, ==, general->len);
      for (guint i = 0; i < fast->len; i++)
        g_assert_true (g_bytes_equal (fast->pdata[i], general->pdata[i]));
    }
}

/* A chain of as many values is not walked for each of them. */
static void
test_one_key (void)
{
  for (guint gc = 0; gc < 2; gc++)
    {
      double few = set_and_undo (N_VALUES, gc), many = set_and_undo (N_VALUES * MORE_VALUES, gc);

      g_test_message ("%u values: %.1f ms, %u: %.1f ms", N_VALUES, few, N_VALUES * MORE_VALUES, many);
      /* Else it were MORE_VALUES times that. */
      g_assert_cmpfloat (many, <, 6 * MORE_VALUES * MAX (few, 1));
    }
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add ("/crdt/undo/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("capture", test_capture);
  ADD ("others-stay", test_others_stay);
  ADD ("tracked-origin", test_tracked_origin);
  ADD ("scope", test_scope);
  ADD ("edit-ends-redo", test_edit_ends_redo);
  ADD ("nested", test_nested);
#undef ADD
  g_test_add ("/crdt/undo/long-step", Fixture, NULL, set_up, test_long_step, tear_down);
  g_test_add_func ("/crdt/undo/one-key", test_one_key);
  g_test_add_func ("/crdt/undo/document-goes-first", test_document_goes_first);
  g_test_add_func ("/crdt/undo/nested-random", test_nested_random);
  g_test_add_func ("/crdt/undo/deletions/random", test_deletions_random);
  g_test_add_func ("/crdt/undo/deletions/overlapping", test_deletions_overlapping);

  g_test_add ("/crdt/undo/restart", Fixture, NULL, set_up, test_restart, tear_down);
  g_test_add_func ("/crdt/undo/restart-random", test_restart_random);
  g_test_add ("/crdt/undo/restore-damaged", Fixture, NULL, set_up, test_restore_damaged, tear_down);

  return g_test_run ();
}
