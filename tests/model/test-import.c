/* test-import.c - files become pages, and pages files
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "crdt/weft-type.h"
#include "model/weft-document.h"
#include "model/weft-notebook.h"

typedef struct
{
  char         *folder; /* everything of one test */
  char         *source; /* what is imported */
  GFile        *file;
  WeftNotebook *notebook;
} Fixture;

static void
keep_result_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return *result;
}

static void
open_notebook (Fixture *fixture)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  weft_notebook_open_async (fixture->file, NULL, NULL, keep_result_cb, &result);
  fixture->notebook = weft_notebook_open_finish (wait_for (&result), &error);
  g_assert_no_error (error);
}

static void
close_notebook (Fixture *fixture)
{
  GAsyncResult *result = NULL;
  g_autoptr(GError) error = NULL;

  weft_notebook_close_async (fixture->notebook, keep_result_cb, &result);
  weft_notebook_close_finish (fixture->notebook, wait_for (&result), &error);
  g_assert_no_error (error);
  g_object_unref (result);
  g_assert_finalize_object (g_steal_pointer (&fixture->notebook));
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  g_autofree char *path = NULL;

  fixture->folder = g_dir_make_tmp ("weft-import-XXXXXX", NULL);
  fixture->source = g_build_filename (fixture->folder, "Notes", NULL);
  g_assert_no_errno (g_mkdir (fixture->source, 0700));
  path = g_build_filename (fixture->folder, "notebook.weft", NULL);
  fixture->file = g_file_new_for_path (path);
  open_notebook (fixture);
}

static void
remove_all (const char *path)
{
  g_autoptr(GDir) dir = NULL;
  const char *name = NULL;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    dir = g_dir_open (path, 0, NULL);

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_all (child);
    }

  g_remove (path);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  if (fixture->notebook != NULL)
    close_notebook (fixture);

  remove_all (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->source);
  g_object_unref (fixture->file);
}

static char *
make_path (Fixture    *fixture,
           const char *name)
{
  g_autofree char *path = g_build_filename (fixture->source, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  g_assert_no_errno (g_mkdir_with_parents (parent, 0700));

  return g_steal_pointer (&path);
}

static void
write_bytes (Fixture    *fixture,
             const char *name,
             const char *data,
             gssize      n_bytes)
{
  g_autofree char *path = make_path (fixture, name);
  g_autoptr(GError) error = NULL;

  g_file_set_contents (path, data, n_bytes, &error);
  g_assert_no_error (error);
}

static void
write_text (Fixture    *fixture,
            const char *name,
            const char *text)
{
  write_bytes (fixture, name, text, -1);
}

static WeftPage *
import_path (Fixture    *fixture,
             const char *path,
             GStrv      *problems,
             guint      *n_pages,
             GError    **error)
{
  g_autoptr(GListStore) files = g_list_store_new (G_TYPE_FILE);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(GAsyncResult) result = NULL;

  g_list_store_append (files, file);
  weft_notebook_import_async (fixture->notebook, G_LIST_MODEL (files), NULL, NULL, keep_result_cb,
                              &result);

  return weft_notebook_import_finish (fixture->notebook, wait_for (&result), n_pages, problems,
                                      error);
}

static WeftPage *
import_source (Fixture *fixture,
               GStrv   *problems)
{
  g_autoptr(GError) error = NULL;
  WeftPage *page = import_path (fixture, fixture->source, problems, NULL, &error);

  g_assert_no_error (error);

  return page;
}

static WeftDocument *
open_document (Fixture  *fixture,
               WeftPage *page)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  WeftDocument *document = NULL;

  weft_notebook_open_document_async (fixture->notebook, page, NULL, keep_result_cb, &result);
  document = weft_notebook_open_document_finish (fixture->notebook, wait_for (&result), &error);
  g_assert_no_error (error);

  return document;
}

/* "A (B, C (D))"; a board has stars around its title */
static void
describe_page (WeftPage *page,
               GString  *out)
{
  g_autoptr(GListModel) children = weft_page_list_children (page);
  gboolean is_board = weft_page_get_kind (page) == WEFT_PAGE_BOARD;

  g_string_append_printf (out, is_board ? "*%s*" : "%s", weft_page_get_title (page));

  for (guint i = 0; i < g_list_model_get_n_items (children); i++)
    {
      g_autoptr(WeftPage) child = g_list_model_get_item (children, i);

      g_string_append (out, i == 0 ? " (" : ", ");
      describe_page (child, out);
    }

  if (g_list_model_get_n_items (children) > 0)
    g_string_append_c (out, ')');
}

static void
assert_page (WeftPage   *page,
             const char *expected)
{
  g_autoptr(GString) out = g_string_new (NULL);

  describe_page (page, out);
  g_assert_cmpstr (out->str, ==, expected);
}

