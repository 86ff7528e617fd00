/* weft-update-merge.c - joins and cuts updates without a document
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * As mergeUpdates() and diffUpdate() of Yjs' updates.js: all structs go by descending client and
 * ascending clock, overlaps are cut, gaps filled by Skip.
 */

#include "config.h"

#include "crdt/weft-content-private.h"
#include "crdt/weft-doc-private.h"
#include "crdt/weft-update-private.h"

static void
write_string_rest (const WeftStruct *item,
                   guint64           offset,
                   WeftWriter       *writer)
{
  static const guint8 replacement[3] = { 0xef, 0xbf, 0xbd };
  gboolean splits = FALSE;
  gsize skip = item->ascii ? offset : weft_utf8_advance (item->content, offset, &splits);

  if (splits)
    {
      skip += 4;
      weft_writer_put_varuint (writer, item->n_content - skip + sizeof replacement);
      weft_writer_put_raw (writer, replacement, sizeof replacement);
      weft_writer_put_raw (writer, item->content + skip, item->n_content - skip);
      return;
    }
  weft_writer_put_buffer (writer, item->content + skip, item->n_content - skip);
}

void
weft_update_write_values_again (const WeftStruct *item,
                                guint64           offset,
                                WeftWriter       *writer)
{
  WeftReader reader;
  gsize length;
  const char *string;

  weft_reader_init (&reader, item->content, item->n_content);
  if (item->kind == WEFT_CONTENT_DOC || item->kind == WEFT_CONTENT_FORMAT)
    {
      string = weft_reader_get_string (&reader, &length);
      weft_writer_put_buffer (writer, string, length);
    }
  for (guint64 i = 0; i < item->len; i++)
    {
      g_autoptr(WeftAny) value = NULL;
      g_autofree char *json = NULL;

      if (item->kind == WEFT_CONTENT_ANY || item->kind == WEFT_CONTENT_DOC)
        {
          value = weft_any_read (&reader);
          if (i >= offset)
            weft_any_write (value, writer);
          continue;
        }
      string = weft_reader_get_string (&reader, &length);
      if (i < offset)
        continue;
      value = weft_any_from_json (string, length, NULL);
      json = value != NULL ? weft_any_to_json (value) : g_strdup ("undefined");
      weft_writer_put_string (writer, json, -1);
    }
}

/* Contents are written from unit @offset on. */
static void
write_content (const WeftStruct *item,
               guint64           offset,
               WeftWriter       *writer)
{
  WeftReader reader;
  gboolean canonical;
  gsize length;

  switch (item->kind)
    {
    case WEFT_CONTENT_DELETED:
      weft_writer_put_varuint (writer, item->len - offset);
      return;
    case WEFT_CONTENT_STRING:
      write_string_rest (item, offset, writer);
      return;
    case WEFT_CONTENT_TYPE:
      weft_writer_put_varuint (writer, item->type_kind);
      if (item->type_kind == WEFT_KIND_XML_ELEMENT || item->type_kind == WEFT_KIND_XML_HOOK)
        weft_writer_put_buffer (writer, item->content, item->n_content);
      return;
    case WEFT_CONTENT_ANY:
    case WEFT_CONTENT_JSON:
      if (!item->canonical)
        {
          weft_writer_put_varuint (writer, item->len - offset);
          weft_update_write_values_again (item, offset, writer);
          return;
        }
      weft_reader_init (&reader, item->content, item->n_content);
      for (guint64 i = 0; i < offset; i++)
        {
          if (item->kind == WEFT_CONTENT_ANY)
            weft_any_skip (&reader, &canonical);
          else
            weft_reader_get_buffer (&reader, &length);
        }
      weft_writer_put_varuint (writer, item->len - offset);
      weft_writer_put_raw (writer, item->content + reader.pos, item->n_content - reader.pos);
      return;
    default:
      if (item->canonical)
        weft_writer_put_raw (writer, item->content, item->n_content);
      else
        weft_update_write_values_again (item, 0, writer);
    }
}

