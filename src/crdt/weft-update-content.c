/* weft-update-content.c - the content of decoded structs, put into a document
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What was written as we would write it is copied; the rest is written anew.
 */

#include "config.h"

#include "crdt/weft-any-private.h"
#include "crdt/weft-doc-private.h"
#include "crdt/weft-update-private.h"

/* Puts content that was not written as we would write it into the arena, as we would write it. */
static void
set_values_again (WeftDoc          *doc,
                  const WeftStruct *item,
                  WeftItem         *target)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_update_write_values_again (item, TRUE, &writer);
  target->content = weft_arena_append (weft_client (doc, target->client), writer.data, writer.size);
  weft_writer_clear (&writer);
}

static void
set_format (WeftDoc          *doc,
            const WeftStruct *item,
            WeftItem         *target)
{
  g_autoptr(WeftAny) value = NULL;
  g_autofree char *again = NULL;
  WeftReader reader;
  gsize n_key, n_json;
  const char *key, *json;

  weft_reader_init (&reader, item->content, item->n_content);
  key = weft_reader_get_string (&reader, &n_key);
  json = (const char *) weft_reader_get_buffer (&reader, &n_json);
  value = weft_json_read_exact (json, n_json);
  if (value == NULL)
    value = weft_any_from_json (json, n_json, NULL);
  if (!item->canonical)
    {
      again = weft_update_make_exact (json, n_json, &n_json);
      json = again;
    }
  target->content = weft_formats_intern (doc, weft_keys_intern (doc, key, n_key), json,
                                         n_json, value);
}

/* Gives @target, whose client is set, the content of a struct. */
void
weft_struct_set_content (const WeftStruct *item,
                         WeftDoc          *doc,
                         WeftItem         *target)
{
  switch (item->kind)
    {
    case WEFT_CONTENT_DELETED:
      return;
    case WEFT_CONTENT_TYPE:
      {
        WeftType *type = weft_type_new (doc, item->type_kind);

        if (item->type_kind == WEFT_KIND_XML_ELEMENT || item->type_kind == WEFT_KIND_XML_HOOK)
          {
            type->name = g_malloc (item->n_content + 1);
            memcpy (type->name, item->content, item->n_content);
            type->name[item->n_content] = '\0';
            type->n_name = item->n_content;
          }
        target->content = type->index;
        return;
      }
    case WEFT_CONTENT_FORMAT:
      set_format (doc, item, target);
      return;
    case WEFT_CONTENT_STRING:
      target->ascii = item->ascii;
      target->content = weft_arena_append (weft_client (doc, target->client), item->content, item->n_content);
      return;
    default:
      if (item->canonical)
        target->content = weft_arena_append (weft_client (doc, target->client), item->content, item->n_content);
      else
        set_values_again (doc, item, target);
    }
}
