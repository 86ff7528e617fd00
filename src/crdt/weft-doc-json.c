/* weft-doc-json.c - a whole document as JSON
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * toJSON(), toDelta() and toString() of the types of Yjs, told apart: {"$text":...}, {"$xml":...}.
 * Types nest as deep as an update says, and XML repeats names and marks, so that the output may be
 * much larger than the document: nothing here recurses over types, and pieces leave as they are
 * made.
 */

#include "config.h"

#include "crdt/weft-doc-json-private.h"

#include "crdt/weft-any-private.h"
#include "crdt/weft-xml.h"

#include <math.h>

#define PIECE (64 * 1024)

static void
flush_piece (WeftPrinter *p)
{
  p->print (p->out->str, p->out->len, p->user_data);
  g_string_truncate (p->out, 0);
}

void
weft_print_put (WeftPrinter *p,
                const char  *text)
{
  g_string_append (p->out, text);
  if (p->out->len >= PIECE)
    flush_piece (p);
}

/* Text inside the quotation marks of a JSON string. */
void
weft_print_put_text (WeftPrinter *p,
                     const char  *text,
                     gsize        n_bytes)
{
  while (n_bytes > 0)
    {
      gsize part = MIN (n_bytes, PIECE);
      gsize at = p->out->len;

      /* Bytes of one character may be cut: they are only joined again. */
      weft_json_put_string (p->out, text, part);
      g_string_truncate (p->out, p->out->len - 1);
      g_string_erase (p->out, at, 1);
      text += part;
      n_bytes -= part;
      if (p->out->len >= PIECE)
        flush_piece (p);
    }
}

static void
put_string (WeftPrinter *p,
            const char  *text,
            gsize        n_bytes)
{
  weft_print_put (p, "\"");
  weft_print_put_text (p, text, n_bytes);
  weft_print_put (p, "\"");
}

static void
put_key (WeftPrinter *p,
         guint32      key)
{
  put_string (p, weft_key (p->doc, key)->string, weft_key (p->doc, key)->length);
}

static void
put_any (WeftPrinter   *p,
         const WeftAny *value)
{
  weft_json_put_any (p->out, value);
  if (p->out->len >= PIECE)
    flush_piece (p);
}

/* One UTF-16 unit of text as a string of its own, as JavaScript's split('') cuts it. */
static void
put_unit (WeftPrinter *p,
          gunichar     unit)
{
  char utf8[6];

  if (unit >= 0xd800 && unit < 0xe000)
    {
      g_string_append_printf (p->out, "\"\\u%04x\"", unit);
      return;
    }
  put_string (p, utf8, g_unichar_to_utf8 (unit, utf8));
}

/* The units of a character; returns how many. */
guint
weft_print_cut_character (gunichar c,
                          gunichar units[2])
{
  units[0] = c;
  if (c < 0x10000)
    return 1;
  units[0] = 0xd800 + ((c - 0x10000) >> 10);
  units[1] = 0xdc00 + ((c - 0x10000) & 0x3ff);

  return 2;
}

/* --- strings as JavaScript makes them --- */

static void
append_js_string (GString       *text,
                  const WeftAny *value)
{
  double number;

  switch (weft_any_get_kind (value))
    {
    case WEFT_ANY_UNDEFINED:
      g_string_append (text, "undefined");
      break;
    case WEFT_ANY_NUMBER:
      number = weft_any_get_number (value);
      if (isnan (number))
        g_string_append (text, "NaN");
      else if (isinf (number))
        g_string_append (text, number < 0 ? "-Infinity" : "Infinity");
      else
        weft_json_put_number (text, number);
      break;
    case WEFT_ANY_BIGINT:
      g_string_append_printf (text, "%" G_GINT64_FORMAT, weft_any_get_bigint (value));
      break;
    case WEFT_ANY_STRING:
      g_string_append_len (text, weft_any_get_string (value), weft_any_get_string_length (value));
      break;
    case WEFT_ANY_BYTES:
      {
        gsize size;
        const guint8 *data = g_bytes_get_data (weft_any_get_bytes (value), &size);

        for (gsize i = 0; i < size; i++)
          g_string_append_printf (text, "%s%u", i > 0 ? "," : "", data[i]);
        break;
      }
    case WEFT_ANY_ARRAY:
      for (gsize i = 0; i < weft_any_get_n_items (value); i++)
        {
          const WeftAny *item = weft_any_get_item (value, i);

          if (i > 0)
            g_string_append_c (text, ',');
          if (weft_any_get_kind (item) != WEFT_ANY_NULL
              && weft_any_get_kind (item) != WEFT_ANY_UNDEFINED)
            append_js_string (text, item);
        }
      break;
    case WEFT_ANY_OBJECT:
      g_string_append (text, "[object Object]");
      break;
    default:
      weft_json_put_any (text, value);
    }
}