static void
write_id (WeftWriter *writer,
          WeftId      id)
{
  weft_writer_put_varuint (writer, id.client);
  weft_writer_put_varuint (writer, id.clock);
}

void
weft_update_write_struct (const WeftStruct *item,
                          WeftClientId      client,
                          guint64           offset,
                          WeftWriter       *writer)
{
  gboolean has_origin = offset > 0 || (item->info & WEFT_INFO_ORIGIN) != 0;
  gboolean has_right = (item->info & WEFT_INFO_RIGHT_ORIGIN) != 0;
  guint8 info;

  if (item->kind == WEFT_CONTENT_GC || item->kind == WEFT_CONTENT_SKIP)
    {
      weft_writer_put_byte (writer, item->kind);
      weft_writer_put_varuint (writer, item->len - offset);
      return;
    }

  /* As in Yjs: who does not read the key does not say that there is one. */
  info = item->info;
  if (info & (WEFT_INFO_ORIGIN | WEFT_INFO_RIGHT_ORIGIN))
    info &= ~WEFT_INFO_PARENT_SUB;
  weft_writer_put_byte (writer, info | (has_origin ? WEFT_INFO_ORIGIN : 0));
  if (offset > 0)
    write_id (writer, (WeftId) { client, item->clock + offset - 1 });
  else if (has_origin)
    write_id (writer, item->origin);
  if (has_right)
    write_id (writer, item->right_origin);
  if (!has_origin && !has_right)
    {
      weft_writer_put_byte (writer, item->parent_kind == WEFT_PARENT_ROOT);
      if (item->parent_kind == WEFT_PARENT_ROOT)
        weft_writer_put_buffer (writer, item->text, item->n_text);
      else
        write_id (writer, item->parent);
      if (item->info & WEFT_INFO_PARENT_SUB)
        weft_writer_put_buffer (writer, item->sub, item->n_sub);
    }
  write_content (item, offset, writer);
}

/* One run of structs that is being written. */
typedef struct
{
  WeftWriter   structs;
  WeftClientId client;
  WeftClock    clock;
  guint64      n;
} RunWriter;

static void
flush_run (RunWriter  *run,
           WeftWriter *writer)
{
  weft_writer_put_varuint (writer, run->n);
  weft_writer_put_varuint (writer, run->client);
  weft_writer_put_varuint (writer, run->clock);
  weft_writer_put_raw (writer, run->structs.data, run->structs.size);
  weft_writer_clear (&run->structs);
  weft_writer_init (&run->structs);
  run->n = 0;
}

typedef struct
{
  const WeftStruct *item;
  WeftClientId      client;
  guint             order; /* of the update it comes from */
} Source;

static int
compare_sources (gconstpointer a,
                 gconstpointer b)
{
  const Source *x = a, *y = b;

  if (x->client != y->client)
    return x->client > y->client ? -1 : 1;
  if (x->item->clock != y->item->clock)
    return x->item->clock < y->item->clock ? -1 : 1;

  return x->order < y->order ? -1 : x->order > y->order;
}

static void
collect_sources (const WeftUpdate *update,
                 guint             order,
                 GArray           *sources)
{
  for (guint i = 0; i < update->runs->len; i++)
    {
      const WeftStructRun *run = &g_array_index (update->runs, WeftStructRun, i);

      for (guint j = run->first; j < run->first + run->n; j++)
        {
          Source source = { &g_array_index (update->structs, WeftStruct, j), run->client, order };

          if (source.item->kind != WEFT_CONTENT_SKIP)
            g_array_append_val (sources, source);
        }
    }
}

