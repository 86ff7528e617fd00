/* weft-bench.c - replays editing traces through the engine and prints one line of figures
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * weft-bench INPUT time|mem|memload ITERATIONS: INPUT is a gzip'd trace of the kinds CRTX, CRTA, CRTC
 * or CRTM, or one of B3.1 to B3.5, or `typing` for a trace made from a seed. Only public functions of
 * the engine are called, and the content is checked after every phase.
 */

#include "config.h"

#include "crdt/weft-doc.h"
#include "crdt/weft-type.h"

#include <gio/gio.h>
#include <malloc.h>
#include <sys/resource.h>

typedef struct
{
  guint32     position, n_deleted, n_bytes;
  const char *text;
} Patch;

/* A transaction of one agent. */
typedef struct
{
  guint32  agent, n_parents, n_patches;
  guint32 *parents;
  Patch   *patches;
} Txn;

typedef struct
{
  guint32     element;
  const char *key;
  WeftAny    *value;
} MapSet;

typedef struct
{
  char    *name;
  char     kind; /* X, A, C, M, B */
  GBytes  *bytes;
  guint8  *at;

  /* X, A */
  guint32  n_ops;
  Patch   *ops;
  WeftAny **values;
  char    *base, *final;

  /* C */
  guint32  n_agents, n_txns;
  Txn     *txns;

  /* M */
  guint32  n_elements, n_keys;
  char   **keys;
  WeftAny **initial;
  MapSet  *sets;

  int      b3;
} Trace;

static double
now_ms (void)
{
  return g_get_monotonic_time () / 1000.0;
}

/* Reading */

static guint32
get_u32 (Trace *trace)
{
  guint32 value;

  memcpy (&value, trace->at, sizeof value);
  trace->at += sizeof value;

  return GUINT32_FROM_LE (value);
}

static const char *
get_string (Trace   *trace,
            guint32 *length)
{
  const char *string;

  *length = get_u32 (trace);
  string = (const char *) trace->at;
  trace->at += *length;

  return string;
}

static char *
dup_string (Trace *trace)
{
  guint32 length;
  const char *string = get_string (trace, &length);

  return g_strndup (string, length);
}

static Patch
get_patch (Trace *trace)
{
  Patch patch;

  patch.position = get_u32 (trace);
  patch.n_deleted = get_u32 (trace);
  patch.text = get_string (trace, &patch.n_bytes);

  return patch;
}

static WeftAny *
get_value (Trace *trace)
{
  switch (*trace->at++)
    {
    case 0:
      return weft_any_new_number (get_u32 (trace));
    case 1:
      {
        double value;

        memcpy (&value, trace->at, sizeof value);
        trace->at += sizeof value;
        return weft_any_new_number (value);
      }
    default:
      {
        guint8 length = *trace->at++;

        trace->at += length;
        return weft_any_new_string_len ((const char *) trace->at - length, length);
      }
    }
}

static void
read_sequence (Trace *trace)
{
  trace->n_ops = get_u32 (trace);
  trace->ops = g_new0 (Patch, trace->n_ops);
  trace->base = dup_string (trace);
  trace->final = dup_string (trace);
  for (guint32 i = 0; i < trace->n_ops; i++)
    trace->ops[i] = get_patch (trace);
}

static void
read_array (Trace *trace)
{
  trace->n_ops = get_u32 (trace);
  trace->ops = g_new0 (Patch, trace->n_ops);
  trace->values = g_new0 (WeftAny *, trace->n_ops);
  for (guint32 i = 0; i < trace->n_ops; i++)
    {
      trace->ops[i].position = get_u32 (trace);
      trace->values[i] = weft_any_new_array ();
      for (guint32 n = get_u32 (trace); n > 0; n--)
        weft_any_array_take (trace->values[i], weft_any_new_number (get_u32 (trace)));
    }
}

