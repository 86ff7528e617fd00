/* weft-xml.c - XML types as a string
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * As toString() of YXmlElement, YXmlFragment and YXmlText. Nothing is escaped, as in Yjs: this is
 * for reading and comparing, not for a browser.
 */

#include "config.h"

#include "crdt/weft-doc-private.h"

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
append_value (GString       *xml,
              const WeftAny *value)
{
  g_autofree char *json = NULL;

  if (weft_any_get_kind (value) == WEFT_ANY_STRING)
    {
      g_string_append (xml, weft_any_get_string (value));
      return;
    }
  json = weft_any_to_json (value);
  g_string_append (xml, json);
}

static void
append_attributes (GString  *xml,
                   WeftType *type)
{
  g_autoptr(GPtrArray) keys = weft_map_list_keys (type);

  g_ptr_array_sort (keys, compare_strings);
  for (guint i = 0; i < keys->len; i++)
    {
      g_autoptr(WeftAny) value = weft_map_get (type, g_ptr_array_index (keys, i));

      if (value == NULL)
        continue;
      g_string_append_printf (xml, " %s=\"", (char *) g_ptr_array_index (keys, i));
      append_value (xml, value);
      g_string_append_c (xml, '"');
    }
}

/* The keys of an object, sorted. */
static GPtrArray *
list_keys (const WeftAny *object)
{
  GPtrArray *keys = g_ptr_array_new ();

  for (gsize i = 0; i < weft_any_get_n_items (object); i++)
    g_ptr_array_add (keys, (gpointer) weft_any_get_key (object, i));
  g_ptr_array_sort (keys, compare_strings);

  return keys;
}

/* Marks are written as elements around the text. */
static void
append_marked (GString           *xml,
               const WeftDeltaOp *op)
{
  g_autoptr(GPtrArray) names = op->attributes != NULL ? list_keys (op->attributes) : g_ptr_array_new ();

  for (guint i = 0; i < names->len; i++)
    {
      const WeftAny *value = weft_any_lookup (op->attributes, g_ptr_array_index (names, i));
      g_autoptr(GPtrArray) keys = NULL;

      g_string_append_printf (xml, "<%s", (char *) g_ptr_array_index (names, i));
      if (weft_any_get_kind (value) == WEFT_ANY_OBJECT)
        {
          keys = list_keys (value);
          for (guint j = 0; j < keys->len; j++)
            {
              g_string_append_printf (xml, " %s=\"", (char *) g_ptr_array_index (keys, j));
              append_value (xml, weft_any_lookup (value, g_ptr_array_index (keys, j)));
              g_string_append_c (xml, '"');
            }
        }
      g_string_append_c (xml, '>');
    }
  if (op->kind == WEFT_DELTA_INSERT_TEXT)
    g_string_append_len (xml, op->text, op->n_bytes);
  else if (op->kind == WEFT_DELTA_INSERT_EMBED)
    g_string_append (xml, "[object Object]");
  for (guint i = names->len; i > 0; i--)
    g_string_append_printf (xml, "</%s>", (char *) g_ptr_array_index (names, i - 1));
}

static void
append_text (GString  *xml,
             WeftType *type)
{
  g_autoptr(WeftDelta) delta = weft_text_to_delta (type);

  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    append_marked (xml, weft_delta_get_op (delta, i));
}

/* An element whose children are being written. */
typedef struct
{
  WeftType *type;
  WeftSpot  spot;
  gboolean  more;
} Frame;

static char *
dup_element_name (WeftType *type)
{
  return type->kind == WEFT_KIND_XML_ELEMENT ? g_utf8_strdown (type->name, -1) : NULL;
}

static void
open_element (GString  *xml,
              WeftType *type,
              GArray   *stack)
{
  Frame frame = { type };
  g_autofree char *name = dup_element_name (type);

  if (name != NULL)
    {
      g_string_append_printf (xml, "<%s", name);
      append_attributes (xml, type);
      g_string_append_c (xml, '>');
    }
  frame.more = type->first != WEFT_NONE;
  if (frame.more)
    frame.spot.leaf = weft_leaf (type->doc, type->first);
  g_array_append_val (stack, frame);
}

/* (transfer full) */
char *
weft_xml_to_string (WeftType *self)
{
  g_autoptr(GArray) stack = g_array_new (FALSE, FALSE, sizeof (Frame));
  GString *xml = g_string_new (NULL);
  WeftDoc *doc = self->doc;

  if (self->kind == WEFT_KIND_XML_TEXT)
    append_text (xml, self);
  else
    open_element (xml, self, stack);

  while (stack->len > 0)
    {
      Frame *frame = &g_array_index (stack, Frame, stack->len - 1);
      g_autofree char *name = NULL;
      const WeftItem *item;
      WeftType *child;

      if (!frame->more)
        {
          name = dup_element_name (frame->type);
          if (name != NULL)
            g_string_append_printf (xml, "</%s>", name);
          g_array_set_size (stack, stack->len - 1);
          continue;
        }

      item = weft_item (doc, frame->spot.leaf->item[frame->spot.slot]);
      frame->more = weft_order_step (doc, &frame->spot);
      child = weft_content_get_type (doc, item);
      if (item->deleted || child == NULL)
        continue;
      if (child->kind == WEFT_KIND_XML_TEXT)
        append_text (xml, child);
      else if (child->kind == WEFT_KIND_XML_ELEMENT || child->kind == WEFT_KIND_XML_FRAGMENT)
        open_element (xml, child, stack);
    }

  return g_string_free (xml, FALSE);
}
