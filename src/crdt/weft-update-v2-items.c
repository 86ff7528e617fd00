/* weft-update-v2-items.c - puts the items of a document into the columns of the second update format
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Nearly all items are text, deleted content or one value, and have an origin: these are put without a look at the room
 * that each field takes.
 */

#include "config.h"

#include "crdt/weft-any-private.h"
#include "crdt/weft-content-private.h"
#include "crdt/weft-doc-private.h"
#include "crdt/weft-sink-column-private.h"
#include "crdt/weft-update-private.h"

/* For so many items room is made at once. */
#define BATCH 64

/* Short contents are copied as one piece of this size. */
#define SHORT_CONTENT 16

#define PLAIN_KINDS (1u << WEFT_CONTENT_STRING | 1u << WEFT_CONTENT_DELETED | 1u << WEFT_CONTENT_ANY)

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
  weft_sink_put_uint (&self->string_lengths, n_units);
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
  weft_sink_put_uint (&self->clients, weft_client (doc, client)->id);
  weft_sink_put_diff (clocks, clock);
}

static void
put_item_parent (WeftUpdateSink *self,
                 WeftDoc        *doc,
                 const WeftItem *item)
{
  const WeftType *parent = weft_item_get_parent (doc, item);

  weft_sink_put_byte (&self->parents, parent->root_key != 0);
  if (parent->root_key != 0)
    put_interned (self, weft_key (doc, parent->root_key));
  else
    weft_update_sink_put_left (self, parent->id);
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
      weft_sink_put_uint (&self->lengths, item->len - offset);
      return;

    case WEFT_CONTENT_STRING:
      put_item_string (self, doc, item, offset);
      return;

    case WEFT_CONTENT_FORMAT:
      {
        const WeftFormat *format = weft_format (doc, item->content);

        weft_sink_put_diff (&self->keys, self->n_keys++);
        put_interned (self, weft_key (doc, format->key));
        weft_any_write (format->value, &self->rest);
        return;
      }

    case WEFT_CONTENT_TYPE:
      {
        const WeftType *type = weft_content_get_type (doc, item);

        weft_sink_put_uint (&self->types, type->kind);
        if (type->kind == WEFT_KIND_XML_ELEMENT || type->kind == WEFT_KIND_XML_HOOK)
          {
            weft_sink_put_diff (&self->keys, self->n_keys++);
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
      weft_sink_put_uint (&self->lengths, item->len - offset);
      put_json_units (self, data, n_bytes, FALSE);
      break;
    case WEFT_CONTENT_EMBED:
      put_json_units (self, data, n_bytes, TRUE);
      break;
    case WEFT_CONTENT_ANY:
      weft_sink_put_uint (&self->lengths, item->len - offset);
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

static void
put_item (WeftUpdateSink *self,
          WeftDoc        *doc,
          const WeftItem *item,
          guint32         offset)
{
  gboolean has_origin = offset > 0 || item->o_client != WEFT_NO_CLIENT;
  gboolean has_right = item->r_client != WEFT_NO_CLIENT;

  if (item->kind == WEFT_CONTENT_GC)
    {
      weft_sink_put_byte (&self->infos, WEFT_CONTENT_GC);
      weft_sink_put_uint (&self->lengths, item->len - offset);
      return;
    }

  weft_sink_put_byte (&self->infos, item->kind | (has_origin ? WEFT_INFO_ORIGIN : 0)
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

/* Room for the fields of so many plain items. */
static inline void
reserve (WeftUpdateSink *self,
         guint32         n_items)
{
  gsize n_bytes = (gsize) n_items * WEFT_SINK_ROOM;

  weft_writer_reserve (&self->infos.bytes, n_bytes);
  weft_writer_reserve (&self->clients.bytes, 2 * n_bytes);
  weft_writer_reserve (&self->lefts.bytes, n_bytes);
  weft_writer_reserve (&self->rights.bytes, n_bytes);
  weft_writer_reserve (&self->lengths.bytes, n_bytes);
  weft_writer_reserve (&self->string_lengths.bytes, n_bytes);
}

/* Puts what stands in a client's arena. */
static inline void
put_content (WeftWriter       *writer,
             const WeftClient *client,
             guint32           content,
             gsize             n_bytes)
{
  if (G_LIKELY (n_bytes <= SHORT_CONTENT && content + SHORT_CONTENT <= client->arena_allocated
                && writer->allocated - writer->size >= SHORT_CONTENT))
    {
      memcpy (writer->data + writer->size, client->arena + content, SHORT_CONTENT);
      writer->size += n_bytes;
    }
  else
    {
      weft_writer_put_raw (writer, client->arena + content, n_bytes);
    }
}

/* Puts a whole item for which there is room. FALSE: it is not plain. */
static inline gboolean
put_plain (WeftUpdateSink   *self,
           const WeftDoc    *doc,
           const WeftClient *client,
           const WeftItem   *item)
{
  gboolean has_origin = item->o_client != WEFT_NO_CLIENT, has_right = item->r_client != WEFT_NO_CLIENT;
  guint kind = item->kind;

  if ((PLAIN_KINDS >> kind & 1) == 0 || !(has_origin | has_right) || (kind == WEFT_CONTENT_STRING && !item->ascii)
      || (kind == WEFT_CONTENT_ANY && item->len > 1))
    return FALSE;
  weft_sink_put_byte_fast (&self->infos, kind | (has_origin ? WEFT_INFO_ORIGIN : 0)
                                             | (has_right ? WEFT_INFO_RIGHT_ORIGIN : 0)
                                             | (item->in_map ? WEFT_INFO_PARENT_SUB : 0));
  if (has_origin)
    {
      weft_sink_put_uint_fast (&self->clients, weft_client (doc, item->o_client)->id);
      weft_sink_put_diff_fast (&self->lefts, item->o_clock);
    }
  if (has_right)
    {
      weft_sink_put_uint_fast (&self->clients, weft_client (doc, item->r_client)->id);
      weft_sink_put_diff_fast (&self->rights, item->r_clock);
    }
  if (kind == WEFT_CONTENT_STRING)
    {
      put_content (&self->text, client, item->content, item->len);
      weft_sink_put_uint_fast (&self->string_lengths, item->len);
      return TRUE;
    }
  weft_sink_put_uint_fast (&self->lengths, item->len);
  if (kind == WEFT_CONTENT_ANY)
    put_content (&self->rest, client, item->content, weft_any_measure (client->arena + item->content));

  return TRUE;
}

void
weft_update_sink_put_items (WeftUpdateSink      *self,
                            const WeftIndexSpot *from,
                            guint32              offset,
                            WeftDoc             *doc)
{
  const WeftClient *client = from->client;

  for (guint32 i = from->chunk, slot = from->slot; i < client->n_chunks; i++, slot = 0)
    {
      const WeftChunk *chunk = client->chunks[i];

      while (slot < chunk->n)
        {
          guint32 end = MIN (chunk->n, slot + BATCH);

          reserve (self, end - slot);
          for (; slot < end; slot++)
            {
              const WeftItem *item = weft_item (doc, weft_chunk_handle (chunk, slot));

              if (G_LIKELY (offset == 0) && put_plain (self, doc, client, item))
                continue;
              put_item (self, doc, item, offset);
              offset = 0;
              reserve (self, end - slot - 1);
            }
        }
    }
}
