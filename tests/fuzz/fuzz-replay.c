/* fuzz-replay.c - plays the committed corpus, and some changes of it, without libFuzzer
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 *     fuzz-replay --tap DIR                 every line of DIR/TARGET.txt, one test a target
 *     fuzz-replay TARGET FILE...            plays files, as libFuzzer leaves them
 *     fuzz-replay unpack TARGET DIR FOLDER  the corpus as files, for libFuzzer
 *     fuzz-replay pack TARGET DIR FOLDER    and back; named lines stay
 *     fuzz-replay name TARGET DIR NAME FILE adds a finding under a name of its own
 *     fuzz-replay random TARGET DIR N SEED FOLDER
 *                                           N changed inputs; one that ends the program is kept in FOLDER
 *     fuzz-replay list                      the targets
 *
 * A line is a name and the bytes in base64. What a fuzzer found on the way is called "-"; what once
 * broke something has a name.
 */

#include "config.h"

#include "fuzz/fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Changed inputs that are played for each target: one that is slow gets fewer. */
#define N_CHANGED      2000
#define N_CHANGED_LONG 50000
#define MAX_SECONDS    1.0
/* Of `random`: how many inputs a process plays, and how long one may take */
#define N_PORTION   20000
#define MAX_ONE_SEC 20

typedef struct
{
  char   *name;
  GBytes *bytes;
} Entry;

static const char *corpus_folder;

static void
entry_free (gpointer data)
{
  Entry *self = data;

  g_free (self->name);
  g_bytes_unref (self->bytes);
  g_free (self);
}

static char *
corpus_path (const char *folder,
             const char *target)
{
  g_autofree char *name = g_strconcat (target, ".txt", NULL);

  return g_build_filename (folder, name, NULL);
}

static GPtrArray *
read_corpus (const char *folder,
             const char *target)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func (entry_free);
  g_autofree char *path = corpus_path (folder, target), *text = NULL;
  g_auto(GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return entries;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *space = strchr (lines[i], ' ');
      Entry *entry;
      gsize size;
      guchar *data;

      if (space == NULL)
        continue;
      data = g_base64_decode (space + 1, &size);
      entry = g_new0 (Entry, 1);
      entry->name = g_strndup (lines[i], space - lines[i]);
      entry->bytes = g_bytes_new_take (data, size);
      g_ptr_array_add (entries, entry);
    }

  return entries;
}

static int
compare_entries (gconstpointer a,
                 gconstpointer b)
{
  const Entry *x = *(const Entry *const *) a, *y = *(const Entry *const *) b;
  int order = strcmp (x->name, y->name);

  return order != 0 ? order : g_bytes_compare (x->bytes, y->bytes);
}

static void
write_corpus (const char *folder,
              const char *target,
              GPtrArray  *entries)
{
  g_autofree char *path = corpus_path (folder, target);
  g_autoptr(GString) text = g_string_new (NULL);
  g_autoptr(GError) error = NULL;

  g_ptr_array_sort (entries, compare_entries);
  for (guint i = 0; i < entries->len; i++)
    {
      const Entry *entry = g_ptr_array_index (entries, i);
      gsize size;
      const guint8 *data = g_bytes_get_data (entry->bytes, &size);
      g_autofree char *base64 = g_base64_encode (data, size);

      if (i > 0 && compare_entries (&g_ptr_array_index (entries, i - 1), &g_ptr_array_index (entries, i)) == 0)
        continue;
      g_string_append_printf (text, "%s %s\n", entry->name, base64);
    }
  if (!g_file_set_contents (path, text->str, text->len, &error))
    g_error ("%s", error->message);
}

static GBytes *
read_file (const char *path)
{
  g_autoptr(GError) error = NULL;
  char *data;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, &error))
    g_error ("%s", error->message);

  return g_bytes_new_take (data, size);
}

static void
add_entry (GPtrArray  *entries,
           const char *name,
           const char *path)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->name = g_strdup (name);
  entry->bytes = read_file (path);
  g_ptr_array_add (entries, entry);
}

static void
unpack (const char *target,
        const char *folder,
        const char *to)
{
  g_autoptr(GPtrArray) entries = read_corpus (folder, target);

  g_mkdir_with_parents (to, 0777);
  for (guint i = 0; i < entries->len; i++)
    {
      const Entry *entry = g_ptr_array_index (entries, i);
      g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA1, entry->bytes);
      g_autofree char *path = g_build_filename (to, sum, NULL);
      g_autoptr(GError) error = NULL;

      if (!g_file_set_contents (path, g_bytes_get_data (entry->bytes, NULL), g_bytes_get_size (entry->bytes), &error))
        g_error ("%s", error->message);
    }
}