static void
read_concurrent (Trace *trace)
{
  gboolean has_final;

  trace->n_agents = get_u32 (trace);
  trace->n_txns = get_u32 (trace);
  has_final = get_u32 (trace);
  trace->final = dup_string (trace);
  if (!has_final)
    g_clear_pointer (&trace->final, g_free);
  trace->txns = g_new0 (Txn, trace->n_txns);
  for (guint32 i = 0; i < trace->n_txns; i++)
    {
      Txn *txn = &trace->txns[i];

      txn->agent = get_u32 (trace);
      txn->n_parents = get_u32 (trace);
      txn->parents = g_new (guint32, txn->n_parents);
      for (guint32 j = 0; j < txn->n_parents; j++)
        txn->parents[j] = get_u32 (trace);
      txn->n_patches = get_u32 (trace);
      txn->patches = g_new (Patch, txn->n_patches);
      for (guint32 j = 0; j < txn->n_patches; j++)
        txn->patches[j] = get_patch (trace);
    }
}

static void
read_map (Trace *trace)
{
  trace->n_elements = get_u32 (trace);
  trace->n_keys = get_u32 (trace);
  trace->n_ops = get_u32 (trace);
  trace->keys = g_new0 (char *, trace->n_keys + 1);
  for (guint32 i = 0; i < trace->n_keys; i++)
    {
      guint8 length = *trace->at++;

      trace->keys[i] = g_strndup ((const char *) trace->at, length);
      trace->at += length;
    }
  trace->initial = g_new0 (WeftAny *, (gsize) trace->n_elements * trace->n_keys);
  for (gsize i = 0; i < (gsize) trace->n_elements * trace->n_keys; i++)
    trace->initial[i] = get_value (trace);
  trace->sets = g_new0 (MapSet, trace->n_ops);
  for (guint32 i = 0; i < trace->n_ops; i++)
    {
      trace->sets[i].element = get_u32 (trace);
      trace->sets[i].key = trace->keys[*trace->at++];
      trace->sets[i].value = get_value (trace);
    }
}

static GBytes *
read_gzip (const char *path)
{
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(GError) error = NULL;
  g_autoptr(GInputStream) raw = G_INPUT_STREAM (g_file_read (file, NULL, &error));
  g_autoptr(GZlibDecompressor) gunzip = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr(GInputStream) stream = NULL;
  g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable ();

  if (raw == NULL)
    g_error ("%s", error->message);
  stream = g_converter_input_stream_new (raw, G_CONVERTER (gunzip));
  if (g_output_stream_splice (memory, stream, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, &error) < 0)
    g_error ("%s", error->message);

  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

/* Somebody types: words, corrections, a jump now and then. */
static void
make_typing (Trace *trace)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (42);
  g_autoptr(GString) text = g_string_new (NULL);
  guint32 at = 0;

  trace->kind = 'X';
  trace->n_ops = 100000;
  trace->ops = g_new0 (Patch, trace->n_ops);
  for (guint32 i = 0; i < trace->n_ops; i++)
    {
      static const char letters[] = "abcdefghijklmnopqrstuvwxyz ";
      Patch *op = &trace->ops[i];

      if (g_rand_int_range (rand, 0, 50) == 0)
        at = g_rand_int_range (rand, 0, text->len + 1);
      if (at > 0 && g_rand_int_range (rand, 0, 10) < 3)
        {
          *op = (Patch) { --at, 1, 0, "" };
          g_string_erase (text, at, 1);
          continue;
        }
      *op = (Patch) { at, 0, 1, letters + g_rand_int_range (rand, 0, sizeof letters - 1) };
      g_string_insert_len (text, at++, op->text, 1);
    }
  trace->base = g_strdup ("");
  trace->final = g_strdup (text->str);
}