void
weft_print_put_js_string (WeftPrinter   *p,
                          const WeftAny *value)
{
  GString *text = g_string_new (NULL);

  append_js_string (text, value);
  weft_print_put_text (p, text->str, text->len);
  g_string_free (text, TRUE);
}

/* By UTF-16 units: what takes two of them goes before U+E000. */
int
weft_print_compare_utf16 (const char *a,
                          gsize       n_a,
                          const char *b,
                          gsize       n_b)
{
  gsize n = MIN (n_a, n_b);

  for (gsize i = 0; i < n; i++)
    {
      guint8 x = (guint8) a[i], y = (guint8) b[i];

      if (x == y)
        continue;
      if (x >= 0xee && y >= 0xee && (x >= 0xf0) != (y >= 0xf0))
        return x >= 0xf0 ? -1 : 1;
      return x < y ? -1 : 1;
    }

  return n_a < n_b ? -1 : n_a > n_b;
}

int
weft_print_compare_keys (const WeftDoc *doc,
                         guint32        a,
                         guint32        b)
{
  return weft_print_compare_utf16 (weft_key (doc, a)->string, weft_key (doc, a)->length,
                                   weft_key (doc, b)->string, weft_key (doc, b)->length);
}

static int
compare_entries (gconstpointer a,
                 gconstpointer b,
                 gpointer      doc)
{
  return weft_print_compare_keys (doc, (*(WeftMapEntry *const *) a)->key, (*(WeftMapEntry *const *) b)->key);
}

/* U+0000 ends a string for g_utf8_strdown(). */
char *
weft_print_dup_lower (const char *text,
                      gsize       n_bytes,
                      gsize      *n_lower)
{
  GString *lower = g_string_new (NULL);

  for (gsize at = 0; at < n_bytes;)
    {
      gsize part = strnlen (text + at, n_bytes - at);
      g_autofree char *piece = g_utf8_strdown (text + at, part);

      g_string_append (lower, piece);
      at += part;
      if (at < n_bytes)
        {
          g_string_append_c (lower, '\0');
          at++;
        }
    }
  *n_lower = lower->len;

  return g_string_free (lower, FALSE);
}

/* --- sequences --- */

/* Moves to the next visible item; NULL at the end. */
const WeftItem *
weft_print_next_visible (WeftPrinter    *p,
                         WeftPrintFrame *frame)
{
  while (frame->leaf != NULL)
    {
      const WeftItem *item;

      if (frame->slot == frame->leaf->n)
        {
          frame->leaf = frame->leaf->next != WEFT_NONE ? weft_leaf (p->doc, frame->leaf->next)
                                                       : NULL;
          frame->slot = 0;
          continue;
        }
      item = weft_item (p->doc, frame->leaf->item[frame->slot++]);
      if (!item->deleted)
        return item;
    }

  return NULL;
}

static WeftPrintFrame *
push_frame (WeftPrinter        *p,
            WeftPrintFrameKind  kind,
            WeftType           *type,
            const char         *close)
{
  WeftPrintFrame frame = { kind, type };

  if (type != NULL && type->first != WEFT_NONE)
    frame.leaf = weft_leaf (p->doc, type->first);
  frame.entry = type != NULL ? type->first_entry : WEFT_NONE;
  frame.close = close;
  g_array_append_val (p->stack, frame);

  return &g_array_index (p->stack, WeftPrintFrame, p->stack->len - 1);
}