static void
pack (const char *target,
      const char *folder,
      const char *from)
{
  g_autoptr(GPtrArray) entries = read_corpus (folder, target);
  g_autoptr(GDir) dir = g_dir_open (from, 0, NULL);
  const char *name;

  for (guint i = entries->len; i > 0; i--)
    if (strcmp (((Entry *) g_ptr_array_index (entries, i - 1))->name, "-") == 0)
      g_ptr_array_remove_index (entries, i - 1);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (from, name, NULL);

      add_entry (entries, "-", path);
    }
  write_corpus (folder, target, entries);
}

/* Runs @target on a copy of its own size, so that a read past the end is one for the sanitizers. */
static void
play (const FuzzTarget *target,
      const guint8     *data,
      gsize             size)
{
  g_autofree guint8 *copy = size > 0 ? g_memdup2 (data, size) : g_malloc (1);

  fuzz_target_run (target, copy, size);
}

/* Cuts, flips, repeats, and numbers at their limits. */
static void
change (GByteArray *bytes,
        GPtrArray  *entries,
        GRand      *random)
{
  static const guint8 edges[] = { 0, 1, 0x7f, 0x80, 0xff, 0xfe, 0x3f, 0x40, 0x81 };

  for (guint n = 1 + g_rand_int_range (random, 0, 4); n > 0; n--)
    {
      guint at = bytes->len > 0 ? g_rand_int_range (random, 0, bytes->len) : 0;
      guint length = g_rand_int_range (random, 1, 17);

      if (bytes->len == 0)
        {
          g_byte_array_append (bytes, edges, 4);
          continue;
        }
      switch (g_rand_int_range (random, 0, 6))
        {
        case 0:
          bytes->data[at] ^= 1 << g_rand_int_range (random, 0, 8);
          break;
        case 1:
          bytes->data[at] = edges[g_rand_int_range (random, 0, G_N_ELEMENTS (edges))];
          break;
        case 2:
          g_byte_array_set_size (bytes, at);
          break;
        case 3:
          g_byte_array_remove_range (bytes, at, MIN (bytes->len - at, length));
          break;
        case 4:
          {
            /* The head of this, the tail of another */
            const Entry *other = g_ptr_array_index (entries, g_rand_int_range (random, 0, entries->len));
            gsize size;
            const guint8 *data = g_bytes_get_data (other->bytes, &size);
            gsize from = size > 0 ? (gsize) g_rand_int_range (random, 0, size) : 0;

            g_byte_array_set_size (bytes, at);
            if (size > from)
              g_byte_array_append (bytes, data + from, size - from);
            break;
          }
        default:
          {
            guint n_part = MIN (bytes->len - at, length);
            g_autofree guint8 *part = g_memdup2 (bytes->data + at, n_part);

            g_byte_array_append (bytes, part, n_part);
          }
        }
    }
}

/* One of @entries, changed. (transfer full) */
static GBytes *
make_changed (GPtrArray *entries,
              GRand     *random)
{
  const Entry *entry = g_ptr_array_index (entries, g_rand_int_range (random, 0, entries->len));
  GByteArray *bytes = g_byte_array_new ();
  gsize size;
  const guint8 *data = g_bytes_get_data (entry->bytes, &size);

  if (size > 0)
    g_byte_array_append (bytes, data, size);
  change (bytes, entries, random);

  return g_byte_array_free_to_bytes (bytes);
}

/* Each input has a seed of its own, so that the one that ended a process can be made again. */
static GBytes *
make_numbered (GPtrArray *entries,
               guint32    seed,
               guint32    number)
{
  guint32 both[] = { seed, number };
  g_autoptr(GRand) random = g_rand_new_with_seed_array (both, G_N_ELEMENTS (both));

  return make_changed (entries, random);
}

static void
play_portion (const FuzzTarget *target,
              GPtrArray        *entries,
              guint32           seed,
              guint32           end,
              volatile guint32 *number)
{
  for (; *number < end; (*number)++)
    {
      g_autoptr(GBytes) bytes = make_numbered (entries, seed, *number);
      gsize size;
      const guint8 *data = g_bytes_get_data (bytes, &size);

      alarm (MAX_ONE_SEC);
      play (target, data, size);
    }
}

/* Without what libFuzzer looks at, inputs take a fraction of the time: more of them, chosen less well.
 * Returns: how many of them ended a process */
