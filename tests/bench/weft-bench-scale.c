/* weft-bench-scale.c - whether costs grow no faster than n log n
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * weft-bench-scale [--small] [CASE...]: makes each document with some edits, and with eight times as many, and compares
 * what each phase takes: the edits, their updates one by one in another document, opening the whole in both formats,
 * reading it. Where the larger one takes more than GENEROUS times what n log n would let it take, the phase "GROWS" and
 * the program ends with 1. With --small the documents are a hundredth of that and times are not looked at; then it is
 * a test of the contents, which are compared after every phase in any case.
 */

#include "config.h"

#include "crdt/weft-doc.h"
#include "crdt/weft-type.h"

#include <math.h>
#include <time.h>

/* What caches and the machine's other work may add, and where nothing is decided: in ms */
#define GENEROUS 3.0
#define SHORT 2.0

#define FACTOR 8

typedef struct
{
  const char *name;
  guint       n; /* edits of the large document */
  void      (*edit) (WeftDoc *doc, guint n, GRand *rand);
  char     *(*read) (WeftDoc *doc);
} Case;

typedef enum
{
  PHASE_EDIT,
  PHASE_APPLY,
  PHASE_LOAD_V1,
  PHASE_LOAD_V2,
  PHASE_READ,
  N_PHASES,
} Phase;

static const char *const phase_names[N_PHASES] = { "edit", "apply", "load v1", "load v2", "read" };

static double
read_clock (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);

  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

/* Values here and there, and every fourth edit takes some away. */
static void
edit_array (WeftDoc *doc,
            guint    n,
            GRand   *rand)
{
  WeftType *array = weft_doc_get_array (doc, "array");

  for (guint i = 0; i < n; i++)
    {
      guint64 length = weft_type_get_length (array);
      g_autoptr(WeftAny) values = NULL;

      if (i % 4 == 3)
        {
          weft_array_delete (array, g_rand_int_range (rand, 0, (gint32) length), 1);
          continue;
        }
      values = weft_any_new_array ();
      weft_any_array_take (values, weft_any_new_number (i));
      weft_any_array_take (values, weft_any_new_string ("value"));
      weft_array_insert (array, g_rand_int_range (rand, 0, (gint32) length + 1), values);
    }
}

static char *
read_array (WeftDoc *doc)
{
  g_autoptr(WeftAny) value = weft_type_to_any (weft_doc_get_array (doc, "array"));

  return weft_any_to_json (value);
}

/* At first all in one edit, as where a table is pasted; then some are taken away. */
static void
edit_pasted (WeftDoc *doc,
             guint    n,
             GRand   *rand)
{
  WeftType *array = weft_doc_get_array (doc, "array");
  g_autoptr(WeftAny) values = weft_any_new_array ();

  for (guint i = 0; i < n; i++)
    weft_any_array_take (values, weft_any_new_number (i));
  weft_array_insert (array, 0, values);
  for (guint i = 0; i < n / 20; i++)
    weft_array_delete (array, g_rand_int_range (rand, 0, (gint32) weft_type_get_length (array)), 1);
}

/* Keys of one map, each set twice. */
static void
edit_keys (WeftDoc *doc,
           guint    n,
           GRand   *rand)
{
  WeftType *map = weft_doc_get_map (doc, "map");

  for (guint i = 0; i < 2 * n; i++)
    {
      g_autofree char *key = g_strdup_printf ("a key of %u", i < n ? i : (guint) g_rand_int_range (rand, 0, (gint32) n));
      g_autoptr(WeftAny) value = weft_any_new_number (i);

      weft_map_set (map, key, value);
    }
}

/* Maps in maps, whose keys come in turns. */
static void
edit_nested (WeftDoc *doc,
             guint    n,
             GRand   *rand)
{
  WeftType *map = weft_doc_get_map (doc, "map");
  guint n_maps = MAX (n / 10, 1);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i % n_maps);
      g_autofree char *key = g_strdup_printf ("k%u", i / n_maps);
      g_autoptr(WeftAny) value = weft_any_new_number (i);

      if (i < n_maps)
        weft_map_set_type (map, name, WEFT_KIND_MAP);
      weft_map_set (weft_map_get_type (map, name), key, value);
      if (i % 10 == 9)
        weft_map_remove (weft_map_get_type (map, name), key);
    }
}