static Trace *
load_trace (const char *input)
{
  Trace *trace = g_new0 (Trace, 1);
  g_autofree char *base = g_path_get_basename (input);
  char kind[4];

  trace->name = g_str_has_suffix (base, ".gz") ? g_strndup (base, strlen (base) - strlen (".crtx.gz"))
                                               : g_strdup (base);
  if (g_str_has_prefix (input, "B3.") && strlen (input) == 4)
    {
      trace->kind = 'B';
      trace->b3 = input[3] - '0';
      return trace;
    }
  if (g_str_equal (input, "typing"))
    {
      make_typing (trace);
      return trace;
    }

  trace->bytes = read_gzip (input);
  trace->at = (guint8 *) g_bytes_get_data (trace->bytes, NULL);
  memcpy (kind, trace->at, sizeof kind);
  trace->at += sizeof kind;
  if (memcmp (kind, "CRT", 3) != 0 || get_u32 (trace) != 1)
    g_error ("%s is no trace", input);
  trace->kind = kind[3];
  switch (trace->kind)
    {
    case 'X':
      read_sequence (trace);
      break;
    case 'A':
      read_array (trace);
      break;
    case 'C':
      read_concurrent (trace);
      break;
    case 'M':
      read_map (trace);
      break;
    default:
      g_error ("%s: traces of kind CRT%c are not supported", input, trace->kind);
    }

  return trace;
}

/* Figures */

typedef struct
{
  GPtrArray *names;
  GPtrArray *values; /* GString: the numbers so far */
} Metrics;

static void
add_time (Metrics    *metrics,
          const char *name,
          double      ms)
{
  GString *value;

  for (guint i = 0; i < metrics->names->len; i++)
    if (g_str_equal (g_ptr_array_index (metrics->names, i), name))
      {
        g_string_append_printf (g_ptr_array_index (metrics->values, i), ",%.4f", ms);
        return;
      }
  value = g_string_new (NULL);
  g_string_append_printf (value, "[%.4f", ms);
  g_ptr_array_add (metrics->names, (gpointer) name);
  g_ptr_array_add (metrics->values, value);
}

static void
set_number (Metrics    *metrics,
            const char *name,
            double      number)
{
  GString *value;

  for (guint i = 0; i < metrics->names->len; i++)
    if (g_str_equal (g_ptr_array_index (metrics->names, i), name))
      return;
  value = g_string_new (NULL);
  g_string_append_printf (value, "%.10g", number);
  g_ptr_array_add (metrics->names, (gpointer) name);
  g_ptr_array_add (metrics->values, value);
}

static void
print_metrics (Metrics    *metrics,
               Trace      *trace,
               const char *mode)
{
  const char *kind = trace->kind == 'X' ? "seq" : trace->kind == 'A' ? "arr" : trace->kind == 'C' ? "conc"
                     : trace->kind == 'M' ? "map" : "b3";

  g_print ("{\"peer\":\"weft\",\"version\":\"%s\",\"case\":\"%s\",\"kind\":\"%s\",\"mode\":\"%s\",\"metrics\":{",
           WEFT_VERSION, trace->name, kind, mode);
  for (guint i = 0; i < metrics->names->len; i++)
    {
      GString *value = g_ptr_array_index (metrics->values, i);

      g_print ("%s\"%s\":%s%s", i > 0 ? "," : "", (char *) g_ptr_array_index (metrics->names, i),
               value->str, value->str[0] == '[' ? "]" : "");
    }
  g_print ("}}\n");
}

/* Replaying */

static WeftClientId
client_of (guint32 agent)
{
  return agent == 0 ? 0x5d2e9f02 : agent == 1 ? 0x7a3b1c01 : 0x60000000 + 7919 * (WeftClientId) agent;
}

static WeftDoc *
new_doc (guint32 agent)
{
  WeftDocOptions options = { .gc = TRUE };

  return weft_doc_new_with_options (client_of (agent), &options);
}

static void
collect_update_cb (WeftDoc      *doc,
                   GBytes       *update,
                   gconstpointer origin,
                   gboolean      local,
                   gpointer      user_data)
{
  g_ptr_array_add (user_data, g_bytes_ref (update));
}

