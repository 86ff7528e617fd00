/* weft-update-v2-decode.c - reads the columns of the second update format
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * UpdateDecoderV2 of Yjs and the run-length decoders of lib0. A few bytes can repeat a value for ever,
 * so every struct is paid for from a budget that the input's size sets.
 */

#include "config.h"

#include "crdt/weft-any-private.h"
#include "crdt/weft-content-private.h"
#include "crdt/weft-doc-private.h"
#include "crdt/weft-update-private.h"

/* What structs cost, about as the room that they take: any input may have 300,000 structs, or 100,000
 * types one in the other, and each byte pays for one more struct. Documents of Yjs take ten bytes a
 * struct; two people who type in turns, letter by letter, come down to one. */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
/* A fuzzer finds the way to 300,000 structs at once, and then does nothing but that. */
#define FREE_BUDGET (1000 * WEFT_STRUCT_COST)
#else
#define FREE_BUDGET (300000 * WEFT_STRUCT_COST)
#endif

/* What an input may grow to: keys may be named again by their number. */
#define FREE_BYTES (8 * 1024 * 1024)
#define BYTES_FOR_EACH 40

void
weft_column_fail (WeftUpdateSource *self,
                  const WeftColumn *column,
                  WeftCrdtError     code,
                  const char       *reason)
{
  if (self->rest.failed)
    return;
  self->rest.pos = (gsize) (column->bytes.data - self->rest.data) + column->bytes.pos;
  weft_reader_fail (&self->rest, code, reason);
}

/* Nothing comes from a column that failed, and nothing is left in it. */
static void
check_column (WeftUpdateSource *self,
              WeftColumn       *column)
{
  if (G_LIKELY (!column->bytes.failed))
    return;
  weft_column_fail (self, column, column->bytes.code, column->bytes.reason);
  column->bytes.pos = column->bytes.size;
  column->count = 1;
  column->value = 0;
  column->diff = 0;
}

static void
init_column (WeftUpdateSource *self,
             WeftColumn       *column)
{
  gsize n_bytes;
  const guint8 *data = weft_reader_get_buffer (&self->rest, &n_bytes);

  weft_reader_init (&column->bytes, data, n_bytes);
}

void
weft_column_fill_bytes (WeftUpdateSource *self,
                        WeftColumn       *column)
{
  column->value = weft_reader_get_byte (&column->bytes);
  column->count = weft_reader_get_remaining (&column->bytes) > 0 ? weft_reader_get_varuint (&column->bytes) + 1
                                                                 : G_MAXUINT64;
  check_column (self, column);
}

void
weft_column_fill_uints (WeftUpdateSource *self,
                        WeftColumn       *column)
{
  gboolean negative_zero;
  gint64 value = weft_reader_get_varint (&column->bytes, &negative_zero);

  column->value = value < 0 ? (guint64) -value : (guint64) value;
  column->count = value < 0 || negative_zero ? weft_reader_get_varuint (&column->bytes) + 2 : 1;
  check_column (self, column);
}

void
weft_column_fill_diffs (WeftUpdateSource *self,
                        WeftColumn       *column)
{
  gint64 diff = self->unlimited ? weft_reader_get_wide_varint (&column->bytes)
                                : weft_reader_get_varint (&column->bytes, NULL);

  column->diff = diff >> 1;
  column->count = diff & 1 ? weft_reader_get_varuint (&column->bytes) + 2 : 1;
  check_column (self, column);
}

static void
init_strings (WeftUpdateSource *self)
{
  WeftColumn column = { 0 };
  gboolean ascii;

  init_column (self, &column);
  self->text = (const guint8 *) weft_reader_get_string (&column.bytes, &self->n_text);
  check_column (self, &column);
  self->units_left = weft_utf8_measure ((const char *) self->text, self->n_text, &ascii);
  self->text_ascii = ascii;
  weft_reader_init (&self->string_lengths.bytes, column.bytes.data + column.bytes.pos,
                    weft_reader_get_remaining (&column.bytes));
}

