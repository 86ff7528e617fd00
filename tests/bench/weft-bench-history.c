/* weft-bench-history.c - looking back at a long note: what it costs in threads, and what the main thread
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "weft-bench-history.h"

#include "crdt/weft-type.h"
#include "notebook/weft-shown-page.h"
#include "notebook/weft-timeline.h"
#include "store/store-support.h"

#define N_EDITS  100000
#define N_PEOPLE 3
#define ROOM     "note"
/* A turn is what one of them writes in one go. */
#define N_IN_TURN     100
#define TURN_MS       (60 * 60 * 1000)
#define BETWEEN_MS    400
#define START         G_GINT64_CONSTANT (1700000000000)
/* About a megabyte in the end. */
#define N_INSERTED    14
#define N_DELETED     9
/* Versions that are walked through. */
#define N_STEPS       50

typedef struct
{
  WeftDoc *doc;
  GArray *edits; /* WeftTimelineEdit */
  gint64 now;
  WeftStore *store;
} Note;

static double
since_ms (gint64 start)
{
  return (double) (g_get_monotonic_time () - start) / 1000;
}

static void
record_cb (WeftDoc         *doc,
           WeftTransaction *transaction,
           gpointer         user_data)
{
  Note *note = user_data;
  const WeftStateVector *before = weft_transaction_get_before_state (transaction);
  const WeftStateVector *after = weft_transaction_get_after_state (transaction);
  WeftDeleteSet *deletes = weft_transaction_get_delete_set (transaction);

  for (gsize i = 0; i < weft_state_vector_get_n_clients (after); i++)
    {
      WeftTimelineEdit edit = { .time = note->now };
      WeftClock to;

      weft_state_vector_get_entry (after, i, &edit.client, &to);
      edit.clock = weft_state_vector_get (before, edit.client);
      edit.length = to - edit.clock;
      if (edit.length > 0)
        g_array_append_val (note->edits, edit);
    }
  for (gsize i = 0; i < weft_delete_set_get_n_ranges (deletes); i++)
    {
      const WeftIdRange *range = weft_delete_set_get_range (deletes, i);
      WeftTimelineEdit edit = { range->client, range->clock, range->length, TRUE, note->now };

      g_array_append_val (note->edits, edit);
    }
}

static void
store_cb (WeftDoc      *doc,
          GBytes       *update,
          gconstpointer origin,
          gboolean      local,
          gpointer      user_data)
{
  weft_store_append_update (((Note *) user_data)->store, ROOM, update, WEFT_UPDATE_LOCAL);
}

static void
bring (WeftDoc *from,
       WeftDoc *to)
{
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (to);
  g_autoptr(GBytes) update = weft_doc_encode_diff (from, state);

  g_assert_true (weft_doc_apply_update (to, update, NULL, NULL));
}

/* They take turns. A turn is at one place of the note, words come and go, some of them bold. */
static void
write_turn (WeftDoc *doc,
            GRand   *rand,
            Note    *note)
{
  WeftType *text = weft_doc_get_text (doc, "quill");
  g_autoptr(WeftAny) bold = weft_any_from_json ("{\"bold\":true}", -1, NULL);
  guint64 at = (guint64) (g_rand_double (rand) * (double) (weft_type_get_length (text) + 1));

  for (guint i = 0; i < N_IN_TURN; i++)
    {
      guint64 length = weft_type_get_length (text);

      note->now += BETWEEN_MS;
      at = MIN (at, length);
      if (i % 5 == 4 && length > 100)
        weft_text_delete (text, at > N_DELETED ? at - N_DELETED : 0, N_DELETED);
      else
        {
          weft_text_insert (text, at, i % 20 == 0 ? "a new sentence\n" : "words written ", -1, i % 33 == 0 ? bold : NULL);
          at += N_INSERTED;
        }
    }
}


static char *
color_cb (const char *person,
          gpointer    user_data)
{
  return g_strdup ("#1c71d8");
}

static double
apply (WeftDoc             *copy,
       const WeftShownStep *step)
{
  double worst = 0;

  for (guint i = 0; i < step->updates->len; i++)
    {
      gint64 start = g_get_monotonic_time ();

      g_assert_true (weft_doc_apply_update (copy, step->updates->pdata[i], NULL, NULL));
      worst = MAX (worst, since_ms (start));
    }

  return worst;
}

static void
measure_walk (Note          *note,
              WeftTimeline  *timeline,
              WeftUsers     *users,
              WeftBenchPrint print)
{
  g_autoptr(WeftShownPage) page = weft_shown_page_new ();
  g_autoptr(WeftDoc) copy = weft_shown_page_new_copy ();
  guint n = weft_timeline_get_n (timeline), n_updates = 0;
  double worst_apply = 0, sum = 0, worst = 0;

  for (guint i = 0; i < N_STEPS && i < n; i++)
    {
      guint index = n - 1 - i;
      gint64 start = g_get_monotonic_time ();
      g_autoptr(WeftSnapshot) at = weft_timeline_dup_snapshot (timeline, index);
      g_autoptr(WeftSnapshot) before = weft_timeline_dup_before (timeline, index);
      g_autoptr(WeftShownStep) step = weft_shown_page_show (page, note->doc, before, at, users, color_cb, NULL);
      double took = since_ms (start), applied = apply (copy, step);

      if (i == 0)
        {
          print ("history: first version, in a thread", took, "ms");
          print ("history: first version, updates", step->updates->len, "");
          print ("history: first version, worst update, main", applied, "ms");
          continue;
        }
      sum += took;
      worst = MAX (worst, took);
      worst_apply = MAX (worst_apply, applied);
      n_updates += step->updates->len;
    }

  print ("history: next version, in a thread", sum / (MIN (N_STEPS, n) - 1), "ms");
  print ("history: next version, worst, in a thread", worst, "ms");
  print ("history: next version, updates", (double) n_updates / (MIN (N_STEPS, n) - 1), "");
  print ("history: next version, worst update, main", worst_apply, "ms");
}