static char *
read_map (WeftDoc *doc)
{
  g_autoptr(WeftAny) value = weft_type_to_any (weft_doc_get_map (doc, "map"));

  return weft_any_to_json (value);
}

static void
type_text (WeftType *text,
           guint     n_units)
{
  g_autofree char *start = g_malloc (n_units + 1);

  for (guint i = 0; i < n_units; i++)
    start[i] = "abcdefghij "[i % 11];
  start[n_units] = '\0';
  weft_text_insert (text, 0, start, n_units, NULL);
}

static void
edit_formats (WeftDoc *doc,
              guint    n,
              GRand   *rand)
{
  WeftType *text = weft_doc_get_text (doc, "text");
  g_autoptr(WeftAny) bold = weft_any_new_object (), plain = weft_any_new_object (), wide = weft_any_new_object ();

  weft_any_object_take (bold, "bold", weft_any_new_boolean (TRUE));
  weft_any_object_take (plain, "bold", weft_any_new_null ());
  weft_any_object_take (wide, "size", weft_any_new_number (12));
  type_text (text, n * 10);
  for (guint i = 0; i < n; i++)
    weft_text_format (text, g_rand_int_range (rand, 0, (gint32) n * 10 - 5), 5,
                      i % 4 == 0   ? wide
                      : i % 4 == 3 ? plain
                                   : bold);
}

/* A key of its own for each edit, over what others have marked, too. */
static void
edit_comments (WeftDoc *doc,
               guint    n,
               GRand   *rand)
{
  WeftType *text = weft_doc_get_text (doc, "text");

  type_text (text, n * 10);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *key = g_strdup_printf ("comment %u", i);
      g_autoptr(WeftAny) marks = weft_any_new_object ();

      weft_any_object_take (marks, key, weft_any_new_boolean (TRUE));
      weft_text_format (text, g_rand_int_range (rand, 0, (gint32) n * 10 - 40), g_rand_int_range (rand, 1, 40), marks);
    }
}

static char *
read_formats (WeftDoc *doc)
{
  g_autoptr(WeftDelta) delta = weft_text_to_delta (weft_doc_get_text (doc, "text"));

  return weft_delta_to_json (delta);
}

static void
edit_deletions (WeftDoc *doc,
                guint    n,
                GRand   *rand)
{
  WeftType *text = weft_doc_get_text (doc, "text");

  type_text (text, n * 4);
  for (guint i = 0; i < n; i++)
    weft_text_delete (text, g_rand_int_range (rand, 0, (gint32) weft_type_get_length (text)), 1);
}

static char *
read_text (WeftDoc *doc)
{
  return weft_text_to_string (weft_doc_get_text (doc, "text"));
}

static const Case cases[] = {
  { "array", 700000, edit_array, read_array },
  { "pasted-array", 1000000, edit_pasted, read_array },
  { "keys", 100000, edit_keys, read_map },
  { "nested-maps", 100000, edit_nested, read_map },
  { "formats", 100000, edit_formats, read_formats },
  { "comments", 50000, edit_comments, read_formats },
  { "deletions", 300000, edit_deletions, read_text },
};

static void
collect_cb (WeftDoc      *doc,
            GBytes       *update,
            gconstpointer origin,
            gboolean      local,
            gpointer      user_data)
{
  g_ptr_array_add (user_data, g_bytes_ref (update));
}

static WeftDoc *
new_doc (WeftClientId id)
{
  WeftDocOptions options = { .gc = TRUE };

  return weft_doc_new_with_options (id, &options);
}

