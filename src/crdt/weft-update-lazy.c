/* weft-update-lazy.c - updates struct by struct, without a document
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-any-private.h"
#include "crdt/weft-content-private.h"
#include "crdt/weft-doc-private.h"
#include "crdt/weft-update-lazy-private.h"

#include <string.h>

void
weft_lazy_struct_init (WeftLazyStruct *self)
{
  *self = (WeftLazyStruct) {
    .root = g_string_new (NULL),
    .sub = g_string_new (NULL),
    .text = g_string_new (NULL),
  };
}

void
weft_lazy_struct_clear (WeftLazyStruct *self)
{
  g_string_free (self->root, TRUE);
  g_string_free (self->sub, TRUE);
  g_string_free (self->text, TRUE);
  g_clear_pointer (&self->value, weft_any_unref);
}

void
weft_lazy_struct_slice (WeftLazyStruct *self,
                        guint64         n_units)
{
  self->clock += n_units;
  self->len -= n_units;
  if (self->kind == WEFT_CONTENT_GC || self->kind == WEFT_CONTENT_SKIP || n_units == 0)
    return;
  self->skip += n_units;
  self->origin = (WeftId) { self->client, self->clock - 1 };
  self->info |= WEFT_INFO_ORIGIN;
}

/* Reading */

static void
fail (WeftLazyReader *self,
      WeftCrdtError   code,
      const char     *reason)
{
  weft_reader_fail (&self->source.rest, code, reason);
}

static void
keep_string (GString  *string,
             WeftSlice slice)
{
  g_string_truncate (string, 0);
  g_string_append_len (string, slice.data, slice.n_bytes);
}

/* Legacy JSON content is JSON text in both formats, and written as JSON.stringify() does. */
static void
read_json_text (WeftLazyReader *self)
{
  WeftSlice text = weft_update_source_get_string (&self->source);
  g_autofree char *json = NULL;
  WeftWriter writer;

  if (self->source.rest.failed)
    return;
  if (text.n_bytes == strlen ("undefined") && memcmp (text.data, "undefined", text.n_bytes) == 0)
    json = g_strndup (text.data, text.n_bytes);
  else
    json = text.n_bytes > 0 && text.data[0] != '\0' ? weft_json_normalize (text.data, text.n_bytes) : NULL;
  if (json == NULL)
    {
      fail (self, WEFT_CRDT_ERROR_MALFORMED, "content is not JSON");
      return;
    }
  weft_writer_init (&writer);
  weft_writer_put_string (&writer, json, -1);
  g_string_append_len (self->curr.text, (const char *) writer.data, writer.size);
  weft_writer_clear (&writer);
}

static void
read_values (WeftLazyReader *self,
             guint64         n)
{
  WeftReader *rest = &self->source.rest;
  gsize start = rest->pos;

  self->curr.canonical = TRUE;
  for (guint64 i = 0; i < n && !rest->failed; i++)
    weft_any_skip (rest, &self->curr.canonical);
  self->curr.raw = rest->data + start;
  self->curr.n_raw = rest->pos - start;
}

static void
read_options (WeftLazyReader *self)
{
  WeftReader *rest = &self->source.rest;
  gsize start = rest->pos;

  self->curr.canonical = weft_subdoc_check_options (rest);
  self->curr.raw = rest->data + start;
  self->curr.n_raw = rest->pos - start;
}

static void
read_content (WeftLazyReader *self)
{
  WeftUpdateSource *source = &self->source;
  WeftLazyStruct *item = &self->curr;

  item->len = 1;
  switch (item->kind)
    {
    case WEFT_CONTENT_DELETED:
      item->len = weft_update_source_get_length (source);
      break;

    case WEFT_CONTENT_STRING:
      keep_string (item->text, weft_update_source_get_string (source));
      item->len = weft_utf16_length (item->text->str, item->text->len);
      break;

    case WEFT_CONTENT_JSON:
      item->len = weft_update_source_get_length (source);
      g_string_truncate (item->text, 0);
      for (guint64 i = 0; i < item->len && !source->rest.failed; i++)
        read_json_text (self);
      break;

    case WEFT_CONTENT_ANY:
      item->len = weft_update_source_get_length (source);
      read_values (self, item->len);
      break;

    case WEFT_CONTENT_BINARY:
      item->raw = weft_reader_get_buffer (&source->rest, &item->n_raw);
      break;

    case WEFT_CONTENT_EMBED:
      item->value = weft_update_source_get_json (source);
      break;

    case WEFT_CONTENT_FORMAT:
      keep_string (item->text, weft_update_source_get_key (source));
      item->value = weft_update_source_get_json (source);
      break;

    case WEFT_CONTENT_TYPE:
      item->type = weft_update_source_get_type (source);
      if (item->type == WEFT_KIND_XML_ELEMENT || item->type == WEFT_KIND_XML_HOOK)
        keep_string (item->text, weft_update_source_get_key (source));
      else if (item->type > WEFT_KIND_XML_TEXT)
        fail (self, WEFT_CRDT_ERROR_UNSUPPORTED, "shared type is of an unknown kind");
      break;

    case WEFT_CONTENT_DOC:
      keep_string (item->text, weft_update_source_get_string (source));
      read_options (self);
      break;

    default:
      fail (self, WEFT_CRDT_ERROR_UNSUPPORTED, "content is of an unknown kind");
    }
}

