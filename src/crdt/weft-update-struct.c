/* weft-update-struct.c - writes one struct of a decoded update
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-any-private.h"
#include "crdt/weft-content-private.h"
#include "crdt/weft-doc-private.h"
#include "crdt/weft-update-private.h"

char *
weft_update_make_exact (const char *json,
                        gsize       n_json,
                        gsize      *n_exact)
{
  g_autoptr(WeftAny) value = weft_json_read_exact (json, n_json);
  GString *exact = g_string_new (NULL);

  if (value == NULL)
    value = weft_any_from_json_exact (json, n_json, NULL);
  weft_json_put_exact (exact, value);
  *n_exact = exact->len;

  return g_string_free (exact, FALSE);
}

static void
put_exact_text (const char *json,
                gsize       n_json,
                WeftWriter *writer)
{
  gsize length;
  g_autofree char *exact = weft_update_make_exact (json, n_json, &length);

  weft_writer_put_buffer (writer, exact, length);
}

/* Contents that were not written as we would write them. */
void
weft_update_write_values_again (const WeftStruct *item,
                                gboolean          exact,
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
          if (item->kind == WEFT_CONTENT_DOC)
            {
              g_autoptr(WeftAny) options = g_steal_pointer (&value);

              value = weft_subdoc_normalize_options (options);
            }
          weft_any_write (value, writer);
          continue;
        }
      string = (const char *) weft_reader_get_buffer (&reader, &length);
      if (item->kind == WEFT_CONTENT_BINARY)
        {
          weft_writer_put_buffer (writer, string, length);
          continue;
        }
      if (exact && item->kind == WEFT_CONTENT_EMBED)
        {
          put_exact_text (string, length, writer);
          continue;
        }
      if (exact && weft_json_loses (string, length))
        {
          /* Legacy JSON: Yjs shows what was written, but writes what is left of it; see weft_json_is_verbatim(). */
          weft_writer_put_varuint (writer, length + 1);
          weft_writer_put_byte (writer, ' ');
          weft_writer_put_raw (writer, string, length);
          continue;
        }
      json = weft_json_normalize (string, length);
      if (json == NULL)
        json = g_strdup ("undefined");
      weft_writer_put_string (writer, json, -1);
    }
}

/* Whether an embed, or the value of a mark, is no JSON text; see weft_json_put_exact(). */
static gboolean
is_exact (const WeftStruct *item)
{
  const char *text;
  gsize length;
  WeftReader reader;

  if (item->kind != WEFT_CONTENT_EMBED && item->kind != WEFT_CONTENT_FORMAT)
    return FALSE;
  weft_reader_init (&reader, item->content, item->n_content);
  if (item->kind == WEFT_CONTENT_FORMAT)
    weft_reader_get_string (&reader, &length);
  text = (const char *) weft_reader_get_buffer (&reader, &length);

  return length > 0 && text[0] == '\0';
}

/* An embed, or a mark's key and value, as it comes back from the second format, in which Yjs keeps what waits: there
 * the value is one of lib0, without halves of surrogate pairs and without members that lib0 loses. */
static void
write_exact (const WeftStruct *item,
             WeftWriter       *writer)
{
  g_autoptr(WeftAny) value = NULL, again = NULL;
  g_autoptr(GString) exact = g_string_new (NULL);
  WeftWriter bytes;
  WeftReader reader;
  const char *text;
  gsize length;

  weft_reader_init (&reader, item->content, item->n_content);
  if (item->kind == WEFT_CONTENT_FORMAT)
    {
      text = weft_reader_get_string (&reader, &length);
      weft_writer_put_buffer (writer, text, length);
    }
  text = (const char *) weft_reader_get_buffer (&reader, &length);
  value = weft_json_read_exact (text, length);
  if (value == NULL)
    value = weft_any_from_json (text, (gssize) length, NULL);
  weft_writer_init (&bytes);
  weft_any_write (value, &bytes);
  weft_reader_init (&reader, bytes.data, bytes.size);
  again = weft_any_read (&reader);
  weft_writer_clear (&bytes);
  weft_json_put_exact (exact, again);
  weft_writer_put_buffer (writer, exact->str, exact->len);
}

static void
write_content (const WeftStruct *item,
               gboolean          exact,
               WeftWriter       *writer)
{
  switch (item->kind)
    {
    case WEFT_CONTENT_DELETED:
      weft_writer_put_varuint (writer, item->len);
      return;
    case WEFT_CONTENT_STRING:
      weft_writer_put_buffer (writer, item->content, item->n_content);
      return;
    case WEFT_CONTENT_TYPE:
      weft_writer_put_varuint (writer, item->type_kind);
      if (item->type_kind == WEFT_KIND_XML_ELEMENT || item->type_kind == WEFT_KIND_XML_HOOK)
        weft_writer_put_buffer (writer, item->content, item->n_content);
      return;
    case WEFT_CONTENT_ANY:
    case WEFT_CONTENT_JSON:
      weft_writer_put_varuint (writer, item->len);
      if (item->canonical)
        weft_writer_put_raw (writer, item->content, item->n_content);
      else
        weft_update_write_values_again (item, FALSE, writer);
      return;
    case WEFT_CONTENT_EMBED:
    case WEFT_CONTENT_FORMAT:
      if (exact)
        {
          write_exact (item, writer);
          return;
        }
      G_GNUC_FALLTHROUGH;
    default:
      if (item->canonical && !is_exact (item))
        weft_writer_put_raw (writer, item->content, item->n_content);
      else
        weft_update_write_values_again (item, FALSE, writer);
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
                          gboolean          exact,
                          WeftWriter       *writer)
{
  gboolean has_origin = (item->info & WEFT_INFO_ORIGIN) != 0;
  gboolean has_right = (item->info & WEFT_INFO_RIGHT_ORIGIN) != 0;
  guint8 info;

  if (item->kind == WEFT_CONTENT_GC || item->kind == WEFT_CONTENT_SKIP)
    {
      weft_writer_put_byte (writer, item->kind);
      weft_writer_put_varuint (writer, item->len);
      return;
    }

  /* As in Yjs: who does not read the key does not say that there is one. */
  info = item->info;
  if (info & (WEFT_INFO_ORIGIN | WEFT_INFO_RIGHT_ORIGIN))
    info &= ~WEFT_INFO_PARENT_SUB;
  weft_writer_put_byte (writer, info);
  if (has_origin)
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
  write_content (item, exact, writer);
}
