/* weft-page-relink.c - a page's links to other pages, when those have other ids
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-page-relink.h"

#include <string.h>

#include "crdt/weft-delta.h"
#include "crdt/weft-type.h"

#define PAGE_PREFIX "weft:page/"
#define ID_LENGTH 26

/* (nullable) (transfer full): %NULL where it links to none of @ids */
static char *
relink_address (const WeftAny *address,
                GHashTable    *ids)
{
  const char *text = address != NULL ? weft_any_get_string (address) : NULL;
  g_autofree char *id = NULL;
  const char *other;

  if (text == NULL || !g_str_has_prefix (text, PAGE_PREFIX))
    return NULL;

  id = g_strndup (text + strlen (PAGE_PREFIX), ID_LENGTH);
  other = g_hash_table_lookup (ids, id);
  return other != NULL ? g_strconcat (PAGE_PREFIX, other, text + strlen (PAGE_PREFIX) + strlen (id), NULL) : NULL;
}

/* An embed is one value: it is taken out and put back. */
static gboolean
relink_embed (WeftType          *text,
              guint64            at,
              const WeftDeltaOp *op,
              GHashTable        *ids)
{
  const WeftAny *board = op->kind == WEFT_DELTA_INSERT_EMBED ? weft_any_lookup (op->embed, "board") : NULL;
  const char *id = board != NULL ? weft_any_get_string (board) : NULL;
  const char *other = id != NULL ? g_hash_table_lookup (ids, id) : NULL;
  g_autoptr(WeftAny) embed = NULL;

  if (other == NULL)
    return FALSE;

  embed = weft_any_new_object ();
  for (gsize i = 0; i < weft_any_get_n_items (op->embed); i++)
    {
      const char *key = weft_any_get_key (op->embed, i);

      weft_any_object_take (embed, key,
                            g_str_equal (key, "board") ? weft_any_new_string (other)
                                                       : weft_any_ref ((WeftAny *) weft_any_get_item (op->embed, i)));
    }
  weft_text_delete (text, at, 1);
  weft_text_insert_embed (text, at, embed, op->attributes);
  return TRUE;
}

static guint
relink_text (WeftType   *text,
             GHashTable *ids)
{
  g_autoptr(WeftDelta) delta = weft_text_to_delta (text);
  guint64 at = 0;
  guint n_written = 0;

  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (delta, i);
      g_autofree char *address
        = op->attributes != NULL ? relink_address (weft_any_lookup (op->attributes, "link"), ids) : NULL;

      if (relink_embed (text, at, op, ids))
        n_written++;
      if (address != NULL)
        {
          g_autoptr(WeftAny) attributes = weft_any_new_object ();

          weft_any_object_take (attributes, "link", weft_any_new_string (address));
          weft_text_format (text, at, op->length, attributes);
          n_written++;
        }
      at += op->length;
    }

  return n_written;
}

static guint
relink_board (WeftType   *board,
              GHashTable *ids)
{
  g_autoptr(GPtrArray) keys = weft_map_list_keys (board);
  guint n_written = 0;

  for (guint i = 0; i < keys->len; i++)
    {
      WeftType *element = weft_map_get_type (board, g_ptr_array_index (keys, i));
      g_autoptr(WeftAny) link = NULL;
      g_autofree char *address = NULL;
      WeftType *text;

      if (element == NULL || weft_type_get_kind (element) != WEFT_KIND_MAP)
        continue;

      link = weft_map_get (element, "link");
      address = relink_address (link, ids);
      if (address != NULL)
        {
          g_autoptr(WeftAny) value = weft_any_new_string (address);

          weft_map_set (element, "link", value);
          n_written++;
        }

      text = weft_map_get_type (element, "text");
      if (text != NULL && weft_type_get_kind (text) == WEFT_KIND_TEXT)
        n_written += relink_text (text, ids);
    }

  return n_written;
}

/**
 * weft_page_relink:
 * @doc: the document of a note or a board
 * @ids: (element-type utf8 utf8): page id -> the id that it has now
 *
 * Returns: how many links were written
 */
guint
weft_page_relink (WeftDoc    *doc,
                  GHashTable *ids)
{
  return relink_text (weft_doc_get_text (doc, "quill"), ids)
         + relink_board (weft_doc_get_map (doc, "board"), ids);
}