static void
run_patch (WeftType    *text,
           const Patch *patch)
{
  WeftDoc *doc = weft_type_get_doc (text);

  if (patch->n_deleted > 0 && patch->n_bytes > 0)
    {
      weft_doc_begin (doc, NULL);
      weft_text_delete (text, patch->position, patch->n_deleted);
      weft_text_insert (text, patch->position, patch->text, patch->n_bytes, NULL);
      weft_doc_commit (doc);
    }
  else if (patch->n_deleted > 0)
    {
      weft_text_delete (text, patch->position, patch->n_deleted);
    }
  else if (patch->n_bytes > 0)
    {
      weft_text_insert (text, patch->position, patch->text, patch->n_bytes, NULL);
    }
}

static void
set_element (WeftType *elements,
             Trace    *trace,
             guint32   i)
{
  char name[16];
  WeftType *element;

  g_snprintf (name, sizeof name, "e%u", i);
  element = weft_map_set_type (elements, name, WEFT_KIND_MAP);
  for (guint32 j = 0; j < trace->n_keys; j++)
    weft_map_set (element, trace->keys[j], trace->initial[(gsize) i * trace->n_keys + j]);
}

static void
create_elements (WeftDoc *doc,
                 Trace   *trace)
{
  WeftType *elements = weft_doc_get_map (doc, "els");

  for (guint32 i = 0; i < trace->n_elements; i++)
    {
      weft_doc_begin (doc, NULL);
      set_element (elements, trace, i);
      weft_doc_commit (doc);
    }
}

static void
begin_document (WeftDoc *doc,
                Trace   *trace)
{
  if (trace->kind == 'X' && trace->base[0] != '\0')
    weft_text_insert (weft_doc_get_text (doc, "text"), 0, trace->base, -1, NULL);
  else if (trace->kind == 'M')
    create_elements (doc, trace);
}

static void
edit_locally (WeftDoc *doc,
              Trace   *trace)
{
  if (trace->kind == 'X')
    {
      WeftType *text = weft_doc_get_text (doc, "text");

      for (guint32 i = 0; i < trace->n_ops; i++)
        run_patch (text, &trace->ops[i]);
    }
  else if (trace->kind == 'A')
    {
      WeftType *array = weft_doc_get_array (doc, "array");

      for (guint32 i = 0; i < trace->n_ops; i++)
        weft_array_insert (array, trace->ops[i].position, trace->values[i]);
    }
  else
    {
      WeftType *elements = weft_doc_get_map (doc, "els");
      char name[16];

      for (guint32 i = 0; i < trace->n_ops; i++)
        {
          g_snprintf (name, sizeof name, "e%u", trace->sets[i].element);
          weft_map_set (weft_map_get_type (elements, name), trace->sets[i].key, trace->sets[i].value);
        }
    }
}

/* The content as a value. */
static WeftAny *
read_content (WeftDoc *doc,
              Trace   *trace)
{
  WeftType *type = trace->kind == 'X' || trace->kind == 'C' || trace->b3 == 5 ? weft_doc_get_text (doc, "text")
                   : trace->kind == 'A' || trace->b3 == 4                     ? weft_doc_get_array (doc, "array")
                   : trace->kind == 'M'                                       ? weft_doc_get_map (doc, "els")
                                                                              : weft_doc_get_map (doc, "map");

  return weft_type_to_any (type);
}

static void
check_content (WeftDoc    *doc,
               Trace      *trace,
               char      **expected,
               const char *phase)
{
  g_autoptr(WeftAny) value = read_content (doc, trace);
  g_autofree char *content = weft_any_get_kind (value) == WEFT_ANY_STRING
                                 ? g_strdup (weft_any_get_string (value)) : weft_any_to_json (value);

  if (*expected == NULL)
    *expected = g_steal_pointer (&content);
  else if (strcmp (content, *expected) != 0)
    g_error ("%s: the content is wrong after %s", trace->name, phase);
}

