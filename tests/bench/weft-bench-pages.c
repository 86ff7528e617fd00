/* weft-bench-pages.c - a notebook of a million pages: making it, opening it, moving in it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "weft-bench-pages.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/board-support.h"
#include "crdt/weft-type.h"
#include "notebook/weft-fractional-index.h"
#include "notebook/weft-notebook-doc.h"
#include "notebook/weft-page-scan.h"
#include "store/store-support.h"
#include "store/weft-database-private.h"
#include "store/weft-store-rows.h"
#include "store/weft-update-log.h"
#include "weft-bench-history.h"

/* The tree: so many pages at the top, and so many below each of the others, as far as they go. */
#define N_TOP 1000
#define N_BELOW 32
#define N_IN_TRANSACTION 1000
/* Two people made the pages; the third, who moves them, wrote at the same time. */
#define CLIENT_A 1001
#define CLIENT_C 3003
#define N_OWN_MOVES 1000
/* What the id of the notebook is made of. */
#define NOTEBOOK (G_MAXUINT32 - 1)
/* Which of the large pages is what; the first is an ordinary note. */
#define LARGE_NOTE 1
#define LARGE_BOARD 2
#define N_LARGE 3
#define N_LARGE_ELEMENTS 10000
/* What a tall window shows. */
#define N_ROWS 100

static void
make_id (WeftPageId *id,
         guint32     n)
{
  guint64 state = n + 1;

  /* splitmix64: ids are random, and the same in each run */
  for (guint i = 0; i < 2; i++)
    {
      guint64 z = state += 0x9e3779b97f4a7c15u;

      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
      z ^= z >> 31;
      memcpy (id->bytes + 8 * i, &z, 8);
    }
}

static void
find_parent (guint32     n,
             guint       n_pages,
             PagesLayout layout,
             WeftPageId *parent)
{
  if (layout == PAGES_FLAT || layout == PAGES_LARGE || n < N_TOP)
    *parent = weft_page_id_root;
  else if (layout == PAGES_WIDE && n >= n_pages - n_pages / 10)
    make_id (parent, 0);
  else
    make_id (parent, (n - N_TOP) / N_BELOW);
}

/* At which of the positions among its siblings. */
static guint
find_place (guint       n,
            guint       n_pages,
            PagesLayout layout)
{
  if (layout == PAGES_FLAT || layout == PAGES_LARGE || n < N_TOP)
    return n;
  if (layout == PAGES_WIDE && n >= n_pages - n_pages / 10)
    return n - (n_pages - n_pages / 10) + N_BELOW;
  return (n - N_TOP) % N_BELOW;
}

static void
append_element (WeftDoc   *doc,
                WeftType  *ops,
                GPtrArray *batch)
{
  g_autoptr(GBytes) element = weft_op_pack (batch);
  g_autoptr(WeftAny) values = weft_any_new_array ();

  weft_any_array_take (values, weft_any_new_bytes (element));
  weft_array_insert (ops, weft_type_get_length (ops), values);
  g_ptr_array_set_size (batch, 0);
}

static void
add_page (WeftDoc    *doc,
          WeftType   *ops,
          GPtrArray  *batch,
          guint       n,
          guint       n_pages,
          PagesLayout layout,
          const char *position)
{
  guint64 lamport = 1 + 4 * (guint64) n;
  const char *kind = layout == PAGES_LARGE && n == LARGE_BOARD ? WEFT_PROFILE_BOARD : WEFT_PROFILE_NOTE;
  g_autofree char *title = g_strdup_printf ("Page %u of many", n);
  WeftPageId page, parent;

  make_id (&page, n);
  find_parent (n, n_pages, layout, &parent);
  g_ptr_array_add (batch, weft_op_new_move (lamport, &page, &parent, position));
  g_ptr_array_add (batch, weft_op_new_set (lamport + 1, &page, WEFT_PAGE_KIND, weft_any_new_string (kind)));
  g_ptr_array_add (batch, weft_op_new_set (lamport + 2, &page, "title", weft_any_new_string (title)));
  g_ptr_array_add (batch, weft_op_new_set (lamport + 3, &page, "created", weft_any_new_number (1.7e12 + n)));
  append_element (doc, ops, batch);
}

