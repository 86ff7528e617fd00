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

#include "crdt/weft-doc-json.h"

#include "crdt/weft-any-private.h"
#include "crdt/weft-doc-private.h"
#include "crdt/weft-xml.h"

#include <math.h>

#define PIECE (64 * 1024)

typedef enum
{
  FRAME_ARRAY,
  FRAME_MAP,
  FRAME_DELTA,
  FRAME_XML_ATTRIBUTES, /* of an element, before its children */
  FRAME_XML_CHILDREN,
  FRAME_XML_TEXT,
} FrameKind;

/* A type that is being printed. */
typedef struct
{
  FrameKind kind;
  WeftType *type;
  WeftLeaf *leaf; /* where the sequence stands; NULL: at its end */
  guint slot;
  WeftHandle entry;  /* of a map: the next one */
  guint next;        /* attribute */
  gboolean started;  /* a comma goes before what follows */
  gboolean in_run;   /* of text */
  gboolean in_value; /* what was printed last is not closed yet */
  GPtrArray *sorted; /* WeftMapEntry: attributes */
  GHashTable *marks; /* key -> format, both of the document; NULL: none */
  char *name;        /* of the element */
  const char *close; /* printed after all */
} Frame;

typedef struct
{
  WeftDoc *doc;
  GString *out;
  GArray *stack;
  WeftPrintFunc print;
  gpointer user_data;
} Printer;

static void
flush_piece (Printer *p)
{
  p->print (p->out->str, p->out->len, p->user_data);
  g_string_truncate (p->out, 0);
}

static void
put (Printer    *p,
     const char *text)
{
  g_string_append (p->out, text);
  if (p->out->len >= PIECE)
    flush_piece (p);
}

/* Text inside the quotation marks of a JSON string. */
static void
put_text (Printer    *p,
          const char *text,
          gsize       n_bytes)
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
put_string (Printer    *p,
            const char *text,
            gsize       n_bytes)
{
  put (p, "\"");
  put_text (p, text, n_bytes);
  put (p, "\"");
}

static void
put_key (Printer *p,
         guint32  key)
{
  put_string (p, weft_key (p->doc, key)->string, weft_key (p->doc, key)->length);
}

static void
put_any (Printer       *p,
         const WeftAny *value)
{
  weft_json_put_any (p->out, value);
  if (p->out->len >= PIECE)
    flush_piece (p);
}

