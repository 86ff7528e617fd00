/* weft-doc.c - shows, merges, compares and converts Yjs updates in files
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The door to the document engine for debugging; the manual is docs/weft-doc.1. It reads nothing
 * but the files that it is told, and it works wholly or not at all.
 */

#include "config.h"

#include "crdt/weft-doc-json.h"
#include "crdt/weft-snapshot.h"
#include "tools/weft-doc-files.h"

#include <signal.h>
#include <string.h>

typedef enum
{
  OPTION_ROOT = 1 << 0,
  OPTION_NO_GC = 1 << 1,
  OPTION_OUT = 1 << 2,
  OPTION_V2 = 1 << 3,
  OPTION_TO = 1 << 4,
  OPTION_AT = 1 << 5,
} Options;

typedef struct
{
  const char *name;
  void (*run) (void);
  guint min_files, max_files;
  Options options;
} Command;

static struct
{
  const Command *command;
  gboolean       no_gc;
  gboolean       v2;
  const char    *to; /* "v1" or "v2" */
  const char *out;
  const char *at; /* a file */
  GArray *roots; /* WeftRootHint */
  GPtrArray *files;
} arguments;

static const char usage[] =
    "Usage:\n"
    "  weft-doc json     [--v2] [--root NAME=TYPE]... [--at SNAPSHOT] [FILE...]\n"
    "  weft-doc merge    [--v2] [--no-gc] [-o OUT] FILE...\n"
    "  weft-doc diff     [--v2] [--no-gc] [-o OUT] STATE SV\n"
    "  weft-doc sv       [--v2] [-o OUT] [FILE...]\n"
    "  weft-doc convert  --to v1|v2 [-o OUT] FILE\n"
    "  weft-doc snapshot [--v2] [--no-gc] [-o OUT] [FILE...]\n"
    "\n"
    "Shows, merges, compares and converts Yjs updates in files. TYPE is text, array,\n"
    "map or xml. \"-\" is standard input or output. See weft-doc(1).\n";

/* @error with the place at its end, whichever part of the engine it comes from. */
static void
fail_malformed (const char   *name,
                const GError *error)
{
  const char *at = strstr (error->message, " at byte ");
  const char *end = at != NULL ? strstr (at + 1, " of ") : NULL;

  if (at == NULL)
    weft_doc_fail (WEFT_DOC_MALFORMED, name, "%s at byte 0", error->message);
  if (end == NULL)
    end = error->message + strlen (error->message);
  weft_doc_fail (WEFT_DOC_MALFORMED, name, "%.*s", (int) (end - error->message), error->message);
}

/* The document that the first @n_files of the command line make. */
static WeftDoc *
load (guint n_files)
{
  WeftDocOptions options = { .gc = !arguments.no_gc };
  WeftDoc *doc = weft_doc_new_with_options (0, &options);

  for (guint i = 0; i < n_files; i++)
    {
      const char *name = g_ptr_array_index (arguments.files, i);
      g_autoptr(GBytes) bytes = weft_doc_read_file (name);
      g_autoptr(GError) error = NULL;

      if (!(arguments.v2 ? weft_doc_apply_update_v2 (doc, bytes, NULL, &error)
                         : weft_doc_apply_update (doc, bytes, NULL, &error)))
        fail_malformed (name, error);
    }

  return doc;
}

/* Up to this much JSON is kept until all of it is made. */
#define MAX_KEPT (4 * 1024 * 1024)

typedef struct
{
  GString *text;
  gboolean overflowed;
} Kept;

static void
keep_cb (const char *data,
         gsize       n_bytes,
         gpointer    user_data)
{
  Kept *kept = user_data;

  kept->overflowed = kept->overflowed || n_bytes > MAX_KEPT - kept->text->len;
  if (!kept->overflowed)
    g_string_append_len (kept->text, data, n_bytes);
}

static void
print_cb (const char *data,
          gsize       n_bytes,
          gpointer    user_data)
{
  weft_doc_write_stdout (data, n_bytes);
}

static void
print_with (WeftDoc      *doc,
            WeftPrintFunc print,
            gpointer      user_data)
{
  weft_doc_print_json (doc, (const WeftRootHint *) arguments.roots->data, arguments.roots->len, print, user_data);
  print ("\n", 1, user_data);
}

/* Where memory runs out nothing may have been printed: so all is made before anything is. Much of it is made twice,
 * the first time for nothing, rather than kept. */
static void
print_json (WeftDoc *doc)
{
  Kept kept = { g_string_new (NULL), FALSE };

  print_with (doc, keep_cb, &kept);
  if (!kept.overflowed)
    weft_doc_write_stdout (kept.text->str, kept.text->len);
  g_string_free (kept.text, TRUE);
  if (kept.overflowed)
    print_with (doc, print_cb, NULL);
}

