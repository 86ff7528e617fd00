/* weft-bench-notebook.c - the figures of a notebook: what it costs to keep, open, search and copy
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * weft-bench-notebook [NAME...]: the benchmarks of the table at the end, or those named. Each prints lines of a name,
 * a figure and a unit. `./dev bench notebook` runs all of them with optimisation.
 *
 * weft-bench-notebook --make-pages FILE [N [flat|wide|groups [MOVES]]]: a notebook of N pages (a million), to open in
 * the application; MOVES: an update for it, 100,000 moves by somebody else.
 *
 * weft-bench-notebook --make-large FILE [N]: N pages (1,000), the first three an ordinary note, a large note and a
 * large board.
 */

#include "config.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "crdt/weft-type.h"
#include "store/store-support.h"
#include "store/weft-search-index.h"
#include "weft-bench-cards.h"
#include "weft-bench-history.h"
#include "weft-bench-pages.h"

#define N_NOTES 10000
#define N_MANY_MOVES 100000
#define N_LARGE_PAGES 1000

static char *folder;

static void
print_figure (const char *name,
              double      value,
              const char *unit)
{
  g_print ("%-44s %10.3f %s\n", name, value, unit);
}

static double
since_ms (gint64 start)
{
  return (double) (g_get_monotonic_time () - start) / 1000;
}

static int
compare_doubles (gconstpointer a,
                 gconstpointer b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static void
print_spread (const char *name,
              double     *values,
              guint       n,
              const char *unit)
{
  g_autofree char *median = g_strconcat (name, ", median", NULL);
  g_autofree char *worst = g_strconcat (name, ", 99 of 100", NULL);

  qsort (values, n, sizeof *values, compare_doubles);
  print_figure (median, values[n / 2], unit);
  print_figure (worst, values[n * 99 / 100], unit);
}

static char *
make_path (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static GBytes *
make_note (guint n)
{
  static const char *const words[] = { "river", "Küche", "meeting", "invoice", "京都", "tower", "garden", "笔记",
                                       "winter", "drawing", "plan", "заметка", "train", "coffee", "น้ำ", "letter" };
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(GString) text = g_string_new (NULL);
  guint state = n * 2654435761u + 1;

  for (guint i = 0; i < 120; i++)
    {
      state = state * 1664525u + 1013904223u;
      g_string_append_printf (text, "%s%c", words[state >> 28], i % 12 == 11 ? '\n' : ' ');
    }
  g_string_append_printf (text, "number%u\n", n);
  weft_text_insert (weft_doc_get_text (doc, "quill"), 0, text->str, -1, NULL);

  return weft_doc_encode_state (doc);
}

/* A store with N_NOTES notes, made once. */
static char *
make_notes (void)
{
  char *path = make_path ("notes.weft");
  WeftStore *store;

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return path;

  store = open_store (path);
  for (guint i = 0; i < N_NOTES; i++)
    {
      g_autofree char *doc_id = g_strdup_printf ("n/%u", i);
      g_autoptr(GBytes) update = make_note (i);

      weft_store_append_update (store, doc_id, update, WEFT_UPDATE_LOCAL);
    }
  close_store (store);

  return path;
}

/* --- The store ------------------------------------------------------------------------------------- */

static void
bench_append (void)
{
  g_autofree char *path = make_path ("append.weft");
  WeftStore *store = open_store (path);
  g_autoptr(GBytes) update = g_bytes_new_static ("0123456789012345678901234567890", 31);
  double calls[200];
  double waits[200];

  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      gint64 start = g_get_monotonic_time ();
      guint64 seq = 0;

      for (guint e = 0; e < 20; e++)
        seq = weft_store_append_update (store, "n/page", update, WEFT_UPDATE_LOCAL);
      calls[i] = since_ms (start) * 1000 / 20;
      while (weft_store_get_committed_seq (store) < seq)
        g_main_context_iteration (NULL, TRUE);
      waits[i] = since_ms (start);
    }
  close_store (store);

  print_spread ("append of an edit, the call", calls, G_N_ELEMENTS (calls), "µs");
  print_spread ("until it is on the disk (at most 250)", waits, G_N_ELEMENTS (waits), "ms");
}

static void
bench_open (void)
{
  g_autofree char *path = make_notes ();
  double values[15];

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      gint64 start = g_get_monotonic_time ();
      WeftStore *store = open_store (path);
      g_autoptr(WeftDoc) doc = load_doc (store, "n/77", NULL);

      values[i] = since_ms (start);
      close_store (store);
    }

  print_spread ("open 10,000 notes and load one", values, G_N_ELEMENTS (values), "ms");
}