/* One UTF-16 unit of text as a string of its own, as JavaScript's split('') cuts it. */
static void
put_unit (Printer *p,
          gunichar unit)
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
static guint
cut_character (gunichar c,
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

static void
put_js_string (Printer       *p,
               const WeftAny *value)
{
  GString *text = g_string_new (NULL);

  append_js_string (text, value);
  put_text (p, text->str, text->len);
  g_string_free (text, TRUE);
}

/* By UTF-16 units: what takes two of them goes before U+E000. */
static int
compare_utf16 (const char *a,
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

static int
compare_keys (const WeftDoc *doc,
              guint32        a,
              guint32        b)
{
  return compare_utf16 (weft_key (doc, a)->string, weft_key (doc, a)->length,
                        weft_key (doc, b)->string, weft_key (doc, b)->length);
}

static int
compare_entries (gconstpointer a,
                 gconstpointer b,
                 gpointer      doc)
{
  return compare_keys (doc, (*(WeftMapEntry *const *) a)->key, (*(WeftMapEntry *const *) b)->key);
}

static int
compare_formats (gconstpointer a,
                 gconstpointer b,
                 gpointer      doc)
{
  return compare_keys (doc, weft_format (doc, GPOINTER_TO_UINT (*(gpointer const *) a))->key,
                       weft_format (doc, GPOINTER_TO_UINT (*(gpointer const *) b))->key);
}

/* U+0000 ends a string for g_utf8_strdown(). */
static char *
dup_lower (const char *text,
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
static const WeftItem *
next_visible (Printer *p,
              Frame   *frame)
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

static Frame *
push_frame (Printer    *p,
            FrameKind   kind,
            WeftType   *type,
            const char *close)
{
  Frame frame = { kind, type };

  if (type != NULL && type->first != WEFT_NONE)
    frame.leaf = weft_leaf (p->doc, type->first);
  frame.entry = type != NULL ? type->first_entry : WEFT_NONE;
  frame.close = close;
  g_array_append_val (p->stack, frame);

  return &g_array_index (p->stack, Frame, p->stack->len - 1);
}

static void
pop_frame (Printer *p)
{
  Frame frame = g_array_index (p->stack, Frame, p->stack->len - 1);

  g_array_set_size (p->stack, p->stack->len - 1);
  g_clear_pointer (&frame.sorted, g_ptr_array_unref);
  g_clear_pointer (&frame.marks, g_hash_table_unref);
  g_free (frame.name);
  put (p, frame.close);
}

/* --- types --- */

static void
put_plain_text (Printer  *p,
                WeftType *type)
{
  Frame frame = { FRAME_DELTA, type };
  const WeftItem *item;

  if (type->first != WEFT_NONE)
    frame.leaf = weft_leaf (p->doc, type->first);
  while ((item = next_visible (p, &frame)) != NULL)
    if (item->kind == WEFT_CONTENT_STRING)
      {
        gsize n_bytes;
        const guint8 *data = weft_content_bytes (p->doc, item, 0, &n_bytes);

        put_text (p, (const char *) data, n_bytes);
      }
}

static GPtrArray *
sort_attributes (Printer  *p,
                 WeftType *type)
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
static void
begin_string (Printer    *p,
              WeftType   *type,
              const char *close)
{
  Frame *frame;
  gsize n_bytes;

  switch (type->kind)
    {
    case WEFT_KIND_XML_ELEMENT:
      frame = push_frame (p, FRAME_XML_ATTRIBUTES, type, close);
      frame->name = dup_lower (type->name, type->n_name, &n_bytes);
      frame->sorted = sort_attributes (p, type);
      put (p, "<");
      put_text (p, frame->name, n_bytes);
      return;
    case WEFT_KIND_XML_FRAGMENT:
      push_frame (p, FRAME_XML_CHILDREN, type, close);
      return;
    case WEFT_KIND_XML_TEXT:
      push_frame (p, FRAME_XML_TEXT, type, close);
      return;
    case WEFT_KIND_TEXT:
      put_plain_text (p, type);
      break;
    default:
      put (p, "[object Object]");
    }
  put (p, close);
}

/* @type where a value stands. */
static void
begin_value (Printer  *p,
             WeftType *type)
{
  switch (type->kind)
    {
    case WEFT_KIND_ARRAY:
      put (p, "[");
      push_frame (p, FRAME_ARRAY, type, "]");
      break;
    case WEFT_KIND_MAP:
      put (p, "{");
      push_frame (p, FRAME_MAP, type, "}");
      break;
    case WEFT_KIND_TEXT:
      put (p, "{\"$text\":[");
      push_frame (p, FRAME_DELTA, type, "]}");
      break;
    case WEFT_KIND_XML_HOOK:
      put (p, "{\"$hook\":");
      put_string (p, type->name, type->n_name);
      put (p, "}");
      break;
    default:
      put (p, "{\"$xml\":\"");
      begin_string (p, type, "\"}");
    }
}

/* The value of an item of one unit, or of its last one. */
static void
put_last_value (Printer        *p,
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
      guint n = cut_character (g_utf8_get_char (g_utf8_find_prev_char (data, data + n_bytes)),
                               units);

      put_unit (p, units[n - 1]);
      return;
    }
  if (item->kind != WEFT_CONTENT_FORMAT)
    value = weft_content_get_exact (p->doc, item, item->len - 1);
  if (value == NULL)
    {
      put (p, "{\"$undefined\":true}");
    }
  else if (item->kind == WEFT_CONTENT_DOC)
    {
      put (p, "{\"$doc\":");
      put_any (p, value);
      put (p, "}");
    }
  else
    {
      put_any (p, value);
    }
}

static void
put_comma (Printer *p,
           Frame   *frame)
{
  if (frame->started)
    put (p, ",");
  frame->started = TRUE;
}

typedef void (*UnitFunc) (Printer *p, Frame *frame, gunichar unit, const WeftAny *value);

/* Every unit of an item that is no type: of a string its units, else values. */
static void
foreach_unit (Printer        *p,
              Frame          *frame,
              const WeftItem *item,
              UnitFunc        func)
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
          guint n = cut_character (g_utf8_get_char (at), units);

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
put_array_unit (Printer       *p,
                Frame         *frame,
                gunichar       unit,
                const WeftAny *value)
{
  put_comma (p, frame);
  if (value != NULL)
    put_any (p, value);
  else
    put_unit (p, unit);
}

static void
step_array (Printer *p,
            Frame   *frame)
{
  const WeftItem *item = next_visible (p, frame);

  if (item == NULL)
    {
      pop_frame (p);
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
      foreach_unit (p, frame, item, put_array_unit);
    }
}

static void
step_map (Printer *p,
          Frame   *frame)
{
  const WeftMapEntry *entry;

  if (frame->entry == WEFT_NONE)
    {
      pop_frame (p);
      return;
    }
  entry = weft_entry (p->doc, frame->entry);
  frame->entry = entry->next;
  if (weft_item (p->doc, entry->head)->deleted)
    return;
  put_comma (p, frame);
  put_key (p, entry->key);
  put (p, ":");
  put_last_value (p, weft_item (p->doc, entry->head));
}

static void
update_marks (Printer *p,
              Frame   *frame,
              guint32  format)
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
put_format_value (Printer          *p,
                  const WeftFormat *format)
{
  if (format->is_exact)
    put_any (p, format->value);
  else
    put (p, format->json);
}

/* Ends an operation of a delta. */
static void
put_attributes (Printer *p,
                Frame   *frame)
{
  GHashTableIter iter;
  gpointer key, format;
  const char *separator = ",\"attributes\":{";

  if (frame->marks != NULL && g_hash_table_size (frame->marks) > 0)
    {
      g_hash_table_iter_init (&iter, frame->marks);
      while (g_hash_table_iter_next (&iter, &key, &format))
        {
          put (p, separator);
          put_key (p, GPOINTER_TO_UINT (key));
          put (p, ":");
          put_format_value (p, weft_format (p->doc, GPOINTER_TO_UINT (format)));
          separator = ",";
        }
      put (p, "}");
    }
  put (p, "}");
}

/* Strings are joined up to the next mark or embed. */
static void
step_delta (Printer *p,
            Frame   *frame)
{
  const WeftItem *item;
  const guint8 *data;
  gsize n_bytes;

  if (frame->in_value)
    {
      frame->in_value = FALSE;
      put_attributes (p, frame);
    }
  item = next_visible (p, frame);
  if (item != NULL && item->kind == WEFT_CONTENT_STRING)
    {
      if (!frame->in_run)
        {
          put_comma (p, frame);
          put (p, "{\"insert\":\"");
          frame->in_run = TRUE;
        }
      data = weft_content_bytes (p->doc, item, 0, &n_bytes);
      put_text (p, (const char *) data, n_bytes);
      return;
    }
  if (item != NULL && item->kind != WEFT_CONTENT_FORMAT && item->kind != WEFT_CONTENT_EMBED
      && item->kind != WEFT_CONTENT_TYPE)
    return;

  if (frame->in_run)
    {
      frame->in_run = FALSE;
      put (p, "\"");
      put_attributes (p, frame);
    }
  if (item == NULL)
    {
      pop_frame (p);
    }
  else if (item->kind == WEFT_CONTENT_FORMAT)
    {
      update_marks (p, frame, item->content);
    }
  else
    {
      put_comma (p, frame);
      put (p, "{\"insert\":");
      frame->in_value = TRUE;
      put_last_value (p, item);
    }
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

  return compare_utf16 (x->key, x->n_key, y->key, y->n_key);
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
          guint n = cut_character (g_utf8_get_char (at), units);

          for (guint i = 0; i < n; i++)
            add_member (members, NULL, units[i], FALSE);
        }
    }
  g_array_sort (members, compare_members);

  return members;
}

