/* test-weft-doc.c - how weft-doc is called, what it answers, and that it is not hurt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-weft-doc PROGRAM [MODULE]: MODULE is fail-malloc.c, to be preloaded
 */

#include "config.h"

#include "crdt/weft-doc.h"
#include "crdt/weft-type.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *program, *module;

typedef struct
{
  char *folder;
} Fixture;

/* "@NAME" in a command line is the file NAME of the folder. */
static char **
make_line (Fixture    *fixture,
           const char *line)
{
  g_auto(GStrv) words = g_strsplit (line, " ", -1);
  GPtrArray *argv = g_ptr_array_new ();

  g_ptr_array_add (argv, g_strdup (program));
  for (guint i = 0; words[i] != NULL && words[i][0] != '\0'; i++)
    g_ptr_array_add (argv, words[i][0] == '@'
                               ? g_build_filename (fixture->folder, words[i] + 1, NULL)
                               : g_strdup (words[i]));
  g_ptr_array_add (argv, NULL);

  return (char **) g_ptr_array_free (argv, FALSE);
}

/* More than any of the small files here, less than the large one */
#define MOST_FILE_BYTES 4096

static void
limit_files_cb (gpointer user_data)
{
  struct rlimit limit = { MOST_FILE_BYTES, MOST_FILE_BYTES };

  setrlimit (RLIMIT_FSIZE, &limit);
}

static void
limit_memory_cb (gpointer user_data)
{
#ifndef __SANITIZE_ADDRESS__
  struct rlimit limit = { GPOINTER_TO_SIZE (user_data), GPOINTER_TO_SIZE (user_data) };

  if (limit.rlim_cur > 0)
    setrlimit (RLIMIT_AS, &limit);
#endif
}

static int
run_limited (Fixture    *fixture,
             const char *line,
             gsize       limit,
             char      **out,
             char      **err)
{
  g_auto(GStrv) argv = make_line (fixture, line);
  g_autofree char *out_here = NULL, *err_here = NULL;
  g_autoptr(GError) error = NULL;
  int status;

  g_spawn_sync (NULL, argv, NULL, 0, limit_memory_cb, GSIZE_TO_POINTER (limit), &out_here,
                &err_here, &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  if (WEXITSTATUS (status) != 0)
    {
      /* One line, and nothing else. */
      g_assert_cmpstr (out_here, ==, "");
      g_assert_true (g_str_has_prefix (err_here, "weft-doc: "));
      g_assert_true (strchr (err_here, '\n') == err_here + strlen (err_here) - 1);
    }
  else
    {
      g_assert_cmpstr (err_here, ==, "");
    }
  if (out != NULL)
    *out = g_steal_pointer (&out_here);
  if (err != NULL)
    *err = g_steal_pointer (&err_here);

  return WEXITSTATUS (status);
}

static int
run (Fixture    *fixture,
     const char *line,
     char      **out,
     char      **err)
{
  return run_limited (fixture, line, 0, out, err);
}

static void
put_file (Fixture    *fixture,
          const char *name,
          const void *data,
          gsize       size)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

  g_assert_true (g_file_set_contents (path, data, size, NULL));
}

static GBytes *
get_file (Fixture    *fixture,
          const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  char *data;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, NULL))
    return NULL;

  return g_bytes_new_take (data, size);
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(GBytes) update = NULL, second = NULL, state = NULL, snapshot = NULL;
  g_autoptr(WeftStateVector) state_vector = NULL;

  fixture->folder = g_dir_make_tmp ("weft-doc-XXXXXX", NULL);
  weft_text_insert (weft_doc_get_text (doc, "t"), 0, "Hello", -1, NULL);
  update = weft_doc_encode_state (doc);
  state_vector = weft_doc_get_state_vector (doc);
  state = weft_state_vector_encode (state_vector);
  put_file (fixture, "good", g_bytes_get_data (update, NULL), g_bytes_get_size (update));
  snapshot = weft_doc_encode_snapshot (doc, WEFT_UPDATE_V1);
  put_file (fixture, "snapshot", g_bytes_get_data (snapshot, NULL), g_bytes_get_size (snapshot));
  put_file (fixture, "sv", g_bytes_get_data (state, NULL), g_bytes_get_size (state));
  put_file (fixture, "cut", g_bytes_get_data (update, NULL), g_bytes_get_size (update) - 3);
  second = weft_doc_encode_state_v2 (doc);
  put_file (fixture, "good2", g_bytes_get_data (second, NULL), g_bytes_get_size (second));
  put_file (fixture, "cut2", g_bytes_get_data (second, NULL), g_bytes_get_size (second) - 3);
  put_file (fixture, "cut\n\033[31m", g_bytes_get_data (update, NULL), 3);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  g_autoptr(GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

      g_remove (path);
    }
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
}