static void
measure_restore (Note          *note,
                 WeftTimeline  *timeline,
                 guint          back,
                 WeftBenchPrint print)
{
  guint n = weft_timeline_get_n (timeline);
  g_autoptr(WeftSnapshot) at = weft_timeline_dup_snapshot (timeline, n - 1 - MIN (back, n - 1));
  g_autofree char *in_thread = g_strdup_printf ("history: restore, %u versions back, in a thread", back);
  g_autofree char *in_main = g_strdup_printf ("history: restore, %u versions back, main", back);
  g_autoptr(WeftDoc) copy = weft_doc_new ();
  g_autoptr(GBytes) state = weft_doc_encode_state (note->doc);
  gint64 start = g_get_monotonic_time ();
  g_autoptr(WeftChanges) changes = weft_changes_new (note->doc, at, NULL, NULL);

  print (in_thread, since_ms (start), "ms");
  g_assert_true (weft_doc_apply_update (copy, state, NULL, NULL));
  start = g_get_monotonic_time ();
  weft_changes_restore (changes, copy, NULL);
  print (in_main, since_ms (start), "ms");
}

static void
measure_load (Note          *note,
              const char    *folder,
              WeftBenchPrint print)
{
  g_autofree char *path = g_build_filename (folder, "history.weft", NULL);
  const WeftDocObserver observer = { .update = store_cb };
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GArray) entries = NULL;
  g_autoptr(WeftDoc) loaded = NULL;
  g_autoptr(GRand) rand = g_rand_new_with_seed (1);
  gint64 start;

  note->store = open_store (path);
  weft_doc_add_observer (doc, &observer, note);
  for (guint i = 0; i < N_EDITS / N_IN_TURN; i++)
    write_turn (doc, rand, note);
  g_assert_true (flush (note->store, NULL));

  start = g_get_monotonic_time ();
  weft_store_load_history_async (note->store, ROOM, NULL, take_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  loaded = weft_store_load_history_finish (note->store, result, &entries, NULL);
  g_assert_nonnull (loaded);
  print ("history: reading 100,000 edits, in threads", since_ms (start), "ms");
  close_store (g_steal_pointer (&note->store));
}

/* What one of them does there is told with its time, but for what came from the others. */
typedef struct
{
  Note *note;
  WeftBenchEdit edit;
  gpointer user_data;
} Telling;

static void
tell_cb (WeftDoc      *doc,
         GBytes       *update,
         gconstpointer origin,
         gboolean      local,
         gpointer      user_data)
{
  Telling *telling = user_data;

  if (local)
    telling->edit (update, telling->note->now, telling->user_data);
}

/* @edit: (nullable) */
static void
write_note (Note         *note,
            WeftBenchEdit edit,
            gpointer      user_data)
{
  static const char *const names[N_PEOPLE] = { "Ana · laptop", "Ben · phone", "Cho · desk" };
  const WeftDocObserver observer = { .update = tell_cb };
  Telling telling = { note, edit, user_data };
  WeftDoc *docs[N_PEOPLE];
  WeftUsers *users[N_PEOPLE];
  g_autoptr(GRand) rand = g_rand_new_with_seed (7);

  for (guint i = 0; i < N_PEOPLE; i++)
    {
      docs[i] = weft_doc_new ();
      if (edit != NULL)
        weft_doc_add_observer (docs[i], &observer, &telling);
      users[i] = weft_users_new (docs[i]);
      weft_users_set_user (users[i], names[i]);
    }
  for (guint i = 0; i < N_EDITS / N_IN_TURN; i++)
    {
      WeftDoc *writer = docs[i % N_PEOPLE];

      bring (note->doc, writer);
      write_turn (writer, rand, note);
      weft_users_flush (users[i % N_PEOPLE]);
      bring (writer, note->doc);
      note->now += TURN_MS;
    }
  for (guint i = 0; i < N_PEOPLE; i++)
    {
      weft_users_free (users[i]);
      weft_doc_free (docs[i]);
    }
}

void
bench_write_note (WeftBenchEdit edit,
                  gpointer      user_data)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  Note note = { doc, NULL, START, NULL };

  write_note (&note, edit, user_data);
}

void
bench_history (const char    *folder,
               WeftBenchPrint print)
{
  const WeftDocObserver observer = { .transaction = record_cb };
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(WeftUsers) all = weft_users_new (doc);
  g_autoptr(GArray) edits = g_array_new (FALSE, FALSE, sizeof (WeftTimelineEdit));
  g_autoptr(WeftTimeline) timeline = NULL;
  Note note = { doc, edits, START, NULL };
  gint64 start;

  weft_doc_add_observer (doc, &observer, &note);
  write_note (&note, NULL, NULL);

  print ("history: length of the note", (double) weft_type_get_length (weft_doc_get_text (doc, "quill")) / 1e6,
         "million characters");
  start = g_get_monotonic_time ();
  timeline = weft_timeline_new (doc, edits, all);
  print ("history: grouping into versions, in a thread", since_ms (start), "ms");
  print ("history: versions", weft_timeline_get_n (timeline), "");
  measure_walk (&note, timeline, all, print);
  measure_restore (&note, timeline, 1, print);
  measure_restore (&note, timeline, 100, print);
  measure_load (&note, folder, print);
}