void
weft_update_source_init (WeftUpdateSource *self,
                         GBytes           *bytes,
                         WeftUpdateFormat  format)
{
  *self = (WeftUpdateSource) {
    .format = format == WEFT_UPDATE_V2 ? WEFT_UPDATE_V2 : WEFT_UPDATE_V1,
    .exact = format == WEFT_UPDATE_EXACT,
  };
  weft_reader_init_bytes (&self->rest, bytes);
  self->budget = G_MAXUINT64;
  if (self->format == WEFT_UPDATE_V1)
    return;

  self->budget = FREE_BUDGET + g_bytes_get_size (bytes) * WEFT_STRUCT_COST;
  self->scratch = g_string_new (NULL);
  self->known_keys = g_array_new (FALSE, FALSE, sizeof (WeftSlice));
  if (weft_reader_get_varuint (&self->rest) != 0)
    weft_reader_fail (&self->rest, WEFT_CRDT_ERROR_UNSUPPORTED, "update has features that are not known");
  init_column (self, &self->keys);
  init_column (self, &self->clients);
  init_column (self, &self->lefts);
  init_column (self, &self->rights);
  init_column (self, &self->infos);
  init_strings (self);
  init_column (self, &self->parents);
  init_column (self, &self->types);
  init_column (self, &self->lengths);
}

void
weft_update_source_unlimit (WeftUpdateSource *self)
{
  self->unlimited = TRUE;
  self->budget = G_MAXUINT64;
}

void
weft_update_source_clear (WeftUpdateSource *self)
{
  if (self->scratch != NULL)
    g_string_free (self->scratch, TRUE);
  g_clear_pointer (&self->known_keys, g_array_unref);
}

guint8
weft_update_source_get_info (WeftUpdateSource *self)
{
  if (self->format == WEFT_UPDATE_V1)
    return weft_reader_get_byte (&self->rest);

  return weft_column_get_byte (self, &self->infos);
}

guint64
weft_update_source_get_client (WeftUpdateSource *self)
{
  if (self->format == WEFT_UPDATE_V1)
    return weft_reader_get_varuint (&self->rest);

  return weft_column_get_uint (self, &self->clients);
}

static WeftId
read_id (WeftUpdateSource *self,
         WeftColumn       *clocks)
{
  WeftId id;

  id.client = weft_update_source_get_client (self);
  id.clock = self->format == WEFT_UPDATE_V1 ? weft_reader_get_varuint (&self->rest)
                                            : weft_column_get_diff (self, clocks);

  return id;
}

WeftId
weft_update_source_get_left (WeftUpdateSource *self)
{
  return read_id (self, &self->lefts);
}

WeftId
weft_update_source_get_right (WeftUpdateSource *self)
{
  return read_id (self, &self->rights);
}

gboolean
weft_update_source_get_parent (WeftUpdateSource *self)
{
  if (self->format == WEFT_UPDATE_V1)
    return weft_reader_get_varuint (&self->rest) == 1;

  return weft_column_get_byte (self, &self->parents) == 1;
}

guint64
weft_update_source_get_type (WeftUpdateSource *self)
{
  if (self->format == WEFT_UPDATE_V1)
    return weft_reader_get_varuint (&self->rest);

  return weft_column_get_uint (self, &self->types);
}

guint64
weft_update_source_get_length (WeftUpdateSource *self)
{
  if (self->format == WEFT_UPDATE_V1)
    return weft_reader_get_varuint (&self->rest);

  return weft_column_get_uint (self, &self->lengths);
}