static void
append_cb (WeftDoc      *doc,
           GBytes       *update,
           gconstpointer origin,
           gboolean      local,
           gpointer      user_data)
{
  weft_store_append_update (user_data, "n/page", update, WEFT_UPDATE_LOCAL);
}

static void
bench_compact (void)
{
  g_autofree char *path = make_path ("compact.weft");
  WeftStore *store = open_store (path);
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autofree char *text = g_strnfill (1024 * 1024, 'x');
  const WeftDocObserver observer = { .update = append_cb };
  WeftType *type = weft_doc_get_text (doc, "quill");
  double values[10];

  weft_doc_add_observer (doc, &observer, store);
  weft_text_insert (type, 0, text, -1, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      gint64 start;

      for (guint e = 0; e < 500; e++)
        weft_text_insert (type, (e * 7919) % 1000000, "word ", -1, NULL);
      g_assert_true (flush (store, NULL));
      start = g_get_monotonic_time ();
      g_assert_true (compact (store, "n/page", NULL));
      values[i] = since_ms (start);
    }
  close_store (store);

  print_spread ("compact 500 edits of a note of 1 MB", values, G_N_ELEMENTS (values), "ms");
}

static void
bench_backup (void)
{
  g_autofree char *path = make_notes ();
  g_autofree char *target = make_path ("backup.weft");
  g_autoptr(GFile) file = g_file_new_for_path (target);
  WeftStore *store = open_store (path);
  g_autoptr(GAsyncResult) result = NULL;
  gint64 start = g_get_monotonic_time ();
  GStatBuf info;
  double ms;

  weft_store_backup_async (store, file, NULL, NULL, NULL, take_result_cb, &result);
  g_assert_true (weft_store_backup_finish (store, wait_for (&result), NULL));
  ms = since_ms (start);
  g_assert_cmpint (g_stat (target, &info), ==, 0);
  g_clear_object (&result);
  close_store (store);

  print_figure ("backup, read back", (double) info.st_size / 1e6 / (ms / 1000), "MB/s");
}

/* --- The search ------------------------------------------------------------------------------------ */

static void
bench_search (void)
{
  static const char *const queries[] = { "river", "ri", "r", "number77", "京都", "笔", "kuche gar", "tower coffee plan" };
  g_autofree char *path = make_path ("notes.weft-search");
  g_autoptr(WeftSearchIndex) index = weft_search_index_open (path, NULL);
  gint64 start = g_get_monotonic_time ();
  GStatBuf info;

  for (guint i = 0; i < N_NOTES; i++)
    {
      g_autoptr(WeftDoc) doc = weft_doc_new ();
      g_autoptr(GBytes) update = make_note (i);
      g_autofree char *page = g_strdup_printf ("%u", i);
      g_autofree char *title = g_strdup_printf ("Note %u", i);
      WeftSearchText text = { NULL, NULL };
      WeftSearchState state = { i, i };

      g_assert_true (weft_doc_apply_update (doc, update, NULL, NULL));
      text.text = weft_text_to_string (weft_doc_get_text (doc, "quill"));
      g_assert_true (weft_search_index_put (index, page, title, &text, &state, NULL));
      g_free (text.text);
      if (i % 200 == 199)
        g_assert_true (weft_search_index_commit (index, NULL));
    }
  g_assert_true (weft_search_index_commit (index, NULL));
  print_figure ("index 10,000 notes", since_ms (start) / 1000, "s");
  g_assert_cmpint (g_stat (path, &info), ==, 0);

  for (guint q = 0; q < G_N_ELEMENTS (queries); q++)
    {
      double values[20];
      g_autofree char *name = g_strdup_printf ("find “%s” in 10,000 notes", queries[q]);

      for (guint i = 0; i < G_N_ELEMENTS (values); i++)
        {
          g_autoptr(GPtrArray) hits = NULL;

          start = g_get_monotonic_time ();
          hits = weft_search_index_find (index, queries[q], 60, NULL);
          values[i] = since_ms (start);
          g_assert_cmpuint (hits->len, >, 0);
        }
      qsort (values, G_N_ELEMENTS (values), sizeof *values, compare_doubles);
      print_figure (name, values[G_N_ELEMENTS (values) / 2], "ms");
    }
}

