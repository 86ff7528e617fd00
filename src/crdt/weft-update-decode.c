/* weft-update-decode.c - reads an update and checks it whole
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Nothing in a document changes before all of an update was read. What is refused here would make
 * Yjs throw in the middle of its work, or is written by no peer.
 */

#include "config.h"

#include "crdt/weft-content-private.h"
#include "crdt/weft-doc-private.h"
#include "crdt/weft-update-private.h"

void
weft_update_clear (WeftUpdate *update)
{
  g_clear_pointer (&update->runs, g_array_unref);
  g_clear_pointer (&update->structs, g_array_unref);
  g_clear_pointer (&update->deletes, weft_delete_set_free);
}

static WeftId
read_id (WeftReader *reader)
{
  WeftId id;

  id.client = weft_reader_get_varuint (reader);
  id.clock = weft_reader_get_varuint (reader);

  return id;
}

static gboolean
is_ascii (const char *data,
          gsize       n_bytes)
{
  guint8 high = 0;

  for (gsize i = 0; i < n_bytes; i++)
    high |= (guint8) data[i];

  return high < 0x80;
}

/* JSON is kept as JSON.stringify() writes it, for that is what Yjs writes again. */
static void
check_json (WeftReader *reader,
            WeftStruct *item,
            gboolean    allow_undefined)
{
  gsize length;
  const char *json = weft_reader_get_string (reader, &length);
  g_autoptr(WeftAny) value = NULL;
  g_autofree char *again = NULL;

  if (reader->failed
      || (allow_undefined && length == strlen ("undefined")
          && memcmp (json, "undefined", length) == 0))
    return;
  value = weft_any_from_json (json, length, NULL);
  if (value == NULL)
    {
      weft_reader_fail (reader, WEFT_CRDT_ERROR_MALFORMED, "content is not JSON");
      return;
    }
  again = weft_any_to_json (value);
  if (strlen (again) != length || memcmp (again, json, length) != 0)
    item->canonical = FALSE;
}

static void
read_content (WeftReader *reader,
              WeftStruct *item)
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

        string = weft_reader_get_string (reader, &length);
        start = reader->pos - length;
        item->ascii = ascii = is_ascii (string, length);
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
        check_json (reader, item, TRUE);
      break;

    case WEFT_CONTENT_BINARY:
      weft_reader_get_buffer (reader, &length);
      break;

    case WEFT_CONTENT_EMBED:
      check_json (reader, item, FALSE);
      break;

    case WEFT_CONTENT_FORMAT:
      weft_reader_get_string (reader, &length);
      check_json (reader, item, FALSE);
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
      weft_any_skip (reader, &canonical);
      item->canonical = canonical;
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

/* What a struct names must be older than it: of the same client, of a lower clock. */
static void
check_older (WeftReader  *reader,
             WeftClientId client,
             guint64      clock,
             WeftId       id)
{
  if (id.client == client && id.clock >= clock)
    weft_reader_fail (reader, WEFT_CRDT_ERROR_MALFORMED, "struct refers to itself or its future");
}

static void
read_struct (WeftReader  *reader,
             WeftClientId client,
             guint64      clock,
             WeftStruct  *item)
{
  gsize length;

  item->info = weft_reader_get_byte (reader);
  item->kind = item->info & WEFT_INFO_KIND;
  item->clock = clock;

  if (item->kind == WEFT_CONTENT_GC || item->kind == WEFT_CONTENT_SKIP)
    {
      item->info = item->kind;
      item->len = weft_reader_get_varuint (reader);
      if (!reader->failed && item->len == 0)
        weft_reader_fail (reader, WEFT_CRDT_ERROR_MALFORMED, "struct is empty");
      return;
    }

  if (item->info & WEFT_INFO_ORIGIN)
    {
      item->origin = read_id (reader);
      check_older (reader, client, clock, item->origin);
    }
  if (item->info & WEFT_INFO_RIGHT_ORIGIN)
    {
      item->right_origin = read_id (reader);
      check_older (reader, client, clock, item->right_origin);
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
          item->parent = read_id (reader);
          check_older (reader, client, clock, item->parent);
        }
      if (item->info & WEFT_INFO_PARENT_SUB)
        {
          item->sub = (const guint8 *) weft_reader_get_string (reader, &length);
          item->n_sub = length;
        }
    }
  if (!reader->failed)
    read_content (reader, item);
}

static WeftStruct *
last_struct (WeftUpdate *update)
{
  return &g_array_index (update->structs, WeftStruct, update->structs->len - 1);
}

static void
read_run (WeftReader *reader,
          WeftUpdate *update)
{
  gsize n = weft_reader_get_count (reader, 2);
  WeftStructRun run = { .first = update->structs->len };
  guint64 clock;

  run.client = weft_reader_get_varuint (reader);
  clock = weft_reader_get_varuint (reader);
  for (gsize i = 0; i < n && !reader->failed; i++)
    {
      WeftStruct item = { 0 };

      read_struct (reader, run.client, clock, &item);
      if (reader->failed)
        return;
      if (item.len > WEFT_MAX_SAFE_INTEGER - clock)
        weft_reader_fail (reader, WEFT_CRDT_ERROR_MALFORMED, "clock is beyond 2^53 - 1");
      else if (clock < WEFT_CLOCK_LIMIT && clock + item.len > WEFT_CLOCK_LIMIT
               && item.kind != WEFT_CONTENT_SKIP)
        weft_reader_fail (reader, WEFT_CRDT_ERROR_TOO_LARGE, "client has written too much");
      clock += item.len;
      /* So that the shortest structs of all do not take much more room than their bytes. */
      if (item.kind == WEFT_CONTENT_GC && run.n > 0 && last_struct (update)->kind == WEFT_CONTENT_GC)
        {
          last_struct (update)->len += item.len;
          continue;
        }
      g_array_append_val (update->structs, item);
      run.n++;
    }
  g_array_append_val (update->runs, run);
}

static int
compare_runs (gconstpointer a,
              gconstpointer b)
{
  const WeftStructRun *x = a, *y = b;

  return x->client > y->client ? -1 : x->client < y->client;
}

gboolean
weft_update_decode (WeftUpdate *update,
                    GBytes     *bytes,
                    GError    **error)
{
  WeftReader reader;
  gsize n_runs;

  weft_reader_init_bytes (&reader, bytes);
  *update = (WeftUpdate) {
    .runs = g_array_new (FALSE, FALSE, sizeof (WeftStructRun)),
    .structs = g_array_new (FALSE, FALSE, sizeof (WeftStruct)),
  };

  n_runs = weft_reader_get_count (&reader, 3);
  for (gsize i = 0; i < n_runs && !reader.failed; i++)
    read_run (&reader, update);
  if (!reader.failed)
    update->deletes = weft_delete_set_read (&reader);

  /* From the greatest client id to the smallest, each once. */
  g_array_sort (update->runs, compare_runs);
  for (guint i = 1; i < update->runs->len; i++)
    if (g_array_index (update->runs, WeftStructRun, i - 1).client
        == g_array_index (update->runs, WeftStructRun, i).client)
      weft_reader_fail (&reader, WEFT_CRDT_ERROR_MALFORMED, "client comes twice");

  if (!weft_reader_finish (&reader, TRUE, error))
    {
      weft_update_clear (update);
      return FALSE;
    }

  return TRUE;
}