/* What a struct names must be older than it: of the same client, of a lower clock. */
static void
check_older (WeftLazyReader *self,
             WeftId          id)
{
  if (id.client == self->client && id.clock >= self->clock)
    fail (self, WEFT_CRDT_ERROR_MALFORMED, "struct refers to itself or its future");
}

static void
read_neighbours (WeftLazyReader *self)
{
  WeftUpdateSource *source = &self->source;
  WeftLazyStruct *item = &self->curr;

  if (item->info & WEFT_INFO_ORIGIN)
    {
      item->origin = weft_update_source_get_left (source);
      check_older (self, item->origin);
    }
  if (item->info & WEFT_INFO_RIGHT_ORIGIN)
    {
      item->right_origin = weft_update_source_get_right (source);
      check_older (self, item->right_origin);
    }
  if (item->info & (WEFT_INFO_ORIGIN | WEFT_INFO_RIGHT_ORIGIN))
    {
      /* Who does not read the key does not say that there is one. */
      item->info &= ~WEFT_INFO_PARENT_SUB;
      return;
    }
  item->parent_is_root = weft_update_source_get_parent (source);
  if (item->parent_is_root)
    {
      keep_string (item->root, weft_update_source_get_string (source));
    }
  else
    {
      item->parent = weft_update_source_get_left (source);
      check_older (self, item->parent);
    }
  if (item->info & WEFT_INFO_PARENT_SUB)
    keep_string (item->sub, weft_update_source_get_string (source));
}

static void
read_struct (WeftLazyReader *self)
{
  WeftUpdateSource *source = &self->source;
  WeftLazyStruct *item = &self->curr;
  guint8 info = weft_update_source_get_info (source), kind = info & WEFT_INFO_KIND;

  if (!weft_update_source_pay (source, kind))
    return;

  g_clear_pointer (&item->value, weft_any_unref);
  item->client = self->client;
  item->clock = self->clock;
  item->skip = 0;
  item->kind = kind;
  item->info = info & ~WEFT_INFO_KIND;
  if (kind == WEFT_CONTENT_SKIP)
    {
      item->len = weft_reader_get_varuint (&source->rest);
    }
  else if (kind == WEFT_CONTENT_GC)
    {
      item->len = weft_update_source_get_length (source);
    }
  else
    {
      read_neighbours (self);
      read_content (self);
    }

  if (source->rest.failed)
    return;
  if (item->len == 0)
    fail (self, WEFT_CRDT_ERROR_MALFORMED, "struct is empty");
  else if (item->len > WEFT_MAX_SAFE_INTEGER - item->clock)
    fail (self, WEFT_CRDT_ERROR_MALFORMED, "clock is beyond 2^53 - 1");
  self->clock += item->len;
}

static gboolean
begin_run (WeftLazyReader *self)
{
  WeftReader *rest = &self->source.rest;
  WeftClientId client;

  while (self->n_structs == 0 && self->n_runs > 0 && !rest->failed)
    {
      self->n_runs--;
      self->n_structs = weft_reader_get_varuint (rest);
      client = weft_update_source_get_client (&self->source);
      self->unordered |= self->begun && client >= self->client;
      self->begun = TRUE;
      self->client = client;
      self->clock = weft_reader_get_varuint (rest);
    }

  return self->n_structs > 0 && !rest->failed;
}

