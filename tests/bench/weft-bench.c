/* weft-bench.c - replays editing traces through the engine and prints one line of figures
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * weft-bench INPUT time|mem|memload ITERATIONS: INPUT is a trace (weft-bench-trace.h). Only public functions of the
 * engine are called, every edit is a transaction of its own, and the content is checked after every phase, outside of
 * what is timed. The first iteration is a cold one.
 *
 * Besides the figures the line has "content", a SHA-256 of what the document holds in the end (JSON with sorted keys,
 * or the text), so that peers can be compared.
 */

#include "config.h"

#include "weft-bench-trace.h"

#include "crdt/weft-doc.h"
#include "crdt/weft-type.h"

#include <gio/gio.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define N_B3_CLIENTS 1540

/* Figures */

/* A time is the lesser of what the wall and what the processor says, so that other programs disturb less. */
typedef struct
{
  double wall, cpu;
} Stopwatch;

typedef struct
{
  GPtrArray *names;
  GPtrArray *values; /* GString: the numbers so far */
} Metrics;

static double
read_clock (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);

  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static Stopwatch
start_watch (void)
{
  return (Stopwatch) { read_clock (CLOCK_MONOTONIC), read_clock (CLOCK_PROCESS_CPUTIME_ID) };
}

static double
read_watch (const Stopwatch *watch)
{
  Stopwatch now = start_watch ();

  return MIN (now.wall - watch->wall, now.cpu - watch->cpu);
}

static GString *
find_metric (Metrics    *metrics,
             const char *name)
{
  GString *value;

  for (guint i = 0; i < metrics->names->len; i++)
    if (g_str_equal (g_ptr_array_index (metrics->names, i), name))
      return g_ptr_array_index (metrics->values, i);
  value = g_string_new (NULL);
  g_ptr_array_add (metrics->names, (gpointer) name);
  g_ptr_array_add (metrics->values, value);

  return value;
}

static void
add_time (Metrics         *metrics,
          const char      *name,
          const Stopwatch *watch)
{
  double ms = read_watch (watch);
  GString *value = find_metric (metrics, name);

  g_string_append_printf (value, "%c%.5f", value->len == 0 ? '[' : ',', ms);
}

static void
set_number (Metrics    *metrics,
            const char *name,
            double      number)
{
  g_string_printf (find_metric (metrics, name), "%.10g", number);
}

static void
print_metrics (Metrics     *metrics,
               const Trace *trace,
               const char  *mode,
               const char  *content)
{
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, content, -1);

  g_print ("{\"peer\":\"weft\",\"version\":\"%s\",\"case\":\"%s\",\"kind\":\"%s\",\"mode\":\"%s\",\"metrics\":{",
           WEFT_VERSION, trace->name, trace_get_kind_name (trace), mode);
  for (guint i = 0; i < metrics->names->len; i++)
    {
      GString *value = g_ptr_array_index (metrics->values, i);

      g_print ("%s\"%s\":%s%s", i > 0 ? "," : "", (char *) g_ptr_array_index (metrics->names, i),
               value->str, value->str[0] == '[' ? "]" : "");
    }
  g_print ("},\"content\":\"%s\"}\n", hash);
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

/* Updates one behind the other, each after its size (gsize), as a log on disk would have them. */
typedef struct
{
  guint8 *bytes;
  gsize   n_bytes, allocated;
} Log;

static void
append_to_log_cb (WeftDoc      *doc,
                  const guint8 *data,
                  gsize         size,
                  gconstpointer origin,
                  gboolean      local,
                  gpointer      user_data)
{
  Log *log = user_data;

  gsize wanted = log->n_bytes + sizeof size + size;

  if (wanted > log->allocated)
    {
      log->allocated = MAX (log->allocated * 2, wanted + 65536);
      log->bytes = g_realloc (log->bytes, log->allocated);
    }
  memcpy (log->bytes + log->n_bytes, &size, sizeof size);
  memcpy (log->bytes + log->n_bytes + sizeof size, data, size);
  log->n_bytes = wanted;
}