/* Moves of random pages to below others: half of them newer than all pages, half made while those were. */
static GBytes *
make_moves (GBytes *state,
            guint   n_pages,
            guint   n_moves)
{
  g_autoptr(WeftDoc) doc = weft_doc_new_with_options (CLIENT_C, NULL);
  g_autoptr(GPtrArray) batch = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_op_free);
  g_autoptr(WeftStateVector) before = NULL;
  g_autoptr(GRand) random = g_rand_new_with_seed (7);
  WeftType *ops = weft_doc_get_array (doc, "ops");

  g_assert_true (weft_doc_apply_update (doc, state, NULL, NULL));
  before = weft_doc_get_state_vector (doc);

  weft_doc_begin (doc, NULL);
  for (guint i = 0; i < n_moves; i++)
    {
      guint64 lamport = 2 * (guint64) n_pages + 3 * (guint64) n_pages * i / n_moves;
      WeftPageId page, parent;

      make_id (&page, (guint32) g_rand_int_range (random, 0, (gint32) n_pages));
      make_id (&parent, (guint32) g_rand_int_range (random, 0, (gint32) n_pages));
      g_ptr_array_add (batch, weft_op_new_move (lamport, &page, &parent, "V"));
      append_element (doc, ops, batch);
    }
  weft_doc_commit (doc);

  return weft_doc_encode_diff (doc, before);
}

GBytes *
make_pages (const char *path,
            guint       n_pages,
            PagesLayout layout,
            guint       n_moves)
{
  g_autoptr(WeftDoc) doc = weft_doc_new_with_options (CLIENT_A, NULL);
  g_autoptr(GPtrArray) batch = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_op_free);
  g_auto(GStrv) positions = weft_fractional_index_n_between (
      NULL, NULL, layout == PAGES_IN_GROUPS ? N_TOP : MAX (N_TOP, n_pages));
  g_autoptr(WeftAny) format = weft_any_new_number (WEFT_NOTEBOOK_FORMAT);
  g_autoptr(GBytes) update = NULL;
  WeftType *ops = weft_doc_get_array (doc, "ops");
  WeftStore *store = open_store (path);
  WeftPageId notebook;
  WeftPageIdText text;
  g_autofree char *room = NULL;

  weft_map_set (weft_doc_get_map (doc, "notebook"), "format", format);
  for (guint i = 0; i < n_pages; i++)
    {
      if (i % N_IN_TRANSACTION == 0)
        weft_doc_begin (doc, NULL);
      add_page (doc, ops, batch, i, n_pages, layout, positions[find_place (i, n_pages, layout)]);
      if (i % N_IN_TRANSACTION == N_IN_TRANSACTION - 1 || i == n_pages - 1)
        weft_doc_commit (doc);
    }
  update = weft_doc_encode_state (doc);
  g_clear_pointer (&doc, weft_doc_free);

  make_id (&notebook, NOTEBOOK);
  room = weft_room_name_new (&notebook, NULL);
  weft_store_set_setting (store, WEFT_STORE_NOTEBOOK_ID, weft_page_id_format (&notebook, text));
  weft_store_append_update (store, room, update, WEFT_UPDATE_LOCAL);
  close_store (store);

  return n_moves > 0 ? make_moves (update, n_pages, n_moves) : NULL;
}

/* --- Large pages ------------------------------------------------------------------------------------ */

typedef struct
{
  WeftDatabase *database;
  char         *room;
  guint64       seq;
} Writing;

static void
write_row (GBytes  *update,
           gint64   time,
           gpointer user_data)
{
  Writing *self = user_data;
  g_autoptr(WeftLogRow) row = weft_log_row_new (self->room, ++self->seq, WEFT_ROW_LOCAL, time, g_bytes_ref (update));
  g_autoptr(GError) error = NULL;

  weft_log_append (self->database, row, &error);
  g_assert_no_error (error);
}

static void
write_content (Writing *self,
               guint    n)
{
  g_autoptr(WeftDoc) doc = weft_doc_new_with_options (CLIENT_A, NULL);
  g_autoptr(GBytes) update = NULL;
  WeftPageId notebook, page;

  make_id (&notebook, NOTEBOOK);
  make_id (&page, n);
  g_free (self->room);
  self->room = weft_room_name_new (&notebook, &page);

  if (n == LARGE_NOTE)
    {
      bench_write_note (write_row, self);
      return;
    }

  if (n == LARGE_BOARD)
    test_fill_board (weft_doc_get_map (doc, WEFT_BOARD_ROOT), N_LARGE_ELEMENTS);
  else
    weft_text_insert (weft_doc_get_text (doc, "quill"), 0, "What an ordinary page says\n", -1, NULL);
  update = weft_doc_encode_state (doc);
  write_row (update, g_get_real_time () / 1000, self);
}