void
weft_lazy_reader_next (WeftLazyReader *self)
{
  do
    {
      if (self->done || !begin_run (self))
        {
          self->done = TRUE;
          return;
        }
      self->n_structs--;
      read_struct (self);
      self->done = self->source.rest.failed;
    }
  while (self->without_skips && !self->done && self->curr.kind == WEFT_CONTENT_SKIP);
}

void
weft_lazy_reader_init (WeftLazyReader  *self,
                       GBytes          *update,
                       WeftUpdateFormat format,
                       gboolean         without_skips,
                       gboolean         unlimited)
{
  *self = (WeftLazyReader) { .without_skips = without_skips };
  weft_update_source_init (&self->source, update, format);
  if (unlimited)
    weft_update_source_unlimit (&self->source);
  weft_lazy_struct_init (&self->curr);
  self->n_runs = weft_reader_get_count (&self->source.rest, 2);
  weft_lazy_reader_next (self);
}

void
weft_lazy_reader_clear (WeftLazyReader *self)
{
  weft_update_source_clear (&self->source);
  weft_lazy_struct_clear (&self->curr);
}

GArray *
weft_lazy_reader_get_deletes (WeftLazyReader *self)
{
  return weft_update_deletes_read (&self->source);
}

/* Writing */

static void
put_text_from (WeftUpdateSink       *sink,
               const WeftLazyStruct *item,
               guint64               offset)
{
  static const char replacement[] = "\xef\xbf\xbd";
  const char *text = item->text->str;
  gboolean splits = FALSE;
  gsize skip = weft_utf8_advance ((const guint8 *) text, offset, &splits);
  g_autoptr(GString) cut = NULL;

  if (!splits)
    {
      weft_update_sink_put_string (sink, (WeftSlice) { text + skip, item->text->len - skip });
      return;
    }
  /* The second half of a pair alone. */
  cut = g_string_new (replacement);
  g_string_append_len (cut, text + skip + 4, item->text->len - skip - 4);
  weft_update_sink_put_string (sink, (WeftSlice) { cut->str, cut->len });
}

static void
put_json_from (WeftUpdateSink       *sink,
               const WeftLazyStruct *item,
               guint64               offset)
{
  WeftReader reader;

  weft_reader_init (&reader, (const guint8 *) item->text->str, item->text->len);
  for (guint64 i = 0; i < item->len + item->skip; i++)
    {
      WeftSlice text;

      text.data = weft_reader_get_string (&reader, &text.n_bytes);
      if (i >= offset)
        weft_update_sink_put_string (sink, text);
    }
}

/* Values from the @offset-th of @n on. */
static void
put_values_from (WeftUpdateSink       *sink,
                 const WeftLazyStruct *item,
                 guint64               offset,
                 guint64               n)
{
  gboolean canonical;
  WeftReader reader;

  weft_reader_init (&reader, item->raw, item->n_raw);
  for (guint64 i = 0; i < offset; i++)
    weft_any_skip (&reader, &canonical);
  if (item->canonical)
    {
      weft_writer_put_raw (&sink->rest, item->raw + reader.pos, item->n_raw - reader.pos);
      return;
    }
  for (guint64 i = offset; i < n; i++)
    {
      g_autoptr(WeftAny) value = weft_any_read (&reader);

      weft_any_write (value, &sink->rest);
    }
}

static void
put_options (WeftUpdateSink       *sink,
             const WeftLazyStruct *item)
{
  g_autoptr(WeftAny) options = NULL, normal = NULL;
  WeftReader reader;

  weft_reader_init (&reader, item->raw, item->n_raw);
  options = weft_any_read (&reader);
  normal = weft_subdoc_normalize_options (options);
  weft_any_write (normal, &sink->rest);
}

static void
put_content (WeftUpdateSink       *sink,
             const WeftLazyStruct *item,
             guint64               offset)
{
  WeftSlice text = { item->text->str, item->text->len };
  guint64 n = item->len - offset, from = item->skip + offset;

  switch (item->kind)
    {
    case WEFT_CONTENT_DELETED:
      weft_update_sink_put_length (sink, n);
      break;
    case WEFT_CONTENT_STRING:
      put_text_from (sink, item, from);
      break;
    case WEFT_CONTENT_JSON:
      weft_update_sink_put_length (sink, n);
      put_json_from (sink, item, from);
      break;
    case WEFT_CONTENT_ANY:
      weft_update_sink_put_length (sink, n);
      put_values_from (sink, item, from, item->skip + item->len);
      break;
    case WEFT_CONTENT_BINARY:
      weft_writer_put_buffer (&sink->rest, item->raw, item->n_raw);
      break;
    case WEFT_CONTENT_EMBED:
      weft_update_sink_put_json (sink, item->value);
      break;
    case WEFT_CONTENT_FORMAT:
      weft_update_sink_put_key (sink, text);
      weft_update_sink_put_json (sink, item->value);
      break;
    case WEFT_CONTENT_TYPE:
      weft_update_sink_put_type (sink, item->type);
      if (item->type == WEFT_KIND_XML_ELEMENT || item->type == WEFT_KIND_XML_HOOK)
        weft_update_sink_put_key (sink, text);
      break;
    default:
      weft_update_sink_put_string (sink, text);
      put_options (sink, item);
    }
}

