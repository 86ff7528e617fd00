/* weft-update-convert.c - updates from one format to the other; documents in the second
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * As convertUpdateFormat() of Yjs: struct by struct, in the order of the update, nothing split, joined
 * or integrated. The engine itself speaks the first format, so documents read and write the second
 * one through here.
 */

#include "config.h"

#include "crdt/weft-any-private.h"
#include "crdt/weft-doc-private.h"
#include "crdt/weft-update-private.h"
#include "crdt/weft-update-lazy-private.h"

typedef struct
{
  WeftUpdateSource source;
  WeftUpdateSink   sink;
  gsize            limit; /* of what is written */
} Convert;

static void
fail (Convert    *c,
      const char *reason)
{
  weft_reader_fail (&c->source.rest, WEFT_CRDT_ERROR_MALFORMED, reason);
}

static void
copy_any (Convert *c)
{
  g_autoptr(WeftAny) value = weft_any_read (&c->source.rest);

  if (!c->source.rest.failed)
    weft_any_write (value, &c->sink.rest);
}

static void
copy_options (Convert *c)
{
  g_autoptr(WeftAny) options = weft_any_read (&c->source.rest), normal = NULL;

  if (c->source.rest.failed)
    return;
  normal = weft_subdoc_normalize_options (options);
  weft_any_write (normal, &c->sink.rest);
}

static void
copy_json (Convert *c)
{
  g_autoptr(WeftAny) value = weft_update_source_get_json (&c->source);

  if (value != NULL)
    weft_update_sink_put_json (&c->sink, value);
}

/* Legacy JSON content is JSON text in both formats. */
static void
copy_json_text (Convert *c)
{
  WeftSlice text = weft_update_source_get_string (&c->source);
  g_autofree char *again = NULL;

  if (c->source.rest.failed)
    return;
  if (text.n_bytes == strlen ("undefined") && memcmp (text.data, "undefined", text.n_bytes) == 0)
    {
      weft_update_sink_put_string (&c->sink, text);
      return;
    }
  again = text.n_bytes > 0 && text.data[0] != '\0' ? weft_json_normalize (text.data, text.n_bytes) : NULL;
  if (again == NULL)
    {
      fail (c, "content is not JSON");
      return;
    }
  weft_update_sink_put_string (&c->sink, (WeftSlice) { again, strlen (again) });
}

/* Returns the content's length. */
static guint64
copy_content (Convert *c,
              guint8   kind)
{
  WeftUpdateSource *source = &c->source;
  WeftUpdateSink *sink = &c->sink;
  guint64 length = 1;

  switch (kind)
    {
    case WEFT_CONTENT_DELETED:
      length = weft_update_source_get_length (source);
      weft_update_sink_put_length (sink, length);
      break;

    case WEFT_CONTENT_STRING:
      {
        WeftSlice string = weft_update_source_get_string (source);

        length = weft_utf16_length (string.data, string.n_bytes);
        weft_update_sink_put_string (sink, string);
        break;
      }

    case WEFT_CONTENT_JSON:
    case WEFT_CONTENT_ANY:
      length = weft_update_source_get_length (source);
      weft_update_sink_put_length (sink, length);
      for (guint64 i = 0; i < length && !source->rest.failed; i++)
        if (kind == WEFT_CONTENT_ANY)
          copy_any (c);
        else
          copy_json_text (c);
      break;

    case WEFT_CONTENT_BINARY:
      {
        gsize n_bytes;
        const guint8 *data = weft_reader_get_buffer (&source->rest, &n_bytes);

        weft_writer_put_buffer (&sink->rest, data, n_bytes);
        break;
      }

    case WEFT_CONTENT_EMBED:
      copy_json (c);
      break;

    case WEFT_CONTENT_FORMAT:
      weft_update_sink_put_key (sink, weft_update_source_get_key (source));
      copy_json (c);
      break;

    case WEFT_CONTENT_TYPE:
      {
        guint64 type = weft_update_source_get_type (source);

        weft_update_sink_put_type (sink, type);
        if (type == WEFT_KIND_XML_ELEMENT || type == WEFT_KIND_XML_HOOK)
          weft_update_sink_put_key (sink, weft_update_source_get_key (source));
        else if (type > WEFT_KIND_XML_TEXT)
          weft_reader_fail (&source->rest, WEFT_CRDT_ERROR_UNSUPPORTED, "shared type is of an unknown kind");
        break;
      }

    case WEFT_CONTENT_DOC:
      weft_update_sink_put_string (sink, weft_update_source_get_string (source));
      copy_options (c);
      break;

    default:
      weft_reader_fail (&source->rest, WEFT_CRDT_ERROR_UNSUPPORTED, "content is of an unknown kind");
    }

  return length;
}