void
make_large_pages (const char *path,
                  guint       n_pages)
{
  g_autoptr(WeftDatabase) database = NULL;
  g_autoptr(GError) error = NULL;
  Writing writing = { 0 };

  make_pages (path, MAX (n_pages, N_LARGE), PAGES_LARGE, 0);
  database = weft_database_open (path, &weft_notebook_schema, &error);
  g_assert_no_error (error);
  writing.database = database;
  weft_log_get_last_seq (database, &writing.seq, &error);
  g_assert_no_error (error);

  weft_database_begin (database, &error);
  g_assert_no_error (error);
  for (guint n = 0; n < N_LARGE; n++)
    write_content (&writing, n);
  weft_database_commit (database, &error);
  g_assert_no_error (error);
  g_free (writing.room);
}

/* --- Measuring ------------------------------------------------------------------------------------- */

static void
print_figure (const char *name,
              double      value,
              const char *unit)
{
  g_print ("%-44s %10.3f %s\n", name, value, unit);
}

/* Of all threads, in ms: other than the time on the wall it says the same on a busy machine. */
static double
read_processor_ms (void)
{
  struct timespec time;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double) time.tv_sec * 1e3 + (double) time.tv_nsec / 1e6;
}

/* @field of /proc/self/status, in MB. */
static double
read_memory (const char *field)
{
  g_autofree char *status = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    return 0;

  line = strstr (status, field);
  return line != NULL ? g_ascii_strtod (line + strlen (field) + 1, NULL) * 1024 / 1e6 : 0;
}

static int
compare_times (gconstpointer a,
               gconstpointer b)
{
  gint64 x = *(const gint64 *) a;
  gint64 y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

static void
measure_own_moves (WeftNotebookDoc *notebook,
                   guint            n_pages)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (11);
  gint64 times[N_OWN_MOVES];

  for (guint i = 0; i < N_OWN_MOVES; i++)
    {
      WeftPageId page, parent;
      gint64 start;

      make_id (&page, (guint32) g_rand_int_range (random, 0, (gint32) n_pages));
      make_id (&parent, (guint32) g_rand_int_range (random, 0, (gint32) n_pages));
      start = g_get_monotonic_time ();
      weft_notebook_doc_move (notebook, &page, &parent, i % 2 ? WEFT_PAGE_FIRST : WEFT_PAGE_LAST);
      times[i] = g_get_monotonic_time () - start;
    }

  qsort (times, N_OWN_MOVES, sizeof *times, compare_times);
  print_figure ("move a page, median", (double) times[N_OWN_MOVES / 2], "µs");
  print_figure ("move a page, 99 of 100", (double) times[N_OWN_MOVES * 99 / 100], "µs");
}

/* What opening shows before anything is loaded: see model/weft-notebook-outline.c. */
static void
measure_outline (WeftPageTree *tree)
{
  double processor_ms = read_processor_ms ();
  gint64 start = g_get_monotonic_time ();
  g_autoptr(GBytes) bytes = weft_page_outline_make (tree, NULL, NULL, "bench");
  g_autoptr(WeftPageTree) shown = NULL;
  const char *title = NULL;
  WeftPageId page;

  print_figure ("write the outline, on a thread", (double) (g_get_monotonic_time () - start) / 1000, "ms");
  print_figure ("  processor time", read_processor_ms () - processor_ms, "ms");
  print_figure ("size of the outline", (double) g_bytes_get_size (bytes) / 1e6, "MB");

  start = g_get_monotonic_time ();
  shown = weft_page_tree_new_from_outline (weft_page_outline_new (bytes, "bench"));
  for (guint i = 0; i < N_ROWS && weft_page_tree_get_child (shown, &weft_page_id_root, i, &page); i++)
    title = weft_page_tree_get_string (shown, &page, WEFT_PAGE_TITLE);
  g_assert_nonnull (title);
  print_figure ("open the outline, to the first rows", (double) (g_get_monotonic_time () - start), "µs");
}