typedef struct
{
  const char *line;
  int status;
} Call;

static const Call calls[] = {
  { "", 64 },
  { "show @good", 64 },
  { "json --bold @good", 64 },
  { "json -o @out @good", 64 },
  { "json --no-gc @good", 64 },
  { "json --root", 64 },
  { "json --root t @good", 64 },
  { "json --root t=tree @good", 64 },
  { "json --root t=text --root t=map @good", 64 },
  { "merge", 64 },
  { "merge -o", 64 },
  { "diff @good", 64 },
  { "diff @good @sv @sv", 64 },
  { "json @cut", 65 },
  { "json @good @cut", 65 },
  { "merge @cut @good", 65 },
  { "diff @good @good", 65 },
  { "diff @cut @sv", 65 },
  { "json --v2 @good", 65 },
  { "merge --v2 @good2 @cut2", 65 },
  { "convert --to v2 @cut", 65 },
  { "convert --to v1 @good", 65 },
  { "convert @good", 64 },
  { "convert --to v3 @good", 64 },
  { "convert --to v2 @good @good", 64 },
  { "convert --to v2 --v2 @good", 64 },
  { "json --at", 64 },
  { "merge --at @snapshot @good", 64 },
  { "json --at @good @good", 65 },
  { "json --at @snapshot", 65 },
  { "json --at @snapshot @cut", 65 },
  { "json --at @nothing @good", 66 },
  { "sv @nothing", 66 },
  { "merge @.", 66 },
  { "merge -o @no/folder @good", 73 },
  { "merge -o @. @good", 73 },
  { "merge -o /dev/full @good", 73 },
  { "--help", 0 },
  { "--version", 0 },
  { "json", 0 },
  { "json --root t=text --root t=text @good", 0 },
  { "json @good --root a=b=map -- @good", 0 },
  { "merge -o /dev/null @good @good", 0 },
  { "merge -o - @good", 0 },
  { "diff @good @sv", 0 },
  { "sv", 0 },
  { "json --v2 @good2", 0 },
  { "merge --v2 -o @out @good2 @good2", 0 },
  { "diff --v2 @good2 @sv", 0 },
  { "convert --to v1 @good2", 0 },
  { "json --at @snapshot @good", 0 },
  { "json --v2 --at @snapshot @good2 @good2", 0 },
  { "snapshot", 0 },
  { "snapshot --no-gc @good", 0 },
  { "snapshot --v2 @good2", 0 },
};

static void
test_status (Fixture      *fixture,
             gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_test_message ("weft-doc %s", calls[i].line);
      g_assert_cmpint (run (fixture, calls[i].line, NULL, NULL), ==, calls[i].status);
    }
}

static void
test_json (Fixture      *fixture,
           gconstpointer data)
{
  g_autofree char *out = NULL, *unknown = NULL, *absent = NULL;

  g_assert_cmpint (run (fixture, "json --root t=text @good", &out, NULL), ==, 0);
  g_assert_cmpstr (out, ==,
                   "{\"roots\":{\"t\":{\"type\":\"text\",\"value\":[{\"insert\":\"Hello\"}]}},"
                   "\"pending\":false}\n");
  g_assert_cmpint (run (fixture, "json @good", &unknown, NULL), ==, 0);
  g_assert_cmpstr (unknown, ==,
                   "{\"roots\":{\"t\":{\"type\":\"unknown\",\"value\":null}},\"pending\":false}\n");
  g_assert_cmpint (
      run (fixture, "json --root =text --root a=b=map --root x=xml --root l=array", &absent, NULL),
      ==, 0);
  g_assert_cmpstr (
      absent, ==,
      "{\"roots\":{\"\":{\"type\":\"text\",\"value\":[]},\"a=b\":{\"type\":\"map\",\"value\":{}},"
      "\"x\":{\"type\":\"xml\",\"value\":\"\"},\"l\":{\"type\":\"array\",\"value\":[]}},"
      "\"pending\":false}\n");
}

/* A name from elsewhere does nothing to a terminal. */
static void
test_message (Fixture      *fixture,
              gconstpointer data)
{
  g_autofree char *err = NULL;

  g_assert_cmpint (run (fixture, "json @cut\n\033[31m", NULL, &err), ==, 65);
  g_assert_nonnull (strstr (err, "cut\\x0a\\x1b[31m: "));
  g_assert_true (g_regex_match_simple ("^weft-doc: .*: [^:]+ at byte [0-9]+\n$", err,
                                       G_REGEX_DOLLAR_ENDONLY, 0));
}