static WeftPage *
find_page (WeftPage   *top,
           const char *title)
{
  g_autoptr(GListModel) children = NULL;

  if (g_str_equal (weft_page_get_title (top), title))
    return top;

  children = weft_page_list_children (top);

  for (guint i = 0; i < g_list_model_get_n_items (children); i++)
    {
      g_autoptr(WeftPage) child = g_list_model_get_item (children, i);
      WeftPage *found = find_page (child, title);

      if (found != NULL)
        return found;
    }

  return NULL;
}

static char *
get_delta (Fixture  *fixture,
           WeftPage *page)
{
  g_autoptr(WeftDocument) document = open_document (fixture, page);
  g_autoptr(WeftDelta) delta = weft_text_to_delta (weft_document_get_text (document));

  return weft_delta_to_json (delta);
}

static void
assert_problem (GStrv       problems,
                const char *name,
                const char *part)
{
  for (guint i = 0; problems[i] != NULL; i++)
    if (g_str_has_prefix (problems[i], name) && strstr (problems[i], part) != NULL)
      return;

  for (guint i = 0; problems[i] != NULL; i++)
    g_test_message ("%s", problems[i]);

  g_error ("nothing was said about %s (%s)", name, part);
}

#define assert_contains(text, part)                                                                \
  G_STMT_START                                                                                     \
  {                                                                                                \
    if (strstr (text, part) == NULL)                                                               \
      g_error ("“%s” is not in %s", part, text);                                                   \
  }                                                                                                \
  G_STMT_END

#define TOUR_TREE                                                                                  \
  "Welcome to Weft (Writing notes, "                                                               \
  "Boards (*A garden from above*, *How Weft keeps two people together*), "                         \
  "Together, The school garden (Shopping, Watering))"

static char *
get_tour (void)
{
  return g_test_build_filename (G_TEST_DIST, "..", "data", "tour", NULL);
}

static void
test_tour (Fixture      *fixture,
           gconstpointer data)
{
  g_autofree char *path = get_tour ();
  g_auto(GStrv) problems = NULL;
  g_autoptr(GError) error = NULL;
  guint n_pages = 0;
  WeftPage *page = import_path (fixture, path, &problems, &n_pages, &error);
  WeftPage *garden = NULL;
  g_autofree char *welcome = NULL;
  g_autofree char *shopping = NULL;
  g_autofree char *link = NULL;
  g_autofree char *id = NULL;

  g_assert_no_error (error);
  g_assert_null (problems[0]);
  g_assert_cmpuint (n_pages, ==, 9);
  assert_page (page, TOUR_TREE);
  id = g_strdup (weft_page_get_id (page));

  garden = find_page (page, "The school garden");
  link = g_strdup_printf ("\"link\":\"weft:page/%s\"", weft_page_get_id (garden));
  welcome = get_delta (fixture, page);
  assert_contains (welcome, link);
  assert_contains (welcome, "\"list\":\"unchecked\"");
  g_assert_null (strstr (welcome, ".md"));

  shopping = get_delta (fixture, find_page (page, "Shopping"));
  assert_contains (shopping, "\"list\":\"checked\"");
  assert_contains (shopping, "\"code-block\":true");
  assert_contains (shopping, link);

  /* What was imported is on the disk. */
  close_notebook (fixture);
  open_notebook (fixture);
  page = weft_notebook_lookup_page (fixture->notebook, id);
  assert_page (page, TOUR_TREE);

  {
    g_autofree char *again = get_delta (fixture, page);

    g_assert_cmpstr (welcome, ==, again);
  }

  {
    g_autoptr(WeftDocument) board
        = open_document (fixture, find_page (page, "How Weft keeps two people together"));

    g_assert_cmpuint (weft_map_get_n_keys (weft_document_get_board (board)), >, 15);
    g_assert_true (weft_map_has (weft_document_get_board (board), "relay"));
  }
}

static void
test_picture_is_there (Fixture      *fixture,
                       gconstpointer data)
{
  g_autofree char *path = get_tour ();
  g_autoptr(GError) error = NULL;
  WeftPage *page = import_path (fixture, path, NULL, NULL, &error);
  g_autoptr(WeftDocument) document
      = open_document (fixture, find_page (page, "The school garden"));
  g_autoptr(WeftDelta) delta = weft_text_to_delta (weft_document_get_text (document));
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GBytes) bytes = NULL;
  const char *address = NULL;

  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (delta, i);

      if (op->kind == WEFT_DELTA_INSERT_EMBED)
        address = weft_any_get_string (weft_any_lookup (op->embed, "image"));
    }

  g_assert_nonnull (address);
  weft_document_load_asset_async (document, address, NULL, keep_result_cb, &result);
  bytes = weft_document_load_asset_finish (document, wait_for (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (bytes), >, 1000);
  g_assert_cmpint (memcmp (g_bytes_get_data (bytes, NULL), "\x89PNG", 4), ==, 0);
}