/* The next @n_units, with a replacement character for each half of a pair that is cut in two. */
static WeftSlice
take_units (WeftUpdateSource *self,
            guint64           n_units)
{
  static const char replacement[] = "\xef\xbf\xbd";
  const char *start = (const char *) self->text + self->at;
  gboolean splits = FALSE;
  gsize n_bytes;

  self->units_left -= n_units;
  if (self->text_ascii)
    {
      self->at += n_units;
      return (WeftSlice) { start, n_units };
    }
  if (!self->inside_pair)
    {
      n_bytes = weft_utf8_advance ((const guint8 *) start, n_units, &splits);
      self->at += n_bytes;
      if (!splits)
        return (WeftSlice) { start, n_bytes };
      g_string_assign (self->scratch, "");
      g_string_append_len (self->scratch, start, n_bytes);
      g_string_append (self->scratch, replacement);
      self->inside_pair = TRUE;
      return (WeftSlice) { self->scratch->str, self->scratch->len };
    }
  if (n_units == 0)
    return (WeftSlice) { start, 0 };

  self->at += 4;
  start += 4;
  n_bytes = weft_utf8_advance ((const guint8 *) start, n_units - 1, &splits);
  self->at += n_bytes;
  self->inside_pair = splits;
  g_string_assign (self->scratch, replacement);
  g_string_append_len (self->scratch, start, n_bytes);
  if (splits)
    g_string_append (self->scratch, replacement);

  return (WeftSlice) { self->scratch->str, self->scratch->len };
}

WeftSlice
weft_update_source_get_string (WeftUpdateSource *self)
{
  WeftSlice slice;
  guint64 n_units;

  if (self->format == WEFT_UPDATE_V1)
    {
      slice.data = weft_reader_get_string (&self->rest, &slice.n_bytes);
      return slice;
    }
  n_units = weft_column_get_uint (self, &self->string_lengths);
  if (n_units > self->units_left)
    {
      weft_column_fail (self, &self->string_lengths, WEFT_CRDT_ERROR_TRUNCATED, "length reaches past the end");
      n_units = 0;
    }
  if (self->rest.failed)
    return (WeftSlice) { "", 0 };

  return take_units (self, n_units);
}

WeftSlice
weft_update_source_get_key (WeftUpdateSource *self)
{
  WeftSlice slice, kept;
  guint64 number;

  if (self->format == WEFT_UPDATE_V1)
    return weft_update_source_get_string (self);

  number = weft_column_get_diff (self, &self->keys);
  if (number < self->known_keys->len)
    return g_array_index (self->known_keys, WeftSlice, number);
  slice = weft_update_source_get_string (self);
  kept = slice;
  /* A key that was cut out of a pair is not in the column as it is; Yjs writes none. */
  if (slice.data == self->scratch->str)
    weft_column_fail (self, &self->string_lengths, WEFT_CRDT_ERROR_MALFORMED, "key ends within a character");
  g_array_append_val (self->known_keys, kept);

  return slice;
}

/* JSON text or what stands for it, which is no UTF-8 */
static WeftSlice
get_exact_text (WeftReader *reader)
{
  WeftSlice text;

  text.data = (const char *) weft_reader_get_buffer (reader, &text.n_bytes);

  return text;
}

WeftAny *
weft_update_source_get_json (WeftUpdateSource *self)
{
  WeftSlice json;
  WeftAny *value;

  if (self->format == WEFT_UPDATE_V2)
    {
      value = weft_any_read (&self->rest);
      if (self->rest.failed)
        g_clear_pointer (&value, weft_any_unref);
      return value;
    }
  json = self->exact ? get_exact_text (&self->rest) : weft_update_source_get_string (self);
  if (self->rest.failed)
    return NULL;
  value = self->exact ? weft_json_read_exact (json.data, json.n_bytes) : NULL;
  if (value == NULL)
    value = weft_any_from_json_exact (json.data, json.n_bytes, NULL);
  if (value == NULL)
    weft_reader_fail (&self->rest, WEFT_CRDT_ERROR_MALFORMED, "content is not JSON");

  return value;
}

gsize
weft_update_source_get_limit (const WeftUpdateSource *self)
{
  return self->unlimited ? G_MAXSIZE : FREE_BYTES + BYTES_FOR_EACH * self->rest.size;
}

/* Structs, as the first format has them */

static const guint8 *
keep (WeftUpdateReader *self,
      const void       *data,
      gsize             n_bytes)
{
  self->n_made += n_bytes;
  if (self->n_made > self->made_limit)
    {
      weft_reader_fail (self->rest, WEFT_CRDT_ERROR_TOO_LARGE, "more content than the input pays for");
      return (const guint8 *) "";
    }

  return (const guint8 *) g_string_chunk_insert_len (self->made, data, n_bytes);
}

