/* weft-update-v2-encode.c - writes the columns of the second update format
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * UpdateEncoderV2 of Yjs and the run-length encoders of lib0, byte for byte.
 */

#include "config.h"

#include "crdt/weft-any-private.h"
#include "crdt/weft-doc-private.h"
#include "crdt/weft-content-private.h"
#include "crdt/weft-update-private.h"

/* weft_writer_put_varint() for what is put most. */
static inline void
put_varint (WeftWriter *writer,
            gint64      value,
            gboolean    negative_zero)
{
  guint64 magnitude = value < 0 ? -(guint64) value : (guint64) value;
  guint8 sign = value < 0 || (value == 0 && negative_zero) ? 0x40 : 0, *at;

  if (G_UNLIKELY (writer->allocated - writer->size < 3 || magnitude >= 1 << 20))
    {
      weft_writer_put_varint (writer, value, negative_zero);
      return;
    }
  at = writer->data + writer->size;
  *at++ = (guint8) (magnitude & 0x3f) | sign | (magnitude >= 0x40 ? 0x80 : 0);
  if (magnitude >= 0x40)
    *at++ = (guint8) (magnitude >> 6 & 0x7f) | (magnitude >= 0x2000 ? 0x80 : 0);
  if (magnitude >= 0x2000)
    *at++ = (guint8) (magnitude >> 13);
  writer->size = at - writer->data;
}

/* RleEncoder; the last count is not written. */
static inline void
put_byte (WeftSinkColumn *column,
          guint8          value)
{
  if (column->count > 0 && column->value == value)
    {
      column->count++;
      return;
    }
  if (column->count > 0)
    weft_writer_put_varuint (&column->bytes, column->count - 1);
  column->count = 1;
  column->value = value;
  weft_writer_put_byte (&column->bytes, value);
}

static void
flush_uint (WeftSinkColumn *column)
{
  if (column->count == 0)
    return;
  if (column->count == 1)
    {
      put_varint (&column->bytes, (gint64) column->value, FALSE);
      return;
    }
  put_varint (&column->bytes, -(gint64) column->value, TRUE);
  weft_writer_put_varuint (&column->bytes, column->count - 2);
}

/* UintOptRleEncoder */
static inline void
put_uint (WeftSinkColumn *column,
          guint64         value)
{
  if (column->value == value)
    {
      column->count++;
      return;
    }
  flush_uint (column);
  column->count = 1;
  column->value = value;
}

static void
flush_diff (WeftSinkColumn *column)
{
  if (column->count == 0)
    return;
  put_varint (&column->bytes, column->diff * 2 + (column->count == 1 ? 0 : 1), FALSE);
  if (column->count > 1)
    weft_writer_put_varuint (&column->bytes, column->count - 2);
}

/* IntDiffOptRleEncoder */
static inline void
put_diff (WeftSinkColumn *column,
          guint64         value)
{
  gint64 diff = (gint64) value - (gint64) column->value;

  column->value = value;
  if (column->diff == diff)
    {
      column->count++;
      return;
    }
  flush_diff (column);
  column->count = 1;
  column->diff = diff;
}

#define COLUMNS(self)                                                                                    \
  {                                                                                                      \
    &(self)->keys, &(self)->clients, &(self)->lefts, &(self)->rights, &(self)->infos, &(self)->parents,  \
        &(self)->types, &(self)->lengths, &(self)->string_lengths                                        \
  }

void
weft_update_sink_init (WeftUpdateSink  *self,
                       WeftUpdateFormat format)
{
  WeftSinkColumn *columns[] = COLUMNS (self);

  self->format = format == WEFT_UPDATE_V2 ? WEFT_UPDATE_V2 : WEFT_UPDATE_V1;
  self->exact = format == WEFT_UPDATE_EXACT;
  self->n_keys = 0;
  weft_writer_init (&self->rest);
  weft_writer_init (&self->text);
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      columns[i]->count = columns[i]->value = 0;
      columns[i]->diff = 0;
      weft_writer_init (&columns[i]->bytes);
    }
}