int
open_pages (const char *path,
            const char *moves_path)
{
  gint64 start = g_get_monotonic_time ();
  gint64 loaded;
  WeftStore *store = open_store (path);
  WeftPageId id;
  g_autofree char *room = NULL;
  g_autoptr(WeftDoc) doc = NULL;
  g_autoptr(WeftNotebookDoc) notebook = NULL;
  WeftPageTree *tree;
  double ms, processor_ms;
  guint n_pages;

  g_assert_true (weft_page_id_parse (&id, weft_store_get_setting (store, WEFT_STORE_NOTEBOOK_ID)));
  room = weft_room_name_new (&id, NULL);
  doc = load_doc (store, room, NULL);
  loaded = g_get_monotonic_time ();
  print_figure ("load the notebook doc", (double) (loaded - start) / 1000, "ms");
  print_figure ("  processor time", read_processor_ms (), "ms");
  print_figure ("memory with the doc", read_memory ("VmRSS:"), "MB");
  notebook = weft_notebook_doc_new (doc);
  tree = weft_notebook_doc_get_tree (notebook);
  n_pages = weft_page_tree_get_n_pages (tree);
  ms = (double) (g_get_monotonic_time () - start) / 1000;
  processor_ms = read_processor_ms ();
  print_figure ("pages", n_pages, "");
  print_figure ("open, to the tree", ms, "ms");
  print_figure ("  processor time", processor_ms, "ms");
  print_figure ("memory with the tree", read_memory ("VmRSS:"), "MB");
  print_figure ("memory at the most", read_memory ("VmHWM:"), "MB");

  measure_outline (tree);

  if (moves_path != NULL)
    {
      g_autofree char *data = NULL;
      g_autoptr(GBytes) moves = NULL;
      gsize size;

      g_assert_true (g_file_get_contents (moves_path, &data, &size, NULL));
      moves = g_bytes_new_take (g_steal_pointer (&data), size);
      start = g_get_monotonic_time ();
      processor_ms = read_processor_ms ();
      g_assert_true (weft_doc_apply_update (doc, moves, NULL, NULL));
      print_figure ("100,000 moves from elsewhere", (double) (g_get_monotonic_time () - start) / 1000, "ms");
      print_figure ("  processor time", read_processor_ms () - processor_ms, "ms");
    }

  measure_own_moves (notebook, n_pages);
  close_store (store);
  return 0;
}

static gpointer
check_thread (gpointer data)
{
  return GINT_TO_POINTER (weft_store_rows_check (data));
}

/* As model/weft-notebook-scan.c does it. */
int
scan_pages (const char *path)
{
  gint64 start = g_get_monotonic_time ();
  double processor_ms = read_processor_ms ();
  WeftStore *store = open_store (path);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(WeftStoreRows) rows = NULL;
  g_autoptr(WeftPageScan) scan = NULL;
  g_autoptr(GBytes) look = NULL, all = NULL;
  g_autoptr(WeftPageTree) tree = NULL;
  g_autofree char *room = NULL;
  GThread *check;
  WeftPageId id;

  g_assert_true (weft_page_id_parse (&id, weft_store_get_setting (store, WEFT_STORE_NOTEBOOK_ID)));
  room = weft_room_name_new (&id, NULL);
  weft_store_read_rows_async (store, room, NULL, take_result_cb, &result);
  rows = weft_store_read_rows_finish (store, wait_for (&result), NULL);
  g_assert_nonnull (rows);
  print_figure ("without an outline: the rows are there", (double) (g_get_monotonic_time () - start) / 1000, "ms");
  check = g_thread_new ("check", check_thread, rows);
  g_assert_true (GPOINTER_TO_INT (g_thread_join (check)));
  print_figure ("  checked, processor time", read_processor_ms () - processor_ms, "ms");
  processor_ms = read_processor_ms ();
  scan = weft_page_scan_new (weft_store_rows_dup_updates (rows));
  g_clear_pointer (&rows, weft_store_rows_free);
  look = weft_page_scan_look (scan, "bench");
  g_assert_nonnull (look);
  print_figure ("  first look, processor time", read_processor_ms () - processor_ms, "ms");
  processor_ms = read_processor_ms ();
  all = weft_page_scan_read (scan, "bench", NULL, NULL);
  g_assert_nonnull (all);
  print_figure ("  everything, processor time", read_processor_ms () - processor_ms, "ms");
  tree = weft_page_tree_new_from_outline (weft_page_outline_new (all, "bench"));
  print_figure ("  pages", weft_page_tree_get_n_pages (tree), "");
  print_figure ("  memory at the most", read_memory ("VmHWM:"), "MB");
  close_store (store);

  return 0;
}