static void
apply_all (WeftDoc   *doc,
           GPtrArray *updates)
{
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < updates->len; i++)
    if (!weft_doc_apply_update (doc, g_ptr_array_index (updates, i), NULL, &error))
      g_error ("an update is refused: %s", error->message);
}

static void
measure_encoding (WeftDoc *doc,
                  Trace   *trace,
                  Metrics *metrics,
                  char   **expected)
{
  double start = now_ms ();
  g_autoptr(GBytes) state = weft_doc_encode_state (doc);
  g_autoptr(WeftDoc) loaded = NULL;
  g_autoptr(WeftAny) content = NULL;

  add_time (metrics, "enc_v1_ms", now_ms () - start);
  set_number (metrics, "enc_v1_bytes", g_bytes_get_size (state));

  start = now_ms ();
  loaded = new_doc (9);
  if (!weft_doc_apply_update (loaded, state, NULL, NULL))
    g_error ("the state is refused");
  content = read_content (loaded, trace);
  add_time (metrics, "load_v1_ms", now_ms () - start);
  check_content (loaded, trace, expected, "loading");
}

static int
compare_sizes (gconstpointer a,
               gconstpointer b)
{
  gsize x = g_bytes_get_size (*(GBytes **) a), y = g_bytes_get_size (*(GBytes **) b);

  return x < y ? -1 : x > y;
}

static void
report_updates (Metrics   *metrics,
                GPtrArray *updates)
{
  g_autoptr(GPtrArray) sorted = g_ptr_array_sized_new (updates->len);
  gsize total = 0;

  for (guint i = 0; i < updates->len; i++)
    {
      g_ptr_array_add (sorted, g_ptr_array_index (updates, i));
      total += g_bytes_get_size (g_ptr_array_index (updates, i));
    }
  g_ptr_array_sort (sorted, compare_sizes);
  set_number (metrics, "upd_n", updates->len);
  set_number (metrics, "upd_total", total);
  set_number (metrics, "upd_mean", (double) total / MAX (updates->len, 1));
  set_number (metrics, "upd_median",
              updates->len > 0 ? g_bytes_get_size (g_ptr_array_index (sorted, updates->len / 2)) : 0);
}