/* Strings stand in their column, but where a pair was cut. */
static const guint8 *
keep_slice (WeftUpdateReader *self,
            WeftSlice         slice)
{
  return slice.data == self->source.scratch->str ? keep (self, slice.data, slice.n_bytes)
                                                 : (const guint8 *) slice.data;
}

static void
set_content (WeftUpdateReader *self,
             WeftStruct       *item,
             WeftWriter       *writer)
{
  item->content = keep (self, writer->data, writer->size);
  item->n_content = writer->size;
  weft_writer_clear (writer);
}

static void
put_json (WeftUpdateReader *self,
          WeftStruct       *item,
          WeftWriter       *writer)
{
  g_autoptr(WeftAny) value = weft_update_source_get_json (&self->source);
  GString *json;

  if (value == NULL)
    return;
  json = g_string_new (NULL);
  weft_json_put_exact (json, value);
  if (json->str[0] != '\0' && !weft_update_check_json (self->rest, json->str, json->len, FALSE))
    item->canonical = FALSE;
  weft_writer_put_buffer (writer, json->str, json->len);
  g_string_free (json, TRUE);
}

static void
get_values (WeftUpdateReader *self,
            WeftStruct       *item)
{
  WeftReader *rest = self->rest;
  gboolean canonical = TRUE;
  gsize start = rest->pos;

  item->len = weft_update_source_get_length (&self->source);
  for (guint64 i = 0; i < item->len && !rest->failed; i++)
    weft_any_skip (rest, &canonical);
  item->canonical = canonical;
  item->content = rest->data + start;
  item->n_content = rest->pos - start;
}

/* Legacy JSON content is JSON text in both formats. */
static void
get_json_texts (WeftUpdateReader *self,
                WeftStruct       *item)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  item->len = weft_update_source_get_length (&self->source);
  for (guint64 i = 0; i < item->len && !self->rest->failed; i++)
    {
      WeftSlice json = weft_update_source_get_string (&self->source);

      if (!weft_update_check_json (self->rest, json.data, json.n_bytes, TRUE))
        item->canonical = FALSE;
      weft_writer_put_buffer (&writer, json.data, json.n_bytes);
      if (writer.size > self->made_limit)
        weft_reader_fail (self->rest, WEFT_CRDT_ERROR_TOO_LARGE, "more content than the input pays for");
    }
  set_content (self, item, &writer);
}

static void
get_doc (WeftUpdateReader *self,
         WeftStruct       *item)
{
  WeftSlice guid = weft_update_source_get_string (&self->source);
  WeftWriter writer;
  gsize start = self->rest->pos;

  item->canonical = weft_subdoc_check_options (self->rest);
  if (self->rest->failed)
    return;
  weft_writer_init (&writer);
  weft_writer_put_buffer (&writer, guid.data, guid.n_bytes);
  weft_writer_put_raw (&writer, self->rest->data + start, self->rest->pos - start);
  set_content (self, item, &writer);
}

void
weft_update_reader_get_v2_mark (WeftUpdateReader *self,
                                WeftStruct       *item,
                                WeftSlice         key)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_writer_put_buffer (&writer, key.data, key.n_bytes);
  put_json (self, item, &writer);
  set_content (self, item, &writer);
}