void
weft_print_pop_frame (WeftPrinter *p)
{
  WeftPrintFrame frame = g_array_index (p->stack, WeftPrintFrame, p->stack->len - 1);

  g_array_set_size (p->stack, p->stack->len - 1);
  g_clear_pointer (&frame.sorted, g_ptr_array_unref);
  g_clear_pointer (&frame.marks, g_hash_table_unref);
  g_free (frame.name);
  weft_print_put (p, frame.close);
}

/* --- types --- */

static void
put_plain_text (WeftPrinter *p,
                WeftType    *type)
{
  WeftPrintFrame frame = { WEFT_PRINT_DELTA, type };
  const WeftItem *item;

  if (type->first != WEFT_NONE)
    frame.leaf = weft_leaf (p->doc, type->first);
  while ((item = weft_print_next_visible (p, &frame)) != NULL)
    if (item->kind == WEFT_CONTENT_STRING)
      {
        gsize n_bytes;
        const guint8 *data = weft_content_bytes (p->doc, item, 0, &n_bytes);

        weft_print_put_text (p, (const char *) data, n_bytes);
      }
}

static GPtrArray *
sort_attributes (WeftPrinter *p,
                 WeftType    *type)
{
  GPtrArray *sorted = g_ptr_array_new ();

  for (WeftHandle at = type->first_entry; at != WEFT_NONE; at = weft_entry (p->doc, at)->next)
    {
      WeftMapEntry *entry = weft_entry (p->doc, at);

      if (!weft_item (p->doc, entry->head)->deleted)
        g_ptr_array_add (sorted, entry);
    }
  g_ptr_array_sort_with_data (sorted, compare_entries, p->doc);

  return sorted;
}

/* toString() of @type, inside quotation marks; then @close. */
void
weft_print_begin_string (WeftPrinter *p,
                         WeftType    *type,
                         const char  *close)
{
  WeftPrintFrame *frame;
  gsize n_bytes;

  switch (type->kind)
    {
    case WEFT_KIND_XML_ELEMENT:
      frame = push_frame (p, WEFT_PRINT_XML_ATTRIBUTES, type, close);
      frame->name = weft_print_dup_lower (type->name, type->n_name, &n_bytes);
      frame->sorted = sort_attributes (p, type);
      weft_print_put (p, "<");
      weft_print_put_text (p, frame->name, n_bytes);
      return;
    case WEFT_KIND_XML_FRAGMENT:
      push_frame (p, WEFT_PRINT_XML_CHILDREN, type, close);
      return;
    case WEFT_KIND_XML_TEXT:
      push_frame (p, WEFT_PRINT_XML_TEXT, type, close);
      return;
    case WEFT_KIND_TEXT:
      put_plain_text (p, type);
      break;
    default:
      weft_print_put (p, "[object Object]");
    }
  weft_print_put (p, close);
}

/* @type where a value stands. */
static void
begin_value (WeftPrinter *p,
             WeftType    *type)
{
  switch (type->kind)
    {
    case WEFT_KIND_ARRAY:
      weft_print_put (p, "[");
      push_frame (p, WEFT_PRINT_ARRAY, type, "]");
      break;
    case WEFT_KIND_MAP:
      weft_print_put (p, "{");
      push_frame (p, WEFT_PRINT_MAP, type, "}");
      break;
    case WEFT_KIND_TEXT:
      weft_print_put (p, "{\"$text\":[");
      push_frame (p, WEFT_PRINT_DELTA, type, "]}");
      break;
    case WEFT_KIND_XML_HOOK:
      weft_print_put (p, "{\"$hook\":");
      put_string (p, type->name, type->n_name);
      weft_print_put (p, "}");
      break;
    default:
      weft_print_put (p, "{\"$xml\":\"");
      weft_print_begin_string (p, type, "\"}");
    }
}