/* Returns the struct's length. */
static guint64
copy_struct (Convert *c)
{
  WeftUpdateSource *source = &c->source;
  WeftUpdateSink *sink = &c->sink;
  guint8 info = weft_update_source_get_info (source), kind = info & WEFT_INFO_KIND;
  guint64 length;

  if (c->sink.rest.size > c->limit)
    weft_reader_fail (&source->rest, WEFT_CRDT_ERROR_TOO_LARGE, "more content than the input pays for");
  if (!weft_update_source_pay (source, kind))
    return 0;
  if (kind == WEFT_CONTENT_SKIP)
    {
      length = weft_reader_get_varuint (&source->rest);
      weft_update_sink_put_info (sink, kind);
      weft_writer_put_varuint (&sink->rest, length);
      return length;
    }
  if (kind == WEFT_CONTENT_GC)
    {
      length = weft_update_source_get_length (source);
      weft_update_sink_put_info (sink, kind);
      weft_update_sink_put_length (sink, length);
      return length;
    }

  /* Documents say in the info byte that there is a key, also where neighbours tell which; who converts
   * updates has no neighbours, reads no key and does not say that there is one. */
  if ((info & (WEFT_INFO_ORIGIN | WEFT_INFO_RIGHT_ORIGIN)) != 0)
    info &= ~WEFT_INFO_PARENT_SUB;
  weft_update_sink_put_info (sink, info);
  if (info & WEFT_INFO_ORIGIN)
    weft_update_sink_put_left (sink, weft_update_source_get_left (source));
  if (info & WEFT_INFO_RIGHT_ORIGIN)
    weft_update_sink_put_right (sink, weft_update_source_get_right (source));
  if ((info & (WEFT_INFO_ORIGIN | WEFT_INFO_RIGHT_ORIGIN)) == 0)
    {
      gboolean is_root = weft_update_source_get_parent (source);

      weft_update_sink_put_parent (sink, is_root);
      if (is_root)
        weft_update_sink_put_string (sink, weft_update_source_get_string (source));
      else
        weft_update_sink_put_left (sink, weft_update_source_get_left (source));
      if (info & WEFT_INFO_PARENT_SUB)
        weft_update_sink_put_string (sink, weft_update_source_get_string (source));
    }

  return copy_content (c, kind);
}

/* Returns the number of runs that are not empty: the others are left out. */
static guint64
copy_runs (Convert *c)
{
  WeftReader *rest = &c->source.rest;
  guint64 n_runs = weft_reader_get_count (rest, 2), n_written = 0;

  for (guint64 i = 0; i < n_runs && !rest->failed; i++)
    {
      guint64 n = weft_reader_get_varuint (rest), client = weft_update_source_get_client (&c->source);
      guint64 clock = weft_reader_get_varuint (rest);

      if (rest->failed || n == 0)
        continue;
      n_written++;
      weft_writer_put_varuint (&c->sink.rest, n);
      weft_update_sink_put_client (&c->sink, client);
      weft_writer_put_varuint (&c->sink.rest, clock);
      for (guint64 j = 0; j < n && !rest->failed; j++)
        {
          guint64 length = copy_struct (c);

          if (rest->failed)
            break;
          if (length == 0)
            fail (c, "struct is empty");
          else if (length > WEFT_MAX_SAFE_INTEGER - clock)
            fail (c, "clock is beyond 2^53 - 1");
          clock += length;
        }
    }

  return n_written;
}

/* What is checked here is what the columns need; the first format's decoder checks the rest, before or
 * afterwards. */
static GBytes *
convert (GBytes          *update,
         WeftUpdateFormat from,
         WeftUpdateFormat to,
         GError         **error)
{
  Convert c = { 0 };
  GBytes *converted = NULL;
  GArray *deletes;
  guint64 n_runs;

  weft_update_source_init (&c.source, update, from);
  weft_update_sink_init (&c.sink, to);
  c.limit = from == WEFT_UPDATE_V2 ? weft_update_source_get_limit (&c.source) : G_MAXSIZE;

  n_runs = copy_runs (&c);
  deletes = weft_update_deletes_read (&c.source);
  if (to == WEFT_UPDATE_V2 && !weft_update_deletes_go_up (deletes))
    weft_update_deletes_normalize (deletes);
  if (weft_reader_finish (&c.source.rest, TRUE, error))
    {
      WeftWriter writer;

      weft_writer_init (&writer);
      weft_update_deletes_write (deletes, to, &writer);
      converted = weft_update_sink_finish (&c.sink, n_runs, &writer);
      weft_writer_clear (&writer);
    }
  g_array_unref (deletes);
  weft_update_source_clear (&c.source);
  weft_update_sink_clear (&c.sink);

  return converted;
}

GBytes *
weft_update_reformat (GBytes          *update,
                      WeftUpdateFormat from,
                      WeftUpdateFormat to)
{
  GBytes *converted = from == to ? g_bytes_ref (update) : convert (update, from, to, NULL);

  g_assert (converted != NULL);

  return converted;
}

