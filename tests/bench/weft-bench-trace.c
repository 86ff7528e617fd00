/* weft-bench-trace.c - reads the editing traces that weft-bench replays
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The files come from the person who measures, so a damaged one just ends the program.
 */

#include "config.h"

#include "weft-bench-trace.h"

#include <gio/gio.h>

/* Of the values in one block of the plain array; see expect_array(). */
#define BLOCK_SIZE 4096

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
  trace->names = g_new0 (char *, trace->n_elements + 1);
  for (guint32 i = 0; i < trace->n_elements; i++)
    trace->names[i] = g_strdup_printf ("e%u", i);
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

static void
read_formats (Trace *trace)
{
  trace->n_ops = get_u32 (trace);
  trace->n_base_ops = get_u32 (trace);
  trace->base = dup_string (trace);
  trace->formats = g_new0 (FormatOp, trace->n_ops);
  for (guint32 i = 0; i < trace->n_ops; i++)
    {
      FormatOp *op = &trace->formats[i];

      op->deed = *trace->at++;
      op->position = get_u32 (trace);
      op->length = get_u32 (trace);
      op->text = get_string (trace, &op->n_bytes);
    }
}

static void
read_update (Trace *trace)
{
  guint32 length;

  if (get_u32 (trace) != 2)
    g_error ("%s: the update is not of the second format", trace->name);
  trace->final = dup_string (trace);
  length = get_u32 (trace);
  trace->update = g_bytes_new_static (trace->at, length);
  trace->at += length;
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

  trace->kind = TRACE_SEQUENCE;
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

/* What the operations do to a plain array of numbers, kept in blocks so that a million take seconds, not hours. */
static char *
expect_array (const Trace *self)
{
  g_autoptr(GPtrArray) blocks = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  GString *json = g_string_new ("[");

  g_ptr_array_add (blocks, g_array_new (FALSE, FALSE, sizeof (double)));
  for (guint32 i = 0; i < self->n_ops; i++)
    {
      gsize n = weft_any_get_n_items (self->values[i]);

      for (gsize j = 0; j < n; j++)
        {
          double number = weft_any_get_number (weft_any_get_item (self->values[i], j));
          guint at = self->ops[i].position + j, b = 0;
          GArray *block;

          while (b + 1 < blocks->len && at > ((GArray *) g_ptr_array_index (blocks, b))->len)
            at -= ((GArray *) g_ptr_array_index (blocks, b++))->len;
          block = g_ptr_array_index (blocks, b);
          g_array_insert_val (block, at, number);
          if (block->len >= BLOCK_SIZE)
            {
              GArray *right = g_array_new (FALSE, FALSE, sizeof (double));

              g_array_append_vals (right, &g_array_index (block, double, BLOCK_SIZE / 2),
                                   block->len - BLOCK_SIZE / 2);
              g_array_set_size (block, BLOCK_SIZE / 2);
              g_ptr_array_insert (blocks, b + 1, right);
            }
        }
    }

  for (guint b = 0; b < blocks->len; b++)
    {
      GArray *block = g_ptr_array_index (blocks, b);

      for (guint i = 0; i < block->len; i++)
        g_string_append_printf (json, "%s%.0f", json->len > 1 ? "," : "", g_array_index (block, double, i));
    }
  g_string_append_c (json, ']');

  return g_string_free (json, FALSE);
}

static int
compare_names (gconstpointer a,
               gconstpointer b,
               gpointer      user_data)
{
  char *const *names = user_data;

  return strcmp (names[*(const guint32 *) a], names[*(const guint32 *) b]);
}

/* The places of @names in alphabetic order. */
static guint32 *
sort_names (char    **names,
            guint32   n)
{
  guint32 *order = g_new (guint32, n);

  for (guint32 i = 0; i < n; i++)
    order[i] = i;
  g_qsort_with_data (order, n, sizeof *order, compare_names, names);

  return order;
}

/* The last value of every key. */
static char *
expect_map (const Trace *self)
{
  g_autofree WeftAny **last = g_memdup2 (self->initial, sizeof (WeftAny *) * self->n_elements * self->n_keys);
  g_autoptr(GHashTable) indexes = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree guint32 *elements = NULL;
  g_autofree guint32 *keys = sort_names (self->keys, self->n_keys);
  GString *json = g_string_new ("{");

  for (guint32 i = 0; i < self->n_keys; i++)
    g_hash_table_insert (indexes, self->keys[i], GUINT_TO_POINTER (i));
  for (guint32 i = 0; i < self->n_ops; i++)
    {
      guint key = GPOINTER_TO_UINT (g_hash_table_lookup (indexes, self->sets[i].key));

      last[(gsize) self->sets[i].element * self->n_keys + key] = self->sets[i].value;
    }

  elements = sort_names (self->names, self->n_elements);
  for (guint32 i = 0; i < self->n_elements; i++)
    {
      g_string_append_printf (json, "%s\"%s\":{", i > 0 ? "," : "", self->names[elements[i]]);
      for (guint32 j = 0; j < self->n_keys; j++)
        {
          g_autofree char *value = weft_any_to_json (last[(gsize) elements[i] * self->n_keys + keys[j]]);

          g_string_append_printf (json, "%s\"%s\":%s", j > 0 ? "," : "", self->keys[keys[j]], value);
        }
      g_string_append_c (json, '}');
    }
  g_string_append_c (json, '}');

  return g_string_free (json, FALSE);
}

/* Among values written at once under one key the one of the greatest client id holds; at one place of a sequence they
 * stand in the order of the ids. Client 1 has the greatest id, client 0 the least. */
static char *
expect_clients (const Trace *self)
{
  GString *text = g_string_new (NULL);

  switch (self->b3)
    {
    case 1:
      return g_string_free (g_string_assign (text, "{\"v\":1}"), FALSE);
    case 2:
      return g_string_free (g_string_assign (text, "{\"v\":{\"address\":\"here\",\"name\":\"1\"}}"), FALSE);
    case 3:
      g_string_append (text, "{\"v\":\"");
      for (int i = 0; i < 1540; i++)
        g_string_append_c (text, '1');
      return g_string_free (g_string_append (text, "\"}"), FALSE);
    case 4:
      g_string_append (text, "[\"0\"");
      for (int i = 2; i < 1540; i++)
        g_string_append_printf (text, ",\"%d\"", i);
      return g_string_free (g_string_append (text, ",\"1\"]"), FALSE);
    default:
      g_string_append (text, "0");
      for (int i = 2; i < 1540; i++)
        g_string_append_printf (text, "%d", i);
      return g_string_free (g_string_append (text, "1"), FALSE);
    }
}

static int
compare_keys (gconstpointer a,
              gconstpointer b,
              gpointer      user_data)
{
  const WeftAny *object = user_data;

  return strcmp (weft_any_get_key (object, *(const guint *) a), weft_any_get_key (object, *(const guint *) b));
}

static void
append_canonical (GString       *json,
                  const WeftAny *value)
{
  gsize n = weft_any_get_n_items (value);

  if (weft_any_get_kind (value) == WEFT_ANY_ARRAY)
    {
      g_string_append_c (json, '[');
      for (gsize i = 0; i < n; i++)
        {
          if (i > 0)
            g_string_append_c (json, ',');
          append_canonical (json, weft_any_get_item (value, i));
        }
      g_string_append_c (json, ']');
    }
  else if (weft_any_get_kind (value) == WEFT_ANY_OBJECT)
    {
      g_autofree guint *order = g_new (guint, n);

      for (gsize i = 0; i < n; i++)
        order[i] = i;
      g_qsort_with_data (order, n, sizeof *order, compare_keys, (gpointer) value);
      g_string_append_c (json, '{');
      for (gsize i = 0; i < n; i++)
        {
          g_autoptr(WeftAny) key = weft_any_new_string (weft_any_get_key (value, order[i]));
          g_autofree char *quoted = weft_any_to_json (key);

          g_string_append_printf (json, "%s%s:", i > 0 ? "," : "", quoted);
          append_canonical (json, weft_any_get_item (value, order[i]));
        }
      g_string_append_c (json, '}');
    }
  else
    {
      g_autofree char *scalar = weft_any_to_json (value);

      g_string_append (json, scalar);
    }
}

char *
trace_canonical (const WeftAny *value)
{
  GString *json;

  if (weft_any_get_kind (value) == WEFT_ANY_STRING)
    return g_strdup (weft_any_get_string (value));
  json = g_string_new (NULL);
  append_canonical (json, value);

  return g_string_free (json, FALSE);
}

char *
trace_dup_expected (const Trace *self)
{
  switch (self->kind)
    {
    case TRACE_ARRAY:
      return expect_array (self);
    case TRACE_MAP:
      return expect_map (self);
    case TRACE_CLIENTS:
      return expect_clients (self);
    default:
      return g_strdup (self->final);
    }
}

const char *
trace_get_kind_name (const Trace *self)
{
  switch (self->kind)
    {
    case TRACE_SEQUENCE:
      return "seq";
    case TRACE_ARRAY:
      return "arr";
    case TRACE_CONCURRENT:
      return "conc";
    case TRACE_MAP:
      return "map";
    case TRACE_UPDATE:
      return "upd";
    case TRACE_FORMATS:
      return "fmt";
    case TRACE_CLIENTS:
      return "b3";
    default:
      g_assert_not_reached ();
    }
}

Trace *
trace_load (const char *input)
{
  Trace *trace = g_new0 (Trace, 1);
  g_autofree char *base = g_path_get_basename (input);
  char kind[4];

  trace->name = g_str_has_suffix (base, ".gz") ? g_strndup (base, strlen (base) - strlen (".crtx.gz"))
                                               : g_strdup (base);
  if (g_str_has_prefix (input, "B3.") && strlen (input) == 4 && input[3] >= '1' && input[3] <= '5')
    {
      trace->kind = TRACE_CLIENTS;
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
    case TRACE_SEQUENCE:
      read_sequence (trace);
      break;
    case TRACE_ARRAY:
      read_array (trace);
      break;
    case TRACE_CONCURRENT:
      read_concurrent (trace);
      break;
    case TRACE_MAP:
      read_map (trace);
      break;
    case TRACE_UPDATE:
      read_update (trace);
      break;
    case TRACE_FORMATS:
      read_formats (trace);
      break;
    case TRACE_CLIENTS:
    default:
      g_error ("%s: traces of kind CRT%c are not known", input, trace->kind);
    }

  return trace;
}
