/* weft-update-decode.c - reads an update and checks it whole
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Nothing in a document changes before all of an update was read. What is refused here would make
 * Yjs throw in the middle of its work, or is written by no peer.
 */

#include "config.h"

#include "crdt/weft-any-private.h"
#include "crdt/weft-content-private.h"
#include "crdt/weft-doc-private.h"
#include "crdt/weft-update-private.h"

void
weft_update_clear (WeftUpdate *update)
{
  g_clear_pointer (&update->runs, g_array_unref);
  g_clear_pointer (&update->structs, g_array_unref);
  g_clear_pointer (&update->deletes, weft_delete_set_free);
  g_clear_pointer (&update->made, g_string_chunk_free);
}

/* Few clients are named again and again, so their bytes are compared before they are read as a number. */
static WeftClientId
read_client (WeftUpdateReader *self)
{
  WeftReader *reader = self->rest;
  gsize start = reader->pos;
  guint64 word = 0;
  WeftNamedClient *named;

  if (G_LIKELY (!reader->failed && reader->size - start >= sizeof word))
    {
      memcpy (&word, reader->data + start, sizeof word);
      for (guint i = 0; i < G_N_ELEMENTS (self->named); i++)
        {
          named = &self->named[i];
          if (((word ^ named->word) & named->mask) == 0 && named->n_bytes > 0)
            {
              reader->pos += named->n_bytes;
              return named->client;
            }
        }
    }
  named = &self->named[self->next_named++ % G_N_ELEMENTS (self->named)];
  named->client = weft_reader_get_varuint (reader);
  named->n_bytes = reader->failed || reader->size - start < sizeof word ? 0 : (guint) (reader->pos - start);
  named->word = word;
  memset (&named->mask, 0, sizeof named->mask);
  memset (&named->mask, 0xff, named->n_bytes);

  return named->client;
}

static WeftId
read_id (WeftUpdateReader *self)
{
  WeftId id;

  id.client = read_client (self);
  id.clock = weft_reader_get_varuint (self->rest);

  return id;
}

/* JSON is kept as JSON.stringify() writes it, for that is what Yjs writes again. */
gboolean
weft_update_check_json (WeftReader *reader,
                        const char *json,
                        gsize       n_json,
                        gboolean    allow_undefined)
{
  g_autofree char *again = NULL;

  if (reader->failed
      || (allow_undefined && n_json == strlen ("undefined")
          && memcmp (json, "undefined", n_json) == 0))
    return TRUE;
  /* What most formats are */
  if (n_json == strlen ("true") && (memcmp (json, "true", n_json) == 0 || memcmp (json, "null", n_json) == 0))
    return TRUE;
  /* A zero byte begins what only the engine writes, and only to itself. */
  again = n_json > 0 && json[0] != '\0' ? weft_json_normalize (json, n_json) : NULL;
  if (again == NULL)
    {
      weft_reader_fail (reader, WEFT_CRDT_ERROR_MALFORMED, "content is not JSON");
      return FALSE;
    }

  return strlen (again) == n_json && memcmp (again, json, n_json) == 0;
}

static void
check_json (WeftReader *reader,
            WeftStruct *item,
            gboolean    allow_undefined,
            gboolean    allow_exact)
{
  gsize start = reader->pos, length;
  const char *json = allow_exact ? (const char *) weft_reader_get_buffer (reader, &length)
                                 : weft_reader_get_string (reader, &length);

  if (weft_reader_was_overlong (reader, start, length))
    item->canonical = FALSE;
  if (allow_exact && length > 0 && json[0] == '\0')
    return;
  if (!weft_update_check_json (reader, json, length, allow_undefined))
    item->canonical = FALSE;
}