/* What is there stays where something goes wrong; a link stays a link. */
static void
test_output (Fixture      *fixture,
             gconstpointer data)
{
  g_autoptr(GBytes) good = get_file (fixture, "good"), kept = NULL, written = NULL, through = NULL;
  g_autofree char *link = g_build_filename (fixture->folder, "link", NULL);

  put_file (fixture, "out", "precious", 8);
  g_assert_cmpint (run (fixture, "merge -o @out @good @cut", NULL, NULL), ==, 65);
  kept = get_file (fixture, "out");
  g_assert_cmpmem (g_bytes_get_data (kept, NULL), g_bytes_get_size (kept), "precious", 8);
  g_assert_cmpint (run (fixture, "merge -o @out @good @good", NULL, NULL), ==, 0);
  written = get_file (fixture, "out");
  g_assert_true (g_bytes_equal (written, good));

  g_assert_cmpint (symlink ("linked", link), ==, 0);
  put_file (fixture, "linked", "", 0);
  g_assert_cmpint (run (fixture, "merge -o @link @good", NULL, NULL), ==, 0);
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  through = get_file (fixture, "linked");
  g_assert_true (g_bytes_equal (through, good));
}

typedef enum
{
  BOMB_CLIENTS, /* one struct each */
  BOMB_WAITING, /* each client waits for another one that never comes */
  BOMB_TYPES,   /* one beside the other */
  BOMB_NESTED,  /* one in the other */
  BOMB_NULLS,   /* values of one byte */
  BOMB_FORMATS, /* marks that never end, and text between */
  BOMB_DELETIONS,
  BOMB_COUNT, /* much promised, nothing there */
  N_BOMBS,
} Bomb;

static void
put_root_parent (WeftWriter *writer)
{
  weft_writer_put_byte (writer, 1);
  weft_writer_put_string (writer, "", 0);
}

static GBytes *
make_bomb (Bomb  bomb,
           guint n)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  if (bomb == BOMB_CLIENTS || bomb == BOMB_WAITING)
    {
      weft_writer_put_varuint (&writer, n);
      for (guint i = 0; i < n; i++)
        {
          weft_writer_put_varuint (&writer, 1);
          weft_writer_put_varuint (&writer, i);
          weft_writer_put_varuint (&writer, 0);
          if (bomb == BOMB_CLIENTS)
            {
              weft_writer_put_byte (&writer, WEFT_CONTENT_DELETED);
              put_root_parent (&writer);
            }
          else
            {
              weft_writer_put_byte (&writer, WEFT_CONTENT_DELETED | 0x80);
              weft_writer_put_varuint (&writer, n + i);
              weft_writer_put_varuint (&writer, 0);
            }
          weft_writer_put_varuint (&writer, 1);
        }
    }
  else if (bomb == BOMB_DELETIONS)
    {
      weft_writer_put_varuint (&writer, 1);
      weft_writer_put_varuint (&writer, 1);
      weft_writer_put_varuint (&writer, 1);
      weft_writer_put_varuint (&writer, 0);
      weft_writer_put_byte (&writer, WEFT_CONTENT_STRING);
      put_root_parent (&writer);
      weft_writer_put_varuint (&writer, 2 * n);
      for (guint i = 0; i < n; i++)
        weft_writer_put_raw (&writer, "\xc3\xa4", 2);
      weft_writer_put_varuint (&writer, 1);
      weft_writer_put_varuint (&writer, 1);
      weft_writer_put_varuint (&writer, n / 2);
      for (guint i = 0; i < n / 2; i++)
        {
          weft_writer_put_varuint (&writer, 2 * i);
          weft_writer_put_varuint (&writer, 1);
        }
      return weft_writer_steal_bytes (&writer);
    }
  else if (bomb == BOMB_COUNT)
    {
      weft_writer_put_raw (&writer, "\x01\xff\xff\xff\x7f\x01\x00\x00", 8);
      return weft_writer_steal_bytes (&writer);
    }
  else
    {
      weft_writer_put_varuint (&writer, 1);
      weft_writer_put_varuint (&writer, bomb == BOMB_NULLS ? 1 : n);
      weft_writer_put_varuint (&writer, 1);
      weft_writer_put_varuint (&writer, 0);
      if (bomb == BOMB_NULLS)
        {
          weft_writer_put_byte (&writer, WEFT_CONTENT_ANY);
          put_root_parent (&writer);
          weft_writer_put_varuint (&writer, n);
          for (guint i = 0; i < n; i++)
            weft_writer_put_byte (&writer, 127);
        }
      for (guint i = 0; i < n && bomb != BOMB_NULLS; i++)
        {
          gboolean format = bomb == BOMB_FORMATS && i % 2 == 0;

          if (bomb == BOMB_FORMATS && i > 0)
            {
              weft_writer_put_byte (&writer,
                                    0x80 | (format ? WEFT_CONTENT_FORMAT : WEFT_CONTENT_STRING));
              weft_writer_put_varuint (&writer, 1);
              weft_writer_put_varuint (&writer, i - 1);
            }
          else if (bomb == BOMB_NESTED && i > 0)
            {
              weft_writer_put_byte (&writer, WEFT_CONTENT_TYPE);
              weft_writer_put_byte (&writer, 0);
              weft_writer_put_varuint (&writer, 1);
              weft_writer_put_varuint (&writer, i - 1);
            }
          else
            {
              weft_writer_put_byte (&writer,
                                    bomb == BOMB_FORMATS ? WEFT_CONTENT_FORMAT : WEFT_CONTENT_TYPE);
              put_root_parent (&writer);
            }
          if (format)
            {
              weft_writer_put_string (&writer, "bold", -1);
              weft_writer_put_string (&writer, i % 4 == 0 ? "true" : "null", -1);
            }
          else if (bomb == BOMB_FORMATS)
            {
              weft_writer_put_string (&writer, "x", 1);
            }
          else
            {
              weft_writer_put_varuint (&writer, bomb == BOMB_NESTED ? WEFT_KIND_XML_FRAGMENT
                                                                    : WEFT_KIND_ARRAY);
            }
        }
    }
  weft_writer_put_varuint (&writer, 0);

  return weft_writer_steal_bytes (&writer);
}