void
weft_update_sink_clear (WeftUpdateSink *self)
{
  WeftSinkColumn *columns[] = COLUMNS (self);

  weft_writer_clear (&self->rest);
  weft_writer_clear (&self->text);
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    weft_writer_clear (&columns[i]->bytes);
}

void
weft_update_sink_put_info (WeftUpdateSink *self,
                           guint8          info)
{
  if (self->format == WEFT_UPDATE_V1)
    weft_writer_put_byte (&self->rest, info);
  else
    put_byte (&self->infos, info);
}

void
weft_update_sink_put_client (WeftUpdateSink *self,
                             guint64         client)
{
  if (self->format == WEFT_UPDATE_V1)
    weft_writer_put_varuint (&self->rest, client);
  else
    put_uint (&self->clients, client);
}

static void
put_id (WeftUpdateSink *self,
        WeftSinkColumn *clocks,
        WeftId          id)
{
  weft_update_sink_put_client (self, id.client);
  if (self->format == WEFT_UPDATE_V1)
    weft_writer_put_varuint (&self->rest, id.clock);
  else
    put_diff (clocks, id.clock);
}

void
weft_update_sink_put_left (WeftUpdateSink *self,
                           WeftId          id)
{
  put_id (self, &self->lefts, id);
}

void
weft_update_sink_put_right (WeftUpdateSink *self,
                            WeftId          id)
{
  put_id (self, &self->rights, id);
}

void
weft_update_sink_put_parent (WeftUpdateSink *self,
                             gboolean        is_root)
{
  if (self->format == WEFT_UPDATE_V1)
    weft_writer_put_byte (&self->rest, is_root);
  else
    put_byte (&self->parents, is_root);
}

void
weft_update_sink_put_type (WeftUpdateSink *self,
                           guint64         type)
{
  if (self->format == WEFT_UPDATE_V1)
    weft_writer_put_varuint (&self->rest, type);
  else
    put_uint (&self->types, type);
}

void
weft_update_sink_put_length (WeftUpdateSink *self,
                             guint64         length)
{
  if (self->format == WEFT_UPDATE_V1)
    weft_writer_put_varuint (&self->rest, length);
  else
    put_uint (&self->lengths, length);
}

void
weft_update_sink_put_string (WeftUpdateSink *self,
                             WeftSlice       string)
{
  if (self->format == WEFT_UPDATE_V1)
    {
      weft_writer_put_buffer (&self->rest, string.data, string.n_bytes);
      return;
    }
  weft_writer_put_raw (&self->text, string.data, string.n_bytes);
  put_uint (&self->string_lengths, weft_utf16_length (string.data, string.n_bytes));
}

/* Yjs numbers keys but never uses a number twice. */
void
weft_update_sink_put_key (WeftUpdateSink *self,
                          WeftSlice       key)
{
  if (self->format == WEFT_UPDATE_V2)
    put_diff (&self->keys, self->n_keys++);
  weft_update_sink_put_string (self, key);
}

void
weft_update_sink_put_json (WeftUpdateSink *self,
                           const WeftAny  *value)
{
  GString *json;

  if (self->format == WEFT_UPDATE_V2)
    {
      weft_any_write (value, &self->rest);
      return;
    }
  json = g_string_new (NULL);
  if (self->exact)
    weft_json_put_exact (json, value);
  else
    weft_json_put_stringified (json, value);
  weft_writer_put_buffer (&self->rest, json->str, json->len);
  g_string_free (json, TRUE);
}

/* Items of documents, in the second format */

static inline void
put_text (WeftUpdateSink *self,
          const void     *data,
          gsize           n_bytes,
          guint64         n_units)
{
  WeftWriter *text = &self->text;

  if (G_LIKELY (n_bytes <= text->allocated - text->size))
    {
      if (n_bytes > 0)
        memcpy (text->data + text->size, data, n_bytes);
      text->size += n_bytes;
    }
  else
    {
      weft_writer_put_raw (text, data, n_bytes);
    }
  put_uint (&self->string_lengths, n_units);
}