/* @exact: whether a value may stand where JSON text does */
static void
read_content (WeftReader *reader,
              WeftStruct *item,
              gboolean    exact)
{
  gboolean canonical = TRUE;
  gsize start = reader->pos, length;
  const char *string;

  item->len = 1;
  item->canonical = TRUE;
  switch (item->kind)
    {
    case WEFT_CONTENT_DELETED:
      item->len = weft_reader_get_varuint (reader);
      start = reader->pos;
      break;

    case WEFT_CONTENT_STRING:
      {
        gboolean ascii;

        string = weft_reader_get_string_ascii (reader, &length, &ascii);
        start = reader->pos - length;
        item->ascii = ascii;
        item->len = ascii ? length : weft_utf8_measure (string, length, NULL);
        break;
      }

    case WEFT_CONTENT_ANY:
      item->len = weft_reader_get_count (reader, 1);
      start = reader->pos;
      for (guint64 i = 0; i < item->len && !reader->failed; i++)
        weft_any_skip (reader, &canonical);
      item->canonical = canonical;
      break;

    case WEFT_CONTENT_JSON:
      item->len = weft_reader_get_count (reader, 1);
      start = reader->pos;
      for (guint64 i = 0; i < item->len && !reader->failed; i++)
        check_json (reader, item, TRUE, FALSE);
      break;

    case WEFT_CONTENT_BINARY:
      weft_reader_get_buffer (reader, &length);
      item->canonical = !weft_reader_was_overlong (reader, start, length);
      break;

    case WEFT_CONTENT_EMBED:
      check_json (reader, item, FALSE, exact);
      break;

    case WEFT_CONTENT_FORMAT:
      weft_reader_get_string (reader, &length);
      item->canonical = !weft_reader_was_overlong (reader, start, length);
      check_json (reader, item, FALSE, exact);
      break;

    case WEFT_CONTENT_TYPE:
      {
        guint64 kind = weft_reader_get_varuint (reader);

        if (kind > WEFT_KIND_XML_TEXT)
          {
            weft_reader_fail (reader, WEFT_CRDT_ERROR_UNSUPPORTED, "shared type is of an unknown kind");
            break;
          }
        item->type_kind = kind;
        start = reader->pos;
        if (kind == WEFT_KIND_XML_ELEMENT || kind == WEFT_KIND_XML_HOOK)
          {
            weft_reader_get_string (reader, &length);
            start = reader->pos - length;
          }
        break;
      }

    case WEFT_CONTENT_DOC:
      weft_reader_get_string (reader, &length);
      item->canonical = !weft_reader_was_overlong (reader, start, length);
      item->canonical = weft_subdoc_check_options (reader) && item->canonical;
      break;

    default:
      weft_reader_fail (reader, WEFT_CRDT_ERROR_UNSUPPORTED, "content is of an unknown kind");
    }

  if (reader->failed)
    return;
  item->content = reader->data + start;
  item->n_content = reader->pos - start;
  if (item->len == 0)
    weft_reader_fail (reader, WEFT_CRDT_ERROR_MALFORMED, "struct is empty");
}

void
weft_update_reader_check_older (WeftUpdateReader *self,
                                WeftId            id)
{
  if (id.client == self->client && id.clock >= self->clock)
    weft_reader_fail (self->rest, WEFT_CRDT_ERROR_MALFORMED, "struct refers to itself or its future");
}

/* What follows the info byte. */
static void
read_struct (WeftUpdateReader *self,
             WeftStruct       *item)
{
  WeftReader *reader = self->rest;
  gsize length;

  if (item->info & WEFT_INFO_ORIGIN)
    {
      item->origin = read_id (self);
      weft_update_reader_check_older (self, item->origin);
    }
  if (item->info & WEFT_INFO_RIGHT_ORIGIN)
    {
      item->right_origin = read_id (self);
      weft_update_reader_check_older (self, item->right_origin);
    }
  if ((item->info & (WEFT_INFO_ORIGIN | WEFT_INFO_RIGHT_ORIGIN)) == 0)
    {
      if (weft_reader_get_varuint (reader) == 1)
        {
          item->parent_kind = WEFT_PARENT_ROOT;
          item->text = (const guint8 *) weft_reader_get_string (reader, &length);
          item->n_text = length;
        }
      else
        {
          item->parent_kind = WEFT_PARENT_ITEM;
          item->parent = read_id (self);
          weft_update_reader_check_older (self, item->parent);
        }
      if (item->info & WEFT_INFO_PARENT_SUB)
        {
          item->sub = (const guint8 *) weft_reader_get_string (reader, &length);
          item->n_sub = length;
        }
    }
  if (!reader->failed)
    read_content (reader, item, self->exact);
}

void
weft_update_reader_init (WeftUpdateReader *self,
                         GBytes           *bytes,
                         WeftUpdateFormat  format)
{
  memset (self, 0, G_STRUCT_OFFSET (WeftUpdateReader, source));
  self->format = format == WEFT_UPDATE_V2 ? WEFT_UPDATE_V2 : WEFT_UPDATE_V1;
  self->exact = format == WEFT_UPDATE_EXACT;
  self->unlimited = FALSE;
  self->made = NULL;
  self->n_made = 0;
  self->structs_left = 0;
  if (self->format == WEFT_UPDATE_V1)
    {
      weft_reader_init_bytes (&self->input, bytes);
      self->rest = &self->input;
      self->runs_left = weft_reader_get_count (self->rest, 3);
      return;
    }

  weft_update_source_init (&self->source, bytes, format);
  self->rest = &self->source.rest;
  self->made = g_string_chunk_new (1024);
  self->made_limit = weft_update_source_get_limit (&self->source);
  self->runs_left = weft_reader_get_count (self->rest, 2);
}