/* A place in the converted bytes says nothing about those that came in. */
static void
forget_place (GError **error,
              GBytes  *update)
{
  const char *at = error != NULL && *error != NULL ? strstr ((*error)->message, " at byte ") : NULL;
  g_autofree char *reason = NULL;
  GError *again;

  if (at == NULL)
    return;
  reason = g_strndup ((*error)->message, at - (*error)->message);
  again = g_error_new ((*error)->domain, (*error)->code, "%s, found at byte %" G_GSIZE_FORMAT, reason,
                       g_bytes_get_size (update));
  g_error_free (*error);
  *error = again;
}

/**
 * weft_update_convert:
 * @update: an update of the other format
 * @to: the format that is wanted
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * Returns: (transfer full): the same structs and deletions, or %NULL where @update is malformed
 */
GBytes *
weft_update_convert (GBytes          *update,
                     WeftUpdateFormat to,
                     GError         **error)
{
  g_autoptr(GBytes) converted = NULL;

  g_return_val_if_fail (update != NULL, NULL);

  if (to == WEFT_UPDATE_V2)
    return weft_update_is_well_formed (update, error) ? convert (update, WEFT_UPDATE_V1, to, error) : NULL;

  converted = convert (update, WEFT_UPDATE_V2, to, error);
  if (converted == NULL)
    return NULL;
  if (!weft_update_is_well_formed (converted, error))
    {
      forget_place (error, update);
      return NULL;
    }

  return g_steal_pointer (&converted);
}

/**
 * weft_doc_apply_update_v2:
 * @self: a document
 * @update: an update of the second format
 * @origin: (nullable): where it comes from, compared by identity
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * As weft_doc_apply_update().
 *
 * Returns: whether @update was well-formed; the document is unchanged otherwise
 */
gboolean
weft_doc_apply_update_v2 (WeftDoc      *self,
                          GBytes       *update,
                          gconstpointer origin,
                          GError      **error)
{
  g_return_val_if_fail (self != NULL && update != NULL, FALSE);

  return weft_doc_apply_any (self, update, WEFT_UPDATE_V2, origin, error);
}

static void
put_client (WeftUpdateSink *sink,
            WeftDoc        *doc,
            WeftClient     *client,
            guint32         from)
{
  WeftIndexSpot spot;
  guint32 offset = from - weft_item (doc, weft_index_find (client, from, &spot))->clock;

  weft_writer_put_varuint (&sink->rest, weft_index_count_from (&spot));
  weft_update_sink_put_client (sink, client->id);
  weft_writer_put_varuint (&sink->rest, from);
  weft_update_sink_put_items (sink, &spot, offset, doc);
}

static GBytes *
encode_v2 (WeftDoc               *doc,
           const WeftStateVector *state_vector)
{
  const guint32 *sorted = weft_clients_sort (doc);
  WeftUpdateSink sink;
  WeftWriter deletes;
  guint64 n_runs = 0;
  gsize n_content = 0;
  GBytes *update;

  weft_update_sink_init (&sink, WEFT_UPDATE_V2);
  if (state_vector == NULL)
    for (guint32 i = 0; i < doc->n_clients; i++)
      n_content += weft_client (doc, i)->arena_used;
  weft_writer_reserve (&sink.text, n_content);
  for (guint32 i = 0; i < doc->n_clients; i++)
    {
      WeftClient *client = weft_client (doc, sorted[i]);
      WeftClock from = state_vector != NULL ? weft_state_vector_get (state_vector, client->id) : 0;

      if (client->state <= from)
        continue;
      put_client (&sink, doc, client, (guint32) from);
      n_runs++;
    }
  weft_writer_init (&deletes);
  weft_doc_write_deletes (doc, WEFT_UPDATE_V2, &deletes);
  update = weft_update_sink_finish (&sink, n_runs, &deletes);
  weft_writer_clear (&deletes);
  weft_update_sink_clear (&sink);

  return update;
}

/**
 * weft_doc_encode_state_v2:
 * @self: a document
 *
 * Returns: (transfer full): everything, as one update of the second format
 */
GBytes *
weft_doc_encode_state_v2 (WeftDoc *self)
{
  return weft_doc_encode_diff_v2 (self, NULL);
}

/**
 * weft_doc_encode_diff_v2:
 * @self: a document
 * @state_vector: (nullable): what the other side has
 *
 * Returns: (transfer full): as weft_doc_encode_diff(), in the second format
 */
GBytes *
weft_doc_encode_diff_v2 (WeftDoc               *self,
                         const WeftStateVector *state_vector)
{
  g_autoptr(GPtrArray) parts = NULL;
  g_autoptr(GBytes) state = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  state = encode_v2 (self, state_vector);
  if (!weft_doc_has_pending (self))
    return g_steal_pointer (&state);

  parts = weft_doc_list_pending (self, state_vector, WEFT_UPDATE_V2);
  g_ptr_array_insert (parts, 0, g_steal_pointer (&state));

  return weft_update_merge (parts, WEFT_UPDATE_V2);
}