static void
put_interned (WeftUpdateSink *self,
              const WeftKey  *key)
{
  put_text (self, key->string, key->length, weft_utf8_measure (key->string, key->length, NULL));
}

static inline void
put_item_id (WeftUpdateSink *self,
             WeftDoc        *doc,
             WeftSinkColumn *clocks,
             guint32         client,
             guint64         clock)
{
  put_uint (&self->clients, weft_client (doc, client)->id);
  put_diff (clocks, clock);
}

static void
put_item_parent (WeftUpdateSink *self,
                 WeftDoc        *doc,
                 const WeftItem *item)
{
  const WeftType *parent = weft_item_get_parent (doc, item);

  put_byte (&self->parents, parent->root_key != 0);
  if (parent->root_key != 0)
    put_interned (self, weft_key (doc, parent->root_key));
  else
    put_id (self, &self->lefts, parent->id);
  if (item->in_map)
    put_interned (self, weft_key (doc, weft_entry (doc, item->place)->key));
}

/* JSON texts of the arena, as text or as values. */
static void
put_json_units (WeftUpdateSink *self,
                const guint8   *data,
                gsize           n_bytes,
                gboolean        as_values)
{
  WeftReader reader;

  weft_reader_init (&reader, data, n_bytes);
  while (weft_reader_get_remaining (&reader) > 0)
    {
      gsize length;
      const char *json = (const char *) weft_reader_get_buffer (&reader, &length);
      g_autoptr(WeftAny) value = NULL;

      if (!as_values)
        {
          g_autofree char *written = weft_json_is_verbatim (json, length) ? weft_json_normalize (json, length) : NULL;

          if (written != NULL)
            {
              json = written;
              length = strlen (written);
            }
          put_text (self, json, length, weft_utf8_measure (json, length, NULL));
          continue;
        }
      value = weft_json_read_exact (json, length);
      if (value == NULL)
        value = weft_any_from_json (json, length, NULL);
      weft_any_write (value, &self->rest);
    }
}

static void
put_item_string (WeftUpdateSink *self,
                 WeftDoc        *doc,
                 const WeftItem *item,
                 guint32         offset)
{
  static const guint8 replacement[3] = { 0xef, 0xbf, 0xbd };
  guint32 from = offset;
  const guint8 *data;
  gsize n_bytes;

  if (item->ascii)
    {
      put_text (self, weft_client (doc, item->client)->arena + item->content + offset, item->len - offset,
                item->len - offset);
      return;
    }
  if (weft_content_is_inside_pair (doc, item, offset))
    {
      weft_writer_put_raw (&self->text, replacement, sizeof replacement);
      from++;
    }
  data = weft_content_bytes (doc, item, from, &n_bytes);
  put_text (self, data, n_bytes, item->len - offset);
}

static void
put_item_content (WeftUpdateSink *self,
                  WeftDoc        *doc,
                  const WeftItem *item,
                  guint32         offset)
{
  const guint8 *data;
  gsize n_bytes;

  switch (item->kind)
    {
    case WEFT_CONTENT_DELETED:
      put_uint (&self->lengths, item->len - offset);
      return;

    case WEFT_CONTENT_STRING:
      put_item_string (self, doc, item, offset);
      return;

    case WEFT_CONTENT_FORMAT:
      {
        const WeftFormat *format = weft_format (doc, item->content);

        put_diff (&self->keys, self->n_keys++);
        put_interned (self, weft_key (doc, format->key));
        weft_any_write (format->value, &self->rest);
        return;
      }

    case WEFT_CONTENT_TYPE:
      {
        const WeftType *type = weft_content_get_type (doc, item);

        put_uint (&self->types, type->kind);
        if (type->kind == WEFT_KIND_XML_ELEMENT || type->kind == WEFT_KIND_XML_HOOK)
          {
            put_diff (&self->keys, self->n_keys++);
            put_text (self, type->name, type->n_name, weft_utf8_measure (type->name, type->n_name, NULL));
          }
        return;
      }

    default:
      break;
    }

  data = weft_content_bytes (doc, item, offset, &n_bytes);
  switch (item->kind)
    {
    case WEFT_CONTENT_JSON:
      put_uint (&self->lengths, item->len - offset);
      put_json_units (self, data, n_bytes, FALSE);
      break;
    case WEFT_CONTENT_EMBED:
      put_json_units (self, data, n_bytes, TRUE);
      break;
    case WEFT_CONTENT_ANY:
      put_uint (&self->lengths, item->len - offset);
      weft_writer_put_raw (&self->rest, data, n_bytes);
      break;
    case WEFT_CONTENT_DOC:
      {
        WeftReader reader;
        gsize length;
        const char *guid;

        weft_reader_init (&reader, data, n_bytes);
        guid = weft_reader_get_string (&reader, &length);
        put_text (self, guid, length, weft_utf8_measure (guid, length, NULL));
        weft_writer_put_raw (&self->rest, data + reader.pos, n_bytes - reader.pos);
        break;
      }
    default:
      weft_writer_put_raw (&self->rest, data, n_bytes);
    }
}