/* --- The page tree --------------------------------------------------------------------------------- */

static const char *program;

static void
bench_pages (void)
{
  g_autofree char *path = make_path ("pages.weft");
  g_autofree char *moves_path = make_path ("pages.moves");
  g_autoptr(GBytes) moves = make_pages (path, N_MANY_PAGES, PAGES_IN_GROUPS, N_MANY_MOVES);
  const char *command[] = { program, "--open-pages", path, moves_path, NULL };
  g_autoptr(GError) error = NULL;
  g_autofree char *output = NULL;
  gsize size;
  gconstpointer data = g_bytes_get_data (moves, &size);
  int status;

  g_assert_true (g_file_set_contents (moves_path, data, (gssize) size, NULL));
  g_assert_true (g_spawn_sync (NULL, (char **) command, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, &status,
                               &error));
  g_assert_true (g_spawn_check_wait_status (status, &error));
  g_print ("%s", output);
}

static void
run_bench_history (void)
{
  bench_history (folder, print_figure);
}

/* --- Conflicts ------------------------------------------------------------------------------------- */

static void
bench_cards (void)
{
  bench_conflict_cards (print_figure);
}

/* --- What is counted, not timed -------------------------------------------------------------------- */

/* Each takes minutes to an hour; the figures of a run stand in src/store/README.md. */
static void
name_long_runs (void)
{
  g_print ("10,000 kills -9:                       ./dev test --long crash-long\n"
           "50,000 power cuts, n-th failing calls: ./dev test --long faults-long\n"
           "22,850 damaged files, 3,000 logs:      ./dev test --long damage-long\n");
}

/* --- All of them: a benchmark is a line here ------------------------------------------------------- */

static const struct
{
  const char *name;
  void      (*run) (void);
} benchmarks[] = {
  { "append", bench_append },
  { "open", bench_open },
  { "compact", bench_compact },
  { "backup", bench_backup },
  { "search", bench_search },
  { "pages", bench_pages },
  { "history", run_bench_history },
  { "cards", bench_cards },
  { "long", name_long_runs },
};

/* @arguments: FILE [N [LAYOUT [MOVES]]] */
static int
make_pages_file (char **arguments)
{
  guint n = g_strv_length (arguments);
  guint n_pages = n > 1 ? (guint) g_ascii_strtoull (arguments[1], NULL, 10) : N_MANY_PAGES;
  const char *name = n > 2 ? arguments[2] : "groups";
  PagesLayout layout = g_str_equal (name, "flat") ? PAGES_FLAT : g_str_equal (name, "wide") ? PAGES_WIDE : PAGES_IN_GROUPS;
  g_autoptr(GBytes) moves = make_pages (arguments[0], n_pages, layout, n > 3 ? MIN (N_MANY_MOVES, n_pages) : 0);

  if (moves != NULL
      && !g_file_set_contents (arguments[3], g_bytes_get_data (moves, NULL), (gssize) g_bytes_get_size (moves), NULL))
    return 1;

  return 0;
}

int
main (int   argc,
      char *argv[])
{
  setlocale (LC_ALL, "");
  program = argv[0];
  if (argc >= 3 && g_str_equal (argv[1], "--open-pages"))
    return open_pages (argv[2], argc > 3 ? argv[3] : NULL);
  if (argc >= 3 && g_str_equal (argv[1], "--scan-pages"))
    return scan_pages (argv[2]);
  if (argc >= 3 && g_str_equal (argv[1], "--make-pages"))
    return make_pages_file (argv + 2);
  if (argc >= 3 && g_str_equal (argv[1], "--make-large"))
    {
      make_large_pages (argv[2], argc > 3 ? (guint) g_ascii_strtoull (argv[3], NULL, 10) : N_LARGE_PAGES);
      return 0;
    }

  folder = g_dir_make_tmp ("weft-bench-XXXXXX", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (benchmarks); i++)
    if (argc == 1 || g_strv_contains ((const char *const *) argv + 1, benchmarks[i].name))
      benchmarks[i].run ();

  remove_folder (folder);
  g_free (folder);
  return 0;
}