static void
put_struct (WeftUpdateSink       *sink,
            const WeftLazyStruct *item,
            guint64               offset)
{
  guint8 info = item->kind | item->info | (offset > 0 ? WEFT_INFO_ORIGIN : 0);

  if (item->kind == WEFT_CONTENT_SKIP)
    {
      weft_update_sink_put_info (sink, item->kind);
      weft_writer_put_varuint (&sink->rest, item->len - offset);
      return;
    }
  if (item->kind == WEFT_CONTENT_GC)
    {
      weft_update_sink_put_info (sink, item->kind);
      weft_update_sink_put_length (sink, item->len - offset);
      return;
    }

  weft_update_sink_put_info (sink, info);
  if (offset > 0)
    weft_update_sink_put_left (sink, (WeftId) { item->client, item->clock + offset - 1 });
  else if (info & WEFT_INFO_ORIGIN)
    weft_update_sink_put_left (sink, item->origin);
  if (info & WEFT_INFO_RIGHT_ORIGIN)
    weft_update_sink_put_right (sink, item->right_origin);
  if ((info & (WEFT_INFO_ORIGIN | WEFT_INFO_RIGHT_ORIGIN)) == 0)
    {
      weft_update_sink_put_parent (sink, item->parent_is_root);
      if (item->parent_is_root)
        weft_update_sink_put_string (sink, (WeftSlice) { item->root->str, item->root->len });
      else
        weft_update_sink_put_left (sink, item->parent);
      if (info & WEFT_INFO_PARENT_SUB)
        weft_update_sink_put_string (sink, (WeftSlice) { item->sub->str, item->sub->len });
    }
  put_content (sink, item, offset);
}

void
weft_lazy_writer_init (WeftLazyWriter  *self,
                       WeftUpdateFormat format)
{
  weft_update_sink_init (&self->sink, format);
  weft_writer_init (&self->runs);
  self->client = 0;
  self->n_runs = self->n_structs = 0;
}

void
weft_lazy_writer_clear (WeftLazyWriter *self)
{
  weft_update_sink_clear (&self->sink);
  weft_writer_clear (&self->runs);
}

static void
flush_run (WeftLazyWriter *self)
{
  if (self->n_structs == 0)
    return;
  weft_writer_put_varuint (&self->runs, self->n_structs);
  weft_writer_put_raw (&self->runs, self->sink.rest.data, self->sink.rest.size);
  self->sink.rest.size = 0;
  self->n_runs++;
  self->n_structs = 0;
}

void
weft_lazy_writer_put (WeftLazyWriter       *self,
                      const WeftLazyStruct *item,
                      guint64               offset)
{
  if (self->client != item->client)
    flush_run (self);
  if (self->n_structs == 0)
    {
      self->client = item->client;
      weft_update_sink_put_client (&self->sink, item->client);
      weft_writer_put_varuint (&self->sink.rest, item->clock + offset);
    }
  put_struct (&self->sink, item, offset);
  self->n_structs++;
}

GBytes *
weft_lazy_writer_finish (WeftLazyWriter *self,
                         GArray         *deletes)
{
  WeftWriter writer;
  GBytes *update;

  flush_run (self);
  weft_writer_put_raw (&self->sink.rest, self->runs.data, self->runs.size);
  weft_writer_init (&writer);
  if (self->sink.format == WEFT_UPDATE_V2 && !weft_update_deletes_go_up (deletes))
    weft_update_deletes_normalize (deletes);
  weft_update_deletes_write (deletes, self->sink.format, &writer);
  update = weft_update_sink_finish (&self->sink, self->n_runs, &writer);
  weft_writer_clear (&writer);

  return update;
}