static void
measure_edits (Trace   *trace,
               Metrics *metrics)
{
  g_autoptr(WeftDoc) doc = new_doc (0);
  g_autoptr(WeftDoc) teller = new_doc (0);
  g_autoptr(WeftDoc) listener = new_doc (1);
  g_autoptr(GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(GBytes) beginning = NULL;
  g_autofree char *expected = trace->kind == 'X' ? g_strdup (trace->final) : NULL;
  g_autoptr(WeftAny) content = NULL;
  const WeftDocObserver observer = { .update = collect_update_cb };
  double start = now_ms ();

  begin_document (doc, trace);
  if (trace->kind == 'M')
    add_time (metrics, "create_ms", now_ms () - start);
  start = now_ms ();
  edit_locally (doc, trace);
  add_time (metrics, "local_ms", now_ms () - start);
  start = now_ms ();
  content = read_content (doc, trace);
  add_time (metrics, "text_ms", now_ms () - start);
  check_content (doc, trace, &expected, "local edits");

  begin_document (teller, trace);
  beginning = weft_doc_encode_state (teller);
  weft_doc_add_observer (teller, &observer, updates);
  start = now_ms ();
  edit_locally (teller, trace);
  add_time (metrics, "local_upd_ms", now_ms () - start);
  report_updates (metrics, updates);

  if (!weft_doc_apply_update (listener, beginning, NULL, NULL))
    g_error ("the beginning is refused");
  start = now_ms ();
  apply_all (listener, updates);
  add_time (metrics, "apply_ms", now_ms () - start);
  check_content (listener, trace, &expected, "applying");

  measure_encoding (doc, trace, metrics, &expected);
}

static int
compare_numbers (gconstpointer a,
                 gconstpointer b)
{
  guint32 x = *(const guint32 *) a, y = *(const guint32 *) b;

  return x < y ? -1 : x > y;
}

/* Gives @doc all that @txn follows. */
static void
catch_up (WeftDoc   *doc,
          Trace     *trace,
          guint32    txn,
          guint8    *known,
          GPtrArray *updates)
{
  g_autoptr(GArray) stack = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr(GArray) missing = g_array_new (FALSE, FALSE, sizeof (guint32));

  g_array_append_vals (stack, trace->txns[txn].parents, trace->txns[txn].n_parents);
  while (stack->len > 0)
    {
      guint32 at = g_array_index (stack, guint32, stack->len - 1);

      g_array_set_size (stack, stack->len - 1);
      if (known[at])
        continue;
      known[at] = TRUE;
      g_array_append_val (missing, at);
      g_array_append_vals (stack, trace->txns[at].parents, trace->txns[at].n_parents);
    }
  /* In the order of the file, causes come first. */
  g_array_sort (missing, compare_numbers);
  for (guint i = 0; i < missing->len; i++)
    if (!weft_doc_apply_update (doc, g_ptr_array_index (updates, g_array_index (missing, guint32, i)), NULL,
                                NULL))
      g_error ("an update is refused");
}

static void
measure_concurrent (Trace   *trace,
                    Metrics *metrics)
{
  g_autoptr(GPtrArray) docs = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_doc_free);
  g_autoptr(GPtrArray) known = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(GPtrArray) made = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(WeftDoc) third = new_doc (trace->n_agents);
  g_autofree char *expected = g_strdup (trace->final);
  const WeftDocObserver observer = { .update = collect_update_cb };
  double start;

  for (guint32 i = 0; i < trace->n_agents; i++)
    {
      g_ptr_array_add (docs, new_doc (i));
      g_ptr_array_add (known, g_malloc0 (trace->n_txns));
    }

  start = now_ms ();
  for (guint32 i = 0; i < trace->n_txns; i++)
    {
      Txn *txn = &trace->txns[i];
      WeftDoc *doc = g_ptr_array_index (docs, txn->agent);
      WeftType *text = weft_doc_get_text (doc, "text");
      guint observer_id;

      catch_up (doc, trace, i, g_ptr_array_index (known, txn->agent), updates);
      ((guint8 *) g_ptr_array_index (known, txn->agent))[i] = TRUE;
      observer_id = weft_doc_add_observer (doc, &observer, made);
      weft_doc_begin (doc, NULL);
      for (guint32 j = 0; j < txn->n_patches; j++)
        run_patch (text, &txn->patches[j]);
      weft_doc_commit (doc);
      weft_doc_remove_observer (doc, observer_id);
      if (made->len == 0)
        {
          static const guint8 nothing[] = { 0, 0 };

          g_ptr_array_add (updates, g_bytes_new_static (nothing, sizeof nothing));
        }
      else
        {
          g_ptr_array_add (updates, g_bytes_ref (g_ptr_array_index (made, 0)));
        }
      g_ptr_array_set_size (made, 0);
    }
  add_time (metrics, "gen_ms", now_ms () - start);
  report_updates (metrics, updates);

  start = now_ms ();
  apply_all (third, updates);
  add_time (metrics, "apply_ms", now_ms () - start);
  check_content (third, trace, &expected, "applying");
  measure_encoding (third, trace, metrics, &expected);
}