void
weft_update_sink_put_item (WeftUpdateSink *self,
                           WeftDoc        *doc,
                           const WeftItem *item,
                           guint32         offset)
{
  gboolean has_origin = offset > 0 || item->o_client != WEFT_NO_CLIENT;
  gboolean has_right = item->r_client != WEFT_NO_CLIENT;

  if (item->kind == WEFT_CONTENT_GC)
    {
      put_byte (&self->infos, WEFT_CONTENT_GC);
      put_uint (&self->lengths, item->len - offset);
      return;
    }

  put_byte (&self->infos, item->kind | (has_origin ? WEFT_INFO_ORIGIN : 0)
                              | (has_right ? WEFT_INFO_RIGHT_ORIGIN : 0)
                              | (item->in_map ? WEFT_INFO_PARENT_SUB : 0));
  if (offset > 0)
    put_item_id (self, doc, &self->lefts, item->client, (guint64) item->clock + offset - 1);
  else if (has_origin)
    put_item_id (self, doc, &self->lefts, item->o_client, item->o_clock);
  if (has_right)
    put_item_id (self, doc, &self->rights, item->r_client, item->r_clock);
  if (!has_origin && !has_right)
    put_item_parent (self, doc, item);
  put_item_content (self, doc, item, offset);
}

static void
put_column (WeftWriter       *writer,
            const WeftWriter *column)
{
  weft_writer_put_buffer (writer, column->data, column->size);
}

static void
put_columns (WeftUpdateSink *self,
             WeftWriter     *writer)
{
  WeftWriter strings;

  flush_diff (&self->keys);
  flush_uint (&self->clients);
  flush_diff (&self->lefts);
  flush_diff (&self->rights);
  flush_uint (&self->string_lengths);
  flush_uint (&self->types);
  flush_uint (&self->lengths);

  weft_writer_init (&strings);
  put_column (&strings, &self->text);
  weft_writer_put_raw (&strings, self->string_lengths.bytes.data, self->string_lengths.bytes.size);

  weft_writer_put_byte (writer, 0);
  put_column (writer, &self->keys.bytes);
  put_column (writer, &self->clients.bytes);
  put_column (writer, &self->lefts.bytes);
  put_column (writer, &self->rights.bytes);
  put_column (writer, &self->infos.bytes);
  put_column (writer, &strings);
  put_column (writer, &self->parents.bytes);
  put_column (writer, &self->types.bytes);
  put_column (writer, &self->lengths.bytes);
  weft_writer_clear (&strings);
}

GBytes *
weft_update_sink_finish (WeftUpdateSink   *self,
                         guint64           n_runs,
                         const WeftWriter *deletes)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  if (self->format == WEFT_UPDATE_V2)
    put_columns (self, &writer);
  weft_writer_put_varuint (&writer, n_runs);
  weft_writer_put_raw (&writer, self->rest.data, self->rest.size);
  weft_writer_put_raw (&writer, deletes->data, deletes->size);

  return weft_writer_steal_bytes (&writer);
}
