/* weft-bulk-columns.c - from the columns of the second format to items of an empty document
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each field of a struct is the next one of its column, so nothing is known of a struct before it is read, and nothing
 * that was read can be given back. Text, deleted content, values, marks that were met before, and types become items at
 * once; any other content is read as WeftUpdateReader reads it. What is wrong with the bytes shows when the general way
 * reads them again.
 */

#include "config.h"

#include "crdt/weft-bulk-item-private.h"

/* Marks that are known; a power of two. */
#define N_MARKS 16

typedef struct
{
  WeftSlice     key; /* stands in the update */
  const guint8 *value;
  guint32       n_value; /* 0: none */
  guint32       format;
} Mark;

/* Where one is within a client's structs. */
typedef struct
{
  WeftBulk         *bulk;
  WeftUpdateReader *reader;
  WeftUpdateSource *source;
  WeftBulkRun      *run;
  WeftClient       *client;
  const guint8     *end; /* of the update */
  WeftClientId      other_id; /* who was named last, the client itself or another one */
  guint32           index, clock, other;
  Mark              marks[N_MARKS];
} Columns;

/* Each function says FALSE where the general way has to be taken. */

static gboolean
name_other (Columns     *self,
            WeftClientId id)
{
  if (!weft_bulk_has_room (self->bulk))
    return FALSE;
  self->other = weft_bulk_client_index (self->bulk, id);
  self->other_id = id;
  /* Runs may have moved. */
  self->run = &self->bulk->runs[self->index];

  return TRUE;
}

/* What is older than @self->clock, where it is of the same client. */
static inline gboolean
get_id (Columns    *self,
        WeftColumn *clocks,
        guint32    *client,
        guint32    *clock)
{
  WeftClientId id = weft_column_get_uint (self->source, &self->source->clients);
  guint64 value = weft_column_get_diff (self->source, clocks);

  *clock = (guint32) value;
  if (id == self->client->id)
    {
      *client = self->index;
      return value < self->clock;
    }
  if (id != self->other_id && !name_other (self, id))
    return FALSE;
  *client = self->other;

  return value < WEFT_CLOCK_LIMIT;
}

/* The parent and the key of a struct without origins. */
static inline gboolean
get_parent (Columns        *self,
            guint8          info,
            WeftBulkFields *fields)
{
  WeftBulk *bulk = self->bulk;
  WeftUpdateSource *source = self->source;
  WeftSlice name;

  if (weft_column_get_byte (source, &source->parents) == 1)
    {
      name = weft_update_source_get_string (source);
      /* The name is compared with later ones; half of a pair has no place of its own. */
      if (source->rest.failed || name.data == source->scratch->str)
        return FALSE;
      fields->o_clock = weft_bulk_intern_root (bulk, (const guint8 *) name.data, (guint32) name.n_bytes);
      fields->r_clock = WEFT_PARENT_IS_ROOT;
    }
  else if (!get_id (self, &source->lefts, &fields->r_clock, &fields->o_clock))
    {
      return FALSE;
    }
  if ((info & WEFT_INFO_PARENT_SUB) == 0)
    return TRUE;

  name = weft_update_source_get_string (source);
  if (source->rest.failed)
    return FALSE;
  fields->key = weft_keys_intern (bulk->doc, name.data, name.n_bytes);
  bulk->is_flat = FALSE;

  return TRUE;
}

static inline gboolean
get_text (Columns        *self,
          WeftBulkFields *fields)
{
  WeftUpdateSource *source = self->source;
  WeftSlice text;

  if (source->text_ascii)
    {
      guint64 n_units = weft_column_get_uint (source, &source->string_lengths);

      if (n_units > source->units_left)
        return FALSE;
      text = (WeftSlice) { (const char *) source->text + source->at, n_units };
      source->units_left -= n_units;
      source->at += n_units;
      fields->len = (guint32) n_units;
    }
  else
    {
      guint64 before = source->units_left;

      text = weft_update_source_get_string (source);
      if (source->rest.failed)
        return FALSE;
      /* Half of a pair is a unit of its own. */
      fields->len = (guint32) (before - source->units_left);
    }
  if (text.n_bytes >= WEFT_CLOCK_LIMIT)
    return FALSE;
  fields->ascii = text.n_bytes == fields->len;
  fields->content = weft_bulk_append (self->client, (const guint8 *) text.data, text.n_bytes,
                                      text.data == source->scratch->str ? (const guint8 *) text.data : self->end);

  return TRUE;
}