/* Replaces @doc by what it was at the snapshot of the command line. */
static WeftDoc *
go_back (WeftDoc *doc)
{
  g_autoptr(GBytes) bytes = weft_doc_read_file (arguments.at);
  g_autoptr(WeftSnapshot) snapshot = NULL;
  g_autoptr(GBytes) update = NULL;
  g_autoptr(GError) error = NULL;
  WeftDocOptions options = { .gc = TRUE };
  WeftDoc *restored = weft_doc_new_with_options (0, &options);

  snapshot = weft_snapshot_decode (bytes, arguments.v2 ? WEFT_UPDATE_V2 : WEFT_UPDATE_V1, &error);
  if (snapshot == NULL)
    fail_malformed (arguments.at, error);
  update = weft_doc_encode_at_snapshot (doc, snapshot, &error);
  if (update == NULL)
    fail_malformed (arguments.at, error);
  weft_doc_free (doc);
  if (!weft_doc_apply_update (restored, update, NULL, &error))
    fail_malformed (arguments.at, error);

  return restored;
}

static void
run_json (void)
{
  g_autoptr(WeftDoc) doc = NULL;

  /* What was deleted since then must still be there. */
  arguments.no_gc = arguments.at != NULL;
  doc = load (arguments.files->len);
  if (arguments.at != NULL)
    doc = go_back (doc);

  print_json (doc);
}

static void
run_merge (void)
{
  g_autoptr(WeftDoc) doc = load (arguments.files->len);
  g_autoptr(GBytes) update = arguments.v2 ? weft_doc_encode_state_v2 (doc) : weft_doc_encode_state (doc);

  weft_doc_write_file (arguments.out, update);
}

static void
run_diff (void)
{
  g_autoptr(WeftDoc) doc = load (1);
  const char *name = g_ptr_array_index (arguments.files, 1);
  g_autoptr(GBytes) bytes = weft_doc_read_file (name), update = NULL;
  g_autoptr(WeftStateVector) state_vector = NULL;
  g_autoptr(GError) error = NULL;

  state_vector = weft_state_vector_decode (bytes, &error);
  if (state_vector == NULL)
    fail_malformed (name, error);
  update = arguments.v2 ? weft_doc_encode_diff_v2 (doc, state_vector)
                        : weft_doc_encode_diff (doc, state_vector);
  weft_doc_write_file (arguments.out, update);
}

static void
run_sv (void)
{
  g_autoptr(WeftDoc) doc = load (arguments.files->len);
  g_autoptr(WeftStateVector) state_vector = weft_doc_get_state_vector (doc);
  g_autoptr(GBytes) bytes = weft_state_vector_encode (state_vector);

  weft_doc_write_file (arguments.out, bytes);
}

static void
run_convert (void)
{
  const char *name = g_ptr_array_index (arguments.files, 0);
  g_autoptr(GBytes) bytes = NULL, converted = NULL;
  g_autoptr(GError) error = NULL;

  if (arguments.to == NULL)
    weft_doc_fail (WEFT_DOC_USAGE, NULL, "convert: --to v1 or --to v2 is missing");
  bytes = weft_doc_read_file (name);
  converted
      = weft_update_convert (bytes, strcmp (arguments.to, "v2") == 0 ? WEFT_UPDATE_V2 : WEFT_UPDATE_V1, &error);
  if (converted == NULL)
    fail_malformed (name, error);
  weft_doc_write_file (arguments.out, converted);
}

static void
run_snapshot (void)
{
  g_autoptr(WeftDoc) doc = load (arguments.files->len);
  g_autoptr(GBytes) snapshot
      = weft_doc_encode_snapshot (doc, arguments.v2 ? WEFT_UPDATE_V2 : WEFT_UPDATE_V1);

  weft_doc_write_file (arguments.out, snapshot);
}

static const Command commands[] = {
  { "json", run_json, 0, G_MAXUINT, OPTION_V2 | OPTION_ROOT | OPTION_AT },
  { "merge", run_merge, 1, G_MAXUINT, OPTION_V2 | OPTION_NO_GC | OPTION_OUT },
  { "diff", run_diff, 2, 2, OPTION_V2 | OPTION_NO_GC | OPTION_OUT },
  { "sv", run_sv, 0, G_MAXUINT, OPTION_V2 | OPTION_OUT },
  { "convert", run_convert, 1, 1, OPTION_TO | OPTION_OUT },
  { "snapshot", run_snapshot, 0, G_MAXUINT, OPTION_V2 | OPTION_NO_GC | OPTION_OUT },
};

