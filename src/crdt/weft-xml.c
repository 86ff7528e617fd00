/* weft-xml.c - XML types as a string
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * As toString() of YXmlElement, YXmlFragment and YXmlText. Nothing is escaped, as in Yjs: this is
 * for reading and comparing, not for a browser.
 */

#include "config.h"

#include "crdt/weft-marks-private.h"

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

/* JavaScript walks over a string as over an object of its characters. */
static WeftAny *
spread_string (const WeftAny *value)
{
  const char *at = weft_any_get_string (value);
  WeftAny *object;

  if (at == NULL)
    return NULL;
  object = weft_any_new_object ();
  for (guint i = 0; *at != '\0'; i++, at = g_utf8_next_char (at))
    {
      g_autofree char *key = g_strdup_printf ("%u", i);

      weft_any_object_take (object, key, weft_any_new_string_len (at, g_utf8_next_char (at) - at));
    }

  return object;
}

static void
append_mark_attributes (GString       *xml,
                        const WeftAny *object)
{
  g_autoptr(GPtrArray) keys = NULL;

  if (weft_any_get_kind (object) != WEFT_ANY_OBJECT)
    return;
  keys = list_keys (object);
  for (guint i = 0; i < keys->len; i++)
    {
      g_string_append_printf (xml, " %s=\"", (char *) g_ptr_array_index (keys, i));
      append_value (xml, weft_any_lookup (object, g_ptr_array_index (keys, i)));
      g_string_append_c (xml, '"');
    }
}

/* Marks are written as elements around the text. */
static void
append_marked (GString         *xml,
               const WeftDoc   *doc,
               const WeftMarks *marks,
               const char      *text,
               gsize            n_bytes)
{
  g_autoptr(WeftAny) attributes = weft_marks_to_any (marks, doc);
  g_autoptr(GPtrArray) names = attributes != NULL ? list_keys (attributes) : g_ptr_array_new ();

  for (guint i = 0; i < names->len; i++)
    {
      const WeftAny *value = weft_any_lookup (attributes, g_ptr_array_index (names, i));
      g_autoptr(WeftAny) object = spread_string (value);

      g_string_append_printf (xml, "<%s", (char *) g_ptr_array_index (names, i));
      append_mark_attributes (xml, object != NULL ? object : value);
      g_string_append_c (xml, '>');
    }
  g_string_append_len (xml, text, n_bytes);
  for (guint i = names->len; i > 0; i--)
    g_string_append_printf (xml, "</%s>", (char *) g_ptr_array_index (names, i - 1));
}

static void
flush_text (GString         *xml,
            const WeftDoc   *doc,
            const WeftMarks *marks,
            GString         *text)
{
  if (text->len == 0)
    return;
  append_marked (xml, doc, marks, text->str, text->len);
  g_string_truncate (text, 0);
}

/* Text is cut at every mark, also at one that changes nothing. */
static void
append_text (GString  *xml,
             WeftType *type)
{
  static const char embed[] = "[object Object]";
  WeftDoc *doc = type->doc;
  GString *text = g_string_new (NULL);
  WeftMarks marks = { NULL };

  for (WeftHandle at = type->first; at != WEFT_NONE; at = weft_leaf (doc, at)->next)
    for (guint i = 0; i < weft_leaf (doc, at)->n; i++)
      {
        const WeftItem *item = weft_item (doc, weft_leaf (doc, at)->item[i]);
        const guint8 *data;
        gsize n_bytes;

        if (item->deleted)
          continue;
        switch (item->kind)
          {
          case WEFT_CONTENT_STRING:
            data = weft_content_bytes (doc, item, 0, &n_bytes);
            g_string_append_len (text, (const char *) data, n_bytes);
            break;
          case WEFT_CONTENT_FORMAT:
            flush_text (xml, doc, &marks, text);
            weft_marks_update (&marks, doc, item->content);
            break;
          case WEFT_CONTENT_EMBED:
            flush_text (xml, doc, &marks, text);
            append_marked (xml, doc, &marks, embed, strlen (embed));
            break;
          default:
            flush_text (xml, doc, &marks, text);
          }
      }
  flush_text (xml, doc, &marks, text);
  weft_marks_clear (&marks);
  g_string_free (text, TRUE);
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