/* Any content, of a struct that has its kind. */
static gboolean
set_content (Columns          *self,
             const WeftStruct *item,
             WeftBulkFields   *fields)
{
  WeftItem content = { .client = self->index };

  if (self->source->rest.failed || item->len >= WEFT_CLOCK_LIMIT)
    return FALSE;
  weft_struct_set_content (item, self->bulk->doc, &content);
  fields->len = (guint32) item->len;
  fields->content = content.content;

  return TRUE;
}

static gboolean
get_any_content (Columns        *self,
                 WeftBulkFields *fields)
{
  WeftStruct item = { .kind = fields->kind, .clock = self->clock };

  weft_update_reader_get_v2_content (self->reader, &item);

  return set_content (self, &item, fields);
}

static inline gboolean
get_values (Columns        *self,
            WeftBulkFields *fields)
{
  WeftReader *rest = &self->source->rest;
  WeftStruct item = { .kind = WEFT_CONTENT_ANY };
  gboolean canonical = TRUE;
  gsize start = rest->pos;

  item.len = weft_column_get_uint (self->source, &self->source->lengths);
  for (guint64 i = 0; i < item.len && !rest->failed; i++)
    {
      gsize n_bytes = rest->size - rest->pos >= WEFT_PLAIN_ROOM
                          ? weft_any_measure_plain (rest->data + rest->pos, self->end) : 0;

      rest->pos += n_bytes;
      if (n_bytes == 0)
        weft_any_skip (rest, &canonical);
    }
  /* What failed in a column may have moved us. */
  if (rest->failed)
    return FALSE;
  item.content = rest->data + start;
  item.n_content = rest->pos - start;
  item.canonical = canonical;
  if (!canonical || item.n_content >= WEFT_CLOCK_LIMIT)
    return set_content (self, &item, fields);
  fields->len = (guint32) MIN (item.len, WEFT_CLOCK_LIMIT);
  fields->content = weft_bulk_append (self->client, item.content, item.n_content, self->end);

  return TRUE;
}

/* A mark whose value is an object is another one each time. */
static gboolean
get_mark (Columns        *self,
          WeftBulkFields *fields)
{
  WeftReader *rest = &self->source->rest;
  WeftSlice key = weft_update_source_get_key (self->source);
  WeftStruct item = { .kind = WEFT_CONTENT_FORMAT, .len = 1, .canonical = TRUE };
  const guint8 *value = rest->data + rest->pos;
  gsize n_value;
  Mark *mark;

  if (rest->failed)
    return FALSE;
  n_value = rest->size - rest->pos >= WEFT_PLAIN_ROOM ? weft_any_measure_plain (value, self->end) : 0;
  if (n_value == 0)
    {
      weft_update_reader_get_v2_mark (self->reader, &item, key);
      return set_content (self, &item, fields);
    }
  mark = &self->marks[((key.n_bytes > 0 ? key.data[0] : 0) + key.n_bytes + value[0] + value[n_value - 1]) % N_MARKS];
  fields->len = 1;
  if (mark->n_value == n_value && memcmp (mark->value, value, n_value) == 0 && mark->key.n_bytes == key.n_bytes
      && memcmp (mark->key.data, key.data, key.n_bytes) == 0)
    {
      rest->pos += n_value;
      fields->content = mark->format;
      return TRUE;
    }
  weft_update_reader_get_v2_mark (self->reader, &item, key);
  if (!set_content (self, &item, fields))
    return FALSE;
  *mark = (Mark) { key, value, (guint32) n_value, fields->content };

  return TRUE;
}

static gboolean
get_type (Columns        *self,
          WeftBulkFields *fields)
{
  WeftUpdateSource *source = self->source;
  WeftStruct item = { .kind = WEFT_CONTENT_TYPE, .len = 1 };
  guint64 kind = weft_column_get_uint (source, &source->types);
  WeftSlice name;

  if (kind > WEFT_KIND_XML_TEXT)
    return FALSE;
  item.type_kind = (guint8) kind;
  if (kind == WEFT_KIND_XML_ELEMENT || kind == WEFT_KIND_XML_HOOK)
    {
      name = weft_update_source_get_key (source);
      item.content = (const guint8 *) name.data;
      item.n_content = (guint32) name.n_bytes;
    }
  self->bulk->is_flat = FALSE;

  return set_content (self, &item, fields);
}

