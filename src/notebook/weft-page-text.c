/* weft-page-text.c - what can be found in a page, as plain text
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-page-text.h"

#include "crdt/weft-delta.h"
#include "crdt/weft-type.h"

#define OBJECT_REPLACEMENT "\xef\xbf\xbc"

static void
append_note (GString  *text,
             WeftType *type)
{
  g_autoptr(WeftDelta) delta = weft_text_to_delta (type);

  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (delta, i);

      if (op->kind == WEFT_DELTA_INSERT_TEXT)
        g_string_append_len (text, op->text, (gssize) op->n_bytes);
      else
        g_string_append (text, OBJECT_REPLACEMENT);
    }
}

typedef struct
{
  const char *id; /* borrowed from the list of keys */
  double      x;
  double      y;
  char       *text;
} Element;

static void
element_clear (gpointer data)
{
  g_free (((Element *) data)->text);
}

static double
get_number (WeftType   *map,
            const char *key)
{
  g_autoptr(WeftAny) value = weft_map_get (map, key);

  return value != NULL ? weft_any_get_number (value) : 0;
}

static void
append_string (GString    *text,
               WeftType   *map,
               const char *key)
{
  WeftType *type = weft_map_get_type (map, key);
  g_autofree char *string = NULL;

  if (type != NULL && weft_type_get_kind (type) == WEFT_KIND_TEXT)
    string = weft_text_to_string (type);
  else if (type == NULL)
    {
      g_autoptr(WeftAny) value = weft_map_get (map, key);

      string = value != NULL ? g_strdup (weft_any_get_string (value)) : NULL;
    }

  if (string == NULL || *string == '\0')
    return;

  if (text->len > 0)
    g_string_append_c (text, ' ');
  g_string_append (text, string);
}

static int
compare_elements (gconstpointer a,
                  gconstpointer b)
{
  const Element *one = a;
  const Element *two = b;

  if (one->y != two->y)
    return one->y < two->y ? -1 : 1;
  if (one->x != two->x)
    return one->x < two->x ? -1 : 1;

  return g_strcmp0 (one->id, two->id);
}

static GArray *
list_elements (WeftType  *board,
               GPtrArray *keys)
{
  static const char *const properties[] = { "text", "name", "label" };
  GArray *elements = g_array_new (FALSE, FALSE, sizeof (Element));

  g_array_set_clear_func (elements, element_clear);
  for (guint i = 0; i < keys->len; i++)
    {
      WeftType *map = weft_map_get_type (board, g_ptr_array_index (keys, i));
      g_autoptr(GString) text = NULL;
      Element element = { .id = g_ptr_array_index (keys, i) };

      if (map == NULL || weft_type_get_kind (map) != WEFT_KIND_MAP)
        continue;

      text = g_string_new (NULL);
      for (gsize p = 0; p < G_N_ELEMENTS (properties); p++)
        append_string (text, map, properties[p]);
      if (text->len == 0)
        continue;

      element.x = get_number (map, "x");
      element.y = get_number (map, "y");
      element.text = g_string_free (g_steal_pointer (&text), FALSE);
      g_array_append_val (elements, element);
    }

  g_array_sort (elements, compare_elements);
  return elements;
}

/**
 * weft_page_text_new:
 * @doc: the document of a note or a board
 * @func: (nullable): told where the elements of a board begin
 * @user_data: for @func
 *
 * Returns: (transfer full): the text
 */
char *
weft_page_text_new (WeftDoc          *doc,
                    WeftPageTextFunc  func,
                    gpointer          user_data)
{
  g_autoptr(GString) text = g_string_new (NULL);
  WeftType *board = weft_doc_get_map (doc, "board");
  g_autoptr(GPtrArray) keys = weft_map_list_keys (board);
  g_autoptr(GArray) elements = list_elements (board, keys);
  guint at;

  append_note (text, weft_doc_get_text (doc, "quill"));
  if (text->len > 0 && elements->len > 0)
    g_string_append_c (text, '\n');

  at = (guint) g_utf8_strlen (text->str, (gssize) text->len);
  for (guint i = 0; i < elements->len; i++)
    {
      const Element *element = &g_array_index (elements, Element, i);

      if (func != NULL)
        func (at, element->id, user_data);
      g_string_append (text, element->text);
      g_string_append_c (text, '\n');
      at += (guint) g_utf8_strlen (element->text, -1) + 1;
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}