/* 1540 replicas at one place. */
static void
edit_b3 (WeftDoc *doc,
         int      which,
         guint32  i)
{
  g_autofree char *decimal = g_strdup_printf ("%u", i);
  g_autoptr(WeftAny) value = NULL;

  switch (which)
    {
    case 1:
      value = weft_any_new_number (i);
      weft_map_set (weft_doc_get_map (doc, "map"), "v", value);
      break;
    case 2:
      value = weft_any_new_object ();
      weft_any_object_take (value, "name", weft_any_new_string (decimal));
      weft_any_object_take (value, "address", weft_any_new_string ("here"));
      weft_map_set (weft_doc_get_map (doc, "map"), "v", value);
      break;
    case 3:
      {
        g_autoptr(GString) many = g_string_new (NULL);

        for (int n = 0; n < 1540; n++)
          g_string_append (many, decimal);
        value = weft_any_new_string (many->str);
        weft_map_set (weft_doc_get_map (doc, "map"), "v", value);
        break;
      }
    case 4:
      value = weft_any_new_array ();
      weft_any_array_take (value, weft_any_new_string (decimal));
      weft_array_insert (weft_doc_get_array (doc, "array"), 0, value);
      break;
    default:
      weft_text_insert (weft_doc_get_text (doc, "text"), 0, decimal, -1, NULL);
    }
}

static void
measure_b3 (Trace   *trace,
            Metrics *metrics)
{
  g_autoptr(GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(WeftDoc) one_by_one = new_doc (1540);
  g_autoptr(WeftDoc) together = new_doc (1541);
  g_autofree char *expected = NULL;
  double start;

  for (guint32 i = 0; i < 1540; i++)
    {
      g_autoptr(WeftDoc) doc = new_doc (i);

      edit_b3 (doc, trace->b3, i);
      g_ptr_array_add (updates, weft_doc_encode_state (doc));
    }
  report_updates (metrics, updates);

  start = now_ms ();
  apply_all (one_by_one, updates);
  add_time (metrics, "apply_ms", now_ms () - start);
  check_content (one_by_one, trace, &expected, "applying");

  start = now_ms ();
  weft_doc_begin (together, NULL);
  apply_all (together, updates);
  weft_doc_commit (together);
  add_time (metrics, "apply_one_txn_ms", now_ms () - start);
  check_content (together, trace, &expected, "applying at once");
  measure_encoding (one_by_one, trace, metrics, &expected);
}

/* Memory */

static double
live_bytes (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
}

static void
measure_memory (Trace   *trace,
                Metrics *metrics,
                gboolean load)
{
  g_autoptr(GBytes) state = NULL;
  struct rusage usage;
  double before;
  WeftDoc *doc;

  if (load)
    {
      g_autoptr(WeftDoc) source = new_doc (0);

      begin_document (source, trace);
      edit_locally (source, trace);
      state = weft_doc_encode_state (source);
    }
  malloc_trim (0);
  before = live_bytes ();
  doc = new_doc (0);
  if (load)
    {
      if (!weft_doc_apply_update (doc, state, NULL, NULL))
        g_error ("the state is refused");
    }
  else
    {
      begin_document (doc, trace);
      edit_locally (doc, trace);
    }
  set_number (metrics, load ? "memload_live" : "mem_live", live_bytes () - before);
  getrusage (RUSAGE_SELF, &usage);
  set_number (metrics, load ? "memload_peak_rss" : "mem_peak_rss", usage.ru_maxrss * 1024.0);
  weft_doc_free (doc);
}

int
main (int   argc,
      char *argv[])
{
  Metrics metrics = { g_ptr_array_new (), g_ptr_array_new () };
  Trace *trace;

  if (argc != 4)
    {
      g_printerr ("Usage: weft-bench INPUT time|mem|memload ITERATIONS\n");
      return 64;
    }
  trace = load_trace (argv[1]);
  if (!g_str_equal (argv[2], "time"))
    measure_memory (trace, &metrics, g_str_equal (argv[2], "memload"));
  else
    for (int i = atoi (argv[3]); i > 0; i--)
      {
        if (trace->kind == 'C')
          measure_concurrent (trace, &metrics);
        else if (trace->kind == 'B')
          measure_b3 (trace, &metrics);
        else
          measure_edits (trace, &metrics);
      }
  print_metrics (&metrics, trace, argv[2]);

  return 0;
}