/* The value of an item of one unit, or of its last one. */
static void
put_last_value (WeftPrinter    *p,
                const WeftItem *item)
{
  WeftType *type = weft_content_get_type (p->doc, item);
  g_autoptr(WeftAny) value = NULL;
  gunichar units[2];
  gsize n_bytes;

  if (type != NULL)
    {
      begin_value (p, type);
      return;
    }
  if (item->kind == WEFT_CONTENT_STRING)
    {
      const char *data = (const char *) weft_content_bytes (p->doc, item, 0, &n_bytes);
      guint n = weft_print_cut_character (g_utf8_get_char (g_utf8_find_prev_char (data, data + n_bytes)),
                                          units);

      put_unit (p, units[n - 1]);
      return;
    }
  if (item->kind != WEFT_CONTENT_FORMAT)
    value = weft_content_get_exact (p->doc, item, item->len - 1);
  if (value == NULL)
    {
      weft_print_put (p, "{\"$undefined\":true}");
    }
  else if (item->kind == WEFT_CONTENT_DOC)
    {
      weft_print_put (p, "{\"$doc\":");
      put_any (p, value);
      weft_print_put (p, "}");
    }
  else
    {
      put_any (p, value);
    }
}

static void
put_comma (WeftPrinter    *p,
           WeftPrintFrame *frame)
{
  if (frame->started)
    weft_print_put (p, ",");
  frame->started = TRUE;
}

/* Every unit of an item that is no type: of a string its units, else values. */
void
weft_print_foreach_unit (WeftPrinter       *p,
                         WeftPrintFrame    *frame,
                         const WeftItem    *item,
                         WeftPrintUnitFunc  func)
{
  gsize n_bytes;
  const guint8 *data = weft_content_bytes (p->doc, item, 0, &n_bytes);
  WeftReader reader;

  if (item->kind == WEFT_CONTENT_STRING)
    {
      for (const char *at = (const char *) data; at < (const char *) data + n_bytes;
           at = g_utf8_next_char (at))
        {
          gunichar units[2];
          guint n = weft_print_cut_character (g_utf8_get_char (at), units);

          for (guint i = 0; i < n; i++)
            func (p, frame, units[i], NULL);
        }
      return;
    }
  if (item->kind != WEFT_CONTENT_ANY)
    {
      for (guint32 i = 0; i < item->len; i++)
        {
          g_autoptr(WeftAny) value = weft_content_get_exact (p->doc, item, i);

          func (p, frame, 0, value);
        }
      return;
    }
  weft_reader_init (&reader, data, n_bytes);
  for (guint32 i = 0; i < item->len; i++)
    {
      g_autoptr(WeftAny) value = weft_any_read (&reader);

      func (p, frame, 0, value);
    }
}

/* --- frames, one step each: afterwards @frame may be gone --- */

static void
put_array_unit (WeftPrinter    *p,
                WeftPrintFrame *frame,
                gunichar        unit,
                const WeftAny  *value)
{
  put_comma (p, frame);
  if (value != NULL)
    put_any (p, value);
  else
    put_unit (p, unit);
}

static void
step_array (WeftPrinter    *p,
            WeftPrintFrame *frame)
{
  const WeftItem *item = weft_print_next_visible (p, frame);

  if (item == NULL)
    {
      weft_print_pop_frame (p);
      return;
    }
  switch (item->kind)
    {
    case WEFT_CONTENT_TYPE:
    case WEFT_CONTENT_DOC:
      put_comma (p, frame);
      put_last_value (p, item);
      break;
    case WEFT_CONTENT_FORMAT:
      break;
    default:
      weft_print_foreach_unit (p, frame, item, put_array_unit);
    }
}

static void
step_map (WeftPrinter    *p,
          WeftPrintFrame *frame)
{
  const WeftMapEntry *entry;

  if (frame->entry == WEFT_NONE)
    {
      weft_print_pop_frame (p);
      return;
    }
  entry = weft_entry (p->doc, frame->entry);
  frame->entry = entry->next;
  if (weft_item (p->doc, entry->head)->deleted)
    return;
  put_comma (p, frame);
  put_key (p, entry->key);
  weft_print_put (p, ":");
  put_last_value (p, weft_item (p->doc, entry->head));
}