static void
put_members (Printer       *p,
             const WeftAny *value)
{
  g_autoptr(GArray) members = list_members (value);

  for (guint i = 0; i < members->len; i++)
    {
      const Member *member = &g_array_index (members, Member, i);
      char utf8[6];

      put (p, " ");
      put_text (p, member->key, member->n_key);
      put (p, "=\\\"");
      if (member->value != NULL)
        put_js_string (p, member->value);
      else if (member->is_number)
        g_string_append_printf (p->out, "%u", member->unit);
      else if (member->unit >= 0xd800 && member->unit < 0xe000)
        g_string_append_printf (p->out, "\\u%04x", member->unit);
      else
        put_text (p, utf8, g_unichar_to_utf8 (member->unit, utf8));
      put (p, "\\\"");
    }
}

static void
put_format_members (Printer          *p,
                    const WeftFormat *format)
{
  g_autoptr(WeftAny) value = format->is_exact ? weft_any_ref (format->value)
                                              : weft_any_from_json_exact (format->json, format->n_json, NULL);

  put_members (p, value);
}

/* The marks in force, by name. */
static GPtrArray *
list_marks (Printer *p,
            Frame   *frame)
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
open_marks (Printer *p,
            Frame   *frame)
{
  g_autoptr(GPtrArray) formats = list_marks (p, frame);

  for (guint i = 0; i < formats->len; i++)
    {
      const WeftFormat *format = weft_format (p->doc, GPOINTER_TO_UINT (formats->pdata[i]));

      put (p, "<");
      put_text (p, weft_key (p->doc, format->key)->string, weft_key (p->doc, format->key)->length);
      put_format_members (p, format);
      put (p, ">");
    }
}

