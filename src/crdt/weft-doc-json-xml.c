/* weft-doc-json-xml.c - the XML of a document, as toString() of Yjs has it, within JSON
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Elements with their attributes by name, text with an element for each mark in force. What the attribute of a mark has
 * as its value is shown as JavaScript's for-in goes over it.
 */

#include "config.h"

#include "crdt/weft-doc-json-private.h"

#include "crdt/weft-any-private.h"

static int
compare_formats (gconstpointer a,
                 gconstpointer b,
                 gpointer      doc)
{
  return weft_print_compare_keys (doc, weft_format (doc, GPOINTER_TO_UINT (*(gpointer const *) a))->key,
                                  weft_format (doc, GPOINTER_TO_UINT (*(gpointer const *) b))->key);
}

/* A member of an attribute's value, as JavaScript's for-in finds it. */
typedef struct
{
  char *key;
  gsize n_key;
  const WeftAny *value; /* NULL: a string's @unit, or a number */
  gunichar unit;
  gboolean is_number; /* @unit is one */
} Member;

static int
compare_members (gconstpointer a,
                 gconstpointer b)
{
  const Member *x = a, *y = b;

  return weft_print_compare_utf16 (x->key, x->n_key, y->key, y->n_key);
}

static void
clear_member (gpointer data)
{
  g_free (((Member *) data)->key);
}

static void
add_member (GArray        *members,
            const WeftAny *value,
            gunichar       unit,
            gboolean       is_number)
{
  Member member = { g_strdup_printf ("%u", members->len), 0, value, unit, is_number };

  member.n_key = strlen (member.key);
  g_array_append_val (members, member);
}

static GArray *
list_members (const WeftAny *value)
{
  GArray *members = g_array_new (FALSE, FALSE, sizeof (Member));
  WeftAnyKind kind = weft_any_get_kind (value);

  g_array_set_clear_func (members, clear_member);
  if (kind == WEFT_ANY_OBJECT)
    {
      for (gsize i = 0; i < weft_any_get_n_items (value); i++)
        {
          Member member = { NULL, 0, weft_any_get_item (value, i) };
          const char *key = weft_any_get_key_len (value, i, &member.n_key);

          member.key = g_memdup2 (key, member.n_key + 1);
          g_array_append_val (members, member);
        }
    }
  else if (kind == WEFT_ANY_ARRAY)
    {
      for (gsize i = 0; i < weft_any_get_n_items (value); i++)
        add_member (members, weft_any_get_item (value, i), 0, FALSE);
    }
  else if (kind == WEFT_ANY_BYTES)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (weft_any_get_bytes (value), &size);

      for (gsize i = 0; i < size; i++)
        add_member (members, NULL, data[i], TRUE);
    }
  else if (kind == WEFT_ANY_STRING)
    {
      const char *at = weft_any_get_string (value), *end = at + weft_any_get_string_length (value);

      for (; at < end; at = g_utf8_next_char (at))
        {
          gunichar units[2];
          guint n = weft_print_cut_character (g_utf8_get_char (at), units);

          for (guint i = 0; i < n; i++)
            add_member (members, NULL, units[i], FALSE);
        }
    }
  g_array_sort (members, compare_members);

  return members;
}

static void
put_members (WeftPrinter   *p,
             const WeftAny *value)
{
  g_autoptr(GArray) members = list_members (value);

  for (guint i = 0; i < members->len; i++)
    {
      const Member *member = &g_array_index (members, Member, i);
      char utf8[6];

      weft_print_put (p, " ");
      weft_print_put_text (p, member->key, member->n_key);
      weft_print_put (p, "=\\\"");
      if (member->value != NULL)
        weft_print_put_js_string (p, member->value);
      else if (member->is_number)
        g_string_append_printf (p->out, "%u", member->unit);
      else if (member->unit >= 0xd800 && member->unit < 0xe000)
        g_string_append_printf (p->out, "\\u%04x", member->unit);
      else
        weft_print_put_text (p, utf8, g_unichar_to_utf8 (member->unit, utf8));
      weft_print_put (p, "\\\"");
    }
}

static void
put_format_members (WeftPrinter      *p,
                    const WeftFormat *format)
{
  g_autoptr(WeftAny) value = format->is_exact ? weft_any_ref (format->value)
                                              : weft_any_from_json_exact (format->json, format->n_json, NULL);

  put_members (p, value);
}

/* The marks in force, by name. */
static GPtrArray *
list_marks (WeftPrinter    *p,
            WeftPrintFrame *frame)
{
  GPtrArray *formats = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer key, format;

  if (frame->marks == NULL)
    return formats;
  g_hash_table_iter_init (&iter, frame->marks);
  while (g_hash_table_iter_next (&iter, &key, &format))
    g_ptr_array_add (formats, format);
  g_ptr_array_sort_with_data (formats, compare_formats, p->doc);

  return formats;
}

static void
open_marks (WeftPrinter    *p,
            WeftPrintFrame *frame)
{
  g_autoptr(GPtrArray) formats = list_marks (p, frame);

  for (guint i = 0; i < formats->len; i++)
    {
      const WeftFormat *format = weft_format (p->doc, GPOINTER_TO_UINT (formats->pdata[i]));

      weft_print_put (p, "<");
      weft_print_put_text (p, weft_key (p->doc, format->key)->string, weft_key (p->doc, format->key)->length);
      put_format_members (p, format);
      weft_print_put (p, ">");
    }
}