static void
write_sources (GArray     *sources,
               WeftWriter *writer)
{
  WeftWriter body;
  RunWriter run = { 0 };
  guint64 n_runs = 0, end = 0;

  weft_writer_init (&body);
  weft_writer_init (&run.structs);
  for (guint i = 0; i < sources->len; i++)
    {
      const Source *source = &g_array_index (sources, Source, i);
      const WeftStruct *item = source->item;

      if (run.n > 0 && run.client != source->client)
        flush_run (&run, &body);
      if (run.n == 0)
        {
          run.client = source->client;
          run.clock = end = item->clock;
          n_runs++;
        }
      if (item->clock + item->len <= end)
        continue;
      if (item->clock > end)
        {
          weft_writer_put_byte (&run.structs, WEFT_CONTENT_SKIP);
          weft_writer_put_varuint (&run.structs, item->clock - end);
          end = item->clock;
          run.n++;
        }
      weft_update_write_struct (item, source->client, end - item->clock, &run.structs);
      end = item->clock + item->len;
      run.n++;
    }
  if (run.n > 0)
    flush_run (&run, &body);
  weft_writer_clear (&run.structs);

  weft_writer_put_varuint (writer, n_runs);
  weft_writer_put_raw (writer, body.data, body.size);
  weft_writer_clear (&body);
}

GBytes *
weft_update_merge (GPtrArray *updates)
{
  g_autofree WeftUpdate *decoded = g_new0 (WeftUpdate, updates->len);
  g_autoptr(GArray) sources = g_array_new (FALSE, FALSE, sizeof (Source));
  g_autoptr(WeftDeleteSet) deletes = weft_delete_set_new ();
  WeftWriter writer;

  for (guint i = 0; i < updates->len; i++)
    {
      gboolean good = weft_update_decode (&decoded[i], g_ptr_array_index (updates, i), NULL);

      g_assert (good);
      collect_sources (&decoded[i], i, sources);
      weft_delete_set_merge (deletes, decoded[i].deletes);
    }
  g_array_sort (sources, compare_sources);
  weft_delete_set_normalize (deletes);

  weft_writer_init (&writer);
  write_sources (sources, &writer);
  weft_delete_set_write (deletes, &writer);
  for (guint i = 0; i < updates->len; i++)
    weft_update_clear (&decoded[i]);

  return weft_writer_steal_bytes (&writer);
}

GBytes *
weft_update_diff (GBytes                *update,
                  const WeftStateVector *state_vector)
{
  g_auto(WeftUpdate) decoded = { 0 };
  WeftWriter writer, body;
  RunWriter run = { 0 };
  guint64 n_runs = 0;
  gboolean good = weft_update_decode (&decoded, update, NULL);

  g_assert (good);
  weft_writer_init (&body);
  weft_writer_init (&run.structs);
  for (guint i = 0; i < decoded.runs->len; i++)
    {
      const WeftStructRun *from = &g_array_index (decoded.runs, WeftStructRun, i);
      WeftClock known = state_vector != NULL ? weft_state_vector_get (state_vector, from->client) : 0;

      for (guint j = from->first; j < from->first + from->n; j++)
        {
          const WeftStruct *item = &g_array_index (decoded.structs, WeftStruct, j);
          guint64 offset = known > item->clock ? known - item->clock : 0;

          /* The first one written is no Skip. */
          if (run.n == 0 && (item->kind == WEFT_CONTENT_SKIP || item->clock + item->len <= known))
            continue;
          if (run.n == 0)
            {
              run.client = from->client;
              run.clock = item->clock + offset;
              n_runs++;
            }
          else
            {
              offset = 0;
            }
          weft_update_write_struct (item, from->client, offset, &run.structs);
          run.n++;
        }
      if (run.n > 0)
        flush_run (&run, &body);
    }
  weft_writer_clear (&run.structs);

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, n_runs);
  weft_writer_put_raw (&writer, body.data, body.size);
  weft_writer_clear (&body);
  weft_delete_set_write (decoded.deletes, &writer);

  return weft_writer_steal_bytes (&writer);
}