void
weft_print_update_marks (WeftPrinter    *p,
                         WeftPrintFrame *frame,
                         guint32         format)
{
  gpointer key = GUINT_TO_POINTER (weft_format (p->doc, format)->key);

  if (weft_format (p->doc, format)->is_null)
    {
      if (frame->marks != NULL)
        g_hash_table_remove (frame->marks, key);
      return;
    }
  if (frame->marks == NULL)
    frame->marks = g_hash_table_new (NULL, NULL);
  g_hash_table_insert (frame->marks, key, GUINT_TO_POINTER (format));
}

/* The text has halves of surrogate pairs, which the value has not. */
static void
put_format_value (WeftPrinter      *p,
                  const WeftFormat *format)
{
  if (format->is_exact)
    put_any (p, format->value);
  else
    weft_print_put (p, format->json);
}

/* Ends an operation of a delta. */
static void
put_attributes (WeftPrinter    *p,
                WeftPrintFrame *frame)
{
  GHashTableIter iter;
  gpointer key, format;
  const char *separator = ",\"attributes\":{";

  if (frame->marks != NULL && g_hash_table_size (frame->marks) > 0)
    {
      g_hash_table_iter_init (&iter, frame->marks);
      while (g_hash_table_iter_next (&iter, &key, &format))
        {
          weft_print_put (p, separator);
          put_key (p, GPOINTER_TO_UINT (key));
          weft_print_put (p, ":");
          put_format_value (p, weft_format (p->doc, GPOINTER_TO_UINT (format)));
          separator = ",";
        }
      weft_print_put (p, "}");
    }
  weft_print_put (p, "}");
}

/* Strings are joined up to the next mark or embed. */
static void
step_delta (WeftPrinter    *p,
            WeftPrintFrame *frame)
{
  const WeftItem *item;
  const guint8 *data;
  gsize n_bytes;

  if (frame->in_value)
    {
      frame->in_value = FALSE;
      put_attributes (p, frame);
    }
  item = weft_print_next_visible (p, frame);
  if (item != NULL && item->kind == WEFT_CONTENT_STRING)
    {
      if (!frame->in_run)
        {
          put_comma (p, frame);
          weft_print_put (p, "{\"insert\":\"");
          frame->in_run = TRUE;
        }
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
      weft_print_put (p, "\"");
      put_attributes (p, frame);
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
      put_comma (p, frame);
      weft_print_put (p, "{\"insert\":");
      frame->in_value = TRUE;
      put_last_value (p, item);
    }
}

static void
run (WeftPrinter *p)
{
  while (p->stack->len > 0)
    {
      WeftPrintFrame *frame = &g_array_index (p->stack, WeftPrintFrame, p->stack->len - 1);

      switch (frame->kind)
        {
        case WEFT_PRINT_ARRAY:
          step_array (p, frame);
          break;
        case WEFT_PRINT_MAP:
          step_map (p, frame);
          break;
        case WEFT_PRINT_DELTA:
          step_delta (p, frame);
          break;
        case WEFT_PRINT_XML_ATTRIBUTES:
          weft_print_step_xml_attributes (p, frame);
          break;
        case WEFT_PRINT_XML_CHILDREN:
          weft_print_step_xml_children (p, frame);
          break;
        case WEFT_PRINT_XML_TEXT:
          weft_print_step_xml_text (p, frame);
          break;
        }
    }
}