static guint
count_files (Fixture *fixture)
{
  g_autoptr(GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;

  return n;
}

/* Where a file may not grow further, OUT stays what it was, and nothing is left beside it. */
static void
test_file_limit (Fixture      *fixture,
                 gconstpointer data)
{
  g_autoptr(GBytes) bytes = make_bomb (BOMB_NULLS, 2 * MOST_FILE_BYTES), kept = NULL;
  g_auto(GStrv) argv = make_line (fixture, "merge -o @out @large");
  g_autofree char *out = NULL, *err = NULL;
  g_autoptr(GError) error = NULL;
  guint n_files;
  int status;

  put_file (fixture, "out", "precious", 8);
  put_file (fixture, "large", g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  n_files = count_files (fixture);
  g_spawn_sync (NULL, argv, NULL, 0, limit_files_cb, NULL, &out, &err, &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 73);
  g_assert_cmpstr (out, ==, "");
  g_assert_true (g_str_has_prefix (err, "weft-doc: "));
  kept = get_file (fixture, "out");
  g_assert_cmpmem (g_bytes_get_data (kept, NULL), g_bytes_get_size (kept), "precious", 8);
  g_assert_cmpuint (count_files (fixture), ==, n_files);
}

/* What programs that have ended took of a processor: what else the machine does counts for nothing. */
static gint64
get_time_of_children (void)
{
  struct rusage usage;

  g_assert_cmpint (getrusage (RUSAGE_CHILDREN, &usage), ==, 0);

  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC + usage.ru_utime.tv_usec
         + usage.ru_stime.tv_usec;
}

/* Time, and memory of 64 MiB and 200 times the input. The address space is more than what is in use. */
static void
try_bomb (Fixture    *fixture,
          GBytes     *bytes,
          const char *line,
          gboolean    may_be_refused)
{
  gsize limit = 96 * 1024 * 1024 + 200 * g_bytes_get_size (bytes);
  gint64 start = get_time_of_children ();
  int status;

  put_file (fixture, "bomb", g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  status = run_limited (fixture, line, limit, NULL, NULL);
  g_test_message ("%s: %d, %.0f ms", line, status, (get_time_of_children () - start) / 1000.0);
  if (status != 65 || !may_be_refused)
    g_assert_cmpint (status, ==, 0);
  g_assert_cmpint (get_time_of_children () - start, <, 4 * G_USEC_PER_SEC);
}

static void
test_bombs (Fixture      *fixture,
            gconstpointer data)
{
  static const char *lines[] = { "json --root =array @bomb", "json --root =xml @bomb", "json --root =text @bomb",
                                 "merge -o @out @bomb", "sv -o @out @bomb", "convert --to v2 -o @out @bomb",
                                 "snapshot --no-gc -o @moment @bomb", "json --at @moment --root =array @bomb" };
  static const char *lines_v2[] = { "json --v2 --root =array @bomb", "merge --v2 -o @out @bomb",
                                    "convert --to v1 -o @out @bomb" };

  for (Bomb bomb = 0; bomb < N_BOMBS; bomb++)
    {
      g_autoptr(GBytes) bytes = make_bomb (bomb, 200000), second = NULL;

      g_test_message ("bomb %d", bomb);
      for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
        try_bomb (fixture, bytes, lines[i], bomb == BOMB_COUNT);
      if (bomb == BOMB_COUNT)
        continue;
      second = weft_update_convert (bytes, WEFT_UPDATE_V2, NULL);
      for (guint i = 0; i < G_N_ELEMENTS (lines_v2); i++)
        try_bomb (fixture, second, lines_v2[i], TRUE);
    }
}

#ifndef __SANITIZE_ADDRESS__
static void
test_no_memory (Fixture      *fixture,
                gconstpointer data)
{
  g_autoptr(GBytes) bytes = make_bomb (BOMB_NULLS, 8000000);
  g_autofree char *err = NULL;

  put_file (fixture, "large", g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_assert_cmpint (run_limited (fixture, "merge @large", 24 * 1024 * 1024, NULL, &err), ==, 71);
  g_assert_cmpstr (err, ==, "weft-doc: out of memory\n");
}
#endif

/* The @n-th allocation fails, and where @all those after it. Returns the status. */
static int
run_with_failure (Fixture    *fixture,
                  const char *line,
                  guint       n,
                  gboolean    all)
{
  g_auto(GStrv) environment = g_get_environ ();
  g_auto(GStrv) argv = make_line (fixture, line);
  g_autofree char *at = g_strdup_printf ("%u", n), *out = NULL, *err = NULL;
  g_autoptr(GError) error = NULL;
  int status;

  environment = g_environ_setenv (environment, "LD_PRELOAD", module, TRUE);
  environment = g_environ_setenv (environment, "WEFT_FAIL_AT", at, TRUE);
  if (all)
    environment = g_environ_setenv (environment, "WEFT_FAIL_ALL", "1", TRUE);
  g_spawn_sync (NULL, argv, environment, 0, NULL, NULL, &out, &err, &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  if (WEXITSTATUS (status) == 0)
    {
      g_assert_cmpstr (err, ==, "");
      return 0;
    }
  g_assert_cmpint (WEXITSTATUS (status), ==, 71);
  g_assert_cmpstr (out, ==, "");
  g_assert_cmpstr (err, ==, "weft-doc: out of memory\n");

  return 71;
}

static void
test_allocations (Fixture      *fixture,
                  gconstpointer data)
{
  static const char *const lines[] = { "merge @good", "json --root t=text @good", "merge --v2 @good2", "diff @good @sv",
                                       "convert --to v1 @good2", "json --at @snapshot --root t=text @good",
                                       "json --root a=array @long" };
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(WeftAny) mark = weft_any_new_object ();
  g_autoptr(GBytes) bytes = NULL;

  /* JSON of several pieces, with memory for each text */
  weft_any_object_take (mark, "bold", weft_any_new_boolean (TRUE));
  for (guint i = 0; i < 4000; i++)
    weft_text_insert (weft_array_insert_type (weft_doc_get_array (doc, "a"), i, WEFT_KIND_TEXT), 0, "t", -1, mark);
  bytes = weft_doc_encode_state (doc);
  put_file (fixture, "long", g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      guint n = 1;

      /* Each of the first, then some of the others, until all is done before any fails. */
      while (run_with_failure (fixture, lines[i], n, n % 2 == i % 2) == 71)
        n += n < 12 ? 1 : 1 + n / 12;
      g_test_message ("%s: fewer than %u allocations", lines[i], n);
      g_assert_cmpuint (n, >, 4);
    }
}

#define TEST(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, >, 1);
  program = argv[1];
  module = argc > 2 ? argv[2] : NULL;

  TEST ("/tools/weft-doc/each-call-has-its-status", test_status);
  TEST ("/tools/weft-doc/json-of-roots", test_json);
  TEST ("/tools/weft-doc/messages-are-harmless", test_message);
  TEST ("/tools/weft-doc/output-is-whole-or-untouched", test_output);
  TEST ("/tools/weft-doc/file-that-may-not-grow", test_file_limit);
  TEST ("/tools/weft-doc/hostile-files-cost-little", test_bombs);
#ifndef __SANITIZE_ADDRESS__
  TEST ("/tools/weft-doc/lack-of-memory-is-told", test_no_memory);
#endif
  if (module != NULL)
    TEST ("/tools/weft-doc/each-allocation-may-fail", test_allocations);

  return g_test_run ();
}