static inline gboolean
get_content (Columns        *self,
             WeftBulkFields *fields)
{
  switch (fields->kind)
    {
    case WEFT_CONTENT_STRING:
      return get_text (self, fields);
    case WEFT_CONTENT_DELETED:
      {
        guint64 n_units = weft_column_get_uint (self->source, &self->source->lengths);

        fields->len = (guint32) n_units;
        return n_units < WEFT_CLOCK_LIMIT;
      }
    case WEFT_CONTENT_ANY:
      return get_values (self, fields);
    case WEFT_CONTENT_FORMAT:
      return get_mark (self, fields);
    case WEFT_CONTENT_TYPE:
      return get_type (self, fields);
    default:
      return get_any_content (self, fields);
    }
}

/* What was collected side by side is one. */
static gboolean
read_gc (Columns *self,
         gboolean after_gc)
{
  guint64 n_units = weft_column_get_uint (self->source, &self->source->lengths);

  if (self->source->rest.failed || n_units == 0 || n_units > WEFT_CLOCK_LIMIT - self->clock)
    return FALSE;
  self->bulk->is_flat = FALSE;
  if (after_gc)
    weft_bulk_grow_last (self->bulk, self->run, self->clock + (guint32) n_units);
  else
    weft_bulk_add_item (self->bulk, self->run, (WeftBulkFields) {
      .client = self->index,
      .o_client = WEFT_NO_CLIENT,
      .r_client = WEFT_NO_CLIENT,
      .clock = self->clock,
      .len = (guint32) n_units,
      .kind = WEFT_CONTENT_GC,
    });
  self->clock += (guint32) n_units;

  return TRUE;
}

static inline gboolean
read_struct (Columns *self,
             guint8   info)
{
  WeftUpdateSource *source = self->source;
  WeftBulkFields fields = { .client = self->index, .clock = self->clock, .kind = info & WEFT_INFO_KIND };

  fields.o_client = fields.r_client = WEFT_NO_CLIENT;
  if ((info & WEFT_INFO_ORIGIN) && !get_id (self, &source->lefts, &fields.o_client, &fields.o_clock))
    return FALSE;
  if ((info & WEFT_INFO_RIGHT_ORIGIN) && !get_id (self, &source->rights, &fields.r_client, &fields.r_clock))
    return FALSE;
  if ((info & (WEFT_INFO_ORIGIN | WEFT_INFO_RIGHT_ORIGIN)) == 0 && !get_parent (self, info, &fields))
    return FALSE;
  if (!get_content (self, &fields) || source->rest.failed || fields.len == 0
      || fields.len > WEFT_CLOCK_LIMIT - self->clock)
    return FALSE;
  weft_bulk_add_item (self->bulk, self->run, fields);
  self->clock += fields.len;

  return TRUE;
}

gboolean
weft_bulk_read_columns (WeftBulk         *bulk,
                        WeftUpdateReader *reader,
                        guint32           client)
{
  WeftUpdateSource *source = &reader->source;
  Columns self = {
    .bulk = bulk,
    .reader = reader,
    .source = source,
    .run = &bulk->runs[client],
    .client = weft_client (bulk->doc, client),
    .end = source->rest.data + source->rest.size,
    .other_id = reader->client,
    .index = client,
    .other = client,
    .clock = (guint32) reader->clock,
  };
  gboolean after_gc = FALSE;

  for (; reader->structs_left > 0; reader->structs_left--)
    {
      guint8 info = weft_column_get_byte (source, &source->infos), kind = info & WEFT_INFO_KIND;

      if (bulk->n > WEFT_UNRESOLVED - 3 || !weft_update_source_pay (source, kind) || kind == WEFT_CONTENT_SKIP)
        return FALSE;
      if (!(kind == WEFT_CONTENT_GC ? read_gc (&self, after_gc) : read_struct (&self, info)))
        return FALSE;
      after_gc = kind == WEFT_CONTENT_GC;
    }
  reader->clock = self.clock;

  return TRUE;
}