static void
put_root (WeftPrinter        *p,
          const WeftRootHint *hint)
{
  static const struct
  {
    WeftKind kind;
    WeftPrintFrameKind frame;
    const char *open, *close;
  } forms[] = {
    { WEFT_KIND_TEXT, WEFT_PRINT_DELTA, "\"text\",\"value\":[", "]}" },
    { WEFT_KIND_ARRAY, WEFT_PRINT_ARRAY, "\"array\",\"value\":[", "]}" },
    { WEFT_KIND_MAP, WEFT_PRINT_MAP, "\"map\",\"value\":{", "}}" },
    { WEFT_KIND_XML_FRAGMENT, WEFT_PRINT_XML_CHILDREN, "\"xml\",\"value\":\"", "\"}" },
  };
  WeftType *type = weft_doc_lookup_root (p->doc, hint->name);

  put_string (p, hint->name, strlen (hint->name));
  weft_print_put (p, ":{\"type\":");
  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    if (forms[i].kind == hint->kind)
      {
        weft_print_put (p, forms[i].open);
        if (type == NULL)
          weft_print_put (p, forms[i].close);
        else
          push_frame (p, forms[i].frame, type, forms[i].close);
      }
  run (p);
}

/* Whether something was ever put into a root. */
static gboolean
is_used (const WeftType *root)
{
  return root->first != WEFT_NONE || root->first_entry != WEFT_NONE;
}

static void
put_unknown_root (WeftPrinter *p,
                  WeftType    *root)
{
  put_key (p, root->root_key);
  weft_print_put (p, ":{\"type\":\"unknown\",\"value\":null}");
}

void
weft_doc_print_json (WeftDoc            *self,
                     const WeftRootHint *hints,
                     gsize               n_hints,
                     WeftPrintFunc       print,
                     gpointer            user_data)
{
  g_autoptr(GHashTable) hinted = g_hash_table_new (NULL, NULL);
  WeftPrinter p = { self, NULL, NULL, print, user_data };
  const char *comma = "";

  g_return_if_fail (self != NULL && print != NULL);

  p.out = g_string_sized_new (2 * PIECE);
  p.stack = g_array_new (FALSE, FALSE, sizeof (WeftPrintFrame));
  weft_print_put (&p, "{\"roots\":{");
  for (gsize i = 0; i < n_hints; i++)
    {
      WeftType *root = weft_doc_lookup_root (self, hints[i].name);

      weft_print_put (&p, comma);
      put_root (&p, &hints[i]);
      comma = ",";
      if (root != NULL)
        g_hash_table_add (hinted, root);
    }
  for (guint i = 0; i < self->roots->len; i++)
    {
      WeftType *root = g_ptr_array_index (self->roots, i);

      if (!is_used (root) || g_hash_table_contains (hinted, root))
        continue;
      weft_print_put (&p, comma);
      put_unknown_root (&p, root);
      comma = ",";
    }
  weft_print_put (&p, weft_doc_has_pending (self) ? "},\"pending\":true}" : "},\"pending\":false}");
  flush_piece (&p);
  g_array_unref (p.stack);
  g_string_free (p.out, TRUE);
}

static void
collect_cb (const char *data,
            gsize       n_bytes,
            gpointer    user_data)
{
  g_string_append_len (user_data, data, n_bytes);
}

WeftAny *
weft_xml_to_any (WeftType *self)
{
  g_autoptr(GString) json = g_string_new (NULL);
  WeftPrinter p = { self->doc, NULL, NULL, collect_cb, json };

  p.out = g_string_sized_new (PIECE);
  p.stack = g_array_new (FALSE, FALSE, sizeof (WeftPrintFrame));
  weft_print_put (&p, "\"");
  weft_print_begin_string (&p, self, "\"");
  run (&p);
  flush_piece (&p);
  g_string_free (p.out, TRUE);
  g_array_unref (p.stack);

  return weft_any_from_json (json->str, (gssize) json->len, NULL);
}

/**
 * weft_xml_to_string:
 * @self: an XML type, or any other
 *
 * Returns: (transfer full): toString() of Yjs: nothing is escaped, so this is for reading and comparing, not
 *   for a browser
 */
char *
weft_xml_to_string (WeftType *self)
{
  g_autoptr(WeftAny) text = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  text = weft_xml_to_any (self);

  return g_strndup (weft_any_get_string (text), weft_any_get_string_length (text));
}
