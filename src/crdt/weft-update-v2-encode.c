/* weft-update-v2-encode.c - writes the columns of the second update format
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * UpdateEncoderV2 of Yjs and the run-length encoders of lib0, byte for byte.
 */

#include "config.h"

#include "crdt/weft-any-private.h"
#include "crdt/weft-doc-private.h"
#include "crdt/weft-quick-private.h"
#include "crdt/weft-sink-column-private.h"
#include "crdt/weft-update-private.h"

/* The bytes of a number, at most */
#define MAX_NUMBER 10

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
    weft_sink_put_byte (&self->infos, info);
}

void
weft_update_sink_put_client (WeftUpdateSink *self,
                             guint64         client)
{
  if (self->format == WEFT_UPDATE_V1)
    weft_writer_put_varuint (&self->rest, client);
  else
    weft_sink_put_uint (&self->clients, client);
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
    weft_sink_put_diff (clocks, id.clock);
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
    weft_sink_put_byte (&self->parents, is_root);
}

void
weft_update_sink_put_type (WeftUpdateSink *self,
                           guint64         type)
{
  if (self->format == WEFT_UPDATE_V1)
    weft_writer_put_varuint (&self->rest, type);
  else
    weft_sink_put_uint (&self->types, type);
}

void
weft_update_sink_put_length (WeftUpdateSink *self,
                             guint64         length)
{
  if (self->format == WEFT_UPDATE_V1)
    weft_writer_put_varuint (&self->rest, length);
  else
    weft_sink_put_uint (&self->lengths, length);
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
  weft_sink_put_uint (&self->string_lengths, weft_utf16_length (string.data, string.n_bytes));
}

/* Yjs numbers keys but never uses a number twice. */
void
weft_update_sink_put_key (WeftUpdateSink *self,
                          WeftSlice       key)
{
  if (self->format == WEFT_UPDATE_V2)
    weft_sink_put_diff (&self->keys, self->n_keys++);
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

static gsize
measure_columns (WeftUpdateSink *self)
{
  WeftSinkColumn *columns[] = COLUMNS (self);
  gsize n_bytes = self->text.size + MAX_NUMBER * (G_N_ELEMENTS (columns) + 2);

  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    n_bytes += columns[i]->bytes.size;

  return n_bytes;
}

static void
put_column (WeftWriter       *writer,
            const WeftWriter *column)
{
  weft_writer_put_buffer (writer, column->data, column->size);
}

/* All strings, after how many bytes they take, and how long each is. */
static void
put_strings (WeftUpdateSink *self,
             WeftWriter     *writer)
{
  guint8 number[MAX_NUMBER];
  gsize n_number = weft_put_number (number, self->text.size) - number;

  weft_writer_put_varuint (writer, n_number + self->text.size + self->string_lengths.bytes.size);
  weft_writer_put_raw (writer, number, n_number);
  weft_writer_put_raw (writer, self->text.data, self->text.size);
  weft_writer_put_raw (writer, self->string_lengths.bytes.data, self->string_lengths.bytes.size);
}

static void
put_columns (WeftUpdateSink *self,
             WeftWriter     *writer)
{
  weft_sink_flush_diff (&self->keys);
  weft_sink_flush_uint (&self->clients);
  weft_sink_flush_diff (&self->lefts);
  weft_sink_flush_diff (&self->rights);
  weft_sink_flush_uint (&self->string_lengths);
  weft_sink_flush_uint (&self->types);
  weft_sink_flush_uint (&self->lengths);

  weft_writer_put_byte (writer, 0);
  put_column (writer, &self->keys.bytes);
  put_column (writer, &self->clients.bytes);
  put_column (writer, &self->lefts.bytes);
  put_column (writer, &self->rights.bytes);
  put_column (writer, &self->infos.bytes);
  put_strings (self, writer);
  put_column (writer, &self->parents.bytes);
  put_column (writer, &self->types.bytes);
  put_column (writer, &self->lengths.bytes);
}

GBytes *
weft_update_sink_finish (WeftUpdateSink   *self,
                         guint64           n_runs,
                         const WeftWriter *deletes)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  /* Most of it is moved only once. */
  weft_writer_reserve (&writer, measure_columns (self) + MAX_NUMBER + self->rest.size + deletes->size);
  if (self->format == WEFT_UPDATE_V2)
    put_columns (self, &writer);
  weft_writer_put_varuint (&writer, n_runs);
  weft_writer_put_raw (&writer, self->rest.data, self->rest.size);
  weft_writer_put_raw (&writer, deletes->data, deletes->size);

  return weft_writer_steal_bytes (&writer);
}