void
weft_update_reader_clear (WeftUpdateReader *self)
{
  if (self->format == WEFT_UPDATE_V2 && self->rest != NULL)
    weft_update_source_clear (&self->source);
  g_clear_pointer (&self->made, g_string_chunk_free);
}

/* Moves on to the next client's structs. FALSE at the end, or where reading failed. */
gboolean
weft_update_reader_next_run (WeftUpdateReader *self)
{
  if (self->rest->failed || self->runs_left == 0)
    return FALSE;
  self->runs_left--;
  if (self->format == WEFT_UPDATE_V1)
    {
      self->structs_left = weft_reader_get_count (self->rest, 2);
      self->client = weft_reader_get_varuint (self->rest);
    }
  else
    {
      self->structs_left = weft_reader_get_varuint (self->rest);
      self->client = weft_update_source_get_client (&self->source);
    }
  self->clock = weft_reader_get_varuint (self->rest);

  return !self->rest->failed;
}

/* The next struct, whatever it is */
static void
read_any (WeftUpdateReader *self,
          WeftStruct       *item)
{
  WeftReader *reader = self->rest;

  *item = (WeftStruct) { .clock = self->clock };
  item->info = self->format == WEFT_UPDATE_V1 ? weft_reader_get_byte (reader)
                                              : weft_update_source_get_info (&self->source);
  item->kind = item->info & WEFT_INFO_KIND;

  if (item->kind == WEFT_CONTENT_GC || item->kind == WEFT_CONTENT_SKIP)
    {
      item->info = item->kind;
      if (self->format == WEFT_UPDATE_V2)
        weft_update_reader_get_v2 (self, item);
      else
        item->len = weft_reader_get_varuint (reader);
      if (item->len == 0)
        weft_reader_fail (reader, WEFT_CRDT_ERROR_MALFORMED, "struct is empty");
    }
  else if (self->format == WEFT_UPDATE_V2)
    {
      weft_update_reader_get_v2 (self, item);
    }
  else
    {
      read_struct (self, item);
    }
}

/* Reads the next struct of the run. FALSE at its end, or where reading failed. */
gboolean
weft_update_reader_next (WeftUpdateReader *self,
                         WeftStruct       *item)
{
  WeftReader *reader = self->rest;

  if (self->structs_left == 0 || reader->failed)
    return FALSE;
  self->structs_left--;
  if (self->format != WEFT_UPDATE_V1 || !weft_update_reader_get_plain (self, item))
    read_any (self, item);

  /* What begins beyond the limit of a document waits for ever, since no state gets there. */
  if (item->len > WEFT_MAX_SAFE_INTEGER - self->clock)
    weft_reader_fail (reader, WEFT_CRDT_ERROR_MALFORMED, "clock is beyond 2^53 - 1");
  else if (!self->unlimited && self->clock <= WEFT_CLOCK_LIMIT && self->clock + item->len > WEFT_CLOCK_LIMIT
           && item->kind != WEFT_CONTENT_SKIP)
    weft_reader_fail (reader, WEFT_CRDT_ERROR_TOO_LARGE, "client has written more than 2^32 - 16 units");
  self->clock += item->len;

  return !reader->failed;
}

/* Ranges of the second format: from the end of the one before, lengths less one. */
static WeftDeleteSet *
read_deletes_v2 (WeftReader *reader)
{
  WeftDeleteSet *deletes = weft_delete_set_new ();
  gsize n_clients = weft_reader_get_count (reader, 2);

  for (gsize i = 0; i < n_clients && !reader->failed; i++)
    {
      WeftClientId client = weft_reader_get_varuint (reader);
      gsize n_ranges = weft_reader_get_count (reader, 2);
      guint64 at = 0;

      for (gsize j = 0; j < n_ranges && !reader->failed; j++)
        {
          guint64 clock = at + weft_reader_get_varuint (reader);
          guint64 length = weft_reader_get_varuint (reader) + 1;

          at = clock + length;
          if (at > WEFT_MAX_SAFE_INTEGER)
            weft_reader_fail (reader, WEFT_CRDT_ERROR_MALFORMED, "deleted range beyond 53 bits");
          else if (!reader->failed)
            weft_delete_set_add (deletes, client, clock, length);
        }
    }
  weft_delete_set_normalize (deletes);

  return deletes;
}