static guint
play_random (const FuzzTarget *target,
             const char       *folder,
             guint32           n,
             guint32           seed,
             const char       *findings)
{
  g_autoptr(GPtrArray) entries = read_corpus (folder, target->name);
  volatile guint32 *number = mmap (NULL, sizeof *number, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  guint n_found = 0;

  g_assert (number != MAP_FAILED && entries->len > 0);
  for (*number = 0; *number < n;)
    {
      pid_t child = fork ();
      int status;

      g_assert (child >= 0);
      if (child == 0)
        {
          play_portion (target, entries, seed, MIN (n, *number + N_PORTION), number);
          _exit (0);
        }
      g_assert (waitpid (child, &status, 0) == child);
      if (!WIFEXITED (status) || WEXITSTATUS (status) != 0)
        {
          g_autoptr(GBytes) bytes = make_numbered (entries, seed, *number);
          g_autofree char *name = g_strdup_printf ("%s-%u-%u", target->name, seed, *number);
          g_autofree char *path = g_build_filename (findings, name, NULL);

          g_printerr ("fuzz-replay: a finding in %s\n", path);
          if (!g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL))
            g_printerr ("fuzz-replay: %s cannot be written\n", path);
          n_found++;
          (*number)++;
        }
    }
  munmap ((gpointer) number, sizeof *number);

  return n_found;
}

static void
test_target (gconstpointer user_data)
{
  const FuzzTarget *target = user_data;
  g_autoptr(GPtrArray) entries = read_corpus (corpus_folder, target->name);
  g_autoptr(GRand) random = g_rand_new_with_seed (20261121);
  gboolean is_long = g_getenv ("WEFT_TEST_LONG") != NULL;
  guint n = is_long ? N_CHANGED_LONG : N_CHANGED;

  g_assert_cmpuint (entries->len, >, 0);
  for (guint i = 0; i < entries->len; i++)
    {
      const Entry *entry = g_ptr_array_index (entries, i);
      gsize size;
      const guint8 *data = g_bytes_get_data (entry->bytes, &size);

      g_test_message ("%s", entry->name);
      play (target, data, size);
      /* Every beginning of it, the shorter ones at least */
      for (gsize cut = 0; cut < MIN (size, 64) && i % 8 == 0; cut++)
        play (target, data, cut);
    }

  g_test_timer_start ();
  for (guint i = 0; i < n && (is_long || g_test_timer_elapsed () < MAX_SECONDS); i++)
    {
      g_autoptr(GBytes) changed = make_changed (entries, random);
      gsize size;
      const guint8 *data = g_bytes_get_data (changed, &size);

      play (target, data, size);
    }
}

static const FuzzTarget *
find_target (const char *name)
{
  const FuzzTarget *target = fuzz_target_lookup (name);

  if (target == NULL)
    {
      g_printerr ("fuzz-replay: there is no target '%s'\n", name);
      exit (2);
    }

  return target;
}

int
main (int   argc,
      char *argv[])
{
  const char *command = argc > 1 ? argv[1] : "";

  if (strcmp (command, "list") == 0)
    {
      for (const FuzzTarget *target = fuzz_targets; target->name != NULL; target++)
        g_print ("%s %" G_GSIZE_FORMAT "\n", target->name, target->max_size);
      return 0;
    }
  if (argc == 5 && strcmp (command, "unpack") == 0)
    {
      unpack (find_target (argv[2])->name, argv[3], argv[4]);
      return 0;
    }
  if (argc == 5 && strcmp (command, "pack") == 0)
    {
      pack (find_target (argv[2])->name, argv[3], argv[4]);
      return 0;
    }
  if (argc == 6 && strcmp (command, "name") == 0)
    {
      g_autoptr(GPtrArray) entries = read_corpus (argv[3], find_target (argv[2])->name);

      add_entry (entries, argv[4], argv[5]);
      write_corpus (argv[3], argv[2], entries);
      return 0;
    }
  if (argc == 7 && strcmp (command, "random") == 0)
    return play_random (find_target (argv[2]), argv[3], (guint32) strtoul (argv[4], NULL, 10),
                        (guint32) strtoul (argv[5], NULL, 10), argv[6]) > 0;
  if (argc > 1 && command[0] != '-')
    {
      const FuzzTarget *target = find_target (command);

      for (int i = 2; i < argc; i++)
        {
          g_autoptr(GBytes) bytes = read_file (argv[i]);
          gsize size;
          const guint8 *data = g_bytes_get_data (bytes, &size);

          g_print ("%s\n", argv[i]);
          play (target, data, size);
        }
      return 0;
    }

  g_test_init (&argc, &argv, NULL);
  if (argc != 2)
    {
      g_printerr ("Usage: fuzz-replay --tap FOLDER, or TARGET FILE...\n");
      return 2;
    }
  corpus_folder = argv[1];
  for (const FuzzTarget *target = fuzz_targets; target->name != NULL; target++)
    {
      g_autofree char *path = g_strconcat ("/fuzz/", target->name, NULL);

      g_test_add_data_func (path, target, test_target);
    }

  return g_test_run ();
}