/* A folder takes its text from index.md in it or NAME.md beside it; wiki links find pages by name. */
static void
test_folders (Fixture      *fixture,
              gconstpointer data)
{
  g_auto(GStrv) problems = NULL;
  WeftPage *page = NULL;
  g_autofree char *plan = NULL;
  g_autofree char *link = NULL;

  write_text (fixture, "note 10.md", "ten");
  write_text (fixture, "note 2.md", "two");
  write_text (fixture, "Plan.md", "See [[Deep thought|this]] and [[note 10]].");
  write_text (fixture, "Plan/First.md", "x");
  write_text (fixture, "Plan/Second/index.md", "# The second");
  write_text (fixture, "Plan/Second/Deep thought.md", "42");
  write_text (fixture, ".obsidian/app.md", "{}");
  write_text (fixture, "Empty/.hidden.md", "no");

  page = import_source (fixture, &problems);
  assert_page (page, "Notes (note 2, note 10, Plan (First, The second (Deep thought)))");
  g_assert_null (problems[0]);

  plan = get_delta (fixture, find_page (page, "Plan"));
  link = g_strdup_printf ("weft:page/%s", weft_page_get_id (find_page (page, "Deep thought")));
  assert_contains (plan, link);
}

/* Each thing that is wrong is told by name, and the rest is there. */
static void
test_problems (Fixture      *fixture,
               gconstpointer data)
{
  g_auto(GStrv) problems = NULL;
  g_autofree char *secret = g_build_filename (fixture->folder, "secret.png", NULL);
  g_autofree char *loop = NULL;
  g_autofree char *large = NULL;
  g_autofree char *linked = NULL;
  WeftPage *page = NULL;

  g_assert_true (g_file_set_contents (secret, "\x89PNG\r\n\x1a\nsecret", 14, NULL));
  write_text (fixture, "good.md", "fine\n\n![a](missing.png) ![b](fake.png) ![c](../secret.png) "
                                  "![d](stolen.png) ![e](https://example.org/x.png)");
  write_text (fixture, "fake.png", "this is no picture at all");
  write_bytes (fixture, "latin.md", "caf\xe9", 4);
  write_bytes (fixture, "binary.md", "a\0b", 3);
  write_text (fixture, "broken.excalidraw", "{\"type\":\"excalidraw\",\"elements\":[");
  write_text (fixture, "text.excalidraw", "# not a drawing");
  write_text (fixture, "empty.md", "");
  write_text (fixture, "paper.pdf", "%PDF");

  loop = make_path (fixture, "deep/again");
  g_assert_no_errno (symlink (fixture->source, loop));
  linked = make_path (fixture, "linked.md");
  g_assert_no_errno (symlink ("/etc/passwd", linked));
  g_free (linked);
  linked = make_path (fixture, "stolen.png");
  g_assert_no_errno (symlink (secret, linked));
  large = make_path (fixture, "large.md");
  write_text (fixture, "large.md", "");
  g_assert_no_errno (truncate (large, 17 * 1024 * 1024));

  page = import_source (fixture, &problems);
  assert_page (page, "Notes (empty, good)");

  assert_problem (problems, "good.md", "missing.png");
  assert_problem (problems, "good.md", "fake.png");
  assert_problem (problems, "good.md", "secret.png");
  assert_problem (problems, "good.md", "stolen.png");
  assert_problem (problems, "latin.md", "UTF-8");
  assert_problem (problems, "binary.md", "not a text");
  assert_problem (problems, "broken.excalidraw", "drawing");
  assert_problem (problems, "text.excalidraw", "not a drawing");
  assert_problem (problems, "linked.md", "link");
  assert_problem (problems, "large.md", "too large");
  assert_problem (problems, "1 file of another kind", "");
  g_assert_cmpuint (g_strv_length (problems), ==, 11);

  {
    g_autofree char *good = get_delta (fixture, find_page (page, "good"));

    assert_contains (good, "https://example.org/x.png");
    g_assert_null (strstr (good, "weft:asset"));
  }
}