static void
close_marks (Printer *p,
             Frame   *frame)
{
  g_autoptr(GPtrArray) formats = list_marks (p, frame);

  for (guint i = formats->len; i > 0; i--)
    {
      guint32 key = weft_format (p->doc, GPOINTER_TO_UINT (formats->pdata[i - 1]))->key;

      put (p, "</");
      put_text (p, weft_key (p->doc, key)->string, weft_key (p->doc, key)->length);
      put (p, ">");
    }
}

static void
step_xml_text (Printer *p,
               Frame   *frame)
{
  const WeftItem *item;
  const guint8 *data;
  gsize n_bytes;

  if (frame->in_value)
    {
      frame->in_value = FALSE;
      close_marks (p, frame);
    }
  item = next_visible (p, frame);
  if (item != NULL && item->kind == WEFT_CONTENT_STRING)
    {
      if (!frame->in_run)
        open_marks (p, frame);
      frame->in_run = TRUE;
      data = weft_content_bytes (p->doc, item, 0, &n_bytes);
      put_text (p, (const char *) data, n_bytes);
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
      pop_frame (p);
    }
  else if (item->kind == WEFT_CONTENT_FORMAT)
    {
      update_marks (p, frame, item->content);
    }
  else
    {
      open_marks (p, frame);
      frame->in_value = TRUE;
      if (item->kind == WEFT_CONTENT_TYPE)
        {
          begin_string (p, weft_content_get_type (p->doc, item), "");
        }
      else
        {
          g_autoptr(WeftAny) value = weft_content_get_exact (p->doc, item, 0);

          put_js_string (p, value);
        }
    }
}

static void
step_xml_attributes (Printer *p,
                     Frame   *frame)
{
  const WeftMapEntry *entry;
  const WeftItem *item;
  WeftType *type;

  if (frame->next == frame->sorted->len)
    {
      put (p, ">");
      frame->kind = FRAME_XML_CHILDREN;
      return;
    }
  entry = g_ptr_array_index (frame->sorted, frame->next++);
  item = weft_item (p->doc, entry->head);
  type = weft_content_get_type (p->doc, item);
  put (p, " ");
  put_text (p, weft_key (p->doc, entry->key)->string, weft_key (p->doc, entry->key)->length);
  put (p, "=\\\"");
  if (type != NULL)
    {
      begin_string (p, type, "\\\"");
    }
  else
    {
      g_autoptr(WeftAny) value = item->kind == WEFT_CONTENT_FORMAT
                                      ? NULL
                                      : weft_content_get_exact (p->doc, item, item->len - 1);

      if (value == NULL)
        put (p, "undefined");
      else if (item->kind == WEFT_CONTENT_DOC)
        put (p, "[object Object]");
      else
        put_js_string (p, value);
      put (p, "\\\"");
    }
}

static void
put_child_unit (Printer       *p,
                Frame         *frame,
                gunichar       unit,
                const WeftAny *value)
{
  char utf8[6];

  if (value != NULL)
    put_js_string (p, value);
  else if (unit >= 0xd800 && unit < 0xe000)
    g_string_append_printf (p->out, "\\u%04x", unit);
  else
    put_text (p, utf8, g_unichar_to_utf8 (unit, utf8));
}