static void
close_marks (WeftPrinter    *p,
             WeftPrintFrame *frame)
{
  g_autoptr(GPtrArray) formats = list_marks (p, frame);

  for (guint i = formats->len; i > 0; i--)
    {
      guint32 key = weft_format (p->doc, GPOINTER_TO_UINT (formats->pdata[i - 1]))->key;

      weft_print_put (p, "</");
      weft_print_put_text (p, weft_key (p->doc, key)->string, weft_key (p->doc, key)->length);
      weft_print_put (p, ">");
    }
}

void
weft_print_step_xml_text (WeftPrinter    *p,
                          WeftPrintFrame *frame)
{
  const WeftItem *item;
  const guint8 *data;
  gsize n_bytes;

  if (frame->in_value)
    {
      frame->in_value = FALSE;
      close_marks (p, frame);
    }
  item = weft_print_next_visible (p, frame);
  if (item != NULL && item->kind == WEFT_CONTENT_STRING)
    {
      if (!frame->in_run)
        open_marks (p, frame);
      frame->in_run = TRUE;
      data = weft_content_bytes (p->doc, item, 0, &n_bytes);
      weft_print_put_text (p, (const char *) data, n_bytes);
      return;
    }
  if (item != NULL && item->kind != WEFT_CONTENT_FORMAT && item->kind != WEFT_CONTENT_EMBED
      && item->kind != WEFT_CONTENT_TYPE)
    return;

  if (frame->in_run)
    {
      frame->in_run = FALSE;
      close_marks (p, frame);
    }
  if (item == NULL)
    {
      weft_print_pop_frame (p);
    }
  else if (item->kind == WEFT_CONTENT_FORMAT)
    {
      weft_print_update_marks (p, frame, item->content);
    }
  else
    {
      open_marks (p, frame);
      frame->in_value = TRUE;
      if (item->kind == WEFT_CONTENT_TYPE)
        {
          weft_print_begin_string (p, weft_content_get_type (p->doc, item), "");
        }
      else
        {
          g_autoptr(WeftAny) value = weft_content_get_exact (p->doc, item, 0);

          weft_print_put_js_string (p, value);
        }
    }
}

void
weft_print_step_xml_attributes (WeftPrinter    *p,
                                WeftPrintFrame *frame)
{
  const WeftMapEntry *entry;
  const WeftItem *item;
  WeftType *type;

  if (frame->next == frame->sorted->len)
    {
      weft_print_put (p, ">");
      frame->kind = WEFT_PRINT_XML_CHILDREN;
      return;
    }
  entry = g_ptr_array_index (frame->sorted, frame->next++);
  item = weft_item (p->doc, entry->head);
  type = weft_content_get_type (p->doc, item);
  weft_print_put (p, " ");
  weft_print_put_text (p, weft_key (p->doc, entry->key)->string, weft_key (p->doc, entry->key)->length);
  weft_print_put (p, "=\\\"");
  if (type != NULL)
    {
      weft_print_begin_string (p, type, "\\\"");
    }
  else
    {
      g_autoptr(WeftAny) value = item->kind == WEFT_CONTENT_FORMAT
                                      ? NULL
                                      : weft_content_get_exact (p->doc, item, item->len - 1);

      if (value == NULL)
        weft_print_put (p, "undefined");
      else if (item->kind == WEFT_CONTENT_DOC)
        weft_print_put (p, "[object Object]");
      else
        weft_print_put_js_string (p, value);
      weft_print_put (p, "\\\"");
    }
}

static void
put_child_unit (WeftPrinter    *p,
                WeftPrintFrame *frame,
                gunichar        unit,
                const WeftAny  *value)
{
  char utf8[6];

  if (value != NULL)
    weft_print_put_js_string (p, value);
  else if (unit >= 0xd800 && unit < 0xe000)
    g_string_append_printf (p->out, "\\u%04x", unit);
  else
    weft_print_put_text (p, utf8, g_unichar_to_utf8 (unit, utf8));
}

void
weft_print_step_xml_children (WeftPrinter    *p,
                              WeftPrintFrame *frame)
{
  const WeftItem *item = weft_print_next_visible (p, frame);

  if (item == NULL)
    {
      if (frame->name != NULL)
        {
          gsize n_bytes;

          g_free (frame->name);
          frame->name = weft_print_dup_lower (frame->type->name, frame->type->n_name, &n_bytes);
          weft_print_put (p, "</");
          weft_print_put_text (p, frame->name, n_bytes);
          weft_print_put (p, ">");
        }
      weft_print_pop_frame (p);
      return;
    }
  switch (item->kind)
    {
    case WEFT_CONTENT_TYPE:
      weft_print_begin_string (p, weft_content_get_type (p->doc, item), "");
      break;
    case WEFT_CONTENT_DOC:
      weft_print_put (p, "[object Object]");
      break;
    case WEFT_CONTENT_FORMAT:
      break;
    default:
      weft_print_foreach_unit (p, frame, item, put_child_unit);
    }
}