static void
test_nothing (Fixture      *fixture,
              gconstpointer data)
{
  g_autofree char *path = make_path (fixture, "no/such.md");
  g_autoptr(GError) error = NULL;
  GListModel *pages = weft_notebook_get_pages (fixture->notebook);

  g_assert_null (import_path (fixture, path, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  assert_contains (error->message, "such.md");
  g_clear_error (&error);

  g_assert_null (import_path (fixture, fixture->source, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_cmpuint (g_list_model_get_n_items (pages), ==, 0);
}

/* So many that they are made in several slices. */
static void
test_many (Fixture      *fixture,
           gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  guint n_pages = 0;
  WeftPage *page = NULL;
  g_autofree char *last = NULL;

  for (int i = 0; i < 1500; i++)
    {
      g_autofree char *name = g_strdup_printf ("part %d/note %d.md", i / 50, i);

      write_text (fixture, name, "# A title\n\nand some [text](note%200.md)");
    }

  page = import_path (fixture, fixture->source, NULL, &n_pages, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_pages, ==, 1500 + 30 + 1);

  last = get_delta (fixture, find_page (find_page (page, "part 29"), "A title"));
  assert_contains (last, "and some ");
}

static void
test_cancel (Fixture      *fixture,
             gconstpointer data)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GListStore) files = g_list_store_new (G_TYPE_FILE);
  g_autoptr(GFile) file = g_file_new_for_path (fixture->source);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  for (int i = 0; i < 300; i++)
    {
      g_autofree char *name = g_strdup_printf ("note %d.md", i);

      write_text (fixture, name, "# A title\n\nand some text");
    }

  g_list_store_append (files, file);
  weft_notebook_import_async (fixture->notebook, G_LIST_MODEL (files), NULL, cancellable,
                              keep_result_cb, &result);
  g_cancellable_cancel (cancellable);
  g_assert_null (weft_notebook_import_finish (fixture->notebook, wait_for (&result), NULL, NULL,
                                              &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (g_list_model_get_n_items (weft_notebook_get_pages (fixture->notebook)), ==, 0);
}

static void
export_page (Fixture    *fixture,
             WeftPage   *page,
             const char *path,
             GError    **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GFile) file = g_file_new_for_path (path);

  weft_notebook_export_page_async (fixture->notebook, page, file, NULL, keep_result_cb, &result);
  weft_notebook_export_page_finish (fixture->notebook, wait_for (&result), error);
}

/* What is exported and imported again is the same, picture and board included. */
static void
test_export (Fixture      *fixture,
             gconstpointer data)
{
  static const char *const titles[] = { "Writing notes", "The school garden", "Shopping" };
  g_autofree char *tour = get_tour ();
  g_autoptr(GError) error = NULL;
  WeftPage *page = import_path (fixture, tour, NULL, NULL, &error);
  g_autofree char *board_path = make_path (fixture, "board.excalidraw");
  WeftPage *again = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (titles); i++)
    {
      g_autofree char *name = g_strconcat (titles[i], ".md", NULL);
      g_autofree char *path = make_path (fixture, name);

      export_page (fixture, find_page (page, titles[i]), path, &error);
      g_assert_no_error (error);
    }

  export_page (fixture, find_page (page, "A garden from above"), board_path, &error);
  g_assert_no_error (error);

  {
    g_autofree char *pictures = make_path (fixture, "The school garden_files");
    g_autoptr(GDir) dir = g_dir_open (pictures, 0, NULL);

    g_assert_nonnull (dir);
    g_assert_true (g_str_has_suffix (g_dir_read_name (dir), ".png"));
  }

  again = import_source (fixture, NULL);
  assert_page (again, "Notes (*board*, Shopping, The school garden, Writing notes)");

  for (gsize i = 0; i < G_N_ELEMENTS (titles); i++)
    {
      g_autofree char *before = get_delta (fixture, find_page (page, titles[i]));
      g_autofree char *after = get_delta (fixture, find_page (again, titles[i]));

      g_assert_cmpstr (before, ==, after);
    }

  {
    g_autoptr(WeftDocument) before = open_document (fixture, find_page (page, "A garden from above"));
    g_autoptr(WeftDocument) after = open_document (fixture, find_page (again, "board"));

    g_assert_cmpuint (weft_map_get_n_keys (weft_document_get_board (before)), ==,
                      weft_map_get_n_keys (weft_document_get_board (after)));
  }
}

static void
test_export_refused (Fixture      *fixture,
                     gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->source, "no", "such", "folder.md", NULL);
  g_autoptr(GError) error = NULL;
  WeftPage *page
      = weft_notebook_create_page (fixture->notebook, WEFT_PAGE_NOTE, "Lonely", NULL, NULL);

  export_page (fixture, page, path, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

  add ("/import/tour", test_tour);
  add ("/import/picture", test_picture_is_there);
  add ("/import/folders", test_folders);
  add ("/import/problems", test_problems);
  add ("/import/nothing", test_nothing);
  add ("/import/many", test_many);
  add ("/import/cancel", test_cancel);
  add ("/export/round-trip", test_export);
  add ("/export/refused", test_export_refused);

  return g_test_run ();
}