static void
check (const Case *which,
       WeftDoc    *doc,
       const char *expected,
       Phase       phase)
{
  g_autofree char *content = which->read (doc);

  if (strcmp (content, expected) != 0)
    g_error ("%s: the content is wrong after %s", which->name, phase_names[phase]);
}

static void
measure_loading (const Case *which,
                 GBytes     *state,
                 gboolean    is_v2,
                 const char *expected,
                 double     *ms)
{
  Phase phase = is_v2 ? PHASE_LOAD_V2 : PHASE_LOAD_V1;
  double begin = read_clock ();
  g_autoptr(WeftDoc) doc = new_doc (3);

  if (is_v2 ? !weft_doc_apply_update_v2 (doc, state, NULL, NULL) : !weft_doc_apply_update (doc, state, NULL, NULL))
    g_error ("%s: the state is refused", which->name);
  ms[phase] = MIN (ms[phase], read_clock () - begin);
  check (which, doc, expected, phase);
}

/* Lowers each of @ms to what a run takes. */
static void
run (const Case *which,
     guint       n,
     double     *ms)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (n), again = g_rand_new_with_seed (n);
  g_autoptr(WeftDoc) doc = new_doc (1), teller = new_doc (1), listener = new_doc (2);
  g_autoptr(GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  const WeftDocObserver observer = { .update = collect_cb };
  g_autoptr(GBytes) state = NULL, state_v2 = NULL;
  g_autofree char *expected = NULL;
  double begin = read_clock ();

  which->edit (doc, n, rand);
  ms[PHASE_EDIT] = MIN (ms[PHASE_EDIT], read_clock () - begin);
  begin = read_clock ();
  expected = which->read (doc);
  ms[PHASE_READ] = MIN (ms[PHASE_READ], read_clock () - begin);

  weft_doc_add_observer (teller, &observer, updates);
  which->edit (teller, n, again);
  check (which, teller, expected, PHASE_EDIT);
  begin = read_clock ();
  for (guint i = 0; i < updates->len; i++)
    if (!weft_doc_apply_update (listener, updates->pdata[i], NULL, NULL))
      g_error ("%s: an update is refused", which->name);
  ms[PHASE_APPLY] = MIN (ms[PHASE_APPLY], read_clock () - begin);
  check (which, listener, expected, PHASE_APPLY);

  state = weft_doc_encode_state (doc);
  state_v2 = weft_doc_encode_state_v2 (doc);
  measure_loading (which, state, FALSE, expected, ms);
  measure_loading (which, state_v2, TRUE, expected, ms);
}

/* Whether a phase grows too fast. */
static gboolean
compare (const Case *which)
{
  guint few = which->n / FACTOR, many = which->n;
  double allowed = FACTOR * log (many) / log (few) * GENEROUS;
  double small[N_PHASES], large[N_PHASES];
  gboolean grows = FALSE;

  for (guint i = 0; i < N_PHASES; i++)
    small[i] = large[i] = G_MAXDOUBLE;
  run (which, few, small);
  run (which, few, small);
  run (which, many, large);
  for (guint i = 0; i < N_PHASES; i++)
    {
      gboolean too_fast = large[i] > SHORT && large[i] > MAX (small[i], SHORT / FACTOR) * allowed;

      g_print ("%-13s %-8s %8u: %9.2f ms %8u: %9.2f ms %6.1fx%s\n", which->name, phase_names[i], few, small[i], many,
               large[i], large[i] / MAX (small[i], 1e-6), too_fast ? "  GROWS faster than n log n" : "");
      grows = grows || too_fast;
    }

  return grows;
}

int
main (int   argc,
      char *argv[])
{
  gboolean is_small = argc > 1 && g_str_equal (argv[1], "--small"), grows = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      double ignored[N_PHASES] = { 0 };

      if (argc > 1 + is_small && !g_strv_contains ((const char *const *) argv + 1, cases[i].name))
        continue;
      if (is_small)
        run (&cases[i], cases[i].n / 100, ignored);
      else
        grows = compare (&cases[i]) || grows;
    }

  return grows ? 1 : 0;
}