static void
apply_log (WeftDoc   *doc,
           const Log *log)
{
  g_autoptr(GError) error = NULL;
  gsize size;

  for (gsize at = 0; at < log->n_bytes; at += size)
    {
      memcpy (&size, log->bytes + at, sizeof size);
      at += sizeof size;
      if (!weft_doc_apply_update_data (doc, log->bytes + at, size, NULL, &error))
        g_error ("an update is refused: %s", error->message);
    }
}

static GArray *
list_sizes (const Log *log)
{
  GArray *sizes = g_array_new (FALSE, FALSE, sizeof (gsize));
  gsize size;

  for (gsize at = 0; at < log->n_bytes; at += sizeof size + size)
    {
      memcpy (&size, log->bytes + at, sizeof size);
      g_array_append_val (sizes, size);
    }

  return sizes;
}

static void
run_patch (WeftType    *text,
           const Patch *patch)
{
  if (patch->n_deleted > 0 && patch->n_bytes > 0)
    {
      WeftDoc *doc = weft_type_get_doc (text);

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
set_element (WeftType    *elements,
             const Trace *trace,
             guint32      i)
{
  WeftType *element = weft_map_set_type (elements, trace->names[i], WEFT_KIND_MAP);

  for (guint32 j = 0; j < trace->n_keys; j++)
    weft_map_set (element, trace->keys[j], trace->initial[(gsize) i * trace->n_keys + j]);
}

static void
create_elements (WeftDoc     *doc,
                 const Trace *trace)
{
  WeftType *elements = weft_doc_get_map (doc, "els");

  for (guint32 i = 0; i < trace->n_elements; i++)
    {
      weft_doc_begin (doc, NULL);
      set_element (elements, trace, i);
      weft_doc_commit (doc);
    }
}

static WeftAny *
make_bold (WeftAny *value)
{
  WeftAny *attributes = weft_any_new_object ();

  weft_any_object_take (attributes, "bold", value);

  return attributes;
}

static void
run_format (WeftType       *text,
            const FormatOp *op,
            WeftAny        *mark,
            WeftAny        *unmark)
{
  switch (op->deed)
    {
    case FORMAT_INSERT:
      weft_text_insert (text, op->position, op->text, op->n_bytes, NULL);
      break;
    case FORMAT_DELETE:
      weft_text_delete (text, op->position, op->length);
      break;
    case FORMAT_MARK:
      weft_text_format (text, op->position, op->length, mark);
      break;
    case FORMAT_UNMARK:
      weft_text_format (text, op->position, op->length, unmark);
      break;
    default:
      g_error ("there is no operation %d", op->deed);
    }
}

/* The first operations go upwards through the base text: one delta does them. */
static void
format_base (WeftDoc     *doc,
             const Trace *trace)
{
  g_autoptr(WeftAny) mark = make_bold (weft_any_new_boolean (TRUE));
  g_autoptr(WeftDelta) delta = weft_delta_new ();
  guint32 at = 0;

  for (guint32 i = 0; i < trace->n_base_ops; i++)
    {
      const FormatOp *op = &trace->formats[i];

      if (op->position > at)
        weft_delta_retain (delta, op->position - at, NULL);
      if (op->deed == FORMAT_DELETE)
        weft_delta_delete (delta, op->length);
      else
        weft_delta_retain (delta, op->length, mark);
      at = op->position + op->length;
    }
  weft_text_apply_delta (weft_doc_get_text (doc, "text"), delta);
}

static void
begin_document (WeftDoc     *doc,
                const Trace *trace)
{
  if (trace->base != NULL && trace->base[0] != '\0')
    weft_text_insert (weft_doc_get_text (doc, "text"), 0, trace->base, -1, NULL);
  else if (trace->kind == TRACE_MAP)
    create_elements (doc, trace);

  if (trace->kind == TRACE_FORMATS)
    format_base (doc, trace);
}

static void
edit_locally (WeftDoc     *doc,
              const Trace *trace)
{
  if (trace->kind == TRACE_SEQUENCE)
    {
      WeftType *text = weft_doc_get_text (doc, "text");

      for (guint32 i = 0; i < trace->n_ops; i++)
        run_patch (text, &trace->ops[i]);
    }
  else if (trace->kind == TRACE_ARRAY)
    {
      WeftType *array = weft_doc_get_array (doc, "array");

      for (guint32 i = 0; i < trace->n_ops; i++)
        weft_array_insert (array, trace->ops[i].position, trace->values[i]);
    }
  else if (trace->kind == TRACE_FORMATS)
    {
      WeftType *text = weft_doc_get_text (doc, "text");
      g_autoptr(WeftAny) mark = make_bold (weft_any_new_boolean (TRUE));
      g_autoptr(WeftAny) unmark = make_bold (weft_any_new_null ());

      for (guint32 i = trace->n_base_ops; i < trace->n_ops; i++)
        run_format (text, &trace->formats[i], mark, unmark);
    }
  else
    {
      WeftType *elements = weft_doc_get_map (doc, "els");

      for (guint32 i = 0; i < trace->n_ops; i++)
        {
          const MapSet *set = &trace->sets[i];

          weft_map_set (weft_map_get_type (elements, trace->names[set->element]), set->key, set->value);
        }
    }
}

/* Reads everything, as somebody who opens the document does. */
static gpointer
read_content (WeftDoc     *doc,
              const Trace *trace)
{
  switch (trace->kind)
    {
    case TRACE_FORMATS:
      return weft_text_to_delta (weft_doc_get_text (doc, "text"));
    case TRACE_ARRAY:
      return weft_type_to_any (weft_doc_get_array (doc, "array"));
    case TRACE_MAP:
      return weft_type_to_any (weft_doc_get_map (doc, "els"));
    case TRACE_CLIENTS:
      return weft_type_to_any (trace->b3 == 5   ? weft_doc_get_text (doc, "text")
                               : trace->b3 == 4 ? weft_doc_get_array (doc, "array")
                                                : weft_doc_get_map (doc, "map"));
    case TRACE_SEQUENCE:
    case TRACE_CONCURRENT:
    case TRACE_UPDATE:
    default:
      return weft_text_to_string (weft_doc_get_text (doc, "text"));
    }
}

/* What read_content() gave, as text. */
static char *
take_as_text (gpointer     content,
              const Trace *trace)
{
  g_autoptr(WeftAny) value = NULL;

  switch (trace->kind)
    {
    case TRACE_FORMATS:
      {
        g_autoptr(WeftDelta) delta = content;

        return weft_delta_to_json (delta);
      }
    case TRACE_ARRAY:
    case TRACE_MAP:
    case TRACE_CLIENTS:
      value = content;
      return trace_canonical (value);
    case TRACE_SEQUENCE:
    case TRACE_CONCURRENT:
    case TRACE_UPDATE:
    default:
      return content;
    }
}

/* Compares @content, which is taken; the first content of a trace that does not say what must come out is kept. */
static void
check_content (gpointer      content,
               const Trace  *trace,
               char        **expected,
               const char   *phase)
{
  g_autofree char *text = take_as_text (content, trace);

  if (*expected == NULL)
    *expected = g_steal_pointer (&text);
  else if (strcmp (text, *expected) != 0)
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

/* A new document, opened from @state and read. */
static void
measure_loading (GBytes            *state,
                 WeftUpdateFormat   format,
                 const Trace       *trace,
                 Metrics           *metrics,
                 char             **expected)
{
  Stopwatch watch = start_watch ();
  g_autoptr(WeftDoc) loaded = new_doc (N_B3_CLIENTS + 2);
  g_autoptr(GError) error = NULL;
  gpointer content;

  if (format == WEFT_UPDATE_V1 ? !weft_doc_apply_update (loaded, state, NULL, &error)
                               : !weft_doc_apply_update_v2 (loaded, state, NULL, &error))
    g_error ("the state is refused: %s", error->message);
  content = read_content (loaded, trace);
  add_time (metrics, format == WEFT_UPDATE_V1 ? "load_v1_ms" : "load_v2_ms", &watch);
  check_content (content, trace, expected, "loading");
}

static void
measure_encoding (WeftDoc      *doc,
                  const Trace  *trace,
                  Metrics      *metrics,
                  char        **expected)
{
  Stopwatch watch = start_watch ();
  g_autoptr(GBytes) state = weft_doc_encode_state (doc);
  g_autoptr(GBytes) state_v2 = NULL;

  add_time (metrics, "enc_v1_ms", &watch);
  set_number (metrics, "enc_v1_bytes", g_bytes_get_size (state));
  measure_loading (state, WEFT_UPDATE_V1, trace, metrics, expected);

  watch = start_watch ();
  state_v2 = weft_doc_encode_state_v2 (doc);
  add_time (metrics, "enc_v2_ms", &watch);
  set_number (metrics, "enc_v2_bytes", g_bytes_get_size (state_v2));
  if (trace->kind != TRACE_UPDATE)
    measure_loading (state_v2, WEFT_UPDATE_V2, trace, metrics, expected);
}

static int
compare_sizes (gconstpointer a,
               gconstpointer b)
{
  gsize x = *(const gsize *) a, y = *(const gsize *) b;

  return x < y ? -1 : x > y;
}

/* Sorts @sizes. */
static void
report_sizes (Metrics *metrics,
              GArray  *sizes)
{
  gsize total = 0;

  for (guint i = 0; i < sizes->len; i++)
    total += g_array_index (sizes, gsize, i);
  g_array_sort (sizes, compare_sizes);
  set_number (metrics, "upd_n", sizes->len);
  set_number (metrics, "upd_total", total);
  set_number (metrics, "upd_mean", (double) total / MAX (sizes->len, 1));
  set_number (metrics, "upd_median", sizes->len > 0 ? g_array_index (sizes, gsize, sizes->len / 2) : 0);
}

static void
report_updates (Metrics   *metrics,
                GPtrArray *updates)
{
  g_autoptr(GArray) sizes = g_array_new (FALSE, FALSE, sizeof (gsize));

  for (guint i = 0; i < updates->len; i++)
    {
      gsize size = g_bytes_get_size (g_ptr_array_index (updates, i));

      g_array_append_val (sizes, size);
    }
  report_sizes (metrics, sizes);
}

static void
measure_edits (const Trace  *trace,
               Metrics      *metrics,
               char        **expected)
{
  g_autoptr(WeftDoc) doc = new_doc (0);
  g_autoptr(WeftDoc) teller = new_doc (0);
  g_autoptr(WeftDoc) listener = new_doc (1);
  g_autoptr(GArray) sizes = NULL;
  Log log = { NULL };
  g_autoptr(GBytes) beginning = NULL;
  const WeftDocObserver observer = { .update_data = append_to_log_cb };
  Stopwatch watch = start_watch ();
  gpointer content;

  begin_document (doc, trace);
  if (trace->kind == TRACE_MAP)
    add_time (metrics, "create_ms", &watch);
  watch = start_watch ();
  edit_locally (doc, trace);
  add_time (metrics, "local_ms", &watch);
  watch = start_watch ();
  content = read_content (doc, trace);
  add_time (metrics, "text_ms", &watch);
  check_content (content, trace, expected, "local edits");

  /* The base is there before the edits are told, and is given to the listener whole. */
  begin_document (teller, trace);
  beginning = weft_doc_encode_state (teller);
  weft_doc_add_observer (teller, &observer, &log);
  watch = start_watch ();
  edit_locally (teller, trace);
  add_time (metrics, "local_upd_ms", &watch);
  check_content (read_content (teller, trace), trace, expected, "local edits with updates");

  if (!weft_doc_apply_update (listener, beginning, NULL, NULL))
    g_error ("the beginning is refused");
  watch = start_watch ();
  apply_log (listener, &log);
  add_time (metrics, "apply_ms", &watch);
  check_content (read_content (listener, trace), trace, expected, "applying");
  sizes = list_sizes (&log);
  report_sizes (metrics, sizes);
  g_free (log.bytes);

  measure_encoding (doc, trace, metrics, expected);
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
catch_up (WeftDoc     *doc,
          const Trace *trace,
          guint32      txn,
          guint8      *known,
          GPtrArray   *updates)
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

/* One document for each agent, the transactions in the order of the file. */
static GPtrArray *
make_concurrent_updates (const Trace  *trace,
                         Metrics      *metrics,
                         char        **expected)
{
  static const guint8 nothing[] = { 0, 0 };
  g_autoptr(GPtrArray) docs = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_doc_free);
  g_autoptr(GPtrArray) known = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GPtrArray) made = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  GPtrArray *updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  const WeftDocObserver observer = { .update = collect_update_cb };
  Stopwatch watch;

  for (guint32 i = 0; i < trace->n_agents; i++)
    {
      g_ptr_array_add (docs, new_doc (i));
      g_ptr_array_add (known, g_malloc0 (trace->n_txns));
    }

  watch = start_watch ();
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
      /* A transaction that changed nothing has no update; its number still needs one. */
      g_ptr_array_add (updates, made->len > 0 ? g_bytes_ref (g_ptr_array_index (made, 0))
                                              : g_bytes_new_static (nothing, sizeof nothing));
      g_ptr_array_set_size (made, 0);
    }
  add_time (metrics, "gen_ms", &watch);

  /* Whoever lacks the end gets it, and then all hold the same. */
  for (guint32 i = 0; i < trace->n_agents; i++)
    {
      apply_all (g_ptr_array_index (docs, i), updates);
      check_content (read_content (g_ptr_array_index (docs, i), trace), trace, expected, "editing together");
    }

  return updates;
}

static void
measure_concurrent (const Trace  *trace,
                    Metrics      *metrics,
                    char        **expected)
{
  g_autoptr(GPtrArray) updates = make_concurrent_updates (trace, metrics, expected);
  g_autoptr(WeftDoc) third = new_doc (trace->n_agents);
  Stopwatch watch;

  report_updates (metrics, updates);
  watch = start_watch ();
  apply_all (third, updates);
  add_time (metrics, "apply_ms", &watch);
  check_content (read_content (third, trace), trace, expected, "applying");
  measure_encoding (third, trace, metrics, expected);
}

/* What the replica @i does at the one place. */
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

        for (int n = 0; n < N_B3_CLIENTS; n++)
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

static GPtrArray *
make_b3_updates (const Trace *trace)
{
  GPtrArray *updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  for (guint32 i = 0; i < N_B3_CLIENTS; i++)
    {
      g_autoptr(WeftDoc) doc = new_doc (i);

      edit_b3 (doc, trace->b3, i);
      g_ptr_array_add (updates, weft_doc_encode_state (doc));
    }

  return updates;
}

static void
measure_b3 (const Trace  *trace,
            Metrics      *metrics,
            char        **expected)
{
  g_autoptr(GPtrArray) updates = make_b3_updates (trace);
  g_autoptr(WeftDoc) one_by_one = new_doc (N_B3_CLIENTS);
  g_autoptr(WeftDoc) together = new_doc (N_B3_CLIENTS + 1);
  Stopwatch watch;

  report_updates (metrics, updates);

  watch = start_watch ();
  apply_all (one_by_one, updates);
  add_time (metrics, "apply_ms", &watch);
  check_content (read_content (one_by_one, trace), trace, expected, "applying");

  watch = start_watch ();
  weft_doc_begin (together, NULL);
  apply_all (together, updates);
  weft_doc_commit (together);
  add_time (metrics, "apply_one_txn_ms", &watch);
  check_content (read_content (together, trace), trace, expected, "applying at once");
  measure_encoding (one_by_one, trace, metrics, expected);
}

static void
measure_update (const Trace  *trace,
                Metrics      *metrics,
                char        **expected)
{
  g_autoptr(WeftDoc) doc = new_doc (0);

  measure_loading (trace->update, WEFT_UPDATE_V2, trace, metrics, expected);
  if (!weft_doc_apply_update_v2 (doc, trace->update, NULL, NULL))
    g_error ("the update is refused");
  measure_encoding (doc, trace, metrics, expected);
}

/* Memory */

static double
count_live_bytes (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
}

/* What must be there before the document is built: for traces of several peers, their updates. */
static GPtrArray *
prepare_memory (const Trace *trace)
{
  Metrics ignored = { g_ptr_array_new (), g_ptr_array_new () };
  g_autofree char *expected = NULL;

  if (trace->kind == TRACE_CONCURRENT)
    return make_concurrent_updates (trace, &ignored, &expected);
  if (trace->kind == TRACE_CLIENTS)
    return make_b3_updates (trace);

  return g_ptr_array_new ();
}

static void
build_document (WeftDoc     *doc,
                const Trace *trace,
                GPtrArray   *updates)
{
  if (trace->kind == TRACE_CONCURRENT || trace->kind == TRACE_CLIENTS)
    {
      apply_all (doc, updates);
    }
  else if (trace->kind == TRACE_UPDATE)
    {
      if (!weft_doc_apply_update_v2 (doc, trace->update, NULL, NULL))
        g_error ("the update is refused");
    }
  else
    {
      begin_document (doc, trace);
      edit_locally (doc, trace);
    }
}

/* The state of the document, made by a child: its memory is not ours. */
static GBytes *
borrow_state (const Trace *trace)
{
  g_autoptr(GByteArray) state = g_byte_array_new ();
  guint8 chunk[65536];
  int ends[2], status;
  gssize n;
  pid_t child;

  if (pipe (ends) != 0 || (child = fork ()) < 0)
    g_error ("no second process could be started: %s", g_strerror (errno));
  if (child == 0)
    {
      g_autoptr(GPtrArray) updates = prepare_memory (trace);
      WeftDoc *doc = new_doc (0);
      GBytes *bytes;
      const guint8 *data;
      gsize size;

      build_document (doc, trace, updates);
      bytes = weft_doc_encode_state (doc);
      data = g_bytes_get_data (bytes, &size);
      for (; size > 0 && (n = write (ends[1], data, size)) > 0; data += n)
        size -= n;
      _exit (size == 0 ? 0 : 1);
    }
  close (ends[1]);
  while ((n = read (ends[0], chunk, sizeof chunk)) > 0)
    g_byte_array_append (state, chunk, n);
  close (ends[0]);
  if (waitpid (child, &status, 0) < 0 || status != 0)
    g_error ("%s: the second process failed", trace->name);

  return g_byte_array_free_to_bytes (g_steal_pointer (&state));
}

static void
measure_memory (const Trace  *trace,
                Metrics      *metrics,
                gboolean      load,
                char        **expected)
{
  g_autoptr(GBytes) state = load ? borrow_state (trace) : NULL;
  g_autoptr(GPtrArray) updates = load ? g_ptr_array_new () : prepare_memory (trace);
  g_autoptr(WeftDoc) doc = NULL;
  struct rusage usage;
  double before;

  malloc_trim (0);
  before = count_live_bytes ();
  doc = new_doc (load || trace->kind == TRACE_CONCURRENT || trace->kind == TRACE_CLIENTS ? N_B3_CLIENTS + 2 : 0);
  if (!load)
    build_document (doc, trace, updates);
  else if (!weft_doc_apply_update (doc, state, NULL, NULL))
    g_error ("the state is refused");
  set_number (metrics, load ? "memload_live" : "mem_live", count_live_bytes () - before);
  getrusage (RUSAGE_SELF, &usage);
  set_number (metrics, load ? "memload_peak_rss" : "mem_peak_rss", usage.ru_maxrss * 1024.0);
  check_content (read_content (doc, trace), trace, expected, "building the document");
}

int
main (int   argc,
      char *argv[])
{
  Metrics metrics = { g_ptr_array_new (), g_ptr_array_new () };
  g_autofree char *expected = NULL;
  const Trace *trace;
  int n_iterations;

  if (argc != 4 || (n_iterations = atoi (argv[3])) < 1 ||
      (!g_str_equal (argv[2], "time") && !g_str_equal (argv[2], "mem") && !g_str_equal (argv[2], "memload")))
    {
      g_printerr ("Usage: weft-bench INPUT time|mem|memload ITERATIONS\n");
      return 64;
    }
  trace = trace_load (argv[1]);
  expected = trace_dup_expected (trace);
  if (!g_str_equal (argv[2], "time"))
    {
      measure_memory (trace, &metrics, g_str_equal (argv[2], "memload"), &expected);
      n_iterations = 0;
    }
  for (int i = 0; i < n_iterations; i++)
    {
      if (trace->kind == TRACE_CONCURRENT)
        measure_concurrent (trace, &metrics, &expected);
      else if (trace->kind == TRACE_CLIENTS)
        measure_b3 (trace, &metrics, &expected);
      else if (trace->kind == TRACE_UPDATE)
        measure_update (trace, &metrics, &expected);
      else
        measure_edits (trace, &metrics, &expected);
    }
  print_metrics (&metrics, trace, argv[2], expected);

  return 0;
}