/* The name is all before the last "="; it may be empty. */
static void
add_root (const char *text)
{
  static const struct
  {
    const char *name;
    WeftKind kind;
  } kinds[] = {
    { "text", WEFT_KIND_TEXT },
    { "array", WEFT_KIND_ARRAY },
    { "map", WEFT_KIND_MAP },
    { "xml", WEFT_KIND_XML_FRAGMENT },
  };
  const char *equals = strrchr (text, '=');
  WeftRootHint hint = { NULL, WEFT_KIND_UNTYPED };

  if (equals == NULL || !g_utf8_validate (text, -1, NULL))
    weft_doc_fail (WEFT_DOC_USAGE, NULL, "--root %s: not NAME=TYPE", text);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (equals + 1, kinds[i].name) == 0)
      hint.kind = kinds[i].kind;
  if (hint.kind == WEFT_KIND_UNTYPED)
    weft_doc_fail (WEFT_DOC_USAGE, NULL, "--root %s: the type is not text, array, map or xml",
                   text);

  hint.name = g_strndup (text, equals - text);
  for (guint i = 0; i < arguments.roots->len; i++)
    {
      const WeftRootHint *other = &g_array_index (arguments.roots, WeftRootHint, i);

      if (strcmp (other->name, hint.name) != 0)
        continue;
      if (other->kind != hint.kind)
        weft_doc_fail (WEFT_DOC_USAGE, NULL, "--root %s: given before with another type", text);
      return;
    }
  g_array_append_val (arguments.roots, hint);
}

static void
allow (Options     option,
       const char *name)
{
  if ((arguments.command->options & option) == 0)
    weft_doc_fail (WEFT_DOC_USAGE, NULL, "%s does not take %s", arguments.command->name, name);
}

/* What follows an option. */
static const char *
take_value (int         argc,
            char       *argv[],
            int        *at,
            const char *name)
{
  if (*at + 1 >= argc)
    weft_doc_fail (WEFT_DOC_USAGE, NULL, "%s: something must follow", name);

  return argv[++*at];
}

static void
parse (int   argc,
       char *argv[])
{
  gboolean options = TRUE;

  for (int i = 2; i < argc; i++)
    {
      const char *word = argv[i];

      if (!options || word[0] != '-' || word[1] == '\0')
        {
          g_ptr_array_add (arguments.files, argv[i]);
        }
      else if (strcmp (word, "--") == 0)
        {
          options = FALSE;
        }
      else if (strcmp (word, "--no-gc") == 0)
        {
          allow (OPTION_NO_GC, word);
          arguments.no_gc = TRUE;
        }
      else if (strcmp (word, "--v2") == 0)
        {
          allow (OPTION_V2, word);
          arguments.v2 = TRUE;
        }
      else if (strcmp (word, "--to") == 0)
        {
          allow (OPTION_TO, word);
          arguments.to = take_value (argc, argv, &i, word);
          if (strcmp (arguments.to, "v1") != 0 && strcmp (arguments.to, "v2") != 0)
            weft_doc_fail (WEFT_DOC_USAGE, NULL, "--to %s: not v1 or v2", arguments.to);
        }
      else if (strcmp (word, "--root") == 0)
        {
          allow (OPTION_ROOT, word);
          add_root (take_value (argc, argv, &i, word));
        }
      else if (strcmp (word, "--at") == 0)
        {
          allow (OPTION_AT, word);
          arguments.at = take_value (argc, argv, &i, word);
        }
      else if (strcmp (word, "-o") == 0)
        {
          allow (OPTION_OUT, word);
          arguments.out = take_value (argc, argv, &i, word);
        }
      else
        {
          weft_doc_fail (WEFT_DOC_USAGE, NULL, "%s: unknown option", word);
        }
    }

  if (arguments.files->len < arguments.command->min_files
      || arguments.files->len > arguments.command->max_files)
    weft_doc_fail (WEFT_DOC_USAGE, NULL, "%s: wrong number of files; try --help",
                   arguments.command->name);
}

int
main (int   argc,
      char *argv[])
{
  /* A reader that leaves is an error like others, and so is a file that may not grow. */
  signal (SIGPIPE, SIG_IGN);
  signal (SIGXFSZ, SIG_IGN);
  weft_doc_expect_no_memory ();
  arguments.roots = g_array_new (FALSE, FALSE, sizeof (WeftRootHint));
  arguments.files = g_ptr_array_new ();

  if (argc < 2)
    weft_doc_fail (WEFT_DOC_USAGE, NULL, "no command; try --help");
  if (strcmp (argv[1], "--help") == 0)
    {
      weft_doc_write_stdout (usage, strlen (usage));
      return WEFT_DOC_DONE;
    }
  if (strcmp (argv[1], "--version") == 0)
    {
      weft_doc_write_stdout ("weft-doc " WEFT_VERSION "\n", strlen ("weft-doc " WEFT_VERSION "\n"));
      return WEFT_DOC_DONE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (argv[1], commands[i].name) == 0)
      arguments.command = &commands[i];
  if (arguments.command == NULL)
    weft_doc_fail (WEFT_DOC_USAGE, NULL, "%s: unknown command", argv[1]);
  parse (argc, argv);
  arguments.command->run ();

  return WEFT_DOC_DONE;
}