void
weft_update_reader_get_v2_content (WeftUpdateReader *self,
                                   WeftStruct       *item)
{
  WeftUpdateSource *source = &self->source;
  WeftWriter writer;
  WeftSlice slice;

  item->len = 1;
  item->canonical = TRUE;
  item->content = source->rest.data;
  switch (item->kind)
    {
    case WEFT_CONTENT_DELETED:
      item->len = weft_update_source_get_length (source);
      break;

    case WEFT_CONTENT_STRING:
      {
        gboolean ascii;

        slice = weft_update_source_get_string (source);
        item->content = keep_slice (self, slice);
        item->n_content = slice.n_bytes;
        item->ascii = source->text_ascii;
        item->len = slice.n_bytes;
        if (!source->text_ascii)
          {
            item->len = weft_utf8_measure (slice.data, slice.n_bytes, &ascii);
            item->ascii = ascii;
          }
        break;
      }

    case WEFT_CONTENT_ANY:
      get_values (self, item);
      break;

    case WEFT_CONTENT_JSON:
      get_json_texts (self, item);
      break;

    case WEFT_CONTENT_BINARY:
      {
        gsize start = source->rest.pos, length;

        weft_reader_get_buffer (&source->rest, &length);
        item->content = source->rest.data + start;
        item->n_content = source->rest.pos - start;
        item->canonical = !weft_reader_was_overlong (&source->rest, start, length);
        break;
      }

    case WEFT_CONTENT_FORMAT:
      weft_update_reader_get_v2_mark (self, item, weft_update_source_get_key (source));
      break;

    case WEFT_CONTENT_EMBED:
      weft_writer_init (&writer);
      put_json (self, item, &writer);
      set_content (self, item, &writer);
      break;

    case WEFT_CONTENT_TYPE:
      {
        guint64 kind = weft_update_source_get_type (source);

        if (kind > WEFT_KIND_XML_TEXT)
          {
            weft_reader_fail (&source->rest, WEFT_CRDT_ERROR_UNSUPPORTED, "shared type is of an unknown kind");
            break;
          }
        item->type_kind = kind;
        if (kind == WEFT_KIND_XML_ELEMENT || kind == WEFT_KIND_XML_HOOK)
          {
            slice = weft_update_source_get_key (source);
            item->content = keep_slice (self, slice);
            item->n_content = slice.n_bytes;
          }
        break;
      }

    case WEFT_CONTENT_DOC:
      get_doc (self, item);
      break;

    default:
      weft_reader_fail (&source->rest, WEFT_CRDT_ERROR_UNSUPPORTED, "content is of an unknown kind");
    }

  if (item->len == 0)
    weft_reader_fail (&source->rest, WEFT_CRDT_ERROR_MALFORMED, "struct is empty");
}

void
weft_update_reader_get_v2 (WeftUpdateReader *self,
                           WeftStruct       *item)
{
  WeftUpdateSource *source = &self->source;
  WeftSlice slice;

  if (!weft_update_source_pay (source, item->kind))
    return;
  if (item->kind == WEFT_CONTENT_GC || item->kind == WEFT_CONTENT_SKIP)
    {
      item->len = item->kind == WEFT_CONTENT_SKIP ? weft_reader_get_varuint (&source->rest)
                                                  : weft_update_source_get_length (source);
      return;
    }
  if (item->info & WEFT_INFO_ORIGIN)
    {
      item->origin = weft_update_source_get_left (source);
      weft_update_reader_check_older (self, item->origin);
    }
  if (item->info & WEFT_INFO_RIGHT_ORIGIN)
    {
      item->right_origin = weft_update_source_get_right (source);
      weft_update_reader_check_older (self, item->right_origin);
    }
  if ((item->info & (WEFT_INFO_ORIGIN | WEFT_INFO_RIGHT_ORIGIN)) == 0)
    {
      if (weft_update_source_get_parent (source))
        {
          item->parent_kind = WEFT_PARENT_ROOT;
          slice = weft_update_source_get_string (source);
          item->text = keep_slice (self, slice);
          item->n_text = slice.n_bytes;
        }
      else
        {
          item->parent_kind = WEFT_PARENT_ITEM;
          item->parent = weft_update_source_get_left (source);
          weft_update_reader_check_older (self, item->parent);
        }
      if (item->info & WEFT_INFO_PARENT_SUB)
        {
          slice = weft_update_source_get_string (source);
          item->sub = keep_slice (self, slice);
          item->n_sub = slice.n_bytes;
        }
    }
  if (!self->rest->failed)
    weft_update_reader_get_v2_content (self, item);
}