WeftDeleteSet *
weft_update_reader_get_deletes (WeftUpdateReader *self)
{
  return self->format == WEFT_UPDATE_V1 ? weft_delete_set_read (self->rest) : read_deletes_v2 (self->rest);
}

/* Structs are read where they stay, some at a time: how many there are, the input only says. */
#define STRUCTS_AT_ONCE 64

/* Where they are many there is room from the start for as many as the input holds if each takes so many bytes: else all
 * that were read are moved each time there are twice as many. */
#define SHORT_STRUCT 8

static void
read_run (WeftUpdateReader *reader,
          WeftUpdate       *update)
{
  GArray *structs = update->structs;
  WeftStructRun run = { .client = reader->client, .first = structs->len };
  guint room = (guint) MIN (reader->structs_left, weft_reader_get_remaining (reader->rest) / SHORT_STRUCT), n;

  if (room > STRUCTS_AT_ONCE)
    g_array_set_size (structs, run.first + room);
  do
    {
      room = (guint) MIN (reader->structs_left, STRUCTS_AT_ONCE);
      g_array_set_size (structs, run.first + run.n + room);
      for (n = 0; n < room; n++)
        if (!weft_update_reader_next (reader, &g_array_index (structs, WeftStruct, run.first + run.n + n)))
          break;
      run.n += n;
    }
  while (n == STRUCTS_AT_ONCE);
  g_array_set_size (structs, run.first + run.n);
  g_array_append_val (update->runs, run);
}

static int
compare_runs (gconstpointer a,
              gconstpointer b)
{
  const WeftStructRun *x = a, *y = b;

  return x->client > y->client ? -1 : x->client < y->client;
}

static void
unlimit (WeftUpdateReader *self)
{
  self->unlimited = TRUE;
  if (self->format == WEFT_UPDATE_V1)
    return;
  weft_update_source_unlimit (&self->source);
  self->made_limit = weft_update_source_get_limit (&self->source);
}

static gboolean
decode (WeftUpdate      *update,
        GBytes          *bytes,
        WeftUpdateFormat format,
        gboolean         unlimited,
        GError         **error)
{
  g_auto(WeftUpdateReader) reader = { 0 };

  weft_update_reader_init (&reader, bytes, format);
  if (unlimited)
    unlimit (&reader);
  *update = (WeftUpdate) {
    .runs = g_array_new (FALSE, FALSE, sizeof (WeftStructRun)),
    .structs = g_array_new (FALSE, FALSE, sizeof (WeftStruct)),
  };

  while (weft_update_reader_next_run (&reader))
    read_run (&reader, update);
  if (!reader.rest->failed)
    update->deletes = weft_update_reader_get_deletes (&reader);

  /* From the greatest client id to the smallest, each once. */
  g_array_sort (update->runs, compare_runs);
  for (guint i = 1; i < update->runs->len; i++)
    if (g_array_index (update->runs, WeftStructRun, i - 1).client
        == g_array_index (update->runs, WeftStructRun, i).client)
      weft_reader_fail (reader.rest, WEFT_CRDT_ERROR_MALFORMED, "client comes twice");

  if (!weft_reader_finish (reader.rest, TRUE, error))
    {
      weft_update_clear (update);
      return FALSE;
    }
  update->made = g_steal_pointer (&reader.made);

  return TRUE;
}

gboolean
weft_update_decode (WeftUpdate *update,
                    GBytes     *bytes,
                    GError    **error)
{
  return decode (update, bytes, WEFT_UPDATE_V1, FALSE, error);
}

gboolean
weft_update_decode_any (WeftUpdate      *update,
                        GBytes          *bytes,
                        WeftUpdateFormat format,
                        GError         **error)
{
  return decode (update, bytes, format, FALSE, error);
}

gboolean
weft_update_decode_own (WeftUpdate      *update,
                        GBytes          *bytes,
                        WeftUpdateFormat format,
                        GError         **error)
{
  return decode (update, bytes, format, TRUE, error);
}

gboolean
weft_update_is_well_formed (GBytes  *bytes,
                            GError **error)
{
  g_auto(WeftUpdate) decoded = { 0 };

  return decode (&decoded, bytes, WEFT_UPDATE_V1, TRUE, error);
}