static void
step_xml_children (Printer *p,
                   Frame   *frame)
{
  const WeftItem *item = next_visible (p, frame);

  if (item == NULL)
    {
      if (frame->name != NULL)
        {
          gsize n_bytes;

          g_free (frame->name);
          frame->name = dup_lower (frame->type->name, frame->type->n_name, &n_bytes);
          put (p, "</");
          put_text (p, frame->name, n_bytes);
          put (p, ">");
        }
      pop_frame (p);
      return;
    }
  switch (item->kind)
    {
    case WEFT_CONTENT_TYPE:
      begin_string (p, weft_content_get_type (p->doc, item), "");
      break;
    case WEFT_CONTENT_DOC:
      put (p, "[object Object]");
      break;
    case WEFT_CONTENT_FORMAT:
      break;
    default:
      foreach_unit (p, frame, item, put_child_unit);
    }
}

static void
run (Printer *p)
{
  while (p->stack->len > 0)
    {
      Frame *frame = &g_array_index (p->stack, Frame, p->stack->len - 1);

      switch (frame->kind)
        {
        case FRAME_ARRAY:
          step_array (p, frame);
          break;
        case FRAME_MAP:
          step_map (p, frame);
          break;
        case FRAME_DELTA:
          step_delta (p, frame);
          break;
        case FRAME_XML_ATTRIBUTES:
          step_xml_attributes (p, frame);
          break;
        case FRAME_XML_CHILDREN:
          step_xml_children (p, frame);
          break;
        case FRAME_XML_TEXT:
          step_xml_text (p, frame);
          break;
        }
    }
}

static void
put_root (Printer            *p,
          const WeftRootHint *hint)
{
  static const struct
  {
    WeftKind kind;
    FrameKind frame;
    const char *open, *close;
  } forms[] = {
    { WEFT_KIND_TEXT, FRAME_DELTA, "\"text\",\"value\":[", "]}" },
    { WEFT_KIND_ARRAY, FRAME_ARRAY, "\"array\",\"value\":[", "]}" },
    { WEFT_KIND_MAP, FRAME_MAP, "\"map\",\"value\":{", "}}" },
    { WEFT_KIND_XML_FRAGMENT, FRAME_XML_CHILDREN, "\"xml\",\"value\":\"", "\"}" },
  };
  WeftType *type = weft_doc_lookup_root (p->doc, hint->name);

  put_string (p, hint->name, strlen (hint->name));
  put (p, ":{\"type\":");
  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    if (forms[i].kind == hint->kind)
      {
        put (p, forms[i].open);
        if (type == NULL)
          put (p, forms[i].close);
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
put_unknown_root (Printer  *p,
                  WeftType *root)
{
  put_key (p, root->root_key);
  put (p, ":{\"type\":\"unknown\",\"value\":null}");
}

void
weft_doc_print_json (WeftDoc            *self,
                     const WeftRootHint *hints,
                     gsize               n_hints,
                     WeftPrintFunc       print,
                     gpointer            user_data)
{
  g_autoptr(GHashTable) hinted = g_hash_table_new (NULL, NULL);
  Printer p = { self, NULL, NULL, print, user_data };
  const char *comma = "";

  g_return_if_fail (self != NULL && print != NULL);

  p.out = g_string_sized_new (2 * PIECE);
  p.stack = g_array_new (FALSE, FALSE, sizeof (Frame));
  put (&p, "{\"roots\":{");
  for (gsize i = 0; i < n_hints; i++)
    {
      WeftType *root = weft_doc_lookup_root (self, hints[i].name);

      put (&p, comma);
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
      put (&p, comma);
      put_unknown_root (&p, root);
      comma = ",";
    }
  put (&p, weft_doc_has_pending (self) ? "},\"pending\":true}" : "},\"pending\":false}");
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
  Printer p = { self->doc, NULL, NULL, collect_cb, json };

  p.out = g_string_sized_new (PIECE);
  p.stack = g_array_new (FALSE, FALSE, sizeof (Frame));
  put (&p, "\"");
  begin_string (&p, self, "\"");
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
